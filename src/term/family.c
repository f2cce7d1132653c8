#include "term/family.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY(name, believed)                                                                     \
    {                                                                                              \
        .prefix = (name), .xterm_like = true, .true_colour = (believed),                           \
        .sync_ask = "\0337\033[?2026$p\0338\033[K", .sync_begin = "\033[?2026h",                   \
        .sync_end = "\033[?2026l", .paste_on = "\033[?2004h", .paste_off = "\033[?2004l",          \
        .mouse_on = "\033[?1000h\033[?1006h", .mouse_off = "\033[?1006l\033[?1000l"                \
    }

/* GNU screen hands on $COLORTERM of the terminal around it, and cannot do true colour itself. tmux
 * can, and may call itself "screen" too. */
static const struct wt_term_family families[] = {
    FAMILY("xterm", true),   FAMILY("tmux", true),      FAMILY("screen", false),
    FAMILY("rxvt", true),    FAMILY("alacritty", true), FAMILY("kitty", true),
    FAMILY("foot", true),    FAMILY("wezterm", true),   FAMILY("ghostty", true),
    FAMILY("contour", true), FAMILY("konsole", true),   FAMILY("gnome", true),
    FAMILY("vte", true),     FAMILY("iterm", true),     FAMILY("iTerm", true),
    FAMILY("mintty", true),  FAMILY("putty", true),     FAMILY("rio", true),
    FAMILY("st-", true),     FAMILY("mlterm", true),
};

static const struct wt_term_family screen_in_tmux = FAMILY("screen", true);

static const struct wt_term_family plain = {.prefix = "",
                                            .sync_ask = "",
                                            .sync_begin = "",
                                            .sync_end = "",
                                            .paste_on = "",
                                            .paste_off = "",
                                            .mouse_on = "",
                                            .mouse_off = ""};

static bool begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const struct wt_term_family *wt_term_family_find(const char *type) {
    if (begins_with(type, "screen") && getenv("TMUX") != NULL) {
        return &screen_in_tmux;
    }
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (begins_with(type, families[i].prefix)) {
            return &families[i];
        }
    }
    return &plain;
}

const char *wt_term_family_better_type(const char *type, const char *colorterm) {
    bool plain_xterm = strcmp(type, "xterm") == 0 || strcmp(type, "xterm-color") == 0;
    bool announced = colorterm != NULL &&
                     (strcmp(colorterm, "truecolor") == 0 || strcmp(colorterm, "24bit") == 0);
    return plain_xterm && announced ? "xterm-256color" : NULL;
}
