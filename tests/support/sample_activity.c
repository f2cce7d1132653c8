#include "support/samples.h"

#include "base/clock.h"

/* At the same time as the other samples. */
#define LOOK_NS INT64_C(1795182571000000000)
#define UPTIME_NS INT64_C(86400000000000)

static const struct wt_flight_info sample_flights[] = {
    {.worker_id = 2,
     .service = "api",
     .pid = 4702,
     .since_ns = UPTIME_NS - 12 * WT_NS_PER_MS,
     .thread = 3,
     .thread_id = 4711,
     .depth = 1,
     .what = WT_FLIGHT_IS_UNLABELLED,
     .label = "",
     .id = ""},
    {.worker_id = 12,
     .service = "jobs",
     .pid = 4712,
     .since_ns = UPTIME_NS - 94 * WT_NS_PER_S,
     .thread_id = 4712,
     .depth = 2,
     .what = WT_FLIGHT_IS_LABELLED,
     .label = "report 4711",
     .id = "8f3a"},
    {.worker_id = 10,
     .service = "jobs",
     .pid = 4710,
     .since_ns = UPTIME_NS - 310 * WT_NS_PER_MS,
     .thread = 1,
     .depth = 255,
     .what = WT_FLIGHT_IS_LABELLED,
     .label_cut = true,
     .id_cut = true,
     .label = "mail /customers/newsletter/2026/november/black-friday\xe2\x80\xa6",
     .id = "0af7651916cd43dd8448eb211c80319c-b7ad6b71\xe2\x80\xa6"},
    {.worker_id = 14,
     .service = "web",
     .pid = 4714,
     .since_ns = UPTIME_NS - 2 * WT_NS_PER_S,
     .depth = 1,
     .what = WT_FLIGHT_IS_LABELLED,
     .label = "POST /checkout",
     .id = "77ab"},
};

static const struct wt_record_info sample_records[] = {
    {.worker_id = 10,
     .service = "jobs",
     .pid = 4710,
     .number = 440,
     .time_ns = UPTIME_NS - 2 * WT_NS_PER_S,
     .duration_ns = 1240 * WT_NS_PER_MS,
     .value = 503,
     .thread_id = 4710,
     .what = WT_RECORD_IS_WORK,
     .is_slow = true,
     .has_failed = true,
     .label = "mail /customers",
     .id = "77ab"},
    {.worker_id = 7,
     .service = "api",
     .pid = 4707,
     .number = 3,
     .time_ns = UPTIME_NS - 5 * WT_NS_PER_S,
     .duration_ns = -1,
     .value = -12,
     .thread = 2,
     .what = WT_RECORD_IS_ERROR,
     .label = "cannot reach db-1: connection refused",
     .id = ""},
    {.worker_id = 7,
     .service = "api",
     .pid = 4707,
     .number = 4,
     .duration_ns = -1,
     .what = WT_RECORD_IS_TORN,
     .label = "",
     .id = ""},
};

static const struct wt_flight_info sample_last_flight[] = {
    {.worker_id = 7,
     .service = "api",
     .pid = 4707,
     .since_ns = UPTIME_NS - 9 * WT_NS_PER_S,
     .depth = 1,
     .what = WT_FLIGHT_IS_LABELLED,
     .label = "GET /export.csv",
     .id = "c0ffee"},
    {.worker_id = 7,
     .service = "api",
     .pid = 4707,
     .thread = 4,
     .what = WT_FLIGHT_IS_TORN,
     .label = "",
     .id = ""},
};

static const struct wt_worker_activity sample_box[] = {
    {.worker_id = 7,
     .service = "api",
     .pid = 4707,
     .gone_realtime_ns = LOOK_NS - 5 * WT_NS_PER_S,
     .cause = "signal 9 (Killed)",
     .problem = "",
     .flights = sample_last_flight,
     .flight_count = 2,
     .records = sample_records + 1,
     .record_count = 2,
     .published_count = 1300,
     .lost_count = 1204,
     .records_left_out = 95,
     .nonsense_count = 1},
};

static const struct wt_worker_activity sample_focus = {
    .worker_id = 10,
    .service = "jobs",
    .pid = 4710,
    .cause = "",
    .problem = "",
    .flights = sample_flights + 2,
    .flight_count = 1,
    .flights_left_out = 2,
    .records = sample_records,
    .record_count = 1,
    .published_count = 440,
    .lost_count = 376,
    .records_left_out = 63,
};

static const struct wt_record_gap sample_gaps[] = {{7, "api", 1204}, {10, "jobs", 3}};

void wt_sample_add_activity(struct wt_snapshot *snapshot) {
    snapshot->activity = (struct wt_activity){
        .flights = sample_flights,
        .flight_count = 4,
        .flights_left_out = 1,
        .newest = sample_records,
        .newest_count = 3,
        .slowest = sample_records,
        .slowest_count = 1,
        .read_count = 5021,
        .lost_count = 1207,
        .nonsense_count = 1,
        .gaps = sample_gaps,
        .gap_count = 2,
        .boxes = sample_box,
        .box_count = 1,
        .boxes_dropped = 4,
        .focus = &sample_focus,
    };
}

#define EVIL "\x1b]52;c;aGk=\x07\"\\\n\xff\xe2\x80\xae\xc2\x9b</script>"

static const struct wt_record_info nasty_record = {
    .worker_id = UINT64_MAX,
    .service = EVIL,
    .pid = INT64_MIN,
    .number = UINT64_MAX,
    .time_ns = 1,
    .duration_ns = INT64_MAX / 2,
    .value = INT64_MIN,
    .thread = UINT32_MAX,
    .thread_id = UINT32_MAX,
    .what = WT_RECORD_IS_WARNING,
    .label = EVIL,
    .id = EVIL,
};

void wt_sample_add_nasty_activity(struct wt_snapshot *snapshot) {
    snapshot->activity = (struct wt_activity){.slowest = &nasty_record,
                                              .slowest_count = 1,
                                              .flights_left_out = UINT64_MAX,
                                              .read_count = UINT64_MAX,
                                              .lost_count = UINT64_MAX,
                                              .nonsense_count = UINT64_MAX,
                                              .boxes_dropped = UINT64_MAX};
}
