/* status_json.h - what a supervisor answers to `status`, as JSON: {"type": ..., "data": {...}}.
 *
 * Threads: no shared state.
 */
#ifndef WT_NET_STATUS_JSON_H
#define WT_NET_STATUS_JSON_H

#include "base/buffer.h"
#include "base/status.h"
#include "bus/value.h"

/*
 * Appends the entry of the utilization monitor among the entries that `status` returned (an array,
 * or one entry as it is), as one JSON object without a newline. Both names of its type are known:
 * :utilization_monitor, and "Async::Service::Supervisor::UtilizationMonitor" (0.15.0 and later);
 * it is printed as "utilization_monitor". Numbers are written in full; NaN and infinities as null;
 * bytes that are no UTF-8 as a replacement character.
 *   WT_EREMOTE  that monitor answered with an exception: err has its text
 *   WT_ENOENT   the supervisor has no utilization monitor
 *   WT_EFORMAT  the answer is no status    WT_ENOMEM
 */
wt_status wt_status_to_json(const struct wt_bus_value *status, struct wt_buffer *out,
                            struct wt_error *err);

#endif /* WT_NET_STATUS_JSON_H */
