/* The last line: what the keys do here and how the tool itself is; a message; or the filter line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/keymap.h"

/* Where nothing can be won, which figure it is says nothing, and would be new at every refresh. */
static void format_tick(char out[static WT_FORMAT_SIZE], int64_t tick_ns) {
    if (tick_ns < WT_NS_PER_S / 1000)
        snprintf(out, WT_FORMAT_SIZE, "<1ms");
    else
        wt_format_duration(out, WT_FORMAT_SIZE, tick_ns);
}

static const char *tool_health(const struct wt_app *app, char *out, size_t size) {
    const struct wt_snapshot *snapshot = app->snapshot;
    char tick[WT_FORMAT_SIZE];
    out[0] = '\0';
    bool answers = snapshot && !app->lost && snapshot->source.health == WT_SOURCE_ANSWERING;
    if (answers && !app->travel.on) {
        format_tick(tick, snapshot->monitor.tick_duration_ns);
        snprintf(out, size, "monitor %" PRId64 "%stick %s", snapshot->monitor.pid,
                 app->glyphs->separator, tick);
    }
    return out;
}

static void draw_keys(const struct wt_app *app, struct wt_line *line, unsigned context) {
    for (int rank = 1; rank < 32; rank++)
        for (int action = 0; action < WT_ACTION_COUNT; action++) {
            const struct wt_action_info *info = wt_action_info((enum wt_action)action);
            if (info->footer_rank != rank || !(info->contexts & context) ||
                (action == WT_ACTION_EARLIER && app->travel.on)) /* it is there already */
                continue;
            char key[16];
            wt_action_key_text(&app->settings.keymap, (enum wt_action)action, 0, key);
            const char *label = info->label;
            if (action == WT_ACTION_PAUSE && (app->paused || app->travel.on))
                label = "go on";
            if (!key[0] || !wt_line_fits(line, label, wt_text_cols(key) + 3))
                continue;
            wt_line_add(line, WT_STYLE_KEY, key);
            wt_line_addf(line, WT_STYLE_LABEL, " %s", label);
            wt_line_skip(line, 2);
        }
}

static void draw_typing(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    wt_grid_fill(canvas->grid, at, wt_style_of(canvas, WT_STYLE_INPUT));
    const char *text = app->typing.text;
    struct wt_line line = wt_line_begin(canvas, at);
    static const char *const prompts[] = {[WT_TYPING_NOTHING] = "",
                                          [WT_TYPING_FILTER] = " filter / ",
                                          [WT_TYPING_SEARCH] = " find ",
                                          [WT_TYPING_MARK] = " mark "};
    wt_line_add(&line, WT_STYLE_ACCENT, prompts[app->typing.kind]);
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
    if (app->typing.error[0])
        wt_line_add(&line, app->typing.nowhere ? WT_STYLE_DIM : WT_STYLE_WARN, app->typing.error);
    else
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
    wt_line_badge(&line, badges[app->message_severity], words[app->message_severity]);
    wt_line_addf(&line, WT_STYLE_BRIGHT, " %s", app->message);
    return true;
}

void wt_footer_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    if (app->typing.kind) {
        draw_typing(app, canvas, at);
        return;
    }
    if (!app->menu.kind && draw_message(app, canvas, at))
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
    if (app->travel.on)
        wt_travel_keys_draw(app, &line);
    draw_keys(app, &line, wt_app_context(app));
}
