/* Help, made from the key table; the empty state; and the screen that is too small. */
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"
#include "ui/keymap.h"
#include "ui/values.h"
#include "ui/widgets/frame.h"

enum { HELP_KEYS_COLS = 14, HELP_KEYS_WIDE_COLS = 24 };

/* As many keys as there is room for, none of them cut. */
static void key_list(enum wt_action action, int cols, char *out, size_t size) {
    out[0] = '\0';
    char key[16];
    for (int i = 0; wt_action_key_text(action, i, key), key[0]; i++) {
        size_t used = strlen(out);
        if (i > 0 && used + 1 + strlen(key) > (size_t)cols)
            return;
        snprintf(out + used, size - used, "%s%s", i ? " " : "", key);
    }
}

static void draw_entry(const struct wt_canvas *canvas, struct wt_rect at, enum wt_action action) {
    char keys[64];
    struct wt_rect left =
        wt_rect_take_left(&at, at.cols >= 52 ? HELP_KEYS_WIDE_COLS : HELP_KEYS_COLS);
    left.cols--;
    key_list(action, left.cols, keys, sizeof keys);
    wt_text(canvas, left, keys, WT_STYLE_KEY);
    wt_text(canvas, at, wt_action_info(action)->help, WT_STYLE_TEXT);
}

static const struct {
    const char *word;
    enum wt_style_name style;
    const char *meaning;
} legend[] = {
    {"! STUCK", WT_STYLE_CRIT, "busy, and no counter of it moved for too long"},
    {"? STALE", WT_STYLE_WARN, "its process lives, its heartbeat stopped"},
    {"- silent", WT_STYLE_DIM, "registered, but publishes nothing; the reason is beside it"},
    {"x gone", WT_STYLE_DIM, "left or died since the last look"},
    {"-  and  ?", WT_STYLE_DIM, "not known: absent is never shown as 0"},
};

enum { LEGEND = sizeof legend / sizeof *legend };

static int draw_actions(const struct wt_canvas *canvas, struct wt_rect rect, int top) {
    enum wt_action shown[WT_ACTION_COUNT];
    int count = 0;
    for (int action = 0; action < WT_ACTION_COUNT; action++)
        if (wt_action_info((enum wt_action)action)->help[0] &&
            wt_action_info((enum wt_action)action)->contexts & WT_CONTEXT_VIEWS)
            shown[count++] = (enum wt_action)action;
    int columns = rect.cols >= 72 ? 2 : 1, rows = (count + columns - 1) / columns;
    for (int i = 0; i < count; i++) {
        struct wt_rect at = wt_rect_row(rect, i % rows - top);
        if (i % rows < top || at.rows == 0)
            continue;
        int half = rect.cols / columns;
        at.col += i / rows * half;
        at.cols = half - 1;
        draw_entry(canvas, at, shown[i]);
    }
    return rows;
}

void wt_help_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    struct wt_frame frame = {
        .title = "help", .name = app->theme.name, .note = "Esc goes back", .focused = true};
    struct wt_rect inner = wt_frame_draw(canvas, body, &frame);
    app->help_page = inner.rows;
    int rows = draw_actions(canvas, inner, app->help_top);
    app->help_rows = rows + 1 + LEGEND;
    for (int i = 0; i < LEGEND; i++) {
        struct wt_rect at = wt_rect_row(inner, rows + 1 + i - app->help_top);
        if (at.rows == 0)
            continue;
        struct wt_rect left = wt_rect_take_left(&at, HELP_KEYS_COLS);
        wt_text(canvas, left, legend[i].word, legend[i].style);
        wt_text(canvas, at, legend[i].meaning, WT_STYLE_TEXT);
    }
}

/* ---- the empty state ------------------------------------------------------------------------- */

static void draw_way(const struct wt_canvas *canvas, struct wt_rect at, const char *name,
                     const char *how) {
    struct wt_line line = wt_line_begin(canvas, at);
    wt_line_addf(&line, WT_STYLE_ACCENT, "%-6s", name);
    wt_line_add(&line, WT_STYLE_BRIGHT, how);
}

void wt_empty_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    enum { ROWS = 8, COLS = 70 };
    struct wt_rect at = rect;
    if (at.rows > ROWS)
        wt_rect_take_top(&at, (at.rows - ROWS) / 2);
    if (at.cols > COLS + 4) {
        at.col += (at.cols - COLS) / 2;
        at.cols -= (at.cols - COLS) / 2;
    } else if (at.cols > 8) {
        at.col += 2;
        at.cols -= 4;
    }
    if (!app->snapshot) {
        wt_text(canvas, wt_rect_take_top(&at, 1), "Waiting for the first look ...", WT_STYLE_TITLE);
        return;
    }
    bool wide = at.cols >= 56;
    wt_text(canvas, wt_rect_take_top(&at, 1),
            wide ? "No worker has registered yet. Three ways to one:"
                 : "No worker yet. Three ways:",
            WT_STYLE_TITLE);
    if (at.rows > 5)
        wt_rect_take_top(&at, 1);
    draw_way(canvas, wt_rect_take_top(&at, 1), "demo",
             app->demo_hint ? app->demo_hint : "worktop demo");
    draw_way(canvas, wt_rect_take_top(&at, 1), "C",
             wide ? "worktop_open() of <worktop/worktop.h>, linked with -lworktop"
                  : "worktop_open(), -lworktop");
    draw_way(canvas, wt_rect_take_top(&at, 1), "Ruby",
             wide ? "gem async-service-supervisor, with its workers on the socket"
                  : "gem async-service-supervisor");
    if (app->snapshot->source.path[0])
        wt_textf(canvas, wt_rect_take_top(&at, 1), WT_STYLE_DIM, "%6s%s", "",
                 app->snapshot->source.path);
}

/* ---- too small for tables -------------------------------------------------------------------- */

void wt_tiny_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    if (rect.rows < 1)
        return;
    wt_header_draw(app, canvas, wt_rect_take_top(&rect, 1));
    struct wt_rect hint = rect.rows > 1 ? wt_rect_take_bottom(&rect, 1) : (struct wt_rect){0};
    const struct wt_snapshot *snapshot = app->snapshot;
    for (int weight = 4; snapshot && weight >= 0; weight--)
        for (size_t i = 0; i < snapshot->service_count && rect.rows > 0; i++) {
            const struct wt_service *service = &snapshot->services[i];
            if (wt_verdict_weight(service->verdict) != weight)
                continue;
            struct wt_line line = wt_line_begin(canvas, wt_rect_take_top(&rect, 1));
            wt_line_addf(&line, wt_verdict_style(service->verdict), "%-5s",
                         wt_verdict_text(service->verdict));
            wt_line_add(&line, WT_STYLE_BRIGHT, service->name);
            wt_line_addf(&line, WT_STYLE_TEXT, " %s", service->sentence);
        }
    if (hint.rows)
        wt_text(canvas, hint, "q quit  40x10: more", WT_STYLE_DIM);
}
