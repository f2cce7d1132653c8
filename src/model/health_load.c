/* Rules about the work of now: too much of it, or none done. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "model/health_rules.h"
#include "model/sentence.h"

/* How many times its present work comes in, of a service whose queue grows: what is not done waits
 * there. 1 when that is unknown. */
static double demand(const struct wt_service *service, const struct wt_health *health) {
    struct wt_queue_growth growth = wt_queue_trend_growth(&health->queue);
    double done = wt_service_rate(service, service->requests_field);
    return growth.is_steady && growth.per_s > 0 && done > 0 ? 1 + growth.per_s / done : 1;
}

/* The answer of before, while it is wrong by no more than a twentieth: rates are not steadier. */
static uint64_t settle(uint64_t told, double needed) {
    double slack = 0.05 * (double)told;
    bool stays = needed <= (double)told + slack && needed > (double)told - 1 - slack;
    return told > 0 && stays ? told : (uint64_t)ceil(needed - 1e-9);
}

uint64_t wt_health_workers_needed(struct wt_health *health, const struct wt_health_limits *limits,
                                  const struct wt_service *service) {
    double busy = wt_service_sum(service, service->busy_field);
    double slots = wt_service_sum(service, service->capacity_field);
    uint64_t told = health->workers_told;
    health->workers_told = 0;
    if (isnan(service->utilization_ratio) || !(slots > 0) || service->worker_count == 0)
        return 0;
    double slots_each = slots / service->worker_count;
    double needed = busy * demand(service, health) / limits->clear_ratio / slots_each;
    if (!(needed < 1e15))
        return 0;
    uint64_t workers = needed > 0 ? settle(told, needed) : 0;
    if (workers <= service->worker_count)
        return service->worker_count;
    health->workers_told = workers;
    return workers;
}

enum work { WORK_IS_MIXED, WORK_WAITS, WORK_COMPUTES };

/* Whether the work that keeps slots busy is computing, or waiting for something that more workers
 * do not make faster. They wait where the processes take less than a tenth of a core for each busy
 * slot, and less than half of one each: threads may share a core. */
static enum work work_of(const struct wt_service *service) {
    const double least_per_slot = 0.1, least_per_process = 0.5, full = 0.9;
    const struct wt_usage *usage = &service->usage;
    double busy = wt_service_sum(service, service->busy_field);
    if (usage->process_count == 0 || usage->cpu_known_count < usage->process_count || !(busy > 0))
        return WORK_IS_MIXED;
    double per_slot = usage->cpu_cores / busy,
           per_process = usage->cpu_cores / usage->process_count;
    if (per_slot < least_per_slot && per_process < least_per_process)
        return WORK_WAITS;
    return per_slot >= full || per_process >= full ? WORK_COMPUTES : WORK_IS_MIXED;
}

bool wt_say_more_workers(struct wt_health *health, const struct wt_health_limits *limits,
                         const struct wt_service *service, char *out, size_t size) {
    uint64_t needed = wt_health_workers_needed(health, limits, service);
    if (needed <= service->worker_count)
        return false;
    uint64_t more = needed - service->worker_count;
    char aim[WT_FORMAT_SIZE], then[WT_FORMAT_SIZE + 32] = "";
    wt_format_percent(aim, sizeof aim, limits->clear_ratio);
    /* With every slot busy nobody knows how much more work there is than shows. */
    bool is_full =
        service->utilization_ratio >= 1 && wt_service_sum(service, service->queue_field) > 0;
    if (work_of(service) == WORK_WAITS) /* more of them help, and may only wait, too */
        snprintf(then, sizeof then, ", or see what workers wait for");
    else if (!is_full)
        snprintf(then, sizeof then, ", to bring it to %s", aim);
    snprintf(out, size, "%s+%" PRIu64 " worker%s (%" PRIu64 " in all)%s",
             is_full ? "at least " : "", more, more == 1 ? "" : "s", needed, then);
    return true;
}

/* The utilization of the last 10 s, where it is known: that of a moment jumps, and a service that
 * is 87 % busy is below 80 % every now and then. */
static double steady_ratio(const struct wt_service *service) {
    double mean = service->load.windows[WT_WINDOW_10S].utilization_ratio;
    return isnan(mean) ? service->utilization_ratio : mean;
}

/* The mean of 10 s passes its threshold later than the present load does. */
static int64_t earlier(int64_t a_ns, int64_t b_ns) {
    if (a_ns == 0 || b_ns == 0)
        return a_ns != 0 ? a_ns : b_ns;
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Saturation with hysteresis: 0 (none), WARN or CRIT in health->saturation. */
static void judge_saturation(struct wt_health *health, const struct wt_health_limits *limits,
                             const struct wt_service *service, int64_t now) {
    double ratio = service->utilization_ratio, steady = steady_ratio(service);
    double queue = wt_service_sum(service, service->queue_field);
    bool over_crit = ratio >= limits->crit_ratio; /* false for NAN */
    wt_hold(&health->over_crit_ns, over_crit && (isnan(queue) || queue > 0), now);
    wt_hold(&health->over_warn_ns, steady >= limits->warn_ratio, now);
    wt_hold(&health->below_clear_ns, isnan(steady) || steady < limits->clear_ratio, now);
    wt_hold(&health->below_crit_ns, !(over_crit && queue > 0), now);

    enum wt_verdict before = health->saturation, after = before;
    if (wt_held(health->over_crit_ns, limits->crit_ns, now))
        after = queue > 0 ? WT_VERDICT_CRIT : WT_VERDICT_WARN;
    else if (wt_held(health->over_warn_ns, limits->warn_ns, now))
        after = WT_VERDICT_WARN;
    if (wt_held(health->below_clear_ns, limits->clear_ns, now))
        after = WT_VERDICT_OK;
    else if (before == WT_VERDICT_CRIT && after != WT_VERDICT_CRIT)
        after = wt_held(health->below_crit_ns, limits->clear_ns, now) ? WT_VERDICT_WARN : before;
    else if (before == WT_VERDICT_WARN && after == WT_VERDICT_OK)
        after = before;
    bool is = after == WT_VERDICT_WARN || after == WT_VERDICT_CRIT;
    if (is && health->saturated_since_ns == 0)
        health->saturated_since_ns = earlier(health->over_warn_ns, health->over_crit_ns);
    if (!is)
        health->saturated_since_ns = 0;
    health->saturation = after;
}

/* Over, but not cleared yet: what was, how it is now and since when, and what is waited for. */
static void say_recovering(const struct wt_health *health, const struct wt_health_limits *limits,
                           const char *now_busy, int64_t now, struct wt_opinion *opinion) {
    char since[WT_FORMAT_SIZE], aim[WT_FORMAT_SIZE], wait[WT_FORMAT_SIZE];
    wt_format_duration(since, sizeof since, now - health->below_clear_ns);
    wt_format_duration(wait, sizeof wait, limits->clear_ns);
    wt_format_percent(aim, sizeof aim, limits->clear_ratio);
    wt_say(opinion, health->saturation, health->saturated_since_ns,
           "recovering for %s: %s now, was %s; wait: it clears after %s below %s", since, now_busy,
           health->saturation == WT_VERDICT_CRIT ? "saturated" : "nearly saturated", wait, aim);
}

/* Not yet for so long that it counts. */
static void say_filling(const struct wt_health *health, const struct wt_health_limits *limits,
                        const struct wt_service *service, int64_t now, struct wt_opinion *opinion) {
    enum { PART = 6 }; /* of the time until it counts: what is over sooner is not told */
    char busy[6 * WT_FORMAT_SIZE], held_for[WT_FORMAT_SIZE], after[WT_FORMAT_SIZE];
    bool is_full = wt_held(health->over_crit_ns, limits->crit_ns / PART, now);
    if (!is_full && !wt_held(health->over_warn_ns, limits->warn_ns / PART, now))
        return;
    int64_t since = is_full ? health->over_crit_ns : health->over_warn_ns;
    bool is_crit = is_full && wt_service_sum(service, service->queue_field) > 0;
    wt_sentence_load(service, busy, sizeof busy);
    wt_format_duration(held_for, sizeof held_for, now - since);
    wt_format_duration(after, sizeof after, is_full ? limits->crit_ns : limits->warn_ns);
    wt_say_rising(opinion, since, "%s for %s: %s, %s after %s", is_full ? "full" : "busy", held_for,
                  busy, wt_verdict_text(is_crit ? WT_VERDICT_CRIT : WT_VERDICT_WARN), after);
}

/* " (CPU 3%: workers wait)": "" in between, and where it is not known of all of them. */
static void say_cpu(const struct wt_service *service, char *out, size_t size) {
    char cpu[WT_FORMAT_SIZE];
    enum work work = work_of(service);
    out[0] = '\0';
    if (work == WORK_IS_MIXED)
        return;
    wt_format_si(cpu, sizeof cpu, floor(service->usage.cpu_cores * 100 + .5));
    snprintf(out, size, " (CPU %s%%: workers %s)", cpu, work == WORK_WAITS ? "wait" : "compute");
}

static void say_saturated(struct wt_health *health, const struct wt_health_limits *limits,
                          const struct wt_service *service, int64_t now,
                          struct wt_opinion *opinion) {
    if (health->saturation != WT_VERDICT_WARN && health->saturation != WT_VERDICT_CRIT) {
        say_filling(health, limits, service, now, opinion);
        return;
    }
    char busy[6 * WT_FORMAT_SIZE], held_for[WT_FORMAT_SIZE], cure[128] = "", cpu[64];
    if (isnan(service->utilization_ratio)) {
        wt_say(opinion, health->saturation, health->saturated_since_ns,
               "was %s, now its utilization is unknown; look at its workers: some report no "
               "capacity",
               health->saturation == WT_VERDICT_CRIT ? "saturated" : "nearly saturated");
        return;
    }
    wt_sentence_load(service, busy, sizeof busy);
    if (health->below_clear_ns != 0) {
        say_recovering(health, limits, busy, now, opinion);
        return;
    }
    bool has_cure = wt_say_more_workers(health, limits, service, cure, sizeof cure);
    bool eased = health->saturation == WT_VERDICT_CRIT && health->below_crit_ns != 0;
    wt_format_duration(held_for, sizeof held_for,
                       now - (eased ? health->below_crit_ns : health->saturated_since_ns));
    const char *what = eased                                   ? "no longer saturated, for"
                       : health->saturation == WT_VERDICT_CRIT ? "saturated for"
                                                               : "nearly saturated for";
    say_cpu(service, cpu, sizeof cpu);
    wt_say(opinion, health->saturation, health->saturated_since_ns, "%s %s: %s%s%s%s", what,
           held_for, busy, cpu, has_cure ? "; " : "", cure);
}

enum { LABEL_SIZE = 64, REQUEST_SIZE = 40, WHAT_SIZE = LABEL_SIZE + REQUEST_SIZE + 64 };

/* Whether two times since when something holds are the same to a person who reads both. */
static bool is_about_as_long(int64_t ns, int64_t as_ns) {
    return ns <= as_ns + as_ns / 4;
}

/* " in POST /checkout (request 8f3a)", or " in request 8f3a": "" when nobody knows. How long it is
 * in it is said when that is much longer than it has been stuck. Label and request are words of the
 * program: made harmless, and cut so that the advice behind them finds room. */
static void say_what(const struct wt_findings *findings, int64_t now, char out[WHAT_SIZE]) {
    char time[WT_FORMAT_SIZE], label[LABEL_SIZE], request[REQUEST_SIZE] = "";
    const char *text = findings->stuck_label;
    out[0] = '\0';
    if (text == NULL)
        return;
    wt_text_clean(label, sizeof label, text, strlen(text));
    if (findings->stuck_request != NULL)
        wt_text_clean(request, sizeof request, findings->stuck_request,
                      strlen(findings->stuck_request));
    wt_format_duration(time, sizeof time, now - findings->stuck_label_ns);
    bool has_label = label[0] != '\0', has_request = request[0] != '\0';
    bool is_new = is_about_as_long(now - findings->stuck_label_ns, now - findings->stuck_since_ns);
    if (!has_label && !has_request)
        return;
    snprintf(out, WHAT_SIZE, " in %s%s%s%s%s%s", label,
             !has_request ? ""
             : has_label  ? " (request "
                          : "request ",
             request, has_label && has_request ? ")" : "", is_new ? "" : ", busy for ",
             is_new ? "" : time);
}

static void say_stuck(const struct wt_health_limits *limits, const struct wt_service *service,
                      const struct wt_findings *findings, int64_t now, struct wt_opinion *opinion) {
    bool is_crit = service->stuck_count >= limits->stuck_crit_ratio * service->worker_count;
    bool is_one = service->stuck_count == 1, is_named = findings->stuck_id != 0;
    char time[WT_FORMAT_SIZE], which[64] = "", what[WHAT_SIZE], who[2 * WT_HEALTH_SENTENCE_SIZE];
    wt_format_duration(time, sizeof time,
                       is_named ? now - findings->stuck_since_ns : limits->stuck_ns);
    if (is_named)
        snprintf(which, sizeof which, "worker %" PRIu64 " (pid %" PRId64 ")", findings->stuck_id,
                 findings->stuck_pid);
    say_what(findings, now, what);
    if (is_one && is_named)
        snprintf(who, sizeof who, "%s%s%s", which, what[0] != '\0' ? what : " busy",
                 what[0] != '\0' ? ", no progress" : " without progress");
    else
        snprintf(who, sizeof who, "%u of %u workers busy without progress%s%s%s",
                 service->stuck_count, service->worker_count, is_named ? ", longest " : "", which,
                 what);
    if (is_one && is_named)
        snprintf(which, sizeof which, "worker %" PRIu64, findings->stuck_id);
    else
        snprintf(which, sizeof which, is_one ? "the stuck worker" : "the %" PRIu32 " stuck",
                 service->stuck_count);
    wt_say(opinion, is_crit ? WT_VERDICT_CRIT : WT_VERDICT_WARN,
           is_named ? findings->stuck_since_ns : 0,
           "stuck for %s%s: %s; look at %s, then restart %s", is_named ? "" : "over ", time, who,
           which, is_one ? "it" : "them");
}

void wt_judge_saturated(const struct wt_case *at, struct wt_opinion *opinion) {
    judge_saturation(at->health, at->limits, at->service, at->now);
    say_saturated(at->health, at->limits, at->service, at->now, opinion);
}

void wt_judge_stuck(const struct wt_case *at, struct wt_opinion *opinion) {
    if (at->service->stuck_count > 0)
        say_stuck(at->limits, at->service, at->findings, at->now, opinion);
}

void wt_judge_stale(const struct wt_case *at, struct wt_opinion *opinion) {
    const struct wt_service *service = at->service;
    char time[WT_FORMAT_SIZE];
    wt_hold(&at->health->stale_ns, service->stale_count > 0, at->now);
    if (service->stale_count == 0)
        return;
    int64_t since = at->health->stale_ns - at->limits->stale_ns;
    wt_format_duration(time, sizeof time, at->now - since);
    wt_say(opinion,
           service->stale_count >= service->worker_count ? WT_VERDICT_CRIT : WT_VERDICT_WARN, since,
           "stale for %s: %u of %u workers, no heartbeat; see what stops %s, or takes the CPU",
           time, service->stale_count, service->worker_count,
           service->stale_count == 1 ? "it" : "them");
}
