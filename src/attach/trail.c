#include "attach/trail.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* A record as it was read, cleaned: which of the two a run is of. */
union record {
    struct wt_event event;
    struct wt_resize resize;
};

struct kind {
    size_t most, entry_bytes;
    /* Reads number n into *out and its texts into *texts (to be freed). */
    wt_status (*read)(const struct wt_directory_view *view, unsigned store, uint64_t number,
                      union record *out, char **texts);
};

enum { WORST_CLEAN = 2 }; /* a byte becomes at most this many: U+00B7 */

static const char *clean(char **at, const char *text, size_t capacity) {
    const char *out = *at;
    *at += wt_text_clean(*at, capacity * WORST_CLEAN + 1, text, strnlen(text, capacity)) + 1;
    return out;
}

static wt_status read_event(const struct wt_directory_view *view, unsigned store, uint64_t number,
                            union record *out, char **texts) {
    struct wt_shared_event_record record;
    (void)store;
    wt_status status = wt_directory_view_event(view, number, &record);
    if (status != WT_OK)
        return status;
    char *at = *texts = malloc(WORST_CLEAN * (sizeof record.service + sizeof record.text) + 2);
    if (at == NULL)
        return WT_ENOMEM;
    out->event = (struct wt_event){
        .sequence = number,
        .realtime_ns = record.realtime_ns,
        .kind = record.kind < WT_EVENT_KINDS ? (enum wt_event_kind)record.kind : WT_EVENT_TROUBLE,
        .severity = record.severity <= WT_SEVERITY_CRIT ? (enum wt_severity)record.severity
                                                        : WT_SEVERITY_INFO,
        .worker_id = record.worker_id,
        .service = clean(&at, record.service, sizeof record.service),
        .text = clean(&at, record.text, sizeof record.text),
    };
    return WT_OK;
}

static wt_status read_resize(const struct wt_directory_view *view, unsigned store, uint64_t number,
                             union record *out, char **texts) {
    struct wt_shared_resize_record record;
    wt_status status = wt_directory_view_resize(view, store, number, &record);
    if (status != WT_OK)
        return status;
    char *at = *texts = malloc(WORST_CLEAN * sizeof record.problem + 1);
    if (at == NULL)
        return WT_ENOMEM;
    out->resize = (struct wt_resize){
        .realtime_ns = record.realtime_ns,
        .old_bytes = record.old_bytes,
        .new_bytes = record.new_bytes,
        .segments_added = record.segments_added,
        .duration_ns = record.duration_ns < 0 ? 0 : record.duration_ns,
        .problem = clean(&at, record.problem, sizeof record.problem),
    };
    return WT_OK;
}

static const struct kind events = {
    .most = WT_DIRECTORY_EVENTS, .entry_bytes = sizeof(struct wt_event), .read = read_event};
static const struct kind resizes = {
    .most = WT_DIRECTORY_RESIZES, .entry_bytes = sizeof(struct wt_resize), .read = read_resize};

static void forget_all(struct wt_trail_run *run) {
    for (size_t i = 0; i < run->count; i++)
        free(run->texts[i]);
    run->count = 0;
    run->number = run->torn = 0;
}

static void append(struct wt_trail_run *run, const struct kind *kind, unsigned char *entries,
                   const union record *record, char *texts) {
    if (run->count == kind->most) {
        free(run->texts[0]);
        run->count--;
        memmove(run->texts, run->texts + 1, run->count * sizeof *run->texts);
        memmove(entries, entries + kind->entry_bytes, run->count * kind->entry_bytes);
    }
    memcpy(entries + run->count * kind->entry_bytes, record, kind->entry_bytes);
    run->texts[run->count++] = texts;
}

static wt_status update(struct wt_trail_run *run, const struct kind *kind, void **entries,
                        const struct wt_directory_view *view, unsigned store, uint64_t newest) {
    if (newest == run->number)
        return WT_OK;
    if (*entries == NULL)
        *entries = calloc(kind->most, kind->entry_bytes);
    if (run->texts == NULL)
        run->texts = calloc(kind->most, sizeof *run->texts);
    if (*entries == NULL || run->texts == NULL)
        return WT_ENOMEM;
    if (newest < run->number)
        forget_all(run); /* no monitor counts backwards: another file's bytes */
    uint64_t first = newest - run->number > kind->most ? newest - kind->most + 1 : run->number + 1;
    for (uint64_t number = first; number - first < kind->most && number <= newest; number++) {
        union record record;
        char *texts = NULL;
        wt_status status = kind->read(view, store, number, &record, &texts);
        if (status == WT_ENOMEM)
            return status;
        if (status == WT_EAGAIN && run->torn != number) {
            run->torn = number;
            return WT_OK;
        }
        run->number = number;
        if (status == WT_OK)
            append(run, kind, *entries, &record, texts);
    }
    return WT_OK;
}

wt_status wt_trail_update(struct wt_trail *trail, const struct wt_directory_view *view,
                          const struct wt_shared_directory_header *header, struct wt_error *err) {
    void *entries = trail->events;
    wt_status status = update(&trail->event_run, &events, &entries, view, 0, header->event_number);
    trail->events = entries;
    for (unsigned i = 0; i < WT_DIRECTORY_STORES && status == WT_OK; i++) {
        entries = trail->resizes[i];
        status =
            update(&trail->resize_runs[i], &resizes, &entries, view, i, header->resize_number[i]);
        trail->resizes[i] = entries;
    }
    return status == WT_OK ? WT_OK : wt_fail(err, status, "no memory for the monitor's events");
}

struct wt_flat_extras wt_trail_extras(const struct wt_trail *trail) {
    struct wt_flat_extras extras = {.events = trail->events, .event_count = trail->event_run.count};
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++) {
        extras.resizes[i] = trail->resizes[i];
        extras.resize_counts[i] = trail->resize_runs[i].count;
    }
    return extras;
}

void wt_trail_fini(struct wt_trail *trail) {
    forget_all(&trail->event_run);
    free(trail->event_run.texts);
    free(trail->events);
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++) {
        forget_all(&trail->resize_runs[i]);
        free(trail->resize_runs[i].texts);
        free(trail->resizes[i]);
    }
    *trail = (struct wt_trail){0};
}
