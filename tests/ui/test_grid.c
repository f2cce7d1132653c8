/* The grid: clipping, wide and combining characters, cutting, and foreign text. */
#include "support/support.h"

#include <string.h>

#include "ui/grid.h"

static const struct wt_style plain = {WT_COLOUR_DEFAULT, WT_COLOUR_KEEP, 0};

static void check_text(const struct wt_grid *grid, const char *expected) {
    struct wt_buffer text = {0};
    wt_grid_text(grid, &text);
    assert_string_equal(wt_buffer_text(&text), expected);
    wt_buffer_fini(&text);
}

static void test_cut(void **state) {
    (void)state;
    struct wt_grid grid;
    assert_int_equal(wt_grid_init(&grid, 8, 3, NULL), WT_OK);
    assert_int_equal(wt_grid_text_at(&grid, 0, 0, 8, "12345678", plain), 8);
    assert_int_equal(wt_grid_text_at(&grid, 0, 1, 8, "123456789", plain), 8);
    wt_grid_text_right(&grid, 0, 2, 8, "1234", plain);
    check_text(&grid, "12345678\n1234567\u2026\n    1234\n");
    assert_int_equal(wt_grid_text_at(&grid, 0, 0, 0, "x", plain), 0);
    assert_int_equal(wt_grid_text_at(&grid, 0, 0, -3, "x", plain), 0);
    wt_grid_text_right(&grid, 0, 2, 3, "abcdef", plain);
    check_text(&grid, "12345678\n1234567\u2026\nab\u2026 1234\n");
    wt_grid_fini(&grid);
}

static void test_wide(void **state) {
    (void)state;
    struct wt_grid grid;
    assert_int_equal(wt_grid_init(&grid, 6, 2, NULL), WT_OK);
    assert_int_equal(wt_grid_text_at(&grid, 0, 0, 6, "\u65e5\u672c\u8a9e", plain), 6);
    assert_int_equal(wt_grid_at(&grid, 0, 0)->width, 2);
    assert_int_equal(wt_grid_at(&grid, 1, 0)->width, 0);
    /* Half of a wide character never stays. */
    wt_grid_put(&grid, 1, 0, 'x', plain);
    wt_grid_put(&grid, 4, 0, 'y', plain);
    check_text(&grid, " x\u672cy\n\n");
    /* A wide character that does not fit gives way to the ellipsis. */
    assert_int_equal(wt_grid_text_at(&grid, 0, 1, 4, "\u65e5\u672c\u8a9e", plain), 3);
    check_text(&grid, " x\u672cy\n\u65e5\u2026\n");
    /* Nor is it drawn half outside. */
    wt_grid_clear(&grid, plain);
    struct wt_rect before = wt_grid_clip(&grid, (struct wt_rect){0, 0, 3, 2});
    wt_grid_text_at(&grid, 2, 0, 4, "\u65e5", plain);
    wt_grid_unclip(&grid, before);
    check_text(&grid, "\n\n");
    wt_grid_fini(&grid);
}

static void test_combining(void **state) {
    (void)state;
    struct wt_grid grid;
    assert_int_equal(wt_grid_init(&grid, 6, 1, NULL), WT_OK);
    assert_int_equal(wt_grid_text_at(&grid, 0, 0, 6, "e\u0301e\u0301\u0302\u0303x", plain), 3);
    assert_int_equal(wt_grid_at(&grid, 0, 0)->codes[1], 0x301);
    assert_int_equal(wt_grid_at(&grid, 1, 0)->codes[2], 0x302); /* two are kept */
    check_text(&grid, "e\u0301e\u0301\u0302x\n");
    wt_grid_fini(&grid);
}

static void test_foreign(void **state) {
    (void)state;
    struct wt_grid grid;
    assert_int_equal(wt_grid_init(&grid, 30, 1, NULL), WT_OK);
    wt_grid_text_at(&grid, 0, 0, 30,
                    "a\x1b[2J\x07\x9b"
                    "31m\u202e\u200bz\xff",
                    plain);
    check_text(&grid, "a\u00b7[2J\u00b7\u00b7"
                      "31m\u00b7\u00b7z\u00b7\n");
    grid.ascii = true;
    wt_grid_clear(&grid, plain);
    wt_grid_text_at(&grid, 0, 0, 6, "\u65e5e\u0301\u00b7abcdef", plain);
    check_text(&grid, "??e.a~\n");
    wt_grid_fini(&grid);
}

static void test_clip_and_style(void **state) {
    (void)state;
    struct wt_grid grid;
    assert_int_equal(wt_grid_init(&grid, 5, 3, NULL), WT_OK);
    struct wt_style ground = {WT_COLOUR_RGB(1), WT_COLOUR_RGB(2), WT_ATTRIBUTE_REVERSE};
    wt_grid_clear(&grid, ground);
    struct wt_rect before = wt_grid_clip(&grid, (struct wt_rect){1, 1, 2, 9});
    struct wt_rect inner = wt_grid_clip(&grid, (struct wt_rect){-5, -5, 7, 20});
    wt_grid_text_at(&grid, 0, 1, 5, "abcde", plain);
    wt_grid_unclip(&grid, inner);
    wt_grid_text_at(&grid, 0, 2, 5, "abcde", plain);
    wt_grid_unclip(&grid, before);
    check_text(&grid, "\n b\n bc\n");
    /* KEEP keeps the background and what is reversed. */
    assert_int_equal(wt_grid_at(&grid, 1, 1)->style.bg, WT_COLOUR_RGB(2));
    assert_int_equal(wt_grid_at(&grid, 1, 1)->style.fg, WT_COLOUR_DEFAULT);
    assert_int_equal(wt_grid_at(&grid, 1, 1)->style.attributes, WT_ATTRIBUTE_REVERSE);
    wt_grid_restyle(&grid, (struct wt_rect){0, 0, 1, 1},
                    (struct wt_style){WT_COLOUR_KEEP, WT_COLOUR_INDEX(7), WT_ATTRIBUTE_BOLD});
    assert_int_equal(wt_grid_at(&grid, 0, 0)->style.fg, WT_COLOUR_RGB(1));
    assert_int_equal(wt_grid_at(&grid, 0, 0)->style.bg, WT_COLOUR_INDEX(7));
    wt_grid_put(&grid, 99, 99, 'x', plain);
    wt_grid_put(&grid, -1, -1, 'x', plain);
    wt_grid_fill(&grid, (struct wt_rect){-10, -10, 1000, 1000}, plain);
    check_text(&grid, "\n\n\n");
    wt_grid_fini(&grid);
}

static void test_sizes(void **state) {
    (void)state;
    struct wt_grid grid;
    struct wt_error err;
    assert_int_equal(wt_grid_init(&grid, 0, 0, NULL), WT_OK);
    wt_grid_text_at(&grid, 0, 0, 5, "abc", plain);
    check_text(&grid, "");
    assert_int_equal(wt_grid_resize(&grid, 3, 1, NULL), WT_OK);
    wt_grid_text_at(&grid, 0, 0, 3, "abc", plain);
    assert_int_equal(wt_grid_resize(&grid, WT_GRID_MAX + 1, 1, &err), WT_ERANGE);
    assert_int_equal(wt_grid_resize(&grid, 1, -1, &err), WT_ERANGE);
    check_text(&grid, "abc\n");
    wt_grid_fini(&grid);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_combining),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_clip_and_style),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
