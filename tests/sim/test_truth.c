/* The monitor against the truth: simulated hours of a fleet with troubles, and all targets met.
 *
 * WORKTOP_SIM_HOURS: so many for each seed instead of one. */
#include "support/support.h"

#include <stdlib.h>

#include "sim/report.h"

static double hours(void) {
    const char *wanted = getenv("WORKTOP_SIM_HOURS");
    return wanted != NULL && atof(wanted) > 0 ? atof(wanted) : 1;
}

static void check(uint64_t seed) {
    static struct sim sim;
    struct sim_options options = sim_plan_options(seed, hours());
    sim_run(&sim, &options);
    sim_report(&sim, stdout);
    unsigned missed = sim_missed(&sim);
    sim_close(&sim);
    for (unsigned target = 0; target < SIM_TARGETS; target++)
        if ((missed >> target & 1) != 0)
            fail_msg("seed %llu missed: %s", (unsigned long long)seed,
                     sim_target_text((enum sim_target)target));
}

static void targets_are_met(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        check(seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
