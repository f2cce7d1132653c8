/* Theme files: what they mean, and what is said about those that are wrong. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/screen.h"
#include "ui/theme.h"

static void check_error(const char *text, const char *expected) {
    struct wt_theme theme, before;
    struct wt_error err = {0};
    wt_theme_mono(&theme);
    before = theme;
    assert_int_not_equal(wt_theme_parse(&theme, "x.json", text, strlen(text), &err), WT_OK);
    if (!strstr(err.text, expected))
        fail_msg("expected \"%s\" in \"%s\"", expected, err.text);
    assert_memory_equal(&theme, &before, sizeof theme);
}

static void test_errors(void **state) {
    (void)state;
    check_error("{\n\"styles\": {\n\"text\": {\"fg\": \"#12345\"}}}", "x.json:3: styles.text.fg: ");
    check_error("{\"styles\": {\"text\": {\"fg\": \"nocolour\"}}}", "\"nocolour\" is no colour");
    check_error("{\"styles\": {\"text\": {\"fg\": 256}}}", "256");
    check_error("{\"styles\": {\"text\": {\"fg\": -1}}}", "-1");
    check_error("{\"styles\": {\"text\": {\"fg\": null}}}", "no colour");
    check_error("{\"styles\": {\n\"txt\": {}}}", "x.json:2: styles.txt: there is no style");
    check_error("{\"styles\": {\"text\": {\"blink\": true}}}", "bold, dim, italic");
    check_error("{\"styles\": {\"text\": {\"bold\": 1}}}", "true or false");
    check_error("{\"styles\": []}", "must be an object");
    check_error("{\"gradients\": {\"load\": {}}}", "object of stops");
    check_error("{\"gradients\": {\"load\": {\"0\": 1, \"0.5\": 2, \"0.5\": 3}}}", "rise");
    check_error("{\"gradients\": {\"load\": {\"2\": 1}}}", "rise from 0 to 1");
    check_error("{\"gradients\": {\"load\": {\"x\": 1}}}", "number from 0 to 1");
    check_error("{\"gradients\": {\"lod\": {\"0\": 1}}}", "no gradient");
    check_error("{\"palette\": {\"a\": \"b\"}}", "no colour");
    check_error("{\"colours\": {}}", "a name, a palette, styles and gradients");
    check_error("[]", "a theme is an object");
    check_error("{", "x.json:");
}

static void test_meaning(void **state) {
    (void)state;
    static const char text[] =
        "{\"name\": \"t\", \"palette\": {\"ink\": \"#102030\"}, \"styles\": {"
        "\"text\": {\"fg\": \"ink\", \"bg\": \"default\"}, \"crit\": {\"fg\": 196, \"bg\": 16, "
        "\"bold\": true, \"underline\": true, \"dim\": false}, \"dim\": {\"fg\": \"default\"}},"
        "\"gradients\": {\"load\": {\"0\": \"#000000\", \"1\": \"#ffffff\"}, "
        "\"queue\": {\"0\": 1, \"0.5\": 2}}}";
    struct wt_theme theme, usual;
    struct wt_error err;
    wt_theme_default(&usual);
    if (wt_theme_parse(&theme, "t.json", text, sizeof text - 1, &err) != WT_OK)
        fail_msg("%s", err.text);
    assert_string_equal(theme.name, "t");
    assert_int_equal(theme.styles[WT_STYLE_TEXT].fg, WT_COLOUR_RGB(0x102030));
    assert_int_equal(theme.styles[WT_STYLE_TEXT].bg, WT_COLOUR_DEFAULT);
    assert_int_equal(theme.styles[WT_STYLE_CRIT].fg, WT_COLOUR_INDEX(196));
    assert_int_equal(theme.styles[WT_STYLE_CRIT].attributes,
                     WT_ATTRIBUTE_BOLD | WT_ATTRIBUTE_UNDERLINE);
    assert_int_equal(theme.styles[WT_STYLE_DIM].fg, WT_COLOUR_DEFAULT);
    assert_int_equal(theme.styles[WT_STYLE_DIM].bg, WT_COLOUR_KEEP);
    assert_int_equal(theme.styles[WT_STYLE_WARN].fg, usual.styles[WT_STYLE_WARN].fg);
    assert_int_equal(wt_theme_level(&theme, WT_GRADIENT_LOAD, 0), WT_COLOUR_RGB(0x000000));
    assert_int_equal(wt_theme_level(&theme, WT_GRADIENT_LOAD, 7), WT_COLOUR_RGB(0xffffff));
    assert_int_equal(wt_theme_level(&theme, WT_GRADIENT_QUEUE, 0.49), WT_COLOUR_INDEX(1));
    assert_int_equal(wt_theme_level(&theme, WT_GRADIENT_QUEUE, 0.51), WT_COLOUR_INDEX(2));
}

static void test_colours(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool good;
        wt_colour colour;
    } cases[] = {
        {"default", true, WT_COLOUR_DEFAULT},
        {"0", true, WT_COLOUR_INDEX(0)},
        {"255", true, WT_COLOUR_INDEX(255)},
        {"256", false, 0},
        {"-1", false, 0},
        {"", false, 0},
        {"#", false, 0},
        {"#fff", false, 0},
        {"#A0b1C2", true, WT_COLOUR_RGB(0xa0b1c2)},
        {"#a0b1c2d", false, 0},
        {"#a0b1cg", false, 0},
        {"red", false, 0},
        {"1 ", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wt_colour colour = 1;
        assert_int_equal(wt_theme_parse_colour(cases[i].text, &colour), cases[i].good);
        if (cases[i].good)
            assert_int_equal(colour, cases[i].colour);
    }
    assert_int_equal(wt_colour_rgb(WT_COLOUR_INDEX(16)), 0x000000);
    assert_int_equal(wt_colour_rgb(WT_COLOUR_INDEX(231)), 0xffffff);
    assert_int_equal(wt_colour_rgb(WT_COLOUR_INDEX(232)), 0x080808);
    assert_int_equal(wt_colour_rgb(WT_COLOUR_INDEX(196)), 0xff0000);
}

/* t goes through the files of the directory in name order, and names what is wrong with one. */
static void test_cycle(void **state) {
    (void)state;
    char directory[] = "/tmp/worktop-themes-XXXXXX", path[128];
    assert_non_null(mkdtemp(directory));
    static const char *const names[] = {"aaa", "bbb", "ccc"};
    static const char *const texts[] = {"{}", "{\"styles\": 7}", "{\"name\": \"other\"}"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s.json", directory, names[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(texts[i], file);
        fclose(file);
    }
    struct wt_screen screen;
    struct wt_app_options options = {
        .interval_ns = WT_NS_PER_S, .theme = "ccc", .theme_directory = directory};
    wt_screen_open(&screen, 100, 30, &options);
    wt_screen_press(&screen, "t");
    assert_true(wt_screen_shows(&screen, "theme aaa"));
    wt_screen_press(&screen, "t");
    assert_true(wt_screen_shows(&screen, "bbb.json:1: styles: must be an object"));
    wt_screen_press(&screen, "?");
    assert_true(wt_screen_shows(&screen, "help ccc"));
    wt_screen_press(&screen, "t");
    assert_true(wt_screen_shows(&screen, "theme aaa"));
    wt_screen_close(&screen);

    struct wt_app *app;
    struct wt_error err;
    options.theme = "bbb";
    assert_int_equal(wt_app_create(&app, &options, &err), WT_EFORMAT);
    assert_null(app);
    options.theme = "nothing";
    assert_int_equal(wt_app_create(&app, &options, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, "nothing.json"));
    options.theme_directory = NULL;
    assert_int_equal(wt_app_create(&app, &options, &err), WT_ENOENT);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s.json", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_meaning),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
