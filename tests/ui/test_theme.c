/* Theme files: what they mean, and what is said about those that are wrong. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/screen.h"
#include "ui/theme_list.h"

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

/* The page about themes names every style with what it must reach, and its example is a theme. */
static void test_document(void **state) {
    (void)state;
    static const char *const least[] = {
        [WT_CONTRAST_TEXT] = "4.5:1", [WT_CONTRAST_DIM] = "3:1", [WT_CONTRAST_NONE] = "-"};
    static char text[1 << 16];
    char path[1024], row[96];
    struct wt_theme theme;
    struct wt_error err;
    snprintf(path, sizeof path, "%s/%s", getenv("WORKTOP_SOURCE"), "docs/THEMES.md");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (int i = 0; i < WT_STYLE_COUNT; i++) {
        enum wt_style_name style = (enum wt_style_name)i;
        snprintf(row, sizeof row, "\n| `%s` | %s |", wt_style_text(style),
                 least[wt_style_contrast(style)]);
        if (!strstr(text, row))
            fail_msg("%s has no row%s", path, row);
    }
#define GRADIENT_ROW(name, word) assert_non_null(strstr(text, "\n| `" word "` | "));
    WT_GRADIENT_MAP(GRADIENT_ROW)
#undef GRADIENT_ROW
    const char *begin = strstr(text, "```json\n") + strlen("```json\n");
    size_t length = (size_t)(strstr(begin, "```") - begin);
    if (wt_theme_parse(&theme, path, begin, length, &err) != WT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(theme.styles[WT_STYLE_TEXT].bg, WT_COLOUR_RGB(0x10131a));
}

/* ---- the list of themes ---------------------------------------------------------------------- */

static void write_theme(const char *directory, const char *name, const char *text) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s.json", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_theme(const char *directory, const char *name) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s.json", directory, name);
    unlink(path);
}

static const char blue[] = "{\"styles\": {\"text\": {\"fg\": \"#0000ff\", \"bg\": \"#000011\"}}}";
static const char grey[] = "{\"styles\": {\"text\": {\"fg\": \"#888888\", \"bg\": \"#222222\"}}}";

/* The ground that the screen is drawn on. */
static wt_colour ground_of(struct wt_screen *screen) {
    wt_screen_draw(screen);
    return wt_grid_at(&screen->grid, screen->grid.cols - 1, screen->grid.rows - 2)->style.bg;
}

/* t opens a list; what is under the cursor is seen at once, Esc brings back what was, Enter keeps
 * it, and a broken file is named. */
static void test_picker(void **state) {
    (void)state;
    char directory[] = "/tmp/worktop-themes-XXXXXX";
    assert_non_null(mkdtemp(directory));
    write_theme(directory, "aaa", blue);
    write_theme(directory, "bbb", "{\n\"styles\": 7}");
    write_theme(directory, "ccc", grey);
    struct wt_screen screen;
    struct wt_app_options options = {
        .interval_ns = WT_NS_PER_S, .theme = "ccc", .theme_directory = directory};
    wt_screen_open(&screen, 100, 30, &options);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 2);
    assert_int_equal(ground_of(&screen), WT_COLOUR_RGB(0x222222));
    wt_screen_press(&screen, "t");
    assert_true(wt_screen_shows(&screen, "bbb"));
    assert_true(wt_screen_shows(&screen, "broken: Enter says why"));
    assert_true(wt_screen_shows(&screen, "worktop-dark")); /* compiled in, without a file */
    assert_true(wt_screen_shows(&screen, "mono"));
    assert_true(wt_screen_shows(&screen, "Enter take it"));
    wt_screen_press(&screen, "Up Up");
    assert_int_equal(ground_of(&screen), WT_COLOUR_RGB(0x000011));
    wt_screen_press(&screen, "Esc");
    assert_int_equal(ground_of(&screen), WT_COLOUR_RGB(0x222222));
    wt_screen_press(&screen, "t Home Enter");
    assert_int_equal(ground_of(&screen), WT_COLOUR_RGB(0x000011));
    assert_true(wt_screen_shows(&screen, "theme aaa"));
    /* A broken one changes nothing, also when another was looked at on the way. */
    wt_screen_press(&screen, "t G g Down Enter");
    assert_true(wt_screen_shows(&screen, "bbb.json:2: styles: must be an object"));
    assert_int_equal(ground_of(&screen), WT_COLOUR_RGB(0x000011));
    /* The key that opened the list goes on in it, round and round; others do nothing. */
    wt_screen_press(&screen, "t t t");
    assert_int_equal(ground_of(&screen), WT_COLOUR_RGB(0x222222));
    wt_screen_press(&screen, "t t t s");
    assert_int_equal(ground_of(&screen), WT_COLOUR_RGB(0x000011));
    assert_int_equal(wt_screen_press(&screen, "q"), WT_APP_DRAW);
    assert_false(wt_screen_shows(&screen, "worktop-dark"));
    wt_screen_close(&screen);
    remove_theme(directory, "aaa");
    remove_theme(directory, "bbb");
    remove_theme(directory, "ccc");
    rmdir(directory);
}

/* A click chooses, a second one takes; one beside the list is Esc. The wheel moves. */
static void test_picker_mouse(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 100, 30, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 2);
    wt_colour before = ground_of(&screen);
    wt_screen_press(&screen, "t");
    struct wt_input click = {.kind = WT_INPUT_MOUSE, .button = WT_MOUSE_LEFT, .col = 40};
    click.row = wt_screen_row(&screen, "mono ");
    wt_app_input(screen.app, &click);
    assert_int_equal(ground_of(&screen), WT_COLOUR_DEFAULT);
    click.row = 0;
    wt_app_input(screen.app, &click);
    assert_int_equal(ground_of(&screen), before);
    wt_screen_press(&screen, "t");
    click.button = WT_MOUSE_WHEEL_UP;
    wt_app_input(screen.app, &click);
    assert_int_equal(ground_of(&screen), WT_COLOUR_DEFAULT);
    click.button = WT_MOUSE_LEFT;
    click.row = wt_screen_row(&screen, "mono ");
    wt_app_input(screen.app, &click);
    assert_true(wt_screen_shows(&screen, "theme mono"));
    wt_screen_close(&screen);
}

/* All sizes: the list is cut, never the program. */
static void test_picker_sizes(void **state) {
    (void)state;
    for (int cols = 1; cols < 90; cols += 8)
        for (int rows = 1; rows < 20; rows += 3) {
            struct wt_screen screen;
            wt_screen_open(&screen, cols, rows, NULL);
            wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 1);
            wt_screen_press(&screen, "t");
            wt_screen_draw(&screen);
            wt_screen_press(&screen, "Down PgDn Up");
            wt_screen_draw(&screen);
            wt_screen_close(&screen);
        }
}

/* A person's own theme is asked first; a name that is not there gets the nearest one. */
static void test_places(void **state) {
    (void)state;
    char own[] = "/tmp/worktop-themes-XXXXXX", ours[] = "/tmp/worktop-themes-XXXXXX";
    assert_non_null(mkdtemp(own));
    assert_non_null(mkdtemp(ours));
    write_theme(own, "worktop-dark", blue);
    write_theme(ours, "worktop-dark", grey);
    write_theme(ours, "grey", grey);
    const struct wt_theme_places places = {{own, ours}}, nowhere = {{NULL, NULL}};
    struct wt_theme theme;
    struct wt_theme_list list;
    struct wt_error err;
    assert_int_equal(wt_theme_find(&theme, &places, "worktop-dark", &err), WT_OK);
    assert_int_equal(theme.styles[WT_STYLE_TEXT].bg, WT_COLOUR_RGB(0x000011));
    assert_int_equal(wt_theme_find(&theme, &places, "grey", &err), WT_OK);
    assert_string_equal(theme.name, "grey");
    assert_int_equal(wt_theme_find(&theme, &places, "gray", &err), WT_ENOENT);
    assert_non_null(strstr(err.text, "\"gray\": there is no gray.json in /tmp/worktop-themes-"));
    assert_non_null(strstr(err.text, "did you mean grey?"));
    assert_int_equal(wt_theme_find(&theme, &places, "./nothing.json", &err), WT_ENOENT);
    assert_int_equal(wt_theme_find(&theme, &nowhere, "mono", &err), WT_OK);
    assert_int_equal(wt_theme_find(&theme, &nowhere, "grey", &err), WT_ENOENT);
    assert_int_equal(wt_theme_list_read(&list, &places, &err), WT_OK);
    assert_int_equal(list.count, 3); /* grey, mono, worktop-dark */
    assert_string_equal(list.entries[0].name, "grey");
    assert_int_equal(list.entries[0].directory, 1);
    assert_int_equal(list.entries[1].directory, -1);
    assert_int_equal(list.entries[2].directory, 0);
    wt_theme_list_fini(&list);
    struct wt_app *app;
    struct wt_app_options options = {.own_theme_directory = own, .theme = "gra"};
    assert_int_equal(wt_app_create(&app, &options, &err), WT_ENOENT);
    assert_null(app);
    write_theme(own, "broken", "{");
    options.theme = "broken";
    assert_int_equal(wt_app_create(&app, &options, &err), WT_EFORMAT);
    assert_non_null(strstr(err.text, "broken.json:1"));
    remove_theme(own, "broken");
    remove_theme(own, "worktop-dark");
    remove_theme(ours, "worktop-dark");
    remove_theme(ours, "grey");
    rmdir(own);
    rmdir(ours);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),       cmocka_unit_test(test_meaning),
        cmocka_unit_test(test_colours),      cmocka_unit_test(test_picker),
        cmocka_unit_test(test_picker_mouse), cmocka_unit_test(test_picker_sizes),
        cmocka_unit_test(test_places),       cmocka_unit_test(test_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
