/* Processes that come and go: which exits are unruly, and what is a rolling restart. */
#include "support/support.h"

#include <signal.h>

#include "base/process.h"
#include "model/churn.h"

static const int64_t second = WT_NS_PER_S;

static void leave(struct wt_churn *churn, int at_s, int born_s, bool is_crash) {
    const struct wt_churn_exit exit = {
        .at_ns = at_s * second, .born_ns = born_s * second, .is_crash = is_crash, .is_first = true};
    wt_churn_add_exit(churn, &exit);
}

static struct wt_churn_figures figures(const struct wt_churn *churn, int at_s) {
    return wt_churn_figures(churn, at_s * second);
}

static void each_replaced_once_is_a_rolling_restart(void **state) {
    (void)state;
    struct wt_churn churn = {0};
    for (int i = 0; i < 6; i++) {
        leave(&churn, 1000 + 10 * i, 10, false);
        wt_churn_add_start(&churn, (1002 + 10 * i) * second);
    }
    struct wt_churn_figures f = figures(&churn, 1052);
    assert_int_equal(f.unruly_workers, 0);
    assert_int_equal(f.replaced, 6);
    assert_true(f.rolling_begin_ns == 1000 * second && f.rolling_last_ns == 1052 * second);
    assert_int_equal(figures(&churn, 1082).replaced, 6);
    assert_int_equal(figures(&churn, 1083).replaced, 0); /* it is over */
    leave(&churn, 2000, 10, false);
    f = figures(&churn, 2001);
    assert_true(f.rolling_begin_ns == 2000 * second && f.replaced == 0);
}

static void a_slot_that_is_replaced_again_is_unruly(void **state) {
    (void)state;
    struct wt_churn churn = {0};
    leave(&churn, 1000, 10, false);
    wt_churn_add_start(&churn, 1001 * second);
    for (int i = 1; i < 4; i++) { /* never apart for long, so one row of restarts */
        leave(&churn, 1000 + 25 * i, 10, false);
        wt_churn_add_start(&churn, (1001 + 25 * i) * second);
    }
    leave(&churn, 1090, 1001, false); /* 89 s old, but started by this restart */
    assert_int_equal(figures(&churn, 1090).unruly_workers, 1);
    leave(&churn, 5000, 4941, false); /* 59 s old */
    assert_int_equal(figures(&churn, 5000).unruly_workers, 1);
    leave(&churn, 5000, 4940, false);
    assert_int_equal(figures(&churn, 5000).unruly_workers, 1);
    assert_int_equal(figures(&churn, 5061).unruly_workers, 0);
}

static void a_start_that_replaces_nobody_is_no_part_of_it(void **state) {
    (void)state;
    struct wt_churn churn = {0};
    for (int i = 0; i < 3; i++) {
        leave(&churn, 1000 + i, 10, false);
        wt_churn_add_start(&churn, (1001 + i) * second);
    }
    for (int i = 0; i < 20; i++) /* crashes are replaced, and the service grows */
        wt_churn_add_start(&churn, (1005 + i) * second);
    assert_int_equal(figures(&churn, 1025).replaced, 3);
    assert_true(figures(&churn, 1025).rolling_last_ns == 1003 * second);
}

static void crashes_are_unruly_at_any_age(void **state) {
    (void)state;
    struct wt_churn churn = {0};
    leave(&churn, 1000, 10, true);
    const struct wt_churn_exit second_worker = {
        .at_ns = 1000 * second, .born_ns = 10 * second, .is_crash = true};
    wt_churn_add_exit(&churn, &second_worker);
    struct wt_churn_figures f = figures(&churn, 1001);
    assert_int_equal(f.unruly_workers, 2);
    assert_int_equal(f.unruly_processes, 1);
    assert_int_equal(f.replaced, 0);
}

static void growing_is_no_restart(void **state) {
    (void)state;
    struct wt_churn churn = {0};
    for (int i = 0; i < 50; i++)
        wt_churn_add_start(&churn, (1000 + i) * second);
    assert_int_equal(figures(&churn, 1050).replaced, 0);
    for (int i = 0; i < 5; i++) /* the last starts may have been meant to replace them */
        leave(&churn, 1052 + i, 10, false);
    assert_int_equal(figures(&churn, 1056).replaced, WT_CHURN_EARLY_STARTS);
    leave(&churn, 2000, 10, false); /* starts of long before are not */
    assert_int_equal(figures(&churn, 2000).replaced, 0);
}

/* Also where the look that sees the end comes after the one that sees the start. */
static void who_replaces_may_come_before(void **state) {
    (void)state;
    struct wt_churn churn = {0};
    for (int i = 0; i < 6; i++) {
        wt_churn_add_start(&churn, (1000 + 2 * i) * second);
        assert_int_equal(figures(&churn, 1000 + 2 * i).missing, i == 0 ? 0 : -1);
        leave(&churn, 1001 + 2 * i, 10, false);
        assert_int_equal(figures(&churn, 1001 + 2 * i).replaced, i + 1);
        assert_int_equal(figures(&churn, 1001 + 2 * i).missing, 0);
    }
}

static void ended_by_a_supervisor_is_no_crash(void **state) {
    (void)state;
    assert_false(wt_process_crashed(0));
    assert_false(wt_process_crashed(SIGTERM));
    assert_false(wt_process_crashed(SIGINT));
    assert_false(wt_process_crashed((128 + SIGTERM) << 8));
    assert_true(wt_process_crashed(SIGKILL));
    assert_true(wt_process_crashed(SIGSEGV | 0x80));
    assert_true(wt_process_crashed(1 << 8));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_replaced_once_is_a_rolling_restart),
        cmocka_unit_test(a_slot_that_is_replaced_again_is_unruly),
        cmocka_unit_test(a_start_that_replaces_nobody_is_no_part_of_it),
        cmocka_unit_test(crashes_are_unruly_at_any_age),
        cmocka_unit_test(growing_is_no_restart),
        cmocka_unit_test(who_replaces_may_come_before),
        cmocka_unit_test(ended_by_a_supervisor_is_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
