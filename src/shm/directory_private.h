/* directory_private.h - what the files of the directory share. Private to this room, and to tests
 * that want a writer and a reader on one mapping. */
#ifndef WT_SHM_DIRECTORY_PRIVATE_H
#define WT_SHM_DIRECTORY_PRIVATE_H

#include "shm/directory.h"
#include "shm/guard.h"

enum {
    WT_DIRECTORY_SECTION_ALIGN = 64,
    WT_DIRECTORY_SECTIONS_MAX = 1024, /* a table with more is no table */
    WT_DIRECTORY_FACTS_MAX = 1 << 20  /* bytes */
};

/* Of one bank's two parts, and of one schema: what claims to be larger is not believed. */
#define WT_DIRECTORY_PART_MAX (UINT64_C(1) << 30)

/* Of a section, as the writer knows it: nothing is read back from the file. */
struct wt_directory_section {
    struct wt_shared_section entry; /* `used` is current */
    struct wt_shared_section *shared;
    unsigned char *bytes;
};

/* What a bank holds. */
struct wt_directory_held {
    uint64_t workers_version; /* 0: nothing yet */
    uint64_t workers_bytes, workers_sum;
};

struct wt_directory {
    char *path;
    char *building; /* its name while it is hidden, else NULL */
    int fd;
    uint64_t device, inode;
    unsigned char *base;
    uint64_t bytes;
    wt_guard_handle guard;
    struct wt_shared_directory_header *header;
    struct wt_directory_section stores, schemas, services, retired, events, pending;
    struct wt_directory_section history, seconds;
    struct wt_directory_section segments[WT_DIRECTORY_STORES], resizes[WT_DIRECTORY_STORES];
    struct wt_directory_section banks[2];
    uint64_t bank_bytes; /* as asked for */
    struct wt_directory_held held[2];
    uint64_t sequence; /* of the newest snapshot */
    uint64_t skipped;
    uint32_t schema_count;
};

struct wt_directory_view {
    char *path;
    int fd; /* -1: over memory of somebody else */
    uint64_t device, inode;
    const unsigned char *base;
    size_t map_bytes; /* mapped by us at base, 0: not by us */
    uint64_t bytes;   /* of the file, as header and stat agree */
    wt_guard_handle guard;
    bool is_this_boot;
    struct wt_shared_section *sections; /* checked copies; `used` is not current */
    size_t section_count;
    uint64_t table_offset, entry_bytes;
    /* Places in `sections` of those that are known, WT_DIRECTORY_NO_SECTION without. */
    uint32_t known[WT_SECTION_LAST + 1][WT_DIRECTORY_STORES];
    char *facts; /* ends with two 0 */
    size_t facts_bytes;
    struct wt_directory_notes *notes;
};

#define WT_DIRECTORY_NO_SECTION UINT32_MAX

/* What reading finds out on the way; a view is const for those who read through it. */
struct wt_directory_notes {
    bool cut;               /* the file is shorter than it says */
    uint32_t schema_number; /* the schema that begins at schema_at: reading in order is O(1) each */
    uint64_t schema_at;
};

/* A view of bytes in memory, 8-byte aligned, which must stay as long as the view. `path` is for
 * messages. Errors as wt_directory_view_open. */
wt_status wt_directory_view_over(struct wt_directory_view **out, const void *bytes, size_t length,
                                 const char *path, struct wt_error *err);

/* The checked section of a type and index, or NULL. */
const struct wt_shared_section *wt_directory_known(const struct wt_directory_view *view,
                                                   enum wt_section_type type, uint32_t index);

/* Its `used` now, at most what there is room for. */
uint64_t wt_directory_used(const struct wt_directory_view *view,
                           const struct wt_shared_section *section);

#endif /* WT_SHM_DIRECTORY_PRIVATE_H */
