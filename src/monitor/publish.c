/* From the sampler's rows to a snapshot: read all cohorts, sum them into services, judge these, and
 * put it all into the memory of one look.
 *
 * A store that broke shows itself while it is read (the guard puts zeros where the file was): then
 * the whole look is repeated without reading, so that no zero of ours is taken for a worker's. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/version.h"
#include "monitor/internal.h"
#include "monitor/look.h"

/* ---- reading --------------------------------------------------------------------------------- */

/* Which of the files cannot be read. */
struct broken {
    bool values, recorders;
    bool retired[WT_RETIRED_STORES]; /* of values */
};

static bool is_broken(const struct wt_store *store) {
    return store != NULL && !wt_store_is_readable(store);
}

static struct broken find_broken(const struct wt_monitor *monitor) {
    struct broken broken = {.values = is_broken(monitor->stores[WT_STORE_VALUES])};
    for (int i = WT_STORE_RECORDERS; i < WT_STORE_INDICES; i++) {
        broken.recorders = broken.recorders || is_broken(monitor->stores[i]);
        for (size_t k = 0; k < WT_RETIRED_STORES && monitor->retired_count > 0; k++)
            broken.recorders = broken.recorders || is_broken(monitor->healing[i].retired[k].store);
    }
    for (size_t k = 0; k < WT_RETIRED_STORES && monitor->retired_count > 0; k++)
        broken.retired[k] = is_broken(monitor->healing[WT_STORE_VALUES].retired[k].store);
    return broken;
}

static void make_rules(const struct wt_monitor *monitor, struct wt_time now,
                       const struct broken *broken, struct wt_look_rules *rules) {
    const struct wt_store *store = monitor->stores[WT_STORE_VALUES];
    *rules = (struct wt_look_rules){
        .base = wt_store_base(store),
        .segment_bytes = wt_store_segment_bytes(store),
        .unreadable = broken->values,
        .no_heartbeats = broken->recorders,
        .now = now,
        .gap_begin_ns = monitor->gap_begin_ns,
        .gap_end_ns = monitor->gap_end_ns,
    };
    for (size_t k = 0; k < WT_RETIRED_STORES && monitor->retired_count > 0; k++) {
        const struct wt_store *retired = monitor->healing[WT_STORE_VALUES].retired[k].store;
        rules->retired[k] = retired == NULL || broken->retired[k] ? NULL : wt_store_base(retired);
    }
}

void wt_look_begin(const struct wt_monitor *monitor, struct wt_time now,
                   struct wt_look_rules *rules) {
    const struct broken broken = find_broken(monitor);
    make_rules(monitor, now, &broken, rules);
}

bool wt_look_is_whole(const struct wt_monitor *monitor, const struct wt_look_rules *rules) {
    const struct broken broken = find_broken(monitor);
    bool whole = broken.values == rules->unreadable;
    for (size_t k = 0; k < WT_RETIRED_STORES; k++)
        whole = whole && !(broken.retired[k] && rules->retired[k] != NULL);
    return whole;
}

static bool look_at_all(struct wt_monitor *monitor, struct wt_time now, const struct broken *broken,
                        struct wt_board *board) {
    struct wt_look_rules rules;
    make_rules(monitor, now, broken, &rules);
    rules.board = board;
    for (size_t i = 0; i < monitor->service_count; i++) {
        const struct wt_service_entry *service = monitor->services[i];
        rules.stuck_ns = service->limits->stuck_ns;
        rules.stale_ns = service->limits->stale_ns;
        for (size_t c = 0; c < service->cohort_count; c++)
            if (wt_cohort_look(service->cohorts[c], &rules, NULL) != WT_OK)
                return false;
    }
    return true;
}

static bool any_unreadable(const struct wt_monitor *monitor) {
    for (size_t i = 0; i < monitor->service_count; i++)
        for (size_t c = 0; c < monitor->services[i]->cohort_count; c++)
            if (monitor->services[i]->cohorts[c]->unreadable_count > 0)
                return true;
    return false;
}

/* The board, if any, is looked at on the way. False without memory. *failed: some values are the
 * last good ones. A file that breaks while it is read makes another round; what is broken stays so,
 * and the rounds end. */
static bool read_all(struct wt_monitor *monitor, struct wt_time now, struct wt_board *board,
                     bool *failed) {
    struct broken before, after = find_broken(monitor);
    if (board != NULL)
        wt_board_begin_look(board, now.monotonic_ns);
    do {
        before = after;
        if (!look_at_all(monitor, now, &before, board))
            return false;
        after = find_broken(monitor);
    } while (memcmp(&after, &before, sizeof after) != 0);
    monitor->recorders_unreadable = after.recorders;
    *failed = after.values || any_unreadable(monitor);
    return true;
}

/* ---- services -------------------------------------------------------------------------------- */

static bool make_shape(struct wt_service_entry *service) {
    if (service->shape != NULL)
        return true;
    const struct wt_schema **schemas = malloc((service->cohort_count + 1) * sizeof *schemas);
    size_t count = 0;
    if (schemas == NULL)
        return false;
    for (size_t i = 0; i < service->cohort_count; i++)
        if (service->cohorts[i]->schema != NULL)
            schemas[count++] = service->cohorts[i]->schema;
    wt_status status = wt_shape_create(&service->shape, schemas, count, NULL);
    free(schemas);
    return status == WT_OK;
}

static void put_cohort(struct wt_look_memory *look, struct wt_cohort_rows *cohort,
                       struct wt_cohort *out, uint32_t service, const uint32_t *field_map,
                       bool has_previous) {
    struct wt_block *rows = wt_cohort_row_block(cohort);
    if (rows == NULL) {
        look->failed = true;
        return;
    }
    wt_look_hold_block(look, rows);
    wt_look_hold_block(look, cohort->fresh_status);
    wt_look_hold_schema(look, cohort->schema);
    *out = (struct wt_cohort){
        .service = service,
        .schema = cohort->schema,
        .row_count = cohort->row_count,
        .worker_count = cohort->used_count,
        .rows = wt_block_data(rows),
        .status = wt_block_data(cohort->fresh_status),
    };
    if (cohort->schema == NULL)
        return;
    wt_look_hold_block(look, cohort->fresh_values);
    wt_look_hold_block(look, cohort->fresh_previous);
    out->values = wt_block_data(cohort->fresh_values);
    out->previous = has_previous ? wt_block_data(cohort->fresh_previous) : NULL;
    out->field_map = field_map;
}

/* Whether the service has anything to show: in a published look also workers that just left. */
static bool is_shown(const struct wt_service_entry *service, bool publish) {
    size_t shown = 0;
    for (size_t i = 0; i < service->cohort_count; i++)
        shown +=
            service->cohorts[i]->used_count - (publish ? 0 : service->cohorts[i]->leaving_count);
    return shown > 0;
}

/* Fills the service and its cohorts from *cohort on; returns the next free cohort. */
static struct wt_cohort *put_service(struct wt_look_memory *look, struct wt_service_entry *service,
                                     struct wt_service *out, uint32_t index,
                                     struct wt_cohort *cohort, bool has_previous) {
    const struct wt_shape *shape = service->shape;
    size_t s = 0;
    const struct wt_column **columns = wt_look_alloc(look, shape->schema_count * sizeof *columns);
    struct wt_field_stats *fields = wt_look_alloc(look, shape->field_count * sizeof *fields);
    if (columns == NULL || fields == NULL)
        return cohort;
    wt_look_hold_shape(look, shape);
    out->name = wt_look_text(look, service->name);
    out->joined_count = service->joined_count;
    out->left_count = service->left_count;
    out->skew = wt_skew_unknown();
    out->starts_per_min = wt_minute_count(&service->starts, look->snapshot.time.monotonic_ns);
    out->exits_per_min = wt_minute_count(&service->exits, look->snapshot.time.monotonic_ns);
    out->last_exit = wt_look_text(look, service->last_exit);
    out->last_exit_realtime_ns = service->last_exit_realtime_ns;
    out->usage = service->usage;
    out->slot_count = service->slots.count;
    out->replaced_per_min =
        wt_minute_count(&service->slots.replaced, look->snapshot.time.monotonic_ns);
    out->replaced_again_per_min =
        wt_minute_count(&service->slots.replaced_again, look->snapshot.time.monotonic_ns);
    for (size_t i = 0; i < service->cohort_count; i++) {
        struct wt_cohort_rows *rows = service->cohorts[i];
        const uint32_t *field_map = NULL;
        if (rows->schema != NULL) {
            field_map = shape->schemas[s].field_map;
            columns[s++] = rows->columns;
        }
        out->worker_count += rows->live_count;
        out->silent_count += rows->silent_count;
        out->stale_count += rows->stale_count;
        out->stuck_count += rows->stuck_count;
        if (rows->used_count > 0)
            put_cohort(look, rows, cohort++, index, field_map, has_previous);
    }
    wt_service_fill(out, fields, shape, columns, look->snapshot.tick_ns);
    wt_totals_put(service, fields);
    return cohort;
}

static void put_services(struct wt_monitor *monitor, struct wt_look_memory *look, bool publish) {
    struct wt_snapshot *snapshot = &look->snapshot;
    size_t services = 0, cohorts = 0;
    for (size_t i = 0; i < monitor->service_count; i++) {
        if (!is_shown(monitor->services[i], publish))
            continue;
        services++;
        for (size_t c = 0; c < monitor->services[i]->cohort_count; c++)
            cohorts += monitor->services[i]->cohorts[c]->used_count > 0;
        if (!make_shape(monitor->services[i]))
            look->failed = true;
    }
    struct wt_service *service = wt_look_alloc(look, services * sizeof *service);
    struct wt_cohort *cohort = wt_look_alloc(look, cohorts * sizeof *cohort);
    if (look->failed)
        return;
    snapshot->services = service;
    snapshot->cohorts = cohort;
    for (size_t i = 0; i < monitor->service_count; i++) {
        if (!is_shown(monitor->services[i], publish))
            continue;
        wt_listeners_put(monitor, look, monitor->services[i], service);
        cohort = put_service(look, monitor->services[i], service, (uint32_t)snapshot->service_count,
                             cohort, monitor->published != NULL);
        service++;
        snapshot->service_count++;
    }
    snapshot->cohort_count = cohorts;
}

/* Percentiles and skew: a pass of their own, that only published looks pay for. */
static bool put_spread(struct wt_monitor *monitor, struct wt_look_memory *look) {
    const struct wt_snapshot *snapshot = &look->snapshot;
    if (!wt_spread_fill((struct wt_service *)snapshot->services, snapshot->service_count,
                        snapshot->cohorts, snapshot->cohort_count, &monitor->spread))
        look->failed = true;
    return !look->failed;
}

/* The load of services over time, to which only published looks add. */
static void put_load(struct wt_monitor *monitor, struct wt_look_memory *look, struct wt_time now,
                     bool publish) {
    struct wt_service *services = (struct wt_service *)look->snapshot.services;
    size_t at = 0;
    monitor->wants_looks = monitor->wants_looks && !publish;
    for (size_t i = 0; i < monitor->service_count; i++)
        if (is_shown(monitor->services[i], publish))
            wt_load_put(monitor, monitor->services[i], &services[at++], now, publish);
}

/* ---- verdicts ---------------------------------------------------------------------------------
 */

static void put_others(struct wt_look_memory *look, const struct wt_health *health,
                       struct wt_time now, struct wt_service *service) {
    size_t count = health->other_count;
    struct wt_trouble *others = count > 0 ? wt_look_alloc(look, count * sizeof *others) : NULL;
    if (others == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct wt_opinion *opinion = &health->others[i];
        int64_t ago = opinion->since_ns != 0 ? now.monotonic_ns - opinion->since_ns : 0;
        others[i] = (struct wt_trouble){.cause = opinion->cause,
                                        .verdict = opinion->verdict,
                                        .since_ns = ago > 0 ? now.realtime_ns - ago : 0,
                                        .sentence = wt_look_text(look, opinion->sentence)};
    }
    service->others = others;
    service->other_count = count;
}

static void put_verdicts(struct wt_monitor *monitor, struct wt_look_memory *look,
                         struct wt_time now, bool publish) {
    struct wt_service *services = (struct wt_service *)look->snapshot.services;
    const char *unreadable =
        look->snapshot.failed ? wt_healing_problem(monitor, WT_STORE_VALUES) : "";
    size_t at = 0;
    for (size_t i = 0; i < monitor->service_count; i++) {
        struct wt_service_entry *service = monitor->services[i];
        if (!is_shown(service, publish))
            continue;
        if (publish)
            wt_verdicts_judge(monitor, service, &services[at], unreadable, now);
        services[at].limits = (struct wt_service_limits){
            .warn_ratio = service->limits->warn_ratio,
            .crit_ratio = service->limits->crit_ratio,
            .stuck_ns = service->limits->stuck_ns,
            .stale_ns = service->limits->stale_ns,
        };
        services[at].verdict = service->health.verdict;
        services[at].cause = service->health.cause;
        services[at].verdict_since_ns = service->health.verdict_since_ns;
        services[at].sentence = wt_look_text(look, service->health.sentence);
        put_others(look, &service->health, now, &services[at]);
        at++;
    }
}

/* ---- one look -------------------------------------------------------------------------------- */

static void put_monitor(struct wt_monitor *monitor, struct wt_look_memory *look,
                        struct wt_time now) {
    struct wt_snapshot *snapshot = &look->snapshot;
    snapshot->sequence = monitor->sequence;
    snapshot->time = now;
    snapshot->source = (struct wt_source){
        .kind = WT_SOURCE_LIVE, .path = wt_look_text(look, monitor->socket_path), .problem = ""};
    snapshot->monitor = (struct wt_monitor_info){
        .pid = getpid(),
        .version = WT_VERSION,
        .host = wt_look_text(look, monitor->host),
        .started_realtime_ns = monitor->started.realtime_ns,
        .interval_ns = monitor->options.interval_ns,
        .tick_count = monitor->tick_count,
        .tick_duration_ns = monitor->tick_duration_ns,
        .connection_count = monitor->connection_count,
        .verdict = monitor->health.verdict,
        .verdict_since_ns = monitor->health.since_ns,
        .problem = wt_look_text(look, monitor->health.sentence),
    };
}

static void put_events(struct wt_monitor *monitor, struct wt_look_memory *look) {
    struct wt_event_block *block = wt_events_block(monitor->events);
    if (block == NULL) {
        look->failed = true;
        return;
    }
    look->snapshot.events = block->events;
    look->snapshot.event_count = block->count;
    look->snapshot.events_dropped = block->dropped;
    wt_look_hold_events(look, block);
}

/* Memory that nobody reads any more. What idle ones still hold is let go, so that the sampler finds
 * its blocks free. */
static struct wt_look_memory *take_look(struct wt_monitor *monitor) {
    size_t place = WT_LOOKS;
    for (size_t i = 0; i < WT_LOOKS; i++) {
        struct wt_look_memory *look = monitor->looks[i];
        if (look != NULL && wt_look_is_idle(look))
            wt_look_reset(look);
        else if (look != NULL)
            continue;
        if (place == WT_LOOKS || monitor->looks[place] == NULL)
            place = i;
    }
    if (place == WT_LOOKS) { /* readers hold them all: theirs to free from now on */
        place = monitor->sequence % WT_LOOKS;
        wt_snapshot_unref(&monitor->looks[place]->snapshot);
        monitor->looks[place] = NULL;
    }
    if (monitor->looks[place] == NULL) {
        monitor->looks[place] = wt_look_create();
        if (monitor->looks[place] != NULL)
            wt_look_reset(monitor->looks[place]);
    }
    return monitor->looks[place];
}

static void replace_look(struct wt_look_memory **place, struct wt_look_memory *look) {
    if (*place != NULL)
        wt_snapshot_unref(&(*place)->snapshot);
    *place = look;
    if (look != NULL)
        wt_snapshot_ref(&look->snapshot);
}

static void end_look(struct wt_monitor *monitor, bool settle) {
    for (size_t i = 0; i < monitor->service_count; i++)
        for (size_t c = 0; c < monitor->services[i]->cohort_count; c++) {
            struct wt_cohort_rows *cohort = monitor->services[i]->cohorts[c];
            if (!settle) {
                wt_cohort_forget_look(cohort);
                continue;
            }
            if (cohort->total_map != NULL)
                wt_totals_add_lost(monitor->services[i]->total, cohort->total_map, cohort->columns,
                                   cohort->field_count);
            wt_cohort_settle(cohort);
        }
    if (settle)
        wt_services_tidy(monitor);
}

static void fill_look(struct wt_monitor *monitor, struct wt_look_memory *look, struct wt_time now,
                      bool publish, bool failed) {
    struct wt_snapshot *snapshot = &look->snapshot;
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    wt_verdicts_judge_monitor(monitor, publish, now);
    put_monitor(monitor, look, now);
    snapshot->failed = failed;
    snapshot->tick_ns = last == NULL ? 0 : now.monotonic_ns - last->time.monotonic_ns;
    snapshot->tick_ns = snapshot->tick_ns > 0 ? snapshot->tick_ns : 0;
    snapshot->service_count = snapshot->cohort_count = 0;
    wt_processes_put(monitor, look);
    snapshot->activity = (struct wt_activity){0};
    put_services(monitor, look, publish);
    if (look->failed || (publish && !put_spread(monitor, look)))
        return;
    put_load(monitor, look, now, publish);
    put_verdicts(monitor, look, now, publish);
    wt_look_put_store(monitor, look, WT_STORE_VALUES, &snapshot->store);
    wt_look_put_store(monitor, look, WT_STORE_RECORDERS, &snapshot->recorders);
    wt_look_put_store(monitor, look, WT_STORE_WIDE, &snapshot->recorders_wide);
    put_events(monitor, look);
    if (publish)
        wt_flights_put(monitor, look, now);
}

const struct wt_snapshot *wt_look_make(struct wt_monitor *monitor, struct wt_time now,
                                       bool publish) {
    bool failed = false;
    replace_look(&monitor->status, NULL);
    struct wt_look_memory *look = take_look(monitor);
    bool ok = look != NULL && read_all(monitor, now, publish ? monitor->board : NULL, &failed);
    if (ok) {
        monitor->sequence += publish;
        monitor->tick_count += publish;
        fill_look(monitor, look, now, publish, failed);
        ok = !look->failed;
    }
    end_look(monitor, ok && publish);
    if (!ok)
        return NULL;
    replace_look(publish ? &monitor->published : &monitor->status, look);
    return &look->snapshot;
}

bool wt_look_sample(struct wt_monitor *monitor, struct wt_time now, bool all_statistics) {
    bool failed;
    struct wt_look_memory *look = take_look(monitor);
    if (look == NULL || !read_all(monitor, now, NULL, &failed))
        return false;
    look->snapshot.tick_ns = WT_NS_PER_S;
    look->snapshot.service_count = 0;
    put_services(monitor, look, true);
    if (look->failed || (all_statistics && !put_spread(monitor, look)))
        return false;
    if (all_statistics)
        put_load(monitor, look, now, true);
    return true;
}

void wt_look_settle(struct wt_monitor *monitor) {
    end_look(monitor, true);
}

const struct wt_snapshot *wt_monitor_snapshot(const struct wt_monitor *monitor) {
    return monitor->published == NULL ? NULL : &monitor->published->snapshot;
}

int64_t wt_monitor_last_look_ns(const struct wt_monitor *monitor) {
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    return last == NULL ? monitor->started.monotonic_ns : last->time.monotonic_ns;
}

void wt_looks_fini(struct wt_monitor *monitor) {
    replace_look(&monitor->published, NULL);
    replace_look(&monitor->status, NULL);
    for (size_t i = 0; i < WT_LOOKS; i++)
        if (monitor->looks[i] != NULL)
            wt_snapshot_unref(&monitor->looks[i]->snapshot);
}
