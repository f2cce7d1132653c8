/* The overview at each size that the design names, in both glyph sets. */
#include "support/support.h"

#include <stdio.h>

#include "support/screen.h"

static const struct {
    int cols, rows;
} sizes[] = {{160, 48}, {100, 30}, {80, 24}, {60, 20}, {40, 10}, {20, 5}};

static void check_sizes(enum wt_fixture kind, const char *name) {
    for (int ascii = 0; ascii < 2; ascii++) {
        struct wt_app_options options = {.interval_ns = WT_NS_PER_S,
                                         .glyphs = ascii ? WT_GLYPHS_ASCII : WT_GLYPHS_UTF8};
        struct wt_screen screen;
        wt_screen_open(&screen, 0, 0, &options);
        wt_screen_feed(&screen, kind, 0, 420);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char golden[96];
            assert_int_equal(wt_grid_resize(&screen.grid, sizes[i].cols, sizes[i].rows, NULL),
                             WT_OK);
            snprintf(golden, sizeof golden, "overview_%s_%dx%d%s", name, sizes[i].cols,
                     sizes[i].rows, ascii ? "_ascii" : "");
            wt_screen_check(&screen, golden);
        }
        wt_screen_close(&screen);
    }
}

static void test_trouble(void **state) {
    (void)state;
    check_sizes(WT_FIXTURE_TROUBLE, "trouble");
}

static void test_healthy(void **state) {
    (void)state;
    check_sizes(WT_FIXTURE_HEALTHY, "healthy");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trouble),
        cmocka_unit_test(test_healthy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
