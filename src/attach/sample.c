#include "attach/sample.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/health.h"
#include "model/row.h"
#include "model/value.h"
#include "schema/codec.h"
#include "shm/heartbeat.h"

enum { VALUES, RECORDERS, WIDE_RECORDERS, ROUNDS = WT_DIRECTORY_STORES + 1 };

/* An older snapshot is nothing to take a rate from. */
#define COMPARABLE_NS (10 * WT_NS_PER_S)

/* ---- who is where --------------------------------------------------------------------------- */

/* A segment that its worker still has, as far as the table of segments says; NULL for any other. A
 * table without that segment says nothing. */
static const unsigned char *find_segment(const struct wt_sampler_options *options, unsigned store,
                                         int64_t segment, const struct wt_worker *worker) {
    struct wt_shared_segment_record record;
    struct wt_store_view *view = options->stores[store];
    if (view == NULL || segment < 0)
        return NULL;
    wt_status status = wt_directory_view_segment(options->view, store, (uint64_t)segment, &record);
    if (status != WT_ENOENT && (status != WT_OK || record.worker_id != worker->id))
        return NULL;
    return wt_store_view_segment(view, (uint64_t)segment);
}

static void find_places(const struct wt_sampler_options *options, const struct wt_cohort *cohort,
                        const struct wt_worker *worker, struct wt_sample_row *row) {
    struct wt_store_view *values = options->stores[VALUES];
    unsigned store = wt_recorder_is_wide(worker->threads) ? WIDE_RECORDERS : RECORDERS;
    struct wt_store_view *recorders = options->stores[store];
    if (values != NULL && cohort->schema != NULL &&
        cohort->schema->extent_bytes <= wt_store_view_segment_bytes(values))
        row->segment = find_segment(options, VALUES, worker->segment, worker);
    if (recorders != NULL &&
        wt_store_view_segment_bytes(recorders) >= sizeof(struct wt_shared_recorder_header))
        row->recorder = find_segment(options, store, worker->recorder, worker);
}

static bool prepare_cohort(struct wt_sampler *sampler, const struct wt_sampler_options *options,
                           const struct wt_cohort *last, struct wt_sample_cohort *out) {
    size_t words = last->schema == NULL ? 0 : last->schema->field_count;
    out->last = last;
    out->rows = wt_arena_take(&sampler->arena, last->row_count, sizeof *out->rows);
    out->status = wt_arena_take(&sampler->arena, last->row_count, sizeof *out->status);
    out->values = wt_arena_take(&sampler->arena, last->row_count, words * sizeof *out->values);
    out->columns = wt_arena_take(&sampler->arena, words, sizeof *out->columns);
    for (size_t i = 0; i < words; i++)
        out->has_counters = out->has_counters || last->schema->fields[i].kind == WT_KIND_COUNTER;
    if (sampler->arena.failed)
        return false;
    if (last->row_count > 0)
        memcpy(out->status, last->status, last->row_count * sizeof *out->status);
    if (last->row_count * words > 0)
        memcpy(out->values, last->values, last->row_count * words * sizeof *out->values);
    for (size_t i = 0; i < last->row_count; i++) {
        const struct wt_row_status *status = &last->status[i];
        if (last->rows[i] == NULL || status->state == WT_WORKER_GONE)
            continue;
        struct wt_sample_row *row = &out->rows[i];
        row->life = WT_SAMPLE_PRESENT;
        row->has_values = last->schema != NULL &&
                          (status->state == WT_WORKER_LIVE || status->state == WT_WORKER_STALE);
        row->is_fresh = (status->flags & WT_ROW_UNREADABLE) != 0;
        find_places(options, last, last->rows[i], row);
        out->used_count++;
    }
    return true;
}

/* What the total has beyond the live sum. */
static struct wt_number retired_of(const struct wt_field_stats *field) {
    struct wt_number total = field->total, sum = field->sum;
    if (total.kind == WT_NUMBER_ABSENT || sum.kind == WT_NUMBER_ABSENT)
        return total;
    if (total.kind == WT_NUMBER_INTEGER && sum.kind == WT_NUMBER_INTEGER)
        return wt_number_integer(total.integer - sum.integer);
    return wt_number_real(wt_number_to_double(total) - wt_number_to_double(sum));
}

static bool prepare_service(struct wt_sampler *sampler, struct wt_sample_service *service) {
    const struct wt_schema **schemas = calloc(service->cohort_count + 1, sizeof *schemas);
    size_t count = 0;
    if (schemas == NULL)
        return false;
    for (size_t i = 0; i < service->cohort_count; i++) {
        struct wt_sample_cohort *cohort = &sampler->cohorts[service->cohorts[i]];
        cohort->in_shape = count;
        if (cohort->last->schema != NULL)
            schemas[count++] = cohort->last->schema;
    }
    wt_status status = wt_shape_create(&service->shape, schemas, count, NULL);
    free(schemas);
    if (status != WT_OK)
        return false;
    const struct wt_shape *shape = service->shape;
    service->retired = wt_arena_take(&sampler->arena, shape->field_count, sizeof *service->retired);
    if (service->retired == NULL)
        return false;
    for (size_t i = 0; i < service->cohort_count; i++) {
        const struct wt_sample_cohort *cohort = &sampler->cohorts[service->cohorts[i]];
        for (uint32_t k = 0; cohort->last->schema != NULL && k < cohort->last->schema->field_count;
             k++)
            service->retired[shape->schemas[cohort->in_shape].field_map[k]] =
                retired_of(&service->last->fields[cohort->last->field_map[k]]);
    }
    return true;
}

/* The cohorts of each service, in their order. */
static bool sort_cohorts(struct wt_sampler *sampler) {
    const struct wt_snapshot *last = sampler->last;
    uint32_t *order = wt_arena_take(&sampler->arena, last->cohort_count, sizeof *order);
    sampler->services =
        wt_arena_take(&sampler->arena, last->service_count, sizeof *sampler->services);
    if (sampler->arena.failed)
        return false;
    for (size_t i = 0; i < last->cohort_count; i++)
        sampler->services[last->cohorts[i].service].cohort_count++;
    for (size_t i = 0; i < last->service_count; i++) {
        struct wt_sample_service *service = &sampler->services[i];
        service->last = &last->services[i];
        service->cohorts = order;
        order += service->cohort_count;
        service->cohort_count = 0;
    }
    for (uint32_t i = 0; i < last->cohort_count; i++) {
        struct wt_sample_service *service = &sampler->services[last->cohorts[i].service];
        service->cohorts[service->cohort_count++] = i;
    }
    return true;
}

static bool gather_crew(struct wt_sampler *sampler) {
    size_t count = 0, most = 0;
    for (size_t i = 0; i < sampler->last->cohort_count; i++)
        most += sampler->cohorts[i].used_count;
    struct wt_crew_process *processes = calloc(most + 1, sizeof *processes);
    if (processes == NULL)
        return false;
    for (size_t i = 0; i < sampler->last->cohort_count; i++) {
        const struct wt_sample_cohort *cohort = &sampler->cohorts[i];
        for (size_t row = 0; row < cohort->last->row_count; row++) {
            const struct wt_worker *worker = cohort->last->rows[row];
            if (cohort->rows[row].life == WT_SAMPLE_PRESENT && worker->pid > 0 &&
                worker->pid <= INT_MAX && worker->start_time_ticks != 0)
                processes[count++] = (struct wt_crew_process){
                    .pid = worker->pid, .start_ticks = worker->start_time_ticks};
        }
    }
    bool ok = wt_crew_init(&sampler->crew, processes, count);
    free(processes);
    return ok;
}

static bool prepare(struct wt_sampler *sampler, const struct wt_sampler_options *options) {
    const struct wt_snapshot *last = sampler->last;
    sampler->cohorts = wt_arena_take(&sampler->arena, last->cohort_count, sizeof *sampler->cohorts);
    if (sampler->cohorts == NULL || !sort_cohorts(sampler))
        return false;
    for (size_t i = 0; i < last->cohort_count; i++)
        if (!prepare_cohort(sampler, options, &last->cohorts[i], &sampler->cohorts[i]))
            return false;
    for (size_t i = 0; i < last->service_count; i++)
        if (!prepare_service(sampler, &sampler->services[i]))
            return false;
    return !options->pids_are_ours || gather_crew(sampler);
}

wt_status wt_sampler_create(struct wt_sampler **out, const struct wt_sampler_options *options,
                            struct wt_error *err) {
    *out = NULL;
    struct wt_sampler *sampler = calloc(1, sizeof *sampler);
    if (sampler == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to read the segments");
    sampler->last = wt_snapshot_ref(options->last);
    sampler->looked = options->last->time;
    for (int i = 0; i < WT_DIRECTORY_STORES; i++)
        sampler->stores[i] = options->stores[i];
    snprintf(sampler->store_problem, sizeof sampler->store_problem, "%s", options->store_problem);
    sampler->view = options->view;
    if (!prepare(sampler, options) || !wt_sample_flights_begin(sampler)) {
        wt_sampler_destroy(sampler);
        return wt_fail(err, WT_ENOMEM, "no memory to read the segments");
    }
    *out = sampler;
    return WT_OK;
}

void wt_sampler_destroy(struct wt_sampler *sampler) {
    if (sampler == NULL)
        return;
    for (size_t i = 0; sampler->services != NULL && i < sampler->last->service_count; i++)
        wt_shape_unref(sampler->services[i].shape);
    wt_board_destroy(sampler->board);
    wt_crew_fini(&sampler->crew);
    wt_snapshot_unref(sampler->last);
    wt_arena_fini(&sampler->arena);
    wt_spread_scratch_fini(&sampler->spread);
    free(sampler);
}

/* ---- reading: the rules are those of the monitor's sampler (model/row.h) ----------------------
 */

/* One cohort at one look. */
struct look {
    struct wt_sample_cohort *cohort;
    const struct wt_schema *schema;
    struct wt_row_rules rules;
    bool unreadable, no_heartbeats;
    const uint64_t *before; /* the values of the last look */
    uint64_t *values;
    struct wt_row_status *status;
};

/* True when a counter moved. What cannot be read whole keeps its last good value. */
static bool read_row(const struct look *look, size_t row, uint8_t *flags) {
    const struct wt_schema *schema = look->schema;
    const unsigned char *segment = look->cohort->rows[row].segment;
    const uint64_t *before = look->before + row * schema->field_count;
    uint64_t *values = look->values + row * schema->field_count;
    if (segment == NULL || look->unreadable) {
        memcpy(values, before, schema->field_count * sizeof *values);
        *flags |= WT_ROW_UNREADABLE;
        return false;
    }
    if (!wt_codec_read_row(segment, schema, before, values))
        *flags |= WT_ROW_TORN;
    bool moved = false;
    for (uint32_t i = 0; i < schema->field_count; i++)
        moved = moved || (schema->fields[i].kind == WT_KIND_COUNTER && values[i] != before[i]);
    return moved;
}

static bool is_busy(const struct look *look, size_t row) {
    size_t busy = (size_t)look->schema->busy_field;
    return wt_value_is_positive(&look->schema->fields[busy],
                                look->values[row * look->schema->field_count + busy]);
}

/* From the last heartbeat that the monitor, or the look before, saw. */
static int64_t heartbeat_of(const struct look *look, size_t row) {
    const unsigned char *recorder = look->cohort->rows[row].recorder;
    if (recorder == NULL || look->no_heartbeats)
        return 0;
    return wt_heartbeat_read(recorder, look->cohort->status[row].heartbeat_ns, look->rules.now_ns);
}

static struct wt_row_status judge_row(const struct look *look, size_t row, bool moved,
                                      uint8_t flags) {
    bool has_busy = look->schema->busy_field >= 0;
    bool is_fresh = look->cohort->rows[row].is_fresh;
    const struct wt_row_seen seen = {
        .flags = (uint8_t)(flags | (is_fresh ? WT_ROW_FRESH : 0)),
        .has_counters = look->cohort->has_counters,
        .has_busy = has_busy,
        .goes_on = moved || (has_busy && !is_busy(look, row)),
        .progress_ns = look->cohort->status[row].progress_ns,
        .heartbeat_ns = heartbeat_of(look, row),
    };
    return wt_row_judge(&look->rules, &seen);
}

/* Runs of rows that can be compared, or cannot, go into the columns together. */
static void add_run(const struct look *look, size_t begin, size_t end, bool compares) {
    size_t words = look->schema->field_count;
    if (begin < end)
        wt_columns_add(look->cohort->columns, words, look->values + begin * words,
                       compares ? look->before + begin * words : NULL, end - begin);
}

static void read_cohort(const struct look *look) {
    const struct wt_sample_cohort *cohort = look->cohort;
    size_t run = 0;
    bool run_compares = false;
    if (look->schema != NULL)
        wt_columns_init(cohort->columns, look->schema);
    for (size_t row = 0; row < cohort->last->row_count; row++) {
        const struct wt_sample_row *sample = &cohort->rows[row];
        bool counts = sample->has_values && sample->life == WT_SAMPLE_PRESENT, compares = false;
        look->status[row] = cohort->status[row];
        if (sample->has_values && sample->life == WT_SAMPLE_LEAVING) {
            uint8_t flags = 0; /* its very last values; they count in the totals only */
            read_row(look, row, &flags);
        } else if (counts) {
            uint8_t flags = 0;
            bool moved = read_row(look, row, &flags);
            look->status[row] = judge_row(look, row, moved, flags);
            compares = (look->status[row].flags & (WT_ROW_FRESH | WT_ROW_UNREADABLE)) == 0;
        } else if (look->schema != NULL) {
            size_t words = look->schema->field_count;
            memcpy(look->values + row * words, look->before + row * words,
                   words * sizeof *look->values);
        }
        if (sample->life == WT_SAMPLE_LEAVING || sample->life == WT_SAMPLE_GONE) {
            look->status[row].state = WT_WORKER_GONE;
            look->status[row].flags = 0;
        }
        if (counts && compares == run_compares)
            continue;
        if (look->schema != NULL)
            add_run(look, run, row, run_compares);
        run = counts ? row : row + 1;
        run_compares = compares;
    }
    if (look->schema != NULL)
        add_run(look, run, cohort->last->row_count, run_compares);
}

/* Which stores can be read: one bit each. */
static unsigned readable_stores(const struct wt_sampler *sampler) {
    unsigned readable = 0;
    for (int i = 0; i < WT_DIRECTORY_STORES; i++)
        if (sampler->stores[i] != NULL && wt_store_view_is_readable(sampler->stores[i]))
            readable |= 1U << i;
    return readable;
}

void wt_sampler_set_focus(struct wt_sampler *sampler, uint64_t worker_id) {
    sampler->focus_id = worker_id;
}

bool wt_sampler_is_reading(const struct wt_sampler *sampler) {
    return (readable_stores(sampler) & 1U << VALUES) != 0;
}

static bool breaks_recorders(const struct wt_sampler *sampler, unsigned readable) {
    return (sampler->stores[RECORDERS] != NULL && (readable & 1U << RECORDERS) == 0) ||
           (sampler->stores[WIDE_RECORDERS] != NULL && (readable & 1U << WIDE_RECORDERS) == 0);
}

/* The limits that the monitor had for the service; the defaults where it did not say. */
static struct wt_row_rules rules_of(const struct wt_service *service, struct wt_time now) {
    const struct wt_service_limits *limits = &service->limits;
    const struct wt_health_limits *defaults = &wt_health_limits_default;
    return (struct wt_row_rules){
        .now_ns = now.monotonic_ns,
        .stuck_ns = limits->stuck_ns > 0 ? limits->stuck_ns : defaults->stuck_ns,
        .stale_ns = limits->stale_ns > 0 ? limits->stale_ns : defaults->stale_ns,
    };
}

/* A store that breaks while it is read makes another round; what is broken stays so. */
static void read_all(struct wt_sampler *sampler, struct wt_sample_frame *frame,
                     struct wt_time now) {
    unsigned before, after = readable_stores(sampler);
    for (int round = 0; round < ROUNDS; round++) {
        before = after;
        for (size_t i = 0; i < sampler->last->cohort_count; i++) {
            struct wt_sample_cohort *cohort = &sampler->cohorts[i];
            const struct look look = {
                .cohort = cohort,
                .schema = cohort->last->schema,
                .unreadable = (before & 1U << VALUES) == 0,
                .no_heartbeats = breaks_recorders(sampler, before),
                .rules = rules_of(sampler->services[cohort->last->service].last, now),
                .before = cohort->values,
                .values = frame->values[i],
                .status = frame->status[i],
            };
            read_cohort(&look);
        }
        after = readable_stores(sampler);
        if (after == before)
            break;
    }
    frame->snapshot.failed = (after & 1U << VALUES) == 0;
}

/* ---- who left ------------------------------------------------------------------------------- */

/* What a worker that is gone had counted stays in the totals. */
static void retire(struct wt_sampler *sampler, const struct wt_sample_cohort *cohort,
                   const uint64_t *values) {
    const struct wt_schema *schema = cohort->last->schema;
    struct wt_sample_service *service = &sampler->services[cohort->last->service];
    const uint32_t *field_map = service->shape->schemas[cohort->in_shape].field_map;
    for (uint32_t i = 0; i < schema->field_count; i++) {
        struct wt_number *retired = &service->retired[field_map[i]];
        if (schema->fields[i].kind == WT_KIND_COUNTER && retired->kind != WT_NUMBER_ABSENT)
            *retired = wt_number_add(*retired, wt_value_number(&schema->fields[i], values[i]));
    }
}

static void see_off(struct wt_sampler *sampler, struct wt_time now) {
    wt_crew_look(&sampler->crew);
    for (size_t i = 0; i < sampler->last->cohort_count; i++) {
        struct wt_sample_cohort *cohort = &sampler->cohorts[i];
        for (size_t row = 0; row < cohort->last->row_count; row++) {
            struct wt_sample_row *sample = &cohort->rows[row];
            const struct wt_worker *worker = cohort->last->rows[row];
            if (sample->life != WT_SAMPLE_PRESENT ||
                !(wt_crew_is_gone(&sampler->crew, worker->pid, worker->start_time_ticks) ||
                  (sample->recorder != NULL && wt_goodbye_was_said(sample->recorder))))
                continue;
            sample->life = WT_SAMPLE_LEAVING;
            wt_sample_flights_see_off(sampler, worker, now);
            struct wt_sample_service *service = &sampler->services[cohort->last->service];
            if (service->left_count++ == 0)
                service->left_realtime_ns = now.realtime_ns;
        }
    }
}

/* Whose very last values were read by this look. */
static void bury(struct wt_sampler *sampler, const struct wt_sample_frame *frame) {
    for (size_t i = 0; i < sampler->last->cohort_count; i++) {
        struct wt_sample_cohort *cohort = &sampler->cohorts[i];
        size_t words = cohort->last->schema == NULL ? 0 : cohort->last->schema->field_count;
        for (size_t row = 0; row < cohort->last->row_count; row++) {
            if (cohort->rows[row].life != WT_SAMPLE_LEAVING)
                continue;
            cohort->rows[row].life = WT_SAMPLE_GONE;
            if (cohort->rows[row].has_values)
                retire(sampler, cohort, frame->values[i] + row * words);
        }
    }
}

/* ---- one look ------------------------------------------------------------------------------- */

/* Counters that fell begin again; what they had counted stays in the totals. */
static void keep_lost(struct wt_sampler *sampler, const struct wt_sample_cohort *cohort) {
    const struct wt_schema *schema = cohort->last->schema;
    struct wt_sample_service *service = &sampler->services[cohort->last->service];
    for (uint32_t i = 0; i < schema->field_count; i++)
        wt_sample_add_lost(
            &service->retired[service->shape->schemas[cohort->in_shape].field_map[i]],
            &cohort->columns[i]);
}

/* What was read is what the next look compares with. */
static void keep(struct wt_sampler *sampler, const struct wt_sample_frame *frame) {
    for (size_t i = 0; i < sampler->last->cohort_count; i++) {
        struct wt_sample_cohort *cohort = &sampler->cohorts[i];
        size_t rows = cohort->last->row_count;
        size_t words = cohort->last->schema == NULL ? 0 : cohort->last->schema->field_count;
        if (rows > 0)
            memcpy(cohort->status, frame->status[i], rows * sizeof *cohort->status);
        if (rows * words > 0)
            memcpy(cohort->values, frame->values[i], rows * words * sizeof *cohort->values);
        if (words > 0)
            keep_lost(sampler, cohort);
        for (size_t row = 0; row < rows; row++)
            if ((cohort->status[row].flags & WT_ROW_UNREADABLE) == 0)
                cohort->rows[row].is_fresh = false;
    }
}

wt_status wt_sampler_look(struct wt_sampler *sampler, struct wt_time now,
                          const struct wt_source *source, struct wt_snapshot **out,
                          struct wt_error *err) {
    int64_t tick_ns = now.monotonic_ns - sampler->looked.monotonic_ns;
    bool has_rates = tick_ns > 0 && (sampler->look_count > 0 || tick_ns <= COMPARABLE_NS);
    struct wt_sample_frame *frame = wt_sample_frame_create(sampler);
    *out = NULL;
    if (frame == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to read the segments");
    see_off(sampler, now);
    read_all(sampler, frame, now);
    bury(sampler, frame);
    frame->snapshot.time = now;
    frame->snapshot.tick_ns = has_rates ? tick_ns : 0;
    frame->snapshot.sequence = sampler->last->sequence + sampler->look_count + 1;
    if (!wt_sample_frame_fill(sampler, frame, source)) {
        wt_snapshot_unref(&frame->snapshot);
        return wt_fail(err, WT_ENOMEM, "no memory to read the segments");
    }
    keep(sampler, frame);
    sampler->look_count++;
    sampler->looked = now;
    *out = &frame->snapshot;
    return WT_OK;
}
