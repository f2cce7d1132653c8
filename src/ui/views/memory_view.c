/* The memory view: which of its panes are where. A pane that has nothing to show is not there, and
 * leaves its room to the others. */
#include "ui/app_state.h"
#include "ui/layout.h"
#include "ui/views/store_parts.h"

enum part { STORE, SHARES, GRAPHS, RECORDERS, WIDE_RECORDERS, HELD, RESIZES, PARTS };

enum { WIDE_COLS = 90, MANY = 1000 };

static int rows_of(const struct wt_app *app, enum wt_pane pane) {
    return (int)(app->tables[pane].count < 1000 ? app->tables[pane].count : 1000);
}

static bool is_there(const struct wt_app *app, enum part part) {
    const struct wt_snapshot *snapshot = app->snapshot;
    switch (part) {
    case STORE:
        return true;
    case SHARES:
        return snapshot->service_count > 0;
    case GRAPHS:
        return snapshot->store.segment_count > 0;
    case RECORDERS:
        return snapshot->recorders.segment_count > 0;
    case WIDE_RECORDERS:
        return snapshot->recorders_wide.segment_count > 0;
    case HELD:
        return snapshot->store.held_count > 0;
    case RESIZES:
        return snapshot->store.resize_length > 0;
    case PARTS:
        break;
    }
    return false;
}

static void draw_part(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                      enum part part) {
    const struct wt_snapshot *snapshot = app->snapshot;
    switch (part) {
    case STORE:
        wt_pane_memory_draw(app, canvas, rect, &snapshot->store, "store");
        break;
    case SHARES:
        wt_shares_draw(app, canvas, rect);
        break;
    case GRAPHS:
        wt_store_graphs_draw(app, canvas, rect);
        break;
    case RECORDERS:
        wt_pane_memory_draw(app, canvas, rect, &snapshot->recorders, "recorders");
        break;
    case WIDE_RECORDERS:
        wt_pane_memory_draw(app, canvas, rect, &snapshot->recorders_wide, "wide recorders");
        break;
    case HELD:
        wt_pane_table_draw(app, canvas, rect, WT_PANE_HELD, "held back",
                           rect.cols < 62 ? "may still be written"
                                          : "their last worker may still write them");
        break;
    case RESIZES:
        wt_pane_table_draw(app, canvas, rect, WT_PANE_RESIZES, "resizes", "newest first");
        break;
    case PARTS:
        break;
    }
}

/* What each wants of a column of so many; the order is that of the narrow screen. */
static void measure(const struct wt_app *app, int cols, struct wt_slot slots[PARTS]) {
    const struct wt_snapshot *snapshot = app->snapshot;
    int shares = wt_shares_rows(app), held = rows_of(app, WT_PANE_HELD) + 3,
        resizes = rows_of(app, WT_PANE_RESIZES) + 2;
    int store = wt_pane_memory_rows(app, cols, MANY, &snapshot->store),
        recorders = wt_pane_memory_rows(app, cols, MANY, &snapshot->recorders),
        wide = wt_pane_memory_rows(app, cols, MANY, &snapshot->recorders_wide);
    const struct wt_slot all[PARTS] = {
        [STORE] = {.least = 5, .want = 9, .weight = 3, .most = store},
        [SHARES] = {.least = shares < 6 ? shares : 6,
                    .want = shares,
                    .weight = 2,
                    .rank = 2,
                    .most = shares},
        [GRAPHS] = {.least = 6, .want = 8, .weight = 2, .rank = 3},
        [RECORDERS] = {.least = 5,
                       .want = cols >= 110 ? 7 : 6,
                       .weight = 2,
                       .rank = 5,
                       .most = is_there(app, RESIZES) ? recorders : 0},
        [WIDE_RECORDERS] = {.least = 5, .want = 6, .weight = 1, .rank = 6, .most = wide},
        [HELD] = {.least = held < 5 ? held : 5,
                  .want = held < 12 ? held : 12,
                  .weight = 1,
                  .rank = 1,
                  .most = held},
        [RESIZES] = {.least = 4, .want = resizes < 8 ? resizes : 8, .weight = 1, .rank = 4},
    };
    for (int part = 0; part < PARTS; part++)
        slots[part] = is_there(app, (enum part)part) ? all[part] : (struct wt_slot){0};
}

static void draw_stack(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                       const enum part *parts, size_t count) {
    struct wt_slot all[PARTS], slots[PARTS];
    measure(app, rect.cols, all);
    for (size_t i = 0; i < count; i++)
        slots[i] = all[parts[i]];
    wt_layout_stack(slots, count, rect.rows);
    for (size_t i = 0; i < count; i++)
        if (slots[i].rows)
            draw_part(app, canvas, wt_rect_take_top(&rect, slots[i].rows), parts[i]);
}

/* The map over the whole width, below it what happens over time, and the rest beside that. */
static void draw_wide(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    static const enum part right[] = {HELD, SHARES, RECORDERS, WIDE_RECORDERS, RESIZES};
    int most = body.rows * 45 / 100 > 8 ? body.rows * 45 / 100 : 8;
    int rows = wt_pane_memory_rows(app, body.cols, most, &app->snapshot->store);
    draw_part(app, canvas, wt_rect_take_top(&body, rows), STORE);
    if (is_there(app, GRAPHS))
        draw_part(app, canvas, wt_rect_take_left(&body, body.cols * 58 / 100), GRAPHS);
    draw_stack(app, canvas, body, right, sizeof right / sizeof *right);
}

void wt_memory_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    static const enum part all[] = {STORE,     HELD,           SHARES, GRAPHS,
                                    RECORDERS, WIDE_RECORDERS, RESIZES};
    if (!app->snapshot) {
        wt_empty_draw(app, canvas, body);
        return;
    }
    int rows = wt_verdicts_rows(app, body.cols, body.rows >= 30 ? 4 : body.rows >= 20 ? 2 : 1);
    wt_verdicts_draw(app, canvas, wt_rect_take_top(&body, rows));
    if (body.cols >= WIDE_COLS && body.rows >= 18)
        draw_wide(app, canvas, body);
    else
        draw_stack(app, canvas, body, all, sizeof all / sizeof *all);
    if (wt_app_is_last_word(app, canvas->now))
        wt_canvas_fade(canvas, body);
}
