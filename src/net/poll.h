/* poll.h - a supervisor watched over its socket: asked every interval, the last good text kept.
 *
 * Asks for `snapshot`; of a supervisor that has no such method (a Ruby one) for `status`. When
 * nobody answers, the last good text stays, and `problem` says why and since when.
 *
 * Threads: the loop's.
 */
#ifndef WT_NET_POLL_H
#define WT_NET_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/clock.h"
#include "base/status.h"

struct wt_poll;

/* Borrowed; texts are never NULL. */
struct wt_poll_state {
    const char *text; /* the last good answer: a snapshot's JSON, or with is_status a status's */
    size_t length;    /* 0: there was none yet */
    bool is_status;
    struct wt_time received;      /* when the text came */
    const char *problem;          /* why the last attempt failed, "" when it did not */
    wt_status status;             /* of the last attempt; WT_OK when it did not fail */
    struct wt_time failing_since; /* of the first of the failures in a row */
};

struct wt_poll_options {
    const char *socket_path; /* copied */
    int64_t interval_ns;     /* above 0 */
    int64_t timeout_ns;      /* of one answer; 0: 5 s */
    /* After every attempt. May call wt_poll_set_interval, not wt_poll_destroy. */
    void (*on_answer)(void *context, const struct wt_poll_state *state);
    void *context;
};

/* Asks for the first time at once. loop is borrowed. */
wt_status wt_poll_create(struct wt_poll **out, uv_loop_t *loop,
                         const struct wt_poll_options *options, struct wt_error *err);

/* Runs the loop until its own handles are closed: call it outside of the loop's callbacks. */
void wt_poll_destroy(struct wt_poll *poll);

/* Asks from now on at the new interval, and once now unless a question is open. */
void wt_poll_set_interval(struct wt_poll *poll, int64_t interval_ns);

/* Answers carry all of this worker from now on, and the next one is asked for at once unless a
 * question is open; 0: of none. */
void wt_poll_set_focus(struct wt_poll *poll, uint64_t worker_id);

/* Borrowed until the next run of the loop. */
const struct wt_poll_state *wt_poll_state(const struct wt_poll *poll);

#endif /* WT_NET_POLL_H */
