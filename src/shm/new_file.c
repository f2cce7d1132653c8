#include "shm/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "shm/mapping.h"

/* A file of our own beside the path: O_EXCL, so that no file and no link of others is written. */
static wt_status fill(struct wt_new_file *file, const struct wt_new_file_options *options,
                      struct wt_error *err) {
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    file->fd = open(file->building, flags, 0600);
    if (file->fd < 0 && errno == EEXIST && unlink(file->building) == 0) /* of one that crashed */
        file->fd = open(file->building, flags, 0600);
    if (file->fd < 0)
        return wt_fail_errno(err, errno, "cannot create the %s %s", file->what, file->path);
    struct stat st;
    if (fstat(file->fd, &st) != 0)
        return wt_fail_errno(err, errno, "cannot look at the %s %s", file->what, file->path);
    file->device = (uint64_t)st.st_dev;
    file->inode = (uint64_t)st.st_ino;
    flock(file->fd, LOCK_EX | LOCK_NB); /* nobody else can hold it yet */
    if (options->gid != (gid_t)-1 && fchown(file->fd, (uid_t)-1, options->gid) != 0)
        return wt_fail_errno(err, errno, "cannot give the %s %s to group %lu", file->what,
                             file->path, (unsigned long)options->gid);
    if (fchmod(file->fd, options->mode & 0777) != 0)
        return wt_fail_errno(err, errno, "cannot set mode %04o of the %s %s",
                             (unsigned)options->mode & 0777, file->what, file->path);
    return wt_file_extend(file->fd, 0, options->size_bytes, file->path, err);
}

static wt_status name(struct wt_new_file *file, const char *path, struct wt_error *err) {
    char absolute[PATH_MAX];
    wt_status status = wt_path_absolute(path, absolute, err);
    if (status != WT_OK)
        return status;
    file->path = strdup(absolute);
    if (asprintf(&file->building, "%s.%ld.new", absolute, (long)getpid()) < 0)
        file->building = NULL;
    if (file->path == NULL || file->building == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot name the %s %s: out of memory", file->what,
                       absolute);
    struct stat st;
    if (lstat(file->path, &st) == 0 && S_ISDIR(st.st_mode))
        return wt_fail(err, WT_EINVAL, "cannot create the %s %s: a directory is there", file->what,
                       file->path);
    return WT_OK;
}

wt_status wt_new_file_make(struct wt_new_file *out, const struct wt_new_file_options *options,
                           struct wt_error *err) {
    struct wt_new_file file = {.what = options->what, .fd = -1};
    wt_status status = name(&file, options->path, err);
    if (status == WT_OK)
        status = fill(&file, options, err);
    if (status == WT_OK)
        *out = file;
    else
        wt_new_file_discard(&file);
    return status;
}

wt_status wt_new_file_publish(struct wt_new_file *file, struct wt_error *err) {
    if (rename(file->building, file->path) != 0)
        return wt_fail_errno(err, errno, "cannot put the %s at %s", file->what, file->path);
    free(file->building);
    file->building = NULL;
    return WT_OK;
}

void wt_new_file_discard(struct wt_new_file *file) {
    if (file->fd >= 0 && file->building != NULL)
        unlink(file->building);
    if (file->fd >= 0)
        close(file->fd);
    free(file->building);
    free(file->path);
    *file = (struct wt_new_file){.fd = -1};
}

bool wt_file_is_at(const char *path, uint64_t device, uint64_t inode) {
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    errno = 0;
    return (uint64_t)st.st_dev == device && (uint64_t)st.st_ino == inode;
}
