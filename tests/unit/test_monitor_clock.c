/* What a monitor says when its clocks jump: nothing that is not true. */
#include "support/support.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "export/export.h"
#include "monitor/internal.h"
#include "shm/layout.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S, day = 86400 * WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8",
                                  "worker_threads u64 16", NULL};

struct scene {
    struct wt_rig rig;
    struct wt_fake worker;
    struct wt_shared_recorder_header *header;
    uint64_t count;
};

static void every_second(struct wt_monitor_options *options) {
    options->interval_ns = WT_NS_PER_S;
}

/* A worker like libworktop's: busy, counting, with a heart that beats. */
static void open_scene(struct scene *scene) {
    struct wt_offer offer;
    *scene = (struct scene){.count = 1000};
    wt_rig_open(&scene->rig, every_second);
    scene->worker = wt_fake_register(&scene->rig, "web", getpid(), 5);
    wt_fake_answer(&scene->worker, web);
    assert_true(
        wt_monitor_recorder_offer(scene->rig.monitor, scene->worker.id, scene->rig.now, &offer));
    wt_monitor_recorder_answered(scene->rig.monitor, scene->worker.id, WT_RECORDER_ACCEPTED,
                                 scene->rig.now);
    scene->header = (struct wt_shared_recorder_header *)(uintptr_t)wt_store_segment(
        scene->rig.monitor->stores[WT_STORE_RECORDERS], 0);
    scene->header->version = WT_SHARED_RECORDER_VERSION;
    wt_fake_set(&scene->worker, 8, 1);
    wt_fake_set(&scene->worker, 16, 4);
}

static void close_scene(struct scene *scene) {
    wt_fake_unmap(&scene->worker);
    wt_rig_close(&scene->rig);
}

/* What must hold at any look: figures that are numbers, ages that are not negative. */
static void check(const struct wt_snapshot *snapshot) {
    struct wt_buffer out = {0};
    wt_export_json(snapshot, snapshot->time, &out);
    assert_false(out.failed);
    assert_null(strstr(out.data, "age_ns\":-"));
    assert_null(strstr(out.data, "age_ms\":-"));
    assert_null(strstr(out.data, "tick_ns\":-"));
    assert_null(strstr(out.data, "_per_s\":-"));
    wt_buffer_fini(&out);
    const struct wt_field_stats *total = wt_find_field(snapshot, "web", "requests_total");
    assert_false(isinf(total->rate_per_s));
    assert_true(isnan(total->rate_per_s) || total->rate_per_s <= 10.5);
    const struct wt_service *service = wt_find_service(snapshot, "web");
    assert_true(service->verdict_since_ns <= snapshot->time.realtime_ns);
    assert_true(snapshot->monitor.started_realtime_ns <= snapshot->time.realtime_ns);
}

/* The worker counts 10 a second for `seconds`, and is looked at each of them. */
static const struct wt_snapshot *work(struct scene *scene, int seconds) {
    const struct wt_snapshot *snapshot = NULL;
    for (int i = 0; i < seconds; i++) {
        scene->count += 10;
        wt_fake_set(&scene->worker, 0, scene->count);
        scene->header->heartbeat_ns = (uint64_t)(scene->rig.now.monotonic_ns + second);
        snapshot = wt_rig_tick(&scene->rig, second);
        check(snapshot);
    }
    return snapshot;
}

/* It does nothing, nor does its heart, for `seconds` of looks. */
static const struct wt_snapshot *stand_still(struct scene *scene, int seconds) {
    const struct wt_snapshot *snapshot = NULL;
    for (int i = 0; i < seconds; i++) {
        snapshot = wt_rig_tick(&scene->rig, second);
        check(snapshot);
    }
    return snapshot;
}

static bool is_told(const struct wt_snapshot *snapshot) {
    return wt_has_event(snapshot, WT_EVENT_STUCK, "") ||
           wt_has_event(snapshot, WT_EVENT_STALE, "") ||
           wt_has_event(snapshot, WT_EVENT_RECOVERED, "");
}

static void setting_the_clock_moves_since_with_it(void **state) {
    (void)state;
    const int64_t steps[] = {day, -day, -2 * day, 5 * second, -5 * second};
    struct scene scene;
    open_scene(&scene);
    struct wt_fake left = wt_fake_register(&scene.rig, "web", getpid(), 0);
    wt_fake_answer(&left, web);
    work(&scene, 5);
    wt_fake_leave(&left);
    const struct wt_snapshot *snapshot = work(&scene, 5);
    assert_int_equal(snapshot->store.held_count, 1);
    int64_t now = scene.rig.now.realtime_ns;
    int64_t verdict_age = now - wt_find_service(snapshot, "web")->verdict_since_ns;
    int64_t monitor_age = now - snapshot->monitor.started_realtime_ns;
    int64_t held_age = now - snapshot->store.held[0].since_realtime_ns;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        scene.rig.now.realtime_ns += steps[i];
        snapshot = work(&scene, 3);
        now = scene.rig.now.realtime_ns;
        verdict_age += 3 * second, monitor_age += 3 * second, held_age += 3 * second;
        const struct wt_service *service = wt_find_service(snapshot, "web");
        assert_int_equal(service->verdict, WT_VERDICT_OK);
        assert_int_equal(now - service->verdict_since_ns, verdict_age);
        assert_int_equal(now - snapshot->monitor.started_realtime_ns, monitor_age);
        assert_int_equal(now - snapshot->store.held[0].since_realtime_ns, held_age);
        assert_false(is_told(snapshot));
        assert_true(
            wt_has_event(snapshot, WT_EVENT_TROUBLE,
                         steps[i] > 0 ? "the clock went forward by" : "the clock went back by"));
        assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s - 10) < 0.01);
    }
    close_scene(&scene);
}

static void two_clocks_that_drift_are_no_step(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene);
    const struct wt_snapshot *snapshot = work(&scene, 2);
    int64_t since = wt_find_service(snapshot, "web")->verdict_since_ns;
    for (int i = 0; i < 20; i++) {
        scene.rig.now.realtime_ns += second / 2;
        snapshot = work(&scene, 1);
    }
    assert_false(wt_has_event(snapshot, WT_EVENT_TROUBLE, ""));
    assert_true(wt_find_service(snapshot, "web")->verdict_since_ns == since);
    close_scene(&scene);
}

static void a_clock_that_stands_still_gives_no_rates(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene);
    work(&scene, 3);
    for (int i = 0; i < 3; i++) {
        scene.count += 1;
        wt_fake_set(&scene.worker, 0, scene.count);
        const struct wt_snapshot *snapshot = wt_rig_tick(&scene.rig, 0);
        check(snapshot);
        assert_int_equal(snapshot->tick_ns, 0);
        assert_true(isnan(wt_find_field(snapshot, "web", "requests_total")->rate_per_s));
        assert_false(is_told(snapshot));
    }
    const struct wt_snapshot *snapshot = work(&scene, 1);
    assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s - 10) < 0.01);
    close_scene(&scene);
}

/* The host was stopped, and its workers with it: at the first look all hearts are old. */
static void a_gap_makes_nobody_stuck_or_stale(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene);
    const struct wt_snapshot *snapshot = work(&scene, 3);
    for (int i = 0; i < 3; i++) {
        wt_rig_advance(&scene.rig, day);
        snapshot = wt_rig_tick(&scene.rig, 0);
        check(snapshot);
        assert_false(is_told(snapshot));
        const struct wt_service *service = wt_find_service(snapshot, "web");
        assert_int_equal(service->stuck_count + service->stale_count, 0);
        assert_int_equal(service->verdict, WT_VERDICT_OK);
        snapshot = work(&scene, 2);
        assert_false(is_told(snapshot));
    }
    /* What is silent when all else runs again is told, after the same time as always. */
    wt_rig_advance(&scene.rig, day);
    wt_rig_tick(&scene.rig, 0);
    assert_false(wt_has_event(stand_still(&scene, 1), WT_EVENT_STALE, ""));
    assert_true(wt_has_event(stand_still(&scene, 2), WT_EVENT_STALE, ""));
    assert_false(wt_has_event(stand_still(&scene, 24), WT_EVENT_STUCK, ""));
    assert_true(wt_has_event(stand_still(&scene, 5), WT_EVENT_STUCK, ""));
    close_scene(&scene);
}

static void who_was_stuck_before_a_gap_still_is(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene);
    work(&scene, 3);
    const struct wt_snapshot *snapshot = stand_still(&scene, 40);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->stale_count, 1);
    wt_rig_advance(&scene.rig, day);
    snapshot = stand_still(&scene, 3);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->stale_count, 1);
    assert_false(wt_has_event(snapshot, WT_EVENT_RECOVERED, ""));
    snapshot = work(&scene, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 0);
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, ""));
    close_scene(&scene);
}

static void nothing_held_in_a_gap(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene);
    wt_fake_set(&scene.worker, 8, 4); /* all of its threads are busy */
    const struct wt_snapshot *snapshot = work(&scene, 10);
    assert_int_equal(wt_find_service(snapshot, "web")->verdict, WT_VERDICT_OK);
    wt_rig_advance(&scene.rig, day);
    snapshot = work(&scene, 10);
    assert_int_equal(wt_find_service(snapshot, "web")->verdict, WT_VERDICT_OK); /* 20 s of 30 */
    snapshot = work(&scene, 15);
    assert_int_equal(wt_find_service(snapshot, "web")->verdict, WT_VERDICT_WARN);
    close_scene(&scene);
}

/* Linux promises that it never does. */
static void a_monotonic_clock_that_falls_shows_nothing_negative(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene);
    work(&scene, 3);
    struct wt_fake left = wt_fake_register(&scene.rig, "web", getpid(), 0);
    wt_fake_answer(&left, web);
    work(&scene, 1);
    wt_fake_leave(&left);
    scene.rig.now.monotonic_ns -= 500 * second;
    const struct wt_snapshot *snapshot = wt_rig_tick(&scene.rig, 0);
    check(snapshot);
    assert_false(is_told(snapshot));
    assert_true(wt_has_event(snapshot, WT_EVENT_LEFT, "lives on")); /* not 500 s later */
    snapshot = work(&scene, 3);
    assert_false(is_told(snapshot));
    assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s - 10) < 0.01);
    close_scene(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_the_clock_moves_since_with_it),
        cmocka_unit_test(two_clocks_that_drift_are_no_step),
        cmocka_unit_test(a_clock_that_stands_still_gives_no_rates),
        cmocka_unit_test(a_gap_makes_nobody_stuck_or_stale),
        cmocka_unit_test(who_was_stuck_before_a_gap_still_is),
        cmocka_unit_test(nothing_held_in_a_gap),
        cmocka_unit_test(a_monotonic_clock_that_falls_shows_nothing_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
