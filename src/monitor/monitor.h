/* monitor.h - registry and sampler behind one handle: workers in, snapshots out.
 *
 * The monitor owns the store (and the recorder store), the list of workers and the published
 * snapshot. It has no socket, no timer and no clock: src/net feeds it what the bus says and when.
 *
 *     register --------------> id, offer {path, size, offset}     (CONNECTING)
 *     setup_answered(schema) -> sampled from the next look on      (LIVE; SILENT without fields)
 *     setup_failed(reason) ---> listed with the reason             (SILENT, segment quarantined)
 *     next_offer -------------> a worker that waited for room gets its offer (CONNECTING again)
 *     recorder_offer ---------> second region for workers with an instance key
 *     remove -----------------> gone; its segment into quarantine
 *     tick -------------------> the next immutable snapshot
 *
 * Identity is (peer pid, its start time, service, instance key), never the id.
 * A freed segment is handed out again only when its old writer provably cannot write any more
 * (docs/FORMAT.md, "The segment store").
 *
 * Threads: one owner (the loop thread), except wt_monitor_growth_run. Snapshots may be held and
 * released by any thread.
 */
#ifndef WT_MONITOR_MONITOR_H
#define WT_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/status.h"
#include "model/health.h"
#include "model/rules.h"
#include "model/snapshot.h"
#include "schema/schema.h"

struct wt_monitor;

struct wt_monitor_options {
    const char *store_path;     /* absolute: workers are told this very text */
    const char *recorder_path;  /* absolute; NULL: no recorder regions are offered */
    const char *wide_path;      /* the same for workers with more than 16 threads; NULL: they get a
                                   region for 16 like the others */
    const char *directory_path; /* absolute: the directory file; NULL: none */
    bool takes_over;        /* what a monitor left that was killed lies beside: directory_path and
                               store_path, each with ".previous" */
    uint64_t size_bytes;    /* first size of the store; 0: 8 pages */
    uint32_t segment_bytes; /* 0: 512 */
    double growth_factor;   /* 0: 2 */
    uint64_t max_bytes;     /* 0: 1 GiB */
    mode_t file_mode;       /* of all these files; 0: 0600 */
    bool has_gid;           /* then their group is gid */
    gid_t gid;
    int64_t interval_ns;                   /* emit and refresh interval, shown only; 0: 1 s */
    const char *socket_path;               /* shown as the source; NULL: "" */
    const struct wt_health_limits *limits; /* NULL: the defaults of health.h */
};

/* Creates both stores. All texts are copied. On failure *out is NULL and no file is left behind. */
wt_status wt_monitor_create(struct wt_monitor **out, const struct wt_monitor_options *options,
                            struct wt_time now, struct wt_error *err);

/* Removes the files. Snapshots that somebody still holds stay valid. A growth job must not be under
 * way in another thread. NULL is fine. */
void wt_monitor_destroy(struct wt_monitor *monitor);

/* What a worker said, and what the kernel says about it. */
struct wt_registration {
    int64_t pid;           /* of the socket's peer (SO_PEERCRED); 0 when the kernel hides it */
    int pidfd;             /* of the peer (SO_PEERPIDFD), moved into the monitor; -1 without */
    int64_t announced_pid; /* a label; 0 when it said none */
    const char *service;   /* as it came, borrowed; NULL or "" is "unknown" */
    size_t service_length;
    uint8_t instance[16]; /* libworktop's key; ignored without has_instance */
    bool has_instance;
    uint32_t threads; /* 0: not said */
};

/* A region of a file for one worker to map. */
struct wt_offer {
    bool has_segment;    /* false: there is no room; the reason is in the snapshot */
    bool is_recorder;    /* setup_recorder is to be called, not setup_utilization_observer */
    const char *path;    /* borrowed, as long as the monitor lives */
    uint64_t size_bytes; /* of the region, not of the file */
    uint64_t offset;     /* of the region in the file */
};

/*
 * A new worker. It always gets an id (1, 2, 3 ..., never reused); without room the offer is empty
 * and the worker is offered a segment later through wt_monitor_next_offer. registration->pidfd is
 * the monitor's from here on, also on failure. WT_ENOMEM.
 */
wt_status wt_monitor_register(struct wt_monitor *monitor,
                              const struct wt_registration *registration, struct wt_time now,
                              uint64_t *id, struct wt_offer *offer, struct wt_error *err);

/*
 * The worker answered its setup. schema is moved (one reference); NULL or one without fields means
 * "no metrics" and frees the segment at once when the answer was an empty list without problems;
 * when fields were announced and none was usable, the worker may have mapped the segment, so that
 * it goes into quarantine. Unknown ids are ignored (the schema is released).
 */
void wt_monitor_setup_answered(struct wt_monitor *monitor, uint64_t id, struct wt_schema *schema,
                               struct wt_time now);

/* An Error, a time-out, or an answer that is no list: the segment goes into quarantine and the
 * worker stays, listed with `reason` (cleaned and copied). Unknown ids are ignored. */
void wt_monitor_setup_failed(struct wt_monitor *monitor, uint64_t id, const char *reason,
                             struct wt_time now);

/*
 * A recorder region for a worker whose setup was answered and that has an instance key. False when
 * there is nothing to offer: no key, no recorder store, no room, or it has one already.
 */
bool wt_monitor_recorder_offer(struct wt_monitor *monitor, uint64_t id, struct wt_time now,
                               struct wt_offer *offer);

enum wt_recorder_answer {
    WT_RECORDER_DECLINED,  /* false, or an Error */
    WT_RECORDER_ACCEPTED,  /* true */
    WT_RECORDER_UNANSWERED /* it may take the region up at any later time */
};

/* Unless it is accepted the region goes into quarantine. One that was declined is what the same
 * worker is offered when it registers again, so that a reconnect loop uses up no more than one. */
void wt_monitor_recorder_answered(struct wt_monitor *monitor, uint64_t id,
                                  enum wt_recorder_answer answer, struct wt_time now);

/* A worker whose setup or recorder was given up shows that it lives: it waits for a segment again,
 * or may be offered a recorder once more. Of others nothing changes. */
void wt_monitor_offer_again(struct wt_monitor *monitor, uint64_t id);

/*
 * The next worker that is to be called with this offer: one that waited for room and can have it
 * now, or a live one whose store (or recorder store) was lost and replaced. Its setup is answered
 * through setup_answered or setup_failed, its recorder (offer->is_recorder) through
 * recorder_answered. Never one whose earlier call is open. False when there is none at the moment.
 * Call it after every tick and every finished growth, until it says false.
 */
bool wt_monitor_next_offer(struct wt_monitor *monitor, struct wt_time now, uint64_t *id,
                           struct wt_offer *offer);

/* The connection closed. Its segments go into quarantine. Unknown ids are ignored. */
void wt_monitor_remove(struct wt_monitor *monitor, uint64_t id, struct wt_time now);

/* Ids of all registered workers in registration order, at most `capacity` of them into ids (may be
 * NULL when capacity is 0). Returns how many there are. */
size_t wt_monitor_keys(const struct wt_monitor *monitor, uint64_t *ids, size_t capacity);

/* One look at everything, published: borrowed until the next tick; wt_snapshot_ref to keep it.
 * NULL only when there is no memory (the last snapshot stays published). */
const struct wt_snapshot *wt_monitor_tick(struct wt_monitor *monitor, struct wt_time now);

/* Workers that somebody is looking at, on this host's screen: what the kernel says of their
 * processes is as new as can be. At most WT_MONITOR_WATCHED; until the next call. */
enum { WT_MONITOR_WATCHED = 64 };
void wt_monitor_watch(struct wt_monitor *monitor, const uint64_t *ids, size_t count);

/* The published snapshot, borrowed until the next tick; NULL before the first. */
const struct wt_snapshot *wt_monitor_snapshot(const struct wt_monitor *monitor);

/*
 * A fresh look for `status`: values as they are now, as the origin reads them at call time. Nothing
 * is published: verdicts and events stay those of the last tick, rates are since then. Borrowed
 * until the next call of status or tick. NULL only when there is no memory.
 */
const struct wt_snapshot *wt_monitor_status(struct wt_monitor *monitor, struct wt_time now);

/*
 * Growth ahead of need. due: a job to be run on any thread, or NULL; at most one is out at a time.
 * finish takes the job back on the owner's thread, after run, and hands its room to whoever waits.
 */
struct wt_monitor_growth;
struct wt_monitor_growth *wt_monitor_growth_due(struct wt_monitor *monitor, struct wt_time now);
void wt_monitor_growth_run(struct wt_monitor_growth *growth); /* any thread */
void wt_monitor_growth_finish(struct wt_monitor *monitor, struct wt_monitor_growth *growth,
                              struct wt_time now);

/* Thresholds and rules for fields, from the next look on: services keep what they remember, and
 * verdicts are judged by the new limits. Fields of workers whose schema is known keep their
 * meaning. Borrowed until others are set or the monitor ends; NULL: the defaults. */
void wt_monitor_set_rules(struct wt_monitor *monitor, const struct wt_rules *rules);

/* The rules for the worker's service; NULL for none, and for unknown ids. */
const struct wt_service_rules *wt_monitor_rules_of(const struct wt_monitor *monitor, uint64_t id);

/* The configuration was read again: `text` is told as an event and in the log. `problem` is shown
 * among the monitor's troubles until the next call; "" for none. */
void wt_monitor_config_told(struct wt_monitor *monitor, enum wt_severity severity,
                            const char *problem, const char *text, struct wt_time now);

/* The worker that somebody looks at: every look carries all of it, until another is set; 0: none.
 * What is known of the others is in every look anyway. */
void wt_monitor_set_focus(struct wt_monitor *monitor, uint64_t id);

/* All of one worker as it is now, in the caller's memory: what a focus shows. False for a worker
 * that is not registered, and without memory. */
struct wt_arena;
bool wt_monitor_activity(const struct wt_monitor *monitor, uint64_t id, struct wt_time now,
                         struct wt_arena *arena, struct wt_worker_activity *out);

/* The emit interval, shown only. */
void wt_monitor_interval(struct wt_monitor *monitor, int64_t interval_ns);

/* The server's own trouble, shown in the header and logged as an event when it changes; "" or NULL:
 * all is well again. */
void wt_monitor_trouble(struct wt_monitor *monitor, const char *text, struct wt_time now);

/* An operator's mark among the events: cleaned, cut visibly; empty ones are "mark". */
void wt_monitor_mark(struct wt_monitor *monitor, const char *text, struct wt_time now);

/*
 * For programs that start workers themselves and reap them (the demo): process `pid` ended with
 * this wait status, so that its death is told with its cause. Call it before or after the
 * connection closed, in either order.
 */
void wt_monitor_process_ended(struct wt_monitor *monitor, int64_t pid, int wait_status);

/* How long the last tick took, by the caller's clock: shown in the next snapshot. */
void wt_monitor_tick_took(struct wt_monitor *monitor, int64_t duration_ns);

/* How far apart ticks are from now on: viewers hold three of them without one for too long. Until
 * it is said: the interval, at most 1 s. */
void wt_monitor_period(struct wt_monitor *monitor, int64_t period_ns);

/*
 * A look at the gauges alone, between two ticks: for time integrals (model/integrals.h). Only of
 * use while `wants` says so, which a tick may change: some service has a queue, or workers whose
 * busy time is not recorded. Nothing is published.
 */
bool wt_monitor_wants_looks(const struct wt_monitor *monitor);
void wt_monitor_look(struct wt_monitor *monitor, struct wt_time now);

/* How many connections the server has: shown. */
void wt_monitor_connections(struct wt_monitor *monitor, uint64_t count);

#endif /* WT_MONITOR_MONITOR_H */
