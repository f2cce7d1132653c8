/* settings.h - what a person set about the screen in the configuration: keys and columns.
 *
 *     {"keys": {"pause": "p F5"}, "columns": {"services": ["service", "state", "util", "queue"]}}
 *
 * A column is asked for by the first word of its head in lower case; the one without a head is the
 * meter. Threads: one owner.
 */
#ifndef WT_UI_SETTINGS_H
#define WT_UI_SETTINGS_H

#include "config/config.h"
#include "ui/keymap.h"

/* The tables whose columns can be chosen. */
#define WT_COLUMN_TABLE_MAP(X)                                                                     \
    X(SERVICES, "services")                                                                        \
    X(WORKERS, "workers")                                                                          \
    X(EVENTS, "events")

enum wt_column_table {
#define WT_COLUMN_TABLE_ENUM(name, text) WT_COLUMN_TABLE_##name,
    WT_COLUMN_TABLE_MAP(WT_COLUMN_TABLE_ENUM)
#undef WT_COLUMN_TABLE_ENUM
        WT_COLUMN_TABLE_COUNT
};

const char *wt_column_table_text(enum wt_column_table table);

enum { WT_COLUMN_NAME_SIZE = 24, WT_COLUMN_CHOICES = 48 };

/* Columns by name, in their order; count 0: the usual ones. */
struct wt_column_choice {
    char names[WT_COLUMN_CHOICES][WT_COLUMN_NAME_SIZE];
    size_t count;
};

struct wt_settings {
    struct wt_keymap keymap;
    struct wt_column_choice columns[WT_COLUMN_TABLE_COUNT];
};

/* `config` NULL: the usual ones. WT_EFORMAT: the error names file, line, key and what would be
 * right; WT_ENOMEM. */
wt_status wt_settings_read(struct wt_settings *settings, const struct wt_config *config,
                           struct wt_error *err);

/* One list of columns, from the configuration or from what was remembered. */
wt_status wt_column_choice_read(struct wt_column_choice *choice, enum wt_column_table table,
                                const struct wt_json_document *document, const struct wt_json *list,
                                struct wt_error *err);

#endif /* WT_UI_SETTINGS_H */
