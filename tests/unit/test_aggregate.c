/* Sums, extremes and deltas of columns; the union of schemas. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/aggregate.h"
#include "model/value.h"
#include "schema/codec.h"
#include "support/worker.h"

static struct wt_schema *one_field(const char *triple) {
    const char *const triples[] = {triple, NULL};
    return wt_fake_schema(triples);
}

static struct wt_column add(const char *triple, const uint64_t *values, const uint64_t *previous,
                            size_t rows) {
    struct wt_column column;
    struct wt_schema *schema = one_field(triple);
    wt_columns_init(&column, schema);
    wt_columns_add(&column, 1, values, previous, rows);
    wt_schema_unref(schema);
    return column;
}

static void assert_wide(struct wt_number number, wt_int128 value) {
    assert_int_equal(number.kind, WT_NUMBER_INTEGER);
    assert_true(number.integer == value);
}

static void unsigned_sums_are_exact_above_64_bits(void **state) {
    (void)state;
    uint64_t values[1000];
    for (size_t i = 0; i < 1000; i++)
        values[i] = UINT64_MAX - i;
    struct wt_column column = add("requests_total u64 0", values, NULL, 1000);
    assert_wide(wt_column_sum(&column), (wt_int128)UINT64_MAX * 1000 - 999 * 1000 / 2);
    assert_wide(wt_column_min(&column), (wt_int128)(UINT64_MAX - 999));
    assert_wide(wt_column_max(&column), (wt_int128)UINT64_MAX);
    assert_int_equal(wt_column_delta(&column).kind, WT_NUMBER_ABSENT);
}

static void signed_sums_go_below_zero(void **state) {
    (void)state;
    uint64_t values[] = {(uint64_t)INT64_MIN, (uint64_t)-5, 7, (uint64_t)INT64_MIN};
    struct wt_column column = add("balance s64 0", values, NULL, 4);
    assert_wide(wt_column_sum(&column), (wt_int128)INT64_MIN * 2 + 2);
    assert_wide(wt_column_min(&column), INT64_MIN);
    assert_wide(wt_column_max(&column), 7);
    assert_int_equal(column.invalid, 0);
}

static void wrapped_negative_gauges_are_left_out(void **state) {
    (void)state;
    struct {
        const char *field;
        uint64_t largest, smallest_wrapped;
    } const cases[] = {
        {"depth U8 0", 0x7f, 0x80},
        {"depth u16 0", 0x7fff, 0x8000},
        {"depth u32 0", 0x7fffffff, 0x80000000},
        {"depth U64 0", INT64_MAX, (uint64_t)INT64_MAX + 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t values[] = {1, cases[i].smallest_wrapped, cases[i].largest};
        struct wt_column column = add(cases[i].field, values, NULL, 3);
        assert_int_equal(column.used, 2);
        assert_int_equal(column.invalid, 1);
        assert_wide(wt_column_sum(&column), (wt_int128)cases[i].largest + 1);
        assert_wide(wt_column_max(&column), (wt_int128)cases[i].largest);
    }
    /* A counter has no such rule. */
    uint64_t values[] = {1, UINT32_MAX};
    struct wt_column column = add("requests_total u32 0", values, NULL, 2);
    assert_wide(wt_column_sum(&column), (wt_int128)UINT32_MAX + 1);
}

static void nothing_usable_is_absent_not_zero(void **state) {
    (void)state;
    uint64_t values[] = {wt_bits_of_double(NAN), wt_bits_of_double(INFINITY),
                         wt_bits_of_double(-INFINITY)};
    struct wt_column column = add("load f64 0", values, NULL, 3);
    assert_int_equal(column.invalid, 3);
    assert_int_equal(wt_column_sum(&column).kind, WT_NUMBER_ABSENT);
    assert_int_equal(wt_column_min(&column).kind, WT_NUMBER_ABSENT);
    assert_int_equal(wt_column_max(&column).kind, WT_NUMBER_ABSENT);
    uint64_t wrapped = UINT64_MAX;
    column = add("depth u64 0", &wrapped, NULL, 1);
    assert_int_equal(wt_column_sum(&column).kind, WT_NUMBER_ABSENT);
    assert_int_equal(wt_column_min(&column).kind, WT_NUMBER_ABSENT);
    column = add("depth u64 0", NULL, NULL, 0);
    assert_int_equal(wt_column_max(&column).kind, WT_NUMBER_ABSENT);
}

static void reals_are_summed_without_the_impossible(void **state) {
    (void)state;
    uint64_t values[] = {wt_bits_of_double(0.5), wt_bits_of_double(NAN), wt_bits_of_double(-2)};
    struct wt_column column = add("load f64 0", values, NULL, 3);
    assert_int_equal(wt_column_sum(&column).kind, WT_NUMBER_REAL);
    assert_true(wt_column_sum(&column).real == -1.5);
    assert_true(wt_column_min(&column).real == -2);
    assert_true(wt_column_max(&column).real == 0.5);
    /* A sum beyond what a double holds is no number either. */
    uint64_t huge[] = {wt_bits_of_double(1.7e308), wt_bits_of_double(1.7e308)};
    column = add("load f64 0", huge, NULL, 2);
    assert_int_equal(wt_column_sum(&column).kind, WT_NUMBER_ABSENT);
}

static void positive_busy_workers_are_counted(void **state) {
    (void)state;
    uint64_t values[] = {0, 1, 5, UINT64_MAX};
    assert_int_equal(add("requests_active u64 0", values, NULL, 4).positive, 2);
    uint64_t below[] = {0, 1, (uint64_t)-1};
    assert_int_equal(add("requests_active s64 0", below, NULL, 3).positive, 1);
    uint64_t reals[] = {wt_bits_of_double(0.1), wt_bits_of_double(INFINITY), wt_bits_of_double(-1)};
    assert_int_equal(add("requests_active f64 0", reals, NULL, 3).positive, 1);
    assert_int_equal(add("connections_active u64 0", values, NULL, 4).positive, 0);
}

/* Against the slow truth: rows of mixed fields, in pieces of any size. */
static void any_split_gives_the_same(void **state) {
    (void)state;
    enum { ROWS = 777, FIELDS = 5 };
    static const char *const triples[] = {"a_total u64 0",  "depth u32 8",    "b_total s64 16",
                                          "queue_x s16 24", "c_total u32 28", NULL};
    struct wt_schema *schema = wt_fake_schema(triples);
    static uint64_t values[ROWS * FIELDS], previous[ROWS * FIELDS];
    unsigned seed = 99;
    for (size_t i = 0; i < ROWS * FIELDS; i++) {
        uint64_t wide = ((uint64_t)rand_r(&seed) << 33) ^ (uint64_t)rand_r(&seed) << 5;
        bool narrow = i % FIELDS == 1 || i % FIELDS == 4, small = i % FIELDS == 3;
        values[i] = narrow ? wide & UINT32_MAX : small ? (uint64_t)(int16_t)wide : wide;
        previous[i] = rand_r(&seed) % 10 == 0 ? values[i] + 1000 : values[i] - values[i] / 7;
        previous[i] = narrow ? previous[i] & UINT32_MAX : previous[i];
    }
    struct wt_column whole[FIELDS], split[FIELDS];
    wt_columns_init(whole, schema);
    wt_columns_init(split, schema);
    wt_columns_add(whole, FIELDS, values, previous, ROWS);
    for (size_t at = 0, piece = 0; at < ROWS; at += piece) {
        piece = 1 + (size_t)rand_r(&seed) % 9;
        piece = piece < ROWS - at ? piece : ROWS - at;
        wt_columns_add(split, FIELDS, values + at * FIELDS, previous + at * FIELDS, piece);
    }
    for (size_t f = 0; f < FIELDS; f++) {
        wt_int128 sum = 0, delta = 0;
        for (size_t row = 0; row < ROWS; row++) {
            size_t at = row * FIELDS + f;
            struct wt_number value = wt_value_number(&schema->fields[f], values[at]);
            sum += value.kind == WT_NUMBER_INTEGER ? value.integer : 0;
            if (schema->fields[f].kind == WT_KIND_COUNTER)
                delta += wt_value_delta(&schema->fields[f], previous[at], values[at]).integer;
        }
        assert_wide(wt_column_sum(&whole[f]), sum);
        assert_wide(wt_column_sum(&split[f]), sum);
        if (schema->fields[f].kind == WT_KIND_COUNTER) {
            assert_wide(wt_column_delta(&whole[f]), delta);
            assert_wide(wt_column_delta(&split[f]), delta);
        }
        assert_int_equal(whole[f].used, split[f].used);
        assert_int_equal(whole[f].invalid, split[f].invalid);
        assert_true(wt_column_min(&whole[f]).integer == wt_column_min(&split[f]).integer);
        assert_true(wt_column_max(&whole[f]).integer == wt_column_max(&split[f]).integer);
    }
    wt_schema_unref(schema);
}

static void assert_same(const struct wt_column *a, const struct wt_column *b) {
    assert_int_equal(wt_number_compare(wt_column_sum(a), wt_column_sum(b)), 0);
    assert_int_equal(wt_number_compare(wt_column_min(a), wt_column_min(b)), 0);
    assert_int_equal(wt_number_compare(wt_column_max(a), wt_column_max(b)), 0);
    assert_int_equal(wt_number_compare(wt_column_delta(a), wt_column_delta(b)), 0);
    assert_int_equal(a->invalid, b->invalid);
    assert_int_equal(a->positive, b->positive);
}

/* Copying and adding in one pass, for 1 to 11 fields of every kind: as plain loops would. */
static void taking_gives_the_same_as_adding(void **state) {
    (void)state;
    enum { ROWS = 301, MOST = 11, SEGMENT_WORDS = 16 };
    static const char *const triples[] = {
        "a_total u64 0",  "requests_active u64 8", "limit u64 16",  "b_total u64 24",
        "depth s64 32",   "c_total u64 40",        "load f64 48",   "d_total u64 56",
        "e_total s64 64", "f_total u64 72",        "g_total f64 80"};
    static uint64_t segments[ROWS * SEGMENT_WORDS], previous[ROWS * MOST], values[ROWS * MOST];
    static uint32_t order[ROWS];
    static uint8_t still[ROWS];
    unsigned seed = 5;
    for (size_t fields = 1; fields <= MOST; fields++) {
        const char *some[MOST + 1] = {NULL};
        memcpy(some, triples, fields * sizeof *some);
        struct wt_schema *schema = wt_fake_schema(some);
        for (uint32_t row = 0; row < ROWS; row++) {
            order[row] = (row * 7) % ROWS; /* any order */
            for (size_t i = 0; i < fields; i++) {
                uint64_t *now = &segments[order[row] * SEGMENT_WORDS + i];
                bool real = i == 6 || i == 10, odd = rand_r(&seed) % 20 == 0;
                *now = odd ? ~(uint64_t)rand_r(&seed) : (uint64_t)rand_r(&seed) * 1000;
                if (real)
                    *now = wt_bits_of_double((double)rand_r(&seed));
                previous[row * fields + i] = row % 3 == 0 ? *now : real ? 0 : *now - *now / 9;
            }
            still[row] = 1;
        }
        struct wt_take take = {.base = (const unsigned char *)segments,
                               .segments = order,
                               .segment_bytes = SEGMENT_WORDS * 8,
                               .rows = ROWS,
                               .rows_ahead = ROWS,
                               .previous = previous,
                               .values = values,
                               .stride = fields,
                               .still = still};
        struct wt_column taken[MOST], plain[MOST];
        wt_columns_init(taken, schema);
        wt_columns_init(plain, schema);
        wt_columns_take(taken, fields, &take);
        wt_columns_add_plainly(plain, fields, values, previous, ROWS);
        for (size_t row = 0; row < ROWS; row++) {
            assert_memory_equal(&values[row * fields], &segments[order[row] * SEGMENT_WORDS],
                                fields * 8);
            bool any = false;
            for (size_t i = 0; i < fields; i++)
                any = any || (schema->fields[i].kind == WT_KIND_COUNTER &&
                              values[row * fields + i] != previous[row * fields + i]);
            assert_int_equal(still[row], !any);
        }
        for (size_t i = 0; i < fields; i++)
            assert_same(&taken[i], &plain[i]);
        wt_schema_unref(schema);
    }
}

static struct wt_shape *shape_of(const char *const *a, const char *const *b,
                                 struct wt_schema *schemas[2]) {
    schemas[0] = wt_fake_schema(a);
    schemas[1] = b == NULL ? NULL : wt_fake_schema(b);
    struct wt_shape *shape;
    assert_int_equal(
        wt_shape_create(&shape, (const struct wt_schema *const *)schemas, b == NULL ? 1 : 2, NULL),
        WT_OK);
    return shape;
}

static void special_fields_are_chosen_by_rule(void **state) {
    (void)state;
    static const char *const first[] = {"http_errors_total u64 0", "pool_busy u64 8",
                                        "other_total u64 16", "threads_limit u64 24", NULL};
    static const char *const second[] = {"jobs_total u64 0", "requests_active u64 8",
                                         "queue_depth u64 16", NULL};
    struct wt_schema *schemas[2];
    struct wt_shape *shape = shape_of(first, NULL, schemas);
    assert_string_equal(shape->fields[shape->requests_field].key, "other_total");
    assert_string_equal(shape->fields[shape->busy_field].key, "pool_busy");
    assert_string_equal(shape->fields[shape->errors_field].key, "http_errors_total");
    assert_int_equal(shape->queue_field, -1);
    wt_shape_unref(shape);
    wt_schema_unref(schemas[0]);
    shape = shape_of(first, second, schemas);
    assert_int_equal(shape->field_count, 7);
    assert_string_equal(shape->fields[shape->requests_field].key, "jobs_total");
    assert_string_equal(shape->fields[shape->busy_field].key, "requests_active");
    assert_int_equal(shape->fields[1].role, WT_ROLE_NONE); /* pool_busy: one busy field a service */
    assert_string_equal(shape->fields[shape->queue_field].key, "queue_depth");
    struct wt_shape *again = wt_shape_ref(shape);
    wt_shape_unref(shape);
    assert_string_equal(again->fields[0].key, "http_errors_total");
    wt_shape_unref(again);
    wt_schema_unref(schemas[0]);
    wt_schema_unref(schemas[1]);
    assert_int_equal(wt_shape_create(&shape, NULL, 0, NULL), WT_OK);
    assert_int_equal(shape->field_count, 0);
    assert_int_equal(shape->requests_field, -1);
    wt_shape_unref(shape);
}

static void utilization_is_never_a_guess(void **state) {
    (void)state;
    static const char *const with[] = {"requests_active u64 0", "threads_limit u64 8", NULL};
    static const char *const without[] = {"requests_active u64 0", NULL};
    struct wt_schema *schemas[2];
    struct wt_shape *shape = shape_of(with, without, schemas);
    uint64_t rows[] = {3, 4, 1, 4}, bare[] = {2};
    struct wt_column known[2], unknown[1];
    const struct wt_column *columns[] = {known, unknown};
    struct wt_field_stats fields[2];
    struct wt_service service = {.worker_count = 2};
    wt_columns_init(known, schemas[0]);
    wt_columns_init(unknown, schemas[1]);
    wt_columns_add(known, 2, rows, NULL, 2);
    wt_service_fill(&service, fields, shape, columns, 0);
    assert_true(service.utilization_ratio == 0.5);
    assert_int_equal(service.busy_worker_count, 2);
    /* One worker without a capacity: nobody knows. */
    wt_columns_add(unknown, 1, bare, NULL, 1);
    wt_service_fill(&service, fields, shape, columns, 0);
    assert_true(isnan(service.utilization_ratio));
    assert_int_equal(service.busy_worker_count, 3);
    /* A capacity of 0 is none. */
    uint64_t zero[] = {1, 0};
    wt_columns_init(known, schemas[0]);
    wt_columns_init(unknown, schemas[1]);
    wt_columns_add(known, 2, zero, NULL, 1);
    wt_service_fill(&service, fields, shape, columns, 0);
    assert_true(isnan(service.utilization_ratio));
    wt_shape_unref(shape);
    wt_schema_unref(schemas[0]);
    wt_schema_unref(schemas[1]);
}

/* Workers of two schemas: what is beyond all numbers in one stays so, whatever the other has. */
static void a_sum_beyond_numbers_is_no_smaller_one(void **state) {
    (void)state;
    static const char *const one[] = {"load f64 0", NULL};
    static const char *const other[] = {"load f64 8", NULL};
    uint64_t huge[] = {wt_bits_of_double(1.7e308), wt_bits_of_double(1.7e308)};
    uint64_t small[] = {wt_bits_of_double(5)};
    for (int order = 0; order < 2; order++) {
        struct wt_schema *schemas[2];
        struct wt_shape *shape = shape_of(one, other, schemas);
        struct wt_column first[1], second[1];
        const struct wt_column *columns[] = {first, second};
        struct wt_field_stats fields[1];
        struct wt_service service = {.worker_count = 3};
        wt_columns_init(first, schemas[0]);
        wt_columns_init(second, schemas[1]);
        wt_columns_add(order == 0 ? first : second, 1, huge, NULL, 2);
        wt_columns_add(order == 0 ? second : first, 1, small, NULL, 1);
        wt_service_fill(&service, fields, shape, columns, 0);
        assert_int_equal(fields[0].worker_count, 3);
        assert_int_equal(fields[0].sum.kind, WT_NUMBER_ABSENT);
        assert_true(isnan(fields[0].mean));
        assert_true(fields[0].min.real == 5 && fields[0].max.real == 1.7e308);
        wt_shape_unref(shape);
        wt_schema_unref(schemas[0]);
        wt_schema_unref(schemas[1]);
    }
}

/* A signed gauge that went below zero: nobody knows how busy that is. */
static void fewer_than_none_busy_is_no_utilization(void **state) {
    (void)state;
    static const char *const with[] = {"requests_active s64 0", "threads_limit u64 8", NULL};
    struct wt_schema *schemas[2];
    struct wt_shape *shape = shape_of(with, NULL, schemas);
    uint64_t rows[] = {(uint64_t)-3, 4, 1, 4};
    struct wt_column known[2];
    const struct wt_column *columns[] = {known};
    struct wt_field_stats fields[2];
    struct wt_service service = {.worker_count = 2};
    wt_columns_init(known, schemas[0]);
    wt_columns_add(known, 2, rows, NULL, 2);
    wt_service_fill(&service, fields, shape, columns, 0);
    assert_true(isnan(service.utilization_ratio));
    assert_int_equal(service.busy_worker_count, 1);
    wt_shape_unref(shape);
    wt_schema_unref(schemas[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_sums_are_exact_above_64_bits),
        cmocka_unit_test(signed_sums_go_below_zero),
        cmocka_unit_test(wrapped_negative_gauges_are_left_out),
        cmocka_unit_test(nothing_usable_is_absent_not_zero),
        cmocka_unit_test(reals_are_summed_without_the_impossible),
        cmocka_unit_test(positive_busy_workers_are_counted),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(taking_gives_the_same_as_adding),
        cmocka_unit_test(special_fields_are_chosen_by_rule),
        cmocka_unit_test(utilization_is_never_a_guess),
        cmocka_unit_test(a_sum_beyond_numbers_is_no_smaller_one),
        cmocka_unit_test(fewer_than_none_busy_is_no_utilization),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
