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

/* A segment in quarantine, under the process that may still write it. */
struct wt_held {
    uint32_t segment;
    uint8_t store; /* enum wt_store_index */
    bool has_instance;
    uint8_t instance[16];
    uint64_t worker_id;    /* its last owner */
    uint64_t service_hash; /* a process prefers the segments of the same service */
};

struct wt_peer {
    int64_t pid;          /* 0: hidden */
    uint64_t start_ticks; /* 0: unknown */
    bool identified;      /* pid and start time are known: it can be found again */
    bool gone;            /* proven */
    int pidfd;            /* -1 without; of identified peers only while they are watched */
    bool has_wait_status;
    int wait_status;
    size_t departures;    /* workers that left and whose end is not told yet */
    struct wt_held *held; /* owned */
    size_t held_count, held_capacity;
    struct wt_member *members; /* list through member->of_peer_next */
    struct wt_peer *chain;     /* others with the same key in the map */
    size_t watch_place;        /* in peers->watched, SIZE_MAX when it is not there */
};

/* All zero bytes: empty. */
struct wt_peers {
    struct wt_map by_identity;
    struct wt_peer **watched; /* owned; peers with something held, or departures */
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

/* Frees the peer unless something still needs it. */
void wt_peers_drop(struct wt_peers *peers, struct wt_peer *peer);

/* Remembers a segment as held by the peer. False without memory: it is never released then. */
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
