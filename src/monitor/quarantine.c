/* Segments on their way back: free at once, or held under the process that may still write them
 * (docs/FORMAT.md, "The segment store"). The store keeps the states; whose a held segment is, the
 * peers know. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "monitor/internal.h"

/* Frees a segment, or holds it back until its writer is provably gone. */
void wt_quarantine_segment(struct wt_monitor *monitor, struct wt_member *member,
                           enum wt_store_index store, enum wt_store_free how, struct wt_time now) {
    uint32_t segment;
    if (!wt_store_free(monitor->stores[store], member->id, how, &segment))
        return;
    monitor->states_changed[store] = true;
    uint64_t passed = store == WT_STORE_VALUES ? 0 : wt_flights_let_go(monitor, member->id, now);
    wt_publisher_segment(monitor, store, segment, NULL, now.realtime_ns);
    if (how == WT_STORE_FREE_NOW)
        return;
    struct wt_held held = {
        .segment = segment,
        .store = (uint8_t)store,
        .identity = member->identity,
        .service_hash = member->service->name_hash,
        .since_realtime_ns = now.realtime_ns,
        .records_counted = store != WT_STORE_VALUES,
        .records_passed = passed,
    };
    if (!wt_peers_hold(&monitor->peers, member->peer, &held))
        wt_log(WT_LOG_ERROR, "monitor", "no memory: segment %" PRIu32 " stays in quarantine",
               segment);
}

void wt_quarantine_all(struct wt_monitor *monitor, struct wt_member *member, enum wt_store_free how,
                       struct wt_time now) {
    wt_totals_hold(monitor, member, how);
    if (member->recorder != WT_NO_SEGMENT)
        wt_quarantine_segment(monitor, member, member->recorder_store, how, now);
    if (member->segment != WT_NO_SEGMENT)
        wt_quarantine_segment(monitor, member, WT_STORE_VALUES, how, now);
    member->segment = member->recorder = WT_NO_SEGMENT;
    wt_healing_forget(monitor, member);
}

static void forget_held(struct wt_peer *peer, enum wt_store_index store) {
    for (size_t i = peer->held_count; i-- > 0;)
        if (peer->held[i].store == store)
            wt_peers_unhold(peer, i);
}

void wt_quarantine_forget(struct wt_monitor *monitor, enum wt_store_index store) {
    struct wt_peers *peers = &monitor->peers;
    if (store == WT_STORE_VALUES)
        wt_totals_forget_segments(monitor);
    for (struct wt_member *member = monitor->oldest; member != NULL; member = member->newer)
        forget_held(member->peer, store);
    /* From the end, as whoever has nothing more to wait for is replaced by the last one. */
    for (size_t i = peers->watched_count; i-- > 0;) {
        struct wt_peer *peer = peers->watched[i];
        forget_held(peer, store);
        wt_peers_drop(peers, peer);
    }
}

void wt_quarantine_release(struct wt_monitor *monitor, struct wt_peer *peer, size_t index) {
    const struct wt_held *held = &peer->held[index];
    if (held->store == WT_STORE_VALUES)
        wt_totals_last_read(monitor, peer, held->segment);
    wt_store_release(monitor->stores[held->store], held->segment);
    monitor->states_changed[held->store] = true;
    wt_publisher_segment(monitor, held->store, held->segment, NULL, 0);
    wt_peers_unhold(peer, index);
}

static bool same_instance(const struct wt_held *held, const struct wt_worker *worker) {
    const struct wt_worker *owner = &held->identity->worker;
    return owner->has_instance && memcmp(owner->instance, worker->instance, 16) == 0;
}

void wt_quarantine_declined(struct wt_monitor *monitor, struct wt_member *member,
                            struct wt_time now) {
    struct wt_peer *peer = member->peer;
    size_t before = peer->held_count;
    wt_quarantine_segment(monitor, member, member->recorder_store, WT_STORE_QUARANTINE, now);
    if (peer->held_count > before)
        peer->held[before].declined = true;
    member->recorder = WT_NO_SEGMENT;
}

bool wt_quarantine_reclaim_recorder(struct wt_monitor *monitor, struct wt_member *member,
                                    enum wt_store_index store) {
    struct wt_peer *peer = member->peer;
    size_t at = 0;
    if (!peer->identified)
        return false;
    while (at < peer->held_count &&
           !(peer->held[at].store == (uint8_t)store && peer->held[at].declined &&
             same_instance(&peer->held[at], &member->identity->worker)))
        at++;
    if (at == peer->held_count)
        return false;
    uint32_t segment = peer->held[at].segment;
    if (wt_store_reclaim(monitor->stores[store], member->id, segment, NULL, NULL) != WT_OK)
        return false;
    wt_peers_unhold(peer, at);
    wt_peers_unwatch(&monitor->peers, peer);
    member->recorder = segment;
    member->recorder_again = true;
    return true;
}

/* One of the segments that this process itself left behind, of the same service first. Only for
 * those without an instance key: a worker with one still copies out of its old segment. */
bool wt_quarantine_reclaim(struct wt_monitor *monitor, struct wt_member *member) {
    struct wt_peer *peer = member->peer;
    size_t best = SIZE_MAX;
    if (member->identity->worker.has_instance || !peer->identified)
        return false;
    for (size_t i = 0; i < peer->held_count; i++) {
        if (peer->held[i].store != WT_STORE_VALUES || peer->held[i].identity->worker.has_instance)
            continue;
        bool same = peer->held[i].service_hash == member->service->name_hash;
        if (best == SIZE_MAX || same)
            best = i;
        if (same)
            break;
    }
    if (best == SIZE_MAX)
        return false;
    uint32_t segment = peer->held[best].segment;
    wt_totals_last_read(monitor, peer, segment);
    if (wt_store_reclaim(monitor->stores[WT_STORE_VALUES], member->id, segment, NULL, NULL) !=
        WT_OK)
        return false;
    wt_peers_unhold(peer, best);
    wt_peers_unwatch(&monitor->peers, peer);
    member->segment = segment;
    monitor->states_changed[WT_STORE_VALUES] = true;
    return true;
}

/* The worker writes another segment of this kind by now, so the old ones under its key are free. */
void wt_quarantine_taken_up(struct wt_monitor *monitor, struct wt_member *member, bool recorders) {
    struct wt_peer *peer = member->peer;
    if (!member->identity->worker.has_instance || !peer->identified)
        return;
    for (size_t i = peer->held_count; i-- > 0;)
        if (same_instance(&peer->held[i], &member->identity->worker) &&
            (peer->held[i].store != WT_STORE_VALUES) == recorders)
            wt_quarantine_release(monitor, peer, i);
    wt_peers_unwatch(&monitor->peers, peer);
}
