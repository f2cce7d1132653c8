/* samples.h - snapshots for tests of whatever reads snapshots.
 *
 * All times are fixed: the look was at 2026-11-20T13:49:31Z. The caller releases them with
 * wt_snapshot_unref. They never fail: a test without memory ends.
 */
#ifndef WT_TESTS_SAMPLES_H
#define WT_TESTS_SAMPLES_H

#include <stddef.h>

#include "model/snapshot.h"

/* Half a second after the look. */
struct wt_time wt_sample_now(void);

/* No store, no services, no events: what a reader sees first. */
struct wt_snapshot *wt_sample_empty(void);

/* Four services: web saturated, api restarting, jobs with a stuck worker, idle cable; events, two
 * resizes, quarantined segments, a silent worker. */
struct wt_snapshot *wt_sample_fleet(void);

/* Everything that hurts: 64-bit limits, NaN, wrapped gauges, empty rows, every type, control
 * characters and invalid UTF-8 in every text, a field named worker_count. */
struct wt_snapshot *wt_sample_nasty(void);

/* So many workers with 8 fields in 8 services. */
struct wt_snapshot *wt_sample_large(size_t workers);

/* What threads of the fleet's workers do and did: static. Part of the fleet already. */
void wt_sample_add_activity(struct wt_snapshot *snapshot);
void wt_sample_add_nasty_activity(struct wt_snapshot *snapshot);

#endif /* WT_TESTS_SAMPLES_H */
