/* directory_read.c - what lies in a directory file: records, schemas, the snapshot.
 *
 * All is copied into private memory first, a bounded number of times, and checked there. A reader
 * that never sees the same twice answers WT_EAGAIN: the writer was faster, or died in between.
 */
#include <string.h>

#include "base/buffer.h"
#include "shm/checksum.h"
#include "shm/directory_private.h"
#include "shm/store.h"
#include "shm/words.h"

#define ULL(x) ((unsigned long long)(x))

static wt_status truncated(const struct wt_directory_view *view, struct wt_error *err) {
    return wt_fail(err, WT_EDEAD, "the directory file %s was truncated underneath", view->path);
}

/* ---- records ----------------------------------------------------------------------------- */

/* Copies the record at a place: as much of it as its writer and we both know, the rest is 0. */
static wt_status copy_record(const struct wt_directory_view *view,
                             const struct wt_shared_section *section, uint64_t place, void *out,
                             size_t bytes) {
    size_t known = section->record_bytes < bytes ? (size_t)section->record_bytes : bytes;
    const unsigned char *from = view->base + section->offset + place * section->record_bytes;
    for (int i = 0; i < WT_DIRECTORY_READ_TRIES; i++) {
        uint64_t before = wt_word_load(from);
        if (before == 0)
            return WT_ENOENT;
        if (before % 2 != 0)
            continue;
        memcpy(out, &before, sizeof before);
        wt_words_load((unsigned char *)out + WT_WORD_BYTES, from + WT_WORD_BYTES,
                      known - WT_WORD_BYTES);
        if (__atomic_load_n((const uint64_t *)(const void *)from, __ATOMIC_RELAXED) == before)
            return WT_OK;
    }
    return WT_EAGAIN;
}

/* *out is the record, or all 0. */
static wt_status read_record(const struct wt_directory_view *view, enum wt_section_type type,
                             uint32_t index, uint64_t place, void *out, size_t bytes) {
    const struct wt_shared_section *section = wt_directory_known(view, type, index);
    wt_status status = WT_ENOENT;
    memset(out, 0, bytes);
    if (section != NULL && place < section->count)
        status = copy_record(view, section, place, out, bytes);
    if (!wt_directory_view_is_readable(view))
        status = WT_EDEAD;
    if (status != WT_OK)
        memset(out, 0, bytes);
    return status;
}

/* One that is kept in a ring: the place may hold another number by now. */
static wt_status read_numbered(const struct wt_directory_view *view, enum wt_section_type type,
                               uint32_t index, uint64_t number, void *out, size_t bytes) {
    const struct wt_shared_section *section = wt_directory_known(view, type, index);
    uint64_t found;
    if (section == NULL || section->count == 0 || number == 0) {
        memset(out, 0, bytes);
        return WT_ENOENT;
    }
    wt_status status = read_record(view, type, index, (number - 1) % section->count, out, bytes);
    memcpy(&found, (unsigned char *)out + WT_WORD_BYTES, sizeof found);
    if (status != WT_OK || found == number)
        return status;
    memset(out, 0, bytes);
    return WT_ENOENT;
}

static_assert(offsetof(struct wt_shared_resize_record, number) == WT_WORD_BYTES &&
                  offsetof(struct wt_shared_event_record, number) == WT_WORD_BYTES,
              "behind the sequence");

wt_status wt_directory_view_store(const struct wt_directory_view *view, unsigned store,
                                  struct wt_shared_store_record *out) {
    return read_record(view, WT_SECTION_STORES, 0, store, out, sizeof *out);
}

wt_status wt_directory_view_segment(const struct wt_directory_view *view, unsigned store,
                                    uint64_t segment, struct wt_shared_segment_record *out) {
    wt_status status = read_record(view, WT_SECTION_SEGMENTS, store, segment, out, sizeof *out);
    if (status == WT_OK && (out->state > WT_STORE_QUARANTINED || out->has_instance > 1))
        return WT_EFORMAT;
    return status;
}

wt_status wt_directory_view_service(const struct wt_directory_view *view, uint32_t number,
                                    struct wt_shared_service_record *out) {
    wt_status status =
        read_record(view, WT_SECTION_SERVICES, 0, (uint64_t)number - 1, out, sizeof *out);
    out->name[sizeof out->name - 1] = '\0';
    return status;
}

wt_status wt_directory_view_retired(const struct wt_directory_view *view, uint64_t index,
                                    struct wt_shared_retired_record *out) {
    wt_status status = read_record(view, WT_SECTION_RETIRED, 0, index, out, sizeof *out);
    out->key[sizeof out->key - 1] = '\0';
    if (status == WT_OK && out->is_real > 1)
        return WT_EFORMAT;
    return status;
}

wt_status wt_directory_view_pending(const struct wt_directory_view *view, uint64_t index,
                                    struct wt_shared_pending_record *out) {
    wt_status status = read_record(view, WT_SECTION_PENDING, 0, index, out, sizeof *out);
    if (status == WT_OK && out->has_instance > 1)
        return WT_EFORMAT;
    return status;
}

wt_status wt_directory_view_history(const struct wt_directory_view *view, uint64_t index,
                                    struct wt_shared_history_record *out) {
    wt_status status = read_record(view, WT_SECTION_HISTORY, 0, index, out, sizeof *out);
    out->service[sizeof out->service - 1] = '\0';
    out->series[sizeof out->series - 1] = '\0';
    out->key[sizeof out->key - 1] = '\0';
    return status;
}

bool wt_directory_view_seconds(const struct wt_directory_view *view,
                               int64_t out[static WT_DIRECTORY_SECONDS]) {
    const struct wt_shared_section *section = wt_directory_known(view, WT_SECTION_SECONDS, 0);
    if (section == NULL)
        return false;
    wt_words_load(out, view->base + section->offset, WT_DIRECTORY_SECONDS * WT_WORD_BYTES);
    for (int64_t i = 0; i < WT_DIRECTORY_SECONDS; i++)
        if (out[i] < 0 || out[i] % WT_DIRECTORY_SECONDS != i)
            out[i] = 0;
    return wt_directory_view_is_readable(view);
}

wt_status wt_directory_view_resize(const struct wt_directory_view *view, unsigned store,
                                   uint64_t number, struct wt_shared_resize_record *out) {
    wt_status status = read_numbered(view, WT_SECTION_RESIZES, store, number, out, sizeof *out);
    out->problem[sizeof out->problem - 1] = '\0';
    return status;
}

wt_status wt_directory_view_event(const struct wt_directory_view *view, uint64_t number,
                                  struct wt_shared_event_record *out) {
    wt_status status = read_numbered(view, WT_SECTION_EVENTS, 0, number, out, sizeof *out);
    out->service[sizeof out->service - 1] = '\0';
    out->text[sizeof out->text - 1] = '\0';
    return status;
}

/* ---- bytes ------------------------------------------------------------------------------- */

/* Copies whole words of the file into a buffer; its length is exact. */
static wt_status copy_bytes(const struct wt_directory_view *view, uint64_t offset, uint64_t bytes,
                            struct wt_buffer *out, struct wt_error *err) {
    wt_buffer_clear(out);
    if (!wt_buffer_reserve(out, (size_t)wt_words_round_up(bytes)))
        return wt_fail(err, WT_ENOMEM, "cannot copy %llu bytes of %s: out of memory", ULL(bytes),
                       view->path);
    wt_words_load(out->data, view->base + offset, (size_t)bytes);
    out->length = (size_t)bytes;
    out->data[out->length] = '\0';
    return WT_OK;
}

/* Where the schema of this number begins, or WT_ENOENT. Steps from the last one that was asked for,
 * when that is before it: they never move. */
static wt_status find_schema(const struct wt_directory_view *view,
                             const struct wt_shared_section *section, uint32_t number,
                             uint64_t *bytes, struct wt_error *err) {
    struct wt_directory_notes *notes = view->notes;
    uint64_t used = wt_directory_used(view, section) / WT_WORD_BYTES * WT_WORD_BYTES;
    if (notes->schema_number == 0 || notes->schema_number > number) {
        notes->schema_number = 1;
        notes->schema_at = 0;
    }
    for (;;) {
        uint64_t room = notes->schema_at < used ? used - notes->schema_at : 0;
        if (room == 0)
            return wt_fail(err, WT_ENOENT, "%s has no schema %u", view->path, number);
        *bytes = wt_word_load(view->base + section->offset + notes->schema_at);
        if (*bytes > room - WT_WORD_BYTES || *bytes > WT_DIRECTORY_PART_MAX)
            return wt_fail(err, WT_EFORMAT,
                           "the directory file %s is broken: schema %u at byte %llu has %llu bytes "
                           "where %llu are left",
                           view->path, notes->schema_number,
                           ULL(section->offset + notes->schema_at), ULL(*bytes),
                           ULL(room - WT_WORD_BYTES));
        if (notes->schema_number == number)
            return WT_OK;
        notes->schema_number++;
        notes->schema_at += WT_WORD_BYTES + wt_words_round_up(*bytes);
    }
}

wt_status wt_directory_view_schema(const struct wt_directory_view *view, uint32_t number,
                                   struct wt_buffer *out, struct wt_error *err) {
    const struct wt_shared_section *section = wt_directory_known(view, WT_SECTION_SCHEMAS, 0);
    uint64_t bytes = 0;
    wt_buffer_clear(out);
    wt_status status = section == NULL || number == 0
                           ? wt_fail(err, WT_ENOENT, "%s has no schema %u", view->path, number)
                           : find_schema(view, section, number, &bytes, err);
    if (status == WT_OK)
        status = copy_bytes(view, section->offset + view->notes->schema_at + WT_WORD_BYTES, bytes,
                            out, err);
    if (!wt_directory_view_is_readable(view)) {
        wt_buffer_clear(out);
        return truncated(view, err);
    }
    return status;
}

/* ---- the snapshot ------------------------------------------------------------------------ */

/* A reading of one bank. */
struct bank {
    const struct wt_shared_section *section;
    struct wt_shared_bank_header header;
};

static bool fits(const struct bank *bank, uint64_t offset, uint64_t bytes) {
    return offset >= sizeof bank->header && offset % WT_WORD_BYTES == 0 &&
           offset <= bank->section->bytes && bytes <= WT_DIRECTORY_PART_MAX &&
           wt_words_round_up(bytes) <= bank->section->bytes - offset;
}

static uint64_t sequence_of(const struct wt_directory_view *view, const struct bank *bank) {
    return wt_word_load(view->base + bank->section->offset);
}

/* What is wrong with a copy that nobody wrote into meanwhile. */
static wt_status check_sum(const struct wt_directory_view *view, const struct bank *bank,
                           const char *part, const struct wt_buffer *copy, uint64_t expected,
                           struct wt_error *err) {
    uint64_t sum = wt_checksum(copy->data, copy->length);
    if (sum == expected)
        return WT_OK;
    return wt_fail(err, WT_EFORMAT,
                   "the directory file %s is broken: the %s part of snapshot %llu has the sum "
                   "%016llx, not %016llx",
                   view->path, part, ULL(bank->header.sequence), ULL(sum), ULL(expected));
}

/* One try. WT_EAGAIN: the writer was here meanwhile. */
static wt_status copy_bank(const struct wt_directory_view *view, uint64_t sequence,
                           uint64_t known_version, struct bank *bank, struct wt_buffer *workers,
                           struct wt_buffer *tick, struct wt_error *err) {
    const struct wt_shared_bank_header *header = &bank->header;
    const struct wt_shared_directory_header *shared = (const void *)view->base;
    wt_words_load(&bank->header, view->base + bank->section->offset, sizeof bank->header);
    if (header->sequence != sequence) {
        /* The writer tells of a bank before it begins to write the other one. */
        if (wt_word_load(&shared->snapshot_sequence) != sequence)
            return WT_EAGAIN;
        return wt_fail(err, WT_EFORMAT,
                       "the directory file %s is broken: bank %llu holds snapshot %llu, the header "
                       "says %llu",
                       view->path, ULL(sequence & 1), ULL(header->sequence), ULL(sequence));
    }
    bool is_known = known_version != 0 && header->workers_version == known_version;
    wt_status status = WT_OK;
    if (!fits(bank, header->workers_offset, header->workers_bytes) ||
        !fits(bank, header->tick_offset, header->tick_bytes))
        status = wt_fail(err, WT_EFORMAT,
                         "the directory file %s is broken: snapshot %llu has parts of %llu bytes "
                         "at %llu and %llu at %llu, in a bank of %llu",
                         view->path, ULL(sequence), ULL(header->workers_bytes),
                         ULL(header->workers_offset), ULL(header->tick_bytes),
                         ULL(header->tick_offset), ULL(bank->section->bytes));
    if (status == WT_OK && !is_known)
        status = copy_bytes(view, bank->section->offset + header->workers_offset,
                            header->workers_bytes, workers, err);
    if (status == WT_OK)
        status = copy_bytes(view, bank->section->offset + header->tick_offset, header->tick_bytes,
                            tick, err);
    if (sequence_of(view, bank) != sequence)
        return WT_EAGAIN;
    if (status == WT_OK && !is_known)
        status = check_sum(view, bank, "workers", workers, header->workers_sum, err);
    if (status == WT_OK)
        status = check_sum(view, bank, "tick", tick, header->tick_sum, err);
    return status;
}

static wt_status copy_newest(const struct wt_directory_view *view, uint64_t known_version,
                             struct bank *bank, struct wt_buffer *workers, struct wt_buffer *tick,
                             struct wt_error *err) {
    const struct wt_shared_directory_header *shared = (const void *)view->base;
    for (int i = 0; i < WT_DIRECTORY_READ_TRIES; i++) {
        uint64_t sequence = wt_word_load(&shared->snapshot_sequence);
        if (sequence == 0)
            return wt_fail(err, WT_ENOENT, "%s holds no snapshot yet", view->path);
        bank->section = wt_directory_known(view, WT_SECTION_SNAPSHOT, sequence & 1);
        if (bank->section == NULL)
            return wt_fail(err, WT_EFORMAT,
                           "the directory file %s is broken: it has no bank %llu, where snapshot "
                           "%llu would be",
                           view->path, ULL(sequence & 1), ULL(sequence));
        wt_status status = copy_bank(view, sequence, known_version, bank, workers, tick, err);
        if (status != WT_EAGAIN)
            return status;
    }
    return wt_fail(err, WT_EAGAIN,
                   "no whole snapshot of %s in %d tries: its monitor was faster each time",
                   view->path, WT_DIRECTORY_READ_TRIES);
}

wt_status wt_directory_view_snapshot(const struct wt_directory_view *view, uint64_t known_version,
                                     struct wt_buffer *workers, uint64_t *workers_version,
                                     struct wt_buffer *tick, uint64_t *sequence,
                                     struct wt_error *err) {
    struct bank bank;
    wt_buffer_clear(workers);
    wt_buffer_clear(tick);
    wt_status status = copy_newest(view, known_version, &bank, workers, tick, err);
    if (!wt_directory_view_is_readable(view))
        status = truncated(view, err);
    if (status != WT_OK) {
        wt_buffer_clear(workers);
        wt_buffer_clear(tick);
        return status;
    }
    *workers_version = bank.header.workers_version;
    *sequence = bank.header.sequence;
    return WT_OK;
}
