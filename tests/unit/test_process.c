/* Processes: our own as the kernel shows it, and those of a simulation. */
#include "support/support.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"

static void the_kernel_knows_us(void **state) {
    (void)state;
    struct wt_process_look look;
    assert_int_equal(wt_process_look(getpid(), &look, NULL), WT_OK);
    assert_true(look.start_ticks > 0);
    assert_false(wt_process_is_gone(getpid(), look.start_ticks));
    assert_true(wt_process_is_gone(getpid(), look.start_ticks + 1)); /* another one of this pid */
}

struct table {
    bool lives;
    int64_t uptime_ns;
};

static bool look(void *context, int64_t pid, struct wt_process_look *out) {
    *out = (struct wt_process_look){.start_ticks = 700, .state = 'S', .threads = 1};
    return pid == 12 && ((const struct table *)context)->lives;
}

static int64_t uptime(void *context) {
    return ((const struct table *)context)->uptime_ns;
}

static void a_simulation_answers_for_the_kernel(void **state) {
    (void)state;
    struct table table = {.lives = true, .uptime_ns = 20 * WT_NS_PER_S};
    const struct wt_process_source source = {look, uptime, &table};
    struct wt_process_look found;
    bool gone;
    wt_process_override(&source);
    assert_int_equal(wt_process_look(12, &found, NULL), WT_OK);
    assert_int_equal(found.start_ticks, 700);
    assert_int_equal(wt_process_look(getpid(), &found, NULL), WT_ENOENT);
    assert_int_equal(wt_process_age_ns(700),
                     20 * WT_NS_PER_S - 700 * WT_NS_PER_S / sysconf(_SC_CLK_TCK));
    assert_int_equal(wt_process_open(12, 700, &gone), -1);
    assert_false(gone);
    assert_true(wt_process_is_gone(12, 701));
    table.lives = false;
    assert_true(wt_process_is_gone(12, 700));
    assert_int_equal(wt_process_open(12, 700, &gone), -1);
    assert_true(gone);
    wt_process_override(NULL);
    assert_int_equal(wt_process_look(getpid(), &found, NULL), WT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_knows_us),
        cmocka_unit_test(a_simulation_answers_for_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
