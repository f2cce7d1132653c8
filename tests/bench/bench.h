/* bench.h - a table of what our work costs, beside the bare limit measured in the same run.
 *
 *     worktop-bench [FILTER]      rows whose name contains FILTER, or all
 *
 *     work                                        ours      limit  ratio  goal
 *     store: allocate, 1M segments               14.2 ns            -     <= 30 ns       met
 *     store: grow 32 -> 64 MiB                    7.1 ms    6.9 ms  1.03  <= 1.20 x      met
 *
 * The machine is noisy: ours and the limit are measured in turn, and the medians compared. So read
 * the ratio, not the absolute value. A missed goal is printed, it fails nothing.
 *
 * A new file of rows: write bench_X.c with `void bench_X(struct bench *bench)` and add X(X) to
 * BENCH_FILE_MAP below.
 */
#ifndef WT_TESTS_BENCH_BENCH_H
#define WT_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_FILE_MAP(X)                                                                          \
    X(store)                                                                                       \
    X(client)                                                                                      \
    X(groups)                                                                                      \
    X(net)                                                                                         \
    X(probe)                                                                                       \
    X(sample) X(timed) X(flat) X(attach) X(screen) X(directory) X(takeover) X(history) X(flight)

struct bench; /* one run */

#define BENCH_FILE_DECLARE(name) void bench_##name(struct bench *bench);
BENCH_FILE_MAP(BENCH_FILE_DECLARE)
#undef BENCH_FILE_DECLARE

enum bench_goal {
    BENCH_NO_GOAL,
    BENCH_RATIO_AT_MOST, /* ours / limit <= value */
    BENCH_AT_MOST,       /* ours <= value, in the row's unit */
    BENCH_AT_LEAST       /* ours >= value: rates */
};

/* One measurement: does the work once and returns its figure in the row's unit, such as
 * nanoseconds per call. Anything it prepares inside and does not count is free. */
typedef double bench_measure(void *context);

struct bench_row {
    const char *name; /* "room: work, size" */
    const char *unit; /* "ns", "us", "ms", "KB", "/s" */
    bench_measure *ours;
    bench_measure *limit; /* NULL: there is none */
    void *context;
    enum bench_goal goal;
    double value;    /* of the goal */
    int repetitions; /* of each, in turn; 0: 11 */
};

/* Whether the filter lets a row of this name through: ask before an expensive preparation. */
bool bench_wants(const struct bench *bench, const char *name);

/* Measures and prints one row, if wanted. */
void bench_run(struct bench *bench, const struct bench_row *row);

/* Prints a row whose figures were got otherwise (limit < 0: none). ours, limit and context of the
 * row are not used. */
void bench_report(struct bench *bench, const struct bench_row *row, double ours, double limit);

/* CLOCK_MONOTONIC. */
int64_t bench_now_ns(void);

/* Makes the compiler believe that a value is used. */
void bench_keep(uint64_t value);

#endif /* WT_TESTS_BENCH_BENCH_H */
