#include "model/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "model/health_rules.h"

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
    .flap_starts = 3,
    .flap_ratio = 0.20,
    .queue_least = 10,
    .queue_ns = 30 * WT_NS_PER_S,
    .errors_factor = 3,
    .errors_least = 1,
    .errors_crit_ratio = 0.50,
    .errors_ns = 30 * WT_NS_PER_S,
    .accept_ratio = 0.80,
    .accept_ns = 10 * WT_NS_PER_S,
    .memory_factor = 3,
    .memory_least_mib = 256,
    .memory_ns = 60 * WT_NS_PER_S,
};

/* In the order in which they win among equals. */
static const struct {
    enum wt_cause cause;
    wt_health_rule *judge;
} rules[] = {
    {WT_CAUSE_SATURATED, wt_judge_saturated},
    {WT_CAUSE_STUCK, wt_judge_stuck},
    {WT_CAUSE_FLAPPING, wt_judge_flapping},
    {WT_CAUSE_ERRORS_RISING, wt_judge_errors},
    {WT_CAUSE_QUEUE_GROWING, wt_judge_queue},
    {WT_CAUSE_ACCEPT_QUEUE, wt_judge_accept_queue},
    {WT_CAUSE_STALE, wt_judge_stale},
    {WT_CAUSE_MEMORY, wt_judge_memory},
    {WT_CAUSE_ROLLING_RESTART, wt_judge_rolling},
};

enum { RULES = sizeof rules / sizeof rules[0] };

/* ---- for the rules --------------------------------------------------------------------------- */

static void say(struct wt_opinion *opinion, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void say(struct wt_opinion *opinion, const char *format, va_list arguments) {
    char whole[2 * WT_HEALTH_SENTENCE_SIZE];
    int length = vsnprintf(whole, sizeof whole, format, arguments);
    if (length >= (int)sizeof whole)
        length = sizeof whole - 1;
    /* What programs say of their work stands in it: it may be long, and is cut at a character. */
    wt_text_clean(opinion->sentence, sizeof opinion->sentence, whole,
                  length > 0 ? (size_t)length : 0);
}

void wt_say(struct wt_opinion *opinion, enum wt_verdict verdict, int64_t since_ns,
            const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(opinion, format, arguments);
    va_end(arguments);
    opinion->verdict = verdict;
    opinion->since_ns = since_ns;
}

void wt_say_rising(struct wt_opinion *opinion, int64_t since_ns, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(opinion, format, arguments);
    va_end(arguments);
    opinion->verdict = WT_VERDICT_OK;
    opinion->is_rising = true;
    opinion->since_ns = since_ns;
}

bool wt_alarm_step(struct wt_alarm *alarm, const struct wt_alarm_step *step, int64_t now) {
    wt_hold(&alarm->raise_ns, step->raises, now);
    wt_hold(&alarm->clear_ns, step->clears, now);
    if (!alarm->is_on && wt_held(alarm->raise_ns, step->raise_after_ns, now)) {
        alarm->is_on = true;
        alarm->since_ns = alarm->raise_ns;
    } else if (alarm->is_on && wt_held(alarm->clear_ns, step->clear_after_ns, now)) {
        alarm->is_on = false;
    }
    return alarm->is_on;
}

bool wt_alarm_rises(const struct wt_alarm *alarm, const struct wt_alarm_step *step, int64_t now) {
    return !alarm->is_on && step->raises && wt_held(alarm->raise_ns, step->raise_after_ns / 3, now);
}

/* ---- without a rule -------------------------------------------------------------------------- */

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

static void say_unknown(const struct wt_service *service, struct wt_opinion *opinion) {
    char *sentence = opinion->sentence;
    opinion->cause = WT_CAUSE_NO_FIGURES;
    if (service->worker_count > 0)
        snprintf(
            sentence, WT_HEALTH_SENTENCE_SIZE,
            "nothing to judge by: no busy, queue or counter field; name one *_busy or *_total");
    else if (service->silent_count > 0)
        snprintf(sentence, WT_HEALTH_SENTENCE_SIZE,
                 "no worker with metrics: %u without; see the reason of each",
                 service->silent_count);
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static void move(int64_t *stamp, int64_t by_ns) {
    if (*stamp != 0)
        *stamp += by_ns;
}

void wt_health_jump(struct wt_health *health, int64_t gap_ns, int64_t step_ns) {
    int64_t *const stamps[] = {&health->over_crit_ns,     &health->over_warn_ns,
                               &health->below_clear_ns,   &health->below_crit_ns,
                               &health->quiet_ns,         &health->stale_ns,
                               &health->flapping_less_ns, &health->workers_fewer_ns,
                               &health->queue_until_ns,   &health->errors_until_ns};
    for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++)
        move(stamps[i], gap_ns);
    for (int i = 0; i < WT_ALARM_COUNT; i++) {
        move(&health->alarms[i].raise_ns, gap_ns);
        move(&health->alarms[i].clear_ns, gap_ns);
    }
    if (gap_ns > 0) { /* what queued and failed meanwhile did so in an unknown time */
        wt_queue_trend_skip(&health->queue);
        wt_error_trend_skip(&health->errors);
    }
    move(&health->verdict_since_ns, step_ns);
    move(&health->queue_until_date, step_ns);
    move(&health->errors_until_date, step_ns);
}

/* ---- judging --------------------------------------------------------------------------------- */

/* Whether it is a reason to worry, or only something to know. */
static bool warns(const struct wt_opinion *opinion) {
    return opinion->verdict == WT_VERDICT_WARN || opinion->verdict == WT_VERDICT_CRIT;
}

/* Keeps an opinion among the others: what is wrong by its weight, then what rises. */
static void keep_other(struct wt_health *health, const struct wt_opinion *opinion) {
    size_t at = health->other_count;
    if (at == WT_CAUSES)
        return;
    while (at > 0 && health->others[at - 1].verdict < opinion->verdict)
        at--;
    memmove(&health->others[at + 1], &health->others[at],
            (health->other_count - at) * sizeof health->others[0]);
    health->others[at] = *opinion;
    health->other_count++;
}

static void forget_rising(struct wt_health *health) {
    while (health->other_count > 0 && health->others[health->other_count - 1].is_rising)
        health->other_count--;
}

/* All rules look, for they remember; the worst opinion becomes *worst, the rest of them is kept. */
static void ask_rules(const struct wt_case *at, struct wt_opinion *worst,
                      struct wt_health_changes *changes) {
    uint32_t before = at->health->said;
    at->health->said = 0;
    at->health->other_count = 0;
    for (size_t i = 0; i < RULES; i++) {
        struct wt_opinion opinion = {.cause = rules[i].cause, .verdict = WT_VERDICT_OK};
        uint32_t bit = UINT32_C(1) << rules[i].cause;
        rules[i].judge(at, &opinion);
        if (warns(&opinion)) {
            at->health->said |= bit;
            if (changes != NULL && (before & bit) == 0)
                changes->opinions[rules[i].cause] = opinion;
        }
        bool informs = opinion.sentence[0] != '\0' && worst->sentence[0] == '\0';
        if (warns(&opinion) && opinion.verdict > worst->verdict) {
            if (warns(worst))
                keep_other(at->health, worst);
            *worst = opinion;
        } else if (warns(&opinion) || opinion.is_rising) {
            keep_other(at->health, &opinion);
        } else if (informs) { /* a service that is idle stays so */
            enum wt_verdict verdict = worst->verdict;
            *worst = opinion;
            worst->verdict = verdict;
        }
    }
    if (warns(worst))
        forget_rising(at->health);
    if (changes != NULL) {
        changes->begun = at->health->said & ~before;
        changes->ended = before & ~at->health->said;
    }
}

static void form_opinion(const struct wt_case *at, struct wt_opinion *opinion,
                         struct wt_health_changes *changes) {
    struct wt_health *health = at->health;
    const char *unreadable = at->findings->unreadable;
    *opinion = (struct wt_opinion){.verdict = WT_VERDICT_UNKNOWN};
    if (unreadable != NULL && unreadable[0] != '\0') {
        /* Old numbers prove nothing: what held before is neither confirmed nor ended. */
        opinion->cause = WT_CAUSE_UNREADABLE;
        health->other_count = 0;
        snprintf(opinion->sentence, sizeof opinion->sentence, "not readable: %s", unreadable);
        return;
    }
    wt_hold(&health->quiet_ns, at->service->worker_count > 0 && is_quiet(at->service), at->now);
    if (!can_judge(at->service)) {
        say_unknown(at->service, opinion);
    } else if (wt_held(health->quiet_ns, at->limits->idle_ns, at->now)) {
        opinion->verdict = WT_VERDICT_IDLE;
        opinion->cause = WT_CAUSE_IDLE;
    } else {
        opinion->verdict = WT_VERDICT_OK;
    }
    ask_rules(at, opinion, changes);
}

bool wt_health_judge(struct wt_health *health, const struct wt_health_limits *limits,
                     const struct wt_service *service, const struct wt_findings *findings,
                     struct wt_time now, struct wt_health_changes *changes) {
    const struct wt_case at = {.health = health,
                               .limits = limits,
                               .service = service,
                               .findings = findings,
                               .time = now,
                               .now = now.monotonic_ns};
    struct wt_opinion opinion;
    if (changes != NULL) {
        changes->begun = changes->ended = 0;
        changes->cause_before = health->cause;
        memcpy(changes->sentence_before, health->sentence, sizeof health->sentence);
    }
    form_opinion(&at, &opinion, changes);
    bool changed = !health->looked || opinion.verdict != health->verdict;
    bool reported = health->looked && (changed || opinion.cause != health->cause);
    /* Not converted anew at each look: the two clocks drift apart, and the date would tremble. */
    if (changed || opinion.since_ns != health->cause_since_ns)
        health->verdict_since_ns =
            now.realtime_ns - (opinion.since_ns != 0 ? now.monotonic_ns - opinion.since_ns : 0);
    health->looked = true;
    health->verdict = opinion.verdict;
    health->cause = opinion.cause;
    health->cause_since_ns = opinion.since_ns;
    memcpy(health->sentence, opinion.sentence, sizeof opinion.sentence);
    if (changes != NULL)
        changes->verdict = reported;
    return reported;
}
