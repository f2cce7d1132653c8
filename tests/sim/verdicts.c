#include "sim/score.h"

#include <math.h>

#include "sim/sim.h"

/* Said so much later than a tick, it came late. Timers do. */
static const int64_t grace_ns = 100 * WT_NS_PER_MS;

const char *sim_alarm_text(enum sim_alarm alarm) {
    static const char *const texts[SIM_ALARMS] = {[SIM_ALARM_STUCK] = "stuck",
                                                  [SIM_ALARM_SATURATED] = "saturated",
                                                  [SIM_ALARM_NEARLY] = "nearly saturated",
                                                  [SIM_ALARM_FLAPPING] = "flapping",
                                                  [SIM_ALARM_QUEUE_GROWING] = "queue growing",
                                                  [SIM_ALARM_ERRORS_RISING] = "errors rising"};
    return texts[alarm];
}

static struct sim_watch *watch_of(struct sim *sim, uint32_t service, enum sim_alarm alarm) {
    return &sim->services[service].score.watches[alarm];
}

/* ---- what is true ---------------------------------------------------------------------------- */

void sim_truth_begins(struct sim *sim, uint32_t service, enum sim_alarm alarm, int64_t onset_ns,
                      int64_t limit_ns) {
    struct sim_watch *watch = watch_of(sim, service, alarm);
    if (watch->onset_ns != 0)
        return;
    watch->onset_ns = watch->base_ns = onset_ns;
    watch->limit_ns = limit_ns;
    watch->found = watch->shown; /* one that was not cleared yet goes on */
    watch->counts = !watch->shown;
}

void sim_truth_ends(struct sim *sim, uint32_t service, enum sim_alarm alarm) {
    struct sim_watch *watch = watch_of(sim, service, alarm);
    int64_t lasted = sim->now.monotonic_ns - watch->base_ns;
    if (watch->onset_ns == 0)
        return;
    bool long_enough = lasted > watch->limit_ns + sim->options->tick_ns + grace_ns &&
                       sim->pipeline.monitor != NULL;
    if (watch->counts && (watch->found || long_enough)) {
        watch->onset_count++;
        watch->found_count += watch->found;
    }
    watch->onset_ns = 0;
    watch->end_ns = sim->now.monotonic_ns;
}

/* Nobody but its parent learns why a process ended; one that did not live for a minute was no
 * orderly restart in any case. */
void sim_truth_exit(struct sim *sim, uint32_t number, int64_t born_ns) {
    struct sim_score *score = &sim->services[number].score;
    if (sim->now.monotonic_ns - born_ns < 60 * WT_NS_PER_S)
        score->exits_ns[score->exit_count++ % SIM_EXITS] = sim->now.monotonic_ns;
}

static uint32_t exits_of_last_minute(const struct sim *sim, const struct sim_score *score) {
    uint32_t count = 0;
    for (uint64_t back = 1; back <= score->exit_count && back <= SIM_EXITS; back++) {
        int64_t at = score->exits_ns[(score->exit_count - back) % SIM_EXITS];
        if (sim->now.monotonic_ns - at >= 60 * WT_NS_PER_S || at < sim->pipeline.started_ns)
            break; /* nobody told the present monitor */
        count++;
    }
    return count;
}

/* The rule that operators are told, on the exact numbers. */
static void follow_flapping(struct sim *sim, uint32_t number) {
    struct sim_service *service = &sim->services[number];
    const struct sim_score *score = &service->score;
    double limit =
        fmax(sim->limits.flap_starts, sim->limits.flap_ratio * (double)service->spec->seats);
    bool flaps = exits_of_last_minute(sim, score) > limit;
    if (flaps)
        sim_truth_begins(sim, number, SIM_ALARM_FLAPPING,
                         score->exits_ns[(score->exit_count - 1) % SIM_EXITS], 0);
    else
        sim_truth_ends(sim, number, SIM_ALARM_FLAPPING);
}

static void follow_load(struct sim *sim, uint32_t number) {
    struct sim_service *service = &sim->services[number];
    const struct sim_score *score = &service->score;
    int64_t now = sim->now.monotonic_ns;
    const struct sim_mark *then = sim_mark_before(score, sim->limits.warn_ns);
    double busy = (double)(sim_meter_area(&service->busy, now) - then->busy);
    double capacity = (double)(sim_meter_area(&service->capacity, now) - then->capacity);
    if ((double)service->queue_len.value >= sim->limits.queue_least / 2)
        sim_truth_begins(sim, number, SIM_ALARM_QUEUE_GROWING, now, INT64_MAX / 2);
    else
        sim_truth_ends(sim, number, SIM_ALARM_QUEUE_GROWING);
    if (service->over_ns != 0)
        sim_truth_begins(sim, number, SIM_ALARM_SATURATED, service->over_ns, sim->limits.crit_ns);
    else
        sim_truth_ends(sim, number, SIM_ALARM_SATURATED);
    bool full = capacity > 0 && busy >= sim->limits.warn_ratio * capacity;
    if (full || service->over_ns != 0)
        sim_truth_begins(sim, number, SIM_ALARM_NEARLY, now, sim->limits.warn_ns);
    else
        sim_truth_ends(sim, number, SIM_ALARM_NEARLY);
}

/* ---- what is said ---------------------------------------------------------------------------- */

static bool is_said(const struct wt_service *shown, enum sim_alarm alarm) {
    switch (alarm) {
    case SIM_ALARM_STUCK:
        return shown->stuck_count > 0;
    case SIM_ALARM_SATURATED:
        return shown->cause == WT_CAUSE_SATURATED && shown->verdict == WT_VERDICT_CRIT;
    case SIM_ALARM_NEARLY:
        return shown->cause == WT_CAUSE_SATURATED;
    case SIM_ALARM_FLAPPING:
        return shown->cause == WT_CAUSE_FLAPPING;
    case SIM_ALARM_QUEUE_GROWING:
        return shown->cause == WT_CAUSE_QUEUE_GROWING;
    case SIM_ALARM_ERRORS_RISING:
        return shown->cause == WT_CAUSE_ERRORS_RISING;
    case SIM_ALARMS:
        break;
    }
    return false;
}

/* How long after its end a trouble may still be said, or said again. */
static int64_t echo_ns(const struct sim *sim, enum sim_alarm alarm) {
    int64_t tick = sim->options->tick_ns + grace_ns;
    switch (alarm) {
    case SIM_ALARM_STUCK:
        return tick;
    case SIM_ALARM_ERRORS_RISING: /* the window is still full of errors */
        return 2 * sim->limits.errors_ns + tick;
    case SIM_ALARM_SATURATED:
    case SIM_ALARM_NEARLY:
    case SIM_ALARM_FLAPPING:
    case SIM_ALARM_QUEUE_GROWING:
    case SIM_ALARMS:
        break;
    }
    return sim->limits.clear_ns + tick;
}

/* A monitor can know of it since it is there, and the worker concerned is known to it. */
static int64_t base_of(const struct sim *sim, const struct sim_service *service,
                       enum sim_alarm alarm, int64_t onset_ns) {
    int64_t base = onset_ns;
    if (sim->pipeline.started_ns > base)
        base = sim->pipeline.started_ns;
    if (alarm == SIM_ALARM_STUCK && service->hung_seat >= 0) {
        int64_t connected = service->seats[service->hung_seat].puppet.connected_ns;
        base = connected > base ? connected : base;
    }
    return base;
}

/* What is usual a monitor learns in its first two minutes: errors that rise before it knows
 * are usual to it. */
static bool is_too_early(const struct sim *sim, enum sim_alarm alarm, int64_t onset_ns) {
    return alarm == SIM_ALARM_ERRORS_RISING &&
           onset_ns - sim->pipeline.started_ns < 4 * sim->limits.errors_ns;
}

static void add_delay(struct sim_delay *delay, int64_t ns) {
    double seconds = (double)ns / 1e9;
    delay->count++;
    delay->sum_s += seconds;
    delay->most_s = fmax(delay->most_s, seconds);
}

static void compare(struct sim *sim, uint32_t number, enum sim_alarm alarm,
                    const struct wt_service *shown) {
    struct sim_watch *watch = watch_of(sim, number, alarm);
    int64_t now = sim->now.monotonic_ns;
    bool said = is_said(shown, alarm), was_said = watch->shown;
    watch->shown = said;
    if (watch->onset_ns != 0) {
        watch->base_ns = base_of(sim, &sim->services[number], alarm, watch->onset_ns);
        watch->counts = watch->counts && !is_too_early(sim, alarm, watch->onset_ns);
        if (said && !watch->found && watch->counts) {
            watch->found = true;
            add_delay(&watch->found_after, now - watch->base_ns);
        }
        return;
    }
    bool echo = watch->end_ns != 0 && now - watch->end_ns <= echo_ns(sim, alarm);
    if (said && !was_said && !echo) {
        watch->false_count++;
        watch->first_false_ns = watch->first_false_ns == 0 ? now : watch->first_false_ns;
    }
    if (!said && was_said && watch->end_ns != 0)
        add_delay(&watch->cleared_after, now - watch->end_ns);
}

void sim_verdicts_tick(struct sim *sim, uint32_t number, const struct wt_snapshot *snapshot,
                       const struct wt_service *shown) {
    (void)snapshot;
    follow_flapping(sim, number);
    follow_load(sim, number);
    for (unsigned alarm = 0; alarm < SIM_ALARMS; alarm++)
        compare(sim, number, (enum sim_alarm)alarm, shown);
}
