/* sim.h - a simulated fleet under the real monitor, and how far the monitor's numbers are from the
 * truth.
 *
 *     plan.c      which services there are, what befalls them and when
 *     fleet.c     an M/G/c queue for each service, and its exact integrals: the truth
 *     trouble.c   crashes, rolling restarts, hangs, surges, crash loops, broken connections
 *     puppet.c    what one worker process does to the monitor and to its shared memory
 *     pipeline.c  the monitor (src/monitor), its store and directory files, its kills and
 * successors score.c     each tick: what is published against the truth verdicts.c  the same for
 * verdicts: detection delays, false alarms report.c    the table, and which targets were missed
 *
 * One clock for all: the agenda's. It is what src/base/clock.h and src/base/process.h answer while
 * a simulation runs, so that nothing sleeps and a day takes seconds. Processes are simulated, too:
 * their pids are above all real ones, and they are gone when the simulation says so. Everything
 * else is real: stores and directory are files, workers map the regions that they are offered and
 * write them with the stores that libworktop and a Ruby worker use, monitors that die leave their
 * files as they are, and the next one takes them over.
 *
 * The truth comes from the events alone. Nothing of src/ computes any of it.
 */
#ifndef WT_TESTS_SIM_SIM_H
#define WT_TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/number.h"
#include "model/health.h"
#include "sim/agenda.h"
#include "sim/meter.h"
#include "sim/pipeline.h"
#include "sim/puppet.h"
#include "sim/random.h"
#include "sim/score.h"

/* What a service is, and what befalls it. Every `_every` is the mean distance of what comes at
 * random moments; 0: it never comes. */
struct sim_service_spec {
    const char *name;
    bool has_records; /* libworktop: a recorder and an instance key; else plain gauges, as Ruby's */
    uint32_t seats;
    uint32_t slots; /* of each worker */
    struct sim_law law;
    double load;       /* offered work / slots */
    double fail_ratio; /* of its requests, counted as errors */

    int64_t crash_every_ns;                            /* one of its workers */
    int64_t drop_every_ns;                             /* one of its connections */
    int64_t roll_first_ns, roll_every_ns, roll_gap_ns; /* at fixed times; gap between two seats */
    int64_t hang_every_ns, hang_for_ns;                /* one worker, then it is killed */
    int64_t surge_every_ns, surge_for_ns;              /* offered: surge_load */
    double surge_load;
    int64_t burst_every_ns, burst_for_ns; /* of errors: burst_ratio of its requests */
    double burst_ratio;
    int64_t loop_every_ns, loop_for_ns, loop_gap_ns; /* one seat crashes, loop_gap_ns after it was
                                                        ready */
    int64_t boot_ns;                                 /* from a process's start to its first work */
};

/* A fault planted into the simulation, so that a test can see that the targets can be missed. */
enum sim_fault {
    SIM_SOUND,
    SIM_FAULT_DOUBLE_COUNT, /* a worker counts one request in a thousand twice */
    SIM_FAULT_LOST_COUNT,   /* a worker that comes back to a monitor forgot its last request */
    SIM_FAULT_AREA,         /* records tell 2 % too much busy time */
    SIM_FAULT_STALE_GAUGE,  /* busy is written only every second time it changes */
    SIM_FAULT_NAIVE_SUM     /* the live sum is taken for the total, and its slope for the rate */
};

struct sim_options {
    uint64_t seed;
    double hours;
    const struct sim_service_spec *services; /* borrowed, as all here */
    size_t service_count;
    int64_t tick_ns;    /* 1 s */
    unsigned look_each; /* 1: the monitor looks at plain gauges ten times a second; n: at every nth
                           of these moments */
    int64_t late_ns;    /* one timer in 200 comes late by up to this; all others by some 0.3 ms */
    int64_t monitor_dies_every_ns;         /* 0: never; else by up to a quarter sooner or later */
    const struct wt_health_limits *limits; /* the monitor's; NULL: the defaults, by which the
                                              truth is judged in any case */
    enum sim_fault fault;
};

enum { SIM_SLOTS_MAX = 32 };

struct sim_slot {
    bool is_busy;
    int free_place; /* in service->free; -1: it is not there */
    uint64_t token; /* of the request, so that a dead worker's requests are not served */
    int64_t began_ns;
};

enum sim_seat_state {
    SIM_SEAT_BOOTING, /* its process exists, and does not work yet */
    SIM_SEAT_UP,
    SIM_SEAT_DRAINING, /* serves what it has, then leaves */
    SIM_SEAT_HUNG      /* busy, and nothing goes on */
};

/* A place at which one worker process follows another. */
struct sim_seat {
    enum sim_seat_state state;
    uint64_t token; /* of the process */
    int64_t born_ns;
    uint32_t busy_count, queued_count;
    uint64_t request_count, error_count;
    uint64_t seen_count; /* of its requests: so many a monitor can know of while it is away */
    struct sim_slot slots[SIM_SLOTS_MAX];
    struct sim_puppet puppet;
};

struct sim_free {
    uint32_t seat, slot;
};

struct sim_waiting {
    int64_t since_ns;
    int seat; /* whose backlog it is in; -1: no worker is there to tell */
};

struct sim_service {
    const struct sim_service_spec *spec;
    struct sim_random arrivals, lengths, choices, fate;
    struct sim_seat *seats; /* owned, spec->seats of them */
    struct sim_free *free;  /* owned: slots without work, in no order */
    size_t free_count;
    struct sim_waiting *queue; /* owned ring: first come, first served */
    size_t queue_first, queue_count, queue_capacity;
    double load, fail_ratio;                    /* at present */
    struct sim_meter busy, capacity, queue_len; /* the truth */
    uint64_t arrived_count, started_count, done_count;
    int64_t wait_sum_ns;    /* of those that were started */
    uint64_t gone_count;    /* requests of dead processes that a monitor could see */
    uint32_t roll_seat;     /* the next one to be replaced; spec->seats: none */
    uint32_t loop_seat;     /* that crashes again and again */
    int64_t loop_until_ns;  /* 0: none does */
    int64_t over_ns;        /* since when it is saturated, by the events: 0: it is not */
    int hung_seat;          /* -1: none */
    int64_t surge_until_ns; /* 0: there is none */
    struct sim_score score; /* of the truth by ticks, and what came of the comparison */
};

struct sim {
    const struct sim_options *options;
    struct wt_health_limits limits;
    struct wt_time now;
    int64_t end_ns;
    struct sim_agenda agenda;
    struct sim_random timers;
    struct sim_processes processes;
    struct sim_pipeline pipeline;
    struct sim_service *services; /* owned */
    size_t service_count;
    int64_t look_slot_ns; /* where the part of the second of the next look begins */
    uint64_t event_count, tick_count, look_count, kill_count, start_count;
};

/* Runs a whole simulation; sim_close frees it. Ends the program when something fails that has
 * nothing to do with the truth: no memory, no file. */
void sim_run(struct sim *sim, const struct sim_options *options);
void sim_close(struct sim *sim);

/* The usual fleet, and the usual options. */
struct sim_options sim_plan_options(uint64_t seed, double hours);

void *sim_resize(void *memory, size_t bytes); /* never NULL */
__attribute__((noreturn, format(printf, 1, 2))) void sim_fail(const char *format, ...);

#endif /* WT_TESTS_SIM_SIM_H */
