#include "model/select.h"

#include <string.h>

enum {
    FEW_KEYS = 24, /* are sorted */
    LEAST_BUCKET_BITS = 3,
    KEYS_PER_BUCKET_BITS = 1 /* where they are spread evenly */
};

static unsigned bits_of(uint64_t value) {
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

unsigned wt_select_shift(uint64_t range, size_t count) {
    unsigned buckets = bits_of(count);
    buckets = buckets > KEYS_PER_BUCKET_BITS ? buckets - KEYS_PER_BUCKET_BITS : 0;
    buckets = buckets < LEAST_BUCKET_BITS ? LEAST_BUCKET_BITS : buckets;
    buckets = buckets > WT_SELECT_BUCKET_BITS ? WT_SELECT_BUCKET_BITS : buckets;
    unsigned bits = bits_of(range);
    return bits > buckets ? bits - buckets : 0;
}

size_t wt_select_bucket(const uint32_t *counts, size_t *rank) {
    size_t bucket = 0;
    for (;; bucket += WT_SELECT_BLOCK) {
        uint32_t block = 0;
        for (size_t i = 0; i < WT_SELECT_BLOCK; i++)
            block += counts[bucket + i];
        if (block > *rank)
            break;
        *rank -= block;
    }
    while (counts[bucket] <= *rank)
        *rank -= counts[bucket++];
    return bucket;
}

static uint64_t sort_few(uint64_t *keys, size_t count, size_t rank) {
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
    return keys[rank];
}

uint64_t wt_select(uint64_t *keys, size_t count, size_t rank) {
    uint32_t counts[WT_SELECT_BUCKETS];
    while (count > FEW_KEYS) {
        uint64_t least = keys[0], most = keys[0];
        for (size_t i = 1; i < count; i++) {
            least = keys[i] < least ? keys[i] : least;
            most = keys[i] > most ? keys[i] : most;
        }
        unsigned shift = wt_select_shift(most - least, count);
        memset(counts, 0, wt_select_padded(((most - least) >> shift) + 1) * sizeof *counts);
        for (size_t i = 0; i < count; i++)
            counts[(keys[i] - least) >> shift]++;
        size_t bucket = wt_select_bucket(counts, &rank), kept = 0;
        if (shift == 0)
            return least + bucket;
        for (size_t i = 0; i < count; i++) { /* no branch: there is nothing to guess */
            uint64_t key = keys[i];
            keys[kept] = key;
            kept += (key - least) >> shift == bucket;
        }
        count = kept;
    }
    return sort_few(keys, count, rank);
}
