/* store_view.c - a store file as a viewer maps it: read-only, and only the one that the directory
 * describes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/directory.h"
#include "shm/guard.h"
#include "shm/mapping.h"

#define ULL(x) ((unsigned long long)(x))

enum { SEGMENT_BYTES_MAX = 1 << 30 }; /* as wt_store_create has it */

struct wt_store_view {
    int fd;
    unsigned char *base;
    size_t map_bytes;
    uint32_t segment_bytes;
    uint64_t segment_count;
    wt_guard_handle guard;
};

/* What the directory says of the store, checked as far as it can be by itself. */
static wt_status read_geometry(const struct wt_directory_view *view, unsigned store,
                               struct wt_shared_store_record *record, struct wt_error *err) {
    const char *path = wt_directory_view_path(view);
    wt_status status = wt_directory_view_store(view, store, record);
    if (status != WT_OK)
        return wt_fail(err, status, "%s says nothing of store %u: %s", path, store,
                       wt_status_text(status));
    if (record->segment_bytes == 0 || record->segment_bytes % 8 != 0 ||
        record->segment_bytes > SEGMENT_BYTES_MAX || record->size_bytes == 0 ||
        record->size_bytes > SIZE_MAX / 4 ||
        record->segment_count > record->size_bytes / record->segment_bytes)
        return wt_fail(err, WT_EFORMAT,
                       "the directory file %s is broken: store %u has %llu segments of %llu bytes "
                       "in %llu bytes",
                       path, store, ULL(record->segment_count), ULL(record->segment_bytes),
                       ULL(record->size_bytes));
    return WT_OK;
}

/* Opens the path if it leads to the very file of the record. The path may be anybody's word: what
 * is no file is not even opened, as opening alone does something to some devices. */
static wt_status open_store(const char *path, const struct wt_shared_store_record *record, int *out,
                            struct wt_error *err) {
    struct stat st;
    bool is_file = stat(path, &st) != 0 || S_ISREG(st.st_mode);
    int fd = is_file ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (!is_file)
        return wt_fail(err, WT_EEXIST, "another file is at %s (mode %o), not the store", path,
                       (unsigned)st.st_mode);
    if (fd < 0)
        return wt_fail_errno(err, errno, "cannot open the store %s", path);
    wt_status status = WT_OK;
    if (fstat(fd, &st) != 0)
        status = wt_fail_errno(err, errno, "cannot look at the store %s", path);
    else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_dev != record->device ||
             (uint64_t)st.st_ino != record->inode)
        status = wt_fail(err, WT_EEXIST,
                         "another file is at %s (inode %llu), not the store with inode %llu", path,
                         ULL(st.st_ino), ULL(record->inode));
    else if ((uint64_t)st.st_size < record->size_bytes)
        status = wt_fail(err, WT_EDEAD, "the store %s was truncated to %lld of its %llu bytes",
                         path, (long long)st.st_size, ULL(record->size_bytes));
    if (status == WT_OK)
        *out = fd;
    else
        close(fd);
    return status;
}

/* Where the directory says; else where the next monitor has put it. The first answer counts. */
static wt_status find_store(const struct wt_directory_view *view, unsigned store,
                            const struct wt_shared_store_record *record, int *out,
                            struct wt_error *err) {
    char key[32];
    char previous[PATH_MAX];
    snprintf(key, sizeof key, "store.%u", store);
    const char *path = wt_directory_view_fact(view, key);
    if (path[0] != '/')
        return wt_fail(err, WT_ENOENT, "%s does not say where store %u is",
                       wt_directory_view_path(view), store);
    wt_status status = open_store(path, record, out, err);
    if (status != WT_ENOENT && status != WT_EEXIST)
        return status;
    int length = snprintf(previous, sizeof previous, "%s.previous", path);
    if (length < (int)sizeof previous && open_store(previous, record, out, NULL) == WT_OK)
        return WT_OK;
    return status;
}

wt_status wt_store_view_open(struct wt_store_view **out, const struct wt_directory_view *view,
                             unsigned store, const char *path, struct wt_error *err) {
    struct wt_shared_store_record record;
    *out = NULL;
    wt_status status = read_geometry(view, store, &record, err);
    if (status != WT_OK)
        return status;
    struct wt_store_view *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot open store %u: out of memory", store);
    opened->fd = -1;
    opened->guard = WT_GUARD_NONE;
    opened->segment_bytes = (uint32_t)record.segment_bytes;
    opened->segment_count = record.segment_count;
    status = path != NULL ? open_store(path, &record, &opened->fd, err)
                          : find_store(view, store, &record, &opened->fd, err);
    if (status == WT_OK)
        status = wt_mapping_file(opened->fd, (size_t)record.size_bytes, false, &opened->base, err);
    if (status == WT_OK) {
        opened->map_bytes = (size_t)record.size_bytes;
        status = wt_guard_add(opened->base, opened->map_bytes, &opened->guard, err);
    }
    if (status == WT_OK)
        *out = opened;
    else
        wt_store_view_close(opened);
    return status;
}

void wt_store_view_close(struct wt_store_view *view) {
    if (view == NULL)
        return;
    wt_guard_remove(view->guard);
    wt_mapping_unmap(view->base, view->map_bytes);
    if (view->fd >= 0)
        close(view->fd);
    free(view);
}

const unsigned char *wt_store_view_segment(const struct wt_store_view *view, uint64_t segment) {
    return segment < view->segment_count ? view->base + segment * view->segment_bytes : NULL;
}

uint64_t wt_store_view_segment_count(const struct wt_store_view *view) {
    return view->segment_count;
}

uint32_t wt_store_view_segment_bytes(const struct wt_store_view *view) {
    return view->segment_bytes;
}

bool wt_store_view_is_readable(const struct wt_store_view *view) {
    struct stat st;
    return !wt_guard_is_broken(view->guard) &&
           (fstat(view->fd, &st) != 0 || (uint64_t)st.st_size >= view->map_bytes);
}
