/* Growth: on the spot, on request, ahead of need in another thread; refusals and the history. */
#include "support/support.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shm/mapping.h"
#include "shm/store.h"
#include "support/files.h"
#include "support/store.h"

enum { SEGMENTS = 8 }; /* in the first page */

static uint64_t file_size(const struct test_store *t) {
    struct stat st;
    assert_int_equal(stat(t->path, &st), 0);
    return (uint64_t)st.st_size;
}

/* Parity 6: one page, all taken: the next registration grows the file; all earlier workers stay
 * readable and keep being seen although they mapped the file before it grew. */
static void the_next_registration_grows_a_full_file(void **state) {
    (void)state;
    struct test_store t;
    struct wt_segment_map worker;
    test_store_open(&t, NULL);
    uint64_t page = wt_page_bytes();
    const unsigned char *base = wt_store_base(t.store);
    for (uint64_t i = 0; i < SEGMENTS; i++)
        test_store_allocate(&t, i, NULL);
    assert_int_equal(
        wt_segment_map_open(t.path, page / SEGMENTS, 3 * page / SEGMENTS, &worker, NULL), WT_OK);
    worker.data[0] = 1;
    for (uint64_t i = SEGMENTS; i < 100; i++)
        assert_int_equal(test_store_allocate(&t, i, NULL), i);
    assert_ptr_equal(wt_store_base(t.store), base); /* no pointer moved */
    assert_int_equal(wt_store_size(t.store), 16 * page);
    assert_int_equal(file_size(&t), 16 * page);
    assert_int_equal(wt_store_counts(t.store).resizes, 4);
    worker.data[1] = 2; /* mapped before four growths */
    assert_int_equal(wt_store_segment(t.store, 3)[0], 1);
    assert_int_equal(wt_store_segment(t.store, 3)[1], 2);
    test_store_expect(&t, 28, 100, 0);
    wt_segment_map_close(&worker);
    test_store_close(&t);
}

static void any_factor_above_1_grows_by_whole_pages(void **state) {
    (void)state;
    const struct {
        double factor;
        uint64_t pages; /* after growing from 10 */
    } cases[] = {{2, 20}, {1.5, 15}, {1.01, 11}, {1.0000000001, 11}, {1.11, 12}, {1e300, 256}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_store t;
        struct wt_store_options options = test_store_options(NULL);
        uint64_t page = wt_page_bytes();
        options.size_bytes = 10 * page;
        options.max_bytes = 256 * page;
        options.growth_factor = cases[i].factor;
        test_store_open(&t, &options);
        uint64_t segments = wt_store_counts(t.store).segments;
        for (uint64_t id = 0; id <= segments; id++)
            test_store_allocate(&t, id, NULL);
        assert_int_equal(wt_store_size(t.store), cases[i].pages * page);
        test_store_close(&t);
    }
}

/* A growth that adds no whole segment would be none. */
static void a_growth_always_brings_a_segment(void **state) {
    (void)state;
    struct test_store t;
    struct wt_store_options options = test_store_options(NULL);
    uint64_t page = wt_page_bytes();
    options.segment_bytes = 3 * page + 8;
    options.size_bytes = 4 * page;
    options.growth_factor = 1.001;
    test_store_open(&t, &options);
    for (uint64_t id = 0; id < 5; id++)
        assert_int_equal(test_store_allocate(&t, id, NULL), id);
    assert_true(5 * options.segment_bytes <= wt_store_size(t.store));
    test_store_close(&t);
}

/* A remainder is unused until growth. */
static void a_remainder_is_used_after_growth(void **state) {
    (void)state;
    struct test_store t;
    struct wt_store_options options = test_store_options(NULL);
    options.segment_bytes = wt_page_bytes() / 8 * 3; /* two fit, a quarter of the page remains */
    test_store_open(&t, &options);
    assert_int_equal(wt_store_counts(t.store).segments, 2);
    for (uint64_t id = 0; id < 5; id++)
        test_store_allocate(&t, id, NULL);
    struct wt_allocation allocation;
    assert_true(wt_store_allocation(t.store, 2, &allocation));
    assert_int_equal(allocation.offset_bytes, 2 * options.segment_bytes); /* across the old end */
    assert_int_equal(wt_store_counts(t.store).segments, 5);
    test_store_close(&t);
}

static void resize_only_extends_and_rounds_to_pages(void **state) {
    (void)state;
    struct test_store t;
    struct wt_error err;
    test_store_open(&t, NULL);
    uint64_t page = wt_page_bytes();
    assert_int_equal(wt_store_resize(t.store, page, test_time(1), &err), WT_EINVAL);
    assert_int_equal(wt_store_resize(t.store, 0, test_time(1), &err), WT_EINVAL);
    assert_int_equal(wt_store_resize(t.store, UINT64_MAX, test_time(1), &err), WT_ELIMIT);
    assert_int_equal(wt_store_resize(t.store, (1 << 20) + 1, test_time(1), &err), WT_ELIMIT);
    assert_int_equal(wt_store_resize_count(t.store, NULL), 0);
    assert_int_equal(wt_store_resize(t.store, 2 * page + 1, test_time(7), &err), WT_OK);
    assert_int_equal(wt_store_size(t.store), 3 * page);
    assert_int_equal(file_size(&t), 3 * page);
    test_store_expect(&t, 24, 0, 0);
    const struct wt_store_resize_event *event = wt_store_resize_at(t.store, 0);
    assert_int_equal(event->time.monotonic_ns, 7 * WT_NS_PER_S);
    assert_int_equal(event->time.realtime_ns, 1000007 * WT_NS_PER_S);
    assert_int_equal(event->old_bytes, page);
    assert_int_equal(event->new_bytes, 3 * page);
    assert_int_equal(event->segments_added, 16);
    assert_true(event->duration_ns >= 0);
    assert_string_equal(event->problem, "");
    assert_null(wt_store_resize_at(t.store, 1));
    test_store_close(&t);
}

static void the_history_keeps_the_last_64(void **state) {
    (void)state;
    struct test_store t;
    test_store_open(&t, NULL);
    uint64_t page = wt_page_bytes();
    for (uint64_t i = 1; i <= 100; i++)
        assert_int_equal(wt_store_resize(t.store, (i + 1) * page, test_time((int64_t)i), NULL),
                         WT_OK);
    uint64_t total;
    assert_int_equal(wt_store_resize_count(t.store, &total), 64);
    assert_int_equal(total, 100);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(wt_store_resize_at(t.store, i)->old_bytes, (37 + i) * page);
    assert_int_equal(wt_store_counts(t.store).resizes, 100);
    test_store_close(&t);
}

static void at_the_maximum_a_worker_is_refused_and_served_later(void **state) {
    (void)state;
    struct test_store t;
    struct wt_error err;
    struct wt_store_options options = test_store_options(NULL);
    uint32_t segment;
    options.max_bytes = 3 * wt_page_bytes() + 100; /* taken down to whole pages */
    test_store_open(&t, &options);
    for (uint64_t id = 0; id < 24; id++)
        test_store_allocate(&t, id, NULL);
    assert_int_equal(wt_store_size(t.store), 3 * wt_page_bytes());
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wt_store_allocate(t.store, 50, NULL, test_time(i), &segment, &err),
                         WT_EFULL);
        assert_non_null(strstr(err.text, "--max-size"));
    }
    assert_int_equal(wt_store_counts(t.store).refused, 3);
    assert_non_null(strstr(wt_store_problem(t.store), "maximum"));
    assert_int_equal(wt_store_resize_count(t.store, NULL), 3); /* two growths, one refusal */
    assert_non_null(strstr(wt_store_resize_at(t.store, 2)->problem, "maximum"));
    assert_int_equal(wt_store_resize_at(t.store, 2)->segments_added, 0);
    assert_false(wt_store_growth_due(t.store, test_time(1000)));
    test_store_expect(&t, 0, 24, 0);
    wt_store_free(t.store, 11, WT_STORE_FREE_NOW, NULL);
    assert_int_equal(test_store_allocate(&t, 50, NULL), 11);
    test_store_close(&t);
}

/* ---- ahead of need ----------------------------------------------------------------------- */

static void *prepare(void *job) {
    wt_store_growth_prepare(job);
    return NULL;
}

static void growth_ahead_of_need_runs_beside_the_owner(void **state) {
    (void)state;
    struct test_store t;
    struct wt_store_options options = test_store_options(NULL);
    struct wt_store_growth *job;
    struct wt_store_growth *second;
    struct wt_error err;
    pthread_t thread;
    uint32_t segment;
    options.size_bytes = 8 * wt_page_bytes(); /* 64 segments */
    options.max_bytes = 16 << 20;
    test_store_open(&t, &options);
    for (uint64_t id = 0; id < 56; id++) {
        assert_false(wt_store_growth_due(t.store, test_time(0)));
        test_store_allocate(&t, id, NULL);
    }
    assert_false(wt_store_growth_due(t.store, test_time(0))); /* 8 of 64 free: just enough */
    test_store_allocate(&t, 56, NULL);
    assert_true(wt_store_growth_due(t.store, test_time(0)));
    assert_int_equal(wt_store_growth_begin(t.store, &job, &err), WT_OK);
    assert_false(wt_store_growth_due(t.store, test_time(0))); /* one at a time */
    assert_int_equal(wt_store_growth_begin(t.store, &second, &err), WT_EAGAIN);
    assert_int_equal(wt_store_resize(t.store, 1 << 20, test_time(0), &err), WT_EAGAIN);
    assert_int_equal(pthread_create(&thread, NULL, prepare, job), 0);
    for (uint64_t id = 57; id < 64; id++) { /* meanwhile life goes on */
        segment = test_store_allocate(&t, id, NULL);
        assert_int_equal(wt_store_segment(t.store, segment)[0], 0);
        wt_store_clean(t.store, 10);
    }
    assert_int_equal(wt_store_allocate(t.store, 64, NULL, test_time(0), &segment, &err), WT_EAGAIN);
    assert_int_equal(wt_store_counts(t.store).refused, 0);
    test_store_expect(&t, 0, 64, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    test_store_expect(&t, 0, 64, 0); /* nothing changes before the owner says so */
    assert_int_equal(wt_store_growth_finish(t.store, job, test_time(9), &err), WT_OK);
    test_store_expect(&t, 64, 64, 0);
    assert_int_equal(test_store_allocate(&t, 64, NULL), 64);
    assert_int_equal(wt_store_resize_at(t.store, 0)->time.monotonic_ns, 9 * WT_NS_PER_S);
    assert_int_equal(wt_store_resize_at(t.store, 0)->segments_added, 64);
    test_store_close(&t);
}

static void a_job_nobody_prepared_only_ends(void **state) {
    (void)state;
    struct test_store t;
    struct wt_store_growth *job;
    test_store_open(&t, NULL);
    assert_int_equal(wt_store_growth_begin(t.store, &job, NULL), WT_OK);
    assert_int_equal(wt_store_growth_finish(t.store, job, test_time(0), NULL), WT_OK);
    test_store_expect(&t, SEGMENTS, 0, 0);
    assert_int_equal(wt_store_resize_count(t.store, NULL), 0);
    assert_int_equal(wt_store_growth_begin(t.store, &job, NULL), WT_OK); /* and another may come */
    assert_int_equal(wt_store_growth_finish(t.store, job, test_time(0), NULL), WT_OK);
    test_store_close(&t);
}

/* Free segments that still have to be zeroed count as free: they are no reason to grow. */
static void dirty_segments_are_no_reason_to_grow(void **state) {
    (void)state;
    struct test_store t;
    test_store_open(&t, NULL);
    for (uint64_t id = 0; id < SEGMENTS; id++)
        test_store_allocate(&t, id, NULL);
    assert_true(wt_store_growth_due(t.store, test_time(0)));
    wt_store_free(t.store, 3, WT_STORE_FREE_NOW, NULL);
    assert_false(wt_store_growth_due(t.store, test_time(0)));
    test_store_close(&t);
}

/* Segments freed before a growth come before the new ones, those freed after it behind them. */
static void growth_keeps_the_fifo_order(void **state) {
    (void)state;
    struct test_store t;
    test_store_open(&t, NULL);
    for (uint64_t id = 0; id < SEGMENTS; id++)
        test_store_allocate(&t, id, NULL);
    wt_store_free(t.store, 4, WT_STORE_FREE_NOW, NULL);
    assert_int_equal(wt_store_resize(t.store, 2 * wt_page_bytes(), test_time(0), NULL), WT_OK);
    wt_store_free(t.store, 6, WT_STORE_FREE_NOW, NULL);
    test_store_expect(&t, 10, 6, 0);
    assert_int_equal(wt_store_clean(t.store, 1), 1); /* 4 */
    assert_int_equal(wt_store_clean(t.store, 100), 0);
    assert_int_equal(test_store_allocate(&t, 20, NULL), 4);
    for (uint32_t i = 8; i < 16; i++)
        assert_int_equal(test_store_allocate(&t, 20 + i, NULL), i);
    assert_int_equal(test_store_allocate(&t, 60, NULL), 6);
    test_store_expect(&t, 0, 16, 0);
    test_store_close(&t);
}

/* A million segments: growth costs nothing per segment, and the books are right. */
static void a_million_segments(void **state) {
    (void)state;
    struct test_store t;
    struct wt_store_options options = test_store_options(NULL);
    options.segment_bytes = 8;
    options.max_bytes = 8 << 20;
    options.size_bytes = wt_page_bytes();
    test_store_open(&t, &options);
    assert_int_equal(wt_store_resize(t.store, 8 << 20, test_time(0), NULL), WT_OK);
    assert_int_equal(wt_store_counts(t.store).segments, 1 << 20);
    for (uint32_t i = 0; i < 1 << 20; i++) {
        uint32_t segment = UINT32_MAX;
        wt_store_allocate(t.store, i, NULL, test_time(0), &segment, NULL);
        if (segment != i)
            fail_msg("worker %u got segment %u", i, segment);
    }
    for (uint32_t i = 0; i < 1 << 20; i += 2)
        wt_store_free(t.store, i, WT_STORE_FREE_NOW, NULL);
    test_store_expect(&t, 1 << 19, 1 << 19, 0);
    assert_int_equal(test_store_allocate(&t, UINT64_C(1) << 50, NULL), 0);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_registration_grows_a_full_file),
        cmocka_unit_test(any_factor_above_1_grows_by_whole_pages),
        cmocka_unit_test(a_growth_always_brings_a_segment),
        cmocka_unit_test(a_remainder_is_used_after_growth),
        cmocka_unit_test(resize_only_extends_and_rounds_to_pages),
        cmocka_unit_test(the_history_keeps_the_last_64),
        cmocka_unit_test(at_the_maximum_a_worker_is_refused_and_served_later),
        cmocka_unit_test(growth_ahead_of_need_runs_beside_the_owner),
        cmocka_unit_test(a_job_nobody_prepared_only_ends),
        cmocka_unit_test(dirty_segments_are_no_reason_to_grow),
        cmocka_unit_test(growth_keeps_the_fifo_order),
        cmocka_unit_test(a_million_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
