/* score.h - what is published against the truth, tick by tick.
 *
 * Figures are compared at every tick that shows one. The truth of a window is of the same window,
 * or of the present monitor's life when that is shorter: a monitor knows nothing of the time
 * before. What is not shown ("unknown") is counted, not compared.
 */
#ifndef WT_TESTS_SIM_SCORE_H
#define WT_TESTS_SIM_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/number.h"
#include "model/snapshot.h"

struct sim;
struct sim_service;

enum { SIM_WINDOWS = 3, SIM_TRAIL = 512, SIM_BINS = 4000, SIM_EXITS = 64 };

extern const int64_t sim_windows_ns[SIM_WINDOWS]; /* 10 s, 1 min, 5 min */

/* How far off a figure was, over all ticks. Not for what is exact: that is a count of faults. */
struct sim_error {
    uint64_t count;
    double sum, square_sum, least, most; /* of shown - truth */
    double bin_width;
    uint32_t bins[SIM_BINS]; /* of |shown - truth|; the last one is of all beyond */
};

void sim_error_add(struct sim_error *error, double shown, double truth);
double sim_error_rms(const struct sim_error *error);
double sim_error_worst(const struct sim_error *error);              /* 0 without one */
double sim_error_quantile(const struct sim_error *error, double q); /* of the absolute values */
void sim_error_merge(struct sim_error *into, const struct sim_error *other);

/* The truth as it was at one tick. */
struct sim_mark {
    int64_t at_ns;
    wt_int128 busy, capacity, queue; /* areas */
    uint64_t started, done;
    int64_t wait_sum_ns;
    double looked_busy, looked_capacity; /* the areas by looks ten times a second at the truth */
};

enum sim_alarm {
    SIM_ALARM_STUCK,
    SIM_ALARM_SATURATED, /* CRIT */
    SIM_ALARM_NEARLY,    /* WARN or CRIT about saturation */
    SIM_ALARM_FLAPPING,
    SIM_ALARM_QUEUE_GROWING, /* only that it is not said of a short queue: saturation hides it */
    SIM_ALARM_ERRORS_RISING,
    SIM_ALARMS
};

/* Times in s. All zero: none yet. */
struct sim_delay {
    uint32_t count;
    double sum_s, most_s;
};

/* One kind of trouble of one service: what is true, and what was said of it. */
struct sim_watch {
    int64_t onset_ns;     /* since when it is true; 0: it is not */
    int64_t end_ns;       /* when it last ended */
    int64_t limit_ns;     /* it must be said within that time, and a tick */
    int64_t base_ns;      /* counted from here: a monitor could know of it since then */
    bool counts;          /* it was not said already when it became true */
    bool found;           /* the present, or the last one, was said */
    bool shown;           /* at the last tick */
    uint32_t onset_count; /* how often it became true for long enough to be found */
    uint32_t found_count;
    uint32_t false_count; /* said while it was not true, and had not been for long */
    int64_t first_false_ns;
    struct sim_delay found_after, cleared_after;
};

struct sim_score {
    struct sim_mark *trail; /* owned ring of the last SIM_TRAIL ticks */
    uint64_t trail_count;
    struct sim_look {
        int64_t at_ns; /* 0: none yet */
        int64_t busy, capacity;
        double busy_area, capacity_area; /* of all until then */
    } look;
    uint64_t tick_count;
    uint64_t window_unknown_count[SIM_WINDOWS];
    struct sim_error utilization[SIM_WINDOWS]; /* in points: of 100 */
    struct sim_error looked;                   /* over 1 min, of what these looks say: no monitor
                                                  that looks ten times a second can do better */
    struct sim_error moment;                   /* utilization_ratio, of the moment */
    struct sim_error wait[SIM_WINDOWS];        /* mean wait against queue area / requests, in ms */
    struct sim_error real_wait[SIM_WINDOWS];   /* against what those that were served had waited */
    double wait_sum_ms[SIM_WINDOWS];           /* of the former's truth */
    struct sim_error rate;                     /* in percent of the truth's mean over the run */
    uint64_t rate_unknown_count, rate_over_count, rate_under_count;
    double rate_over_most; /* per s above the truth */
    uint64_t total_wrong_count;
    wt_int128 total_wrong_most;
    wt_int128 last_total, naive_sum;
    uint64_t total_fell_count;
    int64_t queue_shown_peak; /* of the present minute */
    int64_t minute;
    struct sim_error queue_peak; /* shown / truth of each minute, in percent */
    struct sim_watch watches[SIM_ALARMS];
    int64_t exits_ns[SIM_EXITS]; /* ring: of processes that lived less than a minute */
    uint64_t exit_count;
};

void sim_score_open(struct sim *sim);
void sim_score_close(struct sim *sim);

/* The mark of the present monitor's life that is nearest to the begin of this window. */
const struct sim_mark *sim_mark_before(const struct sim_score *score, int64_t window_ns);

/* What is shown for a window; NAN: nothing. */
double sim_shown_utilization(const struct wt_service *shown, size_t window);
double sim_shown_wait_s(const struct wt_service *shown, size_t window);

/* Another monitor begins: it knows nothing of the time before. */
void sim_score_restart(struct sim *sim);

/* Ten times a second: looks at the truth. */
void sim_score_look(struct sim *sim);

/* Compares one snapshot. */
void sim_score_tick(struct sim *sim, const struct wt_snapshot *snapshot);

/* ---- verdicts.c ------------------------------------------------------------------------------ */

/* From onset_ns on it is true; it must be said within limit_ns. Nothing when it is true already. */
void sim_truth_begins(struct sim *sim, uint32_t service, enum sim_alarm alarm, int64_t onset_ns,
                      int64_t limit_ns);
void sim_truth_ends(struct sim *sim, uint32_t service, enum sim_alarm alarm);

/* A process ended that had begun at born_ns. */
void sim_truth_exit(struct sim *sim, uint32_t service, int64_t born_ns);

/* Compares what is said of one service. */
void sim_verdicts_tick(struct sim *sim, uint32_t service, const struct wt_snapshot *snapshot,
                       const struct wt_service *shown);

const char *sim_alarm_text(enum sim_alarm alarm);

#endif /* WT_TESTS_SIM_SCORE_H */
