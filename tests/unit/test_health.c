/* Verdicts over time: thresholds, hysteresis, and the words. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "model/health.h"

static const int64_t second = WT_NS_PER_S;

struct patient {
    struct wt_findings findings;
    struct wt_health health;
    struct wt_time now;
    struct wt_field_stats fields[4]; /* busy, capacity, queue, counter */
    struct wt_service service;
};

static void set(struct patient *patient, int field, double value) {
    patient->fields[field].sum = wt_number_integer((wt_int128)value);
}

static void admit(struct patient *patient) {
    *patient = (struct patient){.now = {.monotonic_ns = 500 * second, .realtime_ns = 9 * second}};
    patient->fields[3].kind = WT_KIND_COUNTER;
    patient->fields[3].rate_per_s = 10;
    patient->service = (struct wt_service){.name = "web",
                                           .worker_count = 4,
                                           .fields = patient->fields,
                                           .field_count = 4,
                                           .busy_field = 0,
                                           .capacity_field = 1,
                                           .queue_field = 2,
                                           .errors_field = -1,
                                           .requests_field = 3,
                                           .load = wt_load_unknown()};
    set(patient, 0, 1);
    set(patient, 1, 20);
    set(patient, 2, 0);
}

/* Looks once a second, `seconds` times. Returns how often a change was reported. */
static int look(struct patient *patient, int seconds) {
    int changes = 0;
    for (int i = 0; i < seconds; i++) {
        if (patient->service.busy_field >= 0 && patient->service.capacity_field >= 0)
            patient->service.utilization_ratio = wt_number_to_double(patient->fields[0].sum) /
                                                 wt_number_to_double(patient->fields[1].sum);
        else
            patient->service.utilization_ratio = NAN;
        patient->now.monotonic_ns += second;
        patient->now.realtime_ns += second;
        changes += wt_health_judge(&patient->health, &wt_health_limits_default, &patient->service,
                                   &patient->findings, patient->now, NULL);
    }
    return changes;
}

static void full_with_a_queue_is_crit_after_30_s(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    assert_int_equal(look(&p, 5), 0);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    assert_string_equal(p.health.sentence, "");
    set(&p, 0, 19); /* 95 % */
    set(&p, 2, 12);
    look(&p, 30);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    assert_int_equal(look(&p, 1), 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    /* Sentence and date agree: it began 30 s before it was said. */
    assert_true(p.health.verdict_since_ns == p.now.realtime_ns - 30 * second);
    assert_string_equal(p.health.sentence,
                        "saturated for 30s: 95% busy (19 of 20), 12 queued; +2 workers (6 in all), "
                        "to bring it to 75%");
    set(&p, 0, 20); /* how much more work there is does not show any more */
    look(&p, 1);
    assert_string_equal(p.health.sentence, "saturated for 31s: 100% busy (20 of 20), 12 queued; at "
                                           "least +2 workers (6 in all)");
    /* It stays until it was below 75 % for 60 s without a break. */
    set(&p, 0, 14);
    look(&p, 59);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_string_equal(p.health.sentence,
                        "recovering for 58s: 70% busy (14 of 20), 12 queued now, was saturated; "
                        "wait: it clears after 1m00s below 75%");
    set(&p, 0, 15);
    look(&p, 1);
    set(&p, 0, 14);
    look(&p, 60);
    assert_int_not_equal(p.health.verdict, WT_VERDICT_OK);
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    assert_string_equal(p.health.sentence, "");
}

/* Timers are late, now more and now less: 30 looks take a hair less than 30 s as often as not. */
static void a_look_that_was_late_makes_no_verdict_late(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, 0, 20);
    set(&p, 2, 3);
    p.now.monotonic_ns += 5 * WT_NS_PER_MS; /* the first one was later than the last one */
    look(&p, 30);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    p.now.monotonic_ns -= 5 * WT_NS_PER_MS;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
}

static void a_break_starts_the_clock_again(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    for (int i = 0; i < 10; i++) {
        set(&p, 0, 20);
        set(&p, 2, 3);
        look(&p, 25);
        set(&p, 0, 10);
        look(&p, 1);
    }
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
}

static void without_a_queue_it_is_a_warning_at_most(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.queue_field = -1; /* unknown */
    set(&p, 0, 20);
    look(&p, 31);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    look(&p, 300);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    /* Known and empty: a warning after 60 s, as for every service above 80 %. */
    admit(&p);
    set(&p, 0, 20);
    look(&p, 60);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    assert_non_null(strstr(p.health.sentence, "nearly saturated for 1m00s: 100% busy (20 of 20)"));
}

static void crit_falls_to_warn_when_the_queue_is_gone(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, 0, 20);
    set(&p, 2, 5);
    look(&p, 40);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    set(&p, 0, 17);
    set(&p, 2, 0);
    look(&p, 60);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_string_equal(p.health.sentence, "no longer saturated, for 59s: 85% busy (17 of 20); +1 "
                                           "worker (5 in all), to bring it to 75%");
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    assert_non_null(strstr(p.health.sentence, "nearly saturated for"));
    /* Nobody reports a capacity any more: no number is made up. */
    p.service.capacity_field = -1;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    assert_string_equal(p.health.sentence,
                        "was nearly saturated, now its utilization is unknown; look at its "
                        "workers: some report no capacity");
}

static void warns_above_80_until_below_75(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, 0, 16);
    look(&p, 61);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    set(&p, 0, 15); /* 75 %: neither */
    look(&p, 600);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    set(&p, 0, 14);
    look(&p, 61);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
}

/* 85 % over any 10 s; of the moment it is above 80 % at one look and below 75 % at the next. */
static void what_jumps_is_judged_by_its_mean(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.load.windows[WT_WINDOW_10S].utilization_ratio = 0.85;
    for (int i = 0; i < 61; i++) {
        set(&p, 0, i % 2 == 0 ? 19 : 14);
        look(&p, 1);
    }
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    p.service.load.windows[WT_WINDOW_10S].utilization_ratio = 0.65;
    for (int i = 0; i < 61; i++) {
        set(&p, 0, i % 2 == 0 ? 16 : 10);
        look(&p, 1);
    }
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
}

static void stuck_and_stale_workers_are_named(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.worker_count = 40;
    p.service.stuck_count = 1;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    assert_non_null(strstr(p.health.sentence, "stuck for over 30s: 1 of 40 workers busy without"));
    p.findings.stuck_id = 12;
    p.findings.stuck_pid = 4711;
    p.findings.stuck_since_ns = p.now.monotonic_ns - 37 * second;
    look(&p, 1);
    assert_string_equal(
        p.health.sentence,
        "stuck for 38s: worker 12 (pid 4711) busy without progress; look at worker 12, then restart it");
    assert_true(p.health.verdict_since_ns == p.now.realtime_ns - 38 * second);
    p.service.stuck_count = 4;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_string_equal(
        p.health.sentence,
        "stuck for 39s: 4 of 40 workers busy without progress, longest worker 12 (pid 4711); "
        "look at the 4 stuck, then restart them");
    /* Worse, but for no other cause: the date stays. */
    assert_true(p.health.verdict_since_ns == p.now.realtime_ns - 39 * second);
    p.findings = (struct wt_findings){0};
    p.service.stuck_count = 0;
    p.service.stale_count = 39;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_WARN);
    assert_non_null(strstr(p.health.sentence, "stale for 3.0s: 39 of 40 workers, no"));
    int64_t since_ns = p.now.realtime_ns - wt_health_limits_default.stale_ns;
    look(&p, 20);
    assert_true(p.health.verdict_since_ns == since_ns);
    p.service.stale_count = 40;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    p.service.stale_count = 0;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
}

/* One worker of 40 is stuck for 39 s at the next look, in what the program calls `label`. */
static const char *stuck_in(struct patient *p, const char *label, const char *request) {
    admit(p);
    p->service.worker_count = 40;
    p->service.stuck_count = 1;
    p->findings.stuck_id = 12;
    p->findings.stuck_pid = 4711;
    p->findings.stuck_since_ns = p->now.monotonic_ns - 38 * second;
    p->findings.stuck_label = label;
    p->findings.stuck_request = request;
    p->findings.stuck_label_ns = p->now.monotonic_ns - 93 * second;
    look(p, 1);
    return p->health.sentence;
}

static void a_stuck_worker_is_told_with_its_work(void **state) {
    (void)state;
    struct patient p;
    assert_string_equal(stuck_in(&p, "POST /checkout", "8f3a"),
                        "stuck for 39s: worker 12 (pid 4711) in POST /checkout (request "
                        "8f3a), busy for 1m34s, no progress; look at worker 12, then restart it");
    assert_string_equal(stuck_in(&p, "POST /checkout", ""),
                        "stuck for 39s: worker 12 (pid 4711) in POST /checkout, busy for 1m34s, "
                        "no progress; look at worker 12, then restart it");
    assert_non_null(strstr(stuck_in(&p, "POST /checkout", NULL),
                           "in POST /checkout, busy for 1m34s, no progress"));
    assert_non_null(strstr(stuck_in(&p, "", "8f3a"),
                           "(pid 4711) in request 8f3a, busy for 1m34s, no progress"));
    assert_string_equal(stuck_in(&p, "", ""), stuck_in(&p, NULL, NULL));
    assert_string_equal(
        stuck_in(&p, NULL, NULL),
        "stuck for 39s: worker 12 (pid 4711) busy without progress; look at worker 12, then "
        "restart it");
    stuck_in(&p, "nightly", "");
    p.service.stuck_count = 3;
    look(&p, 1);
    assert_string_equal(
        p.health.sentence,
        "stuck for 40s: 3 of 40 workers busy without progress, longest worker 12 "
        "(pid 4711) in nightly, busy for 1m35s; look at the 3 stuck, then restart them");
}

/* What a program calls its work is cut at a character and made harmless; the advice stays. */
static void long_and_hostile_labels_are_harmless(void **state) {
    (void)state;
    enum { WORDS = 300 };
    static const char *const pieces[] = {"x",       "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x90\x8c",
                                         "\x1b[2J", "\xff",     "\xe2\x80\xae", "\xc2\x9b",
                                         "\n"};
    struct patient p;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        /* Each length puts the cut at another byte of a character. */
        for (size_t times = 1; times * strlen(pieces[i]) < WORDS; times++) {
            char label[WORDS + 1] = "", again[WT_HEALTH_SENTENCE_SIZE];
            for (size_t n = 0; n < times; n++)
                memcpy(label + n * strlen(pieces[i]), pieces[i], strlen(pieces[i]) + 1);
            const char *sentence = stuck_in(&p, label, label);
            size_t length = wt_text_clean(again, sizeof again, sentence, strlen(sentence));
            assert_string_equal(again, sentence);
            assert_true(length < WT_HEALTH_SENTENCE_SIZE);
            assert_non_null(strstr(sentence, ", busy for 1m34s"));
            assert_non_null(strstr(sentence, "look at worker 12, then restart it"));
        }
    }
    /* With the largest numbers there is no room for the advice, but for who, what and how long. */
    char label[WORDS + 1];
    memset(label, 'L', WORDS);
    label[WORDS] = '\0';
    stuck_in(&p, label, label);
    p.service.stuck_count = p.service.worker_count = UINT32_MAX;
    p.findings.stuck_id = UINT64_MAX;
    p.findings.stuck_pid = INT64_MAX;
    look(&p, 1);
    assert_non_null(strstr(p.health.sentence, "worker 18446744073709551615 (pid "));
    assert_non_null(strstr(p.health.sentence, "in LLLL"));
    assert_non_null(strstr(p.health.sentence, "\xe2\x80\xa6"));
}

/* What holds for a while is told before it counts, and no more when it does or is over. */
static void what_rises_is_told_beside(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, 0, 20);
    set(&p, 2, 12);
    look(&p, 5);
    assert_int_equal(p.health.other_count, 0);
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    assert_string_equal(p.health.sentence, "");
    assert_int_equal(p.health.other_count, 1);
    assert_true(p.health.others[0].is_rising);
    assert_int_equal(p.health.others[0].verdict, WT_VERDICT_OK);
    assert_string_equal(p.health.others[0].sentence,
                        "full for 5.0s: 100% busy (20 of 20), 12 queued, CRIT after 30s");
    set(&p, 2, 0); /* without a queue it is only busy */
    look(&p, 5);
    assert_string_equal(p.health.others[0].sentence,
                        "busy for 10s: 100% busy (20 of 20), WARN after 1m00s");
    set(&p, 2, 12);
    look(&p, 31);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_int_equal(p.health.other_count, 0);
}

static void a_queue_that_rises_is_told_beside(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    look(&p, 30);
    for (int i = 1; i <= 15; i++) {
        set(&p, 2, 5 * i);
        look(&p, 1);
    }
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    assert_int_equal(p.health.other_count, 1);
    assert_int_equal(p.health.others[0].cause, WT_CAUSE_QUEUE_GROWING);
    assert_non_null(strstr(p.health.others[0].sentence, "queue rising for 1"));
    look(&p, 10);
    assert_int_equal(p.health.other_count, 0);
}

/* The verdict's sentence is one; the others are kept, the worst first. */
static void everything_that_is_wrong_is_kept(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, 0, 20);
    set(&p, 2, 12);
    p.service.worker_count = 40;
    look(&p, 31);
    p.service.stuck_count = 40;
    p.service.stale_count = 1;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_int_equal(p.health.cause, WT_CAUSE_SATURATED);
    assert_int_equal(p.health.other_count, 2);
    assert_int_equal(p.health.others[0].cause, WT_CAUSE_STUCK);
    assert_int_equal(p.health.others[0].verdict, WT_VERDICT_CRIT);
    assert_int_equal(p.health.others[1].cause, WT_CAUSE_STALE);
    p.findings.unreadable = "gone";
    look(&p, 1);
    assert_int_equal(p.health.other_count, 0);
}

static void the_worst_wins(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    p.service.worker_count = 40;
    p.service.stuck_count = 1; /* WARN */
    set(&p, 0, 20);
    set(&p, 2, 5);
    look(&p, 31);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
    assert_non_null(strstr(p.health.sentence, "saturated"));
}

static void idle_and_unknown(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, 0, 0);
    p.fields[3].rate_per_s = 0;
    look(&p, 10);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_IDLE);
    p.fields[3].rate_per_s = 0.5;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_OK);
    /* No field that says anything. */
    p.service.busy_field = p.service.queue_field = -1;
    p.fields[3].kind = WT_KIND_GAUGE;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_UNKNOWN);
    assert_non_null(strstr(p.health.sentence, "nothing to judge by"));
    p.service.worker_count = 0;
    p.service.silent_count = 3;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_UNKNOWN);
    assert_non_null(strstr(p.health.sentence, "no worker with metrics: 3 without"));
}

static void an_unreadable_store_judges_nobody(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    set(&p, 0, 20);
    set(&p, 2, 5);
    look(&p, 31);
    p.now.monotonic_ns += second;
    p.findings.unreadable = "the store was truncated underneath";
    assert_true(wt_health_judge(&p.health, &wt_health_limits_default, &p.service, &p.findings,
                                p.now, NULL));
    assert_int_equal(p.health.verdict, WT_VERDICT_UNKNOWN);
    assert_string_equal(p.health.sentence, "not readable: the store was truncated underneath");
    p.findings.unreadable = NULL;
    look(&p, 1);
    assert_int_equal(p.health.verdict, WT_VERDICT_CRIT);
}

static void workers_needed(void **state) {
    (void)state;
    struct patient p;
    admit(&p);
    const struct wt_health_limits *limits = &wt_health_limits_default;
    set(&p, 0, 79);
    set(&p, 1, 80);
    p.service.worker_count = 16;
    p.service.utilization_ratio = 79.0 / 80;
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 22);
    /* It stays while it is about right: 83 busy slots need 22.1, 77 need 20.5, 74 need 19.7. */
    set(&p, 0, 83);
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 22);
    set(&p, 0, 77);
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 22);
    set(&p, 0, 74);
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 20);
    set(&p, 0, 82);
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 22);
    set(&p, 0, 60); /* exactly 75 % */
    p.service.utilization_ratio = 0.75;
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 16);
    set(&p, 0, 0);
    p.service.utilization_ratio = 0;
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 16);
    /* A queue that grows is work, too: 60 busy slots do 100 of the 130 that come in each second. */
    set(&p, 0, 60);
    p.service.utilization_ratio = 0.75;
    p.fields[3].rate_per_s = NAN;
    for (int i = 0; i < 40; i++)
        wt_queue_trend_add(&p.health.queue, 30 * i, 30 * WT_NS_PER_S, (i + 1) * WT_NS_PER_S);
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 16);
    p.fields[3].rate_per_s = 100;
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 21);
    p.service.utilization_ratio = NAN;
    assert_int_equal(wt_health_workers_needed(&p.health, limits, &p.service), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_with_a_queue_is_crit_after_30_s),
        cmocka_unit_test(a_look_that_was_late_makes_no_verdict_late),
        cmocka_unit_test(a_break_starts_the_clock_again),
        cmocka_unit_test(without_a_queue_it_is_a_warning_at_most),
        cmocka_unit_test(crit_falls_to_warn_when_the_queue_is_gone),
        cmocka_unit_test(warns_above_80_until_below_75),
        cmocka_unit_test(what_jumps_is_judged_by_its_mean),
        cmocka_unit_test(stuck_and_stale_workers_are_named),
        cmocka_unit_test(a_stuck_worker_is_told_with_its_work),
        cmocka_unit_test(long_and_hostile_labels_are_harmless),
        cmocka_unit_test(what_rises_is_told_beside),
        cmocka_unit_test(a_queue_that_rises_is_told_beside),
        cmocka_unit_test(everything_that_is_wrong_is_kept),
        cmocka_unit_test(the_worst_wins),
        cmocka_unit_test(idle_and_unknown),
        cmocka_unit_test(an_unreadable_store_judges_nobody),
        cmocka_unit_test(workers_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
