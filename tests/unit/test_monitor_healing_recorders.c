/* Recorder stores that are lost underneath a monitor, alone and with everything else. */
#include "support/support.h"

#include <string.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "shm/layout.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};

static struct wt_spot spot_of(const struct wt_snapshot *snapshot, uint64_t id) {
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, id, &spot));
    return spot;
}

static unsigned char *give_recorder(struct wt_rig *rig, uint64_t id, const struct wt_offer *offer) {
    wt_monitor_recorder_answered(rig->monitor, id, true, rig->now);
    return (unsigned char *)wt_store_base(rig->monitor->stores[WT_STORE_RECORDERS]) + offer->offset;
}

static void beat(struct wt_rig *rig, unsigned char *region) {
    struct wt_shared_recorder_header *header = (void *)region;
    header->version = WT_SHARED_RECORDER_VERSION;
    header->heartbeat_ns = (uint64_t)rig->now.monotonic_ns;
}

static void recorders_move_alike(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 9);
    wt_fake_answer(&worker, web);
    struct wt_offer offer;
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
    unsigned char *region = give_recorder(&rig, worker.id, &offer);
    beat(&rig, region);
    wt_rig_tick(&rig, second);
    assert_int_equal(unlink(rig.recorder_path), 0);
    wt_rig_advance(&rig, 10 * second);
    beat(&rig, region); /* in what was removed */
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, 0);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
    assert_non_null(strstr(snapshot->recorders.problem, "1 of 1 workers have not moved"));
    assert_string_equal(snapshot->store.problem, "");
    uint64_t id;
    assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &offer));
    assert_true(offer.is_recorder && offer.has_segment && id == worker.id);
    wt_rig_assert_no_offer(&rig);
    region = give_recorder(&rig, worker.id, &offer);
    beat(&rig, region);
    snapshot = wt_rig_tick(&rig, second);
    assert_string_equal(snapshot->recorders.problem, "");
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED,
                             "recorder store was removed underneath; 1 worker moved"));
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
    assert_int_equal(wt_rig_retired_stores(&rig), 0);

    /* Refused: it goes on without one, and nobody waits for it. */
    assert_int_equal(truncate(rig.recorder_path, 0), 0);
    wt_rig_tick(&rig, second);
    assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &offer));
    wt_monitor_recorder_answered(rig.monitor, worker.id, false, rig.now);
    snapshot = wt_rig_tick(&rig, 10 * second);
    assert_string_equal(snapshot->recorders.problem, "");
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
    assert_int_equal(spot_of(snapshot, worker.id).status->heartbeat_ns, 0);
    assert_int_equal(wt_rig_retired_stores(&rig), 0);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* Both at once (somebody emptied the directory): first the values, then the recorder as usual. */
static void everything_is_lost_at_once(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 9);
    wt_fake_answer(&worker, web);
    struct wt_offer offer;
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
    beat(&rig, give_recorder(&rig, worker.id, &offer));
    wt_rig_tick(&rig, second);
    assert_int_equal(unlink(rig.recorder_path), 0);
    assert_int_equal(unlink(rig.store_path), 0);
    wt_rig_tick(&rig, second);
    wt_fake_take_offer(&worker);
    wt_rig_assert_no_offer(&rig);
    assert_false(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
    wt_fake_answer(&worker, web);
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
    beat(&rig, give_recorder(&rig, worker.id, &offer));
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_string_equal(snapshot->recorders.problem, "");
    assert_string_equal(snapshot->store.problem, "");
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_RECOVERED), 2);
    assert_int_equal(wt_rig_retired_stores(&rig), 0);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* An offer of a recorder in a store that is lost before the answer is made again. */
static void a_recorder_that_is_lost_before_the_answer_is_offered_again(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    for (int accepted = 0; accepted < 2; accepted++) {
        struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 9 + (uint64_t)accepted);
        wt_fake_answer(&worker, web);
        struct wt_offer offer;
        uint64_t id;
        assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
        assert_int_equal(unlink(rig.recorder_path), 0);
        wt_monitor_recorder_answered(rig.monitor, worker.id, accepted != 0, rig.now);
        wt_rig_tick(&rig, second);
        assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &offer));
        assert_true(offer.is_recorder && id == worker.id);
        wt_monitor_recorder_answered(rig.monitor, worker.id, true, rig.now);
        assert_string_equal(wt_rig_tick(&rig, second)->recorders.problem, "");
        wt_fake_leave(&worker);
    }
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorders_move_alike),
        cmocka_unit_test(everything_is_lost_at_once),
        cmocka_unit_test(a_recorder_that_is_lost_before_the_answer_is_offered_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
