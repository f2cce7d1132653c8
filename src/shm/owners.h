/* owners.h - which segment a worker has: ids to segment indexes.
 *
 * Ids are any 64-bit numbers, but those of one monitor come in order. Ids are therefore kept in
 * blocks of 32 neighbours behind one hash map: a run of ids touches the map once in 32, and the
 * block last used is remembered for each direction. Private to this room.
 *
 * Threads: one owner.
 */
#ifndef WT_SHM_OWNERS_H
#define WT_SHM_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

#define WT_SEGMENT_NONE UINT32_MAX

struct wt_owners_block;

/* All zero bytes: empty. */
struct wt_owners {
    struct wt_map blocks;           /* id / 32 -> struct wt_owners_block, owned */
    struct wt_owners_block *put;    /* last one put into, NULL */
    struct wt_owners_block *remove; /* last one removed from, NULL */
    struct wt_owners_block *spare;  /* empty ones, a list: kept, as the next crowd needs them */
    size_t count;
};

void wt_owners_fini(struct wt_owners *owners);

/* WT_SEGMENT_NONE when the id has none. */
uint32_t wt_owners_get(const struct wt_owners *owners, uint64_t id);

/* Adds. False, and nothing changed, when the id has one already (*taken is true then) or when there
 * is no memory. segment is not WT_SEGMENT_NONE. */
bool wt_owners_put(struct wt_owners *owners, uint64_t id, uint32_t segment, bool *taken);

/* Removes; WT_SEGMENT_NONE when the id had none. */
uint32_t wt_owners_remove(struct wt_owners *owners, uint64_t id);

#endif /* WT_SHM_OWNERS_H */
