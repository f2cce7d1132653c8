/* The program on the terminals that people have: the screen, keys as each of them sends them, only
 * what it understands, and the terminal as it was. And a terminal of 2 KB/s. */
#include "support/support.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/dashboard.h"

static bool was_told(const struct wt_pty *pty, const char *bytes) {
    size_t length;
    const char *raw = wt_pty_raw(pty, &length);
    return memmem(raw, length, bytes, strlen(bytes)) != NULL;
}

struct kind {
    const char *name;  /* TERM=... */
    const char *down;  /* what its cursor key sends in application mode */
    bool synchronized; /* frames are bracketed, the mouse is on, pastes are bracketed */
    bool truecolour;   /* with COLORTERM=truecolor, or by itself */
    bool themes;       /* it has enough colours to choose */
    bool other_screen; /* what was on the screen comes back */
};

static const struct kind kinds[] = {
    {"TERM=xterm-256color", "\033OB", true, true, true, true},
    {"TERM=xterm-direct", "\033OB", true, true, true, true},
    {"TERM=screen-256color", "\033OB", true, false, true, true},
    {"TERM=screen", "\033OB", true, false, false, true},
    {"TERM=tmux-256color", "\033OB", true, true, true, true},
    {"TERM=tmux", "\033OB", true, false, false, true},
    {"TERM=xterm-kitty", "\033OB", true, true, true, true},
    {"TERM=foot", "\033OB", true, true, true, true},
    {"TERM=linux", "\033[B", false, false, false, false},
    {"TERM=vt100", "\033OB", false, false, false, false},
    {"TERM=vt220", "\033[B", false, false, false, false},
};

static void check_kind(const struct test_place *place, const struct kind *kind) {
    const char *variables[] = {kind->name, "COLORTERM=truecolor", NULL};
    struct wt_pty *pty = test_dashboard_start(
        place,
        &(struct test_dashboard){
            .arguments = test_dashboard_quick, .variables = variables, .cols = 80, .rows = 16});
    if (!wt_pty_wait_text(pty, "LIVE")) {
        fail_msg("%s: no screen", kind->name);
    }
    assert_int_equal(was_told(pty, "\033[?2026$p"), kind->synchronized);
    assert_int_equal(was_told(pty, "\033[?2004h"), kind->synchronized);
    assert_int_equal(was_told(pty, "\033[?1006h"), kind->synchronized);
    assert_int_equal(was_told(pty, "\033[?1049h"), kind->other_screen);
    assert_int_equal(was_told(pty, "48;2;") || was_told(pty, "48:2:"), kind->truecolour);
    wt_pty_type(pty, "?");
    assert_true(wt_pty_wait_text(pty, "one row up"));
    assert_int_equal(was_told(pty, "\033[?2026h"), kind->synchronized);
    wt_pty_type(pty, "G");
    assert_true(wt_pty_wait_no_text(pty, "one row up"));
    wt_pty_type(pty, "g");
    assert_true(wt_pty_wait_text(pty, "one row up"));
    wt_pty_type(pty, kind->down);
    assert_true(wt_pty_wait_no_text(pty, "one row up"));
    wt_pty_type(pty, "t");
    assert_true(wt_pty_wait_text(pty, kind->themes ? "solarized-light" : "no other theme"));
    wt_pty_type(pty, kind->themes ? "\003q" : "q");
    test_dashboard_end(pty, 0);
}

static void test_terminals(void **state) {
    const struct test_place *place = *state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        check_kind(place, &kinds[i]);
    }
}

/* Who quits before the terminal answered does not find the answer at the prompt; what is typed
 * after it is left for the shell. */
static void test_answer_after_the_end(void **state) {
    char ahead[64];
    struct wt_pty *pty = test_dashboard_start(
        *state, &(struct test_dashboard){.arguments = test_dashboard_quick, .synchronized = '-'});
    assert_true(wt_pty_wait_bytes(pty, "\033[?2026$p"));
    wt_pty_type(pty, "q\033[?2026;2$yls\r");
    int status;
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_string_equal(wt_pty_left(pty), "");
    wt_pty_typed_ahead(pty, ahead, sizeof ahead);
    assert_string_equal(ahead, "ls\r");
    wt_pty_close(pty);
}

/* ---- slow ------------------------------------------------------------------------------------ */

static long memory_kib(pid_t pid) {
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmRSS: %ld", &value) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

/* Takes bytes as a line of 2 KB/s does: 20 every 10 ms. */
static void take_slowly(struct wt_pty *pty, int bytes) {
    wt_pty_set_chunk(pty, 20);
    for (int taken = 0; taken < bytes; taken += 20) {
        wt_pty_pump(pty, 10);
        poll(NULL, 0, 10);
    }
}

/*
 * The program wants to draw ten times as much as the line takes. What waits is bounded by what the
 * kernel holds for a terminal (12 KB) and one frame; what was not drawn meanwhile is left out, so a
 * key is answered after so many bytes and not after all pictures that there might have been. Memory
 * does not grow.
 */
static void test_slow_line(void **state) {
    enum { KERNEL_BYTES = 12 * 1024, FRAME_BYTES = 12 * 1024 };
    static const char *const often[] = {"--interval", "0.1", NULL};
    struct wt_pty *pty = test_dashboard_start(*state, &(struct test_dashboard){.arguments = often});
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    wt_pty_set_chunk(pty, 0);
    for (int i = 0; i < 200; i++) {
        wt_pty_type(pty, i % 2 ? "\033[B?"
                               : "?\033[A"); /* whole screens, hundreds of kilobytes in all */
        poll(NULL, 0, 2);
    }
    long before = memory_kib(wt_pty_pid(pty));
    take_slowly(pty, 2048);
    for (int i = 0; i < 200; i++) {
        wt_pty_type(pty, i % 2 ? "\033[B?" : "?\033[A");
    }
    wt_pty_type(pty, "1/hello");
    wt_pty_mark(pty);
    wt_pty_set_chunk(pty, 100);
    assert_true(wt_pty_wait_text(pty, "filter / hello"));
    size_t length;
    wt_pty_raw(pty, &length);
    print_message("a key was answered after %zu bytes\n", length);
    assert_in_range(length, 1, KERNEL_BYTES + 2 * FRAME_BYTES);
#if !defined(WT_SANITIZE_ADDRESS) && !defined(WT_SANITIZE_THREAD)
    assert_in_range(memory_kib(wt_pty_pid(pty)), 1, before + 4096);
#else
    (void)before;
#endif
    wt_pty_set_chunk(pty, -1);
    wt_pty_type(pty, "\033");
    assert_true(wt_pty_wait_no_text(pty, "filter /"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_terminals, test_place_open, test_place_close),
        cmocka_unit_test_setup_teardown(test_answer_after_the_end, test_place_open,
                                        test_place_close),
        cmocka_unit_test_setup_teardown(test_slow_line, test_place_open, test_place_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
