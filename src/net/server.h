/* server.h - the monitor's socket: workers register here, clients ask here.
 *
 *     worker                          server                            monitor
 *       |-- register(worker, ...) ---->|-- wt_monitor_register ----------->|  id, offer
 *       |<- setup_utilization_observer-|                                   |
 *       |-- schema ------------------->|-- wt_monitor_setup_answered ----->|
 *       |<- id ------------------------|                                   |
 *       |<- setup_recorder ------------|   (only with an instance key)     |
 *       |-- true --------------------->|-- wt_monitor_recorder_answered -->|
 *       |-- end of input ------------->|-- wt_monitor_remove ------------->|
 *
 * What :supervisor understands: register, keys, status, snapshot (ours: the text of the published
 * snapshot; with a worker's id as its argument also all of that worker). Everything else is
 * answered with NoMethodError: nothing here runs code for strangers.
 *
 * Nothing is held across a call to a worker: one that never answers its setup is given up after
 * setup_timeout_ns, gets its id all the same, and delays nobody. A peer that asks and does not
 * read is not read either. The next worker's nonsense closes the next worker's connection.
 *
 * Threads: the loop's. SIGPIPE is ignored for the whole process from create on.
 */
#ifndef WT_NET_SERVER_H
#define WT_NET_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/status.h"
#include "monitor/monitor.h"

struct wt_server;

struct wt_server_options {
    const char *socket_path;  /* copied */
    mode_t mode;              /* of the socket file; 0: 0600 */
    gid_t group;              /* (gid_t)-1: leave it */
    bool allow_other_uids;    /* false: register answers them with an error */
    int64_t setup_timeout_ns; /* 0: 10 s */

    /* Appends the text that `snapshot` returns; with all of worker `focus` where that is not 0 and
     * there is such a worker. WT_EAGAIN before the first look. NULL: there is no such method's
     * answer but an error. */
    wt_status (*snapshot_text)(void *context, uint64_t focus, struct wt_buffer *out,
                               struct wt_error *err);
    /* A worker took a segment: a good moment to look whether the store should grow. May be NULL. */
    /* Whether the socket's path is still ours to bind again; NULL: always. */
    bool (*owns_place)(void *context);
    void (*after_register)(void *context);
    void *context;
};

/*
 * Listens. loop and monitor are borrowed and must outlive the server. Errors are those of
 * wt_listener_open (socket.h): WT_EBUSY names who listens there already.
 */
wt_status wt_server_create(struct wt_server **out, uv_loop_t *loop, struct wt_monitor *monitor,
                           const struct wt_server_options *options, struct wt_error *err);

/*
 * Closes every connection and removes the socket's files. Runs the loop until its own handles are
 * closed: call it outside of the loop's callbacks. Workers are not removed from the monitor, which
 * is about to end itself. NULL is fine.
 */
void wt_server_destroy(struct wt_server *server);

/* Looks at the socket's path, once a tick: a socket that was removed is bound again, and whatever
 * keeps workers from finding this monitor is its trouble until it is over. */
void wt_server_check(struct wt_server *server);

/* Offers segments to workers that waited for room: after every tick and every finished growth. */
void wt_server_offer_room(struct wt_server *server);

size_t wt_server_connection_count(const struct wt_server *server);

#endif /* WT_NET_SERVER_H */
