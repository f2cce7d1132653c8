/* flat.h - a snapshot as bytes, and back: what the directory file carries.
 *
 * Two parts, because who the workers are changes seldom and is most of the bytes:
 *
 *     workers   per cohort: its schema, and the identity of each row
 *     tick      everything else but events and resizes, which lie in sections of their own
 *
 * The bytes are for readers on this host and of this boot: host byte order, 8-byte aligned numbers.
 * A decoder believes nothing: counts are checked against the bytes that remain before anything is
 * allocated, indices against what they point into, texts are cleaned (as everywhere: control
 * characters, bidi controls ... become visible substitutes). Both begin with a version of their
 * own; a part of a newer one is WT_EVERSION.
 *
 * decode(encode(x)) == x for every snapshot x of a monitor, but for source (set by the reader), and
 * for what holds nothing: status and values of empty rows, and previous values of fresh ones, are
 * written and come back as 0.
 *
 * Pure functions: no clock, no files. Threads: none shared; decoded workers are reference counted
 * (atomic) and immutable.
 */
#ifndef WT_MODEL_FLAT_H
#define WT_MODEL_FLAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/status.h"
#include "model/snapshot.h"

/* Whether both have the same workers part: the same blocks, shared. True only for snapshots that
 * are both held (a freed block may come back at the same address). */
bool wt_flat_same_workers(const struct wt_snapshot *a, const struct wt_snapshot *b);

/* Append to out, whose `failed` tells a lack of memory. */
void wt_flat_encode_workers(const struct wt_snapshot *snapshot, struct wt_buffer *out);
void wt_flat_encode_tick(const struct wt_snapshot *snapshot, struct wt_buffer *out);

struct wt_flat_workers; /* decoded: schemas and identities, shared by all snapshots over them */

wt_status wt_flat_decode_workers(const void *bytes, size_t length, struct wt_flat_workers **out,
                                 struct wt_error *err);
struct wt_flat_workers *wt_flat_workers_ref(struct wt_flat_workers *workers);
void wt_flat_workers_unref(struct wt_flat_workers *workers); /* NULL is fine */

/* What is not in the tick part: copied into the snapshot. */
struct wt_flat_extras {
    const struct wt_event *events; /* oldest first */
    size_t event_count;
    const struct wt_resize *resizes[3]; /* of store, recorders, recorders_wide; oldest first */
    size_t resize_counts[3];
};

/*
 * One snapshot, one reference, destroyed by its last reader; it holds `workers`. The tick part must
 * belong to this workers part (cohort by cohort the same number of rows), else WT_EFORMAT. Its
 * source is {WT_SOURCE_ATTACH, path "", problem ""} with nothing else known; see wt_flat_retouch.
 *   WT_EFORMAT (what, at which byte, which value), WT_EVERSION, WT_ENOMEM
 */
wt_status wt_flat_decode_tick(const void *bytes, size_t length, struct wt_flat_workers *workers,
                              const struct wt_flat_extras *extras, struct wt_snapshot **out,
                              struct wt_error *err);

/*
 * A snapshot like `base` (which it holds), with another source: texts are copied. For readers whose
 * monitor is silent: the same figures, marked. NULL without memory.
 */
struct wt_snapshot *wt_flat_retouch(const struct wt_snapshot *base, const struct wt_source *source);

/* One schema by itself, as the SCHEMAS section holds it. Decoding checks it as if a worker had
 * announced it: fields beyond segment_bytes are left out, and so on. */
void wt_flat_encode_schema(const struct wt_schema *schema, struct wt_buffer *out);
wt_status wt_flat_decode_schema(const void *bytes, size_t length, size_t segment_bytes,
                                struct wt_schema **out, struct wt_error *err);

#endif /* WT_MODEL_FLAT_H */
