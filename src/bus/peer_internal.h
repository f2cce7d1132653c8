/* peer_internal.h - what peer.c (bytes and calls) and dispatch.c (our objects) share. */
#ifndef WT_BUS_PEER_INTERNAL_H
#define WT_BUS_PEER_INTERNAL_H

#include "base/map.h"
#include "bus/peer.h"

struct wt_bus_peer {
    const struct wt_bus_handlers *handlers; /* borrowed */
    void *context;                          /* borrowed */
    struct wt_bus_limits limits;
    struct wt_buffer input;         /* bytes of messages that are not handled yet */
    struct wt_buffer output;        /* bytes to write */
    struct wt_map calls;            /* id -> struct open_call, owned */
    struct wt_bus_scanner *scanner; /* owned; the state of the first message in `input` */
    uint64_t next_id;
    uint64_t skip; /* bytes of an oversized answer that are still to come */
    uint64_t ignored;
    uint32_t open_invokes;
    bool feeding; /* inside wt_bus_peer_feed */
    bool doomed;  /* destroyed while feeding; freed when feed is left */
    bool paused;  /* a complete message waits in `input` */
};

/* Answers an INVOKE, or hands it to its method. The peer may be doomed afterwards. */
void wt_bus_dispatch(struct wt_bus_peer *peer, const struct wt_bus_message *message);

#endif /* WT_BUS_PEER_INTERNAL_H */
