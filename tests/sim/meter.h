/* meter.h - the exact integral of a number that changes by steps. */
#ifndef WT_TESTS_SIM_METER_H
#define WT_TESTS_SIM_METER_H

#include <stdint.h>

#include "base/number.h"

struct sim_meter {
    int64_t value, highest; /* highest: since sim_meter_peak */
    int64_t since_ns;
    wt_int128 area; /* value * ns up to since_ns */
};

static inline void sim_meter_add(struct sim_meter *meter, int64_t change, int64_t now_ns) {
    meter->area += (wt_int128)meter->value * (now_ns - meter->since_ns);
    meter->since_ns = now_ns;
    meter->value += change;
    if (meter->value > meter->highest)
        meter->highest = meter->value;
}

static inline wt_int128 sim_meter_area(const struct sim_meter *meter, int64_t now_ns) {
    return meter->area + (wt_int128)meter->value * (now_ns - meter->since_ns);
}

/* The highest value since the last call. */
static inline int64_t sim_meter_peak(struct sim_meter *meter) {
    int64_t peak = meter->highest;
    meter->highest = meter->value;
    return peak;
}

#endif /* WT_TESTS_SIM_METER_H */
