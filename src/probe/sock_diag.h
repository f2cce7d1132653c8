/* sock_diag.h - the kernel's accept queues, by NETLINK_SOCK_DIAG (sock_diag(7)). Needs no rights.
 *
 * Sockets that listen on TCP are asked for with the LISTEN filter: the kernel walks the table of
 * listeners alone, however many connections there are. A UNIX socket is asked for by its inode; a
 * list of all that listen (the kernel walks over the others, but tells nothing of them) serves only
 * to find the inode of an address, and is to be asked for rarely.
 *
 * Only sockets of the monitor's own network namespace can be seen.
 *
 * Threads: one owner. Never waits: the kernel answers while it is asked.
 */
#ifndef WT_PROBE_SOCK_DIAG_H
#define WT_PROBE_SOCK_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "model/endpoint.h"

/* A socket that listens. */
struct wt_listening {
    struct wt_endpoint place;
    uint64_t inode; /* of the socket, as /proc/PID/fd names it */
    uint32_t queue_length;
    uint32_t queue_limit;
};

/* How requests are sent and answers come; as send(2) and recv(2) with MSG_TRUNC, -1 with errno. */
struct wt_sock_diag_link {
    ssize_t (*send)(void *context, const void *bytes, size_t length);
    ssize_t (*receive)(void *context, void *bytes, size_t size);
    void *context;
};

struct wt_sock_diag {
    struct wt_sock_diag_link link;
    int fd; /* -1: not open, or a test's link */
    uint32_t sequence;
};

/* WT_ESYS: the kernel has none, or does not let us. */
wt_status wt_sock_diag_open(struct wt_sock_diag *diag, struct wt_error *err);
void wt_sock_diag_close(struct wt_sock_diag *diag);

/*
 * Calls `found` with each socket that listens; borrowed for the call. After a failure the
 * connection is not to be used again.
 *   WT_ESYS      the kernel refuses: no such family, no rights
 *   WT_EFORMAT   an answer that cannot be
 *   WT_ELIMIT    more answers than anybody has listeners
 */
wt_status wt_sock_diag_list(struct wt_sock_diag *diag, enum wt_listener_family family,
                            void (*found)(void *context, const struct wt_listening *socket),
                            void *context, struct wt_error *err);

/* The UNIX socket with this inode. WT_ENOENT: there is none that listens; else as above. */
wt_status wt_sock_diag_unix(struct wt_sock_diag *diag, uint64_t inode, struct wt_listening *out,
                            struct wt_error *err);

#endif /* WT_PROBE_SOCK_DIAG_H */
