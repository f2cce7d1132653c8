/* The rules that look at more than the present load: flapping, errors, the queue, memory, sockets.
 * Thresholds, hysteresis, gaps, words, and that noise is no reason. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/patient.h"

/* ---- flapping -------------------------------------------------------------------------------- */

static void four_crashes_in_a_minute_are_flapping(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    for (int i = 0; i < 3; i++) {
        look_for(&p, 10);
        end_worker(&p, "signal 9 (Killed)", true, 4000);
    }
    look(&p);
    assert_well(&p);
    end_worker(&p, "signal 9 (Killed)", true, 4000);
    assert_true(look(&p));
    assert_says(&p, WT_VERDICT_WARN, WT_CAUSE_FLAPPING,
                "flapping for 0s: 4 exits/min, last signal 9 (Killed) 1.0s ago; see who kills "
                "them: dmesg (out of memory), the supervisor's log");
    assert_int_equal(p.changes.begun, 1 << WT_CAUSE_FLAPPING);
    /* It stays until there are half as many, for 60 s. */
    look_for(&p, 38);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    end_worker(&p, "exit 3", true, 4000);
    look_for(&p, 2);
    assert_says(&p, WT_VERDICT_WARN, WT_CAUSE_FLAPPING,
                "flapping for 40s: 4 exits/min, last exit 3 2.0s ago; see what its log says last");
    look_for(&p, 20 + 58); /* 20 s until two of them are a minute ago */
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    look_for(&p, 4);
    assert_well(&p);
    assert_int_equal(p.changes.ended, 0); /* a moment ago */
}

static void a_large_service_may_lose_a_fifth(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.worker_count = 100;
    for (int i = 0; i < 20; i++)
        end_worker(&p, "signal 11 (Segmentation fault)", true, 4000);
    look(&p);
    assert_well(&p);
    end_worker(&p, "signal 11 (Segmentation fault)", true, 4000);
    look(&p);
    assert_non_null(strstr(p.health.sentence, "21 exits/min"));
    assert_non_null(strstr(p.health.sentence, "it crashes: see its log and core dump"));
    for (int i = 0; i < 79; i++)
        end_worker(&p, "cause unknown", true, 4000);
    look(&p);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_non_null(strstr(p.health.sentence, "see its log and its supervisor's"));
    p.limits.flap_ratio = 1; /* another threshold */
    admit(&p);
    p.limits.flap_starts = 50;
    for (int i = 0; i < 50; i++)
        end_worker(&p, "exit 1", true, 4000);
    look(&p);
    assert_well(&p);
}

static void a_process_of_many_workers_dies_once(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    for (int i = 0; i < 8; i++) {
        const struct wt_churn_exit exit = {
            .at_ns = p.now.monotonic_ns, .is_crash = true, .is_first = i == 0};
        wt_churn_add_exit(&p.churn, &exit);
    }
    look_for(&p, 5);
    assert_well(&p);
}

static void a_rolling_restart_is_told_and_no_trouble(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.worker_count = 6;
    for (int i = 0; i < 3; i++) {
        end_worker(&p, "exit 0", false, 4000);
        look_for(&p, 2);
        assert_well(&p);
    }
    end_worker(&p, "exit 0", false, 4000);
    look_for(&p, 2);
    assert_says(&p, WT_VERDICT_OK, WT_CAUSE_ROLLING_RESTART,
                "rolling restart: 4 of 6 workers replaced in 7.0s");
    for (int i = 0; i < 2; i++) {
        end_worker(&p, "exit 0", false, 4000);
        look_for(&p, 2);
    }
    assert_says(&p, WT_VERDICT_OK, WT_CAUSE_ROLLING_RESTART,
                "rolling restart done: 6 workers replaced in 11s");
    look_for(&p, 29);
    assert_int_equal(p.health.cause, WT_CAUSE_ROLLING_RESTART);
    look_for(&p, 1);
    assert_well(&p);
    assert_int_equal(p.changes.cause_before, WT_CAUSE_ROLLING_RESTART);
    /* The same again at once: each slot a second time within a minute. */
    for (int i = 0; i < 4; i++) {
        end_worker(&p, "exit 0", false, 40);
        look_for(&p, 2);
    }
    assert_int_equal(p.health.cause, WT_CAUSE_FLAPPING);
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void a_queue_that_grows_for_30_s_is_told(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, BUSY, 19); /* no more room */
    int i = 0;
    for (; i < 30; i++) {
        set(&p, QUEUE, 8 * i);
        look(&p);
        assert_int_equal(p.health.cause, WT_CAUSE_NONE);
    }
    set(&p, QUEUE, 8 * i++);
    assert_true(look(&p));
    assert_says(&p, WT_VERDICT_WARN, WT_CAUSE_QUEUE_GROWING,
                "queue growing for 30s: 240 waiting, +8/s, twice that in 30s; +4 workers (14 in "
                "all), to bring it to 75%");
    assert_true(p.health.verdict_since_ns == p.now.realtime_ns - 30 * second);
    /* Not busy, and yet it grows: the work is spread badly. */
    set(&p, BUSY, 12);
    for (; i < 36; i++) {
        set(&p, QUEUE, 8 * i);
        look(&p);
    }
    assert_says(&p, WT_VERDICT_WARN, WT_CAUSE_QUEUE_GROWING,
                "queue growing for 35s: 280 waiting, +8/s, twice that in 35s; spread the load: "
                "only 60% busy, some workers get too much");
    /* It stands still. */
    look_for(&p, 200);
    assert_well(&p);
}

static void a_short_or_level_or_falling_queue_is_none(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    for (int i = 0; i < 300; i++) {
        set(&p, QUEUE, i / 40.0); /* up to 7 */
        look(&p);
        assert_well(&p);
    }
    for (int i = 0; i < 300; i++) {
        set(&p, QUEUE, 5000 + i); /* 1/s on top of 5000 is no growth by half */
        look(&p);
        assert_well(&p);
    }
    for (int i = 0; i < 300; i++) {
        set(&p, QUEUE, 5000 - 10 * i);
        look(&p);
        assert_well(&p);
    }
    p.service.queue_field = -1;
    look_for(&p, 100);
    assert_well(&p);
}

static void a_gap_ends_no_window_in_the_dark(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    for (int i = 0; i < 20; i++) {
        set(&p, QUEUE, 10 * i);
        look(&p);
    }
    wt_health_jump(&p.health, 500 * second, 0);
    p.now.monotonic_ns += 500 * second;
    p.now.realtime_ns += 500 * second;
    for (int i = 20; i < 50; i++) {
        set(&p, QUEUE, 10 * i);
        look(&p);
        assert_well(&p);
    }
    set(&p, QUEUE, 500);
    look(&p);
    assert_int_equal(p.health.cause, WT_CAUSE_QUEUE_GROWING);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void errors_above_the_services_own_base_are_told(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, ERRORS, 0.5);
    look_for(&p, 300);
    assert_well(&p);
    set(&p, ERRORS, 12);
    int waited = 0;
    for (; p.health.verdict == WT_VERDICT_OK && waited < 60; waited++)
        look(&p);
    assert_in_range(waited, 11, 25);
    look_for(&p, 30);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    assert_non_null(strstr(p.health.sentence, "errors rising for "));
    assert_non_null(strstr(p.health.sentence,
                           ": 12/s (was 0.50/s), 12% of the requests; see its log, and what "
                           "changed then"));
    set(&p, ERRORS, 60); /* more than half of all requests */
    look_for(&p, 31);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    /* For hours: it does not become usual. */
    look_for(&p, 7200);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_non_null(strstr(p.health.sentence, "(was 0.50/s)"));
    set(&p, ERRORS, 0.6);
    look_for(&p, 58);
    assert_int_equal(p.health.cause, WT_CAUSE_ERRORS_RISING);
    look_for(&p, 20);
    assert_well(&p);
}

static void more_work_may_fail_more_often(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, ERRORS, 2);
    look_for(&p, 300);
    set(&p, ERRORS, 10);
    set(&p, REQUESTS, 500);
    look_for(&p, 300);
    assert_well(&p);
}

static void few_errors_and_the_first_minute_are_no_reason(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, ERRORS, 50); /* a monitor that was just started knows no base */
    look_for(&p, 50);
    assert_well(&p);
    admit(&p);
    look_for(&p, 300);
    set(&p, ERRORS, 0.9);
    look_for(&p, 300);
    assert_well(&p);
    p.service.errors_field = -1;
    look_for(&p, 10);
    assert_well(&p);
}

/* ---- memory and sockets ---------------------------------------------------------------------- */

static void a_worker_far_above_the_median_is_named(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    const double mib = 1024 * 1024;
    p.findings.memory_id = 12;
    p.findings.memory_pid = 4711;
    p.findings.memory_count = 10;
    p.findings.memory_median_bytes = 200 * mib;
    p.findings.memory_bytes = 610 * mib;
    look_for(&p, 60);
    assert_well(&p);
    look(&p);
    assert_says(
        &p, WT_VERDICT_WARN, WT_CAUSE_MEMORY,
        "memory high for 1m00s: worker 12 (pid 4711) has 610M, the median 200M; restart it, "
        "or see what it keeps: a leak?");
    p.findings.memory_bytes = 450 * mib; /* neither */
    look_for(&p, 100);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    p.findings.memory_bytes = 390 * mib;
    look_for(&p, 61);
    assert_well(&p);
    /* Three times of little, two of two workers, and what is unknown, are none. */
    p.findings.memory_median_bytes = 10 * mib;
    p.findings.memory_bytes = 100 * mib;
    look_for(&p, 100);
    assert_well(&p);
    p.findings.memory_bytes = 4000 * mib;
    p.findings.memory_count = 2;
    look_for(&p, 100);
    assert_well(&p);
    p.findings.memory_id = 0;
    p.findings.memory_count = 10;
    look_for(&p, 100);
    assert_well(&p);
}

static void an_accept_queue_that_fills_up_is_told(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.listener = (struct wt_accept_queue){.address = "127.0.0.1:3000",
                                          .socket_count = 1,
                                          .queue_length = 110,
                                          .queue_limit = 128,
                                          .fullest_ratio = 110 / 128.0,
                                          .read_ns = 1};
    p.service.listeners = &p.listener;
    p.service.listener_count = 1;
    look_for(&p, 10);
    assert_well(&p);
    look(&p);
    assert_says(&p, WT_VERDICT_WARN, WT_CAUSE_ACCEPT_QUEUE,
                "accept queue 86% full for 10s: 110 wait at 127.0.0.1:3000; add workers, or let it "
                "listen with a larger backlog");
    p.listener.queue_length = 129;
    p.listener.fullest_ratio = 129 / 128.0;
    look(&p);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    p.listener.fullest_ratio = 0.5; /* neither */
    look_for(&p, 60);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    p.listener.fullest_ratio = 0;
    look_for(&p, 11);
    assert_well(&p);
    p.listener.fullest_ratio = 1;
    p.listener.read_ns = 0; /* the kernel was not asked */
    look_for(&p, 60);
    assert_well(&p);
}

/* ---- together -------------------------------------------------------------------------------- */

static void what_is_worse_hides_and_is_over_later(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.stuck_count = 5; /* CRIT */
    look(&p);
    for (int i = 0; i < 4; i++)
        end_worker(&p, "signal 9 (Killed)", true, 4000);
    assert_false(look(&p));
    assert_int_equal(p.health.cause, WT_CAUSE_STUCK);
    assert_int_equal(p.changes.begun, 1 << WT_CAUSE_FLAPPING);
    assert_non_null(strstr(p.changes.opinions[WT_CAUSE_FLAPPING].sentence, "4 exits/min"));
    assert_int_equal(p.changes.opinions[WT_CAUSE_FLAPPING].verdict, WT_VERDICT_WARN);
    p.service.stuck_count = 0;
    assert_true(look(&p)); /* CRIT to WARN */
    assert_int_equal(p.health.cause, WT_CAUSE_FLAPPING);
    assert_int_equal(p.changes.ended, 1 << WT_CAUSE_STUCK);
    p.service.stuck_count = 5;
    look(&p);
    look_for(&p, 59);
    uint32_t ended = 0;
    for (int i = 0; i < 70; i++) {
        look(&p);
        ended |= p.changes.ended;
    }
    assert_int_equal(ended, 1 << WT_CAUSE_FLAPPING);
    assert_int_equal(p.health.cause, WT_CAUSE_STUCK);
}

static void an_unreadable_store_neither_raises_nor_clears(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    for (int i = 0; i < 4; i++)
        end_worker(&p, "signal 9 (Killed)", true, 4000);
    look(&p);
    assert_int_equal(p.health.cause, WT_CAUSE_FLAPPING);
    p.findings.unreadable = "it was truncated";
    look_for(&p, 200);
    assert_int_equal(p.health.cause, WT_CAUSE_UNREADABLE);
    assert_int_equal(p.changes.ended, 0);
    p.findings.unreadable = NULL;
    look(&p);
    assert_int_equal(p.health.cause, WT_CAUSE_FLAPPING);
}

/* ---- noise ----------------------------------------------------------------------------------- */

static double uniform(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* Small means only. */
static double poisson(uint64_t *state, double mean) {
    double product = uniform(state), limit = exp(-mean);
    int count = 0;
    for (; product > limit; product *= uniform(state))
        count++;
    return count;
}

/* A day of a service that does its work: the load goes up and down with the hours and the second,
 * errors with it, there are bursts, memory trembles, a worker ends now and then, one crashes. */
static int alarms_of_a_day(uint64_t seed) {
    struct patient p;
    int alarms = 0;
    double memory = 1;
    admit(&p);
    p.service.worker_count = 20;
    p.findings.memory_id = 3;
    p.findings.memory_count = 20;
    p.findings.memory_median_bytes = 300e6;
    for (int i = 0; i < 86400; i++) {
        double load = 0.45 - 0.25 * cos(6.2832 * i / 86400) + 0.1 * (uniform(&seed) - 0.5);
        bool burst = i % 1800 < 12; /* 12 s of more than can be done, twice an hour */
        double queued = burst ? 40.0 * (i % 1800) : poisson(&seed, 12 * load);
        set(&p, CAPACITY, 200);
        set(&p, BUSY, burst ? 200 : 200 * load);
        set(&p, QUEUE, queued);
        set(&p, REQUESTS, 1000 * load);
        set(&p, ERRORS, poisson(&seed, 0.8 * load));
        memory += 0.01 * (uniform(&seed) - 0.5) - 0.001 * (memory - 1);
        p.findings.memory_bytes = 450e6 * memory;
        if (uniform(&seed) < 1.0 / 120)
            end_worker(&p, "exit 0", false, 7200);
        if (uniform(&seed) < 1.0 / 3600)
            end_worker(&p, "signal 11 (Segmentation fault)", true, 7200);
        look(&p);
        alarms += p.changes.begun != 0;
        if (p.changes.begun != 0)
            printf("after %d s: %s\n", i, p.health.sentence);
    }
    return alarms;
}

static void a_quiet_day_with_noise_gives_no_alarm(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        assert_int_equal(alarms_of_a_day(seed), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_crashes_in_a_minute_are_flapping),
        cmocka_unit_test(a_large_service_may_lose_a_fifth),
        cmocka_unit_test(a_process_of_many_workers_dies_once),
        cmocka_unit_test(a_rolling_restart_is_told_and_no_trouble),
        cmocka_unit_test(a_queue_that_grows_for_30_s_is_told),
        cmocka_unit_test(a_short_or_level_or_falling_queue_is_none),
        cmocka_unit_test(a_gap_ends_no_window_in_the_dark),
        cmocka_unit_test(errors_above_the_services_own_base_are_told),
        cmocka_unit_test(more_work_may_fail_more_often),
        cmocka_unit_test(few_errors_and_the_first_minute_are_no_reason),
        cmocka_unit_test(a_worker_far_above_the_median_is_named),
        cmocka_unit_test(an_accept_queue_that_fills_up_is_told),
        cmocka_unit_test(what_is_worse_hides_and_is_over_later),
        cmocka_unit_test(an_unreadable_store_neither_raises_nor_clears),
        cmocka_unit_test(a_quiet_day_with_noise_gives_no_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
