/* What threads of the fixtures' workers do and did: made by hand, for screens. */
#include <string.h>

#include "support/fixture.h"

#define S WT_NS_PER_S
#define MS WT_NS_PER_MS

/* Ages, before they are moments. */
static const struct wt_flight_info flights[] = {
    {.worker_id = 3,
     .service = "api",
     .since_ns = 48 * MS,
     .label = "GET /v2/items/:id",
     .id = "c41d"},
    {.worker_id = 5, .service = "api", .since_ns = 12 * MS, .what = WT_FLIGHT_IS_UNLABELLED},
    {.worker_id = 30,
     .service = "jobs",
     .since_ns = 94 * S,
     .thread = 2,
     .depth = 2,
     .label = "report 4711 / render pdf",
     .id = "8f3a"},
    {.worker_id = 31,
     .service = "jobs",
     .since_ns = 91 * S,
     .label = "report 4712 / render pdf",
     .id = "8f3b"},
    {.worker_id = 33, .service = "jobs", .since_ns = 1400 * MS, .label = "mail newsletter"},
    {.worker_id = 40,
     .service = "web",
     .since_ns = 2700 * MS,
     .label = "POST /checkout",
     .id = "77ab"},
    {.worker_id = 42,
     .service = "web",
     .since_ns = 800 * MS,
     .label_cut = true,
     .label =
         "GET /search?q=waterproof+hiking+boots+size+44&sort=price&page=3&facets=bra\xe2\x80\xa6"},
    {.worker_id = 43, .service = "web", .what = WT_FLIGHT_IS_TORN},
};

static const struct wt_flight_info of_30[] = {
    {.since_ns = 94 * S,
     .thread = 2,
     .thread_id = 4803,
     .depth = 2,
     .label = "report 4711 / render pdf",
     .id = "8f3a"},
    {.since_ns = 92 * S,
     .thread = 0,
     .thread_id = 4801,
     .depth = 1,
     .label = "report 4713",
     .id = "8f41"},
    {.since_ns = 90 * S,
     .thread = 3,
     .thread_id = 4804,
     .depth = 1,
     .what = WT_FLIGHT_IS_UNLABELLED},
    {.thread = 4, .what = WT_FLIGHT_IS_TORN},
};

static const struct wt_record_info records[] = {
    {.worker_id = 40,
     .service = "web",
     .number = 1207,
     .time_ns = 2 * S,
     .duration_ns = 2100 * MS,
     .what = WT_RECORD_IS_WORK,
     .is_slow = true,
     .label = "POST /checkout",
     .id = "77a9",
     .thread = 1},
    {.worker_id = 16, .service = "api", .number = 3, .duration_ns = -1, .what = WT_RECORD_IS_TORN},
    {.worker_id = 33,
     .service = "jobs",
     .number = 41,
     .time_ns = 31 * S,
     .duration_ns = 8400 * MS,
     .what = WT_RECORD_IS_WORK,
     .has_failed = true,
     .value = 503,
     .label = "mail newsletter",
     .id = "0aa1"},
    {.worker_id = 30,
     .service = "jobs",
     .number = 88,
     .time_ns = 95 * S,
     .duration_ns = -1,
     .what = WT_RECORD_IS_WARNING,
     .value = 3,
     .label = "retrying: renderer does not answer",
     .id = "8f3a",
     .thread = 2},
    {.worker_id = 7,
     .service = "api",
     .number = 12,
     .time_ns = 140 * S,
     .duration_ns = -1,
     .what = WT_RECORD_IS_ERROR,
     .value = -111,
     .label = "cannot reach db-1: connection refused"},
    {.worker_id = 12,
     .service = "api",
     .number = 9,
     .time_ns = 212 * S,
     .duration_ns = -1,
     .what = WT_RECORD_IS_STATE,
     .value = 2,
     .label = "circuit breaker half open"},
};

static const struct wt_record_info slow[] = {
    {.worker_id = 34,
     .service = "jobs",
     .number = 7,
     .time_ns = 381 * S,
     .duration_ns = 31 * S,
     .what = WT_RECORD_IS_WORK,
     .is_slow = true,
     .label = "report 4690",
     .id = "8e02",
     .thread = 1},
};

static const struct wt_record_info box_records[] = {
    {.number = 3, .duration_ns = -1, .what = WT_RECORD_IS_TORN},
    {.number = 2,
     .time_ns = 3 * S,
     .duration_ns = -1,
     .what = WT_RECORD_IS_WARNING,
     .value = 912,
     .label = "memory above 900 MiB"},
    {.number = 1,
     .time_ns = 9 * S,
     .duration_ns = 4200 * MS,
     .what = WT_RECORD_IS_WORK,
     .is_slow = true,
     .label = "GET /v2/export.csv",
     .id = "c0fe",
     .thread = 1},
};

static const struct wt_flight_info box_flights[] = {
    {.since_ns = 6 * S,
     .thread = 1,
     .thread_id = 4760,
     .depth = 1,
     .label = "GET /v2/export.csv",
     .id = "c0ff"},
};

static const struct wt_record_gap gaps[] = {{30, "jobs", 1204}};

static int64_t moment(int64_t age_ns, int64_t now_ns) {
    return age_ns == 0 ? 0 : now_ns - age_ns;
}

static void own(uint64_t *worker_id, const char **service, int64_t *pid,
                const struct wt_worker_activity *owner) {
    if (owner) {
        *worker_id = owner->worker_id;
        *service = owner->service;
    }
    *pid = 4711 + (int64_t)*worker_id * 3;
}

static const struct wt_flight_info *put_flights(struct wt_arena *arena,
                                                const struct wt_flight_info *from, size_t count,
                                                const struct wt_worker_activity *owner,
                                                int64_t now_ns) {
    struct wt_flight_info *to = wt_arena_take(arena, count, sizeof *to);
    for (size_t i = 0; to && i < count; i++) {
        to[i] = from[i];
        own(&to[i].worker_id, &to[i].service, &to[i].pid, owner);
        to[i].since_ns = moment(from[i].since_ns, now_ns);
        to[i].label = from[i].label ? from[i].label : "";
        to[i].id = from[i].id ? from[i].id : "";
    }
    return to;
}

static const struct wt_record_info *put_records(struct wt_arena *arena,
                                                const struct wt_record_info *from, size_t count,
                                                const struct wt_worker_activity *owner,
                                                int64_t now_ns) {
    struct wt_record_info *to = wt_arena_take(arena, count, sizeof *to);
    for (size_t i = 0; to && i < count; i++) {
        to[i] = from[i];
        own(&to[i].worker_id, &to[i].service, &to[i].pid, owner);
        to[i].time_ns = moment(from[i].time_ns, now_ns);
        to[i].label = from[i].label ? from[i].label : "";
        to[i].id = from[i].id ? from[i].id : "";
    }
    return to;
}

#define COUNT(list) (sizeof(list) / sizeof *(list))

void wt_fixture_add_activity(struct wt_snapshot *snapshot, struct wt_arena *arena) {
    int64_t now_ns = snapshot->time.monotonic_ns;
    struct wt_activity *activity = &snapshot->activity;
    struct wt_worker_activity *one = wt_arena_take(arena, 2, sizeof *one);
    if (!one)
        return;
    one[0] = (struct wt_worker_activity){.worker_id = 30,
                                         .service = "jobs",
                                         .pid = 4801,
                                         .cause = "",
                                         .problem = "",
                                         .flight_count = COUNT(of_30),
                                         .record_count = 1,
                                         .published_count = 1332,
                                         .lost_count = 1204,
                                         .records_left_out = 127};
    one[0].flights = put_flights(arena, of_30, COUNT(of_30), &one[0], now_ns);
    one[0].records = put_records(arena, records + 3, 1, &one[0], now_ns);
    one[1] = (struct wt_worker_activity){.worker_id = 16,
                                         .service = "api",
                                         .pid = 4759,
                                         .gone_realtime_ns = snapshot->time.realtime_ns - S,
                                         .cause = "signal 9 (Killed)",
                                         .problem = "",
                                         .flight_count = 1,
                                         .record_count = COUNT(box_records),
                                         .published_count = 2};
    one[1].flights = put_flights(arena, box_flights, 1, &one[1], now_ns);
    one[1].records = put_records(arena, box_records, COUNT(box_records), &one[1], now_ns);
    *activity = (struct wt_activity){
        .flights = put_flights(arena, flights, COUNT(flights), NULL, now_ns),
        .flight_count = COUNT(flights),
        .newest = put_records(arena, records, COUNT(records), NULL, now_ns),
        .newest_count = COUNT(records),
        .slowest = put_records(arena, slow, COUNT(slow), NULL, now_ns),
        .slowest_count = COUNT(slow),
        .read_count = 5021,
        .lost_count = 1204,
        .gaps = gaps,
        .gap_count = 1,
        .boxes = &one[1],
        .box_count = 1,
        .focus = &one[0],
    };
}
