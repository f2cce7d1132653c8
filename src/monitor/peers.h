/* peers.h - the processes behind workers, and what waits for their end.
 *
 * A peer is one process as the kernel names it: pid and start time. It lives as long as a worker of
 * it is registered, a segment that it may still write is held back, or somebody waits to learn
 * whether it died. A process that the kernel hides (pid 0, no /proc) is a peer of its own for each
 * registration, and is gone only when a pidfd of it says so.
 *
 * Threads: one owner.
 */
#ifndef WT_MONITOR_PEERS_H
#define WT_MONITOR_PEERS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

struct wt_member;
struct wt_identity;
struct wt_probe;
struct wt_worker_slot;
struct wt_use;

/* A segment in quarantine, under the process that may still write it. */
struct wt_held {
    uint32_t segment;
    uint8_t store;                /* enum wt_store_index */
    bool declined;                /* its owner did not want it: that one may be asked again */
    struct wt_identity *identity; /* its last owner; one reference */
    uint64_t service_hash;        /* a process prefers the segments of the same service */
    int64_t since_realtime_ns;
    /* Of a recorder region: records that were counted while it was read; see wt_board_settle. */
    bool records_counted; /* not known of what another monitor held */
    uint64_t records_passed;
};

struct wt_peer {
    int64_t pid;          /* 0: hidden */
    uint64_t start_ticks; /* 0: unknown */
    bool identified;      /* pid and start time are known: it can be found again */
    bool gone;            /* proven */
    int pidfd;            /* -1 without; of identified peers only while they are watched */
    bool exit_counted;    /* one of its workers told of its end */
    bool has_wait_status;
    int wait_status;
    size_t departures;    /* workers that left and whose end is not told yet */
    struct wt_held *held; /* owned */
    size_t held_count, held_capacity;
    struct wt_member *members; /* list through member->of_peer_next */
    size_t member_count;
    size_t start_count;       /* the most there ever were: so many of its workers started */
    struct wt_tally *tallies; /* list through of_peer_next: of workers that may come back */
    struct wt_tally *oldest_tally;
    size_t tally_count;
    struct wt_worker_slot
        *slots;             /* list through of_peer_next: those that its workers have or had */
    struct wt_probe *probe; /* its figures, while workers are registered; NULL: cannot be had */
    struct wt_use *uses;    /* owned; the services that its workers are of */
    size_t use_count;
    struct wt_peer *chain; /* others with the same key in the map */
    size_t watch_place;    /* in peers->watched, SIZE_MAX when it is not there */
};

/* All zero bytes: empty. */
struct wt_peers {
    struct wt_map by_identity;
    struct wt_peer **watched; /* owned; peers with something held, departures, or tallies */
    struct pollfd *polled;    /* owned; the same length */
    size_t watched_count, watched_capacity;
    size_t pidfd_count; /* of identified peers */
    size_t rotation;    /* where the next look at peers without a pidfd begins */
};

/*
 * The peer of a registration, made when it is new. pidfd (or -1) is moved; where /proc shows the
 * process it is closed, for pid and start time name it as well. NULL without memory (pidfd closed).
 */
struct wt_peer *wt_peers_get(struct wt_peers *peers, int64_t pid, int pidfd);

/* The process with this pid and start time, as somebody else noted them, whether it is still there
 * or not; one that the kernel hides (0) is a peer of its own. NULL without memory. */
struct wt_peer *wt_peers_adopt(struct wt_peers *peers, int64_t pid, uint64_t start_ticks);

/* Frees the peer unless something still needs it. */
void wt_peers_drop(struct wt_peers *peers, struct wt_peer *peer);

/* Remembers a segment as held by the peer; the owner's identity gets another reference. False
 * without memory: it is never released then. */
bool wt_peers_hold(struct wt_peers *peers, struct wt_peer *peer, const struct wt_held *held);

/* Takes held[index] out of the list. */
void wt_peers_unhold(struct wt_peer *peer, size_t index);

/* Starts watching for the end of a peer (also when nothing is held). False without memory. */
bool wt_peers_watch(struct wt_peers *peers, struct wt_peer *peer);

/* Looks at all watched peers: one poll(2), and for want of pidfds a bounded number of looks into
 * /proc. Sets `gone` of those that ended; calls `ended` for each of them once. */
void wt_peers_poll(struct wt_peers *peers, void (*ended)(void *context, struct wt_peer *peer),
                   void *context);

/* The identified peer with this pid that is not known to be gone, or the newest; NULL without. */
struct wt_peer *wt_peers_find_pid(struct wt_peers *peers, int64_t pid);

/* Stops watching peers that have nothing to wait for any more. */
void wt_peers_unwatch(struct wt_peers *peers, struct wt_peer *peer);

void wt_peers_fini(struct wt_peers *peers); /* members must be gone; held segments are forgotten */

#endif /* WT_MONITOR_PEERS_H */
