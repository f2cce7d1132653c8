/* report.h - the table of a simulation, and the targets that it missed. */
#ifndef WT_TESTS_SIM_REPORT_H
#define WT_TESTS_SIM_REPORT_H

#include <stdio.h>

#include "sim/sim.h"

/* What is promised. A bit each. */
#define SIM_TARGET_MAP(X)                                                                          \
    X(RECORDS, "utilization over 1 min from records within 0.5 points")                            \
    X(GAUGES, "utilization over 1 min from gauges: 99 % within 1 point")                           \
    X(LOOKS, "and as close as ten looks a second can be")                                          \
    X(TOTALS, "totals exact, and never falling")                                                   \
    X(RATES, "no rate above the truth")                                                            \
    X(STUCK_FOUND, "every stuck worker found within 31 s")                                         \
    X(STUCK_FALSE, "no worker called stuck that is not")                                           \
    X(SATURATED_FOUND, "saturation found 30 s, and a tick, after it began")                        \
    X(NEARLY_FOUND, "nine of ten times above 80 % for a minute found")                             \
    X(SATURATED_FALSE, "nothing called saturated that is not")                                     \
    X(FLAPPING_FOUND, "flapping found a tick after its threshold was passed")                      \
    X(FLAPPING_FALSE, "nothing called flapping that is not")                                       \
    X(ERRORS_FOUND, "rising errors found 45 s, and a tick, after they began")                      \
    X(TRENDS_FALSE, "no errors called rising, no short queue called growing")                      \
    X(SHOWN, "figures shown, and troubles there, to compare at all")

enum sim_target {
#define SIM_TARGET_ENUM(name, text) SIM_TARGET_##name,
    SIM_TARGET_MAP(SIM_TARGET_ENUM)
#undef SIM_TARGET_ENUM
        SIM_TARGETS
};

const char *sim_target_text(enum sim_target target);

/* Bits, 1 << target: of those that were missed. */
unsigned sim_missed(const struct sim *sim);

void sim_report(const struct sim *sim, FILE *out);

#endif /* WT_TESTS_SIM_REPORT_H */
