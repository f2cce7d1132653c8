/* segment_map.c - a worker's view of its segment (mapping.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shm/mapping.h"

static bool is_same_file(const struct stat *st, const struct wt_segment_map *map) {
    return (uint64_t)st->st_dev == map->device && (uint64_t)st->st_ino == map->inode;
}

/* Opens what may be anything: O_NONBLOCK keeps a pipe from holding us. */
static wt_status open_store(const char *path, uint64_t size_bytes, uint64_t offset, int *out_fd,
                            struct stat *st, struct wt_error *err) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return wt_fail_errno(err, errno, "cannot open the store %s", path);
    wt_status status = WT_OK;
    if (fstat(fd, st) != 0)
        status = wt_fail_errno(err, errno, "cannot look at the store %s", path);
    else if (!S_ISREG(st->st_mode))
        status = wt_fail(err, WT_EINVAL, "the store %s is no regular file", path);
    else if (offset > (uint64_t)st->st_size || size_bytes > (uint64_t)st->st_size - offset)
        status = wt_fail(err, WT_ERANGE,
                         "a segment of %llu bytes at offset %llu passes the end of %s (%lld bytes)",
                         (unsigned long long)size_bytes, (unsigned long long)offset, path,
                         (long long)st->st_size);
    if (status != WT_OK) {
        close(fd);
        return status;
    }
    *out_fd = fd;
    return WT_OK;
}

static wt_status check_announcement(const char *path, uint64_t size_bytes, uint64_t offset,
                                    struct wt_error *err) {
    if (path == NULL || path[0] != '/')
        return wt_fail(err, WT_EINVAL, "the path of the store, \"%s\", is not absolute",
                       path == NULL ? "" : path);
    if (size_bytes < 8 || size_bytes > SIZE_MAX / 4)
        return wt_fail(err, WT_EINVAL, "a segment of %llu bytes cannot hold a value",
                       (unsigned long long)size_bytes);
    if (offset % 8 != 0)
        return wt_fail(err, WT_EINVAL,
                       "the segment's offset %llu is no multiple of 8, as atomic counters need",
                       (unsigned long long)offset);
    return WT_OK;
}

wt_status wt_segment_map_open(const char *path, uint64_t size_bytes, uint64_t offset,
                              struct wt_segment_map *out, struct wt_error *err) {
    wt_status status = check_announcement(path, size_bytes, offset, err);
    if (status != WT_OK)
        return status;
    int fd = -1;
    struct stat st;
    status = open_store(path, size_bytes, offset, &fd, &st, err);
    if (status != WT_OK)
        return status;

    size_t page = wt_page_bytes();
    uint64_t below = offset / page * page;
    size_t map_bytes = (size_t)((offset - below + size_bytes + page - 1) / page * page);
    void *address = mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)below);
    if (address == MAP_FAILED) {
        status = wt_fail_errno(err, errno, "cannot map the store %s", path);
        goto fail_close;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        status = wt_fail(err, WT_ENOMEM, "cannot keep the path %s: out of memory", path);
        goto fail_unmap;
    }
    wt_guard_handle guard;
    status = wt_guard_add(address, map_bytes, &guard, err);
    if (status != WT_OK)
        goto fail_free;
    *out = (struct wt_segment_map){
        .map = address,
        .map_bytes = map_bytes,
        .data = (unsigned char *)address + (offset - below),
        .size_bytes = (size_t)size_bytes,
        .offset = offset,
        .device = (uint64_t)st.st_dev,
        .inode = (uint64_t)st.st_ino,
        .path = copy,
        .fd = fd,
        .guard = guard,
    };
    return WT_OK;

fail_free:
    free(copy);
fail_unmap:
    munmap(address, map_bytes);
fail_close:
    close(fd);
    return status;
}

bool wt_segment_map_is_at(const struct wt_segment_map *map, const char *path, uint64_t size_bytes,
                          uint64_t offset) {
    struct stat st;
    return map->map != NULL && !map->frozen && offset == map->offset &&
           size_bytes == map->size_bytes && stat(path, &st) == 0 && is_same_file(&st, map);
}

bool wt_segment_map_is_broken(const struct wt_segment_map *map) {
    return map->map != NULL && wt_guard_is_broken(map->guard);
}

bool wt_segment_map_is_cut(const struct wt_segment_map *map, uint64_t *left_bytes) {
    struct stat st;
    *left_bytes = map->size_bytes;
    if (map->map == NULL || map->frozen || map->fd < 0 || fstat(map->fd, &st) != 0 ||
        !is_same_file(&st, map) || (uint64_t)st.st_size >= map->offset + map->size_bytes)
        return false;
    uint64_t end = (uint64_t)st.st_size;
    *left_bytes = end > map->offset ? end - map->offset : 0;
    return true;
}

/* The very file again: our descriptor if it is still ours, else by its path. -1: lost. */
static int find_file(struct wt_segment_map *map) {
    struct stat st;
    if (map->fd >= 0 && fstat(map->fd, &st) == 0 && is_same_file(&st, map))
        return map->fd;
    map->fd = -1; /* closed behind our back: the number may be somebody else's by now */
    int fd = open(map->path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &st) == 0 && is_same_file(&st, map)) {
        map->fd = fd;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Stores a word back as it is. Not by adding 0: compilers know that this changes nothing, and clang
 * makes a plain load of it. A compare-and-swap stays one, and always stores in the end. */
static void store_back(uint64_t *word) {
    uint64_t value = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(word, &value, value, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
    }
}

/* Writes to one word of each page: that makes the kernel copy the page, so that what is in it does
 * not follow the file any more. */
static void force_copies(struct wt_segment_map *map) {
    size_t page = wt_page_bytes();
    store_back((uint64_t *)(void *)map->data);
    for (size_t at = page; at < map->map_bytes; at += page)
        store_back((uint64_t *)(void *)(map->map + at));
}

static wt_status copy_through_anonymous(struct wt_segment_map *map, struct wt_error *err) {
    void *copy =
        mmap(NULL, map->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return wt_fail_errno(err, errno, "cannot copy the segment of %s", map->path);
    memcpy(copy, map->map, map->map_bytes);
    if (mremap(copy, map->map_bytes, map->map_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, map->map) ==
        MAP_FAILED) {
        int number = errno;
        munmap(copy, map->map_bytes);
        return wt_fail_errno(err, number, "cannot move a copy of the segment of %s", map->path);
    }
    return WT_OK;
}

/* The raw system call: ThreadSanitizer takes the library's mmap for a write to all of the pages,
 * and reports every thread that counts meanwhile, which is the very thing that is allowed here. */
static bool replace_by_private(const struct wt_segment_map *map, int fd, uint64_t below) {
#ifdef SYS_mmap2
    long got = syscall(SYS_mmap2, map->map, map->map_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_FIXED, fd, (long)(below / 4096));
#else
    long got = syscall(SYS_mmap, map->map, map->map_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_FIXED, fd, (long)below);
#endif
    return got != -1;
}

wt_status wt_segment_map_freeze(struct wt_segment_map *map, struct wt_error *err) {
    if (map->map == NULL || map->frozen)
        return WT_OK;
    int fd = find_file(map);
    if (fd < 0) {
        wt_status status = copy_through_anonymous(map, err);
        if (status != WT_OK)
            return status;
    } else {
        uint64_t below = map->offset / wt_page_bytes() * wt_page_bytes();
        if (!replace_by_private(map, fd, below))
            return wt_fail_errno(err, errno, "cannot make the segment of %s private", map->path);
        force_copies(map);
        close(fd);
    }
    map->fd = -1;
    map->frozen = true;
    return WT_OK;
}

void wt_segment_map_retire(struct wt_segment_map *map) {
    if (map->map != NULL && map->fd >= 0)
        close(map->fd);
    free(map->path);
    memset(map, 0, sizeof *map);
}

void wt_segment_map_close(struct wt_segment_map *map) {
    if (map->map != NULL) {
        wt_guard_remove(map->guard);
        munmap(map->map, map->map_bytes);
    }
    wt_segment_map_retire(map);
}
