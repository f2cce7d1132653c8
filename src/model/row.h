/* row.h - what one look makes of one worker: progress, stuck, stale.
 *
 * The rules of everybody who reads segments: the monitor, and viewers that go on without it. They
 * are inline for the sake of the sampler's loops.
 *
 *     progress   a counter moved, nothing was busy, or it is the first look; without counters there
 *                is none. What could not be read proves nothing.
 *     stuck      busy, and no progress for stuck_ns (health.h: enough of it); without a busy field
 * nobody is stale      no heartbeat for more than stale_ns; without a recorder nobody is
 *
 * Pure: no clock. Threads: plain data.
 */
#ifndef WT_MODEL_ROW_H
#define WT_MODEL_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/health.h"
#include "model/snapshot.h"

struct wt_row_rules {
    int64_t now_ns;                   /* of the look; monotonic, like all here */
    int64_t stuck_ns, stale_ns;       /* the service's limits */
    int64_t gap_begin_ns, gap_end_ns; /* nobody looked, perhaps nobody ran: silence in it proves
                                         nothing. 0, 0: none */
};

/* What was found out about one worker that has values. */
struct wt_row_seen {
    uint8_t flags; /* WT_ROW_FRESH, WT_ROW_TORN, WT_ROW_UNREADABLE */
    bool has_counters, has_busy;
    bool goes_on;         /* a counter moved, or it is not busy */
    int64_t progress_ns;  /* as of the look before; 0: there was none */
    int64_t heartbeat_ns; /* 0 without a recorder */
};

/* For how long a worker has been silent since this moment, the gap left out. */
static inline int64_t wt_row_silence_ns(const struct wt_row_rules *rules, int64_t at_ns) {
    int64_t silence = rules->now_ns - at_ns;
    if (at_ns >= rules->gap_end_ns)
        return silence;
    return silence -
           (rules->gap_end_ns - (at_ns > rules->gap_begin_ns ? at_ns : rules->gap_begin_ns));
}

/* Of a worker that is busy, or may be. */
static inline bool wt_row_is_stuck(const struct wt_row_rules *rules, int64_t progress_ns) {
    return progress_ns != 0 &&
           wt_row_silence_ns(rules, progress_ns) >= wt_health_enough_ns(rules->stuck_ns);
}

static inline struct wt_row_status wt_row_judge(const struct wt_row_rules *rules,
                                                const struct wt_row_seen *seen) {
    struct wt_row_status status = {
        .state = WT_WORKER_LIVE, .flags = seen->flags, .heartbeat_ns = seen->heartbeat_ns};
    bool readable = (seen->flags & WT_ROW_UNREADABLE) == 0;
    if (seen->has_counters) {
        bool goes_on = seen->goes_on || seen->progress_ns == 0;
        status.progress_ns = goes_on && readable ? rules->now_ns : seen->progress_ns;
        if (seen->has_busy && readable && wt_row_is_stuck(rules, status.progress_ns))
            status.flags |= WT_ROW_STUCK;
    }
    if (status.heartbeat_ns != 0 && wt_row_silence_ns(rules, status.heartbeat_ns) > rules->stale_ns)
        status.state = WT_WORKER_STALE;
    return status;
}

#endif /* WT_MODEL_ROW_H */
