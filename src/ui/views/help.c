/* Help, made from the key table; the empty state; and the screen that is too small. */
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"
#include "ui/keymap.h"
#include "ui/values.h"
#include "ui/views/calm.h"
#include "ui/widgets/frame.h"

enum { HELP_KEYS_COLS = 14, HELP_KEYS_WIDE_COLS = 24 };

/* Appends as many keys as there is room for, none of them cut. */
static void key_list(const struct wt_keymap *map, enum wt_action action, int cols, char *out,
                     size_t size) {
    char key[16];
    for (int i = 0; wt_action_key_text(map, action, i, key), key[0]; i++) {
        size_t used = strlen(out);
        if (used > 0 && used + 1 + strlen(key) > (size_t)cols)
            return;
        snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "", key);
    }
}

/* One line of the help: an action, or two that go there and back. */
struct entry {
    enum wt_action action, other; /* NONE: alone */
    const char *help;
};

static void draw_entry(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at,
                       const struct entry *entry) {
    char keys[64] = "", first[16], second[16];
    const struct wt_keymap *map = &app->settings.keymap;
    struct wt_rect left =
        wt_rect_take_left(&at, at.cols >= 52 ? HELP_KEYS_WIDE_COLS : HELP_KEYS_COLS);
    left.cols--;
    if (entry->other == WT_ACTION_NONE) {
        key_list(map, entry->action, left.cols, keys, sizeof keys);
    } else { /* each key beside its contrary, as far as there is room */
        for (int i = 0;; i++) {
            wt_action_key_text(map, entry->action, i, first);
            wt_action_key_text(map, entry->other, i, second);
            size_t used = strlen(keys), more = strlen(first) + strlen(second) + 2;
            if ((!first[0] && !second[0]) || (used > 0 && used + more > (size_t)left.cols))
                break;
            snprintf(keys + used, sizeof keys - used, "%s%s%s%s", used > 0 ? " " : "", first,
                     first[0] && second[0] ? " " : "", second);
        }
    }
    wt_text(canvas, left, keys, WT_STYLE_KEY);
    wt_text(canvas, at, entry->help, WT_STYLE_TEXT);
}

/* "wide" ones take the whole line, the others half of one where there is room. */
static const struct {
    const char *word;
    enum wt_style_name style;
    const char *meaning;
    bool wide;
    bool roomy; /* only where there is room for it */
} legend[] = {
    {NULL, WT_STYLE_WARN, "OK, but not if it lasts", false, false}, /* the mark of what rises */
    {"! STUCK", WT_STYLE_CRIT, "busy, but nothing moves", false, false},
    {"? STALE", WT_STYLE_WARN, "lives, but no heartbeat", false, false},
    {"- silent", WT_STYLE_DIM, "publishes nothing", false, false},
    {"x gone", WT_STYLE_DIM, "left or died just now", false, false},
    {"-  and  ?", WT_STYLE_DIM, "unknown (yet): never 0", false, false},
    {"+ flapping", WT_STYLE_WARN, "beside a verdict: is wrong, too", false, true},
    {"in a meter", WT_STYLE_DIM, "marks: WARN and CRIT begin there", false, true},
    {"/ util>80", WT_STYLE_KEY, "rows by figures: queue!=0 age<=2h, a service's own fields", true,
     false},
    {"/ state:crit", WT_STYLE_KEY, "has this text; state=crit is it; a word alone: anywhere", true,
     false},
    {"/ !web a | b", WT_STYLE_KEY, "! is not, | is or, a space is and; \"text with spaces\"", true,
     false},
};

enum { LEGEND = sizeof legend / sizeof *legend, ROOMY_ROWS = 26 };

/* The view that one came from: its keys are what one asks for. */
static const struct wt_view *explained(const struct wt_app *app) {
    return &wt_views[app->depth > 0 ? app->came_from[app->depth - 1] : WT_VIEW_OVERVIEW];
}

static bool is_here(const struct wt_app *app, enum wt_action action) {
    return wt_action_info(action)->help[0] && app->settings.keymap.keys[action][0] &&
           wt_action_info(action)->contexts & explained(app)->context;
}

static int list_entries(const struct wt_app *app, struct entry entries[static WT_ACTION_COUNT]) {
    int count = 0;
    for (int i = 0; i < WT_ACTION_COUNT; i++) {
        struct entry entry = {(enum wt_action)i, WT_ACTION_NONE, NULL};
        enum wt_action other = WT_ACTION_NONE;
        const char *help;
        if (!is_here(app, entry.action))
            continue;
        if (wt_action_pair(entry.action, &other, &help) && other != WT_ACTION_NONE &&
            is_here(app, other)) {
            entry.other = other;
            entry.help = help;
        } else if (count > 0 && entries[count - 1].other == entry.action) {
            continue;
        } else {
            entry.help = wt_action_info(entry.action)->help;
        }
        entries[count++] = entry;
    }
    return count;
}

static int draw_actions(const struct wt_app *app, const struct wt_canvas *canvas,
                        struct wt_rect rect, int top) {
    struct entry entries[WT_ACTION_COUNT];
    int count = list_entries(app, entries);
    int columns = rect.cols >= 72 ? 2 : 1, rows = (count + columns - 1) / columns;
    for (int i = 0; i < count; i++) {
        struct wt_rect at = wt_rect_row(rect, i % rows - top);
        if (i % rows < top || at.rows == 0)
            continue;
        int half = rect.cols / columns;
        at.col += i / rows * half;
        at.cols = half - 1;
        draw_entry(app, canvas, at, &entries[i]);
    }
    return rows;
}

/* Every column of a table that has something to explain, from the first row on. Returns the rows.
 */
static int draw_columns(const struct wt_app *app, const struct wt_canvas *canvas,
                        struct wt_rect rect, enum wt_pane pane, const char *title, int top) {
    struct wt_table table;
    int rows = 1;
    if (!wt_app_table(app, pane, &table))
        return 0;
    wt_text(canvas, wt_rect_row(rect, -top), title, WT_STYLE_TITLE);
    for (size_t i = 0; i < table.column_count; i++) {
        const struct wt_table_column *column = &table.columns[i];
        if (column->help == NULL)
            continue;
        struct wt_rect at = wt_rect_row(rect, rows++ - top);
        struct wt_rect left = wt_rect_take_left(&at, HELP_KEYS_COLS);
        wt_text(canvas, left, column->title[0] ? column->title : "(meter)", WT_STYLE_COLUMN_SORTED);
        wt_text(canvas, at, column->help, WT_STYLE_TEXT);
    }
    return rows + 1;
}

/* Below row `top` of `rect`, which is above its first row where one scrolled. Returns its rows. */
static int draw_legend(const struct wt_canvas *canvas, struct wt_rect rect, int top) {
    int row = 0, columns = rect.cols >= 72 ? 2 : 1, col = 0;
    for (int i = 0; i < LEGEND; i++) {
        if (legend[i].roomy && rect.rows < ROOMY_ROWS)
            continue;
        if (col > 0 && (col == columns || legend[i].wide)) {
            col = 0;
            row++;
        }
        struct wt_rect at = wt_rect_row(rect, top + row);
        if (top + row >= 0 && at.rows > 0) {
            at.col += col * (rect.cols / columns);
            at.cols = legend[i].wide ? at.cols : rect.cols / columns - 1;
            struct wt_rect left = wt_rect_take_left(&at, HELP_KEYS_COLS);
            struct wt_line word = wt_line_begin(canvas, left);
            if (legend[i].word == NULL)
                wt_rising_mark(&word);
            else
                wt_line_add(&word, legend[i].style, legend[i].word);
            wt_text(canvas, at, legend[i].meaning, WT_STYLE_TEXT);
        }
        col = legend[i].wide ? columns : col + 1;
    }
    return row + 1;
}

void wt_help_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    char name[64];
    snprintf(name, sizeof name, "keys of %s", explained(app)->title);
    struct wt_frame frame = {
        .title = "help", .name = name, .note = "Down: columns   Esc goes back", .focused = true};
    struct wt_rect inner = wt_frame_draw(canvas, body, &frame);
    app->help_page = inner.rows;
    int rows = draw_actions(app, canvas, inner, app->help_top);
    rows += rows + 7 <= inner.rows; /* a line of air, if all finds room */
    rows += draw_legend(canvas, inner, rows - app->help_top) + 1;
    rows += draw_columns(app, canvas, inner, WT_PANE_SERVICES, "columns of services",
                         app->help_top - rows);
    rows += draw_columns(app, canvas, inner, WT_PANE_WORKERS, "columns of workers",
                         app->help_top - rows);
    app->help_rows = rows - 1;
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
