/* shown.h - everything that is made of a snapshot, whoever the workers were: harmless and whole.
 *
 *   JSON     read by our own reader, imported, and exported to the same bytes
 *   status   read by our own decoder
 *   text     lines of harmless text, none wider than it may be
 *   screen   drawn at a small size, every cell harmless
 */
#ifndef WT_TESTS_FUZZ_SHOWN_H
#define WT_TESTS_FUZZ_SHOWN_H

#include "base/clock.h"
#include "model/snapshot.h"

/* view: the number of the view to draw, from 1; 0: no text and no screen, which cost the most. */
void fuzz_check_snapshot(const struct wt_snapshot *snapshot, struct wt_time now, unsigned view);

/*
 * The same for a snapshot that was read out of somebody's bytes. It may contradict itself (two
 * services of one name, a worker twice), so that an import of its JSON may be refused; it is JSON
 * all the same.
 */
void fuzz_check_foreign(const struct wt_snapshot *snapshot, struct wt_time now);

/* What everybody relies on who reads values by a schema. */
void fuzz_check_schema(const struct wt_schema *schema, size_t segment_bytes);

#endif /* WT_TESTS_FUZZ_SHOWN_H */
