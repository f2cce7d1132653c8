#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/bytes.h"

/*
 * Linear probing. A removed entry leaves no tombstone: the entries behind it move up, so that
 * lookups stay short however often keys come and go.
 */

enum { FIRST_CAPACITY = 16 };

__extension__ typedef unsigned __int128 uint128;

/* Folds the 128-bit product of two words: every bit of the input reaches every bit of the result.
 */
static inline uint64_t fold(uint64_t a, uint64_t b) {
    uint128 product = (uint128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t mix(uint64_t key, uint64_t seed) {
    return fold(fold(key ^ UINT64_C(0x9e3779b97f4a7c15), seed | 1) ^ seed,
                UINT64_C(0xd6e8feb86659fd93));
}

static inline size_t home_of(const struct wt_map *map, uint64_t key) {
    return (size_t)mix(key, map->seed) & (map->capacity - 1);
}

static uint64_t random_seed(void) {
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed = mix((uint64_t)now.tv_nsec, (uint64_t)(uintptr_t)&seed);
    }
    return seed;
}

void wt_map_fini(struct wt_map *map) {
    free(map->entries);
    *map = (struct wt_map){0};
}

/* The place of key, or the empty place where it would go. Needs capacity > 0. */
static size_t find(const struct wt_map *map, uint64_t key) {
    size_t at = home_of(map, key);
    while (map->entries[at].value != NULL && map->entries[at].key != key)
        at = (at + 1) & (map->capacity - 1);
    return at;
}

void *wt_map_get(const struct wt_map *map, uint64_t key) {
    return map->count > 0 ? map->entries[find(map, key)].value : NULL;
}

static bool grow(struct wt_map *map) {
    if (map->capacity > SIZE_MAX / 2)
        return false;
    struct wt_map next = {.capacity = map->capacity > 0 ? map->capacity * 2 : FIRST_CAPACITY,
                          .count = map->count,
                          .seed = map->capacity > 0 ? map->seed : random_seed()};
    next.entries = calloc(next.capacity, sizeof *next.entries);
    if (next.entries == NULL)
        return false;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].value != NULL)
            next.entries[find(&next, map->entries[i].key)] = map->entries[i];
    }
    free(map->entries);
    *map = next;
    return true;
}

bool wt_map_put(struct wt_map *map, uint64_t key, void *value) {
    size_t at = 0;
    if (map->capacity > 0) {
        at = find(map, key);
        if (map->entries[at].value != NULL) {
            map->entries[at].value = value;
            return true;
        }
    }
    if (map->count + 1 > map->capacity / 4 * 3) {
        if (!grow(map))
            return false;
        at = find(map, key);
    }
    map->entries[at] = (struct wt_map_entry){.key = key, .value = value};
    map->count++;
    return true;
}

void *wt_map_remove(struct wt_map *map, uint64_t key) {
    if (map->count == 0)
        return NULL;
    size_t mask = map->capacity - 1;
    size_t hole = find(map, key);
    void *value = map->entries[hole].value;
    if (value == NULL)
        return NULL;
    for (size_t at = (hole + 1) & mask; map->entries[at].value != NULL; at = (at + 1) & mask) {
        size_t home = home_of(map, map->entries[at].key);
        if (((at - home) & mask) >= ((at - hole) & mask)) { /* it may move up into the hole */
            map->entries[hole] = map->entries[at];
            hole = at;
        }
    }
    map->entries[hole] = (struct wt_map_entry){0};
    map->count--;
    return value;
}

const struct wt_map_entry *wt_map_next(const struct wt_map *map, size_t *cursor) {
    while (*cursor < map->capacity) {
        const struct wt_map_entry *entry = &map->entries[(*cursor)++];
        if (entry->value != NULL)
            return entry;
    }
    return NULL;
}

uint64_t wt_hash(const void *bytes, size_t length, uint64_t seed) {
    const unsigned char *at = bytes;
    uint64_t hash = mix(length, seed);
    for (size_t rest = length; rest > 0;) {
        uint64_t word = 0;
        size_t taken = rest < 8 ? rest : 8;
        if (taken == 8)
            word = wt_load_le64(at);
        else
            memcpy(&word, at, taken);
        hash = mix(word, hash);
        at += taken;
        rest -= taken;
    }
    return hash;
}
