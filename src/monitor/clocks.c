/* What the clocks did between two ticks, and what that means for "since".
 *
 *     a gap     monotonic time passed without a look: the monitor was stopped, or the whole host
 *               was (a paused virtual machine). The workers may have stood still with it: silence
 *               in the gap makes nobody stuck or stale, and no condition held in it.
 *     a step    somebody set the clock, or the host slept (the monotonic clock does not count
 *               that). What is shown as "since" keeps its distance to now; moments in the list of
 *               events stay what the clock said then.
 */
#include "base/format.h"
#include "base/log.h"
#include "monitor/internal.h"

/* Ticks are late on a loaded host: that is no gap yet. */
static int64_t longest_tick_ns(const struct wt_monitor *monitor) {
    return 3 * monitor->options.interval_ns + WT_NS_PER_S;
}

static void tell_step(struct wt_monitor *monitor, int64_t step_ns, struct wt_time now) {
    char distance[WT_FORMAT_SIZE];
    wt_format_duration(distance, sizeof distance, step_ns < 0 ? -step_ns : step_ns);
    const char *which = step_ns < 0 ? "back" : "forward";
    wt_log(WT_LOG_WARN, "monitor", "the clock went %s by %s", which, distance);
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_TROUBLE, WT_SEVERITY_INFO, 0, "",
                  "the clock went %s by %s: events before this one tell the old time", which,
                  distance);
}

static void move_held(struct wt_monitor *monitor, int64_t step_ns) {
    for (size_t i = 0; i < monitor->peers.watched_count; i++) {
        struct wt_peer *peer = monitor->peers.watched[i];
        for (size_t at = 0; at < peer->held_count; at++)
            peer->held[at].since_realtime_ns += step_ns;
    }
    for (int i = 0; i < WT_STORE_INDICES; i++)
        monitor->states_changed[i] = true;
}

void wt_monitor_follow_clocks(struct wt_monitor *monitor, struct wt_time now) {
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    if (last == NULL)
        return;
    int64_t passed = now.monotonic_ns - last->time.monotonic_ns;
    int64_t step = now.realtime_ns - last->time.realtime_ns - (passed > 0 ? passed : 0);
    int64_t gap = passed > longest_tick_ns(monitor) ? passed - monitor->options.interval_ns : 0;
    if (step >= -WT_NS_PER_S && step <= WT_NS_PER_S)
        step = 0; /* two reads of two clocks, and a slow correction of one */
    if (gap > 0) {
        monitor->gap_begin_ns = now.monotonic_ns - gap;
        monitor->gap_end_ns = now.monotonic_ns;
    }
    if (step != 0) {
        monitor->started.realtime_ns += step;
        move_held(monitor, step);
        tell_step(monitor, step, now);
    }
    for (size_t i = 0; (gap != 0 || step != 0) && i < monitor->service_count; i++)
        wt_health_jump(&monitor->services[i]->health, gap, step);
    if (gap != 0 || step != 0)
        wt_monitor_health_jump(&monitor->health, gap, step);
}
