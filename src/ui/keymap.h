/* keymap.h - every action of the user interface, in one table.
 *
 * The table yields the enum, the dispatch from keys, the help screen and the footer (and later the
 * manual): they cannot disagree. A context is where the keys go; an action with a rank appears in
 * the footer of its contexts, lowest rank first, as far as there is room.
 */
#ifndef WT_UI_KEYMAP_H
#define WT_UI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "ui/input.h"

enum {
    WT_CONTEXT_OVERVIEW = 1,
    WT_CONTEXT_SERVICE = 2,
    WT_CONTEXT_MEMORY = 4,
    WT_CONTEXT_EVENTS = 8,
    WT_CONTEXT_HELP = 16,
    WT_CONTEXT_INPUT = 32, /* a text field has the keys */

    WT_CONTEXT_DATA =
        WT_CONTEXT_OVERVIEW | WT_CONTEXT_SERVICE | WT_CONTEXT_MEMORY | WT_CONTEXT_EVENTS,
    WT_CONTEXT_VIEWS = WT_CONTEXT_DATA | WT_CONTEXT_HELP,
    WT_CONTEXT_TABLES = WT_CONTEXT_OVERVIEW | WT_CONTEXT_SERVICE
};

/* name, text, keys (separated by spaces), footer rank (0: not there), footer label, help, contexts
 */
#define WT_ACTION_MAP(X)                                                                           \
    X(UP, "up", "Up k", 0, "", "one row up", WT_CONTEXT_VIEWS)                                     \
    X(DOWN, "down", "Down j", 0, "", "one row down", WT_CONTEXT_VIEWS)                             \
    X(PAGE_UP, "page-up", "PgUp C-b", 0, "", "one page up", WT_CONTEXT_VIEWS)                      \
    X(PAGE_DOWN, "page-down", "PgDn C-f", 0, "", "one page down", WT_CONTEXT_VIEWS)                \
    X(TOP, "top", "g Home", 0, "", "first row", WT_CONTEXT_VIEWS)                                  \
    X(BOTTOM, "bottom", "G End", 0, "", "last row", WT_CONTEXT_VIEWS)                              \
    X(ENTER, "enter", "Enter l Right", 2, "open", "into what is selected", WT_CONTEXT_OVERVIEW)    \
    X(BACK, "back", "Esc Backspace h Left", 2, "back", "back",                                     \
      WT_CONTEXT_VIEWS & ~WT_CONTEXT_OVERVIEW)                                                     \
    X(CLEAR, "clear", "Esc Backspace", 0, "", "forget the filter", WT_CONTEXT_OVERVIEW)            \
    X(NEXT_PANE, "next-pane", "Tab", 4, "pane", "next pane", WT_CONTEXT_TABLES)                    \
    X(PREVIOUS_PANE, "previous-pane", "S-Tab", 0, "", "pane before", WT_CONTEXT_TABLES)            \
    X(FILTER, "filter", "/", 5, "filter", "only rows with a text",                                 \
      WT_CONTEXT_TABLES | WT_CONTEXT_EVENTS)                                                       \
    X(SORT_NEXT, "sort-next", "s >", 6, "sort", "sort by next column", WT_CONTEXT_TABLES)          \
    X(SORT_PREVIOUS, "sort-previous", "<", 0, "", "sort by column before", WT_CONTEXT_TABLES)      \
    X(REVERSE, "reverse", "I", 10, "reverse", "reverse the order", WT_CONTEXT_TABLES)              \
    X(PAUSE, "pause", "Space p", 7, "pause", "hold the picture", WT_CONTEXT_DATA)                  \
    X(FASTER, "faster", "+ =", 11, "faster", "shorter interval", WT_CONTEXT_VIEWS)                 \
    X(SLOWER, "slower", "-", 12, "slower", "longer interval", WT_CONTEXT_VIEWS)                    \
    X(VIEW_OVERVIEW, "overview", "1", 0, "", "all services", WT_CONTEXT_VIEWS)                     \
    X(VIEW_SERVICE, "service", "2", 0, "", "the selected service", WT_CONTEXT_VIEWS)               \
    X(VIEW_MEMORY, "memory", "3 m", 8, "memory", "the store of segments",                          \
      WT_CONTEXT_VIEWS & ~WT_CONTEXT_MEMORY)                                                       \
    X(VIEW_EVENTS, "events", "4 v", 9, "events", "all events",                                     \
      WT_CONTEXT_VIEWS & ~WT_CONTEXT_EVENTS)                                                       \
    X(THEME, "theme", "t", 13, "theme", "next theme", WT_CONTEXT_VIEWS)                            \
    X(EXPORT, "export", "e", 14, "export", "write this as JSON", WT_CONTEXT_VIEWS)                 \
    X(REPAINT, "repaint", "C-l", 0, "", "draw all again", WT_CONTEXT_VIEWS)                        \
    X(SUSPEND, "suspend", "C-z", 0, "", "to the shell (fg: back)", WT_CONTEXT_VIEWS)               \
    X(HELP, "help", "? F1", 3, "help", "this help", WT_CONTEXT_VIEWS)                              \
    X(QUIT, "quit", "q F10 C-c", 1, "quit", "leave worktop", WT_CONTEXT_VIEWS)                     \
    X(INPUT_ACCEPT, "accept", "Enter", 1, "keep", "keep the filter", WT_CONTEXT_INPUT)             \
    X(INPUT_CANCEL, "cancel", "Esc C-c C-g", 2, "cancel", "the filter as it was",                  \
      WT_CONTEXT_INPUT)                                                                            \
    X(INPUT_ERASE, "erase", "Backspace", 0, "", "remove the last character", WT_CONTEXT_INPUT)     \
    X(INPUT_CLEAR, "erase-all", "C-u", 3, "empty", "empty the line", WT_CONTEXT_INPUT)

enum wt_action {
    WT_ACTION_NONE = -1,
#define WT_ACTION_ENUM(name, text, keys, rank, label, help, contexts) WT_ACTION_##name,
    WT_ACTION_MAP(WT_ACTION_ENUM)
#undef WT_ACTION_ENUM
        WT_ACTION_COUNT
};

struct wt_action_info {
    const char *name;
    const char *keys; /* as in the table: "PgUp C-b" */
    int footer_rank;
    const char *label;
    const char *help;
    unsigned contexts;
};

const struct wt_action_info *wt_action_info(enum wt_action action);

/* What this key does here; WT_ACTION_NONE when nothing. `context` is one WT_CONTEXT_*. */
enum wt_action wt_keymap_find(const struct wt_input *input, unsigned context);

/* "C-f", "PgUp", "Space", "S-Tab", "q" -> key. False when it names no key. */
bool wt_key_parse(const char *text, size_t length, struct wt_input *out);

/* The first key of an action as a person reads it ("^F", "PgUp", "Space"), "" when it has none;
 * `index` 1, 2 ... are the further ones. */
void wt_action_key_text(enum wt_action action, int index, char out[static 16]);

#endif /* WT_UI_KEYMAP_H */
