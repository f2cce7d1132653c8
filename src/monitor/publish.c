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

enum { EVENTS_PER_KIND = 8 }; /* of one service and look, told one by one; then a number */

/* ---- reading --------------------------------------------------------------------------------- */

/* Which of the files cannot be read. */
struct broken {
    bool values, recorders;
};

static struct broken find_broken(const struct wt_monitor *monitor) {
    struct broken broken = {.values = !wt_store_is_readable(monitor->stores[WT_STORE_VALUES])};
    for (int i = WT_STORE_RECORDERS; i < WT_STORE_INDICES; i++)
        broken.recorders = broken.recorders || (monitor->stores[i] != NULL &&
                                                !wt_store_is_readable(monitor->stores[i]));
    return broken;
}

static bool look_at_all(struct wt_monitor *monitor, struct wt_time now, struct broken broken) {
    struct wt_store *store = monitor->stores[WT_STORE_VALUES];
    struct wt_look_rules rules = {
        .base = wt_store_base(store),
        .segment_bytes = wt_store_segment_bytes(store),
        .unreadable = broken.values,
        .no_heartbeats = broken.recorders,
        .now = now,
        .stuck_ns = monitor->limits.stuck_ns,
        .stale_ns = monitor->limits.stale_ns,
    };
    for (size_t i = 0; i < monitor->service_count; i++)
        for (size_t c = 0; c < monitor->services[i]->cohort_count; c++)
            if (wt_cohort_look(monitor->services[i]->cohorts[c], &rules, NULL) != WT_OK)
                return false;
    return true;
}

/* False without memory. *failed: the values are the last good ones. A file that breaks while it is
 * read makes another round; what is broken stays so, and the rounds end. */
static bool read_all(struct wt_monitor *monitor, struct wt_time now, bool *failed) {
    struct broken before, after = find_broken(monitor);
    do {
        before = after;
        if (!look_at_all(monitor, now, before))
            return false;
        after = find_broken(monitor);
    } while (after.values != before.values || after.recorders != before.recorders);
    *failed = after.values;
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
        cohort = put_service(look, monitor->services[i], service, (uint32_t)snapshot->service_count,
                             cohort, monitor->published != NULL);
        service++;
        snapshot->service_count++;
    }
    snapshot->cohort_count = cohorts;
}

/* ---- verdicts and events --------------------------------------------------------------------- */

static enum wt_severity severity_of(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_CRIT:
        return WT_SEVERITY_CRIT;
    case WT_VERDICT_WARN:
        return WT_SEVERITY_WARN;
    case WT_VERDICT_UNKNOWN:
    case WT_VERDICT_IDLE:
    case WT_VERDICT_OK:
        break;
    }
    return WT_SEVERITY_INFO;
}

struct told {
    size_t stuck, stale, recovered;
    struct wt_findings findings; /* the worker that is stuck for longest */
};

static void look_for_longest_stuck(const struct wt_worker *worker,
                                   const struct wt_row_status *status,
                                   struct wt_findings *findings) {
    if ((status->flags & WT_ROW_STUCK) == 0 ||
        (findings->stuck_id != 0 && findings->stuck_since_ns <= status->progress_ns))
        return;
    findings->stuck_id = worker->id;
    findings->stuck_pid = worker->pid;
    findings->stuck_since_ns = status->progress_ns;
}

static void tell_row(struct wt_monitor *monitor, const struct wt_worker *worker,
                     const struct wt_row_status *before, const struct wt_row_status *after,
                     struct wt_time now, struct told *told) {
    bool was_stuck = (before->flags & WT_ROW_STUCK) != 0;
    bool is_stuck = (after->flags & WT_ROW_STUCK) != 0;
    bool was_stale = before->state == WT_WORKER_STALE, is_stale = after->state == WT_WORKER_STALE;
    char since[WT_FORMAT_SIZE];
    if (is_stuck && !was_stuck && told->stuck++ < EVENTS_PER_KIND) {
        wt_format_duration(since, sizeof since, now.monotonic_ns - after->progress_ns);
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_STUCK, WT_SEVERITY_WARN,
                      worker->id, worker->service,
                      "worker %" PRIu64 " stuck: busy, no counter moved for %s", worker->id, since);
    }
    if (is_stale && !was_stale && told->stale++ < EVENTS_PER_KIND) {
        wt_format_duration(since, sizeof since, now.monotonic_ns - after->heartbeat_ns);
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_STALE, WT_SEVERITY_WARN,
                      worker->id, worker->service, "worker %" PRIu64 " stale: no heartbeat for %s",
                      worker->id, since);
    }
    if (after->state != WT_WORKER_GONE && (was_stuck || was_stale) && !(is_stuck && was_stuck) &&
        !(is_stale && was_stale) && told->recovered++ < EVENTS_PER_KIND)
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_RECOVERED, WT_SEVERITY_INFO,
                      worker->id, worker->service, "worker %" PRIu64 " %s again", worker->id,
                      was_stuck ? "makes progress" : "has a heartbeat");
}

/* What changed about single workers. Costs nothing while none is or was stuck or stale. */
static void tell_rows(struct wt_monitor *monitor, struct wt_cohort_rows *cohort, struct wt_time now,
                      struct told *told) {
    bool any = cohort->stuck_count > 0 || cohort->stale_count > 0 || cohort->told_stuck > 0 ||
               cohort->told_stale > 0;
    cohort->told_stuck = cohort->stuck_count;
    cohort->told_stale = cohort->stale_count;
    if (!any || cohort->schema == NULL)
        return;
    const struct wt_row_status *before = wt_block_data(cohort->status);
    const struct wt_row_status *after = wt_block_data(cohort->fresh_status);
    static const struct wt_row_status none = {0};
    for (size_t row = 0; row < cohort->row_count; row++) {
        if (cohort->identities[row] == NULL)
            continue;
        bool is_new = (cohort->marks[row] & (WT_ROW_IS_NEW | WT_ROW_WAS_SHOWN)) == WT_ROW_IS_NEW;
        const struct wt_worker *worker = &cohort->identities[row]->worker;
        tell_row(monitor, worker, is_new ? &none : &before[row], &after[row], now, told);
        look_for_longest_stuck(worker, &after[row], &told->findings);
    }
}

static void tell_rest(struct wt_monitor *monitor, const struct wt_service_entry *service,
                      struct wt_time now, enum wt_event_kind kind, size_t count, const char *what) {
    if (count > EVENTS_PER_KIND)
        wt_events_add(monitor->events, now.realtime_ns, kind,
                      kind == WT_EVENT_RECOVERED ? WT_SEVERITY_INFO : WT_SEVERITY_WARN, 0,
                      service->name, "%zu more workers %s", count - EVENTS_PER_KIND, what);
}

static void judge(struct wt_monitor *monitor, struct wt_service_entry *service,
                  const struct wt_service *figures, const char *unreadable, struct wt_time now) {
    struct told told = {.findings.unreadable = unreadable};
    for (size_t i = 0; i < service->cohort_count; i++)
        tell_rows(monitor, service->cohorts[i], now, &told);
    tell_rest(monitor, service, now, WT_EVENT_STUCK, told.stuck, "stuck");
    tell_rest(monitor, service, now, WT_EVENT_STALE, told.stale, "stale");
    tell_rest(monitor, service, now, WT_EVENT_RECOVERED, told.recovered, "recovered");
    if (!wt_health_judge(&service->health, &monitor->limits, figures, &told.findings, now))
        return;
    bool says = service->health.sentence[0] != '\0';
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_VERDICT,
                  severity_of(service->health.verdict), 0, service->name, "%s is %s%s%s",
                  service->name, wt_verdict_text(service->health.verdict), says ? ": " : "",
                  service->health.sentence);
}

static void put_verdicts(struct wt_monitor *monitor, struct wt_look_memory *look,
                         struct wt_time now, bool publish) {
    struct wt_service *services = (struct wt_service *)look->snapshot.services;
    const char *unreadable =
        look->snapshot.failed ? wt_store_problem(monitor->stores[WT_STORE_VALUES]) : "";
    size_t at = 0;
    for (size_t i = 0; i < monitor->service_count; i++) {
        struct wt_service_entry *service = monitor->services[i];
        if (!is_shown(service, publish))
            continue;
        if (publish)
            judge(monitor, service, &services[at], unreadable, now);
        services[at].verdict = service->health.verdict;
        services[at].verdict_since_ns = service->health.verdict_since_ns;
        services[at].sentence = wt_look_text(look, service->health.sentence);
        at++;
    }
}

/* ---- stores ---------------------------------------------------------------------------------- */

static struct wt_block *states_block(struct wt_monitor *monitor, enum wt_store_index index,
                                     size_t count) {
    struct wt_block *block = monitor->states[index];
    if (block != NULL && !monitor->states_changed[index])
        return block;
    block = wt_block_create(count);
    if (block == NULL)
        return NULL;
    memcpy(wt_block_data(block), wt_store_states(monitor->stores[index]), count);
    wt_block_unref(monitor->states[index]);
    monitor->states[index] = block;
    monitor->states_changed[index] = false;
    return block;
}

static struct wt_block *resizes_block(struct wt_monitor *monitor, enum wt_store_index index,
                                      size_t *count) {
    const struct wt_store *store = monitor->stores[index];
    uint64_t total;
    *count = wt_store_resize_count(store, &total);
    if (monitor->resizes[index] != NULL && monitor->resizes_total[index] == total)
        return monitor->resizes[index];
    enum { PROBLEM_BYTES = sizeof((struct wt_store_resize_event *)0)->problem };
    struct wt_block *block = wt_block_create(*count * (sizeof(struct wt_resize) + PROBLEM_BYTES));
    if (block == NULL)
        return NULL;
    struct wt_resize *resizes = wt_block_data(block);
    char *problems = (char *)(resizes + *count);
    for (size_t i = 0; i < *count; i++, problems += PROBLEM_BYTES) {
        const struct wt_store_resize_event *event = wt_store_resize_at(store, i);
        memcpy(problems, event->problem, PROBLEM_BYTES);
        resizes[i] = (struct wt_resize){.realtime_ns = event->time.realtime_ns,
                                        .old_bytes = event->old_bytes,
                                        .new_bytes = event->new_bytes,
                                        .segments_added = event->segments_added,
                                        .duration_ns = event->duration_ns,
                                        .problem = problems};
    }
    wt_block_unref(monitor->resizes[index]);
    monitor->resizes[index] = block;
    monitor->resizes_total[index] = total;
    return block;
}

static void put_store(struct wt_monitor *monitor, struct wt_look_memory *look,
                      enum wt_store_index index, struct wt_store_info *out) {
    const struct wt_store *store = monitor->stores[index];
    *out = (struct wt_store_info){.path = "", .problem = ""};
    if (store == NULL)
        return;
    struct wt_store_counts counts = wt_store_counts(store);
    struct wt_block *states = states_block(monitor, index, counts.segments);
    struct wt_block *resizes = resizes_block(monitor, index, &out->resize_length);
    if (states == NULL || resizes == NULL) {
        look->failed = true;
        return;
    }
    wt_look_hold_block(look, states);
    wt_look_hold_block(look, resizes);
    out->path = wt_look_text(look, wt_store_path(store));
    out->size_bytes = wt_store_size(store);
    out->max_bytes = wt_store_max_bytes(store);
    out->segment_bytes = wt_store_segment_bytes(store);
    out->segment_count = counts.segments;
    out->free_count = counts.free;
    out->allocated_count = counts.allocated;
    out->quarantined_count = counts.quarantined;
    out->free_list_length = counts.free - counts.dirty;
    out->resize_count = counts.resizes;
    out->refused_count = counts.refused;
    out->resizes = wt_block_data(resizes);
    out->segment_states = wt_block_data(states);
    out->problem = wt_look_text(look, wt_store_problem(store));
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
        .problem = wt_look_text(look, monitor->trouble),
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
            if (settle)
                wt_cohort_settle(monitor->services[i]->cohorts[c]);
            else
                wt_cohort_forget_look(monitor->services[i]->cohorts[c]);
        }
    if (settle)
        wt_services_tidy(monitor);
}

static void fill_look(struct wt_monitor *monitor, struct wt_look_memory *look, struct wt_time now,
                      bool publish, bool failed) {
    struct wt_snapshot *snapshot = &look->snapshot;
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    put_monitor(monitor, look, now);
    snapshot->failed = failed;
    snapshot->tick_ns = last == NULL ? 0 : now.monotonic_ns - last->time.monotonic_ns;
    snapshot->tick_ns = snapshot->tick_ns > 0 ? snapshot->tick_ns : 0;
    snapshot->service_count = snapshot->cohort_count = 0;
    put_services(monitor, look, publish);
    if (look->failed)
        return;
    put_verdicts(monitor, look, now, publish);
    put_store(monitor, look, WT_STORE_VALUES, &snapshot->store);
    put_store(monitor, look, WT_STORE_RECORDERS, &snapshot->recorders);
    put_store(monitor, look, WT_STORE_WIDE, &snapshot->recorders_wide);
    put_events(monitor, look);
}

const struct wt_snapshot *wt_look_make(struct wt_monitor *monitor, struct wt_time now,
                                       bool publish) {
    bool failed = false;
    replace_look(&monitor->status, NULL);
    struct wt_look_memory *look = take_look(monitor);
    bool ok = look != NULL && read_all(monitor, now, &failed);
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

bool wt_look_sample(struct wt_monitor *monitor, struct wt_time now) {
    bool failed;
    struct wt_look_memory *look = take_look(monitor);
    if (look == NULL || !read_all(monitor, now, &failed))
        return false;
    look->snapshot.tick_ns = WT_NS_PER_S;
    look->snapshot.service_count = 0;
    put_services(monitor, look, true);
    return !look->failed;
}

void wt_look_settle(struct wt_monitor *monitor) {
    end_look(monitor, true);
}

const struct wt_snapshot *wt_monitor_snapshot(const struct wt_monitor *monitor) {
    return monitor->published == NULL ? NULL : &monitor->published->snapshot;
}

void wt_looks_fini(struct wt_monitor *monitor) {
    replace_look(&monitor->published, NULL);
    replace_look(&monitor->status, NULL);
    for (size_t i = 0; i < WT_LOOKS; i++)
        if (monitor->looks[i] != NULL)
            wt_snapshot_unref(&monitor->looks[i]->snapshot);
}
