/* When a segment may be handed out again (docs/FORMAT.md), with real processes. */
#include "support/support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/process.h"
#include "monitor/internal.h"
#include "monitor/monitor.h"
#include "shm/layout.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};

static struct wt_fake join(struct wt_rig *rig, int64_t pid, uint64_t instance) {
    struct wt_fake fake = wt_fake_register(rig, "web", pid, instance);
    wt_fake_answer(&fake, web);
    return fake;
}

static void a_segment_waits_until_its_process_is_gone(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake worker = join(&rig, child, 0);
    wt_rig_tick(&rig, second);
    wt_fake_leave(&worker);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.quarantined_count, 1);
    assert_true(wt_has_event(snapshot, WT_EVENT_LEFT, "lives on"));
    assert_true(wt_has_event(snapshot, WT_EVENT_QUARANTINED, "segment 0"));
    for (int i = 0; i < 5; i++)
        assert_int_equal(wt_rig_tick(&rig, 60 * second)->store.quarantined_count, 1);
    wt_child_kill(child, true);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.quarantined_count, 0);
    assert_int_equal(snapshot->store.allocated_count, 0);
    assert_true(wt_has_event(snapshot, WT_EVENT_RELEASED, "1 segment free again"));
    assert_false(wt_has_event(snapshot, WT_EVENT_DIED, ""));
    wt_rig_close(&rig);
}

static void a_zombie_is_gone(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake worker = join(&rig, child, 0);
    wt_rig_tick(&rig, second);
    wt_child_kill(child, false);
    assert_int_equal(kill(child, 0), 0); /* which lies */
    wt_fake_leave(&worker);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.quarantined_count, 0);
    assert_true(wt_has_event(snapshot, WT_EVENT_DIED, "died, signal 9 (Killed), after "));
    assert_false(wt_has_event(snapshot, WT_EVENT_LEFT, ""));
    wt_child_reap(child);
    wt_rig_close(&rig);
}

/* Waits, bounded, until the process is in this state of proc(5). */
static void wait_for_state(pid_t pid, char wanted) {
    for (int i = 0; i < 5000; i++) {
        struct wt_process_look look;
        if (wt_process_look(pid, &look, NULL) == WT_OK && look.state == wanted)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    fail_msg("process %d never came into state %c", (int)pid, wanted);
}

static void a_stopped_process_keeps_its_segment(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake worker = join(&rig, child, 0);
    assert_int_equal(kill(child, SIGSTOP), 0);
    wait_for_state(child, 'T');
    wt_fake_leave(&worker);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 1);
    assert_int_equal(wt_rig_tick(&rig, 3600 * second)->store.quarantined_count, 1);
    assert_int_equal(kill(child, SIGCONT), 0);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 1);
    wt_child_kill(child, true);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 0);
    wt_rig_close(&rig);
}

static void a_reconnect_loop_leaks_nothing(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake other = join(&rig, getpid(), 0);
    uint64_t offset = UINT64_MAX;
    for (int i = 0; i < 2000; i++) {
        struct wt_fake worker = wt_fake_register(&rig, "web", child, 0);
        assert_true(worker.offer.has_segment);
        if (offset != UINT64_MAX)
            assert_true(worker.offer.offset == offset);
        offset = worker.offer.offset;
        wt_monitor_setup_answered(rig.monitor, worker.id, wt_fake_schema(web), rig.now);
        wt_monitor_remove(rig.monitor, worker.id, rig.now);
        if (i % 100 == 0)
            wt_rig_tick(&rig, second);
    }
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.quarantined_count, 1);
    assert_int_equal(snapshot->store.allocated_count, 1);
    assert_int_equal(snapshot->store.resize_count, 0);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
    wt_child_kill(child, true);
    wt_fake_unmap(&other);
    wt_rig_close(&rig);
}

static void another_process_never_gets_a_held_segment(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake worker = join(&rig, child, 0);
    wt_fake_leave(&worker);
    for (int i = 0; i < 20; i++) {
        struct wt_fake stranger = wt_fake_register(&rig, "web", getpid(), 0);
        assert_true(stranger.offer.has_segment);
        assert_true(stranger.offer.offset != worker.offer.offset);
    }
    wt_rig_tick(&rig, second);
    wt_child_kill(child, true);
    wt_rig_close(&rig);
}

static void an_instance_key_frees_the_old_segment_when_the_new_one_is_taken_up(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake old = join(&rig, getpid(), 77);
    wt_rig_tick(&rig, second);
    wt_fake_leave(&old);
    struct wt_fake now = wt_fake_register(&rig, "web", getpid(), 77);
    /* It still copies out of the old one: never the same segment. */
    assert_true(now.offer.offset != old.offer.offset);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 1);
    wt_fake_answer(&now, web);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 0);
    /* Another key of the same process frees nothing, nor does an answer without fields. */
    wt_fake_leave(&now);
    struct wt_fake stranger = join(&rig, getpid(), 78);
    struct wt_fake bare = wt_fake_register(&rig, "web", getpid(), 77);
    wt_monitor_setup_answered(rig.monitor, bare.id, NULL, rig.now);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 1);
    wt_fake_unmap(&stranger);
    wt_rig_close(&rig);
}

static void an_instance_key_is_honoured_from_its_own_process_only(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake old = join(&rig, child, 77);
    wt_fake_leave(&old);
    struct wt_fake thief = join(&rig, getpid(), 77);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 1);
    wt_fake_unmap(&thief);
    wt_child_kill(child, true);
    wt_rig_close(&rig);
}

static void an_older_connection_of_the_same_worker_is_superseded(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake old = join(&rig, getpid(), 77);
    wt_fake_set(&old, 0, 5);
    wt_rig_tick(&rig, second);
    struct wt_fake now = join(&rig, getpid(), 77);
    wt_fake_set(&now, 0, 6);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 6);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, old.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_SILENT);
    assert_string_equal(spot.worker->reason, "registered again as worker 2");
    assert_int_equal(snapshot->store.quarantined_count, 0);
    wt_fake_leave(&old); /* nothing is freed twice */
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.allocated_count, 1);
    wt_fake_unmap(&now);
    wt_rig_close(&rig);
}

static void a_hidden_process_is_never_believed_gone(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake hidden = join(&rig, 0, 0);
    wt_fake_leave(&hidden);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 1);
    struct wt_fake again = join(&rig, 0, 0); /* may be anybody */
    assert_true(again.offer.offset != hidden.offer.offset);
    wt_fake_leave(&again);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 2);
    wt_rig_close(&rig);
}

static void a_hidden_process_with_a_pidfd_is_gone_when_that_says_so(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    assert_true(pidfd >= 0);
    struct wt_registration registration = {.pid = 0, .pidfd = pidfd};
    uint64_t id;
    struct wt_offer offer;
    assert_int_equal(wt_monitor_register(rig.monitor, &registration, rig.now, &id, &offer, NULL),
                     WT_OK);
    wt_monitor_remove(rig.monitor, id, rig.now);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 1);
    wt_child_kill(child, true);
    assert_int_equal(wt_rig_tick(&rig, second)->store.quarantined_count, 0);
    wt_rig_close(&rig);
}

static size_t open_descriptors(void) {
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += syscall(SYS_fcntl, fd, 1 /* F_GETFD */) >= 0;
    return count;
}

static void pidfds_are_held_for_quarantine_only(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t children[4];
    struct wt_fake workers[4];
    size_t before = open_descriptors();
    for (int i = 0; i < 4; i++) {
        children[i] = wt_child_start();
        workers[i] = join(&rig, children[i], 0);
    }
    wt_rig_tick(&rig, second);
    assert_int_equal(open_descriptors(), before + 4); /* of their figures, while they are here */
    for (int i = 0; i < 4; i++)
        wt_fake_leave(&workers[i]);
    wt_rig_tick(&rig, second);
    assert_int_equal(open_descriptors(), before + 4);
    for (int i = 0; i < 4; i++)
        wt_child_kill(children[i], true);
    wt_rig_tick(&rig, second);
    assert_int_equal(open_descriptors(), before);
    wt_rig_close(&rig);
}

static void without_a_pidfd_pid_and_start_time_decide(void **state) {
    (void)state;
    pid_t child = wt_child_start();
    struct wt_process_look look;
    assert_int_equal(wt_process_look(child, &look, NULL), WT_OK);
    assert_false(wt_process_is_gone(child, look.start_ticks));
    assert_true(wt_process_is_gone(child, look.start_ticks + 1)); /* the pid was used again */
    bool gone;
    assert_int_equal(wt_process_open(child, look.start_ticks + 1, &gone), -1);
    assert_true(gone);
    wt_child_kill(child, false);
    assert_true(wt_process_is_gone(child, look.start_ticks)); /* a zombie */
    int fd = wt_process_open(child, look.start_ticks, &gone);
    assert_true(fd >= 0 && gone);
    close(fd);
    wt_child_reap(child);
    assert_int_equal(wt_process_open(child, look.start_ticks, &gone), -1);
    assert_true(gone);
    assert_true(wt_process_is_gone(child, look.start_ticks));
    assert_int_equal(wt_process_look(child, &look, NULL), WT_ENOENT);
    assert_true(wt_process_age_ns(look.start_ticks) >= 0);
    /* One that starts in the future is not young: the clocks differ, and nobody can tell. */
    uint64_t hour_ticks = 3600 * (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t now_ticks = look.start_ticks + (uint64_t)(wt_process_age_ns(look.start_ticks) /
                                                       (WT_NS_PER_S / sysconf(_SC_CLK_TCK)));
    assert_true(wt_process_age_ns(now_ticks + hour_ticks) == -1);
    char cause[64];
    wt_process_cause(3 << 8, cause, sizeof cause);
    assert_string_equal(cause, "exit 3");
}

static void a_spawner_tells_the_cause(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake worker = join(&rig, child, 0);
    wt_monitor_process_ended(rig.monitor, child, 0); /* it lies: the process lives */
    assert_int_equal(kill(child, SIGTERM), 0);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    wt_monitor_process_ended(rig.monitor, child, status);
    wt_monitor_process_ended(rig.monitor, 1, status); /* nobody of ours */
    wt_fake_leave(&worker);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true(wt_has_event(snapshot, WT_EVENT_DIED, "signal 15 (Terminated)"));
    assert_int_equal(snapshot->store.quarantined_count, 0);
    wt_rig_close(&rig);
}

static void a_process_that_ended_well_did_not_die(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake worker = join(&rig, child, 0);
    wt_child_kill(child, true);
    wt_monitor_process_ended(rig.monitor, child, 0);
    wt_fake_leave(&worker);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true(wt_has_event(snapshot, WT_EVENT_LEFT, "worker 1 ended, exit 0, after "));
    assert_false(wt_has_event(snapshot, WT_EVENT_DIED, ""));
    wt_rig_close(&rig);
}

static void recorders_go_with_their_segments(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_offer offer;
    struct wt_fake ruby = join(&rig, child, 0);
    assert_false(wt_monitor_recorder_offer(rig.monitor, ruby.id, rig.now, &offer)); /* no key */
    struct wt_fake worker = wt_fake_register(&rig, "web", child, 5);
    assert_false(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer)); /* too soon */
    wt_fake_answer(&worker, web);
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
    assert_string_equal(offer.path, rig.recorder_path);
    assert_int_equal(offer.size_bytes, wt_recorder_stride(WT_RECORDER_DEFAULT_THREADS));
    assert_false(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer)); /* once */
    wt_monitor_recorder_answered(rig.monitor, worker.id, true, rig.now);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders.allocated_count, 1);
    wt_fake_leave(&worker);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders.quarantined_count, 1);
    /* The same worker again: its old recorder is free when the new one is accepted, not before. */
    struct wt_fake again = join(&rig, child, 5);
    assert_true(wt_monitor_recorder_offer(rig.monitor, again.id, rig.now, &offer));
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders.quarantined_count, 1);
    assert_int_equal(snapshot->store.quarantined_count, 0);
    wt_monitor_recorder_answered(rig.monitor, again.id, true, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders.quarantined_count, 0);
    /* One that declines keeps its metrics; the region waits for the end of its process. */
    struct wt_fake declines = join(&rig, child, 6);
    assert_true(wt_monitor_recorder_offer(rig.monitor, declines.id, rig.now, &offer));
    wt_monitor_recorder_answered(rig.monitor, declines.id, false, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders.quarantined_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 3);
    wt_child_kill(child, true);
    wt_fake_leave(&ruby);
    wt_fake_leave(&again);
    wt_fake_leave(&declines);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders.free_count, snapshot->recorders.segment_count);
    assert_int_equal(snapshot->store.free_count, snapshot->store.segment_count);
    wt_rig_close(&rig);
}

static void many_threads_get_a_wide_recorder(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_registration registration = {
        .pid = getpid(), .pidfd = -1, .has_instance = true, .instance = {1}, .threads = 64};
    uint64_t id;
    struct wt_offer offer;
    assert_int_equal(wt_monitor_register(rig.monitor, &registration, rig.now, &id, &offer, NULL),
                     WT_OK);
    wt_monitor_setup_answered(rig.monitor, id, wt_fake_schema(web), rig.now);
    assert_true(wt_monitor_recorder_offer(rig.monitor, id, rig.now, &offer));
    assert_string_equal(offer.path, rig.wide_path);
    assert_int_equal(offer.size_bytes, wt_recorder_stride(WT_RECORDER_MAX_THREADS));
    wt_monitor_recorder_answered(rig.monitor, id, true, rig.now);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, id, &spot));
    assert_int_equal(spot.worker->recorder, 0);
    assert_int_equal(snapshot->recorders.allocated_count, 0);
    assert_int_equal(snapshot->recorders_wide.allocated_count, 1);
    assert_int_equal(snapshot->recorders_wide.segment_states[0], WT_SEGMENT_ALLOCATED);
    assert_string_equal(snapshot->recorders_wide.path, rig.wide_path);

    /* It reconnects: the region is held back until it took up another one, of either kind. */
    wt_monitor_remove(rig.monitor, id, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders_wide.quarantined_count, 1);
    assert_int_equal(wt_monitor_register(rig.monitor, &registration, rig.now, &id, &offer, NULL),
                     WT_OK);
    wt_monitor_setup_answered(rig.monitor, id, wt_fake_schema(web), rig.now);
    assert_true(wt_monitor_recorder_offer(rig.monitor, id, rig.now, &offer));
    assert_int_equal(offer.offset, wt_recorder_stride(WT_RECORDER_MAX_THREADS));
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders_wide.quarantined_count, 1);
    wt_monitor_recorder_answered(rig.monitor, id, true, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->recorders_wide.quarantined_count, 0);
    assert_int_equal(snapshot->recorders_wide.allocated_count, 1);
    wt_rig_close(&rig);
}

static void leave(struct wt_rig *rig, uint64_t *id) {
    wt_monitor_remove(rig->monitor, *id, rig->now); /* 0 is nobody */
    *id = 0;
}

/* Random registrations, answers, departures, deaths and ticks: wt_rig_tick checks at each that the
 * books are in order. In the end everything is free again. */
static void a_storm_keeps_the_books_in_order(void **state) {
    (void)state;
    enum { CHILDREN = 6, WORKERS = 60, STEPS = 4000 };
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t children[CHILDREN];
    uint64_t ids[WORKERS] = {0};
    int owners[WORKERS] = {0};
    unsigned seed = 4711;
    for (int i = 0; i < CHILDREN; i++)
        children[i] = wt_child_start();
    for (int step = 0; step < STEPS; step++) {
        int slot = rand_r(&seed) % WORKERS, action = rand_r(&seed) % 100;
        struct wt_offer offer;
        uint64_t id;
        if (ids[slot] == 0) {
            owners[slot] = rand_r(&seed) % CHILDREN;
            struct wt_fake fake =
                wt_fake_register(&rig, slot % 3 == 0 ? "api" : "web", children[owners[slot]],
                                 slot % 2 == 0 ? 0 : (uint64_t)slot);
            ids[slot] = fake.id;
        } else if (action < 40) {
            wt_monitor_setup_answered(rig.monitor, ids[slot], wt_fake_schema(web), rig.now);
            if (wt_monitor_recorder_offer(rig.monitor, ids[slot], rig.now, &offer) && action < 30)
                wt_monitor_recorder_answered(rig.monitor, ids[slot], action % 2 == 0, rig.now);
        } else if (action < 50) {
            wt_monitor_setup_answered(rig.monitor, ids[slot], NULL, rig.now);
        } else if (action < 60) {
            wt_monitor_setup_failed(rig.monitor, ids[slot], "no", rig.now);
        } else if (action < 85) {
            leave(&rig, &ids[slot]);
        } else if (action < 87) {
            wt_child_kill(children[owners[slot]], action == 85);
            if (action != 85)
                wt_child_reap(children[owners[slot]]);
            for (int i = 0; i < WORKERS; i++)
                if (owners[i] == owners[slot])
                    leave(&rig, &ids[i]);
            children[owners[slot]] = wt_child_start();
        } else if (wt_monitor_next_offer(rig.monitor, rig.now, &id, &offer)) {
            assert_true(offer.has_segment);
        } else {
            wt_rig_tick(&rig, second / 10);
        }
    }
    for (int i = 0; i < WORKERS; i++)
        wt_monitor_remove(rig.monitor, ids[i], rig.now);
    wt_rig_tick(&rig, second);
    for (int i = 0; i < CHILDREN; i++)
        wt_child_kill(children[i], true);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.free_count, snapshot->store.segment_count);
    assert_int_equal(snapshot->recorders.free_count, snapshot->recorders.segment_count);
    assert_int_equal(snapshot->service_count, 0);
    assert_int_equal(rig.monitor->peers.watched_count, 0);
    assert_int_equal(rig.monitor->peers.by_identity.count, 0);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_waits_until_its_process_is_gone),
        cmocka_unit_test(a_zombie_is_gone),
        cmocka_unit_test(a_stopped_process_keeps_its_segment),
        cmocka_unit_test(a_reconnect_loop_leaks_nothing),
        cmocka_unit_test(another_process_never_gets_a_held_segment),
        cmocka_unit_test(an_instance_key_frees_the_old_segment_when_the_new_one_is_taken_up),
        cmocka_unit_test(an_instance_key_is_honoured_from_its_own_process_only),
        cmocka_unit_test(an_older_connection_of_the_same_worker_is_superseded),
        cmocka_unit_test(a_hidden_process_is_never_believed_gone),
        cmocka_unit_test(a_hidden_process_with_a_pidfd_is_gone_when_that_says_so),
        cmocka_unit_test(pidfds_are_held_for_quarantine_only),
        cmocka_unit_test(without_a_pidfd_pid_and_start_time_decide),
        cmocka_unit_test(a_spawner_tells_the_cause),
        cmocka_unit_test(a_process_that_ended_well_did_not_die),
        cmocka_unit_test(recorders_go_with_their_segments),
        cmocka_unit_test(many_threads_get_a_wide_recorder),
        cmocka_unit_test(a_storm_keeps_the_books_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
