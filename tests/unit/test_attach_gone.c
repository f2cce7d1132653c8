/* Attaching to files of a monitor that this very test plays: what its workers do
 * when it is gone. */
#include "support/support.h"

#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/attach.h"
#include "support/directory.h"
#include "support/stage.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8",
                                  "threads_limit u64 16", "load f64 24", NULL};

static void a_dead_monitor_is_seen_at_once_and_its_workers_go_on(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web),
                   b = wt_fake_join(&stage.rig, "web", web);
    stage_attach(&stage);
    wt_fake_set(&a, 0, 100);
    wt_fake_set(&a, 8, 1);
    wt_fake_set(&a, 16, 4);
    wt_fake_set(&b, 0, 50);
    wt_fake_set(&b, 16, 4);
    stage_publish(&stage, second);
    const struct wt_snapshot *before = wt_snapshot_ref(stage_look(&stage));
    wt_child_kill(stage.pid, false); /* a zombie is dead */
    wt_fake_set(&a, 0, 300);
    wt_fake_set(&a, 8, 3);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, 2 * second);
    assert_int_equal(snapshot->source.health, WT_SOURCE_DEAD);
    assert_true(snapshot->source.samples_segments);
    assert_int_equal(snapshot->source.since_realtime_ns, before->time.realtime_ns);
    stage_assert_says(snapshot, "died at ");
    stage_assert_says(
        snapshot,
        "without saying goodbye; figures of workers are live, verdicts, "
        "store and events are its last word; start `worktop serve` again: workers return by themselves");
    assert_true(snapshot->sequence > before->sequence);
    assert_int_equal(snapshot->time.monotonic_ns, stage.rig.now.monotonic_ns);
    assert_int_equal(snapshot->tick_ns, 2 * second);
    assert_false(snapshot->failed);
    const struct wt_service *service = wt_find_service(snapshot, "web");
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 350);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->rate_per_s == 100);
    assert_true(service->utilization_ratio == 3.0 / 8);
    assert_int_equal(service->worker_count, 2);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, a.id, &spot));
    assert_true(wt_cohort_rate(snapshot, spot.cohort, spot.row, 0) == 100);
    assert_int_equal(spot.status->state, WT_WORKER_LIVE);
    /* Busy, and nothing moves: stuck after 30 s. */
    wt_fake_set(&b, 0, 51);
    snapshot = stage_look_later(&stage, 29 * second);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 0);
    snapshot = stage_look_later(&stage, 2 * second);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 1);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->rate_per_s == 0);
    /* What was given before is still whole. */
    wt_assert_integer(wt_find_field(before, "web", "requests_total")->sum, 150);
    wt_snapshot_unref(before);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    stage_close(&stage);
}

/* Nobody adds up any more what was busy and what waited: the sums are the last ones, and nothing is
 * known of the last seconds. */
static void the_load_over_time_ends_with_the_monitor(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    stage_attach(&stage);
    wt_fake_set(&a, 8, 1);
    wt_fake_set(&a, 16, 4);
    for (int i = 0; i < 12; i++)
        stage_publish(&stage, second);
    const struct wt_service *service = wt_find_service(stage_look(&stage), "web");
    assert_false(isnan(service->load.windows[WT_WINDOW_10S].utilization_ratio));
    double busy_s = service->load.busy_s, watched_s = service->load.watched_s;
    assert_true(busy_s > 0 && watched_s > 0);
    wt_child_kill(stage.pid, true);
    service = wt_find_service(stage_look_later(&stage, 2 * second), "web");
    assert_true(service->utilization_ratio == 1.0 / 4);
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        assert_true(isnan(service->load.windows[i].utilization_ratio));
        assert_true(isnan(service->load.windows[i].queue_growth_per_s));
        assert_true(isnan(service->load.windows[i].mean_wait_s));
    }
    assert_true(service->load.busy_s == busy_s && service->load.watched_s == watched_s);
    wt_fake_unmap(&a);
    stage_close(&stage);
}

/* Not by the defaults, but by what the monitor was told. */
static void the_dead_monitors_limits_go_on(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_service_rules web_rules = {.name = "web", .limits = wt_health_limits_default};
    web_rules.limits.stuck_ns = 5 * second;
    web_rules.limits.warn_ratio = 0.5;
    const struct wt_rules rules = {
        .limits = wt_health_limits_default, .services = &web_rules, .service_count = 1};
    wt_monitor_set_rules(stage.rig.monitor, &rules);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web),
                   b = wt_fake_join(&stage.rig, "api", web);
    stage_attach(&stage);
    wt_fake_set(&a, 8, 1);
    wt_fake_set(&b, 8, 1);
    stage_publish(&stage, second);
    stage_look(&stage);
    wt_child_kill(stage.pid, true);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, 4 * second);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 0);
    assert_true(wt_find_service(snapshot, "web")->limits.warn_ratio == 0.5);
    snapshot = stage_look_later(&stage, second);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 1);
    assert_int_equal(wt_find_service(snapshot, "api")->stuck_count, 0);
    snapshot = stage_look_later(&stage, 25 * second);
    assert_int_equal(wt_find_service(snapshot, "api")->stuck_count, 1);
    wt_monitor_set_rules(stage.rig.monitor, NULL);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    stage_close(&stage);
}

/* The sampler here and the monitor's own must say the same of the same segments. */
static void the_sample_equals_the_monitors_own_look(void **state) {
    (void)state;
    static const char *const packed[] = {"connections_active u32 0",
                                         "jobs_total u64 4",
                                         "jobs_active u32 12",
                                         "heat F32 16",
                                         "depth S16 20",
                                         NULL};
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web),
                   b = wt_fake_join(&stage.rig, "web", packed),
                   c = wt_fake_join(&stage.rig, "jobs", packed);
    wt_fake_register(&stage.rig, "jobs", getpid(), 0); /* connecting */
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_publish(&stage, second);
    stage_look(&stage);
    wt_child_kill(stage.pid, true);
    for (int i = 1; i < 40; i++) {
        wt_fake_set(&a, 0, (uint64_t)i * 17);
        wt_fake_set(&a, 8, i % 3 == 0 ? UINT64_MAX : 2);
        wt_fake_set(&a, 16, 4);
        wt_fake_set_real(&a, 24, i % 2 == 0 ? (double)INFINITY : i / 7.0);
        wt_fake_set(&b, 4, (uint64_t)i / 9 * 1000);
        wt_fake_set32(&b, 12, 1);
        wt_fake_set32(&c, 16, 0x40490fdbU + (uint32_t)i);
        wt_fake_set(&c, 4, i < 20 ? 500 - (uint64_t)i : (uint64_t)i); /* falls, then is reset */
        const struct wt_snapshot *live = wt_rig_tick(&stage.rig, second);
        struct wt_snapshot copy = *stage_look(&stage);
        struct wt_service *services = malloc(copy.service_count * sizeof *services);
        assert_non_null(services);
        memcpy(services, copy.services, copy.service_count * sizeof *services);
        copy.services = services;
        assert_int_equal(copy.service_count, live->service_count);
        for (size_t k = 0; k < copy.service_count; k++) { /* the last word, not judged again */
            services[k].verdict = live->services[k].verdict;
            services[k].cause = live->services[k].cause;
            services[k].verdict_since_ns = live->services[k].verdict_since_ns;
            services[k].sentence = live->services[k].sentence;
            services[k].load = live->services[k].load;
            services[k].starts_per_min = live->services[k].starts_per_min;
            services[k].exits_per_min = live->services[k].exits_per_min;
            services[k].slot_count = live->services[k].slot_count;
            services[k].usage = live->services[k].usage;
        }
        copy.monitor = live->monitor;
        copy.events = live->events;
        copy.processes = live->processes;
        assert_int_equal(copy.process_count, live->process_count);
        copy.event_count = live->event_count;
        stage_assert_same(&copy, live, stage.rig.now);
        free(services);
    }
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_fake_unmap(&c);
    stage_close(&stage);
}

static void dead_workers_stay_with_their_last_values(void **state) {
    (void)state;
    struct stage stage;
    struct wt_spot spot;
    stage_open(&stage);
    pid_t child = wt_child_start();
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web),
                   b = wt_fake_register(&stage.rig, "web", child, 0),
                   c = wt_fake_register(&stage.rig, "api", child, 0);
    wt_fake_answer(&b, web);
    wt_fake_answer(&c, web);
    wt_fake_set(&a, 0, 10);
    wt_fake_set(&b, 0, 20);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    wt_child_kill(stage.pid, true);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, second);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 2);
    uint32_t left = wt_find_service(snapshot, "web")->left_count;
    wt_fake_set(&b, 0, 25); /* its last words */
    wt_child_kill(child, false);
    snapshot = stage_look_later(&stage, second);
    assert_true(wt_find_worker(snapshot, b.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_GONE);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->left_count, left + 1);
    assert_int_equal(wt_find_service(snapshot, "api")->worker_count, 0);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 10);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->total, 35);
    for (int i = 0; i < 3; i++) {
        wt_fake_set(&b, 0, 99 + (uint64_t)i); /* nobody's: it is not read again */
        snapshot = stage_look_later(&stage, second);
        assert_true(wt_find_worker(snapshot, b.id, &spot));
        assert_int_equal(spot.status->state, WT_WORKER_GONE);
        wt_assert_integer(wt_cohort_value(spot.cohort, spot.row, 0), 25);
        assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
        assert_int_equal(wt_find_service(snapshot, "web")->left_count, left + 1);
        assert_int_equal(wt_find_service(snapshot, "api")->worker_count, 0);
        assert_int_equal(wt_find_service(snapshot, "api")->verdict, WT_VERDICT_CRIT);
        assert_non_null(strstr(wt_find_service(snapshot, "api")->sentence, "its worker is gone"));
        assert_int_equal(wt_find_service(snapshot, "web")->verdict, WT_VERDICT_WARN);
        assert_non_null(strstr(wt_find_service(snapshot, "web")->sentence, "1 of 2 workers gone"));
        wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->total, 35);
        assert_true(wt_find_worker(snapshot, a.id, &spot));
        assert_int_equal(spot.status->state, WT_WORKER_LIVE);
    }
    wt_child_reap(child);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_fake_unmap(&c);
    stage_close(&stage);
}

/* Heartbeats go on without a monitor; so does the silence after the last one. */
static void heartbeats_tell_who_is_stale_and_who_left(void **state) {
    (void)state;
    struct stage stage;
    struct wt_spot spot;
    stage_open(&stage);
    struct wt_fake a = wt_fake_register(&stage.rig, "web", getpid(), 7),
                   recorder = {.rig = &stage.rig};
    wt_fake_answer(&a, web);
    assert_true(wt_monitor_recorder_offer(stage.rig.monitor, a.id, stage.rig.now, &recorder.offer));
    wt_fake_map(&recorder);
    wt_monitor_recorder_answered(stage.rig.monitor, a.id, true, stage.rig.now);
    struct wt_shared_recorder_header *header = (void *)recorder.segment;
    header->heartbeat_ns = (uint64_t)stage.rig.now.monotonic_ns;
    header->version = WT_SHARED_RECORDER_VERSION;
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    wt_child_kill(stage.pid, true);
    for (int i = 0; i < 11; i++) {
        if (i < 3 || i == 8)
            header->heartbeat_ns = (uint64_t)stage.rig.now.monotonic_ns + 5;
        wt_fake_set(&a, 0, (uint64_t)i);
        const struct wt_snapshot *live = wt_rig_tick(&stage.rig, second);
        const struct wt_snapshot *snapshot = stage_look(&stage);
        struct wt_spot mine;
        assert_true(wt_find_worker(live, a.id, &spot));
        assert_true(wt_find_worker(snapshot, a.id, &mine));
        assert_int_equal(mine.status->state, spot.status->state);
        assert_int_equal(mine.status->heartbeat_ns, spot.status->heartbeat_ns);
        assert_int_equal(wt_find_service(snapshot, "web")->stale_count,
                         wt_find_service(live, "web")->stale_count);
    }
    assert_int_equal(spot.status->state, WT_WORKER_LIVE);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, 10 * second);
    assert_int_equal(wt_find_service(snapshot, "web")->stale_count, 1);
    header->goodbye = 1;
    snapshot = stage_look_later(&stage, second);
    assert_true(wt_find_worker(snapshot, a.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_GONE);
    snapshot = stage_look_later(&stage, second);
    assert_true(wt_find_worker(snapshot, a.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_GONE);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 0);
    wt_fake_unmap(&a);
    wt_fake_unmap(&recorder);
    stage_close(&stage);
}

static void a_goodbye_is_believed_and_the_files_may_be_gone(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    wt_directory_unlink(stage.directory);
    wt_directory_close(stage.directory, WT_DIRECTORY_CLOSED);
    stage.directory = NULL;
    unlink(stage.rig.store_path); /* what is mapped stays */
    wt_fake_set(&a, 0, 5);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, second);
    assert_int_equal(snapshot->source.health, WT_SOURCE_LEFT);
    stage_assert_says(snapshot, "ended at ");
    assert_true(snapshot->source.samples_segments);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 5);
    wt_fake_unmap(&a);
    stage_close(&stage);
}

static void a_store_that_nobody_can_read_leaves_the_last_values(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    wt_fake_set(&a, 0, 5);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    wt_child_kill(stage.pid, true);
    wt_fake_set(&a, 0, 6);
    wt_assert_integer(wt_find_field(stage_look_later(&stage, second), "web", "requests_total")->sum,
                      6);
    wt_fake_unmap(&a);
    assert_int_equal(truncate(stage.rig.store_path, 0), 0);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, second);
    assert_true(snapshot->failed);
    assert_false(snapshot->source.samples_segments);
    stage_assert_says(snapshot, "these are the last values");
    assert_non_null(strstr(snapshot->store.problem, "truncated"));
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 6);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, a.id, &spot));
    assert_true((spot.status->flags & WT_ROW_UNREADABLE) != 0);
    /* Somebody who comes later cannot even open it. */
    wt_attach_close(stage.attach);
    stage_attach(&stage);
    snapshot = stage_look_later(&stage, second);
    assert_true(snapshot->failed);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 5);
    assert_non_null(strstr(snapshot->store.problem, "truncated"));
    stage_close(&stage);
}

static void a_segment_that_has_another_owner_by_now_is_not_read(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    wt_fake_set(&a, 0, 5);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    const struct wt_shared_segment_record other = {.worker_id = 4711, .state = 1};
    assert_int_equal(wt_directory_put_segment(stage.directory, 0, 0, &other), WT_OK);
    wt_fake_set(&a, 0, 99);
    wt_child_kill(stage.pid, true);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, second);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 5);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, a.id, &spot));
    assert_true((spot.status->flags & WT_ROW_UNREADABLE) != 0);
    wt_fake_unmap(&a);
    stage_close(&stage);
}

static void rates_need_a_young_look_to_compare_with(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    wt_fake_set(&a, 0, 5);
    stage_publish(&stage, second);
    wt_child_kill(stage.pid, true);
    wt_rig_advance(&stage.rig, 3600 * second);
    stage_attach(&stage);
    const struct wt_snapshot *snapshot = stage_look(&stage);
    assert_int_equal(snapshot->source.health, WT_SOURCE_DEAD);
    assert_int_equal(snapshot->tick_ns, 0);
    assert_true(isnan(wt_find_field(snapshot, "web", "requests_total")->rate_per_s));
    assert_null(snapshot->cohorts[0].previous);
    wt_fake_set(&a, 0, 25);
    snapshot = stage_look_later(&stage, 2 * second);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->rate_per_s == 10);
    wt_fake_unmap(&a);
    stage_close(&stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_monitor_is_seen_at_once_and_its_workers_go_on),
        cmocka_unit_test(the_load_over_time_ends_with_the_monitor),
        cmocka_unit_test(the_dead_monitors_limits_go_on),
        cmocka_unit_test(the_sample_equals_the_monitors_own_look),
        cmocka_unit_test(dead_workers_stay_with_their_last_values),
        cmocka_unit_test(heartbeats_tell_who_is_stale_and_who_left),
        cmocka_unit_test(a_goodbye_is_believed_and_the_files_may_be_gone),
        cmocka_unit_test(a_store_that_nobody_can_read_leaves_the_last_values),
        cmocka_unit_test(a_segment_that_has_another_owner_by_now_is_not_read),
        cmocka_unit_test(rates_need_a_young_look_to_compare_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
