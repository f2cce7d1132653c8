#include "flight/region.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_ROOM = 64 };

static void *take_from_arena(void *context, size_t bytes) {
    return wt_arena_take(context, 1, bytes);
}

struct wt_flight_memory wt_flight_memory_of_arena(struct wt_arena *arena) {
    return (struct wt_flight_memory){.take = take_from_arena, .context = arena};
}

static const char *put_text(const struct wt_flight_memory *memory, const char *text) {
    if (text[0] == '\0')
        return "";
    size_t bytes = strlen(text) + 1;
    char *copy = memory->take(memory->context, bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

/* ---- one entry, one record ------------------------------------------------------------------- */

static enum wt_flight_what what_of_flight(enum wt_flight_state state) {
    switch (state) {
    case WT_FLIGHT_LABELLED:
        return WT_FLIGHT_IS_LABELLED;
    case WT_FLIGHT_UNLABELLED:
        return WT_FLIGHT_IS_UNLABELLED;
    case WT_FLIGHT_TORN:
        return WT_FLIGHT_IS_TORN;
    case WT_FLIGHT_NONSENSE:
    case WT_FLIGHT_UNUSED:
    case WT_FLIGHT_IDLE:
        break;
    }
    return WT_FLIGHT_IS_NONSENSE;
}

bool wt_flight_put(const struct wt_flight *flight, const struct wt_flight_owner *owner,
                   const struct wt_flight_memory *memory, struct wt_flight_info *out) {
    *out = (struct wt_flight_info){
        .worker_id = owner->worker_id,
        .service = owner->service,
        .pid = owner->pid,
        .since_ns = flight->since_ns > 0 ? flight->since_ns : 0,
        .thread = flight->thread,
        .thread_id = flight->thread_id,
        .depth = flight->depth,
        .what = (uint8_t)what_of_flight(flight->state),
        .label_cut = flight->label_cut,
        .id_cut = flight->id_cut,
        .label = put_text(memory, flight->label),
        .id = put_text(memory, flight->id),
    };
    return out->label != NULL && out->id != NULL;
}

static enum wt_record_what what_of_record(const struct wt_record *record) {
    if (record->is_torn)
        return WT_RECORD_IS_TORN;
    if (record->is_nonsense)
        return WT_RECORD_IS_NONSENSE;
    switch (record->kind) {
    case WT_RECORD_WORK:
        return WT_RECORD_IS_WORK;
    case WT_RECORD_NOTE:
        return WT_RECORD_IS_NOTE;
    case WT_RECORD_STATE:
        return WT_RECORD_IS_STATE;
    case WT_RECORD_WARNING:
        return WT_RECORD_IS_WARNING;
    case WT_RECORD_ERROR:
        return WT_RECORD_IS_ERROR;
    case WT_RECORD_OTHER:
        break;
    }
    return WT_RECORD_IS_OTHER;
}

bool wt_record_put(const struct wt_record *record, const struct wt_flight_owner *owner,
                   const struct wt_flight_memory *memory, struct wt_record_info *out) {
    *out = (struct wt_record_info){
        .worker_id = owner->worker_id,
        .service = owner->service,
        .pid = owner->pid,
        .number = record->number,
        .time_ns = record->time_ns > 0 ? record->time_ns : 0,
        .duration_ns = record->duration_ns,
        .value = record->value,
        .thread = record->thread,
        .thread_id = record->thread_id,
        .what = (uint8_t)what_of_record(record),
        .is_slow = record->is_slow,
        .has_failed = record->has_failed,
        .label_cut = record->label_cut,
        .id_cut = record->id_cut,
        .label = put_text(memory, record->label),
        .id = put_text(memory, record->id),
    };
    return out->label != NULL && out->id != NULL;
}

bool wt_flight_is_shown(const struct wt_flight *flight) {
    return flight->state != WT_FLIGHT_UNUSED && flight->state != WT_FLIGHT_IDLE;
}

bool wt_flight_precedes(const struct wt_flight *a, const struct wt_flight *b) {
    if ((a->since_ns > 0) != (b->since_ns > 0))
        return a->since_ns > 0;
    if (a->since_ns != b->since_ns)
        return a->since_ns < b->since_ns;
    return a->thread < b->thread;
}

/* ---- the whole region ------------------------------------------------------------------------ */

/* What is read, before it is known how much of it is kept. */
struct scratch {
    struct wt_flight flights[WT_FOCUS_FLIGHTS];
    struct wt_record records[WT_FOCUS_RECORDS + POLL_ROOM];
    struct wt_ring_cursor *cursor;
};

static int compare_flights(const void *a, const void *b) {
    return wt_flight_precedes(a, b) ? -1 : wt_flight_precedes(b, a);
}

static bool put_flights(const struct wt_region_ask *ask, const struct wt_flight_tables *tables,
                        struct scratch *scratch, const struct wt_flight_memory *memory,
                        struct wt_worker_activity *out) {
    size_t count = 0;
    for (uint32_t i = 0; i < tables->thread_count; i++) {
        struct wt_flight flight = {0};
        wt_flight_read(tables, i, ask->now_ns, &flight);
        if (!wt_flight_is_shown(&flight))
            continue;
        if (count < WT_FOCUS_FLIGHTS)
            scratch->flights[count++] = flight;
        else
            out->flights_left_out++;
    }
    qsort(scratch->flights, count, sizeof *scratch->flights, compare_flights);
    size_t kept = count < ask->flights ? count : ask->flights;
    out->flights_left_out += count - kept;
    struct wt_flight_info *flights = memory->take(memory->context, (kept + 1) * sizeof *flights);
    const struct wt_flight_owner owner = {
        .worker_id = out->worker_id, .service = out->service, .pid = out->pid};
    for (size_t i = 0; i < kept && flights != NULL; i++)
        if (!wt_flight_put(&scratch->flights[i], &owner, memory, &flights[i]))
            return false;
    out->flights = flights;
    out->flight_count = kept;
    return flights != NULL;
}

/* Newest first. Of those without a time nothing is known but that they are the last of their
 * thread, or were there. */
static int compare_records(const void *a, const void *b) {
    const struct wt_record *left = a, *right = b;
    int64_t left_ns = left->time_ns > 0 ? left->time_ns : INT64_MAX;
    int64_t right_ns = right->time_ns > 0 ? right->time_ns : INT64_MAX;
    if (left_ns != right_ns)
        return left_ns > right_ns ? -1 : 1;
    if (left->thread != right->thread)
        return left->thread < right->thread ? -1 : 1;
    return (left->number < right->number) - (left->number > right->number);
}

static bool put_records(const struct wt_region_ask *ask, const struct wt_flight_tables *tables,
                        struct scratch *scratch, const struct wt_flight_memory *memory,
                        struct wt_worker_activity *out) {
    size_t count = 0;
    struct wt_ring_poll poll;
    do {
        poll = wt_ring_poll(tables, scratch->cursor, ask->now_ns, ask->is_final,
                            scratch->records + count, POLL_ROOM);
        for (size_t i = count; i < count + poll.count; i++)
            out->published_count += !scratch->records[i].is_torn;
        out->published_count += poll.lost;
        out->lost_count += poll.lost;
        out->nonsense_count =
            poll.nonsense > out->nonsense_count ? poll.nonsense : out->nonsense_count;
        count += poll.count;
        qsort(scratch->records, count, sizeof *scratch->records, compare_records);
        if (count > ask->records) {
            out->records_left_out += count - ask->records;
            count = ask->records;
        }
        /* A writer that never rests does not keep a reader: what it says later is for later. */
    } while (poll.has_more && out->published_count - out->lost_count < 2 * UINT16_MAX);
    struct wt_record_info *records = memory->take(memory->context, (count + 1) * sizeof *records);
    const struct wt_flight_owner owner = {
        .worker_id = out->worker_id, .service = out->service, .pid = out->pid};
    for (size_t i = 0; i < count && records != NULL; i++)
        if (!wt_record_put(&scratch->records[i], &owner, memory, &records[i]))
            return false;
    out->records = records;
    out->record_count = count;
    return records != NULL;
}

static const char *problem_of(enum wt_recorder_state state, const struct wt_flight_tables *tables) {
    switch (state) {
    case WT_RECORDER_READY:
        return tables->flight_offset == 0
                   ? "its libworktop is older: it keeps no labels and records"
                   : "";
    case WT_RECORDER_NOT_READY:
        return "its recorder region is not ready yet";
    case WT_RECORDER_NEWER:
        return "its recorder region was written by a newer libworktop: use that worktop";
    case WT_RECORDER_BROKEN:
        break;
    }
    return "its recorder region is damaged: it says what cannot be";
}

bool wt_region_activity(const struct wt_region_ask *ask, const struct wt_flight_memory *memory,
                        struct wt_worker_activity *out) {
    struct wt_flight_tables tables = {0};
    enum wt_recorder_state state = WT_RECORDER_NOT_READY;
    *out = (struct wt_worker_activity){
        .worker_id = ask->owner.worker_id,
        .service = put_text(memory, ask->owner.service),
        .pid = ask->owner.pid,
        .cause = "",
    };
    if (ask->region != NULL)
        state = wt_flight_tables(ask->region, ask->bytes, &tables);
    out->problem =
        ask->region != NULL ? problem_of(state, &tables) : put_text(memory, ask->problem);
    if (out->service == NULL || out->problem == NULL)
        return false;
    if (state != WT_RECORDER_READY)
        return true;
    struct scratch *scratch = malloc(sizeof *scratch);
    bool ok = scratch != NULL;
    if (ok)
        scratch->cursor = malloc(wt_ring_cursor_bytes(tables.thread_count));
    if (ok && scratch->cursor != NULL) {
        wt_ring_cursor_init(scratch->cursor, tables.thread_count);
        ok = put_flights(ask, &tables, scratch, memory, out) &&
             put_records(ask, &tables, scratch, memory, out);
    }
    ok = ok && scratch->cursor != NULL;
    if (scratch != NULL)
        free(scratch->cursor);
    free(scratch);
    return ok;
}
