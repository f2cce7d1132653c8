/* history.h - the last hour of a few numbers per service, for graphs.
 *
 * Buckets are one second long and fixed to absolute time: bucket b holds what was true in
 * [b, b + 1) seconds since 1970, however often anybody looks, so that a graph moves by whole
 * columns and two graphs agree. Several looks in one second are averaged. A look also fills the
 * seconds since the look before it, when that was at most 2 s ago or at most twice the distance
 * between the two looks before (a slow but steady source has no gaps); longer ones stay gaps, and
 * a gap reads as NAN, as does a number that is unknown.
 *
 * Bounded: WT_HISTORY_SECONDS per series, WT_HISTORY_SERVICES services (one that is no longer in
 * the snapshot makes room first; beyond that new ones are not recorded). Memory grows with the
 * time that is there to show: 4 KiB per service and 256 s.
 *
 * Fed from snapshots alone; no clock. Threads: one owner.
 */
#ifndef WT_MODEL_HISTORY_H
#define WT_MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "model/snapshot.h"

enum { WT_HISTORY_SECONDS = 3840, WT_HISTORY_SERVICES = 128 };

enum wt_series_kind {
    WT_SERIES_UTILIZATION, /* ratio */
    WT_SERIES_QUEUE,       /* sum of the queue field */
    WT_SERIES_REQUESTS,    /* per second, of the service's requests_field */
    WT_SERIES_ERRORS       /* per second */
};

enum { WT_SERIES_KINDS = 4 };

struct wt_history;
struct wt_series; /* one number over time; borrowed from the history until the next feed */

wt_status wt_history_create(struct wt_history **out, struct wt_error *err);
void wt_history_destroy(struct wt_history *history); /* NULL is fine */

/* Takes in one look. A snapshot with the sequence of the last one is ignored, and one that failed.
 * False when there was no memory for some of it: that part stays a gap. */
bool wt_history_feed(struct wt_history *history, const struct wt_snapshot *snapshot);

/* NULL when this service was never seen. */
const struct wt_series *wt_history_series(const struct wt_history *history, const char *service,
                                          enum wt_series_kind kind);

/* The length of the store's free list. Never NULL. */
const struct wt_series *wt_history_free_list(const struct wt_history *history);

/* The bucket of a moment, rounded down. */
int64_t wt_history_bucket(int64_t realtime_ns);

/* The newest bucket that was fed; INT64_MIN before the first look. */
int64_t wt_history_newest(const struct wt_history *history);

/* NAN for a gap, and outside of what is kept. series may be NULL: NAN. */
double wt_series_get(const struct wt_series *series, int64_t bucket);

#endif /* WT_MODEL_HISTORY_H */
