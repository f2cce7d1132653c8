#include "ui/segments.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"

const char *wt_segment_mark_word(enum wt_segment_mark mark) {
    static const char *const words[] = {"free", "used", "held", "stale", "refused"};
    return words[mark];
}

/* Calls `each` for every row that holds a worker, until it returns false. */
static void each_row(const struct wt_snapshot *snapshot,
                     bool (*each)(const struct wt_worker *worker,
                                  const struct wt_row_status *status, void *context),
                     void *context) {
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        for (size_t row = 0; row < cohort->row_count; row++)
            if (cohort->rows[row] && !each(cohort->rows[row], &cohort->status[row], context))
                return;
    }
}

static bool count_refused(const struct wt_worker *worker, const struct wt_row_status *status,
                          void *context) {
    *(uint64_t *)context += wt_worker_waits_for_segment(worker, status);
    return true;
}

static bool mark_stale(const struct wt_worker *worker, const struct wt_row_status *status,
                       void *context) {
    struct wt_segments *segments = context;
    if (status->state != WT_WORKER_STALE || worker->segment < 0 ||
        (uint64_t)worker->segment >= segments->segment_count ||
        segments->marks[worker->segment] != WT_MARK_ALLOCATED)
        return true;
    segments->marks[worker->segment] = WT_MARK_STALE;
    segments->stale_count++;
    return true;
}

static uint8_t mark_of(uint8_t state) {
    switch ((enum wt_segment_state)state) {
    case WT_SEGMENT_ALLOCATED:
        return WT_MARK_ALLOCATED;
    case WT_SEGMENT_QUARANTINED:
        return WT_MARK_QUARANTINED;
    case WT_SEGMENT_FREE:
        break;
    }
    return WT_MARK_FREE;
}

bool wt_segments_update(struct wt_segments *segments, const struct wt_snapshot *snapshot,
                        const struct wt_store_info *store) {
    segments->segment_count = segments->stale_count = segments->refused_count = 0;
    if (!store->segment_states)
        return true;
    bool is_of_values = store == &snapshot->store;
    uint64_t refused = 0, count = store->segment_count;
    if (is_of_values)
        each_row(snapshot, count_refused, &refused);
    if (count + refused > segments->capacity) {
        uint8_t *marks = realloc(segments->marks, count + refused);
        if (!marks)
            return false;
        segments->marks = marks;
        segments->capacity = count + refused;
    }
    segments->segment_count = count;
    segments->refused_count = refused;
    for (uint64_t i = 0; i < count; i++)
        segments->marks[i] = mark_of(store->segment_states[i]);
    if (refused > 0)
        memset(segments->marks + count, WT_MARK_REFUSED, refused);
    if (is_of_values)
        each_row(snapshot, mark_stale, segments);
    return true;
}

void wt_segments_fini(struct wt_segments *segments) {
    free(segments->marks);
    *segments = (struct wt_segments){0};
}

/* ---- one of them ----------------------------------------------------------------------------- */

struct search {
    int64_t segment;  /* whose owner is looked for, or -1: ... */
    uint64_t refused; /* ... the worker that waits, so many after the first */
    const struct wt_worker *worker;
    const struct wt_row_status *status;
};

static bool find_worker(const struct wt_worker *worker, const struct wt_row_status *status,
                        void *context) {
    struct search *search = context;
    bool hit = search->segment >= 0
                   ? worker->segment == search->segment && status->state != WT_WORKER_GONE
                   : wt_worker_waits_for_segment(worker, status) && search->refused-- == 0;
    if (hit) {
        search->worker = worker;
        search->status = status;
    }
    return !hit;
}

static int compare_held(const void *key, const void *element) {
    uint64_t segment = *(const uint64_t *)key;
    uint64_t other = ((const struct wt_held_segment *)element)->segment;
    return segment < other ? -1 : segment > other;
}

static void describe_held(const struct wt_store_info *store, uint64_t segment, char *out,
                          size_t size) {
    const struct wt_held_segment *held =
        store->held_count == 0
            ? NULL
            : bsearch(&segment, store->held, store->held_count, sizeof *held, compare_held);
    if (!held) {
        snprintf(out, size, "held: its old worker may still write it");
        return;
    }
    char since[WT_FORMAT_SIZE], pid[48] = "a process that is hidden";
    wt_format_clock(since, sizeof since, held->since_realtime_ns);
    if (held->pid > 0)
        snprintf(pid, sizeof pid, "pid %" PRId64, held->pid);
    snprintf(out, size, "held since %s: %s, worker %" PRIu64 " of %s, may still write it", since,
             pid, held->worker_id, held->service);
}

static void describe_owner(const struct search *search, struct wt_time now, char *out,
                           size_t size) {
    if (!search->worker) {
        snprintf(out, size, "used");
        return;
    }
    char age[WT_FORMAT_SIZE];
    int length = snprintf(out, size, "worker %" PRIu64 " of %s, pid %" PRId64 ", %s",
                          search->worker->id, search->worker->service, search->worker->pid,
                          wt_worker_state_text((enum wt_worker_state)search->status->state));
    if (search->status->state != WT_WORKER_STALE || search->status->heartbeat_ns == 0 ||
        length < 0 || (size_t)length >= size)
        return;
    wt_format_duration(age, sizeof age, now.monotonic_ns - search->status->heartbeat_ns);
    snprintf(out + length, size - (size_t)length, ": no heartbeat for %s", age);
}

void wt_segment_describe(const struct wt_segments *segments, const struct wt_snapshot *snapshot,
                         uint64_t index, struct wt_time now, char *out, size_t size) {
    const struct wt_store_info *store = &snapshot->store;
    char what[400] = "free";
    out[0] = '\0';
    if (index >= wt_segments_count(segments))
        return;
    if (index >= segments->segment_count) {
        struct search search = {.segment = -1, .refused = index - segments->segment_count};
        each_row(snapshot, find_worker, &search);
        if (search.worker)
            snprintf(out, size, "worker %" PRIu64 " of %s, pid %" PRId64 ": %s", search.worker->id,
                     search.worker->service, search.worker->pid, search.worker->reason);
        return;
    }
    if (segments->marks[index] == WT_MARK_QUARANTINED) {
        describe_held(store, index, what, sizeof what);
    } else if (segments->marks[index] != WT_MARK_FREE) {
        struct search search = {.segment = (int64_t)index};
        each_row(snapshot, find_worker, &search);
        describe_owner(&search, now, what, sizeof what);
    }
    char times[48] = "";
    if (store->segment_generations)
        snprintf(times, sizeof times, ", handed out %" PRIu32 "x",
                 store->segment_generations[index]);
    snprintf(out, size, "segment %" PRIu64 "  %s%s", index, what, times);
}
