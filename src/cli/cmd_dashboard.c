/* worktop - the live dashboard.
 *
 * If no monitor holds the place, this process hosts one; else it shows that one, asked over its
 * socket every interval, and says so in the header (the source of the snapshots).
 */
#include <limits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/host.h"
#include "cli/screen.h"
#include "export/export.h"
#include "net/poll.h"
#include "shm/place.h"

struct dashboard {
    uv_loop_t loop;
    struct wt_screen *screen;
    struct wt_host *host; /* NULL: another process is the monitor */
    struct wt_poll *poll;
    char socket_path[PATH_MAX]; /* of the other one */
    uint64_t sequence;
    struct wt_error failure; /* WT_OK, or why plain tables cannot be printed */
};

static void on_look(void *context, const struct wt_snapshot *snapshot, bool emit) {
    struct dashboard *dashboard = context;
    wt_screen_feed(dashboard->screen, snapshot, emit);
}

static void on_interval(void *context, int64_t interval_ns) {
    struct dashboard *dashboard = context;
    if (dashboard->host != NULL) {
        wt_host_set_interval(dashboard->host, interval_ns);
    } else if (dashboard->poll != NULL) {
        wt_poll_set_interval(dashboard->poll, interval_ns);
    }
}

/* ------------------------------------------------------------- the monitor of another one ---- */

static wt_status import(struct dashboard *dashboard, const struct wt_poll_state *state,
                        struct wt_snapshot **out, struct wt_error *err) {
    wt_status status = state->is_status ? wt_import_status_json(state->text, state->length,
                                                                state->received, out, err)
                                        : wt_import_json(state->text, state->length, out, err);
    if (status == WT_OK) {
        (*out)->source.kind = WT_SOURCE_BUS;
        (*out)->source.path = dashboard->socket_path;
        (*out)->sequence = ++dashboard->sequence;
    }
    return status;
}

/* Without a screen nobody would see that nobody answers. */
static void lose(struct dashboard *dashboard, const char *reason, int64_t since_realtime_ns) {
    if (wt_screen_is_plain(dashboard->screen) && dashboard->sequence == 0) {
        wt_fail(&dashboard->failure, WT_EDEAD, "%s", reason);
        wt_screen_stop(dashboard->screen);
    } else {
        wt_screen_lost(dashboard->screen, reason, since_realtime_ns);
    }
}

static void on_answer(void *context, const struct wt_poll_state *state) {
    struct dashboard *dashboard = context;
    if (state->problem[0] != '\0') {
        lose(dashboard, state->problem, state->failing_since.realtime_ns);
        return;
    }
    struct wt_snapshot *snapshot;
    struct wt_error err;
    if (import(dashboard, state, &snapshot, &err) != WT_OK) {
        wt_log(WT_LOG_ERROR, "dashboard", "%s", err.text);
        lose(dashboard, err.text, state->received.realtime_ns);
        return;
    }
    wt_screen_feed(dashboard->screen, snapshot, true);
    wt_snapshot_unref(snapshot);
}

static wt_status watch_other(struct dashboard *dashboard, const struct wt_options *options,
                             struct wt_error *err) {
    wt_status status = wt_place_find_socket(options->socket_path, dashboard->socket_path, err);
    if (status != WT_OK) {
        return status;
    }
    const struct wt_poll_options poll = {.socket_path = dashboard->socket_path,
                                         .interval_ns = options->interval_ns,
                                         .on_answer = on_answer,
                                         .context = dashboard};
    return wt_poll_create(&dashboard->poll, &dashboard->loop, &poll, err);
}

/* ------------------------------------------------------------------------------- our own ---- */

static wt_status open_source(struct dashboard *dashboard, const struct wt_options *options,
                             struct wt_error *err) {
    struct wt_host_options host;
    wt_status status = wt_host_options_of(options, &host, err);
    if (status != WT_OK) {
        return status;
    }
    host.on_look = on_look;
    host.context = dashboard;
    status = wt_host_create(&dashboard->host, &dashboard->loop, &host, err);
    if (status == WT_OK) {
        wt_screen_warn(dashboard->screen, wt_host_warning(dashboard->host));
        return WT_OK;
    }
    return status == WT_EBUSY ? watch_other(dashboard, options, err) : status;
}

static wt_status run(struct dashboard *dashboard, const struct wt_options *options,
                     struct wt_error *err) {
    const struct wt_screen_options screen = {
        .options = options, .on_interval = on_interval, .context = dashboard};
    wt_status status = wt_screen_create(&dashboard->screen, &dashboard->loop, &screen, err);
    if (status != WT_OK) {
        return status;
    }
    status = open_source(dashboard, options, err);
    if (status == WT_OK) {
        status = wt_screen_run(dashboard->screen, err);
    }
    if (status == WT_OK && dashboard->failure.status != WT_OK) {
        *err = dashboard->failure;
        status = err->status;
    }
    return status;
}

int wt_cmd_dashboard(const struct wt_options *options) {
    struct dashboard dashboard = {0};
    struct wt_error err;
    int code = uv_loop_init(&dashboard.loop);
    if (code < 0) {
        wt_fail(&err, WT_ESYS, "cannot make a loop: %s", uv_strerror(code));
        return wt_cli_fail(&err);
    }
    wt_status status = run(&dashboard, options, &err);
    wt_poll_destroy(dashboard.poll);
    wt_host_destroy(dashboard.host);
    bool clean = wt_screen_destroy(dashboard.screen);
    int exit_code = status == WT_OK ? WT_EXIT_OK : wt_cli_fail(&err);
    if (!clean) {
        _exit(exit_code);
    }
    uv_loop_close(&dashboard.loop);
    return exit_code;
}
