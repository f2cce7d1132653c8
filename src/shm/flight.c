#include "shm/flight.h"

#include <string.h>

#include "base/utf8.h"
#include "shm/words.h"

/* A time may be this much newer than the reader's clock, which was read before. */
enum { SLACK_NS = 1000000000 };

static const char ellipsis[] = "\xe2\x80\xa6";

/* ---- Where the tables lie ---- */

/* `count` of `bytes` each from `offset` on, inside of [least, most), whole words. */
static bool fits(uint64_t offset, uint64_t bytes, uint64_t count, uint64_t least, uint64_t most) {
    return offset % WT_WORD_BYTES == 0 && bytes % WT_WORD_BYTES == 0 && offset >= least &&
           offset <= most && count * bytes <= most - offset;
}

enum wt_recorder_state wt_flight_tables(const void *region, size_t bytes,
                                        struct wt_flight_tables *out) {
    const struct wt_shared_recorder_header *header = region;
    *out = (struct wt_flight_tables){0};
    if (bytes < sizeof *header)
        return WT_RECORDER_BROKEN;
    uint32_t version = __atomic_load_n(&header->version, __ATOMIC_ACQUIRE);
    if (version == 0)
        return WT_RECORDER_NOT_READY;
    if (version > WT_SHARED_RECORDER_VERSION)
        return WT_RECORDER_NEWER;
    struct wt_flight_tables found = {
        .region = region,
        .ring_mark = __atomic_load_n(&header->ring_mark, __ATOMIC_ACQUIRE),
        .flight_offset = __atomic_load_n(&header->flight_offset, __ATOMIC_RELAXED),
        .flight_bytes = __atomic_load_n(&header->flight_bytes, __ATOMIC_RELAXED),
        .flight_count = __atomic_load_n(&header->flight_count, __ATOMIC_ACQUIRE),
        .ring_offset = __atomic_load_n(&header->ring_offset, __ATOMIC_RELAXED),
        .record_bytes = __atomic_load_n(&header->record_bytes, __ATOMIC_RELAXED),
        .ring_count = __atomic_load_n(&header->ring_count, __ATOMIC_RELAXED),
    };
    /* After flight_count: both grow, and there are never more entries than records. */
    found.thread_count = __atomic_load_n(&header->threads, __ATOMIC_ACQUIRE);
    if (found.thread_count > wt_recorder_threads_that_fit(bytes))
        return WT_RECORDER_BROKEN;
    uint64_t begin =
        sizeof *header + (uint64_t)found.thread_count * sizeof(struct wt_shared_recorder_thread);
    uint64_t flights_end = found.flight_offset + (uint64_t)found.flight_count * found.flight_bytes;
    bool possible =
        found.flight_count <= found.thread_count &&
        found.flight_bytes >= sizeof(struct wt_shared_flight) &&
        found.record_bytes >= sizeof(struct wt_shared_record) &&
        fits(found.flight_offset, found.flight_bytes, found.flight_count, begin, bytes) &&
        fits(found.ring_offset, found.record_bytes, found.ring_count, flights_end, bytes);
    if (found.flight_offset == 0)
        found = (struct wt_flight_tables){.region = region, .thread_count = found.thread_count};
    else if (!possible)
        return WT_RECORDER_BROKEN;
    *out = found;
    return WT_RECORDER_READY;
}

static const struct wt_shared_flight *entry_of(const struct wt_flight_tables *tables,
                                               uint32_t thread) {
    return (const void *)(tables->region + tables->flight_offset +
                          (size_t)thread * tables->flight_bytes);
}

static const struct wt_shared_record *record_at(const struct wt_flight_tables *tables,
                                                uint32_t place) {
    return (const void *)(tables->region + tables->ring_offset +
                          (size_t)place * tables->record_bytes);
}

/* ---- Texts and times ---- */

/* Clean, and with an ellipsis where the writer cut it. */
static void put_text(char *out, size_t size, const char *text, size_t length, bool was_cut) {
    size_t end = wt_text_clean(out, was_cut ? size - strlen(ellipsis) : size, text, length);
    if (was_cut)
        memcpy(out + end, ellipsis, sizeof ellipsis);
}

static bool lengths_are_possible(uint8_t label_length, uint8_t id_length) {
    return id_length <= WT_FLIGHT_ID_BYTES && label_length + id_length <= WT_FLIGHT_TEXT_BYTES;
}

/* A moment that a worker says has passed; -1 when it cannot have. */
static int64_t moment(uint64_t then_ns, int64_t now_ns) {
    if (then_ns == 0 || then_ns > (uint64_t)now_ns + SLACK_NS)
        return -1;
    return then_ns > (uint64_t)now_ns ? now_ns : (int64_t)then_ns;
}

/* ---- What a thread does now ---- */

/* The per-thread record. False: torn. */
static bool read_thread(const struct wt_flight_tables *tables, uint32_t thread,
                        struct wt_shared_recorder_thread *out) {
    const unsigned char *at =
        tables->region + sizeof(struct wt_shared_recorder_header) + (size_t)thread * sizeof *out;
    for (int i = 0; i < WT_RECORDER_READ_TRIES; i++) {
        wt_words_load(out, at, sizeof *out);
        if (out->sequence % 2 == 0 && wt_word_load(at) == out->sequence)
            return true;
    }
    return false;
}

/* The entry, copied whole. False: torn. */
static bool copy_entry(const struct wt_shared_flight *entry, struct wt_shared_flight *out) {
    for (int i = 0; i < WT_RECORDER_READ_TRIES; i++) {
        wt_words_load(out, entry, sizeof *out);
        if (out->sequence % 2 == 0 && wt_word_load(&entry->sequence) == out->sequence)
            return true;
    }
    return false;
}

static void forget_work(struct wt_flight *flight, enum wt_flight_state state) {
    flight->state = state;
    flight->depth = 0;
    flight->since_ns = -1;
    flight->label_cut = flight->id_cut = false;
    flight->label[0] = flight->id[0] = '\0';
}

/* What a whole entry says. */
static void take_entry(const struct wt_shared_flight *entry, int64_t now_ns,
                       struct wt_flight *flight) {
    forget_work(flight, WT_FLIGHT_IDLE);
    flight->thread_id = entry->thread_id;
    flight->sequence = entry->sequence;
    if (entry->since_ns == 0)
        return;
    flight->since_ns = moment(entry->since_ns, now_ns);
    if (flight->since_ns < 0 || !lengths_are_possible(entry->label_length, entry->id_length)) {
        forget_work(flight, WT_FLIGHT_NONSENSE);
        return;
    }
    flight->state = WT_FLIGHT_LABELLED;
    flight->depth = entry->depth > 0 ? entry->depth : 1;
    flight->label_cut = (entry->flags & WT_FLIGHT_LABEL_CUT) != 0;
    flight->id_cut = (entry->flags & WT_FLIGHT_ID_CUT) != 0;
    put_text(flight->label, sizeof flight->label, entry->text, entry->label_length,
             flight->label_cut);
    put_text(flight->id, sizeof flight->id, entry->text + entry->label_length, entry->id_length,
             flight->id_cut);
}

static void read_entry(const struct wt_flight_tables *tables, uint32_t thread, int64_t now_ns,
                       struct wt_flight *flight) {
    struct wt_shared_flight copy;
    const struct wt_shared_flight *entry = entry_of(tables, thread);
    bool is_known = flight->state == WT_FLIGHT_LABELLED && flight->since_ns >= 0 &&
                    wt_word_load(&entry->sequence) == flight->sequence;
    if (is_known)
        return;
    if (copy_entry(entry, &copy))
        take_entry(&copy, now_ns, flight);
    else
        forget_work(flight, WT_FLIGHT_TORN);
}

void wt_flight_read(const struct wt_flight_tables *tables, uint32_t thread, int64_t now_ns,
                    struct wt_flight *flight) {
    struct wt_shared_recorder_thread record = {0};
    flight->thread = thread;
    bool whole = thread < tables->thread_count && read_thread(tables, thread, &record);
    /* Ended on another thread than it began: less than nothing is under way here. */
    flight->active = whole && (int64_t)record.active > 0 ? record.active : 0;
    if (thread < tables->flight_count) {
        read_entry(tables, thread, now_ns, flight);
    } else {
        forget_work(flight, WT_FLIGHT_IDLE);
        flight->thread_id = 0;
        flight->sequence = 0;
    }
    if (flight->state != WT_FLIGHT_IDLE)
        return;
    if (thread < tables->thread_count && !whole) {
        flight->state = WT_FLIGHT_TORN;
    } else if (flight->active > 0) {
        flight->state = WT_FLIGHT_UNLABELLED;
        flight->since_ns = moment(record.moved_ns, now_ns);
    } else if (record.sequence == 0 && flight->sequence == 0) {
        flight->state = WT_FLIGHT_UNUSED;
    }
}

/* ---- What the threads left behind ---- */

void wt_ring_cursor_init(struct wt_ring_cursor *cursor, uint32_t threads) {
    memset(cursor, 0, wt_ring_cursor_bytes(threads));
    cursor->thread_count = threads;
}

/* One poll under way. */
struct poll {
    const struct wt_flight_tables *tables;
    int64_t now_ns;
    bool is_final;
    struct wt_record *out;
    size_t room;
    struct wt_ring_poll result;
};

/* The part of the ring that belongs to one thread. */
struct part {
    uint32_t thread, thread_id;
    uint32_t first, count;
    uint64_t published;
};

static bool read_part(const struct wt_flight_tables *tables, uint32_t thread, struct part *part) {
    const struct wt_shared_flight *entry = entry_of(tables, thread);
    part->thread = thread;
    part->published = __atomic_load_n(&entry->published, __ATOMIC_ACQUIRE);
    part->first = __atomic_load_n(&entry->ring_first, __ATOMIC_ACQUIRE);
    part->count = __atomic_load_n(&entry->ring_count, __ATOMIC_ACQUIRE);
    return part->count > 0 && part->count <= tables->ring_count &&
           part->first <= tables->ring_count - part->count;
}

/* The place of record `number`, from 1. */
static const struct wt_shared_record *place_of(const struct wt_flight_tables *tables,
                                               const struct part *part, uint64_t number) {
    return record_at(tables, part->first + (uint32_t)((number - 1) % part->count));
}

/* Nobody publishes more than one record in each nanosecond since the host was started. */
static bool is_possible(uint64_t published, int64_t now_ns) {
    return published <= (uint64_t)now_ns + SLACK_NS;
}

static void take_record(const struct wt_shared_record *copy, int64_t now_ns,
                        struct wt_record *record) {
    record->thread_id = copy->thread_id;
    record->time_ns = moment(copy->time_ns, now_ns);
    bool is_timed = (copy->flags & WT_FLIGHT_TIMED) != 0;
    if (record->time_ns < 0 || (is_timed && copy->duration_ns > copy->time_ns) ||
        !lengths_are_possible(copy->label_length, copy->id_length)) {
        record->is_nonsense = true;
        record->time_ns = -1;
        return;
    }
    record->kind = copy->kind <= WT_RECORD_LAST ? (enum wt_record_kind)copy->kind : WT_RECORD_OTHER;
    record->is_slow = (copy->flags & WT_FLIGHT_SLOW) != 0;
    record->has_failed = (copy->flags & WT_FLIGHT_FAILED) != 0;
    record->label_cut = (copy->flags & WT_FLIGHT_LABEL_CUT) != 0;
    record->id_cut = (copy->flags & WT_FLIGHT_ID_CUT) != 0;
    record->duration_ns = is_timed ? (int64_t)copy->duration_ns : -1;
    record->value = copy->value;
    put_text(record->label, sizeof record->label, copy->text, copy->label_length,
             record->label_cut);
    put_text(record->id, sizeof record->id, copy->text + copy->label_length, copy->id_length,
             record->id_cut);
}

static struct wt_record *next_record(struct poll *poll, const struct part *part, uint64_t number) {
    struct wt_record *record = &poll->out[poll->result.count];
    record->thread = part->thread;
    record->thread_id = part->thread_id;
    record->number = number;
    record->kind = WT_RECORD_OTHER;
    record->is_torn = record->is_nonsense = record->is_slow = record->has_failed = false;
    record->label_cut = record->id_cut = false;
    record->time_ns = record->duration_ns = -1;
    record->value = 0;
    record->label[0] = record->id[0] = '\0';
    return record;
}

/* Delivers record `number`, if its place holds it. */
static bool deliver(struct poll *poll, const struct part *part, uint64_t number) {
    const struct wt_shared_record *place = place_of(poll->tables, part, number);
    struct wt_shared_record copy;
    if (wt_word_load(&place->sequence) != 2 * number)
        return false;
    wt_words_load(&copy, place, sizeof copy);
    if (copy.sequence != 2 * number || wt_word_load(&place->sequence) != 2 * number)
        return false;
    take_record(&copy, poll->now_ns, next_record(poll, part, number));
    poll->result.count++;
    return true;
}

/* Behind the newest number there may be one more record: whole, when its writer died (or is) just
 * before it could say so, or torn. */
static void poll_last(struct poll *poll, const struct part *part, uint64_t *read) {
    uint64_t number = part->published + 1;
    if (poll->result.count == poll->room) {
        poll->result.has_more = true;
        return;
    }
    if (deliver(poll, part, number)) {
        *read = number;
    } else if (wt_word_load(&place_of(poll->tables, part, number)->sequence) == 2 * number - 1) {
        next_record(poll, part, number)->is_torn = true;
        poll->result.count++;
        *read = number;
    }
}

static void poll_thread(struct poll *poll, uint32_t thread, uint64_t *read) {
    struct part part = {0};
    bool is_part = read_part(poll->tables, thread, &part);
    uint64_t newest = part.published;
    if (newest == 0 && (!poll->is_final || part.count == 0))
        return; /* it has none yet, or has not brought them into this region yet */
    /* A record that was delivered before it was announced: one ahead is as it should be. */
    bool went_back = newest > 0 && *read > newest + 1;
    if (!is_part || !is_possible(newest, poll->now_ns) || went_back) {
        poll->result.nonsense++;
        if (is_possible(newest, poll->now_ns))
            *read = newest;
        return;
    }
    part.thread_id = (uint32_t)wt_word_load(&entry_of(poll->tables, thread)->thread_id);
    if (newest > part.count && newest - part.count > *read) {
        poll->result.lost += newest - part.count - *read;
        *read = newest - part.count;
    }
    while (*read < newest) {
        if (poll->result.count == poll->room) {
            poll->result.has_more = true;
            return;
        }
        if (!deliver(poll, &part, *read + 1))
            poll->result.lost++;
        ++*read;
    }
    if (poll->is_final && *read == newest)
        poll_last(poll, &part, read);
}

struct wt_ring_poll wt_ring_poll(const struct wt_flight_tables *tables,
                                 struct wt_ring_cursor *cursor, int64_t now_ns, bool is_final,
                                 struct wt_record *out, size_t room) {
    struct poll poll = {
        .tables = tables, .now_ns = now_ns, .is_final = is_final, .out = out, .room = room};
    if (tables->ring_mark == cursor->ring_mark && !is_final)
        return poll.result;
    uint32_t threads =
        tables->flight_count < cursor->thread_count ? tables->flight_count : cursor->thread_count;
    for (uint32_t i = 0; i < threads; i++)
        poll_thread(&poll, i, &cursor->read[i]);
    if (!poll.result.has_more)
        cursor->ring_mark = tables->ring_mark;
    return poll.result;
}
