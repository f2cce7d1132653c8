/* look.h - the memory of one snapshot, used again and again.
 *
 * Everything that changes with each look (services, cohorts, numbers, sentences) lies in an arena
 * that is emptied, not freed; everything else is a reference to a shared block. So a look at steady
 * state allocates nothing.
 *
 * Threads: built by one owner; afterwards the references may be dropped by any thread, and the last
 * one frees it all.
 */
#ifndef WT_MONITOR_LOOK_H
#define WT_MONITOR_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "model/aggregate.h"
#include "model/events.h"
#include "model/snapshot.h"
#include "monitor/block.h"

struct wt_look_memory {
    struct wt_snapshot snapshot; /* first: the snapshot is the memory */
    unsigned char *arena;        /* owned */
    size_t arena_used, arena_bytes;
    void **spilled; /* owned: what did not fit into the arena this time */
    size_t spilled_count, spilled_bytes;
    struct wt_look_held {
        enum { WT_HOLDS_BLOCK, WT_HOLDS_SCHEMA, WT_HOLDS_SHAPE, WT_HOLDS_EVENTS } kind;
        void *what;
    } * held; /* owned; one reference each */
    size_t held_count, held_capacity;
    bool failed; /* no memory: sticky until the next reset */
};

/* Empty, one reference. NULL without memory. */
struct wt_look_memory *wt_look_create(void);

/* Whether nobody but its pool holds it. */
bool wt_look_is_idle(const struct wt_look_memory *look);

/* Lets go of everything it refers to; the arena is kept, in one piece. */
void wt_look_reset(struct wt_look_memory *look);

/* `bytes` of zeros, aligned for anything; NULL and `failed` without memory. */
void *wt_look_alloc(struct wt_look_memory *look, size_t bytes);
const char *wt_look_text(struct wt_look_memory *look, const char *text); /* "" without memory */

/* Take a reference each (NULL is fine) and keep it with the snapshot. */
void wt_look_hold_block(struct wt_look_memory *look, struct wt_block *block);
void wt_look_hold_schema(struct wt_look_memory *look, const struct wt_schema *schema);
void wt_look_hold_shape(struct wt_look_memory *look, const struct wt_shape *shape);
void wt_look_hold_events(struct wt_look_memory *look, struct wt_event_block *taken); /* moves it */

#endif /* WT_MONITOR_LOOK_H */
