/* The memory view: the map of segments with the one that is selected, the free list over time, how
 * the store grew, and whose the segments are that are held back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/layout.h"
#include "ui/values.h"
#include "ui/views/store_parts.h"

/* The worst segment of the selected cell. */
static uint64_t worst_of_cell(const struct wt_app *app) {
    const struct wt_segments *segments = &app->segments[0];
    uint64_t fold = app->map_at.fold, count = wt_segments_count(segments);
    uint64_t begin = fold > 1 ? app->segment / fold * fold : app->segment, worst = begin;
    for (uint64_t i = begin; i < begin + fold && i < count; i++)
        if (segments->marks[i] > segments->marks[worst])
            worst = i;
    return worst;
}

/* Whose the selected segment is. */
static void draw_selected(const struct wt_app *app, const struct wt_canvas *canvas,
                          struct wt_rect rect) {
    const struct wt_segments *segments = &app->segments[0];
    if (app->map_at.fold == 0 || app->segment >= wt_segments_count(segments))
        return;
    char text[600];
    uint64_t at = worst_of_cell(app);
    enum wt_segment_mark mark = (enum wt_segment_mark)segments->marks[at];
    wt_segment_describe(segments, app->snapshot, at, canvas->now, text, sizeof text);
    struct wt_line line = wt_line_begin(canvas, rect);
    wt_line_glyph(&line, wt_segment_mark_style(mark), wt_segment_mark_glyph(canvas, mark));
    wt_line_skip(&line, 1);
    size_t first = wt_text_break(text, line.end - line.col);
    wt_line_addf(&line, WT_STYLE_BRIGHT, "%.*s", (int)first, text);
    if (rect.rows > 1 && text[first])
        wt_text(canvas, (struct wt_rect){rect.col + 2, rect.row + 1, rect.cols - 2, 1},
                text + first + strspn(text + first, " "), WT_STYLE_BRIGHT);
}

/* With nothing drawn yet a line is taken for one cell. */
void wt_segment_move(struct wt_app *app, int64_t cells, int64_t lines) {
    uint64_t count = wt_segments_count(&app->segments[0]);
    int64_t fold = app->map_at.fold ? (int64_t)app->map_at.fold : 1;
    int64_t line = app->map_at.line ? (int64_t)app->map_at.line : 1;
    if (count == 0)
        return;
    int64_t last = (int64_t)((count - 1) / (uint64_t)fold), at = (int64_t)app->segment / fold;
    at = lines > INT32_MAX / 2 ? last : lines < INT32_MIN / 2 ? 0 : at + cells + lines * line;
    app->segment = (uint64_t)((at < 0 ? 0 : at > last ? last : at) * fold);
}

/* Head: what there is, of what size, and how much room is left; each line as long as there are rows
 * for the map below it. */
static void draw_head(const struct wt_app *app, const struct wt_canvas *canvas,
                      struct wt_rect *inner, const struct wt_store_info *store, bool is_store) {
    int map = wt_segment_map_rows(inner->cols, wt_store_segments(app, store), true);
    map = map < 1 ? 1 : map > inner->rows / 2 ? inner->rows / 2 : map;
    wt_store_legend_draw(app, canvas, wt_rect_take_top(inner, 1), store);
    if (inner->rows > map)
        wt_store_size_draw(canvas, wt_rect_take_top(inner, 1), store);
    if (is_store && inner->rows > map)
        wt_store_room_draw(app, canvas, wt_rect_take_top(inner, 1));
    if (store->path[0] && inner->rows > map + 2)
        wt_textf(canvas, wt_rect_take_top(inner, 1), WT_STYLE_DIM, "%s", store->path);
    if (inner->rows > map)
        wt_rect_take_top(inner, 1);
}

void wt_pane_memory_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_store_info *store, const char *title) {
    bool is_store = store == &app->snapshot->store;
    const struct wt_segments *segments = wt_store_segments(app, store);
    struct wt_rect inner = wt_store_pane_begin(app, canvas, rect, store, title, is_store);
    if (is_store)
        app->map_at = (struct wt_map_geometry){0};
    if (inner.rows < 1)
        return;
    struct wt_rect selected = {0};
    if (is_store && inner.rows >= 3 && !app->travel.on)
        selected = wt_rect_take_bottom(&inner, inner.rows >= 12 && inner.cols < 80 ? 2 : 1);
    if (selected.rows && inner.rows >= 10) /* air between it and the map */
        wt_rect_take_bottom(&inner, 1);
    draw_head(app, canvas, &inner, store, is_store);
    if (app->travel.on) {
        wt_text(canvas, inner, wt_travel_says(app, WT_PANE_STORE, ""), WT_STYLE_DIM);
        return;
    }
    wt_store_map_draw(canvas, inner, segments, is_store ? (int64_t)app->segment : -1,
                      is_store ? &app->map_at : NULL);
    if (selected.rows)
        draw_selected(app, canvas, selected);
}

int wt_pane_memory_rows(const struct wt_app *app, int cols, int rows,
                        const struct wt_store_info *store) {
    bool is_store = store == &app->snapshot->store;
    int around = 2 + (is_store ? 4 : 3) + (store->path[0] ? 1 : 0);
    if (app->travel.on)
        return around + 1;
    around += is_store ? 2 : 0; /* the selected one */
    int map = wt_segment_map_fit(cols - 4, rows - around, wt_store_segments(app, store));
    return around + (map < 1 ? 1 : map);
}

/* ---- the table of resizes of the memory view ------------------------------------------------- */

static const struct wt_resize *resize_at(const void *context, size_t row) {
    const struct wt_store_info *store = &((const struct wt_app *)context)->snapshot->store;
    return &store->resizes[store->resize_length - 1 - row];
}

static void draw_row(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    (void)extra;
    wt_store_resize_draw(canvas, cell, resize_at(context, row));
}

static const struct wt_table_column resize_columns[] = {
    {"TIME", 0, 20, 1, 0, WT_ALIGN_LEFT, false, draw_row, NULL, 0, NULL},
};

static uint64_t resize_identity(const void *context, size_t row) {
    return (uint64_t)resize_at(context, row)->realtime_ns;
}

void wt_resizes_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = resize_columns,
                             .column_count = 1,
                             .context = app,
                             .row_count = app->snapshot ? app->snapshot->store.resize_length : 0,
                             .identity = resize_identity,
                             .headless = true};
}

/* ---- the table of segments that are held back ------------------------------------------------ */

static const struct wt_held_segment *held_at(const void *context, size_t row) {
    return &((const struct wt_app *)context)->snapshot->store.held[row];
}

enum { HELD_SEGMENT, HELD_WORKER, HELD_PID };

static int64_t held_number(const struct wt_held_segment *held, int which) {
    switch (which) {
    case HELD_SEGMENT:
        return (int64_t)held->segment;
    case HELD_WORKER:
        return (int64_t)held->worker_id;
    default:
        return held->pid > 0 ? held->pid : -1;
    }
}

static void draw_held(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    int64_t number = held_number(held_at(context, row), extra);
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    if (number >= 0)
        wt_text_right(canvas, cell, text, extra == HELD_PID ? WT_STYLE_BRIGHT : WT_STYLE_TEXT);
    else
        wt_text_right(canvas, cell, "?", WT_STYLE_DIM);
}

static struct wt_sort_key key_held(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){(double)held_number(held_at(context, row), extra), NULL};
}

static void draw_held_service(const struct wt_canvas *canvas, struct wt_rect cell,
                              const void *context, size_t row, int extra) {
    (void)extra;
    wt_text(canvas, cell, held_at(context, row)->service, WT_STYLE_TEXT);
}

static struct wt_sort_key key_held_service(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){0, held_at(context, row)->service};
}

static int64_t held_for(const struct wt_app *app, size_t row) {
    int64_t age = app->snapshot->time.realtime_ns - held_at(app, row)->since_realtime_ns;
    return age < 0 ? 0 : age;
}

static void draw_held_for(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                          size_t row, int extra) {
    (void)extra;
    wt_value_duration(canvas, cell, held_for(context, row), WT_STYLE_TEXT);
}

static struct wt_sort_key key_held_for(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){(double)held_for(context, row), NULL};
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column held_columns[] = {
    {"SEG", 0, 5, 0, 0, WT_ALIGN_RIGHT, false, draw_held, key_held, HELD_SEGMENT, NULL},
    {"WORKER", 2, 6, 0, 0, WT_ALIGN_RIGHT, false, draw_held, key_held, HELD_WORKER, NULL},
    {"PID", 0, 7, 0, 0, WT_ALIGN_RIGHT, false, draw_held, key_held, HELD_PID, NULL},
    {"SERVICE", 1, 8, 1, 24, WT_ALIGN_LEFT, false, draw_held_service, key_held_service, 0, NULL},
    {"HELD FOR", 0, 8, 0, 0, WT_ALIGN_RIGHT, true, draw_held_for, key_held_for, 0, NULL},
};

static uint64_t held_identity(const void *context, size_t row) {
    return held_at(context, row)->segment;
}

static bool held_matches(const void *context, size_t row, const char *filter) {
    const struct wt_held_segment *held = held_at(context, row);
    char text[64];
    snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64 " %" PRId64, held->segment, held->worker_id,
             held->pid);
    return wt_text_contains(text, filter) || wt_text_contains(held->service, filter);
}

void wt_held_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = held_columns,
                             .column_count = sizeof held_columns / sizeof *held_columns,
                             .context = app,
                             .row_count = app->snapshot ? app->snapshot->store.held_count : 0,
                             .identity = held_identity,
                             .matches = held_matches};
}
