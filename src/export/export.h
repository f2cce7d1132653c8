/* export.h - snapshot -> bytes, and back: JSON for machines, plain text for pipes and logs.
 *
 *     snapshot --wt_export_json-----------> {"schema_version":1, ...}          docs/SNAPSHOT.md
 *              --wt_export_status_json----> {"type":"utilization_monitor","data":{...}}
 *              --wt_export_data_json------> {"web":{"requests_total":123,"worker_count":2}}
 *              --wt_export_text-----------> tables of 80 columns and more
 *     JSON     --wt_import_json-----------> snapshot
 *
 * Everything is appended to a buffer in one pass, without a tree and without a newline at the end
 * (text: with one). Numbers are written in full; what is absent, NaN or infinite is null. A failure
 * to get memory sticks to the buffer (`failed`).
 *
 * Threads: pure functions.
 */
#ifndef WT_EXPORT_EXPORT_H
#define WT_EXPORT_EXPORT_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/status.h"
#include "export/columns.h"
#include "model/snapshot.h"

/* The whole snapshot as one line. `now` gives age_ms and nothing else. */
void wt_export_json(const struct wt_snapshot *snapshot, struct wt_time now, struct wt_buffer *out);

/* What the origin's `status` and `as_json` answer: services with workers only, the live sum of each
 * field, and worker_count, which hides a field of that name. */
void wt_export_status_json(const struct wt_snapshot *snapshot, struct wt_buffer *out);
void wt_export_data_json(const struct wt_snapshot *snapshot, struct wt_buffer *out);

enum { WT_EXPORT_COLS_MIN = 80 };

/* Verdict lines, services, workers of the worst service, store, last events. Lines are at most
 * `cols` columns wide; less than WT_EXPORT_COLS_MIN counts as that. UTF-8, no escape sequences. */
void wt_export_text(const struct wt_snapshot *snapshot, struct wt_time now, size_t cols,
                    struct wt_buffer *out);

/* The same with columns that somebody chose; NULL: the usual ones. Too many of them are cut at the
 * end of the line. */
void wt_export_text_columns(const struct wt_snapshot *snapshot, struct wt_time now, size_t cols,
                            const struct wt_text_columns *services,
                            const struct wt_text_columns *workers, struct wt_buffer *out);

/*
 * Makes a snapshot of what wt_export_json wrote, here or on another machine. Exporting it again
 * with the same `now` gives the same bytes. Nothing in the text is trusted: types, ranges, order
 * and references are checked, and texts are cleaned.
 *   WT_EFORMAT   no JSON, or not of this shape: the error names line and place
 *   WT_EVERSION  written by a newer Worktop
 *   WT_ENOMEM
 * The snapshot has one reference; it is not published yet, so the caller may still set
 * source.kind and sequence.
 */
wt_status wt_import_json(const char *text, size_t length, struct wt_snapshot **out,
                         struct wt_error *err);

/*
 * The same for what wt_export_status_json wrote, or a supervisor that knows only `status`: services
 * with sums, without workers. Kinds and roles come from the names; rates are unknown. The time of
 * the look is `now`.
 */
wt_status wt_import_status_json(const char *text, size_t length, struct wt_time now,
                                struct wt_snapshot **out, struct wt_error *err);

#endif /* WT_EXPORT_EXPORT_H */
