#include "net/runner.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/server.h"

#define LONGEST_PERIOD_NS WT_NS_PER_S

struct wt_runner {
    uv_loop_t *loop;
    struct wt_monitor *monitor;
    struct wt_server *server;
    struct wt_runner_options options;
    uv_timer_t timer;
    uv_work_t work;
    struct wt_monitor_growth *growth; /* the job in the thread pool, NULL without */
    int64_t start_ns;                 /* monotonic: look n is due at start + n * period */
    int64_t period_ns;
    int64_t looks_per_emission;
    int64_t last_look; /* n of the last one */
    size_t open_handles;
    bool is_closing;
};

static void on_timer(uv_timer_t *timer);

static void arm(struct wt_runner *runner) {
    int64_t due_ns = runner->start_ns + (runner->last_look + 1) * runner->period_ns;
    int64_t left_ns = due_ns - wt_clock_now().monotonic_ns;
    uint64_t left_ms = left_ns > 0 ? (uint64_t)((left_ns + WT_NS_PER_MS - 1) / WT_NS_PER_MS) : 0;
    uv_update_time(runner->loop);
    uv_timer_start(&runner->timer, on_timer, left_ms, 0);
}

static void look(struct wt_runner *runner, struct wt_time now, bool emit) {
    if (runner->server != NULL)
        wt_server_check(runner->server);
    const struct wt_snapshot *snapshot = wt_monitor_tick(runner->monitor, now);
    wt_monitor_tick_took(runner->monitor, wt_clock_now().monotonic_ns - now.monotonic_ns);
    if (runner->server != NULL)
        wt_server_offer_room(runner->server);
    wt_runner_grow(runner);
    if (snapshot == NULL) {
        wt_log(WT_LOG_ERROR, "net", "no memory for a look at the workers");
        return;
    }
    if (runner->options.on_look != NULL)
        runner->options.on_look(runner->options.context, snapshot, emit);
}

static void on_timer(uv_timer_t *timer) {
    struct wt_runner *runner = timer->data;
    struct wt_time now = wt_clock_now();
    int64_t number = (now.monotonic_ns - runner->start_ns) / runner->period_ns;
    if (number > runner->last_look) {
        bool emit =
            number / runner->looks_per_emission > runner->last_look / runner->looks_per_emission;
        runner->last_look = number;
        look(runner, now, emit);
    }
    /* on_look may have changed the interval, or begun the end. */
    if (!runner->is_closing)
        arm(runner);
}

static void run_growth(uv_work_t *work) {
    const struct wt_runner *runner = work->data;
    wt_monitor_growth_run(runner->growth);
}

static void on_growth_done(uv_work_t *work, int code) {
    struct wt_runner *runner = work->data;
    (void)code; /* nobody cancels it */
    wt_monitor_growth_finish(runner->monitor, runner->growth, wt_clock_now());
    runner->growth = NULL;
    runner->open_handles--;
    if (runner->is_closing)
        return;
    if (runner->server != NULL)
        wt_server_offer_room(runner->server);
    wt_runner_grow(runner);
}

void wt_runner_grow(struct wt_runner *runner) {
    if (runner == NULL || runner->growth != NULL || runner->is_closing)
        return;
    runner->growth = wt_monitor_growth_due(runner->monitor, wt_clock_now());
    if (runner->growth == NULL)
        return;
    runner->work.data = runner;
    if (uv_queue_work(runner->loop, &runner->work, run_growth, on_growth_done) == 0) {
        runner->open_handles++;
    } else { /* never seen; then it is done here, a tick late */
        wt_monitor_growth_run(runner->growth);
        wt_monitor_growth_finish(runner->monitor, runner->growth, wt_clock_now());
        runner->growth = NULL;
    }
}

void wt_runner_set_interval(struct wt_runner *runner, int64_t interval_ns) {
    runner->options.interval_ns = interval_ns;
    runner->looks_per_emission = (interval_ns + LONGEST_PERIOD_NS - 1) / LONGEST_PERIOD_NS;
    runner->period_ns = interval_ns / runner->looks_per_emission;
    runner->start_ns = wt_clock_now().monotonic_ns;
    runner->last_look = 0;
    arm(runner);
}

wt_status wt_runner_create(struct wt_runner **out, uv_loop_t *loop, struct wt_monitor *monitor,
                           struct wt_server *server, const struct wt_runner_options *options,
                           struct wt_error *err) {
    *out = NULL;
    if (options->interval_ns <= 0)
        return wt_fail(err, WT_ERANGE, "the interval is to be longer than 0 s");
    struct wt_runner *runner = calloc(1, sizeof *runner);
    if (runner == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the timer");
    runner->loop = loop;
    runner->monitor = monitor;
    runner->server = server;
    runner->options = *options;
    int code = uv_timer_init(loop, &runner->timer);
    if (code < 0) {
        free(runner);
        return wt_fail(err, WT_ESYS, "cannot make a timer: %s", uv_strerror(code));
    }
    runner->timer.data = runner;
    runner->open_handles++;
    *out = runner;
    wt_runner_set_interval(runner, options->interval_ns);
    look(runner, wt_clock_now(), false);
    return WT_OK;
}

static void on_timer_closed(uv_handle_t *handle) {
    struct wt_runner *runner = handle->data;
    runner->open_handles--;
}

void wt_runner_destroy(struct wt_runner *runner) {
    if (runner == NULL)
        return;
    runner->is_closing = true;
    uv_close((uv_handle_t *)&runner->timer, on_timer_closed);
    while (runner->open_handles > 0)
        uv_run(runner->loop, UV_RUN_ONCE);
    free(runner);
}
