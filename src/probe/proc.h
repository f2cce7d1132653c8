/* proc.h - what /proc tells of one process, at the price of one pread(2).
 *
 * A descriptor of /proc/PID/stat belongs to one process for ever: once that is gone, reading fails,
 * also when its pid is another's by then. So whoever keeps such a descriptor, and compared the
 * start time at its first look, never takes one process for another. A path names whoever has the
 * pid now: what is read through a path is believed only when a look at the kept descriptor
 * succeeds AFTER it, for as long as the process lives nobody else has its pid.
 *
 * Threads: none shared.
 */
#ifndef WT_PROBE_PROC_H
#define WT_PROBE_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct wt_proc {
    int root_fd; /* of the directory, -1: nothing can be told */
    uint64_t ticks_per_s, page_bytes;
    bool tells_fds; /* the size of PID/fd is the number of its descriptors: Linux 6.2 and later */
};

struct wt_proc_stat {
    char state; /* R S D T Z X ... */
    uint32_t threads;
    uint64_t cpu_ticks;   /* user and system, of all threads, those that ended included */
    uint64_t start_ticks; /* since boot */
    uint64_t rss_bytes;
};

/* `root` is "/proc", or a directory of a test. WT_ENOENT and its kin. */
wt_status wt_proc_open(struct wt_proc *proc, const char *root, struct wt_error *err);
void wt_proc_close(struct wt_proc *proc);

/* A descriptor of the process that has this pid now; -1 with errno. */
int wt_proc_open_stat(const struct wt_proc *proc, int64_t pid);

/* One look. False when there is nothing to be read (the process is gone), or it is no such file. */
bool wt_proc_read_stat(const struct wt_proc *proc, int stat_fd, struct wt_proc_stat *out);

/* The text of such a file, which need not end with a NUL. */
bool wt_proc_parse_stat(const struct wt_proc *proc, const char *text, size_t length,
                        struct wt_proc_stat *out);

/* A process that has ended and waits for its parent. */
bool wt_proc_is_dead(const struct wt_proc_stat *stat);

/* How many descriptors whoever has this pid now has open; -1 when the kernel does not tell. */
int64_t wt_proc_fd_count(const struct wt_proc *proc, int64_t pid);

/* Its PID/fd, to be counted or read; -1 with errno: EACCES for processes of other users. */
int wt_proc_open_fds(const struct wt_proc *proc, int64_t pid);

/* Counts some more of the entries of such a directory: at most one buffer full, some hundred. True
 * at its end; *count is then the number, or -1 when it could not be read to its end. */
bool wt_proc_count_more(int fds_fd, int64_t *count);

/* Calls `found` with the inode of each socket among the first `most` entries, by ascending
 * descriptor. */
void wt_proc_sockets(int fds_fd, int most, void (*found)(void *context, uint64_t inode),
                     void *context);

#endif /* WT_PROBE_PROC_H */
