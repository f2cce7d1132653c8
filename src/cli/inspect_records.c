/* inspect_records.c - the records of a directory file: segments, services, schemas, what workers
 * that are gone had counted, resizes, events. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/inspect.h"
#include "model/flat.h"
#include "shm/store.h"

/* Where record `place` of a section lies in the file. */
static uint64_t record_at(const struct wt_inspect *inspect, enum wt_section_type type,
                          uint32_t index, uint64_t place) {
    struct wt_shared_section section;
    if (!wt_directory_view_section(inspect->view, type, index, &section))
        return WT_INSPECT_NOWHERE;
    return section.offset + place * section.record_bytes;
}

static uint64_t room_of(const struct wt_inspect *inspect, enum wt_section_type type,
                        uint32_t index) {
    struct wt_shared_section section;
    return wt_directory_view_section(inspect->view, type, index, &section) ? section.count : 0;
}

/* Notes a record that cannot be read. True when it can, or was never written. */
static bool note_status(struct wt_inspect *inspect, wt_status status, uint64_t at, const char *what,
                        uint64_t number) {
    if (status == WT_OK || status == WT_ENOENT)
        return true;
    if (status == WT_EAGAIN)
        wt_inspect_wrong(inspect, at,
                         "%s %" PRIu64 " never read the same twice: its sequence is odd, as while "
                         "it is written",
                         what, number);
    else
        wt_inspect_wrong(inspect, at, "%s %" PRIu64 ": %s", what, number, wt_status_text(status));
    return false;
}

/* ---- segments -------------------------------------------------------------------------------- */

bool wt_inspect_is_part(const struct wt_inspect *inspect) {
    return wt_options_given(inspect->options, WT_OPTION_segment_number) ||
           wt_options_given(inspect->options, WT_OPTION_worker_id);
}

bool wt_inspect_wants(const struct wt_inspect *inspect, uint64_t segment,
                      const struct wt_shared_segment_record *record) {
    if (wt_options_given(inspect->options, WT_OPTION_segment_number))
        return segment == inspect->options->segment_number;
    if (wt_options_given(inspect->options, WT_OPTION_worker_id))
        return record->worker_id == inspect->options->worker_id && record->state != WT_STORE_FREE;
    return true;
}

uint64_t wt_inspect_record_at(const struct wt_inspect *inspect, unsigned store, uint64_t segment) {
    return record_at(inspect, WT_SECTION_SEGMENTS, store, segment);
}

const char *wt_inspect_service_name(const struct wt_inspect *inspect, uint32_t number,
                                    struct wt_shared_service_record *out) {
    if (number == 0 || wt_directory_view_service(inspect->view, number, out) != WT_OK)
        return "";
    return out->name;
}

bool wt_inspect_record(struct wt_inspect *inspect, unsigned store, uint64_t segment,
                       struct wt_shared_segment_record *out) {
    wt_status status = wt_directory_view_segment(inspect->view, store, segment, out);
    uint64_t at = wt_inspect_record_at(inspect, store, segment);
    if (status == WT_EFORMAT && out->state > WT_STORE_QUARANTINED) {
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_segment_record, state),
                         "the state of segment %" PRIu64 " of %s is %u, must be 0 to %d", segment,
                         wt_inspect_store_name(store), out->state, WT_STORE_QUARANTINED);
        return false;
    }
    if (status == WT_EFORMAT) {
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_segment_record, has_instance),
                         "has_instance of segment %" PRIu64 " of %s is %u, must be 0 or 1", segment,
                         wt_inspect_store_name(store), out->has_instance);
        return false;
    }
    return note_status(inspect, status, at, "the record of segment", segment);
}

static const char *const states[] = {"free", "allocated", "quarantined"};

static void check_segment(struct wt_inspect *inspect, unsigned store, uint64_t segment,
                          const struct wt_shared_segment_record *record) {
    struct wt_shared_service_record service;
    uint64_t at = wt_inspect_record_at(inspect, store, segment);
    const char *name = wt_inspect_store_name(store);
    if (record->service != 0 &&
        wt_inspect_service_name(inspect, record->service, &service)[0] == '\0')
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_segment_record, service),
                         "segment %" PRIu64 " of %s is of service %" PRIu32 ", which is not there",
                         segment, name, record->service);
    if (record->state != WT_STORE_FREE && record->worker_id == 0)
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_segment_record, worker_id),
                         "segment %" PRIu64 " of %s is %s, must have a worker", segment, name,
                         states[record->state]);
    if (record->schema == 0)
        return;
    struct wt_buffer bytes = {0};
    if (wt_directory_view_schema(inspect->view, record->schema, &bytes, NULL) == WT_ENOENT)
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_segment_record, schema),
                         "segment %" PRIu64 " of %s has schema %" PRIu32 ", which is not there",
                         segment, name, record->schema);
    wt_buffer_fini(&bytes);
}

static void put_segment(struct wt_inspect *inspect, uint64_t segment,
                        const struct wt_shared_segment_record *record) {
    struct wt_shared_service_record service;
    char instance[2 * sizeof record->instance + 1] = "";
    for (size_t i = 0; record->has_instance != 0 && i < sizeof record->instance; i++)
        snprintf(instance + 2 * i, 3, "%02x", record->instance[i]);
    const struct wt_cell cells[] = {
        wt_cell_count(segment),
        wt_cell_text(states[record->state]),
        record->worker_id == 0 ? wt_cell_none() : wt_cell_count(record->worker_id),
        record->pid == 0 ? wt_cell_none() : wt_cell_int(record->pid),
        wt_cell_text(wt_inspect_service_name(inspect, record->service, &service)),
        record->schema == 0 ? wt_cell_none() : wt_cell_count(record->schema),
        wt_cell_count(record->generation),
        wt_cell_time(record->since_realtime_ns),
        record->start_ticks == 0 ? wt_cell_none() : wt_cell_count(record->start_ticks),
        wt_cell_text(instance),
    };
    wt_report_row(&inspect->report, cells);
}

struct counts {
    uint64_t of[3], unreadable;
};

/* A segment whose record cannot be read is counted, and named in the second pass. */
static struct counts count_segments(const struct wt_inspect *inspect, unsigned store,
                                    uint64_t segments) {
    struct counts counts = {{0}, 0};
    for (uint64_t i = 0; i < segments; i++) {
        struct wt_shared_segment_record record;
        wt_status status = wt_directory_view_segment(inspect->view, store, i, &record);
        if (status == WT_OK || status == WT_ENOENT)
            counts.of[record.state]++;
        else
            counts.unreadable++;
    }
    return counts;
}

static uint64_t segments_of(const struct wt_inspect *inspect, unsigned store) {
    struct wt_shared_store_record record;
    uint64_t room = room_of(inspect, WT_SECTION_SEGMENTS, store);
    if (wt_directory_view_store(inspect->view, store, &record) != WT_OK)
        return room;
    return record.segment_count < room ? record.segment_count : room;
}

void wt_inspect_segments(struct wt_inspect *inspect, unsigned store) {
    static const struct wt_column columns[] = {
        {"segment", "segment", 0},
        {"state", "state", 0},
        {"worker_id", "worker", 0},
        {"pid", "pid", 0},
        {"service", "service", 0},
        {"schema", "schema", 0},
        {"generation", "nth use", 0},
        {"since_ns", "since", 0},
        {"start_ticks", "", WT_COLUMN_MACHINE},
        {"instance", "", WT_COLUMN_MACHINE},
    };
    static const char *const keys[WT_DIRECTORY_STORES] = {"segments", "recorder_segments",
                                                          "recorder_wide_segments"};
    uint64_t segments = segments_of(inspect, store);
    struct counts counts = count_segments(inspect, store, segments);
    char title[160];
    snprintf(title, sizeof title,
             "segments of %s: %" PRIu64 " allocated, %" PRIu64 " quarantined, %" PRIu64 " free",
             wt_inspect_store_name(store), counts.of[1], counts.of[2], counts.of[0]);
    wt_report_table(&inspect->report, keys[store], title, columns, 10);
    for (uint64_t i = 0; i < segments; i++) {
        struct wt_shared_segment_record record;
        if (!wt_inspect_record(inspect, store, i, &record))
            continue;
        check_segment(inspect, store, i, &record);
        bool is_shown = wt_inspect_is_part(inspect) ? wt_inspect_wants(inspect, i, &record)
                                                    : record.state != WT_STORE_FREE;
        if (!is_shown)
            continue;
        inspect->matched++;
        put_segment(inspect, i, &record);
    }
    wt_report_end(&inspect->report);
}

/* ---- services and what is retired ------------------------------------------------------------ */

void wt_inspect_services(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {{"number", "number", 0},
                                               {"name", "service", 0},
                                               {"retired_workers", "workers gone for good", 0}};
    wt_report_table(&inspect->report, "services", "known services", columns, 3);
    uint64_t room = room_of(inspect, WT_SECTION_SERVICES, 0);
    for (uint64_t i = 1; i <= room && i <= UINT32_MAX; i++) {
        struct wt_shared_service_record record;
        wt_status status = wt_directory_view_service(inspect->view, (uint32_t)i, &record);
        if (!note_status(inspect, status, record_at(inspect, WT_SECTION_SERVICES, 0, i - 1),
                         "the record of service", i) ||
            status == WT_ENOENT)
            continue;
        const struct wt_cell cells[] = {wt_cell_count(i), wt_cell_text(record.name),
                                        wt_cell_count(record.retired_workers)};
        wt_report_row(&inspect->report, cells);
    }
    wt_report_end(&inspect->report);
}

static struct wt_number retired_number(const struct wt_shared_retired_record *record) {
    double real;
    if (record->is_real != 0) {
        memcpy(&real, &record->real, sizeof real);
        return wt_number_real(real);
    }
    __extension__ typedef unsigned __int128 uint128;
    return wt_number_integer((wt_int128)(record->low | (uint128)record->high << 64));
}

void wt_inspect_retired(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {{"service", "service", WT_COLUMN_ONCE},
                                               {"key", "field", 0},
                                               {"total", "counted by workers gone for good", 0}};
    wt_report_table(&inspect->report, "retired", "retired totals", columns, 3);
    uint64_t room = room_of(inspect, WT_SECTION_RETIRED, 0);
    for (uint64_t i = 0; i < room; i++) {
        struct wt_shared_retired_record record;
        struct wt_shared_service_record service;
        uint64_t at = record_at(inspect, WT_SECTION_RETIRED, 0, i);
        wt_status status = wt_directory_view_retired(inspect->view, i, &record);
        if (!note_status(inspect, status, at, "retired total", i) || status == WT_ENOENT ||
            record.service == 0) /* emptied: its service was forgotten */
            continue;
        const char *name = wt_inspect_service_name(inspect, record.service, &service);
        if (name[0] == '\0')
            wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_retired_record, service),
                             "retired total %" PRIu64 " is of service %" PRIu32
                             ", which is not there",
                             i, record.service);
        const struct wt_cell cells[] = {wt_cell_text(name), wt_cell_text(record.key),
                                        wt_cell_number(retired_number(&record))};
        wt_report_row(&inspect->report, cells);
    }
    wt_report_end(&inspect->report);
}

void wt_inspect_pending(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {{"service", "service", WT_COLUMN_ONCE},
                                               {"pid", "pid", 0},
                                               {"schema", "schema", 0},
                                               {"field", "field, from 0", 0},
                                               {"bits", "counted when last seen, as bits", 0}};
    uint64_t room = room_of(inspect, WT_SECTION_PENDING, 0);
    wt_report_table(&inspect->report, "pending", "counters of workers that may come back", columns,
                    5);
    for (uint64_t i = 0; i < room; i++) {
        struct wt_shared_pending_record record;
        struct wt_shared_service_record service;
        uint64_t at = record_at(inspect, WT_SECTION_PENDING, 0, i);
        wt_status status = wt_directory_view_pending(inspect->view, i, &record);
        if (!note_status(inspect, status, at, "pending counter", i) || status == WT_ENOENT ||
            record.worker == 0)
            continue;
        const char *name = wt_inspect_service_name(inspect, record.service, &service);
        if (name[0] == '\0')
            wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_pending_record, service),
                             "pending counter %" PRIu64 " is of service %" PRIu32
                             ", which is not there",
                             i, record.service);
        const struct wt_cell cells[] = {
            wt_cell_text(name), wt_cell_number(wt_number_integer(record.pid)),
            wt_cell_count(record.schema), wt_cell_count(record.field), wt_cell_count(record.bits)};
        wt_report_row(&inspect->report, cells);
    }
    wt_report_end(&inspect->report);
}

/* ---- schemas --------------------------------------------------------------------------------- */

static void put_schema(struct wt_inspect *inspect, uint32_t number,
                       const struct wt_schema *schema) {
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        const struct wt_cell cells[] = {
            wt_cell_count(number),
            wt_cell_count(field->offset),
            wt_cell_text(field->key),
            wt_cell_text(wt_type_text(field->type)),
            wt_cell_text(wt_kind_text(field->kind)),
            field->role == WT_ROLE_NONE ? wt_cell_none() : wt_cell_text(wt_role_text(field->role)),
            field->group == 0 ? wt_cell_none()
                              : wt_cell_count(schema->groups[field->group - 1].offset),
            wt_cell_text(field->unit),
        };
        wt_report_row(&inspect->report, cells);
    }
}

void wt_inspect_schemas(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {
        {"schema", "schema", WT_COLUMN_ONCE},
        {"offset", "offset", 0},
        {"key", "field", 0},
        {"type", "type", 0},
        {"kind", "kind", 0},
        {"role", "role", 0},
        {"group", "group", 0},
        {"unit", "unit", WT_COLUMN_MACHINE},
    };
    enum { SEGMENT_BYTES_MAX = 1 << 30 };
    struct wt_shared_section section = {0};
    struct wt_buffer bytes = {0};
    uint64_t used = 0;
    wt_directory_view_section(inspect->view, WT_SECTION_SCHEMAS, 0, &section);
    wt_report_table(&inspect->report, "schemas", "schemas", columns, 8);
    for (uint32_t number = 1;; number++) {
        struct wt_error err = {.text = ""};
        struct wt_schema *schema = NULL;
        wt_status status = wt_directory_view_schema(inspect->view, number, &bytes, &err);
        if (status == WT_OK)
            status =
                wt_flat_decode_schema(bytes.data, bytes.length, SEGMENT_BYTES_MAX, &schema, &err);
        if (status == WT_OK)
            put_schema(inspect, number, schema);
        else if (status != WT_ENOENT)
            wt_inspect_wrong(inspect, section.offset + used, "schema %" PRIu32 ": %s", number,
                             err.text);
        wt_schema_unref(schema);
        if (status != WT_OK && bytes.length == 0)
            break; /* the end, or the chain is broken */
        used += sizeof(uint64_t) + (bytes.length + 7) / 8 * 8;
    }
    wt_report_end(&inspect->report);
    wt_buffer_fini(&bytes);
}

/* ---- resizes and events ---------------------------------------------------------------------- */

/* The numbers of a ring that can be there: `count` of them from *first on. A header that names one
 * that is not there is damaged. */
static uint64_t kept_numbers(struct wt_inspect *inspect, uint64_t newest, uint64_t room,
                             bool is_there, size_t header_at, const char *name, uint64_t *first) {
    if (newest > 0 && room > 0 && !is_there)
        wt_inspect_wrong(inspect, header_at, "%s is %" PRIu64 ", and there is no such record", name,
                         newest);
    uint64_t count = newest < room ? newest : room;
    *first = newest - count + 1;
    return count;
}

static void put_resizes(struct wt_inspect *inspect, unsigned store, uint64_t newest) {
    struct wt_shared_resize_record record;
    uint64_t room = room_of(inspect, WT_SECTION_RESIZES, store), first;
    bool is_there = wt_directory_view_resize(inspect->view, store, newest, &record) != WT_ENOENT;
    uint64_t count = kept_numbers(inspect, newest, room, is_there,
                                  offsetof(struct wt_shared_directory_header, resize_number) +
                                      store * sizeof newest,
                                  "resize_number", &first);
    for (uint64_t i = first; i - first < count; i++) {
        wt_status status = wt_directory_view_resize(inspect->view, store, i, &record);
        if (!note_status(inspect, status,
                         record_at(inspect, WT_SECTION_RESIZES, store, (i - 1) % room), "resize",
                         i) ||
            status == WT_ENOENT)
            continue;
        const struct wt_cell cells[] = {
            wt_cell_time(record.realtime_ns),     wt_cell_text(wt_inspect_store_name(store)),
            wt_cell_bytes(record.old_bytes),      wt_cell_bytes(record.new_bytes),
            wt_cell_count(record.segments_added), wt_cell_duration(record.duration_ns),
            wt_cell_text(record.problem),
        };
        wt_report_row(&inspect->report, cells);
    }
}

void wt_inspect_resizes(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {
        {"time_ns", "time", 0},
        {"store", "store", 0},
        {"old_bytes", "from", 0},
        {"new_bytes", "to", 0},
        {"segments_added", "segments added", 0},
        {"duration_ns", "took", 0},
        {"problem", "", WT_COLUMN_BELOW},
    };
    struct wt_shared_directory_header header;
    wt_directory_view_header(inspect->view, &header);
    wt_report_table(&inspect->report, "resizes", "resizes", columns, 7);
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++)
        put_resizes(inspect, i, header.resize_number[i]);
    wt_report_end(&inspect->report);
}

static const char *severity_text(uint32_t severity) {
    static const char *const words[] = {"info", "warn", "crit"};
    return severity <= WT_SEVERITY_CRIT ? words[severity] : "unknown";
}

void wt_inspect_events(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {
        {"number", "", WT_COLUMN_MACHINE},
        {"time_ns", "time", 0},
        {"severity", "severity", 0},
        {"kind", "event", WT_COLUMN_MACHINE},
        {"worker_id", "", WT_COLUMN_MACHINE},
        {"service", "service", 0},
        {"text", "event", 0},
    };
    struct wt_shared_directory_header header;
    uint64_t room = room_of(inspect, WT_SECTION_EVENTS, 0);
    wt_directory_view_header(inspect->view, &header);
    wt_report_table(&inspect->report, "events", "events", columns, 7);
    struct wt_shared_event_record record;
    uint64_t first;
    bool is_there =
        wt_directory_view_event(inspect->view, header.event_number, &record) != WT_ENOENT;
    uint64_t count = kept_numbers(inspect, header.event_number, room, is_there,
                                  offsetof(struct wt_shared_directory_header, event_number),
                                  "event_number", &first);
    for (uint64_t i = first; i - first < count; i++) {
        uint64_t at = record_at(inspect, WT_SECTION_EVENTS, 0, (i - 1) % room);
        wt_status status = wt_directory_view_event(inspect->view, i, &record);
        if (!note_status(inspect, status, at, "event", i) || status == WT_ENOENT)
            continue;
        if (record.kind >= WT_EVENT_KINDS)
            wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_event_record, kind),
                             "the kind of event %" PRIu64 " is %" PRIu32 ", must be 0 to %d", i,
                             record.kind, WT_EVENT_KINDS - 1);
        if (record.severity > WT_SEVERITY_CRIT)
            wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_event_record, severity),
                             "the severity of event %" PRIu64 " is %" PRIu32 ", must be 0 to %d", i,
                             record.severity, WT_SEVERITY_CRIT);
        const struct wt_cell cells[] = {
            wt_cell_count(record.number),
            wt_cell_time(record.realtime_ns),
            wt_cell_text(severity_text(record.severity)),
            wt_cell_text(wt_event_kind_text((enum wt_event_kind)record.kind)),
            record.worker_id == 0 ? wt_cell_none() : wt_cell_count(record.worker_id),
            wt_cell_text(record.service),
            wt_cell_text(record.text),
        };
        wt_report_row(&inspect->report, cells);
    }
    wt_report_end(&inspect->report);
}

/* ---- one record ------------------------------------------------------------------------------ */

void wt_inspect_part(struct wt_inspect *inspect) {
    bool by_worker = wt_options_given(inspect->options, WT_OPTION_worker_id);
    unsigned first = inspect->store == WT_INSPECT_NO_STORE ? 0 : inspect->store;
    unsigned last =
        by_worker && inspect->store == WT_INSPECT_NO_STORE ? WT_DIRECTORY_STORES - 1 : first;
    if (by_worker && inspect->store == WT_INSPECT_NO_STORE)
        wt_inspect_snapshot(inspect);
    for (unsigned i = first; i <= last; i++) {
        wt_inspect_segments(inspect, i);
        if (i == 0)
            wt_inspect_values(inspect, i);
        else
            wt_inspect_recorders(inspect, i);
    }
    if (inspect->matched == 0 && by_worker)
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE,
                         "worker %" PRIu64 " has no segment and no black box here",
                         inspect->options->worker_id);
    else if (inspect->matched == 0)
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "there is no segment %" PRIu64,
                         inspect->options->segment_number);
}
