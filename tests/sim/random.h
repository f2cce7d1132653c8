/* random.h - random numbers of a simulation: the same seed gives the same day on every host.
 *
 * Each service and each kind of disturbance has a stream of its own, so that one more crash does
 * not change when requests arrive.
 */
#ifndef WT_TESTS_SIM_RANDOM_H
#define WT_TESTS_SIM_RANDOM_H

#include <stdint.h>

/* xoshiro256**. */
struct sim_random {
    uint64_t state[4];
};

struct sim_random sim_random_seed(uint64_t seed, uint64_t stream);

double sim_random_unit(struct sim_random *random);                       /* in [0, 1) */
uint64_t sim_random_below(struct sim_random *random, uint64_t bound);    /* bound above 0 */
double sim_random_exponential(struct sim_random *random, double mean_s); /* above 0 */

/* How long a request takes. */
enum sim_law_kind {
    SIM_EXPONENTIAL, /* mean */
    SIM_LOGNORMAL,   /* mean, spread: sigma of the logarithm; never above 20 s */
    SIM_BIMODAL,     /* low or, with probability share, high; each of them by 20 % up or down */
    SIM_UNIFORM      /* from low to high */
};

struct sim_law {
    enum sim_law_kind kind;
    double mean_s, spread;
    double low_s, high_s, share;
};

double sim_law_mean_s(const struct sim_law *law);
int64_t sim_law_draw_ns(const struct sim_law *law, struct sim_random *random); /* above 0 */

#endif /* WT_TESTS_SIM_RANDOM_H */
