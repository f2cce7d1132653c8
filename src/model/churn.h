/* churn.h - how the processes of a service come and go: a rolling restart, or one that flaps.
 *
 * An exit is unruly when the process crashed (wt_process_crashed), or when it had been started
 * itself within the last minute, or since the rolling restart began that is under way: then its
 * slot is replaced a second time. Any other exit is orderly. A rolling restart is a row of orderly
 * exits, never WT_CHURN_PAUSE_NS apart, and starts that replace them. Who replaces another may come
 * up to WT_CHURN_EARLY_NS before it goes: the last WT_CHURN_EARLY_STARTS that came for nobody.
 *
 * Pure: no clock, no allocation; times are monotonic. Threads: plain data, one owner. All zero at
 * first.
 */
#ifndef WT_MODEL_CHURN_H
#define WT_MODEL_CHURN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/minute.h"

#define WT_CHURN_PAUSE_NS (30 * WT_NS_PER_S)
#define WT_CHURN_EARLY_NS (10 * WT_NS_PER_S)

enum { WT_CHURN_EARLY_STARTS = 3 }; /* no more than are usual: a service may also just grow */

struct wt_churn {
    struct wt_minute unruly_workers, unruly_processes;
    int64_t rolling_begin_ns; /* the first orderly exit; 0: there is none under way */
    int64_t rolling_last_ns;  /* the last one, or the last start */
    uint32_t rolling_exits, rolling_starts;
    int64_t early_ns; /* the last start that replaced nobody yet */
    uint32_t early_starts;
    int64_t last_unruly_ns; /* the last unruly exit; 0: there was none */
};

struct wt_churn_exit {
    int64_t at_ns;
    int64_t born_ns; /* when the process started */
    bool is_crash;
    bool is_first; /* of the workers of one process that tells of its end */
};

void wt_churn_add_exit(struct wt_churn *churn, const struct wt_churn_exit *exit);
void wt_churn_add_start(struct wt_churn *churn, int64_t at_ns);

struct wt_churn_figures {
    uint32_t unruly_workers, unruly_processes; /* in the last 60 s */
    int64_t last_unruly_ns;                    /* 0: there was none */
    uint32_t replaced;                         /* by the rolling restart; 0 without one */
    int64_t missing; /* it ended so many that are not replaced yet; < 0: started so many more */
    int64_t rolling_begin_ns, rolling_last_ns; /* 0 without one */
};

struct wt_churn_figures wt_churn_figures(const struct wt_churn *churn, int64_t now_ns);

#endif /* WT_MODEL_CHURN_H */
