/* activity.h - what workers' threads do now, and what they left behind, as a snapshot carries it.
 *
 *     activity
 *       |-- flights[]           one for each worker at work: its longest, by service, longest first
 *       |-- newest[] slowest[]  records of all workers, those of the dead ones included
 *       |-- gaps[]              workers that published more than was read of them
 *       |-- boxes[]             of workers that are gone: what they did last, newest first
 *       '-- focus               all of the one worker that somebody looks at
 *
 * Only libworktop workers have any of this, and only what their programs say: a label is a claim of
 * the worker. What was being written is TORN, what cannot be is NONSENSE: both carry no text and no
 * time. All is bounded, below: about 1.2 MB of flat bytes at the very most, and some 100 bytes for
 * each entry as they are.
 */
#ifndef WT_MODEL_ACTIVITY_H
#define WT_MODEL_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WT_ACTIVITY_FLIGHTS = 1024, /* of all workers; what there is no room for is counted */
    WT_ACTIVITY_NEWEST = 64,
    WT_ACTIVITY_SLOWEST = 32,
    WT_ACTIVITY_GAPS = 64,
    WT_ACTIVITY_BOXES = 16,
    WT_BOX_FLIGHTS = 16, /* of one worker that is gone: the longest */
    WT_BOX_RECORDS = 32, /* the newest */
    WT_FOCUS_FLIGHTS = 256,
    WT_FOCUS_RECORDS = 256
};

#define WT_FLIGHT_WHAT_MAP(X)                                                                      \
    X(LABELLED, "labelled")                                                                        \
    X(UNLABELLED, "unlabelled")                                                                    \
    X(TORN, "torn")                                                                                \
    X(NONSENSE, "nonsense")

/* How much is known of what a thread does. */
enum wt_flight_what {
#define WT_FLIGHT_WHAT_ENUM(name, text) WT_FLIGHT_IS_##name,
    WT_FLIGHT_WHAT_MAP(WT_FLIGHT_WHAT_ENUM)
#undef WT_FLIGHT_WHAT_ENUM
};

const char *wt_flight_what_text(enum wt_flight_what what); /* "labelled" ... */

#define WT_RECORD_WHAT_MAP(X)                                                                      \
    X(OTHER, "other")                                                                              \
    X(WORK, "work")                                                                                \
    X(NOTE, "note")                                                                                \
    X(STATE, "state")                                                                              \
    X(WARNING, "warning")                                                                          \
    X(ERROR, "error")                                                                              \
    X(TORN, "torn")                                                                                \
    X(NONSENSE, "nonsense")

/* What a record tells: a piece of work that ended, or what the program left by itself. */
enum wt_record_what {
#define WT_RECORD_WHAT_ENUM(name, text) WT_RECORD_IS_##name,
    WT_RECORD_WHAT_MAP(WT_RECORD_WHAT_ENUM)
#undef WT_RECORD_WHAT_ENUM
};

const char *wt_record_what_text(enum wt_record_what what); /* "work", "note" ... */

/* What one thread does now. */
struct wt_flight_info {
    uint64_t worker_id;
    const char *service;
    int64_t pid;
    int64_t since_ns;   /* monotonic; UNLABELLED: under way for that long at least; 0: unknown */
    uint32_t thread;    /* place among the worker's threads */
    uint32_t thread_id; /* of the kernel, as the worker says; 0: unknown */
    uint32_t depth;     /* pieces of work under way in it, at least 1; 255: that many or more */
    uint8_t what;       /* enum wt_flight_what */
    bool label_cut, id_cut; /* they were longer: the texts end with an ellipsis */
    const char *label;      /* "" without */
    const char *id;         /* of the request; "" without */
};

/* What one thread left behind. */
struct wt_record_info {
    uint64_t worker_id;
    const char *service;
    int64_t pid;
    uint64_t number;     /* of this thread, from 1 */
    int64_t time_ns;     /* monotonic: when it happened, when the work ended; 0: unknown */
    int64_t duration_ns; /* -1: none */
    int64_t value;       /* what the program says with it */
    uint32_t thread, thread_id;
    uint8_t what; /* enum wt_record_what */
    bool is_slow, has_failed;
    bool label_cut, id_cut;
    const char *label; /* of other kinds than WORK: its text */
    const char *id;    /* of the request; "" without */
};

/* A worker of which records were overwritten before they were read. */
struct wt_record_gap {
    uint64_t worker_id;
    const char *service;
    uint64_t lost_count; /* exact */
};

/* All of one worker. */
struct wt_worker_activity {
    uint64_t worker_id;
    const char *service;
    int64_t pid;
    int64_t gone_realtime_ns; /* 0: it is there */
    const char *cause;        /* of its end, "signal 9 (Killed)"; "" while it is there */
    const char *problem;      /* why there is nothing to show; "" when there is */
    const struct wt_flight_info *flights; /* longest first */
    size_t flight_count;
    uint64_t flights_left_out;            /* threads at work that found no room in the list */
    const struct wt_record_info *records; /* newest first */
    size_t record_count;
    uint64_t published_count; /* records since the worker started */
    uint64_t lost_count;      /* of them, overwritten by newer ones: published == lost + left out +
                                 those in `records` that are not torn */
    uint64_t records_left_out;
    uint32_t nonsense_count; /* threads whose numbers cannot be */
};

struct wt_activity {
    const struct wt_flight_info *flights;
    size_t flight_count;
    uint64_t flights_left_out;            /* workers at work that found no room in the list */
    const struct wt_record_info *newest;  /* newest first */
    const struct wt_record_info *slowest; /* slowest first, since the monitor started */
    size_t newest_count, slowest_count;
    uint64_t read_count;              /* records that were read, since the monitor started */
    uint64_t lost_count;              /* that were overwritten before they were read; exact */
    uint64_t nonsense_count;          /* times that a worker's numbers could not be */
    const struct wt_record_gap *gaps; /* those that lost most first */
    size_t gap_count;
    const struct wt_worker_activity *boxes; /* the last one that went first */
    size_t box_count;
    uint64_t boxes_dropped;                 /* older ones that were not kept */
    const struct wt_worker_activity *focus; /* NULL without */
};

/* The longest of this worker among `flights`; NULL without. O(flights). */
const struct wt_flight_info *wt_activity_flight(const struct wt_activity *activity,
                                                uint64_t worker_id);

/* The focus, or the black box, of this worker; NULL without. */
const struct wt_worker_activity *wt_activity_of(const struct wt_activity *activity,
                                                uint64_t worker_id);

#endif /* WT_MODEL_ACTIVITY_H */
