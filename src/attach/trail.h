/* trail.h - the last events and resizes of a directory file, read as they come. Internal to
 * src/attach.
 *
 * They lie in the file as numbered records, of which the last so many are kept; here as arrays,
 * oldest first, as snapshots want them. Each record is read once. One that is being written is
 * left for the next look, and given up if it still is then: its writer may have died in it.
 *
 * Threads: one owner.
 */
#ifndef WT_ATTACH_TRAIL_H
#define WT_ATTACH_TRAIL_H

#include <stddef.h>
#include <stdint.h>

#include "model/flat.h"
#include "shm/directory.h"

/* One run of numbered records. */
struct wt_trail_run {
    uint64_t number; /* of the newest that was read or given up */
    uint64_t torn;   /* that could not be read last time, 0 without */
    size_t count;
    char **texts; /* owned: what the entries' texts point into */
};

/* All zero bytes: nothing was read yet. */
struct wt_trail {
    struct wt_trail_run event_run, resize_runs[WT_DIRECTORY_STORES];
    struct wt_event *events; /* owned, WT_DIRECTORY_EVENTS */
    struct wt_resize *resizes[WT_DIRECTORY_STORES];
};

/* Reads what is new by the header's numbers. Costs nothing when they did not move, and at most as
 * many records as a file keeps. WT_ENOMEM; what was read before stays. */
wt_status wt_trail_update(struct wt_trail *trail, const struct wt_directory_view *view,
                          const struct wt_shared_directory_header *header, struct wt_error *err);

/* Borrowed until the next update. */
struct wt_flat_extras wt_trail_extras(const struct wt_trail *trail);

void wt_trail_fini(struct wt_trail *trail);

#endif /* WT_ATTACH_TRAIL_H */
