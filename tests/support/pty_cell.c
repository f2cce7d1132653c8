/* pty_cell.c - single cells of the screen that pty.c keeps. */
#include <string.h>
#include <vterm.h>

#include "base/utf8.h"
#include "support/pty.h"

static int32_t rgb_of(VTermScreen *screen, VTermColor colour, bool is_default) {
    if (is_default)
        return -1;
    vterm_screen_convert_color_to_rgb(screen, &colour);
    return colour.rgb.red << 16 | colour.rgb.green << 8 | colour.rgb.blue;
}

void wt_pty_cell(struct wt_pty *pty, int col, int row, struct wt_pty_cell *out) {
    VTermScreen *screen = wt_pty_cells(pty);
    VTermScreenCell cell;
    memset(&cell, 0, sizeof cell);
    vterm_screen_get_cell(screen, (VTermPos){.row = row, .col = col}, &cell);
    *out = (struct wt_pty_cell){
        .width = cell.width,
        .foreground = rgb_of(screen, cell.fg, VTERM_COLOR_IS_DEFAULT_FG(&cell.fg)),
        .background = rgb_of(screen, cell.bg, VTERM_COLOR_IS_DEFAULT_BG(&cell.bg)),
        .bold = cell.attrs.bold,
        .underline = cell.attrs.underline != 0,
        .reverse = cell.attrs.reverse};
    size_t length = 0;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
        if (cell.chars[i] != UINT32_MAX && length + 4 < sizeof out->text)
            length += wt_utf8_encode(cell.chars[i], out->text + length);
    out->text[length] = '\0';
}

void wt_pty_colours(struct wt_pty *pty, int col, int row, int32_t *fg, int32_t *bg) {
    struct wt_pty_cell cell;
    wt_pty_cell(pty, col, row, &cell);
    *fg = cell.foreground;
    *bg = cell.background;
}
