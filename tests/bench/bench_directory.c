/* Rows of the directory file: what a tick pays for being seen, and what a viewer pays to look. The
 * sizes are those of snapshots: about 60 bytes a worker in the tick part, 120 in the workers part.
 * The limit is a bare memcpy of the bytes, into two buffers in turn, and their sum. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "bench/bench.h"
#include "shm/checksum.h"
#include "shm/directory.h"

enum { TICK_BYTES = 60, WORKERS_BYTES = 120, HEAD_BYTES = 4096, HEARTBEATS = 100000 };

struct fixture {
    char folder[64], path[96];
    struct wt_directory *directory;
    struct wt_directory_view *view;
    struct wt_directory_part workers, tick;
    unsigned char *bytes, *targets; /* two of them, one behind the other */
    size_t rounds;
    uint64_t version; /* of the workers part */
    uint64_t known;   /* to the viewer */
    bool changes;     /* the workers part, each tick */
    struct wt_buffer workers_copy, tick_copy;
};

static void die(const char *what) {
    fprintf(stderr, "worktop-bench: %s\n", what);
    exit(1);
}

static void open_fixture(struct fixture *f, size_t workers) {
    *f = (struct fixture){.version = 1};
    f->workers.length = workers * WORKERS_BYTES;
    f->tick.length = workers * TICK_BYTES + HEAD_BYTES;
    size_t length = f->workers.length + f->tick.length;
    /* So few that a measurement fits between two interruptions. */
    f->rounds = 1 + (size_t)(4 << 20) / length;
    f->bytes = malloc(length);
    f->targets = calloc(2, length);
    if (f->bytes == NULL || f->targets == NULL)
        die("no memory");
    for (size_t i = 0; i < length; i++)
        f->bytes[i] = (unsigned char)(i * 7);
    memset(f->targets, 1, 2 * length);
    f->workers.bytes = f->bytes;
    f->tick.bytes = f->bytes + f->workers.length;
    strcpy(f->folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/worktop-bench-XXXXXX"
                                                    : "/tmp/worktop-bench-XXXXXX");
    if (mkdtemp(f->folder) == NULL)
        die("no temporary directory");
    snprintf(f->path, sizeof f->path, "%s/utilization.shm.dir", f->folder);
    const struct wt_directory_options options = {
        .path = f->path,
        .mode = 0600,
        .gid = (gid_t)-1,
        .segments = {workers, workers, 0},
        .schema_bytes = 65536,
        .services = 64,
        .retired = 1024,
        .bank_bytes = length,
    };
    struct wt_error err;
    if (wt_directory_create(&f->directory, &options, &err) != WT_OK ||
        wt_directory_view_open(&f->view, f->path, &err) != WT_OK)
        die(err.text);
}

static void close_fixture(struct fixture *f) {
    wt_directory_view_close(f->view);
    wt_directory_unlink(f->directory);
    wt_directory_close(f->directory, WT_DIRECTORY_CLOSED);
    rmdir(f->folder);
    wt_buffer_fini(&f->workers_copy);
    wt_buffer_fini(&f->tick_copy);
    free(f->bytes);
    free(f->targets);
}

static double each_us(const struct fixture *f, int64_t begin_ns) {
    return (double)(bench_now_ns() - begin_ns) / 1e3 / (double)f->rounds;
}

static double publish(void *context) {
    struct fixture *f = context;
    int64_t begin_ns = bench_now_ns();
    for (size_t i = 0; i < f->rounds; i++) {
        f->version += f->changes;
        if (wt_directory_publish(f->directory, f->workers, f->version, f->tick) != WT_OK)
            die("a snapshot does not fit");
    }
    return each_us(f, begin_ns);
}

static double copy_and_sum(void *context) {
    struct fixture *f = context;
    size_t length = f->tick.length + (f->changes ? f->workers.length : 0);
    uint64_t sum = 0;
    int64_t begin_ns = bench_now_ns();
    for (size_t i = 0; i < f->rounds; i++) {
        memcpy(f->targets + i % 2 * length, f->bytes, length);
        sum += wt_checksum(f->bytes, length);
        bench_keep(sum);
    }
    return each_us(f, begin_ns);
}

static double look(void *context) {
    struct fixture *f = context;
    uint64_t version, sequence;
    int64_t begin_ns = bench_now_ns();
    for (size_t i = 0; i < f->rounds; i++) {
        if (wt_directory_view_snapshot(f->view, f->known, &f->workers_copy, &version, &f->tick_copy,
                                       &sequence, NULL) != WT_OK)
            die("no snapshot");
        bench_keep(sequence);
    }
    return each_us(f, begin_ns);
}

static double heartbeat(void *context) {
    struct fixture *f = context;
    int64_t begin_ns = bench_now_ns();
    for (int i = 0; i < HEARTBEATS; i++)
        wt_directory_heartbeat(f->directory, (struct wt_time){.monotonic_ns = i}, WT_NS_PER_S,
                               (uint64_t)i);
    return (double)(bench_now_ns() - begin_ns) / HEARTBEATS;
}

static double put_segments(void *context) {
    struct fixture *f = context;
    struct wt_shared_segment_record record = {.state = 1};
    int64_t begin_ns = bench_now_ns();
    for (int i = 0; i < HEARTBEATS; i++) {
        record.worker_id = (uint64_t)i;
        if (wt_directory_put_segment(f->directory, 0, (uint64_t)i % 200, &record) != WT_OK)
            die("no room for a record");
    }
    return (double)(bench_now_ns() - begin_ns) / HEARTBEATS;
}

static void run_rows(struct bench *bench, const char *workers, size_t count) {
    static const struct {
        const char *work;
        bench_measure *ours;
        bool changes, known;
    } rows[] = {
        {"publish a tick", publish, false, false},
        {"publish a tick, and who they are", publish, true, false},
        {"a viewer copies a tick", look, false, true},
        {"a viewer copies all", look, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[96];
        struct fixture f;
        snprintf(name, sizeof name, "directory: %s, %s workers", rows[i].work, workers);
        if (!bench_wants(bench, name))
            continue;
        open_fixture(&f, count);
        publish(&f);
        f.changes = rows[i].changes;
        f.known = rows[i].known ? f.version : 0;
        bench_run(bench, &(struct bench_row){.name = name,
                                             .unit = "us",
                                             .ours = rows[i].ours,
                                             .limit = copy_and_sum,
                                             .context = &f,
                                             .goal = BENCH_RATIO_AT_MOST,
                                             .value = 2.0,
                                             .repetitions = 51});
        close_fixture(&f);
    }
}

void bench_directory(struct bench *bench) {
    run_rows(bench, "200", 200);
    run_rows(bench, "10,000", 10000);
    static const char heartbeat_name[] = "directory: heartbeat";
    static const char segment_name[] = "directory: write the record of a segment";
    if (!bench_wants(bench, heartbeat_name) && !bench_wants(bench, segment_name))
        return;
    struct fixture f;
    open_fixture(&f, 200);
    bench_run(bench, &(struct bench_row){.name = heartbeat_name,
                                         .unit = "ns",
                                         .ours = heartbeat,
                                         .context = &f,
                                         .goal = BENCH_AT_MOST,
                                         .value = 100});
    bench_run(bench, &(struct bench_row){.name = segment_name,
                                         .unit = "ns",
                                         .ours = put_segments,
                                         .context = &f,
                                         .goal = BENCH_AT_MOST,
                                         .value = 100});
    close_fixture(&f);
}
