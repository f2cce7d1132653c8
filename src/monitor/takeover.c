#include "monitor/takeover.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/log.h"
#include "base/process.h"
#include "base/utf8.h"
#include "model/flat.h"
#include "model/value.h"
#include "monitor/internal.h"

static const char room[] = "monitor";

/* Of each kind of record, so many are looked at: a file that claims more is not one of ours. */
enum { MOST_RECORDS = 1 << 21 };

/* No worker counts that far, and sums of two million of these do not overflow. */
#define MOST_RETIRED ((wt_int128)1 << 100)

/* The old files while they are read. */
struct reading {
    struct wt_monitor *monitor;
    struct wt_directory_view *view;
    const struct wt_store_view *store; /* NULL: it cannot be read */
    size_t segment_bytes;              /* that bound the fields of schemas */
    bool names_processes;              /* its pids are those of our pid namespace */
    struct wt_map schemas;             /* number -> struct wt_schema, one reference each */
    struct wt_buffer bytes;
    size_t workers;    /* taken over */
    size_t left_out;   /* records that are broken, or were being written when it died */
    size_t unreadable; /* workers whose segments cannot be read */
};

/* Texts of records end with 0. */
static bool clean_name(char out[static WT_DIRECTORY_NAME_BYTES], const char *name) {
    return wt_text_clean(out, WT_DIRECTORY_NAME_BYTES, name, strlen(name)) > 0;
}

/* The totals of the service with this number; NULL, and it is counted, without. */
static struct wt_total *total_of(struct reading *reading, uint32_t service) {
    struct wt_shared_service_record record;
    char name[WT_DIRECTORY_NAME_BYTES];
    struct wt_total *total = NULL;
    if (wt_directory_view_service(reading->view, service, &record) == WT_OK &&
        clean_name(name, record.name))
        total = wt_totals_remember(&reading->monitor->totals, name);
    reading->left_out += total == NULL;
    return total;
}

static uint64_t used_of(const struct reading *reading, enum wt_section_type type) {
    struct wt_shared_section section;
    if (!wt_directory_view_section(reading->view, type, 0, &section))
        return 0;
    return section.used < MOST_RECORDS ? section.used : MOST_RECORDS;
}

/* Whether there is a record; a broken one is counted. */
static bool is_there(struct reading *reading, wt_status status) {
    reading->left_out += status != WT_OK && status != WT_ENOENT;
    return status == WT_OK;
}

/* ---- retired totals -------------------------------------------------------------------------- */

static struct wt_number number_of(const struct wt_shared_retired_record *record) {
    double real;
    memcpy(&real, &record->real, sizeof real);
    if (record->is_real)
        return wt_number_real(real); /* absent when it is none */
    wt_int128 integer = (wt_int128)(((wt_uint128)record->high << 64) | record->low);
    bool is_sane = integer < MOST_RETIRED && integer > -MOST_RETIRED;
    return is_sane ? wt_number_integer(integer) : wt_number_absent();
}

static void take_retired(struct reading *reading) {
    uint64_t count = used_of(reading, WT_SECTION_RETIRED);
    for (uint64_t i = 0; i < count; i++) {
        struct wt_shared_retired_record record;
        char key[WT_DIRECTORY_NAME_BYTES];
        uint32_t field = WT_NO_TOTAL;
        if (!is_there(reading, wt_directory_view_retired(reading->view, i, &record)) ||
            record.service == 0)
            continue;
        struct wt_number number = number_of(&record);
        struct wt_total *total = total_of(reading, record.service);
        if (total == NULL)
            continue;
        if (number.kind == WT_NUMBER_ABSENT || !clean_name(key, record.key) ||
            !wt_totals_place_field(total, key, &field) || field == WT_NO_TOTAL) {
            reading->left_out++;
            continue;
        }
        wt_totals_retire(total, field, number);
    }
}

static void take_services(struct reading *reading) {
    uint64_t count = used_of(reading, WT_SECTION_SERVICES);
    for (uint64_t i = 1; i <= count; i++) {
        struct wt_shared_service_record record;
        if (!is_there(reading, wt_directory_view_service(reading->view, (uint32_t)i, &record)) ||
            record.retired_workers == 0)
            continue;
        struct wt_total *total = total_of(reading, (uint32_t)i);
        if (total != NULL)
            total->retired_workers += record.retired_workers;
    }
}

/* ---- workers --------------------------------------------------------------------------------- */

/* The schema with this number, borrowed; NULL, and it is counted, without. */
static const struct wt_schema *schema_of(struct reading *reading, uint32_t number) {
    struct wt_schema *schema = wt_map_get(&reading->schemas, number);
    if (schema != NULL)
        return schema;
    if (wt_directory_view_schema(reading->view, number, &reading->bytes, NULL) == WT_OK &&
        wt_flat_decode_schema(reading->bytes.data, reading->bytes.length, reading->segment_bytes,
                              &schema, NULL) == WT_OK &&
        wt_map_put(&reading->schemas, number, schema))
        return schema;
    wt_schema_unref(schema);
    reading->left_out++;
    return NULL;
}

/* What is known of a worker of the old monitor. */
struct ghost {
    int64_t pid;
    uint64_t start_ticks;
    const uint8_t *instance; /* NULL without */
    uint32_t service, schema;
    uint64_t segment; /* in the old store, when bytes is set */
    const unsigned char *bytes;
    const uint64_t *last_good; /* by field, when it is not */
};

static bool has_counters(const struct wt_schema *schema) {
    for (uint32_t i = 0; i < schema->field_count; i++)
        if (schema->fields[i].kind == WT_KIND_COUNTER)
            return true;
    return false;
}

static void take_ghost(struct reading *reading, const struct ghost *ghost) {
    struct wt_monitor *monitor = reading->monitor;
    uint32_t map[WT_SCHEMA_MAX_FIELDS];
    const struct wt_schema *schema = schema_of(reading, ghost->schema);
    if (schema == NULL || !has_counters(schema))
        return;
    struct wt_total *total = total_of(reading, ghost->service);
    if (total == NULL)
        return;
    struct wt_peer *peer =
        wt_totals_map(total, schema, map)
            ? wt_peers_adopt(&monitor->peers, reading->names_processes ? ghost->pid : 0,
                             ghost->start_ticks)
            : NULL;
    const struct wt_tally_options options = {
        .total = total,
        .peer = peer,
        .schema = schema,
        .map = map,
        .instance = ghost->instance,
        .place = ghost->bytes != NULL ? WT_TALLY_PREVIOUS : WT_TALLY_NOWHERE,
        .segment = (uint32_t)ghost->segment,
        .bytes = ghost->bytes,
        .last_good = ghost->last_good,
    };
    if (peer != NULL && wt_tally_create(monitor, &options) != NULL)
        reading->workers++;
    else
        reading->left_out++;
    if (peer != NULL)
        wt_peers_drop(&monitor->peers, peer);
}

static void take_segments(struct reading *reading) {
    struct wt_shared_section section;
    if (!wt_directory_view_section(reading->view, WT_SECTION_SEGMENTS, WT_STORE_VALUES, &section))
        return;
    for (uint64_t i = 0; i < section.used && i < MOST_RECORDS; i++) {
        struct wt_shared_segment_record record;
        if (!is_there(reading,
                      wt_directory_view_segment(reading->view, WT_STORE_VALUES, i, &record)) ||
            record.state == WT_STORE_FREE || record.schema == 0)
            continue;
        const struct ghost ghost = {
            .pid = record.pid,
            .start_ticks = record.start_ticks,
            .instance = record.has_instance ? record.instance : NULL,
            .service = record.service,
            .schema = record.schema,
            .segment = i,
            .bytes = reading->store == NULL ? NULL : wt_store_view_segment(reading->store, i),
        };
        if (reading->store == NULL)
            reading->unreadable++;
        else if (ghost.bytes == NULL)
            reading->left_out++; /* beyond the end */
        else
            take_ghost(reading, &ghost);
    }
}

/* A worker that has its values in a segment again, although it was told to be away: its monitor
 * was killed in between. */
static bool is_back(struct reading *reading, const struct wt_shared_pending_record *record) {
    struct wt_total *total = record->has_instance ? total_of(reading, record->service) : NULL;
    if (total == NULL)
        return false;
    uint64_t key = wt_tally_key(total, record->instance);
    const struct wt_tally *tally = wt_map_get(&reading->monitor->totals.by_key, key);
    while (tally != NULL &&
           (tally->place != WT_TALLY_PREVIOUS || tally->total != total ||
            tally->peer->pid != record->pid || tally->peer->start_ticks != record->start_ticks ||
            memcmp(tally->instance, record->instance, sizeof record->instance) != 0))
        tally = tally->same_key;
    return tally != NULL;
}

/* Records of one worker follow each other. */
static void take_pending(struct reading *reading) {
    uint64_t count = used_of(reading, WT_SECTION_PENDING);
    uint64_t values[WT_SCHEMA_MAX_FIELDS] = {0};
    struct wt_shared_pending_record first = {0}, record;
    for (uint64_t i = 0; i <= count; i++) {
        record = (struct wt_shared_pending_record){0};
        if (i < count)
            (void)is_there(reading, wt_directory_view_pending(reading->view, i, &record));
        if (first.worker != 0 && record.worker != first.worker) {
            const struct ghost ghost = {
                .pid = first.pid,
                .start_ticks = first.start_ticks,
                .instance = first.has_instance ? first.instance : NULL,
                .service = first.service,
                .schema = first.schema,
                .last_good = values,
            };
            if (!is_back(reading, &first))
                take_ghost(reading, &ghost);
        }
        if (record.worker != first.worker) {
            memset(values, 0, sizeof values);
            first = record;
        }
        if (record.worker != 0 && record.field < WT_SCHEMA_MAX_FIELDS)
            values[record.field] = record.bits;
    }
}

/* ---- the files ------------------------------------------------------------------------------- */

static void note(struct wt_monitor *monitor, bool failed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct wt_monitor *monitor, bool failed, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(monitor->takeover.note, sizeof monitor->takeover.note, format, arguments);
    va_end(arguments);
    monitor->takeover.failed = failed;
}

static void describe(struct reading *reading, const struct wt_shared_directory_header *header,
                     const struct wt_error *store_error) {
    struct wt_monitor *monitor = reading->monitor;
    char died[WT_FORMAT_SIZE], but[160] = "";
    wt_format_clock(died, sizeof died, (int64_t)header->heartbeat_realtime_ns);
    if (reading->unreadable > 0)
        snprintf(but, sizeof but, "; not of %zu worker%s: %.100s", reading->unreadable,
                 reading->unreadable == 1 ? "" : "s", store_error->text);
    else if (reading->left_out > 0)
        snprintf(but, sizeof but, "; %zu damaged record%s left out", reading->left_out,
                 reading->left_out == 1 ? " was" : "s were");
    size_t services = monitor->totals.count;
    note(monitor, but[0] != '\0',
         "took over the totals of %zu service%s from monitor %" PRId64 ", last seen at %s%s",
         services, services == 1 ? "" : "s", header->monitor_pid, died, but);
}

static bool is_of_our_namespace(const struct wt_directory_view *view) {
    char ours[64];
    const char *theirs = wt_directory_view_fact(view, WT_DIRECTORY_NAMESPACE_FACT);
    return theirs[0] == '\0' || !wt_process_namespace(ours, sizeof ours) ||
           strcmp(ours, theirs) == 0;
}

static void read_files(struct wt_monitor *monitor, struct wt_directory_view *view,
                       const struct wt_shared_directory_header *header) {
    struct wt_shared_store_record store;
    char path[PATH_MAX];
    struct wt_error why = {0};
    struct reading reading = {.monitor = monitor, .view = view};
    snprintf(path, sizeof path, "%s.previous", monitor->store_path);
    if (wt_store_view_open(&monitor->takeover.store, view, WT_STORE_VALUES, path, &why) == WT_OK)
        reading.store = monitor->takeover.store;
    if (wt_directory_view_store(view, WT_STORE_VALUES, &store) == WT_OK &&
        store.segment_bytes <= UINT32_MAX)
        reading.segment_bytes = (size_t)store.segment_bytes;
    reading.names_processes = is_of_our_namespace(view);
    take_retired(&reading);
    take_services(&reading);
    take_segments(&reading);
    take_pending(&reading);
    if (!wt_directory_view_is_readable(view))
        reading.left_out++;
    describe(&reading, header, &why);
    size_t cursor = 0;
    const struct wt_map_entry *entry;
    while ((entry = wt_map_next(&reading.schemas, &cursor)) != NULL)
        wt_schema_unref(entry->value);
    wt_map_fini(&reading.schemas);
    wt_buffer_fini(&reading.bytes);
}

void wt_takeover_begin(struct wt_monitor *monitor) {
    char path[PATH_MAX];
    struct wt_directory_view *view;
    struct wt_shared_directory_header header;
    struct wt_error err;
    snprintf(path, sizeof path, "%s.previous", monitor->directory_path);
    if (wt_directory_view_open(&view, path, &err) != WT_OK) {
        note(monitor, true, "could not take over the totals: %.180s", err.text);
        return;
    }
    wt_directory_view_header(view, &header);
    if (!wt_directory_view_is_this_boot(view))
        note(monitor, true, "could not take over the totals: %.140s is of before the last boot",
             path);
    else if (header.state != WT_DIRECTORY_CLOSED) /* who ends by itself wants to be forgotten */
        read_files(monitor, view, &header);
    wt_directory_view_close(view);
}

void wt_takeover_tell(struct wt_monitor *monitor, struct wt_time now) {
    const char *note = monitor->takeover.note;
    bool failed = monitor->takeover.failed;
    if (note[0] == '\0')
        return;
    wt_log(failed ? WT_LOG_WARN : WT_LOG_INFO, room, "%s", note);
    wt_events_add(monitor->events, now.realtime_ns, failed ? WT_EVENT_TROUBLE : WT_EVENT_RECOVERED,
                  failed ? WT_SEVERITY_WARN : WT_SEVERITY_INFO, 0, "", "%s", note);
}

/* ---- afterwards ------------------------------------------------------------------------------ */

const unsigned char *wt_takeover_bytes(const struct wt_monitor *monitor, uint64_t segment) {
    const struct wt_store_view *store = monitor->takeover.store;
    return store != NULL && wt_store_view_is_readable(store) ? wt_store_view_segment(store, segment)
                                                             : NULL;
}

void wt_takeover_tick(struct wt_monitor *monitor) {
    if (monitor->takeover.store == NULL)
        return;
    monitor->takeover.is_readable = wt_store_view_is_readable(monitor->takeover.store);
    wt_totals_read_previous(monitor);
    if (monitor->totals.previous_count > 0)
        return;
    wt_store_view_close(monitor->takeover.store);
    monitor->takeover.store = NULL;
    wt_log(WT_LOG_DEBUG, room, "every worker of the monitor before this one is back, or gone");
}

void wt_takeover_fini(struct wt_monitor *monitor) {
    wt_store_view_close(monitor->takeover.store);
    monitor->takeover.store = NULL;
}
