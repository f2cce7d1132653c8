#include "ui/widgets/meter.h"

#include <math.h>

static bool has_tick(const struct wt_meter *meter, int col, int cols) {
    for (int i = 0; i < 2; i++)
        if (meter->ticks[i] > 0 && (int)(meter->ticks[i] * cols) == col)
            return true;
    return false;
}

/* Eighths of a cell that are full. What is more than nothing shows. */
static int full_eighths(double ratio, int cols) {
    int eighths = (int)lround((ratio > 1 ? 1 : ratio) * cols * 8);
    return eighths == 0 && ratio > 0 ? 1 : eighths;
}

void wt_meter_draw(const struct wt_canvas *canvas, struct wt_rect at,
                   const struct wt_meter *meter) {
    if (at.cols < 1 || at.rows < 1)
        return;
    double ratio = isnan(meter->ratio) || meter->ratio < 0 ? 0 : meter->ratio;
    int eighths = full_eighths(ratio, at.cols);
    if (!meter->alone && eighths > 8) /* squares are whole: the nearest, but never none */
        eighths = (eighths + 4) / 8 * 8;
    const struct wt_glyph_table *glyphs = canvas->glyphs;
    for (int i = 0; i < at.cols; i++) {
        int part = eighths - i * 8;
        part = part < 0 ? 0 : part > 8 ? 8 : part;
        struct wt_style style = wt_style_of(canvas, WT_STYLE_TRACK);
        uint32_t glyph = meter->alone ? glyphs->eighths[part] : glyphs->meter[part > 0];
        if (part > 0)
            style = wt_style_level(canvas, meter->gradient,
                                   at.cols > 1 ? (double)i / (at.cols - 1) : ratio);
        else if (has_tick(meter, i, at.cols))
            glyph = glyphs->meter_tick;
        wt_grid_put(canvas->grid, at.col + i, at.row, glyph, style);
    }
}
