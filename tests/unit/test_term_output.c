#include "support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term/output.h"

struct line {
    int ends[2];
    struct wt_term_output output;
};

static int open_line(void **state) {
    struct line *line = calloc(1, sizeof *line);
    assert_non_null(line);
    assert_int_equal(pipe2(line->ends, O_CLOEXEC | O_NONBLOCK), 0);
    wt_term_output_init(&line->output, line->ends[1]);
    *state = line;
    return 0;
}

static int close_line(void **state) {
    struct line *line = *state;
    wt_term_output_fini(&line->output);
    close(line->ends[0]);
    close(line->ends[1]);
    free(line);
    return 0;
}

static size_t drain(struct line *line, struct wt_buffer *into, size_t most) {
    char bytes[4096];
    size_t done = 0;
    while (done < most) {
        size_t want = most - done < sizeof bytes ? most - done : sizeof bytes;
        ssize_t n = read(line->ends[0], bytes, want);
        if (n <= 0) {
            break;
        }
        wt_buffer_append(into, bytes, (size_t)n);
        done += (size_t)n;
    }
    return done;
}

static void test_a_frame_that_fits(void **state) {
    struct line *line = *state;
    struct wt_buffer got = {0};
    wt_buffer_append_text(&line->output.frame, "frame");
    assert_int_equal(wt_term_output_send(&line->output, NULL), WT_OK);
    assert_false(wt_term_output_pending(&line->output));
    assert_int_equal(drain(line, &got, 100), 5);
    assert_int_equal(line->output.total, 5);
    assert_int_equal(wt_term_output_send(&line->output, NULL), WT_OK); /* nothing to do */
    wt_buffer_fini(&got);
}

static void test_a_frame_that_waits(void **state) {
    struct line *line = *state;
    struct wt_buffer got = {0};
    size_t length = 1000000;
    for (size_t i = 0; i < length; i++) {
        wt_buffer_append_char(&line->output.frame, (char)('a' + i % 26));
    }
    assert_int_equal(wt_term_output_send(&line->output, NULL), WT_EAGAIN);
    assert_true(wt_term_output_pending(&line->output));
    wt_status status = WT_EAGAIN;
    for (int i = 0; i < 100000 && status == WT_EAGAIN; i++) {
        drain(line, &got, 5000);
        status = wt_term_output_send(&line->output, NULL);
    }
    assert_int_equal(status, WT_OK);
    drain(line, &got, length);
    assert_int_equal(got.length, length);
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(got.data[i], 'a' + (int)(i % 26));
    }
    wt_buffer_fini(&got);
}

static void test_abandon_tells_of_half_a_frame(void **state) {
    struct line *line = *state;
    wt_buffer_append_text(&line->output.frame, "unsent");
    assert_false(wt_term_output_abandon(&line->output));
    assert_true(wt_buffer_reserve(&line->output.frame, 1000000));
    memset(line->output.frame.data, 'x', 1000000);
    line->output.frame.length = 1000000;
    assert_int_equal(wt_term_output_send(&line->output, NULL), WT_EAGAIN);
    assert_true(wt_term_output_abandon(&line->output));
    assert_false(wt_term_output_pending(&line->output));
}

static void test_the_other_side_goes(void **state) {
    struct line *line = *state;
    struct wt_error err;
    signal(SIGPIPE, SIG_IGN);
    close(line->ends[0]);
    line->ends[0] = dup(line->ends[1]);
    wt_buffer_append_text(&line->output.frame, "frame");
    assert_int_equal(wt_term_output_send(&line->output, &err), WT_EDEAD);
    assert_int_equal(err.status, WT_EDEAD);
    assert_int_equal(err.sys_errno, EPIPE);
    assert_false(wt_term_output_pending(&line->output));
}

static void test_no_memory(void **state) {
    struct line *line = *state;
    line->output.frame.failed = true;
    assert_int_equal(wt_term_output_send(&line->output, NULL), WT_ENOMEM);
    wt_buffer_append_text(&line->output.frame, "next");
    assert_int_equal(wt_term_output_send(&line->output, NULL), WT_OK);
}

static void test_force_gives_up(void **state) {
    struct line *line = *state;
    char bytes[4096] = {0};
    while (write(line->ends[1], bytes, sizeof bytes) > 0) {
    }
    assert_false(wt_term_output_force(line->ends[1], "words", 5, 10));
    struct wt_buffer got = {0};
    drain(line, &got, 65536);
    assert_true(wt_term_output_force(line->ends[1], "words", 5, 10));
    wt_buffer_fini(&got);
}

#define LINE_TEST(test) cmocka_unit_test_setup_teardown(test, open_line, close_line)

int main(void) {
    const struct CMUnitTest tests[] = {
        LINE_TEST(test_a_frame_that_fits),
        LINE_TEST(test_a_frame_that_waits),
        LINE_TEST(test_abandon_tells_of_half_a_frame),
        LINE_TEST(test_the_other_side_goes),
        LINE_TEST(test_no_memory),
        LINE_TEST(test_force_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
