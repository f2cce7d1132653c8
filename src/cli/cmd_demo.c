/* worktop demo - the dashboard over a fleet of simulated workers: real processes (src/demo) that
 * join a monitor of their own, at a fresh private place, while the story of demo/scenario.h is
 * told.
 */
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/host.h"
#include "cli/screen.h"
#include "cli/spawner.h"

struct demo {
    uv_loop_t loop;
    uv_timer_t timer; /* --duration */
    struct wt_screen *screen;
    struct wt_host *host;
    struct wt_spawner *spawner;
    bool is_told; /* a worker could not be started, and the screen says so */
};

static void on_look(void *context, const struct wt_snapshot *snapshot, bool emit) {
    struct demo *demo = context;
    if (demo->spawner != NULL && !demo->is_told && *wt_spawner_problem(demo->spawner) != '\0') {
        wt_screen_warn(demo->screen, wt_spawner_problem(demo->spawner));
        demo->is_told = true;
    }
    uint64_t ids[WT_MONITOR_WATCHED];
    wt_screen_feed(demo->screen, snapshot, emit);
    if (demo->host != NULL) /* not yet at the very first look */
        wt_monitor_watch(wt_host_monitor(demo->host), ids,
                         wt_screen_workers_in_view(demo->screen, ids, WT_MONITOR_WATCHED));
}

static void on_interval(void *context, int64_t interval_ns) {
    struct demo *demo = context;
    if (demo->host != NULL)
        wt_host_set_interval(demo->host, interval_ns);
}

static void on_mark(void *context, const char *text) {
    struct demo *demo = context;
    if (demo->host != NULL) {
        wt_monitor_mark(wt_host_monitor(demo->host), text, wt_clock_now());
        wt_screen_tell(demo->screen, "The mark is among the events.");
    }
}

static void on_focus(void *context, uint64_t worker_id) {
    struct demo *demo = context;
    if (demo->host != NULL)
        wt_host_show(demo->host, demo->screen, worker_id);
}

static void on_duration(uv_timer_t *timer) {
    wt_screen_stop(((struct demo *)timer->data)->screen);
}

static void on_spawner_done(void *context) {
    ((struct demo *)context)->spawner = NULL;
}

/* The monitor cannot know how the processes of others ended; these are ours. */
static void on_process_end(void *context, int pid, int wait_status) {
    const struct demo *demo = context;
    wt_monitor_process_ended(wt_host_monitor(demo->host), pid, wait_status);
}

/* The workers go before their monitor, so that they do not look for it. */
static void end_workers(struct demo *demo) {
    if (demo->spawner != NULL)
        wt_spawner_stop(demo->spawner, on_spawner_done, demo);
    while (demo->spawner != NULL)
        uv_run(&demo->loop, UV_RUN_ONCE);
}

static wt_status start_workers(struct demo *demo, const struct wt_options *options,
                               struct wt_error *err) {
    const struct wt_spawner_options spawner = {.socket_path = wt_host_socket_path(demo->host),
                                               .workers = (uint32_t)options->workers,
                                               .services = (uint32_t)options->services,
                                               .processes = (uint32_t)options->processes,
                                               .seed = options->seed,
                                               .is_peaceful = options->no_kill,
                                               .load_s =
                                                   (double)options->load_ns / (double)WT_NS_PER_S,
                                               .report_path = options->report_path,
                                               .errors_fd = STDERR_FILENO,
                                               .on_end = on_process_end,
                                               .on_end_context = demo};
    return wt_spawner_create(&demo->spawner, &demo->loop, &spawner, err);
}

static wt_status run(struct demo *demo, const struct wt_options *options, struct wt_error *err) {
    const struct wt_screen_options screen = {.options = options,
                                             .demo_hint = "the demo's workers are being started",
                                             .on_interval = on_interval,
                                             .on_mark = on_mark,
                                             .on_focus = on_focus,
                                             .context = demo};
    wt_status status = wt_screen_create(&demo->screen, &demo->loop, &screen, err);
    if (status != WT_OK)
        return status;
    struct wt_host_options host;
    status = wt_host_options_of(options, &host, err);
    if (status != WT_OK)
        return status;
    host.temporary = true;
    host.on_look = on_look;
    host.context = demo;
    status = wt_host_create(&demo->host, &demo->loop, &host, err);
    if (status == WT_OK)
        status = start_workers(demo, options, err);
    if (status != WT_OK)
        return status;
    if (options->duration_ns > 0)
        uv_timer_start(&demo->timer, on_duration,
                       (uint64_t)(options->duration_ns / WT_NS_PER_MS) + 1, 0);
    return wt_screen_run(demo->screen, err);
}

int wt_cmd_demo(const struct wt_options *options) {
    struct demo demo = {.is_told = false};
    struct wt_error err;
    int code = uv_loop_init(&demo.loop);
    if (code < 0) {
        wt_fail(&err, WT_ESYS, "cannot make a loop: %s", uv_strerror(code));
        return wt_cli_fail(&err);
    }
    uv_timer_init(&demo.loop, &demo.timer);
    demo.timer.data = &demo;
    wt_status status = run(&demo, options, &err);
    uv_close((uv_handle_t *)&demo.timer, NULL);
    end_workers(&demo);
    wt_host_destroy(demo.host);
    bool is_clean = wt_screen_destroy(demo.screen);
    int exit_code = status == WT_OK ? WT_EXIT_OK : wt_cli_fail(&err);
    if (!is_clean)
        _exit(exit_code);
    uv_loop_close(&demo.loop);
    return exit_code;
}
