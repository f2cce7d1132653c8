#include "cli/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A path that does not fit is none. */
static void join(char out[static PATH_MAX], const char *base, const char *below) {
    int length = snprintf(out, PATH_MAX, "%s/%s", base, below);
    if (length < 0 || length >= PATH_MAX) {
        out[0] = '\0';
    }
}

/* As the XDG base directories have it: a variable that is not absolute counts as not set. */
static void find_own(char out[static PATH_MAX], const char *variable, const char *in_home,
                     const char *name) {
    const char *base = getenv(variable), *home = getenv("HOME");
    char usual[PATH_MAX] = "";
    if (home != NULL && home[0] == '/') {
        join(usual, home, in_home);
    }
    base = base != NULL && base[0] == '/' ? base : usual;
    out[0] = '\0';
    if (base[0] != '\0') {
        join(out, base, name);
    }
}

static void find_themes(char out[static PATH_MAX]) {
    static const char *const below[] = {"../share/worktop/themes", "themes", "../../themes"};
    const char *chosen = getenv("WORKTOP_THEMES");
    if (chosen != NULL && chosen[0] != '\0') {
        snprintf(out, PATH_MAX, "%s", chosen);
        return;
    }
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        join(out, program, below[i]);
        if (slash != NULL && access(out, R_OK | X_OK) == 0) {
            return;
        }
    }
    out[0] = '\0';
}

void wt_places_find(struct wt_places *places) {
    find_own(places->own_themes, "XDG_CONFIG_HOME", ".config", "worktop/themes");
    find_own(places->state, "XDG_STATE_HOME", ".local/state", "worktop/state.json");
    find_themes(places->themes);
}

struct wt_theme_places wt_places_themes(const struct wt_places *places) {
    return (struct wt_theme_places){{places->own_themes[0] != '\0' ? places->own_themes : NULL,
                                     places->themes[0] != '\0' ? places->themes : NULL}};
}
