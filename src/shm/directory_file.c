/* directory_file.c - the file of a directory: what lies where, a new inode, the header, health. */
#include <errno.h>
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

/* ---- what lies where --------------------------------------------------------------------- */

enum { SECTIONS_MAX = 24 };

/* The table, as it is being made up. */
struct plan {
    struct wt_shared_section entries[SECTIONS_MAX];
    uint32_t count;
    bool too_large; /* sticky */
};

static void plan_section(struct plan *plan, const struct wt_shared_section *wanted) {
    struct wt_shared_section *entry = &plan->entries[plan->count++];
    uint64_t bytes = wanted->bytes;
    *entry = *wanted;
    if (wanted->record_bytes != 0 &&
        __builtin_mul_overflow(wanted->record_bytes, wanted->count, &bytes))
        plan->too_large = true;
    if (bytes > WT_DIRECTORY_PART_MAX + WT_DIRECTORY_PART_MAX / 2)
        plan->too_large = true;
    entry->bytes = bytes;
}

static void plan_records(struct plan *plan, enum wt_section_type type, uint32_t index,
                         uint64_t record_bytes, uint64_t count) {
    plan_section(plan,
                 &(struct wt_shared_section){
                     .type = type, .index = index, .record_bytes = record_bytes, .count = count});
}

static void plan_bytes(struct plan *plan, enum wt_section_type type, uint32_t index,
                       uint64_t bytes) {
    plan_section(plan, &(struct wt_shared_section){.type = type, .index = index, .bytes = bytes});
}

static uint64_t facts_bytes(const struct wt_directory_options *options) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < options->fact_count; i++)
        bytes += strlen(options->facts[i].key) + strlen(options->facts[i].value) + 2;
    return bytes;
}

/* Both parts of a bank begin at a multiple of 64: so much more than their bytes is enough. */
static uint64_t bank_section_bytes(uint64_t bank_bytes) {
    return sizeof(struct wt_shared_bank_header) + bank_bytes + 2 * WT_DIRECTORY_SECTION_ALIGN;
}

static void plan_all(struct plan *plan, const struct wt_directory_options *options) {
    *plan = (struct plan){.count = 0};
    uint64_t facts = facts_bytes(options);
    if (facts > WT_DIRECTORY_FACTS_MAX || options->bank_bytes > WT_DIRECTORY_PART_MAX) {
        plan->too_large = true;
        return;
    }
    plan_bytes(plan, WT_SECTION_FACTS, 0, wt_words_round_up(facts));
    plan_records(plan, WT_SECTION_STORES, 0, sizeof(struct wt_shared_store_record),
                 WT_DIRECTORY_STORES);
    for (uint32_t i = 0; i < WT_DIRECTORY_STORES; i++) {
        if (options->segments[i] > 0)
            plan_records(plan, WT_SECTION_SEGMENTS, i, sizeof(struct wt_shared_segment_record),
                         options->segments[i]);
    }
    plan_bytes(plan, WT_SECTION_SCHEMAS, 0, options->schema_bytes / WT_WORD_BYTES * WT_WORD_BYTES);
    plan_records(plan, WT_SECTION_SERVICES, 0, sizeof(struct wt_shared_service_record),
                 options->services);
    plan_records(plan, WT_SECTION_RETIRED, 0, sizeof(struct wt_shared_retired_record),
                 options->retired);
    for (uint32_t i = 0; i < WT_DIRECTORY_STORES; i++)
        plan_records(plan, WT_SECTION_RESIZES, i, sizeof(struct wt_shared_resize_record),
                     WT_DIRECTORY_RESIZES);
    plan_records(plan, WT_SECTION_EVENTS, 0, sizeof(struct wt_shared_event_record),
                 WT_DIRECTORY_EVENTS);
    for (uint32_t i = 0; i < 2; i++)
        plan_bytes(plan, WT_SECTION_SNAPSHOT, i, bank_section_bytes(options->bank_bytes));
    if (options->history > 0) {
        plan_records(plan, WT_SECTION_HISTORY, 0, sizeof(struct wt_shared_history_record),
                     options->history);
        plan_bytes(plan, WT_SECTION_SECONDS, 0, WT_DIRECTORY_SECONDS * WT_WORD_BYTES);
    }
    if (options->pending > 0)
        plan_records(plan, WT_SECTION_PENDING, 0, sizeof(struct wt_shared_pending_record),
                     options->pending);
}

/* Gives every section its offset; the size of the file, in whole pages. */
static wt_status place_all(struct plan *plan, const struct wt_directory_options *options,
                           uint64_t *file_bytes, struct wt_error *err) {
    plan_all(plan, options);
    uint64_t at =
        sizeof(struct wt_shared_directory_header) + plan->count * sizeof(struct wt_shared_section);
    for (uint32_t i = 0; i < plan->count && !plan->too_large; i++) {
        plan->entries[i].offset = at; /* no sum can overflow: each is bounded, they are few */
        at += (plan->entries[i].bytes + WT_DIRECTORY_SECTION_ALIGN - 1) &
              ~(uint64_t)(WT_DIRECTORY_SECTION_ALIGN - 1);
    }
    if (plan->too_large || !wt_page_round_up(at, file_bytes) || *file_bytes > SIZE_MAX / 4)
        return wt_fail(err, WT_EINVAL,
                       "cannot create the directory file %s: one of its parts would have more than "
                       "%llu bytes",
                       options->path, (unsigned long long)WT_DIRECTORY_PART_MAX);
    return WT_OK;
}

/* ---- making it --------------------------------------------------------------------------- */

static struct wt_directory_section *section_of(struct wt_directory *directory, uint32_t type,
                                               uint32_t index) {
    switch (type) {
    case WT_SECTION_STORES:
        return &directory->stores;
    case WT_SECTION_SEGMENTS:
        return &directory->segments[index];
    case WT_SECTION_SCHEMAS:
        return &directory->schemas;
    case WT_SECTION_SERVICES:
        return &directory->services;
    case WT_SECTION_RETIRED:
        return &directory->retired;
    case WT_SECTION_RESIZES:
        return &directory->resizes[index];
    case WT_SECTION_EVENTS:
        return &directory->events;
    case WT_SECTION_PENDING:
        return &directory->pending;
    case WT_SECTION_HISTORY:
        return &directory->history;
    case WT_SECTION_SECONDS:
        return &directory->seconds;
    case WT_SECTION_SNAPSHOT:
        return &directory->banks[index];
    default:
        return NULL; /* the facts: written once, below */
    }
}

/* Facts are few: they are put together in private memory first. */
static wt_status write_facts(unsigned char *to, const struct wt_directory_options *options,
                             struct wt_error *err) {
    size_t length = (size_t)facts_bytes(options);
    char *text = malloc(length + 1);
    if (text == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot write the facts of %s: out of memory",
                       options->path);
    char *at = text;
    for (size_t i = 0; i < options->fact_count; i++) {
        at = stpcpy(at, options->facts[i].key) + 1;
        at = stpcpy(at, options->facts[i].value) + 1;
    }
    wt_words_store(to, text, length);
    free(text);
    return WT_OK;
}

static wt_status write_table(struct wt_directory *directory, struct plan *plan,
                             const struct wt_directory_options *options, struct wt_error *err) {
    wt_status status = WT_OK;
    unsigned char *table = directory->base + sizeof(struct wt_shared_directory_header);
    for (uint32_t i = 0; i < plan->count; i++) {
        struct wt_shared_section *entry = &plan->entries[i];
        unsigned char *shared = table + i * sizeof *entry;
        struct wt_directory_section *section = section_of(directory, entry->type, entry->index);
        if (entry->type == WT_SECTION_FACTS) {
            status = write_facts(directory->base + entry->offset, options, err);
            entry->used = facts_bytes(options);
        }
        wt_words_store(shared, entry, sizeof *entry);
        if (section != NULL)
            *section = (struct wt_directory_section){
                .entry = *entry,
                .shared = (void *)shared,
                .bytes = directory->base + entry->offset,
            };
    }
    return status;
}

/* Everything but the version, which says that the rest is there. */
static void write_header(struct wt_directory *directory, const struct plan *plan,
                         const struct wt_directory_options *options) {
    struct wt_process_look look = {.start_ticks = 0};
    (void)wt_process_look(getpid(), &look, NULL);
    struct wt_shared_directory_header header = {
        .header_bytes = sizeof header,
        .section_bytes = sizeof(struct wt_shared_section),
        .section_count = plan->count,
        .file_bytes = directory->bytes,
        .monitor_pid = getpid(),
        .monitor_start_ticks = look.start_ticks,
        .started_realtime_ns = options->started.realtime_ns,
        .started_monotonic_ns = options->started.monotonic_ns,
        .heartbeat_ns = (uint64_t)options->started.monotonic_ns,
        .heartbeat_realtime_ns = (uint64_t)options->started.realtime_ns,
        .interval_ns = (uint64_t)options->interval_ns,
        .state = WT_DIRECTORY_RUNNING,
    };
    memcpy(header.magic, WT_SHARED_DIRECTORY_MAGIC, sizeof header.magic);
    (void)wt_process_boot_id(header.boot_id);
    wt_words_store(directory->header, &header, sizeof header);
}

static wt_status build(struct wt_directory *directory, const struct wt_directory_options *options,
                       struct wt_error *err) {
    struct plan plan;
    struct wt_new_file file;
    wt_status status = place_all(&plan, options, &directory->bytes, err);
    if (status == WT_OK)
        status = wt_new_file_make(&file,
                                  &(struct wt_new_file_options){
                                      .what = "directory file",
                                      .path = options->path,
                                      .mode = options->mode & ~(mode_t)022,
                                      .gid = options->gid,
                                      .size_bytes = directory->bytes,
                                  },
                                  err);
    if (status != WT_OK)
        return status;
    directory->device = file.device;
    directory->inode = file.inode;
    status = wt_mapping_file(file.fd, (size_t)directory->bytes, true, &directory->base, err);
    if (status == WT_OK)
        status = wt_guard_add(directory->base, (size_t)directory->bytes, &directory->guard, err);
    if (status == WT_OK) {
        directory->header = (void *)directory->base;
        status = write_table(directory, &plan, options, err);
    }
    if (status == WT_OK) {
        write_header(directory, &plan, options);
        __atomic_store_n(&directory->header->version, WT_SHARED_DIRECTORY_VERSION,
                         __ATOMIC_RELEASE);
        status = options->is_hidden ? WT_OK : wt_new_file_publish(&file, err);
    }
    if (status == WT_OK) {
        directory->building = file.building;
        file.building = NULL;
        directory->path = file.path;
        directory->fd = file.fd;
        file.path = NULL;
        file.fd = -1;
    }
    wt_new_file_discard(&file);
    return status;
}

wt_status wt_directory_show(struct wt_directory *directory, struct wt_error *err) {
    if (directory->building == NULL)
        return WT_OK;
    if (rename(directory->building, directory->path) != 0)
        return wt_fail_errno(err, errno, "cannot put the directory file at %s", directory->path);
    free(directory->building);
    directory->building = NULL;
    return WT_OK;
}

static void destroy(struct wt_directory *directory) {
    if (directory->building != NULL)
        unlink(directory->building);
    free(directory->building);
    wt_guard_remove(directory->guard);
    wt_mapping_unmap(directory->base, (size_t)directory->bytes);
    if (directory->fd >= 0)
        close(directory->fd);
    free(directory->path);
    free(directory);
}

wt_status wt_directory_create(struct wt_directory **out, const struct wt_directory_options *options,
                              struct wt_error *err) {
    *out = NULL;
    struct wt_directory *directory = calloc(1, sizeof *directory);
    if (directory == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot create the directory file %s: out of memory",
                       options->path);
    directory->fd = -1;
    directory->guard = WT_GUARD_NONE;
    directory->bank_bytes = options->bank_bytes;
    wt_status status = build(directory, options, err);
    if (status == WT_OK)
        *out = directory;
    else
        destroy(directory);
    return status;
}

void wt_directory_close(struct wt_directory *directory, enum wt_directory_state state) {
    if (directory == NULL)
        return;
    wt_word_store(&directory->header->state, state);
    destroy(directory);
}

/* ---- health ------------------------------------------------------------------------------ */

void wt_directory_unlink(const struct wt_directory *directory) {
    if (wt_file_is_at(directory->path, directory->device, directory->inode))
        unlink(directory->path);
}

uint64_t wt_directory_bytes(const struct wt_directory *directory) {
    return directory->bytes;
}

wt_status wt_directory_check(const struct wt_directory *directory, struct wt_error *err) {
    struct stat st;
    if (wt_guard_is_broken(directory->guard) ||
        (fstat(directory->fd, &st) == 0 && (uint64_t)st.st_size < directory->bytes))
        return wt_fail(err, WT_EDEAD, "the directory file %s was truncated underneath",
                       directory->path);
    if (wt_file_is_at(directory->path, directory->device, directory->inode))
        return WT_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return wt_fail(err, WT_EDEAD, "the directory file %s was removed", directory->path);
    return wt_fail(err, WT_EDEAD, "the directory file %s was replaced", directory->path);
}
