/* What reaches a terminal and what comes from it, on a real pseudo-terminal: keys, mouse, paste,
 * sizes, colours, kinds of terminals and locales. The program is in support/terminal.h. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/files.h"
#include "support/pty.h"
#include "support/terminal.h"
#include "ui/input.h"

static void test_keys(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t code;
        unsigned modifiers;
    } cases[] = {{"j", 'j', 0},
                 {"G", 'G', 0},
                 {"\033OA", WT_KEY_UP, 0},
                 {"\033[B", WT_KEY_DOWN, 0},
                 {"\033[1;5C", WT_KEY_RIGHT, WT_MOD_CTRL},
                 {"\033[5~", WT_KEY_PAGE_UP, 0},
                 {"\033[H", WT_KEY_HOME, 0},
                 {"\033[4~", WT_KEY_END, 0},
                 {"\033[Z", WT_KEY_TAB, WT_MOD_SHIFT},
                 {"\033OP", WT_KEY_F1, 0},
                 {"\033[21~", WT_KEY_F10, 0},
                 {"\r", WT_KEY_ENTER, 0},
                 {"\t", WT_KEY_TAB, 0},
                 {"\177", WT_KEY_BACKSPACE, 0},
                 {"\b", WT_KEY_BACKSPACE, 0},
                 {"\014", 'l', WT_MOD_CTRL},
                 {"\003", 'c', WT_MOD_CTRL},
                 {"\033x", 'x', WT_MOD_ALT},
                 {"\xc3\xa4", 0xe4, 0},
                 {"\xe4\xb8\xad", 0x4e2d, 0},
                 {"\xf0\x9f\x98\x80", 0x1f600, 0},
                 {"\033", WT_KEY_ESCAPE, 0}};
    struct wt_pty *pty = wt_terminal_start();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "inputs %d last key %x mods %u;", (int)i + 1,
                 (unsigned)cases[i].code, cases[i].modifiers);
        wt_pty_type(pty, cases[i].bytes);
        assert_true(wt_pty_wait_text(pty, expected));
    }
    /* Nobody asked for these; none of them is a key. */
    wt_pty_type(pty, "\033[I\033[O\033[?1;2c\033[?2026;2$y\033]11;rgb:q/q/q\007\033Pq\033\\");
    wt_pty_type(pty, "n");
    assert_true(wt_pty_wait_text(pty, "inputs 23 last key 6e mods 0;"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

static void test_mouse(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    wt_pty_click(pty, 0, 300, 11); /* beyond what the old protocol can say */
    assert_true(wt_pty_wait_text(pty, "inputs 1 last mouse 0 at 300,11;"));
    wt_pty_click(pty, 65, 0, 0);
    assert_true(wt_pty_wait_text(pty, "inputs 2 last mouse 4 at 0,0;"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

static void test_paste(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    wt_pty_type(pty, "\033[200~qqq\r\003q\033[201~");
    assert_true(wt_pty_wait_text(pty, "inputs 1 last paste qqq"));
    wt_pty_type(pty, "w");
    assert_true(wt_pty_wait_text(pty, "inputs 2 last key 77 mods 0;"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

static void test_resize_storm(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    for (int i = 0; i < 200; i++) {
        wt_pty_resize(pty, 1 + (i * 37) % 190, 1 + (i * 13) % 60);
        wt_pty_pump(pty, 1);
    }
    wt_pty_resize(pty, 1, 1);
    wt_pty_resize(pty, 132, 43);
    assert_true(wt_pty_wait_text(pty, "size 132x43"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

static void test_true_colours(void **state) {
    (void)state;
    static const char *const more[] = {"COLORTERM=truecolor", NULL};
    struct wt_pty *pty = wt_terminal_start_with(more, 80, 24);
    assert_true(wt_pty_wait_text(pty, "size 80x24 depth 4"));
    assert_true(wt_pty_wait_bytes(pty, "\033[?2026l"));
    int32_t fg, bg;
    wt_pty_colours(pty, 0, 0, &fg, &bg);
    assert_int_equal(fg, 0xff5c6c);
    assert_int_equal(bg, 0x10131a);
    for (int row = 3; row < 24; row++) {
        for (int col = 0; col < 80; col++) {
            unsigned shade = (unsigned)(col * 3 + row * 7) & 255;
            wt_pty_colours(pty, col, row, &fg, &bg);
            int off = (fg >> 16 & 255) - (int)shade;
            assert_in_range(off + 8, 0, 16); /* 256 shades in 238 places: the nearest is near */
            assert_int_equal(bg, -1);
        }
    }
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

/* A terminfo entry that counts colours as 0xRRGGBB, as xterm-direct does; made here, because it is
 * in a package of its own. */
static void test_direct_colours(void **state) {
    (void)state;
    static const char entry[] =
        "test-direct|colours are numbers,\n"
        "\tcolors#0x1000000, pairs#0x7FFF, RGB,\n"
        "\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;"
        "%p1%{255}%&%d%;m,\n"
        "\tsetab=\\E[%?%p1%{8}%<%t4%p1%d%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;"
        "%p1%{255}%&%d%;m,\n"
        "\tuse=xterm-256color,\n";
    char *directory = test_directory(), *source = test_path(directory, "source");
    char command[512], variable[256];
    test_write_file(source, entry);
    snprintf(command, sizeof command, "tic -x -o '%s' '%s'", directory, source);
    assert_int_equal(system(command), 0);
    snprintf(variable, sizeof variable, "TERMINFO=%s", directory);
    const char *const more[] = {"TERM=test-direct", variable, NULL};
    struct wt_pty *pty = wt_terminal_start_with(more, 80, 24);
    assert_true(wt_pty_wait_text(pty, "depth 4"));
    assert_true(wt_pty_wait_text(pty, "vwxyz")); /* the last rows */
    int32_t fg, bg;
    wt_pty_colours(pty, 0, 0, &fg, &bg);
    assert_int_equal(fg, 0xff5c6c);
    assert_int_equal(bg, 0x10131a);
    wt_pty_colours(pty, 10, 3, &fg, &bg);
    assert_int_equal(fg, (10 * 3 + 3 * 7) << 16 | (255 - 10 * 3 - 3 * 7) << 8);
    assert_int_equal(bg, -1);
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
    test_remove_tree(directory);
    free(source);
    free(directory);
}

static void test_fewer_colours(void **state) {
    (void)state;
    static const struct {
        const char *type, *text;
    } cases[] = {{"TERM=xterm-256color", "depth 3"},  {"TERM=tmux-256color", "depth 3"},
                 {"TERM=screen-256color", "depth 3"}, {"TERM=xterm", "depth 1"},
                 {"TERM=linux", "depth 1"},           {"TERM=vt100", "depth 0"},
                 {"TERM=xterm-mono", "depth 0"},      {"TERM=xterm-nobody-knows", "depth 3"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const more[] = {cases[i].type, NULL};
        struct wt_pty *pty = wt_terminal_start_with(more, 80, 24);
        assert_true(wt_pty_wait_text(pty, cases[i].text));
        assert_true(wt_pty_wait_text(pty, "\xe2\xa3\xbf end"));
        bool plain = strstr(cases[i].type, "linux") != NULL || strstr(cases[i].type, "vt1") != NULL;
        assert_int_equal(wt_terminal_has_bytes(pty, "\033[?2026$p"), !plain);
        assert_int_equal(wt_terminal_has_bytes(pty, "\033[?2004h"), !plain);
        assert_false(wt_terminal_has_bytes(pty, "8;2;"));
        assert_false(wt_terminal_has_bytes(pty, "\033]")); /* the palette stays as it is */
        wt_pty_type(pty, "q");
        wt_terminal_expect_exit(pty, 0);
        wt_pty_close(pty);
    }
}

/* No sequence that sets a colour: 3x, 4x, 9x, 10x as parameters of an SGR. 39 and 49 reset. */
static bool sets_a_colour(const char *raw, size_t length) {
    for (size_t i = 0; i + 2 < length; i++) {
        if (raw[i] != 0x1b || raw[i + 1] != '[') {
            continue;
        }
        size_t end = i + 2;
        while (end < length && ((raw[end] >= '0' && raw[end] <= '9') || raw[end] == ';')) {
            end++;
        }
        for (size_t at = i + 2; end < length && raw[end] == 'm' && at < end;) {
            char *after;
            long number = strtol(raw + at, &after, 10);
            if ((number >= 30 && number <= 48 && number != 39) || (number >= 90 && number <= 107)) {
                return true;
            }
            at = (size_t)(after - raw) + 1;
        }
    }
    return false;
}

static void test_no_color(void **state) {
    (void)state;
    static const char *const more[] = {"NO_COLOR=1", "COLORTERM=truecolor", NULL};
    struct wt_pty *pty = wt_terminal_start_with(more, 80, 24);
    assert_true(wt_pty_wait_text(pty, "depth 0"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    size_t length;
    const char *raw = wt_pty_raw(pty, &length);
    assert_false(sets_a_colour(raw, length));
    assert_true(wt_terminal_has_bytes(pty, "\033[1m")); /* attributes remain */
    wt_pty_close(pty);

    pty = wt_terminal_start();
    raw = wt_pty_raw(pty, &length);
    assert_true(sets_a_colour(raw, length)); /* the check can fail */
    wt_pty_close(pty);
}

static void test_c_locale(void **state) {
    (void)state;
    static const char *const more[] = {"LC_ALL=C", NULL};
    struct wt_pty *pty = wt_terminal_start_with(more, 80, 24);
    assert_true(wt_pty_wait_text(pty, "utf8 0"));
    assert_true(wt_pty_wait_text(pty, "caf? ???? ? end"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

static void test_no_screen_to_draw_on(void **state) {
    (void)state;
    static const char *const types[] = {"TERM=dumb", "TERM=", "TERM", "TERM=nobody-knows"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *const more[] = {types[i], NULL};
        struct wt_pty *pty = wt_terminal_start_with(more, 80, 24);
        wt_terminal_expect_exit(pty, 0);
        assert_true(wt_pty_shows(pty, "plain: "));
        assert_false(wt_terminal_has_bytes(pty, "\033"));
        wt_pty_close(pty);
    }
}

static void test_cursor_of_a_text_field(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    wt_pty_mark(pty);
    wt_pty_type(pty, "f");
    assert_true(wt_pty_wait_bytes(pty, "\033[?25h"));
    wt_pty_type(pty, "f");
    assert_true(wt_pty_wait_bytes(pty, "\033[?25l"));
    wt_pty_type(pty, "f");
    assert_true(wt_pty_wait_text(pty, "inputs 3"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

/* Types a key, the `number`th in all, and waits for the frame that shows it. */
static void type_and_wait(struct wt_pty *pty, const char *key, int number) {
    char shown[32];
    snprintf(shown, sizeof shown, "inputs %d last", number);
    wt_pty_type(pty, key);
    assert_true(wt_pty_wait_text(pty, shown));
}

static void test_markers_bracket_every_frame(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    assert_true(wt_pty_wait_bytes(pty, "\033[?2026$p"));
    type_and_wait(pty, "y", 1); /* the answer was there before */
    wt_pty_mark(pty);
    for (int i = 2; i <= 6; i++) {
        type_and_wait(pty, "x", i);
    }
    size_t length;
    const char *at = wt_pty_raw(pty, &length), *end = at + length;
    int frames = 0;
    while (end - at >= 8) {
        assert_memory_equal(at, "\033[?2026h", 8);
        const char *close = memmem(at, (size_t)(end - at), "\033[?2026l", 8);
        frames++;
        at = close != NULL ? close + 8 : end; /* The last one may still be on its way. */
    }
    assert_in_range(frames, 2, 7);
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

/* A terminal is asked once, with the first frame, which waits for no answer; who does not say that
 * it knows the mode is sent no markers. */
static void test_asks_for_synchronized_output(void **state) {
    (void)state;
    static const char answers[] = "12034-";
    for (size_t i = 0; answers[i] != '\0'; i++) {
        struct wt_pty *pty = wt_terminal_start_answering(answers[i]);
        for (int key = 1; key <= 3; key++) {
            char expected[32];
            snprintf(expected, sizeof expected, "inputs %d", key);
            wt_pty_type(pty, "x");
            assert_true(wt_pty_wait_text(pty, expected));
        }
        size_t length;
        const char *raw = wt_pty_raw(pty, &length);
        const char *asked = memmem(raw, length, "\033[?2026$p", 9);
        assert_non_null(asked);
        size_t rest = length - (size_t)(asked + 9 - raw);
        assert_null(memmem(asked + 9, rest, "\033[?2026$p", 9));
        assert_null(memmem(raw, (size_t)(asked - raw), "\033[?2026h", 8));
        bool knows = answers[i] == '1' || answers[i] == '2';
        assert_int_equal(memmem(asked, rest, "\033[?2026h", 8) != NULL, knows);
        wt_pty_type(pty, "q");
        wt_terminal_expect_exit(pty, 0);
        wt_pty_close(pty);
    }
    static const char *const vt100[] = {"TERM=vt100", NULL};
    struct wt_pty *pty = wt_terminal_start_with(vt100, 80, 24);
    assert_true(wt_pty_wait_text(pty, "size 80x24"));
    wt_pty_type(pty, "x");
    assert_true(wt_pty_wait_text(pty, "inputs 1"));
    assert_false(wt_terminal_has_bytes(pty, "2026"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

enum { STORM_ROWS = 24, STORM_COLS = 80, STORM_FRAMES = 60 };

static void read_cells(struct wt_pty *pty, struct wt_pty_cell *cells) {
    for (int row = 2; row < STORM_ROWS; row++) {
        for (int col = 0; col < STORM_COLS; col++) {
            wt_pty_cell(pty, col, row, &cells[row * STORM_COLS + col]);
        }
    }
}

/* Blank, and nothing of its foreground can be seen. */
static bool is_blank(const struct wt_pty_cell *cell) {
    return (cell->text[0] == '\0' || strcmp(cell->text, " ") == 0) && !cell->underline &&
           !cell->reverse;
}

static void expect_equal(const struct wt_pty_cell *a, const struct wt_pty_cell *b) {
    assert_int_equal(is_blank(a), is_blank(b));
    assert_int_equal(a->background, b->background);
    if (is_blank(a)) {
        return;
    }
    assert_string_equal(a->text, b->text);
    assert_int_equal(a->foreground, b->foreground);
    assert_int_equal(a->bold, b->bold);
    assert_int_equal(a->underline, b->underline);
    assert_int_equal(a->reverse, b->reverse);
}

/* Many frames of few changes, each told in the shortest way, show what one full frame shows. */
static void compare_with_full_frames(const char *colours) {
    static struct wt_pty_cell before[STORM_ROWS * STORM_COLS], after[STORM_ROWS * STORM_COLS];
    const char *const more[] = {colours, "WORKTOP_TEST_STORM=1", NULL};
    struct wt_pty *pty = wt_terminal_start_with(more, STORM_COLS, STORM_ROWS);
    assert_true(wt_pty_wait_text(pty, "size 80x24"));
    assert_true(wt_pty_wait_bytes(pty, "\033[?2026$p")); /* answered: all that follows has marks */
    for (int frame = 1, typed = 0; frame <= STORM_FRAMES; frame++) {
        type_and_wait(pty, "r", ++typed);
        if (frame % 6 != 0) {
            continue;
        }
        read_cells(pty, before);
        type_and_wait(pty, "i", ++typed);
        read_cells(pty, after);
        for (int i = 2 * STORM_COLS; i < STORM_ROWS * STORM_COLS; i++) {
            expect_equal(&before[i], &after[i]);
        }
    }
    size_t length; /* what only went up or to the left by one was not told again */
    const char *raw = wt_pty_raw(pty, &length);
    assert_non_null(memmem(raw, length, "\033[1M\033[r", 7));
    assert_non_null(memmem(raw, length, "\033[1P\033[", 6));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

static void test_changes_add_up(void **state) {
    (void)state;
    compare_with_full_frames("COLORTERM=truecolor");
    compare_with_full_frames("COLORTERM");
    compare_with_full_frames("TERM=xterm");
    compare_with_full_frames("NO_COLOR=1");
}

int main(int argc, char **argv) {
    if (wt_terminal_is_program(argc, argv)) {
        return wt_terminal_program();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_paste),
        cmocka_unit_test(test_resize_storm),
        cmocka_unit_test(test_true_colours),
        cmocka_unit_test(test_direct_colours),
        cmocka_unit_test(test_fewer_colours),
        cmocka_unit_test(test_no_color),
        cmocka_unit_test(test_c_locale),
        cmocka_unit_test(test_no_screen_to_draw_on),
        cmocka_unit_test(test_cursor_of_a_text_field),
        cmocka_unit_test(test_markers_bracket_every_frame),
        cmocka_unit_test(test_asks_for_synchronized_output),
        cmocka_unit_test(test_changes_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
