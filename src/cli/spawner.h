/* spawner.h - the demo's fleet: starts, kills, replaces and ends real worker processes.
 *
 * What happens when stands in demo/scenario.h; this file does to processes what the story says, on
 * the loop's timer. Every worker process holds the read end of one pipe as its standard input: when
 * this process ends, however it ends, the pipe closes and the workers leave.
 *
 * Threads: the loop's own.
 */
#ifndef WT_CLI_SPAWNER_H
#define WT_CLI_SPAWNER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "base/status.h"

enum {
    WT_SPAWNER_MAX_PROCESSES = 1000,
    WT_SPAWNER_MAX_WORKERS = 100000,
    WT_SPAWNER_MAX_SERVICES = 64
};

struct wt_spawner_options {
    const char *socket_path; /* of the demo's monitor; borrowed for the spawner's life */
    uint32_t workers;        /* in all, without the newcomers of the story */
    uint32_t services;       /* web, api, jobs, cable, web-2, api-2, ... */
    uint32_t processes;      /* 0: one per worker, at most WT_SPAWNER_MAX_PROCESSES */
    uint64_t seed;
    bool is_peaceful;        /* nobody is killed, restarted or added */
    double load_s;           /* the load stops after so many seconds; 0: never */
    const char *report_path; /* then each worker appends what it counted here; NULL: nowhere */
    int errors_fd;           /* standard error of the workers; -1: nowhere */
    const char *program;     /* of the workers; NULL: look for worktop-demo-worker beside us */
    void (*on_end)(void *context, int pid, int wait_status); /* of a process; may be NULL */
    void *on_end_context;
};

struct wt_spawner;

/*
 * Checks the numbers, finds the worker program and begins to start processes from the loop, a few
 * at a time. WT_EINVAL names the number that is wrong; WT_ENOENT the places where the program was
 * looked for, WT_ESYS a report that cannot be written.
 */
wt_status wt_spawner_create(struct wt_spawner **out, uv_loop_t *loop,
                            const struct wt_spawner_options *options, struct wt_error *err);

/*
 * Ends all workers: by the end of their input, and after three seconds by SIGKILL. on_done is
 * called from the loop when the last is gone, and the spawner is freed then.
 */
void wt_spawner_stop(struct wt_spawner *spawner, void (*on_done)(void *context), void *context);

/* Processes that run now, and why the last start failed ("" when none did). */
uint32_t wt_spawner_running(const struct wt_spawner *spawner);
const char *wt_spawner_problem(const struct wt_spawner *spawner);

#endif /* WT_CLI_SPAWNER_H */
