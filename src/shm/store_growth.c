/* store_growth.c - making the file longer: on the spot, or ahead of need in three steps. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm/mapping.h"
#include "shm/store_private.h"

enum { GROW_BELOW = 8 /* one in so many segments free */ };

static const int64_t retry_after_ns = WT_NS_PER_S;

struct wt_store_growth {
    int fd; /* its own */
    uint64_t old_bytes, new_bytes;
    char *path;
    bool prepared;
    wt_status status;
    int64_t duration_ns;
    struct wt_error error;
};

/* Keeps a text, cut visibly. size is at least 4. */
static void keep_text(char *out, size_t size, const char *text) {
    size_t length = strlen(text);
    if (length < size) {
        memcpy(out, text, length + 1);
        return;
    }
    memcpy(out, text, size - 4);
    memcpy(out + size - 4, "...", 4);
}

/* The loss of the file says more than any growth does. */
static void set_problem(struct wt_store *store, const char *text) {
    if (store->loss == NULL)
        keep_text(store->problem, sizeof store->problem, text);
}

/* ---- history ----------------------------------------------------------------------------- */

static void record_resize(struct wt_store *store, const struct wt_store_resize_event *event,
                          const char *problem) {
    struct wt_store_resize_event *slot = &store->resizes[store->resize_total % WT_STORE_RESIZES];
    *slot = *event;
    keep_text(slot->problem, sizeof slot->problem, problem);
    store->resize_total++;
}

size_t wt_store_resize_count(const struct wt_store *store, uint64_t *total) {
    if (total != NULL)
        *total = store->resize_total;
    return store->resize_total < WT_STORE_RESIZES ? (size_t)store->resize_total : WT_STORE_RESIZES;
}

const struct wt_store_resize_event *wt_store_resize_at(const struct wt_store *store, size_t index) {
    size_t length = wt_store_resize_count(store, NULL);
    if (index >= length)
        return NULL;
    return &store->resizes[(store->resize_total - length + index) % WT_STORE_RESIZES];
}

void wt_store_inherit(struct wt_store *store, const struct wt_store *lost) {
    memcpy(store->resizes, lost->resizes, sizeof store->resizes);
    store->resize_total = lost->resize_total;
    store->counts.resizes = lost->counts.resizes;
    store->counts.refused = lost->counts.refused;
}

/* ---- sizes ------------------------------------------------------------------------------- */

static uint64_t segments_in(const struct wt_store *store, uint64_t bytes) {
    return bytes / store->segment_bytes;
}

/* What the growth factor asks for: whole pages, at least one segment more, at most the maximum.
 * The present size when there is no room for another segment. */
static uint64_t next_size(const struct wt_store *store) {
    double wanted = ceil((double)store->size_bytes * store->growth_factor);
    uint64_t target = store->max_bytes;
    if (wanted < (double)store->max_bytes)
        (void)wt_page_round_up((uint64_t)wanted, &target);
    uint64_t one_more = (store->counts.segments + 1) * store->segment_bytes;
    if (target < one_more)
        (void)wt_page_round_up(one_more, &target);
    if (target > store->max_bytes)
        target = store->max_bytes;
    return segments_in(store, target) > store->counts.segments ? target : store->size_bytes;
}

/* ---- the last step of every growth ------------------------------------------------------- */

/* Maps what the file has got and appends the segments; records the outcome either way. */
static wt_status settle(struct wt_store *store, uint64_t new_bytes, int64_t duration_ns,
                        wt_status status, struct wt_time now, struct wt_error *why) {
    struct wt_store_resize_event event = {
        .time = now,
        .old_bytes = store->size_bytes,
        .new_bytes = new_bytes,
        .duration_ns = duration_ns,
    };
    if (status == WT_OK)
        status = wt_mapping_place(store->base + store->size_bytes,
                                  (size_t)(new_bytes - store->size_bytes), store->fd,
                                  store->size_bytes, why);
    if (status != WT_OK) {
        store->retry_ns = now.monotonic_ns + retry_after_ns;
        if (strcmp(store->problem, why->text) != 0) /* once, however often it is tried again */
            record_resize(store, &event, why->text);
        set_problem(store, why->text);
        return status;
    }
    uint32_t begin = (uint32_t)store->counts.segments;
    uint32_t end = (uint32_t)segments_in(store, new_bytes);
    event.segments_added = end - begin;
    store->size_bytes = new_bytes;
    store->counts.resizes++;
    set_problem(store, "");
    wt_store_append_fresh(store, begin, end);
    record_resize(store, &event, "");
    return WT_OK;
}

static wt_status grow_to(struct wt_store *store, uint64_t new_bytes, struct wt_time now,
                         struct wt_error *err) {
    struct wt_error why = {.status = WT_OK};
    int64_t begin_ns = wt_clock_now().monotonic_ns;
    wt_status status = wt_file_extend(store->fd, store->size_bytes, new_bytes, store->path, &why);
    status = settle(store, new_bytes, wt_clock_now().monotonic_ns - begin_ns, status, now, &why);
    if (status != WT_OK && err != NULL)
        *err = why;
    return status;
}

static wt_status refuse_maximum(struct wt_store *store, struct wt_time now, struct wt_error *err) {
    struct wt_error why;
    wt_fail(&why, WT_EFULL,
            "the store is at its maximum of %llu bytes (--max-size): all %llu "
            "segments are taken",
            (unsigned long long)store->max_bytes, (unsigned long long)store->counts.segments);
    set_problem(store, why.text);
    if (!store->maximum_recorded) { /* once: it never grows again */
        const struct wt_store_resize_event event = {
            .time = now, .old_bytes = store->size_bytes, .new_bytes = store->size_bytes};
        record_resize(store, &event, why.text);
        store->maximum_recorded = true;
    }
    if (err != NULL)
        *err = why;
    return WT_EFULL;
}

wt_status wt_store_grow_now(struct wt_store *store, struct wt_time now, struct wt_error *err) {
    if (store->growing)
        return wt_fail(err, WT_EAGAIN, "all %llu segments are taken, the store is growing",
                       (unsigned long long)store->counts.segments);
    uint64_t new_bytes = next_size(store);
    if (new_bytes == store->size_bytes)
        return refuse_maximum(store, now, err);
    if (now.monotonic_ns < store->retry_ns)
        return wt_fail(err, WT_EFULL, "%s", store->problem);
    wt_status status = grow_to(store, new_bytes, now, err);
    if (status != WT_OK && err != NULL)
        err->status = WT_EFULL;
    return status == WT_OK ? WT_OK : WT_EFULL;
}

wt_status wt_store_resize(struct wt_store *store, uint64_t new_bytes, struct wt_time now,
                          struct wt_error *err) {
    uint64_t rounded;
    if (new_bytes <= store->size_bytes)
        return wt_fail(err, WT_EINVAL,
                       "cannot resize to %llu bytes: a store only grows, it has %llu",
                       (unsigned long long)new_bytes, (unsigned long long)store->size_bytes);
    if (!wt_page_round_up(new_bytes, &rounded) || rounded > store->max_bytes)
        return wt_fail(err, WT_ELIMIT, "cannot resize to %llu bytes: the maximum is %llu",
                       (unsigned long long)new_bytes, (unsigned long long)store->max_bytes);
    if (store->growing)
        return wt_fail(err, WT_EAGAIN, "cannot resize: the store is growing already");
    if (wt_store_is_broken(store))
        return wt_fail(err, WT_EDEAD, "cannot resize: %s", wt_store_problem(store));
    return grow_to(store, rounded, now, err);
}

/* ---- ahead of need ----------------------------------------------------------------------- */

bool wt_store_growth_due(const struct wt_store *store, struct wt_time now) {
    return !store->growing && store->counts.free * GROW_BELOW < store->counts.segments &&
           now.monotonic_ns >= store->retry_ns && !wt_store_is_broken(store) &&
           next_size(store) > store->size_bytes;
}

static void destroy_job(struct wt_store_growth *job) {
    if (job->fd >= 0)
        close(job->fd);
    free(job->path);
    free(job);
}

wt_status wt_store_growth_begin(struct wt_store *store, struct wt_store_growth **out,
                                struct wt_error *err) {
    *out = NULL;
    if (store->growing)
        return wt_fail(err, WT_EAGAIN, "the store is growing already");
    struct wt_store_growth *job = calloc(1, sizeof *job);
    if (job == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot grow %s: out of memory", store->path);
    job->old_bytes = store->size_bytes;
    job->new_bytes = next_size(store);
    job->path = strdup(store->path);
    job->fd = fcntl(store->fd, F_DUPFD_CLOEXEC, 0);
    wt_status status = WT_OK;
    if (job->new_bytes == job->old_bytes)
        status = wt_fail(err, WT_ELIMIT, "the store is at its maximum of %llu bytes",
                         (unsigned long long)store->max_bytes);
    else if (job->path == NULL)
        status = wt_fail(err, WT_ENOMEM, "cannot grow %s: out of memory", store->path);
    else if (job->fd < 0)
        status = wt_fail_errno(err, errno, "cannot duplicate the descriptor of %s", store->path);
    if (status != WT_OK) {
        destroy_job(job);
        return status;
    }
    store->growing = true;
    *out = job;
    return WT_OK;
}

void wt_store_growth_prepare(struct wt_store_growth *job) {
    int64_t begin_ns = wt_clock_now().monotonic_ns;
    job->status = wt_file_extend(job->fd, job->old_bytes, job->new_bytes, job->path, &job->error);
    job->duration_ns = wt_clock_now().monotonic_ns - begin_ns;
    job->prepared = true;
}

wt_status wt_store_growth_finish(struct wt_store *store, struct wt_store_growth *job,
                                 struct wt_time now, struct wt_error *err) {
    wt_status status = WT_OK;
    store->growing = false;
    if (job->prepared) {
        status = settle(store, job->new_bytes, job->duration_ns, job->status, now, &job->error);
        if (status != WT_OK && err != NULL)
            *err = job->error;
    }
    destroy_job(job);
    return status;
}
