/* clock.h - the two clocks of the house, replaceable in tests.
 *
 * Nothing in src/model and src/monitor reads a clock: they are told a struct wt_time. Whoever
 * owns a loop (net, cli, client) asks here.
 *
 * Threads: wt_clock_now may be called from any thread; wt_clock_override is for tests that run one.
 */
#ifndef WT_BASE_CLOCK_H
#define WT_BASE_CLOCK_H

#include <stdint.h>

#define WT_NS_PER_S INT64_C(1000000000)
#define WT_NS_PER_MS INT64_C(1000000)

struct wt_time {
    int64_t monotonic_ns; /* CLOCK_MONOTONIC: ages, rates, heartbeats; the same in all processes */
    int64_t realtime_ns;  /* CLOCK_REALTIME since 1970: for people and for files only */
};

/* Now, by both clocks. Never fails. */
struct wt_time wt_clock_now(void);

/* Makes wt_clock_now answer with `source` (NULL: the real clocks again). */
void wt_clock_override(struct wt_time (*source)(void *context), void *context);

#endif /* WT_BASE_CLOCK_H */
