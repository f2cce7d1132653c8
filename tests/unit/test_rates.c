/* How far counters moved, and rates per second: resets, wraps, first looks. */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "model/aggregate.h"
#include "model/value.h"
#include "schema/codec.h"
#include "support/worker.h"

static struct wt_number delta(const char *triple, uint64_t previous, uint64_t current) {
    const char *const triples[] = {triple, NULL};
    struct wt_schema *schema = wt_fake_schema(triples);
    struct wt_column column;
    wt_columns_init(&column, schema);
    wt_columns_add(&column, 1, &current, &previous, 1);
    struct wt_number by_column = wt_column_delta(&column);
    struct wt_number by_row = wt_value_delta(&schema->fields[0], previous, current);
    /* The two ways must never disagree. */
    assert_int_equal(by_column.kind, by_row.kind);
    assert_int_equal(wt_number_compare(by_column, by_row), 0);
    wt_schema_unref(schema);
    return by_column;
}

static void a_counter_that_rose_counts_the_difference(void **state) {
    (void)state;
    wt_assert_integer(delta("a_total u64 0", 100, 130), 30);
    wt_assert_integer(delta("a_total u64 0", 100, 100), 0);
    wt_assert_integer(delta("a_total u32 0", 0, UINT32_MAX), UINT32_MAX);
    assert_true(delta("a_total u64 0", 1, UINT64_MAX).integer == (wt_int128)UINT64_MAX - 1);
}

static void a_counter_that_fell_counts_its_whole_value(void **state) {
    (void)state;
    wt_assert_integer(delta("a_total u64 0", 1000, 7), 7);
    wt_assert_integer(delta("a_total u64 0", UINT64_MAX, 7), 7); /* a u64 never wraps */
    wt_assert_integer(delta("a_total u64 0", 5, 0), 0);
    wt_assert_integer(delta("a_total u16 0", 65535, 3), 3);
}

static void a_u32_wraps_only_from_above_2_31(void **state) {
    (void)state;
    wt_assert_integer(delta("a_total u32 0", UINT32_MAX, 9), 10);
    wt_assert_integer(delta("a_total U32 0", 0x80000001, 0), 0x7fffffff);
    wt_assert_integer(delta("a_total u32 0", 0x80000000, 4), 4); /* a reset */
    wt_assert_integer(delta("a_total u32 0", 1000, 4), 4);
    wt_assert_integer(delta("a_total s32 0", 0x7fffffff, 4), 4);
}

static void signed_and_real_counters_never_move_backwards(void **state) {
    (void)state;
    wt_assert_integer(delta("a_total s64 0", (uint64_t)-10, 5), 15);
    wt_assert_integer(delta("a_total s64 0", 10, (uint64_t)-5), 0);
    assert_true(delta("a_total s64 0", (uint64_t)INT64_MIN, INT64_MAX).integer ==
                (wt_int128)UINT64_MAX);
    assert_true(delta("a_total f64 0", wt_bits_of_double(1.5), wt_bits_of_double(2)).real == 0.5);
    assert_true(delta("a_total f64 0", wt_bits_of_double(9), wt_bits_of_double(2)).real == 2);
    assert_true(delta("a_total f64 0", wt_bits_of_double(9), wt_bits_of_double(-2)).real == 0);
    assert_int_equal(delta("a_total f64 0", wt_bits_of_double(NAN), wt_bits_of_double(2)).kind,
                     WT_NUMBER_ABSENT);
    assert_int_equal(delta("a_total f64 0", wt_bits_of_double(1), wt_bits_of_double(NAN)).kind,
                     WT_NUMBER_ABSENT);
}

static void sums_of_deltas_are_exact(void **state) {
    (void)state;
    static const char *const triples[] = {"a_total u64 0", NULL};
    struct wt_schema *schema = wt_fake_schema(triples);
    struct wt_column column;
    uint64_t before[3] = {0, 0, 0}, after[3] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    wt_columns_init(&column, schema);
    wt_columns_add(&column, 1, after, before, 3);
    assert_true(wt_column_delta(&column).integer == (wt_int128)UINT64_MAX * 3);
    wt_schema_unref(schema);
}

static void rates_are_per_second_and_unknown_at_first(void **state) {
    (void)state;
    static const char *const triples[] = {"a_total u64 0", "depth u64 8", NULL};
    struct wt_schema *schema = wt_fake_schema(triples);
    const struct wt_schema *const schemas[] = {schema};
    struct wt_shape *shape;
    assert_int_equal(wt_shape_create(&shape, schemas, 1, NULL), WT_OK);
    struct wt_column columns[2];
    const struct wt_column *all[] = {columns};
    struct wt_field_stats fields[2];
    struct wt_service service = {.worker_count = 2};
    uint64_t before[] = {10, 1, 20, 1}, after[] = {15, 9, 22, 9};
    /* Only first looks: unknown, also when time has passed. */
    wt_columns_init(columns, schema);
    wt_columns_add(columns, 2, after, NULL, 2);
    wt_service_fill(&service, fields, shape, all, WT_NS_PER_S);
    assert_true(isnan(fields[0].rate_per_s));
    /* One worker known, one new: the known one's. */
    wt_columns_init(columns, schema);
    wt_columns_add(columns, 2, after, before, 1);
    wt_columns_add(columns, 2, after + 2, NULL, 1);
    wt_service_fill(&service, fields, shape, all, WT_NS_PER_S / 2);
    assert_true(fields[0].rate_per_s == 10);
    assert_true(isnan(fields[1].rate_per_s)); /* a gauge has no rate */
    wt_assert_integer(fields[0].sum, 37);
    assert_true(fields[0].mean == 18.5);
    /* No time between the looks: unknown, not infinite. */
    wt_service_fill(&service, fields, shape, all, 0);
    assert_true(isnan(fields[0].rate_per_s));
    wt_shape_unref(shape);
    wt_schema_unref(schema);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_that_rose_counts_the_difference),
        cmocka_unit_test(a_counter_that_fell_counts_its_whole_value),
        cmocka_unit_test(a_u32_wraps_only_from_above_2_31),
        cmocka_unit_test(signed_and_real_counters_never_move_backwards),
        cmocka_unit_test(sums_of_deltas_are_exact),
        cmocka_unit_test(rates_are_per_second_and_unknown_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
