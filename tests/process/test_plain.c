/* The dashboard without a terminal: plain tables into a pipe, to a reader that goes away, and to
 * one that never reads. */
#include "support/support.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "support/files.h"

struct run {
    char *directory, *socket;
    pid_t pid;
    int out; /* standard output and error of the program */
};

static int open_run(void **state) {
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->directory = test_directory();
    run->socket = test_path(run->directory, "s.ipc");
    run->out = -1;
    *state = run;
    return 0;
}

static int close_run(void **state) {
    struct run *run = *state;
    if (run->out >= 0) {
        close(run->out);
    }
    test_remove_tree(run->directory);
    free(run->socket);
    free(run->directory);
    free(run);
    return 0;
}

static void start(struct run *run, const char *interval, const char *frames) {
    int ends[2];
    const char *program = getenv("WORKTOP");
    assert_non_null(program);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    run->pid = fork();
    if (run->pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execl(program, "worktop", "--socket", run->socket, "--interval", interval,
              frames != NULL ? "--frames" : (char *)NULL, frames, (char *)NULL);
        _exit(127);
    }
    assert_true(run->pid > 0);
    close(ends[1]);
    run->out = ends[0];
}

/* Reads until the program has printed `part` that many times, or its output ends. */
static int read_tables(struct run *run, const char *part, int times, struct wt_buffer *text) {
    for (;;) {
        int found = 0;
        for (const char *at = wt_buffer_text(text); (at = strstr(at, part)) != NULL; at++) {
            found++;
        }
        char bytes[4096];
        struct pollfd wait = {.fd = run->out, .events = POLLIN};
        ssize_t n =
            found >= times || poll(&wait, 1, 30000) <= 0 ? 0 : read(run->out, bytes, sizeof bytes);
        if (n <= 0) {
            return found;
        }
        wt_buffer_append(text, bytes, (size_t)n);
    }
}

/* The exit code; fails the test when it was a signal. */
static int end_of(struct run *run) {
    int status;
    assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(test_entries(run->directory), 0);
    return WEXITSTATUS(status);
}

static void test_as_many_tables_as_asked_for(void **state) {
    struct run *run = *state;
    struct wt_buffer text = {0};
    start(run, "0.1", "3");
    assert_int_equal(read_tables(run, "No workers yet", 1000, &text), 3);
    assert_int_equal(end_of(run), 0);
    assert_null(memchr(text.data, 0x1b, text.length));
    wt_buffer_fini(&text);
}

static void test_until_a_signal(void **state) {
    struct run *run = *state;
    struct wt_buffer text = {0};
    start(run, "0.1", NULL);
    assert_true(read_tables(run, "No workers yet", 4, &text) >= 4);
    kill(run->pid, SIGTERM);
    assert_int_equal(end_of(run), 0);
    wt_buffer_fini(&text);
}

static void test_a_reader_that_has_seen_enough(void **state) {
    struct run *run = *state;
    struct wt_buffer text = {0};
    start(run, "0.1", NULL);
    assert_true(read_tables(run, "No workers yet", 1, &text) >= 1);
    close(run->out);
    run->out = -1;
    assert_int_equal(end_of(run), 0);
    wt_buffer_fini(&text);
}

/* The pipe is full: tables are dropped, the monitor works, and a signal still ends it at once. */
static void test_a_reader_that_stalls(void **state) {
    struct run *run = *state;
    struct wt_buffer text = {0};
    start(run, "0.1", NULL);
    assert_true(read_tables(run, "No workers yet", 1, &text) >= 1);
    char filler[4096] = {0};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/1", (int)run->pid);
    int other = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(other >= 0);
    while (write(other, filler, sizeof filler) > 0) {
    }
    while (write(other, filler, 1) > 0) {
    }
    close(other);
    /* It hangs in a write when a thread of it sleeps in pipe_write; how long is no matter. */
    for (int i = 0; i < 30; i++) {
        poll(NULL, 0, 10);
    }
    kill(run->pid, SIGINT);
    assert_int_equal(end_of(run), 0);
    wt_buffer_fini(&text);
}

#define RUN_TEST(test) cmocka_unit_test_setup_teardown(test, open_run, close_run)

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN_TEST(test_as_many_tables_as_asked_for),
        RUN_TEST(test_until_a_signal),
        RUN_TEST(test_a_reader_that_has_seen_enough),
        RUN_TEST(test_a_reader_that_stalls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
