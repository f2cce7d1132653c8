/* The selected service: its numbers over time, and all its workers as one cell each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/widgets/cells.h"
#include "ui/widgets/frame.h"
#include "ui/widgets/graph.h"

/* One graph: a row of a table. `now` is what its caption says, `field` which one must exist. */
struct kind {
    const char *title;
    enum wt_series_kind series;
    enum wt_gradient_name gradient;
};

static const struct kind kinds[] = {
    {"utilization", WT_SERIES_UTILIZATION, WT_GRADIENT_LOAD},
    {"queue", WT_SERIES_QUEUE, WT_GRADIENT_QUEUE},
    {"requests/s", WT_SERIES_REQUESTS, WT_GRADIENT_RATE},
    {"errors/s", WT_SERIES_ERRORS, WT_GRADIENT_QUEUE},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static double now_of(const struct wt_service *service, enum wt_series_kind kind) {
    switch (kind) {
    case WT_SERIES_UTILIZATION:
        return service->utilization_ratio;
    case WT_SERIES_QUEUE:
        return wt_service_sum(service, service->queue_field);
    case WT_SERIES_REQUESTS:
        return wt_service_rate(service, service->requests_field);
    case WT_SERIES_ERRORS:
        return wt_service_rate(service, service->errors_field);
    }
    return NAN;
}

static bool has(const struct wt_service *service, enum wt_series_kind kind) {
    switch (kind) {
    case WT_SERIES_UTILIZATION:
        return service->busy_field >= 0 && service->capacity_field >= 0;
    case WT_SERIES_QUEUE:
        return service->queue_field >= 0;
    case WT_SERIES_REQUESTS:
        return service->requests_field >= 0;
    case WT_SERIES_ERRORS:
        return service->errors_field >= 0;
    }
    return false;
}

static void format_value(enum wt_series_kind kind, double value, char *out, size_t size) {
    if (kind == WT_SERIES_UTILIZATION)
        wt_format_percent(out, size, value);
    else
        wt_format_si(out, size, value);
}

/* A caption above, the graph below; at the right of the caption the value at the upper edge. */
static void draw_graph(const struct wt_app *app, const struct wt_canvas *canvas,
                       struct wt_rect rect, const struct kind *kind, int seconds) {
    const struct wt_service *service = wt_app_service(app);
    struct wt_rect caption = wt_rect_take_top(&rect, 1);
    struct wt_graph graph = {.series = wt_history_series(app->history, service->name, kind->series),
                             .newest = wt_history_bucket(app->snapshot->time.realtime_ns),
                             .seconds = seconds,
                             .top = kind->series == WT_SERIES_UTILIZATION ? 1 : 0,
                             .gradient = kind->gradient};
    double top = wt_graph_draw(canvas, rect, &graph);
    char value[WT_FORMAT_SIZE], most[WT_FORMAT_SIZE];
    format_value(kind->series, now_of(service, kind->series), value, sizeof value);
    format_value(kind->series, top, most, sizeof most);
    struct wt_line line = wt_line_begin(canvas, caption);
    wt_line_addf(&line, WT_STYLE_DIM, "%s ", kind->title);
    wt_line_add(&line, WT_STYLE_TITLE, value);
    if (line.end - line.col > (int)strlen(most) + 1)
        wt_text_right(canvas, caption, most, WT_STYLE_DIM);
}

static int draw_graphs(const struct wt_app *app, const struct wt_canvas *canvas,
                       struct wt_rect rect) {
    const struct kind *shown[KINDS];
    int count = 0, most = rect.cols < 44 ? 1 : rect.cols < 72 ? 2 : rect.cols < 130 ? 3 : 4;
    for (int i = 0; i < KINDS && count < most; i++)
        if (has(wt_app_service(app), kinds[i].series))
            shown[count++] = &kinds[i];
    if (count == 0) {
        wt_text(canvas, rect, "no field of this service is a busy, queue or request count",
                WT_STYLE_DIM);
        return 0;
    }
    int gap = 2, cols = (rect.cols - gap * (count - 1)) / count;
    int seconds = wt_graph_seconds(canvas, cols, wt_app_span_s(app, 240));
    for (int i = 0; i < count; i++) {
        struct wt_rect at = rect;
        at.col += i * (cols + gap);
        at.cols = i == count - 1 ? rect.col + rect.cols - at.col : cols;
        draw_graph(app, canvas, at, shown[i], seconds);
    }
    return (int)wt_graph_span_s(canvas, cols, seconds);
}

/* "2 stuck  1 stale" at the right end of the strip, as far as there is something to say. */
static int draw_concerns(const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_service *service) {
    const struct {
        uint32_t count;
        const char *word;
        enum wt_style_name style;
    } parts[] = {{service->stuck_count, "stuck", WT_STYLE_CRIT},
                 {service->stale_count, "stale", WT_STYLE_WARN},
                 {service->silent_count, "silent", WT_STYLE_DIM},
                 {service->busy_worker_count, "busy", WT_STYLE_TEXT}};
    char texts[4][24];
    int cols = 0;
    for (int i = 0; i < 4; i++) {
        texts[i][0] = '\0';
        if (parts[i].count)
            cols += 2 + snprintf(texts[i], sizeof texts[i], "%u %s", parts[i].count, parts[i].word);
    }
    if (cols == 0 || rect.cols < cols + 24)
        return 0;
    struct wt_line line =
        wt_line_begin(canvas, (struct wt_rect){rect.col + rect.cols - cols, rect.row, cols, 1});
    for (int i = 0; i < 4; i++)
        if (texts[i][0]) {
            wt_line_skip(&line, 2);
            wt_line_add(&line, parts[i].style, texts[i]);
        }
    return cols;
}

static void draw_strip(const struct wt_app *app, const struct wt_canvas *canvas,
                       struct wt_rect rect) {
    wt_text(canvas, rect, "workers", WT_STYLE_DIM);
    rect.cols -= draw_concerns(canvas, rect, wt_app_service(app));
    wt_rect_take_left(&rect, 9);
    wt_worker_strip_draw(canvas, rect, app->worker_count, wt_worker_cell_of, app);
}

void wt_pane_detail_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         bool large) {
    const struct wt_service *service = wt_app_service(app);
    if (!service) {
        struct wt_frame frame = {.title = app->service_name, .note = "gone"};
        wt_frame_draw(canvas, rect, &frame);
        return;
    }
    char note[96], span[WT_FORMAT_SIZE], name[160];
    uint32_t workers = service->worker_count + service->silent_count;
    bool follows = !large && !app->tables[WT_PANE_SERVICES].pinned &&
                   (service->verdict == WT_VERDICT_CRIT || service->verdict == WT_VERDICT_WARN);
    snprintf(name, sizeof name, "%u worker%s%s%s", workers, workers == 1 ? "" : "s",
             follows ? canvas->glyphs->separator : "", follows ? "the worst is followed" : "");
    struct wt_rect inner = {rect.col + 2, rect.row + 1, rect.cols - 4, rect.rows - 2};
    int strip = 1;
    if (inner.cols > 9 && app->worker_count > (size_t)(inner.cols - 9) && inner.rows > 9)
        strip = 2;
    struct wt_rect strip_at = wt_rect_take_bottom(&inner, inner.rows >= 4 ? strip : 0);
    if (inner.rows >= 7)
        wt_rect_take_bottom(&inner, 1);
    int seconds = draw_graphs(app, canvas, inner);
    if (strip_at.rows > 0)
        draw_strip(app, canvas, strip_at);
    wt_format_duration(span, sizeof span, seconds * WT_NS_PER_S);
    snprintf(note, sizeof note, "last %s", span);
    struct wt_frame frame = {.title = service->name, .name = name, .note = seconds > 0 ? note : ""};
    wt_frame_draw(canvas, rect, &frame);
}
