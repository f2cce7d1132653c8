/* How workers leave: their segments go under the process that may still write them, and whether
 * they left or died is told at the next tick, when the kernel had time to say so (the socket of a
 * dying process closes a moment before its pidfd becomes readable). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/log.h"
#include "base/process.h"
#include "monitor/internal.h"
#include "shm/heartbeat.h"

enum { CLEAN_PER_TICK = 2 << 20 }; /* bytes of each store: some 40 us */

/* A loaded machine may take so long between the end of a process's socket and its own. */
static const int64_t dying_ns = 500 * WT_NS_PER_MS;

static const char room[] = "monitor";

/* Whether the worker said so in its recorder region. What a worker writes decides words only. */
static bool said_goodbye(const struct wt_monitor *monitor, const struct wt_member *member) {
    const unsigned char *bytes =
        member->cohort == NULL ? NULL : member->cohort->recorders[member->row];
    if (bytes == NULL && member->recorder != WT_NO_SEGMENT) /* offered, not answered yet */
        bytes = wt_store_segment(monitor->stores[member->recorder_store], member->recorder);
    return bytes != NULL && wt_goodbye_was_said(bytes);
}

/* Remembers that somebody left, to be told at the next tick. Without memory nobody is told. */
static void note_departure(struct wt_monitor *monitor, struct wt_member *member, uint32_t segment,
                           bool goodbye, struct wt_time now) {
    if (monitor->departure_count == monitor->departure_capacity) {
        size_t capacity = monitor->departure_capacity == 0 ? 16 : 2 * monitor->departure_capacity;
        void *wider = realloc(monitor->departures, capacity * sizeof *monitor->departures);
        if (wider == NULL)
            return;
        monitor->departures = wider;
        monitor->departure_capacity = capacity;
    }
    if (!wt_peers_watch(&monitor->peers, member->peer))
        return;
    member->peer->departures++;
    monitor->departures[monitor->departure_count++] =
        (struct wt_departure){.identity = wt_identity_ref(member->identity),
                              .peer = member->peer,
                              .held_segment = segment,
                              .since_ns = now.monotonic_ns,
                              .since_realtime_ns = now.realtime_ns,
                              .born_ns = member->identity->worker.registered_monotonic_ns -
                                         (member->process_age_ns > 0 ? member->process_age_ns : 0),
                              .goodbye = goodbye};
}

void wt_monitor_remove(struct wt_monitor *monitor, uint64_t id, struct wt_time now) {
    struct wt_member *member = wt_map_get(&monitor->members, id);
    if (member == NULL)
        return;
    uint32_t segment = member->segment;
    bool goodbye = said_goodbye(monitor, member); /* before its region is handed on */
    wt_load_leave(monitor, member, now);
    wt_quarantine_all(monitor, member, WT_STORE_QUARANTINE, now);
    (void)wt_flights_let_go(monitor, id, now); /* should it have had no region to be held */
    if (member->cohort != NULL)
        wt_cohort_leave(member->cohort, member->row, true);
    member->service->left_count++;
    wt_log(WT_LOG_DEBUG, room, "worker %" PRIu64 " of %s left", id, member->service->name);
    note_departure(monitor, member, segment, goodbye, now);
    wt_registry_drop(monitor, member);
}

struct ending {
    struct wt_monitor *monitor;
    struct wt_time now;
};

/* A process is proven gone: what it held is free. Those that left just now are told with the cause
 * of its death; a segment that was held longer is told by itself. */
static void peer_ended(void *context, struct wt_peer *peer) {
    const struct ending *ending = context;
    struct wt_monitor *monitor = ending->monitor;
    size_t released = 0;
    wt_totals_retire_peer(monitor, peer);
    while (peer->held_count > 0) {
        const struct wt_held *held = &peer->held[peer->held_count - 1];
        released += held->store == WT_STORE_VALUES;
        if (held->store != WT_STORE_VALUES)
            wt_flights_bury(monitor, held, ending->now);
        wt_quarantine_release(monitor, peer, peer->held_count - 1);
    }
    if (released > 0 && peer->departures == 0)
        wt_tell(monitor, ending->now, WT_EVENT_RELEASED, WT_SEVERITY_INFO, NULL,
                "process %" PRId64 " is gone: %zu segment%s free again", peer->pid, released,
                released == 1 ? "" : "s");
    if (peer->departures == 0)
        wt_peers_drop(&monitor->peers, peer);
}

/* What became of a worker, as far as anybody can tell. */
enum farewell { LIVES_ON, SAID_GOODBYE, ENDED_WELL, ENDED_SOMEHOW, DIED };

static enum farewell farewell_of(const struct wt_departure *departure) {
    const struct wt_peer *peer = departure->peer;
    if (peer->gone && peer->has_wait_status)
        return peer->wait_status == 0 ? ENDED_WELL : DIED;
    if (departure->goodbye)
        return SAID_GOODBYE;
    return peer->gone ? ENDED_SOMEHOW : LIVES_ON;
}

/* Why it is not there any more: "signal 9 (Killed)". */
static void cause_of(const struct wt_departure *departure, enum farewell farewell, char *out,
                     size_t size) {
    switch (farewell) {
    case LIVES_ON:
        snprintf(out, size, "disconnected");
        return;
    case SAID_GOODBYE:
        snprintf(out, size, "left by itself");
        return;
    case ENDED_SOMEHOW: /* the kernel tells only its parent: killed, or done with its work */
        snprintf(out, size, "cause unknown");
        return;
    case ENDED_WELL:
    case DIED:
        wt_process_cause(departure->peer->wait_status, out, size);
        return;
    }
}

/* What matters first: a narrow screen cuts the end off. */
static void describe(const struct wt_departure *departure, enum farewell farewell,
                     const char *cause, const char *age, char *out, size_t size) {
    const struct wt_worker *worker = &departure->identity->worker;
    switch (farewell) {
    case LIVES_ON:
        snprintf(out, size, "worker %" PRIu64 " left after %s, pid %" PRId64 " lives on",
                 worker->id, age, worker->pid);
        return;
    case SAID_GOODBYE:
        snprintf(out, size, "worker %" PRIu64 " %s, after %s, pid %" PRId64, worker->id, cause, age,
                 worker->pid);
        return;
    case ENDED_SOMEHOW:
    case ENDED_WELL:
    case DIED:
        break;
    }
    snprintf(out, size, "worker %" PRIu64 " %s, %s, after %s, pid %" PRId64, worker->id,
             farewell == DIED ? "died" : "ended", cause, age, worker->pid);
}

/* A connection that closed while its process lives on ended nothing. */
static void count_exit(const struct wt_monitor *monitor, const struct wt_departure *departure,
                       enum farewell farewell, const char *cause) {
    struct wt_service_entry *service =
        wt_services_find(monitor, departure->identity->worker.service);
    if (service == NULL || farewell == LIVES_ON)
        return;
    wt_minute_add(&service->exits, departure->since_ns);
    const struct wt_peer *peer = departure->peer;
    const struct wt_churn_exit left = {
        .at_ns = departure->since_ns,
        .born_ns = departure->born_ns,
        .is_crash = farewell == DIED && wt_process_crashed(peer->wait_status),
        .is_first = !peer->exit_counted,
    };
    departure->peer->exit_counted = true;
    wt_churn_add_exit(&service->churn, &left);
    service->last_exit_realtime_ns = departure->since_realtime_ns;
    snprintf(service->last_exit, sizeof service->last_exit, "%s", cause);
}

static void tell_departure(struct wt_monitor *monitor, const struct wt_departure *departure,
                           struct wt_time now) {
    const struct wt_worker *worker = &departure->identity->worker;
    enum farewell farewell = farewell_of(departure);
    bool alarming = farewell == DIED || farewell == ENDED_SOMEHOW;
    bool held = !departure->peer->gone && departure->held_segment != WT_NO_SEGMENT;
    char age[WT_FORMAT_SIZE], cause[96], text[192];
    wt_format_duration(age, sizeof age, now.monotonic_ns - worker->registered_monotonic_ns);
    cause_of(departure, farewell, cause, sizeof cause);
    count_exit(monitor, departure, farewell, cause);
    wt_flights_tell_cause(monitor, worker->id, cause);
    describe(departure, farewell, cause, age, text, sizeof text);
    wt_tell(monitor, now, alarming ? WT_EVENT_DIED : WT_EVENT_LEFT,
            alarming ? WT_SEVERITY_WARN : WT_SEVERITY_INFO, worker, "%s", text);
    if (held)
        wt_tell(monitor, now, WT_EVENT_QUARANTINED, WT_SEVERITY_INFO, worker,
                "segment %" PRIu32 " is held back while pid %" PRId64 " lives",
                departure->held_segment, worker->pid);
    wt_log(WT_LOG_INFO, room, "removed a worker of %s: %s", worker->service, text);
}

/* Segments may be of any size: as many as fit into what a tick may cost, and one at least. */
static void clean_some(struct wt_store *store) {
    size_t segments = CLEAN_PER_TICK / wt_store_segment_bytes(store);
    wt_store_clean(store, segments > 0 ? segments : 1);
}

/* Who is gone is told at once; who seems to live on, when it had time enough to die. */
static void tell_departures(struct wt_monitor *monitor, struct wt_time now) {
    size_t kept = 0;
    for (size_t i = 0; i < monitor->departure_count; i++) {
        struct wt_departure departure = monitor->departures[i];
        int64_t passed = now.monotonic_ns - departure.since_ns;
        if (!departure.peer->gone && passed >= 0 && passed < dying_ns) {
            monitor->departures[kept++] = departure;
            continue;
        }
        tell_departure(monitor, &departure, now);
        wt_identity_unref(departure.identity);
        departure.peer->departures--;
        wt_peers_drop(&monitor->peers, departure.peer);
    }
    monitor->departure_count = kept;
}

void wt_registry_tick(struct wt_monitor *monitor, struct wt_time now) {
    struct ending ending = {.monitor = monitor, .now = now};
    wt_peers_poll(&monitor->peers, peer_ended, &ending);
    tell_departures(monitor, now);
    wt_tell_rest(monitor, now);
    for (int i = 0; i < WT_STORE_INDICES; i++)
        if (monitor->stores[i] != NULL)
            clean_some(monitor->stores[i]);
    wt_stores_check(monitor, now);
}

void wt_monitor_process_ended(struct wt_monitor *monitor, int64_t pid, int wait_status) {
    struct wt_peer *peer = wt_peers_find_pid(&monitor->peers, pid);
    if (peer == NULL || !wt_process_is_gone(peer->pid, peer->start_ticks))
        return; /* nobody we know, or another process that got the same pid */
    peer->gone = true;
    peer->has_wait_status = true;
    peer->wait_status = wait_status;
}

size_t wt_monitor_keys(const struct wt_monitor *monitor, uint64_t *ids, size_t capacity) {
    size_t count = 0;
    for (const struct wt_member *member = monitor->oldest; member != NULL; member = member->newer) {
        if (count < capacity)
            ids[count] = member->id;
        count++;
    }
    return count;
}

void wt_registry_fini(struct wt_monitor *monitor) {
    for (size_t i = 0; i < monitor->departure_count; i++) {
        wt_identity_unref(monitor->departures[i].identity);
        monitor->departures[i].peer->departures--;
        wt_peers_drop(&monitor->peers, monitor->departures[i].peer);
    }
    free(monitor->departures);
    while (monitor->oldest != NULL) {
        struct wt_member *member = monitor->oldest;
        if (member->cohort != NULL)
            wt_cohort_leave(member->cohort, member->row, false);
        wt_registry_drop(monitor, member);
    }
    wt_map_fini(&monitor->members);
    wt_tallies_fini(monitor);
    wt_peers_fini(&monitor->peers);
}
