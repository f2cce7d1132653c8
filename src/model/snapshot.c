#include "model/snapshot.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/value.h"

const char *wt_worker_state_text(enum wt_worker_state state) {
    switch (state) {
    case WT_WORKER_CONNECTING:
        return "connecting";
    case WT_WORKER_LIVE:
        return "live";
    case WT_WORKER_STALE:
        return "stale";
    case WT_WORKER_SILENT:
        return "silent";
    case WT_WORKER_GONE:
        return "gone";
    }
    return "unknown";
}

const char *wt_verdict_text(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_UNKNOWN:
        return "UNKNOWN";
    case WT_VERDICT_IDLE:
        return "IDLE";
    case WT_VERDICT_OK:
        return "OK";
    case WT_VERDICT_WARN:
        return "WARN";
    case WT_VERDICT_CRIT:
        return "CRIT";
    }
    return "UNKNOWN";
}

const char *wt_cause_text(enum wt_cause cause) {
    static const char *const texts[] = {
#define WT_CAUSE_TEXT(name, text) [WT_CAUSE_##name] = text,
        WT_CAUSE_MAP(WT_CAUSE_TEXT)
#undef WT_CAUSE_TEXT
    };
    size_t index = (size_t)cause;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "none";
}

const char *wt_cause_words(enum wt_cause cause) {
    switch (cause) {
    case WT_CAUSE_NONE:
        break;
    case WT_CAUSE_NO_FIGURES:
        return "having no figures";
    case WT_CAUSE_UNREADABLE:
        return "being unreadable";
    case WT_CAUSE_IDLE:
        return "being idle";
    case WT_CAUSE_ROLLING_RESTART:
        return "the rolling restart";
    case WT_CAUSE_SATURATED:
        return "saturation";
    case WT_CAUSE_STUCK:
        return "being stuck";
    case WT_CAUSE_STALE:
        return "being stale";
    case WT_CAUSE_FLAPPING:
        return "flapping";
    case WT_CAUSE_ERRORS_RISING:
        return "the rise of errors";
    case WT_CAUSE_QUEUE_GROWING:
        return "the growth of the queue";
    case WT_CAUSE_ACCEPT_QUEUE:
        return "the full accept queue";
    case WT_CAUSE_MEMORY:
        return "the odd use of memory";
    case WT_CAUSE_WORKERS_GONE:
        return "the loss of workers";
    }
    return "nothing";
}

struct wt_service_limits wt_service_limits_unknown(void) {
    return (struct wt_service_limits){.warn_ratio = (double)NAN, .crit_ratio = (double)NAN};
}

const char *wt_listener_family_text(enum wt_listener_family family) {
    switch (family) {
    case WT_LISTENER_TCP4:
        return "tcp4";
    case WT_LISTENER_TCP6:
        return "tcp6";
    case WT_LISTENER_UNIX:
        return "unix";
    }
    return "tcp4";
}

const char *wt_source_health_text(enum wt_source_health health) {
    switch (health) {
    case WT_SOURCE_ANSWERING:
        return "answering";
    case WT_SOURCE_SILENT:
        return "silent";
    case WT_SOURCE_DEAD:
        return "dead";
    case WT_SOURCE_LEFT:
        return "left";
    }
    return "unknown";
}

void wt_grown_text(uint64_t resize_count, char out[static WT_GROWN_SIZE]) {
    if (resize_count > 1)
        snprintf(out, WT_GROWN_SIZE, "grown %" PRIu64 " times", resize_count);
    else
        snprintf(out, WT_GROWN_SIZE, resize_count == 1 ? "grown once" : "not grown");
}

const char *wt_event_kind_text(enum wt_event_kind kind) {
    static const char *const texts[] = {
#define WT_EVENT_KIND_TEXT(name, text) [WT_EVENT_##name] = text,
        WT_EVENT_KIND_MAP(WT_EVENT_KIND_TEXT)
#undef WT_EVENT_KIND_TEXT
    };
    size_t index = (size_t)kind;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "unknown";
}

bool wt_worker_waits_for_segment(const struct wt_worker *worker,
                                 const struct wt_row_status *status) {
    /* The status first: it lies beside its neighbours', and the workers anywhere. */
    return status->state == WT_WORKER_SILENT && worker->segment < 0 &&
           strncmp(worker->reason, WT_REASON_NO_SEGMENT, sizeof WT_REASON_NO_SEGMENT - 1) == 0;
}

struct wt_snapshot *wt_snapshot_ref(const struct wt_snapshot *snapshot) {
    struct wt_snapshot *shared = (struct wt_snapshot *)snapshot;
    if (shared != NULL)
        __atomic_fetch_add(&shared->references, 1, __ATOMIC_RELAXED);
    return shared;
}

void wt_snapshot_unref(const struct wt_snapshot *snapshot) {
    struct wt_snapshot *shared = (struct wt_snapshot *)snapshot;
    if (shared == NULL)
        return;
    uint32_t before = __atomic_fetch_sub(&shared->references, 1, __ATOMIC_ACQ_REL);
    assert(before > 0);
    if (before == 1 && shared->destroy != NULL)
        shared->destroy(shared);
}

int64_t wt_snapshot_age_ns(const struct wt_snapshot *snapshot, struct wt_time now) {
    int64_t age = now.monotonic_ns - snapshot->time.monotonic_ns;
    return age > 0 ? age : 0;
}

int wt_snapshot_find_service(const struct wt_snapshot *snapshot, const char *name) {
    size_t begin = 0, end = snapshot->service_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        int order = strcmp(snapshot->services[middle].name, name);
        if (order == 0)
            return (int)middle;
        if (order < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return -1;
}

const char *wt_window_text(enum wt_window window) {
    static const char *const texts[] = {
#define WT_WINDOW_TEXT(name, text, seconds) [WT_WINDOW_##name] = text,
        WT_WINDOW_MAP(WT_WINDOW_TEXT)
#undef WT_WINDOW_TEXT
    };
    size_t index = (size_t)window;
    return index < WT_WINDOW_COUNT ? texts[index] : "unknown";
}

int64_t wt_window_ns(enum wt_window window) {
    static const int64_t lengths[] = {
#define WT_WINDOW_NS(name, text, seconds) [WT_WINDOW_##name] = (seconds)*WT_NS_PER_S,
        WT_WINDOW_MAP(WT_WINDOW_NS)
#undef WT_WINDOW_NS
    };
    return lengths[window];
}

const char *wt_busy_source_text(enum wt_busy_source source) {
    switch (source) {
    case WT_BUSY_UNKNOWN:
        return "unknown";
    case WT_BUSY_GAUGES:
        return "gauges";
    case WT_BUSY_RECORDS:
        return "records";
    case WT_BUSY_BOTH:
        return "both";
    }
    return "unknown";
}

struct wt_load wt_load_unknown(void) {
    struct wt_load load = {.watched_s = (double)NAN,
                           .busy_s = (double)NAN,
                           .capacity_s = (double)NAN,
                           .queue_s = (double)NAN};
    for (int i = 0; i < WT_WINDOW_COUNT; i++)
        load.windows[i] = (struct wt_window_load){.utilization_ratio = (double)NAN,
                                                  .mean_wait_s = (double)NAN,
                                                  .queue_growth_per_s = (double)NAN};
    return load;
}

const struct wt_process *wt_snapshot_process(const struct wt_snapshot *snapshot,
                                             const struct wt_worker *worker) {
    size_t begin = 0, end = worker->pid > 0 ? snapshot->process_count : 0;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        const struct wt_process *process = &snapshot->processes[middle];
        if (process->pid == worker->pid) /* the same number may have been another's before */
            return process->start_time_ticks == worker->start_time_ticks ? process : NULL;
        if (process->pid < worker->pid)
            begin = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

size_t wt_service_more_wrong(const struct wt_service *service) {
    size_t count = 0;
    for (size_t i = 0; i < service->other_count; i++)
        count += service->others[i].verdict != WT_VERDICT_OK;
    return count;
}

const struct wt_trouble *wt_service_rising(const struct wt_service *service) {
    for (size_t i = 0; i < service->other_count; i++)
        if (service->others[i].verdict == WT_VERDICT_OK)
            return &service->others[i];
    return NULL;
}

const struct wt_accept_queue *wt_service_fullest(const struct wt_service *service) {
    const struct wt_accept_queue *fullest = NULL;
    for (size_t i = 0; i < service->listener_count; i++) {
        const struct wt_accept_queue *queue = &service->listeners[i];
        if (queue->socket_count > 0 &&
            (fullest == NULL || queue->fullest_ratio > fullest->fullest_ratio))
            fullest = queue;
    }
    return fullest;
}

struct wt_skew wt_skew_unknown(void) {
    return (struct wt_skew){
        .p50 = (double)NAN, .p95 = (double)NAN, .max = (double)NAN, .worker = (double)NAN};
}

double wt_service_sum(const struct wt_service *service, int field) {
    return field < 0 ? (double)NAN : wt_number_to_double(service->fields[field].sum);
}

struct wt_number wt_field_figure(const struct wt_field_stats *field) {
    switch (field->aggregate) {
    case WT_AGGREGATE_MIN:
        return field->min;
    case WT_AGGREGATE_MAX:
        return field->max;
    case WT_AGGREGATE_MEAN:
        return wt_number_real(field->mean);
    case WT_AGGREGATE_SUM:
    case WT_AGGREGATE_LAST:
        break;
    }
    return field->sum;
}

double wt_service_rate(const struct wt_service *service, int field) {
    return field < 0 ? (double)NAN : service->fields[field].rate_per_s;
}

struct wt_number wt_cohort_value(const struct wt_cohort *cohort, size_t row, size_t field) {
    if (cohort->schema == NULL || row >= cohort->row_count || cohort->rows[row] == NULL ||
        field >= cohort->schema->field_count)
        return wt_number_absent();
    size_t fields = cohort->schema->field_count;
    return wt_value_number(&cohort->schema->fields[field], cohort->values[row * fields + field]);
}

double wt_cohort_rate(const struct wt_snapshot *snapshot, const struct wt_cohort *cohort,
                      size_t row, size_t field) {
    if (cohort->schema == NULL || row >= cohort->row_count || cohort->rows[row] == NULL ||
        field >= cohort->schema->field_count)
        return NAN;
    const struct wt_field *one = &cohort->schema->fields[field];
    size_t at = row * cohort->schema->field_count + field;
    if (one->kind != WT_KIND_COUNTER)
        return NAN;
    if (cohort->rates != NULL)
        return cohort->rates[at];
    if (cohort->previous == NULL || snapshot->tick_ns <= 0 ||
        (cohort->status[row].flags & (WT_ROW_FRESH | WT_ROW_UNREADABLE)) != 0)
        return NAN;
    double moved =
        wt_number_to_double(wt_value_delta(one, cohort->previous[at], cohort->values[at]));
    return moved * (double)WT_NS_PER_S / (double)snapshot->tick_ns;
}
