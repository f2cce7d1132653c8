/* sgr.h - the shortest way to tell a terminal the same looks, and in true colours.
 *
 * Curses says both colours of a pair whenever a pair changes, and everything again after an
 * attribute is switched off. This filter sits behind it: sequences that select a rendition (SGR)
 * change only what is wanted; when a character or an erasing sequence follows, the difference to
 * what the terminal was told last is sent as one sequence; before blanks, only the background.
 * Palette colours of a true-colour palette (colour.h) become true ones on the way. The state lives
 * as long as the terminal is ours.
 *
 * Threads: one owner.
 */
#ifndef WT_TERM_SGR_H
#define WT_TERM_SGR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "term/colour.h"

struct wt_term_rendition {
    unsigned flags; /* bit n: SGR n (1 bold .. 9) is on */
    int fg, bg;     /* palette index, -1: default */
};

struct wt_term_sgr {
    struct wt_term_rendition wanted, told;
    bool is_told;  /* false: nobody knows what the terminal has */
    bool is_ascii; /* the terminal's own characters are selected, not the line-drawing set */
};

/* Nothing is known of the terminal; curses begins with everything off. */
void wt_term_sgr_forget(struct wt_term_sgr *sgr);

/* The true colours of the palette have changed: say them again. */
void wt_term_sgr_forget_colours(struct wt_term_sgr *sgr);

/* Appends the difference between what is wanted and what the terminal was told, if there is one. */
void wt_term_sgr_tell(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                      struct wt_buffer *out);

/*
 * Appends what curses wrote, filtered. `palette` NULL: indices stay indices. The bytes must not end
 * inside of a sequence, which curses' frames never do.
 */
void wt_term_sgr_filter(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                        const char *bytes, size_t length, struct wt_buffer *out);

#endif /* WT_TERM_SGR_H */
