#include "model/health.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/number.h"

const struct wt_health_limits wt_health_limits_default = {
    .crit_ratio = 0.95,
    .warn_ratio = 0.80,
    .clear_ratio = 0.75,
    .stuck_crit_ratio = 0.10,
    .crit_ns = 30 * WT_NS_PER_S,
    .warn_ns = 60 * WT_NS_PER_S,
    .clear_ns = 60 * WT_NS_PER_S,
    .stuck_ns = 30 * WT_NS_PER_S,
    .stale_ns = 3 * WT_NS_PER_S,
    .idle_ns = 10 * WT_NS_PER_S,
};

/* Keeps "since when does it hold". The monotonic clock never reads 0 on a running host; should a
 * test say so, 1 ns does no harm. */
static void hold(int64_t *since, bool holds, int64_t now) {
    if (!holds)
        *since = 0;
    else if (*since == 0)
        *since = now != 0 ? now : 1;
}

static bool held(int64_t since, int64_t for_ns, int64_t now) {
    return since != 0 && now - since >= for_ns;
}

uint64_t wt_health_workers_needed(const struct wt_service *service,
                                  const struct wt_health_limits *limits) {
    double busy = wt_service_sum(service, service->busy_field);
    double slots = wt_service_sum(service, service->capacity_field);
    if (isnan(service->utilization_ratio) || !(slots > 0) || service->worker_count == 0)
        return 0;
    double slots_each = slots / service->worker_count;
    double needed = ceil(busy / limits->clear_ratio / slots_each - 1e-9);
    if (!(needed < 1e15))
        return 0;
    uint64_t workers = needed > 0 ? (uint64_t)needed : 0;
    return workers > service->worker_count ? workers : service->worker_count;
}

/* Saturation with hysteresis: 0 (none), WARN or CRIT in health->saturation. */
static void judge_saturation(struct wt_health *health, const struct wt_health_limits *limits,
                             const struct wt_service *service, int64_t now) {
    double ratio = service->utilization_ratio;
    double queue = wt_service_sum(service, service->queue_field);
    bool over_crit = ratio >= limits->crit_ratio; /* false for NAN */
    hold(&health->over_crit_ns, over_crit && (isnan(queue) || queue > 0), now);
    hold(&health->over_warn_ns, ratio >= limits->warn_ratio, now);
    hold(&health->below_clear_ns, isnan(ratio) || ratio < limits->clear_ratio, now);
    hold(&health->below_crit_ns, !(over_crit && queue > 0), now);

    enum wt_verdict before = health->saturation, after = before;
    if (held(health->over_crit_ns, limits->crit_ns, now))
        after = queue > 0 ? WT_VERDICT_CRIT : WT_VERDICT_WARN;
    else if (held(health->over_warn_ns, limits->warn_ns, now))
        after = WT_VERDICT_WARN;
    if (held(health->below_clear_ns, limits->clear_ns, now))
        after = WT_VERDICT_OK;
    else if (before == WT_VERDICT_CRIT && after != WT_VERDICT_CRIT)
        after = held(health->below_crit_ns, limits->clear_ns, now) ? WT_VERDICT_WARN : before;
    else if (before == WT_VERDICT_WARN && after == WT_VERDICT_OK)
        after = before;
    bool is = after == WT_VERDICT_WARN || after == WT_VERDICT_CRIT;
    if (is && health->saturated_since_ns == 0)
        health->saturated_since_ns =
            health->over_warn_ns != 0 ? health->over_warn_ns : health->over_crit_ns;
    if (!is)
        health->saturated_since_ns = 0;
    health->saturation = after;
}

static bool is_quiet(const struct wt_service *service) {
    double busy = wt_service_sum(service, service->busy_field);
    double queue = wt_service_sum(service, service->queue_field);
    if (busy > 0 || queue > 0)
        return false;
    bool known = service->busy_field >= 0;
    for (size_t i = 0; i < service->field_count; i++) {
        if (service->fields[i].kind != WT_KIND_COUNTER)
            continue;
        known = true;
        if (!(service->fields[i].rate_per_s <= 0)) /* it moves, or nobody knows yet */
            return false;
    }
    return known;
}

/* Whether there is anything to judge by. */
static bool can_judge(const struct wt_service *service) {
    if (service->worker_count == 0)
        return false;
    if (service->busy_field >= 0 || service->queue_field >= 0)
        return true;
    for (size_t i = 0; i < service->field_count; i++)
        if (service->fields[i].kind == WT_KIND_COUNTER)
            return true;
    return false;
}

struct saying {
    enum wt_verdict verdict;
    int64_t since_ns; /* monotonic; 0: since it is said */
    char sentence[WT_HEALTH_SENTENCE_SIZE];
};

/* Raises the verdict and says why, unless something as bad was said before. */
__attribute__((format(printf, 4, 5))) static void raise_verdict(struct saying *saying,
                                                                enum wt_verdict to,
                                                                int64_t since_ns,
                                                                const char *format, ...) {
    if (to <= saying->verdict)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(saying->sentence, sizeof saying->sentence, format, arguments);
    va_end(arguments);
    saying->verdict = to;
    saying->since_ns = since_ns;
}

/* Over, but not cleared yet: what was, how it is now and since when, and what is waited for. */
static void say_recovering(const struct wt_health *health, const struct wt_health_limits *limits,
                           const char *now_busy, int64_t now, struct saying *saying) {
    char since[WT_FORMAT_SIZE], aim[WT_FORMAT_SIZE], wait[WT_FORMAT_SIZE];
    wt_format_duration(since, sizeof since, now - health->below_clear_ns);
    wt_format_duration(wait, sizeof wait, limits->clear_ns);
    wt_format_percent(aim, sizeof aim, limits->clear_ratio);
    raise_verdict(saying, health->saturation, health->saturated_since_ns,
                  "recovering for %s: %s now; was %s, clears after %s below %s", since, now_busy,
                  health->saturation == WT_VERDICT_CRIT ? "saturated" : "nearly saturated", wait,
                  aim);
}

/* "97% busy (97 of 100), 12 queued" */
static void say_busy(const struct wt_service *service, char *out, size_t size) {
    char used[WT_FORMAT_SIZE], busy[WT_FORMAT_SIZE], slots[WT_FORMAT_SIZE], queue[WT_FORMAT_SIZE];
    wt_format_percent(used, sizeof used, service->utilization_ratio);
    wt_format_si(busy, sizeof busy, wt_service_sum(service, service->busy_field));
    wt_format_si(slots, sizeof slots, wt_service_sum(service, service->capacity_field));
    double queued = wt_service_sum(service, service->queue_field);
    wt_format_si(queue, sizeof queue, queued);
    snprintf(out, size, "%s busy (%s of %s)%s%s%s", used, busy, slots, queued > 0 ? ", " : "",
             queued > 0 ? queue : "", queued > 0 ? " queued" : "");
}

static void say_saturated(const struct wt_health *health, const struct wt_health_limits *limits,
                          const struct wt_service *service, int64_t now, struct saying *saying) {
    if (health->saturation != WT_VERDICT_WARN && health->saturation != WT_VERDICT_CRIT)
        return;
    char busy[6 * WT_FORMAT_SIZE], held_for[WT_FORMAT_SIZE], cure[128] = "";
    if (isnan(service->utilization_ratio)) {
        raise_verdict(saying, health->saturation, health->saturated_since_ns,
                      "was %s, now its utilization is unknown: look at its workers, some report no "
                      "capacity",
                      health->saturation == WT_VERDICT_CRIT ? "saturated" : "nearly saturated");
        return;
    }
    say_busy(service, busy, sizeof busy);
    if (health->below_clear_ns != 0) {
        say_recovering(health, limits, busy, now, saying);
        return;
    }
    uint64_t needed = wt_health_workers_needed(service, limits);
    if (needed > service->worker_count) {
        char aim[WT_FORMAT_SIZE];
        wt_format_percent(aim, sizeof aim, limits->clear_ratio);
        bool one = needed == service->worker_count + 1;
        snprintf(cure, sizeof cure, ": +%llu worker%s (%llu in all) bring%s it to %s",
                 (unsigned long long)(needed - service->worker_count), one ? "" : "s",
                 (unsigned long long)needed, one ? "s" : "", aim);
    }
    bool eased = health->saturation == WT_VERDICT_CRIT && health->below_crit_ns != 0;
    wt_format_duration(held_for, sizeof held_for,
                       now - (eased ? health->below_crit_ns : health->saturated_since_ns));
    const char *what = eased                                   ? "no longer saturated, for"
                       : health->saturation == WT_VERDICT_CRIT ? "saturated for"
                                                               : "nearly saturated for";
    raise_verdict(saying, health->saturation, health->saturated_since_ns, "%s %s: %s%s", what,
                  held_for, busy, cure);
}

static void say_stuck(const struct wt_health_limits *limits, const struct wt_service *service,
                      const struct wt_findings *findings, int64_t now, struct saying *saying) {
    bool is_crit = service->stuck_count >= limits->stuck_crit_ratio * service->worker_count;
    bool is_one = service->stuck_count == 1, is_named = findings->stuck_id != 0;
    char time[WT_FORMAT_SIZE], which[64] = "", who[160];
    wt_format_duration(time, sizeof time,
                       is_named ? now - findings->stuck_since_ns : limits->stuck_ns);
    if (is_named)
        snprintf(which, sizeof which, "worker %" PRIu64 " (pid %" PRId64 ")", findings->stuck_id,
                 findings->stuck_pid);
    if (is_one && is_named)
        snprintf(who, sizeof who, "%s busy without progress", which);
    else
        snprintf(who, sizeof who, "%u of %u workers busy without progress%s%s",
                 service->stuck_count, service->worker_count, is_named ? ", longest " : "", which);
    raise_verdict(saying, is_crit ? WT_VERDICT_CRIT : WT_VERDICT_WARN,
                  is_named ? findings->stuck_since_ns : 0,
                  "stuck for %s%s: %s; look at what %s, then restart %s", is_named ? "" : "over ",
                  time, who, is_one ? "it does" : "they do", is_one ? "it" : "them");
}

static void say_workers(const struct wt_health *health, const struct wt_health_limits *limits,
                        const struct wt_service *service, const struct wt_findings *findings,
                        int64_t now, struct saying *saying) {
    char time[WT_FORMAT_SIZE];
    if (service->stuck_count > 0)
        say_stuck(limits, service, findings, now, saying);
    if (service->stale_count > 0) {
        wt_format_duration(time, sizeof time, limits->stale_ns);
        raise_verdict(saying,
                      service->stale_count >= service->worker_count ? WT_VERDICT_CRIT
                                                                    : WT_VERDICT_WARN,
                      health->stale_ns - limits->stale_ns,
                      "%u of %u workers stale: no heartbeat for over %s; stopped, or starved of "
                      "CPU",
                      service->stale_count, service->worker_count, time);
    }
}

static void say_unknown(const struct wt_service *service, char *sentence) {
    if (service->worker_count > 0)
        snprintf(
            sentence, WT_HEALTH_SENTENCE_SIZE,
            "nothing to judge by: no busy, queue or counter field; name one *_busy or *_total");
    else if (service->silent_count > 0)
        snprintf(sentence, WT_HEALTH_SENTENCE_SIZE,
                 "no worker with metrics: %u without; see the reason of each",
                 service->silent_count);
}

bool wt_health_judge(struct wt_health *health, const struct wt_health_limits *limits,
                     const struct wt_service *service, const struct wt_findings *findings,
                     struct wt_time now) {
    struct saying saying = {.verdict = WT_VERDICT_UNKNOWN};
    if (findings->unreadable != NULL && findings->unreadable[0] != '\0') {
        /* Old numbers prove nothing: what held before is neither confirmed nor ended. */
        snprintf(saying.sentence, sizeof saying.sentence, "not readable: %s", findings->unreadable);
    } else {
        judge_saturation(health, limits, service, now.monotonic_ns);
        hold(&health->quiet_ns, service->worker_count > 0 && is_quiet(service), now.monotonic_ns);
        hold(&health->stale_ns, service->stale_count > 0, now.monotonic_ns);
        if (can_judge(service)) {
            saying.verdict = held(health->quiet_ns, limits->idle_ns, now.monotonic_ns)
                                 ? WT_VERDICT_IDLE
                                 : WT_VERDICT_OK;
            say_saturated(health, limits, service, now.monotonic_ns, &saying);
        } else {
            say_unknown(service, saying.sentence);
        }
        say_workers(health, limits, service, findings, now.monotonic_ns, &saying);
    }
    bool changed = !health->looked || saying.verdict != health->verdict;
    /* Not converted anew at each look: the two clocks drift apart, and the date would tremble. */
    if (changed || saying.since_ns != health->cause_since_ns)
        health->verdict_since_ns =
            now.realtime_ns - (saying.since_ns != 0 ? now.monotonic_ns - saying.since_ns : 0);
    bool reported = changed && health->looked;
    health->looked = true;
    health->verdict = saying.verdict;
    health->cause_since_ns = saying.since_ns;
    memcpy(health->sentence, saying.sentence, sizeof saying.sentence);
    return reported;
}
