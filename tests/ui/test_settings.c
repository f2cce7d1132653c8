/* Keys and columns from the configuration, columns switched while looking, and what of it is
 * remembered in the next run. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/screen.h"
#include "ui/settings.h"

static wt_status read_settings(const char *text, struct wt_settings *settings,
                               struct wt_error *err) {
    struct wt_config *config;
    wt_status status = wt_config_parse(&config, "c.json", text, strlen(text), err);
    if (status != WT_OK)
        return status;
    status = wt_settings_read(settings, config, err);
    wt_config_free(config);
    return status;
}

static void check_error(const char *text, const char *says) {
    struct wt_settings settings;
    struct wt_error err = {0};
    if (read_settings(text, &settings, &err) == WT_OK)
        fail_msg("%s should be a mistake", text);
    if (!strstr(err.text, says))
        fail_msg("%s: \"%s\" instead of \"%s\"", text, err.text, says);
}

static void open_with(struct wt_screen *screen, const char *text, struct wt_settings *settings) {
    struct wt_error err;
    if (read_settings(text, settings, &err) != WT_OK)
        fail_msg("%s", err.text);
    const struct wt_app_options options = {.interval_ns = WT_NS_PER_S, .settings = settings};
    wt_screen_open(screen, 160, 40, &options);
    wt_screen_feed(screen, WT_FIXTURE_TROUBLE, 0, 60);
    wt_screen_draw(screen);
}

/* ---- keys -------------------------------------------------------------------------------------
 */

static void test_key_errors(void **state) {
    (void)state;
    check_error("{\"keys\": {\n\"quti\": \"x\"}}",
                "c.json:2: keys.quti: no such action; did you mean quit?");
    check_error("{\"keys\": {\"pause\": \"Spcae\"}}",
                "keys.pause: \"Spcae\" is no key: a character, Space");
    check_error("{\"keys\": {\"pause\": \"s\"}}",
                "keys.pause: \"s\" is a key of sort-next, too (sort by next column)");
    check_error("{\"keys\": {\"sort-next\": \"x\", \"pause\": \"p x\"}}", "\"x\" is a key of");
    check_error("{\"keys\": {\"pause\": 7}}", "must be a text of keys");
    check_error("{\"keys\": {\"quit\": \"\"}}", "must have a key: nobody could get out");
    check_error("{\"keys\": {\"menu-cancel\": \" \"}}", "must have a key");
    check_error("{\"keys\": {\"accept\": \"y\"}}", "\"y\" is a character that one types");
    check_error("{\"keys\": []}", "c.json:1: keys: ");
    check_error("{\"keys\": {\"pause\": \"p\", \"pause\": \"x\"}}", "pause");
    check_error("{\"keyz\": {}}", "did you mean keys?");
}

/* A key that is given to something else is not what it was; help and footer say so. */
static void test_keys(void **state) {
    (void)state;
    struct wt_screen screen;
    struct wt_settings settings;
    open_with(
        &screen,
        "{\"keys\": {\"pause\": \"F5\", \"quit\": \"C-q x\", \"sort-next\": \"p\", \"theme\": \"\"}}",
        &settings);
    assert_int_equal(wt_screen_press(&screen, "q"), 0);
    assert_int_equal(wt_screen_press(&screen, "t"), 0);
    assert_int_equal(wt_screen_press(&screen, "C-q"), WT_APP_QUIT);
    assert_int_equal(wt_screen_press(&screen, "x"), WT_APP_QUIT);
    assert_true(wt_screen_shows(&screen, "^Q quit"));
    assert_true(wt_screen_shows(&screen, "F5 pause"));
    assert_false(wt_screen_shows(&screen, "theme"));
    wt_screen_press(&screen, "p");
    assert_false(wt_app_is_paused(screen.app));
    assert_true(wt_screen_shows(&screen, "SINCE\u2193"));
    wt_screen_press(&screen, "F5");
    assert_true(wt_app_is_paused(screen.app));
    wt_screen_press(&screen, "?");
    assert_true(wt_screen_shows(&screen, "^Q x "));
    wt_screen_close(&screen);
}

/* Every action can be given away: each alone gets a key that nothing has. */
static void test_every_action(void **state) {
    (void)state;
    for (int action = 0; action < WT_ACTION_COUNT; action++) {
        char text[128];
        struct wt_settings settings;
        struct wt_error err;
        snprintf(text, sizeof text, "{\"keys\": {\"%s\": \"C-M-F12\"}}",
                 wt_action_info((enum wt_action)action)->name);
        if (read_settings(text, &settings, &err) != WT_OK)
            fail_msg("%s", err.text);
        assert_string_equal(settings.keymap.keys[action], "C-M-F12");
    }
}

/* ---- columns ----------------------------------------------------------------------------------
 */

static void test_column_errors(void **state) {
    (void)state;
    check_error("{\"columns\": {\n\"services\": [\"servce\"]}}",
                "c.json:2: columns.services[0]: servce: no such column; did you mean service?");
    check_error("{\"columns\": {\"services\": [\"qqqqqq\"]}}",
                "no such column: the first word of a head");
    check_error("{\"columns\": {\"services\": []}}", "must be a list of 1 to");
    check_error("{\"columns\": {\"services\": \"service\"}}", "must be a list of 1 to");
    check_error("{\"columns\": {\"services\": [7]}}", "must be the name of a column");
    check_error("{\"columns\": {\"events\": [\"tim\"]}}", "did you mean time?");
    check_error("{\"columns\": {\"service\": [\"state\"]}}",
                "columns.service: no such table: there are services, workers and events");
    check_error("{\"columns\": 7}", "columns");
}

static void test_columns(void **state) {
    (void)state;
    struct wt_screen screen;
    struct wt_settings settings;
    open_with(&screen,
              "{\"columns\": {\"services\": [\"queue\", \"service\", \"util\", \"meter\"], "
              "\"workers\": [\"pid\", \"busy\"], \"events\": [\"what\", \"time\"]}}",
              &settings);
    assert_true(wt_screen_shows(&screen, "  QUEUE  SERVICE"));
    assert_false(wt_screen_shows(&screen, "TREND"));
    assert_true(wt_screen_shows(&screen, "PID   BUSY"));
    assert_false(wt_screen_shows(&screen, "PROGRESS"));
    /* The order is still by state, which is not shown, and the frame says so. */
    assert_true(wt_screen_shows(&screen, "by STATE"));
    assert_true(wt_screen_row(&screen, "jobs ") < wt_screen_row(&screen, "cable "));
    wt_screen_press(&screen, "s"); /* from what is hidden to the first that is shown */
    assert_true(wt_screen_shows(&screen, "QUEUE\u2193"));
    wt_screen_press(&screen, "s s s s");
    assert_true(wt_screen_shows(&screen, "QUEUE\u2193"));
    wt_screen_press(&screen, "4");
    assert_true(wt_screen_row(&screen, "WHAT") >= 0);
    assert_false(wt_screen_shows(&screen, "LEVEL"));
    wt_screen_close(&screen);
}

static void test_menu(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 60);
    wt_screen_draw(&screen);
    wt_screen_press(&screen, "s s c"); /* sorted by utilization */
    assert_true(wt_screen_shows(&screen, "[x] service"));
    wt_screen_press(&screen, "Down Down Space"); /* without SINCE */
    assert_true(wt_screen_shows(&screen, "[ ] since"));
    wt_screen_press(&screen, "Esc");
    assert_false(wt_screen_shows(&screen, "SINCE"));
    assert_true(wt_screen_shows(&screen, "UTIL\u2193"));
    wt_screen_press(&screen, "c G Enter Esc");
    assert_true(wt_screen_shows(&screen, "SINCE"));
    /* The last one stays. */
    wt_screen_press(&screen, "c");
    for (int i = 0; i < 40; i++)
        wt_screen_press(&screen, "g Space");
    wt_screen_press(&screen, "Esc");
    assert_true(wt_screen_shows(&screen, "one column must stay"));
    wt_screen_press(&screen, "Tab Tab c");
    assert_true(wt_screen_shows(&screen, "the columns of this part are fixed"));
    wt_screen_close(&screen);
}

/* ---- the next run ------------------------------------------------------------------------------
 */

static void remember(struct wt_screen *screen, struct wt_buffer *out) {
    wt_buffer_clear(out);
    wt_app_remember(screen->app, out);
    assert_false(out->failed);
}

static void recall(struct wt_screen *screen, const struct wt_buffer *text) {
    struct wt_error err;
    if (wt_app_recall(screen->app, "state.json", text->data, text->length, &err) != WT_OK)
        fail_msg("%s", err.text);
}

static void test_remembering(void **state) {
    (void)state;
    struct wt_screen screen;
    struct wt_buffer text = {0}, again = {0};
    wt_screen_open(&screen, 160, 48, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 3);
    wt_screen_draw(&screen);
    wt_screen_press(&screen, "s s I c Down Down Space Esc t g Down Down Down Down Up Home Enter");
    wt_screen_press(&screen, "Tab < Tab Tab 4 ?");
    remember(&screen, &text);
    wt_screen_close(&screen);
    assert_non_null(strstr(text.data, "\"view\":\"events\""));
    assert_non_null(strstr(text.data, "\"chosen\":\"mono\",\"instead_of\":\"\""));

    wt_screen_open(&screen, 160, 48, NULL);
    recall(&screen, &text);
    remember(&screen, &again);
    assert_string_equal(wt_buffer_text(&text), wt_buffer_text(&again));
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 3);
    assert_true(wt_screen_shows(&screen, "\u203a events"));
    wt_screen_press(&screen, "1");
    assert_true(wt_screen_shows(&screen, "UTIL\u2191"));
    assert_false(wt_screen_shows(&screen, "SINCE"));
    assert_int_equal(wt_grid_at(&screen.grid, 0, 20)->style.bg, WT_COLOUR_DEFAULT); /* mono */
    wt_screen_close(&screen);

    /* Another usual theme, or one of the command line, wins over what was chosen. */
    struct wt_app_options options = {.interval_ns = WT_NS_PER_S, .theme = WT_THEME_DEFAULT_NAME};
    wt_screen_open(&screen, 100, 30, &options);
    recall(&screen, &text);
    wt_screen_draw(&screen);
    assert_int_not_equal(wt_grid_at(&screen.grid, 0, 20)->style.bg, WT_COLOUR_DEFAULT);
    wt_screen_close(&screen);
    options = (struct wt_app_options){.interval_ns = WT_NS_PER_S, .theme_is_fixed = true};
    wt_screen_open(&screen, 100, 30, &options);
    recall(&screen, &text);
    wt_screen_draw(&screen);
    assert_int_not_equal(wt_grid_at(&screen.grid, 0, 20)->style.bg, WT_COLOUR_DEFAULT);
    remember(&screen, &again); /* but what was chosen is still remembered */
    assert_non_null(strstr(again.data, "mono"));
    wt_screen_close(&screen);
    wt_buffer_fini(&text);
    wt_buffer_fini(&again);
}

/* What is broken changes nothing; what is not known any more is passed over. */
static void test_broken(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "state.json"},
        {"{", "state.json:1"},
        {"[]", "version"},
        {"{\"version\": 2}", "was not written by this version"},
        {"{\"version\": \"1\"}", "version"},
        {"{\"version\": 1,\n\"view\": 7}", "state.json:2: view: must be a text"},
        {"{\"version\": 1, \"theme\": {\"chosen\": []}}", "theme.chosen"},
        {"{\"version\": 1, \"sort\": {\"services\": {\"column\": 1}}}", "sort.services.column"},
        {"{\"version\": 1, \"columns\": {\"workers\": {\"hidden\": \"x\"}}}", "list of columns"},
        {"{\"version\": 1, \"columns\": {\"workers\": {\"added\": [\"\"]}}}", "name of a column"},
    };
    struct wt_screen screen;
    struct wt_error err;
    struct wt_buffer before = {0}, after = {0};
    wt_screen_open(&screen, 100, 30, NULL);
    remember(&screen, &before);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            wt_app_recall(screen.app, "state.json", cases[i].text, strlen(cases[i].text), &err),
            WT_EFORMAT);
        if (!strstr(err.text, cases[i].says))
            fail_msg("\"%s\" instead of \"%s\"", err.text, cases[i].says);
        remember(&screen, &after);
        assert_string_equal(wt_buffer_text(&before), wt_buffer_text(&after));
    }
    static const char odd[] =
        "{\"version\": 1, \"new\": 1, \"theme\": {\"chosen\": \"gone\", \"instead_of\": \"\"}, "
        "\"view\": \"nowhere\", \"sort\": {\"services\": {\"column\": \"gone\"}, \"x\": 1}, "
        "\"columns\": {\"services\": {\"hidden\": [\"gone\"], \"added\": [\"gone\"]}}}";
    assert_int_equal(wt_app_recall(screen.app, "state.json", odd, sizeof odd - 1, &err), WT_OK);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 3);
    assert_true(wt_screen_shows(&screen, "STATE\u2193"));
    wt_screen_close(&screen);
    wt_buffer_fini(&before);
    wt_buffer_fini(&after);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_errors),   cmocka_unit_test(test_keys),
        cmocka_unit_test(test_every_action), cmocka_unit_test(test_column_errors),
        cmocka_unit_test(test_columns),      cmocka_unit_test(test_menu),
        cmocka_unit_test(test_remembering),  cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
