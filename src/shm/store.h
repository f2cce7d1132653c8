/* store.h - fixed-size segments inside one shared, file-backed mapping.
 *
 * Shape of the file (docs/FORMAT.md): plain segments from byte 0, no header.
 *
 *     0                  segment_bytes        2*segment_bytes             size
 *     |---- segment 0 ---|---- segment 1 -----|---- ... ----|- remainder -|
 *
 * States of a segment, and who drives each edge (the monitor, through these verbs):
 *
 *            allocate                    free(QUARANTINE)
 *     FREE ------------> ALLOCATED ---------------------------> QUARANTINED
 *      ^ ^                  |  ^        reclaim (its own)          |   |
 *      | |  free(NOW)       |  '-----------------------------------'   |
 *      | '------------------'                                          |
 *      '------------------ release (the old writer is gone) -----------'
 *
 * Free segments wait in one FIFO queue. Those that a worker has written are zeroed there, off the
 * allocate path, by wt_store_clean (each tick); one that is handed out before that is zeroed on
 * the spot. So a segment handed out is always all zero.
 *
 * Invariants (wt_store_validate checks them, and more)
 *   I1  free + allocated + quarantined == segment_count, always
 *   I2  a segment belongs to at most one worker, a worker has at most one segment
 *   I3  the first segment handed out is 0, then in order; freed ones come back in FIFO order
 *   I4  the mapping never moves and the file never shrinks: pointers stay good until close
 *
 * Ownership, schemas and the free list live in this process only, never in the file: a broken
 * worker cannot corrupt them.
 *
 * Threads: a store belongs to one thread. wt_store_growth_prepare may run on another. Processes:
 * any number may map the file; there is no lock in it.
 */
#ifndef WT_SHM_STORE_H
#define WT_SHM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/status.h"
#include "schema/schema.h"

struct wt_store;

enum {
    WT_STORE_DEFAULT_PAGES = 8,
    WT_STORE_DEFAULT_SEGMENT_BYTES = 512,
    WT_STORE_RESIZES = 64, /* length of the history */
    WT_STORE_DEFAULT_MODE = 0600
};
#define WT_STORE_DEFAULT_GROWTH_FACTOR 2.0
#define WT_STORE_DEFAULT_MAX_BYTES (UINT64_C(1) << 30)

struct wt_store_options {
    const char *path;       /* borrowed for the call; made absolute */
    uint64_t size_bytes;    /* rounded up to whole pages */
    uint64_t segment_bytes; /* a multiple of 8, not 0, at most size_bytes; 64 and more advised */
    double growth_factor;   /* any real number above 1; sizes are rounded up to whole pages */
    uint64_t max_bytes;     /* the file never grows beyond; that much address space is reserved */
    mode_t mode;            /* of the file, whatever the umask */
    gid_t gid;              /* group of the file, (gid_t)-1: leave it */
};

/* The origin's defaults: 8 pages, 512, 2; 1 GiB; 0600. */
struct wt_store_options wt_store_defaults(const char *path);

/*
 * wt_store_create makes a NEW file (a new inode: processes that still map an older file at this
 * path keep that one) and maps it. It is built beside the path and renamed over it at the end: on
 * failure an old file is as it was, and nothing is left on disk.
 *   WT_EINVAL  an option breaks its rule; the text names the option, its value and the rule
 *   WT_EFULL   no space on the file system
 *   others     a system call failed; the text names path and cause
 */
wt_status wt_store_create(struct wt_store **out, const struct wt_store_options *options,
                          struct wt_error *err);

/* Unmaps and closes. The file stays: workers may have it mapped. NULL is fine. A growth job under
 * way must be finished first. */
void wt_store_close(struct wt_store *store);

/* Removes the file from the file system, if the path still leads to this very file. */
void wt_store_unlink(const struct wt_store *store);

/* ---- segments ---------------------------------------------------------------------------- */

/* The same numbers as enum wt_segment_state of the model. */
enum wt_store_state { WT_STORE_FREE, WT_STORE_ALLOCATED, WT_STORE_QUARANTINED };

enum wt_store_free {
    WT_STORE_FREE_NOW,  /* nobody writes it any more (schema [], or provably gone) */
    WT_STORE_QUARANTINE /* the old writer may still write: not handed out before wt_store_release */
};

/*
 * Hands the oldest free segment to worker_id (any value but UINT64_MAX), all zero, in O(1);
 * *segment is its index, its offset in the file wt_store_offset(store, *segment). When none is
 * free the file grows first, by growth_factor, on the spot. schema (may be NULL) gets a reference.
 *   WT_EEXIST  worker_id has a segment already; nothing changes
 *   WT_EFULL   none is free and the file cannot grow; the text says why; counted as refused. A
 *              failed growth is not tried again for a second of `now`
 *   WT_EAGAIN  none is free, a growth job is under way: try again when it is finished
 *   WT_EDEAD   the file was truncated or replaced underneath (wt_store_check)
 *   WT_ENOMEM  no memory for the bookkeeping
 */
wt_status wt_store_allocate(struct wt_store *store, uint64_t worker_id,
                            const struct wt_schema *schema, struct wt_time now, uint32_t *segment,
                            struct wt_error *err);

/* Takes the worker's segment away, O(1). *segment (may be NULL) is set when it had one. False, and
 * nothing happens, for an unknown id, so that freeing twice is harmless. */
bool wt_store_free(struct wt_store *store, uint64_t worker_id, enum wt_store_free how,
                   uint32_t *segment);

/* quarantined -> free, at the end of the queue, to be zeroed. False when the segment is not
 * quarantined (or does not exist): releasing twice is harmless. */
bool wt_store_release(struct wt_store *store, uint32_t segment);

/*
 * quarantined -> allocated to worker_id, zeroed: a process that registers again gets one of its
 * OWN segments (whose it is, the caller knows: instance key, pid and start time).
 *   WT_EEXIST  worker_id has a segment already
 *   WT_ENOENT  the segment is not in quarantine
 *   WT_EDEAD, WT_ENOMEM  as allocate
 */
wt_status wt_store_reclaim(struct wt_store *store, uint64_t worker_id, uint32_t segment,
                           const struct wt_schema *schema, struct wt_error *err);

/*
 * Zeroes free segments that workers have written, looking at no more than `limit`; returns how
 * many are still to do (0: all are clean). Called every tick with a limit that fits into it (512
 * bytes take about 10 ns).
 */
size_t wt_store_clean(struct wt_store *store, size_t limit);

struct wt_allocation {
    uint64_t worker_id;
    uint32_t segment;
    uint32_t generation; /* how often this segment has been handed out, 1 the first time */
    uint64_t offset_bytes;
    const struct wt_schema *schema; /* borrowed until the next change of this worker; may be NULL */
};

/* What the worker has; false without. */
bool wt_store_allocation(const struct wt_store *store, uint64_t worker_id,
                         struct wt_allocation *out);

/* Gives the worker's allocation another schema (a reference is taken; NULL: none). False for an
 * unknown id. */
bool wt_store_update_schema(struct wt_store *store, uint64_t worker_id,
                            const struct wt_schema *schema);

/* Of one segment: its state (WT_STORE_FREE beyond the last), its owner (in quarantine the last one;
 * UINT64_MAX while it is free), its generation. */
enum wt_store_state wt_store_state_of(const struct wt_store *store, uint32_t segment);
uint64_t wt_store_owner_of(const struct wt_store *store, uint32_t segment);
uint32_t wt_store_generation_of(const struct wt_store *store, uint32_t segment);

/* ---- reading ----------------------------------------------------------------------------- */

enum wt_value_state {
    WT_VALUE_READ,
    WT_VALUE_TORN,   /* no reads agreed (schema/codec.h): bits are 0 */
    WT_VALUE_OUTSIDE /* the field passes the end of the segment: left out, bits are 0 */
};

struct wt_value {
    const struct wt_field *field; /* borrowed from the schema */
    uint64_t bits;                /* schema.h, "bits" */
    enum wt_value_state state;
};

/*
 * Copies the worker's present values, field by field, in the schema's order: at most `capacity`
 * of them into values; *count is how many the schema has.
 *   WT_ENOENT  worker_id has no segment
 *   WT_EDEAD   the file was truncated underneath; the values are zeros, not the worker's
 */
wt_status wt_store_read(const struct wt_store *store, uint64_t worker_id, struct wt_value *values,
                        size_t capacity, size_t *count, struct wt_error *err);

/*
 * The bytes of a segment, 8-byte aligned, for the sampler (schema/codec.h). The address never
 * changes until close. Others write
 * these bytes at any moment: copy first, then compute; trust nothing. NULL beyond the last.
 */
const unsigned char *wt_store_segment(const struct wt_store *store, uint32_t segment);

/* Byte 0 of the mapping: segment i is at base + i * segment_bytes. */
const unsigned char *wt_store_base(const struct wt_store *store);

/* ---- geometry and growth ----------------------------------------------------------------- */

const char *wt_store_path(const struct wt_store *store); /* absolute */

/* The file itself, whatever the path leads to by now. */
void wt_store_identity(const struct wt_store *store, uint64_t *device, uint64_t *inode);

uint64_t wt_store_size(const struct wt_store *store); /* bytes of the file */
uint64_t wt_store_max_bytes(const struct wt_store *store);
uint32_t wt_store_segment_bytes(const struct wt_store *store);
static inline uint64_t wt_store_offset(const struct wt_store *store, uint32_t segment) {
    return (uint64_t)segment * wt_store_segment_bytes(store);
}

struct wt_store_counts {
    uint64_t segments; /* == free + allocated + quarantined */
    uint64_t free;     /* dirty ones included */
    uint64_t dirty;    /* free, not zeroed yet; free - dirty are ready to be handed out at once */
    uint64_t allocated;
    uint64_t quarantined;
    uint64_t resizes; /* all that worked, since creation */
    uint64_t refused; /* allocations that found no segment, since creation */
};

struct wt_store_counts wt_store_counts(const struct wt_store *store);

/* One byte per segment, of enum wt_store_state: counts.segments of them, borrowed; they change
 * with every verb. The address never changes. */
const uint8_t *wt_store_states(const struct wt_store *store);

/* Extends the file to new_bytes, rounded up to whole pages, now. Larger only: WT_EINVAL; above
 * max_bytes: WT_ELIMIT; WT_EAGAIN while a growth job is under way; WT_EFULL without space. */
wt_status wt_store_resize(struct wt_store *store, uint64_t new_bytes, struct wt_time now,
                          struct wt_error *err);

struct wt_store_resize_event {
    struct wt_time time; /* as the caller said */
    uint64_t old_bytes, new_bytes;
    uint64_t segments_added; /* 0 when it failed */
    int64_t duration_ns;     /* of the growth itself, wherever it ran */
    char problem[160];       /* "" when it worked */
};

/* The last resizes, refused ones included, oldest first: index 0 .. length - 1. `total` (may be
 * NULL) counts all since creation, so that a log can tell which are new. */
size_t wt_store_resize_count(const struct wt_store *store, uint64_t *total);
const struct wt_store_resize_event *wt_store_resize_at(const struct wt_store *store, size_t index);

/*
 * Growth ahead of need, in three steps, so that ticks go on meanwhile:
 *   1 owner thread: wt_store_growth_due says so (below 1/8 free, no job under way, not at the
 *     maximum, no refusal within the last second); wt_store_growth_begin makes the job
 *   2 any thread: wt_store_growth_prepare reserves the space in the file
 *   3 owner thread: wt_store_growth_finish maps it and appends the new segments; consumes the job
 * The job holds a descriptor of its own and no pointer to the store. Every job begun must be
 * finished, also when nobody prepared it (then it only ends).
 */
struct wt_store_growth;

bool wt_store_growth_due(const struct wt_store *store, struct wt_time now);
wt_status wt_store_growth_begin(struct wt_store *store, struct wt_store_growth **out,
                                struct wt_error *err);
void wt_store_growth_prepare(struct wt_store_growth *job);
wt_status wt_store_growth_finish(struct wt_store *store, struct wt_store_growth *job,
                                 struct wt_time now, struct wt_error *err);

/* ---- health ------------------------------------------------------------------------------ */

/* True once nothing is handed out any more: the file was truncated underneath, or wt_store_check
 * found it lost. No system call. */
bool wt_store_is_broken(const struct wt_store *store);

/* False once the file was truncated underneath, by a page that had to be replaced or by
 * wt_store_check: what is read is no worker's. A file that was only removed or replaced is still
 * read. No system call. */
bool wt_store_is_readable(const struct wt_store *store);

/*
 * Looks at the file (two system calls, once a tick): WT_EDEAD when it was truncated, or when the
 * path leads to another file or to none, so that workers would map something else. The text says
 * what happened. From then on nothing is handed out; what is mapped is still read. Sticky.
 * A file that was truncated and made long again in between is noticed on a tmpfs, as long as some
 * page of it was not written since.
 */
wt_status wt_store_check(struct wt_store *store, struct wt_error *err);

/* What happened to the file, to be said behind its name: "was truncated underneath" and its kin; ""
 * while wt_store_check found nothing. Static. */
const char *wt_store_loss(const struct wt_store *store);

/* For a store that takes the place of a lost one: its resizes, and what it counted since its
 * creation, become those of this one. */
void wt_store_inherit(struct wt_store *store, const struct wt_store *lost);

/* Whether some monitor that lives has the file at this path as its store, `but` (may be NULL) left
 * out of account: it is not to be replaced. */
bool wt_store_is_in_use(const char *path, const struct wt_store *but);

/* Why the store cannot serve at the moment (broken, full, at its maximum), "" when it can. */
const char *wt_store_problem(const struct wt_store *store);

/* Walks everything, O(segments): WT_OK, or WT_EFORMAT naming the first contradiction. For tests
 * and for a debug command; ships with the structure. */
wt_status wt_store_validate(const struct wt_store *store, struct wt_error *err);

#endif /* WT_SHM_STORE_H */
