#include "export/usage.h"

#include <math.h>
#include <string.h>

#include "export/words.h"

/* ---- writing --------------------------------------------------------------------------------- */

/* A monotonic moment as nanoseconds before the look; null for 0. */
static void put_age(struct wt_json_writer *w, const char *key, const struct wt_snapshot *snapshot,
                    int64_t at_ns) {
    int64_t age = snapshot->time.monotonic_ns - at_ns;
    if (at_ns == 0)
        wt_json_put_null(w, key);
    else
        wt_json_put_int(w, key, age > 0 ? age : 0);
}

static void put_uint_if(struct wt_json_writer *w, const char *key, bool is_known, uint64_t value) {
    if (is_known)
        wt_json_put_uint(w, key, value);
    else
        wt_json_put_null(w, key);
}

static void put_slots(struct wt_json_writer *w, const struct wt_service *service) {
    if (service->slot_count == 0) {
        wt_json_put_null(w, "slots");
        return;
    }
    wt_json_open(w, "slots", '{');
    wt_json_put_uint(w, "count", service->slot_count);
    wt_json_put_uint(w, "replaced_per_min", service->replaced_per_min);
    wt_json_put_uint(w, "replaced_again_per_min", service->replaced_again_per_min);
    wt_json_close(w, '}');
}

static void put_listener(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                         const struct wt_accept_queue *listener) {
    bool is_known = listener->read_ns != 0, any = listener->socket_count > 0;
    wt_json_open(w, NULL, '{');
    wt_json_put_text(w, "address", listener->address);
    wt_json_put_text(w, "family", wt_listener_family_text(listener->family));
    wt_json_put_bool(w, "configured", listener->is_configured);
    put_uint_if(w, "socket_count", is_known, listener->socket_count);
    put_uint_if(w, "queue_length", any, listener->queue_length);
    put_uint_if(w, "queue_limit", any, listener->queue_limit);
    wt_json_put_real(w, "fullest_ratio", any ? listener->fullest_ratio : (double)NAN);
    put_age(w, "age_ns", snapshot, listener->read_ns);
    wt_json_close(w, '}');
}

void wt_json_put_usage(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       const struct wt_service *service) {
    const struct wt_usage *usage = &service->usage;
    put_slots(w, service);
    wt_json_open(w, "usage", '{');
    wt_json_put_uint(w, "process_count", usage->process_count);
    wt_json_put_uint(w, "known_count", usage->known_count);
    wt_json_put_uint(w, "cpu_known_count", usage->cpu_known_count);
    wt_json_put_uint(w, "fds_known_count", usage->fds_known_count);
    wt_json_put_real(w, "cpu_cores", usage->cpu_known_count > 0 ? usage->cpu_cores : (double)NAN);
    put_uint_if(w, "rss_bytes", usage->known_count > 0, usage->rss_bytes);
    put_uint_if(w, "thread_count", usage->known_count > 0, usage->thread_count);
    put_uint_if(w, "fd_count", usage->fds_known_count > 0, usage->fd_count);
    put_age(w, "oldest_age_ns", snapshot, usage->oldest_ns);
    wt_json_close(w, '}');
    wt_json_open(w, "listeners", '[');
    for (size_t i = 0; i < service->listener_count; i++)
        put_listener(w, snapshot, &service->listeners[i]);
    wt_json_close(w, ']');
}

static void put_process(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                        const struct wt_process *process) {
    wt_json_open(w, NULL, '{');
    wt_json_put_int(w, "pid", process->pid);
    wt_json_put_uint(w, "start_time_ticks", process->start_time_ticks);
    wt_json_put_uint(w, "worker_count", process->worker_count);
    wt_json_put_real(w, "cpu_ratio", process->cpu_ratio);
    put_uint_if(w, "cpu_window_ns", process->cpu_window_ns > 0, (uint64_t)process->cpu_window_ns);
    wt_json_put_uint(w, "rss_bytes", process->rss_bytes);
    wt_json_put_uint(w, "threads", process->threads);
    put_age(w, "age_ns", snapshot, process->read_ns);
    put_uint_if(w, "fd_count", process->fds_read_ns != 0, process->fd_count);
    put_age(w, "fds_age_ns", snapshot, process->fds_read_ns);
    wt_json_close(w, '}');
}

void wt_json_put_processes(struct wt_json_writer *w, const struct wt_snapshot *snapshot) {
    wt_json_open(w, "processes", '[');
    for (size_t i = 0; i < snapshot->process_count; i++)
        put_process(w, snapshot, &snapshot->processes[i]);
    wt_json_close(w, ']');
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The monotonic moment so long before the look, at least 1; 0 for null. */
static int64_t read_age(struct wt_import *im, const struct wt_json *object, const char *key) {
    int64_t now = im->imported->snapshot.time.monotonic_ns;
    if (wt_import_is_null(object, key))
        return 0;
    int64_t at = now - wt_import_int(im, object, key, 0, INT64_MAX);
    return at > 0 ? at : 1;
}

/* A count of things of which at most `most` can be. */
static uint32_t read_count(struct wt_import *im, const struct wt_json *object, const char *key,
                           uint32_t most) {
    return (uint32_t)wt_import_uint(im, object, key, most);
}

/* Null, or a number that is not below 0. */
static double read_ratio(struct wt_import *im, const struct wt_json *object, const char *key) {
    double value = wt_import_real(im, object, key);
    if (value < 0)
        wt_import_fail(im, wt_json_get(object, key), "must not be below 0");
    return value;
}

static void read_slots(struct wt_import *im, const struct wt_json *object,
                       struct wt_service *service) {
    if (wt_import_is_null(object, "slots"))
        return;
    const struct wt_json *slots = wt_import_member(im, object, "slots", WT_JSON_OBJECT);
    service->slot_count = read_count(im, slots, "count", UINT32_MAX);
    service->replaced_per_min = read_count(im, slots, "replaced_per_min", UINT32_MAX);
    service->replaced_again_per_min =
        read_count(im, slots, "replaced_again_per_min", service->replaced_per_min);
}

static int find_family(const char *word) {
    for (int i = WT_LISTENER_TCP4; i <= WT_LISTENER_UNIX; i++)
        if (strcmp(wt_listener_family_text((enum wt_listener_family)i), word) == 0)
            return i;
    return -1;
}

static void read_listeners(struct wt_import *im, const struct wt_json *object,
                           struct wt_service *service) {
    const struct wt_json *list = wt_import_member(im, object, "listeners", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    if (count > WT_SERVICE_LISTENERS)
        wt_import_fail(im, list, "must be at most %d listeners", WT_SERVICE_LISTENERS);
    struct wt_accept_queue *listeners = wt_import_take(im, count, sizeof *listeners);
    const struct wt_json *item = wt_json_first(list), *configured;
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        configured = wt_import_member(im, item, "configured", WT_JSON_BOOL);
        listeners[i] = (struct wt_accept_queue){
            .address = wt_import_text(im, item, "address"),
            .family = (enum wt_listener_family)wt_import_word(im, item, "family", find_family),
            .is_configured = configured != NULL && wt_json_bool(configured),
            .socket_count = (uint32_t)wt_import_uint_or_0(im, item, "socket_count", UINT32_MAX),
            .queue_length = wt_import_uint_or_0(im, item, "queue_length", INT64_MAX),
            .queue_limit = wt_import_uint_or_0(im, item, "queue_limit", INT64_MAX),
            .fullest_ratio = read_ratio(im, item, "fullest_ratio"),
            .read_ns = read_age(im, item, "age_ns"),
        };
    }
    service->listeners = listeners;
    service->listener_count = im->status == WT_OK ? count : 0;
}

void wt_import_usage(struct wt_import *im, const struct wt_json *object,
                     struct wt_service *service) {
    if (wt_json_get(object, "usage") == NULL)
        return;
    read_slots(im, object, service);
    const struct wt_json *usage = wt_import_member(im, object, "usage", WT_JSON_OBJECT);
    uint32_t all = read_count(im, usage, "process_count", UINT32_MAX);
    uint32_t known = read_count(im, usage, "known_count", all);
    double cores = read_ratio(im, usage, "cpu_cores");
    service->usage = (struct wt_usage){
        .process_count = all,
        .known_count = known,
        .cpu_known_count = read_count(im, usage, "cpu_known_count", known),
        .fds_known_count = read_count(im, usage, "fds_known_count", known),
        .cpu_cores = isnan(cores) ? 0 : cores,
        .rss_bytes = wt_import_uint_or_0(im, usage, "rss_bytes", INT64_MAX),
        .thread_count = wt_import_uint_or_0(im, usage, "thread_count", INT64_MAX),
        .fd_count = wt_import_uint_or_0(im, usage, "fd_count", INT64_MAX),
        .oldest_ns = read_age(im, usage, "oldest_age_ns"),
    };
    read_listeners(im, object, service);
}

static void read_process(struct wt_import *im, const struct wt_json *item,
                         struct wt_process *process) {
    *process = (struct wt_process){
        .pid = wt_import_int(im, item, "pid", 1, INT64_MAX),
        .start_time_ticks = wt_import_uint(im, item, "start_time_ticks", UINT64_MAX),
        .worker_count = read_count(im, item, "worker_count", UINT32_MAX),
        .threads = read_count(im, item, "threads", UINT32_MAX),
        .read_ns = read_age(im, item, "age_ns"),
        .cpu_ratio = read_ratio(im, item, "cpu_ratio"),
        .cpu_window_ns = (int64_t)wt_import_uint_or_0(im, item, "cpu_window_ns", INT64_MAX),
        .rss_bytes = wt_import_uint(im, item, "rss_bytes", INT64_MAX),
        .fd_count = wt_import_uint_or_0(im, item, "fd_count", INT64_MAX),
        .fds_read_ns = read_age(im, item, "fds_age_ns"),
    };
}

void wt_import_processes(struct wt_import *im, const struct wt_json *root) {
    if (wt_json_get(root, "processes") == NULL)
        return;
    const struct wt_json *list = wt_import_member(im, root, "processes", WT_JSON_ARRAY);
    size_t count = wt_json_count(list);
    struct wt_process *processes = wt_import_take(im, count, sizeof *processes);
    const struct wt_json *item = wt_json_first(list);
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        read_process(im, item, &processes[i]);
        if (i > 0 && im->status == WT_OK && processes[i].pid <= processes[i - 1].pid)
            wt_import_fail(im, item, "must come after the process before it, by pid");
    }
    im->imported->snapshot.processes = processes;
    im->imported->snapshot.process_count = im->status == WT_OK ? count : 0;
}
