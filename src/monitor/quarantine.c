/* Segments on their way back: free at once, or held under the process that may still write them
 * (docs/FORMAT.md, "The segment store"). The store keeps the states; whose a held segment is, the
 * peers know. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "monitor/internal.h"

/* Frees a segment, or holds it back until its writer is provably gone. */
void wt_quarantine_segment(struct wt_monitor *monitor, struct wt_member *member,
                           enum wt_store_index store, enum wt_store_free how) {
    uint32_t segment;
    if (!wt_store_free(monitor->stores[store], member->id, how, &segment))
        return;
    monitor->states_changed[store] = true;
    if (how == WT_STORE_FREE_NOW)
        return;
    struct wt_held held = {
        .segment = segment,
        .store = (uint8_t)store,
        .has_instance = member->identity->worker.has_instance,
        .worker_id = member->id,
        .service_hash = member->service->name_hash,
    };
    memcpy(held.instance, member->identity->worker.instance, sizeof held.instance);
    if (!wt_peers_hold(&monitor->peers, member->peer, &held))
        wt_log(WT_LOG_ERROR, "monitor", "no memory: segment %" PRIu32 " stays in quarantine",
               segment);
}

void wt_quarantine_all(struct wt_monitor *monitor, struct wt_member *member,
                       enum wt_store_free how) {
    if (member->recorder != WT_NO_SEGMENT)
        wt_quarantine_segment(monitor, member, member->recorder_store, how);
    if (member->segment != WT_NO_SEGMENT)
        wt_quarantine_segment(monitor, member, WT_STORE_VALUES, how);
    member->segment = member->recorder = WT_NO_SEGMENT;
}

void wt_quarantine_release(struct wt_monitor *monitor, struct wt_peer *peer, size_t index) {
    struct wt_held held = peer->held[index];
    wt_store_release(monitor->stores[held.store], held.segment);
    monitor->states_changed[held.store] = true;
    wt_peers_unhold(peer, index);
}

/* One of the segments that this process itself left behind, of the same service first. Only for
 * those without an instance key: a worker with one still copies out of its old segment. */
bool wt_quarantine_reclaim(struct wt_monitor *monitor, struct wt_member *member) {
    struct wt_peer *peer = member->peer;
    size_t best = SIZE_MAX;
    if (member->identity->worker.has_instance || !peer->identified)
        return false;
    for (size_t i = 0; i < peer->held_count; i++) {
        if (peer->held[i].store != WT_STORE_VALUES || peer->held[i].has_instance)
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
    if (wt_store_reclaim(monitor->stores[WT_STORE_VALUES], member->id, segment, NULL, NULL) !=
        WT_OK)
        return false;
    wt_peers_unhold(peer, best);
    wt_peers_unwatch(&monitor->peers, peer);
    member->segment = segment;
    monitor->states_changed[WT_STORE_VALUES] = true;
    return true;
}

static bool same_instance(const struct wt_held *held, const struct wt_worker *worker) {
    return held->has_instance && memcmp(held->instance, worker->instance, 16) == 0;
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
