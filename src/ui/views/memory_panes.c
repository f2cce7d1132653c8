/* What the memory view says besides its maps: whose the segments are, how many were used over time
 * and when the store grew, and how much room is left. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "ui/views/store_parts.h"
#include "ui/widgets/frame.h"
#include "ui/widgets/graph.h"
#include "ui/widgets/meter.h"

/* ---- whose they are -------------------------------------------------------------------------- */

enum { MOST_SHARES = 64 };

struct share {
    const struct wt_service *service;
    uint64_t held; /* segments of its workers */
};

static int by_held(const void *a, const void *b) {
    const struct share *left = a, *right = b;
    if (left->held != right->held)
        return left->held > right->held ? -1 : 1;
    return strcmp(left->service->name, right->service->name);
}

/* One that is gone is kept for a look, and names the segment that it had: it is free by then. */
static uint64_t held_by(const struct wt_cohort *cohort) {
    uint64_t count = 0;
    for (size_t row = 0; row < cohort->row_count; row++)
        count += cohort->rows[row] != NULL && cohort->rows[row]->segment >= 0 &&
                 cohort->status[row].state != WT_WORKER_GONE;
    return count;
}

/* Of the past only the counts of workers are kept: one with figures has a segment. */
static size_t list_shares(const struct wt_app *app, struct share shares[MOST_SHARES]) {
    const struct wt_snapshot *snapshot = app->snapshot;
    size_t count = snapshot->service_count < MOST_SHARES ? snapshot->service_count : MOST_SHARES;
    for (size_t i = 0; i < count; i++)
        shares[i] = (struct share){&snapshot->services[i],
                                   app->travel.on ? snapshot->services[i].worker_count : 0};
    for (size_t i = 0; !app->travel.on && i < snapshot->cohort_count; i++)
        if (snapshot->cohorts[i].service < count)
            shares[snapshot->cohorts[i].service].held += held_by(&snapshot->cohorts[i]);
    qsort(shares, count, sizeof *shares, by_held);
    return count;
}

int wt_shares_rows(const struct wt_app *app) {
    size_t count = app->snapshot->service_count;
    return count == 0 ? 0 : 2 + (int)(count < MOST_SHARES ? count : MOST_SHARES);
}

static int longest_name(const struct share *shares, size_t count) {
    int cols = 4;
    for (size_t i = 0; i < count; i++) {
        int own = wt_text_cols(shares[i].service->name);
        cols = own > cols ? own : cols;
    }
    return cols > 20 ? 20 : cols;
}

/* "web    16  25%  ████▌" of all segments there are. */
static void draw_share(const struct wt_canvas *canvas, struct wt_rect at, const struct share *share,
                       int name_cols, uint64_t segment_count) {
    char text[WT_FORMAT_SIZE];
    double ratio = segment_count > 0 ? (double)share->held / (double)segment_count : NAN;
    struct wt_rect name = wt_rect_take_left(&at, name_cols + 1);
    name.cols--;
    wt_text(canvas, name, share->service->name, WT_STYLE_BRIGHT);
    wt_format_si(text, sizeof text, (double)share->held);
    wt_text_right(canvas, wt_rect_take_left(&at, 6), text, WT_STYLE_TITLE);
    wt_format_percent(text, sizeof text, ratio);
    wt_text_right(canvas, wt_rect_take_left(&at, 6), text, WT_STYLE_DIM);
    wt_rect_take_left(&at, 2);
    struct wt_meter meter = {.ratio = ratio, .gradient = WT_GRADIENT_STORE};
    if (at.cols >= 4)
        wt_meter_draw(canvas, at, &meter);
}

void wt_shares_draw(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    struct share shares[MOST_SHARES];
    const struct wt_store_info *store = &app->snapshot->store;
    size_t count = list_shares(app, shares);
    int name_cols = longest_name(shares, count);
    char note[48];
    snprintf(note, sizeof note, "of %" PRIu64 " segments", store->segment_count);
    struct wt_frame frame = {.title = "segments", .name = "by service", .note = note};
    struct wt_rect inner = wt_frame_draw(canvas, rect, &frame);
    for (size_t i = 0; i < count && inner.rows > 0; i++) {
        struct wt_rect at = wt_rect_take_top(&inner, 1);
        if (inner.rows == 0 && i + 1 < count)
            wt_textf(canvas, at, WT_STYLE_DIM, "and %zu more services", count - i);
        else
            draw_share(canvas, at, &shares[i], name_cols, store->segment_count);
    }
}

/* ---- how much room there is ------------------------------------------------------------------ */

struct most {
    uint64_t count;
    int64_t bucket; /* when that was first so, as far as it is kept */
};

/* The most segments that were used at once, up to the moment that is shown. */
static struct most most_used(const struct wt_app *app) {
    const struct wt_series *series = wt_history_store(app->history, WT_SERIES_ALLOCATED);
    int64_t newest = wt_history_bucket(app->snapshot->time.realtime_ns);
    struct most most = {app->snapshot->store.allocated_count, newest};
    for (int64_t at = wt_history_oldest(app->history); at <= newest;) {
        bool coarse = wt_history_is_coarse(app->history, at);
        double value = coarse ? wt_series_minute(series, at / 60).max : wt_series_get(series, at);
        if (value > (double)most.count || (value == (double)most.count && most.bucket == newest))
            most = (struct most){(uint64_t)value, at};
        at = coarse ? at / 60 * 60 + 60 : at + 1;
    }
    return most;
}

static void add_fact(struct wt_line *line, int begin, const char *label, const char *value,
                     const char *after) {
    int gap = line->col > begin ? 3 : 0;
    if (!wt_line_fits(line, label, wt_text_cols(value) + wt_text_cols(after) + gap + 1))
        return;
    wt_line_skip(line, gap);
    wt_line_addf(line, WT_STYLE_DIM, "%s ", label);
    wt_line_add(line, WT_STYLE_BRIGHT, value);
    wt_line_add(line, WT_STYLE_DIM, after);
}

void wt_store_room_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                        struct wt_rect at) {
    const struct wt_store_info *store = &app->snapshot->store;
    struct wt_line line = wt_line_begin(canvas, at);
    char text[WT_FORMAT_SIZE], clock[WT_FORMAT_SIZE], after[WT_FORMAT_SIZE + 8];
    wt_format_si(text, sizeof text, (double)store->free_list_length);
    add_fact(&line, at.col, "room for", text,
             store->free_list_length == 1 ? " more worker before it grows"
                                          : " more workers before it grows");
    if (store->max_bytes > store->size_bytes && store->segment_bytes > 0) {
        uint64_t more = (store->max_bytes - store->size_bytes) / store->segment_bytes;
        wt_format_si(text, sizeof text, (double)(more + store->free_list_length));
        add_fact(&line, at.col, "at its limit", text, " more");
    }
    struct most most = most_used(app);
    wt_format_si(text, sizeof text, (double)most.count);
    wt_format_clock(clock, sizeof clock, most.bucket * WT_NS_PER_S);
    snprintf(after, sizeof after, " at %s", clock);
    add_fact(&line, at.col, "most used", text, after);
}

/* ---- over time ------------------------------------------------------------------------------- */

enum { MOST_MOMENTS = 16, GAP_COLS = 2, BESIDE_LEAST_COLS = 70 };

struct growth {
    struct wt_moment moments[MOST_MOMENTS];
    char labels[MOST_MOMENTS][WT_FORMAT_SIZE];
    size_t count;
};

/* When it grew, and to what. */
static void list_growth(const struct wt_app *app, struct growth *growth) {
    const struct wt_store_info *store = &app->snapshot->store;
    size_t first = store->resize_length > MOST_MOMENTS ? store->resize_length - MOST_MOMENTS : 0;
    growth->count = 0;
    for (size_t i = first; i < store->resize_length; i++, growth->count++) {
        const struct wt_resize *resize = &store->resizes[i];
        char *label = growth->labels[growth->count];
        bool refused = resize->problem[0];
        wt_format_bytes(label, WT_FORMAT_SIZE, (int64_t)resize->new_bytes);
        growth->moments[growth->count] =
            (struct wt_moment){.realtime_ns = resize->realtime_ns,
                               .label = refused ? "refused" : label,
                               .style = refused ? WT_STYLE_WARN : WT_STYLE_BRIGHT};
    }
}

/* Seconds for which it is known how many are used, of the last `most`. */
static int64_t known_s(const struct wt_app *app, int64_t most) {
    const struct wt_series *series = wt_history_store(app->history, WT_SERIES_ALLOCATED);
    int64_t newest = wt_history_bucket(app->snapshot->time.realtime_ns), at = newest - most;
    while (at < newest && isnan(wt_series_at(series, at)))
        at++;
    return newest - at;
}

/* As wt_app_span_s, of what is kept of the store: from others it may be less than of services. */
static int64_t span_s(const struct wt_app *app) {
    enum { LEAST = 16, MOST = 600 };
    int64_t all = wt_app_span_s(app, MOST), known = known_s(app, MOST) * 2 / 3;
    return all > MOST || known > all ? all : known < LEAST ? LEAST : known;
}

static void draw_one(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                     int which, const struct growth *growth) {
    static const struct {
        const char *title;
        enum wt_store_series series;
        enum wt_gradient_name gradient;
    } kinds[] = {{"used", WT_SERIES_ALLOCATED, WT_GRADIENT_RATE},
                 {"free list", WT_SERIES_FREE_LIST, WT_GRADIENT_STORE}};
    const struct wt_store_info *store = &app->snapshot->store;
    int cols = wt_captioned_graph_cols(rect.cols, rect.rows);
    const struct wt_captioned_graph graph = {
        .graph = {.series = wt_history_store(app->history, kinds[which].series),
                  .newest = wt_history_bucket(app->snapshot->time.realtime_ns),
                  .scale = wt_graph_scale(canvas, cols, span_s(app)),
                  .gradient = kinds[which].gradient},
        .title = kinds[which].title,
        .now = (double)(which == 0 ? store->allocated_count : store->free_list_length),
        .is_past = wt_app_is_past(app, canvas->now),
        .moments = growth->moments,
        .moment_count = growth->count};
    wt_captioned_graph_draw(canvas, rect, &graph);
}

/* Both have one axis: below each other, or beside where it is wide and low. */
void wt_store_graphs_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                          struct wt_rect rect) {
    struct growth growth;
    struct wt_frame frame = {.title = "over time"};
    struct wt_rect inner = wt_frame_draw(canvas, rect, &frame);
    if (inner.rows < 2 || inner.cols < 8)
        return;
    list_growth(app, &growth);
    if (inner.rows >= 13) {
        struct wt_rect upper = wt_rect_take_top(&inner, inner.rows / 2);
        upper.rows -= upper.rows > 7;
        draw_one(app, canvas, upper, 0, &growth);
    } else if (inner.cols >= BESIDE_LEAST_COLS) {
        struct wt_rect left = wt_rect_take_left(&inner, (inner.cols - GAP_COLS) / 2);
        wt_rect_take_left(&inner, GAP_COLS);
        draw_one(app, canvas, left, 0, &growth);
    }
    draw_one(app, canvas, inner, 1, &growth);
}
