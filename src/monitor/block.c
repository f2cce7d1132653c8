#include "monitor/block.h"

#include <stdlib.h>

struct wt_block *wt_block_create(size_t bytes) {
    size_t mask = WT_BLOCK_ALIGNMENT - 1;
    if (bytes > SIZE_MAX / 2)
        return NULL;
    size_t rounded = (bytes + mask) & ~mask;
    struct wt_block *block = aligned_alloc(WT_BLOCK_ALIGNMENT, sizeof *block + rounded);
    if (block != NULL)
        *block = (struct wt_block){.references = 1, .bytes = rounded};
    return block;
}

struct wt_block *wt_block_ref(struct wt_block *block) {
    if (block != NULL)
        __atomic_fetch_add(&block->references, 1, __ATOMIC_RELAXED);
    return block;
}

void wt_block_unref(struct wt_block *block) {
    if (block == NULL || __atomic_fetch_sub(&block->references, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    if (block->release != NULL)
        block->release(block);
    free(block);
}

static bool is_ours_alone(const struct wt_block *block) {
    return __atomic_load_n(&block->references, __ATOMIC_ACQUIRE) == 1;
}

struct wt_block *wt_block_pool_take(struct wt_block_pool *pool, size_t bytes) {
    size_t place = WT_BLOCK_POOL;
    for (size_t i = 0; i < WT_BLOCK_POOL; i++) {
        struct wt_block *block = pool->blocks[i];
        if (block == NULL || !is_ours_alone(block)) {
            place = place == WT_BLOCK_POOL && block == NULL ? i : place;
            continue;
        }
        if (block->bytes >= bytes)
            return wt_block_ref(block);
        wt_block_unref(block);
        pool->blocks[i] = NULL;
        place = i;
    }
    if (place == WT_BLOCK_POOL) {
        place = pool->next++ % WT_BLOCK_POOL;
        wt_block_unref(pool->blocks[place]);
    }
    pool->blocks[place] = wt_block_create(bytes);
    return wt_block_ref(pool->blocks[place]);
}

void wt_block_pool_fini(struct wt_block_pool *pool) {
    for (size_t i = 0; i < WT_BLOCK_POOL; i++)
        wt_block_unref(pool->blocks[i]);
    *pool = (struct wt_block_pool){0};
}
