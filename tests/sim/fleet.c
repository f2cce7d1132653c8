#include "sim/fleet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A worker that cannot reach its monitor tries again after this, and up to as much later. */
static const int64_t retry_ns = 500 * WT_NS_PER_MS;

static struct sim_service *service_of(struct sim *sim, uint32_t service) {
    return &sim->services[service];
}

static void put(struct sim *sim, enum sim_moment_kind kind, uint32_t service, uint32_t seat,
                int64_t after_ns) {
    const struct sim_seat *at = &service_of(sim, service)->seats[seat];
    sim_agenda_put(&sim->agenda, &(struct sim_moment){.at_ns = sim->now.monotonic_ns + after_ns,
                                                      .kind = kind,
                                                      .service = service,
                                                      .seat = seat,
                                                      .token = at->token});
}

/* ---- what a worker tells --------------------------------------------------------------------- */

static void tell_active(struct sim *sim, struct sim_seat *seat) {
    if (sim->options->fault == SIM_FAULT_STALE_GAUGE && seat->request_count % 2 != 0)
        return;
    sim_puppet_set(&seat->puppet, SIM_WORD_ACTIVE, seat->busy_count);
}

static void tell_count(struct sim *sim, struct sim_service *service, struct sim_seat *seat) {
    uint64_t count = ++seat->request_count;
    if (sim->options->fault == SIM_FAULT_DOUBLE_COUNT)
        count += count / 1000;
    sim_puppet_set(&seat->puppet, SIM_WORD_REQUESTS, count);
    if (sim_random_unit(&service->choices) < service->fail_ratio)
        sim_puppet_set(&seat->puppet, SIM_WORD_ERRORS, ++seat->error_count);
}

static void change_backlog(struct sim_service *service, int seat, int change) {
    if (seat < 0)
        return;
    struct sim_seat *at = &service->seats[seat];
    at->queued_count += (uint32_t)change;
    sim_puppet_set(&at->puppet, SIM_WORD_QUEUED, at->queued_count);
}

/* ---- slots without work ---------------------------------------------------------------------- */

static void free_slot(struct sim_service *service, uint32_t seat, uint32_t slot) {
    service->seats[seat].slots[slot].free_place = (int)service->free_count;
    service->free[service->free_count++] = (struct sim_free){seat, slot};
}

static void take_slot(struct sim_service *service, struct sim_free taken) {
    struct sim_slot *slot = &service->seats[taken.seat].slots[taken.slot];
    struct sim_free last = service->free[--service->free_count];
    service->free[slot->free_place] = last;
    service->seats[last.seat].slots[last.slot].free_place = slot->free_place;
    slot->free_place = -1;
}

static void take_all_slots(struct sim_service *service, uint32_t seat) {
    for (uint32_t slot = 0; slot < service->spec->slots; slot++)
        if (service->seats[seat].slots[slot].free_place >= 0)
            take_slot(service, (struct sim_free){seat, slot});
}

/* ---- requests -------------------------------------------------------------------------------- */

static void begin(struct sim *sim, uint32_t number, struct sim_free at, int64_t waited_ns) {
    struct sim_service *service = service_of(sim, number);
    struct sim_seat *seat = &service->seats[at.seat];
    struct sim_slot *slot = &seat->slots[at.slot];
    int64_t now = sim->now.monotonic_ns;
    take_slot(service, at);
    slot->is_busy = true;
    slot->began_ns = now;
    seat->busy_count++;
    service->started_count++;
    service->wait_sum_ns += waited_ns;
    sim_meter_add(&service->busy, 1, now);
    sim_puppet_step(&seat->puppet, at.slot, 1, now);
    tell_active(sim, seat);
    sim_agenda_put(
        &sim->agenda,
        &(struct sim_moment){.at_ns = now + sim_law_draw_ns(&service->spec->law, &service->lengths),
                             .kind = SIM_DONE,
                             .service = number,
                             .seat = at.seat,
                             .slot = at.slot,
                             .token = slot->token});
}

/* Whether it is saturated is true at each moment, not at ticks. */
static void follow_saturation(struct sim *sim, struct sim_service *service) {
    double busy = (double)service->busy.value, capacity = (double)service->capacity.value;
    if (service->queue_count == 0 || busy < sim->limits.crit_ratio * capacity)
        service->over_ns = 0;
    else if (service->over_ns == 0)
        service->over_ns = sim->now.monotonic_ns;
}

/* As long as somebody waits and a slot is free. */
static void serve(struct sim *sim, uint32_t number) {
    struct sim_service *service = service_of(sim, number);
    while (service->queue_count > 0 && service->free_count > 0) {
        struct sim_waiting first = service->queue[service->queue_first];
        service->queue_first = (service->queue_first + 1) % service->queue_capacity;
        service->queue_count--;
        sim_meter_add(&service->queue_len, -1, sim->now.monotonic_ns);
        change_backlog(service, first.seat, -1);
        size_t which = sim_random_below(&service->choices, service->free_count);
        begin(sim, number, service->free[which], sim->now.monotonic_ns - first.since_ns);
    }
    follow_saturation(sim, service);
}

static void grow_queue(struct sim_service *service) {
    size_t capacity = service->queue_capacity == 0 ? 64 : 2 * service->queue_capacity;
    struct sim_waiting *wider = sim_resize(NULL, capacity * sizeof *wider);
    for (size_t i = 0; i < service->queue_count; i++)
        wider[i] = service->queue[(service->queue_first + i) % service->queue_capacity];
    free(service->queue);
    service->queue = wider;
    service->queue_first = 0;
    service->queue_capacity = capacity;
}

static void wait(struct sim *sim, struct sim_service *service) {
    if (service->queue_count == service->queue_capacity)
        grow_queue(service);
    size_t place = (service->queue_first + service->queue_count++) % service->queue_capacity;
    int seat = sim_fleet_pick(service, false);
    service->queue[place] = (struct sim_waiting){.since_ns = sim->now.monotonic_ns, .seat = seat};
    sim_meter_add(&service->queue_len, 1, sim->now.monotonic_ns);
    change_backlog(service, seat, 1);
}

/* The backlog of a seat whose process takes nothing any more goes to the others. */
static void move_backlog(struct sim_service *service, uint32_t from) {
    for (size_t i = 0; i < service->queue_count && service->seats[from].queued_count > 0; i++) {
        struct sim_waiting *one =
            &service->queue[(service->queue_first + i) % service->queue_capacity];
        if (one->seat != (int)from)
            continue;
        change_backlog(service, (int)from, -1);
        one->seat = sim_fleet_pick(service, false);
        change_backlog(service, one->seat, 1);
    }
}

/* What waited while no worker was there to tell. */
static void adopt_backlog(struct sim_service *service, uint32_t seat) {
    for (size_t i = 0; i < service->queue_count; i++) {
        struct sim_waiting *one =
            &service->queue[(service->queue_first + i) % service->queue_capacity];
        if (one->seat < 0) {
            one->seat = (int)seat;
            change_backlog(service, one->seat, 1);
        }
    }
}

void sim_fleet_arrival(struct sim *sim, uint32_t number) {
    struct sim_service *service = service_of(sim, number);
    const struct sim_service_spec *spec = service->spec;
    double slots = (double)spec->seats * spec->slots;
    double mean_s = sim_law_mean_s(&spec->law) / (slots * service->load);
    service->arrived_count++;
    wait(sim, service);
    serve(sim, number);
    sim_agenda_put(&sim->agenda,
                   &(struct sim_moment){
                       .at_ns = sim->now.monotonic_ns +
                                (int64_t)(1e9 * sim_random_exponential(&service->arrivals, mean_s)),
                       .kind = SIM_ARRIVAL,
                       .service = number});
}

/* ---- the life of a process ------------------------------------------------------------------- */

static void end_process(struct sim *sim, uint32_t number, uint32_t at, bool goodbye) {
    struct sim_service *service = service_of(sim, number);
    struct sim_seat *seat = &service->seats[at];
    int64_t now = sim->now.monotonic_ns;
    if (seat->state != SIM_SEAT_BOOTING)
        sim_meter_add(&service->capacity, -(int64_t)service->spec->slots, now);
    sim_meter_add(&service->busy, -(int64_t)seat->busy_count, now);
    seat->state = SIM_SEAT_BOOTING;
    take_all_slots(service, at);
    move_backlog(service, at);
    sim_truth_exit(sim, number, seat->born_ns);
    bool visible = sim_puppet_is_visible(&seat->puppet, &sim->pipeline);
    service->gone_count += visible ? seat->request_count : seat->seen_count;
    sim_puppet_disconnect(&seat->puppet, &sim->pipeline, goodbye, sim->now);
    sim_puppet_end(&seat->puppet, &sim->processes);
}

void sim_fleet_start(struct sim *sim, uint32_t number, uint32_t at) {
    struct sim_service *service = service_of(sim, number);
    struct sim_seat *seat = &service->seats[at];
    uint64_t token = seat->token + 1;
    *seat = (struct sim_seat){
        .state = SIM_SEAT_BOOTING, .token = token, .born_ns = sim->now.monotonic_ns};
    for (uint32_t slot = 0; slot < service->spec->slots; slot++)
        seat->slots[slot] = (struct sim_slot){.free_place = -1, .token = token << 32};
    sim_puppet_start(&seat->puppet, &sim->processes, service->spec->has_records,
                     service->spec->slots);
    sim->start_count++;
    put(sim, SIM_BOOTED, number, at, service->spec->boot_ns);
}

void sim_fleet_booted(struct sim *sim, const struct sim_moment *moment) {
    struct sim_service *service = service_of(sim, moment->service);
    struct sim_seat *seat = &service->seats[moment->seat];
    if (seat->token != moment->token)
        return;
    seat->state = SIM_SEAT_UP;
    sim_meter_add(&service->capacity, service->spec->slots, sim->now.monotonic_ns);
    sim_fleet_connect(sim, moment);
    if (service->spec->has_records)
        put(sim, SIM_HEARTBEAT, moment->service, moment->seat,
            (int64_t)(sim_random_unit(&service->choices) * 1e9));
    adopt_backlog(service, moment->seat);
    for (uint32_t slot = 0; slot < service->spec->slots; slot++)
        free_slot(service, moment->seat, slot);
    serve(sim, moment->service);
}

void sim_fleet_crash(struct sim *sim, uint32_t number, uint32_t at) {
    end_process(sim, number, at, false);
    sim_fleet_start(sim, number, at);
}

static void leave_if_done(struct sim *sim, uint32_t number, uint32_t at) {
    const struct sim_seat *seat = &service_of(sim, number)->seats[at];
    if (seat->state != SIM_SEAT_DRAINING || seat->busy_count > 0)
        return;
    end_process(sim, number, at, true);
    sim_fleet_start(sim, number, at);
}

void sim_fleet_drain(struct sim *sim, uint32_t number, uint32_t at) {
    struct sim_service *service = service_of(sim, number);
    if (service->seats[at].state != SIM_SEAT_UP)
        return;
    service->seats[at].state = SIM_SEAT_DRAINING;
    take_all_slots(service, at);
    move_backlog(service, at);
    leave_if_done(sim, number, at);
}

void sim_fleet_hang(struct sim *sim, uint32_t number, uint32_t at) {
    struct sim_service *service = service_of(sim, number);
    struct sim_seat *seat = &service->seats[at];
    assert(seat->state == SIM_SEAT_UP && seat->busy_count > 0);
    seat->state = SIM_SEAT_HUNG;
    take_all_slots(service, at);
    move_backlog(service, at);
}

void sim_fleet_done(struct sim *sim, const struct sim_moment *moment) {
    struct sim_service *service = service_of(sim, moment->service);
    struct sim_seat *seat = &service->seats[moment->seat];
    struct sim_slot *slot = &seat->slots[moment->slot];
    int64_t now = sim->now.monotonic_ns;
    if (slot->token != moment->token || !slot->is_busy || seat->state == SIM_SEAT_HUNG)
        return;
    slot->token++;
    slot->is_busy = false;
    seat->busy_count--;
    service->done_count++;
    sim_meter_add(&service->busy, -1, now);
    int64_t beyond = sim->options->fault == SIM_FAULT_AREA ? (now - slot->began_ns) / 50 : 0;
    sim_puppet_step(&seat->puppet, moment->slot, -1, now + beyond);
    tell_count(sim, service, seat);
    tell_active(sim, seat);
    if (seat->state == SIM_SEAT_DRAINING) {
        leave_if_done(sim, moment->service, moment->seat);
        return;
    }
    free_slot(service, moment->seat, moment->slot);
    serve(sim, moment->service);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void try_again(struct sim *sim, uint32_t service, uint32_t seat) {
    double part = sim_random_unit(&service_of(sim, service)->fate);
    put(sim, SIM_CONNECT, service, seat, retry_ns + (int64_t)(part * (double)retry_ns));
}

void sim_fleet_connect(struct sim *sim, const struct sim_moment *moment) {
    struct sim_service *service = service_of(sim, moment->service);
    struct sim_seat *seat = &service->seats[moment->seat];
    if (seat->token != moment->token || seat->puppet.id != 0)
        return;
    if (sim->pipeline.monitor == NULL) {
        try_again(sim, moment->service, moment->seat);
        return;
    }
    if (sim->options->fault == SIM_FAULT_LOST_COUNT && seat->request_count > 0)
        sim_puppet_set(&seat->puppet, SIM_WORD_REQUESTS, seat->puppet.words[SIM_WORD_REQUESTS] - 1);
    sim_puppet_connect(&seat->puppet, &sim->pipeline, service->spec->name, sim->now);
}

void sim_fleet_drop(struct sim *sim, uint32_t number, uint32_t at) {
    struct sim_seat *seat = &service_of(sim, number)->seats[at];
    if (seat->puppet.id == 0)
        return;
    seat->seen_count = seat->request_count;
    sim_puppet_disconnect(&seat->puppet, &sim->pipeline, false, sim->now);
    try_again(sim, number, at);
}

void sim_fleet_orphan(struct sim *sim) {
    for (uint32_t number = 0; number < sim->service_count; number++)
        for (uint32_t at = 0; at < service_of(sim, number)->spec->seats; at++) {
            struct sim_seat *seat = &service_of(sim, number)->seats[at];
            if (seat->puppet.id != 0)
                try_again(sim, number, at);
            seat->puppet.id = 0;
        }
}

void sim_fleet_heartbeat(struct sim *sim, const struct sim_moment *moment) {
    struct sim_seat *seat = &service_of(sim, moment->service)->seats[moment->seat];
    if (seat->token != moment->token)
        return;
    sim_puppet_heartbeat(&seat->puppet, sim->now.monotonic_ns);
    put(sim, SIM_HEARTBEAT, moment->service, moment->seat, WT_NS_PER_S);
}

void sim_fleet_offer(void *context, uint64_t id, const struct wt_offer *offer) {
    struct sim *sim = context;
    for (uint32_t number = 0; number < sim->service_count; number++)
        for (uint32_t at = 0; at < service_of(sim, number)->spec->seats; at++) {
            struct sim_puppet *puppet = &service_of(sim, number)->seats[at].puppet;
            if (puppet->id == id)
                sim_puppet_take(puppet, &sim->pipeline, offer, sim->now);
        }
}

/* ---- the whole ------------------------------------------------------------------------------- */

uint64_t sim_fleet_known(struct sim *sim, uint32_t number) {
    struct sim_service *service = service_of(sim, number);
    uint64_t count = service->gone_count;
    for (uint32_t at = 0; at < service->spec->seats; at++) {
        struct sim_seat *seat = &service->seats[at];
        /* One whose connection alone broke is read again when it comes back, or ends. */
        bool is_read = seat->puppet.generation == sim->pipeline.generation
                           ? seat->puppet.id != 0
                           : sim_puppet_is_visible(&seat->puppet, &sim->pipeline);
        if (is_read)
            seat->seen_count = seat->request_count;
        count += seat->seen_count;
    }
    return count;
}

int sim_fleet_pick(struct sim_service *service, bool busy_only) {
    uint32_t seats = service->spec->seats,
             first = (uint32_t)sim_random_below(&service->choices, seats);
    for (uint32_t i = 0; i < seats; i++) {
        const struct sim_seat *seat = &service->seats[(first + i) % seats];
        if (seat->state == SIM_SEAT_UP && (seat->busy_count > 0 || !busy_only))
            return (int)((first + i) % seats);
    }
    return -1;
}

void sim_fleet_open(struct sim *sim) {
    sim->service_count = sim->options->service_count;
    sim->services = sim_resize(NULL, sim->service_count * sizeof *sim->services);
    memset(sim->services, 0, sim->service_count * sizeof *sim->services);
    for (uint32_t number = 0; number < sim->service_count; number++) {
        struct sim_service *service = service_of(sim, number);
        const struct sim_service_spec *spec = &sim->options->services[number];
        uint64_t seed = sim->options->seed * 1000 + number;
        service->spec = spec;
        service->load = spec->load;
        service->fail_ratio = spec->fail_ratio;
        service->arrivals = sim_random_seed(seed, 1);
        service->lengths = sim_random_seed(seed, 2);
        service->choices = sim_random_seed(seed, 3);
        service->fate = sim_random_seed(seed, 4);
        service->roll_seat = spec->seats;
        service->busy.since_ns = service->capacity.since_ns = service->queue_len.since_ns =
            sim->now.monotonic_ns;
        assert(spec->slots <= SIM_SLOTS_MAX);
        service->seats = sim_resize(NULL, spec->seats * sizeof *service->seats);
        memset(service->seats, 0, spec->seats * sizeof *service->seats);
        service->free = sim_resize(NULL, (size_t)spec->seats * spec->slots * sizeof *service->free);
        for (uint32_t at = 0; at < spec->seats; at++)
            sim_fleet_start(sim, number, at);
        sim_agenda_put(&sim->agenda, &(struct sim_moment){.at_ns = sim->now.monotonic_ns,
                                                          .kind = SIM_ARRIVAL,
                                                          .service = number});
    }
}

void sim_fleet_close(struct sim *sim) {
    for (uint32_t number = 0; number < sim->service_count; number++) {
        struct sim_service *service = service_of(sim, number);
        for (uint32_t at = 0; at < service->spec->seats; at++)
            sim_puppet_end(&service->seats[at].puppet, &sim->processes);
        free(service->seats);
        free(service->free);
        free(service->queue);
    }
    free(sim->services);
}
