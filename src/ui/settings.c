#include "ui/settings.h"

#include <stdlib.h>
#include <string.h>

#include "config/nearest.h"
#include "ui/app_state.h"

static const char *const table_texts[WT_COLUMN_TABLE_COUNT] = {
#define TABLE_TEXT(name, text) [WT_COLUMN_TABLE_##name] = (text),
    WT_COLUMN_TABLE_MAP(TABLE_TEXT)
#undef TABLE_TEXT
};

const char *wt_column_table_text(enum wt_column_table table) {
    return table_texts[table];
}

/* The columns that a table always has, whatever it shows: those of an app without a snapshot. */
static bool known_columns(enum wt_column_table which, struct wt_app *empty, struct wt_table *out) {
    switch (which) {
    case WT_COLUMN_TABLE_SERVICES:
        wt_services_table(empty, out);
        return true;
    case WT_COLUMN_TABLE_WORKERS: /* and one for each field of a service's own */
        empty->service = -1;
        wt_workers_columns(empty);
        wt_workers_table(empty, out);
        return false;
    case WT_COLUMN_TABLE_EVENTS:
        empty->view = WT_VIEW_EVENTS;
        wt_events_table(empty, out);
        return true;
    case WT_COLUMN_TABLE_COUNT:
        break;
    }
    return false;
}

static wt_status check_name(const struct wt_table *table, bool all,
                            const struct wt_json_document *document, const struct wt_json *item,
                            struct wt_error *err) {
    const char *name = wt_json_string(item), *nearest = NULL;
    char known[WT_COLUMN_NAME_SIZE], near[WT_COLUMN_NAME_SIZE];
    size_t best = SIZE_MAX, length = name ? strlen(name) : 0;
    if (length == 0 || length >= WT_COLUMN_NAME_SIZE)
        return wt_json_fail(err, document, item,
                            "must be the name of a column, a text of 1 to %d bytes",
                            WT_COLUMN_NAME_SIZE - 1);
    if (!all || wt_column_find(table, name) >= 0)
        return WT_OK;
    for (size_t i = 0; i < table->column_count; i++) {
        wt_column_name(&table->columns[i], known);
        if (wt_is_nearer(name, length, known, &best)) {
            memcpy(near, known, sizeof near);
            nearest = near;
        }
    }
    return wt_json_fail(err, document, item, "%s: no such column%s%s%s", name,
                        nearest ? "; did you mean " : ": the first word of a head in lower case",
                        nearest ? nearest : "", nearest ? "?" : "");
}

wt_status wt_column_choice_read(struct wt_column_choice *choice, enum wt_column_table which,
                                const struct wt_json_document *document, const struct wt_json *list,
                                struct wt_error *err) {
    struct wt_table table;
    choice->count = 0;
    if (wt_json_type(list) != WT_JSON_ARRAY || wt_json_count(list) == 0 ||
        wt_json_count(list) > WT_COLUMN_CHOICES)
        return wt_json_fail(err, document, list,
                            "must be a list of 1 to %d columns, like [\"service\", \"util\"]",
                            WT_COLUMN_CHOICES);
    struct wt_app *empty = calloc(1, sizeof *empty);
    if (!empty)
        return wt_fail(err, WT_ENOMEM, "no memory for the columns");
    bool all = known_columns(which, empty, &table);
    wt_status status = WT_OK;
    for (const struct wt_json *item = wt_json_first(list); item && status == WT_OK;
         item = wt_json_next(item)) {
        status = check_name(&table, all, document, item, err);
        if (status == WT_OK)
            memcpy(choice->names[choice->count++], wt_json_string(item),
                   strlen(wt_json_string(item)) + 1);
    }
    free(empty);
    return status;
}

static wt_status read_columns(struct wt_settings *settings, const struct wt_config *config,
                              struct wt_error *err) {
    for (const struct wt_json *member = wt_json_first(config->columns); member;
         member = wt_json_next(member)) {
        int which = 0;
        while (which < WT_COLUMN_TABLE_COUNT && strcmp(table_texts[which], wt_json_key(member)))
            which++;
        if (which == WT_COLUMN_TABLE_COUNT)
            return wt_json_fail(err, config->document, member,
                                "no such table: there are services, workers and events");
        wt_status status = wt_column_choice_read(
            &settings->columns[which], (enum wt_column_table)which, config->document, member, err);
        if (status != WT_OK)
            return status;
    }
    return WT_OK;
}

wt_status wt_settings_read(struct wt_settings *settings, const struct wt_config *config,
                           struct wt_error *err) {
    memset(settings, 0, sizeof *settings);
    wt_keymap_init(&settings->keymap);
    if (!config)
        return WT_OK;
    wt_status status = wt_keymap_read(&settings->keymap, config->document, config->keys, err);
    return status == WT_OK ? read_columns(settings, config, err) : status;
}
