/* How many of a region's threads a reader is told of: those that were ever used, before they are.
 */
#include "support/support.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/internal.h"
#include "support/region.h"

enum { REGIONS = 4, CROWD = 40 };

static uint32_t threads_of(const struct test_regions *regions, size_t index) {
    return test_region_tables(regions, index).thread_count;
}

/* What a reader makes of it. */
static struct wt_recorder_reading read_region(const struct test_regions *regions, size_t index) {
    struct wt_recorder_reading reading;
    uint64_t now_ns = (uint64_t)wt_clock_now().monotonic_ns;
    assert_int_equal(
        wt_recorder_read(regions->map + index * regions->stride, regions->stride, now_ns, &reading),
        WT_RECORDER_READY);
    return reading;
}

/* The records that were ever written, whatever the header says of them. */
static uint32_t written_records(const struct test_regions *regions, size_t index, uint32_t most) {
    const struct wt_shared_recorder_thread *records =
        (const void *)(regions->map + index * regions->stride +
                       sizeof(struct wt_shared_recorder_header));
    uint32_t count = 0;
    for (uint32_t i = 0; i < most; i++)
        count = __atomic_load_n(&records[i].sequence, __ATOMIC_ACQUIRE) != 0 ? i + 1 : count;
    return count;
}

struct crowd {
    struct worktop *worktop;
    pthread_barrier_t inside, out;
    pthread_t threads[CROWD];
    uint32_t count;
};

static void *stay(void *argument) {
    struct crowd *crowd = argument;
    worktop_track_begin(crowd->worktop, NULL);
    pthread_barrier_wait(&crowd->inside);
    pthread_barrier_wait(&crowd->out);
    worktop_track_end(crowd->worktop, NULL);
    return NULL;
}

static void come(struct crowd *crowd, struct worktop *worktop, uint32_t count) {
    crowd->worktop = worktop;
    crowd->count = count;
    pthread_barrier_init(&crowd->inside, NULL, count + 1);
    pthread_barrier_init(&crowd->out, NULL, count + 1);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&crowd->threads[i], NULL, stay, crowd), 0);
    pthread_barrier_wait(&crowd->inside);
}

static void go(struct crowd *crowd) {
    pthread_barrier_wait(&crowd->out);
    for (uint32_t i = 0; i < crowd->count; i++)
        assert_int_equal(pthread_join(crowd->threads[i], NULL), 0);
    pthread_barrier_destroy(&crowd->inside);
    pthread_barrier_destroy(&crowd->out);
}

static void a_reader_is_told_of_those_that_were_used(void **state) {
    (void)state;
    struct test_regions regions;
    struct crowd crowd;
    test_regions_open(&regions, 16, REGIONS);
    struct worktop *worktop = test_worker_open(16, WORKTOP_RECORD_FAILED);
    test_worker_attach(worktop, &regions, 0);
    assert_int_equal(threads_of(&regions, 0), 1); /* never none */
    assert_int_equal(read_region(&regions, 0).used, 0);
    come(&crowd, worktop, 1);
    assert_int_equal(threads_of(&regions, 0), 1);
    assert_int_equal(read_region(&regions, 0).active, 1);
    go(&crowd);
    come(&crowd, worktop, 5); /* no heartbeat, no monitor has to say anything */
    assert_int_equal(threads_of(&regions, 0), 5);
    assert_int_equal(read_region(&regions, 0).active, 5);
    test_worker_beat(worktop);
    assert_int_equal(threads_of(&regions, 0), 5);

    /* They move, and what ended counts on. */
    test_worker_attach(worktop, &regions, 1);
    assert_int_equal(threads_of(&regions, 1), 5);
    assert_int_equal(read_region(&regions, 1).active, 5);
    go(&crowd);
    assert_int_equal(read_region(&regions, 1).active, 0);
    come(&crowd, worktop, 2);
    assert_int_equal(threads_of(&regions, 1), 5);
    assert_int_equal(read_region(&regions, 1).active, 2);
    go(&crowd);

    /* Those that are too many are none of the region's. */
    come(&crowd, worktop, 20);
    assert_int_equal(threads_of(&regions, 1), 16);
    assert_int_equal(read_region(&regions, 1).active, 16);
    go(&crowd);
    worktop_close(&worktop);
    test_regions_close(&regions);
}

static void those_from_before_a_region_are_told_of(void **state) {
    (void)state;
    struct test_regions regions;
    struct crowd crowd;
    test_regions_open(&regions, 16, REGIONS);
    struct worktop *worktop = test_worker_open(256, WORKTOP_RECORD_FAILED);
    come(&crowd, worktop, 3);
    test_worker_attach(worktop, &regions, 0);
    assert_int_equal(threads_of(&regions, 0), 3);
    assert_int_equal(read_region(&regions, 0).active, 3);
    go(&crowd);
    worktop_close(&worktop);
    test_regions_close(&regions);
}

/* Threads appear while their worker moves from region to region: none ever has a record that a
 * reader would not look at. */
static void nobody_is_missed_who_comes_while_the_worker_moves(void **state) {
    (void)state;
    enum { ROUNDS = 60 };
    for (int round = 0; round < ROUNDS; round++) {
        struct test_regions regions;
        struct crowd crowd = {.count = CROWD};
        test_regions_open(&regions, 256, REGIONS);
        struct worktop *worktop = test_worker_open(256, WORKTOP_RECORD_FAILED);
        crowd.worktop = worktop;
        pthread_barrier_init(&crowd.inside, NULL, CROWD + 1);
        pthread_barrier_init(&crowd.out, NULL, CROWD + 1);
        for (uint32_t i = 0; i < CROWD; i++) {
            assert_int_equal(pthread_create(&crowd.threads[i], NULL, stay, &crowd), 0);
            if (i % 10 == 0)
                test_worker_attach(worktop, &regions, i / 10);
            if (i % 3 == 0)
                test_worker_beat(worktop);
            uint32_t written = written_records(&regions, i / 10, 256);
            assert_true(written <= threads_of(&regions, i / 10));
        }
        pthread_barrier_wait(&crowd.inside);
        size_t last = REGIONS - 1;
        assert_int_equal(threads_of(&regions, last), CROWD);
        test_worker_beat(worktop); /* brings along whom a move had caught in the middle */
        assert_int_equal(read_region(&regions, last).active, CROWD);
        go(&crowd);
        worktop_close(&worktop);
        test_regions_close(&regions);
    }
}

static void a_child_begins_with_one(void **state) {
    (void)state;
    struct test_regions regions;
    struct crowd crowd;
    test_regions_open(&regions, 16, REGIONS);
    struct worktop *worktop = test_worker_open(16, WORKTOP_RECORD_FAILED);
    test_worker_attach(worktop, &regions, 0);
    worktop_track_begin(worktop, NULL);
    worktop_track_end(worktop, NULL);
    come(&crowd, worktop, 7);
    assert_int_equal(threads_of(&regions, 0), 8);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (worktop_restart(worktop) != WORKTOP_OK)
            _exit(1);
        test_worker_attach(worktop, &regions, 1);
        _exit(threads_of(&regions, 1) == 1 && threads_of(&regions, 0) == 8 ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    go(&crowd);
    worktop_close(&worktop);
    test_regions_close(&regions);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_is_told_of_those_that_were_used),
        cmocka_unit_test(those_from_before_a_region_are_told_of),
        cmocka_unit_test(nobody_is_missed_who_comes_while_the_worker_moves),
        cmocka_unit_test(a_child_begins_with_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
