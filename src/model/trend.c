#include "model/trend.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

enum { PAIRS = WT_QUEUE_PARTS * (WT_QUEUE_PARTS - 1) / 2, QUARTERS = 4 };

/* Tau of 0.8: twelve random parts in any order have it once in 100,000 times. */
static const double steady_tau = 0.8;

/* The clock never reads 0 on a running host; should a test say so, 1 ns does no harm. */
static int64_t stamp(int64_t now_ns) {
    return now_ns != 0 ? now_ns : 1;
}

/* ---- queue ----------------------------------------------------------------------------------- */

void wt_queue_trend_skip(struct wt_queue_trend *trend) {
    memset(trend, 0, sizeof *trend);
}

static void end_queue_part(struct wt_queue_trend *trend, double mean) {
    if (trend->count == WT_QUEUE_PARTS) {
        memmove(trend->means, trend->means + 1, (WT_QUEUE_PARTS - 1) * sizeof *trend->means);
        trend->count--;
    }
    trend->means[trend->count++] = mean;
}

void wt_queue_trend_add(struct wt_queue_trend *trend, double queued, int64_t window_ns,
                        int64_t now_ns) {
    int64_t part_ns = window_ns / WT_QUEUE_PARTS;
    if (isnan(queued) || part_ns <= 0 || part_ns != trend->part_ns || now_ns < trend->begin_ns)
        wt_queue_trend_skip(trend);
    if (isnan(queued) || part_ns <= 0)
        return;
    trend->part_ns = part_ns;
    if (trend->begin_ns == 0)
        trend->begin_ns = stamp(now_ns);
    /* A part in which nobody looked is like the look after it; more of them than fit tell no more.
     */
    for (int i = 0; now_ns - trend->begin_ns >= part_ns && i <= WT_QUEUE_PARTS; i++) {
        end_queue_part(trend, trend->look_count > 0 ? trend->sum / trend->look_count : queued);
        trend->begin_ns += part_ns;
        trend->sum = 0;
        trend->look_count = 0;
    }
    if (now_ns - trend->begin_ns >= part_ns)
        trend->begin_ns = stamp(now_ns);
    trend->sum += queued;
    trend->look_count++;
}

/* The middle one of the slopes between all pairs: a single part that is off does not move it. */
static double median_slope(double *slopes) {
    for (int i = 1; i < PAIRS; i++) {
        double slope = slopes[i];
        int at = i;
        for (; at > 0 && slopes[at - 1] > slope; at--)
            slopes[at] = slopes[at - 1];
        slopes[at] = slope;
    }
    return PAIRS % 2 != 0 ? slopes[PAIRS / 2] : (slopes[PAIRS / 2 - 1] + slopes[PAIRS / 2]) / 2;
}

/* Whether each quarter has at least a tenth of the growth: a line has a third each. */
static bool grows_throughout(const double quarters[QUARTERS]) {
    double least = 0.1 * (quarters[QUARTERS - 1] - quarters[0]);
    for (int i = 1; i < QUARTERS; i++)
        if (quarters[i] - quarters[i - 1] < least)
            return false;
    return true;
}

int64_t wt_queue_trend_rising_ns(const struct wt_queue_trend *trend) {
    uint32_t parts = 0;
    for (uint32_t i = trend->count; i > 1 && trend->means[i - 1] > trend->means[i - 2]; i--)
        parts++;
    return parts * trend->part_ns;
}

/* What an eye sees at the end of a graph: the later half of the last third against the earlier. */
static void look_at_the_end(const struct wt_queue_trend *trend, struct wt_queue_growth *growth) {
    enum { THIRD = WT_QUEUE_PARTS / 3, HALF = THIRD / 2, FIRST = WT_QUEUE_PARTS - THIRD };
    const double *means = trend->means;
    double earlier = 0, later = 0, most = means[FIRST];
    for (int i = 0; i < HALF; i++) {
        earlier += means[FIRST + i] / HALF;
        later += means[FIRST + HALF + i] / HALF;
    }
    growth->recent_per_s =
        (later - earlier) * (double)WT_NS_PER_S / ((double)trend->part_ns * HALF);
    growth->recent_least = fmin(means[WT_QUEUE_PARTS - 1], means[WT_QUEUE_PARTS - 2]);
    for (int i = FIRST; i < WT_QUEUE_PARTS; i++)
        most = means[i] > most ? means[i] : most;
    double nearly = most - 0.1 * fmax(most - means[FIRST - 1], 0);
    int peak = FIRST;
    while (means[peak] < nearly)
        peak++;
    growth->recent_peak_ns = (WT_QUEUE_PARTS - peak) * trend->part_ns - trend->part_ns / 2;
}

struct wt_queue_growth wt_queue_trend_growth(const struct wt_queue_trend *trend) {
    enum { PARTS_EACH = WT_QUEUE_PARTS / QUARTERS };
    struct wt_queue_growth growth = {.is_known = trend->count == WT_QUEUE_PARTS};
    if (!growth.is_known)
        return growth;
    double slopes[PAIRS], quarters[QUARTERS] = {0};
    double part_s = (double)trend->part_ns / (double)WT_NS_PER_S;
    int rises = 0, pair = 0;
    for (int i = 0; i < WT_QUEUE_PARTS; i++) {
        quarters[i / PARTS_EACH] += trend->means[i] / PARTS_EACH;
        for (int k = i + 1; k < WT_QUEUE_PARTS; k++) {
            double rise = trend->means[k] - trend->means[i];
            rises += (rise > 0) - (rise < 0);
            slopes[pair++] = rise / (part_s * (k - i));
        }
    }
    growth.first = quarters[0];
    growth.last = quarters[QUARTERS - 1];
    growth.is_steady = rises >= steady_tau * PAIRS && grows_throughout(quarters);
    growth.per_s = median_slope(slopes);
    look_at_the_end(trend, &growth);
    return growth;
}

/* ---- errors ---------------------------------------------------------------------------------- */

void wt_error_trend_skip(struct wt_error_trend *trend) {
    trend->last_ns = 0;
}

static void end_error_part(struct wt_error_trend *trend) {
    trend->parts[trend->next] = trend->present;
    trend->next = (trend->next + 1) % WT_ERROR_PARTS;
    trend->count += trend->count < WT_ERROR_PARTS;
    trend->present = (struct wt_error_part){.errors = 0};
}

void wt_error_trend_add(struct wt_error_trend *trend, double errors_per_s, double requests_per_s,
                        bool is_bad, int64_t window_ns, int64_t now_ns) {
    int64_t part_ns = window_ns / WT_ERROR_RECENT_PARTS;
    if (part_ns <= 0)
        return;
    if (part_ns != trend->part_ns || now_ns < trend->last_ns)
        memset(trend, 0, sizeof *trend);
    trend->part_ns = part_ns;
    if (trend->last_ns == 0) {
        trend->last_ns = stamp(now_ns);
        trend->begin_ns = trend->last_ns - (int64_t)((double)trend->present.seconds * 1e9);
        return;
    }
    double passed_s = (double)(now_ns - trend->last_ns) / (double)WT_NS_PER_S;
    trend->last_ns = stamp(now_ns);
    if (!isnan(errors_per_s)) {
        trend->present.errors += (float)(errors_per_s * passed_s);
        trend->present.requests += (float)(requests_per_s * passed_s); /* NAN stays NAN */
        trend->present.seconds += (float)passed_s;
        trend->present.is_bad = trend->present.is_bad || is_bad;
    }
    if (now_ns - trend->begin_ns < part_ns)
        return;
    end_error_part(trend);
    trend->begin_ns = trend->last_ns;
}

struct sums {
    double errors, requests, seconds;
};

static void add_part(struct sums *sums, const struct wt_error_part *part) {
    sums->errors += (double)part->errors;
    sums->requests += (double)part->requests;
    sums->seconds += (double)part->seconds;
}

static double share_of(const struct sums *sums) {
    return sums->requests > 0 ? sums->errors / sums->requests : (double)NAN;
}

struct wt_error_rates wt_error_trend_rates(const struct wt_error_trend *trend) {
    struct sums recent = {0}, base = {0}, now = {0};
    for (uint32_t age = 1; age <= trend->count; age++) {
        const struct wt_error_part *part =
            &trend->parts[(trend->next + WT_ERROR_PARTS - age) % WT_ERROR_PARTS];
        if (age <= WT_ERROR_RECENT_PARTS)
            add_part(&recent, part);
        else if (!part->is_bad)
            add_part(&base, part);
        if (age == 1)
            add_part(&now, part);
    }
    add_part(&now, &trend->present);
    double window_s = (double)trend->part_ns * WT_ERROR_RECENT_PARTS / (double)WT_NS_PER_S;
    bool has_recent = trend->count >= WT_ERROR_RECENT_PARTS && recent.seconds > window_s / 2;
    bool has_base = base.seconds >= 0.9 * window_s; /* the parts' ends do not share all of it */
    return (struct wt_error_rates){
        .recent_per_s = has_recent ? recent.errors / recent.seconds : (double)NAN,
        .recent_share = has_recent ? share_of(&recent) : (double)NAN,
        .base_per_s = has_base ? base.errors / base.seconds : (double)NAN,
        .base_share = has_base ? share_of(&base) : (double)NAN,
        .now_per_s = now.seconds > 0 ? now.errors / now.seconds : (double)NAN,
        .now_share = now.seconds > 0 ? share_of(&now) : (double)NAN,
    };
}
