/* worktop attach - the dashboard of another monitor, out of its mapped files alone.
 *
 * That monitor is neither asked nor slowed down, and need not run any more: see attach/attach.h.
 */
#include <limits.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/screen.h"

struct viewer {
    uv_loop_t loop;
    struct wt_screen *screen;
    struct wt_follow *follow;
};

static void on_look(void *context, const struct wt_snapshot *snapshot, bool emit) {
    struct viewer *viewer = context;
    wt_screen_feed(viewer->screen, snapshot, emit);
}

static void on_history(void *context, struct wt_history *history) {
    struct viewer *viewer = context;
    wt_screen_take_history(viewer->screen, history);
}

static void on_interval(void *context, int64_t interval_ns) {
    struct viewer *viewer = context;
    if (viewer->follow != NULL)
        wt_follow_set_interval(viewer->follow, interval_ns);
}

static void on_focus(void *context, uint64_t worker_id) {
    struct viewer *viewer = context;
    if (viewer->follow != NULL)
        wt_follow_set_focus(viewer->follow, worker_id);
}

static wt_status run(struct viewer *viewer, const struct wt_options *options,
                     struct wt_error *err) {
    char path[PATH_MAX];
    wt_status status = wt_follow_find(options->operand, options->socket_path, path, err);
    if (status != WT_OK)
        return status;
    const struct wt_screen_options screen = {
        .options = options, .on_interval = on_interval, .on_focus = on_focus, .context = viewer};
    status = wt_screen_create(&viewer->screen, &viewer->loop, &screen, err);
    if (status != WT_OK)
        return status;
    const struct wt_follow_options follow = {.path = path,
                                             .interval_ns = options->interval_ns,
                                             .repeats = wt_screen_is_plain(viewer->screen),
                                             .on_look = on_look,
                                             .on_history = on_history,
                                             .context = viewer};
    status = wt_follow_create(&viewer->follow, &viewer->loop, &follow, err);
    if (status != WT_OK)
        return wt_follow_explain(path, err);
    return wt_screen_run(viewer->screen, err);
}

int wt_cmd_attach(const struct wt_options *options) {
    struct viewer viewer = {0};
    struct wt_error err;
    int code = uv_loop_init(&viewer.loop);
    if (code < 0) {
        wt_fail(&err, WT_ESYS, "cannot make a loop: %s", uv_strerror(code));
        return wt_cli_fail(&err);
    }
    wt_status status = run(&viewer, options, &err);
    wt_follow_destroy(viewer.follow);
    bool clean = wt_screen_destroy(viewer.screen);
    int exit_code = status == WT_OK ? WT_EXIT_OK : wt_cli_fail(&err);
    if (!clean)
        _exit(exit_code); /* a thread still waits in write(2) */
    uv_loop_close(&viewer.loop);
    return exit_code;
}
