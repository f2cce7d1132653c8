#include "export/import.h"
#include "export/usage.h"

#include <math.h>
#include <string.h>

#include "export/activity.h"
#include "export/export.h"
#include "export/words.h"

/* The way back from json.c, section by section. */

enum {
    SEGMENTS_MAX = 1 << 27, /* of the largest store with the smallest segments */
    SERVICE_FIELDS_MAX = 65536
};

static void read_source(struct wt_import *im, const struct wt_json *root) {
    const struct wt_json *source = wt_import_member(im, root, "source", WT_JSON_OBJECT);
    im->imported->snapshot.source = (struct wt_source){
        .kind = (enum wt_source_kind)wt_import_word(im, source, "kind", wt_source_kind_find),
        .health =
            (enum wt_source_health)wt_import_word(im, source, "health", wt_source_health_find),
        .path = wt_import_text(im, source, "path"),
        .problem = wt_import_text(im, source, "problem"),
        .heartbeat_ns = wt_import_int_or(im, source, "heartbeat_monotonic_ns", 0),
        .since_realtime_ns = wt_import_int_or(im, source, "since_ns", 0),
        .samples_segments =
            wt_json_bool(wt_import_member(im, source, "samples_segments", WT_JSON_BOOL)),
    };
}

static void read_monitor(struct wt_import *im, const struct wt_json *root) {
    const struct wt_json *monitor = wt_import_member(im, root, "monitor", WT_JSON_OBJECT);
    im->imported->snapshot.monitor = (struct wt_monitor_info){
        .pid = wt_import_int_or(im, monitor, "pid", 0),
        .version = wt_import_text(im, monitor, "version"),
        .host = wt_import_text(im, monitor, "host"),
        .started_realtime_ns = wt_import_int_or(im, monitor, "started_ns", 0),
        .interval_ns = wt_import_int(im, monitor, "interval_ns", 0, INT64_MAX),
        .tick_count = wt_import_uint(im, monitor, "tick_count", UINT64_MAX),
        .tick_duration_ns = wt_import_int(im, monitor, "tick_duration_ns", 0, INT64_MAX),
        .connection_count = wt_import_uint(im, monitor, "connection_count", UINT64_MAX),
        .problem = wt_import_text(im, monitor, "problem"),
    };
    if (wt_json_get(monitor, "verdict") == NULL)
        return; /* the first writers did not judge themselves */
    struct wt_monitor_info *info = &im->imported->snapshot.monitor;
    info->verdict = (enum wt_verdict)wt_import_word(im, monitor, "verdict", wt_verdict_find);
    info->verdict_since_ns = wt_import_int_or(im, monitor, "verdict_since_ns", 0);
}

static void read_resizes(struct wt_import *im, const struct wt_json *object,
                         struct wt_store_info *store) {
    const struct wt_json *list = wt_import_member(im, object, "resizes", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    struct wt_resize *resizes = wt_import_take(im, count, sizeof *resizes);
    const struct wt_json *item = wt_json_first(list);
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        resizes[i] = (struct wt_resize){
            .realtime_ns = wt_import_int_or(im, item, "time_ns", 0),
            .old_bytes = wt_import_uint(im, item, "old_bytes", UINT64_MAX),
            .new_bytes = wt_import_uint(im, item, "new_bytes", UINT64_MAX),
            .segments_added = wt_import_uint(im, item, "segments_added", UINT64_MAX),
            .duration_ns = wt_import_int(im, item, "duration_ns", 0, INT64_MAX),
            .problem = wt_import_text(im, item, "problem"),
        };
    }
    store->resizes = resizes;
    store->resize_length = count;
}

/* One run ["allocated", 12] of the map; returns its length and, in *state, what it is of. */
static uint64_t read_run(struct wt_import *im, const struct wt_json *run, uint8_t *state) {
    const struct wt_json *word = wt_json_first(run), *length = wt_json_next(word);
    struct wt_number number = wt_number_absent();
    int found = wt_json_string(word) != NULL ? wt_segment_state_find(wt_json_string(word)) : -1;
    wt_json_number(length, &number);
    if (wt_json_type(run) != WT_JSON_ARRAY || wt_json_next(length) != NULL || found < 0 ||
        number.kind != WT_NUMBER_INTEGER || number.integer < 1 || number.integer > SEGMENTS_MAX) {
        wt_import_fail(im, run, "must be a pair like [\"free\",4]");
        return 0;
    }
    *state = (uint8_t)found;
    return (uint64_t)number.integer;
}

static void read_segment_map(struct wt_import *im, const struct wt_json *segments,
                             struct wt_store_info *store) {
    if (wt_import_is_null(segments, "map"))
        return;
    const struct wt_json *list = wt_import_member(im, segments, "map", WT_JSON_ARRAY);
    uint64_t total = 0;
    uint8_t state = 0;
    for (const struct wt_json *run = wt_json_first(list); run != NULL && total <= SEGMENTS_MAX;
         run = wt_json_next(run))
        total += read_run(im, run, &state);
    if (im->status == WT_OK && (total != store->segment_count || total > SEGMENTS_MAX))
        wt_import_fail(im, list, "must have as many segments as `total` says");
    if (im->status != WT_OK)
        return;
    uint8_t *states = wt_import_take(im, total, 1), *at = states;
    if (states == NULL)
        return;
    for (const struct wt_json *run = wt_json_first(list); run != NULL; run = wt_json_next(run)) {
        uint64_t length = read_run(im, run, &state);
        memset(at, state, length);
        at += length;
    }
    store->segment_states = states;
}

/* One run [2, 12] of the generations; returns its length. */
static uint64_t read_generation_run(struct wt_import *im, const struct wt_json *run,
                                    uint32_t *generation) {
    const struct wt_json *first = wt_json_first(run), *second = wt_json_next(first);
    struct wt_number value = wt_number_absent(), length = wt_number_absent();
    wt_json_number(first, &value);
    wt_json_number(second, &length);
    if (wt_json_type(run) != WT_JSON_ARRAY || wt_json_next(second) != NULL ||
        value.kind != WT_NUMBER_INTEGER || value.integer < 0 || value.integer > UINT32_MAX ||
        length.kind != WT_NUMBER_INTEGER || length.integer < 1 || length.integer > SEGMENTS_MAX) {
        wt_import_fail(im, run, "must be a pair like [2,12]");
        return 0;
    }
    *generation = (uint32_t)value.integer;
    return (uint64_t)length.integer;
}

static void read_generations(struct wt_import *im, const struct wt_json *segments,
                             struct wt_store_info *store) {
    if (wt_import_is_null(segments, "generations"))
        return;
    const struct wt_json *list = wt_import_member(im, segments, "generations", WT_JSON_ARRAY);
    uint64_t total = 0;
    uint32_t generation = 0;
    for (const struct wt_json *run = wt_json_first(list); run != NULL && total <= SEGMENTS_MAX;
         run = wt_json_next(run))
        total += read_generation_run(im, run, &generation);
    if (im->status == WT_OK && (total != store->segment_count || total > SEGMENTS_MAX))
        wt_import_fail(im, list, "must have as many segments as `total` says");
    if (im->status != WT_OK)
        return;
    uint32_t *generations = wt_import_take(im, total, sizeof *generations), *at = generations;
    if (generations == NULL)
        return;
    for (const struct wt_json *run = wt_json_first(list); run != NULL; run = wt_json_next(run))
        for (uint64_t left = read_generation_run(im, run, &generation); left > 0; left--)
            *at++ = generation;
    store->segment_generations = generations;
}

static void read_held(struct wt_import *im, const struct wt_json *segments,
                      struct wt_store_info *store) {
    const struct wt_json *list = wt_import_member(im, segments, "held", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    struct wt_held_segment *held = wt_import_take(im, count, sizeof *held);
    const struct wt_json *item = wt_json_first(list);
    uint64_t most = store->segment_count > 0 ? store->segment_count - 1 : 0;
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        held[i] = (struct wt_held_segment){
            .segment = wt_import_uint(im, item, "segment", most),
            .worker_id = wt_import_uint(im, item, "worker_id", UINT64_MAX),
            .pid = wt_import_int_or(im, item, "pid", 0),
            .service = wt_import_text(im, item, "service"),
            .since_realtime_ns = wt_import_int_or(im, item, "since_ns", 0),
        };
        if (i > 0 && held[i].segment <= held[i - 1].segment)
            wt_import_fail(im, item, "must be of a later segment than the one before");
    }
    store->held = held;
    store->held_count = count;
}

static void read_store(struct wt_import *im, const struct wt_json *root, const char *key,
                       struct wt_store_info *store) {
    if (wt_import_is_null(root, key))
        return;
    const struct wt_json *object = wt_import_member(im, root, key, WT_JSON_OBJECT);
    const struct wt_json *segments = wt_import_member(im, object, "segments", WT_JSON_OBJECT);
    store->path = wt_import_text(im, object, "path");
    store->size_bytes = wt_import_uint(im, object, "size_bytes", UINT64_MAX);
    store->max_bytes = wt_import_uint(im, object, "max_bytes", UINT64_MAX);
    store->segment_bytes = (uint32_t)wt_import_uint(im, object, "segment_size_bytes", UINT32_MAX);
    store->segment_count = wt_import_uint(im, segments, "total", UINT64_MAX);
    store->free_count = wt_import_uint(im, segments, "free", UINT64_MAX);
    store->allocated_count = wt_import_uint(im, segments, "allocated", UINT64_MAX);
    store->quarantined_count = wt_import_uint(im, segments, "quarantined", UINT64_MAX);
    store->free_list_length = wt_import_uint(im, object, "free_list_length", UINT64_MAX);
    store->resize_count = wt_import_uint(im, object, "resize_count", UINT64_MAX);
    store->refused_count = wt_import_uint(im, object, "refused_count", UINT64_MAX);
    store->problem = wt_import_text(im, object, "problem");
    read_segment_map(im, segments, store);
    read_generations(im, segments, store);
    read_held(im, segments, store);
    read_resizes(im, object, store);
}

static void read_fields(struct wt_import *im, const struct wt_json *object,
                        struct wt_service *service) {
    const struct wt_json *list = wt_import_member(im, object, "fields", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    if (count > SERVICE_FIELDS_MAX)
        wt_import_fail(im, list, "must be at most %d fields", SERVICE_FIELDS_MAX);
    struct wt_field_stats *fields = wt_import_take(im, count, sizeof *fields);
    const struct wt_json *item = wt_json_first(list);
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        fields[i] = (struct wt_field_stats){
            .key = wt_import_text(im, item, "key"),
            .kind = (enum wt_kind)wt_import_word(im, item, "kind", wt_kind_find),
            .role = (enum wt_role)wt_import_word(im, item, "role", wt_role_find),
            .aggregate =
                (enum wt_aggregate)wt_import_word(im, item, "aggregate", wt_aggregate_find),
            .unit = wt_import_text(im, item, "unit"),
            .worker_count = (uint32_t)wt_import_uint(im, item, "worker_count", UINT32_MAX),
            .invalid_count = (uint32_t)wt_import_uint(im, item, "invalid_count", UINT32_MAX),
            .sum = wt_import_number(im, item, "sum"),
            .min = wt_import_number(im, item, "min"),
            .max = wt_import_number(im, item, "max"),
            .total = wt_import_number(im, item, "total"),
            .mean = wt_import_real(im, item, "mean"),
            .rate_per_s = wt_import_real(im, item, "rate_per_s"),
        };
        if (wt_json_get(item, "p50") == NULL) /* the first writers had none */
            continue;
        fields[i].p50 = wt_import_number(im, item, "p50");
        fields[i].p95 = wt_import_number(im, item, "p95");
    }
    service->fields = fields;
    service->field_count = im->status == WT_OK ? count : 0;
}

/* The index of the field that a member names, -1 for null. */
static int read_special(struct wt_import *im, const struct wt_json *object, const char *key,
                        const struct wt_service *service) {
    if (wt_import_is_null(object, key))
        return -1;
    const char *name = wt_import_text(im, object, key);
    for (size_t i = 0; i < service->field_count; i++) {
        if (strcmp(service->fields[i].key, name) == 0)
            return (int)i;
    }
    wt_import_fail(im, wt_json_get(object, key), "names no field of the service");
    return -1;
}

static struct wt_skew read_skew(struct wt_import *im, const struct wt_json *service) {
    const struct wt_json *object = wt_import_member(im, service, "skew", WT_JSON_OBJECT);
    const char *of = wt_import_text(im, object, "of");
    bool of_utilization = strcmp(of, "utilization") == 0;
    if (im->status == WT_OK && !of_utilization && strcmp(of, "busy") != 0)
        wt_import_fail(im, wt_json_get(object, "of"), "must be \"utilization\" or \"busy\"");
    return (struct wt_skew){
        .of_utilization = of_utilization,
        .p50 = wt_import_real(im, object, "p50"),
        .p95 = wt_import_real(im, object, "p95"),
        .max = wt_import_real(im, object, "max"),
        .worker_id = wt_import_uint_or_0(im, object, "worker_id", UINT64_MAX),
        .worker_pid = wt_import_int_or(im, object, "worker_pid", 0),
        .worker = wt_import_real(im, object, "worker"),
    };
}

/* The first writers had none. */
static struct wt_load read_load(struct wt_import *im, const struct wt_json *service) {
    struct wt_load load = wt_load_unknown();
    if (wt_json_get(service, "load") == NULL)
        return load;
    const struct wt_json *object = wt_import_member(im, service, "load", WT_JSON_OBJECT);
    load.source = (enum wt_busy_source)wt_import_word(im, object, "source", wt_busy_source_find);
    load.watched_s = wt_import_real(im, object, "watched_s");
    load.busy_s = wt_import_real(im, object, "busy_s");
    load.capacity_s = wt_import_real(im, object, "capacity_s");
    load.queue_s = wt_import_real(im, object, "queue_s");
    const struct wt_json *windows = wt_import_member(im, object, "windows", WT_JSON_OBJECT);
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        const struct wt_json *one =
            wt_import_member(im, windows, wt_window_text((enum wt_window)i), WT_JSON_OBJECT);
        load.windows[i] = (struct wt_window_load){
            .utilization_ratio = wt_import_real(im, one, "utilization_ratio"),
            .mean_wait_s = wt_import_real(im, one, "mean_wait_s"),
            .queue_growth_per_s = wt_import_real(im, one, "queue_growth_per_s"),
        };
    }
    return load;
}

/* The first writers had none of this. */
static void read_life(struct wt_import *im, const struct wt_json *object,
                      struct wt_service *service) {
    service->skew = wt_skew_unknown();
    service->starts_per_min = service->exits_per_min = (double)NAN;
    service->last_exit = "";
    if (wt_json_get(object, "skew") == NULL)
        return;
    service->skew = read_skew(im, object);
    service->starts_per_min = wt_import_real(im, object, "starts_per_min");
    service->exits_per_min = wt_import_real(im, object, "exits_per_min");
    service->last_exit = wt_import_text(im, object, "last_exit");
    service->last_exit_realtime_ns = wt_import_int_or(im, object, "last_exit_time_ns", 0);
}

/* The first writers had none of this. */
static void read_limits(struct wt_import *im, const struct wt_json *service,
                        struct wt_service *out) {
    out->limits = wt_service_limits_unknown();
    if (wt_json_get(service, "limits") == NULL)
        return;
    const struct wt_json *object = wt_import_member(im, service, "limits", WT_JSON_OBJECT);
    out->limits = (struct wt_service_limits){
        .warn_ratio = wt_import_real(im, object, "warn_ratio"),
        .crit_ratio = wt_import_real(im, object, "crit_ratio"),
        .stuck_ns = wt_import_int_or(im, object, "stuck_ns", 0),
        .stale_ns = wt_import_int_or(im, object, "stale_ns", 0),
    };
    out->cause = (enum wt_cause)wt_import_word(im, service, "cause", wt_cause_find);
}

/* The first writers had none. */
static void read_others(struct wt_import *im, const struct wt_json *object,
                        struct wt_service *service) {
    if (wt_json_get(object, "others") == NULL)
        return;
    const struct wt_json *list = wt_import_member(im, object, "others", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    if (count > WT_CAUSES)
        wt_import_fail(im, list, "must be at most %d troubles", WT_CAUSES);
    struct wt_trouble *others = wt_import_take(im, count, sizeof *others);
    const struct wt_json *item = wt_json_first(list);
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item))
        others[i] = (struct wt_trouble){
            .cause = (enum wt_cause)wt_import_word(im, item, "cause", wt_cause_find),
            .verdict = (enum wt_verdict)wt_import_word(im, item, "verdict", wt_verdict_find),
            .since_ns = wt_import_int_or(im, item, "since_ns", 0),
            .sentence = wt_import_text(im, item, "sentence")};
    service->others = others;
    service->other_count = im->status == WT_OK ? count : 0;
}

static void read_service(struct wt_import *im, const struct wt_json *object,
                         struct wt_service *service) {
    *service = (struct wt_service){
        .name = wt_import_text(im, object, "name"),
        .verdict = (enum wt_verdict)wt_import_word(im, object, "verdict", wt_verdict_find),
        .verdict_since_ns = wt_import_int_or(im, object, "verdict_since_ns", 0),
        .sentence = wt_import_text(im, object, "sentence"),
        .worker_count = (uint32_t)wt_import_uint(im, object, "worker_count", UINT32_MAX),
        .silent_count = (uint32_t)wt_import_uint(im, object, "silent_count", UINT32_MAX),
        .stale_count = (uint32_t)wt_import_uint(im, object, "stale_count", UINT32_MAX),
        .stuck_count = (uint32_t)wt_import_uint(im, object, "stuck_count", UINT32_MAX),
        .busy_worker_count = (uint32_t)wt_import_uint(im, object, "busy_worker_count", UINT32_MAX),
        .joined_count = (uint32_t)wt_import_uint(im, object, "joined_count", UINT32_MAX),
        .left_count = (uint32_t)wt_import_uint(im, object, "left_count", UINT32_MAX),
        .utilization_ratio = wt_import_real(im, object, "utilization_ratio"),
    };
    service->load = read_load(im, object);
    read_life(im, object, service);
    read_limits(im, object, service);
    read_others(im, object, service);
    wt_import_usage(im, object, service);
    read_fields(im, object, service);
    service->busy_field = read_special(im, object, "busy_field", service);
    service->capacity_field = read_special(im, object, "capacity_field", service);
    service->queue_field = read_special(im, object, "queue_field", service);
    service->errors_field = read_special(im, object, "errors_field", service);
    service->requests_field = read_special(im, object, "requests_field", service);
}

static void read_services(struct wt_import *im, const struct wt_json *root) {
    const struct wt_json *list = wt_import_member(im, root, "services", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    struct wt_service *services = wt_import_take(im, count, sizeof *services);
    const struct wt_json *item = wt_json_first(list);
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        read_service(im, item, &services[i]);
        if (i > 0 && strcmp(services[i - 1].name, services[i].name) >= 0)
            wt_import_fail(im, item, "must come after the service before it, by name");
    }
    im->imported->snapshot.services = services;
    im->imported->snapshot.service_count = im->status == WT_OK ? count : 0;
}

static void read_events(struct wt_import *im, const struct wt_json *root) {
    const struct wt_json *list = wt_import_member(im, root, "events", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    struct wt_event *events = wt_import_take(im, count, sizeof *events);
    const struct wt_json *item = wt_json_first(list);
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        events[i] = (struct wt_event){
            .sequence = wt_import_uint(im, item, "sequence", UINT64_MAX),
            .realtime_ns = wt_import_int_or(im, item, "time_ns", 0),
            .kind = (enum wt_event_kind)wt_import_word(im, item, "kind", wt_event_kind_find),
            .severity = (enum wt_severity)wt_import_word(im, item, "severity", wt_severity_find),
            .worker_id = wt_import_uint_or_0(im, item, "worker_id", UINT64_MAX),
            .service = wt_import_text(im, item, "service"),
            .text = wt_import_text(im, item, "text"),
        };
    }
    im->imported->snapshot.events = events;
    im->imported->snapshot.event_count = im->status == WT_OK ? count : 0;
    im->imported->snapshot.events_dropped = wt_import_uint(im, root, "events_dropped", UINT64_MAX);
}

/* A document of a newer version may have another shape: say so before complaining about it. */
static void read_version(struct wt_import *im, const struct wt_json *root) {
    uint64_t version = wt_import_uint(im, root, "schema_version", UINT32_MAX);
    if (im->status != WT_OK || version == WT_SNAPSHOT_SCHEMA_VERSION)
        return;
    if (version > WT_SNAPSHOT_SCHEMA_VERSION)
        im->status = wt_fail(im->err, WT_EVERSION,
                             "snapshot: schema_version %llu: written by a newer worktop, this one "
                             "reads %d",
                             (unsigned long long)version, WT_SNAPSHOT_SCHEMA_VERSION);
    else
        wt_import_fail(im, wt_json_get(root, "schema_version"), "must be %d",
                       WT_SNAPSHOT_SCHEMA_VERSION);
}

static void read_document(struct wt_import *im, const struct wt_json *root) {
    struct wt_snapshot *snapshot = &im->imported->snapshot;
    read_version(im, root);
    snapshot->time = (struct wt_time){
        .realtime_ns = wt_import_int_or(im, root, "time_ns", 0),
        .monotonic_ns = wt_import_int(im, root, "monotonic_ns", 0, INT64_MAX),
    };
    snapshot->sequence = wt_import_uint(im, root, "sequence", UINT64_MAX);
    snapshot->tick_ns = wt_import_int(im, root, "tick_ns", 0, INT64_MAX);
    read_source(im, root);
    read_monitor(im, root);
    read_store(im, root, "store", &snapshot->store);
    read_store(im, root, "recorders", &snapshot->recorders);
    if (wt_json_get(root, "recorders_wide") != NULL) /* the first writers had none */
        read_store(im, root, "recorders_wide", &snapshot->recorders_wide);
    read_services(im, root);
    wt_import_processes(im, root);
    read_events(im, root);
    wt_import_activity(im, root);
    if (im->status == WT_OK)
        wt_import_workers(im, root);
}

wt_status wt_import_json(const char *text, size_t length, struct wt_snapshot **out,
                         struct wt_error *err) {
    struct wt_json_document *document;
    struct wt_error unheard;
    struct wt_import import = {.err = err != NULL ? err : &unheard};
    *out = NULL;
    wt_status status = wt_json_parse(&document, "snapshot", text, length, err);
    if (status != WT_OK)
        return status;
    import.document = document;
    import.imported = wt_imported_create();
    if (import.imported == NULL)
        import.status = wt_fail(err, WT_ENOMEM, "snapshot: out of memory");
    else
        read_document(&import, wt_json_root(document));
    wt_json_free(document);
    if (import.status == WT_OK)
        *out = &import.imported->snapshot;
    else if (import.imported != NULL)
        wt_snapshot_unref(&import.imported->snapshot);
    return import.status;
}
