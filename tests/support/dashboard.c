#include "support/dashboard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/files.h"
#include "support/support.h"

enum { ARGUMENTS = 12, VARIABLES = 16 };

const char *const test_dashboard_quick[] = {"--interval", "0.2", NULL};

void test_place_make(struct test_place *place) {
    place->directory = test_directory();
    place->socket = test_path(place->directory, "s.ipc");
}

void test_place_drop(struct test_place *place) {
    test_remove_tree(place->directory);
    free(place->socket);
    free(place->directory);
}

int test_place_open(void **state) {
    struct test_place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    test_place_make(place);
    *state = place;
    return 0;
}

int test_place_close(void **state) {
    test_place_drop(*state);
    free(*state);
    return 0;
}

static const char *program(void) {
    const char *path = getenv("WORKTOP");
    assert_non_null(path);
    return path;
}

/* Appends a list that ends with NULL. */
static void append(const char **list, size_t *count, size_t size, const char *const *more) {
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        assert_true(*count + 1 < size);
        list[(*count)++] = more[i];
    }
    list[*count] = NULL;
}

struct wt_pty *test_dashboard_start(const struct test_place *place,
                                    const struct test_dashboard *options) {
    static const char *const usual[] = {
        "TERM=xterm-256color", "LC_ALL=C.UTF-8", "COLORTERM", "NO_COLOR", "TMUX", "ESCDELAY", NULL};
    const char *arguments[ARGUMENTS], *variables[VARIABLES];
    const char *const first[] = {program(), "--socket", place->socket, options->command, NULL};
    size_t count = 0, variable_count = 0;
    append(arguments, &count, ARGUMENTS, first);
    append(arguments, &count, ARGUMENTS, options->arguments);
    append(variables, &variable_count, VARIABLES, usual);
    append(variables, &variable_count, VARIABLES, options->variables);
    const struct wt_pty_options pty_options = {.argv = arguments,
                                               .environment = variables,
                                               .directory = place->directory,
                                               .cols = options->cols > 0 ? options->cols : 120,
                                               .rows = options->rows > 0 ? options->rows : 40,
                                               .synchronized = options->synchronized};
    struct wt_pty *pty = wt_pty_start(&pty_options);
    assert_non_null(pty);
    return pty;
}

struct wt_pty *test_dashboard_live(const struct test_place *place, const char *const *variables) {
    struct wt_pty *pty = test_dashboard_start(
        place, &(struct test_dashboard){.arguments = test_dashboard_quick, .variables = variables});
    assert_true(wt_pty_wait_text(pty, "worktop"));
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    return pty;
}

void test_dashboard_end(struct wt_pty *pty, int code) {
    int status;
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_string_equal(wt_pty_left(pty), "");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
    wt_pty_close(pty);
}

struct worktop *test_join(const struct test_place *place, const char *service) {
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

pid_t test_serve(const struct test_place *place) {
    const char *path = program();
    pid_t pid = fork();
    if (pid == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        for (int fd = 0; fd <= 2; fd++) {
            dup2(nowhere, fd);
        }
        execl(path, "worktop", "serve", "--socket", place->socket, "--interval", "0.2",
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

void test_end_process(pid_t pid, int signal) {
    kill(pid, signal);
    waitpid(pid, NULL, 0);
}
