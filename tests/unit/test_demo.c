/* The demo's story and its queues, without processes. */
#include "support/support.h"

#include <math.h>

#include "demo/scenario.h"
#include "demo/sim.h"

static void most_begins_within_the_first_minute(void **state) {
    (void)state;
    bool is_stuck = false, is_over_capacity = false;
    unsigned newcomers = 0;
    double least = 1, most = 0;
    for (double t = 0; t < 60; t += 0.25) {
        is_stuck |= demo_is_stuck(DEMO_JOBS, 0, t);
        is_over_capacity |= demo_load(DEMO_API, t) > 1;
        newcomers =
            demo_newcomers(DEMO_WEB, 8, t) > newcomers ? demo_newcomers(DEMO_WEB, 8, t) : newcomers;
        least = fmin(least, demo_load(DEMO_WEB, t));
        most = fmax(most, demo_load(DEMO_WEB, t));
        assert_false(demo_is_stuck(DEMO_JOBS, 1, t));
        assert_int_equal(demo_newcomers(DEMO_API, 8, t), 0);
    }
    assert_true(is_stuck);
    assert_true(is_over_capacity);
    assert_int_equal(newcomers, 8);
    /* 24 workers in four services: 32 segments by then, of which less than an eighth stays free. */
    assert_true(32 - 24 - demo_newcomers(DEMO_WEB, 6, 59) < 32 / 8);
    assert_true(most - least > 0.4);
    assert_true(DEMO_STUCK_BEGIN_S + 30 < 60); /* the verdict needs 30 s */
    assert_true(DEMO_SATURATED_BEGIN_S + 30 < 60);
    assert_true(DEMO_KILL_S < 60 && DEMO_ROLLING_BEGIN_S > 60 && DEMO_ROLLING_END_S < 80);
}

static void every_trouble_begins_within_90_s_and_ends(void **state) {
    (void)state;
    int kills = 0;
    double before = 0, fails = 0, hot_s = 0;
    for (double t = 0.1; t < 2 * DEMO_CYCLE_S; t += 0.1) {
        int victim = demo_flapping_victim(DEMO_JOBS, before, t);
        kills += victim >= 0 && t < DEMO_CYCLE_S;
        assert_int_equal(demo_flapping_victim(DEMO_WEB, before, t), -1);
        fails = fmax(fails, demo_failures(DEMO_WEB, t));
        assert_true(demo_failures(DEMO_API, t) == 1);
        hot_s += demo_worker_load(DEMO_WEB, 0, t) > 1 && t < DEMO_CYCLE_S ? 0.1 : 0;
        assert_true(demo_worker_load(DEMO_WEB, 1, t) == demo_load(DEMO_WEB, t));
        before = t;
    }
    assert_int_equal(kills, 5); /* one each 4 s of 20 s */
    assert_true(hot_s > 35);    /* a window of 30 s, and what its parts take */
    assert_true(fails > 10 && demo_failures(DEMO_WEB, DEMO_ERRORS_END_S) == 1);
    assert_true(demo_worker_load(DEMO_WEB, 0, DEMO_HOT_END_S) < 1);
    assert_true(DEMO_ERRORS_BEGIN_S + 20 < 90 && DEMO_FLAPPING_BEGIN_S + 20 < 90);
}

static void the_story_repeats(void **state) {
    (void)state;
    for (double t = 0; t < DEMO_CYCLE_S; t += 1.7)
        for (int kind = 0; kind < DEMO_KIND_COUNT; kind++)
            assert_true(fabs(demo_load(kind, t) - demo_load(kind, t + DEMO_CYCLE_S)) < 1e-9);
    assert_true(demo_cycle_time(-3) == 0);
}

/* Counts what a queue does. */
struct tally {
    double load;
    double stuck_from_s;
    unsigned begun, ended;
    double took_s;
    uint64_t fingerprint;
};

static double tally_load(void *context, double seconds) {
    (void)seconds;
    return ((struct tally *)context)->load;
}

static bool tally_is_stuck(void *context, double seconds) {
    return seconds >= ((struct tally *)context)->stuck_from_s;
}

static void tally_begin(void *context, unsigned server) {
    struct tally *tally = context;
    tally->begun++;
    tally->fingerprint = tally->fingerprint * 31 + server + 1;
}

static void tally_end(void *context, unsigned server, double took_s) {
    struct tally *tally = context;
    tally->ended++;
    tally->took_s += took_s;
    tally->fingerprint = tally->fingerprint * 31 + server + 101;
}

static struct sim_queue make(struct tally *tally, unsigned servers, uint64_t seed) {
    struct sim_queue queue;
    const struct sim_callbacks callbacks = {tally_load, tally_is_stuck, tally_begin, tally_end,
                                            tally};
    sim_init(&queue, &callbacks, servers, 0.1, seed, 0);
    return queue;
}

static void a_queue_does_the_work_it_is_offered(void **state) {
    (void)state;
    struct tally tally = {.load = 0.6, .stuck_from_s = INFINITY};
    struct sim_queue queue = make(&tally, 4, 1);
    double busy_s = 0;
    for (int i = 1; i <= 20000; i++) {
        sim_step(&queue, i * 0.02);
        busy_s += queue.busy * 0.02;
        assert_true(queue.busy <= 4);
        assert_int_equal(queue.busy, tally.begun - tally.ended);
    }
    assert_true(fabs(busy_s / (400 * 4.0) - 0.6) < 0.03); /* utilization is the offered load */
    assert_true(fabs(tally.took_s / tally.ended - 0.1) < 0.005);
    assert_true(sim_next(&queue) > 400 && sim_next(&queue) <= 401);
}

static void too_much_work_fills_the_queue_to_its_limit(void **state) {
    (void)state;
    struct tally tally = {.load = 1.6, .stuck_from_s = INFINITY};
    struct sim_queue queue = make(&tally, 4, 2);
    sim_step(&queue, 120);
    assert_int_equal(queue.busy, 4);
    assert_true(queue.waiting > SIM_MAX_WAITING - 20 && queue.waiting <= SIM_MAX_WAITING);
    tally.load = 0; /* and all of it ends when nothing more arrives */
    sim_step(&queue, 200);
    assert_int_equal(queue.waiting, 0);
    assert_int_equal(tally.begun, tally.ended);
}

struct until {
    struct tally tally;
    double stops_s;
};

static double until_load(void *context, double seconds) {
    const struct until *until = context;
    return seconds < until->stops_s ? until->tally.load : 0;
}

/* Nothing arrives after the load stopped, wherever the steps fall: what is reported then stays. */
static void no_request_arrives_after_the_load(void **state) {
    (void)state;
    const struct sim_callbacks callbacks = {until_load, tally_is_stuck, tally_begin, tally_end,
                                            NULL};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct until until = {.tally = {.load = 0.3, .stuck_from_s = INFINITY}, .stops_s = 5};
        struct sim_queue queue;
        struct sim_callbacks own = callbacks;
        own.context = &until;
        sim_init(&queue, &own, 2, 0.1, seed, 0);
        sim_step(&queue, 5);
        unsigned begun = until.tally.begun + queue.waiting;
        assert_true(begun > 0);
        for (int i = 1; i <= 40; i++)
            sim_step(&queue, 5 + i * 0.25);
        assert_int_equal(until.tally.begun, begun);
        assert_int_equal(until.tally.ended, begun);
    }
}

static void a_stuck_worker_is_busy_and_ends_nothing(void **state) {
    (void)state;
    struct tally tally = {.load = 0.6, .stuck_from_s = 10};
    struct sim_queue queue = make(&tally, 2, 3);
    sim_step(&queue, 10);
    unsigned ended = tally.ended;
    for (int i = 0; i < 100; i++)
        sim_step(&queue, 10 + i);
    assert_int_equal(tally.ended, ended);
    assert_int_equal(queue.busy, 2);
    tally.stuck_from_s = INFINITY;
    sim_step(&queue, 120);
    assert_true(tally.ended > ended);
}

static void a_seed_tells_the_same_story(void **state) {
    (void)state;
    struct tally a = {.load = 0.7, .stuck_from_s = INFINITY}, b = a, c = a;
    struct sim_queue first = make(&a, 3, 42), second = make(&b, 3, 42), third = make(&c, 3, 43);
    sim_step(&first, 30);
    for (int i = 1; i <= 300; i++) /* however it is stepped */
        sim_step(&second, i * 0.1);
    sim_step(&third, 30);
    assert_true(a.fingerprint == b.fingerprint);
    assert_true(a.fingerprint != c.fingerprint);
}

static void poisson_has_its_mean(void **state) {
    (void)state;
    const double means[] = {0, 0.3, 4, 29, 31, 400};
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        struct sim_rng rng = {5};
        double sum = 0;
        for (int j = 0; j < 4000; j++)
            sum += (double)sim_poisson(&rng, means[i]);
        assert_true(fabs(sum / 4000 - means[i]) <= 0.1 * sqrt(means[i]) + 0.02);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_begins_within_the_first_minute),
        cmocka_unit_test(every_trouble_begins_within_90_s_and_ends),
        cmocka_unit_test(the_story_repeats),
        cmocka_unit_test(a_queue_does_the_work_it_is_offered),
        cmocka_unit_test(too_much_work_fills_the_queue_to_its_limit),
        cmocka_unit_test(no_request_arrives_after_the_load),
        cmocka_unit_test(a_stuck_worker_is_busy_and_ends_nothing),
        cmocka_unit_test(a_seed_tells_the_same_story),
        cmocka_unit_test(poisson_has_its_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
