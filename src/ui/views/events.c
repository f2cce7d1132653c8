/* The table of events, newest first, and the view that is all of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/values.h"

/* Row 0 is the newest. */
static const struct wt_event *event_at(const void *context, size_t row) {
    const struct wt_app *app = context;
    return &app->snapshot->events[app->snapshot->event_count - 1 - row];
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

static void draw_text(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    (void)extra;
    const struct wt_event *event = event_at(context, row);
    wt_text(canvas, cell, event->text,
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
    {"TIME", 1, 8, 0, 0, WT_ALIGN_LEFT, false, draw_time, NULL, 0},
    {"LEVEL", 6, 6, 0, 0, WT_ALIGN_LEFT, false, draw_severity, NULL, 0},
    {"KIND", 5, 12, 0, 0, WT_ALIGN_LEFT, false, draw_kind, NULL, 0},
    {"SERVICE", 4, 8, 1, 20, WT_ALIGN_LEFT, false, draw_service, NULL, 0},
    {"WHAT", 0, 20, 6, 0, WT_ALIGN_LEFT, false, draw_text, NULL, 0},
};

/* In a pane of the overview the sentence says it all; its colour is the severity. */
static const struct wt_table_column short_columns[] = {
    {"TIME", 1, 8, 0, 0, WT_ALIGN_LEFT, false, draw_time, NULL, 0},
    {"SERVICE", 4, 6, 0, 0, WT_ALIGN_LEFT, false, draw_service, NULL, 0},
    {"WHAT", 0, 16, 8, 0, WT_ALIGN_LEFT, false, draw_text, NULL, 0},
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
    *out = (struct wt_table){.columns = whole ? columns : short_columns,
                             .column_count = whole ? sizeof columns / sizeof *columns
                                                   : sizeof short_columns / sizeof *short_columns,
                             .context = app,
                             .row_count = app->snapshot ? app->snapshot->event_count : 0,
                             .identity = identity,
                             .matches = matches,
                             .headless = !whole};
}

void wt_events_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    char name[64] = "";
    if (app->snapshot && app->snapshot->events_dropped)
        snprintf(name, sizeof name, "%" PRIu64 " older ones are gone",
                 app->snapshot->events_dropped);
    wt_pane_table_draw(app, canvas, body, WT_PANE_EVENTS, "events", name);
}
