/* fixture.h - snapshots made by hand, for screens: the same each time, at any tick.
 *
 * The numbers come from the house's own aggregation; verdicts, sentences, events and the store are
 * written here. Tick t is looked at t seconds after 2026-11-20 13:40:00 UTC (monotonic 5000 s + t).
 */
#ifndef WT_TESTS_FIXTURE_H
#define WT_TESTS_FIXTURE_H

#include "base/arena.h"
#include "model/snapshot.h"

enum wt_fixture {
    WT_FIXTURE_EMPTY,   /* no worker ever registered */
    WT_FIXTURE_HEALTHY, /* web, api, jobs, cable: all is well */
    WT_FIXTURE_TROUBLE, /* web saturated, jobs with stuck workers, api with stale and silent ones */
    WT_FIXTURE_LARGE,   /* 10,000 workers in 8 services */
    WT_FIXTURE_HOSTILE, /* names and texts with escape sequences, wide, combining, bidi, endless */
    WT_FIXTURE_DEAD     /* TROUBLE, and the last look failed */
};

struct wt_time wt_fixture_time(int tick);

/* One reference. NULL without memory. */
const struct wt_snapshot *wt_fixture_make(enum wt_fixture kind, int tick);

/* Threads at work, records, a black box (worker 16), and all of worker 30: part of TROUBLE already.
 * Arrays lie in the arena. */
void wt_fixture_add_activity(struct wt_snapshot *snapshot, struct wt_arena *arena);

#endif /* WT_TESTS_FIXTURE_H */
