/* Snapshots as flat bytes, beside copying so many bytes: what each tick costs the monitor, and each
 * viewer. */
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "model/flat.h"
#include "support/samples.h"

enum { ROUNDS = 20 };

struct flat {
    struct wt_snapshot *snapshot;
    struct wt_buffer workers, tick, copy;
    struct wt_flat_workers *decoded;
};

static double per_round_us(int64_t begin) {
    return (double)(bench_now_ns() - begin) / ROUNDS / 1000;
}

static double encode_tick(void *context) {
    struct flat *flat = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        wt_buffer_clear(&flat->tick);
        wt_flat_encode_tick(flat->snapshot, &flat->tick);
    }
    bench_keep(flat->tick.length);
    return per_round_us(begin);
}

static double encode_workers(void *context) {
    struct flat *flat = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        wt_buffer_clear(&flat->workers);
        wt_flat_encode_workers(flat->snapshot, &flat->workers);
    }
    bench_keep(flat->workers.length);
    return per_round_us(begin);
}

static double decode_tick(void *context) {
    struct flat *flat = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        struct wt_snapshot *snapshot = NULL;
        wt_flat_decode_tick(flat->tick.data, flat->tick.length, flat->decoded, NULL, &snapshot,
                            NULL);
        bench_keep(snapshot == NULL ? 0 : snapshot->sequence);
        wt_snapshot_unref(snapshot);
    }
    return per_round_us(begin);
}

static double decode_workers(void *context) {
    struct flat *flat = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        struct wt_flat_workers *workers = NULL;
        wt_flat_decode_workers(flat->workers.data, flat->workers.length, &workers, NULL);
        bench_keep(workers != NULL);
        wt_flat_workers_unref(workers);
    }
    return per_round_us(begin);
}

static double copy(struct flat *flat, const struct wt_buffer *bytes) {
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        wt_buffer_clear(&flat->copy);
        wt_buffer_append(&flat->copy, bytes->data, bytes->length);
        bench_keep((uint64_t)flat->copy.data[i]);
    }
    return per_round_us(begin);
}

static double copy_tick(void *context) {
    struct flat *flat = context;
    return copy(flat, &flat->tick);
}

static double copy_workers(void *context) {
    struct flat *flat = context;
    return copy(flat, &flat->workers);
}

static void measure(struct bench *bench, const char *size, size_t workers, double goal_us) {
    char name[80];
    snprintf(name, sizeof name, "flat: encode, decode, tick, workers, %s", size);
    if (!bench_wants(bench, name))
        return;
    struct flat flat = {.snapshot = wt_sample_large(workers)};
    encode_tick(&flat);
    encode_workers(&flat);
    if (wt_flat_decode_workers(flat.workers.data, flat.workers.length, &flat.decoded, NULL) ==
        WT_OK) {
        struct bench_row row = {.name = name,
                                .unit = "us",
                                .ours = encode_tick,
                                .limit = copy_tick,
                                .context = &flat,
                                .goal = BENCH_AT_MOST,
                                .value = goal_us};
        snprintf(name, sizeof name, "flat: encode tick, %s x 8 fields", size);
        bench_run(bench, &row);
        snprintf(name, sizeof name, "flat: decode tick, %s x 8 fields", size);
        row.ours = decode_tick;
        row.value = 2 * goal_us;
        bench_run(bench, &row);
        snprintf(name, sizeof name, "flat: encode workers, %s", size);
        row.ours = encode_workers;
        row.limit = copy_workers;
        row.goal = BENCH_NO_GOAL;
        bench_run(bench, &row);
        snprintf(name, sizeof name, "flat: decode workers, %s", size);
        row.ours = decode_workers;
        bench_run(bench, &row);
    }
    wt_flat_workers_unref(flat.decoded);
    wt_snapshot_unref(flat.snapshot);
    wt_buffer_fini(&flat.workers);
    wt_buffer_fini(&flat.tick);
    wt_buffer_fini(&flat.copy);
}

void bench_flat(struct bench *bench) {
    measure(bench, "200 workers", 200, 20);
    measure(bench, "10,000 workers", 10000, 1000);
}
