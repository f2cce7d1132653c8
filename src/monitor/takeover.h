/* takeover.h - going on where a monitor stopped that was killed.
 *
 * It left its directory file and its store, which this one's place has set aside as *.previous:
 *
 *     retired records   -> retired totals                          (totals.h)
 *     segments          -> tallies of the workers that had them: they count by what these segments
 *                          hold until they come back, or are proven gone
 *     pending records   -> the same, of workers that it had taken over itself
 *
 * So a service's total goes on as if nothing had happened, whether its workers come back or died
 * meanwhile. The old store stays mapped until the last of these tallies is settled, for workers go
 * on counting in its segments until they are handed new ones.
 *
 * Nothing in the old files is believed: all is bounded, checked and cleaned; what is broken is left
 * out. No fault in them ever keeps this monitor from starting: that nothing could be taken over,
 * and why, is an event.
 *
 * Threads: the monitor's owner.
 */
#ifndef WT_MONITOR_TAKEOVER_H
#define WT_MONITOR_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct wt_monitor;

/* Reads the files beside the monitor's own; before its directory file is made, which is to say all
 * of it. */
void wt_takeover_begin(struct wt_monitor *monitor);

/* The event of it, when there was something to take over. */
void wt_takeover_tell(struct wt_monitor *monitor, struct wt_time now);

/* The bytes of a segment of the old store; NULL when they cannot be read. */
const unsigned char *wt_takeover_bytes(const struct wt_monitor *monitor, uint64_t segment);

/* Once a tick: reads what is still counted in the old store, and closes it after the last. */
void wt_takeover_tick(struct wt_monitor *monitor);

void wt_takeover_fini(struct wt_monitor *monitor);

#endif /* WT_MONITOR_TAKEOVER_H */
