/* The table of events, newest first, and the view that is all of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/layout.h"
#include "ui/values.h"
#include "ui/views/doing.h"
#include "ui/views/events.h"
#include "ui/views/queries.h"
#include "ui/wording.h"

/* Row 0 is the newest; in the overview a row may stand for several. Before all of them comes that
 * the monitor died. */
const struct wt_event *wt_events_at(const struct wt_app *app, size_t row) {
    size_t deaths = app->death.sequence != 0;
    if (row < deaths)
        return &app->death;
    if (app->view != WT_VIEW_EVENTS)
        return &app->snapshot->events[app->brief[row - deaths].newest];
    return &app->snapshot->events[app->snapshot->event_count - 1 - (row - deaths)];
}

static const struct wt_event *event_at(const void *context, size_t row) {
    return wt_events_at(context, row);
}

static void draw_time(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    char text[WT_FORMAT_SIZE];
    const struct wt_event *event = event_at(context, row);
    wt_format_clock(text, sizeof text, event->realtime_ns);
    wt_text(canvas, cell, text, wt_severity_style(event->severity));
}

static void draw_kind(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    const struct wt_event *event = event_at(context, row);
    wt_text(canvas, cell, wt_event_kind_text(event->kind), wt_severity_style(event->severity));
}

static void draw_service(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                         size_t row, int extra) {
    (void)extra;
    wt_text(canvas, cell, event_at(context, row)->service, WT_STYLE_BRIGHT);
}

/* Whether the table has columns that say how bad it is, and of whom it is told. */
static bool has_subject(const struct wt_app *app) {
    const struct wt_table_state *state = &app->tables[WT_PANE_EVENTS];
    struct wt_table table;
    int found = 0;
    if (!wt_app_table(app, WT_PANE_EVENTS, &table))
        return false;
    for (int i = 0; i < state->head_count; i++) {
        const char *title = table.columns[state->heads[i].column].title;
        found += strcmp(title, "LEVEL") == 0 || strcmp(title, "SERVICE") == 0;
    }
    return found == 2;
}

static void draw_text(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    const struct wt_event *event = event_at(context, row);
    wt_text(canvas, cell, has_subject(context) ? wt_event_predicate(event) : event->text,
            event->severity == WT_SEVERITY_INFO ? WT_STYLE_TEXT
                                                : wt_severity_style(event->severity));
}

static const char *severity_word(enum wt_severity severity) {
    return severity == WT_SEVERITY_CRIT ? "crit" : severity == WT_SEVERITY_WARN ? "warn" : "info";
}

static void draw_severity(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                          size_t row, int extra) {
    (void)extra;
    enum wt_severity severity = event_at(context, row)->severity;
    wt_text(canvas, cell, severity_word(severity), wt_severity_style(severity));
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column columns[] = {
    {"TIME", 1, 8, 0, 0, WT_ALIGN_LEFT, false, draw_time, NULL, 0, NULL},
    {"LEVEL", 6, 6, 0, 0, WT_ALIGN_LEFT, false, draw_severity, NULL, 0, NULL},
    {"KIND", 5, 12, 0, 0, WT_ALIGN_LEFT, false, draw_kind, NULL, 0, NULL},
    {"SERVICE", 4, 8, 0, 24, WT_ALIGN_LEFT, false, draw_service, NULL, 0, NULL},
    {"WHAT", 0, 20, 6, 0, WT_ALIGN_LEFT, false, draw_text, NULL, 0, NULL},
};

static const char *word(const void *context, size_t row, const struct wt_table_column *column) {
    const struct wt_event *event = event_at(context, row);
    return column->draw == draw_severity  ? severity_word(event->severity)
           : column->draw == draw_kind    ? wt_event_kind_text(event->kind)
           : column->draw == draw_service ? event->service
                                          : NULL;
}

static void draw_brief(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    char text[WT_SENTENCE_SIZE];
    enum wt_severity severity = event_at(context, row)->severity;
    wt_brief_event_say(context, row, cell.cols, text);
    wt_text(canvas, cell, text,
            severity == WT_SEVERITY_INFO ? WT_STYLE_TEXT : wt_severity_style(severity));
}

/* In a pane of the overview the sentence says it all; its colour is the severity. */
static const struct wt_table_column short_columns[] = {
    {"TIME", 1, 8, 0, 0, WT_ALIGN_LEFT, false, draw_time, NULL, 0, NULL},
    {"SERVICE", 4, 6, 0, 0, WT_ALIGN_LEFT, false, draw_service, NULL, 0, NULL},
    {"WHAT", 0, 16, 8, 0, WT_ALIGN_LEFT, false, draw_brief, NULL, 0, NULL},
};

static uint64_t identity(const void *context, size_t row) {
    return event_at(context, row)->sequence;
}

static bool matches(const void *context, size_t row, const char *filter) {
    const struct wt_event *event = event_at(context, row);
    return wt_text_contains(event->text, filter) || wt_text_contains(event->service, filter) ||
           wt_text_contains(wt_event_kind_text(event->kind), filter) ||
           wt_text_contains(severity_word(event->severity), filter);
}

void wt_events_table(const struct wt_app *app, struct wt_table *out) {
    bool whole = app->view == WT_VIEW_EVENTS;
    *out = (struct wt_table){
        .columns = whole ? columns : short_columns,
        .column_count =
            whole ? sizeof columns / sizeof *columns : sizeof short_columns / sizeof *short_columns,
        .context = app,
        .row_count = !app->snapshot ? 0
                                    : (app->death.sequence != 0) +
                                          (whole ? app->snapshot->event_count : app->brief_count),
        .identity = identity,
        .matches = matches,
        .word = whole ? word : NULL,
        .query = &wt_events_query,
        .headless = !whole};
}

/* All that the selected event says, on two rows, for a row of the table cuts it. */
static void draw_selected(const struct wt_app *app, const struct wt_canvas *canvas,
                          struct wt_rect rect) {
    enum { MARGIN = 2 };
    int64_t row = wt_table_selected(&app->tables[WT_PANE_EVENTS]);
    rect.col += MARGIN;
    rect.cols -= MARGIN;
    if (row < 0 || rect.cols < 8)
        return;
    const struct wt_event *event = wt_events_at(app, (size_t)row);
    struct wt_worded worded;
    int arrow = 2 + wt_text_cols(canvas->glyphs->arrow);
    wt_wording_fit(event->text, (const int[]){rect.cols, rect.cols}, arrow, 2, &worded);
    wt_rect_take_top(&rect, rect.rows - 2);
    struct wt_line line = wt_line_begin(canvas, wt_rect_take_top(&rect, 1));
    wt_line_add(&line, WT_STYLE_BRIGHT, worded.what[0]);
    if (worded.rows > 1) {
        line = wt_line_begin(canvas, rect);
        wt_line_add(&line, WT_STYLE_BRIGHT, worded.what[1]);
    }
    if (!worded.cure[0])
        return;
    if (worded.rows < 2 || worded.what[1][0])
        wt_line_skip(&line, 1);
    wt_line_addf(&line, WT_STYLE_ACCENT, "%s %s", canvas->glyphs->arrow, worded.cure);
}

void wt_events_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    char name[64] = "";
    if (app->snapshot && app->snapshot->events_dropped)
        snprintf(name, sizeof name, "%" PRIu64 " older ones are gone",
                 app->snapshot->events_dropped);
    int rows = wt_verdicts_rows(app, body.cols, body.rows >= 30 ? 4 : body.rows >= 20 ? 2 : 1);
    wt_verdicts_draw(app, canvas, wt_rect_take_top(&body, rows));
    struct wt_slot slots[] = {
        {.least = 5, .want = (int)app->tables[WT_PANE_EVENTS].count + 6, .weight = 1},
        {.least = wt_all_records_are_there(app) ? 7 : 0,
         .want = (int)app->tables[WT_PANE_ALL_RECORDS].count + 3,
         .weight = wt_all_records_are_there(app),
         .rank = 1},
    };
    wt_layout_stack(slots, 2, body.rows);
    struct wt_rect events = wt_rect_take_top(&body, slots[1].rows ? slots[0].rows : body.rows);
    struct wt_rect foot =
        wt_pane_table_draw_above(app, canvas, events, WT_PANE_EVENTS, "events", name,
                                 events.rows >= 12  ? 3
                                 : events.rows >= 9 ? 2
                                                    : 0);
    if (foot.rows > 0)
        draw_selected(app, canvas, foot);
    if (slots[1].rows)
        wt_all_records_draw(app, canvas, body);
}
