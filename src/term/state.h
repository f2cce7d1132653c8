/* state.h - the terminal's state, shared by the files that use curses.
 *
 * Inside src/term only.
 */
#ifndef WT_TERM_STATE_H
#define WT_TERM_STATE_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/map.h"
#include "term/changes.h"
#include "term/colour.h"
#include "term/crash.h"
#include "term/decoder.h"
#include "term/family.h"
#include "term/output.h"
#include "term/sgr.h"
#include "term/slide.h"
#include "term/term.h"
#include "term/tty.h"

/* Last: it is full of macros and short names. */
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>

/* Whether the terminal shows a frame whole. It is asked, once, with the first frame. */
enum wt_term_sync {
    WT_TERM_SYNC_UNASKED,
    WT_TERM_SYNC_ASKED, /* no answer yet: perhaps there never is one */
    WT_TERM_SYNC_NO,
    WT_TERM_SYNC_YES
};

struct wt_term {
    struct wt_term_tty tty;
    int memory;     /* what curses writes to */
    FILE *out, *in; /* memory and terminal, for curses */
    SCREEN *screen;
    WINDOW *keys; /* a pad: reading from it refreshes nothing */
    const struct wt_term_family *family;
    enum wt_term_depth depth;
    bool direct;          /* the terminfo entry counts colours as 0xRRGGBB */
    bool default_colours; /* the terminal has colours of its own */
    bool utf8, mouse;
    enum wt_term_sync sync;
    int64_t asked_ns; /* when it was asked, monotonic */
    bool dead;        /* the terminal hung up */
    bool suspended;   /* it is not ours now */
    bool entered;     /* it has seen bytes of ours: there is something to give back */
    bool fresh;       /* the next frame begins with what it must be told first */
    bool broken;      /* it has half a frame, perhaps half a sequence */
    bool cursor;      /* it shows its cursor */
    bool all;         /* the next paint writes every cell */
    bool behind;      /* curses was not told the picture that is shown */
    bool line_feed;   /* "\n" goes down by one row and ESC M up, and no more than that */
    bool shifts;      /* it inserts and deletes lines in a part of the screen */
    bool can_slide;   /* and cells in a row */
    int cols, rows;
    struct wt_cell *shown; /* the picture that the terminal has, and room for one row */
    cchar_t *line;         /* cols */
    struct wt_map pairs;   /* fg and bg index -> pair + 1 */
    struct wt_map looks;   /* fg and bg -> (pair + 1) * 2 + bold */
    int pair_count, pair_limit;
    struct wt_term_palette palette;
    struct wt_term_sgr sgr;
    int patience; /* frames until colours may be given out anew */
    struct wt_term_output output;
    struct wt_buffer scratch;
    struct wt_term_slides slides;   /* of the frame being painted */
    struct wt_term_changes changes; /* what else is others after them */
    struct wt_buffer by_look;       /* both, told look by look */
    struct wt_term_decoder decoder;
    char restore[WT_TERM_CRASH_BYTES];
    size_t restore_length;
    struct wt_term_counts counts;
};

/* A string of the terminal's terminfo entry, NULL without. */
const char *wt_term_capability(const char *name);

/* Appends a terminfo string (NULL: nothing) without its padding ("$<5>"), which no terminal of
 * today needs. */
void wt_term_append_capability(struct wt_buffer *out, const char *text);

/* Drops what curses wrote. */
void wt_term_forget_memory(struct wt_term *term);

/* Reads for wait_ms at most, and not beyond the answer that is on its way: it would stand at the
 * shell's prompt. Keys are lost. */
void wt_term_await_answer(struct wt_term *term, int wait_ms);

#endif /* WT_TERM_STATE_H */
