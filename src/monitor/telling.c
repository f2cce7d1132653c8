/* What happens to single workers is told one by one, but a thousand of them at once would push out
 * of the bounded list all that happened before: the first few of each kind between two ticks are
 * named, the others counted. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "monitor/internal.h"

enum { NAMED_PER_TICK = 8 };

void wt_tell(struct wt_monitor *monitor, struct wt_time now, enum wt_event_kind kind,
             enum wt_severity severity, const struct wt_worker *worker, const char *format, ...) {
    if (kind == WT_EVENT_SETUP_FAILED)
        wt_minute_add(&monitor->failed_setups, now.monotonic_ns);
    if (monitor->told[kind]++ >= NAMED_PER_TICK)
        return;
    char text[WT_EVENT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (kind == WT_EVENT_SETUP_FAILED)
        memcpy(monitor->last_failure, text, sizeof text);
    wt_events_add(monitor->events, now.realtime_ns, kind, severity, worker == NULL ? 0 : worker->id,
                  worker == NULL ? "" : worker->service, "%s", text);
}

static const char *what_of(enum wt_event_kind kind) {
    static const char *const whats[WT_EVENT_KINDS] = {
        [WT_EVENT_JOINED] = "workers joined",
        [WT_EVENT_LEFT] = "workers left",
        [WT_EVENT_DIED] = "workers died",
        [WT_EVENT_SETUP_FAILED] = "workers have no metrics",
        [WT_EVENT_QUARANTINED] = "segments are held back",
        [WT_EVENT_RELEASED] = "processes are gone, and their segments free again",
    };
    return whats[kind] != NULL ? whats[kind] : "events";
}

void wt_tell_rest(struct wt_monitor *monitor, struct wt_time now) {
    for (int kind = 0; kind < WT_EVENT_KINDS; kind++) {
        size_t told = monitor->told[kind];
        monitor->told[kind] = 0;
        if (told <= NAMED_PER_TICK)
            continue;
        bool alarming = kind == WT_EVENT_DIED || kind == WT_EVENT_SETUP_FAILED;
        wt_events_add(monitor->events, now.realtime_ns, (enum wt_event_kind)kind,
                      alarming ? WT_SEVERITY_WARN : WT_SEVERITY_INFO, 0, "", "%zu more %s",
                      told - NAMED_PER_TICK, what_of((enum wt_event_kind)kind));
    }
}
