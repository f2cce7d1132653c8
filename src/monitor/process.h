/* process.h - what /proc and pidfds say about a process, and nothing more.
 *
 * kill(pid, 0) succeeds for zombies, and a pid may be used again: a process is named by its pid and
 * its start time, and it is gone when its pidfd is readable, or when /proc has no such pid with
 * that start time, or a zombie without any other thread.
 *
 * Threads: none shared.
 */
#ifndef WT_MONITOR_PROCESS_H
#define WT_MONITOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct wt_process_look {
    uint64_t start_ticks; /* since boot, in clock ticks */
    char state;           /* R S D T Z X ... */
    uint32_t threads;
};

/* Reads /proc/PID/stat. WT_ENOENT: there is no such process, or it is hidden from us. */
wt_status wt_process_look(int64_t pid, struct wt_process_look *out, struct wt_error *err);

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

/* "exit 3", "signal 9 (Killed)" and so on into out. */
void wt_process_cause(int wait_status, char *out, size_t size);

#endif /* WT_MONITOR_PROCESS_H */
