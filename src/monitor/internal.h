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
#include "base/utf8.h"
#include "flight/board.h"
#include "model/events.h"
#include "model/integrals.h"
#include "model/minute.h"
#include "model/monitor_health.h"
#include "model/odd_memory.h"
#include "model/spread.h"
#include "monitor/cohort.h"
#include "monitor/listeners.h"
#include "monitor/monitor.h"
#include "monitor/peers.h"
#include "monitor/processes.h"
#include "monitor/publisher.h"
#include "monitor/slots.h"
#include "monitor/takeover.h"
#include "monitor/totals.h"
#include "probe/prober.h"
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
    struct wt_total *total; /* NULL: it never had a counter */
    struct wt_health health;
    const struct wt_service_rules *rules;  /* what an operator decided, NULL: nothing */
    const struct wt_health_limits *limits; /* never NULL */
    uint32_t joined_count, left_count;
    struct wt_integrals integrals;
    struct wt_level level; /* of the look at its gauges that is under way */
    struct wt_minute starts, exits;
    struct wt_churn churn;
    struct wt_odd_memory memory; /* as of memory_ns; monotonic, 0: never */
    int64_t memory_ns;
    char last_exit[96]; /* its cause, "" for none */
    int64_t last_exit_realtime_ns;
    size_t member_count;
    struct wt_slots slots;
    struct wt_listens listens;
    uint32_t process_count; /* of its members */
    struct wt_usage usage;  /* of the look being made */
};

/* A segment in a store that may be lost. */
struct wt_region {
    uint32_t segment; /* WT_NO_SEGMENT: none */
    uint8_t origin;   /* WT_ORIGIN_* */
};

/* One registered worker. */
struct wt_member {
    uint64_t id;
    struct wt_service_entry *service;
    struct wt_cohort_rows *cohort;
    size_t row;
    struct wt_peer *peer;
    struct wt_worker_slot *slot;  /* NULL without memory */
    struct wt_identity *identity; /* the row's; one reference */
    enum wt_worker_state state;   /* CONNECTING, LIVE or SILENT */
    uint32_t segment;             /* WT_NO_SEGMENT without */
    uint32_t recorder;            /* the same, in stores[recorder_store] */
    enum wt_store_index recorder_store;
    bool recorder_offered;    /* once per worker */
    bool recorder_again;      /* it declined this very one before */
    bool recorder_asked;      /* and not answered yet */
    bool setup_asked;         /* live, and called again: to take up `segment` */
    struct wt_region read;    /* in a lost store: read until another is taken up. None when all is
                               well */
    struct wt_region offered; /* in a lost store: what its open setup call names */
    bool recorder_lost; /* its recorder lies in a lost store, of which recorder_origin is read */
    uint8_t recorder_origin;
    bool waits;             /* in the queue of those without a segment */
    int64_t process_age_ns; /* at its registration; -1 when nobody can tell */
    bool newborn;           /* its process started after the tick before its registration ... */
    uint64_t sequence;      /* ... which was this one */
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
    int64_t since_realtime_ns;
    int64_t born_ns; /* when its process started, or when it registered where nobody can tell */
    bool goodbye;    /* it said that it leaves by itself */
};

struct wt_monitor_growth {
    struct wt_store_growth *job;
    enum wt_store_index store;
    struct wt_store *target; /* the store itself: by its end it may be a retired one */
    bool out;
};

/* A snapshot and what it holds on to. */
struct wt_look_memory;

/* What became of one of the stores when its file was lost, and of those that write it: healing.c.
 */
struct wt_healing {
    struct wt_retired {
        struct wt_store *store; /* NULL: free */
        size_t readers;         /* members that are still read in it, or may write it soon */
    } retired[WT_RETIRED_STORES];
    const char *loss;     /* what happened to the file, static; NULL: all is well */
    bool is_replaced;     /* a new store was made; some members have not moved yet */
    int64_t found_ns;     /* monotonic, like all here */
    int64_t moved_ns;     /* when the last worker took up its new segment */
    size_t to_move_count; /* members that were to be moved */
    size_t moved_count;   /* of them, moved by now */
    int64_t retry_ns;     /* no new file is tried before */
    int64_t pause_ns;     /* between the last two tries, 0 before the first */
    char problem[224];    /* while it lasts: what is shown; "" when all is well */
};

struct wt_monitor {
    char *store_path, *recorder_path, *wide_path, *directory_path, *socket_path; /* owned */
    char host[256];
    struct wt_monitor_options options; /* texts point to the above */
    struct wt_health_limits limits;
    const struct wt_rules *rules; /* borrowed; NULL: none */
    struct wt_time started;
    int64_t period_ns;         /* between ticks */
    bool wants_looks;          /* at gauges between them, as of the last one */
    bool recorders_unreadable; /* as of the last look */

    struct wt_store *stores[WT_STORE_INDICES]; /* NULL: not made */
    uint64_t resizes_told[WT_STORE_INDICES];
    bool states_changed[WT_STORE_INDICES]; /* since the blocks below were made */
    struct wt_block *states[WT_STORE_INDICES];
    struct wt_block *generations[WT_STORE_INDICES];
    struct wt_block *held[WT_STORE_INDICES]; /* struct wt_held_segment, and their texts */
    size_t held_count[WT_STORE_INDICES];
    struct wt_block *resizes[WT_STORE_INDICES];
    uint64_t resizes_total[WT_STORE_INDICES];
    struct wt_healing healing[WT_STORE_INDICES];
    size_t retired_count;        /* stores that were lost and are still open */
    struct wt_member *next_move; /* where wt_healing_next_offer goes on; NULL: through for now */
    struct wt_monitor_growth growth;

    struct wt_map members; /* id -> struct wt_member */
    struct wt_member *oldest, *newest;
    struct wt_member *waits_first, *waits_last;
    size_t waits_count;
    uint64_t last_id;
    struct wt_peers peers;
    struct wt_prober prober;
    struct wt_listeners listeners;
    struct wt_block_pool process_pool;
    int64_t round_ns;                     /* monotonic; of the last one of the prober */
    uint64_t watched[WT_MONITOR_WATCHED]; /* ids of workers that somebody looks at */
    size_t watched_count;
    struct wt_departure *departures; /* owned */
    size_t departure_count, departure_capacity;

    struct wt_service_entry **services; /* owned, sorted by name */
    size_t service_count, service_capacity;
    struct wt_totals totals;
    struct wt_publisher *publisher; /* NULL: no directory file is wanted */
    struct {
        struct wt_store_view *store; /* of the monitor before this one; NULL: not needed any more */
        bool is_readable;            /* as of the last tick */
        char note[WT_EVENT_TEXT_BYTES];
        bool failed;
    } takeover;

    struct wt_board *board; /* what threads do and did: flights.c */
    uint64_t focus_id;      /* 0: nobody looks at one worker */
    struct wt_events *events;
    size_t told[WT_EVENT_KINDS];      /* of single workers, since the last tick */
    int64_t gap_begin_ns, gap_end_ns; /* monotonic; the last time that nobody looked for long */
    struct wt_spread_scratch spread;
    struct wt_look_memory *looks[WT_LOOKS];
    struct wt_look_memory *published, *status; /* one more reference each */
    uint64_t sequence, tick_count;
    int64_t tick_duration_ns;
    uint64_t connection_count;
    char trouble[WT_REASON_BYTES];
    char config_problem[384]; /* "" without: shown while there is no trouble */
    struct wt_odd_memory_scratch odd_memory;
    struct wt_monitor_health health;
    struct wt_minute failed_setups;
    char last_failure[WT_EVENT_TEXT_BYTES];
    bool refusal_told;
};

/* ---- services.c: names, cohorts, rows ------------------------------------------------------ */

/* The entry of a cleaned name, made when it is new. NULL without memory. */
struct wt_service_entry *wt_services_get(struct wt_monitor *monitor, const char *name);

/* The same, NULL when there is none. */
struct wt_service_entry *wt_services_find(const struct wt_monitor *monitor, const char *name);

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

/* ---- rules.c -------------------------------------------------------------------------------- */

/* Looks up what was decided about the service. */
void wt_rules_give(struct wt_monitor *monitor, struct wt_service_entry *service);

/* ---- registry.c, departures.c -------------------------------------------------------------- */

/* What a worker is told of a segment. */
struct wt_offer wt_offer_of(const struct wt_store *store, uint32_t segment);

/* Monotonic time of the last look that was published, or of the monitor's start. */
int64_t wt_monitor_last_look_ns(const struct wt_monitor *monitor);

/* Takes a member without segments out of all lists and frees it. */
void wt_registry_drop(struct wt_monitor *monitor, struct wt_member *member);

/* The growth that workers wait for failed: now they are refused, and told why. */
void wt_registry_refuse_waiting(struct wt_monitor *monitor, const struct wt_error *why,
                                struct wt_time now);

/* What a tick does for workers before it looks: ends of processes, departures, zeroing. */
void wt_registry_tick(struct wt_monitor *monitor, struct wt_time now);
void wt_registry_fini(struct wt_monitor *monitor);

/* ---- timed.c ------------------------------------------------------------------------------- */

/* Where a service's gauges are among the fields of a cohort; -1 without. */
struct wt_load_fields {
    int busy, capacity, queue;
    bool are_words; /* all of them integers of 64 bits */
};

/* The row has a recorder from now on: its time begins to count. */
void wt_timed_begin(struct wt_cohort_rows *cohort, size_t row, int64_t now_ns);

/* What the row's recorder says of the time since it was read last goes into the integrals. values
 * are the row's. Between two reads that are further apart than longest_ns nobody looked. */
void wt_timed_read(struct wt_cohort_rows *cohort, size_t row, const struct wt_load_fields *fields,
                   const uint64_t *values, int64_t now_ns, int64_t longest_ns);

/* The same for all rows with values in the look that is being made, which are marked. */
void wt_timed_read_all(struct wt_cohort_rows *cohort, const struct wt_load_fields *fields,
                       int64_t now_ns, int64_t longest_ns);

/* Marks those in a look that reads nothing of it. */
void wt_timed_mark(struct wt_cohort_rows *cohort);

/* ---- load.c -------------------------------------------------------------------------------- */

/* The load of a service as of this look; `publish`: which is the tick's, and adds to it. */
void wt_load_put(struct wt_monitor *monitor, struct wt_service_entry *service,
                 struct wt_service *out, struct wt_time now, bool publish);

/* The member leaves: the last of its time. Before its region is handed on. */
void wt_load_leave(struct wt_monitor *monitor, struct wt_member *member, struct wt_time now);

/* ---- clocks.c ------------------------------------------------------------------------------ */

/* Looks what the clocks did since the last tick, before the next one. */
void wt_monitor_follow_clocks(struct wt_monitor *monitor, struct wt_time now);

/* ---- flights.c ------------------------------------------------------------------------------ */

/* The member writes this region from now on. */
void wt_flights_take_up(struct wt_monitor *monitor, const struct wt_member *member,
                        const unsigned char *region, struct wt_time now);

/* Tells its row where it is on the board. */
void wt_flights_find(const struct wt_monitor *monitor, const struct wt_member *member);

/* It does not any more: what is left is read first; or it must not be read. The first returns how
 * many of its records were read, or lost. */
uint64_t wt_flights_let_go(struct wt_monitor *monitor, uint64_t id, struct wt_time now);
void wt_flights_forget(struct wt_monitor *monitor, uint64_t id);

/* The process that held this recorder region is gone: its black box. And why, when that is known.
 */
void wt_flights_bury(struct wt_monitor *monitor, const struct wt_held *held, struct wt_time now);
void wt_flights_tell_cause(struct wt_monitor *monitor, uint64_t id, const char *cause);

/* Names what the worker that is stuck for longest does, in `kept`, if it said so. */
void wt_flights_name(const struct wt_monitor *monitor, struct wt_findings *findings,
                     struct wt_flight *kept, struct wt_time now);

/* Looks, and puts what it found into the look; look->failed without memory. */
void wt_flights_put(struct wt_monitor *monitor, struct wt_look_memory *look, struct wt_time now);

/* ---- telling.c ------------------------------------------------------------------------------ */

/* An event about one worker (NULL: about none), unless too many of this kind came since the last
 * tick: those are counted. */
void wt_tell(struct wt_monitor *monitor, struct wt_time now, enum wt_event_kind kind,
             enum wt_severity severity, const struct wt_worker *worker, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Tells how many more there were; once a tick. */
void wt_tell_rest(struct wt_monitor *monitor, struct wt_time now);

/* ---- quarantine.c -------------------------------------------------------------------------- */

/* Takes the member's segment in this store away: free at once, or held until its writer is gone. */
void wt_quarantine_segment(struct wt_monitor *monitor, struct wt_member *member,
                           enum wt_store_index store, enum wt_store_free how, struct wt_time now);

/* The same for all it has; the member has none afterwards. */
void wt_quarantine_all(struct wt_monitor *monitor, struct wt_member *member, enum wt_store_free how,
                       struct wt_time now);

/* The store was lost, and its new one has never been written by anybody. */
void wt_quarantine_forget(struct wt_monitor *monitor, enum wt_store_index store);

/* held[index] of the peer is free: its writer is gone, or writes elsewhere. */
void wt_quarantine_release(struct wt_monitor *monitor, struct wt_peer *peer, size_t index);

/* Gives the member a segment that its own process left behind. False when there is none. */
bool wt_quarantine_reclaim(struct wt_monitor *monitor, struct wt_member *member);

/* The same of the recorder that the member declined; it has none afterwards. */
void wt_quarantine_declined(struct wt_monitor *monitor, struct wt_member *member,
                            struct wt_time now);

/* Gives the member the recorder in this store that it declined before. False without one. */
bool wt_quarantine_reclaim_recorder(struct wt_monitor *monitor, struct wt_member *member,
                                    enum wt_store_index store);

/* The member writes its new segment (or recorder) by now: old ones under its key are free. */
void wt_quarantine_taken_up(struct wt_monitor *monitor, struct wt_member *member, bool recorders);

/* ---- monitor.c ----------------------------------------------------------------------------- */

const char *wt_store_name(enum wt_store_index index); /* "store", "recorder store" ... */

/* Tells the resizes that were not told yet. */
void wt_stores_tell_resizes(struct wt_monitor *monitor);

/* A new, empty store of this kind: of size_bytes, 0 for its first size. */
wt_status wt_monitor_create_store(struct wt_monitor *monitor, enum wt_store_index index,
                                  uint64_t size_bytes, struct wt_store **out, struct wt_error *err);

/* Creates one of the two recorder stores, when the first worker needs it. */
wt_status wt_monitor_open_recorders(struct wt_monitor *monitor, enum wt_store_index index,
                                    struct wt_error *err);

/* ---- healing.c ----------------------------------------------------------------------------- */

/* Looks whether the files are still what workers map. One that is not is told, and replaced by a
 * new store to which all workers are to move. */
void wt_stores_check(struct wt_monitor *monitor, struct wt_time now);

/* What is wrong with a store, "" when nothing is. */
const char *wt_healing_problem(const struct wt_monitor *monitor, enum wt_store_index index);

/* The next live member that is to move, and can: its new segment or recorder region. False when
 * there is none until the next check. */
bool wt_healing_next_offer(struct wt_monitor *monitor, struct wt_time now, uint64_t *id,
                           struct wt_offer *offer);

/* A member answered its setup (or failed to) with a segment of a store that was lost meanwhile: it
 * is read there by now, or is to be called again. False: nothing of the kind. */
bool wt_healing_lost_answer(struct wt_monitor *monitor, struct wt_member *member, bool failed);

/* A live member took up its new segment, with the schema that it had: its row goes on there. */
void wt_healing_moved(struct wt_monitor *monitor, struct wt_member *member, struct wt_time now);

/* The same for its recorder region; `moved` false: it has none any more. */
void wt_healing_recorder_settled(struct wt_monitor *monitor, struct wt_member *member, bool moved,
                                 struct wt_time now);

/* Lets go of all that the member has in lost stores. */
void wt_healing_forget(struct wt_monitor *monitor, struct wt_member *member);

/* A growth job of a store that may be retired by now has ended. */
void wt_healing_close_idle(struct wt_monitor *monitor, enum wt_store_index index);

void wt_healing_fini(struct wt_monitor *monitor);

/* Where the member's values are read, or will be. */
static inline struct wt_region wt_member_region(const struct wt_member *member) {
    if (member->read.segment != WT_NO_SEGMENT)
        return member->read;
    return (struct wt_region){.segment = member->segment, .origin = WT_ORIGIN_PRESENT};
}

/* ---- verdicts.c ----------------------------------------------------------------------------- */

/* Judges the service by the figures of this look, and tells what changed. `unreadable`: why the
 * look failed, "" when it did not. */
void wt_verdicts_judge(struct wt_monitor *monitor, struct wt_service_entry *service,
                       const struct wt_service *figures, const char *unreadable,
                       struct wt_time now);

/* Judges the monitor itself; `publish`: this is a tick. */
void wt_verdicts_judge_monitor(struct wt_monitor *monitor, bool publish, struct wt_time now);

/* ---- publish.c ----------------------------------------------------------------------------- */

/* One look at everything; `publish` makes it the tick's. NULL without memory. */
const struct wt_snapshot *wt_look_make(struct wt_monitor *monitor, struct wt_time now,
                                       bool publish);
void wt_looks_fini(struct wt_monitor *monitor);

/* What a look in between may read, and, after it, whether no file broke meanwhile. */
void wt_look_begin(const struct wt_monitor *monitor, struct wt_time now,
                   struct wt_look_rules *rules);
bool wt_look_is_whole(const struct wt_monitor *monitor, const struct wt_look_rules *rules);

/* ---- publish_store.c ------------------------------------------------------------------------ */

/* What a look says of one store: its path is "" when there is none. look->failed without memory. */
void wt_look_put_store(struct wt_monitor *monitor, struct wt_look_memory *look,
                       enum wt_store_index index, struct wt_store_info *out);
void wt_look_stores_fini(struct wt_monitor *monitor); /* drops the blocks that looks share */

/* The first part of a look alone, and the end of it: for the benchmark. False without memory. */
bool wt_look_sample(struct wt_monitor *monitor, struct wt_time now, bool all_statistics);
void wt_look_settle(struct wt_monitor *monitor);

#endif /* WT_MONITOR_INTERNAL_H */
