#include "ui/widgets/graph.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/format.h"

enum { MAX_COLS = 512 };

static int dots_per_cell(const struct wt_canvas *canvas) {
    return canvas->glyphs->braille ? 2 : 1;
}

static int levels_per_cell(const struct wt_canvas *canvas) {
    return canvas->glyphs->braille ? 4 : 8;
}

int64_t wt_graph_span_s(const struct wt_canvas *canvas, int cols, struct wt_graph_scale scale) {
    int64_t dots = (int64_t)cols * dots_per_cell(canvas);
    return scale.spread > 1 ? dots / scale.spread : dots * scale.seconds;
}

struct wt_graph_scale wt_graph_scale(const struct wt_canvas *canvas, int cols, int64_t span_s) {
    static const struct wt_graph_scale steps[] = {{1, 8}, {1, 4},  {1, 2},  {1, 1},  {2, 1},
                                                  {5, 1}, {10, 1}, {15, 1}, {30, 1}, {60, 1}};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && wt_graph_span_s(canvas, cols, steps[i]) < span_s)
        i++;
    return steps[i];
}

static int64_t floor_div(int64_t value, int64_t by) {
    return value / by - (value % by < 0);
}

/* The cell, counted since 1970, in which a bucket begins. */
static int64_t cell_of(const struct wt_canvas *canvas, const struct wt_graph *graph,
                       int64_t bucket) {
    int64_t dot = graph->scale.spread > 1 ? bucket * graph->scale.spread
                                          : floor_div(bucket, graph->scale.seconds);
    return floor_div(dot, dots_per_cell(canvas));
}

/* Whether a graph of so many columns is wide, and its cells are of few seconds. */
static bool is_fast(const struct wt_canvas *canvas, const struct wt_graph *graph, int cols) {
    enum { WIDE = 20, SHORT_S = 4 };
    int per_cell = dots_per_cell(canvas);
    return cols >= WIDE && graph->scale.spread <= per_cell &&
           graph->scale.seconds * per_cell <= SHORT_S;
}

/* The cell at the right edge: that in which the newest bucket ends. A fast graph moves by two cells
 * at a time, half as often: there it may be the one after it. */
static int64_t last_cell(const struct wt_canvas *canvas, const struct wt_graph *graph, int cols) {
    int spread = graph->scale.spread, per_cell = dots_per_cell(canvas);
    int64_t cell = cell_of(canvas, graph, graph->newest);
    if (spread > per_cell)
        return cell + spread / per_cell - 1;
    return is_fast(canvas, graph, cols) && cell % 2 == 0 ? cell + 1 : cell;
}

int64_t wt_graph_settled(const struct wt_canvas *canvas, const struct wt_graph *graph) {
    bool is_new = graph->scale.spread > dots_per_cell(canvas);
    return is_new ? graph->newest : floor_div(graph->newest + 1, 2) * 2 - 1;
}

int wt_graph_col(const struct wt_canvas *canvas, struct wt_rect rect, const struct wt_graph *graph,
                 int64_t bucket) {
    int64_t back = last_cell(canvas, graph, rect.cols) - cell_of(canvas, graph, bucket);
    return back < 0 || back >= rect.cols ? -1 : rect.col + rect.cols - 1 - (int)back;
}

/* The mean of the known buckets of one dot column. */
static double dot_value(const struct wt_graph *graph, int64_t dot) {
    double sum = 0;
    int known = 0, spread = graph->scale.spread;
    for (int i = 0; i < graph->scale.seconds; i++) {
        int64_t bucket = spread > 1 ? floor_div(dot, spread) : dot * graph->scale.seconds + i;
        double value = bucket > graph->newest ? NAN : wt_series_at(graph->series, bucket);
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

/* What lies below the line needs half as many colours as the line: they are dark. */
static double calm_level(double level) {
    return level < .4 ? .2 : level < .8 ? .6 : .9;
}

static void draw_column(const struct wt_canvas *canvas, struct wt_rect rect, int col,
                        const struct wt_graph *graph, double top, const double values[2]) {
    int per_cell = levels_per_cell(canvas);
    int most = per_cell * rect.rows - (graph->in_row ? 1 : 0);
    int left = levels_of(values[0], top, most), right = levels_of(values[1], top, most);
    double value = isnan(values[1]) || values[0] > values[1] ? values[0] : values[1];
    for (int i = 0; i < rect.rows; i++) {
        int below = i * per_cell;
        int parts[2] = {part_of(left, below, per_cell), part_of(right, below, per_cell)};
        if (parts[0] == 0 && parts[1] == 0)
            break;
        uint32_t glyph =
            canvas->glyphs->braille ? braille(parts[0], parts[1]) : canvas->glyphs->bars[parts[1]];
        double level = wt_level_band(rect.rows == 1 ? value / top : (i + 0.5) / rect.rows);
        /* The line is bright, what lies below it is calm. */
        bool inside = left >= below + 2 * per_cell && right >= below + 2 * per_cell;
        struct wt_style style = inside ? wt_style_below(canvas, graph->gradient, calm_level(level))
                                       : wt_style_level(canvas, graph->gradient, level);
        if (i == 0 && value == 0)
            style = wt_style_of(canvas, WT_STYLE_FAINT);
        wt_grid_put(canvas->grid, col, rect.row + rect.rows - 1 - i, glyph, style);
    }
}

/* The row of a level of the graph. */
static int row_of(struct wt_rect rect, double level) {
    return rect.row + rect.rows - 1 - (int)(level * rect.rows - 1e-9);
}

/* In a low graph it would be taken for data. */
static bool has_rule(struct wt_rect rect, double level) {
    enum { LEAST_ROWS = 5 };
    return level > 0 && level <= 1 && rect.rows >= LEAST_ROWS;
}

static void draw_rule(const struct wt_canvas *canvas, struct wt_rect rect, double level) {
    if (!has_rule(rect, level))
        return;
    struct wt_style style = wt_style_of(canvas, WT_STYLE_FAINT);
    for (int i = 0; i < rect.cols; i++)
        wt_grid_put(canvas->grid, rect.col + i, row_of(rect, level), canvas->glyphs->rule, style);
}

double wt_graph_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                     const struct wt_graph *graph) {
    double values[MAX_COLS][2], highest = graph->least_top;
    if (rect.cols > MAX_COLS) {
        rect.col += rect.cols - MAX_COLS;
        rect.cols = MAX_COLS;
    }
    int per_cell = dots_per_cell(canvas);
    int64_t last = last_cell(canvas, graph, rect.cols);
    for (int i = 0; i < rect.cols; i++) {
        int64_t dot = (last - rect.cols + 1 + i) * per_cell;
        for (int half = 0; half < 2; half++) {
            values[i][half] = dot_value(graph, dot + (per_cell == 2 ? half : 0));
            if (values[i][half] > highest)
                highest = values[i][half];
        }
    }
    double top = graph->top > 0 ? graph->top : nice_top(highest);
    for (size_t i = 0; i < sizeof graph->rules / sizeof *graph->rules; i++)
        draw_rule(canvas, rect, graph->rules[i] / top);
    for (int i = 0; i < rect.cols && rect.rows > 0; i++)
        draw_column(canvas, rect, rect.col + i, graph, top, values[i]);
    return top;
}

/* ---- with caption, scale and axis ------------------------------------------------------------ */

enum { SCALE_COLS = 5, SCALE_LEAST_COLS = 22, AXIS_LEAST_ROWS = 5 };

static void format_value(const struct wt_captioned_graph *graph, double value, char *out,
                         size_t size) {
    if (graph->is_ratio)
        wt_format_percent(out, size, value);
    else
        wt_format_si(out, size, value);
}

/* A number of the scale, which is round: without the zeros behind its point. */
static void draw_label(const struct wt_canvas *canvas, struct wt_rect at,
                       const struct wt_captioned_graph *graph, double value) {
    char text[WT_FORMAT_SIZE];
    format_value(graph, value, text, sizeof text);
    char *point = strchr(text, '.');
    if (point) {
        char *end = point + 1 + strspn(point + 1, "0123456789"), *last = end;
        while (last > point + 1 && last[-1] == '0')
            last--;
        last -= last == point + 1;
        memmove(last, end, strlen(end) + 1);
    }
    wt_text_right(canvas, at, text, WT_STYLE_DIM);
}

/* Left of the graph: its upper edge, its thresholds and its ground. */
static void draw_scale(const struct wt_canvas *canvas, struct wt_rect scale, struct wt_rect rect,
                       const struct wt_captioned_graph *graph, double top) {
    scale.cols--;
    draw_label(canvas, wt_rect_row(scale, 0), graph, top);
    if (rect.rows >= 3)
        draw_label(canvas, wt_rect_row(scale, rect.rows - 1), graph, 0);
    int taken = rect.row;
    for (size_t i = sizeof graph->graph.rules / sizeof *graph->graph.rules; i-- > 0;) {
        double level = graph->graph.rules[i] / top;
        if (!has_rule(rect, level) || row_of(rect, level) <= taken)
            continue;
        taken = row_of(rect, level);
        draw_label(canvas, (struct wt_rect){scale.col, taken, scale.cols, 1}, graph,
                   graph->graph.rules[i]);
    }
}

/* The newest first: an older one whose place is taken is left out, or has no label. */
static void draw_moments(const struct wt_canvas *canvas, struct wt_rect axis,
                         const struct wt_captioned_graph *graph) {
    int limit = axis.col + axis.cols;
    for (size_t i = graph->moment_count; i-- > 0;) {
        const struct wt_moment *moment = &graph->moments[i];
        int col = wt_graph_col(canvas, axis, &graph->graph, wt_history_bucket(moment->realtime_ns));
        int cols = wt_text_cols(moment->label), begin = col;
        if (col < 0 || col >= limit)
            continue;
        if (col + 1 + cols < limit)
            wt_text(canvas, (struct wt_rect){col + 1, axis.row, cols, 1}, moment->label,
                    moment->style);
        else if (col - cols >= axis.col)
            wt_text(canvas, (struct wt_rect){begin = col - cols, axis.row, cols, 1}, moment->label,
                    moment->style);
        wt_grid_put(canvas->grid, col, axis.row, canvas->glyphs->up,
                    wt_style_of(canvas, moment->style));
        limit = begin - 1;
    }
}

/* A time on the axis, where no moment is marked. */
static void draw_time(const struct wt_canvas *canvas, struct wt_rect axis, int col,
                      const char *text) {
    struct wt_rect at = {col, axis.row, wt_text_cols(text), 1};
    if (at.col >= axis.col && at.col + at.cols <= axis.col + axis.cols &&
        wt_canvas_is_free(canvas, at))
        wt_text(canvas, at, text, WT_STYLE_DIM);
}

/* Below it: since when, and until when. */
static void draw_axis(const struct wt_canvas *canvas, struct wt_rect axis,
                      const struct wt_captioned_graph *graph) {
    char from[WT_FORMAT_SIZE + 1] = "-", half[WT_FORMAT_SIZE + 1] = "-", to[WT_FORMAT_SIZE] = "now";
    int64_t span_s = wt_graph_span_s(canvas, axis.cols, graph->graph.scale);
    if (graph->is_past) {
        wt_format_clock(from, sizeof from, (graph->graph.newest - span_s + 1) * WT_NS_PER_S);
        wt_format_clock(half, sizeof half, (graph->graph.newest - span_s / 2) * WT_NS_PER_S);
        wt_format_clock(to, sizeof to, graph->graph.newest * WT_NS_PER_S);
    } else {
        wt_format_duration(from + 1, sizeof from - 1, span_s * WT_NS_PER_S);
        wt_format_duration(half + 1, sizeof half - 1, span_s / 2 * WT_NS_PER_S);
    }
    draw_moments(canvas, axis, graph);
    draw_time(canvas, axis, axis.col + axis.cols - wt_text_cols(to), to);
    draw_time(canvas, axis, axis.col, from);
    if (axis.cols >= 40)
        draw_time(canvas, axis, axis.col + (axis.cols - wt_text_cols(half)) / 2, half);
}

int wt_captioned_graph_cols(int cols, int rows) {
    return cols >= SCALE_LEAST_COLS && rows > 2 ? cols - SCALE_COLS : cols;
}

void wt_captioned_graph_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                             const struct wt_captioned_graph *graph) {
    char value[WT_FORMAT_SIZE];
    int cols = wt_captioned_graph_cols(rect.cols, rect.rows);
    struct wt_captioned_graph shown = *graph;
    struct wt_rect caption = wt_rect_take_top(&rect, 1);
    struct wt_rect scale = wt_rect_take_left(&rect, rect.cols - cols);
    if (!graph->is_past)
        shown.graph.newest = wt_graph_settled(canvas, &graph->graph);
    if (rect.rows >= AXIS_LEAST_ROWS)
        draw_axis(canvas, wt_rect_take_bottom(&rect, 1), &shown);
    if (graph->now > shown.graph.least_top) /* no number below the newest is its upper edge */
        shown.graph.least_top = graph->now;
    double top = wt_graph_draw(canvas, rect, &shown.graph);
    if (scale.cols > 0 && rect.rows > 0)
        draw_scale(canvas, scale, rect, graph, top);
    format_value(graph, graph->now, value, sizeof value);
    struct wt_line line = wt_line_begin(canvas, caption);
    wt_line_addf(&line, WT_STYLE_DIM, "%s ", graph->title);
    wt_line_add(&line, WT_STYLE_TITLE, value);
    if (graph->more != NULL)
        graph->more(&line, graph->context, 0);
}
