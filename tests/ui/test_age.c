/* Data is never shown without its age: live, paused, stale, silent, dead, lost, replayed and
 * unknown look different from each other in every theme, without colours too, and with the words
 * left out of it. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/screen.h"
#include "support/themes.h"

enum { COLS = 120, ROWS = 36 };

enum age { LIVE, PAUSED, REPLAYED, STALE, LOST, SILENT, DEAD, AGES };

static const char *const words[AGES] = {
    [LIVE] = "LIVE", [PAUSED] = "PAUSED", [REPLAYED] = "AT 1", [STALE] = "STALE",
    [LOST] = "DEAD", [SILENT] = "SILENT", [DEAD] = "DEAD",
};

static void feed_with_health(struct wt_screen *screen, enum wt_source_health health,
                             const char *problem) {
    const struct wt_snapshot *made = wt_fixture_make(WT_FIXTURE_TROUBLE, 59);
    struct wt_snapshot *attached =
        (struct wt_snapshot *)(uintptr_t)made; /* nobody else has it yet */
    attached->source.kind = WT_SOURCE_ATTACH;
    attached->source.health = health;
    attached->source.problem = problem;
    attached->source.since_realtime_ns = attached->time.realtime_ns - 5 * WT_NS_PER_S;
    wt_app_feed(screen->app, attached);
    wt_snapshot_unref(attached);
}

/* The same services in each state of the source. */
static void open_age(struct wt_screen *screen, const struct wt_app_options *options, enum age age) {
    wt_screen_open(screen, COLS, ROWS, options);
    wt_screen_feed(screen, WT_FIXTURE_TROUBLE, 0, 60);
    switch (age) {
    case PAUSED:
        wt_screen_press(screen, "p");
        break;
    case REPLAYED:
        wt_screen_press(screen, "[");
        break;
    case STALE:
        screen->now = wt_fixture_time(59 + 30);
        break;
    case LOST:
        wt_app_source_lost(screen->app, "nobody answers", wt_fixture_time(55).realtime_ns);
        break;
    case SILENT:
        feed_with_health(screen, WT_SOURCE_SILENT, "the monitor does not answer");
        break;
    case DEAD:
        feed_with_health(screen, WT_SOURCE_DEAD, "the monitor is dead");
        break;
    case LIVE:
    case AGES:
        break;
    }
    wt_screen_draw(screen);
}

static int find_word(const struct wt_screen *screen, const char *word) {
    int length = (int)strlen(word);
    for (int col = 0; col + length <= COLS; col++) {
        int same = 0;
        while (same < length &&
               wt_grid_at(&screen->grid, col + same, 0)->codes[0] == (uint32_t)word[same])
            same++;
        if (same == length)
            return col;
    }
    return -1;
}

struct look {
    struct wt_style badge;
    struct wt_cell name; /* of the first service: data */
};

static struct look look_of(const struct wt_app_options *options, enum age age) {
    struct wt_screen screen;
    struct look look;
    open_age(&screen, options, age);
    int col = find_word(&screen, words[age]);
    if (col < 0)
        fail_msg("%s does not stand in the first line", words[age]);
    look.badge = wt_grid_at(&screen.grid, col, 0)->style;
    int row = wt_screen_row(&screen, "  web  ");
    assert_true(row > 0);
    look.name = *wt_grid_at(&screen.grid, 4, row);
    wt_screen_close(&screen);
    return look;
}

static bool same_style(struct wt_style a, struct wt_style b) {
    return a.fg == b.fg && a.bg == b.bg && a.attributes == b.attributes;
}

/* The label tells the state by its style alone; what is older than it should be is faded besides.
 */
static void check_theme(const struct wt_app_options *options, const char *name) {
    struct look looks[AGES];
    for (int age = 0; age < AGES; age++)
        looks[age] = look_of(options, (enum age)age);
    static const enum age apart[] = {LIVE, PAUSED, REPLAYED, STALE, DEAD};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            if (same_style(looks[apart[i]].badge, looks[apart[j]].badge))
                fail_msg("%s: %s and %s have labels of one style", name, words[apart[i]],
                         words[apart[j]]);
    assert_true(same_style(looks[LOST].badge, looks[DEAD].badge));    /* both are dead sources */
    assert_true(same_style(looks[SILENT].badge, looks[STALE].badge)); /* both may still come back */
    static const enum age faded[] = {STALE, LOST, SILENT};
    for (size_t i = 0; i < 3; i++)
        if (same_style(looks[LIVE].name.style, looks[faded[i]].name.style))
            fail_msg("%s: data that is %s looks like live data", name, words[faded[i]]);
    assert_true(same_style(looks[LIVE].name.style, looks[PAUSED].name.style)); /* held on purpose */
}

static void test_every_theme(void **state) {
    (void)state;
    struct wt_theme_list list;
    char directory[1024];
    snprintf(directory, sizeof directory, "%s/themes", getenv("WORKTOP_SOURCE"));
    wt_test_themes(&list);
    for (size_t i = 0; i < list.count; i++) {
        const struct wt_app_options options = {.interval_ns = WT_NS_PER_S,
                                               .theme = list.entries[i].name,
                                               .theme_directory = directory};
        check_theme(&options, list.entries[i].name);
    }
    wt_theme_list_fini(&list);
}

/* Terminals with few colours or none have themes of their own. */
static void test_few_colours(void **state) {
    (void)state;
    const struct wt_app_options few = {.interval_ns = WT_NS_PER_S, .few_colours = true};
    const struct wt_app_options none = {
        .interval_ns = WT_NS_PER_S, .colourless = true, .glyphs = WT_GLYPHS_ASCII};
    check_theme(&few, "8 colours");
    check_theme(&none, "no colours");
}

/* The row of a service in the table whose heads are in row `head`. */
static int row_of(const struct wt_screen *screen, int head, const char *name) {
    for (int row = head + 1; row < ROWS; row++) {
        size_t same = 0;
        for (int col = 0; col < 12 && name[same]; col++)
            same = wt_grid_at(&screen->grid, col, row)->codes[0] == (uint32_t)name[same] ? same + 1
                                                                                         : 0;
        if (!name[same])
            return row;
    }
    fail_msg("there is no row of %s", name);
    return -1;
}

/* What is not known has a sign of its own, which nothing that is known has: neither 0 nor a word.
 */
static void test_unknown(void **state) {
    (void)state;
    struct wt_theme_list list;
    char directory[1024];
    snprintf(directory, sizeof directory, "%s/themes", getenv("WORKTOP_SOURCE"));
    wt_test_themes(&list);
    for (size_t i = 0; i < list.count; i++) {
        const struct wt_app_options options = {.interval_ns = WT_NS_PER_S,
                                               .theme = list.entries[i].name,
                                               .theme_directory = directory};
        struct wt_screen screen;
        open_age(&screen, &options, LIVE);
        int head = wt_screen_row(&screen, "BUSY/CAP");
        assert_true(head > 0);
        int row = row_of(&screen, head, "cable"), api = row_of(&screen, head, "api");
        /* Nobody knows the capacity of cable: its utilization is "?", its queue "-", and the queue
         * of api, which is empty, is 0. */
        int util = -1, queue = -1;
        for (int col = 0; col + 5 < COLS; col++) {
            const struct wt_cell *at = wt_grid_at(&screen.grid, col, head);
            if (at[0].codes[0] == 'U' && at[1].codes[0] == 'T')
                util = col + 3;
            if (at[0].codes[0] == 'Q' && at[1].codes[0] == 'U')
                queue = col + 4;
        }
        assert_true(util > 0 && queue > 0);
        assert_int_equal(wt_grid_at(&screen.grid, util, row)->codes[0], '?');
        assert_int_equal(wt_grid_at(&screen.grid, queue, row)->codes[0], '-');
        assert_int_equal(wt_grid_at(&screen.grid, queue, api)->codes[0], '0');
        assert_false(wt_cell_equal(wt_grid_at(&screen.grid, queue, row),
                                   wt_grid_at(&screen.grid, queue, api)));
        wt_screen_close(&screen);
    }
    wt_theme_list_fini(&list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_theme),
        cmocka_unit_test(test_few_colours),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
