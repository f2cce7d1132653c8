/* directory.c - writing the directory file: records, schemas, the snapshot of each tick.
 *
 * The writer keeps in private memory what it must know of the file (sizes, what is used, what the
 * banks hold) and reads back nothing but sequence numbers. It never waits for a reader:
 *
 *     record   sequence odd | the words, each with release | sequence even, with release
 *     bank     sequence 0   | the words, each with release | sequence n, with release
 *              header.snapshot_sequence = n, with release
 *
 * A writer that is killed anywhere in between leaves an odd record, which readers leave out, or a
 * bank that nobody was told of: the snapshot before it stays in the other one.
 */
#include "shm/directory.h"

#include "shm/checksum.h"
#include "shm/directory_private.h"
#include "shm/words.h"

/* ---- records ----------------------------------------------------------------------------- */

/* Tells readers of `used` places or bytes, after what it counts was written. */
static void raise_used(struct wt_directory_section *section, uint64_t used) {
    if (used <= section->entry.used)
        return;
    section->entry.used = used;
    wt_word_store(&section->shared->used, used);
}

/* Writes a record, which begins with its sequence number, at a place that exists. */
static void put(struct wt_directory_section *section, uint64_t place, const void *record) {
    size_t bytes = (size_t)section->entry.record_bytes;
    unsigned char *to = section->bytes + place * bytes;
    uint64_t odd = (wt_word_load(to) + 1) | 1;
    __atomic_store_n((uint64_t *)(void *)to, odd, __ATOMIC_RELAXED);
    wt_words_store(to + WT_WORD_BYTES, (const unsigned char *)record + WT_WORD_BYTES,
                   bytes - WT_WORD_BYTES);
    wt_word_store(to, odd + 1);
    raise_used(section, place + 1);
}

static wt_status put_if_room(struct wt_directory_section *section, uint64_t place,
                             const void *record) {
    if (place >= section->entry.count)
        return WT_EFULL;
    put(section, place, record);
    return WT_OK;
}

wt_status wt_directory_put_store(struct wt_directory *directory, unsigned store,
                                 const struct wt_shared_store_record *record) {
    return put_if_room(&directory->stores, store, record);
}

wt_status wt_directory_put_segment(struct wt_directory *directory, unsigned store, uint64_t segment,
                                   const struct wt_shared_segment_record *record) {
    if (store >= WT_DIRECTORY_STORES)
        return WT_EFULL;
    return put_if_room(&directory->segments[store], segment, record);
}

/* Services are numbered from 1: number 0 wraps to a place that no section has. */
wt_status wt_directory_put_service(struct wt_directory *directory, uint32_t number,
                                   const struct wt_shared_service_record *record) {
    return put_if_room(&directory->services, (uint64_t)number - 1, record);
}

wt_status wt_directory_put_retired(struct wt_directory *directory, uint64_t index,
                                   const struct wt_shared_retired_record *record) {
    return put_if_room(&directory->retired, index, record);
}

wt_status wt_directory_put_pending(struct wt_directory *directory, uint64_t index,
                                   const struct wt_shared_pending_record *record) {
    return put_if_room(&directory->pending, index, record);
}

wt_status wt_directory_put_history(struct wt_directory *directory, uint64_t index,
                                   const struct wt_shared_history_record *record) {
    return put_if_room(&directory->history, index, record);
}

wt_status wt_directory_add_schema(struct wt_directory *directory, const void *bytes, size_t length,
                                  uint32_t *number) {
    struct wt_directory_section *section = &directory->schemas;
    uint64_t at = section->entry.used;
    uint64_t room = section->entry.bytes - at;
    if (room < WT_WORD_BYTES || length > room - WT_WORD_BYTES ||
        directory->schema_count == UINT32_MAX)
        return WT_EFULL;
    /* Rounding up stays inside: the section has whole words. */
    wt_words_store(section->bytes + at + WT_WORD_BYTES, bytes, length);
    wt_word_store(section->bytes + at, length);
    raise_used(section, at + WT_WORD_BYTES + wt_words_round_up(length));
    *number = ++directory->schema_count;
    return WT_OK;
}

/* ---- the last so many -------------------------------------------------------------------- */

static void put_numbered(struct wt_directory_section *section, uint64_t number, const void *record,
                         uint64_t *newest) {
    if (number == 0)
        return; /* they count from 1 */
    put(section, (number - 1) % section->entry.count, record);
    wt_word_store(newest, number);
}

void wt_directory_put_resize(struct wt_directory *directory, unsigned store,
                             const struct wt_shared_resize_record *record) {
    if (store < WT_DIRECTORY_STORES)
        put_numbered(&directory->resizes[store], record->number, record,
                     &directory->header->resize_number[store]);
}

void wt_directory_put_event(struct wt_directory *directory,
                            const struct wt_shared_event_record *record) {
    put_numbered(&directory->events, record->number, record, &directory->header->event_number);
}

/* ---- each tick --------------------------------------------------------------------------- */

/* Begins behind the workers, at a line of its own. */
static uint64_t tick_offset(uint64_t workers_bytes) {
    const uint64_t line = WT_DIRECTORY_SECTION_ALIGN;
    return (sizeof(struct wt_shared_bank_header) + workers_bytes + line - 1) & ~(line - 1);
}

wt_status wt_directory_publish(struct wt_directory *directory, struct wt_directory_part workers,
                               uint64_t workers_version, struct wt_directory_part tick) {
    if (workers.length > directory->bank_bytes ||
        tick.length > directory->bank_bytes - workers.length) {
        wt_word_store(&directory->header->skipped_count, ++directory->skipped);
        return WT_EFULL;
    }
    uint64_t sequence = directory->sequence + 1;
    struct wt_directory_section *section = &directory->banks[sequence & 1];
    struct wt_directory_held *held = &directory->held[sequence & 1];
    struct wt_shared_bank_header *shared = (void *)section->bytes;
    wt_word_store(&shared->sequence, 0);
    if (held->workers_version != workers_version || workers_version == 0 ||
        held->workers_bytes != workers.length) {
        *held = (struct wt_directory_held){workers_version, workers.length,
                                           wt_checksum(workers.bytes, workers.length)};
        wt_words_store(section->bytes + sizeof *shared, workers.bytes, workers.length);
    }
    const struct wt_shared_bank_header header = {
        .workers_version = workers_version,
        .workers_offset = sizeof header,
        .workers_bytes = held->workers_bytes,
        .workers_sum = held->workers_sum,
        .tick_offset = tick_offset(workers.length),
        .tick_bytes = tick.length,
        .tick_sum = wt_checksum(tick.bytes, tick.length),
    };
    wt_words_store(section->bytes + header.tick_offset, tick.bytes, tick.length);
    wt_words_store((unsigned char *)shared + WT_WORD_BYTES,
                   (const unsigned char *)&header + WT_WORD_BYTES, sizeof header - WT_WORD_BYTES);
    raise_used(section, header.tick_offset + wt_words_round_up(tick.length));
    wt_word_store(&shared->sequence, sequence);
    directory->sequence = sequence;
    wt_word_store(&directory->header->snapshot_sequence, sequence);
    return WT_OK;
}

void wt_directory_heartbeat(struct wt_directory *directory, struct wt_time now, int64_t interval_ns,
                            uint64_t tick_count) {
    struct wt_shared_directory_header *header = directory->header;
    wt_word_store(&header->interval_ns, (uint64_t)interval_ns);
    wt_word_store(&header->tick_count, tick_count);
    wt_word_store(&header->heartbeat_realtime_ns, (uint64_t)now.realtime_ns);
    wt_word_store(&header->heartbeat_ns, (uint64_t)now.monotonic_ns);
}
