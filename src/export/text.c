#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "export/export.h"

/*
 * Plain tables, in the order in which an eye wants them: verdicts, services, the workers of the
 * worst service, store, events. A table is a row of cells of fixed widths with one that takes what
 * is left of the line; nothing is ever wider than its cell.
 */

enum { WORKER_ROWS_MAX = 20, EVENT_ROWS_MAX = 8, MAP_COLS_MAX = 72, CELL_SIZE = 1024 };

struct page {
    const struct wt_snapshot *snapshot;
    struct wt_time now;
    struct wt_buffer *out;
    size_t cols;
    size_t used; /* columns of the current line */
};

static void end_line(struct page *page) {
    struct wt_buffer *out = page->out;
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--; /* no line ends with spaces */
    wt_buffer_append_char(out, '\n');
    page->used = 0;
}

/* Appends a text in `width` columns, cut with an ellipsis; to the right for numbers. */
static void put_cell(struct page *page, size_t width, bool right, const char *text) {
    char clean[CELL_SIZE];
    size_t length = wt_text_clean(clean, sizeof clean, text, strlen(text)), cols;
    if (page->used + width > page->cols)
        width = page->cols > page->used ? page->cols - page->used : 0;
    size_t bytes = wt_utf8_prefix(clean, length, width, &cols);
    bool cut = bytes < length && width > 0;
    if (cut)
        bytes = wt_utf8_prefix(clean, length, width - 1, &cols);
    size_t pad = width - cols - cut;
    page->used += width;
    wt_buffer_printf(page->out, "%*s", right ? (int)pad : 0, "");
    wt_buffer_append(page->out, clean, bytes);
    if (cut)
        wt_buffer_append_text(page->out, "\xe2\x80\xa6");
    wt_buffer_printf(page->out, "%*s", right ? 0 : (int)pad, "");
}

/* A space, then a cell. */
static void put_next(struct page *page, size_t width, bool right, const char *text) {
    put_cell(page, 1, false, "");
    put_cell(page, width, right, text);
}

static void put_left(struct page *page, size_t width, const char *text) {
    put_next(page, width, false, text);
}

static void put_right(struct page *page, size_t width, const char *text) {
    put_next(page, width, true, text);
}

/* The rest of the line, and further lines as far indented: a cure must not be cut off. */
static void put_wrapped(struct page *page, const char *text) {
    char clean[CELL_SIZE];
    size_t length = wt_text_clean(clean, sizeof clean, text, strlen(text)), indent = page->used + 1;
    const char *at = clean, *end = clean + length;
    do {
        put_cell(page, indent - page->used, false, "");
        size_t rest = (size_t)(end - at);
        size_t bytes = wt_utf8_prefix(at, rest, page->cols - indent, NULL);
        if (bytes < rest && at[bytes] != ' ') { /* back to the last space, if there is one */
            size_t space = bytes;
            while (space > 0 && at[space - 1] != ' ')
                space--;
            bytes = space > 0 ? space : bytes;
        }
        wt_buffer_append(page->out, at, bytes);
        end_line(page);
        at += bytes;
        while (at < end && *at == ' ')
            at++;
    } while (at < end);
}

static void put_printf(struct page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As many columns as the text needs. */
static void put_printf(struct page *page, const char *format, ...) {
    char text[CELL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put_cell(page, wt_utf8_cols(text, strlen(text)), false, text);
}

static void put_si(struct page *page, size_t width, double value) {
    char text[WT_FORMAT_SIZE];
    wt_format_si(text, sizeof text, value);
    put_right(page, width, text);
}

static void put_count(struct page *page, size_t width, uint64_t count) {
    put_si(page, width, (double)count);
}

static void put_duration(struct page *page, size_t width, int64_t ns) {
    char text[WT_FORMAT_SIZE];
    wt_format_duration(text, sizeof text, ns);
    put_right(page, width, text);
}

static int rank_of(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_CRIT:
        return 4;
    case WT_VERDICT_WARN:
        return 3;
    case WT_VERDICT_OK:
        return 2;
    case WT_VERDICT_IDLE:
        return 1;
    case WT_VERDICT_UNKNOWN:
        return 0;
    }
    return 0;
}

/* ---- the first lines ------------------------------------------------------------------------- */

static void put_header(struct page *page) {
    const struct wt_snapshot *snapshot = page->snapshot;
    uint64_t verdicts[WT_VERDICT_CRIT + 1] = {0}, workers = 0;
    char clock[WT_FORMAT_SIZE], age[WT_FORMAT_SIZE];
    int64_t age_ns = wt_snapshot_age_ns(snapshot, page->now);
    for (size_t i = 0; i < snapshot->service_count; i++) {
        verdicts[snapshot->services[i].verdict]++;
        workers += snapshot->services[i].worker_count + snapshot->services[i].silent_count;
    }
    wt_format_clock(clock, sizeof clock, snapshot->time.realtime_ns);
    wt_format_duration(age, sizeof age, age_ns);
    put_printf(page, "worktop");
    if (snapshot->monitor.host[0] != '\0')
        put_printf(page, "  %s", snapshot->monitor.host);
    put_printf(page, "  %s", clock);
    if (snapshot->source.problem[0] != '\0' ||
        (snapshot->monitor.interval_ns > 0 && age_ns > 2 * snapshot->monitor.interval_ns))
        put_printf(page, " STALE for %s", age);
    put_printf(page, "  %zu service%s  %llu worker%s", snapshot->service_count,
               snapshot->service_count == 1 ? "" : "s", (unsigned long long)workers,
               workers == 1 ? "" : "s");
    for (int i = WT_VERDICT_CRIT; i >= 0; i--) {
        if (verdicts[i] > 0)
            put_printf(page, "  %llu %s", (unsigned long long)verdicts[i],
                       wt_verdict_text((enum wt_verdict)i));
    }
    end_line(page);
}

static void put_problem(struct page *page, const char *where, const char *problem) {
    if (problem[0] == '\0')
        return;
    put_cell(page, 4, false, "CRIT");
    put_left(page, 12, where);
    put_wrapped(page, problem);
}

static void put_verdicts(struct page *page) {
    const struct wt_snapshot *snapshot = page->snapshot;
    put_problem(page, "source", snapshot->source.problem);
    put_problem(page, "monitor", snapshot->monitor.problem);
    put_problem(page, "store", snapshot->store.problem);
    put_problem(page, "recorders", snapshot->recorders.problem);
    put_problem(page, "recorders", snapshot->recorders_wide.problem);
    for (int rank = 4; rank >= 3; rank--) {
        for (size_t i = 0; i < snapshot->service_count; i++) {
            const struct wt_service *service = &snapshot->services[i];
            if (rank_of(service->verdict) != rank)
                continue;
            put_cell(page, 4, false, wt_verdict_text(service->verdict));
            put_left(page, 12, service->name);
            put_wrapped(page, service->sentence);
        }
    }
}

/* ---- services -------------------------------------------------------------------------------- */

/* "79/80"; with an unknown capacity the share of workers that are busy, called so. */
static void put_busy(struct page *page, const struct wt_service *service) {
    char text[64], busy[WT_FORMAT_SIZE], capacity[WT_FORMAT_SIZE];
    if (service->busy_field < 0) {
        put_right(page, 11, "-");
        return;
    }
    if (service->capacity_field < 0) {
        snprintf(text, sizeof text, "%u/%u wrk", service->busy_worker_count, service->worker_count);
    } else {
        wt_format_si(busy, sizeof busy, wt_service_sum(service, service->busy_field));
        wt_format_si(capacity, sizeof capacity, wt_service_sum(service, service->capacity_field));
        snprintf(text, sizeof text, "%s/%s", busy, capacity);
    }
    put_right(page, 11, text);
}

static void put_services(struct page *page) {
    const struct wt_snapshot *snapshot = page->snapshot;
    size_t name_cols = page->cols - 68;
    char percent[WT_FORMAT_SIZE];
    end_line(page);
    put_cell(page, name_cols, false, "SERVICE");
    put_left(page, 7, "STATE");
    put_right(page, 5, "UTIL");
    put_right(page, 11, "BUSY/CAP");
    put_right(page, 6, "QUEUE");
    put_right(page, 6, "REQ/s");
    put_right(page, 6, "ERR/s");
    put_right(page, 5, "WRK");
    put_right(page, 5, "STUCK");
    put_right(page, 7, "SILENT");
    end_line(page);
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        wt_format_percent(percent, sizeof percent, service->utilization_ratio);
        put_cell(page, name_cols, false, service->name);
        put_left(page, 7, wt_verdict_text(service->verdict));
        put_right(page, 5, percent);
        put_busy(page, service);
        put_si(page, 6, wt_service_sum(service, service->queue_field));
        put_si(page, 6, wt_service_rate(service, service->requests_field));
        put_si(page, 6, wt_service_rate(service, service->errors_field));
        put_count(page, 5, service->worker_count);
        put_count(page, 5, service->stuck_count);
        put_count(page, 7, service->silent_count);
        end_line(page);
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

static void put_value(struct page *page, size_t width, const struct worker_row *row, int field) {
    struct wt_number value =
        field < 0 ? wt_number_absent() : wt_cohort_value(row->cohort, row->row, (size_t)field);
    put_si(page, width, wt_number_to_double(value));
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

static void put_rate(struct page *page, size_t width, const struct worker_row *row, int index) {
    int field = own_field(row->cohort, index);
    put_si(page, width,
           field < 0 ? (double)NAN
                     : wt_cohort_rate(page->snapshot, row->cohort, row->row, (size_t)field));
}

static void put_worker(struct page *page, const struct wt_service *service,
                       const struct worker_row *row) {
    const struct wt_worker *worker = row->cohort->rows[row->row];
    const struct wt_row_status *status = &row->cohort->status[row->row];
    int64_t now = page->snapshot->time.monotonic_ns;
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)worker->id);
    put_cell(page, 8, true, text);
    snprintf(text, sizeof text, "%lld", (long long)worker->pid);
    put_right(page, 7, worker->pid != 0 ? text : "?");
    put_left(page, 10,
             (status->flags & WT_ROW_STUCK) != 0
                 ? "STUCK"
                 : wt_worker_state_text((enum wt_worker_state)status->state));
    put_value(page, 6, row, own_field(row->cohort, service->busy_field));
    put_value(page, 6, row, own_field(row->cohort, service->capacity_field));
    put_value(page, 6, row, own_field(row->cohort, service->queue_field));
    put_rate(page, 6, row, service->requests_field);
    put_duration(page, 8, status->progress_ns != 0 ? now - status->progress_ns : -1);
    put_duration(page, 7, now - worker->registered_monotonic_ns);
    end_line(page);
    if (worker->reason[0] != '\0') {
        put_cell(page, 8, true, "");
        put_wrapped(page, worker->reason);
    }
}

static const struct wt_service *worst_service(const struct wt_snapshot *snapshot) {
    const struct wt_service *worst = NULL;
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        if (worst == NULL || rank_of(service->verdict) > rank_of(worst->verdict) ||
            (rank_of(service->verdict) == rank_of(worst->verdict) &&
             service->utilization_ratio > worst->utilization_ratio))
            worst = service;
    }
    return worst;
}

static void put_workers(struct page *page) {
    const struct wt_service *service = worst_service(page->snapshot);
    size_t count = 0;
    if (service == NULL)
        return;
    struct worker_row *rows =
        collect(page->snapshot, (size_t)(service - page->snapshot->services), &count);
    if (rows == NULL) {
        page->out->failed = true;
        return;
    }
    if (count > 0) {
        end_line(page);
        put_printf(page, "WORKERS of %s", service->name);
        end_line(page);
        put_cell(page, 8, true, "WORKER");
        put_right(page, 7, "PID");
        put_left(page, 10, "STATE");
        put_right(page, 6, "BUSY");
        put_right(page, 6, "CAP");
        put_right(page, 6, "QUEUE");
        put_right(page, 6, "REQ/s");
        put_right(page, 8, "PROGRESS");
        put_right(page, 7, "AGE");
        end_line(page);
    }
    for (size_t i = 0; i < count && i < WORKER_ROWS_MAX; i++)
        put_worker(page, service, &rows[i]);
    if (count > WORKER_ROWS_MAX) {
        put_printf(page, "         ... and %zu more", count - WORKER_ROWS_MAX);
        end_line(page);
    }
    free(rows);
}

/* ---- store and events ------------------------------------------------------------------------ */

/* One character for many segments: the worst state among them decides. */
static void put_segment_map(struct page *page, const struct wt_store_info *store) {
    static const char signs[] = {'.', '#', 'q'};
    if (store->segment_states == NULL || store->segment_count == 0)
        return;
    uint64_t count = store->segment_count, cols = count < MAP_COLS_MAX ? count : MAP_COLS_MAX;
    char map[MAP_COLS_MAX + 1] = "";
    for (uint64_t i = 0; i < cols; i++) {
        uint8_t worst = WT_SEGMENT_FREE;
        for (uint64_t at = count * i / cols; at < count * (i + 1) / cols; at++)
            worst = store->segment_states[at] > worst ? store->segment_states[at] : worst;
        map[i] = worst < sizeof signs ? signs[worst] : '?';
    }
    put_printf(page, "      [%s]", map);
    end_line(page);
}

static void put_resize(struct page *page, const struct wt_resize *resize) {
    char clock[WT_FORMAT_SIZE], old_size[WT_FORMAT_SIZE], new_size[WT_FORMAT_SIZE];
    char took[WT_FORMAT_SIZE];
    wt_format_clock(clock, sizeof clock, resize->realtime_ns);
    wt_format_bytes(old_size, sizeof old_size, (int64_t)resize->old_bytes);
    wt_format_bytes(new_size, sizeof new_size, (int64_t)resize->new_bytes);
    wt_format_duration(took, sizeof took, resize->duration_ns);
    put_printf(page, "      %s  %s -> %s", clock, old_size, new_size);
    if (resize->problem[0] != '\0')
        put_printf(page, "  refused: %s", resize->problem);
    else
        put_printf(page, "  %llu segments added in %s", (unsigned long long)resize->segments_added,
                   took);
    end_line(page);
}

static void put_store(struct page *page) {
    const struct wt_store_info *store = &page->snapshot->store;
    char size[WT_FORMAT_SIZE], segment[WT_FORMAT_SIZE];
    if (store->path[0] == '\0')
        return;
    wt_format_bytes(size, sizeof size, (int64_t)store->size_bytes);
    wt_format_bytes(segment, sizeof segment, store->segment_bytes);
    end_line(page);
    put_printf(page,
               "STORE %s, %llu segments of %s: %llu allocated #, %llu quarantined q, %llu free .",
               size, (unsigned long long)store->segment_count, segment,
               (unsigned long long)store->allocated_count,
               (unsigned long long)store->quarantined_count, (unsigned long long)store->free_count);
    end_line(page);
    put_printf(page, "      free list %llu, grown %llux, %llu workers refused",
               (unsigned long long)store->free_list_length, (unsigned long long)store->resize_count,
               (unsigned long long)store->refused_count);
    end_line(page);
    put_segment_map(page, store);
    size_t first = store->resize_length > 3 ? store->resize_length - 3 : 0;
    for (size_t i = first; i < store->resize_length; i++)
        put_resize(page, &store->resizes[i]);
}

static void put_events(struct page *page) {
    static const char *const severities[] = {"", "WARN", "CRIT"};
    const struct wt_snapshot *snapshot = page->snapshot;
    char clock[WT_FORMAT_SIZE];
    if (snapshot->event_count == 0)
        return;
    end_line(page);
    put_printf(page, "EVENTS, newest first");
    end_line(page);
    for (size_t i = snapshot->event_count, shown = 0; i-- > 0 && shown < EVENT_ROWS_MAX; shown++) {
        const struct wt_event *event = &snapshot->events[i];
        wt_format_clock(clock, sizeof clock, event->realtime_ns);
        put_cell(page, 8, false, clock);
        put_left(page, 4, severities[event->severity]);
        put_left(page, 12, event->service);
        put_wrapped(page, event->text);
    }
}

void wt_export_text(const struct wt_snapshot *snapshot, struct wt_time now, size_t cols,
                    struct wt_buffer *out) {
    struct page page = {.snapshot = snapshot,
                        .now = now,
                        .out = out,
                        .cols = cols < WT_EXPORT_COLS_MIN ? WT_EXPORT_COLS_MIN : cols};
    put_header(&page);
    put_verdicts(&page);
    if (snapshot->service_count == 0) {
        put_printf(&page, "No workers yet. `worktop demo` shows simulated ones.");
        end_line(&page);
    } else {
        put_services(&page);
        put_workers(&page);
    }
    put_store(&page);
    put_events(&page);
}
