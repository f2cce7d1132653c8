#include "ui/theme_sample.h"

#include "ui/widgets/meter.h"

enum { METER_COLS = 14, BAR_COLS = 8 };

/* A small graph that rises through the whole gradient. */
static void draw_bars(struct wt_line *line) {
    const struct wt_canvas *canvas = line->canvas;
    for (int i = 0; i < BAR_COLS && line->col < line->end; i++) {
        double ratio = (double)(i + 1) / BAR_COLS;
        wt_grid_put(canvas->grid, line->col++, line->row, canvas->glyphs->bars[i + 1],
                    wt_style_level(canvas, WT_GRADIENT_LOAD, ratio));
    }
}

void wt_theme_sample_draw(const struct wt_canvas *canvas, struct wt_rect at) {
    wt_grid_fill(canvas->grid, at, canvas->theme->styles[WT_STYLE_TEXT]);
    struct wt_line line = wt_line_begin(canvas, at);
    wt_line_skip(&line, 1);
    wt_line_badge(&line, WT_STYLE_CRIT_BADGE, "CRIT");
    wt_line_add(&line, WT_STYLE_WARN, " WARN");
    wt_line_add(&line, WT_STYLE_OK, " OK ");
    wt_line_add(&line, WT_STYLE_BRIGHT, "web ");
    wt_line_add(&line, WT_STYLE_DIM, "87% ");
    int cols = line.end - line.col < METER_COLS ? line.end - line.col : METER_COLS;
    const struct wt_meter meter = {
        .ratio = 0.87, .gradient = WT_GRADIENT_LOAD, .ticks = {0.80, 0.95}};
    wt_meter_draw(canvas, (struct wt_rect){line.col, line.row, cols, 1}, &meter);
    wt_line_skip(&line, cols + 1);
    draw_bars(&line);
}
