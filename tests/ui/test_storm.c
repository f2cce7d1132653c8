/* Any input, at any size, over any snapshot: nothing breaks, and nothing but harmless text reaches
 * a cell. Repeatable: the numbers come from one seed. */
#include "support/support.h"

#include <stdio.h>

#include "base/utf8.h"
#include "support/screen.h"
#include "ui/keymap.h"

static uint32_t next(uint32_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static struct wt_input random_input(uint32_t *seed) {
    static const uint32_t keys[] = {'j',
                                    'k',
                                    'l',
                                    'h',
                                    'g',
                                    'G',
                                    's',
                                    '<',
                                    'I',
                                    'p',
                                    '/',
                                    '1',
                                    '2',
                                    '3',
                                    '4',
                                    '?',
                                    '+',
                                    '-',
                                    't',
                                    'e',
                                    WT_KEY_TAB,
                                    WT_KEY_ENTER,
                                    WT_KEY_ESCAPE,
                                    WT_KEY_BACKSPACE,
                                    WT_KEY_PAGE_UP,
                                    WT_KEY_PAGE_DOWN,
                                    WT_KEY_UP,
                                    WT_KEY_DOWN};
    struct wt_input input = {.kind = WT_INPUT_KEY};
    switch (next(seed) % 8) {
    case 0:
        input.kind = WT_INPUT_MOUSE;
        input.button = (enum wt_mouse_button)(next(seed) % 5);
        input.col = (int)(next(seed) % 200) - 5;
        input.row = (int)(next(seed) % 60) - 5;
        break;
    case 1:
        input.code = next(seed) % 0x111000;
        input.modifiers = next(seed) % 8;
        break;
    default:
        input.code = keys[next(seed) % (sizeof keys / sizeof *keys)];
    }
    return input;
}

static void check_cells(const struct wt_grid *grid) {
    for (int i = 0; i < grid->cols * grid->rows; i++) {
        const struct wt_cell *cell = &grid->cells[i];
        assert_true(cell->width <= 2);
        assert_true(cell->style.fg != WT_COLOUR_KEEP && cell->style.bg != WT_COLOUR_KEEP);
        if (cell->width == 0) {
            assert_true(i % grid->cols > 0 && cell[-1].width == 2 && cell->codes[0] == 0);
            continue;
        }
        for (int code = 0; code < WT_CELL_CODES && cell->codes[code]; code++)
            assert_true(wt_utf8_is_harmless(cell->codes[code]) || cell->codes[code] == 0xb7);
    }
}

static void storm(enum wt_glyphs glyphs, uint32_t seed) {
    struct wt_app_options options = {.interval_ns = WT_NS_PER_S, .glyphs = glyphs};
    struct wt_screen screen;
    wt_screen_open(&screen, 80, 24, &options);
    int tick = 0;
    for (int step = 0; step < 1500; step++) {
        if (next(&seed) % 6 == 0) {
            static const enum wt_fixture kinds[] = {WT_FIXTURE_EMPTY, WT_FIXTURE_HEALTHY,
                                                    WT_FIXTURE_TROUBLE, WT_FIXTURE_HOSTILE,
                                                    WT_FIXTURE_DEAD};
            wt_screen_feed(&screen, kinds[next(&seed) % 5], tick, tick + 1);
            tick += 1 + (int)(next(&seed) % 3);
        }
        if (next(&seed) % 10 == 0)
            assert_int_equal(wt_grid_resize(&screen.grid, (int)(next(&seed) % 200),
                                            (int)(next(&seed) % 60), NULL),
                             WT_OK);
        struct wt_input input = random_input(&seed);
        wt_app_input(screen.app, &input);
        wt_screen_draw(&screen);
        check_cells(&screen.grid);
    }
    wt_screen_close(&screen);
}

static void test_utf8(void **state) {
    (void)state;
    storm(WT_GLYPHS_UTF8, 1);
}

static void test_blocks(void **state) {
    (void)state;
    storm(WT_GLYPHS_BLOCKS, 20261120);
}

static void test_ascii(void **state) {
    (void)state;
    storm(WT_GLYPHS_ASCII, 77);
}

/* Every size there is, below the sizes of the goldens. */
static void test_every_size(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 80, 24, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 3);
    static const char *const views[] = {"1", "2", "3", "4", "?"};
    for (size_t view = 0; view < 5; view++) {
        wt_screen_press(&screen, views[view]);
        for (int cols = 0; cols < 130; cols += 3)
            for (int rows = 0; rows < 40; rows += 3) {
                assert_int_equal(wt_grid_resize(&screen.grid, cols, rows, NULL), WT_OK);
                wt_screen_draw(&screen);
                check_cells(&screen.grid);
            }
    }
    wt_screen_close(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
