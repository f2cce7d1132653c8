/* inspect_survey.c - what is wrong with a directory file, byte by byte, and a copy of it that can
 * be read all the same.
 *
 * A viewer refuses a file whose header or table is impossible. Here each such place is named and
 * then mended in the copy: geometry gets the values it must have, sections are cut to the bytes
 * that are there or struck out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/inspect.h"

enum {
    HEADER_BYTES = sizeof(struct wt_shared_directory_header),
    ENTRY_BYTES = sizeof(struct wt_shared_section),
    SECTION_ALIGN = 64,
    SECTIONS_MAX = 1024,
    NEWER_MAX = 64 /* a version beyond this is damage, not progress */
};

#define MEMBER_AT(member) offsetof(struct wt_shared_directory_header, member)

/* The bytes of a record of each type that has any, else 0. */
static const uint32_t record_bytes[WT_SECTION_LAST + 1] = {
    [WT_SECTION_STORES] = sizeof(struct wt_shared_store_record),
    [WT_SECTION_SEGMENTS] = sizeof(struct wt_shared_segment_record),
    [WT_SECTION_SERVICES] = sizeof(struct wt_shared_service_record),
    [WT_SECTION_RETIRED] = sizeof(struct wt_shared_retired_record),
    [WT_SECTION_RESIZES] = sizeof(struct wt_shared_resize_record),
    [WT_SECTION_EVENTS] = sizeof(struct wt_shared_event_record),
    [WT_SECTION_PENDING] = sizeof(struct wt_shared_pending_record),
    [WT_SECTION_HISTORY] = sizeof(struct wt_shared_history_record),
};

const char *wt_section_text(uint32_t type, char out[32]) {
    static const char *const names[WT_SECTION_LAST + 1] = {
        [WT_SECTION_FACTS] = "facts",       [WT_SECTION_STORES] = "stores",
        [WT_SECTION_SEGMENTS] = "segments", [WT_SECTION_SCHEMAS] = "schemas",
        [WT_SECTION_SERVICES] = "services", [WT_SECTION_RETIRED] = "retired",
        [WT_SECTION_RESIZES] = "resizes",   [WT_SECTION_EVENTS] = "events",
        [WT_SECTION_SNAPSHOT] = "snapshot", [WT_SECTION_PENDING] = "pending",
        [WT_SECTION_HISTORY] = "history",   [WT_SECTION_SECONDS] = "seconds",
    };
    if (type <= WT_SECTION_LAST && names[type] != NULL)
        return names[type];
    snprintf(out, 32, "type %" PRIu32, type);
    return out;
}

/* ---- header ---------------------------------------------------------------------------------- */

/* False when the rest of the file means nothing to us. */
static bool check_identity(struct wt_inspect *inspect,
                           const struct wt_shared_directory_header *header) {
    static const char blank[sizeof header->magic];
    bool has_magic = memcmp(header->magic, WT_SHARED_DIRECTORY_MAGIC, sizeof header->magic) == 0;
    bool is_blank = memcmp(header->magic, blank, sizeof blank) == 0;
    bool is_begun = (has_magic || is_blank) && header->version == 0;
    if (inspect->bytes < HEADER_BYTES)
        wt_inspect_wrong(inspect, inspect->bytes, "the file ends here, its header has %d bytes",
                         HEADER_BYTES);
    else if (is_begun)
        wt_inspect_wrong(inspect, MEMBER_AT(version),
                         "version is 0, must be %d: not ready yet; its monitor is writing it, or "
                         "ended before it had",
                         WT_SHARED_DIRECTORY_VERSION);
    if (is_begun)
        return false;
    if (!has_magic)
        wt_inspect_wrong(inspect, MEMBER_AT(magic),
                         "begins with %02x %02x %02x %02x, must begin with \"%s\"",
                         (unsigned char)header->magic[0], (unsigned char)header->magic[1],
                         (unsigned char)header->magic[2], (unsigned char)header->magic[3],
                         WT_SHARED_DIRECTORY_MAGIC);
    if (!has_magic || header->version == WT_SHARED_DIRECTORY_VERSION)
        return header->version == WT_SHARED_DIRECTORY_VERSION;
    if (header->version > NEWER_MAX)
        wt_inspect_wrong(inspect, MEMBER_AT(version), "version is %" PRIu32 ", must be %d",
                         header->version, WT_SHARED_DIRECTORY_VERSION);
    else
        wt_inspect_wrong(inspect, MEMBER_AT(version),
                         "version is %" PRIu32 ": written by a newer worktop, this one reads %d",
                         header->version, WT_SHARED_DIRECTORY_VERSION);
    /* One damaged word: where the geometry is right it is a directory of ours. */
    return header->version > NEWER_MAX && header->header_bytes == HEADER_BYTES &&
           header->section_bytes == ENTRY_BYTES && header->file_bytes == inspect->bytes;
}

static void check_figures(struct wt_inspect *inspect,
                          const struct wt_shared_directory_header *header) {
    if (header->monitor_pid <= 0 || header->monitor_pid > INT32_MAX)
        wt_inspect_wrong(inspect, MEMBER_AT(monitor_pid),
                         "monitor_pid is %" PRId64 ", must be 1 to %d", header->monitor_pid,
                         INT32_MAX);
    if (header->interval_ns == 0 || header->interval_ns > INT64_MAX / 4)
        wt_inspect_wrong(inspect, MEMBER_AT(interval_ns),
                         "interval_ns is %" PRIu64 ", must be above 0 and less than centuries",
                         header->interval_ns);
    if (header->heartbeat_ns > INT64_MAX)
        wt_inspect_wrong(inspect, MEMBER_AT(heartbeat_ns),
                         "heartbeat_ns is %" PRIu64 ", must be a time", header->heartbeat_ns);
    if (header->heartbeat_realtime_ns > INT64_MAX)
        wt_inspect_wrong(inspect, MEMBER_AT(heartbeat_realtime_ns),
                         "heartbeat_realtime_ns is %" PRIu64 ", must be a time",
                         header->heartbeat_realtime_ns);
    if (header->state > WT_DIRECTORY_SUPERSEDED)
        wt_inspect_wrong(inspect, MEMBER_AT(state), "state is %" PRIu64 ", must be 0 to %d",
                         header->state, WT_DIRECTORY_SUPERSEDED);
    static const char zeros[sizeof header->boot_id];
    if (memcmp(header->boot_id, zeros, sizeof zeros) == 0)
        wt_inspect_wrong(inspect, MEMBER_AT(boot_id), "boot_id is all 0, must name a boot");
}

/* Notes and mends one number of the geometry. */
static void mend(struct wt_inspect *inspect, size_t at, const char *name, uint64_t found,
                 uint64_t right, const char *why) {
    if (found != right)
        wt_inspect_wrong(inspect, at, "%s is %" PRIu64 ", must be %" PRIu64 "%s", name, found,
                         right, why);
}

static bool is_known(uint32_t type) {
    return type >= WT_SECTION_FACTS && type <= WT_SECTION_LAST;
}

/* How many entries the table has, by itself: it ends where the first section begins. */
static uint32_t count_entries(const struct wt_inspect *inspect, uint64_t room) {
    uint64_t end = inspect->bytes;
    uint32_t count = 0;
    for (; count < room && HEADER_BYTES + (count + UINT64_C(1)) * ENTRY_BYTES <= end; count++) {
        struct wt_shared_section section;
        memcpy(&section, inspect->copy + HEADER_BYTES + (uint64_t)count * ENTRY_BYTES,
               sizeof section);
        if (is_known(section.type) && section.offset > HEADER_BYTES && section.offset < end &&
            section.offset % SECTION_ALIGN == 0)
            end = section.offset;
    }
    return count;
}

static void check_geometry(struct wt_inspect *inspect, struct wt_shared_directory_header *header) {
    uint64_t bytes = inspect->bytes < HEADER_BYTES ? HEADER_BYTES : inspect->bytes;
    if (header->file_bytes > bytes)
        wt_inspect_wrong(inspect, bytes,
                         "the file ends here, must have %" PRIu64 " bytes: it was truncated",
                         header->file_bytes);
    else
        mend(inspect, MEMBER_AT(file_bytes), "file_bytes", header->file_bytes, bytes,
             ", the size of the file");
    mend(inspect, MEMBER_AT(header_bytes), "header_bytes", header->header_bytes, HEADER_BYTES, "");
    mend(inspect, MEMBER_AT(section_bytes), "section_bytes", header->section_bytes, ENTRY_BYTES,
         "");
    header->file_bytes = bytes;
    header->header_bytes = HEADER_BYTES;
    header->section_bytes = ENTRY_BYTES;
    uint64_t room = (bytes - HEADER_BYTES) / ENTRY_BYTES;
    room = room < SECTIONS_MAX ? room : SECTIONS_MAX;
    uint32_t most = count_entries(inspect, room);
    if (header->section_count == 0 || header->section_count > most) {
        if (room > 0)
            wt_inspect_wrong(inspect, MEMBER_AT(section_count),
                             "section_count is %" PRIu32 ", must be 1 to %" PRIu32,
                             header->section_count, most);
        header->section_count = most;
    }
}

/* ---- table ----------------------------------------------------------------------------------- */

/* Cuts a section to the bytes that are there. False: strike it out. */
static bool check_place(struct wt_inspect *inspect, uint64_t at, uint64_t table_end,
                        uint64_t file_bytes, struct wt_shared_section *section) {
    if (section->offset % SECTION_ALIGN != 0 || section->offset < table_end) {
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_section, offset),
                         "offset is %" PRIu64 ", must be a multiple of %d from %" PRIu64 " on",
                         section->offset, SECTION_ALIGN, table_end);
        return false;
    }
    if (section->offset > file_bytes || section->bytes > file_bytes - section->offset) {
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_section, bytes),
                         "%" PRIu64 " bytes from %" PRIu64 " on, must end by %" PRIu64
                         ", the end of the file",
                         section->bytes, section->offset, file_bytes);
        if (section->offset >= file_bytes)
            return false;
        section->bytes = (file_bytes - section->offset) / 8 * 8;
    }
    return true;
}

static bool check_records(struct wt_inspect *inspect, uint64_t at,
                          struct wt_shared_section *section) {
    if (!is_known(section->type) || record_bytes[section->type] == 0)
        return section->type != WT_SECTION_SNAPSHOT ||
               section->bytes >= sizeof(struct wt_shared_bank_header);
    if (section->record_bytes < 16 || section->record_bytes % 8 != 0) {
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_section, record_bytes),
                         "record_bytes is %" PRIu64 ", must be a multiple of 8, such as %" PRIu32,
                         section->record_bytes, record_bytes[section->type]);
        section->record_bytes = record_bytes[section->type];
    }
    if (section->count > section->bytes / section->record_bytes) {
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_section, count),
                         "count is %" PRIu64 ", must be at most %" PRIu64 " in %" PRIu64 " bytes",
                         section->count, section->bytes / section->record_bytes, section->bytes);
        section->count = section->bytes / section->record_bytes;
    }
    return true;
}

static void check_entry(struct wt_inspect *inspect, uint64_t at, uint64_t table_end,
                        uint64_t file_bytes, struct wt_shared_section *section) {
    uint64_t indices = section->type == WT_SECTION_SNAPSHOT ? 2 : WT_DIRECTORY_STORES;
    bool has_type = section->type != 0;
    if (!has_type)
        wt_inspect_wrong(inspect, at, "the type of a section is 0, must be 1 or more");
    if (is_known(section->type) && section->index >= indices)
        wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_section, index),
                         "index is %" PRIu32 ", must be less than %" PRIu64, section->index,
                         indices);
    uint64_t told = section->bytes;
    bool kept = has_type && check_place(inspect, at, table_end, file_bytes, section);
    uint64_t lost = told - section->bytes; /* what was named already is not named again */
    if (kept && lost > 0 && is_known(section->type) && record_bytes[section->type] > 0 &&
        section->record_bytes >= 16)
        section->count = section->bytes / section->record_bytes;
    if (kept && check_records(inspect, at, section)) {
        uint64_t room = section->record_bytes != 0 ? section->count : section->bytes;
        if (section->used > room && lost == 0)
            wt_inspect_wrong(inspect, at + offsetof(struct wt_shared_section, used),
                             "used is %" PRIu64 ", must be at most %" PRIu64, section->used, room);
        return;
    }
    *section = (struct wt_shared_section){.type = UINT32_MAX, .offset = table_end};
}

bool wt_inspect_survey(struct wt_inspect *inspect) {
    struct wt_shared_directory_header header;
    memcpy(&header, inspect->copy, sizeof header);
    if (!check_identity(inspect, &header))
        return false;
    check_figures(inspect, &header);
    check_geometry(inspect, &header);
    uint64_t table_end = HEADER_BYTES + (uint64_t)header.section_count * ENTRY_BYTES;
    for (uint32_t i = 0; i < header.section_count; i++) {
        struct wt_shared_section section;
        uint64_t at = HEADER_BYTES + (uint64_t)i * ENTRY_BYTES;
        memcpy(&section, inspect->copy + at, sizeof section);
        check_entry(inspect, at, table_end, header.file_bytes, &section);
        memcpy(inspect->copy + at, &section, sizeof section);
    }
    memcpy(header.magic, WT_SHARED_DIRECTORY_MAGIC, sizeof header.magic);
    header.version = WT_SHARED_DIRECTORY_VERSION;
    memcpy(inspect->copy, &header, sizeof header);
    return true;
}
