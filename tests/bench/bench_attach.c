/* What a viewer pays for one look at another monitor's files, beside the bare limit: reading the
 * workers' words and adding them up. While the monitor lives a look is a copy of what it
 * published, decoded; when it is gone, the segments themselves.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/attach.h"
#include "bench/bench.h"
#include "monitor/internal.h"
#include "shm/layout.h"

enum { SEGMENT_BYTES = 512, FIELDS = 4, MOST_LOOKS = 101 };

struct watched {
    struct wt_monitor *monitor;
    struct wt_attach *attach;
    unsigned char *base; /* of the store */
    size_t workers;
    int looks; /* per measurement */
    bool gone; /* the monitor ticks no more */
    char directory[32], store[64], path[64];
    struct wt_time now;
};

static struct wt_schema *make_schema(void) {
    static const char *const keys[FIELDS] = {"requests_total", "requests_active", "threads_limit",
                                             "bytes_total"};
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT_BYTES);
    struct wt_schema *schema = NULL;
    for (int i = 0; builder != NULL && i < FIELDS; i++)
        wt_schema_builder_add(builder, keys[i], strlen(keys[i]), "u64", 3, 8 * i, NULL, 0);
    if (builder != NULL)
        (void)wt_schema_builder_finish(builder, &schema, NULL);
    wt_schema_builder_destroy(builder);
    return schema;
}

static bool fill(struct watched *watched) {
    struct wt_schema *schema = make_schema();
    for (size_t i = 0; schema != NULL && i < watched->workers; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "service%zu", i * 8 / watched->workers);
        struct wt_registration registration = {
            .pidfd = -1, .service = name, .service_length = (size_t)length};
        uint64_t id;
        struct wt_offer offer;
        if (wt_monitor_register(watched->monitor, &registration, watched->now, &id, &offer, NULL) !=
            WT_OK)
            break;
        wt_monitor_setup_answered(watched->monitor, id, wt_schema_ref(schema), watched->now);
    }
    wt_schema_unref(schema);
    return wt_monitor_keys(watched->monitor, NULL, 0) == watched->workers;
}

/* Every worker works, a second passes, and the monitor publishes what it saw. */
static void advance(struct watched *watched) {
    for (size_t i = 0; i < watched->workers; i++) {
        uint64_t *words = (uint64_t *)(void *)(watched->base + i * SEGMENT_BYTES);
        words[0] += 3;
        words[1] = i & 3;
        words[2] = 4;
        words[3] += 1000;
    }
    watched->now.monotonic_ns += WT_NS_PER_S;
    watched->now.realtime_ns += WT_NS_PER_S;
    if (!watched->gone)
        (void)wt_monitor_tick(watched->monitor, watched->now);
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

static double look(void *context) {
    struct watched *watched = context;
    double spent[MOST_LOOKS];
    for (int i = 0; i < watched->looks; i++) {
        const struct wt_snapshot *snapshot;
        advance(watched);
        int64_t begin = bench_now_ns();
        wt_status status = wt_attach_look(watched->attach, watched->now, &snapshot, NULL);
        spent[i] = (double)(bench_now_ns() - begin);
        bench_keep(status == WT_OK ? snapshot->sequence : 0);
    }
    return median_us(spent, watched->looks);
}

static double bare(void *context) {
    struct watched *watched = context;
    double spent[MOST_LOOKS];
    for (int i = 0; i < watched->looks; i++) {
        uint64_t sums[FIELDS] = {0};
        advance(watched);
        int64_t begin = bench_now_ns();
        for (size_t w = 0; w < watched->workers; w++) {
            const uint64_t *words =
                (const uint64_t *)(const void *)(watched->base + w * SEGMENT_BYTES);
            for (int field = 0; field < FIELDS; field++)
                sums[field] += __atomic_load_n(&words[field], __ATOMIC_RELAXED);
        }
        spent[i] = (double)(bench_now_ns() - begin);
        bench_keep(sums[0] + sums[1] + sums[2] + sums[3]);
    }
    return median_us(spent, watched->looks);
}

/* Its files say goodbye, and nobody ticks any more. */
static bool leave(struct watched *watched) {
    const uint64_t state = WT_DIRECTORY_CLOSED;
    int fd = open(watched->path, O_WRONLY | O_CLOEXEC);
    ssize_t written = fd < 0 ? -1
                             : pwrite(fd, &state, sizeof state,
                                      (off_t)offsetof(struct wt_shared_directory_header, state));
    if (fd >= 0)
        close(fd);
    watched->gone = true;
    return written == (ssize_t)sizeof state;
}

static void run_rows(struct bench *bench, struct watched *watched, const char *size) {
    char name[80];
    struct bench_row row = {.name = name,
                            .unit = "us",
                            .ours = look,
                            .limit = bare,
                            .context = watched,
                            .goal = BENCH_NO_GOAL};
    snprintf(name, sizeof name, "attach: look, %s x 4 fields", size);
    bench_run(bench, &row);
    if (!leave(watched))
        return;
    snprintf(name, sizeof name, "attach: look without its monitor, %s x 4 fields", size);
    bench_run(bench, &row);
}

static void measure(struct bench *bench, const char *size, size_t workers, int looks) {
    struct watched watched = {.workers = workers,
                              .looks = looks,
                              .directory = "/dev/shm/worktop-bench-XXXXXX",
                              .now = {.monotonic_ns = WT_NS_PER_S}};
    struct wt_error err;
    char name[80];
    snprintf(name, sizeof name, "attach: look, look without its monitor, %s", size);
    if (!bench_wants(bench, name) || mkdtemp(watched.directory) == NULL)
        return;
    snprintf(watched.store, sizeof watched.store, "%s/utilization.shm", watched.directory);
    snprintf(watched.path, sizeof watched.path, "%s/utilization.shm.dir", watched.directory);
    const struct wt_monitor_options options = {.store_path = watched.store,
                                               .directory_path = watched.path,
                                               .size_bytes = workers * SEGMENT_BYTES,
                                               .segment_bytes = SEGMENT_BYTES};
    wt_status status = wt_monitor_create(&watched.monitor, &options, watched.now, &err);
    if (status == WT_OK && fill(&watched)) {
        watched.base = (unsigned char *)wt_store_base(watched.monitor->stores[WT_STORE_VALUES]);
        for (int i = 0; i < 3; i++)
            advance(&watched);
        status = wt_attach_open(&watched.attach, watched.path, watched.now, &err);
    }
    if (status != WT_OK)
        fprintf(stderr, "%s: %s\n", name, err.text);
    else
        run_rows(bench, &watched, size);
    wt_attach_close(watched.attach);
    wt_monitor_destroy(watched.monitor);
    rmdir(watched.directory);
}

void bench_attach(struct bench *bench) {
    measure(bench, "200", 200, MOST_LOOKS);
    measure(bench, "1k", 1000, MOST_LOOKS);
    measure(bench, "10k", 10000, 21);
    measure(bench, "100k", 100000, 5);
}
