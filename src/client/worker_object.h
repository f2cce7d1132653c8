/* worker_object.h - what a worker says on the bus: its registration, and its object `:worker`.
 *
 *     register(Proxy :worker, process_id:, state: {name:, instance:, threads:}) -> id
 *     setup_utilization_observer(path, size, offset) -> [[key, type, offset], ...]
 *     setup_recorder(path, size, offset) -> true
 *
 * An offer that cannot be taken up is answered with an Error, and what is in use stays in use.
 * Everything else (thread_dump, memory_dump ...) gets the peer's NoMethodError.
 *
 * Threads: those of the uplink.
 */
#ifndef WT_CLIENT_WORKER_OBJECT_H
#define WT_CLIENT_WORKER_OBJECT_H

#include "base/status.h"
#include "bus/peer.h"

struct wt_uplink;

/* The table for wt_bus_peer_create; the context of its methods is a struct wt_uplink. */
const struct wt_bus_handlers *wt_worker_object_handlers(void);

/* Calls register on uplink->peer; the answer comes with the uplink as its context. */
wt_status wt_worker_object_register(struct wt_uplink *uplink, wt_bus_answer_fn on_answer,
                                    struct wt_error *err);

#endif /* WT_CLIENT_WORKER_OBJECT_H */
