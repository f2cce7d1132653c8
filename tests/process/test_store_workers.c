/* Real processes that write their segments: growth under their feet, kill -9, late writers. */
#include "support/support.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/mapping.h"
#include "shm/store.h"
#include "support/store.h"

enum { WORKERS = 40, DEADLINE_MS = 20000 };

/* A worker: maps its segment, counts in it as fast as it can until it is killed. */
static void work(const char *path, uint64_t size, uint64_t offset) {
    struct wt_segment_map map;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (wt_segment_map_open(path, size, offset, &map, NULL) != WT_OK)
        _exit(1);
    for (;;) {
        __atomic_fetch_add((uint64_t *)(void *)map.data, 1, __ATOMIC_RELAXED);
        poll(NULL, 0, 1);
    }
}

static pid_t start(const struct test_store *t, uint32_t segment) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        work(t->path, wt_store_segment_bytes(t->store), wt_store_offset(t->store, segment));
    return pid;
}

static uint64_t counter(const struct test_store *t, uint32_t segment) {
    return __atomic_load_n((const uint64_t *)(const void *)wt_store_segment(t->store, segment),
                           __ATOMIC_RELAXED);
}

/* Waits until the segment's counter has passed a value. */
static void wait_past(const struct test_store *t, uint32_t segment, uint64_t value) {
    for (int i = 0; i < DEADLINE_MS && counter(t, segment) <= value; i++)
        poll(NULL, 0, 1);
    assert_true(counter(t, segment) > value);
}

static void kill_and_wait(pid_t pid) {
    int status;
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status)); /* by us: it had not ended before */
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* Each mapped the file when it was as small as can be; all are seen after every growth. */
static void workers_stay_seen_through_growth_and_leave_by_kill_9(void **state) {
    (void)state;
    struct test_store t;
    pid_t pids[WORKERS];
    uint32_t segments[WORKERS];
    test_store_open(&t, NULL);
    for (uint64_t id = 0; id < WORKERS; id++) {
        segments[id] = test_store_allocate(&t, id, NULL);
        pids[id] = start(&t, segments[id]);
    }
    assert_true(wt_store_counts(t.store).resizes >= 3);
    for (int i = 0; i < WORKERS; i++)
        wait_past(&t, segments[i], 0);
    for (int i = 0; i < WORKERS; i++)
        wait_past(&t, segments[i], counter(&t, segments[i]));

    /* Freed while its process lives: the late writer harms nobody. */
    wt_store_free(t.store, 0, WT_STORE_QUARANTINE, NULL);
    uint64_t late = counter(&t, segments[0]);
    for (uint64_t id = 100; id < 130; id++) {
        uint32_t fresh = test_store_allocate(&t, id, NULL);
        assert_int_not_equal(fresh, segments[0]);
        assert_int_equal(counter(&t, fresh), 0);
    }
    wait_past(&t, segments[0], late);

    for (int i = 0; i < WORKERS; i++) {
        kill_and_wait(pids[i]);
        wt_store_free(t.store, (uint64_t)i, WT_STORE_QUARANTINE, NULL);
        assert_true(wt_store_release(t.store, segments[i])); /* provably gone */
        struct wt_store_counts counts = wt_store_counts(t.store);
        assert_int_equal(counts.free + counts.allocated + counts.quarantined, counts.segments);
    }
    struct wt_store_counts counts = wt_store_counts(t.store);
    test_store_expect(&t, counts.segments - 30, 30, 0);
    assert_int_equal(wt_store_clean(t.store, 1000), 0);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(counter(&t, segments[i]), 0);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_stay_seen_through_growth_and_leave_by_kill_9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
