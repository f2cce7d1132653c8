/* Real workers under real monitors that are killed: every counter is exact at the end. The monitors
 * are processes with a server on a loop; the last one runs here, so that its snapshot can be read.
 */
#include "support/support.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

#include "base/clock.h"
#include "client/internal.h"
#include "monitor/monitor.h"
#include "net/server.h"
#include "support/files.h"
#include "support/scripted.h"

enum { WORKERS = 4, THREADS = 2, KILLS = 20, PATIENCE_S = 20 };

static const struct worktop_field fields[] = {
    {"requests_total", WORKTOP_U64, WORKTOP_ADD},     {"requests_active", WORKTOP_U64, WORKTOP_ADD},
    {"loops_total", WORKTOP_U64, WORKTOP_ONE_WRITER}, {"seconds_total", WORKTOP_F64, WORKTOP_ADD},
    {"threads_limit", WORKTOP_U64, WORKTOP_SET},
};
enum { FIELDS = 5 };

struct worker {
    struct worktop *worktop;
    struct worktop_handle *total, *active, *loops, *seconds, *limit;
    pthread_t threads[THREADS];
    bool stop;              /* atomic */
    uint64_t adds[THREADS]; /* valid once the threads ended */
};

struct hand {
    struct worker *worker;
    int index;
};

struct house {
    char *directory;
    char *socket, *store, *recorders;
    uv_loop_t loop;
    struct wt_monitor *monitor;
    struct wt_server *server;
};

static void open_house(struct house *house) {
    const struct wt_monitor_options monitor_options = {.store_path = house->store,
                                                       .recorder_path = house->recorders,
                                                       .size_bytes = 1 << 20,
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

/* A monitor in a process of its own, until it is killed. It begins as a program anew: a thread may
 * have held the allocator's lock at the fork. */
static pid_t spawn_monitor(struct house *house) {
    pid_t monitor = fork();
    assert_true(monitor >= 0);
    if (monitor > 0)
        return monitor;
    execl("/proc/self/exe", "monitor", house->socket, house->store, house->recorders, (char *)NULL);
    _exit(127);
}

static void *work(void *argument) {
    struct hand *hand = argument;
    struct worker *worker = hand->worker;
    uint64_t adds = 0;
    while (!__atomic_load_n(&worker->stop, __ATOMIC_RELAXED)) {
        worktop_track_begin(worker->worktop, worker->active);
        worktop_add(worker->total, 1);
        worktop_add_f64(worker->seconds, 0.5); /* exact: a power of two */
        if (hand->index == 0)
            worktop_own_add(worker->loops, 2);
        worktop_track_end(worker->worktop, worker->active);
        adds++;
        if (adds % 256 == 0)
            sched_yield(); /* two cores, and the monitor needs one */
    }
    worker->adds[hand->index] = adds;
    return NULL;
}

static void open_worker(struct worker *worker, struct hand *hands, const struct house *house) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.service = "web";
    options.socket_path = house->socket;
    assert_int_equal(worktop_open(&worker->worktop, &options, fields, FIELDS), WORKTOP_OK);
    pthread_mutex_lock(&worker->worktop->mutex);
    worker->worktop->uplink.pause_unit_ns = 5 * (uint64_t)WT_NS_PER_MS;
    pthread_mutex_unlock(&worker->worktop->mutex);
    struct worktop *worktop = worker->worktop;
    worker->total = worktop_get(worktop, "requests_total", WORKTOP_U64, WORKTOP_ADD);
    worker->active = worktop_get(worktop, "requests_active", WORKTOP_U64, WORKTOP_ADD);
    worker->loops = worktop_get(worktop, "loops_total", WORKTOP_U64, WORKTOP_ONE_WRITER);
    worker->seconds = worktop_get(worktop, "seconds_total", WORKTOP_F64, WORKTOP_ADD);
    worker->limit = worktop_get(worktop, "threads_limit", WORKTOP_U64, WORKTOP_SET);
    worktop_set(worker->limit, THREADS);
    for (int i = 0; i < THREADS; i++) {
        hands[i] = (struct hand){worker, i};
        assert_int_equal(pthread_create(&worker->threads[i], NULL, work, &hands[i]), 0);
    }
}

static bool are_all_taken_up(struct worker *workers, const uint64_t *connections_before) {
    for (int i = 0; i < WORKERS; i++) {
        struct worktop_info info = test_info(workers[i].worktop);
        if (info.state != WORKTOP_ATTACHED || !info.has_segment || !info.has_recorder ||
            info.connections <= connections_before[i])
            return false;
    }
    return true;
}

/* house: the one whose loop runs here; NULL while the monitor is another process. */
static void until_all_are_taken_up(struct worker *workers, uint64_t *connections_before,
                                   struct house *house) {
    int64_t end_ns = wt_clock_now().monotonic_ns + PATIENCE_S * WT_NS_PER_S;
    while (!are_all_taken_up(workers, connections_before)) {
        if (wt_clock_now().monotonic_ns > end_ns)
            fail_msg("not all workers came back in %d s: %s", PATIENCE_S,
                     test_info(workers[0].worktop).trouble);
        if (house != NULL)
            uv_run(&house->loop, UV_RUN_NOWAIT);
        sched_yield();
    }
    for (int i = 0; i < WORKERS; i++)
        connections_before[i] = test_info(workers[i].worktop).connections;
}

static double sum_of(const struct wt_snapshot *snapshot, const char *key) {
    int service = wt_snapshot_find_service(snapshot, "web");
    assert_true(service >= 0);
    const struct wt_service *web = &snapshot->services[service];
    assert_int_equal(web->worker_count, WORKERS);
    for (size_t i = 0; i < web->field_count; i++)
        if (strcmp(web->fields[i].key, key) == 0)
            return wt_number_to_double(web->fields[i].sum);
    fail_msg("no field %s", key);
    return 0;
}

static void every_counter_survives_the_murder_of_its_monitors(void **state) {
    (void)state;
    struct house house = {.directory = test_directory()};
    house.socket = test_path(house.directory, "supervisor.ipc");
    house.store = test_path(house.directory, "utilization.shm");
    house.recorders = test_path(house.directory, "recorders.shm");
    struct worker workers[WORKERS] = {0};
    struct hand hands[WORKERS][THREADS];
    uint64_t connections[WORKERS] = {0};
    for (int i = 0; i < WORKERS; i++)
        open_worker(&workers[i], hands[i], &house);

    for (int i = 0; i < KILLS; i++) {
        pid_t monitor = spawn_monitor(&house);
        until_all_are_taken_up(workers, connections, NULL);
        assert_int_equal(kill(monitor, SIGKILL), 0);
        assert_int_equal(waitpid(monitor, NULL, 0), monitor);
    }
    open_house(&house);
    until_all_are_taken_up(workers, connections, &house);

    uint64_t adds = 0, first_adds = 0;
    for (int i = 0; i < WORKERS; i++) {
        __atomic_store_n(&workers[i].stop, true, __ATOMIC_RELAXED);
        for (int k = 0; k < THREADS; k++) {
            assert_int_equal(pthread_join(workers[i].threads[k], NULL), 0);
            adds += workers[i].adds[k];
        }
        first_adds += workers[i].adds[0];
        assert_true(test_info(workers[i].worktop).switches > KILLS);
    }
    /* One heartbeat: what late threads left behind is taken up. */
    for (int i = 0; i < WORKERS; i++) {
        pthread_mutex_lock(&workers[i].worktop->mutex);
        wt_cells_heartbeat(&workers[i].worktop->cells);
        pthread_mutex_unlock(&workers[i].worktop->mutex);
    }
    const struct wt_snapshot *snapshot = wt_monitor_tick(house.monitor, wt_clock_now());
    assert_non_null(snapshot);
    assert_true(sum_of(snapshot, "requests_total") == (double)adds);
    assert_true(sum_of(snapshot, "requests_active") == 0);
    assert_true(sum_of(snapshot, "loops_total") == 2 * (double)first_adds);
    assert_true(sum_of(snapshot, "seconds_total") == (double)adds / 2);
    assert_true(sum_of(snapshot, "threads_limit") == WORKERS * THREADS);

    for (int i = 0; i < WORKERS; i++)
        worktop_close(&workers[i].worktop);
    wt_server_destroy(house.server);
    wt_monitor_destroy(house.monitor);
    assert_int_equal(uv_loop_close(&house.loop), 0);
    test_remove_tree(house.directory);
    free(house.directory);
    free(house.socket);
    free(house.store);
    free(house.recorders);
}

int main(int argc, char **argv) {
    if (argc == 4) { /* spawn_monitor */
        struct house house = {.socket = argv[1], .store = argv[2], .recorders = argv[3]};
        open_house(&house);
        for (;;)
            uv_run(&house.loop, UV_RUN_DEFAULT);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_counter_survives_the_murder_of_its_monitors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
