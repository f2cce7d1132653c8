/* endpoint.h - where a service listens: an address as an operator writes it.
 *
 *     3000, :3000, *:3000        any TCP socket at this port, IPv4 and IPv6
 *     127.0.0.1:3000, [::1]:80   exactly this address
 *     unix:/run/web.sock         a UNIX socket as it was bound; unix:@name is an abstract one
 *
 * Pure functions. Threads: no shared state.
 */
#ifndef WT_MODEL_ENDPOINT_H
#define WT_MODEL_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

enum { WT_ENDPOINT_PATH_BYTES = 108, WT_ENDPOINT_TEXT_SIZE = 400 };

struct wt_endpoint {
    enum wt_listener_family family;
    bool any_host;    /* TCP of both families, at every address */
    uint8_t host[16]; /* network order; the first 4 of IPv4 */
    uint16_t port;
    uint8_t path_length;               /* UNIX */
    char path[WT_ENDPOINT_PATH_BYTES]; /* without a NUL; an abstract one begins with one */
};

/* False when it is none of the above. */
bool wt_endpoint_parse(const char *text, struct wt_endpoint *out);

/* What is right, for errors: "must be an address like ...". */
#define WT_ENDPOINT_RIGHT "must be an address like :3000, 127.0.0.1:3000, [::1]:3000 or unix:/path"

bool wt_endpoint_is_same(const struct wt_endpoint *a, const struct wt_endpoint *b);

/* Whether a socket at `place` (which has a host) is what `wanted` names. */
bool wt_endpoint_matches(const struct wt_endpoint *wanted, const struct wt_endpoint *place);

/* As it is shown: harmless, whatever the path holds. */
void wt_endpoint_text(const struct wt_endpoint *endpoint, char out[static WT_ENDPOINT_TEXT_SIZE]);

#endif /* WT_MODEL_ENDPOINT_H */
