#include "attach/file.h"

#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

wt_status wt_attached_file_open(struct wt_attached_file **out, const char *path,
                                struct wt_error *err) {
    *out = NULL;
    struct wt_attached_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to attach to '%s'", path);
    file->watch.pidfd = -1;
    wt_status status = wt_directory_view_open(&file->view, path, err);
    if (status != WT_OK) {
        free(file);
        return status;
    }
    wt_directory_view_header(file->view, &file->header);
    wt_watch_begin(&file->watch, &file->header, file->view);
    file->is_previous = ends_with(path, ".previous");
    *out = file;
    return WT_OK;
}

void wt_attached_file_close(struct wt_attached_file *file) {
    if (file == NULL)
        return;
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++)
        wt_store_view_close(file->stores[i]);
    wt_snapshot_unref(file->newest);
    wt_flat_workers_unref(file->workers);
    wt_buffer_fini(&file->workers_bytes);
    wt_buffer_fini(&file->tick_bytes);
    wt_trail_fini(&file->trail);
    wt_watch_end(&file->watch);
    wt_directory_view_close(file->view);
    free(file);
}

static bool is_same_store(const struct wt_shared_store_record *a,
                          const struct wt_shared_store_record *b) {
    return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes;
}

/* Once for each file and size. The old mapping is kept where the new one fails. */
static void open_store(struct wt_attached_file *file, unsigned store) {
    struct wt_shared_store_record record;
    struct wt_store_view *view;
    struct wt_error err = {0};
    if (wt_directory_view_store(file->view, store, &record) != WT_OK ||
        is_same_store(&record, &file->store_records[store]))
        return;
    file->store_records[store] = record;
    if (wt_store_view_open(&view, file->view, store, NULL, &err) == WT_OK) {
        wt_store_view_close(file->stores[store]);
        file->stores[store] = view;
    }
    if (store == 0)
        file->store_error = file->stores[0] == NULL ? err : (struct wt_error){0};
}

static wt_status decode(struct wt_attached_file *file, uint64_t version, struct wt_snapshot **out) {
    struct wt_error *err = &file->trouble;
    if (version != file->workers_version || file->workers == NULL) {
        struct wt_flat_workers *workers;
        wt_status status = wt_flat_decode_workers(file->workers_bytes.data,
                                                  file->workers_bytes.length, &workers, err);
        if (status != WT_OK)
            return status;
        wt_flat_workers_unref(file->workers);
        file->workers = workers;
        file->workers_version = version;
    }
    wt_status status = wt_trail_update(&file->trail, file->view, &file->header, err);
    if (status != WT_OK)
        return status;
    struct wt_flat_extras extras = wt_trail_extras(&file->trail);
    return wt_flat_decode_tick(file->tick_bytes.data, file->tick_bytes.length, file->workers,
                               &extras, out, err);
}

/* A whole snapshot that cannot be understood may come from a workers part that was changed without
 * another version: next time both are read. */
static wt_status read_snapshot(struct wt_attached_file *file, struct wt_snapshot **out) {
    uint64_t version = 0, sequence = 0;
    uint64_t known = file->workers == NULL ? 0 : file->workers_version;
    file->trouble = (struct wt_error){0};
    wt_status status = wt_directory_view_snapshot(file->view, known, &file->workers_bytes, &version,
                                                  &file->tick_bytes, &sequence, &file->trouble);
    if (status == WT_OK)
        status = decode(file, version, out);
    if (status == WT_OK) {
        file->sequence = sequence;
    } else if (status == WT_EFORMAT) {
        wt_flat_workers_unref(file->workers);
        file->workers = NULL;
    }
    file->trouble.status = status;
    return status;
}

bool wt_attached_file_read(struct wt_attached_file *file) {
    struct wt_shared_directory_header header;
    struct wt_snapshot *snapshot;
    wt_directory_view_header(file->view, &header);
    if (!wt_directory_view_is_readable(file->view))
        return false; /* zeros of ours, perhaps */
    file->header = header;
    if (header.snapshot_sequence == file->sequence && file->newest != NULL) {
        file->trouble = (struct wt_error){0};
        return false;
    }
    if (header.snapshot_sequence == 0 || read_snapshot(file, &snapshot) != WT_OK)
        return false;
    wt_snapshot_unref(file->newest);
    file->newest = snapshot;
    for (unsigned i = 0; i < WT_DIRECTORY_STORES; i++)
        open_store(file, i);
    return true;
}
