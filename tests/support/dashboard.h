/* dashboard.h - the real program on a pseudo-terminal, in a place of its own: what tests of its
 * screen share. All of these fail the test when something does not work.
 */
#ifndef WT_TESTS_DASHBOARD_H
#define WT_TESTS_DASHBOARD_H

#include <sys/types.h>

#include <worktop/worktop.h>

#include "support/pty.h"

/* A directory, and the socket of the monitor in it. */
struct test_place {
    char *directory, *socket;
};

void test_place_make(struct test_place *place);
void test_place_drop(struct test_place *place);

/* The same as setup and teardown: *state is a struct test_place. */
int test_place_open(void **state);
int test_place_close(void **state);

struct test_dashboard {
    const char *command;          /* NULL: the dashboard itself */
    const char *const *arguments; /* up to 8 behind the socket; NULL-terminated or NULL */
    const char *const *variables; /* up to 8 beside the usual: those of an xterm with 256 colours
                                     and UTF-8; NULL-terminated or NULL */
    int cols, rows;               /* 0: 120 x 40 */
    char synchronized;            /* struct wt_pty_options */
};

/* --interval 0.2 */
extern const char *const test_dashboard_quick[];

struct wt_pty *test_dashboard_start(const struct test_place *place,
                                    const struct test_dashboard *options);

/* The dashboard with looks every 0.2 s and more variables (or NULL), and waits until it is live. */
struct wt_pty *test_dashboard_live(const struct test_place *place, const char *const *variables);

/* It ends with this code, and the terminal is as it was. */
void test_dashboard_end(struct wt_pty *pty, int code);

/* A worker of this service at the place, with requests_total and requests_active (U64, to be added
 * to); worktop_close ends it. */
struct worktop *test_join(const struct test_place *place, const char *service);

/* The headless monitor, in a process of its own; silent. Ready when this returns. */
pid_t test_serve(const struct test_place *place);

/* Sends a signal and waits for the end. */
void test_end_process(pid_t pid, int signal);

#endif /* WT_TESTS_DASHBOARD_H */
