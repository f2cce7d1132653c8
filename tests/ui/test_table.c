/* The table: order, selection that follows its row, scrolling, columns by rank. And the layout and
 * the graph below it. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/screen.h"
#include "ui/layout.h"
#include "ui/widgets/graph.h"
#include "ui/widgets/table.h"

/* ---- a table of numbers ---------------------------------------------------------------------- */

struct source {
    double values[32];
    uint64_t ids[32];
    size_t count;
    int drawn; /* cells drawn */
};

static void draw_value(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    struct source *source = (struct source *)context;
    source->drawn++;
    wt_textf(canvas, cell, WT_STYLE_TEXT, "%d:%g", extra, source->values[row]);
}

static struct wt_sort_key key_value(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){((const struct source *)context)->values[row], NULL};
}

static uint64_t identity(const void *context, size_t row) {
    return ((const struct source *)context)->ids[row];
}

static bool matches(const void *context, size_t row, const char *filter) {
    char text[32];
    snprintf(text, sizeof text, "%g", ((const struct source *)context)->values[row]);
    return wt_text_contains(text, filter);
}

static const struct wt_table_column columns[] = {
    {"KEPT", 0, 6, 0, 0, WT_ALIGN_LEFT, true, draw_value, key_value, 0, NULL},
    {"FIRST", 2, 6, 0, 0, WT_ALIGN_LEFT, false, draw_value, key_value, 1, NULL},
    {"LAST", 1, 6, 1, 10, WT_ALIGN_LEFT, false, draw_value, NULL, 2, NULL},
};

static struct wt_table table_of(const struct source *source) {
    return (struct wt_table){.columns = columns,
                             .column_count = 3,
                             .context = source,
                             .row_count = source->count,
                             .identity = identity,
                             .matches = matches};
}

static void fill(struct source *source, size_t count, const double *values) {
    *source = (struct source){.count = count};
    for (size_t i = 0; i < count; i++) {
        source->values[i] = values[i];
        source->ids[i] = 100 + i;
    }
}

static void check_order(const struct wt_table_state *state, const char *expected) {
    char got[128] = "";
    for (size_t i = 0; i < state->count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%u ", (unsigned)state->order[i]);
    assert_string_equal(got, expected);
}

static void test_order(void **state) {
    (void)state;
    static const double values[] = {2, NAN, 3, 2, 1, 3};
    struct source source;
    struct wt_table_state table = {.sort = -1};
    fill(&source, 6, values);
    struct wt_table all = table_of(&source);
    assert_true(wt_table_update(&table, &all));
    check_order(&table, "0 1 2 3 4 5 ");
    wt_table_sort_by(&table, 0); /* falling at first; stable; unknown last */
    assert_true(wt_table_update(&table, &all));
    check_order(&table, "2 5 0 3 4 1 ");
    wt_table_sort_by(&table, 0);
    assert_true(wt_table_update(&table, &all));
    check_order(&table, "4 0 3 2 5 1 ");
    wt_table_sort_step(&table, &all, 1);
    assert_int_equal(table.sort, 1);
    assert_false(table.reversed);
    wt_table_sort_step(&table, &all, 1); /* the third cannot be sorted */
    assert_int_equal(table.sort, 0);
    wt_table_sort_step(&table, &all, -1);
    assert_int_equal(table.sort, 1);
    table.sort = -1;
    memcpy(table.filter, "3", 2);
    assert_true(wt_table_update(&table, &all));
    check_order(&table, "2 5 ");
    wt_table_state_fini(&table);
}

static void test_selection(void **state) {
    (void)state;
    static const double values[] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    struct source source;
    struct wt_table_state table = {.sort = 0, .page = 4};
    fill(&source, 10, values);
    struct wt_table all = table_of(&source);
    assert_true(wt_table_update(&table, &all));
    assert_int_equal(wt_table_selected(&table), 0);
    /* Nobody chose a row: the first one is it, whichever that is. */
    source.values[9] = 99;
    assert_true(wt_table_update(&table, &all));
    assert_int_equal(wt_table_selected(&table), 9);
    /* A chosen row is followed, and stays on its line of the screen. */
    wt_table_move(&table, &all, 5);
    assert_int_equal(wt_table_selected(&table), 4);
    size_t line = table.cursor - table.top;
    assert_int_equal(line, 3);
    source.values[0] = source.values[1] = source.values[2] = -1;
    assert_true(wt_table_update(&table, &all));
    assert_int_equal(wt_table_selected(&table), 4);
    assert_int_equal(table.cursor, 2);
    source.values[0] = source.values[1] = source.values[2] = 50;
    assert_true(wt_table_update(&table, &all));
    assert_int_equal(wt_table_selected(&table), 4);
    /* Its id is what counts, not its number. */
    source.ids[4] = 777;
    source.ids[8] = 104;
    assert_true(wt_table_update(&table, &all));
    assert_int_equal(wt_table_selected(&table), 8);
    /* Gone: the cursor stays where it is. */
    source.ids[8] = 778;
    size_t cursor = table.cursor;
    assert_true(wt_table_update(&table, &all));
    assert_int_equal(table.cursor, cursor);
    wt_table_move(&table, &all, INT32_MAX);
    assert_int_equal(table.cursor, 9);
    wt_table_move(&table, &all, INT32_MIN);
    assert_int_equal(table.cursor, 0);
    wt_table_scroll(&table, &all, 3);
    assert_int_equal(table.top, 3);
    assert_int_equal(table.cursor, 3);
    all.row_count = 0;
    assert_true(wt_table_update(&table, &all));
    assert_int_equal(wt_table_selected(&table), -1);
    wt_table_move(&table, &all, 1);
    wt_table_scroll(&table, &all, -9);
    wt_table_state_fini(&table);
}

static void draw_table(struct wt_grid *grid, const struct source *source,
                       struct wt_table_state *state) {
    struct wt_theme theme;
    wt_theme_mono(&theme);
    struct wt_canvas canvas = {.grid = grid, .theme = &theme, .glyphs = &wt_glyphs_ascii};
    struct wt_table all = table_of(source);
    grid->ascii = true;
    wt_grid_clear(grid, theme.styles[WT_STYLE_TEXT]);
    wt_table_draw(&canvas, (struct wt_rect){0, 0, grid->cols, grid->rows}, &all, state, true);
}

static void check_drawing(const struct source *source, int cols, int rows, const char *expected) {
    struct wt_grid grid;
    struct wt_buffer text = {0};
    struct wt_table_state state = {.sort = -1};
    struct wt_table all = table_of(source);
    assert_int_equal(wt_grid_init(&grid, cols, rows, NULL), WT_OK);
    assert_true(wt_table_update(&state, &all));
    draw_table(&grid, source, &state);
    wt_grid_text(&grid, &text);
    assert_string_equal(wt_buffer_text(&text), expected);
    wt_buffer_fini(&text);
    wt_table_state_fini(&state);
    wt_grid_fini(&grid);
}

static void test_columns(void **state) {
    (void)state;
    static const double values[] = {1, 2};
    struct source source;
    fill(&source, 2, values);
    check_drawing(&source, 26, 3,
                  "  KEPT   FIRST  LAST\n> 0:1    1:1    2:1\n  0:2    1:2    2:2\n");
    check_drawing(&source, 20, 3, "  KEPT   LAST\n> 0:1    2:1\n  0:2    2:2\n");
    check_drawing(&source, 10, 3, "  KEPT\n> 0:1\n  0:2\n");
    check_drawing(&source, 4, 2, "  KE\n> 0:\n");
    check_drawing(&source, 10, 1, "> 0:1\n");
}

/* However many rows there are, only visible ones are formatted. */
static void test_visible_only(void **state) {
    (void)state;
    double values[32];
    for (int i = 0; i < 32; i++)
        values[i] = i;
    struct source source;
    struct wt_grid grid;
    struct wt_table_state table = {.sort = 0};
    fill(&source, 32, values);
    struct wt_table all = table_of(&source);
    assert_int_equal(wt_grid_init(&grid, 40, 6, NULL), WT_OK);
    assert_true(wt_table_update(&table, &all));
    draw_table(&grid, &source, &table);
    assert_int_equal(source.drawn, 5 * 3);
    /* A click on a head sorts, on a row selects, elsewhere does nothing. */
    assert_int_equal(wt_table_click(&table, &all, 3, 0), 2);
    assert_true(table.reversed);
    assert_int_equal(wt_table_click(&table, &all, 18, 0), 0);
    assert_int_equal(wt_table_click(&table, &all, 3, 3), 1);
    assert_int_equal(table.cursor, 2);
    assert_int_equal(wt_table_click(&table, &all, 3, 99), 0);
    wt_table_state_fini(&table);
    wt_grid_fini(&grid);
}

/* ---- layout -----------------------------------------------------------------------------------
 */

static void test_layout(void **state) {
    (void)state;
    struct wt_slot slots[] = {
        {.least = 4, .want = 6},
        {.least = 3, .want = 5, .weight = 1, .rank = 2},
        {.least = 3, .want = 10, .weight = 2, .rank = 1},
    };
    wt_layout_stack(slots, 3, 100);
    assert_int_equal(slots[0].rows, 4); /* no weight: never more than the least */
    assert_int_equal(slots[0].rows + slots[1].rows + slots[2].rows, 100);
    wt_layout_stack(slots, 3, 16);
    assert_int_equal(slots[1].rows, 4);
    assert_int_equal(slots[2].rows, 8);
    wt_layout_stack(slots, 3, 9);
    assert_int_equal(slots[1].rows, 0);
    assert_int_equal(slots[2].rows, 5);
    wt_layout_stack(slots, 3, 6);
    assert_int_equal(slots[0].rows, 4);
    assert_int_equal(slots[2].rows, 0);
    wt_layout_stack(slots, 3, 2);
    assert_int_equal(slots[0].rows, 2);
    wt_layout_stack(slots, 3, 0);
    assert_int_equal(slots[0].rows, 0);
    slots[1].most = 5;
    slots[2].most = 11;
    wt_layout_stack(slots, 3, 100);
    assert_int_equal(slots[1].rows, 5);
    assert_int_equal(slots[2].rows, 11);
}

/* ---- graph ------------------------------------------------------------------------------------
 */

/* Feeds a history in which the free list is as long as `value` says at each second. */
static struct wt_history *history_of(const double *values, int count) {
    struct wt_history *history;
    assert_int_equal(wt_history_create(&history, NULL), WT_OK);
    for (int i = 0; i < count; i++) {
        struct wt_snapshot snapshot = {.references = 1,
                                       .sequence = (uint64_t)i + 1,
                                       .time = wt_fixture_time(i),
                                       .store = {.segment_count = 100}};
        if (isnan(values[i]))
            continue;
        snapshot.store.free_list_length = (uint64_t)values[i];
        assert_true(wt_history_feed(history, &snapshot));
    }
    return history;
}

static void scaled_text(const struct wt_history *history, const struct wt_glyph_table *glyphs,
                        int cols, int rows, int newest, struct wt_graph_scale scale,
                        struct wt_buffer *out) {
    struct wt_theme theme;
    struct wt_grid grid;
    wt_theme_default(&theme);
    assert_int_equal(wt_grid_init(&grid, cols, rows, NULL), WT_OK);
    struct wt_canvas canvas = {.grid = &grid, .theme = &theme, .glyphs = glyphs};
    struct wt_graph graph = {.series = wt_history_store(history, WT_SERIES_FREE_LIST),
                             .newest = wt_history_bucket(wt_fixture_time(newest).realtime_ns),
                             .scale = scale,
                             .top = 8};
    wt_graph_draw(&canvas, (struct wt_rect){0, 0, cols, rows}, &graph);
    wt_buffer_clear(out);
    wt_grid_text(&grid, out);
    wt_grid_fini(&grid);
}

static void graph_text(const struct wt_history *history, const struct wt_glyph_table *glyphs,
                       int cols, int rows, int newest, int seconds, struct wt_buffer *out) {
    scaled_text(history, glyphs, cols, rows, newest, (struct wt_graph_scale){seconds, 1}, out);
}

static void test_graph(void **state) {
    (void)state;
    static const double values[] = {8, 8, 0, 4, 2, 6, 8, 8, NAN, NAN, NAN, NAN, 4, 4};
    struct wt_history *history = history_of(values, 14);
    struct wt_buffer text = {0};
    graph_text(history, &wt_glyphs_ascii, 16, 1, 13, 1, &text);
    assert_string_equal(wt_buffer_text(&text), "  ##_-.+##    --\n");
    graph_text(history, &wt_glyphs_blocks, 16, 2, 13, 1, &text);
    assert_string_equal(wt_buffer_text(&text), "  \u2588\u2588   \u2584\u2588\u2588\n"
                                               "  \u2588\u2588\u2581\u2588\u2584\u2588\u2588\u2588"
                                               "    \u2588\u2588\n");
    /* Braille: two seconds a cell, four levels; a known zero is a dot, a gap is none. */
    graph_text(history, &wt_glyphs_braille, 8, 1, 13, 1, &text);
    assert_string_equal(wt_buffer_text(&text), " \u28ff\u28e0\u28f0\u28ff  \u28e4\n");
    wt_buffer_fini(&text);
    wt_history_destroy(history);
}

/* As time goes on, a graph only shifts: what a cell shows does not depend on where it is. */
static void test_graph_shifts(void **state) {
    (void)state;
    double values[200];
    for (int i = 0; i < 200; i++)
        values[i] = (i * 37 + i / 7) % 9;
    struct wt_history *history = history_of(values, 200);
    struct wt_buffer before = {0}, after = {0};
    for (int seconds = 1; seconds <= 5; seconds += 4)
        for (int newest = 100; newest < 199; newest++) {
            graph_text(history, &wt_glyphs_braille, 8, 1, newest, seconds, &before);
            graph_text(history, &wt_glyphs_braille, 8, 1, newest + 1, seconds, &after);
            /* Either in place but for the last cell, or moved by exactly one (of three bytes). */
            const char *a = wt_buffer_text(&before), *b = wt_buffer_text(&after);
            bool still = memcmp(a, b, 7 * 3) == 0;
            bool moved = memcmp(a + 3, b, 6 * 3) == 0;
            assert_true(still || moved);
        }
    wt_buffer_fini(&before);
    wt_buffer_fini(&after);
    wt_history_destroy(history);
}

/* A wide one shifts by two cells at a time, half as often, and never shows less than it was fed. */
static void test_wide_graph_shifts(void **state) {
    (void)state;
    enum { COLS = 24, CELL = 3 };
    double values[200];
    for (int i = 0; i < 200; i++)
        values[i] = (i * 37 + i / 7) % 9 + 1;
    struct wt_history *history = history_of(values, 200);
    struct wt_buffer before = {0}, after = {0};
    int moves = 0;
    for (int newest = 100; newest < 180; newest++) {
        graph_text(history, &wt_glyphs_braille, COLS, 1, newest, 1, &before);
        graph_text(history, &wt_glyphs_braille, COLS, 1, newest + 1, 1, &after);
        const char *a = wt_buffer_text(&before), *b = wt_buffer_text(&after);
        size_t cells = after.length / CELL; /* blanks at the end are cut */
        bool still = memcmp(a, b, (COLS - 2) * CELL) == 0;
        bool moved = memcmp(a + (size_t)2 * CELL, b, (COLS - 2) * CELL) == 0;
        assert_true(still || moved);
        assert_true(cells == COLS || cells == COLS - 1);
        moves += !still;
    }
    assert_int_equal(moves, 80 / 4);
    wt_buffer_fini(&before);
    wt_buffer_fini(&after);
    wt_history_destroy(history);
}

/* While there is little to show a second is wider than a dot, and still moves by whole cells. */
static void test_graph_spread(void **state) {
    (void)state;
    static const double values[] = {8, 2, 4, 6, 8, 2, 4, 6};
    struct wt_history *history = history_of(values, 8);
    struct wt_buffer text = {0};
    scaled_text(history, &wt_glyphs_braille, 8, 1, 3, (struct wt_graph_scale){1, 2}, &text);
    assert_string_equal(wt_buffer_text(&text), "    \u28ff\u28c0\u28e4\u28f6\n");
    scaled_text(history, &wt_glyphs_braille, 8, 1, 3, (struct wt_graph_scale){1, 4}, &text);
    assert_string_equal(wt_buffer_text(&text),
                        "\u28ff\u28ff\u28c0\u28c0\u28e4\u28e4\u28f6\u28f6\n");
    scaled_text(history, &wt_glyphs_ascii, 8, 1, 7, (struct wt_graph_scale){1, 2}, &text);
    assert_string_equal(wt_buffer_text(&text), "##..--++\n");
    wt_buffer_fini(&text);
    wt_history_destroy(history);
}

/* The least time for a dot with which all there is finds room. */
static void test_graph_scale(void **state) {
    (void)state;
    const struct wt_canvas canvas = {.glyphs = &wt_glyphs_braille};
    static const struct {
        int span_s, seconds, spread, shown_s;
    } cases[] = {{20, 1, 2, 24}, {24, 1, 2, 24}, {25, 1, 1, 48}, {49, 2, 1, 96}, {241, 10, 1, 480}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wt_graph_scale scale = wt_graph_scale(&canvas, 24, cases[i].span_s);
        assert_int_equal(scale.seconds, cases[i].seconds);
        assert_int_equal(scale.spread, cases[i].spread);
        assert_int_equal(wt_graph_span_s(&canvas, 24, scale), cases[i].shown_s);
    }
}

/* Live, a wide graph of a short time changes every other second; looking back, with every step. */
static void test_captioned_graph_settles(void **state) {
    (void)state;
    double values[100];
    for (int i = 0; i < 100; i++)
        values[i] = (i * 37 + i / 7) % 9 + 1;
    struct wt_history *history = history_of(values, 100);
    struct wt_theme theme;
    struct wt_grid grid;
    struct wt_buffer before = {0}, after = {0};
    wt_theme_default(&theme);
    assert_int_equal(wt_grid_init(&grid, 30, 4, NULL), WT_OK);
    const struct wt_canvas canvas = {.grid = &grid, .theme = &theme, .glyphs = &wt_glyphs_braille};
    int changes[2] = {0};
    for (int is_past = 0; is_past < 2; is_past++)
        for (int tick = 60; tick <= 80; tick++) {
            const struct wt_captioned_graph graph = {
                .graph = {.series = wt_history_store(history, WT_SERIES_FREE_LIST),
                          .newest = wt_history_bucket(wt_fixture_time(tick).realtime_ns),
                          .scale = {1, 1},
                          .top = 10},
                .title = "busy",
                .now = 50,
                .is_past = is_past};
            wt_grid_clear(&grid, theme.styles[WT_STYLE_TEXT]);
            wt_captioned_graph_draw(&canvas, (struct wt_rect){0, 0, 30, 4}, &graph);
            wt_buffer_clear(&after);
            wt_grid_text(&grid, &after);
            changes[is_past] +=
                tick > 60 && strcmp(wt_buffer_text(&before), wt_buffer_text(&after)) != 0;
            wt_buffer_clear(&before);
            wt_grid_text(&grid, &before);
        }
    assert_int_equal(changes[0], 10);
    assert_int_equal(changes[1], 20);
    wt_buffer_fini(&before);
    wt_buffer_fini(&after);
    wt_grid_fini(&grid);
    wt_history_destroy(history);
}

static void caption_more(struct wt_line *line, const void *context, int reserved) {
    (void)reserved;
    wt_line_add(line, WT_STYLE_TEXT, context);
}

/* The scale, the axis and what is marked on it stand beside the graph, not among its values. */
static void test_captioned_graph(void **state) {
    (void)state;
    static const double values[] = {50, 50, 50, 50, 50, 50, 50, 50, 50, 50};
    struct wt_history *history = history_of(values, 10);
    struct wt_theme theme;
    struct wt_grid grid;
    struct wt_buffer text = {0};
    wt_theme_default(&theme);
    assert_int_equal(wt_grid_init(&grid, 30, 8, NULL), WT_OK);
    grid.ascii = true;
    const struct wt_canvas canvas = {.grid = &grid, .theme = &theme, .glyphs = &wt_glyphs_ascii};
    const struct wt_moment moment = {wt_fixture_time(4).realtime_ns, "64K", WT_STYLE_BRIGHT};
    struct wt_captioned_graph graph = {
        .graph = {.series = wt_history_store(history, WT_SERIES_FREE_LIST),
                  .newest = wt_history_bucket(wt_fixture_time(9).realtime_ns),
                  .scale = {1, 1},
                  .top = 100,
                  .rules = {80, 95}},
        .title = "busy",
        .now = 50,
        .moments = &moment,
        .moment_count = 1,
        .more = caption_more,
        .context = "  wait 8s"};
    wt_captioned_graph_draw(&canvas, (struct wt_rect){0, 0, 30, 8}, &graph);
    wt_grid_text(&grid, &text);
    assert_string_equal(wt_buffer_text(&text), "busy 50  wait 8s\n"
                                               " 100 -------------------------\n"
                                               "  80 -------------------------\n"
                                               "\n"
                                               "                    ##########\n"
                                               "                    ##########\n"
                                               "   0                ##########\n"
                                               "     -25s               ^64K\n");
    graph.is_past = true;
    graph.moment_count = 0;
    wt_grid_clear(&grid, theme.styles[WT_STYLE_TEXT]);
    wt_captioned_graph_draw(&canvas, (struct wt_rect){0, 0, 30, 8}, &graph);
    wt_buffer_clear(&text);
    wt_grid_text(&grid, &text);
    assert_non_null(strstr(wt_buffer_text(&text), "     13:39:45         13:40:09\n"));
    graph.graph.top = graph.graph.rules[0] = graph.graph.rules[1] = 0;
    graph.now = 61; /* the graph has not got there yet: its scale has */
    wt_captioned_graph_draw(&canvas, (struct wt_rect){0, 0, 30, 8}, &graph);
    wt_buffer_clear(&text);
    wt_grid_text(&grid, &text);
    assert_non_null(strstr(wt_buffer_text(&text), "\n  80 "));
    wt_buffer_fini(&text);
    wt_grid_fini(&grid);
    wt_history_destroy(history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),           cmocka_unit_test(test_selection),
        cmocka_unit_test(test_columns),         cmocka_unit_test(test_visible_only),
        cmocka_unit_test(test_layout),          cmocka_unit_test(test_graph),
        cmocka_unit_test(test_graph_shifts),    cmocka_unit_test(test_wide_graph_shifts),
        cmocka_unit_test(test_graph_spread),    cmocka_unit_test(test_graph_scale),
        cmocka_unit_test(test_captioned_graph), cmocka_unit_test(test_captioned_graph_settles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
