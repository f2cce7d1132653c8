/* watch.h - what one worker did over the last minutes, for the graphs of the one that is looked at.
 *
 * A history (history.h) keeps services, not workers: ten thousand of them would cost hundreds of
 * megabytes. This keeps one, from the moment somebody looks at it: the busy share of its capacity,
 * and for each of the first WT_WATCH_FIELDS fields of its schema the value of a gauge, or the rate
 * of a counter. Buckets, gaps and looks are as in history.h. When another worker is looked at,
 * everything is forgotten.
 *
 * A worker is the same one as long as its process and its instance are, whatever its id; one whose
 * values cannot be read leaves a gap. Memory: 15.5 kB per series after an hour, at most 1.1 MB.
 *
 * Fed from snapshots alone; no clock. Threads: one owner.
 */
#ifndef WT_MODEL_WATCH_H
#define WT_MODEL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "model/history.h"

enum { WT_WATCH_FIELDS = 32 };

struct wt_watch;

wt_status wt_watch_create(struct wt_watch **out, struct wt_error *err);
void wt_watch_destroy(struct wt_watch *watch); /* NULL is fine */

/* From now on it is about this worker, which is copied, and which is looked for at this place
 * first. Nothing happens when it is that already. */
void wt_watch_choose(struct wt_watch *watch, const struct wt_worker *worker, uint32_t cohort,
                     uint32_t row);

/* Takes in one look, once per sequence. Nothing is known of a worker that is not in it. False when
 * there was no memory for some of it: that part stays a gap. */
bool wt_watch_feed(struct wt_watch *watch, const struct wt_snapshot *snapshot);

/* Whether two rows are about the same worker. */
bool wt_worker_is_same(const struct wt_worker *a, const struct wt_worker *b);

/* busy / capacity, or busy alone where capacity is unknown. Never NULL; valid as long as the watch
 * is. */
const struct wt_series *wt_watch_load(const struct wt_watch *watch);

/* A field of the worker's own schema, by its index; NULL beyond WT_WATCH_FIELDS. */
const struct wt_series *wt_watch_field(const struct wt_watch *watch, size_t field);

/* The first bucket that was fed since the worker was chosen; INT64_MAX before that. */
int64_t wt_watch_since(const struct wt_watch *watch);

#endif /* WT_MODEL_WATCH_H */
