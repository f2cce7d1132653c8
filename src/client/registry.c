/* registry.c - what belongs to the process and not to one worktop: fork, and threads that end.
 *
 * Fork. The handlers take the registry's lock and every worktop's mutex before, so that the child
 * never inherits a switch half done. The child has one thread; before anything else runs in it,
 * its segments are swapped for private copies (the parent goes on in the shared ones) and its
 * copies of the parent's descriptors are closed, so that the parent's connection ends with the
 * parent. From then on it counts for itself, until worktop_restart.
 *
 * Threads. A thread finds its slot through a small thread-local table, keyed by the worktop's
 * serial number: a load and a comparison. When the thread ends, its slots go to others.
 *
 * The file-scope variables are unavoidable: fork handlers and thread-local storage belong to the
 * process.
 */
#include "client/internal.h"

#include <errno.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct worktop *open_list;
static struct worktop *retired_list; /* keeps them reachable, for leak checkers and for people */
static uint64_t last_serial;
static bool is_set_up;
static pthread_key_t thread_end;

_Thread_local struct wt_slot_cache wt_slot_caches[WT_SLOT_CACHE_PLACES];

/* ---- Fork ---- */

static void before_fork(void) {
    pthread_mutex_lock(&lock);
    for (struct worktop *worktop = open_list; worktop != NULL; worktop = worktop->next) {
        pthread_mutex_lock(&worktop->mutex);
        pthread_mutex_lock(&worktop->recorder.slot_mutex);
    }
}

static void after_fork_in_parent(void) {
    for (struct worktop *worktop = open_list; worktop != NULL; worktop = worktop->next) {
        pthread_mutex_unlock(&worktop->recorder.slot_mutex);
        pthread_mutex_unlock(&worktop->mutex);
    }
    pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void) {
    for (struct worktop *worktop = open_list; worktop != NULL; worktop = worktop->next) {
        wt_cells_detach(&worktop->cells);
        wt_recorder_detach(&worktop->recorder, wt_slot_caches);
        wt_uplink_abandon(&worktop->uplink);
        worktop->uplink.state = WORKTOP_DETACHED;
        worktop->is_detached = true;
        worktop->has_thread = false;
    }
    after_fork_in_parent();
}

/* ---- Threads ---- */

static void on_thread_end(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    for (struct worktop *worktop = open_list; worktop != NULL; worktop = worktop->next)
        wt_recorder_release(&worktop->recorder, wt_slot_caches);
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < WT_SLOT_CACHE_PLACES; i++)
        wt_slot_caches[i] = (struct wt_slot_cache){0};
}

struct wt_track_slot *wt_registry_claim_slot(struct worktop *worktop) {
    /* Without a destructor the slot would never come back: then rather none. */
    struct wt_track_slot *slot = NULL;
    if (pthread_setspecific(thread_end, wt_slot_caches) == 0)
        slot = wt_recorder_claim(&worktop->recorder, wt_slot_caches);
    *wt_registry_slot_cache(worktop) =
        (struct wt_slot_cache){.serial = worktop->serial, .slot = slot};
    return slot;
}

/* ---- The list ---- */

static wt_status set_up(struct wt_error *err) {
    if (is_set_up)
        return WT_OK;
    int number = pthread_key_create(&thread_end, on_thread_end);
    if (number != 0)
        return wt_fail_errno(err, number, "cannot follow the program's threads");
    number = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (number != 0) {
        pthread_key_delete(thread_end);
        return wt_fail_errno(err, number, "cannot follow the program's forks");
    }
    is_set_up = true;
    return WT_OK;
}

wt_status wt_registry_add(struct worktop *worktop, struct wt_error *err) {
    pthread_mutex_lock(&lock);
    wt_status status = set_up(err);
    if (status == WT_OK) {
        worktop->serial = ++last_serial;
        worktop->slot_cache_bytes =
            worktop->serial % WT_SLOT_CACHE_PLACES * sizeof(struct wt_slot_cache);
        worktop->next = open_list;
        open_list = worktop;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* With the lock held. */
static void unlink_open(struct worktop *worktop) {
    struct worktop **at = &open_list;
    while (*at != worktop)
        at = &(*at)->next;
    *at = worktop->next;
}

void wt_registry_remove(struct worktop *worktop) {
    pthread_mutex_lock(&lock);
    unlink_open(worktop);
    pthread_mutex_unlock(&lock);
}

void wt_registry_retire(struct worktop *worktop) {
    pthread_mutex_lock(&lock);
    unlink_open(worktop);
    worktop->next = retired_list;
    retired_list = worktop;
    pthread_mutex_unlock(&lock);
}
