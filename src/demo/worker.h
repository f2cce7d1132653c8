/* worker.h - one simulated worker: a worktop, the queue that keeps it busy, and the threads that do
 * it.
 *
 * The simulation decides when a request begins and ends; in web, api and jobs a thread of its own,
 * one per server, then calls worktop_track_begin_labelled and worktop_track_end, so that busy time
 * is counted, and work named, where a real server would do it. A process that plays several workers
 * has no threads: it drives all of them from its loop (WORKTOP_NO_THREAD), as an event-driven
 * program would.
 *
 * Threads: everything here belongs to the loop's thread; worker.c keeps its own threads to itself.
 */
#ifndef WT_DEMO_WORKER_H
#define WT_DEMO_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "demo/scenario.h"

struct demo_worker;

struct demo_worker_options {
    enum demo_kind kind;
    const char *service;     /* name to register under: "web", "web-2" */
    const char *socket_path; /* the demo's monitor */
    unsigned index;          /* within its service, from 0 */
    uint64_t seed;
    double mean_service_s; /* longer in large fleets, so that a small machine can play them */
    double begin_s;        /* demo time at which it begins; what passed since is caught up with */
    double until_s;        /* the load stops at this demo time; INFINITY: never */
    bool in_loop; /* no thread of its own: poll demo_worker_fd, call demo_worker_dispatch */
};

/* Returns 0, or the negative status of libworktop (worktop_error has its text). */
int demo_worker_create(struct demo_worker **out, const struct demo_worker_options *options);

/* Lets what is running end, leaves the monitor, frees everything. */
void demo_worker_destroy(struct demo_worker **worker);

/* Works up to demo time now_s. What it does depends on the seed and the time alone, not on how
 * often it is called. */
void demo_worker_step(struct demo_worker *worker, double now_s);

/* Demo time of the next thing to do; at most a second ahead. */
double demo_worker_next(const struct demo_worker *worker);

/* True when the load has stopped, nothing is running or waits, and every thread has counted what it
 * was told. */
bool demo_worker_is_idle(struct demo_worker *worker);

int demo_worker_fd(const struct demo_worker *worker);
void demo_worker_dispatch(struct demo_worker *worker);

/* One line of JSON: the service and the values of every field as the worker itself counted them,
 * not read back from the library. At most size - 1 bytes; returns the length. */
size_t demo_worker_report(const struct demo_worker *worker, char *out, size_t size);

#endif /* WT_DEMO_WORKER_H */
