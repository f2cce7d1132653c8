#include "model/integrals.h"

#include <math.h>

#include "base/clock.h"

/* The area between two looks is (a + b) / 2 * time: sums are kept in halves of parts * ns. */
enum { HALVES = 2 };

static const int64_t fine_ns = WT_NS_PER_S, coarse_ns = 5 * WT_NS_PER_S;

bool wt_level_of(struct wt_number value, uint64_t *parts) {
    double real = wt_number_to_double(value);
    if (!(real >= 0) || real > (double)WT_LEVEL_MOST) /* nor when it is absent */
        return false;
    *parts = value.kind == WT_NUMBER_INTEGER ? (uint64_t)value.integer * WT_LEVEL_ONE
                                             : (uint64_t)llround(real * WT_LEVEL_ONE);
    return true;
}

bool wt_level_add_column(struct wt_level_sum *sum, const struct wt_column *column) {
    uint64_t parts = 0;
    if (column->used == 0)
        return true;
    if (!wt_level_of(wt_column_min(column), &parts) || !wt_level_of(wt_column_max(column), &parts))
        return false;
    struct wt_number total = wt_column_sum(column);
    const wt_int128 most = (wt_int128)(UINT64_MAX / 4);
    if (total.kind == WT_NUMBER_INTEGER)
        parts = total.integer > most / WT_LEVEL_ONE ? (uint64_t)most
                                                    : (uint64_t)total.integer * WT_LEVEL_ONE;
    else if (!(total.real < (double)(most / WT_LEVEL_ONE)))
        parts = (uint64_t)most;
    else
        parts = (uint64_t)llround(total.real * WT_LEVEL_ONE);
    wt_level_add(sum, parts);
    sum->workers += (uint32_t)column->used - 1;
    return true;
}

static wt_uint128 area(struct wt_level_sum before, struct wt_level_sum after, int64_t passed_ns) {
    return ((wt_uint128)before.parts + after.parts) * (wt_uint128)passed_ns;
}

static bool is_rated(const struct wt_level *level) {
    return level->capacity.workers >= level->busy.workers;
}

void wt_integrals_look(struct wt_integrals *integrals, const struct wt_level *level, int64_t now_ns,
                       int64_t longest_ns) {
    const struct wt_level *before = &integrals->level;
    struct wt_mark *now = &integrals->now;
    int64_t passed_ns = now_ns - now->at_ns;
    if (now->at_ns != 0 && passed_ns <= 0)
        return;
    if (now->at_ns != 0 && passed_ns <= longest_ns) {
        now->watched_ns += passed_ns;
        if (!is_rated(before) || !is_rated(level))
            now->unrated_ns += passed_ns;
        if (before->queue.workers > 0 && level->queue.workers > 0)
            now->queued_ns += passed_ns;
        now->busy += area(before->busy, level->busy, passed_ns);
        now->capacity += area(before->capacity, level->capacity, passed_ns);
        now->queue += area(before->queue, level->queue, passed_ns);
    }
    integrals->level = *level;
    now->at_ns = now_ns;
}

void wt_integrals_record(struct wt_integrals *integrals, const struct wt_record_time *time) {
    struct wt_mark *now = &integrals->now;
    now->busy += (wt_uint128)time->busy_ns * (HALVES * WT_LEVEL_ONE);
    if (time->has_capacity)
        now->capacity += (wt_uint128)time->capacity * HALVES * (wt_uint128)time->elapsed_ns;
    else
        now->unrated_ns += time->elapsed_ns;
}

/* Marks that come a little early, as those of a timer do, are kept. */
static void keep(struct wt_mark_ring *ring, const struct wt_mark *mark, int64_t apart_ns) {
    const struct wt_mark *last = &ring->marks[(ring->count - 1) % WT_MARKS];
    if (ring->count > 0 && mark->at_ns - last->at_ns < apart_ns - apart_ns / 16)
        return;
    ring->marks[ring->count++ % WT_MARKS] = *mark;
}

void wt_integrals_mark(struct wt_integrals *integrals, const struct wt_integrals_tick *tick) {
    struct wt_mark *now = &integrals->now;
    uint64_t parts;
    if (wt_level_of(wt_number_real(tick->requests), &parts) &&
        now->queued_ns > integrals->queued_before_ns) {
        now->waited_ns += now->queued_ns - integrals->queued_before_ns;
        now->waiting += now->queue - integrals->queue_before;
        now->requests += parts;
    }
    integrals->queued_before_ns = now->queued_ns;
    integrals->queue_before = now->queue;
    integrals->has_busy = integrals->has_busy || tick->has_busy || tick->recorded_workers > 0;
    integrals->has_capacity = integrals->has_capacity || tick->has_capacity;
    integrals->has_queue = integrals->has_queue || tick->has_queue;
    integrals->recorded_workers = tick->recorded_workers;
    keep(&integrals->fine, now, fine_ns);
    keep(&integrals->coarse, now, coarse_ns);
}

/* ---- windows --------------------------------------------------------------------------------- */

/* The mark that is nearest to this moment; the present one when there is none. */
static struct wt_mark mark_near(const struct wt_integrals *integrals, int64_t ago_ns) {
    const struct wt_mark_ring *ring =
        ago_ns > (WT_MARKS - 1) * fine_ns ? &integrals->coarse : &integrals->fine;
    struct wt_mark best = integrals->now;
    int64_t wanted_ns = integrals->now.at_ns - ago_ns, distance_ns = INT64_MAX;
    uint32_t count = ring->count < WT_MARKS ? ring->count : WT_MARKS;
    for (uint32_t i = 1; i <= count; i++) {
        const struct wt_mark *mark = &ring->marks[(ring->count - i) % WT_MARKS];
        int64_t off_ns = mark->at_ns - wanted_ns;
        off_ns = off_ns < 0 ? -off_ns : off_ns;
        if (off_ns >= distance_ns)
            break; /* they only get older */
        distance_ns = off_ns;
        best = *mark;
    }
    return best;
}

static double seconds_of(wt_uint128 sum) {
    return (double)sum / ((double)WT_NS_PER_S * HALVES * WT_LEVEL_ONE);
}

/* The mean queue from one mark to another; NAN without one. */
static double mean_queue(const struct wt_mark *from, const struct wt_mark *to) {
    int64_t queued_ns = to->queued_ns - from->queued_ns;
    if (queued_ns <= 0)
        return NAN;
    return seconds_of(to->queue - from->queue) * (double)WT_NS_PER_S / (double)queued_ns;
}

static bool is_enough(int64_t known_ns, int64_t window_ns) {
    return known_ns >= window_ns / 100 * WT_WINDOW_LEAST_PERCENT;
}

static struct wt_window_load tell_window(const struct wt_integrals *integrals, int64_t window_ns) {
    struct wt_window_load load = {(double)NAN, (double)NAN, (double)NAN};
    const struct wt_mark *now = &integrals->now;
    const struct wt_mark from = mark_near(integrals, window_ns);
    const struct wt_mark middle = mark_near(integrals, window_ns / 2);
    if (is_enough(now->watched_ns - from.watched_ns, window_ns) && integrals->has_busy &&
        now->unrated_ns == from.unrated_ns && now->capacity > from.capacity)
        load.utilization_ratio =
            (double)(now->busy - from.busy) / (double)(now->capacity - from.capacity);
    if (is_enough(now->waited_ns - from.waited_ns, window_ns) && now->requests > from.requests)
        load.mean_wait_s = seconds_of(now->waiting - from.waiting) /
                           ((double)(now->requests - from.requests) / WT_LEVEL_ONE);
    /* Each half's mean is that of its middle: they are half of the whole apart. */
    if (is_enough(now->queued_ns - from.queued_ns, window_ns))
        load.queue_growth_per_s = (mean_queue(&middle, now) - mean_queue(&from, &middle)) /
                                  ((double)(now->at_ns - from.at_ns) / 2 / (double)WT_NS_PER_S);
    return load;
}

static enum wt_busy_source source_of(const struct wt_integrals *integrals) {
    bool gauges = integrals->level.busy.workers > 0, records = integrals->recorded_workers > 0;
    if (records)
        return gauges ? WT_BUSY_BOTH : WT_BUSY_RECORDS;
    return gauges ? WT_BUSY_GAUGES : WT_BUSY_UNKNOWN;
}

void wt_integrals_tell(const struct wt_integrals *integrals, struct wt_load *out) {
    const struct wt_mark *now = &integrals->now;
    *out = wt_load_unknown();
    if (now->at_ns == 0)
        return;
    out->source = source_of(integrals);
    out->watched_s = (double)now->watched_ns / (double)WT_NS_PER_S;
    if (integrals->has_busy)
        out->busy_s = seconds_of(now->busy);
    if (integrals->has_capacity)
        out->capacity_s = seconds_of(now->capacity);
    if (integrals->has_queue)
        out->queue_s = seconds_of(now->queue);
    for (int i = 0; i < WT_WINDOW_COUNT; i++)
        out->windows[i] = tell_window(integrals, wt_window_ns((enum wt_window)i));
}
