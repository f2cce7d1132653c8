/* Segments: who gets which, what is in them, and what the origin got wrong. */
#include "support/support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "shm/store.h"
#include "support/files.h"
#include "support/store.h"

enum { SEGMENTS = 8 };

static int setup(void **state) {
    struct test_store *t = calloc(1, sizeof *t);
    assert_non_null(t);
    test_store_open(t, NULL);
    *state = t;
    return 0;
}

static int teardown(void **state) {
    struct test_store *t = *state;
    test_store_close(t);
    free(t);
    return 0;
}

/* Writes as a worker does: into the file, through its own descriptor. */
static void write_as_worker(const struct test_store *t, uint64_t offset, const void *bytes,
                            size_t length) {
    int fd = open(t->path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, (off_t)offset), length);
    close(fd);
}

static void fill_segment(const struct test_store *t, uint32_t segment) {
    unsigned char junk[512];
    memset(junk, 0xa5, sizeof junk);
    assert_int_equal(wt_store_segment_bytes(t->store), sizeof junk);
    write_as_worker(t, wt_store_offset(t->store, segment), junk, sizeof junk);
}

static void assert_zero(const struct test_store *t, uint32_t segment) {
    const unsigned char *bytes = wt_store_segment(t->store, segment);
    for (uint32_t i = 0; i < wt_store_segment_bytes(t->store); i++)
        assert_int_equal(bytes[i], 0);
}

/* Parity 5: first offset 0, then in order. */
static void the_first_offset_is_0_then_in_order(void **state) {
    struct test_store *t = *state;
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        uint32_t segment = test_store_allocate(t, 100 + i, NULL);
        assert_int_equal(wt_store_offset(t->store, segment), i * 512);
        struct wt_allocation allocation;
        assert_true(wt_store_allocation(t->store, 100 + i, &allocation));
        assert_int_equal(allocation.offset_bytes, i * 512);
        assert_int_equal(allocation.generation, 1);
        assert_int_equal(wt_store_owner_of(t->store, segment), 100 + i);
    }
    test_store_expect(t, 0, SEGMENTS, 0);
}

/* Parity 5: freed segments are reused in FIFO order, also those set free after quarantine. */
static void freed_segments_come_back_in_fifo_order(void **state) {
    struct test_store *t = *state;
    for (uint64_t i = 0; i < SEGMENTS; i++)
        test_store_allocate(t, i, NULL);
    uint32_t five;
    uint32_t two;
    uint32_t seven;
    assert_true(wt_store_free(t->store, 5, WT_STORE_FREE_NOW, &five));
    assert_true(wt_store_free(t->store, 2, WT_STORE_QUARANTINE, &two));
    assert_true(wt_store_free(t->store, 7, WT_STORE_FREE_NOW, &seven));
    assert_true(wt_store_release(t->store, two));
    assert_int_equal(test_store_allocate(t, 20, NULL), five);
    assert_int_equal(test_store_allocate(t, 21, NULL), seven);
    assert_int_equal(test_store_allocate(t, 22, NULL), two);
    test_store_expect(t, 0, SEGMENTS, 0);
}

/* Parity 5: freeing twice or an unknown id is harmless. */
static void freeing_twice_or_an_unknown_id_is_harmless(void **state) {
    struct test_store *t = *state;
    uint32_t segment = test_store_allocate(t, 1, NULL);
    uint32_t out = 77;
    assert_false(wt_store_free(t->store, 2, WT_STORE_FREE_NOW, &out));
    assert_int_equal(out, 77);
    assert_true(wt_store_free(t->store, 1, WT_STORE_QUARANTINE, NULL));
    assert_false(wt_store_free(t->store, 1, WT_STORE_FREE_NOW, NULL));
    test_store_expect(t, SEGMENTS - 1, 0, 1);
    assert_true(wt_store_release(t->store, segment));
    assert_false(wt_store_release(t->store, segment));
    assert_false(wt_store_release(t->store, 4000000000U));
    test_store_expect(t, SEGMENTS, 0, 0);
}

/* The origin leaked the first segment. */
static void registering_an_id_twice_is_refused_and_loses_nothing(void **state) {
    struct test_store *t = *state;
    struct wt_error err;
    uint32_t segment = 99;
    assert_int_equal(test_store_allocate(t, 1, NULL), 0);
    assert_int_equal(wt_store_allocate(t->store, 1, NULL, test_time(0), &segment, &err), WT_EEXIST);
    assert_string_equal(err.text, "worker 1 has segment 0 already");
    assert_int_equal(segment, 99);
    test_store_expect(t, SEGMENTS - 1, 1, 0);
    for (uint64_t i = 2; i <= SEGMENTS; i++)
        test_store_allocate(t, i, NULL);
    uint64_t size = wt_store_size(t->store);
    assert_int_equal(wt_store_allocate(t->store, 1, NULL, test_time(0), &segment, &err), WT_EEXIST);
    assert_int_equal(wt_store_size(t->store), size); /* no growth for a refusal */
    assert_true(wt_store_free(t->store, 1, WT_STORE_FREE_NOW, &segment));
    assert_int_equal(segment, 0);
    test_store_expect(t, 1, SEGMENTS - 1, 0);
}

/* The origin kept the dead worker's values. */
static void a_segment_handed_out_is_all_zero(void **state) {
    struct test_store *t = *state;
    for (int by_tick = 0; by_tick < 2; by_tick++) {
        for (uint64_t i = 0; i < SEGMENTS; i++)
            fill_segment(t, test_store_allocate(t, i, NULL));
        for (uint64_t i = 0; i < SEGMENTS; i++)
            wt_store_free(t->store, i, i % 2 ? WT_STORE_FREE_NOW : WT_STORE_QUARANTINE, NULL);
        for (uint32_t i = 0; i < SEGMENTS; i++)
            wt_store_release(t->store, i);
        assert_int_equal(wt_store_counts(t->store).dirty, SEGMENTS);
        if (by_tick)
            assert_int_equal(wt_store_clean(t->store, 100), 0);
        for (uint64_t i = 0; i < SEGMENTS; i++)
            assert_zero(t, test_store_allocate(t, i, NULL));
        assert_int_equal(wt_store_counts(t->store).dirty, 0);
        for (uint64_t i = 0; i < SEGMENTS; i++)
            wt_store_free(t->store, i, WT_STORE_FREE_NOW, NULL);
        test_store_expect(t, SEGMENTS, 0, 0);
    }
}

/* Zeroing is off the allocate path: a tick does it, a bounded number at a time. */
static void cleaning_is_bounded_and_keeps_the_order(void **state) {
    struct test_store *t = *state;
    for (uint64_t i = 0; i < SEGMENTS; i++)
        fill_segment(t, test_store_allocate(t, i, NULL));
    for (uint64_t i = 0; i < SEGMENTS; i++)
        wt_store_free(t->store, i, WT_STORE_FREE_NOW, NULL);
    assert_int_equal(wt_store_clean(t->store, 3), 5);
    test_store_expect(t, SEGMENTS, 0, 0);
    assert_zero(t, 0);
    assert_zero(t, 2);
    assert_int_equal(wt_store_segment(t->store, 3)[0], 0xa5);
    for (uint32_t i = 0; i < 5; i++) { /* past the clean ones: two are zeroed on the spot */
        assert_int_equal(test_store_allocate(t, 50 + i, NULL), i);
        assert_zero(t, i);
    }
    test_store_expect(t, 3, 5, 0);
    assert_int_equal(wt_store_clean(t->store, 100), 0);
    assert_int_equal(wt_store_clean(t->store, 100), 0);
    test_store_expect(t, 3, 5, 0);
}

/* The origin reused a freed segment at once, while its old worker could still write. */
static void a_quarantined_segment_is_never_handed_out(void **state) {
    struct test_store *t = *state;
    uint32_t segment = test_store_allocate(t, 1, NULL);
    wt_store_free(t->store, 1, WT_STORE_QUARANTINE, NULL);
    assert_int_equal(wt_store_state_of(t->store, segment), WT_STORE_QUARANTINED);
    assert_int_equal(wt_store_owner_of(t->store, segment), 1); /* the last owner */
    for (uint64_t i = 10; i < 40; i++)
        assert_int_not_equal(test_store_allocate(t, i, NULL), segment);
    fill_segment(t, segment); /* the old writer is still at it */
    assert_true(wt_store_release(t->store, segment));
    assert_int_equal(wt_store_owner_of(t->store, segment), UINT64_MAX);
    for (uint64_t i = 40;; i++) {
        if (test_store_allocate(t, i, NULL) == segment)
            break;
        assert_true(i < 1000);
    }
    assert_zero(t, segment);
    assert_int_equal(wt_store_generation_of(t->store, segment), 2);
}

/* A reconnect loop leaks nothing: a process gets one of its own quarantined segments back. */
static void a_process_reclaims_its_own_quarantined_segment(void **state) {
    struct test_store *t = *state;
    struct wt_error err;
    uint32_t segment = test_store_allocate(t, 1, NULL);
    for (uint64_t id = 1; id < 2000; id++) {
        fill_segment(t, segment);
        wt_store_free(t->store, id, WT_STORE_QUARANTINE, NULL);
        assert_int_equal(wt_store_reclaim(t->store, id + 1, segment, NULL, &err), WT_OK);
        assert_zero(t, segment);
    }
    test_store_expect(t, SEGMENTS - 1, 1, 0);
    assert_int_equal(wt_store_reclaim(t->store, 9000, segment, NULL, &err), WT_ENOENT);
    assert_int_equal(wt_store_reclaim(t->store, 9000, segment + 1, NULL, &err), WT_ENOENT);
    uint32_t other = test_store_allocate(t, 9001, NULL);
    wt_store_free(t->store, 9001, WT_STORE_QUARANTINE, NULL);
    assert_int_equal(wt_store_reclaim(t->store, 2000, other, NULL, &err), WT_EEXIST);
    test_store_expect(t, SEGMENTS - 2, 1, 1);
}

/* Written values are read back exactly; the ones of others are not seen. */
static void values_are_read_back_exactly(void **state) {
    struct test_store *t = *state;
    struct wt_schema *schema =
        test_schema("connections_total:u64:0 level:i32:8 load:f64:12 BIG:U16:20", 512);
    struct wt_value values[8];
    size_t count;
    uint32_t mine = test_store_allocate(t, 1, schema);
    fill_segment(t, test_store_allocate(t, 2, NULL));
    unsigned char bytes[22];
    double load = 0.25;
    wt_store_le64(bytes, UINT64_MAX - 1);
    wt_store_le32(bytes + 8, (uint32_t)-5);
    memcpy(bytes + 12, &load, 8);
    wt_store_be16(bytes + 20, 0x1234);
    write_as_worker(t, wt_store_offset(t->store, mine), bytes, sizeof bytes);

    assert_int_equal(wt_store_read(t->store, 1, values, 8, &count, NULL), WT_OK);
    assert_int_equal(count, 4);
    assert_string_equal(values[0].field->key, "connections_total");
    assert_true(values[0].bits == UINT64_MAX - 1);
    assert_true((int64_t)values[1].bits == -5);
    assert_memory_equal(&values[2].bits, &load, 8);
    assert_int_equal(values[3].bits, 0x1234);
    for (int i = 0; i < 4; i++)
        assert_int_equal(values[i].state, WT_VALUE_READ);
    assert_int_equal(wt_store_read(t->store, 1, values, 2, &count, NULL), WT_OK);
    assert_int_equal(count, 4); /* how many there are, though two were wanted */
    assert_int_equal(wt_store_read(t->store, 2, values, 8, &count, NULL), WT_OK);
    assert_int_equal(count, 0); /* no schema */
    assert_int_equal(wt_store_read(t->store, 3, values, 8, &count, NULL), WT_ENOENT);
    wt_schema_unref(schema);
}

/* The origin read the neighbour. */
static void a_field_past_the_end_of_its_segment_is_left_out(void **state) {
    struct test_store *t = *state;
    struct wt_schema *wide = test_schema("good:u64:504 bad:u64:505 far:u8:4096", 100000);
    struct wt_schema *checked = test_schema("good:u64:504 bad:u64:505 far:u8:4096", 512);
    struct wt_value values[4];
    size_t count;
    test_store_allocate(t, 1, wide);
    fill_segment(t, test_store_allocate(t, 2, NULL));
    assert_int_equal(wt_store_read(t->store, 1, values, 4, &count, NULL), WT_OK);
    assert_int_equal(count, 3);
    assert_int_equal(values[0].state, WT_VALUE_READ);
    assert_int_equal(values[1].state, WT_VALUE_OUTSIDE);
    assert_int_equal(values[1].bits, 0);
    assert_int_equal(values[2].state, WT_VALUE_OUTSIDE);
    assert_true(wt_store_update_schema(t->store, 1, checked));
    assert_int_equal(wt_store_read(t->store, 1, values, 4, &count, NULL), WT_OK);
    assert_int_equal(count, 1); /* the schema left it out, and says so with both numbers */
    assert_int_equal(checked->problem_count, 2);
    assert_non_null(strstr(checked->problems[0], "505"));
    assert_non_null(strstr(checked->problems[0], "512"));
    wt_schema_unref(wide);
    wt_schema_unref(checked);
}

static void a_schema_is_kept_as_long_as_its_worker(void **state) {
    struct test_store *t = *state;
    struct wt_schema *first = test_schema("a:u64:0", 512);
    struct wt_schema *second = test_schema("b:u64:0", 512);
    struct wt_allocation allocation;
    test_store_allocate(t, 1, first);
    assert_int_equal(first->references, 2);
    assert_true(wt_store_update_schema(t->store, 1, second));
    assert_int_equal(first->references, 1);
    assert_int_equal(second->references, 2);
    assert_true(wt_store_allocation(t->store, 1, &allocation));
    assert_ptr_equal(allocation.schema, second);
    assert_true(wt_store_update_schema(t->store, 1, second)); /* by itself */
    assert_int_equal(second->references, 2);
    wt_store_free(t->store, 1, WT_STORE_QUARANTINE, NULL);
    assert_int_equal(second->references, 1);
    assert_false(wt_store_update_schema(t->store, 1, second));
    assert_false(wt_store_allocation(t->store, 1, &allocation));
    test_store_allocate(t, 2, first); /* close gives this one back */
    wt_schema_unref(first);
    wt_schema_unref(second);
}

static void states_are_one_byte_each(void **state) {
    struct test_store *t = *state;
    test_store_allocate(t, 1, NULL);
    test_store_allocate(t, 2, NULL);
    wt_store_free(t->store, 1, WT_STORE_QUARANTINE, NULL);
    const uint8_t expected[SEGMENTS] = {WT_STORE_QUARANTINED, WT_STORE_ALLOCATED};
    assert_memory_equal(wt_store_states(t->store), expected, sizeof expected);
}

/* Random verbs against a simple model: the invariant and the books hold after every one. */
static void the_books_hold_under_random_use(void **state) {
    struct test_store *t = *state;
    enum { IDS = 200, STEPS = 20000 };
    int64_t where[IDS]; /* segment, -1 none, -2 quarantined is kept apart */
    uint32_t jailed[IDS];
    size_t jailed_count = 0;
    uint64_t random = 42;
    for (int i = 0; i < IDS; i++)
        where[i] = -1;
    for (int step = 0; step < STEPS; step++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        uint64_t id = (random >> 33) % IDS;
        unsigned verb = (unsigned)(random >> 60);
        uint32_t segment;
        /* Ids far apart and ids in a run, so that both kinds of books are used. */
        uint64_t key = id % 2 ? id : id << 40;
        if (where[id] < 0 && jailed_count > 0 && verb < 2) {
            segment = jailed[--jailed_count];
            assert_int_equal(wt_store_reclaim(t->store, key, segment, NULL, NULL), WT_OK);
            where[id] = segment;
        } else if (where[id] < 0) {
            where[id] = test_store_allocate(t, key, NULL);
            assert_zero(t, (uint32_t)where[id]);
        } else if (verb < 8) {
            assert_true(wt_store_free(t->store, key, WT_STORE_FREE_NOW, &segment));
            assert_int_equal(segment, where[id]);
            where[id] = -1;
        } else if (jailed_count < IDS) {
            assert_true(wt_store_free(t->store, key, WT_STORE_QUARANTINE, &segment));
            assert_int_equal(segment, where[id]);
            jailed[jailed_count++] = segment;
            where[id] = -1;
        }
        if (jailed_count > 0 && verb == 9)
            assert_true(wt_store_release(t->store, jailed[--jailed_count]));
        if (verb == 3)
            wt_store_clean(t->store, 5);
        struct wt_store_counts counts = wt_store_counts(t->store);
        assert_int_equal(counts.free + counts.allocated + counts.quarantined, counts.segments);
        if (step % 100 == 0)
            assert_int_equal(wt_store_validate(t->store, NULL), WT_OK);
    }
    assert_int_equal(wt_store_counts(t->store).quarantined, jailed_count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_first_offset_is_0_then_in_order),
        TEST(freed_segments_come_back_in_fifo_order),
        TEST(freeing_twice_or_an_unknown_id_is_harmless),
        TEST(registering_an_id_twice_is_refused_and_loses_nothing),
        TEST(a_segment_handed_out_is_all_zero),
        TEST(cleaning_is_bounded_and_keeps_the_order),
        TEST(a_quarantined_segment_is_never_handed_out),
        TEST(a_process_reclaims_its_own_quarantined_segment),
        TEST(values_are_read_back_exactly),
        TEST(a_field_past_the_end_of_its_segment_is_left_out),
        TEST(a_schema_is_kept_as_long_as_its_worker),
        TEST(states_are_one_byte_each),
        TEST(the_books_hold_under_random_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
