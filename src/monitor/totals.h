/* totals.h - what the workers of a service have counted in all: numbers that never fall.
 *
 * The sum over the live workers falls whenever one of them leaves. The total of a counter does not:
 *
 *     total = sum over the live workers                       of the look (aggregate.h)
 *           + held:    last values of workers that left, and may come back with their counters
 *           + retired: last values of workers that are gone for good, and what resets threw away
 *
 *                 hold                          last_read                  retire
 *     live ----------------------> tally --------------------> tally --------------> retired
 *       ^  (connection closed)       |  (its segment is freed)      (process is gone)
 *       |                            |
 *       '----------------------------' taken_up: its counters continue in another segment
 *
 * A tally is the last known values of one worker that left. Whenever its values are read again,
 * here or in the worker's next segment, a counter that fell was reset, by the rules of
 * model/value.h: what it had counted before goes to `retired`. So do the resets of live workers
 * (wt_column.lost). Sums are exact: 128 bits for integers; reals are doubles. What rounding, or a
 * value that could not be read, takes away is not shown: a total never shows less than before.
 *
 * Who comes back: a worker with an instance key under the same key, from the same process, in the
 * same service. One without a key, when its process registers again in that service with counters
 * that are all at least those of a tally (of several the largest). Everybody else is a new worker.
 *
 * Bounds: WT_TOTALS_IDLE services without workers are remembered (the oldest one is forgotten, and
 * counted), WT_TOTALS_FIELDS counters of each, WT_TALLIES_PER_PEER tallies of one process (then the
 * oldest one retires although its process lives).
 *
 * Threads: the monitor's owner.
 */
#ifndef WT_MONITOR_TOTALS_H
#define WT_MONITOR_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "model/aggregate.h"
#include "model/snapshot.h"
#include "schema/schema.h"
#include "shm/store.h"

enum {
    WT_TOTALS_IDLE = 1024,
    WT_TOTALS_FIELDS = 1024,
    WT_TALLIES_PER_PEER = 1 << 14,
    WT_TALLIES_COMPARED = 1024 /* newest ones of a process, for a worker without a key */
};

#define WT_NO_TOTAL UINT32_MAX

struct wt_peer;
struct wt_monitor;
struct wt_member;
struct wt_service_entry;

/* One counter of a service. */
struct wt_total_field {
    char *key;                /* owned */
    struct wt_number retired; /* absent: nothing yet */
    struct wt_number base;    /* retired and the sum over the tallies, as of wt_totals_refresh */
    struct wt_number shown;   /* the largest that anybody was told */
    bool is_put;              /* in the present round of wt_totals_put */
    uint64_t record;          /* in the directory file: its place, from 1; 0 without */
};

/* One service. Its fields are only added to: an index stays good as long as it lives. */
struct wt_total {
    char *name; /* owned, cleaned */
    uint64_t hash;
    struct wt_total_field *fields; /* owned */
    size_t field_count, field_capacity;
    struct wt_tally *tallies; /* list through next, newest first */
    size_t tally_count;
    bool base_changed;        /* since it was summed up */
    bool changed;             /* what is retired, since it was published */
    bool in_use;              /* a service entry of the registry points here */
    uint64_t retired_workers; /* gone for good */
    uint64_t idle_since;      /* counts up: the least is idle for longest */
    struct wt_total *chain;   /* others with the same hash */
    size_t place;             /* in totals->items */
};

/* Where the bytes of a tally lie. */
enum wt_tally_place {
    WT_TALLY_NOWHERE, /* nothing is left to be read: its values are its last ones */
    WT_TALLY_OURS,    /* in a quarantined segment of the present store */
    WT_TALLY_PREVIOUS /* in the store of the monitor before this one */
};

struct wt_tally {
    struct wt_total *total;
    struct wt_tally *next, *before;                 /* of the same service */
    struct wt_peer *peer;                           /* the process that may come back */
    struct wt_tally *of_peer_next, *of_peer_before; /* of the same process, newest first */
    const struct wt_schema *schema;                 /* one reference */
    uint8_t instance[16];
    bool has_instance;
    struct wt_tally *same_key; /* others whose key has the same hash */
    enum wt_tally_place place;
    uint32_t segment;
    uint64_t record; /* in the directory file: the first of its places, from 1; 0 without */
    size_t count;    /* counters of the schema */
    struct wt_tally_value {
        uint32_t field; /* of the schema */
        uint32_t total; /* index into total->fields; WT_NO_TOTAL: beyond the bounds */
        uint64_t bits;
    } values[];
};

/* All zero bytes: empty. */
struct wt_totals {
    struct wt_total **items; /* owned */
    size_t count, capacity;
    struct wt_map by_hash;
    struct wt_map by_key;     /* tallies with an instance key */
    size_t previous_count;    /* tallies in the store of the monitor before this one */
    size_t idle_count;        /* without workers */
    uint64_t clock;           /* of idle_since */
    uint64_t forgotten_count; /* services whose totals were dropped */
};

void wt_totals_fini(struct wt_totals *totals); /* tallies must be gone */

/* The entry of a service, made when it is new; in use from then on. NULL without memory. */
struct wt_total *wt_totals_use(struct wt_totals *totals, const char *name);

/* The registry forgets the service. NULL is fine. */
void wt_totals_unuse(struct wt_monitor *monitor, struct wt_total *total);

/* Forgets the services that are without workers for longest, while there are too many. */
void wt_totals_bound(struct wt_monitor *monitor);

/* The same, but it is not in use: NULL also when too many are remembered already. */
struct wt_total *wt_totals_remember(struct wt_totals *totals, const char *name);

/* The index of a key, added when it is new; WT_NO_TOTAL beyond the bounds. False without memory. */
bool wt_totals_place_field(struct wt_total *total, const char *key, uint32_t *index);

/* Writes the index of each field of the schema into map: WT_NO_TOTAL for gauges and what is beyond
 * the bounds. False without memory. */
bool wt_totals_map(struct wt_total *total, const struct wt_schema *schema, uint32_t *map);

/* Sums up what is retired and held, if that changed. */
void wt_totals_refresh(struct wt_total *total);

/*
 * Fills the totals of a look's fields, which lie as the service's shape says and have their sums:
 * live + held + retired, never less than what was shown before. What resets took away in this very
 * look is in it, too, and retired only when the look is published (wt_totals_add_lost).
 */
void wt_totals_put(struct wt_service_entry *service, struct wt_field_stats *fields);

/* Adds to what is retired; what is no number, or passes what a number holds, is left out. */
void wt_totals_retire(struct wt_total *total, uint32_t field, struct wt_number number);

/* What resets took away while rows were looked at: goes to `retired`. */
void wt_totals_add_lost(struct wt_total *total, const uint32_t *map,
                        const struct wt_column *columns, size_t field_count);

/* ---- tallies.c: workers that left ------------------------------------------------------------ */

/* What a tally is made from. */
struct wt_tally_options {
    struct wt_total *total;
    struct wt_peer *peer;
    const struct wt_schema *schema;
    const uint32_t *map;     /* of wt_totals_map */
    const uint8_t *instance; /* NULL: it has no key */
    enum wt_tally_place place;
    uint32_t segment;
    const unsigned char *bytes; /* of its segment; NULL: cannot be read */
    const uint64_t *last_good;  /* of the last look, by field; NULL: none */
};

/* Where tallies with this instance key are in by_key. */
uint64_t wt_tally_key(const struct wt_total *total, const uint8_t instance[static 16]);

/* Makes and links a tally; watches its process. NULL without memory: what it had counted is lost,
 * and said in the log. */
struct wt_tally *wt_tally_create(struct wt_monitor *monitor,
                                 const struct wt_tally_options *options);

/*
 * What the life of workers calls.
 *   hold         a member's row goes, but still shows its segment. A member without one has nothing
 *                to hold, so that calling it twice is harmless
 *   taken_up     a member's row shows its new segment, which it writes by now
 *   last_read    a quarantined segment is to be handed on
 *   forget_segments   so are all of them: the store is to be replaced
 *   read_previous     those in the store of the monitor before this one are read, once a tick
 *   retire_peer  the process is gone, and writes nothing any more
 */
void wt_totals_hold(struct wt_monitor *monitor, const struct wt_member *member,
                    enum wt_store_free how);
void wt_totals_taken_up(struct wt_monitor *monitor, const struct wt_member *member);
void wt_totals_last_read(struct wt_monitor *monitor, struct wt_peer *peer, uint32_t segment);
void wt_totals_forget_segments(struct wt_monitor *monitor);
void wt_totals_read_previous(struct wt_monitor *monitor);
void wt_totals_retire_peer(struct wt_monitor *monitor, struct wt_peer *peer);
void wt_tallies_fini(struct wt_monitor *monitor); /* before the peers */

#endif /* WT_MONITOR_TOTALS_H */
