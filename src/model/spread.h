/* spread.h - how the values of a service's workers are spread: the nearest-rank p50 and p95 of each
 * field, and the worker that is furthest from the median.
 *
 * Exact: the value at place ceil(p * n) of the n sorted usable values, those that are in the sums
 * (value.h); of workers with different schemas together. A field that has integers in one schema
 * and reals in another gives reals, each integer rounded to the nearest double.
 *
 * How it is fast: the extremes of each field are known from the sums. So one pass counts the values
 * of up to four fields in buckets between them (select.h); a second one, per field, copies out
 * those of the two buckets in which the percentiles are. A field with one value in all workers
 * costs nothing, a gauge with few values the first pass only.
 *
 * Pure functions: no clock, no files. Threads: none shared.
 */
#ifndef WT_MODEL_SPREAD_H
#define WT_MODEL_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* Memory that is used again: at most 16 bytes per worker of the largest service. All zero: none. */
struct wt_spread_scratch {
    uint64_t *keys;
    size_t capacity;
};

void wt_spread_scratch_fini(struct wt_spread_scratch *scratch);

/*
 * Fills p50 and p95 of all fields of all services, and their skew, out of a snapshot that is being
 * made: after wt_service_fill, so sums, extremes, counts and utilization are there. The fields that
 * the services point to must be the caller's own. Cohorts come in the order of their services.
 * False without memory: what is missing stays absent.
 */
bool wt_spread_fill(struct wt_service *services, size_t service_count,
                    const struct wt_cohort *cohorts, size_t cohort_count,
                    struct wt_spread_scratch *scratch);

#endif /* WT_MODEL_SPREAD_H */
