/* Time integrals against what is known: by hand, and a crowd of slots that are busy and idle in
 * turn, of which the truth is kept to the nanosecond. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "model/integrals.h"

#define LONGEST_NS (4 * WT_NS_PER_S)

struct watch {
    struct wt_integrals integrals;
    int64_t now_ns;
};

static struct wt_level level_of(double busy, double capacity, double queue) {
    struct wt_level level = {0};
    uint64_t parts;
    if (wt_level_of(wt_number_real(busy), &parts))
        wt_level_add(&level.busy, parts);
    if (wt_level_of(wt_number_real(capacity), &parts))
        wt_level_add(&level.capacity, parts);
    if (wt_level_of(wt_number_real(queue), &parts))
        wt_level_add(&level.queue, parts);
    return level;
}

static struct wt_load tick(struct watch *watch, int64_t passed_ns, const struct wt_level *level,
                           double requests) {
    const struct wt_integrals_tick tick = {
        .requests = requests, .has_busy = true, .has_capacity = true, .has_queue = true};
    struct wt_load load;
    watch->now_ns += passed_ns;
    wt_integrals_look(&watch->integrals, level, watch->now_ns, LONGEST_NS);
    wt_integrals_mark(&watch->integrals, &tick);
    wt_integrals_tell(&watch->integrals, &load);
    return load;
}

static struct wt_load seconds(struct watch *watch, int count, struct wt_level level,
                              double requests) {
    struct wt_load load = wt_load_unknown();
    for (int i = 0; i < count; i++)
        load = tick(watch, WT_NS_PER_S, &level, requests);
    return load;
}

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static void a_steady_load_is_exact(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    struct wt_load load = seconds(&watch, 1, level_of(3, 8, 0.5), 10);
    assert_true(load.watched_s == 0 && load.busy_s == 0 && load.capacity_s == 0);
    load = seconds(&watch, 7, level_of(3, 8, 0.5), 10);
    assert_true(load.watched_s == 7 && load.busy_s == 21 && load.capacity_s == 56);
    assert_true(load.queue_s == 3.5);
    assert_int_equal(load.source, WT_BUSY_GAUGES);
    assert_true(isnan(load.windows[WT_WINDOW_10S].utilization_ratio)); /* 7 s of 10 */
    assert_true(isnan(load.windows[WT_WINDOW_10S].mean_wait_s));
    load = seconds(&watch, 1, level_of(3, 8, 0.5), 10);
    assert_true(load.windows[WT_WINDOW_10S].utilization_ratio == 3.0 / 8);
    assert_true(load.windows[WT_WINDOW_10S].mean_wait_s == 0.05);
    assert_true(load.windows[WT_WINDOW_10S].queue_growth_per_s == 0);
    load = seconds(&watch, 39, level_of(3, 8, 0.5), 10);
    assert_true(isnan(load.windows[WT_WINDOW_1M].utilization_ratio));
    load = seconds(&watch, 1, level_of(3, 8, 0.5), 10);
    assert_true(load.windows[WT_WINDOW_1M].utilization_ratio == 3.0 / 8);
    load = seconds(&watch, 191, level_of(3, 8, 0.5), 10);
    assert_true(isnan(load.windows[WT_WINDOW_5M].utilization_ratio));
    load = seconds(&watch, 1, level_of(3, 8, 0.5), 10);
    assert_true(load.windows[WT_WINDOW_5M].utilization_ratio == 3.0 / 8);
}

static void windows_forget(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    seconds(&watch, 400, level_of(8, 8, 0), 1);
    struct wt_load load = seconds(&watch, 5, level_of(0, 8, 0), 1);
    assert_near(load.windows[WT_WINDOW_10S].utilization_ratio, 0.55, 1e-9); /* a ramp of 1 s */
    assert_near(load.windows[WT_WINDOW_1M].utilization_ratio, 55.5 / 60, 1e-9);
    assert_near(load.windows[WT_WINDOW_5M].utilization_ratio, 295.5 / 300, 0.01);
    load = seconds(&watch, 6, level_of(0, 8, 0), 1);
    assert_true(load.windows[WT_WINDOW_10S].utilization_ratio == 0);
    load = seconds(&watch, 300, level_of(0, 8, 0), 1);
    assert_true(load.windows[WT_WINDOW_1M].utilization_ratio == 0);
    load = seconds(&watch, 10, level_of(0, 8, 0), 1);
    assert_true(load.windows[WT_WINDOW_5M].utilization_ratio == 0);
    assert_true(load.busy_s == 8 * 399 + 4);
}

/* What a worker wrote stays in the integrals, and leaves the windows without a trace. */
static void nonsense_leaves_no_trace(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    seconds(&watch, 20, level_of(1, 4, 2), 4);
    struct wt_level wild = level_of((double)WT_LEVEL_MOST, (double)WT_LEVEL_MOST, 0);
    for (int i = 0; i < 3000000; i++) /* as much as an unlucky million of workers */
        wt_level_add(&wild.busy, WT_LEVEL_MOST * WT_LEVEL_ONE);
    assert_true(wild.busy.parts == UINT64_MAX / 4);
    wild.capacity.workers = wild.busy.workers;
    struct wt_load load = seconds(&watch, 3, wild, 1e12);
    assert_true(load.busy_s > 1e12);
    double before = load.busy_s;
    load = seconds(&watch, 20, level_of(1, 4, 2), 4);
    assert_true(load.busy_s > before);
    assert_true(load.windows[WT_WINDOW_10S].utilization_ratio == 0.25);
    assert_true(load.windows[WT_WINDOW_10S].mean_wait_s == 0.5);
}

static void values_that_are_no_load_are_left_out(void **state) {
    (void)state;
    uint64_t parts = 7;
    assert_false(wt_level_of(wt_number_absent(), &parts));
    assert_false(wt_level_of(wt_number_integer(-1), &parts));
    assert_false(wt_level_of(wt_number_real(-0.001), &parts));
    assert_false(wt_level_of(wt_number_integer((wt_int128)WT_LEVEL_MOST + 1), &parts));
    assert_false(wt_level_of(wt_number_real(1e300), &parts));
    assert_int_equal(parts, 7);
    assert_true(wt_level_of(wt_number_integer((wt_int128)WT_LEVEL_MOST), &parts));
    assert_true(parts == WT_LEVEL_MOST * WT_LEVEL_ONE);
    assert_true(wt_level_of(wt_number_real(0.25), &parts) && parts == WT_LEVEL_ONE / 4);
}

static void nobody_looked_is_no_time(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    const struct wt_level busy = level_of(4, 8, 1);
    seconds(&watch, 31, busy, 1);
    struct wt_load load = tick(&watch, 3600 * WT_NS_PER_S, &busy, 1e6);
    assert_true(load.watched_s == 30 && load.busy_s == 120 && load.queue_s == 30);
    for (int i = 0; i < WT_WINDOW_COUNT; i++)
        assert_true(isnan(load.windows[i].utilization_ratio) && isnan(load.windows[i].mean_wait_s));
    load = seconds(&watch, 8, busy, 1);
    assert_true(load.windows[WT_WINDOW_10S].utilization_ratio == 0.5);
    assert_true(load.windows[WT_WINDOW_10S].mean_wait_s == 1); /* the million came in no time */
    load = tick(&watch, -5, &busy, 1); /* a clock that stands still, or goes back */
    assert_true(load.watched_s == 38);
    load = tick(&watch, 5 + LONGEST_NS, &busy, 1);
    assert_true(load.watched_s == 42);
}

static void an_unknown_capacity_makes_utilization_unknown(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    seconds(&watch, 20, level_of(4, 8, 1), 1);
    struct wt_load load = seconds(&watch, 1, level_of(4, NAN, 1), 1);
    assert_true(isnan(load.windows[WT_WINDOW_10S].utilization_ratio));
    assert_true(load.windows[WT_WINDOW_10S].mean_wait_s == 1);
    load = seconds(&watch, 10, level_of(4, 8, 1), 1);
    assert_true(isnan(load.windows[WT_WINDOW_10S].utilization_ratio)); /* it is still in there */
    load = seconds(&watch, 2, level_of(4, 8, 1), 1);
    assert_true(load.windows[WT_WINDOW_10S].utilization_ratio == 0.5);
    load = seconds(&watch, 20, level_of(0, 0, 1), 1); /* all workers have left */
    assert_true(isnan(load.windows[WT_WINDOW_10S].utilization_ratio));
}

static void waits_need_requests(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    struct wt_load load = seconds(&watch, 20, level_of(4, 8, 3), 0);
    assert_true(isnan(load.windows[WT_WINDOW_10S].mean_wait_s));
    load = seconds(&watch, 20, level_of(4, 8, 3), NAN);
    assert_true(isnan(load.windows[WT_WINDOW_10S].mean_wait_s));
    load = seconds(&watch, 5, level_of(4, 8, 3), 2); /* known for 5 s of 10 */
    assert_true(isnan(load.windows[WT_WINDOW_10S].mean_wait_s));
    load = seconds(&watch, 6, level_of(4, 8, 3), 2);
    assert_true(load.windows[WT_WINDOW_10S].mean_wait_s == 1.5);
    load = seconds(&watch, 11, level_of(4, 8, NAN), 2);
    assert_true(isnan(load.windows[WT_WINDOW_10S].mean_wait_s));
    assert_true(isnan(load.windows[WT_WINDOW_10S].queue_growth_per_s));
}

static void a_growing_queue_grows(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    struct wt_load load = wt_load_unknown();
    for (int i = 0; i < 400; i++)
        load = seconds(&watch, 1, level_of(4, 4, 2.5 * i), 1);
    assert_near(load.windows[WT_WINDOW_10S].queue_growth_per_s, 2.5, 1e-9);
    assert_near(load.windows[WT_WINDOW_1M].queue_growth_per_s, 2.5, 1e-9);
    assert_near(load.windows[WT_WINDOW_5M].queue_growth_per_s, 2.5, 1e-9);
    for (int i = 400; i > 0; i--)
        load = seconds(&watch, 1, level_of(4, 4, 2.5 * i), 1);
    assert_near(load.windows[WT_WINDOW_10S].queue_growth_per_s, -2.5, 1e-9);
}

static void records_count_beside_gauges(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    struct wt_integrals_tick tick = {.requests = NAN, .has_capacity = true, .recorded_workers = 1};
    const struct wt_record_time time = {.busy_ns = WT_NS_PER_S / 4,
                                        .elapsed_ns = WT_NS_PER_S,
                                        .has_capacity = true,
                                        .capacity = 2 * WT_LEVEL_ONE};
    const struct wt_level none = {0}, plain = level_of(1, 2, NAN);
    struct wt_load load;
    for (int i = 0; i < 21; i++) {
        wt_integrals_look(&watch.integrals, i < 20 ? &none : &plain, watch.now_ns, LONGEST_NS);
        if (i > 0)
            wt_integrals_record(&watch.integrals, &time);
        wt_integrals_mark(&watch.integrals, &tick);
        watch.now_ns += WT_NS_PER_S;
        wt_integrals_tell(&watch.integrals, &load);
        assert_int_equal(load.source, i < 20 ? WT_BUSY_RECORDS : WT_BUSY_BOTH);
    }
    assert_true(load.busy_s == 5.5 && load.capacity_s == 41); /* the gauge came in between */
    assert_true(isnan(load.queue_s));
    assert_near(load.windows[WT_WINDOW_10S].utilization_ratio, 3.0 / 21, 1e-9);
    struct wt_record_time unrated = time;
    unrated.has_capacity = false;
    wt_integrals_record(&watch.integrals, &unrated);
    wt_integrals_tell(&watch.integrals, &load);
    assert_true(isnan(load.windows[WT_WINDOW_10S].utilization_ratio));
}

static void ticks_may_be_close_together(void **state) {
    (void)state;
    struct watch watch = {.now_ns = 5};
    const struct wt_level idle = level_of(0, 4, 0), busy = level_of(2, 4, 0);
    struct wt_load load = wt_load_unknown();
    for (int i = 0; i < 4000; i++)
        load = tick(&watch, WT_NS_PER_S / 10, i < 3700 ? &idle : &busy, 1);
    assert_true(load.windows[WT_WINDOW_10S].utilization_ratio == 0.5);
    assert_near(load.windows[WT_WINDOW_1M].utilization_ratio, 0.25, 0.01);
    assert_near(load.windows[WT_WINDOW_5M].utilization_ratio, 0.05, 0.01);
}

/* ---- a simulated truth ----------------------------------------------------------------------- */

enum { SLOTS = 20, RUNS = 24 };

static uint64_t dice;

static double roll(void) {
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return ((double)(dice >> 11) + 0.5) * 0x1p-53;
}

static int64_t exponential(double mean_s) {
    return (int64_t)(-log(roll()) * mean_s * (double)WT_NS_PER_S) + 1;
}

/* Slots that are busy and idle in turn, each for a random time. */
struct crowd {
    double busy_s, idle_s; /* mean */
    int64_t until_ns[SLOTS], busy_ns;
    bool is_busy[SLOTS];
};

/* Goes on from one moment to another; returns how many are busy then, and adds to busy_ns. */
static int advance(struct crowd *crowd, int64_t from_ns, int64_t to_ns) {
    int busy = 0;
    for (int i = 0; i < SLOTS; i++) {
        for (int64_t at = from_ns; at < to_ns;) {
            int64_t end = crowd->until_ns[i] < to_ns ? crowd->until_ns[i] : to_ns;
            crowd->busy_ns += crowd->is_busy[i] ? end - at : 0;
            at = end;
            if (at < crowd->until_ns[i])
                continue;
            crowd->is_busy[i] = !crowd->is_busy[i];
            crowd->until_ns[i] += exponential(crowd->is_busy[i] ? crowd->busy_s : crowd->idle_s);
        }
        busy += crowd->is_busy[i];
    }
    return busy;
}

/* How far the utilization over the last minute is from the truth, in points, after `run_s`. */
static double error_of(double busy_s, double idle_s, bool of_records) {
    struct crowd crowd = {.busy_s = busy_s, .idle_s = idle_s};
    struct watch watch = {.now_ns = WT_NS_PER_S};
    struct wt_load load = wt_load_unknown();
    int64_t truth_ns[201] = {0}, at_ns = watch.now_ns, recorded_ns = 0;
    for (int i = 0; i < SLOTS; i++)
        crowd.until_ns[i] = at_ns + exponential(idle_s);
    for (int second = 1; second <= 200; second++) {
        for (int part = 0; part < 10; part++) {
            /* Each at a random moment of its tenth, as src/net/runner.c looks. */
            int64_t begin = (second * 10 + part) * (WT_NS_PER_S / 10);
            int64_t next = part == 9 ? begin + WT_NS_PER_S / 10
                                     : begin + (int64_t)(roll() * (double)WT_NS_PER_S / 10);
            next = next > at_ns ? next : at_ns + 1;
            int busy = advance(&crowd, at_ns, next);
            at_ns = next;
            const struct wt_level level =
                of_records ? (struct wt_level){0} : level_of(busy, SLOTS, NAN);
            if (part < 9) {
                wt_integrals_look(&watch.integrals, &level, at_ns, LONGEST_NS);
                continue;
            }
            const struct wt_record_time time = {.busy_ns = (uint64_t)(crowd.busy_ns - recorded_ns),
                                                .elapsed_ns = WT_NS_PER_S,
                                                .has_capacity = true,
                                                .capacity = SLOTS * WT_LEVEL_ONE};
            recorded_ns = crowd.busy_ns;
            if (of_records)
                wt_integrals_record(&watch.integrals, &time);
            load = tick(&watch, at_ns - watch.now_ns, &level, NAN);
        }
        truth_ns[second] = crowd.busy_ns;
    }
    double truth = (double)(truth_ns[200] - truth_ns[140]) / (60.0 * SLOTS * (double)WT_NS_PER_S);
    return fabs(load.windows[WT_WINDOW_1M].utilization_ratio - truth) * 100;
}

/* Looks at work that is shorter than the time between them are as good as throwing dice: 20 slots
 * at load 0.5, looked at 600 times, have a standard error of 0.46 points. */
static void a_minute_is_within_a_point_of_the_truth(void **state) {
    (void)state;
    static const double works_s[] = {0.002, 0.03, 0.4, 5};
    static const double loads[] = {0.1, 0.5, 0.9};
    dice = 0x9e3779b97f4a7c15;
    for (size_t w = 0; w < sizeof works_s / sizeof works_s[0]; w++) {
        double worst = 0, sum = 0;
        for (int run = 0; run < RUNS; run++) {
            double idle_s = works_s[w] * (1 - loads[run % 3]) / loads[run % 3];
            double error = error_of(works_s[w], idle_s, false);
            worst = error > worst ? error : worst;
            sum += error;
            error = error_of(works_s[w], idle_s, true);
            if (!(error < 1e-6))
                fail_msg("records are %g points off", error);
        }
        print_message("work of %5.3f s: looks are %.2f points off, at worst %.2f\n", works_s[w],
                      sum / RUNS, worst);
        assert_true(sum / RUNS < 0.5);
        assert_true(worst < (works_s[w] > 0.1 ? 0.5 : 2));
    }
}

/* Work that comes by the clock, in step with the looks, is seen as what it is. */
static void work_by_the_clock_is_seen(void **state) {
    (void)state;
    struct watch watch = {.now_ns = WT_NS_PER_S};
    struct wt_load load = wt_load_unknown();
    dice = 1;
    for (int i = 10; i < 2000; i++) {
        int64_t slot = WT_NS_PER_S / 10, off = (int64_t)(roll() * (double)slot);
        const struct wt_level level = level_of(off < slot * 3 / 10 ? 1 : 0, 1, NAN);
        if (i % 10 != 9)
            wt_integrals_look(&watch.integrals, &level, i * slot + off, LONGEST_NS);
        else
            load = tick(&watch, i * slot + off - watch.now_ns, &level, NAN);
    }
    assert_near(load.windows[WT_WINDOW_1M].utilization_ratio, 0.3, 0.06);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_load_is_exact),
        cmocka_unit_test(windows_forget),
        cmocka_unit_test(nonsense_leaves_no_trace),
        cmocka_unit_test(values_that_are_no_load_are_left_out),
        cmocka_unit_test(nobody_looked_is_no_time),
        cmocka_unit_test(an_unknown_capacity_makes_utilization_unknown),
        cmocka_unit_test(waits_need_requests),
        cmocka_unit_test(a_growing_queue_grows),
        cmocka_unit_test(records_count_beside_gauges),
        cmocka_unit_test(ticks_may_be_close_together),
        cmocka_unit_test(a_minute_is_within_a_point_of_the_truth),
        cmocka_unit_test(work_by_the_clock_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
