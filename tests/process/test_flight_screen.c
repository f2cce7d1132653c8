/* What a worker did when it was killed, on the screen of the real program: while one looks at it,
 * and afterwards, out of the files of a monitor that was killed, too. */
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/dashboard.h"

struct place {
    struct test_place at;
    pid_t worker;
    int to_worker, from_worker;
};

static int open_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    test_place_make(&place->at);
    *state = place;
    return 0;
}

static int close_place(void **state) {
    struct place *place = *state;
    test_place_drop(&place->at);
    free(place);
    return 0;
}

/* A process of tests/programs/toiler.c. */
static void start_worker(struct place *place) {
    int in[2], out[2];
    char path[4096];
    const char *programs = getenv("WORKTOP_TEST_PROGRAMS");
    assert_non_null(programs);
    snprintf(path, sizeof path, "%s/toiler", programs);
    assert_int_equal(pipe(in) | pipe(out), 0);
    place->worker = fork();
    assert_true(place->worker >= 0);
    if (place->worker == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl(path, "toiler", place->at.socket, "shop", "1", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    place->to_worker = in[1];
    place->from_worker = out[0];
}

static void tell(const struct place *place, const char *line) {
    char answer[16];
    assert_int_equal(write(place->to_worker, line, strlen(line)), (ssize_t)strlen(line));
    assert_true(read(place->from_worker, answer, sizeof answer) > 0);
}

static void work(const struct place *place) {
    tell(place, "event 7 cache is cold\n");
    tell(place, "begin GET /cart|c-1\n");
    tell(place, "fail 500\n");
    tell(place, "begin POST /checkout|8f3a\n");
}

static void kill_worker(struct place *place) {
    kill(place->worker, SIGKILL);
    assert_int_equal(waitpid(place->worker, NULL, 0), place->worker);
    close(place->to_worker);
    close(place->from_worker);
}

static struct wt_pty *look(const struct place *place, const char *command) {
    static const char *const arguments[] = {"--no-state", "--interval", "0.2", NULL};
    return test_dashboard_start(
        &place->at, &(struct test_dashboard){
                        .command = command, .arguments = arguments, .cols = 160, .rows = 48});
}

static void leave(struct wt_pty *pty) {
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
}

/* All that a killed worker leaves, in its view. */
static void expect_box(struct wt_pty *pty) {
    static const char *const words[] = {"GONE",           "black box", "under way when it died",
                                        "POST /checkout", "8f3a",      "GET /cart",
                                        "cache is cold"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_true(wt_pty_wait_text(pty, words[i]));
}

static void the_worker_one_looks_at_is_killed(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = look(place, NULL);
    assert_true(wt_pty_wait_text(pty, "No worker"));
    start_worker(place);
    work(place);
    assert_true(wt_pty_wait_text(pty, "POST /checkout")); /* the column of what workers do */
    wt_pty_type(pty, "\r");
    assert_true(wt_pty_wait_text(pty, "\xe2\x80\xba shop"));
    wt_pty_type(pty, "\r");
    assert_true(wt_pty_wait_text(pty, "worker 1 of shop"));
    assert_true(wt_pty_wait_text(pty, "cache is cold")); /* all of it comes with the focus */
    assert_true(wt_pty_wait_text(pty, "POST /checkout"));
    assert_false(wt_pty_shows(pty, "black box"));
    kill_worker(place);
    expect_box(pty);
    leave(pty);
}

static void its_box_outlives_the_monitor(void **state) {
    struct place *place = *state;
    pid_t monitor = test_serve(&place->at);
    start_worker(place);
    work(place);
    struct wt_pty *pty = look(place, "attach");
    assert_true(wt_pty_wait_text(pty, "POST /checkout"));
    wt_pty_type(pty, "4"); /* where it stays, also when its service goes with it */
    kill_worker(place);
    assert_true(wt_pty_wait_text(pty, "worker 1 ended")); /* told in the same look as its box */
    test_end_process(monitor, SIGKILL);
    leave(pty);
    pty = look(place, "attach"); /* nobody looked at the worker before */
    assert_true(wt_pty_wait_text(pty, "DEAD since"));
    wt_pty_type(pty, "4");
    assert_true(wt_pty_wait_text(pty, "newest of all workers, then the slowest"));
    wt_pty_type(pty, "\t\r"); /* from its newest record */
    assert_true(wt_pty_wait_text(pty, "worker 1 of shop"));
    expect_box(pty);
    leave(pty);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_worker_one_looks_at_is_killed, open_place, close_place),
        cmocka_unit_test_setup_teardown(its_box_outlives_the_monitor, open_place, close_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
