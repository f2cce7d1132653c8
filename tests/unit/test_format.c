#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/format.h"

#define CHECK(call_name, value, expected)                                                          \
    do {                                                                                           \
        char shown[WT_FORMAT_SIZE];                                                                \
        assert_int_equal(wt_format_##call_name(shown, sizeof shown, value), strlen(expected));     \
        assert_string_equal(shown, expected);                                                      \
    } while (0)

static void rates_and_counts(void **state) {
    (void)state;
    CHECK(si, 0, "0");
    CHECK(si, 7, "7");
    CHECK(si, 42, "42");
    CHECK(si, 999, "999");
    CHECK(si, 999.4, "999");
    CHECK(si, 999.5, "1.00k");
    CHECK(si, 1240, "1.24k");
    CHECK(si, 9994, "9.99k");
    CHECK(si, 9996, "10.0k");
    CHECK(si, 87500, "87.5k");
    CHECK(si, 99960, "100k");
    CHECK(si, 999499, "999k");
    CHECK(si, 999501, "1.00M");
    CHECK(si, 1e6, "1.00M");
    CHECK(si, 18446744073709551615.0, "18.4E");
    CHECK(si, 3.4e38, "3e38");
    CHECK(si, 0.25, "0.25");
    CHECK(si, 3.14159, "3.14");
    CHECK(si, 12.5, "12.5");
    CHECK(si, 9.996, "10.0");
    CHECK(si, 99.96, "100");
    CHECK(si, 0.004, "0.004");
    CHECK(si, 0.0001, "0.00");
    CHECK(si, -1240, "-1.24k");
    CHECK(si, NAN, "-");
    CHECK(si, INFINITY, "inf");
}

static void sizes(void **state) {
    (void)state;
    CHECK(bytes, 0, "0B");
    CHECK(bytes, 512, "512B");
    CHECK(bytes, 1023, "1023B");
    CHECK(bytes, 65536, "64K");
    CHECK(bytes, 1536 * 1024, "1.5M");
    CHECK(bytes, 1 << 20, "1M");
    CHECK(bytes, (1 << 20) - 1, "1.0M");
    CHECK(bytes, INT64_C(3328599655), "3.1G");
    CHECK(bytes, 644 * 1048576 + 1, "644M");
    CHECK(bytes, INT64_MAX, "8.0E");
    CHECK(bytes, -1, "-");
}

static void durations(void **state) {
    (void)state;
    const int64_t s = 1000000000;
    CHECK(duration, 0, "0s");
    CHECK(duration, 42000, "42us");
    CHECK(duration, 850000000, "850ms");
    CHECK(duration, s, "1.0s");
    CHECK(duration, 1990000000, "1.9s");
    CHECK(duration, 10 * s, "10s");
    CHECK(duration, 59 * s, "59s");
    CHECK(duration, 94 * s, "1m34s");
    CHECK(duration, 372 * s, "6m12s");
    CHECK(duration, 21720 * s, "6h02m");
    CHECK(duration, (12 * 86400 + 4 * 3600) * s, "12d04h");
    CHECK(duration, INT64_MAX, "106751d23h");
    CHECK(duration, -1, "-");
    CHECK(seconds, 0.0, "0s");
    CHECK(seconds, 0.00004249, "42us");
    CHECK(seconds, 0.0009996, "1ms");
    CHECK(seconds, 0.0856, "86ms");
    CHECK(seconds, 0.9996, "1.0s");
    CHECK(seconds, 1.96, "2.0s");
    CHECK(seconds, 9.97, "10s");
    CHECK(seconds, 93.6, "1m34s");
    CHECK(seconds, (double)INFINITY, "11574d01h");
    CHECK(seconds, (double)NAN, "-");
    CHECK(seconds, -0.1, "-");
}

static void ratios(void **state) {
    (void)state;
    CHECK(percent, 0.873, "87%");
    CHECK(percent, 0.0004, "0%");
    CHECK(percent, 1.0, "100%");
    CHECK(percent, 1.25, "125%");
    CHECK(percent, NAN, "?");
    CHECK(percent, INFINITY, "?");
    CHECK(percent, -0.1, "?");
}

static void times(void **state) {
    (void)state;
    char text[40];
    wt_format_rfc3339(text, sizeof text, INT64_C(1795182571123456789));
    assert_string_equal(text, "2026-11-20T13:49:31.123456789Z");
    wt_format_rfc3339(text, sizeof text, 0);
    assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
    wt_format_rfc3339(text, sizeof text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
    setenv("TZ", "XYZ-2", 1);
    tzset();
    CHECK(clock, INT64_C(1795182571123456789), "15:49:31");
}

static void small_buffers_are_respected(void **state) {
    (void)state;
    char text[4] = "XXX";
    assert_int_equal(wt_format_si(text, 3, 87500), 2);
    assert_string_equal(text, "87");
    assert_int_equal(text[3], 0);
    assert_int_equal(wt_format_bytes(text, 0, 1), 0);
    assert_string_equal(text, "87");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_and_counts),
        cmocka_unit_test(sizes),
        cmocka_unit_test(durations),
        cmocka_unit_test(ratios),
        cmocka_unit_test(times),
        cmocka_unit_test(small_buffers_are_respected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
