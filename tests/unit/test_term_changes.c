/* Cells told look by look must give the picture that the cells say: libvterm is the judge. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "base/utf8.h"
#include "term/changes.h"

enum { COLS = 40, ROWS = 12 };

struct model {
    uint32_t codes[ROWS][COLS];
    struct wt_term_rendition looks[ROWS][COLS];
};

struct judge {
    VTerm *vterm;
    VTermScreen *screen;
};

static struct judge judge_open(void) {
    struct judge judge = {.vterm = vterm_new(ROWS, COLS)};
    vterm_set_utf8(judge.vterm, 1);
    judge.screen = vterm_obtain_screen(judge.vterm);
    vterm_screen_reset(judge.screen, 1);
    return judge;
}

static VTermScreenCell cell_at(const struct judge *judge, int row, int col) {
    VTermScreenCell cell;
    vterm_screen_get_cell(judge->screen, (VTermPos){.row = row, .col = col}, &cell);
    return cell;
}

static int index_of(const VTermColor *colour, bool is_default) {
    return is_default ? -1 : colour->indexed.idx;
}

static void expect_picture(const struct judge *judge, const struct model *model) {
    for (int row = 0; row < ROWS; row++) {
        for (int col = 0; col < COLS; col++) {
            VTermScreenCell cell = cell_at(judge, row, col);
            const struct wt_term_rendition *look = &model->looks[row][col];
            uint32_t code = cell.chars[0] == 0 ? ' ' : cell.chars[0];
            assert_int_equal(code, model->codes[row][col]);
            assert_int_equal(index_of(&cell.bg, VTERM_COLOR_IS_DEFAULT_BG(&cell.bg)), look->bg);
            assert_int_equal(cell.attrs.reverse, look->flags >> 7 & 1);
            assert_int_equal(cell.attrs.underline, look->flags >> 4 & 1);
            if (code == ' ' && (look->flags & (1u << 7 | 1u << 4)) == 0) {
                continue; /* its other colours cannot be seen */
            }
            assert_int_equal(index_of(&cell.fg, VTERM_COLOR_IS_DEFAULT_FG(&cell.fg)), look->fg);
            assert_int_equal(cell.attrs.bold, look->flags >> 1 & 1);
        }
    }
}

static void model_clear(struct model *model) {
    for (int row = 0; row < ROWS; row++) {
        for (int col = 0; col < COLS; col++) {
            model->codes[row][col] = ' ';
            model->looks[row][col] = (struct wt_term_rendition){.fg = -1, .bg = -1};
        }
    }
}

/* Some cells get another character, some another look; all that changed is noted. */
static void change_some(struct model *model, struct wt_term_changes *changes, unsigned *seed) {
    static const uint32_t codes[] = {' ', ' ', 'a', '7', 0xe9, 0x28ff, 0x2588};
    static const unsigned flags[] = {0, 0, 0, 1u << 1, 1u << 4, 1u << 7, 1u << 1 | 1u << 7};
    for (int row = 0; row < ROWS; row++) {
        for (int col = 0; col < COLS; col++) {
            if (rand_r(seed) % 3 != 0) {
                continue;
            }
            struct wt_term_rendition *look = &model->looks[row][col];
            model->codes[row][col] = codes[rand_r(seed) % 7];
            *look = (struct wt_term_rendition){.flags = flags[rand_r(seed) % 7],
                                               .fg = rand_r(seed) % 5 * 50 - 1,
                                               .bg = rand_r(seed) % 2 * 30 - 1};
            wt_term_changes_add(
                changes,
                &(struct wt_term_change){
                    .row = row, .col = col, .look = *look, .codes = {model->codes[row][col]}});
        }
    }
}

static void any_changes_give_the_picture(void **state) {
    (void)state;
    struct judge judge = judge_open();
    struct wt_term_changes changes = {0};
    struct wt_buffer out = {0};
    struct wt_term_sgr sgr;
    struct model model;
    unsigned seed = 7;
    wt_term_sgr_forget(&sgr);
    model_clear(&model);
    for (int frame = 0; frame < 60; frame++) {
        wt_buffer_clear(&out);
        wt_term_changes_clear(&changes);
        change_some(&model, &changes, &seed);
        assert_false(changes.is_useless);
        wt_term_changes_write(&changes,
                              &(struct wt_term_screen){.cols = COLS, .line_feed = frame % 2 == 0},
                              &sgr, &out);
        vterm_input_write(judge.vterm, out.data, out.length);
        expect_picture(&judge, &model);
        VTermPos cursor;
        vterm_state_get_cursorpos(vterm_obtain_state(judge.vterm), &cursor);
        assert_int_equal(cursor.row, 0);
        assert_int_equal(cursor.col, 0);
    }
    wt_buffer_fini(&out);
    wt_term_changes_fini(&changes);
    vterm_free(judge.vterm);
}

static void add_text(struct wt_term_changes *changes, int row, int col, int fg, const char *text) {
    for (; *text != '\0'; text++, col++) {
        wt_term_changes_add(changes, &(struct wt_term_change){.row = row,
                                                              .col = col,
                                                              .look = {.fg = fg, .bg = -1},
                                                              .codes = {(unsigned char)*text}});
    }
}

static void expect_bytes(struct wt_term_changes *changes, bool line_feed, const char *expected) {
    struct wt_buffer out = {0};
    struct wt_term_sgr sgr = {
        .is_told = true, .is_ascii = true, .told = {.fg = 1, .bg = -1}, .wanted = {.fg = 1}};
    wt_term_changes_write(changes, &(struct wt_term_screen){.cols = COLS, .line_feed = line_feed},
                          &sgr, &out);
    assert_string_equal(wt_buffer_text(&out), expected);
    wt_buffer_fini(&out);
    wt_term_changes_clear(changes);
}

static void each_look_is_said_once(void **state) {
    (void)state;
    struct wt_term_changes changes = {0};
    for (int row = 0; row < 3; row++) {
        add_text(&changes, row + 1, 10, 1, "1");
        add_text(&changes, row + 1, 20, 2, "2");
    }
    expect_bytes(&changes, false,
                 "\033[2;11H1\033[B\b1\033[B\b1\033[32m\033[9C2\033[A\b2\033[A\b2\033[H");
    wt_term_changes_fini(&changes);
}

/* Columns of numbers are told as a whole, one downwards, the next one upwards. */
static void columns_are_told_as_a_whole(void **state) {
    (void)state;
    struct wt_term_changes changes = {0};
    for (int row = 0; row < 3; row++) {
        add_text(&changes, row + 1, 10, 1, "1");
        add_text(&changes, row + 1, 20, 1, "23");
    }
    expect_bytes(&changes, true, "\033[2;11H1\n\b1\n\b1\033[9C23\033M\b\b23\033M\b\b23\033[H");
    add_text(&changes, 1, 0, 1, "a");
    add_text(&changes, 2, 0, 1, "b");
    add_text(&changes, 7, 1, 1, "c");
    expect_bytes(&changes, true, "\033[2Ha\n\rb\033[5Bc\033[H");
    wt_term_changes_fini(&changes);
}

static void the_shortest_way_is_taken(void **state) {
    (void)state;
    struct wt_term_changes changes = {0};
    add_text(&changes, 2, 0, 1, "a");  /* the first column need not be said */
    add_text(&changes, 2, 2, 1, "b");  /* one to the right */
    add_text(&changes, 2, 9, 1, "c");  /* several */
    add_text(&changes, 4, 10, 1, "d"); /* straight down */
    add_text(&changes, 5, 39, 1, "e"); /* at the edge: then nobody knows where the cursor is */
    add_text(&changes, 6, 39, 1, "f");
    expect_bytes(&changes, false, "\033[3Ha\033[Cb\033[6Cc\033[2Bd\033[6;40He\033[7;40Hf\033[H");
    wt_term_changes_fini(&changes);
}

static void blanks_take_the_look_beside_them(void **state) {
    (void)state;
    struct wt_term_changes changes = {0};
    add_text(&changes, 0, 4, 1, "9");
    add_text(&changes, 0, 5, 3, " ");  /* behind */
    add_text(&changes, 1, 3, 4, "  "); /* before */
    add_text(&changes, 1, 5, 1, "8");
    expect_bytes(&changes, false, "\033[1;5H9 \033[2;4H  8\033[H");
    wt_term_changes_fini(&changes);
}

static void too_many_are_useless(void **state) {
    (void)state;
    struct wt_term_changes changes = {0};
    for (int i = 0; i <= WT_TERM_CHANGES_MAX; i++) {
        wt_term_changes_add(&changes, &(struct wt_term_change){.row = i / 100, .col = i % 100});
    }
    assert_true(changes.is_useless);
    wt_term_changes_clear(&changes);
    assert_false(changes.is_useless);
    assert_int_equal(changes.count, 0);
    wt_term_changes_fini(&changes);
}

/* From one ground to the other by the colour that both have. */
static void the_nearest_look_comes_next(void **state) {
    (void)state;
    struct wt_term_changes changes = {0};
    struct wt_term_change change = {.row = 2, .codes = {'x'}};
    static const struct wt_term_rendition looks[] = {
        {.fg = 1, .bg = 40}, {.fg = 2, .bg = 40}, {.fg = 1, .bg = 50}, {.fg = 2, .bg = 50}};
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        change.col = (int)i * 10;
        change.look = looks[i];
        wt_term_changes_add(&changes, &change);
    }
    expect_bytes(&changes, false,
                 "\033[48;5;40m\033[3Hx\033[48;5;50m\033[19Cx\033[32m\033[9Cx"
                 "\033[48;5;40m\033[21Dx\033[H");
    wt_term_changes_fini(&changes);
}

/* Each ground is left from the colour that the next one has, too, though another one is nearer. */
static void the_bridge_comes_last(void **state) {
    (void)state;
    struct wt_term_changes changes = {0};
    struct wt_term_change change = {.row = 2, .codes = {'x'}};
    static const struct wt_term_rendition looks[] = {
        {.fg = 2, .bg = 40}, {.fg = 3, .bg = 40}, {.fg = 2, .bg = 50}};
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        change.col = (int)i;
        change.look = looks[i];
        wt_term_changes_add(&changes, &change);
    }
    expect_bytes(&changes, false,
                 "\033[33;48;5;40m\033[3;2Hx\033[32m\rx\033[48;5;50m\033[Cx\033[H");
    wt_term_changes_fini(&changes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_changes_give_the_picture),
        cmocka_unit_test(each_look_is_said_once),
        cmocka_unit_test(columns_are_told_as_a_whole),
        cmocka_unit_test(the_shortest_way_is_taken),
        cmocka_unit_test(blanks_take_the_look_beside_them),
        cmocka_unit_test(the_nearest_look_comes_next),
        cmocka_unit_test(the_bridge_comes_last),
        cmocka_unit_test(too_many_are_useless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
