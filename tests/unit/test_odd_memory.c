/* Which worker has the most memory, and what is usual. */
#include "support/support.h"

#include "model/odd_memory.h"

enum { WORKERS = 8 };

struct crowd {
    struct wt_snapshot snapshot;
    struct wt_cohort cohort;
    struct wt_worker workers[WORKERS];
    const struct wt_worker *rows[WORKERS];
    struct wt_row_status status[WORKERS];
    struct wt_process processes[WORKERS];
};

/* Worker i + 1 of process 100 + i, started at 7, with i + 1 MiB. */
static void gather(struct crowd *crowd) {
    *crowd = (struct crowd){.cohort = {.service = 3, .row_count = WORKERS}};
    for (int i = 0; i < WORKERS; i++) {
        crowd->workers[i] =
            (struct wt_worker){.id = (uint64_t)i + 1, .pid = 100 + i, .start_time_ticks = 7};
        crowd->rows[i] = &crowd->workers[i];
        crowd->status[i].state = WT_WORKER_LIVE;
        crowd->processes[i] = (struct wt_process){
            .pid = 100 + i, .start_time_ticks = 7, .rss_bytes = ((uint64_t)i + 1) << 20};
    }
    crowd->cohort.rows = crowd->rows;
    crowd->cohort.status = crowd->status;
    crowd->snapshot.cohorts = &crowd->cohort;
    crowd->snapshot.cohort_count = 1;
    crowd->snapshot.processes = crowd->processes;
    crowd->snapshot.process_count = WORKERS;
}

static void the_largest_is_named_beside_the_median(void **state) {
    (void)state;
    struct wt_odd_memory_scratch scratch = {.capacity = 0};
    struct crowd crowd;
    gather(&crowd);
    struct wt_odd_memory found = wt_odd_memory_find(&crowd.snapshot, 3, &scratch);
    assert_int_equal(found.process_count, 8);
    assert_int_equal(found.worker_id, 8);
    assert_int_equal(found.worker_pid, 107);
    assert_true(found.most_bytes == 8 << 20 && found.median_bytes == 4 << 20);
    assert_int_equal(wt_odd_memory_find(&crowd.snapshot, 2, &scratch).worker_id, 0);
    wt_odd_memory_fini(&scratch);
}

static void a_process_counts_once_and_only_while_it_is_there(void **state) {
    (void)state;
    struct wt_odd_memory_scratch scratch = {.capacity = 0};
    struct crowd crowd;
    gather(&crowd);
    crowd.workers[1].pid = crowd.workers[2].pid = crowd.workers[5].pid = 100; /* one process */
    crowd.rows[3] = NULL;
    crowd.status[4].state = WT_WORKER_GONE;
    crowd.workers[7].start_time_ticks = 8; /* another process that got the pid */
    struct wt_odd_memory found = wt_odd_memory_find(&crowd.snapshot, 3, &scratch);
    assert_int_equal(found.process_count, 2); /* 100 and 106 */
    assert_int_equal(found.worker_id, 7);
    assert_true(found.median_bytes == 1 << 20);
    wt_odd_memory_fini(&scratch);
}

static void nothing_known_is_nothing(void **state) {
    (void)state;
    struct wt_odd_memory_scratch scratch = {.capacity = 0};
    struct crowd crowd;
    gather(&crowd);
    for (int i = 0; i < WORKERS; i++)
        crowd.processes[i].rss_bytes = 0;
    assert_int_equal(wt_odd_memory_find(&crowd.snapshot, 3, &scratch).process_count, 0);
    crowd.snapshot.process_count = 0;
    assert_int_equal(wt_odd_memory_find(&crowd.snapshot, 3, &scratch).worker_id, 0);
    wt_odd_memory_fini(&scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_is_named_beside_the_median),
        cmocka_unit_test(a_process_counts_once_and_only_while_it_is_there),
        cmocka_unit_test(nothing_known_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
