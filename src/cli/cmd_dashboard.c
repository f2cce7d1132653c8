/* worktop - the live dashboard.
 *
 * If no monitor holds the place, this process hosts one; else it shows that one, out of its files
 * when they can be read, which costs it nothing. A supervisor without such files (a Ruby one), or
 * whose files are not for us, is asked over its socket every interval. The header says which (the
 * source of the snapshots).
 */
#include <limits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/host.h"
#include "cli/screen.h"
#include "export/export.h"
#include "monitor/monitor.h"
#include "net/client.h"
#include "net/poll.h"
#include "shm/place.h"

struct dashboard {
    uv_loop_t loop;
    struct wt_screen *screen;
    struct wt_host *host; /* NULL: another process is the monitor */
    struct wt_follow *follow;
    struct wt_poll *poll;
    struct wt_net_client *marker; /* asks for marks; NULL until the first one */
    const char *wanted_socket;    /* of the command line */
    char socket_path[PATH_MAX];   /* of the other one */
    uint64_t sequence;
    struct wt_error failure; /* WT_OK, or why plain tables cannot be printed */
};

static void on_look(void *context, const struct wt_snapshot *snapshot, bool emit) {
    struct dashboard *dashboard = context;
    uint64_t ids[WT_MONITOR_WATCHED];
    wt_screen_feed(dashboard->screen, snapshot, emit);
    if (dashboard->host != NULL) /* not yet at the very first look */
        wt_monitor_watch(wt_host_monitor(dashboard->host), ids,
                         wt_screen_workers_in_view(dashboard->screen, ids, WT_MONITOR_WATCHED));
}

static void on_history(void *context, struct wt_history *history) {
    struct dashboard *dashboard = context;
    wt_screen_take_history(dashboard->screen, history);
}

static void on_interval(void *context, int64_t interval_ns) {
    struct dashboard *dashboard = context;
    if (dashboard->host != NULL) {
        wt_host_set_interval(dashboard->host, interval_ns);
    } else if (dashboard->follow != NULL) {
        wt_follow_set_interval(dashboard->follow, interval_ns);
    } else if (dashboard->poll != NULL) {
        wt_poll_set_interval(dashboard->poll, interval_ns);
    }
}

/* ---------------------------------------------------------------------------------- marks ---- */

static void on_marked(void *context, const struct wt_net_client_answer *answer) {
    struct dashboard *dashboard = context;
    if (answer->status == WT_OK) {
        wt_screen_tell(dashboard->screen, "The mark is among the monitor's events.");
    } else {
        wt_screen_warn(dashboard->screen, answer->error->text);
    }
}

/* In our own monitor, or over the socket of the one that is shown. */
static void on_mark(void *context, const char *text) {
    struct dashboard *dashboard = context;
    struct wt_error err;
    if (dashboard->host != NULL) {
        wt_monitor_mark(wt_host_monitor(dashboard->host), text, wt_clock_now());
        wt_screen_tell(dashboard->screen, "The mark is among the events.");
        return;
    }
    wt_status status = WT_OK;
    if (dashboard->marker == NULL) {
        char path[PATH_MAX];
        status = wt_place_find_socket(dashboard->wanted_socket, path, &err);
        const struct wt_net_client_options options = {.socket_path = path};
        status = status != WT_OK
                     ? status
                     : wt_net_client_create(&dashboard->marker, &dashboard->loop, &options, &err);
    }
    if (status == WT_OK) {
        status =
            wt_net_client_call_text(dashboard->marker, "mark", text, on_marked, dashboard, &err);
    }
    if (status != WT_OK) {
        wt_screen_warn(dashboard->screen, err.text);
    }
}

static void on_focus(void *context, uint64_t worker_id) {
    struct dashboard *dashboard = context;
    if (dashboard->host != NULL) {
        wt_host_show(dashboard->host, dashboard->screen, worker_id);
    } else if (dashboard->follow != NULL) {
        wt_follow_set_focus(dashboard->follow, worker_id);
    } else if (dashboard->poll != NULL) {
        wt_poll_set_focus(dashboard->poll, worker_id);
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

/* Its files: those beside an explicit store, else beside the socket. Files that a dead monitor left
 * at the place of a supervisor that writes none are not its. */
static wt_status follow_other(struct dashboard *dashboard, const struct wt_options *options,
                              struct wt_error *err) {
    char path[PATH_MAX];
    wt_status status = wt_follow_find(options->store_path, options->socket_path, path, err);
    if (status != WT_OK) {
        return status;
    }
    const struct wt_follow_options follow = {.path = path,
                                             .interval_ns = options->interval_ns,
                                             .living_only = true,
                                             .repeats = wt_screen_is_plain(dashboard->screen),
                                             .on_look = on_look,
                                             .on_history = on_history,
                                             .context = dashboard};
    return wt_follow_create(&dashboard->follow, &dashboard->loop, &follow, err);
}

static wt_status watch_other(struct dashboard *dashboard, const struct wt_options *options,
                             struct wt_error *err) {
    wt_status status = follow_other(dashboard, options, err);
    if (status == WT_OK) {
        return WT_OK;
    }
    wt_log(WT_LOG_INFO, "dashboard", "asks over the socket: %s", err->text);
    status = wt_place_find_socket(options->socket_path, dashboard->socket_path, err);
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
    const struct wt_screen_options screen = {.options = options,
                                             .on_interval = on_interval,
                                             .on_mark = on_mark,
                                             .on_focus = on_focus,
                                             .context = dashboard};
    dashboard->wanted_socket = options->socket_path;
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
    wt_follow_destroy(dashboard.follow);
    wt_poll_destroy(dashboard.poll);
    wt_net_client_destroy(dashboard.marker);
    wt_host_destroy(dashboard.host);
    bool clean = wt_screen_destroy(dashboard.screen);
    int exit_code = status == WT_OK ? WT_EXIT_OK : wt_cli_fail(&err);
    if (!clean) {
        _exit(exit_code);
    }
    uv_loop_close(&dashboard.loop);
    return exit_code;
}
