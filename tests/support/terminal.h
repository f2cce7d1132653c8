/* terminal.h - a small program for the tests of src/term, and what they share.
 *
 * A test runs itself as the program (main asks wt_terminal_is_program). Its screen: the size, the
 * colours and the locale in the first line, the last input in the second, text in three scripts in
 * the third, a ruler of shades below. Keys: q quits, S is a segmentation fault, O a stack overflow,
 * A an abort with a reason, E an exit(7) without closing, b paints without end, f shows a cursor,
 * r changes a part of the screen and now and then scrolls it (with
 * WORKTOP_TEST_STORM from the beginning, so that the ruler takes no colours), i paints everything
 * anew, ^Z stops. A hang-up ends it with the code 42.
 */
#ifndef WT_TESTS_TERMINAL_H
#define WT_TESTS_TERMINAL_H

#include <stdbool.h>

#include "support/pty.h"

bool wt_terminal_is_program(int argc, char **argv);
int wt_terminal_program(void);

/* Starts the program with at most 7 further variables; the usual ones are those of an xterm with
 * 256 colours and UTF-8. Fails the test if it cannot. */
struct wt_pty *wt_terminal_start_with(const char *const *more, int cols, int rows);

/* ... as usual, 80 x 24, on a terminal that says this of synchronized output (struct
 * wt_pty_options), and waits for its screen. */
struct wt_pty *wt_terminal_start_answering(char synchronized);

/* ... as usual, 80 x 24, and waits for its screen. */
struct wt_pty *wt_terminal_start(void);

/* It ends with this code, and the terminal is as it was. */
void wt_terminal_expect_exit(struct wt_pty *pty, int code);

/* It dies of this signal (or of a sanitizer's handler for it), and the terminal is as it was. */
void wt_terminal_expect_crash(struct wt_pty *pty, int signal);

/* Whether the raw output since the mark has these bytes. */
bool wt_terminal_has_bytes(struct wt_pty *pty, const char *bytes);

#endif /* WT_TESTS_TERMINAL_H */
