#include "monitor/peers.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "monitor/cohort.h"
#include "monitor/slots.h"

enum {
    LOOKS_PER_POLL = 64,        /* of those that live on, at about 5 us each */
    MOST_LOOKS_PER_POLL = 1024, /* of the dead, too: after a mass death a look is worth it */
    MOST_PIDFDS = 512           /* beyond, /proc is asked: connections need descriptors, too */
};

static uint64_t identity_key(int64_t pid, uint64_t start_ticks) {
    uint64_t identity[2] = {(uint64_t)pid, start_ticks};
    return wt_hash(identity, sizeof identity, 0);
}

static void close_pidfd(struct wt_peers *peers, struct wt_peer *peer) {
    if (peer->pidfd >= 0)
        close(peer->pidfd);
    peers->pidfd_count -= peer->pidfd >= 0 && peer->identified;
    peer->pidfd = -1;
}

static struct wt_peer *find_identity(struct wt_peers *peers, int64_t pid, uint64_t start_ticks) {
    struct wt_peer *peer = wt_map_get(&peers->by_identity, identity_key(pid, start_ticks));
    while (peer != NULL && (peer->pid != pid || peer->start_ticks != start_ticks))
        peer = peer->chain;
    return peer;
}

static struct wt_peer *create_peer(int64_t pid, uint64_t start_ticks, int pidfd) {
    struct wt_peer *peer = malloc(sizeof *peer);
    if (peer != NULL)
        *peer = (struct wt_peer){
            .pid = pid, .start_ticks = start_ticks, .pidfd = pidfd, .watch_place = SIZE_MAX};
    return peer;
}

static bool add_identity(struct wt_peers *peers, struct wt_peer *peer) {
    uint64_t key = identity_key(peer->pid, peer->start_ticks);
    peer->chain = wt_map_get(&peers->by_identity, key);
    peer->identified = wt_map_put(&peers->by_identity, key, peer);
    return peer->identified;
}

static void remove_identity(struct wt_peers *peers, struct wt_peer *peer) {
    if (!peer->identified)
        return;
    uint64_t key = identity_key(peer->pid, peer->start_ticks);
    struct wt_peer *first = wt_map_get(&peers->by_identity, key);
    if (first != peer) {
        while (first->chain != peer)
            first = first->chain;
        first->chain = peer->chain;
    } else if (peer->chain == NULL) {
        wt_map_remove(&peers->by_identity, key);
    } else {
        wt_map_put(&peers->by_identity, key, peer->chain); /* replaces: needs no memory */
    }
}

/* A process that cannot be named by pid and start time. Its pidfd, if any, is all there is. */
static struct wt_peer *get_hidden(int64_t pid, int pidfd, bool proc_has_none) {
    struct wt_peer *peer = create_peer(pid, 0, pidfd);
    if (peer == NULL) {
        if (pidfd >= 0)
            close(pidfd);
        return NULL;
    }
    if (pidfd >= 0)
        peer->gone = wt_process_pidfd_ended(pidfd);
    else
        peer->gone = pid > 0 && proc_has_none && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
    return peer;
}

struct wt_peer *wt_peers_get(struct wt_peers *peers, int64_t pid, int pidfd) {
    struct wt_process_look look = {0};
    wt_status status = pid > 0 ? wt_process_look(pid, &look, NULL) : WT_EINVAL;
    /* Alive after the start time was read: it was the start time of this very process. */
    if (status != WT_OK || (pidfd >= 0 && wt_process_pidfd_ended(pidfd)))
        return get_hidden(pid, pidfd, status == WT_ENOENT);
    if (pidfd >= 0)
        close(pidfd);
    struct wt_peer *peer = find_identity(peers, pid, look.start_ticks);
    if (peer == NULL) {
        peer = create_peer(pid, look.start_ticks, -1);
        if (peer != NULL && !add_identity(peers, peer)) {
            free(peer);
            return NULL;
        }
    }
    if (peer != NULL)
        peer->gone = peer->gone || wt_process_look_is_of_dead(&look);
    return peer;
}

struct wt_peer *wt_peers_adopt(struct wt_peers *peers, int64_t pid, uint64_t start_ticks) {
    if (pid <= 0 || start_ticks == 0)
        return create_peer(0, 0, -1);
    struct wt_peer *peer = find_identity(peers, pid, start_ticks);
    if (peer != NULL)
        return peer;
    peer = create_peer(pid, start_ticks, -1);
    if (peer != NULL && !add_identity(peers, peer)) {
        free(peer);
        peer = NULL;
    }
    return peer;
}

static bool has_something(const struct wt_peer *peer) {
    return peer->held_count > 0 || peer->departures > 0 || peer->tallies != NULL;
}

void wt_peers_unwatch(struct wt_peers *peers, struct wt_peer *peer) {
    size_t place = peer->watch_place;
    if (place == SIZE_MAX || has_something(peer))
        return;
    size_t last = --peers->watched_count;
    peers->watched[place] = peers->watched[last];
    peers->polled[place] = peers->polled[last];
    peers->watched[place]->watch_place = place;
    peer->watch_place = SIZE_MAX;
    if (peer->identified)
        close_pidfd(peers, peer);
}

void wt_peers_drop(struct wt_peers *peers, struct wt_peer *peer) {
    wt_peers_unwatch(peers, peer);
    if (peer->members != NULL || has_something(peer))
        return;
    assert(peer->watch_place == SIZE_MAX);
    close_pidfd(peers, peer);
    remove_identity(peers, peer);
    wt_slots_forget_peer(peer);
    free(peer->held);
    free(peer);
}

static bool grow_watched(struct wt_peers *peers) {
    if (peers->watched_count < peers->watched_capacity)
        return true;
    size_t capacity = peers->watched_capacity == 0 ? 16 : 2 * peers->watched_capacity;
    struct wt_peer **watched = realloc(peers->watched, capacity * sizeof *watched);
    if (watched == NULL)
        return false;
    peers->watched = watched;
    struct pollfd *polled = realloc(peers->polled, capacity * sizeof *polled);
    if (polled == NULL)
        return false;
    peers->polled = polled;
    peers->watched_capacity = capacity;
    return true;
}

bool wt_peers_watch(struct wt_peers *peers, struct wt_peer *peer) {
    if (peer->watch_place != SIZE_MAX)
        return true;
    if (!grow_watched(peers))
        return false;
    if (peer->identified && !peer->gone && peers->pidfd_count < MOST_PIDFDS)
        peer->pidfd = wt_process_open(peer->pid, peer->start_ticks, &peer->gone);
    peers->pidfd_count += peer->pidfd >= 0 && peer->identified;
    peer->watch_place = peers->watched_count++;
    peers->watched[peer->watch_place] = peer;
    peers->polled[peer->watch_place] = (struct pollfd){.fd = peer->pidfd, .events = POLLIN};
    return true;
}

bool wt_peers_hold(struct wt_peers *peers, struct wt_peer *peer, const struct wt_held *held) {
    if (peer->held_count == peer->held_capacity) {
        size_t capacity = peer->held_capacity == 0 ? 2 : 2 * peer->held_capacity;
        struct wt_held *more = realloc(peer->held, capacity * sizeof *more);
        if (more == NULL)
            return false;
        peer->held = more;
        peer->held_capacity = capacity;
    }
    peer->held[peer->held_count++] = *held;
    wt_identity_ref(held->identity);
    return wt_peers_watch(peers, peer);
}

void wt_peers_unhold(struct wt_peer *peer, size_t index) {
    assert(index < peer->held_count);
    wt_identity_unref(peer->held[index].identity);
    memmove(&peer->held[index], &peer->held[index + 1],
            (peer->held_count - index - 1) * sizeof *peer->held);
    peer->held_count--;
}

/* Looks into /proc for some of those that have no pidfd, each in its turn. */
static void look_without_pidfd(struct wt_peers *peers) {
    size_t looks = 0, alive = 0;
    for (size_t i = 0; i < peers->watched_count; i++) {
        size_t place = (peers->rotation + i) % peers->watched_count;
        struct wt_peer *peer = peers->watched[place];
        if (peer->gone || peer->pidfd >= 0 || !peer->identified)
            continue;
        peer->gone = wt_process_is_gone(peer->pid, peer->start_ticks);
        alive += !peer->gone;
        if (++looks == MOST_LOOKS_PER_POLL || alive == LOOKS_PER_POLL) {
            peers->rotation = place + 1;
            return;
        }
    }
}

void wt_peers_poll(struct wt_peers *peers, void (*ended)(void *context, struct wt_peer *peer),
                   void *context) {
    if (peers->watched_count == 0)
        return;
    int ready = poll(peers->polled, (nfds_t)peers->watched_count, 0);
    look_without_pidfd(peers);
    /* From the end, as whoever is done is replaced by the last one. */
    for (size_t i = peers->watched_count; i-- > 0;) {
        struct wt_peer *peer = peers->watched[i];
        if (ready > 0 && (peers->polled[i].revents & (POLLIN | POLLHUP)) != 0)
            peer->gone = true;
        if (!peer->gone)
            continue;
        if (!peer->has_wait_status && peer->pidfd >= 0)
            peer->has_wait_status = wt_process_wait_status(peer->pidfd, &peer->wait_status);
        ended(context, peer);
    }
}

struct wt_peer *wt_peers_find_pid(struct wt_peers *peers, int64_t pid) {
    struct wt_peer *best = NULL;
    size_t cursor = 0;
    const struct wt_map_entry *entry;
    while ((entry = wt_map_next(&peers->by_identity, &cursor)) != NULL)
        for (struct wt_peer *peer = entry->value; peer != NULL; peer = peer->chain)
            if (peer->pid == pid && (best == NULL || best->gone ||
                                     (!peer->gone && peer->start_ticks > best->start_ticks)))
                best = peer;
    return best;
}

void wt_peers_fini(struct wt_peers *peers) {
    for (size_t i = 0; i < peers->watched_count; i++) {
        while (peers->watched[i]->held_count > 0)
            wt_peers_unhold(peers->watched[i], peers->watched[i]->held_count - 1);
        peers->watched[i]->departures = 0;
    }
    while (peers->watched_count > 0)
        wt_peers_drop(peers, peers->watched[peers->watched_count - 1]);
    wt_map_fini(&peers->by_identity);
    free(peers->watched);
    free(peers->polled);
    *peers = (struct wt_peers){0};
}
