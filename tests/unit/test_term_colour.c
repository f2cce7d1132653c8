#include "support/support.h"

#include <string.h>

#include "term/colour.h"

static void test_depth(void **state) {
    (void)state;
    assert_int_equal(wt_term_colour_depth(-1, "truecolor"), WT_TERM_DEPTH_NONE);
    assert_int_equal(wt_term_colour_depth(8, NULL), WT_TERM_DEPTH_8);
    assert_int_equal(wt_term_colour_depth(8, "truecolor"), WT_TERM_DEPTH_8);
    assert_int_equal(wt_term_colour_depth(16, NULL), WT_TERM_DEPTH_16);
    assert_int_equal(wt_term_colour_depth(256, NULL), WT_TERM_DEPTH_256);
    assert_int_equal(wt_term_colour_depth(256, "yes"), WT_TERM_DEPTH_256);
    assert_int_equal(wt_term_colour_depth(256, "24bit"), WT_TERM_DEPTH_TRUE);
    assert_int_equal(wt_term_colour_depth(256, "truecolor"), WT_TERM_DEPTH_TRUE);
}

static void test_nearest(void **state) {
    (void)state;
    assert_int_equal(wt_term_colour_index(WT_TERM_DEPTH_256, NULL, WT_COLOUR_RGB(0xff0000)), 196);
    assert_int_equal(wt_term_colour_index(WT_TERM_DEPTH_256, NULL, WT_COLOUR_RGB(0x808080)), 244);
    assert_int_equal(wt_term_colour_index(WT_TERM_DEPTH_256, NULL, WT_COLOUR_INDEX(3)), 3);
    assert_int_equal(wt_term_colour_index(WT_TERM_DEPTH_16, NULL, WT_COLOUR_RGB(0xff0000)), 9);
    assert_int_equal(wt_term_colour_index(WT_TERM_DEPTH_8, NULL, WT_COLOUR_RGB(0x00c000)), 2);
    for (int depth = WT_TERM_DEPTH_NONE; depth <= WT_TERM_DEPTH_256; depth++) {
        assert_int_equal(wt_term_colour_index((enum wt_term_depth)depth, NULL, WT_COLOUR_DEFAULT),
                         -1);
    }
    assert_int_equal(wt_term_colour_index(WT_TERM_DEPTH_NONE, NULL, WT_COLOUR_RGB(0xff0000)), -1);
}

/* Whatever the two colours: where they differ, so do the indices of few colours. */
static void test_text_never_vanishes(void **state) {
    (void)state;
    uint32_t random = 1;
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        uint32_t fg = random >> 8;
        random = random * 1664525u + 1013904223u;
        uint32_t bg = i % 2 == 0 ? random >> 8 : fg ^ (1u << (random >> 27) % 24);
        for (int depth = WT_TERM_DEPTH_8; depth <= WT_TERM_DEPTH_16; depth++) {
            int fg_index, bg_index;
            bool bold;
            wt_term_colour_pair((enum wt_term_depth)depth, NULL, WT_COLOUR_RGB(fg),
                                WT_COLOUR_RGB(bg), &fg_index, &bg_index, &bold);
            if (fg != bg) {
                assert_int_not_equal(fg_index, bg_index);
            }
            assert_in_range(fg_index, 0, depth == WT_TERM_DEPTH_8 ? 7 : 15);
            assert_in_range(bg_index, 0, depth == WT_TERM_DEPTH_8 ? 7 : 15);
        }
    }
}

static void test_bright_on_eight(void **state) {
    (void)state;
    int fg, bg;
    bool bold;
    wt_term_colour_pair(WT_TERM_DEPTH_8, NULL, WT_COLOUR_RGB(0xff0000), WT_COLOUR_DEFAULT, &fg, &bg,
                        &bold);
    assert_int_equal(fg, 1);
    assert_int_equal(bg, -1);
    assert_true(bold);
}

static void test_palette(void **state) {
    (void)state;
    static struct wt_term_palette palette;
    wt_term_palette_reset(&palette);
    for (uint32_t i = 0; i < WT_TERM_PALETTE_COUNT; i++) {
        assert_int_equal(wt_term_palette_index(&palette, i * 0x10107), WT_TERM_PALETTE_FIRST + i);
    }
    for (uint32_t i = 0; i < WT_TERM_PALETTE_COUNT; i++) {
        assert_int_equal(wt_term_palette_index(&palette, i * 0x10107), WT_TERM_PALETTE_FIRST + i);
    }
    assert_false(palette.overflowed);
    assert_int_equal(wt_term_palette_index(&palette, 0x10108), WT_TERM_PALETTE_FIRST + 1);
    assert_true(palette.overflowed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_text_never_vanishes),
        cmocka_unit_test(test_bright_on_eight),
        cmocka_unit_test(test_palette),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
