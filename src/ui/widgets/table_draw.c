#include <string.h>

#include "ui/widgets/table.h"

enum { MARK_COLS = 2 };

struct layout {
    int cols[WT_TABLE_COLUMNS];    /* 0: left out */
    int natural[WT_TABLE_COLUMNS]; /* as wide as what it says; 0: says nothing, -1: not known */
    size_t count;
    int gap;
};

static int used_cols(const struct layout *layout) {
    int used = -layout->gap;
    for (size_t i = 0; i < layout->count; i++)
        if (layout->cols[i])
            used += layout->cols[i] + layout->gap;
    return used < 0 ? 0 : used;
}

/* Leaves out columns by rank until the rest fits. Of equal rank the rightmost goes first. */
static void drop(const struct wt_table *table, struct layout *layout, int room) {
    while (used_cols(layout) > room) {
        size_t worst = layout->count;
        for (size_t i = 0; i < layout->count; i++)
            if (layout->cols[i] && table->columns[i].rank > 0 &&
                (worst == layout->count || table->columns[i].rank >= table->columns[worst].rank))
                worst = i;
        if (worst == layout->count)
            return;
        layout->cols[worst] = 0;
    }
}

static int least_cols(const struct wt_table *table, const struct layout *layout, size_t i) {
    enum { NAME_COLS = 12 }; /* for more of a name that is always there others are left out */
    int own = table->columns[i].cols, natural = layout->natural[i];
    if (table->columns[i].rank == 0 && natural == 0)
        return own;
    if (table->columns[i].rank == 0 && natural > own)
        return natural < own + NAME_COLS ? natural : own + NAME_COLS;
    return natural >= 0 && natural < own ? natural : own;
}

static int most_rank(const struct wt_table *table, const struct layout *layout) {
    int most = 0;
    for (size_t i = 0; i < layout->count; i++)
        most = table->columns[i].rank > most ? table->columns[i].rank : most;
    return most;
}

/* When a wide column had to go, narrower ones of less rank may have gone before it in vain: they
 * come back as far as they fit. */
static void take_back(const struct wt_table *table, struct layout *layout, int room) {
    for (int rank = 1, most = most_rank(table, layout); rank <= most; rank++)
        for (size_t i = 0; i < layout->count; i++) {
            if (layout->cols[i] || table->columns[i].rank != rank)
                continue;
            layout->cols[i] = least_cols(table, layout, i);
            if (used_cols(layout) > room)
                layout->cols[i] = 0;
        }
}

static bool may_grow(const struct wt_table *table, const struct layout *layout, size_t i) {
    const struct wt_table_column *column = &table->columns[i];
    return layout->cols[i] > 0 && column->grow > 0 && layout->natural[i] < 0 &&
           (!column->most || layout->cols[i] < column->most);
}

/* Shares what is left among the columns that grow; a column stops at its greatest width. */
static void grow(const struct wt_table *table, struct layout *layout, int room) {
    for (int left = room - used_cols(layout); left > 0;) {
        int shares = 0, given = 0;
        for (size_t i = 0; i < layout->count; i++)
            if (may_grow(table, layout, i))
                shares += table->columns[i].grow;
        if (shares == 0)
            return;
        for (size_t i = 0; i < layout->count && given < left; i++) {
            const struct wt_table_column *column = &table->columns[i];
            if (!may_grow(table, layout, i))
                continue;
            int add = left * column->grow / shares;
            add = add < 1 ? 1 : add;
            if (add > left - given)
                add = left - given;
            if (column->most && layout->cols[i] + add > column->most)
                add = column->most - layout->cols[i];
            layout->cols[i] += add;
            given += add;
        }
        left -= given;
    }
}

/* Of all rows, not of those in sight: nothing changes its place while one scrolls. */
static int natural_cols(const struct wt_table *table, const struct wt_table_column *column) {
    enum { MOST_ROWS = 1024 };
    size_t rows = table->row_count < MOST_ROWS ? table->row_count : MOST_ROWS;
    int cols = 0;
    for (size_t row = 0; row < rows; row++) {
        const char *word = table->word ? table->word(table->context, row, column) : NULL;
        if (word == NULL)
            return -1;
        int own = wt_text_cols(word);
        cols = own > cols ? own : cols;
    }
    int title = wt_text_cols(column->title);
    cols = cols > 0 && cols < title ? title : cols;
    return rows == 0 ? -1 : column->most && cols > column->most ? column->most : cols;
}

/* Words get the room that they need before others grow, the most important first. */
static void widen(const struct wt_table *table, struct layout *layout, int room) {
    for (int rank = 0, most = most_rank(table, layout); rank <= most; rank++)
        for (size_t i = 0; i < layout->count; i++) {
            int more = layout->natural[i] - layout->cols[i];
            if (!layout->cols[i] || table->columns[i].rank != rank || more <= 0)
                continue;
            int left = room - used_cols(layout);
            if (left > 0)
                layout->cols[i] += more < left ? more : left;
        }
}

static struct layout choose(const struct wt_table *table, int room) {
    struct layout layout = {.gap = room < 90 ? 1 : 2};
    size_t visible = table->column_count - table->hidden_count;
    layout.count = visible < WT_TABLE_COLUMNS ? visible : WT_TABLE_COLUMNS;
    for (size_t i = 0; i < layout.count; i++) {
        layout.natural[i] = natural_cols(table, &table->columns[i]);
        layout.cols[i] = least_cols(table, &layout, i);
    }
    drop(table, &layout, room);
    take_back(table, &layout, room);
    widen(table, &layout, room);
    grow(table, &layout, room);
    return layout;
}

static void draw_head(const struct wt_canvas *canvas, struct wt_rect at,
                      const struct wt_table_column *column, bool sorted, bool falling) {
    enum wt_style_name style = sorted ? WT_STYLE_COLUMN_SORTED : WT_STYLE_COLUMN;
    char title[64];
    size_t length = strnlen(column->title, sizeof title - 1);
    memcpy(title, column->title, length);
    title[length] = '\0';
    int cols = wt_text_cols(title);
    /* The mark of the order stands in the air beside the title, so that no title is cut for it. */
    int mark = column->align == WT_ALIGN_RIGHT ? at.col + at.cols : at.col + cols;
    if (column->align == WT_ALIGN_RIGHT)
        wt_text_right(canvas, at, title, style);
    else
        wt_text(canvas, at, title, style);
    if (sorted)
        wt_grid_put(canvas->grid, mark, at.row,
                    falling ? canvas->glyphs->falls : canvas->glyphs->rises,
                    wt_style_of(canvas, style));
}

static void draw_heads(const struct wt_canvas *canvas, struct wt_rect at,
                       const struct wt_table *table, struct wt_table_state *state,
                       const struct layout *layout) {
    state->header_row = at.row;
    state->head_count = 0;
    int col = at.col + MARK_COLS;
    for (size_t i = 0; i < layout->count; i++) {
        if (!layout->cols[i])
            continue;
        const struct wt_table_column *column = &table->columns[i];
        draw_head(canvas, (struct wt_rect){col, at.row, layout->cols[i], 1}, column,
                  state->sort == (int)i, column->falling != state->reversed);
        state->heads[state->head_count].begin = col;
        state->heads[state->head_count].end = col + layout->cols[i] + 1;
        state->heads[state->head_count++].column = (int)i;
        col += layout->cols[i] + layout->gap;
    }
}

static void draw_row(const struct wt_canvas *canvas, struct wt_rect at,
                     const struct wt_table *table, const struct layout *layout, size_t row) {
    int col = at.col + MARK_COLS;
    for (size_t i = 0; i < layout->count; i++) {
        if (!layout->cols[i])
            continue;
        struct wt_rect cell = {col, at.row, layout->cols[i], 1};
        struct wt_rect before = wt_grid_clip(canvas->grid, cell);
        table->columns[i].draw(canvas, cell, table->context, row, table->columns[i].extra);
        wt_grid_unclip(canvas->grid, before);
        col += layout->cols[i] + layout->gap;
    }
}

void wt_table_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                   const struct wt_table *table, struct wt_table_state *state, bool focused) {
    state->header_row = -1;
    state->head_count = 0;
    struct layout layout = choose(table, rect.cols - MARK_COLS);
    struct wt_rect before =
        wt_grid_clip(canvas->grid, (struct wt_rect){rect.col, rect.row, rect.cols, rect.rows});
    if (!table->headless && rect.rows > 1)
        draw_heads(canvas, wt_rect_take_top(&rect, 1), table, state, &layout);
    state->rows_at = rect;
    wt_table_set_page(state, rect.rows);
    for (int i = 0; i < rect.rows && state->top + (size_t)i < state->count; i++) {
        size_t index = state->top + (size_t)i;
        struct wt_rect at = wt_rect_row(rect, i);
        if (index == state->cursor && (focused || state->pinned || table->marked)) {
            enum wt_style_name style = focused ? WT_STYLE_SELECTED : WT_STYLE_SELECTED_AWAY;
            wt_grid_fill(canvas->grid, at, wt_style_of(canvas, style));
            if (focused)
                wt_grid_put(canvas->grid, at.col, at.row, canvas->glyphs->cursor,
                            wt_style_of(canvas, WT_STYLE_ACCENT));
        }
        draw_row(canvas, at, table, &layout, state->order[index]);
    }
    wt_grid_unclip(canvas->grid, before);
}

void wt_table_draw_thumb(const struct wt_canvas *canvas, const struct wt_table_state *state,
                         int col) {
    struct wt_rect rows = state->rows_at;
    if (rows.rows < 2 || state->count <= (size_t)rows.rows)
        return;
    size_t most = state->count - (size_t)rows.rows;
    int at = (int)(state->top * (size_t)(rows.rows - 1) / most);
    wt_grid_put(canvas->grid, col, rows.row + at, canvas->glyphs->cursor,
                wt_style_of(canvas, WT_STYLE_ACCENT));
}
