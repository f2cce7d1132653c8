/* Rows of the segment store: allocate and free, zeroing, growth. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "shm/store.h"

#define MIB (UINT64_C(1) << 20)

enum { PATH_SIZE = 128, CALLS = 1 << 16 };

static const struct wt_time no_time = {.monotonic_ns = 0};

static void die(const char *text) {
    fprintf(stderr, "worktop-bench: %s\n", text);
    exit(1);
}

static void name_file(char *path, const char *what) {
    const char *directory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, PATH_SIZE, "%s/worktop-bench-%ld-%s", directory, (long)getpid(), what);
}

static struct wt_store *make_store(uint64_t segment_bytes, uint64_t size_bytes,
                                   uint64_t max_bytes) {
    char path[PATH_SIZE];
    name_file(path, "store");
    struct wt_error err;
    struct wt_store *store;
    struct wt_store_options options = wt_store_defaults(path);
    options.segment_bytes = segment_bytes;
    options.size_bytes = size_bytes;
    options.max_bytes = max_bytes;
    if (wt_store_create(&store, &options, &err) != WT_OK)
        die(err.text);
    wt_store_unlink(store); /* nothing is left, whatever happens to us */
    return store;
}

/* ---- allocate and free ------------------------------------------------------------------- */

struct books {
    struct wt_store *store;
    const struct wt_schema *schema;
    uint64_t segments;
    uint64_t next_id;  /* ids as a monitor gives them: 1, 2, 3 ... never again */
    uint64_t first_id; /* the oldest that has a segment */
};

static void allocate(struct books *books, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        uint32_t segment;
        if (wt_store_allocate(books->store, books->next_id++, books->schema, no_time, &segment,
                              NULL) != WT_OK)
            die("no segment");
    }
}

static void free_oldest(struct books *books, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        wt_store_free(books->store, books->first_id++, WT_STORE_FREE_NOW, NULL);
}

static void clean_all(struct books *books) {
    while (wt_store_clean(books->store, SIZE_MAX) > 0)
        continue;
}

/* All segments are taken and given back in FIFO order, at least CALLS times in all; zeroing, which
 * ticks do, is not counted. */
static double measure(struct books *books, bool frees) {
    int64_t counted_ns = 0;
    uint64_t calls = 0;
    while (calls < CALLS) {
        int64_t begin_ns = bench_now_ns();
        allocate(books, books->segments);
        int64_t middle_ns = bench_now_ns();
        free_oldest(books, books->segments);
        int64_t end_ns = bench_now_ns();
        counted_ns += frees ? end_ns - middle_ns : middle_ns - begin_ns;
        calls += books->segments;
        clean_all(books);
    }
    return (double)counted_ns / (double)calls;
}

static double measure_allocate(void *context) {
    return measure(context, false);
}

static double measure_free(void *context) {
    return measure(context, true);
}

/* The quarantine's round trip: what a worker that leaves and comes back costs. */
static double measure_quarantine(void *context) {
    struct books *books = context;
    uint64_t calls = 0;
    allocate(books, books->segments);
    int64_t begin_ns = bench_now_ns();
    for (; calls < CALLS; calls++) {
        uint32_t segment;
        wt_store_free(books->store, books->first_id++, WT_STORE_QUARANTINE, &segment);
        wt_store_reclaim(books->store, books->next_id++, segment, books->schema, NULL);
    }
    double ns = (double)(bench_now_ns() - begin_ns) / (double)calls;
    free_oldest(books, books->segments);
    clean_all(books);
    return ns;
}

static struct wt_schema *make_schema(void) {
    struct wt_schema_builder *builder = wt_schema_builder_create(64);
    struct wt_schema *schema = NULL;
    if (builder == NULL)
        die("no memory");
    wt_schema_builder_add(builder, "requests_total", 14, "u64", 3, 0, NULL, 0);
    if (wt_schema_builder_finish(builder, &schema, NULL) != WT_OK)
        die("no schema");
    wt_schema_builder_destroy(builder);
    return schema;
}

static void run_books(struct bench *bench, const char *size, uint64_t segments) {
    char allocate_name[80];
    char free_name[80];
    char quarantine_name[80];
    snprintf(allocate_name, sizeof allocate_name, "store: allocate, %s segments", size);
    snprintf(free_name, sizeof free_name, "store: free, %s segments", size);
    snprintf(quarantine_name, sizeof quarantine_name, "store: quarantine + reclaim, %s segments",
             size);
    if (!bench_wants(bench, allocate_name) && !bench_wants(bench, free_name) &&
        !bench_wants(bench, quarantine_name))
        return;
    /* Segments of 64 bytes: the books do not depend on it, and a million takes only 64 MiB. */
    struct wt_schema *schema = make_schema();
    struct books books = {.store = make_store(64, segments * 64, segments * 64),
                          .schema = schema,
                          .segments = segments,
                          .next_id = 1,
                          .first_id = 1};
    struct bench_row row = {.name = allocate_name,
                            .unit = "ns",
                            .ours = measure_allocate,
                            .context = &books,
                            .goal = BENCH_AT_MOST,
                            .value = 30};
    bench_run(bench, &row);
    row.name = free_name;
    row.ours = measure_free;
    bench_run(bench, &row);
    row.name = quarantine_name;
    row.ours = measure_quarantine;
    row.goal = BENCH_NO_GOAL;
    bench_run(bench, &row);
    wt_store_close(books.store);
    wt_schema_unref(schema);
}

/* ---- zeroing ----------------------------------------------------------------------------- */

static double clean_segments(void *context) {
    struct books *books = context;
    allocate(books, books->segments);
    free_oldest(books, books->segments);
    int64_t begin_ns = bench_now_ns();
    clean_all(books);
    return (double)(bench_now_ns() - begin_ns) / (double)books->segments;
}

/* The same memory, segment by segment. */
static double clear_segments(void *context) {
    struct books *books = context;
    size_t bytes = wt_store_segment_bytes(books->store);
    unsigned char *base = (unsigned char *)(uintptr_t)wt_store_base(books->store);
    int64_t begin_ns = bench_now_ns();
    for (uint64_t i = 0; i < books->segments; i++) {
        memset(base + i * bytes, 0, bytes);
        bench_keep(base[i * bytes]);
    }
    return (double)(bench_now_ns() - begin_ns) / (double)books->segments;
}

static void run_zeroing(struct bench *bench, const char *name, uint64_t segments) {
    if (!bench_wants(bench, name))
        return;
    struct books books = {.store = make_store(512, segments * 512, segments * 512),
                          .segments = segments,
                          .next_id = 1,
                          .first_id = 1};
    const struct bench_row row = {.name = name,
                                  .unit = "ns",
                                  .ours = clean_segments,
                                  .limit = clear_segments,
                                  .context = &books,
                                  .goal = BENCH_RATIO_AT_MOST,
                                  .value = 1.2,
                                  .repetitions = 31};
    bench_run(bench, &row);
    wt_store_close(books.store);
}

/* ---- growth ------------------------------------------------------------------------------ */

struct growth {
    uint64_t old_bytes, new_bytes;
};

static double to_ms(int64_t ns) {
    return (double)ns / 1e6;
}

static double grow_store(void *context) {
    const struct growth *growth = context;
    struct wt_error err;
    struct wt_store *store = make_store(512, growth->old_bytes, growth->new_bytes);
    int64_t begin_ns = bench_now_ns();
    if (wt_store_resize(store, growth->new_bytes, no_time, &err) != WT_OK)
        die(err.text);
    int64_t end_ns = bench_now_ns();
    wt_store_close(store);
    return to_ms(end_ns - begin_ns);
}

static double reserve_space(void *context) {
    const struct growth *growth = context;
    char path[PATH_SIZE];
    name_file(path, "file");
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || unlink(path) != 0 || fallocate(fd, 0, 0, (off_t)growth->old_bytes) != 0)
        die("no file to grow");
    int64_t begin_ns = bench_now_ns();
    if (fallocate(fd, 0, (off_t)growth->old_bytes,
                  (off_t)(growth->new_bytes - growth->old_bytes)) != 0)
        die("no space to grow");
    int64_t end_ns = bench_now_ns();
    close(fd);
    return to_ms(end_ns - begin_ns);
}

/* What a growth ahead of need costs the loop: begin and finish, the pool does the rest. */
static double grow_ahead(void *context) {
    const struct growth *growth = context;
    struct wt_store *store = make_store(512, growth->old_bytes, growth->new_bytes);
    struct wt_store_growth *job;
    int64_t begin_ns = bench_now_ns();
    if (wt_store_growth_begin(store, &job, NULL) != WT_OK)
        die("no growth");
    int64_t spent_ns = bench_now_ns() - begin_ns;
    wt_store_growth_prepare(job);
    begin_ns = bench_now_ns();
    if (wt_store_growth_finish(store, job, no_time, NULL) != WT_OK)
        die("no growth");
    spent_ns += bench_now_ns() - begin_ns;
    wt_store_close(store);
    return (double)spent_ns / 1e3;
}

void bench_store(struct bench *bench) {
    run_books(bench, "64", 64);
    run_books(bench, "1k", 1 << 10);
    run_books(bench, "64k", 1 << 16);
    run_books(bench, "1M", 1 << 20);
    run_zeroing(bench, "store: zero a freed segment, 1k of 512 B", 1 << 10);
    run_zeroing(bench, "store: zero a freed segment, 64k of 512 B", 1 << 16);
    struct growth small = {.old_bytes = 32 * MIB, .new_bytes = 64 * MIB};
    struct growth large = {.old_bytes = 256 * MIB, .new_bytes = 512 * MIB};
    bench_run(bench, &(struct bench_row){.name = "store: grow 32 -> 64 MiB",
                                         .unit = "ms",
                                         .ours = grow_store,
                                         .limit = reserve_space,
                                         .context = &small,
                                         .goal = BENCH_RATIO_AT_MOST,
                                         .value = 1.2});
    bench_run(bench, &(struct bench_row){.name = "store: grow 256 -> 512 MiB",
                                         .unit = "ms",
                                         .ours = grow_store,
                                         .limit = reserve_space,
                                         .context = &large,
                                         .goal = BENCH_RATIO_AT_MOST,
                                         .value = 1.2,
                                         .repetitions = 7});
    bench_run(bench,
              &(struct bench_row){.name = "store: grow 256 -> 512 MiB ahead, the loop's part",
                                  .unit = "us",
                                  .ours = grow_ahead,
                                  .context = &large,
                                  .goal = BENCH_AT_MOST,
                                  .value = 1000,
                                  .repetitions = 7});
}
