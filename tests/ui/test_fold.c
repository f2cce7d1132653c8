/* More things than cells: a million segments in the map, fifty thousand workers in the strip. A
 * cell shows the worst of those that it stands for, and none is lost, whatever the size. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui/grid.h"
#include "ui/theme.h"
#include "ui/widgets/cells.h"

enum { MILLION = 1000000, REFUSED = 3, EDGE = 1 };

struct paper {
    struct wt_theme theme;
    struct wt_grid grid;
    struct wt_canvas canvas;
    struct wt_rect rect; /* with an edge around it, in which nothing may stand */
};

static void open_paper(struct paper *paper, int cols, int rows) {
    wt_theme_default(&paper->theme);
    assert_int_equal(wt_grid_init(&paper->grid, cols + 2 * EDGE, rows + 2 * EDGE, NULL), WT_OK);
    paper->canvas = (struct wt_canvas){
        .grid = &paper->grid, .theme = &paper->theme, .glyphs = &wt_glyphs_braille};
    paper->rect = (struct wt_rect){EDGE, EDGE, cols, rows};
}

static uint32_t glyph_at(const struct paper *paper, int col, int row) {
    return wt_grid_at(&paper->grid, col, row)->codes[0];
}

static void check_edge(const struct paper *paper) {
    for (int row = 0; row < paper->grid.rows; row++)
        for (int col = 0; col < paper->grid.cols; col++)
            if (!wt_rect_has(paper->rect, col, row) && glyph_at(paper, col, row) != ' ')
                fail_msg("%dx%d: something stands beside it", paper->rect.cols, paper->rect.rows);
}

static void make_segments(struct wt_segments *segments, uint64_t count, uint64_t refused) {
    *segments = (struct wt_segments){.segment_count = count, .refused_count = refused};
    segments->marks = calloc(count + refused, 1);
    assert_non_null(segments->marks);
    memset(segments->marks + count, WT_MARK_REFUSED, refused);
}

/* What needs an eye has its sign; the others have looks of their own, by the size of the cell. */
static void check_cell(const struct paper *paper, uint32_t glyph, enum wt_segment_mark worst) {
    for (int mark = WT_MARK_QUARANTINED; mark <= WT_MARK_REFUSED; mark++)
        assert_int_equal(glyph == wt_segment_mark_glyph(&paper->canvas, (enum wt_segment_mark)mark),
                         mark == (int)worst);
}

/* Each cell against the segments that it stands for; they are all there, each in one cell. */
static void check_map(const struct paper *paper, const struct wt_segments *segments,
                      const struct wt_map_geometry *geometry) {
    uint64_t next = 0;
    for (int row = EDGE; row < EDGE + paper->rect.rows; row += geometry->row_stride)
        for (int col = EDGE; col < EDGE + paper->rect.cols; col += geometry->stride) {
            int64_t first = wt_segment_map_at(geometry, segments, col, row);
            if (first < 0)
                continue;
            assert_true((uint64_t)first == next);
            enum wt_segment_mark worst = WT_MARK_FREE;
            for (; next < wt_segments_count(segments) && next - (uint64_t)first < geometry->fold;
                 next++)
                if (segments->marks[next] > worst)
                    worst = (enum wt_segment_mark)segments->marks[next];
            check_cell(paper, glyph_at(paper, col, row), worst);
        }
    assert_true(next == wt_segments_count(segments));
}

static void test_a_million_segments(void **state) {
    (void)state;
    struct wt_segments segments;
    make_segments(&segments, MILLION, REFUSED);
    for (uint64_t i = 0; i < MILLION / 2; i++)
        segments.marks[i] = WT_MARK_ALLOCATED;
    segments.marks[17] = segments.marks[MILLION - 1] = WT_MARK_QUARANTINED;
    segments.marks[MILLION / 3] = WT_MARK_STALE;
    static const int sizes[][2] = {{60, 6}, {156, 20}, {38, 1}, {1, 1}, {1, 7}, {333, 77}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct paper paper;
        struct wt_map_geometry geometry;
        open_paper(&paper, sizes[i][0], sizes[i][1]);
        wt_segment_map_draw(&paper.canvas, paper.rect, &segments, MILLION / 3, &geometry);
        check_map(&paper, &segments, &geometry);
        check_edge(&paper);
        wt_grid_fini(&paper.grid);
    }
    free(segments.marks);
}

static void test_any_number_of_segments(void **state) {
    (void)state;
    static const uint64_t counts[] = {1, 2, 7, 59, 60, 61, 119, 121, 359, 361, 1000, 4097};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct wt_segments segments;
        make_segments(&segments, counts[i], i % 2);
        segments.marks[counts[i] - 1] = WT_MARK_STALE;
        for (int cols = 1; cols < 90; cols += 4)
            for (int rows = 1; rows < 9; rows++) {
                struct paper paper;
                struct wt_map_geometry geometry;
                open_paper(&paper, cols, rows);
                wt_segment_map_draw(&paper.canvas, paper.rect, &segments, -1, &geometry);
                check_map(&paper, &segments, &geometry);
                check_edge(&paper);
                wt_grid_fini(&paper.grid);
            }
        free(segments.marks);
    }
}

static struct wt_worker_cell worker_at(const void *context, size_t index) {
    size_t stuck = *(const size_t *)context;
    if (index == stuck)
        return (struct wt_worker_cell){1, 3, '!', WT_STYLE_CRIT};
    return (struct wt_worker_cell){index % 2 != 0 ? 1 : 0, index == stuck + 1 ? 1 : 0, '-',
                                   WT_STYLE_DIM};
}

/* Of the cell's workers the stuck one is shown, though its neighbour is silent; the others' cells
 * are half full, for every second worker is busy. */
static void test_workers_fold(void **state) {
    (void)state;
    enum { WORKERS = 50000, COLS = 80, ROWS = 2 };
    static const size_t stuck[] = {0, 1, 311, 312, 313, 24999, WORKERS - 2, WORKERS - 1};
    for (size_t i = 0; i < sizeof stuck / sizeof stuck[0]; i++) {
        struct paper paper;
        open_paper(&paper, COLS, ROWS);
        const struct wt_worker_strip strip = {WORKERS, worker_at, &stuck[i], -1};
        size_t fold = wt_worker_strip_draw(&paper.canvas, paper.rect, &strip);
        assert_true(fold * COLS * ROWS >= WORKERS);
        int signs = 0;
        for (size_t cell = 0; cell * fold < WORKERS; cell++) {
            uint32_t glyph = glyph_at(&paper, EDGE + (int)(cell % COLS), EDGE + (int)(cell / COLS));
            bool here = stuck[i] / fold == cell;
            bool silent = (stuck[i] + 1) / fold == cell && stuck[i] + 1 < WORKERS;
            assert_int_equal(glyph, here ? '!' : silent ? '-' : wt_glyphs_braille.bars[4]);
            signs += glyph == '!';
        }
        assert_int_equal(signs, 1);
        check_edge(&paper);
        wt_grid_fini(&paper.grid);
    }
}

static struct wt_worker_cell half_busy(const void *context, size_t index) {
    (void)context;
    (void)index;
    return (struct wt_worker_cell){.load = 0.5, .style = WT_STYLE_TEXT};
}

/* The chosen worker's cell has a mark before it, or below it where there is no air. */
static void test_the_chosen_worker_is_marked(void **state) {
    (void)state;
    static const struct {
        size_t count;
        int64_t selected;
        int col;
        bool has_air;
    } cases[] = {{10, 0, 0, true},    {10, 3, 12, true},   {80, 7, 7, false},
                 {800, 79, 7, false}, {800, 80, 8, false}, {10, -1, -9, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct paper paper;
        open_paper(&paper, 80, 1);
        const struct wt_worker_strip strip = {cases[i].count, half_busy, NULL, cases[i].selected};
        wt_worker_strip_draw(&paper.canvas, paper.rect, &strip);
        for (int col = -1; col < 80; col++) {
            const struct wt_cell *cell = wt_grid_at(&paper.grid, EDGE + col, EDGE);
            bool is_marked = cases[i].has_air ? cell->codes[0] == wt_glyphs_braille.before
                                              : (cell->style.attributes & WT_ATTRIBUTE_UNDERLINE);
            assert_int_equal(is_marked, col == cases[i].col - cases[i].has_air);
        }
        wt_grid_fini(&paper.grid);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_million_segments),
        cmocka_unit_test(test_any_number_of_segments),
        cmocka_unit_test(test_the_chosen_worker_is_marked),
        cmocka_unit_test(test_workers_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
