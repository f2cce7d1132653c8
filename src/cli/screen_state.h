/* screen_state.h - what a screen consists of, shared by screen.c (the loop) and screen_open.c (its
 * beginning).
 *
 * Inside src/cli only.
 */
#ifndef WT_CLI_SCREEN_STATE_H
#define WT_CLI_SCREEN_STATE_H

#include <limits.h>

#include "cli/plain.h"
#include "cli/screen.h"
#include "term/term.h"
#include "ui/app.h"

enum {
    WT_SCREEN_AGE_MS =
        1150, /* a little more than the usual interval, which then repaints by itself */
    WT_SCREEN_PATIENCE_MS = 150 /* before an empty screen is shown, because nothing was heard yet */
};

enum { WT_SCREEN_SIGNALS = 6 };

struct wt_screen {
    uv_loop_t *loop;
    struct wt_screen_options options;
    bool stopped; /* run is over, or will be */
    bool fed;     /* a look has been shown */
    bool lost;    /* the source does not answer, and a reader of plain tables knows */
    uv_signal_t signals[WT_SCREEN_SIGNALS];
    int handle_count; /* open handles, for the end */

    struct wt_term *term; /* NULL: plain tables */
    struct wt_app *app;
    struct wt_grid grid;
    uv_poll_t poll;
    uv_timer_t timer;
    int watched;               /* events of the poll */
    char state_path[PATH_MAX]; /* what is remembered; "": nothing is */
    uint64_t focus;            /* the worker that the source was told about */
    bool wants_paint;          /* a paint waits for room on the terminal */
    bool reads;                /* input is read: one picture follows for all of it */

    struct wt_plain plain;
};

/* What is called when something happens, in screen.c. */
void wt_screen_on_timer(uv_timer_t *timer);
void wt_screen_on_signal(uv_signal_t *handle, int number);

/* The signals that a screen listens to; signals[i] is the handle of the i-th. */
extern const int wt_screen_signal_numbers[WT_SCREEN_SIGNALS];

/* A screen if one can be drawn, else plain tables. */
wt_status wt_screen_open_output(struct wt_screen *screen, const struct wt_options *options,
                                struct wt_error *err);

/* Plain tables need no more than the signals that end us: the others keep their usual effect. */
wt_status wt_screen_open_signals(struct wt_screen *screen, struct wt_error *err);

#endif /* WT_CLI_SCREEN_STATE_H */
