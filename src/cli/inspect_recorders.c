/* inspect_recorders.c - the regions of recorder stores: what libworktop's threads are doing. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/process.h"
#include "cli/inspect.h"
#include "flight/region.h"
#include "shm/store.h"
#include "shm/words.h"

enum { FEW_RECORDS = 8 }; /* of each worker, unless only one is asked for */

/* A thread's record under its sequence number. False: torn. */
static bool read_thread(const unsigned char *region, uint32_t thread,
                        struct wt_shared_recorder_thread *out) {
    const unsigned char *at =
        region + sizeof(struct wt_shared_recorder_header) + thread * sizeof *out;
    for (int i = 0; i < WT_RECORDER_READ_TRIES; i++) {
        wt_words_load(out, at, sizeof *out);
        if (out->sequence % 2 == 0 && wt_word_load(at) == out->sequence)
            return true;
    }
    return false;
}

static void put_threads(struct wt_inspect *inspect, uint64_t segment, const unsigned char *region,
                        uint32_t threads) {
    for (uint32_t i = 0; i < threads; i++) {
        struct wt_shared_recorder_thread thread;
        bool whole = read_thread(region, i, &thread);
        if (whole && thread.sequence == 0)
            continue; /* never used */
        uint64_t busy = thread.area_ns + thread.active * (uint64_t)inspect->now.monotonic_ns;
        const struct wt_cell cells[] = {
            wt_cell_count(segment),
            wt_cell_count(i),
            whole ? wt_cell_count(thread.active) : wt_cell_none(),
            whole && busy <= INT64_MAX ? wt_cell_duration((int64_t)busy) : wt_cell_none(),
            wt_cell_count(thread.sequence),
            wt_cell_text(whole ? "" : "torn: being written, or its worker died while it was"),
        };
        wt_report_row(&inspect->report, cells);
    }
}

static const char *check_region(struct wt_inspect *inspect, uint64_t at, size_t bytes,
                                const struct wt_shared_recorder_header *header) {
    if (header->version == 0)
        return "not ready yet";
    if (header->version > WT_SHARED_RECORDER_VERSION)
        return "written by a newer version";
    uint32_t most = wt_recorder_threads_that_fit(bytes);
    if (header->threads == 0 || header->threads > most) {
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_recorder_header, threads),
                         "threads is %" PRIu32 ", must be 1 to %" PRIu32, header->threads, most);
        return "broken";
    }
    if (header->goodbye > 1)
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_recorder_header, goodbye),
                         "goodbye is %" PRIu32 ", must be 0 or 1", header->goodbye);
    return header->goodbye == 1 ? "left" : "ready";
}

static int64_t age_of(const struct wt_inspect *inspect, uint64_t then_ns) {
    bool known = wt_directory_view_is_this_boot(inspect->view) && then_ns > 0 &&
                 then_ns <= (uint64_t)inspect->now.monotonic_ns;
    return known ? inspect->now.monotonic_ns - (int64_t)then_ns : -1;
}

/* ---- what threads do, and left behind -------------------------------------------------------- */

/* Of one region; texts lie in the arena. False without memory. A region of another boot has no
 * clock to be compared with; of one whose process is gone nothing is being written any more. */
static bool read_activity(const struct wt_inspect *inspect,
                          const struct wt_shared_segment_record *record,
                          const unsigned char *region, size_t bytes, struct wt_arena *arena,
                          struct wt_worker_activity *out) {
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(arena);
    bool is_this_boot = wt_directory_view_is_this_boot(inspect->view);
    bool is_known = record->pid > 0 && record->pid <= INT_MAX && record->start_ticks != 0;
    const struct wt_region_ask ask = {
        .owner = {.worker_id = record->worker_id, .service = "", .pid = record->pid},
        .region = region,
        .bytes = bytes,
        .problem = "",
        .now_ns = is_this_boot ? inspect->now.monotonic_ns : INT64_MAX / 2,
        .is_final =
            !is_this_boot || (is_known && wt_process_is_gone(record->pid, record->start_ticks)),
        .flights = WT_FOCUS_FLIGHTS,
        .records = wt_inspect_is_part(inspect) ? WT_FOCUS_RECORDS : FEW_RECORDS,
    };
    return wt_region_activity(&ask, &memory, out);
}

static struct wt_cell age_cell(const struct wt_inspect *inspect, int64_t then_ns) {
    return wt_cell_duration(then_ns > 0 ? age_of(inspect, (uint64_t)then_ns) : -1);
}

static void put_flights(struct wt_inspect *inspect, uint64_t segment,
                        const struct wt_worker_activity *activity) {
    for (size_t i = 0; i < activity->flight_count; i++) {
        const struct wt_flight_info *flight = &activity->flights[i];
        const struct wt_cell cells[] = {
            wt_cell_count(segment),
            wt_cell_count(activity->worker_id),
            wt_cell_count(flight->thread),
            flight->thread_id == 0 ? wt_cell_none() : wt_cell_count(flight->thread_id),
            age_cell(inspect, flight->since_ns),
            wt_cell_text(wt_flight_what_text((enum wt_flight_what)flight->what)),
            wt_cell_text(flight->label),
            wt_cell_text(flight->id),
            flight->depth == 0 ? wt_cell_none() : wt_cell_count(flight->depth),
        };
        wt_report_row(&inspect->report, cells);
    }
}

static void put_records(struct wt_inspect *inspect, uint64_t segment,
                        const struct wt_worker_activity *activity) {
    for (size_t i = 0; i < activity->record_count; i++) {
        const struct wt_record_info *record = &activity->records[i];
        struct wt_cell cells[2 + WT_INSPECT_RECORD_CELLS] = {
            wt_cell_count(segment),
            wt_cell_count(activity->worker_id),
        };
        wt_inspect_record_cells(record, age_cell(inspect, record->time_ns), cells + 2);
        wt_report_row(&inspect->report, cells);
    }
}

/* ---- the tables ------------------------------------------------------------------------------ */

enum table { HEADERS, THREADS, FLIGHTS, RECORDS };

static void put_activity(struct wt_inspect *inspect, uint64_t segment,
                         const struct wt_shared_segment_record *record, const unsigned char *region,
                         size_t bytes, enum table table) {
    struct wt_arena arena = {0};
    struct wt_worker_activity activity;
    if (!read_activity(inspect, record, region, bytes, &arena, &activity))
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE,
                         "no memory for the records of segment %" PRIu64, segment);
    else if (table == FLIGHTS)
        put_flights(inspect, segment, &activity);
    else
        put_records(inspect, segment, &activity);
    wt_arena_fini(&arena);
}

static void put_header(struct wt_inspect *inspect, uint64_t segment,
                       const struct wt_shared_segment_record *record, const unsigned char *region,
                       size_t bytes) {
    struct wt_shared_recorder_header header;
    struct wt_arena arena = {0};
    struct wt_worker_activity activity = {.published_count = 0};
    wt_words_load(&header, region, sizeof header);
    const char *state = check_region(inspect, segment * bytes, bytes, &header);
    bool has_records = read_activity(inspect, record, region, bytes, &arena, &activity) &&
                       activity.problem[0] == '\0';
    const struct wt_cell cells[] = {
        wt_cell_count(segment),
        record->worker_id == 0 ? wt_cell_none() : wt_cell_count(record->worker_id),
        wt_cell_text(state),
        wt_cell_count(header.process_id),
        wt_cell_count(header.threads),
        wt_cell_count(header.threads_beyond),
        wt_cell_duration(age_of(inspect, header.heartbeat_ns)),
        wt_cell_duration(age_of(inspect, header.started_ns)),
        has_records ? wt_cell_count(activity.published_count) : wt_cell_none(),
        has_records ? wt_cell_count(activity.lost_count) : wt_cell_none(),
    };
    wt_report_row(&inspect->report, cells);
    wt_arena_fini(&arena);
}

/* One pass over the regions that are wanted, for one of the tables. */
static void walk(struct wt_inspect *inspect, unsigned store, struct wt_segment_source *source,
                 enum table table) {
    uint32_t bytes = wt_segment_source_bytes(source);
    for (uint64_t i = 0; i < wt_segment_source_count(source); i++) {
        struct wt_shared_segment_record record;
        struct wt_shared_recorder_header header;
        if (wt_directory_view_segment(inspect->view, store, i, &record) != WT_OK ||
            record.state == WT_STORE_FREE || !wt_inspect_wants(inspect, i, &record) ||
            bytes < sizeof header)
            continue;
        const unsigned char *region = wt_segment_source_get(source, inspect, i);
        if (region == NULL)
            return;
        wt_words_load(&header, region, sizeof header);
        uint32_t most = wt_recorder_threads_that_fit(bytes);
        switch (table) {
        case HEADERS:
            put_header(inspect, i, &record, region, bytes);
            break;
        case THREADS:
            if (header.version == WT_SHARED_RECORDER_VERSION)
                put_threads(inspect, i, region, header.threads < most ? header.threads : most);
            break;
        case FLIGHTS:
        case RECORDS:
            put_activity(inspect, i, &record, region, bytes, table);
            break;
        }
    }
}

static const struct wt_column regions[] = {
    {"segment", "segment", 0},
    {"worker_id", "worker", 0},
    {"state", "state", 0},
    {"process_id", "says pid", 0},
    {"threads", "threads", 0},
    {"threads_beyond", "beyond", 0},
    {"heartbeat_age_ns", "heartbeat ago", 0},
    {"age_ns", "taken up ago", 0},
    {"published_count", "records", 0},
    {"lost_count", "lost", 0},
};
static const struct wt_column threads[] = {
    {"segment", "segment", WT_COLUMN_ONCE}, {"thread", "thread", 0},     {"active", "active", 0},
    {"busy_ns", "busy in all", 0},          {"sequence", "sequence", 0}, {"remark", "", 0},
};
static const struct wt_column flights[] = {
    {"segment", "segment", WT_COLUMN_ONCE},
    {"worker_id", "worker", 0},
    {"thread", "thread", 0},
    {"thread_id", "tid", 0},
    {"age_ns", "for", 0},
    {"what", "known", 0},
    {"label", "doing", 0},
    {"request_id", "request", 0},
    {"depth", "depth", 0},
};
static const struct wt_column records[] = {
    {"segment", "segment", WT_COLUMN_ONCE},
    {"worker_id", "worker", 0},
    WT_INSPECT_RECORD_COLUMNS("ago"),
};
static const char *const keys[][4] = {
    {"recorders", "recorder_threads", "recorder_flights", "recorder_records"},
    {"recorders_wide", "recorder_wide_threads", "recorder_wide_flights", "recorder_wide_records"}};

void wt_inspect_recorders(struct wt_inspect *inspect, unsigned store) {
    const struct {
        const char *title;
        const struct wt_column *columns;
        size_t count;
    } tables[] = {
        [HEADERS] = {"regions", regions, sizeof regions / sizeof *regions},
        [THREADS] = {"threads", threads, sizeof threads / sizeof *threads},
        [FLIGHTS] = {"in flight, the longest first", flights, sizeof flights / sizeof *flights},
        [RECORDS] = {wt_inspect_is_part(inspect)
                         ? "records, newest first"
                         : "records, the newest of each worker (--worker ID shows all)",
                     records, sizeof records / sizeof *records},
    };
    struct wt_segment_source *source;
    if (store == 0 || store > 2 || wt_segment_source_open(&source, inspect, store) != WT_OK)
        return;
    for (enum table table = HEADERS; table <= RECORDS; table++) {
        wt_report_table(&inspect->report, keys[store - 1][table], tables[table].title,
                        tables[table].columns, tables[table].count);
        walk(inspect, store, source, table);
        wt_report_end(&inspect->report);
    }
    wt_segment_source_close(source);
}
