/* prober.h - the figures of many processes, some of them at each round.
 *
 * A round looks at no more than WT_PROBER_LOOKS processes, whoever they are, so that it never takes
 * long: first at those that are wanted (shown on a screen, suspect), then at the next ones in turn.
 * Each figure carries the time of its look.
 *
 * Descriptors of /proc/PID/stat are kept open, for a look through one takes half as long. They are
 * no more than the cache holds (wt_prober_open): of those that are wanted, and of others as long as
 * there is room; the one that was used longest ago makes room.
 *
 * Processes whose figures cannot be read (hidden, of another pid namespace, gone) have none; they
 * are no error. Where the kernel does not tell how many descriptors a process has open, they are
 * counted: of one process after the other, a bounded number of them in each round.
 *
 * Threads: one owner. No clock: rounds are told the time.
 */
#ifndef WT_PROBE_PROBER_H
#define WT_PROBE_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"
#include "probe/proc.h"

enum {
    WT_PROBER_LOOKS = 200,  /* at most in a round: 2.9 us each with its descriptors counted */
    WT_PROBER_WANTED = 128, /* of them at most wanted ones: the others get their turn, too */
    WT_PROBER_KEPT = 512    /* descriptors at most */
};

/* One process. Its figures are known when figures.read_ns is not 0. */
struct wt_probe {
    struct wt_process figures;
    void *owner;    /* of whoever added it */
    bool is_gone;   /* not looked at any more */
    bool is_wanted; /* in the next round */
    int stat_fd;    /* -1: not kept */
    uint64_t base_cpu_ticks;
    int64_t base_ns;     /* 0: there was no look before */
    uint64_t round;      /* of the last look */
    int64_t scan_due_ns; /* whoever added it: when its descriptors are to be looked through */
    bool is_scanned;
    struct wt_probe *newer, *older; /* among those with a descriptor, by use */
};

struct wt_prober {
    struct wt_proc proc;
    struct wt_probe **probes; /* owned, by ascending pid, then start time */
    size_t count, capacity;
    size_t cursor; /* where the next turn begins */
    uint64_t round;
    struct wt_probe *wanted[WT_PROBER_WANTED];
    size_t wanted_count;
    struct wt_probe *newest, *oldest; /* with a descriptor */
    size_t kept_count, kept_most;
    struct {
        struct wt_probe *probe; /* NULL: none is being counted */
        int fd;
        int64_t count;
    } counting;
    size_t counting_cursor;
};

/* `root` as for wt_proc_open; at most `kept` descriptors (0: WT_PROBER_KEPT, or less where the
 * process may have few). Without /proc nothing is ever known. */
void wt_prober_open(struct wt_prober *prober, const char *root, size_t kept);
void wt_prober_close(struct wt_prober *prober); /* all probes must be removed */

/* The process is looked at from the next round on. NULL without memory. */
struct wt_probe *wt_prober_add(struct wt_prober *prober, int64_t pid, uint64_t start_ticks,
                               void *owner);
void wt_prober_remove(struct wt_prober *prober, struct wt_probe *probe); /* NULL is fine */

/* NULL when it was not added. O(log n). */
struct wt_probe *wt_prober_find(const struct wt_prober *prober, int64_t pid, uint64_t start_ticks);

/* It is looked at in the next round, unless WT_PROBER_WANTED others are. NULL is fine. */
void wt_prober_want(struct wt_prober *prober, struct wt_probe *probe);

/* The directory of its descriptors, of this very process: looked at after it was opened. -1: it is
 * gone, or another user's. */
int wt_prober_open_fds(struct wt_prober *prober, struct wt_probe *probe, int64_t now_ns);

/* Whether all processes have their turn in each round, so that none need be wanted. */
static inline bool wt_prober_sees_all(const struct wt_prober *prober) {
    return prober->count <= WT_PROBER_LOOKS;
}

/* Descriptors are scarce, and others need them more: closes half of the kept ones, and keeps no
 * more from now on. */
void wt_prober_keep_less(struct wt_prober *prober);

void wt_prober_round(struct wt_prober *prober, int64_t now_ns);

#endif /* WT_PROBE_PROBER_H */
