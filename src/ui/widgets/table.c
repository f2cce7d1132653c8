/* Order, selection and scrolling of a table. table_draw.c draws it. */
#include "ui/widgets/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wt_table_state_fini(struct wt_table_state *state) {
    free(state->order);
    *state = (struct wt_table_state){0};
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool wt_text_contains(const char *text, const char *part) {
    for (; *text; text++) {
        size_t i = 0;
        while (part[i] && lower(text[i]) == lower(part[i]))
            i++;
        if (!part[i])
            return true;
    }
    return part[0] == '\0';
}

/* ---- sorting ------------------------------------------------------------------------------- */

struct sorted {
    struct wt_sort_key key;
    uint32_t row;
};

/* Whether a comes after b. Unknown numbers come last in both directions. */
static bool is_after(const struct sorted *a, const struct sorted *b, bool falling) {
    double x = a->key.number, y = b->key.number;
    if (isnan(x) || isnan(y)) {
        if (!isnan(x) || !isnan(y))
            return isnan(x);
    } else if (x != y) {
        return falling ? x < y : x > y;
    }
    if (!a->key.text || !b->key.text)
        return false;
    int order = strcmp(a->key.text, b->key.text);
    return falling ? order < 0 : order > 0;
}

/* A stable merge sort; `spare` is as large as `items`. */
static void sort(struct sorted *items, struct sorted *spare, size_t count, bool falling) {
    if (count < 2)
        return;
    size_t half = count / 2;
    sort(items, spare, half, falling);
    sort(items + half, spare, count - half, falling);
    if (!is_after(&items[half - 1], &items[half], falling))
        return;
    memcpy(spare, items, half * sizeof *items);
    size_t left = 0, right = half, out = 0;
    while (left < half && right < count)
        items[out++] =
            is_after(&spare[left], &items[right], falling) ? items[right++] : spare[left++];
    memcpy(items + out, spare + left, (half - left) * sizeof *items);
}

static bool sort_rows(struct wt_table_state *state, const struct wt_table *table) {
    if (state->sort >= (int)table->column_count)
        state->sort = -1;
    if (state->sort < 0 || !table->columns[state->sort].key || state->count < 2)
        return true;
    const struct wt_table_column *column = &table->columns[state->sort];
    struct sorted *items = malloc(2 * state->count * sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < state->count; i++) {
        items[i].row = state->order[i];
        items[i].key = column->key(table->context, state->order[i], column->extra);
    }
    sort(items, items + state->count, state->count, column->falling != state->reversed);
    for (size_t i = 0; i < state->count; i++)
        state->order[i] = items[i].row;
    free(items);
    return true;
}

/* ---- selection ------------------------------------------------------------------------------ */

static void clamp_top(struct wt_table_state *state) {
    size_t page = state->page > 0 ? (size_t)state->page : 1;
    if (state->cursor < state->top)
        state->top = state->cursor;
    if (state->cursor >= state->top + page)
        state->top = state->cursor - page + 1;
    if (state->top + page > state->count)
        state->top = state->count > page ? state->count - page : 0;
}

/* Finds the pinned row again and keeps it on its line; a row that is gone leaves the cursor where
 * it is. */
static void reselect(struct wt_table_state *state, const struct wt_table *table) {
    size_t line = state->cursor - state->top;
    if (!state->pinned) {
        state->cursor = state->top = 0;
    } else if (table->identity) {
        for (size_t i = 0; i < state->count; i++)
            if (table->identity(table->context, state->order[i]) == state->identity) {
                state->cursor = i;
                state->top = i > line ? i - line : 0;
                break;
            }
    }
    if (state->cursor >= state->count)
        state->cursor = state->count ? state->count - 1 : 0;
    clamp_top(state);
}

static void pin(struct wt_table_state *state, const struct wt_table *table) {
    state->pinned = state->count > 0;
    if (state->pinned && table->identity)
        state->identity = table->identity(table->context, state->order[state->cursor]);
}

static void choose_rows(struct wt_table_state *state, const struct wt_table *table) {
    struct wt_query query = {.count = 0};
    char error[WT_QUERY_ERROR_SIZE];
    bool filtered = state->filter[0] && table->matches;
    state->count = 0;
    if (filtered && !wt_query_parse(&query, state->filter, table->query, table->context, error))
        return; /* it asks for a field that is not there any more */
    for (size_t row = 0; row < table->row_count; row++)
        if (!filtered ||
            wt_query_matches(&query, table->query, table->matches, table->context, row))
            state->order[state->count++] = (uint32_t)row;
}

bool wt_table_update(struct wt_table_state *state, const struct wt_table *table) {
    if (table->row_count > state->capacity) {
        size_t capacity = table->row_count + table->row_count / 2 + 16;
        uint32_t *order = realloc(state->order, capacity * sizeof *order);
        if (!order) {
            state->count = state->cursor = state->top = 0;
            return false;
        }
        state->order = order;
        state->capacity = capacity;
    }
    choose_rows(state, table);
    bool sorted = sort_rows(state, table);
    reselect(state, table);
    return sorted;
}

void wt_table_set_page(struct wt_table_state *state, int rows) {
    state->page = rows;
    clamp_top(state);
}

int64_t wt_table_selected(const struct wt_table_state *state) {
    return state->cursor < state->count ? (int64_t)state->order[state->cursor] : -1;
}

void wt_table_move(struct wt_table_state *state, const struct wt_table *table, int64_t by) {
    if (state->count == 0)
        return;
    int64_t to = (int64_t)state->cursor;
    int64_t last = (int64_t)state->count - 1;
    to = by > last - to ? last : to + by;
    state->cursor = to < 0 ? 0 : (size_t)to;
    pin(state, table);
    clamp_top(state);
}

bool wt_table_seek(struct wt_table_state *state, const struct wt_table *table,
                   const struct wt_query *query, int step) {
    for (size_t i = 0; i < state->count; i++) {
        size_t away = i + (step != 0); /* step 1 and -1 come to the row itself last */
        size_t at = step < 0 ? state->cursor + 2 * state->count - away : state->cursor + away;
        at %= state->count;
        if (!wt_query_matches(query, table->query, table->matches, table->context,
                              state->order[at]))
            continue;
        state->cursor = at;
        pin(state, table);
        clamp_top(state);
        return true;
    }
    return false;
}

struct wt_table_place wt_table_place(const struct wt_table_state *state) {
    return (struct wt_table_place){state->cursor, state->top, state->pinned, state->identity};
}

void wt_table_return(struct wt_table_state *state, const struct wt_table *table,
                     const struct wt_table_place *place) {
    state->cursor = place->cursor;
    state->top = place->top;
    state->pinned = place->pinned;
    state->identity = place->identity;
    reselect(state, table);
}

void wt_table_scroll(struct wt_table_state *state, const struct wt_table *table, int by) {
    size_t page = state->page > 0 ? (size_t)state->page : 1;
    int64_t most = state->count > page ? (int64_t)(state->count - page) : 0;
    int64_t top = (int64_t)state->top + by;
    state->top = top < 0 ? 0 : top > most ? (size_t)most : (size_t)top;
    if (state->cursor < state->top || state->cursor >= state->top + page) {
        size_t last = state->top + page - 1;
        state->cursor = state->cursor < state->top ? state->top : last;
        if (state->cursor >= state->count)
            state->cursor = state->count ? state->count - 1 : 0;
        pin(state, table);
    }
}

void wt_table_sort_step(struct wt_table_state *state, const struct wt_table *table, int step) {
    int count = (int)(table->column_count - table->hidden_count);
    for (int i = 0, at = state->sort < count ? state->sort : -1; i < count; i++) {
        at = at < 0 ? (step > 0 ? 0 : count - 1) : (at + step + count) % count;
        if (table->columns[at].key) {
            state->sort = at;
            state->reversed = false;
            return;
        }
    }
}

void wt_table_sort_by(struct wt_table_state *state, int column) {
    state->reversed = state->sort == column && !state->reversed;
    state->sort = column;
}

int wt_table_click(struct wt_table_state *state, const struct wt_table *table, int col, int row) {
    if (row == state->header_row)
        for (int i = 0; i < state->head_count; i++)
            if (col >= state->heads[i].begin && col < state->heads[i].end &&
                table->columns[state->heads[i].column].key) {
                wt_table_sort_by(state, state->heads[i].column);
                return 2;
            }
    if (!wt_rect_has(state->rows_at, col, row))
        return 0;
    size_t index = state->top + (size_t)(row - state->rows_at.row);
    if (index >= state->count)
        return 0;
    state->cursor = index;
    pin(state, table);
    return 1;
}

static bool has_head(const struct wt_table_state *state, int column) {
    for (int i = 0; i < state->head_count; i++)
        if (state->heads[i].column == column)
            return true;
    return false;
}

void wt_table_note(const struct wt_table_state *state, const struct wt_table *table, char *out,
                   size_t size) {
    size_t page = state->page > 0 ? (size_t)state->page : 0;
    size_t end = state->top + page < state->count ? state->top + page : state->count;
    char filter[WT_FILTER_SIZE + 4] = "", rows[64] = "", order[64] = "";
    if (state->filter[0])
        snprintf(filter, sizeof filter, "/%s ", state->filter);
    if (end - state->top < state->count)
        snprintf(rows, sizeof rows, "%zu-%zu of %zu ", state->top + 1, end, state->count);
    else if (state->filter[0])
        snprintf(rows, sizeof rows, "%zu of %zu ", state->count, table->row_count);
    if (state->sort >= 0 && state->sort < (int)table->column_count && !table->headless &&
        !has_head(state, state->sort))
        snprintf(order, sizeof order, "by %s%s ",
                 table->columns[state->sort].title[0] ? table->columns[state->sort].title : "meter",
                 state->reversed ? " reversed" : "");
    snprintf(out, size, "%s%s%s", filter, order, rows);
    size_t length = strlen(out);
    if (length > 0 && out[length - 1] == ' ')
        out[length - 1] = '\0';
}
