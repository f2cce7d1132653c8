/* colour.h - the colours of a theme on a terminal that has fewer, or that has them all.
 *
 * Curses thinks in a palette. With 8, 16 or 256 colours each colour becomes the nearest one of the
 * palette. With true colour, the 240 entries above the first 16 become whatever this frame needs:
 * curses writes "38;5;N" as for a terminal of 256 colours, and sgr.h says it as
 * "38;2;R;G;B" on the way out. No terminfo entry for true colour is needed.
 *
 * Threads: one owner.
 */
#ifndef WT_TERM_COLOUR_H
#define WT_TERM_COLOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "term/term.h"

enum { WT_TERM_PALETTE_FIRST = 16, WT_TERM_PALETTE_COUNT = 240 };

struct wt_term_palette {
    uint32_t rgb[WT_TERM_PALETTE_COUNT];
    int count;
    bool overflowed;    /* a colour found no place and got the nearest one */
    uint16_t slot[512]; /* hash table: 0 empty, else 1 + index into rgb */
};

void wt_term_palette_reset(struct wt_term_palette *palette);

/* The palette index (16 .. 255) that stands for rgb; the nearest one, with `overflowed` set, when
 * all are taken. */
int wt_term_palette_index(struct wt_term_palette *palette, uint32_t rgb);

/*
 * The palette index for a colour, -1 for the terminal's default. `palette` is used for true colour
 * only, and may be NULL otherwise.
 */
int wt_term_colour_index(enum wt_term_depth depth, struct wt_term_palette *palette,
                         wt_colour colour);

/*
 * Both colours of a cell. Two different colours never become the same one: text would vanish. On
 * 8 colours `*bold` tells that bold makes up for a bright foreground.
 */
void wt_term_colour_pair(enum wt_term_depth depth, struct wt_term_palette *palette, wt_colour fg,
                         wt_colour bg, int *fg_index, int *bg_index, bool *bold);

/* What a terminal can, by its terminfo colour count and $COLORTERM (NULL: unset). */
enum wt_term_depth wt_term_colour_depth(int count, const char *colorterm);

#endif /* WT_TERM_COLOUR_H */
