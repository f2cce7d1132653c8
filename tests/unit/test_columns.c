#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/options.h"
#include "export/columns.h"
#include "export/export.h"
#include "support/samples.h"

static struct wt_text_columns columns_of(const char *list, enum wt_text_table table) {
    struct wt_text_columns columns;
    struct wt_error err = {.text = ""};
    if (wt_text_columns_parse(list, table, &columns, &err) != WT_OK)
        fail_msg("%s", err.text);
    return columns;
}

static void a_list_keeps_its_order(void **state) {
    (void)state;
    struct wt_text_columns columns = columns_of("queue,service,util", WT_TEXT_SERVICES);
    assert_int_equal(columns.count, 3);
    assert_int_equal(columns.at[0], WT_SERVICE_COLUMN_QUEUE);
    assert_int_equal(columns.at[1], WT_SERVICE_COLUMN_NAME);
    assert_int_equal(columns.at[2], WT_SERVICE_COLUMN_UTIL);
    columns = columns_of("pid", WT_TEXT_WORKERS);
    assert_int_equal(columns.count, 1);
    assert_int_equal(columns.at[0], WT_WORKER_COLUMN_PID);
}

static void bad(const char *list, enum wt_text_table table, const char *text) {
    struct wt_text_columns columns = {.count = 99};
    struct wt_error err;
    assert_int_equal(wt_text_columns_parse(list, table, &columns, &err), WT_EINVAL);
    assert_string_equal(err.text, text);
    assert_int_equal(columns.count, 99); /* untouched */
}

static void a_wrong_list_is_told_what_there_is(void **state) {
    (void)state;
#define SERVICES                                                                                   \
    "state, util, busy, queue, req, err, workers, stuck, silent, stale, joined, left, "            \
    "util10s, util1m, util5m, wait, growth, cpu, rss, fds, threads, accept"
    bad("service,utl", WT_TEXT_SERVICES, "utl: no such column; there are service, " SERVICES);
    bad("", WT_TEXT_SERVICES, "\"\": no such column; there are service, " SERVICES);
    bad("util,", WT_TEXT_SERVICES, "\"\": no such column; there are service, " SERVICES);
    bad("UTIL", WT_TEXT_SERVICES, "UTIL: no such column; there are service, " SERVICES);
    bad("pid", WT_TEXT_SERVICES, "pid: no such column; there are service, " SERVICES);
    bad("util", WT_TEXT_WORKERS,
        "util: no such column; there are worker, pid, state, busy, cap, queue, req, progress, age, "
        "err, threads, cpu, rss, fds, slot, restarts, doing");
    bad("util,queue,util", WT_TEXT_SERVICES, "util,queue,util: util is there twice");
}

static void help_lists_every_column(void **state) {
    (void)state;
    struct wt_buffer help = {0};
    wt_options_help(WT_COMMAND_DASHBOARD, &help);
    const char *services = strstr(wt_buffer_text(&help), "--columns LIST");
    const char *workers = strstr(wt_buffer_text(&help), "--worker-columns LIST");
    assert_true(services != NULL && workers != NULL && services < workers);
    for (size_t i = 0; i < WT_SERVICE_COLUMN_COUNT; i++) {
        const char *found = strstr(services, wt_service_columns[i].name);
        assert_true(found != NULL && found < workers);
    }
    for (size_t i = 0; i < WT_WORKER_COLUMN_COUNT; i++)
        assert_non_null(strstr(workers, wt_worker_columns[i].name));
    wt_buffer_fini(&help);
}

static char *printed(const char *services, const char *workers, size_t cols) {
    struct wt_snapshot *snapshot = wt_sample_fleet();
    struct wt_text_columns lists[2];
    struct wt_buffer out = {0};
    if (services != NULL)
        lists[0] = columns_of(services, WT_TEXT_SERVICES);
    if (workers != NULL)
        lists[1] = columns_of(workers, WT_TEXT_WORKERS);
    wt_export_text_columns(snapshot, wt_sample_now(), cols, services != NULL ? &lists[0] : NULL,
                           workers != NULL ? &lists[1] : NULL, &out);
    wt_snapshot_unref(snapshot);
    return wt_buffer_take(&out, NULL);
}

static void tables_have_the_columns_that_were_chosen(void **state) {
    (void)state;
    char *text = printed("queue,service,stale,left", "pid,state,req,threads", 80);
    char table[512];
    snprintf(table, sizeof table, "\n%6s %-58s %5s %7s\n%6s %-58s %5s %7s\n%6s %-58s %5s %7s\n",
             "QUEUE", "SERVICE", "STALE", "LEFT", "0", "api", "0", "7", "-", "cable", "0", "0");
    assert_non_null(strstr(text, table));
    assert_non_null(strstr(text, "WORKERS of web\n"
                                 "    PID STATE       REQ/s THREADS\n"
                                 "   4718 silent          -       5\n"
                                 "         no segment: the store is full\n"
                                 "   4714 live            0      12\n"));
    free(text);
    text = printed("service,cpu,rss,fds,threads,accept", "pid,cpu,rss,fds,slot,restarts", 80);
    assert_non_null(strstr(text, "    CPU    RSS    FDS THREADS      ACCEPT\n"));
    assert_non_null(strstr(text, "      -      -      -       -           -\n"));
    assert_non_null(strstr(text, "   1.38   318M     44      30 1.04k/2.05k\n"));
    assert_non_null(strstr(text, "    PID   CPU    RSS   FDS  SLOT   RST\n"
                                 "   4718     ?      -     ?    18     3\n"
                                 "         no segment: the store is full\n"
                                 "   4714   75%   106M    46    14     4\n"));
    free(text);
    text = printed(NULL, "pid,doing", 80);
    assert_non_null(strstr(text, "\n    PID DOING"));
    assert_non_null(strstr(text, "\n   4714 2.0s POST /checkout (request 77ab)"));
    assert_non_null(strstr(text, "\n   4715 ?")); /* there was no room for all */
    free(text);
    text = printed("util", NULL, 80);
    assert_non_null(strstr(text, "\n UTIL\n  20%\n    ?\n   4%\n  95%\n\nWORKERS of web\n"
                                 "  WORKER     PID STATE "));
    free(text);
    text = printed("service,util10s,util1m,util5m,wait,growth", NULL, 80);
    static const char row[] = "%-44s %5s %5s %5s %7s %8s\n";
    size_t length = (size_t)snprintf(table, sizeof table, row, "SERVICE", "10s", "1m", "5m", "WAIT",
                                     "QUEUE+/s");
    length += (size_t)snprintf(table + length, sizeof table - length, row, "api", "7%", "6%",
                               "150%", "500ms", "0");
    snprintf(table + length, sizeof table - length, row, "cable", "?", "?", "?", "-", "-");
    assert_non_null(strstr(text, table));
    free(text);
}

static void without_a_list_nothing_changes(void **state) {
    (void)state;
    struct wt_snapshot *snapshot = wt_sample_fleet();
    struct wt_buffer usual = {0};
    wt_export_text(snapshot, wt_sample_now(), 100, &usual);
    char *chosen = printed("service,state,util,busy,queue,req,err,workers,stuck,silent",
                           "worker,pid,state,busy,cap,queue,req,progress,age", 100);
    assert_string_equal(chosen, wt_buffer_text(&usual));
    free(chosen);
    wt_buffer_fini(&usual);
    wt_snapshot_unref(snapshot);
}

/* All columns are more than 80: the end is cut off, not broken over lines. */
static void too_many_columns_are_cut(void **state) {
    (void)state;
    char *text =
        printed("state,util,busy,queue,req,err,workers,stuck,silent,stale,joined,left,service",
                "age,progress,req,queue,cap,busy,state,pid,worker,err,threads", 80);
    for (char *line = text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        assert_true((size_t)(end - line) <= 80 + 8); /* an ellipsis has three bytes */
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_keeps_its_order),
        cmocka_unit_test(a_wrong_list_is_told_what_there_is),
        cmocka_unit_test(help_lists_every_column),
        cmocka_unit_test(tables_have_the_columns_that_were_chosen),
        cmocka_unit_test(without_a_list_nothing_changes),
        cmocka_unit_test(too_many_columns_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
