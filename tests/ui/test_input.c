/* What keys and the mouse do, as a person sees it. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "support/screen.h"
#include "ui/keymap.h"

static void open_trouble(struct wt_screen *screen, int cols, int rows) {
    wt_screen_open(screen, cols, rows, NULL);
    wt_screen_feed(screen, WT_FIXTURE_TROUBLE, 0, 60);
    wt_screen_draw(screen);
}

static void test_navigation(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 30);
    assert_true(wt_screen_shows(&screen, "the worst is followed"));
    assert_true(wt_screen_shows(&screen, "workers of jobs"));
    assert_int_equal(wt_screen_press(&screen, "Down"), WT_APP_DRAW);
    assert_true(wt_screen_shows(&screen, "workers of web"));
    assert_false(wt_screen_shows(&screen, "the worst is followed"));
    wt_screen_press(&screen, "Enter");
    assert_true(wt_screen_shows(&screen, "\u203a web"));
    assert_true(wt_screen_shows(&screen, "requests_total"));
    wt_screen_press(&screen, "?");
    assert_true(wt_screen_shows(&screen, "this help"));
    wt_screen_press(&screen, "Esc");
    assert_true(wt_screen_shows(&screen, "\u203a web"));
    wt_screen_press(&screen, "m 4 Backspace");
    assert_true(wt_screen_shows(&screen, "resizes"));
    wt_screen_press(&screen, "Esc h");
    assert_true(wt_screen_shows(&screen, "workers of web"));
    assert_false(wt_screen_shows(&screen, "\u203a"));
    wt_screen_press(&screen, "G");
    assert_true(wt_screen_shows(&screen, "cable 12 workers"));
    wt_screen_press(&screen, "g");
    assert_true(wt_screen_shows(&screen, "jobs 10 workers"));
    /* Tab: workers, store, events; Enter opens what has the keys. */
    wt_screen_press(&screen, "Tab Tab Tab Enter");
    assert_true(wt_screen_shows(&screen, "\u203a events"));
    wt_screen_press(&screen, "Esc S-Tab Enter");
    assert_true(wt_screen_shows(&screen, "\u203a memory"));
    wt_screen_close(&screen);
}

/* A chosen service stays chosen when the order changes, and when it is gone for a while. */
static void test_selection_follows(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 30);
    wt_screen_press(&screen, "Down Down"); /* api */
    assert_true(wt_screen_shows(&screen, "workers of api"));
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 60, 62);
    assert_true(wt_screen_shows(&screen, "workers of api"));
    wt_screen_press(&screen, "Enter");
    wt_screen_feed(&screen, WT_FIXTURE_EMPTY, 62, 64);
    assert_true(wt_screen_shows(&screen, "gone"));
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 64, 66);
    assert_true(wt_screen_shows(&screen, "\u203a api"));
    assert_false(wt_screen_shows(&screen, "gone \u2500"));
    wt_screen_close(&screen);
}

static void test_filter(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 30);
    wt_screen_press(&screen, "/ W E");
    assert_true(screen.grid.rows - 1 == wt_screen_row(&screen, "filter / WE"));
    assert_int_equal(screen.grid.cursor_row, 29);
    assert_int_equal(screen.grid.cursor_col, 12);
    assert_true(wt_screen_shows(&screen, "workers of web"));
    assert_true(wt_screen_shows(&screen, "/WE 1 of 4"));
    /* q is a letter here; a paste is text up to its first line end, made harmless. */
    wt_screen_press(&screen, "q");
    assert_true(wt_screen_shows(&screen, "nothing matches"));
    wt_screen_press(&screen, "C-u");
    struct wt_input paste = {.kind = WT_INPUT_PASTE, .text = "ap\x1b\nq\n", .length = 6};
    wt_app_input(screen.app, &paste);
    assert_true(wt_screen_shows(&screen, "filter / ap\u00b7"));
    wt_screen_press(&screen, "Backspace Enter");
    assert_true(wt_screen_shows(&screen, "workers of api"));
    assert_false(wt_screen_shows(&screen, "filter /"));
    /* Cancel brings the filter back that was there; Esc forgets it. */
    wt_screen_press(&screen, "/ x x Esc");
    assert_true(wt_screen_shows(&screen, "/ap 1 of 4"));
    wt_screen_press(&screen, "Esc");
    assert_true(wt_screen_shows(&screen, "cable"));
    /* A paste without an open field does nothing. */
    assert_int_equal(wt_app_input(screen.app, &paste), 0);
    /* The filter never grows beyond its room, whole characters only. */
    wt_screen_press(&screen, "/");
    for (int i = 0; i < 200; i++)
        wt_screen_press(&screen, "\u65e5");
    wt_screen_draw(&screen);
    wt_screen_press(&screen, "Esc");
    wt_screen_close(&screen);
}

static void test_worker_filter(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 40);
    wt_screen_press(&screen, "Enter / s t u c k Enter");
    assert_true(wt_screen_shows(&screen, "/stuck 2 of 10"));
    assert_true(wt_screen_shows(&screen, "STUCK"));
    assert_false(wt_screen_shows(&screen, " live "));
    wt_screen_close(&screen);
}

static void test_sort(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 30);
    assert_true(wt_screen_shows(&screen, "STATE\u2193"));
    wt_screen_press(&screen, "<");
    assert_true(wt_screen_shows(&screen, "SERVICE\u2191"));
    assert_true(wt_screen_row(&screen, " api ") < wt_screen_row(&screen, " cable "));
    wt_screen_press(&screen, "I");
    assert_true(wt_screen_shows(&screen, "SERVICE\u2193"));
    wt_screen_press(&screen, "g");
    assert_true(wt_screen_shows(&screen, "workers of web"));
    wt_screen_press(&screen, "s s s s s s s s s");
    assert_true(wt_screen_shows(&screen, "by WAIT")); /* a column without room here is named */
    assert_int_equal(wt_grid_resize(&screen.grid, 44, 20, NULL), WT_OK);
    wt_screen_press(&screen, "< < < <");
    assert_true(wt_screen_shows(&screen, "by meter")); /* also one without a head */
    wt_screen_close(&screen);
}

static void test_pause(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 30);
    assert_true(wt_screen_shows(&screen, "\u25cf LIVE 1.0s"));
    wt_screen_press(&screen, "Space");
    assert_true(wt_app_is_paused(screen.app));
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 60, 80);
    assert_true(wt_screen_shows(&screen, "PAUSED at 13:40:59"));
    assert_true(wt_screen_shows(&screen, "STUCK"));
    assert_int_equal(wt_app_snapshot(screen.app)->sequence, 60);
    wt_screen_press(&screen, "p");
    assert_false(wt_screen_shows(&screen, "PAUSED"));
    assert_int_equal(wt_app_snapshot(screen.app)->sequence, 80);
    wt_screen_close(&screen);
}

static void test_age(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 30);
    screen.now = wt_fixture_time(59 + 2);
    assert_true(wt_screen_shows(&screen, "LIVE"));
    const struct wt_style fresh = wt_grid_at(&screen.grid, 3, 6)->style;
    screen.now = wt_fixture_time(59 + 3);
    assert_true(wt_screen_shows(&screen, "STALE 3.0s"));
    assert_false(wt_screen_shows(&screen, "LIVE"));
    assert_int_not_equal(wt_grid_at(&screen.grid, 3, 6)->style.fg, fresh.fg);
    screen.now = wt_fixture_time(59 + 120);
    assert_true(wt_screen_shows(&screen, "STALE 2m00s"));
    wt_app_source_lost(screen.app, "no answer: \x1b[2Jconnection refused",
                       wt_fixture_time(61).realtime_ns);
    assert_true(wt_screen_shows(&screen, "DEAD since 13:41:01"));
    assert_true(wt_screen_shows(&screen, "no answer: \u00b7[2Jconnection refused"));
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 60, 61);
    assert_true(wt_screen_shows(&screen, "LIVE"));
    wt_screen_close(&screen);
}

static void test_requests(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 100, 30, NULL);
    assert_int_equal(wt_screen_press(&screen, "e"), WT_APP_DRAW);
    assert_true(wt_screen_shows(&screen, "nothing to export yet"));
    assert_true(wt_screen_shows(&screen, "Waiting for the first look"));
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 2);
    assert_int_equal(wt_screen_press(&screen, "e"), WT_APP_DRAW);
    assert_true(wt_screen_shows(&screen, "what is shown: 4 services"));
    assert_int_equal(wt_screen_press(&screen, "Enter"), WT_APP_DRAW | WT_APP_EXPORT);
    assert_int_equal(wt_screen_press(&screen, "e e Enter"), WT_APP_DRAW | WT_APP_EXPORT_ROWS);
    assert_int_equal(wt_screen_press(&screen, "e Esc"), WT_APP_DRAW);
    wt_app_message(screen.app, WT_SEVERITY_INFO, "written to %s", "/tmp/\x1b]x.json");
    assert_true(wt_screen_shows(&screen, "written to /tmp/\u00b7]x.json"));
    screen.now.monotonic_ns += 7 * WT_NS_PER_S;
    assert_false(wt_screen_shows(&screen, "written to"));
    assert_int_equal(wt_screen_press(&screen, "+"), WT_APP_DRAW | WT_APP_INTERVAL);
    assert_true(wt_app_interval_ns(screen.app) == WT_NS_PER_S / 2);
    assert_int_equal(wt_screen_press(&screen, "- -"), WT_APP_DRAW | WT_APP_INTERVAL);
    assert_true(wt_app_interval_ns(screen.app) == 2 * WT_NS_PER_S);
    for (int i = 0; i < 20; i++)
        wt_screen_press(&screen, "-");
    assert_int_equal(wt_screen_press(&screen, "-"), WT_APP_DRAW);
    assert_true(wt_app_interval_ns(screen.app) == 60 * WT_NS_PER_S);
    assert_int_equal(wt_screen_press(&screen, "C-l"), WT_APP_DRAW | WT_APP_REPAINT);
    assert_int_equal(wt_screen_press(&screen, "C-z"), WT_APP_SUSPEND);
    assert_int_equal(wt_screen_press(&screen, "q"), WT_APP_QUIT);
    assert_int_equal(wt_screen_press(&screen, "F12"), 0);
    struct wt_input nothing = {.kind = WT_INPUT_NONE};
    assert_int_equal(wt_app_input(screen.app, &nothing), 0);
    wt_screen_close(&screen);
}

/* The map of segments names whose the selected one is, by keys and by the mouse. */
static void test_segment_selection(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 160, 48);
    wt_screen_press(&screen, "m");
    assert_true(
        wt_screen_shows(&screen, "segment 0  worker 1 of api, pid 4714, stale: no heartbeat"));
    wt_screen_press(&screen, "Right Right l h");
    assert_true(wt_screen_shows(&screen, "segment 2  worker 3 of api, pid 4720, live"));
    assert_true(wt_screen_shows(&screen, "handed out 3x"));
    wt_screen_press(&screen, "G");
    assert_true(wt_screen_shows(&screen, "no segment: the store is at its maximum"));
    wt_screen_press(&screen, "Left");
    assert_true(wt_screen_shows(&screen, "segment 127  free, handed out 0x"));
    wt_screen_press(&screen, "g Down");
    assert_true(wt_screen_shows(&screen, "segment 24  worker"));
    wt_screen_press(&screen, "Up Up");
    assert_true(wt_screen_shows(&screen, "segment 0  worker 1"));
    int row = wt_screen_row(&screen, "handed out") - 5; /* the third line of the map of six */
    struct wt_input click = {.kind = WT_INPUT_MOUSE, .button = WT_MOUSE_LEFT, .row = row};
    const struct wt_cell *cells = screen.grid.cells + row * screen.grid.cols;
    while (cells[click.col].codes[0] != 0xd7)
        click.col++;
    wt_app_input(screen.app, &click);
    assert_true(wt_screen_shows(&screen, ": pid 4730, worker 17 of web, may still"));
    click.col += 6; /* the next cell */
    wt_app_input(screen.app, &click);
    assert_true(wt_screen_shows(&screen, "held: its old worker may still write it"));
    click.col = 159; /* beside the map: nothing changes but the pane that has the keys */
    wt_app_input(screen.app, &click);
    assert_true(wt_screen_shows(&screen, "held: its old worker"));
    wt_screen_close(&screen);
}

static void test_mouse(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen, 100, 30);
    int row = wt_screen_row(&screen, "  cable ");
    struct wt_input click = {.kind = WT_INPUT_MOUSE, .button = WT_MOUSE_LEFT, .col = 8, .row = row};
    assert_int_equal(wt_app_input(screen.app, &click), WT_APP_DRAW);
    assert_true(wt_screen_shows(&screen, "cable 12 workers"));
    click.row = wt_screen_row(&screen, "SERVICE ");
    wt_app_input(screen.app, &click);
    assert_true(wt_screen_shows(&screen, "SERVICE\u2191"));
    wt_app_input(screen.app, &click);
    assert_true(wt_screen_shows(&screen, "SERVICE\u2193"));
    click.row = wt_screen_row(&screen, "workers of") + 3;
    click.button = WT_MOUSE_WHEEL_DOWN;
    wt_app_input(screen.app, &click);
    assert_true(wt_screen_shows(&screen, "4-"));
    click.row = 0;
    assert_int_equal(wt_app_input(screen.app, &click), 0);
    wt_screen_close(&screen);
}

/* The help is that of the view one came from, and all of it fits 80x24. */
static void test_help(void **state) {
    (void)state;
    static const struct {
        const char *keys, *title, *has, *has_not;
    } cases[] = {{"1", "keys of overview", "forget the filter", "worker below"},
                 {"2", "keys of service", "sort by next", "segment before"},
                 {"2 Enter", "keys of worker", "worker below", "segment before"},
                 {"3", "keys of memory", "segment before", "sort by next"},
                 {"4", "keys of events", "only some rows", "worker below"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wt_screen screen;
        open_trouble(&screen, 80, 24);
        wt_screen_press(&screen, cases[i].keys);
        wt_screen_draw(&screen);
        wt_screen_press(&screen, "?");
        assert_true(wt_screen_shows(&screen, cases[i].title));
        assert_true(wt_screen_shows(&screen, cases[i].has));
        assert_false(wt_screen_shows(&screen, cases[i].has_not));
        assert_true(wt_screen_shows(&screen, "one row up"));
        assert_true(wt_screen_shows(&screen, "leave worktop"));
        if (!wt_screen_shows(&screen, "text with spaces")) /* its last line */
            fail_msg("%s do not fit 80x24", cases[i].title);
        wt_screen_close(&screen);
    }
}

/* The footer, the help and the dispatch come from one table, and no key means two things in one
 * place. */
static void test_keymap(void **state) {
    (void)state;
    struct wt_keymap map;
    wt_keymap_init(&map);
    static const unsigned contexts[] = {WT_CONTEXT_OVERVIEW, WT_CONTEXT_SERVICE, WT_CONTEXT_MEMORY,
                                        WT_CONTEXT_EVENTS,   WT_CONTEXT_HELP,    WT_CONTEXT_INPUT,
                                        WT_CONTEXT_MENU};
    for (int action = 0; action < WT_ACTION_COUNT; action++) {
        const struct wt_action_info *info = wt_action_info((enum wt_action)action);
        const char *keys = info->keys;
        assert_true(info->contexts != 0);
        assert_true(info->footer_rank == 0 || info->label[0]);
        if (info->contexts & WT_CONTEXT_VIEWS) /* two columns of help fit into 80 */
            assert_true(strlen(info->help) <= 23);
        for (; *keys; keys += strspn(keys, " ")) {
            size_t length = strcspn(keys, " ");
            struct wt_input input;
            if (!wt_key_parse(keys, length, &input))
                fail_msg("%s: no key: %.*s", info->name, (int)length, keys);
            for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++)
                if (info->contexts & contexts[i])
                    assert_int_equal(wt_keymap_find(&map, &input, contexts[i]), action);
            keys += length;
        }
    }
    /* Pairs of the help are neighbours, and their joint line fits as well. */
    for (int action = 0; action < WT_ACTION_COUNT; action++) {
        enum wt_action other;
        const char *help;
        if (!wt_action_pair((enum wt_action)action, &other, &help) || other == WT_ACTION_NONE)
            continue;
        assert_int_equal(other, action + 1);
        assert_true(strlen(help) <= 23);
        assert_true(wt_action_pair(other, &other, &help) && other == WT_ACTION_NONE);
    }
    struct wt_input input;
    assert_false(wt_key_parse("Nokey", 5, &input));
    assert_false(wt_key_parse("", 0, &input));
    assert_false(wt_key_parse("X-a", 3, &input));
    assert_true(wt_key_parse("-", 1, &input));
    assert_true(wt_key_parse("C-M-Up", 6, &input));
    assert_int_equal(input.modifiers, WT_MOD_CTRL | WT_MOD_ALT);
    char text[16];
    wt_action_key_text(&map, WT_ACTION_REPAINT, 0, text);
    assert_string_equal(text, "^L");
    wt_action_key_text(&map, WT_ACTION_PREVIOUS_PANE, 0, text);
    assert_string_equal(text, "Shift-Tab");
    wt_action_key_text(&map, WT_ACTION_REPAINT, 9, text);
    assert_string_equal(text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_navigation),
        cmocka_unit_test(test_selection_follows),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_worker_filter),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_segment_selection),
        cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_keymap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
