/* Percentiles and skew against sorting: whatever the values are, and however workers are mixed. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/aggregate.h"
#include "model/minute.h"
#include "model/select.h"
#include "model/spread.h"
#include "model/value.h"
#include "schema/codec.h"
#include "support/worker.h"

enum { COHORTS_MOST = 3, ROWS_MOST = 6000, FIELDS_MOST = 9 };

/* A service of workers with up to three schemas. */
struct crowd {
    size_t cohort_count;
    struct wt_schema *schemas[COHORTS_MOST];
    struct wt_cohort cohorts[COHORTS_MOST];
    uint64_t *values[COHORTS_MOST];
    struct wt_worker *workers[COHORTS_MOST];
    const struct wt_worker **rows[COHORTS_MOST];
    struct wt_row_status *status[COHORTS_MOST];
    struct wt_column columns[COHORTS_MOST][FIELDS_MOST];
    struct wt_shape *shape;
    struct wt_field_stats fields[COHORTS_MOST * FIELDS_MOST];
    struct wt_service service;
    struct wt_spread_scratch scratch;
    uint64_t next_id, random;
};

static uint64_t random_of(struct crowd *crowd) {
    crowd->random ^= crowd->random << 13;
    crowd->random ^= crowd->random >> 7;
    crowd->random ^= crowd->random << 17;
    return crowd->random;
}

static void open_crowd(struct crowd *crowd) {
    memset(crowd, 0, sizeof *crowd);
    crowd->random = 88172645463325252;
    crowd->next_id = 1;
}

/* All rows live, all values 0. */
static size_t add_cohort(struct crowd *crowd, const char *const *triples, size_t rows) {
    size_t at = crowd->cohort_count++;
    struct wt_schema *schema = wt_fake_schema(triples);
    assert_true(schema->field_count <= FIELDS_MOST && at < COHORTS_MOST);
    crowd->schemas[at] = schema;
    crowd->values[at] = calloc(rows * schema->field_count + 1, sizeof(uint64_t));
    crowd->workers[at] = calloc(rows + 1, sizeof(struct wt_worker));
    crowd->rows[at] = calloc(rows + 1, sizeof(struct wt_worker *));
    crowd->status[at] = calloc(rows + 1, sizeof(struct wt_row_status));
    assert_true(crowd->values[at] && crowd->workers[at] && crowd->rows[at] && crowd->status[at]);
    for (size_t row = 0; row < rows; row++) {
        crowd->workers[at][row] = (struct wt_worker){
            .id = crowd->next_id, .pid = 1000 + (int64_t)crowd->next_id, .service = "web"};
        crowd->next_id++;
        crowd->rows[at][row] = &crowd->workers[at][row];
        crowd->status[at][row].state = WT_WORKER_LIVE;
    }
    crowd->cohorts[at] = (struct wt_cohort){.schema = schema,
                                            .row_count = rows,
                                            .rows = crowd->rows[at],
                                            .status = crowd->status[at],
                                            .values = crowd->values[at]};
    return at;
}

static bool row_counts(const struct crowd *crowd, size_t cohort, size_t row) {
    return crowd->rows[cohort][row] != NULL && crowd->status[cohort][row].state != WT_WORKER_GONE &&
           crowd->status[cohort][row].state != WT_WORKER_SILENT;
}

static void sum_up(struct crowd *crowd) {
    const struct wt_schema *schemas[COHORTS_MOST];
    const struct wt_column *columns[COHORTS_MOST];
    wt_shape_unref(crowd->shape);
    crowd->service = (struct wt_service){.skew = {.worker_id = 77}};
    for (size_t i = 0; i < crowd->cohort_count; i++) {
        size_t words = crowd->schemas[i]->field_count;
        schemas[i] = crowd->schemas[i];
        columns[i] = crowd->columns[i];
        wt_columns_init(crowd->columns[i], schemas[i]);
        for (size_t row = 0; row < crowd->cohorts[i].row_count; row++) {
            if (!row_counts(crowd, i, row))
                continue;
            wt_columns_add(crowd->columns[i], words, crowd->values[i] + row * words, NULL, 1);
            crowd->service.worker_count++;
        }
    }
    assert_int_equal(wt_shape_create(&crowd->shape, schemas, crowd->cohort_count, NULL), WT_OK);
    for (size_t i = 0; i < crowd->cohort_count; i++)
        crowd->cohorts[i].field_map = crowd->shape->schemas[i].field_map;
    wt_service_fill(&crowd->service, crowd->fields, crowd->shape, columns, 0);
    assert_true(
        wt_spread_fill(&crowd->service, 1, crowd->cohorts, crowd->cohort_count, &crowd->scratch));
}

static void close_crowd(struct crowd *crowd) {
    for (size_t i = 0; i < crowd->cohort_count; i++) {
        wt_schema_unref(crowd->schemas[i]);
        free(crowd->values[i]);
        free(crowd->workers[i]);
        free(crowd->rows[i]);
        free(crowd->status[i]);
    }
    wt_shape_unref(crowd->shape);
    wt_spread_scratch_fini(&crowd->scratch);
}

/* ---- the oracle ------------------------------------------------------------------------------ */

static int compare_numbers(const void *a, const void *b) {
    return wt_number_compare(*(const struct wt_number *)a, *(const struct wt_number *)b);
}

static struct wt_number nearest_rank(const struct wt_number *sorted, size_t count, unsigned p) {
    return count == 0 ? wt_number_absent() : sorted[(p * count + 99) / 100 - 1];
}

static void assert_same_number(struct wt_number got, struct wt_number wanted, bool rounded) {
    if (rounded) { /* integers among reals */
        assert_int_equal(got.kind, WT_NUMBER_REAL);
        assert_true(got.real == wt_number_to_double(wanted));
        return;
    }
    assert_int_equal(got.kind, wanted.kind);
    assert_int_equal(wt_number_compare(got, wanted), 0);
}

/* All fields of the service, by sorting. */
static void assert_sorted_agrees(const struct crowd *crowd) {
    struct wt_number *sorted = malloc(COHORTS_MOST * ROWS_MOST * sizeof *sorted);
    assert_non_null(sorted);
    for (size_t field = 0; field < crowd->service.field_count; field++) {
        const struct wt_field_stats *stats = &crowd->fields[field];
        size_t count = 0;
        bool real = false, integer = false;
        for (size_t i = 0; i < crowd->cohort_count; i++)
            for (uint32_t column = 0; column < crowd->schemas[i]->field_count; column++) {
                if (crowd->cohorts[i].field_map[column] != field)
                    continue;
                bool is_real =
                    wt_type_class(crowd->schemas[i]->fields[column].type) == WT_CLASS_FLOAT;
                real = real || is_real;
                integer = integer || !is_real;
                for (size_t row = 0; row < crowd->cohorts[i].row_count; row++) {
                    struct wt_number value = wt_cohort_value(&crowd->cohorts[i], row, column);
                    if (row_counts(crowd, i, row) && value.kind != WT_NUMBER_ABSENT)
                        sorted[count++] = value;
                }
            }
        assert_int_equal(count, stats->worker_count);
        qsort(sorted, count, sizeof *sorted, compare_numbers);
        if (count == 0) {
            assert_int_equal(stats->p50.kind, WT_NUMBER_ABSENT);
            assert_int_equal(stats->p95.kind, WT_NUMBER_ABSENT);
            continue;
        }
        bool rounded = real && integer;
        assert_same_number(stats->p50, nearest_rank(sorted, count, 50), rounded);
        assert_same_number(stats->p95, nearest_rank(sorted, count, 95), rounded);
    }
    free(sorted);
}

/* ---- selection ------------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

enum { SHAPES = 9 };

/* Values of many shapes. */
static uint64_t shaped(struct crowd *crowd, int shape, size_t i, size_t count) {
    uint64_t random = random_of(crowd);
    switch (shape) {
    case 0:
        return random;
    case 1:
        return 7;
    case 2:
        return i % 3 == 0 ? UINT64_MAX : 0;
    case 3:
        return i * 1000;
    case 4:
        return (count - i) * 3;
    case 5:
        return random % 5;
    case 6:
        return UINT64_C(1) << (random % 64); /* as uneven as can be */
    case 7:
        return i == 0 ? UINT64_MAX : random % 100; /* one far away */
    default:
        return random >> (random % 61);
    }
}

static void selection_agrees_with_sorting(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 3, 20, 24, 25, 100, 1000, 5000};
    static uint64_t keys[5000], sorted[5000], work[5000];
    struct crowd crowd;
    open_crowd(&crowd);
    for (int shape = 0; shape < SHAPES; shape++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            size_t count = counts[c];
            for (size_t i = 0; i < count; i++)
                keys[i] = sorted[i] = shaped(&crowd, shape, i, count);
            qsort(sorted, count, sizeof *sorted, compare_keys);
            size_t ranks[] = {0, wt_select_p50(count), wt_select_p95(count), count - 1, count / 3};
            for (size_t r = 0; r < sizeof ranks / sizeof ranks[0]; r++) {
                memcpy(work, keys, count * sizeof *keys);
                assert_true(wt_select(work, count, ranks[r]) == sorted[ranks[r]]);
            }
        }
}

static void ranks_are_the_nearest(void **state) {
    (void)state;
    for (size_t count = 1; count < 500; count++) {
        assert_int_equal(wt_select_p50(count), (size_t)ceil(0.5 * (double)count) - 1);
        size_t exact = (95 * count + 99) / 100;
        assert_int_equal(wt_select_p95(count), exact - 1);
        assert_true(100 * exact >= 95 * count && 100 * (exact - 1) < 95 * count);
    }
    for (uint64_t range = 1; range != 0; range <<= 1)
        for (size_t count = 1; count < 2000000; count *= 3)
            assert_true((2 * range - 1) >> wt_select_shift(2 * range - 1, count) <
                        WT_SELECT_BUCKETS);
}

/* ---- percentiles ----------------------------------------------------------------------------- */

static const char *const all_types[] = {
    "requests_total u64 0", "balance s64 8", "load f64 16",  "requests_active u32 24", "tiny s8 28",
    "small u8 29",          "middle s32 32", "ratio f32 36", "bytes_total u32 40",     NULL};

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* A value of the field's type, with extremes and unusable ones among them. */
static uint64_t value_of(struct crowd *crowd, const struct wt_field *field, int shape, size_t i,
                         size_t count) {
    static const double odd[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 0.0,
                                 -0.0,        1.7e308,          -1.7e308,          5e-324};
    uint64_t value = shaped(crowd, shape, i, count), bytes = wt_type_bytes(field->type);
    uint64_t random = random_of(crowd);
    switch (wt_type_class(field->type)) {
    case WT_CLASS_FLOAT:
        if (shape == 8 && random % 4 == 0)
            return bits_of(odd[random / 4 % 8]);
        if (shape == 0 || shape == 6)
            return isfinite(wt_double_of_bits(value)) ? value : bits_of((double)(int64_t)value);
        return bits_of(((double)(value % 100000) - 50) / 7);
    case WT_CLASS_SIGNED:
        if (bytes == 8)
            return value;
        return (uint64_t)((int64_t)(value << (64 - 8 * bytes)) >> (64 - 8 * bytes));
    case WT_CLASS_UNSIGNED:
        break;
    }
    return bytes == 8 ? value : value & ((UINT64_C(1) << (8 * bytes)) - 1);
}

static void scatter(struct crowd *crowd, size_t cohort, int shape) {
    const struct wt_schema *schema = crowd->schemas[cohort];
    size_t rows = crowd->cohorts[cohort].row_count;
    for (size_t row = 0; row < rows; row++)
        for (uint32_t i = 0; i < schema->field_count; i++)
            crowd->values[cohort][row * schema->field_count + i] =
                value_of(crowd, &schema->fields[i], shape, row, rows);
}

static void percentiles_agree_with_sorting(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 19, 20, 21, 300, ROWS_MOST};
    for (int shape = 0; shape < SHAPES; shape++)
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            struct crowd crowd;
            open_crowd(&crowd);
            crowd.random += (uint64_t)shape * 31 + s;
            scatter(&crowd, add_cohort(&crowd, all_types, sizes[s]), shape);
            sum_up(&crowd);
            assert_sorted_agrees(&crowd);
            close_crowd(&crowd);
        }
}

static void empty_and_gone_rows_are_left_out(void **state) {
    (void)state;
    struct crowd crowd;
    open_crowd(&crowd);
    size_t at = add_cohort(&crowd, all_types, 500);
    for (int round = 0; round < 4; round++) {
        scatter(&crowd, at, round * 2);
        for (size_t row = 0; row < 500; row++) {
            uint64_t random = random_of(&crowd);
            crowd.rows[at][row] = random % 5 == 0 ? NULL : &crowd.workers[at][row];
            crowd.status[at][row].state = random % 7 == 1   ? WT_WORKER_GONE
                                          : random % 7 == 2 ? WT_WORKER_STALE
                                          : random % 7 == 3 ? WT_WORKER_SILENT
                                                            : WT_WORKER_LIVE;
        }
        sum_up(&crowd);
        assert_true(crowd.service.worker_count < 400);
        assert_sorted_agrees(&crowd);
    }
    close_crowd(&crowd);
}

static void schemas_that_differ_are_merged(void **state) {
    (void)state;
    static const char *const first[] = {"load u64 0", "wide u64 8", "same s32 16", "odd u64 24",
                                        NULL};
    static const char *const second[] = {"wide s64 0", "same s64 8", "load f64 16", NULL};
    static const char *const third[] = {"other u64 0", "same s16 8", "load s64 16", "wide u32 24",
                                        NULL};
    for (int shape = 0; shape < SHAPES; shape++) {
        struct crowd crowd;
        open_crowd(&crowd);
        scatter(&crowd, add_cohort(&crowd, first, 200), shape);
        scatter(&crowd, add_cohort(&crowd, second, 301), shape);
        scatter(&crowd, add_cohort(&crowd, third, 50), (shape + 3) % SHAPES);
        sum_up(&crowd);
        assert_sorted_agrees(&crowd);
        crowd.cohort_count = 2; /* signed and unsigned ones alone, over 64 bits apart */
        for (size_t row = 0; row < 200; row++)
            crowd.values[0][row * 4 + 1] = UINT64_MAX / 2 - row;
        for (size_t row = 0; row < 301; row++)
            crowd.values[1][row * 3] = row < 20 ? (uint64_t)INT64_MIN + row : row;
        sum_up(&crowd);
        assert_sorted_agrees(&crowd);
        for (size_t row = 20; row < 301; row++)
            crowd.values[1][row * 3] = (uint64_t)INT64_MIN + row;
        sum_up(&crowd);
        assert_sorted_agrees(&crowd);
        crowd.cohort_count = 3;
        close_crowd(&crowd);
    }
}

static void a_service_without_values_has_no_percentiles(void **state) {
    (void)state;
    static const char *const fields[] = {"load f64 0", "requests_active u64 8", NULL};
    struct crowd crowd;
    open_crowd(&crowd);
    size_t at = add_cohort(&crowd, fields, 2);
    for (size_t i = 0; i < 2; i++) {
        crowd.values[at][i * 2] = bits_of((double)NAN);
        crowd.values[at][i * 2 + 1] = UINT64_MAX - i;
    }
    sum_up(&crowd);
    assert_sorted_agrees(&crowd);
    assert_true(isnan(crowd.service.skew.p50));
    assert_int_equal(crowd.service.skew.worker_id, 0);
    assert_true(wt_spread_fill(NULL, 0, NULL, 0, &crowd.scratch));
    close_crowd(&crowd);
}

/* Values that wrapped lie right behind the largest: in the bucket in which p95 is, and not of it.
 */
static void wrapped_values_beside_the_largest_are_left_out(void **state) {
    (void)state;
    static const char *const gauge[] = {"requests_active u64 0", NULL};
    struct crowd crowd;
    open_crowd(&crowd);
    size_t rows = 3000;
    add_cohort(&crowd, gauge, rows);
    for (size_t i = 0; i < rows; i++) {
        uint64_t random = random_of(&crowd), limit = UINT64_MAX / 2;
        crowd.values[0][i] = i % 10 == 0  ? (UINT64_C(1) << 40) + i
                             : i % 2 == 0 ? limit - random % 1000
                                          : limit + 1 + i;
    }
    sum_up(&crowd);
    assert_int_equal(crowd.fields[0].invalid_count, rows / 2);
    assert_sorted_agrees(&crowd);
    close_crowd(&crowd);
}

/* Each service gets its own rows, whatever lies between. */
static void services_are_told_apart(void **state) {
    (void)state;
    static const char *const fields[] = {"requests_active u64 0", NULL};
    struct crowd a, b;
    open_crowd(&a);
    open_crowd(&b);
    add_cohort(&a, fields, 3);
    add_cohort(&b, fields, 2);
    for (size_t i = 0; i < 3; i++)
        a.values[0][i] = 10 + i;
    b.values[0][0] = 70;
    b.values[0][1] = 90;
    sum_up(&a);
    sum_up(&b);
    struct wt_service services[3] = {a.service, {.busy_field = -1}, b.service};
    struct wt_cohort silent = {.row_count = 4},
                     cohorts[] = {a.cohorts[0], silent, silent, b.cohorts[0]};
    cohorts[2].service = 1;
    cohorts[3].service = 2;
    assert_true(wt_spread_fill(services, 3, cohorts, 4, &a.scratch));
    wt_assert_integer(a.fields[0].p50, 11);
    wt_assert_integer(a.fields[0].p95, 12);
    wt_assert_integer(b.fields[0].p50, 70);
    assert_int_equal(services[2].skew.worker_id, b.workers[0][1].id);
    assert_true(isnan(services[1].skew.p50));
    close_crowd(&a);
    close_crowd(&b);
}

/* ---- skew ------------------------------------------------------------------------------------ */

static const char *const with_capacity[] = {"requests_active u32 0", "threads_limit u32 4", NULL};

static void assert_skew(const struct crowd *crowd, double p50, double p95, double max,
                        size_t cohort, size_t row, double worker) {
    const struct wt_skew *skew = &crowd->service.skew;
    assert_true(skew->p50 == p50);
    assert_true(skew->p95 == p95);
    assert_true(skew->max == max);
    assert_int_equal(skew->worker_id, crowd->workers[cohort][row].id);
    assert_int_equal(skew->worker_pid, crowd->workers[cohort][row].pid);
    assert_true(skew->worker == worker);
}

static void the_worker_furthest_from_the_median_is_named(void **state) {
    (void)state;
    struct crowd crowd;
    open_crowd(&crowd);
    add_cohort(&crowd, with_capacity, 5);
    static const uint64_t busy[] = {2, 2, 3, 0, 2};
    for (size_t i = 0; i < 5; i++) {
        crowd.values[0][i * 2] = busy[i];
        crowd.values[0][i * 2 + 1] = 4;
    }
    sum_up(&crowd);
    assert_true(crowd.service.skew.of_utilization);
    assert_skew(&crowd, 0.5, 0.75, 0.75, 0, 3, 0); /* the idle one is further away */
    crowd.values[0][2 * 2] = 4;
    sum_up(&crowd);
    assert_skew(&crowd, 0.5, 1, 1, 0, 2, 1); /* as far: the busier one */
    crowd.values[0][0 * 2 + 1] = 20;         /* capacities of their own */
    crowd.values[0][0 * 2] = 1;
    sum_up(&crowd);
    assert_skew(&crowd, 0.5, 1, 1, 0, 2, 1);
    crowd.values[0][2 * 2] = 3;
    crowd.values[0][3 * 2] = 2;
    sum_up(&crowd);
    assert_skew(&crowd, 0.5, 0.75, 0.75, 0, 0, 0.05);
    crowd.status[0][0].state = WT_WORKER_GONE;
    sum_up(&crowd);
    assert_skew(&crowd, 0.5, 0.75, 0.75, 0, 2, 0.75);
    close_crowd(&crowd);
}

static void equal_workers_have_no_outlier(void **state) {
    (void)state;
    struct crowd crowd;
    open_crowd(&crowd);
    add_cohort(&crowd, with_capacity, 3);
    for (size_t i = 0; i < 3; i++) {
        crowd.values[0][i * 2] = i + 1;
        crowd.values[0][i * 2 + 1] = 2 * (i + 1); /* all half busy, of different sizes */
    }
    sum_up(&crowd);
    assert_true(crowd.service.skew.p50 == 0.5 && crowd.service.skew.max == 0.5);
    assert_int_equal(crowd.service.skew.worker_id, 0);
    assert_true(isnan(crowd.service.skew.worker));
    close_crowd(&crowd);
}

static void without_capacity_busy_is_compared(void **state) {
    (void)state;
    static const char *const bare[] = {"requests_active u64 0", NULL};
    static const char *const real[] = {"requests_active f64 0", NULL};
    struct crowd crowd;
    open_crowd(&crowd);
    add_cohort(&crowd, bare, 3);
    add_cohort(&crowd, real, 2);
    for (size_t i = 0; i < 3; i++)
        crowd.values[0][i] = i;
    crowd.values[1][0] = bits_of(9.5);
    crowd.values[1][1] = bits_of((double)NAN);
    sum_up(&crowd);
    assert_false(crowd.service.skew.of_utilization);
    assert_skew(&crowd, 1, 9.5, 9.5, 1, 0, 9.5);
    close_crowd(&crowd);
}

/* A worker without a capacity of its own is in no comparison of ratios. */
static void a_worker_without_capacity_is_left_out_of_ratios(void **state) {
    (void)state;
    struct crowd crowd;
    open_crowd(&crowd);
    add_cohort(&crowd, with_capacity, 3);
    static const uint64_t rows[] = {1, 4, 90, 0, 3, 4};
    memcpy(crowd.values[0], rows, sizeof rows);
    sum_up(&crowd);
    assert_skew(&crowd, 0.25, 0.75, 0.75, 0, 2, 0.75);
    close_crowd(&crowd);
}

static void skew_of_ratios_agrees_with_sorting(void **state) {
    (void)state;
    struct crowd crowd;
    open_crowd(&crowd);
    size_t rows = 2000, far = 0;
    add_cohort(&crowd, with_capacity, rows);
    static double sorted[2000];
    for (size_t i = 0; i < rows; i++) {
        uint64_t capacity = 1 + random_of(&crowd) % 50, busy = random_of(&crowd) % (capacity + 1);
        crowd.values[0][i * 2] = i == 1234 ? 77 : busy;
        crowd.values[0][i * 2 + 1] = capacity;
        sorted[i] = (double)crowd.values[0][i * 2] / (double)capacity;
        far = sorted[i] > sorted[far] ? i : far;
    }
    double max = sorted[far];
    for (size_t i = 1; i < rows; i++) /* few enough */
        for (size_t k = i; k > 0 && sorted[k - 1] > sorted[k]; k--) {
            double swap = sorted[k];
            sorted[k] = sorted[k - 1];
            sorted[k - 1] = swap;
        }
    sum_up(&crowd);
    assert_skew(&crowd, sorted[999], sorted[1899], max, 0, far, max);
    close_crowd(&crowd);
}

/* ---- the last minute ------------------------------------------------------------------------- */

static void a_minute_forgets_after_60_seconds(void **state) {
    (void)state;
    const int64_t second = INT64_C(1000000000);
    struct wt_minute minute = {0};
    assert_int_equal(wt_minute_count(&minute, 5 * second), 0);
    wt_minute_add(&minute, 100 * second + 1);
    wt_minute_add(&minute, 100 * second + 5);
    wt_minute_add(&minute, 130 * second);
    wt_minute_add(&minute, 71 * second); /* earlier, and still within the minute */
    wt_minute_add(&minute, 70 * second); /* 60 s before the newest: too late */
    assert_int_equal(wt_minute_count(&minute, 130 * second), 4);
    assert_int_equal(wt_minute_count(&minute, 131 * second), 3);
    assert_int_equal(wt_minute_count(&minute, 160 * second - 1), 3);
    assert_int_equal(wt_minute_count(&minute, 160 * second), 1);
    assert_int_equal(wt_minute_count(&minute, 190 * second), 0);
    wt_minute_add(&minute, 1000 * second); /* after a long silence nothing old comes back */
    assert_int_equal(wt_minute_count(&minute, 1000 * second), 1);
    assert_int_equal(wt_minute_count(&minute, 1060 * second), 0);
    struct wt_minute young = {0}; /* the host was booted less than a minute ago */
    wt_minute_add(&young, -3 * second / 2);
    wt_minute_add(&young, 2 * second);
    assert_int_equal(wt_minute_count(&young, 3 * second), 2);
    assert_int_equal(wt_minute_count(&young, 58 * second), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selection_agrees_with_sorting),
        cmocka_unit_test(ranks_are_the_nearest),
        cmocka_unit_test(percentiles_agree_with_sorting),
        cmocka_unit_test(empty_and_gone_rows_are_left_out),
        cmocka_unit_test(schemas_that_differ_are_merged),
        cmocka_unit_test(a_service_without_values_has_no_percentiles),
        cmocka_unit_test(wrapped_values_beside_the_largest_are_left_out),
        cmocka_unit_test(services_are_told_apart),
        cmocka_unit_test(the_worker_furthest_from_the_median_is_named),
        cmocka_unit_test(equal_workers_have_no_outlier),
        cmocka_unit_test(without_capacity_busy_is_compared),
        cmocka_unit_test(a_worker_without_capacity_is_left_out_of_ratios),
        cmocka_unit_test(skew_of_ratios_agrees_with_sorting),
        cmocka_unit_test(a_minute_forgets_after_60_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
