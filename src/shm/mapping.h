/* mapping.h - files in memory: reserving addresses, mapping into them, and the worker's segment.
 *
 * The client room may not include <sys/mman.h>; what it needs of mmap is here.
 *
 * A worker is told (path, size, offset) and maps the whole pages around [offset, offset + size),
 * as the Ruby gem does:
 *
 *     page below offset                                          page above offset + size
 *     |--------------------|== the segment: bytes, size ==|---------------|
 *     ^ map                ^ map + (offset - page below)
 *
 * Freezing a map (a worker switches to another segment, or was forked) swaps these pages, at the
 * same address, for private copies of themselves: stores of late threads land in the copy, nobody
 * writes the file any more, and no add is lost. The pages stay mapped for ever after.
 *
 * Threads: a map belongs to one thread; the memory behind it may be used by any.
 */
#ifndef WT_SHM_MAPPING_H
#define WT_SHM_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "shm/guard.h"

/* The page size of this host. */
size_t wt_page_bytes(void);

/* value rounded up to a whole number of pages; false when that passes 2^64. */
bool wt_page_round_up(uint64_t value, uint64_t *out);

/*
 * Reserves addresses without memory: nothing may touch them before wt_mapping_place. WT_ENOMEM
 * when the address space is limited (ulimit -v).
 */
wt_status wt_mapping_reserve(size_t length, unsigned char **out, struct wt_error *err);

/* Maps [offset, offset + length) of fd, shared, for reading and writing, at exactly `address`
 * inside a reservation, over whatever is there. Whole pages only. */
wt_status wt_mapping_place(unsigned char *address, size_t length, int fd, uint64_t offset,
                           struct wt_error *err);

/* Maps the first `length` bytes of fd, shared, wherever there is room. Nothing of it is touched. */
wt_status wt_mapping_file(int fd, size_t length, bool writable, unsigned char **out,
                          struct wt_error *err);

/* Memory for arrays of up to `length` bytes, all zero, that costs only what is touched. */
wt_status wt_mapping_lazy(size_t length, void **out, struct wt_error *err);

void wt_mapping_unmap(void *address, size_t length); /* NULL is fine */

/*
 * Gives the file the space for [old_bytes, new_bytes), all zero, and its new size. fallocate(2)
 * only: on a full file system it fails with WT_EFULL and leaves the file as it was. WT_EDEAD when
 * the file is shorter than old_bytes. Takes time in proportion to the new bytes; any thread.
 */
wt_status wt_file_extend(int fd, uint64_t old_bytes, uint64_t new_bytes, const char *path,
                         struct wt_error *err);

/* Private home pages for counters that have no segment yet: `bytes`, zeroed, page aligned, until
 * the process ends or wt_mapping_unmap. */
wt_status wt_mapping_home(size_t bytes, void **out, struct wt_error *err);

/* One announced segment in this process. All zero bytes: none. */
struct wt_segment_map {
    unsigned char *map;  /* first page */
    size_t map_bytes;    /* whole pages */
    unsigned char *data; /* the segment: map + (offset - page below) */
    size_t size_bytes;   /* of the segment */
    uint64_t offset;     /* of the segment in the file */
    uint64_t device, inode;
    char *path; /* owned: where it was opened, to find the same file again */
    int fd;     /* kept for freezing; -1 once frozen */
    bool frozen;
    wt_guard_handle guard;
};

/*
 * Checks and maps an announced segment. Nothing about it is believed:
 *   WT_EINVAL  path is empty or relative, size is below 8, offset is no multiple of 8 (atomic
 *              counters need that), not a regular file
 *   WT_ERANGE  offset + size passes the end of the file (the pages would fault)
 *   WT_ENOENT, WT_EACCESS, WT_ESYS  the file cannot be opened or mapped
 * On success the guard watches the pages (installing the handler is the caller's business).
 */
wt_status wt_segment_map_open(const char *path, uint64_t size_bytes, uint64_t offset,
                              struct wt_segment_map *out, struct wt_error *err);

/* True when the path leads to the very file and offset that is mapped (and not frozen): then there
 * is nothing to switch. */
bool wt_segment_map_is_at(const struct wt_segment_map *map, const char *path, uint64_t size_bytes,
                          uint64_t offset);

/* True when the file was truncated underneath: the memory is private zeros by now. */
bool wt_segment_map_is_broken(const struct wt_segment_map *map);

/*
 * True when the file ends inside the segment, or before it: then the kernel has made zeros of what
 * lay behind *left_bytes of it, also on the last page of the file, where nothing faults. One system
 * call.
 */
bool wt_segment_map_is_cut(const struct wt_segment_map *map, uint64_t *left_bytes);

/*
 * Swaps the pages for private copies in place; every value is kept, adds of other threads that run
 * meanwhile included. Also what a forked child does, first thing, to all its maps, so that it
 * never writes its parent's segment. Idempotent. A map of all zero bytes is fine.
 *
 * It needs the file once more: by the descriptor that was kept, else (the program closed it) by
 * the path, if that still leads to the same file. When neither works it copies the pages through
 * anonymous memory: exact in a forked child, which has one thread; elsewhere an add that another
 * thread makes during the copy may be lost. WT_ESYS: the kernel refused; the pages are as before.
 */
wt_status wt_segment_map_freeze(struct wt_segment_map *map, struct wt_error *err);

/* Forgets a frozen map: closes the descriptor, frees the path. The pages and the guard stay, as
 * a preempted thread may still hold a pointer. The struct is all zero afterwards. */
void wt_segment_map_retire(struct wt_segment_map *map);

/* Unmaps: only when no thread can hold a pointer into it. The struct is all zero afterwards. */
void wt_segment_map_close(struct wt_segment_map *map);

#endif /* WT_SHM_MAPPING_H */
