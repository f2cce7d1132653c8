#include "support/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/files.h"
#include "term/term.h"

/* Standard error goes to a file of the test while it runs; what came out is read from there. */
struct stage {
    char *directory, *seen_path, *log_path;
    int kept;
};

static int open_stage(void **state) {
    struct stage *stage = calloc(1, sizeof *stage);
    assert_non_null(stage);
    stage->directory = test_directory();
    stage->seen_path = test_path(stage->directory, "seen");
    stage->log_path = test_path(stage->directory, "log");
    stage->kept = dup(STDERR_FILENO);
    int seen = open(stage->seen_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(seen >= 0 && stage->kept >= 0);
    assert_int_equal(dup2(seen, STDERR_FILENO), STDERR_FILENO);
    close(seen);
    *state = stage;
    return 0;
}

static int close_stage(void **state) {
    struct stage *stage = *state;
    dup2(stage->kept, STDERR_FILENO);
    close(stage->kept);
    test_remove_tree(stage->directory);
    free(stage->seen_path);
    free(stage->log_path);
    free(stage->directory);
    free(stage);
    return 0;
}

static char *contents(const char *path) {
    char *text = calloc(1, 65536);
    assert_non_null(text);
    int fd = open(path, O_RDONLY);
    if (fd >= 0) {
        assert_true(read(fd, text, 65535) >= 0);
        close(fd);
    }
    return text;
}

static void expect_contents(const char *path, const char *expected) {
    char *text = contents(path);
    assert_string_equal(text, expected);
    free(text);
}

static void test_held_back_and_shown(void **state) {
    struct stage *stage = *state;
    assert_int_equal(wt_term_capture_begin(NULL, NULL), WT_OK);
    assert_int_equal(wt_term_capture_begin(NULL, NULL), WT_OK); /* twice is once */
    fputs("one\n", stderr);
    fputs("two\n", stderr);
    wt_term_capture_trim();
    expect_contents(stage->seen_path, "");
    wt_term_capture_end();
    expect_contents(stage->seen_path, "one\ntwo\n");
    wt_term_capture_end();
    fputs("three\n", stderr);
    expect_contents(stage->seen_path, "one\ntwo\nthree\n");
}

static void test_into_the_log(void **state) {
    struct stage *stage = *state;
    test_write_file(stage->log_path, "before\n");
    assert_int_equal(wt_term_capture_begin(stage->log_path, NULL), WT_OK);
    fputs("one\n", stderr);
    wt_term_capture_end();
    fputs("two\n", stderr);
    expect_contents(stage->log_path, "before\none\n");
    expect_contents(stage->seen_path, "two\n");
}

static void test_a_log_that_cannot_be(void **state) {
    struct stage *stage = *state;
    struct wt_error err;
    assert_int_equal(wt_term_capture_begin("/no/such/directory/log", &err), WT_ENOENT);
    assert_non_null(strstr(err.text, "/no/such/directory/log"));
    fputs("one\n", stderr);
    expect_contents(stage->seen_path, "one\n");
}

/* Somebody who talks without end costs a megabyte at most, and a note says that some is lost. */
static void test_memory_stays_bounded(void **state) {
    struct stage *stage = *state;
    struct stat info;
    char line[1024];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    assert_int_equal(wt_term_capture_begin(NULL, NULL), WT_OK);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(write(STDERR_FILENO, line, sizeof line), sizeof line);
        wt_term_capture_trim();
        assert_int_equal(fstat(STDERR_FILENO, &info), 0);
        assert_true(info.st_size <= 1024 * 1024 + (off_t)sizeof line);
    }
    fputs("the end\n", stderr);
    wt_term_capture_end();
    char *text = contents(stage->seen_path);
    assert_true(strlen(text) <= 8192);
    assert_non_null(strstr(text, "the end\n"));
    free(text);
}

#define STAGE_TEST(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void) {
    const struct CMUnitTest tests[] = {
        STAGE_TEST(test_held_back_and_shown),
        STAGE_TEST(test_into_the_log),
        STAGE_TEST(test_a_log_that_cannot_be),
        STAGE_TEST(test_memory_stays_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
