/* directory_view.c - opening a directory file: header, table and facts, all checked, and health.
 *
 * What is checked is a private copy; what the file says later about its own geometry is not looked
 * at again. Only `used`, the header's changing words and the contents of sections are read live.
 * What is read of records, schemas and snapshots: directory_read.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "shm/directory_private.h"
#include "shm/mapping.h"
#include "shm/new_file.h"
#include "shm/words.h"

#define ULL(x) ((unsigned long long)(x))

enum { HEADER_BYTES = sizeof(struct wt_shared_directory_header) };

/* Text and the file's name, in the words that all have in common. */
#define BROKEN(err, view, format, ...)                                                             \
    wt_fail(err, WT_EFORMAT, "the directory file %s is broken: " format, (view)->path, __VA_ARGS__)

/* ---- the header -------------------------------------------------------------------------- */

static wt_status check_version(const struct wt_directory_view *view,
                               const struct wt_shared_directory_header *header,
                               struct wt_error *err) {
    static const char none[sizeof header->magic];
    bool is_ours = memcmp(header->magic, WT_SHARED_DIRECTORY_MAGIC, sizeof header->magic) == 0;
    bool is_blank = memcmp(header->magic, none, sizeof none) == 0;
    if (header->version == 0 && (is_ours || is_blank))
        return wt_fail(err, WT_EAGAIN,
                       "the directory file %s is not ready yet: its monitor is writing it",
                       view->path);
    if (!is_ours)
        return BROKEN(err, view, "it begins with %02x %02x %02x %02x, not with \"%s\"",
                      (unsigned char)header->magic[0], (unsigned char)header->magic[1],
                      (unsigned char)header->magic[2], (unsigned char)header->magic[3],
                      WT_SHARED_DIRECTORY_MAGIC);
    if (header->version > WT_SHARED_DIRECTORY_VERSION)
        return wt_fail(err, WT_EVERSION,
                       "the directory file %s has version %u, written by a newer version of "
                       "Worktop: this one understands version %d",
                       view->path, header->version, WT_SHARED_DIRECTORY_VERSION);
    return WT_OK;
}

/* The geometry that the header announces, against the bytes that are there. */
static wt_status check_header(struct wt_directory_view *view,
                              const struct wt_shared_directory_header *header, uint64_t available,
                              struct wt_error *err) {
    if (header->file_bytes < HEADER_BYTES || header->file_bytes > available)
        return BROKEN(err, view, "the header (byte 24) says %llu bytes, the file has %llu",
                      ULL(header->file_bytes), ULL(available));
    if (header->header_bytes < HEADER_BYTES || header->header_bytes % WT_WORD_BYTES != 0 ||
        header->header_bytes > header->file_bytes)
        return BROKEN(err, view, "a header of %u bytes (byte 12), at least %d and whole words",
                      header->header_bytes, HEADER_BYTES);
    if (header->section_bytes < sizeof(struct wt_shared_section) ||
        header->section_bytes % WT_WORD_BYTES != 0)
        return BROKEN(err, view,
                      "table entries of %u bytes (byte 16), at least %zu and whole words",
                      header->section_bytes, sizeof(struct wt_shared_section));
    uint64_t table_room = (header->file_bytes - header->header_bytes) / header->section_bytes;
    if (header->section_count > WT_DIRECTORY_SECTIONS_MAX || header->section_count > table_room)
        return BROKEN(err, view, "%u sections (byte 20), at most %d, and room for %llu",
                      header->section_count, WT_DIRECTORY_SECTIONS_MAX, ULL(table_room));
    view->bytes = header->file_bytes;
    view->table_offset = header->header_bytes;
    view->entry_bytes = header->section_bytes;
    view->section_count = header->section_count;
    return WT_OK;
}

/* ---- the table --------------------------------------------------------------------------- */

/* What is known of each type. Sections of records have whole records in whole words. */
static const struct {
    bool has_records;
    uint64_t least_bytes; /* of the section */
} kinds[WT_SECTION_LAST + 1] = {
    [WT_SECTION_FACTS] = {.has_records = false},
    [WT_SECTION_STORES] = {.has_records = true},
    [WT_SECTION_SEGMENTS] = {.has_records = true},
    [WT_SECTION_SCHEMAS] = {.has_records = false},
    [WT_SECTION_SERVICES] = {.has_records = true},
    [WT_SECTION_RETIRED] = {.has_records = true},
    [WT_SECTION_RESIZES] = {.has_records = true},
    [WT_SECTION_EVENTS] = {.has_records = true},
    [WT_SECTION_PENDING] = {.has_records = true},
    [WT_SECTION_HISTORY] = {.has_records = true},
    [WT_SECTION_SECONDS] = {.least_bytes = WT_DIRECTORY_SECONDS * WT_WORD_BYTES},
    [WT_SECTION_SNAPSHOT] = {.least_bytes = sizeof(struct wt_shared_bank_header)},
};

static wt_status check_section(const struct wt_directory_view *view, size_t place,
                               struct wt_error *err) {
    const struct wt_shared_section *section = &view->sections[place];
    uint64_t table_end = view->table_offset + view->section_count * view->entry_bytes;
    if (section->offset < table_end || section->offset % WT_DIRECTORY_SECTION_ALIGN != 0 ||
        section->offset > view->bytes || section->bytes > view->bytes - section->offset)
        return BROKEN(err, view,
                      "section %zu (type %u) has %llu bytes at offset %llu: it must lie at a "
                      "multiple of %d between byte %llu and byte %llu",
                      place, section->type, ULL(section->bytes), ULL(section->offset),
                      WT_DIRECTORY_SECTION_ALIGN, ULL(table_end), ULL(view->bytes));
    if (section->type == 0 || section->type > WT_SECTION_LAST)
        return WT_OK; /* of a newer writer: skipped */
    if (section->bytes < kinds[section->type].least_bytes)
        return BROKEN(err, view, "section %zu (type %u) has %llu bytes, at least %llu are needed",
                      place, section->type, ULL(section->bytes),
                      ULL(kinds[section->type].least_bytes));
    if (!kinds[section->type].has_records && section->record_bytes != 0)
        return BROKEN(err, view, "section %zu (type %u) has records of %llu bytes, it has none",
                      place, section->type, ULL(section->record_bytes));
    if (!kinds[section->type].has_records)
        return WT_OK;
    if (section->record_bytes == 0 || section->record_bytes % WT_WORD_BYTES != 0)
        return BROKEN(err, view, "section %zu (type %u) has records of %llu bytes: whole words",
                      place, section->type, ULL(section->record_bytes));
    if (section->count > section->bytes / section->record_bytes)
        return BROKEN(
            err, view, "section %zu (type %u) has %llu records of %llu bytes in %llu bytes", place,
            section->type, ULL(section->count), ULL(section->record_bytes), ULL(section->bytes));
    return WT_OK;
}

static wt_status read_table(struct wt_directory_view *view, struct wt_error *err) {
    view->sections = calloc(view->section_count + 1, sizeof *view->sections);
    if (view->sections == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot read %s: out of memory", view->path);
    memset(view->known, 0xff, sizeof view->known); /* WT_DIRECTORY_NO_SECTION */
    for (size_t i = 0; i < view->section_count; i++) {
        struct wt_shared_section *section = &view->sections[i];
        wt_words_load(section, view->base + view->table_offset + i * view->entry_bytes,
                      sizeof *section);
        wt_status status = check_section(view, i, err);
        if (status != WT_OK)
            return status;
        bool is_known = section->type > 0 && section->type <= WT_SECTION_LAST &&
                        section->index < WT_DIRECTORY_STORES;
        if (is_known && view->known[section->type][section->index] == WT_DIRECTORY_NO_SECTION)
            view->known[section->type][section->index] = (uint32_t)i;
    }
    return WT_OK;
}

const struct wt_shared_section *wt_directory_known(const struct wt_directory_view *view,
                                                   enum wt_section_type type, uint32_t index) {
    if (type < WT_SECTION_FACTS || type > WT_SECTION_LAST || index >= WT_DIRECTORY_STORES)
        return NULL;
    uint32_t place = view->known[type][index];
    return place == WT_DIRECTORY_NO_SECTION ? NULL : &view->sections[place];
}

uint64_t wt_directory_used(const struct wt_directory_view *view,
                           const struct wt_shared_section *section) {
    size_t place = (size_t)(section - view->sections);
    uint64_t used = wt_word_load(view->base + view->table_offset + place * view->entry_bytes +
                                 offsetof(struct wt_shared_section, used));
    uint64_t room = section->record_bytes != 0 ? section->count : section->bytes;
    return used < room ? used : room;
}

/* ---- facts ------------------------------------------------------------------------------- */

static wt_status read_facts(struct wt_directory_view *view, struct wt_error *err) {
    const struct wt_shared_section *section = wt_directory_known(view, WT_SECTION_FACTS, 0);
    uint64_t used = section == NULL ? 0 : wt_directory_used(view, section);
    if (used > WT_DIRECTORY_FACTS_MAX)
        return BROKEN(err, view, "%llu bytes of facts, at most %d", ULL(used),
                      WT_DIRECTORY_FACTS_MAX);
    /* Words are read whole: not beyond the section, should its size be none of whole words. */
    if (section != NULL && wt_words_round_up(used) > section->bytes)
        used = used / WT_WORD_BYTES * WT_WORD_BYTES;
    size_t whole = (size_t)wt_words_round_up(used);
    view->facts = calloc(1, whole + 2);
    if (view->facts == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot read the facts of %s: out of memory", view->path);
    view->facts_bytes = (size_t)used;
    if (section != NULL)
        wt_words_load(view->facts, view->base + section->offset, view->facts_bytes);
    memset(view->facts + used, 0, whole - (size_t)used); /* two more 0 stand behind them */
    return WT_OK;
}

/* Behind the bytes stand two 0: a key without a value has "", and no walk passes the end. */
const char *wt_directory_view_fact(const struct wt_directory_view *view, const char *key) {
    const char *end = view->facts + view->facts_bytes;
    for (const char *at = view->facts; at < end;) {
        const char *value = at + strlen(at) + 1;
        if (value > end)
            break;
        if (strcmp(at, key) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return "";
}

/* ---- opening and closing ----------------------------------------------------------------- */

static struct wt_directory_view *new_view(const char *path, struct wt_error *err) {
    struct wt_directory_view *view = calloc(1, sizeof *view);
    if (view != NULL) {
        view->fd = -1;
        view->guard = WT_GUARD_NONE;
        view->path = strdup(path);
        view->notes = calloc(1, sizeof *view->notes);
    }
    if (view == NULL || view->path == NULL || view->notes == NULL) {
        wt_directory_view_close(view);
        wt_fail(err, WT_ENOMEM, "cannot open the directory file %s: out of memory", path);
        return NULL;
    }
    return view;
}

/* The version was stored last, so it is loaded first. */
static wt_status load_header(const struct wt_directory_view *view,
                             struct wt_shared_directory_header *header, struct wt_error *err) {
    const struct wt_shared_directory_header *shared = (const void *)view->base;
    uint32_t version = __atomic_load_n(&shared->version, __ATOMIC_ACQUIRE);
    wt_words_load(header, shared, sizeof *header);
    header->version = version;
    return check_version(view, header, err);
}

/* base holds at least a header. */
static wt_status look(struct wt_directory_view *view, uint64_t available, struct wt_error *err) {
    struct wt_shared_directory_header header;
    wt_status status = load_header(view, &header, err);
    if (status == WT_OK)
        status = check_header(view, &header, available, err);
    if (status == WT_OK)
        status = read_table(view, err);
    if (status == WT_OK)
        status = read_facts(view, err);
    uint8_t boot_id[sizeof header.boot_id];
    view->is_this_boot =
        wt_process_boot_id(boot_id) && memcmp(boot_id, header.boot_id, sizeof boot_id) == 0;
    return status;
}

static wt_status open_file(struct wt_directory_view *view, uint64_t *bytes, struct wt_error *err) {
    struct stat st;
    view->fd = open(view->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (view->fd < 0)
        return wt_fail_errno(err, errno, "cannot open the directory file %s", view->path);
    if (fstat(view->fd, &st) != 0)
        return wt_fail_errno(err, errno, "cannot look at the directory file %s", view->path);
    if (!S_ISREG(st.st_mode))
        return BROKEN(err, view, "it is no regular file (mode %o)", (unsigned)st.st_mode);
    if (st.st_size < HEADER_BYTES)
        return BROKEN(err, view, "it has %lld bytes, its header alone has %d",
                      (long long)st.st_size, HEADER_BYTES);
    view->device = (uint64_t)st.st_dev;
    view->inode = (uint64_t)st.st_ino;
    *bytes = (uint64_t)st.st_size;
    return WT_OK;
}

/* All of it: a file may be longer than its header says. */
static wt_status map_file(struct wt_directory_view *view, uint64_t available,
                          struct wt_error *err) {
    unsigned char *base;
    if (available > SIZE_MAX / 4)
        return BROKEN(err, view, "%llu bytes cannot be mapped", ULL(available));
    wt_status status = wt_mapping_file(view->fd, (size_t)available, false, &base, err);
    if (status != WT_OK)
        return status;
    view->base = base;
    view->map_bytes = (size_t)available;
    return wt_guard_add(base, (size_t)available, &view->guard, err);
}

wt_status wt_directory_view_open(struct wt_directory_view **out, const char *path,
                                 struct wt_error *err) {
    uint64_t available = 0;
    *out = NULL;
    struct wt_directory_view *view = new_view(path, err);
    if (view == NULL)
        return WT_ENOMEM;
    wt_status status = open_file(view, &available, err);
    if (status == WT_OK)
        status = map_file(view, available, err);
    if (status == WT_OK)
        status = look(view, available, err);
    if (view->base != NULL && !wt_directory_view_is_readable(view))
        status = wt_fail(err, WT_EDEAD, "the directory file %s was truncated underneath", path);
    if (status == WT_OK)
        *out = view;
    else
        wt_directory_view_close(view);
    return status;
}

wt_status wt_directory_view_over(struct wt_directory_view **out, const void *bytes, size_t length,
                                 const char *path, struct wt_error *err) {
    *out = NULL;
    struct wt_directory_view *view = new_view(path, err);
    if (view == NULL)
        return WT_ENOMEM;
    view->base = bytes;
    wt_status status =
        length < HEADER_BYTES
            ? BROKEN(err, view, "it has %zu bytes, its header alone has %d", length, HEADER_BYTES)
            : look(view, length, err);
    if (status == WT_OK)
        *out = view;
    else
        wt_directory_view_close(view);
    return status;
}

void wt_directory_view_close(struct wt_directory_view *view) {
    if (view == NULL)
        return;
    wt_guard_remove(view->guard);
    wt_mapping_unmap((void *)(uintptr_t)view->base, view->map_bytes);
    if (view->fd >= 0)
        close(view->fd);
    free(view->sections);
    free(view->facts);
    free(view->notes);
    free(view->path);
    free(view);
}

/* ---- health and geometry ----------------------------------------------------------------- */

const char *wt_directory_view_path(const struct wt_directory_view *view) {
    return view->path;
}

bool wt_directory_view_is_readable(const struct wt_directory_view *view) {
    return !view->notes->cut && !wt_guard_is_broken(view->guard);
}

bool wt_directory_view_is_this_boot(const struct wt_directory_view *view) {
    return view->is_this_boot;
}

wt_status wt_directory_view_check(const struct wt_directory_view *view, struct wt_error *err) {
    struct stat st;
    if (view->fd >= 0 && fstat(view->fd, &st) == 0 && (uint64_t)st.st_size < view->bytes)
        view->notes->cut = true;
    bool is_there = view->fd < 0 || wt_file_is_at(view->path, view->device, view->inode);
    int error = is_there ? 0 : errno;
    if (!is_there && error == 0) /* truncated or not: that one is to be read */
        return wt_fail(err, WT_EEXIST, "another directory file is at %s by now", view->path);
    if (!wt_directory_view_is_readable(view))
        return wt_fail(err, WT_EDEAD, "the directory file %s was truncated underneath", view->path);
    if (is_there)
        return WT_OK;
    if (error == ENOENT || error == ENOTDIR)
        return wt_fail(err, WT_ENOENT, "the directory file %s was removed", view->path);
    return wt_fail_errno(err, error, "cannot look at the directory file %s", view->path);
}

void wt_directory_view_header(const struct wt_directory_view *view,
                              struct wt_shared_directory_header *out) {
    wt_words_load(out, view->base, sizeof *out);
}

bool wt_directory_view_section(const struct wt_directory_view *view, enum wt_section_type type,
                               uint32_t index, struct wt_shared_section *out) {
    const struct wt_shared_section *section = wt_directory_known(view, type, index);
    if (section == NULL)
        return false;
    *out = *section;
    out->used = wt_directory_used(view, section);
    return true;
}

size_t wt_directory_view_section_count(const struct wt_directory_view *view) {
    return view->section_count;
}

void wt_directory_view_section_at(const struct wt_directory_view *view, size_t place,
                                  struct wt_shared_section *out) {
    *out = view->sections[place];
    out->used = wt_directory_used(view, &view->sections[place]);
}
