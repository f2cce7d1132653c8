/* The targets of the simulation can be missed: each of them is, when the fault is planted that it
 * is there to find, and the same run without the fault meets it. */
#include "support/support.h"

#include "sim/report.h"

static const uint64_t seed = 8;

static struct sim_options half_an_hour(void) {
    struct sim_options options = sim_plan_options(seed, 0.5);
    options.monitor_dies_every_ns = 900 * WT_NS_PER_S;
    return options;
}

static unsigned missed_with(const struct sim_options *options) {
    static struct sim sim;
    sim_run(&sim, options);
    unsigned missed = sim_missed(&sim);
    sim_close(&sim);
    return missed;
}

/* What the same day misses without any fault. */
static unsigned missed_when_sound(void) {
    static unsigned missed;
    static bool known;
    const struct sim_options options = half_an_hour();
    if (!known)
        missed = missed_with(&options);
    known = true;
    return missed;
}

static void assert_missed(unsigned missed, enum sim_target target) {
    assert_int_equal(missed_when_sound() >> target & 1, 0);
    if ((missed >> target & 1) == 0)
        fail_msg("the fault was not found: %s", sim_target_text(target));
}

static unsigned missed_with_fault(enum sim_fault fault) {
    struct sim_options options = half_an_hour();
    options.fault = fault;
    return missed_with(&options);
}

static void a_request_counted_twice_is_seen(void **state) {
    (void)state;
    assert_missed(missed_with_fault(SIM_FAULT_DOUBLE_COUNT), SIM_TARGET_TOTALS);
}

static void a_request_forgotten_is_seen(void **state) {
    (void)state;
    assert_missed(missed_with_fault(SIM_FAULT_LOST_COUNT), SIM_TARGET_TOTALS);
}

static void naive_sums_are_seen(void **state) {
    (void)state;
    unsigned missed = missed_with_fault(SIM_FAULT_NAIVE_SUM);
    assert_missed(missed, SIM_TARGET_TOTALS);
    assert_missed(missed, SIM_TARGET_RATES);
}

static void faulty_busy_time_is_seen(void **state) {
    (void)state;
    struct sim_options options = half_an_hour();
    options.look_each = 10;
    unsigned missed = missed_with(&options);
    assert_missed(missed, SIM_TARGET_GAUGES);
    assert_missed(missed, SIM_TARGET_LOOKS);
    assert_missed(missed_with_fault(SIM_FAULT_AREA), SIM_TARGET_RECORDS);
    assert_missed(missed_with_fault(SIM_FAULT_STALE_GAUGE), SIM_TARGET_LOOKS);
}

/* The monitor judges by other limits than the truth. */
static void with_limits(const struct wt_health_limits *limits, enum sim_target target) {
    struct sim_options options = half_an_hour();
    options.limits = limits;
    assert_missed(missed_with(&options), target);
}

static void late_and_false_verdicts_are_seen(void **state) {
    (void)state;
    struct wt_health_limits limits = wt_health_limits_default;
    limits.stuck_ns = 32 * WT_NS_PER_S;
    with_limits(&limits, SIM_TARGET_STUCK_FOUND);
    limits.stuck_ns = 20 * WT_NS_PER_S;
    with_limits(&limits, SIM_TARGET_STUCK_FALSE);
    limits = wt_health_limits_default;
    limits.crit_ns = 35 * WT_NS_PER_S;
    with_limits(&limits, SIM_TARGET_SATURATED_FOUND);
    limits = wt_health_limits_default;
    limits.warn_ratio = limits.clear_ratio = 0.5;
    with_limits(&limits, SIM_TARGET_SATURATED_FALSE);
    limits = wt_health_limits_default;
    limits.flap_starts = 5;
    with_limits(&limits, SIM_TARGET_FLAPPING_FOUND);
    limits.flap_starts = limits.flap_ratio = 0;
    with_limits(&limits, SIM_TARGET_FLAPPING_FALSE);
    limits = wt_health_limits_default;
    limits.errors_ns = 180 * WT_NS_PER_S;
    with_limits(&limits, SIM_TARGET_ERRORS_FOUND);
    limits.errors_ns = 5 * WT_NS_PER_S;
    limits.errors_factor = limits.errors_least = 0.5;
    with_limits(&limits, SIM_TARGET_TRENDS_FALSE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_counted_twice_is_seen),
        cmocka_unit_test(a_request_forgotten_is_seen),
        cmocka_unit_test(naive_sums_are_seen),
        cmocka_unit_test(faulty_busy_time_is_seen),
        cmocka_unit_test(late_and_false_verdicts_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
