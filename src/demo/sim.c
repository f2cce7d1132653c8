#include "demo/sim.h"

#include <math.h>

/* splitmix64: small, and the same everywhere. */
static uint64_t next_random(struct sim_rng *rng) {
    uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double sim_uniform(struct sim_rng *rng) {
    return ((double)(next_random(rng) >> 12) + 0.5) / 4503599627370496.0;
}

double sim_exponential(struct sim_rng *rng, double mean) {
    return -mean * log(sim_uniform(rng));
}

uint64_t sim_poisson(struct sim_rng *rng, double mean) {
    if (mean > 30) { /* a normal distribution is close enough here */
        double normal =
            sqrt(-2 * log(sim_uniform(rng))) * cos(6.283185307179586 * sim_uniform(rng));
        double value = floor(mean + sqrt(mean) * normal + 0.5);
        return value > 0 ? (uint64_t)value : 0;
    }
    uint64_t count = 0;
    double limit = exp(-mean);
    for (double product = sim_uniform(rng); product > limit; product *= sim_uniform(rng))
        count++;
    return count;
}

static double arrival_after(struct sim_queue *queue, double seconds) {
    const struct sim_callbacks *callbacks = &queue->callbacks;
    double rate =
        callbacks->load(callbacks->context, seconds) * queue->servers / queue->mean_service_s;
    return rate > 0 ? seconds + sim_exponential(&queue->rng, 1 / rate) : INFINITY;
}

void sim_init(struct sim_queue *queue, const struct sim_callbacks *callbacks, unsigned servers,
              double mean_service_s, uint64_t seed, double now_s) {
    *queue = (struct sim_queue){.rng = {seed},
                                .callbacks = *callbacks,
                                .servers = servers < SIM_MAX_SERVERS ? servers : SIM_MAX_SERVERS,
                                .mean_service_s = mean_service_s,
                                .now_s = now_s};
    for (unsigned i = 0; i < SIM_MAX_SERVERS; i++)
        queue->ends_s[i] = INFINITY;
    queue->next_arrival_s = arrival_after(queue, now_s);
}

static unsigned first_to_end(const struct sim_queue *queue) {
    unsigned first = 0;
    for (unsigned i = 1; i < queue->servers; i++)
        if (queue->ends_s[i] < queue->ends_s[first])
            first = i;
    return first;
}

static void begin(struct sim_queue *queue, unsigned server) {
    queue->busy++;
    queue->begun_s[server] = queue->now_s;
    queue->ends_s[server] = queue->now_s + sim_exponential(&queue->rng, queue->mean_service_s);
    queue->callbacks.begin(queue->callbacks.context, server);
}

static void end(struct sim_queue *queue, unsigned server) {
    queue->busy--;
    queue->ends_s[server] = INFINITY;
    queue->callbacks.end(queue->callbacks.context, server, queue->now_s - queue->begun_s[server]);
    if (queue->waiting > 0) {
        queue->waiting--;
        begin(queue, server);
    }
}

static void arrive(struct sim_queue *queue) {
    queue->next_arrival_s = arrival_after(queue, queue->now_s);
    if (isinf(queue->next_arrival_s)) /* the load stopped since this arrival was drawn */
        return;
    for (unsigned i = 0; i < queue->servers; i++) {
        if (isinf(queue->ends_s[i])) {
            begin(queue, i);
            return;
        }
    }
    if (queue->waiting < SIM_MAX_WAITING)
        queue->waiting++;
}

void sim_step(struct sim_queue *queue, double until_s) {
    const struct sim_callbacks *callbacks = &queue->callbacks;
    if (isinf(queue->next_arrival_s)) /* there was no load: look again */
        queue->next_arrival_s = arrival_after(queue, queue->now_s);
    for (;;) {
        unsigned server = first_to_end(queue);
        bool is_arrival = queue->next_arrival_s < queue->ends_s[server];
        double at = is_arrival ? queue->next_arrival_s : queue->ends_s[server];
        if (at > until_s)
            break;
        if (callbacks->is_stuck(callbacks->context, at)) {
            /* Nothing ends, and work only goes in while a server is free. */
            if (is_arrival && queue->busy < queue->servers) {
                queue->now_s = at;
                arrive(queue);
            } else if (is_arrival) {
                queue->next_arrival_s = at + 0.25;
            } else {
                queue->ends_s[server] = at + 0.25;
            }
            continue;
        }
        queue->now_s = at;
        if (is_arrival)
            arrive(queue);
        else
            end(queue, server);
    }
    queue->now_s = until_s;
}

double sim_next(const struct sim_queue *queue) {
    double at = queue->ends_s[first_to_end(queue)];
    if (queue->next_arrival_s < at)
        at = queue->next_arrival_s;
    return at < queue->now_s + 1 ? at : queue->now_s + 1;
}
