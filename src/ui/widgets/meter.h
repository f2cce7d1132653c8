/* meter.h - how much of a whole: a horizontal bar, half a row high, with halves of a cell. */
#ifndef WT_UI_WIDGETS_METER_H
#define WT_UI_WIDGETS_METER_H

#include "ui/canvas.h"

struct wt_meter {
    double ratio; /* 0 .. 1, clamped; NAN draws the empty track */
    enum wt_gradient_name gradient;
    double ticks[2]; /* thresholds marked in the empty part, 0 for none */
};

void wt_meter_draw(const struct wt_canvas *canvas, struct wt_rect at, const struct wt_meter *meter);

#endif /* WT_UI_WIDGETS_METER_H */
