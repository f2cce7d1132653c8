#include "monitor/monitor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/log.h"
#include "base/utf8.h"
#include "monitor/internal.h"
#include "shm/guard.h"
#include "shm/layout.h"

static const char room[] = "monitor";

static bool copy_text(char **out, const char *text) {
    *out = text == NULL ? NULL : strdup(text);
    return text == NULL || *out != NULL;
}

/* Copies the options, with the defaults where they leave something open. */
static wt_status take_options(struct wt_monitor *monitor, const struct wt_monitor_options *options,
                              struct wt_error *err) {
    if (options->store_path == NULL || options->store_path[0] != '/')
        return wt_fail(err, WT_EINVAL, "the store's path \"%s\" is not absolute",
                       options->store_path == NULL ? "" : options->store_path);
    monitor->options = *options;
    if (!copy_text(&monitor->store_path, options->store_path) ||
        !copy_text(&monitor->recorder_path, options->recorder_path) ||
        !copy_text(&monitor->wide_path, options->wide_path) ||
        !copy_text(&monitor->directory_path, options->directory_path) ||
        !copy_text(&monitor->socket_path, options->socket_path == NULL ? "" : options->socket_path))
        return wt_fail(err, WT_ENOMEM, "no memory for the monitor");
    monitor->options.store_path = monitor->store_path;
    monitor->options.recorder_path = monitor->recorder_path;
    monitor->options.wide_path = monitor->wide_path;
    monitor->options.directory_path = monitor->directory_path;
    monitor->options.socket_path = monitor->socket_path;
    if (monitor->options.interval_ns <= 0)
        monitor->options.interval_ns = WT_NS_PER_S;
    monitor->period_ns =
        monitor->options.interval_ns < WT_NS_PER_S ? monitor->options.interval_ns : WT_NS_PER_S;
    monitor->limits = options->limits == NULL ? wt_health_limits_default : *options->limits;
    monitor->options.limits = &monitor->limits;
    return WT_OK;
}

static struct wt_store_options store_options(const struct wt_monitor *monitor, const char *path) {
    const struct wt_monitor_options *ours = &monitor->options;
    struct wt_store_options options = wt_store_defaults(path);
    if (ours->file_mode != 0)
        options.mode = ours->file_mode;
    if (ours->has_gid)
        options.gid = ours->gid;
    return options;
}

static void set_values_geometry(const struct wt_monitor *monitor,
                                struct wt_store_options *options) {
    const struct wt_monitor_options *ours = &monitor->options;
    if (ours->size_bytes != 0)
        options->size_bytes = ours->size_bytes;
    if (ours->segment_bytes != 0)
        options->segment_bytes = ours->segment_bytes;
    if (ours->growth_factor != 0)
        options->growth_factor = ours->growth_factor;
    if (ours->max_bytes != 0)
        options->max_bytes = ours->max_bytes;
    else if (options->max_bytes < options->size_bytes)
        options->max_bytes = options->size_bytes;
}

static void set_recorder_geometry(struct wt_store_options *options, uint32_t threads) {
    options->segment_bytes = wt_recorder_stride(threads);
    options->size_bytes = (wt_recorder_is_wide(threads) ? 8 : 64) * options->segment_bytes;
}

wt_status wt_monitor_create_store(struct wt_monitor *monitor, enum wt_store_index index,
                                  uint64_t size_bytes, struct wt_store **out,
                                  struct wt_error *err) {
    const char *const paths[WT_STORE_INDICES] = {[WT_STORE_VALUES] = monitor->store_path,
                                                 [WT_STORE_RECORDERS] = monitor->recorder_path,
                                                 [WT_STORE_WIDE] = monitor->wide_path};
    struct wt_store_options options = store_options(monitor, paths[index]);
    if (index == WT_STORE_VALUES)
        set_values_geometry(monitor, &options);
    else
        set_recorder_geometry(&options, index == WT_STORE_WIDE ? WT_RECORDER_MAX_THREADS
                                                               : WT_RECORDER_DEFAULT_THREADS);
    if (size_bytes != 0)
        options.size_bytes = size_bytes;
    return wt_store_create(out, &options, err);
}

wt_status wt_monitor_create(struct wt_monitor **out, const struct wt_monitor_options *options,
                            struct wt_time now, struct wt_error *err) {
    *out = NULL;
    struct wt_monitor *monitor = calloc(1, sizeof *monitor);
    if (monitor == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the monitor");
    monitor->started = now;
    wt_prober_open(&monitor->prober, "/proc", 0);
    wt_status status = take_options(monitor, options, err);
    if (status == WT_OK)
        status = wt_guard_install(WT_GUARD_ALWAYS, err);
    if (status == WT_OK && ((monitor->events = wt_events_create()) == NULL ||
                            (monitor->board = wt_board_create()) == NULL))
        status = wt_fail(err, WT_ENOMEM, "no memory for the monitor");
    if (status == WT_OK)
        status = wt_monitor_create_store(monitor, WT_STORE_VALUES, 0,
                                         &monitor->stores[WT_STORE_VALUES], err);
    if (status == WT_OK && monitor->recorder_path != NULL)
        status = wt_monitor_create_store(monitor, WT_STORE_RECORDERS, 0,
                                         &monitor->stores[WT_STORE_RECORDERS], err);
    if (gethostname(monitor->host, sizeof monitor->host - 1) != 0)
        monitor->host[0] = '\0';
    if (status == WT_OK && monitor->directory_path != NULL && options->takes_over)
        wt_takeover_begin(monitor);
    if (status == WT_OK && monitor->directory_path != NULL)
        status = wt_publisher_create(monitor, now, err);
    if (status != WT_OK) {
        wt_monitor_destroy(monitor);
        return status;
    }
    char size[WT_FORMAT_SIZE];
    wt_format_bytes(size, sizeof size, (int64_t)wt_store_size(monitor->stores[WT_STORE_VALUES]));
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_STARTED, WT_SEVERITY_INFO, 0, "",
                  "monitor started, pid %ld, store of %s", (long)getpid(), size);
    wt_log(WT_LOG_INFO, room, "monitor started, pid %ld, store %s of %s", (long)getpid(),
           monitor->store_path, size);
    wt_takeover_tell(monitor, now);
    *out = monitor;
    return WT_OK;
}

void wt_monitor_destroy(struct wt_monitor *monitor) {
    if (monitor == NULL)
        return;
    if (monitor->growth.out)
        wt_monitor_growth_finish(monitor, &monitor->growth, monitor->started);
    wt_publisher_destroy(monitor); /* first: without it nothing is taken over */
    wt_looks_fini(monitor);
    wt_spread_scratch_fini(&monitor->spread);
    wt_odd_memory_fini(&monitor->odd_memory);
    wt_look_stores_fini(monitor);
    wt_registry_fini(monitor);
    wt_services_fini(monitor);
    wt_listeners_fini(&monitor->listeners);
    wt_prober_close(&monitor->prober);
    wt_block_pool_fini(&monitor->process_pool);
    wt_totals_fini(&monitor->totals);
    wt_takeover_fini(monitor);
    wt_events_destroy(monitor->events);
    wt_healing_fini(monitor);
    wt_board_destroy(monitor->board);
    for (int i = 0; i < WT_STORE_INDICES; i++) {
        if (monitor->stores[i] != NULL)
            wt_store_unlink(monitor->stores[i]);
        wt_store_close(monitor->stores[i]);
    }
    free(monitor->store_path);
    free(monitor->recorder_path);
    free(monitor->wide_path);
    free(monitor->directory_path);
    free(monitor->socket_path);
    free(monitor);
}

/* ---- growth ---------------------------------------------------------------------------------- */

struct wt_monitor_growth *wt_monitor_growth_due(struct wt_monitor *monitor, struct wt_time now) {
    if (monitor->growth.out)
        return NULL;
    for (int i = 0; i < WT_STORE_INDICES; i++) {
        if (monitor->stores[i] == NULL || !wt_store_growth_due(monitor->stores[i], now))
            continue;
        monitor->growth.store = (enum wt_store_index)i;
        monitor->growth.target = monitor->stores[i];
        if (wt_store_growth_begin(monitor->stores[i], &monitor->growth.job, NULL) != WT_OK)
            continue;
        monitor->growth.out = true;
        return &monitor->growth;
    }
    return NULL;
}

void wt_monitor_growth_run(struct wt_monitor_growth *growth) {
    wt_store_growth_prepare(growth->job);
}

void wt_monitor_growth_finish(struct wt_monitor *monitor, struct wt_monitor_growth *growth,
                              struct wt_time now) {
    struct wt_store *store = growth->target;
    struct wt_error why;
    /* A failure is also among the store's resizes, and told from there. */
    wt_status status = wt_store_growth_finish(store, growth->job, now, &why);
    growth->job = NULL;
    growth->out = false;
    if (store != monitor->stores[growth->store]) { /* its file was lost meanwhile */
        wt_healing_close_idle(monitor, growth->store);
        return;
    }
    if (status != WT_OK && growth->store == WT_STORE_VALUES)
        wt_registry_refuse_waiting(monitor, &why, now);
    monitor->states_changed[growth->store] = true;
    wt_stores_tell_resizes(monitor);
}

/* ---- what the server says ---------------------------------------------------------------------
 */

const char *wt_store_name(enum wt_store_index index) {
    switch (index) {
    case WT_STORE_VALUES:
        return "store";
    case WT_STORE_RECORDERS:
        return "recorder store";
    case WT_STORE_WIDE:
        return "wide recorder store";
    case WT_STORE_INDICES:
        break;
    }
    return "store";
}

static void tell_resize(struct wt_monitor *monitor, enum wt_store_index index,
                        const struct wt_store_resize_event *resize) {
    char old_size[WT_FORMAT_SIZE], new_size[WT_FORMAT_SIZE];
    wt_format_bytes(old_size, sizeof old_size, (int64_t)resize->old_bytes);
    wt_format_bytes(new_size, sizeof new_size, (int64_t)resize->new_bytes);
    bool worked = resize->problem[0] == '\0';
    if (worked)
        wt_log(WT_LOG_INFO, room,
               "resized the %s from %" PRIu64 " to %" PRIu64 " bytes, %" PRIu64
               " segments added in %" PRId64 " us",
               wt_store_name(index), resize->old_bytes, resize->new_bytes, resize->segments_added,
               resize->duration_ns / 1000);
    else
        wt_log(WT_LOG_ERROR, room,
               "resizing the %s from %" PRIu64 " to %" PRIu64 " bytes failed: %s",
               wt_store_name(index), resize->old_bytes, resize->new_bytes, resize->problem);
    if (worked)
        wt_events_add(monitor->events, resize->time.realtime_ns, WT_EVENT_RESIZED, WT_SEVERITY_INFO,
                      0, "", "%s grown from %s to %s, %" PRIu64 " segments added",
                      wt_store_name(index), old_size, new_size, resize->segments_added);
    else
        wt_events_add(monitor->events, resize->time.realtime_ns, WT_EVENT_REFUSED, WT_SEVERITY_CRIT,
                      0, "", "%s cannot grow from %s to %s: %s", wt_store_name(index), old_size,
                      new_size, resize->problem);
}

void wt_stores_tell_resizes(struct wt_monitor *monitor) {
    for (int i = 0; i < WT_STORE_INDICES; i++) {
        struct wt_store *store = monitor->stores[i];
        if (store == NULL)
            continue;
        uint64_t total = 0;
        size_t kept = wt_store_resize_count(store, &total);
        uint64_t untold = total - monitor->resizes_told[i];
        size_t first = untold < kept ? kept - (size_t)untold : 0;
        for (size_t at = first; at < kept; at++)
            tell_resize(monitor, (enum wt_store_index)i, wt_store_resize_at(store, at));
        monitor->states_changed[i] = monitor->states_changed[i] || untold > 0;
        monitor->resizes_told[i] = total;
    }
}

void wt_monitor_trouble(struct wt_monitor *monitor, const char *text, struct wt_time now) {
    char clean[sizeof monitor->trouble];
    wt_text_clean(clean, sizeof clean, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    if (strcmp(clean, monitor->trouble) == 0)
        return;
    memcpy(monitor->trouble, clean, sizeof clean);
    bool bad = clean[0] != '\0';
    if (bad) /* perhaps for want of descriptors */
        wt_prober_keep_less(&monitor->prober);
    wt_events_add(monitor->events, now.realtime_ns, bad ? WT_EVENT_TROUBLE : WT_EVENT_RECOVERED,
                  bad ? WT_SEVERITY_WARN : WT_SEVERITY_INFO, 0, "", "%s",
                  bad ? clean : "the monitor's trouble is over");
    wt_log(bad ? WT_LOG_WARN : WT_LOG_INFO, room, "%s", bad ? clean : "the trouble is over");
}

void wt_monitor_mark(struct wt_monitor *monitor, const char *text, struct wt_time now) {
    char clean[WT_EVENT_TEXT_BYTES];
    wt_text_clean(clean, sizeof clean, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_MARK, WT_SEVERITY_INFO, 0, "", "%s",
                  clean[0] != '\0' ? clean : "mark");
    wt_log(WT_LOG_INFO, room, "mark: %s", clean);
}

void wt_monitor_tick_took(struct wt_monitor *monitor, int64_t duration_ns) {
    monitor->tick_duration_ns = duration_ns;
}

void wt_monitor_period(struct wt_monitor *monitor, int64_t period_ns) {
    monitor->period_ns = period_ns;
    wt_publisher_period(monitor, period_ns);
}

void wt_monitor_interval(struct wt_monitor *monitor, int64_t interval_ns) {
    monitor->options.interval_ns = interval_ns;
}

void wt_monitor_connections(struct wt_monitor *monitor, uint64_t count) {
    monitor->connection_count = count;
}

const struct wt_snapshot *wt_monitor_tick(struct wt_monitor *monitor, struct wt_time now) {
    wt_monitor_follow_clocks(monitor, now);
    wt_takeover_tick(monitor);
    wt_registry_tick(monitor, now);
    wt_processes_tick(monitor, now);
    const struct wt_snapshot *snapshot = wt_look_make(monitor, now, true);
    if (snapshot != NULL)
        wt_publisher_tick(monitor, snapshot, now);
    return snapshot;
}

const struct wt_snapshot *wt_monitor_status(struct wt_monitor *monitor, struct wt_time now) {
    return wt_look_make(monitor, now, false);
}
