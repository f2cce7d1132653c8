#include "fuzz/directory_file.h"

#include <unistd.h>

#include "base/process.h"
#include "fuzz/shown.h"
#include "model/flat.h"
#include "monitor/monitor.h"
#include "shm/checksum.h"

enum { SECTIONS = 14, BANK_BYTES = 8192, SCHEMA_BYTES = 512, FILE_BYTES = 96 << 10 };

static const struct plan {
    uint32_t type, index;
    uint64_t record_bytes, count, bytes;
} plans[SECTIONS] = {
    {.type = WT_SECTION_FACTS, .bytes = 256},
    {WT_SECTION_STORES, 0, sizeof(struct wt_shared_store_record), 3, 0},
    {WT_SECTION_SEGMENTS, 0, sizeof(struct wt_shared_segment_record), 8, 0},
    {WT_SECTION_SEGMENTS, 1, sizeof(struct wt_shared_segment_record), 4, 0},
    {.type = WT_SECTION_SCHEMAS, .bytes = SCHEMA_BYTES},
    {WT_SECTION_SERVICES, 0, sizeof(struct wt_shared_service_record), 2, 0},
    {WT_SECTION_RETIRED, 0, sizeof(struct wt_shared_retired_record), 2, 0},
    {WT_SECTION_RESIZES, 0, sizeof(struct wt_shared_resize_record), 2, 0},
    {WT_SECTION_EVENTS, 0, sizeof(struct wt_shared_event_record), 3, 0},
    {.type = WT_SECTION_SNAPSHOT, .index = 0, .bytes = BANK_BYTES},
    {.type = WT_SECTION_SNAPSHOT, .index = 1, .bytes = BANK_BYTES},
    {WT_SECTION_PENDING, 0, sizeof(struct wt_shared_pending_record), 2, 0},
    {WT_SECTION_HISTORY, 0, sizeof(struct wt_shared_history_record), 2, 0},
    {.type = WT_SECTION_SECONDS, .bytes = WT_DIRECTORY_SECONDS * sizeof(uint64_t)},
};
enum {
    FACTS,
    STORES,
    SEGMENTS,
    RECORDERS,
    SCHEMAS,
    SERVICES,
    RETIRED,
    RESIZES,
    EVENTS,
    BANKS,
    PENDING = BANKS + 2,
    HISTORY,
    SECONDS
};

static _Alignas(64) uint8_t file[FILE_BYTES];
static struct wt_shared_section sections[SECTIONS];

/* What there is of files beside it; none unless fuzz_directory_stores was asked. */
static struct wt_shared_store_record store_records[FUZZ_DIRECTORY_STORES];
static char facts[256] = "host\0h\0version\0"
                         "1\0store.0\0/x.shm\0";

const struct wt_time fuzz_directory_now = {.monotonic_ns = 1000 * WT_NS_PER_S,
                                           .realtime_ns = INT64_C(1700000000) * WT_NS_PER_S};

static void lay_out(void) {
    uint64_t at = sizeof(struct wt_shared_directory_header) + sizeof sections;
    for (int i = 0; i < SECTIONS; i++) {
        const struct plan *plan = &plans[i];
        uint64_t bytes = plan->bytes > 0 ? plan->bytes : plan->record_bytes * plan->count;
        sections[i] = (struct wt_shared_section){.type = plan->type,
                                                 .index = plan->index,
                                                 .offset = at,
                                                 .bytes = bytes,
                                                 .record_bytes = plan->record_bytes,
                                                 .count = plan->count,
                                                 .used = plan->count > 0 ? plan->count : bytes};
        at += (bytes + 63) / 64 * 64;
    }
    require(at <= FILE_BYTES);
}

static void *place(int section, uint64_t record) {
    return file + sections[section].offset + record * sections[section].record_bytes;
}

static void write_records(void) {
    memcpy(place(FACTS, 0), facts, sizeof facts);
    for (uint32_t i = 0; i < FUZZ_DIRECTORY_STORES; i++)
        *(struct wt_shared_store_record *)place(STORES, i) = store_records[i];
    for (uint32_t i = 0; i < 8; i++)
        *(struct wt_shared_segment_record *)place(SEGMENTS, i) =
            (struct wt_shared_segment_record){.sequence = 2,
                                              .worker_id = i % 3 == 0 ? 0 : i,
                                              .pid = 1000 + i,
                                              .generation = 1,
                                              .schema = 1,
                                              .service = 1,
                                              .state = i % 3};
    *(struct wt_shared_service_record *)place(SERVICES, 0) =
        (struct wt_shared_service_record){.sequence = 2, .retired_workers = 1, .name = "web"};
    *(struct wt_shared_retired_record *)place(RETIRED, 0) = (struct wt_shared_retired_record){
        .sequence = 2, .service = 1, .low = 7, .key = "requests_total"};
    for (uint64_t i = 0; i < 2; i++)
        *(struct wt_shared_resize_record *)place(RESIZES, i) = (struct wt_shared_resize_record){
            .sequence = 2, .number = i + 1, .old_bytes = 4096, .new_bytes = 8192};
    for (uint64_t i = 0; i < 3; i++)
        *(struct wt_shared_event_record *)place(EVENTS, i) =
            (struct wt_shared_event_record){.sequence = 2,
                                            .number = i + 1,
                                            .worker_id = 1,
                                            .kind = (uint32_t)i,
                                            .service = "web",
                                            .text = "worker 1 joined"};
}

/* The last five minutes of a number, and of a field. */
static void write_history(void) {
    enum { KEPT = 300 };
    int64_t now = fuzz_directory_now.realtime_ns / WT_NS_PER_S;
    struct wt_shared_history_record *busy = place(HISTORY, 0), *own = place(HISTORY, 1);
    uint64_t *seconds = place(SECONDS, 0);
    *busy = (struct wt_shared_history_record){.sequence = 2, .service = "web", .series = "busy"};
    *own = (struct wt_shared_history_record){
        .sequence = 2, .service = "web", .key = "load", .kind = WT_KIND_GAUGE};
    for (int64_t second = now - KEPT + 1; second <= now; second++) {
        int64_t at = second % WT_DIRECTORY_SECONDS;
        seconds[at] = (uint64_t)second;
        busy->values[at] = (float)(second % 7);
        own->values[at] = (float)(second % 11) / 10;
    }
    *(struct wt_shared_pending_record *)place(PENDING, 0) = (struct wt_shared_pending_record){
        .sequence = 2, .worker = 3, .pid = 1003, .service = 1, .schema = 1, .bits = 7};
}

static void write_bank(int bank, uint64_t sequence, const struct wt_buffer *workers,
                       const struct wt_buffer *tick) {
    struct wt_shared_bank_header *header = place(BANKS + bank, 0);
    uint8_t *bytes = (uint8_t *)header;
    *header = (struct wt_shared_bank_header){
        .sequence = sequence,
        .workers_version = 1,
        .workers_offset = sizeof *header,
        .workers_bytes = workers->length,
        .tick_offset = (sizeof *header + workers->length + 63) / 64 * 64,
        .tick_bytes = tick->length,
    };
    require(header->tick_offset + header->tick_bytes <= BANK_BYTES);
    memcpy(bytes + header->workers_offset, workers->data, workers->length);
    memcpy(bytes + header->tick_offset, tick->data, tick->length);
}

/* ---- a monitor with four workers ---- */

static struct wt_schema *some_schema(void) {
    static const char *const fields[][2] = {{"requests_total", "u64"}, {"requests_active", "u32"},
                                            {"threads_limit", "S16"},  {"load", "f64"},
                                            {"queue_size", "U64"},     {"errors_total", "f32"}};
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    struct wt_schema *schema;
    require(builder != NULL);
    for (int i = 0; i < 6; i++)
        wt_schema_builder_add(builder, fields[i][0], strlen(fields[i][0]), fields[i][1],
                              strlen(fields[i][1]), 9 * i, NULL, 0);
    require(wt_schema_builder_finish(builder, &schema, NULL) == WT_OK);
    wt_schema_builder_destroy(builder);
    return schema;
}

static void add_workers(struct wt_monitor *monitor) {
    static const char *const services[] = {"web", "web", "jobs", "quiet"};
    for (uint8_t i = 0; i < 4; i++) {
        struct wt_registration registration = {.pid = i % 2 == 0 ? getpid() : (1 << 22) + 1,
                                               .pidfd = -1,
                                               .service = services[i],
                                               .service_length = strlen(services[i]),
                                               .instance = {(uint8_t)(i + 1)},
                                               .has_instance = true,
                                               .threads = 2};
        struct wt_offer offer;
        uint64_t id;
        require(wt_monitor_register(monitor, &registration, fuzz_directory_now, &id, &offer,
                                    NULL) == WT_OK);
        wt_monitor_setup_answered(monitor, id, i < 3 ? some_schema() : NULL, fuzz_directory_now);
        if (i < 3 && wt_monitor_recorder_offer(monitor, id, fuzz_directory_now, &offer))
            wt_monitor_recorder_answered(monitor, id, true, fuzz_directory_now);
    }
}

/* Somebody's bytes may be anything; ours can be read. */
static void check_own(const struct wt_buffer *workers, const struct wt_buffer *tick) {
    struct wt_flat_workers *decoded;
    struct wt_snapshot *snapshot;
    require(wt_flat_decode_workers(workers->data, workers->length, &decoded, NULL) == WT_OK);
    require(wt_flat_decode_tick(tick->data, tick->length, decoded, NULL, &snapshot, NULL) == WT_OK);
    wt_snapshot_unref(snapshot);
    wt_flat_workers_unref(decoded);
}

/* What a monitor publishes of them. Its host and process would be another each time. */
static void encode_snapshot(struct wt_buffer *workers, struct wt_buffer *tick) {
    char directory[] = "/dev/shm/worktop-fuzz-XXXXXX", paths[2][64];
    struct wt_monitor *monitor;
    require(mkdtemp(directory) != NULL);
    snprintf(paths[0], sizeof paths[0], "%s/u", directory);
    snprintf(paths[1], sizeof paths[1], "%s/r", directory);
    const struct wt_monitor_options options = {
        .store_path = paths[0], .recorder_path = paths[1], .size_bytes = 4096};
    require(wt_monitor_create(&monitor, &options, fuzz_directory_now, NULL) == WT_OK);
    add_workers(monitor);
    struct wt_time later = {fuzz_directory_now.monotonic_ns + WT_NS_PER_S,
                            fuzz_directory_now.realtime_ns + WT_NS_PER_S};
    const struct wt_snapshot *published = wt_monitor_tick(monitor, later);
    require(published != NULL);
    struct wt_snapshot snapshot = *published;
    snapshot.monitor.pid = 1000;
    snapshot.monitor.host = "h";
    snapshot.store.path = snapshot.recorders.path = "/x.shm";
    wt_flat_encode_workers(&snapshot, workers);
    wt_flat_encode_tick(&snapshot, tick);
    wt_monitor_destroy(monitor);
    require(rmdir(directory) == 0);
}

static void write_parts(void) {
    struct wt_buffer workers = {0}, tick = {0}, schema_bytes = {0};
    struct wt_schema *schema = some_schema();
    wt_flat_encode_schema(schema, &schema_bytes);
    wt_schema_unref(schema);
    uint64_t length = schema_bytes.length;
    require(length + 8 <= SCHEMA_BYTES);
    memcpy(place(SCHEMAS, 0), &length, sizeof length);
    memcpy((uint8_t *)place(SCHEMAS, 0) + 8, schema_bytes.data, length);
    sections[SCHEMAS].used = 8 + (length + 7) / 8 * 8;
    encode_snapshot(&workers, &tick);
    check_own(&workers, &tick);
    write_bank(0, 2, &workers, &tick);
    write_bank(1, 1, &workers, &tick);
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    wt_buffer_fini(&schema_bytes);
}

void fuzz_directory_stores(const char *const *paths, const struct wt_shared_store_record *records) {
    size_t at = 0;
    memset(facts, 0, sizeof facts);
    for (int i = 0; i < FUZZ_DIRECTORY_STORES; i++) {
        store_records[i] = records[i];
        store_records[i].sequence = 2;
        if (paths[i] != NULL)
            at +=
                (size_t)snprintf(facts + at, sizeof facts - at, "store.%d%c%s", i, '\0', paths[i]) +
                1;
    }
}

const uint8_t *fuzz_directory_file(size_t *length) {
    struct wt_shared_directory_header *header = (void *)file;
    *length = FILE_BYTES;
    if (header->version != 0)
        return file;
    lay_out();
    write_records();
    write_history();
    write_parts();
    *header = (struct wt_shared_directory_header){
        .version = WT_SHARED_DIRECTORY_VERSION,
        .header_bytes = sizeof *header,
        .section_bytes = sizeof *sections,
        .section_count = SECTIONS,
        .file_bytes = FILE_BYTES,
        .monitor_pid = 1000,
        .interval_ns = WT_NS_PER_S,
        .heartbeat_ns = (uint64_t)fuzz_directory_now.monotonic_ns,
        .heartbeat_realtime_ns = (uint64_t)fuzz_directory_now.realtime_ns,
        .tick_count = 2,
        .snapshot_sequence = 2,
        .event_number = 3,
        .resize_number = {2, 0, 0}};
    (void)wt_process_boot_id(header->boot_id);
    memcpy(header->magic, WT_SHARED_DIRECTORY_MAGIC, sizeof header->magic);
    memcpy(file + sizeof *header, sections, sizeof sections);
    fuzz_directory_repair(file, FILE_BYTES);
    return file;
}

void fuzz_directory_part(unsigned part, size_t *begin, size_t *size) {
    part %= SECTIONS + 2;
    *begin = part == 0 ? 0 : sizeof(struct wt_shared_directory_header);
    *size = part == 0 ? sizeof(struct wt_shared_directory_header) : sizeof sections;
    if (part >= 2) {
        *begin = sections[part - 2].offset;
        *size = sections[part - 2].bytes;
    }
}

void fuzz_directory_repair(uint8_t *bytes, size_t length) {
    for (int bank = 0; bank < 2; bank++) {
        uint64_t begin = sections[BANKS + bank].offset;
        struct wt_shared_bank_header *header = (void *)(bytes + begin);
        if (sections[BANKS].bytes == 0 || begin + BANK_BYTES > length)
            return;
        if (header->workers_offset <= BANK_BYTES &&
            header->workers_bytes <= BANK_BYTES - header->workers_offset)
            header->workers_sum =
                wt_checksum(bytes + begin + header->workers_offset, (size_t)header->workers_bytes);
        if (header->tick_offset <= BANK_BYTES &&
            header->tick_bytes <= BANK_BYTES - header->tick_offset)
            header->tick_sum =
                wt_checksum(bytes + begin + header->tick_offset, (size_t)header->tick_bytes);
    }
}

void fuzz_directory_schema(const struct wt_buffer *bytes) {
    struct wt_schema *schema;
    struct wt_error err = {0};
    wt_status status = wt_flat_decode_schema(bytes->data, bytes->length, 512, &schema, &err);
    if (status == WT_OK) {
        fuzz_check_schema(schema, 512);
        wt_schema_unref(schema);
    } else {
        require(fuzz_is_harmless(err.text, strlen(err.text)));
    }
}

void fuzz_directory_snapshot(const struct wt_buffer *workers, const struct wt_buffer *tick) {
    struct wt_flat_workers *decoded;
    struct wt_snapshot *snapshot;
    if (wt_flat_decode_workers(workers->data, workers->length, &decoded, NULL) != WT_OK)
        return;
    if (wt_flat_decode_tick(tick->data, tick->length, decoded, NULL, &snapshot, NULL) == WT_OK) {
        fuzz_check_foreign(snapshot, fuzz_directory_now);
        wt_snapshot_unref(snapshot);
    }
    wt_flat_workers_unref(decoded);
}
