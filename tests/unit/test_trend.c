/* The last minutes of a queue and of errors. */
#include "support/support.h"

#include <math.h>

#include "base/clock.h"
#include "model/trend.h"

static const int64_t second = WT_NS_PER_S, window = 60 * WT_NS_PER_S;

static void a_line_has_its_slope(void **state) {
    (void)state;
    struct wt_queue_trend trend = {0};
    int64_t now = 1000 * second;
    for (int i = 0; i < 60; i++)
        wt_queue_trend_add(&trend, 7 + 3.0 * i, window, now + i * second);
    assert_false(wt_queue_trend_growth(&trend).is_known);
    wt_queue_trend_add(&trend, 7 + 3.0 * 60, window, now + 60 * second);
    struct wt_queue_growth growth = wt_queue_trend_growth(&trend);
    assert_true(growth.is_known && growth.is_steady);
    assert_true(fabs(growth.per_s - 3) < 1e-9);
    assert_true(growth.first < growth.last);
    for (int i = 61; i < 200; i++) /* and down again */
        wt_queue_trend_add(&trend, 200 - i, window, now + i * second);
    growth = wt_queue_trend_growth(&trend);
    assert_true(growth.is_known && !growth.is_steady);
    assert_true(fabs(growth.per_s + 1) < 1e-9);
}

static void one_odd_part_does_not_turn_the_slope(void **state) {
    (void)state;
    struct wt_queue_trend trend = {0};
    for (int i = 0; i <= 60; i++)
        wt_queue_trend_add(&trend, i / 5 == 6 ? 1000 : 2.0 * i, window, (1000 + i) * second);
    assert_true(fabs(wt_queue_trend_growth(&trend).per_s - 2) < 0.5);
}

static void an_unknown_queue_and_a_gap_begin_anew(void **state) {
    (void)state;
    struct wt_queue_trend trend = {0};
    for (int i = 0; i <= 60; i++)
        wt_queue_trend_add(&trend, i, window, (1000 + i) * second);
    assert_true(wt_queue_trend_growth(&trend).is_known);
    wt_queue_trend_add(&trend, NAN, window, 1061 * second);
    assert_false(wt_queue_trend_growth(&trend).is_known);
    for (int i = 0; i <= 60; i++)
        wt_queue_trend_add(&trend, i, window, (2000 + i) * second);
    assert_true(wt_queue_trend_growth(&trend).is_known);
    wt_queue_trend_add(&trend, 61, window / 2, 2061 * second); /* another window */
    assert_false(wt_queue_trend_growth(&trend).is_known);
    wt_queue_trend_skip(&trend);
    assert_false(wt_queue_trend_growth(&trend).is_known);
}

static void seldom_looks_fill_their_parts(void **state) {
    (void)state;
    struct wt_queue_trend trend = {0};
    for (int i = 0; i < 8; i++)
        wt_queue_trend_add(&trend, 10.0 * i, window, (1000 + 10 * i) * second);
    struct wt_queue_growth growth = wt_queue_trend_growth(&trend);
    assert_true(growth.is_known && growth.per_s > 0.5 && growth.per_s < 1.5);
    wt_queue_trend_add(&trend, 5, window, 1000000 * second); /* no endless loop, and no growth */
    growth = wt_queue_trend_growth(&trend);
    assert_true(growth.is_known && growth.per_s == 0);
}

static void errors_are_compared_with_what_was_before(void **state) {
    (void)state;
    struct wt_error_trend trend = {0};
    int64_t now = 1000 * second;
    for (int i = 0; i < 100; i++)
        wt_error_trend_add(&trend, 0.5, 100, false, window, now += second);
    struct wt_error_rates rates = wt_error_trend_rates(&trend);
    assert_true(isnan(rates.base_per_s) && isnan(rates.base_share));
    assert_true(fabs(rates.recent_per_s - 0.5) < 1e-6);
    for (int i = 0; i < 80; i++)
        wt_error_trend_add(&trend, 0.5, 100, false, window, now += second);
    for (int i = 0; i < 70; i++)
        wt_error_trend_add(&trend, 6, 100, true, window, now += second);
    rates = wt_error_trend_rates(&trend);
    assert_true(fabs(rates.recent_per_s - 6) < 1e-4 && fabs(rates.base_per_s - 0.5) < 1e-4);
    assert_true(fabs(rates.recent_share - 0.06) < 1e-4 && fabs(rates.base_share - 0.005) < 1e-4);
    for (int i = 0; i < 600; i++) /* bad times are not learned */
        wt_error_trend_add(&trend, 6, 100, true, window, now += second);
    assert_true(fabs(wt_error_trend_rates(&trend).base_per_s - 0.5) < 1e-4);
}

static void the_base_forgets_what_is_long_ago(void **state) {
    (void)state;
    struct wt_error_trend trend = {0};
    int64_t now = 1000 * second;
    for (int i = 0; i < 1000; i++)
        wt_error_trend_add(&trend, 9, NAN, false, window, now += second);
    for (int i = 0; i < 1400; i++)
        wt_error_trend_add(&trend, 2, NAN, false, window, now += second);
    struct wt_error_rates rates = wt_error_trend_rates(&trend);
    assert_true(fabs(rates.base_per_s - 2) < 1e-4);
    assert_true(isnan(rates.recent_share) && isnan(rates.base_share));
}

static void nothing_is_known_of_a_gap(void **state) {
    (void)state;
    struct wt_error_trend trend = {0};
    int64_t now = 1000 * second;
    for (int i = 0; i < 200; i++)
        wt_error_trend_add(&trend, 1, 10, false, window, now += second);
    wt_error_trend_skip(&trend);
    now += 5000 * second;
    for (int i = 0; i < 30; i++) /* the first rate is over the gap, of which nobody knows */
        wt_error_trend_add(&trend, i == 0 ? 1000 : 1, 10, false, window, now += second);
    struct wt_error_rates rates = wt_error_trend_rates(&trend);
    assert_true(fabs(rates.recent_per_s - 1) < 1e-4 && fabs(rates.base_per_s - 1) < 1e-4);
    wt_error_trend_add(&trend, NAN, NAN, false, window, now += second); /* an unknown rate */
    assert_true(fabs(wt_error_trend_rates(&trend).recent_per_s - 1) < 1e-4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_slope),
        cmocka_unit_test(one_odd_part_does_not_turn_the_slope),
        cmocka_unit_test(an_unknown_queue_and_a_gap_begin_anew),
        cmocka_unit_test(seldom_looks_fill_their_parts),
        cmocka_unit_test(errors_are_compared_with_what_was_before),
        cmocka_unit_test(the_base_forgets_what_is_long_ago),
        cmocka_unit_test(nothing_is_known_of_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
