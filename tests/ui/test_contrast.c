/* Every theme in themes/ says all it can say, and can be read on its own backgrounds: WCAG 2 asks
 * 4.5:1 for text, and 3:1 for what is dim on purpose and for meters and graphs. Severities are told
 * apart from each other and from every level of load, in the distance of OKLab, where 0.02 is just
 * seen; those of the theme for deuteranopia also as such an eye sees them. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/themes.h"
#include "term/colour.h"
#include "ui/theme.h"

/* What a row of colours must reach: the usual theme, and the one for those who need more. */
static const double usual[] = {
    [WT_CONTRAST_TEXT] = 4.5, [WT_CONTRAST_DIM] = 3.0, [WT_CONTRAST_NONE] = 0};
static const double high[] = {
    [WT_CONTRAST_TEXT] = 7.0, [WT_CONTRAST_DIM] = 7.0, [WT_CONTRAST_NONE] = 3.0};

struct tally {
    int pairs;
    double least; /* of text */
};

static void check_on(const struct wt_theme *theme, int style, wt_colour fg, wt_colour bg,
                     struct tally *tally) {
    const double *least = strcmp(theme->name, "high-contrast") == 0 ? high : usual;
    enum wt_contrast kind = wt_style_contrast((enum wt_style_name)style);
    double ratio = wt_contrast_ratio(wt_colour_rgb(fg), wt_colour_rgb(bg));
    if (ratio < least[kind])
        fail_msg("%s: %s has a contrast of %.2f, %.1f is needed", theme->name,
                 wt_style_text((enum wt_style_name)style), ratio, least[kind]);
    tally->pairs++;
    if (kind == WT_CONTRAST_TEXT && ratio < tally->least)
        tally->least = ratio;
}

/* A style without a background is drawn upon the ground, the selected rows and the header. */
static struct tally check_styles(const struct wt_theme *theme) {
    static const enum wt_style_name grounds[] = {WT_STYLE_TEXT, WT_STYLE_SELECTED,
                                                 WT_STYLE_SELECTED_AWAY, WT_STYLE_HEADER};
    struct tally tally = {.least = 21};
    for (int style = 0; style < WT_STYLE_COUNT; style++) {
        const struct wt_style *look = &theme->styles[style];
        if (!wt_colour_is_rgb(look->fg))
            fail_msg("%s: %s leaves its colour to the terminal: nobody knows whether it is seen",
                     theme->name, wt_style_text((enum wt_style_name)style));
        if (look->bg != WT_COLOUR_KEEP) {
            check_on(theme, style, look->fg, look->bg, &tally);
            continue;
        }
        for (size_t i = 0; i < sizeof grounds / sizeof *grounds; i++)
            check_on(theme, style, look->fg, theme->styles[grounds[i]].bg, &tally);
    }
    return tally;
}

/* ---- colours that must be told apart ----------------------------------------------------------
 */

/* Where the steps of a gradient begin a light theme has it at the pale end, so 2:1 is asked there;
 * from a load of one half on it is 3:1. */
static void check_gradients(const struct wt_theme *theme) {
    uint32_t ground = wt_colour_rgb(theme->styles[WT_STYLE_TEXT].bg);
    for (int i = 0; i < WT_GRADIENT_COUNT; i++)
        for (int step = 0; step < WT_GRADIENT_STEPS; step++) {
            double least = step >= WT_GRADIENT_STEPS / 2 ? 3.0 : 2.0;
            double ratio = wt_contrast_ratio(wt_colour_rgb(theme->gradients[i][step]), ground);
            if (ratio < least)
                fail_msg("%s: gradient %d, step %d has a contrast of %.2f, %.1f is needed",
                         theme->name, i, step, ratio, least);
        }
}

static void check_apart(const struct wt_theme *theme, const char *eye, struct wt_lab a,
                        struct wt_lab b, double least, const char *what) {
    double distance = wt_lab_distance(a, b);
    if (distance < least)
        fail_msg("%s, %s: %s are %.3f apart, %.3f is needed", theme->name, eye, what, distance,
                 least);
}

static void check_severities(const struct wt_theme *theme, bool deuteranopia) {
    struct wt_lab (*see)(uint32_t) = deuteranopia ? wt_lab_deuteranopia : wt_lab;
    const char *eye = deuteranopia ? "an eye without green cones" : "an eye";
    struct wt_lab crit = see(wt_colour_rgb(theme->styles[WT_STYLE_CRIT].fg));
    struct wt_lab warn = see(wt_colour_rgb(theme->styles[WT_STYLE_WARN].fg));
    struct wt_lab ok = see(wt_colour_rgb(theme->styles[WT_STYLE_OK].fg));
    check_apart(theme, eye, crit, warn, 0.1, "crit and warn");
    check_apart(theme, eye, crit, ok, 0.1, "crit and ok");
    check_apart(theme, eye, warn, ok, 0.05, "warn and ok");
    for (int i = 0; i < WT_GRADIENT_COUNT; i++)
        for (int step = 0; step < WT_GRADIENT_STEPS; step++) {
            struct wt_lab level = see(wt_colour_rgb(theme->gradients[i][step]));
            check_apart(theme, eye, level, crit, 0.06, "crit and a level of a gradient");
            check_apart(theme, eye, level, warn, 0.06, "warn and a level of a gradient");
        }
}

static void test_all_themes(void **state) {
    (void)state;
    struct wt_theme_list list;
    wt_test_themes(&list);
    for (size_t i = 0; i < list.count; i++) {
        const struct wt_theme *theme = &list.entries[i].theme;
        if (strcmp(list.entries[i].name, "mono") == 0)
            continue; /* it has no colours: test_mono */
        struct tally tally = check_styles(theme);
        assert_true(tally.pairs > WT_STYLE_COUNT);
        check_gradients(theme);
        check_severities(theme, false);
        print_message("%-18s text at least %.2f:1 in %d pairs\n", theme->name, tally.least,
                      tally.pairs);
    }
    wt_theme_list_fini(&list);
}

static void test_deuteranopia(void **state) {
    (void)state;
    struct wt_theme_list list;
    wt_test_themes(&list);
    bool found = false;
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.entries[i].name, "deuteranopia") == 0) {
            check_severities(&list.entries[i].theme, true);
            found = true;
        }
    assert_true(found);
    wt_theme_list_fini(&list);
    /* The eye of this test: red and green of one brightness are nearly the same, blue is not. */
    assert_true(wt_lab_distance(wt_lab_deuteranopia(0xc06000), wt_lab_deuteranopia(0x808000)) <
                wt_lab_distance(wt_lab(0xc06000), wt_lab(0x808000)) / 2);
    assert_true(wt_lab_distance(wt_lab_deuteranopia(0x3060ff), wt_lab_deuteranopia(0xc0a000)) >
                0.2);
}

/* The file without colours says what is compiled in, and never a colour. */
static void test_mono(void **state) {
    (void)state;
    struct wt_theme_list list;
    struct wt_theme mono;
    wt_theme_mono(&mono);
    wt_test_themes(&list);
    for (size_t i = 0; i < list.count; i++) {
        const struct wt_theme_entry *entry = &list.entries[i];
        if (strcmp(entry->name, "mono") != 0)
            continue;
        assert_int_equal(entry->directory, 1);
        for (int style = 0; style < WT_STYLE_COUNT; style++) {
            assert_int_equal(entry->theme.styles[style].fg, mono.styles[style].fg);
            assert_int_equal(entry->theme.styles[style].bg, mono.styles[style].bg);
            assert_int_equal(entry->theme.styles[style].attributes, mono.styles[style].attributes);
        }
        assert_memory_equal(entry->theme.gradients, mono.gradients, sizeof mono.gradients);
    }
    wt_theme_list_fini(&list);
}

/* ---- fewer colours ----------------------------------------------------------------------------
 */

/* With 256 colours text keeps 3:1 on what its ground became, and severities stay apart. */
static void check_256(const struct wt_theme *theme) {
    wt_colour ground = theme->styles[WT_STYLE_TEXT].bg;
    int severities[3];
    static const enum wt_style_name names[] = {WT_STYLE_CRIT, WT_STYLE_WARN, WT_STYLE_OK};
    for (int style = 0; style < WT_STYLE_COUNT; style++) {
        const struct wt_style *look = &theme->styles[style];
        int fg, bg;
        bool bold;
        wt_term_colour_pair(WT_TERM_DEPTH_256, NULL, look->fg,
                            look->bg == WT_COLOUR_KEEP ? ground : look->bg, &fg, &bg, &bold);
        assert_true(fg >= 16 && bg >= 16); /* the first 16 are the person's own taste */
        double ratio = wt_contrast_ratio(wt_colour_rgb(WT_COLOUR_INDEX((unsigned)fg)),
                                         wt_colour_rgb(WT_COLOUR_INDEX((unsigned)bg)));
        if (wt_style_contrast((enum wt_style_name)style) == WT_CONTRAST_TEXT && ratio < 3.5)
            fail_msg("%s: with 256 colours %s has a contrast of %.2f", theme->name,
                     wt_style_text((enum wt_style_name)style), ratio);
    }
    for (int i = 0; i < 3; i++)
        severities[i] = wt_term_colour_index(WT_TERM_DEPTH_256, NULL, theme->styles[names[i]].fg);
    assert_int_not_equal(severities[0], severities[1]);
    assert_int_not_equal(severities[0], severities[2]);
    assert_int_not_equal(severities[1], severities[2]);
}

static void test_fewer_colours(void **state) {
    (void)state;
    struct wt_theme_list list;
    struct wt_theme basic;
    wt_test_themes(&list);
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.entries[i].name, "mono") != 0)
            check_256(&list.entries[i].theme);
    wt_theme_list_fini(&list);
    /* With 8 and 16 the theme is one of those colours: each stays the one that was meant. */
    wt_theme_basic(&basic);
    for (int style = 0; style < WT_STYLE_COUNT; style++) {
        const struct wt_style *look = &basic.styles[style];
        int fg, bg;
        bool bold;
        wt_term_colour_pair(WT_TERM_DEPTH_8, NULL, look->fg, look->bg, &fg, &bg, &bold);
        assert_int_equal(fg, wt_colour_is_index(look->fg) ? (int)wt_colour_value(look->fg) : -1);
        assert_int_equal(bg, wt_colour_is_index(look->bg) ? (int)wt_colour_value(look->bg) : -1);
        wt_term_colour_pair(WT_TERM_DEPTH_NONE, NULL, look->fg, look->bg, &fg, &bg, &bold);
        assert_true(fg == -1 && bg == -1 && !bold);
    }
}

static void test_built_in(void **state) {
    (void)state;
    struct wt_theme built_in, file;
    char path[1024];
    struct wt_error err;
    wt_theme_default(&built_in);
    snprintf(path, sizeof path, "%s/themes/worktop-dark.json", getenv("WORKTOP_SOURCE"));
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
        cmocka_unit_test(test_all_themes), cmocka_unit_test(test_deuteranopia),
        cmocka_unit_test(test_mono),       cmocka_unit_test(test_fewer_colours),
        cmocka_unit_test(test_built_in),   cmocka_unit_test(test_ratio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
