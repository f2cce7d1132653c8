/* sim.h - one simulated worker's work: a queue in front of `servers` (threads, slots), event by
 * event.
 *
 * Arrivals are a Poisson process whose rate follows the scenario, service times are exponential.
 * The simulation runs in the demo's own time and is driven by whoever owns it: sim_step handles
 * every event up to a moment and tells each through the callbacks. With one seed it always does the
 * same.
 */
#ifndef WT_DEMO_SIM_H
#define WT_DEMO_SIM_H

#include <stdbool.h>
#include <stdint.h>

enum { SIM_MAX_SERVERS = 64, SIM_MAX_WAITING = 1500 };

struct sim_rng {
    uint64_t state;
};

double sim_uniform(struct sim_rng *rng);                  /* in (0, 1) */
double sim_exponential(struct sim_rng *rng, double mean); /* > 0 */
uint64_t sim_poisson(struct sim_rng *rng, double mean);   /* mean >= 0 */

struct sim_callbacks {
    double (*load)(void *context, double seconds);   /* offered load, share of capacity */
    bool (*is_stuck)(void *context, double seconds); /* no request ends while this holds */
    void (*begin)(void *context, unsigned server);
    void (*end)(void *context, unsigned server, double took_s);
    void *context;
};

struct sim_queue {
    struct sim_rng rng;
    struct sim_callbacks callbacks;
    unsigned servers; /* 1 to SIM_MAX_SERVERS */
    unsigned waiting; /* requests in the queue; arrivals beyond SIM_MAX_WAITING are turned away */
    unsigned busy;
    double mean_service_s;
    double now_s;
    double next_arrival_s;
    double begun_s[SIM_MAX_SERVERS];
    double ends_s[SIM_MAX_SERVERS]; /* INFINITY: idle */
};

void sim_init(struct sim_queue *queue, const struct sim_callbacks *callbacks, unsigned servers,
              double mean_service_s, uint64_t seed, double now_s);

/* Handles every event up to until_s, in order. */
void sim_step(struct sim_queue *queue, double until_s);

/* When the next event will be; INFINITY is never answered (at most a second after now_s). */
double sim_next(const struct sim_queue *queue);

#endif /* WT_DEMO_SIM_H */
