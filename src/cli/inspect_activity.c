/* inspect_activity.c - what threads did at the monitor's last look, and the black boxes of workers
 * that were gone by then: what is left of those whose regions went to somebody else. */
#include "cli/inspect.h"

#include <string.h>

enum { FEW_RECORDS = 5 }; /* of each box, for people who did not ask for one worker */

struct show {
    struct wt_inspect *inspect;
    const struct wt_snapshot *snapshot;
};

static bool wants(const struct show *show, uint64_t worker_id) {
    const struct wt_options *options = show->inspect->options;
    return !wt_options_given(options, WT_OPTION_worker_id) || worker_id == options->worker_id;
}

/* How long before the last look; of a moment that is not known, none. */
static struct wt_cell before_look(const struct show *show, int64_t at_ns) {
    int64_t age_ns = show->snapshot->time.monotonic_ns - at_ns;
    return wt_cell_duration(at_ns == 0 ? -1 : age_ns > 0 ? age_ns : 0);
}

static struct wt_cell count_unless_0(uint64_t count) {
    return count == 0 ? wt_cell_none() : wt_cell_count(count);
}

/* ---- what was under way ---------------------------------------------------------------------- */

static const struct wt_column flight_columns[] = {
    {"worker_id", "worker", WT_COLUMN_ONCE},
    {"pid", "pid", WT_COLUMN_ONCE},
    {"service", "service", WT_COLUMN_ONCE},
    {"thread", "thread", 0},
    {"thread_id", "tid", 0},
    {"age_ns", "for", 0},
    {"what", "known", WT_COLUMN_MACHINE},
    {"label", "doing", 0},
    {"request_id", "request", 0},
    {"depth", "depth", 0},
};

/* For people: what it does, or why that cannot be said. */
static const char *doing(const struct show *show, const struct wt_flight_info *flight) {
    bool says = flight->what == WT_FLIGHT_IS_LABELLED || show->inspect->report.is_json;
    return says ? flight->label : wt_flight_what_text((enum wt_flight_what)flight->what);
}

static void put_flights(const struct show *show, const struct wt_flight_info *flights,
                        size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct wt_flight_info *flight = &flights[i];
        if (!wants(show, flight->worker_id))
            continue;
        const struct wt_cell cells[] = {
            wt_cell_count(flight->worker_id),
            flight->pid == 0 ? wt_cell_none() : wt_cell_int(flight->pid),
            wt_cell_text(flight->service),
            wt_cell_count(flight->thread),
            count_unless_0(flight->thread_id),
            before_look(show, flight->since_ns),
            wt_cell_text(wt_flight_what_text((enum wt_flight_what)flight->what)),
            wt_cell_text(doing(show, flight)),
            wt_cell_text(flight->id),
            count_unless_0(flight->depth),
        };
        show->inspect->matched++;
        wt_report_row(&show->inspect->report, cells);
    }
}

/* ---- records --------------------------------------------------------------------------------- */

static const struct wt_column record_columns[] = {
    {"worker_id", "worker", WT_COLUMN_ONCE},
    {"pid", "", WT_COLUMN_MACHINE},
    {"service", "service", WT_COLUMN_ONCE},
    WT_INSPECT_RECORD_COLUMNS("before"),
};

void wt_inspect_record_cells(const struct wt_record_info *record, struct wt_cell age,
                             struct wt_cell *out) {
    const char *remark = record->has_failed ? "failed" : record->is_slow ? "slow" : "";
    bool is_true = record->what != WT_RECORD_IS_TORN && record->what != WT_RECORD_IS_NONSENSE;
    const struct wt_cell cells[WT_INSPECT_RECORD_CELLS] = {
        wt_cell_count(record->thread),
        wt_cell_count(record->number),
        age,
        wt_cell_text(wt_record_what_text((enum wt_record_what)record->what)),
        wt_cell_text(remark),
        wt_cell_duration(record->duration_ns),
        wt_cell_text(record->label),
        wt_cell_text(record->id),
        is_true ? wt_cell_int(record->value) : wt_cell_none(),
    };
    memcpy(out, cells, sizeof cells);
}

static void put_records(const struct show *show, const struct wt_record_info *records,
                        size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct wt_record_info *record = &records[i];
        if (!wants(show, record->worker_id))
            continue;
        struct wt_cell cells[3 + WT_INSPECT_RECORD_CELLS] = {
            wt_cell_count(record->worker_id),
            record->pid == 0 ? wt_cell_none() : wt_cell_int(record->pid),
            wt_cell_text(record->service),
        };
        wt_inspect_record_cells(record, before_look(show, record->time_ns), cells + 3);
        show->inspect->matched++;
        wt_report_row(&show->inspect->report, cells);
    }
}

/* ---- black boxes ----------------------------------------------------------------------------- */

static const struct wt_column box_columns[] = {
    {"worker_id", "worker", 0},
    {"pid", "pid", 0},
    {"service", "service", 0},
    {"gone_ns", "gone", 0},
    {"published_count", "records", 0},
    {"lost_count", "overwritten", 0},
    {"records_left_out", "left out", 0},
    {"flights_left_out", "", WT_COLUMN_MACHINE},
    {"nonsense_count", "", WT_COLUMN_MACHINE},
    {"cause", "", WT_COLUMN_BELOW},
    {"problem", "", WT_COLUMN_BELOW},
};

static void put_box(const struct show *show, const struct wt_worker_activity *box) {
    const struct wt_cell cells[] = {
        wt_cell_count(box->worker_id),
        box->pid == 0 ? wt_cell_none() : wt_cell_int(box->pid),
        wt_cell_text(box->service),
        wt_cell_time(box->gone_realtime_ns),
        wt_cell_count(box->published_count),
        wt_cell_count(box->lost_count),
        wt_cell_count(box->records_left_out),
        wt_cell_count(box->flights_left_out),
        wt_cell_count(box->nonsense_count),
        wt_cell_text(box->cause),
        wt_cell_text(box->problem),
    };
    show->inspect->matched++;
    wt_report_row(&show->inspect->report, cells);
}

static size_t few(const struct show *show, size_t count) {
    bool all = show->inspect->report.is_json || wt_inspect_is_part(show->inspect);
    return all || count < FEW_RECORDS ? count : FEW_RECORDS;
}

static void put_boxes(const struct show *show) {
    const struct wt_activity *activity = &show->snapshot->activity;
    struct wt_report *report = &show->inspect->report;
    wt_report_table(report, "snapshot_boxes", "black boxes of workers that were gone", box_columns,
                    sizeof box_columns / sizeof *box_columns);
    for (size_t i = 0; i < activity->box_count; i++)
        if (wants(show, activity->boxes[i].worker_id))
            put_box(show, &activity->boxes[i]);
    wt_report_end(report);
    wt_report_table(report, "snapshot_box_flights", "what they did when they ended", flight_columns,
                    sizeof flight_columns / sizeof *flight_columns);
    for (size_t i = 0; i < activity->box_count; i++)
        put_flights(show, activity->boxes[i].flights, activity->boxes[i].flight_count);
    wt_report_end(report);
    wt_report_table(report, "snapshot_box_records",
                    wt_inspect_is_part(show->inspect)
                        ? "its last records, newest first, by their time before the last look"
                        : "their last records, newest first (--worker ID shows all)",
                    record_columns, sizeof record_columns / sizeof *record_columns);
    for (size_t i = 0; i < activity->box_count; i++)
        put_records(show, activity->boxes[i].records, few(show, activity->boxes[i].record_count));
    wt_report_end(report);
}

/* ---- all of it ------------------------------------------------------------------------------- */

void wt_inspect_activity(struct wt_inspect *inspect, const struct wt_snapshot *snapshot) {
    const struct show show = {.inspect = inspect, .snapshot = snapshot};
    const struct wt_activity *activity = &snapshot->activity;
    struct wt_report *report = &inspect->report;
    const struct {
        const char *key, *title;
        const struct wt_record_info *records;
        size_t count;
    } lists[] = {
        {"snapshot_newest", "newest records at the last look", activity->newest,
         activity->newest_count},
        {"snapshot_slowest", "slowest at the last look", activity->slowest,
         activity->slowest_count},
    };
    wt_report_table(report, "snapshot_flights", "in flight at the last look", flight_columns,
                    sizeof flight_columns / sizeof *flight_columns);
    put_flights(&show, activity->flights, activity->flight_count);
    wt_report_end(report);
    put_boxes(&show);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        wt_report_table(report, lists[i].key, lists[i].title, record_columns,
                        sizeof record_columns / sizeof *record_columns);
        put_records(&show, lists[i].records, lists[i].count);
        wt_report_end(report);
    }
}
