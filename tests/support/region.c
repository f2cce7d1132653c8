#include "support/region.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/internal.h"
#include "support/files.h"
#include "support/support.h"

void test_regions_open(struct test_regions *regions, uint32_t threads, size_t count) {
    *regions = (struct test_regions){.stride = wt_recorder_stride(threads), .count = count};
    size_t bytes = regions->stride * count;
    regions->directory = test_directory();
    regions->path = test_path(regions->directory, "recorders.shm");
    int fd = open(regions->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    regions->map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(regions->map != MAP_FAILED);
    close(fd);
}

void test_regions_close(struct test_regions *regions) {
    munmap(regions->map, regions->stride * regions->count);
    test_remove_tree(regions->directory);
    free(regions->directory);
    free(regions->path);
}

struct worktop *test_worker_open(uint32_t threads, uint64_t slow_ns) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = "/nonexistent/supervisor.ipc";
    options.threads = threads;
    options.flags = WORKTOP_NO_THREAD;
    options.slow_ns = slow_ns;
    struct worktop *worktop;
    assert_int_equal(worktop_open(&worktop, &options, NULL, 0), WORKTOP_OK);
    return worktop;
}

static uint64_t now_ns(void) {
    return (uint64_t)wt_clock_now().monotonic_ns;
}

void test_worker_attach(struct worktop *worktop, const struct test_regions *regions, size_t index) {
    struct wt_error err;
    pthread_mutex_lock(&worktop->mutex);
    wt_status status = wt_recorder_attach(&worktop->recorder, regions->path, regions->stride,
                                          index * regions->stride, now_ns(), &err);
    pthread_mutex_unlock(&worktop->mutex);
    if (status != WT_OK)
        fail_msg("%s", err.text);
}

void test_worker_beat(struct worktop *worktop) {
    pthread_mutex_lock(&worktop->mutex);
    bool broken = wt_recorder_heartbeat(&worktop->recorder, now_ns());
    pthread_mutex_unlock(&worktop->mutex);
    assert_false(broken);
}

struct wt_flight_tables test_region_tables(const struct test_regions *regions, size_t index) {
    struct wt_flight_tables tables;
    assert_int_equal(
        wt_flight_tables(regions->map + index * regions->stride, regions->stride, &tables),
        WT_RECORDER_READY);
    return tables;
}

struct wt_flight test_region_flight(const struct test_regions *regions, size_t index,
                                    uint32_t thread) {
    struct wt_flight_tables tables = test_region_tables(regions, index);
    struct wt_flight flight = {0};
    wt_flight_read(&tables, thread, wt_clock_now().monotonic_ns, &flight);
    return flight;
}

struct wt_ring_cursor *test_cursor(uint32_t threads) {
    struct wt_ring_cursor *cursor = malloc(wt_ring_cursor_bytes(threads));
    assert_non_null(cursor);
    wt_ring_cursor_init(cursor, threads);
    return cursor;
}

struct wt_ring_poll test_region_poll(const struct test_regions *regions, size_t index,
                                     struct wt_ring_cursor *cursor, bool is_final,
                                     struct wt_record *out, size_t room) {
    struct wt_flight_tables tables = test_region_tables(regions, index);
    struct wt_ring_poll poll =
        wt_ring_poll(&tables, cursor, wt_clock_now().monotonic_ns, is_final, out, room);
    assert_false(poll.has_more);
    return poll;
}
