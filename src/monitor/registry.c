/* The life of a worker, from its registration to the end of its process.
 *
 *     register         a segment at once                               CONNECTING
 *                      no room: a place in the queue                   SILENT
 *     setup_answered   fields: its row is sampled                      LIVE
 *                      no fields: the segment is free at once          SILENT
 *     setup_failed     it may have mapped the segment: quarantine      SILENT
 *     remove           quarantine, under the process that may still write
 *
 * Out of quarantine: the same worker took up another segment under its instance key; or
 * its process is gone; or a process without an instance key registers again and gets its own back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "monitor/internal.h"
#include "monitor/process.h"
#include "shm/layout.h"

static const char room[] = "monitor";

static struct wt_member *find(const struct wt_monitor *monitor, uint64_t id) {
    return wt_map_get(&monitor->members, id);
}

static const char *reason_of(const struct wt_member *member) {
    return member->identity->worker.reason;
}

static wt_status take_segment(struct wt_monitor *monitor, struct wt_member *member,
                              struct wt_time now, struct wt_error *err) {
    if (wt_quarantine_reclaim(monitor, member))
        return WT_OK;
    wt_status status = wt_store_allocate(monitor->stores[WT_STORE_VALUES], member->id, NULL, now,
                                         &member->segment, err);
    if (status != WT_OK)
        member->segment = WT_NO_SEGMENT;
    monitor->states_changed[WT_STORE_VALUES] = true;
    wt_stores_tell_resizes(monitor);
    return status;
}

static struct wt_offer offer_of(const struct wt_store *store, uint32_t segment) {
    if (segment == WT_NO_SEGMENT)
        return (struct wt_offer){.path = wt_store_path(store)};
    return (struct wt_offer){.has_segment = true,
                             .path = wt_store_path(store),
                             .size_bytes = wt_store_segment_bytes(store),
                             .offset = wt_store_offset(store, segment)};
}

/* ---- the queue of those without a segment ---------------------------------------------------- */

static void wait_for_room(struct wt_monitor *monitor, struct wt_member *member) {
    member->waits = true;
    member->waits_next = NULL;
    member->waits_before = monitor->waits_last;
    if (monitor->waits_last != NULL)
        monitor->waits_last->waits_next = member;
    else
        monitor->waits_first = member;
    monitor->waits_last = member;
    monitor->waits_count++;
}

static void wait_no_more(struct wt_monitor *monitor, struct wt_member *member) {
    if (!member->waits)
        return;
    if (member->waits_before != NULL)
        member->waits_before->waits_next = member->waits_next;
    else
        monitor->waits_first = member->waits_next;
    if (member->waits_next != NULL)
        member->waits_next->waits_before = member->waits_before;
    else
        monitor->waits_last = member->waits_before;
    member->waits = false;
    if (--monitor->waits_count == 0)
        monitor->refusal_told = false;
}

/* ---- registration ---------------------------------------------------------------------------- */

static void clean_name(const struct wt_registration *registration, char *out, size_t size) {
    if (registration->service == NULL || registration->service_length == 0)
        snprintf(out, size, "unknown");
    else
        wt_text_clean(out, size, registration->service, registration->service_length);
}

/* Whether the process started after the last tick, so that its counters began at 0 since then. */
static bool is_newborn(const struct wt_monitor *monitor, const struct wt_peer *peer,
                       struct wt_time now) {
    if (monitor->published == NULL || !peer->identified)
        return false;
    int64_t since_tick = now.monotonic_ns - wt_monitor_snapshot(monitor)->time.monotonic_ns;
    int64_t age = wt_process_age_ns(peer->start_ticks);
    /* Both the kernel's uptime and the start time are cut to 10 ms. */
    return age >= 0 && age + 20 * WT_NS_PER_MS < since_tick;
}

static struct wt_identity *make_identity(const struct wt_monitor *monitor,
                                         const struct wt_registration *registration,
                                         const struct wt_peer *peer, const char *service,
                                         struct wt_time now) {
    struct wt_worker worker = {
        .id = monitor->last_id + 1,
        .service = service,
        .pid = registration->pid,
        .announced_pid = registration->announced_pid,
        .start_time_ticks = peer->start_ticks,
        .has_instance = registration->has_instance,
        .threads = registration->threads,
        .registered_realtime_ns = now.realtime_ns,
        .registered_monotonic_ns = now.monotonic_ns,
        .segment = -1,
        .recorder = -1,
        .reason = "",
    };
    if (registration->has_instance)
        memcpy(worker.instance, registration->instance, sizeof worker.instance);
    return wt_identity_create(&worker);
}

static void link_member(struct wt_monitor *monitor, struct wt_member *member) {
    member->older = monitor->newest;
    if (monitor->newest != NULL)
        monitor->newest->newer = member;
    else
        monitor->oldest = member;
    monitor->newest = member;
    member->of_peer_next = member->peer->members;
    if (member->of_peer_next != NULL)
        member->of_peer_next->of_peer_before = member;
    member->peer->members = member;
    member->service->member_count++;
}

static void unlink_member(struct wt_monitor *monitor, struct wt_member *member) {
    wait_no_more(monitor, member);
    if (member->older != NULL)
        member->older->newer = member->newer;
    else
        monitor->oldest = member->newer;
    if (member->newer != NULL)
        member->newer->older = member->older;
    else
        monitor->newest = member->older;
    if (member->of_peer_before != NULL)
        member->of_peer_before->of_peer_next = member->of_peer_next;
    else
        member->peer->members = member->of_peer_next;
    if (member->of_peer_next != NULL)
        member->of_peer_next->of_peer_before = member->of_peer_before;
    member->service->member_count--;
    wt_map_remove(&monitor->members, member->id);
}

void wt_registry_drop(struct wt_monitor *monitor, struct wt_member *member) {
    struct wt_peer *peer = member->peer;
    unlink_member(monitor, member);
    wt_identity_unref(member->identity);
    free(member);
    wt_peers_drop(&monitor->peers, peer);
}

/* The member, in all lists but without a segment or a row. */
static struct wt_member *add_member(struct wt_monitor *monitor,
                                    const struct wt_registration *registration,
                                    struct wt_time now) {
    char name[WT_SCHEMA_MAX_KEY_BYTES + 1];
    clean_name(registration, name, sizeof name);
    struct wt_peer *peer = wt_peers_get(&monitor->peers, registration->pid, registration->pidfd);
    if (peer == NULL)
        return NULL;
    struct wt_member *member = calloc(1, sizeof *member);
    struct wt_service_entry *service = wt_services_get(monitor, name);
    struct wt_identity *identity =
        service == NULL ? NULL : make_identity(monitor, registration, peer, name, now);
    if (member == NULL || identity == NULL ||
        !wt_map_put(&monitor->members, monitor->last_id + 1, member)) {
        free(member);
        wt_identity_unref(identity);
        wt_peers_drop(&monitor->peers, peer);
        return NULL;
    }
    *member = (struct wt_member){
        .id = ++monitor->last_id,
        .service = service,
        .peer = peer,
        .identity = identity,
        .state = WT_WORKER_CONNECTING,
        .segment = WT_NO_SEGMENT,
        .recorder = WT_NO_SEGMENT,
        .newborn = is_newborn(monitor, peer, now),
        .sequence = monitor->sequence,
    };
    link_member(monitor, member);
    return member;
}

/* What is told when there is no room: once, until nobody waits any more. A wait for growth that is
 * under way takes a moment and refuses nobody. */
static void tell_refusal(struct wt_monitor *monitor, const struct wt_member *member,
                         const struct wt_error *why, struct wt_time now) {
    const char *reason = why->text;
    bool is_growing = why->status == WT_EAGAIN;
    wt_log(is_growing ? WT_LOG_DEBUG : WT_LOG_WARN, room,
           "no segment for worker %" PRIu64 " of %s: %s", member->id, member->service->name,
           reason);
    if (monitor->refusal_told || is_growing)
        return;
    monitor->refusal_told = true;
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_REFUSED, WT_SEVERITY_WARN, member->id,
                  member->service->name, "no segment for worker %" PRIu64 ": %s", member->id,
                  reason);
}

wt_status wt_monitor_register(struct wt_monitor *monitor,
                              const struct wt_registration *registration, struct wt_time now,
                              uint64_t *id, struct wt_offer *offer, struct wt_error *err) {
    struct wt_member *member = add_member(monitor, registration, now);
    if (member == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to register a worker of pid %" PRId64,
                       registration->pid);
    struct wt_error why;
    char reason[WT_REASON_BYTES] = "";
    if (take_segment(monitor, member, now, &why) != WT_OK) {
        snprintf(reason, sizeof reason, "no segment: %.*s", (int)sizeof reason - 16, why.text);
        member->state = WT_WORKER_SILENT;
        wait_for_room(monitor, member);
        tell_refusal(monitor, member, &why, now);
    }
    wt_status status = wt_services_place(monitor, member, NULL, reason, err);
    if (status != WT_OK) {
        wt_quarantine_all(monitor, member, WT_STORE_FREE_NOW); /* nobody was told about it */
        wt_registry_drop(monitor, member);
        return status;
    }
    member->service->joined_count++;
    *id = member->id;
    *offer = offer_of(monitor->stores[WT_STORE_VALUES], member->segment);
    wt_log(WT_LOG_DEBUG, room, "worker %" PRIu64 " of %s connects, pid %" PRId64, member->id,
           member->service->name, registration->pid);
    return WT_OK;
}

void wt_registry_refuse_waiting(struct wt_monitor *monitor, const struct wt_error *why,
                                struct wt_time now) {
    char reason[WT_REASON_BYTES];
    snprintf(reason, sizeof reason, "no segment: %.*s", (int)sizeof reason - 16, why->text);
    for (struct wt_member *member = monitor->waits_first; member != NULL;
         member = member->waits_next) {
        if (strcmp(reason_of(member), reason) == 0)
            continue;
        if (wt_services_place(monitor, member, NULL, reason, NULL) != WT_OK)
            wt_log(WT_LOG_ERROR, room, "no memory to show worker %" PRIu64, member->id);
        tell_refusal(monitor, member, why, now);
    }
}

bool wt_monitor_next_offer(struct wt_monitor *monitor, struct wt_time now, uint64_t *id,
                           struct wt_offer *offer) {
    struct wt_member *member = monitor->waits_first;
    if (member == NULL || wt_store_counts(monitor->stores[WT_STORE_VALUES]).free == 0 ||
        take_segment(monitor, member, now, NULL) != WT_OK)
        return false;
    wait_no_more(monitor, member);
    member->state = WT_WORKER_CONNECTING;
    if (wt_services_place(monitor, member, NULL, "", NULL) != WT_OK)
        wt_log(WT_LOG_ERROR, room, "no memory to show worker %" PRIu64, member->id);
    *id = member->id;
    *offer = offer_of(monitor->stores[WT_STORE_VALUES], member->segment);
    return true;
}

/* ---- setup ----------------------------------------------------------------------------------- */

/* No metrics from this worker, and why. */
static void make_silent(struct wt_monitor *monitor, struct wt_member *member, const char *reason,
                        enum wt_store_free how) {
    char clean[WT_REASON_BYTES];
    wt_text_clean(clean, sizeof clean, reason, strlen(reason));
    wt_quarantine_all(monitor, member, how);
    member->state = WT_WORKER_SILENT;
    if (wt_services_place(monitor, member, NULL, clean, NULL) != WT_OK)
        wt_log(WT_LOG_ERROR, room, "no memory to show worker %" PRIu64, member->id);
}

/* A worker whose older connection still stands took up another segment: the older registration
 * shows the same counters a second time, and its segment is written by nobody. */
static void supersede(struct wt_monitor *monitor, const struct wt_member *newer) {
    const struct wt_worker *worker = &newer->identity->worker;
    if (!worker->has_instance || !newer->peer->identified)
        return;
    for (struct wt_member *other = newer->peer->members; other != NULL;
         other = other->of_peer_next) {
        if (other == newer || other->id > newer->id || other->segment == WT_NO_SEGMENT ||
            !other->identity->worker.has_instance ||
            memcmp(other->identity->worker.instance, worker->instance, 16) != 0)
            continue;
        char reason[64];
        snprintf(reason, sizeof reason, "registered again as worker %" PRIu64, newer->id);
        if (other->recorder !=
            WT_NO_SEGMENT) /* the recorder of the newer one is not taken up yet */
            wt_quarantine_segment(monitor, other, other->recorder_store, WT_STORE_QUARANTINE);
        other->recorder = WT_NO_SEGMENT;
        make_silent(monitor, other, reason, WT_STORE_FREE_NOW);
    }
}

static void describe_problems(const struct wt_schema *schema, char *out, size_t size) {
    out[0] = '\0';
    if (schema->problem_count == 1)
        snprintf(out, size, "%s", schema->problems[0]);
    else if (schema->problem_count > 1)
        snprintf(out, size, "%.*s; and %" PRIu32 " more", (int)size - 32, schema->problems[0],
                 schema->problem_count - 1);
}

static void answered_without_fields(struct wt_monitor *monitor, struct wt_member *member,
                                    const struct wt_schema *schema, struct wt_time now) {
    char reason[WT_REASON_BYTES] = "no metrics: its schema is empty";
    bool announced = schema != NULL && schema->problem_count > 0;
    if (announced)
        describe_problems(schema, reason, sizeof reason);
    make_silent(monitor, member, reason, announced ? WT_STORE_QUARANTINE : WT_STORE_FREE_NOW);
    wt_log(announced ? WT_LOG_WARN : WT_LOG_INFO, room,
           "worker %" PRIu64 " of %s did not provide a utilization schema: %s", member->id,
           member->service->name, reason);
    wt_events_add(
        monitor->events, now.realtime_ns, announced ? WT_EVENT_SETUP_FAILED : WT_EVENT_JOINED,
        announced ? WT_SEVERITY_WARN : WT_SEVERITY_INFO, member->id, member->service->name,
        "worker %" PRIu64 " joined without metrics: %s", member->id, reason);
}

void wt_monitor_setup_answered(struct wt_monitor *monitor, uint64_t id, struct wt_schema *schema,
                               struct wt_time now) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL || member->state != WT_WORKER_CONNECTING) {
        wt_schema_unref(schema);
        return;
    }
    if (schema == NULL || schema->field_count == 0) {
        answered_without_fields(monitor, member, schema, now);
        wt_schema_unref(schema);
        return;
    }
    char reason[WT_REASON_BYTES];
    describe_problems(schema, reason, sizeof reason);
    wt_store_update_schema(monitor->stores[WT_STORE_VALUES], id, schema);
    member->state = WT_WORKER_LIVE;
    struct wt_error err;
    if (wt_services_place(monitor, member, schema, reason, &err) != WT_OK) {
        make_silent(monitor, member, err.text, WT_STORE_QUARANTINE);
    } else {
        wt_quarantine_taken_up(monitor, member, false);
        supersede(monitor, member);
        wt_log(WT_LOG_INFO, room,
               "registered worker %" PRIu64 " of %s, pid %" PRId64 ", segment %" PRIu32 ", %" PRIu32
               " fields%s%s",
               id, member->service->name, member->peer->pid, member->segment, schema->field_count,
               reason[0] != '\0' ? "; " : "", reason);
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_JOINED, WT_SEVERITY_INFO, id,
                      member->service->name, "worker %" PRIu64 " joined, pid %" PRId64 "%s%s", id,
                      member->peer->pid, reason[0] != '\0' ? ": " : "", reason);
    }
    wt_schema_unref(schema);
}

void wt_monitor_setup_failed(struct wt_monitor *monitor, uint64_t id, const char *reason,
                             struct wt_time now) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL || member->state != WT_WORKER_CONNECTING)
        return;
    uint32_t segment = member->segment;
    make_silent(monitor, member, reason, WT_STORE_QUARANTINE);
    wt_log(WT_LOG_ERROR, room, "setting up worker %" PRIu64 " of %s failed: %s", id,
           member->service->name, reason_of(member));
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_SETUP_FAILED, WT_SEVERITY_WARN, id,
                  member->service->name, "worker %" PRIu64 " has no metrics: %s", id,
                  reason_of(member));
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_QUARANTINED, WT_SEVERITY_INFO, id,
                  member->service->name,
                  "segment %" PRIu32 " is held back: worker %" PRIu64 " may have mapped it",
                  segment, id);
}

/* ---- recorders ------------------------------------------------------------------------------- */

bool wt_monitor_recorder_offer(struct wt_monitor *monitor, uint64_t id, struct wt_time now,
                               struct wt_offer *offer) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL || member->state != WT_WORKER_LIVE || member->recorder_offered ||
        !member->identity->worker.has_instance)
        return false;
    bool wide =
        wt_recorder_is_wide(member->identity->worker.threads) && monitor->options.wide_path != NULL;
    enum wt_store_index index = wide ? WT_STORE_WIDE : WT_STORE_RECORDERS;
    const char *path = wide ? monitor->options.wide_path : monitor->options.recorder_path;
    struct wt_store **store = &monitor->stores[index];
    if (path == NULL)
        return false;
    member->recorder_offered = true;
    struct wt_error err;
    if (*store == NULL && wt_monitor_open_recorders(monitor, index, &err) != WT_OK) {
        wt_log(WT_LOG_ERROR, room, "no recorder for worker %" PRIu64 ": %s", id, err.text);
        return false;
    }
    if (wt_store_allocate(*store, id, NULL, now, &member->recorder, &err) != WT_OK) {
        member->recorder = WT_NO_SEGMENT;
        wt_log(WT_LOG_WARN, room, "no recorder for worker %" PRIu64 ": %s", id, err.text);
        return false;
    }
    member->recorder_store = index;
    monitor->states_changed[index] = true;
    wt_stores_tell_resizes(monitor);
    wt_services_describe(monitor, member, reason_of(member));
    *offer = offer_of(*store, member->recorder);
    return true;
}

void wt_monitor_recorder_answered(struct wt_monitor *monitor, uint64_t id, bool accepted,
                                  struct wt_time now) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL || member->recorder == WT_NO_SEGMENT)
        return;
    if (accepted && member->state == WT_WORKER_LIVE) {
        const unsigned char *header =
            wt_store_segment(monitor->stores[member->recorder_store], member->recorder);
        wt_cohort_set_recorder(member->cohort, member->row, header, now.monotonic_ns);
        wt_quarantine_taken_up(monitor, member, true);
        return;
    }
    wt_quarantine_segment(monitor, member, member->recorder_store, WT_STORE_QUARANTINE);
    member->recorder = WT_NO_SEGMENT;
    wt_services_describe(monitor, member, reason_of(member));
    wt_log(WT_LOG_WARN, room, "worker %" PRIu64 " of %s takes no recorder", id,
           member->service->name);
}

void wt_monitor_offer_again(struct wt_monitor *monitor, uint64_t id) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL)
        return;
    if (member->recorder == WT_NO_SEGMENT)
        member->recorder_offered = false;
    if (member->state == WT_WORKER_SILENT && member->segment == WT_NO_SEGMENT && !member->waits)
        wait_for_room(monitor, member);
}
