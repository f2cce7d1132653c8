/* focus.h - a snapshot that carries all of one worker beside what it has.
 *
 * Carrying the records of every worker in every snapshot would be too much: whoever looks at one
 * worker adds what that one's region says.
 *
 * Threads: the result may be held and released by any thread.
 */
#ifndef WT_FLIGHT_FOCUS_H
#define WT_FLIGHT_FOCUS_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/snapshot.h"

/* Fills *out, whose memory comes from the arena. False: there is nothing to say of that worker. */
typedef bool wt_focus_fill(void *context, struct wt_arena *arena, struct wt_worker_activity *out);

/* A snapshot like `base` (which it holds) with this focus; without one where `fill` says so. One
 * reference. NULL without memory. */
struct wt_snapshot *wt_focus_on(const struct wt_snapshot *base, wt_focus_fill *fill, void *context);

#endif /* WT_FLIGHT_FOCUS_H */
