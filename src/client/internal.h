/* internal.h - the struct behind the public name. Tests may look inside; programs cannot. */
#ifndef WT_CLIENT_INTERNAL_H
#define WT_CLIENT_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "client/cells.h"
#include "client/recorder.h"
#include "client/session.h"

struct worktop {
    uint64_t serial; /* never used twice in a process; 0 is nobody's */
    struct worktop *next;
    pthread_mutex_t mutex; /* cells, recorder (but for its slots), session */
    unsigned flags;
    bool is_detached; /* a forked child */
    bool has_thread;
    bool is_stopping; /* atomic: tells the thread to end */
    pthread_t thread;
    char *service;     /* owned; NULL: none */
    char *socket_path; /* owned; NULL: none given */
    struct wt_cells cells;
    struct wt_recorder recorder;
    struct wt_session session;
};

/* registry.c: all open worktops of the process, for fork and for threads that end. ----------------
 */

/* Lists a worktop, gives it its serial. The first call installs the fork handlers. WT_ENOMEM. */
wt_status wt_registry_add(struct worktop *worktop, struct wt_error *err);

/* Unlists it; the caller frees it. */
void wt_registry_remove(struct worktop *worktop);

/* Unlists it. It stays reachable for ever: late calls of other threads are harmless. */
void wt_registry_retire(struct worktop *worktop);

/* The calling thread's slot in the worktop, or NULL when it has none left for it. No lock but for
 * the first call of a thread. */
struct wt_track_slot *wt_registry_slot(struct worktop *worktop);

/* thread.c: the background thread. ---------------------------------------------------------------
 */

/* WT_ESYS when no thread can be made. */
wt_status wt_thread_start(struct worktop *worktop, struct wt_error *err);

/* Ends it and waits for that. Nothing happens without a thread. */
void wt_thread_stop(struct worktop *worktop);

#endif /* WT_CLIENT_INTERNAL_H */
