/* paint.h - what paint.c and notes.c share: looks, the shown picture, and the notes of a frame.
 *
 * Inside src/term only.
 */
#ifndef WT_TERM_PAINT_H
#define WT_TERM_PAINT_H

#include "term/shift.h"
#include "term/state.h"

/* How curses is told a style. */
struct wt_term_look {
    attr_t attributes;
    int pair;
    bool whole; /* false: no pair was left, and the default colours stand in */
};

struct wt_term_look wt_term_look_of(struct wt_term *term, const struct wt_style *style);

/* Whether our own sequences for looks go to this terminal, not those of its terminfo entry. */
bool wt_term_is_filtered(const struct wt_term *term);

/* Whether this terminal, in this locale, shows the character in that many columns. */
bool wt_term_is_showable(const struct wt_term *term, uint32_t code, int width);

/* Where the columns of a grid begin that the terminal has; NULL below its last row. */
static inline const struct wt_cell *wt_term_row_of(const struct wt_grid *grid, int row) {
    return row < grid->rows && grid->cols > 0 ? wt_grid_at(grid, 0, row) : NULL;
}

static inline int wt_term_cols_of(const struct wt_term *term, const struct wt_grid *grid) {
    return grid->cols < term->cols ? grid->cols : term->cols;
}

static inline struct wt_cell *wt_term_shown_row(const struct wt_term *term, int row) {
    return term->shown + (size_t)row * (size_t)term->cols;
}

/* --------------------------------------------------------------------------------- notes.c ---- */

/* Notes in `slides` and `changes` what is not as it is shown, after a shift of the shown rows.
 * False when some colour found no place. */
bool wt_term_note(struct wt_term *term, const struct wt_grid *grid,
                  const struct wt_term_shift *shift);

#endif /* WT_TERM_PAINT_H */
