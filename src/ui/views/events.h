/* events.h - events in the little room of the overview. Room-internal. */
#ifndef WT_UI_VIEWS_EVENTS_H
#define WT_UI_VIEWS_EVENTS_H

#include "model/sentence.h"
#include "ui/app_state.h"

/* What it says behind "jobs is CRIT: ", or "jobs, ": for where columns say that. */
const char *wt_event_predicate(const struct wt_event *event);

/* What it says behind "jobs is ", or "jobs, ": for where a title says that. */
const char *wt_event_of_service(const struct wt_event *event);

/* Makes the rows of the overview's events anew: app->brief. */
void wt_events_fold(struct wt_app *app);

/* What one of these rows says, within so many columns. */
void wt_brief_event_say(const struct wt_app *app, size_t row, int cols,
                        char out[static WT_SENTENCE_SIZE]);

/* The pane of the overview. */
void wt_events_pane_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

#endif /* WT_UI_VIEWS_EVENTS_H */
