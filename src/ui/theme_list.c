#include "ui/theme_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/nearest.h"

static const struct {
    const char *name;
    void (*make)(struct wt_theme *theme);
} compiled_in[] = {{"worktop-dark", wt_theme_default}, {"mono", wt_theme_mono}};

enum { COMPILED_IN = sizeof compiled_in / sizeof *compiled_in };

/* The file's name is what one asks for, so it is what the theme is called. */
static void name_theme(struct wt_theme *theme, const char *name) {
    snprintf(theme->name, sizeof theme->name, "%.*s", (int)sizeof theme->name - 1, name);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool is_theme_file(const char *name) {
    size_t length = strlen(name);
    return length > 5 && name[0] != '.' && strcmp(name + length - 5, ".json") == 0;
}

static bool has_name(const struct wt_theme_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].name, name) == 0)
            return true;
    return false;
}

/* A new entry of this name, NULL when there is one already, or no room for more. */
static struct wt_theme_entry *add(struct wt_theme_list *list, const char *name, size_t length) {
    struct wt_theme_entry *entry = &list->entries[list->count];
    if (list->count == WT_THEME_LIST_MOST || length > NAME_MAX)
        return NULL;
    memcpy(entry->name, name, length);
    entry->name[length] = '\0';
    if (has_name(list, entry->name))
        return NULL;
    entry->error = (struct wt_error){.status = WT_OK};
    list->count++;
    return entry;
}

static void add_directory(struct wt_theme_list *list, const char *directory, int index) {
    DIR *dir = directory ? opendir(directory) : NULL;
    const struct dirent *found;
    while (dir && (found = readdir(dir))) {
        char path[PATH_MAX];
        struct wt_theme_entry *entry = is_theme_file(found->d_name)
                                           ? add(list, found->d_name, strlen(found->d_name) - 5)
                                           : NULL;
        if (!entry)
            continue;
        entry->directory = index;
        int length = snprintf(path, sizeof path, "%s/%s", directory, found->d_name);
        if (length < 0 || (size_t)length >= sizeof path)
            wt_fail(&entry->error, WT_ERANGE, "theme \"%s\": the path is too long", entry->name);
        else if (wt_theme_load(&entry->theme, path, &entry->error) == WT_OK)
            name_theme(&entry->theme, entry->name);
    }
    if (dir)
        closedir(dir);
}

static int by_name(const void *a, const void *b) {
    const struct wt_theme_entry *left = a, *right = b;
    return strcmp(left->name, right->name);
}

wt_status wt_theme_list_read(struct wt_theme_list *list, const struct wt_theme_places *places,
                             struct wt_error *err) {
    *list = (struct wt_theme_list){.entries = calloc(WT_THEME_LIST_MOST, sizeof *list->entries)};
    if (!list->entries)
        return wt_fail(err, WT_ENOMEM, "listing the themes: out of memory");
    for (int i = 0; i < WT_THEME_DIRECTORIES; i++)
        add_directory(list, places->directories[i], i);
    for (size_t i = 0; i < COMPILED_IN; i++) {
        struct wt_theme_entry *entry = add(list, compiled_in[i].name, strlen(compiled_in[i].name));
        if (!entry)
            continue;
        entry->directory = -1;
        compiled_in[i].make(&entry->theme);
    }
    qsort(list->entries, list->count, sizeof *list->entries, by_name);
    struct wt_theme_entry *fewer =
        realloc(list->entries, list->count * sizeof *list->entries); /* at least the two */
    list->entries = fewer ? fewer : list->entries;
    return WT_OK;
}

void wt_theme_list_fini(struct wt_theme_list *list) {
    free(list->entries);
    *list = (struct wt_theme_list){0};
}

/* ---- one of them ----------------------------------------------------------------------------- */

static wt_status unknown(const struct wt_theme_places *places, const char *name,
                         struct wt_error *err) {
    struct wt_theme_list list;
    char hint[NAME_MAX + 32] = "";
    size_t best = SIZE_MAX;
    if (wt_theme_list_read(&list, places, err) != WT_OK)
        return WT_ENOMEM;
    for (size_t i = 0; i < list.count; i++)
        if (wt_is_nearer(name, strlen(name), list.entries[i].name, &best))
            snprintf(hint, sizeof hint, "; did you mean %s?", list.entries[i].name);
    const char *own = places->directories[0], *ours = places->directories[1];
    wt_fail(err, WT_ENOENT, "theme \"%s\": there is no %s.json in %s%s%s%s", name, name,
            own ? own : "", own && ours ? " or " : "",
            ours  ? ours
            : own ? ""
                  : "any directory of themes",
            hint);
    wt_theme_list_fini(&list);
    return WT_ENOENT;
}

wt_status wt_theme_find(struct wt_theme *theme, const struct wt_theme_places *places,
                        const char *name, struct wt_error *err) {
    char path[PATH_MAX];
    if (strchr(name, '/'))
        return wt_theme_load(theme, name, err);
    for (int i = 0; i < WT_THEME_DIRECTORIES; i++) {
        if (!places->directories[i])
            continue;
        int length = snprintf(path, sizeof path, "%s/%s.json", places->directories[i], name);
        if (length < 0 || (size_t)length >= sizeof path)
            return wt_fail(err, WT_ERANGE, "theme \"%s\": the path is too long", name);
        if (access(path, F_OK) != 0)
            continue;
        wt_status status = wt_theme_load(theme, path, err);
        if (status == WT_OK)
            name_theme(theme, name);
        return status;
    }
    for (size_t i = 0; i < COMPILED_IN; i++)
        if (strcmp(compiled_in[i].name, name) == 0) {
            compiled_in[i].make(theme);
            return WT_OK;
        }
    return unknown(places, name, err);
}
