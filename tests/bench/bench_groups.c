/* Rows of groups: what it costs a program to write four fields that agree, on a real segment, and a
 * monitor to read them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "client/internal.h"
#include "schema/codec.h"

enum { MEMBERS = 4, ROUNDS = 1 << 21, READS = 1 << 20, STORE_BYTES = 1 << 16 };

static const struct worktop_field fields[MEMBERS] = {
    {"requests_total", WORKTOP_U64, WORKTOP_GROUP(1)},
    {"requests_failed_total", WORKTOP_U64, WORKTOP_GROUP(1)},
    {"bytes_total", WORKTOP_U64, WORKTOP_GROUP(1)},
    {"requests_active", WORKTOP_U64, WORKTOP_GROUP(1)},
};

/* What the bare limits write: private values as the handles have them, a line each. */
struct plain {
    _Alignas(64) uint64_t own;
};

struct subject {
    struct worktop *worktop;
    struct worktop_handle *handles[MEMBERS];
    struct worktop_group *group;
    struct plain *plain;              /* MEMBERS, and the sequence */
    uint64_t *words;                  /* published: MEMBERS, and the sequence */
    struct wt_schema *schema, *alone; /* with the group, and without */
};

static void die(const char *text) {
    fprintf(stderr, "worktop-bench: %s\n", text);
    exit(1);
}

static void attach(struct worktop *worktop) {
    const char *directory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char path[128];
    snprintf(path, sizeof path, "%s/worktop-bench-%ld-groups", directory, (long)getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, STORE_BYTES) != 0)
        die("cannot make a store");
    struct wt_error err;
    if (wt_cells_attach(&worktop->cells, path, 512, 0, &err) != WT_OK)
        die(err.text);
    close(fd);
    unlink(path);
}

static struct wt_schema *make_schema(bool with_group) {
    static const unsigned char hints[] = {0x81, 0xa5, 'g', 'r', 'o', 'u', 'p', 8 * MEMBERS};
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    struct wt_schema *schema = NULL;
    for (int i = 0; builder != NULL && i < MEMBERS; i++)
        wt_schema_builder_add(builder, fields[i].key, strlen(fields[i].key), "u64", 3, 8 * i,
                              with_group ? hints : NULL, with_group ? sizeof hints : 0);
    if (builder == NULL || wt_schema_builder_finish(builder, &schema, NULL) != WT_OK)
        die("no schema");
    wt_schema_builder_destroy(builder);
    return schema;
}

static struct subject make_subject(void) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = "/nonexistent/supervisor.ipc";
    options.flags = WORKTOP_NO_THREAD;
    struct subject subject = {.schema = make_schema(true), .alone = make_schema(false)};
    if (worktop_open(&subject.worktop, &options, fields, MEMBERS) != WORKTOP_OK)
        die("no worktop");
    attach(subject.worktop);
    for (int i = 0; i < MEMBERS; i++)
        subject.handles[i] =
            worktop_get(subject.worktop, fields[i].key, WORKTOP_U64, WORKTOP_GROUP(1));
    subject.group = worktop_get_group(subject.worktop, 1);
    worktop_group_begin(subject.group); /* moves to the segment */
    worktop_group_end(subject.group);
    subject.words = worktop_cell(subject.handles[0]) + 16; /* another line of the same page */
    subject.plain = aligned_alloc(64, (MEMBERS + 1) * sizeof *subject.plain);
    if (subject.plain == NULL)
        die("no memory");
    memset(subject.plain, 0, (MEMBERS + 1) * sizeof *subject.plain);
    return subject;
}

/* ---- Writing ---- */

static double group_of_four(void *context) {
    const struct subject *subject = context;
    struct worktop_group *group = subject->group;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        worktop_group_begin(group);
        worktop_own_add(subject->handles[0], 1);
        worktop_own_add(subject->handles[1], 1);
        worktop_own_add(subject->handles[2], 1);
        worktop_own_add(subject->handles[3], 1);
        worktop_group_end(group);
    }
    return (double)(bench_now_ns() - begin) / ROUNDS;
}

/* A private value in memory, and its publication. */
static inline void plain_store(const struct subject *subject, int i, uint64_t value, int order) {
    __atomic_store_n(&subject->plain[i].own, value, order);
    __atomic_store_n(&subject->words[i], value, order);
}

static inline void plain_add(const struct subject *subject, int i) {
    uint64_t value = __atomic_load_n(&subject->plain[i].own, __ATOMIC_RELAXED) + 1;
    plain_store(subject, i, value, __ATOMIC_RELEASE);
}

static inline void word_add(uint64_t *word) {
    __atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
}

/* Private values and their publication under a sequence number: nobody who keeps both can go
 * below. */
static double plain_with_private_values(void *context) {
    const struct subject *subject = context;
    const struct plain *plain = subject->plain;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t sequence = __atomic_load_n(&plain[MEMBERS].own, __ATOMIC_RELAXED);
        plain_store(subject, MEMBERS, sequence + 1, __ATOMIC_RELAXED);
        plain_add(subject, 0);
        plain_add(subject, 1);
        plain_add(subject, 2);
        plain_add(subject, 3);
        plain_store(subject, MEMBERS, sequence + 2, __ATOMIC_RELEASE);
    }
    return (double)(bench_now_ns() - begin) / ROUNDS;
}

/* The published words alone: what a program pays whose values die with the segment. */
static double plain_words_alone(void *context) {
    uint64_t *words = ((const struct subject *)context)->words;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t sequence = __atomic_load_n(&words[MEMBERS], __ATOMIC_RELAXED);
        __atomic_store_n(&words[MEMBERS], sequence + 1, __ATOMIC_RELAXED);
        word_add(&words[0]);
        word_add(&words[1]);
        word_add(&words[2]);
        word_add(&words[3]);
        __atomic_store_n(&words[MEMBERS], sequence + 2, __ATOMIC_RELEASE);
    }
    return (double)(bench_now_ns() - begin) / ROUNDS;
}

/* ---- Reading ---- */

static double read_group(void *context) {
    const struct subject *subject = context;
    const unsigned char *segment = (const unsigned char *)worktop_cell(subject->handles[0]);
    uint64_t bits[MEMBERS], sum = 0;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < READS; i++) {
        sum += wt_codec_read_group(segment, subject->schema, &subject->schema->groups[0], bits);
        sum += bits[i % MEMBERS];
    }
    int64_t end = bench_now_ns();
    bench_keep(sum);
    return (double)(end - begin) / READS;
}

static double read_alone(void *context) {
    const struct subject *subject = context;
    const unsigned char *segment = (const unsigned char *)worktop_cell(subject->handles[0]);
    uint64_t bits[MEMBERS], sum = 0;
    int64_t begin = bench_now_ns();
    for (int i = 0; i < READS; i++) {
        for (int k = 0; k < MEMBERS; k++)
            (void)wt_codec_read(segment, &subject->alone->fields[k], &bits[k]);
        sum += bits[i % MEMBERS];
    }
    int64_t end = bench_now_ns();
    bench_keep(sum);
    return (double)(end - begin) / READS;
}

void bench_groups(struct bench *bench) {
    struct subject subject = make_subject();
    const struct bench_row rows[] = {
        {.name = "client: group of 4 fields",
         .ours = group_of_four,
         .limit = plain_with_private_values,
         .goal = BENCH_RATIO_AT_MOST,
         .value = 1.5},
        {.name = "client: group of 4 fields, against the published words alone",
         .ours = group_of_four,
         .limit = plain_words_alone},
        {.name = "schema: read a group of 4 fields, against 4 fields alone",
         .ours = read_group,
         .limit = read_alone},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench_row row = rows[i];
        row.unit = "ns";
        row.context = &subject;
        bench_run(bench, &row);
    }
    worktop_close(&subject.worktop);
    wt_schema_unref(subject.schema);
    wt_schema_unref(subject.alone);
    free(subject.plain);
}
