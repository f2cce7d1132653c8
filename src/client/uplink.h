/* uplink.h - one worktop's way to its monitor: find the socket, connect, register, answer, and do
 * it all again when the connection ends.
 *
 *                      .------- random pause <------------------------------.
 *                      v                                                    |
 *     DISCONNECTED -> CONNECTING -> REGISTERING -> ATTACHED -- connection ends, register fails,
 *                      |   (connected: register)    (id)       nonsense received, file truncated
 *                      '--- nobody there -> random pause
 *
 * The monitor calls back while the uplink registers, or later, as often as it likes:
 * setup_utilization_observer hands out a segment, setup_recorder a recorder region. Both stay in
 * use after the connection ended, until the next monitor hands out others. A monitor whose file was
 * truncated calls again with others by itself; if it does not for five heartbeats, the uplink drops
 * the connection and registers again, to be given them. So it does when a segment could not be
 * mapped for reasons that may pass (no descriptors left, a file that is gone).
 *
 * Pauses: at most one second when nobody is there, and after the first ten connections in a row
 * that lived less than ten seconds; after further ones of these, doubling up to a minute. A refused
 * connection ends such a row: the monitor that dropped us is gone.
 *
 * Nothing here blocks, but wt_uplink_wait. Threads: the caller holds the worktop's mutex, except
 * for wt_uplink_wait and wt_uplink_wake.
 */
#ifndef WT_CLIENT_UPLINK_H
#define WT_CLIENT_UPLINK_H

#include <stdbool.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "base/status.h"
#include "bus/peer.h"
#include "client/cells.h"
#include "client/recorder.h"

enum { WT_INSTANCE_SIZE = 33 };

struct wt_uplink {
    /* What it serves; borrowed. */
    struct wt_cells *cells;
    struct wt_recorder *recorder;
    const char *service;     /* NULL: none is announced */
    const char *socket_path; /* NULL: $WORKTOP_SOCKET and the default place, at each try */

    int epoll_fd, timer_fd, wake_fd; /* -1 while closed */
    int socket_fd;                   /* -1 without a connection */
    bool wants_to_write;             /* the socket is watched for room */
    bool is_over;                    /* something asks for the connection to be dropped */
    enum worktop_state state;
    struct wt_bus_peer *peer; /* from REGISTERING on */
    uint64_t id;
    char instance[WT_INSTANCE_SIZE]; /* random: 32 hexadecimal digits */
    uint64_t connections;
    uint64_t random_state;

    uint64_t pause_unit_ns; /* one second; tests shorten it */
    uint64_t heartbeat_ns;  /* one second; tests change it */
    uint32_t short_lives;   /* connections in a row that lived under ten seconds */
    uint64_t connected_at_ns;
    uint64_t next_try_ns; /* while disconnected */
    uint64_t next_heartbeat_ns;
    bool segment_lost, region_lost; /* or not to be had, and not replaced by the monitor yet ... */
    uint64_t lost_since_ns;         /* ... since then; meaningless when neither is */
    struct wt_error trouble;        /* the last thing that went wrong */
};

/*
 * Opens the descriptors and draws a new instance key; the first connection is tried in the first
 * dispatch. On failure nothing is held. WT_ESYS, WT_ENOMEM.
 */
wt_status wt_uplink_open(struct wt_uplink *uplink, struct wt_error *err);

/* Leaves the monitor and closes everything. Also right for a forked child: the parent's connection
 * is not disturbed. A closed uplink may be opened again. */
void wt_uplink_close(struct wt_uplink *uplink);

/* Forked child, in the fork handler: closes the descriptors, touches nothing else. */
void wt_uplink_abandon(struct wt_uplink *uplink);

/* Does whatever is due, without blocking. */
void wt_uplink_dispatch(struct wt_uplink *uplink);

/* Blocks until there is something to dispatch. */
void wt_uplink_wait(const struct wt_uplink *uplink);

/* The segment that was handed out could not be mapped: it is to be asked for again in a while. */
void wt_uplink_miss_segment(struct wt_uplink *uplink);

/* Ends a wait, from any thread. */
void wt_uplink_wake(const struct wt_uplink *uplink);

/*
 * The pause before the next try: `short_lives` as in the uplink, a unit of one second, and 64
 * random bits. In (0, unit], or for more than ten short lives in [limit / 2, limit] with limit =
 * 2, 4, 8 ... 60 units.
 */
uint64_t wt_uplink_pause_ns(uint32_t short_lives, uint64_t unit_ns, uint64_t random);

#endif /* WT_CLIENT_UPLINK_H */
