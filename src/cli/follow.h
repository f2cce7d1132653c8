/* follow.h - another monitor, followed through its mapped files on the caller's loop.
 *
 *     its files --attach/attach.h--> follow --on_look--> screen.h
 *
 * Looks right after that monitor's next tick is due, at most once per interval; a monitor that does
 * not answer is looked at once per interval. It is neither asked nor slowed down.
 *
 * Threads: the loop's.
 */
#ifndef WT_CLI_FOLLOW_H
#define WT_CLI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/status.h"
#include "config/options.h"
#include "model/history.h"
#include "model/snapshot.h"

struct wt_follow;

struct wt_follow_options {
    const char *path;    /* of the directory file, absolute */
    int64_t interval_ns; /* above 0 */
    bool living_only;    /* wt_follow_create is for a monitor that lives: WT_EDEAD else */
    bool repeats;        /* on_look also when nothing is new: for plain tables */
    /* After a look. `emit` is false for a first look at segments, which has no rates. Borrowed. */
    void (*on_look)(void *context, const struct wt_snapshot *snapshot, bool emit);
    /* Before the first on_look, when the file has it: the last hour, whose owner the callee is from
     * then on. NULL: not wanted. */
    void (*on_history)(void *context, struct wt_history *history);
    void *context;
};

/*
 * Opens the files and looks for the first time, on_look included. A monitor that has not published
 * anything yet is waited for, 3 s at most. Errors are those of wt_attach_open, ready to be shown;
 * WT_EAGAIN nothing was published.
 */
wt_status wt_follow_create(struct wt_follow **out, uv_loop_t *loop,
                           const struct wt_follow_options *options, struct wt_error *err);

/* Runs the loop until its own handles are closed: call it outside of the loop's callbacks. NULL is
 * fine. */
void wt_follow_destroy(struct wt_follow *follow);

/* Looks carry all of this worker from now on; the next one follows at once. 0: of none. */
void wt_follow_set_focus(struct wt_follow *follow, uint64_t worker_id);

void wt_follow_set_interval(struct wt_follow *follow, int64_t interval_ns);

/* Waits until `attach` gives a snapshot with all it can have: published, and with rates when it is
 * read from the segments. Blocks, 3 s at most. *out is borrowed from the attach. */
struct wt_attach;
wt_status wt_follow_wait(struct wt_attach *attach, const struct wt_snapshot **out, bool rates,
                         struct wt_error *err);

/*
 * The directory file that a person means. `named` may be a place's directory, a socket, a store or
 * a directory file (*.dir, *.dir.previous), or NULL: then the monitor of `socket` (NULL: of
 * $WORKTOP_SOCKET, else of the default place). out holds PATH_MAX bytes. Whether it is there is not
 * looked at; WT_ENOENT when nothing is at `named`.
 */
wt_status wt_follow_find(const char *named, const char *socket, char *out, struct wt_error *err);

/* An error of wt_attach_open and of wt_follow_find as a person is told it: what is at `path`, and
 * what to do. Returns err->status. */
wt_status wt_follow_explain(const char *path, struct wt_error *err);

/* Both at once, for one look: attached to the file that the options mean, whose name goes to
 * path[PATH_MAX]; a truncation of it is no fault of this process. Errors are ready to be shown. */
wt_status wt_follow_attach(const struct wt_options *options, char *path, struct wt_attach **out,
                           struct wt_error *err);

#endif /* WT_CLI_FOLLOW_H */
