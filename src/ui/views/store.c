/* The store: how much of it is used, its segments as a map, how it grew. Its parts serve the memory
 * view, too. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/layout.h"
#include "ui/views/store_parts.h"
#include "ui/widgets/cells.h"
#include "ui/widgets/frame.h"
#include "ui/widgets/graph.h"

const struct wt_segments *wt_store_segments(const struct wt_app *app,
                                            const struct wt_store_info *store) {
    const struct wt_snapshot *snapshot = app->snapshot;
    return &app->segments[store == &snapshot->store ? 0 : store == &snapshot->recorders ? 1 : 2];
}

static void add_count(struct wt_line *line, int begin, enum wt_segment_mark mark, uint64_t count,
                      const char *word) {
    char number[24];
    int digits = snprintf(number, sizeof number, "%" PRIu64, count);
    int gap = line->col > begin ? 2 : 0;
    if (!wt_line_fits(line, word, gap + digits + 3))
        return;
    wt_line_skip(line, gap);
    wt_line_glyph(line, wt_segment_mark_style(mark), wt_segment_mark_glyph(line->canvas, mark));
    wt_line_addf(line, WT_STYLE_BRIGHT, " %s", number);
    wt_line_addf(line, WT_STYLE_DIM, " %s", word);
}

void wt_store_legend_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                          struct wt_rect at, const struct wt_store_info *store) {
    struct wt_line line = wt_line_begin(canvas, at);
    const struct wt_segments *segments = wt_store_segments(app, store);
    if (segments->refused_count)
        add_count(&line, at.col, WT_MARK_REFUSED, segments->refused_count, "refused");
    if (segments->stale_count)
        add_count(&line, at.col, WT_MARK_STALE, segments->stale_count, "stale");
    add_count(&line, at.col, WT_MARK_ALLOCATED, store->allocated_count - segments->stale_count,
              "used");
    add_count(&line, at.col, WT_MARK_FREE, store->free_count, "free");
    if (store->quarantined_count)
        add_count(&line, at.col, WT_MARK_QUARANTINED, store->quarantined_count,
                  at.cols < 60 ? "held" : "quarantined");
    if (store->refused_count && !segments->refused_count)
        wt_line_addf(&line, WT_STYLE_DIM, "  %" PRIu64 " refused before", store->refused_count);
}

void wt_store_size_draw(const struct wt_canvas *canvas, struct wt_rect at,
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

/* A line: "free list 20", and its graph beside it. */
static void draw_free_list(const struct wt_app *app, const struct wt_canvas *canvas,
                           struct wt_rect rect, const struct wt_store_info *store) {
    struct wt_line line = wt_line_begin(canvas, rect);
    wt_line_add(&line, WT_STYLE_DIM, "free list ");
    wt_line_addf(&line, WT_STYLE_TITLE, "%" PRIu64, store->free_list_length);
    wt_rect_take_left(&rect, 16);
    if (rect.cols < 4)
        return;
    struct wt_graph graph = {.series = wt_history_store(app->history, WT_SERIES_FREE_LIST),
                             .newest = wt_history_bucket(app->snapshot->time.realtime_ns),
                             .scale = wt_graph_scale(canvas, rect.cols, wt_app_span_s(app, 240)),
                             .gradient = WT_GRADIENT_STORE,
                             .in_row = true};
    if (!wt_app_is_past(app, canvas->now))
        graph.newest = wt_graph_settled(canvas, &graph);
    wt_graph_draw(canvas, rect, &graph);
}

void wt_store_resize_draw(const struct wt_canvas *canvas, struct wt_rect at,
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
        wt_store_resize_draw(canvas, wt_rect_row(rect, i),
                             &store->resizes[store->resize_length - 1 - (size_t)i]);
}

/* Above a map: what one cell stands for, when it is more than one segment. */
void wt_store_map_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                       const struct wt_segments *segments, int64_t selected,
                       struct wt_map_geometry *geometry) {
    struct wt_map_geometry own;
    geometry = geometry ? geometry : &own;
    if (rect.rows > 2 && wt_segment_map_rows(rect.cols, segments, false) > rect.rows) {
        struct wt_rect at = wt_rect_take_bottom(&rect, 1);
        wt_segment_map_draw(canvas, rect, segments, selected, geometry);
        wt_textf(canvas, at, WT_STYLE_DIM, "one cell is %" PRIu64 " segments", geometry->fold);
        return;
    }
    wt_segment_map_draw(canvas, rect, segments, selected, geometry);
    if (geometry->fold == 0)
        wt_text(canvas, rect, "this monitor does not tell the state of each segment", WT_STYLE_DIM);
}

struct wt_rect wt_store_pane_begin(struct wt_app *app, const struct wt_canvas *canvas,
                                   struct wt_rect rect, const struct wt_store_info *store,
                                   const char *title, bool is_store) {
    char note[WT_GROWN_SIZE] = "";
    if (store->resize_count > 0)
        wt_grown_text(store->resize_count, note);
    struct wt_frame frame = {
        .title = title, .note = note, .focused = is_store && wt_app_has_focus(app, WT_PANE_STORE)};
    if (is_store)
        app->pane_at[app->view][WT_PANE_STORE] = rect;
    struct wt_rect inner = wt_frame_draw(canvas, rect, &frame);
    if (store->segment_count > 0 || inner.rows < 1)
        return inner;
    wt_text(
        canvas, inner,
        wt_travel_says(app, WT_PANE_STORE,
                       is_store ? "this monitor does not tell about its store" : "there are none"),
        WT_STYLE_DIM);
    return (struct wt_rect){0};
}

void wt_pane_store_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    const struct wt_store_info *store = &app->snapshot->store;
    struct wt_rect inner = wt_store_pane_begin(app, canvas, rect, store, "store", true);
    if (inner.rows < 1)
        return;
    int resizes = (int)(store->resize_length < 4 ? store->resize_length : 4);
    int map = wt_segment_map_rows(inner.cols, wt_store_segments(app, store), true);
    struct wt_slot slots[] = {
        {.least = 1, .want = 1, .rank = 1}, /* legend */
        {.least = 1, .want = 1, .rank = 4}, /* size */
        {.least = 1, .want = 1, .rank = 3}, /* free list */
        {.least = 1, .want = map, .weight = 4, .most = map > 0 ? map + 1 : 1},
        {.least = resizes ? 1 : 0, .want = resizes ? resizes + 1 : 0, .weight = 1, .rank = 2},
    };
    wt_layout_stack(slots, 5, inner.rows);
    struct wt_rect parts[5];
    for (int i = 0; i < 5; i++)
        parts[i] = wt_rect_take_top(&inner, slots[i].rows);
    if (parts[3].rows >= map) /* air below the map */
        wt_rect_take_top(&parts[4], parts[4].rows > 1 && parts[3].rows == map);
    else if (parts[3].rows > 1 && parts[4].rows > 0)
        parts[3].rows--;
    if (parts[0].rows)
        wt_store_legend_draw(app, canvas, parts[0], store);
    if (parts[1].rows)
        wt_store_size_draw(canvas, parts[1], store);
    if (parts[2].rows)
        draw_free_list(app, canvas, parts[2], store);
    if (app->travel.on)
        wt_text(canvas, parts[3], wt_travel_says(app, WT_PANE_STORE, ""), WT_STYLE_DIM);
    else
        wt_store_map_draw(canvas, parts[3], wt_store_segments(app, store), -1, NULL);
    draw_resizes(canvas, parts[4], store);
    if (wt_app_is_last_word(app, canvas->now))
        wt_canvas_fade(canvas, rect);
}

int wt_pane_store_rows(const struct wt_app *app, int cols) {
    const struct wt_store_info *store = &app->snapshot->store;
    int map = wt_segment_map_rows(cols - 4, wt_store_segments(app, store), true);
    int resizes = (int)(store->resize_length < 4 ? store->resize_length : 4);
    return 2 + 3 + (map < 8 ? map : 8) + 1 + resizes;
}
