/* pty_shell.h - the small shell between a test and the program on its pseudo-terminal (pty.h). */
#ifndef WT_TESTS_PTY_SHELL_H
#define WT_TESTS_PTY_SHELL_H

#include "support/pty.h"

/* What the shell tells the test: a wait status (of no meaning the first time), and the flags of its
 * own standard input, which it shares with the program. */
struct wt_pty_report {
    int pid, status, flags;
};

/*
 * Makes this process (a fresh child) the leader of a session on the terminal `name`, and starts the
 * program in a foreground group of its own. Every change of the program is written to `reports`;
 * the byte 'f' from `commands` brings it to the foreground, their end ends the shell. Does not
 * return.
 */
void wt_pty_become_shell(const struct wt_pty_options *options, const char *name, int reports,
                         int commands);

#endif /* WT_TESTS_PTY_SHELL_H */
