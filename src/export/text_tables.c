#include "export/text_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"

enum { WORKER_ROWS_MAX = 20 };

/* ---- services -------------------------------------------------------------------------------- */

/* "79/80"; with an unknown capacity the share of workers that are busy, called so. */
static void put_busy(struct wt_page *page, size_t width, const struct wt_service *service) {
    char text[64], busy[WT_FORMAT_SIZE], capacity[WT_FORMAT_SIZE];
    if (service->busy_field < 0) {
        wt_page_cell(page, width, true, "-");
        return;
    }
    if (service->capacity_field < 0) {
        snprintf(text, sizeof text, "%u/%u wrk", service->busy_worker_count, service->worker_count);
    } else {
        wt_format_si(busy, sizeof busy, wt_service_sum(service, service->busy_field));
        wt_format_si(capacity, sizeof capacity, wt_service_sum(service, service->capacity_field));
        snprintf(text, sizeof text, "%s/%s", busy, capacity);
    }
    wt_page_cell(page, width, true, text);
}

/* One row of headings. The first cell has no space before it. */
static void put_headings(struct wt_page *page, const struct wt_text_columns *columns,
                         const struct wt_text_column *known, const size_t *widths) {
    for (size_t i = 0; i < columns->count; i++) {
        const struct wt_text_column *column = &known[columns->at[i]];
        wt_page_cell(page, i > 0, false, "");
        wt_page_cell(page, widths[i], column->right, column->heading);
    }
    wt_page_end_line(page);
}

/* The widths of a table's columns: one of them takes what is left of the line. */
static void find_widths(const struct wt_page *page, const struct wt_text_columns *columns,
                        const struct wt_text_column *known, size_t *widths) {
    enum { REST_MIN = 12 };
    size_t used = columns->count; /* a space before each but the first, and one at the end */
    for (size_t i = 0; i < columns->count; i++)
        used += known[columns->at[i]].width;
    size_t rest = page->cols > used + REST_MIN ? page->cols - used : REST_MIN;
    for (size_t i = 0; i < columns->count; i++)
        widths[i] = known[columns->at[i]].width > 0 ? known[columns->at[i]].width : rest;
}

static void cell_si(struct wt_page *page, size_t width, double value) {
    char text[WT_FORMAT_SIZE];
    wt_format_si(text, sizeof text, value);
    wt_page_cell(page, width, true, text);
}

static void cell_percent(struct wt_page *page, size_t width, double ratio) {
    char text[WT_FORMAT_SIZE];
    wt_format_percent(text, sizeof text, ratio);
    wt_page_cell(page, width, true, text);
}

static void cell_seconds(struct wt_page *page, size_t width, double seconds) {
    char text[WT_FORMAT_SIZE];
    wt_format_seconds(text, sizeof text, seconds);
    wt_page_cell(page, width, true, text);
}

/* With its sign: a queue that empties is good news. */
static void cell_growth(struct wt_page *page, size_t width, double per_s) {
    char text[WT_FORMAT_SIZE + 1], size[WT_FORMAT_SIZE];
    wt_format_si(size, sizeof size, fabs(per_s));
    snprintf(text, sizeof text, "%s%s", per_s > 0 ? "+" : per_s < 0 ? "-" : "", size);
    wt_page_cell(page, width, true, text);
}

static void put_load_cell(struct wt_page *page, const struct wt_load *load,
                          enum wt_service_column column, size_t width) {
    if (column == WT_SERVICE_COLUMN_WAIT)
        cell_seconds(page, width, load->windows[WT_WINDOW_1M].mean_wait_s);
    else if (column == WT_SERVICE_COLUMN_GROWTH)
        cell_growth(page, width, load->windows[WT_WINDOW_1M].queue_growth_per_s);
    else
        cell_percent(
            page, width,
            load->windows[WT_WINDOW_10S + (column - WT_SERVICE_COLUMN_UTIL_10S)].utilization_ratio);
}

static void cell_bytes(struct wt_page *page, size_t width, uint64_t bytes, bool is_known) {
    char text[WT_FORMAT_SIZE];
    wt_format_bytes(text, sizeof text, is_known && bytes <= INT64_MAX ? (int64_t)bytes : -1);
    wt_page_cell(page, width, true, text);
}

/* The fullest accept queue: "37/1024". */
static void cell_accept(struct wt_page *page, size_t width, const struct wt_service *service) {
    const struct wt_accept_queue *queue = wt_service_fullest(service);
    char text[2 * WT_FORMAT_SIZE], length[WT_FORMAT_SIZE], limit[WT_FORMAT_SIZE];
    if (queue == NULL) {
        wt_page_cell(page, width, true, "-");
        return;
    }
    wt_format_si(length, sizeof length, (double)queue->queue_length);
    wt_format_si(limit, sizeof limit, (double)queue->queue_limit);
    snprintf(text, sizeof text, "%s/%s", length, limit);
    wt_page_cell(page, width, true, text);
}

static void put_usage_cell(struct wt_page *page, const struct wt_usage *usage,
                           enum wt_service_column column, size_t width) {
    bool is_known = usage->known_count > 0;
    if (column == WT_SERVICE_COLUMN_CPU)
        cell_si(page, width, usage->cpu_known_count > 0 ? usage->cpu_cores : (double)NAN);
    else if (column == WT_SERVICE_COLUMN_RSS)
        cell_bytes(page, width, usage->rss_bytes, is_known);
    else if (column == WT_SERVICE_COLUMN_FDS)
        cell_si(page, width, usage->fds_known_count > 0 ? (double)usage->fd_count : (double)NAN);
    else
        cell_si(page, width, is_known ? (double)usage->thread_count : (double)NAN);
}

static uint32_t count_of(const struct wt_service *service, enum wt_service_column column) {
    return column == WT_SERVICE_COLUMN_STUCK    ? service->stuck_count
           : column == WT_SERVICE_COLUMN_SILENT ? service->silent_count
           : column == WT_SERVICE_COLUMN_STALE  ? service->stale_count
           : column == WT_SERVICE_COLUMN_JOINED ? service->joined_count
           : column == WT_SERVICE_COLUMN_LEFT   ? service->left_count
                                                : service->worker_count;
}

static void put_service_cell(struct wt_page *page, const struct wt_service *service,
                             enum wt_service_column column, size_t width) {
    switch (column) {
    case WT_SERVICE_COLUMN_NAME:
        wt_page_cell(page, width, false, service->name);
        return;
    case WT_SERVICE_COLUMN_STATE:
        wt_page_cell(page, width, false, wt_verdict_text(service->verdict));
        return;
    case WT_SERVICE_COLUMN_UTIL:
        cell_percent(page, width, service->utilization_ratio);
        return;
    case WT_SERVICE_COLUMN_BUSY:
        put_busy(page, width, service);
        return;
    case WT_SERVICE_COLUMN_QUEUE:
        cell_si(page, width, wt_service_sum(service, service->queue_field));
        return;
    case WT_SERVICE_COLUMN_REQ:
        cell_si(page, width, wt_service_rate(service, service->requests_field));
        return;
    case WT_SERVICE_COLUMN_ERR:
        cell_si(page, width, wt_service_rate(service, service->errors_field));
        return;
    case WT_SERVICE_COLUMN_WORKERS:
    case WT_SERVICE_COLUMN_STUCK:
    case WT_SERVICE_COLUMN_SILENT:
    case WT_SERVICE_COLUMN_STALE:
    case WT_SERVICE_COLUMN_JOINED:
    case WT_SERVICE_COLUMN_LEFT:
        cell_si(page, width, count_of(service, column));
        return;
    case WT_SERVICE_COLUMN_UTIL_10S:
    case WT_SERVICE_COLUMN_UTIL_1M:
    case WT_SERVICE_COLUMN_UTIL_5M:
    case WT_SERVICE_COLUMN_WAIT:
    case WT_SERVICE_COLUMN_GROWTH:
        put_load_cell(page, &service->load, column, width);
        return;
    case WT_SERVICE_COLUMN_CPU:
    case WT_SERVICE_COLUMN_RSS:
    case WT_SERVICE_COLUMN_FDS:
    case WT_SERVICE_COLUMN_THREADS:
        put_usage_cell(page, &service->usage, column, width);
        return;
    case WT_SERVICE_COLUMN_ACCEPT:
        cell_accept(page, width, service);
        return;
    case WT_SERVICE_COLUMN_COUNT:
        return;
    }
}

void wt_page_services(struct wt_page *page) {
    const struct wt_text_columns *columns = &page->services;
    size_t widths[WT_TEXT_COLUMNS_MAX];
    find_widths(page, columns, wt_service_columns, widths);
    wt_page_end_line(page);
    put_headings(page, columns, wt_service_columns, widths);
    for (size_t i = 0; i < page->snapshot->service_count; i++) {
        for (size_t at = 0; at < columns->count; at++) {
            wt_page_cell(page, at > 0, false, "");
            put_service_cell(page, &page->snapshot->services[i],
                             (enum wt_service_column)columns->at[at], widths[at]);
        }
        wt_page_end_line(page);
    }
}

/* ---- workers of one service ------------------------------------------------------------------ */

struct worker_row {
    const struct wt_cohort *cohort;
    size_t row;
    int rank;    /* how odd the worker is */
    double busy; /* -1 when unknown */
};

static int compare_rows(const void *a, const void *b) {
    const struct worker_row *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank > right->rank ? -1 : 1;
    if (left->busy != right->busy)
        return left->busy > right->busy ? -1 : 1;
    uint64_t left_id = left->cohort->rows[left->row]->id;
    uint64_t right_id = right->cohort->rows[right->row]->id;
    return left_id < right_id ? -1 : left_id > right_id;
}

static int oddness(const struct wt_row_status *status) {
    if ((status->flags & WT_ROW_STUCK) != 0)
        return 5;
    if ((status->flags & WT_ROW_UNREADABLE) != 0)
        return 4;
    switch ((enum wt_worker_state)status->state) {
    case WT_WORKER_STALE:
        return 3;
    case WT_WORKER_GONE:
        return 2;
    case WT_WORKER_SILENT:
    case WT_WORKER_CONNECTING:
        return 1;
    case WT_WORKER_LIVE:
        return 0;
    }
    return 0;
}

/* All workers of a service, or NULL without memory. */
static struct worker_row *collect(const struct wt_snapshot *snapshot, size_t service,
                                  size_t *count) {
    size_t most = 0;
    *count = 0;
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        most += snapshot->cohorts[i].service == service ? snapshot->cohorts[i].row_count : 0;
    struct worker_row *rows = calloc(most + 1, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        int busy = cohort->schema != NULL ? cohort->schema->busy_field : -1;
        for (size_t row = 0; cohort->service == service && row < cohort->row_count; row++) {
            if (cohort->rows[row] == NULL)
                continue;
            struct wt_number value =
                busy < 0 ? wt_number_absent() : wt_cohort_value(cohort, row, (size_t)busy);
            double known = value.kind == WT_NUMBER_ABSENT ? -1 : wt_number_to_double(value);
            rows[(*count)++] =
                (struct worker_row){cohort, row, oddness(&cohort->status[row]), known};
        }
    }
    if (rows != NULL)
        qsort(rows, *count, sizeof *rows, compare_rows);
    return rows;
}

/* The schema's field that is the service's field `index`; -1 when this cohort has none. */
static int own_field(const struct wt_cohort *cohort, int index) {
    for (uint32_t i = 0; cohort->schema != NULL && index >= 0 && i < cohort->schema->field_count;
         i++) {
        if (cohort->field_map[i] == (uint32_t)index)
            return (int)i;
    }
    return -1;
}

/* The service's field `index` of one worker. */
static void cell_value(struct wt_page *page, size_t width, const struct worker_row *row,
                       int index) {
    int field = own_field(row->cohort, index);
    struct wt_number value =
        field < 0 ? wt_number_absent() : wt_cohort_value(row->cohort, row->row, (size_t)field);
    cell_si(page, width, wt_number_to_double(value));
}

static void cell_rate(struct wt_page *page, size_t width, const struct worker_row *row, int index) {
    int field = own_field(row->cohort, index);
    cell_si(page, width,
            field < 0 ? (double)NAN
                      : wt_cohort_rate(page->snapshot, row->cohort, row->row, (size_t)field));
}

static void cell_duration(struct wt_page *page, size_t width, int64_t ns) {
    char text[WT_FORMAT_SIZE];
    wt_format_duration(text, sizeof text, ns);
    wt_page_cell(page, width, true, text);
}

static void cell_count(struct wt_page *page, size_t width, uint64_t count, bool is_known) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    wt_page_cell(page, width, true, is_known ? text : "?");
}

/* What is known of the worker's process. Of threads the worker itself may have said how many serve
 * requests: that is shown where the kernel says nothing. */
static void put_process_cell(struct wt_page *page, const struct wt_worker *worker,
                             enum wt_worker_column column, size_t width) {
    const struct wt_process *process = wt_snapshot_process(page->snapshot, worker);
    bool is_known = process != NULL;
    uint32_t threads = is_known ? process->threads : worker->threads;
    if (column == WT_WORKER_COLUMN_CPU)
        cell_percent(page, width, is_known ? process->cpu_ratio : (double)NAN);
    else if (column == WT_WORKER_COLUMN_RSS)
        cell_bytes(page, width, is_known ? process->rss_bytes : 0, is_known);
    else if (column == WT_WORKER_COLUMN_FDS)
        cell_count(page, width, is_known ? process->fd_count : 0,
                   is_known && process->fds_read_ns != 0);
    else
        cell_count(page, width, threads, threads > 0);
}

/* "1m34s POST /checkout (request 8f3a)": the longest of its threads. */
static void cell_doing(struct wt_page *page, size_t width, const struct wt_worker *worker) {
    const struct wt_activity *activity = &page->snapshot->activity;
    const struct wt_flight_info *flight = wt_activity_flight(activity, worker->id);
    char text[400], time[WT_FORMAT_SIZE];
    if (flight == NULL) {
        bool is_unknown = !worker->has_instance || activity->flights_left_out > 0;
        wt_page_cell(page, width, false, is_unknown ? "?" : "-");
        return;
    }
    int64_t now = page->snapshot->time.monotonic_ns;
    bool has_id = flight->id[0] != '\0';
    wt_format_duration(time, sizeof time, flight->since_ns == 0 ? -1 : now - flight->since_ns);
    snprintf(text, sizeof text, "%s %s%s%s%s", time,
             flight->what == WT_FLIGHT_IS_LABELLED
                 ? flight->label
                 : wt_flight_what_text((enum wt_flight_what)flight->what),
             has_id ? " (request " : "", flight->id, has_id ? ")" : "");
    wt_page_cell(page, width, false, text);
}

static void put_worker_cell(struct wt_page *page, const struct wt_service *service,
                            const struct worker_row *row, enum wt_worker_column column,
                            size_t width) {
    const struct wt_worker *worker = row->cohort->rows[row->row];
    const struct wt_row_status *status = &row->cohort->status[row->row];
    int64_t now = page->snapshot->time.monotonic_ns;
    switch (column) {
    case WT_WORKER_COLUMN_ID:
        cell_count(page, width, worker->id, true);
        return;
    case WT_WORKER_COLUMN_PID:
        cell_count(page, width, (uint64_t)worker->pid, worker->pid > 0);
        return;
    case WT_WORKER_COLUMN_STATE:
        wt_page_cell(page, width, false,
                     (status->flags & WT_ROW_STUCK) != 0
                         ? "STUCK"
                         : wt_worker_state_text((enum wt_worker_state)status->state));
        return;
    case WT_WORKER_COLUMN_BUSY:
        cell_value(page, width, row, service->busy_field);
        return;
    case WT_WORKER_COLUMN_CAP:
        cell_value(page, width, row, service->capacity_field);
        return;
    case WT_WORKER_COLUMN_QUEUE:
        cell_value(page, width, row, service->queue_field);
        return;
    case WT_WORKER_COLUMN_REQ:
        cell_rate(page, width, row, service->requests_field);
        return;
    case WT_WORKER_COLUMN_PROGRESS:
        cell_duration(page, width, status->progress_ns != 0 ? now - status->progress_ns : -1);
        return;
    case WT_WORKER_COLUMN_AGE:
        cell_duration(page, width, now - worker->registered_monotonic_ns);
        return;
    case WT_WORKER_COLUMN_ERR:
        cell_rate(page, width, row, service->errors_field);
        return;
    case WT_WORKER_COLUMN_THREADS:
    case WT_WORKER_COLUMN_CPU:
    case WT_WORKER_COLUMN_RSS:
    case WT_WORKER_COLUMN_FDS:
        put_process_cell(page, worker, column, width);
        return;
    case WT_WORKER_COLUMN_SLOT:
        cell_count(page, width, worker->slot, worker->slot > 0);
        return;
    case WT_WORKER_COLUMN_RESTARTS:
        cell_count(page, width, worker->restarts, worker->slot > 0);
        return;
    case WT_WORKER_COLUMN_DOING:
        cell_doing(page, width, worker);
        return;
    case WT_WORKER_COLUMN_COUNT:
        return;
    }
}

static void put_worker(struct wt_page *page, const struct wt_service *service,
                       const struct worker_row *row, const size_t *widths) {
    const struct wt_worker *worker = row->cohort->rows[row->row];
    for (size_t at = 0; at < page->workers.count; at++) {
        wt_page_cell(page, at > 0, false, "");
        put_worker_cell(page, service, row, (enum wt_worker_column)page->workers.at[at],
                        widths[at]);
    }
    wt_page_end_line(page);
    if (worker->reason[0] != '\0') {
        wt_page_cell(page, 8, true, "");
        wt_page_wrapped(page, worker->reason);
    }
}

static const struct wt_service *worst_service(const struct wt_snapshot *snapshot) {
    const struct wt_service *worst = NULL;
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        if (worst == NULL || wt_page_rank(service->verdict) > wt_page_rank(worst->verdict) ||
            (wt_page_rank(service->verdict) == wt_page_rank(worst->verdict) &&
             service->utilization_ratio > worst->utilization_ratio))
            worst = service;
    }
    return worst;
}

void wt_page_workers(struct wt_page *page) {
    const struct wt_service *service = worst_service(page->snapshot);
    size_t count = 0, widths[WT_TEXT_COLUMNS_MAX];
    if (service == NULL)
        return;
    struct worker_row *rows =
        collect(page->snapshot, (size_t)(service - page->snapshot->services), &count);
    if (rows == NULL) {
        page->out->failed = true;
        return;
    }
    find_widths(page, &page->workers, wt_worker_columns, widths);
    if (count > 0) {
        wt_page_end_line(page);
        wt_page_printf(page, "WORKERS of %s", service->name);
        wt_page_end_line(page);
        put_headings(page, &page->workers, wt_worker_columns, widths);
    }
    for (size_t i = 0; i < count && i < WORKER_ROWS_MAX; i++)
        put_worker(page, service, &rows[i], widths);
    if (count > WORKER_ROWS_MAX) {
        wt_page_printf(page, "         ... and %zu more", count - WORKER_ROWS_MAX);
        wt_page_end_line(page);
    }
    free(rows);
}
