/* Looking back over what is kept: the screen of a moment that is over, and the way back to now. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "support/screen.h"

/* All is well for five minutes, then there is trouble for two. */
static void open_past(struct wt_screen *screen, int cols, int rows, enum wt_glyphs glyphs) {
    const struct wt_app_options options = {.interval_ns = WT_NS_PER_S, .glyphs = glyphs};
    wt_screen_open(screen, cols, rows, &options);
    wt_screen_feed(screen, WT_FIXTURE_HEALTHY, 0, 300);
    wt_screen_feed(screen, WT_FIXTURE_TROUBLE, 300, 420);
}

static void test_screens(void **state) {
    (void)state;
    static const int sizes[][2] = {{160, 48}, {100, 30}, {80, 24}, {40, 10}};
    static const struct {
        const char *keys, *name;
    } moments[] = {{"[ [ [", "trouble"}, {"{ { {", "healthy"}, {"{ [ Down Enter", "service"}};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        for (int ascii = 0; ascii < 2; ascii++) {
            struct wt_screen screen;
            open_past(&screen, 160, 48, ascii ? WT_GLYPHS_ASCII : WT_GLYPHS_UTF8);
            wt_screen_draw(&screen);
            wt_screen_press(&screen, moments[i].keys);
            for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
                char golden[96];
                assert_int_equal(wt_grid_resize(&screen.grid, sizes[size][0], sizes[size][1], NULL),
                                 WT_OK);
                snprintf(golden, sizeof golden, "past_%s_%dx%d%s", moments[i].name, sizes[size][0],
                         sizes[size][1], ascii ? "_ascii" : "");
                wt_screen_check(&screen, golden);
            }
            wt_screen_close(&screen);
        }
}

static void test_other_views(void **state) {
    (void)state;
    static const char *const keys[][2] = {{"m", "past_memory_100x30"}, {"v", "past_events_100x30"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct wt_screen screen;
        open_past(&screen, 100, 30, WT_GLYPHS_UTF8);
        wt_screen_press(&screen, "{");
        wt_screen_press(&screen, keys[i][0]);
        wt_screen_check(&screen, keys[i][1]);
        wt_screen_close(&screen);
    }
}

static void test_steps(void **state) {
    (void)state;
    struct wt_screen screen;
    open_past(&screen, 120, 40, WT_GLYPHS_UTF8);
    assert_true(wt_screen_shows(&screen, "LIVE"));
    assert_int_equal(wt_screen_press(&screen, "["), WT_APP_DRAW);
    assert_true(wt_screen_shows(&screen, "AT 13:46:58, 1.0s ago"));
    wt_screen_press(&screen, "{ { [ ]");
    assert_true(wt_screen_shows(&screen, "AT 13:44:58, 2m01s ago"));
    assert_false(wt_screen_shows(&screen, "CRIT web"));
    /* What comes in meanwhile changes nothing but the ages. */
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 420, 430);
    assert_true(wt_screen_shows(&screen, "AT 13:44:58, 2m11s ago"));
    assert_true(wt_screen_shows(&screen, "now 13:47:09  2 CRIT"));
    wt_screen_press(&screen, "}");
    assert_true(wt_screen_shows(&screen, "AT 13:45:58"));
    /* Forward over the end is now. */
    wt_screen_press(&screen, "} }");
    assert_true(wt_screen_shows(&screen, "LIVE"));
    assert_true(wt_app_snapshot(screen.app)->cohort_count > 0);
    wt_screen_press(&screen, "{ { . [ [");
    assert_true(wt_screen_shows(&screen, "AT 13:47:07"));
    wt_screen_press(&screen, ".");
    assert_true(wt_screen_shows(&screen, "LIVE"));
    wt_screen_close(&screen);
}

/* A hundred steps back are before all that is kept. */
static void test_ends(void **state) {
    (void)state;
    struct wt_screen screen;
    open_past(&screen, 120, 40, WT_GLYPHS_UTF8);
    for (int i = 0; i < 100; i++)
        wt_screen_press(&screen, "{");
    assert_true(wt_screen_shows(&screen, "AT 13:40:00"));
    assert_true(wt_screen_shows(&screen, "nothing older is kept"));
    wt_screen_press(&screen, "[");
    assert_true(wt_screen_shows(&screen, "AT 13:40:00"));
    wt_screen_close(&screen);
    wt_screen_open(&screen, 80, 24, NULL); /* nothing was fed: nothing to go back to */
    wt_screen_press(&screen, "[ { ] } .");
    assert_true(wt_screen_shows(&screen, "WAITING"));
    wt_screen_close(&screen);
}

/* Nobody looked for two minutes: that is said, and nothing is made up. */
static void test_gap(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 100, 30, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 0, 100);
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 220, 300);
    wt_screen_press(&screen, "{ {");
    assert_true(wt_screen_shows(&screen, "Nothing is known of 13:42:59"));
    wt_screen_check(&screen, "past_gap_100x30");
    wt_screen_close(&screen);
}

/* Older than an hour each step is a minute, and so the badge says. */
static void test_minutes(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 120, 40, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 0, 600);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 600, 6000);
    for (int i = 0; i < 87; i++)
        wt_screen_press(&screen, "{");
    assert_true(wt_screen_shows(&screen, "MIN 13:52:00"));
    assert_true(wt_screen_shows(&screen, "CRIT"));
    wt_screen_check(&screen, "past_minutes_120x40");
    wt_screen_press(&screen, "[");
    assert_true(wt_screen_shows(&screen, "MIN 13:51:00"));
    wt_screen_press(&screen, "]");
    assert_true(wt_screen_shows(&screen, "MIN 13:52:00"));
    wt_screen_close(&screen);
}

/* The picture that is held stays as it is, graphs and all, while looks are taken in; looking back
 * begins at it. */
static void test_pause(void **state) {
    (void)state;
    struct wt_screen screen;
    open_past(&screen, 160, 48, WT_GLYPHS_UTF8);
    wt_screen_press(&screen, "Space");
    wt_screen_draw(&screen);
    struct wt_time held = screen.now;
    struct wt_buffer before = {0}, after = {0};
    wt_grid_text(&screen.grid, &before);
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 420, 500);
    screen.now = held;
    wt_screen_draw(&screen);
    wt_grid_text(&screen.grid, &after);
    assert_string_equal(wt_buffer_text(&before), wt_buffer_text(&after));
    wt_buffer_fini(&before);
    wt_buffer_fini(&after);
    screen.now = wt_fixture_time(499);
    assert_true(wt_screen_shows(&screen, "PAUSED at 13:46:59"));
    wt_screen_press(&screen, "[");
    assert_true(wt_screen_shows(&screen, "AT 13:46:58, 1m21s ago"));
    /* What was collected meanwhile is there. */
    wt_screen_press(&screen, "}");
    assert_true(wt_screen_shows(&screen, "AT 13:47:58"));
    wt_screen_press(&screen, "Space");
    assert_true(wt_screen_shows(&screen, "LIVE"));
    wt_screen_close(&screen);
}

/* Enter on an event leads to its moment, from the events of now and from those of the past. */
static void test_events(void **state) {
    (void)state;
    struct wt_screen screen;
    open_past(&screen, 160, 48, WT_GLYPHS_UTF8);
    wt_screen_press(&screen, "4");
    assert_true(wt_screen_shows(&screen, "worker 30 is stuck"));
    wt_screen_press(&screen, "Down Down Down Enter");
    assert_true(wt_screen_shows(&screen, "AT 13:45:59, 1m00s ago"));
    assert_true(wt_screen_shows(&screen, "services")); /* all of that moment */
    assert_true(wt_screen_shows(&screen, "jobs 10 workers"));
    wt_screen_press(&screen, "Tab Tab Tab Down Enter"); /* the event before it */
    assert_true(wt_screen_shows(&screen, "AT 13:43:58"));
    wt_screen_press(&screen, "Esc Esc .");
    assert_true(wt_screen_shows(&screen, "LIVE"));
    /* A worker is one key away, but of the past none is kept. */
    wt_screen_press(&screen, "4 [ w");
    assert_true(wt_screen_shows(&screen, "workers are shown only of now"));
    wt_screen_press(&screen, ". w");
    assert_true(wt_screen_shows(&screen, "this event is about no worker"));
    wt_screen_press(&screen, "Tab w");
    assert_true(wt_screen_shows(&screen, "worker 40 of web"));
    wt_screen_close(&screen);
}

static void test_mouse(void **state) {
    (void)state;
    struct wt_screen screen;
    open_past(&screen, 120, 40, WT_GLYPHS_ASCII);
    struct wt_input click = {.kind = WT_INPUT_MOUSE, .button = WT_MOUSE_LEFT, .col = 60, .row = 37};
    wt_screen_draw(&screen);
    wt_app_input(screen.app, &click); /* no scrubber yet */
    assert_true(wt_screen_shows(&screen, "LIVE"));
    wt_screen_press(&screen, "[");
    wt_screen_draw(&screen);
    assert_int_equal(wt_app_input(screen.app, &click), WT_APP_DRAW);
    wt_screen_draw(&screen);
    assert_int_equal(wt_grid_at(&screen.grid, 60, 37)->codes[0], '|');
    assert_false(wt_screen_shows(&screen, "AT 13:46:58"));
    click.button = WT_MOUSE_WHEEL_DOWN;
    wt_app_input(screen.app, &click);
    wt_screen_close(&screen);
}

/* What one sees, and does not see of now. */
static void test_dead(void **state) {
    (void)state;
    struct wt_screen screen;
    open_past(&screen, 120, 40, WT_GLYPHS_UTF8);
    wt_app_source_lost(screen.app, "the monitor does not answer", wt_fixture_time(419).realtime_ns);
    assert_true(wt_screen_shows(&screen, "DEAD since 13:46:59"));
    wt_screen_press(&screen, "{");
    assert_true(wt_screen_shows(&screen, "AT 13:45:59"));
    assert_true(wt_screen_shows(&screen, "now 13:46:59  dead"));
    wt_screen_press(&screen, ".");
    assert_true(wt_screen_shows(&screen, "DEAD since 13:46:59"));
    wt_screen_close(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screens), cmocka_unit_test(test_other_views),
        cmocka_unit_test(test_steps),   cmocka_unit_test(test_ends),
        cmocka_unit_test(test_gap),     cmocka_unit_test(test_minutes),
        cmocka_unit_test(test_pause),   cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_dead),    cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
