/* meter.h - how much of a whole, as a horizontal bar: squares in tables, where neighbours must stay
 * apart, and eighths of a cell where it stands alone. */
#ifndef WT_UI_WIDGETS_METER_H
#define WT_UI_WIDGETS_METER_H

#include "ui/canvas.h"

struct wt_meter {
    double ratio; /* 0 .. 1, clamped; NAN draws the empty track */
    enum wt_gradient_name gradient;
    double ticks[2]; /* thresholds marked in the empty part, 0 for none */
    bool alone;      /* no meter stands in the row above or below */
};

void wt_meter_draw(const struct wt_canvas *canvas, struct wt_rect at, const struct wt_meter *meter);

#endif /* WT_UI_WIDGETS_METER_H */
