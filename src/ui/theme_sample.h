/* theme_sample.h - one line that shows what a theme looks like. */
#ifndef WT_UI_THEME_SAMPLE_H
#define WT_UI_THEME_SAMPLE_H

#include "ui/canvas.h"

enum { WT_THEME_SAMPLE_COLS = 50 }; /* with which nothing of it is left out */

/* The colours of severity, of text and of load on the theme's own ground, which fills the
 * rectangle. `canvas` has the theme and the glyphs that are shown. */
void wt_theme_sample_draw(const struct wt_canvas *canvas, struct wt_rect at);

#endif /* WT_UI_THEME_SAMPLE_H */
