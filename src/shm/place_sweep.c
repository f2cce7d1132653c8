/* place_sweep.c - what the killed have left: temporary places, and files that were being built.
 * Memory that nobody would ever give back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/place.h"

/* worktop-PID-XXXXXX, of a process that is gone. */
static bool is_left(const char *name) {
    long pid;
    int end = 0;
    return sscanf(name, "worktop-%9ld-%*6[A-Za-z0-9]%n", &pid, &end) == 1 && end > 0 &&
           name[end] == '\0' && pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* ---- files that were being built ---------------------------------------------------------- */

/* BASE.PID.new (new_file.h), of a process that is gone. */
static bool is_unfinished(const char *name, const char *base) {
    long pid;
    int end = 0;
    size_t length = strlen(base);
    return strncmp(name, base, length) == 0 &&
           sscanf(name + length, ".%9ld.new%n", &pid, &end) == 1 && end > 0 &&
           name[length + (size_t)end] == '\0' && pid > 0 && kill((pid_t)pid, 0) != 0 &&
           errno == ESRCH;
}

/* Its builder may live where we cannot see its pid: then it holds a lock on it. */
static void remove_unless_locked(int directory, const char *name) {
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(directory, name, 0);
    if (fd >= 0)
        close(fd);
}

void wt_place_sweep_unfinished(const char *path) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) + 2 > sizeof parent)
        return;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path + 1), path);
    DIR *entries = opendir(parent);
    if (entries == NULL)
        return;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        if (is_unfinished(entry->d_name, slash + 1))
            remove_unless_locked(dirfd(entries), entry->d_name);
    closedir(entries);
}

/* ---- temporary places --------------------------------------------------------------------- */

/* With the lock of the place held, which the kernel dropped when its holder died. */
static void empty(int directory, int parent, const char *path, const char *name) {
    static const char *const ours[] = {"supervisor.ipc",      "utilization.shm",
                                       "utilization.shm.dir", "recorders.shm",
                                       "recorders-wide.shm",  "lock"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        char building[PATH_MAX];
        snprintf(building, sizeof building, "%s/%s/%s", path, name, ours[i]);
        wt_place_sweep_unfinished(building);
        unlinkat(directory, ours[i], 0);
    }
    unlinkat(parent, name, AT_REMOVEDIR); /* stays when there is something that is not ours */
}

static void sweep_one(int parent, const char *path, const char *name) {
    struct stat st;
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        return;
    int lock = -1;
    if (fstat(directory, &st) == 0 && st.st_uid == geteuid())
        lock = openat(directory, "lock", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        empty(directory, parent, path, name);
    if (lock >= 0)
        close(lock);
    close(directory);
}

void wt_place_sweep(const char *parent) {
    DIR *entries = opendir(parent);
    if (entries == NULL)
        return;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        if (is_left(entry->d_name))
            sweep_one(dirfd(entries), parent, entry->d_name);
    closedir(entries);
}
