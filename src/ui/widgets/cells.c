#include "ui/widgets/cells.h"

#include <math.h>

/* Cells in a line: as many as fit, evened out over the lines, so that the last one is not a stray
 * cell or two. */
static uint64_t line_of(int cols, int stride, uint64_t segment_count) {
    uint64_t line = (uint64_t)(cols + stride - 1) / (uint64_t)stride;
    uint64_t rows = (segment_count + line - 1) / line;
    return rows > 0 && stride > 1 ? (segment_count + rows - 1) / rows : line;
}

int wt_segment_map_rows(int cols, const struct wt_store_info *store, bool airy) {
    if (cols < 1 || !store->segment_states)
        return 0;
    uint64_t line = line_of(cols, airy ? 2 : 1, store->segment_count);
    uint64_t rows = (store->segment_count + line - 1) / line;
    return rows > WT_GRID_MAX ? WT_GRID_MAX : (int)rows;
}

static void draw_segments(const struct wt_canvas *canvas, int col, int row, const uint8_t *states,
                          uint64_t count) {
    uint64_t allocated = 0, quarantined = 0;
    for (uint64_t i = 0; i < count; i++) {
        allocated += states[i] == WT_SEGMENT_ALLOCATED;
        quarantined += states[i] == WT_SEGMENT_QUARANTINED;
    }
    uint32_t glyph = canvas->glyphs->segment_free;
    struct wt_style style = wt_style_of(canvas, WT_STYLE_SEGMENT_FREE);
    if (quarantined) {
        glyph = canvas->glyphs->segment_quarantined;
        style = wt_style_of(canvas, WT_STYLE_SEGMENT_QUARANTINED);
    } else if (allocated) {
        glyph = canvas->glyphs->segment_allocated;
        style = wt_style_of(canvas, WT_STYLE_SEGMENT_ALLOCATED);
        if (count > 1 && allocated < count)
            style = wt_style_level(canvas, WT_GRADIENT_STORE, (double)allocated / (double)count);
    }
    wt_grid_put(canvas->grid, col, row, glyph, style);
}

/* With air between the cells the map reads as things that one can count; without, more fit. */
static int stride_of(struct wt_rect rect, const struct wt_store_info *store) {
    uint64_t cells = line_of(rect.cols, 2, store->segment_count) * (uint64_t)rect.rows;
    return store->segment_count <= cells ? 2 : 1;
}

uint64_t wt_segment_map_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                             const struct wt_store_info *store) {
    if (rect.cols < 1 || rect.rows < 1 || !store->segment_states || !store->segment_count)
        return 0;
    int stride = stride_of(rect, store);
    uint64_t line = line_of(rect.cols, stride, store->segment_count);
    uint64_t cells = line * (uint64_t)rect.rows;
    uint64_t fold = (store->segment_count + cells - 1) / cells;
    bool spread = stride == 2 && store->segment_count <= line * (uint64_t)((rect.rows + 1) / 2);
    for (uint64_t i = 0; i * fold < store->segment_count; i++) {
        uint64_t begin = i * fold, count = store->segment_count - begin;
        draw_segments(canvas, rect.col + (int)(i % line) * stride,
                      rect.row + (int)(i / line) * (spread ? 2 : 1), store->segment_states + begin,
                      count < fold ? count : fold);
    }
    return fold;
}

static void draw_workers(const struct wt_canvas *canvas, int col, int row,
                         const struct wt_worker_cell *worst, double load) {
    if (worst->concern > 0) {
        wt_grid_put(canvas->grid, col, row, (uint32_t)worst->sign,
                    wt_style_of(canvas, worst->style));
        return;
    }
    struct wt_style style = wt_style_level(canvas, WT_GRADIENT_LOAD, load);
    uint32_t glyph = canvas->glyphs->dot;
    if (load > 0) {
        int part = (int)lround(load * 8);
        glyph = canvas->glyphs->bars[part < 1 ? 1 : part > 8 ? 8 : part];
    } else {
        style = wt_style_of(canvas, WT_STYLE_DIM);
    }
    wt_grid_put(canvas->grid, col, row, glyph, style);
}

size_t wt_worker_strip_draw(const struct wt_canvas *canvas, struct wt_rect rect, size_t count,
                            struct wt_worker_cell (*get)(const void *context, size_t index),
                            const void *context) {
    if (rect.cols < 1 || rect.rows < 1 || count == 0)
        return 0;
    size_t cells = (size_t)rect.cols * (size_t)rect.rows;
    size_t fold = (count + cells - 1) / cells;
    for (size_t i = 0; i * fold < count; i++) {
        struct wt_worker_cell worst = {.load = NAN};
        double sum = 0;
        size_t known = 0;
        for (size_t at = i * fold; at < (i + 1) * fold && at < count; at++) {
            struct wt_worker_cell cell = get(context, at);
            if (cell.concern > worst.concern)
                worst = cell;
            if (!isnan(cell.load)) {
                sum += cell.load;
                known++;
            }
        }
        draw_workers(canvas, rect.col + (int)(i % (size_t)rect.cols),
                     rect.row + (int)(i / (size_t)rect.cols), &worst,
                     known ? sum / (double)known : 0);
    }
    return fold;
}
