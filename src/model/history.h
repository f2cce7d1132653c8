/* history.h - what every service did over the last hour and the last day: for graphs, and for
 * looking back.
 *
 * Kept of each service: the figures of WT_SERIES_MAP, and one series for each further field (the
 * rate of a counter, the figure of a gauge). Each in two tiers:
 *
 *     seconds   the last 3600 of them   one 32-bit value each
 *     minutes   the last 1440 of them   least, mean and most; 32 bits each
 *
 * Buckets are fixed to absolute time: second b holds what was true in [b, b + 1) seconds since
 * 1970, however often anybody looks, and minute m in [60 m, 60 m + 60), so that a graph moves by
 * whole columns and two graphs agree. Several looks in one second are averaged, or the last one
 * stays, as the table says. A look also fills the seconds since the look before it, when that was
 * at most 2 s ago or at most twice the distance between the two looks before (a slow but steady
 * source has no gaps); longer ones stay gaps, and a gap reads as NAN, as does a number that is
 * unknown. Nothing is interpolated. The mean of a minute is that of its known seconds, its least
 * and most are those of all looks in it.
 *
 * When the clock is set back, what was recorded of the times that are now still to come is
 * forgotten; when it is set forward, the time in between is a gap.
 *
 * Bounded. A series takes 33.7 kB when a whole day of it is kept: 15.5 kB for the seconds and 18.2
 * for the minutes; memory comes with the time that there is to show (1 kB per series for 240 s,
 * 0.7 for an hour of minutes), and a series that was never known takes none. So 8 services with 20
 * series each are 3.0 MB after an hour and 5.8 MB from the second day on (the unit test measures
 * it, wt_history_bytes tells it). At most
 *
 *     WT_HISTORY_SERVICES   services: one that is in the snapshot no more makes room, the one seen
 *                           least lately first; without such a one further services are not kept
 *     WT_HISTORY_OWN        further fields of one service, likewise, and
 *     WT_HISTORY_ALL_OWN    of all of them together
 *     WT_HISTORY_WORDS      sentences of a service, the last ones: one for each change of its
 *                           verdict or of what else is wrong, and every 10 s one that reads
 *                           otherwise; with each
 *     WT_HISTORY_OTHERS     of what else was wrong, or rose, the worst
 *     WT_HISTORY_EVENTS     events, the last ones
 *
 * which is 70 MB in the worst case, and the sentences. What is not kept is counted
 * (wt_history_left_out).
 *
 * Fed from snapshots alone; no clock. Threads: one owner.
 */
#ifndef WT_MODEL_HISTORY_H
#define WT_MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "model/snapshot.h"

enum {
    WT_HISTORY_SECONDS = 3600,
    WT_HISTORY_MINUTES = 1440,
    WT_HISTORY_SERVICES = 64,
    WT_HISTORY_OWN = 32,
    WT_HISTORY_ALL_OWN = 512,
    WT_HISTORY_WORDS = 512,
    WT_HISTORY_OTHERS = 4,
    WT_HISTORY_EVENTS = 1024
};

/* name, text, of several looks in one second: MEAN or LAST */
#define WT_SERIES_MAP(X)                                                                           \
    X(UTILIZATION, "utilization", MEAN)       /* ratio */                                          \
    X(UTILIZATION_1M, "utilization 1m", LAST) /* ratio over a minute: load */                      \
    X(WAIT_1M, "wait 1m", LAST)               /* mean wait in seconds, likewise */                 \
    X(BUSY, "busy", MEAN)                     /* sums of the service's special fields */           \
    X(CAPACITY, "capacity", LAST)                                                                  \
    X(QUEUE, "queue", MEAN)                                                                        \
    X(REQUESTS, "requests", MEAN) /* per second, of requests_field */                              \
    X(ERRORS, "errors", MEAN)     /* per second */                                                 \
    X(P50, "p50", MEAN)           /* of the workers' load: skew */                                 \
    X(P95, "p95", MEAN)                                                                            \
    X(MOST, "max", MEAN)                                                                           \
    X(WORKERS, "workers", LAST) /* known at every look that saw the service */                     \
    X(SILENT, "silent", LAST)                                                                      \
    X(BUSY_WORKERS, "busy workers", LAST)                                                          \
    X(STUCK, "stuck", LAST)                                                                        \
    X(STALE, "stale", LAST)                                                                        \
    X(STARTS, "starts", LAST) /* per minute */                                                     \
    X(EXITS, "exits", LAST)   /* per minute */                                                     \
    X(CPU, "cpu", LAST)       /* cores: usage */                                                   \
    X(RSS, "rss", LAST)       /* bytes */                                                          \
    X(PROCESSES, "processes", LAST)                                                                \
    X(ACCEPT_QUEUE, "accept queue", LAST) /* of all its listeners */                               \
    X(VERDICT, "verdict", LAST)           /* enum wt_verdict */

enum wt_series_kind {
#define WT_SERIES_ENUM(name, text, rule) WT_SERIES_##name,
    WT_SERIES_MAP(WT_SERIES_ENUM)
#undef WT_SERIES_ENUM
        WT_SERIES_KINDS
};

/* Of the store. */
enum wt_store_series {
    WT_SERIES_FREE_LIST, /* length of it */
    WT_SERIES_SEGMENTS,
    WT_SERIES_ALLOCATED,
    WT_SERIES_QUARANTINED,
    WT_STORE_SERIES
};

struct wt_history;
struct wt_series; /* one number over time; borrowed from the history until the next feed */

wt_status wt_history_create(struct wt_history **out, struct wt_error *err);
void wt_history_destroy(struct wt_history *history); /* NULL is fine */

/* Takes in one look. A snapshot with the sequence of the last one is ignored, and one that failed.
 * False when there was no memory for some of it: that part stays a gap. */
bool wt_history_feed(struct wt_history *history, const struct wt_snapshot *snapshot);

/* The services that are kept, in no order: index 0 .. count - 1, also those that left. */
size_t wt_history_service_count(const struct wt_history *history);
const char *wt_history_service_name(const struct wt_history *history, size_t index);

/* What a look is made of: the values of WT_SERIES_MAP; of a field which of them has its figure (-1:
 * it has a series of its own), and the value of that. */
void wt_history_values(const struct wt_service *service, double out[static WT_SERIES_KINDS]);
int wt_history_special(const struct wt_service *service, size_t field);
double wt_history_own(const struct wt_field_stats *field);

const char *wt_series_text(enum wt_series_kind kind); /* "utilization" ... */
int wt_series_named(const char *text);                /* the kind, -1: none */

/* A series that somebody else kept. */
struct wt_past_series {
    const char *service;
    int kind;                    /* enum wt_series_kind, -1: a field */
    struct wt_field_stats field; /* then: key, unit, kind, aggregate */
    const float *values;         /* NAN: not known */
};

/* Takes over `count` seconds from `begin` on, at most WT_HISTORY_SECONDS, of one series: before
 * the first look. False without memory. */
bool wt_history_restore(struct wt_history *history, const struct wt_past_series *past,
                        int64_t begin, size_t count);

/* NULL when this service is not kept. */
const struct wt_series *wt_history_series(const struct wt_history *history, const char *service,
                                          enum wt_series_kind kind);

/* A field by its key: that of its role (sum or rate) when it is a special field, else its own. NULL
 * when it is not kept. */
const struct wt_series *wt_history_field(const struct wt_history *history, const char *service,
                                         const char *key);

/* Never NULL. */
const struct wt_series *wt_history_store(const struct wt_history *history,
                                         enum wt_store_series kind);

/* The bucket of a moment, rounded down. */
int64_t wt_history_bucket(int64_t realtime_ns);

/* The newest bucket that was fed; INT64_MIN before the first look. And the first one that anything
 * may be kept of: at most a day before the newest. */
int64_t wt_history_newest(const struct wt_history *history);
int64_t wt_history_oldest(const struct wt_history *history);

/* Whether this second can only be known by its minute. */
bool wt_history_is_coarse(const struct wt_history *history, int64_t bucket);

/* NAN for a gap, and outside of the last hour. series may be NULL: NAN. */
double wt_series_get(const struct wt_series *series, int64_t bucket);

struct wt_extent {
    double min, mean, max; /* all NAN without one known second */
};

/* Minute 0 began in 1970. series may be NULL. */
struct wt_extent wt_series_minute(const struct wt_series *series, int64_t minute);

/* The second, where it is kept; else the mean of its minute. */
double wt_series_at(const struct wt_series *series, int64_t bucket);

/* Services and fields of the last look that are not kept. */
size_t wt_history_left_out(const struct wt_history *history);

/* What all of it takes: what was asked of the allocator. */
size_t wt_history_bytes(const struct wt_history *history);

/* The events that are kept, oldest first: index 0 .. count - 1; borrowed until the next feed. */
size_t wt_history_event_count(const struct wt_history *history);
const struct wt_event *wt_history_event(const struct wt_history *history, size_t index);

/*
 * What a snapshot of that second would have said, made from what is kept; wt_snapshot_unref it.
 * Services that were there then, with the figures of WT_SERIES_MAP and of their fields (the mean of
 * the minute when wt_history_is_coarse), verdict and sentence, the events up to then, the store's
 * counts. Not kept, and so absent: workers, the state of each segment, exact sums, min and max of
 * fields, the monitor's own troubles. `newest` tells who the monitor is.
 * WT_ENOENT when nothing is kept of that second, WT_ENOMEM.
 */
wt_status wt_history_moment(const struct wt_history *history, const struct wt_snapshot *newest,
                            int64_t bucket, const struct wt_snapshot **out, struct wt_error *err);

#endif /* WT_MODEL_HISTORY_H */
