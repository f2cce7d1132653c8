/* attach.h - snapshots of another process's monitor, out of its mapped files alone.
 *
 *     X.dir --view--> flat snapshot --decode--> snapshot            while its monitor lives
 *     X.dir + X, recorders --sample--> the last snapshot's workers, with their present values
 *                                                                   after its death
 *
 * Read-only, and without the monitor's help: any number of viewers, none of which costs it
 * anything. A monitor that stopped (SIGSTOP), hangs, died or ended is told apart and marked, with
 * the last good values; a monitor that takes the place over is followed.
 *
 * Threads: one owner. Snapshots may be held and released by any thread.
 */
#ifndef WT_ATTACH_ATTACH_H
#define WT_ATTACH_ATTACH_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/status.h"
#include "model/snapshot.h"

struct wt_attach;

/*
 * Opens the directory file at `path` (absolute).
 *   WT_ENOENT   nothing there;  WT_EAGAIN  not ready yet, and not for a second;  WT_EFORMAT broken
 *   WT_EVERSION written by a newer version;  WT_EACCESS, WT_ESYS, WT_ENOMEM
 * A monitor that is dead already is no failure: then its last words are shown.
 */
wt_status wt_attach_open(struct wt_attach **out, const char *path, struct wt_time now,
                         struct wt_error *err);
void wt_attach_close(struct wt_attach *attach); /* NULL is fine */

/* Looks carry all of this worker (snapshot.activity.focus), as its region says at that moment: from
 * the next one on, which is never "nothing new" when another worker was set. 0: of none. */
void wt_attach_set_focus(struct wt_attach *attach, uint64_t worker_id);

/*
 * One look. *out is borrowed until the next one; wt_snapshot_ref keeps it. The same pointer as last
 * time means: nothing new. Its source tells what is known of the monitor:
 *   ANSWERING  the newest published snapshot
 *   SILENT     no heartbeat for three intervals, its process is there: the last snapshot, marked
 *   DEAD, LEFT its process is gone: the last snapshot's workers, sampled now (samples_segments),
 *              with rates; workers whose process is gone stay, as GONE, with their last values;
 * verdicts, events and the stores' figures are its last word. Where the segments cannot be read
 *              (`failed`), or belong to a generation that was set aside (*.previous) or to another
 *              boot: the last snapshot, marked
 * source.problem says who, since when, why, and what to do; also what is wrong with the files while
 * it answers. When another file took the path it is opened instead, as soon as it holds a snapshot:
 * it has another monitor.pid. WT_EAGAIN: no snapshot could be read yet (before the first one only;
 * *out is NULL); WT_ENOMEM: *out is the last one.
 */
wt_status wt_attach_look(struct wt_attach *attach, struct wt_time now,
                         const struct wt_snapshot **out, struct wt_error *err);

/* When looking again is worth it: the monotonic time at which the monitor's next snapshot is due, a
 * moment later; for a silent or dead one `interval_ns` from now. */
int64_t wt_attach_next_ns(const struct wt_attach *attach, struct wt_time now, int64_t interval_ns);

#endif /* WT_ATTACH_ATTACH_H */
