#include "model/snapshot.h"

#include <assert.h>
#include <math.h>
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

const char *wt_event_kind_text(enum wt_event_kind kind) {
    static const char *const texts[] = {
#define WT_EVENT_KIND_TEXT(name, text) [WT_EVENT_##name] = text,
        WT_EVENT_KIND_MAP(WT_EVENT_KIND_TEXT)
#undef WT_EVENT_KIND_TEXT
    };
    size_t index = (size_t)kind;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "unknown";
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

double wt_service_sum(const struct wt_service *service, int field) {
    return field < 0 ? (double)NAN : wt_number_to_double(service->fields[field].sum);
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
    if (cohort->schema == NULL || cohort->previous == NULL || row >= cohort->row_count ||
        cohort->rows[row] == NULL || field >= cohort->schema->field_count ||
        (cohort->status[row].flags & (WT_ROW_FRESH | WT_ROW_UNREADABLE)) != 0 ||
        snapshot->tick_ns <= 0)
        return NAN;
    const struct wt_field *one = &cohort->schema->fields[field];
    if (one->kind != WT_KIND_COUNTER)
        return NAN;
    size_t at = row * cohort->schema->field_count + field;
    double moved =
        wt_number_to_double(wt_value_delta(one, cohort->previous[at], cohort->values[at]));
    return moved * (double)WT_NS_PER_S / (double)snapshot->tick_ns;
}
