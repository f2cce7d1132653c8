#include "model/spread_rows.h"

#include <math.h>

#include "model/value.h"

enum { FEW_OF = 16 };

size_t wt_spread_column(const struct wt_cohort *cohort, size_t field) {
    size_t count = cohort->schema == NULL ? 0 : cohort->schema->field_count;
    if (field < count && cohort->field_map[field] == field) /* nearly always */
        return field;
    for (size_t i = 0; i < count; i++)
        if (cohort->field_map[i] == field)
            return i;
    return WT_SPREAD_NO_COLUMN;
}

/* Consecutive rows that count. */
struct run {
    size_t begin, end;
};

/* The next run behind this one; false when there is none. Begin with {0, 0}. */
static bool next_run(const struct wt_spread_source *source, const struct wt_cohort *cohort,
                     struct run *run) {
    size_t rows = cohort->row_count;
    run->begin = run->end;
    if (source->all_count) {
        run->end = rows;
        return run->begin < rows;
    }
    while (run->begin < rows && !wt_spread_counts(cohort, run->begin))
        run->begin++;
    run->end = run->begin;
    while (run->end < rows && wt_spread_counts(cohort, run->end))
        run->end++;
    return run->begin < run->end;
}

/* ---- counting -------------------------------------------------------------------------------- */

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* `count` and `real` are constants where this is called: the inner loop is unrolled, and the lanes
 * stay in registers. Several fields at once, because adding to one bucket again and again waits for
 * the sum before. */
ALWAYS_INLINE void count_lanes(struct wt_spread_lane *const *lanes, const uint64_t *const *values,
                               size_t count, bool real, size_t rows, size_t stride) {
    uint64_t flip[WT_SPREAD_LANES], base[WT_SPREAD_LANES], range[WT_SPREAD_LANES];
    unsigned shift[WT_SPREAD_LANES];
    uint32_t *counts[WT_SPREAD_LANES];
    for (size_t i = 0; i < count; i++) {
        flip[i] = lanes[i]->flip;
        base[i] = lanes[i]->base;
        range[i] = lanes[i]->range;
        shift[i] = lanes[i]->shift;
        counts[i] = lanes[i]->counts;
    }
    for (size_t at = 0; rows > 0; rows--, at += stride)
        for (size_t i = 0; i < count; i++) {
            uint64_t bits = values[i][at];
            uint64_t distance = (real ? wt_spread_ordered(flip[i], bits) : bits) - base[i];
            if (__builtin_expect(distance <= range[i], 1))
                counts[i][distance >> shift[i]]++;
        }
}

ALWAYS_INLINE void count_some(struct wt_spread_lane *const *lanes, const uint64_t *const *values,
                              size_t count, bool real, size_t rows, size_t stride) {
    switch (count) {
    case 1:
        count_lanes(lanes, values, 1, real, rows, stride);
        break;
    case 2:
        count_lanes(lanes, values, 2, real, rows, stride);
        break;
    case 3:
        count_lanes(lanes, values, 3, real, rows, stride);
        break;
    case 4:
        count_lanes(lanes, values, 4, real, rows, stride);
        break;
    }
}

static void count_integers(struct wt_spread_lane *const *lanes, const uint64_t *const *values,
                           size_t count, size_t rows, size_t stride) {
    count_some(lanes, values, count, false, rows, stride);
}

static void count_any(struct wt_spread_lane *const *lanes, const uint64_t *const *values,
                      size_t count, size_t rows, size_t stride) {
    count_some(lanes, values, count, true, rows, stride);
}

void wt_spread_count(const struct wt_spread_source *source, struct wt_spread_lane *lanes,
                     size_t lane_count) {
    for (size_t i = 0; i < source->cohort_count; i++) {
        const struct wt_cohort *cohort = &source->cohorts[i];
        struct wt_spread_lane *there[WT_SPREAD_LANES];
        size_t columns[WT_SPREAD_LANES], count = 0;
        bool real = false;
        for (size_t k = 0; k < lane_count; k++) {
            columns[count] = wt_spread_column(cohort, lanes[k].field);
            if (columns[count] == WT_SPREAD_NO_COLUMN)
                continue;
            real = real || lanes[k].is_real;
            there[count++] = &lanes[k];
        }
        if (count == 0)
            continue;
        size_t stride = cohort->schema->field_count;
        for (struct run run = {0, 0}; next_run(source, cohort, &run);) {
            const uint64_t *values[WT_SPREAD_LANES];
            for (size_t k = 0; k < count; k++)
                values[k] = cohort->values + run.begin * stride + columns[k];
            (real ? count_any : count_integers)(there, values, count, run.end - run.begin, stride);
        }
    }
}

/* ---- picking --------------------------------------------------------------------------------- */

/* Distances of which the rest is copied out. */
struct picks {
    uint64_t flip, base;
    uint64_t low, low_width, high, high_width; /* where the buckets begin; how much further the last
                                                  distance is that belongs to them */
    uint64_t *lows, *highs;
};

/* Where many rows are copied, nothing is guessed: each is stored, and stays when it counts. */
static void pick_many(struct picks *picks, const uint64_t *at, size_t rows, size_t stride) {
    const struct picks own = *picks;
    uint64_t *lows = picks->lows, *highs = picks->highs;
    for (; rows > 0; rows--, at += stride) {
        uint64_t distance = wt_spread_ordered(own.flip, *at) - own.base;
        *lows = *highs = distance;
        lows += distance - own.low <= own.low_width;
        highs += distance - own.high <= own.high_width;
    }
    picks->lows = lows;
    picks->highs = highs;
}

/* Where few are, that they are not is a good guess. */
static void pick_few(struct picks *picks, const uint64_t *at, size_t rows, size_t stride) {
    const struct picks own = *picks;
    uint64_t *lows = picks->lows, *highs = picks->highs;
    for (; rows > 0; rows--, at += stride) {
        uint64_t distance = wt_spread_ordered(own.flip, *at) - own.base;
        if (__builtin_expect(distance - own.low <= own.low_width, 0))
            *lows++ = distance;
        if (__builtin_expect(distance - own.high <= own.high_width, 0))
            *highs++ = distance;
    }
    picks->lows = lows;
    picks->highs = highs;
}

/* The last bucket ends where the values do: what is beyond them was not counted. */
static uint64_t width_of(const struct wt_spread_lane *lane, uint64_t begin) {
    uint64_t width = (UINT64_C(1) << lane->shift) - 1;
    return lane->range - begin < width ? lane->range - begin : width;
}

void wt_spread_pick(const struct wt_spread_source *source, const struct wt_spread_lane *lane,
                    size_t low, size_t high, uint64_t *lows, uint64_t *highs) {
    uint64_t low_begin = (uint64_t)low << lane->shift, high_begin = (uint64_t)high << lane->shift;
    struct picks picks = {
        .flip = lane->flip,
        .base = lane->base,
        .low = low_begin,
        .low_width = width_of(lane, low_begin),
        .high = high_begin,
        .high_width = width_of(lane, high_begin),
        .lows = lows,
        .highs = highs,
    };
    size_t picked = (size_t)lane->counts[low] + lane->counts[high];
    bool few = picked < source->row_count / FEW_OF;
    for (size_t i = 0; i < source->cohort_count; i++) {
        const struct wt_cohort *cohort = &source->cohorts[i];
        size_t column = wt_spread_column(cohort, lane->field);
        if (column == WT_SPREAD_NO_COLUMN)
            continue;
        size_t stride = cohort->schema->field_count;
        for (struct run run = {0, 0}; next_run(source, cohort, &run);)
            (few ? pick_few : pick_many)(&picks, cohort->values + run.begin * stride + column,
                                         run.end - run.begin, stride);
    }
}

/* ---- one row --------------------------------------------------------------------------------- */

/* The bits that mean this number in a column of that class; false when none do. */
static bool bits_of_number(enum wt_type_class class_, struct wt_number number, uint64_t *bits) {
    *bits = (uint64_t)number.integer;
    switch (class_) {
    case WT_CLASS_UNSIGNED:
        return number.kind == WT_NUMBER_INTEGER && number.integer >= 0;
    case WT_CLASS_SIGNED:
        return number.kind == WT_NUMBER_INTEGER && number.integer <= INT64_MAX;
    case WT_CLASS_FLOAT:
        break;
    }
    return false;
}

size_t wt_spread_find(const struct wt_spread_source *source, const struct wt_cohort *cohort,
                      size_t column, struct wt_number number) {
    enum wt_type_class class_ = wt_type_class(cohort->schema->fields[column].type);
    size_t stride = cohort->schema->field_count;
    uint64_t bits;
    bool real = class_ == WT_CLASS_FLOAT;
    if (!bits_of_number(class_, number, &bits) && !(real && number.kind == WT_NUMBER_REAL))
        return cohort->row_count;
    for (struct run run = {0, 0}; next_run(source, cohort, &run);) {
        const uint64_t *at = cohort->values + run.begin * stride + column;
        for (size_t row = run.begin; row < run.end; row++, at += stride)
            if (real ? wt_double_of_bits(*at) == number.real : *at == bits)
                return row;
    }
    return cohort->row_count;
}

static double real_of(const struct wt_field *field, uint64_t bits) {
    if (wt_value_is_invalid(field, bits))
        return (double)NAN;
    switch (wt_type_class(field->type)) {
    case WT_CLASS_FLOAT:
        return wt_double_of_bits(bits);
    case WT_CLASS_SIGNED:
        return (double)(int64_t)bits;
    case WT_CLASS_UNSIGNED:
        break;
    }
    return (double)bits;
}

double wt_spread_ratio(const struct wt_cohort *cohort, size_t row, size_t busy, size_t capacity) {
    const struct wt_schema *schema = cohort->schema;
    if (busy == WT_SPREAD_NO_COLUMN || capacity == WT_SPREAD_NO_COLUMN)
        return (double)NAN;
    const uint64_t *values = cohort->values + row * schema->field_count;
    double slots = real_of(&schema->fields[capacity], values[capacity]);
    double ratio = real_of(&schema->fields[busy], values[busy]) / slots;
    return slots > 0 && isfinite(ratio) ? ratio : (double)NAN;
}
