/* The load of services over time: looks at their gauges, and the time of their records (timed.c).
 *
 * Each tick is a look, too: its sums are there already. Between ticks, and only while some gauge
 * needs it, the gauges alone are read, straight from the segments: nothing else is touched, and no
 * snapshot is made. A file that breaks meanwhile makes that look void.
 */
#include <math.h>
#include <string.h>

#include "model/value.h"
#include "monitor/internal.h"
#include "schema/codec.h"

enum { PREFETCH_ROWS = 16 };

/* How far apart two looks may be: later ones are as late as if the host had stood still. */
static int64_t longest_ns(const struct wt_monitor *monitor) {
    return 3 * monitor->period_ns + WT_NS_PER_S;
}

static int own_field(const uint32_t *field_map, size_t count, int field) {
    for (size_t i = 0; field >= 0 && i < count; i++)
        if (field_map[i] == (uint32_t)field)
            return (int)i;
    return -1;
}

static bool is_word(const struct wt_schema *schema, int field) {
    return field < 0 || schema->fields[field].type == WT_TYPE_U64LE ||
           schema->fields[field].type == WT_TYPE_S64LE;
}

/* `index` counts the service's cohorts with a schema, as its shape does. */
static struct wt_load_fields fields_of(const struct wt_service_entry *service,
                                       const struct wt_cohort_rows *cohort, size_t index) {
    const struct wt_shape *shape = service->shape;
    const struct wt_shape_schema *schema = &shape->schemas[index];
    struct wt_load_fields fields = {
        .busy = own_field(schema->field_map, schema->field_count, shape->busy_field),
        .capacity = own_field(schema->field_map, schema->field_count, shape->capacity_field),
        .queue = own_field(schema->field_map, schema->field_count, shape->queue_field),
    };
    fields.are_words = is_word(cohort->schema, fields.busy) &&
                       is_word(cohort->schema, fields.capacity) &&
                       is_word(cohort->schema, fields.queue);
    return fields;
}

static void add_value(struct wt_level_sum *sum, const struct wt_field *field, bool is_word,
                      uint64_t bits) {
    uint64_t parts;
    if (wt_level_of_bits(field, is_word, bits, &parts))
        wt_level_add(sum, parts);
}

static bool is_timed(const struct wt_cohort_rows *cohort, size_t row) {
    return cohort->timed_count > 0 && cohort->are_timed[row] != 0;
}

/* values are by field of the schema; only the three of them are looked at. */
static void add_row(const struct wt_cohort_rows *cohort, const struct wt_load_fields *fields,
                    size_t row, const uint64_t *values, struct wt_level *level) {
    const struct wt_field *known = cohort->schema->fields;
    if (fields->queue >= 0)
        add_value(&level->queue, &known[fields->queue], fields->are_words, values[fields->queue]);
    if (is_timed(cohort, row))
        return;
    if (fields->busy >= 0)
        add_value(&level->busy, &known[fields->busy], fields->are_words, values[fields->busy]);
    if (fields->capacity >= 0)
        add_value(&level->capacity, &known[fields->capacity], fields->are_words,
                  values[fields->capacity]);
}

/* ---- ticks ----------------------------------------------------------------------------------- */

/* False when the sums hold values that are to be left out. */
static bool add_columns(const struct wt_cohort_rows *cohort, const struct wt_load_fields *fields,
                        struct wt_level *level) {
    struct wt_level sums = *level;
    bool plain = cohort->timed_count == 0;
    if (cohort->unreadable_count > 0 || (!plain && cohort->timed_count < cohort->live_count))
        return false;
    if (fields->queue >= 0 && !wt_level_add_column(&sums.queue, &cohort->columns[fields->queue]))
        return false;
    if (plain && fields->busy >= 0 &&
        !wt_level_add_column(&sums.busy, &cohort->columns[fields->busy]))
        return false;
    if (plain && fields->capacity >= 0 &&
        !wt_level_add_column(&sums.capacity, &cohort->columns[fields->capacity]))
        return false;
    *level = sums;
    return true;
}

static void add_rows(const struct wt_cohort_rows *cohort, const struct wt_load_fields *fields,
                     struct wt_level *level) {
    const struct wt_row_status *status = wt_block_data(cohort->fresh_status);
    const uint64_t *values = wt_block_data(cohort->fresh_values);
    for (size_t row = 0; row < cohort->row_count; row++)
        if (cohort->segments[row] != WT_NO_SEGMENT && (status[row].flags & WT_ROW_UNREADABLE) == 0)
            add_row(cohort, fields, row, values + row * cohort->field_count, level);
}

/* What was counted since the tick before. */
static double requests_of(const struct wt_monitor *monitor, const struct wt_service *service,
                          struct wt_time now) {
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    if (service->requests_field < 0 || last == NULL)
        return NAN;
    return service->fields[service->requests_field].rate_per_s *
           (double)(now.monotonic_ns - last->time.monotonic_ns) / (double)WT_NS_PER_S;
}

static bool wants_looks(const struct wt_cohort_rows *cohort, const struct wt_load_fields *fields) {
    return cohort->live_count > 0 &&
           (fields->queue >= 0 || (fields->busy >= 0 && cohort->timed_count < cohort->live_count));
}

static void look(struct wt_monitor *monitor, struct wt_service_entry *service,
                 const struct wt_service *figures, struct wt_time now) {
    struct wt_level level = {0};
    struct wt_integrals_tick tick = {.requests = requests_of(monitor, figures, now),
                                     .has_busy = figures->busy_field >= 0,
                                     .has_capacity = figures->capacity_field >= 0,
                                     .has_queue = figures->queue_field >= 0};
    for (size_t i = 0, s = 0; i < service->cohort_count; i++) {
        struct wt_cohort_rows *cohort = service->cohorts[i];
        if (cohort->schema == NULL)
            continue;
        const struct wt_load_fields fields = fields_of(service, cohort, s++);
        if (cohort->recorder_count > 0 && !monitor->recorders_unreadable)
            wt_timed_read_all(cohort, &fields, now.monotonic_ns, longest_ns(monitor));
        if (!add_columns(cohort, &fields, &level))
            add_rows(cohort, &fields, &level);
        tick.recorded_workers += (uint32_t)cohort->timed_count;
        monitor->wants_looks = monitor->wants_looks || wants_looks(cohort, &fields);
    }
    wt_integrals_look(&service->integrals, &level, now.monotonic_ns, longest_ns(monitor));
    wt_integrals_mark(&service->integrals, &tick);
}

void wt_load_put(struct wt_monitor *monitor, struct wt_service_entry *service,
                 struct wt_service *out, struct wt_time now, bool publish) {
    if (publish)
        look(monitor, service, out, now);
    for (size_t i = 0; i < service->cohort_count; i++)
        wt_timed_mark(service->cohorts[i]);
    wt_integrals_tell(&service->integrals, &out->load);
}

void wt_load_leave(struct wt_monitor *monitor, struct wt_member *member, struct wt_time now) {
    struct wt_cohort_rows *cohort = member->cohort;
    if (cohort == NULL || cohort->schema == NULL || member->service->shape == NULL ||
        cohort->recorders[member->row] == NULL || !is_timed(cohort, member->row) ||
        (cohort->marks[member->row] & WT_ROW_IS_NEW) != 0)
        return;
    size_t index = 0;
    for (size_t i = 0; member->service->cohorts[i] != cohort; i++)
        index += member->service->cohorts[i]->schema != NULL;
    const struct wt_load_fields fields = fields_of(member->service, cohort, index);
    const uint64_t *values = wt_block_data(cohort->values);
    wt_timed_read(cohort, member->row, &fields, values + member->row * cohort->field_count,
                  now.monotonic_ns, longest_ns(monitor));
}

/* ---- looks in between ------------------------------------------------------------------------ */

/* One gauge, or its last published value when it cannot be read whole. False without either. */
static bool read_gauge(const struct wt_cohort_rows *cohort, size_t row, int field,
                       const unsigned char *segment, uint64_t *values) {
    const struct wt_schema *schema = cohort->schema;
    if (field < 0)
        return true;
    uint32_t group = schema->fields[field].group;
    if (group == 0 ? wt_codec_read(segment, &schema->fields[field], &values[field])
                   : wt_codec_read_group(segment, schema, &schema->groups[group - 1], values) > 0)
        return true;
    if ((cohort->marks[row] & WT_ROW_IS_NEW) != 0)
        return false;
    const uint64_t *last = wt_block_data(cohort->values);
    values[field] = last[row * cohort->field_count + (size_t)field];
    return true;
}

/* The first row from this one on that is to be looked at: one that is not timed (NULL: none is). */
static inline size_t next_row(const uint8_t *are_timed, size_t row, size_t rows) {
    if (are_timed == NULL || row >= rows)
        return row;
    const uint8_t *plain = memchr(are_timed + row, 0, rows - row);
    return plain == NULL ? rows : (size_t)(plain - are_timed);
}

/* One gauge over rows of aligned words, the timed ones left out; the same as looking at each by
 * itself. */
static void look_at_words(const struct wt_cohort_rows *cohort, const struct wt_look_rules *rules,
                          int field, const uint8_t *are_timed, struct wt_level_sum *sum) {
    if (field < 0)
        return;
    const unsigned char *base = rules->base + cohort->offsets[field];
    const uint32_t *segments = cohort->segments;
    size_t rows = cohort->row_count, stride = rules->segment_bytes;
    uint64_t total = 0, most = UINT64_MAX / 4 / WT_LEVEL_ONE;
    uint32_t used = 0;
    for (size_t row = next_row(are_timed, 0, rows); row < rows;
         row = next_row(are_timed, row + 1, rows)) {
        size_t ahead = row + PREFETCH_ROWS;
        if (ahead < rows && segments[ahead] != WT_NO_SEGMENT && are_timed == NULL)
            __builtin_prefetch(base + segments[ahead] * stride);
        if (segments[row] == WT_NO_SEGMENT)
            continue;
        uint64_t value = __atomic_load_n(
            (const uint64_t *)(const void *)(base + segments[row] * stride), __ATOMIC_RELAXED);
        bool usable = value <= WT_LEVEL_MOST; /* as one below 0 is not, either */
        total += usable ? value : 0;
        total = total < most ? total : most;
        used += usable;
    }
    total = total * WT_LEVEL_ONE + sum->parts;
    sum->parts = total < UINT64_MAX / 4 ? total : UINT64_MAX / 4;
    sum->workers += used;
}

static bool are_words(const struct wt_cohort_rows *cohort, const struct wt_load_fields *fields,
                      const struct wt_look_rules *rules) {
    return cohort->simple && fields->are_words && cohort->away_count == 0 && rules->base != NULL &&
           !rules->unreadable;
}

static void look_at_cohort(const struct wt_cohort_rows *cohort, const struct wt_load_fields *fields,
                           const struct wt_look_rules *rules, struct wt_level *level) {
    uint64_t values[WT_SCHEMA_MAX_FIELDS];
    bool all_timed = cohort->timed_count > 0 && cohort->timed_count == cohort->recorder_count &&
                     cohort->timed_count == cohort->used_count;
    if (fields->queue < 0 && (fields->busy < 0 || all_timed))
        return;
    if (are_words(cohort, fields, rules)) {
        const uint8_t *are_timed = cohort->timed_count > 0 ? cohort->are_timed : NULL;
        look_at_words(cohort, rules, fields->queue, NULL, &level->queue);
        if (all_timed)
            return;
        look_at_words(cohort, rules, fields->busy, are_timed, &level->busy);
        look_at_words(cohort, rules, fields->capacity, are_timed, &level->capacity);
        return;
    }
    for (size_t row = 0; row < cohort->row_count; row++) {
        if (row + PREFETCH_ROWS < cohort->row_count) {
            const unsigned char *ahead = wt_row_bytes(cohort, row + PREFETCH_ROWS, rules);
            if (ahead != NULL)
                __builtin_prefetch(ahead);
        }
        const unsigned char *segment = wt_row_bytes(cohort, row, rules);
        if (segment == NULL)
            continue;
        bool timed = is_timed(cohort, row);
        if (read_gauge(cohort, row, fields->queue, segment, values) &&
            (timed || (read_gauge(cohort, row, fields->busy, segment, values) &&
                       read_gauge(cohort, row, fields->capacity, segment, values))))
            add_row(cohort, fields, row, values, level);
    }
}

bool wt_monitor_wants_looks(const struct wt_monitor *monitor) {
    return monitor->wants_looks;
}

void wt_monitor_look(struct wt_monitor *monitor, struct wt_time now) {
    struct wt_look_rules rules;
    wt_look_begin(monitor, now, &rules);
    for (size_t i = 0; i < monitor->service_count; i++) {
        struct wt_service_entry *service = monitor->services[i];
        service->level = (struct wt_level){0};
        for (size_t c = 0, s = 0; service->shape != NULL && c < service->cohort_count; c++) {
            const struct wt_cohort_rows *cohort = service->cohorts[c];
            if (cohort->schema == NULL)
                continue;
            const struct wt_load_fields fields = fields_of(service, cohort, s++);
            look_at_cohort(cohort, &fields, &rules, &service->level);
        }
    }
    if (!wt_look_is_whole(monitor, &rules))
        return;
    for (size_t i = 0; i < monitor->service_count; i++) {
        struct wt_service_entry *service = monitor->services[i];
        if (service->shape != NULL)
            wt_integrals_look(&service->integrals, &service->level, now.monotonic_ns,
                              longest_ns(monitor));
    }
}
