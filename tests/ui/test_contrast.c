/* Every theme in themes/ can be read on its own backgrounds: WCAG 4.5:1 for text, 3:1 for what is
 * dim on purpose. */
#include "support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/theme.h"

static void directory_of(char out[static 1024]) {
    snprintf(out, 1024, "%s/themes", getenv("WORKTOP_SOURCE"));
}

static void check_on(const struct wt_theme *theme, int style, wt_colour fg, wt_colour bg) {
    static const double least[] = {
        [WT_CONTRAST_TEXT] = 4.5, [WT_CONTRAST_DIM] = 3.0, [WT_CONTRAST_NONE] = 0};
    if (fg == WT_COLOUR_DEFAULT || bg == WT_COLOUR_DEFAULT)
        return; /* the terminal's own: nobody knows */
    double ratio = wt_contrast_ratio(wt_colour_rgb(fg), wt_colour_rgb(bg));
    if (ratio < least[wt_style_contrast((enum wt_style_name)style)])
        fail_msg("%s: %s has a contrast of %.2f, %.1f is needed", theme->name,
                 wt_style_text((enum wt_style_name)style), ratio,
                 least[wt_style_contrast((enum wt_style_name)style)]);
}

/* A style without a background is drawn upon the ground, the selected rows and the header. */
static void check_theme(const struct wt_theme *theme) {
    static const enum wt_style_name grounds[] = {WT_STYLE_TEXT, WT_STYLE_SELECTED,
                                                 WT_STYLE_SELECTED_AWAY, WT_STYLE_HEADER};
    for (int style = 0; style < WT_STYLE_COUNT; style++) {
        const struct wt_style *look = &theme->styles[style];
        if (look->bg != WT_COLOUR_KEEP) {
            check_on(theme, style, look->fg, look->bg);
            continue;
        }
        for (size_t i = 0; i < sizeof grounds / sizeof *grounds; i++)
            check_on(theme, style, look->fg, theme->styles[grounds[i]].bg);
    }
}

/* Severities must not look like each other, nor like a level of a gradient. */
static void check_severities(const struct wt_theme *theme) {
    static const enum wt_style_name severities[] = {WT_STYLE_WARN, WT_STYLE_CRIT};
    assert_true(theme->styles[WT_STYLE_WARN].fg != theme->styles[WT_STYLE_CRIT].fg);
    assert_true(theme->styles[WT_STYLE_OK].fg != theme->styles[WT_STYLE_CRIT].fg);
    for (int i = 0; i < WT_GRADIENT_COUNT; i++)
        for (int step = 0; step < WT_GRADIENT_STEPS; step++)
            for (size_t j = 0; j < 2; j++)
                assert_true(theme->gradients[i][step] != theme->styles[severities[j]].fg);
}

static void test_all_themes(void **state) {
    (void)state;
    char directory[1024], path[2048];
    directory_of(directory);
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    const struct dirent *entry;
    int count = 0;
    while ((entry = readdir(dir))) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".json") != 0)
            continue;
        struct wt_theme theme;
        struct wt_error err;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (wt_theme_load(&theme, path, &err) != WT_OK)
            fail_msg("%s", err.text);
        assert_int_equal(strncmp(theme.name, entry->d_name, strlen(theme.name)), 0);
        check_theme(&theme);
        check_severities(&theme);
        count++;
    }
    closedir(dir);
    assert_true(count >= 2);
}

static void test_built_in(void **state) {
    (void)state;
    struct wt_theme built_in, file;
    char directory[1024], path[2048];
    struct wt_error err;
    wt_theme_default(&built_in);
    check_theme(&built_in);
    directory_of(directory);
    snprintf(path, sizeof path, "%s/worktop-dark.json", directory);
    if (wt_theme_load(&file, path, &err) != WT_OK)
        fail_msg("%s", err.text);
    /* The built-in theme and its file say the same. */
    assert_string_equal(built_in.name, file.name);
    for (int i = 0; i < WT_STYLE_COUNT; i++) {
        assert_int_equal(built_in.styles[i].fg, file.styles[i].fg);
        assert_int_equal(built_in.styles[i].bg, file.styles[i].bg);
        assert_int_equal(built_in.styles[i].attributes, file.styles[i].attributes);
    }
    assert_memory_equal(built_in.gradients, file.gradients, sizeof file.gradients);
}

static void test_ratio(void **state) {
    (void)state;
    assert_float_equal(wt_contrast_ratio(0x000000, 0xffffff), 21.0, 0.01);
    assert_float_equal(wt_contrast_ratio(0xffffff, 0x000000), 21.0, 0.01);
    assert_float_equal(wt_contrast_ratio(0x777777, 0xffffff), 4.48, 0.01);
    assert_float_equal(wt_contrast_ratio(0x123456, 0x123456), 1.0, 0.001);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_themes),
        cmocka_unit_test(test_built_in),
        cmocka_unit_test(test_ratio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
