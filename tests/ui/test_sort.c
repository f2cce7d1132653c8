/* Rows by every column: with the keys, with a click on its head, and reversed.
 * The chosen row stays the chosen one, and equal rows keep their order. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/screen.h"
#include "ui/app_state.h"

enum { COLS = 400, ROWS = 70 }; /* every column has room */

struct sorted {
    struct wt_screen screen;
    enum wt_pane pane;
    struct wt_table table;
    struct wt_table_state *state;
};

static void look(struct sorted *at) {
    wt_screen_draw(&at->screen);
    assert_true(wt_app_table(at->screen.app, at->pane, &at->table));
    at->state = &at->screen.app->tables[at->pane];
}

static void open_sorted(struct sorted *at, enum wt_pane pane, const char *keys) {
    at->pane = pane;
    wt_screen_open(&at->screen, COLS, ROWS, NULL);
    wt_screen_feed(&at->screen, WT_FIXTURE_TROUBLE, 0, 60);
    wt_screen_draw(&at->screen);
    wt_screen_press(&at->screen, keys);
    look(at);
    assert_true(at->state->count > 3);
}

static struct wt_sort_key key_at(const struct sorted *at, size_t index) {
    const struct wt_table_column *column = &at->table.columns[at->state->sort];
    return column->key(at->table.context, at->state->order[index], column->extra);
}

/* As said in table.h: by number, what is unknown last, by text among equals; and where both are
 * equal the order of the source. */
static void check_order(const struct sorted *at) {
    const struct wt_table_column *column = &at->table.columns[at->state->sort];
    int direction = column->falling != at->state->reversed ? 1 : -1;
    for (size_t i = 1; i < at->state->count; i++) {
        struct wt_sort_key a = key_at(at, i - 1), b = key_at(at, i);
        if (isnan(a.number) != isnan(b.number)) {
            assert_true(isnan(b.number));
            continue;
        }
        int order = a.number < b.number ? -1 : a.number > b.number;
        if (order == 0 && a.text != NULL && b.text != NULL)
            order = strcmp(a.text, b.text) < 0 ? -1 : strcmp(a.text, b.text) > 0;
        if (order != 0 && order != direction)
            fail_msg("%s%s: rows %zu and %zu", column->title,
                     at->state->reversed ? " reversed" : "", i - 1, i);
        if (order == 0 && at->state->order[i - 1] > at->state->order[i])
            fail_msg("%s%s: equal rows %zu and %zu changed places", column->title,
                     at->state->reversed ? " reversed" : "", i - 1, i);
    }
}

/* The head of the column has the arrow, and no other. */
static void check_head(const struct sorted *at, int head) {
    const struct wt_table_column *column = &at->table.columns[at->state->sort];
    uint32_t expected = column->falling != at->state->reversed ? 0x2193 : 0x2191;
    for (int i = 0; i < at->state->head_count; i++) {
        int arrows = 0;
        for (int col = at->state->heads[i].begin; col < at->state->heads[i].end; col++) {
            const struct wt_cell *cell = wt_grid_at(&at->screen.grid, col, at->state->header_row);
            arrows += cell->codes[0] == expected;
        }
        assert_int_equal(arrows, i == head);
    }
}

static void click(struct sorted *at, int head) {
    const struct wt_input input = {.kind = WT_INPUT_MOUSE,
                                   .button = WT_MOUSE_LEFT,
                                   .col = at->state->heads[head].begin,
                                   .row = at->state->header_row};
    wt_app_input(at->screen.app, &input);
    look(at);
}

static void check_heads(enum wt_pane pane, const char *keys) {
    struct sorted at;
    open_sorted(&at, pane, keys);
    uint64_t chosen = at.state->identity;
    size_t clicked = 0;
    assert_int_equal(at.state->head_count, at.table.column_count);
    for (int head = 0; head < at.state->head_count; head++) {
        int column = at.state->heads[head].column, before = at.state->sort;
        assert_non_null(at.table.columns[column].key);
        click(&at, head);
        if (before == column) /* it was reversed: once more */
            click(&at, head);
        assert_int_equal(at.state->sort, column);
        assert_false(at.state->reversed);
        check_order(&at);
        check_head(&at, head);
        click(&at, head);
        assert_int_equal(at.state->sort, column);
        assert_true(at.state->reversed);
        check_order(&at);
        check_head(&at, head);
        assert_true(at.state->identity == chosen);
        clicked++;
    }
    assert_true(clicked > 9);
    wt_screen_close(&at.screen);
}

static void check_keys(enum wt_pane pane, const char *keys) {
    struct sorted at;
    bool seen[WT_TABLE_COLUMNS] = {false};
    open_sorted(&at, pane, keys);
    uint64_t chosen = at.state->identity;
    size_t sortable = 0;
    for (size_t i = 0; i < at.table.column_count; i++)
        sortable += at.table.columns[i].key != NULL;
    int first = at.state->sort;
    for (size_t i = 0; i < sortable; i++) {
        wt_screen_press(&at.screen, i % 2 != 0 ? "s" : ">");
        look(&at);
        assert_false(seen[at.state->sort]);
        seen[at.state->sort] = true;
        check_order(&at);
        wt_screen_press(&at.screen, "I");
        look(&at);
        check_order(&at);
        assert_true(at.state->identity == chosen);
    }
    assert_int_equal(at.state->sort, first); /* once round */
    for (size_t i = 0; i < sortable; i++)
        wt_screen_press(&at.screen, "<");
    look(&at);
    assert_int_equal(at.state->sort, first);
    /* The next snapshots sort anew; who was chosen stays so. */
    wt_screen_feed(&at.screen, WT_FIXTURE_TROUBLE, 60, 70);
    look(&at);
    check_order(&at);
    assert_true(at.state->identity == chosen);
    wt_screen_close(&at.screen);
}

static void test_services(void **state) {
    (void)state;
    check_heads(WT_PANE_SERVICES, "Down Down");
    check_keys(WT_PANE_SERVICES, "Down Down");
}

static void test_workers(void **state) {
    (void)state;
    check_heads(WT_PANE_WORKERS, "Enter Down Down");
    check_keys(WT_PANE_WORKERS, "Enter Down Down");
}

/* By TREND that comes first which rises most; by its own fields and by the meter what they show. */
static void test_pictures(void **state) {
    (void)state;
    struct sorted at = {.pane = WT_PANE_SERVICES};
    const struct wt_snapshot *before = wt_fixture_make(WT_FIXTURE_HEALTHY, 60);
    wt_screen_open(&at.screen, COLS, ROWS, NULL);
    wt_screen_feed(&at.screen, WT_FIXTURE_HEALTHY, 0, 60);
    wt_screen_feed(&at.screen, WT_FIXTURE_TROUBLE, 60, 80);
    look(&at);
    static const char *const names[] = {"trend", "meter"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        while (at.state->sort != wt_column_find(&at.table, names[i])) {
            wt_screen_press(&at.screen, "s");
            look(&at);
        }
        const struct wt_snapshot *now = at.screen.app->snapshot;
        double most = INFINITY;
        for (size_t row = 0; row < at.state->count; row++) {
            const struct wt_service *service = &now->services[at.state->order[row]];
            int was = wt_snapshot_find_service(before, service->name);
            double ratio =
                service->utilization_ratio - (i == 0 ? before->services[was].utilization_ratio : 0);
            if (isnan(ratio))
                continue;
            assert_true(ratio <= most + (i == 0 ? .05 : 0)); /* means are not of one look */
            most = ratio;
        }
        assert_true(isfinite(most));
    }
    wt_snapshot_unref(before);
    wt_screen_close(&at.screen);
}

/* The strip of workers has their order: those that are stuck at its end when the rows are reversed.
 */
static void test_strip(void **state) {
    (void)state;
    struct sorted at;
    open_sorted(&at, WT_PANE_WORKERS, "Enter Home");
    for (int is_reversed = 0; is_reversed < 2; is_reversed++) {
        int row = wt_screen_row(&at.screen, "2 stuck  10 busy");
        int first = -1, last = -1, marked = -1, bars = 0;
        assert_true(row > 0);
        for (int col = 0; col < 60; col++) {
            uint32_t glyph = wt_grid_at(&at.screen.grid, col, row)->codes[0];
            if (glyph == '!') {
                first = first < 0 ? col : first;
                last = col;
            }
            marked = glyph == wt_glyphs_braille.before ? col : marked;
            bars = glyph >= 0x2581 && glyph <= 0x2588 && bars == 0 ? col : bars;
        }
        assert_int_equal(last - first, 4); /* side by side */
        assert_true(is_reversed ? first > bars : first < bars);
        assert_int_equal(
            marked, is_reversed ? last - 1 : first - 1); /* the first row is chosen, and followed */
        wt_screen_press(&at.screen, "I");
        look(&at);
    }
    wt_screen_close(&at.screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_strip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
