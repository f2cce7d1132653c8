/* The views: what is where, at any size. */
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"
#include "ui/keymap.h"
#include "ui/layout.h"
#include "ui/views/calm.h"
#include "ui/views/events.h"
#include "ui/widgets/cells.h"

const struct wt_view wt_views[WT_VIEW_COUNT] = {
    [WT_VIEW_OVERVIEW] = {"overview",
                          WT_CONTEXT_OVERVIEW,
                          {WT_PANE_SERVICES, WT_PANE_WORKERS, WT_PANE_STORE, WT_PANE_EVENTS},
                          4,
                          wt_overview_draw},
    [WT_VIEW_SERVICE] =
        {"service", WT_CONTEXT_SERVICE, {WT_PANE_WORKERS, WT_PANE_FIELDS}, 2, wt_service_view_draw},
    [WT_VIEW_WORKER] = {"worker",
                        WT_CONTEXT_WORKER,
                        {WT_PANE_NOW, WT_PANE_RECORDS, WT_PANE_WORKER_FIELDS},
                        3,
                        wt_worker_view_draw},
    [WT_VIEW_MEMORY] = {"memory",
                        WT_CONTEXT_MEMORY,
                        {WT_PANE_STORE, WT_PANE_RESIZES, WT_PANE_HELD},
                        3,
                        wt_memory_view_draw},
    [WT_VIEW_EVENTS] = {"events",
                        WT_CONTEXT_EVENTS,
                        {WT_PANE_EVENTS, WT_PANE_ALL_RECORDS},
                        2,
                        wt_events_view_draw},
    [WT_VIEW_HELP] = {"help", WT_CONTEXT_HELP, {WT_PANE_HELP}, 1, wt_help_view_draw},
};

enum { WIDE_COLS = 110, SPLIT_COLS = 72 };

static int rows_of(const struct wt_app *app, enum wt_pane pane) {
    return (int)(app->tables[pane].count < 1000 ? app->tables[pane].count : 1000);
}

/* Head, frame, and a line that says so when a filter leaves nothing: the frame shows the filter. */
static int services_rows(const struct wt_app *app) {
    int rows = rows_of(app, WT_PANE_SERVICES);
    return (rows < 1 ? 1 : rows) + 3;
}

/* Of the past none is kept: a line says so. */
static int workers_rows(const struct wt_app *app) {
    return app->travel.on ? 4 : rows_of(app, WT_PANE_WORKERS) + 3;
}

static const char *workers_title(const struct wt_app *app, char *out, size_t size) {
    snprintf(out, size, "of %s", app->service_name);
    return out;
}

static void draw_workers(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    char name[280];
    wt_pane_table_draw(app, canvas, rect, WT_PANE_WORKERS, "workers",
                       workers_title(app, name, sizeof name));
}

/* What the selected service does, and its workers. */
static void draw_chosen(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    int workers = workers_rows(app);
    struct wt_slot slots[] = {
        {.least = 8, .want = 12, .weight = 2, .rank = 1},
        {.least = 4, .want = workers, .weight = 3, .most = workers},
    };
    wt_layout_stack(slots, 2, rect.rows);
    if (slots[0].rows)
        wt_pane_detail_draw(app, canvas, wt_rect_take_top(&rect, slots[0].rows), false);
    draw_workers(app, canvas, rect);
}

/* Two columns below the services: what one of them does, and what the store and the monitor do. */
static void draw_wide(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int services = services_rows(app), half = body.rows * 45 / 100;
    struct wt_rect top = wt_rect_take_top(&body, services < half ? services : half);
    wt_pane_table_draw(app, canvas, top, WT_PANE_SERVICES, "services", "");
    if (wt_app_service(app)) /* a filter may leave none */
        draw_chosen(app, canvas, wt_rect_take_left(&body, body.cols * 60 / 100));
    int store = wt_pane_store_rows(app, body.cols);
    struct wt_slot right[] = {
        {.least = 6, .want = store, .weight = 2, .rank = 1, .most = store},
        {.least = 4, .want = rows_of(app, WT_PANE_EVENTS) + 2, .weight = 1},
    };
    wt_layout_stack(right, 2, body.rows);
    if (right[0].rows)
        wt_pane_store_draw(app, canvas, wt_rect_take_top(&body, right[0].rows));
    wt_events_pane_draw(app, canvas, body);
}

static void draw_store_and_events(struct wt_app *app, const struct wt_canvas *canvas,
                                  struct wt_rect rect) {
    if (rect.cols >= SPLIT_COLS) {
        wt_pane_store_draw(app, canvas, wt_rect_take_left(&rect, rect.cols * 45 / 100));
        wt_events_pane_draw(app, canvas, rect);
        return;
    }
    wt_events_pane_draw(app, canvas, rect);
}

static void draw_narrow(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int services = services_rows(app), most = body.rows / 2;
    int workers = workers_rows(app);
    services = services <= most ? services : most > 4 ? most : 4;
    struct wt_slot slots[] = {
        {.least = services, .want = services},
        {.least = 7, .want = 9, .weight = 1, .rank = 4},
        {.least = workers < 6 ? workers : 6,
         .want = workers,
         .weight = 3,
         .rank = 2,
         .most = workers},
        {.least = 4, .want = 6, .weight = 2, .rank = 3},
    };
    wt_layout_stack(slots, 4, body.rows);
    if (!slots[1].rows && !slots[2].rows && !slots[3].rows)
        slots[0].rows = body.rows;
    wt_pane_table_draw(app, canvas, wt_rect_take_top(&body, slots[0].rows), WT_PANE_SERVICES,
                       "services", "");
    if (slots[1].rows)
        wt_pane_detail_draw(app, canvas, wt_rect_take_top(&body, slots[1].rows), false);
    if (slots[2].rows)
        draw_workers(app, canvas, wt_rect_take_top(&body, slots[2].rows));
    if (slots[3].rows)
        draw_store_and_events(app, canvas, body);
}

/* That all is well takes a row only where it is none of somebody else's. */
static bool has_free_row(const struct wt_app *app, struct wt_rect body) {
    enum { SCARCE_ROWS = 22, STORE_ROWS = 6 };
    return body.rows > SCARCE_ROWS ||
           services_rows(app) + rows_of(app, WT_PANE_WORKERS) + 3 + STORE_ROWS < body.rows;
}

void wt_overview_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int most = body.rows >= 40 ? 8 : body.rows >= 20 ? 4 : body.rows >= 14 ? 3 : 2;
    int free_rows = body.rows - 1 - rows_of(app, WT_PANE_SERVICES); /* below the bare table */
    if (body.rows < 14 && free_rows > most)
        most = free_rows < 4 ? free_rows : 4;
    int rows = wt_verdicts_rows(app, body.cols, most);
    if (rows == 0 && body.rows >= 14)
        rows = wt_calm_rows(app, body.cols, body.rows >= 30 ? 2 : 1, has_free_row(app, body));
    wt_verdicts_draw(app, canvas, wt_rect_take_top(&body, rows));
    if (app->travel.on && app->snapshot->service_count == 0)
        wt_travel_gap_draw(app, canvas, body);
    else if (!app->snapshot || app->snapshot->service_count == 0)
        wt_empty_draw(app, canvas, body);
    else if (body.cols >= WIDE_COLS && body.rows >= 24)
        draw_wide(app, canvas, body);
    else
        draw_narrow(app, canvas, body);
}

void wt_service_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int rows = wt_verdicts_rows(app, body.cols, body.rows >= 30 ? 6 : body.rows >= 20 ? 3 : 1);
    wt_verdicts_draw(app, canvas, wt_rect_take_top(&body, rows));
    int fields = rows_of(app, WT_PANE_FIELDS) + 3, workers = workers_rows(app);
    fields = fields <= body.rows / 3 ? fields : body.rows / 3 > 4 ? body.rows / 3 : 4;
    struct wt_slot slots[] = {
        {.least = 8, .want = 14, .weight = 2, .rank = 2},
        {.least = fields, .want = fields, .rank = 1},
        {.least = 4, .want = workers, .weight = 3, .most = workers},
    };
    wt_layout_stack(slots, 3, body.rows);
    if (slots[0].rows)
        wt_pane_detail_draw(app, canvas, wt_rect_take_top(&body, slots[0].rows), true);
    if (slots[1].rows)
        wt_pane_table_draw(app, canvas, wt_rect_take_top(&body, slots[1].rows), WT_PANE_FIELDS,
                           "fields", "");
    draw_workers(app, canvas, body);
}
