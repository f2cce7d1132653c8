/* What it costs to follow what the threads of many workers do and did. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "flight/board.h"

enum { WORKERS = 1000, ROUNDS = 200, THREADS = WT_RECORDER_DEFAULT_THREADS };

struct fleet {
    unsigned char *regions;
    size_t stride;
    struct wt_board *board;
};

static void make_region(unsigned char *region, size_t stride) {
    const struct wt_recorder_plan plan = wt_recorder_plan(stride, THREADS);
    *(struct wt_shared_recorder_header *)(void *)region = (struct wt_shared_recorder_header){
        .version = WT_SHARED_RECORDER_VERSION,
        .threads = plan.threads,
        .flight_offset = plan.flight_offset,
        .ring_offset = plan.ring_offset,
        .flight_bytes = sizeof(struct wt_shared_flight),
        .record_bytes = sizeof(struct wt_shared_record),
        .flight_count = (uint16_t)plan.flight_count,
        .ring_count = (uint16_t)plan.ring_count,
    };
    for (uint32_t i = 0; i < plan.flight_count; i++) {
        struct wt_shared_flight *flight =
            (void *)(region + plan.flight_offset + i * sizeof *flight);
        flight->since_ns = 1000 + i;
        flight->depth = 1;
        flight->label_length = 14;
        memcpy(flight->text, "POST /checkout", 14);
        flight->sequence = 2;
    }
}

static void make_fleet(struct fleet *fleet) {
    fleet->stride = wt_recorder_stride(THREADS);
    fleet->regions = aligned_alloc(4096, (fleet->stride * WORKERS + 4095) / 4096 * 4096);
    fleet->board = wt_board_create();
    if (fleet->regions == NULL || fleet->board == NULL)
        exit(1);
    memset(fleet->regions, 0, fleet->stride * WORKERS);
    for (uint64_t i = 0; i < WORKERS; i++) {
        unsigned char *region = fleet->regions + i * fleet->stride;
        const struct wt_flight_owner owner = {.worker_id = i + 1, .service = "web", .pid = 1};
        make_region(region, fleet->stride);
        if (!wt_board_take_up(fleet->board, &owner, region, fleet->stride, bench_now_ns()))
            exit(1);
    }
    wt_board_poll(fleet->board, bench_now_ns());
}

static double polls(void *context) {
    struct fleet *fleet = context;
    int64_t begin = bench_now_ns();
    for (int k = 0; k < ROUNDS; k++)
        wt_board_poll(fleet->board, begin);
    return (double)(bench_now_ns() - begin) / 1000 / ROUNDS;
}

/* A word of each region, and the word that it is compared with. */
static double plain_polls(void *context) {
    const struct fleet *fleet = context;
    static uint64_t known[WORKERS];
    uint64_t news = 0;
    int64_t begin = bench_now_ns();
    for (int k = 0; k < ROUNDS; k++)
        for (size_t i = 0; i < WORKERS; i++)
            news += __atomic_load_n(
                        (const uint64_t *)(const void *)(fleet->regions + i * fleet->stride + 56),
                        __ATOMIC_RELAXED) != known[i];
    bench_keep(news);
    return (double)(bench_now_ns() - begin) / 1000 / ROUNDS;
}

/* All threads of all workers are at work: what a tick costs, lists and texts included. */
static double looks(void *context) {
    struct fleet *fleet = context;
    struct wt_arena arena = {0};
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(&arena);
    struct wt_activity activity;
    int64_t begin = bench_now_ns();
    wt_board_look(fleet->board, begin);
    bool ok = wt_board_put(fleet->board, begin, &memory, &activity);
    int64_t end = bench_now_ns();
    bench_keep(ok ? activity.flight_count : 0);
    wt_arena_fini(&arena);
    return (double)(end - begin) / 1e6;
}

void bench_flight(struct bench *bench) {
    static const char poll_name[] = "flight: poll 1000 workers' rings, unchanged";
    static const char look_name[] = "flight: look at 1000 workers with 16 threads at work";
    struct fleet fleet = {.regions = NULL};
    if (!bench_wants(bench, poll_name) && !bench_wants(bench, look_name))
        return;
    make_fleet(&fleet);
    bench_run(bench, &(struct bench_row){.name = poll_name,
                                         .unit = "us",
                                         .ours = polls,
                                         .limit = plain_polls,
                                         .context = &fleet,
                                         .goal = BENCH_RATIO_AT_MOST,
                                         .value = 2});
    bench_run(bench, &(struct bench_row){.name = look_name,
                                         .unit = "ms",
                                         .ours = looks,
                                         .context = &fleet,
                                         .goal = BENCH_NO_GOAL});
    wt_board_destroy(fleet.board);
    free(fleet.regions);
}
