/* What e writes: the rows that one is looking at, or everything. Here the choice, and the rows as
 * JSON; files are the caller's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "json/writer.h"

enum { ROWS_VERSION = 1, CELL_COLS = 240 };

enum choice { SHOWN, EVERYTHING, CHOICES };

static const char *const pane_words[WT_PANE_COUNT] = {
    [WT_PANE_SERVICES] = "services", [WT_PANE_WORKERS] = "workers", [WT_PANE_FIELDS] = "fields",
    [WT_PANE_STORE] = "store",       [WT_PANE_RESIZES] = "resizes", [WT_PANE_EVENTS] = "events",
    [WT_PANE_HELP] = "help",
};

/* The table that has the keys; without one, that of the services. */
static enum wt_pane shown_table(const struct wt_app *app, struct wt_table *table) {
    enum wt_pane pane = app->focus[app->view];
    if (!wt_app_table(app, pane, table)) {
        pane = WT_PANE_SERVICES;
        wt_app_table(app, pane, table);
    }
    return pane;
}

/* ---- the list -------------------------------------------------------------------------------- */

static size_t count(const struct wt_app *app) {
    (void)app;
    return CHOICES;
}

static const char *pane_word(enum wt_pane pane) {
    return pane_words[pane] ? pane_words[pane] : "rows";
}

static void draw_row(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at,
                     size_t row, bool chosen) {
    struct wt_table table;
    enum wt_pane pane = shown_table(app, &table);
    enum wt_style_name style = chosen ? WT_STYLE_SELECTED : WT_STYLE_TEXT;
    if (row == EVERYTHING)
        wt_text(canvas, at, "everything: the whole snapshot", style);
    else
        wt_textf(canvas, at, style, "what is shown: %zu %s%s", app->tables[pane].count,
                 pane_word(pane), app->tables[pane].filter[0] ? ", as filtered" : "");
}

static unsigned accept(struct wt_app *app, size_t row) {
    (void)app;
    return row == EVERYTHING ? WT_APP_EXPORT : WT_APP_EXPORT_ROWS;
}

static const struct wt_menu_kind export_menu = {.title = "write as JSON",
                                                .note = "Enter writes it",
                                                .cols = 44,
                                                .again = WT_ACTION_EXPORT,
                                                .count = count,
                                                .draw = draw_row,
                                                .accept = accept};

void wt_app_export_menu(struct wt_app *app) {
    if (app->snapshot)
        wt_menu_open(app, &export_menu, EVERYTHING);
    else
        wt_app_message(app, WT_SEVERITY_INFO, "there is nothing to export yet");
}

/* ---- rows as JSON ---------------------------------------------------------------------------- */

/* Figures and texts by the names under which a filter asks for them. */
static void put_keys(struct wt_json_writer *writer, const struct wt_table *table, size_t row) {
    const struct wt_query_source *query = table->query;
    for (size_t i = 0; i < query->key_count; i++) {
        char scratch[WT_QUERY_SCRATCH];
        const char *name = query->keys[i].name;
        if (query->keys[i].type == WT_QUERY_TEXT || query->keys[i].type == WT_QUERY_WORD)
            wt_json_put_text(writer, name, query->text(table->context, row, (int)i, scratch));
        else
            wt_json_put_real(writer, name, query->number(table->context, row, (int)i));
    }
}

/* Cells as they are read, by the names of their columns: for rows that no filter asks figures of.
 */
static void put_cells(struct wt_json_writer *writer, const struct wt_canvas *canvas,
                      const struct wt_table *table, size_t row) {
    struct wt_buffer text = {0};
    for (size_t i = 0; i < table->column_count - table->hidden_count; i++) {
        const struct wt_table_column *column = &table->columns[i];
        char name[WT_COLUMN_NAME_SIZE];
        int cols = column->grow ? CELL_COLS : column->cols;
        wt_grid_clear(canvas->grid, canvas->theme->styles[WT_STYLE_TEXT]);
        column->draw(canvas, (struct wt_rect){0, 0, cols, 1}, table->context, row, column->extra);
        wt_buffer_clear(&text);
        wt_grid_text(canvas->grid, &text);
        const char *begin = wt_buffer_text(&text);
        begin += strspn(begin, " ");
        if (text.length > 0)
            text.data[text.length - 1] = '\0'; /* the end of the line */
        wt_column_name(column, name);
        wt_json_put_text(writer, name, begin);
    }
    wt_buffer_fini(&text);
}

static void put_order(struct wt_json_writer *writer, const struct wt_table_state *state,
                      const struct wt_table *table) {
    char name[WT_COLUMN_NAME_SIZE];
    wt_json_put_text(writer, "filter", state->filter);
    if (state->sort < 0 || state->sort >= (int)table->column_count)
        return;
    wt_column_name(&table->columns[state->sort], name);
    wt_json_put_text(writer, "sort", name);
    wt_json_put_bool(writer, "reversed", state->reversed);
}

void wt_app_export_rows(const struct wt_app *app, struct wt_buffer *out) {
    struct wt_json_writer writer = {.out = out};
    struct wt_grid grid;
    struct wt_table table;
    char time[64];
    enum wt_pane pane = shown_table(app, &table);
    const struct wt_table_state *state = &app->tables[pane];
    if (!app->snapshot || wt_grid_init(&grid, CELL_COLS, 1, NULL) != WT_OK) {
        out->failed = true;
        return;
    }
    const struct wt_canvas canvas = {
        .grid = &grid, .theme = &app->theme, .glyphs = app->glyphs, .now = app->snapshot->time};
    wt_format_rfc3339(time, sizeof time, app->snapshot->time.realtime_ns);
    wt_json_open(&writer, NULL, '{');
    wt_json_put_int(&writer, "rows_version", ROWS_VERSION);
    wt_json_put_text(&writer, "time", time);
    wt_json_put_text(&writer, "host", app->snapshot->monitor.host);
    wt_json_put_text(&writer, "table", pane_word(pane));
    if (pane != WT_PANE_SERVICES && pane != WT_PANE_EVENTS && pane != WT_PANE_RESIZES)
        wt_json_put_text(&writer, "service", app->service_name);
    put_order(&writer, state, &table);
    wt_json_open(&writer, "rows", '[');
    for (size_t i = 0; i < state->count; i++) {
        wt_json_open(&writer, NULL, '{');
        if (table.query)
            put_keys(&writer, &table, state->order[i]);
        else
            put_cells(&writer, &canvas, &table, state->order[i]);
        wt_json_close(&writer, '}');
    }
    wt_json_close(&writer, ']');
    wt_json_close(&writer, '}');
    wt_buffer_append_char(out, '\n');
    wt_grid_fini(&grid);
}
