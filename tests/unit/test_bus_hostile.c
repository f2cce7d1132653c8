#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/peer.h"
#include "support/bus.h"

/*
 * Input that was made to do harm, line by line as it was tried on the original server
 * (docs/PROTOCOL.md, "Malformed input"), and memory that is not there.
 *
 * Without a sanitizer the allocator is ours: it counts what is asked for, and fails on demand.
 */
static struct {
    bool on;
    size_t asked, largest; /* bytes */
    long live;             /* blocks */
    long fail_at;          /* the n-th allocation fails; 0: none */
    long count;
} heap;

#if !defined(WT_SANITIZE_ADDRESS) && !defined(WT_SANITIZE_THREAD)
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static bool refuse(size_t size) {
    if (!heap.on)
        return false;
    heap.asked += size;
    heap.largest = size > heap.largest ? size : heap.largest;
    return ++heap.count == heap.fail_at;
}

__attribute__((visibility("default"))) void *malloc(size_t size) {
    if (refuse(size))
        return NULL;
    heap.live++;
    return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size) {
    if (refuse(count * size))
        return NULL;
    heap.live++;
    return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *block, size_t size) {
    if (refuse(size))
        return NULL;
    heap.live += block == NULL;
    return __libc_realloc(block, size);
}

__attribute__((visibility("default"))) void free(void *block) {
    heap.live -= block != NULL;
    __libc_free(block);
}
#else
#define COUNTS_ALLOCATIONS 0
#endif

/* ---- A supervisor of one object ---- */

static void answer_keys(void *context, struct wt_bus_peer *peer,
                        const struct wt_bus_invoke *invoke) {
    struct wt_buffer buffer = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&buffer);
    (void)context;
    wt_bus_write_array(&w, 1);
    wt_bus_write_uint(&w, 1);
    wt_bus_peer_return(peer, &invoke->id, &buffer);
    wt_buffer_fini(&buffer);
}

/* Calls back before it answers, as a registration does. */
static void answer_register(void *context, struct wt_bus_peer *peer,
                            const struct wt_bus_invoke *invoke) {
    struct wt_buffer arguments = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&arguments);
    (void)context;
    wt_bus_write_string_z(&w, "utilization.shm");
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("worker"),
                                     .method = "setup_utilization_observer",
                                     .arguments = &arguments,
                                     .argument_count = 1};
    if (wt_bus_peer_call(peer, &call, NULL, NULL) == WT_OK)
        wt_bus_peer_return(peer, &invoke->id, NULL);
    else
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME, "no memory");
    wt_buffer_fini(&arguments);
}

static const struct wt_bus_method methods[] = {
    {.name = "keys", .call = answer_keys},
    {.name = "register",
     .least = 1,
     .most = 1,
     .keywords = {{"process_id", true}, {"state", false}},
     .call = answer_register},
};
static const struct wt_bus_object objects[] = {{"supervisor", "Supervisor", methods, 2}};
static const struct wt_bus_handlers handlers = {objects, 1};

static struct wt_bus_peer *new_peer(void) {
    struct wt_bus_peer *peer;
    assert_int_equal(wt_bus_peer_create(&peer, WT_BUS_ACCEPTING, NULL, &handlers, NULL, NULL),
                     WT_OK);
    return peer;
}

/* The other connection of the same server, which nothing of this may touch. */
static void expect_alive(struct wt_bus_peer *peer) {
    bus_expect(peer, bus_golden_hex(BUS_GOLDEN_KEYS), bus_golden_hex(BUS_GOLDEN_KEYS_RETURN));
}

/* Feeds in pieces of every small size; the connection must end with this status, WT_OK: live on. */
static void expect_in_pieces(const struct wt_buffer *bytes, wt_status expected) {
    static const size_t pieces[] = {1, 2, 3, 5, 64, SIZE_MAX};
    struct wt_bus_peer *other = new_peer();
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct wt_bus_peer *peer = new_peer();
        struct wt_error err = {.text = ""};
        wt_status status = WT_OK;
        for (size_t at = 0; status == WT_OK && at < bytes->length;) {
            size_t step = pieces[i] < bytes->length - at ? pieces[i] : bytes->length - at;
            status = wt_bus_peer_feed(peer, bytes->data + at, step, &err);
            at += step;
        }
        if (status != expected) {
            struct wt_buffer hex = bus_hex(bytes->data, bytes->length);
            fail_msg("%.80s: %s (%s)", hex.data, wt_status_text(status), err.text);
        }
        bus_assert_output(peer, "");
        if (expected == WT_OK)
            expect_alive(peer);
        wt_bus_peer_destroy(peer);
        expect_alive(other);
    }
    wt_bus_peer_destroy(other);
}

static void expect_closed(const char *notation, wt_status status) {
    struct wt_buffer bytes = bus_bytes(notation);
    expect_in_pieces(&bytes, status);
    wt_buffer_fini(&bytes);
}

static void expect_ignored(const char *notation) {
    expect_closed(notation, WT_OK);
}

static void start_counting(void) {
    heap.asked = heap.largest = 0;
    heap.on = true;
}

static void expect_asked_at_most(size_t bytes) {
    heap.on = false;
    if (COUNTS_ALLOCATIONS)
        assert_in_range(heap.asked, 0, bytes);
}

/* ---- The table ---- */

static void what_closed_the_original_closes_this_connection(void **state) {
    (void)state;
    expect_closed("c1", WT_EFORMAT);
    expect_closed("<40 01>", WT_EFORMAT);
    expect_closed("<ff 01>", WT_EFORMAT);
    expect_closed("<00>", WT_EFORMAT);
    expect_closed("<01>", WT_EFORMAT);
    expect_closed("<00 01 :supervisor c0 00 c2>", WT_EFORMAT);
    expect_closed("<00 01 :supervisor 'a' 00 c2>", WT_EFORMAT);
    expect_closed("<00 01 :supervisor ff 00 c2>", WT_EFORMAT);
    expect_closed("<01 01 <40 01>>", WT_EFORMAT);
}

static void what_the_original_ignored_is_ignored(void **state) {
    (void)state;
    expect_ignored("05");
    expect_ignored("c0");
    expect_ignored("'text'");
    expect_ignored("93 01 02 03");
    expect_ignored("82 :a 01 :b 02");
    expect_ignored(":symbol");
    expect_ignored("<22 4e6f>"); /* a class that nobody knows: we look nothing up */
    expect_ignored("<21 'Unknown' 'b' c0>");
    expect_ignored("<10 :nobody>"); /* and ask nothing back */
    expect_ignored("<30 cca0>");
    expect_ignored("<01 63 c0> <03 63 c0> <04 63 c0> <02 63 90> <06 63 c0> <05 63 92 01 02>");
    expect_ignored("<01 63 <22 4e6f>>");
    expect_ignored("<11 cca0> <11 :supervisor> <11 c0> <11 93 01 02 03>");
    expect_ignored("05 c0 <11 :worker> 90 80 a0");
}

/* The original took a wrong ext length for a right one; here the length counts. */
static void a_wrong_length_closes(void **state) {
    (void)state;
    struct wt_buffer bytes = bus_golden_bytes(BUS_GOLDEN_KEYS);
    for (int wrong = 0; wrong < 0x17; wrong++) {
        bytes.data[1] = (char)wrong;
        expect_in_pieces(&bytes, WT_EFORMAT);
    }
    wt_buffer_fini(&bytes);
}

static void the_killer_of_22_bytes_costs_nothing(void **state) {
    (void)state;
    struct wt_buffer bytes = bus_bytes("c7130001 c70a2073757065727669736f72 ceffffffff");
    assert_int_equal(bytes.length, 22);
    struct wt_bus_peer *peer = new_peer();
    start_counting();
    wt_status status = wt_bus_peer_feed(peer, bytes.data, bytes.length, NULL);
    expect_asked_at_most(0);
    assert_int_equal(status, WT_EFORMAT);
    wt_bus_peer_destroy(peer);
    expect_in_pieces(&bytes, WT_EFORMAT);
    wt_buffer_fini(&bytes);
    expect_closed("<00 01 :supervisor ce10000000 00 c2>", WT_EFORMAT);
}

static void the_killer_of_421_bytes_costs_nothing(void **state) {
    (void)state;
    struct wt_buffer bytes = {0};
    for (int i = 0; i < 140; i++)
        wt_buffer_append(&bytes, "\xd4\x01\x01", 3);
    wt_buffer_append_char(&bytes, '\x01');
    assert_int_equal(bytes.length, 421);
    struct wt_bus_peer *peer = new_peer();
    start_counting();
    wt_status status = wt_bus_peer_feed(peer, bytes.data, bytes.length, NULL);
    expect_asked_at_most(0);
    assert_int_equal(status, WT_EFORMAT);
    wt_bus_peer_destroy(peer);
    expect_in_pieces(&bytes, WT_EFORMAT);
    wt_buffer_fini(&bytes);
}

/* The same with lengths that are right, and longer: messages in messages, proxies in proxies. */
static void deep_nesting_with_right_lengths_closes(void **state) {
    (void)state;
    static const struct {
        const char *open;
        wt_status status;
    } rows[] = {{"<01 01 ", WT_EFORMAT},   {"<10 ", WT_ELIMIT},    {"<30 ", WT_ELIMIT},
                {"<21 c0 c0 ", WT_ELIMIT}, {"<10 91 ", WT_ELIMIT}, {"<10 81 c0 ", WT_ELIMIT}};
    static const int depths[] = {140, 2000};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < sizeof depths / sizeof depths[0]; j++) {
            struct wt_buffer notation = {0};
            wt_buffer_append_text(&notation, "<01 01 ");
            for (int k = 0; k < depths[j]; k++)
                wt_buffer_append_text(&notation, rows[i].open);
            wt_buffer_append_text(&notation, "c0>");
            for (int k = 0; k < depths[j]; k++)
                wt_buffer_append_char(&notation, '>');
            /* A deep answer that nobody waits for is skipped; a deep call closes. */
            expect_closed(notation.data, rows[i].status == WT_ELIMIT ? WT_OK : rows[i].status);
            memcpy(notation.data, "<11    ", 7);
            expect_closed(notation.data, rows[i].status);
            wt_buffer_fini(&notation);
        }
    }
}

static void deep_arrays_close(void **state) {
    (void)state;
    static const int depths[] = {33, 100, 200, 100000};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        struct wt_buffer bytes = {0};
        for (int k = 0; k < depths[i]; k++)
            wt_buffer_append_char(&bytes, '\x91');
        wt_buffer_append_char(&bytes, '\xc0');
        expect_in_pieces(&bytes, WT_ELIMIT);
        wt_buffer_fini(&bytes);
    }
    struct wt_buffer fine = {0};
    for (int k = 0; k < 32; k++)
        wt_buffer_append_char(&fine, '\x91');
    wt_buffer_append_char(&fine, '\xc0');
    expect_in_pieces(&fine, WT_OK);
    wt_buffer_fini(&fine);
}

static void headers_of_four_thousand_million_cost_nothing(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        wt_status status;
    } rows[] = {
        {"dbffffffff", WT_ELIMIT},
        {"c6ffffffff", WT_ELIMIT},
        {"ddffffffff", WT_EFORMAT},
        {"dfffffffff", WT_EFORMAT},
        {"c9ffffffff00", WT_ELIMIT},
        {"c9ffffffff11", WT_ELIMIT},
        {"c9ffffffff10", WT_ELIMIT},
        {"c9ffffffff40", WT_ELIMIT},
        {"c900ffff00 00 01 ddffffffff", WT_OK},
        {"<11 ddffffffff>", WT_EFORMAT},
        {"<11 dfffffffff>", WT_EFORMAT},
        {"<11 dbffffffff>", WT_EFORMAT},
        {"<11 c9ffffffff20>", WT_EFORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wt_buffer bytes = bus_bytes(rows[i].bytes);
        struct wt_bus_peer *peer = new_peer();
        start_counting();
        wt_status status = wt_bus_peer_feed(peer, bytes.data, bytes.length, NULL);
        /* Kept bytes and the state of the scan are all that a refused message may cost. */
        expect_asked_at_most(2048);
        if (i != 8)
            assert_int_equal(status, rows[i].status);
        wt_bus_peer_destroy(peer);
        wt_buffer_fini(&bytes);
    }
}

/* Counts that each fit the bytes that remain, but not together: refused before the library, which
 * allocates by them, has seen them. */
static void counts_are_summed_before_memory_is_taken(void **state) {
    (void)state;
    struct wt_buffer bytes = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&bytes);
    size_t mark = wt_bus_write_ext_begin(&w);
    for (int i = 0; i < 30; i++)
        wt_buffer_append(&bytes, "\xdd\x00\x0f\x00\x00", 5);
    char *rest = calloc(1, 0xf0000);
    assert_non_null(rest);
    wt_buffer_append(&bytes, rest, 0xf0000);
    wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_RELEASE);
    struct wt_bus_peer *peer = new_peer();
    start_counting();
    wt_status status = wt_bus_peer_feed(peer, bytes.data, bytes.length, NULL);
    expect_asked_at_most(0);
    assert_true(status == WT_EFORMAT || status == WT_ELIMIT);
    wt_bus_peer_destroy(peer);
    wt_buffer_fini(&bytes);
    free(rest);
}

/* A megabyte of the smallest values would become 64 MiB of tree: the number of values is bounded.
 */
static void a_message_of_many_values_is_refused(void **state) {
    (void)state;
    struct wt_buffer bytes = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&bytes);
    char *rest = calloc(1, 0xf0000);
    assert_non_null(rest);
    size_t mark = wt_bus_write_ext_begin(&w);
    wt_bus_write_array(&w, 0xf0000);
    wt_buffer_append(&bytes, rest, 0xf0000);
    wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_RELEASE);
    struct wt_bus_peer *peer = new_peer();
    start_counting();
    wt_status status = wt_bus_peer_feed(peer, bytes.data, bytes.length, NULL);
    expect_asked_at_most(0);
    assert_int_equal(status, WT_ELIMIT);
    wt_bus_peer_destroy(peer);
    wt_buffer_fini(&bytes);
    free(rest);
}

/* The largest message that is accepted, and what it costs. */
static void a_message_costs_a_bounded_multiple_of_its_size(void **state) {
    (void)state;
    struct wt_buffer bytes = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&bytes);
    char *rest = calloc(1, 131000);
    assert_non_null(rest);
    size_t mark = wt_bus_write_ext_begin(&w);
    wt_bus_write_array(&w, 131000);
    wt_buffer_append(&bytes, rest, 131000);
    wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_RELEASE);
    struct wt_bus_peer *peer = new_peer();
    start_counting();
    wt_status status = wt_bus_peer_feed(peer, bytes.data, bytes.length, NULL);
    expect_asked_at_most(16U << 20);
    assert_int_equal(status, WT_OK);
    wt_bus_peer_destroy(peer);
    wt_buffer_fini(&bytes);
    free(rest);
}

/* ---- Time ---- */

/*
 * A megabyte byte by byte, without a declared length. A scan that began anew with each byte would
 * look at 6e10 values and run into the test's time limit; this one looks at each of them once.
 */
static void byte_by_byte_costs_linear_time(void **state) {
    (void)state;
    struct wt_buffer bytes = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&bytes);
    wt_bus_write_array(&w, 116000);
    for (size_t i = 0; i < 116000; i++)
        wt_bus_write_uint(&w, UINT64_MAX - i);
    struct wt_bus_peer *peer = new_peer();
    for (size_t i = 0; i < bytes.length; i++) {
        if (wt_bus_peer_feed(peer, bytes.data + i, 1, NULL) != WT_OK)
            fail_msg("refused at byte %zu", i);
    }
    assert_int_equal(wt_bus_peer_ignored(peer), 1);
    wt_bus_peer_destroy(peer);
    wt_buffer_fini(&bytes);
}

/* ---- No memory ---- */

/* Every step may run out of memory: the connection ends or goes on, and nothing is leaked. */
static wt_status talk(void) {
    struct wt_bus_peer *peer;
    wt_status status = wt_bus_peer_create(&peer, WT_BUS_ACCEPTING, NULL, &handlers, NULL, NULL);
    if (status != WT_OK)
        return status;
    static const char *const notes[] = {
        "<00 01 :supervisor 02 :register <10 :worker> 02 :process_id 01 :state 80 c2>",
        "<01 02 93 01 02 <21 'A' 'b' 91 'c'>>", "<00 03 :supervisor 01 :keys 00 c2>",
        "<00 05 :nobody 01 :keys 00 c2>", "<00 05 :supervisor 01 :class 00 c2>"};
    for (size_t i = 0; status == WT_OK && i < sizeof notes / sizeof notes[0]; i++) {
        heap.on = false;
        struct wt_buffer bytes = bus_bytes(notes[i]);
        heap.on = true;
        for (size_t at = 0; status == WT_OK && at < bytes.length;) {
            size_t step = at == 0 ? 5 : bytes.length - at;
            status = wt_bus_peer_feed(peer, bytes.data + at, step, NULL);
            at += step;
        }
        wt_buffer_fini(&bytes);
        if (status == WT_OK)
            wt_bus_peer_sent(peer, wt_bus_peer_output(peer)->length);
    }
    wt_bus_peer_destroy(peer);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    int failures = 0;
    for (long n = 1;; n++) {
        long live = heap.live;
        heap.count = 0;
        heap.fail_at = n;
        heap.on = true;
        wt_status status = talk();
        heap.on = false;
        heap.fail_at = 0;
        assert_int_equal(heap.live, live);
        assert_true(status == WT_OK || status == WT_ENOMEM);
        failures += status != WT_OK;
        if (heap.count < n)
            break;
        assert_true(n < 1000);
    }
    if (COUNTS_ALLOCATIONS)
        assert_true(failures > 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_closed_the_original_closes_this_connection),
        cmocka_unit_test(what_the_original_ignored_is_ignored),
        cmocka_unit_test(a_wrong_length_closes),
        cmocka_unit_test(the_killer_of_22_bytes_costs_nothing),
        cmocka_unit_test(the_killer_of_421_bytes_costs_nothing),
        cmocka_unit_test(deep_nesting_with_right_lengths_closes),
        cmocka_unit_test(deep_arrays_close),
        cmocka_unit_test(headers_of_four_thousand_million_cost_nothing),
        cmocka_unit_test(counts_are_summed_before_memory_is_taken),
        cmocka_unit_test(a_message_of_many_values_is_refused),
        cmocka_unit_test(a_message_costs_a_bounded_multiple_of_its_size),
        cmocka_unit_test(byte_by_byte_costs_linear_time),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
