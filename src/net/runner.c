#include "net/runner.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/server.h"

#define LONGEST_PERIOD_NS WT_NS_PER_S
enum { GAUGES_SHARE = 10 }; /* looks at gauges take at most one part in so many of the time */

struct wt_runner {
    uv_loop_t *loop;
    struct wt_monitor *monitor;
    struct wt_server *server;
    struct wt_runner_options options;
    uv_timer_t timer;
    uv_timer_t gauges;      /* runs while the monitor wants it */
    bool looks_at_gauges;   /* it runs */
    int64_t gauges_slot_ns; /* monotonic: where the part of the second of its next look begins */
    uint64_t dice;          /* never 0 */
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

/* ---- gauges ---------------------------------------------------------------------------------- */

static void on_gauges(uv_timer_t *timer);

/* A number below `bound`, by xorshift: nobody is to guess it, nor to keep step with it. */
static int64_t roll(struct wt_runner *runner, int64_t bound) {
    runner->dice ^= runner->dice << 13;
    runner->dice ^= runner->dice >> 7;
    runner->dice ^= runner->dice << 17;
    return (int64_t)(runner->dice % (uint64_t)bound);
}

/* The next look, in a slot that begins no earlier than this. Slots that were missed are not made up
 * for. */
static void arm_gauges(struct wt_runner *runner, int64_t earliest_ns) {
    int64_t slot_ns = WT_NS_PER_S / runner->options.look_rate;
    int64_t passed_ns = earliest_ns - runner->gauges_slot_ns;
    if (passed_ns > 0)
        runner->gauges_slot_ns += (passed_ns + slot_ns - 1) / slot_ns * slot_ns;
    int64_t left_ns = runner->gauges_slot_ns + roll(runner, slot_ns) - wt_clock_now().monotonic_ns;
    runner->gauges_slot_ns += slot_ns;
    uv_update_time(runner->loop);
    uv_timer_start(&runner->gauges, on_gauges, left_ns > 0 ? (uint64_t)(left_ns / WT_NS_PER_MS) : 0,
                   0);
}

static void on_gauges(uv_timer_t *timer) {
    struct wt_runner *runner = timer->data;
    struct wt_time now = wt_clock_now();
    wt_monitor_look(runner->monitor, now);
    int64_t took_ns = wt_clock_now().monotonic_ns - now.monotonic_ns;
    arm_gauges(runner, now.monotonic_ns + GAUGES_SHARE * took_ns);
}

/* Starts or stops the timer, as the monitor wants it after a look. */
static void follow_wants(struct wt_runner *runner) {
    bool wanted = runner->options.look_rate > 0 && !runner->is_closing &&
                  wt_monitor_wants_looks(runner->monitor);
    if (wanted == runner->looks_at_gauges)
        return;
    runner->looks_at_gauges = wanted;
    if (!wanted) {
        uv_timer_stop(&runner->gauges);
        return;
    }
    runner->gauges_slot_ns = wt_clock_now().monotonic_ns;
    arm_gauges(runner, runner->gauges_slot_ns);
}

void wt_runner_set_look_rate(struct wt_runner *runner, uint32_t look_rate) {
    runner->options.look_rate = look_rate;
    runner->looks_at_gauges = false;
    uv_timer_stop(&runner->gauges);
    follow_wants(runner);
}

/* ---- looks ----------------------------------------------------------------------------------- */

static void look(struct wt_runner *runner, struct wt_time now, bool emit) {
    if (runner->server != NULL)
        wt_server_check(runner->server);
    const struct wt_snapshot *snapshot = wt_monitor_tick(runner->monitor, now);
    wt_monitor_tick_took(runner->monitor, wt_clock_now().monotonic_ns - now.monotonic_ns);
    follow_wants(runner);
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
    wt_monitor_interval(runner->monitor, interval_ns);
    wt_monitor_period(runner->monitor, runner->period_ns);
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
    runner->dice = (uint64_t)wt_clock_now().realtime_ns | 1;
    int code = uv_timer_init(loop, &runner->timer); /* which cannot fail but by its contract */
    if (code == 0)
        code = uv_timer_init(loop, &runner->gauges);
    if (code < 0) {
        free(runner);
        return wt_fail(err, WT_ESYS, "cannot make a timer: %s", uv_strerror(code));
    }
    runner->timer.data = runner->gauges.data = runner;
    runner->open_handles += 2;
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
    uv_close((uv_handle_t *)&runner->gauges, on_timer_closed);
    while (runner->open_handles > 0)
        uv_run(runner->loop, UV_RUN_ONCE);
    free(runner);
}
