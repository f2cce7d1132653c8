/* trouble.h - what befalls a simulated fleet: at fixed times, or at random ones. */
#ifndef WT_TESTS_SIM_TROUBLE_H
#define WT_TESTS_SIM_TROUBLE_H

#include "sim/sim.h"

/* Puts the first of everything that the specs of the services name. */
void sim_trouble_open(struct sim *sim);

/* One of it happens, and the next one is put. */
void sim_trouble_strikes(struct sim *sim, const struct sim_moment *moment);

#endif /* WT_TESTS_SIM_TROUBLE_H */
