/* Parts of rows that moved sideways are found, and a terminal that is told so moves them: libvterm
 * is the judge. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "term/slide.h"

enum { COLS = 60, ROWS = 4 };

static void put(struct wt_cell *cells, const char *text) {
    for (int col = 0; col < COLS; col++, text += *text != '\0') {
        cells[col] = (struct wt_cell){
            .codes = {*text != '\0' ? (unsigned char)*text : ' '}, .width = 1, .style = {.fg = 7}};
    }
}

static struct wt_term_slides found(const char *shown, const char *wanted) {
    struct wt_term_slides slides = {0};
    struct wt_cell before[COLS], after[COLS];
    put(before, shown);
    put(after, wanted);
    wt_term_slides_find(&slides, 3, before, after, COLS);
    return slides;
}

static void expect(const struct wt_term_slide *slide, int begin, int end, int by) {
    assert_int_equal(slide->row, 3);
    assert_int_equal(slide->begin, begin);
    assert_int_equal(slide->end, end);
    assert_int_equal(slide->by, by);
}

/* A graph between two others that stay. */
static void a_graph_moves_to_the_left(void **state) {
    (void)state;
    struct wt_term_slides slides =
        found("| 100 |_-=#=-_-==#-_=##_| 40 |", "| 100 |-=#=-_-==#-_=##_#| 40 |");
    assert_int_equal(slides.count, 1);
    expect(&slides.items[0], 7, 24, -1);
}

/* The number before it got a digit more, and another one behind it stays where it was. */
static void a_sentence_moves_to_the_right(void **state) {
    (void)state;
    struct wt_term_slides slides = found("queue growing for 9s: 190 waiting   since 12:30:11",
                                         "queue growing for 10s: 190 waiting  since 12:30:11");
    assert_int_equal(slides.count, 1);
    expect(&slides.items[0], 19, 34, 1);
}

static void two_parts_of_a_row_move(void **state) {
    (void)state;
    struct wt_term_slides slides = found("|_-=#=-_-==#-_=##_|  |#=-_=#-_-#==#-_##-|",
                                         "|=#=-_-==#-_=##_=-|  |=-_=#-_-#==#-_##-=|");
    assert_int_equal(slides.count, 2);
    expect(&slides.items[0], 1, 18, -2);
    expect(&slides.items[1], 22, 40, -1);
}

static void nothing_moves_for_little(void **state) {
    (void)state;
    assert_int_equal(found("abcdefghijkl", "abcdefghijkl").count, 0);
    assert_int_equal(found("abcdefghijkl", "abcdbefghijkl").count, 0); /* shorter to tell */
    assert_int_equal(found("__________________________", "##########################").count, 0);
}

/* Half of a wide character must not be moved. */
static void a_row_with_wide_characters_stays(void **state) {
    (void)state;
    struct wt_term_slides slides = {0};
    struct wt_cell before[COLS], after[COLS];
    put(before, "abcdefghijklmnopqrstuvwxyz");
    put(after, "bcdefghijklmnopqrstuvwxyza");
    before[40].width = 2;
    before[41].width = 0;
    wt_term_slides_find(&slides, 0, before, after, COLS);
    assert_int_equal(slides.count, 0);
}

/* Cells of a row after `slide`, as the terminal has them. */
static void expect_row(VTermScreen *screen, const struct wt_cell *cells, int row) {
    for (int col = 0; col < COLS; col++) {
        VTermScreenCell cell;
        vterm_screen_get_cell(screen, (VTermPos){.row = row, .col = col}, &cell);
        if (cells[col].codes[0] < 0x80) { /* not vacated */
            assert_int_equal(cell.chars[0], cells[col].codes[0]);
        }
    }
}

/* Whatever the slides of a row are, the terminal does what was applied to the cells. */
static void the_terminal_moves_the_same(void **state) {
    (void)state;
    unsigned seed = 5;
    VTerm *vterm = vterm_new(ROWS, COLS);
    VTermScreen *screen = vterm_obtain_screen(vterm);
    struct wt_buffer out = {0};
    vterm_screen_reset(screen, 1);
    for (int i = 0; i < 300; i++) {
        struct wt_term_slides slides = {0};
        struct wt_cell cells[ROWS][COLS];
        wt_buffer_clear(&out);
        for (int row = 0; row < ROWS; row++) {
            char text[COLS + 1] = {0};
            wt_buffer_printf(&out, "\033[%dH", row + 1);
            for (int col = 0; col < COLS; col++)
                text[col] = (char)('a' + rand_r(&seed) % 26);
            put(cells[row], text);
            wt_buffer_append_text(&out, text);
        }
        for (int row = 0; row < ROWS; row++) {
            int end = 0;
            for (int more = rand_r(&seed) % 3; more > 0 && end < COLS - 8; more--) {
                int begin = end + rand_r(&seed) % 4, by = rand_r(&seed) % 2 + 1;
                end = begin + 3 + rand_r(&seed) % (COLS - begin - 2);
                slides.items[slides.count++] =
                    (struct wt_term_slide){row, begin, end, rand_r(&seed) % 2 == 0 ? by : -by};
            }
        }
        wt_term_slides_write(&slides, &out);
        for (size_t at = 0; at < slides.count; at++)
            wt_term_slide_apply(&slides.items[at], cells[slides.items[at].row]);
        vterm_input_write(vterm, out.data, out.length);
        for (int row = 0; row < ROWS; row++)
            expect_row(screen, cells[row], row);
    }
    wt_buffer_fini(&out);
    vterm_free(vterm);
}

/* What is found is no longer others after it, but for what was vacated. */
static void a_slide_leaves_little_to_tell(void **state) {
    (void)state;
    struct wt_cell cells[COLS], wanted[COLS];
    struct wt_term_slides slides = found("|_-=#=-_-==#-_=##_|", "|-=#=-_-==#-_=##_#|");
    int others = 0;
    put(cells, "|_-=#=-_-==#-_=##_|");
    put(wanted, "|-=#=-_-==#-_=##_#|");
    assert_int_equal(slides.count, 1);
    wt_term_slide_apply(&slides.items[0], cells);
    for (int col = 0; col < COLS; col++)
        others += !wt_cell_equal(&cells[col], &wanted[col]);
    assert_int_equal(others, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_moves_to_the_left),
        cmocka_unit_test(a_sentence_moves_to_the_right),
        cmocka_unit_test(two_parts_of_a_row_move),
        cmocka_unit_test(nothing_moves_for_little),
        cmocka_unit_test(a_row_with_wide_characters_stays),
        cmocka_unit_test(the_terminal_moves_the_same),
        cmocka_unit_test(a_slide_leaves_little_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
