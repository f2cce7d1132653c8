/* handmade.h - recorder regions as a worker would write them, made by hand: for tests of readers.
 */
#ifndef WT_TESTS_HANDMADE_H
#define WT_TESTS_HANDMADE_H

#include <stddef.h>
#include <stdint.h>

#include "shm/layout.h"

struct handmade {
    unsigned char *bytes; /* owned */
    size_t size;
    struct wt_recorder_plan plan;
};

/* For so many threads, ready, all idle; a part of the ring for each. */
void handmade_make(struct handmade *region, uint32_t threads);
void handmade_drop(struct handmade *region);

struct wt_shared_recorder_header *handmade_header(const struct handmade *region);
struct wt_shared_recorder_thread *handmade_thread(const struct handmade *region, uint32_t thread);
struct wt_shared_flight *handmade_flight(const struct handmade *region, uint32_t thread);
struct wt_shared_record *handmade_record(const struct handmade *region, uint32_t thread,
                                         uint64_t number);

/* The thread does this since then; label NULL: without one. */
void handmade_begin(const struct handmade *region, uint32_t thread, int64_t since_ns,
                    const char *label, const char *id);
void handmade_end(const struct handmade *region, uint32_t thread);

/* The thread leaves a record of work behind; returns its number. */
uint64_t handmade_publish(const struct handmade *region, uint32_t thread, int64_t time_ns,
                          int64_t duration_ns, const char *label);

/* The next record of the thread is being written, for ever. */
void handmade_tear(const struct handmade *region, uint32_t thread);

#endif /* WT_TESTS_HANDMADE_H */
