#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "export/export.h"
#include "export/text_page.h"

/*
 * Plain tables, in the order in which an eye wants them: verdicts, services, the workers of the
 * worst service, store, events. A table is a row of cells of fixed widths with one that takes what
 * is left of the line; nothing is ever wider than its cell.
 */

enum { EVENT_ROWS_MAX = 8, MAP_COLS_MAX = 72, CELL_SIZE = 1024 };

void wt_page_end_line(struct wt_page *page) {
    struct wt_buffer *out = page->out;
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--; /* no line ends with spaces */
    wt_buffer_append_char(out, '\n');
    page->used = 0;
}

/* Appends a text in `width` columns, cut with an ellipsis; to the right for numbers. */
void wt_page_cell(struct wt_page *page, size_t width, bool right, const char *text) {
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
static void put_next(struct wt_page *page, size_t width, bool right, const char *text) {
    wt_page_cell(page, 1, false, "");
    wt_page_cell(page, width, right, text);
}

static void put_left(struct wt_page *page, size_t width, const char *text) {
    put_next(page, width, false, text);
}

/* The rest of the line, and further lines as far indented: a cure must not be cut off. */
void wt_page_wrapped(struct wt_page *page, const char *text) {
    char clean[CELL_SIZE];
    size_t length = wt_text_clean(clean, sizeof clean, text, strlen(text)), indent = page->used + 1;
    const char *at = clean, *end = clean + length;
    do {
        wt_page_cell(page, indent - page->used, false, "");
        size_t rest = (size_t)(end - at);
        size_t bytes = wt_utf8_prefix(at, rest, page->cols - indent, NULL);
        if (bytes < rest && at[bytes] != ' ') { /* back to the last space, if there is one */
            size_t space = bytes;
            while (space > 0 && at[space - 1] != ' ')
                space--;
            bytes = space > 0 ? space : bytes;
        }
        wt_buffer_append(page->out, at, bytes);
        wt_page_end_line(page);
        at += bytes;
        while (at < end && *at == ' ')
            at++;
    } while (at < end);
}

/* As many columns as the text needs. */
void wt_page_printf(struct wt_page *page, const char *format, ...) {
    char text[CELL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    wt_page_cell(page, wt_utf8_cols(text, strlen(text)), false, text);
}

int wt_page_rank(enum wt_verdict verdict) {
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

/* How old all of this is, when that is not as it should be. */
static void put_freshness(struct wt_page *page) {
    const struct wt_snapshot *snapshot = page->snapshot;
    const struct wt_source *source = &snapshot->source;
    char text[WT_FORMAT_SIZE];
    int64_t age_ns = wt_snapshot_age_ns(snapshot, page->now);
    if (source->health != WT_SOURCE_ANSWERING) {
        static const char *const words[] = {"", "SILENT", "DEAD", "ENDED"};
        wt_format_clock(text, sizeof text, source->since_realtime_ns);
        wt_page_printf(page, " %s since %s", words[source->health], text);
    } else if (source->problem[0] != '\0' ||
               (snapshot->monitor.interval_ns > 0 && age_ns > 2 * snapshot->monitor.interval_ns)) {
        wt_format_duration(text, sizeof text, age_ns);
        wt_page_printf(page, " STALE for %s", text);
    }
}

static void put_header(struct wt_page *page) {
    const struct wt_snapshot *snapshot = page->snapshot;
    uint64_t verdicts[WT_VERDICT_CRIT + 1] = {0}, workers = 0;
    char clock[WT_FORMAT_SIZE];
    for (size_t i = 0; i < snapshot->service_count; i++) {
        verdicts[snapshot->services[i].verdict]++;
        workers += snapshot->services[i].worker_count + snapshot->services[i].silent_count;
    }
    wt_format_clock(clock, sizeof clock, snapshot->time.realtime_ns);
    wt_page_printf(page, "worktop");
    if (snapshot->monitor.host[0] != '\0')
        wt_page_printf(page, "  %s", snapshot->monitor.host);
    wt_page_printf(page, "  %s", clock);
    put_freshness(page);
    wt_page_printf(page, "  %zu service%s  %llu worker%s", snapshot->service_count,
                   snapshot->service_count == 1 ? "" : "s", (unsigned long long)workers,
                   workers == 1 ? "" : "s");
    for (int i = WT_VERDICT_CRIT; i >= 0; i--) {
        if (verdicts[i] > 0)
            wt_page_printf(page, "  %llu %s", (unsigned long long)verdicts[i],
                           wt_verdict_text((enum wt_verdict)i));
    }
    wt_page_end_line(page);
}

static void put_problem(struct wt_page *page, const char *word, const char *where,
                        const char *problem) {
    if (problem[0] == '\0')
        return;
    wt_page_cell(page, 4, false, word);
    put_left(page, 12, where);
    wt_page_wrapped(page, problem);
}

static void put_verdict(struct wt_page *page, const struct wt_service *service,
                        enum wt_verdict verdict, const char *sentence) {
    wt_page_cell(page, 4, false, wt_verdict_text(verdict));
    put_left(page, 12, service->name);
    wt_page_wrapped(page, sentence);
}

static void put_verdicts(struct wt_page *page) {
    const struct wt_snapshot *snapshot = page->snapshot;
    const struct wt_monitor_info *monitor = &snapshot->monitor;
    const struct wt_store_info *const stores[] = {&snapshot->store, &snapshot->recorders,
                                                  &snapshot->recorders_wide};
    put_problem(page, "CRIT", "source", snapshot->source.problem);
    bool is_said = false; /* of a store, which names it better */
    for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
        put_problem(page, i == 0 ? "CRIT" : "WARN", i == 0 ? "store" : "recorders",
                    stores[i]->problem);
        is_said = is_said || strcmp(stores[i]->problem, monitor->problem) == 0;
    }
    if (!is_said)
        put_problem(page, monitor->verdict == WT_VERDICT_WARN ? "WARN" : "CRIT", "monitor",
                    monitor->problem);
    for (int rank = 4; rank >= 3; rank--) {
        for (size_t i = 0; i < snapshot->service_count; i++) {
            const struct wt_service *service = &snapshot->services[i];
            if (wt_page_rank(service->verdict) != rank)
                continue;
            put_verdict(page, service, service->verdict, service->sentence);
            for (size_t k = 0; k < wt_service_more_wrong(service); k++)
                put_verdict(page, service, service->others[k].verdict, service->others[k].sentence);
        }
    }
}

/* ---- store and events ------------------------------------------------------------------------ */

/* One character for many segments: the worst state among them decides. */
static void put_segment_map(struct wt_page *page, const struct wt_store_info *store) {
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
    wt_page_printf(page, "      [%s]", map);
    wt_page_end_line(page);
}

static void put_resize(struct wt_page *page, const struct wt_resize *resize) {
    char clock[WT_FORMAT_SIZE], old_size[WT_FORMAT_SIZE], new_size[WT_FORMAT_SIZE];
    char took[WT_FORMAT_SIZE];
    wt_format_clock(clock, sizeof clock, resize->realtime_ns);
    wt_format_bytes(old_size, sizeof old_size, (int64_t)resize->old_bytes);
    wt_format_bytes(new_size, sizeof new_size, (int64_t)resize->new_bytes);
    wt_format_duration(took, sizeof took, resize->duration_ns);
    wt_page_printf(page, "      %s  %s -> %s", clock, old_size, new_size);
    if (resize->problem[0] != '\0')
        wt_page_printf(page, "  refused: %s", resize->problem);
    else
        wt_page_printf(page, "  %llu segments added in %s",
                       (unsigned long long)resize->segments_added, took);
    wt_page_end_line(page);
}

static void put_store(struct wt_page *page) {
    const struct wt_store_info *store = &page->snapshot->store;
    char size[WT_FORMAT_SIZE], segment[WT_FORMAT_SIZE], grown[WT_GROWN_SIZE];
    if (store->path[0] == '\0')
        return;
    wt_format_bytes(size, sizeof size, (int64_t)store->size_bytes);
    wt_format_bytes(segment, sizeof segment, store->segment_bytes);
    wt_page_end_line(page);
    wt_page_printf(
        page, "STORE %s, %llu segments of %s: %llu allocated #, %llu quarantined q, %llu free .",
        size, (unsigned long long)store->segment_count, segment,
        (unsigned long long)store->allocated_count, (unsigned long long)store->quarantined_count,
        (unsigned long long)store->free_count);
    wt_page_end_line(page);
    wt_grown_text(store->resize_count, grown);
    wt_page_printf(page, "      free list %llu, %s, %llu workers refused",
                   (unsigned long long)store->free_list_length, grown,
                   (unsigned long long)store->refused_count);
    wt_page_end_line(page);
    put_segment_map(page, store);
    size_t first = store->resize_length > 3 ? store->resize_length - 3 : 0;
    for (size_t i = first; i < store->resize_length; i++)
        put_resize(page, &store->resizes[i]);
}

static void put_events(struct wt_page *page) {
    static const char *const severities[] = {"", "WARN", "CRIT"};
    const struct wt_snapshot *snapshot = page->snapshot;
    char clock[WT_FORMAT_SIZE];
    if (snapshot->event_count == 0)
        return;
    wt_page_end_line(page);
    wt_page_printf(page, "EVENTS, newest first");
    wt_page_end_line(page);
    for (size_t i = snapshot->event_count, shown = 0; i-- > 0 && shown < EVENT_ROWS_MAX; shown++) {
        const struct wt_event *event = &snapshot->events[i];
        wt_format_clock(clock, sizeof clock, event->realtime_ns);
        wt_page_cell(page, 8, false, clock);
        put_left(page, 4, severities[event->severity]);
        put_left(page, 12, event->service);
        wt_page_wrapped(page, event->text);
    }
}

void wt_export_text(const struct wt_snapshot *snapshot, struct wt_time now, size_t cols,
                    struct wt_buffer *out) {
    wt_export_text_columns(snapshot, now, cols, NULL, NULL, out);
}

void wt_export_text_columns(const struct wt_snapshot *snapshot, struct wt_time now, size_t cols,
                            const struct wt_text_columns *services,
                            const struct wt_text_columns *workers, struct wt_buffer *out) {
    struct wt_page page = {.snapshot = snapshot,
                           .now = now,
                           .out = out,
                           .cols = cols < WT_EXPORT_COLS_MIN ? WT_EXPORT_COLS_MIN : cols};
    page.services = services != NULL ? *services : wt_text_columns_preset(WT_TEXT_SERVICES);
    page.workers = workers != NULL ? *workers : wt_text_columns_preset(WT_TEXT_WORKERS);
    put_header(&page);
    put_verdicts(&page);
    if (snapshot->service_count == 0) {
        wt_page_printf(&page, "No workers yet. `worktop demo` shows simulated ones.");
        wt_page_end_line(&page);
    } else {
        wt_page_services(&page);
        wt_page_workers(&page);
    }
    put_store(&page);
    put_events(&page);
}
