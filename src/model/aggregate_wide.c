/* One row of four fields is one vector. Per row, for all four at once:
 *
 *     sum    as two sums, of the values modulo 2^64 and of their high 32 bits: together they tell
 *            the sum of the low 32 bits, too, as 2^32 rows cannot overflow that
 *     delta  now - before, added up as it is; a reset makes it huge, and huge ones are looked at
 *     min, max, and how many are above 0, by signed comparison: unsigned values with the top bit
 *            set are looked at, so that it holds for both
 *
 * "Looked at" is the plain loop, for that row alone; it is so rare that the test costs nothing. */
#include "model/aggregate_wide.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WIDE __attribute__((target("avx2")))
#define WIDE_INLINE __attribute__((target("avx2"), always_inline)) static inline

static const uint64_t top_bit = UINT64_C(1) << 63;

/* What holds for each lane. */
struct rules {
    __m256i bias;      /* flips signed values, so that they add up like unsigned ones */
    __m256i odd_value; /* bits that a usual value does not have */
    __m256i odd_delta; /* bits that a usual delta does not have */
    __m256i counter;   /* all ones in the lanes of counters */
    __m256i tail;      /* all ones in the lanes that exist */
};

struct totals {
    __m256i sum, high, delta, positive;
};

struct extremes {
    __m256i min, max;
};

bool wt_columns_wide_available(void) {
    return __builtin_cpu_supports("avx2") != 0;
}

WIDE_INLINE __m256i load_words(const uint64_t words[static WT_WIDE_LANES]) {
    return _mm256_loadu_si256((const __m256i *)(const void *)words);
}

WIDE_INLINE void store_words(uint64_t words[static WT_WIDE_LANES], __m256i value) {
    _mm256_storeu_si256((__m256i *)(void *)words, value);
}

WIDE_INLINE struct rules make_rules(const struct wt_column *columns, size_t lanes) {
    uint64_t bias[WT_WIDE_LANES] = {0}, value[WT_WIDE_LANES] = {0}, delta[WT_WIDE_LANES] = {0},
             counter[WT_WIDE_LANES] = {0}, tail[WT_WIDE_LANES] = {0};
    for (size_t i = 0; i < lanes; i++) {
        bool is_signed = columns[i].class_ == WT_CLASS_SIGNED;
        tail[i] = UINT64_MAX;
        bias[i] = columns[i].bias;
        counter[i] = columns[i].counter ? UINT64_MAX : 0;
        value[i] = is_signed ? 0 : ~columns[i].limit | top_bit;
        delta[i] = columns[i].counter ? ~(uint64_t)UINT32_MAX : 0;
    }
    return (struct rules){.bias = load_words(bias),
                          .odd_value = load_words(value),
                          .odd_delta = load_words(delta),
                          .counter = load_words(counter),
                          .tail = load_words(tail)};
}

WIDE_INLINE __m256i load_row(const uint64_t *at, bool whole, __m256i tail) {
    if (whole)
        return _mm256_loadu_si256((const __m256i *)(const void *)at);
    return _mm256_maskload_epi64((const long long *)(const void *)at, tail);
}

/*
 * A row that others are writing. These processors load each aligned 64-bit word of a vector whole,
 * which is all that the plain loops have, too; after the empty assembly the compiler cannot know
 * where the value came from, so it is loaded once, whatever becomes of it. ThreadSanitizer takes
 * the vector for a plain load: for it the words are loaded one by one.
 */
WIDE_INLINE __m256i load_shared_row(const uint64_t *at, bool whole, __m256i tail) {
#if defined(WT_SANITIZE_THREAD)
    uint64_t mask[WT_WIDE_LANES], words[WT_WIDE_LANES] = {0};
    store_words(mask, tail);
    for (size_t i = 0; i < WT_WIDE_LANES; i++)
        if (whole || mask[i] != 0)
            words[i] = __atomic_load_n(&at[i], __ATOMIC_RELAXED);
    return load_words(words);
#else
    __m256i value = load_row(at, whole, tail);
    __asm__("" : "+x"(value));
    return value;
#endif
}

WIDE_INLINE __m256i least_of(__m256i a, __m256i b) {
    return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b));
}

WIDE_INLINE __m256i most_of(__m256i a, __m256i b) {
    return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(b, a));
}

/* Adds one row; false, and nothing is added, when it is odd. */
WIDE_INLINE bool add_row(struct totals *totals, struct extremes *extremes,
                         const struct rules *rules, bool any_signed, __m256i now, __m256i before) {
    __m256i moved = _mm256_sub_epi64(now, before);
    __m256i odd = _mm256_or_si256(_mm256_and_si256(_mm256_or_si256(now, before), rules->odd_value),
                                  _mm256_and_si256(moved, rules->odd_delta));
    if (__builtin_expect(!_mm256_testz_si256(odd, odd), 0))
        return false;
    __m256i biased = any_signed ? _mm256_xor_si256(now, rules->bias) : now;
    totals->sum = _mm256_add_epi64(totals->sum, biased);
    totals->high = _mm256_add_epi64(totals->high, _mm256_srli_epi64(biased, 32));
    totals->delta = _mm256_add_epi64(totals->delta, moved); /* means nothing for gauges */
    totals->positive =
        _mm256_sub_epi64(totals->positive, _mm256_cmpgt_epi64(now, _mm256_setzero_si256()));
    extremes->min = least_of(extremes->min, now);
    extremes->max = most_of(extremes->max, now);
    return true;
}

/* Into the columns, of which `rows` rows were added here. */
WIDE_INLINE void put_totals(struct wt_column *columns, size_t lanes, const struct totals *totals,
                            const struct extremes *extremes, size_t rows, bool compared) {
    uint64_t sum[WT_WIDE_LANES], high[WT_WIDE_LANES], delta[WT_WIDE_LANES], min[WT_WIDE_LANES],
        max[WT_WIDE_LANES], positive[WT_WIDE_LANES];
    store_words(sum, totals->sum);
    store_words(high, totals->high);
    store_words(delta, totals->delta);
    store_words(positive, totals->positive);
    store_words(min, extremes->min);
    store_words(max, extremes->max);
    for (size_t i = 0; rows > 0 && i < lanes; i++) {
        struct wt_column *column = &columns[i];
        uint64_t least = min[i] ^ column->bias, most = max[i] ^ column->bias;
        uint64_t low = sum[i] - (high[i] << 32);
        column->sum += low + ((wt_uint128)high[i] << 32);
        column->min = least < column->min ? least : column->min;
        column->max = most > column->max ? most : column->max;
        column->used += rows;
        if (column->counts_positive)
            column->positive += positive[i];
        if (column->counter && compared) {
            column->delta += delta[i];
            column->differing += rows;
        }
    }
}

/* Where rows come from: `take` when others write them and they are copied on the way, else `now`.
 */
struct rows {
    const uint64_t *now, *before; /* the same when there is nothing to compare with */
    struct wt_take take;
    size_t stride;
    bool compared;
};

WIDE_INLINE __m256i fetch_row(const struct rows *rows, const struct rules *rules, size_t row,
                              bool whole, bool takes, __m256i before) {
    if (!takes)
        return load_row(rows->now + row * rows->stride, whole, rules->tail);
    const struct wt_take *take = &rows->take;
    const unsigned char *at = take->base + (size_t)take->segments[row] * take->segment_bytes;
    if (row + WT_TAKE_AHEAD < take->rows_ahead)
        __builtin_prefetch(take->base +
                           (size_t)take->segments[row + WT_TAKE_AHEAD] * take->segment_bytes);
    __m256i now = load_shared_row((const uint64_t *)(const void *)at, whole, rules->tail);
    uint64_t *copy = take->values + row * take->stride;
    if (whole)
        _mm256_storeu_si256((__m256i *)(void *)copy, now);
    else
        _mm256_maskstore_epi64((long long *)(void *)copy, rules->tail, now);
    __m256i changed = _mm256_xor_si256(now, before);
    take->still[row] &= (uint8_t)_mm256_testz_si256(changed, rules->counter);
    return now;
}

/* Adds row `row`; 0, or 1 when it was odd and went to the plain loop. */
WIDE_INLINE size_t step(struct wt_column *columns, size_t lanes, const struct rows *rows,
                        const struct rules *rules, struct totals *totals, struct extremes *extremes,
                        size_t row, bool whole, bool takes, wt_plain_row *plain) {
    const uint64_t *before = rows->before + row * rows->stride;
    __m256i then = load_row(before, whole, rules->tail);
    __m256i now = fetch_row(rows, rules, row, whole, takes, then);
    if (__builtin_expect(add_row(totals, extremes, rules, !whole, now, then), 1))
        return 0;
    const uint64_t *copy =
        takes ? rows->take.values + row * rows->stride : rows->now + row * rows->stride;
    plain(columns, lanes, copy, rows->compared ? before : NULL);
    return 1;
}

/* Two rows at a time, with extremes of their own: one row does not have to wait for the row
 * before. `whole`: four lanes, none of them signed. */
WIDE_INLINE void add_rows(struct wt_column *columns, size_t lanes, const struct rows *source,
                          size_t count, bool whole, bool takes, wt_plain_row *plain) {
    const struct rows own = *source, *rows = &own;
    const struct rules rules = make_rules(columns, lanes);
    struct totals totals = {0};
    struct extremes even = {.min = _mm256_set1_epi64x(INT64_MAX),
                            .max = _mm256_set1_epi64x(INT64_MIN)};
    struct extremes odd = even;
    size_t strange = 0, row = 0;
    for (; row + 1 < count; row += 2) {
        strange += step(columns, lanes, rows, &rules, &totals, &even, row, whole, takes, plain);
        strange += step(columns, lanes, rows, &rules, &totals, &odd, row + 1, whole, takes, plain);
    }
    if (row < count)
        strange += step(columns, lanes, rows, &rules, &totals, &even, row, whole, takes, plain);
    even.min = least_of(even.min, odd.min);
    even.max = most_of(even.max, odd.max);
    put_totals(columns, lanes, &totals, &even, count - strange, rows->compared);
}

static bool is_whole(const struct wt_column *columns, size_t lanes) {
    bool whole = lanes == WT_WIDE_LANES;
    for (size_t i = 0; i < lanes; i++)
        whole = whole && columns[i].bias == 0;
    return whole;
}

WIDE void wt_columns_add_wide(struct wt_column *columns, size_t lanes, const uint64_t *values,
                              const uint64_t *previous, size_t rows, size_t stride,
                              wt_plain_row *plain) {
    const struct rows source = {.now = values,
                                .before = previous == NULL ? values : previous,
                                .stride = stride,
                                .compared = previous != NULL};
    if (is_whole(columns, lanes))
        add_rows(columns, lanes, &source, rows, true, false, plain);
    else
        add_rows(columns, lanes, &source, rows, false, false, plain);
}

WIDE void wt_columns_take_wide(struct wt_column *columns, size_t lanes, const struct wt_take *take,
                               wt_plain_row *plain) {
    const struct rows source = {
        .before = take->previous, .take = *take, .stride = take->stride, .compared = true};
    if (is_whole(columns, lanes))
        add_rows(columns, lanes, &source, take->rows, true, true, plain);
    else
        add_rows(columns, lanes, &source, take->rows, false, true, plain);
}

#else /* other processors: the plain loops */

bool wt_columns_wide_available(void) {
    return false;
}

void wt_columns_add_wide(struct wt_column *columns, size_t lanes, const uint64_t *values,
                         const uint64_t *previous, size_t rows, size_t stride,
                         wt_plain_row *plain) {
    for (size_t i = 0; i < rows; i++)
        plain(columns, lanes, values + i * stride, previous == NULL ? NULL : previous + i * stride);
}

void wt_columns_take_wide(struct wt_column *columns, size_t lanes, const struct wt_take *take,
                          wt_plain_row *plain) {
    (void)columns, (void)lanes, (void)take, (void)plain; /* never called: it is not available */
}

#endif
