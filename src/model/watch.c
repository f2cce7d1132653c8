#include "model/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/history_series.h"

struct wt_watch {
    struct wt_worker who; /* id 0: nobody; its texts are not kept, but for the service */
    char *service;        /* owned */
    uint32_t cohort, row; /* where it was in the last look */
    uint64_t sequence;    /* of the last look */
    int64_t since, newest;
    struct wt_series load, fields[WT_WATCH_FIELDS];
    size_t bytes;
};

wt_status wt_watch_create(struct wt_watch **out, struct wt_error *err) {
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to watch a worker");
    (*out)->since = INT64_MAX;
    return WT_OK;
}

static void forget(struct wt_watch *watch) {
    wt_series_fini(&watch->load, &watch->bytes);
    for (size_t i = 0; i < WT_WATCH_FIELDS; i++)
        wt_series_fini(&watch->fields[i], &watch->bytes);
    watch->since = INT64_MAX;
    watch->sequence = 0;
}

void wt_watch_destroy(struct wt_watch *watch) {
    if (watch == NULL)
        return;
    forget(watch);
    free(watch->service);
    free(watch);
}

bool wt_worker_is_same(const struct wt_worker *a, const struct wt_worker *b) {
    if (a->pid != b->pid || a->start_time_ticks != b->start_time_ticks ||
        a->has_instance != b->has_instance || strcmp(a->service, b->service) != 0)
        return false;
    if (a->has_instance)
        return memcmp(a->instance, b->instance, sizeof a->instance) == 0;
    return a->id == b->id || (a->pid > 0 && a->start_time_ticks != 0);
}

void wt_watch_choose(struct wt_watch *watch, const struct wt_worker *worker, uint32_t cohort,
                     uint32_t row) {
    if (watch->who.id != 0 && wt_worker_is_same(&watch->who, worker))
        return;
    forget(watch);
    free(watch->service);
    watch->who = (struct wt_worker){0};
    watch->service = strdup(worker->service);
    if (watch->service == NULL)
        return; /* nobody is watched: all gaps */
    watch->who = *worker;
    watch->who.service = watch->service;
    watch->who.reason = "";
    watch->cohort = cohort;
    watch->row = row;
}

static bool is_at(const struct wt_watch *watch, const struct wt_snapshot *snapshot, size_t cohort,
                  size_t row) {
    return cohort < snapshot->cohort_count && row < snapshot->cohorts[cohort].row_count &&
           snapshot->cohorts[cohort].rows[row] != NULL &&
           wt_worker_is_same(&watch->who, snapshot->cohorts[cohort].rows[row]);
}

/* A worker keeps its row, and its cohort mostly its place. */
static bool find(struct wt_watch *watch, const struct wt_snapshot *snapshot) {
    if (watch->who.id == 0)
        return false;
    if (is_at(watch, snapshot, watch->cohort, watch->row))
        return true;
    for (uint32_t i = 0; i < snapshot->cohort_count; i++)
        for (uint32_t row = 0; row < snapshot->cohorts[i].row_count; row++)
            if (is_at(watch, snapshot, i, row)) {
                watch->cohort = i;
                watch->row = row;
                return true;
            }
    return false;
}

static double load_of(const struct wt_cohort *cohort, size_t row) {
    const struct wt_schema *schema = cohort->schema;
    if (schema->busy_field < 0)
        return NAN;
    double busy = wt_number_to_double(wt_cohort_value(cohort, row, (size_t)schema->busy_field));
    if (schema->capacity_field < 0)
        return busy;
    double capacity =
        wt_number_to_double(wt_cohort_value(cohort, row, (size_t)schema->capacity_field));
    return capacity > 0 ? busy / capacity : NAN;
}

bool wt_watch_feed(struct wt_watch *watch, const struct wt_snapshot *snapshot) {
    int64_t bucket = wt_history_bucket(snapshot->time.realtime_ns);
    bool has_earlier = watch->since != INT64_MAX;
    if (snapshot->sequence == watch->sequence || snapshot->failed || !find(watch, snapshot))
        return true;
    const struct wt_cohort *cohort = &snapshot->cohorts[watch->cohort];
    const struct wt_row_status *status = &cohort->status[watch->row];
    watch->sequence = snapshot->sequence;
    if (cohort->schema == NULL || status->state == WT_WORKER_GONE ||
        (status->flags & WT_ROW_UNREADABLE) != 0)
        return true;
    if (has_earlier && bucket < watch->newest) { /* the clock was set back */
        forget(watch);
        has_earlier = false;
    }
    /* A look speaks for the time since the one before, as long as looks come steadily. */
    int64_t begin = bucket - 1, tick_s = (snapshot->tick_ns + WT_NS_PER_S - 1) / WT_NS_PER_S;
    if (has_earlier && bucket - watch->newest <= (tick_s > 2 ? tick_s : 2))
        begin = watch->newest < bucket ? watch->newest : bucket - 1;
    if (!has_earlier)
        watch->since = bucket;
    watch->newest = bucket;
    struct wt_slot_of slot = wt_series_slot(bucket);
    bool complete = wt_series_put(&watch->load, begin, &slot, load_of(cohort, watch->row),
                                  WT_LOOK_MEAN, &watch->bytes);
    for (uint32_t i = 0; i < cohort->schema->field_count && i < WT_WATCH_FIELDS; i++) {
        bool counts = cohort->schema->fields[i].kind == WT_KIND_COUNTER;
        double value = counts ? wt_cohort_rate(snapshot, cohort, watch->row, i)
                              : wt_number_to_double(wt_cohort_value(cohort, watch->row, i));
        complete &=
            wt_series_put(&watch->fields[i], begin, &slot, value, WT_LOOK_MEAN, &watch->bytes);
    }
    return complete;
}

const struct wt_series *wt_watch_load(const struct wt_watch *watch) {
    return &watch->load;
}

const struct wt_series *wt_watch_field(const struct wt_watch *watch, size_t field) {
    return field < WT_WATCH_FIELDS ? &watch->fields[field] : NULL;
}

int64_t wt_watch_since(const struct wt_watch *watch) {
    return watch->since;
}
