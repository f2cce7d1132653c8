/* A worker as large as one may be, under a real monitor: 256 fields, 256 threads. With segments
 * that hold them, and with the usual ones that do not. */
#include "support/support.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/clock.h"
#include "client/internal.h"
#include "monitor/internal.h"
#include "monitor/monitor.h"
#include "net/server.h"
#include "shm/layout.h"
#include "support/files.h"
#include "support/scripted.h"

enum { FIELDS = WORKTOP_MAX_FIELDS, THREADS = WORKTOP_MAX_THREADS, PATIENCE_S = 20 };

struct house {
    char *directory, *socket, *store, *recorders, *wide;
    uv_loop_t loop;
    struct wt_monitor *monitor;
    struct wt_server *server;
};

static void open_house(struct house *house, uint32_t segment_bytes) {
    house->directory = test_directory();
    house->socket = test_path(house->directory, "supervisor.ipc");
    house->store = test_path(house->directory, "utilization.shm");
    house->recorders = test_path(house->directory, "recorders.shm");
    house->wide = test_path(house->directory, "recorders-wide.shm");
    const struct wt_monitor_options monitor_options = {.store_path = house->store,
                                                       .recorder_path = house->recorders,
                                                       .wide_path = house->wide,
                                                       .segment_bytes = segment_bytes,
                                                       .socket_path = house->socket};
    const struct wt_server_options server_options = {.socket_path = house->socket,
                                                     .group = (gid_t)-1};
    struct wt_error err;
    assert_int_equal(uv_loop_init(&house->loop), 0);
    if (wt_monitor_create(&house->monitor, &monitor_options, wt_clock_now(), &err) != WT_OK ||
        wt_server_create(&house->server, &house->loop, house->monitor, &server_options, &err) !=
            WT_OK)
        fail_msg("%s", err.text);
}

static void close_house(struct house *house) {
    wt_server_destroy(house->server);
    wt_monitor_destroy(house->monitor);
    assert_int_equal(uv_loop_close(&house->loop), 0);
    test_remove_tree(house->directory);
    free(house->directory);
    free(house->socket);
    free(house->store);
    free(house->recorders);
    free(house->wide);
}

static struct worktop *open_largest(const struct house *house, char keys[FIELDS][24]) {
    struct worktop_field fields[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
        snprintf(keys[i], sizeof keys[i], "f%d_total", i);
        fields[i] = (struct worktop_field){keys[i], WORKTOP_U64, WORKTOP_ADD};
    }
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.service = "web";
    options.socket_path = house->socket;
    options.threads = THREADS;
    options.flags = WORKTOP_NO_THREAD;
    struct worktop *worktop;
    assert_int_equal(worktop_open(&worktop, &options, fields, FIELDS), WORKTOP_OK);
    return worktop;
}

static bool is_attached(const struct worktop_info *info) {
    return info->state == WORKTOP_ATTACHED;
}

static bool has_everything(const struct worktop_info *info) {
    return info->state == WORKTOP_ATTACHED && info->has_segment && info->has_recorder;
}

static struct worktop_info run_until(struct house *house, struct worktop *worktop,
                                     bool (*holds)(const struct worktop_info *info)) {
    int64_t end_ns = wt_clock_now().monotonic_ns + PATIENCE_S * WT_NS_PER_S;
    struct worktop_info info;
    do {
        uv_run(&house->loop, UV_RUN_NOWAIT);
        assert_int_equal(worktop_dispatch(worktop), WORKTOP_OK);
        info = test_info(worktop);
        if (wt_clock_now().monotonic_ns > end_ns)
            fail_msg("waited for %d s: %s", PATIENCE_S, info.trouble);
        sched_yield();
    } while (!holds(&info));
    for (int i = 0; i < 5; i++) /* the answers that are still on their way */
        uv_run(&house->loop, UV_RUN_NOWAIT);
    return info;
}

struct crowd {
    struct worktop *worktop;
    pthread_barrier_t here, go;
};

static void *begin_and_end(void *argument) {
    struct crowd *crowd = argument;
    worktop_track_begin(crowd->worktop, NULL);
    pthread_barrier_wait(&crowd->here);
    pthread_barrier_wait(&crowd->go);
    worktop_track_end(crowd->worktop, NULL);
    return NULL;
}

/* What the wide region says while one thread more than it has records is at work. */
static void check_crowd(const struct house *house, struct worktop *worktop) {
    struct crowd crowd = {.worktop = worktop};
    pthread_t threads[THREADS + 1];
    pthread_barrier_init(&crowd.here, NULL, THREADS + 2);
    pthread_barrier_init(&crowd.go, NULL, THREADS + 2);
    for (int i = 0; i < THREADS + 1; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, begin_and_end, &crowd), 0);
    pthread_barrier_wait(&crowd.here);
    struct wt_store *wide = house->monitor->stores[WT_STORE_WIDE];
    assert_non_null(wide);
    struct wt_recorder_reading reading;
    uint64_t now_ns = (uint64_t)wt_clock_now().monotonic_ns;
    assert_int_equal(
        wt_recorder_read(wt_store_segment(wide, 0), wt_store_segment_bytes(wide), now_ns, &reading),
        WT_RECORDER_READY);
    assert_int_equal(reading.threads, THREADS);
    assert_int_equal(reading.active, THREADS);
    assert_int_equal(test_info(worktop).untimed_threads, 1);
    pthread_barrier_wait(&crowd.go);
    for (int i = 0; i < THREADS + 1; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(
        wt_recorder_read(wt_store_segment(wide, 0), wt_store_segment_bytes(wide), now_ns, &reading),
        WT_RECORDER_READY);
    assert_int_equal(reading.active, 0);
    pthread_barrier_destroy(&crowd.here);
    pthread_barrier_destroy(&crowd.go);
}

static void a_worker_may_have_256_fields_and_256_threads(void **state) {
    (void)state;
    struct house house;
    static char keys[FIELDS][24];
    open_house(&house, FIELDS * 8);
    struct worktop *worktop = open_largest(&house, keys);
    run_until(&house, worktop, has_everything);
    for (int i = 0; i < FIELDS; i++) {
        struct worktop_handle *handle = worktop_get(worktop, keys[i], WORKTOP_U64, WORKTOP_ADD);
        assert_non_null(handle);
        worktop_add(handle, (uint64_t)i + 1);
    }
    const struct wt_snapshot *snapshot = wt_monitor_tick(house.monitor, wt_clock_now());
    assert_non_null(snapshot);
    assert_int_equal(snapshot->service_count, 1);
    assert_int_equal(snapshot->services[0].worker_count, 1);
    assert_int_equal(snapshot->services[0].field_count, FIELDS);
    for (int i = 0; i < FIELDS; i++) {
        const struct wt_field_stats *field = &snapshot->services[0].fields[i];
        assert_string_equal(field->key, keys[i]);
        assert_true(wt_number_to_double(field->sum) == i + 1);
    }
    check_crowd(&house, worktop);
    worktop_close(&worktop);
    close_house(&house);
}

/* Both sides say what is wrong and what would be right; the worker counts on. */
static void a_segment_that_is_too_small_is_named_with_its_cure(void **state) {
    (void)state;
    static const char cure[] = "a segment of 512 bytes is too small for 256 fields: start the "
                               "monitor with --segment-size 2048 or more";
    struct house house;
    static char keys[FIELDS][24];
    open_house(&house, 0);
    struct worktop *worktop = open_largest(&house, keys);
    struct worktop_info info = run_until(&house, worktop, is_attached);
    assert_int_equal(info.has_segment, 0);
    assert_string_equal(info.trouble, cure);
    const struct wt_snapshot *snapshot = wt_monitor_tick(house.monitor, wt_clock_now());
    assert_int_equal(snapshot->services[0].worker_count, 0);
    assert_int_equal(snapshot->services[0].silent_count, 1);
    const struct wt_worker *worker = NULL;
    for (size_t i = 0; i < snapshot->cohorts[0].row_count; i++)
        if (snapshot->cohorts[0].rows[i] != NULL)
            worker = snapshot->cohorts[0].rows[i];
    assert_non_null(worker);
    assert_non_null(strstr(worker->reason, cure));
    struct worktop_handle *handle = worktop_get(worktop, keys[255], WORKTOP_U64, WORKTOP_ADD);
    worktop_add(handle, 7);
    assert_int_equal(*worktop_cell(handle), 7);
    worktop_close(&worktop);
    close_house(&house);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_may_have_256_fields_and_256_threads),
        cmocka_unit_test(a_segment_that_is_too_small_is_named_with_its_cure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
