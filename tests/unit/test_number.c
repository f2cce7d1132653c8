#include "support/support.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

static const char *text_of(struct wt_number number) {
    static char text[WT_NUMBER_TEXT_SIZE];
    size_t length = wt_number_text(number, text);
    assert_int_equal(length, strlen(text));
    return text;
}

static struct wt_number parsed(const char *text) {
    struct wt_number number;
    assert_true(wt_number_parse(text, strlen(text), &number));
    return number;
}

static void integers_print_in_full(void **state) {
    (void)state;
    assert_string_equal(text_of(wt_number_integer(0)), "0");
    assert_string_equal(text_of(wt_number_integer(-7)), "-7");
    assert_string_equal(text_of(wt_number_integer(UINT64_MAX)), "18446744073709551615");
    wt_int128 large = (wt_int128)UINT64_MAX * 5000;
    assert_string_equal(text_of(wt_number_integer(large)), "92233720368547758075000");
    wt_int128 most = (wt_int128)1 << 126;
    most += most - 1;
    assert_string_equal(text_of(wt_number_integer(most)),
                        "170141183460469231731687303715884105727");
    assert_string_equal(text_of(wt_number_integer(-most - 1)),
                        "-170141183460469231731687303715884105728");
}

static void reals_print_short_and_read_back(void **state) {
    (void)state;
    assert_string_equal(text_of(wt_number_real(0.1)), "0.1");
    assert_string_equal(text_of(wt_number_real(0.25)), "0.25");
    assert_string_equal(text_of(wt_number_real(5)), "5.0");
    assert_string_equal(text_of(wt_number_real(-0.0)), "-0.0");
    assert_string_equal(text_of(wt_number_real(1e300)), "1e+300");
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        double value;
        memcpy(&value, &random, sizeof value);
        if (!isfinite(value))
            continue;
        struct wt_number back = parsed(text_of(wt_number_real(value)));
        assert_int_equal(back.kind, WT_NUMBER_REAL);
        assert_memory_equal(&back.real, &value, sizeof value);
    }
    const double edges[] = {DBL_MAX, DBL_MIN, -DBL_MAX, 4.9e-324, 0.1 + 0.2, 1.0 / 3};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        assert_true(parsed(text_of(wt_number_real(edges[i]))).real == edges[i]);
}

static void what_is_not_finite_is_absent(void **state) {
    (void)state;
    assert_string_equal(text_of(wt_number_real(NAN)), "null");
    assert_string_equal(text_of(wt_number_real(-INFINITY)), "null");
    assert_true(isnan(wt_number_to_double(wt_number_absent())));
    assert_int_equal(parsed("null").kind, WT_NUMBER_ABSENT);
    struct wt_number sum = wt_number_add(wt_number_real(DBL_MAX), wt_number_real(DBL_MAX));
    assert_int_equal(sum.kind, WT_NUMBER_ABSENT);
}

static void numbers_parse_exactly_or_not_at_all(void **state) {
    (void)state;
    const char *const whole[] = {"0",
                                 "-1",
                                 "18446744073709551615",
                                 "170141183460469231731687303715884105727",
                                 "-170141183460469231731687303715884105728",
                                 "9007199254740993"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        assert_int_equal(parsed(whole[i]).kind, WT_NUMBER_INTEGER);
        assert_string_equal(text_of(parsed(whole[i])), whole[i]);
    }
    assert_int_equal(parsed("1e3").kind, WT_NUMBER_REAL);
    assert_true(parsed("-1.5E-2").real == -0.015);
    const char *const wrong[] = {"",
                                 "-",
                                 "+1",
                                 "01",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "1e+",
                                 "0x10",
                                 "NaN",
                                 "inf",
                                 "1 ",
                                 " 1",
                                 "1,5",
                                 "1e999",
                                 "170141183460469231731687303715884105728",
                                 "-170141183460469231731687303715884105729",
                                 "nul",
                                 "1_000"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wt_number number;
        assert_false(wt_number_parse(wrong[i], strlen(wrong[i]), &number));
        assert_int_equal(number.kind, WT_NUMBER_ABSENT);
    }
}

static void the_locale_changes_nothing(void **state) {
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (setlocale(LC_NUMERIC, names[i]) != NULL)
            break; /* where none is installed, the C locale is tested once more */
    }
    assert_string_equal(text_of(wt_number_real(0.5)), "0.5");
    assert_string_equal(text_of(wt_number_real(1.5e-7)), "1.5e-07");
    assert_true(parsed("1234.5678").real == 1234.5678);
    struct wt_number number;
    assert_false(wt_number_parse("1,5", 3, &number));
    setlocale(LC_NUMERIC, "C");
}

static void numbers_add(void **state) {
    (void)state;
    struct wt_number one = wt_number_integer(1), half = wt_number_real(0.5);
    assert_string_equal(text_of(wt_number_add(one, wt_number_absent())), "1");
    assert_string_equal(text_of(wt_number_add(wt_number_absent(), half)), "0.5");
    assert_int_equal(wt_number_add(wt_number_absent(), wt_number_absent()).kind, WT_NUMBER_ABSENT);
    assert_string_equal(text_of(wt_number_add(one, half)), "1.5");
    struct wt_number most = wt_number_integer(UINT64_MAX);
    assert_string_equal(text_of(wt_number_add(most, most)), "36893488147419103230");
    struct wt_number end = parsed("170141183460469231731687303715884105727");
    assert_int_equal(wt_number_add(end, one).kind, WT_NUMBER_REAL);
}

static void numbers_compare_without_rounding(void **state) {
    (void)state;
    const char *const sorted[] = {"null",
                                  "-1e300",
                                  "-170141183460469231731687303715884105728",
                                  "-1.5",
                                  "-1",
                                  "0",
                                  "0.5",
                                  "9007199254740992",
                                  "9007199254740993",
                                  "9.007199254740994e15",
                                  "170141183460469231731687303715884105727",
                                  "1e300"};
    size_t count = sizeof sorted / sizeof sorted[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++)
            assert_int_equal(wt_number_compare(parsed(sorted[i]), parsed(sorted[j])),
                             (i > j) - (i < j));
    }
    assert_int_equal(wt_number_compare(parsed("5"), parsed("5.0")), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_print_in_full),
        cmocka_unit_test(reals_print_short_and_read_back),
        cmocka_unit_test(what_is_not_finite_is_absent),
        cmocka_unit_test(numbers_parse_exactly_or_not_at_all),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(numbers_add),
        cmocka_unit_test(numbers_compare_without_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
