#include "monitor/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "monitor/internal.h"

enum { CANDIDATES = 8 }; /* free slots that are asked whether their process is gone, at 5 us each */

/* ---- lists ----------------------------------------------------------------------------------- */

static void unlink_free(struct wt_worker_slot *slot) {
    struct wt_slots *slots = &slot->service->slots;
    if (slot->free_before != NULL)
        slot->free_before->free_next = slot->free_next;
    else
        slots->free_first = slot->free_next;
    if (slot->free_next != NULL)
        slot->free_next->free_before = slot->free_before;
    else
        slots->free_last = slot->free_before;
    slot->free_next = slot->free_before = NULL;
}

static void link_free(struct wt_worker_slot *slot) {
    struct wt_slots *slots = &slot->service->slots;
    slot->free_before = slots->free_last;
    if (slots->free_last != NULL)
        slots->free_last->free_next = slot;
    else
        slots->free_first = slot;
    slots->free_last = slot;
}

static void leave_peer(struct wt_worker_slot *slot) {
    if (slot->peer == NULL)
        return;
    struct wt_worker_slot **link = &slot->peer->slots;
    while (*link != slot)
        link = &(*link)->of_peer_next;
    *link = slot->of_peer_next;
    slot->of_peer_next = NULL;
    slot->peer = NULL;
}

static void join_peer(struct wt_worker_slot *slot, struct wt_peer *peer) {
    slot->peer = peer;
    slot->of_peer_next = peer->slots;
    peer->slots = slot;
}

void wt_slots_forget_peer(struct wt_peer *peer) {
    while (peer->slots != NULL)
        leave_peer(peer->slots);
}

/* ---- taking and leaving ---------------------------------------------------------------------- */

static const uint8_t *key_of(const struct wt_registration *registration) {
    static const uint8_t none[16];
    return registration->has_instance ? registration->instance : none;
}

/* The one that this process had under this key. Only a key says which of several registrations of
 * a living process is the same worker. */
static struct wt_worker_slot *find_own(const struct wt_service_entry *service,
                                       const struct wt_peer *peer,
                                       const struct wt_registration *registration) {
    for (struct wt_worker_slot *slot = peer->slots; slot != NULL; slot = slot->of_peer_next)
        if (slot->service == service && (slot->worker_id == 0 || registration->has_instance) &&
            memcmp(slot->instance, key_of(registration), sizeof slot->instance) == 0)
            return slot;
    return NULL;
}

static bool is_gone(const struct wt_peer *peer) {
    if (peer == NULL || peer->gone)
        return true;
    if (!peer->identified)
        return peer->pidfd >= 0 && wt_process_pidfd_ended(peer->pidfd);
    return wt_process_is_gone(peer->pid, peer->start_ticks);
}

static struct wt_worker_slot *find_orphan(const struct wt_service_entry *service) {
    struct wt_worker_slot *slot = service->slots.free_first;
    for (int i = 0; slot != NULL && i < CANDIDATES; i++, slot = slot->free_next)
        if (is_gone(slot->peer))
            return slot;
    return NULL;
}

static bool make_room(struct wt_slots *slots) {
    if (slots->length < slots->capacity || slots->count < slots->length)
        return true;
    size_t capacity = slots->capacity == 0 ? 8 : 2 * slots->capacity;
    void *wider = realloc(slots->items, capacity * sizeof(struct wt_worker_slot *));
    if (wider == NULL)
        return false;
    slots->items = wider;
    slots->capacity = capacity;
    return true;
}

/* The least number that is not in use. */
static struct wt_worker_slot *make_slot(struct wt_service_entry *service) {
    struct wt_slots *slots = &service->slots;
    struct wt_worker_slot *slot = make_room(slots) ? calloc(1, sizeof *slot) : NULL;
    size_t place = slots->count < slots->length ? 0 : slots->length;
    if (slot == NULL)
        return NULL;
    while (place < slots->length && slots->items[place] != NULL)
        place++;
    slot->service = service;
    slot->number = (uint32_t)place + 1;
    slots->items[place] = slot;
    slots->length += place == slots->length;
    slots->count++;
    return slot;
}

static void count_takeover(struct wt_worker_slot *slot, int64_t now_ns) {
    struct wt_slots *slots = &slot->service->slots;
    slot->restarts += slot->restarts < UINT32_MAX;
    wt_minute_add(&slots->replaced, now_ns);
    if (slot->replaced_ns != 0 && now_ns - slot->replaced_ns < 60 * WT_NS_PER_S)
        wt_minute_add(&slots->replaced_again, now_ns);
    slot->replaced_ns = now_ns;
}

struct wt_worker_slot *wt_slots_take(struct wt_service_entry *service, struct wt_peer *peer,
                                     const struct wt_registration *registration, uint64_t id,
                                     struct wt_time now) {
    struct wt_worker_slot *slot = find_own(service, peer, registration);
    bool is_own = slot != NULL;
    if (slot == NULL && (slot = find_orphan(service)) != NULL)
        count_takeover(slot, now.monotonic_ns);
    bool is_new = slot == NULL;
    if (is_new && (slot = make_slot(service)) == NULL)
        return NULL;
    if (!is_new && slot->worker_id == 0)
        unlink_free(slot);
    if (!is_own) {
        leave_peer(slot);
        join_peer(slot, peer);
        memcpy(slot->instance, key_of(registration), sizeof slot->instance);
    }
    slot->worker_id = id;
    return slot;
}

void wt_slots_leave(struct wt_worker_slot *slot, uint64_t id, int64_t now_ns) {
    if (slot == NULL || slot->worker_id != id)
        return;
    slot->worker_id = 0;
    slot->free_ns = now_ns;
    link_free(slot);
}

static void forget(struct wt_worker_slot *slot) {
    struct wt_slots *slots = &slot->service->slots;
    unlink_free(slot);
    leave_peer(slot);
    slots->items[slot->number - 1] = NULL;
    slots->count--;
    while (slots->length > 0 && slots->items[slots->length - 1] == NULL)
        slots->length--;
    free(slot);
}

void wt_slots_tidy(struct wt_service_entry *service, int64_t now_ns) {
    struct wt_slots *slots = &service->slots;
    while (slots->free_first != NULL && now_ns - slots->free_first->free_ns > WT_SLOT_KEPT_NS)
        forget(slots->free_first);
}

void wt_slots_fini(struct wt_service_entry *service) {
    while (service->slots.free_first != NULL)
        forget(service->slots.free_first);
    free(service->slots.items);
    service->slots = (struct wt_slots){0};
}
