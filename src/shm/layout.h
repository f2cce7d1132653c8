/* layout.h - every structure that lies in memory shared between processes, byte for byte.
 *
 * Segments of utilization.shm have no structure of ours: they hold what the worker's schema says
 * (schema/schema.h). A recorder region (one per libworktop worker, in recorders.shm) is this:
 *
 *     0                             64          96                 64 + 32 * threads
 *     | wt_shared_recorder_header   | thread 0  | thread 1 | ...   | padding to the stride |
 *
 * All integers are in the host's byte order (shared memory never leaves the host) and aligned to
 * their size, so that one load or store moves each of them whole.
 *
 * Who writes what
 *   monitor  hands the region out all zero and only reads it from then on.
 *   worker   writes everything in it. `version` comes last: 0 means "not ready yet", which is not
 *            the same as "broken", nor as "written by a newer version".
 *
 * Per-thread record: a sequence number guards {active, area_ns} (a "sequence lock"). There is one
 * writer per record: the thread it belongs to (threads beyond the last record write none).
 *   writer   sequence + 1 (odd); the fields, each with release; sequence + 1 (even), with release
 *   reader   sequence with acquire; if even the fields, each with acquire; the sequence again;
 *            both equal: a consistent pair. Bounded retries, then "no answer": a writer may have
 *            been stopped or killed in between, and nobody may wait for it.
 * Release and acquire on the fields themselves, not fences, so that ThreadSanitizer can follow.
 *
 * The integral of busy time: begin does active += 1, area_ns -= now; end does active -= 1,
 * area_ns += now; at any moment `area_ns + active * now` is the thread's busy time in ns, nested
 * and overlapping calls counted each, all modulo 2^64, with now = CLOCK_MONOTONIC in ns.
 */
#ifndef WT_SHM_LAYOUT_H
#define WT_SHM_LAYOUT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WT_SHARED_RECORDER_VERSION = 1,
    WT_RECORDER_DEFAULT_THREADS = 16,
    WT_RECORDER_MAX_THREADS = 256,
    WT_RECORDER_READ_TRIES = 4
};

struct wt_shared_recorder_header {
    uint32_t version;      /* WT_SHARED_RECORDER_VERSION, stored last with release; 0: not ready */
    uint32_t threads;      /* per-thread records that follow; the reader bounds it by the region */
    uint64_t heartbeat_ns; /* CLOCK_MONOTONIC of the last heartbeat, every second */
    uint64_t started_ns;   /* CLOCK_MONOTONIC when the worker took the region up */
    uint64_t process_id;   /* of the writer, as itself sees it: a label */
    uint32_t threads_beyond; /* threads that found no record: counted, not timed */
    uint32_t goodbye;        /* 1: the worker leaves by itself (worktop_close); 0 otherwise */
    uint64_t reserved[3];    /* 0: the in-flight table and the ring will announce themselves here */
};

struct wt_shared_recorder_thread {
    uint64_t sequence; /* odd while the record is being written */
    uint64_t active;   /* calls under way in this thread */
    uint64_t area_ns;  /* modulo 2^64, see above */
    uint64_t reserved; /* 0 */
};

static_assert(sizeof(struct wt_shared_recorder_header) == 64, "the header is one cache line");
static_assert(offsetof(struct wt_shared_recorder_header, heartbeat_ns) == 8, "layout is fixed");
static_assert(offsetof(struct wt_shared_recorder_header, threads_beyond) == 32, "layout is fixed");
static_assert(offsetof(struct wt_shared_recorder_header, goodbye) == 36, "layout is fixed");
static_assert(sizeof(struct wt_shared_recorder_thread) == 32, "two records a cache line");

/* Bytes that a region with this many threads uses. 1 .. WT_RECORDER_MAX_THREADS; others are taken
 * to the nearest of these. */
size_t wt_recorder_bytes(uint32_t threads);

/*
 * The segment size of a store of such regions: the bytes rounded up to a multiple of 64, and one
 * line more where that would be a multiple of 4096 (then all headers would fall into the same
 * cache sets: measured 4 times slower to poll). 576 for 16 threads, 8256 for 256.
 *
 * A store has one segment size, so there are two of them: recorders.shm with the stride for 16
 * threads, which nearly every worker takes, and recorders-wide.shm with the stride for 256,
 * created when the first worker announces more than 16 (wt_recorder_is_wide). One wide store for
 * all would cost 14 times the memory.
 */
size_t wt_recorder_stride(uint32_t threads);
bool wt_recorder_is_wide(uint32_t threads);

/* How many per-thread records fit into a region of this many bytes; 0 when not even one does. */
uint32_t wt_recorder_threads_that_fit(size_t bytes);

/* What a reader copied out of a region. */
struct wt_recorder_reading {
    uint64_t heartbeat_ns;
    uint64_t started_ns;
    uint32_t threads;        /* records read */
    uint32_t threads_beyond; /* as the worker says */
    uint32_t torn;           /* records that never read the same twice: left out of the sums */
    uint64_t active;         /* sum over the threads */
    uint64_t busy_ns;        /* sum of area_ns + active * now over the threads, modulo 2^64 */
};

enum wt_recorder_state {
    WT_RECORDER_NOT_READY, /* version is still 0 */
    WT_RECORDER_READY,
    WT_RECORDER_NEWER, /* a version we do not know: nothing was read but that */
    WT_RECORDER_BROKEN /* impossible counts, or a region too small: nothing is believed */
};

/*
 * Copies a region's figures. `bytes` is the size of the region, at least 64, 8-byte aligned;
 * now_ns is CLOCK_MONOTONIC. Nothing in the region is trusted; the cost is bounded by its size.
 * *out is filled for READY only, else all zero.
 */
enum wt_recorder_state wt_recorder_read(const void *region, size_t bytes, uint64_t now_ns,
                                        struct wt_recorder_reading *out);

#endif /* WT_SHM_LAYOUT_H */
