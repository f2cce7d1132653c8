/* When a segment is handed out again, at the edges: processes without a main thread, connections
 * that outlive who made them, more dead than there are pidfds, recorders that nobody wants. */
#include "support/support.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/process.h"
#include "monitor/internal.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const fields[] = {"requests_total u64 0", NULL};

static struct wt_fake join(struct wt_rig *rig, int64_t pid, uint64_t instance) {
    struct wt_fake fake = wt_fake_register(rig, "web", pid, instance);
    wt_fake_answer(&fake, fields);
    return fake;
}

static void *wait_for_ever(void *unused) {
    for (;;)
        pause();
    return unused;
}

/* A process whose main thread ended, while another one lives on. */
static pid_t start_headless(void) {
    pid_t parent = getpid(), pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(60); /* that signal ends with the main thread */
    if (getppid() != parent || pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
        _exit(1);
    pthread_exit(NULL);
}

static void a_process_without_its_main_thread_is_not_gone(void **state) {
    (void)state;
    pid_t child = start_headless();
    struct wt_process_look look = {0};
    for (int i = 0; i < 5000 && look.state != 'Z'; i++) {
        assert_int_equal(wt_process_look(child, &look, NULL), WT_OK);
        poll(NULL, 0, 1);
    }
    assert_int_equal(look.state, 'Z');
    assert_true(look.threads >= 2); /* the kernel still counts the one that ended */
    assert_false(wt_process_is_gone(child, look.start_ticks));
    bool gone = true;
    int pidfd = wt_process_open(child, look.start_ticks, &gone);
    assert_true(pidfd >= 0 && !gone);
    assert_false(wt_process_pidfd_ended(pidfd));

    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = join(&rig, child, 0);
    assert_true(worker.offer.has_segment);
    wt_fake_leave(&worker);
    for (int i = 0; i < 5; i++)
        assert_int_equal(wt_rig_tick(&rig, 60 * second)->store.quarantined_count, 1);

    wt_child_kill(child, false);
    assert_int_equal(wt_process_look(child, &look, NULL), WT_OK);
    assert_true(look.state == 'Z' && look.threads <= 1);
    assert_true(wt_process_is_gone(child, look.start_ticks));
    assert_true(wt_process_pidfd_ended(pidfd));
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 0);
    close(pidfd);
    wt_child_reap(child);
    wt_rig_close(&rig);
}

/* Its connection speaks, so somebody else has it: a child, whose end nobody would learn. */
static void a_connection_whose_process_ended_gets_no_segment(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t zombie = wt_child_start(), reaped = wt_child_start();
    wt_child_kill(zombie, false);
    wt_child_kill(reaped, true);
    struct wt_fake fakes[2] = {wt_fake_register(&rig, "web", zombie, 0),
                               wt_fake_register(&rig, "web", reaped, 5)};
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    for (int i = 0; i < 2; i++) {
        struct wt_spot spot;
        assert_false(fakes[i].offer.has_segment);
        assert_true(wt_find_worker(snapshot, fakes[i].id, &spot));
        assert_int_equal(spot.status->state, WT_WORKER_SILENT);
        assert_non_null(strstr(spot.worker->reason, "which made this connection, has ended"));
        wt_monitor_offer_again(rig.monitor, fakes[i].id); /* and never will */
        wt_fake_leave(&fakes[i]);
    }
    uint64_t id;
    struct wt_offer offer;
    assert_false(wt_monitor_next_offer(rig.monitor, rig.now, &id, &offer));
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.free_count, snapshot->store.segment_count);
    assert_int_equal(snapshot->store.refused_count, 0);
    assert_int_equal(rig.monitor->peers.by_identity.count, 0);
    wt_child_reap(zombie);
    wt_rig_close(&rig);
}

/* There are pidfds for 512 processes; for all others /proc is asked, a bounded number a tick. */
static void a_mass_death_is_over_within_a_tick_or_two(void **state) {
    (void)state;
    enum { CHILDREN = 660 };
    static pid_t children[CHILDREN];
    static struct wt_fake workers[CHILDREN];
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = wt_child_start();
        workers[i] = wt_fake_register(&rig, "web", children[i], 0);
        wt_monitor_setup_answered(rig.monitor, workers[i].id, wt_fake_schema(fields), rig.now);
    }
    wt_rig_tick(&rig, second);
    for (int i = 0; i < CHILDREN; i++)
        wt_monitor_remove(rig.monitor, workers[i].id, rig.now);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, CHILDREN);
    for (int i = 0; i < CHILDREN; i++)
        wt_child_kill(children[i], true);
    wt_rig_tick(&rig, second);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 0);
    wt_rig_close(&rig);
}

static void a_recorder_that_is_declined_is_offered_again_not_another_one(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    uint64_t first = UINT64_MAX;
    for (int i = 0; i < 500; i++) {
        struct wt_fake worker = join(&rig, getpid(), 5);
        struct wt_offer offer;
        assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
        first = i == 0 ? offer.offset : first;
        assert_true(offer.offset == first);
        wt_monitor_recorder_answered(rig.monitor, worker.id, WT_RECORDER_DECLINED, rig.now);
        wt_fake_leave(&worker);
        if (i % 50 == 0)
            assert_int_equal(wt_rig_tick(&rig, second)->recorders.quarantined_count, 1);
    }
    /* One that was never answered may still be taken up: another one. So is one of another key. */
    struct wt_fake slow = join(&rig, getpid(), 5), other = join(&rig, getpid(), 6);
    struct wt_offer offer;
    assert_true(wt_monitor_recorder_offer(rig.monitor, other.id, rig.now, &offer));
    assert_true(offer.offset != first);
    assert_true(wt_monitor_recorder_offer(rig.monitor, slow.id, rig.now, &offer));
    assert_true(offer.offset == first);
    wt_monitor_recorder_answered(rig.monitor, slow.id, WT_RECORDER_UNANSWERED, rig.now);
    wt_fake_leave(&slow);
    slow = join(&rig, getpid(), 5);
    assert_true(wt_monitor_recorder_offer(rig.monitor, slow.id, rig.now, &offer));
    assert_true(offer.offset != first);
    /* Taken up at last: all older ones of this key are free. */
    wt_monitor_recorder_answered(rig.monitor, slow.id, WT_RECORDER_ACCEPTED, rig.now);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders.quarantined_count, 0);
    assert_int_equal(snapshot->recorders.allocated_count, 2);
    wt_fake_unmap(&slow);
    wt_fake_unmap(&other);
    wt_rig_close(&rig);
}

static size_t count_events(const struct wt_snapshot *snapshot, enum wt_event_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < snapshot->event_count; i++)
        count += snapshot->events[i].kind == kind;
    return count;
}

static void many_at_once_are_counted_not_named(void **state) {
    (void)state;
    enum { WORKERS = 1000 };
    static struct wt_fake workers[WORKERS];
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = wt_fake_register(&rig, "web", child, 0);
        wt_monitor_setup_answered(rig.monitor, workers[i].id, wt_fake_schema(fields), rig.now);
    }
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(count_events(snapshot, WT_EVENT_JOINED), 9);
    assert_true(wt_has_event(snapshot, WT_EVENT_JOINED, "992 more workers joined"));
    for (int i = 0; i < WORKERS; i++)
        wt_monitor_remove(rig.monitor, workers[i].id, rig.now);
    wt_child_kill(child, true);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(count_events(snapshot, WT_EVENT_DIED), 9);
    assert_true(wt_has_event(snapshot, WT_EVENT_DIED, "992 more workers died"));
    assert_true(wt_has_event(snapshot, WT_EVENT_STARTED, "")); /* nothing was pushed out */
    assert_int_equal(snapshot->events_dropped, 0);
    struct wt_fake late = join(&rig, getpid(), 0);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(wt_has_event(snapshot, WT_EVENT_JOINED, "worker 1001 joined"));
    wt_fake_unmap(&late);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_without_its_main_thread_is_not_gone),
        cmocka_unit_test(a_connection_whose_process_ended_gets_no_segment),
        cmocka_unit_test(a_mass_death_is_over_within_a_tick_or_two),
        cmocka_unit_test(a_recorder_that_is_declined_is_offered_again_not_another_one),
        cmocka_unit_test(many_at_once_are_counted_not_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
