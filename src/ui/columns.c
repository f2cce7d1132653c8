#include "ui/columns.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"

void wt_column_name(const struct wt_table_column *column, char out[static WT_COLUMN_NAME_SIZE]) {
    size_t length = 0;
    for (const char *at = column->title;
         (isalnum((unsigned char)*at) || *at == '_') && length + 1 < WT_COLUMN_NAME_SIZE; at++)
        out[length++] = (char)tolower((unsigned char)*at);
    out[length] = '\0';
    if (length == 0)
        snprintf(out, WT_COLUMN_NAME_SIZE, "meter");
}

int wt_column_find(const struct wt_table *table, const char *name) {
    char known[WT_COLUMN_NAME_SIZE];
    for (size_t i = 0; i < table->column_count; i++) {
        wt_column_name(&table->columns[i], known);
        if (strcmp(known, name) == 0)
            return (int)i;
    }
    return -1;
}

static int index_of(const struct wt_column_choice *choice, const char *name) {
    for (size_t i = 0; i < choice->count; i++)
        if (strcmp(choice->names[i], name) == 0)
            return (int)i;
    return -1;
}

static void add_column(struct wt_columns *out, const struct wt_table *table, int at, bool *taken) {
    if (at < 0 || taken[at])
        return;
    taken[at] = true;
    out->columns[out->count++] = table->columns[at];
}

void wt_columns_pick(struct wt_columns *out, const struct wt_table *table,
                     const struct wt_column_choice *choice,
                     const struct wt_column_changes *changes) {
    bool taken[WT_TABLE_COLUMNS] = {false};
    char name[WT_COLUMN_NAME_SIZE];
    size_t count = table->column_count < WT_TABLE_COLUMNS ? table->column_count : WT_TABLE_COLUMNS;
    out->count = 0;
    for (size_t i = 0; i < choice->count; i++)
        if (index_of(&changes->hidden, choice->names[i]) < 0)
            add_column(out, table, wt_column_find(table, choice->names[i]), taken);
    for (size_t i = 0; i < count && choice->count == 0; i++) {
        wt_column_name(&table->columns[i], name);
        if (index_of(&changes->hidden, name) < 0)
            add_column(out, table, (int)i, taken);
    }
    for (size_t i = 0; i < changes->added.count; i++)
        add_column(out, table, wt_column_find(table, changes->added.names[i]), taken);
    out->visible = out->count;
    for (size_t i = 0; i < count; i++)
        add_column(out, table, (int)i, taken);
    if (out->visible == 0)
        out->visible = out->count;
}

/* ---- of the app ------------------------------------------------------------------------------ */

static const enum wt_pane panes[WT_COLUMN_TABLE_COUNT] = {
    [WT_COLUMN_TABLE_SERVICES] = WT_PANE_SERVICES,
    [WT_COLUMN_TABLE_WORKERS] = WT_PANE_WORKERS,
    [WT_COLUMN_TABLE_EVENTS] = WT_PANE_EVENTS,
};

/* In the overview the events have their short columns. */
int wt_columns_of_pane(const struct wt_app *app, int pane) {
    for (int which = 0; which < WT_COLUMN_TABLE_COUNT; which++)
        if ((int)panes[which] == pane && (pane != WT_PANE_EVENTS || app->view == WT_VIEW_EVENTS))
            return which;
    return -1;
}

struct wt_sorted_columns wt_columns_sorted(const struct wt_app *app) {
    struct wt_sorted_columns sorted;
    for (int which = 0; which < WT_COLUMN_TABLE_COUNT; which++) {
        struct wt_table table;
        int sort = app->tables[panes[which]].sort;
        sorted.names[which][0] = '\0';
        if (sort >= 0 && wt_app_table(app, panes[which], &table) && sort < (int)table.column_count)
            wt_column_name(&table.columns[sort], sorted.names[which]);
    }
    return sorted;
}

void wt_columns_refresh(struct wt_app *app, enum wt_column_table which,
                        const struct wt_sorted_columns *sorted) {
    struct wt_table_state *state = &app->tables[panes[which]];
    const char *wanted = state->sort == WT_SORT_USUAL ? "state" : sorted->names[which];
    char name[WT_COLUMN_NAME_SIZE] = "";
    struct wt_table table;
    if (wt_columns_of_pane(app, (int)panes[which]) < 0)
        return;
    app->picked[which].count = 0;
    wt_app_table(app, panes[which], &table);
    wt_columns_pick(&app->picked[which], &table, &app->settings.columns[which],
                    &app->column_changes[which]);
    wt_app_table(app, panes[which], &table);
    if (state->sort >= 0 && state->sort < (int)table.column_count)
        wt_column_name(&table.columns[state->sort], name);
    if (state->sort != -1 && strcmp(name, wanted) != 0) {
        int found = wt_column_find(&table, wanted);
        state->sort = found >= 0 ? found : wt_column_find(&table, "state");
    }
}

/* ---- the list -------------------------------------------------------------------------------- */

/* The table that the list is about: that of the pane which has the keys, all columns of it. */
static bool listed(const struct wt_app *app, int *which, struct wt_table *out) {
    *which = wt_columns_of_pane(app, (int)app->focus[app->view]);
    return *which >= 0 && wt_app_table(app, panes[*which], out);
}

static size_t count(const struct wt_app *app) {
    struct wt_table table;
    int which;
    return listed(app, &which, &table) ? table.column_count : 0;
}

static void draw_row(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at,
                     size_t row, bool chosen) {
    struct wt_table table;
    char name[WT_COLUMN_NAME_SIZE];
    int which;
    if (!listed(app, &which, &table) || row >= table.column_count)
        return;
    bool visible = row < table.column_count - table.hidden_count;
    wt_column_name(&table.columns[row], name);
    wt_textf(canvas, at,
             chosen    ? WT_STYLE_SELECTED
             : visible ? WT_STYLE_BRIGHT
                       : WT_STYLE_DIM,
             "[%c] %s", visible ? 'x' : ' ', name);
}

static void put_name(struct wt_column_choice *choice, const char *name) {
    if (choice->count < WT_COLUMN_CHOICES)
        memcpy(choice->names[choice->count++], name, WT_COLUMN_NAME_SIZE);
}

static bool take_name(struct wt_column_choice *choice, const char *name) {
    int at = index_of(choice, name);
    if (at < 0)
        return false;
    choice->count--;
    memmove(choice->names[at], choice->names[at + 1],
            (choice->count - (size_t)at) * sizeof choice->names[0]);
    return true;
}

/* A column that is switched off goes below those that are shown: the cursor follows it. */
static unsigned toggle(struct wt_app *app, size_t row) {
    struct wt_table table;
    char name[WT_COLUMN_NAME_SIZE];
    int which;
    if (!listed(app, &which, &table) || row >= table.column_count)
        return 0;
    struct wt_column_changes *changes = &app->column_changes[which];
    size_t visible = table.column_count - table.hidden_count;
    wt_column_name(&table.columns[row], name);
    if (row < visible && visible == 1) {
        wt_app_message(app, WT_SEVERITY_INFO, "one column must stay");
        return 0;
    }
    if (row < visible) {
        if (!take_name(&changes->added, name))
            put_name(&changes->hidden, name);
    } else if (!take_name(&changes->hidden, name)) {
        put_name(&changes->added, name);
    }
    wt_app_refresh(app);
    if (listed(app, &which, &table)) {
        int at = wt_column_find(&table, name);
        app->menu.cursor = at >= 0 ? (size_t)at : 0;
    }
    return 0;
}

static const struct wt_menu_kind columns_menu = {.title = "columns",
                                                 .note = "Enter switches",
                                                 .cols = 34,
                                                 .stays = true,
                                                 .again = WT_ACTION_NONE,
                                                 .count = count,
                                                 .draw = draw_row,
                                                 .accept = toggle};

void wt_app_columns_menu(struct wt_app *app) {
    struct wt_table table;
    int which;
    if (listed(app, &which, &table))
        wt_menu_open(app, &columns_menu, 0);
    else
        wt_app_message(app, WT_SEVERITY_INFO, "the columns of this part are fixed");
}
