#include "bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_REPETITIONS = 11, MAX_REPETITIONS = 101 };

struct bench {
    const char *filter; /* "" for all */
    int rows;
    int missed;
};

int64_t bench_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bench_keep(uint64_t value) {
    __asm__ volatile("" : : "r"(value) : "memory");
}

bool bench_wants(const struct bench *bench, const char *name) {
    return strstr(name, bench->filter) != NULL;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof values[0], compare);
    return count % 2 != 0 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static bool is_met(const struct bench_row *row, double ours, double limit) {
    switch (row->goal) {
    case BENCH_NO_GOAL:
        return true;
    case BENCH_RATIO_AT_MOST:
        return limit > 0 && ours <= row->value * limit;
    case BENCH_AT_MOST:
        return ours <= row->value;
    case BENCH_AT_LEAST:
        return ours >= row->value;
    }
    return false;
}

static void write_figure(char *out, size_t size, double value, const char *unit) {
    int digits = value >= 1000 || value == (double)(int64_t)value ? 0 : value >= 100 ? 1 : 2;
    snprintf(out, size, "%.*f %s", digits, value, unit);
}

static void write_goal(char *out, size_t size, const struct bench_row *row) {
    char figure[48];
    write_figure(figure, sizeof figure, row->value, row->unit);
    switch (row->goal) {
    case BENCH_NO_GOAL:
        snprintf(out, size, "-");
        break;
    case BENCH_RATIO_AT_MOST:
        snprintf(out, size, "<= %.2f x", row->value);
        break;
    case BENCH_AT_MOST:
        snprintf(out, size, "<= %s", figure);
        break;
    case BENCH_AT_LEAST:
        snprintf(out, size, ">= %s", figure);
        break;
    }
}

void bench_report(struct bench *bench, const struct bench_row *row, double ours, double limit) {
    if (!bench_wants(bench, row->name))
        return;
    char ours_text[48];
    char limit_text[48] = "-";
    char ratio_text[16] = "-";
    char goal_text[64];
    write_figure(ours_text, sizeof ours_text, ours, row->unit);
    if (limit >= 0) {
        write_figure(limit_text, sizeof limit_text, limit, row->unit);
        snprintf(ratio_text, sizeof ratio_text, "%.2f", limit > 0 ? ours / limit : 0);
    }
    write_goal(goal_text, sizeof goal_text, row);
    bool met = is_met(row, ours, limit);
    bench->rows++;
    bench->missed += !met;
    printf("%-60s %12s %12s %6s  %-14s %s\n", row->name, ours_text, limit_text, ratio_text,
           goal_text,
           row->goal == BENCH_NO_GOAL ? ""
           : met                      ? "met"
                                      : "MISSED");
    fflush(stdout);
}

void bench_run(struct bench *bench, const struct bench_row *row) {
    double ours[MAX_REPETITIONS];
    double limit[MAX_REPETITIONS];
    int count = row->repetitions > 0 ? row->repetitions : DEFAULT_REPETITIONS;
    if (count > MAX_REPETITIONS)
        count = MAX_REPETITIONS;
    if (!bench_wants(bench, row->name))
        return;
    row->ours(row->context); /* warm */
    for (int i = 0; i < count; i++) {
        ours[i] = row->ours(row->context);
        limit[i] = row->limit != NULL ? row->limit(row->context) : -1;
    }
    bench_report(bench, row, median(ours, count), row->limit != NULL ? median(limit, count) : -1);
}

/* Figures of a busy machine mean little: say so. */
static double load_average(void) {
    double loads[1];
    return getloadavg(loads, 1) == 1 ? loads[0] : (double)NAN;
}

int main(int argc, char **argv) {
    struct bench bench = {.filter = argc > 1 ? argv[1] : ""};
    if (argc > 2 || bench.filter[0] == '-') {
        fprintf(stderr, "usage: worktop-bench [FILTER]\n");
        return 2;
    }
    double before = load_average();
    printf("%-60s %12s %12s %6s  %-14s\n", "work (medians; ours and limit measured in turn)",
           "ours", "limit", "ratio", "goal");
#define BENCH_FILE_RUN(name) bench_##name(&bench);
    BENCH_FILE_MAP(BENCH_FILE_RUN)
#undef BENCH_FILE_RUN
    printf("%d rows, %d goals missed; load average %.1f before, %.1f after\n", bench.rows,
           bench.missed, before, load_average());
    return 0;
}
