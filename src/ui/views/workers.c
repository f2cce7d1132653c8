/* The table of the selected service's workers: fixed columns, then one for each of its own fields.
 * Anomalies come first. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/views/doing.h"
#include "ui/views/queries.h"
#include "ui/views/worker_row.h"
#include "ui/widgets/cells.h"
#include "ui/widgets/meter.h"

static double capacity_of(const struct wt_app *app, const struct wt_worker_row *worker) {
    const struct wt_service *service = wt_app_service(app);
    return wt_worker_row_value(worker, service->capacity_field);
}

static double busy_of(const struct wt_app *app, const struct wt_worker_row *worker) {
    return wt_worker_row_value(worker, wt_app_service(app)->busy_field);
}

static void draw_id(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                    size_t row, int extra) {
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    char text[24];
    if (extra == 0)
        snprintf(text, sizeof text, "%" PRIu64, worker.who->id);
    else if (extra == 1)
        snprintf(text, sizeof text, "%" PRId64, worker.who->pid);
    else
        snprintf(text, sizeof text, "%" PRId64, worker.who->segment);
    bool known = extra == 0 || (extra == 1 ? worker.who->pid > 0 : worker.who->segment >= 0);
    if (known)
        wt_text_right(canvas, cell, text, extra == 1 ? WT_STYLE_BRIGHT : WT_STYLE_TEXT);
    else
        wt_value_dash(canvas, cell);
}

static struct wt_sort_key key_id(const void *context, size_t row, int extra) {
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    double id = (double)worker.who->id;
    return (struct wt_sort_key){extra == 0   ? id
                                : extra == 1 ? (double)worker.who->pid
                                             : (double)worker.who->segment,
                                NULL};
}

static void draw_state(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    const struct wt_concern_info *info =
        wt_concern_info(wt_concern_of(wt_worker_row_at(context, row).status));
    wt_text(canvas, cell, info->word, info->style);
}

/* Of equal concern the oldest comes first, so that rows do not change places with their load. */
static struct wt_sort_key key_state(const void *context, size_t row, int extra) {
    (void)extra;
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    double concern = (double)wt_concern_of(worker.status);
    return (struct wt_sort_key){concern * 0x1p40 - (double)worker.who->id, NULL};
}

static void draw_busy(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    double busy = busy_of(context, &worker), capacity = capacity_of(context, &worker);
    char left[WT_FORMAT_SIZE], right[WT_FORMAT_SIZE], text[2 * WT_FORMAT_SIZE + 2];
    if (isnan(busy)) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_format_si(left, sizeof left, busy);
    wt_format_si(right, sizeof right, capacity);
    snprintf(text, sizeof text, isnan(capacity) ? "%s" : "%s/%s", left, right);
    wt_text_right(canvas, cell, text, busy > 0 ? WT_STYLE_BRIGHT : WT_STYLE_DIM);
}

static struct wt_sort_key key_busy(const void *context, size_t row, int extra) {
    (void)extra;
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    double load = wt_worker_row_load(context, &worker);
    return (struct wt_sort_key){isnan(load) ? busy_of(context, &worker) : load, NULL};
}

static void draw_meter(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    struct wt_meter meter = {.ratio = wt_worker_row_load(context, &worker),
                             .gradient = WT_GRADIENT_LOAD};
    if (!isnan(meter.ratio))
        wt_meter_draw(canvas, cell, &meter);
    else if (worker.who->reason[0])
        wt_text(canvas, cell, worker.who->reason, WT_STYLE_DIM);
}

static struct wt_sort_key key_meter(const void *context, size_t row, int extra) {
    (void)extra;
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    return (struct wt_sort_key){wt_worker_row_load(context, &worker), worker.who->reason};
}

static double number_of(const struct wt_app *app, size_t row, int which) {
    struct wt_worker_row worker = wt_worker_row_at(app, row);
    const struct wt_service *service = wt_app_service(app);
    if (which == 0)
        return wt_worker_row_value(&worker, service->queue_field);
    return wt_worker_row_rate(app, &worker,
                              which == 1 ? service->requests_field : service->errors_field);
}

/* Rates of one worker with two digits: it serves a few requests between two looks, and a third
 * digit would only say how long the time between them was. */
static void draw_number(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    double value = number_of(context, row, extra);
    char text[WT_FORMAT_SIZE];
    if (extra == 0 || isnan(value) || value < .95 || value >= 99.5) {
        wt_value_si(canvas, cell, value, WT_STYLE_TEXT);
        return;
    }
    double tenths = value < 9.95 ? round(value * 10) / 10 : round(value);
    snprintf(text, sizeof text, tenths == floor(tenths) ? "%.0f" : "%.1f", tenths);
    wt_text_right(canvas, cell, text, WT_STYLE_TEXT);
}

static struct wt_sort_key key_number(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){number_of(context, row, extra), NULL};
}

/* 0: time since a counter moved, 1: time since it registered. */
static int64_t age_of(const struct wt_app *app, size_t row, int which) {
    struct wt_worker_row worker = wt_worker_row_at(app, row);
    int64_t since = which == 0 ? worker.status->progress_ns : worker.who->registered_monotonic_ns;
    if (since == 0)
        return -1;
    int64_t age = app->snapshot->time.monotonic_ns - since;
    return age < 0 ? 0 : age;
}

/* Of one that is busy how long it has not moved: a sign before it, and a colour, when that is half
 * of what makes it stuck. One that has nothing to do makes no progress, and need not. */
static void draw_progress(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                          size_t row, int extra) {
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    int64_t age = age_of(context, row, extra);
    char text[WT_FORMAT_SIZE], marked[WT_FORMAT_SIZE + 1];
    wt_format_duration(text, sizeof text, age);
    snprintf(marked, sizeof marked, "!%s", text);
    if (worker.status->flags & WT_ROW_STUCK)
        wt_value_duration(canvas, cell, age, WT_STYLE_CRIT);
    else if (wt_worker_row_rests(context, &worker))
        wt_text_right(canvas, cell, "idle", WT_STYLE_DIM);
    else if (age >= 0 && age < WT_NS_PER_S)
        wt_text_right(canvas, cell, "now", WT_STYLE_DIM);
    else if (wt_worker_row_lags(context, &worker))
        wt_text_right(canvas, cell, marked, WT_STYLE_WARN);
    else
        wt_value_duration(canvas, cell, age, WT_STYLE_TEXT);
}

static void draw_age(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    int64_t age = age_of(context, row, extra), minute = 60 * WT_NS_PER_S;
    char text[WT_FORMAT_SIZE];
    int seconds = (int)(age / WT_NS_PER_S);
    snprintf(text, sizeof text, seconds < 60 ? "%ds" : "%dm",
             seconds < 60 ? seconds : seconds / 60 % 60);
    if (age >= 0 && age < 60 * minute)
        wt_text_right(canvas, cell, text, WT_STYLE_TEXT); /* finer ones would flicker in each row */
    else
        wt_value_duration(canvas, cell, age, WT_STYLE_TEXT);
}

static struct wt_sort_key key_age(const void *context, size_t row, int extra) {
    int64_t age = age_of(context, row, extra);
    return (struct wt_sort_key){age < 0 ? NAN : (double)age, NULL};
}

enum { CPU, RSS, FDS, THREADS };

/* A figure of the worker's process; NAN when it is not known. Of threads the worker itself may have
 * said how many serve requests: that is shown where the kernel says nothing. *at_ns is when it was
 * looked at, 0 for never. */
static double process_figure(const struct wt_app *app, size_t row, int which, int64_t *at_ns) {
    const struct wt_worker *who = wt_worker_row_at(app, row).who;
    const struct wt_process *process = wt_snapshot_process(app->snapshot, who);
    *at_ns = process == NULL ? 0 : which == FDS ? process->fds_read_ns : process->read_ns;
    if (process == NULL)
        return which == THREADS && who->threads > 0 ? who->threads : (double)NAN;
    if (which == CPU)
        return process->cpu_ratio;
    if (which == RSS)
        return (double)process->rss_bytes;
    if (which == THREADS)
        return process->threads;
    return process->fds_read_ns == 0 ? (double)NAN : (double)process->fd_count;
}

/* Dim when it is not of this moment: processes of large fleets are looked at in turn. */
static void draw_process(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                         size_t row, int extra) {
    const struct wt_app *app = context;
    int64_t at_ns;
    double value = process_figure(app, row, extra, &at_ns);
    bool is_old = app->snapshot->time.monotonic_ns - at_ns > 5 * WT_NS_PER_S;
    enum wt_style_name style = is_old ? WT_STYLE_DIM : WT_STYLE_TEXT;
    char text[WT_FORMAT_SIZE];
    if (isnan(value)) {
        wt_value_dash(canvas, cell);
    } else if (extra == RSS) {
        wt_value_bytes(canvas, cell, (uint64_t)value, style);
    } else if (extra == CPU) {
        wt_format_percent(text, sizeof text, value);
        wt_text_right(canvas, cell, text, value < .005 ? WT_STYLE_DIM : style);
    } else {
        wt_value_si(canvas, cell, value, style);
    }
}

static struct wt_sort_key key_process(const void *context, size_t row, int extra) {
    int64_t at_ns;
    return (struct wt_sort_key){process_figure(context, row, extra, &at_ns), NULL};
}

static void draw_restarts(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                          size_t row, int extra) {
    (void)extra;
    wt_value_concern(canvas, cell, wt_worker_row_at(context, row).who->restarts, WT_STYLE_TEXT);
}

static struct wt_sort_key key_restarts(const void *context, size_t row, int extra) {
    (void)extra;
    const struct wt_worker *who = wt_worker_row_at(context, row).who;
    return (struct wt_sort_key){who->slot > 0 ? (double)who->restarts : (double)NAN, NULL};
}

static double own_of(const struct wt_app *app, size_t row, int field) {
    struct wt_worker_row worker = wt_worker_row_at(app, row);
    bool counter = wt_app_service(app)->fields[field].kind == WT_KIND_COUNTER;
    return counter ? wt_worker_row_rate(app, &worker, field) : wt_worker_row_value(&worker, field);
}

static void draw_own(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    wt_value_si(canvas, cell, own_of(context, row, extra), WT_STYLE_TEXT);
}

static struct wt_sort_key key_own(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){own_of(context, row, extra), NULL};
}

/* "POST /checkout    1m34s": the longest of its threads. A worker that is not listed does nothing,
 * unless there was no room for all. What began just now has no age: it would be another one at each
 * look, and says nothing. */
static void draw_doing(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    enum { AGE_COLS = 7 };
    (void)extra;
    const struct wt_app *app = context;
    struct wt_worker_row worker = wt_worker_row_at(app, row);
    const struct wt_flight_info *flight = wt_doing_longest(app, worker.who->id);
    if (!flight && worker.who->has_instance && app->snapshot->activity.flights_left_out > 0)
        wt_text(canvas, cell, "?", WT_STYLE_DIM);
    if (!flight)
        return;
    bool stuck = (worker.status->flags & WT_ROW_STUCK) != 0;
    enum wt_style_name style;
    const char *words = wt_doing_words(flight, &style);
    struct wt_rect label = wt_rect_take_left(&cell, cell.cols - AGE_COLS);
    struct wt_rect before = wt_grid_clip(canvas->grid, label);
    wt_text(canvas, label, words, stuck && style == WT_STYLE_TEXT ? WT_STYLE_BRIGHT : style);
    wt_grid_unclip(canvas->grid, before);
    int64_t age_ns = wt_doing_hang_ns(app, worker.status, flight);
    if (age_ns < 0 || age_ns >= WT_NS_PER_S)
        wt_value_duration(canvas, cell, age_ns, stuck ? WT_STYLE_CRIT : WT_STYLE_DIM);
}

/* By how long: nothing sorts last. */
static struct wt_sort_key key_doing(const void *context, size_t row, int extra) {
    (void)extra;
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    const struct wt_flight_info *flight = wt_doing_longest(context, worker.who->id);
    int64_t age = flight ? wt_doing_age_ns(context, flight) : -1;
    return (struct wt_sort_key){age < 0 ? (double)NAN : (double)age, NULL};
}

static const struct wt_table_column doing = {"DOING",
                                             3,
                                             28,
                                             6,
                                             60,
                                             WT_ALIGN_LEFT,
                                             true,
                                             draw_doing,
                                             key_doing,
                                             0,
                                             "what it is in for longest, and how long"};

/* Whether any of them could say what it does. */
static bool any_says(const struct wt_app *app) {
    for (size_t i = 0; i < app->worker_count; i++)
        if (wt_worker_row_at(app, i).who->has_instance)
            return true;
    return false;
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column fixed[] = {
    {"ID", 1, 4, 0, 0, WT_ALIGN_RIGHT, false, draw_id, key_id, 0, "its number with this monitor"},
    {"PID", 0, 7, 0, 0, WT_ALIGN_RIGHT, false, draw_id, key_id, 1, "its process"},
    {"STATE", 0, 7, 0, 0, WT_ALIGN_LEFT, true, draw_state, key_state, 0,
     "live, or what is odd about it, as above"},
    {"BUSY", 0, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_busy, key_busy, 0,
     "its slots at work, and its slots"},
    {"", 4, 6, 3, 40, WT_ALIGN_LEFT, true, draw_meter, key_meter, 0, "the same as a meter"},
    {"QUEUE", 7, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 0,
     "requests that wait for it"},
    {"REQ/s", 2, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 1,
     "requests done per second"},
    {"ERR/s", 6, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 2, "errors per second"},
    {"PROGRESS", 1, 8, 0, 0, WT_ALIGN_RIGHT, true, draw_progress, key_age, 0,
     "since when no counter of it moved while it was busy"},
    {"AGE", 5, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_age, key_age, 1, "since it registered"},
    {"CPU", 3, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_process, key_process, CPU,
     "of its process, 100% is one core"},
    {"RSS", 4, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_process, key_process, RSS,
     "resident memory of its process"},
    {"FDS", 8, 4, 0, 0, WT_ALIGN_RIGHT, true, draw_process, key_process, FDS,
     "open descriptors of its process"},
    {"THR", 8, 3, 0, 0, WT_ALIGN_RIGHT, true, draw_process, key_process, THREADS,
     "threads of its process"},
    {"RST", 8, 3, 0, 0, WT_ALIGN_RIGHT, true, draw_restarts, key_restarts, 0,
     "how often its place changed hands"},
    {"SEG", 9, 4, 0, 0, WT_ALIGN_RIGHT, false, draw_id, key_id, 2, "its segment in the store"},
};

void wt_workers_columns(struct wt_app *app) {
    const struct wt_service *service = wt_app_service(app);
    memcpy(app->worker_columns, fixed, sizeof fixed);
    size_t count = sizeof fixed / sizeof *fixed;
    if (any_says(app))
        app->worker_columns[count++] = doing;
    for (size_t i = 0; service && i < service->field_count && count < WT_TABLE_COLUMNS; i++) {
        int at = (int)i;
        if (at == service->busy_field || at == service->capacity_field ||
            at == service->queue_field || at == service->requests_field ||
            at == service->errors_field)
            continue;
        char *title = app->worker_titles[count];
        wt_field_title(&service->fields[i], title, sizeof app->worker_titles[count]);
        int cols = wt_text_cols(title);
        app->worker_columns[count] =
            (struct wt_table_column){.title = title,
                                     .rank = (uint8_t)(count < 20 ? 10 : 11),
                                     .cols = (uint8_t)(cols < 6    ? 6
                                                       : cols > 20 ? 20
                                                                   : cols),
                                     .align = WT_ALIGN_RIGHT,
                                     .falling = true,
                                     .draw = draw_own,
                                     .key = key_own,
                                     .extra = at};
        count++;
    }
    app->worker_column_count = count;
}

static uint64_t identity(const void *context, size_t row) {
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    return wt_worker_row_identity(&worker);
}

static bool matches(const void *context, size_t row, const char *filter) {
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    char text[64];
    snprintf(text, sizeof text, "%" PRIu64 " %" PRId64 " %s", worker.who->id, worker.who->pid,
             wt_concern_info(wt_concern_of(worker.status))->word);
    const struct wt_flight_info *flight = wt_doing_longest(context, worker.who->id);
    return wt_text_contains(text, filter) ||
           (flight &&
            (wt_text_contains(flight->label, filter) || wt_text_contains(flight->id, filter))) ||
           wt_text_contains(worker.who->reason, filter);
}

void wt_workers_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = app->worker_columns,
                             .column_count = app->worker_column_count,
                             .context = app,
                             .row_count = app->worker_count,
                             .identity = identity,
                             .matches = matches,
                             .query = &wt_workers_query,
                             .headless = app->travel.on};
}

size_t wt_app_workers_in_view(const struct wt_app *app, uint64_t *ids, size_t most) {
    const struct wt_table_state *state = &app->tables[WT_PANE_WORKERS];
    size_t count = 0, end = state->top + (size_t)(state->page > 0 ? state->page : 0);
    for (size_t i = state->top; app->snapshot != NULL && i < end && i < state->count; i++)
        if (state->order[i] < app->worker_count && count < most)
            ids[count++] = wt_worker_row_at(app, state->order[i]).who->id;
    return count;
}

struct wt_worker_cell wt_worker_cell_of(const void *app, size_t index) {
    struct wt_worker_row worker = wt_worker_row_at(app, index);
    enum wt_concern concern = wt_concern_of(worker.status);
    double load = wt_worker_row_load(app, &worker), busy = busy_of(app, &worker);
    const struct wt_concern_info *info = wt_concern_info(concern);
    return (struct wt_worker_cell){.load = isnan(load) ? (busy > 0 ? 0.5 : 0) : load,
                                   .concern = (uint8_t)concern,
                                   .sign = info->sign,
                                   .style = info->style};
}
