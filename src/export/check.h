/* check.h - a snapshot as one line for a monitoring system: what is wrong and what to do, then
 * performance data.
 *
 *     WORKTOP CRITICAL: web: saturated for 6m12s: ...; also 1 WARNING (api) | 'web/queue'=36;;;0
 * ...
 *
 * The line is what the development guidelines for monitoring plugins ask for. Whatever workers call
 * themselves, the part before "|" holds no "|" and the line no line break.
 *
 * Threads: pure functions.
 */
#ifndef WT_EXPORT_CHECK_H
#define WT_EXPORT_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "model/range.h"
#include "model/snapshot.h"

/* The exit codes of a monitoring plugin. */
enum wt_check_code {
    WT_CHECK_OK,
    WT_CHECK_WARNING,
    WT_CHECK_CRITICAL,
    WT_CHECK_UNKNOWN,
};

struct wt_check_options {
    const char *const *services; /* names, ended by NULL; none, or NULL: all services */
    const char *metric;          /* a figure instead of the verdicts; NULL without */
    const struct wt_range *warning, *critical; /* of the metric; NULL without */
    int64_t max_age_ns;                        /* 0: three intervals of the monitor, at least 1 s */
    bool has_sums_only; /* the source knows neither verdicts nor rates nor single workers */
};

/*
 * Judges the snapshot; appends the line, without a line break.
 *   UNKNOWN   its monitor does not answer, it is too old or could not be read, it has no services,
 * or not those that are asked for else      without a metric: the worst verdict of the services,
 * UNKNOWN only when nothing else is known or a service is named; all services asked for: also the
 * monitor's own troubles, which are CRITICAL. With a metric: its thresholds; a service without that
 * figure counts only when it is named. When memory ran out, out->failed is set and the code is
 * UNKNOWN.
 */
enum wt_check_code wt_export_check(const struct wt_snapshot *snapshot,
                                   const struct wt_check_options *options, struct wt_time now,
                                   struct wt_buffer *out);

/* The line of a check that could not look: UNKNOWN, and why. */
void wt_export_check_unknown(const char *reason, struct wt_buffer *out);

#endif /* WT_EXPORT_CHECK_H */
