#include "support/support.h"

#include <errno.h>
#include <string.h>

#include "base/status.h"

static void every_status_has_a_text(void **state) {
    (void)state;
    assert_string_equal(wt_status_text(WT_OK), "success");
    assert_string_equal(wt_status_text(WT_ESYS), "a system call failed");
    assert_string_equal(wt_status_text((wt_status)999), "unknown status");
}

static void a_failure_keeps_its_line(void **state) {
    (void)state;
    struct wt_error err;
    assert_int_equal(wt_fail(&err, WT_ERANGE, "--size %d is too small", 7), WT_ERANGE);
    assert_int_equal(err.status, WT_ERANGE);
    assert_string_equal(err.text, "--size 7 is too small");
    assert_int_equal(wt_fail(NULL, WT_EINVAL, "nobody listens"), WT_EINVAL);
}

static void a_system_error_names_its_cause(void **state) {
    (void)state;
    struct wt_error err;
    assert_int_equal(wt_fail_errno(&err, ENOSPC, "cannot grow %s", "x.shm"), WT_EFULL);
    assert_string_equal(err.text, "cannot grow x.shm: No space left on device");
    assert_int_equal(err.sys_errno, ENOSPC);
}

static void a_long_line_is_cut_visibly(void **state) {
    (void)state;
    char name[2000];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    struct wt_error err;
    wt_fail(&err, WT_EINVAL, "%s", name);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_string_equal(err.text + sizeof err.text - 4, "...");
    wt_fail_errno(&err, EIO, "%s", name);
    assert_string_equal(err.text + sizeof err.text - 4, "...");
}

static void what_is_quoted_is_made_harmless(void **state) {
    (void)state;
    struct wt_error err;
    wt_fail(&err, WT_EINVAL, "no theme %s here", "a\x1b[31m\n\xe2\x80\xae\xff");
    assert_string_equal(err.text, "no theme a\u00b7[31m\u00b7\u00b7\u00b7 here");
    wt_fail_errno(&err, ENOENT, "%s", "a\nb\u00e9");
    assert_string_equal(err.text, "a\u00b7b\u00e9: No such file or directory");
    assert_int_equal(err.sys_errno, ENOENT);

    char name[2000]; /* it grows by that, and its end cuts a character in two */
    for (size_t i = 0; i + 1 < sizeof name; i++)
        name[i] = i % 2 == 0 ? '\x1b' : (char)0xc3;
    name[sizeof name - 1] = '\0';
    wt_fail(&err, WT_EINVAL, "%s", name);
    assert_true(strlen(err.text) > 300 && strlen(err.text) < sizeof err.text);
    for (const char *at = err.text; strcmp(at, "\u2026") != 0; at += 2)
        assert_memory_equal(at, "\u00b7", 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_text),
        cmocka_unit_test(a_failure_keeps_its_line),
        cmocka_unit_test(a_system_error_names_its_cause),
        cmocka_unit_test(a_long_line_is_cut_visibly),
        cmocka_unit_test(what_is_quoted_is_made_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
