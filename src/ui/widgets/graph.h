/* graph.h - a series over time, filled from below; the newest is at the right.
 *
 * Columns are fixed to absolute time: what one column shows never depends on where it is on the
 * screen, so a graph only shifts, by whole cells, and two graphs of one width agree. A known zero
 * is a dot on the ground, a gap is empty.
 */
#ifndef WT_UI_WIDGETS_GRAPH_H
#define WT_UI_WIDGETS_GRAPH_H

#include "model/history.h"
#include "ui/canvas.h"

struct wt_graph {
    const struct wt_series *series; /* NULL: all gaps */
    int64_t newest;                 /* the last bucket that may be drawn */
    int seconds;                    /* of one dot column, at least 1 */
    double top;                     /* value at the upper edge; 0: chosen from what is visible */
    enum wt_gradient_name gradient;
};

/* Draws it and returns the value at the upper edge. */
double wt_graph_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                     const struct wt_graph *graph);

/* Seconds that a graph of this width spans. */
int64_t wt_graph_span_s(const struct wt_canvas *canvas, int cols, int seconds);

/* The shortest of 1, 2, 5, 10, 15, 30, 60 seconds a dot with which `cols` columns show at least
 * `span_s`. */
int wt_graph_seconds(const struct wt_canvas *canvas, int cols, int64_t span_s);

#endif /* WT_UI_WIDGETS_GRAPH_H */
