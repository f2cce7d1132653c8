
#include <string.h>

#include "base/format.h"
#include "export/activity.h"
#include "export/export.h"
#include "export/usage.h"
#include "export/words.h"
#include "json/writer.h"

/* The shape of the document is described in docs/SNAPSHOT.md and docs/snapshot.schema.json; the way
 * back is import.c. All three change together. */

/* A moment twice: for people and for programs. 0 is unknown. */
static void put_time(struct wt_json_writer *w, const char *key, const char *key_ns,
                     int64_t realtime_ns) {
    char text[40];
    if (realtime_ns == 0) {
        wt_json_put_null(w, key);
        wt_json_put_null(w, key_ns);
        return;
    }
    wt_format_rfc3339(text, sizeof text, realtime_ns);
    wt_json_put_text(w, key, text);
    wt_json_put_int(w, key_ns, realtime_ns);
}

static void put_int_or_null(struct wt_json_writer *w, const char *key, int64_t value,
                            int64_t absent) {
    if (value == absent)
        wt_json_put_null(w, key);
    else
        wt_json_put_int(w, key, value);
}

static void put_uint_or_null(struct wt_json_writer *w, const char *key, uint64_t value) {
    if (value == 0)
        wt_json_put_null(w, key);
    else
        wt_json_put_uint(w, key, value);
}

static void put_source(struct wt_json_writer *w, const struct wt_source *source) {
    wt_json_open(w, "source", '{');
    wt_json_put_text(w, "kind", wt_source_kind_text(source->kind));
    wt_json_put_text(w, "health", wt_source_health_text(source->health));
    wt_json_put_text(w, "path", source->path);
    wt_json_put_text(w, "problem", source->problem);
    put_int_or_null(w, "heartbeat_monotonic_ns", source->heartbeat_ns, 0);
    put_time(w, "since", "since_ns", source->since_realtime_ns);
    wt_json_put_bool(w, "samples_segments", source->samples_segments);
    wt_json_close(w, '}');
}

static void put_monitor(struct wt_json_writer *w, const struct wt_monitor_info *monitor) {
    wt_json_open(w, "monitor", '{');
    put_int_or_null(w, "pid", monitor->pid, 0);
    wt_json_put_text(w, "version", monitor->version);
    wt_json_put_text(w, "host", monitor->host);
    put_time(w, "started", "started_ns", monitor->started_realtime_ns);
    wt_json_put_int(w, "interval_ns", monitor->interval_ns);
    wt_json_put_uint(w, "tick_count", monitor->tick_count);
    wt_json_put_int(w, "tick_duration_ns", monitor->tick_duration_ns);
    wt_json_put_uint(w, "connection_count", monitor->connection_count);
    wt_json_put_text(w, "verdict", wt_verdict_text(monitor->verdict));
    put_time(w, "verdict_since", "verdict_since_ns", monitor->verdict_since_ns);
    wt_json_put_text(w, "problem", monitor->problem);
    wt_json_close(w, '}');
}

static void put_resize(struct wt_json_writer *w, const struct wt_resize *resize) {
    wt_json_open(w, NULL, '{');
    put_time(w, "time", "time_ns", resize->realtime_ns);
    wt_json_put_uint(w, "old_bytes", resize->old_bytes);
    wt_json_put_uint(w, "new_bytes", resize->new_bytes);
    wt_json_put_uint(w, "segments_added", resize->segments_added);
    wt_json_put_int(w, "duration_ns", resize->duration_ns);
    wt_json_put_text(w, "problem", resize->problem);
    wt_json_close(w, '}');
}

/* Runs of equal states: a map of a million segments is short as long as its parts are. */
static void put_segment_map(struct wt_json_writer *w, const struct wt_store_info *store) {
    if (store->segment_states == NULL) {
        wt_json_put_null(w, "map");
        return;
    }
    wt_json_open(w, "map", '[');
    for (uint64_t begin = 0, end; begin < store->segment_count; begin = end) {
        uint8_t state = store->segment_states[begin];
        for (end = begin + 1; end < store->segment_count && store->segment_states[end] == state;)
            end++;
        wt_json_open(w, NULL, '[');
        wt_json_put_text(w, NULL, wt_segment_state_text((enum wt_segment_state)state));
        wt_json_put_uint(w, NULL, end - begin);
        wt_json_close(w, ']');
    }
    wt_json_close(w, ']');
}

/* The same of how often each was handed out: most stores are all alike for long stretches. */
static void put_generations(struct wt_json_writer *w, const struct wt_store_info *store) {
    if (store->segment_generations == NULL) {
        wt_json_put_null(w, "generations");
        return;
    }
    wt_json_open(w, "generations", '[');
    for (uint64_t begin = 0, end; begin < store->segment_count; begin = end) {
        uint32_t generation = store->segment_generations[begin];
        for (end = begin + 1;
             end < store->segment_count && store->segment_generations[end] == generation;)
            end++;
        wt_json_open(w, NULL, '[');
        wt_json_put_uint(w, NULL, generation);
        wt_json_put_uint(w, NULL, end - begin);
        wt_json_close(w, ']');
    }
    wt_json_close(w, ']');
}

static void put_held(struct wt_json_writer *w, const struct wt_held_segment *held) {
    wt_json_open(w, NULL, '{');
    wt_json_put_uint(w, "segment", held->segment);
    wt_json_put_uint(w, "worker_id", held->worker_id);
    put_int_or_null(w, "pid", held->pid, 0);
    wt_json_put_text(w, "service", held->service);
    put_time(w, "since", "since_ns", held->since_realtime_ns);
    wt_json_close(w, '}');
}

static void put_store(struct wt_json_writer *w, const char *key,
                      const struct wt_store_info *store) {
    if (store->path[0] == '\0' && store->size_bytes == 0 && store->problem[0] == '\0') {
        wt_json_put_null(w, key);
        return;
    }
    wt_json_open(w, key, '{');
    wt_json_put_text(w, "path", store->path);
    wt_json_put_uint(w, "size_bytes", store->size_bytes);
    wt_json_put_uint(w, "max_bytes", store->max_bytes);
    wt_json_put_uint(w, "segment_size_bytes", store->segment_bytes);
    wt_json_open(w, "segments", '{');
    wt_json_put_uint(w, "total", store->segment_count);
    wt_json_put_uint(w, "free", store->free_count);
    wt_json_put_uint(w, "allocated", store->allocated_count);
    wt_json_put_uint(w, "quarantined", store->quarantined_count);
    put_segment_map(w, store);
    put_generations(w, store);
    wt_json_open(w, "held", '[');
    for (size_t i = 0; i < store->held_count; i++)
        put_held(w, &store->held[i]);
    wt_json_close(w, ']');
    wt_json_close(w, '}');
    wt_json_put_uint(w, "free_list_length", store->free_list_length);
    wt_json_put_uint(w, "resize_count", store->resize_count);
    wt_json_put_uint(w, "refused_count", store->refused_count);
    wt_json_open(w, "resizes", '[');
    for (size_t i = 0; i < store->resize_length; i++)
        put_resize(w, &store->resizes[i]);
    wt_json_close(w, ']');
    wt_json_put_text(w, "problem", store->problem);
    wt_json_close(w, '}');
}

static void put_field_stats(struct wt_json_writer *w, const struct wt_field_stats *field) {
    wt_json_open(w, NULL, '{');
    wt_json_put_text(w, "key", field->key);
    wt_json_put_text(w, "kind", wt_kind_text(field->kind));
    wt_json_put_text(w, "role", wt_role_text(field->role));
    wt_json_put_text(w, "aggregate", wt_aggregate_text(field->aggregate));
    wt_json_put_text(w, "unit", field->unit);
    wt_json_put_uint(w, "worker_count", field->worker_count);
    wt_json_put_uint(w, "invalid_count", field->invalid_count);
    wt_json_put_number(w, "sum", field->sum);
    wt_json_put_number(w, "min", field->min);
    wt_json_put_number(w, "max", field->max);
    wt_json_put_number(w, "p50", field->p50);
    wt_json_put_number(w, "p95", field->p95);
    wt_json_put_number(w, "total", field->total);
    wt_json_put_real(w, "mean", field->mean);
    wt_json_put_real(w, "rate_per_s", field->rate_per_s);
    wt_json_close(w, '}');
}

static void put_special(struct wt_json_writer *w, const char *key, const struct wt_service *service,
                        int field) {
    if (field < 0)
        wt_json_put_null(w, key);
    else
        wt_json_put_text(w, key, service->fields[field].key);
}

static void put_skew(struct wt_json_writer *w, const struct wt_skew *skew) {
    wt_json_open(w, "skew", '{');
    wt_json_put_text(w, "of", skew->of_utilization ? "utilization" : "busy");
    wt_json_put_real(w, "p50", skew->p50);
    wt_json_put_real(w, "p95", skew->p95);
    wt_json_put_real(w, "max", skew->max);
    put_uint_or_null(w, "worker_id", skew->worker_id);
    put_int_or_null(w, "worker_pid", skew->worker_pid, 0);
    wt_json_put_real(w, "worker", skew->worker);
    wt_json_close(w, '}');
}

static void put_limits(struct wt_json_writer *w, const struct wt_service_limits *limits) {
    wt_json_open(w, "limits", '{');
    wt_json_put_real(w, "warn_ratio", limits->warn_ratio);
    wt_json_put_real(w, "crit_ratio", limits->crit_ratio);
    put_int_or_null(w, "stuck_ns", limits->stuck_ns, 0);
    put_int_or_null(w, "stale_ns", limits->stale_ns, 0);
    wt_json_close(w, '}');
}

static void put_load(struct wt_json_writer *w, const struct wt_load *load) {
    wt_json_open(w, "load", '{');
    wt_json_put_text(w, "source", wt_busy_source_text(load->source));
    wt_json_put_real(w, "watched_s", load->watched_s);
    wt_json_put_real(w, "busy_s", load->busy_s);
    wt_json_put_real(w, "capacity_s", load->capacity_s);
    wt_json_put_real(w, "queue_s", load->queue_s);
    wt_json_open(w, "windows", '{');
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        const struct wt_window_load *window = &load->windows[i];
        wt_json_open(w, wt_window_text((enum wt_window)i), '{');
        wt_json_put_real(w, "utilization_ratio", window->utilization_ratio);
        wt_json_put_real(w, "mean_wait_s", window->mean_wait_s);
        wt_json_put_real(w, "queue_growth_per_s", window->queue_growth_per_s);
        wt_json_close(w, '}');
    }
    wt_json_close(w, '}');
    wt_json_close(w, '}');
}

/* What is wrong beside the verdict, and what rises. */
static void put_others(struct wt_json_writer *w, const struct wt_service *service) {
    wt_json_open(w, "others", '[');
    for (size_t i = 0; i < service->other_count; i++) {
        const struct wt_trouble *trouble = &service->others[i];
        wt_json_open(w, NULL, '{');
        wt_json_put_text(w, "cause", wt_cause_text(trouble->cause));
        wt_json_put_text(w, "verdict", wt_verdict_text(trouble->verdict));
        put_time(w, "since", "since_ns", trouble->since_ns);
        wt_json_put_text(w, "sentence", trouble->sentence);
        wt_json_close(w, '}');
    }
    wt_json_close(w, ']');
}

static void put_service(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                        const struct wt_service *service) {
    wt_json_open(w, NULL, '{');
    wt_json_put_text(w, "name", service->name);
    wt_json_put_text(w, "verdict", wt_verdict_text(service->verdict));
    wt_json_put_text(w, "cause", wt_cause_text(service->cause));
    put_time(w, "verdict_since", "verdict_since_ns", service->verdict_since_ns);
    wt_json_put_text(w, "sentence", service->sentence);
    put_others(w, service);
    wt_json_put_uint(w, "worker_count", service->worker_count);
    wt_json_put_uint(w, "silent_count", service->silent_count);
    wt_json_put_uint(w, "stale_count", service->stale_count);
    wt_json_put_uint(w, "stuck_count", service->stuck_count);
    wt_json_put_uint(w, "busy_worker_count", service->busy_worker_count);
    wt_json_put_uint(w, "joined_count", service->joined_count);
    wt_json_put_uint(w, "left_count", service->left_count);
    wt_json_put_real(w, "starts_per_min", service->starts_per_min);
    wt_json_put_real(w, "exits_per_min", service->exits_per_min);
    wt_json_put_text(w, "last_exit", service->last_exit);
    put_time(w, "last_exit_time", "last_exit_time_ns", service->last_exit_realtime_ns);
    wt_json_put_real(w, "utilization_ratio", service->utilization_ratio);
    put_load(w, &service->load);
    put_skew(w, &service->skew);
    put_limits(w, &service->limits);
    wt_json_put_usage(w, snapshot, service);
    put_special(w, "busy_field", service, service->busy_field);
    put_special(w, "capacity_field", service, service->capacity_field);
    put_special(w, "queue_field", service, service->queue_field);
    put_special(w, "errors_field", service, service->errors_field);
    put_special(w, "requests_field", service, service->requests_field);
    wt_json_open(w, "fields", '[');
    for (size_t i = 0; i < service->field_count; i++)
        put_field_stats(w, &service->fields[i]);
    wt_json_close(w, ']');
    wt_json_close(w, '}');
}

static void put_schema(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       const struct wt_cohort *cohort) {
    const struct wt_schema *schema = cohort->schema;
    wt_json_open(w, NULL, '{');
    wt_json_put_text(w, "service", snapshot->services[cohort->service].name);
    wt_json_open(w, "fields", '[');
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        wt_json_open(w, NULL, '{');
        wt_json_put_text(w, "key", field->key);
        wt_json_put_text(w, "type", wt_type_text(field->type));
        wt_json_put_uint(w, "offset", field->offset);
        wt_json_put_text(w, "kind", wt_kind_text(field->kind));
        wt_json_put_text(w, "role", wt_role_text(field->role));
        wt_json_close(w, '}');
    }
    wt_json_close(w, ']');
    wt_json_close(w, '}');
}

static bool is_listed(const struct wt_cohort *cohort) {
    return cohort->schema != NULL && cohort->worker_count > 0;
}

static void put_instance(struct wt_json_writer *w, const struct wt_worker *worker) {
    static const char digits[] = "0123456789abcdef";
    char text[2 * sizeof worker->instance + 1];
    if (!worker->has_instance) {
        wt_json_put_null(w, "instance");
        return;
    }
    for (size_t i = 0; i < sizeof worker->instance; i++) {
        text[2 * i] = digits[worker->instance[i] >> 4];
        text[2 * i + 1] = digits[worker->instance[i] & 15];
    }
    text[sizeof text - 1] = '\0';
    wt_json_put_text(w, "instance", text);
}

/* A monotonic moment as nanoseconds before the look, never negative; 0 is unknown. */
static void put_age(struct wt_json_writer *w, const char *key, const struct wt_snapshot *snapshot,
                    int64_t at_ns) {
    if (at_ns == 0)
        wt_json_put_null(w, key);
    else
        wt_json_put_int(
            w, key, at_ns < snapshot->time.monotonic_ns ? snapshot->time.monotonic_ns - at_ns : 0);
}

static void put_identity(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                         const struct wt_worker *worker, const struct wt_row_status *status) {
    wt_json_put_uint(w, "id", worker->id);
    wt_json_put_text(w, "service", worker->service);
    wt_json_put_text(w, "state", wt_worker_state_text((enum wt_worker_state)status->state));
    wt_json_put_text(w, "reason", worker->reason);
    wt_json_open(w, "flags", '[');
    for (int bit = 0; bit < WT_ROW_FLAG_COUNT; bit++) {
        if ((status->flags >> bit & 1) != 0)
            wt_json_put_text(w, NULL, wt_row_flag_text(bit));
    }
    wt_json_close(w, ']');
    put_int_or_null(w, "pid", worker->pid, 0);
    put_int_or_null(w, "announced_pid", worker->announced_pid, 0);
    put_uint_or_null(w, "start_time_ticks", worker->start_time_ticks);
    put_instance(w, worker);
    put_uint_or_null(w, "threads", worker->threads);
    put_time(w, "registered", "registered_ns", worker->registered_realtime_ns);
    put_age(w, "age_ns", snapshot, worker->registered_monotonic_ns);
    put_age(w, "progress_age_ns", snapshot, status->progress_ns);
    put_age(w, "heartbeat_age_ns", snapshot, status->heartbeat_ns);
    put_int_or_null(w, "segment", worker->segment, -1);
    put_int_or_null(w, "recorder", worker->recorder, -1);
    put_uint_or_null(w, "slot", worker->slot);
    put_int_or_null(w, "restarts", worker->slot == 0 ? -1 : (int64_t)worker->restarts, -1);
}

static void put_worker(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       const struct wt_cohort *cohort, size_t row, int64_t schema) {
    const struct wt_schema *fields = cohort->schema;
    wt_json_open(w, NULL, '{');
    put_identity(w, snapshot, cohort->rows[row], &cohort->status[row]);
    put_int_or_null(w, "schema", schema, -1);
    wt_json_open(w, "values", '{');
    for (size_t i = 0; fields != NULL && i < fields->field_count; i++)
        wt_json_put_number(w, fields->fields[i].key, wt_cohort_value(cohort, row, i));
    wt_json_close(w, '}');
    wt_json_open(w, "rates", '{');
    for (size_t i = 0; fields != NULL && i < fields->field_count; i++) {
        if (fields->fields[i].kind == WT_KIND_COUNTER)
            wt_json_put_real(w, fields->fields[i].key, wt_cohort_rate(snapshot, cohort, row, i));
    }
    wt_json_close(w, '}');
    wt_json_close(w, '}');
}

static void put_workers(struct wt_json_writer *w, const struct wt_snapshot *snapshot) {
    int64_t schemas = 0;
    wt_json_open(w, "workers", '[');
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        for (size_t row = 0; row < cohort->row_count; row++) {
            if (cohort->rows[row] != NULL)
                put_worker(w, snapshot, cohort, row, is_listed(cohort) ? schemas : -1);
        }
        schemas += is_listed(cohort);
    }
    wt_json_close(w, ']');
}

static void put_event(struct wt_json_writer *w, const struct wt_event *event) {
    wt_json_open(w, NULL, '{');
    wt_json_put_uint(w, "sequence", event->sequence);
    put_time(w, "time", "time_ns", event->realtime_ns);
    wt_json_put_text(w, "kind", wt_event_kind_text(event->kind));
    wt_json_put_text(w, "severity", wt_severity_text(event->severity));
    put_uint_or_null(w, "worker_id", event->worker_id);
    wt_json_put_text(w, "service", event->service);
    wt_json_put_text(w, "text", event->text);
    wt_json_close(w, '}');
}

void wt_export_json(const struct wt_snapshot *snapshot, struct wt_time now, struct wt_buffer *out) {
    struct wt_json_writer json = {.out = out}, *w = &json;
    wt_json_open(w, NULL, '{');
    wt_json_put_int(w, "schema_version", WT_SNAPSHOT_SCHEMA_VERSION);
    put_time(w, "time", "time_ns", snapshot->time.realtime_ns);
    wt_json_put_int(w, "monotonic_ns", snapshot->time.monotonic_ns);
    wt_json_put_int(w, "age_ms", wt_snapshot_age_ns(snapshot, now) / WT_NS_PER_MS);
    wt_json_put_uint(w, "sequence", snapshot->sequence);
    wt_json_put_int(w, "tick_ns", snapshot->tick_ns);
    put_source(w, &snapshot->source);
    put_monitor(w, &snapshot->monitor);
    put_store(w, "store", &snapshot->store);
    put_store(w, "recorders", &snapshot->recorders);
    put_store(w, "recorders_wide", &snapshot->recorders_wide);
    wt_json_open(w, "services", '[');
    for (size_t i = 0; i < snapshot->service_count; i++)
        put_service(w, snapshot, &snapshot->services[i]);
    wt_json_close(w, ']');
    wt_json_open(w, "schemas", '[');
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        if (is_listed(&snapshot->cohorts[i]))
            put_schema(w, snapshot, &snapshot->cohorts[i]);
    }
    wt_json_close(w, ']');
    put_workers(w, snapshot);
    wt_json_put_processes(w, snapshot);
    wt_json_open(w, "events", '[');
    for (size_t i = 0; i < snapshot->event_count; i++)
        put_event(w, &snapshot->events[i]);
    wt_json_close(w, ']');
    wt_json_put_uint(w, "events_dropped", snapshot->events_dropped);
    wt_export_activity(w, snapshot);
    wt_json_close(w, '}');
}

static void put_data(struct wt_json_writer *w, const char *key,
                     const struct wt_snapshot *snapshot) {
    wt_json_open(w, key, '{');
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        if (service->worker_count == 0)
            continue;
        wt_json_open(w, service->name, '{');
        for (size_t field = 0; field < service->field_count; field++) {
            if (strcmp(service->fields[field].key, "worker_count") != 0)
                wt_json_put_number(w, service->fields[field].key,
                                   wt_field_figure(&service->fields[field]));
        }
        wt_json_put_uint(w, "worker_count", service->worker_count);
        wt_json_close(w, '}');
    }
    wt_json_close(w, '}');
}

void wt_export_data_json(const struct wt_snapshot *snapshot, struct wt_buffer *out) {
    struct wt_json_writer json = {.out = out};
    put_data(&json, NULL, snapshot);
}

void wt_export_status_json(const struct wt_snapshot *snapshot, struct wt_buffer *out) {
    struct wt_json_writer json = {.out = out};
    wt_json_open(&json, NULL, '{');
    wt_json_put_text(&json, "type", "utilization_monitor");
    put_data(&json, "data", snapshot);
    wt_json_close(&json, '}');
}
