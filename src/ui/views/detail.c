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

static int field_of(const struct wt_service *service, enum wt_series_kind kind) {
    return kind == WT_SERIES_QUEUE      ? service->queue_field
           : kind == WT_SERIES_REQUESTS ? service->requests_field
           : kind == WT_SERIES_ERRORS   ? service->errors_field
                                        : -1;
}

static double now_of(const struct wt_service *service, enum wt_series_kind kind) {
    if (kind == WT_SERIES_UTILIZATION)
        return service->utilization_ratio;
    int field = field_of(service, kind);
    return kind == WT_SERIES_QUEUE ? wt_service_sum(service, field)
                                   : wt_service_rate(service, field);
}

static bool has(const struct wt_service *service, enum wt_series_kind kind) {
    if (kind == WT_SERIES_UTILIZATION)
        return service->busy_field >= 0 && service->capacity_field >= 0;
    return field_of(service, kind) >= 0;
}

/* The load over the last 10 s, 1 min and 5 min: those that are known and find room, the minute
 * first of all. */
static void add_windows(struct wt_line *line, const void *context, int reserved) {
    const struct wt_load *load = context;
    static const enum wt_window by_rank[] = {WT_WINDOW_1M, WT_WINDOW_5M, WT_WINDOW_10S};
    char texts[WT_WINDOW_COUNT][WT_FORMAT_SIZE], all[WT_WINDOW_COUNT * WT_FORMAT_SIZE] = "";
    bool shown[WT_WINDOW_COUNT] = {false};
    size_t length = 0;
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        enum wt_window window = by_rank[i];
        double ratio = load->windows[window].utilization_ratio;
        if (isnan(ratio))
            continue;
        wt_format_percent(texts[window], sizeof texts[window], ratio);
        length += (size_t)snprintf(all + length, sizeof all - length, "  %s %s",
                                   wt_window_text(window), texts[window]);
        shown[window] = wt_line_fits(line, all, reserved);
    }
    for (int i = 0; i < WT_WINDOW_COUNT; i++)
        if (shown[i]) {
            wt_line_addf(line, WT_STYLE_DIM, "  %s ", wt_window_text((enum wt_window)i));
            wt_line_add(line, WT_STYLE_TEXT, texts[i]);
        }
}

/* A figure of the last 10 s, or of the last minute where only that is known. */
static double recent(double of_10s, double of_1m, const char **label) {
    *label = isnan(of_10s) ? " over 1m" : "";
    return isnan(of_10s) ? of_1m : of_10s;
}

/* How long a request waits, and how fast the queue grows or falls, over the last 10 s; a minute
 * that stands in for them is named. Less than one in a minute is no growth. */
static void add_wait(struct wt_line *line, const void *context, int reserved) {
    const struct wt_load *load = context;
    const struct wt_window_load *of_10s = &load->windows[WT_WINDOW_10S];
    const struct wt_window_load *of_1m = &load->windows[WT_WINDOW_1M];
    char wait[WT_FORMAT_SIZE], growth[WT_FORMAT_SIZE + 4];
    const char *wait_over, *growth_over;
    double wait_s = recent(of_10s->mean_wait_s, of_1m->mean_wait_s, &wait_over);
    double per_s = recent(of_10s->queue_growth_per_s, of_1m->queue_growth_per_s, &growth_over);
    wt_format_seconds(wait, sizeof wait, wait_s);
    if (!isnan(wait_s) && wt_line_fits(line, wait, 7 + (int)strlen(wait_over) + reserved)) {
        wt_line_add(line, WT_STYLE_DIM, "  wait ");
        wt_line_add(line, WT_STYLE_TEXT, wait);
        wt_line_add(line, WT_STYLE_DIM, wait_over);
    }
    if (!(fabs(per_s) >= 1.0 / 60))
        return;
    growth[0] = per_s > 0 ? '+' : '-';
    size_t length = wt_format_si(growth + 1, WT_FORMAT_SIZE, fabs(per_s));
    memcpy(growth + 1 + length, "/s", 3);
    if (wt_line_fits(line, growth, 2 + (int)strlen(growth_over) + reserved)) {
        wt_line_addf(line, per_s > 0 ? WT_STYLE_WARN : WT_STYLE_TEXT, "  %s", growth);
        wt_line_add(line, WT_STYLE_DIM, growth_over);
    }
}

static void draw_graph(const struct wt_app *app, const struct wt_canvas *canvas,
                       struct wt_rect rect, const struct kind *kind, struct wt_graph_scale scale) {
    const struct wt_service *service = wt_app_service(app);
    bool is_ratio = kind->series == WT_SERIES_UTILIZATION;
    const struct wt_captioned_graph graph = {
        .graph = {.series = wt_history_series(app->history, service->name, kind->series),
                  .newest = wt_history_bucket(app->snapshot->time.realtime_ns),
                  .scale = scale,
                  .top = is_ratio ? 1 : 0,
                  .gradient = kind->gradient,
                  .rules = {is_ratio ? .8 : 0, is_ratio ? .95 : 0}},
        .title = kind->title,
        .now = now_of(service, kind->series),
        .is_ratio = is_ratio,
        .is_past = wt_app_is_past(app, canvas->now),
        .more = is_ratio                          ? add_windows
                : kind->series == WT_SERIES_QUEUE ? add_wait
                                                  : NULL,
        .context = &service->load};
    wt_captioned_graph_draw(canvas, rect, &graph);
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
    int own = wt_captioned_graph_cols(cols, rect.rows);
    struct wt_graph_scale scale = wt_graph_scale(canvas, own, wt_app_span_s(app, 240));
    for (int i = 0; i < count; i++) {
        struct wt_rect at = rect;
        at.col += i * (cols + gap);
        at.cols = cols; /* all alike, so that they span the same time */
        draw_graph(app, canvas, at, shown[i], scale);
    }
    return (int)wt_graph_span_s(canvas, own, scale);
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

/* In the order of the table of workers: the first cell is its first row. */
static struct wt_worker_cell cell_of_row(const void *context, size_t index) {
    const struct wt_app *app = context;
    size_t worker = app->tables[WT_PANE_WORKERS].order[index];
    return worker < app->worker_count ? wt_worker_cell_of(app, worker) : (struct wt_worker_cell){0};
}

static void draw_strip(const struct wt_app *app, const struct wt_canvas *canvas,
                       struct wt_rect rect) {
    wt_text(canvas, rect, "workers", WT_STYLE_DIM);
    rect.cols -= draw_concerns(canvas, rect, wt_app_service(app));
    wt_rect_take_left(&rect, 9);
    if (app->travel.on) {
        wt_text(canvas, rect, "not kept: only their counts", WT_STYLE_DIM);
        return;
    }
    const struct wt_table_state *table = &app->tables[WT_PANE_WORKERS];
    if (table->count == 0 && app->worker_count > 0) {
        wt_text(canvas, rect, "none that matches the filter", WT_STYLE_DIM);
        return;
    }
    bool is_marked = wt_app_has_focus(app, WT_PANE_WORKERS) || table->pinned;
    const struct wt_worker_strip workers = {.count = table->count,
                                            .get = cell_of_row,
                                            .context = app,
                                            .selected = is_marked ? (int64_t)table->cursor : -1};
    wt_worker_strip_draw(canvas, rect, &workers);
}

static enum wt_style_name queue_style(const struct wt_accept_queue *queue) {
    if (queue->fullest_ratio > .8)
        return queue->fullest_ratio >= 1 ? WT_STYLE_CRIT : WT_STYLE_WARN;
    return WT_STYLE_TEXT;
}

/* "listens :3000, accept queue 37/1024": each listener that fits, the fullest first. */
static void draw_listeners(const struct wt_app *app, const struct wt_canvas *canvas,
                           struct wt_rect rect) {
    const struct wt_service *service = wt_app_service(app);
    const struct wt_accept_queue *fullest = wt_service_fullest(service);
    struct wt_line line = wt_line_begin(canvas, rect);
    wt_line_add(&line, WT_STYLE_DIM, "listens  ");
    for (size_t i = 0; i <= service->listener_count; i++) {
        const struct wt_accept_queue *queue = i == 0 ? fullest : &service->listeners[i - 1];
        char text[WT_FORMAT_SIZE * 3];
        if (queue == NULL || (i > 0 && queue == fullest))
            continue;
        if (queue->socket_count > 0)
            snprintf(text, sizeof text, "accept queue %llu/%llu",
                     (unsigned long long)queue->queue_length,
                     (unsigned long long)queue->queue_limit);
        else
            snprintf(text, sizeof text,
                     queue->read_ns != 0 ? "nobody listens" : "accept queue unknown");
        if (i > 0 && !wt_line_fits(&line, queue->address, (int)strlen(text) + 4))
            break;
        wt_line_addf(&line, WT_STYLE_BRIGHT, "%s ", queue->address);
        wt_line_add(&line,
                    queue->socket_count > 0 ? queue_style(queue)
                    : queue->read_ns != 0   ? WT_STYLE_WARN
                                            : WT_STYLE_DIM,
                    text);
        wt_line_skip(&line, 3);
    }
}

void wt_pane_detail_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         bool large) {
    const struct wt_service *service = wt_app_service(app);
    if (!service) {
        bool is_there = wt_snapshot_find_service(app->snapshot, app->service_name) >= 0;
        struct wt_frame frame = {.title = is_there ? "" : app->service_name,
                                 .note = is_there         ? "no service is selected"
                                         : app->travel.on ? "not there then"
                                                          : "gone"};
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
    if (service->listener_count > 0 && inner.rows >= 5)
        draw_listeners(app, canvas, wt_rect_take_bottom(&inner, 1));
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
