/* table.h - one table for everything that has rows: scrolling, selecting, sorting and filtering are
 * written here once.
 *
 * A table is described by struct wt_table: columns are rows of a table themselves, each with a
 * rank (which says what is left out first when there is little room), a width, and functions that
 * draw one cell and give what to sort by. Rows are numbers [0, row_count) of the source.
 *
 * What a person did with it is in struct wt_table_state: it outlives snapshots. The selection
 * follows the identity of its row, and the row stays on its line of the screen. Sorting is stable
 * and happens in wt_table_update alone, once a snapshot; drawing formats visible rows only.
 */
#ifndef WT_UI_WIDGETS_TABLE_H
#define WT_UI_WIDGETS_TABLE_H

#include "ui/canvas.h"
#include "ui/query.h"

struct wt_sort_key {
    double number;    /* NAN sorts last, in both directions */
    const char *text; /* compared when the numbers are equal; may be NULL */
};

enum wt_align { WT_ALIGN_LEFT, WT_ALIGN_RIGHT };

struct wt_table_column {
    const char *title;
    uint8_t rank; /* 0: always there; otherwise the highest goes first */
    uint8_t cols; /* least width */
    uint8_t grow; /* share of the room that is left, 0: none */
    uint8_t most; /* greatest width, 0: any */
    enum wt_align align;
    bool falling; /* sorted from high to low at first */
    void (*draw)(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                 size_t row, int extra);
    struct wt_sort_key (*key)(const void *context, size_t row, int extra); /* NULL: no sorting */
    int extra;        /* for columns that share functions */
    const char *help; /* what it shows, for people; NULL: nothing beyond its title */
};

struct wt_table {
    const struct wt_table_column *columns;
    size_t column_count;
    size_t hidden_count; /* the last ones: rows may be sorted by them, but they are not shown */
    const void *context; /* of the functions below and of the columns */
    size_t row_count;
    uint64_t (*identity)(const void *context, size_t row);
    bool (*matches)(const void *context, size_t row, const char *text); /* case is no matter */
    /* What a cell says, for columns that are as wide as the longest of it (up to `most`), and are
     * left out when all of it is ""; NULL: the column has its own width. May be NULL itself. */
    const char *(*word)(const void *context, size_t row, const struct wt_table_column *column);
    const struct wt_query_source *query; /* what filters can ask for besides words; may be NULL */
    bool headless;
    const char *nothing; /* what is said while there are no rows; NULL: "nothing yet" */
    bool marked;         /* the selected row is marked even before anybody chose it */
};

enum { WT_FILTER_SIZE = 96, WT_TABLE_COLUMNS = 48 };

struct wt_table_state {
    int sort; /* index of a column, -1: the order of the source */
    bool reversed;
    char filter[WT_FILTER_SIZE];
    uint32_t *order; /* owned; `count` rows of the source as they are shown */
    size_t count, capacity;
    size_t cursor; /* index into order */
    size_t top;    /* index of the first visible one */
    int page;      /* rows that were visible in the last draw */
    bool pinned;   /* a person chose the row: the selection follows it */
    uint64_t identity;
    /* where the last draw put things, for the mouse */
    struct wt_rect rows_at;
    int header_row; /* -1 without */
    struct {
        int begin, end, column;
    } heads[WT_TABLE_COLUMNS];
    int head_count;
};

void wt_table_state_fini(struct wt_table_state *state);

/* Where the cursor is, to go back there later. */
struct wt_table_place {
    size_t cursor, top;
    bool pinned;
    uint64_t identity;
};

/* Sorts, filters (a filter that makes no sense matches nothing), and finds the selected row again.
 * False without memory: nothing is shown. */
bool wt_table_update(struct wt_table_state *state, const struct wt_table *table);

/* The row of the source under the cursor, -1 when there is none. */
int64_t wt_table_selected(const struct wt_table_state *state);

/* Moves the cursor by rows and pins it to its row. */
void wt_table_move(struct wt_table_state *state, const struct wt_table *table, int64_t by);

/* The next (or previous) column that can be sorted; wt_table_update must follow. */
void wt_table_sort_step(struct wt_table_state *state, const struct wt_table *table, int step);

/* Sorts by a column, or reverses it when it is sorted already; wt_table_update must follow. */
void wt_table_sort_by(struct wt_table_state *state, int column);

/* A click at a place of the screen: on a row it moves the cursor (returns 1), on a head it sorts
 * (returns 2, wt_table_update must follow); otherwise 0. */
int wt_table_click(struct wt_table_state *state, const struct wt_table *table, int col, int row);

/* Scrolls by rows, the cursor stays in sight. */
void wt_table_scroll(struct wt_table_state *state, const struct wt_table *table, int by);

/* Moves the cursor to the next row that matches: step 1 behind it, -1 before it, 0 from its own row
 * on, round the end. False when there is none: nothing moves. */
bool wt_table_seek(struct wt_table_state *state, const struct wt_table *table,
                   const struct wt_query *query, int step);

struct wt_table_place wt_table_place(const struct wt_table_state *state);
void wt_table_return(struct wt_table_state *state, const struct wt_table *table,
                     const struct wt_table_place *place);

/* Says how many rows are visible; the cursor stays, and in sight. */
void wt_table_set_page(struct wt_table_state *state, int rows);

void wt_table_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                   const struct wt_table *table, struct wt_table_state *state, bool focused);

/* A mark in column `col` of the screen that tells where one is, when not all rows are visible. */
void wt_table_draw_thumb(const struct wt_canvas *canvas, const struct wt_table_state *state,
                         int col);

/* What the heads do not say: the filter, which rows these are ("3-14 of 200"), and the order when
 * its column has been left out. "" when there is nothing to say. */
void wt_table_note(const struct wt_table_state *state, const struct wt_table *table, char *out,
                   size_t size);

/* Whether `text` contains `part`, whatever the case (ASCII). */
bool wt_text_contains(const char *text, const char *part);

#endif /* WT_UI_WIDGETS_TABLE_H */
