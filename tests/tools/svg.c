#include "tools/svg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* A cell in pixels of the picture: whole numbers, so that blocks meet without a seam, and a font
 * whose characters are as wide as that (DejaVu Sans Mono: 0.602 of its size). */
enum { CELL_WIDTH = 9, CELL_HEIGHT = 18, MARGIN = 8 };
static const double baseline = 13.6, font_size = 14.95;

/* Neighbours in a row that look alike are drawn at once. */
struct pen {
    struct wt_buffer *out;
    int x, y; /* upper left corner of the first cell */
    int count;
    int32_t colour;
};

/* In parts of the cells' size; `right` counts in the last cell. */
static void rectangle(const struct pen *pen, double left, double top, double right, double bottom,
                      double opacity) {
    wt_buffer_printf(pen->out, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"#%06x\"",
                     pen->x + left * CELL_WIDTH, pen->y + top * CELL_HEIGHT,
                     (pen->count - 1 + right - left) * CELL_WIDTH, (bottom - top) * CELL_HEIGHT,
                     (unsigned)pen->colour);
    if (opacity < 1)
        wt_buffer_printf(pen->out, " fill-opacity=\"%g\"", opacity);
    wt_buffer_append_text(pen->out, "/>\n");
}

static bool is_block(uint32_t code) {
    return code >= 0x2580 && code <= 0x259f;
}

/* Blocks that reach from the left side of a cell to the right one. */
static bool is_wide_block(uint32_t code) {
    return is_block(code) && (code <= 0x2588 || (code >= 0x2591 && code <= 0x2594));
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

static bool is_braille(uint32_t code) {
    return code >= 0x2800 && code <= 0x28ff;
}

/* Eight dots to a cell, as ends of lines that have no length. */
static void draw_braille(const struct pen *pen, const uint32_t *codes) {
    static const unsigned char columns[] = {0, 0, 0, 1, 1, 1, 0, 1},
                               rows[] = {0, 1, 2, 0, 1, 2, 3, 3};
    double at_x = 0, at_y = 0;
    bool is_first = true;
    for (int cell = 0; cell < pen->count; cell++)
        for (unsigned i = 0; i < 8; i++) {
            if ((codes[cell] >> i & 1) == 0)
                continue;
            double x = pen->x + (cell + 0.25 + 0.5 * columns[i]) * CELL_WIDTH;
            double y = pen->y + (0.125 + 0.25 * rows[i]) * CELL_HEIGHT;
            if (is_first)
                wt_buffer_printf(pen->out, "<path class=\"d\" stroke=\"#%06x\" d=\"M%g %gh0",
                                 (unsigned)pen->colour, x, y);
            else
                wt_buffer_printf(pen->out, "m%g %gh0", x - at_x, y - at_y);
            is_first = false;
            at_x = x;
            at_y = y;
        }
    if (!is_first)
        wt_buffer_append_text(pen->out, "\"/>\n");
}

/* Lines that meet in the middle of a cell: 1 up, 2 right, 4 down, 8 left; 16 rounds the corner. */
enum { LEVEL = 10 };

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

static const char *dash_of(uint32_t code) {
    return code == 0x2508 ? "1.125 1.125" : code == 0x2504 ? "1.5 1.5" : NULL;
}

/* A line through all the cells. */
static void draw_level(const struct pen *pen, const char *dash) {
    wt_buffer_printf(pen->out, "<path class=\"l\" stroke=\"#%06x\" d=\"M%d %dh%d\"",
                     (unsigned)pen->colour, pen->x, pen->y + CELL_HEIGHT / 2,
                     pen->count * CELL_WIDTH);
    if (dash != NULL)
        wt_buffer_printf(pen->out, " stroke-dasharray=\"%s\"", dash);
    wt_buffer_append_text(pen->out, "/>\n");
}

static void draw_box(const struct pen *pen, unsigned arms) {
    double middle_x = pen->x + CELL_WIDTH / 2.0, middle_y = pen->y + CELL_HEIGHT / 2.0;
    double ends[4][2] = {{middle_x, pen->y},
                         {pen->x + CELL_WIDTH, middle_y},
                         {middle_x, pen->y + CELL_HEIGHT},
                         {pen->x, middle_y}};
    wt_buffer_printf(pen->out, "<path class=\"l\" stroke=\"#%06x\" d=\"", (unsigned)pen->colour);
    bool is_first = true;
    for (unsigned i = 0; i < 4; i++) {
        if ((arms >> i & 1) == 0)
            continue;
        if ((arms & 16) == 0)
            wt_buffer_printf(pen->out, "M%g %gL%g %g", ends[i][0], ends[i][1], middle_x, middle_y);
        else if (is_first)
            wt_buffer_printf(pen->out, "M%g %gQ%g %g ", ends[i][0], ends[i][1], middle_x, middle_y);
        else
            wt_buffer_printf(pen->out, "%g %g", ends[i][0], ends[i][1]);
        is_first = false;
    }
    wt_buffer_append_text(pen->out, "\"/>\n");
}

static void draw_text(const struct pen *pen, const struct wt_pty_cell *cells) {
    wt_buffer_printf(pen->out, "<text x=\"%d\" y=\"%g\" fill=\"#%06x\"%s%s>", pen->x,
                     pen->y + baseline, (unsigned)pen->colour,
                     cells->bold ? " font-weight=\"bold\"" : "",
                     cells->underline ? " text-decoration=\"underline\"" : "");
    for (int i = 0; i < pen->count; i++)
        for (const char *c = cells[i].text[0] != '\0' ? cells[i].text : " "; *c != '\0'; c++) {
            if (*c == '&')
                wt_buffer_append_text(pen->out, "&amp;");
            else if (*c == '<')
                wt_buffer_append_text(pen->out, "&lt;");
            else
                wt_buffer_append_char(pen->out, *c);
        }
    wt_buffer_append_text(pen->out, "</text>\n");
}

struct row {
    struct wt_pty_cell *cells;
    uint32_t *codes; /* of cells with a single character, ' ' for empty ones, else 0 */
    int cols;
};

static bool looks_alike(const struct wt_pty_cell *a, const struct wt_pty_cell *b) {
    return a->foreground == b->foreground && a->bold == b->bold && a->underline == b->underline;
}

/* Characters that every monospaced font has: their width is certain. */
static bool is_plain(uint32_t code) {
    return code >= ' ' && code < 0x7f;
}

/* Whether a word, or the single space between two of them, goes on in this cell. */
static bool is_in_text(const struct row *row, int col) {
    uint32_t code = row->codes[col];
    if (code != ' ')
        return is_plain(code);
    bool has_next = col + 1 < row->cols && looks_alike(&row->cells[col + 1], &row->cells[col]);
    return has_next && row->codes[col + 1] != ' ' && is_plain(row->codes[col + 1]);
}

/* How many cells from `col` on are drawn at once. */
static int run_length(const struct row *row, int col) {
    uint32_t code = row->codes[col];
    int end = col + 1;
    if (code == ' ')
        return 1;
    for (; end < row->cols && looks_alike(&row->cells[end], &row->cells[col]); end++) {
        uint32_t next = row->codes[end];
        bool goes_on = is_plain(code) ? is_in_text(row, end)
                       : is_braille(code)
                           ? is_braille(next)
                           : next == code && (is_wide_block(code) || box_arms(code) == LEVEL);
        if (!goes_on)
            break;
    }
    return end - col;
}

static void draw_run(struct wt_buffer *out, const struct row *row, int col, int line, int count) {
    uint32_t code = row->codes[col];
    struct pen pen = {out, col * CELL_WIDTH, line * CELL_HEIGHT, count, row->cells[col].foreground};
    if (code == ' ')
        return;
    if (is_block(code))
        draw_block(&pen, code);
    else if (is_braille(code))
        draw_braille(&pen, row->codes + col);
    else if (box_arms(code) == LEVEL)
        draw_level(&pen, dash_of(code));
    else if (box_arms(code) != 0)
        draw_box(&pen, box_arms(code));
    else
        draw_text(&pen, row->cells + col);
}

static void draw_grounds(struct wt_buffer *out, const struct row *row, int line, int32_t usual) {
    for (int col = 0, end; col < row->cols; col = end) {
        int32_t ground = row->cells[col].background;
        for (end = col + 1; end < row->cols && row->cells[end].background == ground;)
            end++;
        struct pen pen = {out, col * CELL_WIDTH, line * CELL_HEIGHT, end - col, ground};
        if (ground != usual)
            rectangle(&pen, 0, 0, 1, 1, 1);
    }
}

static void look(struct wt_pty *pty, const struct wt_svg_options *options, int line,
                 struct row *row) {
    for (int col = 0; col < row->cols; col++) {
        struct wt_pty_cell *cell = &row->cells[col];
        wt_pty_cell(pty, col, line, cell);
        if (cell->foreground < 0)
            cell->foreground = options->foreground;
        if (cell->background < 0)
            cell->background = options->background;
        if (cell->reverse) {
            int32_t swapped = cell->foreground;
            cell->foreground = cell->background;
            cell->background = swapped;
        }
        uint32_t code = ' ';
        size_t length = wt_utf8_decode(cell->text, strlen(cell->text), &code);
        row->codes[col] = cell->text[length] == '\0' ? code : 0;
    }
}

static void draw_screen(struct wt_pty *pty, const struct wt_svg_options *options, struct row *row,
                        struct wt_buffer *out) {
    for (int pass = 0; pass < 2; pass++) /* grounds first: shapes may touch their neighbours */
        for (int line = 0; line < options->rows; line++) {
            look(pty, options, line, row);
            if (pass == 0)
                draw_grounds(out, row, line, options->background);
            for (int col = 0, count; pass == 1 && col < row->cols; col += count) {
                count = run_length(row, col);
                draw_run(out, row, col, line, count);
            }
        }
}

void wt_svg_write(struct wt_pty *pty, const struct wt_svg_options *options, struct wt_buffer *out) {
    int width = options->cols * CELL_WIDTH + 2 * MARGIN;
    int height = options->rows * CELL_HEIGHT + 2 * MARGIN;
    struct row row = {.cols = options->cols};
    row.cells = calloc((size_t)row.cols, sizeof *row.cells);
    row.codes = calloc((size_t)row.cols, sizeof *row.codes);
    wt_buffer_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%d %d %d %d\" width=\"%d\" "
        "height=\"%d\" font-family=\"DejaVu Sans Mono, monospace\" font-size=\"%g\">\n"
        "<style>rect{shape-rendering:crispEdges}text{white-space:pre}path{fill:none}"
        ".d{stroke-width:2.9;stroke-linecap:round}.l{stroke-width:1.2}</style>\n"
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
        -MARGIN, -MARGIN, width, height, width, height, font_size, -MARGIN, -MARGIN, width, height,
        (unsigned)options->background);
    out->failed = out->failed || row.cells == NULL || row.codes == NULL;
    if (!out->failed)
        draw_screen(pty, options, &row, out);
    wt_buffer_append_text(out, "</svg>\n");
    free(row.cells);
    free(row.codes);
}
