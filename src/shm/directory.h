/* directory.h - the directory file: who has which segment, and the snapshot of each tick, for any
 * viewer to map (shm/layout.h has its bytes, docs/FORMAT.md describes them).
 *
 *     monitor --put, publish--> struct wt_directory --shared memory--> struct wt_directory_view
 *                                  (one writer)                          (any number of readers)
 *
 * The writer never waits and makes no system call but for creation, growth and the check. A reader
 * never waits, never writes, and believes nothing: every count, offset and text is checked, all is
 * copied out before it is looked at, and a file that is truncated underneath ends no process (the
 * guard watches it).
 *
 * A file has room for so many records and bytes, for ever. A verb that finds no room answers
 * WT_EFULL; its caller then creates a larger directory at the same path (which supersedes this one)
 * and puts everything again.
 *
 * Threads: a directory and a view belong to one thread each. Processes: as above.
 */
#ifndef WT_SHM_DIRECTORY_H
#define WT_SHM_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/status.h"
#include "shm/layout.h"

enum { WT_DIRECTORY_STORES = 3 }; /* utilization, recorders, wide recorders */

/* ---- writing: the monitor ------------------------------------------------------------------ */

struct wt_directory;

/* The fact that names the pid namespace of all pids in the file: base/process.h. */
#define WT_DIRECTORY_NAMESPACE_FACT "pid_namespace"

struct wt_directory_fact {
    const char *key, *value;
};

struct wt_directory_options {
    const char *path; /* absolute */
    mode_t mode; /* whatever the umask; of its w only the owner's counts: one writes, any read */
    gid_t gid;   /* (gid_t)-1: leave it */
    struct wt_time started;
    int64_t interval_ns;                   /* between two ticks */
    const struct wt_directory_fact *facts; /* "host", "version", "socket", "store.0" ... */
    size_t fact_count;
    uint64_t segments[WT_DIRECTORY_STORES]; /* room for so many; 0: no section */
    uint64_t schema_bytes, services, retired, pending;
    uint64_t history;    /* room for so many series; 0: no sections of them */
    uint64_t bank_bytes; /* of one bank's two parts together */
    bool is_hidden;      /* nobody finds it before wt_directory_show */
};

/*
 * Makes a NEW file beside the path and renames it over it: whoever maps an older one keeps that.
 * All of its space is reserved (fallocate). pid, start time and boot id are this process's.
 *   WT_EFULL   no space on the file system
 *   WT_EINVAL  a size that nobody needs
 *   others     as the text says. Nothing is left behind then, an old file is as it was.
 */
wt_status wt_directory_create(struct wt_directory **out, const struct wt_directory_options *options,
                              struct wt_error *err);

/* Renames a hidden one over its path: whoever opens it from now on finds it as it is by then. On
 * failure it stays hidden. */
wt_status wt_directory_show(struct wt_directory *directory, struct wt_error *err);

/* Writes the state for those who have it mapped, unmaps and frees. The file stays, but for
 * a hidden one. NULL is fine. */
void wt_directory_close(struct wt_directory *directory, enum wt_directory_state state);

/* Removes the file, if the path still leads to this very file. */
void wt_directory_unlink(const struct wt_directory *directory);

/* WT_EDEAD when the file was truncated, removed or replaced underneath (two system calls); the text
 * says which. The caller makes a new one. */
wt_status wt_directory_check(const struct wt_directory *directory, struct wt_error *err);

uint64_t wt_directory_bytes(const struct wt_directory *directory); /* of the file */

/* Records; `sequence` of what is passed is ignored. WT_EFULL: no room (index or number too large),
 * or there is no such section. Nothing fails otherwise: in a file that was truncated underneath
 * they write into memory that nobody reads (wt_directory_check). Texts should end with 0: readers
 * cut them at the last byte. */
wt_status wt_directory_put_store(struct wt_directory *directory, unsigned store,
                                 const struct wt_shared_store_record *record);
wt_status wt_directory_put_segment(struct wt_directory *directory, unsigned store, uint64_t segment,
                                   const struct wt_shared_segment_record *record);
wt_status wt_directory_put_service(struct wt_directory *directory, uint32_t number,
                                   const struct wt_shared_service_record *record);
wt_status wt_directory_put_retired(struct wt_directory *directory, uint64_t index,
                                   const struct wt_shared_retired_record *record);
wt_status wt_directory_put_pending(struct wt_directory *directory, uint64_t index,
                                   const struct wt_shared_pending_record *record);

/* Of the history: a series with all its values. Then a value of each of the first `count` series
 * for one second; seconds after that one are forgotten by wt_directory_forget_seconds. Without room
 * nothing happens. */
wt_status wt_directory_put_history(struct wt_directory *directory, uint64_t index,
                                   const struct wt_shared_history_record *record);
void wt_directory_put_values(struct wt_directory *directory, int64_t second, const float *values,
                             size_t count);
void wt_directory_forget_seconds(struct wt_directory *directory, int64_t after);
uint64_t wt_directory_history_room(const struct wt_directory *directory); /* series */

/* Takes over into `directory`, at place `index`, the values that `from` has at place `old`; and
 * which seconds they are of. What others may have written there are floats, whatever they are. */
void wt_directory_copy_values(struct wt_directory *directory, uint64_t index,
                              const struct wt_directory *from, uint64_t old);
void wt_directory_copy_seconds(struct wt_directory *directory, const struct wt_directory *from);

/* Appends a flat schema; *number counts them from 1. */
wt_status wt_directory_add_schema(struct wt_directory *directory, const void *bytes, size_t length,
                                  uint32_t *number);

/* record->number says which place; numbers must rise by 1 (a gap leaves old records, which readers
 * tell by their number). */
void wt_directory_put_resize(struct wt_directory *directory, unsigned store,
                             const struct wt_shared_resize_record *record);
void wt_directory_put_event(struct wt_directory *directory,
                            const struct wt_shared_event_record *record);

struct wt_directory_part {
    const void *bytes;
    size_t length;
};

/*
 * Publishes a snapshot into the bank that readers do not look at, and then tells them. A workers
 * part whose version the bank holds already is not copied again. WT_EFULL: does not fit; the last
 * one stays published, and `skipped_count` rises.
 */
wt_status wt_directory_publish(struct wt_directory *directory, struct wt_directory_part workers,
                               uint64_t workers_version, struct wt_directory_part tick);

/* The monitor lives: every tick, whatever else happened. */
void wt_directory_heartbeat(struct wt_directory *directory, struct wt_time now, int64_t interval_ns,
                            uint64_t tick_count);

/* ---- reading: viewers, inspect, the next monitor -------------------------------------------- */

struct wt_directory_view;

/*
 * Maps a directory file read-only and checks header and table. A symbolic link is followed, as the
 * file is only read; what is no regular file is refused.
 *   WT_ENOENT   there is no such file
 *   WT_EAGAIN   "not ready yet": its monitor is writing it; try again
 *   WT_EFORMAT  "broken": what is wrong, where, which value
 *   WT_EVERSION  "written by a newer version": which one, and which are understood
 *   WT_EDEAD    it was truncated while it was being looked at
 *   WT_EACCESS, WT_ESYS, WT_ENOMEM
 */
wt_status wt_directory_view_open(struct wt_directory_view **out, const char *path,
                                 struct wt_error *err);
void wt_directory_view_close(struct wt_directory_view *view); /* NULL is fine */

const char *wt_directory_view_path(const struct wt_directory_view *view);

/* False once the file was truncated underneath: what is read may be zeros of ours. */
bool wt_directory_view_is_readable(const struct wt_directory_view *view);

/* WT_OK: the path still leads to this file. WT_EEXIST: another file is there by now, to be opened
 * instead, also when this one was truncated. WT_EDEAD: it was truncated. WT_ENOENT: removed.
 * WT_EACCESS, WT_ESYS: nobody can tell. Two system calls. */
wt_status wt_directory_view_check(const struct wt_directory_view *view, struct wt_error *err);

/* A copy of the header, its changing words as they are now. */
void wt_directory_view_header(const struct wt_directory_view *view,
                              struct wt_shared_directory_header *out);

/* Whether this is the boot in which the file was written: monotonic times and pids mean something.
 */
bool wt_directory_view_is_this_boot(const struct wt_directory_view *view);

/* The value of a fact, "" without; cleaned of nothing: clean it before it is shown. Borrowed. */
const char *wt_directory_view_fact(const struct wt_directory_view *view, const char *key);

/* The section of a type and index, as the checked table has it; false without. For inspect: all of
 * them, known or not, by their place in the table. */
bool wt_directory_view_section(const struct wt_directory_view *view, enum wt_section_type type,
                               uint32_t index, struct wt_shared_section *out);
size_t wt_directory_view_section_count(const struct wt_directory_view *view);
void wt_directory_view_section_at(const struct wt_directory_view *view, size_t place,
                                  struct wt_shared_section *out);

/*
 * Copies one record (its known part; what an older writer did not write is 0). Texts in it end with
 * 0.
 *   WT_ENOENT   no such section or record, or it was never written, or overwritten by a later one
 *   WT_EAGAIN   it never read the same twice
 *   WT_EFORMAT  the reading is whole, but impossible (a state that does not exist)
 *   WT_EDEAD    the file was truncated underneath
 * *out is all zero then; but for WT_EFORMAT it is what was read.
 */
wt_status wt_directory_view_store(const struct wt_directory_view *view, unsigned store,
                                  struct wt_shared_store_record *out);
wt_status wt_directory_view_segment(const struct wt_directory_view *view, unsigned store,
                                    uint64_t segment, struct wt_shared_segment_record *out);
wt_status wt_directory_view_service(const struct wt_directory_view *view, uint32_t number,
                                    struct wt_shared_service_record *out);
wt_status wt_directory_view_retired(const struct wt_directory_view *view, uint64_t index,
                                    struct wt_shared_retired_record *out);
wt_status wt_directory_view_pending(const struct wt_directory_view *view, uint64_t index,
                                    struct wt_shared_pending_record *out);
wt_status wt_directory_view_history(const struct wt_directory_view *view, uint64_t index,
                                    struct wt_shared_history_record *out);
wt_status wt_directory_view_resize(const struct wt_directory_view *view, unsigned store,
                                   uint64_t number, struct wt_shared_resize_record *out);
wt_status wt_directory_view_event(const struct wt_directory_view *view, uint64_t number,
                                  struct wt_shared_event_record *out);

/* Which second each place of the history holds now; 0: none, also where the file says what cannot
 * be there. False when there is no history. */
bool wt_directory_view_seconds(const struct wt_directory_view *view,
                               int64_t out[static WT_DIRECTORY_SECONDS]);

/* The bytes of one flat schema, copied into out (a wt_buffer is emptied first). Fast in rising
 * order of number. WT_ENOENT, WT_EFORMAT, WT_ENOMEM, WT_EDEAD. */
struct wt_buffer;
wt_status wt_directory_view_schema(const struct wt_directory_view *view, uint32_t number,
                                   struct wt_buffer *out, struct wt_error *err);

/*
 * Copies the newest whole snapshot. `known_version` is that of the workers part the caller holds
 * (0: none): the same one is not copied again, and workers stays empty. *sequence is the
 * snapshot's.
 *   WT_ENOENT   none was published yet
 *   WT_EAGAIN   no whole one in WT_DIRECTORY_READ_TRIES tries (the writer was faster)
 *   WT_EFORMAT  broken: impossible lengths, or sums that differ although nobody writes
 *   WT_EDEAD    the file was truncated underneath
 *   WT_ENOMEM
 * Both buffers are empty then.
 */
wt_status wt_directory_view_snapshot(const struct wt_directory_view *view, uint64_t known_version,
                                     struct wt_buffer *workers, uint64_t *workers_version,
                                     struct wt_buffer *tick, uint64_t *sequence,
                                     struct wt_error *err);

/* ---- the stores behind it ------------------------------------------------------------------- */

/* A store file mapped read-only, checked to be the one that the directory describes. */
struct wt_store_view;

/*
 * `path` NULL: where the directory says, the fact "store.N", or that name with ".previous" when
 * the file itself (device, inode) was set aside meanwhile.
 *   WT_ENOENT   removed, or the directory says nothing of this store
 *   WT_EEXIST   another file has the path
 *   WT_EDEAD    the file is shorter than the directory says: truncated
 *   WT_EFORMAT  geometry that cannot be;  others as above
 */
wt_status wt_store_view_open(struct wt_store_view **out, const struct wt_directory_view *view,
                             unsigned store, const char *path, struct wt_error *err);
void wt_store_view_close(struct wt_store_view *view); /* NULL is fine */

/* The bytes of a segment, 8-byte aligned; others write them at any moment. NULL beyond the file. */
const unsigned char *wt_store_view_segment(const struct wt_store_view *view, uint64_t segment);
uint64_t wt_store_view_segment_count(const struct wt_store_view *view);
uint32_t wt_store_view_segment_bytes(const struct wt_store_view *view);
bool wt_store_view_is_readable(const struct wt_store_view *view); /* false once truncated (fstat) */

#endif /* WT_SHM_DIRECTORY_H */
