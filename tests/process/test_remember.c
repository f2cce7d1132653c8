/* What the program remembers from one run to the next, in $XDG_STATE_HOME, and what it leaves
 * alone. */
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/dashboard.h"
#include "support/files.h"

struct place {
    struct test_place at;
    char *log, *state;
    char variable[256];
};

static int open_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    test_place_make(&place->at);
    place->log = test_path(place->at.directory, "log");
    place->state = test_path(place->at.directory, "deep/er/worktop/state.json");
    snprintf(place->variable, sizeof place->variable, "XDG_STATE_HOME=%s/deep/er",
             place->at.directory);
    *state = place;
    return 0;
}

static int close_place(void **state) {
    struct place *place = *state;
    test_place_drop(&place->at);
    free(place->log);
    free(place->state);
    free(place);
    return 0;
}

static struct wt_pty *start(struct place *place, const char *option) {
    const char *const arguments[] = {"--interval", "0.2", "--log", place->log, option, NULL};
    const char *const variables[] = {place->variable, NULL};
    struct wt_pty *pty = test_dashboard_start(
        &place->at, &(struct test_dashboard){.arguments = arguments, .variables = variables});
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    return pty;
}

static char *read_whole(const char *path) {
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static bool log_says(struct place *place, const char *part) {
    const char *text = read_whole(place->log);
    return text != NULL && strstr(text, part) != NULL;
}

/* The view and a theme of one run are those of the next, whichever way the first one ended. */
static void test_next_run(void **state) {
    struct place *place = *state;
    struct wt_pty *pty = start(place, NULL);
    struct stat found;
    wt_pty_type(pty, "4");
    assert_true(wt_pty_wait_text(pty, "\u203a events"));
    wt_pty_type(pty, "t");
    assert_true(wt_pty_wait_text(pty, "worktop-light"));
    wt_pty_type(pty, "G\r"); /* the last one: worktop-light */
    assert_true(wt_pty_wait_text(pty, "theme worktop-light"));
    wt_pty_signal(pty, SIGTERM);
    test_dashboard_end(pty, 0);
    assert_non_null(strstr(read_whole(place->state), "\"chosen\":\"worktop-light\""));
    assert_int_equal(stat(place->state, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    char *directory = test_path(place->at.directory, "deep/er/worktop");
    assert_int_equal(test_entries(directory), 1); /* nothing is left beside it */
    free(directory);

    pty = start(place, NULL);
    assert_true(wt_pty_wait_text(pty, "\u203a events"));
    assert_true(wt_pty_wait_bytes(pty, "\033[?2026l")); /* the first frame is there as a whole */
    int32_t fg, bg;
    wt_pty_colours(pty, 60, 30, &fg, &bg);
    assert_true(bg > 0xe00000); /* a light ground */
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);

    pty = start(place, "--no-state"); /* neither read nor written */
    assert_false(wt_pty_shows(pty, "\u203a events"));
    wt_pty_type(pty, "3");
    assert_true(wt_pty_wait_text(pty, "\u203a memory"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    assert_non_null(strstr(read_whole(place->state), "\"view\":\"events\""));
}

static void write_state(struct place *place, const char *text) {
    static const char *const parts[] = {"deep", "deep/er", "deep/er/worktop"};
    for (size_t i = 0; i < 3; i++) {
        char *path = test_path(place->at.directory, parts[i]);
        mkdir(path, 0700);
        free(path);
    }
    test_write_file(place->state, text);
}

/* A broken file is named in the log, and replaced at the end. */
static void test_broken(void **state) {
    struct place *place = *state;
    write_state(place, "{\"version\": 1,\n \"view\": ");
    struct wt_pty *pty = start(place, NULL);
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    assert_true(log_says(place, "state.json:2"));
    assert_non_null(strstr(read_whole(place->state), "\"view\":\"overview\""));
}

/* What is no file of ours is left as it is: a link to somewhere, a directory. */
static void test_foreign(void **state) {
    struct place *place = *state;
    char *target = test_path(place->at.directory, "target");
    write_state(place, "");
    unlink(place->state);
    test_write_file(target, "precious");
    assert_int_equal(symlink(target, place->state), 0);
    struct wt_pty *pty = start(place, NULL);
    wt_pty_type(pty, "4q");
    test_dashboard_end(pty, 0);
    assert_true(log_says(place, "what it remembers is not used"));
    assert_string_equal(read_whole(target), "precious");
    struct stat found;
    assert_int_equal(lstat(place->state, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    unlink(place->state);
    assert_int_equal(mkdir(place->state, 0700), 0);
    pty = start(place, NULL);
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    assert_true(log_says(place, "is no regular file"));
    free(target);
}

/* Where it cannot be written the program ends as always, and the log says why. */
static void test_unwritable(void **state) {
    struct place *place = *state;
    snprintf(place->variable, sizeof place->variable, "XDG_STATE_HOME=/proc/none");
    struct wt_pty *pty = start(place, NULL);
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    assert_true(log_says(place, "cannot be written"));
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_next_run),
        PLACE_TEST(test_broken),
        PLACE_TEST(test_foreign),
        PLACE_TEST(test_unwritable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
