/* figure.h - one figure of a service by its name, for thresholds. Internal to src/export.
 *
 *     utilization  in %          queue             sum of the queue field
 *     workers      with metrics  stuck, stale      workers that are
 *     errors, requests           per second
 *     KEY          sum of a field                  KEY/s   rate of a counter
 *
 * Threads: pure functions.
 */
#ifndef WT_EXPORT_FIGURE_H
#define WT_EXPORT_FIGURE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/number.h"
#include "model/snapshot.h"

struct wt_figure {
    struct wt_number value; /* absent: unknown */
    const char *unit;       /* of performance data: "%", "s", "ms", "us", "B" or "" */
    bool is_count;          /* never below 0 */
};

/* The names that are there in every service that has such a field, in their order; NULL ends them.
 */
extern const char *const wt_figure_names[];

/* False when the service has no such figure. `has_sums_only` as in check.h. */
bool wt_figure_find(const struct wt_service *service, const char *name, bool has_sums_only,
                    struct wt_figure *out);

#endif /* WT_EXPORT_FIGURE_H */
