/* grid.h - a screen in memory: cells with text, colours and attributes.
 *
 * Views draw here and nowhere else. src/term compares two grids and writes what changed; tests
 * print a grid as text. Drawing outside of the grid or of the clip rectangle does nothing, so that
 * no view needs to check sizes.
 *
 * All text passes wt_text_clean on its way in: no byte of foreign text reaches a terminal as a
 * control character or an escape sequence.
 *
 * Threads: one owner.
 */
#ifndef WT_UI_GRID_H
#define WT_UI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/status.h"

/* A colour: the terminal's own default, one of the 256 of the xterm palette, or 24 bits. KEEP is
 * for drawing only: leave what the cell has; no cell of a grid ever holds it. */
typedef uint32_t wt_colour;
#define WT_COLOUR_DEFAULT ((wt_colour)0)
#define WT_COLOUR_KEEP ((wt_colour)0xff000000)
#define WT_COLOUR_INDEX(index) ((wt_colour)(0x01000000u | ((index)&0xffu)))
#define WT_COLOUR_RGB(rgb) ((wt_colour)(0x02000000u | ((rgb)&0xffffffu)))

static inline bool wt_colour_is_index(wt_colour colour) {
    return colour >> 24 == 1;
}

static inline bool wt_colour_is_rgb(wt_colour colour) {
    return colour >> 24 == 2;
}

/* The index (0..255) or 0xRRGGBB. */
static inline uint32_t wt_colour_value(wt_colour colour) {
    return colour & 0xffffffu;
}

/* The red, green and blue of any colour but the default as 0xRRGGBB (xterm's standard palette). */
uint32_t wt_colour_rgb(wt_colour colour);

enum {
    WT_ATTRIBUTE_BOLD = 1,
    WT_ATTRIBUTE_DIM = 2,
    WT_ATTRIBUTE_ITALIC = 4,
    WT_ATTRIBUTE_UNDERLINE = 8,
    WT_ATTRIBUTE_REVERSE = 16
};

struct wt_style {
    wt_colour fg, bg;   /* may be KEEP when drawing */
    uint8_t attributes; /* WT_ATTRIBUTE_* */
};

enum { WT_CELL_CODES = 3 }; /* wt_cell_equal names each */

struct wt_cell {
    /* The character and up to two combining ones; unused entries are 0. Never a control character.
     * codes[0] is ' ' for an empty cell and 0 for the right half of a wide character. */
    uint32_t codes[WT_CELL_CODES];
    uint8_t width; /* 1, 2, or 0 for the right half of a wide character */
    struct wt_style style;
};

struct wt_rect {
    int col, row, cols, rows;
};

struct wt_grid {
    int cols, rows;
    struct wt_cell *cells; /* owned; rows * cols, row by row */
    struct wt_rect clip;   /* see wt_grid_clip */
    bool ascii; /* set by the owner: text outside of ASCII is drawn as '?', the ellipsis as '~' */
    int cursor_col, cursor_row; /* where a visible cursor belongs (a text field); -1: hidden */
};

/* Every size from 0x0 to WT_GRID_MAX in each direction. WT_ENOMEM, WT_ERANGE. */
enum { WT_GRID_MAX = 4096 };
wt_status wt_grid_init(struct wt_grid *grid, int cols, int rows, struct wt_error *err);
void wt_grid_fini(struct wt_grid *grid);

/* Changes the size; the content is cleared. On failure the grid is as it was. */
wt_status wt_grid_resize(struct wt_grid *grid, int cols, int rows, struct wt_error *err);

/* Fills everything with spaces of this style (KEEP counts as default), removes clip and cursor. */
void wt_grid_clear(struct wt_grid *grid, struct wt_style style);

/* Borrowed; col and row must lie inside of the grid. */
static inline const struct wt_cell *wt_grid_at(const struct wt_grid *grid, int col, int row) {
    return &grid->cells[(size_t)row * (size_t)grid->cols + (size_t)col];
}

/* Inline, since each refresh asks it of each cell. */
static inline bool wt_cell_equal(const struct wt_cell *a, const struct wt_cell *b) {
    return a->codes[0] == b->codes[0] && a->codes[1] == b->codes[1] && a->codes[2] == b->codes[2] &&
           a->width == b->width && a->style.fg == b->style.fg && a->style.bg == b->style.bg &&
           a->style.attributes == b->style.attributes;
}

/* Narrows the clip rectangle to its intersection with `rect`; returns the one before, for
 * wt_grid_unclip. */
struct wt_rect wt_grid_clip(struct wt_grid *grid, struct wt_rect rect);
void wt_grid_unclip(struct wt_grid *grid, struct wt_rect before);

/* Spaces of this style over the rectangle. */
void wt_grid_fill(struct wt_grid *grid, struct wt_rect rect, struct wt_style style);

/* Changes colours and attributes of what is there. Attributes are added. */
void wt_grid_restyle(struct wt_grid *grid, struct wt_rect rect, struct wt_style style);

/* One character of our own at a place (not cleaned: for box lines and blocks). */
void wt_grid_put(struct wt_grid *grid, int col, int row, uint32_t code, struct wt_style style);

/*
 * Text in at most `cols` columns from (col, row), cleaned; longer text ends with an ellipsis.
 * Returns the columns used.
 */
int wt_grid_text_at(struct wt_grid *grid, int col, int row, int cols, const char *text,
                    struct wt_style style);

/* The same, right-aligned in exactly `cols` columns. */
void wt_grid_text_right(struct wt_grid *grid, int col, int row, int cols, const char *text,
                        struct wt_style style);

/* The characters of one cell as UTF-8; nothing for the right half of a wide one. */
void wt_grid_cell_text(const struct wt_cell *cell, struct wt_buffer *out);

/* The grid as lines of UTF-8 without trailing spaces: for goldens. */
void wt_grid_text(const struct wt_grid *grid, struct wt_buffer *out);

/* One line for each run of equal style: "row col+count fg/bg attributes 'text'": for goldens. */
void wt_grid_styles(const struct wt_grid *grid, struct wt_buffer *out);

/* The grid as a terminal would be told: for pictures, and for nothing else. */
void wt_grid_ansi(const struct wt_grid *grid, struct wt_buffer *out);

#endif /* WT_UI_GRID_H */
