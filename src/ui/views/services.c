/* The table of services: one row each, the worst first. */
#include <math.h>
#include <stdio.h>

#include "base/format.h"
#include "base/map.h"
#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/widgets/graph.h"
#include "ui/widgets/meter.h"

#include <string.h>

static const struct wt_service *service_at(const void *context, size_t row) {
    const struct wt_app *app = context;
    return &app->snapshot->services[row];
}

static void draw_name(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    wt_text(canvas, cell, service_at(context, row)->name, WT_STYLE_BRIGHT);
}

static struct wt_sort_key key_name(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){0, service_at(context, row)->name};
}

static void draw_state(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    enum wt_verdict verdict = service_at(context, row)->verdict;
    wt_text(canvas, cell, verdict == WT_VERDICT_UNKNOWN ? "?" : wt_verdict_text(verdict),
            wt_verdict_style(verdict));
}

static struct wt_sort_key key_state(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){wt_verdict_weight(service_at(context, row)->verdict), NULL};
}

static void draw_utilization(const struct wt_canvas *canvas, struct wt_rect cell,
                             const void *context, size_t row, int extra) {
    (void)extra;
    wt_value_percent(canvas, cell, service_at(context, row)->utilization_ratio);
}

static struct wt_sort_key key_utilization(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){service_at(context, row)->utilization_ratio, NULL};
}

/* Without a known capacity there is no utilization: the share of busy workers, and so called. */
static void draw_meter(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    if (!isnan(service->utilization_ratio)) {
        struct wt_meter meter = {.ratio = service->utilization_ratio,
                                 .gradient = WT_GRADIENT_LOAD,
                                 .ticks = {0.80, 0.95}};
        wt_meter_draw(canvas, cell, &meter);
    } else if (service->busy_field >= 0) {
        wt_textf(canvas, cell, WT_STYLE_DIM, cell.cols >= 21 ? "%u of %u workers busy" : "%u/%u",
                 service->busy_worker_count, service->worker_count);
    }
}

static void draw_trend(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    const struct wt_app *app = context;
    const struct wt_service *service = service_at(context, row);
    bool load = !isnan(service->utilization_ratio);
    struct wt_graph graph = {
        .series = wt_history_series(app->history, service->name,
                                    load ? WT_SERIES_UTILIZATION : WT_SERIES_REQUESTS),
        .newest = wt_history_bucket(app->snapshot->time.realtime_ns),
        .seconds = wt_graph_seconds(canvas, cell.cols, wt_app_span_s(app, 240)),
        .top = load ? 1 : 0,
        .gradient = load ? WT_GRADIENT_LOAD : WT_GRADIENT_RATE};
    wt_graph_draw(canvas, cell, &graph);
}

static void draw_busy(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    char busy[WT_FORMAT_SIZE], capacity[WT_FORMAT_SIZE], text[2 * WT_FORMAT_SIZE + 2];
    if (service->busy_field < 0) {
        wt_value_dash(canvas, cell);
        return;
    }
    double most = wt_service_sum(service, service->capacity_field);
    wt_format_si(busy, sizeof busy, wt_service_sum(service, service->busy_field));
    wt_format_si(capacity, sizeof capacity, most);
    snprintf(text, sizeof text, "%s/%s", busy, isnan(most) ? "?" : capacity);
    wt_text_right(canvas, cell, text, WT_STYLE_TEXT);
}

static struct wt_sort_key key_busy(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    return (struct wt_sort_key){wt_service_sum(service, service->busy_field), NULL};
}

static double queue_of(const struct wt_service *service) {
    return wt_service_sum(service, service->queue_field);
}

static double requests_of(const struct wt_service *service) {
    return wt_service_rate(service, service->requests_field);
}

static double errors_of(const struct wt_service *service) {
    return wt_service_rate(service, service->errors_field);
}

static double (*const numbers[])(const struct wt_service *) = {queue_of, requests_of, errors_of};

static void draw_number(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    wt_value_si(canvas, cell, numbers[extra](service_at(context, row)), WT_STYLE_BRIGHT);
}

static struct wt_sort_key key_number(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){numbers[extra](service_at(context, row)), NULL};
}

static uint32_t count_of(const struct wt_service *service, int which) {
    return which == 0   ? service->worker_count + service->silent_count
           : which == 1 ? service->stuck_count
                        : service->stale_count;
}

static void draw_count(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    static const enum wt_style_name styles[] = {WT_STYLE_TEXT, WT_STYLE_CRIT, WT_STYLE_WARN};
    wt_value_concern(canvas, cell, count_of(service_at(context, row), extra), styles[extra]);
}

static struct wt_sort_key key_count(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){count_of(service_at(context, row), extra), NULL};
}

static int64_t in_state_ns(const struct wt_app *app, const struct wt_service *service) {
    return service->verdict_since_ns ? app->snapshot->time.realtime_ns - service->verdict_since_ns
                                     : -1;
}

static void draw_since(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    wt_value_duration(canvas, cell, in_state_ns(context, service_at(context, row)), WT_STYLE_TEXT);
}

static struct wt_sort_key key_since(const void *context, size_t row, int extra) {
    (void)extra;
    int64_t ns = in_state_ns(context, service_at(context, row));
    return (struct wt_sort_key){ns < 0 ? NAN : (double)ns, NULL};
}

/* Fields that no other column shows: their name and their sum, or the rate of a counter. */
static void draw_own(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    struct wt_line line = wt_line_begin(canvas, cell);
    for (size_t i = 0; i < service->field_count; i++) {
        const struct wt_field_stats *field = &service->fields[i];
        int at = (int)i;
        if (at == service->busy_field || at == service->capacity_field ||
            at == service->queue_field || at == service->requests_field ||
            at == service->errors_field)
            continue;
        bool counter = field->kind == WT_KIND_COUNTER;
        char number[WT_FORMAT_SIZE], title[48];
        wt_field_title(field, title, sizeof title);
        size_t length = wt_format_si(number, sizeof number,
                                     counter ? field->rate_per_s : wt_number_to_double(field->sum));
        if (!wt_line_fits(&line, title, (int)length + 1))
            continue;
        wt_line_addf(&line, WT_STYLE_DIM, "%s ", title);
        wt_line_add(&line, WT_STYLE_TEXT, number);
        wt_line_skip(&line, 2);
    }
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column columns[] = {
    {"SERVICE", 0, 7, 2, 20, WT_ALIGN_LEFT, false, draw_name, key_name, 0},
    {"STATE", 0, 6, 0, 0, WT_ALIGN_LEFT, true, draw_state, key_state, 0},
    {"FOR", 7, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_since, key_since, 0},
    {"UTIL", 0, 4, 0, 0, WT_ALIGN_RIGHT, true, draw_utilization, key_utilization, 0},
    {"", 3, 8, 3, 32, WT_ALIGN_LEFT, false, draw_meter, NULL, 0},
    {"TREND", 4, 8, 3, 48, WT_ALIGN_LEFT, false, draw_trend, NULL, 0},
    {"BUSY/CAP", 5, 8, 1, 11, WT_ALIGN_RIGHT, true, draw_busy, key_busy, 0},
    {"QUEUE", 1, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 0},
    {"REQ/s", 2, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 1},
    {"ERR/s", 6, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 2},
    {"WORK", 3, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_count, key_count, 0},
    {"STUCK", 2, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_count, key_count, 1},
    {"STALE", 6, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_count, key_count, 2},
    {"OWN FIELDS", 8, 26, 0, 0, WT_ALIGN_LEFT, false, draw_own, NULL, 0},
};

static uint64_t identity(const void *context, size_t row) {
    const char *name = service_at(context, row)->name;
    return wt_hash(name, strlen(name), 0);
}

static bool matches(const void *context, size_t row, const char *filter) {
    const struct wt_service *service = service_at(context, row);
    return wt_text_contains(service->name, filter) ||
           wt_text_contains(wt_verdict_text(service->verdict), filter);
}

void wt_services_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = columns,
                             .column_count = sizeof columns / sizeof *columns,
                             .context = app,
                             .row_count = app->snapshot ? app->snapshot->service_count : 0,
                             .identity = identity,
                             .matches = matches,
                             .marked = true};
}
