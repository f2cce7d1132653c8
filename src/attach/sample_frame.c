/* The second half of a look: what was read, put together as the snapshot that readers get. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/sample.h"

static void destroy(struct wt_snapshot *snapshot) {
    struct wt_sample_frame *frame = (struct wt_sample_frame *)snapshot;
    for (size_t i = 0; i < frame->shape_count; i++)
        wt_shape_unref(frame->shapes[i]);
    wt_snapshot_unref(frame->last);
    wt_arena_fini(&frame->arena);
    free(frame);
}

/* Where the sampler reads to, and a copy of what it compares with. */
static void take_arrays(const struct wt_sampler *sampler, struct wt_sample_frame *frame, size_t i) {
    const struct wt_sample_cohort *cohort = &sampler->cohorts[i];
    size_t rows = cohort->last->row_count;
    size_t words = cohort->last->schema == NULL ? 0 : cohort->last->schema->field_count;
    frame->status[i] = wt_arena_take(&frame->arena, rows, sizeof **frame->status);
    frame->values[i] = wt_arena_take(&frame->arena, rows, words * sizeof **frame->values);
    frame->previous[i] = wt_arena_take(&frame->arena, rows, words * sizeof **frame->previous);
    if (!frame->arena.failed && rows * words > 0)
        memcpy(frame->previous[i], cohort->values, rows * words * sizeof **frame->previous);
}

struct wt_sample_frame *wt_sample_frame_create(const struct wt_sampler *sampler) {
    const struct wt_snapshot *last = sampler->last;
    struct wt_sample_frame *frame = calloc(1, sizeof *frame);
    if (frame == NULL)
        return NULL;
    frame->snapshot.references = 1;
    frame->snapshot.destroy = destroy;
    frame->last = wt_snapshot_ref(last);
    struct wt_arena *arena = &frame->arena;
    frame->shapes = wt_arena_take(arena, last->service_count, sizeof *frame->shapes);
    frame->services = wt_arena_take(arena, last->service_count, sizeof *frame->services);
    frame->values = wt_arena_take(arena, last->cohort_count, sizeof *frame->values);
    frame->previous = wt_arena_take(arena, last->cohort_count, sizeof *frame->previous);
    frame->status = wt_arena_take(arena, last->cohort_count, sizeof *frame->status);
    frame->cohorts = wt_arena_take(arena, last->cohort_count, sizeof *frame->cohorts);
    for (size_t i = 0; i < last->cohort_count && !arena->failed; i++)
        take_arrays(sampler, frame, i);
    if (arena->failed) {
        destroy(&frame->snapshot);
        return NULL;
    }
    for (size_t i = 0; i < last->service_count; i++)
        frame->shapes[frame->shape_count++] = wt_shape_ref(sampler->services[i].shape);
    return frame;
}

void wt_sample_add_lost(struct wt_number *retired, const struct wt_column *column) {
    if (retired->kind != WT_NUMBER_ABSENT && column->counter)
        *retired = wt_number_add(*retired, wt_column_lost(column));
}

/* The identities of those who are there, or were when the monitor died. NULL without memory. */
static const struct wt_worker *const *put_rows(struct wt_sample_frame *frame,
                                               const struct wt_sample_cohort *cohort) {
    size_t count = cohort->last->row_count;
    const struct wt_worker **rows = wt_arena_take(&frame->arena, count, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < count; i++)
        rows[i] = cohort->rows[i].life == WT_SAMPLE_ABSENT ? NULL : cohort->last->rows[i];
    return rows;
}

static void count_rows(const struct wt_sample_cohort *cohort, const struct wt_row_status *status,
                       struct wt_service *service) {
    for (size_t i = 0; i < cohort->last->row_count; i++) {
        if (cohort->rows[i].life != WT_SAMPLE_PRESENT)
            continue;
        service->worker_count += cohort->rows[i].has_values;
        service->silent_count += !cohort->rows[i].has_values;
        service->stale_count += cohort->rows[i].has_values && status[i].state == WT_WORKER_STALE;
        service->stuck_count += cohort->rows[i].has_values && (status[i].flags & WT_ROW_STUCK) != 0;
    }
}

/* One cohort behind the others, if it has rows. */
static void put_cohort(const struct wt_sampler *sampler, struct wt_sample_frame *frame, size_t i,
                       uint32_t service) {
    const struct wt_sample_cohort *cohort = &sampler->cohorts[i];
    const struct wt_shape *shape = frame->shapes[cohort->last->service];
    if (cohort->used_count == 0)
        return;
    struct wt_cohort *out = &frame->cohorts[frame->snapshot.cohort_count++];
    *out = (struct wt_cohort){
        .service = service,
        .schema = cohort->last->schema, /* held with the last snapshot, like the workers */
        .row_count = cohort->last->row_count,
        .worker_count = cohort->used_count,
        .rows = put_rows(frame, cohort),
        .status = frame->status[i],
    };
    if (out->schema == NULL)
        return;
    out->values = frame->values[i];
    out->previous = frame->snapshot.tick_ns > 0 ? frame->previous[i] : NULL;
    out->field_map = shape->schemas[cohort->in_shape].field_map;
}

/* What the verdict was about goes on beside the new one, and nothing rises any more. */
static bool keep_verdict(struct wt_sample_frame *frame, struct wt_service *out) {
    bool was_wrong = out->verdict == WT_VERDICT_WARN || out->verdict == WT_VERDICT_CRIT;
    size_t count = wt_service_more_wrong(out);
    struct wt_trouble *others = wt_arena_take(&frame->arena, count + was_wrong, sizeof *others);
    if (others == NULL)
        return count + was_wrong == 0;
    if (was_wrong)
        others[0] = (struct wt_trouble){.cause = out->cause,
                                        .verdict = out->verdict,
                                        .since_ns = out->verdict_since_ns,
                                        .sentence = out->sentence};
    if (count > 0)
        memcpy(others + was_wrong, out->others, count * sizeof *others);
    out->others = others;
    out->other_count = count + was_wrong;
    return true;
}

/* A service that lost workers since its monitor died is not as well as that one's last word says,
 * and one that lost all of them has no other trouble that is worse. */
static bool judge_losses(struct wt_sample_frame *frame, const struct wt_sample_service *service,
                         struct wt_service *out) {
    char text[160];
    uint32_t left = service->left_count, there = out->worker_count + out->silent_count;
    enum wt_verdict verdict = there == 0 ? WT_VERDICT_CRIT : WT_VERDICT_WARN;
    if (left == 0 || (there > 0 && out->verdict >= verdict))
        return true;
    if (there == 0)
        snprintf(text, sizeof text, "%s gone since their monitor died; start them again",
                 left == 1 ? "its worker is" : "all its workers are");
    else
        snprintf(text, sizeof text,
                 "%" PRIu32 " of %" PRIu32
                 " workers gone since their monitor died; start them again",
                 left, left + there);
    if (!keep_verdict(frame, out))
        return false;
    out->verdict = verdict;
    out->cause = WT_CAUSE_WORKERS_GONE;
    out->verdict_since_ns = service->left_realtime_ns;
    out->sentence = wt_arena_text(&frame->arena, text, strlen(text));
    return out->sentence != NULL;
}

static bool put_service(const struct wt_sampler *sampler, struct wt_sample_frame *frame,
                        const struct wt_sample_service *service) {
    const struct wt_shape *shape = service->shape;
    struct wt_snapshot *snapshot = &frame->snapshot;
    uint32_t place = (uint32_t)snapshot->service_count;
    size_t cohorts_before = snapshot->cohort_count, s = 0;
    const struct wt_column **columns =
        wt_arena_take(&frame->arena, shape->schema_count, sizeof *columns);
    struct wt_field_stats *fields =
        wt_arena_take(&frame->arena, shape->field_count, sizeof *fields);
    if (frame->arena.failed)
        return false;
    struct wt_service *out = &frame->services[place];
    *out = *service->last;
    out->worker_count = out->silent_count = out->stale_count = out->stuck_count = 0;
    out->left_count += service->left_count;
    out->starts_per_min = out->exits_per_min = (double)NAN; /* nobody counts any more */
    out->slot_count = out->replaced_per_min = out->replaced_again_per_min = 0;
    const struct wt_load unknown = wt_load_unknown();
    memcpy(out->load.windows, unknown.windows, sizeof unknown.windows); /* nor adds up any more */
    for (size_t i = 0; i < service->cohort_count; i++) {
        uint32_t index = service->cohorts[i];
        const struct wt_sample_cohort *cohort = &sampler->cohorts[index];
        if (cohort->last->schema != NULL)
            columns[s++] = cohort->columns;
        count_rows(cohort, frame->status[index], out);
        put_cohort(sampler, frame, index, place);
    }
    if (snapshot->cohort_count == cohorts_before)
        return true; /* the monitor's last look had nobody in it */
    wt_service_fill(out, fields, shape, columns, snapshot->tick_ns);
    for (size_t i = 0; i < shape->field_count; i++)
        fields[i].total = service->retired[i];
    for (size_t k = 0; k < shape->schema_count; k++)
        for (uint32_t i = 0; i < shape->schemas[k].field_count; i++)
            wt_sample_add_lost(&fields[shape->schemas[k].field_map[i]].total, &columns[k][i]);
    for (size_t i = 0; i < shape->field_count; i++)
        if (fields[i].total.kind != WT_NUMBER_ABSENT)
            fields[i].total = wt_number_add(fields[i].sum, fields[i].total);
    snapshot->service_count++;
    return judge_losses(frame, service, out) && !frame->arena.failed;
}

static const char *put_text(struct wt_sample_frame *frame, const char *text) {
    const char *copy = wt_arena_text(&frame->arena, text, strlen(text));
    return copy == NULL ? "" : copy;
}

bool wt_sample_frame_fill(struct wt_sampler *sampler, struct wt_sample_frame *frame,
                          const struct wt_source *source) {
    struct wt_snapshot *snapshot = &frame->snapshot;
    const struct wt_snapshot *last = sampler->last;
    snapshot->source = *source;
    snapshot->source.path = put_text(frame, source->path);
    snapshot->source.problem = put_text(frame, source->problem);
    snapshot->monitor = last->monitor;
    snapshot->store = last->store;
    snapshot->recorders = last->recorders;
    snapshot->recorders_wide = last->recorders_wide;
    snapshot->events = last->events;
    snapshot->event_count = last->event_count;
    snapshot->events_dropped = last->events_dropped;
    snapshot->processes = last->processes; /* the monitor's last word, as old as it says */
    snapshot->process_count = last->process_count;
    if (snapshot->failed && sampler->store_problem[0] != '\0')
        snapshot->store.problem = put_text(frame, sampler->store_problem);
    else if (snapshot->failed)
        snapshot->store.problem = "the store was truncated underneath: these are the last values";
    snapshot->services = frame->services;
    snapshot->cohorts = frame->cohorts;
    for (size_t i = 0; i < last->service_count; i++)
        if (!put_service(sampler, frame, &sampler->services[i]))
            return false;
    return !frame->arena.failed && wt_sample_flights_put(sampler, frame) &&
           wt_spread_fill(frame->services, snapshot->service_count, snapshot->cohorts,
                          snapshot->cohort_count, &sampler->spread);
}
