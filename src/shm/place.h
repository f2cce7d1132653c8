/* place.h - where a monitor's files lie, who may open them, and who holds the place.
 *
 *     /run/worktop/                  0700     default place of root, if /run can be written
 *     $XDG_RUNTIME_DIR/worktop/      0700     of others, if set
 *     /dev/shm/worktop-UID/          0700     else
 *         lock                       held (flock) by the monitor, holds its pid
 *         supervisor.ipc             its socket
 *         utilization.shm            the segment store
 *         utilization.shm.dir        the directory file: who has which segment (directory.h)
 *         recorders.shm, recorders-wide.shm
 *         *.previous                 what a monitor that crashed left, one generation
 *
 * Order: an explicit socket path (--socket), then $WORKTOP_SOCKET, then the default place. With an
 * explicit socket the other files lie beside it: under the names above when it is called
 * supervisor.ipc, else prefixed with its name ("x.ipc.lock"), so that two never meet.
 *
 * A directory of the default place is never trusted by its name: it must be a real directory (no
 * symbolic link) that belongs to this user.
 *
 * Threads: plain data, one owner.
 */
#ifndef WT_SHM_PLACE_H
#define WT_SHM_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/status.h"

enum wt_place_file {
    WT_PLACE_LOCK,
    WT_PLACE_SOCKET,
    WT_PLACE_STORE,
    WT_PLACE_STORE_DIRECTORY, /* utilization.shm.dir */
    WT_PLACE_RECORDERS,
    WT_PLACE_RECORDERS_WIDE,
    WT_PLACE_FILE_COUNT
};

struct wt_place_options {
    const char *socket_path; /* --socket; NULL: $WORKTOP_SOCKET, then the default place */
    const char *store_path;  /* --store; NULL: in the place */
    mode_t file_mode;        /* of socket and stores; 0: 0600. The directory gets x where this has
                                r or w: 0660 opens it as 0770 */
    gid_t gid;               /* group of directory, socket and stores; (gid_t)-1: leave it */
    bool temporary;          /* a fresh private directory (for the demo); socket_path is ignored */
};

struct wt_place {
    char *directory;                  /* absolute */
    char *files[WT_PLACE_FILE_COUNT]; /* absolute, NULL never */
    mode_t file_mode, directory_mode;
    gid_t gid;
    bool is_default, is_temporary; /* a directory of ours: made, checked, chmodded and removed */
    bool has_explicit_store;       /* --store: it has a lock of its own beside it */
    bool is_after_crash;           /* wt_place_lock: the holder before did not leave by itself */
    bool has_previous;             /* wt_place_set_aside: what it left is complete, and set aside */
    bool gives_back;   /* set by a monitor that could not start: wt_place_remove puts back what was
                          set aside, for who looks at it and for the next monitor */
    int lock_fd;       /* -1 while not held */
    int store_lock_fd; /* of an explicit store, -1 without */
};

/*
 * Where a worker or a command finds the monitor's socket: the order above. In the default place
 * the first candidate directory that holds a socket counts, else the first that could be made. The
 * path need not exist yet (call again before each attempt). Absolute; out holds PATH_MAX bytes.
 *   WT_EINVAL  explicit path empty;  WT_ERANGE  a path longer than PATH_MAX
 *   WT_EACCESS the default place is a symbolic link, or belongs to somebody else
 */
wt_status wt_place_find_socket(const char *explicit_path, char *out, struct wt_error *err);

/* The name of another file of the place whose socket this is (absolute), when its store was not
 * named by --store. out holds PATH_MAX bytes; WT_ERANGE. */
wt_status wt_place_find_beside(const char *socket, enum wt_place_file file, char *out,
                               struct wt_error *err);

/*
 * For monitors: resolves all names, makes the directory (default and temporary places only), checks
 * it and sets its mode and group. On failure *out is untouched. Release with wt_place_close.
 */
wt_status wt_place_open(struct wt_place *out, const struct wt_place_options *options,
                        struct wt_error *err);

/*
 * Takes the lock and writes our pid into it. WT_EBUSY when another process holds it: the text says
 * which pid, *holder (may be NULL) too (0 when unknown). Released by the kernel when we die.
 */
wt_status wt_place_lock(struct wt_place *place, pid_t *holder, struct wt_error *err);

/*
 * Renames what an earlier monitor left (stores) to *.previous, replacing an older one. What one
 * left that was killed before its directory file was there is removed instead, if a complete
 * generation is kept already: that one is still to be taken over. WT_EBUSY when a monitor of
 * another place still uses one of them (--store). With the lock held.
 */
wt_status wt_place_set_aside(struct wt_place *place, struct wt_error *err);

/* Gives a place back as it was found: removes the lock and, when it is empty, a default or
 * temporary directory, and nothing else. With the lock held, before anything was set aside. */
void wt_place_abandon(struct wt_place *place);

/* Removes the temporary places of this user in `parent` whose makers were killed: their process is
 * gone, and their lock is free. wt_place_open does it before it makes a temporary place. */
void wt_place_sweep(const char *parent);

/* Removes the files that killed processes were building beside `path` (new_file.h). Done by
 * wt_place_set_aside for every file of the place. */
void wt_place_sweep_unfinished(const char *path);

/* False once somebody removed our lock and another monitor took the place over: with a lock of its
 * own, and files that have the names of ours. With the lock held. */
bool wt_place_is_ours(const struct wt_place *place);

/* A clean exit: removes files, lock and (default, temporary) directory. With the lock held. What
 * cannot be removed stays, and so does everything when the place is not ours any more. */
void wt_place_remove(struct wt_place *place);

/* Drops the lock, if held, and frees the names. Removes nothing. All zero bytes is fine. */
void wt_place_close(struct wt_place *place);

/* A warning for people when `path` lies on a disk file system, whose writeback may stall workers:
 * true and the sentence in out. False on tmpfs and its kind. */
bool wt_place_disk_warning(const char *path, char *out, size_t size);

#endif /* WT_SHM_PLACE_H */
