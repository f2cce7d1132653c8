/* What the origin's own tests assert, and what ours add. */
#include "support/support.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "monitor/monitor.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8",
                                  "threads_limit u64 16", NULL};
/* As Ruby's default schema: packed, so that a u64 lies at offset 4. */
static const char *const ruby[] = {"connections_active u32 0", "connections_total u64 4",
                                   "requests_active u32 12", "requests_total u64 16", NULL};

static void one_worker_is_seen_under_its_service(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    assert_int_equal(worker.id, 1);
    assert_int_equal(worker.offer.offset, 0);
    assert_int_equal(worker.offer.size_bytes, 512);
    wt_fake_set(&worker, 0, UINT64_C(0xfedcba9876543210));
    wt_fake_set(&worker, 8, 3);
    wt_fake_set(&worker, 16, 4);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    const struct wt_service *service = wt_find_service(snapshot, "web");
    assert_int_equal(service->worker_count, 1);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->sum.integer ==
                (wt_int128)UINT64_C(0xfedcba9876543210));
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_active")->sum, 3);
    assert_true(fabs(service->utilization_ratio - 0.75) < 1e-12);
    assert_int_equal(service->busy_worker_count, 1);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, 1, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_LIVE);
    assert_int_equal(spot.status->flags, WT_ROW_FRESH);
    assert_int_equal(spot.worker->pid, getpid());
    assert_int_equal(spot.worker->segment, 0);
    assert_true(isnan(wt_find_field(snapshot, "web", "requests_total")->rate_per_s));
    wt_fake_leave(&worker);
    wt_rig_close(&rig);
}

/* A service that has no worker with metrics is no part of status data. */
static bool is_in_data(const struct wt_snapshot *snapshot, const char *service) {
    int at = wt_snapshot_find_service(snapshot, service);
    return at >= 0 && snapshot->services[at].worker_count > 0;
}

static void a_worker_without_schema_is_listed_but_not_counted(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    struct wt_fake bare = wt_fake_register(&rig, "web", getpid(), 0);
    wt_monitor_setup_answered(rig.monitor, bare.id, NULL, rig.now);
    struct wt_fake failing = wt_fake_register(&rig, "jobs", getpid(), 0);
    wt_monitor_setup_failed(rig.monitor, failing.id, "RuntimeError: \x1b[2Jboom", rig.now);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->silent_count, 1);
    assert_false(is_in_data(snapshot, "jobs"));
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, bare.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_SILENT);
    assert_string_equal(spot.worker->reason, "no metrics: its schema is empty");
    assert_null(spot.cohort->schema);
    assert_int_equal(spot.worker->segment, -1);
    assert_true(wt_find_worker(snapshot, failing.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_SILENT);
    assert_non_null(strstr(spot.worker->reason, "boom"));
    assert_null(strchr(spot.worker->reason, '\x1b'));
    /* [] frees at once, a failure may have mapped the segment. */
    assert_int_equal(snapshot->store.free_count, snapshot->store.segment_count - 2);
    assert_int_equal(snapshot->store.quarantined_count, 1);
    assert_true(wt_has_event(snapshot, WT_EVENT_SETUP_FAILED, "boom"));
    wt_fake_leave(&worker);
    wt_rig_close(&rig);
}

static void remove_makes_the_service_disappear(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web), other = wt_fake_join(&rig, "api", web);
    wt_rig_tick(&rig, second);
    wt_fake_leave(&worker);
    const struct wt_snapshot *status = wt_monitor_status(rig.monitor, rig.now);
    assert_int_equal(wt_snapshot_find_service(status, "web"), -1);
    assert_int_equal(status->service_count, 1);
    /* The next snapshot still says who is gone, the one after it does not. */
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, worker.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_GONE);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 0);
    snapshot = wt_rig_tick(&rig, second);
    assert_false(wt_find_worker(snapshot, worker.id, &spot));
    assert_int_equal(wt_snapshot_find_service(snapshot, "web"), -1);
    assert_int_equal(snapshot->service_count, 1);
    /* Somebody who never registered. */
    wt_monitor_remove(rig.monitor, 4711, rig.now);
    wt_monitor_remove(rig.monitor, worker.id, rig.now);
    wt_monitor_setup_answered(rig.monitor, worker.id, wt_fake_schema(web), rig.now);
    wt_monitor_setup_failed(rig.monitor, worker.id, "late", rig.now);
    wt_monitor_recorder_answered(rig.monitor, worker.id, true, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "api")->worker_count, 1);
    wt_fake_unmap(&other);
    wt_rig_close(&rig);
}

static void workers_of_a_service_are_summed_field_by_field(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake a = wt_fake_join(&rig, "web", ruby), b = wt_fake_join(&rig, "web", ruby),
                   c = wt_fake_join(&rig, "api", ruby), d = wt_fake_join(&rig, NULL, ruby),
                   e = wt_fake_join(&rig, "", ruby);
    wt_fake_set32(&a, 0, 10);
    wt_fake_set32(&b, 0, 32);
    wt_fake_set(&a, 4, 500);
    wt_fake_set(&b, 4, UINT64_C(1) << 40);
    wt_fake_set32(&c, 0, 1000);
    wt_fake_set32(&d, 0, 5);
    wt_fake_set32(&e, 0, 6);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->service_count, 3);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 2);
    wt_assert_integer(wt_find_field(snapshot, "web", "connections_active")->sum, 42);
    wt_assert_integer(wt_find_field(snapshot, "web", "connections_active")->min, 10);
    wt_assert_integer(wt_find_field(snapshot, "web", "connections_active")->max, 32);
    assert_true(wt_find_field(snapshot, "web", "connections_active")->mean == 21);
    wt_assert_integer(wt_find_field(snapshot, "web", "connections_total")->sum,
                      500 + (INT64_C(1) << 40));
    wt_assert_integer(wt_find_field(snapshot, "api", "connections_active")->sum, 1000);
    assert_int_equal(wt_find_service(snapshot, "unknown")->worker_count, 2);
    wt_assert_integer(wt_find_field(snapshot, "unknown", "connections_active")->sum, 11);
    assert_string_equal(snapshot->services[0].name, "api"); /* sorted */
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_fake_unmap(&c);
    wt_fake_unmap(&d);
    wt_fake_unmap(&e);
    wt_rig_close(&rig);
}

static void growth_keeps_earlier_workers_readable(void **state) {
    (void)state;
    enum { WORKERS = 40 };
    struct wt_rig rig;
    struct wt_fake workers[WORKERS];
    wt_rig_open(&rig, NULL);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = wt_fake_join(&rig, "web", web);
        assert_int_equal(workers[i].offer.offset, 512 * i); /* first 0, then in order */
        wt_fake_set(&workers[i], 0, 1);
    }
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, WORKERS);
    uint64_t size = snapshot->store.size_bytes;
    assert_true(size >= 512 * WORKERS);
    assert_true(snapshot->store.resize_count >= 1);
    assert_true(snapshot->store.resize_length >= 1);
    assert_int_equal(snapshot->store.resizes[0].old_bytes, sysconf(_SC_PAGESIZE));
    assert_true(wt_has_event(snapshot, WT_EVENT_RESIZED, "store grown from"));
    /* Those that mapped the file before it grew are still seen. */
    for (int i = 0; i < WORKERS; i++)
        wt_fake_set(&workers[i], 0, 11);
    snapshot = wt_rig_tick(&rig, second);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 11 * WORKERS);
    assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s - 10 * WORKERS) <
                1e-6);
    for (int i = 0; i < WORKERS; i++)
        wt_fake_leave(&workers[i]);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(snapshot->store.size_bytes == size); /* never shrinks */
    wt_rig_close(&rig);
}

static void growth_runs_on_another_thread_ahead_of_need(void **state) {
    (void)state;
    struct wt_rig rig;
    struct wt_fake workers[8];
    wt_rig_open(&rig, NULL);
    assert_null(wt_monitor_growth_due(rig.monitor, rig.now));
    for (int i = 0; i < 8; i++)
        workers[i] = wt_fake_join(&rig, "web", web);
    struct wt_monitor_growth *growth = wt_monitor_growth_due(rig.monitor, rig.now);
    assert_non_null(growth);
    assert_null(wt_monitor_growth_due(rig.monitor, rig.now)); /* one at a time */
    /* While it is out nobody can have a segment, but everybody gets an id. */
    struct wt_fake late = wt_fake_register(&rig, "web", getpid(), 0);
    assert_false(late.offer.has_segment);
    uint64_t id;
    assert_false(wt_monitor_next_offer(rig.monitor, rig.now, &id, &late.offer));
    wt_monitor_growth_run(growth);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, late.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_SILENT);
    assert_non_null(strstr(spot.worker->reason, "no segment"));
    wt_monitor_growth_finish(rig.monitor, growth, rig.now);
    assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &late.offer));
    assert_int_equal(id, late.id);
    assert_false(wt_monitor_next_offer(rig.monitor, rig.now, &id, &late.offer));
    late.offer.has_segment = true;
    wt_fake_answer(&late, web);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 9);
    wt_fake_unmap(&late);
    for (int i = 0; i < 8; i++)
        wt_fake_unmap(&workers[i]);
    wt_rig_close(&rig);
}

static void at_most_one_page(struct wt_monitor_options *options) {
    options->max_bytes = options->size_bytes;
}

/* Growth that is under way refuses nobody; when it fails, those who waited are told why. */
static void who_waits_for_growth_is_refused_when_it_fails(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    size_t places = rig.options.size_bytes / 512;
    pid_t child = wt_child_start();
    for (size_t i = 0; i < places; i++)
        (void)wt_fake_register(&rig, "web", child, 0);
    struct wt_monitor_growth *growth = wt_monitor_growth_due(rig.monitor, rig.now);
    assert_non_null(growth);
    struct wt_fake waiting = wt_fake_register(&rig, "web", getpid(), 0);
    assert_false(waiting.offer.has_segment);
    struct wt_spot spot;
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true(wt_find_worker(snapshot, waiting.id, &spot));
    assert_non_null(strstr(spot.worker->reason, "the store is growing"));
    assert_false(wt_has_event(snapshot, WT_EVENT_REFUSED, "no segment for worker"));
    /* The file may not become larger. */
    struct rlimit before, now = {.rlim_cur = 1};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    now.rlim_max = before.rlim_max;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
    wt_monitor_growth_run(growth);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    wt_monitor_growth_finish(rig.monitor, growth, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(wt_find_worker(snapshot, waiting.id, &spot));
    assert_null(strstr(spot.worker->reason, "growing"));
    assert_non_null(strstr(spot.worker->reason, "File too large"));
    assert_true(wt_has_event(snapshot, WT_EVENT_REFUSED, "no segment for worker"));
    wt_child_kill(child, true);
    wt_rig_close(&rig);
}

static void a_full_store_makes_workers_wait(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, at_most_one_page);
    enum { MOST = 200 };
    struct wt_fake workers[MOST];
    size_t places = rig.options.size_bytes / 512;
    assert_true(places + 2 <= MOST);
    pid_t child = wt_child_start();
    for (size_t i = 0; i < places; i++) {
        workers[i] = wt_fake_register(&rig, "web", child, 0);
        wt_fake_answer(&workers[i], web);
    }
    struct wt_fake first = wt_fake_register(&rig, "web", getpid(), 0);
    struct wt_fake next = wt_fake_register(&rig, "web", getpid(), 0);
    assert_false(first.offer.has_segment);
    assert_int_equal(first.id, places + 1);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true(snapshot->store.refused_count >= 2);
    assert_true(snapshot->store.problem[0] != '\0');
    assert_true(wt_has_event(snapshot, WT_EVENT_REFUSED, "no segment for worker"));
    assert_int_equal(wt_find_service(snapshot, "web")->silent_count, 2);
    /* Room appears when the processes of others are gone, and goes to those who wait, in order. */
    wt_child_kill(child, true);
    for (size_t i = 0; i < places; i++)
        wt_fake_leave(&workers[i]);
    wt_rig_tick(&rig, second);
    uint64_t id = 0;
    struct wt_offer offer;
    assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &offer));
    assert_int_equal(id, first.id);
    assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &next.offer));
    assert_int_equal(id, next.id);
    wt_fake_answer(&next, web);
    wt_monitor_remove(rig.monitor, first.id, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
    wt_fake_unmap(&next);
    wt_rig_close(&rig);
}

static void huge_segments(struct wt_monitor_options *options) {
    options->segment_bytes = 1 << 20;
    options->size_bytes = 8 << 20;
    options->max_bytes = 8 << 20;
}

/* Zeroing goes by bytes: a tick does not zero everything at once because segments are large. */
static void large_segments_are_zeroed_over_several_ticks(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, huge_segments);
    for (int i = 0; i < 8; i++) {
        struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 0);
        wt_monitor_setup_answered(rig.monitor, worker.id, NULL, rig.now);
    }
    for (uint64_t clean = 2; clean <= 8; clean += 2) {
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
        assert_int_equal(snapshot->store.free_count, 8);
        assert_int_equal(snapshot->store.free_list_length, clean);
    }
    wt_rig_close(&rig);
}

static void a_waiting_worker_may_leave(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, at_most_one_page);
    size_t places = rig.options.size_bytes / 512;
    for (size_t i = 0; i < places; i++)
        wt_fake_register(&rig, "web", getpid(), 0);
    struct wt_fake a = wt_fake_register(&rig, "web", getpid(), 0),
                   b = wt_fake_register(&rig, "web", getpid(), 0),
                   c = wt_fake_register(&rig, "web", getpid(), 0);
    wt_monitor_remove(rig.monitor, b.id, rig.now);
    wt_monitor_remove(rig.monitor, a.id, rig.now);
    wt_monitor_setup_answered(rig.monitor, 1, NULL, rig.now); /* frees one */
    uint64_t id;
    struct wt_offer offer;
    assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &offer));
    assert_int_equal(id, c.id);
    wt_rig_tick(&rig, second);
    wt_rig_close(&rig);
}

static void a_malformed_schema_affects_that_worker_alone(void **state) {
    (void)state;
    static const char *const partly[] = {"requests_total u64 0", "far u64 508", "odd i65 8", NULL};
    static const char *const hopeless[] = {"far u64 508", NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake good = wt_fake_join(&rig, "web", web), odd = wt_fake_join(&rig, "web", partly),
                   bad = wt_fake_join(&rig, "web", hopeless);
    wt_fake_set(&good, 0, 1);
    wt_fake_set(&odd, 0, 2);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 3);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 2);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, odd.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_LIVE);
    assert_non_null(strstr(spot.worker->reason, "far"));
    assert_non_null(strstr(spot.worker->reason, "and 1 more"));
    assert_true(wt_find_worker(snapshot, bad.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_SILENT);
    assert_non_null(strstr(spot.worker->reason, "far"));
    assert_int_equal(snapshot->store.quarantined_count, 1); /* it may have mapped it */
    wt_fake_unmap(&good);
    wt_fake_unmap(&odd);
    wt_fake_unmap(&bad);
    wt_rig_close(&rig);
}

static void a_worker_that_never_answers_delays_nobody(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake hanging = wt_fake_register(&rig, "web", getpid(), 0);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    uint64_t ids[4] = {0};
    assert_int_equal(wt_monitor_keys(rig.monitor, ids, 4), 2);
    assert_int_equal(ids[0], hanging.id);
    assert_int_equal(ids[1], worker.id);
    assert_int_equal(wt_monitor_keys(rig.monitor, NULL, 0), 2);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, hanging.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_CONNECTING);
    wt_monitor_setup_failed(rig.monitor, hanging.id, "no answer to setup within 5 s", rig.now);
    wt_monitor_setup_answered(rig.monitor, hanging.id, wt_fake_schema(web), rig.now); /* too late */
    snapshot = wt_rig_tick(&rig, second);
    assert_true(wt_find_worker(snapshot, hanging.id, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_SILENT);
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
    assert_int_equal(snapshot->store.quarantined_count, 1);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void huge_sums_and_impossible_numbers_break_nothing(void **state) {
    (void)state;
    static const char *const schema[] = {"requests_total u64 0", "load f64 8",
                                         "requests_active u32 16", "depth s64 24", NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake a = wt_fake_join(&rig, "web", schema), b = wt_fake_join(&rig, "web", schema),
                   c = wt_fake_join(&rig, "web", schema);
    wt_fake_set(&a, 0, UINT64_MAX);
    wt_fake_set(&b, 0, UINT64_MAX);
    wt_fake_set(&c, 0, 2);
    wt_fake_set_real(&a, 8, NAN);
    wt_fake_set_real(&b, 8, -INFINITY);
    wt_fake_set_real(&c, 8, 0.5);
    wt_fake_set32(&a, 16, UINT32_MAX); /* a decrement below zero, as Ruby writes it */
    wt_fake_set32(&b, 16, 7);
    wt_fake_set(&a, 24, (uint64_t)INT64_MIN);
    wt_fake_set(&b, 24, (uint64_t)INT64_MIN);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    struct wt_number sum = wt_find_field(snapshot, "web", "requests_total")->sum;
    assert_int_equal(sum.kind, WT_NUMBER_INTEGER);
    assert_true(sum.integer == (wt_int128)UINT64_MAX * 2 + 2);
    const struct wt_field_stats *load = wt_find_field(snapshot, "web", "load");
    assert_int_equal(load->sum.kind, WT_NUMBER_REAL);
    assert_true(load->sum.real == 0.5);
    assert_int_equal(load->invalid_count, 2);
    assert_int_equal(load->worker_count, 1);
    const struct wt_field_stats *active = wt_find_field(snapshot, "web", "requests_active");
    wt_assert_integer(active->sum, 7);
    assert_int_equal(active->invalid_count, 1);
    assert_true(wt_find_field(snapshot, "web", "depth")->sum.integer == (wt_int128)INT64_MIN * 2);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, a.id, &spot));
    assert_int_equal(wt_cohort_value(spot.cohort, spot.row, 1).kind, WT_NUMBER_ABSENT);
    assert_int_equal(wt_cohort_value(spot.cohort, spot.row, 2).kind, WT_NUMBER_ABSENT);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_fake_unmap(&c);
    wt_rig_close(&rig);
}

static void a_reused_segment_is_zero_and_rates_do_not_spike(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake worker = wt_fake_register(&rig, "web", child, 0);
    wt_fake_answer(&worker, web);
    wt_fake_set(&worker, 0, 1000000);
    wt_rig_tick(&rig, second);
    /* The connection breaks and the process, which lives on, registers again: its own segment. */
    wt_fake_leave(&worker);
    struct wt_fake again = wt_fake_register(&rig, "web", child, 0);
    assert_int_equal(again.id, 2);
    assert_int_equal(again.offer.offset, worker.offer.offset);
    wt_fake_answer(&again, web);
    for (size_t i = 0; i < 512; i++)
        assert_int_equal(again.segment[i], 0);
    wt_fake_set(&again, 0, 1000010); /* its counters go on */
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    const struct wt_field_stats *total = wt_find_field(snapshot, "web", "requests_total");
    wt_assert_integer(total->sum, 1000010);
    assert_true(isnan(total->rate_per_s)); /* unknown, not a million */
    wt_fake_set(&again, 0, 1000030);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s - 20) < 1e-6);
    wt_fake_unmap(&again);
    wt_child_kill(child, true);
    wt_rig_close(&rig);
}

static void a_process_born_after_the_last_tick_counts_in_the_rate(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    wt_rig_tick(&rig, second);
    wt_rig_advance(&rig, 3600 * second); /* by this clock the child is far younger than the tick */
    pid_t child = wt_child_start();
    struct wt_fake worker = wt_fake_register(&rig, "web", child, 0);
    wt_fake_answer(&worker, web);
    wt_fake_set(&worker, 0, 7200);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, 0);
    assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s - 2) < 1e-6);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, worker.id, &spot));
    assert_int_equal(spot.status->flags & WT_ROW_FRESH, 0);
    assert_true(fabs(wt_cohort_rate(snapshot, spot.cohort, spot.row, 0) - 2) < 1e-6);
    /* One whose setup took longer than a tick is not told apart: no spike. */
    wt_rig_advance(&rig, 3600 * second);
    pid_t slow = wt_child_start();
    struct wt_fake late = wt_fake_register(&rig, "api", slow, 0);
    wt_rig_tick(&rig, second);
    wt_fake_answer(&late, web);
    wt_fake_set(&late, 0, 7200);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(isnan(wt_find_field(snapshot, "api", "requests_total")->rate_per_s));
    wt_fake_unmap(&late);
    wt_child_kill(slow, true);
    wt_fake_unmap(&worker);
    wt_child_kill(child, true);
    wt_rig_close(&rig);
}

static void status_is_fresh_and_disturbs_no_rate(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_rig_tick(&rig, second);
    wt_fake_set(&worker, 0, 40);
    wt_rig_advance(&rig, second / 2);
    const struct wt_snapshot *status = wt_monitor_status(rig.monitor, rig.now);
    wt_assert_integer(wt_find_field(status, "web", "requests_total")->sum, 40);
    wt_fake_set(&worker, 0, 50);
    status = wt_monitor_status(rig.monitor, rig.now);
    wt_assert_integer(wt_find_field(status, "web", "requests_total")->sum, 50);
    wt_assert_integer(wt_find_field(wt_monitor_snapshot(rig.monitor), "web", "requests_total")->sum,
                      0);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second / 2);
    assert_int_equal(snapshot->sequence, 2);
    assert_true(fabs(wt_find_field(snapshot, "web", "requests_total")->rate_per_s - 50) < 1e-6);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void names_and_trouble_are_cleaned(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "we\x1b[31mb", web);
    wt_monitor_trouble(rig.monitor, "cannot accept: \x07too many files", rig.now);
    wt_monitor_connections(rig.monitor, 17);
    wt_monitor_tick_took(rig.monitor, 4711);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->service_count, 1);
    assert_null(strchr(snapshot->services[0].name, '\x1b'));
    assert_non_null(strstr(snapshot->monitor.problem, "too many files"));
    assert_null(strchr(snapshot->monitor.problem, '\x07'));
    assert_int_equal(snapshot->monitor.connection_count, 17);
    assert_int_equal(snapshot->monitor.tick_duration_ns, 4711);
    wt_monitor_trouble(rig.monitor, NULL, rig.now);
    snapshot = wt_rig_tick(&rig, second);
    assert_string_equal(snapshot->monitor.problem, "");
    assert_true(wt_has_event(snapshot, WT_EVENT_TROUBLE, "too many files"));
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    struct wt_monitor *monitor;
    struct wt_error err;
    struct wt_monitor_options options = {.store_path = "relative.shm"};
    assert_int_equal(wt_monitor_create(&monitor, &options, (struct wt_time){0}, &err), WT_EINVAL);
    assert_null(monitor);
    options = (struct wt_monitor_options){.store_path = "/nowhere/at/all.shm"};
    assert_int_not_equal(wt_monitor_create(&monitor, &options, (struct wt_time){0}, &err), WT_OK);
    options = (struct wt_monitor_options){.store_path = "/tmp/x.shm", .segment_bytes = 12};
    assert_int_equal(wt_monitor_create(&monitor, &options, (struct wt_time){0}, &err), WT_EINVAL);
    assert_int_not_equal(access("/tmp/x.shm", F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_is_seen_under_its_service),
        cmocka_unit_test(a_worker_without_schema_is_listed_but_not_counted),
        cmocka_unit_test(remove_makes_the_service_disappear),
        cmocka_unit_test(workers_of_a_service_are_summed_field_by_field),
        cmocka_unit_test(growth_keeps_earlier_workers_readable),
        cmocka_unit_test(growth_runs_on_another_thread_ahead_of_need),
        cmocka_unit_test(who_waits_for_growth_is_refused_when_it_fails),
        cmocka_unit_test(a_full_store_makes_workers_wait),
        cmocka_unit_test(large_segments_are_zeroed_over_several_ticks),
        cmocka_unit_test(a_waiting_worker_may_leave),
        cmocka_unit_test(a_malformed_schema_affects_that_worker_alone),
        cmocka_unit_test(a_worker_that_never_answers_delays_nobody),
        cmocka_unit_test(huge_sums_and_impossible_numbers_break_nothing),
        cmocka_unit_test(a_reused_segment_is_zero_and_rates_do_not_spike),
        cmocka_unit_test(a_process_born_after_the_last_tick_counts_in_the_rate),
        cmocka_unit_test(status_is_fresh_and_disturbs_no_rate),
        cmocka_unit_test(names_and_trouble_are_cleaned),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
