#include "ui/widgets/graph.h"

#include <math.h>
#include <stddef.h>

enum { MAX_COLS = 512 };

static int dots_per_cell(const struct wt_canvas *canvas) {
    return canvas->glyphs->braille ? 2 : 1;
}

static int levels_per_cell(const struct wt_canvas *canvas) {
    return canvas->glyphs->braille ? 4 : 8;
}

int64_t wt_graph_span_s(const struct wt_canvas *canvas, int cols, int seconds) {
    return (int64_t)cols * dots_per_cell(canvas) * seconds;
}

int wt_graph_seconds(const struct wt_canvas *canvas, int cols, int64_t span_s) {
    static const int steps[] = {1, 2, 5, 10, 15, 30, 60};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && wt_graph_span_s(canvas, cols, steps[i]) < span_s)
        i++;
    return steps[i];
}

static int64_t floor_div(int64_t value, int64_t by) {
    return value / by - (value % by < 0);
}

/* The mean of the known buckets of one dot column. */
static double dot_value(const struct wt_graph *graph, int64_t dot) {
    double sum = 0;
    int known = 0;
    for (int i = 0; i < graph->seconds; i++) {
        int64_t bucket = dot * graph->seconds + i;
        double value = bucket > graph->newest ? NAN : wt_series_get(graph->series, bucket);
        if (!isnan(value)) {
            sum += value;
            known++;
        }
    }
    return known ? sum / known : NAN;
}

/* A round number that is not below value, and not far above it. */
static double nice_top(double value) {
    static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
    if (!(value > 0))
        return 1;
    double power = pow(10, floor(log10(value)));
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && steps[i] * power < value)
        i++;
    return steps[i] * power;
}

/* Filled levels of one dot column: -1 for a gap, at least 1 for a known value. */
static int levels_of(double value, double top, int most) {
    if (isnan(value))
        return -1;
    int levels = (int)lround(value / top * most);
    return levels < 1 ? 1 : levels > most ? most : levels;
}

static uint32_t braille(int left, int right) {
    static const unsigned char columns[2][5] = {{0x00, 0x40, 0x44, 0x46, 0x47},
                                                {0x00, 0x80, 0xa0, 0xb0, 0xb8}};
    return 0x2800u + columns[0][left] + columns[1][right];
}

static int part_of(int levels, int below, int per_cell) {
    int part = levels - below;
    return part < 0 ? 0 : part > per_cell ? per_cell : part;
}

static void draw_column(const struct wt_canvas *canvas, struct wt_rect rect, int col,
                        const struct wt_graph *graph, double top, const double values[2]) {
    int per_cell = levels_per_cell(canvas), most = per_cell * rect.rows;
    int left = levels_of(values[0], top, most), right = levels_of(values[1], top, most);
    double value = isnan(values[1]) || values[0] > values[1] ? values[0] : values[1];
    for (int i = 0; i < rect.rows; i++) {
        int below = i * per_cell;
        int parts[2] = {part_of(left, below, per_cell), part_of(right, below, per_cell)};
        if (parts[0] == 0 && parts[1] == 0)
            break;
        uint32_t glyph =
            canvas->glyphs->braille ? braille(parts[0], parts[1]) : canvas->glyphs->bars[parts[1]];
        double level = rect.rows == 1 ? value / top : (i + 0.5) / rect.rows;
        /* The line is bright, what lies below it is calm. */
        bool inside = left >= below + 2 * per_cell && right >= below + 2 * per_cell;
        struct wt_style style = inside ? wt_style_below(canvas, graph->gradient, level)
                                       : wt_style_level(canvas, graph->gradient, level);
        if (i == 0 && value == 0)
            style = wt_style_of(canvas, WT_STYLE_FAINT);
        wt_grid_put(canvas->grid, col, rect.row + rect.rows - 1 - i, glyph, style);
    }
}

double wt_graph_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                     const struct wt_graph *graph) {
    double values[MAX_COLS][2], highest = 0;
    if (rect.cols > MAX_COLS) {
        rect.col += rect.cols - MAX_COLS;
        rect.cols = MAX_COLS;
    }
    int per_cell = dots_per_cell(canvas);
    int64_t last = floor_div(floor_div(graph->newest, graph->seconds), per_cell);
    for (int i = 0; i < rect.cols; i++) {
        int64_t dot = (last - rect.cols + 1 + i) * per_cell;
        for (int half = 0; half < 2; half++) {
            values[i][half] = dot_value(graph, dot + (per_cell == 2 ? half : 0));
            if (values[i][half] > highest)
                highest = values[i][half];
        }
    }
    double top = graph->top > 0 ? graph->top : nice_top(highest);
    for (int i = 0; i < rect.cols && rect.rows > 0; i++)
        draw_column(canvas, rect, rect.col + i, graph, top, values[i]);
    return top;
}
