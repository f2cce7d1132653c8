#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "bus/peer.h"
#include "support/bus.h"

/* What the objects of a peer answer to right and to wrong calls. Ids and answers are bytes. */

struct seen {
    int calls;
    uint32_t arguments, options;
    char path[32];
};

static void answer_one(void *context, struct wt_bus_peer *peer,
                       const struct wt_bus_invoke *invoke) {
    struct seen *seen = context;
    struct wt_bus_text path;
    struct wt_buffer buffer = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&buffer);
    seen->calls++;
    seen->arguments = invoke->argument_count;
    seen->options = invoke->options->count;
    wt_bus_text_of(wt_bus_map_get(invoke->options, "path"), &path);
    snprintf(seen->path, sizeof seen->path, "%.*s", (int)path.length, path.data);
    wt_bus_write_array(&w, 1);
    wt_bus_write_uint(&w, 1);
    wt_bus_peer_return(peer, &invoke->id, &buffer);
    wt_buffer_fini(&buffer);
}

static void answer_badly(void *context, struct wt_bus_peer *peer,
                         const struct wt_bus_invoke *invoke) {
    static const struct wt_buffer empty;
    struct seen *seen = context;
    seen->calls++;
    wt_bus_peer_return(peer, &invoke->id, &empty);
}

static const struct wt_bus_method supervisor_methods[] = {
    {.name = "register",
     .least = 1,
     .most = 1,
     .keywords = {{"process_id", true}, {"state", false}},
     .call = answer_one},
    {.name = "keys", .call = answer_one},
    {.name = "thread_dump", .keywords = {{"path", false}}, .call = answer_one},
    {.name = "between", .least = 1, .most = 3, .call = answer_one},
    {.name = "bad", .call = answer_badly},
};
static const struct wt_bus_object objects[] = {
    {"worker", "Worker", &supervisor_methods[2], 1},
    {"supervisor", "SupervisorController", supervisor_methods, 5},
};
static const struct wt_bus_handlers handlers = {objects, 2};

static struct wt_bus_peer *new_peer(struct seen *seen) {
    struct wt_bus_peer *peer;
    *seen = (struct seen){0};
    assert_int_equal(wt_bus_peer_create(&peer, WT_BUS_ACCEPTING, NULL, &handlers, seen, NULL),
                     WT_OK);
    return peer;
}

static void expect_error(struct wt_bus_peer *peer, const char *rest, const char *class,
                         const char *text) {
    char in[400], out[400];
    snprintf(in, sizeof in, "<00 07 :supervisor %s c2>", rest);
    snprintf(out, sizeof out, "<03 07 <21 '%s' '%s' c0>>", class, text);
    bus_expect(peer, in, out);
}

static void expect_returned(struct wt_bus_peer *peer, const char *rest, const char *value) {
    char in[400], out[400];
    snprintf(in, sizeof in, "<00 07 :supervisor %s c2>", rest);
    snprintf(out, sizeof out, "<01 07 %s>", value);
    bus_expect(peer, in, out);
}

static void unknown_objects_are_named(void **state) {
    (void)state;
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    bus_expect(peer, bus_golden_hex(BUS_GOLDEN_UNKNOWN_OBJECT),
               bus_golden_hex(BUS_GOLDEN_UNKNOWN_OBJECT_ERROR));
    /* The string "supervisor" is not the symbol. */
    bus_expect(peer, "<00 05 'supervisor' 01 :keys 00 c2>",
               "<03 05 <21 'NameError' 'Object not found: supervisor' c0>>");
    /* An integer that we never handed out. */
    bus_expect(peer, bus_golden_hex(BUS_GOLDEN_THREAD_DUMP),
               "<03 0f <21 'NameError' 'Object not found: 160' c0>>");
    bus_expect(peer, "<00 05 f8 01 :keys 00 c2>",
               "<03 05 <21 'NameError' 'Object not found: -8' c0>>");
    bus_expect(peer, "<00 05 c0 01 :keys 00 c2>",
               "<03 05 <21 'NameError' 'Object not found: ' c0>>");
    bus_expect(peer, "<00 05 93010203 01 :keys 00 c2>",
               "<03 05 <21 'NameError' 'Object not found: array' c0>>");
    assert_int_equal(seen.calls, 0);
    wt_bus_peer_destroy(peer);
}

static void an_error_is_never_as_long_as_its_cause(void **state) {
    (void)state;
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    struct wt_buffer in = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&in);
    static char name[100000];
    memset(name, 'n', sizeof name);
    name[3] = '\0';
    name[5] = '\x1b';
    size_t mark = wt_bus_write_ext_begin(&w);
    wt_bus_write_uint(&w, 1);
    wt_bus_write_symbol(&w, name + 4, sizeof name - 4);
    wt_bus_write_uint(&w, 0);
    wt_bus_write_uint(&w, 0);
    wt_bus_write_nil(&w);
    wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_INVOKE);
    assert_int_equal(wt_bus_peer_feed(peer, in.data, in.length, NULL), WT_OK);
    const struct wt_buffer *out = wt_bus_peer_output(peer);
    assert_in_range(out->length, 100, 300);
    assert_null(memchr(out->data, '\x1b', out->length));
    wt_buffer_fini(&in);
    wt_bus_peer_destroy(peer);
}

static void wrong_calls_are_answered_as_ruby_does(void **state) {
    (void)state;
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    expect_error(peer, "00 00", "ArgumentError", "no method name given");
    expect_error(peer, "01 05 00", "TypeError", "5 is not a symbol nor a string");
    expect_error(peer, "01 c0 00", "TypeError", "nil is not a symbol nor a string");
    bus_expect(peer, "<00 07 :supervisor 01 :x 00 c2>",
               "<03 07 <21 'NoMethodError' d93c 756e646566696e6564206d6574686f6420277827 "
               "20666f7220616e20696e7374616e6365206f6620 53757065727669736f72436f6e74726f6c6c6572 "
               "c0>>"); /* undefined method 'x' for an instance of SupervisorController */
    expect_error(peer, "02 :keys 01 00", "ArgumentError",
                 "wrong number of arguments (given 1, expected 0)");
    expect_error(peer, "01 :keys 01 :a 01", "ArgumentError",
                 "wrong number of arguments (given 1, expected 0)");
    expect_error(peer, "01 :between 00", "ArgumentError",
                 "wrong number of arguments (given 0, expected 1..3)");
    expect_error(peer, "05 :between 01 02 03 04 00", "ArgumentError",
                 "wrong number of arguments (given 4, expected 1..3)");
    expect_error(peer, "01 :register 00", "ArgumentError",
                 "wrong number of arguments (given 0, expected 1)");
    expect_error(peer, "02 :register c0 00", "ArgumentError", "missing keyword: :process_id");
    expect_error(peer, "02 :register c0 02 :process_id 01 :zork 01", "ArgumentError",
                 "unknown keyword: :zork");
    expect_error(peer, "02 :register c0 01 'process_id' 01", "ArgumentError",
                 "missing keyword: :process_id");
    assert_int_equal(seen.calls, 0);
    expect_error(peer, "01 :bad 00", "RuntimeError", "the result could not be encoded");
    assert_int_equal(wt_bus_peer_open_invokes(peer), 0);
    wt_bus_peer_destroy(peer);
}

static void a_string_is_no_keyword(void **state) {
    (void)state;
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    struct wt_buffer in =
        bus_bytes("<00 07 :supervisor 02 :register c0 02 :process_id 01 'state' 80 c2>");
    assert_int_equal(wt_bus_peer_feed(peer, in.data, in.length, NULL), WT_OK);
    const struct wt_buffer *out = wt_bus_peer_output(peer);
    assert_non_null(memmem(out->data, out->length, "unknown keyword: \"state\"", 24));
    assert_int_equal(seen.calls, 0);
    wt_buffer_fini(&in);
    wt_bus_peer_destroy(peer);
}

static void right_calls_reach_their_method(void **state) {
    (void)state;
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    expect_returned(peer, "01 :keys 00", "9101");
    expect_returned(peer, "02 :register c0 02 :state 80 :process_id 01", "9101");
    assert_int_equal(seen.arguments, 1);
    assert_int_equal(seen.options, 2);
    expect_returned(peer, "04 :between 01 02 03 00", "9101");
    assert_int_equal(seen.arguments, 3);
    /* Method as a string or a binary string, integers in forms that are not minimal. */
    expect_returned(peer, "01 'keys' 00", "9101");
    expect_returned(peer, "01 c4046b657973 00", "9101");
    expect_returned(peer, "cd0001 d9046b657973 ce00000000", "9101");
    expect_returned(peer, "d10001 db000000046b657973 d300000000 00000000", "9101");
    /* The recorded calls. */
    bus_expect(peer, bus_golden_hex(BUS_GOLDEN_KEYS), bus_golden_hex(BUS_GOLDEN_KEYS_RETURN));
    wt_bus_peer_destroy(peer);
}

static void public_send_is_unwrapped(void **state) {
    (void)state;
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    expect_returned(peer, "02 :public_send :keys 00", "9101");
    expect_returned(peer, "02 'public_send' 'keys' 00", "9101");
    expect_returned(peer, "03 :public_send :public_send :keys 00", "9101");
    expect_error(peer, "01 :public_send 00", "ArgumentError", "no method name given");
    expect_error(peer, "02 :public_send 91c0 00", "TypeError",
                 "array is not a symbol nor a string");
    expect_error(peer, "03 :public_send :keys 01 00", "ArgumentError",
                 "wrong number of arguments (given 1, expected 0)");
    /* The recorded one, as it reaches a worker; options pass through. */
    bus_expect(peer, bus_golden_hex(BUS_GOLDEN_THREAD_DUMP_FORWARDED), "<01 04 9101>");
    bus_expect(peer, "<00 06 :worker 02 :public_send :thread_dump 01 :path '/a' c2>",
               "<01 06 9101>");
    assert_string_equal(seen.path, "/a");
    wt_bus_peer_destroy(peer);
}

static void every_object_answers_what_proxies_ask(void **state) {
    (void)state;
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    static const struct {
        const char *name, *answer;
    } names[] = {{":keys", "c3"},        {"'keys'", "c3"},        {":public_send", "c3"},
                 {":respond_to?", "c3"}, {":is_a?", "c3"},        {":nope", "c2"},
                 {"'nope'", "c2"},       {":instance_eval", "c2"}};
    char rest[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(rest, sizeof rest, "02 :respond_to? %s 00", names[i].name);
        expect_returned(peer, rest, names[i].answer);
        snprintf(rest, sizeof rest, "03 :respond_to? %s c3 00", names[i].name);
        expect_returned(peer, rest, names[i].answer);
    }
    expect_error(peer, "01 :respond_to? 00", "ArgumentError",
                 "wrong number of arguments (given 0, expected 1..2)");
    expect_error(peer, "02 :respond_to? 05 00", "TypeError", "5 is not a symbol nor a string");
    /* Equality with a proxy and a controller reference of the object itself, and with others. */
    expect_returned(peer, "02 :== <10 :supervisor> 00", "c3");
    expect_returned(peer, "02 :== <30 :supervisor> 00", "c3");
    expect_returned(peer, "02 :== <10 :worker> 00", "c2");
    expect_returned(peer, "02 :== <10 'supervisor'> 00", "c2");
    expect_returned(peer, "02 :== :supervisor 00", "c2");
    expect_returned(peer, "02 :== c0 00", "c2");
    expect_returned(peer, "02 :!= <10 :supervisor> 00", "c2");
    expect_returned(peer, "02 :!= c0 00", "c3");
    expect_returned(peer, "01 :! 00", "c2");
    expect_returned(peer, "01 :nil? 00", "c2");
    expect_returned(peer, "01 :class 00", "<22 4f626a656374>");
    expect_returned(peer, "02 :is_a? <22 4f626a656374> 00", "c3");
    expect_returned(peer, "02 :is_a? <22 457863657074696f6e> 00", "c2");
    expect_error(peer, "02 :is_a? 01 00", "TypeError", "class or module required");
    assert_int_equal(seen.calls, 0);
    wt_bus_peer_destroy(peer);
}

static void ids_come_back_as_they_came(void **state) {
    (void)state;
    static const char *const ids[] = {"c0",      "fb",
                                      "'abc'",   "cb3ff8000000000000",
                                      "cd0007",  "cf8000000000000000",
                                      "c2",      "930102c3",
                                      "810102",  ":nope",
                                      "<10 05>", "d3 00000000 00000001"};
    struct seen seen;
    struct wt_bus_peer *peer = new_peer(&seen);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char in[128], out[128];
        snprintf(in, sizeof in, "<00 %s :supervisor 01 :keys 00 c2>", ids[i]);
        snprintf(out, sizeof out, "<01 %s 9101>", ids[i]);
        bus_expect(peer, in, out);
    }
    bus_expect_refused(peer,
                       "<00 '0123456789012345678901234567890123456789012345678901234567890123' "
                       ":supervisor 01 :keys 00 c2>",
                       WT_EFORMAT);
    wt_bus_peer_destroy(peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_objects_are_named),
        cmocka_unit_test(an_error_is_never_as_long_as_its_cause),
        cmocka_unit_test(wrong_calls_are_answered_as_ruby_does),
        cmocka_unit_test(a_string_is_no_keyword),
        cmocka_unit_test(right_calls_reach_their_method),
        cmocka_unit_test(public_send_is_unwrapped),
        cmocka_unit_test(every_object_answers_what_proxies_ask),
        cmocka_unit_test(ids_come_back_as_they_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
