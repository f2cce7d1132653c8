#include "model/flat_activity.h"

#include <string.h>

/* The end of the tick part: lists of records with their texts behind them. */

enum { CUT_LABEL = 1, CUT_ID = 2, SLOW = 4, FAILED = 8, FLAGS = 15 };

/* ---- writing --------------------------------------------------------------------------------- */

static void put_flight(struct wt_buffer *out, const struct wt_flight_info *flight) {
    const struct wt_flat_flight_record record = {
        .worker_id = flight->worker_id,
        .pid = flight->pid,
        .since_ns = flight->since_ns,
        .thread = flight->thread,
        .thread_id = flight->thread_id,
        .depth = flight->depth,
        .what = flight->what,
        .flags = (uint8_t)((flight->label_cut ? CUT_LABEL : 0) | (flight->id_cut ? CUT_ID : 0)),
    };
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, flight->service);
    wt_flat_put_text(out, flight->label);
    wt_flat_put_text(out, flight->id);
}

static void put_record(struct wt_buffer *out, const struct wt_record_info *info) {
    const struct wt_flat_left_record record = {
        .worker_id = info->worker_id,
        .pid = info->pid,
        .number = info->number,
        .time_ns = info->time_ns,
        .duration_ns = info->duration_ns,
        .value = info->value,
        .thread = info->thread,
        .thread_id = info->thread_id,
        .what = info->what,
        .flags = (uint8_t)((info->label_cut ? CUT_LABEL : 0) | (info->id_cut ? CUT_ID : 0) |
                           (info->is_slow ? SLOW : 0) | (info->has_failed ? FAILED : 0)),
    };
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, info->service);
    wt_flat_put_text(out, info->label);
    wt_flat_put_text(out, info->id);
}

static void put_flights(struct wt_buffer *out, const struct wt_flight_info *flights, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_flight(out, &flights[i]);
}

static void put_records(struct wt_buffer *out, const struct wt_record_info *records, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_record(out, &records[i]);
}

static void put_worker(struct wt_buffer *out, const struct wt_worker_activity *worker) {
    const struct wt_flat_box_record record = {
        .worker_id = worker->worker_id,
        .pid = worker->pid,
        .gone_realtime_ns = worker->gone_realtime_ns,
        .flights_left_out = worker->flights_left_out,
        .published_count = worker->published_count,
        .lost_count = worker->lost_count,
        .records_left_out = worker->records_left_out,
        .flight_count = (uint32_t)worker->flight_count,
        .record_count = (uint32_t)worker->record_count,
        .nonsense_count = worker->nonsense_count,
    };
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, worker->service);
    wt_flat_put_text(out, worker->cause);
    wt_flat_put_text(out, worker->problem);
    put_flights(out, worker->flights, worker->flight_count);
    put_records(out, worker->records, worker->record_count);
}

void wt_flat_put_activity(struct wt_buffer *out, const struct wt_activity *activity) {
    const struct wt_flat_activity_record record = {
        .flights_left_out = activity->flights_left_out,
        .read_count = activity->read_count,
        .lost_count = activity->lost_count,
        .nonsense_count = activity->nonsense_count,
        .boxes_dropped = activity->boxes_dropped,
        .flight_count = (uint32_t)activity->flight_count,
        .newest_count = (uint32_t)activity->newest_count,
        .slowest_count = (uint32_t)activity->slowest_count,
        .gap_count = (uint32_t)activity->gap_count,
        .box_count = (uint32_t)activity->box_count,
        .has_focus = activity->focus != NULL,
    };
    wt_flat_put(out, &record, sizeof record);
    put_flights(out, activity->flights, activity->flight_count);
    put_records(out, activity->newest, activity->newest_count);
    put_records(out, activity->slowest, activity->slowest_count);
    for (size_t i = 0; i < activity->gap_count; i++) {
        const struct wt_flat_gap_record gap = {.worker_id = activity->gaps[i].worker_id,
                                               .lost_count = activity->gaps[i].lost_count};
        wt_flat_put(out, &gap, sizeof gap);
        wt_flat_put_text(out, activity->gaps[i].service);
    }
    for (size_t i = 0; i < activity->box_count; i++)
        put_worker(out, &activity->boxes[i]);
    if (activity->focus != NULL)
        put_worker(out, activity->focus);
}

/* ---- reading --------------------------------------------------------------------------------- */

#define FLIGHT(member, least, most) WT_FLAT_RULE(struct wt_flat_flight_record, member, least, most)
static const struct wt_flat_rule flight_rules[] = {
    FLIGHT(since_ns, 0, WT_FLAT_TIME_MAX),
    FLIGHT(what, 0, WT_FLIGHT_IS_NONSENSE),
    FLIGHT(flags, 0, CUT_LABEL | CUT_ID),
};

#define LEFT(member, least, most) WT_FLAT_RULE(struct wt_flat_left_record, member, least, most)
static const struct wt_flat_rule left_rules[] = {
    LEFT(time_ns, 0, WT_FLAT_TIME_MAX),
    LEFT(duration_ns, -1, WT_FLAT_TIME_MAX),
    LEFT(what, 0, WT_RECORD_IS_NONSENSE),
    LEFT(flags, 0, FLAGS),
};

#define BOX(member, least, most) WT_FLAT_RULE(struct wt_flat_box_record, member, least, most)
static const struct wt_flat_rule box_rules[] = {
    BOX(gone_realtime_ns, -WT_FLAT_TIME_MAX, WT_FLAT_TIME_MAX),
    BOX(flight_count, 0, WT_FOCUS_FLIGHTS),
    BOX(record_count, 0, WT_FOCUS_RECORDS),
};

#define ACTIVITY(member, least, most)                                                              \
    WT_FLAT_RULE(struct wt_flat_activity_record, member, least, most)
static const struct wt_flat_rule activity_rules[] = {
    ACTIVITY(flight_count, 0, WT_ACTIVITY_FLIGHTS),  ACTIVITY(newest_count, 0, WT_ACTIVITY_NEWEST),
    ACTIVITY(slowest_count, 0, WT_ACTIVITY_SLOWEST), ACTIVITY(gap_count, 0, WT_ACTIVITY_GAPS),
    ACTIVITY(box_count, 0, WT_ACTIVITY_BOXES),       ACTIVITY(has_focus, 0, 1),
};

static_assert(sizeof(struct wt_flight_info) + 3 + WT_FLAT_ALIGNMENT <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_flight_record) + 24),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_record_info) + 3 + WT_FLAT_ALIGNMENT <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_left_record) + 24),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_worker_activity) + 3 + 3 * WT_FLAT_ALIGNMENT <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_box_record) + 24),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_record_gap) + 1 <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_gap_record) + 8),
              "the pool holds what its bytes mean");

/* Room for so many, if so many can be there. */
static void *take_list(struct wt_flat_reader *reader, uint32_t count, size_t record_bytes,
                       size_t size, const char *name) {
    size_t left = reader->length - reader->at;
    if (reader->status == WT_OK && count > left / record_bytes) {
        wt_flat_refuse(reader, reader->at, "%u %s do not fit into the last %zu bytes", count, name,
                       left);
        return NULL;
    }
    return wt_flat_alloc(reader, count, size);
}

static const struct wt_flight_info *read_flights(struct wt_flat_reader *reader, uint32_t count) {
    struct wt_flat_flight_record record;
    struct wt_flight_info *flights =
        take_list(reader, count, sizeof record, sizeof *flights, "pieces of work");
    for (uint32_t i = 0; i < count && reader->status == WT_OK; i++) {
        if (!WT_FLAT_TAKE(reader, &record, flight_rules))
            break;
        flights[i] = (struct wt_flight_info){
            .worker_id = record.worker_id,
            .service = wt_flat_text(reader, "service"),
            .pid = record.pid,
            .since_ns = record.since_ns,
            .thread = record.thread,
            .thread_id = record.thread_id,
            .depth = record.depth,
            .what = record.what,
            .label_cut = (record.flags & CUT_LABEL) != 0,
            .id_cut = (record.flags & CUT_ID) != 0,
        };
        flights[i].label = wt_flat_text(reader, "label");
        flights[i].id = wt_flat_text(reader, "request id");
    }
    return flights;
}

static const struct wt_record_info *read_records(struct wt_flat_reader *reader, uint32_t count) {
    struct wt_flat_left_record record;
    struct wt_record_info *records =
        take_list(reader, count, sizeof record, sizeof *records, "records");
    for (uint32_t i = 0; i < count && reader->status == WT_OK; i++) {
        if (!WT_FLAT_TAKE(reader, &record, left_rules))
            break;
        records[i] = (struct wt_record_info){
            .worker_id = record.worker_id,
            .service = wt_flat_text(reader, "service"),
            .pid = record.pid,
            .number = record.number,
            .time_ns = record.time_ns,
            .duration_ns = record.duration_ns,
            .value = record.value,
            .thread = record.thread,
            .thread_id = record.thread_id,
            .what = record.what,
            .is_slow = (record.flags & SLOW) != 0,
            .has_failed = (record.flags & FAILED) != 0,
            .label_cut = (record.flags & CUT_LABEL) != 0,
            .id_cut = (record.flags & CUT_ID) != 0,
        };
        records[i].label = wt_flat_text(reader, "label");
        records[i].id = wt_flat_text(reader, "request id");
    }
    return records;
}

static void read_worker(struct wt_flat_reader *reader, struct wt_worker_activity *worker) {
    struct wt_flat_box_record record;
    if (!WT_FLAT_TAKE(reader, &record, box_rules))
        return;
    *worker = (struct wt_worker_activity){
        .worker_id = record.worker_id,
        .service = wt_flat_text(reader, "service"),
        .pid = record.pid,
        .gone_realtime_ns = record.gone_realtime_ns,
        .flight_count = record.flight_count,
        .flights_left_out = record.flights_left_out,
        .record_count = record.record_count,
        .published_count = record.published_count,
        .lost_count = record.lost_count,
        .records_left_out = record.records_left_out,
        .nonsense_count = record.nonsense_count,
    };
    worker->cause = wt_flat_text(reader, "cause");
    worker->problem = wt_flat_text(reader, "problem");
    worker->flights = read_flights(reader, record.flight_count);
    worker->records = read_records(reader, record.record_count);
}

static void read_gaps(struct wt_flat_reader *reader, struct wt_activity *activity) {
    struct wt_flat_gap_record record;
    struct wt_record_gap *gaps =
        take_list(reader, (uint32_t)activity->gap_count, sizeof record, sizeof *gaps, "gaps");
    for (size_t i = 0; i < activity->gap_count && reader->status == WT_OK; i++) {
        if (wt_flat_take(reader, &record, sizeof record, NULL, 0))
            gaps[i] = (struct wt_record_gap){.worker_id = record.worker_id,
                                             .service = wt_flat_text(reader, "service"),
                                             .lost_count = record.lost_count};
    }
    activity->gaps = gaps;
}

static void read_boxes(struct wt_flat_reader *reader, struct wt_activity *activity) {
    struct wt_worker_activity *boxes =
        take_list(reader, (uint32_t)activity->box_count, sizeof(struct wt_flat_box_record),
                  sizeof *boxes, "black boxes");
    for (size_t i = 0; i < activity->box_count && reader->status == WT_OK; i++)
        read_worker(reader, &boxes[i]);
    activity->boxes = boxes;
}

void wt_flat_read_activity(struct wt_flat_reader *reader, struct wt_activity *activity) {
    struct wt_flat_activity_record record;
    if (!WT_FLAT_TAKE(reader, &record, activity_rules))
        return;
    *activity = (struct wt_activity){
        .flight_count = record.flight_count,
        .flights_left_out = record.flights_left_out,
        .newest_count = record.newest_count,
        .slowest_count = record.slowest_count,
        .read_count = record.read_count,
        .lost_count = record.lost_count,
        .nonsense_count = record.nonsense_count,
        .gap_count = record.gap_count,
        .box_count = record.box_count,
        .boxes_dropped = record.boxes_dropped,
    };
    activity->flights = read_flights(reader, record.flight_count);
    activity->newest = read_records(reader, record.newest_count);
    activity->slowest = read_records(reader, record.slowest_count);
    read_gaps(reader, activity);
    read_boxes(reader, activity);
    struct wt_worker_activity *focus =
        record.has_focus ? wt_flat_alloc(reader, 1, sizeof *focus) : NULL;
    if (focus != NULL)
        read_worker(reader, focus);
    activity->focus = focus;
}
