/* publish_history.h - the last hour of every service in the directory file, so that a viewer shows
 * it in its first frame, also when this monitor is dead by then. Internal to src/monitor.
 *
 * Each tick one value of each series goes into the file: what model/history.h keeps by the second,
 * of several looks in one second the last. Which series has which place is known here; the values
 * are in the file alone, and go from there into a larger one.
 *
 * It is the first thing to do without: when the file system would have less than
 * WT_HISTORY_SPARED_BYTES left, or there are more than WT_PUBLISHED_SERIES, what finds no room is
 * not published, which troubles nobody.
 *
 * Threads: the monitor's owner.
 */
#ifndef WT_MONITOR_PUBLISH_HISTORY_H
#define WT_MONITOR_PUBLISH_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "model/snapshot.h"
#include "shm/directory.h"

enum { WT_PUBLISHED_SERIES = 1024 };
#define WT_HISTORY_SPARED_BYTES (UINT64_C(16) << 20)

struct wt_published_series {
    uint64_t hash; /* of service, series and key */
    char *service; /* owned, the key behind it */
    const char *key;
    int kind; /* enum wt_series_kind, -1: a field */
    uint32_t field_kind, field_aggregate;
    int64_t seen; /* the last second in which it was known */
};

struct wt_published_history {
    struct wt_published_series *series; /* owned; by place in the file */
    float *values;                      /* owned; of this second */
    size_t count, capacity;
    struct wt_map places;                     /* hash -> place + 1 */
    int64_t second, realtime_ns, distance_ns; /* of the last look; second 0: none yet */
    bool refused; /* there was no space for it; tried again with the next file that is needed */
};

void wt_published_history_fini(struct wt_published_history *history);

/* Puts a look into the file. True when a larger one is wanted. */
bool wt_published_history_tick(struct wt_published_history *history, struct wt_directory *directory,
                               const struct wt_snapshot *snapshot);

/* Room for so many series in a new file beside `path`: 0 without the space. */
uint64_t wt_published_history_room(struct wt_published_history *history, const char *path);

/* Puts all series that were known within the last hour into a new file, with the values that the
 * old one has (NULL: none). */
void wt_published_history_fill(struct wt_published_history *history, struct wt_directory *fresh,
                               const struct wt_directory *old);

#endif /* WT_MONITOR_PUBLISH_HISTORY_H */
