/* graph.h - a series over time, filled from below; the newest is at the right.
 *
 * Columns are fixed to absolute time: what one column shows never depends on where it is on the
 * screen, so a graph only shifts, by whole cells, and two graphs of one width agree. A wide one
 * whose cells are of few seconds shifts by two at a time, half as often: for a slow line a shift is
 * most of a refresh. A known zero is a dot on the ground, a gap is empty.
 */
#ifndef WT_UI_WIDGETS_GRAPH_H
#define WT_UI_WIDGETS_GRAPH_H

#include "model/history.h"
#include "ui/canvas.h"

/* How much time a dot column stands for: so many seconds, or, while there is little to show, only
 * a part of one second: `spread` columns show the same second. */
struct wt_graph_scale {
    int seconds; /* at least 1 */
    int spread;  /* more than 1 only with one second; 0 is as good as 1 */
};

struct wt_graph {
    const struct wt_series *series; /* NULL: all gaps */
    int64_t newest;                 /* the last bucket that may be drawn */
    struct wt_graph_scale scale;
    double top;       /* value at the upper edge; 0: chosen from what is visible ... */
    double least_top; /* ... and not below this one */
    enum wt_gradient_name gradient;
    double rules[2]; /* thresholds, ascending: a faint line where the graph does not reach; 0 for
                        none */
    bool in_row;     /* of a table: it leaves a little room to the row above */
};

/* Draws it and returns the value at the upper edge. */
double wt_graph_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                     const struct wt_graph *graph);

/* The last bucket that a live graph draws: it changes every other second, for most of a refresh
 * would be its last columns, and the newest value stands beside it as a number. In the first
 * moments, while a second is wider than a cell, it changes with each. */
int64_t wt_graph_settled(const struct wt_canvas *canvas, const struct wt_graph *graph);

/* The column of the screen in which a bucket begins when the graph is drawn there; -1: none. */
int wt_graph_col(const struct wt_canvas *canvas, struct wt_rect rect, const struct wt_graph *graph,
                 int64_t bucket);

/* A moment that is marked on the axis. */
struct wt_moment {
    int64_t realtime_ns;
    const char *label; /* beside its mark, where there is room */
    enum wt_style_name style;
};

/*
 * One with a caption above it: what it is about and its present value. Where there is room its
 * scale stands at the left (the upper edge, the thresholds, the ground), and an axis below it:
 *
 *     utilization 92%
 *     100%      ⣀⣤⣶⣿⣿⣿
 *      80% ┈┈┈⣤⣿⣿⣿⣿⣿⣿⣿
 *       0  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
 *          -58s      now
 *
 * Live, it is settled: the value in its caption is the newest.
 */
struct wt_captioned_graph {
    struct wt_graph graph;
    const char *title;
    double now;                      /* NAN when unknown */
    bool is_ratio;                   /* told in percent */
    bool is_past;                    /* the newest bucket is not now: the axis tells clock times */
    const struct wt_moment *moments; /* moment_count, ascending */
    size_t moment_count;
    /* Adds to the caption, behind `now`, and leaves `reserved` columns at its end; NULL: nothing */
    void (*more)(struct wt_line *line, const void *context, int reserved);
    const void *context;
};

void wt_captioned_graph_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                             const struct wt_captioned_graph *graph);

/* Columns of the graph itself in a place of this size. */
int wt_captioned_graph_cols(int cols, int rows);

/* Seconds that a graph of this width spans. */
int64_t wt_graph_span_s(const struct wt_canvas *canvas, int cols, struct wt_graph_scale scale);

/* The shortest of an eighth, a quarter and half of a second, 1, 2, 5, 10, 15, 30 and 60 seconds a
 * dot with which `cols` columns show at least `span_s`. */
struct wt_graph_scale wt_graph_scale(const struct wt_canvas *canvas, int cols, int64_t span_s);

#endif /* WT_UI_WIDGETS_GRAPH_H */
