/* What the chosen worker did since somebody looked at it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/values.h"
#include "ui/views/worker_row.h"
#include "ui/widgets/frame.h"
#include "ui/widgets/graph.h"

enum { MOST = 12, LEAST_COLS = 34, GRAPH_ROWS = 7 };

struct graph {
    char title[64];
    const struct wt_series *series;
    double now;
    bool is_ratio;
    enum wt_gradient_name gradient;
};

static enum wt_gradient_name gradient_of(const struct wt_field *field) {
    switch (field->role) {
    case WT_ROLE_BUSY:
    case WT_ROLE_CAPACITY:
        return WT_GRADIENT_LOAD;
    case WT_ROLE_QUEUE:
    case WT_ROLE_ERRORS:
        return WT_GRADIENT_QUEUE;
    case WT_ROLE_NONE:
        break;
    }
    return WT_GRADIENT_RATE;
}

/* What matters first: load, then counters and queues in the order of the schema; a capacity that
 * never moves is no graph. */
static int choose(const struct wt_app *app, const struct wt_worker_row *worker,
                  struct graph *graphs) {
    const struct wt_schema *schema = worker->cohort->schema;
    int count = 0;
    if (schema->busy_field >= 0)
        graphs[count++] = (struct graph){
            .title = "busy",
            .series = wt_watch_load(app->watch),
            .now = schema->capacity_field >= 0
                       ? wt_worker_row_load(app, worker)
                       : wt_worker_row_value(worker, wt_app_service(app)->busy_field),
            .is_ratio = schema->capacity_field >= 0,
            .gradient = WT_GRADIENT_LOAD};
    for (uint32_t i = 0; i < schema->field_count && i < WT_WATCH_FIELDS && count < MOST; i++) {
        const struct wt_field *field = &schema->fields[i];
        int index = (int)worker->cohort->field_map[i];
        if ((int)i == schema->busy_field || field->role == WT_ROLE_CAPACITY)
            continue;
        struct graph *graph = &graphs[count++];
        *graph = (struct graph){.series = wt_watch_field(app->watch, i),
                                .now = field->kind == WT_KIND_COUNTER
                                           ? wt_worker_row_rate(app, worker, index)
                                           : wt_worker_row_value(worker, index),
                                .gradient = gradient_of(field)};
        wt_field_title(&wt_app_service(app)->fields[index], graph->title, sizeof graph->title);
    }
    return count;
}

/* Whether it was 0 whenever it was known since somebody looks. */
static bool is_quiet(const struct wt_app *app, const struct graph *graph) {
    enum { LONGEST_S = 600 };
    int64_t newest = wt_history_bucket(app->snapshot->time.realtime_ns);
    int64_t at = wt_watch_since(app->watch);
    if (graph->now != 0) /* unknown is another thing than 0 */
        return false;
    for (at = at > newest - LONGEST_S ? at : newest - LONGEST_S; at <= newest; at++) {
        double value = wt_series_at(graph->series, at);
        if (!isnan(value) && value != 0)
            return false;
    }
    return true;
}

/* Those that are 0 all the time go behind the others, of which there is one at least; returns how
 * many these are. */
static int put_quiet_last(const struct wt_app *app, struct graph *graphs, int count) {
    struct graph quiet[MOST];
    int loud = 0, still = 0;
    for (int i = 0; i < count; i++)
        if (is_quiet(app, &graphs[i]))
            quiet[still++] = graphs[i];
        else
            graphs[loud++] = graphs[i];
    memcpy(graphs + loud, quiet, (size_t)still * sizeof *quiet);
    return loud > 0 ? loud : 1;
}

/* "0 all the time: jobs/s, queue_depth" */
static void draw_quiet(const struct wt_canvas *canvas, struct wt_rect at,
                       const struct graph *graphs, int count) {
    struct wt_line line = wt_line_begin(canvas, at);
    wt_line_add(&line, WT_STYLE_DIM, "0 all the time: ");
    for (int i = 0; i < count; i++)
        wt_line_addf(&line, WT_STYLE_TEXT, "%s%s", i > 0 ? ", " : "", graphs[i].title);
}

/* Graphs of one width beside each other, in as many lines as there is room for. */
static int columns_of(int cols, int count) {
    int most = (cols + 2) / (LEAST_COLS + 2);
    most = most < 1 ? 1 : most;
    return count < most ? count : most;
}

int wt_worker_graphs_rows(const struct wt_app *app, int cols) {
    if (app->worker < 0)
        return 0;
    struct wt_worker_row worker = wt_worker_row_at(app, (size_t)app->worker);
    struct graph graphs[MOST];
    int count = worker.cohort->schema ? choose(app, &worker, graphs) : 0;
    if (count == 0)
        return 0;
    int loud = put_quiet_last(app, graphs, count), across = columns_of(cols - 4, loud);
    return (loud + across - 1) / across * (GRAPH_ROWS + 1) + 1 + (loud < count);
}

static struct wt_graph_scale scale_of(const struct wt_canvas *canvas, int cols, int rows,
                                      int64_t span_s) {
    return wt_graph_scale(canvas, wt_captioned_graph_cols(cols, rows - 1),
                          span_s > 240 ? 240 : span_s);
}

void wt_worker_graphs_draw(struct wt_app *app, const struct wt_canvas *canvas,
                           struct wt_rect rect) {
    if (app->worker < 0 || rect.rows < 4)
        return;
    struct wt_worker_row worker = wt_worker_row_at(app, (size_t)app->worker);
    struct graph graphs[MOST];
    int count = worker.cohort->schema ? choose(app, &worker, graphs) : 0;
    struct wt_rect inner = {rect.col + 2, rect.row + 1, rect.cols - 4, rect.rows - 2};
    if (count == 0 || inner.cols < 8)
        return;
    int loud = put_quiet_last(app, graphs, count);
    if (loud < count && inner.rows > 3)
        draw_quiet(canvas, wt_rect_take_bottom(&inner, 1), graphs + loud, count - loud);
    count = loud;
    int across = columns_of(inner.cols, count), lines = (count + across - 1) / across;
    int fit = (inner.rows + 1) / 4; /* a caption, two rows and air are the least */
    lines = lines > fit ? fit : lines;
    int cols = (inner.cols - 2 * (across - 1)) / across, rows = (inner.rows + 1) / lines;
    int64_t newest = wt_history_bucket(app->snapshot->time.realtime_ns);
    int64_t age = newest - wt_watch_since(app->watch) + 1, span = age < 20 ? 20 : age;
    struct wt_graph_scale scale = scale_of(canvas, cols, rows, span);
    for (int i = 0; i < count && i < across * lines; i++) {
        int col = i % across * (cols + 2);
        bool is_alone = across > 1 && i % across == 0 && i + 1 == count;
        int wide = is_alone ? inner.cols : cols; /* in its line */
        struct wt_rect at = {inner.col + col, inner.row + i / across * rows, wide, rows - 1};
        const struct wt_captioned_graph graph = {
            .graph = {.series = graphs[i].series,
                      .newest = newest,
                      .scale = is_alone ? scale_of(canvas, wide, rows, span) : scale,
                      .top = graphs[i].is_ratio ? 1 : 0,
                      .gradient = graphs[i].gradient,
                      .rules = {graphs[i].is_ratio ? .8 : 0, graphs[i].is_ratio ? .95 : 0}},
            .title = graphs[i].title,
            .now = graphs[i].now,
            .is_ratio = graphs[i].is_ratio,
            .is_past = wt_app_is_past(app, canvas->now)};
        wt_captioned_graph_draw(canvas, at, &graph);
    }
    char text[WT_FORMAT_SIZE], note[WT_FORMAT_SIZE + 8];
    wt_format_duration(text, sizeof text,
                       wt_graph_span_s(canvas, wt_captioned_graph_cols(cols, rows - 1), scale) *
                           WT_NS_PER_S);
    snprintf(note, sizeof note, "last %s", text);
    struct wt_frame frame = {.title = "history since selected", .note = note};
    wt_frame_draw(canvas, rect, &frame);
}
