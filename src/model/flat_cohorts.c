#include <string.h>

#include "model/flat_cohorts.h"

/* Cohorts are where the bytes are: their arrays are copied whole and then checked in one pass. */

static const struct wt_flat_rule cohort_rules[] = {
    WT_FLAT_RULE(struct wt_flat_cohort_record, has_previous, 0, 1),
};

static bool status_is_possible(const struct wt_row_status *status) {
    const uint8_t flags =
        WT_ROW_FRESH | WT_ROW_TORN | WT_ROW_UNREADABLE | WT_ROW_STUCK | WT_ROW_UNTIMED;
    return status->state <= WT_WORKER_GONE && (status->flags & ~flags) == 0 &&
           status->progress_ns >= 0 && status->progress_ns <= WT_FLAT_TIME_MAX &&
           status->heartbeat_ns >= 0 && status->heartbeat_ns <= WT_FLAT_TIME_MAX;
}

/* Of an empty row nothing is believed, and nothing kept. */
static void read_status(struct wt_flat_reader *reader, struct wt_cohort *cohort) {
    size_t at = reader->at;
    struct wt_row_status *status =
        wt_flat_copy(reader, cohort->row_count, sizeof *status, "row status");
    for (size_t row = 0; status != NULL && row < cohort->row_count; row++) {
        if (cohort->rows[row] == NULL)
            status[row] = (struct wt_row_status){.state = 0};
        if (status_is_possible(&status[row]))
            continue;
        wt_flat_refuse(reader, at + row * sizeof *status,
                       "row %zu: state %u, flags %u, times %lld and %lld cannot be", row,
                       status[row].state, status[row].flags, (long long)status[row].progress_ns,
                       (long long)status[row].heartbeat_ns);
        return;
    }
    cohort->status = status;
}

/* Whether bits are those of a value of `width` bits: zero-extended, or sign-extended. */
static bool fits(uint64_t bits, unsigned width, bool is_signed) {
    uint64_t beyond = is_signed ? bits + (UINT64_C(1) << (width - 1)) : bits;
    return beyond >> width == 0;
}

/* Values of types narrower than a word are never outside their type. */
static void check_values(struct wt_flat_reader *reader, size_t at, const uint64_t *values,
                         const struct wt_cohort *cohort) {
    size_t fields = cohort->schema->field_count;
    for (size_t i = 0; i < fields; i++) {
        const struct wt_field *field = &cohort->schema->fields[i];
        unsigned width = 8 * (unsigned)wt_type_bytes(field->type);
        enum wt_type_class class_ = wt_type_class(field->type);
        if (width == 64 || class_ == WT_CLASS_FLOAT)
            continue;
        for (size_t row = 0; row < cohort->row_count; row++) {
            uint64_t bits = values[row * fields + i];
            if (fits(bits, width, class_ == WT_CLASS_SIGNED))
                continue;
            wt_flat_refuse(reader, at + (row * fields + i) * sizeof bits,
                           "row %zu, %.64s: %#llx is no %s", row, field->key,
                           (unsigned long long)bits, wt_type_text(field->type));
            return;
        }
    }
}

/* Rows that are empty, or have one of these flags, hold nothing. */
static void clear_unread(uint64_t *values, const struct wt_cohort *cohort, uint8_t unread_flags) {
    size_t fields = cohort->schema->field_count;
    for (size_t row = 0; row < cohort->row_count; row++)
        if (cohort->rows[row] == NULL || (cohort->status[row].flags & unread_flags) != 0)
            memset(values + row * fields, 0, fields * sizeof *values);
}

static const uint64_t *read_values(struct wt_flat_reader *reader, const struct wt_cohort *cohort,
                                   uint8_t unread_flags, const char *name) {
    size_t at = reader->at;
    size_t row_bytes = cohort->schema->field_count * sizeof(uint64_t);
    if (row_bytes == 0)
        return wt_flat_alloc(reader, 0, sizeof(uint64_t));
    uint64_t *values = wt_flat_copy(reader, cohort->row_count, row_bytes, name);
    if (values == NULL)
        return NULL;
    clear_unread(values, cohort, unread_flags);
    check_values(reader, at, values, cohort);
    return values;
}

/* Each field of the schema has its place, under the same name, among the service's. */
static void read_field_map(struct wt_flat_reader *reader, struct wt_cohort *cohort,
                           const struct wt_service *service) {
    size_t at = reader->at;
    uint32_t count = cohort->schema->field_count;
    const uint32_t *map = wt_flat_copy(reader, count, sizeof *map, "field map");
    for (uint32_t i = 0; map != NULL && i < count; i++)
        if (map[i] >= service->field_count ||
            strcmp(service->fields[map[i]].key, cohort->schema->fields[i].key) != 0) {
            wt_flat_refuse(reader, at + i * sizeof *map,
                           "field %.64s is not the service's field %u of %zu",
                           cohort->schema->fields[i].key, map[i], service->field_count);
            return;
        }
    cohort->field_map = map;
}

static void read_cohort(struct wt_flat_reader *reader, const struct wt_snapshot *snapshot,
                        const struct wt_flat_identities *workers, struct wt_cohort *cohort) {
    struct wt_flat_cohort_record record;
    size_t at = reader->at;
    if (!WT_FLAT_TAKE(reader, &record, cohort_rules))
        return;
    if (record.row_count != workers->row_count) {
        wt_flat_refuse(reader, at + offsetof(struct wt_flat_cohort_record, row_count),
                       "row_count is %llu, its workers have %zu",
                       (unsigned long long)record.row_count, workers->row_count);
        return;
    }
    if (record.service >= snapshot->service_count ||
        strcmp(snapshot->services[record.service].name, workers->service) != 0) {
        wt_flat_refuse(reader, at, "service is %u of %zu, its workers are of %.64s", record.service,
                       snapshot->service_count, workers->service);
        return;
    }
    *cohort = (struct wt_cohort){.service = record.service,
                                 .schema = workers->schema,
                                 .row_count = workers->row_count,
                                 .worker_count = workers->worker_count,
                                 .rows = workers->rows};
    if (cohort->schema != NULL)
        read_field_map(reader, cohort, &snapshot->services[record.service]);
    read_status(reader, cohort);
    if (cohort->schema != NULL && reader->status == WT_OK)
        cohort->values = read_values(reader, cohort, 0, "values");
    if (cohort->schema != NULL && reader->status == WT_OK && record.has_previous)
        cohort->previous = read_values(reader, cohort, WT_ROW_FRESH, "previous values");
}

void wt_flat_read_cohorts(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                          const struct wt_flat_workers *workers, uint32_t count) {
    if (count != workers->cohort_count) {
        wt_flat_refuse(reader, offsetof(struct wt_flat_tick_record, cohort_count),
                       "cohort_count is %u, its workers have %zu", count, workers->cohort_count);
        return;
    }
    struct wt_cohort *cohorts = wt_flat_alloc(reader, count, sizeof *cohorts);
    for (uint32_t i = 0; i < count && reader->status == WT_OK; i++)
        read_cohort(reader, snapshot, &workers->cohorts[i], &cohorts[i]);
    snapshot->cohorts = cohorts;
    snapshot->cohort_count = count;
}
