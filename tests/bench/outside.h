/* outside.h - programs that a row measures from outside: where they are, how they start and end,
 * and what they cost.
 *
 * Every failure ends the benchmark with a line on standard error: without its program a row means
 * nothing.
 */
#ifndef WT_TESTS_BENCH_OUTSIDE_H
#define WT_TESTS_BENCH_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BENCH_PATH_SIZE = 4096 };

/* "worktop-bench: TEXT: what errno says", and the end. */
_Noreturn void bench_die(const char *text);

/* The path of "worktop" ($WORKTOP) or "worktop-demo-worker" ($WORKTOP_DEMO_WORKER), else the one
 * that was built with this benchmark. */
void bench_find_program(const char *name, char out[static BENCH_PATH_SIZE]);

/* A private place in memory for a monitor, and the monitor when one runs there. */
struct bench_host {
    pid_t pid; /* 0: none */
    char directory[64];
    char path[96]; /* of the socket */
};

void bench_host_place(struct bench_host *host);
void bench_host_start(struct bench_host *host);      /* the place, and `worktop serve` at it */
void bench_host_wait(const struct bench_host *host); /* until somebody listens */
void bench_host_stop(struct bench_host *host);       /* ends it, and the place */

/* Real workers with the demo's load: `services` processes of `workers` / `services` each. */
enum { BENCH_MOST_SERVICES = 16 };
struct bench_crowd {
    int input; /* its end ends them */
    int count;
    pid_t pids[BENCH_MOST_SERVICES];
};

void bench_crowd_start(struct bench_crowd *crowd, const char *socket_path, int services,
                       int workers);
void bench_crowd_stop(struct bench_crowd *crowd);

/* What a process has used: seconds of processor, and how often all its threads went to sleep. */
double bench_cpu_s(pid_t pid);
uint64_t bench_sleeps(pid_t pid);

/* PSS in KB without shared memory: stores are not a process's own. */
double bench_memory_kb(pid_t pid);

/* The children of a process now. */
size_t bench_children(pid_t parent, pid_t *out, size_t size);

#endif /* WT_TESTS_BENCH_OUTSIDE_H */
