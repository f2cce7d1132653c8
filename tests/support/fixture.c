#include "support/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/aggregate.h"
#include "model/spread.h"
#include "support/fixture_usage.h"

enum { FIELDS_MAX = 8, LARGE_SERVICES = 8, LARGE_WORKERS = 1250 };

/* What a field of a fixture's worker does over time. */
enum wave { BUSY, CAPACITY, QUEUE, DONE, FAILED, MANY, BYTES, LEVEL };

struct field_spec {
    const char *key, *type;
    enum wave wave;
};

struct service_spec {
    const char *name;
    int workers, slots;
    double load; /* the middle of its utilization */
    double queue;
    double rate; /* requests per second and worker */
    struct field_spec fields[FIELDS_MAX];
    enum wt_verdict verdict;
    int since; /* seconds before the look */
    const char *sentence;
    int stuck, stale, silent, gone; /* how many of its workers, from the first on */
};

struct fixture {
    struct wt_snapshot snapshot; /* first: destroy gets its address */
    struct wt_arena arena;
    struct wt_schema *schemas[16];
    struct wt_shape *shapes[16];
    size_t count;
};

#define WEB_FIELDS                                                                                 \
    {                                                                                              \
        {"requests_active", "u64", BUSY}, {"requests_total", "u64", DONE},                         \
            {"requests_failed_total", "u64", FAILED}, {"queue_length", "u64", QUEUE},              \
            {"pool_threads", "u64", CAPACITY}, {"bytes_sent_total", "u64", BYTES}, {               \
            "cache_level", "f64", LEVEL                                                            \
        }                                                                                          \
    }
#define API_FIELDS                                                                                 \
    {                                                                                              \
        {"requests_active", "u64", BUSY}, {"requests_total", "u64", DONE},                         \
            {"requests_failed_total", "u64", FAILED}, {"queue_length", "u64", QUEUE}, {            \
            "pool_threads", "u64", CAPACITY                                                        \
        }                                                                                          \
    }
#define JOBS_FIELDS                                                                                \
    {                                                                                              \
        {"jobs_busy", "u64", BUSY}, {"jobs_total", "u64", DONE},                                   \
            {"jobs_failed_total", "u64", FAILED}, {"queue_depth", "s64", QUEUE}, {                 \
            "slots_limit", "u64", CAPACITY                                                         \
        }                                                                                          \
    }
#define CABLE_FIELDS                                                                               \
    {                                                                                              \
        {"connections_active", "u64", MANY}, {"connections_total", "u64", FAILED},                 \
            {"messages_total", "u64", DONE}, {                                                     \
            "bytes_sent_total", "u64", BYTES                                                       \
        }                                                                                          \
    }

static const struct service_spec healthy[] = {
    {"api", 16, 5, .42, .1, 138, API_FIELDS, WT_VERDICT_OK, 0, "", 0, 0, 0, 0},
    {"cable", 12, 0, 0, 0, 420, CABLE_FIELDS, WT_VERDICT_OK, 0, "", 0, 0, 0, 0},
    {"jobs", 10, 5, .55, 1.2, 4.4, JOBS_FIELDS, WT_VERDICT_OK, 0, "", 0, 0, 0, 0},
    {"web", 16, 5, .61, .2, 77, WEB_FIELDS, WT_VERDICT_OK, 0, "", 0, 0, 0, 0},
};

static const struct service_spec trouble[] = {
    {"api", 16, 5, .41, 0, 138, API_FIELDS, WT_VERDICT_WARN, 44,
     "stale for 44s: 2 of 16 workers, no heartbeat; see what stops them, or takes the CPU", 0, 2, 1,
     1},
    {"cable", 12, 0, 0, 0, 420, CABLE_FIELDS, WT_VERDICT_OK, 0, "", 0, 0, 0, 0},
    {"jobs", 10, 5, .62, 11, 4.4, JOBS_FIELDS, WT_VERDICT_CRIT, 94,
     "stuck for 1m34s: 2 of 10 workers busy without progress, "
     "longest worker 30 (pid 4801) in report 4711 / render pdf (request 8f3a); "
     "look at the 2 stuck, then restart them",
     2, 0, 0, 0},
    {"web", 16, 5, .995, 2.4, 77, WEB_FIELDS, WT_VERDICT_CRIT, 372,
     "saturated for 6m12s: 99% busy (79 of 80), 37 queued; +6 workers (22 in all), to bring it to 75%",
     0, 0, 1, 0},
};

/* Hostile names of the kind that a clean reader would have let through in part: the model's texts
 * are clean by contract, the screen must not rely on it. */
static const struct service_spec hostile[] = {
    {"\x1b]52;c;cm0gLXJm\x07\x1b[2Jweb\n\r\t", 3, 5, .5, 0, 7, WEB_FIELDS, WT_VERDICT_CRIT, 5,
     "\x1b[31mred\x1b[0m \xff\xfe broken, \xe2\x80\xae reversed \xe2\x80\xac, zero\xe2\x80\x8bwidth",
     1, 0, 0, 0},
    {"a-name-that-goes-on-and-on-and-on-until-nobody-remembers-how-it-began-and-nobody-cares", 2, 5,
     .2, 0, 7, API_FIELDS, WT_VERDICT_OK, 0, "", 0, 0, 0, 0},
    {"cafe\xcc\x81-\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e-\xf0\x9f\x94\xa5", 2, 5, .9, 3, 7,
     JOBS_FIELDS, WT_VERDICT_WARN, 99,
     "\xe6\xb7\xb7\xe9\x9b\x91 nearly saturated: 90% busy \xf0\x9f\x94\xa5", 0, 1, 0, 0},
    {"unknown",
     2,
     0,
     0,
     0,
     0,
     {{"\x1b[5mblink", "u64", MANY}},
     WT_VERDICT_UNKNOWN,
     0,
     "nothing to judge by: no busy, queue or counter field; name one *_busy or *_total",
     0,
     0,
     0,
     0},
};

struct wt_time wt_fixture_time(int tick) {
    return (struct wt_time){.monotonic_ns = (5000 + (int64_t)tick) * WT_NS_PER_S,
                            .realtime_ns = (INT64_C(1795182000) + tick) * WT_NS_PER_S};
}

static double wave_at(int tick, int seed) {
    double t = tick;
    return .5 * sin(t / 23 + seed) + .3 * sin(t / 7.3 + seed * 2.1) + .2 * sin(t / 2.9 + seed * .7);
}

/* A value of one worker at a tick: busy follows a wave around the service's load. */
static uint64_t value_at(const struct service_spec *spec, enum wave wave, int row, int tick) {
    bool stuck = row < spec->stuck;
    double swing = spec->load > .9 ? .03 : .3;
    double load = spec->load + swing * wave_at(tick, row + 1);
    /* Trouble grows over the first three minutes. */
    if (spec->load > .9 && tick < 180)
        load *= .45 + .55 * tick / 180.0;
    load = load < 0 ? 0 : load > 1 ? 1 : load;
    double moved = (double)tick * spec->rate * (1 + .2 * wave_at(0, row));
    double value = 0;
    switch (wave) {
    case BUSY:
        value = stuck ? spec->slots - row : floor(load * spec->slots + .5);
        break;
    case CAPACITY:
        value = spec->slots;
        break;
    case QUEUE:
        value = spec->queue * (1 + wave_at(tick, row)) * (tick < 180 ? tick / 180.0 : 1);
        break;
    case DONE:
        value = 1000 + (stuck ? 0 : moved + 9 * wave_at(tick, row));
        break;
    case FAILED:
        value = 3 + moved / 400;
        break;
    case MANY:
        value = 60 + row * 3 + 12 * wave_at(tick, row);
        break;
    case BYTES:
        value = 1e6 + moved * 5210;
        break;
    case LEVEL:
        value = .25 + .1 * row + .05 * wave_at(tick, row);
        break;
    }
    uint64_t bits;
    if (wave == LEVEL) {
        memcpy(&bits, &value, sizeof bits);
        return bits;
    }
    return value < 0 ? 0 : (uint64_t)value;
}

static struct wt_schema *make_schema(const struct field_spec *fields) {
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    struct wt_schema *schema = NULL;
    if (!builder)
        return NULL;
    for (int i = 0; i < FIELDS_MAX && fields[i].key; i++)
        wt_schema_builder_add(builder, fields[i].key, strlen(fields[i].key), fields[i].type,
                              strlen(fields[i].type), 8 * i, NULL, 0);
    if (wt_schema_builder_finish(builder, &schema, NULL) != WT_OK)
        schema = NULL;
    wt_schema_builder_destroy(builder);
    return schema;
}

static void fill_worker(struct wt_worker *worker, struct wt_row_status *status,
                        const struct service_spec *spec, int row, uint64_t id, int tick) {
    struct wt_time now = wt_fixture_time(tick);
    *worker = (struct wt_worker){.id = id,
                                 .service = spec->name,
                                 .pid = 4711 + (int64_t)id * 3,
                                 .announced_pid = 4711 + (int64_t)id * 3,
                                 .start_time_ticks = 1000 + id,
                                 .instance = {(uint8_t)id, (uint8_t)(id >> 8), 1},
                                 .has_instance = spec->slots > 0, /* cable is a Ruby service */
                                 .threads = (uint32_t)spec->slots,
                                 .registered_monotonic_ns = (4000 + row % 15 * 61) * WT_NS_PER_S,
                                 .registered_realtime_ns =
                                     wt_fixture_time(-1000 + row % 15 * 61).realtime_ns,
                                 .segment = (int64_t)id - 1,
                                 .recorder = -1,
                                 .slot = (uint32_t)row + 1,
                                 .restarts = row % 4 == 1 ? (uint32_t)row : 0,
                                 .reason = ""};
    *status = (struct wt_row_status){
        .state = WT_WORKER_LIVE, .progress_ns = now.monotonic_ns, .heartbeat_ns = now.monotonic_ns};
    if (row < spec->stuck) {
        status->flags = WT_ROW_STUCK;
        status->progress_ns = now.monotonic_ns - (94 - row * 3) * WT_NS_PER_S;
    } else if (row < spec->stale) {
        status->state = WT_WORKER_STALE;
        status->heartbeat_ns = now.monotonic_ns - 14 * WT_NS_PER_S;
        status->progress_ns = status->heartbeat_ns;
    } else if (row >= spec->workers - spec->gone) {
        status->state = WT_WORKER_GONE;
    }
}

static void make_cohort(struct fixture *fixture, struct wt_cohort *cohort, uint32_t service,
                        const struct service_spec *spec, uint64_t *next_id, int tick) {
    struct wt_schema *schema = fixture->schemas[service];
    size_t rows = (size_t)spec->workers, fields = schema->field_count;
    struct wt_worker *workers = wt_arena_take(&fixture->arena, rows, sizeof *workers);
    const struct wt_worker **list = wt_arena_take(&fixture->arena, rows, sizeof *list);
    struct wt_row_status *status = wt_arena_take(&fixture->arena, rows, sizeof *status);
    uint64_t *values = wt_arena_take(&fixture->arena, 2 * rows * fields, sizeof *values);
    if (fixture->arena.failed)
        return;
    for (size_t row = 0; row < rows; row++) {
        fill_worker(&workers[row], &status[row], spec, (int)row, (*next_id)++, tick);
        list[row] = &workers[row];
        for (size_t i = 0; i < fields; i++) {
            enum wave wave = spec->fields[i].wave;
            values[row * fields + i] = value_at(spec, wave, (int)row, tick);
            values[(rows + row) * fields + i] =
                value_at(spec, wave, (int)row, tick > 0 ? tick - 1 : 0);
        }
    }
    *cohort = (struct wt_cohort){.service = service,
                                 .schema = schema,
                                 .row_count = rows,
                                 .worker_count = rows,
                                 .rows = list,
                                 .status = status,
                                 .values = values,
                                 .previous = tick > 0 ? values + rows * fields : NULL,
                                 .field_map = fixture->shapes[service]->schemas[0].field_map};
}

/* Workers that registered without metrics. */
static void make_silent(struct fixture *fixture, struct wt_cohort *cohort, uint32_t service,
                        const struct service_spec *spec, uint64_t *next_id, int tick) {
    size_t rows = (size_t)spec->silent;
    struct wt_worker *workers = wt_arena_take(&fixture->arena, rows, sizeof *workers);
    const struct wt_worker **list = wt_arena_take(&fixture->arena, rows, sizeof *list);
    struct wt_row_status *status = wt_arena_take(&fixture->arena, rows, sizeof *status);
    if (fixture->arena.failed)
        return;
    for (size_t row = 0; row < rows; row++) {
        fill_worker(&workers[row], &status[row], spec, (int)row + 40, (*next_id)++, tick);
        workers[row].reason = strcmp(spec->name, "web") != 0
                                  ? "its setup gave no schema"
                                  : "no segment: the store is at its maximum of 64 KiB";
        workers[row].segment = -1;
        status[row] = (struct wt_row_status){.state = WT_WORKER_SILENT};
        list[row] = &workers[row];
    }
    *cohort = (struct wt_cohort){.service = service,
                                 .row_count = rows,
                                 .worker_count = rows,
                                 .rows = list,
                                 .status = status};
}

/* As if the present figures had been those of the whole time, a little less long ago. */
static struct wt_load load_of(const struct wt_service *service, int tick) {
    struct wt_load load = wt_load_unknown();
    double queue = wt_service_sum(service, service->queue_field);
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        if (tick * WT_NS_PER_S < wt_window_ns((enum wt_window)i) * WT_WINDOW_LEAST_PERCENT / 100)
            continue;
        load.windows[i] = (struct wt_window_load){
            .utilization_ratio = service->utilization_ratio * (1 - .05 * i),
            .mean_wait_s = queue / wt_service_rate(service, service->requests_field),
            .queue_growth_per_s = queue / 300};
    }
    return load;
}

static void make_service(struct fixture *fixture, struct wt_service *service,
                         const struct service_spec *spec, const struct wt_cohort *cohort,
                         size_t index, int tick) {
    const struct wt_shape *shape = fixture->shapes[index];
    struct wt_field_stats *fields =
        wt_arena_take(&fixture->arena, shape->field_count, sizeof *fields);
    struct wt_column columns[FIELDS_MAX];
    const struct wt_column *list = columns;
    if (fixture->arena.failed)
        return;
    *service = (struct wt_service){.name = spec->name,
                                   .worker_count = (uint32_t)spec->workers,
                                   .silent_count = (uint32_t)spec->silent,
                                   .stale_count = (uint32_t)spec->stale,
                                   .stuck_count = (uint32_t)spec->stuck,
                                   .verdict = spec->verdict,
                                   .sentence = spec->sentence,
                                   .starts_per_min = spec->silent,
                                   .exits_per_min = spec->silent,
                                   .last_exit = ""};
    if (spec->since)
        service->verdict_since_ns = wt_fixture_time(tick - spec->since).realtime_ns;
    wt_columns_init(columns, cohort->schema);
    wt_columns_add(columns, cohort->schema->field_count, cohort->values, cohort->previous,
                   cohort->row_count);
    wt_service_fill(service, fields, shape, &list, tick > 0 ? WT_NS_PER_S : 0);
    service->load = load_of(service, tick);
    struct wt_cohort alone = *cohort;
    struct wt_spread_scratch scratch = {0};
    alone.service = 0;
    wt_spread_fill(service, 1, &alone, 1, &scratch);
    wt_spread_scratch_fini(&scratch);
}

/* The first `workers` segments are theirs; two are held, and of one of these it is known by whom.
 */
static void fill_segments(struct wt_store_info *store, uint8_t *states, uint32_t *generations,
                          struct wt_held_segment *held, uint64_t workers) {
    for (uint64_t i = 0; i < workers; i++) {
        states[i] = WT_SEGMENT_ALLOCATED;
        generations[i] = (uint32_t)(i % 3 + 1);
    }
    if (workers > 20) {
        states[workers + 1] = states[workers + 2] = WT_SEGMENT_QUARANTINED;
        generations[workers + 1] = 2;
        *held = (struct wt_held_segment){.segment = workers + 1,
                                         .worker_id = 17,
                                         .pid = 4730,
                                         .service = "web",
                                         .since_realtime_ns = wt_fixture_time(0).realtime_ns};
        store->held_count = 1;
        store->quarantined_count = 2;
    }
}

static void make_store(struct fixture *fixture, uint64_t workers) {
    static const struct wt_resize grown[] = {
        {.realtime_ns = INT64_C(1795181462) * WT_NS_PER_S,
         .old_bytes = 4096,
         .new_bytes = 8192,
         .segments_added = 8,
         .duration_ns = 310000,
         .problem = ""},
        {.realtime_ns = INT64_C(1795181462) * WT_NS_PER_S,
         .old_bytes = 8192,
         .new_bytes = 16384,
         .segments_added = 16,
         .duration_ns = 420000,
         .problem = ""},
        {.realtime_ns = INT64_C(1795181463) * WT_NS_PER_S,
         .old_bytes = 16384,
         .new_bytes = 32768,
         .segments_added = 32,
         .duration_ns = 700000,
         .problem = ""},
        {.realtime_ns = INT64_C(1795181911) * WT_NS_PER_S,
         .old_bytes = 32768,
         .new_bytes = 65536,
         .segments_added = 64,
         .duration_ns = 2100000,
         .problem = ""},
    };
    uint64_t segments = 128;
    while (segments < workers + 8)
        segments *= 2;
    uint8_t *states = wt_arena_take(&fixture->arena, segments, 1);
    uint32_t *generations = wt_arena_take(&fixture->arena, segments, sizeof *generations);
    struct wt_held_segment *held = wt_arena_take(&fixture->arena, 1, sizeof *held);
    if (fixture->arena.failed)
        return;
    struct wt_store_info *store = &fixture->snapshot.store;
    *store = (struct wt_store_info){.path = "/run/worktop/utilization.shm",
                                    .size_bytes = segments * 512,
                                    .max_bytes = UINT64_C(1) << 28,
                                    .segment_bytes = 512,
                                    .segment_count = segments,
                                    .resize_count = 4,
                                    .resizes = grown,
                                    .resize_length = 4,
                                    .segment_states = states,
                                    .segment_generations = generations,
                                    .held = held,
                                    .problem = ""};
    fill_segments(store, states, generations, held, workers);
    store->allocated_count = workers;
    store->free_count = segments - workers - store->quarantined_count;
    store->free_list_length = store->free_count;
}

/* The recorders' file, which grew once; one place in ten is free. */
static void make_recorders(struct fixture *fixture) {
    enum { PLACES = 64 };
    uint8_t *states = wt_arena_take(&fixture->arena, PLACES, 1);
    if (fixture->arena.failed)
        return;
    struct wt_store_info *recorders = &fixture->snapshot.recorders;
    *recorders = (struct wt_store_info){.path = "/run/worktop/recorders.shm",
                                        .size_bytes = PLACES * 576,
                                        .segment_bytes = 576,
                                        .segment_count = PLACES,
                                        .resize_count = 1,
                                        .segment_states = states,
                                        .problem = ""};
    for (int i = 0; i < PLACES; i++) {
        states[i] = i % 10 ? WT_SEGMENT_ALLOCATED : WT_SEGMENT_FREE;
        recorders->allocated_count += i % 10 != 0;
    }
    recorders->free_count = recorders->free_list_length = PLACES - recorders->allocated_count;
}

static void add_event(struct wt_event *events, size_t *count, int tick, enum wt_event_kind kind,
                      enum wt_severity severity, const char *service, const char *text) {
    events[*count] = (struct wt_event){.sequence = *count + 1,
                                       .realtime_ns = wt_fixture_time(tick).realtime_ns,
                                       .kind = kind,
                                       .severity = severity,
                                       .service = service,
                                       .text = text};
    ++*count;
}

static void make_events(struct fixture *fixture, enum wt_fixture kind, int tick) {
    struct wt_event *events = wt_arena_take(&fixture->arena, 16, sizeof *events);
    size_t count = 0;
    if (!events)
        return;
    add_event(events, &count, -539, WT_EVENT_STARTED, WT_SEVERITY_INFO, "",
              "monitor started, store of 4.0K");
    if (kind != WT_FIXTURE_EMPTY) {
        add_event(events, &count, -538, WT_EVENT_JOINED, WT_SEVERITY_INFO, "web",
                  "worker 1 joined, pid 4714");
        add_event(events, &count, -538, WT_EVENT_RESIZED, WT_SEVERITY_INFO, "",
                  "store grown from 4.0K to 8.0K, 8 segments added");
        add_event(events, &count, -89, WT_EVENT_RESIZED, WT_SEVERITY_INFO, "",
                  "store grown from 32K to 64K, 64 segments added");
    }
    if (kind == WT_FIXTURE_TROUBLE || kind == WT_FIXTURE_DEAD) {
        add_event(events, &count, tick - 372, WT_EVENT_VERDICT, WT_SEVERITY_CRIT, "web",
                  "OK to CRIT: saturated");
        add_event(events, &count, tick - 62, WT_EVENT_STUCK, WT_SEVERITY_WARN, "jobs",
                  "worker 29 is stuck, 5 busy");
        add_event(events, &count, tick - 60, WT_EVENT_STUCK, WT_SEVERITY_WARN, "jobs",
                  "worker 30 is stuck, 4 busy");
        add_event(events, &count, tick - 44, WT_EVENT_STALE, WT_SEVERITY_WARN, "api",
                  "worker 1 has no heartbeat");
        add_event(events, &count, tick - 12, WT_EVENT_QUARANTINED, WT_SEVERITY_INFO, "",
                  "segment 55 is held back for 60 s");
        add_event(events, &count, tick - 1, WT_EVENT_DIED, WT_SEVERITY_WARN, "api",
                  "worker 16 died, signal 9 (Killed), after 41s, pid 4759");
    }
    if (kind == WT_FIXTURE_HOSTILE)
        add_event(events, &count, tick - 1, WT_EVENT_DIED, WT_SEVERITY_WARN, hostile[0].name,
                  "\x1b[?1049l\x1b]0;owned\x07 left \xc2\x9b"
                  "31m behind");
    fixture->snapshot.events = events;
    fixture->snapshot.event_count = count;
}

static void destroy(struct wt_snapshot *snapshot) {
    struct fixture *fixture = (struct fixture *)snapshot;
    for (size_t i = 0; i < fixture->count; i++) {
        wt_shape_unref(fixture->shapes[i]);
        wt_schema_unref(fixture->schemas[i]);
    }
    wt_arena_fini(&fixture->arena);
    free(fixture);
}

static size_t fixture_workers(const struct service_spec *specs, size_t count) {
    size_t workers = 0;
    for (size_t i = 0; i < count; i++)
        workers += (size_t)specs[i].workers;
    return workers;
}

static bool make_services(struct fixture *fixture, const struct service_spec *specs, size_t count,
                          int tick) {
    struct wt_snapshot *snapshot = &fixture->snapshot;
    struct wt_service *services = wt_arena_take(&fixture->arena, count, sizeof *services);
    struct wt_cohort *cohorts = wt_arena_take(&fixture->arena, 2 * count, sizeof *cohorts);
    struct wt_process *processes =
        wt_arena_take(&fixture->arena, fixture_workers(specs, count), sizeof *processes);
    uint64_t next_id = 1;
    size_t cohort_count = 0;
    for (size_t i = 0; i < count && !fixture->arena.failed; i++) {
        fixture->schemas[i] = make_schema(specs[i].fields);
        const struct wt_schema *schema = fixture->schemas[i];
        fixture->count = i + 1;
        if (!schema || wt_shape_create(&fixture->shapes[i], &schema, 1, NULL) != WT_OK)
            return false;
        struct wt_cohort *cohort = &cohorts[cohort_count++];
        make_cohort(fixture, cohort, (uint32_t)i, &specs[i], &next_id, tick);
        if (specs[i].silent)
            make_silent(fixture, &cohorts[cohort_count++], (uint32_t)i, &specs[i], &next_id, tick);
        if (fixture->arena.failed)
            return false;
        make_service(fixture, &services[i], &specs[i], cohort, i, tick);
        wt_fixture_put_processes(processes, &snapshot->process_count, cohort, &services[i], tick);
        wt_fixture_put_listeners(&fixture->arena, &services[i], tick);
    }
    snapshot->processes = processes;
    snapshot->services = services;
    snapshot->service_count = count;
    snapshot->cohorts = cohorts;
    snapshot->cohort_count = cohort_count;
    make_store(fixture, next_id - 1);
    return !fixture->arena.failed;
}

static bool make_large(struct fixture *fixture, int tick) {
    static const char *const names[LARGE_SERVICES] = {"auth",   "billing", "cart",   "catalog",
                                                      "images", "mail",    "search", "web"};
    struct service_spec specs[LARGE_SERVICES];
    for (int i = 0; i < LARGE_SERVICES; i++) {
        specs[i] = healthy[3];
        specs[i].name = names[i];
        specs[i].workers = LARGE_WORKERS;
        specs[i].load = .2 + .09 * i;
    }
    specs[5].stuck = 3;
    specs[5].verdict = WT_VERDICT_WARN;
    specs[5].since = 94;
    specs[5].sentence = "stuck for 1m34s: 3 of 1250 workers busy without progress, "
                        "longest worker 1 (pid 4714); look at the 3 stuck, then restart them";
    return make_services(fixture, specs, LARGE_SERVICES, tick);
}

const struct wt_snapshot *wt_fixture_make(enum wt_fixture kind, int tick) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return NULL;
    fixture->snapshot = (struct wt_snapshot){
        .references = 1,
        .sequence = (uint64_t)tick + 1,
        .time = wt_fixture_time(tick),
        .tick_ns = tick > 0 ? WT_NS_PER_S : 0,
        .source = {.kind = WT_SOURCE_LIVE, .path = "/run/worktop/supervisor.ipc", .problem = ""},
        .monitor = {.pid = 4700,
                    .version = "0.1.0",
                    .host = "web-01",
                    .started_realtime_ns = wt_fixture_time(-539).realtime_ns,
                    .interval_ns = WT_NS_PER_S,
                    .tick_count = (uint64_t)tick,
                    .tick_duration_ns = 84000,
                    .connection_count = 54,
                    .verdict = WT_VERDICT_OK,
                    .verdict_since_ns = 5,
                    .problem = ""},
        .destroy = destroy};
    fixture->snapshot.recorders.path = fixture->snapshot.recorders.problem = "";
    fixture->snapshot.recorders_wide = fixture->snapshot.recorders;
    bool made = true;
    switch (kind) {
    case WT_FIXTURE_EMPTY:
        make_store(fixture, 0);
        break;
    case WT_FIXTURE_HEALTHY:
        made = make_services(fixture, healthy, sizeof healthy / sizeof *healthy, tick);
        break;
    case WT_FIXTURE_DEAD:
        fixture->snapshot.source.problem = "the monitor does not answer: connection refused";
        made = make_services(fixture, trouble, sizeof trouble / sizeof *trouble, tick);
        break;
    case WT_FIXTURE_TROUBLE:
        made = make_services(fixture, trouble, sizeof trouble / sizeof *trouble, tick);
        break;
    case WT_FIXTURE_LARGE:
        made = make_large(fixture, tick);
        break;
    case WT_FIXTURE_HOSTILE:
        made = make_services(fixture, hostile, sizeof hostile / sizeof *hostile, tick);
        break;
    }
    if (kind == WT_FIXTURE_TROUBLE) {
        make_recorders(fixture);
        wt_fixture_add_activity(&fixture->snapshot, &fixture->arena);
    }
    make_events(fixture, kind, tick);
    if (made && !fixture->arena.failed)
        return &fixture->snapshot;
    destroy(&fixture->snapshot);
    return NULL;
}
