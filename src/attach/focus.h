/* focus.h - workers' recorder regions in another monitor's files. Internal to src/attach. */
#ifndef WT_ATTACH_FOCUS_H
#define WT_ATTACH_FOCUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/snapshot.h"
#include "shm/directory.h"

/* The region that the worker has, as far as the table of segments says, and its size. NULL: none
 * that can be read. */
const unsigned char *wt_attached_region(const struct wt_directory_view *view,
                                        struct wt_store_view *const *stores,
                                        const struct wt_worker *worker, size_t *bytes);

/* What is asked of one worker. */
struct wt_attached_ask {
    const struct wt_snapshot *snapshot;
    const struct wt_directory_view *view;
    struct wt_store_view *const *stores;
    uint64_t worker_id;
    int64_t now_ns;
};

/* Fits wt_focus_on: all of that worker. False when it is not in the snapshot, or is gone: then its
 * region may be another one's. */
bool wt_attached_focus(void *ask, struct wt_arena *arena, struct wt_worker_activity *out);

#endif /* WT_ATTACH_FOCUS_H */
