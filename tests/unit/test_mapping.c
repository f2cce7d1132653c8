/* A worker's view of its segment: checks, freezing without losing an add, detaching after fork. */
#include "support/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/guard.h"
#include "shm/mapping.h"
#include "shm/store.h"
#include "support/files.h"
#include "support/store.h"

static uint64_t *cell_of(struct wt_segment_map *map) {
    return (uint64_t *)(void *)map->data;
}

static uint64_t stored(const struct test_store *t, uint32_t segment) {
    return __atomic_load_n((const uint64_t *)(const void *)wt_store_segment(t->store, segment),
                           __ATOMIC_RELAXED);
}

static void a_segment_is_mapped_where_it_was_announced(void **state) {
    (void)state;
    struct test_store t;
    struct wt_store_options options = test_store_options(NULL);
    options.segment_bytes = 8256; /* across pages, no multiple of them */
    options.size_bytes = 16 * wt_page_bytes();
    test_store_open(&t, &options);
    for (uint32_t i = 0; i < wt_store_counts(t.store).segments; i++) {
        struct wt_segment_map map;
        assert_int_equal(wt_segment_map_open(t.path, 8256, i * 8256, &map, NULL), WT_OK);
        memset(map.data, (int)i + 1, map.size_bytes);
        const unsigned char *seen = wt_store_segment(t.store, i);
        assert_int_equal(seen[0], i + 1);
        assert_int_equal(seen[8255], i + 1);
        assert_true(map.map <= map.data && map.data + 8256 <= map.map + map.map_bytes);
        assert_true(wt_segment_map_is_at(&map, t.path, 8256, i * 8256));
        assert_false(wt_segment_map_is_at(&map, t.path, 8256, i * 8256 + 8256));
        assert_false(wt_segment_map_is_at(&map, t.directory, 8256, i * 8256));
        wt_segment_map_close(&map);
    }
    assert_int_equal(wt_store_segment(t.store, 1)[8255], 2); /* no neighbour was touched */
    assert_int_equal(wt_store_segment(t.store, 2)[0], 3);
    test_store_close(&t);
}

static void an_announcement_is_not_believed(void **state) {
    (void)state;
    struct test_store t;
    struct wt_segment_map map;
    struct wt_error err;
    test_store_open(&t, NULL);
    uint64_t size = wt_store_size(t.store);
    const struct {
        const char *path;
        uint64_t size, offset;
        wt_status status;
    } cases[] = {
        {t.path, 512, size, WT_ERANGE},
        {t.path, 512, size - 504, WT_ERANGE},
        {t.path, UINT64_MAX / 8, 0, WT_ERANGE},
        {t.path, UINT64_MAX, 512, WT_EINVAL},
        {t.path, 512, UINT64_MAX - 7, WT_ERANGE},
        {t.path, 512, 4, WT_EINVAL},
        {t.path, 0, 0, WT_EINVAL},
        {t.path, 7, 0, WT_EINVAL},
        {"utilization.shm", 512, 0, WT_EINVAL},
        {"", 512, 0, WT_EINVAL},
        {t.directory, 512, 0, WT_ESYS}, /* EISDIR: opened for writing */
        {"/dev/null", 512, 0, WT_EINVAL},
        {"/no/such/file", 512, 0, WT_ENOENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        err.text[0] = '\0';
        wt_status status =
            wt_segment_map_open(cases[i].path, cases[i].size, cases[i].offset, &map, &err);
        if (status != cases[i].status)
            fail_msg("case %zu gave %d (%s)", i, status, err.text);
        assert_int_not_equal(err.text[0], '\0');
    }
    char *pipe_path = test_path(t.directory, "pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(wt_segment_map_open(pipe_path, 512, 0, &map, &err), WT_EINVAL); /* no hang */
    free(pipe_path);
    test_store_close(&t);
}

struct adders {
    uint64_t *cell;
    atomic_bool stop;
    _Atomic uint64_t sum;
};

static void *add(void *context) {
    struct adders *adders = context;
    uint64_t n = 0;
    for (; !atomic_load_explicit(&adders->stop, memory_order_relaxed); n++)
        __atomic_fetch_add(adders->cell, 1, __ATOMIC_RELAXED);
    atomic_fetch_add(&adders->sum, n);
    return NULL;
}

/* The heart of switching segments: threads add all the time, none of their adds is lost, and from
 * the freeze on none of them lands in the file. */
static void freezing_loses_no_add(void **state) {
    (void)state;
    struct test_store t;
    test_store_open(&t, NULL);
    for (int round = 0; round < 20; round++) {
        struct wt_segment_map map;
        struct adders adders = {.sum = 0};
        pthread_t threads[2];
        uint32_t segment = test_store_allocate(&t, (uint64_t)round, NULL);
        assert_int_equal(
            wt_segment_map_open(t.path, 512, wt_store_offset(t.store, segment), &map, NULL), WT_OK);
        adders.cell = cell_of(&map);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, add, &adders), 0);
        while (stored(&t, segment) < 1000)
            continue;
        assert_int_equal(wt_segment_map_freeze(&map, NULL), WT_OK);
        uint64_t in_file = stored(&t, segment);
        uint64_t in_memory = __atomic_load_n(adders.cell, __ATOMIC_RELAXED);
        while (__atomic_load_n(adders.cell, __ATOMIC_RELAXED) < in_memory + 1000)
            continue;
        assert_int_equal(stored(&t, segment), in_file);
        atomic_store(&adders.stop, true);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(*adders.cell, atomic_load(&adders.sum));
        assert_true(map.frozen);
        assert_int_equal(map.fd, -1);
        assert_int_equal(wt_segment_map_freeze(&map, NULL), WT_OK); /* again: harmless */
        uint64_t *cell = adders.cell;
        wt_segment_map_retire(&map);
        assert_null(map.map);
        __atomic_fetch_add(cell, 1, __ATOMIC_RELAXED); /* a late thread: the page is still there */
    }
    test_store_close(&t);
}

/* A program that closes all descriptors, and removes the file: the value still survives. */
static void freezing_works_without_our_descriptor(void **state) {
    (void)state;
    for (int removed = 0; removed < 2; removed++) {
        struct test_store t;
        struct wt_segment_map map;
        test_store_open(&t, NULL);
        uint32_t segment = test_store_allocate(&t, 1, NULL);
        assert_int_equal(wt_segment_map_open(t.path, 512, 0, &map, NULL), WT_OK);
        *cell_of(&map) = 41;
        int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(dup2(other, map.fd), map.fd); /* closed, and the number used again */
        close(other);
        int taken = map.fd;
        if (removed)
            unlink(t.path);
        assert_int_equal(wt_segment_map_freeze(&map, NULL), WT_OK);
        assert_int_not_equal(fcntl(taken, F_GETFD), -1); /* not ours: left alone */
        *cell_of(&map) += 1;
        assert_int_equal(*cell_of(&map), 42);
        assert_int_equal(stored(&t, segment), 41);
        close(taken);
        wt_segment_map_close(&map);
        test_store_close(&t);
    }
}

/* After fork the child counts privately, from the same values, and never writes the segment. */
static void a_forked_child_detaches(void **state) {
    (void)state;
    struct test_store t;
    struct wt_segment_map map;
    test_store_open(&t, NULL);
    test_store_allocate(&t, 1, NULL);
    assert_int_equal(wt_segment_map_open(t.path, 512, 0, &map, NULL), WT_OK);
    *cell_of(&map) = 10;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (wt_segment_map_freeze(&map, NULL) != WT_OK)
            _exit(1);
        *cell_of(&map) += 5;
        _exit(*cell_of(&map) == 15 ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(stored(&t, 0), 10);
    *cell_of(&map) += 1; /* the parent still shares */
    assert_int_equal(stored(&t, 0), 11);
    wt_segment_map_close(&map);
    test_store_close(&t);
}

static void a_truncated_segment_is_flagged_and_usable(void **state) {
    (void)state;
    struct test_store t;
    struct wt_segment_map map;
    test_store_open(&t, NULL);
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    assert_int_equal(wt_segment_map_open(t.path, 512, 512, &map, NULL), WT_OK);
    *cell_of(&map) = 10;
    assert_false(wt_segment_map_is_broken(&map));
    assert_int_equal(truncate(t.path, 0), 0);
    __atomic_fetch_add(cell_of(&map), 1, __ATOMIC_RELAXED);
    assert_true(wt_segment_map_is_broken(&map));
    assert_int_equal(*cell_of(&map), 1);
    assert_int_equal(wt_segment_map_freeze(&map, NULL), WT_OK);
    __atomic_fetch_add(cell_of(&map), 1, __ATOMIC_RELAXED); /* lives */
    wt_segment_map_close(&map);
    test_store_close(&t);
}

static void no_map_is_fine(void **state) {
    (void)state;
    struct wt_segment_map none;
    memset(&none, 0, sizeof none);
    assert_int_equal(wt_segment_map_freeze(&none, NULL), WT_OK);
    assert_false(wt_segment_map_is_broken(&none));
    assert_false(wt_segment_map_is_at(&none, "/", 0, 0));
    wt_segment_map_retire(&none);
    wt_segment_map_close(&none);
    assert_int_not_equal(fcntl(0, F_GETFD), -1); /* descriptor 0 is not ours to close */
}

static void home_pages_are_zero_and_writable(void **state) {
    (void)state;
    void *home;
    assert_int_equal(wt_mapping_home(100, &home, NULL), WT_OK);
    assert_int_equal((uintptr_t)home % wt_page_bytes(), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(((unsigned char *)home)[i], 0);
    memset(home, 1, 100);
    wt_mapping_unmap(home, wt_page_bytes());
    assert_int_equal(wt_mapping_home(0, &home, NULL), WT_EINVAL);
    wt_mapping_unmap(NULL, 5);
}

static void pages_round_up(void **state) {
    (void)state;
    uint64_t out;
    uint64_t page = wt_page_bytes();
    assert_true(wt_page_round_up(0, &out) && out == 0);
    assert_true(wt_page_round_up(1, &out) && out == page);
    assert_true(wt_page_round_up(page, &out) && out == page);
    assert_true(wt_page_round_up(page + 1, &out) && out == 2 * page);
    assert_true(wt_page_round_up(UINT64_MAX - page + 1, &out) && out == UINT64_MAX - page + 1);
    assert_false(wt_page_round_up(UINT64_MAX, &out));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_is_mapped_where_it_was_announced),
        cmocka_unit_test(an_announcement_is_not_believed),
        cmocka_unit_test(freezing_loses_no_add),
        cmocka_unit_test(freezing_works_without_our_descriptor),
        cmocka_unit_test(a_forked_child_detaches),
        cmocka_unit_test(a_truncated_segment_is_flagged_and_usable),
        cmocka_unit_test(no_map_is_fine),
        cmocka_unit_test(home_pages_are_zero_and_writable),
        cmocka_unit_test(pages_round_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
