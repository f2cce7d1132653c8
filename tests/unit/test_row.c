/* What one look makes of one worker. */
#include "support/support.h"

#include "base/clock.h"
#include "model/row.h"

static const int64_t second = WT_NS_PER_S;

static struct wt_row_rules rules_at(int64_t now_s) {
    return (struct wt_row_rules){
        .now_ns = now_s * second, .stuck_ns = 30 * second, .stale_ns = 3 * second};
}

static struct wt_row_seen seen_at(int64_t progress_s) {
    return (struct wt_row_seen){
        .has_counters = true, .has_busy = true, .progress_ns = progress_s * second};
}

static void busy_without_progress_is_stuck(void **state) {
    (void)state;
    struct wt_row_rules rules = rules_at(129);
    struct wt_row_seen seen = seen_at(100);
    struct wt_row_status status = wt_row_judge(&rules, &seen);
    assert_int_equal(status.flags, 0);
    assert_true(status.progress_ns == 100 * second);
    rules = rules_at(130);
    status = wt_row_judge(&rules, &seen);
    assert_int_equal(status.flags, WT_ROW_STUCK);
    assert_int_equal(status.state, WT_WORKER_LIVE);
    seen.goes_on = true;
    status = wt_row_judge(&rules, &seen);
    assert_int_equal(status.flags, 0);
    assert_true(status.progress_ns == 130 * second);
}

static void the_first_look_counts_as_progress(void **state) {
    (void)state;
    struct wt_row_rules rules = rules_at(500);
    struct wt_row_seen seen = seen_at(0);
    assert_true(wt_row_judge(&rules, &seen).progress_ns == 500 * second);
    seen.flags = WT_ROW_UNREADABLE; /* but not when nothing was seen */
    assert_true(wt_row_judge(&rules, &seen).progress_ns == 0);
}

static void what_cannot_be_read_proves_nothing(void **state) {
    (void)state;
    struct wt_row_rules rules = rules_at(500);
    struct wt_row_seen seen = seen_at(100);
    seen.flags = WT_ROW_UNREADABLE;
    struct wt_row_status status = wt_row_judge(&rules, &seen);
    assert_int_equal(status.flags, WT_ROW_UNREADABLE);
    assert_true(status.progress_ns == 100 * second);
    seen.goes_on = true;
    assert_true(wt_row_judge(&rules, &seen).progress_ns == 100 * second);
}

static void without_counters_or_a_busy_field_nobody_is_stuck(void **state) {
    (void)state;
    struct wt_row_rules rules = rules_at(500);
    struct wt_row_seen seen = seen_at(100);
    seen.has_busy = false;
    assert_int_equal(wt_row_judge(&rules, &seen).flags, 0);
    assert_true(wt_row_judge(&rules, &seen).progress_ns == 100 * second);
    seen = seen_at(100);
    seen.has_counters = false;
    assert_int_equal(wt_row_judge(&rules, &seen).flags, 0);
    assert_true(wt_row_judge(&rules, &seen).progress_ns == 0);
}

static void stale_after_more_than_the_limit(void **state) {
    (void)state;
    struct wt_row_rules rules = rules_at(103);
    struct wt_row_seen seen = seen_at(103);
    assert_int_equal(wt_row_judge(&rules, &seen).state, WT_WORKER_LIVE); /* no recorder */
    seen.heartbeat_ns = 100 * second;
    assert_int_equal(wt_row_judge(&rules, &seen).state, WT_WORKER_LIVE);
    seen.heartbeat_ns--;
    assert_int_equal(wt_row_judge(&rules, &seen).state, WT_WORKER_STALE);
}

static void a_gap_is_no_silence(void **state) {
    (void)state;
    struct wt_row_rules rules = rules_at(1000);
    rules.gap_begin_ns = 110 * second;
    rules.gap_end_ns = 990 * second;
    assert_true(wt_row_silence_ns(&rules, 100 * second) == 20 * second);
    assert_true(wt_row_silence_ns(&rules, 500 * second) == 10 * second);
    assert_true(wt_row_silence_ns(&rules, 995 * second) == 5 * second);
    assert_false(wt_row_is_stuck(&rules, 100 * second));
    assert_true(wt_row_is_stuck(&rules, 90 * second));
    assert_false(wt_row_is_stuck(&rules, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_without_progress_is_stuck),
        cmocka_unit_test(the_first_look_counts_as_progress),
        cmocka_unit_test(what_cannot_be_read_proves_nothing),
        cmocka_unit_test(without_counters_or_a_busy_field_nobody_is_stuck),
        cmocka_unit_test(stale_after_more_than_the_limit),
        cmocka_unit_test(a_gap_is_no_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
