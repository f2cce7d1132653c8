/* The program's dashboard on a pseudo-terminal: a monitor of its own or another one's, what keys
 * do, and what it leaves in files. Workers are real ones, of this process, through libworktop. */
#include "support/support.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/past.h"
#include "export/export.h"
#include "support/dashboard.h"
#include "support/files.h"

static void test_hosts_a_monitor(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    assert_true(wt_pty_wait_text(pty, "No worker"));
    struct worktop *worktop = test_join(place, "tower");
    assert_true(wt_pty_wait_text(pty, "tower"));
    assert_true(wt_pty_wait_text(pty, "1 service"));
    worktop_close(&worktop);
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    assert_int_equal(test_entries(place->directory), 0); /* all files of the monitor are gone */
}

/* Whether the monitor's file has this service in so many seconds. */
static bool has_past(struct test_place *place, const char *service, int wanted) {
    struct wt_attach *attach = NULL;
    struct wt_history *history = NULL;
    char *path = test_path(place->directory, "s.ipc.utilization.shm.dir");
    int known = 0;
    if (wt_attach_open(&attach, path, wt_clock_now(), NULL) == WT_OK &&
        wt_attach_history(attach, &history, NULL) == WT_OK &&
        wt_history_newest(history) != INT64_MIN) /* there was a look */
        for (int64_t at = wt_history_newest(history), i = 0; i < 60; i++)
            known +=
                wt_series_get(wt_history_series(history, service, WT_SERIES_WORKERS), at - i) == 1;
    wt_history_destroy(history);
    wt_attach_close(attach);
    free(path);
    return known >= wanted;
}

/* After a crash: what the dead monitor saw in its last hour is there to look back at. */
static void test_looks_back_after_a_crash(void **state) {
    struct test_place *place = *state;
    pid_t monitor = test_serve(place);
    struct worktop *tower = test_join(place, "tower");
    for (int i = 0; i < 3000 && !has_past(place, "tower", 4); i++)
        usleep(10000);
    test_end_process(monitor, SIGKILL);
    struct wt_pty *pty = test_dashboard_start(place, &(struct test_dashboard){.command = "attach"});
    assert_true(wt_pty_wait_text(pty, "DEAD since"));
    wt_pty_type(pty, "{");
    assert_true(wt_pty_wait_text(pty, "nothing older is kept"));
    for (int i = 0; i < 120 && !wt_pty_shows(pty, "1 service"); i++) {
        char *screen = wt_pty_screen(pty), at[16] = "";
        assert_non_null(strstr(screen, "AT "));
        snprintf(at, sizeof at, "%.11s", strstr(screen, "AT "));
        free(screen);
        wt_pty_type(pty, "]");
        assert_true(wt_pty_wait_no_text(pty, at));
    }
    assert_true(wt_pty_wait_text(pty, "tower")); /* the header comes before the rest of a frame */
    assert_true(wt_pty_wait_text(pty, "dead"));  /* what it is now */
    assert_true(wt_pty_shows(pty, "AT "));
    wt_pty_type(pty, ".");
    assert_true(wt_pty_wait_text(pty, "DEAD since"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    worktop_close(&tower);
}

/* Waits until a newer look than the one on the scrubber was taken in. */
static void wait_newer(struct wt_pty *pty) {
    assert_true(wt_pty_wait_text(pty, "  now "));
    char *screen = wt_pty_screen(pty), now[16] = "";
    snprintf(now, sizeof now, "%.14s", strstr(screen, "  now ")); /* with its clock */
    free(screen);
    assert_true(wt_pty_wait_no_text(pty, now));
}

/* Back in time: what is shown is over, says so, and stays while looks are taken in. */
static void test_looks_back(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    assert_true(wt_pty_wait_text(pty, "No worker"));
    struct worktop *tower = test_join(place, "tower");
    assert_true(wt_pty_wait_text(pty, "1 service"));
    wt_pty_type(pty, "[");
    assert_true(wt_pty_wait_text(pty, " ago"));
    assert_true(wt_pty_wait_text(pty, ". to now"));
    assert_false(wt_pty_shows(pty, "LIVE"));
    struct worktop *castle = test_join(place, "castle");
    wait_newer(pty);
    wait_newer(pty);
    assert_false(wt_pty_shows(pty, "castle"));
    wt_pty_type(pty, "{{{"); /* before the monitor began */
    assert_true(wt_pty_wait_text(pty, "nothing older is kept"));
    wt_pty_type(pty, ".");
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    assert_true(wt_pty_wait_text(pty, "castle"));
    assert_false(wt_pty_shows(pty, " ago"));
    wt_pty_type(pty, "[");
    assert_true(wt_pty_wait_text(pty, "not kept: shown only of now"));
    wt_pty_type(pty, " ");
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    worktop_close(&castle);
    worktop_close(&tower);
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
}

static void test_shows_the_monitor_that_runs(void **state) {
    struct test_place *place = *state;
    pid_t monitor = test_serve(place);
    struct worktop *worktop = test_join(place, "tower");
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    assert_true(wt_pty_wait_text(pty, "attached"));
    assert_true(wt_pty_wait_text(pty, "tower"));
    test_end_process(monitor, SIGKILL);
    assert_true(wt_pty_wait_text(pty, "DEAD"));
    assert_true(wt_pty_wait_text(pty, "tower")); /* the last look stays, dated */
    monitor = test_serve(place);                 /* takes the place over */
    assert_true(wt_pty_wait_text(pty, "LIVE"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    assert_true(test_exists(place->socket)); /* not ours to remove */
    worktop_close(&worktop);
    test_end_process(monitor, SIGTERM);
}

static void test_keys_and_paste(void **state) {
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
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
    test_dashboard_end(pty, 0);
}

/* The monitor is told, and looks more often: the next look comes long before the first interval. */
static void test_another_interval(void **state) {
    static const char *const slow[] = {"--interval", "3600", NULL};
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_start(place, &(struct test_dashboard){.arguments = slow});
    assert_true(wt_pty_wait_text(pty, "No worker"));
    struct worktop *worktop = test_join(place, "tower");
    for (int i = 0; i < 30; i++) {
        wt_pty_type(pty, "+");
    }
    assert_true(wt_pty_wait_text(pty, "tower"));
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    worktop_close(&worktop);
}

/* The file that the key made, read back; its name goes to `name`. */
static void read_export(struct test_place *place, char name[static 256]) {
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

static size_t count_exports(struct test_place *place) {
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
    struct test_place *place = *state;
    struct wt_pty *pty = test_dashboard_live(place, NULL);
    char name[256];
    wt_pty_type(pty, "e\re\re\r");
    assert_true(wt_pty_wait_text(pty, "worktop-2"));
    read_export(place, name);
    wt_pty_type(pty, "q");
    test_dashboard_end(pty, 0);
    assert_int_equal(count_exports(place), 3); /* within one second, and none overwritten */
}

/* A mark is an event of the monitor, whether this process hosts it or another one does. */
static void test_mark(void **state) {
    struct test_place *place = *state;
    struct wt_pty *own = test_dashboard_live(place, NULL);
    struct wt_pty *other = test_dashboard_live(place, NULL);
    wt_pty_type(own, "Mdeployed 4711\r");
    assert_true(wt_pty_wait_text(own, "The mark is among the events"));
    wt_pty_type(own, "4");
    assert_true(wt_pty_wait_text(own, "deployed 4711"));
    wt_pty_type(other, "Mrolled back\r");
    assert_true(wt_pty_wait_text(other, "among the monitor's events"));
    assert_true(wt_pty_wait_text(own, "rolled back"));
    wt_pty_type(other, "Mnot this");
    assert_true(wt_pty_wait_text(other, "mark not this"));
    wt_pty_type(other, "\033");
    assert_true(wt_pty_wait_no_text(other, "mark not this"));
    wt_pty_type(other, "4");
    assert_true(wt_pty_wait_text(other, "rolled back"));
    assert_false(wt_pty_shows(other, "not this"));
    wt_pty_type(other, "q");
    test_dashboard_end(other, 0);
    wt_pty_type(own, "q");
    test_dashboard_end(own, 0);
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, test_place_open, test_place_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_hosts_a_monitor), PLACE_TEST(test_looks_back_after_a_crash),
        PLACE_TEST(test_looks_back),      PLACE_TEST(test_shows_the_monitor_that_runs),
        PLACE_TEST(test_keys_and_paste),  PLACE_TEST(test_another_interval),
        PLACE_TEST(test_export),          PLACE_TEST(test_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
