#include "ui/widgets/cells.h"

#include <math.h>

/* Tiles, the largest first, in columns and rows; a column of each is air. */
static const struct tile {
    int cols, rows;
} tiles[] = {{6, 2}, {5, 2}, {4, 2}, {6, 1}, {5, 1}, {4, 1}, {3, 1}, {2, 1}, {1, 1}};

enum { TILES = sizeof tiles / sizeof *tiles, AIRY = TILES - 2 };

/* Tiles in a line: as many as fit, in eights, which are counted most easily. */
static uint64_t line_of(int cols, int stride, uint64_t segment_count) {
    uint64_t most = (uint64_t)(cols + (stride > 1)) / (uint64_t)stride;
    if (stride == 1 || most < 8 || segment_count <= most)
        return most;
    return most / 8 * 8;
}

static int rows_of(int cols, const struct tile *tile, uint64_t count) {
    uint64_t line = line_of(cols, tile->cols, count);
    uint64_t rows = line > 0 ? (count + line - 1) / line * (uint64_t)tile->rows : WT_GRID_MAX;
    return rows > WT_GRID_MAX ? WT_GRID_MAX : (int)rows;
}

/* The largest in which all find room; the smallest where they do not. */
static const struct tile *tile_of(struct wt_rect rect, uint64_t count) {
    size_t i = 0;
    while (i + 1 < TILES && rows_of(rect.cols, &tiles[i], count) > rect.rows)
        i++;
    return &tiles[i];
}

int wt_segment_map_rows(int cols, const struct wt_segments *segments, bool airy) {
    uint64_t count = wt_segments_count(segments);
    if (cols < 1 || count == 0)
        return 0;
    return rows_of(cols, &tiles[airy ? AIRY : TILES - 1], count);
}

int wt_segment_map_fit(int cols, int rows, const struct wt_segments *segments) {
    uint64_t count = wt_segments_count(segments);
    if (cols < 1 || count == 0)
        return 0;
    int own = rows_of(cols, tile_of((struct wt_rect){0, 0, cols, rows}, count), count);
    return own < rows ? own : rows;
}

uint32_t wt_segment_mark_glyph(const struct wt_canvas *canvas, enum wt_segment_mark mark) {
    const struct wt_glyph_table *glyphs = canvas->glyphs;
    switch (mark) {
    case WT_MARK_FREE:
        return glyphs->segment_free;
    case WT_MARK_ALLOCATED:
        return glyphs->segment_allocated;
    case WT_MARK_QUARANTINED:
        return glyphs->segment_quarantined;
    case WT_MARK_STALE:
        return glyphs->segment_stale;
    case WT_MARK_REFUSED:
        break;
    }
    return '!';
}

enum wt_style_name wt_segment_mark_style(enum wt_segment_mark mark) {
    static const enum wt_style_name styles[] = {WT_STYLE_SEGMENT_FREE, WT_STYLE_SEGMENT_ALLOCATED,
                                                WT_STYLE_SEGMENT_QUARANTINED,
                                                WT_STYLE_SEGMENT_STALE, WT_STYLE_SEGMENT_REFUSED};
    return styles[mark];
}

/* What a tile is filled with: a free one is an empty place, one that is used a block, and what
 * needs an eye keeps its sign. */
static uint32_t fill_of(const struct wt_canvas *canvas, enum wt_segment_mark mark, bool is_top) {
    if (canvas->grid->ascii || mark > WT_MARK_ALLOCATED)
        return wt_segment_mark_glyph(canvas, mark);
    if (mark == WT_MARK_FREE)
        return is_top ? ' ' : canvas->glyphs->bars[1];
    return canvas->glyphs->bars[is_top ? 6 : 8];
}

/* The selected one is made of signs: a reversed block would be a hole. */
static void draw_tile(const struct wt_canvas *canvas, struct wt_rect at, enum wt_segment_mark mark,
                      struct wt_style style, bool selected) {
    for (int row = 0; row < at.rows; row++)
        for (int col = 0; col < at.cols; col++) {
            bool is_top = row == 0 && (at.rows > 1 || mark != WT_MARK_FREE);
            uint32_t glyph = selected || at.cols == 1 ? wt_segment_mark_glyph(canvas, mark)
                                                      : fill_of(canvas, mark, is_top);
            wt_grid_put(canvas->grid, at.col + col, at.row + row, glyph, style);
        }
}

static void draw_segments(const struct wt_canvas *canvas, struct wt_rect at, const uint8_t *marks,
                          uint64_t count, bool selected) {
    uint64_t used = 0;
    enum wt_segment_mark worst = WT_MARK_FREE;
    for (uint64_t i = 0; i < count; i++) {
        used += marks[i] != WT_MARK_FREE;
        if (marks[i] > worst)
            worst = (enum wt_segment_mark)marks[i];
    }
    struct wt_style style = wt_style_of(canvas, wt_segment_mark_style(worst));
    if (worst == WT_MARK_ALLOCATED && used < count)
        style = wt_style_level(canvas, WT_GRADIENT_STORE, (double)used / (double)count);
    if (selected) {
        bool is_sign = at.cols > 1 && !canvas->grid->ascii;
        style = wt_style_of(canvas, is_sign ? WT_STYLE_TITLE : wt_segment_mark_style(worst));
        style.attributes |= is_sign ? WT_ATTRIBUTE_BOLD : WT_ATTRIBUTE_REVERSE | WT_ATTRIBUTE_BOLD;
    }
    draw_tile(canvas, at, worst, style, selected);
}

void wt_segment_map_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_segments *segments, int64_t selected,
                         struct wt_map_geometry *geometry) {
    uint64_t count = wt_segments_count(segments);
    *geometry = (struct wt_map_geometry){0};
    if (rect.cols < 1 || rect.rows < 1 || count == 0)
        return;
    const struct tile *tile = tile_of(rect, count);
    int wide = tile->cols > 1 ? tile->cols - 1 : 1;
    uint64_t line = line_of(rect.cols, tile->cols, count);
    uint64_t cells = line * (uint64_t)(rect.rows / tile->rows);
    uint64_t fold = (count + cells - 1) / cells;
    *geometry = (struct wt_map_geometry){rect, tile->cols, tile->rows, line, fold};
    for (uint64_t i = 0; i * fold < count; i++) {
        uint64_t begin = i * fold, here = count - begin < fold ? count - begin : fold;
        bool is_selected =
            selected >= 0 && (uint64_t)selected >= begin && (uint64_t)selected - begin < here;
        draw_segments(canvas,
                      (struct wt_rect){rect.col + (int)(i % line) * tile->cols,
                                       rect.row + (int)(i / line) * tile->rows, wide, tile->rows},
                      segments->marks + begin, here, is_selected);
    }
}

int64_t wt_segment_map_at(const struct wt_map_geometry *geometry,
                          const struct wt_segments *segments, int col, int row) {
    if (geometry->fold == 0 || !wt_rect_has(geometry->rect, col, row))
        return -1;
    uint64_t x = (uint64_t)((col - geometry->rect.col) / geometry->stride);
    uint64_t y = (uint64_t)((row - geometry->rect.row) / geometry->row_stride);
    uint64_t index = (y * geometry->line + x) * geometry->fold;
    return x < geometry->line && index < wt_segments_count(segments) ? (int64_t)index : -1;
}

/* A cell of `cols` columns: a sign stands once, a bar is as wide as the cell. */
static void draw_workers(const struct wt_canvas *canvas, int col, int row, int cols,
                         const struct wt_worker_cell *worst, double load) {
    if (worst->concern > 0) {
        wt_grid_put(canvas->grid, col, row, (uint32_t)worst->sign,
                    wt_style_of(canvas, worst->style));
        return;
    }
    struct wt_style style = wt_style_level(canvas, WT_GRADIENT_LOAD, wt_level_band(load));
    uint32_t glyph = canvas->glyphs->dot;
    if (load > 0) {
        int part = (int)lround(load * 8);
        glyph = canvas->glyphs->bars[part < 1 ? 1 : part > 8 ? 8 : part];
    } else {
        style = wt_style_of(canvas, WT_STYLE_DIM);
    }
    for (int i = 0; i < (load > 0 ? cols : 1); i++)
        wt_grid_put(canvas->grid, col + i, row, glyph, style);
}

/* In the air before it, else as a line below it. */
static void mark_worker(const struct wt_canvas *canvas, int col, int row, bool has_air) {
    struct wt_style style = wt_style_of(canvas, WT_STYLE_ACCENT);
    if (has_air) {
        wt_grid_put(canvas->grid, col - 1, row, canvas->glyphs->before, style);
        return;
    }
    uint32_t glyph = wt_grid_at(canvas->grid, col, row)->codes[0];
    style.attributes |= WT_ATTRIBUTE_UNDERLINE;
    wt_grid_put(canvas->grid, col, row, glyph, style);
}

size_t wt_worker_strip_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                            const struct wt_worker_strip *strip) {
    size_t count = strip->count;
    if (rect.cols < 1 || rect.rows < 1 || count == 0)
        return 0;
    size_t cells = (size_t)rect.cols * (size_t)rect.rows;
    size_t fold = (count + cells - 1) / cells;
    /* A few workers are as wide as there is room, with air between them. */
    int stride = (int)((size_t)rect.cols / count < 4 ? (size_t)rect.cols / count : 4);
    int wide = stride < 2 ? 1 : stride - 1;
    if (stride < 2)
        stride = 1;
    size_t line = (size_t)(rect.cols / stride);
    for (size_t i = 0; i * fold < count; i++) {
        struct wt_worker_cell worst = {.load = NAN};
        double sum = 0;
        size_t known = 0;
        for (size_t at = i * fold; at < (i + 1) * fold && at < count; at++) {
            struct wt_worker_cell cell = strip->get(strip->context, at);
            if (cell.concern > worst.concern)
                worst = cell;
            if (!isnan(cell.load)) {
                sum += cell.load;
                known++;
            }
        }
        int col = rect.col + (int)(i % line) * stride, row = rect.row + (int)(i / line);
        draw_workers(canvas, col, row, wide, &worst, known ? sum / (double)known : 0);
        if (strip->selected >= 0 && (size_t)strip->selected / fold == i)
            mark_worker(canvas, col, row, stride > 1);
    }
    return fold;
}
