#include "ui/widgets/frame.h"

static void horizontal(const struct wt_canvas *canvas, struct wt_rect rect, int row, uint32_t left,
                       uint32_t right, struct wt_style style) {
    wt_grid_put(canvas->grid, rect.col, row, left, style);
    for (int col = rect.col + 1; col < rect.col + rect.cols - 1; col++)
        wt_grid_put(canvas->grid, col, row, canvas->glyphs->horizontal, style);
    wt_grid_put(canvas->grid, rect.col + rect.cols - 1, row, right, style);
}

/* A text in a border, with a space on each side. Returns the column after it. */
static int inset(const struct wt_canvas *canvas, int col, int row, int end, const char *text,
                 enum wt_style_name style) {
    if (text[0] == '\0' || end - col < 4)
        return col;
    struct wt_line line = wt_line_begin(canvas, (struct wt_rect){col, row, end - col, 1});
    wt_line_add(&line, style, " ");
    line.end--;
    wt_line_add(&line, style, text);
    line.end++;
    wt_line_add(&line, style, " ");
    return line.col;
}

struct wt_rect wt_frame_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                             const struct wt_frame *frame) {
    if (rect.cols < 4 || rect.rows < 2)
        return (struct wt_rect){rect.col, rect.row, 0, 0};
    const struct wt_glyph_table *glyphs = canvas->glyphs;
    struct wt_style style =
        wt_style_of(canvas, frame->focused ? WT_STYLE_BORDER_FOCUS : WT_STYLE_BORDER);
    int last = rect.row + rect.rows - 1, right = rect.col + rect.cols - 1;
    horizontal(canvas, rect, rect.row, glyphs->top_left, glyphs->top_right, style);
    horizontal(canvas, rect, last, glyphs->bottom_left, glyphs->bottom_right, style);
    for (int row = rect.row + 1; row < last; row++) {
        wt_grid_put(canvas->grid, rect.col, row, glyphs->vertical, style);
        wt_grid_put(canvas->grid, right, row, glyphs->vertical, style);
    }
    enum wt_style_name title = frame->focused ? WT_STYLE_ACCENT : WT_STYLE_TITLE;
    int col = inset(canvas, rect.col + 2, rect.row, right - 1, frame->title, title);
    if (frame->name && frame->name[0])
        col = inset(canvas, frame->title[0] ? col - 1 : rect.col + 2, rect.row, right - 1,
                    frame->name, WT_STYLE_BRIGHT);
    const char *notes[2] = {frame->note ? frame->note : "", frame->below ? frame->below : ""};
    for (int i = 0; i < 2; i++) {
        int cols = wt_text_cols(notes[i]) + 2;
        int left = i ? rect.col + 2 : col + 1;
        if (right - 1 - cols >= left)
            inset(canvas, right - 1 - cols, i ? last : rect.row, right - 1, notes[i], WT_STYLE_DIM);
    }
    return (struct wt_rect){rect.col + 2, rect.row + 1, rect.cols - 4, rect.rows - 2};
}
