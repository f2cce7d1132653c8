/* app.h - the user interface as a whole: snapshots and input in, a grid and requests out.
 *
 *     snapshot --> feed  \                        / draw --> grid --> src/term
 *                         >  struct wt_app  ----<
 *     key, mouse --> input /                      \ requests --> the caller acts
 *
 * The app has no clock, no files (but for themes), no terminal and no monitor. What it cannot do
 * itself it asks for: input returns a mask of requests, the caller acts and tells the result with
 * wt_app_message.
 *
 * Ownership: the app keeps references to snapshots it is fed. Threads: one owner.
 */
#ifndef WT_UI_APP_H
#define WT_UI_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/status.h"
#include "model/snapshot.h"
#include "ui/grid.h"
#include "ui/input.h"
#include "ui/theme.h"

struct wt_app; /* all state; there is none outside of it */
struct wt_settings;

/* UTF8: braille graphs and rounded borders; BLOCKS: for UTF-8 fonts without braille (the Linux
 * console); ASCII: for everything else. */
enum wt_glyphs { WT_GLYPHS_UTF8, WT_GLYPHS_BLOCKS, WT_GLYPHS_ASCII };

struct wt_app_options {
    const char *theme;           /* a name ("worktop-light") or a path (has a '/'); NULL: default */
    bool theme_is_fixed;         /* the command line says it: what was remembered does not count */
    const char *theme_directory; /* where *.json themes are; NULL: only those compiled in */
    const char *own_theme_directory; /* the person's own, asked first; NULL: none */
    enum wt_glyphs glyphs;
    bool colourless;  /* the terminal has no colours, or NO_COLOR: attributes only */
    bool few_colours; /* the terminal has 8 or 16: the theme made of those is shown */
    int64_t interval_ns;
    const struct wt_settings *settings; /* keys and columns; NULL: the usual ones. Copied */
    const char *demo_hint; /* the command line of the demo for the empty state, NULL: usual one */
};

/* What the caller must do after wt_app_input: a mask. */
enum {
    WT_APP_QUIT = 1,
    WT_APP_DRAW = 2,         /* something changed: draw soon */
    WT_APP_REPAINT = 4,      /* draw, and write every cell again (^L) */
    WT_APP_SUSPEND = 8,      /* give the terminal back and stop (^Z) */
    WT_APP_EXPORT = 16,      /* write wt_app_snapshot to a file, then wt_app_message where it is */
    WT_APP_EXPORT_ROWS = 64, /* the same with what wt_app_export_rows says */
    WT_APP_MARK = 128,       /* put wt_app_mark among the monitor's events */
    WT_APP_INTERVAL = 32     /* the interval is now wt_app_interval_ns */
};

/* Fails for an unknown or broken theme (the error names file and line) and with WT_ENOMEM. */
wt_status wt_app_create(struct wt_app **out, const struct wt_app_options *options,
                        struct wt_error *err);
void wt_app_destroy(struct wt_app *app); /* NULL is fine */

/* What should outlive this run (state.c), as a JSON document of one line; and taking it over again,
 * before the first snapshot. A text that is broken or of another version changes nothing:
 * WT_EFORMAT, with file and line. */
void wt_app_remember(const struct wt_app *app, struct wt_buffer *out);
wt_status wt_app_recall(struct wt_app *app, const char *file, const char *text, size_t length,
                        struct wt_error *err);

/* A newer look. Graph histories grow even while paused. Without memory the old look stays, with a
 * message on the screen. */
void wt_app_feed(struct wt_app *app, const struct wt_snapshot *snapshot);

/* What somebody else kept of the past, to go on with: before the first look; later it is destroyed
 * at once, as without an app (NULL). The app owns it from now on. */
struct wt_history;
void wt_app_take_history(struct wt_app *app, struct wt_history *history);

/* The look that was fed last, with more in it: shown in its place, but no new one. */
void wt_app_refine(struct wt_app *app, const struct wt_snapshot *snapshot);

/* The id of the worker that the person looks at, or is about to: snapshots are to carry all of it
 * (activity.focus). 0: none. */
uint64_t wt_app_focus(const struct wt_app *app);

/* The source does not answer: since when (realtime) and why. NULL: it does again. A new snapshot
 * whose source.problem is "" also ends it. */
void wt_app_source_lost(struct wt_app *app, const char *reason, int64_t since_realtime_ns);

unsigned wt_app_input(struct wt_app *app, const struct wt_input *input);

/* Draws everything into the whole grid, whatever its size. `now` gives ages and the clock. */
void wt_app_draw(struct wt_app *app, struct wt_grid *grid, struct wt_time now);

/* A line for the person until `now` of a draw is some seconds later: INFO 6 s, others 12 s. */
void wt_app_message(struct wt_app *app, enum wt_severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int64_t wt_app_interval_ns(const struct wt_app *app);
bool wt_app_is_paused(const struct wt_app *app);

/* The text of the mark that was typed last, borrowed; "" for one without words. */
const char *wt_app_mark(const struct wt_app *app);

/* What is on the screen (the one held while paused), borrowed; NULL before the first. */
const struct wt_snapshot *wt_app_snapshot(const struct wt_app *app);

/* The rows of the table that has the keys, as filtered and sorted, as a JSON document
 * (docs/SNAPSHOT.md, "Rows"). Fails the buffer without memory, and before the first snapshot. */
void wt_app_export_rows(const struct wt_app *app, struct wt_buffer *out);

/* The ids of the workers that are in view, at most `most`; returns how many. */
size_t wt_app_workers_in_view(const struct wt_app *app, uint64_t *ids, size_t most);

#endif /* WT_UI_APP_H */
