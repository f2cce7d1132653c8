#include "cli/remember.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"

enum { MOST_BYTES = 1 << 16 };

static void complain(const char *path, const char *why) {
    wt_log(WT_LOG_WARN, "screen", "%s: %s: what it remembers is not used", path, why);
}

/* ------------------------------------------------------------------------------- reading ---- */

/* False when there is no file, or none that is ours; why is in the log. */
static bool read_file(const char *path, struct wt_buffer *out) {
    struct stat found;
    char piece[4096];
    ssize_t length = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        if (errno != ENOENT) {
            complain(path, strerror(errno));
        }
        return false;
    }
    const char *problem = NULL;
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
        problem = "is no regular file";
    } else if (found.st_uid != geteuid()) {
        problem = "belongs to somebody else";
    } else if (found.st_size > MOST_BYTES) {
        problem = "is larger than 64 KiB";
    }
    while (problem == NULL && out->length <= MOST_BYTES &&
           (length = read(fd, piece, sizeof piece)) > 0) {
        wt_buffer_append(out, piece, (size_t)length);
    }
    if (problem == NULL && (length < 0 || out->failed)) {
        problem = "cannot be read";
    }
    close(fd);
    if (problem != NULL) {
        complain(path, problem);
    }
    return problem == NULL;
}

void wt_remember_load(const char *path, struct wt_app *app) {
    struct wt_buffer text = {0};
    struct wt_error err;
    if (path[0] != '\0' && read_file(path, &text) &&
        wt_app_recall(app, path, wt_buffer_text(&text), text.length, &err) != WT_OK) {
        wt_log(WT_LOG_WARN, "screen", "%s: it is not used", err.text);
    }
    wt_buffer_fini(&text);
}

/* ------------------------------------------------------------------------------- writing ---- */

/* A program that was started with sudo must not leave files of root in somebody's home. */
static bool is_ours(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid();
}

/* Makes the directory of `path` and those above it that are missing, in directories of ours. */
static bool make_directory(const char *path) {
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL || slash == directory) {
        return false;
    }
    *slash = '\0';
    if (access(directory, F_OK) == 0) {
        return is_ours(directory);
    }
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%s", directory);
    slash = strrchr(above, '/');
    if (slash == NULL || slash == above) {
        return false;
    }
    *slash = '\0';
    bool usable = access(above, F_OK) == 0 ? is_ours(above) : make_directory(directory);
    return usable && (mkdir(directory, 0700) == 0 || errno == EEXIST);
}

static bool write_whole(int fd, const struct wt_buffer *text) {
    for (size_t done = 0; done < text->length;) {
        ssize_t length = write(fd, text->data + done, text->length - done);
        if (length < 0 && errno != EINTR) {
            return false;
        }
        done += length > 0 ? (size_t)length : 0;
    }
    return fsync(fd) == 0;
}

/* Beside it first, then in its place: a reader sees the old file or the new one. */
static bool replace_file(const char *path, const struct wt_buffer *text) {
    char beside[PATH_MAX];
    int length = snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    unlink(beside); /* of a process that had our number and died */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return false;
    }
    bool good = write_whole(fd, text);
    good = close(fd) == 0 && good;
    good = good && rename(beside, path) == 0;
    if (!good) {
        int number = errno;
        unlink(beside);
        errno = number;
    }
    return good;
}

void wt_remember_save(const char *path, const struct wt_app *app) {
    struct wt_buffer text = {0}, before = {0};
    struct stat found;
    if (path[0] == '\0') {
        return;
    }
    bool is_there = lstat(path, &found) == 0;
    bool readable = is_there && read_file(path, &before);
    wt_app_remember(app, &text);
    bool same = readable && before.length == text.length &&
                memcmp(wt_buffer_text(&before), wt_buffer_text(&text), text.length) == 0;
    bool foreign = is_there && (!S_ISREG(found.st_mode) || found.st_uid != geteuid());
    if (!text.failed && !same && !foreign) {
        errno = EACCES;
        if (!make_directory(path) || !replace_file(path, &text)) {
            wt_log(WT_LOG_WARN, "screen", "%s: cannot be written: %s", path, strerror(errno));
        }
    }
    wt_buffer_fini(&text);
    wt_buffer_fini(&before);
}
