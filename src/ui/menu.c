#include "ui/menu.h"

#include "ui/app_state.h"
#include "ui/widgets/frame.h"

enum { LEAST_COLS = 20, BORDERS = 2 };

static void move_to(struct wt_app *app, int64_t row) {
    int64_t count = (int64_t)app->menu.kind->count(app);
    row = row >= count ? count - 1 : row;
    app->menu.cursor = row < 0 ? 0 : (size_t)row;
    if (app->menu.kind->move)
        app->menu.kind->move(app, app->menu.cursor);
}

void wt_menu_open(struct wt_app *app, const struct wt_menu_kind *kind, size_t cursor) {
    app->menu = (struct wt_menu){.kind = kind, .cursor = cursor};
}

void wt_menu_cancel(struct wt_app *app) {
    const struct wt_menu_kind *kind = app->menu.kind;
    if (!kind)
        return;
    app->menu.kind = NULL;
    if (kind->cancel)
        kind->cancel(app);
    if (kind->close)
        kind->close(app);
}

static unsigned accept(struct wt_app *app) {
    const struct wt_menu_kind *kind = app->menu.kind;
    if (kind->stays)
        return WT_APP_DRAW | kind->accept(app, app->menu.cursor);
    app->menu.kind = NULL;
    unsigned requests = kind->accept(app, app->menu.cursor);
    if (kind->close)
        kind->close(app);
    return WT_APP_DRAW | requests;
}

unsigned wt_menu_act(struct wt_app *app, enum wt_action action, enum wt_action behind) {
    int64_t at = (int64_t)app->menu.cursor, count = (int64_t)app->menu.kind->count(app);
    int64_t page = app->menu.rows_at.rows > 1 ? app->menu.rows_at.rows - 1 : 1;
    if (action == WT_ACTION_NONE && behind != WT_ACTION_NONE && behind == app->menu.kind->again)
        move_to(app, at + 1 < count ? at + 1 : 0);
    else if (action == WT_ACTION_MENU_ACCEPT)
        return accept(app);
    else if (action == WT_ACTION_MENU_CANCEL)
        wt_menu_cancel(app);
    else if (action == WT_ACTION_MENU_UP)
        move_to(app, at - 1);
    else if (action == WT_ACTION_MENU_DOWN)
        move_to(app, at + 1);
    else if (action == WT_ACTION_MENU_PAGE_UP)
        move_to(app, at - page);
    else if (action == WT_ACTION_MENU_PAGE_DOWN)
        move_to(app, at + page);
    else if (action == WT_ACTION_MENU_TOP)
        move_to(app, 0);
    else if (action == WT_ACTION_MENU_BOTTOM)
        move_to(app, count - 1);
    return WT_APP_DRAW;
}

/* A click chooses a row, one on the chosen row takes it, one beside the menu closes it. */
unsigned wt_menu_mouse(struct wt_app *app, const struct wt_input *input) {
    struct wt_menu *menu = &app->menu;
    if (input->button == WT_MOUSE_WHEEL_UP || input->button == WT_MOUSE_WHEEL_DOWN) {
        move_to(app, (int64_t)menu->cursor + (input->button == WT_MOUSE_WHEEL_UP ? -1 : 1));
        return WT_APP_DRAW;
    }
    if (input->button != WT_MOUSE_LEFT)
        return 0;
    if (!wt_rect_has(menu->rows_at, input->col, input->row)) {
        wt_menu_cancel(app);
        return WT_APP_DRAW;
    }
    size_t row = menu->top + (size_t)(input->row - menu->rows_at.row);
    if (row == menu->cursor)
        return accept(app);
    move_to(app, (int64_t)row);
    return WT_APP_DRAW;
}

static void keep_in_sight(struct wt_menu *menu, size_t count, size_t page) {
    if (menu->cursor < menu->top)
        menu->top = menu->cursor;
    if (menu->cursor >= menu->top + page)
        menu->top = menu->cursor - page + 1;
    if (menu->top + page > count)
        menu->top = count > page ? count - page : 0;
}

static int least_of(int a, int b) {
    return a < b ? a : b;
}

void wt_menu_draw(struct wt_app *app, const struct wt_canvas *canvas) {
    struct wt_menu *menu = &app->menu;
    size_t count = menu->kind->count(app);
    struct wt_grid *grid = canvas->grid;
    int cols = least_of(menu->kind->cols + BORDERS + 2, grid->cols);
    int rows = least_of((int)count + BORDERS, grid->rows - 2);
    menu->rows_at = (struct wt_rect){0, 0, 0, 0};
    if (cols < LEAST_COLS || rows < BORDERS + 1)
        return; /* the footer still says what the keys do */
    struct wt_rect at = {(grid->cols - cols) / 2, (grid->rows - rows) / 2, cols, rows};
    wt_grid_fill(grid, at, canvas->theme->styles[WT_STYLE_TEXT]);
    struct wt_frame frame = {.title = menu->kind->title, .note = menu->kind->note, .focused = true};
    wt_frame_draw(canvas, at, &frame);
    struct wt_rect inner = {at.col + 1, at.row + 1, at.cols - 2, at.rows - 2};
    keep_in_sight(menu, count, (size_t)inner.rows);
    menu->rows_at = inner;
    for (int i = 0; i < inner.rows && menu->top + (size_t)i < count; i++) {
        size_t row = menu->top + (size_t)i;
        struct wt_rect line = wt_rect_row(inner, i);
        bool chosen = row == menu->cursor;
        if (chosen) {
            wt_grid_fill(grid, line, wt_style_of(canvas, WT_STYLE_SELECTED));
            wt_grid_put(grid, line.col, line.row, canvas->glyphs->cursor,
                        wt_style_of(canvas, WT_STYLE_ACCENT));
        }
        wt_rect_take_left(&line, 2);
        struct wt_rect before = wt_grid_clip(grid, line);
        menu->kind->draw(app, canvas, line, row, chosen);
        wt_grid_unclip(grid, before);
    }
}
