/* store_file.c - the file of a store: options, a new inode, the reservation, health. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "shm/mapping.h"
#include "shm/new_file.h"
#include "shm/store_private.h"

struct wt_store_options wt_store_defaults(const char *path) {
    return (struct wt_store_options){
        .path = path,
        .size_bytes = WT_STORE_DEFAULT_PAGES * (uint64_t)wt_page_bytes(),
        .segment_bytes = WT_STORE_DEFAULT_SEGMENT_BYTES,
        .growth_factor = WT_STORE_DEFAULT_GROWTH_FACTOR,
        .max_bytes = WT_STORE_DEFAULT_MAX_BYTES,
        .mode = WT_STORE_DEFAULT_MODE,
        .gid = (gid_t)-1,
    };
}

/* Checks every rule and works out the sizes, before anything is touched. */
static wt_status check_options(const struct wt_store_options *options, uint64_t *size_bytes,
                               uint64_t *max_bytes, struct wt_error *err) {
    unsigned long long segment = options->segment_bytes;
    if (options->path == NULL || options->path[0] == '\0')
        return wt_fail(err, WT_EINVAL, "the store's path is empty");
    if (segment == 0 || segment % 8 != 0 || segment > (1U << 30))
        return wt_fail(err, WT_EINVAL,
                       "segment size %llu: it must be a multiple of 8 from 8 to 1 GiB, such as 512",
                       segment);
    if (!isfinite(options->growth_factor) || options->growth_factor <= 1.0)
        return wt_fail(err, WT_EINVAL,
                       "growth factor %g: it must be a number above 1, such as 2 or 1.5",
                       options->growth_factor);
    if (options->size_bytes == 0 || !wt_page_round_up(options->size_bytes, size_bytes) ||
        *size_bytes > INT64_MAX)
        return wt_fail(err, WT_EINVAL, "store size %llu: it must be from 1 byte to 2^63 - 1",
                       (unsigned long long)options->size_bytes);
    if (segment > *size_bytes)
        return wt_fail(err, WT_EINVAL,
                       "segment size %llu is larger than the whole store (%llu bytes)", segment,
                       (unsigned long long)*size_bytes);
    *max_bytes = options->max_bytes / wt_page_bytes() * wt_page_bytes();
    if (*max_bytes < *size_bytes)
        return wt_fail(err, WT_EINVAL,
                       "maximum size %llu is smaller than the store's size of %llu bytes",
                       (unsigned long long)options->max_bytes, (unsigned long long)*size_bytes);
    if (*max_bytes > SIZE_MAX / 4 || *max_bytes / segment >= WT_SEGMENT_NONE)
        return wt_fail(err, WT_EINVAL,
                       "maximum size %llu with segments of %llu bytes: too many to count",
                       (unsigned long long)options->max_bytes, segment);
    return WT_OK;
}

static wt_status map_all(struct wt_store *store, struct wt_error *err) {
    store->reserve_bytes = (size_t)store->max_bytes;
    wt_status status = wt_mapping_reserve(store->reserve_bytes, &store->base, err);
    if (status == WT_OK)
        status = wt_mapping_place(store->base, (size_t)store->size_bytes, store->fd, 0, err);
    if (status == WT_OK)
        status = wt_guard_add(store->base, store->reserve_bytes, &store->guard, err);
    void *records = NULL;
    void *states = NULL;
    if (status == WT_OK)
        status = wt_mapping_lazy(store->max_segments * sizeof *store->records, &records, err);
    store->records = records;
    if (status == WT_OK)
        status = wt_mapping_lazy(store->max_segments, &states, err);
    store->states = states;
    return status;
}

static wt_status build(struct wt_store *store, const struct wt_store_options *options,
                       struct wt_error *err) {
    struct wt_new_file file;
    wt_status status = wt_new_file_make(&file,
                                        &(struct wt_new_file_options){
                                            .what = "store",
                                            .path = options->path,
                                            .mode = options->mode,
                                            .gid = options->gid,
                                            .size_bytes = store->size_bytes,
                                        },
                                        err);
    if (status != WT_OK)
        return status;
    store->fd = file.fd;
    store->device = file.device;
    store->inode = file.inode;
    struct statfs fs;
    store->counts_blocks = fstatfs(store->fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
    status = map_all(store, err);
    if (status == WT_OK)
        status = wt_new_file_publish(&file, err);
    if (status == WT_OK) {
        store->path = file.path;
        file.path = NULL;
        file.fd = -1;
    } else {
        store->fd = -1;
    }
    wt_new_file_discard(&file);
    return status;
}

wt_status wt_store_create(struct wt_store **out, const struct wt_store_options *options,
                          struct wt_error *err) {
    *out = NULL;
    uint64_t size_bytes = 0;
    uint64_t max_bytes = 0;
    wt_status status = check_options(options, &size_bytes, &max_bytes, err);
    if (status != WT_OK)
        return status;
    struct wt_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot create the store %s: out of memory", options->path);
    store->fd = -1;
    store->guard = WT_GUARD_NONE;
    store->size_bytes = size_bytes;
    store->max_bytes = max_bytes;
    store->segment_bytes = (uint32_t)options->segment_bytes;
    store->growth_factor = options->growth_factor;
    store->max_segments = (size_t)(max_bytes / options->segment_bytes);
    store->unclean = WT_SEGMENT_NONE;
    status = build(store, options, err);
    if (status != WT_OK) {
        wt_store_close(store);
        return status;
    }
    wt_store_append_fresh(store, 0, (uint32_t)(size_bytes / store->segment_bytes));
    *out = store;
    return WT_OK;
}

void wt_store_close(struct wt_store *store) {
    if (store == NULL)
        return;
    for (uint32_t i = 0; i < store->counts.segments; i++) {
        if (store->states[i] == WT_STORE_ALLOCATED)
            wt_schema_unref(store->records[i].schema);
    }
    wt_owners_fini(&store->owners);
    wt_guard_remove(store->guard);
    wt_mapping_unmap(store->base, store->reserve_bytes);
    wt_mapping_unmap(store->records, store->max_segments * sizeof *store->records);
    wt_mapping_unmap(store->states, store->max_segments);
    if (store->fd >= 0)
        close(store->fd);
    free(store->path);
    free(store);
}

void wt_store_unlink(const struct wt_store *store) {
    if (wt_file_is_at(store->path, store->device, store->inode))
        unlink(store->path);
}

bool wt_store_is_broken(const struct wt_store *store) {
    return store->loss != NULL || wt_guard_is_broken(store->guard);
}

bool wt_store_is_readable(const struct wt_store *store) {
    return !store->cut && !wt_guard_is_broken(store->guard);
}

static const char truncated[] = "was truncated underneath";
static const char removed[] = "was removed underneath";
static const char replaced[] = "was replaced underneath";

/* The file is shorter than it was, or (on a tmpfs, where all of its space is reserved) some of it
 * went away although it is as long as before. */
static bool is_cut(const struct wt_store *store) {
    struct stat st;
    if (fstat(store->fd, &st) != 0)
        return false;
    return (uint64_t)st.st_size < store->size_bytes ||
           (store->counts_blocks && (uint64_t)st.st_blocks * 512 < store->size_bytes);
}

static const char *find_loss(struct wt_store *store) {
    if (wt_guard_is_broken(store->guard))
        return truncated;
    store->cut = is_cut(store);
    if (store->cut)
        return truncated;
    if (wt_file_is_at(store->path, store->device, store->inode))
        return NULL;
    return errno == ENOENT || errno == ENOTDIR ? removed : replaced;
}

wt_status wt_store_check(struct wt_store *store, struct wt_error *err) {
    if (store->loss == NULL) {
        store->loss = find_loss(store);
        if (store->loss != NULL)
            snprintf(store->problem, sizeof store->problem, "the store %.120s %s", store->path,
                     store->loss);
    } else if (!store->cut) { /* removed, and still read: it may be truncated all the same */
        store->cut = is_cut(store);
    }
    return store->loss == NULL ? WT_OK : wt_fail(err, WT_EDEAD, "%s", store->problem);
}

const char *wt_store_loss(const struct wt_store *store) {
    return store->loss == NULL ? "" : store->loss;
}

const char *wt_store_problem(const struct wt_store *store) {
    if (store->loss == NULL && wt_guard_is_broken(store->guard))
        return "the store was truncated underneath";
    return store->problem;
}

bool wt_store_is_in_use(const char *path, const struct wt_store *but) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return false;
    struct stat st;
    bool other =
        fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (but == NULL || (uint64_t)st.st_dev != but->device || (uint64_t)st.st_ino != but->inode);
    bool in_use = other && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return in_use;
}
