/* What is remembered from one run to the next: theme, view, order and columns, as JSON.
 *
 *     {"version": 1, "theme": {"chosen": "nord", "instead_of": ""}, "view": "events",
 *      "sort": {"services": {"column": "util", "reversed": false}},
 *      "columns": {"workers": {"hidden": ["thr"], "added": []}}}
 *
 * A theme counts as long as the configuration says what it said when the theme was chosen: who
 * changes the configuration wants to see that. Selections and filters are not remembered: the next
 * run begins with everything, the worst first.
 */
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"
#include "json/writer.h"

enum { STATE_VERSION = 1 };

static const struct {
    enum wt_view_name view;
    const char *name;
} views[] = {
    {WT_VIEW_OVERVIEW, "overview"}, {WT_VIEW_MEMORY, "memory"}, {WT_VIEW_EVENTS, "events"}};

enum { VIEWS = sizeof views / sizeof *views };

/* Rows with an order that a person can choose. */
static const struct {
    enum wt_pane pane;
    enum wt_column_table table;
} sorted[] = {{WT_PANE_SERVICES, WT_COLUMN_TABLE_SERVICES},
              {WT_PANE_WORKERS, WT_COLUMN_TABLE_WORKERS}};

enum { SORTED = sizeof sorted / sizeof *sorted };

/* ---- writing --------------------------------------------------------------------------------- */

static void put_names(struct wt_json_writer *writer, const char *key,
                      const struct wt_column_choice *names) {
    wt_json_open(writer, key, '[');
    for (size_t i = 0; i < names->count; i++)
        wt_json_put_text(writer, NULL, names->names[i]);
    wt_json_close(writer, ']');
}

static void put_sort(struct wt_json_writer *writer, const struct wt_app *app) {
    wt_json_open(writer, "sort", '{');
    for (size_t i = 0; i < SORTED; i++) {
        const struct wt_table_state *state = &app->tables[sorted[i].pane];
        struct wt_table table;
        char name[WT_COLUMN_NAME_SIZE];
        if (!wt_app_table(app, sorted[i].pane, &table) || state->sort < 0 ||
            state->sort >= (int)table.column_count)
            continue;
        wt_column_name(&table.columns[state->sort], name);
        wt_json_open(writer, wt_column_table_text(sorted[i].table), '{');
        wt_json_put_text(writer, "column", name);
        wt_json_put_bool(writer, "reversed", state->reversed);
        wt_json_close(writer, '}');
    }
    wt_json_close(writer, '}');
}

static void put_columns(struct wt_json_writer *writer, const struct wt_app *app) {
    wt_json_open(writer, "columns", '{');
    for (int which = 0; which < WT_COLUMN_TABLE_COUNT; which++) {
        const struct wt_column_changes *changes = &app->column_changes[which];
        if (changes->hidden.count + changes->added.count == 0)
            continue;
        wt_json_open(writer, wt_column_table_text((enum wt_column_table)which), '{');
        put_names(writer, "hidden", &changes->hidden);
        put_names(writer, "added", &changes->added);
        wt_json_close(writer, '}');
    }
    wt_json_close(writer, '}');
}

void wt_app_remember(const struct wt_app *app, struct wt_buffer *out) {
    struct wt_json_writer writer = {.out = out};
    const char *view = views[0].name;
    enum wt_view_name at = app->view;
    if (at == WT_VIEW_HELP && app->depth > 0)
        at = app->came_from[app->depth - 1];
    for (size_t i = 0; i < VIEWS; i++)
        if (views[i].view == at)
            view = views[i].name;
    wt_json_open(&writer, NULL, '{');
    wt_json_put_int(&writer, "version", STATE_VERSION);
    if (app->chosen_theme[0]) {
        wt_json_open(&writer, "theme", '{');
        wt_json_put_text(&writer, "chosen", app->chosen_theme);
        wt_json_put_text(&writer, "instead_of", app->chosen_instead_of);
        wt_json_close(&writer, '}');
    }
    wt_json_put_text(&writer, "view", view);
    put_sort(&writer, app);
    put_columns(&writer, app);
    wt_json_close(&writer, '}');
    wt_buffer_append_char(out, '\n');
}

/* ---- reading --------------------------------------------------------------------------------- */

/* All of it is read before anything of it counts. */
struct recalled {
    char theme[NAME_MAX + 1], instead_of[NAME_MAX + 1];
    enum wt_view_name view;
    char columns[SORTED][WT_COLUMN_NAME_SIZE];
    bool reversed[SORTED];
    struct wt_column_changes changes[WT_COLUMN_TABLE_COUNT];
};

struct reader {
    const struct wt_json_document *document;
    struct wt_error *err;
};

/* A text that fits, of a member that need not be there. */
static wt_status read_text(const struct reader *reader, const struct wt_json *object,
                           const char *key, char *out, size_t size) {
    const struct wt_json *value = wt_json_get(object, key);
    const char *text = wt_json_string(value);
    if (!value)
        return WT_OK;
    if (!text || strlen(text) >= size)
        return wt_json_fail(reader->err, reader->document, value,
                            "must be a text of less than %zu bytes", size);
    memcpy(out, text, strlen(text) + 1);
    return WT_OK;
}

static wt_status read_names(const struct reader *reader, const struct wt_json *object,
                            const char *key, struct wt_column_choice *out) {
    const struct wt_json *list = wt_json_get(object, key);
    if (list && wt_json_type(list) != WT_JSON_ARRAY)
        return wt_json_fail(reader->err, reader->document, list, "must be a list of columns");
    for (const struct wt_json *item = wt_json_first(list); item; item = wt_json_next(item)) {
        const char *name = wt_json_string(item);
        if (!name || !name[0] || strlen(name) >= WT_COLUMN_NAME_SIZE ||
            out->count == WT_COLUMN_CHOICES)
            return wt_json_fail(reader->err, reader->document, item,
                                "must be the name of a column, at most %d of them",
                                WT_COLUMN_CHOICES);
        memcpy(out->names[out->count++], name, strlen(name) + 1);
    }
    return WT_OK;
}

static wt_status read_tables(const struct reader *reader, const struct wt_json *root,
                             struct recalled *out) {
    const struct wt_json *sort = wt_json_get(root, "sort"), *columns = wt_json_get(root, "columns");
    wt_status status = WT_OK;
    for (size_t i = 0; i < SORTED && status == WT_OK; i++) {
        const struct wt_json *order = wt_json_get(sort, wt_column_table_text(sorted[i].table));
        status = read_text(reader, order, "column", out->columns[i], sizeof out->columns[i]);
        out->reversed[i] = wt_json_bool(wt_json_get(order, "reversed"));
    }
    for (int which = 0; which < WT_COLUMN_TABLE_COUNT && status == WT_OK; which++) {
        const struct wt_json *changes =
            wt_json_get(columns, wt_column_table_text((enum wt_column_table)which));
        status = read_names(reader, changes, "hidden", &out->changes[which].hidden);
        if (status == WT_OK)
            status = read_names(reader, changes, "added", &out->changes[which].added);
    }
    return status;
}

static wt_status read_all(const struct reader *reader, struct recalled *out) {
    const struct wt_json *root = wt_json_root(reader->document);
    const struct wt_json *theme = wt_json_get(root, "theme");
    const struct wt_json *version = wt_json_get(root, "version");
    struct wt_number number;
    char view[16] = "";
    if (!wt_json_number(version, &number) || wt_number_to_double(number) != STATE_VERSION)
        return wt_json_fail(reader->err, reader->document, version ? version : root,
                            "was not written by this version, whose files have version %d",
                            STATE_VERSION);
    wt_status status = read_text(reader, theme, "chosen", out->theme, sizeof out->theme);
    if (status == WT_OK)
        status = read_text(reader, theme, "instead_of", out->instead_of, sizeof out->instead_of);
    if (status == WT_OK)
        status = read_text(reader, root, "view", view, sizeof view);
    for (size_t i = 0; i < VIEWS; i++)
        if (strcmp(views[i].name, view) == 0)
            out->view = views[i].view;
    return status == WT_OK ? read_tables(reader, root, out) : status;
}

static void recall_theme(struct wt_app *app, const struct recalled *recalled) {
    struct wt_error err;
    if (!recalled->theme[0] || strcmp(recalled->instead_of, app->usual_theme) != 0)
        return;
    if (!app->theme_is_fixed && wt_app_theme_named(app, recalled->theme, &err) != WT_OK) {
        wt_app_message(app, WT_SEVERITY_WARN, "%s", err.text);
        return;
    }
    memcpy(app->chosen_theme, recalled->theme, sizeof app->chosen_theme);
    memcpy(app->chosen_instead_of, recalled->instead_of, sizeof app->chosen_instead_of);
}

wt_status wt_app_recall(struct wt_app *app, const char *file, const char *text, size_t length,
                        struct wt_error *err) {
    struct recalled recalled = {.view = WT_VIEW_OVERVIEW};
    struct wt_json_document *document;
    wt_status status = wt_json_parse(&document, file, text, length, err);
    if (status != WT_OK)
        return status;
    const struct reader reader = {document, err};
    status = read_all(&reader, &recalled);
    wt_json_free(document);
    if (status != WT_OK)
        return status;
    recall_theme(app, &recalled);
    app->view = recalled.view;
    memcpy(app->column_changes, recalled.changes, sizeof app->column_changes);
    wt_app_refresh(app);
    for (size_t i = 0; i < SORTED; i++) {
        struct wt_table table;
        wt_app_table(app, sorted[i].pane, &table);
        int at = wt_column_find(&table, recalled.columns[i]);
        if (at < 0 || !table.columns[at].key)
            continue;
        app->tables[sorted[i].pane].sort = at;
        app->tables[sorted[i].pane].reversed = recalled.reversed[i];
    }
    wt_app_refresh(app);
    return WT_OK;
}
