/* slide.h - parts of a row that moved sideways.
 *
 * A graph moves to the left; a sentence moves when a number before it gets a digit more. Where a
 * terminal deletes and inserts cells in a row, that is shorter than all the cells that then are
 * others.
 *
 * Without curses. Threads: one owner.
 */
#ifndef WT_TERM_SLIDE_H
#define WT_TERM_SLIDE_H

#include <stddef.h>

#include "base/buffer.h"
#include "ui/grid.h"

/* The columns [begin, end) of a row go to the right by `by`, to the left when it is negative. What
 * leaves them is lost, what is vacated is unknown, and what is beside them stays. */
struct wt_term_slide {
    int row, begin, end, by;
};

enum { WT_TERM_SLIDES_MAX = 96 };

/* All zero bytes is valid and empty. */
struct wt_term_slides {
    struct wt_term_slide items[WT_TERM_SLIDES_MAX];
    size_t count;
};

/* Adds those of one row that save more than they cost. */
void wt_term_slides_find(struct wt_term_slides *slides, int row, const struct wt_cell *shown,
                         const struct wt_cell *cells, int cols);

/* Does to the cells of its row what the terminal does; a vacated one then equals no other. */
void wt_term_slide_apply(const struct wt_term_slide *slide, struct wt_cell *cells);

/* Appends all; the cursor is anywhere after. */
void wt_term_slides_write(const struct wt_term_slides *slides, struct wt_buffer *out);

#endif /* WT_TERM_SLIDE_H */
