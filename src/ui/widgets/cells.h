/* cells.h - many things as one cell each: segments of a store, workers of a service. When there
 * are more things than cells, a cell stands for several of them and shows the worst. */
#ifndef WT_UI_WIDGETS_CELLS_H
#define WT_UI_WIDGETS_CELLS_H

#include "ui/canvas.h"
#include "ui/segments.h"

/* Where a map was drawn, so that keys and the mouse find its cells. All zero: it was not. */
struct wt_map_geometry {
    struct wt_rect rect;
    int stride;     /* columns from one cell to the next */
    int row_stride; /* rows */
    uint64_t line;  /* cells in a line */
    uint64_t fold;  /* segments that one cell stands for */
};

/* Draws the map of segments; the one at `selected` (-1: none) is marked. geometry->fold is 0 when
 * nothing was drawn. */
void wt_segment_map_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_segments *segments, int64_t selected,
                         struct wt_map_geometry *geometry);

/* The first segment of the cell at this place of the screen, -1 where there is none. */
int64_t wt_segment_map_at(const struct wt_map_geometry *geometry,
                          const struct wt_segments *segments, int col, int row);

/* Rows that the map needs to show one cell a segment, with air between the cells or without. */
int wt_segment_map_rows(int cols, const struct wt_segments *segments, bool airy);

/* Rows that it takes of so many: its cells are as large as the room allows. */
int wt_segment_map_fit(int cols, int rows, const struct wt_segments *segments);

/* How a mark looks in the map and in its legend. */
uint32_t wt_segment_mark_glyph(const struct wt_canvas *canvas, enum wt_segment_mark mark);
enum wt_style_name wt_segment_mark_style(enum wt_segment_mark mark);

struct wt_worker_cell {
    double load;     /* 0 .. 1; NAN when unknown */
    uint8_t concern; /* as wt_worker_concern says; the worst of a cell wins */
    char sign;       /* drawn instead of a bar when concern > 0 */
    enum wt_style_name style;
};

/* One cell a worker. */
struct wt_worker_strip {
    size_t count;
    struct wt_worker_cell (*get)(const void *context, size_t index); /* asked for 0 .. count - 1 */
    const void *context;
    int64_t selected; /* is marked; -1: none */
};

/* Returns how many one cell stands for. */
size_t wt_worker_strip_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                            const struct wt_worker_strip *strip);

#endif /* WT_UI_WIDGETS_CELLS_H */
