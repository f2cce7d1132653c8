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
 *       |-- processes[]  what the kernel says of workers' processes, sorted by pid
 *       |-- store        geometry, free list, map of segments, last resizes
 *       |-- recorders    the same for recorders.shm, recorders_wide for recorders-wide.shm
 *       |-- events[]     oldest first
 *       '-- activity     what threads do now, and what they left behind: activity.h
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
#include "model/activity.h"
#include "schema/schema.h"

enum { WT_SNAPSHOT_SCHEMA_VERSION = 1 };

enum wt_source_kind {
    WT_SOURCE_LIVE,  /* this process is the monitor */
    WT_SOURCE_BUS,   /* asked over the monitor's socket */
    WT_SOURCE_ATTACH /* read from the monitor's files, which are mapped read-only */
};

/* What is known of the monitor behind an attached snapshot; ANSWERING for all other sources. */
enum wt_source_health {
    WT_SOURCE_ANSWERING,
    WT_SOURCE_SILENT, /* no heartbeat for three intervals, but its process is there: stopped, stuck
                       */
    WT_SOURCE_DEAD,   /* its process is gone, and it did not say goodbye */
    WT_SOURCE_LEFT    /* it ended by itself */
};

const char *wt_source_health_text(enum wt_source_health health); /* "answering", "silent" ... */

struct wt_source {
    enum wt_source_kind kind;
    enum wt_source_health health;
    const char *path;     /* of the monitor's socket, or of the directory file; "" for none */
    const char *problem;  /* one sentence: who does not answer, why, and what to do; "" when all
                             is well */
    int64_t heartbeat_ns; /* attach: monotonic time of the monitor's last heartbeat; else 0 */
    int64_t since_realtime_ns; /* since when the monitor does not answer; 0 while it does */
    bool samples_segments;     /* attach, monitor gone: the values were read from the segments at
                                  snapshot.time; the rest is the monitor's last word */
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
    uint32_t slot;      /* its place in its service, 1, 2, 3 ...; 0: the source does not know. When
                           its process is gone a successor takes the place over */
    uint32_t restarts;  /* how often successors took the slot over; nothing without a slot */
    const char *reason; /* why it is silent, or what is wrong with its schema; "" otherwise */
};

enum {
    WT_ROW_FRESH = 1,      /* first look at this worker, or the first after it was unreadable: there
                              is no previous value. A process that started after the previous look is
                              not fresh: its previous values are 0 */
    WT_ROW_TORN = 2,       /* a value never read the same twice: the last good one is shown, 0 when
                              there was none */
    WT_ROW_UNREADABLE = 4, /* the segment could not be read: the same for all values */
    WT_ROW_STUCK = 8,      /* busy, no counter moved for the service's stuck limit */
    WT_ROW_UNTIMED = 16    /* what its recorder says of its busy time cannot be used: its busy gauge
                              is looked at instead */
};

/* What one tick knows of one worker. */
struct wt_row_status {
    uint8_t state;        /* enum wt_worker_state */
    uint8_t flags;        /* WT_ROW_* */
    int64_t progress_ns;  /* monotonic time of the last look at which a counter had moved or nothing
                             was busy; 0 when unknown (no counters, no look yet) */
    int64_t heartbeat_ns; /* monotonic time of the last heartbeat, 0 without a recorder */
};

/* How the reason of a worker begins for which there was no room in the store. */
#define WT_REASON_NO_SEGMENT "no segment"

/* Whether the worker is registered and waits for a segment. */
bool wt_worker_waits_for_segment(const struct wt_worker *worker,
                                 const struct wt_row_status *status);

struct wt_cohort {
    uint32_t service;                    /* index into snapshot->services */
    const struct wt_schema *schema;      /* NULL: workers without metrics */
    size_t row_count;                    /* rows, empty ones included */
    size_t worker_count;                 /* rows that are not empty */
    const struct wt_worker *const *rows; /* NULL entries are empty */
    const struct wt_row_status *status;  /* row_count */
    const uint64_t *values;              /* row_count * field_count; NULL without a schema */
    const uint64_t *previous;            /* the values one tick ago, NULL in the first snapshot */
    const double *rates; /* row_count * field_count per second, NAN when unknown, where the source
                            told them; NULL: they follow from previous */
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
    struct wt_number p50, p95; /* nearest rank: the value of a worker. Absent from sources that do
                                  not know; spread.h */
    struct wt_number total; /* counters: sum plus what workers that are gone for good had counted,
                               so that it never falls; absent for gauges and from sources that do
                               not know */
    double mean;            /* NAN when absent */
    double rate_per_s;      /* counters only; NAN when unknown (first tick, gauges) */
};

enum wt_verdict {
    WT_VERDICT_UNKNOWN,
    WT_VERDICT_IDLE,
    WT_VERDICT_OK,
    WT_VERDICT_WARN,
    WT_VERDICT_CRIT
};

const char *wt_verdict_text(enum wt_verdict verdict); /* "UNKNOWN", "IDLE", "OK", "WARN", "CRIT" */

#define WT_CAUSE_MAP(X)                                                                            \
    X(NONE, "none")                                                                                \
    X(NO_FIGURES, "no_figures")                                                                    \
    X(UNREADABLE, "unreadable")                                                                    \
    X(IDLE, "idle")                                                                                \
    X(ROLLING_RESTART, "rolling_restart")                                                          \
    X(SATURATED, "saturated")                                                                      \
    X(STUCK, "stuck")                                                                              \
    X(STALE, "stale")                                                                              \
    X(FLAPPING, "flapping")                                                                        \
    X(ERRORS_RISING, "errors_rising")                                                              \
    X(QUEUE_GROWING, "queue_growing")                                                              \
    X(ACCEPT_QUEUE, "accept_queue")                                                                \
    X(MEMORY, "memory")                                                                            \
    X(WORKERS_GONE, "workers_gone")

/* What the verdict is about: the rule of health.h that gave it. */
enum wt_cause {
#define WT_CAUSE_ENUM(name, text) WT_CAUSE_##name,
    WT_CAUSE_MAP(WT_CAUSE_ENUM)
#undef WT_CAUSE_ENUM
};

#define WT_CAUSE_ONE(name, text) +1
enum { WT_CAUSES = 0 WT_CAUSE_MAP(WT_CAUSE_ONE) };
#undef WT_CAUSE_ONE

const char *wt_cause_text(enum wt_cause cause);  /* "none", "queue_growing" ... */
const char *wt_cause_words(enum wt_cause cause); /* the same for people: "a growing queue" ... */

/* The thresholds by which the source judged a service, as far as others show them or go on with
 * them. Ratios are NAN and times 0 where the source does not say. */
struct wt_service_limits {
    double warn_ratio, crit_ratio; /* of the utilization */
    int64_t stuck_ns, stale_ns;
};

/* Nothing is known. */
struct wt_service_limits wt_service_limits_unknown(void);

/* How the load of a service is spread over its workers: of busy / capacity of each of them, or of
 * busy alone where capacity is unknown. All NAN, and no worker, without a busy field. */
struct wt_skew {
    bool of_utilization;
    double p50, p95, max; /* nearest rank */
    uint64_t worker_id;   /* the worker that is furthest from p50; 0 for none: all have the same */
    int64_t worker_pid;
    double worker; /* its value: its distance is worker - p50. NAN without one */
};

/* Nothing is known. */
struct wt_skew wt_skew_unknown(void);

/* The spans of time over which the load of a service is told: enum, text, seconds. */
#define WT_WINDOW_MAP(X)                                                                           \
    X(10S, "10s", 10)                                                                              \
    X(1M, "1m", 60)                                                                                \
    X(5M, "5m", 300)

enum wt_window {
#define WT_WINDOW_ENUM(name, text, seconds) WT_WINDOW_##name,
    WT_WINDOW_MAP(WT_WINDOW_ENUM)
#undef WT_WINDOW_ENUM
        WT_WINDOW_COUNT
};

const char *wt_window_text(enum wt_window window); /* "10s", "1m", "5m" */
int64_t wt_window_ns(enum wt_window window);

/* Where busy-seconds come from, as of this look. */
enum wt_busy_source {
    WT_BUSY_UNKNOWN, /* no busy field, or the source does not know */
    WT_BUSY_GAUGES,  /* by looking at the busy gauges, many times a second */
    WT_BUSY_RECORDS, /* exactly, from what libworktop's threads recorded */
    WT_BUSY_BOTH     /* some workers the one way, some the other */
};

const char *wt_busy_source_text(enum wt_busy_source source); /* "unknown", "gauges" ... */

/* The load over the last 10 s, 1 min or 5 min: of the time in it in which somebody looked. All NAN
 * until that is WT_WINDOW_LEAST_PERCENT of the window. */
enum { WT_WINDOW_LEAST_PERCENT = 80 };

struct wt_window_load {
    double utilization_ratio; /* busy-seconds / capacity-seconds; NAN also where the capacity of any
                                 worker was unknown at any time in the window */
    double mean_wait_s;       /* queue-seconds / requests (Little's law); NAN also without one */
    double queue_growth_per_s; /* mean queue of the window's later half less that of its earlier
                                  half, over the time between these two */
};

/* Integrals over time since the monitor first saw the service; they never fall. Time in which
 * nobody looked (or could) is no time. NAN where there is no such field. */
struct wt_load {
    enum wt_busy_source source;
    double watched_s;  /* how much time that was */
    double busy_s;     /* busy-seconds: 1 for each second of a slot at work */
    double capacity_s; /* capacity-seconds */
    double queue_s;    /* queue-seconds: 1 for each second that a request waits */
    struct wt_window_load windows[WT_WINDOW_COUNT];
};

/* Nothing is known. */
struct wt_load wt_load_unknown(void);

/* What the kernel says of one process. It is the process's: workers that share one (worker_count)
 * all show the same. Processes that were never looked at successfully are not in the snapshot:
 * gone ones, and those that are hidden from us or belong to another pid namespace. */
struct wt_process {
    int64_t pid;
    uint64_t start_time_ticks; /* with the pid, who it is */
    uint32_t worker_count;     /* registered ones, of all services */
    uint32_t threads;
    int64_t read_ns;       /* monotonic time of the look at threads, rss_bytes and cpu_ratio */
    double cpu_ratio;      /* of one core, over the cpu_window_ns before read_ns; NAN before two
                              looks */
    int64_t cpu_window_ns; /* 0 with NAN */
    uint64_t rss_bytes;    /* resident memory, shared pages included */
    uint64_t fd_count;     /* open descriptors at fds_read_ns */
    int64_t fds_read_ns;   /* 0: they are not known */
};

/* The same, summed over the processes of a service; one that has workers of several services counts
 * in each of them, once. All zero: nothing is known. */
struct wt_usage {
    uint32_t process_count;   /* of its workers, those that the kernel hides included */
    uint32_t known_count;     /* of them have rss_bytes and threads */
    uint32_t cpu_known_count; /* have a cpu_ratio */
    uint32_t fds_known_count; /* have an fd_count */
    double cpu_cores;         /* sum of cpu_ratio */
    uint64_t rss_bytes, thread_count, fd_count;
    int64_t oldest_ns; /* monotonic time of the oldest of these looks; 0 without any */
};

enum wt_listener_family { WT_LISTENER_TCP4, WT_LISTENER_TCP6, WT_LISTENER_UNIX };

const char *wt_listener_family_text(enum wt_listener_family family); /* "tcp4", "tcp6", "unix" */

/* One address at which a service listens, and the kernel's queue of connections that nobody has
 * accepted yet. Several sockets may share an address (SO_REUSEPORT). */
struct wt_accept_queue {
    const char *address; /* cleaned: "127.0.0.1:3000", "[::]:3000", "unix:/run/web.sock" */
    enum wt_listener_family family;
    bool is_configured;    /* named by the configuration; else found among the workers' sockets */
    uint32_t socket_count; /* that listen there; 0: none does (or the kernel could not be asked) */
    uint64_t queue_length; /* sums over the sockets */
    uint64_t queue_limit;  /* what listen(2) got, as the kernel bounded it */
    double fullest_ratio;  /* length / limit of the fullest of them; NAN without a socket */
    int64_t read_ns;       /* monotonic time of the look; 0: the kernel could not be asked */
};

enum { WT_SERVICE_LISTENERS = 16 }; /* at most; more are left out */

/* What else is to be said of a service, beside its verdict. */
struct wt_trouble {
    enum wt_cause cause;
    enum wt_verdict verdict; /* WARN or CRIT; OK: it rises, and is one of them when it goes on */
    int64_t since_ns;        /* realtime; 0 when unknown */
    const char *sentence;
};

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
    struct wt_load load;
    struct wt_skew skew;
    double starts_per_min, exits_per_min; /* processes of workers, in the last 60 s; NAN when the
                                             source does not know */
    const char *last_exit;                /* its cause, "signal 9 (Killed)"; "" for none */
    int64_t last_exit_realtime_ns;        /* 0 for none */
    uint32_t slot_count;                  /* places of workers, free ones included; 0: not known */
    uint32_t replaced_per_min;       /* slots that another process took over in the last 60 s */
    uint32_t replaced_again_per_min; /* of them: slots whose last takeover was within 60 s before.
                                        0 while each slot is replaced once: a rolling restart */
    struct wt_usage usage;
    const struct wt_accept_queue *listeners; /* listener_count, sorted by address */
    size_t listener_count;
    enum wt_verdict verdict;
    enum wt_cause cause;             /* of the verdict */
    int64_t verdict_since_ns;        /* realtime; 0 when unknown */
    const char *sentence;            /* cause and cure, "" when there is nothing to say */
    const struct wt_trouble *others; /* other_count, the worst first: what is wrong, too, and then
                                        what rises. Nothing rises beside a WARN or CRIT */
    size_t other_count;
    struct wt_service_limits limits;
};

enum wt_segment_state { WT_SEGMENT_FREE, WT_SEGMENT_ALLOCATED, WT_SEGMENT_QUARANTINED };

struct wt_resize {
    int64_t realtime_ns;
    uint64_t old_bytes, new_bytes;
    uint64_t segments_added;
    int64_t duration_ns;
    const char *problem; /* "" when it worked, else why it was refused */
};

/* A segment in quarantine, and who may still write it. */
struct wt_held_segment {
    uint64_t segment;
    uint64_t worker_id;  /* its last owner */
    int64_t pid;         /* its process; 0 when the kernel hides it */
    const char *service; /* never NULL */
    int64_t since_realtime_ns;
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
    const uint32_t *segment_generations; /* segment_count: how often each was handed out; NULL when
                                            unknown */
    const struct wt_held_segment *held;  /* those in quarantine, by ascending segment */
    size_t held_count;                   /* less than quarantined_count when some are unknown */
    const char *problem;                 /* "" when all is well */
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
    X(TROUBLE, "trouble")                                                                          \
    X(FLAPPING, "flapping")                                                                        \
    X(RESTARTED, "restarted")                                                                      \
    X(MARK, "mark")

enum wt_event_kind {
#define WT_EVENT_KIND_ENUM(name, text) WT_EVENT_##name,
    WT_EVENT_KIND_MAP(WT_EVENT_KIND_ENUM)
#undef WT_EVENT_KIND_ENUM
};

#define WT_EVENT_KIND_ONE(name, text) +1
enum { WT_EVENT_KINDS = 0 WT_EVENT_KIND_MAP(WT_EVENT_KIND_ONE) };
#undef WT_EVENT_KIND_ONE

const char *wt_event_kind_text(enum wt_event_kind kind);

enum { WT_GROWN_SIZE = 40 };

/* "not grown", "grown once", "grown 4 times" */
void wt_grown_text(uint64_t resize_count, char out[static WT_GROWN_SIZE]);

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
    enum wt_verdict verdict;  /* on the monitor itself; UNKNOWN from sources that do not say */
    int64_t verdict_since_ns; /* realtime; 0 when unknown */
    const char *problem;      /* the monitor's own trouble, "" when all is well */
};

struct wt_snapshot {
    uint32_t references; /* atomic; see wt_snapshot_ref */
    uint64_t sequence;   /* 1, 2, 3 ... of this source */
    struct wt_time time; /* of the look, by the clocks of the host that looked */
    int64_t tick_ns;     /* distance to the previous look, 0 for the first */
    bool failed;         /* the store (or what it was, for workers that have not moved to a new one)
                            could not be read: values of rows marked UNREADABLE are the last good
                            ones, and store.problem says why */
    struct wt_source source;
    struct wt_monitor_info monitor;
    struct wt_store_info store;
    struct wt_store_info recorders;
    struct wt_store_info recorders_wide; /* path "" until a worker with many threads came */
    const struct wt_service *services;
    size_t service_count;
    const struct wt_cohort *cohorts;
    size_t cohort_count;
    const struct wt_process *processes; /* by ascending pid */
    size_t process_count;
    const struct wt_event *events; /* oldest first, at most 256 */
    size_t event_count;
    uint64_t events_dropped;
    struct wt_activity activity;
    void (*destroy)(
        struct wt_snapshot *snapshot); /* frees everything; NULL for static snapshots of tests */
};

struct wt_snapshot *wt_snapshot_ref(const struct wt_snapshot *snapshot); /* NULL stays NULL */
void wt_snapshot_unref(const struct wt_snapshot *snapshot);

/* Nanoseconds between the look and `now`, never negative. Both on this host's monotonic clock. */
int64_t wt_snapshot_age_ns(const struct wt_snapshot *snapshot, struct wt_time now);

/* Index of the service with this name, -1 without. O(log services). */
int wt_snapshot_find_service(const struct wt_snapshot *snapshot, const char *name);

/* What is known of the process of a worker; NULL when nothing is. O(log processes). */
const struct wt_process *wt_snapshot_process(const struct wt_snapshot *snapshot,
                                             const struct wt_worker *worker);

/* The listener that is closest to its limit; NULL when no queue is known. */
const struct wt_accept_queue *wt_service_fullest(const struct wt_service *service);

/* How much is wrong beside what the verdict is about; and what rises, NULL without. */
size_t wt_service_more_wrong(const struct wt_service *service);
const struct wt_trouble *wt_service_rising(const struct wt_service *service);

/* The sum, and the rate per second, of one of the service's special fields (busy_field and its
 * kin): NAN without it (-1), and when it is unknown. */
double wt_service_sum(const struct wt_service *service, int field);

/* The one figure that stands for the field of a service, by its aggregate: the sum, least, most or
 * mean of its workers' values. WT_AGGREGATE_LAST is the sum, too: no source knows the last one. */
struct wt_number wt_field_figure(const struct wt_field_stats *field);
double wt_service_rate(const struct wt_service *service, int field);

/* A field of one row as a number: absent when the row is empty, the value is NaN or infinite, or a
 * wrapped negative gauge (an unsigned gauge in the top half of its type). */
struct wt_number wt_cohort_value(const struct wt_cohort *cohort, size_t row, size_t field);

/* The rate per second of a counter of one row; NAN when unknown (gauge, no previous, a row
 * that is fresh or unreadable). */
double wt_cohort_rate(const struct wt_snapshot *snapshot, const struct wt_cohort *cohort,
                      size_t row, size_t field);

#endif /* WT_MODEL_SNAPSHOT_H */
