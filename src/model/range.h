/* range.h - thresholds as monitoring plugins write them.
 *
 *     [@][LOW:][HIGH]      alerts when the value is
 *     10                   below 0 or above 10
 *     10:                  below 10
 *     ~:10                 above 10
 *     5:10                 below 5 or above 10
 *     @5:10                from 5 to 10, both included
 *
 * The rule is that of the development guidelines for monitoring plugins. Numbers are decimal, as
 * performance data has them: a sign, digits, a point; no exponent. Integers are compared exactly.
 *
 * Threads: pure functions.
 */
#ifndef WT_MODEL_RANGE_H
#define WT_MODEL_RANGE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/number.h"
#include "base/status.h"

struct wt_range {
    bool is_inside;        /* "@": alerts inside of it, else outside */
    struct wt_number low;  /* absent: minus infinity */
    struct wt_number high; /* absent: infinity; else not below low */
};

/* WT_EINVAL: no range; WT_ERANGE: its ends are the wrong way round. The error begins with the text
 * and says what would be right. */
wt_status wt_range_parse(const char *text, struct wt_range *out, struct wt_error *err);

/* Whether low <= value <= high. An absent value is in no range. */
bool wt_range_contains(const struct wt_range *range, struct wt_number value);

/* Whether the value is a reason to alert; an absent one never is. */
bool wt_range_alerts(const struct wt_range *range, struct wt_number value);

/* The range as it would be written: "10", "5:", "~:10", "@5:10". */
void wt_range_text(const struct wt_range *range, struct wt_buffer *out);

/* Why a value for which wt_range_alerts is true does: "above 10", "below 5", "within 5 to 10". */
void wt_range_reason(const struct wt_range *range, struct wt_number value, struct wt_buffer *out);

/* A number in the digits of performance data: no exponent; integers in full, reals with at most 9
 * places behind the point; nothing for an absent one. */
void wt_range_number(struct wt_number number, struct wt_buffer *out);

#endif /* WT_MODEL_RANGE_H */
