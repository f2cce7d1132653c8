/* screen.c - the loop around a screen: one wake-up, one picture.
 *
 * Whatever wakes the loop (a look, keys, a signal, room on the terminal) changes the app and then
 * paints once. While the terminal has not taken the last frame nothing is drawn at all; when it
 * has, the latest state is. A timer that every paint pushes back draws when nothing else does, so
 * that the age of the data is never wrong by more than its period.
 */
#include "cli/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/dump.h"
#include "cli/remember.h"
#include "cli/screen_state.h"

void wt_screen_stop(struct wt_screen *screen) {
    screen->stopped = true;
    uv_stop(screen->loop);
}

bool wt_screen_is_plain(const struct wt_screen *screen) {
    return screen->term == NULL;
}

/* ------------------------------------------------------------------------------- painting ---- */

static void on_terminal(uv_poll_t *poll, int status, int events);

static void watch(struct wt_screen *screen) {
    int events = UV_READABLE | UV_DISCONNECT;
    events |= wt_term_is_pending(screen->term) ? UV_WRITABLE : 0;
    if (events != screen->watched) {
        screen->watched = events;
        uv_poll_start(&screen->poll, events, on_terminal);
    }
}

static void paint(struct wt_screen *screen) {
    if (screen->term == NULL || screen->stopped || screen->reads)
        return;
    struct wt_error err;
    wt_status status = WT_EAGAIN;
    if (!wt_term_is_pending(screen->term)) {
        wt_app_draw(screen->app, &screen->grid, wt_clock_now());
        status = wt_term_paint(screen->term, &screen->grid, &err);
    }
    screen->wants_paint = status == WT_EAGAIN;
    if (status != WT_OK && status != WT_EAGAIN) {
        wt_log(WT_LOG_ERROR, "screen", "%s", err.text);
    }
    if (status == WT_EDEAD) {
        wt_screen_stop(screen);
        return;
    }
    watch(screen);
    uv_timer_again(&screen->timer);
}

void wt_screen_on_timer(uv_timer_t *timer) {
    wt_term_capture_trim();
    paint(timer->data);
}

/* The terminal's size, or one that fits into memory. */
static void take_size(struct wt_screen *screen) {
    struct wt_error err;
    wt_term_resize(screen->term);
    if (wt_grid_resize(&screen->grid, wt_term_cols(screen->term), wt_term_rows(screen->term),
                       &err) != WT_OK) {
        wt_log(WT_LOG_ERROR, "screen", "%s", err.text);
    }
    wt_app_input(screen->app, &(struct wt_input){.kind = WT_INPUT_RESIZE,
                                                 .cols = screen->grid.cols,
                                                 .rows = screen->grid.rows});
}

/* ------------------------------------------------------------------------- stop and go on ---- */

static uv_signal_t *handle_of(struct wt_screen *screen, int number) {
    for (int i = 0; i < WT_SCREEN_SIGNALS; i++) {
        if (wt_screen_signal_numbers[i] == number) {
            return &screen->signals[i];
        }
    }
    return NULL;
}

/* The terminal is ours again, or was taken away and given back behind our back. */
static void take_back(struct wt_screen *screen) {
    struct wt_error err;
    if (wt_term_resume(screen->term, &err) != WT_OK) {
        wt_log(WT_LOG_ERROR, "screen", "%s", err.text);
        wt_screen_stop(screen);
        return;
    }
    take_size(screen);
    paint(screen);
}

/* Stops like every program does: with the whole group when a key asked for it (the shell that
 * started us may be a script that waits in the same group), alone when a signal did. */
static void suspend(struct wt_screen *screen, bool group) {
    uv_signal_t *handle = handle_of(screen, SIGTSTP);
    if (screen->term == NULL || !uv_is_active((uv_handle_t *)handle)) {
        return; /* Nobody who could let us go on. */
    }
    wt_term_suspend(screen->term);
    uv_signal_stop(handle);
    kill(group ? 0 : getpid(), SIGTSTP);
    /* Here we stand still until somebody says SIGCONT. */
    uv_signal_start(handle, wt_screen_on_signal, SIGTSTP);
    take_back(screen);
}

void wt_screen_on_signal(uv_signal_t *handle, int number) {
    struct wt_screen *screen = handle->data;
    if (screen->stopped) {
        return; /* What comes now cannot change the end. */
    }
    switch (number) {
    case SIGWINCH:
        if (screen->term != NULL) {
            take_size(screen);
            paint(screen);
        }
        return;
    case SIGTSTP:
        suspend(screen, false);
        return;
    case SIGCONT:
        if (screen->term != NULL) {
            take_back(screen);
        }
        return;
    default:
        wt_log(WT_LOG_INFO, "screen", "ends: %s", strsignal(number));
        wt_screen_stop(screen);
    }
}

/* ---------------------------------------------------------------------------------- input ---- */

static void export_shown(struct wt_screen *screen, bool rows) {
    const struct wt_snapshot *snapshot = wt_app_snapshot(screen->app);
    struct wt_buffer text = {0};
    struct wt_error err;
    char path[PATH_MAX];
    if (snapshot == NULL) {
        wt_app_message(screen->app, WT_SEVERITY_WARN, "There is nothing to export yet.");
        return;
    }
    if (rows) {
        wt_app_export_rows(screen->app, &text);
    }
    wt_status status = rows ? wt_dump_text(&text, "rows-", snapshot->time.realtime_ns, path, &err)
                            : wt_dump_snapshot(snapshot, wt_clock_now(), path, &err);
    wt_buffer_fini(&text);
    if (status != WT_OK) {
        wt_log(WT_LOG_ERROR, "screen", "%s", err.text);
        wt_app_message(screen->app, WT_SEVERITY_CRIT, "%s", err.text);
        return;
    }
    wt_app_message(screen->app, WT_SEVERITY_INFO, "%s now in %s",
                   rows ? "These rows are" : "This snapshot is", path);
}

static void act(struct wt_screen *screen, unsigned requests) {
    if ((requests & WT_APP_QUIT) != 0) {
        wt_screen_stop(screen);
        return;
    }
    if ((requests & WT_APP_REPAINT) != 0) {
        wt_term_invalidate(screen->term);
    }
    if ((requests & (WT_APP_EXPORT | WT_APP_EXPORT_ROWS)) != 0) {
        export_shown(screen, (requests & WT_APP_EXPORT_ROWS) != 0);
    }
    if ((requests & WT_APP_MARK) != 0 && screen->options.on_mark != NULL) {
        screen->options.on_mark(screen->options.context, wt_app_mark(screen->app));
    } else if ((requests & WT_APP_MARK) != 0) {
        wt_screen_warn(
            screen, "Marks are made where the monitor is asked: this screen only reads its files.");
    }
    if ((requests & WT_APP_INTERVAL) != 0 && screen->options.on_interval != NULL) {
        screen->options.on_interval(screen->options.context, wt_app_interval_ns(screen->app));
    }
    if ((requests & WT_APP_SUSPEND) != 0) {
        suspend(screen, true);
    }
}

static void tell_focus(struct wt_screen *screen) {
    uint64_t focus = wt_app_focus(screen->app);
    if (focus == screen->focus || screen->options.on_focus == NULL || screen->stopped) {
        return;
    }
    screen->focus = focus;
    screen->options.on_focus(screen->options.context, focus);
}

/* One at a time: what was typed after a key that quits or suspends is the shell's. False when the
 * terminal is gone. */
static bool read_input(struct wt_screen *screen) {
    struct wt_input input;
    size_t count;
    struct wt_error err;
    do {
        if (wt_term_read(screen->term, &input, 1, &count, &err) != WT_OK) {
            wt_log(WT_LOG_INFO, "screen", "ends: %s", err.text);
            return false;
        }
        if (count > 0) {
            act(screen, wt_app_input(screen->app, &input));
            tell_focus(screen);
        }
    } while (count > 0 && !screen->stopped);
    return true;
}

static void on_terminal(uv_poll_t *poll, int status, int events) {
    struct wt_screen *screen = poll->data;
    struct wt_error err;
    if (status < 0 || (events & UV_DISCONNECT) != 0) {
        wt_log(WT_LOG_INFO, "screen", "ends: the terminal hung up");
        wt_screen_stop(screen);
        return;
    }
    bool paints = false;
    if ((events & UV_WRITABLE) != 0) {
        if (wt_term_flush(screen->term, &err) == WT_EDEAD) {
            wt_screen_stop(screen);
            return;
        }
        paints = screen->wants_paint;
    }
    if ((events & UV_READABLE) != 0) {
        screen->reads = true;
        bool goes_on = read_input(screen);
        screen->reads = false;
        if (!goes_on) {
            wt_screen_stop(screen);
            return;
        }
        paints = true;
    }
    if (paints)
        paint(screen);
    else
        watch(screen);
}

/* --------------------------------------------------------------------------------- source ---- */

void wt_screen_feed(struct wt_screen *screen, const struct wt_snapshot *snapshot, bool emit) {
    if (screen->stopped || (screen->term == NULL && !emit) || (screen->fed && !emit)) {
        return; /* A first look has no rates: it is shown, but not printed. */
    }
    screen->fed = true;
    screen->lost = false;
    if (screen->term == NULL) {
        wt_plain_print(&screen->plain, snapshot);
        return;
    }
    wt_app_feed(screen->app, snapshot);
    tell_focus(screen);
    paint(screen);
}

void wt_screen_refine(struct wt_screen *screen, const struct wt_snapshot *snapshot) {
    if (screen->stopped || screen->term == NULL || !screen->fed)
        return;
    wt_app_refine(screen->app, snapshot);
    paint(screen);
}

void wt_screen_take_history(struct wt_screen *screen, struct wt_history *history) {
    wt_app_take_history(screen->app, history); /* for plain tables there is no app */
}

size_t wt_screen_workers_in_view(const struct wt_screen *screen, uint64_t *ids, size_t most) {
    return screen->term == NULL ? 0 : wt_app_workers_in_view(screen->app, ids, most);
}

void wt_screen_lost(struct wt_screen *screen, const char *reason, int64_t since_realtime_ns) {
    if (screen->stopped)
        return;
    if (screen->term == NULL) {
        if (!screen->lost)
            fprintf(stderr, "worktop: %s\n", reason);
        screen->lost = true;
        return;
    }
    wt_app_source_lost(screen->app, reason, since_realtime_ns);
    paint(screen);
}

void wt_screen_warn(struct wt_screen *screen, const char *text) {
    if (screen->term != NULL && text[0] != '\0') {
        wt_app_message(screen->app, WT_SEVERITY_WARN, "%s", text);
    }
}

void wt_screen_tell(struct wt_screen *screen, const char *text) {
    if (screen->term != NULL) {
        wt_app_message(screen->app, WT_SEVERITY_INFO, "%s", text);
        paint(screen);
    }
}

/* ------------------------------------------------------------------------------ beginning ---- */

static void on_plain_done(void *context) {
    wt_screen_stop(context);
}

wt_status wt_screen_create(struct wt_screen **out, uv_loop_t *loop,
                           const struct wt_screen_options *options, struct wt_error *err) {
    *out = NULL;
    struct wt_screen *screen = calloc(1, sizeof *screen);
    if (screen == NULL) {
        return wt_fail(err, WT_ENOMEM, "no memory for the screen");
    }
    screen->loop = loop;
    screen->options = *options;
    wt_plain_init(&screen->plain, loop, options->options->frames, on_plain_done, screen);
    wt_status status = wt_term_crash_install(err);
    status = status != WT_OK ? status : wt_screen_open_output(screen, options->options, err);
    bool is_plain = screen->term == NULL;
    status = status != WT_OK ? status
                             : wt_plain_columns(&screen->plain, options->options, is_plain, err);
    status = status != WT_OK ? status : wt_screen_open_signals(screen, err);
    if (status != WT_OK) {
        wt_screen_destroy(screen);
        return status;
    }
    *out = screen;
    return WT_OK;
}

/* ------------------------------------------------------------------------------------ end ---- */

static void unwatch(struct wt_screen *screen) {
    if (screen->watched != 0) {
        uv_poll_stop(&screen->poll);
        screen->watched = 0;
    }
}

static void give_back(struct wt_screen *screen) {
    unwatch(screen);
    wt_term_close(&screen->term);
    wt_term_capture_end();
}

wt_status wt_screen_run(struct wt_screen *screen, struct wt_error *err) {
    bool plain = screen->term == NULL;
    if (!plain) {
        take_size(screen); /* It may have changed before we heard of changes. */
        if (screen->fed) {
            paint(screen);
        } else {
            uv_timer_start(&screen->timer, wt_screen_on_timer, WT_SCREEN_PATIENCE_MS,
                           WT_SCREEN_AGE_MS);
        }
    }
    while (!screen->stopped && uv_run(screen->loop, UV_RUN_DEFAULT) != 0) {
    }
    screen->stopped = true;
    if (!plain) {
        uv_timer_stop(&screen->timer);
    }
    give_back(screen);
    if (!plain) {
        wt_remember_save(screen->state_path, screen->app);
    }
    if (screen->plain.error < 0) {
        return wt_fail(err, WT_ESYS, "cannot write to standard output: %s",
                       uv_strerror(screen->plain.error));
    }
    return WT_OK;
}

static void on_closed(uv_handle_t *handle) {
    struct wt_screen *screen = handle->data;
    screen->handle_count--;
}

static void close_handle(struct wt_screen *screen, uv_handle_t *handle) {
    if (handle->type != UV_UNKNOWN_HANDLE && !uv_is_closing(handle)) {
        handle->data = screen;
        uv_close(handle, on_closed);
    }
}

bool wt_screen_destroy(struct wt_screen *screen) {
    if (screen == NULL) {
        return true;
    }
    screen->stopped = true;
    unwatch(screen); /* it may never have run */
    for (int i = 0; i < WT_SCREEN_SIGNALS; i++) {
        close_handle(screen, (uv_handle_t *)&screen->signals[i]);
    }
    close_handle(screen, (uv_handle_t *)&screen->timer);
    close_handle(screen, (uv_handle_t *)&screen->poll); /* before its descriptor is closed */
    give_back(screen);
    while (screen->handle_count > 0) {
        uv_run(screen->loop, UV_RUN_NOWAIT);
    }
    wt_app_destroy(screen->app);
    wt_grid_fini(&screen->grid);
    wt_log_close();
    if (!wt_plain_fini(&screen->plain)) {
        return false; /* The write that is under way still reads its memory. */
    }
    free(screen);
    return true;
}
