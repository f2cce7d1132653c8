/* The scrubber: where one is in what is kept; and what there is to say of a moment without looks.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/values.h"

enum { TRACK_COLS = 512 };

/* What one column stands for. */
struct piece {
    bool known;
    enum wt_verdict worst;
    bool has_event; /* that warns */
    bool has_mark;  /* that a person set */
    enum wt_severity severity;
};

struct track {
    int cols;
    int64_t begin, span_s;
    struct piece pieces[TRACK_COLS];
};

/* The shortest of these spans that reaches from now back to the moment and, within an hour, to the
 * beginning of what is kept. */
static int64_t span_of(const struct wt_app *app, int64_t newest) {
    static const int64_t spans[] = {60,   120,      300,      600,       900,      1800,
                                    3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600};
    int64_t oldest = wt_history_oldest(app->history), hour = newest - 3600;
    int64_t from = oldest > hour ? oldest : hour + 1;
    from = app->travel.bucket < from ? app->travel.bucket : from;
    size_t i = 0;
    while (i + 1 < sizeof spans / sizeof *spans && newest - from >= spans[i])
        i++;
    return spans[i];
}

static int64_t piece_begin(const struct track *track, int col) {
    return track->begin + track->span_s * col / track->cols;
}

static void add_verdict(struct piece *piece, double verdict) {
    if (isnan(verdict) || verdict < 0 || verdict > WT_VERDICT_CRIT)
        return;
    enum wt_verdict found = (enum wt_verdict)(int)verdict;
    if (!piece->known || wt_verdict_weight(found) > wt_verdict_weight(piece->worst))
        piece->worst = found;
    piece->known = true;
}

/* Of seconds as they are, of older times the worst of each minute. */
static void add_series(const struct wt_app *app, struct track *track,
                       const struct wt_series *series) {
    for (int col = 0; col < track->cols; col++) {
        int64_t begin = piece_begin(track, col), end = piece_begin(track, col + 1);
        end = end > begin ? end : begin + 1; /* a second may be several columns */
        for (int64_t at = begin; at < end;) {
            if (wt_history_is_coarse(app->history, at)) {
                add_verdict(&track->pieces[col], wt_series_minute(series, at / 60).max);
                at = at / 60 * 60 + 60;
            } else {
                add_verdict(&track->pieces[col], wt_series_get(series, at++));
            }
        }
    }
}

static void add_events(const struct wt_app *app, struct track *track) {
    for (size_t i = wt_history_event_count(app->history); i-- > 0;) {
        const struct wt_event *event = wt_history_event(app->history, i);
        int64_t at = wt_history_bucket(event->realtime_ns) - track->begin;
        bool is_mark = event->kind == WT_EVENT_MARK;
        if ((event->severity == WT_SEVERITY_INFO && !is_mark) || at < 0 || at >= track->span_s)
            continue;
        struct piece *piece = &track->pieces[at * track->cols / track->span_s];
        piece->has_mark = piece->has_mark || is_mark;
        if (is_mark)
            continue;
        if (!piece->has_event || event->severity > piece->severity)
            piece->severity = event->severity;
        piece->has_event = true;
    }
}

static void look(const struct wt_app *app, struct track *track) {
    for (size_t i = 0; i < wt_history_service_count(app->history); i++)
        add_series(app, track,
                   wt_history_series(app->history, wt_history_service_name(app->history, i),
                                     WT_SERIES_VERDICT));
    add_events(app, track);
}

static void draw_piece(const struct wt_canvas *canvas, int col, int row,
                       const struct piece *piece) {
    bool ascii = canvas->grid->ascii;
    uint32_t glyph = ascii ? '.' : 0x00b7;
    enum wt_style_name style = WT_STYLE_FAINT;
    if (piece->known) {
        bool crit = piece->worst == WT_VERDICT_CRIT, warn = piece->worst == WT_VERDICT_WARN;
        glyph = crit   ? (ascii ? '#' : 0x2588)
                : warn ? (ascii ? '=' : 0x2584)
                       : (ascii ? '-' : 0x2500);
        style = wt_verdict_style(piece->worst);
    }
    if (piece->has_event) {
        glyph = ascii ? '+' : 0x253c;
        style = wt_severity_style(piece->severity);
    }
    if (piece->has_mark) {
        glyph = ascii ? 'M' : 0x25c6;
        style = WT_STYLE_ACCENT;
    }
    wt_grid_put(canvas->grid, col, row, glyph, wt_style_of(canvas, style));
}

/* The column of a second, also of one before or after the track. */
static int col_of(const struct track *track, int64_t bucket) {
    int64_t col = (bucket - track->begin) * track->cols / track->span_s;
    return col < 0 ? 0 : col >= track->cols ? track->cols - 1 : (int)col;
}

static void draw_track(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at,
                       struct track *track) {
    *track = (struct track){.cols = at.cols < TRACK_COLS ? at.cols : TRACK_COLS};
    int64_t newest = wt_history_newest(app->history);
    if (track->cols < 4)
        return;
    track->span_s = span_of(app, newest);
    track->begin = newest - track->span_s + 1;
    look(app, track);
    for (int col = 0; col < track->cols; col++)
        draw_piece(canvas, at.col + col, at.row, &track->pieces[col]);
    wt_grid_put(canvas->grid, at.col + col_of(track, app->travel.bucket), at.row,
                canvas->grid->ascii ? '|' : 0x2502, wt_style_of(canvas, WT_STYLE_REPLAY_BADGE));
    at.cols = track->cols;
    app->travel.track = at;
    app->travel.track_begin = track->begin;
    app->travel.span_s = track->span_s;
}

/* The shortest round time with which the labels below the track do not touch. */
static int64_t step_of(const struct track *track) {
    static const int64_t steps[] = {5, 10, 30, 60, 120, 300, 600, 1800, 3600, 2 * 3600, 6 * 3600};
    enum { LABEL_COLS = 14 };
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps &&
           steps[i] * track->cols < LABEL_COLS * track->span_s)
        i++;
    return steps[i];
}

/* "= WARN  # CRIT  + alarm  M mark": beside the moment that is shown, on the side that has room. */
static void draw_signs(const struct wt_canvas *canvas, struct wt_rect at, bool is_left) {
    enum { COLS = 38, LEAST_COLS = 110 };
    bool ascii = canvas->grid->ascii;
    const struct {
        uint32_t glyph;
        enum wt_style_name style;
        const char *word;
    } signs[] = {{ascii ? '=' : 0x2584, WT_STYLE_WARN, "WARN"},
                 {ascii ? '#' : 0x2588, WT_STYLE_CRIT, "CRIT"},
                 {ascii ? '+' : 0x253c, WT_STYLE_WARN, "alarm"},
                 {ascii ? 'M' : 0x25c6, WT_STYLE_ACCENT, "mark"}};
    if (at.cols < LEAST_COLS)
        return;
    if (!is_left)
        at.col += at.cols - COLS;
    struct wt_line line = wt_line_begin(canvas, (struct wt_rect){at.col, at.row, COLS, 1});
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        wt_line_skip(&line, 1);
        wt_line_glyph(&line, signs[i].style, signs[i].glyph);
        wt_line_addf(&line, WT_STYLE_DIM, " %s ", signs[i].word);
    }
}

/* Below it: the moment that is shown, and the time at round ones. */
static void draw_ticks(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at,
                       const struct track *track) {
    char clock[WT_FORMAT_SIZE];
    bool ascii = canvas->grid->ascii;
    int here = col_of(track, app->travel.bucket), step = (int)step_of(track);
    wt_format_clock(clock, sizeof clock, app->travel.bucket * WT_NS_PER_S);
    int cols = (int)strlen(clock) + 2, left = here - cols / 2;
    left = left < 0 ? 0 : left + cols > at.cols ? at.cols - cols : left;
    struct wt_line line = wt_line_begin(canvas, (struct wt_rect){at.col + left, at.row, cols, 1});
    wt_line_badge(&line, WT_STYLE_REPLAY_BADGE, clock);
    draw_signs(canvas, at, left > at.cols / 2);
    for (int64_t time = (track->begin / step + 1) * step; time < track->begin + track->span_s;
         time += step) {
        wt_format_clock(clock, sizeof clock, time * WT_NS_PER_S);
        if (step >= 60)
            clock[5] = '\0';
        struct wt_rect label = {at.col + col_of(track, time), at.row, (int)strlen(clock) + 1, 1};
        if (label.col + label.cols > at.col + at.cols || !wt_canvas_is_free(canvas, label))
            continue;
        wt_grid_put(canvas->grid, label.col, label.row, ascii ? '\'' : 0x2575,
                    wt_style_of(canvas, WT_STYLE_DIM));
        label.col++;
        wt_text(canvas, label, clock, WT_STYLE_DIM);
    }
}

/* "now 13:46:59  2 CRIT": what one does not see meanwhile. */
static int draw_now(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    char clock[WT_FORMAT_SIZE], text[64], worst[32] = "", left_out[48] = "";
    unsigned counts[WT_VERDICT_CRIT + 1] = {0};
    for (size_t i = 0; i < app->newest->service_count; i++)
        counts[app->newest->services[i].verdict]++;
    enum wt_verdict verdict = counts[WT_VERDICT_CRIT] ? WT_VERDICT_CRIT : WT_VERDICT_WARN;
    const char *health = app->lost ? "dead"
                         : app->newest->source.health != WT_SOURCE_ANSWERING
                             ? wt_source_health_text(app->newest->source.health)
                             : "";
    if (health[0])
        snprintf(worst, sizeof worst, "  %s", health);
    else if (counts[verdict])
        snprintf(worst, sizeof worst, "  %u %s", counts[verdict], wt_verdict_text(verdict));
    if (wt_history_left_out(app->history) && at.cols >= 100)
        snprintf(left_out, sizeof left_out, "  %zu not kept", wt_history_left_out(app->history));
    wt_format_clock(clock, sizeof clock, app->newest->time.realtime_ns);
    snprintf(text, sizeof text, "  now %s", clock);
    int cols = (int)(strlen(text) + strlen(worst) + strlen(left_out)) + 1;
    if (cols > at.cols / 2)
        return 0;
    struct wt_line line =
        wt_line_begin(canvas, (struct wt_rect){at.col + at.cols - cols, at.row, cols, 1});
    wt_line_add(&line, WT_STYLE_DIM, text);
    wt_line_add(&line, health[0] ? WT_STYLE_CRIT : wt_verdict_style(verdict), worst);
    wt_line_add(&line, WT_STYLE_DIM, left_out);
    return cols;
}

int wt_scrubber_rows(int cols, int rows) {
    return cols >= 100 && rows >= 30 ? 2 : 1;
}

/* One line has the times at its ends; of two lines the track has all of the first. */
void wt_scrubber_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    app->travel.track = (struct wt_rect){0};
    if (at.rows < 1 || at.cols < 20)
        return;
    struct track track;
    if (at.rows > 1) {
        at.col++;
        at.cols -= 2;
        draw_track(app, canvas, wt_rect_take_top(&at, 1), &track);
        at.cols -= draw_now(app, canvas, at);
        draw_ticks(app, canvas, at, &track);
        return;
    }
    int64_t newest = wt_history_newest(app->history), begin = newest - span_of(app, newest) + 1;
    char clock[WT_FORMAT_SIZE];
    wt_format_clock(clock, sizeof clock, begin * WT_NS_PER_S);
    struct wt_line line = wt_line_begin(canvas, wt_rect_take_left(&at, (int)strlen(clock) + 2));
    wt_line_addf(&line, WT_STYLE_DIM, " %s", clock);
    at.cols -= draw_now(app, canvas, at);
    draw_track(app, canvas, at, &track);
}

static void add_keys(const struct wt_keymap *map, struct wt_line *line, enum wt_action first,
                     enum wt_action second, const char *label) {
    char keys[2][16];
    wt_action_key_text(map, first, 0, keys[0]);
    wt_action_key_text(map, second, 0, keys[1]);
    int cols = wt_text_cols(keys[0]) + (first == second ? 0 : 1 + wt_text_cols(keys[1]));
    if (!wt_line_fits(line, label, cols + 3))
        return;
    wt_line_add(line, WT_STYLE_KEY, keys[0]);
    if (first != second)
        wt_line_addf(line, WT_STYLE_KEY, " %s", keys[1]);
    wt_line_addf(line, WT_STYLE_LABEL, " %s", label);
    wt_line_skip(line, 2);
}

void wt_travel_keys_draw(const struct wt_app *app, struct wt_line *line) {
    const struct wt_keymap *map = &app->settings.keymap;
    add_keys(map, line, WT_ACTION_LIVE, WT_ACTION_LIVE, "to now");
    add_keys(map, line, WT_ACTION_EARLIER, WT_ACTION_LATER, "1 s");
    add_keys(map, line, WT_ACTION_EARLIER_MINUTE, WT_ACTION_LATER_MINUTE, "1 min");
}

void wt_travel_gap_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                        struct wt_rect rect) {
    char clock[WT_FORMAT_SIZE];
    wt_format_clock(clock, sizeof clock, app->snapshot->time.realtime_ns);
    if (rect.rows > 4)
        wt_rect_take_top(&rect, rect.rows / 3);
    rect.col += 2;
    rect.cols -= 4;
    struct wt_rect first = wt_rect_take_top(&rect, 1);
    wt_textf(canvas, first, WT_STYLE_TITLE, "Nothing is known of %s.", clock);
    wt_text(canvas, rect, "Nobody looked then, or no worker was there: a gap in what is kept.",
            WT_STYLE_DIM);
}
