/* term.h - the terminal: paints a grid, reads keys and mouse, gives the terminal back as it was.
 *
 *     grid --> curses (renders into memory) --> bytes --> colours --> one non-blocking write -->
 * tty tty  --> curses (keys of terminfo)    --> decoder (UTF-8, mouse, paste) ----> struct wt_input
 *
 * Curses never writes to the terminal and never sets its modes: it draws into a memory file, and
 * this room sends what it drew, once per frame, between the markers of synchronized output where
 * the terminal's family knows them. What the terminal does not take at once stays here; until it is
 * gone, frames are dropped, so that a slow terminal costs neither memory nor time, and the caller
 * paints the latest state when wt_term_flush says that there is room again.
 *
 * The terminal is opened a second time by its name: O_NONBLOCK belongs to an open file description,
 * and the one of standard output is shared with the shell that comes after us.
 *
 * How to use it, in this order:
 *
 *     wt_term_crash_install     first of all, before the SIGBUS guard of src/shm, which passes on
 *                               every fault that is not its own to the handler it found
 *     wt_term_open              the terminal is ours (curses touches no signal handler)
 *     poll wt_term_fd           readable: wt_term_read until it gives nothing
 *                               writable, while wt_term_is_pending: wt_term_flush, then paint
 *                               error or hang-up: wt_term_read says WT_EDEAD; end the program
 *     on SIGWINCH               wt_term_resize, resize the grid, paint
 *     on SIGTSTP                wt_term_suspend, stop, wt_term_resume, resize, paint
 *     on SIGCONT                wt_term_resume, resize, paint (somebody may have used SIGSTOP)
 *     wt_term_close             at every ending that is no crash; an exit() without it is caught
 * too
 *
 * Threads: one owner. One terminal per process (curses and the crash handlers are global).
 */
#ifndef WT_TERM_TERM_H
#define WT_TERM_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "ui/grid.h"
#include "ui/input.h"

struct wt_term;

enum wt_term_depth {
    WT_TERM_DEPTH_NONE, /* attributes only */
    WT_TERM_DEPTH_8,
    WT_TERM_DEPTH_16,
    WT_TERM_DEPTH_256,
    WT_TERM_DEPTH_TRUE
};

struct wt_term_options {
    int fd;           /* any descriptor of the terminal; borrowed for the call */
    const char *type; /* NULL: $TERM */
    bool colourless;  /* no colours, whatever the terminal can ($NO_COLOR is obeyed as well) */
    bool mouseless;   /* leave the mouse to the terminal */
};

enum { WT_TERM_MAX_COLS = 2048, WT_TERM_MAX_ROWS = 1024 };

/*
 * Takes the terminal. The locale must be set (setlocale) before. Nothing is written until the first
 * paint, so that an early failure of the caller leaves no trace.
 *   WT_ENOENT  there is no terminal to draw on: fd is none, or its type is unset, "dumb", unknown
 * or unable to move the cursor. Print plain text instead. WT_ESYS, WT_EACCESS, WT_ENOMEM
 */
wt_status wt_term_open(struct wt_term **out, const struct wt_term_options *options,
                       struct wt_error *err);

/* Gives the terminal back: modes, screen, cursor, mouse; input that was not read is left for the
 * shell. Never blocks for longer than half a second, whatever the terminal does. Sets *term to
 * NULL; NULL is fine. */
void wt_term_close(struct wt_term **term);

int wt_term_fd(const struct wt_term *term); /* non-blocking, for polling only */
int wt_term_cols(const struct wt_term *term);
int wt_term_rows(const struct wt_term *term);
enum wt_term_depth wt_term_depth(const struct wt_term *term);

/* The same without opening it, for lines on descriptor `fd`: NONE when it is no terminal, when TERM
 * is unset, "dumb" or unknown, and with $NO_COLOR. */
enum wt_term_depth wt_term_depth_of(int fd);
bool wt_term_is_utf8(const struct wt_term *term); /* by the locale */

/*
 * Shows the grid; writes only what changed. Cells outside of the screen are left out, missing ones
 * are blank.
 *   WT_EAGAIN  the last frame is still on its way, this one is dropped: paint again after
 *              wt_term_flush gave WT_OK. Also while suspended.
 *   WT_EDEAD   the terminal hung up
 */
wt_status wt_term_paint(struct wt_term *term, const struct wt_grid *grid, struct wt_error *err);

/* Whether bytes wait for the terminal: poll for writable then. */
bool wt_term_is_pending(const struct wt_term *term);

/* Sends what waits. WT_OK: nothing waits any more. WT_EAGAIN, WT_EDEAD. */
wt_status wt_term_flush(struct wt_term *term, struct wt_error *err);

/* The next paint writes every cell. */
void wt_term_invalidate(struct wt_term *term);

/*
 * Reads what a person did: *count of at most max inputs. Call until it gives none: curses may hold
 * bytes that no poll can see. The text of a paste is valid until the next call, and nothing follows
 * a paste in one batch. With max 1 what comes after a key that ends the program stays for the
 * shell. WT_EDEAD: the terminal hung up; end the program.
 */
wt_status wt_term_read(struct wt_term *term, struct wt_input *inputs, size_t max, size_t *count,
                       struct wt_error *err);

/* Asks the terminal for its size, and for everything to be written again when it changed. */
void wt_term_resize(struct wt_term *term);

/* Gives the terminal back for a while, and takes it again (the next paint writes everything).
 * resume without suspend repairs what another program may have done. */
void wt_term_suspend(struct wt_term *term);
wt_status wt_term_resume(struct wt_term *term, struct wt_error *err);

/* Counts since open, for tests and for the health line of the footer. */
struct wt_term_counts {
    uint64_t frames;  /* sent, whole or in part */
    uint64_t dropped; /* not drawn because an earlier one was still on its way */
    uint64_t bytes;   /* taken by the terminal */
};
struct wt_term_counts wt_term_counts(const struct wt_term *term);

/* -------------------------------------------------------------------------------- crash.c ------
 * Restores the terminal when the process dies of SEGV, BUS, ABRT, FPE, ILL, QUIT, SYS, TRAP, XCPU
 * or XFSZ, and at exit(): the modes and the screen are given back, what standard error held back is
 * shown, then the handler found at install time (or the default action) has its turn. Harmless
 * while no terminal is open. Call once, early: before the SIGBUS guard. */
wt_status wt_term_crash_install(struct wt_error *err);

/* ------------------------------------------------------------------------------ capture.c ------
 * While a screen is shown, nothing may write over it: standard error goes to the log file at
 * `path` (appended), or, with NULL, into memory, whose last 8 KiB are shown when the
 * screen is gone: by end, or by the crash handler. begin twice or end without begin do nothing. */
wt_status wt_term_capture_begin(const char *path, struct wt_error *err);
void wt_term_capture_end(void);
void wt_term_capture_trim(void); /* now and then: keeps the memory bounded */

#endif /* WT_TERM_TERM_H */
