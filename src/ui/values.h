/* values.h - numbers in cells of tables: right-aligned, absent as "-", zero calm. Room-internal. */
#ifndef WT_UI_VALUES_H
#define WT_UI_VALUES_H

#include "ui/canvas.h"

/* A number of at most three significant digits; NAN as "-". Zero is dim, so that what happens
 * stands out. */
void wt_value_si(const struct wt_canvas *canvas, struct wt_rect cell, double value,
                 enum wt_style_name style);
void wt_value_bytes(const struct wt_canvas *canvas, struct wt_rect cell, uint64_t bytes,
                    enum wt_style_name style);
void wt_value_percent(const struct wt_canvas *canvas, struct wt_rect cell, double ratio);

/* A count of things that should not be: "-" dim when 0, else in `style`. */
void wt_value_concern(const struct wt_canvas *canvas, struct wt_rect cell, uint64_t count,
                      enum wt_style_name style);
void wt_value_duration(const struct wt_canvas *canvas, struct wt_rect cell, int64_t ns,
                       enum wt_style_name style);
void wt_value_seconds(const struct wt_canvas *canvas, struct wt_rect cell, double seconds,
                      enum wt_style_name style); /* NAN as "-" */
void wt_value_dash(const struct wt_canvas *canvas, struct wt_rect cell);

/* What the last and the present look say of a worker, worst first: 0 when all is well. */
enum wt_concern {
    WT_CONCERN_NONE,
    WT_CONCERN_CONNECTING,
    WT_CONCERN_SILENT,
    WT_CONCERN_TORN,
    WT_CONCERN_GONE,
    WT_CONCERN_STALE,
    WT_CONCERN_UNREADABLE,
    WT_CONCERN_STUCK,
    WT_CONCERN_COUNT
};

/* Whether a service is well, but has what would be a verdict if it lasted. */
bool wt_service_rises(const struct wt_service *service);

/* What a service's state is called: its verdict, or of one that is well that it rises. */
#define WT_RISES_WORD "RISES"
const char *wt_service_state_word(const struct wt_service *service);

struct wt_concern_info {
    const char *word; /* "STUCK" */
    char sign;        /* '!' in the strip of workers */
    enum wt_style_name style;
};

enum wt_concern wt_concern_of(const struct wt_row_status *status);
const struct wt_concern_info *wt_concern_info(enum wt_concern concern);

/* What a column about a field is called: "bytes_sent_total" of a counter becomes "bytes_sent/s",
 * because its rate is shown. */
void wt_field_title(const struct wt_field_stats *field, char *out, size_t size);

/* Sorting of verdicts: the higher, the sooner one wants to see it. */
int wt_verdict_weight(enum wt_verdict verdict);

#endif /* WT_UI_VALUES_H */
