/* host.h - hosts a monitor at a place, on the caller's loop: what serve, demo and dashboard share.
 *
 *     place (directory, names, lock) -> monitor (stores) -> server (socket) -> runner (timer)
 *
 * Opened in this order, closed in the reverse one, which removes all files. Only one monitor can
 * hold a place.
 *
 * Threads: the loop's.
 */
#ifndef WT_CLI_HOST_H
#define WT_CLI_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/status.h"
#include "config/options.h"
#include "model/rules.h"
#include "model/snapshot.h"
#include "monitor/monitor.h"

struct wt_host;

struct wt_host_options {
    const char *socket_path;      /* NULL: $WORKTOP_SOCKET, then the default place */
    const char *store_path;       /* NULL: beside the socket */
    bool temporary;               /* a fresh private directory instead; socket_path is ignored */
    uint64_t size_bytes;          /* of the store; 0: 8 pages */
    uint32_t segment_bytes;       /* 0: 512 */
    double growth_factor;         /* 0: 2 */
    uint64_t max_bytes;           /* 0: 1 GiB */
    mode_t file_mode;             /* 0: 0600; with bits for others they may register, too */
    gid_t gid;                    /* (gid_t)-1: leave the group */
    int64_t interval_ns;          /* above 0 */
    uint32_t look_rate;           /* at gauges, per second; 0: none */
    const struct wt_rules *rules; /* thresholds and fields, borrowed; NULL: the defaults */

    /* After every look, the first one inside wt_host_create; `emit` once an interval. The snapshot
     * is borrowed until it returns; wt_snapshot_ref keeps it. May be NULL. */
    void (*on_look)(void *context, const struct wt_snapshot *snapshot, bool emit);
    void *context;
};

/* What the command line says, for --group's name looked up. on_look and context stay empty.
 * WT_EINVAL for a group that does not exist. */
wt_status wt_host_options_of(const struct wt_options *options, struct wt_host_options *out,
                             struct wt_error *err);

/*
 * wt_host_create opens it all; the first look is made.
 *   WT_EBUSY   another monitor holds the place or listens there: the error says who
 *   WT_EINVAL, WT_ERANGE, WT_EACCES, WT_EFULL ...  as the error says
 * On failure *out is NULL and nothing of ours is left on disk.
 */
wt_status wt_host_create(struct wt_host **out, uv_loop_t *loop,
                         const struct wt_host_options *options, struct wt_error *err);

/* Closes it all and removes the files. Runs the loop until its own handles are closed: call it
 * outside of the loop's callbacks. NULL is fine. */
void wt_host_destroy(struct wt_host *host);

/* Borrowed. Paths are absolute. */
struct wt_monitor *wt_host_monitor(const struct wt_host *host);
/* The last published snapshot with all of this worker as it is now. One reference; NULL before the
 * first look and without memory. */
struct wt_snapshot *wt_host_focused(const struct wt_host *host, uint64_t worker_id);

/* The person at the screen looks at this worker (0: at none): it sees all of it at once, and with
 * every look from now on. */
struct wt_screen;
void wt_host_show(const struct wt_host *host, struct wt_screen *screen, uint64_t worker_id);

const char *wt_host_socket_path(const struct wt_host *host);

/* A sentence about what is not as it should be (a store on a disk), "" otherwise. */
const char *wt_host_warning(const struct wt_host *host);

void wt_host_set_interval(struct wt_host *host, int64_t interval_ns);
void wt_host_set_look_rate(struct wt_host *host, uint32_t look_rate);

#endif /* WT_CLI_HOST_H */
