#include "ui/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Text longer than this is cut by wt_text_clean; no screen shows more of it in one line. */
enum { TEXT_BYTES = 4096 };

static const struct wt_cell empty_cell = {.codes = {' '}, .width = 1};

static struct wt_cell *cell_at(struct wt_grid *grid, int col, int row) {
    return &grid->cells[(size_t)row * (size_t)grid->cols + (size_t)col];
}

static bool in_clip(const struct wt_grid *grid, int col, int row) {
    const struct wt_rect *clip = &grid->clip;
    return col >= clip->col && col - clip->col < clip->cols && row >= clip->row &&
           row - clip->row < clip->rows;
}

static struct wt_rect intersection(struct wt_rect a, struct wt_rect b) {
    int left = a.col > b.col ? a.col : b.col;
    int top = a.row > b.row ? a.row : b.row;
    int right = a.col + a.cols < b.col + b.cols ? a.col + a.cols : b.col + b.cols;
    int bottom = a.row + a.rows < b.row + b.rows ? a.row + a.rows : b.row + b.rows;
    return (struct wt_rect){left, top, right > left ? right - left : 0,
                            bottom > top ? bottom - top : 0};
}

static struct wt_rect whole(const struct wt_grid *grid) {
    return (struct wt_rect){0, 0, grid->cols, grid->rows};
}

wt_status wt_grid_init(struct wt_grid *grid, int cols, int rows, struct wt_error *err) {
    *grid = (struct wt_grid){.cursor_col = -1, .cursor_row = -1};
    return wt_grid_resize(grid, cols, rows, err);
}

void wt_grid_fini(struct wt_grid *grid) {
    free(grid->cells);
    *grid = (struct wt_grid){.cursor_col = -1, .cursor_row = -1};
}

wt_status wt_grid_resize(struct wt_grid *grid, int cols, int rows, struct wt_error *err) {
    if (cols < 0 || rows < 0 || cols > WT_GRID_MAX || rows > WT_GRID_MAX)
        return wt_fail(err, WT_ERANGE, "a screen of %dx%d cells: 0 to %d each way can be drawn",
                       cols, rows, WT_GRID_MAX);
    size_t count = (size_t)cols * (size_t)rows;
    struct wt_cell *cells = calloc(count ? count : 1, sizeof *cells);
    if (!cells)
        return wt_fail(err, WT_ENOMEM, "a screen of %dx%d cells: out of memory", cols, rows);
    free(grid->cells);
    grid->cells = cells;
    grid->cols = cols;
    grid->rows = rows;
    wt_grid_clear(grid, (struct wt_style){0});
    return WT_OK;
}

static void apply_style(struct wt_style *to, struct wt_style from) {
    uint8_t kept = 0;
    if (from.bg == WT_COLOUR_KEEP)
        kept = to->attributes & WT_ATTRIBUTE_REVERSE;
    else
        to->bg = from.bg;
    if (from.fg != WT_COLOUR_KEEP)
        to->fg = from.fg;
    to->attributes = from.attributes | kept;
}

void wt_grid_clear(struct wt_grid *grid, struct wt_style style) {
    struct wt_cell cell = empty_cell;
    if (style.fg != WT_COLOUR_KEEP)
        cell.style.fg = style.fg;
    if (style.bg != WT_COLOUR_KEEP)
        cell.style.bg = style.bg;
    cell.style.attributes = style.attributes;
    size_t count = (size_t)grid->cols * (size_t)grid->rows;
    for (size_t i = 0; i < count; i++)
        grid->cells[i] = cell;
    grid->clip = whole(grid);
    grid->cursor_col = grid->cursor_row = -1;
}

struct wt_rect wt_grid_clip(struct wt_grid *grid, struct wt_rect rect) {
    struct wt_rect before = grid->clip;
    grid->clip = intersection(before, rect);
    return before;
}

void wt_grid_unclip(struct wt_grid *grid, struct wt_rect before) {
    grid->clip = intersection(before, whole(grid));
}

/* Half of a wide character cannot stay when its other half is overwritten. */
static void break_wide(struct wt_grid *grid, int col, int row) {
    struct wt_cell *cell = cell_at(grid, col, row);
    int other = cell->width == 2 ? col + 1 : cell->width == 0 ? col - 1 : -1;
    if (other >= 0 && other < grid->cols) {
        struct wt_cell *half = cell_at(grid, other, row);
        *half = (struct wt_cell){.codes = {' '}, .width = 1, .style = half->style};
    }
}

static void set_cell(struct wt_grid *grid, int col, int row, uint32_t code, int width,
                     struct wt_style style) {
    if (!in_clip(grid, col, row))
        return;
    if (width == 2 && !in_clip(grid, col + 1, row)) {
        code = ' ';
        width = 1;
    }
    for (int i = 0; i < width; i++) {
        break_wide(grid, col + i, row);
        struct wt_cell *cell = cell_at(grid, col + i, row);
        struct wt_style before = cell->style;
        *cell = (struct wt_cell){.width = (uint8_t)(i ? 0 : width), .style = before};
        cell->codes[0] = i ? 0 : code;
        apply_style(&cell->style, style);
    }
}

static void add_combining(struct wt_grid *grid, int col, int row, uint32_t code) {
    if (col > 0 && in_clip(grid, col - 1, row) && cell_at(grid, col - 1, row)->width == 0)
        col--;
    if (!in_clip(grid, col - 1, row))
        return;
    struct wt_cell *cell = cell_at(grid, col - 1, row);
    for (int i = 1; i < WT_CELL_CODES; i++)
        if (!cell->codes[i]) {
            cell->codes[i] = code;
            return;
        }
}

void wt_grid_fill(struct wt_grid *grid, struct wt_rect rect, struct wt_style style) {
    struct wt_rect area = intersection(grid->clip, rect);
    for (int row = area.row; row < area.row + area.rows; row++)
        for (int col = area.col; col < area.col + area.cols; col++)
            set_cell(grid, col, row, ' ', 1, style);
}

void wt_grid_restyle(struct wt_grid *grid, struct wt_rect rect, struct wt_style style) {
    struct wt_rect area = intersection(grid->clip, rect);
    for (int row = area.row; row < area.row + area.rows; row++)
        for (int col = area.col; col < area.col + area.cols; col++) {
            struct wt_style *at = &cell_at(grid, col, row)->style;
            if (style.fg != WT_COLOUR_KEEP)
                at->fg = style.fg;
            if (style.bg != WT_COLOUR_KEEP)
                at->bg = style.bg;
            at->attributes |= style.attributes;
        }
}

void wt_grid_put(struct wt_grid *grid, int col, int row, uint32_t code, struct wt_style style) {
    set_cell(grid, col, row, code, 1, style);
}

static bool is_plain(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return true;
}

/* Draws `length` clean bytes; returns the columns used. */
static int draw_clean(struct wt_grid *grid, int col, int row, const char *text, size_t length,
                      struct wt_style style) {
    int start = col;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t step = wt_utf8_decode(text + at, length - at, &code);
        if (step == 0)
            break;
        at += step;
        int width = code == UINT32_MAX ? 1 : wt_utf8_width(code);
        if (grid->ascii && code > 0x7e)
            code = code == 0xb7 ? '.' : code == 0x2026 ? '~' : '?';
        if (width == 0) {
            if (!grid->ascii)
                add_combining(grid, col, row, code);
            continue;
        }
        if (code == UINT32_MAX)
            code = '?';
        if (grid->ascii && width == 2) {
            set_cell(grid, col++, row, code, 1, style);
            width = 1;
        }
        set_cell(grid, col, row, code, width, style);
        col += width;
    }
    return col - start;
}

static int draw_plain(struct wt_grid *grid, int col, int row, const char *text, size_t length,
                      struct wt_style style) {
    for (size_t i = 0; i < length; i++)
        set_cell(grid, col + (int)i, row, (uint32_t)(unsigned char)text[i], 1, style);
    return (int)length;
}

/* Cleans text into `clean` and returns its length and, in *cols, its columns. */
static size_t prepare(char clean[static TEXT_BYTES], const char *text, size_t *cols) {
    size_t length = strnlen(text, TEXT_BYTES * 2);
    if (length < TEXT_BYTES && is_plain(text, length)) {
        memcpy(clean, text, length + 1);
        *cols = length;
        return length;
    }
    length = wt_text_clean(clean, TEXT_BYTES, text, length);
    *cols = wt_utf8_cols(clean, length);
    return length;
}

static int draw_cut(struct wt_grid *grid, int col, int row, int cols, const char *clean,
                    size_t length, size_t text_cols, struct wt_style style) {
    if (cols <= 0)
        return 0;
    bool plain = text_cols == length && is_plain(clean, length);
    if (text_cols <= (size_t)cols)
        return plain ? draw_plain(grid, col, row, clean, length, style)
                     : draw_clean(grid, col, row, clean, length, style);
    size_t used = 0;
    size_t prefix = wt_utf8_prefix(clean, length, (size_t)cols - 1, &used);
    int drawn = plain ? draw_plain(grid, col, row, clean, prefix, style)
                      : draw_clean(grid, col, row, clean, prefix, style);
    set_cell(grid, col + drawn, row, grid->ascii ? '~' : 0x2026, 1, style);
    return drawn + 1;
}

int wt_grid_text_at(struct wt_grid *grid, int col, int row, int cols, const char *text,
                    struct wt_style style) {
    char clean[TEXT_BYTES];
    size_t text_cols;
    size_t length = prepare(clean, text, &text_cols);
    return draw_cut(grid, col, row, cols, clean, length, text_cols, style);
}

void wt_grid_text_right(struct wt_grid *grid, int col, int row, int cols, const char *text,
                        struct wt_style style) {
    char clean[TEXT_BYTES];
    size_t text_cols;
    size_t length = prepare(clean, text, &text_cols);
    int indent = text_cols < (size_t)(cols > 0 ? cols : 0) ? cols - (int)text_cols : 0;
    draw_cut(grid, col + indent, row, cols - indent, clean, length, text_cols, style);
}
