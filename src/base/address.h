/* address.h - the path of a unix socket -> the address to bind or to connect to.
 *
 * A socket address holds 108 bytes. A longer path is reached through a short name, as Ruby's
 * io-endpoint does it (docs/PROTOCOL.md, "Transport"): the real socket is
 * TMPDIR/SHA1hex(absolute path).ipc, and a symlink to it lies at the long path.
 *
 * Threads: no shared state; reads the working directory and TMPDIR.
 */
#ifndef WT_BASE_ADDRESS_H
#define WT_BASE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/status.h"

/* Without the NUL: an address may use all of its 108 bytes. */
enum { WT_ADDRESS_MAX_BYTES = sizeof(((struct sockaddr_un *)0)->sun_path) };

struct wt_address {
    struct sockaddr_un un;
    socklen_t length;                    /* of un, as bind(2) and connect(2) want it */
    char path[WT_ADDRESS_MAX_BYTES + 1]; /* where the socket really lies, NUL terminated */
    bool is_short_name;                  /* path is the SHA1 name, not what was asked for */
};

/*
 * wt_address_resolve finds the address for a socket path.
 *
 * A path of at most 108 bytes is taken as it is, relative ones too. For a longer one the short name
 * is made up (to bind), or, with `follow`, read from the symlink at the long path when there is
 * one (to connect: the monitor may have had another TMPDIR).
 *   WT_EINVAL  the path is empty
 *   WT_ERANGE  TMPDIR is so long that even the short name does not fit, or the path has more than
 *              PATH_MAX bytes
 */
wt_status wt_address_resolve(const char *path, bool follow, struct wt_address *out,
                             struct wt_error *err);

/*
 * wt_path_absolute writes the absolute form of a path, as Ruby's File.expand_path does: from the
 * working directory, without ".", ".." and doubled slashes, symlinks not followed. out holds
 * PATH_MAX bytes. WT_ERANGE when the result does not fit, WT_ESYS without a working directory.
 */
wt_status wt_path_absolute(const char *path, char *out, struct wt_error *err);

#endif /* WT_BASE_ADDRESS_H */
