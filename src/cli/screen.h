/* screen.h - what dashboard and demo show: a live screen on a terminal, plain tables otherwise.
 *
 *     a source (host.h, net/poll.h) --feed--> screen --> src/ui app --> src/term       a terminal
 *                                               '------> export/text --> stdout        else
 *
 * Plain tables are printed with --frames or --once, and when standard output is no terminal that
 * can show a screen. The order in a command:
 *
 *     wt_screen_create    before the host: crash handlers come first, the SIGBUS guard second
 *     wt_host_create      whose on_look calls wt_screen_feed
 *     wt_screen_run       until the person quits; the terminal is given back when it returns
 *     wt_host_destroy
 *     wt_screen_destroy
 *
 * Threads: the loop's.
 */
#ifndef WT_CLI_SCREEN_H
#define WT_CLI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/status.h"
#include "config/options.h"
#include "model/snapshot.h"

struct wt_screen;

struct wt_screen_options {
    const struct wt_options *options; /* the command line; borrowed */
    const char *demo_hint;            /* for the empty state, see ui/app.h; may be NULL */
    /* The person chose another interval: tell the source. May be NULL. */
    void (*on_interval)(void *context, int64_t interval_ns);
    /* The person made a mark: put it among the monitor's events, and tell with wt_screen_warn or
     * wt_screen_tell what became of it. NULL: marks cannot be made here. */
    void (*on_mark)(void *context, const char *text);
    /* The person looks at another worker (0: at none): the source's looks are to carry all of it,
     * the next one soon. May be NULL. */
    void (*on_focus)(void *context, uint64_t worker_id);
    void *context;
};

/*
 * Takes the terminal if there is one (nothing is written yet), the signals INT, TERM, HUP, WINCH,
 * TSTP and CONT, the log (--log; with a screen standard error goes there, too) and the crash
 * handlers. WT_ENOENT and WT_EFORMAT for a theme that is not there or not right.
 */
wt_status wt_screen_create(struct wt_screen **out, uv_loop_t *loop,
                           const struct wt_screen_options *options, struct wt_error *err);

/* What was kept of the past, before the first look; the screen owns it from now on. */
struct wt_history;
void wt_screen_take_history(struct wt_screen *screen, struct wt_history *history);

/* A look of the source. The first one and those with `emit` are shown; fits host.h's on_look. */
void wt_screen_feed(struct wt_screen *screen, const struct wt_snapshot *snapshot, bool emit);

/* The ids of the workers that are in view, at most `most`; returns how many. 0 for plain tables. */
size_t wt_screen_workers_in_view(const struct wt_screen *screen, uint64_t *ids, size_t most);

/* The look that was fed last, with more in it: shown, but no new look. */
void wt_screen_refine(struct wt_screen *screen, const struct wt_snapshot *snapshot);

/* The source does not answer: why, and since when. The next feed ends it. */
void wt_screen_lost(struct wt_screen *screen, const char *reason, int64_t since_realtime_ns);

/* A sentence for the message line; "" says nothing. Readers of plain tables have the log. */
void wt_screen_warn(struct wt_screen *screen, const char *text);

/* The same for what is no warning. */
void wt_screen_tell(struct wt_screen *screen, const char *text);

/* Whether plain tables are printed. */
bool wt_screen_is_plain(const struct wt_screen *screen);

/*
 * Runs the loop until somebody quits: a key, a signal, the end of the terminal, enough frames, or
 * wt_screen_stop. The terminal is given back then. WT_ESYS when standard output cannot be written.
 */
wt_status wt_screen_run(struct wt_screen *screen, struct wt_error *err);

/* Ends wt_screen_run. From the loop's callbacks. */
void wt_screen_stop(struct wt_screen *screen);

/*
 * Gives the terminal back, if run did not, and frees everything; runs the loop until its own
 * handles are closed. False: nobody reads standard output, and a thread still waits in write(2).
 * exit(3) would wait for it: leave with _exit(2). NULL is fine.
 */
bool wt_screen_destroy(struct wt_screen *screen);

#endif /* WT_CLI_SCREEN_H */
