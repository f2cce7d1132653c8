/* sample.h - the workers of a monitor's last snapshot, with their present values. Internal to
 * src/attach.
 *
 *     last snapshot --who, which segment--> read the segments --> a snapshot like it
 *
 * Living workers go on counting in their segments when their monitor is gone. Each look reads them
 * by the rules of the monitor's own sampler: values are copied out once, one that never reads the
 * same twice is torn and keeps its last good value, counters that move are progress, recorders
 * have heartbeats. The last snapshot counts as the look before the first one, so that rates are
 * there at once, if it is young enough to be compared with.
 *
 * Workers whose process is gone, or that said goodbye in their recorder, are GONE from then on:
 * they stay in their rows with their very last values, for whoever comes to see what happened, and
 * count in the totals alone. Verdicts, events and the store's figures are the monitor's last word,
 * but for services that lost workers since: these are WARN at least, and CRIT without any.
 *
 * Threads: one owner. The snapshots may be held and released by any thread.
 */
#ifndef WT_ATTACH_SAMPLE_H
#define WT_ATTACH_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attach/crew.h"
#include "base/arena.h"
#include "flight/board.h"
#include "model/aggregate.h"
#include "model/snapshot.h"
#include "model/spread.h"
#include "shm/directory.h"

struct wt_sampler_options {
    const struct wt_snapshot *last;       /* gets a reference */
    const struct wt_directory_view *view; /* of its monitor: who owns which segment */
    struct wt_store_view *const *stores;  /* WT_DIRECTORY_STORES, NULL where one cannot be read.
                                             They outlive the sampler */
    const char *store_problem;            /* why there is no store 0; copied */
    bool pids_are_ours;                   /* else nobody is ever called gone */
};

struct wt_sampler;

wt_status wt_sampler_create(struct wt_sampler **out, const struct wt_sampler_options *options,
                            struct wt_error *err);
void wt_sampler_destroy(struct wt_sampler *sampler); /* NULL is fine */

/* Looks carry all of this worker from now on; 0: of none. */
void wt_sampler_set_focus(struct wt_sampler *sampler, uint64_t worker_id);

/* Whether the values of the next look come from the segments: false while they cannot be read. */
bool wt_sampler_is_reading(const struct wt_sampler *sampler);

/* One look; texts of *source are copied. The snapshot has one reference. WT_ENOMEM. */
wt_status wt_sampler_look(struct wt_sampler *sampler, struct wt_time now,
                          const struct wt_source *source, struct wt_snapshot **out,
                          struct wt_error *err);

/* ---- between sample.c and sample_frame.c ---------------------------------------------------- */

enum wt_sample_life {
    WT_SAMPLE_ABSENT, /* an empty row */
    WT_SAMPLE_PRESENT,
    WT_SAMPLE_LEAVING, /* found gone at this look, which reads it a last time */
    WT_SAMPLE_GONE     /* found gone before */
};

struct wt_sample_row {
    const unsigned char *segment;  /* NULL: there is nothing to be read */
    const unsigned char *recorder; /* its header, NULL without */
    uint8_t life;                  /* enum wt_sample_life */
    bool has_values;               /* it counts: a worker with metrics */
    bool is_fresh;                 /* its last values are none to compare with */
};

struct wt_sample_cohort {
    const struct wt_cohort *last; /* of the snapshot */
    struct wt_sample_row *rows;
    struct wt_row_status *status; /* of the last look */
    uint64_t *values;             /* the same */
    struct wt_column *columns;    /* of the look being made */
    size_t used_count;            /* rows that are not absent */
    size_t in_shape;              /* place of its schema in its service's shape */
    bool has_counters;
};

struct wt_sample_service {
    const struct wt_service *last;
    uint32_t *cohorts; /* its own, by index */
    size_t cohort_count;
    struct wt_shape *shape;
    struct wt_number *retired; /* by the shape's fields: total less live sum; absent when unknown */
    uint32_t left_count;       /* since the snapshot */
    int64_t left_realtime_ns;  /* when the first of them was found gone */
};

struct wt_sampler {
    const struct wt_snapshot *last;
    struct wt_store_view *stores[WT_DIRECTORY_STORES]; /* borrowed */
    char store_problem[384];
    struct wt_arena arena;            /* the arrays */
    struct wt_sample_cohort *cohorts; /* like the snapshot's */
    struct wt_sample_service *services;
    const struct wt_directory_view *view; /* borrowed */
    struct wt_board *board;               /* what threads do and did */
    uint64_t focus_id;                    /* 0: nobody looks at one worker */
    struct wt_crew crew;
    struct wt_spread_scratch spread;
    struct wt_time looked; /* when the last look was, the monitor's before the first */
    uint64_t look_count;
};

/* What one look found, by cohort, in the frame's memory. */
struct wt_sample_frame {
    struct wt_snapshot snapshot; /* first: destroy gets its address */
    struct wt_arena arena;
    const struct wt_snapshot *last; /* held */
    struct wt_shape **shapes;       /* held; by service of `last` */
    size_t shape_count;
    uint64_t **values, **previous; /* by cohort of `last` */
    struct wt_row_status **status;
    struct wt_cohort *cohorts;
    struct wt_service *services;
};

/* ---- sample_flights.c ------------------------------------------------------------------------ */

/* The board, with every region that can be read. False without memory. */
bool wt_sample_flights_begin(struct wt_sampler *sampler);

/* The worker was found gone: its black box. */
void wt_sample_flights_see_off(struct wt_sampler *sampler, const struct wt_worker *worker,
                               struct wt_time now);

/* What the frame, whose cohorts are filled, says of it. False without memory. */
bool wt_sample_flights_put(struct wt_sampler *sampler, struct wt_sample_frame *frame);

/* Adds what the column's counters lost to what is retired, if that is known. */
void wt_sample_add_lost(struct wt_number *retired, const struct wt_column *column);

/* Memory for a look, its previous values filled in. NULL without. */
struct wt_sample_frame *wt_sample_frame_create(const struct wt_sampler *sampler);

/* From what was read to services and cohorts. False without memory. */
bool wt_sample_frame_fill(struct wt_sampler *sampler, struct wt_sample_frame *frame,
                          const struct wt_source *source);

#endif /* WT_ATTACH_SAMPLE_H */
