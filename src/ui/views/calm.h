/* calm.h - what is said where nothing is wrong: that all is well, and what is not so any more soon.
 * Room-internal. */
#ifndef WT_UI_VIEWS_CALM_H
#define WT_UI_VIEWS_CALM_H

#include "ui/canvas.h"

struct wt_app;

/* Rows that it has something to say for, at most `most`; 0 where anything else is said. That all is
 * well is said only in a row that is `free`. */
int wt_calm_rows(const struct wt_app *app, int cols, int most, bool is_free);

void wt_calm_draw(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

/* The sign of what rises, as long as a verdict's badge; and in a cell, behind the verdict. */
void wt_rising_badge(struct wt_line *line);
void wt_rising_mark(struct wt_line *line);

#endif /* WT_UI_VIEWS_CALM_H */
