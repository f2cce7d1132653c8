/* agenda.h - what happens next: a heap of moments.
 *
 * Of two that are due at the same nanosecond the one that was put first comes first, so that a run
 * is the same each time. Nothing is ever taken back: whoever put a moment looks at its token when
 * it comes, and lets it pass when it is about something that is over.
 */
#ifndef WT_TESTS_SIM_AGENDA_H
#define WT_TESTS_SIM_AGENDA_H

#include <stddef.h>
#include <stdint.h>

enum sim_moment_kind {
    SIM_ARRIVAL,   /* a request comes to `service` */
    SIM_DONE,      /* slot `slot` of `seat` has served its request */
    SIM_BOOTED,    /* the process at `seat` is ready for work */
    SIM_CONNECT,   /* it tries to reach the monitor */
    SIM_HEARTBEAT, /* of a worker with a recorder */
    SIM_CRASH,     /* a worker of `service` dies */
    SIM_ROLL,      /* the next seat of `service` is replaced */
    SIM_HANG,      /* a worker of `service` stops in the midst of its work */
    SIM_RESCUE,    /* somebody kills it */
    SIM_SURGE,     /* `service` gets more than it can serve */
    SIM_SURGE_ENDS,
    SIM_BURST, /* many of its requests fail */
    SIM_BURST_ENDS,
    SIM_LOOP, /* a worker of `service` begins to crash again and again */
    SIM_LOOP_CRASH,
    SIM_DROP, /* a connection breaks although its worker lives */
    SIM_MONITOR_DIES,
    SIM_MONITOR_STARTS,
    SIM_LOOK, /* the monitor looks at plain gauges */
    SIM_TICK  /* the monitor ticks */
};

struct sim_moment {
    int64_t at_ns;
    uint64_t order; /* set by sim_agenda_put */
    enum sim_moment_kind kind;
    uint32_t service, seat, slot;
    uint64_t token;
};

/* All zero bytes: empty. */
struct sim_agenda {
    struct sim_moment *heap; /* owned */
    size_t count, capacity;
    uint64_t order;
};

void sim_agenda_put(struct sim_agenda *agenda, const struct sim_moment *moment);
struct sim_moment sim_agenda_take(struct sim_agenda *agenda); /* of one that is not empty */
void sim_agenda_fini(struct sim_agenda *agenda);

#endif /* WT_TESTS_SIM_AGENDA_H */
