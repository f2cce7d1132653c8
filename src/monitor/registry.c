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
#include "base/process.h"
#include "base/utf8.h"
#include "monitor/internal.h"
#include "shm/layout.h"

static const char room[] = "monitor";

/* After the start of a monitor, workers of the one before come back within this time. */
static const int64_t returning_ns = 10 * WT_NS_PER_S;

static struct wt_member *find(const struct wt_monitor *monitor, uint64_t id) {
    return wt_map_get(&monitor->members, id);
}

static const char *reason_of(const struct wt_member *member) {
    return member->identity->worker.reason;
}

static wt_status take_segment(struct wt_monitor *monitor, struct wt_member *member,
                              struct wt_time now, struct wt_error *err) {
    wt_status status = WT_OK;
    if (!wt_quarantine_reclaim(monitor, member))
        status = wt_store_allocate(monitor->stores[WT_STORE_VALUES], member->id, NULL, now,
                                   &member->segment, err);
    monitor->states_changed[WT_STORE_VALUES] = true;
    if (status == WT_OK)
        wt_publisher_segment(monitor, WT_STORE_VALUES, member->segment, member, now.realtime_ns);
    else
        member->segment = WT_NO_SEGMENT;
    wt_stores_tell_resizes(monitor);
    return status;
}

struct wt_offer wt_offer_of(const struct wt_store *store, uint32_t segment) {
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
static bool is_newborn(const struct wt_monitor *monitor, int64_t age, struct wt_time now) {
    if (monitor->published == NULL)
        return false;
    int64_t since_tick = now.monotonic_ns - wt_monitor_snapshot(monitor)->time.monotonic_ns;
    /* Both the kernel's uptime and the start time are cut to 10 ms. */
    return age >= 0 && age + 20 * WT_NS_PER_MS < since_tick;
}

/* A worker starts when its process does, not when it registers: those that come back to the next
 * monitor, or after their connection broke, did not start again. Where nobody can tell its age, a
 * worker that registers while others may still be coming back did not. */
static void count_start(struct wt_monitor *monitor, const struct wt_member *member,
                        struct wt_time now) {
    struct wt_peer *peer = member->peer;
    if (peer->member_count <= peer->start_count)
        return;
    peer->start_count++;
    int64_t started_ns = now.monotonic_ns;
    if (member->process_age_ns >= 0)
        started_ns -= member->process_age_ns;
    else if (now.monotonic_ns - monitor->started.monotonic_ns < returning_ns)
        return;
    wt_minute_add(&member->service->starts, started_ns);
    wt_churn_add_start(&member->service->churn, started_ns);
}

static struct wt_identity *make_identity(const struct wt_monitor *monitor,
                                         const struct wt_registration *registration,
                                         const struct wt_peer *peer,
                                         const struct wt_worker_slot *slot, const char *service,
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
        .slot = slot == NULL ? 0 : slot->number,
        .restarts = slot == NULL ? 0 : slot->restarts,
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
    member->peer->member_count++;
    member->service->member_count++;
    wt_processes_join(monitor, member);
}

static void unlink_member(struct wt_monitor *monitor, struct wt_member *member) {
    wait_no_more(monitor, member);
    wt_processes_leave(monitor, member);
    if (monitor->next_move == member)
        monitor->next_move = member->newer;
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
    member->peer->member_count--;
    member->service->member_count--;
    wt_map_remove(&monitor->members, member->id);
}

void wt_registry_drop(struct wt_monitor *monitor, struct wt_member *member) {
    struct wt_peer *peer = member->peer;
    unlink_member(monitor, member);
    wt_slots_leave(member->slot, member->id, wt_monitor_last_look_ns(monitor));
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
    uint64_t id = monitor->last_id + 1;
    struct wt_worker_slot *slot =
        service == NULL ? NULL : wt_slots_take(service, peer, registration, id, now);
    struct wt_identity *identity =
        service == NULL ? NULL : make_identity(monitor, registration, peer, slot, name, now);
    if (member == NULL || identity == NULL || !wt_map_put(&monitor->members, id, member)) {
        wt_slots_leave(slot, id, now.monotonic_ns);
        free(member);
        wt_identity_unref(identity);
        wt_peers_drop(&monitor->peers, peer);
        return NULL;
    }
    int64_t age = peer->identified ? wt_process_age_ns(peer->start_ticks) : -1;
    *member = (struct wt_member){
        .id = ++monitor->last_id,
        .service = service,
        .peer = peer,
        .slot = slot,
        .identity = identity,
        .state = WT_WORKER_CONNECTING,
        .segment = WT_NO_SEGMENT,
        .recorder = WT_NO_SEGMENT,
        .read.segment = WT_NO_SEGMENT,
        .offered.segment = WT_NO_SEGMENT,
        .process_age_ns = age,
        .newborn = is_newborn(monitor, age, now),
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
    if (member->peer->gone) {
        /* Whoever uses its connection now would write, and nobody could tell for how long. */
        snprintf(reason, sizeof reason,
                 "no segment: process %" PRId64 ", which made this connection, has ended",
                 member->peer->pid);
        member->state = WT_WORKER_SILENT;
    } else if (take_segment(monitor, member, now, &why) != WT_OK) {
        snprintf(reason, sizeof reason, WT_REASON_NO_SEGMENT ": %.*s", (int)sizeof reason - 16,
                 why.text);
        member->state = WT_WORKER_SILENT;
        wait_for_room(monitor, member);
        tell_refusal(monitor, member, &why, now);
    }
    wt_status status = wt_services_place(monitor, member, NULL, reason, err);
    if (status != WT_OK) {
        wt_quarantine_all(monitor, member, WT_STORE_FREE_NOW, now); /* nobody was told about it */
        wt_registry_drop(monitor, member);
        return status;
    }
    member->service->joined_count++;
    count_start(monitor, member, now);
    *id = member->id;
    *offer = wt_offer_of(monitor->stores[WT_STORE_VALUES], member->segment);
    wt_log(WT_LOG_DEBUG, room, "worker %" PRIu64 " of %s connects, pid %" PRId64, member->id,
           member->service->name, registration->pid);
    return WT_OK;
}

void wt_registry_refuse_waiting(struct wt_monitor *monitor, const struct wt_error *why,
                                struct wt_time now) {
    char reason[WT_REASON_BYTES];
    snprintf(reason, sizeof reason, WT_REASON_NO_SEGMENT ": %.*s", (int)sizeof reason - 16,
             why->text);
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
    if (wt_healing_next_offer(monitor, now, id, offer))
        return true;
    struct wt_member *member = monitor->waits_first;
    if (member == NULL || wt_store_counts(monitor->stores[WT_STORE_VALUES]).free == 0 ||
        take_segment(monitor, member, now, NULL) != WT_OK)
        return false;
    wait_no_more(monitor, member);
    member->state = WT_WORKER_CONNECTING;
    if (wt_services_place(monitor, member, NULL, "", NULL) != WT_OK)
        wt_log(WT_LOG_ERROR, room, "no memory to show worker %" PRIu64, member->id);
    *id = member->id;
    *offer = wt_offer_of(monitor->stores[WT_STORE_VALUES], member->segment);
    return true;
}

/* ---- setup ----------------------------------------------------------------------------------- */

/* No metrics from this worker, and why. */
static void make_silent(struct wt_monitor *monitor, struct wt_member *member, const char *reason,
                        enum wt_store_free how, struct wt_time now) {
    char clean[WT_REASON_BYTES];
    wt_text_clean(clean, sizeof clean, reason, strlen(reason));
    wt_quarantine_all(monitor, member, how, now);
    member->state = WT_WORKER_SILENT;
    if (wt_services_place(monitor, member, NULL, clean, NULL) != WT_OK)
        wt_log(WT_LOG_ERROR, room, "no memory to show worker %" PRIu64, member->id);
}

/* A worker whose older connection still stands took up another segment: the older registration
 * shows the same counters a second time, and its segment is written by nobody. */
static void supersede(struct wt_monitor *monitor, const struct wt_member *newer,
                      struct wt_time now) {
    const struct wt_worker *worker = &newer->identity->worker;
    if (!worker->has_instance || !newer->peer->identified)
        return;
    for (struct wt_member *other = newer->peer->members; other != NULL;
         other = other->of_peer_next) {
        if (other == newer || other->id > newer->id ||
            wt_member_region(other).segment == WT_NO_SEGMENT ||
            !other->identity->worker.has_instance ||
            memcmp(other->identity->worker.instance, worker->instance, 16) != 0)
            continue;
        char reason[64];
        snprintf(reason, sizeof reason, "registered again as worker %" PRIu64, newer->id);
        if (other->recorder !=
            WT_NO_SEGMENT) /* the recorder of the newer one is not taken up yet */
            wt_quarantine_segment(monitor, other, other->recorder_store, WT_STORE_QUARANTINE, now);
        other->recorder = WT_NO_SEGMENT;
        make_silent(monitor, other, reason, WT_STORE_FREE_NOW, now);
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
    make_silent(monitor, member, reason, announced ? WT_STORE_QUARANTINE : WT_STORE_FREE_NOW, now);
    wt_log(announced ? WT_LOG_WARN : WT_LOG_INFO, room,
           "worker %" PRIu64 " of %s did not provide a utilization schema: %s", member->id,
           member->service->name, reason);
    wt_tell(monitor, now, announced ? WT_EVENT_SETUP_FAILED : WT_EVENT_JOINED,
            announced ? WT_SEVERITY_WARN : WT_SEVERITY_INFO, &member->identity->worker,
            "worker %" PRIu64 " joined without metrics: %s", member->id, reason);
}

/* Its row with this schema: the one that it has, or another. */
static wt_status show_values(struct wt_monitor *monitor, struct wt_member *member,
                             const struct wt_schema *schema, const char *reason,
                             struct wt_error *err) {
    const struct wt_schema *present = member->cohort == NULL ? NULL : member->cohort->schema;
    if (present != NULL && !wt_schema_equal(present, schema))
        wt_totals_hold(monitor, member, WT_STORE_FREE_NOW);
    if (present == NULL || !wt_schema_equal(present, schema))
        return wt_services_place(monitor, member, schema, reason, err);
    const struct wt_region region = wt_member_region(member);
    wt_cohort_set_segment(member->cohort, member->row, region.segment, region.origin);
    wt_services_describe(monitor, member, reason);
    return WT_OK;
}

static void tell_setup(struct wt_monitor *monitor, const struct wt_member *member, bool moves,
                       uint32_t fields, struct wt_time now) {
    const char *reason = reason_of(member), *colon = reason[0] != '\0' ? ": " : "";
    wt_log(WT_LOG_INFO, room,
           "%s worker %" PRIu64 " of %s, pid %" PRId64 ", segment %" PRId64 ", %" PRIu32
           " fields%s%s",
           moves ? "moved" : "registered", member->id, member->service->name, member->peer->pid,
           member->identity->worker.segment, fields, colon, reason);
    if (!moves)
        wt_tell(monitor, now, WT_EVENT_JOINED, WT_SEVERITY_INFO, &member->identity->worker,
                "worker %" PRIu64 " joined, pid %" PRId64 "%s%s", member->id, member->peer->pid,
                colon, reason);
}

static void answered_with_fields(struct wt_monitor *monitor, struct wt_member *member,
                                 const struct wt_schema *schema, struct wt_time now) {
    char reason[WT_REASON_BYTES];
    bool moves = member->state == WT_WORKER_LIVE;
    describe_problems(schema, reason, sizeof reason);
    wt_store_update_schema(monitor->stores[WT_STORE_VALUES], member->id, schema);
    member->state = WT_WORKER_LIVE;
    member->setup_asked = false;
    if (!wt_healing_lost_answer(monitor, member, false))
        wt_healing_moved(monitor, member, now);
    const struct wt_cohort_rows *before = member->cohort;
    struct wt_error err;
    if (show_values(monitor, member, schema, reason, &err) != WT_OK) {
        make_silent(monitor, member, err.text, WT_STORE_QUARANTINE, now);
        return;
    }
    wt_quarantine_taken_up(monitor, member, false);
    supersede(monitor, member, now);
    if (member->cohort != before)
        wt_totals_taken_up(monitor, member);
    if (member->segment != WT_NO_SEGMENT)
        wt_publisher_segment(monitor, WT_STORE_VALUES, member->segment, member, 0);
    tell_setup(monitor, member, moves, schema->field_count, now);
}

/* The member, if a setup call to it is open; else NULL. */
static struct wt_member *find_asked(const struct wt_monitor *monitor, uint64_t id) {
    struct wt_member *member = find(monitor, id);
    bool asked = member != NULL && (member->state == WT_WORKER_CONNECTING || member->setup_asked);
    return asked ? member : NULL;
}

void wt_monitor_setup_answered(struct wt_monitor *monitor, uint64_t id, struct wt_schema *schema,
                               struct wt_time now) {
    struct wt_member *member = find_asked(monitor, id);
    if (member != NULL && (schema == NULL || schema->field_count == 0))
        answered_without_fields(monitor, member, schema, now);
    else if (member != NULL)
        answered_with_fields(monitor, member, schema, now);
    wt_schema_unref(schema);
}

/* The file that it was to map was lost before it could: it is to be called with another. */
static void ask_again(struct wt_monitor *monitor, struct wt_member *member, const char *reason) {
    char clean[WT_REASON_BYTES];
    member->setup_asked = false;
    if (member->state == WT_WORKER_LIVE)
        return; /* its values are read where they were; it is next among those that move */
    wt_text_clean(clean, sizeof clean, reason, strlen(reason));
    member->state = WT_WORKER_SILENT;
    wait_for_room(monitor, member);
    if (wt_services_place(monitor, member, NULL, clean, NULL) != WT_OK)
        wt_log(WT_LOG_ERROR, room, "no memory to show worker %" PRIu64, member->id);
}

void wt_monitor_setup_failed(struct wt_monitor *monitor, uint64_t id, const char *reason,
                             struct wt_time now) {
    if (find_asked(monitor, id) == NULL)
        return;
    wt_stores_check(monitor, now); /* perhaps that is why */
    struct wt_member *member = find_asked(monitor, id);
    if (wt_healing_lost_answer(monitor, member, true)) {
        ask_again(monitor, member, reason);
        return;
    }
    uint32_t segment = member->segment;
    make_silent(monitor, member, reason, WT_STORE_QUARANTINE, now);
    wt_log(WT_LOG_ERROR, room, "setting up worker %" PRIu64 " of %s failed: %s", id,
           member->service->name, reason_of(member));
    wt_tell(monitor, now, WT_EVENT_SETUP_FAILED, WT_SEVERITY_WARN, &member->identity->worker,
            "worker %" PRIu64 " has no metrics: %s", id, reason_of(member));
    wt_tell(monitor, now, WT_EVENT_QUARANTINED, WT_SEVERITY_INFO, &member->identity->worker,
            "segment %" PRIu32 " is held back: worker %" PRIu64 " may have mapped it", segment, id);
}

/* ---- recorders ------------------------------------------------------------------------------- */

bool wt_monitor_recorder_offer(struct wt_monitor *monitor, uint64_t id, struct wt_time now,
                               struct wt_offer *offer) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL || member->state != WT_WORKER_LIVE || member->recorder_offered ||
        member->setup_asked || !member->identity->worker.has_instance)
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
    if (*store == NULL && wt_monitor_create_store(monitor, index, 0, store, &err) != WT_OK) {
        wt_log(WT_LOG_ERROR, room, "no recorder for worker %" PRIu64 ": %s", id, err.text);
        return false;
    }
    if (!wt_quarantine_reclaim_recorder(monitor, member, index) &&
        wt_store_allocate(*store, id, NULL, now, &member->recorder, &err) != WT_OK) {
        member->recorder = WT_NO_SEGMENT;
        wt_log(WT_LOG_WARN, room, "no recorder for worker %" PRIu64 ": %s", id, err.text);
        return false;
    }
    member->recorder_store = index;
    member->recorder_asked = true;
    monitor->states_changed[index] = true;
    wt_publisher_segment(monitor, index, member->recorder, member, now.realtime_ns);
    wt_stores_tell_resizes(monitor);
    wt_services_describe(monitor, member, reason_of(member));
    *offer = wt_offer_of(*store, member->recorder);
    return true;
}

void wt_monitor_recorder_answered(struct wt_monitor *monitor, uint64_t id,
                                  enum wt_recorder_answer answer, struct wt_time now) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL)
        return;
    if (answer != WT_RECORDER_ACCEPTED)
        wt_stores_check(monitor, now); /* perhaps it could not, for the file was lost */
    member->recorder_asked = false;
    if (member->recorder == WT_NO_SEGMENT)
        return; /* what was offered was lost meanwhile */
    if (answer == WT_RECORDER_ACCEPTED && member->state == WT_WORKER_LIVE) {
        const struct wt_store *store = monitor->stores[member->recorder_store];
        const unsigned char *header = wt_store_segment(store, member->recorder);
        wt_cohort_set_recorder(member->cohort, member->row, header, wt_store_segment_bytes(store),
                               now.monotonic_ns);
        wt_timed_begin(member->cohort, member->row, now.monotonic_ns);
        wt_flights_take_up(monitor, member, header, now);
        wt_quarantine_taken_up(monitor, member, true);
        wt_healing_recorder_settled(monitor, member, true, now);
        return;
    }
    if (answer == WT_RECORDER_DECLINED)
        wt_quarantine_declined(monitor, member, now);
    else
        wt_quarantine_segment(monitor, member, member->recorder_store, WT_STORE_QUARANTINE, now);
    member->recorder = WT_NO_SEGMENT;
    wt_healing_recorder_settled(monitor, member, false, now);
    wt_services_describe(monitor, member, reason_of(member));
    wt_log(member->recorder_again ? WT_LOG_DEBUG : WT_LOG_WARN, room,
           "worker %" PRIu64 " of %s takes no recorder", id, member->service->name);
}

void wt_monitor_offer_again(struct wt_monitor *monitor, uint64_t id) {
    struct wt_member *member = find(monitor, id);
    if (member == NULL)
        return;
    if (member->recorder == WT_NO_SEGMENT)
        member->recorder_offered = false;
    if (member->state == WT_WORKER_SILENT && member->segment == WT_NO_SEGMENT && !member->waits &&
        !member->peer->gone)
        wait_for_room(monitor, member);
}
