/* health_rules.h - the rules behind verdicts, one function each. Inner header of src/model/health*.
 *
 *     health.c            the table of rules, and what becomes of their opinions
 *     health_load.c       saturated, stuck, stale
 *     health_churn.c      flapping, rolling restart
 *     health_trend.c      errors rising, queue growing
 *     health_resource.c   accept queue, memory
 *
 * A rule keeps what it has to remember in struct wt_health, and says what it thinks of this look.
 */
#ifndef WT_MODEL_HEALTH_RULES_H
#define WT_MODEL_HEALTH_RULES_H

#include "model/health.h"

/* What the rules look at. */
struct wt_case {
    struct wt_health *health;
    const struct wt_health_limits *limits;
    const struct wt_service *service;
    const struct wt_findings *findings;
    struct wt_time time;
    int64_t now; /* monotonic */
};

typedef void wt_health_rule(const struct wt_case *at, struct wt_opinion *opinion);

wt_health_rule wt_judge_saturated, wt_judge_stuck, wt_judge_stale, wt_judge_flapping,
    wt_judge_rolling, wt_judge_errors, wt_judge_queue, wt_judge_accept_queue, wt_judge_memory;

/* Keeps "since when does it hold". The monotonic clock never reads 0 on a running host; should a
 * test say so, 1 ns does no harm. */
static inline void wt_hold(int64_t *since, bool holds, int64_t now) {
    if (!holds)
        *since = 0;
    else if (*since == 0)
        *since = now != 0 ? now : 1;
}

static inline bool wt_held(int64_t since, int64_t for_ns, int64_t now) {
    return since != 0 && now - since >= wt_health_enough_ns(for_ns);
}

struct wt_alarm_step {
    bool raises, clears;                    /* as of this look */
    int64_t raise_after_ns, clear_after_ns; /* it must do so for so long without a break */
};

/* Sets an alarm on or off; returns whether it is on. */
bool wt_alarm_step(struct wt_alarm *alarm, const struct wt_alarm_step *step, int64_t now);

/* What the rule says. The important words come first: a narrow screen cuts the end off. */
void wt_say(struct wt_opinion *opinion, enum wt_verdict verdict, int64_t since_ns,
            const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "+2 workers (10 in all), to bring it to 75%", the cure of all rules that ask for more workers;
 * where those that are there wait it is ", or see what workers wait for". False, and nothing is
 * said, when there are enough or their number is unknown. */
bool wt_say_more_workers(struct wt_health *health, const struct wt_health_limits *limits,
                         const struct wt_service *service, char *out, size_t size);

/* What the rule would say when it goes on: how it is, and since when. */
void wt_say_rising(struct wt_opinion *opinion, int64_t since_ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether an alarm that is not on would be when its condition goes on, and has held for a while. */
bool wt_alarm_rises(const struct wt_alarm *alarm, const struct wt_alarm_step *step, int64_t now);

#endif /* WT_MODEL_HEALTH_RULES_H */
