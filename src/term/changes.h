/* changes.h - the changed cells of a frame, told look by look.
 *
 * Curses tells a frame row by row, and most of its bytes then say colours: a table of numbers in
 * three colours changes them dozens of times. Nobody can see the order inside of one frame, so here
 * all cells of one look are told together, wherever they are; a move of the cursor is shorter than
 * a colour. Which of the two is sent is decided by their length.
 *
 * Without curses. Threads: one owner.
 */
#ifndef WT_TERM_CHANGES_H
#define WT_TERM_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "term/sgr.h"

enum { WT_TERM_CHANGE_CODES = 3, WT_TERM_CHANGES_MAX = 8192 };

/* One cell that is one column wide. */
struct wt_term_change {
    int row, col;
    struct wt_term_rendition look;
    uint32_t codes[WT_TERM_CHANGE_CODES]; /* the character, combining ones, then 0 */
    uint32_t run_end, next_run;           /* used while they are written, */
    uint32_t look_end, next_look;         /* these, too */
    bool is_bridge;                       /* this, too */
};

/* What must be known of the terminal that is told. */
struct wt_term_screen {
    int cols;
    bool line_feed; /* "\n" goes down by one row and ESC M up, and no more than that */
    const struct wt_term_palette *palette; /* NULL: indices stay indices */
};

/* All zero bytes is valid and empty. */
struct wt_term_changes {
    struct wt_term_change *items; /* owned */
    size_t count, capacity;
    bool is_useless; /* too many, no memory, or a cell that cannot be told so */
};

void wt_term_changes_fini(struct wt_term_changes *changes);
void wt_term_changes_clear(struct wt_term_changes *changes);

/* Adds a cell; rows from above, and in a row from the left. */
void wt_term_changes_add(struct wt_term_changes *changes, const struct wt_term_change *change);

/*
 * Appends all of them, wherever the cursor is before, and ends with the cursor at home (0, 0).
 * `sgr` knows what the terminal was told and is told the rest; its `wanted` is left undefined. The
 * items are reordered.
 */
void wt_term_changes_write(struct wt_term_changes *changes, const struct wt_term_screen *screen,
                           struct wt_term_sgr *sgr, struct wt_buffer *out);

#endif /* WT_TERM_CHANGES_H */
