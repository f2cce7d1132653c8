#include <stdlib.h>
#include <string.h>

#include "model/flat.h"
#include "model/flat_decode.h"
#include "model/flat_schema.h"

/* The workers part: one block of memory for everything but the schemas. */

enum { SEGMENT_BYTES_MAX = 1 << 30 };

static const struct wt_flat_rule header_rules[] = {
    WT_FLAT_RULE(struct wt_flat_workers_record, version, 1, WT_FLAT_WORKERS_VERSION),
    WT_FLAT_RULE(struct wt_flat_workers_record, row_count, 0, INT64_MAX),
};

static const struct wt_flat_rule cohort_rules[] = {
    WT_FLAT_RULE(struct wt_flat_identities_record, row_count, 0, INT64_MAX),
    WT_FLAT_RULE(struct wt_flat_identities_record, has_schema, 0, 1),
};

static const struct wt_flat_rule worker_rules[] = {
    WT_FLAT_RULE(struct wt_flat_worker_record, registered_realtime_ns, -WT_FLAT_TIME_MAX,
                 WT_FLAT_TIME_MAX),
    WT_FLAT_RULE(struct wt_flat_worker_record, registered_monotonic_ns, 0, WT_FLAT_TIME_MAX),
    WT_FLAT_RULE(struct wt_flat_worker_record, segment, -1, UINT32_MAX),
    WT_FLAT_RULE(struct wt_flat_worker_record, recorder, -1, UINT32_MAX),
    WT_FLAT_RULE(struct wt_flat_worker_record, present, 0, 1),
    WT_FLAT_RULE(struct wt_flat_worker_record, has_instance, 0, 1),
    WT_FLAT_RULE(struct wt_flat_worker_record, has_reason, 0, 1),
};

static_assert(sizeof(struct wt_worker) + sizeof(void *) <=
                  WT_FLAT_GROWTH * sizeof(struct wt_flat_worker_record),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_flat_identities) + 2 * WT_FLAT_ALIGNMENT <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_identities_record) + 8),
              "the pool holds what its bytes mean");

static void read_worker(struct wt_flat_reader *reader, struct wt_flat_workers *workers,
                        struct wt_worker *worker, const char *service, bool *present,
                        bool *has_reason) {
    struct wt_flat_worker_record record;
    *present = false;
    if (!WT_FLAT_TAKE(reader, &record, worker_rules) || !record.present)
        return;
    *worker = (struct wt_worker){
        .id = record.id,
        .service = service,
        .pid = record.pid,
        .announced_pid = record.announced_pid,
        .start_time_ticks = record.start_time_ticks,
        .has_instance = record.has_instance,
        .threads = record.threads,
        .registered_realtime_ns = record.registered_realtime_ns,
        .registered_monotonic_ns = record.registered_monotonic_ns,
        .segment = record.segment,
        .recorder = record.recorder,
        .slot = record.slot,
        .restarts = record.restarts,
        .reason = "",
    };
    memcpy(worker->instance, record.instance, sizeof worker->instance);
    *present = true;
    *has_reason = record.has_reason;
    if (record.segment > workers->last_segment)
        workers->last_segment = record.segment;
    if (record.recorder > workers->last_recorder)
        workers->last_recorder = record.recorder;
}

static void read_rows(struct wt_flat_reader *reader, struct wt_flat_workers *workers,
                      struct wt_flat_identities *cohort) {
    size_t left = (reader->length - reader->at) / sizeof(struct wt_flat_worker_record);
    if (cohort->row_count > left) {
        wt_flat_refuse(reader, reader->at, "%zu rows do not fit: at most %zu are there",
                       cohort->row_count, left);
        return;
    }
    const struct wt_worker **rows = wt_flat_alloc(reader, cohort->row_count, sizeof *rows);
    struct wt_worker *list = wt_flat_alloc(reader, cohort->row_count, sizeof *list);
    for (size_t row = 0; row < cohort->row_count && reader->status == WT_OK; row++) {
        bool present, has_reason = false;
        read_worker(reader, workers, &list[row], cohort->service, &present, &has_reason);
        rows[row] = present ? &list[row] : NULL;
        cohort->worker_count += present;
        if (has_reason)
            list[row].reason = NULL; /* it follows */
    }
    for (size_t row = 0; row < cohort->row_count && reader->status == WT_OK; row++)
        if (rows[row] != NULL && list[row].reason == NULL)
            list[row].reason = wt_flat_text(reader, "reason");
    cohort->rows = rows;
}

static void read_cohort(struct wt_flat_reader *reader, struct wt_flat_workers *workers) {
    struct wt_flat_identities_record record;
    size_t at = reader->at;
    if (!WT_FLAT_TAKE(reader, &record, cohort_rules))
        return;
    struct wt_flat_identities *cohort = &workers->cohorts[workers->cohort_count++];
    *cohort = (struct wt_flat_identities){.service = wt_flat_text(reader, "service"),
                                          .row_count = (size_t)record.row_count};
    if (record.has_schema) {
        cohort->schema = wt_flat_read_schema(reader, SEGMENT_BYTES_MAX);
        if (cohort->schema != NULL && cohort->schema->field_count > WT_SCHEMA_MAX_FIELDS)
            wt_flat_refuse(reader, at, "a schema of %u fields", cohort->schema->field_count);
    }
    if (reader->status == WT_OK)
        read_rows(reader, workers, cohort);
}

static void read_all(struct wt_flat_reader *reader, struct wt_flat_workers *workers) {
    struct wt_flat_workers_record record;
    uint64_t rows = 0;
    if (!wt_flat_check_version(reader, WT_FLAT_WORKERS_VERSION) ||
        !WT_FLAT_TAKE(reader, &record, header_rules))
        return;
    size_t most = (reader->length - reader->at) / sizeof(struct wt_flat_identities_record);
    if (record.cohort_count > most) {
        wt_flat_refuse(reader, offsetof(struct wt_flat_workers_record, cohort_count),
                       "cohort_count is %u, at most %zu are there", record.cohort_count, most);
        return;
    }
    workers->cohorts = wt_flat_alloc(reader, record.cohort_count, sizeof *workers->cohorts);
    for (uint32_t i = 0; i < record.cohort_count && reader->status == WT_OK; i++) {
        read_cohort(reader, workers);
        rows += workers->cohorts[i].row_count;
    }
    if (reader->status == WT_OK && rows != record.row_count)
        wt_flat_refuse(reader, offsetof(struct wt_flat_workers_record, row_count),
                       "row_count is %llu, must be %llu", (unsigned long long)record.row_count,
                       (unsigned long long)rows);
    if (reader->at != reader->length)
        wt_flat_refuse(reader, reader->at, "%zu bytes too many", reader->length - reader->at);
}

wt_status wt_flat_decode_workers(const void *bytes, size_t length, struct wt_flat_workers **out,
                                 struct wt_error *err) {
    struct wt_flat_reader reader = {
        .what = "workers", .bytes = bytes, .length = length, .err = err};
    *out = NULL;
    if (length > SIZE_MAX / 8)
        return wt_fail(err, WT_EFORMAT, "workers: %zu bytes", length);
    size_t head = (sizeof(struct wt_flat_workers) + WT_FLAT_ALIGNMENT - 1) / WT_FLAT_ALIGNMENT *
                  WT_FLAT_ALIGNMENT;
    size_t pool = WT_FLAT_GROWTH * length + WT_FLAT_SLACK;
    struct wt_flat_workers *workers = malloc(head + pool);
    if (workers == NULL)
        return wt_fail(err, WT_ENOMEM, "workers: no memory for %zu bytes", head + pool);
    *workers = (struct wt_flat_workers){.references = 1, .last_segment = -1, .last_recorder = -1};
    reader.pool = (unsigned char *)workers + head;
    reader.pool_size = pool;
    read_all(&reader, workers);
    if (reader.status == WT_OK)
        *out = workers;
    else
        wt_flat_workers_unref(workers);
    return reader.status;
}

struct wt_flat_workers *wt_flat_workers_ref(struct wt_flat_workers *workers) {
    if (workers != NULL)
        __atomic_fetch_add(&workers->references, 1, __ATOMIC_RELAXED);
    return workers;
}

void wt_flat_workers_unref(struct wt_flat_workers *workers) {
    if (workers == NULL || __atomic_fetch_sub(&workers->references, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    for (size_t i = 0; i < workers->cohort_count; i++)
        wt_schema_unref(workers->cohorts[i].schema);
    free(workers);
}
