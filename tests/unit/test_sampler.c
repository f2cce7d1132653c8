/* From segments to snapshots: rows, progress, heartbeats, broken files, shared blocks. */
#include "support/support.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/format.h"
#include "monitor/internal.h"
#include "monitor/look.h"
#include "monitor/monitor.h"
#include "shm/layout.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};

static struct wt_spot spot_of(const struct wt_snapshot *snapshot, uint64_t id) {
    struct wt_spot spot;
    if (!wt_find_worker(snapshot, id, &spot))
        fail_msg("worker %llu is not there", (unsigned long long)id);
    return spot;
}

static void busy_without_progress_is_stuck(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    /* Idle for long, then busy: the clock starts when it becomes busy. */
    for (int i = 0; i < 60; i++)
        wt_rig_tick(&rig, second);
    wt_fake_set(&worker, 8, 2);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 0);
    for (int i = 0; i < 28; i++)
        snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(spot_of(snapshot, worker.id).status->flags, 0);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(spot_of(snapshot, worker.id).status->flags, WT_ROW_STUCK);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->verdict, WT_VERDICT_CRIT);
    assert_true(wt_has_event(snapshot, WT_EVENT_STUCK, "worker 1 stuck: no counter moved for 30s"));
    char says[128], since[WT_FORMAT_SIZE];
    wt_format_clock(since, sizeof since, snapshot->time.realtime_ns - 30 * second);
    snprintf(says, sizeof says,
             "web is CRIT: stuck since %s: worker 1 (pid %" PRId64 ") busy without progress;",
             since, (int64_t)getpid());
    assert_true(wt_has_event(snapshot, WT_EVENT_VERDICT, says));
    assert_true(wt_find_service(snapshot, "web")->verdict_since_ns ==
                snapshot->time.realtime_ns - 30 * second);
    wt_fake_set(&worker, 0, 1); /* one request done */
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->stuck_count, 0);
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, "worker 1 makes progress again"));
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void no_heartbeat_is_stale(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 9), ruby;
    wt_fake_answer(&worker, web);
    ruby = wt_fake_join(&rig, "web", web);
    struct wt_fake recorder = {.rig = &rig};
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &recorder.offer));
    wt_fake_map(&recorder);
    struct wt_shared_recorder_header *header = (void *)recorder.segment;
    wt_monitor_recorder_answered(rig.monitor, worker.id, true, rig.now);
    /* Not ready yet is not stale, for as long as a heartbeat may take. */
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
    header->heartbeat_ns = (uint64_t)rig.now.monotonic_ns;
    header->version = WT_SHARED_RECORDER_VERSION;
    snapshot = wt_rig_tick(&rig, 3 * second);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
    assert_true(spot_of(snapshot, worker.id).status->heartbeat_ns ==
                rig.now.monotonic_ns - 3 * second);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_STALE);
    assert_int_equal(wt_find_service(snapshot, "web")->stale_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 2);
    assert_true(wt_has_event(snapshot, WT_EVENT_STALE, "no heartbeat for 4"));
    /* One that has no recorder cannot be stale. */
    assert_int_equal(spot_of(snapshot, ruby.id).status->state, WT_WORKER_LIVE);
    assert_int_equal(spot_of(snapshot, ruby.id).status->heartbeat_ns, 0);
    header->heartbeat_ns = (uint64_t)rig.now.monotonic_ns;
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, "has a heartbeat again"));
    wt_fake_unmap(&recorder);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&ruby);
    wt_rig_close(&rig);
}

/* The region is the worker's: a heartbeat of tomorrow keeps nobody alive, one of this very moment
 * does, and a region of a newer version says nothing that we understand. */
static void a_heartbeat_is_not_believed_blindly(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 9);
    wt_fake_answer(&worker, web);
    struct wt_fake recorder = {.rig = &rig};
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &recorder.offer));
    wt_fake_map(&recorder);
    struct wt_shared_recorder_header *header = (void *)recorder.segment;
    wt_monitor_recorder_answered(rig.monitor, worker.id, true, rig.now);
    header->version = WT_SHARED_RECORDER_VERSION;
    static const uint64_t lies[] = {UINT64_MAX, INT64_MAX, 0, 1};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        header->heartbeat_ns = lies[i];
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, 4 * second);
        assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_STALE);
        header->heartbeat_ns = (uint64_t)(rig.now.monotonic_ns + second + second / 2);
        snapshot = wt_rig_tick(&rig, second); /* written after this look began */
        struct wt_spot spot = spot_of(snapshot, worker.id);
        assert_int_equal(spot.status->state, WT_WORKER_LIVE);
        assert_true(spot.status->heartbeat_ns == rig.now.monotonic_ns);
    }
    header->version = WT_SHARED_RECORDER_VERSION + 1;
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, 100 * second);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
    assert_int_equal(spot_of(snapshot, worker.id).status->heartbeat_ns, 0);
    wt_fake_unmap(&recorder);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void a_truncated_store_fails_the_tick_and_keeps_the_values(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_fake_set(&worker, 0, 100);
    wt_fake_set(&worker, 8, 1);
    wt_rig_tick(&rig, second);
    wt_fake_set(&worker, 0, 130);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_false(snapshot->failed);
    assert_int_equal(truncate(rig.store_path, 0), 0);
    for (int i = 0; i < 3; i++) {
        wt_rig_advance(&rig, second);
        snapshot = wt_monitor_tick(rig.monitor, rig.now);
        assert_non_null(snapshot);
        assert_true(snapshot->failed);
        assert_non_null(strstr(snapshot->store.problem, "truncated"));
        wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 130);
        assert_true(isnan(wt_find_field(snapshot, "web", "requests_total")->rate_per_s));
        struct wt_spot spot = spot_of(snapshot, worker.id);
        assert_int_equal(spot.status->flags, WT_ROW_UNREADABLE);
        assert_true(isnan(wt_cohort_rate(snapshot, spot.cohort, spot.row, 0))); /* not 0 */
        assert_int_equal(wt_find_service(snapshot, "web")->verdict, WT_VERDICT_UNKNOWN);
        assert_non_null(strstr(wt_find_service(snapshot, "web")->sentence, "truncated"));
    }
    assert_true(wt_has_event(snapshot, WT_EVENT_TROUBLE, "truncated"));
    /* The process lives, and registrations go on: they get a segment of the new store. */
    struct wt_fake late = wt_fake_register(&rig, "web", getpid(), 0);
    assert_true(late.offer.has_segment);
    snapshot = wt_monitor_status(rig.monitor, rig.now);
    assert_true(snapshot->failed); /* the first one has not moved there */
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* A worker in the row of one that left, in a store that broke before its first look: nothing of the
 * dead one is shown as its own. */
static void a_row_used_again_inherits_nothing(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake first = wt_fake_join(&rig, "web", web), second_one;
    wt_fake_set(&first, 0, 1000);
    wt_rig_tick(&rig, second);
    wt_fake_leave(&first);
    wt_rig_tick(&rig, second);
    wt_rig_tick(&rig, second);
    second_one = wt_fake_join(&rig, "web", web);
    assert_int_equal(truncate(rig.store_path, 0), 0);
    for (int i = 0; i < 3; i++) {
        wt_rig_advance(&rig, second);
        const struct wt_snapshot *snapshot = wt_monitor_tick(rig.monitor, rig.now);
        struct wt_spot spot = spot_of(snapshot, second_one.id);
        assert_int_equal(spot.row, 0);
        assert_true((spot.status->flags & WT_ROW_UNREADABLE) != 0);
        assert_int_equal(spot.status->progress_ns, 0); /* nobody knows */
        wt_assert_integer(wt_cohort_value(spot.cohort, spot.row, 0), 0);
        assert_true(isnan(wt_cohort_rate(snapshot, spot.cohort, spot.row, 0)));
    }
    wt_fake_unmap(&second_one);
    wt_rig_close(&rig);
}

/* It is not new to people at every look because nobody could read it yet: what happens to it is
 * told once, and so is its end. */
static void a_worker_that_was_never_read_is_told_about_once(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 9);
    wt_fake_answer(&worker, web);
    struct wt_offer offer;
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
    wt_monitor_recorder_answered(rig.monitor, worker.id, true, rig.now);
    assert_int_equal(truncate(rig.store_path, 0), 0);
    const struct wt_snapshot *snapshot = NULL;
    size_t stale = 0;
    for (int i = 0; i < 10; i++) {
        wt_rig_advance(&rig, second);
        snapshot = wt_monitor_tick(rig.monitor, rig.now);
    }
    for (size_t i = 0; i < snapshot->event_count; i++)
        stale += snapshot->events[i].kind == WT_EVENT_STALE;
    assert_int_equal(stale, 1);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_STALE);
    wt_fake_leave(&worker);
    wt_rig_advance(&rig, second);
    snapshot = wt_monitor_tick(rig.monitor, rig.now);
    assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_GONE);
    wt_rig_close(&rig);
}

static void truncated_recorders_make_nobody_stale(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 9);
    wt_fake_answer(&worker, web);
    struct wt_offer offer;
    assert_true(wt_monitor_recorder_offer(rig.monitor, worker.id, rig.now, &offer));
    wt_monitor_recorder_answered(rig.monitor, worker.id, true, rig.now);
    wt_rig_tick(&rig, second);
    assert_int_equal(truncate(rig.recorder_path, 0), 0);
    for (int i = 0; i < 10; i++) {
        wt_fake_set(&worker, 0, (uint64_t)i);
        wt_rig_advance(&rig, second);
        const struct wt_snapshot *snapshot = wt_monitor_tick(rig.monitor, rig.now);
        assert_false(snapshot->failed);
        assert_non_null(strstr(snapshot->recorders.problem, "truncated"));
        assert_int_equal(spot_of(snapshot, worker.id).status->state, WT_WORKER_LIVE);
        wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, i);
    }
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void a_removed_store_is_still_read(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    assert_int_equal(unlink(rig.store_path), 0);
    wt_fake_set(&worker, 0, 7);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_false(snapshot->failed);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 7);
    assert_non_null(strstr(snapshot->store.problem, "removed"));
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* Another thread, through its own mapping, writes a value that crosses two words, its halves always
 * alike. */
struct writer {
    unsigned char *at;
    int stop;
};

static void *write_halves(void *context) {
    struct writer *writer = context;
    for (uint32_t i = 1; __atomic_load_n(&writer->stop, __ATOMIC_RELAXED) == 0; i++) {
        volatile uint32_t *low = (volatile uint32_t *)(void *)writer->at;
        low[0] = i;
        low[1] = i;
    }
    return NULL;
}

static void a_value_across_words_is_whole_or_marked(void **state) {
    (void)state;
    static const char *const packed[] = {"first u32 0", "across_total u64 4", NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", packed);
    wt_rig_tick(&rig, second);
    struct writer writer = {.at = worker.segment + 4};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_halves, &writer), 0);
    uint64_t last = 0;
    for (int i = 0; i < 3000; i++) {
        const struct wt_snapshot *snapshot = wt_monitor_tick(rig.monitor, rig.now);
        struct wt_spot spot = spot_of(snapshot, worker.id);
        uint64_t bits = spot.cohort->values[spot.row * 2 + 1];
        if ((spot.status->flags & WT_ROW_TORN) != 0)
            assert_true(bits == last);
        last = bits;
        wt_rig_advance(&rig, second);
    }
    __atomic_store_n(&writer.stop, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    wt_rig_tick(&rig, second);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* A first look that could not read everything left nothing to compare with: no spike when the next
 * one can. Said by the rules of one look, for no test can make a value tear when it wants. */
static void an_unread_first_look_makes_no_spike(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    wt_rig_tick(&rig, second);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_fake_set(&worker, 0, 1000000);
    const struct wt_service_entry *service = rig.monitor->services[0];
    struct wt_cohort_rows *cohort = service->cohorts[service->cohort_count - 1];
    struct wt_store *store = rig.monitor->stores[WT_STORE_VALUES];
    assert_non_null(cohort->schema);
    const struct wt_look_rules rules = {.base = wt_store_base(store),
                                        .segment_bytes = wt_store_segment_bytes(store),
                                        .unreadable = true,
                                        .now = rig.now,
                                        .stuck_ns = 30 * second,
                                        .stale_ns = 3 * second};
    assert_int_equal(wt_cohort_look(cohort, &rules, NULL), WT_OK);
    wt_cohort_settle(cohort);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true((spot_of(snapshot, worker.id).status->flags & WT_ROW_FRESH) != 0);
    assert_true(isnan(wt_find_field(snapshot, "web", "requests_total")->rate_per_s));
    wt_fake_set(&worker, 0, 1000005);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->rate_per_s == 5.0);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void a_held_snapshot_never_changes(void **state) {
    (void)state;
    enum { HELD = 12 };
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web), other;
    const struct wt_snapshot *held[HELD];
    for (int i = 0; i < HELD; i++) {
        wt_fake_set(&worker, 0, (uint64_t)i * 100);
        if (i == 5)
            other = wt_fake_join(&rig, "web", web);
        if (i == 8)
            wt_fake_leave(&other);
        held[i] = wt_snapshot_ref(wt_rig_tick(&rig, second));
    }
    for (int i = 0; i < 20; i++)
        wt_rig_tick(&rig, second);
    wt_fake_leave(&worker);
    wt_rig_tick(&rig, second);
    wt_rig_close(&rig); /* they outlive the monitor */
    for (int i = 0; i < HELD; i++) {
        wt_assert_integer(wt_find_field(held[i], "web", "requests_total")->sum, i * 100);
        struct wt_spot spot = spot_of(held[i], worker.id);
        wt_assert_integer(wt_cohort_value(spot.cohort, spot.row, 0), i * 100);
        assert_string_equal(spot.worker->service, "web");
        if (i > 0)
            assert_true(fabs(wt_cohort_rate(held[i], spot.cohort, spot.row, 0) - 100) < 1e-6);
        assert_int_equal(wt_find_service(held[i], "web")->worker_count, i >= 5 && i < 8 ? 2 : 1);
        assert_int_equal(held[i]->sequence, i + 1);
        assert_true(held[i]->events[0].kind == WT_EVENT_STARTED);
        wt_snapshot_unref(held[i]);
    }
}

static void *release_elsewhere(void *context) {
    wt_snapshot_unref(context);
    return NULL;
}

static void a_snapshot_may_be_released_by_another_thread(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    for (int i = 0; i < 50; i++) {
        struct wt_snapshot *held = wt_snapshot_ref(wt_rig_tick(&rig, second));
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, release_elsewhere, held), 0);
        wt_rig_tick(&rig, second);
        pthread_join(thread, NULL);
    }
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void a_steady_tick_uses_its_memory_again(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    const struct wt_snapshot *seen[8] = {NULL};
    const uint64_t *values[8] = {NULL};
    size_t snapshots = 0, blocks = 0;
    for (int i = 0; i < 4; i++)
        wt_rig_tick(&rig, second);
    for (int i = 0; i < 40; i++) {
        wt_fake_set(&worker, 0, (uint64_t)i);
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
        bool known = false, known_values = false;
        for (size_t k = 0; k < 8; k++) {
            known = known || seen[k] == snapshot;
            known_values = known_values || values[k] == snapshot->cohorts[0].values;
        }
        if (!known) {
            assert_true(snapshots < 4);
            seen[snapshots++] = snapshot;
        }
        if (!known_values) {
            assert_true(blocks < 4);
            values[blocks++] = snapshot->cohorts[0].values;
        }
        struct wt_look_memory *look = (struct wt_look_memory *)snapshot;
        if (i > 8)
            assert_int_equal(look->spilled_count, 0);
    }
    /* What did not change is the very same. */
    const struct wt_snapshot *one = wt_snapshot_ref(wt_rig_tick(&rig, second));
    const struct wt_snapshot *two = wt_rig_tick(&rig, second);
    assert_ptr_equal(one->cohorts[0].rows, two->cohorts[0].rows);
    assert_ptr_equal(one->events, two->events);
    assert_ptr_equal(one->store.segment_states, two->store.segment_states);
    assert_ptr_equal(one->store.segment_generations, two->store.segment_generations);
    assert_ptr_equal(one->store.held, two->store.held);
    assert_ptr_equal(one->cohorts[0].values, two->cohorts[0].previous);
    wt_snapshot_unref(one);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void rows_stay_and_are_used_again(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake workers[20];
    for (int i = 0; i < 20; i++)
        workers[i] = wt_fake_join(&rig, "web", web);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    size_t rows[20];
    for (int i = 0; i < 20; i++)
        rows[i] = spot_of(snapshot, workers[i].id).row;
    for (int i = 0; i < 10; i++)
        wt_fake_leave(&workers[i]);
    wt_rig_tick(&rig, second);
    wt_rig_tick(&rig, second);
    for (int i = 0; i < 10; i++)
        workers[i] = wt_fake_join(&rig, "web", web);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->cohort_count, 1);
    assert_int_equal(snapshot->cohorts[0].row_count, 20);
    for (int i = 10; i < 20; i++)
        assert_int_equal(spot_of(snapshot, workers[i].id).row, rows[i]);
    for (int i = 0; i < 10; i++)
        assert_true((spot_of(snapshot, workers[i].id).status->flags & WT_ROW_FRESH) != 0);
    for (int i = 0; i < 20; i++)
        wt_fake_unmap(&workers[i]);
    wt_rig_close(&rig);
}

static void schemas_of_a_service_are_united_by_key(void **state) {
    (void)state;
    static const char *const old[] = {"requests_total u32 0", "load u64 8", NULL};
    static const char *const new[] = {"load f64 8", "requests_total u64 0", "queue_depth u64 16",
                                      NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake a = wt_fake_join(&rig, "web", old), b = wt_fake_join(&rig, "web", new),
                   c = wt_fake_join(&rig, "web", new);
    wt_fake_set32(&a, 0, 1);
    wt_fake_set(&b, 0, 2);
    wt_fake_set(&c, 0, 4);
    wt_fake_set(&a, 8, 1);
    wt_fake_set_real(&b, 8, 0.25);
    wt_fake_set(&b, 16, 9);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->cohort_count, 2);
    const struct wt_service *service = wt_find_service(snapshot, "web");
    assert_int_equal(service->field_count, 3);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 7);
    struct wt_number load = wt_find_field(snapshot, "web", "load")->sum;
    assert_int_equal(load.kind, WT_NUMBER_REAL);
    assert_true(load.real == 1.25);
    assert_int_equal(wt_find_field(snapshot, "web", "queue_depth")->worker_count, 2);
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        assert_int_equal(cohort->service, 0);
        for (size_t f = 0; f < cohort->schema->field_count; f++)
            assert_string_equal(service->fields[cohort->field_map[f]].key,
                                cohort->schema->fields[f].key);
    }
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_fake_unmap(&c);
    wt_rig_close(&rig);
}

static void ten_thousand_workers(void **state) {
    (void)state;
    enum { WORKERS = 10000 };
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    uint64_t *ids = calloc(WORKERS, sizeof *ids);
    assert_non_null(ids);
    uint64_t last = 0;
    for (int i = 0; i < WORKERS; i++) {
        struct wt_fake fake = wt_fake_register(&rig, i % 2 == 0 ? "web" : "api", getpid(), 0);
        assert_true(fake.offer.has_segment);
        ids[i] = fake.id;
        last = fake.offer.offset;
        wt_monitor_setup_answered(rig.monitor, fake.id, wt_fake_schema(web), rig.now);
    }
    int fd = open(rig.store_path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    unsigned char *map = mmap(NULL, last + 512, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(map != MAP_FAILED);
    close(fd);
    for (uint64_t offset = 0; offset <= last; offset += 512)
        memcpy(map + offset, &(uint64_t){offset}, 8);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, WORKERS / 2);
    assert_true(wt_number_to_double(wt_find_field(snapshot, "web", "requests_total")->sum) +
                    wt_number_to_double(wt_find_field(snapshot, "api", "requests_total")->sum) ==
                512.0 * WORKERS * (WORKERS - 1) / 2);
    for (uint64_t offset = 0; offset <= last; offset += 512)
        memcpy(map + offset, &(uint64_t){offset + 3}, 8);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s -
                     3.0 * WORKERS / 2) < 1e-6);
    for (int i = 0; i < WORKERS; i++)
        wt_monitor_remove(rig.monitor, ids[i], rig.now);
    wt_rig_tick(&rig, second);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->service_count, 0);
    assert_int_equal(snapshot->store.quarantined_count, WORKERS); /* this process lives */
    munmap(map, last + 512);
    free(ids);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_without_progress_is_stuck),
        cmocka_unit_test(no_heartbeat_is_stale),
        cmocka_unit_test(a_heartbeat_is_not_believed_blindly),
        cmocka_unit_test(a_truncated_store_fails_the_tick_and_keeps_the_values),
        cmocka_unit_test(a_row_used_again_inherits_nothing),
        cmocka_unit_test(a_worker_that_was_never_read_is_told_about_once),
        cmocka_unit_test(truncated_recorders_make_nobody_stale),
        cmocka_unit_test(a_removed_store_is_still_read),
        cmocka_unit_test(a_value_across_words_is_whole_or_marked),
        cmocka_unit_test(an_unread_first_look_makes_no_spike),
        cmocka_unit_test(a_held_snapshot_never_changes),
        cmocka_unit_test(a_snapshot_may_be_released_by_another_thread),
        cmocka_unit_test(a_steady_tick_uses_its_memory_again),
        cmocka_unit_test(rows_stay_and_are_used_again),
        cmocka_unit_test(schemas_of_a_service_are_united_by_key),
        cmocka_unit_test(ten_thousand_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
