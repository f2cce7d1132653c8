/* The load of services in a monitor: recorders that are honest, torn, nonsense or gone, and looks
 * at gauges between ticks. */
#include "support/support.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "shm/layout.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8",
                                  "threads_limit u64 16", "requests_queued u64 24", NULL};
enum { REQUESTS = 0, ACTIVE = 8, LIMIT = 16, QUEUED = 24 };

/* A worker of libworktop's kind, with 4 slots. */
struct timed {
    struct wt_fake fake;
    unsigned char *region;
};

static struct wt_shared_recorder_thread *thread_of(const struct timed *timed, size_t i) {
    return (struct wt_shared_recorder_thread *)(void *)(timed->region + 64) + i;
}

static struct wt_shared_recorder_header *header_of(const struct timed *timed) {
    return (struct wt_shared_recorder_header *)(void *)timed->region;
}

static void step(const struct timed *timed, size_t i, int64_t by, int64_t now_ns) {
    struct wt_shared_recorder_thread *thread = thread_of(timed, i);
    thread->sequence += 2;
    thread->active += (uint64_t)by;
    thread->area_ns -= (uint64_t)by * (uint64_t)now_ns;
}

static struct timed join(struct wt_rig *rig, uint64_t instance) {
    struct timed timed = {.fake = wt_fake_register(rig, "web", getpid(), instance)};
    struct wt_offer offer;
    wt_fake_answer(&timed.fake, web);
    wt_fake_set(&timed.fake, LIMIT, 4);
    assert_true(wt_monitor_recorder_offer(rig->monitor, timed.fake.id, rig->now, &offer));
    timed.region =
        (unsigned char *)wt_store_base(rig->monitor->stores[WT_STORE_RECORDERS]) + offer.offset;
    header_of(&timed)->version = WT_SHARED_RECORDER_VERSION;
    header_of(&timed)->threads = 4;
    header_of(&timed)->heartbeat_ns = UINT64_MAX; /* never stale: it is not what is tested */
    step(&timed, 0, 1, rig->now.monotonic_ns);
    step(&timed, 0, -1, rig->now.monotonic_ns);
    wt_monitor_recorder_answered(rig->monitor, timed.fake.id, WT_RECORDER_ACCEPTED, rig->now);
    return timed;
}

static const struct wt_load *tick(struct wt_rig *rig, int64_t ns) {
    return &wt_find_service(wt_rig_tick(rig, ns), "web")->load;
}

static bool is_untimed(const struct wt_rig *rig, const struct timed *timed) {
    struct wt_spot spot;
    assert_true(wt_find_worker(wt_monitor_snapshot(rig->monitor), timed->fake.id, &spot));
    return (spot.status->flags & WT_ROW_UNTIMED) != 0;
}

static void records_are_exact(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed worker = join(&rig, 9);
    int64_t start = rig.now.monotonic_ns;
    const struct wt_load *load = tick(&rig, second);
    assert_true(load->busy_s == 0 && load->capacity_s == 4);
    for (int i = 0; i < 20; i++) { /* 123.456 ms each second, and one call that goes on */
        int64_t now = rig.now.monotonic_ns;
        step(&worker, 1, 1, now + 7);
        step(&worker, 1, -1, now + 7 + 123456000);
        if (i == 10)
            step(&worker, 2, 1, now + second / 2);
        load = tick(&rig, second);
        assert_int_equal(load->source, WT_BUSY_RECORDS);
    }
    assert_true(fabs(load->busy_s - (20 * 0.123456 + 9.5)) < 1e-9);
    assert_true(load->capacity_s == 4.0 * (double)(rig.now.monotonic_ns - start) / 1e9);
    assert_true(fabs(load->windows[WT_WINDOW_10S].utilization_ratio - (10 * 0.123456 + 9.5) / 40) <
                0.014); /* 10 s and a part of the next tick */
    assert_false(is_untimed(&rig, &worker));

    /* It dies in its second call: the last part counts, and nothing after it. */
    rig.now.monotonic_ns += second / 4;
    double before = load->busy_s;
    wt_fake_leave(&worker.fake);
    load = tick(&rig, second / 2);
    assert_true(fabs(load->busy_s - before - 0.25) < 1e-9);
    double capacity_s = load->capacity_s;
    struct timed next = join(&rig, 10);
    load = tick(&rig, second);
    assert_true(fabs(load->busy_s - before - 0.25) < 1e-9);
    assert_true(load->capacity_s == capacity_s + 4);
    wt_fake_unmap(&next.fake);
    wt_rig_close(&rig);
}

/* A record that is caught half-written costs nothing; one that stays so is given up. */
static void torn_records_are_read_later(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed worker = join(&rig, 9);
    tick(&rig, second);
    step(&worker, 0, 1, rig.now.monotonic_ns);
    thread_of(&worker, 0)->sequence++;
    const struct wt_load *load = tick(&rig, second);
    assert_true(load->busy_s == 0 && load->capacity_s == 4);
    thread_of(&worker, 0)->sequence++;
    load = tick(&rig, second);
    assert_true(load->busy_s == 2 && load->capacity_s == 12);
    assert_false(is_untimed(&rig, &worker));
    thread_of(&worker, 0)->sequence++;
    wt_fake_set(&worker.fake, ACTIVE, 1);
    for (int i = 0; i < 5; i++)
        load = tick(&rig, second);
    assert_true(is_untimed(&rig, &worker));
    assert_int_equal(load->source, WT_BUSY_GAUGES);
    load = tick(&rig, second);
    double before = load->busy_s;
    load = tick(&rig, second);
    assert_true(load->busy_s == before + 1); /* by its gauge */
    wt_fake_unmap(&worker.fake);
    wt_rig_close(&rig);
}

static void check_nonsense(uint64_t area_ns, uint64_t active) {
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed worker = join(&rig, 9);
    wt_fake_set(&worker.fake, ACTIVE, 3);
    tick(&rig, second);
    tick(&rig, second);
    thread_of(&worker, 3)->sequence += 2;
    thread_of(&worker, 3)->area_ns = area_ns;
    thread_of(&worker, 3)->active = active;
    const struct wt_load *load = tick(&rig, second);
    assert_true(load->busy_s == 1.5 && load->capacity_s == 10); /* its gauge came in between */
    assert_true(is_untimed(&rig, &worker));
    load = tick(&rig, second);
    assert_true(load->busy_s == 4.5 && load->capacity_s == 14);
    memset(thread_of(&worker, 3), 0, sizeof *thread_of(&worker, 3));
    for (int i = 0; i < 58; i++)
        load = tick(&rig, second);
    assert_true(is_untimed(&rig, &worker));
    for (int i = 0; i < 4; i++)
        load = tick(&rig, second); /* asked again after a minute: idle, whatever the gauge says */
    assert_false(is_untimed(&rig, &worker));
    assert_int_equal(load->source, WT_BUSY_RECORDS);
    double before = load->busy_s;
    load = tick(&rig, second);
    assert_true(load->busy_s == before);
    wt_fake_unmap(&worker.fake);
    wt_rig_close(&rig);
}

static void nonsense_is_not_believed(void **state) {
    (void)state;
    check_nonsense((uint64_t)1 << 62, 0);
    check_nonsense((uint64_t)1 << 63, 0);
    check_nonsense(UINT64_MAX / 2 + 7, 3);
    check_nonsense((uint64_t)-1000 * WT_NS_PER_S, 0);
    check_nonsense(23 * (uint64_t)WT_NS_PER_S, 0); /* more than 4 times 5 at once */
    check_nonsense(0, 1);                          /* since the computer started */
    check_nonsense(0, UINT64_MAX / 3);
}

/* Nor are counts in the header that cannot be: the gauge is looked at instead. */
static void a_broken_header_is_not_believed(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed worker = join(&rig, 9);
    wt_fake_set(&worker.fake, ACTIVE, 2);
    tick(&rig, second);
    header_of(&worker)->threads = UINT32_MAX;
    const struct wt_load *load = tick(&rig, second);
    assert_true(is_untimed(&rig, &worker) && load->busy_s == 1);
    header_of(&worker)->threads = 4;
    for (int i = 0; i < 61; i++)
        load = tick(&rig, second);
    assert_false(is_untimed(&rig, &worker));
    header_of(&worker)->threads_beyond = 1; /* one more thread, whose time nobody records */
    tick(&rig, second);
    assert_true(is_untimed(&rig, &worker));
    wt_fake_unmap(&worker.fake);
    wt_rig_close(&rig);
}

/* A program that has libworktop and counts by itself. */
static void unused_records_are_no_records(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed worker = join(&rig, 9);
    memset(thread_of(&worker, 0), 0, sizeof *thread_of(&worker, 0));
    wt_fake_set(&worker.fake, ACTIVE, 2);
    tick(&rig, second);
    tick(&rig, second);
    const struct wt_load *load = tick(&rig, second);
    assert_int_equal(load->source, WT_BUSY_GAUGES);
    assert_false(is_untimed(&rig, &worker));
    wt_fake_unmap(&worker.fake);
    wt_rig_close(&rig);
}

static void a_stopped_monitor_counts_no_time(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed worker = join(&rig, 9);
    step(&worker, 0, 1, rig.now.monotonic_ns);
    tick(&rig, second);
    const struct wt_load *load = tick(&rig, second);
    assert_true(load->busy_s == 2 && load->capacity_s == 8 && load->watched_s == 1);
    load = tick(&rig, 60 * second);
    assert_true(load->busy_s == 2 && load->capacity_s == 8 && load->watched_s == 1);
    load = tick(&rig, second);
    assert_true(load->busy_s == 3 && load->capacity_s == 12 && load->watched_s == 2);
    wt_fake_unmap(&worker.fake);
    wt_rig_close(&rig);
}

/* ---- looks ----------------------------------------------------------------------------------- */

static void look(struct wt_rig *rig, int64_t ns) {
    wt_rig_advance(rig, ns);
    wt_monitor_look(rig->monitor, rig->now);
}

static void looks_see_what_ticks_do_not(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake a = wt_fake_join(&rig, "web", web), b = wt_fake_join(&rig, "web", web);
    wt_fake_set(&a, LIMIT, 4);
    wt_fake_set(&b, LIMIT, 4);
    assert_false(wt_monitor_wants_looks(rig.monitor));
    const struct wt_load *load = tick(&rig, second);
    assert_true(wt_monitor_wants_looks(rig.monitor));
    for (int i = 0; i < 200; i++) { /* each second 0.4 s of 4, and never at a tick */
        uint64_t busy = i % 10 >= 3 && i % 10 < 7 ? 4 : 0;
        wt_fake_set(&a, ACTIVE, busy);
        wt_fake_set(&b, QUEUED, busy);
        wt_fake_set(&b, REQUESTS, (uint64_t)i);
        if (i % 10 == 9)
            load = tick(&rig, second / 10);
        else
            look(&rig, second / 10);
    }
    assert_true(fabs(load->busy_s - 20 * 1.6) < 1e-6);
    assert_true(fabs(load->capacity_s - 160) < 1e-6);
    assert_true(fabs(load->queue_s - 20 * 1.6) < 1e-6);
    const struct wt_window_load *window = &load->windows[WT_WINDOW_10S];
    assert_true(fabs(window->utilization_ratio - 0.2) < 1e-6);
    assert_true(fabs(window->mean_wait_s - 0.16) < 1e-6);
    assert_int_equal(load->source, WT_BUSY_GAUGES);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_rig_close(&rig);
}

/* Gauges that lie across words, in groups, or hold nonsense. */
static void looks_read_any_gauge(void **state) {
    (void)state;
    static const char *const odd[] = {"requests_active u16 3", "threads_limit f64 5",
                                      "requests_queued s32 17", NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", odd);
    const double limit = 2.5;
    const uint16_t active = 1;
    int32_t queued = -1;
    memcpy(worker.segment + 3, &active, sizeof active);
    memcpy(worker.segment + 5, &limit, sizeof limit);
    memcpy(worker.segment + 17, &queued, sizeof queued);
    tick(&rig, second);
    for (int i = 0; i < 9; i++)
        look(&rig, second / 10);
    const struct wt_load *load = tick(&rig, second / 10);
    assert_true(load->busy_s == 1 && load->capacity_s == 2.5 && load->queue_s == 0);
    const double nonsense = INFINITY;
    memcpy(worker.segment + 5, &nonsense, sizeof nonsense);
    for (int i = 0; i < 11; i++)
        load = tick(&rig, second);
    assert_true(load->busy_s == 12 && load->capacity_s == 3.75);
    assert_true(isnan(load->windows[WT_WINDOW_10S].utilization_ratio));
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void nonsense_in_words_is_left_out(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake a = wt_fake_join(&rig, "web", web), b = wt_fake_join(&rig, "web", web);
    wt_fake_set(&a, LIMIT, 4);
    wt_fake_set(&b, LIMIT, 4);
    wt_fake_set(&a, ACTIVE, UINT64_MAX); /* one below 0 */
    wt_fake_set(&b, ACTIVE, 2);
    wt_fake_set(&a, QUEUED, WT_LEVEL_MOST + 1);
    wt_fake_set(&b, QUEUED, 3);
    tick(&rig, second);
    for (int i = 0; i < 9; i++)
        look(&rig, second / 10);
    const struct wt_load *load = tick(&rig, second / 10);
    assert_true(fabs(load->busy_s - 2) < 1e-9 && fabs(load->capacity_s - 8) < 1e-9);
    assert_true(fabs(load->queue_s - 3) < 1e-9);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_rig_close(&rig);
}

static void recorded_and_plain_workers_add_up(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed timed = join(&rig, 9);
    struct wt_fake plain = wt_fake_join(&rig, "web", web);
    wt_fake_set(&plain, LIMIT, 4);
    wt_fake_set(&plain, ACTIVE, 3);
    wt_fake_set(&timed.fake, ACTIVE, 4); /* not looked at */
    tick(&rig, second);
    double before = tick(&rig, second)->busy_s;
    step(&timed, 0, 1, rig.now.monotonic_ns);
    step(&timed, 1, 1, rig.now.monotonic_ns + second / 2);
    const struct wt_load *load = NULL;
    for (int i = 0; i < 9; i++)
        look(&rig, second / 10);
    load = tick(&rig, second / 10);
    assert_true(fabs(load->busy_s - before - 4.5) < 1e-6);
    assert_int_equal(load->source, WT_BUSY_BOTH);
    wt_fake_unmap(&timed.fake);
    wt_fake_unmap(&plain);
    wt_rig_close(&rig);
}

/* The queues of recorded workers are looked at as all gauges are; their busy time is not. */
static void looks_see_the_queues_of_recorded_workers(void **state) {
    (void)state;
    for (int plain_too = 0; plain_too < 2; plain_too++) {
        struct wt_rig rig;
        wt_rig_open(&rig, NULL);
        struct timed timed = join(&rig, 9);
        struct wt_fake plain = {0};
        if (plain_too)
            plain = wt_fake_join(&rig, "web", web);
        wt_fake_set(&timed.fake, ACTIVE, 4);
        tick(&rig, second);
        const struct wt_load *load = tick(&rig, second);
        double queue_s = load->queue_s, busy_s = load->busy_s;
        for (int i = 0; i < 10; i++) { /* 2 wait for 0.4 s, and 1 beside them */
            uint64_t waiting = i >= 3 && i < 7 ? 1 : 0;
            wt_fake_set(&timed.fake, QUEUED, 2 * waiting);
            if (plain_too)
                wt_fake_set(&plain, QUEUED, waiting);
            if (i == 9)
                load = tick(&rig, second / 10);
            else
                look(&rig, second / 10);
        }
        assert_true(fabs(load->queue_s - queue_s - (plain_too ? 1.2 : 0.8)) < 1e-6);
        assert_true(fabs(load->busy_s - busy_s) < 1e-6);
        wt_fake_unmap(&timed.fake);
        if (plain_too)
            wt_fake_unmap(&plain);
        wt_rig_close(&rig);
    }
}

/* While a store cannot be read, the time of those in it does not count. */
static void what_cannot_be_read_is_no_time(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_fake_set(&worker, LIMIT, 4);
    wt_fake_set(&worker, ACTIVE, 2);
    tick(&rig, second);
    double before = tick(&rig, second)->busy_s;
    assert_true(before == 2);
    assert_int_equal(truncate(rig.store_path, 0), 0);
    look(&rig, second / 10); /* breaks while it is read, or is known to be broken */
    look(&rig, second / 10);
    const struct wt_load *load = tick(&rig, second);
    assert_true(load->busy_s <= before + 1.2);
    before = load->busy_s;
    for (int i = 0; i < 5; i++)
        load = tick(&rig, second);
    assert_true(load->busy_s == before);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* Whoever asks in between adds nothing. */
static void asking_adds_nothing(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct timed worker = join(&rig, 9);
    step(&worker, 0, 1, rig.now.monotonic_ns);
    tick(&rig, second);
    wt_rig_advance(&rig, second / 2);
    for (int i = 0; i < 3; i++) {
        const struct wt_snapshot *status = wt_monitor_status(rig.monitor, rig.now);
        assert_true(wt_find_service(status, "web")->load.busy_s == 1);
    }
    assert_true(tick(&rig, second / 2)->busy_s == 2);
    wt_fake_unmap(&worker.fake);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_exact),
        cmocka_unit_test(torn_records_are_read_later),
        cmocka_unit_test(nonsense_is_not_believed),
        cmocka_unit_test(a_broken_header_is_not_believed),
        cmocka_unit_test(unused_records_are_no_records),
        cmocka_unit_test(a_stopped_monitor_counts_no_time),
        cmocka_unit_test(looks_see_what_ticks_do_not),
        cmocka_unit_test(looks_read_any_gauge),
        cmocka_unit_test(nonsense_in_words_is_left_out),
        cmocka_unit_test(recorded_and_plain_workers_add_up),
        cmocka_unit_test(looks_see_the_queues_of_recorded_workers),
        cmocka_unit_test(what_cannot_be_read_is_no_time),
        cmocka_unit_test(asking_adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
