/* cohort.h - the workers of one service that share one schema: their rows.
 *
 * A row belongs to a worker from wt_cohort_add to wt_cohort_leave. The arrays by row are what the
 * sampler walks; what snapshots show lies in blocks (block.h). A row whose worker was published
 * stays for one more look, marked GONE, so that readers can say so.
 *
 * Threads: one owner; the blocks are shared with snapshots.
 */
#ifndef WT_MONITOR_COHORT_H
#define WT_MONITOR_COHORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "flight/board.h"
#include "model/aggregate.h"
#include "model/health.h"
#include "model/snapshot.h"
#include "monitor/block.h"

#define WT_NO_SEGMENT UINT32_MAX

/* A worker's identity as snapshots share it; the texts lie behind the struct. */
struct wt_identity {
    uint32_t references; /* atomic */
    struct wt_worker worker;
};

/* Copies *worker and its texts. One reference. NULL without memory. */
struct wt_identity *wt_identity_create(const struct wt_worker *worker);
struct wt_identity *wt_identity_ref(struct wt_identity *identity);
void wt_identity_unref(struct wt_identity *identity); /* NULL is fine */

/* Where the bytes of a row lie: in the present store, or in one whose file was lost (healing.c),
 * until its worker took up another segment. */
enum { WT_RETIRED_STORES = 8 };
enum {
    WT_ORIGIN_PRESENT,
    WT_ORIGIN_RETIRED,                                        /* + 0 .. WT_RETIRED_STORES - 1 */
    WT_ORIGIN_NOWHERE = WT_ORIGIN_RETIRED + WT_RETIRED_STORES /* nothing is left to be read */
};

enum {
    WT_ROW_IS_NEW = 1,     /* no published look has read all of its values yet */
    WT_ROW_IS_NEWBORN = 2, /* and its process started after the last one: its counters began at 0 */
    WT_ROW_IS_LEAVING = 4, /* its worker is gone: published once more, then free */
    WT_ROW_WAS_SHOWN = 8,  /* new, but published: it could not be read */
    WT_ROW_WAS_UNREADABLE = 16 /* at the last look: what moved since did so in an unknown time */
};

/* What a recorder said at one moment: timed.c. */
struct wt_timed_reading {
    int64_t at_ns; /* 0: it was not read */
    uint64_t busy_ns;
    uint16_t threads; /* with a record */
    bool is_ready;    /* there are records in use, for all threads */
    bool is_torn;     /* one of them is being written */
    bool is_hopeless; /* nothing in there is of use, and that is not as it should be */
};

/* What is known of a row's busy time by its recorder: timed.c. */
struct wt_timed_row {
    uint64_t busy_ns;             /* as it was read last, modulo 2^64 */
    int64_t at_ns;                /* when that was */
    int64_t doubt_ns;             /* since when it is not believed; 0: it is */
    uint64_t gauge;               /* parts (integrals.h) of the busy gauge, as of at_ns */
    struct wt_timed_reading seen; /* by the sampler, when its lines were at hand */
    uint32_t bytes;               /* of the region */
    bool is_untimed;              /* it ought to be, and cannot: shown */
};

struct wt_cohort_rows {
    struct wt_service_entry *service;
    const struct wt_schema *schema; /* one reference; NULL: workers without metrics */
    bool simple;                    /* every field is an aligned little-endian 8-byte word, and
                                       none is in a group */
    bool contiguous;                /* and each follows the one before it */
    bool has_counters;
    uint32_t *offsets;       /* field_count: of each field in its segment */
    uint64_t *counter_masks; /* field_count: all ones for a counter, else 0 */
    uint32_t *total_map;     /* field_count: of wt_totals_map; NULL without counters */
    size_t field_count;      /* 0 without a schema */
    size_t row_count;        /* in use or free again */
    size_t capacity;
    size_t used_count;    /* rows that are not empty */
    size_t leaving_count; /* of them, on their way out */

    struct wt_identity **identities; /* by row; NULL: empty. One reference each */
    uint32_t *segments;              /* by row; WT_NO_SEGMENT: nothing to read */
    uint8_t *origins;                /* by row; WT_ORIGIN_*: in which store */
    uint8_t *states;                 /* by row; CONNECTING, LIVE or SILENT */
    uint8_t *marks;                  /* by row; WT_ROW_IS_* */
    const unsigned char **recorders; /* by row; the recorder header, NULL without */
    uint32_t *places;                /* by row; where it is on the board, if anybody said so */
    int64_t *recorder_since_ns;      /* by row; when the region was taken up */
    struct wt_timed_row *timed;      /* by row; NULL: no row ever had a recorder */
    uint8_t *are_timed;              /* by row; 1: its busy time is from there, else from its
                                        gauge. By itself, as looks at gauges ask all rows. NULL
                                        with `timed` */
    uint32_t *free_rows;             /* stack */
    size_t free_count;
    size_t recorder_count;  /* rows with one */
    size_t timed_count;     /* of them, timed by it */
    size_t untimed_count;   /* of them, in vain */
    size_t unsettled_count; /* rows with any mark */
    size_t away_count;      /* rows that are not in the present store */

    bool rows_changed;             /* since row_block was made */
    struct wt_block *row_block;    /* of const struct wt_worker * */
    struct wt_block *values;       /* of the last published look, capacity rows; never NULL */
    struct wt_block *status;       /* the same, of struct wt_row_status */
    struct wt_block *previous;     /* of the look before; NULL before the second */
    struct wt_block *fresh_values; /* of the look that is being made; NULL in between */
    struct wt_block *fresh_status;
    struct wt_block *fresh_previous;
    struct wt_block_pool value_pool, status_pool;
    struct wt_column *columns;       /* field_count */
    uint32_t told_stale, told_stuck; /* of the last published look */

    /* Of the look being made. */
    uint32_t live_count; /* rows with values, stale ones included */
    uint32_t stale_count, stuck_count;
    uint32_t unreadable_count;
    uint32_t silent_count; /* connecting and silent rows */
};

/* schema gets a reference. NULL without memory. */
struct wt_cohort_rows *wt_cohort_create(struct wt_service_entry *service,
                                        const struct wt_schema *schema);
void wt_cohort_destroy(struct wt_cohort_rows *cohort); /* NULL is fine */

/* A row for a worker; identity gets a reference. SIZE_MAX without memory. */
size_t wt_cohort_add(struct wt_cohort_rows *cohort, struct wt_identity *identity,
                     enum wt_worker_state state, uint32_t segment, bool newborn);

/* The row's bytes lie there from now on; its values, marks and status stay. */
void wt_cohort_set_segment(struct wt_cohort_rows *cohort, size_t row, uint32_t segment,
                           uint8_t origin);

/* Shows another identity in the row (a reference is taken). */
void wt_cohort_rename(struct wt_cohort_rows *cohort, size_t row, struct wt_identity *identity);

/* The worker left: with `show` a row that was published stays for one look, marked GONE, with this
 * identity; else it is free at once. */
void wt_cohort_leave(struct wt_cohort_rows *cohort, size_t row, bool show);

/* Reads the row's recorder, which can be read, for wt_timed_read of the same moment. */
void wt_timed_see(struct wt_cohort_rows *cohort, size_t row, int64_t now_ns);

/* header NULL: none any more. Without memory the row is not timed. */
void wt_cohort_set_recorder(struct wt_cohort_rows *cohort, size_t row, const unsigned char *header,
                            uint32_t bytes, int64_t since_ns);

/* Its recorder is in this place of the board, to be looked at together with the row. Any other
 * place does no harm. */
void wt_cohort_set_place(struct wt_cohort_rows *cohort, size_t row, uint32_t place);

/* After a look was published: its blocks become the last ones, rows settle, leaving rows are free.
 */
void wt_cohort_settle(struct wt_cohort_rows *cohort);

/* Drops the blocks of a look that is not published. */
void wt_cohort_forget_look(struct wt_cohort_rows *cohort);

/* The identities as snapshots want them, up to date; NULL without memory. Borrowed. */
struct wt_block *wt_cohort_row_block(struct wt_cohort_rows *cohort);

/* ---- the sampler's half: sampler.c ------------------------------------------------------- */

struct wt_look_rules {
    const unsigned char *base; /* of the store */
    uint32_t segment_bytes;
    bool unreadable; /* read nothing of it: the last good values again, marked */
    const unsigned char *retired[WT_RETIRED_STORES]; /* of the others; NULL: cannot be read */
    bool no_heartbeats;     /* the recorders cannot be read: nobody is judged by them */
    struct wt_board *board; /* a look at it was begun, and goes on here; NULL: none */
    struct wt_time now;
    int64_t stuck_ns, stale_ns;
    int64_t gap_begin_ns, gap_end_ns; /* nobody looked, perhaps nobody ran: silence in it proves
                                         nothing. Monotonic; 0, 0: none */
};

/* Where a row's bytes are; NULL when there are none, and when they cannot be read. */
static inline const unsigned char *wt_row_bytes(const struct wt_cohort_rows *cohort, size_t row,
                                                const struct wt_look_rules *rules) {
    uint8_t origin = cohort->origins[row];
    const unsigned char *base = rules->unreadable ? NULL : rules->base;
    if (origin != WT_ORIGIN_PRESENT)
        base = origin == WT_ORIGIN_NOWHERE ? NULL : rules->retired[origin - WT_ORIGIN_RETIRED];
    if (base == NULL || cohort->segments[row] == WT_NO_SEGMENT)
        return NULL;
    return base + (size_t)cohort->segments[row] * rules->segment_bytes;
}

/*
 * Reads all rows into fresh_values and fresh_status and sums them up in columns. Rows are not
 * settled. May be repeated with other rules. WT_ENOMEM.
 */
wt_status wt_cohort_look(struct wt_cohort_rows *cohort, const struct wt_look_rules *rules,
                         struct wt_error *err);

#endif /* WT_MONITOR_COHORT_H */
