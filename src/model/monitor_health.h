/* monitor_health.h - the verdict on the monitor itself.
 *
 *     CRIT   the store of the workers' segments cannot be read, was lost, or is full: workers are
 *            not seen
 *     WARN   the server has a trouble of its own (no connection can be accepted)
 *            3 setups or more failed in the last minute
 *            the directory file cannot be written, the recorders' store cannot be read or grow
 *            a tick takes half of its period, or begins a period late, for 10 s
 *            the configuration file is wrong, the old values hold
 *     OK     else
 *
 * The worst wins, and the first among equals; its sentence names the cause and the cure.
 *
 * Pure: no clock, no allocation. The caller keeps one struct wt_monitor_health, all zero at first.
 */
#ifndef WT_MODEL_MONITOR_HEALTH_H
#define WT_MODEL_MONITOR_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/health.h"

/* What it found out about itself at one look; texts are "" when all is well. */
struct wt_monitor_findings {
    const char *store, *recorders;
    const char *server, *publisher, *config;
    uint32_t failed_setups;   /* in the last 60 s */
    const char *last_failure; /* of them: which worker, and why */
    int64_t took_ns;          /* the tick before */
    int64_t late_ns;          /* how much later than its period this one began */
    int64_t period_ns;        /* 0: unknown */
};

struct wt_monitor_health {
    struct wt_alarm slow, late;
    bool looked;
    bool is_found_here; /* the sentence is about setups or ticks, of which no one else tells */
    enum wt_verdict verdict;
    int64_t since_ns; /* realtime: when the verdict became what it is */
    char sentence[WT_HEALTH_SENTENCE_SIZE];
};

/* Leaves verdict, since and sentence in *health. Returns true when a trouble began or ended that is
 * only found here: of the others those tell who found them. */
bool wt_monitor_health_judge(struct wt_monitor_health *health,
                             const struct wt_monitor_findings *findings, struct wt_time now);

/* As wt_health_jump. */
void wt_monitor_health_jump(struct wt_monitor_health *health, int64_t gap_ns, int64_t step_ns);

#endif /* WT_MODEL_MONITOR_HEALTH_H */
