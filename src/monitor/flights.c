/* What the threads of all workers do and did, as far as this monitor reads it (flight/board.h).
 *
 *     the worker took its region up    it is on the board, with a cursor
 *     its connection closed            what is left is read; the region is held under its process
 *     that process is proven gone      the region, still as it was left, becomes a black box; only
 *                                      then is it handed to somebody else
 *     it writes another region         the old one is read to its end, and no box is made
 *
 * A worker that said goodbye leaves no box: those are for what nobody expected. */
#include "base/log.h"
#include "monitor/internal.h"
#include "monitor/look.h"
#include "shm/heartbeat.h"

static struct wt_flight_owner owner_of(const struct wt_worker *worker) {
    return (struct wt_flight_owner){.worker_id = worker->id,
                                    .service = worker->service,
                                    .pid = worker->pid,
                                    .instance = worker->has_instance ? worker->instance : NULL};
}

void wt_flights_take_up(struct wt_monitor *monitor, const struct wt_member *member,
                        const unsigned char *region, struct wt_time now) {
    const struct wt_flight_owner owner = owner_of(&member->identity->worker);
    size_t bytes = wt_store_segment_bytes(monitor->stores[member->recorder_store]);
    if (!wt_board_take_up(monitor->board, &owner, region, bytes, now.monotonic_ns))
        wt_log(WT_LOG_ERROR, "monitor", "no memory for the records of worker %llu",
               (unsigned long long)member->id);
    wt_flights_find(monitor, member);
}

void wt_flights_find(const struct wt_monitor *monitor, const struct wt_member *member) {
    if (member->cohort != NULL)
        wt_cohort_set_place(member->cohort, member->row,
                            wt_board_place(monitor->board, member->id));
}

uint64_t wt_flights_let_go(struct wt_monitor *monitor, uint64_t id, struct wt_time now) {
    return wt_board_let_go(monitor->board, id, true, now.monotonic_ns);
}

void wt_flights_forget(struct wt_monitor *monitor, uint64_t id) {
    (void)wt_board_let_go(monitor->board, id, false, 0);
}

void wt_flights_bury(struct wt_monitor *monitor, const struct wt_held *held, struct wt_time now) {
    const struct wt_store *store = monitor->stores[held->store];
    const unsigned char *region = wt_store_segment(store, held->segment);
    const struct wt_flight_owner owner = owner_of(&held->identity->worker);
    if (region == NULL || wt_goodbye_was_said(region) ||
        !wt_board_bury(monitor->board, &owner, region, wt_store_segment_bytes(store), now))
        return;
    if (held->records_counted)
        wt_board_settle(monitor->board, owner.worker_id, held->records_passed);
}

void wt_flights_tell_cause(struct wt_monitor *monitor, uint64_t id, const char *cause) {
    wt_board_set_cause(monitor->board, id, cause);
}

void wt_flights_name(const struct wt_monitor *monitor, struct wt_findings *findings,
                     struct wt_flight *kept, struct wt_time now) {
    if (findings->stuck_id == 0 ||
        !wt_board_longest(monitor->board, findings->stuck_id, now.monotonic_ns, kept) ||
        kept->state != WT_FLIGHT_LABELLED)
        return;
    findings->stuck_label = kept->label;
    findings->stuck_request = kept->id;
    findings->stuck_label_ns = kept->since_ns;
}

/* ---- the worker that somebody looks at ------------------------------------------------------- */

void wt_monitor_set_focus(struct wt_monitor *monitor, uint64_t id) {
    monitor->focus_id = id;
}

static const char *why_nothing(const struct wt_member *member) {
    const struct wt_worker *worker = &member->identity->worker;
    if (!worker->has_instance)
        return "no labels and no records: only programs that use libworktop leave them";
    return "it has no recorder region";
}

static bool put_worker(const struct wt_monitor *monitor, uint64_t id, struct wt_time now,
                       const struct wt_flight_memory *memory, struct wt_worker_activity *out) {
    const struct wt_member *member = wt_map_get(&monitor->members, id);
    struct wt_region_ask ask = {
        .now_ns = now.monotonic_ns, .flights = WT_FOCUS_FLIGHTS, .records = WT_FOCUS_RECORDS};
    if (member == NULL)
        return false;
    ask.owner = owner_of(&member->identity->worker);
    ask.region = wt_board_region(monitor->board, id, &ask.bytes);
    ask.problem = ask.region == NULL ? why_nothing(member) : "";
    return wt_region_activity(&ask, memory, out);
}

bool wt_monitor_activity(const struct wt_monitor *monitor, uint64_t id, struct wt_time now,
                         struct wt_arena *arena, struct wt_worker_activity *out) {
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(arena);
    return put_worker(monitor, id, now, &memory, out);
}

/* ---- looks ----------------------------------------------------------------------------------- */

static void *take(void *look, size_t bytes) {
    return wt_look_alloc(look, bytes);
}

void wt_flights_put(struct wt_monitor *monitor, struct wt_look_memory *look, struct wt_time now) {
    const struct wt_flight_memory memory = {.take = take, .context = look};
    struct wt_activity *activity = &look->snapshot.activity;
    wt_board_look(monitor->board, now.monotonic_ns);
    if (!wt_board_put(monitor->board, now.monotonic_ns, &memory, activity)) {
        look->failed = true;
        return;
    }
    if (monitor->focus_id == 0)
        return;
    struct wt_worker_activity *focus = wt_look_alloc(look, sizeof *focus);
    if (focus != NULL && put_worker(monitor, monitor->focus_id, now, &memory, focus))
        activity->focus = focus;
}
