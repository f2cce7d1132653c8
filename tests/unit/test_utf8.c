#include "support/support.h"

#include <string.h>

#include "base/utf8.h"

static void every_code_point_survives(void **state) {
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char text[4];
        uint32_t back;
        size_t length = wt_utf8_encode(code, text);
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        assert_int_equal(wt_utf8_decode(text, length, &back), length);
        assert_int_equal(back, surrogate ? 0xfffd : code);
        for (size_t cut = 1; cut < length; cut++) {
            assert_int_equal(wt_utf8_decode(text, cut, &back), 1);
            assert_int_equal(back, UINT32_MAX);
        }
    }
    char text[4];
    assert_int_equal(wt_utf8_encode(0x110000, text), 3);
    assert_memory_equal(text, "\xef\xbf\xbd", 3);
}

static void invalid_bytes_are_taken_one_by_one(void **state) {
    (void)state;
    const char *const wrong[] = {"\x80",
                                 "\xbf",
                                 "\xc0\x80",
                                 "\xc1\xbf",
                                 "\xe0\x80\x80",
                                 "\xed\xa0\x80",
                                 "\xf0\x80\x80\x80",
                                 "\xf4\x90\x80\x80",
                                 "\xf5\x80\x80",
                                 "\xff",
                                 "\xc3(",
                                 "\xe2\x82("};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint32_t code = 0;
        assert_int_equal(wt_utf8_decode(wrong[i], strlen(wrong[i]), &code), 1);
        assert_int_equal(code, UINT32_MAX);
    }
    uint32_t code;
    assert_int_equal(wt_utf8_decode("", 0, &code), 0);
}

static void widths(void **state) {
    (void)state;
    const struct {
        uint32_t code;
        int width;
    } known[] = {{'a', 1},     {0xe9, 1},   {0x301, 0},   {0x4e2d, 2},  {0xac00, 2}, {0xff21, 2},
                 {0x1f600, 2}, {0x2603, 1}, {0x20000, 2}, {0x3fffd, 2}, {0x28ff, 1}, {0x2588, 1},
                 {0x200b, 0},  {0x1160, 0}, {0x3000, 2},  {0xfffd, 1},  {0xad, 1},   {0x2026, 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(wt_utf8_width(known[i].code), known[i].width);
    assert_int_equal(wt_utf8_cols("a\xe4\xb8\xad"
                                  "e\xcc\x81\xff",
                                  8),
                     5);
}

static void harmful_and_harmless(void **state) {
    (void)state;
    const uint32_t harmful[] = {0,       7,        0x1b,     0x7f,   0x80,      0x9b,   0x9f,
                                0xad,    0x34f,    0x61c,    0x115f, 0x200b,    0x200d, 0x200e,
                                0x202a,  0x202e,   0x2028,   0x2029, 0x2066,    0x2069, 0x3164,
                                0xe000,  0xfe0f,   0xfeff,   0xfff9, 0xffff,    0xd800, 0xe0041,
                                0xf0000, 0x10ffff, 0x110000, 0x378,  UINT32_MAX};
    for (size_t i = 0; i < sizeof harmful / sizeof harmful[0]; i++)
        assert_false(wt_utf8_is_harmless(harmful[i]));
    const uint32_t harmless[] = {' ',    '~',    0xa0,   0xe9,    0x301,  0x3b1,
                                 0x4e2d, 0xac00, 0x2588, 0x1f600, 0xfffd, 0x28ff};
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        assert_true(wt_utf8_is_harmless(harmless[i]));
}

static void check_clean(const char *text, size_t length, size_t size, const char *expected) {
    char out[64];
    memset(out, 'X', sizeof out);
    size_t written = wt_text_clean(out, size, text, length);
    assert_int_equal(written, strlen(expected));
    assert_string_equal(out, expected);
    assert_int_equal(out[size], 'X');
}

static void text_is_cleaned(void **state) {
    (void)state;
    check_clean("web", 3, 32, "web");
    check_clean("", 0, 32, "");
    check_clean("\x1b]52;c;\x07", 8, 32, "\xc2\xb7]52;c;\xc2\xb7");
    check_clean("a\0b", 3, 32,
                "a\xc2\xb7"
                "b");
    check_clean("\xe2\x80\xaegpj", 6, 32, "\xc2\xb7gpj");
    check_clean("x\xff\xc3", 3, 32, "x\xc2\xb7\xc2\xb7");
    check_clean("e\xcc\x81", 3, 32, "e\xcc\x81");
}

#define MARK "\xcc\x81"
#define DOT "\xc2\xb7"

static void marks_do_not_pile_up(void **state) {
    (void)state;
    check_clean("e" MARK MARK MARK MARK "x", 10, 32, "e" MARK MARK MARK MARK "x");
    check_clean("e" MARK MARK MARK MARK MARK MARK "x" MARK, 16, 40,
                "e" MARK MARK MARK MARK DOT DOT "x" MARK);
    check_clean(MARK MARK "a" MARK, 7, 32, DOT DOT "a" MARK);
    check_clean("\x1b" MARK, 3, 32, DOT DOT);
}

static void text_is_cut_visibly(void **state) {
    (void)state;
    check_clean("abcdef", 6, 7, "abcdef");
    check_clean("abcdefg", 7, 7, "abc\xe2\x80\xa6");
    check_clean("abcd", 4, 4, "\xe2\x80\xa6");
    check_clean("abcd", 4, 3, "ab");
    check_clean("abcd", 4, 1, "");
    check_clean("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 9, 9, "\xe4\xb8\xad\xe2\x80\xa6");
    check_clean("\xe4\xb8\xad", 3, 3, "");
    char out[1] = {'X'};
    assert_int_equal(wt_text_clean(out, 0, "a", 1), 0);
    assert_int_equal(out[0], 'X');
}

/* Whatever comes in, only harmless characters come out, and never more than fits. */
static void random_bytes_become_harmless(void **state) {
    (void)state;
    uint64_t random = 42;
    for (int round = 0; round < 20000; round++) {
        char text[24], out[40];
        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[i] = (char)(random >> 56);
        }
        size_t size = 1 + (size_t)(random >> 30) % sizeof out;
        size_t length = wt_text_clean(out, size, text, sizeof text);
        assert_true(length < size);
        assert_int_equal(out[length], 0);
        for (size_t at = 0; at < length;) {
            uint32_t code;
            at += wt_utf8_decode(out + at, length - at, &code);
            assert_true(wt_utf8_is_harmless(code));
        }
    }
}

static void prefixes_respect_columns(void **state) {
    (void)state;
    const char *text = "a\xe4\xb8\xad"
                       "e\xcc\x81z";
    const size_t bytes[] = {0, 1, 1, 4, 7, 8, 8};
    const size_t cols[] = {0, 1, 1, 3, 4, 5, 5};
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        size_t used;
        assert_int_equal(wt_utf8_prefix(text, strlen(text), i, &used), bytes[i]);
        assert_int_equal(used, cols[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_survives),
        cmocka_unit_test(invalid_bytes_are_taken_one_by_one),
        cmocka_unit_test(widths),
        cmocka_unit_test(harmful_and_harmless),
        cmocka_unit_test(text_is_cleaned),
        cmocka_unit_test(marks_do_not_pile_up),
        cmocka_unit_test(text_is_cut_visibly),
        cmocka_unit_test(random_bytes_become_harmless),
        cmocka_unit_test(prefixes_respect_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
