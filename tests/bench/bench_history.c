/* What it costs to remember a look, beside the bare limit: as many values stored, each in a ring
 * of its own. And to look back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "support/past.h"

enum { SERVICES = 8, SERIES = 20, LOOKS = 40, RING = 4096 };

struct remembered {
    struct past *past;
    float *rings; /* SERVICES * SERIES of RING */
    int at;
};

static double ours(void *context) {
    struct remembered *remembered = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < LOOKS; i++) {
        struct past *past = remembered->past;
        past->snapshot.sequence++;
        past->snapshot.time.realtime_ns = INT64_C(1000000000) * remembered->at++;
        wt_history_feed(past->history, &past->snapshot);
    }
    return (double)(bench_now_ns() - begin) / LOOKS / 1000;
}

static double limit(void *context) {
    struct remembered *remembered = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < LOOKS; i++)
        for (int series = 0; series < SERVICES * SERIES; series++) {
            volatile float *place = &remembered->rings[series * RING + i];
            *place = (float)(i + series);
        }
    return (double)(bench_now_ns() - begin) / LOOKS / 1000;
}

static double look_back(void *context) {
    struct remembered *remembered = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < 40; i++) {
        const struct wt_snapshot *snapshot;
        if (wt_history_moment(remembered->past->history, &remembered->past->snapshot,
                              remembered->at - 100 - i, &snapshot, NULL) == WT_OK)
            wt_snapshot_unref(snapshot);
    }
    return (double)(bench_now_ns() - begin) / 40 / 1000;
}

/* What a viewer does before its first frame, when its monitor kept an hour. */
static double take_over(void *context) {
    struct remembered *remembered = context;
    struct wt_history *history;
    int64_t begin = bench_now_ns();
    if (wt_history_create(&history, NULL) != WT_OK)
        return -1;
    for (int i = 0; i < SERVICES * SERIES; i++) {
        char name[24], key[24];
        snprintf(name, sizeof name, "service-%d", i % SERVICES);
        snprintf(key, sizeof key, "field-%d", i / SERVICES);
        const struct wt_past_series past = {.service = name,
                                            .kind =
                                                i / SERVICES < WT_SERIES_KINDS ? i / SERVICES : -1,
                                            .field = {.key = key, .unit = ""},
                                            .values = remembered->rings + (size_t)i * RING};
        (void)wt_history_restore(history, &past, 1000000, WT_HISTORY_SECONDS);
    }
    bench_keep(wt_history_bytes(history));
    wt_history_destroy(history);
    return (double)(bench_now_ns() - begin) / 1e6;
}

/* As many bytes copied. */
static double copy(void *context) {
    struct remembered *remembered = context;
    size_t bytes = sizeof(float) * SERVICES * SERIES * WT_HISTORY_SECONDS;
    int64_t begin = bench_now_ns();
    float *to = malloc(bytes);
    for (size_t i = 0; to != NULL && i < SERVICES * SERIES; i++)
        memcpy(to + i * WT_HISTORY_SECONDS, remembered->rings + i * RING,
               sizeof(float) * WT_HISTORY_SECONDS);
    bench_keep(to == NULL ? 0 : (uint64_t)to[bytes / 8]);
    free(to);
    return (double)(bench_now_ns() - begin) / 1e6;
}

void bench_history(struct bench *bench) {
    static const char name[] = "history: one look, 8 services x 20 series";
    static const char back[] = "history: a moment of it as a snapshot";
    static const char whole[] = "history: take over an hour, 8 services x 20 series";
    if (!bench_wants(bench, name) && !bench_wants(bench, back) && !bench_wants(bench, whole))
        return;
    struct remembered remembered = {.past = malloc(sizeof *remembered.past),
                                    .rings = calloc((size_t)SERVICES * SERIES * RING, 4)};
    if (remembered.past != NULL && remembered.rings != NULL) {
        past_open(remembered.past, SERVICES, 5 + 3);
        past_look(remembered.past, 0, 0.5);
        remembered.at = 1;
        /* A tick of a small fleet takes 100 us and more: a tenth of that does not show. */
        const struct bench_row row = {.name = name,
                                      .unit = "us",
                                      .ours = ours,
                                      .limit = limit,
                                      .context = &remembered,
                                      .goal = BENCH_AT_MOST,
                                      .value = 10};
        bench_run(bench, &row);
        const struct bench_row moment = {.name = back,
                                         .unit = "us",
                                         .ours = look_back,
                                         .context = &remembered,
                                         .goal = BENCH_AT_MOST,
                                         .value = 500};
        bench_run(bench, &moment);
        const struct bench_row hour = {.name = whole,
                                       .unit = "ms",
                                       .ours = take_over,
                                       .limit = copy,
                                       .context = &remembered,
                                       .goal = BENCH_AT_MOST,
                                       .value = 5};
        bench_run(bench, &hour);
        past_close(remembered.past);
    }
    free(remembered.past);
    free(remembered.rings);
}
