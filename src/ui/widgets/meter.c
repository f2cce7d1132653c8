#include "ui/widgets/meter.h"

#include <math.h>

static bool has_tick(const struct wt_meter *meter, int col, int cols) {
    for (int i = 0; i < 2; i++)
        if (meter->ticks[i] > 0 && (int)(meter->ticks[i] * cols) == col)
            return true;
    return false;
}

void wt_meter_draw(const struct wt_canvas *canvas, struct wt_rect at,
                   const struct wt_meter *meter) {
    if (at.cols < 1 || at.rows < 1)
        return;
    double ratio = isnan(meter->ratio) || meter->ratio < 0 ? 0 : meter->ratio;
    int halves = (int)lround((ratio > 1 ? 1 : ratio) * at.cols * 2);
    if (halves == 0 && ratio > 0)
        halves = 1;
    const struct wt_glyph_table *glyphs = canvas->glyphs;
    for (int i = 0; i < at.cols; i++) {
        int part = halves - i * 2;
        part = part < 0 ? 0 : part > 2 ? 2 : part;
        struct wt_style style = wt_style_of(canvas, WT_STYLE_TRACK);
        uint32_t glyph = glyphs->meter[part];
        if (part > 0)
            style = wt_style_level(canvas, meter->gradient,
                                   at.cols > 1 ? (double)i / (at.cols - 1) : ratio);
        else if (has_tick(meter, i, at.cols))
            glyph = glyphs->meter_tick;
        wt_grid_put(canvas->grid, at.col + i, at.row, glyph, style);
    }
}
