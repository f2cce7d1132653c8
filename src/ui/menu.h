/* menu.h - a small list over the screen, of which one row is chosen: themes, exports, columns.
 *
 * What the rows are is said by a small table of functions; moving, scrolling, the frame and the
 * mouse are written here once. Room-internal.
 */
#ifndef WT_UI_MENU_H
#define WT_UI_MENU_H

#include "ui/canvas.h"
#include "ui/input.h"
#include "ui/keymap.h" /* enum wt_action */

struct wt_app;

struct wt_menu_kind {
    const char *title;
    const char *note;     /* at the right of the upper border */
    int cols;             /* of the widest row */
    bool stays;           /* it is open until Esc: accept changes something each time */
    enum wt_action again; /* the key that opened it goes one row on; WT_ACTION_NONE: it does not */
    size_t (*count)(const struct wt_app *app);
    void (*draw)(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at,
                 size_t row, bool chosen);
    /* The cursor came to a row. May be NULL. */
    void (*move)(struct wt_app *app, size_t row);
    /* Enter: a mask of requests (app.h). The menu is closed before, unless it stays. */
    unsigned (*accept)(struct wt_app *app, size_t row);
    void (*cancel)(struct wt_app *app); /* Esc; may be NULL. The menu is closed before. */
    void (*close)(struct wt_app *app);  /* frees what it holds, in every case; may be NULL */
};

struct wt_menu {
    const struct wt_menu_kind *kind; /* NULL: closed */
    size_t cursor, top;
    struct wt_rect rows_at; /* of the last draw, for the mouse */
};

void wt_menu_open(struct wt_app *app, const struct wt_menu_kind *kind, size_t cursor);

/* Closes it as Esc does, where it is open. */
void wt_menu_cancel(struct wt_app *app);

/* A key while the menu is open: its action in WT_CONTEXT_MENU and in the view behind it. Returns
 * requests. */
unsigned wt_menu_act(struct wt_app *app, enum wt_action action, enum wt_action behind);
unsigned wt_menu_mouse(struct wt_app *app, const struct wt_input *input);

void wt_menu_draw(struct wt_app *app, const struct wt_canvas *canvas);

#endif /* WT_UI_MENU_H */
