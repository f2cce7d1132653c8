/* watch.h - is the monitor behind a directory file alive? Internal to src/attach.
 *
 * Four witnesses, in this order:
 *
 *     boot      written in another boot            -> DEAD
 *     state     CLOSED: it said goodbye            -> LEFT
 *     process   pid and start time, by a pidfd     -> DEAD, at once
 *     heartbeat none for three intervals           -> SILENT; /proc may know why
 *
 * A monitor in another pid namespace (a container) has a pid that means nothing here: then only the
 * heartbeat counts, and it is never called dead.
 *
 * Threads: one owner.
 */
#ifndef WT_ATTACH_WATCH_H
#define WT_ATTACH_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/snapshot.h"
#include "shm/directory.h"

struct wt_watch {
    int64_t pid;
    uint64_t start_ticks;
    int pidfd;          /* -1 without */
    bool this_boot;     /* else it cannot live */
    bool pids_are_ours; /* its pid, and those of its workers, name processes that we can see */
};

struct wt_watch_finding {
    enum wt_source_health health;
    int64_t heartbeat_ns;      /* monotonic; 0 when it is of another boot, or impossible */
    int64_t since_realtime_ns; /* of the last heartbeat; 0 while it answers */
    const char *reason;        /* SILENT: why, as far as it can be seen, and what to do */
    char text[96];             /* where a reason of its own lies */
};

/* Opens a descriptor of the monitor's process, if there is one. */
void wt_watch_begin(struct wt_watch *watch, const struct wt_shared_directory_header *header,
                    const struct wt_directory_view *view);
void wt_watch_end(struct wt_watch *watch);

void wt_watch_look(const struct wt_watch *watch, const struct wt_shared_directory_header *header,
                   struct wt_time now, struct wt_watch_finding *out);

/* The monitor's interval, within reason whatever the file says. */
int64_t wt_watch_interval_ns(const struct wt_shared_directory_header *header);

/* What a person is told: who, since when, why, what the figures are (`values`: "values are read
 * from the segments"), and what to do. "" while it answers. */
void wt_watch_sentence(const struct wt_watch *watch, const struct wt_watch_finding *finding,
                       struct wt_time now, const char *values, char *out, size_t size);

#endif /* WT_ATTACH_WATCH_H */
