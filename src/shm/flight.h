/* flight.h - reading what a worker's threads do now, and what they did last, out of its region.
 *
 *     worker thread --writes--> in-flight entry        wt_flight_read: one struct wt_flight
 *                   --writes--> its part of the ring   wt_ring_poll: struct wt_record, each once
 *
 * The region (layout.h) may be that of a worker that runs, hangs, is dead, or lies. So:
 *   - every byte is checked, and nothing is read outside [region, region + bytes)
 *   - texts come out clean (base/utf8.h): valid UTF-8 without anything that harms a screen
 *   - what was being written is TORN, what cannot be is NONSENSE: both carry no text and no times
 *   - all loops are bounded by the tables' sizes and by constants; nobody is waited for
 *   - nothing is written to the region
 *
 * Lost records are counted exactly. Each thread numbers its records from 1, so what a reader did
 * not get is the difference of two numbers:
 *     numbers up to the newest == delivered + lost      for each thread, after each whole poll
 * as long as the worker tells no nonsense about its numbers.
 *
 * Threads: no state but the caller's.
 */
#ifndef WT_SHM_FLIGHT_H
#define WT_SHM_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/layout.h"

enum {
    /* One harmful byte becomes two; a cut text gets an ellipsis of three; and a NUL. */
    WT_FLIGHT_LABEL_SIZE = 2 * WT_FLIGHT_TEXT_BYTES + 4,
    WT_FLIGHT_ID_SIZE = 2 * WT_FLIGHT_ID_BYTES + 4
};

/* Where the tables of one region lie, checked. All zero: there are none. */
struct wt_flight_tables {
    const unsigned char *region; /* borrowed */
    uint32_t thread_count; /* per-thread records: wt_flight_read takes 0 .. thread_count - 1 */
    uint32_t flight_offset, flight_bytes, flight_count;
    uint32_t ring_offset, record_bytes, ring_count;
    uint64_t ring_mark; /* as it was before anything else was read */
};

/*
 * Finds them. `bytes` is the size of the region, at least 64; it is 8-byte aligned. Call it at each
 * look: the tables of a worker that runs may appear and grow. Says what wt_recorder_read says of
 * the region; *out is filled for WT_RECORDER_READY only, else all zero. A region that has the
 * per-thread records but announces impossible tables is WT_RECORDER_BROKEN.
 */
enum wt_recorder_state wt_flight_tables(const void *region, size_t bytes,
                                        struct wt_flight_tables *out);

/* ---- What a thread does now ------------------------------------------------------------------ */

enum wt_flight_state {
    WT_FLIGHT_UNUSED,     /* this thread's place was never used */
    WT_FLIGHT_IDLE,       /* nothing under way */
    WT_FLIGHT_LABELLED,   /* label, id, since_ns, depth say what */
    WT_FLIGHT_UNLABELLED, /* busy, with what no label says; since_ns is a guess, see there */
    WT_FLIGHT_TORN,       /* the entry was being written at every try: a moment, or a dead worker */
    WT_FLIGHT_NONSENSE    /* impossible lengths or times */
};

struct wt_flight {
    uint32_t thread;    /* place in the region */
    uint32_t thread_id; /* of the kernel, as the worker says: a label; 0: unknown */
    enum wt_flight_state state;
    uint32_t depth;   /* of a LABELLED: pieces under way with this one, at least 1; 255: or more.
                         Pieces that began inside it without a label are not among them. */
    uint64_t active;  /* pieces under way by the per-thread record, with and without labels */
    int64_t since_ns; /* CLOCK_MONOTONIC, never in the future. LABELLED: when the piece began.
                         UNLABELLED: when the thread last began or ended one (the piece has been
                         under way for that long at least). -1: unknown */
    bool label_cut, id_cut;           /* they were longer: the texts end with U+2026 */
    char label[WT_FLIGHT_LABEL_SIZE]; /* "" without */
    char id[WT_FLIGHT_ID_SIZE];
    uint64_t sequence; /* of the entry when it was read; see below */
};

/*
 * Reads one thread. `now_ns` is CLOCK_MONOTONIC. Every member of *flight is set.
 * A struct that was filled by this function from the same thread of the same region may be given
 * again: what did not change since is then not copied again. One that is all zero is always right.
 */
void wt_flight_read(const struct wt_flight_tables *tables, uint32_t thread, int64_t now_ns,
                    struct wt_flight *flight);

/* ---- What the threads left behind ------------------------------------------------------------ */

struct wt_record {
    uint32_t thread;    /* place in the region */
    uint32_t thread_id; /* as above */
    uint64_t number;    /* of this thread, from 1 */
    enum wt_record_kind kind;
    bool is_torn;     /* being written when its worker died: nothing below counts */
    bool is_nonsense; /* impossible lengths or times: nothing below counts */
    bool is_slow, has_failed;
    bool label_cut, id_cut;
    int64_t time_ns;     /* CLOCK_MONOTONIC, never in the future; -1: unknown */
    int64_t duration_ns; /* -1: none */
    int64_t value;
    char label[WT_FLIGHT_LABEL_SIZE];
    char id[WT_FLIGHT_ID_SIZE];
};

/*
 * How far a reader has come with one worker. Owned by the caller. It may be kept when the same
 * worker (by its instance key) takes up another region, of the same or another monitor: the worker
 * brings its newest records along, under their numbers, so none is delivered twice. For any other
 * worker it is made anew. To a new one all that was overwritten before is lost, which says nothing
 * bad.
 */
struct wt_ring_cursor {
    uint64_t ring_mark;    /* at the last whole poll */
    uint32_t thread_count; /* places in `read` */
    uint64_t read[];       /* per thread: the newest number delivered or counted as lost */
};

/* Bytes of a cursor for regions with up to this many threads. */
static inline size_t wt_ring_cursor_bytes(uint32_t threads) {
    return sizeof(struct wt_ring_cursor) + threads * sizeof(uint64_t);
}
void wt_ring_cursor_init(struct wt_ring_cursor *cursor, uint32_t threads);

struct wt_ring_poll {
    size_t count;      /* records delivered */
    uint64_t lost;     /* numbers passed by in this poll: overwritten before they were read */
    uint32_t nonsense; /* threads whose numbers cannot be (backwards, too many): passed by, and
                          taken up again where they stand then */
    bool has_more;     /* there was no room for all: call again */
};

/* Whether anything was published since the cursor's last whole poll: one load of one word. */
static inline bool wt_ring_has_news(const void *region, const struct wt_ring_cursor *cursor) {
    const struct wt_shared_recorder_header *header =
        (const struct wt_shared_recorder_header *)region;
    return __atomic_load_n(&header->ring_mark, __ATOMIC_ACQUIRE) != cursor->ring_mark;
}

/*
 * Delivers the records since the last call into `out` (`room` of them), those of each thread in
 * order, the threads one after the other. `tables` were found after any earlier poll. With
 * `is_final` (the worker is dead: nobody writes any more) it looks at everything, whatever the mark
 * says, and a record that was being written is delivered as torn; without, it is left for later.
 */
struct wt_ring_poll wt_ring_poll(const struct wt_flight_tables *tables,
                                 struct wt_ring_cursor *cursor, int64_t now_ns, bool is_final,
                                 struct wt_record *out, size_t room);

#endif /* WT_SHM_FLIGHT_H */
