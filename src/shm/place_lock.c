/* place_lock.c - who holds a place, and what is left in it.
 *
 * The lock is flock(2) on a file that holds the pid of its holder, for people. The kernel drops it
 * when the holder dies, however it dies. A holder that leaves in good order removes the file while
 * it holds it, so whoever got the lock looks whether the path still leads to the file he locked.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/place.h"
#include "shm/store.h"

enum { LOCK_TRIES = 100 };

static pid_t read_holder(int fd) {
    char text[32];
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    long pid = strtol(text, NULL, 10);
    return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static bool is_still_at(int fd, const char *path) {
    struct stat by_fd;
    struct stat by_path;
    return fstat(fd, &by_fd) == 0 && stat(path, &by_path) == 0 && by_fd.st_dev == by_path.st_dev &&
           by_fd.st_ino == by_path.st_ino;
}

/* The last holder of a default place may just be removing its directory: then it is made again, and
 * somebody else may have been faster. */
static wt_status ensure_directory(const struct wt_place *place, struct wt_error *err) {
    struct stat st;
    if (mkdir(place->directory, place->directory_mode) != 0 && errno != EEXIST)
        return wt_fail_errno(err, errno, "cannot make %s", place->directory);
    if (lstat(place->directory, &st) != 0)
        return wt_fail_errno(err, errno, "cannot look at %s", place->directory);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        return wt_fail(err, WT_EACCESS, "%s is not a directory of user %lu any more",
                       place->directory, (unsigned long)geteuid());
    return WT_OK;
}

static wt_status open_lock(const struct wt_place *place, const char *path, int *out,
                           struct wt_error *err) {
    wt_status status = place->is_default ? ensure_directory(place, err) : WT_OK;
    if (status != WT_OK)
        return status;
    *out = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*out < 0)
        return wt_fail_errno(err, errno, "cannot open the lock %s", path);
    return WT_OK;
}

static wt_status write_holder(int fd, const char *path, struct wt_error *err) {
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        return wt_fail_errno(err, errno, "cannot write the lock %s", path);
    return WT_OK;
}

/* `what` is what the lock protects, for the message. */
static wt_status take(const struct wt_place *place, const char *path, const char *what, int *out,
                      pid_t *holder, pid_t *before, struct wt_error *err) {
    for (int i = 0; i < LOCK_TRIES; i++) {
        int fd = -1;
        wt_status status = open_lock(place, path, &fd, err);
        if (status == WT_ENOENT && place->is_default)
            continue; /* somebody removed the empty directory in between */
        if (status != WT_OK)
            return status;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int number = errno;
            pid_t pid = read_holder(fd);
            close(fd);
            if (number == EINTR)
                continue;
            if (number != EWOULDBLOCK)
                return wt_fail_errno(err, number, "cannot lock %s", path);
            if (holder != NULL)
                *holder = pid;
            return wt_fail(err, WT_EBUSY, "a monitor (process %ld) holds %s already", (long)pid,
                           what);
        }
        if (!is_still_at(fd, path)) {
            close(fd);
            continue;
        }
        *before = read_holder(fd); /* who leaves in good order takes the file along */
        status = write_holder(fd, path, err);
        if (status != WT_OK) {
            unlink(path); /* a full disk: nothing of ours stays */
            close(fd);
            return status;
        }
        *out = fd;
        return WT_OK;
    }
    return wt_fail(err, WT_EBUSY, "the lock %s changes hands all the time", path);
}

/* An explicit store may be named by monitors of two places: it has a lock of its own. */
static char *store_lock_path(const struct wt_place *place) {
    char *path;
    return asprintf(&path, "%s.lock", place->files[WT_PLACE_STORE]) < 0 ? NULL : path;
}

wt_status wt_place_lock(struct wt_place *place, pid_t *holder, struct wt_error *err) {
    if (holder != NULL)
        *holder = 0;
    pid_t before = 0, ignored;
    wt_status status = take(place, place->files[WT_PLACE_LOCK], place->files[WT_PLACE_SOCKET],
                            &place->lock_fd, holder, &before, err);
    place->is_after_crash = before != 0;
    if (status != WT_OK || !place->has_explicit_store)
        return status;
    char *path = store_lock_path(place);
    if (path == NULL)
        status =
            wt_fail(err, WT_ENOMEM, "cannot lock %s: out of memory", place->files[WT_PLACE_STORE]);
    else
        status = take(place, path, place->files[WT_PLACE_STORE], &place->store_lock_fd, holder,
                      &ignored, err);
    free(path);
    if (status != WT_OK) {
        unlink(place->files[WT_PLACE_LOCK]);
        close(place->lock_fd);
        place->lock_fd = -1;
    }
    return status;
}

/* ---- what is left behind ----------------------------------------------------------------- */

static const enum wt_place_file stores[] = {
    WT_PLACE_STORE,
    WT_PLACE_STORE_DIRECTORY,
    WT_PLACE_RECORDERS,
    WT_PLACE_RECORDERS_WIDE,
};

enum { STORES = sizeof stores / sizeof stores[0] };

static char *previous_path(const char *path) {
    char *out;
    return asprintf(&out, "%s.previous", path) < 0 ? NULL : out;
}

static bool is_there(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0;
}

static bool has_previous(const char *path) {
    char *previous = previous_path(path);
    bool there = previous != NULL && is_there(previous);
    free(previous);
    return there;
}

static wt_status rename_to_previous(const char *path, struct wt_error *err) {
    char *previous = previous_path(path);
    if (previous == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot rename %s: out of memory", path);
    wt_status status = WT_OK;
    if (rename(path, previous) != 0)
        status = wt_fail_errno(err, errno, "cannot rename %s to %s", path, previous);
    free(previous);
    return status;
}

/* Renames it, or with `removes` removes it. */
static wt_status set_file_aside(const char *path, bool removes, struct wt_error *err) {
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? WT_OK : wt_fail_errno(err, errno, "cannot look at %s", path);
    if (!S_ISREG(st.st_mode))
        return wt_fail(err, WT_EINVAL, "%s is no regular file: it cannot make way for a store",
                       path);
    if (wt_store_is_in_use(path, NULL)) /* by a monitor of whatever place */
        return wt_fail(err, WT_EBUSY,
                       "the store %s belongs to a monitor that runs: end it, or name another path",
                       path);
    if (!removes)
        return rename_to_previous(path, err);
    return unlink(path) == 0 ? WT_OK : wt_fail_errno(err, errno, "cannot remove %s", path);
}

wt_status wt_place_set_aside(struct wt_place *place, struct wt_error *err) {
    assert(place->lock_fd >= 0);
    const char *directory = place->files[WT_PLACE_STORE_DIRECTORY];
    bool was_complete = is_there(directory);
    bool keeps = !was_complete && place->is_after_crash && has_previous(directory);
    for (size_t i = 0; i < STORES; i++) {
        wt_place_sweep_unfinished(place->files[stores[i]]);
        wt_status status = set_file_aside(place->files[stores[i]], keeps, err);
        if (status != WT_OK)
            return status;
    }
    place->has_previous = was_complete || keeps;
    return WT_OK;
}

bool wt_place_is_ours(const struct wt_place *place) {
    const char *path = place->files[WT_PLACE_LOCK];
    return place->lock_fd >= 0 &&
           (is_still_at(place->lock_fd, path) || (access(path, F_OK) != 0 && errno == ENOENT));
}

static void unlink_previous(const char *path) {
    char *previous = previous_path(path);
    if (previous != NULL)
        unlink(previous);
    free(previous);
}

/* The directory file last: with it the generation is complete again. */
static void restore_previous(const struct wt_place *place) {
    static const enum wt_place_file order[] = {WT_PLACE_STORE, WT_PLACE_RECORDERS,
                                               WT_PLACE_RECORDERS_WIDE, WT_PLACE_STORE_DIRECTORY};
    for (size_t i = 0; i < STORES; i++) {
        const char *path = place->files[order[i]];
        char *previous = previous_path(path);
        if (previous != NULL)
            (void)rename(previous, path);
        free(previous);
    }
}

static bool is_socket(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

void wt_place_abandon(struct wt_place *place) {
    assert(place->lock_fd >= 0);
    char *store_lock = place->store_lock_fd < 0 ? NULL : store_lock_path(place);
    if (store_lock != NULL)
        unlink(store_lock);
    free(store_lock);
    unlink(place->files[WT_PLACE_LOCK]);
    if (place->is_default || place->is_temporary)
        rmdir(place->directory); /* stays when a previous generation is kept in it */
}

void wt_place_remove(struct wt_place *place) {
    assert(place->lock_fd >= 0);
    if (!wt_place_is_ours(place))
        return;
    if (is_socket(place->files[WT_PLACE_SOCKET]))
        unlink(place->files[WT_PLACE_SOCKET]);
    for (size_t i = 0; i < STORES; i++) {
        unlink(place->files[stores[i]]);
        if (place->is_temporary)
            unlink_previous(place->files[stores[i]]);
    }
    if (place->gives_back && place->has_previous)
        restore_previous(place);
    wt_place_abandon(place);
}

void wt_place_close(struct wt_place *place) {
    if (place->directory != NULL && place->lock_fd >= 0)
        close(place->lock_fd);
    if (place->directory != NULL && place->store_lock_fd >= 0)
        close(place->store_lock_fd);
    for (int i = 0; i < WT_PLACE_FILE_COUNT; i++)
        free(place->files[i]);
    free(place->directory);
    memset(place, 0, sizeof *place);
    place->lock_fd = -1;
    place->store_lock_fd = -1;
}
