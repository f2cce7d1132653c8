#include "support/support.h"

#include <math.h>
#include <string.h>

#include "support/flat.h"

struct flat_parts flat_encoded(const struct wt_snapshot *snapshot) {
    struct flat_parts parts = {0};
    wt_flat_encode_workers(snapshot, &parts.workers);
    wt_flat_encode_tick(snapshot, &parts.tick);
    assert_false(parts.workers.failed || parts.tick.failed);
    assert_int_equal(parts.workers.length % 8, 0);
    assert_int_equal(parts.tick.length % 8, 0);
    return parts;
}

void flat_drop(struct flat_parts *parts) {
    wt_buffer_fini(&parts->workers);
    wt_buffer_fini(&parts->tick);
}

/* ---- equality -------------------------------------------------------------------------------- */

static void same_array(const void *a, const void *b, size_t bytes) {
    assert_int_equal(a == NULL, b == NULL);
    if (a != NULL && bytes > 0)
        assert_memory_equal(a, b, bytes);
}

static void same_real(double a, double b) {
    assert_true(a == b || (isnan(a) && isnan(b)));
}

static void same_number(struct wt_number a, struct wt_number b) {
    assert_int_equal(a.kind, b.kind);
    if (a.kind == WT_NUMBER_INTEGER)
        assert_true(a.integer == b.integer);
    if (a.kind == WT_NUMBER_REAL)
        assert_true(a.real == b.real);
}

static void same_store(const struct wt_store_info *a, const struct wt_store_info *b) {
    assert_string_equal(a->path, b->path);
    assert_string_equal(a->problem, b->problem);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->max_bytes, b->max_bytes);
    assert_int_equal(a->segment_bytes, b->segment_bytes);
    assert_int_equal(a->segment_count, b->segment_count);
    assert_int_equal(a->free_count, b->free_count);
    assert_int_equal(a->allocated_count, b->allocated_count);
    assert_int_equal(a->quarantined_count, b->quarantined_count);
    assert_int_equal(a->free_list_length, b->free_list_length);
    assert_int_equal(a->resize_count, b->resize_count);
    assert_int_equal(a->refused_count, b->refused_count);
    same_array(a->segment_states, b->segment_states, a->segment_count);
    same_array(a->segment_generations, b->segment_generations, 4 * a->segment_count);
    assert_int_equal(a->held_count, b->held_count);
    for (size_t i = 0; i < a->held_count; i++) {
        assert_int_equal(a->held[i].segment, b->held[i].segment);
        assert_int_equal(a->held[i].worker_id, b->held[i].worker_id);
        assert_int_equal(a->held[i].pid, b->held[i].pid);
        assert_string_equal(a->held[i].service, b->held[i].service);
        assert_int_equal(a->held[i].since_realtime_ns, b->held[i].since_realtime_ns);
    }
    assert_int_equal(a->resize_length, b->resize_length);
    for (size_t i = 0; i < a->resize_length; i++) {
        assert_int_equal(a->resizes[i].realtime_ns, b->resizes[i].realtime_ns);
        assert_int_equal(a->resizes[i].duration_ns, b->resizes[i].duration_ns);
        assert_int_equal(a->resizes[i].old_bytes, b->resizes[i].old_bytes);
        assert_int_equal(a->resizes[i].new_bytes, b->resizes[i].new_bytes);
        assert_int_equal(a->resizes[i].segments_added, b->resizes[i].segments_added);
        assert_string_equal(a->resizes[i].problem, b->resizes[i].problem);
    }
}

static void same_field(const struct wt_field_stats *a, const struct wt_field_stats *b) {
    assert_string_equal(a->key, b->key);
    assert_string_equal(a->unit, b->unit);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->role, b->role);
    assert_int_equal(a->aggregate, b->aggregate);
    assert_int_equal(a->worker_count, b->worker_count);
    assert_int_equal(a->invalid_count, b->invalid_count);
    same_number(a->sum, b->sum);
    same_number(a->min, b->min);
    same_number(a->max, b->max);
    same_number(a->total, b->total);
    same_number(a->p50, b->p50);
    same_number(a->p95, b->p95);
    same_real(a->mean, b->mean);
    same_real(a->rate_per_s, b->rate_per_s);
}

static void same_skew(const struct wt_skew *a, const struct wt_skew *b) {
    assert_int_equal(a->of_utilization, b->of_utilization);
    same_real(a->p50, b->p50);
    same_real(a->p95, b->p95);
    same_real(a->max, b->max);
    same_real(a->worker, b->worker);
    assert_int_equal(a->worker_id, b->worker_id);
    assert_int_equal(a->worker_pid, b->worker_pid);
}

static void same_load(const struct wt_load *a, const struct wt_load *b) {
    assert_int_equal(a->source, b->source);
    same_real(a->watched_s, b->watched_s);
    same_real(a->busy_s, b->busy_s);
    same_real(a->capacity_s, b->capacity_s);
    same_real(a->queue_s, b->queue_s);
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        same_real(a->windows[i].utilization_ratio, b->windows[i].utilization_ratio);
        same_real(a->windows[i].mean_wait_s, b->windows[i].mean_wait_s);
        same_real(a->windows[i].queue_growth_per_s, b->windows[i].queue_growth_per_s);
    }
}

static void same_listener(const struct wt_accept_queue *a, const struct wt_accept_queue *b) {
    assert_string_equal(a->address, b->address);
    assert_int_equal(a->family, b->family);
    assert_int_equal(a->is_configured, b->is_configured);
    assert_int_equal(a->socket_count, b->socket_count);
    assert_int_equal(a->queue_length, b->queue_length);
    assert_int_equal(a->queue_limit, b->queue_limit);
    same_real(a->fullest_ratio, b->fullest_ratio);
    assert_int_equal(a->read_ns, b->read_ns);
}

static void same_usage(const struct wt_service *a, const struct wt_service *b) {
    assert_int_equal(a->slot_count, b->slot_count);
    assert_int_equal(a->replaced_per_min, b->replaced_per_min);
    assert_int_equal(a->replaced_again_per_min, b->replaced_again_per_min);
    assert_int_equal(a->usage.process_count, b->usage.process_count);
    assert_int_equal(a->usage.known_count, b->usage.known_count);
    assert_int_equal(a->usage.cpu_known_count, b->usage.cpu_known_count);
    assert_int_equal(a->usage.fds_known_count, b->usage.fds_known_count);
    same_real(a->usage.cpu_cores, b->usage.cpu_cores);
    assert_int_equal(a->usage.rss_bytes, b->usage.rss_bytes);
    assert_int_equal(a->usage.thread_count, b->usage.thread_count);
    assert_int_equal(a->usage.fd_count, b->usage.fd_count);
    assert_int_equal(a->usage.oldest_ns, b->usage.oldest_ns);
    assert_int_equal(a->listener_count, b->listener_count);
    for (size_t i = 0; i < a->listener_count; i++)
        same_listener(&a->listeners[i], &b->listeners[i]);
}

static void same_process(const struct wt_process *a, const struct wt_process *b) {
    assert_int_equal(a->pid, b->pid);
    assert_int_equal(a->start_time_ticks, b->start_time_ticks);
    assert_int_equal(a->worker_count, b->worker_count);
    assert_int_equal(a->threads, b->threads);
    assert_int_equal(a->read_ns, b->read_ns);
    same_real(a->cpu_ratio, b->cpu_ratio);
    assert_int_equal(a->cpu_window_ns, b->cpu_window_ns);
    assert_int_equal(a->rss_bytes, b->rss_bytes);
    assert_int_equal(a->fd_count, b->fd_count);
    assert_int_equal(a->fds_read_ns, b->fds_read_ns);
}

static void same_service(const struct wt_service *a, const struct wt_service *b) {
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->sentence, b->sentence);
    assert_int_equal(a->other_count, b->other_count);
    for (size_t i = 0; i < a->other_count; i++) {
        assert_int_equal(a->others[i].cause, b->others[i].cause);
        assert_int_equal(a->others[i].verdict, b->others[i].verdict);
        assert_true(a->others[i].since_ns == b->others[i].since_ns);
        assert_string_equal(a->others[i].sentence, b->others[i].sentence);
    }
    assert_int_equal(a->worker_count, b->worker_count);
    assert_int_equal(a->silent_count, b->silent_count);
    assert_int_equal(a->stale_count, b->stale_count);
    assert_int_equal(a->stuck_count, b->stuck_count);
    assert_int_equal(a->busy_worker_count, b->busy_worker_count);
    assert_int_equal(a->joined_count, b->joined_count);
    assert_int_equal(a->left_count, b->left_count);
    assert_int_equal(a->busy_field, b->busy_field);
    assert_int_equal(a->capacity_field, b->capacity_field);
    assert_int_equal(a->queue_field, b->queue_field);
    assert_int_equal(a->errors_field, b->errors_field);
    assert_int_equal(a->requests_field, b->requests_field);
    same_real(a->utilization_ratio, b->utilization_ratio);
    same_load(&a->load, &b->load);
    same_skew(&a->skew, &b->skew);
    same_real(a->starts_per_min, b->starts_per_min);
    same_real(a->exits_per_min, b->exits_per_min);
    same_usage(a, b);
    assert_string_equal(a->last_exit, b->last_exit);
    assert_int_equal(a->last_exit_realtime_ns, b->last_exit_realtime_ns);
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->cause, b->cause);
    assert_int_equal(a->verdict_since_ns, b->verdict_since_ns);
    same_real(a->limits.warn_ratio, b->limits.warn_ratio);
    same_real(a->limits.crit_ratio, b->limits.crit_ratio);
    assert_int_equal(a->limits.stuck_ns, b->limits.stuck_ns);
    assert_int_equal(a->limits.stale_ns, b->limits.stale_ns);
    assert_int_equal(a->field_count, b->field_count);
    for (size_t i = 0; i < a->field_count; i++)
        same_field(&a->fields[i], &b->fields[i]);
}

static void same_worker(const struct wt_worker *a, const struct wt_worker *b) {
    assert_int_equal(a == NULL, b == NULL);
    if (a == NULL)
        return;
    assert_int_equal(a->id, b->id);
    assert_string_equal(a->service, b->service);
    assert_string_equal(a->reason, b->reason);
    assert_int_equal(a->pid, b->pid);
    assert_int_equal(a->announced_pid, b->announced_pid);
    assert_int_equal(a->start_time_ticks, b->start_time_ticks);
    assert_memory_equal(a->instance, b->instance, sizeof a->instance);
    assert_int_equal(a->has_instance, b->has_instance);
    assert_int_equal(a->threads, b->threads);
    assert_int_equal(a->registered_realtime_ns, b->registered_realtime_ns);
    assert_int_equal(a->registered_monotonic_ns, b->registered_monotonic_ns);
    assert_int_equal(a->segment, b->segment);
    assert_int_equal(a->recorder, b->recorder);
    assert_int_equal(a->slot, b->slot);
    assert_int_equal(a->restarts, b->restarts);
}

void flat_same_schema(const struct wt_schema *a, const struct wt_schema *b) {
    assert_int_equal(a == NULL, b == NULL);
    if (a == NULL)
        return;
    assert_true(wt_schema_equal(a, b));
    assert_int_equal(a->extent_bytes, b->extent_bytes);
    assert_int_equal(a->busy_field, b->busy_field);
    assert_int_equal(a->capacity_field, b->capacity_field);
    assert_int_equal(a->queue_field, b->queue_field);
    assert_int_equal(a->errors_field, b->errors_field);
    for (uint32_t i = 0; i < a->field_count; i++) {
        assert_int_equal(a->fields[i].kind, b->fields[i].kind);
        assert_int_equal(a->fields[i].role, b->fields[i].role);
        assert_int_equal(a->fields[i].aggregate, b->fields[i].aggregate);
        assert_string_equal(a->fields[i].unit, b->fields[i].unit);
        assert_int_equal(a->fields[i].group, b->fields[i].group);
    }
    assert_int_equal(a->group_count, b->group_count);
    for (uint32_t i = 0; i < a->group_count; i++) {
        assert_int_equal(a->groups[i].offset, b->groups[i].offset);
        same_array(a->groups[i].members, b->groups[i].members, 4 * a->groups[i].member_count);
    }
}

static void same_status(const struct wt_row_status *a, const struct wt_row_status *b,
                        bool is_empty) {
    const struct wt_row_status none = {.state = 0};
    a = is_empty ? &none : a;
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->progress_ns, b->progress_ns);
    assert_int_equal(a->heartbeat_ns, b->heartbeat_ns);
}

/* Rows that hold nothing come back as 0, whatever was in memory. */
static void same_values(const uint64_t *a, const uint64_t *b, size_t row, size_t fields,
                        bool is_nothing) {
    for (size_t i = row * fields; i < (row + 1) * fields; i++)
        assert_int_equal(b[i], is_nothing ? 0 : a[i]);
}

static void same_cohort(const struct wt_cohort *a, const struct wt_cohort *b) {
    flat_same_schema(a->schema, b->schema);
    assert_int_equal(a->service, b->service);
    assert_int_equal(a->row_count, b->row_count);
    assert_int_equal(a->worker_count, b->worker_count);
    for (size_t row = 0; row < a->row_count; row++)
        same_worker(a->rows[row], b->rows[row]);
    for (size_t row = 0; row < a->row_count; row++)
        same_status(&a->status[row], &b->status[row], a->rows[row] == NULL);
    if (a->schema == NULL) {
        assert_true(b->values == NULL && b->previous == NULL && b->field_map == NULL);
        return;
    }
    size_t fields = a->schema->field_count;
    assert_int_equal(a->previous == NULL, b->previous == NULL);
    for (size_t row = 0; row < a->row_count; row++) {
        bool is_fresh = (a->status[row].flags & WT_ROW_FRESH) != 0;
        same_values(a->values, b->values, row, fields, a->rows[row] == NULL);
        if (a->previous != NULL)
            same_values(a->previous, b->previous, row, fields, a->rows[row] == NULL || is_fresh);
    }
    same_array(a->field_map, b->field_map, fields * 4);
}

static void same_events(const struct wt_snapshot *a, const struct wt_snapshot *b) {
    assert_int_equal(a->events_dropped, b->events_dropped);
    assert_int_equal(a->event_count, b->event_count);
    for (size_t i = 0; i < a->event_count; i++) {
        assert_int_equal(a->events[i].sequence, b->events[i].sequence);
        assert_int_equal(a->events[i].realtime_ns, b->events[i].realtime_ns);
        assert_int_equal(a->events[i].kind, b->events[i].kind);
        assert_int_equal(a->events[i].severity, b->events[i].severity);
        assert_int_equal(a->events[i].worker_id, b->events[i].worker_id);
        assert_string_equal(a->events[i].service, b->events[i].service);
        assert_string_equal(a->events[i].text, b->events[i].text);
    }
}

/* All but the source. */
void flat_same_snapshot(const struct wt_snapshot *a, const struct wt_snapshot *b) {
    assert_int_equal(a->sequence, b->sequence);
    assert_memory_equal(&a->time, &b->time, sizeof a->time);
    assert_int_equal(a->tick_ns, b->tick_ns);
    assert_int_equal(a->failed, b->failed);
    assert_int_equal(a->monitor.pid, b->monitor.pid);
    assert_string_equal(a->monitor.version, b->monitor.version);
    assert_string_equal(a->monitor.host, b->monitor.host);
    assert_string_equal(a->monitor.problem, b->monitor.problem);
    assert_int_equal(a->monitor.started_realtime_ns, b->monitor.started_realtime_ns);
    assert_int_equal(a->monitor.interval_ns, b->monitor.interval_ns);
    assert_int_equal(a->monitor.tick_count, b->monitor.tick_count);
    assert_int_equal(a->monitor.tick_duration_ns, b->monitor.tick_duration_ns);
    assert_int_equal(a->monitor.connection_count, b->monitor.connection_count);
    assert_int_equal(a->monitor.verdict, b->monitor.verdict);
    assert_int_equal(a->monitor.verdict_since_ns, b->monitor.verdict_since_ns);
    same_store(&a->store, &b->store);
    same_store(&a->recorders, &b->recorders);
    same_store(&a->recorders_wide, &b->recorders_wide);
    assert_int_equal(a->service_count, b->service_count);
    for (size_t i = 0; i < a->service_count; i++)
        same_service(&a->services[i], &b->services[i]);
    assert_int_equal(a->cohort_count, b->cohort_count);
    for (size_t i = 0; i < a->cohort_count; i++)
        same_cohort(&a->cohorts[i], &b->cohorts[i]);
    assert_int_equal(a->process_count, b->process_count);
    for (size_t i = 0; i < a->process_count; i++)
        same_process(&a->processes[i], &b->processes[i]);
    same_events(a, b);
    flat_same_activity(&a->activity, &b->activity);
}

/* ---- snapshots that say everything ----------------------------------------------------------- */

struct wt_schema *flat_odd_schema(void) {
    static const char *const types[] = {"u64", "U16", "s8", "F32", "f64", "what"};
    static const char *const keys[] = {"queue_busy", "x_total", "load", "f", "g_errors_total", "h"};
    struct wt_schema_builder *builder = wt_schema_builder_create(64);
    struct wt_schema *schema = NULL;
    wt_schema_builder_problem(builder, "element 9 is no tuple");
    for (int i = 0; i < 6; i++)
        wt_schema_builder_add(builder, keys[i], strlen(keys[i]), types[i], strlen(types[i]), 8 * i,
                              i % 2 != 0 ? "\x81\xa1g\x00" : NULL, i % 2 != 0 ? 4 : 0);
    wt_schema_builder_add(builder, "far", 3, "u64", 3, 60, NULL, 0);
    wt_schema_builder_add(builder, "none", 4, "u32", 3, 40, "", 0);
    wt_schema_builder_mean(builder, "none",
                           &(struct wt_field_meaning){.kind = WT_KIND_COUNTER,
                                                      .role = WT_ROLE_CAPACITY,
                                                      .aggregate = WT_AGGREGATE_MAX,
                                                      .unit = "KiB",
                                                      .alone = true});
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    assert_int_equal(schema->problem_count, 3);
    assert_string_equal(schema->fields[5].unit, "KiB");
    assert_int_equal(schema->capacity_field, 5);
    assert_int_equal(schema->busy_field, 0);
    return schema;
}

static void make_odd_store(struct flat_odd *odd) {
    odd->states[1] = odd->states[2] = WT_SEGMENT_QUARANTINED;
    odd->states[3] = WT_SEGMENT_ALLOCATED;
    odd->generations[1] = UINT32_MAX;
    odd->held[0] = (struct wt_held_segment){.segment = 1, .service = ""};
    odd->held[1] = (struct wt_held_segment){
        .segment = 2, .worker_id = UINT64_MAX, .pid = -1, .service = "b", .since_realtime_ns = -7};
    odd->resizes[0] = (struct wt_resize){1, 2, UINT64_MAX, 4, 5, "no \xe2\x82\xac left"};
    struct wt_store_info *recorders = &odd->snapshot.recorders;
    *recorders = (struct wt_store_info){.path = "/r",
                                        .size_bytes = UINT64_MAX,
                                        .max_bytes = UINT64_MAX,
                                        .segment_bytes = UINT32_MAX,
                                        .segment_count = 4,
                                        .free_count = 1,
                                        .allocated_count = 1,
                                        .quarantined_count = 2,
                                        .free_list_length = 1,
                                        .resize_count = 8,
                                        .refused_count = UINT64_MAX,
                                        .resizes = odd->resizes,
                                        .resize_length = 1,
                                        .segment_states = odd->states,
                                        .segment_generations = odd->generations,
                                        .held = odd->held,
                                        .held_count = 2,
                                        .problem = "truncated underneath"};
    odd->snapshot.recorders_wide = *recorders;
    odd->snapshot.recorders_wide.path = "/wide";
    odd->snapshot.recorders_wide.segment_states = NULL;
    odd->snapshot.store = *recorders;
    odd->snapshot.store.segment_generations = NULL;
    odd->snapshot.store.held_count = 0;
    odd->snapshot.store.resize_length = 0;
}

static void make_odd_fields(struct flat_odd *odd, const struct wt_schema *schema) {
    const struct wt_number numbers[] = {wt_number_integer(((wt_int128)1 << 126) + 5),
                                        wt_number_integer(-((wt_int128)1 << 126)),
                                        wt_number_absent(),
                                        wt_number_real(-0.1),
                                        wt_number_real(1.7e308),
                                        wt_number_integer(-1)};
    for (uint32_t i = 0; i < 6; i++) {
        odd->field_map[i] = 5 - i;
        odd->fields[5 - i] = (struct wt_field_stats){.key = schema->fields[i].key,
                                                     .kind = schema->fields[i].kind,
                                                     .role = schema->fields[i].role,
                                                     .aggregate = WT_AGGREGATE_LAST,
                                                     .unit = i == 2 ? "ms" : "",
                                                     .worker_count = 2,
                                                     .invalid_count = i,
                                                     .sum = numbers[i],
                                                     .min = numbers[(i + 1) % 6],
                                                     .max = numbers[(i + 2) % 6],
                                                     .total = numbers[(i + 3) % 6],
                                                     .p50 = numbers[(i + 4) % 6],
                                                     .p95 = numbers[(i + 5) % 6],
                                                     .mean = i == 3 ? (double)NAN : -1.5,
                                                     .rate_per_s = i == 4 ? (double)NAN : 1e300};
    }
}

static void make_odd_rows(struct flat_odd *odd) {
    static const uint8_t states[5] = {WT_WORKER_LIVE, WT_WORKER_GONE, 0, WT_WORKER_STALE, 0};
    for (int i = 0; i < 3; i++)
        odd->workers[i] = (struct wt_worker){.id = UINT64_MAX - (uint64_t)i,
                                             .service = i == 2 ? "b" : "a",
                                             .pid = -1,
                                             .announced_pid = INT64_MAX,
                                             .start_time_ticks = UINT64_MAX,
                                             .instance = {1, 2, 3, [15] = 0xff},
                                             .has_instance = i == 1,
                                             .threads = UINT32_MAX,
                                             .registered_realtime_ns = -5,
                                             .registered_monotonic_ns = 17,
                                             .segment = i == 2 ? -1 : 3 - i,
                                             .recorder = i - 1,
                                             .slot = i == 1 ? UINT32_MAX : 0,
                                             .restarts = i == 1 ? UINT32_MAX : 0,
                                             .reason = i == 1 ? "field far left out" : ""};
    odd->rows[0] = &odd->workers[0];
    odd->rows[3] = &odd->workers[1];
    odd->silent[0] = &odd->workers[2];
    for (int row = 0; row < 5; row++) {
        odd->status[row] = (struct wt_row_status){
            .state = states[row], .flags = (uint8_t)row, .progress_ns = row, .heartbeat_ns = 3};
        odd->values[row][0] = UINT64_MAX;
        odd->values[row][1] = odd->previous[row][1] = 65535;
        odd->values[row][2] = (uint64_t)INT64_C(-128);
        odd->values[row][3] = UINT64_C(0x7ff8000000000001); /* not a number */
        odd->values[row][4] = UINT64_C(0x7ff0000000000000); /* infinite */
        if (odd->rows[row] == NULL) { /* what was in memory before, and leads to nothing */
            memset(odd->values[row], 0xa5, sizeof odd->values[row]);
            memset(odd->previous[row], 0xa5, sizeof odd->previous[row]);
            memset(&odd->status[row], 0xa5, sizeof odd->status[row]);
        }
    }
}

/* What the kernel says, at its limits. */
static void make_odd_usage(struct flat_odd *odd) {
    odd->services[0].usage = (struct wt_usage){.process_count = UINT32_MAX,
                                               .known_count = 3,
                                               .cpu_known_count = 2,
                                               .fds_known_count = 1,
                                               .cpu_cores = 1.5,
                                               .rss_bytes = INT64_MAX,
                                               .thread_count = 7,
                                               .fd_count = INT64_MAX,
                                               .oldest_ns = 4};
    odd->services[0].slot_count = 5;
    odd->services[0].replaced_per_min = UINT32_MAX;
    odd->services[0].replaced_again_per_min = UINT32_MAX;
    odd->listeners[0] = (struct wt_accept_queue){
        .address = "[::]:80", .family = WT_LISTENER_TCP6, .fullest_ratio = (double)NAN};
    odd->listeners[1] = (struct wt_accept_queue){.address = "unix:/\xe2\x82\xac",
                                                 .family = WT_LISTENER_UNIX,
                                                 .is_configured = true,
                                                 .socket_count = UINT32_MAX,
                                                 .queue_length = INT64_MAX,
                                                 .queue_limit = 1,
                                                 .fullest_ratio = 1e300,
                                                 .read_ns = 99};
    odd->services[0].listeners = odd->listeners;
    odd->services[0].listener_count = 2;
    odd->processes[0] = (struct wt_process){.pid = 1, .read_ns = 1, .cpu_ratio = (double)NAN};
    odd->processes[1] = (struct wt_process){.pid = INT64_MAX,
                                            .start_time_ticks = UINT64_MAX,
                                            .worker_count = UINT32_MAX,
                                            .threads = UINT32_MAX,
                                            .read_ns = 98,
                                            .cpu_ratio = 2.25,
                                            .cpu_window_ns = 97,
                                            .rss_bytes = INT64_MAX,
                                            .fd_count = INT64_MAX,
                                            .fds_read_ns = 96};
    odd->snapshot.processes = odd->processes;
    odd->snapshot.process_count = 2;
}

static void make_odd_services(struct flat_odd *odd) {
    odd->services[0] = (struct wt_service){
        .name = "a",
        .worker_count = 2,
        .fields = odd->fields,
        .field_count = 6,
        .busy_field = 5,
        .capacity_field = 0,
        .queue_field = -1,
        .errors_field = 1,
        .requests_field = 4,
        .utilization_ratio = 1.25,
        .verdict = WT_VERDICT_CRIT,
        .verdict_since_ns = 5,
        .skew = {.of_utilization = true,
                 .p50 = 0.25,
                 .p95 = -0.5,
                 .max = (double)NAN,
                 .worker_id = UINT64_MAX,
                 .worker_pid = -7,
                 .worker = 1e-300},
        .load = {.source = WT_BUSY_RECORDS,
                 .watched_s = 1e-9,
                 .busy_s = 0,
                 .capacity_s = 1e300,
                 .queue_s = (double)NAN,
                 .windows = {{1.5, (double)NAN, -2}, {(double)NAN, 7, (double)NAN}, {0, 0, 0}}},
        .starts_per_min = 3,
        .exits_per_min = (double)NAN,
        .last_exit = "signal 9 (Killed)",
        .last_exit_realtime_ns = -9,
        .cause = WT_CAUSE_WORKERS_GONE,
        .limits = {.warn_ratio = 0.25,
                   .crit_ratio = (double)NAN,
                   .stuck_ns = INT64_C(1) << 60,
                   .stale_ns = 7},
        .sentence = "cause: cure"};
    odd->services[1] = (struct wt_service){.name = "b",
                                           .silent_count = UINT32_MAX,
                                           .busy_field = -1,
                                           .capacity_field = -1,
                                           .queue_field = -1,
                                           .errors_field = -1,
                                           .requests_field = -1,
                                           .utilization_ratio = (double)NAN,
                                           .load = wt_load_unknown(),
                                           .skew = wt_skew_unknown(),
                                           .last_exit = "",
                                           .sentence = ""};
}

void flat_make_odd(struct flat_odd *odd, const struct wt_schema *schema) {
    *odd = (struct flat_odd){0};
    odd->snapshot = (struct wt_snapshot){.references = 1,
                                         .sequence = UINT64_MAX,
                                         .time = {.realtime_ns = -1, .monotonic_ns = 99},
                                         .failed = true,
                                         .source = {.path = "", .problem = ""},
                                         .monitor = {.pid = -3,
                                                     .version = "",
                                                     .host = "caf\xc3\xa9",
                                                     .tick_count = UINT64_MAX,
                                                     .problem = "p"},
                                         .services = odd->services,
                                         .service_count = 2,
                                         .cohorts = odd->cohorts,
                                         .cohort_count = 3,
                                         .events = odd->events,
                                         .event_count = 2,
                                         .events_dropped = UINT64_MAX};
    make_odd_store(odd);
    make_odd_fields(odd, schema);
    make_odd_rows(odd);
    make_odd_services(odd);
    make_odd_usage(odd);
    odd->cohorts[0] = (struct wt_cohort){.schema = schema,
                                         .row_count = 5,
                                         .worker_count = 2,
                                         .rows = odd->rows,
                                         .status = odd->status,
                                         .values = odd->values[0],
                                         .previous = odd->previous[0],
                                         .field_map = odd->field_map};
    odd->cohorts[1] = (struct wt_cohort){.service = 1,
                                         .row_count = 1,
                                         .worker_count = 1,
                                         .rows = odd->silent,
                                         .status = odd->status + 3};
    odd->cohorts[2] = (struct wt_cohort){.service = 1, .rows = odd->silent, .status = odd->status};
    odd->events[0] = (struct wt_event){1, -1, WT_EVENT_STARTED, WT_SEVERITY_INFO, 0, "", "hello"};
    odd->events[1] = (struct wt_event){UINT64_MAX, 1,   WT_EVENT_TROUBLE, WT_SEVERITY_CRIT,
                                       UINT64_MAX, "a", "trouble"};
}
