#include "ui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

const struct wt_glyph_table wt_glyphs_braille = {
    .top_left = 0x256d,
    .top_right = 0x256e,
    .bottom_left = 0x2570,
    .bottom_right = 0x256f,
    .horizontal = 0x2500,
    .vertical = 0x2502,
    .meter = {0xb7, 0x25a0},
    .meter_tick = 0x25a1,
    .rule = 0x2508,
    .eighths = {0x2500, 0x258f, 0x258e, 0x258d, 0x258c, 0x258b, 0x258a, 0x2589, 0x2588},
    .bars = {' ', 0x2581, 0x2582, 0x2583, 0x2584, 0x2585, 0x2586, 0x2587, 0x2588},
    .braille = true,
    .segment_free = 0xb7,
    .segment_allocated = 0x25a0,
    .segment_quarantined = 0xd7,
    .segment_stale = 0x25a1,
    .up = 0x2191,
    .rises = 0x2191,
    .falls = 0x2193,
    .cursor = 0x258c,
    .before = 0x2590,
    .dot = 0xb7,
    .live = 0x25cf,
    .arrow = "\u2192",
    .separator = " \u00b7 ",
    .into = " \u203a ",
};

const struct wt_glyph_table wt_glyphs_blocks = {
    .top_left = 0x250c,
    .top_right = 0x2510,
    .bottom_left = 0x2514,
    .bottom_right = 0x2518,
    .horizontal = 0x2500,
    .vertical = 0x2502,
    .meter = {0xb7, 0x25a0},
    .meter_tick = 0x25a1,
    .rule = 0xb7,
    .eighths = {0x2500, 0x258f, 0x258e, 0x258d, 0x258c, 0x258b, 0x258a, 0x2589, 0x2588},
    .bars = {' ', 0x2581, 0x2582, 0x2583, 0x2584, 0x2585, 0x2586, 0x2587, 0x2588},
    .segment_free = 0xb7,
    .segment_allocated = 0x25a0,
    .segment_quarantined = 0xd7,
    .segment_stale = 0x25a1,
    .up = 0x2191,
    .rises = 0x2191,
    .falls = 0x2193,
    .cursor = 0x258c,
    .before = 0x2590,
    .dot = 0xb7,
    .live = 0x25cf,
    .arrow = "\u2192",
    .separator = " \u00b7 ",
    .into = " \u203a ",
};

const struct wt_glyph_table wt_glyphs_ascii = {
    .top_left = '+',
    .top_right = '+',
    .bottom_left = '+',
    .bottom_right = '+',
    .horizontal = '-',
    .vertical = '|',
    .meter = {'.', '#'},
    .meter_tick = '|',
    .rule = '-',
    .eighths = {'.', '=', '=', '=', '=', '=', '=', '=', '#'},
    .bars = {' ', '_', '.', ':', '-', '=', '+', '*', '#'},
    .segment_free = '.',
    .segment_allocated = '#',
    .segment_quarantined = 'x',
    .segment_stale = '?',
    .up = '^',
    .rises = '<',
    .falls = '>',
    .cursor = '>',
    .before = '>',
    .dot = '-',
    .live = '*',
    .arrow = "->",
    .separator = "  ",
    .into = " > ",
};

double wt_level_band(double ratio) {
    static const double bands[] = {0, .2, .4, .6, .8, .95, 1};
    size_t i = 0;
    if (ratio >= .95)
        return 1;
    while (ratio >= bands[i + 1])
        i++;
    return (bands[i] + bands[i + 1]) / 2;
}

struct wt_style wt_style_level(const struct wt_canvas *canvas, enum wt_gradient_name gradient,
                               double ratio) {
    return (struct wt_style){.fg = wt_theme_level(canvas->theme, gradient, ratio),
                             .bg = WT_COLOUR_KEEP};
}

/* What is left of a colour that is mixed with the ground, of 20: of an area, and of words, which
 * are to be read all the same. */
enum { AREA_LEFT = 9, WORDS_LEFT = 14, WHOLE = 20 };

static uint32_t mixed(uint32_t from, uint32_t to, uint32_t left) {
    uint32_t out = 0;
    for (int shift = 0; shift <= 16; shift += 8)
        out |= ((from >> shift & 255) * left + (to >> shift & 255) * (WHOLE - left)) / WHOLE
               << shift;
    return out;
}

struct wt_style wt_style_below(const struct wt_canvas *canvas, enum wt_gradient_name gradient,
                               double ratio) {
    struct wt_style style = wt_style_level(canvas, gradient, ratio);
    wt_colour base = canvas->theme->styles[WT_STYLE_TEXT].bg;
    if (wt_colour_is_rgb(style.fg) && wt_colour_is_rgb(base))
        style.fg =
            WT_COLOUR_RGB(mixed(wt_colour_value(style.fg), wt_colour_value(base), AREA_LEFT));
    return style;
}

int wt_text(const struct wt_canvas *canvas, struct wt_rect at, const char *text,
            enum wt_style_name style) {
    return wt_grid_text_at(canvas->grid, at.col, at.row, at.cols, text, wt_style_of(canvas, style));
}

void wt_text_right(const struct wt_canvas *canvas, struct wt_rect at, const char *text,
                   enum wt_style_name style) {
    wt_grid_text_right(canvas->grid, at.col, at.row, at.cols, text, wt_style_of(canvas, style));
}

int wt_textf(const struct wt_canvas *canvas, struct wt_rect at, enum wt_style_name style,
             const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return wt_text(canvas, at, text, style);
}

struct wt_line wt_line_begin(const struct wt_canvas *canvas, struct wt_rect at) {
    return (struct wt_line){canvas, at.col, at.row, at.col + at.cols};
}

void wt_line_add(struct wt_line *line, enum wt_style_name style, const char *text) {
    line->col +=
        wt_text(line->canvas, (struct wt_rect){line->col, line->row, line->end - line->col, 1},
                text, style);
}

void wt_line_addf(struct wt_line *line, enum wt_style_name style, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    wt_line_add(line, style, text);
}

void wt_line_glyph(struct wt_line *line, enum wt_style_name style, uint32_t glyph) {
    if (line->col < line->end)
        wt_grid_put(line->canvas->grid, line->col++, line->row, glyph,
                    wt_style_of(line->canvas, style));
}

static bool has_colour(wt_colour colour) {
    return colour != WT_COLOUR_DEFAULT && colour != WT_COLOUR_KEEP;
}

void wt_line_badge(struct wt_line *line, enum wt_style_name style, const char *text) {
    const struct wt_style *look = &line->canvas->theme->styles[style];
    const char *begin = " ", *end = " ";
    if (!has_colour(look->fg) && !has_colour(look->bg) && style == WT_STYLE_CRIT_BADGE)
        begin = end = "!";
    else if (!has_colour(look->fg) && !has_colour(look->bg) && style == WT_STYLE_WARN_BADGE)
        begin = "(", end = ")";
    wt_line_addf(line, style, "%s%s%s", begin, text, end);
}

void wt_line_skip(struct wt_line *line, int cols) {
    line->col += cols;
}

bool wt_line_fits(const struct wt_line *line, const char *text, int more) {
    return line->col + wt_text_cols(text) + more <= line->end;
}

static void fade(const struct wt_canvas *canvas, struct wt_rect rect, uint32_t left) {
    wt_colour base = canvas->theme->styles[WT_STYLE_TEXT].bg;
    bool mixes = !canvas->theme->colourless && base != WT_COLOUR_DEFAULT;
    for (int row = rect.row; row < rect.row + rect.rows && row < canvas->grid->rows; row++)
        for (int col = rect.col; col < rect.col + rect.cols && col < canvas->grid->cols; col++) {
            struct wt_style *style =
                &canvas->grid->cells[(size_t)row * (size_t)canvas->grid->cols + (size_t)col].style;
            style->attributes &= (uint8_t)~WT_ATTRIBUTE_BOLD;
            if (!mixes) {
                style->attributes |= WT_ATTRIBUTE_DIM;
                continue;
            }
            if (style->fg != WT_COLOUR_DEFAULT)
                style->fg =
                    WT_COLOUR_RGB(mixed(wt_colour_rgb(style->fg), wt_colour_rgb(base), left));
            if (left == AREA_LEFT && style->bg != WT_COLOUR_DEFAULT && style->bg != base)
                style->bg =
                    WT_COLOUR_RGB(mixed(wt_colour_rgb(style->bg), wt_colour_rgb(base), left));
        }
}

void wt_canvas_fade(const struct wt_canvas *canvas, struct wt_rect rect) {
    fade(canvas, rect, AREA_LEFT);
}

void wt_canvas_fade_text(const struct wt_canvas *canvas, struct wt_rect rect) {
    fade(canvas, rect, WORDS_LEFT);
}

enum wt_style_name wt_verdict_style(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_CRIT:
        return WT_STYLE_CRIT;
    case WT_VERDICT_WARN:
        return WT_STYLE_WARN;
    case WT_VERDICT_OK:
        return WT_STYLE_OK;
    case WT_VERDICT_IDLE:
        return WT_STYLE_IDLE;
    case WT_VERDICT_UNKNOWN:
        break;
    }
    return WT_STYLE_UNKNOWN;
}

enum wt_style_name wt_verdict_badge(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_CRIT:
        return WT_STYLE_CRIT_BADGE;
    case WT_VERDICT_WARN:
        return WT_STYLE_WARN_BADGE;
    case WT_VERDICT_OK:
        return WT_STYLE_OK_BADGE;
    case WT_VERDICT_IDLE:
    case WT_VERDICT_UNKNOWN:
        break;
    }
    return WT_STYLE_AGE_BADGE;
}

enum wt_style_name wt_severity_style(enum wt_severity severity) {
    switch (severity) {
    case WT_SEVERITY_CRIT:
        return WT_STYLE_CRIT;
    case WT_SEVERITY_WARN:
        return WT_STYLE_WARN;
    case WT_SEVERITY_INFO:
        break;
    }
    return WT_STYLE_DIM;
}

int wt_text_cols(const char *text) {
    return (int)wt_utf8_cols(text, strlen(text));
}

static int clamp(int value, int most) {
    return value < 0 ? 0 : value > most ? most : value;
}

struct wt_rect wt_rect_take_top(struct wt_rect *rect, int rows) {
    rows = clamp(rows, rect->rows);
    struct wt_rect out = {rect->col, rect->row, rect->cols, rows};
    rect->row += rows;
    rect->rows -= rows;
    return out;
}

struct wt_rect wt_rect_take_bottom(struct wt_rect *rect, int rows) {
    rows = clamp(rows, rect->rows);
    rect->rows -= rows;
    return (struct wt_rect){rect->col, rect->row + rect->rows, rect->cols, rows};
}

struct wt_rect wt_rect_take_left(struct wt_rect *rect, int cols) {
    cols = clamp(cols, rect->cols);
    struct wt_rect out = {rect->col, rect->row, cols, rect->rows};
    rect->col += cols;
    rect->cols -= cols;
    return out;
}

struct wt_rect wt_rect_row(struct wt_rect rect, int row) {
    if (row < 0 || row >= rect.rows)
        return (struct wt_rect){rect.col, rect.row, 0, 0};
    return (struct wt_rect){rect.col, rect.row + row, rect.cols, 1};
}

bool wt_rect_has(struct wt_rect rect, int col, int row) {
    return col >= rect.col && col < rect.col + rect.cols && row >= rect.row &&
           row < rect.row + rect.rows;
}

size_t wt_text_break(const char *text, int cols) {
    size_t length = strlen(text), used;
    size_t prefix = wt_utf8_prefix(text, length, (size_t)(cols > 0 ? cols : 0), &used);
    if (prefix >= length)
        return length;
    size_t at = prefix;
    while (at > 0 && text[at] != ' ')
        at--;
    return at > 0 ? at : prefix;
}

bool wt_canvas_is_free(const struct wt_canvas *canvas, struct wt_rect at) {
    for (int col = at.col - 1; col <= at.col + at.cols; col++)
        if (col >= 0 && col < canvas->grid->cols &&
            wt_grid_at(canvas->grid, col, at.row)->codes[0] != ' ')
            return false;
    return true;
}
