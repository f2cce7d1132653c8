/* publisher.h - the monitor's side of the directory file: what any viewer may know, kept current.
 *
 *     registry, quarantine --wt_publisher_segment--> segment records   at once
 *     totals.h             --wt_publisher_total----> retired records   at once
 *     each tick            --wt_publisher_tick-----> heartbeat, stores, events, resizes, snapshot
 *
 * Who has which segment is written when it changes, not at the tick: should this monitor be killed,
 * the next one reads from it what every worker had counted.
 *
 * A directory file has room for so much, for ever. When something finds none, all of it is put into
 * a new file with twice the room, which replaces the old one at its path when it is complete; the
 * old one says so (SUPERSEDED). The same when the file was lost underneath. What must be known for
 * that lies in private memory: a copy of each segment record, and the names and schemas that they
 * number. When there is no space for a new file, the old one goes on as far as it can; that is
 * shown, told once, and tried again at growing intervals.
 *
 * Threads: the monitor's owner.
 */
#ifndef WT_MONITOR_PUBLISHER_H
#define WT_MONITOR_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/status.h"
#include "model/snapshot.h"
#include "monitor/publish_history.h"
#include "shm/directory.h"
#include "shm/store.h"

struct wt_monitor;
struct wt_member;
struct wt_total;
struct wt_tally;

/* A table of what records refer to by number, from 1: services by name, schemas. */
struct wt_numbered {
    struct wt_numbered_item {
        uint64_t hash;
        char *name;                     /* owned; of a service */
        const struct wt_schema *schema; /* one reference; of a schema */
        uint32_t chain;                 /* another with the same hash, 0 without */
    } * items;                          /* owned; number n is at n - 1 */
    uint32_t count, capacity;
    struct wt_map first; /* hash -> number, as a pointer */
};

/* What is known of one store's segments. */
struct wt_published_store {
    const struct wt_store *store;              /* whose segments these are; only compared */
    uint64_t device, inode;                    /* of it */
    struct wt_shared_segment_record *segments; /* owned */
    uint64_t count, capacity;
    struct wt_shared_store_record record; /* as put last */
    uint64_t resizes_put;
};

struct wt_publisher {
    struct wt_directory *directory; /* NULL: there is none at the moment */
    uint64_t bank_bytes;            /* of the next one */
    struct wt_published_store stores[WT_DIRECTORY_STORES];
    struct wt_numbered services, schemas;
    uint32_t schemas_put;   /* of them, in the file */
    uint64_t retired_count; /* places used in the section of retired records */
    uint64_t pending_count; /* the same of pending ones */
    size_t pending_tallies; /* tallies that have places there */
    uint64_t events_put;
    struct wt_published_history history;
    bool is_incomplete; /* something found no room */
    struct wt_time now; /* of the last tick */
    int64_t period_ns;  /* between two ticks */
    struct wt_buffer workers, tick, scratch;
    struct wt_snapshot *encoded; /* whose workers part `workers` is; one reference */
    uint64_t workers_version;
    int64_t retry_ns;  /* monotonic: no new file is tried before */
    int64_t pause_ns;  /* between the last two tries; 0: the last one worked */
    char problem[200]; /* why there is no complete directory; "" when there is */
};

/*
 * Creates the directory file at monitor->options.directory_path. Without space on the file system
 * there is none for now, which is no failure. Others as wt_directory_create; WT_ENOMEM.
 */
wt_status wt_publisher_create(struct wt_monitor *monitor, struct wt_time now, struct wt_error *err);

/* Removes the file; those who have it mapped read that this monitor left. */
void wt_publisher_destroy(struct wt_monitor *monitor);

/*
 * A segment of a store was handed out, taken up, freed or released. `member`: whose it is, for
 * allocated segments; one that is quarantined keeps what was said of its owner. realtime_ns: since
 * when (0: about now). Without a publisher nothing happens, as in all that follow.
 */
void wt_publisher_segment(struct wt_monitor *monitor, unsigned store, uint32_t segment,
                          const struct wt_member *member, int64_t realtime_ns);

/* Nobody comes back for the values in a quarantined segment any more: they count elsewhere. */
void wt_publisher_dismiss(struct wt_monitor *monitor, uint32_t segment);

/* A tally is not in a segment of ours, and has these values; or it is there no more. */
void wt_publisher_pending(struct wt_monitor *monitor, struct wt_tally *tally);
void wt_publisher_forget_pending(struct wt_monitor *monitor, struct wt_tally *tally);

/* What a service's workers that are gone had counted has changed. */
void wt_publisher_total(struct wt_monitor *monitor, struct wt_total *total);

/* The service is forgotten: its records are emptied. */
void wt_publisher_forget_total(struct wt_monitor *monitor, struct wt_total *total);

/* After a look was published. */
void wt_publisher_tick(struct wt_monitor *monitor, const struct wt_snapshot *snapshot,
                       struct wt_time now);

/* How far apart ticks are from now on. */
void wt_publisher_period(struct wt_monitor *monitor, int64_t period_ns);

/* Why viewers do not see all, "" when they do. */
const char *wt_publisher_problem(const struct wt_monitor *monitor);

/* ---- publisher.c, for publisher_records.c --------------------------------------------------- */

/* Something found no room: a larger file now, unless that just failed. */
void wt_publisher_make_room(struct wt_monitor *monitor);

/* ---- publisher_records.c, for publisher.c --------------------------------------------------- */

/* What a complete directory needs to have room for, and the new numbers of what is in use. */
struct wt_publisher_plan {
    uint64_t segments[WT_DIRECTORY_STORES], services, schema_bytes, retired, pending;
    uint32_t *service_numbers, *schema_numbers; /* owned; by old number, 0: not in use any more */
};

/* False without memory; fini it in any case. */
bool wt_publisher_plan(struct wt_monitor *monitor, struct wt_publisher_plan *plan);
void wt_publisher_plan_fini(struct wt_publisher_plan *plan);

/* Puts it all into the publisher's new directory. Something without room: is_incomplete. */
void wt_publisher_put_all(struct wt_monitor *monitor, const struct wt_publisher_plan *plan);

/* Notes that a store was created, replaced, or has grown, and puts its record when it changed. */
void wt_publisher_put_store(struct wt_monitor *monitor, unsigned store);

void wt_publisher_records_fini(struct wt_publisher *publisher);

#endif /* WT_MONITOR_PUBLISHER_H */
