/* config_internal.h - the rows of thresholds, for those who read and show them. Inner header of
 * src/config.
 */
#ifndef WT_CONFIG_CONFIG_INTERNAL_H
#define WT_CONFIG_CONFIG_INTERNAL_H

#include "config/config.h"

enum wt_limit_type {
    WT_LIMIT_TYPE_ratio,  /* a double: a share */
    WT_LIMIT_TYPE_number, /* a double: of what, the help says */
    WT_LIMIT_TYPE_ns      /* nanoseconds, written as seconds */
};

/* What the number is, in the table of the documents ("a share from ") and behind it (" seconds").
 */
const char *wt_limit_noun(enum wt_limit_type type);
const char *wt_limit_unit(enum wt_limit_type type);

struct wt_limit_row {
    const char *key;
    enum wt_limit_type type;
    double least, most;
    const char *help;
    size_t offset; /* in struct wt_health_limits */
};

extern const struct wt_limit_row wt_limit_rows[WT_LIMIT_COUNT];

/* The value in the unit of the file. */
double wt_limit_get(const struct wt_health_limits *limits, const struct wt_limit_row *row);

#endif /* WT_CONFIG_CONFIG_INTERNAL_H */
