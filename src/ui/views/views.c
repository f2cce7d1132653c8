/* The views: what is where, at any size. */
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"
#include "ui/keymap.h"
#include "ui/layout.h"
#include "ui/widgets/cells.h"

const struct wt_view wt_views[WT_VIEW_COUNT] = {
    [WT_VIEW_OVERVIEW] = {"overview",
                          WT_CONTEXT_OVERVIEW,
                          {WT_PANE_SERVICES, WT_PANE_WORKERS, WT_PANE_STORE, WT_PANE_EVENTS},
                          4,
                          wt_overview_draw},
    [WT_VIEW_SERVICE] =
        {"service", WT_CONTEXT_SERVICE, {WT_PANE_WORKERS, WT_PANE_FIELDS}, 2, wt_service_view_draw},
    [WT_VIEW_MEMORY] = {"memory", WT_CONTEXT_MEMORY, {WT_PANE_RESIZES}, 1, wt_memory_view_draw},
    [WT_VIEW_EVENTS] = {"events", WT_CONTEXT_EVENTS, {WT_PANE_EVENTS}, 1, wt_events_view_draw},
    [WT_VIEW_HELP] = {"help", WT_CONTEXT_HELP, {WT_PANE_HELP}, 1, wt_help_view_draw},
};

enum { WIDE_COLS = 110, SPLIT_COLS = 72 };

static int rows_of(const struct wt_app *app, enum wt_pane pane) {
    return (int)(app->tables[pane].count < 1000 ? app->tables[pane].count : 1000);
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

/* Two columns below the services: what one of them does, and what the store and the monitor do. */
static void draw_wide(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int services = rows_of(app, WT_PANE_SERVICES) + 3, half = body.rows * 45 / 100;
    struct wt_rect top = wt_rect_take_top(&body, services < half ? services : half);
    wt_pane_table_draw(app, canvas, top, WT_PANE_SERVICES, "services", "");
    struct wt_rect left = wt_rect_take_left(&body, body.cols * 60 / 100);
    int workers = rows_of(app, WT_PANE_WORKERS) + 3;
    struct wt_slot tall[] = {
        {.least = 8, .want = 12, .weight = 2, .rank = 1, .most = 22},
        {.least = 5, .want = workers, .weight = 3, .most = workers + 1},
    };
    wt_layout_stack(tall, 2, left.rows);
    if (tall[0].rows)
        wt_pane_detail_draw(app, canvas, wt_rect_take_top(&left, tall[0].rows), false);
    draw_workers(app, canvas, left);
    int store = wt_pane_store_rows(app, body.cols);
    struct wt_slot right[] = {
        {.least = 6, .want = store, .weight = 2, .rank = 1, .most = store},
        {.least = 4, .want = rows_of(app, WT_PANE_EVENTS) + 2, .weight = 1},
    };
    wt_layout_stack(right, 2, body.rows);
    if (right[0].rows)
        wt_pane_store_draw(app, canvas, wt_rect_take_top(&body, right[0].rows));
    wt_pane_table_draw(app, canvas, body, WT_PANE_EVENTS, "events", "");
}

static void draw_store_and_events(struct wt_app *app, const struct wt_canvas *canvas,
                                  struct wt_rect rect) {
    if (rect.cols >= SPLIT_COLS) {
        wt_pane_store_draw(app, canvas, wt_rect_take_left(&rect, rect.cols * 45 / 100));
        wt_pane_table_draw(app, canvas, rect, WT_PANE_EVENTS, "events", "");
        return;
    }
    wt_pane_table_draw(app, canvas, rect, WT_PANE_EVENTS, "events", "");
}

static void draw_narrow(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int services = rows_of(app, WT_PANE_SERVICES) + 3, most = body.rows / 2;
    int workers = rows_of(app, WT_PANE_WORKERS) + 3;
    services = services <= most ? services : most > 4 ? most : 4;
    struct wt_slot slots[] = {
        {.least = services, .want = services},
        {.least = 7, .want = 9, .weight = 1, .rank = 4, .most = 14},
        {.least = workers < 6 ? workers : 6,
         .want = workers,
         .weight = 3,
         .rank = 2,
         .most = workers + 1},
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

void wt_overview_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int most = body.rows >= 40 ? 8 : body.rows >= 20 ? 4 : body.rows >= 14 ? 3 : 2;
    int rows = wt_verdicts_rows(app, body.cols, most);
    wt_verdicts_draw(app, canvas, wt_rect_take_top(&body, rows));
    if (!app->snapshot || app->snapshot->service_count == 0)
        wt_empty_draw(app, canvas, body);
    else if (body.cols >= WIDE_COLS && body.rows >= 24)
        draw_wide(app, canvas, body);
    else
        draw_narrow(app, canvas, body);
}

void wt_service_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int rows = wt_verdicts_rows(app, body.cols, body.rows >= 20 ? 2 : 1);
    wt_verdicts_draw(app, canvas, wt_rect_take_top(&body, rows));
    int fields = rows_of(app, WT_PANE_FIELDS) + 3, workers = rows_of(app, WT_PANE_WORKERS) + 3;
    fields = fields <= body.rows / 3 ? fields : body.rows / 3 > 4 ? body.rows / 3 : 4;
    struct wt_slot slots[] = {
        {.least = 8, .want = 14, .weight = 2, .rank = 2},
        {.least = fields, .want = fields, .rank = 1},
        {.least = 4, .want = workers, .weight = 3, .most = workers + 1},
    };
    wt_layout_stack(slots, 3, body.rows);
    if (slots[0].rows)
        wt_pane_detail_draw(app, canvas, wt_rect_take_top(&body, slots[0].rows), true);
    if (slots[1].rows)
        wt_pane_table_draw(app, canvas, wt_rect_take_top(&body, slots[1].rows), WT_PANE_FIELDS,
                           "fields", "");
    draw_workers(app, canvas, body);
}

void wt_memory_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    if (!app->snapshot) {
        wt_empty_draw(app, canvas, body);
        return;
    }
    const struct wt_snapshot *snapshot = app->snapshot;
    struct wt_rect right = {0};
    if (body.cols >= 90) {
        right = body;
        struct wt_rect left = wt_rect_take_left(&right, body.cols * 62 / 100);
        body = left;
    }
    bool recorders = snapshot->recorders.segment_count > 0;
    struct wt_slot slots[] = {
        {.least = 5, .want = body.rows * 2 / 3, .weight = 3},
        {.least = recorders ? 5 : 0, .want = 8, .weight = recorders ? 1 : 0, .rank = 2},
        {.least = right.rows ? 0 : 4, .want = 6, .weight = right.rows ? 0 : 1, .rank = 1},
    };
    wt_layout_stack(slots, 3, body.rows);
    wt_pane_memory_draw(app, canvas, wt_rect_take_top(&body, slots[0].rows), &snapshot->store,
                        "store", true);
    if (slots[1].rows)
        wt_pane_memory_draw(app, canvas, wt_rect_take_top(&body, slots[1].rows),
                            &snapshot->recorders, "recorders", false);
    wt_pane_table_draw(app, canvas, right.rows ? right : body, WT_PANE_RESIZES, "resizes",
                       "newest first");
}
