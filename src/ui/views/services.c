/* The table of services: one row each, the worst first. */
#include <math.h>
#include <stdio.h>

#include "base/format.h"
#include "base/map.h"
#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/views/calm.h"
#include "ui/views/queries.h"
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
    const struct wt_service *service = service_at(context, row);
    bool is_last = wt_app_is_last_verdict(context, service->cause, canvas->now);
    struct wt_line line = wt_line_begin(canvas, cell);
    if (wt_service_rises(service))
        wt_rising_mark(&line);
    else if (service->verdict == WT_VERDICT_UNKNOWN)
        wt_line_add(&line, wt_verdict_style(service->verdict), "?");
    else
        wt_line_addf(&line, wt_verdict_style(service->verdict), "%s%s",
                     wt_verdict_text(service->verdict), is_last ? "?" : "");
    if (is_last)
        wt_canvas_fade_text(canvas, cell);
}

static struct wt_sort_key key_state(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    double rises = wt_service_rises(service) ? 0.5 : 0;
    return (struct wt_sort_key){wt_verdict_weight(service->verdict) + rises, NULL};
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

/* Over the last minute: what is shown beside it is of this moment alone. */
static double minute_of(const void *context, size_t row) {
    return service_at(context, row)->load.windows[WT_WINDOW_1M].utilization_ratio;
}

static void draw_minute(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    (void)extra;
    wt_value_percent(canvas, cell, minute_of(context, row));
}

static struct wt_sort_key key_minute(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){minute_of(context, row), NULL};
}

static double wait_of(const void *context, size_t row) {
    return service_at(context, row)->load.windows[WT_WINDOW_10S].mean_wait_s;
}

static void draw_wait(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    wt_value_seconds(canvas, cell, wait_of(context, row), WT_STYLE_TEXT);
}

static struct wt_sort_key key_wait(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){wait_of(context, row), NULL};
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

static struct wt_sort_key key_meter(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    double ratio = service->utilization_ratio;
    if (isnan(ratio) && service->busy_field >= 0 && service->worker_count > 0)
        ratio = (double)service->busy_worker_count / service->worker_count;
    return (struct wt_sort_key){ratio, NULL};
}

enum { TREND_S = 240 };

static const struct wt_series *trend_of(const struct wt_app *app, const struct wt_service *service,
                                        bool *is_load) {
    *is_load = !isnan(service->utilization_ratio);
    return wt_history_series(app->history, service->name,
                             *is_load ? WT_SERIES_UTILIZATION : WT_SERIES_REQUESTS);
}

static void draw_trend(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    const struct wt_app *app = context;
    const struct wt_service *service = service_at(context, row);
    bool load;
    const struct wt_series *series = trend_of(app, service, &load);
    struct wt_graph graph = {.series = series,
                             .newest = wt_history_bucket(app->snapshot->time.realtime_ns),
                             .scale =
                                 wt_graph_scale(canvas, cell.cols, wt_app_span_s(app, TREND_S)),
                             .in_row = true,
                             .top = load ? 1 : 0,
                             .gradient = load ? WT_GRADIENT_LOAD : WT_GRADIENT_RATE};
    if (!wt_app_is_past(app, canvas->now))
        graph.newest = wt_graph_settled(canvas, &graph);
    wt_graph_draw(canvas, cell, &graph);
}

/* What is known of [begin, end); *most is raised to the highest of it. */
static double mean_of(const struct wt_series *series, int64_t begin, int64_t end, double *most) {
    double sum = 0;
    int count = 0;
    for (int64_t bucket = begin; bucket < end; bucket++) {
        double value = wt_series_get(series, bucket);
        if (isnan(value))
            continue;
        sum += value;
        count++;
        *most = value > *most ? value : *most;
    }
    return count > 0 ? sum / count : (double)NAN;
}

/* How steeply the picture rises: its last quarter less its first, as a share of its height. */
static struct wt_sort_key key_trend(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_app *app = context;
    bool load;
    const struct wt_series *series = trend_of(app, service_at(context, row), &load);
    int64_t end = wt_history_bucket(app->snapshot->time.realtime_ns) + 1;
    int64_t begin = end - wt_app_span_s(app, TREND_S), quarter = (end - begin + 3) / 4;
    double most = 0;
    double first = mean_of(series, begin, begin + quarter, &most);
    mean_of(series, begin + quarter, end - quarter, &most);
    double rise = mean_of(series, end - quarter, end, &most) - first;
    return (struct wt_sort_key){load || most == 0 ? rise : rise / most, NULL};
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

/* How the load is spread over the workers: percent of what each can do. Where that is unknown
 * nothing is shown: the table of fields has the spread of busy itself. */
static void draw_spread(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    (void)extra;
    const struct wt_skew *skew = &service_at(context, row)->skew;
    if (!skew->of_utilization || isnan(skew->p50)) {
        wt_value_dash(canvas, cell);
        return;
    }
    char text[3 * WT_FORMAT_SIZE];
    const double ratios[] = {skew->p50, skew->p95, skew->max};
    int length = 0;
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        double percent = ratios[i] * 100;
        percent = percent < 0 ? 0 : percent > 999 ? 999 : percent;
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%3.0f",
                           i == 0 ? "" : " ", floor(percent + 1e-9));
    }
    wt_text_right(canvas, cell, text, WT_STYLE_TEXT);
}

static struct wt_sort_key key_spread(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_skew *skew = &service_at(context, row)->skew;
    return (struct wt_sort_key){skew->of_utilization ? skew->p95 : (double)NAN, NULL};
}

/* A worker that ended and one that started are a restart; a service that grows or shrinks has only
 * one of both. */
static double restarts_of(const struct wt_service *service) {
    return service->exits_per_min <= service->starts_per_min ? service->exits_per_min
                                                             : service->starts_per_min;
}

static void draw_restarts(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                          size_t row, int extra) {
    (void)extra;
    double restarts = restarts_of(service_at(context, row));
    if (isnan(restarts))
        wt_value_dash(canvas, cell);
    else
        wt_value_concern(canvas, cell, (uint64_t)restarts, WT_STYLE_WARN);
}

static struct wt_sort_key key_restarts(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){restarts_of(service_at(context, row)), NULL};
}

/* What its processes use, as far as it is known; dim when it is not known of all of them. 0: cores,
 * 1: resident bytes. */
static double usage_of(const struct wt_service *service, int which) {
    const struct wt_usage *usage = &service->usage;
    if (which == 0)
        return usage->cpu_known_count > 0 ? usage->cpu_cores : (double)NAN;
    return usage->known_count > 0 ? (double)usage->rss_bytes : (double)NAN;
}

static void draw_usage(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    const struct wt_service *service = service_at(context, row);
    const struct wt_usage *usage = &service->usage;
    double value = usage_of(service, extra);
    uint32_t known = extra == 0 ? usage->cpu_known_count : usage->known_count;
    enum wt_style_name style = known < usage->process_count ? WT_STYLE_DIM : WT_STYLE_TEXT;
    char text[WT_FORMAT_SIZE];
    if (isnan(value)) {
        wt_value_dash(canvas, cell);
    } else if (extra == 1) {
        wt_value_bytes(canvas, cell, usage->rss_bytes, style);
    } else { /* percent of one core, as of each worker */
        size_t length = wt_format_si(text, sizeof text, floor(value * 100 + .5));
        snprintf(text + length, sizeof text - length, "%%");
        wt_text_right(canvas, cell, text, style);
    }
}

static struct wt_sort_key key_usage(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){usage_of(service_at(context, row), extra), NULL};
}

/* Since when it is what STATE says: of what rises, as in its line above. 0 when unknown. */
static int64_t state_since_ns(const struct wt_service *service) {
    const struct wt_trouble *rising =
        service->verdict == WT_VERDICT_OK ? wt_service_rising(service) : NULL;
    return rising != NULL && rising->since_ns != 0 ? rising->since_ns : service->verdict_since_ns;
}

static void draw_since(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    const struct wt_app *app = context;
    char text[WT_FORMAT_SIZE];
    int64_t since_ns = state_since_ns(service_at(context, row));
    if (since_ns == 0) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_format_since(text, sizeof text, since_ns, app->snapshot->time.realtime_ns);
    wt_text_right(canvas, cell, text, WT_STYLE_TEXT);
    if (wt_app_is_last_verdict(app, service_at(context, row)->cause, canvas->now))
        wt_canvas_fade_text(canvas, cell);
}

static struct wt_sort_key key_since(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_app *app = context;
    int64_t since_ns = state_since_ns(service_at(context, row));
    double age = (double)(app->snapshot->time.realtime_ns - since_ns);
    return (struct wt_sort_key){since_ns == 0 ? NAN : age, NULL};
}

/* The next field from `at` on that no other column shows; the count of fields without. */
static size_t next_own(const struct wt_service *service, size_t at) {
    const int others[] = {service->busy_field, service->capacity_field, service->queue_field,
                          service->requests_field, service->errors_field};
    for (; at < service->field_count; at++) {
        bool is_own = true;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            is_own = is_own && others[i] != (int)at;
        if (is_own)
            break;
    }
    return at;
}

static double own_of(const struct wt_field_stats *field) {
    return field->kind == WT_KIND_COUNTER ? field->rate_per_s : wt_number_to_double(field->sum);
}

/* Their name and their sum, or the rate of a counter. */
static void draw_own(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    struct wt_line line = wt_line_begin(canvas, cell);
    for (size_t i = next_own(service, 0); i < service->field_count; i = next_own(service, i + 1)) {
        const struct wt_field_stats *field = &service->fields[i];
        char number[WT_FORMAT_SIZE], title[48];
        wt_field_title(field, title, sizeof title);
        size_t length = wt_format_si(number, sizeof number, own_of(field));
        if (!wt_line_fits(&line, title, (int)length + 1))
            continue;
        wt_line_addf(&line, WT_STYLE_DIM, "%s ", title);
        wt_line_add(&line, WT_STYLE_TEXT, number);
        wt_line_skip(&line, 2);
    }
}

/* By the first of them: it is of the same name in services that are alike. */
static struct wt_sort_key key_own(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_service *service = service_at(context, row);
    size_t first = next_own(service, 0);
    if (first == service->field_count)
        return (struct wt_sort_key){NAN, NULL};
    return (struct wt_sort_key){own_of(&service->fields[first]), service->fields[first].key};
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column columns[] = {
    {"SERVICE", 0, 7, 2, 20, WT_ALIGN_LEFT, false, draw_name, key_name, 0,
     "by this name its workers registered"},
    {"STATE", 0, 6, 0, 0, WT_ALIGN_LEFT, true, draw_state, key_state, 0,
     "the verdict: CRIT, WARN, OK, IDLE, ? for none; RISES: OK, but not if it goes on"},
    {"SINCE", 6, 8, 0, 0, WT_ALIGN_RIGHT, true, draw_since, key_since, 0,
     "when that began which the state is about"},
    {"UTIL", 0, 4, 0, 0, WT_ALIGN_RIGHT, true, draw_utilization, key_utilization, 0,
     "busy slots of all slots, now"},
    {"1m", 7, 4, 0, 0, WT_ALIGN_RIGHT, true, draw_minute, key_minute, 0,
     "the same over the last minute; ? until 48 s of it were watched"},
    {"", 3, 8, 3, 32, WT_ALIGN_LEFT, true, draw_meter, key_meter, 0,
     "the same as a meter, with marks at 80 % and 95 %"},
    {"TREND", 4, 8, 3, 48, WT_ALIGN_LEFT, true, draw_trend, key_trend, 0,
     "utilization (without it: requests) of the last minutes; sorted by how it rises"},
    {"BUSY/CAP", 5, 8, 1, 11, WT_ALIGN_RIGHT, true, draw_busy, key_busy, 0,
     "slots at work, and slots there are"},
    {"QUEUE", 1, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 0, "requests that wait"},
    {"WAIT", 8, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_wait, key_wait, 0,
     "how long they wait, the mean of the last 10 s"},
    {"REQ/s", 2, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 1,
     "requests done per second"},
    {"ERR/s", 6, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 2, "errors per second"},
    {"P50 P95 MAX%", 8, 12, 0, 0, WT_ALIGN_RIGHT, true, draw_spread, key_spread, 0,
     "utilization of the middle worker, of the one above 95 % of them, of the busiest"},
    {"WORK", 3, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_count, key_count, 0, "workers"},
    {"STUCK", 2, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_count, key_count, 1,
     "workers that are busy and make no progress"},
    {"STALE", 6, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_count, key_count, 2,
     "workers without a heartbeat"},
    {"RST/m", 7, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_restarts, key_restarts, 0,
     "workers replaced in the last minute"},
    {"CPU", 7, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_usage, key_usage, 0,
     "of its processes, 100% is one core; dim: not known of all"},
    {"RSS", 8, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_usage, key_usage, 1,
     "resident memory of its processes; dim: not known of all"},
    {"OWN FIELDS", 9, 34, 0, 0, WT_ALIGN_LEFT, true, draw_own, key_own, 0,
     "fields that no other column shows, counters per second; sorted by the first"},
};

static uint64_t identity(const void *context, size_t row) {
    const char *name = service_at(context, row)->name;
    return wt_hash(name, strlen(name), 0);
}

void wt_services_select(struct wt_app *app, const char *name) {
    if (!app->snapshot || wt_snapshot_find_service(app->snapshot, name) < 0)
        return;
    app->tables[WT_PANE_SERVICES].pinned = true;
    app->tables[WT_PANE_SERVICES].identity = wt_hash(name, strlen(name), 0);
}

static bool matches(const void *context, size_t row, const char *filter) {
    const struct wt_service *service = service_at(context, row);
    return wt_text_contains(service->name, filter) ||
           wt_text_contains(wt_service_state_word(service), filter);
}

void wt_services_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = columns,
                             .column_count = sizeof columns / sizeof *columns,
                             .context = app,
                             .row_count = app->snapshot ? app->snapshot->service_count : 0,
                             .identity = identity,
                             .matches = matches,
                             .query = &wt_services_query,
                             .marked = true};
}
