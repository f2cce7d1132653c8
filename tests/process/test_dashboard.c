/* The program's dashboard on a pseudo-terminal: a monitor of its own or another one's, keys, every
 * ending, plain tables. Workers are real ones, of this process, through libworktop. */
#include "support/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <worktop/worktop.h>

#include "export/export.h"
#include "support/files.h"
#include "support/pty.h"

struct place {
    char *directory;
    char *socket;
};

static int open_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    place->directory = test_directory();
    place->socket = test_path(place->directory, "s.ipc");
    *state = place;
    return 0;
}

static int close_place(void **state) {
    struct place *place = *state;
    test_remove_tree(place->directory);
    free(place->socket);
    free(place->directory);
    free(place);
    return 0;
}

static const char *program(void) {
    const char *path = getenv("WORKTOP");
    assert_non_null(path);
    return path;
}

/* The program with up to 6 arguments after the socket, in the place's directory. */
static struct wt_pty *start(struct place *place, const char *const *more,
                            const char *const *variables, int cols, int rows) {
    const char *argv[12] = {program(), "--socket", place->socket};
    const char *environment[16] = {
        "TERM=xterm-256color", "LC_ALL=C.UTF-8", "COLORTERM", "NO_COLOR", "TMUX", "ESCDELAY"};
    size_t count = 3, variable_count = 6;
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        argv[count++] = more[i];
    }
    for (size_t i = 0; variables != NULL && variables[i] != NULL; i++) {
        environment[variable_count++] = variables[i];
    }
    struct wt_pty_options options = {.argv = argv,
                                     .environment = environment,
                                     .directory = place->directory,
                                     .cols = cols,
                                     .rows = rows};
    struct wt_pty *pty = wt_pty_start(&options);
    assert_non_null(pty);
    return pty;
}

static const char *const quick[] = {"--interval", "0.2", NULL};

static struct wt_pty *start_quick(struct place *place) {
    struct wt_pty *pty = start(place, quick, NULL, 120, 40);
    assert_true(wt_pty_wait_text(pty, "worktop"));
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    return pty;
}

static void expect_end(struct wt_pty *pty, int code) {
    int status;
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_string_equal(wt_pty_left(pty), "");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
    wt_pty_close(pty);
}

static struct worktop *join(struct place *place, const char *service) {
    static const struct worktop_field fields[] = {
        {"requests_total", WORKTOP_U64, WORKTOP_ADD},
        {"requests_active", WORKTOP_U64, WORKTOP_ADD},
    };
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    struct worktop *worktop;
    options.service = service;
    options.socket_path = place->socket;
    assert_int_equal(worktop_open(&worktop, &options, fields, 2), WORKTOP_OK);
    return worktop;
}

/* The headless monitor, in a process of its own; silent. */
static pid_t serve(struct place *place) {
    pid_t pid = fork();
    if (pid == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, 0);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execl(program(), "worktop", "serve", "--socket", place->socket, "--interval", "0.2",
              (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    for (int i = 0; i < 3000 && !test_exists(place->socket); i++) {
        usleep(10000);
    }
    assert_true(test_exists(place->socket));
    return pid;
}

static void end_process(pid_t pid, int signal) {
    kill(pid, signal);
    waitpid(pid, NULL, 0);
}

static void test_hosts_a_monitor(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
    assert_true(wt_pty_wait_text(pty, "No worker"));
    struct worktop *worktop = join(place, "tower");
    assert_true(wt_pty_wait_text(pty, "tower"));
    assert_true(wt_pty_wait_text(pty, "1 service"));
    worktop_close(&worktop);
    wt_pty_type(pty, "q");
    expect_end(pty, 0);
    assert_int_equal(test_entries(place->directory), 0); /* all files of the monitor are gone */
}

static void test_shows_the_monitor_that_runs(void **state) {
    struct place *place = *state;
    pid_t monitor = serve(place);
    struct worktop *worktop = join(place, "tower");
    struct wt_pty *pty = start_quick(place);
    assert_true(wt_pty_wait_text(pty, "through the bus"));
    assert_true(wt_pty_wait_text(pty, "tower"));
    end_process(monitor, SIGKILL);
    assert_true(wt_pty_wait_text(pty, "DEAD"));
    assert_true(wt_pty_wait_text(pty, "tower")); /* the last look stays, dated */
    monitor = serve(place);                      /* takes the place over */
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    wt_pty_type(pty, "q");
    expect_end(pty, 0);
    assert_true(test_exists(place->socket)); /* not ours to remove */
    worktop_close(&worktop);
    end_process(monitor, SIGTERM);
}

static void test_every_ending(void **state) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct place *place = *state;
        struct wt_pty *pty = start_quick(place);
        wt_pty_signal(pty, signals[i]);
        expect_end(pty, 0);
        assert_int_equal(test_entries(place->directory), 0);
    }
}

static void test_hang_up(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
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
        struct place *place = *state;
        struct wt_pty *pty = start(place, quick, variables, 120, 40);
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
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
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
    expect_end(pty, 0);
}

static void test_keys_and_paste(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
    wt_pty_type(pty, "\033[200~q\033[201~");
    wt_pty_type(pty, "?");
    assert_true(wt_pty_wait_text(pty, "leave worktop"));
    wt_pty_type(pty, "\033");
    assert_true(wt_pty_wait_no_text(pty, "leave worktop"));
    wt_pty_type(pty, " ");
    assert_true(wt_pty_wait_text(pty, "PAUSED"));
    wt_pty_type(pty, " ");
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    wt_pty_type(pty, "q");
    expect_end(pty, 0);
}

/* Who types faster than the program ends does not lose the next command. */
static void test_what_is_typed_ahead_is_the_shells(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
    int status;
    wt_pty_type(pty, "jqls -l\r");
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_string_equal(wt_pty_left(pty), "");
    char typed[64];
    wt_pty_typed_ahead(pty, typed, sizeof typed);
    assert_string_equal(typed, "ls -l\r");
    wt_pty_close(pty);
}

/* The monitor is told, and looks more often: the next look comes long before the first interval. */
static void test_another_interval(void **state) {
    static const char *const slow[] = {"--interval", "3600", NULL};
    struct place *place = *state;
    struct wt_pty *pty = start(place, slow, NULL, 120, 40);
    assert_true(wt_pty_wait_text(pty, "No worker"));
    struct worktop *worktop = join(place, "tower");
    for (int i = 0; i < 30; i++) {
        wt_pty_type(pty, "+");
    }
    assert_true(wt_pty_wait_text(pty, "tower"));
    wt_pty_type(pty, "q");
    expect_end(pty, 0);
    worktop_close(&worktop);
}

/* The workers are stopped with the whole job, and go on with it. */
static void test_demo_stops_and_goes_on(void **state) {
    struct place *place = *state;
    const char *const argv[] = {program(), "demo", "--workers", "4", "--interval", "0.2", NULL};
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
    expect_end(pty, 0);
}

/* The file that the key made, read back; its name goes to `name`. */
static void read_export(struct place *place, char name[static 256]) {
    DIR *directory = opendir(place->directory);
    struct dirent *entry;
    name[0] = '\0';
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, "worktop-", 8) == 0) {
            snprintf(name, 256, "%s", entry->d_name);
        }
    }
    closedir(directory);
    assert_true(name[0] != '\0');
    char *path = test_path(place->directory, name);
    FILE *file = fopen(path, "r");
    struct wt_buffer text = {0};
    int c;
    while ((c = fgetc(file)) != EOF) {
        wt_buffer_append_char(&text, (char)c);
    }
    fclose(file);
    struct wt_snapshot *snapshot;
    assert_int_equal(wt_import_json(text.data, text.length, &snapshot, NULL), WT_OK);
    wt_snapshot_unref(snapshot);
    wt_buffer_fini(&text);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    free(path);
}

static size_t count_exports(struct place *place) {
    DIR *directory = opendir(place->directory);
    struct dirent *entry;
    size_t count = 0;
    while ((entry = readdir(directory)) != NULL) {
        count += strncmp(entry->d_name, "worktop-", 8) == 0;
    }
    closedir(directory);
    return count;
}

static void test_export(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
    char name[256];
    wt_pty_type(pty, "eee");
    assert_true(wt_pty_wait_text(pty, "worktop-2"));
    read_export(place, name);
    wt_pty_type(pty, "q");
    expect_end(pty, 0);
    assert_int_equal(count_exports(place), 3); /* within one second, and none overwritten */
}

static void test_terminals_and_locales(void **state) {
    static const char *const cases[][4] = {
        {"TERM=vt100", NULL},          {"TERM=linux", NULL}, {"TERM=xterm", "LC_ALL=C", NULL},
        {"COLORTERM=truecolor", NULL}, {"NO_COLOR=1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct place *place = *state;
        struct wt_pty *pty = start(place, quick, cases[i], 80, 24);
        assert_true(wt_pty_wait_text(pty, "LIVE"));
        assert_true(wt_pty_wait_text(pty, "No worker"));
        wt_pty_type(pty, "q");
        expect_end(pty, 0);
    }
}

static void test_any_size(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
    struct worktop *worktop = join(place, "tower");
    static const int sizes[][2] = {{1, 1}, {2, 30}, {40, 10}, {200, 60}, {39, 9}, {80, 24}};
    for (int i = 0; i < 60; i++) {
        wt_pty_resize(pty, sizes[i % 6][0], sizes[i % 6][1]);
        wt_pty_pump(pty, 5);
    }
    assert_true(wt_pty_wait_text(pty, "tower"));
    wt_pty_type(pty, "q");
    expect_end(pty, 0);
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
        struct place *place = *state;
        struct wt_pty *pty = start(place, cases[i].arguments, cases[i].variables, 100, 40);
        assert_true(wt_pty_wait_text(pty, "No workers yet"));
        expect_end(pty, 0);
        assert_int_equal(test_entries(place->directory), 0);
    }
}

/* No frames asked for, but no screen either: tables come until a signal ends it. */
static void test_dumb_terminal(void **state) {
    static const char *const arguments[] = {"--interval", "0.1", NULL};
    static const char *const variables[] = {"TERM=dumb", NULL};
    struct place *place = *state;
    struct wt_pty *pty = start(place, arguments, variables, 100, 40);
    assert_true(wt_pty_wait_text(pty, "plain tables instead of a screen"));
    assert_true(wt_pty_wait_text(pty, "No workers yet"));
    size_t length;
    const char *raw = wt_pty_raw(pty, &length);
    assert_null(memchr(raw, 0x1b, length));
    wt_pty_type(pty, "\003"); /* the terminal is the shell's: ^C is its signal */
    expect_end(pty, 0);
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
        struct place *place = *state;
        struct wt_pty *pty = start(place, cases[i].arguments, NULL, 120, 40);
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
    struct place *place = *state;
    struct wt_pty *pty = start_quick(place);
    wt_pty_set_chunk(pty, 0);
    for (int i = 0; i < 400; i++) {
        wt_pty_type(pty, "?\033"); /* keeps the screen changing */
        usleep(1000);
    }
    struct worktop *worktop = join(place, "tower");
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
    expect_end(pty, 0);
    worktop_close(&worktop);
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_hosts_a_monitor),
        PLACE_TEST(test_shows_the_monitor_that_runs),
        PLACE_TEST(test_every_ending),
        PLACE_TEST(test_hang_up),
        PLACE_TEST(test_crash),
        PLACE_TEST(test_stop_and_continue),
        PLACE_TEST(test_keys_and_paste),
        PLACE_TEST(test_what_is_typed_ahead_is_the_shells),
        PLACE_TEST(test_another_interval),
        PLACE_TEST(test_demo_stops_and_goes_on),
        PLACE_TEST(test_export),
        PLACE_TEST(test_terminals_and_locales),
        PLACE_TEST(test_any_size),
        PLACE_TEST(test_plain_tables),
        PLACE_TEST(test_dumb_terminal),
        PLACE_TEST(test_errors_are_one_line),
        PLACE_TEST(test_stalled_terminal_does_not_stop_the_monitor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
