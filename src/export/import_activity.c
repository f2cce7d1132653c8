#include "export/activity.h"
#include "export/words.h"

static bool read_bool(struct wt_import *im, const struct wt_json *object, const char *key) {
    return wt_json_bool(wt_import_member(im, object, key, WT_JSON_BOOL));
}

/* A moment by its age; 0 for null. */
static int64_t read_moment(struct wt_import *im, const struct wt_json *object) {
    if (wt_import_is_null(object, "age_ns"))
        return 0;
    int64_t now_ns = im->imported->snapshot.time.monotonic_ns;
    return now_ns - wt_import_int(im, object, "age_ns", 0, now_ns);
}

/* A list of at most so many; NULL, and nothing to read, after a failure. */
static const struct wt_json *read_list(struct wt_import *im, const struct wt_json *object,
                                       const char *key, size_t most, size_t *count) {
    const struct wt_json *list = wt_import_member(im, object, key, WT_JSON_ARRAY);
    *count = wt_json_count(list);
    if (*count > most)
        wt_import_fail(im, list, "must be at most %zu", most);
    return wt_json_first(list);
}

static const struct wt_flight_info *read_flights(struct wt_import *im, const struct wt_json *object,
                                                 size_t most, size_t *count) {
    const struct wt_json *item = read_list(im, object, "flights", most, count);
    struct wt_flight_info *flights = wt_import_take(im, *count, sizeof *flights);
    for (size_t i = 0; i < *count && im->status == WT_OK; i++, item = wt_json_next(item))
        flights[i] = (struct wt_flight_info){
            .service = wt_import_text(im, item, "service"),
            .worker_id = wt_import_uint(im, item, "worker_id", UINT64_MAX),
            .pid = wt_import_int_or(im, item, "pid", 0),
            .thread = (uint32_t)wt_import_uint(im, item, "thread", UINT32_MAX),
            .thread_id = (uint32_t)wt_import_uint_or_0(im, item, "thread_id", UINT32_MAX),
            .what = (uint8_t)wt_import_word(im, item, "what", wt_flight_what_find),
            .label = wt_import_text(im, item, "label"),
            .label_cut = read_bool(im, item, "label_cut"),
            .id = wt_import_text(im, item, "request_id"),
            .id_cut = read_bool(im, item, "request_id_cut"),
            .since_ns = read_moment(im, item),
            .depth = (uint32_t)wt_import_uint(im, item, "depth", UINT32_MAX),
        };
    return flights;
}

static const struct wt_record_info *read_records(struct wt_import *im, const struct wt_json *object,
                                                 const char *key, size_t most, size_t *count) {
    const struct wt_json *item = read_list(im, object, key, most, count);
    struct wt_record_info *records = wt_import_take(im, *count, sizeof *records);
    for (size_t i = 0; i < *count && im->status == WT_OK; i++, item = wt_json_next(item))
        records[i] = (struct wt_record_info){
            .service = wt_import_text(im, item, "service"),
            .worker_id = wt_import_uint(im, item, "worker_id", UINT64_MAX),
            .pid = wt_import_int_or(im, item, "pid", 0),
            .thread = (uint32_t)wt_import_uint(im, item, "thread", UINT32_MAX),
            .thread_id = (uint32_t)wt_import_uint_or_0(im, item, "thread_id", UINT32_MAX),
            .number = wt_import_uint(im, item, "number", UINT64_MAX),
            .what = (uint8_t)wt_import_word(im, item, "what", wt_record_what_find),
            .is_slow = read_bool(im, item, "slow"),
            .has_failed = read_bool(im, item, "failed"),
            .label = wt_import_text(im, item, "label"),
            .label_cut = read_bool(im, item, "label_cut"),
            .id = wt_import_text(im, item, "request_id"),
            .id_cut = read_bool(im, item, "request_id_cut"),
            .time_ns = read_moment(im, item),
            .duration_ns = wt_import_int_or(im, item, "duration_ns", -1),
            .value = wt_import_int(im, item, "value", INT64_MIN, INT64_MAX),
        };
    return records;
}

static void read_worker(struct wt_import *im, const struct wt_json *object,
                        struct wt_worker_activity *worker) {
    *worker = (struct wt_worker_activity){
        .service = wt_import_text(im, object, "service"),
        .worker_id = wt_import_uint(im, object, "worker_id", UINT64_MAX),
        .pid = wt_import_int_or(im, object, "pid", 0),
        .gone_realtime_ns = wt_import_int_or(im, object, "gone_ns", 0),
        .cause = wt_import_text(im, object, "cause"),
        .problem = wt_import_text(im, object, "problem"),
        .flights_left_out = wt_import_uint(im, object, "flights_left_out", UINT64_MAX),
        .records_left_out = wt_import_uint(im, object, "records_left_out", UINT64_MAX),
        .published_count = wt_import_uint(im, object, "published_count", UINT64_MAX),
        .lost_count = wt_import_uint(im, object, "lost_count", UINT64_MAX),
        .nonsense_count = (uint32_t)wt_import_uint(im, object, "nonsense_count", UINT32_MAX),
    };
    worker->flights = read_flights(im, object, WT_FOCUS_FLIGHTS, &worker->flight_count);
    worker->records = read_records(im, object, "records", WT_FOCUS_RECORDS, &worker->record_count);
}

static void read_gaps(struct wt_import *im, const struct wt_json *object,
                      struct wt_activity *activity) {
    const struct wt_json *item =
        read_list(im, object, "gaps", WT_ACTIVITY_GAPS, &activity->gap_count);
    struct wt_record_gap *gaps = wt_import_take(im, activity->gap_count, sizeof *gaps);
    for (size_t i = 0; i < activity->gap_count && im->status == WT_OK;
         i++, item = wt_json_next(item))
        gaps[i] = (struct wt_record_gap){
            .service = wt_import_text(im, item, "service"),
            .worker_id = wt_import_uint(im, item, "worker_id", UINT64_MAX),
            .lost_count = wt_import_uint(im, item, "lost_count", UINT64_MAX),
        };
    activity->gaps = gaps;
}

static void read_boxes(struct wt_import *im, const struct wt_json *object,
                       struct wt_activity *activity) {
    const struct wt_json *item =
        read_list(im, object, "boxes", WT_ACTIVITY_BOXES, &activity->box_count);
    struct wt_worker_activity *boxes = wt_import_take(im, activity->box_count, sizeof *boxes);
    for (size_t i = 0; i < activity->box_count && im->status == WT_OK;
         i++, item = wt_json_next(item))
        read_worker(im, item, &boxes[i]);
    activity->boxes = boxes;
}

void wt_import_activity(struct wt_import *im, const struct wt_json *root) {
    struct wt_activity *activity = &im->imported->snapshot.activity;
    if (wt_json_get(root, "activity") == NULL) /* the first writers had none */
        return;
    const struct wt_json *object = wt_import_member(im, root, "activity", WT_JSON_OBJECT);
    activity->flights = read_flights(im, object, WT_ACTIVITY_FLIGHTS, &activity->flight_count);
    activity->flights_left_out = wt_import_uint(im, object, "flights_left_out", UINT64_MAX);
    activity->newest =
        read_records(im, object, "newest", WT_ACTIVITY_NEWEST, &activity->newest_count);
    activity->slowest =
        read_records(im, object, "slowest", WT_ACTIVITY_SLOWEST, &activity->slowest_count);
    activity->read_count = wt_import_uint(im, object, "read_count", UINT64_MAX);
    activity->lost_count = wt_import_uint(im, object, "lost_count", UINT64_MAX);
    activity->nonsense_count = wt_import_uint(im, object, "nonsense_count", UINT64_MAX);
    read_gaps(im, object, activity);
    read_boxes(im, object, activity);
    activity->boxes_dropped = wt_import_uint(im, object, "boxes_dropped", UINT64_MAX);
    if (wt_import_is_null(object, "focus"))
        return;
    struct wt_worker_activity *focus = wt_import_take(im, 1, sizeof *focus);
    const struct wt_json *found = wt_import_member(im, object, "focus", WT_JSON_OBJECT);
    if (focus != NULL && found != NULL)
        read_worker(im, found, focus);
    activity->focus = focus;
}
