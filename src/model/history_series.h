/* history_series.h - one number over time, in two tiers (history.h). Room-internal.
 *
 * A tier is a ring of chunks, which are allocated when they are first needed:
 *
 *     seconds[(b / 240) % 16] -> { first second, 240 values }              15 full ones: an hour
 *     minutes[(m / 60) % 25]  -> { first minute, 60 of least, mean, most } 24 full ones: a day
 *
 * A chunk is recognised by its first bucket: one that is too old is cleared when its place in the
 * ring is needed again, and reading it before that gives NAN.
 */
#ifndef WT_MODEL_HISTORY_SERIES_H
#define WT_MODEL_HISTORY_SERIES_H

#include "model/history.h"

enum {
    WT_CHUNK_SECONDS = 240,
    WT_SECOND_CHUNKS = WT_HISTORY_SECONDS / WT_CHUNK_SECONDS + 1,
    WT_CHUNK_MINUTES = 60,
    WT_MINUTE_CHUNKS = WT_HISTORY_MINUTES / WT_CHUNK_MINUTES + 1
};

enum wt_look_rule { WT_LOOK_MEAN, WT_LOOK_LAST };

struct wt_minute_cell {
    float min, mean, max;
};

struct wt_second_chunk {
    int64_t first;
    float values[WT_CHUNK_SECONDS];
};

struct wt_minute_chunk {
    int64_t first;
    struct wt_minute_cell cells[WT_CHUNK_MINUTES];
};

/* All zero bytes: nothing was ever known. What each look needs lies together, in front. */
struct wt_series {
    struct wt_second_chunk *second_chunk; /* the one being filled, NULL without */
    struct wt_minute_chunk *minute_chunk;
    int64_t second_first, minute_first; /* of these */
    int64_t minute;                     /* being added up; meaningless while count is 0 */
    double sum;                         /* of its known seconds */
    uint32_t count;                     /* of them */
    uint32_t looks;                     /* averaged into the newest second */
    struct wt_second_chunk *seconds[WT_SECOND_CHUNKS]; /* owned, may be NULL */
    struct wt_minute_chunk *minutes[WT_MINUTE_CHUNKS];
};

/* Where the newest second and its minute are: the same for all series of one look. */
struct wt_slot_of {
    int64_t second, second_first, minute, minute_first;
    uint32_t second_place, second_index, minute_place, minute_index;
};

struct wt_slot_of wt_series_slot(int64_t bucket);

/*
 * Puts `value` into the seconds (begin, slot->second], the last of which may hold looks already.
 * NAN is what is not known: nothing is put. Adds what it allocates to *bytes. False without memory.
 */
bool wt_series_put(struct wt_series *series, int64_t begin, const struct wt_slot_of *slot,
                   double value, enum wt_look_rule rule, size_t *bytes);

/* Puts `count` seconds from `begin` on; NAN is a gap. */
bool wt_series_restore(struct wt_series *series, int64_t begin, const float *values, size_t count,
                       size_t *bytes);

/* Forgets everything after that second. */
void wt_series_forget_after(struct wt_series *series, int64_t bucket);

void wt_series_fini(struct wt_series *series, size_t *bytes);

int64_t wt_history_floor_div(int64_t value, int64_t by);

#endif /* WT_MODEL_HISTORY_SERIES_H */
