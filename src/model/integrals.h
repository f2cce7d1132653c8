/* integrals.h - busy-, capacity- and queue-seconds of one service, and its load over windows.
 *
 * Two kinds of workers feed them:
 *
 *     plain gauges   looks, ten times a second: the area under the line from one look to the next
 *     records        what libworktop's threads wrote: exact differences, once a tick and at the end
 *
 * A monitor calls wt_integrals_look for each look at the gauges of all workers without usable
 * records (and of the queue of all), wt_integrals_record for each difference of a record, and
 * wt_integrals_mark once a tick. Between two looks that are further apart than `longest_ns` nobody
 * looked: that is no time.
 *
 * The sums are integers of 128 bits that only grow, so that the difference over a window is exact
 * whatever a worker wrote before it. Windows are found in two rings of marks, one a second for the
 * last minute and one in 5 s for the last five: a window is that much longer or shorter than its
 * name, at most, and its figures are of the time it really covers.
 *
 * Pure functions: no clock, no files, no memory of their own. Threads: none shared.
 */
#ifndef WT_MODEL_INTEGRALS_H
#define WT_MODEL_INTEGRALS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/aggregate.h"
#include "model/snapshot.h"
#include "model/value.h"

/* One unit of a gauge is this many parts. A value above WT_LEVEL_MOST is no load: it is left out
 * like one below 0. */
enum { WT_LEVEL_ONE = 1024 };
#define WT_LEVEL_MOST ((uint64_t)1 << 40)

/* A value of a gauge in parts. False: it is none, or no load. */
bool wt_level_of(struct wt_number value, uint64_t *parts);

/* The same of a field's bits (schema.h), for loops over many workers. is_word: the field is an
 * integer of 64 bits. */
static inline bool wt_level_of_bits(const struct wt_field *field, bool is_word, uint64_t bits,
                                    uint64_t *parts) {
    if (!is_word || bits > WT_LEVEL_MOST)
        return wt_level_of(wt_value_number(field, bits), parts);
    *parts = bits * WT_LEVEL_ONE;
    return true;
}

/* One gauge over the workers that were looked at. */
struct wt_level_sum {
    uint64_t parts;   /* of WT_LEVEL_ONE; stays at the largest value rather than wrap */
    uint32_t workers; /* whose value was usable */
};

static inline void wt_level_add(struct wt_level_sum *sum, uint64_t parts) {
    sum->parts = parts > UINT64_MAX / 4 - sum->parts ? UINT64_MAX / 4 : sum->parts + parts;
    sum->workers++;
}

/* The same of a whole column. False when it holds values that are to be left out: then the rows are
 * to be added one by one. */
bool wt_level_add_column(struct wt_level_sum *sum, const struct wt_column *column);

/* What one look saw. busy and capacity are of workers without usable records, queue is of all. */
struct wt_level {
    struct wt_level_sum busy, capacity, queue;
};

/* What one record says of the time since it was read before. */
struct wt_record_time {
    uint64_t busy_ns; /* nested and overlapping calls counted each */
    int64_t elapsed_ns;
    bool has_capacity;
    uint64_t capacity; /* parts, over that time */
};

enum { WT_MARKS = 64 }; /* of each ring */

/* Where all sums stood at one moment. */
struct wt_mark {
    int64_t at_ns;
    int64_t watched_ns;
    int64_t unrated_ns;               /* of it, with a busy worker whose capacity nobody knows */
    int64_t queued_ns;                /* of it, with a queue */
    int64_t waited_ns;                /* of that, with requests that could be counted */
    wt_uint128 busy, capacity, queue; /* parts * 2 * ns */
    wt_uint128 waiting;               /* the queue in waited_ns */
    wt_uint128 requests;              /* parts */
};

struct wt_mark_ring {
    struct wt_mark marks[WT_MARKS];
    uint32_t count; /* all that were ever put in */
};

struct wt_integrals {
    struct wt_mark now;      /* at_ns: of the last look, 0 before the first */
    struct wt_level level;   /* as of the last look */
    wt_uint128 queue_before; /* now.queue and now.queued_ns as of the last mark */
    int64_t queued_before_ns;
    bool has_busy, has_capacity, has_queue; /* ever */
    uint32_t recorded_workers;              /* as of the last mark */
    struct wt_mark_ring fine, coarse;
};

/* The gauges as they are at now_ns. A look that is not later than the one before changes nothing.
 */
void wt_integrals_look(struct wt_integrals *integrals, const struct wt_level *level, int64_t now_ns,
                       int64_t longest_ns);

void wt_integrals_record(struct wt_integrals *integrals, const struct wt_record_time *time);

/* What a tick adds. */
struct wt_integrals_tick {
    double requests;           /* that were counted since the tick before; NAN when unknown */
    uint32_t recorded_workers; /* whose busy time is from records */
    bool has_busy, has_capacity, has_queue; /* whether the service has such a field */
};

/* After the look of a tick. */
void wt_integrals_mark(struct wt_integrals *integrals, const struct wt_integrals_tick *tick);

/* The load as of the last mark. */
void wt_integrals_tell(const struct wt_integrals *integrals, struct wt_load *out);

#endif /* WT_MODEL_INTEGRALS_H */
