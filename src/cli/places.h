/* places.h - where a person's files are, by the rules of XDG, and ours beside the program.
 *
 * Threads: reads the environment.
 */
#ifndef WT_CLI_PLACES_H
#define WT_CLI_PLACES_H

#include <limits.h>

#include "ui/theme_list.h"

struct wt_places {
    char own_themes[PATH_MAX]; /* $XDG_CONFIG_HOME/worktop/themes, ~/.config without it; "" for none
                                */
    char themes[PATH_MAX]; /* $WORKTOP_THEMES, beside an installed program, or in the source tree
                              of one that was just built; "" when none of them is there */
    char state[PATH_MAX];  /* $XDG_STATE_HOME/worktop/state.json, ~/.local/state without it; ""
                              for none */
};

void wt_places_find(struct wt_places *places);

/* Borrows the paths. */
struct wt_theme_places wt_places_themes(const struct wt_places *places);

#endif /* WT_CLI_PLACES_H */
