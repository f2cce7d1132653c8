/* screen_open.c - how a screen begins: the terminal or plain tables, the log, the app with what is
 * configured and remembered, the signals.
 */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/places.h"
#include "cli/remember.h"
#include "cli/screen_state.h"
#include "net/signals.h"
#include "ui/settings.h"

const int wt_screen_signal_numbers[WT_SCREEN_SIGNALS] = {SIGINT,   SIGTERM, SIGHUP,
                                                         SIGWINCH, SIGTSTP, SIGCONT};

static bool locale_is_utf8(void) {
    const char *codeset = nl_langinfo(CODESET);
    return strcasecmp(codeset, "UTF-8") == 0 || strcasecmp(codeset, "utf8") == 0;
}

/* A theme that is not there is said also to those who see plain tables. */
static wt_status check_theme(const struct wt_options *options, struct wt_error *err) {
    struct wt_places places;
    wt_places_find(&places);
    const struct wt_theme_places themes = wt_places_themes(&places);
    struct wt_theme theme;
    return options->theme != NULL ? wt_theme_find(&theme, &themes, options->theme, err) : WT_OK;
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
    struct wt_places places;
    struct wt_settings settings;
    wt_status read = wt_settings_read(&settings, options->config, err);
    if (read != WT_OK) {
        return read;
    }
    wt_places_find(&places);
    const struct wt_theme_places themes = wt_places_themes(&places);
    struct wt_app_options app = {.theme = options->theme,
                                 .own_theme_directory = themes.directories[0],
                                 .theme_directory = themes.directories[1],
                                 .glyphs = choose_glyphs(options),
                                 .colourless = wt_term_depth(screen->term) == WT_TERM_DEPTH_NONE,
                                 .few_colours = wt_term_depth(screen->term) == WT_TERM_DEPTH_8 ||
                                                wt_term_depth(screen->term) == WT_TERM_DEPTH_16,
                                 .interval_ns = options->interval_ns,
                                 .theme_is_fixed = wt_options_given(options, WT_OPTION_theme) &&
                                                   (options->from_file >> WT_OPTION_theme & 1) == 0,
                                 .settings = &settings,
                                 .demo_hint = screen->options.demo_hint};
    wt_status status = wt_app_create(&screen->app, &app, err);
    if (status == WT_OK) {
        status = wt_grid_init(&screen->grid, wt_term_cols(screen->term), wt_term_rows(screen->term),
                              err);
    }
    screen->grid.ascii = app.glyphs == WT_GLYPHS_ASCII;
    if (status == WT_OK && !options->no_state) {
        memcpy(screen->state_path, places.state, sizeof screen->state_path);
        wt_remember_load(screen->state_path, screen->app);
    }
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

wt_status wt_screen_open_signals(struct wt_screen *screen, struct wt_error *err) {
    wt_ignore_sigpipe();
    for (int i = 0; i < WT_SCREEN_SIGNALS; i++) {
        bool ends = wt_screen_signal_numbers[i] == SIGINT ||
                    wt_screen_signal_numbers[i] == SIGTERM || wt_screen_signal_numbers[i] == SIGHUP;
        if (is_ignored(wt_screen_signal_numbers[i]) || (!ends && screen->term == NULL)) {
            continue;
        }
        int code = uv_signal_init(screen->loop, &screen->signals[i]);
        if (code < 0) {
            return fail_uv(err, code, "watch signals");
        }
        screen->handle_count++;
        screen->signals[i].data = screen;
        uv_unref((uv_handle_t *)&screen->signals[i]);
        code =
            uv_signal_start(&screen->signals[i], wt_screen_on_signal, wt_screen_signal_numbers[i]);
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
    code = uv_timer_start(&screen->timer, wt_screen_on_timer, WT_SCREEN_AGE_MS, WT_SCREEN_AGE_MS);
    return code < 0 ? fail_uv(err, code, "start a timer") : WT_OK;
}

static wt_status open_log(const struct wt_options *options, bool plain, struct wt_error *err) {
    bool chosen = options->log_path != NULL || wt_options_given(options, WT_OPTION_log_level);
    enum wt_log_level level = chosen ? options->log_level : plain ? WT_LOG_WARN : WT_LOG_OFF;
    return wt_log_open(options->log_path, level, err);
}

wt_status wt_screen_open_output(struct wt_screen *screen, const struct wt_options *options,
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
