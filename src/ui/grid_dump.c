/* What a grid looks like, as text: for goldens and for pictures. */
#include <stdio.h>

#include "base/utf8.h"
#include "ui/grid.h"

void wt_grid_cell_text(const struct wt_cell *cell, struct wt_buffer *out) {
    for (size_t i = 0; i < WT_CELL_CODES && cell->codes[i]; i++) {
        char bytes[4];
        size_t length = wt_utf8_encode(cell->codes[i], bytes);
        wt_buffer_append(out, bytes, length);
    }
}

void wt_grid_text(const struct wt_grid *grid, struct wt_buffer *out) {
    for (int row = 0; row < grid->rows; row++) {
        int end = grid->cols;
        while (end > 0) {
            const struct wt_cell *cell = wt_grid_at(grid, end - 1, row);
            if (cell->codes[0] != ' ')
                break;
            end--;
        }
        for (int col = 0; col < end; col++)
            wt_grid_cell_text(wt_grid_at(grid, col, row), out);
        wt_buffer_append_char(out, '\n');
    }
}

static bool style_equal(struct wt_style a, struct wt_style b) {
    return a.fg == b.fg && a.bg == b.bg && a.attributes == b.attributes;
}

static void append_colour(wt_colour colour, struct wt_buffer *out) {
    if (wt_colour_is_rgb(colour))
        wt_buffer_printf(out, "#%06x", (unsigned)wt_colour_value(colour));
    else if (wt_colour_is_index(colour))
        wt_buffer_printf(out, "%u", (unsigned)wt_colour_value(colour));
    else
        wt_buffer_append_text(out, "default");
}

static void append_attributes(uint8_t attributes, struct wt_buffer *out) {
    static const char letters[] = "bdiur";
    for (int i = 0; letters[i]; i++)
        if (attributes >> i & 1)
            wt_buffer_append_char(out, letters[i]);
}

static int run_end(const struct wt_grid *grid, int col, int row) {
    struct wt_style style = wt_grid_at(grid, col, row)->style;
    while (++col < grid->cols && style_equal(wt_grid_at(grid, col, row)->style, style)) {
    }
    return col;
}

void wt_grid_styles(const struct wt_grid *grid, struct wt_buffer *out) {
    for (int row = 0; row < grid->rows; row++) {
        int end;
        for (int col = 0; col < grid->cols; col = end) {
            struct wt_style style = wt_grid_at(grid, col, row)->style;
            end = run_end(grid, col, row);
            wt_buffer_printf(out, "%d %d+%d ", row, col, end - col);
            append_colour(style.fg, out);
            wt_buffer_append_char(out, '/');
            append_colour(style.bg, out);
            wt_buffer_append_char(out, ' ');
            append_attributes(style.attributes, out);
            wt_buffer_append_text(out, " |");
            for (int i = col; i < end; i++)
                wt_grid_cell_text(wt_grid_at(grid, i, row), out);
            wt_buffer_append_text(out, "|\n");
        }
    }
}

static void append_sgr_colour(wt_colour colour, int base, struct wt_buffer *out) {
    uint32_t value = wt_colour_value(colour);
    if (wt_colour_is_rgb(colour))
        wt_buffer_printf(out, ";%d;2;%u;%u;%u", base, (unsigned)(value >> 16),
                         (unsigned)(value >> 8 & 255), (unsigned)(value & 255));
    else if (wt_colour_is_index(colour))
        wt_buffer_printf(out, ";%d;5;%u", base, (unsigned)value);
}

void wt_grid_ansi(const struct wt_grid *grid, struct wt_buffer *out) {
    static const int codes[] = {1, 2, 3, 4, 7};
    for (int row = 0; row < grid->rows; row++) {
        wt_buffer_printf(out, "\x1b[%d;1H", row + 1);
        int end;
        for (int col = 0; col < grid->cols; col = end) {
            struct wt_style style = wt_grid_at(grid, col, row)->style;
            end = run_end(grid, col, row);
            wt_buffer_append_text(out, "\x1b[0");
            for (int i = 0; i < 5; i++)
                if (style.attributes >> i & 1)
                    wt_buffer_printf(out, ";%d", codes[i]);
            append_sgr_colour(style.fg, 38, out);
            append_sgr_colour(style.bg, 48, out);
            wt_buffer_append_char(out, 'm');
            for (int i = col; i < end; i++)
                wt_grid_cell_text(wt_grid_at(grid, i, row), out);
        }
    }
    wt_buffer_append_text(out, "\x1b[0m");
}

uint32_t wt_colour_rgb(wt_colour colour) {
    static const uint32_t basic[16] = {0x000000, 0x800000, 0x008000, 0x808000, 0x000080, 0x800080,
                                       0x008080, 0xc0c0c0, 0x808080, 0xff0000, 0x00ff00, 0xffff00,
                                       0x0000ff, 0xff00ff, 0x00ffff, 0xffffff};
    static const uint32_t levels[6] = {0, 95, 135, 175, 215, 255};
    uint32_t value = wt_colour_value(colour);
    if (!wt_colour_is_index(colour))
        return value;
    if (value < 16)
        return basic[value];
    if (value >= 232)
        return (8 + (value - 232) * 10) * 0x010101u;
    value -= 16;
    return levels[value / 36] << 16 | levels[value / 6 % 6] << 8 | levels[value % 6];
}
