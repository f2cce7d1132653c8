/* inspect_directory.c - the head of a directory file: who wrote it, how that process is, where
 * everything lies, the stores. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/process.h"
#include "cli/inspect.h"

enum { INTERVALS = 3 }; /* without a heartbeat are too many */
#define SINCE_THE_LOOK_NS (10 * WT_NS_PER_S)

const char *wt_inspect_store_name(unsigned store) {
    static const char *const names[WT_DIRECTORY_STORES] = {"utilization", "recorders",
                                                           "recorders-wide"};
    return store < WT_DIRECTORY_STORES ? names[store] : "unknown";
}

/* ---- the monitor ----------------------------------------------------------------------------- */

struct health {
    const char *word; /* for machines */
    int64_t age_ns;   /* of the heartbeat, -1 when unknown */
    bool is_there;    /* its process */
};

static struct health look_at(const struct wt_inspect *inspect,
                             const struct wt_shared_directory_header *header) {
    struct health health = {.word = "another boot", .age_ns = -1};
    struct wt_process_look process = {.state = '?'};
    if (header->heartbeat_realtime_ns <= INT64_MAX)
        health.age_ns = inspect->now.realtime_ns - (int64_t)header->heartbeat_realtime_ns;
    if (wt_directory_view_is_this_boot(inspect->view)) {
        /* A monitor that lives may have beaten since the clock was read. */
        uint64_t now_ns = (uint64_t)inspect->now.monotonic_ns;
        if (header->heartbeat_ns <= now_ns)
            health.age_ns = (int64_t)(now_ns - header->heartbeat_ns);
        else if (header->heartbeat_ns - now_ns < SINCE_THE_LOOK_NS)
            health.age_ns = 0;
        health.is_there = wt_process_look(header->monitor_pid, &process, NULL) == WT_OK &&
                          process.start_ticks == header->monitor_start_ticks &&
                          !wt_process_is_gone(header->monitor_pid, header->monitor_start_ticks);
        health.word = health.is_there ? "running" : "dead";
    }
    if (header->state == WT_DIRECTORY_CLOSED)
        health.word = "closed";
    else if (header->state == WT_DIRECTORY_SUPERSEDED)
        health.word = "superseded";
    else if (health.is_there && (process.state == 'T' || process.state == 't'))
        health.word = "stopped";
    else if (health.is_there && header->interval_ns < INT64_MAX / INTERVALS &&
             health.age_ns > INTERVALS * (int64_t)header->interval_ns)
        health.word = "silent";
    return health;
}

static void summarize(struct wt_inspect *inspect, const struct wt_shared_directory_header *header,
                      const struct health *health) {
    static const struct {
        const char *word, *format;
    } sentences[] = {
        {"running", "its monitor, pid %" PRId64 " on %s, runs: heartbeat %s ago"},
        {"dead", "its monitor, pid %" PRId64 " on %s, is dead: last heartbeat %s ago; this is its "
                 "last word"},
        {"stopped", "its monitor, pid %" PRId64 " on %s, is stopped (SIGSTOP): last heartbeat %s "
                    "ago; SIGCONT lets it go on"},
        {"silent", "its monitor, pid %" PRId64 " on %s, is there, but stuck: last heartbeat %s "
                   "ago"},
        {"closed", "its monitor, pid %" PRId64 " on %s, ended by itself: last heartbeat %s ago"},
        {"superseded", "its monitor, pid %" PRId64 " on %s, has another, larger file by now: last "
                       "heartbeat here %s ago"},
        {"another boot", "its monitor, pid %" PRId64 " on %s, ran before the last boot: last "
                         "heartbeat %s ago"},
    };
    char age[WT_FORMAT_SIZE];
    const char *host = wt_directory_view_fact(inspect->view, "host");
    wt_format_duration(age, sizeof age, health->age_ns);
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i].word, health->word) == 0) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(inspect->summary, sizeof inspect->summary, sentences[i].format,
                     header->monitor_pid, host[0] != '\0' ? host : "an unknown host", age);
#pragma GCC diagnostic pop
        }
}

static void hex_of(const uint8_t *bytes, size_t count, char *out) {
    for (size_t i = 0; i < count; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void put_fact_text(struct wt_inspect *inspect, const char *key, const char *label) {
    wt_report_fact(&inspect->report, key, label,
                   wt_cell_text(wt_directory_view_fact(inspect->view, key)));
}

static void put_machine_facts(struct wt_report *report,
                              const struct wt_shared_directory_header *header,
                              const struct health *health) {
    char boot[2 * sizeof header->boot_id + 1];
    hex_of(header->boot_id, sizeof header->boot_id, boot);
    wt_report_fact(report, "pid", "", wt_cell_int(header->monitor_pid));
    wt_report_fact(report, "start_ticks", "", wt_cell_count(header->monitor_start_ticks));
    wt_report_fact(report, "health", "", wt_cell_text(health->word));
    wt_report_fact(report, "heartbeat_ns", "", wt_cell_count(header->heartbeat_realtime_ns));
    wt_report_fact(report, "heartbeat_age_ns", "", wt_cell_duration(health->age_ns));
    wt_report_fact(report, "interval_ns", "", wt_cell_count(header->interval_ns));
    wt_report_fact(report, "tick_count", "", wt_cell_count(header->tick_count));
    wt_report_fact(report, "boot_id", "", wt_cell_text(boot));
}

static void put_beat(struct wt_report *report, const struct wt_shared_directory_header *header,
                     const struct health *health) {
    char age[WT_FORMAT_SIZE], every[WT_FORMAT_SIZE], text[160];
    wt_format_duration(age, sizeof age, health->age_ns);
    wt_format_duration(every, sizeof every, (int64_t)header->interval_ns);
    wt_report_fact(report, "", "heartbeat", wt_cell_time((int64_t)header->heartbeat_realtime_ns));
    snprintf(text, sizeof text, "%s ago; tick %" PRIu64 ", one every %s", age, header->tick_count,
             every);
    wt_report_fact(report, "", "", wt_cell_text(text));
}

void wt_inspect_monitor(struct wt_inspect *inspect) {
    struct wt_shared_directory_header header;
    struct wt_report *report = &inspect->report;
    wt_directory_view_header(inspect->view, &header);
    struct health health = look_at(inspect, &header);
    summarize(inspect, &header, &health);
    if (wt_inspect_is_part(inspect) && !report->is_json)
        return;
    wt_report_facts(report, "monitor", "monitor");
    put_fact_text(inspect, "version", "version");
    put_fact_text(inspect, "host", "host");
    put_fact_text(inspect, "socket", "socket");
    wt_report_fact(report, "started_ns", "started", wt_cell_time(header.started_realtime_ns));
    if (report->is_json)
        put_machine_facts(report, &header, &health);
    else
        put_beat(report, &header, &health);
    if (report->is_json || header.skipped_count > 0)
        wt_report_fact(report, "skipped_count", "too large", wt_cell_count(header.skipped_count));
    if (report->is_json || !wt_directory_view_is_this_boot(inspect->view))
        wt_report_fact(report, "this_boot", "this boot",
                       wt_cell_bool(wt_directory_view_is_this_boot(inspect->view)));
    wt_report_facts_end(report);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void put_sections(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {
        {"type", "section", 0},
        {"index", "index", 0},
        {"offset", "offset", 0},
        {"bytes", "size", 0},
        {"used", "used", 0},
        {"count", "room", 0},
        {"record_bytes", "record size", 0},
    };
    struct wt_report *report = &inspect->report;
    char text[32];
    wt_report_table(report, "sections", "sections", columns, 7);
    for (size_t i = 0; i < wt_directory_view_section_count(inspect->view); i++) {
        struct wt_shared_section section;
        wt_directory_view_section_at(inspect->view, i, &section);
        if (section.type == UINT32_MAX) /* struck out */
            continue;
        bool has_records = section.record_bytes > 0;
        const struct wt_cell cells[] = {
            wt_cell_text(wt_section_text(section.type, text)),
            wt_cell_count(section.index),
            wt_cell_count(section.offset),
            wt_cell_bytes(section.bytes),
            has_records ? wt_cell_count(section.used) : wt_cell_bytes(section.used),
            has_records ? wt_cell_count(section.count) : wt_cell_bytes(section.bytes),
            has_records ? wt_cell_count(section.record_bytes) : wt_cell_none(),
        };
        wt_report_row(report, cells);
    }
    wt_report_end(report);
}

/* ---- stores ---------------------------------------------------------------------------------- */

static void check_store(struct wt_inspect *inspect, unsigned store,
                        const struct wt_shared_store_record *record) {
    struct wt_shared_section section;
    uint64_t at = WT_INSPECT_NOWHERE;
    if (wt_directory_view_section(inspect->view, WT_SECTION_STORES, 0, &section))
        at = section.offset + store * section.record_bytes;
    if (record->segment_bytes < 8 || record->segment_bytes % 8 != 0 ||
        record->segment_bytes > INT32_MAX)
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_store_record, segment_bytes),
                         "segments of %s have %" PRIu64 " bytes, must be a multiple of 8",
                         wt_inspect_store_name(store), record->segment_bytes);
    else if (record->segment_count > record->size_bytes / record->segment_bytes)
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_store_record, segment_count),
                         "%s has %" PRIu64 " segments, must be at most %" PRIu64,
                         wt_inspect_store_name(store), record->segment_count,
                         record->size_bytes / record->segment_bytes);
    if (record->size_bytes > record->max_bytes)
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_store_record, size_bytes),
                         "%s has %" PRIu64 " bytes, must be at most %" PRIu64,
                         wt_inspect_store_name(store), record->size_bytes, record->max_bytes);
}

static void put_store(struct wt_inspect *inspect, unsigned store,
                      const struct wt_shared_store_record *record) {
    struct wt_error err = {.text = ""};
    struct wt_store_view *view = NULL;
    char key[16];
    snprintf(key, sizeof key, "store.%u", store);
    wt_status status = wt_store_view_open(&view, inspect->view, store, NULL, &err);
    wt_store_view_close(view);
    if (status == WT_EDEAD || status == WT_EFORMAT || status == WT_EEXIST)
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "%s", err.text);
    const struct wt_cell cells[] = {
        wt_cell_text(wt_inspect_store_name(store)),
        wt_cell_bytes(record->size_bytes),
        wt_cell_bytes(record->max_bytes),
        wt_cell_count(record->segment_count),
        wt_cell_bytes(record->segment_bytes),
        wt_cell_text(status == WT_OK       ? "there"
                     : status == WT_ENOENT ? "removed"
                     : status == WT_EDEAD  ? "truncated"
                     : status == WT_EEXIST ? "replaced"
                                           : wt_status_text(status)),
        wt_cell_count(record->inode),
        wt_cell_count(record->device),
        wt_cell_text(wt_directory_view_fact(inspect->view, key)),
    };
    wt_report_row(&inspect->report, cells);
}

static void put_stores(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {
        {"store", "store", 0},
        {"size_bytes", "size", 0},
        {"max_bytes", "largest", 0},
        {"segment_count", "segments", 0},
        {"segment_size_bytes", "each", 0},
        {"file", "its file", 0},
        {"inode", "inode", WT_COLUMN_MACHINE},
        {"device", "device", WT_COLUMN_MACHINE},
        {"path", "path", WT_COLUMN_BELOW},
    };
    wt_report_table(&inspect->report, "stores", "stores", columns, 9);
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++) {
        struct wt_shared_store_record record;
        wt_status status = wt_directory_view_store(inspect->view, i, &record);
        if (status == WT_ENOENT)
            continue;
        if (status != WT_OK) {
            wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "the record of %s: %s",
                             wt_inspect_store_name(i), wt_status_text(status));
            continue;
        }
        check_store(inspect, i, &record);
        put_store(inspect, i, &record);
    }
    wt_report_end(&inspect->report);
}

/* ---- all of it ------------------------------------------------------------------------------- */

void wt_inspect_directory(struct wt_inspect *inspect) {
    wt_inspect_monitor(inspect);
    if (wt_inspect_is_part(inspect)) {
        wt_inspect_part(inspect);
        return;
    }
    wt_inspect_snapshot(inspect);
    put_stores(inspect);
    wt_inspect_services(inspect);
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++)
        wt_inspect_segments(inspect, i);
    wt_inspect_schemas(inspect);
    wt_inspect_retired(inspect);
    wt_inspect_pending(inspect);
    wt_inspect_resizes(inspect);
    wt_inspect_events(inspect);
    put_sections(inspect);
}
