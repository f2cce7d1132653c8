/* shift.h - rows that went up or down as a whole.
 *
 * When one more sentence stands at the top, everything below it goes down by a row. A terminal that
 * can scroll a part of its screen is told so, and then only what is new.
 *
 * Without curses. Threads: one owner.
 */
#ifndef WT_TERM_SHIFT_H
#define WT_TERM_SHIFT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "ui/grid.h"

/* The rows [top, bottom) go down by `by`, upwards when it is negative; what leaves them is lost,
 * and what is vacated is unknown. by 0: nothing moves. */
struct wt_term_shift {
    int top, bottom, by;
};

/* Whether two cells that are not equal are blanks that nobody can tell from each other: of a blank
 * only the ground is seen, and lines through or under it. */
bool wt_term_is_blank_alike(const struct wt_cell *a, const struct wt_cell *b);

/* Whether nobody can tell the one cell from the other. */
static inline bool wt_term_looks_equal(const struct wt_cell *a, const struct wt_cell *b) {
    return a->codes[0] == b->codes[0] &&
           (wt_cell_equal(a, b) || (a->codes[0] == ' ' && wt_term_is_blank_alike(a, b)));
}

/* The shift after which the fewest cells are left to be told between two pictures of rows * cols
 * cells; by 0 when none saves more than it costs, or without memory. */
struct wt_term_shift wt_term_shift_find(const struct wt_cell *shown, const struct wt_cell *cells,
                                        int cols, int rows);

/* The row that a row was before; -1 when nobody knows what it shows. */
int wt_term_shift_origin(const struct wt_term_shift *shift, int row);

/* Appends it, with nothing left of it but the picture; the cursor is anywhere after. */
void wt_term_shift_write(const struct wt_term_shift *shift, struct wt_buffer *out);

#endif /* WT_TERM_SHIFT_H */
