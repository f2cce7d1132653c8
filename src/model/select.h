/* select.h - the value that would be at some place if the keys were sorted, without sorting them.
 *
 * Counts the keys in up to WT_SELECT_BUCKETS buckets of equal width, finds the bucket of the place,
 * and goes on with the keys of that bucket alone. Each round narrows the range of the keys by the
 * number of buckets, so that the work is bounded by count * 64 / log2(buckets) whatever the keys
 * are; two rounds are usual, one is enough where they are few distinct numbers close together.
 *
 * Pure functions. Threads: none shared.
 */
#ifndef WT_MODEL_SELECT_H
#define WT_MODEL_SELECT_H

#include <stddef.h>
#include <stdint.h>

enum { WT_SELECT_BUCKET_BITS = 10, WT_SELECT_BUCKETS = 1 << WT_SELECT_BUCKET_BITS };

/* The key at place `rank` (0: the smallest) of count > rank keys. Destroys the array. */
uint64_t wt_select(uint64_t *keys, size_t count, size_t rank);

/* The width of buckets, as a shift, for so many keys that are at most `range` apart: so few buckets
 * that clearing them costs less than looking at the keys. range >> shift < WT_SELECT_BUCKETS. */
unsigned wt_select_shift(uint64_t range, size_t count);

/* How many counts are looked at together: tables of them are cleared up to a multiple of it. */
enum { WT_SELECT_BLOCK = 16 };

static inline size_t wt_select_padded(size_t buckets) {
    return (buckets + WT_SELECT_BLOCK - 1) & ~(size_t)(WT_SELECT_BLOCK - 1);
}

/* The bucket in which the place is; *rank becomes the place within it. The counts must add up to
 * more than *rank. */
size_t wt_select_bucket(const uint32_t *counts, size_t *rank);

/* The places (0: the smallest) of nearest-rank percentiles among count > 0 values. */
static inline size_t wt_select_p50(size_t count) {
    return (count - 1) / 2;
}

static inline size_t wt_select_p95(size_t count) {
    return (95 * count + 99) / 100 - 1;
}

#endif /* WT_MODEL_SELECT_H */
