/* Rules about what the kernel knows: sockets and memory. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/format.h"
#include "model/health_rules.h"

/* The listening address with the fullest socket; NULL when the kernel says nothing of any. */
static const struct wt_accept_queue *find_fullest(const struct wt_service *service) {
    const struct wt_accept_queue *found = NULL;
    for (size_t i = 0; i < service->listener_count; i++) {
        const struct wt_accept_queue *one = &service->listeners[i];
        if (one->read_ns != 0 && !isnan(one->fullest_ratio) &&
            (found == NULL || one->fullest_ratio > found->fullest_ratio))
            found = one;
    }
    return found;
}

void wt_judge_accept_queue(const struct wt_case *at, struct wt_opinion *opinion) {
    struct wt_alarm *alarm = &at->health->alarms[WT_ALARM_ACCEPT];
    const struct wt_accept_queue *fullest = find_fullest(at->service);
    double used = fullest == NULL ? 0 : fullest->fullest_ratio;
    const struct wt_alarm_step step = {
        .raises = used >= at->limits->accept_ratio,
        .clears = used < at->limits->accept_ratio / 2,
        .raise_after_ns = at->limits->accept_ns,
        .clear_after_ns = at->limits->accept_ns,
    };
    char time[WT_FORMAT_SIZE], percent[WT_FORMAT_SIZE], after[WT_FORMAT_SIZE];
    bool is_on = wt_alarm_step(alarm, &step, at->now);
    if (fullest == NULL || (!is_on && !wt_alarm_rises(alarm, &step, at->now)))
        return;
    int64_t since = is_on ? alarm->since_ns : alarm->raise_ns;
    wt_format_duration(time, sizeof time, at->now - since);
    wt_format_percent(percent, sizeof percent, used);
    wt_format_duration(after, sizeof after, at->limits->accept_ns);
    if (!is_on) {
        wt_say_rising(opinion, since,
                      "accept queue %s full for %s: %" PRIu64 " wait at %.80s, WARN after %s",
                      percent, time, fullest->queue_length, fullest->address, after);
        return;
    }
    wt_say(opinion, used >= 1 ? WT_VERDICT_CRIT : WT_VERDICT_WARN, alarm->since_ns,
           "accept queue %s full for %s: %" PRIu64 " wait at %.80s; add workers, or let it listen "
           "with a larger backlog",
           percent, time, fullest->queue_length, fullest->address);
}

void wt_judge_memory(const struct wt_case *at, struct wt_opinion *opinion) {
    enum { ENOUGH = 3 }; /* of two workers, neither is the odd one */
    const struct wt_findings *findings = at->findings;
    struct wt_alarm *alarm = &at->health->alarms[WT_ALARM_MEMORY];
    double median = findings->memory_median_bytes, most = findings->memory_bytes;
    double factor = at->limits->memory_factor;
    double least = at->limits->memory_least_mib * 1024 * 1024;
    bool is_known = findings->memory_id != 0 && findings->memory_count >= ENOUGH && median > 0;
    const struct wt_alarm_step step = {
        .raises = is_known && most >= factor * median && most - median >= least,
        .clears = !is_known || most < (1 + factor) / 2 * median || most - median < least / 2,
        .raise_after_ns = at->limits->memory_ns,
        .clear_after_ns = at->limits->memory_ns,
    };
    if (!wt_alarm_step(alarm, &step, at->now) || !is_known)
        return;
    char size[WT_FORMAT_SIZE], usual[WT_FORMAT_SIZE], time[WT_FORMAT_SIZE];
    wt_format_duration(time, sizeof time, at->now - alarm->since_ns);
    wt_format_bytes(size, sizeof size, (int64_t)most);
    wt_format_bytes(usual, sizeof usual, (int64_t)median);
    wt_say(opinion, WT_VERDICT_WARN, alarm->since_ns,
           "memory high for %s: worker %" PRIu64 " (pid %" PRId64
           ") has %s, the median %s; restart it, or see what it keeps: a leak?",
           time, findings->memory_id, findings->memory_pid, size, usual);
}
