#include "support/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/import.h"
#include "model/aggregate.h"
#include "model/spread.h"
#include "schema/codec.h"

enum { COHORTS_MAX = 16 };

static const int64_t look_ns = INT64_C(1795182571000000000);
static const int64_t uptime_ns = INT64_C(86400000000000);

struct tuple {
    const char *key, *type;
};

/* A snapshot while it is built: one cohort per service, and those without a schema. */
struct builder {
    struct wt_imported *imported;
    struct wt_service *services;
    struct wt_cohort *cohorts;
    uint64_t next_worker;
};

static void *take(struct builder *builder, size_t count, size_t size) {
    void *piece = wt_arena_take(&builder->imported->arena, count, size);
    if (piece == NULL)
        abort();
    return piece;
}

static struct builder begin(void) {
    struct builder builder = {.imported = wt_imported_create(), .next_worker = 1};
    if (builder.imported == NULL)
        abort();
    builder.services = take(&builder, COHORTS_MAX, sizeof *builder.services);
    builder.cohorts = take(&builder, COHORTS_MAX, sizeof *builder.cohorts);
    struct wt_snapshot *snapshot = &builder.imported->snapshot;
    snapshot->time = (struct wt_time){.monotonic_ns = uptime_ns, .realtime_ns = look_ns};
    snapshot->sequence = 42;
    snapshot->tick_ns = WT_NS_PER_S;
    snapshot->services = builder.services;
    snapshot->cohorts = builder.cohorts;
    return builder;
}

static struct wt_schema *make_schema(const struct tuple *tuples, size_t count) {
    struct wt_schema_builder *builder = wt_schema_builder_create(4096);
    struct wt_schema *schema;
    uint32_t end = 0;
    wt_type type;
    for (size_t i = 0; builder != NULL && i < count; i++) {
        const char *key = tuples[i].key, *text = tuples[i].type;
        if (!wt_type_parse(text, strlen(text), &type))
            abort();
        wt_schema_builder_add(builder, key, strlen(key), text, strlen(text), end, NULL, 0);
        end += (uint32_t)wt_type_bytes(type);
    }
    if (builder == NULL || wt_schema_builder_finish(builder, &schema, NULL) != WT_OK)
        abort();
    wt_schema_builder_destroy(builder);
    return schema;
}

static struct wt_worker *add_worker(struct builder *builder, const char *service) {
    struct wt_worker *worker = take(builder, 1, sizeof *worker);
    uint64_t id = builder->next_worker++;
    *worker = (struct wt_worker){
        .id = id,
        .service = service,
        .pid = 4700 + (int64_t)id,
        .announced_pid = 4700 + (int64_t)id,
        .start_time_ticks = 100000 + id,
        .has_instance = id % 2 == 0,
        .threads = 5,
        .registered_realtime_ns = look_ns - 3600 * WT_NS_PER_S,
        .registered_monotonic_ns = uptime_ns - 3600 * WT_NS_PER_S,
        .segment = (int64_t)id - 1,
        .recorder = id % 2 == 0 ? (int64_t)id : -1,
        .slot = id == 3 ? 0 : (uint32_t)id,
        .restarts = id == 3 ? 0 : (uint32_t)id % 5,
        .reason = "",
    };
    for (size_t i = 0; worker->has_instance && i < sizeof worker->instance; i++)
        worker->instance[i] = (uint8_t)(id * 37 + i * 11);
    return worker;
}

/* A service with one cohort. Values are row-major; before is the look before, or NULL. */
static struct wt_service *add_service(struct builder *builder, const char *name,
                                      const struct tuple *tuples, size_t fields, size_t rows,
                                      const uint64_t *values, const uint64_t *before) {
    struct wt_snapshot *snapshot = &builder->imported->snapshot;
    struct wt_service *service = &builder->services[snapshot->service_count];
    struct wt_cohort *cohort = &builder->cohorts[snapshot->cohort_count++];
    struct wt_schema *schema = make_schema(tuples, fields);
    uint64_t *copy = take(builder, rows * fields, sizeof *copy);
    const struct wt_worker **workers = take(builder, rows, sizeof *workers);
    struct wt_row_status *status = take(builder, rows, sizeof *status);
    *service = (struct wt_service){.name = name,
                                   .worker_count = (uint32_t)rows,
                                   .verdict = WT_VERDICT_OK,
                                   .verdict_since_ns = look_ns - 60 * WT_NS_PER_S,
                                   .sentence = "",
                                   .load = wt_load_unknown(),
                                   .skew = wt_skew_unknown(),
                                   .last_exit = "",
                                   .joined_count = (uint32_t)rows};
    memcpy(copy, values, rows * fields * sizeof *copy);
    *cohort = (struct wt_cohort){.service = (uint32_t)snapshot->service_count++,
                                 .schema = schema,
                                 .row_count = rows,
                                 .worker_count = rows,
                                 .rows = workers,
                                 .status = status,
                                 .values = copy};
    for (size_t row = 0; row < rows; row++) {
        workers[row] = add_worker(builder, name);
        status[row] = (struct wt_row_status){.state = WT_WORKER_LIVE,
                                             .progress_ns = uptime_ns - (int64_t)row * 1000000,
                                             .heartbeat_ns = uptime_ns - 300000000};
    }
    if (before != NULL) {
        copy = take(builder, rows * fields, sizeof *copy);
        memcpy(copy, before, rows * fields * sizeof *copy);
        cohort->previous = copy;
    }
    return service;
}

/* Computes the figures of a service once its cohort is complete. */
static void fill(struct builder *builder, struct wt_service *service) {
    size_t index = (size_t)(service - builder->services);
    struct wt_cohort *cohort = builder->cohorts;
    while (cohort->service != index || cohort->schema == NULL)
        cohort++;
    const struct wt_schema *schemas[] = {cohort->schema};
    struct wt_shape *shape;
    if (wt_shape_create(&shape, schemas, 1, NULL) != WT_OK)
        abort();
    size_t count = cohort->schema->field_count;
    struct wt_field_stats *fields = take(builder, count, sizeof *fields);
    struct wt_column *columns = take(builder, count, sizeof *columns);
    uint32_t *map = take(builder, count, sizeof *map);
    wt_columns_init(columns, cohort->schema);
    for (size_t row = 0; row < cohort->row_count; row++) {
        bool comparable =
            cohort->previous != NULL && (cohort->status[row].flags & WT_ROW_FRESH) == 0;
        if (cohort->rows[row] != NULL)
            wt_columns_add(columns, count, cohort->values + row * count,
                           comparable ? cohort->previous + row * count : NULL, 1);
    }
    const struct wt_column *all[] = {columns};
    wt_service_fill(service, fields, shape, all, builder->imported->snapshot.tick_ns);
    for (size_t i = 0; i < count; i++) {
        fields[i].key = cohort->schema->fields[i].key;
        fields[i].unit = "";
        map[i] = (uint32_t)i;
    }
    cohort->field_map = map;
    wt_shape_unref(shape);
    struct wt_cohort alone = *cohort;
    struct wt_spread_scratch scratch = {0};
    alone.service = 0;
    if (!wt_spread_fill(service, 1, &alone, 1, &scratch))
        abort();
    wt_spread_scratch_fini(&scratch);
}

static struct wt_snapshot *end(struct builder *builder) {
    return &builder->imported->snapshot;
}

struct wt_time wt_sample_now(void) {
    return (struct wt_time){.monotonic_ns = uptime_ns + 500 * WT_NS_PER_MS,
                            .realtime_ns = look_ns + 500 * WT_NS_PER_MS};
}

struct wt_snapshot *wt_sample_empty(void) {
    struct builder builder = begin();
    builder.imported->snapshot.time = (struct wt_time){.realtime_ns = 0};
    builder.imported->snapshot.sequence = 0;
    builder.imported->snapshot.tick_ns = 0;
    return end(&builder);
}

static void add_silent(struct builder *builder, uint32_t service, const char *reason) {
    struct wt_snapshot *snapshot = &builder->imported->snapshot;
    const struct wt_worker **rows = take(builder, 2, sizeof *rows);
    struct wt_row_status *status = take(builder, 2, sizeof *status);
    struct wt_worker *worker = add_worker(builder, builder->services[service].name);
    worker->reason = reason;
    worker->segment = -1;
    rows[1] = worker;
    status[1].state = WT_WORKER_SILENT;
    builder->cohorts[snapshot->cohort_count++] = (struct wt_cohort){
        .service = service, .row_count = 2, .worker_count = 1, .rows = rows, .status = status};
    builder->services[service].silent_count++;
}

static void add_store(struct builder *builder) {
    struct wt_snapshot *snapshot = &builder->imported->snapshot;
    uint8_t *states = take(builder, 128, 1);
    uint32_t *generations = take(builder, 128, sizeof *generations);
    struct wt_held_segment *held = take(builder, 2, sizeof *held);
    struct wt_resize *resizes = take(builder, 2, sizeof *resizes);
    memset(states, WT_SEGMENT_ALLOCATED, 20);
    states[7] = states[8] = WT_SEGMENT_QUARANTINED;
    for (size_t i = 0; i < 20; i++)
        generations[i] = i == 7 ? 31 : 1;
    held[0] = (struct wt_held_segment){.segment = 7,
                                       .worker_id = 5,
                                       .pid = 7105,
                                       .service = "web",
                                       .since_realtime_ns = look_ns - 61 * WT_NS_PER_S};
    held[1] = (struct wt_held_segment){.segment = 8, .worker_id = 6, .service = "jobs"};
    resizes[0] = (struct wt_resize){.realtime_ns = look_ns - 1109 * WT_NS_PER_S,
                                    .old_bytes = 32768,
                                    .new_bytes = 65536,
                                    .segments_added = 64,
                                    .duration_ns = 1250000,
                                    .problem = ""};
    resizes[1] = (struct wt_resize){.realtime_ns = look_ns - 9 * WT_NS_PER_S,
                                    .old_bytes = 65536,
                                    .new_bytes = 131072,
                                    .problem = "cannot grow: No space left on device"};
    snapshot->store = (struct wt_store_info){.path = "/run/worktop/utilization.shm",
                                             .size_bytes = 65536,
                                             .max_bytes = 1 << 30,
                                             .segment_bytes = 512,
                                             .segment_count = 128,
                                             .free_count = 108,
                                             .allocated_count = 18,
                                             .quarantined_count = 2,
                                             .free_list_length = 108,
                                             .resize_count = 1,
                                             .refused_count = 3,
                                             .resizes = resizes,
                                             .resize_length = 2,
                                             .segment_states = states,
                                             .segment_generations = generations,
                                             .held = held,
                                             .held_count = 2,
                                             .problem = ""};
}

static void add_recorders(struct wt_snapshot *snapshot) {
    snapshot->recorders = (struct wt_store_info){.path = "/run/worktop/recorders.shm",
                                                 .size_bytes = 65536,
                                                 .max_bytes = 1 << 30,
                                                 .segment_bytes = 576,
                                                 .segment_count = 113,
                                                 .free_count = 104,
                                                 .allocated_count = 9,
                                                 .free_list_length = 104,
                                                 .problem = ""};
    snapshot->recorders_wide = (struct wt_store_info){.path = "/run/worktop/recorders-wide.shm",
                                                      .size_bytes = 528384,
                                                      .max_bytes = 1 << 30,
                                                      .segment_bytes = 8256,
                                                      .segment_count = 64,
                                                      .free_count = 63,
                                                      .quarantined_count = 1,
                                                      .free_list_length = 63,
                                                      .problem = ""};
}

/* Of every second worker's process something is known, of every fourth one its descriptors. */
static void add_processes(struct builder *builder) {
    struct wt_snapshot *snapshot = &builder->imported->snapshot;
    struct wt_process *processes = take(builder, 8, sizeof *processes);
    for (uint64_t i = 0; i < 8; i++)
        processes[i] = (struct wt_process){
            .pid = 4702 + 2 * (int64_t)i,
            .start_time_ticks = 100002 + 2 * i,
            .worker_count = i == 2 ? 3 : 1,
            .threads = 6 + (uint32_t)i,
            .read_ns = uptime_ns - (int64_t)i * WT_NS_PER_S,
            .cpu_ratio = i == 3 ? (double)NAN : 0.125 * (double)i,
            .cpu_window_ns = i == 3 ? 0 : WT_NS_PER_S + (int64_t)i,
            .rss_bytes = (100 + i) << 20,
            .fd_count = i % 2 == 0 ? 40 + i : 0,
            .fds_read_ns = i % 2 == 0 ? uptime_ns - 20 * WT_NS_PER_S : 0,
        };
    snapshot->processes = processes;
    snapshot->process_count = 8;
}

/* Where a service listens: on TCP both ways, and at a path at which nobody does. */
static void add_listeners(struct builder *builder, struct wt_service *service) {
    struct wt_accept_queue *listeners = take(builder, 3, sizeof *listeners);
    listeners[0] = (struct wt_accept_queue){.address = "0.0.0.0:3000",
                                            .socket_count = 2,
                                            .queue_length = 1037,
                                            .queue_limit = 2048,
                                            .fullest_ratio = 1,
                                            .read_ns = uptime_ns};
    listeners[1] = (struct wt_accept_queue){
        .address = "[::]:3000", .family = WT_LISTENER_TCP6, .fullest_ratio = (double)NAN};
    listeners[2] = (struct wt_accept_queue){.address = "unix:/run/web.sock",
                                            .family = WT_LISTENER_UNIX,
                                            .is_configured = true,
                                            .fullest_ratio = (double)NAN,
                                            .read_ns = uptime_ns - WT_NS_PER_S};
    service->listeners = listeners;
    service->listener_count = 3;
    service->slot_count = 5;
    service->replaced_per_min = 3;
    service->replaced_again_per_min = 1;
    service->usage = (struct wt_usage){.process_count = 5,
                                       .known_count = 3,
                                       .cpu_known_count = 2,
                                       .fds_known_count = 1,
                                       .cpu_cores = 1.375,
                                       .rss_bytes = 318 << 20,
                                       .thread_count = 30,
                                       .fd_count = 44,
                                       .oldest_ns = uptime_ns - 7 * WT_NS_PER_S};
}

static void add_events(struct builder *builder) {
    static const struct wt_event events[] = {
        {1, INT64_C(1795182000000000000), WT_EVENT_STARTED, WT_SEVERITY_INFO, 0, "",
         "monitor started"},
        {2, INT64_C(1795182211000000000), WT_EVENT_VERDICT, WT_SEVERITY_CRIT, 0, "web",
         "web is saturated"},
        {4, INT64_C(1795182571000000000), WT_EVENT_DIED, WT_SEVERITY_WARN, 7, "api",
         "api worker 7 died, signal 9, after 41 s"},
    };
    builder->imported->snapshot.events = events;
    builder->imported->snapshot.event_count = sizeof events / sizeof events[0];
    builder->imported->snapshot.events_dropped = 1;
}

static const struct tuple with_threads[] = {{"requests_active", "u64"},
                                            {"requests_total", "u64"},
                                            {"requests_errors_total", "u64"},
                                            {"requests_queued", "u64"},
                                            {"worker_threads", "u64"}};

static void add_api(struct builder *builder) {
    uint64_t now[6][5], before[6][5];
    for (uint64_t i = 0; i < 6; i++) {
        memcpy(now[i], (uint64_t[]){i % 3, 22100 * i + 71, i, 0, 5}, sizeof now[i]);
        memcpy(before[i], (uint64_t[]){1, 22100 * i + 5, i, 0, 5}, sizeof now[i]);
    }
    struct wt_service *service = add_service(builder, "api", with_threads, 5, 6, now[0], before[0]);
    service->verdict = WT_VERDICT_WARN;
    service->cause = WT_CAUSE_FLAPPING;
    service->limits = (struct wt_service_limits){0.8, 0.95, 30 * WT_NS_PER_S, 3 * WT_NS_PER_S};
    service->sentence = "restarting: 7 exits/min, last by signal 9";
    service->left_count = 7;
    service->starts_per_min = service->exits_per_min = 7;
    service->last_exit = "signal 9 (Killed)";
    service->last_exit_realtime_ns = look_ns - 5 * WT_NS_PER_S;
    service->load = (struct wt_load){
        .source = WT_BUSY_BOTH,
        .watched_s = 3600,
        .busy_s = 7201.25,
        .capacity_s = 108000,
        .queue_s = 12.5,
        .windows = {{(double)1 / 15, 0.25, -0.125}, {0.0625, 0.5, 0}, {1.5, 2, 3}}};
    fill(builder, service);
}

static void add_cable(struct builder *builder) {
    static const struct tuple ruby[] = {{"connections_active", "u32"},
                                        {"connections_total", "u64"},
                                        {"requests_active", "u32"},
                                        {"requests_total", "u64"}};
    static const uint64_t now[2][4] = {{900, 5000, 0, 17}, {901, 5001, 0, 17}};
    static const uint64_t before[2][4] = {{900, 5000, 0, 17}, {900, 5000, 0, 17}};
    struct wt_service *service = add_service(builder, "cable", ruby, 4, 2, now[0], before[0]);
    service->verdict = WT_VERDICT_IDLE;
    fill(builder, service);
}

static void add_jobs(struct builder *builder) {
    static const struct tuple queue[] = {{"slots_busy", "u64"},
                                         {"slots_limit", "u64"},
                                         {"queue_depth", "s64"},
                                         {"jobs_total", "u64"},
                                         {"load", "f64"}};
    uint64_t now[5][5], before[5][5];
    for (uint64_t i = 0; i < 5; i++) {
        uint64_t load = wt_bits_of_double(0.1 * (double)(i + 1)), jobs = 440 * i;
        memcpy(now[i], (uint64_t[]){i % 2, 10, 112 + i, jobs, load}, sizeof now[i]);
        memcpy(before[i], (uint64_t[]){1, 10, 100, jobs - 8 * (i > 0), load}, sizeof now[i]);
    }
    struct wt_service *service = add_service(builder, "jobs", queue, 5, 5, now[0], before[0]);
    size_t cohort = builder->imported->snapshot.cohort_count - 1;
    struct wt_row_status *status =
        (struct wt_row_status *)(uintptr_t)builder->cohorts[cohort].status;
    status[3].flags = WT_ROW_STUCK;
    status[3].progress_ns = uptime_ns - 94 * WT_NS_PER_S;
    status[4].flags = WT_ROW_FRESH;
    service->verdict = WT_VERDICT_CRIT;
    service->stuck_count = 1;
    service->sentence = "worker 12 stuck: busy for 94s without progress";
    fill(builder, service);
}

static void add_web(struct builder *builder) {
    uint64_t now[4][5], before[4][5];
    for (uint64_t i = 0; i < 4; i++) {
        memcpy(now[i], (uint64_t[]){5 - (i == 3), 1240000 + 310 * i, 3 * i, 9, 5}, sizeof now[i]);
        memcpy(before[i], (uint64_t[]){5, 1240000, 3 * i - (i > 0), 9, 5}, sizeof now[i]);
    }
    struct wt_service *service = add_service(builder, "web", with_threads, 5, 4, now[0], before[0]);
    service->verdict = WT_VERDICT_CRIT;
    service->verdict_since_ns = look_ns - 372 * WT_NS_PER_S;
    service->sentence = "no free slot: 19/20 busy, 36 queued, for 6m12s: 75 % needs 6 workers";
    static const struct wt_trouble others[] = {
        {WT_CAUSE_QUEUE_GROWING, WT_VERDICT_WARN, INT64_C(1795182199000000000),
         "queue growing for 1m: 36 waiting; add workers"},
        {WT_CAUSE_MEMORY, WT_VERDICT_WARN, 0, "memory high: worker 15"}};
    service->others = others;
    service->other_count = sizeof others / sizeof *others;
    add_listeners(builder, service);
    fill(builder, service);
}

struct wt_snapshot *wt_sample_fleet(void) {
    struct builder builder = begin();
    add_api(&builder);
    add_cable(&builder);
    add_jobs(&builder);
    add_web(&builder);
    add_silent(&builder, 3, "no segment: the store is full");
    add_processes(&builder);
    add_store(&builder);
    add_recorders(&builder.imported->snapshot);
    add_events(&builder);
    struct wt_snapshot *snapshot = end(&builder);
    wt_sample_add_activity(snapshot);
    snapshot->source.path = "/run/worktop/supervisor.ipc";
    snapshot->monitor = (struct wt_monitor_info){.pid = 4242,
                                                 .version = "0.1.0",
                                                 .host = "web-01",
                                                 .started_realtime_ns = look_ns - 571 * WT_NS_PER_S,
                                                 .interval_ns = WT_NS_PER_S,
                                                 .tick_count = 571,
                                                 .tick_duration_ns = 81000,
                                                 .connection_count = 18,
                                                 .verdict = WT_VERDICT_OK,
                                                 .verdict_since_ns = 5,
                                                 .problem = ""};
    return snapshot;
}

struct wt_snapshot *wt_sample_nasty(void) {
#define EVIL "\x1b]52;c;aGk=\x07\"\\\n\xff\xe2\x80\xae\xc2\x9b</script>"
    static const struct tuple all[] = {{"worker_count", "u64"},
                                       {"a_total", "u64"},
                                       {"b\"\\", "s64"},
                                       {"c", "f64"},
                                       {"d", "u32"},
                                       {"e_total", "f32"},
                                       {"f", "S16"},
                                       {"g", "U8"},
                                       {"h", "s8"},
                                       {"i_total", "U32"},
                                       {"requests_active", "u64"}};
    enum { FIELDS = sizeof all / sizeof all[0] };
    const uint64_t nan_bits = wt_bits_of_double((double)NAN);
    const uint64_t rows[4][FIELDS] = {
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, nan_bits, UINT32_MAX, wt_bits_of_double(0.1f),
         (uint64_t)-32768, 255, (uint64_t)-128, 5, UINT64_MAX},
        {1, UINT64_MAX, (uint64_t)INT64_MIN, wt_bits_of_double(1e308), 7, wt_bits_of_double(2.5),
         32767, 0, 127, UINT32_MAX, 3},
        {0},
        {5, 9007199254740993, INT64_MAX, wt_bits_of_double(1e308), 0, nan_bits, 0, 1, 0, 1, 0}};
    const uint64_t before[4][FIELDS] = {
        {0, UINT64_MAX - 3, 0, 0, 0, wt_bits_of_double(0.05f), 0, 0, 0, UINT32_MAX - 1, 0},
        {0, 7, 0, 0, 0, wt_bits_of_double(3), 0, 0, 0, 1, 0},
        {0},
        {0, 9007199254740993, 0, 0, 0, 0, 0, 0, 0, 0, 0}};
    struct builder builder = begin();
    struct wt_service *service = add_service(&builder, EVIL, all, FIELDS, 4, rows[0], before[0]);
    ((const struct wt_worker **)(uintptr_t)builder.cohorts[0].rows)[2] = NULL;
    builder.cohorts[0].worker_count = 3;
    service->worker_count = 3;
    service->sentence = EVIL;
    service->verdict_since_ns = 0;
    fill(&builder, service);
    add_silent(&builder, 0, EVIL);
    struct wt_snapshot *snapshot = end(&builder);
    static const struct wt_event event = {.sequence = UINT64_MAX,
                                          .realtime_ns = INT64_MIN + 1,
                                          .kind = WT_EVENT_TROUBLE,
                                          .severity = WT_SEVERITY_WARN,
                                          .worker_id = UINT64_MAX,
                                          .service = EVIL,
                                          .text = EVIL};
    snapshot->events = &event;
    snapshot->event_count = 1;
    wt_sample_add_nasty_activity(snapshot);
    snapshot->source = (struct wt_source){.kind = WT_SOURCE_ATTACH,
                                          .health = WT_SOURCE_DEAD,
                                          .path = EVIL,
                                          .problem = EVIL,
                                          .heartbeat_ns = INT64_MAX,
                                          .since_realtime_ns = INT64_MIN + 1,
                                          .samples_segments = true};
    snapshot->monitor.version = snapshot->monitor.host = snapshot->monitor.problem = EVIL;
    snapshot->store.problem = EVIL;
    snapshot->tick_ns = 999999937;
    return snapshot;
#undef EVIL
}

struct wt_snapshot *wt_sample_large(size_t workers) {
    static const struct tuple usual[] = {
        {"requests_active", "u64"},       {"requests_total", "u64"},
        {"requests_errors_total", "u64"}, {"requests_queued", "u64"},
        {"worker_threads", "u64"},        {"connections_active", "u64"},
        {"connections_total", "u64"},     {"load", "f64"}};
    enum { FIELDS = sizeof usual / sizeof usual[0], SERVICES = 8 };
    static const char *const names[SERVICES] = {"api",   "auth", "cable", "jobs",
                                                "mails", "pdf",  "web",   "wiki"};
    struct builder builder = begin();
    for (size_t i = 0; i < SERVICES; i++) {
        size_t rows = workers / SERVICES;
        uint64_t *values = calloc(rows * FIELDS + 1, sizeof *values);
        uint64_t *before = calloc(rows * FIELDS + 1, sizeof *before);
        if (values == NULL || before == NULL)
            abort();
        for (size_t at = 0; at < rows * FIELDS; at++) {
            before[at] = at * 7919 % 1000003;
            values[at] = before[at] + at % 97;
            if (at % FIELDS == FIELDS - 1)
                values[at] = wt_bits_of_double((double)(at % 1000) / 7);
        }
        fill(&builder, add_service(&builder, names[i], usual, FIELDS, rows, values, before));
        free(values);
        free(before);
    }
    return end(&builder);
}
