/* columns.h - which columns of a table are shown, and in which order. Room-internal. */
#ifndef WT_UI_COLUMNS_H
#define WT_UI_COLUMNS_H

#include "ui/settings.h"
#include "ui/widgets/table.h"

struct wt_app;

/* A column's name: the first word of its head in lower case, "meter" without a head. */
void wt_column_name(const struct wt_table_column *column, char out[static WT_COLUMN_NAME_SIZE]);

/* The index of the column with this name, -1 without. */
int wt_column_find(const struct wt_table *table, const char *name);

/* The columns of a table as they are shown; the last count - visible of them are hidden. */
struct wt_columns {
    struct wt_table_column columns[WT_TABLE_COLUMNS];
    size_t count, visible;
};

/* What a person changed while looking, beside what the configuration says. */
struct wt_column_changes {
    struct wt_column_choice hidden, added;
};

/* The columns of `table` that are chosen (all of them without a choice), without the hidden and
 * with the added ones. What is chosen and not there is left out; when nothing is left, all are
 * shown. */
void wt_columns_pick(struct wt_columns *out, const struct wt_table *table,
                     const struct wt_column_choice *choice,
                     const struct wt_column_changes *changes);

/* The choice of a pane's table, -1 when its columns cannot be chosen. */
int wt_columns_of_pane(const struct wt_app *app, int pane);

/* Makes the picked columns anew, and finds the sorted one again by its name. `sorted` is from
 * wt_columns_sorted before the tables changed. */
struct wt_sorted_columns {
    char names[WT_COLUMN_TABLE_COUNT][WT_COLUMN_NAME_SIZE];
};
enum { WT_SORT_USUAL = -2 }; /* wt_table_state.sort until then: by state */
struct wt_sorted_columns wt_columns_sorted(const struct wt_app *app);
void wt_columns_refresh(struct wt_app *app, enum wt_column_table which,
                        const struct wt_sorted_columns *sorted);

/* A list over the screen in which columns of the focused table are switched on and off. */
void wt_app_columns_menu(struct wt_app *app);

#endif /* WT_UI_COLUMNS_H */
