#include "support/support.h"

#include "support/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm/mapping.h"
#include "support/files.h"

struct wt_store_options test_store_options(const char *path) {
    struct wt_store_options options = wt_store_defaults(path);
    options.size_bytes = wt_page_bytes();
    options.segment_bytes = wt_page_bytes() / 8;
    options.max_bytes = 1 << 20;
    return options;
}

void test_store_open(struct test_store *t, const struct wt_store_options *options) {
    struct wt_error err = {.text = ""};
    t->directory = test_directory();
    t->path = test_path(t->directory, "utilization.shm");
    struct wt_store_options chosen = options != NULL ? *options : test_store_options(t->path);
    chosen.path = t->path;
    if (wt_store_create(&t->store, &chosen, &err) != WT_OK)
        fail_msg("%s", err.text);
}

static void validate(const struct wt_store *store) {
    struct wt_error err = {.text = ""};
    if (wt_store_validate(store, &err) != WT_OK)
        fail_msg("%s", err.text);
}

void test_store_close(struct test_store *t) {
    validate(t->store);
    wt_store_close(t->store);
    test_remove_tree(t->directory);
    free(t->path);
    free(t->directory);
    memset(t, 0, sizeof *t);
}

struct wt_time test_time(int64_t seconds) {
    return (struct wt_time){.monotonic_ns = seconds * WT_NS_PER_S,
                            .realtime_ns = (seconds + 1000000) * WT_NS_PER_S};
}

uint32_t test_store_allocate(struct test_store *t, uint64_t worker_id,
                             const struct wt_schema *schema) {
    struct wt_error err = {.text = ""};
    uint32_t segment = UINT32_MAX;
    if (wt_store_allocate(t->store, worker_id, schema, test_time(0), &segment, &err) != WT_OK)
        fail_msg("worker %llu: %s", (unsigned long long)worker_id, err.text);
    return segment;
}

void test_store_expect(const struct test_store *t, uint64_t free, uint64_t allocated,
                       uint64_t quarantined) {
    validate(t->store);
    struct wt_store_counts counts = wt_store_counts(t->store);
    assert_int_equal(counts.free, free);
    assert_int_equal(counts.allocated, allocated);
    assert_int_equal(counts.quarantined, quarantined);
    assert_int_equal(counts.segments, free + allocated + quarantined);
}

struct wt_schema *test_schema(const char *text, size_t segment_bytes) {
    struct wt_schema_builder *builder = wt_schema_builder_create(segment_bytes);
    assert_non_null(builder);
    char key[64];
    char type[8];
    long long offset;
    int length;
    while (sscanf(text, " %63[^:]:%7[^:]:%lld%n", key, type, &offset, &length) == 3) {
        wt_schema_builder_add(builder, key, strlen(key), type, strlen(type), offset, NULL, 0);
        text += length;
    }
    struct wt_schema *schema = NULL;
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    return schema;
}
