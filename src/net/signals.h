/* signals.h - signals as events of a loop, and the ones that must not kill us.
 *
 * Threads: the loop's.
 */
#ifndef WT_NET_SIGNALS_H
#define WT_NET_SIGNALS_H

#include <uv.h>

#include "base/status.h"

struct wt_signals;

struct wt_signals_options {
    void (*on_stop)(void *context, int number); /* SIGINT, SIGTERM; SIGHUP without on_reload */
    void (*on_reload)(void *context);           /* SIGHUP; may be NULL */
    void *context;
};

/* A closed pipe or socket becomes an error of write(2). For the whole process. */
void wt_ignore_sigpipe(void);

wt_status wt_signals_create(struct wt_signals **out, uv_loop_t *loop,
                            const struct wt_signals_options *options, struct wt_error *err);

/* Runs the loop until its own handles are closed: call it outside of callbacks. NULL is fine. */
void wt_signals_destroy(struct wt_signals *signals);

#endif /* WT_NET_SIGNALS_H */
