/* map.h - a hash map from 64-bit keys to pointers.
 *
 * Open addressing, O(1) expected for put, get and remove, never more than 3/4 full. Keys are mixed
 * with a random seed, so that nobody outside can choose keys that collide. Values are borrowed.
 *
 * Threads: one owner.
 */
#ifndef WT_BASE_MAP_H
#define WT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wt_map_entry {
    uint64_t key;
    void *value; /* NULL: the place is empty */
};

/* A map of all zero bytes is valid and empty. */
struct wt_map {
    struct wt_map_entry *entries; /* owned; capacity of them, a power of two */
    size_t capacity;
    size_t count;
    uint64_t seed;
};

void wt_map_fini(struct wt_map *map);

/* NULL when the key is absent. */
void *wt_map_get(const struct wt_map *map, uint64_t key);

/* Adds or replaces. value must not be NULL. False, and the map unchanged, when there is no memory.
 */
bool wt_map_put(struct wt_map *map, uint64_t key, void *value);

/* Removes and returns the value, NULL when the key was absent. */
void *wt_map_remove(struct wt_map *map, uint64_t key);

/*
 * The next entry at or after *cursor (start with 0) in no particular order; NULL at the end. The
 * map must not be changed in between.
 */
const struct wt_map_entry *wt_map_next(const struct wt_map *map, size_t *cursor);

/* A 64-bit hash of bytes under `seed`, good enough for tables; not for secrets. */
uint64_t wt_hash(const void *bytes, size_t length, uint64_t seed);

#endif /* WT_BASE_MAP_H */
