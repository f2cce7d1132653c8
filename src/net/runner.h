/* runner.h - the monitor's heartbeat on a libuv loop: looks, emissions, and growth ahead of need.
 *
 * Between looks the gauges alone are looked at, look_rate times a second, on a timer that runs only
 * while the monitor wants it: each at a random moment of its part of the second, so that work that
 * comes by the clock is neither always hit nor always missed. These looks take at most a tenth of
 * the time: with very many workers there are fewer of them.
 *
 * The monitor is looked at every min(interval, 1 s), divided so that emissions fall on looks: with
 * an interval of 2.5 s there are three looks of 0.83 s to each emission. Looks are due at the start
 * plus multiples of that period: lateness does not add up, and missed ones are not made up for.
 *
 * When the store runs low, the growth job goes to libuv's thread pool; looks go on meanwhile.
 *
 * Threads: the loop's; the growth job alone runs elsewhere.
 */
#ifndef WT_NET_RUNNER_H
#define WT_NET_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/status.h"
#include "model/snapshot.h"
#include "monitor/monitor.h"

struct wt_runner;
struct wt_server;

struct wt_runner_options {
    int64_t interval_ns; /* above 0 */
    uint32_t look_rate;  /* per second; 0: none in between */
    /* After every look, the first one at once. `emit` is true once an interval, the first time
     * after one interval. The snapshot is borrowed until it returns. May be NULL. */
    void (*on_look)(void *context, const struct wt_snapshot *snapshot, bool emit);
    void *context;
};

/* Looks for the first time before it returns, then from the loop. loop and monitor are borrowed;
 * server (NULL: none) is told whenever there may be room for workers that wait. */
wt_status wt_runner_create(struct wt_runner **out, uv_loop_t *loop, struct wt_monitor *monitor,
                           struct wt_server *server, const struct wt_runner_options *options,
                           struct wt_error *err);

/* Waits for a growth job that is running. Runs the loop until its own handles are closed: call it
 * outside of the loop's callbacks, before the monitor and the server go. NULL is fine. */
void wt_runner_destroy(struct wt_runner *runner);

/* Looks from now on at the new interval; the first look is one period away. */
void wt_runner_set_interval(struct wt_runner *runner, int64_t interval_ns);

/* Looks at gauges so often from now on. */
void wt_runner_set_look_rate(struct wt_runner *runner, uint32_t look_rate);

/* Starts the growth job if one is due. Cheap; called when a worker took a segment. NULL is fine. */
void wt_runner_grow(struct wt_runner *runner);

#endif /* WT_NET_RUNNER_H */
