/* file.h - one directory file and the stores behind it: the newest snapshot in it. Internal to
 * src/attach.
 *
 * Stores are opened with the file, long before they are needed: when their monitor is dead somebody
 * may have removed them, and what is mapped stays. One that grew, or was replaced, is opened again.
 *
 * Threads: one owner.
 */
#ifndef WT_ATTACH_FILE_H
#define WT_ATTACH_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "attach/trail.h"
#include "attach/watch.h"
#include "base/buffer.h"
#include "base/status.h"
#include "model/flat.h"
#include "model/snapshot.h"
#include "shm/directory.h"

struct wt_attached_file {
    struct wt_directory_view *view;
    struct wt_shared_directory_header header; /* the last one that could be read */
    struct wt_watch watch;
    bool is_previous; /* set aside by the next monitor, to which its workers went */
    struct wt_store_view *stores[WT_DIRECTORY_STORES]; /* NULL: none, or it cannot be read */
    struct wt_shared_store_record store_records[WT_DIRECTORY_STORES]; /* of the last try */
    struct wt_error store_error;     /* of store 0; WT_OK when it is open */
    struct wt_flat_workers *workers; /* of the newest snapshot */
    uint64_t workers_version;
    struct wt_buffer workers_bytes, tick_bytes;
    struct wt_trail trail;
    struct wt_snapshot *newest; /* as decoded; NULL before the first */
    uint64_t sequence;          /* of the newest */
    struct wt_error trouble;    /* why there is no newer one although there should be; WT_OK else */
};

/* See wt_attach_open. */
wt_status wt_attached_file_open(struct wt_attached_file **out, const char *path,
                                struct wt_error *err);
void wt_attached_file_close(struct wt_attached_file *file); /* NULL is fine */

/* Reads header and what changed. True when `newest` is another one than before. */
bool wt_attached_file_read(struct wt_attached_file *file);

#endif /* WT_ATTACH_FILE_H */
