/* minute.h - how many of something happened within the last 60 seconds.
 *
 * One count per second of a clock that only runs forward (CLOCK_MONOTONIC); the window are the last
 * 60 such seconds, the present one included. Pure: no clock. Threads: one owner.
 */
#ifndef WT_MODEL_MINUTE_H
#define WT_MODEL_MINUTE_H

#include <stdint.h>

enum { WT_MINUTE_SECONDS = 60 };

/* All zero: nothing happened. */
struct wt_minute {
    uint32_t counts[WT_MINUTE_SECONDS]; /* by second modulo 60 */
    uint64_t total;                     /* of them */
    int64_t newest;                     /* the last second that has a count */
};

/* One more at that moment; one that is a minute older than the newest is not counted. */
void wt_minute_add(struct wt_minute *minute, int64_t at_ns);

/* How many there were in the 60 seconds up to now_ns. */
uint32_t wt_minute_count(const struct wt_minute *minute, int64_t now_ns);

#endif /* WT_MODEL_MINUTE_H */
