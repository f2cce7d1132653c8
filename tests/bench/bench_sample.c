/* One tick over many workers, beside the bare limit: reading the same words and adding them up.
 *
 * Three rows a size: sampling and summing alone (values copied out; sums, extremes, means and rates
 * per service, progress of each worker), the same with p50, p95, skew and time integrals, and
 * wt_monitor_tick as a whole, with looks at files and processes, verdicts, and the snapshot
 * published. Before every look each worker moves its counters, outside the measured time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "monitor/internal.h"
#include "monitor/monitor.h"

enum { SEGMENT_BYTES = 512, MOST_LOOKS = 201 };

struct fleet {
    struct wt_monitor *monitor;
    unsigned char *base; /* of the store */
    size_t workers, services;
    int looks; /* per measurement */
    struct wt_time now;
};

static struct wt_schema *make_schema(void) {
    static const struct {
        const char *key;
        int64_t offset;
    } fields[] = {
        {"requests_total", 0}, {"requests_active", 8}, {"threads_limit", 16}, {"bytes_total", 24}};
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT_BYTES);
    struct wt_schema *schema = NULL;
    for (size_t i = 0; builder != NULL && i < sizeof fields / sizeof fields[0]; i++)
        wt_schema_builder_add(builder, fields[i].key, strlen(fields[i].key), "u64", 3,
                              fields[i].offset, NULL, 0);
    if (builder != NULL)
        (void)wt_schema_builder_finish(builder, &schema, NULL);
    wt_schema_builder_destroy(builder);
    return schema;
}

static bool fill(struct fleet *fleet) {
    struct wt_schema *schema = make_schema();
    for (size_t i = 0; schema != NULL && i < fleet->workers; i++) {
        /* Services in blocks, as they start; pid 0: /proc is not what is measured here. */
        char name[32];
        int length =
            snprintf(name, sizeof name, "service%zu", i * fleet->services / fleet->workers);
        struct wt_registration registration = {
            .pidfd = -1, .service = name, .service_length = (size_t)length};
        uint64_t id;
        struct wt_offer offer;
        if (wt_monitor_register(fleet->monitor, &registration, fleet->now, &id, &offer, NULL) !=
                WT_OK ||
            !offer.has_segment)
            break;
        wt_monitor_setup_answered(fleet->monitor, id, wt_schema_ref(schema), fleet->now);
    }
    wt_schema_unref(schema);
    return wt_monitor_keys(fleet->monitor, NULL, 0) == fleet->workers;
}

/* Counters that are spread as those of workers of all ages and sizes are. */
static void spread_counters(struct fleet *fleet) {
    uint64_t random = 88172645463325252;
    for (size_t i = 0; i < fleet->workers; i++) {
        uint64_t *words = (uint64_t *)(void *)(fleet->base + i * SEGMENT_BYTES);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        words[0] = 1 + ((random & 0xffffff) >> (random >> 62));
        words[3] = words[0] * 900 + (random >> 40 & 0xffff);
    }
}

/* Every worker works, and a second passes. */
static void advance(struct fleet *fleet) {
    for (size_t i = 0; i < fleet->workers; i++) {
        uint64_t *words = (uint64_t *)(void *)(fleet->base + i * SEGMENT_BYTES);
        words[0] += 3;
        words[1] = (words[0] >> 3) & 3;
        words[2] = 4;
        words[3] += 1000;
    }
    fleet->now.monotonic_ns += WT_NS_PER_S;
    fleet->now.realtime_ns += WT_NS_PER_S;
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The median of the looks of one measurement: others use this processor, too. */
static double median_us(double *spent_ns, int looks) {
    qsort(spent_ns, (size_t)looks, sizeof *spent_ns, by_value);
    return spent_ns[looks / 2] / 1000;
}

static double sample_some(struct fleet *fleet, bool all_statistics) {
    double spent[MOST_LOOKS];
    for (int i = 0; i < fleet->looks; i++) {
        advance(fleet);
        int64_t begin = bench_now_ns();
        bool done = wt_look_sample(fleet->monitor, fleet->now, all_statistics);
        spent[i] = (double)(bench_now_ns() - begin);
        bench_keep(done);
        wt_look_settle(fleet->monitor);
    }
    return median_us(spent, fleet->looks);
}

static double sample(void *context) {
    return sample_some(context, false);
}

/* With p50, p95, skew, and the time integrals. */
static double sample_all(void *context) {
    return sample_some(context, true);
}

/* What is looked at between ticks, ten times a second: two of the four fields. */
static double gauges(void *context) {
    struct fleet *fleet = context;
    double spent[MOST_LOOKS];
    for (int i = 0; i < fleet->looks; i++) {
        advance(fleet);
        int64_t begin = bench_now_ns();
        wt_monitor_look(fleet->monitor, fleet->now);
        spent[i] = (double)(bench_now_ns() - begin);
    }
    return median_us(spent, fleet->looks);
}

static double tick(void *context) {
    struct fleet *fleet = context;
    double spent[MOST_LOOKS];
    for (int i = 0; i < fleet->looks; i++) {
        advance(fleet);
        int64_t begin = bench_now_ns();
        const struct wt_snapshot *snapshot = wt_monitor_tick(fleet->monitor, fleet->now);
        spent[i] = (double)(bench_now_ns() - begin);
        bench_keep(snapshot == NULL ? 0 : snapshot->sequence);
    }
    return median_us(spent, fleet->looks);
}

/* What the directory file adds to a tick: the snapshot as bytes, and these into shared memory. */
static double publish(void *context) {
    struct fleet *fleet = context;
    double spent[MOST_LOOKS];
    for (int i = 0; i < fleet->looks; i++) {
        advance(fleet);
        const struct wt_snapshot *snapshot = wt_monitor_tick(fleet->monitor, fleet->now);
        int64_t begin = bench_now_ns();
        wt_publisher_tick(fleet->monitor, snapshot, fleet->now);
        spent[i] = (double)(bench_now_ns() - begin);
    }
    return median_us(spent, fleet->looks);
}

static double bare(void *context) {
    struct fleet *fleet = context;
    double spent[MOST_LOOKS];
    for (int look = 0; look < fleet->looks; look++) {
        uint64_t sums[4] = {0};
        advance(fleet);
        int64_t begin = bench_now_ns();
        for (size_t i = 0; i < fleet->workers; i++) {
            const uint64_t *words = (const uint64_t *)(void *)(fleet->base + i * SEGMENT_BYTES);
            for (int field = 0; field < 4; field++)
                sums[field] += __atomic_load_n(&words[field], __ATOMIC_RELAXED);
        }
        spent[look] = (double)(bench_now_ns() - begin);
        bench_keep(sums[0] ^ sums[1] ^ sums[2] ^ sums[3]);
    }
    return median_us(spent, fleet->looks);
}

/* What the registry does for one worker that comes and goes, looks into /proc included. */
static double come_and_go(void *context) {
    enum { ROUNDS = 2000 };
    struct fleet *fleet = context;
    struct wt_schema *schema = make_schema();
    int64_t begin = bench_now_ns();
    for (int i = 0; schema != NULL && i < ROUNDS; i++) {
        struct wt_registration registration = {
            .pid = getpid(), .pidfd = -1, .service = "coming", .service_length = 6};
        uint64_t id;
        struct wt_offer offer;
        if (wt_monitor_register(fleet->monitor, &registration, fleet->now, &id, &offer, NULL) !=
            WT_OK)
            continue;
        wt_monitor_setup_answered(fleet->monitor, id, wt_schema_ref(schema), fleet->now);
        wt_monitor_remove(fleet->monitor, id, fleet->now);
    }
    int64_t spent = bench_now_ns() - begin;
    wt_monitor_tick(fleet->monitor, fleet->now);
    wt_schema_unref(schema);
    return (double)spent / ROUNDS / 1000;
}

static void run_rows(struct bench *bench, struct fleet *fleet, const char *size) {
    char name[80];
    for (int i = 0; i < 5; i++)
        tick(fleet);
    struct bench_row row = {.name = name,
                            .unit = "us",
                            .ours = sample,
                            .limit = bare,
                            .context = fleet,
                            .goal = BENCH_RATIO_AT_MOST,
                            .value = 2};
    if (fleet->services > 1 || fleet->workers < 1000) /* the goal is about many workers */
        row.goal = BENCH_NO_GOAL;
    snprintf(name, sizeof name, "monitor: sample + aggregate, %s x 4 fields", size);
    bench_run(bench, &row);
    row.ours = sample_all;
    row.value = 5;
    snprintf(name, sizeof name, "monitor: sample + all statistics, %s x 4 fields", size);
    bench_run(bench, &row);
    row.ours = gauges;
    row.value = 1.5;
    snprintf(name, sizeof name, "monitor: look at gauges between ticks, %s x 2 fields", size);
    bench_run(bench, &row);
    row.value = 5;
    struct wt_publisher *publisher = fleet->monitor->publisher;
    fleet->monitor->publisher = NULL; /* its share has a row of its own */
    row.ours = tick;
    snprintf(name, sizeof name, "monitor: whole tick, %s x 4 fields", size);
    bench_run(bench, &row);
    fleet->monitor->publisher = publisher;
    struct bench_row published = {
        .name = name, .unit = "us", .ours = publish, .context = fleet, .goal = BENCH_NO_GOAL};
    snprintf(name, sizeof name, "monitor: of the tick, the directory file, %s x 4 fields", size);
    bench_run(bench, &published);
    row.ours = come_and_go;
    row.limit = NULL;
    row.goal = BENCH_NO_GOAL;
    snprintf(name, sizeof name, "monitor: register, answer, remove beside %s", size);
    bench_run(bench, &row);
}

static void measure(struct bench *bench, const char *size, size_t workers, size_t services,
                    int looks) {
    char directory[] = "/dev/shm/worktop-bench-XXXXXX", path[64], beside[64], name[112];
    snprintf(
        name, sizeof name,
        "monitor: sample + aggregate, all statistics, look at gauges, whole tick, register, %s",
        size);
    if (!bench_wants(bench, name) || mkdtemp(directory) == NULL)
        return;
    snprintf(path, sizeof path, "%s/utilization.shm", directory);
    snprintf(beside, sizeof beside, "%s/utilization.shm.dir", directory);
    struct fleet fleet = {.workers = workers,
                          .services = services,
                          .looks = looks,
                          .now = {.monotonic_ns = WT_NS_PER_S}};
    struct wt_monitor_options options = {.store_path = path,
                                         .directory_path = beside,
                                         .size_bytes = workers * SEGMENT_BYTES,
                                         .segment_bytes = SEGMENT_BYTES};
    struct wt_error err;
    if (wt_monitor_create(&fleet.monitor, &options, fleet.now, &err) != WT_OK) {
        fprintf(stderr, "%s: %s\n", name, err.text);
    } else if (!fill(&fleet)) {
        fprintf(stderr, "%s: not every worker has a segment\n", name);
    } else {
        fleet.base = (unsigned char *)wt_store_base(fleet.monitor->stores[WT_STORE_VALUES]);
        spread_counters(&fleet);
        run_rows(bench, &fleet, size);
        if (fleet.monitor->publisher->directory != NULL)
            fprintf(stderr, "directory file of %s: %llu bytes\n", size,
                    (unsigned long long)wt_directory_bytes(fleet.monitor->publisher->directory));
    }
    wt_monitor_destroy(fleet.monitor);
    rmdir(directory);
}

void bench_sample(struct bench *bench) {
    measure(bench, "200", 200, 1, 201);
    measure(bench, "1k", 1000, 1, 201);
    measure(bench, "1k in 8 services", 1000, 8, 201);
    measure(bench, "10k", 10000, 1, 51);
    measure(bench, "100k", 100000, 1, 7);
    measure(bench, "1M", 1000000, 1, 1);
}
