/* tty.h - the terminal device: a second open file description of it, its modes, its size.
 *
 * Threads: one owner.
 */
#ifndef WT_TERM_TTY_H
#define WT_TERM_TTY_H

#include <stdbool.h>
#include <termios.h>

#include "base/status.h"

struct wt_term_tty {
    int fd; /* ours, non-blocking; -1 when closed */
    struct termios found, ours;
};

/*
 * Opens the terminal behind `fd` once more, by its name: O_NONBLOCK belongs to an open file
 * description, and the one behind `fd` is shared with the shell. The modes are read, not set.
 * WT_ENOENT when fd is no terminal or it cannot be opened again.
 */
wt_status wt_term_tty_open(struct wt_term_tty *tty, int fd, struct wt_error *err);
void wt_term_tty_close(struct wt_term_tty *tty);

/*
 * Raw in both directions: ^C and ^Z are keys (a text field has its own use for them, and a pasted
 * one does nothing), ^S stops nobody, and a line feed is a line feed.
 */
wt_status wt_term_tty_take(struct wt_term_tty *tty, struct wt_error *err);

/* The modes as they were found. What is typed already is left for the shell. */
void wt_term_tty_give_back(struct wt_term_tty *tty);

/* By the kernel, else by $COLUMNS and $LINES; 0 when neither knows. */
void wt_term_tty_size(const struct wt_term_tty *tty, int *cols, int *rows);

/* Whether the other side is gone: an error, or readable with nothing to read. */
bool wt_term_tty_hung_up(const struct wt_term_tty *tty);

#endif /* WT_TERM_TTY_H */
