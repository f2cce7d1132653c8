/* internal.h - the struct behind the public name. Tests may look inside; programs cannot. */
#ifndef WT_CLIENT_INTERNAL_H
#define WT_CLIENT_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "client/cells.h"
#include "client/recorder.h"
#include "client/uplink.h"

struct worktop {
    uint64_t serial;         /* never used twice in a process; 0 is nobody's */
    size_t slot_cache_bytes; /* where its place in wt_slot_caches is */
    struct worktop *next;
    pthread_mutex_t mutex; /* cells, recorder (but for its slots), uplink */
    unsigned flags;
    bool is_detached; /* a forked child */
    bool has_thread;
    bool is_stopping; /* atomic: tells the thread to end */
    pthread_t thread;
    uint64_t slow_ns;         /* work with a label that takes as long leaves a record */
    uint64_t refused_records; /* atomic */
    char *service;            /* owned; NULL: none */
    char *socket_path;        /* owned; NULL: none given */
    struct wt_cells cells;
    struct wt_recorder recorder;
    struct wt_uplink uplink;
};

/* registry.c: all open worktops of the process, for fork and for threads that end. ----------------
 */

/* Lists a worktop, gives it its serial. The first call installs the fork handlers. WT_ENOMEM. */
wt_status wt_registry_add(struct worktop *worktop, struct wt_error *err);

/* Unlists it; the caller frees it. */
void wt_registry_remove(struct worktop *worktop);

/* Unlists it. It stays reachable for ever: late calls of other threads are harmless. */
void wt_registry_retire(struct worktop *worktop);

/* Where a thread finds its slots: a table by the worktop's serial, the remainder of which is kept
 * with the worktop, ready to be added. Its address is also the thread's
 * identity. The initial-exec model saves a call per access; the table is small enough for the
 * reserve that the loader keeps for libraries loaded late. */
enum { WT_SLOT_CACHE_PLACES = 4 };
struct wt_slot_cache {
    uint64_t serial;
    struct wt_track_slot *slot; /* NULL: there was none left */
};
extern _Thread_local struct wt_slot_cache wt_slot_caches[WT_SLOT_CACHE_PLACES]
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline struct wt_slot_cache *wt_registry_slot_cache(const struct worktop *worktop) {
    char *caches = (char *)wt_slot_caches;
    return (struct wt_slot_cache *)(void *)(caches + worktop->slot_cache_bytes);
}

/* The first call of a thread for a worktop, and one after it was pushed out of the table. */
struct wt_track_slot *wt_registry_claim_slot(struct worktop *worktop);

/* The calling thread's slot in the worktop, or NULL when there was none left for it. */
static inline struct wt_track_slot *wt_registry_slot(struct worktop *worktop) {
    const struct wt_slot_cache *cache = wt_registry_slot_cache(worktop);
    if (__builtin_expect(cache->serial == worktop->serial, 1))
        return cache->slot;
    return wt_registry_claim_slot(worktop);
}

/* thread.c: the background thread. ---------------------------------------------------------------
 */

/* WT_ESYS when no thread can be made. */
wt_status wt_thread_start(struct worktop *worktop, struct wt_error *err);

/* Ends it and waits for that. Nothing happens without a thread. */
void wt_thread_stop(struct worktop *worktop);

#endif /* WT_CLIENT_INTERNAL_H */
