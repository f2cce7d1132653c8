/* session.h - one connection of the server: what its other end asked for, and what we asked it.
 *
 *     IDLE --register--> SETUP --answer, error, time-out--> [RECORDER] --> IDLE
 *                          ^                                                 |
 *                          '---------- room for a worker that waited --------'
 *     SETUP, RECORDER --time-out--> LATE --the answer after all--> asked again (it was stopped)
 *     IDLE, LATE --its store was lost and replaced--> SETUP, RECORDER
 *     any --end of input--> LINGER (the last answers are written) --> closed
 *
 * Inner header of src/net. Threads: the loop's.
 */
#ifndef WT_NET_SESSION_H
#define WT_NET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "bus/peer.h"
#include "monitor/monitor.h"
#include "net/server.h"
#include "net/socket.h"
#include "net/stream.h"

enum wt_session_phase {
    WT_SESSION_IDLE,
    WT_SESSION_SETUP,
    WT_SESSION_RECORDER,
    WT_SESSION_LATE, /* a call was given up; its answer would be a sign of life */
    WT_SESSION_LINGER
};

struct wt_session {
    struct wt_stream stream;
    struct wt_server *server;
    struct wt_session *next, *previous; /* among all sessions */
    struct wt_session *deadline_next, *deadline_previous;
    int64_t deadline_ns; /* monotonic; 0: none, and not in the list */
    enum wt_session_phase phase;
    bool is_registered;
    uint64_t worker_id;              /* of the monitor, when registered */
    uint64_t call_id;                /* of the open call in SETUP and RECORDER */
    uint64_t late_id;                /* of the one that was given up, in LATE */
    uint32_t segment_bytes;          /* of the offer in SETUP */
    struct wt_bus_token register_id; /* of the register call that still waits for its answer */
    struct wt_bus_token worker;      /* the worker's object; empty when it named none */
    struct wt_credentials credentials;
};

struct wt_server {
    uv_loop_t *loop;
    struct wt_monitor *monitor;
    struct wt_server_options options;
    struct wt_listener listener;
    uv_poll_t poll;   /* of the listening socket */
    uv_timer_t timer; /* runs while a deadline or a trouble is pending */
    uv_timer_t pause; /* runs while no connection is taken */
    size_t open_handles;
    struct wt_session *sessions;
    size_t session_count;
    struct wt_session *deadline_first, *deadline_last; /* all deadlines are equally long: a queue */
    struct wt_map workers;                             /* worker id -> session */
    struct wt_complaints {
        int64_t begin_ns; /* of the period; 0: none yet */
        unsigned told, untold;
    } complaints;       /* about connections: so many are logged in a period, then their number */
    bool is_lost;       /* nobody finds the socket, and the monitor's trouble says why */
    int64_t refused_ns; /* monotonic time of the last connection that could not be taken, or 0 */
    bool is_closing;
    struct wt_stream_scratch scratch;
};

/* What every session answers: one static table. */
extern const struct wt_bus_handlers wt_session_handlers;
extern const struct wt_stream_events wt_session_events;

/* Calls setup_utilization_observer (or setup_recorder) with this offer, for a worker that waited
 * for room or whose store was lost. */
void wt_session_offer(struct wt_session *session, const struct wt_offer *offer);

/* The deadline passed. */
void wt_session_expire(struct wt_session *session);

/* Ends the session and its connection. Its worker leaves the monitor. */
void wt_session_close(struct wt_session *session);

/* Logs a warning about a connection or its worker, unless there were many of late: then they are
 * counted, and the number is logged with the next one. */
void wt_server_complain(struct wt_server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For server.c alone. */
void wt_server_set_deadline(struct wt_session *session);
void wt_server_clear_deadline(struct wt_session *session);
void wt_server_forget(struct wt_session *session);

#endif /* WT_NET_SESSION_H */
