/* Rows of libworktop's fast path (counter add, busy begin + end, records), on a real segment and
 * a real recorder region. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "client/internal.h"
#include "shm/flight.h"

enum {
    ADDS = 1 << 22,
    TRACKS = 1 << 18,
    /* Most of so many so short repetitions are not interrupted, on a busy machine, too. */
    SHORT_TRACKS = 1 << 13,
    SHORT_REPETITIONS = 101,
    THREADS = 2,
    STORE_BYTES = 1 << 16,
    REGION_AT = 19008,
    REGIONS = 1000
};

static const struct worktop_field fields[] = {
    {"own_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
    {"shared_total", WORKTOP_U64, WORKTOP_ADD},
    {"requests_active", WORKTOP_U64, WORKTOP_ADD},
};

struct subject {
    struct worktop *worktop;
    struct worktop_handle *own, *shared, *busy;
    /* The bare limits work on memory of the same kinds. */
    uint64_t plain_own;
    uint64_t *plain_cell;
};

static void die(const char *text) {
    fprintf(stderr, "worktop-bench: %s\n", text);
    exit(1);
}

static void attach(struct worktop *worktop) {
    const char *directory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char path[128];
    snprintf(path, sizeof path, "%s/worktop-bench-%ld-client", directory, (long)getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, STORE_BYTES) != 0)
        die("cannot make a store");
    struct wt_error err;
    if (wt_cells_attach(&worktop->cells, path, 512, 0, &err) != WT_OK ||
        wt_recorder_attach(&worktop->recorder, path, wt_recorder_stride(1), REGION_AT,
                           (uint64_t)bench_now_ns(), &err) != WT_OK)
        die(err.text);
    close(fd);
    unlink(path);
}

static struct subject make_subject(void) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = "/nonexistent/supervisor.ipc";
    options.flags = WORKTOP_NO_THREAD;
    struct subject subject = {0};
    if (worktop_open(&subject.worktop, &options, fields, 3) != WORKTOP_OK)
        die("no worktop");
    attach(subject.worktop);
    subject.own = worktop_get(subject.worktop, "own_total", WORKTOP_U64, WORKTOP_ONE_WRITER);
    subject.shared = worktop_get(subject.worktop, "shared_total", WORKTOP_U64, WORKTOP_ADD);
    subject.busy = worktop_get(subject.worktop, "requests_active", WORKTOP_U64, WORKTOP_ADD);
    subject.plain_cell = worktop_cell(subject.shared) + 16; /* another line of the same page */
    return subject;
}

/* ---- One writer ---- */

static double own_adds(void *context) {
    struct subject *subject = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ADDS; i++)
        worktop_own_add(subject->own, 1);
    return (double)(bench_now_ns() - begin) / ADDS;
}

/* A private value in memory, and its publication: what nobody can go below who keeps both. */
static double plain_own_adds(void *context) {
    struct subject *subject = context;
    uint64_t *cell = subject->plain_cell;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ADDS; i++) {
        uint64_t value = __atomic_load_n(&subject->plain_own, __ATOMIC_RELAXED) + 1;
        __atomic_store_n(&subject->plain_own, value, __ATOMIC_RELAXED);
        __atomic_store_n(cell, value, __ATOMIC_RELAXED);
    }
    return (double)(bench_now_ns() - begin) / ADDS;
}

/* ---- Shared ---- */

static double shared_adds(void *context) {
    struct subject *subject = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ADDS; i++)
        worktop_add(subject->shared, 1);
    return (double)(bench_now_ns() - begin) / ADDS;
}

static double plain_shared_adds(void *context) {
    struct subject *subject = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ADDS; i++)
        __atomic_fetch_add(subject->plain_cell, 1, __ATOMIC_RELAXED);
    return (double)(bench_now_ns() - begin) / ADDS;
}

/* ---- Shared, by threads that are in each other's way ---- */

struct team {
    struct subject *subject;
    bench_measure *work;
    pthread_barrier_t start;
};

static void *work_in_team(void *argument) {
    struct team *team = argument;
    pthread_barrier_wait(&team->start);
    team->work(team->subject);
    return NULL;
}

/* Nanoseconds per add and thread. */
static double with_threads(struct subject *subject, bench_measure *work) {
    struct team team = {.subject = subject, .work = work};
    pthread_t threads[THREADS];
    pthread_barrier_init(&team.start, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work_in_team, &team) != 0)
            die("no thread");
    pthread_barrier_wait(&team.start);
    int64_t begin = bench_now_ns();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int64_t end = bench_now_ns();
    pthread_barrier_destroy(&team.start);
    return (double)(end - begin) / ADDS;
}

static double contended_adds(void *context) {
    return with_threads(context, shared_adds);
}

static double plain_contended_adds(void *context) {
    return with_threads(context, plain_shared_adds);
}

/* ---- Busy ---- */

static double track(const struct subject *subject, struct worktop_handle *busy) {
    int64_t begin = bench_now_ns();
    for (int i = 0; i < SHORT_TRACKS; i++) {
        worktop_track_begin(subject->worktop, busy);
        worktop_track_end(subject->worktop, busy);
    }
    return (double)(bench_now_ns() - begin) / SHORT_TRACKS;
}

static double tracks_alone(void *context) {
    const struct subject *subject = context;
    return track(subject, subject->own);
}

/* The gauge costs two atomic adds more: about 10 ns, most of what the goal leaves. */
static double tracks_shared(void *context) {
    const struct subject *subject = context;
    return track(subject, subject->busy);
}

static double tracks_labelled(void *context) {
    const struct subject *subject = context;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < SHORT_TRACKS; i++) {
        worktop_track_begin_labelled(subject->worktop, subject->own, "GET /checkout", "8f3a11d0");
        worktop_track_end(subject->worktop, subject->own);
    }
    return (double)(bench_now_ns() - begin) / SHORT_TRACKS;
}

static double clock_reads(void *context) {
    (void)context;
    uint64_t sum = 0;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < 2 * SHORT_TRACKS; i++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        sum += (uint64_t)now.tv_nsec;
    }
    int64_t end = bench_now_ns();
    bench_keep(sum);
    return (double)(end - begin) / SHORT_TRACKS;
}

/* ---- Flight recorder ---- */

/* Records whose text fills all of their 128 bytes. */
static double publishes(void *context) {
    const struct subject *subject = context;
    worktop_event(subject->worktop, WORKTOP_NOTE, "makes a writer", 0);
    struct wt_flight_writer *writer = wt_registry_slot(subject->worktop)->writer;
    struct wt_flight_note note = {.kind = WT_RECORD_NOTE, .time_ns = 1};
    char text[WT_FLIGHT_TEXT_BYTES];
    memset(text, 'x', sizeof text);
    struct wt_flight_words words;
    wt_flight_write_words(&words, &(struct worktop_label){.text = text, .text_length = sizeof text},
                          1);
    int64_t begin = bench_now_ns();
    for (int i = 0; i < TRACKS; i++) {
        note.value = i;
        wt_flight_publish(writer, &note, &words);
    }
    return (double)(bench_now_ns() - begin) / TRACKS;
}

/* 128 bytes, word by word, into a ring of as many places. */
static double plain_publishes(void *context) {
    (void)context;
    static uint64_t ring[WT_RING_RECORDS][sizeof(struct wt_shared_record) / 8];
    uint64_t words[sizeof ring[0] / 8] = {1};
    int64_t begin = bench_now_ns();
    for (int i = 0; i < TRACKS; i++) {
        words[0] = (uint64_t)i;
        for (size_t k = 0; k < sizeof words / 8; k++)
            __atomic_store_n(&ring[i % WT_RING_RECORDS][k], words[k], __ATOMIC_RELEASE);
    }
    bench_keep(ring[3][0]);
    return (double)(bench_now_ns() - begin) / TRACKS;
}

static unsigned char *regions;
static struct wt_ring_cursor *cursors;

static void make_regions(void) {
    size_t stride = wt_recorder_stride(WT_RECORDER_DEFAULT_THREADS);
    regions = aligned_alloc(4096, (stride * REGIONS + 4095) / 4096 * 4096);
    cursors = calloc(REGIONS, wt_ring_cursor_bytes(WT_RECORDER_DEFAULT_THREADS));
    if (regions == NULL || cursors == NULL)
        die("no memory");
    memset(regions, 0, stride * REGIONS);
}

static double polls(void *context) {
    (void)context;
    enum { ROUNDS = 200 };
    size_t stride = wt_recorder_stride(WT_RECORDER_DEFAULT_THREADS);
    size_t bytes = wt_ring_cursor_bytes(WT_RECORDER_DEFAULT_THREADS);
    uint64_t news = 0;
    int64_t begin = bench_now_ns();
    for (int k = 0; k < ROUNDS; k++)
        for (size_t i = 0; i < REGIONS; i++)
            news += wt_ring_has_news(
                regions + i * stride,
                (const struct wt_ring_cursor *)(const void *)((const unsigned char *)cursors +
                                                              i * bytes));
    bench_keep(news);
    return (double)(bench_now_ns() - begin) / 1000 / ROUNDS;
}

/* A word of each region, and the word that it is compared with. */
static double plain_polls(void *context) {
    (void)context;
    enum { ROUNDS = 200 };
    static uint64_t known[REGIONS];
    size_t stride = wt_recorder_stride(WT_RECORDER_DEFAULT_THREADS);
    uint64_t news = 0;
    int64_t begin = bench_now_ns();
    for (int k = 0; k < ROUNDS; k++)
        for (size_t i = 0; i < REGIONS; i++)
            news += __atomic_load_n((const uint64_t *)(const void *)(regions + i * stride + 56),
                                    __ATOMIC_RELAXED) != known[i];
    bench_keep(news);
    return (double)(bench_now_ns() - begin) / 1000 / ROUNDS;
}

void bench_client(struct bench *bench) {
    struct subject subject = make_subject();
    make_regions();
    const struct bench_row rows[] = {
        {.name = "client: counter add, one writer",
         .ours = own_adds,
         .limit = plain_own_adds,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 1.1},
        {.name = "client: counter add, shared, one thread",
         .ours = shared_adds,
         .limit = plain_shared_adds,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 1.1},
        {.name = "client: counter add, shared, two threads at once",
         .ours = contended_adds,
         .limit = plain_contended_adds,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 1.1},
        {.name = "client: busy begin + end, gauge of one writer",
         .ours = tracks_alone,
         .limit = clock_reads,
         .repetitions = SHORT_REPETITIONS,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 1.3},
        {.name = "client: busy begin + end, gauge of many writers",
         .ours = tracks_shared,
         .limit = clock_reads,
         .repetitions = SHORT_REPETITIONS,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 1.3},
        {.name = "client: busy begin + end, labelled, gauge of one writer",
         .ours = tracks_labelled,
         .limit = clock_reads,
         .repetitions = SHORT_REPETITIONS,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 1.3},
        {.name = "client: publish a record of 128 bytes, without the clock",
         .ours = publishes,
         .limit = plain_publishes,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 2},
        {.name = "client: poll 1000 recorders, unchanged",
         .unit = "us",
         .ours = polls,
         .limit = plain_polls,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench_row row = rows[i];
        if (row.unit == NULL)
            row.unit = "ns";
        row.context = &subject;
        bench_run(bench, &row);
    }
    worktop_close(&subject.worktop);
    free(regions);
    free(cursors);
}
