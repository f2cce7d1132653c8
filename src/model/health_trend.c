/* Rules about what becomes worse: errors and the queue. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/format.h"
#include "model/health_rules.h"

/* ---- errors ---------------------------------------------------------------------------------- */

/* Whether the recent errors are `factor` times the base: in number, and in share of the requests,
 * where that is known, so that three times the work may fail three times as often. */
static bool is_above_base(const struct wt_case *at, double per_s, double share, double factor) {
    const struct wt_health *health = at->health;
    double share_factor = 1 + (factor - 1) / 2;
    bool share_rose = isnan(share) || isnan(health->errors_base_share) ||
                      share > share_factor * health->errors_base_share;
    return per_s > factor * health->errors_base_per_s && share_rose;
}

/* Fewer than half of what sets the alarm. */
static bool are_few(const struct wt_case *at, double per_s, double share) {
    double half = 1 + (at->limits->errors_factor - 1) / 2;
    return !(per_s >= at->limits->errors_least / 2 && is_above_base(at, per_s, share, half));
}

/* They have ended, which counts only after a while: until when they were, and what is waited for.
 */
static void say_ended_errors(const struct wt_case *at, enum wt_verdict verdict, const char *rate,
                             const char *base, struct wt_opinion *opinion) {
    const struct wt_alarm *alarm = &at->health->alarms[WT_ALARM_ERRORS];
    char until[WT_FORMAT_SIZE], wait[WT_FORMAT_SIZE];
    wt_format_clock(until, sizeof until, at->health->errors_until_date);
    /* The window is full of few, and then so long. */
    wt_format_duration(wait, sizeof wait, 2 * at->limits->errors_ns);
    wt_say(opinion, verdict, alarm->since_ns,
           "errors rose until %s: %s/s now (%s/s before); wait: it clears after %s of few errors",
           until, rate, base, wait);
}

static void say_errors(const struct wt_case *at, const struct wt_error_rates *rates,
                       struct wt_opinion *opinion) {
    const struct wt_alarm *alarm = &at->health->alarms[WT_ALARM_ERRORS];
    char time[WT_FORMAT_SIZE], rate[WT_FORMAT_SIZE], base[WT_FORMAT_SIZE], share[96] = "";
    enum wt_verdict verdict =
        rates->recent_share >= at->limits->errors_crit_ratio ? WT_VERDICT_CRIT : WT_VERDICT_WARN;
    wt_format_duration(time, sizeof time, at->now - alarm->since_ns);
    wt_format_si(rate, sizeof rate, rates->now_per_s);
    wt_format_si(base, sizeof base, at->health->errors_base_per_s);
    if (at->health->errors_until_ns != 0) {
        say_ended_errors(at, verdict, rate, base, opinion);
        return;
    }
    if (!isnan(rates->now_share)) {
        char percent[WT_FORMAT_SIZE];
        wt_format_percent(percent, sizeof percent, fmin(rates->now_share, 1));
        snprintf(share, sizeof share, ", %s of the requests", percent);
    }
    wt_say(opinion, verdict, alarm->since_ns,
           "errors rising for %s: %s/s (was %s/s)%s; see its log, and what changed then", time,
           rate, base, share);
}

static void say_more_errors(const struct wt_case *at, const struct wt_error_rates *rates,
                            int64_t since_ns, struct wt_opinion *opinion) {
    char time[WT_FORMAT_SIZE], rate[WT_FORMAT_SIZE], base[WT_FORMAT_SIZE], after[WT_FORMAT_SIZE];
    wt_format_duration(time, sizeof time, at->now - since_ns);
    wt_format_si(rate, sizeof rate, rates->now_per_s);
    wt_format_si(base, sizeof base, at->health->errors_base_per_s);
    wt_format_duration(after, sizeof after, at->limits->errors_ns / 3);
    wt_say_rising(opinion, since_ns, "more errors for %s: %s/s (was %s/s), WARN after %s", time,
                  rate, base, after);
}

/* Notes when they ceased to be many: the mean of the last seconds says so, and the date is that of
 * the last look at which they were. */
static void follow_errors(const struct wt_case *at, const struct wt_error_rates *rates) {
    struct wt_health *health = at->health;
    double per_s = wt_service_rate(at->service, at->service->errors_field);
    double share = per_s / wt_service_rate(at->service, at->service->requests_field);
    /* They are many again when they would set the alarm. */
    bool are_many =
        rates->now_per_s >= at->limits->errors_least &&
        is_above_base(at, rates->now_per_s, rates->now_share, at->limits->errors_factor);
    bool ended =
        health->errors_until_ns != 0 ? !are_many : are_few(at, rates->now_per_s, rates->now_share);
    wt_hold(&health->errors_until_ns, ended, at->now);
    if (health->errors_until_ns == 0 && !are_few(at, per_s, share))
        health->errors_until_date = at->time.realtime_ns;
}

void wt_judge_errors(const struct wt_case *at, struct wt_opinion *opinion) {
    struct wt_health *health = at->health;
    struct wt_alarm *alarm = &health->alarms[WT_ALARM_ERRORS];
    const struct wt_service *service = at->service;
    if (service->errors_field < 0) {
        *alarm = (struct wt_alarm){.raise_ns = 0};
        return;
    }
    bool is_bad = alarm->is_on || alarm->raise_ns != 0;
    wt_error_trend_add(&health->errors, wt_service_rate(service, service->errors_field),
                       wt_service_rate(service, service->requests_field), is_bad,
                       at->limits->errors_ns, at->now);
    struct wt_error_rates rates = wt_error_trend_rates(&health->errors);
    if (!alarm->is_on) { /* else the base is that of before */
        health->errors_base_per_s = rates.base_per_s;
        health->errors_base_share = rates.base_share;
    }
    const struct wt_alarm_step step = {
        .raises =
            rates.recent_per_s >= at->limits->errors_least &&
            is_above_base(at, rates.recent_per_s, rates.recent_share, at->limits->errors_factor),
        .clears = are_few(at, rates.recent_per_s, rates.recent_share),
        .raise_after_ns = at->limits->errors_ns / 3,
        .clear_after_ns = at->limits->errors_ns,
    };
    bool is_on = wt_alarm_step(alarm, &step, at->now);
    if (is_on) {
        follow_errors(at, &rates);
        say_errors(at, &rates, opinion);
    } else if (wt_alarm_rises(alarm, &step, at->now)) {
        say_more_errors(at, &rates, alarm->raise_ns, opinion);
    }
}

/* ---- queue ----------------------------------------------------------------------------------- */

/* The cure: more workers where those that are there have no room, else a better spread. */
static void say_queue_cure(const struct wt_case *at, char *out, size_t size) {
    const struct wt_service *service = at->service;
    char used[WT_FORMAT_SIZE];
    if (service->utilization_ratio < at->limits->warn_ratio) {
        wt_format_percent(used, sizeof used, service->utilization_ratio);
        snprintf(out, size, "spread the load: only %s busy, some workers get too much", used);
        return;
    }
    if (!wt_say_more_workers(at->health, at->limits, service, out, size))
        snprintf(out, size, "add workers: more comes in than is done");
}

/* It does not grow any more: until when it did, how long it is, and what is waited for. */
static void say_grown_queue(const struct wt_case *at, const char *length,
                            struct wt_opinion *opinion) {
    char until[WT_FORMAT_SIZE], wait[WT_FORMAT_SIZE];
    wt_format_clock(until, sizeof until, at->health->queue_until_date);
    wt_format_duration(wait, sizeof wait, at->limits->queue_ns);
    wt_say(opinion, WT_VERDICT_WARN, at->health->alarms[WT_ALARM_QUEUE].since_ns,
           "queue grew until %s: %s waiting; wait: it clears after %s without growth", until,
           length, wait);
}

static void say_queue(const struct wt_case *at, const struct wt_queue_growth *growth,
                      struct wt_opinion *opinion) {
    const struct wt_alarm *alarm = &at->health->alarms[WT_ALARM_QUEUE];
    char time[WT_FORMAT_SIZE], speed[WT_FORMAT_SIZE], length[WT_FORMAT_SIZE];
    char twice[WT_FORMAT_SIZE], cure[128];
    double queued = wt_service_sum(at->service, at->service->queue_field);
    wt_format_duration(time, sizeof time, at->now - alarm->since_ns);
    wt_format_si(length, sizeof length, queued);
    if (at->health->queue_until_ns != 0) {
        say_grown_queue(at, length, opinion);
        return;
    }
    say_queue_cure(at, cure, sizeof cure);
    if (!growth->is_known) {
        wt_say(opinion, WT_VERDICT_WARN, alarm->since_ns,
               "queue growing for %s: %s waiting, how fast is not known yet; %s", time, length,
               cure);
        return;
    }
    double per_s = growth->recent_per_s;
    wt_format_si(speed, sizeof speed, per_s);
    wt_format_duration(twice, sizeof twice, (int64_t)fmin(queued / per_s * 1e9, 9e18));
    wt_say(opinion, WT_VERDICT_WARN, alarm->since_ns,
           "queue growing for %s: %s waiting, +%s/s, twice that in %s; %s", time, length, speed,
           twice, cure);
}

/* Notes when a queue that grew ceased to. It grows again when it does so half as fast as before. */
static void follow_queue(const struct wt_case *at, const struct wt_queue_growth *growth) {
    const double ceased = 1.0 / 8;
    struct wt_health *health = at->health;
    double recent = growth->recent_per_s;
    bool falls = wt_service_sum(at->service, at->service->queue_field) < growth->recent_least;
    if (health->queue_until_ns != 0) {
        if (!falls && recent > 0 && recent > health->queue_grew_per_s / 2)
            health->queue_until_ns = 0;
        return;
    }
    if (!falls && recent > 0 && recent > growth->per_s * ceased)
        return;
    /* Never without a moment, though the clock read 0. */
    health->queue_until_ns = at->now - growth->recent_peak_ns;
    health->queue_until_ns += health->queue_until_ns == 0;
    health->queue_until_date = at->time.realtime_ns - growth->recent_peak_ns;
    health->queue_grew_per_s = fmax(growth->per_s, 0);
}

/* Longer than before in each of the last parts of the window, but not through all of it. */
static void say_rising_queue(const struct wt_case *at, double queued, struct wt_opinion *opinion) {
    enum { LEAST_PARTS = 4 };
    int64_t rising_ns = wt_queue_trend_rising_ns(&at->health->queue);
    char time[WT_FORMAT_SIZE], length[WT_FORMAT_SIZE], after[WT_FORMAT_SIZE];
    if (!(queued >= at->limits->queue_least) ||
        rising_ns < LEAST_PARTS * at->health->queue.part_ns || at->health->queue.part_ns == 0)
        return;
    wt_format_duration(time, sizeof time, rising_ns);
    wt_format_si(length, sizeof length, queued);
    wt_format_duration(after, sizeof after, at->limits->queue_ns);
    wt_say_rising(opinion, at->now - rising_ns, "queue rising for %s: %s waiting, WARN after %s",
                  time, length, after);
}

void wt_judge_queue(const struct wt_case *at, struct wt_opinion *opinion) {
    struct wt_health *health = at->health;
    struct wt_alarm *alarm = &health->alarms[WT_ALARM_QUEUE];
    double queued = wt_service_sum(at->service, at->service->queue_field);
    wt_queue_trend_add(&health->queue, queued, at->limits->queue_ns, at->now);
    struct wt_queue_growth growth = wt_queue_trend_growth(&health->queue);
    int64_t clear_ns = at->limits->queue_ns / 3;
    if (alarm->is_on && growth.is_known)
        follow_queue(at, &growth);
    else if (!alarm->is_on)
        health->queue_until_ns = 0;
    const struct wt_alarm_step step = {
        .raises = growth.is_steady && growth.last >= at->limits->queue_least &&
                  growth.last >= 1.5 * growth.first && queued >= growth.last / 2,
        .clears = growth.last < 1.1 * growth.first || !(queued >= at->limits->queue_least / 2) ||
                  wt_held(health->queue_until_ns, at->limits->queue_ns - clear_ns, at->now),
        .clear_after_ns = clear_ns,
    };
    bool was_on = alarm->is_on;
    bool is_on = wt_alarm_step(alarm, &step, at->now);
    if (is_on && !was_on) /* it has grown through the whole window */
        alarm->since_ns -= at->limits->queue_ns;
    if (is_on)
        say_queue(at, &growth, opinion);
    else
        say_rising_queue(at, queued, opinion);
}
