#include "cli/host.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/screen.h"
#include "config/config.h"
#include "export/export.h"
#include "flight/focus.h"
#include "net/runner.h"
#include "net/server.h"
#include "net/socket.h"
#include "shm/guard.h"
#include "shm/place.h"

struct wt_host {
    struct wt_place place;
    bool is_ours; /* its files may be removed */
    struct wt_monitor *monitor;
    struct wt_server *server;
    struct wt_runner *runner;
    char warning[512];
};

wt_status wt_host_options_of(const struct wt_options *options, struct wt_host_options *out,
                             struct wt_error *err) {
    *out = (struct wt_host_options){
        .socket_path = options->socket_path,
        .store_path = options->store_path,
        .temporary = options->command == WT_COMMAND_DEMO,
        .size_bytes = options->size_bytes,
        .segment_bytes = (uint32_t)options->segment_bytes,
        .growth_factor = options->growth_factor,
        .max_bytes = options->max_bytes,
        .file_mode = options->file_mode,
        .gid = (gid_t)-1,
        .interval_ns = options->interval_ns,
        .look_rate = (uint32_t)options->look_rate,
        .rules = options->config == NULL ? NULL : &options->config->rules,
    };
    if (options->group == NULL)
        return WT_OK;
    errno = 0;
    const struct group *group = getgrnam(options->group);
    if (group == NULL)
        return wt_fail(err, WT_EINVAL,
                       "--group %s: there is no such group; `getent group` lists them",
                       options->group);
    out->gid = group->gr_gid;
    return WT_OK;
}

/* A connection takes a descriptor, and a second one while its process is watched. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct focus {
    const struct wt_monitor *monitor;
    uint64_t worker_id;
};

static bool fill_focus(void *context, struct wt_arena *arena, struct wt_worker_activity *out) {
    const struct focus *focus = context;
    return wt_monitor_activity(focus->monitor, focus->worker_id, wt_clock_now(), arena, out);
}

struct wt_snapshot *wt_host_focused(const struct wt_host *host, uint64_t worker_id) {
    const struct wt_snapshot *snapshot = wt_monitor_snapshot(host->monitor);
    struct focus focus = {.monitor = host->monitor, .worker_id = worker_id};
    return snapshot == NULL ? NULL : wt_focus_on(snapshot, fill_focus, &focus);
}

void wt_host_show(const struct wt_host *host, struct wt_screen *screen, uint64_t worker_id) {
    wt_monitor_set_focus(host->monitor, worker_id);
    struct wt_snapshot *focused = wt_host_focused(host, worker_id);
    if (focused != NULL)
        wt_screen_refine(screen, focused);
    wt_snapshot_unref(focused);
}

static wt_status snapshot_text(void *context, uint64_t focus, struct wt_buffer *out,
                               struct wt_error *err) {
    const struct wt_host *host = context;
    const struct wt_snapshot *snapshot = wt_monitor_snapshot(host->monitor);
    if (snapshot == NULL)
        return wt_fail(err, WT_EAGAIN, "the monitor has not looked yet: ask again");
    struct wt_snapshot *focused =
        focus == 0 ? wt_snapshot_ref(snapshot) : wt_host_focused(host, focus);
    if (focused == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the snapshot");
    wt_export_json(focused, wt_clock_now(), out);
    wt_snapshot_unref(focused);
    return WT_OK;
}

static bool owns_place(void *context) {
    return wt_place_is_ours(&((const struct wt_host *)context)->place);
}

static void after_register(void *context) {
    const struct wt_host *host = context;
    wt_runner_grow(host->runner);
}

/* The place is ours, also against monitors that know no lock (a Ruby supervisor). */
static wt_status take_place(struct wt_host *host, const struct wt_host_options *options,
                            struct wt_error *err) {
    const struct wt_place_options place_options = {.socket_path = options->socket_path,
                                                   .store_path = options->store_path,
                                                   .file_mode = options->file_mode,
                                                   .gid = options->gid,
                                                   .temporary = options->temporary};
    wt_status status = wt_place_open(&host->place, &place_options, err);
    if (status != WT_OK)
        return status;
    status = wt_place_lock(&host->place, NULL, err);
    if (status != WT_OK)
        return status;
    status = wt_socket_probe(host->place.files[WT_PLACE_SOCKET], err);
    if (status == WT_OK)
        status = wt_place_set_aside(&host->place, err);
    if (status != WT_OK) {
        wt_place_abandon(&host->place);
        return status;
    }
    host->is_ours = true;
    wt_place_disk_warning(host->place.files[WT_PLACE_STORE], host->warning, sizeof host->warning);
    return WT_OK;
}

static wt_status open_monitor(struct wt_host *host, const struct wt_host_options *options,
                              struct wt_error *err) {
    const struct wt_monitor_options monitor_options = {
        .store_path = host->place.files[WT_PLACE_STORE],
        .recorder_path = host->place.files[WT_PLACE_RECORDERS],
        .wide_path = host->place.files[WT_PLACE_RECORDERS_WIDE],
        .directory_path = host->place.files[WT_PLACE_STORE_DIRECTORY],
        .takes_over = host->place.has_previous,
        .size_bytes = options->size_bytes,
        .segment_bytes = options->segment_bytes,
        .growth_factor = options->growth_factor,
        .max_bytes = options->max_bytes,
        .file_mode = host->place.file_mode,
        .has_gid = options->gid != (gid_t)-1,
        .gid = options->gid,
        .interval_ns = options->interval_ns,
        .socket_path = host->place.files[WT_PLACE_SOCKET]};
    wt_status status = wt_monitor_create(&host->monitor, &monitor_options, wt_clock_now(), err);
    if (status == WT_OK)
        wt_monitor_set_rules(host->monitor, options->rules);
    return status;
}

static wt_status open_server(struct wt_host *host, uv_loop_t *loop,
                             const struct wt_host_options *options, struct wt_error *err) {
    const struct wt_server_options server_options = {
        .socket_path = host->place.files[WT_PLACE_SOCKET],
        .mode = host->place.file_mode,
        .group = options->gid,
        .allow_other_uids = (host->place.file_mode & 077) != 0,
        .snapshot_text = snapshot_text,
        .owns_place = owns_place,
        .after_register = after_register,
        .context = host};
    return wt_server_create(&host->server, loop, host->monitor, &server_options, err);
}

wt_status wt_host_create(struct wt_host **out, uv_loop_t *loop,
                         const struct wt_host_options *options, struct wt_error *err) {
    *out = NULL;
    struct wt_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the monitor");
    raise_descriptor_limit();
    wt_status status = take_place(host, options, err);
    if (status == WT_OK)
        status = open_monitor(host, options, err);
    if (status == WT_OK)
        status = open_server(host, loop, options, err);
    const struct wt_runner_options runner_options = {.interval_ns = options->interval_ns,
                                                     .look_rate = options->look_rate,
                                                     .on_look = options->on_look,
                                                     .context = options->context};
    if (status == WT_OK)
        status = wt_runner_create(&host->runner, loop, host->monitor, host->server, &runner_options,
                                  err);
    if (status != WT_OK) {
        host->place.gives_back = true;
        wt_host_destroy(host);
        return status;
    }
    if (host->warning[0] != '\0')
        wt_log(WT_LOG_WARN, "host", "%s", host->warning);
    *out = host;
    return WT_OK;
}

void wt_host_destroy(struct wt_host *host) {
    if (host == NULL)
        return;
    wt_runner_destroy(host->runner);
    wt_server_destroy(host->server);
    wt_monitor_destroy(host->monitor);
    if (host->is_ours)
        wt_place_remove(&host->place);
    wt_place_close(&host->place);
    free(host);
}

struct wt_monitor *wt_host_monitor(const struct wt_host *host) {
    return host->monitor;
}

const char *wt_host_socket_path(const struct wt_host *host) {
    return host->place.files[WT_PLACE_SOCKET];
}

const char *wt_host_warning(const struct wt_host *host) {
    return host->warning;
}

void wt_host_set_interval(struct wt_host *host, int64_t interval_ns) {
    wt_runner_set_interval(host->runner, interval_ns);
}

void wt_host_set_look_rate(struct wt_host *host, uint32_t look_rate) {
    wt_runner_set_look_rate(host->runner, look_rate);
}
