/* Every view, and every state that the overview can be in, against goldens. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flight/focus.h"
#include "support/screen.h"
#include "support/themes.h"
#include "ui/app_state.h"

static void open_with(struct wt_screen *screen, int cols, int rows, enum wt_fixture kind,
                      int ticks) {
    wt_screen_open(screen, cols, rows, NULL);
    wt_screen_feed(screen, kind, 0, ticks);
}

/* The sizes that the design names, those first at which every state is looked at. */
static const int view_sizes[][2] = {{160, 48}, {80, 24}, {40, 10}, {120, 36}, {100, 30}, {60, 20}};
enum { ALL_SIZES = sizeof view_sizes / sizeof *view_sizes, FEW_SIZES = 3 };

static void check_at(size_t count, const char *keys, const char *name, enum wt_fixture kind) {
    struct wt_screen screen;
    open_with(&screen, 160, 48, kind, 420);
    wt_screen_draw(&screen);
    wt_screen_press(&screen, keys);
    for (size_t i = 0; i < count; i++) {
        char golden[96];
        assert_int_equal(wt_grid_resize(&screen.grid, view_sizes[i][0], view_sizes[i][1], NULL),
                         WT_OK);
        snprintf(golden, sizeof golden, "%s_%dx%d", name, view_sizes[i][0], view_sizes[i][1]);
        wt_screen_check(&screen, golden);
    }
    wt_screen_close(&screen);
}

static void check_view(const char *keys, const char *name) {
    check_at(ALL_SIZES, keys, name, WT_FIXTURE_TROUBLE);
}

static void test_service(void **state) {
    (void)state;
    check_view("Down Enter", "service");
}

static void test_worker(void **state) {
    (void)state;
    check_view("Enter Enter", "worker");
}

/* It stays on the screen when it is gone, and the next one is one key away. */
static void test_worker_that_leaves(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_TROUBLE, 420);
    wt_screen_press(&screen, "Enter Enter");
    assert_true(wt_screen_shows(&screen, "worker 30 of jobs"));
    assert_true(wt_screen_shows(&screen, "no progress for"));
    wt_screen_feed(&screen, WT_FIXTURE_EMPTY, 420, 422);
    assert_true(wt_screen_shows(&screen, "GONE"));
    assert_true(wt_screen_shows(&screen, "seen for the last time at"));
    assert_false(wt_screen_shows(&screen, "no progress for"));
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 422, 424);
    assert_true(wt_screen_shows(&screen, "worker 30 of jobs"));
    assert_true(wt_screen_shows(&screen, "no progress for"));
    wt_screen_press(&screen, "J");
    assert_true(wt_screen_shows(&screen, "worker 31 of jobs"));
    wt_screen_press(&screen, "K K");
    assert_true(wt_screen_shows(&screen, "worker 30 of jobs"));
    wt_screen_press(&screen, "Esc Esc");
    assert_false(wt_screen_shows(&screen, "\u203a"));
    wt_screen_close(&screen);
}

/* What it was doing when it died, and its last records, stay when it is gone. */
static void test_black_box(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_TROUBLE, 420);
    wt_screen_press(&screen, "G Up Enter"); /* api */
    wt_screen_press(&screen, "/ 4 7 5 9 Enter Enter");
    assert_true(wt_screen_shows(&screen, "worker 16 of api"));
    assert_true(wt_screen_shows(&screen, "under way when it died"));
    assert_true(wt_screen_shows(&screen, "signal 9 (Killed)"));
    assert_true(wt_screen_shows(&screen, "GET /v2/export.csv"));
    assert_true(wt_screen_shows(&screen, "memory above 900 MiB"));
    assert_true(wt_screen_shows(&screen, "(its writer died in it)"));
    wt_screen_check(&screen, "black_box_100x30");
    wt_screen_close(&screen);
}

/* From what a worker left Enter leads to the worker, there or gone; from an event about it w does.
 */
static void test_worker_of_a_record(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 160, 48, WT_FIXTURE_TROUBLE, 420);
    wt_screen_press(&screen, "4");
    assert_true(wt_screen_shows(&screen, "(its writer died in it)"));
    wt_screen_press(&screen, "Tab / t o r n Enter Enter");
    assert_true(wt_screen_shows(&screen, "worker 16 of api"));
    assert_true(wt_screen_shows(&screen, "under way when it died"));
    assert_true(wt_screen_shows(&screen, "GET /v2/export.csv"));
    wt_screen_press(&screen, "Esc");
    assert_true(wt_screen_shows(&screen, "newest of all workers, then the slowest"));
    wt_screen_press(&screen, "Esc / d b - 1 Enter w"); /* it lives, in another service */
    wt_screen_check(&screen, "worker_of_a_record_160x48");
    wt_screen_close(&screen);
}

/* A Ruby service: nothing is known, and the pane says what one can do. */
static void test_worker_without_labels(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_TROUBLE, 420);
    wt_screen_press(&screen, "G Enter"); /* cable */
    assert_false(wt_screen_shows(&screen, "DOING"));
    wt_screen_press(&screen, "Enter");
    assert_true(wt_screen_shows(&screen, "only workers with libworktop say what they do"));
    wt_screen_check(&screen, "worker_ruby_100x30");
    wt_screen_close(&screen);
}

/* Another worker than the one of which all is known: its longest piece is there at once. */
static void test_worker_before_its_focus(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_TROUBLE, 420);
    wt_screen_press(&screen, "Enter Enter J");
    assert_true(wt_screen_shows(&screen, "worker 31 of jobs"));
    assert_int_equal(wt_app_focus(screen.app), 31);
    assert_true(wt_screen_shows(&screen, "report 4712 / render pdf"));
    wt_screen_press(&screen, "K");
    assert_int_equal(wt_app_focus(screen.app), 30);
    assert_true(wt_screen_shows(&screen, "report 4713"));
    wt_screen_close(&screen);
}

static bool fill_nothing(void *context, struct wt_arena *arena, struct wt_worker_activity *out) {
    (void)context;
    (void)arena;
    (void)out;
    return false;
}

/* The same look with all of that worker in it is shown at once, and so is the look without. */
static void test_focus_of_the_same_look(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_TROUBLE, 419);
    const struct wt_snapshot *whole = wt_fixture_make(WT_FIXTURE_TROUBLE, 419);
    struct wt_snapshot *bare = wt_focus_on(whole, fill_nothing, NULL);
    wt_app_feed(screen.app, bare);
    wt_screen_press(&screen, "Enter Enter");
    assert_true(wt_screen_shows(&screen, "worker 30 of jobs"));
    assert_false(wt_screen_shows(&screen, "retrying: renderer does not answer"));
    wt_app_refine(screen.app, whole);
    assert_true(wt_screen_shows(&screen, "retrying: renderer does not answer"));
    assert_true(wt_screen_shows(&screen, "report 4713")); /* of another thread */
    wt_app_refine(screen.app, bare);
    assert_false(wt_screen_shows(&screen, "retrying: renderer does not answer"));
    wt_snapshot_unref(bare);
    wt_snapshot_unref(whole);
    wt_screen_close(&screen);
}

/* Records of all workers: filtered, and the slowest first. */
static void test_records_of_all(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_TROUBLE, 420);
    wt_screen_press(&screen, "4");
    assert_true(wt_screen_row(&screen, "POST /checkout") < wt_screen_row(&screen, "report 4690"));
    wt_screen_press(&screen, "Tab s s");
    assert_true(wt_screen_row(&screen, "report 4690") < wt_screen_row(&screen, "POST /checkout"));
    wt_screen_press(&screen, "/ f a i l Enter");
    assert_true(wt_screen_shows(&screen, "mail newsletter"));
    assert_false(wt_screen_shows(&screen, "report 4690"));
    wt_screen_close(&screen);
}

static void test_worker_ascii(void **state) {
    (void)state;
    struct wt_screen screen;
    struct wt_app_options options = {.interval_ns = WT_NS_PER_S, .glyphs = WT_GLYPHS_ASCII};
    wt_screen_open(&screen, 100, 30, &options);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 420);
    wt_screen_press(&screen, "Enter Enter");
    wt_screen_check(&screen, "worker_100x30_ascii");
    wt_screen_press(&screen, "4");
    wt_screen_check(&screen, "events_100x30_ascii");
    wt_screen_close(&screen);
}

static void test_memory(void **state) {
    (void)state;
    check_view("m", "memory");
}

static void test_events(void **state) {
    (void)state;
    check_view("4", "events");
}

static void test_help(void **state) {
    (void)state;
    check_view("?", "help");
}

static void test_empty(void **state) {
    (void)state;
    check_at(FEW_SIZES, "g", "empty", WT_FIXTURE_EMPTY);
}

static void test_hostile(void **state) {
    (void)state;
    check_at(FEW_SIZES, "g", "hostile", WT_FIXTURE_HOSTILE);
    check_at(FEW_SIZES, "Enter", "hostile_service", WT_FIXTURE_HOSTILE);
}

static void test_hostile_ascii(void **state) {
    (void)state;
    struct wt_screen screen;
    struct wt_app_options options = {.interval_ns = WT_NS_PER_S, .glyphs = WT_GLYPHS_ASCII};
    wt_screen_open(&screen, 100, 30, &options);
    wt_screen_feed(&screen, WT_FIXTURE_HOSTILE, 0, 60);
    wt_screen_check(&screen, "hostile_100x30_ascii");
    for (int i = 0; i < screen.grid.cols * screen.grid.rows; i++)
        assert_true(screen.grid.cells[i].codes[0] == 0 ||
                    (screen.grid.cells[i].codes[0] >= ' ' && screen.grid.cells[i].codes[0] < 127));
    wt_screen_close(&screen);
}

static void test_dead(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 100, 30, WT_FIXTURE_DEAD, 420);
    wt_app_source_lost(screen.app, "the monitor does not answer: connection refused",
                       wt_fixture_time(419).realtime_ns);
    screen.now = wt_fixture_time(500);
    wt_screen_check(&screen, "dead_100x30");
    wt_screen_close(&screen);
}

static const char dead[] =
    "monitor 4700 died at 13:46:50 without saying goodbye; figures of workers are "
    "live, verdicts, store and events are its last word; start `worktop serve` "
    "again: workers return by themselves";

/* A monitor whose files are read. */
static void feed_attached(struct wt_screen *screen, enum wt_source_health health,
                          const char *problem, bool samples) {
    struct wt_snapshot *snapshot = (struct wt_snapshot *)wt_fixture_make(WT_FIXTURE_TROUBLE, 419);
    snapshot->source = (struct wt_source){
        .kind = WT_SOURCE_ATTACH,
        .health = health,
        .path = "/run/worktop/utilization.shm.dir",
        .problem = problem,
        .heartbeat_ns = snapshot->time.monotonic_ns - 300 * WT_NS_PER_MS,
        .since_realtime_ns =
            health == WT_SOURCE_ANSWERING ? 0 : snapshot->time.realtime_ns - 9 * WT_NS_PER_S,
        .samples_segments = samples};
    wt_app_feed(screen->app, snapshot);
    screen->now = wt_fixture_time(419);
    wt_snapshot_unref(snapshot);
}

/* How it is, in the header and in the first line. */
static void check_attached(enum wt_source_health health, const char *problem, bool samples,
                           const char *golden) {
    struct wt_screen screen;
    wt_screen_open(&screen, 120, 30, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 419);
    feed_attached(&screen, health, problem, samples);
    wt_screen_check(&screen, golden);
    wt_screen_close(&screen);
}

/* Figures of which only the size matters do not tick: what is below a millisecond, and the
 * heartbeat right after it. */
static void test_figures_that_stand_still(void **state) {
    (void)state;
    static const struct {
        int64_t tick_ns, heartbeat_ns;
        const char *tick, *heartbeat;
    } cases[] = {{999999, 99 * WT_NS_PER_MS, "tick <1ms", "attached, heartbeat now"},
                 {1000000, 100 * WT_NS_PER_MS, "tick 1ms", "attached, heartbeat 100ms"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wt_screen screen;
        wt_screen_open(&screen, 160, 48, NULL);
        struct wt_snapshot *snapshot =
            (struct wt_snapshot *)wt_fixture_make(WT_FIXTURE_TROUBLE, 419);
        screen.now = wt_fixture_time(419);
        snapshot->source =
            (struct wt_source){.kind = WT_SOURCE_ATTACH,
                               .path = "/run/worktop/utilization.shm.dir",
                               .problem = "",
                               .heartbeat_ns = screen.now.monotonic_ns - cases[i].heartbeat_ns};
        snapshot->monitor.tick_duration_ns = cases[i].tick_ns;
        wt_app_feed(screen.app, snapshot);
        assert_true(wt_screen_shows(&screen, cases[i].tick));
        assert_true(wt_screen_shows(&screen, cases[i].heartbeat));
        wt_snapshot_unref(snapshot);
        wt_screen_close(&screen);
    }
}

static void test_attached(void **state) {
    (void)state;
    check_attached(WT_SOURCE_ANSWERING, "", false, "attached_120x30");
    check_attached(WT_SOURCE_SILENT,
                   "monitor 4700 is stopped: no heartbeat for 9 s; `kill -CONT 4700` lets it go on",
                   false, "attached_silent_120x30");
    check_attached(WT_SOURCE_DEAD, dead, true, "attached_dead_120x30");
}

/* The column of the first CRIT in a row. */
static int crit_at(const struct wt_screen *screen, int row) {
    const struct wt_cell *cells = screen->grid.cells + row * screen->grid.cols;
    for (int col = 0; col + 1 < screen->grid.cols; col++)
        if (cells[col].codes[0] == 'C' && cells[col + 1].codes[0] == 'R')
            return col;
    fail_msg("no CRIT in row %d", row);
    return 0;
}

static struct wt_style style_at(const struct wt_screen *screen, int col, int row) {
    return screen->grid.cells[row * screen->grid.cols + col].style;
}

/* What a dead monitor said last is dimmed at every size, the counts in the header with it; what
 * says that it is dead is not. */
static void test_dead_is_dimmed(void **state) {
    (void)state;
    static const struct {
        int cols, rows, text_col, text_row;
    } sizes[] = {{100, 30, 4, 8}, {39, 9, 6, 2}, {100, 9, 6, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct wt_screen screen;
        open_with(&screen, sizes[i].cols, sizes[i].rows, WT_FIXTURE_DEAD, 420);
        screen.now = wt_fixture_time(419);
        wt_screen_draw(&screen);
        struct wt_style count = style_at(&screen, crit_at(&screen, 0), 0);
        struct wt_style text = style_at(&screen, sizes[i].text_col, sizes[i].text_row);
        wt_app_source_lost(screen.app, "connection refused", screen.now.realtime_ns);
        wt_screen_draw(&screen);
        struct wt_style faded = style_at(&screen, crit_at(&screen, 0), 0);
        assert_int_not_equal(faded.bg, count.bg);
        faded = style_at(&screen, sizes[i].text_col, sizes[i].text_row);
        assert_int_not_equal(faded.fg, text.fg);
        if (sizes[i].rows == 30) {
            assert_true(
                wt_screen_shows(&screen, "connection refused \u2192 start it, and this goes on"));
            assert_int_equal(style_at(&screen, 2, 1).bg,
                             count.bg); /* DEAD, as bright as CRIT was */
        }
        wt_screen_close(&screen);
    }
}

static bool looks_alike(const struct wt_style styles[2]) {
    return styles[0].fg == styles[1].fg && styles[0].bg == styles[1].bg &&
           styles[0].attributes == styles[1].attributes;
}

/* A dead monitor's verdicts are its last word: faded and with a question mark, in every theme,
 * while the workers' figures, which are read from the segments, are as bright as before. */
static void test_last_words(void **state) {
    (void)state;
    struct wt_theme_list themes = {0};
    wt_test_themes(&themes);
    for (size_t i = 0; i < themes.count; i++) {
        struct wt_style says[2], badge[2], counts[2], word[2], figure[2];
        for (int is_dead = 0; is_dead < 2; is_dead++) {
            struct wt_screen screen;
            wt_screen_open(&screen, 120, 30, NULL);
            screen.app->theme = themes.entries[i].theme;
            wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 419);
            feed_attached(&screen, is_dead ? WT_SOURCE_DEAD : WT_SOURCE_ANSWERING,
                          is_dead ? dead : "", is_dead);
            int row = wt_screen_row(&screen, "stuck since 13:45:2");
            row = row >= 0 ? row : wt_screen_row(&screen, "stuck for ");
            int service = wt_screen_row(&screen, "35/80");
            assert_true(row > 0 && service > row);
            assert_int_equal(wt_screen_shows(&screen, "CRIT? jobs"), is_dead);
            assert_int_equal(wt_screen_shows(&screen, "WARN? "), is_dead);
            says[is_dead] = style_at(&screen, 12, row);
            badge[is_dead] = style_at(&screen, crit_at(&screen, row), row);
            counts[is_dead] = style_at(&screen, crit_at(&screen, 0), 0);
            word[is_dead] = style_at(&screen, 14, service);
            figure[is_dead] = style_at(&screen, 33, service);
            wt_screen_close(&screen);
        }
        assert_false(looks_alike(says));
        assert_false(looks_alike(counts));
        assert_false(looks_alike(word));
        assert_true(badge[0].bg != badge[1].bg ||
                    (badge[0].attributes & ~badge[1].attributes & WT_ATTRIBUTE_REVERSE));
        assert_true(looks_alike(figure));
    }
    wt_theme_list_fini(&themes);
}

/* What the viewer found itself is not the dead monitor's last word, in the header's counts neither.
 */
static void test_what_a_viewer_found(void **state) {
    (void)state;
    for (int is_found = 0; is_found < 2; is_found++) {
        struct wt_screen screen;
        wt_screen_open(&screen, 120, 30, NULL);
        struct wt_snapshot *snapshot =
            (struct wt_snapshot *)wt_fixture_make(WT_FIXTURE_TROUBLE, 419);
        snapshot->source =
            (struct wt_source){.kind = WT_SOURCE_ATTACH,
                               .health = WT_SOURCE_DEAD,
                               .path = "/run/worktop/utilization.shm.dir",
                               .problem = dead,
                               .heartbeat_ns = snapshot->time.monotonic_ns - 9 * WT_NS_PER_S,
                               .since_realtime_ns = snapshot->time.realtime_ns - 9 * WT_NS_PER_S,
                               .samples_segments = true};
        bool has_unknown = false;
        for (size_t i = 0; i < snapshot->service_count; i++) {
            struct wt_service *service = (struct wt_service *)&snapshot->services[i];
            if (is_found && service->verdict == WT_VERDICT_CRIT)
                service->cause = WT_CAUSE_WORKERS_GONE;
            if (service->verdict == WT_VERDICT_WARN) {
                service->verdict = WT_VERDICT_UNKNOWN;
                has_unknown = true;
            }
        }
        assert_true(has_unknown);
        screen.now = wt_fixture_time(419);
        wt_app_feed(screen.app, snapshot);
        wt_snapshot_unref(snapshot);
        assert_int_equal(wt_screen_row(&screen, is_found ? " CRIT " : " CRIT?"), 0);
        assert_int_equal(wt_screen_shows(&screen, "CRIT?"), !is_found);
        assert_int_equal(wt_screen_row(&screen, " OK?"), 0);
        assert_false(wt_screen_shows(&screen, "? ?"));
        wt_screen_close(&screen);
    }
}

static void test_large(void **state) {
    (void)state;
    struct wt_screen screen;
    open_with(&screen, 160, 48, WT_FIXTURE_LARGE, 5);
    wt_screen_check(&screen, "large_160x48");
    wt_screen_close(&screen);
}

/* What the text does not show: colours and attributes, with all colours, with eight, with none. */
static void test_styles(void **state) {
    (void)state;
    static const char *const names[] = {"styles_60x20", "styles_60x20_basic", "styles_60x20_mono"};
    for (int i = 0; i < 3; i++) {
        struct wt_screen screen;
        struct wt_app_options options = {
            .interval_ns = WT_NS_PER_S, .few_colours = i == 1, .colourless = i == 2};
        struct wt_buffer text = {0};
        wt_screen_open(&screen, 60, 20, &options);
        wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 30);
        wt_screen_draw(&screen);
        for (int cell = 0; cell < 60 * 20; cell++) {
            const struct wt_style *style = &screen.grid.cells[cell].style;
            assert_true(i == 0 || !wt_colour_is_rgb(style->fg));
            assert_true(i < 2 || style->fg == WT_COLOUR_DEFAULT);
            assert_true(i < 2 || style->bg == WT_COLOUR_DEFAULT);
            assert_true(i != 1 || wt_colour_value(style->fg) < 8);
        }
        wt_grid_styles(&screen.grid, &text);
        wt_golden_check(names[i], wt_buffer_text(&text));
        wt_buffer_fini(&text);
        wt_screen_close(&screen);
    }
}

static void test_light(void **state) {
    (void)state;
    struct wt_screen screen;
    char directory[1024];
    snprintf(directory, sizeof directory, "%s/themes", getenv("WORKTOP_SOURCE"));
    struct wt_app_options options = {
        .interval_ns = WT_NS_PER_S, .theme = "worktop-light", .theme_directory = directory};
    wt_screen_open(&screen, 160, 48, &options);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 420);
    wt_screen_check(&screen, "light_160x48");
    wt_screen_close(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_service),
        cmocka_unit_test(test_black_box),
        cmocka_unit_test(test_worker_of_a_record),
        cmocka_unit_test(test_worker_without_labels),
        cmocka_unit_test(test_worker_before_its_focus),
        cmocka_unit_test(test_focus_of_the_same_look),
        cmocka_unit_test(test_records_of_all),
        cmocka_unit_test(test_worker_ascii),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_hostile_ascii),
        cmocka_unit_test(test_dead),
        cmocka_unit_test(test_attached),
        cmocka_unit_test(test_figures_that_stand_still),
        cmocka_unit_test(test_dead_is_dimmed),
        cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_what_a_viewer_found),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_light),
        cmocka_unit_test(test_worker),
        cmocka_unit_test(test_worker_that_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
