/* keymap.h - every action of the user interface, in one table.
 *
 * The table yields the enum, the dispatch from keys, the help screen, the footer and the names in
 * the configuration: they cannot disagree. A context is where the keys go; an action with a rank
 * appears in the footer of its contexts, lowest rank first, as far as there is room.
 */
#ifndef WT_UI_KEYMAP_H
#define WT_UI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/status.h"
#include "ui/input.h"
#include "json/json.h"

enum {
    WT_CONTEXT_OVERVIEW = 1,
    WT_CONTEXT_SERVICE = 2,
    WT_CONTEXT_MEMORY = 4,
    WT_CONTEXT_EVENTS = 8,
    WT_CONTEXT_HELP = 16,
    WT_CONTEXT_INPUT = 32, /* a text field has the keys */
    WT_CONTEXT_WORKER = 64,
    WT_CONTEXT_MENU = 128, /* a list over the screen has them */

    WT_CONTEXT_DATA = WT_CONTEXT_OVERVIEW | WT_CONTEXT_SERVICE | WT_CONTEXT_WORKER |
                      WT_CONTEXT_MEMORY | WT_CONTEXT_EVENTS,
    WT_CONTEXT_VIEWS = WT_CONTEXT_DATA | WT_CONTEXT_HELP,
    WT_CONTEXT_TABLES =
        WT_CONTEXT_OVERVIEW | WT_CONTEXT_SERVICE | WT_CONTEXT_WORKER | WT_CONTEXT_EVENTS,
    WT_CONTEXT_PANES = WT_CONTEXT_TABLES | WT_CONTEXT_MEMORY
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
    X(ENTER, "enter", "Enter l Right", 2, "open", "into what is selected",                         \
      WT_CONTEXT_OVERVIEW | WT_CONTEXT_SERVICE | WT_CONTEXT_EVENTS)                                \
    X(WORKER, "worker", "w", 5, "worker", "the worker of an event", WT_CONTEXT_EVENTS)             \
    X(NEXT_WORKER, "next-worker", "J", 5, "next worker", "the worker below", WT_CONTEXT_WORKER)    \
    X(PREVIOUS_WORKER, "previous-worker", "K", 0, "", "the worker above", WT_CONTEXT_WORKER)       \
    X(BACK, "back", "Esc Backspace", 2, "back", "back", WT_CONTEXT_VIEWS & ~WT_CONTEXT_OVERVIEW)   \
    X(BACK_LEFT, "back-left", "Left h", 0, "", "back",                                             \
      WT_CONTEXT_VIEWS & ~(WT_CONTEXT_OVERVIEW | WT_CONTEXT_MEMORY))                               \
    X(LEFT, "left", "Left h", 0, "", "segment before", WT_CONTEXT_MEMORY)                          \
    X(RIGHT, "right", "Right l", 5, "segment", "next segment", WT_CONTEXT_MEMORY)                  \
    X(CLEAR, "clear", "Esc Backspace", 0, "", "forget the filter", WT_CONTEXT_OVERVIEW)            \
    X(NEXT_PANE, "next-pane", "Tab", 4, "pane", "next pane", WT_CONTEXT_PANES)                     \
    X(PREVIOUS_PANE, "previous-pane", "S-Tab", 0, "", "pane before", WT_CONTEXT_PANES)             \
    X(FILTER, "filter", "/", 5, "filter", "only some rows", WT_CONTEXT_TABLES)                     \
    X(SEARCH, "search", "f F3", 0, "", "go to a row with ...", WT_CONTEXT_TABLES)                  \
    X(SEARCH_NEXT, "search-next", "n", 0, "", "next row that has it", WT_CONTEXT_TABLES)           \
    X(SEARCH_PREVIOUS, "search-previous", "N", 0, "", "row before that has it", WT_CONTEXT_TABLES) \
    X(SORT_NEXT, "sort-next", "s >", 6, "sort", "sort by next column", WT_CONTEXT_TABLES)          \
    X(SORT_PREVIOUS, "sort-previous", "<", 0, "", "sort by column before", WT_CONTEXT_TABLES)      \
    X(REVERSE, "reverse", "I", 10, "reverse", "reverse the order", WT_CONTEXT_TABLES)              \
    X(MARK, "mark", "M", 0, "", "a mark among the events", WT_CONTEXT_DATA)                        \
    X(COLUMNS, "columns", "c", 0, "", "choose the columns", WT_CONTEXT_TABLES | WT_CONTEXT_EVENTS) \
    X(PAUSE, "pause", "Space p", 7, "pause", "hold the picture", WT_CONTEXT_DATA)                  \
    X(EARLIER, "earlier", "[", 9, "earlier", "back in time: 1 s", WT_CONTEXT_DATA)                 \
    X(LATER, "later", "]", 0, "", "forth again: 1 s", WT_CONTEXT_DATA)                             \
    X(EARLIER_MINUTE, "earlier-minute", "{", 0, "", "back in time: 1 min", WT_CONTEXT_DATA)        \
    X(LATER_MINUTE, "later-minute", "}", 0, "", "forth again: 1 min", WT_CONTEXT_DATA)             \
    X(LIVE, "live", ".", 0, "", "to now: live", WT_CONTEXT_DATA)                                   \
    X(FASTER, "faster", "+ =", 11, "faster", "shorter interval", WT_CONTEXT_VIEWS)                 \
    X(SLOWER, "slower", "-", 12, "slower", "longer interval", WT_CONTEXT_VIEWS)                    \
    X(VIEW_OVERVIEW, "overview", "1", 0, "", "all services", WT_CONTEXT_VIEWS)                     \
    X(VIEW_SERVICE, "service", "2", 0, "", "the selected service", WT_CONTEXT_VIEWS)               \
    X(VIEW_MEMORY, "memory", "3 m", 8, "memory", "the store of segments",                          \
      WT_CONTEXT_VIEWS & ~WT_CONTEXT_MEMORY)                                                       \
    X(VIEW_EVENTS, "events", "4 v", 9, "events", "all events",                                     \
      WT_CONTEXT_VIEWS & ~WT_CONTEXT_EVENTS)                                                       \
    X(THEME, "theme", "t", 13, "theme", "choose a theme", WT_CONTEXT_VIEWS)                        \
    X(EXPORT, "export", "e", 14, "export", "write this as JSON", WT_CONTEXT_VIEWS)                 \
    X(REPAINT, "repaint", "C-l", 0, "", "draw all again", WT_CONTEXT_VIEWS)                        \
    X(SUSPEND, "suspend", "C-z", 0, "", "to the shell (fg: back)", WT_CONTEXT_VIEWS)               \
    X(HELP, "help", "? F1", 3, "help", "this help", WT_CONTEXT_VIEWS)                              \
    X(QUIT, "quit", "q F10 C-c", 1, "quit", "leave worktop", WT_CONTEXT_VIEWS)                     \
    X(INPUT_ACCEPT, "accept", "Enter", 1, "keep", "keep what is typed", WT_CONTEXT_INPUT)          \
    X(INPUT_CANCEL, "cancel", "Esc C-c C-g", 2, "cancel", "as it was", WT_CONTEXT_INPUT)           \
    X(INPUT_ERASE, "erase", "Backspace", 0, "", "remove the last character", WT_CONTEXT_INPUT)     \
    X(INPUT_CLEAR, "erase-all", "C-u", 3, "empty", "empty the line", WT_CONTEXT_INPUT)             \
    X(MENU_ACCEPT, "menu-accept", "Enter Space", 1, "take it", "take the chosen row",              \
      WT_CONTEXT_MENU)                                                                             \
    X(MENU_CANCEL, "menu-cancel", "Esc q C-c", 2, "cancel", "as it was", WT_CONTEXT_MENU)          \
    X(MENU_UP, "menu-up", "Up k S-Tab", 4, "up", "one row up", WT_CONTEXT_MENU)                    \
    X(MENU_DOWN, "menu-down", "Down j Tab", 3, "down", "one row down", WT_CONTEXT_MENU)            \
    X(MENU_PAGE_UP, "menu-page-up", "PgUp C-b", 0, "", "one page up", WT_CONTEXT_MENU)             \
    X(MENU_PAGE_DOWN, "menu-page-down", "PgDn C-f", 0, "", "one page down", WT_CONTEXT_MENU)       \
    X(MENU_TOP, "menu-top", "g Home", 0, "", "first row", WT_CONTEXT_MENU)                         \
    X(MENU_BOTTOM, "menu-bottom", "G End", 0, "", "last row", WT_CONTEXT_MENU)

/* Actions that share a line of the help, there and back, and what stands in it. */
#define WT_ACTION_PAIR_MAP(X)                                                                      \
    X(UP, DOWN, "one row up, down")                                                                \
    X(PAGE_UP, PAGE_DOWN, "one page up, down")                                                     \
    X(TOP, BOTTOM, "first row, last row")                                                          \
    X(NEXT_WORKER, PREVIOUS_WORKER, "worker below, above")                                         \
    X(BACK, BACK_LEFT, "back")                                                                     \
    X(LEFT, RIGHT, "segment before, next")                                                         \
    X(NEXT_PANE, PREVIOUS_PANE, "next pane, pane before")                                          \
    X(SEARCH_NEXT, SEARCH_PREVIOUS, "next row, row before")                                        \
    X(SORT_NEXT, SORT_PREVIOUS, "sort by next, before")                                            \
    X(EARLIER, LATER, "1 s back in time, forth")                                                   \
    X(EARLIER_MINUTE, LATER_MINUTE, "1 min back, forth")                                           \
    X(FASTER, SLOWER, "interval shorter/longer")

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

/* Whether the help says this action beside another one: *other and *help then. NONE as *other:
 * it stands in the line of the one before. */
bool wt_action_pair(enum wt_action action, enum wt_action *other, const char **help);

/* Which keys do what: those of the table, or those that a person chose. */
enum { WT_KEYMAP_KEYS_SIZE = 64 };
struct wt_keymap {
    char keys[WT_ACTION_COUNT][WT_KEYMAP_KEYS_SIZE]; /* as in the table: "PgUp C-b" */
};

void wt_keymap_init(struct wt_keymap *map);

/*
 * Takes over what an object of the configuration says: {"pause": "p F5"}, all keys of an action in
 * one text, separated by spaces; "" for none.
 *   WT_EFORMAT  an action or a key that there is not, a key that has two meanings in one place, a
 * key that is typed in a text field, or an action without which nobody gets out. The error names
 * file, line and both actions. *map is not to be used then.
 */
wt_status wt_keymap_read(struct wt_keymap *map, const struct wt_json_document *document,
                         const struct wt_json *object, struct wt_error *err);

/* What this key does here; WT_ACTION_NONE when nothing. `context` is one WT_CONTEXT_*. */
enum wt_action wt_keymap_find(const struct wt_keymap *map, const struct wt_input *input,
                              unsigned context);

/* "C-f", "PgUp", "Space", "S-Tab", "q" -> key. False when it names no key. */
bool wt_key_parse(const char *text, size_t length, struct wt_input *out);

/* The first key of an action as a person reads it ("^F", "PgUp", "Space"), "" when it has none;
 * `index` 1, 2 ... are the further ones. */
void wt_action_key_text(const struct wt_keymap *map, enum wt_action action, int index,
                        char out[static 16]);

#endif /* WT_UI_KEYMAP_H */
