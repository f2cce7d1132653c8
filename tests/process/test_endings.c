/* The program's dashboard and its terminal: every ending gives it back, also a crash; terminals of
 * all kinds and sizes, also none that can be drawn on, and one that takes nothing. */
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/dashboard.h"
#include "support/files.h"

static void test_every_ending(void **state) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct test_place *place = *state;
        struct wt_pty *pty = test_dashboard_live(place, NULL);
        wt_pty_signal(pty, signals[i]);
        test_dashboard_end(pty, 0);
        assert_int_equal(test_entries(place->directory), 0);
    }
}

static void test_hang_up(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    int status;
    wt_pty_hang_up(pty);
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_true(WIFEXITED(status));
    wt_pty_close(pty);
    assert_int_equal(test_entries(place->directory), 0);
}

static void test_crash(void **state) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT};
    /* A sanitizer's own handler would only make a long report of it. */
    static const char *const variables[] = {
        "ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_abort=0",
        "TSAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_abort=0", NULL};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct test_place *place = *state;
        struct wt_pty *pty = test_dashboard_live(place, variables);
        assert_true(wt_pty_wait_text(pty, "LIVE"));
        int status;
        wt_pty_signal(pty, signals[i]);
        assert_true(wt_pty_wait_exit(pty, &status));
        assert_string_equal(wt_pty_left(pty), "");
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
        wt_pty_close(pty);
    }
}

static void test_stop_and_continue(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    for (int by_key = 0; by_key < 2; by_key++) {
        if (by_key) {
            wt_pty_type(pty, "\032");
        } else {
            wt_pty_signal(pty, SIGTSTP);
        }
        assert_true(wt_pty_wait_stop(pty));
        assert_string_equal(wt_pty_left(pty), "");
        wt_pty_resize(pty, 90 + by_key, 30);
        wt_pty_mark(pty);
        wt_pty_foreground(pty);
        assert_true(wt_pty_wait_bytes(pty, "LIVE"));
        assert_true(wt_pty_mode(pty, 1049));
    }
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
}

/* Who types faster than the program ends does not lose the next command. */
static void test_what_is_typed_ahead_is_the_shells(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    int status;
    wt_pty_type(pty, "jqls -l\r");
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_string_equal(wt_pty_left(pty), "");
    char typed[64];
    wt_pty_typed_ahead(pty, typed, sizeof typed);
    assert_string_equal(typed, "ls -l\r");
    wt_pty_close(pty);
}

/* The workers are stopped with the whole job, and go on with it. */
static void test_demo_stops_and_goes_on(void **state) {
    struct test_place *place = *state;
    const char *const argv[] = {getenv("WORKTOP"), "demo", "--workers", "4",
                                "--interval",      "0.2",  NULL};
    const char *const environment[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", NULL};
    struct wt_pty_options options = {
        .argv = argv, .environment = environment, .directory = place->directory, .cols = 120};
    options.rows = 40;
    struct wt_pty *pty = wt_pty_start(&options);
    assert_non_null(pty);
    assert_true(wt_pty_wait_text(pty, "4 workers"));
    wt_pty_type(pty, "\032");
    assert_true(wt_pty_wait_stop(pty));
    assert_string_equal(wt_pty_left(pty), "");
    wt_pty_mark(pty);
    wt_pty_foreground(pty);
    assert_true(wt_pty_wait_bytes(pty, "LIVE"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
}

static void test_terminals_and_locales(void **state) {
    static const char *const cases[][4] = {
        {"TERM=vt100", NULL},          {"TERM=linux", NULL}, {"TERM=xterm", "LC_ALL=C", NULL},
        {"COLORTERM=truecolor", NULL}, {"NO_COLOR=1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_place *place = *state;
        struct wt_pty *pty = test_dashboard_start(
            place,
            &(struct test_dashboard){
                .arguments = test_dashboard_quick, .variables = cases[i], .cols = 80, .rows = 24});
        assert_true(wt_pty_wait_text(pty, "LIVE"));
        assert_true(wt_pty_wait_text(pty, "No worker"));
        wt_pty_type(pty, "q");
        test_dashboard_end(pty, 0);
    }
}

static void test_any_size(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    struct worktop *worktop = test_join(place, "tower");
    static const int sizes[][2] = {{1, 1}, {2, 30}, {40, 10}, {200, 60}, {39, 9}, {80, 24}};
    for (int i = 0; i < 60; i++) {
        wt_pty_resize(pty, sizes[i % 6][0], sizes[i % 6][1]);
        wt_pty_pump(pty, 5);
    }
    assert_true(wt_pty_wait_text(pty, "tower"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    worktop_close(&worktop);
}

static void test_plain_tables(void **state) {
    static const struct {
        const char *arguments[5], *variables[2];
    } cases[] = {
        {{"--interval", "0.1", "--once", NULL}, {NULL}},
        {{"--interval", "0.1", "--frames", "3", NULL}, {NULL}},
        {{"--interval", "0.1", "--frames", "2", NULL}, {"TERM=dumb", NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_place *place = *state;
        struct wt_pty *pty =
            test_dashboard_start(place, &(struct test_dashboard){.arguments = cases[i].arguments,
                                                                 .variables = cases[i].variables,
                                                                 .cols = 100});
        assert_true(wt_pty_wait_text(pty, "No workers yet"));
        test_dashboard_end(pty, 0);
        assert_int_equal(test_entries(place->directory), 0);
    }
}

/* No frames asked for, but no screen either: tables come until a signal ends it. */
static void test_dumb_terminal(void **state) {
    static const char *const arguments[] = {"--interval", "0.1", NULL};
    static const char *const variables[] = {"TERM=dumb", NULL};
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_start(
        place,
        &(struct test_dashboard){.arguments = arguments, .variables = variables, .cols = 100});
    assert_true(wt_pty_wait_text(pty, "plain tables instead of a screen"));
    assert_true(wt_pty_wait_text(pty, "No workers yet"));
    size_t length;
    const char *raw = wt_pty_raw(pty, &length);
    assert_null(memchr(raw, 0x1b, length));
    wt_pty_type(pty, "\003"); /* the terminal is the shell's: ^C is its signal */
    test_dashboard_end(pty, 0);
}

static void test_errors_are_one_line(void **state) {
    static const struct {
        const char *arguments[3], *text;
    } cases[] = {
        {{"--theme", "no-such-theme", NULL}, "no-such-theme"},
        {{"--store", "/no/such/directory/store", NULL}, "/no/such/directory"},
        {{"--group", "no-such-group", NULL}, "no-such-group"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_place *place = *state;
        struct wt_pty *pty =
            test_dashboard_start(place, &(struct test_dashboard){.arguments = cases[i].arguments});
        int status;
        assert_true(wt_pty_wait_exit(pty, &status));
        assert_string_equal(wt_pty_left(pty), "");
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
        assert_true(wt_pty_wait_text(pty, "worktop: "));
        assert_true(wt_pty_shows(pty, cases[i].text));
        size_t length;
        const char *raw = wt_pty_raw(pty, &length);
        assert_null(memmem(raw, length, "\033[?1049h", 8)); /* the screen was never taken */
        wt_pty_close(pty);
        assert_int_equal(test_entries(place->directory), 0);
    }
}

/* A terminal that takes nothing: the monitor behind the screen goes on, and so do its workers. */
static void test_stalled_terminal_does_not_stop_the_monitor(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    wt_pty_set_chunk(pty, 0);
    for (int i = 0; i < 400; i++) {
        wt_pty_type(pty, "?\033"); /* keeps the screen changing */
        usleep(1000);
    }
    struct worktop *worktop = test_join(place, "tower");
    struct worktop_info info = {.struct_size = sizeof info};
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(worktop_get_info(worktop, &info), WORKTOP_OK);
        if (info.state == WORKTOP_ATTACHED) {
            break;
        }
        usleep(10000);
    }
    assert_int_equal(info.state, WORKTOP_ATTACHED);
    wt_pty_set_chunk(pty, -1);
    assert_true(wt_pty_wait_text(pty, "tower"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    worktop_close(&worktop);
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, test_place_open, test_place_close)

/* A copy of the program, in the place. The caller frees its name. */
static char *copy_program(const struct test_place *place) {
    char *path = test_path(place->directory, "worktop");
    FILE *from = fopen(getenv("WORKTOP"), "rb"), *to = fopen(path, "wb");
    assert_true(from != NULL && to != NULL);
    char block[65536];
    for (size_t length; (length = fread(block, 1, sizeof block, from)) > 0;)
        assert_int_equal(fwrite(block, 1, length, to), length);
    assert_int_equal(fclose(to), 0);
    fclose(from);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

/* The screen is there already when the demo finds no program for its workers. */
static void test_an_end_before_the_first_look(void **state) {
    char *program = copy_program(*state);
    const char *const argv[] = {program, "demo", "--no-state", NULL};
    const char *const environment[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", NULL};
    struct wt_pty *pty = wt_pty_start(&(struct wt_pty_options){
        .argv = argv, .environment = environment, .cols = 120, .rows = 40});
    assert_non_null(pty);
    assert_true(wt_pty_wait_text(pty, "worktop-demo-worker is neither in "));
    test_dashboard_end(pty, 1);
    free(program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_every_ending),
        PLACE_TEST(test_hang_up),
        PLACE_TEST(test_an_end_before_the_first_look),
        PLACE_TEST(test_crash),
        PLACE_TEST(test_stop_and_continue),
        PLACE_TEST(test_what_is_typed_ahead_is_the_shells),
        PLACE_TEST(test_demo_stops_and_goes_on),
        PLACE_TEST(test_terminals_and_locales),
        PLACE_TEST(test_any_size),
        PLACE_TEST(test_plain_tables),
        PLACE_TEST(test_dumb_terminal),
        PLACE_TEST(test_errors_are_one_line),
        PLACE_TEST(test_stalled_terminal_does_not_stop_the_monitor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
