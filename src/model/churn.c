#include "model/churn.h"

static const int64_t minute_ns = WT_MINUTE_SECONDS * WT_NS_PER_S;

static bool is_rolling(const struct wt_churn *churn, int64_t now_ns) {
    return churn->rolling_begin_ns != 0 && now_ns - churn->rolling_last_ns <= WT_CHURN_PAUSE_NS;
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Those that may still replace somebody. */
static uint32_t early_starts(const struct wt_churn *churn, int64_t at_ns) {
    return at_ns - churn->early_ns <= WT_CHURN_EARLY_NS ? churn->early_starts : 0;
}

static void add_orderly(struct wt_churn *churn, int64_t at_ns) {
    if (!is_rolling(churn, at_ns)) {
        churn->rolling_begin_ns = at_ns != 0 ? at_ns : 1;
        churn->rolling_last_ns = churn->rolling_begin_ns;
        churn->rolling_exits = churn->rolling_starts = 0;
    }
    churn->rolling_exits++;
    churn->rolling_last_ns = later(churn->rolling_last_ns, at_ns);
    if (early_starts(churn, at_ns) > 0) {
        churn->early_starts--;
        churn->rolling_starts++;
    }
}

void wt_churn_add_exit(struct wt_churn *churn, const struct wt_churn_exit *exit) {
    bool again = exit->at_ns - exit->born_ns < minute_ns ||
                 (is_rolling(churn, exit->at_ns) && exit->born_ns > churn->rolling_begin_ns);
    if (!exit->is_crash && !again) {
        add_orderly(churn, exit->at_ns);
        return;
    }
    churn->last_unruly_ns = later(churn->last_unruly_ns, exit->at_ns);
    wt_minute_add(&churn->unruly_workers, exit->at_ns);
    if (exit->is_first)
        wt_minute_add(&churn->unruly_processes, exit->at_ns);
}

void wt_churn_add_start(struct wt_churn *churn, int64_t at_ns) {
    if (!is_rolling(churn, at_ns) || at_ns < churn->rolling_begin_ns - WT_NS_PER_S ||
        churn->rolling_starts >= churn->rolling_exits) { /* it replaces nobody, yet */
        uint32_t before = early_starts(churn, at_ns);
        churn->early_starts = before < WT_CHURN_EARLY_STARTS ? before + 1 : before;
        churn->early_ns = at_ns;
        return;
    }
    churn->rolling_starts++;
    churn->rolling_last_ns = later(churn->rolling_last_ns, at_ns);
}

struct wt_churn_figures wt_churn_figures(const struct wt_churn *churn, int64_t now_ns) {
    struct wt_churn_figures figures = {
        .unruly_workers = wt_minute_count(&churn->unruly_workers, now_ns),
        .unruly_processes = wt_minute_count(&churn->unruly_processes, now_ns),
        .last_unruly_ns = churn->last_unruly_ns,
    };
    if (!is_rolling(churn, now_ns))
        return figures;
    figures.replaced =
        churn->rolling_exits < churn->rolling_starts ? churn->rolling_exits : churn->rolling_starts;
    figures.missing =
        (int64_t)churn->rolling_exits - churn->rolling_starts - early_starts(churn, now_ns);
    figures.rolling_begin_ns = churn->rolling_begin_ns;
    figures.rolling_last_ns = churn->rolling_last_ns;
    return figures;
}
