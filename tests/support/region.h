/* region.h - recorder regions in a file of the test's own, a worker that writes into one of them,
 * and what a reader sees there. All functions end the test when something fails. */
#ifndef WT_TESTS_SUPPORT_REGION_H
#define WT_TESTS_SUPPORT_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "shm/flight.h"

struct test_regions {
    char *directory, *path; /* owned */
    unsigned char *map;     /* shared, of the whole file */
    size_t stride, count;
};

/* `count` regions with the stride for so many threads. */
void test_regions_open(struct test_regions *regions, uint32_t threads, size_t count);
void test_regions_close(struct test_regions *regions);

/* A worktop without a thread of its own and without a monitor, whose labelled work leaves records
 * from slow_ns on. */
struct worktop *test_worker_open(uint32_t threads, uint64_t slow_ns);

/* As a monitor's setup_recorder. */
void test_worker_attach(struct worktop *worktop, const struct test_regions *regions, size_t index);
void test_worker_beat(struct worktop *worktop);

/* The tables of region `index`, which must be ready. */
struct wt_flight_tables test_region_tables(const struct test_regions *regions, size_t index);

/* One thread of it, now. */
struct wt_flight test_region_flight(const struct test_regions *regions, size_t index,
                                    uint32_t thread);

struct wt_ring_cursor *test_cursor(uint32_t threads); /* the caller frees */

/* All that is new, `room` records at most, which must do. */
struct wt_ring_poll test_region_poll(const struct test_regions *regions, size_t index,
                                     struct wt_ring_cursor *cursor, bool is_final,
                                     struct wt_record *out, size_t room);

#endif /* WT_TESTS_SUPPORT_REGION_H */
