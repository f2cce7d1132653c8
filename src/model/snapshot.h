/* snapshot.h - one look at everything: what the sampler makes each tick and all readers read.
 *
 * A snapshot is immutable. Everything to the right of it (dashboard, JSON, text) reads only this,
 * and cannot tell which source made it: this process (live), another one over the bus, later a
 * mapped store or a recording. It carries no pointers into shared memory.
 *
 *     snapshot
 *       |-- services[]   one per service name, sorted by name: aggregates over its workers
 *       |-- cohorts[]    the workers of one service that share one schema
 *       |     |-- rows[]      identity of each worker (NULL: an empty row)
 *       |     |-- values[]    row-major, schema->field_count words a row, "bits" of schema.h
 *       |     '-- status[]    what this tick knows of each row
 *       |-- store        geometry, free list, map of segments, last resizes
 *       |-- recorders    the same for recorders.shm, recorders_wide for recorders-wide.shm
 *       '-- events[]     oldest first
 *
 * A worker keeps its row as long as it lives, so that two snapshots of one source can be compared
 * row by row (check row status FRESH). Workers without a usable schema are in the cohort of their
 * service whose schema is NULL, with a reason; they are not in worker_count, as with
 * the origin.
 *
 * Ownership: reference counted; blocks that did not change are shared between snapshots.
 * Threads: the count is atomic; everything else is read-only after publication.
 */
#ifndef WT_MODEL_SNAPSHOT_H
#define WT_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/number.h"
#include "schema/schema.h"

enum { WT_SNAPSHOT_SCHEMA_VERSION = 1 };

enum wt_source_kind { WT_SOURCE_LIVE, WT_SOURCE_BUS };

struct wt_source {
    enum wt_source_kind kind;
    const char *path;    /* socket of the monitor, "" for none */
    const char *problem; /* why the last look failed, "" when it did not */
};

/* Where a worker is in its life. */
enum wt_worker_state {
    WT_WORKER_CONNECTING, /* registered on the bus, its setup has not been answered yet */
    WT_WORKER_LIVE,       /* sampled every tick */
    WT_WORKER_STALE,      /* sampled, but no recorder heartbeat for 3 s (libworktop workers only) */
    WT_WORKER_SILENT,     /* registered without metrics: no schema, a failed setup, or no segment */
    WT_WORKER_GONE        /* left or died; kept for one snapshot so that readers can say so */
};

const char *wt_worker_state_text(enum wt_worker_state state);

/* Who a worker is. Immutable; shared between snapshots. Its identity over time is (pid, start time,
 * service, instance), not the id. */
struct wt_worker {
    uint64_t id;               /* 1, 2, 3 ... per monitor, never reused */
    const char *service;       /* cleaned; "unknown" without a name */
    int64_t pid;               /* by the peer's credentials; 0 when the kernel hides it */
    int64_t announced_pid;     /* what the worker said: a label */
    uint64_t start_time_ticks; /* of pid, from /proc/PID/stat; 0 when unknown */
    uint8_t instance[16];      /* libworktop's random key; all zero without one */
    bool has_instance;
    uint32_t threads; /* 0 when unknown */
    int64_t registered_realtime_ns;
    int64_t registered_monotonic_ns;
    int64_t segment;    /* index in the store, -1 without one */
    int64_t recorder;   /* index in recorders, or for more than 16 threads in recorders_wide; -1
                           without one */
    const char *reason; /* why it is silent, or what is wrong with its schema; "" otherwise */
};

enum {
    WT_ROW_FRESH = 1,      /* first look at this worker: there is no previous value. A process that
                              started after the previous look is not fresh: its previous values are 0 */
    WT_ROW_TORN = 2,       /* a value never read the same twice: the last good one is shown, 0 when
                              there was none */
    WT_ROW_UNREADABLE = 4, /* the segment could not be read: the same for all values */
    WT_ROW_STUCK = 8       /* busy, no counter moved for the service's stuck limit */
};

/* What one tick knows of one worker. */
struct wt_row_status {
    uint8_t state;        /* enum wt_worker_state */
    uint8_t flags;        /* WT_ROW_* */
    int64_t progress_ns;  /* monotonic time of the last look at which a counter had moved or nothing
                             was busy; 0 when unknown (no counters, no look yet) */
    int64_t heartbeat_ns; /* monotonic time of the last heartbeat, 0 without a recorder */
};

struct wt_cohort {
    uint32_t service;                    /* index into snapshot->services */
    const struct wt_schema *schema;      /* NULL: workers without metrics */
    size_t row_count;                    /* rows, empty ones included */
    size_t worker_count;                 /* rows that are not empty */
    const struct wt_worker *const *rows; /* NULL entries are empty */
    const struct wt_row_status *status;  /* row_count */
    const uint64_t *values;              /* row_count * field_count; NULL without a schema */
    const uint64_t *previous;            /* the values one tick ago, NULL in the first snapshot */
    const uint32_t *field_map; /* field_count: index of each field in the service's fields */
};

/* One field over all workers of a service. min, max and mean are absent when no worker has a usable
 * value. */
struct wt_field_stats {
    const char *key;
    enum wt_kind kind;
    enum wt_role role;
    enum wt_aggregate aggregate;
    const char *unit;
    uint32_t worker_count;  /* workers whose value was used */
    uint32_t invalid_count; /* left out: NaN, infinite, or a wrapped negative gauge */
    struct wt_number sum;   /* exact for integers; this is the origin's number */
    struct wt_number min;
    struct wt_number max;
    double mean;       /* NAN when absent */
    double rate_per_s; /* counters only; NAN when unknown (first tick, gauges) */
};

enum wt_verdict {
    WT_VERDICT_UNKNOWN,
    WT_VERDICT_IDLE,
    WT_VERDICT_OK,
    WT_VERDICT_WARN,
    WT_VERDICT_CRIT
};

const char *wt_verdict_text(enum wt_verdict verdict); /* "UNKNOWN", "IDLE", "OK", "WARN", "CRIT" */

struct wt_service {
    const char *name;
    uint32_t worker_count; /* workers with metrics: the origin's worker_count */
    uint32_t silent_count; /* registered without metrics, or still connecting */
    uint32_t stale_count;
    uint32_t stuck_count;
    uint32_t busy_worker_count;        /* workers whose busy field is above 0 */
    uint32_t joined_count, left_count; /* since the monitor started */
    const struct wt_field_stats *fields;
    size_t field_count;
    int busy_field, capacity_field, queue_field, errors_field; /* index into fields, -1 without */
    int requests_field;       /* the counter whose rate stands for the service's work, -1 without */
    double utilization_ratio; /* busy / capacity; NAN when either is unknown: never a guess */
    enum wt_verdict verdict;
    int64_t verdict_since_ns; /* realtime; 0 when unknown */
    const char *sentence;     /* cause and cure, "" when there is nothing to say */
};

enum wt_segment_state { WT_SEGMENT_FREE, WT_SEGMENT_ALLOCATED, WT_SEGMENT_QUARANTINED };

struct wt_resize {
    int64_t realtime_ns;
    uint64_t old_bytes, new_bytes;
    uint64_t segments_added;
    int64_t duration_ns;
    const char *problem; /* "" when it worked, else why it was refused */
};

struct wt_store_info {
    const char *path; /* "" when there is none */
    uint64_t size_bytes, max_bytes;
    uint32_t segment_bytes;
    uint64_t segment_count; /* == free + allocated + quarantined, at every tick */
    uint64_t free_count, allocated_count, quarantined_count;
    uint64_t free_list_length;       /* segments ready to be handed out at once */
    uint64_t resize_count;           /* all that worked, since the start */
    uint64_t refused_count;          /* workers that got no segment */
    const struct wt_resize *resizes; /* the last of them, oldest first, refused ones included */
    size_t resize_length;
    const uint8_t *segment_states; /* segment_count of enum wt_segment_state; NULL when unknown */
    const char *problem;           /* "" when all is well */
};

enum wt_severity { WT_SEVERITY_INFO, WT_SEVERITY_WARN, WT_SEVERITY_CRIT };

#define WT_EVENT_KIND_MAP(X)                                                                       \
    X(STARTED, "started")                                                                          \
    X(JOINED, "joined")                                                                            \
    X(LEFT, "left")                                                                                \
    X(DIED, "died")                                                                                \
    X(SETUP_FAILED, "setup_failed")                                                                \
    X(STUCK, "stuck")                                                                              \
    X(RECOVERED, "recovered")                                                                      \
    X(STALE, "stale")                                                                              \
    X(VERDICT, "verdict")                                                                          \
    X(RESIZED, "resized")                                                                          \
    X(REFUSED, "refused")                                                                          \
    X(QUARANTINED, "quarantined")                                                                  \
    X(RELEASED, "released")                                                                        \
    X(TROUBLE, "trouble")

enum wt_event_kind {
#define WT_EVENT_KIND_ENUM(name, text) WT_EVENT_##name,
    WT_EVENT_KIND_MAP(WT_EVENT_KIND_ENUM)
#undef WT_EVENT_KIND_ENUM
};

const char *wt_event_kind_text(enum wt_event_kind kind);

struct wt_event {
    uint64_t sequence; /* 1, 2, 3 ...; a gap means that events were dropped */
    int64_t realtime_ns;
    enum wt_event_kind kind;
    enum wt_severity severity;
    uint64_t worker_id;  /* 0 for none */
    const char *service; /* "" for none */
    const char *text;    /* one cleaned sentence */
};

struct wt_monitor_info {
    int64_t pid;
    const char *version;
    const char *host;
    int64_t started_realtime_ns;
    int64_t interval_ns; /* emit and refresh interval */
    uint64_t tick_count;
    int64_t tick_duration_ns; /* of the tick before: whoever makes a snapshot reads no clock */
    uint64_t connection_count;
    const char *problem; /* the monitor's own trouble, "" when all is well */
};

struct wt_snapshot {
    uint32_t references; /* atomic; see wt_snapshot_ref */
    uint64_t sequence;   /* 1, 2, 3 ... of this source */
    struct wt_time time; /* of the look, by the clocks of the host that looked */
    int64_t tick_ns;     /* distance to the previous look, 0 for the first */
    bool failed;         /* the store could not be read: all values are the last good ones, and
                            store.problem says why */
    struct wt_source source;
    struct wt_monitor_info monitor;
    struct wt_store_info store;
    struct wt_store_info recorders;
    struct wt_store_info recorders_wide; /* path "" until a worker with many threads came */
    const struct wt_service *services;
    size_t service_count;
    const struct wt_cohort *cohorts;
    size_t cohort_count;
    const struct wt_event *events; /* oldest first, at most 256 */
    size_t event_count;
    uint64_t events_dropped;
    void (*destroy)(
        struct wt_snapshot *snapshot); /* frees everything; NULL for static snapshots of tests */
};

struct wt_snapshot *wt_snapshot_ref(const struct wt_snapshot *snapshot); /* NULL stays NULL */
void wt_snapshot_unref(const struct wt_snapshot *snapshot);

/* Nanoseconds between the look and `now`, never negative. Both on this host's monotonic clock. */
int64_t wt_snapshot_age_ns(const struct wt_snapshot *snapshot, struct wt_time now);

/* Index of the service with this name, -1 without. O(log services). */
int wt_snapshot_find_service(const struct wt_snapshot *snapshot, const char *name);

/* The sum, and the rate per second, of one of the service's special fields (busy_field and its
 * kin): NAN without it (-1), and when it is unknown. */
double wt_service_sum(const struct wt_service *service, int field);
double wt_service_rate(const struct wt_service *service, int field);

/* A field of one row as a number: absent when the row is empty, the value is NaN or infinite, or a
 * wrapped negative gauge (an unsigned gauge in the top half of its type). */
struct wt_number wt_cohort_value(const struct wt_cohort *cohort, size_t row, size_t field);

/* The rate per second of a counter of one row; NAN when unknown (gauge, no previous, a row
 * that is fresh or unreadable). */
double wt_cohort_rate(const struct wt_snapshot *snapshot, const struct wt_cohort *cohort,
                      size_t row, size_t field);

#endif /* WT_MODEL_SNAPSHOT_H */
