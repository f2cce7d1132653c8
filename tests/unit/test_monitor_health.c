/* The verdict on the monitor itself. */
#include "support/support.h"

#include "base/clock.h"
#include "model/monitor_health.h"

static const int64_t second = WT_NS_PER_S;

struct self {
    struct wt_monitor_health health;
    struct wt_monitor_findings found;
    struct wt_time now;
};

static void begin(struct self *self) {
    *self = (struct self){
        .found = {.store = "",
                  .recorders = "",
                  .server = "",
                  .publisher = "",
                  .config = "",
                  .last_failure = "",
                  .took_ns = second / 100,
                  .period_ns = second},
        .now = {.realtime_ns = 7 * second, .monotonic_ns = 1000 * second},
    };
}

/* Looks once a second; returns how often something is to be told. */
static int look(struct self *self, int seconds) {
    int told = 0;
    for (int i = 0; i < seconds; i++) {
        self->now.monotonic_ns += second;
        self->now.realtime_ns += second;
        told += wt_monitor_health_judge(&self->health, &self->found, self->now);
    }
    return told;
}

static void all_is_well(void **state) {
    (void)state;
    struct self self;
    begin(&self);
    assert_int_equal(look(&self, 5), 0);
    assert_int_equal(self.health.verdict, WT_VERDICT_OK);
    assert_string_equal(self.health.sentence, "");
    assert_true(self.health.since_ns == 8 * second);
}

static void the_worst_has_the_word(void **state) {
    (void)state;
    struct self self;
    begin(&self);
    self.found.config = "config.json:3: is wrong";
    look(&self, 1);
    assert_int_equal(self.health.verdict, WT_VERDICT_WARN);
    assert_string_equal(self.health.sentence, "config.json:3: is wrong");
    self.found.server = "too many files are open";
    look(&self, 1);
    assert_string_equal(self.health.sentence, "too many files are open");
    assert_true(self.health.since_ns == 8 * second); /* WARN all the time */
    self.found.store = "the store is at its maximum";
    look(&self, 1);
    assert_int_equal(self.health.verdict, WT_VERDICT_CRIT);
    assert_string_equal(self.health.sentence, "the store is at its maximum");
    assert_true(self.health.since_ns == 10 * second);
    self.found.store = self.found.server = self.found.config = "";
    self.found.recorders = "recorders cannot grow";
    assert_int_equal(look(&self, 1), 0);
    assert_int_equal(self.health.verdict, WT_VERDICT_WARN);
}

static void setups_that_fail_are_told_from_the_third_on(void **state) {
    (void)state;
    struct self self;
    begin(&self);
    self.found.failed_setups = 2;
    self.found.last_failure = "worker 9 has no metrics: mmap failed";
    look(&self, 5);
    assert_int_equal(self.health.verdict, WT_VERDICT_OK);
    self.found.failed_setups = 3;
    assert_int_equal(look(&self, 5), 1);
    assert_string_equal(
        self.health.sentence,
        "registrations fail, 3 in the last minute: worker 9 has no metrics: mmap failed");
    self.found.failed_setups = 0;
    assert_int_equal(look(&self, 5), 1);
    assert_int_equal(self.health.verdict, WT_VERDICT_OK);
}

static void slow_looks_are_told_after_10_s(void **state) {
    (void)state;
    struct self self;
    begin(&self);
    look(&self, 1);
    self.found.took_ns = second / 2;
    look(&self, 10);
    assert_int_equal(self.health.verdict, WT_VERDICT_OK);
    assert_int_equal(look(&self, 1), 1);
    assert_string_equal(
        self.health.sentence,
        "looks take 500ms of every 1.0s: too many workers for this host; raise --interval");
    self.found.took_ns = second / 3; /* neither */
    assert_int_equal(look(&self, 60), 0);
    assert_int_equal(self.health.verdict, WT_VERDICT_WARN);
    self.found.took_ns = second / 5;
    assert_int_equal(look(&self, 11), 1);
    assert_int_equal(self.health.verdict, WT_VERDICT_OK);
}

static void late_looks_too_but_not_a_single_one(void **state) {
    (void)state;
    struct self self;
    begin(&self);
    for (int i = 0; i < 20; i++) {
        self.found.late_ns = i % 2 * 2 * second;
        look(&self, 1);
    }
    assert_int_equal(self.health.verdict, WT_VERDICT_OK);
    self.found.late_ns = 2 * second;
    look(&self, 6);
    wt_monitor_health_jump(&self.health, 100 * second, 0); /* a gap is not lateness */
    self.now.monotonic_ns += 100 * second;
    self.now.realtime_ns += 100 * second;
    look(&self, 3);
    assert_int_equal(self.health.verdict, WT_VERDICT_OK);
    look(&self, 3);
    assert_int_equal(self.health.verdict, WT_VERDICT_WARN);
    assert_string_equal(
        self.health.sentence,
        "looks are late by 2.0s, one is due every 1.0s: the host starves the monitor of CPU");
    int64_t since = self.health.since_ns;
    wt_monitor_health_jump(&self.health, 0, -5 * second); /* the clock was set back */
    assert_true(self.health.since_ns == since - 5 * second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(the_worst_has_the_word),
        cmocka_unit_test(setups_that_fail_are_told_from_the_third_on),
        cmocka_unit_test(slow_looks_are_told_after_10_s),
        cmocka_unit_test(late_looks_too_but_not_a_single_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
