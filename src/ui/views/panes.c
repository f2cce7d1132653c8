/* What views are put together from: header, verdict lines, footer, and a pane with a table. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "ui/app_state.h"
#include "ui/keymap.h"
#include "ui/values.h"
#include "ui/widgets/frame.h"

/* ---- header --------------------------------------------------------------------------------- */

static void add_badge(struct wt_line *line, enum wt_style_name style, const char *text) {
    wt_line_addf(line, style, " %s ", text);
}

/* How fresh the data is, in a word, a colour and a time. */
static void add_freshness(const struct wt_app *app, struct wt_line *line, bool brief) {
    const struct wt_canvas *canvas = line->canvas;
    char text[WT_FORMAT_SIZE], badge[64];
    if (app->lost) {
        wt_format_clock(text, sizeof text, app->lost_since_ns);
        snprintf(badge, sizeof badge, brief ? "DEAD %s" : "DEAD since %s", text);
        add_badge(line, WT_STYLE_CRIT_BADGE, badge);
    } else if (app->paused) {
        wt_format_clock(text, sizeof text, app->snapshot ? app->snapshot->time.realtime_ns : 0);
        snprintf(badge, sizeof badge, brief ? "PAUSED" : "PAUSED at %s", text);
        add_badge(line, WT_STYLE_AGE_BADGE, badge);
    } else if (!app->snapshot) {
        add_badge(line, WT_STYLE_AGE_BADGE, "WAITING");
    } else if (wt_app_is_old(app, canvas->now)) {
        wt_format_duration(text, sizeof text,
                           wt_snapshot_age_ns(app->snapshot, canvas->now) / WT_NS_PER_S *
                               WT_NS_PER_S);
        snprintf(badge, sizeof badge, "STALE %s", text);
        add_badge(line, WT_STYLE_WARN_BADGE, badge);
    } else {
        wt_line_glyph(line, WT_STYLE_OK, canvas->glyphs->live);
        wt_format_duration(text, sizeof text, app->interval_ns);
        wt_line_addf(line, WT_STYLE_OK, " LIVE %s", text);
    }
}

/* Whether it is about this process, another one, or nothing yet. */
static const char *source_word(const struct wt_app *app) {
    if (!app->snapshot)
        return "";
    return app->snapshot->source.kind == WT_SOURCE_BUS ? "through the bus" : "";
}

struct tally {
    uint64_t verdicts[WT_VERDICT_CRIT + 1];
    uint64_t workers;
    double slots;
};

static struct tally tally_of(const struct wt_snapshot *snapshot) {
    struct tally tally = {0};
    for (size_t i = 0; snapshot && i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        tally.verdicts[service->verdict]++;
        tally.workers += service->worker_count + service->silent_count;
        if (service->capacity_field >= 0) {
            double slots = wt_number_to_double(service->fields[service->capacity_field].sum);
            tally.slots += isnan(slots) ? 0 : slots;
        }
    }
    return tally;
}

/* Verdict counts, the worst first; the same words as in the table. Returns the columns. */
static int draw_counts(const struct wt_canvas *canvas, struct wt_rect at,
                       const struct tally *tally) {
    static const enum wt_verdict order[] = {WT_VERDICT_CRIT, WT_VERDICT_WARN, WT_VERDICT_OK};
    struct wt_line line = wt_line_begin(canvas, at);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint64_t count = tally->verdicts[order[i]];
        if (count == 0)
            continue;
        if (line.col > at.col)
            wt_line_add(&line, WT_STYLE_HEADER, " ");
        char badge[32];
        snprintf(badge, sizeof badge, "%" PRIu64 " %s", count, wt_verdict_text(order[i]));
        add_badge(&line, wt_verdict_badge(order[i]), badge);
    }
    return line.col - at.col;
}

static int counts_cols(const struct tally *tally) {
    static const enum wt_verdict order[] = {WT_VERDICT_CRIT, WT_VERDICT_WARN, WT_VERDICT_OK};
    int cols = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (tally->verdicts[order[i]])
            cols += snprintf(NULL, 0, "%" PRIu64 " %s", tally->verdicts[order[i]],
                             wt_verdict_text(order[i])) +
                    3;
    return cols > 0 ? cols - 1 : 0;
}

static void add_part(struct wt_line *line, const char *label, const char *value) {
    if (!wt_line_fits(line, label, wt_text_cols(value) + 4))
        return;
    wt_line_addf(line, WT_STYLE_BRIGHT, "  %s", value);
    wt_line_addf(line, WT_STYLE_DIM, " %s", label);
}

static void add_parts(const struct wt_app *app, struct wt_line *line, const struct tally *tally) {
    char text[WT_FORMAT_SIZE];
    const struct wt_snapshot *snapshot = app->snapshot;
    if (!snapshot)
        return;
    if (source_word(app)[0] && wt_line_fits(line, source_word(app), 2))
        wt_line_addf(line, WT_STYLE_DIM, " %s", source_word(app));
    wt_format_si(text, sizeof text, (double)snapshot->service_count);
    add_part(line, snapshot->service_count == 1 ? "service" : "services", text);
    wt_format_si(text, sizeof text, (double)tally->workers);
    add_part(line, tally->workers == 1 ? "worker" : "workers", text);
    if (tally->slots > 0) {
        wt_format_si(text, sizeof text, tally->slots);
        add_part(line, "slots", text);
    }
    if (snapshot->monitor.started_realtime_ns > 0) {
        wt_format_duration(text, sizeof text,
                           snapshot->time.realtime_ns - snapshot->monitor.started_realtime_ns);
        add_part(line, "up", text);
    }
}

void wt_header_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    struct tally tally = tally_of(app->snapshot);
    wt_grid_fill(canvas->grid, at, wt_style_of(canvas, WT_STYLE_HEADER));
    char clock[WT_FORMAT_SIZE];
    int end = at.col + at.cols - 1;
    if (at.cols >= 70) {
        wt_format_clock(clock, sizeof clock, canvas->now.realtime_ns);
        end -= (int)strlen(clock);
        wt_text(canvas, (struct wt_rect){end, at.row, (int)strlen(clock), 1}, clock, WT_STYLE_TEXT);
        end -= 2;
    }
    int counts = counts_cols(&tally);
    bool fits = at.cols - counts >= 14;
    if (fits) {
        end -= counts;
        draw_counts(canvas, (struct wt_rect){end, at.row, counts, 1}, &tally);
        end--;
    }
    struct wt_line line =
        wt_line_begin(canvas, (struct wt_rect){at.col + 1, at.row, end - at.col - 1, 1});
    if (at.cols >= 50 || counts == 0)
        wt_line_add(&line, WT_STYLE_ACCENT, "worktop");
    if (app->snapshot && at.cols >= 70 && app->snapshot->monitor.host[0]) {
        wt_line_skip(&line, 2);
        struct wt_line host = line;
        host.end = line.col + 24 < line.end ? line.col + 24 : line.end;
        wt_line_add(&host, WT_STYLE_BRIGHT, app->snapshot->monitor.host);
        line.col = host.col;
    }
    if (line.col > at.col + 1)
        wt_line_skip(&line, 2);
    add_freshness(app, &line, at.cols < 60);
    add_parts(app, &line, &tally);
}

/* ---- verdict lines -------------------------------------------------------------------------- */

enum { VERDICT_INDENT = 6, SINCE_COLS = 16 };

/* The services that have something to say, the worst first: calls `each` until it returns false. */
static void each_verdict(const struct wt_app *app,
                         bool (*each)(const struct wt_service *service, void *context),
                         void *context) {
    const struct wt_snapshot *snapshot = app->snapshot;
    for (int verdict = WT_VERDICT_CRIT; snapshot && verdict >= WT_VERDICT_UNKNOWN; verdict--)
        for (size_t i = 0; i < snapshot->service_count; i++) {
            const struct wt_service *service = &snapshot->services[i];
            if ((int)service->verdict == verdict && service->sentence[0] &&
                verdict != WT_VERDICT_OK && verdict != WT_VERDICT_IDLE && !each(service, context))
                return;
        }
}

/* "since 13:45:57", "" when unknown. */
static const char *since_text(const struct wt_service *service, char *out, size_t size) {
    char clock[WT_FORMAT_SIZE];
    out[0] = '\0';
    if (service->verdict_since_ns > 0) {
        wt_format_clock(clock, sizeof clock, service->verdict_since_ns);
        snprintf(out, size, "since %s", clock);
    }
    return out;
}

/* Whether there is room for the time at the right end of a verdict's line. */
static bool has_since(int cols) {
    return cols >= 100;
}

/* Where to break a text so that at most `cols` columns come before it: a length in bytes. */
static size_t break_at(const char *text, int cols) {
    size_t length = strlen(text), used;
    size_t prefix = wt_utf8_prefix(text, length, (size_t)(cols > 0 ? cols : 0), &used);
    if (prefix >= length)
        return length;
    size_t at = prefix;
    while (at > 0 && text[at] != ' ')
        at--;
    return at > 0 ? at : prefix;
}

static int name_cols(const struct wt_service *service) {
    int cols = wt_text_cols(service->name);
    return cols > 24 ? 24 : cols;
}

static int lines_of(const struct wt_service *service, int cols) {
    int first = cols - VERDICT_INDENT - 5 - name_cols(service) - (has_since(cols) ? SINCE_COLS : 0);
    return first > 8 && service->sentence[break_at(service->sentence, first)] ? 2 : 1;
}

struct measure {
    int cols, rows, most;
};

static bool add_rows(const struct wt_service *service, void *context) {
    struct measure *measure = context;
    measure->rows += lines_of(service, measure->cols);
    return measure->rows < measure->most;
}

static bool monitor_has_problem(const struct wt_app *app) {
    return app->lost ||
           (app->snapshot && (app->snapshot->monitor.problem[0] ||
                              app->snapshot->store.problem[0] || app->snapshot->source.problem[0]));
}

int wt_verdicts_rows(const struct wt_app *app, int cols, int most) {
    struct measure measure = {cols, monitor_has_problem(app), most};
    each_verdict(app, add_rows, &measure);
    return measure.rows < most ? measure.rows : most;
}

struct drawing {
    struct wt_app *app;
    const struct wt_canvas *canvas;
    struct wt_rect left;
    size_t hidden;
};

static void draw_sentence(struct drawing *drawing, struct wt_line *line, const char *text,
                          bool may_break) {
    int room = line->end - line->col;
    size_t at = break_at(text, room);
    if (!text[at] || !may_break) {
        wt_line_add(line, WT_STYLE_BRIGHT, text);
        return;
    }
    wt_line_addf(line, WT_STYLE_BRIGHT, "%.*s", (int)at, text);
    struct wt_line next = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&next, VERDICT_INDENT + 2);
    next.end--;
    wt_line_add(&next, WT_STYLE_BRIGHT, text + at + strspn(text + at, " "));
}

static bool draw_verdict(const struct wt_service *service, void *context) {
    struct drawing *drawing = context;
    if (drawing->left.rows == 0) {
        drawing->hidden++;
        return true;
    }
    char since[48], name[128];
    struct wt_line line = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&line, 1);
    line.end--;
    add_badge(&line, wt_verdict_badge(service->verdict),
              service->verdict == WT_VERDICT_UNKNOWN ? "  ? " : wt_verdict_text(service->verdict));
    wt_line_skip(&line, 1);
    struct wt_line cut = line;
    cut.end = line.col + name_cols(service) < line.end ? line.col + name_cols(service) : line.end;
    snprintf(name, sizeof name, "%s", service->name);
    wt_line_add(&cut, wt_verdict_style(service->verdict), name);
    line.col = cut.col + 2;
    if (has_since(line.end - 1)) {
        struct wt_rect right = {line.end - SINCE_COLS, line.row, SINCE_COLS, 1};
        wt_text_right(drawing->canvas, right, since_text(service, since, sizeof since),
                      WT_STYLE_DIM);
        line.end -= SINCE_COLS;
    }
    draw_sentence(drawing, &line, service->sentence, drawing->left.rows > 0);
    return true;
}

static void draw_problem(struct drawing *drawing) {
    const struct wt_snapshot *snapshot = drawing->app->snapshot;
    const char *text = drawing->app->lost             ? drawing->app->lost_reason
                       : snapshot->source.problem[0]  ? snapshot->source.problem
                       : snapshot->monitor.problem[0] ? snapshot->monitor.problem
                                                      : snapshot->store.problem;
    struct wt_line line = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&line, 1);
    bool crit = drawing->app->lost;
    add_badge(&line, crit ? WT_STYLE_CRIT_BADGE : WT_STYLE_WARN_BADGE, crit ? "DEAD" : "WARN");
    wt_line_add(&line, crit ? WT_STYLE_CRIT : WT_STYLE_WARN, " monitor  ");
    draw_sentence(drawing, &line, text, false);
}

void wt_verdicts_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    struct drawing drawing = {app, canvas, rect, 0};
    if (rect.rows > 0 && monitor_has_problem(app))
        draw_problem(&drawing);
    each_verdict(app, draw_verdict, &drawing);
    if (drawing.hidden && rect.rows > 0) {
        char text[32];
        snprintf(text, sizeof text, " +%zu more ", drawing.hidden);
        int cols = (int)strlen(text);
        wt_text(canvas,
                (struct wt_rect){rect.col + rect.cols - cols, rect.row + rect.rows - 1, cols, 1},
                text, WT_STYLE_AGE_BADGE);
    }
}

/* ---- footer --------------------------------------------------------------------------------- */

static const char *tool_health(const struct wt_app *app, char *out, size_t size) {
    const struct wt_snapshot *snapshot = app->snapshot;
    char tick[WT_FORMAT_SIZE];
    out[0] = '\0';
    if (snapshot) {
        wt_format_duration(tick, sizeof tick, snapshot->monitor.tick_duration_ns);
        snprintf(out, size, "monitor %" PRId64 "%stick %s", snapshot->monitor.pid,
                 app->glyphs->separator, tick);
    }
    return out;
}

static void draw_keys(const struct wt_app *app, struct wt_line *line, unsigned context) {
    for (int rank = 1; rank < 32; rank++)
        for (int action = 0; action < WT_ACTION_COUNT; action++) {
            const struct wt_action_info *info = wt_action_info((enum wt_action)action);
            if (info->footer_rank != rank || !(info->contexts & context))
                continue;
            char key[16];
            wt_action_key_text((enum wt_action)action, 0, key);
            const char *label = info->label;
            if (action == WT_ACTION_PAUSE && app->paused)
                label = "go on";
            if (!wt_line_fits(line, label, wt_text_cols(key) + 3))
                continue;
            wt_line_add(line, WT_STYLE_KEY, key);
            wt_line_addf(line, WT_STYLE_LABEL, " %s", label);
            wt_line_skip(line, 2);
        }
}

static void draw_typing(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    wt_grid_fill(canvas->grid, at, wt_style_of(canvas, WT_STYLE_INPUT));
    const char *text = app->tables[app->typing_for].filter;
    struct wt_line line = wt_line_begin(canvas, at);
    wt_line_add(&line, WT_STYLE_ACCENT, " filter / ");
    /* The end of the text is what one types: it stays in sight. */
    int room = line.end - line.col - 1;
    while (wt_text_cols(text) > room && *text)
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    wt_line_add(&line, WT_STYLE_BRIGHT, text);
    canvas->grid->cursor_col = line.col < line.end ? line.col : line.end - 1;
    canvas->grid->cursor_row = at.row;
    wt_line_skip(&line, 3);
    draw_keys(app, &line, WT_CONTEXT_INPUT);
}

static bool draw_message(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    if (!app->message[0])
        return false;
    int64_t now = canvas->now.monotonic_ns;
    if (app->message_until_ns == 0)
        app->message_until_ns =
            now + (app->message_severity == WT_SEVERITY_INFO ? 6 : 12) * WT_NS_PER_S;
    if (now >= app->message_until_ns) {
        app->message[0] = '\0';
        return false;
    }
    wt_grid_fill(canvas->grid, at, wt_style_of(canvas, WT_STYLE_HEADER));
    struct wt_line line = wt_line_begin(canvas, at);
    static const enum wt_style_name badges[] = {WT_STYLE_AGE_BADGE, WT_STYLE_WARN_BADGE,
                                                WT_STYLE_CRIT_BADGE};
    static const char *const words[] = {"note", "WARN", "ERROR"};
    add_badge(&line, badges[app->message_severity], words[app->message_severity]);
    wt_line_addf(&line, WT_STYLE_BRIGHT, " %s", app->message);
    return true;
}

void wt_footer_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    if (app->typing) {
        draw_typing(app, canvas, at);
        return;
    }
    if (draw_message(app, canvas, at))
        return;
    char health[96];
    int cols = wt_text_cols(tool_health(app, health, sizeof health));
    struct wt_line line =
        wt_line_begin(canvas, (struct wt_rect){at.col + 1, at.row, at.cols - 2, 1});
    if (at.cols >= 110 && cols > 0) {
        line.end -= cols + 2;
        wt_text_right(canvas, (struct wt_rect){at.col, at.row, at.cols - 1, 1}, health,
                      WT_STYLE_DIM);
    }
    draw_keys(app, &line, wt_views[app->view].context);
}

/* ---- a pane with a table --------------------------------------------------------------------- */

void wt_pane_table_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                        enum wt_pane pane, const char *title, const char *name) {
    struct wt_table table;
    if (!wt_app_table(app, pane, &table) || rect.rows < 1)
        return;
    app->pane_at[pane] = rect;
    struct wt_table_state *state = &app->tables[pane];
    bool framed = rect.rows >= 4 && rect.cols >= 24, focused = wt_app_has_focus(app, pane);
    struct wt_rect inner = rect;
    if (framed)
        inner = (struct wt_rect){rect.col + 1, rect.row + 1, rect.cols - 3, rect.rows - 2};
    wt_table_draw(canvas, inner, &table, state, focused);
    if (framed) { /* after the table, because the note is about the rows that fit now */
        char note[WT_FILTER_SIZE + 128];
        wt_table_note(state, &table, note, sizeof note);
        struct wt_frame frame = {.title = title, .name = name, .note = note, .focused = focused};
        wt_frame_draw(canvas, rect, &frame);
        wt_table_draw_thumb(canvas, state, rect.col + rect.cols - 1);
    }
    if (state->count == 0 && inner.rows > 1)
        wt_text(canvas, (struct wt_rect){inner.col + 2, inner.row + 1, inner.cols - 2, 1},
                table.row_count ? "nothing matches the filter" : "nothing yet", WT_STYLE_DIM);
}
