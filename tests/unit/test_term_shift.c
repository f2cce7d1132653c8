/* Rows that moved as a whole are found, and a terminal that is told so moves them: libvterm is the
 * judge. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <vterm.h>

#include "term/shift.h"

enum { COLS = 60, ROWS = 20 };

struct picture {
    struct wt_cell cells[ROWS * COLS];
};

/* Row `row` of a picture that nothing else is like. */
static void fill_row(struct picture *picture, int row, int content) {
    for (int col = 0; col < COLS; col++) {
        picture->cells[row * COLS + col] = (struct wt_cell){
            .codes = {'a' + (uint32_t)((content * 7 + col * (content % 5 + 1)) % 26)}, .width = 1};
    }
}

static void fill(struct picture *picture) {
    for (int row = 0; row < ROWS; row++) {
        fill_row(picture, row, row);
    }
}

static struct wt_term_shift find(const struct picture *shown, const struct picture *wanted) {
    return wt_term_shift_find(shown->cells, wanted->cells, COLS, ROWS);
}

static void expect(struct wt_term_shift shift, int top, int bottom, int by) {
    assert_int_equal(shift.by, by);
    assert_int_equal(shift.top, top);
    assert_int_equal(shift.bottom, bottom);
}

/* Between a header and a footer, a sentence comes: what is below it goes down. */
static void one_more_row_at_the_top(void **state) {
    (void)state;
    struct picture shown, wanted;
    fill(&shown);
    fill(&wanted);
    fill_row(&wanted, 1, 100);
    for (int row = 2; row < ROWS - 1; row++) {
        fill_row(&wanted, row, row - 1);
    }
    expect(find(&shown, &wanted), 1, ROWS - 1, 1);
    expect(find(&wanted, &shown), 1, ROWS - 1, -1);
}

/* Figures that changed on the way do not hide it. */
static void several_rows_that_also_changed(void **state) {
    (void)state;
    struct picture shown, wanted;
    fill(&shown);
    fill(&wanted);
    for (int row = 3; row < ROWS; row++) {
        fill_row(&wanted, row, row < 6 ? 100 + row : row - 3);
        wanted.cells[row * COLS + row].codes[0] = '#';
    }
    expect(find(&shown, &wanted), 3, ROWS, 3);
}

static void nothing_moves_for_little(void **state) {
    (void)state;
    struct picture shown, wanted;
    fill(&shown);
    wanted = shown;
    assert_int_equal(find(&shown, &wanted).by, 0);
    for (int row = 0; row < ROWS; row++) { /* all is new */
        fill_row(&wanted, row, 50 + row);
    }
    assert_int_equal(find(&shown, &wanted).by, 0);
    wanted = shown;
    fill_row(&wanted, 4, 3); /* two rows exchanged: to move them saves one */
    fill_row(&wanted, 3, 4);
    assert_int_equal(find(&shown, &wanted).by, 0);
}

static void show(VTerm *vterm, const struct picture *picture) {
    for (int row = 0; row < ROWS; row++) {
        char text[COLS + 16];
        int length = snprintf(text, sizeof text, "\033[%dH", row + 1);
        for (int col = 0; col < COLS; col++) {
            text[length++] = (char)picture->cells[row * COLS + col].codes[0];
        }
        vterm_input_write(vterm, text, (size_t)length);
    }
}

static void expect_row(VTermScreen *screen, int row, const struct wt_cell *cells) {
    for (int col = 0; col < COLS; col++) {
        VTermScreenCell cell;
        vterm_screen_get_cell(screen, (VTermPos){.row = row, .col = col}, &cell);
        assert_int_equal(cell.chars[0], cells[col].codes[0]);
    }
}

static void a_terminal_moves_them(void **state) {
    (void)state;
    static const struct wt_term_shift shifts[] = {
        {0, ROWS, 1}, {1, ROWS - 1, 2}, {1, ROWS - 1, -1}, {5, ROWS, -4}, {3, 9, 5}, {0, 0, 0}};
    struct picture picture;
    fill(&picture);
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        VTerm *vterm = vterm_new(ROWS, COLS);
        VTermScreen *screen = vterm_obtain_screen(vterm);
        struct wt_buffer out = {0};
        int lost = 0;
        vterm_screen_reset(screen, 1);
        show(vterm, &picture);
        wt_term_shift_write(&shifts[i], &out);
        vterm_input_write(vterm, wt_buffer_text(&out), out.length);
        for (int row = 0; row < ROWS; row++) {
            int origin = wt_term_shift_origin(&shifts[i], row);
            lost += origin < 0;
            if (origin >= 0) {
                expect_row(screen, row, picture.cells + (size_t)origin * COLS);
            }
        }
        assert_int_equal(lost, abs(shifts[i].by));
        /* The region is the whole screen again: a line feed at its last row scrolls all. */
        vterm_input_write(vterm, "\033[1H+\033[20H\n", 11);
        VTermScreenCell cell;
        vterm_screen_get_cell(screen, (VTermPos){.row = 0, .col = 0}, &cell);
        assert_int_not_equal(cell.chars[0], '+');
        wt_buffer_fini(&out);
        vterm_free(vterm);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_row_at_the_top),
        cmocka_unit_test(several_rows_that_also_changed),
        cmocka_unit_test(nothing_moves_for_little),
        cmocka_unit_test(a_terminal_moves_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
