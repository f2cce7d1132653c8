/* segments.h - what each segment of the store is, for the map, and whose it is. Room-internal.
 *
 * The snapshot tells free, allocated and quarantined; that the worker of an allocated one is stale,
 * and which workers found none, stands in their rows. Made after each look, never while drawing.
 */
#ifndef WT_UI_SEGMENTS_H
#define WT_UI_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/snapshot.h"

/* In the order of concern: a cell that stands for several shows the last of them. */
enum wt_segment_mark {
    WT_MARK_FREE,
    WT_MARK_ALLOCATED,
    WT_MARK_QUARANTINED,
    WT_MARK_STALE,  /* allocated, but its worker gives no heartbeat */
    WT_MARK_REFUSED /* none at all: behind the last segment, one for each worker that waits for one
                     */
};

const char *wt_segment_mark_word(enum wt_segment_mark mark);

/* All zero bytes: nothing known. */
struct wt_segments {
    uint8_t *marks;         /* owned; enum wt_segment_mark; `segment_count`, then `refused_count` */
    size_t capacity;        /* bytes of marks */
    uint64_t segment_count; /* 0: the source does not tell the states */
    uint64_t stale_count, refused_count;
};

/* Makes it anew for a store of the snapshot; stale and refused are told for the values' store only.
 * False, and empty, without memory. */
bool wt_segments_update(struct wt_segments *segments, const struct wt_snapshot *snapshot,
                        const struct wt_store_info *store);
void wt_segments_fini(struct wt_segments *segments);

static inline uint64_t wt_segments_count(const struct wt_segments *segments) {
    return segments->segment_count + segments->refused_count;
}

/*
 * One line about place `index` of marks: its number, state, worker, process, service, since when,
 * and how often it was handed out. O(workers): for the one that is selected.
 */
void wt_segment_describe(const struct wt_segments *segments, const struct wt_snapshot *snapshot,
                         uint64_t index, struct wt_time now, char *out, size_t size);

#endif /* WT_UI_SEGMENTS_H */
