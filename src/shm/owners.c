#include "shm/owners.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_IDS = 32 };

struct wt_owners_block {
    union {
        uint64_t number;              /* id / BLOCK_IDS */
        struct wt_owners_block *next; /* in the list of empty ones */
    };
    uint32_t used;
    uint32_t segments[BLOCK_IDS]; /* WT_SEGMENT_NONE: none */
};

void wt_owners_fini(struct wt_owners *owners) {
    size_t cursor = 0;
    const struct wt_map_entry *entry;
    while ((entry = wt_map_next(&owners->blocks, &cursor)) != NULL)
        free(entry->value);
    wt_map_fini(&owners->blocks);
    while (owners->spare != NULL) {
        struct wt_owners_block *next = owners->spare->next;
        free(owners->spare);
        owners->spare = next;
    }
    memset(owners, 0, sizeof *owners);
}

static struct wt_owners_block *find(const struct wt_owners *owners,
                                    struct wt_owners_block *remembered, uint64_t number) {
    if (remembered != NULL && remembered->number == number)
        return remembered;
    return wt_map_get(&owners->blocks, number);
}

static void put_aside(struct wt_owners *owners, struct wt_owners_block *block) {
    block->next = owners->spare;
    owners->spare = block;
}

static struct wt_owners_block *add_block(struct wt_owners *owners, uint64_t number) {
    struct wt_owners_block *block = owners->spare;
    if (block != NULL)
        owners->spare = block->next;
    else
        block = malloc(sizeof *block);
    if (block == NULL)
        return NULL;
    block->number = number;
    block->used = 0;
    memset(block->segments, 0xff, sizeof block->segments);
    if (!wt_map_put(&owners->blocks, number, block)) {
        put_aside(owners, block);
        return NULL;
    }
    return block;
}

static void drop_block(struct wt_owners *owners, struct wt_owners_block *block) {
    wt_map_remove(&owners->blocks, block->number);
    if (owners->put == block)
        owners->put = NULL;
    if (owners->remove == block)
        owners->remove = NULL;
    put_aside(owners, block);
}

uint32_t wt_owners_get(const struct wt_owners *owners, uint64_t id) {
    const struct wt_owners_block *block = find(owners, owners->put, id / BLOCK_IDS);
    return block == NULL ? WT_SEGMENT_NONE : block->segments[id % BLOCK_IDS];
}

bool wt_owners_put(struct wt_owners *owners, uint64_t id, uint32_t segment, bool *taken) {
    struct wt_owners_block *block = find(owners, owners->put, id / BLOCK_IDS);
    *taken = block != NULL && block->segments[id % BLOCK_IDS] != WT_SEGMENT_NONE;
    if (*taken)
        return false;
    if (block == NULL)
        block = add_block(owners, id / BLOCK_IDS);
    if (block == NULL)
        return false;
    block->segments[id % BLOCK_IDS] = segment;
    block->used++;
    owners->put = block;
    owners->count++;
    return true;
}

uint32_t wt_owners_remove(struct wt_owners *owners, uint64_t id) {
    struct wt_owners_block *block = find(owners, owners->remove, id / BLOCK_IDS);
    if (block == NULL)
        return WT_SEGMENT_NONE;
    uint32_t segment = block->segments[id % BLOCK_IDS];
    owners->remove = block;
    if (segment == WT_SEGMENT_NONE)
        return segment;
    block->segments[id % BLOCK_IDS] = WT_SEGMENT_NONE;
    owners->count--;
    if (--block->used == 0)
        drop_block(owners, block);
    return segment;
}
