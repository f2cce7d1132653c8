/* store_private.h - what the files of the store share. Private to this room. */
#ifndef WT_SHM_STORE_PRIVATE_H
#define WT_SHM_STORE_PRIVATE_H

#include <assert.h>

#include "shm/guard.h"
#include "shm/owners.h"
#include "shm/store.h"

/*
 * What the monitor keeps of one segment. The array of these lies in lazily touched zero pages for
 * as many segments as the store can ever have, so it never moves.
 *
 * `link` makes the free queue: the segment after i is i + 1 + link (modulo 2^32). So zero bytes are
 * a run of segments in order, and a growth of a million segments is appended by writing one link:
 * O(1), and none of their pages is touched before its first use.
 */
struct wt_store_record {
    uint64_t owner;                 /* present, or last; meaningless while generation is 0 */
    const struct wt_schema *schema; /* one reference, NULL without */
    uint32_t link;
    uint32_t generation : 31;
    uint32_t dirty : 1; /* free, but a worker has written it */
};

/* 24 bytes: a walk through a million of them is bound by memory. */
static_assert(sizeof(struct wt_store_record) == 24, "no padding");

struct wt_store {
    char *path;
    int fd;
    uint64_t device, inode;
    unsigned char *base; /* reserve_bytes of addresses; the first size_bytes are the file */
    size_t reserve_bytes;
    uint64_t size_bytes;
    uint64_t max_bytes; /* whole pages */
    uint32_t segment_bytes;
    double growth_factor;
    wt_guard_handle guard;

    struct wt_store_record *records; /* max_segments */
    uint8_t *states;                 /* max_segments of enum wt_store_state */
    size_t max_segments;
    struct wt_owners owners;
    struct wt_store_counts counts;

    /* The free queue: counts.free segments from head to tail. All dirty ones are at or behind
     * `unclean`, WT_SEGMENT_NONE when none is dirty. */
    uint32_t head, tail, unclean;

    struct wt_store_resize_event resizes[WT_STORE_RESIZES]; /* a ring */
    uint64_t resize_total;                                  /* ever recorded */
    bool growing;                                           /* a growth job is under way */
    int64_t retry_ns;      /* monotonic time before which no growth is tried again */
    bool maximum_recorded; /* the history says already that the maximum is reached */
    bool counts_blocks;    /* a tmpfs: all blocks of the file are there, or it was truncated */
    const char *loss;      /* what wt_store_check found, NULL before */
    bool cut;              /* the file is shorter than the store: some values are zeros */
    char problem[224];     /* "" when all is well */
};

/* Appends segments [begin, end), never used yet, to the free queue, O(1). */
void wt_store_append_fresh(struct wt_store *store, uint32_t begin, uint32_t end);

/* Grows at once by the growth factor, for an allocation that found nothing. */
wt_status wt_store_grow_now(struct wt_store *store, struct wt_time now, struct wt_error *err);

static inline uint32_t wt_store_after(const struct wt_store *store, uint32_t segment) {
    return segment + 1 + store->records[segment].link;
}

static inline unsigned char *wt_store_bytes(const struct wt_store *store, uint32_t segment) {
    return store->base + (size_t)segment * store->segment_bytes;
}

#endif /* WT_SHM_STORE_PRIVATE_H */
