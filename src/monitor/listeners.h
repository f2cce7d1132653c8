/* listeners.h - where services listen, and how full the kernel's accept queues are.
 *
 * A service listens where the configuration says (services.NAME.listen), and where its workers have
 * sockets open that listen: some are looked through when they join, and rarely afterwards, as far
 * as the kernel lets us. What was found is an address: a socket that another worker opens there is
 * found without looking through that worker, too.
 *
 * Once a second, with the prober's round, the kernel is asked for all listening TCP sockets, and
 * for each UNIX socket by its inode; not at all while no service is known to listen anywhere.
 *
 * Threads: one owner.
 */
#ifndef WT_MONITOR_LISTENERS_H
#define WT_MONITOR_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "probe/sock_diag.h"

struct wt_look_memory;
struct wt_monitor;
struct wt_service;
struct wt_service_entry;

/* An address of one service, and what the last round found there. */
struct wt_listen_place {
    struct wt_endpoint place;
    bool is_configured;
    uint64_t inode;  /* UNIX: of the socket; 0: to be found */
    int64_t seen_ns; /* monotonic; when a worker was last seen to have it open, 0 for never */
    uint32_t socket_count;
    uint64_t queue_length, queue_limit;
    double fullest_ratio;
    bool has_v6; /* one of them is of IPv6 */
};

/* Of one service. All zero bytes: it listens nowhere. */
struct wt_listens {
    struct wt_listen_place *places; /* owned; NULL: none yet */
    size_t count;                   /* at most WT_SERVICE_LISTENERS */
};

struct wt_listeners {
    struct wt_sock_diag diag;
    bool is_open, is_linked;  /* is_linked: by a test's link, which is never opened anew */
    int64_t failed_ns;        /* monotonic; the last failure, 0 for none */
    int64_t read_ns;          /* monotonic; the last round, 0 when it failed or there was none */
    int64_t resolved_ns;      /* monotonic; the last list of UNIX sockets */
    struct wt_listening *tcp; /* owned; those that listen */
    size_t tcp_count, tcp_capacity;
    size_t cursor; /* where the search for processes to be looked through goes on */
    bool failed;   /* of the round: no memory */
};

void wt_listeners_fini(struct wt_listeners *listeners);
void wt_listens_fini(struct wt_listens *listens);

/* After the prober's round. */
void wt_listeners_round(struct wt_monitor *monitor, struct wt_time now);

/* What is known of the service's listeners, into *out. */
void wt_listeners_put(const struct wt_monitor *monitor, struct wt_look_memory *look,
                      const struct wt_service_entry *service, struct wt_service *out);

#endif /* WT_MONITOR_LISTENERS_H */
