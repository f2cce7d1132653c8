#include "model/monitor_health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "model/health_rules.h"

enum { MANY_FAILED_SETUPS = 3 };

static const int64_t patience_ns = 10 * WT_NS_PER_S;

struct saying {
    enum wt_verdict verdict;
    bool is_found_here;
    char sentence[WT_HEALTH_SENTENCE_SIZE];
};

/* The first that speaks of the worst there is has the word. */
static void raise_to(struct saying *saying, enum wt_verdict verdict, const char *text) {
    if (text[0] == '\0' || verdict <= saying->verdict)
        return;
    saying->verdict = verdict;
    snprintf(saying->sentence, sizeof saying->sentence, "%s", text);
}

static void find(struct saying *saying, const char *text) {
    saying->is_found_here = saying->is_found_here || saying->verdict < WT_VERDICT_WARN;
    raise_to(saying, WT_VERDICT_WARN, text);
}

/* A single one is a worker's own mistake, and told as an event. */
static void judge_setups(const struct wt_monitor_findings *findings, struct saying *saying) {
    char text[WT_HEALTH_SENTENCE_SIZE];
    if (findings->failed_setups < MANY_FAILED_SETUPS)
        return;
    snprintf(text, sizeof text, "registrations fail, %" PRIu32 " in the last minute: %.180s",
             findings->failed_setups, findings->last_failure);
    find(saying, text);
}

static void judge_ticks(struct wt_monitor_health *health,
                        const struct wt_monitor_findings *findings, int64_t now,
                        struct saying *saying) {
    int64_t period = findings->period_ns;
    char text[WT_HEALTH_SENTENCE_SIZE], took[WT_FORMAT_SIZE], each[WT_FORMAT_SIZE];
    const struct wt_alarm_step slow = {
        .raises = period > 0 && findings->took_ns >= period / 2,
        .clears = findings->took_ns < period / 4,
        .raise_after_ns = patience_ns,
        .clear_after_ns = patience_ns,
    };
    const struct wt_alarm_step late = {
        .raises = period > 0 && findings->late_ns >= period,
        .clears = findings->late_ns < period / 2,
        .raise_after_ns = patience_ns,
        .clear_after_ns = patience_ns,
    };
    bool is_slow = wt_alarm_step(&health->slow, &slow, now);
    bool is_late = wt_alarm_step(&health->late, &late, now);
    wt_format_duration(each, sizeof each, period);
    if (is_slow) {
        wt_format_duration(took, sizeof took, findings->took_ns);
        snprintf(text, sizeof text,
                 "looks take %s of every %s: too many workers for this host; raise --interval",
                 took, each);
        find(saying, text);
    } else if (is_late) {
        wt_format_duration(took, sizeof took, findings->late_ns);
        snprintf(text, sizeof text,
                 "looks are late by %s, one is due every %s: the host starves the monitor of CPU",
                 took, each);
        find(saying, text);
    }
}

bool wt_monitor_health_judge(struct wt_monitor_health *health,
                             const struct wt_monitor_findings *findings, struct wt_time now) {
    struct saying saying = {.verdict = WT_VERDICT_OK};
    raise_to(&saying, WT_VERDICT_CRIT, findings->store);
    raise_to(&saying, WT_VERDICT_WARN, findings->server);
    judge_setups(findings, &saying);
    raise_to(&saying, WT_VERDICT_WARN, findings->publisher);
    raise_to(&saying, WT_VERDICT_WARN, findings->recorders);
    judge_ticks(health, findings, now.monotonic_ns, &saying);
    raise_to(&saying, WT_VERDICT_WARN, findings->config);
    if (!health->looked || health->verdict != saying.verdict)
        health->since_ns = now.realtime_ns;
    bool reported = saying.is_found_here != health->is_found_here;
    health->looked = true;
    health->is_found_here = saying.is_found_here;
    health->verdict = saying.verdict;
    memcpy(health->sentence, saying.sentence, sizeof saying.sentence);
    return reported;
}

static void move(int64_t *stamp, int64_t by_ns) {
    if (*stamp != 0)
        *stamp += by_ns;
}

void wt_monitor_health_jump(struct wt_monitor_health *health, int64_t gap_ns, int64_t step_ns) {
    int64_t *const stamps[] = {&health->slow.raise_ns, &health->slow.clear_ns,
                               &health->late.raise_ns, &health->late.clear_ns};
    for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++)
        move(stamps[i], gap_ns);
    move(&health->since_ns, step_ns);
}
