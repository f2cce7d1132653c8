/* The recorder region: sizes, strides, the sequence lock, and lies in it. */
#include "support/support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "shm/layout.h"

enum { REGION = 64 + 32 * 16 };

static struct wt_shared_recorder_header *header_of(void *region) {
    return region;
}

static struct wt_shared_recorder_thread *threads_of(void *region) {
    return (void *)((unsigned char *)region + 64);
}

/* A worker as layout.h describes it: begins (+1) or ends (-1) a call. */
static void track(struct wt_shared_recorder_thread *record, int64_t step, uint64_t now_ns) {
    uint64_t sequence = __atomic_load_n(&record->sequence, __ATOMIC_RELAXED);
    uint64_t active = __atomic_load_n(&record->active, __ATOMIC_RELAXED);
    uint64_t area_ns = __atomic_load_n(&record->area_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&record->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&record->active, active + (uint64_t)step, __ATOMIC_RELEASE);
    __atomic_store_n(&record->area_ns, area_ns - (uint64_t)step * now_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&record->sequence, sequence + 2, __ATOMIC_RELEASE);
}

static void sizes_are_what_the_format_says(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct wt_shared_recorder_header), 64);
    assert_int_equal(sizeof(struct wt_shared_recorder_thread), 32);
    assert_int_equal(offsetof(struct wt_shared_recorder_header, version), 0);
    assert_int_equal(offsetof(struct wt_shared_recorder_header, threads), 4);
    assert_int_equal(offsetof(struct wt_shared_recorder_header, heartbeat_ns), 8);
    assert_int_equal(offsetof(struct wt_shared_recorder_thread, area_ns), 16);
    assert_int_equal(wt_recorder_bytes(1), 96);
    assert_int_equal(wt_recorder_bytes(16), 576);
    assert_int_equal(wt_recorder_bytes(256), 8256);
    assert_int_equal(wt_recorder_bytes(0), 96);
    assert_int_equal(wt_recorder_bytes(1000), 8256);
}

static void no_stride_is_a_multiple_of_4096(void **state) {
    (void)state;
    for (uint32_t threads = 1; threads <= 256; threads++) {
        size_t stride = wt_recorder_stride(threads);
        struct wt_recorder_plan plan = wt_recorder_plan(stride, threads);
        uint32_t records = threads <= 16 ? 128 : 512;
        assert_int_equal(plan.threads, threads);
        assert_int_equal(plan.flight_count, threads);
        assert_in_range(plan.ring_count, records, records + 1);
        assert_true(plan.flight_offset >= wt_recorder_bytes(threads));
        assert_int_equal(plan.ring_offset, plan.flight_offset + 128 * threads);
        assert_true(plan.ring_offset + 128 * plan.ring_count <= stride);
        assert_int_equal(stride % 64, 0);
        assert_int_not_equal(stride % 4096, 0);
    }
    assert_int_equal(wt_recorder_stride(16), 19008);
    assert_int_equal(wt_recorder_stride(256), 106560);
    assert_false(wt_recorder_is_wide(16));
    assert_true(wt_recorder_is_wide(17));
}

/* A region of an older monitor, one for fewer threads than there are, one for more. */
static void the_tables_get_what_the_threads_leave(void **state) {
    (void)state;
    struct wt_recorder_plan plan = wt_recorder_plan(576, 16);
    assert_int_equal(plan.threads, 16);
    assert_int_equal(plan.flight_offset, 0);
    assert_int_equal(plan.ring_count, 0);
    plan = wt_recorder_plan(19008, 256);
    assert_int_equal(plan.threads, 256);
    assert_int_equal(plan.flight_count, 28);
    assert_int_equal(plan.ring_count, 56);
    plan = wt_recorder_plan(19008, 1);
    assert_int_equal(plan.flight_count, 1);
    assert_int_equal(plan.ring_count, 146);
    for (size_t bytes = 96; bytes < 20000; bytes += 8)
        for (uint32_t threads = 0; threads < 20; threads++) {
            plan = wt_recorder_plan(bytes, threads);
            assert_in_range(plan.threads, 1, threads > 1 ? threads : 1);
            assert_true(plan.flight_count <= plan.threads);
            assert_true(plan.ring_count >= 2 * plan.flight_count);
            if (plan.flight_count > 0) {
                assert_true(plan.flight_offset >= wt_recorder_bytes(plan.threads));
                assert_true(plan.ring_offset + 128 * plan.ring_count <= bytes);
            }
        }
}

static void as_many_threads_as_fit(void **state) {
    (void)state;
    assert_int_equal(wt_recorder_threads_that_fit(0), 0);
    assert_int_equal(wt_recorder_threads_that_fit(95), 0);
    assert_int_equal(wt_recorder_threads_that_fit(96), 1);
    assert_int_equal(wt_recorder_threads_that_fit(576), 16);
    assert_int_equal(wt_recorder_threads_that_fit(1 << 20), 256);
}

/* Nested and overlapping calls count each, as the gauge does. */
static void the_integral_counts_nested_calls(void **state) {
    (void)state;
    _Alignas(64) unsigned char region[REGION] = {0};
    struct wt_recorder_reading reading;
    struct wt_shared_recorder_thread *threads = threads_of(region);
    header_of(region)->threads = 2;
    header_of(region)->threads_beyond = 3;
    header_of(region)->heartbeat_ns = 900;
    assert_int_equal(wt_recorder_read(region, REGION, 0, &reading), WT_RECORDER_NOT_READY);
    header_of(region)->version = WT_SHARED_RECORDER_VERSION;
    track(&threads[0], 1, 1000);
    track(&threads[0], 1, 1010);
    track(&threads[1], 1, 1020);
    track(&threads[0], -1, 1030);
    assert_int_equal(wt_recorder_read(region, REGION, 1100, &reading), WT_RECORDER_READY);
    assert_int_equal(reading.threads, 2);
    assert_int_equal(reading.threads_beyond, 3);
    assert_int_equal(reading.heartbeat_ns, 900);
    assert_int_equal(reading.active, 2);
    assert_int_equal(reading.busy_ns, (1030 - 1010) + (1100 - 1000) + (1100 - 1020));
    track(&threads[0], -1, 1100);
    track(&threads[1], -1, 1100);
    assert_int_equal(wt_recorder_read(region, REGION, 5000, &reading), WT_RECORDER_READY);
    assert_int_equal(reading.active, 0);
    assert_int_equal(reading.busy_ns, 200);
    assert_int_equal(threads[0].sequence % 2, 0);
}

static void nothing_in_a_region_is_believed(void **state) {
    (void)state;
    _Alignas(64) unsigned char region[REGION] = {0};
    struct wt_recorder_reading reading;
    header_of(region)->version = WT_SHARED_RECORDER_VERSION + 1;
    assert_int_equal(wt_recorder_read(region, REGION, 0, &reading), WT_RECORDER_NEWER);
    header_of(region)->version = WT_SHARED_RECORDER_VERSION;
    header_of(region)->threads = 17; /* one more than fits */
    assert_int_equal(wt_recorder_read(region, REGION, 0, &reading), WT_RECORDER_BROKEN);
    header_of(region)->threads = UINT32_MAX;
    assert_int_equal(wt_recorder_read(region, REGION, 0, &reading), WT_RECORDER_BROKEN);
    assert_int_equal(wt_recorder_read(region, 63, 0, &reading), WT_RECORDER_BROKEN);
    header_of(region)->threads = 2;
    threads_of(region)[0].sequence = 7; /* its writer was killed half-way */
    threads_of(region)[0].active = 1000;
    track(&threads_of(region)[1], 1, 10);
    assert_int_equal(wt_recorder_read(region, REGION, 15, &reading), WT_RECORDER_READY);
    assert_int_equal(reading.torn, 1);
    assert_int_equal(reading.active, 1);
    assert_int_equal(reading.busy_ns, 5);
    header_of(region)->threads = 1; /* the others were never used: nobody looks at them */
    assert_int_equal(wt_recorder_read(region, REGION, 15, &reading), WT_RECORDER_READY);
    assert_int_equal(reading.used, 1);
    assert_int_equal(reading.active, 0);
}

struct race {
    _Alignas(64) unsigned char region[REGION];
    atomic_bool stop;
};

static void *write_records(void *context) {
    struct race *race = context;
    struct wt_shared_recorder_thread *record = threads_of(race->region);
    for (uint64_t now = 1; !atomic_load_explicit(&race->stop, memory_order_relaxed); now++)
        track(record, now % 2 ? 1 : -1, 1);
    return NULL;
}

/* With a clock that stands at 1 the integral is 0 whenever active and area_ns belong together. */
static void a_reader_never_sees_half_a_record(void **state) {
    (void)state;
    static struct race race;
    pthread_t thread;
    header_of(race.region)->version = WT_SHARED_RECORDER_VERSION;
    header_of(race.region)->threads = 1;
    assert_int_equal(pthread_create(&thread, NULL, write_records, &race), 0);
    int good = 0;
    int64_t begin_ns = wt_clock_now().monotonic_ns;
    while (good < 20000 && wt_clock_now().monotonic_ns - begin_ns < 20 * WT_NS_PER_S) {
        struct wt_recorder_reading reading;
        assert_int_equal(wt_recorder_read(race.region, REGION, 1, &reading), WT_RECORDER_READY);
        if (reading.torn != 0) {
            sched_yield(); /* the writer may have been stopped half-way, and wants our processor */
            continue;
        }
        assert_int_equal(reading.busy_ns, 0);
        assert_true(reading.active <= 1);
        good++;
    }
    atomic_store(&race.stop, true);
    pthread_join(thread, NULL);
    assert_true(good > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_what_the_format_says),
        cmocka_unit_test(no_stride_is_a_multiple_of_4096),
        cmocka_unit_test(as_many_threads_as_fit),
        cmocka_unit_test(the_tables_get_what_the_threads_leave),
        cmocka_unit_test(the_integral_counts_nested_calls),
        cmocka_unit_test(nothing_in_a_region_is_believed),
        cmocka_unit_test(a_reader_never_sees_half_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
