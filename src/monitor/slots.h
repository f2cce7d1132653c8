/* slots.h - the places that workers of a service hand on to their successors.
 *
 *     register   its own slot: of an older registration of the same process (and instance key), or
 *                the one that its broken connection left                       nothing is counted
 *                else the slot that is free for longest whose process is gone  one restart more
 *                else a new one
 *     leave      the slot is free; its process may come back as long as it lives
 *
 * A slot that nobody took over for WT_SLOT_KEPT is forgotten: then the service has become smaller.
 * They live as long as the monitor.
 *
 * Threads: one owner.
 */
#ifndef WT_MONITOR_SLOTS_H
#define WT_MONITOR_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/minute.h"

#define WT_SLOT_KEPT_NS (600 * WT_NS_PER_S)

struct wt_monitor;
struct wt_peer;
struct wt_registration;
struct wt_service_entry;

struct wt_worker_slot {
    struct wt_service_entry *service;
    uint32_t number; /* 1, 2, 3 ... */
    uint32_t restarts;
    uint64_t worker_id;   /* whose it is; 0: free */
    int64_t free_ns;      /* monotonic; since when */
    int64_t replaced_ns;  /* monotonic; the last takeover, 0 for none */
    uint8_t instance[16]; /* of its last worker; all zero without a key */
    struct wt_peer *peer; /* its last process; NULL: gone */
    struct wt_worker_slot *of_peer_next;
    struct wt_worker_slot *free_next, *free_before; /* in service->slots, while it is free */
};

/* All zero bytes: no slots. */
struct wt_slots {
    struct wt_worker_slot **items; /* owned, by number - 1; NULL: forgotten */
    size_t length, capacity;
    uint32_t count;                                /* those that are not forgotten */
    struct wt_worker_slot *free_first, *free_last; /* in the order in which they became free */
    struct wt_minute replaced, replaced_again;     /* takeovers, and those of a slot that had been
                                                      taken over within a minute before */
};

/* The slot of a worker that registers with this id. NULL without memory: it has none. */
struct wt_worker_slot *wt_slots_take(struct wt_service_entry *service, struct wt_peer *peer,
                                     const struct wt_registration *registration, uint64_t id,
                                     struct wt_time now);

/* The worker left. Harmless when the slot is another's by now. NULL is fine. */
void wt_slots_leave(struct wt_worker_slot *slot, uint64_t id, int64_t now_ns);

/* The peer is about to be freed: nobody can come back. */
void wt_slots_forget_peer(struct wt_peer *peer);

/* Forgets slots that are free for too long. */
void wt_slots_tidy(struct wt_service_entry *service, int64_t now_ns);
void wt_slots_fini(struct wt_service_entry *service); /* no worker may have one */

#endif /* WT_MONITOR_SLOTS_H */
