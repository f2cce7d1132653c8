/* store.h - a small store in a directory of its own, and a worker that writes into it. */
#ifndef WT_TESTS_SUPPORT_STORE_H
#define WT_TESTS_SUPPORT_STORE_H

#include "shm/store.h"

struct test_store {
    char *directory;
    char *path;
    struct wt_store *store;
};

/* Options of one page of 512-byte segments (8 of them), grown by 2 up to 1 MiB. */
struct wt_store_options test_store_options(const char *path);

/* Makes it; options may be NULL. Fails the test when it cannot. */
void test_store_open(struct test_store *t, const struct wt_store_options *options);

/* Validates and closes it, removes the directory. */
void test_store_close(struct test_store *t);

/* Time number i: i seconds. */
struct wt_time test_time(int64_t seconds);

/* Allocates; fails the test when it cannot. */
uint32_t test_store_allocate(struct test_store *t, uint64_t worker_id,
                             const struct wt_schema *schema);

/* Fails the test unless the books are right and counts are these. */
void test_store_expect(const struct test_store *t, uint64_t free, uint64_t allocated,
                       uint64_t quarantined);

/* A schema of "key:type:offset" words, "requests:u64:0 load:f32:8". The caller has one reference.
 */
struct wt_schema *test_schema(const char *text, size_t segment_bytes);

#endif /* WT_TESTS_SUPPORT_STORE_H */
