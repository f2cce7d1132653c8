/* layout.h - every structure that lies in memory shared between processes, byte for byte.
 *
 * Segments of utilization.shm have no structure of ours: they hold what the worker's schema says
 * (schema/schema.h). A recorder region (one per libworktop worker, in recorders.shm) is this:
 *
 *     0                             64          96                 flight_offset   ring_offset
 *     | wt_shared_recorder_header   | thread 0  | thread 1 | ...   | flight 0 | ... | record | ...
 * |
 *
 * The in-flight table has an entry per thread: what it does now. The ring has the records that the
 * threads left behind; each thread writes a part of it that is its own (flight.h, which reads
 * both). A region without room for them, or one of a library that knew none, has offsets of 0.
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
 *
 * In-flight entry: sequence lock as above, over since_ns, the word at 32 and the text. Those before
 * the text that say where the ring of the thread lies change by themselves, `published` last.
 *
 * Record n of a thread (from 1) lies at place (n - 1) mod ring_count of its part of the ring:
 *   writer   sequence = 2 n - 1; the fields, each with release; sequence = 2 n, with release; then
 *            `published` of its in-flight entry = n, then the header's ring_mark
 *   reader   knows from `published` which numbers there are; a place whose sequence is not 2 n
 *            before and after the copy does not hold record n: it was overwritten, and is lost
 * A writer that dies loses the record it was writing, which stays odd, and what that overwrote.
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
    WT_RECORDER_READ_TRIES = 4,
    WT_FLIGHT_TEXT_BYTES = 88,  /* a label and behind it a request id */
    WT_FLIGHT_ID_BYTES = 40,    /* at most, of the id: a UUID has 36 */
    WT_RING_RECORDS = 128,      /* of a region for WT_RECORDER_DEFAULT_THREADS: 16 KiB */
    WT_RING_RECORDS_WIDE = 512, /* of one for WT_RECORDER_MAX_THREADS: 64 KiB, 2 a thread */
    WT_RING_RECORDS_LEAST = 2   /* per thread: while one is overwritten there is the other */
};

struct wt_shared_recorder_header {
    uint32_t version;      /* WT_SHARED_RECORDER_VERSION, stored last with release; 0: not ready */
    uint32_t threads;      /* per-thread records that were ever used: the first ones, one at least.
                              It only grows, before the next one is used; older libraries say how many
                              follow. The reader bounds it by the region */
    uint64_t heartbeat_ns; /* CLOCK_MONOTONIC of the last heartbeat, every second */
    uint64_t started_ns;   /* CLOCK_MONOTONIC when the worker took the region up */
    uint64_t process_id;   /* of the writer, as itself sees it: a label */
    uint32_t threads_beyond; /* threads that found no record: counted, not timed */
    uint32_t goodbye;        /* 1: the worker leaves by itself (worktop_close); 0 otherwise */
    /* Where the two tables lie. A reader that knows neither reads all before them; a library that
     * knew neither left zeros here. So they do not change the version. */
    uint32_t flight_offset; /* of struct wt_shared_flight 0, from the region's start; 0: none */
    uint32_t ring_offset;   /* of struct wt_shared_record 0; 0: none */
    uint16_t flight_bytes;  /* from one entry to the next */
    uint16_t record_bytes;  /* from one record to the next */
    uint16_t flight_count;  /* entries that were ever used: the first ones. It only grows */
    uint16_t ring_count;    /* records, of all threads together */
    uint64_t ring_mark;     /* other than before whenever a record was published */
};

struct wt_shared_recorder_thread {
    uint64_t sequence; /* odd while the record is being written */
    uint64_t active;   /* calls under way in this thread */
    uint64_t area_ns;  /* modulo 2^64, see above */
    uint64_t moved_ns; /* CLOCK_MONOTONIC of the last begin or end; 0: unknown */
};

/* What a thread does now: the innermost piece of work with a label. */
struct wt_shared_flight {
    uint64_t sequence;    /* odd while the entry is being written */
    uint64_t since_ns;    /* CLOCK_MONOTONIC when the piece began; 0: none under way, and label, id,
                             flags and depth are of one that ended */
    uint64_t published;   /* number of the newest record of this thread; 0: none */
    uint32_t ring_first;  /* its part of the ring: the first record, from 0, */
    uint32_t ring_count;  /* and how many */
    uint32_t thread_id;   /* of the kernel, as the worker sees it; 0: unknown */
    uint8_t label_length; /* bytes, from the start of the text */
    uint8_t id_length;    /* bytes, right behind the label */
    uint8_t flags;        /* enum wt_flight_flag */
    uint8_t depth;        /* pieces under way with this one, labelled or not; 255: that or more */
    char text[WT_FLIGHT_TEXT_BYTES]; /* bytes behind the id are anything */
};

/* What a thread left behind. The words from 32 on are as in the in-flight entry. */
struct wt_shared_record {
    uint64_t sequence;    /* 2 n of record n; odd while it is being written */
    uint64_t time_ns;     /* CLOCK_MONOTONIC: when it happened; of work, when it ended */
    uint64_t duration_ns; /* with WT_FLIGHT_TIMED */
    int64_t value;        /* what the program says with it: a status, a size, a count */
    uint32_t thread_id;
    uint8_t label_length;
    uint8_t id_length;
    uint8_t flags;
    uint8_t kind; /* enum wt_record_kind */
    char text[WT_FLIGHT_TEXT_BYTES];
};

enum wt_flight_flag {
    WT_FLIGHT_LABEL_CUT = 1, /* it was longer */
    WT_FLIGHT_ID_CUT = 2,
    WT_FLIGHT_TIMED = 4,  /* of a record: duration_ns counts */
    WT_FLIGHT_SLOW = 8,   /* of a record: it took as long as the program calls slow, or longer */
    WT_FLIGHT_FAILED = 16 /* of a record: the work failed */
};

/* What a record tells. A reader takes a number that it does not know for WT_RECORD_OTHER. */
enum wt_record_kind {
    WT_RECORD_OTHER = 0,
    WT_RECORD_WORK = 1, /* a piece of work ended: label, id, duration, value with FAILED */
    WT_RECORD_NOTE = 2, /* these the program left with worktop_event: the label is its text, the id
                           that of the work in which it happened */
    WT_RECORD_STATE = 3,
    WT_RECORD_WARNING = 4,
    WT_RECORD_ERROR = 5,
    WT_RECORD_LAST = WT_RECORD_ERROR
};

static_assert(sizeof(struct wt_shared_recorder_header) == 64, "the header is one cache line");
static_assert(offsetof(struct wt_shared_recorder_header, heartbeat_ns) == 8, "layout is fixed");
static_assert(offsetof(struct wt_shared_recorder_header, threads_beyond) == 32, "layout is fixed");
static_assert(offsetof(struct wt_shared_recorder_header, goodbye) == 36, "layout is fixed");
static_assert(offsetof(struct wt_shared_recorder_header, flight_offset) == 40, "layout is fixed");
static_assert(offsetof(struct wt_shared_recorder_header, flight_count) == 52, "layout is fixed");
static_assert(offsetof(struct wt_shared_recorder_header, ring_mark) == 56, "layout is fixed");
static_assert(sizeof(struct wt_shared_recorder_thread) == 32, "two records a cache line");
static_assert(sizeof(struct wt_shared_flight) == 128, "two cache lines, no false sharing");
static_assert(offsetof(struct wt_shared_flight, thread_id) == 32, "layout is fixed");
static_assert(offsetof(struct wt_shared_flight, text) == 40, "layout is fixed");
static_assert(sizeof(struct wt_shared_record) == 128, "two cache lines, no false sharing");
static_assert(offsetof(struct wt_shared_record, thread_id) == 32, "as in the in-flight entry");
static_assert(offsetof(struct wt_shared_record, text) == 40, "as in the in-flight entry");
static_assert(WT_RING_RECORDS_WIDE >= WT_RING_RECORDS_LEAST * WT_RECORDER_MAX_THREADS,
              "every thread has its part");

/*
 * ---- utilization.shm.dir: the directory file ----
 *
 *     0          512                        header.file_bytes
 *     | header   | section table | section | section | ... |
 *
 * Written by the monitor alone, mapped read-only by any viewer. It makes the stores
 * self-describing: who has which segment, by which schema; and it carries the snapshot of each
 * tick. A file never changes its size or its table: a monitor that needs more room writes a new
 * file, renames it over the path, and sets `state` of the old one to SUPERSEDED.
 *
 *   header   magic, geometry and boot are written before `version`, which comes last (release): 0
 *            means "not ready yet". Of the rest each word changes by itself, every tick.
 *   section  one entry of the table: what it is, where, how large its records are. A reader skips
 *            types that it does not know, and reads of longer records the part that it knows: a new
 *            section or a new member at the end of a record breaks no old reader.
 *   record   begins with its sequence number: 0 was never written, odd is being written. All is
 *            copied in whole words with release and acquire, as with the per-thread records above.
 *            A reader retries WT_DIRECTORY_READ_TRIES times, then keeps its last good value.
 *   bank     one of two buffers of the snapshot: number n is in bank n & 1. Its header's `sequence`
 *            is 0 while it is written; sums (XXH3, 64 bits) over both parts tell a whole one.
 */
#define WT_SHARED_DIRECTORY_MAGIC "WORKTOPD"
enum {
    WT_SHARED_DIRECTORY_VERSION = 1,
    WT_DIRECTORY_READ_TRIES = 4,
    WT_DIRECTORY_NAME_BYTES = 256,    /* a service, a key: at most 255 and a 0 */
    WT_DIRECTORY_TEXT_BYTES = 208,    /* of an event */
    WT_DIRECTORY_PROBLEM_BYTES = 160, /* of a resize that was refused */
    WT_DIRECTORY_RESIZES = 64,        /* kept, per store */
    WT_DIRECTORY_EVENTS = 256,        /* kept */
    WT_DIRECTORY_SECONDS = 3600       /* of each series of the history */
};

enum wt_directory_state {
    WT_DIRECTORY_RUNNING,
    WT_DIRECTORY_CLOSED,    /* the monitor ended by itself; its files are removed */
    WT_DIRECTORY_SUPERSEDED /* another file, of the same monitor, has the path */
};

struct wt_shared_directory_header {
    char magic[8];                /* WT_SHARED_DIRECTORY_MAGIC, no 0 at the end */
    uint32_t version;             /* WT_SHARED_DIRECTORY_VERSION, stored last; 0: not ready */
    uint32_t header_bytes;        /* where the section table begins: 512 */
    uint32_t section_bytes;       /* of one entry of the table: 64 */
    uint32_t section_count;       /* entries */
    uint64_t file_bytes;          /* of this file, for ever */
    uint8_t boot_id[16];          /* monotonic times mean nothing after another boot */
    int64_t monitor_pid;          /* with its start time: a name that is never used twice */
    uint64_t monitor_start_ticks; /* of /proc/PID/stat */
    int64_t started_realtime_ns, started_monotonic_ns; /* of the monitor */
    uint64_t heartbeat_ns;          /* CLOCK_MONOTONIC of the last tick; changes */
    uint64_t heartbeat_realtime_ns; /* the same, for people; changes */
    uint64_t interval_ns;           /* between two ticks: three of them without one are too many */
    uint64_t tick_count;            /* changes */
    uint64_t state;                 /* enum wt_directory_state; changes */
    uint64_t snapshot_sequence;     /* newest whole snapshot: bank is its last bit; 0: none yet */
    uint64_t event_number;          /* of the newest event, 0 without; changes */
    uint64_t resize_number[3];      /* of the newest resize, by store; change */
    uint64_t skipped_count;         /* ticks whose snapshot found no room; changes */
    uint64_t reserved[43];          /* 0 */
};
static_assert(sizeof(struct wt_shared_directory_header) == 512, "layout is fixed");
static_assert(offsetof(struct wt_shared_directory_header, file_bytes) == 24, "layout is fixed");
static_assert(offsetof(struct wt_shared_directory_header, heartbeat_ns) == 80, "layout is fixed");
static_assert(offsetof(struct wt_shared_directory_header, snapshot_sequence) == 120,
              "layout is fixed");

enum wt_section_type {
    WT_SECTION_FACTS = 1,  /* bytes: "key\0value\0" pairs, written once */
    WT_SECTION_STORES = 2, /* struct wt_shared_store_record, by store index (0, 1, 2) */
    WT_SECTION_SEGMENTS =
        3,                  /* struct wt_shared_segment_record, by segment; one section per store */
    WT_SECTION_SCHEMAS = 4, /* flat schemas (model/flat.h), only appended: each is a word with its
                               bytes, these, and 0 up to a whole word; numbered from 1 */
    WT_SECTION_SERVICES = 5, /* struct wt_shared_service_record, numbered from 1 */
    WT_SECTION_RETIRED = 6,  /* struct wt_shared_retired_record */
    WT_SECTION_RESIZES = 7,  /* struct wt_shared_resize_record: number n is at (n - 1) % count */
    WT_SECTION_EVENTS = 8,   /* struct wt_shared_event_record: the same */
    WT_SECTION_SNAPSHOT = 9, /* struct wt_shared_bank_header and its bytes; index 0 and 1 */
    WT_SECTION_PENDING = 10, /* struct wt_shared_pending_record */
    WT_SECTION_HISTORY = 11, /* struct wt_shared_history_record */
    WT_SECTION_SECONDS = 12, /* words: the second (since 1970) that place 0, 1 ... of every series
                                of the history stands for; 0: none */
    WT_SECTION_LAST = WT_SECTION_SECONDS
};

struct wt_shared_section {
    uint32_t type;         /* enum wt_section_type */
    uint32_t index;        /* which of several of one type: the store, the bank */
    uint64_t offset;       /* from the start of the file, a multiple of 64 */
    uint64_t bytes;        /* of the section */
    uint64_t record_bytes; /* 0: no records */
    uint64_t count;        /* records there is room for */
    uint64_t used;         /* places up to the last one written, or bytes; changes, after these */
    uint64_t reserved[2];  /* 0 */
};
static_assert(sizeof(struct wt_shared_section) == 64, "layout is fixed");

struct wt_shared_store_record {
    uint64_t sequence;
    uint64_t device, inode; /* of the file: a viewer maps no other one */
    uint64_t size_bytes, max_bytes, segment_bytes, segment_count;
    uint64_t reserved;
};
static_assert(sizeof(struct wt_shared_store_record) == 64, "layout is fixed");

struct wt_shared_segment_record {
    uint64_t sequence;
    uint64_t worker_id; /* its owner, in quarantine the last one; 0 while it is free */
    int64_t pid;        /* of the owner; 0 when the kernel hides it */
    uint64_t start_ticks;
    uint8_t instance[16];      /* all 0 without */
    int64_t since_realtime_ns; /* of this state */
    uint32_t generation;       /* how often it was handed out */
    uint32_t schema;           /* number of the record in SCHEMAS, 0 without */
    uint32_t service;          /* number of the record in SERVICES, 0 without */
    uint8_t state;             /* enum wt_store_state */
    uint8_t has_instance;
    uint8_t reserved[2];
};
static_assert(sizeof(struct wt_shared_segment_record) == 72, "layout is fixed");

struct wt_shared_service_record {
    uint64_t sequence;
    uint64_t retired_workers; /* gone for good, counted in RETIRED */
    char name[WT_DIRECTORY_NAME_BYTES];
};
static_assert(sizeof(struct wt_shared_service_record) == 272, "layout is fixed");

/* What the workers of a service that are gone for good had counted, of one field. */
struct wt_shared_retired_record {
    uint64_t sequence;
    uint32_t service;   /* number of the record in SERVICES */
    uint32_t is_real;   /* 1: `real` counts, 0: low and high */
    uint64_t low, high; /* a 128-bit integer in two's complement */
    uint64_t real;      /* bits of a double */
    char key[WT_DIRECTORY_NAME_BYTES];
};
static_assert(sizeof(struct wt_shared_retired_record) == 296, "layout is fixed");

/* A counter of a worker that is away and may come back with it, while none of the segments has its
 * values: those of workers that the monitor before this one had, until they are back or gone.
 * Records of one worker lie one after the other. */
struct wt_shared_pending_record {
    uint64_t sequence;
    uint64_t worker; /* the same for all counters of one worker; 0: empty */
    int64_t pid;
    uint64_t start_ticks;
    uint8_t instance[16]; /* all 0 without */
    uint32_t service;     /* number of the record in SERVICES */
    uint32_t schema;      /* number of the record in SCHEMAS */
    uint32_t field;       /* of the schema, from 0 */
    uint32_t has_instance;
    uint64_t bits; /* of the value, as schema/schema.h has them */
};
static_assert(sizeof(struct wt_shared_pending_record) == 72, "layout is fixed");

struct wt_shared_resize_record {
    uint64_t sequence, number;
    int64_t realtime_ns, duration_ns;
    uint64_t old_bytes, new_bytes, segments_added;
    char problem[WT_DIRECTORY_PROBLEM_BYTES]; /* "" when it worked */
};
static_assert(sizeof(struct wt_shared_resize_record) == 216, "layout is fixed");

struct wt_shared_event_record {
    uint64_t sequence, number;
    int64_t realtime_ns;
    uint64_t worker_id;
    uint32_t kind, severity; /* as in docs/SNAPSHOT.md, numbered in that order */
    char service[WT_DIRECTORY_NAME_BYTES];
    char text[WT_DIRECTORY_TEXT_BYTES];
};
static_assert(sizeof(struct wt_shared_event_record) == 504, "layout is fixed");

/* One number over the last hour: the second s is at s % WT_DIRECTORY_SECONDS. The sequence guards
 * all but the values. Each second is written by itself, for all series: its word in SECONDS becomes
 * 0, then the values, then the word is s. A place whose word reads the same before and after, and
 * belongs there, is whole. */
struct wt_shared_history_record {
    uint64_t sequence;
    char service[WT_DIRECTORY_NAME_BYTES];
    char series[24];                    /* docs/HISTORY.md; "" for a field of the schema */
    char key[WT_DIRECTORY_NAME_BYTES];  /* of the field, "" without */
    uint32_t kind, aggregate;           /* of the field: enum wt_kind, enum wt_aggregate */
    float values[WT_DIRECTORY_SECONDS]; /* NaN: not known */
};
static_assert(sizeof(struct wt_shared_history_record) == 14952, "layout is fixed");

/* The snapshot's flat bytes (model/flat.h) in two parts: who the workers are, which changes seldom
 * and has a version of its own, and what this tick saw of them. */
struct wt_shared_bank_header {
    uint64_t sequence; /* of the snapshot; 0 while the bank is written */
    uint64_t workers_version, workers_offset, workers_bytes,
        workers_sum; /* offset in the section */
    uint64_t tick_offset, tick_bytes, tick_sum;
};
static_assert(sizeof(struct wt_shared_bank_header) == 64, "layout is fixed");

/* Bytes of a region's header and this many per-thread records. 1 .. WT_RECORDER_MAX_THREADS; others
 * are taken to the nearest of these. */
size_t wt_recorder_bytes(uint32_t threads);

/*
 * The segment size of a store of such regions, with an in-flight entry per thread and the ring: a
 * multiple of 64, and one line more where that would be a multiple of 4096 (then all headers would
 * fall into the same cache sets: measured 4 times slower to poll). 19008 for 16 threads, 106560
 * for 256: that is what a worker costs.
 *
 * A store has one segment size, so there are two of them: recorders.shm with the stride for 16
 * threads, which nearly every worker takes, and recorders-wide.shm with the stride for 256,
 * created when the first worker announces more than 16 (wt_recorder_is_wide). One wide store for
 * all would cost 5 times the memory.
 */
size_t wt_recorder_stride(uint32_t threads);
bool wt_recorder_is_wide(uint32_t threads);

/* How a worker divides a region of this many bytes among so many threads (0: one, as above). The
 * timing of threads goes first: the tables get what it leaves. `bytes` has room for one thread. */
struct wt_recorder_plan {
    uint32_t threads;       /* per-thread records */
    uint32_t flight_offset; /* these are all 0 when there is no room for one of each */
    uint32_t flight_count;  /* entries: the first threads have one */
    uint32_t ring_offset;
    uint32_t ring_count; /* at least WT_RING_RECORDS_LEAST per entry */
};
struct wt_recorder_plan wt_recorder_plan(size_t bytes, uint32_t threads);

/* How many per-thread records fit into a region of this many bytes; 0 when not even one does. */
uint32_t wt_recorder_threads_that_fit(size_t bytes);

/* What a reader copied out of a region. */
struct wt_recorder_reading {
    uint64_t heartbeat_ns;
    uint64_t started_ns;
    uint32_t threads;        /* records read */
    uint32_t threads_beyond; /* as the worker says */
    uint32_t used;           /* of them, by threads that ever began a piece of work */
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
