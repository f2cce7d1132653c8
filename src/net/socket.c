#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux 6.5, younger than many a libc. Two architectures number their options differently. */
#if !defined(SO_PEERPIDFD) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PEERPIDFD 77
#endif

enum { TAKE_OVER_ATTEMPTS = 3 };

static int open_socket(void) {
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool is_kind(const char *path, mode_t kind) {
    struct stat info;
    return lstat(path, &info) == 0 && (info.st_mode & S_IFMT) == kind;
}

wt_status wt_socket_connect(const char *path, int *fd, struct wt_error *err) {
    *fd = -1;
    struct wt_address address;
    wt_status status = wt_address_resolve(path, true, &address, err);
    if (status != WT_OK)
        return status;
    int opened = open_socket();
    if (opened < 0)
        return wt_fail_errno(err, errno, "cannot make a socket for '%s'", path);
    int connected;
    do
        connected = connect(opened, (const struct sockaddr *)&address.un, address.length);
    while (connected < 0 && errno == EINTR);
    if (connected == 0) {
        *fd = opened;
        return WT_OK;
    }
    int number = errno;
    close(opened);
    if (number == ECONNREFUSED)
        return wt_fail(err, WT_EDEAD, "nobody listens at '%s'", path);
    if (number == EAGAIN)
        return wt_fail(err, WT_EAGAIN, "the monitor at '%s' is too busy to accept a connection",
                       path);
    return wt_fail_errno(err, number, "cannot connect to '%s'", path);
}

/* The status of a connection attempt that told nothing new is left in *attempt. */
static wt_status probe(const char *path, wt_status *attempt, struct wt_error *why,
                       struct wt_error *err) {
    int fd;
    *attempt = wt_socket_connect(path, &fd, why);
    if (*attempt == WT_EAGAIN)
        return wt_fail(err, WT_EBUSY, "somebody else listens at '%s'", path);
    if (*attempt != WT_OK)
        return WT_OK;
    struct wt_credentials holder;
    bool known = wt_socket_credentials(fd, &holder, NULL) == WT_OK && holder.pid > 0;
    close(fd);
    if (!known)
        return wt_fail(err, WT_EBUSY, "somebody else listens at '%s'", path);
    return wt_fail(err, WT_EBUSY, "process %lld already listens at '%s'", (long long)holder.pid,
                   path);
}

wt_status wt_socket_probe(const char *path, struct wt_error *err) {
    wt_status attempt;
    struct wt_error why;
    struct stat info;
    wt_status status = probe(path, &attempt, &why, err);
    if (status == WT_OK && stat(path, &info) == 0 && !S_ISSOCK(info.st_mode))
        return wt_fail(err, WT_EEXIST,
                       "'%s' exists and is no socket: remove it, or name another path", path);
    return status;
}

/* After EADDRINUSE: removes a socket that nobody listens at. */
static wt_status remove_stale(const struct wt_address *address, struct wt_error *err) {
    wt_status attempt;
    struct wt_error why;
    wt_status status = probe(address->path, &attempt, &why, err);
    if (status != WT_OK)
        return status;
    if (attempt == WT_ENOENT && !is_kind(address->path, S_IFLNK))
        return WT_OK; /* removed in between */
    if (attempt != WT_EDEAD && attempt != WT_ENOENT)
        return wt_fail(err, attempt, "%s", why.text);
    if (!is_kind(address->path, S_IFSOCK))
        return wt_fail(err, WT_EEXIST,
                       "'%s' exists and is no socket: remove it, or name another path",
                       address->path);
    if (unlink(address->path) != 0 && errno != ENOENT)
        return wt_fail_errno(err, errno, "cannot remove the stale socket '%s'", address->path);
    return WT_OK;
}

static wt_status bind_at(int fd, const struct wt_address *address, struct wt_error *err) {
    for (int attempt = 0; attempt < TAKE_OVER_ATTEMPTS; attempt++) {
        if (bind(fd, (const struct sockaddr *)&address->un, address->length) == 0)
            return WT_OK;
        if (errno != EADDRINUSE)
            return wt_fail_errno(err, errno, "cannot bind the socket '%s'", address->path);
        wt_status status = remove_stale(address, err);
        if (status != WT_OK)
            return status;
    }
    return wt_fail(err, WT_EBUSY, "somebody else keeps binding '%s'", address->path);
}

static wt_status set_owner_and_mode(struct wt_listener *listener,
                                    const struct wt_listener_options *options,
                                    struct wt_error *err) {
    const char *path = listener->address.path;
    if (options->group != (gid_t)-1 && lchown(path, (uid_t)-1, options->group) != 0)
        return wt_fail_errno(err, errno, "cannot give socket '%s' to group %lld", path,
                             (long long)options->group);
    /* bind applied the umask to the mode of the descriptor, which may have taken too much. */
    if (chmod(path, options->mode) != 0)
        return wt_fail_errno(err, errno, "cannot set mode %04o of socket '%s'",
                             (unsigned)options->mode, path);
    struct stat info;
    if (lstat(path, &info) != 0)
        return wt_fail_errno(err, errno, "cannot look at the socket '%s'", path);
    listener->device = info.st_dev;
    listener->inode = info.st_ino;
    return WT_OK;
}

/* A long path: leaves a symlink there that leads to the real socket. */
static wt_status leave_link(struct wt_listener *listener, const char *path, struct wt_error *err) {
    listener->link_path = strdup(path);
    if (listener->link_path == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the path of the socket");
    for (int attempt = 0; attempt < TAKE_OVER_ATTEMPTS; attempt++) {
        if (symlink(listener->address.path, path) == 0)
            return WT_OK;
        int number = errno;
        if (number == EEXIST && !is_kind(path, S_IFLNK))
            wt_fail(err, WT_EEXIST,
                    "'%s' exists and is no symlink: remove it, or name another "
                    "path",
                    path);
        else if (number != EEXIST || (unlink(path) != 0 && errno != ENOENT))
            wt_fail_errno(err, number, "cannot leave a symlink at '%s'", path);
        else
            continue;
        break;
    }
    free(listener->link_path);
    listener->link_path = NULL;
    return err != NULL ? err->status : WT_ESYS;
}

wt_status wt_listener_open(struct wt_listener *out, const struct wt_listener_options *options,
                           struct wt_error *err) {
    struct wt_error local;
    err = err != NULL ? err : &local;
    *out = (struct wt_listener){.fd = -1};
    wt_status status = wt_address_resolve(options->path, false, &out->address, err);
    if (status != WT_OK)
        return status;
    int fd = open_socket();
    if (fd < 0)
        return wt_fail_errno(err, errno, "cannot make the socket '%s'", options->path);
    /* The mode is set before the file appears: nobody can connect in between. */
    if (fchmod(fd, options->mode) != 0) {
        status = wt_fail_errno(err, errno, "cannot set the mode of socket '%s'", options->path);
        goto close_fd;
    }
    status = bind_at(fd, &out->address, err);
    if (status != WT_OK)
        goto close_fd;
    status = set_owner_and_mode(out, options, err);
    if (status == WT_OK && listen(fd, options->backlog > 0 ? options->backlog : SOMAXCONN) != 0)
        status = wt_fail_errno(err, errno, "cannot listen at '%s'", options->path);
    if (status == WT_OK && out->address.is_short_name)
        status = leave_link(out, options->path, err);
    if (status != WT_OK)
        goto remove_file;
    out->fd = fd;
    return WT_OK;

remove_file:
    unlink(out->address.path);
close_fd:
    close(fd);
    *out = (struct wt_listener){.fd = -1};
    return status;
}

wt_status wt_listener_check(const struct wt_listener *listener, struct wt_error *err) {
    struct stat info;
    const char *path = listener->address.path;
    if (lstat(path, &info) != 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? wt_fail(err, WT_ENOENT, "the socket %.100s was removed", path)
                   : wt_fail_errno(err, errno, "cannot look at the socket %.100s", path);
    if (info.st_dev != listener->device || info.st_ino != listener->inode)
        return wt_fail(err, WT_EEXIST, "something else lies at %.100s", path);
    if (listener->link_path != NULL && !is_kind(listener->link_path, S_IFLNK))
        return wt_fail(err, WT_ENOENT, "the link %.100s was removed", listener->link_path);
    return WT_OK;
}

wt_status wt_listener_renew(struct wt_listener *listener, const struct wt_listener_options *options,
                            struct wt_error *err) {
    struct wt_listener fresh;
    struct wt_error why;
    wt_status status = wt_listener_open(&fresh, options, &why);
    if (status != WT_OK)
        return wt_fail(err, status, "%s", why.text);
    if (dup3(fresh.fd, listener->fd, O_CLOEXEC) < 0) {
        status = wt_fail_errno(err, errno, "cannot listen at '%s' again", options->path);
        wt_listener_close(&fresh);
        return status;
    }
    close(fresh.fd);
    fresh.fd = listener->fd;
    free(listener->link_path);
    *listener = fresh;
    return WT_OK;
}

void wt_listener_close(struct wt_listener *listener) {
    struct stat info;
    const char *path = listener->address.path;
    if (path[0] != '\0' && lstat(path, &info) == 0 && info.st_dev == listener->device &&
        info.st_ino == listener->inode) {
        unlink(path);
        if (listener->link_path != NULL && is_kind(listener->link_path, S_IFLNK))
            unlink(listener->link_path);
    }
    if (listener->fd >= 0)
        close(listener->fd);
    free(listener->link_path);
    *listener = (struct wt_listener){.fd = -1};
}

wt_status wt_socket_credentials(int fd, struct wt_credentials *out, struct wt_error *err) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    *out = (struct wt_credentials){.uid = (uid_t)-1, .gid = (gid_t)-1};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return wt_fail_errno(err, errno, "cannot tell who connected");
    *out = (struct wt_credentials){.pid = peer.pid, .uid = peer.uid, .gid = peer.gid};
    return WT_OK;
}

int wt_socket_peer_pidfd(int fd, bool *is_gone) {
    *is_gone = false;
#ifdef SO_PEERPIDFD
    int pidfd = -1;
    socklen_t length = sizeof pidfd;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0)
        return pidfd;
    *is_gone = errno == ESRCH;
#else
    (void)fd;
#endif
    return -1;
}
