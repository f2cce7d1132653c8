/* doing.h - what threads do and did, in cells of tables. Room-internal. */
#ifndef WT_UI_VIEWS_DOING_H
#define WT_UI_VIEWS_DOING_H

#include "ui/app_state.h"

/* What is known of the chosen worker: the focus while it is there, its black box when it is gone.
 * NULL: nothing (yet). */
const struct wt_worker_activity *wt_doing_of_chosen(const struct wt_app *app);

/* The words of an entry: its label, or why there is none; and how they look. */
const char *wt_doing_words(const struct wt_flight_info *flight, enum wt_style_name *style);

/* The longest of the worker that has this id, NULL without. O(log n). */
const struct wt_flight_info *wt_doing_longest(const struct wt_app *app, uint64_t worker_id);

/* For how long, -1 when unknown. */
int64_t wt_doing_age_ns(const struct wt_app *app, const struct wt_flight_info *flight);

/* The same of a stuck worker's piece: that its worker makes no progress is seen at looks, so what
 * began within two of them before hangs for as long as the worker does. */
int64_t wt_doing_hang_ns(const struct wt_app *app, const struct wt_row_status *status,
                         const struct wt_flight_info *flight);

/* Whether a piece of the chosen worker, which is stuck, is over its service's limit. */
bool wt_doing_hangs(const struct wt_app *app, const struct wt_flight_info *flight);

/* After a snapshot: what the functions above look up. */
void wt_doing_index(struct wt_app *app);

/* The two panes of the worker's view. What they say when there is nothing is drawn, too. */
int wt_doing_rows(const struct wt_app *app);   /* with which the first shows everything */
int wt_records_rows(const struct wt_app *app); /* the second; 0: it has nothing to say */
void wt_doing_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);
void wt_records_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

/* The pane of a chosen worker that is stuck: why, and where to look; 0 rows when it is not. */
int wt_stuck_rows(const struct wt_app *app, const struct wt_canvas *canvas);
void wt_stuck_draw(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

/* Beside the graphs of a worker: the events of its service. */
void wt_worker_events_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                           struct wt_rect rect);

/* The pane of all workers' records; false when no worker ever left one. */
bool wt_all_records_are_there(const struct wt_app *app);
void wt_all_records_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

#endif /* WT_UI_VIEWS_DOING_H */
