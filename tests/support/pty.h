/* pty.h - a program on a pseudo-terminal, as a person at a shell would run it.
 *
 *     test --- master | pseudo-terminal | slave --- a small shell (session leader)
 *                                                     '-- the program (own process group,
 * foreground)
 *
 * The shell makes job control real: without a parent in its session a program cannot be stopped by
 * SIGTSTP. The screen is kept by libvterm, the modes that the program switches on and off are
 * counted from its bytes. Every wait has a bound (WT_PTY_WAIT_MS) and answers whether what was
 * waited for came; nothing sleeps.
 */
#ifndef WT_TESTS_PTY_H
#define WT_TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WT_PTY_WAIT_MS = 30000 };

struct wt_pty;

struct wt_pty_options {
    const char *const *argv; /* NULL-terminated; argv[0] is the path */
    const char *const
        *environment;      /* "NAME=value" to set, "NAME" to unset; NULL-terminated or NULL */
    const char *directory; /* NULL: ours */
    int cols, rows;        /* 0: 80 x 24 */
    char synchronized;     /* what is answered when asked for synchronized output: '0' to '4', 0:
                              '2' (known), '-': nothing */
    bool shell_dies_of_hangup; /* else the shell ignores SIGHUP: the program gets no signal */
};

/* NULL with a message on standard error when the pseudo-terminal cannot be made. */
struct wt_pty *wt_pty_start(const struct wt_pty_options *options);

/* Kills what still runs and frees everything. NULL is fine. */
void wt_pty_close(struct wt_pty *pty);

pid_t wt_pty_pid(const struct wt_pty *pty);

/* ---- what a person does ---- */
void wt_pty_type(struct wt_pty *pty, const char *text);
void wt_pty_send(struct wt_pty *pty, const char *bytes, size_t length);
void wt_pty_click(struct wt_pty *pty, int button, int col, int row); /* SGR press and release */
void wt_pty_resize(struct wt_pty *pty, int cols, int rows);
void wt_pty_signal(struct wt_pty *pty, int signal); /* to the program alone */
void wt_pty_hang_up(struct wt_pty *pty);            /* closes the terminal */
void wt_pty_foreground(struct wt_pty *pty);         /* the shell's `fg` */

/* How many bytes are read from the program at a time; 0: none at all, the terminal stalls. The
 * default is "as many as come". */
void wt_pty_set_chunk(struct wt_pty *pty, long bytes);

/* ---- what a person sees ---- */

/* Reads what comes within timeout_ms. False when nothing came. */
bool wt_pty_pump(struct wt_pty *pty, int timeout_ms);

/* These two look at whole frames: never between the marks of a synchronized one. Before the
 * terminal has said that it knows them (the first frame) there are none. */
bool wt_pty_wait_text(struct wt_pty *pty, const char *text);
bool wt_pty_wait_no_text(struct wt_pty *pty, const char *text);
bool wt_pty_wait_bytes(struct wt_pty *pty, const char *bytes); /* in the raw output since mark */
bool wt_pty_shows(struct wt_pty *pty, const char *text);
char *wt_pty_screen(struct wt_pty *pty); /* lines without trailing spaces; free it */

/* The colours of a cell as 0xRRGGBB, -1 for the terminal's default. */
void wt_pty_colours(struct wt_pty *pty, int col, int row, int32_t *fg, int32_t *bg);

struct wt_pty_cell {
    char text[32]; /* UTF-8 with its combining characters; "" for an empty cell */
    int width;
    int32_t foreground, background; /* as wt_pty_colours */
    bool bold, underline, reverse;
};
void wt_pty_cell(struct wt_pty *pty, int col, int row, struct wt_pty_cell *cell);

struct VTermScreen *wt_pty_cells(struct wt_pty *pty); /* libvterm's own; borrowed */

/* Raw output: from the last mark on, borrowed until the next pump. */
void wt_pty_mark(struct wt_pty *pty);
const char *wt_pty_raw(const struct wt_pty *pty, size_t *length);
bool wt_pty_mode(const struct wt_pty *pty, int mode); /* whether a private mode (1049) is on */

/* What was typed and not read by the program: up to size - 1 bytes, as a string. */
void wt_pty_typed_ahead(struct wt_pty *pty, char *out, size_t size);

/* ---- how it ends ---- */
bool wt_pty_wait_exit(struct wt_pty *pty, int *status); /* status as waitpid gives it */
bool wt_pty_wait_stop(struct wt_pty *pty);              /* stopped by a signal */

/*
 * What the program left behind: "" when the terminal is as it was before, else the list of what is
 * not: modes of the device, O_NONBLOCK on the descriptors of the shell, the second screen, a hidden
 * cursor, mouse, paste, colours. Borrowed.
 */
const char *wt_pty_left(struct wt_pty *pty);

#endif /* WT_TESTS_PTY_H */
