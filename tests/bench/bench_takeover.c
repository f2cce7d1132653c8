/* What a restart costs: a monitor that takes over the workers of one that was killed. All workers
 * are of this process, each with its own key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "monitor/internal.h"
#include "monitor/monitor.h"

struct restart {
    char directory[64], store[96], beside[104];
    struct wt_monitor_options options;
    struct wt_schema *schema;
    struct wt_time now;
    uint64_t workers;
    double first_tick_ms;
};

static struct wt_schema *make_schema(void) {
    static const char *const keys[] = {"requests_total", "errors_total", "bytes_total",
                                       "requests_active"};
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    struct wt_schema *schema = NULL;
    for (int i = 0; builder != NULL && i < 4; i++)
        wt_schema_builder_add(builder, keys[i], strlen(keys[i]), "u64", 3, 8 * i, NULL, 0);
    if (builder != NULL)
        (void)wt_schema_builder_finish(builder, &schema, NULL);
    wt_schema_builder_destroy(builder);
    return schema;
}

static void join_all(struct restart *restart, struct wt_monitor *monitor) {
    for (uint64_t i = 1; i <= restart->workers; i++) {
        struct wt_registration registration = {.pid = getpid(),
                                               .pidfd = -1,
                                               .service = "web",
                                               .service_length = 3,
                                               .has_instance = true};
        uint64_t id;
        struct wt_offer offer;
        memcpy(registration.instance, &i, sizeof i);
        if (wt_monitor_register(monitor, &registration, restart->now, &id, &offer, NULL) == WT_OK)
            wt_monitor_setup_answered(monitor, id, wt_schema_ref(restart->schema), restart->now);
    }
}

static void set_aside(const char *path) {
    char previous[128];
    snprintf(previous, sizeof previous, "%s.previous", path);
    if (rename(path, previous) != 0)
        perror(path);
}

static void remove_previous(const char *path) {
    char previous[128];
    snprintf(previous, sizeof previous, "%s.previous", path);
    unlink(previous);
}

static double take_over(void *context) {
    struct restart *restart = context;
    struct wt_monitor *killed, *monitor;
    restart->options.takes_over = false;
    if (wt_monitor_create(&killed, &restart->options, restart->now, NULL) != WT_OK)
        return -1;
    join_all(restart, killed);
    wt_monitor_tick(killed, restart->now);
    set_aside(restart->store);
    set_aside(restart->beside);
    restart->options.takes_over = true;
    int64_t begin = bench_now_ns();
    if (wt_monitor_create(&monitor, &restart->options, restart->now, NULL) != WT_OK)
        return -1;
    double spent_ms = (double)(bench_now_ns() - begin) / 1e6;
    begin = bench_now_ns();
    wt_monitor_tick(monitor, restart->now);
    restart->first_tick_ms = (double)(bench_now_ns() - begin) / 1e6;
    wt_monitor_destroy(monitor);
    wt_monitor_destroy(killed);
    remove_previous(restart->store);
    remove_previous(restart->beside);
    return spent_ms;
}

void bench_takeover(struct bench *bench) {
    static const char name[] = "monitor: start and take over 10k workers";
    struct restart restart = {.directory = "/dev/shm/worktop-bench-XXXXXX",
                              .now = {.monotonic_ns = WT_NS_PER_S, .realtime_ns = WT_NS_PER_S},
                              .workers = 10000,
                              .schema = make_schema()};
    if (!bench_wants(bench, "monitor: start and take over, first tick, 10k workers") ||
        restart.schema == NULL || mkdtemp(restart.directory) == NULL) {
        wt_schema_unref(restart.schema);
        return;
    }
    snprintf(restart.store, sizeof restart.store, "%s/utilization.shm", restart.directory);
    snprintf(restart.beside, sizeof restart.beside, "%s.dir", restart.store);
    restart.options =
        (struct wt_monitor_options){.store_path = restart.store, .directory_path = restart.beside};
    double least = take_over(&restart);
    for (int i = 0; i < 2; i++) {
        double again = take_over(&restart);
        least = again < least ? again : least;
    }
    struct bench_row row = {.name = name, .unit = "ms", .goal = BENCH_NO_GOAL};
    bench_report(bench, &row, least, -1);
    row.name = "monitor: first tick after it, 10k workers";
    bench_report(bench, &row, restart.first_tick_ms, -1);
    rmdir(restart.directory);
    wt_schema_unref(restart.schema);
}
