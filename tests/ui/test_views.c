/* Every view, and every state that the overview can be in, against goldens. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/screen.h"

static void open_with(struct wt_screen *screen, int cols, int rows, enum wt_fixture kind,
                      int ticks) {
    wt_screen_open(screen, cols, rows, NULL);
    wt_screen_feed(screen, kind, 0, ticks);
}

static void check_view(const char *keys, const char *name, enum wt_fixture kind) {
    static const int sizes[][2] = {{160, 48}, {80, 24}, {40, 10}};
    struct wt_screen screen;
    open_with(&screen, 160, 48, kind, 420);
    wt_screen_draw(&screen);
    wt_screen_press(&screen, keys);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char golden[96];
        assert_int_equal(wt_grid_resize(&screen.grid, sizes[i][0], sizes[i][1], NULL), WT_OK);
        snprintf(golden, sizeof golden, "%s_%dx%d", name, sizes[i][0], sizes[i][1]);
        wt_screen_check(&screen, golden);
    }
    wt_screen_close(&screen);
}

static void test_service(void **state) {
    (void)state;
    check_view("Down Enter", "service", WT_FIXTURE_TROUBLE);
}

static void test_memory(void **state) {
    (void)state;
    check_view("m", "memory", WT_FIXTURE_TROUBLE);
}

static void test_events(void **state) {
    (void)state;
    check_view("4", "events", WT_FIXTURE_TROUBLE);
}

static void test_help(void **state) {
    (void)state;
    check_view("?", "help", WT_FIXTURE_TROUBLE);
}

static void test_empty(void **state) {
    (void)state;
    check_view("g", "empty", WT_FIXTURE_EMPTY);
}

static void test_hostile(void **state) {
    (void)state;
    check_view("g", "hostile", WT_FIXTURE_HOSTILE);
    check_view("Enter", "hostile_service", WT_FIXTURE_HOSTILE);
}

static void test_hostile_ascii(void **state) {
    (void)state;
    struct wt_screen screen;
    struct wt_app_options options = {.interval_ns = WT_NS_PER_S, .glyphs = WT_GLYPHS_ASCII};
    wt_screen_open(&screen, 100, 30, &options);
    wt_screen_feed(&screen, WT_FIXTURE_HOSTILE, 0, 60);
    wt_screen_check(&screen, "hostile_100x30_ascii");
    for (int i = 0; i < screen.grid.cols * screen.grid.rows; i++)
        assert_true(screen.grid.cells[i].codes[0] == 0 ||
                    (screen.grid.cells[i].codes[0] >= ' ' && screen.grid.cells[i].codes[0] < 127));
    wt_screen_close(&screen);
}

static void test_dead(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_DEAD, 420);
    wt_app_source_lost(screen.app, "the monitor does not answer: connection refused",
                       wt_fixture_time(419).realtime_ns);
    screen.now = wt_fixture_time(500);
    wt_screen_check(&screen, "dead_100x30");
    wt_screen_close(&screen);
}

/* The column of the first CRIT in a row. */
static int crit_at(const struct wt_screen *screen, int row) {
    const struct wt_cell *cells = screen->grid.cells + row * screen->grid.cols;
    for (int col = 0; col + 1 < screen->grid.cols; col++)
        if (cells[col].codes[0] == 'C' && cells[col + 1].codes[0] == 'R')
            return col;
    fail_msg("no CRIT in row %d", row);
    return 0;
}

static struct wt_style style_at(const struct wt_screen *screen, int col, int row) {
    return screen->grid.cells[row * screen->grid.cols + col].style;
}

/* What a dead monitor said last is dimmed at every size, the counts in the header with it; what
 * says that it is dead is not. */
static void test_dead_is_dimmed(void **state) {
    (void)state;
    static const struct {
        int cols, rows, text_col, text_row;
    } sizes[] = {{100, 30, 4, 8}, {39, 9, 6, 2}, {100, 9, 6, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct wt_screen screen;
        open_with(&screen, sizes[i].cols, sizes[i].rows, WT_FIXTURE_DEAD, 420);
        screen.now = wt_fixture_time(419);
        wt_screen_draw(&screen);
        struct wt_style count = style_at(&screen, crit_at(&screen, 0), 0);
        struct wt_style text = style_at(&screen, sizes[i].text_col, sizes[i].text_row);
        wt_app_source_lost(screen.app, "connection refused", screen.now.realtime_ns);
        wt_screen_draw(&screen);
        struct wt_style faded = style_at(&screen, crit_at(&screen, 0), 0);
        assert_int_not_equal(faded.bg, count.bg);
        faded = style_at(&screen, sizes[i].text_col, sizes[i].text_row);
        assert_int_not_equal(faded.fg, text.fg);
        if (sizes[i].rows == 30) {
            assert_true(wt_screen_shows(&screen, "connection refused; start it, and this goes on"));
            assert_int_equal(style_at(&screen, 2, 1).bg,
                             count.bg); /* DEAD, as bright as CRIT was */
        }
        wt_screen_close(&screen);
    }
}

static void test_large(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 160, 48, WT_FIXTURE_LARGE, 5);
    wt_screen_check(&screen, "large_160x48");
    wt_screen_close(&screen);
}

/* What the text does not show: colours and attributes, with all colours, with eight, with none. */
static void test_styles(void **state) {
    (void)state;
    static const char *const names[] = {"styles_60x20", "styles_60x20_basic", "styles_60x20_mono"};
    for (int i = 0; i < 3; i++) {
        struct wt_screen screen;
        struct wt_app_options options = {
            .interval_ns = WT_NS_PER_S, .few_colours = i == 1, .colourless = i == 2};
        struct wt_buffer text = {0};
        wt_screen_open(&screen, 60, 20, &options);
        wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 30);
        wt_screen_draw(&screen);
        for (int cell = 0; cell < 60 * 20; cell++) {
            const struct wt_style *style = &screen.grid.cells[cell].style;
            assert_true(i == 0 || !wt_colour_is_rgb(style->fg));
            assert_true(i < 2 || style->fg == WT_COLOUR_DEFAULT);
            assert_true(i < 2 || style->bg == WT_COLOUR_DEFAULT);
            assert_true(i != 1 || wt_colour_value(style->fg) < 8);
        }
        wt_grid_styles(&screen.grid, &text);
        wt_golden_check(names[i], wt_buffer_text(&text));
        wt_buffer_fini(&text);
        wt_screen_close(&screen);
    }
}

static void test_light(void **state) {
    (void)state;
    struct wt_screen screen;
    char directory[1024];
    snprintf(directory, sizeof directory, "%s/themes", getenv("WORKTOP_SOURCE"));
    struct wt_app_options options = {
        .interval_ns = WT_NS_PER_S, .theme = "worktop-light", .theme_directory = directory};
    wt_screen_open(&screen, 160, 48, &options);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 420);
    wt_screen_check(&screen, "light_160x48");
    wt_screen_close(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_service),        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_events),         cmocka_unit_test(test_help),
        cmocka_unit_test(test_empty),          cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_hostile_ascii),  cmocka_unit_test(test_dead),
        cmocka_unit_test(test_dead_is_dimmed), cmocka_unit_test(test_large),
        cmocka_unit_test(test_styles),         cmocka_unit_test(test_light),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
