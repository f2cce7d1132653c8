#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "model/aggregate.h"
#include "model/flat.h"
#include "model/flat_activity.h"
#include "model/flat_cohorts.h"
#include "model/flat_load.h"
#include "model/flat_usage.h"

/*
 * The tick part, read into one block of memory: the snapshot, then what it points to. Everything
 * that readers of a snapshot index by is checked here, and nowhere else.
 */

static_assert(sizeof(struct wt_field_stats) + sizeof(uint64_t) + 2 <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_field_record) + 16),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_service) + 3 + 4 * WT_FLAT_ALIGNMENT <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_service_record) +
                                    sizeof(struct wt_flat_load_record) + 24),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_trouble) + 1 <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_trouble_record) + 8),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_held_segment) + 1 <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_held_record) + 8),
              "the pool holds what its bytes mean");

struct decoded {
    struct wt_snapshot snapshot; /* first: destroy gets its address */
    struct wt_flat_workers *workers;
};

static void destroy_decoded(struct wt_snapshot *snapshot) {
    struct decoded *decoded = (struct decoded *)(void *)snapshot;
    wt_flat_workers_unref(decoded->workers);
    free(decoded);
}

/* ---- head and monitor ------------------------------------------------------------------------ */

#define TICK(member, least, most) WT_FLAT_RULE(struct wt_flat_tick_record, member, least, most)
static const struct wt_flat_rule tick_rules[] = {
    TICK(version, WT_FLAT_TICK_VERSION, WT_FLAT_TICK_VERSION),
    TICK(failed, 0, 1),
    TICK(realtime_ns, -WT_FLAT_TIME_MAX, WT_FLAT_TIME_MAX),
    TICK(monotonic_ns, 0, WT_FLAT_TIME_MAX),
    TICK(tick_ns, 0, WT_FLAT_TIME_MAX),
    TICK(started_realtime_ns, -WT_FLAT_TIME_MAX, WT_FLAT_TIME_MAX),
    TICK(interval_ns, 0, WT_FLAT_TIME_MAX / 16),
    TICK(tick_duration_ns, 0, WT_FLAT_TIME_MAX),
    TICK(monitor_verdict, 0, WT_VERDICT_CRIT),
    TICK(monitor_verdict_since_ns, -WT_FLAT_TIME_MAX, WT_FLAT_TIME_MAX),
};

static void read_head(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                      const struct wt_flat_tick_record *record) {
    snapshot->sequence = record->sequence;
    snapshot->time =
        (struct wt_time){.realtime_ns = record->realtime_ns, .monotonic_ns = record->monotonic_ns};
    snapshot->tick_ns = record->tick_ns;
    snapshot->failed = record->failed != 0;
    snapshot->events_dropped = record->events_dropped;
    snapshot->source = (struct wt_source){.kind = WT_SOURCE_ATTACH, .path = "", .problem = ""};
    snapshot->monitor = (struct wt_monitor_info){
        .pid = record->monitor_pid,
        .started_realtime_ns = record->started_realtime_ns,
        .interval_ns = record->interval_ns,
        .tick_count = record->tick_count,
        .tick_duration_ns = record->tick_duration_ns,
        .connection_count = record->connection_count,
        .verdict = (enum wt_verdict)record->monitor_verdict,
        .verdict_since_ns = record->monitor_verdict_since_ns,
    };
    snapshot->monitor.version = wt_flat_text(reader, "version");
    snapshot->monitor.host = wt_flat_text(reader, "host");
    snapshot->monitor.problem = wt_flat_text(reader, "problem");
}

/* ---- stores ---------------------------------------------------------------------------------- */

static const struct wt_flat_rule store_rules[] = {
    WT_FLAT_RULE(struct wt_flat_store_record, segment_count, 0, INT64_MAX),
    WT_FLAT_RULE(struct wt_flat_store_record, free_count, 0, INT64_MAX),
    WT_FLAT_RULE(struct wt_flat_store_record, allocated_count, 0, INT64_MAX),
    WT_FLAT_RULE(struct wt_flat_store_record, quarantined_count, 0, INT64_MAX),
    WT_FLAT_RULE(struct wt_flat_store_record, has_states, 0, 1),
    WT_FLAT_RULE(struct wt_flat_store_record, has_generations, 0, 1),
};

static const struct wt_flat_rule held_rules[] = {
    WT_FLAT_RULE(struct wt_flat_held_record, segment, 0, INT64_MAX),
    WT_FLAT_RULE(struct wt_flat_held_record, since_realtime_ns, -WT_FLAT_TIME_MAX,
                 WT_FLAT_TIME_MAX),
};

static void read_states(struct wt_flat_reader *reader, struct wt_store_info *store) {
    size_t at = reader->at;
    const uint8_t *states = wt_flat_copy(reader, store->segment_count, 1, "segment states");
    for (uint64_t i = 0; states != NULL && i < store->segment_count; i++)
        if (states[i] > WT_SEGMENT_QUARANTINED) {
            wt_flat_refuse(reader, at + i, "the state of segment %llu is %u, must be 0 to %d",
                           (unsigned long long)i, states[i], WT_SEGMENT_QUARANTINED);
            return;
        }
    store->segment_states = states;
}

static void read_held(struct wt_flat_reader *reader, struct wt_store_info *store, uint64_t count) {
    size_t most = (reader->length - reader->at) / sizeof(struct wt_flat_held_record);
    if (count > most || count > store->segment_count) {
        wt_flat_refuse(reader, reader->at, "%llu held segments: of %llu, and %zu are there",
                       (unsigned long long)count, (unsigned long long)store->segment_count, most);
        return;
    }
    struct wt_held_segment *held = wt_flat_alloc(reader, (size_t)count, sizeof *held);
    for (size_t i = 0; i < count && reader->status == WT_OK; i++) {
        struct wt_flat_held_record record;
        size_t at = reader->at;
        if (!WT_FLAT_TAKE(reader, &record, held_rules))
            return;
        if (record.segment >= store->segment_count ||
            (i > 0 && record.segment <= held[i - 1].segment))
            wt_flat_refuse(reader, at, "held segment %llu is beyond the %llu, or out of order",
                           (unsigned long long)record.segment,
                           (unsigned long long)store->segment_count);
        held[i] = (struct wt_held_segment){.segment = record.segment,
                                           .worker_id = record.worker_id,
                                           .pid = record.pid,
                                           .since_realtime_ns = record.since_realtime_ns};
        held[i].service = wt_flat_text(reader, "service of a held segment");
    }
    store->held = held;
    store->held_count = (size_t)count;
}

static void read_store(struct wt_flat_reader *reader, struct wt_store_info *store) {
    struct wt_flat_store_record record;
    size_t at = reader->at;
    *store = (struct wt_store_info){.path = "", .problem = ""};
    if (!WT_FLAT_TAKE(reader, &record, store_rules))
        return;
    uint64_t sum;
    if (__builtin_add_overflow(record.free_count, record.allocated_count, &sum) ||
        __builtin_add_overflow(sum, record.quarantined_count, &sum) ||
        sum != record.segment_count) {
        wt_flat_refuse(reader, at + offsetof(struct wt_flat_store_record, segment_count),
                       "segment_count is %llu, must be free + allocated + quarantined",
                       (unsigned long long)record.segment_count);
        return;
    }
    store->size_bytes = record.size_bytes;
    store->max_bytes = record.max_bytes;
    store->segment_bytes = record.segment_bytes;
    store->segment_count = record.segment_count;
    store->free_count = record.free_count;
    store->allocated_count = record.allocated_count;
    store->quarantined_count = record.quarantined_count;
    store->free_list_length = record.free_list_length;
    store->resize_count = record.resize_count;
    store->refused_count = record.refused_count;
    store->path = wt_flat_text(reader, "path");
    store->problem = wt_flat_text(reader, "problem");
    if (record.has_states)
        read_states(reader, store);
    if (record.has_generations)
        store->segment_generations =
            wt_flat_copy(reader, record.segment_count, sizeof(uint32_t), "segment generations");
    read_held(reader, store, record.held_count);
}

/* ---- services -------------------------------------------------------------------------------- */

#define SERVICE(member, least, most)                                                               \
    WT_FLAT_RULE(struct wt_flat_service_record, member, least, most)
static const struct wt_flat_rule service_rules[] = {
    SERVICE(verdict, 0, WT_VERDICT_CRIT),
    SERVICE(field_count, 0, INT32_MAX),
    SERVICE(busy_field, -1, INT32_MAX),
    SERVICE(capacity_field, -1, INT32_MAX),
    SERVICE(queue_field, -1, INT32_MAX),
    SERVICE(errors_field, -1, INT32_MAX),
    SERVICE(requests_field, -1, INT32_MAX),
    SERVICE(verdict_since_ns, -WT_FLAT_TIME_MAX, WT_FLAT_TIME_MAX),
    SERVICE(skew_of_utilization, 0, 1),
    SERVICE(last_exit_realtime_ns, -WT_FLAT_TIME_MAX, WT_FLAT_TIME_MAX),
    SERVICE(cause, 0, WT_CAUSES - 1),
    SERVICE(stuck_limit_ns, 0, WT_FLAT_TIME_MAX),
    SERVICE(stale_limit_ns, 0, WT_FLAT_TIME_MAX),
};

#define FIELD(member, least, most) WT_FLAT_RULE(struct wt_flat_field_record, member, least, most)
static const struct wt_flat_rule field_rules[] = {
    FIELD(kind, 0, WT_KIND_COUNTER),
    FIELD(role, 0, WT_ROLE_ERRORS),
    FIELD(aggregate, 0, WT_AGGREGATE_LAST),
    FIELD(number_kinds[WT_FLAT_SUM], 0, WT_NUMBER_REAL),
    FIELD(number_kinds[WT_FLAT_MIN], 0, WT_NUMBER_REAL),
    FIELD(number_kinds[WT_FLAT_MAX], 0, WT_NUMBER_REAL),
    FIELD(number_kinds[WT_FLAT_TOTAL], 0, WT_NUMBER_REAL),
    FIELD(number_kinds[WT_FLAT_P50], 0, WT_NUMBER_REAL),
    FIELD(number_kinds[WT_FLAT_P95], 0, WT_NUMBER_REAL),
};

static struct wt_number read_number(const struct wt_flat_field_record *record, int which) {
    const uint64_t *halves = record->numbers[which];
    double real;
    switch ((enum wt_number_kind)record->number_kinds[which]) {
    case WT_NUMBER_ABSENT:
        break;
    case WT_NUMBER_INTEGER:
        return wt_number_integer((wt_int128)(halves[0] | (wt_uint128)halves[1] << 64));
    case WT_NUMBER_REAL:
        memcpy(&real, &halves[0], sizeof real);
        return wt_number_real(real); /* absent when it is none */
    }
    return wt_number_absent();
}

static double finite_or_nan(double value) {
    return isfinite(value) ? value : (double)NAN;
}

static void read_field(struct wt_flat_reader *reader, struct wt_field_stats *field) {
    struct wt_flat_field_record record;
    if (!WT_FLAT_TAKE(reader, &record, field_rules))
        return;
    *field = (struct wt_field_stats){
        .key = wt_flat_text(reader, "key"),
        .kind = (enum wt_kind)record.kind,
        .role = (enum wt_role)record.role,
        .aggregate = (enum wt_aggregate)record.aggregate,
        .unit = wt_flat_text(reader, "unit"),
        .worker_count = record.worker_count,
        .invalid_count = record.invalid_count,
        .sum = read_number(&record, WT_FLAT_SUM),
        .min = read_number(&record, WT_FLAT_MIN),
        .max = read_number(&record, WT_FLAT_MAX),
        .total = read_number(&record, WT_FLAT_TOTAL),
        .p50 = read_number(&record, WT_FLAT_P50),
        .p95 = read_number(&record, WT_FLAT_P95),
        .mean = finite_or_nan(record.mean),
        .rate_per_s = finite_or_nan(record.rate_per_s),
    };
}

static int compare_hashes(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Each key is one member of an object in what others read. Equal hashes of different keys are as
 * unlikely as they are harmless: the snapshot is refused. */
static void check_keys(struct wt_flat_reader *reader, size_t at, const struct wt_service *service) {
    size_t count = service->field_count;
    uint64_t *hashes = wt_flat_alloc(reader, count, sizeof *hashes);
    if (hashes == NULL || count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const char *key = service->fields[i].key;
        hashes[i] = wt_hash(key, strlen(key), 0);
        if (key[0] == '\0')
            wt_flat_refuse(reader, at, "field %zu of service %.64s has no name", i, service->name);
    }
    qsort(hashes, count, sizeof *hashes, compare_hashes);
    for (size_t i = 1; i < count; i++)
        if (hashes[i] == hashes[i - 1])
            wt_flat_refuse(reader, at, "two fields of service %.64s have one name", service->name);
}

static void check_special(struct wt_flat_reader *reader, size_t at,
                          const struct wt_service *service) {
    const int fields[] = {service->busy_field, service->capacity_field, service->queue_field,
                          service->errors_field, service->requests_field};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i] >= 0 && (size_t)fields[i] >= service->field_count)
            wt_flat_refuse(reader, at, "field %d of a service of %zu fields", fields[i],
                           service->field_count);
}

static double count_or_nan(double value) {
    return value >= 0 ? finite_or_nan(value) : (double)NAN;
}

static struct wt_skew read_skew(const struct wt_flat_service_record *record) {
    return (struct wt_skew){
        .of_utilization = record->skew_of_utilization != 0,
        .p50 = finite_or_nan(record->skew_p50),
        .p95 = finite_or_nan(record->skew_p95),
        .max = finite_or_nan(record->skew_max),
        .worker_id = record->skew_worker_id,
        .worker_pid = record->skew_worker_pid,
        .worker = finite_or_nan(record->skew_worker),
    };
}

static const struct wt_flat_rule trouble_rules[] = {
    WT_FLAT_RULE(struct wt_flat_trouble_record, cause, 0, WT_CAUSES - 1),
    WT_FLAT_RULE(struct wt_flat_trouble_record, verdict, WT_VERDICT_OK, WT_VERDICT_CRIT),
    WT_FLAT_RULE(struct wt_flat_trouble_record, since_ns, -WT_FLAT_TIME_MAX, WT_FLAT_TIME_MAX),
};

static void read_others(struct wt_flat_reader *reader, size_t at, uint32_t count,
                        struct wt_service *service) {
    struct wt_flat_trouble_record record;
    if (count > WT_CAUSES)
        wt_flat_refuse(reader, at + offsetof(struct wt_flat_service_record, other_count),
                       "other_count is %u, at most %d can be", count, WT_CAUSES);
    struct wt_trouble *others = wt_flat_alloc(reader, count, sizeof *others);
    for (uint32_t i = 0; i < count && WT_FLAT_TAKE(reader, &record, trouble_rules); i++)
        others[i] = (struct wt_trouble){.cause = (enum wt_cause)record.cause,
                                        .verdict = (enum wt_verdict)record.verdict,
                                        .since_ns = record.since_ns,
                                        .sentence = wt_flat_text(reader, "sentence")};
    service->others = others;
    service->other_count = reader->status == WT_OK ? count : 0;
}

static void read_service(struct wt_flat_reader *reader, struct wt_service *service) {
    struct wt_flat_service_record record;
    size_t at = reader->at;
    if (!WT_FLAT_TAKE(reader, &record, service_rules))
        return;
    const struct wt_load load = wt_flat_read_load(reader);
    *service = (struct wt_service){
        .load = load,
        .name = wt_flat_text(reader, "name"),
        .worker_count = record.worker_count,
        .silent_count = record.silent_count,
        .stale_count = record.stale_count,
        .stuck_count = record.stuck_count,
        .busy_worker_count = record.busy_worker_count,
        .joined_count = record.joined_count,
        .left_count = record.left_count,
        .field_count = record.field_count,
        .busy_field = record.busy_field,
        .capacity_field = record.capacity_field,
        .queue_field = record.queue_field,
        .errors_field = record.errors_field,
        .requests_field = record.requests_field,
        .utilization_ratio = count_or_nan(record.utilization_ratio),
        .skew = read_skew(&record),
        .starts_per_min = count_or_nan(record.starts_per_min),
        .exits_per_min = count_or_nan(record.exits_per_min),
        .last_exit_realtime_ns = record.last_exit_realtime_ns,
        .verdict = (enum wt_verdict)record.verdict,
        .cause = (enum wt_cause)record.cause,
        .verdict_since_ns = record.verdict_since_ns,
        .limits = {.warn_ratio = count_or_nan(record.warn_ratio),
                   .crit_ratio = count_or_nan(record.crit_ratio),
                   .stuck_ns = record.stuck_limit_ns,
                   .stale_ns = record.stale_limit_ns},
    };
    service->sentence = wt_flat_text(reader, "sentence");
    service->last_exit = wt_flat_text(reader, "last exit");
    read_others(reader, at, record.other_count, service);
    check_special(reader, at, service);
    size_t most = (reader->length - reader->at) / sizeof(struct wt_flat_field_record);
    if (service->field_count > most)
        wt_flat_refuse(reader, at + offsetof(struct wt_flat_service_record, field_count),
                       "field_count is %zu, at most %zu are there", service->field_count, most);
    struct wt_field_stats *fields = wt_flat_alloc(reader, service->field_count, sizeof *fields);
    for (size_t i = 0; i < service->field_count && reader->status == WT_OK; i++)
        read_field(reader, &fields[i]);
    service->fields = fields;
    if (reader->status == WT_OK)
        check_keys(reader, at, service);
    wt_flat_read_usage(reader, service);
}

static void read_services(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                          uint32_t count) {
    size_t most = (reader->length - reader->at) / sizeof(struct wt_flat_service_record);
    if (count > most) {
        wt_flat_refuse(reader, offsetof(struct wt_flat_tick_record, service_count),
                       "service_count is %u, at most %zu are there", count, most);
        return;
    }
    struct wt_service *services = wt_flat_alloc(reader, count, sizeof *services);
    for (uint32_t i = 0; i < count && reader->status == WT_OK; i++) {
        size_t at = reader->at;
        read_service(reader, &services[i]);
        if (i > 0 && reader->status == WT_OK && strcmp(services[i - 1].name, services[i].name) >= 0)
            wt_flat_refuse(reader, at, "service %.64s comes after %.64s", services[i].name,
                           services[i - 1].name);
    }
    snapshot->services = services;
    snapshot->service_count = count;
}

/* ---- what comes from elsewhere --------------------------------------------------------------- */

static int64_t bounded_time(int64_t time_ns) {
    if (time_ns > WT_FLAT_TIME_MAX)
        return WT_FLAT_TIME_MAX;
    return time_ns < -WT_FLAT_TIME_MAX ? -WT_FLAT_TIME_MAX : time_ns;
}

static const char *keep_text(struct wt_flat_reader *reader, const char *text) {
    return text == NULL ? "" : wt_flat_keep_text(reader, text, strlen(text));
}

enum { EVENTS_MAX = 256 };

/* The last of them; what is no event of ours is left out. */
static void copy_events(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                        const struct wt_flat_extras *extras) {
    size_t first = extras->event_count > EVENTS_MAX ? extras->event_count - EVENTS_MAX : 0;
    struct wt_event *events = wt_flat_alloc(reader, extras->event_count - first, sizeof *events);
    size_t count = 0;
    for (size_t i = first; i < extras->event_count && reader->status == WT_OK; i++) {
        const struct wt_event *event = &extras->events[i];
        if ((unsigned)event->kind >= WT_EVENT_KINDS || (unsigned)event->severity > WT_SEVERITY_CRIT)
            continue;
        events[count] = *event;
        events[count].realtime_ns = bounded_time(event->realtime_ns);
        events[count].service = keep_text(reader, event->service);
        events[count++].text = keep_text(reader, event->text);
    }
    snapshot->events = events;
    snapshot->event_count = count;
}

static void copy_resizes(struct wt_flat_reader *reader, struct wt_store_info *store,
                         const struct wt_resize *resizes, size_t count) {
    struct wt_resize *copy = wt_flat_alloc(reader, count, sizeof *copy);
    for (size_t i = 0; i < count && reader->status == WT_OK; i++) {
        copy[i] = resizes[i];
        copy[i].realtime_ns = bounded_time(resizes[i].realtime_ns);
        copy[i].duration_ns = resizes[i].duration_ns < 0 ? 0 : bounded_time(resizes[i].duration_ns);
        copy[i].problem = keep_text(reader, resizes[i].problem);
    }
    store->resizes = copy;
    store->resize_length = count;
}

static size_t text_bytes(const char *text) {
    return text == NULL ? 0 : 2 * strlen(text) + 1;
}

/* What the extras take at most. */
static size_t extras_bytes(const struct wt_flat_extras *extras) {
    size_t bytes = 4 * WT_FLAT_ALIGNMENT;
    for (size_t i = 0; i < extras->event_count; i++)
        bytes += sizeof *extras->events + text_bytes(extras->events[i].service) +
                 text_bytes(extras->events[i].text);
    for (size_t store = 0; store < 3; store++)
        for (size_t i = 0; i < extras->resize_counts[store]; i++)
            bytes += sizeof **extras->resizes + text_bytes(extras->resizes[store][i].problem);
    return bytes;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Workers name segments and recorders that are there, where a store says how many it has. */
static void check_segments(struct wt_flat_reader *reader, const struct wt_snapshot *snapshot,
                           const struct wt_flat_workers *workers) {
    uint64_t segments = snapshot->store.segment_count;
    uint64_t recorders = snapshot->recorders.segment_count;
    if (recorders < snapshot->recorders_wide.segment_count)
        recorders = snapshot->recorders_wide.segment_count;
    if (segments > 0 && workers->last_segment >= (int64_t)segments)
        wt_flat_refuse(reader, reader->at, "a worker has segment %lld of %llu",
                       (long long)workers->last_segment, (unsigned long long)segments);
    if (recorders > 0 && workers->last_recorder >= (int64_t)recorders)
        wt_flat_refuse(reader, reader->at, "a worker has recorder %lld of %llu",
                       (long long)workers->last_recorder, (unsigned long long)recorders);
}

static void read_all(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                     const struct wt_flat_workers *workers, const struct wt_flat_extras *extras) {
    struct wt_flat_tick_record record;
    if (!wt_flat_check_version(reader, WT_FLAT_TICK_VERSION) ||
        !WT_FLAT_TAKE(reader, &record, tick_rules))
        return;
    read_head(reader, snapshot, &record);
    struct wt_store_info *const stores[] = {&snapshot->store, &snapshot->recorders,
                                            &snapshot->recorders_wide};
    for (size_t i = 0; i < 3; i++) {
        read_store(reader, stores[i]);
        if (extras != NULL)
            copy_resizes(reader, stores[i], extras->resizes[i], extras->resize_counts[i]);
    }
    read_services(reader, snapshot, record.service_count);
    if (reader->status == WT_OK)
        wt_flat_read_cohorts(reader, snapshot, workers, record.cohort_count);
    wt_flat_read_processes(reader, snapshot, record.process_count);
    if (reader->status == WT_OK)
        wt_flat_read_activity(reader, &snapshot->activity);
    if (reader->at != reader->length)
        wt_flat_refuse(reader, reader->at, "%zu bytes too many", reader->length - reader->at);
    check_segments(reader, snapshot, workers);
    if (extras != NULL)
        copy_events(reader, snapshot, extras);
}

/* The rows' arrays keep their size; only the rest grows. False when not even they are there. */
static bool size_pool(const struct wt_flat_workers *workers, size_t length, size_t *pool) {
    size_t rows = 0;
    for (size_t i = 0; i < workers->cohort_count; i++) {
        const struct wt_flat_identities *cohort = &workers->cohorts[i];
        size_t fields = cohort->schema == NULL ? 0 : cohort->schema->field_count;
        size_t row = sizeof(struct wt_row_status) + fields * sizeof(uint64_t);
        if (cohort->row_count > (length - rows) / row)
            return false;
        rows += cohort->row_count * row;
    }
    *pool = length + (WT_FLAT_GROWTH - 1) * (length - rows) + WT_FLAT_SLACK +
            workers->cohort_count * (sizeof(struct wt_cohort) + 4 * WT_FLAT_ALIGNMENT);
    return true;
}

wt_status wt_flat_decode_tick(const void *bytes, size_t length, struct wt_flat_workers *workers,
                              const struct wt_flat_extras *extras, struct wt_snapshot **out,
                              struct wt_error *err) {
    struct wt_flat_reader reader = {
        .what = "snapshot", .bytes = bytes, .length = length, .err = err};
    size_t pool;
    *out = NULL;
    if (length > SIZE_MAX / 8 || !size_pool(workers, length, &pool))
        return wt_fail(err, WT_EFORMAT, "snapshot: %zu bytes are too few for its workers", length);
    pool += extras != NULL ? extras_bytes(extras) : 0;
    size_t head =
        (sizeof(struct decoded) + WT_FLAT_ALIGNMENT - 1) & ~(size_t)(WT_FLAT_ALIGNMENT - 1);
    struct decoded *decoded = malloc(head + pool);
    if (decoded == NULL)
        return wt_fail(err, WT_ENOMEM, "snapshot: no memory for %zu bytes", head + pool);
    *decoded = (struct decoded){.snapshot = {.references = 1, .destroy = destroy_decoded},
                                .workers = wt_flat_workers_ref(workers)};
    reader.pool = (unsigned char *)decoded + head;
    reader.pool_size = pool;
    read_all(&reader, &decoded->snapshot, workers, extras);
    if (reader.status == WT_OK)
        *out = &decoded->snapshot;
    else
        destroy_decoded(&decoded->snapshot);
    return reader.status;
}

/* ---- the same, with another source ----------------------------------------------------------- */

struct retouched {
    struct wt_snapshot snapshot; /* first: destroy gets its address */
    const struct wt_snapshot *base;
    char texts[];
};

static void destroy_retouched(struct wt_snapshot *snapshot) {
    struct retouched *retouched = (struct retouched *)(void *)snapshot;
    wt_snapshot_unref(retouched->base);
    free(retouched);
}

struct wt_snapshot *wt_flat_retouch(const struct wt_snapshot *base,
                                    const struct wt_source *source) {
    size_t path = strlen(source->path) + 1, problem = strlen(source->problem) + 1;
    struct retouched *retouched = malloc(sizeof *retouched + path + problem);
    if (retouched == NULL)
        return NULL;
    memcpy(retouched->texts, source->path, path);
    memcpy(retouched->texts + path, source->problem, problem);
    enum { BEGIN = offsetof(struct wt_snapshot, sequence) }; /* the count is other threads', too */
    retouched->base = wt_snapshot_ref(base);
    memcpy((char *)&retouched->snapshot + BEGIN, (const char *)base + BEGIN, sizeof *base - BEGIN);
    retouched->snapshot.references = 1;
    retouched->snapshot.destroy = destroy_retouched;
    retouched->snapshot.source = *source;
    retouched->snapshot.source.path = retouched->texts;
    retouched->snapshot.source.problem = retouched->texts + path;
    return &retouched->snapshot;
}
