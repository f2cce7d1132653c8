#include "client/internal.h"

#include <limits.h>
#include <signal.h>

/* Enough for the bus (its deepest function holds a 16 KiB read buffer and a few paths of 4 KiB),
 * and for what the C library takes for thread-local data. */
enum { STACK_BYTES = 256 * 1024 };

static void *serve(void *argument) {
    struct worktop *worktop = argument;
    while (!__atomic_load_n(&worktop->is_stopping, __ATOMIC_ACQUIRE)) {
        pthread_mutex_lock(&worktop->mutex);
        wt_uplink_dispatch(&worktop->uplink);
        pthread_mutex_unlock(&worktop->mutex);
        wt_uplink_wait(&worktop->uplink);
    }
    return NULL;
}

/* All signals belong to the program's own threads. Those that report a fault of the very thread
 * stay open: a blocked SIGBUS would kill where the guard could help. */
static void block_signals(sigset_t *before) {
    static const int faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_BLOCK, &all, before);
}

wt_status wt_thread_start(struct worktop *worktop, struct wt_error *err) {
    pthread_attr_t attributes;
    int number = pthread_attr_init(&attributes);
    if (number != 0)
        return wt_fail_errno(err, number, "cannot describe a thread");
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigset_t before;
    block_signals(&before); /* the new thread inherits the mask */
    worktop->is_stopping = false;
    number = pthread_create(&worktop->thread, &attributes, serve, worktop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (number != 0)
        return wt_fail_errno(err, number, "cannot start a thread");
    pthread_setname_np(worktop->thread, "worktop");
    worktop->has_thread = true;
    return WT_OK;
}

void wt_thread_stop(struct worktop *worktop) {
    if (!worktop->has_thread)
        return;
    __atomic_store_n(&worktop->is_stopping, true, __ATOMIC_RELEASE);
    wt_uplink_wake(&worktop->uplink);
    pthread_join(worktop->thread, NULL);
    worktop->has_thread = false;
}
