/* internal.h - the monitor's own memory. For the files of src/monitor only.
 *
 *     monitor
 *       |-- stores[]     utilization.shm, recorders.shm, recorders-wide.shm
 *       |-- members      id -> worker; also in a list in registration order
 *       |-- peers        processes, with the segments that they may still write
 *       |-- services[]   sorted by name; each with its cohorts
 *       '-- looks[]      memory of snapshots, used again when nobody reads them
 */
#ifndef WT_MONITOR_INTERNAL_H
#define WT_MONITOR_INTERNAL_H

#include "base/map.h"
#include "model/events.h"
#include "monitor/cohort.h"
#include "monitor/monitor.h"
#include "monitor/peers.h"
#include "shm/store.h"

enum wt_store_index { WT_STORE_VALUES, WT_STORE_RECORDERS, WT_STORE_WIDE, WT_STORE_INDICES };

enum {
    WT_LOOKS = 6,
    WT_EMPTY_SERVICES = 256, /* remembered for their counts of joins and leaves */
    WT_REASON_BYTES = 200
};

struct wt_service_entry {
    char *name; /* owned, cleaned */
    uint64_t name_hash;
    struct wt_cohort_rows **cohorts; /* owned; the one without a schema is among them */
    size_t cohort_count, cohort_capacity;
    struct wt_shape *shape; /* NULL: to be made */
    struct wt_health health;
    uint32_t joined_count, left_count;
    size_t member_count;
};

/* One registered worker. */
struct wt_member {
    uint64_t id;
    struct wt_service_entry *service;
    struct wt_cohort_rows *cohort;
    size_t row;
    struct wt_peer *peer;
    struct wt_identity *identity; /* the row's; one reference */
    enum wt_worker_state state;   /* CONNECTING, LIVE or SILENT */
    uint32_t segment;             /* WT_NO_SEGMENT without */
    uint32_t recorder;            /* the same, in stores[recorder_store] */
    enum wt_store_index recorder_store;
    bool recorder_offered; /* once per worker */
    bool waits;            /* in the queue of those without a segment */
    bool newborn;          /* its process started after the tick before its registration ... */
    uint64_t sequence;     /* ... which was this one */
    struct wt_member *older, *newer;                 /* in registration order */
    struct wt_member *of_peer_next, *of_peer_before; /* of the same process */
    struct wt_member *waits_next, *waits_before;
};

/* A worker that left; told at the next tick, when it is known whether its process died. */
struct wt_departure {
    struct wt_identity *identity; /* one reference */
    struct wt_peer *peer;
    uint32_t held_segment; /* WT_NO_SEGMENT: it had none */
    int64_t since_ns;      /* monotonic time at which its connection closed */
    bool goodbye;          /* it said that it leaves by itself */
};

struct wt_monitor_growth {
    struct wt_store_growth *job;
    enum wt_store_index store;
    bool out;
};

/* A snapshot and what it holds on to. */
struct wt_look_memory;

struct wt_monitor {
    char *store_path, *recorder_path, *wide_path, *socket_path; /* owned */
    char host[256];
    struct wt_monitor_options options; /* texts point to the above */
    struct wt_health_limits limits;
    struct wt_time started;

    struct wt_store *stores[WT_STORE_INDICES]; /* NULL: not made */
    uint64_t resizes_told[WT_STORE_INDICES];
    bool states_changed[WT_STORE_INDICES]; /* since the block below was made */
    struct wt_block *states[WT_STORE_INDICES];
    struct wt_block *resizes[WT_STORE_INDICES];
    uint64_t resizes_total[WT_STORE_INDICES];
    bool store_told_broken[WT_STORE_INDICES];
    struct wt_monitor_growth growth;

    struct wt_map members; /* id -> struct wt_member */
    struct wt_member *oldest, *newest;
    struct wt_member *waits_first, *waits_last;
    size_t waits_count;
    uint64_t last_id;
    struct wt_peers peers;
    struct wt_departure *departures; /* owned */
    size_t departure_count, departure_capacity;

    struct wt_service_entry **services; /* owned, sorted by name */
    size_t service_count, service_capacity;

    struct wt_events *events;
    struct wt_look_memory *looks[WT_LOOKS];
    struct wt_look_memory *published, *status; /* one more reference each */
    uint64_t sequence, tick_count;
    int64_t tick_duration_ns;
    uint64_t connection_count;
    char trouble[WT_REASON_BYTES];
    bool refusal_told;
};

/* ---- services.c: names, cohorts, rows ------------------------------------------------------ */

/* The entry of a cleaned name, made when it is new. NULL without memory. */
struct wt_service_entry *wt_services_get(struct wt_monitor *monitor, const char *name);

/* Puts the member into the cohort of its service with this schema (NULL: without metrics), after
 * taking it out of its present one, and shows it there with `reason`. On failure it is nowhere. */
wt_status wt_services_place(struct wt_monitor *monitor, struct wt_member *member,
                            const struct wt_schema *schema, const char *reason,
                            struct wt_error *err);

/* Shows the member with another reason, and its present segments, in its row. */
void wt_services_describe(struct wt_monitor *monitor, struct wt_member *member, const char *reason);

/* Destroys cohorts without rows, and services without anything. */
void wt_services_tidy(struct wt_monitor *monitor);
void wt_services_fini(struct wt_monitor *monitor);

/* ---- registry.c, departures.c -------------------------------------------------------------- */

/* Takes a member without segments out of all lists and frees it. */
void wt_registry_drop(struct wt_monitor *monitor, struct wt_member *member);

/* The growth that workers wait for failed: now they are refused, and told why. */
void wt_registry_refuse_waiting(struct wt_monitor *monitor, const struct wt_error *why,
                                struct wt_time now);

/* What a tick does for workers before it looks: ends of processes, departures, zeroing. */
void wt_registry_tick(struct wt_monitor *monitor, struct wt_time now);
void wt_registry_fini(struct wt_monitor *monitor);

/* ---- quarantine.c -------------------------------------------------------------------------- */

/* Takes the member's segment in this store away: free at once, or held until its writer is gone. */
void wt_quarantine_segment(struct wt_monitor *monitor, struct wt_member *member,
                           enum wt_store_index store, enum wt_store_free how);

/* The same for all it has; the member has none afterwards. */
void wt_quarantine_all(struct wt_monitor *monitor, struct wt_member *member,
                       enum wt_store_free how);

/* held[index] of the peer is free: its writer is gone, or writes elsewhere. */
void wt_quarantine_release(struct wt_monitor *monitor, struct wt_peer *peer, size_t index);

/* Gives the member a segment that its own process left behind. False when there is none. */
bool wt_quarantine_reclaim(struct wt_monitor *monitor, struct wt_member *member);

/* The member writes its new segment (or recorder) by now: old ones under its key are free. */
void wt_quarantine_taken_up(struct wt_monitor *monitor, struct wt_member *member, bool recorders);

/* ---- monitor.c ----------------------------------------------------------------------------- */

const char *wt_store_name(enum wt_store_index index); /* "store", "recorder store" ... */

/* Tells the resizes that were not told yet. */
void wt_stores_tell_resizes(struct wt_monitor *monitor);

/* Looks whether the files are still what workers map, and tells when not, once. */
void wt_stores_check(struct wt_monitor *monitor, struct wt_time now);

/* Creates one of the two recorder stores, when the first worker needs it. */
wt_status wt_monitor_open_recorders(struct wt_monitor *monitor, enum wt_store_index index,
                                    struct wt_error *err);

/* ---- publish.c ----------------------------------------------------------------------------- */

/* One look at everything; `publish` makes it the tick's. NULL without memory. */
const struct wt_snapshot *wt_look_make(struct wt_monitor *monitor, struct wt_time now,
                                       bool publish);
void wt_looks_fini(struct wt_monitor *monitor);

/* The first part of a look alone, and the end of it: for the benchmark. False without memory. */
bool wt_look_sample(struct wt_monitor *monitor, struct wt_time now);
void wt_look_settle(struct wt_monitor *monitor);

#endif /* WT_MONITOR_INTERNAL_H */
