#include <string.h>

#include "model/flat.h"
#include "model/flat_activity.h"
#include "model/flat_layout.h"
#include "model/flat_load.h"
#include "model/flat_usage.h"

/* Large arrays (values, previous values, states) are copied as they lie in memory, and then what
 * means nothing in them is made 0; the rest is a few records a service. */

void wt_flat_put(struct wt_buffer *out, const void *bytes, size_t length) {
    size_t padded = wt_flat_padded(length);
    if (!wt_buffer_reserve(out, padded))
        return;
    unsigned char *at = (unsigned char *)out->data + out->length;
    if (length > 0)
        memcpy(at, bytes, length);
    memset(at + length, 0, padded - length);
    out->length += padded;
    out->data[out->length] = '\0';
}

void wt_flat_put_bytes(struct wt_buffer *out, const void *bytes, size_t length) {
    uint32_t told = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
    size_t padded = wt_flat_padded(sizeof told + told);
    if (!wt_buffer_reserve(out, padded))
        return;
    unsigned char *at = (unsigned char *)out->data + out->length;
    memset(at + padded - 8, 0, 8);
    memcpy(at, &told, sizeof told);
    if (told > 0)
        memcpy(at + sizeof told, bytes, told);
    out->length += padded;
    out->data[out->length] = '\0';
}

void wt_flat_put_text(struct wt_buffer *out, const char *text) {
    wt_flat_put_bytes(out, text, strlen(text));
}

/* ---- workers --------------------------------------------------------------------------------- */

bool wt_flat_same_workers(const struct wt_snapshot *a, const struct wt_snapshot *b) {
    if (a->cohort_count != b->cohort_count)
        return false;
    for (size_t i = 0; i < a->cohort_count; i++) {
        const struct wt_cohort *left = &a->cohorts[i], *right = &b->cohorts[i];
        if (left->rows != right->rows || left->schema != right->schema ||
            left->row_count != right->row_count || left->worker_count != right->worker_count)
            return false;
    }
    return true;
}

static void put_worker(struct wt_buffer *out, const struct wt_worker *worker) {
    struct wt_flat_worker_record record = {.present = worker != NULL};
    if (worker != NULL) {
        record.id = worker->id;
        record.pid = worker->pid;
        record.announced_pid = worker->announced_pid;
        record.start_time_ticks = worker->start_time_ticks;
        memcpy(record.instance, worker->instance, sizeof record.instance);
        record.registered_realtime_ns = worker->registered_realtime_ns;
        record.registered_monotonic_ns = worker->registered_monotonic_ns;
        record.segment = worker->segment;
        record.recorder = worker->recorder;
        record.threads = worker->threads;
        record.slot = worker->slot;
        record.restarts = worker->restarts;
        record.has_instance = worker->has_instance;
        record.has_reason = worker->reason[0] != '\0';
    }
    wt_flat_put(out, &record, sizeof record);
}

void wt_flat_encode_workers(const struct wt_snapshot *snapshot, struct wt_buffer *out) {
    struct wt_flat_workers_record header = {.version = WT_FLAT_WORKERS_VERSION,
                                            .cohort_count = (uint32_t)snapshot->cohort_count};
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        header.row_count += snapshot->cohorts[i].row_count;
    wt_flat_put(out, &header, sizeof header);
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        const struct wt_flat_identities_record record = {.row_count = cohort->row_count,
                                                         .has_schema = cohort->schema != NULL};
        wt_flat_put(out, &record, sizeof record);
        wt_flat_put_text(out, snapshot->services[cohort->service].name);
        if (cohort->schema != NULL)
            wt_flat_encode_schema(cohort->schema, out);
        for (size_t row = 0; row < cohort->row_count; row++)
            put_worker(out, cohort->rows[row]);
        for (size_t row = 0; row < cohort->row_count; row++)
            if (cohort->rows[row] != NULL && cohort->rows[row]->reason[0] != '\0')
                wt_flat_put_text(out, cohort->rows[row]->reason);
    }
}

/* ---- tick ------------------------------------------------------------------------------------ */

static void put_store(struct wt_buffer *out, const struct wt_store_info *store) {
    const struct wt_flat_store_record record = {
        .size_bytes = store->size_bytes,
        .max_bytes = store->max_bytes,
        .segment_count = store->segment_count,
        .free_count = store->free_count,
        .allocated_count = store->allocated_count,
        .quarantined_count = store->quarantined_count,
        .free_list_length = store->free_list_length,
        .resize_count = store->resize_count,
        .refused_count = store->refused_count,
        .held_count = store->held_count,
        .segment_bytes = store->segment_bytes,
        .has_states = store->segment_states != NULL,
        .has_generations = store->segment_generations != NULL,
    };
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, store->path);
    wt_flat_put_text(out, store->problem);
    if (store->segment_states != NULL)
        wt_flat_put(out, store->segment_states, store->segment_count);
    if (store->segment_generations != NULL)
        wt_flat_put(out, store->segment_generations, store->segment_count * sizeof(uint32_t));
    for (size_t i = 0; i < store->held_count; i++) {
        const struct wt_held_segment *held = &store->held[i];
        const struct wt_flat_held_record one = {.segment = held->segment,
                                                .worker_id = held->worker_id,
                                                .pid = held->pid,
                                                .since_realtime_ns = held->since_realtime_ns};
        wt_flat_put(out, &one, sizeof one);
        wt_flat_put_text(out, held->service);
    }
}

static void set_number(struct wt_flat_field_record *record, int which, struct wt_number number) {
    record->number_kinds[which] = (uint8_t)number.kind;
    switch (number.kind) {
    case WT_NUMBER_ABSENT:
        break;
    case WT_NUMBER_INTEGER:
        record->numbers[which][0] = (uint64_t)number.integer;
        record->numbers[which][1] = (uint64_t)(number.integer >> 64);
        break;
    case WT_NUMBER_REAL:
        memcpy(&record->numbers[which][0], &number.real, sizeof number.real);
        break;
    }
}

static void put_field(struct wt_buffer *out, const struct wt_field_stats *field) {
    struct wt_flat_field_record record = {.kind = (uint8_t)field->kind,
                                          .role = (uint8_t)field->role,
                                          .aggregate = (uint8_t)field->aggregate,
                                          .worker_count = field->worker_count,
                                          .invalid_count = field->invalid_count,
                                          .mean = field->mean,
                                          .rate_per_s = field->rate_per_s};
    set_number(&record, WT_FLAT_SUM, field->sum);
    set_number(&record, WT_FLAT_MIN, field->min);
    set_number(&record, WT_FLAT_MAX, field->max);
    set_number(&record, WT_FLAT_TOTAL, field->total);
    set_number(&record, WT_FLAT_P50, field->p50);
    set_number(&record, WT_FLAT_P95, field->p95);
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, field->key);
    wt_flat_put_text(out, field->unit);
}

static void put_trouble(struct wt_buffer *out, const struct wt_trouble *trouble) {
    const struct wt_flat_trouble_record record = {.cause = (uint32_t)trouble->cause,
                                                  .verdict = (uint32_t)trouble->verdict,
                                                  .since_ns = trouble->since_ns};
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, trouble->sentence);
}

static void put_service(struct wt_buffer *out, const struct wt_service *service) {
    const struct wt_flat_service_record record = {
        .worker_count = service->worker_count,
        .silent_count = service->silent_count,
        .stale_count = service->stale_count,
        .stuck_count = service->stuck_count,
        .busy_worker_count = service->busy_worker_count,
        .joined_count = service->joined_count,
        .left_count = service->left_count,
        .verdict = (uint32_t)service->verdict,
        .busy_field = service->busy_field,
        .capacity_field = service->capacity_field,
        .queue_field = service->queue_field,
        .errors_field = service->errors_field,
        .requests_field = service->requests_field,
        .field_count = (uint32_t)service->field_count,
        .utilization_ratio = service->utilization_ratio,
        .verdict_since_ns = service->verdict_since_ns,
        .skew_of_utilization = service->skew.of_utilization,
        .skew_p50 = service->skew.p50,
        .skew_p95 = service->skew.p95,
        .skew_max = service->skew.max,
        .skew_worker = service->skew.worker,
        .skew_worker_id = service->skew.worker_id,
        .skew_worker_pid = service->skew.worker_pid,
        .starts_per_min = service->starts_per_min,
        .exits_per_min = service->exits_per_min,
        .last_exit_realtime_ns = service->last_exit_realtime_ns,
        .cause = (uint32_t)service->cause,
        .warn_ratio = service->limits.warn_ratio,
        .crit_ratio = service->limits.crit_ratio,
        .stuck_limit_ns = service->limits.stuck_ns,
        .stale_limit_ns = service->limits.stale_ns,
        .other_count = (uint32_t)service->other_count,
    };
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_load(out, &service->load);
    wt_flat_put_text(out, service->name);
    wt_flat_put_text(out, service->sentence);
    wt_flat_put_text(out, service->last_exit);
    for (size_t i = 0; i < service->other_count; i++)
        put_trouble(out, &service->others[i]);
    for (size_t i = 0; i < service->field_count; i++)
        put_field(out, &service->fields[i]);
    wt_flat_put_usage(out, service);
}

/* Without what lies between the members, and nothing for empty rows. */
static void put_status(struct wt_buffer *out, const struct wt_cohort *cohort) {
    size_t bytes = cohort->row_count * sizeof *cohort->status;
    if (!wt_buffer_reserve(out, bytes))
        return;
    unsigned char *at = (unsigned char *)out->data + out->length;
    memset(at, 0, bytes + 1);
    out->length += bytes;
    for (size_t row = 0; row < cohort->row_count; row++, at += sizeof *cohort->status) {
        const struct wt_row_status *status = &cohort->status[row];
        if (cohort->rows[row] == NULL)
            continue;
        at[offsetof(struct wt_row_status, state)] = status->state;
        at[offsetof(struct wt_row_status, flags)] = status->flags;
        memcpy(at + offsetof(struct wt_row_status, progress_ns), &status->progress_ns, 8);
        memcpy(at + offsetof(struct wt_row_status, heartbeat_ns), &status->heartbeat_ns, 8);
    }
}

/* Rows that nobody reads may hold whatever was in memory before: it is nobody's business. */
static void put_values(struct wt_buffer *out, const struct wt_cohort *cohort,
                       const uint64_t *values, uint8_t unread_flags) {
    size_t row_bytes = cohort->schema->field_count * sizeof *values;
    size_t begin = out->length;
    wt_flat_put(out, values, cohort->row_count * row_bytes);
    for (size_t row = 0; row < cohort->row_count && !out->failed; row++)
        if (cohort->rows[row] == NULL || (cohort->status[row].flags & unread_flags) != 0)
            memset(out->data + begin + row * row_bytes, 0, row_bytes);
}

static void put_cohort(struct wt_buffer *out, const struct wt_cohort *cohort) {
    const struct wt_flat_cohort_record record = {
        .service = cohort->service,
        .has_previous = cohort->schema != NULL && cohort->previous != NULL,
        .row_count = cohort->row_count,
    };
    wt_flat_put(out, &record, sizeof record);
    if (cohort->schema != NULL)
        wt_flat_put(out, cohort->field_map,
                    cohort->schema->field_count * sizeof *cohort->field_map);
    put_status(out, cohort);
    if (cohort->schema != NULL)
        put_values(out, cohort, cohort->values, 0);
    if (record.has_previous)
        put_values(out, cohort, cohort->previous, WT_ROW_FRESH);
}

void wt_flat_encode_tick(const struct wt_snapshot *snapshot, struct wt_buffer *out) {
    const struct wt_monitor_info *monitor = &snapshot->monitor;
    const struct wt_flat_tick_record record = {
        .version = WT_FLAT_TICK_VERSION,
        .failed = snapshot->failed,
        .sequence = snapshot->sequence,
        .realtime_ns = snapshot->time.realtime_ns,
        .monotonic_ns = snapshot->time.monotonic_ns,
        .tick_ns = snapshot->tick_ns,
        .events_dropped = snapshot->events_dropped,
        .monitor_pid = monitor->pid,
        .started_realtime_ns = monitor->started_realtime_ns,
        .interval_ns = monitor->interval_ns,
        .tick_count = monitor->tick_count,
        .tick_duration_ns = monitor->tick_duration_ns,
        .connection_count = monitor->connection_count,
        .service_count = (uint32_t)snapshot->service_count,
        .cohort_count = (uint32_t)snapshot->cohort_count,
        .monitor_verdict = (uint32_t)monitor->verdict,
        .monitor_verdict_since_ns = monitor->verdict_since_ns,
        .process_count = snapshot->process_count,
    };
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, monitor->version);
    wt_flat_put_text(out, monitor->host);
    wt_flat_put_text(out, monitor->problem);
    put_store(out, &snapshot->store);
    put_store(out, &snapshot->recorders);
    put_store(out, &snapshot->recorders_wide);
    for (size_t i = 0; i < snapshot->service_count; i++)
        put_service(out, &snapshot->services[i]);
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        put_cohort(out, &snapshot->cohorts[i]);
    wt_flat_put_processes(out, snapshot);
    wt_flat_put_activity(out, &snapshot->activity);
}
