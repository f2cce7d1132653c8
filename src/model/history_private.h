/* history_private.h - what a history is made of. Room-internal. */
#ifndef WT_MODEL_HISTORY_PRIVATE_H
#define WT_MODEL_HISTORY_PRIVATE_H

#include "model/history_series.h"

/* What else was said of it then, in one block: their sentences lie behind them. */
struct wt_history_others {
    size_t count, bytes;
    struct wt_trouble items[];
};

/* What was said of a service at one time. */
struct wt_history_words {
    int64_t at_ns; /* realtime of the look */
    int64_t since_ns;
    enum wt_verdict verdict;
    enum wt_cause cause;
    char *sentence;                   /* owned */
    struct wt_history_others *others; /* owned, NULL without */
};

/* A field of a service, in the order in which they appeared. */
struct wt_history_field {
    char *key, *unit; /* owned */
    enum wt_kind kind;
    enum wt_role role;
    enum wt_aggregate aggregate;
    int special; /* enum wt_series_kind that has its figure, -1: `series` has */
    uint64_t seen;
    struct wt_series series;
};

struct wt_history_service {
    char *name; /* owned */
    struct wt_series series[WT_SERIES_KINDS];
    struct wt_history_field **fields; /* owned; WT_HISTORY_OWN and the special ones */
    size_t field_count;
    struct wt_history_words *words; /* owned ring of WT_HISTORY_WORDS, NULL before the first */
    uint64_t word_count;            /* number n is at (n - 1) % WT_HISTORY_WORDS */
    uint64_t seen;                  /* history->feeds when it was last in a snapshot */
};

enum { WT_HISTORY_SPECIAL = 5, WT_HISTORY_FIELDS = WT_HISTORY_OWN + WT_HISTORY_SPECIAL };

struct wt_history {
    struct wt_series store[WT_STORE_SERIES];
    struct wt_history_service *services[WT_HISTORY_SERVICES];
    size_t service_count;
    size_t own_count; /* fields with a series of their own, of all services */
    size_t left_out;
    size_t bytes;
    uint64_t feeds;
    uint64_t sequence;
    int64_t newest;      /* bucket of the last look */
    int64_t oldest;      /* of the first one since the clock was last set back behind it */
    int64_t realtime_ns; /* of the last look */
    int64_t distance_ns; /* between the two looks before, 0 when unknown */

    struct wt_event *events; /* owned ring of WT_HISTORY_EVENTS; NULL before the first */
    uint64_t event_count;    /* number n is at (n - 1) % WT_HISTORY_EVENTS */
    uint64_t event_sequence; /* of the newest, as its monitor counts */
    int64_t event_monitor;   /* when that monitor started */
};

/* The service of this name; `hint` is where it probably is. NULL when it is not kept. */
struct wt_history_service *wt_history_find(const struct wt_history *history, const char *name,
                                           size_t hint);

/* history_log.c: sentences and events. False without memory. */
bool wt_history_log_service(struct wt_history *history, struct wt_history_service *kept,
                            const struct wt_service *service, int64_t realtime_ns);
bool wt_history_log_events(struct wt_history *history, const struct wt_snapshot *snapshot);
void wt_history_log_forget_after(struct wt_history_service *kept, int64_t bucket, size_t *bytes);
void wt_history_log_fini(struct wt_history *history);
void wt_history_words_fini(struct wt_history_service *kept, size_t *bytes);

/* The last words that were said up to the end of that second, NULL without. */
const struct wt_history_words *wt_history_words_at(const struct wt_history_service *kept,
                                                   int64_t bucket);

#endif /* WT_MODEL_HISTORY_PRIVATE_H */
