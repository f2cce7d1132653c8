/* The overview at each size that the design names, in both glyph sets. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>

#include "support/screen.h"

static const struct {
    int cols, rows;
} sizes[] = {{160, 48}, {120, 36}, {100, 30}, {80, 24}, {60, 20}, {40, 10}, {20, 5}};

static void check_sizes(enum wt_fixture kind, const char *name) {
    for (int ascii = 0; ascii < 2; ascii++) {
        struct wt_app_options options = {.interval_ns = WT_NS_PER_S,
                                         .glyphs = ascii ? WT_GLYPHS_ASCII : WT_GLYPHS_UTF8};
        struct wt_screen screen;
        wt_screen_open(&screen, 0, 0, &options);
        wt_screen_feed(&screen, kind, 0, 420);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char golden[96];
            assert_int_equal(wt_grid_resize(&screen.grid, sizes[i].cols, sizes[i].rows, NULL),
                             WT_OK);
            snprintf(golden, sizeof golden, "overview_%s_%dx%d%s", name, sizes[i].cols,
                     sizes[i].rows, ascii ? "_ascii" : "");
            wt_screen_check(&screen, golden);
        }
        wt_screen_close(&screen);
    }
}

static void test_trouble(void **state) {
    (void)state;
    check_sizes(WT_FIXTURE_TROUBLE, "trouble");
}

static void test_healthy(void **state) {
    (void)state;
    check_sizes(WT_FIXTURE_HEALTHY, "healthy");
}

/* A fixture's last look, of which a test changes the services. */
struct altered {
    const struct wt_snapshot *source;
    struct wt_snapshot snapshot;
    struct wt_service services[8];
};

static void alter(struct altered *altered, enum wt_fixture kind) {
    altered->source = wt_fixture_make(kind, 421);
    altered->snapshot = *altered->source;
    altered->snapshot.destroy = NULL;
    altered->snapshot.references = 1;
    altered->snapshot.services = altered->services;
    assert_true(altered->source->service_count <= 8);
    for (size_t i = 0; i < altered->source->service_count; i++) {
        altered->services[i] = altered->source->services[i];
        if (altered->services[i].verdict == WT_VERDICT_OK)
            altered->services[i].verdict_since_ns = wt_fixture_time((int)i).realtime_ns;
    }
}

static struct wt_service *named(struct altered *altered, const char *name) {
    int at = wt_snapshot_find_service(&altered->snapshot, name);
    assert_true(at >= 0);
    return &altered->services[at];
}

static void check_altered(struct altered *altered, const char *keys, const char *name) {
    static const struct { int cols, rows; } few[] = {{160, 48}, {80, 24}};
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 0, 419);
    screen.now = wt_fixture_time(421);
    wt_app_feed(screen.app, &altered->snapshot);
    if (keys[0])
        wt_screen_press(&screen, keys);
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
        char golden[96];
        assert_int_equal(wt_grid_resize(&screen.grid, few[i].cols, few[i].rows, NULL), WT_OK);
        snprintf(golden, sizeof golden, "%s_%dx%d", name, few[i].cols, few[i].rows);
        wt_screen_check(&screen, golden);
    }
    wt_screen_close(&screen);
    wt_snapshot_unref(altered->source);
}

static void test_rising(void **state) {
    (void)state;
    struct altered altered;
    alter(&altered, WT_FIXTURE_HEALTHY);
    const struct wt_trouble rising = {WT_CAUSE_QUEUE_GROWING, WT_VERDICT_OK,
                                      wt_fixture_time(409).realtime_ns,
                                      "queue rising for 12s: 131 waiting, WARN after 30s"};
    struct wt_service *web = named(&altered, "web");
    web->others = &rising;
    web->other_count = 1;
    check_altered(&altered, "", "overview_rising");
}

/* Below what is wrong with others. */
static void test_rising_beside_trouble(void **state) {
    (void)state;
    struct altered altered;
    struct wt_screen screen;
    alter(&altered, WT_FIXTURE_TROUBLE);
    const struct wt_trouble rising = {WT_CAUSE_QUEUE_GROWING, WT_VERDICT_OK,
                                      wt_fixture_time(409).realtime_ns,
                                      "queue rising for 12s: 131 waiting, WARN after 30s"};
    size_t at = 0;
    while (at < altered.snapshot.service_count && altered.services[at].verdict != WT_VERDICT_OK)
        at++;
    assert_true(at < altered.snapshot.service_count);
    altered.services[at].others = &rising;
    altered.services[at].other_count = 1;
    wt_screen_open(&screen, 160, 48, NULL);
    screen.now = wt_fixture_time(421);
    wt_app_feed(screen.app, &altered.snapshot);
    int row = wt_screen_row(&screen, "queue rising for 12s: 131 waiting");
    assert_true(row > wt_screen_row(&screen, "CRIT  jobs"));
    assert_true(row < wt_screen_row(&screen, "SERVICE"));
    /* Looking back on it, it is dated, and has no forecast any more. */
    struct wt_snapshot next = altered.snapshot;
    next.sequence++;
    next.time = screen.now = wt_fixture_time(422);
    wt_app_feed(screen.app, &next);
    wt_screen_press(&screen, "[");
    assert_true(wt_screen_shows(&screen, "queue rising since 13:46:49"));
    wt_screen_press(&screen, ".");
    wt_screen_press(&screen, "/ s t a t e : r i s e s"); /* as its state is called */
    assert_true(wt_screen_shows(&screen, "/state:rises 1 of 4"));
    wt_screen_close(&screen);
    wt_snapshot_unref(altered.source);
}

/* What stands beside the graph of the selected service's queue, and the colour of the speed. */
static uint32_t speed_colour(double of_10s, double of_1m, const char *shown) {
    struct altered altered;
    struct wt_screen screen;
    alter(&altered, WT_FIXTURE_TROUBLE);
    for (size_t i = 0; i < altered.snapshot.service_count; i++) {
        struct wt_window_load *windows = altered.services[i].load.windows;
        windows[WT_WINDOW_10S].queue_growth_per_s = of_10s;
        windows[WT_WINDOW_10S].mean_wait_s = 2.5;
        windows[WT_WINDOW_1M].queue_growth_per_s = of_1m;
        windows[WT_WINDOW_1M].mean_wait_s = 5.5;
    }
    wt_screen_open(&screen, 200, 48, NULL);
    screen.now = wt_fixture_time(421);
    wt_app_feed(screen.app, &altered.snapshot);
    int row = wt_screen_row(&screen, shown);
    assert_true(row >= 0);
    uint32_t colour = 0;
    for (int col = 1; col < screen.grid.cols - 1; col++) {
        const struct wt_cell *cell = wt_grid_at(&screen.grid, col, row);
        if (cell[-1].codes[0] == '8' && cell->codes[0] == '/' && cell[1].codes[0] == 's')
            colour = cell->style.fg;
    }
    wt_screen_close(&screen);
    wt_snapshot_unref(altered.source);
    return colour;
}

static void test_speed_of_a_queue_is_that_of_10_s(void **state) {
    (void)state;
    uint32_t falls = speed_colour(-98.8, 28.8, "wait 2.5s  -98.8/s");
    uint32_t grows = speed_colour(28.8, -98.8, "wait 2.5s  +28.8/s");
    assert_true(falls != grows);
    assert_true(speed_colour(NAN, -28.8, "wait 2.5s  -28.8/s over 1m") == falls);
}

static void test_idle(void **state) {
    (void)state;
    struct altered altered;
    alter(&altered, WT_FIXTURE_HEALTHY);
    for (size_t i = 0; i < altered.snapshot.service_count; i++)
        altered.services[i].verdict = WT_VERDICT_IDLE;
    check_altered(&altered, "", "overview_idle");
}

static void test_more_troubles_of_one_service(void **state) {
    (void)state;
    struct altered altered;
    alter(&altered, WT_FIXTURE_TROUBLE);
    static const struct wt_trouble others[] = {
        {WT_CAUSE_ERRORS_RISING, WT_VERDICT_CRIT, INT64_C(1795182390000000000),
         "errors rising for 31s: 640/s (was 2/s), 51% of the requests; see its log, and what "
         "changed then"},
        {WT_CAUSE_QUEUE_GROWING, WT_VERDICT_WARN, INT64_C(1795182300000000000),
         "queue growing for 2m01s: 37 waiting, +1/s, twice that in 37s; +6 workers (22 in all), "
         "to bring it to 75%"}};
    struct wt_service *web = named(&altered, "web");
    web->others = others;
    web->other_count = 2;
    check_altered(&altered, "", "overview_more");
    alter(&altered, WT_FIXTURE_TROUBLE);
    web->others = others;
    web->other_count = 2;
    check_altered(&altered, "/ w e b Enter Enter", "service_more");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trouble),
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_rising),
        cmocka_unit_test(test_rising_beside_trouble),
        cmocka_unit_test(test_speed_of_a_queue_is_that_of_10_s),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_more_troubles_of_one_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
