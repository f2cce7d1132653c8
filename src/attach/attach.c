/* Attaching: one file that is read, and the path that may lead to another one by now.
 *
 *     look --> follow: does the path still lead to this file? else open the one it leads to
 *          --> read: header, and a snapshot if there is a newer one
 *          --> watch: how is its monitor?
 *                ANSWERING, SILENT --> that snapshot, with what is known of the source
 *                DEAD, LEFT        --> the sampler's, from the segments
 *
 * A snapshot is made again only when anything in it would be another one. What fails leaves the
 * last good values, with a sentence.
 */
#include "attach/attach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attach/file.h"
#include "attach/focus.h"
#include "attach/private.h"
#include "attach/sample.h"
#include "flight/focus.h"

enum { READY_TRIES = 100, PROBLEM_SIZE = 512 };

#define READY_PAUSE_NS (10 * WT_NS_PER_MS)
#define LEAST_PAUSE_NS (20 * WT_NS_PER_MS) /* between two looks, whatever the files say */
#define MOMENT_NS (10 * WT_NS_PER_MS)      /* from a tick to its snapshot, and more */
#define MOST_MOMENT_NS (100 * WT_NS_PER_MS)

struct wt_attach {
    char *path;
    struct wt_attached_file *file;
    struct wt_sampler *sampler;        /* while its monitor is gone; NULL before */
    const struct wt_snapshot *sampled; /* the file's newest when the sampler was made */
    struct wt_snapshot *shown;         /* what the last look gave; NULL before the first */
    const struct wt_snapshot *touched; /* the file's newest that `shown` was made of */
    struct wt_watch_finding finding;   /* of the last look */
    char problem[PROBLEM_SIZE];        /* what `shown` says */
    uint64_t focus_id, shown_focus_id; /* the worker looked at, as wanted and as shown; 0: none */
    char path_problem[PROBLEM_SIZE];   /* of the path, "" when it leads to the file */
};

/* ---- open and close ------------------------------------------------------------------------- */

static void forget_sampler(struct wt_attach *attach) {
    wt_sampler_destroy(attach->sampler);
    wt_snapshot_unref(attach->sampled);
    attach->sampler = NULL;
    attach->sampled = NULL;
}

void wt_attach_close(struct wt_attach *attach) {
    if (attach == NULL)
        return;
    forget_sampler(attach);
    wt_snapshot_unref(attach->shown);
    wt_snapshot_unref(attach->touched);
    wt_attached_file_close(attach->file);
    free(attach->path);
    free(attach);
}

const struct wt_attached_file *wt_attach_file(const struct wt_attach *attach) {
    return attach->file;
}

/* A file is made beside its path and renamed: one that is not ready is so for a moment only. */
static wt_status open_ready(struct wt_attached_file **out, const char *path, struct wt_error *err) {
    static const struct timespec pause = {.tv_nsec = READY_PAUSE_NS};
    wt_status status = wt_attached_file_open(out, path, err);
    for (int i = 0; i < READY_TRIES && status == WT_EAGAIN; i++) {
        nanosleep(&pause, NULL);
        status = wt_attached_file_open(out, path, err);
    }
    return status;
}

wt_status wt_attach_open(struct wt_attach **out, const char *path, struct wt_time now,
                         struct wt_error *err) {
    *out = NULL;
    struct wt_attach *attach = calloc(1, sizeof *attach);
    if (attach == NULL || (attach->path = strdup(path)) == NULL) {
        free(attach);
        return wt_fail(err, WT_ENOMEM, "no memory to attach to '%s'", path);
    }
    wt_status status = open_ready(&attach->file, path, err);
    if (status != WT_OK) {
        wt_attach_close(attach);
        return status;
    }
    wt_attached_file_read(attach->file);
    wt_watch_look(&attach->file->watch, &attach->file->header, now, &attach->finding);
    *out = attach;
    return WT_OK;
}

/* ---- following the path --------------------------------------------------------------------- */

/* Another file has the path: that one, as soon as it has a snapshot. */
static void take_next(struct wt_attach *attach) {
    struct wt_attached_file *next;
    struct wt_error err;
    wt_status status = wt_attached_file_open(&next, attach->path, &err);
    if (status == WT_OK && !wt_attached_file_read(next)) {
        err = next->trouble;
        status = err.status != WT_OK && err.status != WT_EAGAIN
                     ? err.status
                     : wt_fail(&err, WT_EAGAIN, "it holds no snapshot yet");
        wt_attached_file_close(next);
    }
    if (status != WT_OK) {
        snprintf(attach->path_problem, sizeof attach->path_problem,
                 "another file is at '%s' by now: %s", attach->path, err.text);
        return;
    }
    forget_sampler(attach);
    wt_attached_file_close(attach->file);
    attach->file = next;
}

static void follow(struct wt_attach *attach) {
    struct wt_error err;
    attach->path_problem[0] = '\0';
    switch (wt_directory_view_check(attach->file->view, &err)) {
    case WT_OK:
        break;
    case WT_EEXIST:
        take_next(attach);
        break;
    case WT_ENOENT:
        snprintf(attach->path_problem, sizeof attach->path_problem,
                 "'%s' was removed: what this viewer has mapped is still read, but nobody else can "
                 "attach",
                 attach->path);
        break;
    default:
        snprintf(attach->path_problem, sizeof attach->path_problem, "%s", err.text);
        break;
    }
}

/* ---- what is shown -------------------------------------------------------------------------- */

static bool is_gone(const struct wt_attach *attach) {
    return attach->finding.health == WT_SOURCE_DEAD || attach->finding.health == WT_SOURCE_LEFT;
}

/* The last snapshot's workers still write this generation's segments. */
static bool can_sample(const struct wt_attach *attach) {
    return is_gone(attach) && attach->file->watch.this_boot && !attach->file->is_previous;
}

/* What is wrong although heartbeats come. */
static void describe_trouble(const struct wt_attach *attach, struct wt_time now, char *out,
                             size_t size) {
    const struct wt_attached_file *file = attach->file;
    int64_t age = wt_snapshot_age_ns(file->newest, now);
    if (attach->path_problem[0] != '\0')
        snprintf(out, size, "%s", attach->path_problem);
    else if (file->trouble.status == WT_EFORMAT || file->trouble.status == WT_EVERSION ||
             file->trouble.status == WT_ENOMEM)
        snprintf(out, size, "the newest snapshot cannot be read: %s", file->trouble.text);
    else if (age > 3 * wt_watch_interval_ns(&file->header))
        snprintf(out, size,
                 "monitor %lld lives, but has not published a snapshot for %lld s: these are the "
                 "last values",
                 (long long)file->watch.pid, (long long)(age / WT_NS_PER_S));
}

static void describe(const struct wt_attach *attach, struct wt_time now, bool reads, char *out,
                     size_t size) {
    const struct wt_attached_file *file = attach->file;
    const char *values = "these are the last values";
    out[0] = '\0';
    if (attach->finding.health == WT_SOURCE_ANSWERING) {
        describe_trouble(attach, now, out, size);
        return;
    }
    if (reads)
        values = "figures of workers are live, verdicts, store and events are its last word";
    else if (file->is_previous)
        values = "these are its last values: another monitor took its place";
    struct wt_watch_finding finding = attach->finding;
    if (finding.health == WT_SOURCE_SILENT && !wt_directory_view_is_readable(file->view))
        finding.reason = "its directory file was truncated underneath";
    wt_watch_sentence(&file->watch, &finding, now, values, out, size);
}

static void show(struct wt_attach *attach, struct wt_snapshot *snapshot,
                 const struct wt_snapshot *touched) {
    struct wt_snapshot *before = attach->shown;
    const struct wt_snapshot *touched_before = attach->touched;
    attach->shown = snapshot;
    attach->touched = wt_snapshot_ref(touched);
    wt_snapshot_unref(before);
    wt_snapshot_unref(touched_before);
}

static struct wt_source source_of(const struct wt_attach *attach, const char *problem) {
    return (struct wt_source){
        .kind = WT_SOURCE_ATTACH,
        .health = attach->finding.health,
        .path = attach->path,
        .problem = problem,
        .heartbeat_ns = attach->finding.heartbeat_ns,
        .since_realtime_ns = attach->finding.since_realtime_ns,
    };
}

/* The snapshot (moved) with all of the worker that is looked at: its region says more than its
 * monitor published. */
static struct wt_snapshot *focus_on(const struct wt_attach *attach, struct wt_snapshot *snapshot,
                                    struct wt_time now) {
    struct wt_attached_ask ask = {
        .snapshot = snapshot,
        .view = attach->file->view,
        .stores = attach->file->stores,
        .worker_id = attach->focus_id,
        .now_ns = now.monotonic_ns,
    };
    if (attach->focus_id == 0 || !attach->file->watch.this_boot || attach->file->is_previous)
        return snapshot;
    struct wt_snapshot *focused = wt_focus_on(snapshot, wt_attached_focus, &ask);
    wt_snapshot_unref(snapshot);
    return focused;
}

/* The published snapshot: as it came, or marked. */
static wt_status show_published(struct wt_attach *attach, struct wt_time now,
                                struct wt_error *err) {
    const struct wt_snapshot *newest = attach->file->newest;
    char problem[PROBLEM_SIZE];
    describe(attach, now, false, problem, sizeof problem);
    bool is_fixed = attach->focus_id == 0 || attach->finding.health == WT_SOURCE_ANSWERING;
    if (attach->shown != NULL && attach->touched == newest && is_fixed &&
        attach->shown_focus_id == attach->focus_id &&
        attach->shown->source.health == attach->finding.health &&
        strcmp(attach->problem, problem) == 0)
        return WT_OK;
    struct wt_source source = source_of(attach, problem);
    struct wt_snapshot *marked = wt_flat_retouch(newest, &source);
    if (marked == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for a snapshot");
    if (!attach->file->watch.this_boot) /* its monotonic time is of another boot */
        marked->time.monotonic_ns = now.monotonic_ns - (now.realtime_ns - newest->time.realtime_ns);
    marked = focus_on(attach, marked, now);
    if (marked == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for a snapshot");
    attach->shown_focus_id = attach->focus_id;
    memcpy(attach->problem, problem, sizeof problem);
    show(attach, marked, newest);
    return WT_OK;
}

static wt_status make_sampler(struct wt_attach *attach, struct wt_error *err) {
    const struct wt_attached_file *file = attach->file;
    forget_sampler(attach);
    const struct wt_sampler_options options = {.last = file->newest,
                                               .view = file->view,
                                               .stores = file->stores,
                                               .store_problem = file->store_error.text,
                                               .pids_are_ours = file->watch.pids_are_ours};
    wt_status status = wt_sampler_create(&attach->sampler, &options, err);
    if (status == WT_OK)
        attach->sampled = wt_snapshot_ref(file->newest);
    return status;
}

static wt_status show_sampled(struct wt_attach *attach, struct wt_time now, struct wt_error *err) {
    wt_status status = WT_OK;
    if (attach->sampler == NULL || attach->sampled != attach->file->newest)
        status = make_sampler(attach, err);
    if (status != WT_OK)
        return status;
    if (attach->shown != NULL && attach->touched == NULL &&
        attach->shown_focus_id == attach->focus_id &&
        now.monotonic_ns - attach->shown->time.monotonic_ns < LEAST_PAUSE_NS)
        return WT_OK;
    wt_sampler_set_focus(attach->sampler, attach->focus_id);
    bool reads = wt_sampler_is_reading(attach->sampler);
    char problem[PROBLEM_SIZE];
    describe(attach, now, reads, problem, sizeof problem);
    struct wt_source source = source_of(attach, problem);
    source.samples_segments = reads;
    struct wt_snapshot *snapshot;
    status = wt_sampler_look(attach->sampler, now, &source, &snapshot, err);
    if (status != WT_OK)
        return status;
    memcpy(attach->problem, problem, sizeof problem);
    attach->shown_focus_id = attach->focus_id;
    show(attach, snapshot, NULL);
    return WT_OK;
}

wt_status wt_attach_look(struct wt_attach *attach, struct wt_time now,
                         const struct wt_snapshot **out, struct wt_error *err) {
    wt_status status = WT_OK;
    follow(attach);
    wt_attached_file_read(attach->file);
    wt_watch_look(&attach->file->watch, &attach->file->header, now, &attach->finding);
    if (is_gone(attach))
        wt_attached_file_read(attach->file); /* what it published before its end */
    else
        forget_sampler(attach);
    if (attach->file->newest == NULL)
        status = WT_EAGAIN;
    else
        status =
            can_sample(attach) ? show_sampled(attach, now, err) : show_published(attach, now, err);
    *out = attach->shown;
    if (status == WT_EAGAIN && attach->file->trouble.status == WT_EVERSION)
        return wt_fail(err, WT_EAGAIN, "'%s' cannot be shown: %s", attach->path,
                       attach->file->trouble.text);
    if (status == WT_EAGAIN)
        return wt_fail(err, WT_EAGAIN, "'%s' holds no snapshot yet%s%s", attach->path,
                       attach->file->trouble.status != WT_OK ? ": " : "",
                       attach->file->trouble.status != WT_OK ? attach->file->trouble.text : "");
    return status;
}

void wt_attach_set_focus(struct wt_attach *attach, uint64_t worker_id) {
    attach->focus_id = worker_id;
}

/* ---- when to look again --------------------------------------------------------------------- */

int64_t wt_attach_next_ns(const struct wt_attach *attach, struct wt_time now, int64_t interval_ns) {
    int64_t pause = interval_ns > LEAST_PAUSE_NS ? interval_ns : LEAST_PAUSE_NS;
    int64_t wanted = now.monotonic_ns + pause, beat = attach->finding.heartbeat_ns;
    if (attach->finding.health != WT_SOURCE_ANSWERING || beat == 0)
        return wanted;
    /* The first tick from half a tick before the wanted time on, so that a viewer with the same
     * interval sees every tick, and none twice. */
    int64_t tick = wt_watch_interval_ns(&attach->file->header), moment = MOMENT_NS;
    if (attach->file->newest != NULL)
        moment += attach->file->newest->monitor.tick_duration_ns;
    moment = moment < MOST_MOMENT_NS ? moment : MOST_MOMENT_NS;
    int64_t least = wanted - tick / 2;
    if (least < now.monotonic_ns + LEAST_PAUSE_NS)
        least = now.monotonic_ns + LEAST_PAUSE_NS;
    int64_t next = beat + moment;
    if (next < least)
        next += (least - next + tick - 1) / tick * tick;
    return next;
}
