#include "base/format.h"
#include "export/activity.h"

/* A monotonic moment by the wall clock, for people and for programs, and as nanoseconds before the
 * look; 0 is unknown. */
static void put_moment(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       int64_t at_ns) {
    char text[40];
    int64_t age_ns = snapshot->time.monotonic_ns - at_ns;
    if (at_ns == 0) {
        wt_json_put_null(w, "time");
        wt_json_put_null(w, "time_ns");
        wt_json_put_null(w, "age_ns");
        return;
    }
    age_ns = age_ns > 0 ? age_ns : 0;
    int64_t realtime_ns = (int64_t)((uint64_t)snapshot->time.realtime_ns - (uint64_t)age_ns);
    wt_format_rfc3339(text, sizeof text, realtime_ns);
    wt_json_put_text(w, "time", text);
    wt_json_put_int(w, "time_ns", realtime_ns);
    wt_json_put_int(w, "age_ns", age_ns);
}

static void put_int_unless(struct wt_json_writer *w, const char *key, int64_t value,
                           int64_t absent) {
    if (value == absent)
        wt_json_put_null(w, key);
    else
        wt_json_put_int(w, key, value);
}

static void put_whose(struct wt_json_writer *w, const char *service, uint64_t worker_id,
                      int64_t pid) {
    wt_json_put_text(w, "service", service);
    wt_json_put_uint(w, "worker_id", worker_id);
    put_int_unless(w, "pid", pid, 0);
}

static void put_flight(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       const struct wt_flight_info *flight) {
    wt_json_open(w, NULL, '{');
    put_whose(w, flight->service, flight->worker_id, flight->pid);
    wt_json_put_uint(w, "thread", flight->thread);
    put_int_unless(w, "thread_id", flight->thread_id, 0);
    wt_json_put_text(w, "what", wt_flight_what_text((enum wt_flight_what)flight->what));
    wt_json_put_text(w, "label", flight->label);
    wt_json_put_bool(w, "label_cut", flight->label_cut);
    wt_json_put_text(w, "request_id", flight->id);
    wt_json_put_bool(w, "request_id_cut", flight->id_cut);
    put_moment(w, snapshot, flight->since_ns);
    wt_json_put_uint(w, "depth", flight->depth);
    wt_json_close(w, '}');
}

static void put_record(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       const struct wt_record_info *record) {
    wt_json_open(w, NULL, '{');
    put_whose(w, record->service, record->worker_id, record->pid);
    wt_json_put_uint(w, "thread", record->thread);
    put_int_unless(w, "thread_id", record->thread_id, 0);
    wt_json_put_uint(w, "number", record->number);
    wt_json_put_text(w, "what", wt_record_what_text((enum wt_record_what)record->what));
    wt_json_put_bool(w, "slow", record->is_slow);
    wt_json_put_bool(w, "failed", record->has_failed);
    wt_json_put_text(w, "label", record->label);
    wt_json_put_bool(w, "label_cut", record->label_cut);
    wt_json_put_text(w, "request_id", record->id);
    wt_json_put_bool(w, "request_id_cut", record->id_cut);
    put_moment(w, snapshot, record->time_ns);
    put_int_unless(w, "duration_ns", record->duration_ns, -1);
    wt_json_put_int(w, "value", record->value);
    wt_json_close(w, '}');
}

static void put_flights(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                        const struct wt_flight_info *flights, size_t count) {
    wt_json_open(w, "flights", '[');
    for (size_t i = 0; i < count; i++)
        put_flight(w, snapshot, &flights[i]);
    wt_json_close(w, ']');
}

static void put_records(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                        const char *key, const struct wt_record_info *records, size_t count) {
    wt_json_open(w, key, '[');
    for (size_t i = 0; i < count; i++)
        put_record(w, snapshot, &records[i]);
    wt_json_close(w, ']');
}

static void put_worker(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       const char *key, const struct wt_worker_activity *worker) {
    char text[40];
    wt_json_open(w, key, '{');
    put_whose(w, worker->service, worker->worker_id, worker->pid);
    if (worker->gone_realtime_ns == 0) {
        wt_json_put_null(w, "gone");
        wt_json_put_null(w, "gone_ns");
    } else {
        wt_format_rfc3339(text, sizeof text, worker->gone_realtime_ns);
        wt_json_put_text(w, "gone", text);
        wt_json_put_int(w, "gone_ns", worker->gone_realtime_ns);
    }
    wt_json_put_text(w, "cause", worker->cause);
    wt_json_put_text(w, "problem", worker->problem);
    put_flights(w, snapshot, worker->flights, worker->flight_count);
    wt_json_put_uint(w, "flights_left_out", worker->flights_left_out);
    put_records(w, snapshot, "records", worker->records, worker->record_count);
    wt_json_put_uint(w, "records_left_out", worker->records_left_out);
    wt_json_put_uint(w, "published_count", worker->published_count);
    wt_json_put_uint(w, "lost_count", worker->lost_count);
    wt_json_put_uint(w, "nonsense_count", worker->nonsense_count);
    wt_json_close(w, '}');
}

void wt_export_activity(struct wt_json_writer *w, const struct wt_snapshot *snapshot) {
    const struct wt_activity *activity = &snapshot->activity;
    wt_json_open(w, "activity", '{');
    put_flights(w, snapshot, activity->flights, activity->flight_count);
    wt_json_put_uint(w, "flights_left_out", activity->flights_left_out);
    put_records(w, snapshot, "newest", activity->newest, activity->newest_count);
    put_records(w, snapshot, "slowest", activity->slowest, activity->slowest_count);
    wt_json_put_uint(w, "read_count", activity->read_count);
    wt_json_put_uint(w, "lost_count", activity->lost_count);
    wt_json_put_uint(w, "nonsense_count", activity->nonsense_count);
    wt_json_open(w, "gaps", '[');
    for (size_t i = 0; i < activity->gap_count; i++) {
        wt_json_open(w, NULL, '{');
        wt_json_put_text(w, "service", activity->gaps[i].service);
        wt_json_put_uint(w, "worker_id", activity->gaps[i].worker_id);
        wt_json_put_uint(w, "lost_count", activity->gaps[i].lost_count);
        wt_json_close(w, '}');
    }
    wt_json_close(w, ']');
    wt_json_open(w, "boxes", '[');
    for (size_t i = 0; i < activity->box_count; i++)
        put_worker(w, snapshot, NULL, &activity->boxes[i]);
    wt_json_close(w, ']');
    wt_json_put_uint(w, "boxes_dropped", activity->boxes_dropped);
    if (activity->focus == NULL)
        wt_json_put_null(w, "focus");
    else
        put_worker(w, snapshot, "focus", activity->focus);
    wt_json_close(w, '}');
}
