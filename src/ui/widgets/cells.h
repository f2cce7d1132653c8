/* cells.h - many things as one cell each: segments of a store, workers of a service. When there
 * are more things than cells, a cell stands for several of them and shows the worst. */
#ifndef WT_UI_WIDGETS_CELLS_H
#define WT_UI_WIDGETS_CELLS_H

#include "ui/canvas.h"

/* Draws the map of segments; returns how many segments one cell stands for (0: nothing drawn). */
uint64_t wt_segment_map_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                             const struct wt_store_info *store);

/* Rows that the map needs to show one cell a segment, with air between the cells or without. */
int wt_segment_map_rows(int cols, const struct wt_store_info *store, bool airy);

struct wt_worker_cell {
    double load;     /* 0 .. 1; NAN when unknown */
    uint8_t concern; /* as wt_worker_concern says; the worst of a cell wins */
    char sign;       /* drawn instead of a bar when concern > 0 */
    enum wt_style_name style;
};

/* One cell a worker; `get` is asked for 0 .. count - 1. Returns how many one cell stands for. */
size_t wt_worker_strip_draw(const struct wt_canvas *canvas, struct wt_rect rect, size_t count,
                            struct wt_worker_cell (*get)(const void *context, size_t index),
                            const void *context);

#endif /* WT_UI_WIDGETS_CELLS_H */
