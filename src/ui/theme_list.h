/* theme_list.h - the themes that there are: files of the person's directory, files of ours, and
 * those that are compiled in.
 *
 * A theme is asked for by the name of its file without ".json". Of equal names the person's own
 * wins, then the file, then what is compiled in (worktop-dark and mono, so that there is a theme
 * even without any file).
 *
 * Threads: one owner.
 */
#ifndef WT_UI_THEME_LIST_H
#define WT_UI_THEME_LIST_H

#include <limits.h>

#include "ui/theme.h"

enum { WT_THEME_DIRECTORIES = 2 };

/* Where files are looked for, the first directory first; NULL: not at all. Borrowed. */
struct wt_theme_places {
    const char *directories[WT_THEME_DIRECTORIES]; /* the person's own, ours */
};

struct wt_theme_entry {
    char name[NAME_MAX + 1];
    int directory;         /* index into the places; -1: compiled in */
    struct wt_theme theme; /* when error.status is WT_OK */
    struct wt_error error; /* what is wrong with the file */
};

struct wt_theme_list {
    struct wt_theme_entry *entries; /* owned; by name */
    size_t count;
};

/* Reads all of them. A file that is broken is in the list, with its error. WT_ENOMEM; a directory
 * that is not there has no files. */
enum { WT_THEME_LIST_MOST = 256 }; /* further files are left out */
wt_status wt_theme_list_read(struct wt_theme_list *list, const struct wt_theme_places *places,
                             struct wt_error *err);
void wt_theme_list_fini(struct wt_theme_list *list);

/*
 * One theme by its name, or by its path (a name with a '/'). *theme is unchanged on failure.
 *   WT_ENOENT  there is none: the error names the nearest one and the directories
 *   others     as wt_theme_load
 */
wt_status wt_theme_find(struct wt_theme *theme, const struct wt_theme_places *places,
                        const char *name, struct wt_error *err);

#endif /* WT_UI_THEME_LIST_H */
