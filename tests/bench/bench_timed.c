/* What the exact busy time of 1,000 workers costs a tick: a region of each read, checked and added
 * up. Beside it the bare limit: the same words of the same regions, read and added. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "monitor/internal.h"
#include "shm/layout.h"

enum { WORKERS = 1000, THREADS = 16, LOOKS = 201 };

struct crew {
    struct wt_monitor *monitor;
    unsigned char *regions[WORKERS];
    uint32_t threads_in_use;
    struct wt_time now;
};

static struct wt_shared_recorder_thread *threads_of(unsigned char *region) {
    return (struct wt_shared_recorder_thread *)(void *)(region +
                                                        sizeof(struct wt_shared_recorder_header));
}

static struct wt_schema *make_schema(void) {
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    struct wt_schema *schema = NULL;
    if (builder != NULL) {
        wt_schema_builder_add(builder, "requests_active", 15, "u64", 3, 0, NULL, 0);
        wt_schema_builder_add(builder, "threads_limit", 13, "u64", 3, 8, NULL, 0);
        (void)wt_schema_builder_finish(builder, &schema, NULL);
    }
    wt_schema_builder_destroy(builder);
    return schema;
}

static bool join(struct crew *crew, struct wt_schema *schema, size_t i) {
    struct wt_registration registration = {
        .pidfd = -1, .service = "web", .service_length = 3, .has_instance = true};
    struct wt_offer offer;
    uint64_t id;
    memcpy(registration.instance, &i, sizeof i);
    registration.instance[15] = 1;
    if (wt_monitor_register(crew->monitor, &registration, crew->now, &id, &offer, NULL) != WT_OK ||
        !offer.has_segment)
        return false;
    wt_monitor_setup_answered(crew->monitor, id, wt_schema_ref(schema), crew->now);
    uint64_t *words =
        (uint64_t *)(void *)(wt_store_base(crew->monitor->stores[WT_STORE_VALUES]) + offer.offset);
    words[0] = crew->threads_in_use;
    words[1] = THREADS;
    if (!wt_monitor_recorder_offer(crew->monitor, id, crew->now, &offer))
        return false;
    crew->regions[i] =
        (unsigned char *)wt_store_base(crew->monitor->stores[WT_STORE_RECORDERS]) + offer.offset;
    struct wt_shared_recorder_header *header = (void *)crew->regions[i];
    *header = (struct wt_shared_recorder_header){
        .version = WT_SHARED_RECORDER_VERSION, .threads = THREADS, .heartbeat_ns = UINT64_MAX};
    for (uint32_t t = 0; t < crew->threads_in_use; t++)
        threads_of(crew->regions[i])[t] = (struct wt_shared_recorder_thread){
            .sequence = 2, .active = 1, .area_ns = (uint64_t)-crew->now.monotonic_ns};
    wt_monitor_recorder_answered(crew->monitor, id, WT_RECORDER_ACCEPTED, crew->now);
    return true;
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The median: others use this processor, too. */
static double median_us(double *spent_ns) {
    qsort(spent_ns, LOOKS, sizeof *spent_ns, by_value);
    return spent_ns[LOOKS / 2] / 1000;
}

/* A tick reads the values and the headers before: both ways begin as it leaves the caches. */
static void sample(struct crew *crew) {
    crew->now.monotonic_ns += WT_NS_PER_S;
    crew->now.realtime_ns += WT_NS_PER_S;
    bench_keep(wt_look_sample(crew->monitor, crew->now, false));
}

static double ours(void *context) {
    static const struct wt_load_fields fields = {
        .busy = 0, .capacity = 1, .queue = -1, .are_words = true};
    struct crew *crew = context;
    struct wt_cohort_rows *cohort = crew->monitor->services[0]->cohorts[0];
    for (size_t i = 0; cohort->schema == NULL; i++)
        cohort = crew->monitor->services[0]->cohorts[i];
    double spent[LOOKS];
    for (int i = 0; i < LOOKS; i++) {
        sample(crew);
        int64_t begin = bench_now_ns();
        wt_timed_read_all(cohort, &fields, crew->now.monotonic_ns, 4 * WT_NS_PER_S);
        spent[i] = (double)(bench_now_ns() - begin);
        wt_look_settle(crew->monitor);
    }
    if (cohort->timed_count != WORKERS)
        fprintf(stderr, "only %zu of %d workers are timed\n", cohort->timed_count, WORKERS);
    return median_us(spent);
}

static double bare(void *context) {
    struct crew *crew = context;
    double spent[LOOKS];
    for (int i = 0; i < LOOKS; i++) {
        sample(crew);
        uint64_t sum = 0, now = (uint64_t)crew->now.monotonic_ns;
        int64_t begin = bench_now_ns();
        for (size_t w = 0; w < WORKERS; w++) {
            struct wt_shared_recorder_thread *threads = threads_of(crew->regions[w]);
            for (uint32_t t = 0; t < THREADS; t++)
                if (__atomic_load_n(&threads[t].sequence, __ATOMIC_RELAXED) != 0)
                    sum += __atomic_load_n(&threads[t].area_ns, __ATOMIC_RELAXED) +
                           __atomic_load_n(&threads[t].active, __ATOMIC_RELAXED) * now;
        }
        spent[i] = (double)(bench_now_ns() - begin);
        wt_look_settle(crew->monitor);
        bench_keep(sum);
    }
    return median_us(spent);
}

static void measure(struct bench *bench, uint32_t threads_in_use) {
    char directory[] = "/dev/shm/worktop-bench-XXXXXX", path[64], recorders[64], name[80];
    snprintf(name, sizeof name, "monitor: busy time of %d recorders, %u of %d threads used",
             WORKERS, threads_in_use, THREADS);
    if (!bench_wants(bench, name) || mkdtemp(directory) == NULL)
        return;
    snprintf(path, sizeof path, "%s/utilization.shm", directory);
    snprintf(recorders, sizeof recorders, "%s/recorders.shm", directory);
    struct crew crew = {.threads_in_use = threads_in_use,
                        .now = {.monotonic_ns = 1000 * WT_NS_PER_S}};
    const struct wt_monitor_options options = {
        .store_path = path, .recorder_path = recorders, .size_bytes = WORKERS * 512};
    struct wt_schema *schema = make_schema();
    struct wt_error err;
    size_t joined = 0;
    if (wt_monitor_create(&crew.monitor, &options, crew.now, &err) != WT_OK)
        fprintf(stderr, "%s: %s\n", name, err.text);
    while (crew.monitor != NULL && joined < WORKERS && join(&crew, schema, joined))
        joined++;
    const struct bench_row row = {.name = name,
                                  .unit = "us",
                                  .ours = ours,
                                  .limit = bare,
                                  .context = &crew,
                                  .goal = BENCH_RATIO_AT_MOST,
                                  .value = 2};
    if (joined == WORKERS)
        bench_run(bench, &row);
    else if (crew.monitor != NULL)
        fprintf(stderr, "%s: only %zu joined\n", name, joined);
    wt_monitor_destroy(crew.monitor);
    wt_schema_unref(schema);
    rmdir(directory);
}

void bench_timed(struct bench *bench) {
    measure(bench, 1);
    measure(bench, 5);
    measure(bench, THREADS);
}
