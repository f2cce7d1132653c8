/* What verdicts say while their trouble ends, and that they come and go once. */
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "model/sentence.h"
#include "support/patient.h"

/* A queue that grows by 8/s for 40 s. */
static void grow(struct patient *p) {
    admit(p);
    set(p, BUSY, 12);
    for (int i = 0; i < 40; i++) {
        set(p, QUEUE, 8 * i);
        look(p);
    }
    assert_int_equal(p->health.cause, WT_CAUSE_QUEUE_GROWING);
    assert_non_null(strstr(p->health.sentence, "queue growing for "));
}

/* Looks until the sentence begins so; how many looks that took. */
static int look_until(struct patient *p, const char *begins, int most) {
    int looks = 0;
    while (looks < most && strncmp(p->health.sentence, begins, strlen(begins)) != 0) {
        look(p);
        looks++;
    }
    return looks;
}

static int seconds_of_clock(const char *text) {
    int h, m, s;
    assert_int_equal(sscanf(text, "%d:%d:%d", &h, &m, &s), 3);
    return h * 3600 + m * 60 + s;
}

static void a_queue_that_stands_still_grew_until(void **state) {
    (void)state;
    struct patient p;
    grow(&p);
    int end_s = (int)(p.now.realtime_ns / second % 86400);
    assert_in_range(look_until(&p, "queue grew until ", 60), 1, 11);
    int until_s = seconds_of_clock(p.health.sentence + strlen("queue grew until "));
    assert_in_range(until_s, end_s - 3, end_s + 3);
    assert_non_null(
        strstr(p.health.sentence, ": 312 waiting; wait: it clears after 30s without growth"));
    char said[WT_HEALTH_SENTENCE_SIZE];
    memcpy(said, p.health.sentence, sizeof said);
    int looks = 0, changes = 0;
    for (; p.health.verdict == WT_VERDICT_WARN && looks < 100; looks++) {
        assert_string_equal(p.health.sentence, said);
        changes += look(&p);
    }
    assert_int_equal(changes, 1);
    assert_in_range(looks, 15, 27); /* 30 s after it ceased to grow */
    assert_well(&p);
}

static void a_queue_that_falls_is_not_said_to_grow(void **state) {
    (void)state;
    struct patient p;
    grow(&p);
    for (int i = 0; i < 20; i++) {
        set(&p, QUEUE, 312 - 8 * i);
        look(&p);
        if (i >= 5)
            assert_non_null(strstr(p.health.sentence, "queue grew until "));
    }
}

/* It goes on before it was over: one verdict, and the speed is that of the last 10 s. */
static void a_queue_that_pauses_keeps_its_verdict(void **state) {
    (void)state;
    struct patient p;
    grow(&p);
    look_for(&p, 14);
    assert_non_null(strstr(p.health.sentence, "queue grew until "));
    for (int i = 1; i < 14; i++) {
        set(&p, QUEUE, 312 + 16 * i);
        assert_false(look(&p));
    }
    assert_non_null(strstr(p.health.sentence, "queue growing for "));
    assert_non_null(strstr(p.health.sentence, ", +16/s, "));
}

/* Half of the requests fail in bursts: that they pause is said, and is no other verdict. */
static void errors_that_pause_keep_their_verdict(void **state) {
    (void)state;
    struct patient p;
    int changes = 0, paused = 0;
    admit(&p);
    set(&p, ERRORS, 0.5);
    look_for(&p, 300);
    for (int i = 0; i < 600; i++) {
        set(&p, ERRORS, i % 30 < 18 ? 95 : 0);
        changes += look(&p);
        paused += strncmp(p.health.sentence, "errors rose", 11) == 0;
    }
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_in_range(changes, 1, 2);
    assert_in_range(paused, 20, 300);
}

/* After a gap nobody knows for a while how fast it grows. */
static void a_queue_after_a_gap_names_no_speed(void **state) {
    (void)state;
    struct patient p;
    grow(&p);
    wt_health_jump(&p.health, 500 * second, 0);
    p.now.monotonic_ns += 500 * second;
    p.now.realtime_ns += 500 * second;
    look(&p);
    assert_non_null(strstr(p.health.sentence, "312 waiting, how fast is not known yet; "));
}

static void errors_say_the_present_rate_and_when_they_ended(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, ERRORS, 0.5);
    look_for(&p, 300);
    set(&p, ERRORS, 12);
    look_for(&p, 40);
    set(&p, ERRORS, 30);
    look_for(&p, 11); /* the mean of 30 s is 19 */
    assert_non_null(strstr(p.health.sentence, ": 30/s (was 0.50/s), 30% of the requests"));
    set(&p, ERRORS, 0.5);
    int end_s = (int)(p.now.realtime_ns / second % 86400), changes = 0, looks = 0;
    assert_in_range(look_until(&p, "errors rose until ", 30), 1, 11);
    assert_in_range(seconds_of_clock(p.health.sentence + strlen("errors rose until ")), end_s,
                    end_s);
    assert_non_null(strstr(p.health.sentence, "/s now (0.50/s before); wait: it clears after "));
    for (; p.health.verdict == WT_VERDICT_WARN && looks < 100; looks++)
        changes += look(&p);
    assert_int_equal(changes, 1);
    assert_well(&p);
}

/* Six workers, of which one is always away: five exits are not all of them, and six are. */
static void flapping_comes_and_goes_once(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.worker_count = 6;
    look_for(&p, 100);
    int changes = 0, crit = 0;
    for (int i = 0; i < 24; i++) { /* every 9 s: six or seven a minute */
        end_worker(&p, "signal 9 (Killed)", true, 9);
        p.service.worker_count = 5;
        changes += look(&p);
        crit += p.health.verdict == WT_VERDICT_CRIT;
        p.service.worker_count = 6;
        for (int k = 0; k < 8; k++)
            changes += look(&p);
    }
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_int_equal(changes, 2); /* WARN with the fourth exit, CRIT with the sixth */
    assert_in_range(crit, 17, 20);
    int64_t ended_ns = p.service.last_exit_realtime_ns;
    char until[WT_FORMAT_SIZE], says[128];
    wt_format_clock(until, sizeof until, ended_ns);
    snprintf(says, sizeof says, "flapped until %s: 7 exits/min, last signal 9 (Killed); wait: it",
             until);
    look_for(&p, 20);
    assert_non_null(strstr(p.health.sentence, "flapping for "));
    int looks = look_until(&p, says, 60), level = WT_VERDICT_CRIT;
    assert_in_range(looks, 1, 3);
    assert_non_null(strstr(p.health.sentence, "clears after 1m00s with at most 1 exit/min"));
    for (changes = 0; p.health.verdict != WT_VERDICT_OK && changes < 2;) {
        assert_int_equal(p.health.verdict, level);
        assert_int_equal(strncmp(p.health.sentence, says, strlen(says)), 0);
        changes += look(&p);
    }
    assert_int_equal(changes, 1);
}

static void the_cure_of_a_kill_names_memory_where_it_may_be_short(void **state) {
    (void)state;
    struct patient p;
    for (int known = 0; known < 3; known++) {
        admit(&p);
        p.findings.memory_count = known > 0;
        p.findings.memory_median_bytes = known == 1 ? 2e6 : known == 2 ? 1e9 : 0;
        for (int i = 0; i < 4; i++)
            end_worker(&p, "signal 9 (Killed)", true, 4000);
        look(&p);
        assert_non_null(strstr(p.health.sentence, "see who kills them: "));
        assert_int_equal(strstr(p.health.sentence, "memory") != NULL, known != 1);
    }
}

static void a_saturated_service_says_whether_its_workers_compute(void **state) {
    (void)state;
    static const struct {
        double cores, busy;
        uint32_t processes, known;
        const char *says;
    } cases[] = {
        {0.2, 20, 10, 10, " (CPU 20%: workers wait)"},
        {1.9, 20, 10, 10, "(CPU 190%: workers wait)"},
        {2.1, 20, 10, 10, NULL},
        {9.1, 20, 10, 10, "(CPU 910%: workers compute)"},
        {1.0, 20, 1, 1, "(CPU 100%: workers compute)"}, /* threads that share a core */
        {0.6, 20, 1, 1, NULL},
        {0.2, 20, 10, 9, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct patient p;
        admit(&p);
        set(&p, BUSY, cases[i].busy);
        set(&p, QUEUE, 8);
        p.service.load = wt_load_unknown();
        p.service.usage = (struct wt_usage){.process_count = cases[i].processes,
                                            .cpu_known_count = cases[i].known,
                                            .cpu_cores = cases[i].cores};
        look_for(&p, 40);
        assert_int_equal(p.health.cause, WT_CAUSE_SATURATED);
        if (cases[i].says == NULL)
            assert_null(strstr(p.health.sentence, "CPU"));
        else
            assert_non_null(strstr(p.health.sentence, cases[i].says));
        /* More workers help where they wait, too; but it is not all that would. */
        bool waits = cases[i].says != NULL && strstr(cases[i].says, "wait") != NULL;
        const char *cure = wt_sentence_cure(p.health.sentence);
        assert_non_null(strstr(cure, " workers ("));
        assert_int_equal(strstr(cure, " in all), or see what workers wait for") != NULL, waits);
    }
}

/* Since it is full, not since the mean of 10 s says so. */
static void a_service_is_saturated_since_it_is_full(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, BUSY, 20);
    set(&p, QUEUE, 8);
    p.service.load = wt_load_unknown();
    for (int i = 0; i < 31; i++) {
        p.service.load.windows[WT_WINDOW_10S].utilization_ratio = i < 10 ? 0.5 + i * 0.05 : 1;
        look(&p);
    }
    assert_non_null(strstr(p.health.sentence, "saturated for 30s: "));
}

int main(void) {
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_that_stands_still_grew_until),
        cmocka_unit_test(a_queue_that_falls_is_not_said_to_grow),
        cmocka_unit_test(a_queue_that_pauses_keeps_its_verdict),
        cmocka_unit_test(a_queue_after_a_gap_names_no_speed),
        cmocka_unit_test(errors_that_pause_keep_their_verdict),
        cmocka_unit_test(errors_say_the_present_rate_and_when_they_ended),
        cmocka_unit_test(flapping_comes_and_goes_once),
        cmocka_unit_test(the_cure_of_a_kill_names_memory_where_it_may_be_short),
        cmocka_unit_test(a_service_is_saturated_since_it_is_full),
        cmocka_unit_test(a_saturated_service_says_whether_its_workers_compute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
