/* new_file.h - a new file beside a path, renamed over it when it is complete.
 *
 *     make:    PATH.<pid>.new, a new inode, its space reserved, locked (flock) by us
 *     publish: rename over PATH: whoever has the old file mapped keeps that
 *     discard: nothing is left, an old file at PATH is as it was
 *
 * The lock on the file itself says that its monitor lives (wt_place_set_aside asks); the kernel
 * drops it when the last descriptor is closed.
 *
 * Threads: plain data, one owner.
 */
#ifndef WT_SHM_NEW_FILE_H
#define WT_SHM_NEW_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

struct wt_new_file_options {
    const char *what; /* for messages: "store" */
    const char *path; /* made absolute */
    mode_t mode;      /* whatever the umask */
    gid_t gid;        /* (gid_t)-1: leave it */
    uint64_t size_bytes;
};

struct wt_new_file {
    const char *what; /* borrowed */
    char *path;       /* owned, absolute; may be taken (set it to NULL) */
    char *building;   /* owned; NULL once published */
    int fd;           /* owned; may be taken (set it to -1) */
    uint64_t device, inode;
};

/*
 * WT_EINVAL: a directory is at the path; WT_EFULL: no space on the file system; others: a system
 * call failed; the text names path and cause. Nothing is left then, and *out needs no discard.
 */
wt_status wt_new_file_make(struct wt_new_file *out, const struct wt_new_file_options *options,
                           struct wt_error *err);

/* Renames it over the path. */
wt_status wt_new_file_publish(struct wt_new_file *file, struct wt_error *err);

/* Closes and frees what was not taken; removes the file unless it was published. */
void wt_new_file_discard(struct wt_new_file *file);

/* Whether the path leads to this very file; false with errno when it leads to none. */
bool wt_file_is_at(const char *path, uint64_t device, uint64_t inode);

#endif /* WT_SHM_NEW_FILE_H */
