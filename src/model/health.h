/* health.h - a verdict and one sentence for each service.
 *
 * Rules, in the order in which they win among equals (docs/SNAPSHOT.md, "Verdicts", for people):
 *
 *     saturated    CRIT     utilization >= 95 % and queue > 0 for 30 s
 *                  WARN     utilization >= 95 % for 30 s with an unknown queue, or >= 80 % for 60 s
 *                           Stays until utilization was < 75 % for 60 s; CRIT falls to WARN when
 *                           its own condition was absent for 60 s. 80 % and 75 % are compared with
 *                           the mean of the last 10 s, where it is known.
 *     stuck        WARN     a worker is busy and no counter of it moved for 30 s
 *                  CRIT     10 % of the workers are
 *     flapping     WARN     more than max(3, 20 % of the workers) crashed, or ended again within
 *                           the minute after they were replaced, in the last minute
 *                  CRIT     as many as there were workers; falls to WARN when it was less for 60 s
 *                           Stays until it was half of the first for 60 s.
 *     errors       WARN     >= 1 error/s over 30 s, and 3 times the service's own base of the ten
 *                           minutes before, in number and in share of the requests, for 10 s
 *                  CRIT     half of the requests fail
 *                           Stays until it was half of that for 30 s.
 *     queue        WARN     grew steadily for 30 s, by half at least, to 10 or more
 *                           Stays until it did not grow for 30 s, or is short or as short as at
 *                           the window's begin for 10 s.
 *     accept queue WARN     a listening socket's queue is 80 % full for 10 s      CRIT  it is full
 *     stale        WARN     a worker without a heartbeat for 3 s      CRIT  all of them
 *     memory       WARN     a worker needs 3 times as much as the median, and 256 MiB more, for
 *                           60 s
 *     unreadable   UNKNOWN  the store could not be read
 *     idle         IDLE     nothing busy, nothing queued, no counter moved for 10 s
 *     no figures   UNKNOWN  no worker with metrics, or no busy field, queue field or counter
 *
 * What holds, but not yet for so long, rises: it is told beside the verdict, and changes nothing.
 * A rolling restart (each worker replaced once) is told in the sentence of a service that is well.
 * The worst wins; its sentence names the cause and the cure. Whose numbers are unknown never fires.
 *
 * Pure: no clock, no allocation. The caller keeps one struct wt_health per service, all zero at
 * first, and feeds it every look.
 */
#ifndef WT_MODEL_HEALTH_H
#define WT_MODEL_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/churn.h"
#include "model/snapshot.h"
#include "model/trend.h"

struct wt_health_limits {
    double crit_ratio;        /* 0.95 */
    double warn_ratio;        /* 0.80 */
    double clear_ratio;       /* 0.75: also what the cure aims at */
    double stuck_crit_ratio;  /* 0.10 of the workers */
    int64_t crit_ns;          /* 30 s */
    int64_t warn_ns;          /* 60 s */
    int64_t clear_ns;         /* 60 s */
    int64_t stuck_ns;         /* 30 s; applied by the sampler, named in the sentence */
    int64_t stale_ns;         /* 3 s; applied by the sampler, named in the sentence */
    int64_t idle_ns;          /* 10 s */
    double flap_starts;       /* 3 in a minute ... */
    double flap_ratio;        /* ... or 0.20 of the workers, whichever is more */
    double queue_least;       /* 10 */
    int64_t queue_ns;         /* 30 s: the window */
    double errors_factor;     /* 3 times the base */
    double errors_least;      /* 1 per second */
    double errors_crit_ratio; /* 0.50 of the requests */
    int64_t errors_ns;        /* 30 s: the window; the base is 20 of them */
    double accept_ratio;      /* 0.80 of its limit */
    int64_t accept_ns;        /* 10 s */
    double memory_factor;     /* 3 times the median */
    double memory_least_mib;  /* and 256 MiB more than it */
    int64_t memory_ns;        /* 60 s */
};

extern const struct wt_health_limits wt_health_limits_default;

enum { WT_HEALTH_SENTENCE_SIZE = 256 };

/* How long something must have been seen to hold, to have held for for_ns. Looks come at a pace,
 * each of them a little late: two that are meant to be 30 s apart are a hair less as often as not,
 * and whoever waited for all of it would wait for one look more. */
static inline int64_t wt_health_enough_ns(int64_t for_ns) {
    const int64_t late_ns = 100 * WT_NS_PER_MS;
    return for_ns - (late_ns < for_ns / 4 ? late_ns : for_ns / 4);
}

enum wt_alarm_name {
    WT_ALARM_FLAPPING,
    WT_ALARM_ERRORS,
    WT_ALARM_QUEUE,
    WT_ALARM_ACCEPT,
    WT_ALARM_MEMORY,
    WT_ALARM_COUNT
};

/* A condition with hysteresis. Times are monotonic, 0 means that it does not hold. */
struct wt_alarm {
    int64_t raise_ns, clear_ns; /* since when it would be set, or cleared */
    int64_t since_ns;           /* since when it is set: when its condition began */
    bool is_on;
};

/* What one rule thinks of one look. */
struct wt_opinion {
    enum wt_cause cause;
    enum wt_verdict verdict; /* WT_VERDICT_OK: nothing, or with a sentence something to know */
    bool is_rising;          /* with OK: it is WARN or CRIT when it goes on */
    int64_t since_ns;        /* monotonic; 0: since it is said */
    char sentence[WT_HEALTH_SENTENCE_SIZE];
};

/* What one service remembers between looks. All zero: never looked at. Times are monotonic, 0 means
 * that the condition does not hold. */
struct wt_health {
    int64_t over_crit_ns; /* since when the conditions hold without a break */
    int64_t over_warn_ns;
    int64_t below_clear_ns;
    int64_t below_crit_ns;
    int64_t quiet_ns;
    int64_t saturated_since_ns; /* since when it is saturated, 0: it is not */
    uint64_t workers_told;      /* the last answer of wt_health_workers_needed, 0: none */
    int64_t stale_ns;           /* since when workers are stale */
    int64_t cause_since_ns;     /* since when that holds which the verdict is about; 0: unknown */
    enum wt_verdict saturation; /* WT_VERDICT_OK, WARN or CRIT; 0 counts as OK */
    struct wt_alarm alarms[WT_ALARM_COUNT];
    uint32_t workers_most;     /* the most workers of the last minute */
    int64_t workers_fewer_ns;  /* since when there are fewer */
    enum wt_verdict flapping;  /* WARN or CRIT while that alarm is on */
    int64_t flapping_less_ns;  /* since when it would not be CRIT any more */
    uint32_t flapping_most;    /* the most exits in a minute since it flaps */
    int64_t queue_until_ns;    /* when the queue ceased to grow; 0: it grows */
    int64_t queue_until_date;  /* the same, realtime */
    double queue_grew_per_s;   /* how fast it had grown then */
    int64_t errors_until_ns;   /* when errors ceased to be many; 0: they are */
    int64_t errors_until_date; /* when they were the last time, realtime */
    struct wt_queue_trend queue;
    struct wt_error_trend errors;
    double errors_base_per_s, errors_base_share; /* as of when errors began to rise */
    enum wt_verdict verdict;
    enum wt_cause cause;
    int64_t verdict_since_ns; /* realtime; when its cause began, which may be before it was said */
    bool looked;
    char sentence[WT_HEALTH_SENTENCE_SIZE];
    struct wt_opinion others[WT_CAUSES]; /* beside the verdict's, as in struct wt_service */
    size_t other_count;
    uint32_t said; /* causes that rules warned of at the last look, one bit each */
};

/* What one look found out beside the sums. */
struct wt_findings {
    const char *unreadable; /* why this look failed, "" or NULL when it did not */
    /* The worker that is stuck for longest, named in the sentence; id 0: none, or unknown. */
    uint64_t stuck_id;
    int64_t stuck_pid;
    int64_t stuck_since_ns; /* monotonic */
    /* What that worker has been doing for longest, and since when (monotonic); NULL: unknown. */
    const char *stuck_label, *stuck_request; /* the request "" without */
    int64_t stuck_label_ns;
    const struct wt_churn *churn; /* NULL: nobody counts */
    /* The worker with the most resident memory; id 0: unknown. */
    uint64_t memory_id;
    int64_t memory_pid;
    double memory_bytes, memory_median_bytes;
    uint32_t memory_count; /* processes whose memory is known */
};

/* What changed at one look, by cause; for events. */
struct wt_health_changes {
    bool verdict;          /* the verdict, or its cause */
    uint32_t begun, ended; /* causes that rules warn of, or do not any more: 1 << enum wt_cause */
    struct wt_opinion opinions[WT_CAUSES]; /* of those that begun */
    enum wt_cause cause_before;
    char sentence_before[WT_HEALTH_SENTENCE_SIZE];
};

/*
 * The clocks jumped since the last look: nobody looked for gap_ns of the monotonic clock (0: no
 * gap), which is no time in which anything held; and realtime was set forward by step_ns beside it
 * (back: negative; 0: it was not).
 */
void wt_health_jump(struct wt_health *health, int64_t gap_ns, int64_t step_ns);

/*
 * Judges one service by its numbers (verdict, verdict_since_ns and sentence of it are ignored) and
 * leaves verdict, cause, since and sentence in `health`. Returns true when the verdict or its cause
 * changed; what changed goes to *changes, which may be NULL. The first look changes nothing.
 */
bool wt_health_judge(struct wt_health *health, const struct wt_health_limits *limits,
                     const struct wt_service *service, const struct wt_findings *findings,
                     struct wt_time now, struct wt_health_changes *changes);

/*
 * How many workers like the present ones would bring the service to limits->clear_ratio: at least
 * the present number; 0 when unknown. The work to be done is what is busy now, and as much more as
 * its queue grows by, where that grows steadily (docs/SNAPSHOT.md, "Verdicts"). An answer that was
 * given stays as long as it is about right, so that a sentence does not go to and fro.
 */
uint64_t wt_health_workers_needed(struct wt_health *health, const struct wt_health_limits *limits,
                                  const struct wt_service *service);

#endif /* WT_MODEL_HEALTH_H */
