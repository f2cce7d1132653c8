/* inspect.h - what a monitor's file holds: shared by the files inspect_*.c.
 *
 *     FILE --copied--> survey: what is wrong with header and table of a directory
 *          --view----> of the file itself when these are right, else of the copy, mended: what
 *                      cannot be read is left out, what can is shown
 *
 * Nothing here changes a file, waits, or asks a monitor anything.
 *
 * Threads: one.
 */
#ifndef WT_CLI_INSPECT_H
#define WT_CLI_INSPECT_H

#include "cli/report.h"
#include "config/options.h"
#include "model/snapshot.h"
#include "shm/directory.h"

enum { WT_INSPECT_NO_STORE = 99, WT_INSPECT_WRONG_MAX = 200 };

#define WT_INSPECT_NOWHERE UINT64_MAX /* in place of a byte's offset */

/* One thing that is wrong. */
struct wt_wrong {
    uint64_t byte;
    char text[256];
};

struct wt_inspect {
    const struct wt_options *options;
    const char *path; /* as given */
    struct wt_report report;
    struct wt_time now;

    int fd;                 /* of the file, -1: cannot be opened */
    uint64_t device, inode; /* of it */
    uint64_t bytes;         /* its size when it was opened */
    unsigned char *copy;    /* owned: of a directory file, 8-byte aligned, filled up with zeros */
    const char *kind;       /* "directory", "store" ...: for machines */
    char summary[512];      /* what an operator must know at once */

    struct wt_directory_view *view; /* of the file, or of the directory beside it; NULL without */
    unsigned store;                 /* which store the file is; WT_INSPECT_NO_STORE: a directory */

    size_t matched;         /* records that --segment or --worker asked for */
    struct wt_wrong *wrong; /* owned */
    size_t wrong_count;     /* the first WT_INSPECT_WRONG_MAX are kept */
};

/* Notes something that is wrong, at a byte of the file or nowhere. */
void wt_inspect_wrong(struct wt_inspect *inspect, uint64_t byte, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- inspect_survey.c ----------------------------------------------------------------------- */

/*
 * Looks at header and table of inspect->copy (bytes of it), notes what is wrong, and mends the copy
 * so far that it can be viewed. False when there is nothing to view: not ready, a newer version, or
 * no directory file at all (all noted).
 */
bool wt_inspect_survey(struct wt_inspect *inspect);

/* "facts", "segments" ...; "type 77" for others, in out. */
const char *wt_section_text(uint32_t type, char out[32]);

/* ---- inspect_directory.c: header, table, facts, stores; inspect_records.c: the rest ---------- */

/* Everything that inspect->view holds. */
void wt_inspect_directory(struct wt_inspect *inspect);

/* Who wrote the directory, and how that process is. */
void wt_inspect_monitor(struct wt_inspect *inspect);

/* The segments of a store with their owners: all, or those that the options name. */
void wt_inspect_segments(struct wt_inspect *inspect, unsigned store);
void wt_inspect_services(struct wt_inspect *inspect);
void wt_inspect_schemas(struct wt_inspect *inspect);
void wt_inspect_retired(struct wt_inspect *inspect);
void wt_inspect_pending(struct wt_inspect *inspect);
void wt_inspect_resizes(struct wt_inspect *inspect);
void wt_inspect_events(struct wt_inspect *inspect);

/* What --segment and --worker ask for, of all stores; notes when there is nothing like it. */
void wt_inspect_part(struct wt_inspect *inspect);

/* Whether the options ask for a part only, and whether this segment belongs to it. */
bool wt_inspect_is_part(const struct wt_inspect *inspect);
bool wt_inspect_wants(const struct wt_inspect *inspect, uint64_t segment,
                      const struct wt_shared_segment_record *record);

/* The record of a segment; free and all zero when it was never handed out. False (noted) when it
 * cannot be read. */
bool wt_inspect_record(struct wt_inspect *inspect, unsigned store, uint64_t segment,
                       struct wt_shared_segment_record *out);

/* Where the record lies in the directory file. */
uint64_t wt_inspect_record_at(const struct wt_inspect *inspect, unsigned store, uint64_t segment);

const char *wt_inspect_service_name(const struct wt_inspect *inspect, uint32_t number,
                                    struct wt_shared_service_record *out); /* "" without */
const char *wt_inspect_store_name(unsigned store);                         /* "utilization" ... */

/* ---- inspect_snapshot.c; inspect_activity.c -------------------------------------------------- */

/* The last look of the monitor; with --worker what that worker did, or its black box. */
void wt_inspect_snapshot(struct wt_inspect *inspect);
void wt_inspect_activity(struct wt_inspect *inspect, const struct wt_snapshot *snapshot);

/* What all tables of records have, behind whose they are; `ago` is the head of their age. */
#define WT_INSPECT_RECORD_COLUMNS(ago)                                                             \
    {"thread", "thread", 0}, {"number", "number", 0}, {"age_ns", ago, 0}, {"what", "kind", 0},     \
        {"remark", "", 0}, {"duration_ns", "took", 0}, {"label", "what", 0},                       \
        {"request_id", "request", 0}, {                                                            \
        "value", "value", 0                                                                        \
    }
enum { WT_INSPECT_RECORD_CELLS = 9 };

/* ... and what stands there: `out` has room for so many. */
void wt_inspect_record_cells(const struct wt_record_info *record, struct wt_cell age,
                             struct wt_cell *out);

/* ---- inspect_store.c: segments' bytes; inspect_recorders.c ----------------------------------- */

/* A store file with inspect->view, its directory. */
void wt_inspect_store(struct wt_inspect *inspect);

/* The values in the segments of a store, by their schemas; the part that the options name. */
void wt_inspect_values(struct wt_inspect *inspect, unsigned store);

/* A store file of which no directory says anything. */
void wt_inspect_raw_store(struct wt_inspect *inspect);

/* The regions of a recorder store, with their records by thread. */
void wt_inspect_recorders(struct wt_inspect *inspect, unsigned store);

/* The bytes of segments, of the store's mapping or read from the file. */
struct wt_segment_source;
wt_status wt_segment_source_open(struct wt_segment_source **out, struct wt_inspect *inspect,
                                 unsigned store);
void wt_segment_source_close(struct wt_segment_source *source); /* NULL is fine */
uint64_t wt_segment_source_count(const struct wt_segment_source *source);
uint32_t wt_segment_source_bytes(const struct wt_segment_source *source);

/* 8-byte aligned, until the next call. NULL (noted) when it cannot be read. */
const unsigned char *wt_segment_source_get(struct wt_segment_source *source,
                                           struct wt_inspect *inspect, uint64_t segment);

/* The bytes as rows of 16, with the first one's offset in its file. */
void wt_inspect_dump(struct wt_inspect *inspect, const char *key, const char *title,
                     uint64_t offset, const void *bytes, size_t length);

#endif /* WT_CLI_INSPECT_H */
