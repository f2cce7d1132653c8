/* health.h - a verdict and one sentence for each service.
 *
 * Rules (docs/SNAPSHOT.md, "Verdicts", for people):
 *
 *     saturated    CRIT     utilization >= 95 % and queue > 0 for 30 s
 *                  WARN     utilization >= 95 % for 30 s with an unknown queue, or >= 80 % for 60 s
 *                           Stays until utilization was < 75 % for 60 s; CRIT falls to WARN when
 *                           its own condition was absent for 60 s.
 *     stuck        WARN     a worker is busy and no counter of it moved for 30 s
 *                  CRIT     10 % of the workers are
 *     stale        WARN     a worker without a heartbeat for 3 s
 *                  CRIT     all of them are
 *     unreadable   UNKNOWN  the store could not be read
 *     idle         IDLE     nothing busy, nothing queued, no counter moved for 10 s
 *     no figures   UNKNOWN  no worker with metrics, or no busy field, queue field or counter
 *
 * The worst wins; its sentence names the cause and the cure.
 *
 * Pure: no clock, no allocation. The caller keeps one struct wt_health per service, all zero at
 * first, and feeds it every look.
 */
#ifndef WT_MODEL_HEALTH_H
#define WT_MODEL_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

struct wt_health_limits {
    double crit_ratio;       /* 0.95 */
    double warn_ratio;       /* 0.80 */
    double clear_ratio;      /* 0.75: also what the cure aims at */
    double stuck_crit_ratio; /* 0.10 of the workers */
    int64_t crit_ns;         /* 30 s */
    int64_t warn_ns;         /* 60 s */
    int64_t clear_ns;        /* 60 s */
    int64_t stuck_ns;        /* 30 s; applied by the sampler, named in the sentence */
    int64_t stale_ns;        /* 3 s; applied by the sampler, named in the sentence */
    int64_t idle_ns;         /* 10 s */
};

extern const struct wt_health_limits wt_health_limits_default;

enum { WT_HEALTH_SENTENCE_SIZE = 256 };

/* What one service remembers between looks. All zero: never looked at. Times are monotonic, 0 means
 * that the condition does not hold. */
struct wt_health {
    int64_t over_crit_ns; /* since when the conditions hold without a break */
    int64_t over_warn_ns;
    int64_t below_clear_ns;
    int64_t below_crit_ns;
    int64_t quiet_ns;
    int64_t saturated_since_ns; /* since when it is saturated, 0: it is not */
    int64_t stale_ns;           /* since when workers are stale */
    int64_t cause_since_ns;     /* since when that holds which the verdict is about; 0: unknown */
    enum wt_verdict saturation; /* WT_VERDICT_OK, WARN or CRIT; 0 counts as OK */
    enum wt_verdict verdict;
    int64_t verdict_since_ns; /* realtime; when its cause began, which may be before it was said */
    bool looked;
    char sentence[WT_HEALTH_SENTENCE_SIZE];
};

/* What one look found out beside the sums. */
struct wt_findings {
    const char *unreadable; /* why this look failed, "" or NULL when it did not */
    /* The worker that is stuck for longest, named in the sentence; id 0: none, or unknown. */
    uint64_t stuck_id;
    int64_t stuck_pid;
    int64_t stuck_since_ns; /* monotonic */
};

/*
 * Judges one service by its numbers (verdict, verdict_since_ns and sentence of it are ignored) and
 * leaves verdict, since and sentence in `health`. Returns true when the verdict changed.
 */
bool wt_health_judge(struct wt_health *health, const struct wt_health_limits *limits,
                     const struct wt_service *service, const struct wt_findings *findings,
                     struct wt_time now);

/* How many workers like the present ones would bring the service to limits->clear_ratio: at least
 * the present number; 0 when unknown. */
uint64_t wt_health_workers_needed(const struct wt_service *service,
                                  const struct wt_health_limits *limits);

#endif /* WT_MODEL_HEALTH_H */
