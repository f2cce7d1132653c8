/* worktop.c - the public functions of libworktop (include/worktop/worktop.h has the contract).
 *
 * Where to look:
 *   cells.c          the published words and how they move between segments without losing an add
 *   groups.c         fields that agree with each other, and how they move
 *   track.c          begin and end of work, records: what programs call most
 *   recorder.c       heartbeat and per-thread busy time
 *   flight.c         what each thread does now, and what it did last
 *   uplink.c         socket, registration, reconnecting, the heartbeat's clock
 *   worker_object.c  what is said on the bus
 *   registry.c       all worktops of a process: fork, thread-local slots
 *   thread.c         the background thread
 */
#include "client/internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "client/groups.h"
#include "shm/guard.h"

enum {
    DEFAULT_THREADS = 16,
    ALL_FLAGS = WORKTOP_NO_THREAD | WORKTOP_NO_SIGBUS_GUARD,
    /* What the structs had before members were appended. */
    FIRST_OPTIONS_BYTES = offsetof(struct worktop_options, slow_ns),
    FIRST_INFO_BYTES = offsetof(struct worktop_info, records)
};

static const uint64_t default_slow_ns = 100 * (uint64_t)WT_NS_PER_MS;

const char *worktop_error(int status) {
    switch (status) {
    case WORKTOP_OK:
        return "success";
    case WORKTOP_EINVAL:
        return "invalid argument";
    case WORKTOP_EFIELD:
        return "a field has no key, a key twice, or an unknown type or form";
    case WORKTOP_ENOMEM:
        return "out of memory";
    case WORKTOP_ESYS:
        return "a system call failed, see errno";
    case WORKTOP_EFORKED:
        return "this process was forked: call worktop_restart first";
    case WORKTOP_ESTATE:
        return "this process was not forked since worktop_open or worktop_restart";
    default:
        return "unknown status";
    }
}

/* The public status of an internal failure; sets errno for WORKTOP_ESYS. */
static int public_status(wt_status status, const struct wt_error *err) {
    if (status == WT_OK)
        return WORKTOP_OK;
    if (status == WT_ENOMEM)
        return WORKTOP_ENOMEM;
    errno = err->sys_errno;
    return WORKTOP_ESYS;
}

/* ---- Checks ---- */

static int check_options(const struct worktop_options *options) {
    if (options == NULL ||
        (options->struct_size != sizeof *options && options->struct_size != FIRST_OPTIONS_BYTES) ||
        (options->flags & ~(unsigned)ALL_FLAGS) != 0 || options->threads > WORKTOP_MAX_THREADS)
        return WORKTOP_EINVAL;
    if (options->service != NULL && strlen(options->service) > WORKTOP_MAX_NAME_BYTES)
        return WORKTOP_EINVAL;
    if (options->socket_path != NULL &&
        (options->socket_path[0] == '\0' || strlen(options->socket_path) >= PATH_MAX))
        return WORKTOP_EINVAL;
    return WORKTOP_OK;
}

static bool is_field(const struct worktop_field *field) {
    if (field->key == NULL || field->key[0] == '\0' || strlen(field->key) > WORKTOP_MAX_NAME_BYTES)
        return false;
    return (field->type == WORKTOP_U64 || field->type == WORKTOP_S64 ||
            field->type == WORKTOP_F64) &&
           (field->form == WORKTOP_ONE_WRITER || field->form == WORKTOP_ADD ||
            field->form == WORKTOP_SET || wt_groups_of_form(field->form) != 0);
}

static int check_fields(const struct worktop_field *fields, size_t count) {
    if (count > WORKTOP_MAX_FIELDS || (fields == NULL && count > 0))
        return WORKTOP_EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (!is_field(&fields[i]))
            return WORKTOP_EFIELD;
        for (size_t k = 0; k < i; k++)
            if (strcmp(fields[i].key, fields[k].key) == 0)
                return WORKTOP_EFIELD;
    }
    return WORKTOP_OK;
}

/* ---- Open and close ---- */

/*
 * The socket's path as it was meant when the worktop was opened: a program may change its working
 * directory. A relative path that fits into an address stays relative when its absolute form does
 * not: the absolute one would mean another socket (base/address.h).
 */
static wt_status keep_socket_path(struct worktop *worktop, const char *path, struct wt_error *err) {
    char absolute[PATH_MAX];
    wt_status status = wt_path_absolute(path, absolute, err);
    if (status != WT_OK)
        return status;
    bool keep_relative =
        strlen(path) <= WT_ADDRESS_MAX_BYTES && strlen(absolute) > WT_ADDRESS_MAX_BYTES;
    worktop->socket_path = strdup(keep_relative ? path : absolute);
    return worktop->socket_path != NULL ? WT_OK : wt_fail(err, WT_ENOMEM, "no memory for a path");
}

static wt_status keep_texts(struct worktop *worktop, const struct worktop_options *options,
                            struct wt_error *err) {
    const char *path =
        options->socket_path != NULL ? options->socket_path : getenv("WORKTOP_SOCKET");
    if (path != NULL && path[0] != '\0') {
        wt_status status = keep_socket_path(worktop, path, err);
        if (status != WT_OK)
            return status;
    }
    if (options->service == NULL)
        return WT_OK;
    worktop->service = strdup(options->service);
    return worktop->service != NULL ? WT_OK : wt_fail(err, WT_ENOMEM, "no memory for a name");
}

static void free_texts(struct worktop *worktop) {
    free(worktop->service);
    free(worktop->socket_path);
    worktop->service = NULL;
    worktop->socket_path = NULL;
}

static wt_status start_uplink(struct worktop *worktop, struct wt_error *err) {
    worktop->uplink.service = worktop->service;
    worktop->uplink.socket_path = worktop->socket_path;
    wt_status status = wt_uplink_open(&worktop->uplink, err);
    if (status != WT_OK || (worktop->flags & WORKTOP_NO_THREAD) != 0)
        return status;
    status = wt_thread_start(worktop, err);
    if (status != WT_OK)
        wt_uplink_close(&worktop->uplink);
    return status;
}

static wt_status create(struct worktop **out, const struct worktop_options *options,
                        const struct worktop_field *fields, uint32_t count, struct wt_error *err) {
    struct worktop *worktop = calloc(1, sizeof *worktop);
    if (worktop == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for a worktop");
    pthread_mutex_init(&worktop->mutex, NULL);
    worktop->flags = options->flags;
    worktop->slow_ns = default_slow_ns;
    if (options->struct_size > FIRST_OPTIONS_BYTES && options->slow_ns != 0)
        worktop->slow_ns = options->slow_ns;
    worktop->uplink = (struct wt_uplink){.cells = &worktop->cells,
                                         .recorder = &worktop->recorder,
                                         .pause_unit_ns = (uint64_t)WT_NS_PER_S,
                                         .heartbeat_ns = (uint64_t)WT_NS_PER_S};
    wt_status status = keep_texts(worktop, options, err);
    if (status != WT_OK)
        goto fail_texts;
    status = wt_cells_init(&worktop->cells, fields, count, err);
    if (status != WT_OK)
        goto fail_texts;
    status = wt_recorder_init(&worktop->recorder,
                              options->threads != 0 ? options->threads : DEFAULT_THREADS, err);
    if (status != WT_OK)
        goto fail_cells;
    *out = worktop;
    return WT_OK;

fail_cells:
    wt_cells_destroy(&worktop->cells);
fail_texts:
    free_texts(worktop);
    free(worktop);
    return status;
}

/* Only before any handle was given out. */
static void destroy(struct worktop *worktop) {
    wt_recorder_destroy(&worktop->recorder);
    wt_cells_destroy(&worktop->cells);
    free_texts(worktop);
    free(worktop);
}

int worktop_open(struct worktop **out, const struct worktop_options *options,
                 const struct worktop_field *fields, size_t count) {
    if (out == NULL)
        return WORKTOP_EINVAL;
    *out = NULL;
    int checked = check_options(options);
    if (checked == WORKTOP_OK)
        checked = check_fields(fields, count);
    if (checked != WORKTOP_OK)
        return checked;

    struct wt_error err = {0};
    struct worktop *worktop = NULL;
    wt_status status = create(&worktop, options, fields, (uint32_t)count, &err);
    if (status != WT_OK)
        return public_status(status, &err);
    if ((options->flags & WORKTOP_NO_SIGBUS_GUARD) == 0)
        wt_guard_install(WT_GUARD_OVER_DEFAULT, NULL); /* refused: the program handles SIGBUS */
    status = wt_registry_add(worktop, &err);
    if (status != WT_OK)
        goto fail_destroy;
    status = start_uplink(worktop, &err);
    if (status != WT_OK)
        goto fail_remove;
    *out = worktop;
    return WORKTOP_OK;

fail_remove:
    wt_registry_remove(worktop);
fail_destroy:
    destroy(worktop);
    return public_status(status, &err);
}

void worktop_close(struct worktop **worktop) {
    if (worktop == NULL || *worktop == NULL)
        return;
    struct worktop *closing = *worktop;
    *worktop = NULL;
    wt_thread_stop(closing);
    pthread_mutex_lock(&closing->mutex);
    wt_recorder_say_goodbye(&closing->recorder);
    wt_uplink_close(&closing->uplink);
    wt_cells_fini(&closing->cells);
    wt_recorder_fini(&closing->recorder);
    free_texts(closing);
    pthread_mutex_unlock(&closing->mutex);
    /* Last: a fork in between must still find it, to detach the child from what is left of it. */
    wt_registry_retire(closing);
}

int worktop_restart(struct worktop *worktop) {
    if (worktop == NULL)
        return WORKTOP_EINVAL;
    if (!worktop->is_detached)
        return WORKTOP_ESTATE;
    struct wt_error err = {0};
    pthread_mutex_lock(&worktop->mutex);
    wt_uplink_close(&worktop->uplink); /* what is left of the parent's */
    worktop->uplink.state = WORKTOP_DETACHED;
    wt_status status = wt_cells_reset(&worktop->cells, &err);
    if (status == WT_OK) {
        wt_recorder_reset(&worktop->recorder);
        __atomic_store_n(&worktop->refused_records, 0, __ATOMIC_RELAXED);
        status = start_uplink(worktop, &err);
    }
    worktop->is_detached = status != WT_OK;
    if (worktop->is_detached)
        worktop->uplink.state = WORKTOP_DETACHED;
    pthread_mutex_unlock(&worktop->mutex);
    return public_status(status, &err);
}

/* ---- Everything else ---- */

static enum worktop_form declared_form(const struct wt_cell *cell) {
    return cell->group != 0 ? WORKTOP_GROUP(cell->group) : cell->form;
}

struct worktop_handle *worktop_get(struct worktop *worktop, const char *key, enum worktop_type type,
                                   enum worktop_form form) {
    struct wt_cell *cell =
        worktop != NULL && key != NULL ? wt_cells_find(&worktop->cells, key) : NULL;
    if (cell == NULL) {
        errno = ENOENT;
        return NULL;
    }
    if (cell->type != type || declared_form(cell) != form) {
        errno = EINVAL;
        return NULL;
    }
    return &cell->handle;
}

struct worktop_group *worktop_get_group(struct worktop *worktop, unsigned number) {
    struct wt_cell_group *group = worktop != NULL ? wt_groups_find(&worktop->cells, number) : NULL;
    if (group == NULL) {
        errno = ENOENT;
        return NULL;
    }
    return &group->handle;
}

int worktop_fd(const struct worktop *worktop) {
    if (worktop == NULL || (worktop->flags & WORKTOP_NO_THREAD) == 0)
        return -1;
    return worktop->uplink.epoll_fd;
}

int worktop_dispatch(struct worktop *worktop) {
    if (worktop == NULL)
        return WORKTOP_EINVAL;
    if (worktop->is_detached)
        return WORKTOP_EFORKED;
    if ((worktop->flags & WORKTOP_NO_THREAD) != 0) {
        pthread_mutex_lock(&worktop->mutex);
        wt_uplink_dispatch(&worktop->uplink);
        pthread_mutex_unlock(&worktop->mutex);
    }
    return WORKTOP_OK;
}

int worktop_get_info(struct worktop *worktop, struct worktop_info *info) {
    if (worktop == NULL || info == NULL ||
        (info->struct_size != sizeof *info && info->struct_size != FIRST_INFO_BYTES))
        return WORKTOP_EINVAL;
    size_t bytes = info->struct_size;
    pthread_mutex_lock(&worktop->mutex);
    const struct wt_uplink *uplink = &worktop->uplink;
    struct worktop_info full = {
        .struct_size = bytes,
        .state = uplink->state,
        .has_segment = wt_cells_has_segment(&worktop->cells),
        .has_recorder = wt_recorder_has_region(&worktop->recorder),
        .id = uplink->id,
        .connections = uplink->connections,
        .switches = worktop->cells.switches,
        .truncations = worktop->cells.truncations,
        .untimed_threads = __atomic_load_n(&worktop->recorder.threads_beyond, __ATOMIC_RELAXED),
        .records = wt_recorder_records(&worktop->recorder),
        .refused_records = __atomic_load_n(&worktop->refused_records, __ATOMIC_RELAXED),
    };
    memcpy(full.instance, uplink->instance, sizeof full.instance);
    size_t length = strnlen(uplink->trouble.text, sizeof full.trouble - 1);
    memcpy(full.trouble, uplink->trouble.text, length); /* the NUL is there already */
    memcpy(info, &full, bytes);
    pthread_mutex_unlock(&worktop->mutex);
    return WORKTOP_OK;
}
