/* Starts and exits of the last minute: what counts as one, and the cause of the last exit. */
#include "support/support.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "monitor/internal.h"
#include "support/worker.h"

static const char *const fields[] = {"requests_total u64 0", NULL};
static const int64_t second = INT64_C(1000000000);

static double starts_of(const struct wt_snapshot *snapshot) {
    return wt_find_service(snapshot, "web")->starts_per_min;
}

static double exits_of(const struct wt_snapshot *snapshot) {
    return wt_find_service(snapshot, "web")->exits_per_min;
}

/* This process is younger than a minute: its workers started, each of them once. */
static void a_worker_that_comes_back_did_not_start_again(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake a = wt_fake_join(&rig, "web", fields), b = wt_fake_join(&rig, "web", fields);
    assert_true(starts_of(wt_rig_tick(&rig, second)) == 2);
    wt_fake_leave(&a);
    a = wt_fake_join(&rig, "web", fields);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true(starts_of(snapshot) == 2);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(exits_of(snapshot) == 0); /* its process lives on: only the connection ended */
    assert_string_equal(wt_find_service(snapshot, "web")->last_exit, "");
    struct wt_fake c = wt_fake_join(&rig, "web", fields);
    assert_true(starts_of(wt_rig_tick(&rig, second)) == 3);
    assert_true(starts_of(wt_rig_tick(&rig, 70 * second)) == 0);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_fake_unmap(&c);
    wt_rig_close(&rig);
}

/* Workers of the monitor before come back to the next one: their processes are old. */
static void old_processes_did_not_start(void **state) {
    (void)state;
    struct wt_process_look look;
    if (wt_process_look(1, &look, NULL) != WT_OK ||
        wt_process_age_ns(look.start_ticks) < 65 * second)
        skip();
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake old = wt_fake_register(&rig, "web", 1, 5);
    wt_fake_answer(&old, fields);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->joined_count, 1);
    assert_true(starts_of(snapshot) == 0);
    wt_fake_unmap(&old);
    wt_rig_close(&rig);
}

/* Of a process that the kernel hides nobody knows the age. */
static void hidden_processes_start_once_all_are_back(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake back = wt_fake_register(&rig, "web", 0, 5);
    wt_fake_answer(&back, fields);
    assert_true(starts_of(wt_rig_tick(&rig, 11 * second)) == 0);
    struct wt_fake fresh = wt_fake_register(&rig, "web", 0, 6);
    wt_fake_answer(&fresh, fields);
    assert_true(starts_of(wt_rig_tick(&rig, second)) == 1);
    wt_fake_unmap(&back);
    wt_fake_unmap(&fresh);
    wt_rig_close(&rig);
}

static void exits_are_counted_for_a_minute_and_the_cause_is_kept(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake stays = wt_fake_join(&rig, "web", fields);
    struct wt_fake dies = wt_fake_register(&rig, "web", child, 9);
    wt_fake_answer(&dies, fields);
    assert_true(starts_of(wt_rig_tick(&rig, second)) == 2);
    wt_child_kill(child, false);
    wt_fake_leave(&dies);
    int64_t left_ns = rig.now.realtime_ns;
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    const struct wt_service *web = wt_find_service(snapshot, "web");
    assert_true(web->exits_per_min == 1);
    assert_string_equal(web->last_exit, "signal 9 (Killed)");
    assert_int_equal(web->last_exit_realtime_ns, left_ns);
    web = wt_find_service(wt_rig_tick(&rig, 70 * second), "web");
    assert_true(web->exits_per_min == 0);
    assert_string_equal(web->last_exit, "signal 9 (Killed)");
    wt_child_reap(child);
    wt_fake_unmap(&stays);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_comes_back_did_not_start_again),
        cmocka_unit_test(old_processes_did_not_start),
        cmocka_unit_test(hidden_processes_start_once_all_are_back),
        cmocka_unit_test(exits_are_counted_for_a_minute_and_the_cause_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
