/* flat.h - snapshots for tests of flat bytes, and whether two of them say the same. */
#ifndef WT_TESTS_FLAT_H
#define WT_TESTS_FLAT_H

#include "model/flat.h"

struct flat_parts {
    struct wt_buffer workers, tick;
};

/* The caller drops them. */
struct flat_parts flat_encoded(const struct wt_snapshot *snapshot);
void flat_drop(struct flat_parts *parts);

/* Six fields of many types, one of them with a unit, and three problems; for 64 bytes. */
struct wt_schema *flat_odd_schema(void);

/* Everything of a snapshot, on the caller's stack; `schema` is its cohort's. */
struct flat_odd {
    struct wt_snapshot snapshot;
    struct wt_service services[2];
    struct wt_cohort cohorts[3];
    struct wt_field_stats fields[6];
    struct wt_worker workers[3];
    const struct wt_worker *rows[5], *silent[1];
    struct wt_row_status status[5];
    uint64_t values[5][6], previous[5][6];
    uint32_t field_map[6], generations[4];
    uint8_t states[4];
    struct wt_held_segment held[2];
    struct wt_resize resizes[1];
    struct wt_event events[2];
    struct wt_accept_queue listeners[2];
    struct wt_process processes[2];
};

/* Fills it; pointers lead into it, so it must not be moved. */
void flat_make_odd(struct flat_odd *odd, const struct wt_schema *schema);

/* Fail the test where they differ. All but the source. */
void flat_same_snapshot(const struct wt_snapshot *a, const struct wt_snapshot *b);
void flat_same_activity(const struct wt_activity *a, const struct wt_activity *b);
void flat_same_schema(const struct wt_schema *a, const struct wt_schema *b);

#endif /* WT_TESTS_FLAT_H */
