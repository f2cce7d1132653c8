/* Seconds and minutes against a truth that is kept beside them, over more than a day; and how much
 * memory it takes. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/past.h"

enum { BEGIN = 1000020, HOURS = 30, TRUTH_SECONDS = HOURS * 3600, TRUTH_MINUTES = HOURS * 60 };

/* What really was: each look counts in its second, each known second in its minute. */
struct truth {
    double sums[TRUTH_SECONDS], least[TRUTH_MINUTES], most[TRUTH_MINUTES];
    int looks[TRUTH_SECONDS];
};

static uint64_t seed = 1;

static double chance(void) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static void note(struct truth *truth, double at_s, double value) {
    int second = (int)(floor(at_s) - BEGIN), minute = (int)floor(at_s / 60) - BEGIN / 60;
    truth->sums[second] += value;
    truth->looks[second]++;
    truth->least[minute] = fmin(truth->least[minute], value);
    truth->most[minute] = fmax(truth->most[minute], value);
}

static double second_of(const struct truth *truth, int second) {
    return truth->looks[second] ? truth->sums[second] / truth->looks[second] : (double)NAN;
}

static struct wt_extent minute_of(const struct truth *truth, int minute) {
    double sum = 0;
    int known = 0;
    for (int i = 0; i < 60; i++) {
        int second = minute * 60 + i;
        if (second < TRUTH_SECONDS && truth->looks[second]) {
            sum += second_of(truth, second);
            known++;
        }
    }
    if (known == 0)
        return (struct wt_extent){(double)NAN, (double)NAN, (double)NAN};
    return (struct wt_extent){truth->least[minute], sum / known, truth->most[minute]};
}

static void same(double value, double wanted) {
    if (isnan(wanted) ? !isnan(value) : !(fabs(value - wanted) <= 1e-5 * (1 + fabs(wanted))))
        fail_msg("%.9g instead of %.9g", value, wanted);
}

static void check(const struct wt_series *series, const struct truth *truth, int newest) {
    for (int i = newest - WT_HISTORY_SECONDS + 1; i <= newest; i++)
        same(wt_series_get(series, BEGIN + i), second_of(truth, i));
    int last = newest / 60;
    for (int i = last - WT_HISTORY_MINUTES + 1; i <= last; i++) {
        struct wt_extent got = wt_series_minute(series, BEGIN / 60 + i);
        struct wt_extent wanted = minute_of(truth, i);
        same(got.min, wanted.min);
        same(got.mean, wanted.mean);
        same(got.max, wanted.max);
    }
}

/* Looks four times a second for a while, once a second at other times; sometimes nobody looks for
 * minutes. Looks of one second after such a pause speak for that second alone. */
static void both_tiers_agree_with_a_truth(void **state) {
    (void)state;
    struct past *past = malloc(sizeof *past);
    struct truth *truth = calloc(1, sizeof *truth);
    assert_true(past != NULL && truth != NULL);
    for (int i = 0; i < TRUTH_MINUTES; i++) {
        truth->least[i] = INFINITY;
        truth->most[i] = -INFINITY;
    }
    past_open(past, 1, 7);
    int newest = 0;
    for (double at = 0; at < TRUTH_SECONDS - 1;) {
        double value = floor(chance() * 1000) / 8;
        past_look(past, BEGIN + at, value);
        note(truth, BEGIN + at, value);
        newest = (int)at;
        bool dense = (int)(at / 600) % 3 == 1;
        at = chance() < 0.001 ? floor(at) + 30 + floor(chance() * 300)
             : dense          ? at + 0.25
                              : floor(at) + 1;
    }
    check(wt_history_series(past->history, "service-00", WT_SERIES_UTILIZATION), truth, newest);
    check(wt_history_series(past->history, "service-00", WT_SERIES_QUEUE), truth, newest);
    check(wt_history_field(past->history, "service-00", "field_5"), truth, newest);
    check(wt_history_field(past->history, "service-00", "field_6"), truth, newest);
    /* A special field is that of its role, and kept once. */
    assert_ptr_equal(wt_history_field(past->history, "service-00", "field_2"),
                     wt_history_series(past->history, "service-00", WT_SERIES_QUEUE));
    assert_null(wt_history_field(past->history, "service-00", "nothing"));
    /* What is older than a day is gone, and says so. */
    const struct wt_series *series =
        wt_history_series(past->history, "service-00", WT_SERIES_UTILIZATION);
    assert_true(isnan(wt_series_get(series, BEGIN + newest - WT_HISTORY_SECONDS - 240)));
    assert_true(isnan(wt_series_minute(series, (BEGIN + newest) / 60 - 1500).mean));
    assert_true(wt_history_oldest(past->history) ==
                ((BEGIN + newest) / 60 - WT_HISTORY_MINUTES + 1) * 60);
    past_close(past);
    free(past);
    free(truth);
}

/* A second of which only the minute is kept is that minute's mean; a gap stays one. */
static void an_older_second_is_its_minute(void **state) {
    (void)state;
    struct past *past = malloc(sizeof *past);
    assert_non_null(past);
    past_open(past, 1, 5);
    int64_t begin = 60 * 20000;
    for (int i = 0; i < 4 * 3600; i++)
        if (i < 600 || i >= 1800) /* nobody looked for 20 minutes */
            past_look(past, (double)(begin + i), i % 60);
    const struct wt_series *series =
        wt_history_series(past->history, "service-00", WT_SERIES_UTILIZATION);
    same(wt_series_at(series, begin + 120 + 7), 29.5);
    assert_true(isnan(wt_series_get(series, begin + 120 + 7)));
    assert_true(isnan(wt_series_at(series, begin + 900)));
    same(wt_series_at(series, begin + 4 * 3600 - 100), (4 * 3600 - 100) % 60);
    assert_true(wt_history_is_coarse(past->history, begin + 120));
    assert_false(wt_history_is_coarse(past->history, begin + 4 * 3600 - 3600));
    past_close(past);
    free(past);
}

/* The clock is set back by 90 s: the seconds after it are still to come, and the minute that it
 * came back to is added up from what is left of it. */
static void a_clock_set_back_forgets_what_is_to_come(void **state) {
    (void)state;
    struct past *past = malloc(sizeof *past);
    assert_non_null(past);
    past_open(past, 1, 6);
    int64_t begin = 60 * 30000;
    for (int i = 0; i < 200; i++)
        past_look(past, (double)(begin + i), 10);
    past_look(past, (double)(begin + 90), 40);
    const struct wt_series *series[] = {
        wt_history_series(past->history, "service-00", WT_SERIES_UTILIZATION),
        wt_history_field(past->history, "service-00", "field_5")};
    for (size_t i = 0; i < 2; i++) {
        same(wt_series_get(series[i], begin + 89), 10);
        same(wt_series_get(series[i], begin + 90), 40);
        assert_true(isnan(wt_series_get(series[i], begin + 91)));
        assert_true(isnan(wt_series_at(series[i], begin + 199)));
        same(wt_series_minute(series[i], begin / 60 + 1).mean, (30 * 10 + 40) / 31.0);
        same(wt_series_minute(series[i], begin / 60 + 1).max, 40);
        assert_true(isnan(wt_series_minute(series[i], begin / 60 + 2).mean));
    }
    assert_true(wt_history_newest(past->history) == begin + 90);
    for (int i = 91; i < 130; i++)
        past_look(past, (double)(begin + i), 20);
    same(wt_series_get(series[0], begin + 129), 20);
    same(wt_series_minute(series[0], begin / 60 + 1).mean, (30 * 10 + 40 + 29 * 20) / 60.0);
    same(wt_series_minute(series[0], begin / 60 + 2).min, 20);
    past_close(past);
    free(past);
}

static void a_clock_set_forward_is_a_gap(void **state) {
    (void)state;
    struct past *past = malloc(sizeof *past);
    assert_non_null(past);
    past_open(past, 1, 5);
    for (int i = 0; i < 100; i++)
        past_look(past, 5000 + i, 1);
    for (int i = 0; i < 100; i++)
        past_look(past, 8000 + i, 2);
    const struct wt_series *series =
        wt_history_series(past->history, "service-00", WT_SERIES_QUEUE);
    same(wt_series_get(series, 5099), 1);
    for (int64_t second = 5100; second < 8000; second++)
        assert_true(isnan(wt_series_at(series, second)));
    same(wt_series_get(series, 8000), 2);
    past_close(past);
    free(past);
}

/* 8 services with 20 known series each: the sentence of history.h. */
static void memory_is_what_the_header_says(void **state) {
    (void)state;
    struct past *past = malloc(sizeof *past);
    assert_non_null(past);
    past_open(past, 8, 5 + 3); /* 17 of the table are known, and 3 of its own */
    enum { UNKNOWN = 6 };      /* those of past.everything */
    assert_int_equal(WT_SERIES_KINDS - UNKNOWN + 3, 20);
    size_t hour = 0, day = 0;
    for (int i = 0; i < 27 * 3600; i++) {
        past_look(past, i, 1);
        hour = i == 3600 ? wt_history_bytes(past->history) : hour;
        day = i == 26 * 3600 ? wt_history_bytes(past->history) : day;
    }
    print_message("8 services, 20 series: %.2f MB after an hour, %.2f after a day\n",
                  (double)hour / 1e6, (double)day / 1e6);
    assert_true(hour < 3100000);
    assert_true(day > 5000000 && day < 5800000);
    assert_int_equal(wt_history_bytes(past->history), day); /* and never more */
    past_close(past);
    free(past);
}

/* More services and fields than there is room for, for a day, and as many others the day after. */
static void the_worst_case_is_bounded(void **state) {
    (void)state;
    struct past *past = malloc(sizeof *past);
    assert_non_null(past);
    past_open(past, PAST_SERVICES, PAST_FIELDS);
    past->everything = true;
    past_look(past, 1, 1);
    assert_true(wt_history_left_out(past->history) >= PAST_SERVICES - WT_HISTORY_SERVICES);
    for (int day = 0; day < 2; day++) {
        for (size_t i = 0; i < PAST_SERVICES; i++)
            snprintf(past->names[i], sizeof past->names[i], "day-%d-%02zu", day, i);
        for (int i = 0; i < 1500; i++) /* two seconds of each minute take every chunk, too */
            for (int second = 0; second < 2; second++)
                past_look(past, day * 100000 + 60 * i + second, 1);
        for (int i = 0; i < 3900; i += 60)
            past_look(past, day * 100000 + 90000 + i, 1);
        print_message("at most: %.1f MB\n", (double)wt_history_bytes(past->history) / 1e6);
        assert_true(wt_history_bytes(past->history) < 70000000);
        assert_non_null(wt_history_series(past->history, past->names[0], WT_SERIES_QUEUE));
    }
    assert_null(wt_history_series(past->history, "day-0-00", WT_SERIES_QUEUE));
    past_close(past);
    free(past);
}

/* A schema changes: the new fields take the places of those that are gone, not of those in use. */
static void fields_come_and_go(void **state) {
    (void)state;
    struct past *past = malloc(sizeof *past);
    assert_non_null(past);
    past_open(past, 1, 5 + WT_HISTORY_OWN);
    for (int i = 0; i < 10; i++)
        past_look(past, 100 + i, i);
    assert_int_equal(wt_history_left_out(past->history), 0);
    snprintf(past->keys[7], sizeof past->keys[7], "another");
    for (int i = 10; i < 20; i++)
        past_look(past, 100 + i, i);
    assert_null(wt_history_field(past->history, "service-00", "field_7"));
    const struct wt_series *another = wt_history_field(past->history, "service-00", "another");
    assert_true(isnan(wt_series_get(another, 109)));
    same(wt_series_get(another, 112), 12);
    same(wt_series_get(wt_history_field(past->history, "service-00", "field_8"), 105), 5);
    past_close(past);
    free(past);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_tiers_agree_with_a_truth),
        cmocka_unit_test(an_older_second_is_its_minute),
        cmocka_unit_test(a_clock_set_back_forgets_what_is_to_come),
        cmocka_unit_test(a_clock_set_forward_is_a_gap),
        cmocka_unit_test(memory_is_what_the_header_says),
        cmocka_unit_test(the_worst_case_is_bounded),
        cmocka_unit_test(fields_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
