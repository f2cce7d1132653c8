/* The store: how much of it is used, its segments as a map, how it grew. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/layout.h"
#include "ui/values.h"
#include "ui/widgets/cells.h"
#include "ui/widgets/frame.h"
#include "ui/widgets/graph.h"

static void add_count(struct wt_line *line, enum wt_style_name style, uint32_t glyph,
                      uint64_t count, const char *word) {
    if (line->col > line->end - 6)
        return;
    wt_line_glyph(line, style, glyph);
    wt_line_addf(line, WT_STYLE_BRIGHT, " %" PRIu64, count);
    wt_line_addf(line, WT_STYLE_DIM, " %s  ", word);
}

static void draw_legend(const struct wt_canvas *canvas, struct wt_rect at,
                        const struct wt_store_info *store) {
    struct wt_line line = wt_line_begin(canvas, at);
    const struct wt_glyph_table *glyphs = canvas->glyphs;
    add_count(&line, WT_STYLE_SEGMENT_ALLOCATED, glyphs->segment_allocated, store->allocated_count,
              "used");
    add_count(&line, WT_STYLE_SEGMENT_FREE, glyphs->segment_free, store->free_count, "free");
    if (store->quarantined_count)
        add_count(&line, WT_STYLE_SEGMENT_QUARANTINED, glyphs->segment_quarantined,
                  store->quarantined_count, at.cols < 44 ? "held" : "quarantined");
    if (store->refused_count) {
        wt_line_addf(&line, WT_STYLE_WARN, "%" PRIu64 " refused", store->refused_count);
    }
}

static void draw_size(const struct wt_canvas *canvas, struct wt_rect at,
                      const struct wt_store_info *store) {
    char size[WT_FORMAT_SIZE], most[WT_FORMAT_SIZE], segment[WT_FORMAT_SIZE];
    wt_format_bytes(size, sizeof size, (int64_t)store->size_bytes);
    wt_format_bytes(most, sizeof most, (int64_t)store->max_bytes);
    wt_format_bytes(segment, sizeof segment, store->segment_bytes);
    struct wt_line line = wt_line_begin(canvas, at);
    wt_line_add(&line, WT_STYLE_TITLE, size);
    if (store->max_bytes)
        wt_line_addf(&line, WT_STYLE_DIM, " of %s at most", most);
    wt_line_addf(&line, WT_STYLE_DIM, "%s%" PRIu64 " segments of %s", canvas->glyphs->separator,
                 store->segment_count, segment);
}

/* "free list 20", and its graph: beside it in a low place, below it in a high one. */
static void draw_free_list(const struct wt_app *app, const struct wt_canvas *canvas,
                           struct wt_rect rect, const struct wt_store_info *store) {
    struct wt_line line = wt_line_begin(canvas, rect);
    wt_line_add(&line, WT_STYLE_DIM, "free list ");
    wt_line_addf(&line, WT_STYLE_TITLE, "%" PRIu64, store->free_list_length);
    struct wt_rect caption = rect;
    if (rect.rows >= 4)
        caption = wt_rect_take_top(&rect, 1);
    else
        wt_rect_take_left(&rect, 16);
    if (rect.cols < 4)
        return;
    struct wt_graph graph = {.series = wt_history_free_list(app->history),
                             .newest = wt_history_bucket(app->snapshot->time.realtime_ns),
                             .seconds =
                                 wt_graph_seconds(canvas, rect.cols, wt_app_span_s(app, 240)),
                             .gradient = WT_GRADIENT_STORE};
    double top = wt_graph_draw(canvas, rect, &graph);
    char most[WT_FORMAT_SIZE];
    wt_format_si(most, sizeof most, top);
    if (caption.row != rect.row)
        wt_text_right(canvas, caption, most, WT_STYLE_DIM);
}

static void draw_resize(const struct wt_canvas *canvas, struct wt_rect at,
                        const struct wt_resize *resize) {
    char clock[WT_FORMAT_SIZE], from[WT_FORMAT_SIZE], to[WT_FORMAT_SIZE], took[WT_FORMAT_SIZE];
    wt_format_clock(clock, sizeof clock, resize->realtime_ns);
    wt_format_bytes(from, sizeof from, (int64_t)resize->old_bytes);
    wt_format_bytes(to, sizeof to, (int64_t)resize->new_bytes);
    wt_format_duration(took, sizeof took, resize->duration_ns);
    struct wt_line line = wt_line_begin(canvas, at);
    wt_line_addf(&line, WT_STYLE_DIM, "%s  ", clock);
    if (resize->problem[0]) {
        wt_line_addf(&line, WT_STYLE_WARN, "refused  ");
        wt_line_add(&line, WT_STYLE_TEXT, resize->problem);
        return;
    }
    wt_line_addf(&line, WT_STYLE_TEXT, "%s %s ", from, canvas->glyphs->arrow);
    wt_line_add(&line, WT_STYLE_BRIGHT, to);
    wt_line_addf(&line, WT_STYLE_DIM, "  +%" PRIu64 " segments", resize->segments_added);
    if (wt_line_fits(&line, took, 5))
        wt_line_addf(&line, WT_STYLE_DIM, "  in %s", took);
}

static void draw_resizes(const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_store_info *store) {
    for (int i = 0; i < rect.rows && (size_t)i < store->resize_length; i++)
        draw_resize(canvas, wt_rect_row(rect, i),
                    &store->resizes[store->resize_length - 1 - (size_t)i]);
}

/* Above a map: what one cell stands for, when it is more than one segment. */
static void draw_map(const struct wt_canvas *canvas, struct wt_rect rect,
                     const struct wt_store_info *store) {
    if (rect.rows > 2 && wt_segment_map_rows(rect.cols, store, false) > rect.rows) {
        struct wt_rect at = wt_rect_take_bottom(&rect, 1);
        uint64_t fold = wt_segment_map_draw(canvas, rect, store);
        wt_textf(canvas, at, WT_STYLE_DIM, "one cell is %" PRIu64 " segments", fold);
        return;
    }
    if (wt_segment_map_draw(canvas, rect, store) == 0)
        wt_text(canvas, rect, "this monitor does not tell the state of each segment", WT_STYLE_DIM);
}

static void store_note(const struct wt_store_info *store, char *out, size_t size) {
    if (store->resize_count)
        snprintf(out, size, "grown %" PRIu64 "x", store->resize_count);
    else
        out[0] = '\0';
}

static struct wt_rect begin_pane(struct wt_app *app, const struct wt_canvas *canvas,
                                 struct wt_rect rect, const struct wt_store_info *store,
                                 const char *title, bool is_store) {
    char note[64];
    store_note(store, note, sizeof note);
    struct wt_frame frame = {
        .title = title, .note = note, .focused = is_store && wt_app_has_focus(app, WT_PANE_STORE)};
    if (is_store)
        app->pane_at[app->view][WT_PANE_STORE] = rect;
    struct wt_rect inner = wt_frame_draw(canvas, rect, &frame);
    if (store->segment_count > 0 || inner.rows < 1)
        return inner;
    wt_text(canvas, inner,
            is_store ? "this monitor does not tell about its store" : "there are none",
            WT_STYLE_DIM);
    return (struct wt_rect){0};
}

void wt_pane_store_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    const struct wt_store_info *store = &app->snapshot->store;
    struct wt_rect inner = begin_pane(app, canvas, rect, store, "store", true);
    if (inner.rows < 1)
        return;
    int resizes = (int)(store->resize_length < 4 ? store->resize_length : 4);
    int map = wt_segment_map_rows(inner.cols, store, true);
    struct wt_slot slots[] = {
        {.least = 1, .want = 1, .rank = 1}, /* legend */
        {.least = 1, .want = 1, .rank = 4}, /* size */
        {.least = 1, .want = 1, .rank = 3}, /* free list */
        {.least = 1, .want = map, .weight = 4, .most = map > 0 ? map + 1 : 1},
        {.least = resizes ? 1 : 0, .want = resizes, .weight = 1, .rank = 2},
    };
    wt_layout_stack(slots, 5, inner.rows);
    struct wt_rect parts[5];
    for (int i = 0; i < 5; i++)
        parts[i] = wt_rect_take_top(&inner, slots[i].rows);
    if (parts[0].rows)
        draw_legend(canvas, parts[0], store);
    if (parts[1].rows)
        draw_size(canvas, parts[1], store);
    if (parts[2].rows)
        draw_free_list(app, canvas, parts[2], store);
    draw_map(canvas, parts[3], store);
    draw_resizes(canvas, parts[4], store);
}

int wt_pane_store_rows(const struct wt_app *app, int cols) {
    const struct wt_store_info *store = &app->snapshot->store;
    int map = wt_segment_map_rows(cols - 4, store, true);
    int resizes = (int)(store->resize_length < 4 ? store->resize_length : 4);
    return 2 + 3 + (map < 8 ? map : 8) + 1 + resizes;
}

void wt_pane_memory_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_store_info *store, const char *title, bool is_store) {
    struct wt_rect inner = begin_pane(app, canvas, rect, store, title, is_store);
    if (inner.rows < 1)
        return;
    draw_legend(canvas, wt_rect_take_top(&inner, 1), store);
    draw_size(canvas, wt_rect_take_top(&inner, 1), store);
    if (store->path[0] && inner.rows > 6)
        wt_textf(canvas, wt_rect_take_top(&inner, 1), WT_STYLE_DIM, "%s", store->path);
    int map = wt_segment_map_rows(inner.cols, store, true);
    struct wt_slot slots[] = {
        {.least = is_store ? 1 : 0,
         .want = is_store ? 3 : 0,
         .weight = 1,
         .most = is_store ? 14 : 0},
        {.least = 1, .want = map + 1, .weight = 3, .most = 2 * map + 2},
    };
    if (inner.rows > 6)
        wt_rect_take_top(&inner, 1);
    wt_layout_stack(slots, 2, inner.rows);
    struct wt_rect list = wt_rect_take_top(&inner, slots[0].rows);
    if (is_store)
        draw_free_list(app, canvas, list, store);
    if (inner.rows > 3)
        wt_rect_take_top(&inner, 1);
    draw_map(canvas, inner, store);
}

/* ---- the table of resizes of the memory view ------------------------------------------------- */

static const struct wt_resize *resize_at(const void *context, size_t row) {
    const struct wt_store_info *store = &((const struct wt_app *)context)->snapshot->store;
    return &store->resizes[store->resize_length - 1 - row];
}

static void draw_row(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    (void)extra;
    draw_resize(canvas, cell, resize_at(context, row));
}

static const struct wt_table_column resize_columns[] = {
    {"TIME", 0, 20, 1, 0, WT_ALIGN_LEFT, false, draw_row, NULL, 0},
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
