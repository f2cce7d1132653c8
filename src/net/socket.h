/* socket.h - unix sockets below libuv: bind, take over a stale one, connect, and who is there.
 *
 * libuv 1.44 cuts socket paths at 107 bytes and knows neither modes nor credentials. So the
 * descriptors are made here, and handed to uv_pipe_open.
 *
 * Threads: the caller's. wt_listener_open looks at and changes files at the path.
 */
#ifndef WT_NET_SOCKET_H
#define WT_NET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/address.h"
#include "base/status.h"

/* A bound and listening socket, and the files that it left on the disk. */
struct wt_listener {
    int fd;                    /* non-blocking, close-on-exec; -1 when closed */
    struct wt_address address; /* where it lies */
    char *link_path;           /* owned: the symlink at the long path, NULL without one */
    dev_t device;              /* of the socket file: only our own is removed */
    ino_t inode;
};

struct wt_listener_options {
    const char *path; /* borrowed for the call */
    mode_t mode;      /* of the socket file, e.g. 0600; it never has more, at no moment */
    gid_t group;      /* (gid_t)-1: leave it */
    int backlog;      /* 0: the system's largest */
};

/*
 * wt_listener_open binds and listens.
 *
 * A socket that lies at the path is taken over only when nobody listens there: connect first,
 * unlink when refused. Anything that is no socket is never removed. For a path of more than 108
 * bytes see address.h; the symlink replaces an older symlink, nothing else.
 *   WT_EBUSY   somebody listens there; the error names the process
 *   WT_EEXIST  something that is no socket lies there
 *   WT_EACCES, WT_ENOENT, WT_ESYS  as the system says, with the path
 * The caller holds the lock of the place, so that two monitors do not take over at once.
 */
wt_status wt_listener_open(struct wt_listener *out, const struct wt_listener_options *options,
                           struct wt_error *err);

/*
 * Whether workers still find this listener at its path.
 *   WT_ENOENT  the socket, or the link at a long path, was removed
 *   WT_EEXIST  something else lies there now
 *   WT_EACCES, WT_ESYS  as the system says
 */
wt_status wt_listener_check(const struct wt_listener *listener, struct wt_error *err);

/*
 * Binds the path again after WT_ENOENT, under the descriptor that the listener has already: do not
 * poll it meanwhile. Connections of the old socket stay. On failure nothing changes; errors as
 * wt_listener_open.
 */
wt_status wt_listener_renew(struct wt_listener *listener, const struct wt_listener_options *options,
                            struct wt_error *err);

/* Removes the socket's files, unless somebody has replaced them since, and closes fd unless it
 * was moved to libuv (fd == -1 then). Harmless when closed already. */
void wt_listener_close(struct wt_listener *listener);

/*
 * wt_socket_connect connects without blocking: a unix socket connects at once or not at all.
 *   WT_ENOENT   nothing lies there      WT_EDEAD  nobody listens (stale)
 *   WT_EAGAIN   the backlog is full: try again after a pause
 *   WT_EACCES, WT_ESYS
 */
wt_status wt_socket_connect(const char *path, int *fd, struct wt_error *err);

/* Whether a monitor may listen at a path. WT_OK when nobody does; WT_EBUSY names who does;
 * WT_EEXIST when something lies there that is no socket. */
wt_status wt_socket_probe(const char *path, struct wt_error *err);

/* Who is at the other end of a connected socket. */
struct wt_credentials {
    int64_t pid; /* 0: of another pid namespace, or unknown */
    uid_t uid;
    gid_t gid;
};

wt_status wt_socket_credentials(int fd, struct wt_credentials *out, struct wt_error *err);

/*
 * A pidfd of the process that connected, from the connection itself, so that a reused process id
 * cannot be meant (SO_PEERPIDFD, Linux 6.5). -1 when the kernel does not know the option, or the
 * process is gone already; *is_gone tells the latter. The caller closes it.
 */
int wt_socket_peer_pidfd(int fd, bool *is_gone);

#endif /* WT_NET_SOCKET_H */
