/* recorder.h - heartbeat, busy time, in-flight table and ring of one worktop, in the region that
 * the monitor offers.
 *
 * Each thread that tracks has a slot of its own: {active, area_ns} under a sequence number
 * (shm/layout.h). The slot in private memory is the truth; while a region is attached the thread
 * also publishes into its record there. A slot goes back when its thread ends, values and all, and
 * the next thread counts on from them: only the sum over all slots means something. A thread that
 * uses labels or leaves records has a writer, too (flight.h), which stays with the slot.
 *
 * Threads: wt_recorder_slot and wt_recorder_track belong to the counting threads; all others to the
 * one switcher that holds the worktop's mutex.
 */
#ifndef WT_CLIENT_RECORDER_H
#define WT_CLIENT_RECORDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "client/flight.h"
#include "shm/layout.h"
#include "shm/mapping.h"

struct wt_track_slot {
    _Alignas(64) struct wt_shared_recorder_thread truth; /* written by its thread alone */
    struct wt_shared_recorder_thread *region;            /* atomic; NULL: publish nothing */
    const void *owner;                                   /* whose it is; under slot_mutex */
    struct wt_flight_writer *writer; /* of its thread; NULL until it uses labels or records */
    uint64_t label_level; /* its thread's: pieces under way at the innermost one with a label */
};
static_assert(sizeof(struct wt_track_slot) == 64,
              "what a begin and an end touch is one cache line");

struct wt_recorder {
    struct wt_track_slot *slots; /* slot_count of them; never freed, late threads may hold one */
    uint32_t slot_count;
    uint32_t threads_beyond; /* atomic: threads that found no slot */
    uint32_t used_slots;     /* atomic: the first ones, that ever had an owner; under slot_mutex */
    pthread_mutex_t slot_mutex;
    struct wt_segment_map region; /* all zero: none */
    uint64_t started_ns;

    struct wt_flight_writer **writers; /* slot_count places, in the order in which they came; they
                                          are never freed, late threads may hold one */
    uint32_t writer_count;             /* atomic; more come under slot_mutex */
    struct wt_recorder_plan plan;      /* of the region */
    uint64_t region_serial;            /* from 1 */
    uint32_t settled_count;            /* atomic; writers when they were last given places */
    uint32_t part_count;               /* parts of its ring that were given out */
    uint32_t flight_count;             /* entries of its table that are in use */
    uint64_t copy_count;               /* of switches and heartbeats, for marks that are new */
};

/* threads: 1 to WT_RECORDER_MAX_THREADS. WT_ENOMEM. */
wt_status wt_recorder_init(struct wt_recorder *recorder, uint32_t threads, struct wt_error *err);

/* Before any thread can have tracked: frees everything. */
void wt_recorder_destroy(struct wt_recorder *recorder);

/* Tells whoever reads the region that the worker leaves by itself: nobody killed it. */
void wt_recorder_say_goodbye(const struct wt_recorder *recorder);

/* Leaves the region for good; tracking stays harmless. */
void wt_recorder_fini(struct wt_recorder *recorder);

/*
 * The slot of `owner` (anything that is unique to the calling thread), claimed when it has none.
 * NULL when all are taken: counted as a thread beyond. Takes a lock: call it once per thread.
 */
struct wt_track_slot *wt_recorder_claim(struct wt_recorder *recorder, const void *owner);

/*
 * The writer of the slot's thread, which has none yet. NULL without memory. Takes a lock. Unless
 * somebody holds the switcher's mutex, call wt_recorder_settle then; the heartbeat does, too.
 */
struct wt_flight_writer *wt_recorder_add_writer(struct wt_recorder *recorder,
                                                struct wt_track_slot *slot);

/* Gives writers a place in the region who have none, and brings the places up to date that their
 * writers have not taken yet. The second does so only when writers came since. */
void wt_recorder_settle(struct wt_recorder *recorder);
static inline bool wt_recorder_has_newcomers(const struct wt_recorder *recorder) {
    return __atomic_load_n(&recorder->writer_count, __ATOMIC_ACQUIRE) !=
           __atomic_load_n(&recorder->settled_count, __ATOMIC_ACQUIRE);
}
static inline void wt_recorder_settle_newcomers(struct wt_recorder *recorder) {
    if (wt_recorder_has_newcomers(recorder))
        wt_recorder_settle(recorder);
}

/* Records left by all threads so far. */
uint64_t wt_recorder_records(const struct wt_recorder *recorder);

/* The thread ends: its slot is free for another one. */
void wt_recorder_release(struct wt_recorder *recorder, const void *owner);

/*
 * Publishes into the region [offset, offset + size) of the file at `path` from now on. The same
 * place again is fine. On failure everything stays as it was.
 *   WT_ERANGE  the region has no room for even one thread
 *   others     as wt_segment_map_open
 */
wt_status wt_recorder_attach(struct wt_recorder *recorder, const char *path, uint64_t size,
                             uint64_t offset, uint64_t now_ns, struct wt_error *err);

/*
 * Once a second: stores the heartbeat, and publishes again what a thread wrote to a region that it
 * had already left. True when the region was truncated under us; it is left then.
 */
bool wt_recorder_heartbeat(struct wt_recorder *recorder, uint64_t now_ns);

/* In a forked child, before anything else runs there: a private copy in place of the region, and
 * the slots of all threads but `owner`, which did not come along, are free. With slot_mutex held.
 */
void wt_recorder_detach(struct wt_recorder *recorder, const void *owner);

/* In a forked child, whose only thread calls it: everything from 0, without a region. */
void wt_recorder_reset(struct wt_recorder *recorder);

static inline bool wt_recorder_has_region(const struct wt_recorder *recorder) {
    return recorder->region.map != NULL && !recorder->region.frozen;
}

/*
 * One call begins (step 1) or ends (-1). The sequence number of the truth is odd for as long as the
 * thread may use what it loaded from `region`: recorder.c relies on that.
 */
static inline uint64_t wt_recorder_step(struct wt_track_slot *slot, int64_t step, uint64_t now_ns) {
    struct wt_shared_recorder_thread *truth = &slot->truth;
    uint64_t sequence = __atomic_load_n(&truth->sequence, __ATOMIC_RELAXED);
    uint64_t active = __atomic_load_n(&truth->active, __ATOMIC_RELAXED) + (uint64_t)step;
    uint64_t area_ns = __atomic_load_n(&truth->area_ns, __ATOMIC_RELAXED) - (uint64_t)step * now_ns;
    __atomic_store_n(&truth->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    struct wt_shared_recorder_thread *record = __atomic_load_n(&slot->region, __ATOMIC_ACQUIRE);
    __atomic_store_n(&truth->active, active, __ATOMIC_RELEASE);
    __atomic_store_n(&truth->area_ns, area_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&truth->moved_ns, now_ns, __ATOMIC_RELEASE);
    if (__builtin_expect(record != NULL, 1)) {
        __atomic_store_n(&record->sequence, sequence + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&record->active, active, __ATOMIC_RELEASE);
        __atomic_store_n(&record->area_ns, area_ns, __ATOMIC_RELEASE);
        __atomic_store_n(&record->moved_ns, now_ns, __ATOMIC_RELEASE);
        __atomic_store_n(&record->sequence, sequence + 2, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&truth->sequence, sequence + 2, __ATOMIC_RELEASE);
    return active;
}

#endif /* WT_CLIENT_RECORDER_H */
