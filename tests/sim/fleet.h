/* fleet.h - the queues of a simulation: requests, slots and the workers that have them.
 *
 * Each service is an M/G/c queue: requests come at exponential distances, wait in one line, and the
 * first of it takes any slot that is free. A request that waits is told by one of the workers, as
 * part of its backlog, so that the sum over the workers is the length of the line. Requests that
 * are served by a process that dies are lost; those in its backlog go to another one's.
 */
#ifndef WT_TESTS_SIM_FLEET_H
#define WT_TESTS_SIM_FLEET_H

#include "sim/sim.h"

void sim_fleet_open(struct sim *sim);
void sim_fleet_close(struct sim *sim);

void sim_fleet_arrival(struct sim *sim, uint32_t service);
void sim_fleet_done(struct sim *sim, const struct sim_moment *moment);

/* A new process at this seat, which must have none; it is ready after the service's boot_ns. */
void sim_fleet_start(struct sim *sim, uint32_t service, uint32_t seat);
void sim_fleet_booted(struct sim *sim, const struct sim_moment *moment);

/* The process at this seat is gone from one moment to the next. Another one is started at once. */
void sim_fleet_crash(struct sim *sim, uint32_t service, uint32_t seat);

/* It takes no new work, and leaves when it has served what it has. */
void sim_fleet_drain(struct sim *sim, uint32_t service, uint32_t seat);

/* Nothing goes on in it from now on. It must be up and busy. */
void sim_fleet_hang(struct sim *sim, uint32_t service, uint32_t seat);

/* The connection of a seat: it is gone, or is tried again after a while. */
void sim_fleet_drop(struct sim *sim, uint32_t service, uint32_t seat);
void sim_fleet_connect(struct sim *sim, const struct sim_moment *moment);
void sim_fleet_heartbeat(struct sim *sim, const struct sim_moment *moment);

/* All connections are gone, for their monitor is. */
void sim_fleet_orphan(struct sim *sim);

/* The monitor calls the worker with this id. */
void sim_fleet_offer(void *sim, uint64_t id, const struct wt_offer *offer);

/* Requests that the present monitor can know of. */
uint64_t sim_fleet_known(struct sim *sim, uint32_t service);

/* A seat that is up, by chance; -1: none is. */
int sim_fleet_pick(struct sim_service *service, bool busy_only);

#endif /* WT_TESTS_SIM_FLEET_H */
