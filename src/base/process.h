/* process.h - what /proc and pidfds say about a process, and nothing more.
 *
 * kill(pid, 0) succeeds for zombies, and a pid may be used again: a process is named by its pid and
 * its start time, and it is gone when its pidfd is readable, or when /proc has no such pid with
 * that start time, or a zombie without any other thread.
 *
 * Threads: none shared.
 */
#ifndef WT_BASE_PROCESS_H
#define WT_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct wt_process_look {
    uint64_t start_ticks; /* since boot, in clock ticks */
    char state;           /* R S D T Z X ... */
    uint32_t threads;
};

/* Reads /proc/PID/stat. WT_ENOENT: there is no such process, or it is hidden from us: also when
 * /proc belongs to another pid namespace, where that pid is somebody else. */
wt_status wt_process_look(int64_t pid, struct wt_process_look *out, struct wt_error *err);

/* A zombie. One with other threads is a process that lives on, without its main thread. */
bool wt_process_look_is_of_dead(const struct wt_process_look *look);

/* How long ago a process with this start time started, by the kernel's own uptime, to 10 ms. -1
 * when nobody can tell: the uptime cannot be read, or is another one than that of start times, as
 * in a container that is shown an uptime of its own. */
int64_t wt_process_age_ns(uint64_t start_ticks);

/*
 * A descriptor of exactly this process (close it), or -1. *gone says whether it has ended: with a
 * descriptor it is a zombie, whose wait status can still be read.
 */
int wt_process_open(int64_t pid, uint64_t start_ticks, bool *gone);

/* For want of a pidfd: whether the process is provably gone. */
bool wt_process_is_gone(int64_t pid, uint64_t start_ticks);

/* Whether the process behind a pidfd has ended (zombies have). Does not block. */
bool wt_process_pidfd_ended(int pidfd);

/* The wait status of a child of ours that has ended and was not reaped yet; it is left to be
 * reaped. False when it is no child of ours. */
bool wt_process_wait_status(int pidfd, int *wait_status);

/* A name of this boot of the host, from the kernel: start times and CLOCK_MONOTONIC of another one
 * mean nothing. False, and all 0, when the kernel does not tell. */
bool wt_process_boot_id(uint8_t out[16]);

/* A name of the pid namespace of this process, "pid:[4026531836]": in another one (a container) our
 * pids name other processes, or none. False, and "", when it cannot be told. */
bool wt_process_namespace(char *out, size_t size);

/* What is known of processes beside the kernel: the tables of a simulation, whose processes live
 * and die by its own clock (base/clock.h). */
struct wt_process_source {
    bool (*look)(void *context, int64_t pid, struct wt_process_look *out); /* false: no such pid */
    int64_t (*uptime_ns)(void *context); /* what start_ticks of looks are counted in */
    void *context;
};

/* Makes `source` (borrowed; NULL: the kernel again) answer for the kernel: it knows all processes
 * that there are, and none of them can be opened. For tests that run one thread. */
void wt_process_override(const struct wt_process_source *source);

/* "exit 3", "signal 9 (Killed)" and so on into out. */
void wt_process_cause(int wait_status, char *out, size_t size);

/* Whether this wait status (waitpid) is of a process that crashed: not one that ended with 0, or by
 * SIGTERM, SIGINT, SIGHUP or SIGQUIT, as supervisors end them. */
bool wt_process_crashed(int wait_status);

#endif /* WT_BASE_PROCESS_H */
