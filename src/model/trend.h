/* trend.h - what one service's queue and errors did in the last minutes, in bounded memory.
 *
 *     queue    12 means over equal parts of a window. It grows steadily when nearly every part is
 *              above those before it (Mann-Kendall's tau >= 0.8), and each quarter of the window
 *              has its share in the growth: neither noise, nor a step, nor a burst.
 *     errors   6 recent parts of a window, and the 120 before them: the base. Parts that are known
 *              to be bad are left out of the base, or it would learn that errors are usual.
 *
 * Time moves only by looks; nothing is known of a time without looks (skip).
 *
 * Pure: no clock, no allocation. Threads: plain data, one owner. All zero at first.
 */
#ifndef WT_MODEL_TREND_H
#define WT_MODEL_TREND_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WT_QUEUE_PARTS = 12,
    WT_ERROR_RECENT_PARTS = 6,
    WT_ERROR_BASE_PARTS = 120,
    WT_ERROR_PARTS = WT_ERROR_RECENT_PARTS + WT_ERROR_BASE_PARTS
};

struct wt_queue_trend {
    int64_t part_ns;  /* a twelfth of the window */
    int64_t begin_ns; /* of the present part; 0: no look yet */
    double sum;       /* of what was queued at the looks of the present part */
    uint32_t look_count;
    double means[WT_QUEUE_PARTS]; /* oldest first */
    uint32_t count;
};

/* One look. A queue that is unknown (NAN) begins anew. */
void wt_queue_trend_add(struct wt_queue_trend *trend, double queued, int64_t window_ns,
                        int64_t now_ns);

/* Nobody looked for a while. */
void wt_queue_trend_skip(struct wt_queue_trend *trend);

struct wt_queue_growth {
    bool is_known;          /* the window is full */
    bool is_steady;         /* as said above */
    double per_s;           /* slope, the median of all pairs of parts */
    double first, last;     /* mean of the first and the last quarter of the window */
    double recent_per_s;    /* slope of its last third */
    double recent_least;    /* the lesser of its last two parts: what is below it falls already */
    int64_t recent_peak_ns; /* so long ago it was about as long as at most in that third */
};

/* Through how much of the window, from its end, each part was above the one before it. */
int64_t wt_queue_trend_rising_ns(const struct wt_queue_trend *trend);

struct wt_queue_growth wt_queue_trend_growth(const struct wt_queue_trend *trend);

struct wt_error_part {
    float errors, requests, seconds;
    bool is_bad;
};

struct wt_error_trend {
    int64_t part_ns;
    int64_t begin_ns;
    int64_t last_ns; /* of the last look; 0: none, or nothing is known since */
    struct wt_error_part present;
    struct wt_error_part parts[WT_ERROR_PARTS]; /* a ring */
    uint32_t count, next;
};

/* One look: rates since the last one, NAN when unknown; `is_bad` when they are above the base. */
void wt_error_trend_add(struct wt_error_trend *trend, double errors_per_s, double requests_per_s,
                        bool is_bad, int64_t window_ns, int64_t now_ns);
void wt_error_trend_skip(struct wt_error_trend *trend);

/* Errors per second and as a share of the requests; NAN when unknown. */
struct wt_error_rates {
    double recent_per_s, recent_share;
    double base_per_s, base_share; /* unknown before a window of it passed */
    double now_per_s, now_share;   /* of the last whole part and the present one */
};

struct wt_error_rates wt_error_trend_rates(const struct wt_error_trend *trend);

#endif /* WT_MODEL_TREND_H */
