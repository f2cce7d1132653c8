/* What a snapshot says of segments in quarantine: whose they are, since when, and how often each
 * segment was handed out. */
#include "support/support.h"

#include <unistd.h>

#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const fields[] = {"requests_total u64 0", NULL};

static struct wt_fake join(struct wt_rig *rig, const char *service, int64_t pid,
                           uint64_t instance) {
    struct wt_fake fake = wt_fake_register(rig, service, pid, instance);
    wt_fake_answer(&fake, fields);
    return fake;
}

static void held_segments_name_their_last_owner(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake keeps = join(&rig, "web", getpid(), 0);
    struct wt_fake leaves = join(&rig, "jobs", child, 7);
    struct wt_fake fails = wt_fake_register(&rig, "mail", getpid(), 0);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.held_count, 0);
    assert_int_equal(snapshot->recorders.held_count, 0);

    int64_t failed_ns = rig.now.realtime_ns;
    wt_monitor_setup_failed(rig.monitor, fails.id, "no", rig.now);
    wt_rig_advance(&rig, second);
    int64_t left_ns = rig.now.realtime_ns;
    wt_fake_leave(&leaves);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.held_count, 2);
    const struct wt_held_segment *held = snapshot->store.held;
    assert_int_equal(held[0].segment, 1);
    assert_int_equal(held[0].worker_id, leaves.id);
    assert_int_equal(held[0].pid, child);
    assert_string_equal(held[0].service, "jobs");
    assert_int_equal(held[0].since_realtime_ns, left_ns);
    assert_int_equal(held[1].segment, 2);
    assert_int_equal(held[1].worker_id, fails.id);
    assert_string_equal(held[1].service, "mail");
    assert_int_equal(held[1].since_realtime_ns, failed_ns);

    /* An older snapshot keeps what it said, also when the owner's process is long gone. */
    const struct wt_snapshot *old = wt_snapshot_ref(snapshot);
    wt_child_kill(child, true);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.held_count, 1);
    assert_int_equal(snapshot->store.held[0].worker_id, fails.id);
    assert_int_equal(old->store.held_count, 2);
    assert_string_equal(old->store.held[0].service, "jobs");
    wt_snapshot_unref(old);
    wt_fake_unmap(&keeps);
    wt_rig_close(&rig);
}

static void generations_count_how_often_a_segment_was_handed_out(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    for (int round = 1; round <= 5; round++) {
        struct wt_fake fake = join(&rig, "web", getpid(), 0); /* its own one again */
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
        assert_int_equal(snapshot->store.segment_states[0], WT_SEGMENT_ALLOCATED);
        assert_int_equal(snapshot->store.segment_generations[0], round);
        assert_int_equal(snapshot->store.segment_generations[1], 0);
        wt_fake_leave(&fake);
        snapshot = wt_rig_tick(&rig, second);
        assert_int_equal(snapshot->store.segment_generations[0], round);
    }
    wt_rig_close(&rig);
}

static void a_grown_store_has_generations_for_all_segments(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL); /* one page: 8 segments */
    enum { WORKERS = 20 };
    struct wt_fake fakes[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        fakes[i] = join(&rig, "web", getpid(), 0);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true(snapshot->store.segment_count > WORKERS);
    for (uint64_t i = 0; i < snapshot->store.segment_count; i++)
        assert_int_equal(snapshot->store.segment_generations[i], i < WORKERS);
    for (int i = 0; i < WORKERS; i++)
        wt_fake_leave(&fakes[i]);
    assert_int_equal(wt_rig_tick(&rig, second)->store.held_count, WORKERS);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_segments_name_their_last_owner),
        cmocka_unit_test(generations_count_how_often_a_segment_was_handed_out),
        cmocka_unit_test(a_grown_store_has_generations_for_all_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
