/* input.h - what a person did, as the terminal's owner tells the user interface.
 *
 * Plain data without curses: src/term makes these, src/ui reads them, tests write them by hand.
 */
#ifndef WT_UI_INPUT_H
#define WT_UI_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* Keys that are no character. They lie above Unicode, so that `code` holds either. */
#define WT_KEY_MAP(X)                                                                              \
    X(UP, "Up")                                                                                    \
    X(DOWN, "Down")                                                                                \
    X(LEFT, "Left")                                                                                \
    X(RIGHT, "Right")                                                                              \
    X(PAGE_UP, "PgUp")                                                                             \
    X(PAGE_DOWN, "PgDn")                                                                           \
    X(HOME, "Home")                                                                                \
    X(END, "End")                                                                                  \
    X(INSERT, "Ins")                                                                               \
    X(DELETE, "Del")                                                                               \
    X(F1, "F1")                                                                                    \
    X(F2, "F2")                                                                                    \
    X(F3, "F3")                                                                                    \
    X(F4, "F4")                                                                                    \
    X(F5, "F5")                                                                                    \
    X(F6, "F6")                                                                                    \
    X(F7, "F7")                                                                                    \
    X(F8, "F8")                                                                                    \
    X(F9, "F9")                                                                                    \
    X(F10, "F10")                                                                                  \
    X(F11, "F11")                                                                                  \
    X(F12, "F12")

enum wt_key {
    /* These four are characters of their own; the terminal may send either form of backspace. */
    WT_KEY_TAB = '\t',
    WT_KEY_ENTER = '\r', /* also for '\n' */
    WT_KEY_ESCAPE = 0x1b,
    WT_KEY_BACKSPACE = 0x7f, /* also for ^H */

    WT_KEY_FIRST = 0x110000,
#define WT_KEY_ENUM(name, text) WT_KEY_##name,
    WT_KEY_MAP(WT_KEY_ENUM)
#undef WT_KEY_ENUM
};

enum { WT_MOD_SHIFT = 1, WT_MOD_ALT = 2, WT_MOD_CTRL = 4 };

enum wt_input_kind {
    WT_INPUT_NONE,
    WT_INPUT_KEY,    /* code, modifiers */
    WT_INPUT_MOUSE,  /* button, col, row, modifiers; only presses are reported */
    WT_INPUT_RESIZE, /* cols, rows: the new size of the screen */
    WT_INPUT_PASTE   /* text, length: one bracketed paste, or a part of one */
};

enum wt_mouse_button {
    WT_MOUSE_LEFT,
    WT_MOUSE_MIDDLE,
    WT_MOUSE_RIGHT,
    WT_MOUSE_WHEEL_UP,
    WT_MOUSE_WHEEL_DOWN
};

struct wt_input {
    enum wt_input_kind kind;
    /*
     * KEY: a Unicode code point or an enum wt_key. Ctrl with a letter is the lower-case letter with
     * WT_MOD_CTRL (not the control character); a capital letter is itself without WT_MOD_SHIFT;
     * Shift-Tab is WT_KEY_TAB with WT_MOD_SHIFT.
     */
    uint32_t code;
    unsigned modifiers; /* WT_MOD_* */
    enum wt_mouse_button button;
    int col, row;     /* MOUSE: from 0 at the top left */
    int cols, rows;   /* RESIZE */
    const char *text; /* PASTE: borrowed for the call, any bytes */
    size_t length;
};

#endif /* WT_UI_INPUT_H */
