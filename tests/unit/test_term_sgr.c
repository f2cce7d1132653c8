#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "term/sgr.h"

static void filter(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                   const char *bytes, const char *expected) {
    struct wt_buffer out = {0};
    wt_term_sgr_filter(sgr, palette, bytes, strlen(bytes), &out);
    assert_string_equal(wt_buffer_text(&out), expected);
    wt_buffer_fini(&out);
}

static void test_says_only_what_changes(void **state) {
    (void)state;
    struct wt_term_sgr sgr;
    wt_term_sgr_forget(&sgr);
    filter(&sgr, NULL, "", "");
    filter(&sgr, NULL, "a", "\033[ma"); /* nobody knows what was before */
    filter(&sgr, NULL, "b", "b");
    filter(&sgr, NULL, "\033[31m\033[42mc", "\033[31;42mc");
    filter(&sgr, NULL, "\033[31m\033[44md", "\033[44md");
    filter(&sgr, NULL, "\033[32m\033[31m\033[5;7He", "\033[5;7He");
    filter(&sgr, NULL, "\033(B\033[m", "\033(B");
    filter(&sgr, NULL, "\033(B\033[0;1m\033[31m\033[44mf", "\033[1mf");
    filter(&sgr, NULL, "\033(B\033[m\033[31m\033[44mg", "\033[22mg");
    filter(&sgr, NULL, "\033[39;49mh", "\033[39;49mh");
    filter(&sgr, NULL, "\033[95m\033[103mi", "\033[95;103mi");
    filter(&sgr, NULL, "\033[38;5;200;48;5;7mj", "\033[38;5;200;47mj");
    filter(&sgr, NULL, "\033[mk", "\033[39;49mk");
}

static void test_erasing_needs_the_background(void **state) {
    (void)state;
    struct wt_term_sgr sgr;
    wt_term_sgr_forget(&sgr);
    filter(&sgr, NULL, "\033[44m\033[K", "\033[0;44m\033[K");
    filter(&sgr, NULL, "\033[31m\033[1m   \033[2X \033[32ma", "   \033[2X \033[1;32ma");
    filter(&sgr, NULL, "\033[0;4;44m  \033[31m ", "\033[22;4;39m  \033[31m ");
    filter(&sgr, NULL, "\033[0;44m ", "\033[24;39m ");
    filter(&sgr, NULL, "\033[45m\033[3;4H\r\b\033[2J", "\033[3;4H\r\b\033[45m\033[2J");
    filter(&sgr, NULL, "\033[46m\033[5X\033[7b", "\033[46m\033[5X\033[7b");
}

static void test_true_colours(void **state) {
    (void)state;
    static struct wt_term_palette palette;
    struct wt_term_sgr sgr;
    wt_term_palette_reset(&palette);
    wt_term_sgr_forget(&sgr);
    assert_int_equal(wt_term_palette_index(&palette, 0xff8001), 16);
    assert_int_equal(wt_term_palette_index(&palette, 0x000000), 17);
    filter(&sgr, &palette, "\033[38;5;16m\033[48;5;17mx", "\033[0;38;2;255;128;1;48;2;0;0;0mx");
    filter(&sgr, &palette, "\033[38;5;17m\033[48;5;17my", "\033[38;2;0;0;0my");
    filter(&sgr, &palette, "\033[38;5;7m\033[48;5;99mz", "\033[37;48;5;99mz");
    wt_term_palette_reset(&palette);
    assert_int_equal(wt_term_palette_index(&palette, 0x010203), 16);
    filter(&sgr, &palette, "\033[38;5;16m1", "\033[38;2;1;2;3m1");
    wt_term_palette_reset(&palette);
    assert_int_equal(wt_term_palette_index(&palette, 0x040506), 16);
    wt_term_sgr_forget_colours(&sgr); /* the same index is another colour now */
    filter(&sgr, &palette, "2", "\033[38;2;4;5;6;48;5;99m2");
}

static void test_what_is_not_known_passes(void **state) {
    (void)state;
    struct wt_term_sgr sgr;
    wt_term_sgr_forget(&sgr);
    filter(&sgr, NULL, "\033[4:3mx", "\033[m\033[4:3m\033[mx");
    filter(&sgr, NULL, "\033[?25l\033[>4;1m\033]0;title\007\033]0;t\033\\\033=\033>\033M",
           "\033[?25l\033[>4;1m\033]0;title\007\033]0;t\033\\\033=\033>\033M");
    filter(&sgr, NULL, "\033(0q\033(B", "\033(0q\033(B");
    filter(&sgr, NULL, "\033", "\033");
    filter(&sgr, NULL, "\033[12", "\033[12");
    filter(&sgr, NULL, "\033[38;5m\033[38;2;1;2;3mx", "\033[38;5m\033[m\033[38;2;1;2;3m\033[mx");
}

/* Noise of the kind that curses writes, shown on two terminals: once as it is, once filtered. Every
 * cell must look the same. */
static void noise(struct wt_buffer *out, uint32_t *random) {
    for (int i = 0; i < 40; i++) {
        *random = *random * 1664525u + 1013904223u;
        unsigned value = *random >> 9;
        switch (value % 12) {
        case 0:
            wt_buffer_printf(out, "\033[3%um", value / 12 % 8);
            break;
        case 1:
            wt_buffer_printf(out, "\033[4%um", value / 12 % 8);
            break;
        case 2:
            wt_buffer_printf(out, "\033[38;5;%um\033[48;5;%um", value / 12 % 256, value / 99 % 256);
            break;
        case 3:
            wt_buffer_append_text(out, "\033[39;49m");
            break;
        case 4:
            wt_buffer_append_text(out, "\033(B\033[m");
            break;
        case 5:
            wt_buffer_printf(out, value % 5 == 0 ? "\033[%um" : "\033(B\033[0;%um",
                             (unsigned[]){1, 4, 7, 3, 2, 9, 5}[value / 12 % 7]);
            break;
        case 6:
            wt_buffer_printf(out, "\033[%u;%uH", value / 12 % 10 + 1, value / 120 % 20 + 1);
            break;
        case 7:
            wt_buffer_append_text(out,
                                  (const char *[]){"\033[K", "\033[3X", "\033[J"}[value / 12 % 3]);
            break;
        case 8:
            wt_buffer_append_text(out, value % 7 == 0 ? "\033[22m\033[24m\033[27m" : "");
            wt_buffer_printf(out, "\033[9%um\033[10%um", value / 12 % 8, value / 99 % 8);
            break;
        default:
            wt_buffer_printf(out, value / 12 % 3 == 0 ? "  %c%c" : "%c  %c",
                             'a' + (int)(value / 12 % 26), 'A' + (int)(value / 500 % 26));
        }
    }
}

static void test_looks_the_same_on_a_terminal(void **state) {
    (void)state;
    enum { ROWS = 10, COLS = 20 };
    VTerm *terminals[2];
    VTermScreen *screens[2];
    for (int i = 0; i < 2; i++) {
        terminals[i] = vterm_new(ROWS, COLS);
        vterm_set_utf8(terminals[i], 1);
        screens[i] = vterm_obtain_screen(terminals[i]);
        vterm_screen_reset(screens[i], 1);
    }
    struct wt_term_sgr sgr;
    wt_term_sgr_forget(&sgr);
    uint32_t random = 42;
    size_t plain = 0, filtered = 0;
    for (int frame = 0; frame < 500; frame++) {
        struct wt_buffer in = {0}, out = {0};
        noise(&in, &random);
        wt_term_sgr_filter(&sgr, NULL, in.data, in.length, &out);
        vterm_input_write(terminals[0], in.data, in.length);
        vterm_input_write(terminals[1], out.data, out.length);
        plain += in.length;
        filtered += out.length;
        for (int at = 0; at < ROWS * COLS; at++) {
            VTermPos pos = {.row = at / COLS, .col = at % COLS};
            VTermScreenCell a, b;
            memset(&a, 0, sizeof a);
            memset(&b, 0, sizeof b);
            vterm_screen_get_cell(screens[0], pos, &a);
            vterm_screen_get_cell(screens[1], pos, &b);
            assert_int_equal(a.chars[0], b.chars[0]);
            assert_true(vterm_color_is_equal(&a.bg, &b.bg));
            assert_int_equal(a.attrs.underline, b.attrs.underline);
            assert_int_equal(a.attrs.reverse, b.attrs.reverse);
            if ((a.chars[0] != 0 && a.chars[0] != ' ') || a.attrs.underline || a.attrs.reverse) {
                assert_memory_equal(&a.attrs, &b.attrs, sizeof a.attrs);
                assert_true(vterm_color_is_equal(&a.fg, &b.fg));
            }
        }
        wt_buffer_fini(&in);
        wt_buffer_fini(&out);
    }
    assert_true(filtered < plain);
    vterm_free(terminals[0]);
    vterm_free(terminals[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_only_what_changes),
        cmocka_unit_test(test_erasing_needs_the_background),
        cmocka_unit_test(test_true_colours),
        cmocka_unit_test(test_what_is_not_known_passes),
        cmocka_unit_test(test_looks_the_same_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
