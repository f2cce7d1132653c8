#include "support/support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static char folder[] = "/tmp/worktop-log-XXXXXX";
static char path[64], moved[64];

static struct wt_time fixed_time(void *context) {
    (void)context;
    return (struct wt_time){.realtime_ns = INT64_C(1795182571123456789)};
}

static size_t read_file(const char *name, char *out, size_t size) {
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    size_t length = fread(out, 1, size - 1, file);
    out[length] = '\0';
    fclose(file);
    return length;
}

static int setup(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(moved, sizeof moved, "%s/log.1", folder);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    unlink(path);
    unlink(moved);
    return rmdir(folder);
}

static void lines_have_time_level_and_room(void **state) {
    (void)state;
    struct wt_error err;
    char text[4096];
    wt_log(WT_LOG_ERROR, "test", "before the log is open");
    wt_clock_override(fixed_time, NULL);
    assert_int_equal(wt_log_open(path, WT_LOG_INFO, &err), WT_OK);
    wt_log(WT_LOG_DEBUG, "test", "below the level");
    wt_log(WT_LOG_INFO, "monitor", "worker %d of %s", 7, "we\x1b[31mb\n");
    wt_log_close();
    wt_log(WT_LOG_ERROR, "test", "after the log was closed");
    wt_clock_override(NULL, NULL);
    read_file(path, text, sizeof text);
    assert_string_equal(
        text, "2026-11-20T13:49:31.123Z info  monitor  worker 7 of we\xc2\xb7[31mb\xc2\xb7\n");
}

static void a_rotated_log_is_opened_again(void **state) {
    (void)state;
    char text[4096];
    unlink(path);
    assert_int_equal(wt_log_open(path, WT_LOG_WARN, NULL), WT_OK);
    wt_log(WT_LOG_WARN, "test", "one");
    assert_int_equal(rename(path, moved), 0);
    wt_log(WT_LOG_WARN, "test", "two");
    assert_int_equal(wt_log_reopen(NULL), WT_OK);
    wt_log(WT_LOG_WARN, "test", "three");
    wt_log_close();
    assert_int_equal(wt_log_reopen(NULL), WT_OK);
    read_file(moved, text, sizeof text);
    assert_non_null(strstr(text, "one\n"));
    assert_non_null(strstr(text, "two\n"));
    read_file(path, text, sizeof text);
    assert_non_null(strstr(text, "three\n"));
    assert_null(strstr(text, "two"));
}

static void long_lines_are_cut(void **state) {
    (void)state;
    char text[4096], words[3000];
    memset(words, 'a', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    unlink(path);
    assert_int_equal(wt_log_open(path, WT_LOG_INFO, NULL), WT_OK);
    wt_log(WT_LOG_INFO, "test", "%s", words);
    wt_log_close();
    size_t length = read_file(path, text, sizeof text);
    assert_true(length > 1000 && length < 1200);
    assert_string_equal(text + length - 4, "...\n");
}

static void *write_lines(void *context) {
    for (int i = 0; i < 500; i++)
        wt_log(WT_LOG_INFO, context, "line %d of a thread", i);
    return NULL;
}

static void threads_do_not_mix_lines(void **state) {
    (void)state;
    unlink(path);
    assert_int_equal(wt_log_open(path, WT_LOG_INFO, NULL), WT_OK);
    pthread_t threads[4];
    char names[4][8] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    assert_int_equal(wt_log_reopen(NULL), WT_OK);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    wt_log_close();
    FILE *file = fopen(path, "r");
    char line[256];
    int lines = 0;
    for (; fgets(line, sizeof line, file) != NULL; lines++)
        assert_string_equal(strstr(line, " of a thread"), " of a thread\n");
    fclose(file);
    assert_int_equal(lines, 2000);
}

static void errors_name_their_value(void **state) {
    (void)state;
    struct wt_error err;
    enum wt_log_level level;
    assert_int_equal(wt_log_parse_level("warn", &level, &err), WT_OK);
    assert_int_equal(level, WT_LOG_WARN);
    assert_int_equal(wt_log_parse_level("loud", &level, &err), WT_EINVAL);
    assert_string_equal(err.text, "log level loud: must be debug, info, warn, error or off");
    assert_int_equal(wt_log_open("/nonexistent/log", WT_LOG_INFO, &err), WT_ENOENT);
    assert_string_equal(err.text,
                        "cannot open the log /nonexistent/log: No such file or directory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_time_level_and_room),
        cmocka_unit_test(a_rotated_log_is_opened_again),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(threads_do_not_mix_lines),
        cmocka_unit_test(errors_name_their_value),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
