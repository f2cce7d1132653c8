/* How the terminal is taken and given back, on a real pseudo-terminal: every ending, stopping and
 * going on, a terminal that takes nothing or little. The program is in support/terminal.h. */
#include "support/support.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "support/pty.h"
#include "support/terminal.h"

static void test_quit(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    assert_true(wt_pty_wait_text(pty, "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 \xe2\xa3\xbf end"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    assert_true(wt_pty_shows(pty, "goodbye"));
    assert_false(wt_pty_shows(pty, "inputs"));
    wt_pty_close(pty);
}

static void test_signals_that_end(void **state) {
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct wt_pty *pty = wt_terminal_start();
        wt_pty_signal(pty, signals[i]);
        wt_terminal_expect_exit(pty, 0);
        wt_pty_close(pty);
    }
}

static void test_crashes(void **state) {
    (void)state;
    static const struct {
        const char *key;
        int sent, expected;
    } cases[] = {{NULL, SIGUSR1, SIGUSR1}, {NULL, SIGALRM, SIGALRM}, {"S", 0, SIGSEGV},
                 {"A", 0, SIGABRT},        {NULL, SIGSEGV, SIGSEGV}, {NULL, SIGBUS, SIGBUS},
                 {NULL, SIGFPE, SIGFPE},   {NULL, SIGILL, SIGILL},   {NULL, SIGABRT, SIGABRT},
                 {NULL, SIGQUIT, SIGQUIT}, {"O", 0, SIGSEGV}};
    size_t first = 0, count = sizeof cases / sizeof cases[0];
#if defined(WT_SANITIZE_ADDRESS)
    count--; /* Its frames and stacks make an overflow its own affair. */
#elif defined(WT_SANITIZE_THREAD)
    count -= 2; /* The same; and it holds back a signal from outside that is no fault, */
    first = 2;  /* at times for good: SIGQUIT, SIGUSR1 and SIGALRM are the other presets' affair. */
#endif
    for (size_t i = first; i < count; i++) {
        struct wt_pty *pty = wt_terminal_start();
        if (cases[i].key != NULL) {
            wt_pty_type(pty, cases[i].key);
        } else {
            wt_pty_signal(pty, cases[i].sent);
        }
        wt_terminal_expect_crash(pty, cases[i].expected);
        wt_pty_close(pty);
    }
}

static void test_reason_is_shown_after_a_crash(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    wt_pty_type(pty, "A");
    wt_terminal_expect_crash(pty, SIGABRT);
    assert_true(wt_pty_shows(pty, "the reason of the abort"));
    assert_false(wt_pty_shows(pty, "inputs"));
    wt_pty_close(pty);
}

static void test_exit_without_close(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    wt_pty_type(pty, "E");
    wt_terminal_expect_exit(pty, 7);
    wt_pty_close(pty);
}

static void test_hang_up_ends_the_program(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    int status;
    wt_pty_hang_up(pty); /* The shell ignores the signal: the descriptor alone must do. */
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    wt_pty_close(pty);
}

static void stop_and_come_back(bool by_key) {
    struct wt_pty *pty = wt_terminal_start();
    if (by_key) {
        wt_pty_type(pty, "\032");
    } else {
        wt_pty_signal(pty, SIGTSTP);
    }
    assert_true(wt_pty_wait_stop(pty));
    assert_string_equal(wt_pty_left(pty), "");
    wt_pty_resize(pty, 100, 30);
    wt_pty_foreground(pty);
    assert_true(wt_pty_wait_text(pty, "size 100x30"));
    assert_true(wt_pty_mode(pty, 1049) && wt_pty_mode(pty, 1006) && wt_pty_mode(pty, 2004));
    assert_false(wt_pty_mode(pty, 25));
    wt_pty_type(pty, "x");
    assert_true(wt_pty_wait_text(pty, "key 78 mods 0;"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

static void test_stop_and_continue(void **state) {
    (void)state;
    stop_and_come_back(true);
    stop_and_come_back(false);
}

static void test_continue_after_a_real_stop(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start();
    wt_pty_signal(pty, SIGSTOP);
    assert_true(wt_pty_wait_stop(pty));
    wt_pty_mark(pty);
    wt_pty_foreground(pty);
    assert_true(wt_pty_wait_bytes(pty, "\033[?1049h")); /* everything is written anew */
    assert_true(wt_pty_wait_text(pty, "size 80x24"));
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

/* One figure of /proc/PID/status or the like, -1 when it cannot be read. */
static long process_figure(pid_t pid, const char *name) {
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = strtol(line + strlen(name) + 1, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

/* The terminal takes nothing at all while the program would paint without end: it keeps answering
 * signals, waits instead of spinning, grows by nothing, and ends at once. */
static void test_stalled_terminal(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start_with(NULL, 160, 48);
    assert_true(wt_pty_wait_text(pty, "size 160x48"));
    wt_pty_type(pty, "b");
    assert_true(wt_pty_wait_text(pty, "inputs 1"));
    wt_pty_set_chunk(pty, 0);
    /* It has stalled when it sleeps: no more than a few switches while we look. */
    long before, after = process_figure(wt_pty_pid(pty), "voluntary_ctxt_switches:");
    int quiet = 0;
    for (int i = 0; i < 1000 && quiet < 5; i++) {
        before = after;
        poll(NULL, 0, 20);
        after = process_figure(wt_pty_pid(pty), "voluntary_ctxt_switches:");
        quiet = after == before ? quiet + 1 : 0;
    }
    assert_int_equal(quiet, 5);
    long memory = process_figure(wt_pty_pid(pty), "VmRSS:");
    for (int i = 0; i < 200; i++) {
        wt_pty_type(pty, "xyz");
        wt_pty_resize(pty, 160 - i % 2, 48);
    }
    wt_pty_resize(pty, 160, 48);
    wt_pty_signal(pty, SIGTERM);
    int status;
#if !defined(WT_SANITIZE_ADDRESS) && !defined(WT_SANITIZE_THREAD) /* these keep what is freed */
    assert_true(process_figure(wt_pty_pid(pty), "VmRSS:") <= memory + 8192);
#else
    (void)memory;
#endif
    assert_true(wt_pty_wait_exit(pty, &status)); /* with not a byte read */
    wt_pty_set_chunk(pty, -1);
    while (wt_pty_pump(pty, 0)) {
    }
    assert_string_equal(wt_pty_left(pty), "");
    assert_true(WIFEXITED(status));
    wt_pty_close(pty);
}

/* A line of some kilobytes per second: the picture that arrives is a late one, not a queue of old
 * ones, and a key is answered within a few frames' worth of bytes. */
static void test_slow_terminal(void **state) {
    (void)state;
    struct wt_pty *pty = wt_terminal_start_with(NULL, 80, 24);
    assert_true(wt_pty_wait_text(pty, "size 80x24"));
    wt_pty_type(pty, "b");
    assert_true(wt_pty_wait_text(pty, "inputs 1"));
    wt_pty_set_chunk(pty, 100);
    for (int i = 0; i < 100; i++) {
        wt_pty_pump(pty, 100);
        poll(NULL, 0, 5);
    }
    wt_pty_mark(pty);
    wt_pty_type(pty, "x");
    assert_true(wt_pty_wait_text(pty, "inputs 2 last key 78"));
    size_t length;
    wt_pty_raw(pty, &length);
    assert_in_range(length, 1, 300000);
    wt_pty_set_chunk(pty, -1);
    wt_pty_type(pty, "q");
    wt_terminal_expect_exit(pty, 0);
    wt_pty_close(pty);
}

int main(int argc, char **argv) {
    if (wt_terminal_is_program(argc, argv)) {
        return wt_terminal_program();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quit),
        cmocka_unit_test(test_signals_that_end),
        cmocka_unit_test(test_crashes),
        cmocka_unit_test(test_reason_is_shown_after_a_crash),
        cmocka_unit_test(test_exit_without_close),
        cmocka_unit_test(test_hang_up_ends_the_program),
        cmocka_unit_test(test_stop_and_continue),
        cmocka_unit_test(test_continue_after_a_real_stop),
        cmocka_unit_test(test_stalled_terminal),
        cmocka_unit_test(test_slow_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
