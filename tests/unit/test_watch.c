/* The watch of one worker: it follows the worker, keeps gaps, and forgets when another is chosen.
 */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "model/watch.h"
#include "support/fixture.h"

static const struct wt_cohort *jobs_of(const struct wt_snapshot *snapshot) {
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        if (snapshot->cohorts[i].schema != NULL &&
            strcmp(snapshot->services[snapshot->cohorts[i].service].name, "jobs") == 0)
            return &snapshot->cohorts[i];
    fail();
    return NULL;
}

/* Where a chosen worker is; a wrong place, or none, is as good. */
static void choose_at(struct wt_watch *watch, const struct wt_snapshot *snapshot, size_t row,
                      int tick) {
    const struct wt_cohort *jobs = jobs_of(snapshot);
    const uint32_t places[3][2] = {
        {(uint32_t)(jobs - snapshot->cohorts), (uint32_t)row}, {0, 0}, {UINT32_MAX, UINT32_MAX}};
    wt_watch_choose(watch, jobs->rows[row], places[tick % 3][0], places[tick % 3][1]);
}

static void feed(struct wt_watch *watch, enum wt_fixture kind, int tick, size_t choose) {
    const struct wt_snapshot *snapshot = wt_fixture_make(kind, tick);
    if (choose != SIZE_MAX)
        choose_at(watch, snapshot, choose, tick);
    assert_true(wt_watch_feed(watch, snapshot));
    wt_snapshot_unref(snapshot);
}

static int64_t bucket(int tick) {
    return wt_history_bucket(wt_fixture_time(tick).realtime_ns);
}

/* What the series must say of a tick, by the snapshot itself. */
static void check(const struct wt_watch *watch, int tick, size_t row) {
    const struct wt_snapshot *snapshot = wt_fixture_make(WT_FIXTURE_TROUBLE, tick);
    const struct wt_cohort *cohort = jobs_of(snapshot);
    double busy = wt_number_to_double(wt_cohort_value(cohort, row, 0));
    double slots = wt_number_to_double(wt_cohort_value(cohort, row, 4));
    assert_float_equal(wt_series_get(wt_watch_load(watch), bucket(tick)), busy / slots, 1e-6);
    double rate = wt_cohort_rate(snapshot, cohort, row, 1);
    assert_float_equal(wt_series_get(wt_watch_field(watch, 1), bucket(tick)), rate, 1e-2);
    double queue = wt_number_to_double(wt_cohort_value(cohort, row, 3));
    assert_float_equal(wt_series_get(wt_watch_field(watch, 3), bucket(tick)), queue, 1e-2);
    wt_snapshot_unref(snapshot);
}

static void test_values(void **state) {
    (void)state;
    struct wt_watch *watch;
    assert_int_equal(wt_watch_create(&watch, NULL), WT_OK);
    feed(watch, WT_FIXTURE_TROUBLE, 100, SIZE_MAX); /* nobody is chosen */
    assert_int_equal(wt_watch_since(watch), INT64_MAX);
    feed(watch, WT_FIXTURE_TROUBLE, 101, 4);
    assert_int_equal(wt_watch_since(watch), bucket(101));
    for (int tick = 102; tick < 400; tick++)
        feed(watch, WT_FIXTURE_TROUBLE, tick, 4);
    for (int tick = 101; tick < 400; tick++)
        check(watch, tick, 4);
    assert_true(isnan(wt_series_get(wt_watch_load(watch), bucket(100))));
    assert_null(wt_watch_field(watch, WT_WATCH_FIELDS));
    wt_watch_destroy(watch);
}

static void test_gaps(void **state) {
    (void)state;
    struct wt_watch *watch;
    assert_int_equal(wt_watch_create(&watch, NULL), WT_OK);
    feed(watch, WT_FIXTURE_TROUBLE, 10, 2);
    feed(watch, WT_FIXTURE_TROUBLE, 12, SIZE_MAX); /* one look was late: its second is filled */
    feed(watch, WT_FIXTURE_EMPTY, 13, SIZE_MAX);   /* it is not there */
    feed(watch, WT_FIXTURE_TROUBLE, 20, SIZE_MAX);
    assert_false(isnan(wt_series_get(wt_watch_load(watch), bucket(11))));
    for (int tick = 13; tick < 20; tick++)
        assert_true(isnan(wt_series_get(wt_watch_load(watch), bucket(tick))));
    assert_false(isnan(wt_series_get(wt_watch_load(watch), bucket(20))));
    assert_int_equal(wt_watch_since(watch), bucket(10));
    wt_watch_destroy(watch);
}

static void test_another_one(void **state) {
    (void)state;
    struct wt_watch *watch;
    assert_int_equal(wt_watch_create(&watch, NULL), WT_OK);
    for (int tick = 50; tick < 60; tick++)
        feed(watch, WT_FIXTURE_TROUBLE, tick, 3);
    feed(watch, WT_FIXTURE_TROUBLE, 60, 5);
    assert_int_equal(wt_watch_since(watch), bucket(60));
    assert_true(isnan(wt_series_get(wt_watch_load(watch), bucket(59))));
    check(watch, 60, 5);
    feed(watch, WT_FIXTURE_TROUBLE, 40, 5); /* the clock was set back */
    assert_int_equal(wt_watch_since(watch), bucket(40));
    check(watch, 40, 5);
    assert_true(isnan(wt_series_get(wt_watch_load(watch), bucket(60))));
    wt_watch_destroy(watch);
    wt_watch_destroy(NULL);
}

static void test_who_is_the_same(void **state) {
    (void)state;
    const struct wt_worker one = {
        .id = 1, .service = "web", .pid = 10, .start_time_ticks = 5, .reason = ""};
    struct wt_worker other = one;
    other.id = 2; /* it registered again */
    assert_true(wt_worker_is_same(&one, &other));
    other.start_time_ticks = 6; /* the pid was used again */
    assert_false(wt_worker_is_same(&one, &other));
    other = one;
    other.service = "api";
    assert_false(wt_worker_is_same(&one, &other));
    struct wt_worker keyed = one, twin = one;
    keyed.has_instance = twin.has_instance = true;
    keyed.instance[0] = 7;
    assert_false(wt_worker_is_same(&keyed, &twin)); /* two in one process */
    assert_false(wt_worker_is_same(&keyed, &one));
    struct wt_worker hidden = {.id = 3, .service = "web", .reason = ""}, second = hidden;
    assert_true(wt_worker_is_same(&hidden, &second));
    second.id = 4; /* processes that nobody can tell apart */
    assert_false(wt_worker_is_same(&hidden, &second));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_another_one),
        cmocka_unit_test(test_who_is_the_same),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
