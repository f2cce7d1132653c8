#include "sim/random.h"

#include <math.h>

static const double longest_s = 20;

static uint64_t scatter(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct sim_random sim_random_seed(uint64_t seed, uint64_t stream) {
    struct sim_random random;
    uint64_t state = seed;
    state = scatter(&state) ^ (stream * UINT64_C(0xd1342543de82ef95));
    for (int i = 0; i < 4; i++)
        random.state[i] = scatter(&state);
    return random;
}

static uint64_t rotate(uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

static uint64_t next(struct sim_random *random) {
    uint64_t *s = random->state, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double sim_random_unit(struct sim_random *random) {
    return (double)(next(random) >> 11) * 0x1p-53;
}

uint64_t sim_random_below(struct sim_random *random, uint64_t bound) {
    return (uint64_t)(sim_random_unit(random) * (double)bound);
}

double sim_random_exponential(struct sim_random *random, double mean_s) {
    return -log(1 - sim_random_unit(random)) * mean_s + 1e-9;
}

static double normal(struct sim_random *random) {
    double radius = sqrt(-2 * log(1 - sim_random_unit(random)));
    return radius * cos(2 * M_PI * sim_random_unit(random));
}

double sim_law_mean_s(const struct sim_law *law) {
    switch (law->kind) {
    case SIM_EXPONENTIAL:
    case SIM_LOGNORMAL:
        return law->mean_s;
    case SIM_BIMODAL:
        return law->low_s + law->share * (law->high_s - law->low_s);
    case SIM_UNIFORM:
        return (law->low_s + law->high_s) / 2;
    }
    return 0;
}

static double draw_s(const struct sim_law *law, struct sim_random *random) {
    double middle;
    switch (law->kind) {
    case SIM_EXPONENTIAL:
        return sim_random_exponential(random, law->mean_s);
    case SIM_LOGNORMAL:
        middle = log(law->mean_s) - law->spread * law->spread / 2;
        return exp(middle + law->spread * normal(random));
    case SIM_BIMODAL:
        middle = sim_random_unit(random) < law->share ? law->high_s : law->low_s;
        return middle * (0.8 + 0.4 * sim_random_unit(random));
    case SIM_UNIFORM:
        return law->low_s + (law->high_s - law->low_s) * sim_random_unit(random);
    }
    return 0;
}

int64_t sim_law_draw_ns(const struct sim_law *law, struct sim_random *random) {
    double seconds = draw_s(law, random);
    return 1 +
           (int64_t)((seconds < longest_s || law->kind == SIM_UNIFORM ? seconds : longest_s) * 1e9);
}
