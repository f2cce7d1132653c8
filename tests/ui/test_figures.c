/* What figures say beyond their digits: whose segments are, and how long ago. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "support/screen.h"

/* A snapshot of the fixture that a test may change before it feeds it. */
static struct wt_snapshot *make(int tick) {
    return (struct wt_snapshot *)(uintptr_t)wt_fixture_make(WT_FIXTURE_TROUBLE, tick);
}

static struct wt_row_status *status_of(struct wt_snapshot *snapshot, const char *service,
                                       size_t row) {
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        if (strcmp(snapshot->services[snapshot->cohorts[i].service].name, service) == 0)
            return (struct wt_row_status *)(uintptr_t)&snapshot->cohorts[i].status[row];
    fail_msg("there is no %s", service);
    return NULL;
}

/* A worker that died is in one more snapshot, its segment is free already. */
static void segments_of_the_dead_are_nobodys(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    struct wt_snapshot *snapshot = make(420);
    screen.now = wt_fixture_time(420);
    wt_app_feed(screen.app, snapshot);
    wt_screen_press(&screen, "3");
    assert_true(wt_screen_shows(&screen, "web       16 "));
    wt_snapshot_unref(snapshot);
    snapshot = make(421);
    status_of(snapshot, "web", 9)->state = WT_WORKER_GONE;
    screen.now = wt_fixture_time(421);
    wt_app_feed(screen.app, snapshot);
    assert_true(wt_screen_shows(&screen, "web       15 "));
    wt_snapshot_unref(snapshot);
    wt_screen_close(&screen);
}

/* Feeds a worker of web that came so many seconds ago, or has not moved for so long. */
static void feed_age(struct wt_screen *screen, int64_t age_s, int64_t silence_s) {
    struct wt_snapshot *snapshot = make(420);
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        for (size_t row = 0; row < snapshot->cohorts[i].row_count; row++)
            ((struct wt_worker *)(uintptr_t)snapshot->cohorts[i].rows[row])
                ->registered_monotonic_ns = snapshot->time.monotonic_ns - age_s * WT_NS_PER_S;
    for (size_t i = 0; i < snapshot->service_count; i++)
        ((struct wt_service *)(uintptr_t)&snapshot->services[i])->limits.stuck_ns =
            30 * WT_NS_PER_S;
    status_of(snapshot, "web", 0)->progress_ns =
        snapshot->time.monotonic_ns - silence_s * WT_NS_PER_S;
    screen->now = wt_fixture_time(420);
    wt_app_feed(screen->app, snapshot);
    wt_snapshot_unref(snapshot);
}

static void ages_are_exact_below_a_minute(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    feed_age(&screen, 43, 0);
    wt_screen_press(&screen, "Down Enter");
    assert_true(wt_screen_shows(&screen, " 43s "));
    feed_age(&screen, 59, 0);
    assert_true(wt_screen_shows(&screen, " 59s "));
    feed_age(&screen, 119, 0);
    assert_true(wt_screen_shows(&screen, " 1m "));
    wt_screen_close(&screen);
}

static void half_of_stuck_is_marked(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    feed_age(&screen, 900, 14);
    wt_screen_press(&screen, "Down Enter");
    assert_false(wt_screen_shows(&screen, "!14s"));
    feed_age(&screen, 900, 16);
    assert_true(wt_screen_shows(&screen, "!16s "));
    wt_screen_close(&screen);
}

/* Each thread of a stuck worker that is over the limit is red, and the pane says how many. */
static void all_threads_that_hang_are_told(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    feed_age(&screen, 900, 0);
    wt_screen_press(&screen, "Enter Enter");
    feed_age(&screen, 900, 0); /* with all threads of the worker that is looked at */
    assert_true(wt_screen_shows(&screen, "3 threads hang: why, and where to look"));
    assert_true(wt_screen_shows(&screen, "on      report 4711 / render pdf"));
    assert_true(wt_screen_shows(&screen, "also    report 4713"));
    int first = wt_screen_row(&screen, "  1m34s report 4711");
    int second = wt_screen_row(&screen, "  1m32s report 4713");
    assert_true(first > 0 && second == first + 1);
    assert_int_equal(wt_grid_at(&screen.grid, 5, first)->style.fg,
                     wt_grid_at(&screen.grid, 5, second)->style.fg);
    wt_screen_close(&screen);
}

/* What was 0 all the time takes a line, not a graph. */
static void what_is_zero_takes_a_line(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    feed_age(&screen, 900, 0);
    wt_screen_press(&screen, "Enter Enter");
    assert_true(wt_screen_shows(&screen, "0 all the time: jobs/s"));
    assert_false(wt_screen_shows(&screen, "jobs/s 0"));
    wt_screen_close(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_of_the_dead_are_nobodys),
        cmocka_unit_test(ages_are_exact_below_a_minute),
        cmocka_unit_test(half_of_stuck_is_marked),
        cmocka_unit_test(all_threads_that_hang_are_told),
        cmocka_unit_test(what_is_zero_takes_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
