/* region.h - all that one worker's region says, as model/activity.h has it.
 *
 * What shm/flight.h delivers, put in order and into the caller's memory: what each thread does, the
 * longest first, and the records that the ring still holds, the newest first.
 *
 * Threads: no state but the caller's.
 */
#ifndef WT_FLIGHT_REGION_H
#define WT_FLIGHT_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/activity.h"
#include "shm/flight.h"

/* Where lists and texts are put: zeroed bytes, aligned for anything, as long as whoever reads the
 * lists needs them; NULL without. */
struct wt_flight_memory {
    void *(*take)(void *context, size_t bytes);
    void *context;
};

struct wt_flight_memory wt_flight_memory_of_arena(struct wt_arena *arena);

/* Whose region it is. Text and key are borrowed. */
struct wt_flight_owner {
    uint64_t worker_id;
    const char *service;
    int64_t pid;
    const uint8_t *instance; /* 16 bytes; NULL without a key */
};

/* One entry, or one record, of shm/flight.h with its texts copied. False without memory. The
 * owner's service is copied by whoever asks: out->service is the owner's. */
bool wt_flight_put(const struct wt_flight *flight, const struct wt_flight_owner *owner,
                   const struct wt_flight_memory *memory, struct wt_flight_info *out);
bool wt_record_put(const struct wt_record *record, const struct wt_flight_owner *owner,
                   const struct wt_flight_memory *memory, struct wt_record_info *out);

/* Whether the thread does anything that a list of work under way shows. */
bool wt_flight_is_shown(const struct wt_flight *flight);

/* Whether `a` comes before `b` in such a list: the longest first, then what cannot be told. */
bool wt_flight_precedes(const struct wt_flight *a, const struct wt_flight *b);

struct wt_region_ask {
    struct wt_flight_owner owner;
    const void *region; /* NULL: there is none, `problem` says why */
    size_t bytes;       /* at least 64; 8-byte aligned */
    const char *problem;
    int64_t now_ns;          /* CLOCK_MONOTONIC */
    bool is_final;           /* nobody writes it any more: what was being written is torn */
    size_t flights, records; /* room for so many, at most WT_FOCUS_FLIGHTS and WT_FOCUS_RECORDS */
};

/* Everything in *out, texts included, lies in `memory`. False without memory; what is wrong with
 * the region is in out->problem. */
bool wt_region_activity(const struct wt_region_ask *ask, const struct wt_flight_memory *memory,
                        struct wt_worker_activity *out);

#endif /* WT_FLIGHT_REGION_H */
