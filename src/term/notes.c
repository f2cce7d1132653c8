/* What of a grid is not as it is shown: a refresh, told without curses. */
#include <string.h>

#include "term/paint.h"

static struct wt_term_rendition rendition_of(const struct wt_term_look *look) {
    static const struct {
        attr_t theirs;
        unsigned sgr;
    } table[] = {{A_BOLD, 1}, {A_DIM, 2}, {A_ITALIC, 3}, {A_UNDERLINE, 4}, {A_REVERSE, 7}};
    struct wt_term_rendition rendition = {.fg = -1, .bg = -1};
    attr_t attributes = look->attributes & termattrs();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        rendition.flags |= (attributes & table[i].theirs) != 0 ? 1u << table[i].sgr : 0;
    }
    if (look->pair != 0) {
        extended_pair_content(look->pair, &rendition.fg, &rendition.bg);
    }
    return rendition;
}

static bool is_same_style(const struct wt_style *a, const struct wt_style *b) {
    return a->fg == b->fg && a->bg == b->bg && a->attributes == b->attributes;
}

/* Notes one row: `change` holds its number, and the look of `style`. */
struct noting {
    struct wt_term *term;
    const struct wt_cell *cells;
    const struct wt_style *style; /* NULL: of no cell yet */
    struct wt_term_change change;
    bool whole; /* no colour was without a place */
};

static void note_cell(struct noting *noting, int col) {
    const struct wt_cell *cell = &noting->cells[col];
    struct wt_term_change *change = &noting->change;
    if (noting->style == NULL || !is_same_style(noting->style, &cell->style)) {
        struct wt_term_look look = wt_term_look_of(noting->term, &cell->style);
        noting->whole = noting->whole && look.whole;
        change->look = rendition_of(&look);
        noting->style = &cell->style;
    }
    change->col = col;
    memset(change->codes, 0, sizeof change->codes);
    size_t count = 0;
    change->codes[count++] =
        wt_term_is_showable(noting->term, cell->codes[0], 1) ? cell->codes[0] : '?';
    for (size_t i = 1; i < WT_CELL_CODES && cell->codes[i] != 0; i++) {
        if (change->codes[0] == cell->codes[0] &&
            wt_term_is_showable(noting->term, cell->codes[i], 0)) {
            change->codes[count++] = cell->codes[i];
        }
    }
    wt_term_changes_add(&noting->term->changes, change);
}

/* Whether the cells between two changed ones of one look are said faster than stepped over. */
static bool is_short_bridge(const struct wt_cell *cells, int left, int right) {
    enum { LONGEST = 3 };
    if (left < 0 || right - left - 1 > LONGEST) {
        return false;
    }
    for (int col = left; col < right; col++) {
        bool is_short = col == left || (cells[col].codes[0] < 0x7f && cells[col].codes[1] == 0 &&
                                        cells[col].width == 1);
        if (!is_short || !is_same_style(&cells[col].style, &cells[right].style)) {
            return false;
        }
    }
    return true;
}

/* Notes how parts of a row moved sideways, where many of its cells are others, and returns what the
 * terminal shows after that. */
static const struct wt_cell *slide_row(struct wt_term *term, int row, const struct wt_cell *shown,
                                       const struct wt_cell *cells, int cols) {
    enum { MANY = 6 };
    size_t count = term->slides.count;
    int others = 0;
    for (int col = 0; col < cols && others < MANY; col++) {
        others += !wt_term_looks_equal(&shown[col], &cells[col]);
    }
    if (others == MANY) {
        wt_term_slides_find(&term->slides, row, shown, cells, cols);
    }
    if (count == term->slides.count) {
        return shown;
    }
    struct wt_cell *slid = wt_term_shown_row(term, term->rows);
    memcpy(slid, shown, (size_t)cols * sizeof *shown);
    for (size_t i = count; i < term->slides.count; i++) {
        wt_term_slide_apply(&term->slides.items[i], slid);
    }
    return slid;
}

/* Notes the cells of a row that are not as they are shown (NULL: nobody knows how). A wide
 * character, or half of one, moves the cursor in ways that only curses knows. False when a look was
 * not whole. */
static bool note_row(struct wt_term *term, int row, const struct wt_cell *shown,
                     const struct wt_cell *cells, int cols) {
    struct noting noting = {.term = term, .cells = cells, .change = {.row = row}, .whole = true};
    int last = -1;
    if (term->can_slide && shown != NULL) {
        shown = slide_row(term, row, shown, cells, cols);
    }
    for (int col = 0; col < cols; col++) {
        if (shown != NULL && wt_term_looks_equal(&shown[col], &cells[col])) {
            continue;
        }
        if (cells[col].width != 1 || (shown != NULL && shown[col].width != 1)) {
            term->changes.is_useless = true;
            return noting.whole;
        }
        for (int i = is_short_bridge(cells, last, col) ? last + 1 : col; i <= col; i++) {
            note_cell(&noting, i);
        }
        last = col;
    }
    return noting.whole;
}

bool wt_term_note(struct wt_term *term, const struct wt_grid *grid,
                  const struct wt_term_shift *shift) {
    bool whole = true;
    wt_term_changes_clear(&term->changes);
    term->slides.count = 0;
    term->changes.is_useless = term->all || !wt_term_is_filtered(term);
    for (int row = 0; row < term->rows && !term->changes.is_useless; row++) {
        const struct wt_cell *cells = wt_term_row_of(grid, row);
        int origin = wt_term_shift_origin(shift, row);
        const struct wt_cell *shown = origin >= 0 ? wt_term_shown_row(term, origin) : NULL;
        if (cells != NULL) {
            whole = note_row(term, row, shown, cells, wt_term_cols_of(term, grid)) && whole;
        }
    }
    return whole && !term->palette.overflowed;
}
