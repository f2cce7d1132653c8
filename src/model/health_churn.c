/* Rules about processes that come and go. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "model/health_rules.h"

/* So many in a minute are still usual. */
static double usual_starts(const struct wt_case *at) {
    double workers = (double)at->service->worker_count + at->service->silent_count;
    return fmax(at->limits->flap_starts, at->limits->flap_ratio * workers);
}

/* Whether its workers are large enough for the kernel to end them when memory is short: unknown
 * counts as large. */
static bool may_lack_memory(const struct wt_case *at) {
    const struct wt_usage *usage = &at->service->usage;
    const double mib = 1 << 20;
    double median = at->findings->memory_count > 0 ? at->findings->memory_median_bytes : 0;
    if (!(median > 0) && usage->known_count > 0)
        median = (double)usage->rss_bytes / usage->known_count;
    return !(median > 0) || median >= at->limits->memory_least_mib * mib;
}

/* What to do about exits with this cause ("signal 9 (Killed)", "exit 3", ...). */
static const char *cure_of(const struct wt_case *at, const char *cause) {
    static const struct {
        const char *begins, *cure;
    } cures[] = {
        {"signal ", "it crashes: see its log and core dump"},
        {"exit ", "see what its log says last"},
    };
    if (strncmp(cause, "signal 9 ", 9) == 0)
        return may_lack_memory(at)
                   ? "see who kills them: dmesg (out of memory), the supervisor's log"
                   : "see who kills them: the supervisor's log, dmesg";
    for (size_t i = 0; i < sizeof cures / sizeof cures[0]; i++)
        if (strncmp(cause, cures[i].begins, strlen(cures[i].begins)) == 0)
            return cures[i].cure;
    return "see its log and its supervisor's";
}

/* "last by signal 9 (Killed) 3s ago"; "" when nobody knows of any. */
static void say_last_exit(const struct wt_case *at, char *out, size_t size) {
    const struct wt_service *service = at->service;
    char ago[WT_FORMAT_SIZE];
    out[0] = '\0';
    if (service->last_exit[0] == '\0' || service->last_exit_realtime_ns == 0)
        return;
    int64_t passed = at->time.realtime_ns - service->last_exit_realtime_ns;
    wt_format_duration(ago, sizeof ago, passed > 0 ? passed : 0);
    snprintf(out, size, ", last %s %s ago", service->last_exit, ago);
}

/* So many workers are usual: while some are being replaced, fewer are there. */
static uint32_t usual_workers(const struct wt_case *at) {
    struct wt_health *health = at->health;
    uint32_t workers = at->service->worker_count + at->service->silent_count;
    wt_hold(&health->workers_fewer_ns, workers < health->workers_most, at->now);
    if (workers > health->workers_most ||
        wt_held(health->workers_fewer_ns, WT_MINUTE_SECONDS * WT_NS_PER_S, at->now)) {
        health->workers_most = workers;
        health->workers_fewer_ns = 0;
    }
    return health->workers_most;
}

/* CRIT stays while it ends: a minute that counts one exit less is no news. */
static void weigh_flapping(const struct wt_case *at, bool all, bool clears) {
    struct wt_health *health = at->health;
    wt_hold(&health->flapping_less_ns, !all && !clears, at->now);
    bool stays = health->flapping == WT_VERDICT_CRIT &&
                 !wt_held(health->flapping_less_ns, at->limits->clear_ns, at->now);
    health->flapping = all || stays ? WT_VERDICT_CRIT : WT_VERDICT_WARN;
}

/* The exits have ended: until when they came, how many they were, and what is waited for. */
static void say_flapped(const struct wt_case *at, const struct wt_churn_figures *figures,
                        double calm, struct wt_opinion *opinion) {
    const struct wt_alarm *alarm = &at->health->alarms[WT_ALARM_FLAPPING];
    const struct wt_service *service = at->service;
    char until[WT_FORMAT_SIZE], wait[WT_FORMAT_SIZE], last[96] = "";
    uint32_t most = at->health->flapping_most;
    int64_t date = at->time.realtime_ns - (at->now - figures->last_unruly_ns);
    /* Where it is the same exit: the clocks drift apart, and the date would tremble. */
    int64_t off_ns = service->last_exit_realtime_ns - date;
    if (off_ns > -2 * WT_NS_PER_S && off_ns < 2 * WT_NS_PER_S)
        date = service->last_exit_realtime_ns;
    wt_format_clock(until, sizeof until, date);
    wt_format_duration(wait, sizeof wait, at->limits->clear_ns);
    if (service->last_exit != NULL && service->last_exit[0] != '\0')
        snprintf(last, sizeof last, ", last %s", service->last_exit);
    wt_say(opinion, at->health->flapping, alarm->since_ns,
           "flapped until %s: %" PRIu32 " exit%s/min%s; wait: it clears after %s with at most %.0f "
           "exit%s/min",
           until, most, most == 1 ? "" : "s", last, wait, calm, calm == 1 ? "" : "s");
}

static void say_flapping(const struct wt_case *at, const struct wt_churn_figures *figures,
                         struct wt_opinion *opinion) {
    const struct wt_alarm *alarm = &at->health->alarms[WT_ALARM_FLAPPING];
    const char *cause = at->service->last_exit == NULL ? "" : at->service->last_exit;
    char time[WT_FORMAT_SIZE], last[160];
    wt_format_duration(time, sizeof time, at->now - alarm->since_ns);
    say_last_exit(at, last, sizeof last);
    wt_say(opinion, at->health->flapping, alarm->since_ns,
           "flapping for %s: %" PRIu32 " exit%s/min%s; %s", time, figures->unruly_workers,
           figures->unruly_workers == 1 ? "" : "s", last, cure_of(at, cause));
}

void wt_judge_flapping(const struct wt_case *at, struct wt_opinion *opinion) {
    if (at->findings->churn == NULL)
        return;
    struct wt_health *health = at->health;
    struct wt_churn_figures figures = wt_churn_figures(at->findings->churn, at->now);
    double usual = usual_starts(at), unruly = figures.unruly_workers;
    uint32_t workers = usual_workers(at);
    const struct wt_alarm_step step = {
        /* One process that plays many workers and dies once is no flapping. */
        .raises = unruly > usual && figures.unruly_processes > at->limits->flap_starts,
        .clears = unruly <= usual / 2,
        .clear_after_ns = at->limits->clear_ns,
    };
    if (!wt_alarm_step(&health->alarms[WT_ALARM_FLAPPING], &step, at->now)) {
        health->flapping = WT_VERDICT_OK;
        health->flapping_most = 0;
        return;
    }
    if (figures.unruly_workers > health->flapping_most)
        health->flapping_most = figures.unruly_workers;
    weigh_flapping(at, unruly > usual && unruly >= workers, step.clears);
    const int64_t pause_ns = 30 * WT_NS_PER_S; /* four in a minute are 15 s apart */
    bool is_over = step.clears || at->now - figures.last_unruly_ns >= pause_ns;
    if (is_over)
        say_flapped(at, &figures, floor(usual / 2), opinion);
    else
        say_flapping(at, &figures, opinion);
}

/* Only one that is fast enough to look like trouble is worth a word. */
void wt_judge_rolling(const struct wt_case *at, struct wt_opinion *opinion) {
    if (at->findings->churn == NULL)
        return;
    struct wt_churn_figures figures = wt_churn_figures(at->findings->churn, at->now);
    /* As many as when none is missing, and none there twice. */
    int64_t workers =
        (int64_t)at->service->worker_count + at->service->silent_count + figures.missing;
    int64_t span = figures.rolling_last_ns - figures.rolling_begin_ns;
    double per_min =
        span > 60 * WT_NS_PER_S ? figures.replaced * 60e9 / (double)span : figures.replaced;
    if (figures.replaced == 0 || workers <= 0 || per_min <= usual_starts(at))
        return;
    char time[WT_FORMAT_SIZE];
    wt_format_duration(time, sizeof time, span);
    if (figures.replaced >= workers)
        wt_say(opinion, WT_VERDICT_OK, figures.rolling_begin_ns,
               "rolling restart done: %" PRIu32 " worker%s replaced in %s", figures.replaced,
               figures.replaced == 1 ? "" : "s", time);
    else
        wt_say(opinion, WT_VERDICT_OK, figures.rolling_begin_ns,
               "rolling restart: %" PRIu32 " of %" PRId64 " workers replaced in %s",
               figures.replaced, workers, time);
}
