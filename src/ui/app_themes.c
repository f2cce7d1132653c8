/* Which theme, and the next one: the files of the theme directory in name order, or the built-in
 * one when there are none. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/app_state.h"

enum { MOST_BROKEN = 64 };

static void set_theme(struct wt_app *app, const struct wt_theme *theme) {
    app->theme = *theme;
    if (app->few_colours)
        wt_theme_basic(&app->theme);
    if (app->colourless)
        wt_theme_mono(&app->theme);
}

static bool is_theme_file(const char *name) {
    size_t length = strlen(name);
    return length > 5 && name[0] != '.' && strcmp(name + length - 5, ".json") == 0;
}

/* The name after `current` in the directory (the first one after the last), without ".json". False
 * when there is no theme at all. */
static bool next_name(const char *directory, const char *current, char *out, size_t size) {
    DIR *dir = opendir(directory);
    if (!dir)
        return false;
    char first[NAME_MAX + 1] = "", next[NAME_MAX + 1] = "";
    const struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (!is_theme_file(entry->d_name))
            continue;
        char name[NAME_MAX + 1];
        snprintf(name, sizeof name, "%.*s", (int)strlen(entry->d_name) - 5, entry->d_name);
        if (!first[0] || strcmp(name, first) < 0)
            memcpy(first, name, sizeof first);
        if (strcmp(name, current) > 0 && (!next[0] || strcmp(name, next) < 0))
            memcpy(next, name, sizeof next);
    }
    closedir(dir);
    snprintf(out, size, "%s", next[0] ? next : first); /* out may be current */
    return first[0] != '\0';
}

static wt_status load(const struct wt_app *app, const char *name, struct wt_theme *out,
                      struct wt_error *err) {
    char path[WT_PATH_SIZE];
    if (strchr(name, '/'))
        return wt_theme_load(out, name, err);
    if (!app->theme_directory)
        return wt_fail(err, WT_ENOENT, "theme \"%s\": there is no directory of themes", name);
    int length = snprintf(path, sizeof path, "%s/%s.json", app->theme_directory, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return wt_fail(err, WT_ERANGE, "theme \"%s\": the path is too long", name);
    return wt_theme_load(out, path, err);
}

wt_status wt_app_theme_named(struct wt_app *app, const char *name, struct wt_error *err) {
    struct wt_theme theme;
    wt_theme_default(&theme);
    wt_status status = WT_OK;
    if (name && strcmp(name, theme.name) != 0) {
        status = load(app, name, &theme, err);
        if (status != WT_OK)
            return status;
        if (!strchr(name, '/')) /* the file's name is what one asks for, and what is next to it */
            snprintf(theme.name, sizeof theme.name, "%s", name);
    }
    set_theme(app, &theme);
    return status;
}

void wt_app_theme_next(struct wt_app *app) {
    if (app->colourless || app->few_colours) {
        wt_app_message(app, WT_SEVERITY_INFO, "this terminal has %s colours: no other theme",
                       app->colourless ? "no" : "too few");
        return;
    }
    char name[NAME_MAX + 1], start[NAME_MAX + 1];
    struct wt_error err;
    struct wt_theme theme;
    int failures = 0;
    snprintf(start, sizeof start, "%s", app->theme.name);
    snprintf(name, sizeof name, "%s", start);
    /* A broken file is named and passed over. */
    while (app->theme_directory && next_name(app->theme_directory, name, name, sizeof name) &&
           strcmp(name, start) != 0) {
        if (load(app, name, &theme, &err) != WT_OK) {
            if (failures == 0)
                wt_app_message(app, WT_SEVERITY_WARN, "%s", err.text);
            if (++failures > MOST_BROKEN)
                return;
            continue;
        }
        snprintf(theme.name, sizeof theme.name, "%.*s", (int)sizeof theme.name - 1, name);
        set_theme(app, &theme);
        if (failures == 0)
            wt_app_message(app, WT_SEVERITY_INFO, "theme %s", app->theme.name);
        return;
    }
    if (failures == 0)
        wt_app_message(app, WT_SEVERITY_INFO, "there is only this theme: %s", start);
}
