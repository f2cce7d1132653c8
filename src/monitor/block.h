/* block.h - reference counted memory that snapshots share.
 *
 * A block is written by its maker before it is published and never afterwards. A pool keeps a few
 * blocks of one kind: the maker takes one that nobody else holds any more, so that a tick at steady
 * state allocates nothing.
 *
 * Threads: a pool has one owner; references may be dropped by any thread. A count of one means that
 * only the pool holds the block, and only the owner can hand out another reference then.
 */
#ifndef WT_MONITOR_BLOCK_H
#define WT_MONITOR_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WT_BLOCK_ALIGNMENT = 64, WT_BLOCK_POOL = 6 };

struct wt_block {
    _Alignas(WT_BLOCK_ALIGNMENT) uint32_t references; /* atomic */
    size_t bytes;                                     /* usable, after the struct */
    void (*release)(struct wt_block *block);          /* before the memory goes; may be NULL */
};

/* At least `bytes`, one reference, not initialised. NULL without memory. */
struct wt_block *wt_block_create(size_t bytes);
struct wt_block *wt_block_ref(struct wt_block *block); /* NULL stays NULL */
void wt_block_unref(struct wt_block *block);           /* NULL is fine */

static inline void *wt_block_data(struct wt_block *block) {
    return block + 1;
}

/* All zero bytes: empty. */
struct wt_block_pool {
    struct wt_block *blocks[WT_BLOCK_POOL];
    unsigned next; /* the place that a new block takes when all are held */
};

/* A block of at least `bytes` that nobody reads, one reference for the caller; its bytes are
 * whatever they were. NULL without memory. */
struct wt_block *wt_block_pool_take(struct wt_block_pool *pool, size_t bytes);
void wt_block_pool_fini(struct wt_block_pool *pool);

#endif /* WT_MONITOR_BLOCK_H */
