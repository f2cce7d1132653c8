/* The table of the selected service's workers: fixed columns, then one for each of its own fields.
 * Anomalies come first. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/map.h"
#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/widgets/cells.h"
#include "ui/widgets/meter.h"

struct worker {
    const struct wt_cohort *cohort;
    size_t row;
    const struct wt_worker *who;
    const struct wt_row_status *status;
};

static struct worker worker_at(const struct wt_app *app, size_t row) {
    const struct wt_worker_ref *ref = &app->workers[row];
    const struct wt_cohort *cohort = &app->snapshot->cohorts[ref->cohort];
    return (struct worker){cohort, ref->row, cohort->rows[ref->row], &cohort->status[ref->row]};
}

/* The field of a worker's own schema that stands for this field of its service, -1 without. */
static int own_field(const struct wt_cohort *cohort, int service_field) {
    if (!cohort->schema || service_field < 0)
        return -1;
    for (uint32_t i = 0; i < cohort->schema->field_count; i++)
        if ((int)cohort->field_map[i] == service_field)
            return (int)i;
    return -1;
}

static double value_of(const struct wt_app *app, const struct worker *worker, int service_field) {
    int field = own_field(worker->cohort, service_field);
    (void)app;
    return field < 0
               ? NAN
               : wt_number_to_double(wt_cohort_value(worker->cohort, worker->row, (size_t)field));
}

static double rate_of(const struct wt_app *app, const struct worker *worker, int service_field) {
    int field = own_field(worker->cohort, service_field);
    return field < 0 ? NAN
                     : wt_cohort_rate(app->snapshot, worker->cohort, worker->row, (size_t)field);
}

static double capacity_of(const struct wt_app *app, const struct worker *worker) {
    const struct wt_service *service = wt_app_service(app);
    return value_of(app, worker, service->capacity_field);
}

static double busy_of(const struct wt_app *app, const struct worker *worker) {
    return value_of(app, worker, wt_app_service(app)->busy_field);
}

static double load_of(const struct wt_app *app, const struct worker *worker) {
    double capacity = capacity_of(app, worker), busy = busy_of(app, worker);
    return isnan(capacity) || capacity <= 0 ? NAN : busy / capacity;
}

static void draw_id(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                    size_t row, int extra) {
    struct worker worker = worker_at(context, row);
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
    struct worker worker = worker_at(context, row);
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
        wt_concern_info(wt_concern_of(worker_at(context, row).status));
    wt_text(canvas, cell, info->word, info->style);
}

/* Of equal concern the oldest comes first, so that rows do not change places with their load. */
static struct wt_sort_key key_state(const void *context, size_t row, int extra) {
    (void)extra;
    struct worker worker = worker_at(context, row);
    double concern = (double)wt_concern_of(worker.status);
    return (struct wt_sort_key){concern * 0x1p40 - (double)worker.who->id, NULL};
}

static void draw_busy(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    struct worker worker = worker_at(context, row);
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
    struct worker worker = worker_at(context, row);
    double load = load_of(context, &worker);
    return (struct wt_sort_key){isnan(load) ? busy_of(context, &worker) : load, NULL};
}

static void draw_meter(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    struct worker worker = worker_at(context, row);
    struct wt_meter meter = {.ratio = load_of(context, &worker), .gradient = WT_GRADIENT_LOAD};
    if (!isnan(meter.ratio))
        wt_meter_draw(canvas, cell, &meter);
    else if (worker.who->reason[0])
        wt_text(canvas, cell, worker.who->reason, WT_STYLE_DIM);
}

static double number_of(const struct wt_app *app, size_t row, int which) {
    struct worker worker = worker_at(app, row);
    const struct wt_service *service = wt_app_service(app);
    if (which == 0)
        return value_of(app, &worker, service->queue_field);
    return rate_of(app, &worker, which == 1 ? service->requests_field : service->errors_field);
}

static void draw_number(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    wt_value_si(canvas, cell, number_of(context, row, extra), WT_STYLE_TEXT);
}

static struct wt_sort_key key_number(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){number_of(context, row, extra), NULL};
}

/* 0: time since a counter moved, 1: time since it registered. */
static int64_t age_of(const struct wt_app *app, size_t row, int which) {
    struct worker worker = worker_at(app, row);
    int64_t since = which == 0 ? worker.status->progress_ns : worker.who->registered_monotonic_ns;
    if (since == 0)
        return -1;
    int64_t age = app->snapshot->time.monotonic_ns - since;
    return age < 0 ? 0 : age;
}

static void draw_age(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    bool stuck = worker_at(context, row).status->flags & WT_ROW_STUCK;
    int64_t age = age_of(context, row, extra), minute = 60 * WT_NS_PER_S;
    char text[WT_FORMAT_SIZE];
    snprintf(text, sizeof text, "%dm", (int)(age / minute % 60));
    if (extra == 0 && age >= 0 && age < WT_NS_PER_S)
        wt_text_right(canvas, cell, "now", WT_STYLE_DIM);
    else if (extra == 1 && age >= minute && age < 60 * minute)
        wt_text_right(canvas, cell, text, WT_STYLE_TEXT); /* seconds would flicker in each row */
    else
        wt_value_duration(canvas, cell, age, extra == 0 && stuck ? WT_STYLE_CRIT : WT_STYLE_TEXT);
}

static struct wt_sort_key key_age(const void *context, size_t row, int extra) {
    int64_t age = age_of(context, row, extra);
    return (struct wt_sort_key){age < 0 ? NAN : (double)age, NULL};
}

static void draw_threads(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                         size_t row, int extra) {
    (void)extra;
    wt_value_concern(canvas, cell, worker_at(context, row).who->threads, WT_STYLE_TEXT);
}

static struct wt_sort_key key_threads(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){worker_at(context, row).who->threads, NULL};
}

static double own_of(const struct wt_app *app, size_t row, int field) {
    struct worker worker = worker_at(app, row);
    bool counter = wt_app_service(app)->fields[field].kind == WT_KIND_COUNTER;
    return counter ? rate_of(app, &worker, field) : value_of(app, &worker, field);
}

static void draw_own(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    wt_value_si(canvas, cell, own_of(context, row, extra), WT_STYLE_TEXT);
}

static struct wt_sort_key key_own(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){own_of(context, row, extra), NULL};
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column fixed[] = {
    {"ID", 1, 4, 0, 0, WT_ALIGN_RIGHT, false, draw_id, key_id, 0},
    {"PID", 0, 7, 0, 0, WT_ALIGN_RIGHT, false, draw_id, key_id, 1},
    {"STATE", 0, 7, 0, 0, WT_ALIGN_LEFT, true, draw_state, key_state, 0},
    {"BUSY", 0, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_busy, key_busy, 0},
    {"", 4, 6, 3, 40, WT_ALIGN_LEFT, false, draw_meter, NULL, 0},
    {"QUEUE", 7, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 0},
    {"REQ/s", 2, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 1},
    {"ERR/s", 6, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, 2},
    {"PROGRESS", 1, 8, 0, 0, WT_ALIGN_RIGHT, true, draw_age, key_age, 0},
    {"AGE", 5, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_age, key_age, 1},
    {"THR", 8, 3, 0, 0, WT_ALIGN_RIGHT, true, draw_threads, key_threads, 0},
    {"SEG", 9, 4, 0, 0, WT_ALIGN_RIGHT, false, draw_id, key_id, 2},
};

void wt_workers_columns(struct wt_app *app) {
    const struct wt_service *service = wt_app_service(app);
    memcpy(app->worker_columns, fixed, sizeof fixed);
    size_t count = sizeof fixed / sizeof *fixed;
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

/* A worker is the same one as long as its process and its place in it are, whatever its id. */
static uint64_t identity(const void *context, size_t row) {
    const struct wt_worker *who = worker_at(context, row).who;
    struct {
        int64_t pid;
        uint64_t start, id;
        uint8_t instance[16];
    } key = {.pid = who->pid, .start = who->start_time_ticks};
    if (who->has_instance)
        memcpy(key.instance, who->instance, sizeof key.instance);
    else if (who->pid == 0 || who->start_time_ticks == 0)
        key.id = who->id;
    return wt_hash(&key, sizeof key, 0);
}

static bool matches(const void *context, size_t row, const char *filter) {
    struct worker worker = worker_at(context, row);
    char text[64];
    snprintf(text, sizeof text, "%" PRIu64 " %" PRId64 " %s", worker.who->id, worker.who->pid,
             wt_concern_info(wt_concern_of(worker.status))->word);
    return wt_text_contains(text, filter) || wt_text_contains(worker.who->reason, filter);
}

void wt_workers_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = app->worker_columns,
                             .column_count = app->worker_column_count,
                             .context = app,
                             .row_count = app->worker_count,
                             .identity = identity,
                             .matches = matches};
}

struct wt_worker_cell wt_worker_cell_of(const void *app, size_t index) {
    struct worker worker = worker_at(app, index);
    enum wt_concern concern = wt_concern_of(worker.status);
    double load = load_of(app, &worker), busy = busy_of(app, &worker);
    const struct wt_concern_info *info = wt_concern_info(concern);
    return (struct wt_worker_cell){.load = isnan(load) ? (busy > 0 ? 0.5 : 0) : load,
                                   .concern = (uint8_t)concern,
                                   .sign = info->sign,
                                   .style = info->style};
}
