/* healing.c - a store whose file was truncated, removed or replaced underneath is replaced by a new
 * one, and every worker is moved there while it stays registered.
 *
 *     present store --check finds it lost--> retired, a new one is made at its path
 *                                               |
 *          each member:  read in the retired one, or marked unreadable when that was truncated
 *                        called again (setup_utilization_observer, setup_recorder) with a new
 * segment its answer: its row goes on in the new segment
 *                                               |
 *     the last one moved -----------------> retired store closed, told as recovered
 *
 * What makes this safe: whoever maps a file that was removed or replaced goes on writing it, and a
 * worker that answered writes its present values into the new segment first. So rows move without
 * a jump, and nothing that was counted is missing. A truncated file is no longer anybody's memory:
 * its rows keep their last good values until their workers moved. Quarantine ends with the file,
 * for nobody who maps the old one can reach the new one.
 *
 * A regular file (or a link) that somebody put at the path is replaced, as at every start; the
 * store of another monitor that lives is not, nor is a directory. What cannot be replaced is tried
 * again, less and less often, and shown meanwhile.
 *
 * Members are in one of these states, for values (recorders alike, but they are never waited for):
 *
 *     segment   read     offered   setup_asked
 *     s         -        -         no      all is well; CONNECTING: s is what its open call names
 *     -         lost     -         no      to be moved
 *     n         lost     -         yes     called again with n
 *     -         lost/-   lost      yes/no  its open call names a segment of a store that was lost
 * since
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/log.h"
#include "monitor/internal.h"

static const char room[] = "monitor";
static const int64_t first_pause_ns = WT_NS_PER_S, longest_pause_ns = 60 * WT_NS_PER_S;

static const struct wt_region no_region = {.segment = WT_NO_SEGMENT, .origin = WT_ORIGIN_PRESENT};

/* ---- who reads what ----------------------------------------------------------------------------
 */

static struct wt_retired *retired_at(struct wt_healing *healing, uint8_t origin) {
    if (origin < WT_ORIGIN_RETIRED || origin >= WT_ORIGIN_NOWHERE)
        return NULL;
    return &healing->retired[origin - WT_ORIGIN_RETIRED];
}

static void count_reader(struct wt_healing *healing, uint8_t origin, bool one_more) {
    struct wt_retired *retired = retired_at(healing, origin);
    if (retired == NULL)
        return;
    assert(one_more || retired->readers > 0);
    retired->readers += one_more ? (size_t)1 : (size_t)-1;
}

static void set_region(struct wt_healing *healing, struct wt_region *place,
                       struct wt_region region) {
    count_reader(healing, region.origin, true);
    count_reader(healing, place->origin, false);
    *place = region;
}

static void set_recorder_origin(struct wt_monitor *monitor, struct wt_member *member,
                                uint8_t origin) {
    struct wt_healing *healing = &monitor->healing[member->recorder_store];
    count_reader(healing, origin, true);
    count_reader(healing, member->recorder_origin, false);
    member->recorder_origin = origin;
}

static bool is_away(const struct wt_member *member, enum wt_store_index index) {
    if (index == WT_STORE_VALUES)
        return member->read.segment != WT_NO_SEGMENT || member->offered.segment != WT_NO_SEGMENT;
    return member->recorder_lost && member->recorder_store == index;
}

static size_t count_away(const struct wt_monitor *monitor, enum wt_store_index index) {
    size_t count = 0;
    for (const struct wt_member *member = monitor->oldest; member != NULL; member = member->newer)
        count += is_away(member, index);
    return count;
}

static bool is_growing(const struct wt_monitor *monitor, const struct wt_store *store) {
    return monitor->growth.out && monitor->growth.target == store;
}

void wt_healing_close_idle(struct wt_monitor *monitor, enum wt_store_index index) {
    for (size_t i = 0; i < WT_RETIRED_STORES; i++) {
        struct wt_retired *retired = &monitor->healing[index].retired[i];
        if (retired->store == NULL || retired->readers > 0 || is_growing(monitor, retired->store))
            continue;
        wt_store_close(retired->store);
        retired->store = NULL;
        monitor->retired_count--;
    }
}

/* ---- losing ------------------------------------------------------------------------------------
 */

static void lose_segment(struct wt_monitor *monitor, struct wt_member *member, uint8_t origin) {
    struct wt_healing *healing = &monitor->healing[WT_STORE_VALUES];
    const struct wt_region region = {.segment = member->segment, .origin = origin};
    if (member->segment == WT_NO_SEGMENT)
        return;
    member->segment = WT_NO_SEGMENT;
    if (member->state == WT_WORKER_CONNECTING || member->setup_asked) {
        set_region(healing, &member->offered, region);
    } else {
        set_region(healing, &member->read, region);
        wt_cohort_set_segment(member->cohort, member->row, region.segment, origin);
    }
    wt_services_describe(monitor, member, member->identity->worker.reason);
}

static void forget_recorder(struct wt_monitor *monitor, struct wt_member *member) {
    if (member->cohort != NULL)
        wt_cohort_set_recorder(member->cohort, member->row, NULL, 0, 0);
    wt_flights_forget(monitor, member->id);
    set_recorder_origin(monitor, member, WT_ORIGIN_PRESENT);
}

static void lose_recorder(struct wt_monitor *monitor, struct wt_member *member,
                          enum wt_store_index index, uint8_t origin) {
    if (member->recorder == WT_NO_SEGMENT || member->recorder_store != index)
        return;
    member->recorder = WT_NO_SEGMENT;
    member->recorder_lost = true;
    member->recorder_offered = false;
    if (!member->recorder_asked && origin != WT_ORIGIN_NOWHERE)
        set_recorder_origin(monitor, member, origin); /* its heart still beats there */
    else if (!member->recorder_asked)
        forget_recorder(monitor, member);
    wt_services_describe(monitor, member, member->identity->worker.reason);
}

/* ---- a new store -------------------------------------------------------------------------------
 */

static wt_status make_store(struct wt_monitor *monitor, enum wt_store_index index,
                            struct wt_store **out, struct wt_error *err) {
    const struct wt_store *lost = monitor->stores[index];
    if (wt_store_is_in_use(wt_store_path(lost), lost))
        return wt_fail(err, WT_EBUSY, "another monitor has its store at %s", wt_store_path(lost));
    wt_status status = wt_monitor_create_store(monitor, index, wt_store_size(lost), out, err);
    if (status != WT_EFULL)
        return status;
    /* While the old file is still mapped its space is taken: what its members need will have to do.
     */
    uint64_t segments = wt_store_counts(lost).allocated + count_away(monitor, index);
    uint64_t needed = (segments + 1) * wt_store_segment_bytes(lost);
    return needed < wt_store_size(lost) ? wt_monitor_create_store(monitor, index, needed, out, err)
                                        : status;
}

static struct wt_retired *find_slot(struct wt_healing *healing, uint8_t *origin) {
    for (uint8_t i = 0; i < WT_RETIRED_STORES; i++) {
        if (healing->retired[i].store != NULL)
            continue;
        *origin = (uint8_t)(WT_ORIGIN_RETIRED + i);
        return &healing->retired[i];
    }
    return NULL;
}

/* The new store in place of the lost one, and everybody is to move. */
static void retire(struct wt_monitor *monitor, enum wt_store_index index, struct wt_store *fresh,
                   struct wt_retired *slot, uint8_t origin) {
    struct wt_store *lost = monitor->stores[index];
    wt_store_inherit(fresh, lost);
    wt_quarantine_forget(monitor, index);
    *slot = (struct wt_retired){.store = lost};
    monitor->retired_count++;
    monitor->stores[index] = fresh;
    monitor->states_changed[index] = true;
    if (!wt_store_is_readable(lost))
        origin = WT_ORIGIN_NOWHERE;
    for (struct wt_member *member = monitor->oldest; member != NULL; member = member->newer) {
        if (index == WT_STORE_VALUES)
            lose_segment(monitor, member, origin);
        else
            lose_recorder(monitor, member, index, origin);
    }
}

static void say_failure(struct wt_monitor *monitor, enum wt_store_index index, const char *why,
                        struct wt_time now) {
    struct wt_healing *healing = &monitor->healing[index];
    snprintf(healing->problem, sizeof healing->problem, "the %s %s, no new one can be made: %.140s",
             wt_store_name(index), healing->loss, why);
    if (healing->pause_ns == 0) {
        wt_log(WT_LOG_ERROR, room, "%s", healing->problem);
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_TROUBLE, WT_SEVERITY_CRIT, 0, "",
                      "%s", healing->problem);
    }
    healing->pause_ns = healing->pause_ns == 0 ? first_pause_ns : 2 * healing->pause_ns;
    if (healing->pause_ns > longest_pause_ns)
        healing->pause_ns = longest_pause_ns;
    healing->retry_ns = now.monotonic_ns + healing->pause_ns;
}

static void replace_store(struct wt_monitor *monitor, enum wt_store_index index,
                          struct wt_time now) {
    struct wt_healing *healing = &monitor->healing[index];
    struct wt_store *fresh;
    struct wt_error err;
    uint8_t origin = WT_ORIGIN_NOWHERE;
    struct wt_retired *slot = find_slot(healing, &origin);
    if (slot == NULL) {
        say_failure(monitor, index, "too many workers have not moved since it happened before",
                    now);
        return;
    }
    if (make_store(monitor, index, &fresh, &err) != WT_OK) {
        say_failure(monitor, index, err.text, now);
        return;
    }
    retire(monitor, index, fresh, slot, origin);
    healing->is_replaced = true;
    healing->pause_ns = 0;
    healing->moved_count = 0;
    healing->to_move_count = count_away(monitor, index);
    healing->moved_ns = now.monotonic_ns;
}

/* ---- checks and what is told --------------------------------------------------------------- */

static void note_loss(struct wt_monitor *monitor, enum wt_store_index index, struct wt_time now) {
    struct wt_healing *healing = &monitor->healing[index];
    healing->loss = wt_store_loss(monitor->stores[index]);
    healing->is_replaced = false;
    healing->found_ns = healing->retry_ns = now.monotonic_ns;
    healing->pause_ns = 0;
    wt_log(WT_LOG_ERROR, room, "the %s %s", wt_store_name(index), healing->loss);
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_TROUBLE, WT_SEVERITY_CRIT, 0, "",
                  "%s %s", wt_store_name(index), healing->loss);
}

static void note_recovery(struct wt_monitor *monitor, enum wt_store_index index,
                          struct wt_time now) {
    struct wt_healing *healing = &monitor->healing[index];
    char took[WT_FORMAT_SIZE], who[192];
    wt_format_duration(took, sizeof took, healing->moved_ns - healing->found_ns);
    size_t moved = healing->moved_count, all = healing->to_move_count;
    if (all == 0)
        snprintf(who, sizeof who, "a new one was made");
    else if (moved == all)
        snprintf(who, sizeof who, "%zu worker%s moved to a new one in %s", all, all == 1 ? "" : "s",
                 took);
    else
        snprintf(who, sizeof who, "%zu of %zu workers moved to a new one in %s, the others did not",
                 moved, all, took);
    wt_log(WT_LOG_INFO, room, "the %s %s; %s", wt_store_name(index), healing->loss, who);
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_RECOVERED, WT_SEVERITY_INFO, 0, "",
                  "%s %s; %s", wt_store_name(index), healing->loss, who);
    healing->loss = NULL;
    healing->problem[0] = '\0';
}

/* Retired stores are looked at, too: what somebody still holds open can be truncated. */
static void check_retired(const struct wt_healing *healing) {
    for (size_t i = 0; i < WT_RETIRED_STORES; i++)
        if (healing->retired[i].store != NULL)
            wt_store_check(healing->retired[i].store, NULL);
}

static void check(struct wt_monitor *monitor, enum wt_store_index index, struct wt_time now) {
    struct wt_healing *healing = &monitor->healing[index];
    struct wt_store *store = monitor->stores[index];
    if (wt_store_check(store, NULL) != WT_OK) {
        if (healing->loss == NULL || healing->is_replaced)
            note_loss(monitor, index, now);
        if (now.monotonic_ns >= healing->retry_ns)
            replace_store(monitor, index, now);
    }
    if (healing->loss == NULL)
        return;
    check_retired(healing);
    wt_healing_close_idle(monitor, index);
    if (!healing->is_replaced)
        return;
    size_t away = count_away(monitor, index);
    if (away == 0) {
        note_recovery(monitor, index, now);
        return;
    }
    monitor->next_move = monitor->oldest;
    snprintf(healing->problem, sizeof healing->problem,
             "the %s %s: %zu of %zu workers have not moved to a new one yet", wt_store_name(index),
             healing->loss, away, healing->to_move_count);
}

void wt_stores_check(struct wt_monitor *monitor, struct wt_time now) {
    for (int i = 0; i < WT_STORE_INDICES; i++)
        if (monitor->stores[i] != NULL)
            check(monitor, (enum wt_store_index)i, now);
}

const char *wt_healing_problem(const struct wt_monitor *monitor, enum wt_store_index index) {
    const struct wt_healing *healing = &monitor->healing[index];
    return healing->loss != NULL && healing->problem[0] != '\0'
               ? healing->problem
               : wt_store_problem(monitor->stores[index]);
}

/* ---- moving ------------------------------------------------------------------------------------
 */

static bool offer_segment(struct wt_monitor *monitor, struct wt_member *member, struct wt_time now,
                          struct wt_offer *offer) {
    struct wt_store *store = monitor->stores[WT_STORE_VALUES];
    if (wt_store_allocate(store, member->id, NULL, now, &member->segment, NULL) != WT_OK) {
        member->segment = WT_NO_SEGMENT;
        return false;
    }
    member->setup_asked = true;
    monitor->states_changed[WT_STORE_VALUES] = true;
    wt_publisher_segment(monitor, WT_STORE_VALUES, member->segment, member, now.realtime_ns);
    wt_services_describe(monitor, member, member->identity->worker.reason);
    *offer = wt_offer_of(store, member->segment);
    return true;
}

static bool offer_recorder(struct wt_monitor *monitor, struct wt_member *member, struct wt_time now,
                           struct wt_offer *offer) {
    member->recorder_offered = false;
    if (!wt_monitor_recorder_offer(monitor, member->id, now, offer)) {
        wt_healing_recorder_settled(monitor, member, false, now);
        return false;
    }
    offer->is_recorder = true;
    return true;
}

bool wt_healing_next_offer(struct wt_monitor *monitor, struct wt_time now, uint64_t *id,
                           struct wt_offer *offer) {
    while (monitor->next_move != NULL) {
        struct wt_member *member = monitor->next_move;
        monitor->next_move = member->newer;
        if (member->state != WT_WORKER_LIVE || member->setup_asked || member->recorder_asked)
            continue;
        *id = member->id;
        if (member->read.segment != WT_NO_SEGMENT) {
            if (offer_segment(monitor, member, now, offer))
                return true;
            monitor->next_move = NULL; /* no room: at the next check */
        } else if (member->recorder_lost && offer_recorder(monitor, member, now, offer)) {
            return true;
        }
    }
    return false;
}

bool wt_healing_lost_answer(struct wt_monitor *monitor, struct wt_member *member, bool failed) {
    struct wt_healing *healing = &monitor->healing[WT_STORE_VALUES];
    if (member->offered.segment == WT_NO_SEGMENT)
        return false;
    if (!failed)
        set_region(healing, &member->read, member->offered);
    set_region(healing, &member->offered, no_region);
    return true;
}

void wt_healing_moved(struct wt_monitor *monitor, struct wt_member *member, struct wt_time now) {
    struct wt_healing *healing = &monitor->healing[WT_STORE_VALUES];
    if (member->read.segment == WT_NO_SEGMENT)
        return;
    set_region(healing, &member->read, no_region);
    healing->moved_count++;
    healing->moved_ns = now.monotonic_ns;
}

void wt_healing_recorder_settled(struct wt_monitor *monitor, struct wt_member *member, bool moved,
                                 struct wt_time now) {
    struct wt_healing *healing = &monitor->healing[member->recorder_store];
    bool was_lost = member->recorder_lost;
    member->recorder_lost = false;
    if (moved)
        set_recorder_origin(monitor, member, WT_ORIGIN_PRESENT);
    else
        forget_recorder(monitor, member);
    if (was_lost && moved) {
        healing->moved_count++;
        healing->moved_ns = now.monotonic_ns;
    }
}

void wt_healing_forget(struct wt_monitor *monitor, struct wt_member *member) {
    struct wt_healing *healing = &monitor->healing[WT_STORE_VALUES];
    set_region(healing, &member->read, no_region);
    set_region(healing, &member->offered, no_region);
    if (member->recorder_origin != WT_ORIGIN_PRESENT)
        forget_recorder(monitor, member);
    member->recorder_lost = member->recorder_asked = member->setup_asked = false;
}

void wt_healing_fini(struct wt_monitor *monitor) {
    for (int i = 0; i < WT_STORE_INDICES; i++)
        for (size_t k = 0; k < WT_RETIRED_STORES; k++)
            wt_store_close(monitor->healing[i].retired[k].store);
}
