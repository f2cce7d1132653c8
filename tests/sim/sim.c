#include "sim/sim.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/log.h"
#include "sim/fleet.h"
#include "sim/trouble.h"

/* A host that has been up for a while, on some day. */
static const struct wt_time beginning = {.monotonic_ns = 1000 * WT_NS_PER_S,
                                         .realtime_ns = INT64_C(1700000000) * WT_NS_PER_S};

/* So long the fleet runs before the first monitor does. */
static const int64_t warm_up_ns = 20 * WT_NS_PER_S;

void sim_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "simulation: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(2);
}

void *sim_resize(void *memory, size_t bytes) {
    void *wider = realloc(memory, bytes);
    if (wider == NULL)
        sim_fail("no memory for %zu bytes", bytes);
    return wider;
}

static struct wt_time clock_of(void *context) {
    return ((const struct sim *)context)->now;
}

/* ---- the monitor's timers ---------------------------------------------------------------------
 */

static void put_timer(struct sim *sim, enum sim_moment_kind kind, int64_t due_ns) {
    double late_ns = sim_random_exponential(&sim->timers, 0.3e-3) * 1e9;
    if (sim_random_below(&sim->timers, 200) == 0)
        late_ns += sim_random_unit(&sim->timers) * (double)sim->options->late_ns;
    sim_agenda_put(&sim->agenda, &(struct sim_moment){.at_ns = due_ns + (int64_t)late_ns,
                                                      .kind = kind,
                                                      .token = sim->pipeline.generation});
}

/* As src/net/runner.c: ticks are due on a grid, looks at any moment of their part of the second. */
static void arm_tick(struct sim *sim) {
    int64_t period_ns = sim->options->tick_ns, started_ns = sim->pipeline.started_ns;
    int64_t number = (sim->now.monotonic_ns - started_ns) / period_ns + 1;
    put_timer(sim, SIM_TICK, started_ns + number * period_ns);
}

static void arm_look(struct sim *sim) {
    const int64_t slot_ns = 100 * WT_NS_PER_MS;
    while (sim->look_slot_ns < sim->now.monotonic_ns)
        sim->look_slot_ns += slot_ns;
    double part = sim_random_unit(&sim->timers);
    put_timer(sim, SIM_LOOK, sim->look_slot_ns + (int64_t)(part * (double)slot_ns));
    sim->look_slot_ns += slot_ns;
}

static void start_monitor(struct sim *sim) {
    sim_pipeline_start(&sim->pipeline, sim->now);
    sim_score_restart(sim);
    sim->look_slot_ns = sim->now.monotonic_ns;
    arm_tick(sim);
    arm_look(sim);
    int64_t mean = sim->options->monitor_dies_every_ns;
    if (mean > 0)
        sim_agenda_put(&sim->agenda,
                       &(struct sim_moment){
                           .at_ns = sim->now.monotonic_ns + mean * 3 / 4 +
                                    (int64_t)(sim_random_unit(&sim->timers) * (double)mean / 2),
                           .kind = SIM_MONITOR_DIES});
}

static void kill_monitor(struct sim *sim) {
    sim_pipeline_kill(&sim->pipeline);
    sim_fleet_orphan(sim);
    sim->kill_count++;
    sim_agenda_put(
        &sim->agenda,
        &(struct sim_moment){.at_ns = sim->now.monotonic_ns +
                                      (int64_t)((1 + 4 * sim_random_unit(&sim->timers)) * 1e9),
                             .kind = SIM_MONITOR_STARTS});
}

static void tick(struct sim *sim) {
    const struct wt_snapshot *snapshot =
        sim_pipeline_tick(&sim->pipeline, sim->now, sim_fleet_offer, sim);
    sim->tick_count++;
    sim_score_tick(sim, snapshot);
    arm_tick(sim);
}

static void look(struct sim *sim) {
    sim_score_look(sim);
    if (sim->look_count++ % sim->options->look_each == 0)
        sim_pipeline_look(&sim->pipeline, sim->now);
    arm_look(sim);
}

/* ---- moments ----------------------------------------------------------------------------------
 */

static void take_place(struct sim *sim, const struct sim_moment *moment) {
    switch (moment->kind) {
    case SIM_ARRIVAL:
        sim_fleet_arrival(sim, moment->service);
        return;
    case SIM_DONE:
        sim_fleet_done(sim, moment);
        return;
    case SIM_BOOTED:
        sim_fleet_booted(sim, moment);
        return;
    case SIM_CONNECT:
        sim_fleet_connect(sim, moment);
        return;
    case SIM_HEARTBEAT:
        sim_fleet_heartbeat(sim, moment);
        return;
    case SIM_MONITOR_DIES:
        kill_monitor(sim);
        return;
    case SIM_MONITOR_STARTS:
        start_monitor(sim);
        return;
    case SIM_LOOK:
        if (sim->pipeline.monitor != NULL && moment->token == sim->pipeline.generation)
            look(sim);
        return;
    case SIM_TICK:
        if (sim->pipeline.monitor != NULL && moment->token == sim->pipeline.generation)
            tick(sim);
        return;
    case SIM_CRASH:
    case SIM_ROLL:
    case SIM_HANG:
    case SIM_RESCUE:
    case SIM_SURGE:
    case SIM_SURGE_ENDS:
    case SIM_BURST:
    case SIM_BURST_ENDS:
    case SIM_LOOP:
    case SIM_LOOP_CRASH:
    case SIM_DROP:
        sim_trouble_strikes(sim, moment);
        return;
    }
}

void sim_run(struct sim *sim, const struct sim_options *options) {
    *sim = (struct sim){.options = options, .now = beginning};
    sim->limits = wt_health_limits_default;
    sim->end_ns = beginning.monotonic_ns + (int64_t)(options->hours * 3600e9);
    sim->timers = sim_random_seed(options->seed, 9);
    wt_log_set_level(WT_LOG_ERROR);
    wt_clock_override(clock_of, sim);
    sim_processes_open(&sim->processes, &sim->now);
    sim_pipeline_open(&sim->pipeline, options->limits);
    sim_fleet_open(sim);
    sim_score_open(sim);
    sim_trouble_open(sim);
    sim_agenda_put(&sim->agenda, &(struct sim_moment){.at_ns = beginning.monotonic_ns + warm_up_ns,
                                                      .kind = SIM_MONITOR_STARTS});
    for (;;) {
        struct sim_moment moment = sim_agenda_take(&sim->agenda);
        if (moment.at_ns > sim->end_ns)
            break;
        int64_t passed_ns = moment.at_ns - sim->now.monotonic_ns;
        assert(passed_ns >= 0);
        sim->now.monotonic_ns += passed_ns;
        sim->now.realtime_ns += passed_ns;
        sim->event_count++;
        take_place(sim, &moment);
    }
}

void sim_close(struct sim *sim) {
    sim_score_close(sim);
    sim_fleet_close(sim);
    sim_pipeline_close(&sim->pipeline);
    sim_processes_close(&sim->processes);
    sim_agenda_fini(&sim->agenda);
    wt_clock_override(NULL, NULL);
    *sim = (struct sim){.options = NULL};
}
