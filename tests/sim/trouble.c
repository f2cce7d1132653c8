#include "sim/trouble.h"

#include <assert.h>

#include "sim/fleet.h"

/* A mean distance, at random: never less than a quarter of it, so that one is over before the next
 * one comes. */
static int64_t some_time(struct sim_service *service, int64_t mean_ns) {
    return mean_ns / 4 +
           (int64_t)(0.75 * (double)mean_ns * sim_random_exponential(&service->fate, 1));
}

static void put(struct sim *sim, enum sim_moment_kind kind, uint32_t service, uint32_t seat,
                int64_t after_ns, uint64_t token) {
    if (after_ns > 0)
        sim_agenda_put(&sim->agenda, &(struct sim_moment){.at_ns = sim->now.monotonic_ns + after_ns,
                                                          .kind = kind,
                                                          .service = service,
                                                          .seat = seat,
                                                          .token = token});
}

/* Its mean distance by the service's spec; 0: it never comes. */
static int64_t mean_of(const struct sim_service_spec *spec, enum sim_moment_kind kind) {
    if (kind == SIM_CRASH)
        return spec->crash_every_ns;
    if (kind == SIM_DROP)
        return spec->drop_every_ns;
    if (kind == SIM_HANG)
        return spec->hang_every_ns;
    if (kind == SIM_BURST)
        return spec->burst_every_ns;
    if (kind == SIM_SURGE)
        return spec->surge_every_ns;
    return kind == SIM_LOOP ? spec->loop_every_ns : 0;
}

static void put_next(struct sim *sim, enum sim_moment_kind kind, uint32_t number) {
    struct sim_service *service = &sim->services[number];
    int64_t mean = mean_of(service->spec, kind);
    if (mean > 0)
        put(sim, kind, number, 0, some_time(service, mean), 0);
}

void sim_trouble_open(struct sim *sim) {
    static const enum sim_moment_kind random[] = {SIM_CRASH, SIM_DROP,  SIM_HANG,
                                                  SIM_SURGE, SIM_BURST, SIM_LOOP};
    for (uint32_t number = 0; number < sim->service_count; number++) {
        for (size_t i = 0; i < sizeof random / sizeof random[0]; i++)
            put_next(sim, random[i], number);
        put(sim, SIM_ROLL, number, 0, sim->services[number].spec->roll_first_ns, 0);
        sim->services[number].hung_seat = -1;
    }
}

static void crash(struct sim *sim, uint32_t number) {
    int seat = sim_fleet_pick(&sim->services[number], false);
    if (seat >= 0)
        sim_fleet_crash(sim, number, (uint32_t)seat);
}

static void drop(struct sim *sim, uint32_t number) {
    int seat = sim_fleet_pick(&sim->services[number], false);
    if (seat >= 0)
        sim_fleet_drop(sim, number, (uint32_t)seat);
}

/* Each seat in turn, then a long pause. */
static void roll(struct sim *sim, const struct sim_moment *moment) {
    const struct sim_service_spec *spec = sim->services[moment->service].spec;
    sim_fleet_drain(sim, moment->service, moment->seat);
    bool more = moment->seat + 1 < spec->seats;
    put(sim, SIM_ROLL, moment->service, more ? moment->seat + 1 : 0,
        more ? spec->roll_gap_ns : spec->roll_every_ns, 0);
}

static void hang(struct sim *sim, uint32_t number) {
    struct sim_service *service = &sim->services[number];
    int seat = service->hung_seat >= 0 ? -1 : sim_fleet_pick(service, true);
    if (seat < 0)
        return;
    service->hung_seat = seat;
    sim_fleet_hang(sim, number, (uint32_t)seat);
    sim_truth_begins(sim, number, SIM_ALARM_STUCK, sim->now.monotonic_ns, sim->limits.stuck_ns);
    put(sim, SIM_RESCUE, number, (uint32_t)seat, service->spec->hang_for_ns,
        service->seats[seat].token);
}

static void rescue(struct sim *sim, const struct sim_moment *moment) {
    struct sim_service *service = &sim->services[moment->service];
    assert(service->seats[moment->seat].token == moment->token);
    service->hung_seat = -1;
    sim_truth_ends(sim, moment->service, SIM_ALARM_STUCK);
    sim_fleet_crash(sim, moment->service, moment->seat);
}

static void surge(struct sim *sim, uint32_t number) {
    struct sim_service *service = &sim->services[number];
    if (service->load > service->spec->load)
        return;
    service->load = service->spec->surge_load;
    put(sim, SIM_SURGE_ENDS, number, 0, service->spec->surge_for_ns, 0);
}

static void burst(struct sim *sim, uint32_t number) {
    struct sim_service *service = &sim->services[number];
    if (service->fail_ratio > service->spec->fail_ratio)
        return;
    service->fail_ratio = service->spec->burst_ratio;
    /* Its window fills, and then it must hold for a third of that. */
    sim_truth_begins(sim, number, SIM_ALARM_ERRORS_RISING, sim->now.monotonic_ns,
                     sim->limits.errors_ns * 4 / 3);
    put(sim, SIM_BURST_ENDS, number, 0, service->spec->burst_for_ns, 0);
}

static void begin_loop(struct sim *sim, uint32_t number) {
    struct sim_service *service = &sim->services[number];
    int seat = service->loop_until_ns != 0 ? -1 : sim_fleet_pick(service, false);
    if (seat < 0)
        return;
    service->loop_until_ns = sim->now.monotonic_ns + service->spec->loop_for_ns;
    put(sim, SIM_LOOP_CRASH, number, (uint32_t)seat, service->spec->loop_gap_ns, 0);
}

static void loop_crash(struct sim *sim, const struct sim_moment *moment) {
    struct sim_service *service = &sim->services[moment->service];
    if (sim->now.monotonic_ns >= service->loop_until_ns) {
        service->loop_until_ns = 0;
        return;
    }
    if (service->seats[moment->seat].state == SIM_SEAT_UP)
        sim_fleet_crash(sim, moment->service, moment->seat);
    put(sim, SIM_LOOP_CRASH, moment->service, moment->seat, service->spec->loop_gap_ns, 0);
}

void sim_trouble_strikes(struct sim *sim, const struct sim_moment *moment) {
    switch (moment->kind) {
    case SIM_CRASH:
        crash(sim, moment->service);
        break;
    case SIM_DROP:
        drop(sim, moment->service);
        break;
    case SIM_ROLL:
        roll(sim, moment);
        return;
    case SIM_HANG:
        hang(sim, moment->service);
        break;
    case SIM_RESCUE:
        rescue(sim, moment);
        return;
    case SIM_SURGE:
        surge(sim, moment->service);
        break;
    case SIM_SURGE_ENDS:
        sim->services[moment->service].load = sim->services[moment->service].spec->load;
        return;
    case SIM_BURST:
        burst(sim, moment->service);
        break;
    case SIM_BURST_ENDS:
        sim->services[moment->service].fail_ratio = sim->services[moment->service].spec->fail_ratio;
        sim_truth_ends(sim, moment->service, SIM_ALARM_ERRORS_RISING);
        return;
    case SIM_LOOP:
        begin_loop(sim, moment->service);
        break;
    case SIM_LOOP_CRASH:
        loop_crash(sim, moment);
        return;
    case SIM_ARRIVAL:
    case SIM_DONE:
    case SIM_BOOTED:
    case SIM_CONNECT:
    case SIM_HEARTBEAT:
    case SIM_MONITOR_DIES:
    case SIM_MONITOR_STARTS:
    case SIM_LOOK:
    case SIM_TICK:
        sim_fail("moment %d is no trouble", (int)moment->kind);
    }
    put_next(sim, moment->kind, moment->service);
}
