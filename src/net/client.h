/* client.h - asks a supervisor over its socket: Worktop's own, or a Ruby one.
 *
 * One connection, opened by the first call and again by the next call after it was lost. Calls go
 * to the object :supervisor. Every call ends in exactly one on_answer, from the loop and never from
 * inside wt_net_client_call, unless the client is destroyed first.
 *
 * A Ruby peer reads nothing while it writes: ask it for one big thing at a time.
 *
 * Threads: the loop's. SIGPIPE is ignored for the whole process from create on.
 */
#ifndef WT_NET_CLIENT_H
#define WT_NET_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/status.h"
#include "bus/value.h"

struct wt_net_client;

struct wt_net_client_options {
    const char *socket_path; /* copied; any length */
    int64_t timeout_ns;      /* from the call to the whole answer; 0: 10 s */
    uint32_t answer_bytes;   /* the longest answer; 0: 64 MiB */
};

/*
 * What became of a call. Borrowed until on_answer returns.
 *   WT_OK        value holds the answer
 *   WT_ENOENT    nobody runs there: no socket, or a stale one     WT_EACCES
 *   WT_EDEAD     the connection was lost
 *   WT_EREMOTE   the other side answered with an error: error_class tells which
 *   WT_ETIMEOUT  no answer in time       WT_ELIMIT  the answer is too long
 */
struct wt_net_client_answer {
    wt_status status;
    const struct wt_bus_value *value; /* NULL unless status is WT_OK */
    struct wt_bus_text error_class;   /* of WT_EREMOTE, else empty */
    const struct wt_error *error;     /* NULL when status is WT_OK */
};

typedef void (*wt_net_client_answer_fn)(void *context, const struct wt_net_client_answer *answer);

wt_status wt_net_client_create(struct wt_net_client **out, uv_loop_t *loop,
                               const struct wt_net_client_options *options, struct wt_error *err);

/* Runs the loop until its own handles are closed: call it outside of the loop's callbacks. Open
 * calls are forgotten. NULL is fine. */
void wt_net_client_destroy(struct wt_net_client *client);

/* Calls from now on carry this worker's id as their only argument, which `snapshot` understands; 0:
 * none, as at first. */
void wt_net_client_set_focus(struct wt_net_client *client, uint64_t worker_id);

/*
 * Calls :supervisor's method without other arguments. One call at a time: WT_EBUSY while another is
 * open. What goes wrong later, a refused connection included, comes through on_answer.
 */
wt_status wt_net_client_call(struct wt_net_client *client, const char *method,
                             wt_net_client_answer_fn on_answer, void *context,
                             struct wt_error *err);

/* The same with one text as the argument, copied; longer ones are cut at WT_NET_CLIENT_TEXT bytes.
 */
enum { WT_NET_CLIENT_TEXT = 256 };
wt_status wt_net_client_call_text(struct wt_net_client *client, const char *method,
                                  const char *text, wt_net_client_answer_fn on_answer,
                                  void *context, struct wt_error *err);

/* Whether a call is open. */
bool wt_net_client_is_asking(const struct wt_net_client *client);

#endif /* WT_NET_CLIENT_H */
