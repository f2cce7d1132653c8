/* canvas.h - what every widget draws with: the grid, the theme, the glyphs and the time.
 *
 * Room-internal. A canvas is made for one wt_app_draw and lives on its stack.
 */
#ifndef WT_UI_CANVAS_H
#define WT_UI_CANVAS_H

#include "base/clock.h"
#include "model/snapshot.h"
#include "ui/grid.h"
#include "ui/theme.h"

/* The characters that a screen is made of. One table for each enum wt_glyphs. */
struct wt_glyph_table {
    uint32_t top_left, top_right, bottom_left, bottom_right, horizontal, vertical;
    uint32_t meter[2];   /* of a table: none, and a cell; meters of neighbouring rows stay apart */
    uint32_t meter_tick; /* none, with a threshold in it */
    uint32_t eighths[9]; /* of a meter with a row of its own: 0/8 .. 8/8 of a cell, from the left */
    uint32_t rule;       /* a threshold across a graph */
    uint32_t bars[9];    /* 0/8 .. 8/8 of a cell, from the bottom */
    bool braille;        /* graphs are braille dots; otherwise they are `bars` */
    uint32_t segment_free, segment_allocated, segment_quarantined, segment_stale;
    uint32_t up;           /* the mark of a moment below a graph */
    uint32_t rises, falls; /* how a column is sorted: no letter, or its head is misread */
    uint32_t cursor;       /* beside the selected row */
    uint32_t before;       /* the selected cell, close to it */
    uint32_t dot;          /* between parts of a line */
    uint32_t live;         /* the sign of fresh data */
    const char *arrow, *separator, *into;
};

struct wt_canvas {
    struct wt_grid *grid;
    const struct wt_theme *theme;
    const struct wt_glyph_table *glyphs;
    struct wt_time now;
};

extern const struct wt_glyph_table wt_glyphs_braille, wt_glyphs_blocks, wt_glyphs_ascii;

/* The look of a style upon what is there: "text" is the ground itself, so it keeps what it is drawn
 * upon like all others. */
static inline struct wt_style wt_style_of(const struct wt_canvas *canvas,
                                          enum wt_style_name style) {
    struct wt_style out = canvas->theme->styles[style];
    if (style == WT_STYLE_TEXT)
        out.bg = WT_COLOUR_KEEP;
    return out;
}

/* The level that stands for all of its band: graphs are drawn in six colours of a gradient, so that
 * rows beside each other and values that hardly differ share one, and a refresh need not name
 * dozens of them. A band begins at each threshold of load. */
double wt_level_band(double ratio);

/* A style with the colour of a gradient's level. */
struct wt_style wt_style_level(const struct wt_canvas *canvas, enum wt_gradient_name gradient,
                               double ratio);

/* The same, half-way to the background: what lies below a line. */
struct wt_style wt_style_below(const struct wt_canvas *canvas, enum wt_gradient_name gradient,
                               double ratio);

/* Text from the left, from the right, and formatted; the result is the columns used. */
int wt_text(const struct wt_canvas *canvas, struct wt_rect at, const char *text,
            enum wt_style_name style);
void wt_text_right(const struct wt_canvas *canvas, struct wt_rect at, const char *text,
                   enum wt_style_name style);
int wt_textf(const struct wt_canvas *canvas, struct wt_rect at, enum wt_style_name style,
             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A line put together from pieces of different styles. It stops when it is full. */
struct wt_line {
    const struct wt_canvas *canvas;
    int col, row, end;
};

struct wt_line wt_line_begin(const struct wt_canvas *canvas, struct wt_rect at);
void wt_line_add(struct wt_line *line, enum wt_style_name style, const char *text);
void wt_line_addf(struct wt_line *line, enum wt_style_name style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void wt_line_glyph(struct wt_line *line, enum wt_style_name style, uint32_t glyph);
/* A filled label: " CRIT ". Without colours each severity has a shape of its own: "!CRIT!",
 * "(WARN)".
 */
void wt_line_badge(struct wt_line *line, enum wt_style_name style, const char *text);
void wt_line_skip(struct wt_line *line, int cols);

/* Whether this text and `more` columns fit. */
bool wt_line_fits(const struct wt_line *line, const char *text, int more);

/* Mixes everything in the rectangle towards the background: data that is too old. */
void wt_canvas_fade(const struct wt_canvas *canvas, struct wt_rect rect);
/* The same of words that were somebody's last: they keep their background, and can be read. */
void wt_canvas_fade_text(const struct wt_canvas *canvas, struct wt_rect rect);

/* The styles of a verdict and a severity. */
enum wt_style_name wt_verdict_style(enum wt_verdict verdict);
enum wt_style_name wt_verdict_badge(enum wt_verdict verdict);
enum wt_style_name wt_severity_style(enum wt_severity severity);

/* Columns of a text as the screen shows it. */
int wt_text_cols(const char *text);

/* Whether nothing is written there, nor directly beside it. */
bool wt_canvas_is_free(const struct wt_canvas *canvas, struct wt_rect at);

/* Where to break a text so that at most `cols` columns come before it: a length in bytes. */
size_t wt_text_break(const char *text, int cols);

/* The first `rows` rows of *rect are cut off it and returned; likewise from the other sides. */
struct wt_rect wt_rect_take_top(struct wt_rect *rect, int rows);
struct wt_rect wt_rect_take_bottom(struct wt_rect *rect, int rows);
struct wt_rect wt_rect_take_left(struct wt_rect *rect, int cols);
struct wt_rect wt_rect_row(struct wt_rect rect, int row);
bool wt_rect_has(struct wt_rect rect, int col, int row);

#endif /* WT_UI_CANVAS_H */
