#include "tools/svg.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* Sizes of a cell in units of the picture. */
static const double cell_width = 8.4, cell_height = 18, baseline = 13.6, font_size = 14;

struct pen {
    struct wt_buffer *out;
    double x, y; /* upper left corner of the cell */
    int32_t colour;
};

static void rectangle(const struct pen *pen, double left, double top, double right, double bottom,
                      double opacity) {
    wt_buffer_printf(
        pen->out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#%06x\"",
        pen->x + left * cell_width, pen->y + top * cell_height, (right - left) * cell_width,
        (bottom - top) * cell_height, (unsigned)pen->colour);
    if (opacity < 1)
        wt_buffer_printf(pen->out, " fill-opacity=\"%.2f\"", opacity);
    wt_buffer_append_text(pen->out, "/>\n");
}

/* U+2580 to U+259F. */
static void draw_block(const struct pen *pen, uint32_t code) {
    /* Quadrants from U+2596 on: 1 upper left, 2 upper right, 4 lower left, 8 lower right. */
    static const unsigned char quadrants[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};
    if (code == 0x2580) {
        rectangle(pen, 0, 0, 1, 0.5, 1);
    } else if (code <= 0x2588) {
        rectangle(pen, 0, 1 - (double)(code - 0x2580) / 8, 1, 1, 1);
    } else if (code <= 0x258f) {
        rectangle(pen, 0, 0, (double)(0x2590 - code) / 8, 1, 1);
    } else if (code == 0x2590) {
        rectangle(pen, 0.5, 0, 1, 1, 1);
    } else if (code <= 0x2593) {
        rectangle(pen, 0, 0, 1, 1, (double)(code - 0x2590) / 4);
    } else if (code == 0x2594) {
        rectangle(pen, 0, 0, 1, 0.125, 1);
    } else if (code == 0x2595) {
        rectangle(pen, 0.875, 0, 1, 1, 1);
    } else {
        unsigned bits = quadrants[code - 0x2596];
        for (unsigned i = 0; i < 4; i++)
            if ((bits >> i & 1) != 0)
                rectangle(pen, i % 2 * 0.5, i / 2 * 0.5, i % 2 * 0.5 + 0.5, i / 2 * 0.5 + 0.5, 1);
    }
}

/* U+2800 to U+28FF: eight dots. */
static void draw_braille(const struct pen *pen, uint32_t code) {
    static const unsigned char columns[] = {0, 0, 0, 1, 1, 1, 0, 1},
                               rows[] = {0, 1, 2, 0, 1, 2, 3, 3};
    for (unsigned i = 0; i < 8; i++)
        if ((code >> i & 1) != 0)
            wt_buffer_printf(
                pen->out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"1.45\" fill=\"#%06x\"/>\n",
                pen->x + (0.25 + 0.5 * columns[i]) * cell_width,
                pen->y + (0.125 + 0.25 * rows[i]) * cell_height, (unsigned)pen->colour);
}

/* Lines that meet in the middle of a cell: 1 up, 2 right, 4 down, 8 left; 16 rounds the corner. */
static unsigned box_arms(uint32_t code) {
    static const struct {
        uint32_t code;
        unsigned arms;
    } boxes[] = {
        {0x2500, 10}, {0x2501, 10}, {0x2502, 5},  {0x2503, 5},  {0x2504, 10}, {0x2508, 10},
        {0x250c, 6},  {0x2510, 12}, {0x2514, 3},  {0x2518, 9},  {0x251c, 7},  {0x2524, 13},
        {0x252c, 14}, {0x2534, 11}, {0x253c, 15}, {0x256d, 22}, {0x256e, 28}, {0x256f, 25},
        {0x2570, 19}, {0x2574, 8},  {0x2575, 1},  {0x2576, 2},  {0x2577, 4},
    };
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++)
        if (boxes[i].code == code)
            return boxes[i].arms;
    return 0;
}

static void draw_box(const struct pen *pen, unsigned arms) {
    double middle_x = pen->x + cell_width / 2, middle_y = pen->y + cell_height / 2;
    double ends[4][2] = {{middle_x, pen->y},
                         {pen->x + cell_width, middle_y},
                         {middle_x, pen->y + cell_height},
                         {pen->x, middle_y}};
    wt_buffer_printf(pen->out, "<path fill=\"none\" stroke=\"#%06x\" stroke-width=\"1.2\" d=\"",
                     (unsigned)pen->colour);
    bool is_first = true;
    for (unsigned i = 0; i < 4; i++) {
        if ((arms >> i & 1) == 0)
            continue;
        if ((arms & 16) == 0)
            wt_buffer_printf(pen->out, "M%.2f %.2fL%.2f %.2f", ends[i][0], ends[i][1], middle_x,
                             middle_y);
        else if (is_first)
            wt_buffer_printf(pen->out, "M%.2f %.2fQ%.2f %.2f ", ends[i][0], ends[i][1], middle_x,
                             middle_y);
        else
            wt_buffer_printf(pen->out, "%.2f %.2f", ends[i][0], ends[i][1]);
        is_first = false;
    }
    wt_buffer_append_text(pen->out, "\"/>\n");
}

static void draw_text(const struct pen *pen, const struct wt_pty_cell *cell) {
    wt_buffer_printf(pen->out, "<text x=\"%.2f\" y=\"%.2f\" fill=\"#%06x\"%s%s>", pen->x,
                     pen->y + baseline, (unsigned)pen->colour,
                     cell->bold ? " font-weight=\"bold\"" : "",
                     cell->underline ? " text-decoration=\"underline\"" : "");
    for (const char *c = cell->text; *c != '\0'; c++) {
        if (*c == '&')
            wt_buffer_append_text(pen->out, "&amp;");
        else if (*c == '<')
            wt_buffer_append_text(pen->out, "&lt;");
        else
            wt_buffer_append_char(pen->out, *c);
    }
    wt_buffer_append_text(pen->out, "</text>\n");
}

static void draw_cell(const struct pen *pen, const struct wt_pty_cell *cell) {
    uint32_t code = ' ';
    size_t length = wt_utf8_decode(cell->text, strlen(cell->text), &code);
    bool is_single = length > 0 && cell->text[length] == '\0';
    if (length == 0 || (is_single && code == ' '))
        return;
    if (is_single && code >= 0x2580 && code <= 0x259f)
        draw_block(pen, code);
    else if (is_single && code >= 0x2800 && code <= 0x28ff)
        draw_braille(pen, code);
    else if (is_single && box_arms(code) != 0)
        draw_box(pen, box_arms(code));
    else
        draw_text(pen, cell);
}

static struct wt_pty_cell look(struct wt_pty *pty, const struct wt_svg_options *options, int col,
                               int row) {
    struct wt_pty_cell cell;
    wt_pty_cell(pty, col, row, &cell);
    if (cell.foreground < 0)
        cell.foreground = options->foreground;
    if (cell.background < 0)
        cell.background = options->background;
    if (cell.reverse) {
        int32_t swapped = cell.foreground;
        cell.foreground = cell.background;
        cell.background = swapped;
    }
    return cell;
}

void wt_svg_write(struct wt_pty *pty, const struct wt_svg_options *options, struct wt_buffer *out) {
    double width = options->cols * cell_width, height = options->rows * cell_height, margin = 8;
    wt_buffer_printf(out,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%.1f %.1f %.1f %.1f\" "
                     "width=\"%.0f\" height=\"%.0f\" font-family=\"DejaVu Sans Mono, monospace\" "
                     "font-size=\"%.0f\">\n<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\" rx=\"6\" fill=\"#%06x\"/>\n",
                     -margin, -margin, width + 2 * margin, height + 2 * margin, width + 2 * margin,
                     height + 2 * margin, font_size, -margin, -margin, width + 2 * margin,
                     height + 2 * margin, (unsigned)options->background);
    for (int pass = 0; pass < 2; pass++) /* grounds first: shapes may touch their neighbours */
        for (int row = 0; row < options->rows; row++)
            for (int col = 0; col < options->cols; col++) {
                struct wt_pty_cell cell = look(pty, options, col, row);
                struct pen pen = {out, col * cell_width, row * cell_height,
                                  pass == 0 ? cell.background : cell.foreground};
                if (pass == 1)
                    draw_cell(&pen, &cell);
                else if (cell.background != options->background)
                    rectangle(&pen, 0, 0, cell.width > 1 ? 2.02 : 1.02, 1.01, 1);
            }
    wt_buffer_append_text(out, "</svg>\n");
}
