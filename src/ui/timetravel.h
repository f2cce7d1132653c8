/* timetravel.h - looking back: the screen shows a moment that is over, until `.` or the end of what
 * is kept brings it back to now. Room-internal.
 *
 * A moment is a snapshot like any other (wt_history_moment), so that every view shows it by the
 * code that shows the present. What the history does not keep is absent from it, and the panes that
 * would be empty say so. Meanwhile looks are taken in as ever.
 *
 * Below the views lies the scrubber, one line, and one with times below it where there is room:
 *
 *      ------=====###+##=---M---|---------------------
 *      '13:40       '13:42   13:42:10    now 13:46:59  2 CRIT
 *
 * Each column is a piece of time in the colour and sign of the worst verdict of any service in it;
 * events that warn are ticks on it, marks that a person set stand out, the moment shown is marked.
 * It begins where what is kept begins, or as much earlier than now as is needed to see the moment:
 * from 1 min up to 24 h.
 */
#ifndef WT_UI_TIMETRAVEL_H
#define WT_UI_TIMETRAVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/canvas.h"
#include "ui/input.h"
#include "ui/keymap.h"

struct wt_app;

struct wt_travel {
    bool on;
    int64_t bucket; /* the second that is shown; a minute's first one when only minutes are kept */
    struct wt_rect track;        /* of the last draw */
    int64_t track_begin, span_s; /* what it stood for */
};

/* Of graphs, where only minutes are kept. */
enum { WT_TRAVEL_COARSE_SPAN_S = 7200 };

/* One of the actions EARLIER, LATER, EARLIER_MINUTE, LATER_MINUTE, LIVE. */
void wt_travel_act(struct wt_app *app, enum wt_action action);

/* Goes to a moment that is over. */
void wt_travel_to(struct wt_app *app, int64_t realtime_ns);

/* A press on the scrubber goes there; false when it is not one. */
bool wt_travel_click(struct wt_app *app, const struct wt_input *input);

/* Whether the moment shown is a whole minute. */
bool wt_travel_is_coarse(const struct wt_app *app);

/* "AT 13:42:10, 4m49s ago" */
void wt_travel_badge(const struct wt_app *app, struct wt_time now, bool brief, char *out,
                     size_t size);

/* What an empty pane says: that it is not kept, or `otherwise`. `pane` is an enum wt_pane. */
const char *wt_travel_says(const struct wt_app *app, int pane, const char *otherwise);

/* views/scrubber.c */
int wt_scrubber_rows(int cols, int rows); /* on a screen of this size */
void wt_scrubber_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at);
void wt_travel_keys_draw(const struct wt_app *app, struct wt_line *line);
void wt_travel_gap_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                        struct wt_rect rect);

#endif /* WT_UI_TIMETRAVEL_H */
