#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/peer.h"
#include "support/bus.h"

/* Our own calls and their answers, limits of a connection, and its life and death. */

struct seen {
    int answers;
    enum wt_bus_outcome outcome;
    wt_status status;
    char line[384];
    uint64_t value;
    size_t text_length;
    uint64_t order[8]; /* the values in the order in which they came */
    uint64_t cancel;   /* an id to cancel from inside */
    bool destroy;
};

static void on_seen(void *context, struct wt_bus_peer *peer, const struct wt_bus_answer *answer) {
    struct seen *seen = context;
    struct wt_error err = {.text = ""};
    struct wt_bus_text text;
    seen->outcome = answer->outcome;
    seen->status = wt_bus_answer_status(answer, "status", &err);
    memcpy(seen->line, err.text, sizeof seen->line);
    wt_bus_to_uint64(answer->value, &seen->value);
    seen->text_length = wt_bus_text_of(answer->value, &text) ? text.length : 0;
    seen->order[seen->answers % 8] = seen->value;
    seen->answers++;
    if (seen->cancel != 0)
        assert_true(wt_bus_peer_cancel(peer, seen->cancel));
    seen->cancel = 0;
    if (seen->destroy)
        wt_bus_peer_destroy(peer);
}

static uint64_t call_status(struct wt_bus_peer *peer, struct seen *seen, uint32_t answer_bytes) {
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = "status",
                                     .answer_bytes = answer_bytes,
                                     .on_answer = on_seen,
                                     .context = seen};
    uint64_t id = 0;
    assert_int_equal(wt_bus_peer_call(peer, &call, &id, NULL), WT_OK);
    return id;
}

static void drop_output(struct wt_bus_peer *peer) {
    wt_bus_peer_sent(peer, wt_bus_peer_output(peer)->length);
}

/* ---- Our object, for the tests of pausing and of endings ---- */

struct script {
    bool hang, destroy;
    struct wt_bus_token kept;
    int calls;
    uint64_t sizes[8];
};

static void give(void *context, struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke) {
    struct script *script = context;
    uint64_t size = 0;
    wt_bus_to_uint64(&invoke->arguments[0], &size);
    script->sizes[script->calls++ % 8] = size;
    script->kept = invoke->id;
    if (script->destroy)
        wt_bus_peer_destroy(peer);
    if (script->hang)
        return;
    char *text = calloc(1, size + 1);
    assert_non_null(text);
    wt_bus_peer_return_string(peer, &invoke->id, text, size);
    free(text);
}

static const struct wt_bus_method methods[] = {
    {.name = "give", .least = 1, .most = 1, .call = give}};
static const struct wt_bus_object objects[] = {{"supervisor", "Supervisor", methods, 1}};
static const struct wt_bus_handlers handlers = {objects, 1};

static struct wt_bus_peer *new_peer(enum wt_bus_role role, const struct wt_bus_limits *limits,
                                    struct script *script) {
    struct wt_bus_peer *peer;
    assert_int_equal(wt_bus_peer_create(&peer, role, limits, &handlers, script, NULL), WT_OK);
    return peer;
}

static struct wt_bus_peer *new_client(void) {
    return new_peer(WT_BUS_CONNECTING, NULL, NULL);
}

/* ---- Calls ---- */

static void ids_count_by_two_from_the_side_of_the_caller(void **state) {
    (void)state;
    struct seen seen = {0};
    struct wt_bus_peer *client = new_client();
    assert_int_equal(call_status(client, &seen, 0), 1);
    bus_assert_output(client, bus_golden_hex(BUS_GOLDEN_STATUS));
    assert_int_equal(call_status(client, &seen, 0), 3);
    assert_int_equal(call_status(client, &seen, 0), 5);
    assert_int_equal(wt_bus_peer_open_calls(client), 3);
    wt_bus_peer_destroy(client);
    assert_int_equal(seen.answers, 3);
    assert_int_equal(seen.outcome, WT_BUS_GONE);
    assert_int_equal(seen.status, WT_EDEAD);
    struct wt_bus_peer *server = new_peer(WT_BUS_ACCEPTING, NULL, NULL);
    assert_int_equal(call_status(server, &seen, 0), 2);
    assert_int_equal(call_status(server, &seen, 0), 4);
    wt_bus_peer_destroy(server);
}

static void answers_are_matched_by_id_alone(void **state) {
    (void)state;
    struct seen seen = {0};
    struct wt_bus_peer *peer = new_client();
    for (int i = 0; i < 3; i++)
        call_status(peer, &seen, 0);
    drop_output(peer);
    /* 5, an unknown 9, an even one, nil, 3 in a wide form, 3 once more, then 1 */
    bus_expect(peer,
               "<01 05 32> <01 09 33> <01 02 34> <01 c0 35> <01 cd0003 1f> <01 03 36> <01 01 0b>",
               "");
    assert_int_equal(seen.answers, 3);
    assert_int_equal(seen.order[0], 0x32);
    assert_int_equal(seen.order[1], 0x1f);
    assert_int_equal(seen.order[2], 0x0b);
    assert_int_equal(wt_bus_peer_ignored(peer), 4);
    assert_int_equal(wt_bus_peer_open_calls(peer), 0);
    wt_bus_peer_destroy(peer);
}

static void an_error_brings_class_and_message(void **state) {
    (void)state;
    static const struct {
        const char *answer, *line;
    } rows[] = {
        {"<03 01 <21 'KeyError' 'a' c0>>", "status: KeyError: a"},
        {"<03 01 <21 'KeyError' a3611b63 91a178>>", "status: KeyError: a\xc2\xb7"
                                                    "c"},
        {"<03 01 <21 c0 c0 01>>", "status: error: "},
        {"<03 01 'text'>", "status: error: "},
        {"<05 01 92 :tag 01>", "status: UncaughtThrowError: uncaught throw"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct seen seen = {0};
        struct wt_bus_peer *peer = new_client();
        call_status(peer, &seen, 0);
        drop_output(peer);
        bus_expect(peer, rows[i].answer, "");
        assert_int_equal(seen.answers, 1);
        assert_int_equal(seen.outcome, WT_BUS_FAILED);
        assert_int_equal(seen.status, WT_EREMOTE);
        assert_string_equal(seen.line, rows[i].line);
        wt_bus_peer_destroy(peer);
        assert_int_equal(seen.answers, 1);
    }
}

static void blocks_and_unknown_answers_are_ignored(void **state) {
    (void)state;
    struct seen seen = {0};
    struct wt_bus_peer *peer = new_client();
    call_status(peer, &seen, 0);
    drop_output(peer);
    bus_expect(peer, "<02 01 9101> <04 01 01> <06 01 01> <03 63 01> <05 63 920102> <01 'id' 01>",
               "");
    assert_int_equal(seen.answers, 0);
    assert_int_equal(wt_bus_peer_ignored(peer), 6);
    bus_expect(peer, "<01 01 07>", "");
    assert_int_equal(seen.value, 7);
    wt_bus_peer_destroy(peer);
}

static void cancelled_calls_stay_silent(void **state) {
    (void)state;
    struct seen seen = {0};
    struct wt_bus_peer *peer = new_client();
    uint64_t first = call_status(peer, &seen, 0), second = call_status(peer, &seen, 0);
    drop_output(peer);
    assert_true(wt_bus_peer_cancel(peer, first));
    assert_false(wt_bus_peer_cancel(peer, first));
    assert_false(wt_bus_peer_cancel(peer, 77));
    bus_expect(peer, "<01 01 01> <01 03 02>", "");
    assert_int_equal(seen.answers, 1);
    assert_int_equal(seen.value, 2);
    assert_false(wt_bus_peer_cancel(peer, second));
    /* One answer may cancel another call. */
    seen = (struct seen){.cancel = call_status(peer, &seen, 0)};
    assert_int_equal(call_status(peer, &seen, 0), 7);
    drop_output(peer);
    bus_expect(peer, "<01 07 09>", "");
    wt_bus_peer_destroy(peer);
    assert_int_equal(seen.answers, 1);
}

static void an_end_may_cancel_other_calls(void **state) {
    (void)state;
    struct seen seen = {0};
    struct wt_bus_peer *peer = new_client();
    struct seen first = {0}, second = {0};
    uint64_t one = call_status(peer, &first, 0), two = call_status(peer, &second, 0);
    first.cancel = two;
    second.cancel = one;
    wt_bus_peer_destroy(peer);
    assert_int_equal(first.answers + second.answers, 1);
    assert_int_equal(seen.answers, 0);
}

/* A call whose arguments had no memory is not sent, and nothing waits for it. */
static void a_call_without_arguments_is_not_sent(void **state) {
    (void)state;
    struct wt_bus_peer *peer = new_client();
    struct wt_buffer broken = {.failed = true};
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = "x",
                                     .arguments = &broken,
                                     .argument_count = 1};
    assert_int_equal(wt_bus_peer_call(peer, &call, NULL, NULL), WT_ENOMEM);
    assert_int_equal(wt_bus_peer_open_calls(peer), 0);
    bus_assert_output(peer, "");
    wt_bus_peer_destroy(peer);
}

/* ---- Long answers ---- */

/* An answer to call 1: a string of `size` bytes in its longest form, and behind it answer 3. */
static struct wt_buffer long_answer(size_t size) {
    struct wt_buffer bytes = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&bytes);
    size_t mark = wt_bus_write_ext_begin(&w);
    wt_bus_write_uint(&w, 1);
    assert_true(wt_buffer_reserve(&bytes, size + 16));
    char *text = calloc(1, size);
    assert_non_null(text);
    wt_bus_write_string(&w, text, size);
    wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_RETURN);
    free(text);
    mark = wt_bus_write_ext_begin(&w);
    wt_bus_write_uint(&w, 3);
    wt_bus_write_uint(&w, 9);
    wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_RETURN);
    return bytes;
}

static void feed_pieces(struct wt_bus_peer *peer, const struct wt_buffer *bytes, size_t piece) {
    for (size_t at = 0; at < bytes->length; at += piece) {
        size_t step = piece < bytes->length - at ? piece : bytes->length - at;
        assert_int_equal(wt_bus_peer_feed(peer, bytes->data + at, step, NULL), WT_OK);
    }
}

/* Unasked messages are short here, so that long answers need not be longer than this. */
static const struct wt_bus_limits short_messages = {.message_bytes = 4096};

static void an_answer_may_be_as_long_as_its_call_allows(void **state) {
    (void)state;
    static const size_t pieces[] = {1, 7, 4096, SIZE_MAX};
    struct wt_buffer bytes = long_answer(64000);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct seen big = {0}, next = {0};
        struct wt_bus_peer *peer = new_peer(WT_BUS_CONNECTING, &short_messages, NULL);
        call_status(peer, &big, 65000);
        call_status(peer, &next, 0);
        drop_output(peer);
        feed_pieces(peer, &bytes, pieces[i]);
        assert_int_equal(big.outcome, WT_BUS_RETURNED);
        assert_int_equal(big.text_length, 64000);
        assert_int_equal(next.value, 9);
        wt_bus_peer_destroy(peer);
    }
    wt_buffer_fini(&bytes);
}

static void a_longer_answer_fails_its_call_only(void **state) {
    (void)state;
    static const size_t pieces[] = {1, 7, 4096, SIZE_MAX};
    struct wt_buffer bytes = long_answer(64000);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        for (int cancelled = 0; cancelled < 2; cancelled++) {
            struct seen big = {0}, next = {0};
            struct wt_bus_peer *peer = new_peer(WT_BUS_CONNECTING, &short_messages, NULL);
            uint64_t id = call_status(peer, &big, 32000);
            call_status(peer, &next, 0);
            drop_output(peer);
            if (cancelled)
                wt_bus_peer_cancel(peer, id);
            feed_pieces(peer, &bytes, pieces[i]);
            assert_int_equal(big.answers, !cancelled);
            if (!cancelled) {
                assert_int_equal(big.outcome, WT_BUS_TOO_BIG);
                assert_int_equal(big.status, WT_ELIMIT);
            }
            assert_int_equal(next.value, 9);
            assert_true(wt_bus_peer_memory(peer) < 1024);
            wt_bus_peer_destroy(peer);
        }
    }
    wt_buffer_fini(&bytes);
}

static void a_deeper_answer_fails_its_call_only(void **state) {
    (void)state;
    struct wt_buffer bytes = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&bytes);
    size_t mark = wt_bus_write_ext_begin(&w);
    wt_bus_write_uint(&w, 1);
    for (int i = 0; i < 40; i++)
        wt_bus_write_array(&w, 1);
    wt_bus_write_nil(&w);
    wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_RETURN);
    wt_bus_write_raw(&w, "\xd5\x01\x03\x09", 4);
    for (size_t piece = 1; piece <= bytes.length; piece++) {
        struct seen deep = {0}, next = {0};
        struct wt_bus_peer *peer = new_client();
        call_status(peer, &deep, 0);
        call_status(peer, &next, 0);
        feed_pieces(peer, &bytes, piece);
        assert_int_equal(deep.outcome, WT_BUS_TOO_BIG);
        assert_int_equal(next.value, 9);
        wt_bus_peer_destroy(peer);
    }
    wt_buffer_fini(&bytes);
}

static void an_unasked_message_may_not_be_long(void **state) {
    (void)state;
    struct wt_bus_peer *peer = new_client();
    bus_expect_refused(peer, "c9 00100000 00", WT_ELIMIT); /* 1 MiB and a header */
    wt_bus_peer_destroy(peer);
    peer = new_client();
    bus_expect(peer, "c9 000ffffa 00", "");
    assert_true(wt_bus_peer_memory(peer) < 4096);
    wt_bus_peer_destroy(peer);
    peer = new_peer(WT_BUS_CONNECTING, &(struct wt_bus_limits){.message_bytes = 16}, NULL);
    bus_expect_refused(peer, bus_golden_hex(BUS_GOLDEN_KEYS), WT_ELIMIT);
    wt_bus_peer_destroy(peer);
}

/* ---- Back-pressure ---- */

static void a_full_output_makes_messages_wait(void **state) {
    (void)state;
    const struct wt_bus_limits limits = {.output_bytes = 1000};
    struct script script = {0};
    struct wt_bus_peer *peer = new_peer(WT_BUS_ACCEPTING, &limits, &script);
    struct wt_buffer in = bus_bytes("<00 01 :supervisor 02 :give cd01f4 00 c2>"
                                    "<00 03 :supervisor 02 :give cd01f5 00 c2>"
                                    "<00 05 :supervisor 02 :give cd01f6 00 c2>"
                                    "<00 07 :supervisor 02 :give cd01f7 00 c2>"
                                    "<00 09 :supervisor 02 :give cd01f8 00 c2>");
    size_t early = in.length - 5;
    assert_int_equal(wt_bus_peer_feed(peer, in.data, early, NULL), WT_OK);
    assert_int_equal(script.calls, 2);
    assert_true(wt_bus_peer_is_paused(peer));
    /* More input may still come; it waits as well. */
    assert_int_equal(wt_bus_peer_feed(peer, in.data + early, 5, NULL), WT_OK);
    assert_int_equal(script.calls, 2);
    assert_true(wt_bus_peer_is_paused(peer));
    size_t length;
    free(wt_buffer_take(wt_bus_peer_output(peer), &length));
    assert_int_equal(wt_bus_peer_feed(peer, NULL, 0, NULL), WT_OK);
    assert_int_equal(script.calls, 4);
    assert_true(wt_bus_peer_is_paused(peer));
    drop_output(peer);
    assert_int_equal(wt_bus_peer_feed(peer, NULL, 0, NULL), WT_OK);
    assert_int_equal(script.calls, 5);
    assert_false(wt_bus_peer_is_paused(peer));
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(script.sizes[i], 500 + i);
    assert_int_equal(wt_bus_peer_feed(peer, NULL, 0, NULL), WT_OK);
    wt_buffer_fini(&in);
    wt_bus_peer_destroy(peer);
}

static void open_calls_of_the_other_side_are_bounded(void **state) {
    (void)state;
    const struct wt_bus_limits limits = {.open_invokes = 2};
    struct script script = {.hang = true};
    struct wt_bus_peer *peer = new_peer(WT_BUS_ACCEPTING, &limits, &script);
    bus_expect(peer, "<00 01 :supervisor 02 :give 01 00 c2>", "");
    bus_expect(peer, "<00 03 :supervisor 02 :give 01 00 c2>", "");
    assert_int_equal(wt_bus_peer_open_invokes(peer), 2);
    struct wt_buffer in = bus_bytes("<00 05 :supervisor 02 :give 01 00 c2>");
    assert_int_equal(wt_bus_peer_feed(peer, in.data, in.length, NULL), WT_OK);
    const struct wt_buffer *out = wt_bus_peer_output(peer);
    assert_non_null(memmem(out->data, out->length, "too many open calls", 19));
    assert_int_equal(wt_bus_peer_open_invokes(peer), 2);
    drop_output(peer);
    /* A late answer makes room. */
    wt_bus_peer_return(peer, &script.kept, NULL);
    bus_assert_output(peer, "<01 03 c0>");
    drop_output(peer);
    assert_int_equal(wt_bus_peer_open_invokes(peer), 1);
    bus_expect(peer, "<00 05 :supervisor 02 :give 01 00 c2>", "");
    wt_buffer_fini(&in);
    wt_bus_peer_destroy(peer);
}

/* ---- Endings ---- */

static void a_method_may_destroy_its_peer(void **state) {
    (void)state;
    struct script script = {.destroy = true};
    struct seen seen = {0};
    struct wt_bus_peer *peer = new_peer(WT_BUS_ACCEPTING, NULL, &script);
    call_status(peer, &seen, 0);
    struct wt_buffer in = bus_bytes("<00 01 :supervisor 02 :give 05 00 c2>"
                                    "<00 03 :supervisor 02 :give 05 00 c2> d5");
    struct wt_error err = {.text = ""};
    assert_int_equal(wt_bus_peer_feed(peer, in.data, in.length, &err), WT_EDEAD);
    assert_int_equal(script.calls, 1);
    assert_int_equal(seen.outcome, WT_BUS_GONE);
    assert_int_equal(seen.answers, 1);
    wt_buffer_fini(&in);
}

static void an_answer_may_destroy_its_peer(void **state) {
    (void)state;
    static const char *const inputs[] = {"<01 01 05> <01 03 05> c1", "<03 01 05> c1",
                                         "c9 7fffffff 01 01 00"};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct seen seen = {.destroy = true};
        struct wt_bus_peer *peer = new_client();
        call_status(peer, &seen, 0);
        call_status(peer, &seen, 0);
        struct wt_buffer in = bus_bytes(inputs[i]);
        assert_int_equal(wt_bus_peer_feed(peer, in.data, in.length, NULL), WT_EDEAD);
        assert_int_equal(seen.answers, 2);
        assert_int_equal(seen.outcome, WT_BUS_GONE);
        wt_buffer_fini(&in);
    }
}

static void an_idle_peer_holds_nothing(void **state) {
    (void)state;
    struct script script = {0};
    struct seen seen = {0};
    struct wt_bus_peer *peer = new_peer(WT_BUS_ACCEPTING, NULL, &script);
    size_t fresh = wt_bus_peer_memory(peer);
    print_message("one idle peer: %zu bytes\n", fresh);
    assert_true(fresh <= 256);
    call_status(peer, &seen, 0);
    drop_output(peer);
    assert_true(wt_bus_peer_memory(peer) > fresh);
    bus_expect(peer, "<01 02 05>", "");
    assert_int_equal(wt_bus_peer_memory(peer), fresh);
    struct wt_buffer in = bus_golden_bytes(BUS_GOLDEN_REGISTER);
    for (size_t i = 0; i + 1 < in.length; i++)
        assert_int_equal(wt_bus_peer_feed(peer, in.data + i, 1, NULL), WT_OK);
    assert_true(wt_bus_peer_memory(peer) > fresh);
    assert_int_equal(wt_bus_peer_feed(peer, in.data + in.length - 1, 1, NULL), WT_OK);
    drop_output(peer);
    assert_int_equal(wt_bus_peer_memory(peer), fresh);
    wt_buffer_fini(&in);
    wt_bus_peer_destroy(peer);
    wt_bus_peer_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_count_by_two_from_the_side_of_the_caller),
        cmocka_unit_test(answers_are_matched_by_id_alone),
        cmocka_unit_test(an_error_brings_class_and_message),
        cmocka_unit_test(blocks_and_unknown_answers_are_ignored),
        cmocka_unit_test(cancelled_calls_stay_silent),
        cmocka_unit_test(an_end_may_cancel_other_calls),
        cmocka_unit_test(a_call_without_arguments_is_not_sent),
        cmocka_unit_test(an_answer_may_be_as_long_as_its_call_allows),
        cmocka_unit_test(a_longer_answer_fails_its_call_only),
        cmocka_unit_test(a_deeper_answer_fails_its_call_only),
        cmocka_unit_test(an_unasked_message_may_not_be_long),
        cmocka_unit_test(a_full_output_makes_messages_wait),
        cmocka_unit_test(open_calls_of_the_other_side_are_bounded),
        cmocka_unit_test(a_method_may_destroy_its_peer),
        cmocka_unit_test(an_answer_may_destroy_its_peer),
        cmocka_unit_test(an_idle_peer_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
