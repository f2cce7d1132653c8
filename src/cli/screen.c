/* screen.c - the loop around a screen: one wake-up, one picture.
 *
 * Whatever wakes the loop (a look, keys, a signal, room on the terminal) changes the app and then
 * paints once. While the terminal has not taken the last frame nothing is drawn at all; when it
 * has, the latest state is. A timer that every paint pushes back draws when nothing else does, so
 * that the age of the data is never wrong by more than its period.
 */
#include "cli/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/dump.h"
#include "cli/plain.h"
#include "net/signals.h"
#include "term/term.h"
#include "ui/app.h"

enum {
    AGE_MS = 1150,    /* a little more than the usual interval, which then repaints by itself */
    PATIENCE_MS = 150 /* before an empty screen is shown, because nothing was heard yet */
};

static const int signal_numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
enum { SIGNAL_COUNT = sizeof signal_numbers / sizeof signal_numbers[0] };

struct wt_screen {
    uv_loop_t *loop;
    struct wt_screen_options options;
    bool stopped; /* run is over, or will be */
    bool fed;     /* a look has been shown */
    bool lost;    /* the source does not answer, and a reader of plain tables knows */
    uv_signal_t signals[SIGNAL_COUNT];
    int handle_count; /* open handles, for the end */

    struct wt_term *term; /* NULL: plain tables */
    struct wt_app *app;
    struct wt_grid grid;
    uv_poll_t poll;
    uv_timer_t timer;
    int watched;      /* events of the poll */
    bool wants_paint; /* a paint waits for room on the terminal */

    struct wt_plain plain;
};

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
    if (screen->term == NULL || screen->stopped) {
        return;
    }
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

static void on_timer(uv_timer_t *timer) {
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

static void on_signal(uv_signal_t *handle, int number);

static uv_signal_t *handle_of(struct wt_screen *screen, int number) {
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (signal_numbers[i] == number) {
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
    uv_signal_start(handle, on_signal, SIGTSTP);
    take_back(screen);
}

static void on_signal(uv_signal_t *handle, int number) {
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

static void export_snapshot(struct wt_screen *screen) {
    const struct wt_snapshot *snapshot = wt_app_snapshot(screen->app);
    struct wt_error err;
    char path[PATH_MAX];
    if (snapshot == NULL) {
        wt_app_message(screen->app, WT_SEVERITY_WARN, "There is nothing to export yet.");
        return;
    }
    if (wt_dump_snapshot(snapshot, wt_clock_now(), path, sizeof path, &err) != WT_OK) {
        wt_log(WT_LOG_ERROR, "screen", "%s", err.text);
        wt_app_message(screen->app, WT_SEVERITY_CRIT, "%s", err.text);
        return;
    }
    wt_app_message(screen->app, WT_SEVERITY_INFO, "This snapshot is now in %s", path);
}

static void act(struct wt_screen *screen, unsigned requests) {
    if ((requests & WT_APP_QUIT) != 0) {
        wt_screen_stop(screen);
        return;
    }
    if ((requests & WT_APP_REPAINT) != 0) {
        wt_term_invalidate(screen->term);
    }
    if ((requests & WT_APP_EXPORT) != 0) {
        export_snapshot(screen);
    }
    if ((requests & WT_APP_INTERVAL) != 0 && screen->options.on_interval != NULL) {
        screen->options.on_interval(screen->options.context, wt_app_interval_ns(screen->app));
    }
    if ((requests & WT_APP_SUSPEND) != 0) {
        suspend(screen, true);
    }
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
        wt_status flushed = wt_term_flush(screen->term, &err);
        if (flushed == WT_EDEAD) {
            wt_screen_stop(screen);
            return;
        }
        paints = screen->wants_paint;
    }
    if ((events & UV_READABLE) != 0) {
        if (!read_input(screen)) {
            wt_screen_stop(screen);
            return;
        }
        paints = true;
    }
    if (paints) {
        paint(screen);
    } else {
        watch(screen);
    }
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
    paint(screen);
}

void wt_screen_lost(struct wt_screen *screen, const char *reason, int64_t since_realtime_ns) {
    if (screen->stopped) {
        return;
    }
    if (screen->term == NULL) {
        if (!screen->lost) {
            fprintf(stderr, "worktop: %s\n", reason);
        }
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

/* ------------------------------------------------------------------------------ beginning ---- */

/* Where the themes are: $WORKTOP_THEMES, beside an installed program, or in the source tree of one
 * that was just built. */
static const char *find_themes(char path[static PATH_MAX]) {
    static const char *const places[] = {"../share/worktop/themes", "themes", "../../themes"};
    const char *chosen = getenv("WORKTOP_THEMES");
    if (chosen != NULL && chosen[0] != '\0') {
        return chosen;
    }
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) {
        return NULL;
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    int directory = slash == NULL ? 0 : (int)(slash - program);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int n = snprintf(path, PATH_MAX, "%.*s/%s", directory, program, places[i]);
        if (n > 0 && n < PATH_MAX && access(path, R_OK | X_OK) == 0) {
            return path;
        }
    }
    return NULL;
}

static bool locale_is_utf8(void) {
    const char *codeset = nl_langinfo(CODESET);
    return strcasecmp(codeset, "UTF-8") == 0 || strcasecmp(codeset, "utf8") == 0;
}

/* A theme that is not there is said also to those who see plain tables. */
static wt_status check_theme(const struct wt_options *options, struct wt_error *err) {
    char themes[PATH_MAX];
    const struct wt_app_options app = {.theme = options->theme,
                                       .theme_directory = find_themes(themes),
                                       .interval_ns = options->interval_ns};
    struct wt_app *checked;
    wt_status status = options->theme != NULL ? wt_app_create(&checked, &app, err) : WT_OK;
    if (status == WT_OK && options->theme != NULL) {
        wt_app_destroy(checked);
    }
    return status;
}

static enum wt_glyphs choose_glyphs(const struct wt_options *options) {
    const char *type = getenv("TERM");
    if (options->ascii || !locale_is_utf8()) {
        return WT_GLYPHS_ASCII;
    }
    return type != NULL && strcmp(type, "linux") == 0 ? WT_GLYPHS_BLOCKS : WT_GLYPHS_UTF8;
}

static wt_status open_app(struct wt_screen *screen, const struct wt_options *options,
                          struct wt_error *err) {
    char themes[PATH_MAX];
    struct wt_app_options app = {.theme = options->theme,
                                 .theme_directory = find_themes(themes),
                                 .glyphs = choose_glyphs(options),
                                 .colourless = wt_term_depth(screen->term) == WT_TERM_DEPTH_NONE,
                                 .few_colours = wt_term_depth(screen->term) == WT_TERM_DEPTH_8 ||
                                                wt_term_depth(screen->term) == WT_TERM_DEPTH_16,
                                 .interval_ns = options->interval_ns,
                                 .demo_hint = screen->options.demo_hint};
    wt_status status = wt_app_create(&screen->app, &app, err);
    if (status == WT_OK) {
        status = wt_grid_init(&screen->grid, wt_term_cols(screen->term), wt_term_rows(screen->term),
                              err);
    }
    screen->grid.ascii = app.glyphs == WT_GLYPHS_ASCII;
    return status;
}

static wt_status fail_uv(struct wt_error *err, int code, const char *what) {
    return wt_fail(err, code == UV_ENOMEM ? WT_ENOMEM : WT_ESYS, "cannot %s: %s", what,
                   uv_strerror(code));
}

/* Who started us with a signal ignored (nohup) wants it ignored. */
static bool is_ignored(int number) {
    struct sigaction found;
    return sigaction(number, NULL, &found) == 0 && (found.sa_flags & SA_SIGINFO) == 0 &&
           found.sa_handler == SIG_IGN;
}

/* Plain tables need no more than the signals that end us: the others keep their usual effect. */
static wt_status open_signals(struct wt_screen *screen, struct wt_error *err) {
    wt_ignore_sigpipe();
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        bool ends = signal_numbers[i] == SIGINT || signal_numbers[i] == SIGTERM ||
                    signal_numbers[i] == SIGHUP;
        if (is_ignored(signal_numbers[i]) || (!ends && screen->term == NULL)) {
            continue;
        }
        int code = uv_signal_init(screen->loop, &screen->signals[i]);
        if (code < 0) {
            return fail_uv(err, code, "watch signals");
        }
        screen->handle_count++;
        screen->signals[i].data = screen;
        uv_unref((uv_handle_t *)&screen->signals[i]);
        code = uv_signal_start(&screen->signals[i], on_signal, signal_numbers[i]);
        if (code < 0) {
            return fail_uv(err, code, "watch signals");
        }
    }
    return WT_OK;
}

static wt_status open_handles(struct wt_screen *screen, struct wt_error *err) {
    int code = uv_timer_init(screen->loop, &screen->timer);
    if (code < 0) {
        return fail_uv(err, code, "make a timer");
    }
    screen->handle_count++;
    screen->timer.data = screen;
    code = uv_poll_init(screen->loop, &screen->poll, wt_term_fd(screen->term));
    if (code < 0) {
        return fail_uv(err, code, "watch the terminal");
    }
    screen->handle_count++;
    screen->poll.data = screen;
    code = uv_timer_start(&screen->timer, on_timer, AGE_MS, AGE_MS);
    return code < 0 ? fail_uv(err, code, "start a timer") : WT_OK;
}

static wt_status open_log(const struct wt_options *options, bool plain, struct wt_error *err) {
    bool chosen = options->log_path != NULL || wt_options_given(options, WT_OPTION_log_level);
    enum wt_log_level level = chosen ? options->log_level : plain ? WT_LOG_WARN : WT_LOG_OFF;
    return wt_log_open(options->log_path, level, err);
}

/* A screen if one can be drawn, else plain tables. */
static wt_status open_output(struct wt_screen *screen, const struct wt_options *options,
                             struct wt_error *err) {
    if (options->utf8 && !locale_is_utf8() && setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        return wt_fail(err, WT_ENOENT, "--utf8: this system has no locale C.UTF-8");
    }
    const struct wt_term_options term = {
        .fd = STDOUT_FILENO, .colourless = options->no_color, .mouseless = options->no_mouse};
    wt_status status = options->frames > 0 ? WT_ENOENT : wt_term_open(&screen->term, &term, err);
    if (status != WT_OK && status != WT_ENOENT) {
        return status;
    }
    if (status == WT_ENOENT && options->frames == 0 && isatty(STDOUT_FILENO)) {
        fprintf(stderr, "worktop: %s: plain tables instead of a screen\n", err->text);
    }
    status = open_log(options, screen->term == NULL, err);
    if (status != WT_OK || screen->term == NULL) {
        return status != WT_OK ? status : check_theme(options, err);
    }
    status = wt_term_capture_begin(options->log_path, err);
    status = status != WT_OK ? status : open_handles(screen, err);
    return status != WT_OK ? status : open_app(screen, options, err);
}

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
    status = status != WT_OK ? status : open_output(screen, options->options, err);
    status = status != WT_OK ? status : open_signals(screen, err);
    if (status != WT_OK) {
        wt_screen_destroy(screen);
        return status;
    }
    *out = screen;
    return WT_OK;
}

/* ------------------------------------------------------------------------------------ end ---- */

static void give_back(struct wt_screen *screen) {
    if (screen->term != NULL && screen->watched != 0) {
        uv_poll_stop(&screen->poll);
        screen->watched = 0;
    }
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
            uv_timer_start(&screen->timer, on_timer, PATIENCE_MS, AGE_MS);
        }
    }
    while (!screen->stopped && uv_run(screen->loop, UV_RUN_DEFAULT) != 0) {
    }
    screen->stopped = true;
    if (!plain) {
        uv_timer_stop(&screen->timer);
    }
    give_back(screen);
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
    for (int i = 0; i < SIGNAL_COUNT; i++) {
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
