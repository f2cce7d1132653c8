/* Events in the overview: those of a kind in one row, in few words, and alarms first. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "support/screen.h"

#define AT(s) (INT64_C(1795182000) + (s)) * WT_NS_PER_S

/* A story of a minute, oldest first. */
static const struct wt_event story[] = {
    {1, AT(360), WT_EVENT_STARTED, WT_SEVERITY_INFO, 0, "", "monitor started, store of 4.0K"},
    {2, AT(361), WT_EVENT_JOINED, WT_SEVERITY_INFO, 1, "web", "worker 1 joined, pid 101"},
    {3, AT(361), WT_EVENT_JOINED, WT_SEVERITY_INFO, 2, "api", "worker 2 joined, pid 102"},
    {13, AT(362), WT_EVENT_JOINED, WT_SEVERITY_INFO, 13, "cable", "worker 13 joined, pid 113"},
    {14, AT(362), WT_EVENT_JOINED, WT_SEVERITY_INFO, 14, "cable", "worker 14 joined, pid 114"},
    {4, AT(380), WT_EVENT_VERDICT, WT_SEVERITY_CRIT, 0, "jobs",
     "jobs is CRIT: stuck since 13:45:50: worker 14 (pid 9860) in invoice 3807, no progress; look "
     "at worker 14, then restart it"},
    {5, AT(381), WT_EVENT_FLAPPING, WT_SEVERITY_WARN, 0, "jobs",
     "jobs, too: flapping since 13:46:16: 5 exits/min, last signal 9 (Killed); see dmesg"},
    {6, AT(400), WT_EVENT_JOINED, WT_SEVERITY_INFO, 3, "web", "worker 3 joined, pid 103"},
    {7, AT(402), WT_EVENT_JOINED, WT_SEVERITY_INFO, 4, "web", "worker 4 joined, pid 104"},
    {8, AT(403), WT_EVENT_RESIZED, WT_SEVERITY_INFO, 0, "", "store grown from 16K to 32K"},
    {9, AT(404), WT_EVENT_JOINED, WT_SEVERITY_INFO, 5, "web", "worker 5 joined, pid 105"},
    {10, AT(404), WT_EVENT_JOINED, WT_SEVERITY_INFO, 0, "web", "12 more workers joined"},
    {11, AT(405), WT_EVENT_VERDICT, WT_SEVERITY_INFO, 0, "api", "api is OK"},
    {12, AT(406), WT_EVENT_RECOVERED, WT_SEVERITY_INFO, 0, "api", "api: a growing queue is over"},
};

struct told {
    const struct wt_snapshot *source;
    struct wt_snapshot snapshot;
    struct wt_screen screen;
};

static void tell(struct told *told, int cols, int rows) {
    told->source = wt_fixture_make(WT_FIXTURE_HEALTHY, 420);
    told->snapshot = *told->source;
    told->snapshot.destroy = NULL;
    told->snapshot.references = 1;
    told->snapshot.events = story;
    told->snapshot.event_count = sizeof story / sizeof *story;
    wt_screen_open(&told->screen, cols, rows, NULL);
    told->screen.now = wt_fixture_time(420);
    wt_app_feed(told->screen.app, &told->snapshot);
    wt_screen_draw(&told->screen);
}

static void end(struct told *told) {
    wt_screen_close(&told->screen);
    wt_snapshot_unref(told->source);
}

static void joins_are_one_row_and_troubles_few_words(void **state) {
    (void)state;
    struct told told;
    tell(&told, 160, 48);
    const char *const shown[] = {"3 workers joined since 13:46:40",
                                 "12 more workers joined",
                                 "2 workers joined",
                                 "CRIT stuck: worker 14 in invoice 3807",
                                 "also flapping: 5 exits/min, last signal 9",
                                 "worker 1 joined, pid 101",
                                 "a growing queue is over"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        assert_true(wt_screen_shows(&told.screen, shown[i]));
    const char *const hidden[] = {"worker 4 joined", "jobs is", "at worker 14", "alarms first",
                                  "2 workers joined since"};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        assert_false(wt_screen_shows(&told.screen, hidden[i]));
    end(&told);
}

static void alarms_come_first_where_there_are_few_rows(void **state) {
    (void)state;
    struct told told;
    tell(&told, 80, 24);
    assert_true(wt_screen_shows(&told.screen, "alarms first"));
    assert_true(wt_screen_shows(&told.screen, "also flapping"));
    assert_true(wt_screen_shows(&told.screen, "CRIT stuck: worker 14"));
    end(&told);
}

static void all_are_in_their_view_and_what_is_filtered_for(void **state) {
    (void)state;
    struct told told;
    tell(&told, 160, 48);
    wt_screen_press(&told.screen, "4");
    assert_true(wt_screen_shows(&told.screen, "worker 4 joined, pid 104"));
    assert_true(wt_screen_shows(&told.screen, "jobs     stuck since 13:45:50: worker 14 (pid"));
    assert_true(wt_screen_row(&told.screen, "api is OK") <
                wt_screen_row(&told.screen, "stuck since"));
    assert_true(wt_screen_shows(&told.screen, "jobs     too: flapping since"));
    assert_false(wt_screen_shows(&told.screen, "jobs is CRIT"));
    wt_screen_press(&told.screen, "/ s t u c k Enter"); /* the selected one is told whole */
    assert_true(wt_screen_shows(&told.screen, "  jobs is CRIT: stuck since 13:45:50: worker 14"));
    assert_true(wt_screen_shows(&told.screen, "look at worker 14, then restart it"));
    wt_screen_press(&told.screen, "Esc");
    wt_screen_press(&told.screen, "1 Tab Tab Tab / p i d Space 1 0 4 Enter");
    assert_true(wt_screen_shows(&told.screen, "worker 4 joined, pid 104"));
    assert_false(wt_screen_shows(&told.screen, "3 workers joined"));
    end(&told);
}

/* In the view of a worker the title says of whose service they are. */
static void those_of_a_service_do_not_repeat_its_name(void **state) {
    (void)state;
    struct told told;
    tell(&told, 160, 48);
    wt_screen_press(&told.screen, "/ j o b s Enter Enter Enter");
    assert_true(wt_screen_shows(&told.screen, "events of jobs"));
    assert_true(wt_screen_shows(&told.screen, "13:46:20  CRIT: stuck since 13:45:50: worker 14"));
    assert_true(wt_screen_shows(&told.screen, "13:46:21  too: flapping since 13:46:16"));
    assert_false(wt_screen_shows(&told.screen, "jobs is"));
    assert_false(wt_screen_shows(&told.screen, "jobs, too"));
    end(&told);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_a_service_do_not_repeat_its_name),
        cmocka_unit_test(joins_are_one_row_and_troubles_few_words),
        cmocka_unit_test(alarms_come_first_where_there_are_few_rows),
        cmocka_unit_test(all_are_in_their_view_and_what_is_filtered_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
