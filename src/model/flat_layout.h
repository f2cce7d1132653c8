/* flat_layout.h - the records of flat.h's bytes (docs/FORMAT.md, "Flat snapshots"). For the files
 * model/flat_*.c only.
 *
 *     workers   flat_workers, then by cohort: flat_identities, text service, [flat schema],
 *               flat_worker x rows, text reason of each row that has one
 *     tick      flat_tick, texts version, host, problem; three stores; services; cohorts;
 *               flat_process x processes; activity
 *       store    flat_store, texts path, problem; states; generations; (flat_held, text service) x
 *       service  flat_service, flat_load, texts name, sentence, last exit;
 *                (flat_trouble, text sentence) x others,
 *                (flat_field, texts key, unit) x,
 *                flat_usage, (flat_listener, text address) x
 *       cohort   flat_cohort, field map, status x rows, values, previous values
 *       activity flat_activity; flights; newest, slowest; (flat_gap, text service) x; boxes; focus
 *        flight  flat_flight, texts service, label, id
 *        record  flat_left, texts service, label, id
 *        box     flat_box, texts service, cause, problem; flights; records; the focus is like it
 *     schema    flat_schema, text problem x, (flat_schema_field, texts key, unit, bytes hints) x
 *
 * Everything begins at a multiple of 8 bytes and is filled up with zeros to the next one; a text is
 * its length in 4 bytes and so many bytes of UTF-8, without a NUL.
 */
#ifndef WT_MODEL_FLAT_LAYOUT_H
#define WT_MODEL_FLAT_LAYOUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "model/snapshot.h"

enum {
    WT_FLAT_WORKERS_VERSION = 2,
    WT_FLAT_TICK_VERSION = 4,
    WT_FLAT_SCHEMA_VERSION = 1,
    WT_FLAT_TEXT_SIZE = 4096, /* of a text in memory, with the NUL: longer ones are cut visibly */
    WT_FLAT_SCHEMA_PROBLEMS = 16 /* that a schema keeps */
};

struct wt_flat_workers_record {
    uint32_t version;
    uint32_t cohort_count;
    uint64_t row_count; /* of all cohorts */
};

struct wt_flat_identities_record {
    uint64_t row_count; /* empty ones included */
    uint32_t has_schema;
    uint32_t reserved;
};

struct wt_flat_worker_record {
    uint64_t id;
    int64_t pid, announced_pid;
    uint64_t start_time_ticks;
    uint8_t instance[16];
    int64_t registered_realtime_ns, registered_monotonic_ns;
    int64_t segment, recorder;
    uint32_t threads;
    uint8_t present; /* 0: an empty row */
    uint8_t has_instance, has_reason;
    uint8_t reserved;
    uint32_t slot, restarts;
};

struct wt_flat_tick_record {
    uint32_t version;
    uint32_t failed;
    uint64_t sequence;
    int64_t realtime_ns, monotonic_ns, tick_ns;
    uint64_t events_dropped;
    int64_t monitor_pid, started_realtime_ns, interval_ns;
    uint64_t tick_count;
    int64_t tick_duration_ns;
    uint64_t connection_count;
    uint32_t service_count, cohort_count;
    uint32_t monitor_verdict, reserved;
    int64_t monitor_verdict_since_ns;
    uint64_t process_count;
};

struct wt_flat_store_record {
    uint64_t size_bytes, max_bytes;
    uint64_t segment_count, free_count, allocated_count, quarantined_count;
    uint64_t free_list_length, resize_count, refused_count, held_count;
    uint32_t segment_bytes;
    uint8_t has_states, has_generations;
    uint8_t reserved[2];
};

struct wt_flat_held_record {
    uint64_t segment, worker_id;
    int64_t pid, since_realtime_ns;
};

struct wt_flat_service_record {
    uint32_t worker_count, silent_count, stale_count, stuck_count, busy_worker_count;
    uint32_t joined_count, left_count, verdict;
    int32_t busy_field, capacity_field, queue_field, errors_field, requests_field;
    uint32_t field_count;
    double utilization_ratio;
    int64_t verdict_since_ns;
    uint32_t skew_of_utilization, cause;
    double skew_p50, skew_p95, skew_max, skew_worker;
    uint64_t skew_worker_id;
    int64_t skew_worker_pid;
    double starts_per_min, exits_per_min;
    int64_t last_exit_realtime_ns;
    double warn_ratio, crit_ratio;
    int64_t stuck_limit_ns, stale_limit_ns;
    uint32_t other_count, reserved;
};

struct wt_flat_trouble_record {
    uint32_t cause, verdict; /* OK: it rises */
    int64_t since_ns;
};

/* Behind each service's record. */
struct wt_flat_load_record {
    uint32_t source, window_count; /* WT_WINDOW_COUNT */
    double watched_s, busy_s, capacity_s, queue_s;
    struct wt_flat_window_record {
        double utilization_ratio, mean_wait_s, queue_growth_per_s;
    } windows[WT_WINDOW_COUNT];
};

struct wt_flat_usage_record {
    uint32_t process_count, known_count, cpu_known_count, fds_known_count;
    double cpu_cores;
    uint64_t rss_bytes, thread_count, fd_count;
    int64_t oldest_ns;
    uint32_t slot_count, replaced_per_min, replaced_again_per_min;
    uint32_t listener_count;
};

struct wt_flat_listener_record {
    uint32_t family;
    uint32_t is_configured;
    uint32_t socket_count;
    uint32_t reserved;
    uint64_t queue_length, queue_limit;
    double fullest_ratio;
    int64_t read_ns;
};

struct wt_flat_process_record {
    int64_t pid;
    uint64_t start_time_ticks;
    uint32_t worker_count, threads;
    int64_t read_ns;
    double cpu_ratio;
    int64_t cpu_window_ns;
    uint64_t rss_bytes, fd_count;
    int64_t fds_read_ns;
};

enum {
    WT_FLAT_SUM,
    WT_FLAT_MIN,
    WT_FLAT_MAX,
    WT_FLAT_TOTAL,
    WT_FLAT_P50,
    WT_FLAT_P95,
    WT_FLAT_NUMBERS
};

struct wt_flat_field_record {
    uint8_t kind, role, aggregate;
    uint8_t number_kinds[WT_FLAT_NUMBERS];
    uint8_t reserved[7];
    uint32_t worker_count, invalid_count;
    uint64_t numbers[WT_FLAT_NUMBERS][2]; /* low and high half; of a real number its bits, 0 */
    double mean, rate_per_s;
};

struct wt_flat_cohort_record {
    uint32_t service;
    uint32_t has_previous;
    uint64_t row_count;
};

struct wt_flat_activity_record {
    uint64_t flights_left_out, read_count, lost_count, nonsense_count, boxes_dropped;
    uint32_t flight_count, newest_count, slowest_count, gap_count, box_count, has_focus;
};

struct wt_flat_flight_record {
    uint64_t worker_id;
    int64_t pid, since_ns;
    uint32_t thread, thread_id, depth;
    uint8_t what, flags;
    uint8_t reserved[2];
};

struct wt_flat_left_record {
    uint64_t worker_id;
    int64_t pid;
    uint64_t number;
    int64_t time_ns, duration_ns, value;
    uint32_t thread, thread_id;
    uint8_t what, flags;
    uint8_t reserved[6];
};

struct wt_flat_gap_record {
    uint64_t worker_id, lost_count;
};

struct wt_flat_box_record {
    uint64_t worker_id;
    int64_t pid, gone_realtime_ns;
    uint64_t flights_left_out, published_count, lost_count, records_left_out;
    uint32_t flight_count, record_count, nonsense_count, reserved;
};

struct wt_flat_schema_record {
    uint32_t version;
    uint32_t bytes; /* with this record and all that follows */
    uint32_t field_count, problem_count;
    uint32_t problems_kept; /* texts that follow */
    uint32_t reserved;
};

struct wt_flat_schema_field_record {
    uint32_t offset;
    uint8_t type, kind, role, aggregate;
    uint8_t has_hints;
    uint8_t is_alone; /* 1: in no group, whatever the hints say */
    uint8_t reserved[6];
};

static_assert(sizeof(struct wt_flat_workers_record) == 16, "layout is fixed");
static_assert(sizeof(struct wt_flat_identities_record) == 16, "layout is fixed");
static_assert(sizeof(struct wt_flat_worker_record) == 96, "layout is fixed");
static_assert(offsetof(struct wt_flat_worker_record, threads) == 80, "layout is fixed");
static_assert(sizeof(struct wt_flat_tick_record) == 128, "layout is fixed");
static_assert(offsetof(struct wt_flat_tick_record, service_count) == 96, "layout is fixed");
static_assert(sizeof(struct wt_flat_store_record) == 88, "layout is fixed");
static_assert(sizeof(struct wt_flat_held_record) == 32, "layout is fixed");
static_assert(sizeof(struct wt_flat_service_record) == 192, "layout is fixed");
static_assert(sizeof(struct wt_flat_trouble_record) == 16, "layout is fixed");
static_assert(offsetof(struct wt_flat_service_record, utilization_ratio) == 56, "layout is fixed");
static_assert(sizeof(struct wt_flat_load_record) == 40 + 24 * WT_WINDOW_COUNT, "layout is fixed");
static_assert(sizeof(struct wt_flat_usage_record) == 72, "layout is fixed");
static_assert(sizeof(struct wt_flat_listener_record) == 48, "layout is fixed");
static_assert(sizeof(struct wt_flat_process_record) == 72, "layout is fixed");
static_assert(sizeof(struct wt_flat_field_record) == 136, "layout is fixed");
static_assert(offsetof(struct wt_flat_field_record, numbers) == 24, "layout is fixed");
static_assert(sizeof(struct wt_flat_cohort_record) == 16, "layout is fixed");
static_assert(sizeof(struct wt_flat_activity_record) == 64, "layout is fixed");
static_assert(sizeof(struct wt_flat_flight_record) == 40, "layout is fixed");
static_assert(sizeof(struct wt_flat_left_record) == 64, "layout is fixed");
static_assert(sizeof(struct wt_flat_gap_record) == 16, "layout is fixed");
static_assert(sizeof(struct wt_flat_box_record) == 72, "layout is fixed");
static_assert(sizeof(struct wt_flat_schema_record) == 24, "layout is fixed");
static_assert(sizeof(struct wt_flat_schema_field_record) == 16, "layout is fixed");

/* Row status lies in the file as it lies in memory. */
static_assert(sizeof(struct wt_row_status) == 24, "layout is fixed");
static_assert(offsetof(struct wt_row_status, flags) == 1, "layout is fixed");
static_assert(offsetof(struct wt_row_status, progress_ns) == 8, "layout is fixed");
static_assert(offsetof(struct wt_row_status, heartbeat_ns) == 16, "layout is fixed");

/* `bytes` rounded up to whole words. */
static inline size_t wt_flat_padded(size_t bytes) {
    return (bytes + 7) & ~(size_t)7;
}

/* Append, and fill up to whole words. */
void wt_flat_put(struct wt_buffer *out, const void *bytes, size_t length);
void wt_flat_put_bytes(struct wt_buffer *out, const void *bytes, size_t length); /* with length */
void wt_flat_put_text(struct wt_buffer *out, const char *text);                  /* with length */

#endif /* WT_MODEL_FLAT_LAYOUT_H */
