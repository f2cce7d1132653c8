/* inspect_snapshot.c - what the monitor saw last, from the newest bank of a directory file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "cli/inspect.h"
#include "model/flat.h"
#include "shm/directory_private.h"

static void put_services(struct wt_report *report, const struct wt_snapshot *snapshot) {
    static const struct wt_column columns[] = {
        {"name", "service", 0},
        {"verdict", "verdict", 0},
        {"verdict_since_ns", "since", 0},
        {"worker_count", "workers", 0},
        {"silent_count", "silent", 0},
        {"stale_count", "stale", 0},
        {"stuck_count", "stuck", 0},
        {"utilization_ratio", "busy", 0},
        {"sentence", "", WT_COLUMN_BELOW},
    };
    wt_report_table(report, "snapshot_services", "services at the last look", columns, 9);
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        const struct wt_cell cells[] = {
            wt_cell_text(service->name),
            wt_cell_text(wt_verdict_text(service->verdict)),
            wt_cell_time(service->verdict_since_ns),
            wt_cell_count(service->worker_count),
            wt_cell_count(service->silent_count),
            wt_cell_count(service->stale_count),
            wt_cell_count(service->stuck_count),
            wt_cell_percent(service->utilization_ratio),
            wt_cell_text(service->sentence),
        };
        wt_report_row(report, cells);
    }
    wt_report_end(report);
}

static void put_snapshot(struct wt_inspect *inspect, const struct wt_snapshot *snapshot,
                         size_t workers_bytes, size_t tick_bytes) {
    struct wt_report *report = &inspect->report;
    wt_report_facts(report, "snapshot", "last look");
    char number[160], workers[WT_FORMAT_SIZE], tick[WT_FORMAT_SIZE];
    wt_report_fact(report, "time_ns", "time", wt_cell_time(snapshot->time.realtime_ns));
    if (report->is_json) {
        wt_report_fact(report, "sequence", "", wt_cell_count(snapshot->sequence));
        wt_report_fact(report, "workers_bytes", "", wt_cell_bytes(workers_bytes));
        wt_report_fact(report, "tick_bytes", "", wt_cell_bytes(tick_bytes));
    } else {
        wt_format_bytes(workers, sizeof workers, (int64_t)workers_bytes);
        wt_format_bytes(tick, sizeof tick, (int64_t)tick_bytes);
        snprintf(number, sizeof number, "snapshot %" PRIu64 ", %s of workers, %s of figures",
                 snapshot->sequence, workers, tick);
        wt_report_fact(report, "", "number", wt_cell_text(number));
    }
    if (report->is_json || snapshot->failed)
        wt_report_fact(report, "failed", "failed", wt_cell_bool(snapshot->failed));
    if (report->is_json || snapshot->monitor.problem[0] != '\0')
        wt_report_fact(report, "problem", "problem", wt_cell_text(snapshot->monitor.problem));
    if (report->is_json || snapshot->store.problem[0] != '\0')
        wt_report_fact(report, "store_problem", "store", wt_cell_text(snapshot->store.problem));
    wt_report_facts_end(report);
    put_services(report, snapshot);
    wt_inspect_activity(inspect, snapshot);
}

/* What a view complains of, without the name of the file, which stands above. */
static const char *complaint(const struct wt_error *err) {
    const char *cause = strstr(err->text, " is broken: ");
    return cause == NULL ? err->text : cause + strlen(" is broken: ");
}

/* Reads and prints the newest snapshot of a view. */
static wt_status show(struct wt_inspect *inspect, const struct wt_directory_view *view,
                      uint64_t *sequence, struct wt_error *err) {
    struct wt_buffer workers_bytes = {0}, tick_bytes = {0};
    struct wt_flat_workers *workers = NULL;
    struct wt_snapshot *snapshot = NULL;
    uint64_t version;
    wt_status status =
        wt_directory_view_snapshot(view, 0, &workers_bytes, &version, &tick_bytes, sequence, err);
    if (status == WT_OK)
        status = wt_flat_decode_workers(workers_bytes.data, workers_bytes.length, &workers, err);
    if (status == WT_OK)
        status =
            wt_flat_decode_tick(tick_bytes.data, tick_bytes.length, workers, NULL, &snapshot, err);
    if (status == WT_OK && snapshot->sequence != *sequence)
        status =
            wt_fail(err, WT_EFORMAT,
                    "the snapshot in bank %" PRIu64 " calls itself %" PRIu64 ", must be %" PRIu64,
                    *sequence & 1, snapshot->sequence, *sequence);
    if (status == WT_OK && wt_inspect_is_part(inspect))
        wt_inspect_activity(inspect, snapshot);
    else if (status == WT_OK)
        put_snapshot(inspect, snapshot, workers_bytes.length, tick_bytes.length);
    wt_snapshot_unref(snapshot);
    wt_flat_workers_unref(workers);
    wt_buffer_fini(&workers_bytes);
    wt_buffer_fini(&tick_bytes);
    return status;
}

/* The other bank holds the snapshot before the newest one. */
static void show_older(struct wt_inspect *inspect, uint64_t newest) {
    enum { AT = offsetof(struct wt_shared_directory_header, snapshot_sequence) };
    struct wt_directory_view *view;
    struct wt_error err;
    uint64_t sequence = newest - 1;
    if (inspect->copy == NULL || newest < 2)
        return;
    memcpy(inspect->copy + AT, &sequence, sizeof sequence);
    uint64_t bytes = inspect->bytes < sizeof(struct wt_shared_directory_header)
                         ? sizeof(struct wt_shared_directory_header)
                         : inspect->bytes;
    if (wt_directory_view_over(&view, inspect->copy, (size_t)bytes, inspect->path, &err) == WT_OK) {
        (void)show(inspect, view, &sequence, &err);
        wt_directory_view_close(view);
    }
    memcpy(inspect->copy + AT, &newest, sizeof newest);
}

void wt_inspect_snapshot(struct wt_inspect *inspect) {
    struct wt_shared_directory_header header;
    struct wt_shared_section section;
    struct wt_error err = {.text = ""};
    uint64_t sequence = 0;
    uint64_t at = offsetof(struct wt_shared_directory_header, snapshot_sequence);
    wt_directory_view_header(inspect->view, &header);
    wt_status status = show(inspect, inspect->view, &sequence, &err);
    if (status == WT_OK || status == WT_ENOENT)
        return;
    if (wt_directory_view_section(inspect->view, WT_SECTION_SNAPSHOT,
                                  (uint32_t)(header.snapshot_sequence & 1), &section))
        at = section.offset;
    wt_inspect_wrong(inspect, at, "%s", complaint(&err));
    show_older(inspect, header.snapshot_sequence);
}
