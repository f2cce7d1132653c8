#include "cli/follow.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "attach/attach.h"
#include "attach/past.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/options.h"
#include "shm/guard.h"
#include "shm/place.h"

enum { WAIT_PAUSE_MS = 20, WAIT_MS = 3000 };

#define RATES_NS WT_NS_PER_S /* between two looks at segments whose difference is shown */

struct wt_follow {
    uv_loop_t *loop;
    struct wt_follow_options options;
    struct wt_attach *attach;
    struct wt_snapshot *last; /* given to on_look; one reference */
    uv_timer_t timer;
    bool is_open; /* the timer */
};

/* ---- which file ----------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static wt_status append(char *out, const char *end, struct wt_error *err) {
    size_t length = strlen(out), more = strlen(end);
    if (length + more >= PATH_MAX)
        return wt_fail(err, WT_ERANGE, "'%s%s' is longer than %d bytes", out, end, PATH_MAX - 1);
    memcpy(out + length, end, more + 1);
    return WT_OK;
}

/* "X" -> "X.dir", "X.previous" -> "X.dir.previous". */
static wt_status of_store(char *out, struct wt_error *err) {
    static const char previous[] = ".previous";
    if (!ends_with(out, previous))
        return append(out, ".dir", err);
    out[strlen(out) - strlen(previous)] = '\0';
    return append(out, ".dir.previous", err);
}

wt_status wt_follow_find(const char *named, const char *socket, char *out, struct wt_error *err) {
    char path[PATH_MAX];
    struct stat st;
    if (named == NULL) {
        wt_status status = wt_place_find_socket(socket, path, err);
        return status != WT_OK ? status
                               : wt_place_find_beside(path, WT_PLACE_STORE_DIRECTORY, out, err);
    }
    if (named[0] == '\0')
        return wt_fail(err, WT_EINVAL, "the path to attach to is empty");
    wt_status status = wt_path_absolute(named, out, err);
    if (status != WT_OK || ends_with(out, ".dir") || ends_with(out, ".dir.previous"))
        return status;
    if (stat(out, &st) != 0) {
        int number = errno;
        if (number != ENOENT)
            return wt_fail_errno(err, number, "cannot look at '%s'", out);
        memset(&st, 0, sizeof st);
        st.st_mode = ends_with(out, ".ipc") ? S_IFSOCK : S_IFREG; /* what it would have been */
    }
    if (S_ISDIR(st.st_mode)) {
        status = append(out, "/utilization.shm.dir", err);
    } else if (S_ISSOCK(st.st_mode)) {
        memcpy(path, out, sizeof path);
        status = wt_place_find_beside(path, WT_PLACE_STORE_DIRECTORY, out, err);
    } else {
        status = of_store(out, err);
    }
    return status;
}

wt_status wt_follow_explain(const char *path, struct wt_error *err) {
    if (err->status == WT_ENOENT)
        return wt_fail(err, WT_ENOENT,
                       "no monitor's files at '%s': start one with `worktop serve`, or name its "
                       "directory, its socket or its store",
                       path);
    return err->status;
}

wt_status wt_follow_attach(const struct wt_options *options, char *path, struct wt_attach **out,
                           struct wt_error *err) {
    *out = NULL;
    wt_status status = wt_follow_find(options->operand, options->socket_path, path, err);
    if (status == WT_OK)
        status = wt_guard_install(WT_GUARD_ALWAYS, err);
    if (status != WT_OK)
        return status;
    status = wt_attach_open(out, path, wt_clock_now(), err);
    return status == WT_OK ? WT_OK : wt_follow_explain(path, err);
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void pause_ms(int ms) {
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

wt_status wt_follow_wait(struct wt_attach *attach, const struct wt_snapshot **out, bool rates,
                         struct wt_error *err) {
    wt_status status = wt_attach_look(attach, wt_clock_now(), out, err);
    for (int waited = 0; status == WT_EAGAIN && waited < WAIT_MS; waited += WAIT_PAUSE_MS) {
        pause_ms(WAIT_PAUSE_MS);
        status = wt_attach_look(attach, wt_clock_now(), out, err);
    }
    if (status == WT_OK && rates && (*out)->source.samples_segments && (*out)->tick_ns == 0) {
        pause_ms((int)(RATES_NS / WT_NS_PER_MS));
        status = wt_attach_look(attach, wt_clock_now(), out, err);
    }
    return status;
}

/* ---- looking -------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

static void schedule(struct wt_follow *follow) {
    struct wt_time now = wt_clock_now();
    int64_t next = wt_attach_next_ns(follow->attach, now, follow->options.interval_ns);
    int64_t wait_ms = (next - now.monotonic_ns + WT_NS_PER_MS - 1) / WT_NS_PER_MS;
    uv_update_time(follow->loop);
    uv_timer_start(&follow->timer, on_timer, wait_ms > 1 ? (uint64_t)wait_ms : 1, 0);
}

static void show(struct wt_follow *follow, const struct wt_snapshot *snapshot) {
    bool is_new = snapshot != follow->last;
    if (!is_new && !follow->options.repeats)
        return;
    if (is_new) {
        wt_snapshot_unref(follow->last);
        follow->last = wt_snapshot_ref(snapshot);
    }
    bool has_rates = !snapshot->source.samples_segments || snapshot->tick_ns > 0;
    follow->options.on_look(follow->options.context, snapshot, has_rates);
}

static void on_timer(uv_timer_t *timer) {
    struct wt_follow *follow = timer->data;
    const struct wt_snapshot *snapshot;
    struct wt_error err;
    wt_status status = wt_attach_look(follow->attach, wt_clock_now(), &snapshot, &err);
    if (status == WT_OK)
        show(follow, snapshot);
    else
        wt_log(WT_LOG_ERROR, "attach", "%s", err.text);
    schedule(follow);
}

void wt_follow_set_focus(struct wt_follow *follow, uint64_t worker_id) {
    wt_attach_set_focus(follow->attach, worker_id);
    uv_timer_start(&follow->timer, on_timer, 0, 0);
}

void wt_follow_set_interval(struct wt_follow *follow, int64_t interval_ns) {
    follow->options.interval_ns = interval_ns;
    schedule(follow);
}

/* ---- life ----------------------------------------------------------------------------------- */

static wt_status look_first(struct wt_follow *follow, const struct wt_snapshot **out,
                            struct wt_error *err) {
    wt_status status = wt_attach_open(&follow->attach, follow->options.path, wt_clock_now(), err);
    if (status == WT_OK)
        status = wt_follow_wait(follow->attach, out, false, err);
    if (status != WT_OK || !follow->options.living_only ||
        (*out)->source.health == WT_SOURCE_ANSWERING || (*out)->source.health == WT_SOURCE_SILENT)
        return status;
    return wt_fail(err, WT_EDEAD, "%s", (*out)->source.problem);
}

/* Without it there is the present, as ever. */
static void give_history(struct wt_follow *follow) {
    struct wt_history *history;
    struct wt_error err;
    if (follow->options.on_history == NULL)
        return;
    if (wt_attach_history(follow->attach, &history, &err) == WT_OK)
        follow->options.on_history(follow->options.context, history);
    else
        wt_log(WT_LOG_INFO, "attach", "%s", err.text);
}

wt_status wt_follow_create(struct wt_follow **out, uv_loop_t *loop,
                           const struct wt_follow_options *options, struct wt_error *err) {
    const struct wt_snapshot *snapshot;
    *out = NULL;
    struct wt_follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to attach");
    follow->loop = loop;
    follow->options = *options;
    wt_status status = wt_guard_install(WT_GUARD_ALWAYS, err);
    if (status == WT_OK)
        status = look_first(follow, &snapshot, err);
    if (status != WT_OK) {
        wt_follow_destroy(follow);
        return status;
    }
    follow->options.path = NULL; /* the attach has a copy */
    uv_timer_init(loop, &follow->timer);
    follow->timer.data = follow;
    follow->is_open = true;
    *out = follow;
    give_history(follow);
    show(follow, snapshot);
    schedule(follow);
    return WT_OK;
}

static void on_closed(uv_handle_t *handle) {
    struct wt_follow *follow = handle->data;
    follow->is_open = false;
}

void wt_follow_destroy(struct wt_follow *follow) {
    if (follow == NULL)
        return;
    if (follow->is_open)
        uv_close((uv_handle_t *)&follow->timer, on_closed);
    while (follow->is_open)
        uv_run(follow->loop, UV_RUN_ONCE);
    wt_snapshot_unref(follow->last);
    wt_attach_close(follow->attach);
    free(follow);
}
