/* Addresses as operators write them. */
#include "support/support.h"

#include <string.h>

#include "model/endpoint.h"

static void round_trip(const char *text, const char *shown, enum wt_listener_family family) {
    struct wt_endpoint endpoint;
    char out[WT_ENDPOINT_TEXT_SIZE];
    assert_true(wt_endpoint_parse(text, &endpoint));
    assert_int_equal(endpoint.family, family);
    wt_endpoint_text(&endpoint, out);
    assert_string_equal(out, shown);
}

static void what_is_right_is_shown_again(void **state) {
    (void)state;
    round_trip("3000", ":3000", WT_LISTENER_TCP4);
    round_trip("*:3000", ":3000", WT_LISTENER_TCP4);
    round_trip(":65535", ":65535", WT_LISTENER_TCP4);
    round_trip("0.0.0.0:1", "0.0.0.0:1", WT_LISTENER_TCP4);
    round_trip("127.0.0.1:80", "127.0.0.1:80", WT_LISTENER_TCP4);
    round_trip("[::1]:80", "[::1]:80", WT_LISTENER_TCP6);
    round_trip("[0:0::0]:80", "[::]:80", WT_LISTENER_TCP6);
    round_trip("unix:/run/web.sock", "unix:/run/web.sock", WT_LISTENER_UNIX);
    round_trip("unix:@abstract", "unix:@abstract", WT_LISTENER_UNIX);
    round_trip("unix:/a\x1b[31m\xe2\x80\xae", "unix:/a\xc2\xb7[31m\xc2\xb7", WT_LISTENER_UNIX);
}

static void what_is_wrong_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        ":",
                                        ":0",
                                        ":65536",
                                        ":80x",
                                        "80:",
                                        "host:80",
                                        "::1:80",
                                        "[::1]",
                                        "[::1]80",
                                        "1.2.3:80",
                                        "1.2.3.4.5:80",
                                        "[1.2.3.4]:80",
                                        "unix:",
                                        "unix:@",
                                        "-1",
                                        "http://x:80",
                                        "1.2.3.4:99999999999999999999"};
    struct wt_endpoint endpoint;
    char far_path[128] = "unix:";
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (wt_endpoint_parse(wrong[i], &endpoint))
            fail_msg("\"%s\" was taken", wrong[i]);
    memset(far_path + 5, 'a', 109);
    assert_false(wt_endpoint_parse(far_path, &endpoint));
    far_path[5 + 108] = '\0';
    assert_true(wt_endpoint_parse(far_path, &endpoint));
}

static bool matches(const char *wanted, const char *place) {
    struct wt_endpoint a, b;
    assert_true(wt_endpoint_parse(wanted, &a) && wt_endpoint_parse(place, &b));
    return wt_endpoint_matches(&a, &b);
}

static void a_port_means_every_host(void **state) {
    (void)state;
    assert_true(matches(":80", "1.2.3.4:80"));
    assert_true(matches("80", "[::1]:80"));
    assert_false(matches(":80", "1.2.3.4:81"));
    assert_false(matches(":80", "unix:/80"));
    assert_true(matches("1.2.3.4:80", "1.2.3.4:80"));
    assert_false(matches("1.2.3.4:80", "0.0.0.0:80"));
    assert_false(matches("0.0.0.0:80", "[::]:80"));
    assert_true(matches("unix:/a", "unix:/a"));
    assert_false(matches("unix:/a", "unix:/ab"));
    assert_false(matches("unix:/a", "unix:@a"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_is_shown_again),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(a_port_means_every_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
