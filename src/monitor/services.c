#include <stdlib.h>
#include <string.h>

#include "monitor/internal.h"

static size_t find_place(const struct wt_monitor *monitor, const char *name, bool *found) {
    size_t begin = 0, end = monitor->service_count;
    *found = false;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        int order = strcmp(monitor->services[middle]->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

struct wt_service_entry *wt_services_get(struct wt_monitor *monitor, const char *name) {
    bool found;
    size_t place = find_place(monitor, name, &found);
    if (found)
        return monitor->services[place];
    if (monitor->service_count == monitor->service_capacity) {
        size_t capacity = monitor->service_capacity == 0 ? 8 : 2 * monitor->service_capacity;
        void *wider = realloc(monitor->services, capacity * sizeof *monitor->services);
        if (wider == NULL)
            return NULL;
        monitor->services = wider;
        monitor->service_capacity = capacity;
    }
    struct wt_service_entry *service = calloc(1, sizeof *service);
    char *copy = strdup(name);
    if (service == NULL || copy == NULL) {
        free(service);
        free(copy);
        return NULL;
    }
    service->name = copy;
    service->name_hash = wt_hash(name, strlen(name), 0);
    wt_rules_give(monitor, service);
    memmove(&monitor->services[place + 1], &monitor->services[place],
            (monitor->service_count - place) * sizeof *monitor->services);
    monitor->services[place] = service;
    monitor->service_count++;
    return service;
}

struct wt_service_entry *wt_services_find(const struct wt_monitor *monitor, const char *name) {
    bool found;
    size_t place = find_place(monitor, name, &found);
    return found ? monitor->services[place] : NULL;
}

/* Where the counters of the cohort are in the service's totals. */
static bool map_totals(struct wt_monitor *monitor, struct wt_service_entry *service,
                       struct wt_cohort_rows *cohort) {
    if (!cohort->has_counters)
        return true;
    if (service->total == NULL)
        service->total = wt_totals_use(&monitor->totals, service->name);
    cohort->total_map = malloc(cohort->field_count * sizeof *cohort->total_map);
    return service->total != NULL && cohort->total_map != NULL &&
           wt_totals_map(service->total, cohort->schema, cohort->total_map);
}

static struct wt_cohort_rows *get_cohort(struct wt_monitor *monitor,
                                         struct wt_service_entry *service,
                                         const struct wt_schema *schema) {
    for (size_t i = 0; i < service->cohort_count; i++) {
        const struct wt_schema *other = service->cohorts[i]->schema;
        if (other == schema || (other != NULL && schema != NULL && other->hash == schema->hash &&
                                wt_schema_equal(other, schema)))
            return service->cohorts[i];
    }
    if (service->cohort_count == service->cohort_capacity) {
        size_t capacity = service->cohort_capacity == 0 ? 2 : 2 * service->cohort_capacity;
        void *wider = realloc(service->cohorts, capacity * sizeof(struct wt_cohort_rows *));
        if (wider == NULL)
            return NULL;
        service->cohorts = wider;
        service->cohort_capacity = capacity;
    }
    struct wt_cohort_rows *cohort = wt_cohort_create(service, schema);
    if (cohort == NULL || !map_totals(monitor, service, cohort)) {
        wt_cohort_destroy(cohort);
        return NULL;
    }
    service->cohorts[service->cohort_count++] = cohort;
    wt_shape_unref(service->shape);
    service->shape = NULL;
    return cohort;
}

/* The member's identity with what has changed since: its segments and the reason. */
static struct wt_identity *describe(const struct wt_member *member, const char *reason) {
    struct wt_worker worker = member->identity->worker;
    worker.reason = reason;
    worker.segment = member->segment == WT_NO_SEGMENT ? -1 : (int64_t)member->segment;
    worker.recorder = member->recorder == WT_NO_SEGMENT ? -1 : (int64_t)member->recorder;
    return wt_identity_create(&worker);
}

void wt_services_describe(struct wt_monitor *monitor, struct wt_member *member,
                          const char *reason) {
    (void)monitor;
    struct wt_identity *identity = describe(member, reason);
    if (identity == NULL)
        return; /* the old words stay: nothing else depends on them */
    wt_identity_unref(member->identity);
    member->identity = identity;
    if (member->cohort != NULL)
        wt_cohort_rename(member->cohort, member->row, identity);
}

wt_status wt_services_place(struct wt_monitor *monitor, struct wt_member *member,
                            const struct wt_schema *schema, const char *reason,
                            struct wt_error *err) {
    const unsigned char *recorder = NULL;
    int64_t recorder_since_ns = 0;
    uint32_t recorder_bytes = 0;
    if (member->cohort != NULL) {
        recorder = member->cohort->recorders[member->row];
        recorder_since_ns = member->cohort->recorder_since_ns[member->row];
        if (member->cohort->timed != NULL)
            recorder_bytes = member->cohort->timed[member->row].bytes;
        wt_cohort_leave(member->cohort, member->row, false);
    }
    member->cohort = NULL;
    wt_services_describe(monitor, member, reason);
    struct wt_cohort_rows *cohort = get_cohort(monitor, member->service, schema);
    if (cohort == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the workers of %s", member->service->name);
    const struct wt_region region = wt_member_region(member);
    uint32_t segment = schema == NULL ? WT_NO_SEGMENT : region.segment;
    /* A tick that came in between did not see it: what it did since cannot be told apart. */
    bool newborn = member->newborn && member->sequence == monitor->sequence;
    size_t row = wt_cohort_add(cohort, member->identity, member->state, segment, newborn);
    if (row == SIZE_MAX)
        return wt_fail(err, WT_ENOMEM, "no memory for worker %llu", (unsigned long long)member->id);
    member->cohort = cohort;
    member->row = row;
    if (segment != WT_NO_SEGMENT) { /* a worker that changed its schema keeps its heartbeat */
        wt_cohort_set_segment(cohort, row, segment, region.origin);
        wt_cohort_set_recorder(cohort, row, recorder, recorder_bytes, recorder_since_ns);
        wt_flights_find(monitor, member);
    }
    return WT_OK;
}

static void destroy_service(struct wt_monitor *monitor, struct wt_service_entry *service) {
    wt_totals_unuse(monitor, service->total);
    for (size_t i = 0; i < service->cohort_count; i++)
        wt_cohort_destroy(service->cohorts[i]);
    free(service->cohorts);
    wt_shape_unref(service->shape);
    wt_slots_fini(service);
    wt_listens_fini(&service->listens);
    free(service->name);
    free(service);
}

static void tidy_cohorts(struct wt_service_entry *service) {
    size_t kept = 0;
    for (size_t i = 0; i < service->cohort_count; i++) {
        if (service->cohorts[i]->used_count > 0) {
            service->cohorts[kept++] = service->cohorts[i];
            continue;
        }
        if (service->cohorts[i]->schema != NULL) {
            wt_shape_unref(service->shape);
            service->shape = NULL;
        }
        wt_cohort_destroy(service->cohorts[i]);
    }
    service->cohort_count = kept;
}

void wt_services_tidy(struct wt_monitor *monitor) {
    size_t kept = 0, empty = 0;
    for (size_t i = 0; i < monitor->service_count; i++) {
        struct wt_service_entry *service = monitor->services[i];
        tidy_cohorts(service);
        wt_slots_tidy(service, wt_monitor_last_look_ns(monitor));
        bool in_use = service->cohort_count > 0 || service->member_count > 0;
        if (!in_use) {
            memset(&service->health, 0, sizeof service->health);
            if (++empty > WT_EMPTY_SERVICES) {
                destroy_service(monitor, service);
                continue;
            }
        }
        monitor->services[kept++] = service;
    }
    monitor->service_count = kept;
}

void wt_services_fini(struct wt_monitor *monitor) {
    for (size_t i = 0; i < monitor->service_count; i++)
        destroy_service(monitor, monitor->services[i]);
    free(monitor->services);
}
