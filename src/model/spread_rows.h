/* spread_rows.h - the loops over rows behind spread.h. For spread.c and spread_rows.c only.
 *
 * A lane is one field whose values are of one class. Its keys are distances from the smallest
 * value, modulo 2^64: that is right for signed and unsigned integers alike, and for reals once the
 * bits below the sign of negative ones are flipped, so that all bits ascend as signed integers do.
 */
#ifndef WT_MODEL_SPREAD_ROWS_H
#define WT_MODEL_SPREAD_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/select.h"
#include "model/snapshot.h"

#define WT_SPREAD_TOP_BIT (UINT64_C(1) << 63)
#define WT_SPREAD_FLIP_REAL (~WT_SPREAD_TOP_BIT)
#define WT_SPREAD_NO_COLUMN SIZE_MAX

enum { WT_SPREAD_LANES = 4 };

/* The rows of one service. */
struct wt_spread_source {
    const struct wt_cohort *cohorts;
    size_t cohort_count;
    size_t row_count; /* of those with a schema */
    bool all_count;   /* each of these rows has a worker whose values count */
};

struct wt_spread_lane {
    size_t field; /* of the service */
    bool is_real, is_signed;
    uint64_t flip;  /* WT_SPREAD_FLIP_REAL for reals, else 0 */
    uint64_t base;  /* the smallest value, ordered */
    uint64_t range; /* of the values; what is further away is left out */
    unsigned shift; /* of a distance: its bucket */
    size_t buckets; /* in use, and some more that stay 0 */
    uint32_t counts[WT_SELECT_BUCKETS];
};

/* Bits in an order in which those of reals, too, ascend as signed integers; its own inverse. */
static inline uint64_t wt_spread_ordered(uint64_t flip, uint64_t bits) {
    return bits ^ ((0 - (bits >> 63)) & flip);
}

/* Whether the row's values are in the sums. */
static inline bool wt_spread_counts(const struct wt_cohort *cohort, size_t row) {
    return cohort->rows[row] != NULL && (cohort->status[row].state == WT_WORKER_LIVE ||
                                         cohort->status[row].state == WT_WORKER_STALE);
}

/* The cohort's column with this field of the service, WT_SPREAD_NO_COLUMN without. */
size_t wt_spread_column(const struct wt_cohort *cohort, size_t field);

/* Counts the values of at most WT_SPREAD_LANES lanes in one pass. */
void wt_spread_count(const struct wt_spread_source *source, struct wt_spread_lane *lanes,
                     size_t lane_count);

/* Copies the distances in two buckets, which may be the same one, out of all rows. There is room
 * for one more than the counts of each. */
void wt_spread_pick(const struct wt_spread_source *source, const struct wt_spread_lane *lane,
                    size_t low, size_t high, uint64_t *lows, uint64_t *highs);

/* The first row with this value in the column, row_count without. */
size_t wt_spread_find(const struct wt_spread_source *source, const struct wt_cohort *cohort,
                      size_t column, struct wt_number number);

/* busy / capacity of one row: NAN when either is unusable, there is no such column, or capacity is
 * not above 0. */
double wt_spread_ratio(const struct wt_cohort *cohort, size_t row, size_t busy, size_t capacity);

#endif /* WT_MODEL_SPREAD_ROWS_H */
