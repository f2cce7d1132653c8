#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/range.h"

static struct wt_range range_of(const char *text) {
    struct wt_range range;
    struct wt_error err = {.text = ""};
    if (wt_range_parse(text, &range, &err) != WT_OK)
        fail_msg("%s", err.text);
    return range;
}

static bool alerts(const char *text, double value) {
    struct wt_range range = range_of(text);
    struct wt_number number =
        value == floor(value) ? wt_number_integer((wt_int128)value) : wt_number_real(value);
    return wt_range_alerts(&range, number);
}

/* The examples of the plugins' guidelines, and the ends of each. */
static void every_form_alerts_where_it_should(void **state) {
    (void)state;
    static const struct {
        const char *range;
        double value;
        bool alerts;
    } cases[] = {
        {"10", 0, false},        {"10", 10, false},       {"10", 10.5, true},
        {"10", -1, true},        {"10", -0.25, true},     {"10:", 10, false},
        {"10:", 9.75, true},     {"10:", 1e15, false},    {"~:10", 10, false},
        {"~:10", -1e15, false},  {"~:10", 11, true},      {"10:20", 9, true},
        {"10:20", 10, false},    {"10:20", 20, false},    {"10:20", 21, true},
        {"@10:20", 9, false},    {"@10:20", 10, true},    {"@10:20", 15.5, true},
        {"@10:20", 20, true},    {"@10:20", 20.5, false}, {"@10", 0, true},
        {"@10", 10, true},       {"@10", -1, false},      {"@10:", 10, true},
        {"@10:", 9, false},      {"@~:10", -5, true},     {"@~:10", 11, false},
        {"~:", -1e15, false},    {"~:", 1e15, false},     {"@~:", 0, true},
        {"-5:-1", -3, false},    {"-5:-1", 0, true},      {"-2.5:0.5", 0.25, false},
        {"-2.5:.5", 0.75, true}, {"-.5:0", -0.75, true},  {"0:0", 0, false},
        {"0:0", 1, true},        {"0", 0, false},         {"0", 1, true},
        {"5:5", 5, false},       {"0:", -1, true},        {"0:", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (alerts(cases[i].range, cases[i].value) != cases[i].alerts)
            fail_msg("%s and %g", cases[i].range, cases[i].value);
    }
}

static void integers_are_compared_exactly(void **state) {
    (void)state;
    struct wt_range range = range_of("9007199254740992");
    assert_false(wt_range_alerts(&range, wt_number_integer(9007199254740992)));
    assert_true(wt_range_alerts(&range, wt_number_integer(9007199254740993)));
    range = range_of("18446744073709551615:");
    assert_true(wt_range_alerts(&range, wt_number_integer(UINT64_MAX - 1)));
    assert_false(wt_range_alerts(&range, wt_number_integer((wt_int128)UINT64_MAX + 1)));
}

static void what_is_unknown_alerts_never(void **state) {
    (void)state;
    static const char *const texts[] = {"10", "@10", "~:", "@~:", "10:"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wt_range range = range_of(texts[i]);
        assert_false(wt_range_alerts(&range, wt_number_absent()));
        assert_false(wt_range_contains(&range, wt_number_absent()));
    }
}

static void ranges_are_written_as_they_were_read(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"10", "10"},
        {"0:10", "10"},
        {"10:", "10:"},
        {"~:10", "~:10"},
        {"5:10", "5:10"},
        {"@5:10", "@5:10"},
        {"@10", "@10"},
        {"0:", "0:"},
        {"~:", "~:"},
        {"@~:", "@~:"},
        {"-5:-1", "-5:-1"},
        {".5", "0.5"},
        {"0.25:1.50", "0.25:1.5"},
        {"0.0000001:", "0.0000001:"},
        {"18446744073709551616", "18446744073709551616"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wt_range range = range_of(texts[i][0]);
        struct wt_buffer out = {0};
        wt_range_text(&range, &out);
        assert_string_equal(wt_buffer_text(&out), texts[i][1]);
        wt_buffer_fini(&out);
    }
}

static void bad_ranges_are_named(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "abc",  "",     "@",  ":",     ":10",  "10:20:30", "10:~", "~",    "~10",  "1e3",
        "10 ",  " 10",  "+5", "--5",   "5-10", "10,5",     "@@5",  "5:@9", "0x10", "nan",
        "inf:", "null", "5%", "1.2.3", "-",    ".",        "5.",   "007"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wt_range range = {.low = wt_number_integer(77)};
        struct wt_error err;
        char text[200];
        snprintf(text, sizeof text,
                 "%s: must be a range [@][LOW:][HIGH], like 10, 5:, ~:10, 5:10 or @5:10", wrong[i]);
        if (wt_range_parse(wrong[i], &range, &err) != WT_EINVAL)
            fail_msg("'%s' is no range", wrong[i]);
        assert_string_equal(err.text, text);
        assert_true(range.low.integer == 77); /* untouched */
    }
}

static void ends_in_the_wrong_order_are_named(void **state) {
    (void)state;
    struct wt_range range;
    struct wt_error err;
    assert_int_equal(wt_range_parse("10:5", &range, &err), WT_ERANGE);
    assert_string_equal(err.text, "10:5: its first end must not be above its second");
    assert_int_equal(wt_range_parse("@0.5:0.25", &range, &err), WT_ERANGE);
    assert_string_equal(err.text, "@0.5:0.25: its first end must not be above its second");
    assert_int_equal(wt_range_parse("-5", &range, &err), WT_ERANGE);
    assert_string_equal(err.text, "-5: is 0:-5, and 0 is above it; write ~:-5");
    assert_int_equal(wt_range_parse("10:5", &range, NULL), WT_ERANGE);
}

static void a_reason_names_the_end_that_was_passed(void **state) {
    (void)state;
    static const struct {
        const char *range;
        int value;
        const char *reason;
    } cases[] = {
        {"5:10", 11, "above 10"},       {"5:10", 4, "below 5"},         {"10", -1, "below 0"},
        {"~:10", 11, "above 10"},       {"@5:10", 7, "within 5 to 10"}, {"@5:", 7, "at or above 5"},
        {"@~:10", 7, "at or below 10"}, {"@~:", 7, "a number"},         {"0.5", 1, "above 0.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wt_range range = range_of(cases[i].range);
        struct wt_buffer out = {0};
        assert_true(wt_range_alerts(&range, wt_number_integer(cases[i].value)));
        wt_range_reason(&range, wt_number_integer(cases[i].value), &out);
        assert_string_equal(wt_buffer_text(&out), cases[i].reason);
        wt_buffer_fini(&out);
    }
}

static void numbers_have_no_exponent(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},          {-0.0, "0"},
        {0.5, "0.5"},        {-2.25, "-2.25"},
        {1e-7, "0.0000001"}, {1e20, "100000000000000000000"},
        {0.1, "0.1"},        {1.0 / 3, "0.333333333"},
        {396.0, "396"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wt_buffer out = {0};
        wt_range_number(wt_number_real(cases[i].value), &out);
        assert_string_equal(wt_buffer_text(&out), cases[i].text);
        wt_buffer_fini(&out);
    }
    struct wt_buffer out = {0};
    wt_range_number(wt_number_real(-1.7e308), &out);
    assert_int_equal(out.length, 310);
    assert_int_equal(strspn(out.data, "-0123456789"), 310);
    wt_buffer_clear(&out);
    wt_range_number(wt_number_absent(), &out);
    assert_string_equal(wt_buffer_text(&out), "");
    wt_buffer_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_alerts_where_it_should),
        cmocka_unit_test(integers_are_compared_exactly),
        cmocka_unit_test(what_is_unknown_alerts_never),
        cmocka_unit_test(ranges_are_written_as_they_were_read),
        cmocka_unit_test(bad_ranges_are_named),
        cmocka_unit_test(ends_in_the_wrong_order_are_named),
        cmocka_unit_test(a_reason_names_the_end_that_was_passed),
        cmocka_unit_test(numbers_have_no_exponent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
