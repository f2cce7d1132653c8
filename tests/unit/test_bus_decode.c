#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/decode.h"
#include "support/bus.h"

/* What the scan accepts and refuses, and that the decoder agrees with it. */

static wt_status scan(const struct wt_buffer *bytes, struct wt_bus_scanner *scanner,
                      size_t *length) {
    struct wt_bus_limits limits = wt_bus_limits_or_default(NULL);
    struct wt_error err = {.text = ""};
    /* A copy of exact size, so that a sanitizer sees every byte read too many. */
    char *exact = malloc(bytes->length > 0 ? bytes->length : 1);
    assert_non_null(exact);
    if (bytes->length > 0)
        memcpy(exact, bytes->data, bytes->length);
    wt_bus_scanner_init(scanner, limits.message_bytes, limits.values);
    wt_status status = wt_bus_scan(scanner, exact, bytes->length, length, &err);
    free(exact);
    return status;
}

static void expect_scan(const char *notation, wt_status expected) {
    struct wt_buffer bytes = bus_bytes(notation);
    struct wt_bus_scanner scanner;
    size_t length = 0;
    wt_status status = scan(&bytes, &scanner, &length);
    if (status != expected)
        fail_msg("%s: %s", notation, wt_status_text(status));
    if (status == WT_OK)
        assert_int_equal(length, bytes.length);
    wt_buffer_fini(&bytes);
}

/* The value of the message <01 00 VALUE>. */
static const struct wt_bus_value *decode(const char *value, struct wt_buffer *bytes,
                                         struct wt_bus_message *message) {
    char notation[600];
    struct wt_bus_scanner scanner;
    size_t length;
    snprintf(notation, sizeof notation, "<01 00 %s>", value);
    *bytes = bus_bytes(notation);
    assert_int_equal(scan(bytes, &scanner, &length), WT_OK);
    assert_int_equal(wt_bus_decode(&scanner, bytes->data, length, message, NULL), WT_OK);
    return &message->value;
}

static const struct {
    const char *bytes;
    enum wt_bus_type type;
    int64_t number;
    const char *minimal;
} forms[] = {
    {"c0", WT_BUS_NIL, 0, "c0"},
    {"c2", WT_BUS_BOOL, 0, "c2"},
    {"c3", WT_BUS_BOOL, 1, "c3"},
    {"00", WT_BUS_UINT, 0, "00"},
    {"7f", WT_BUS_UINT, 127, "7f"},
    {"cc05", WT_BUS_UINT, 5, "05"},
    {"cc80", WT_BUS_UINT, 128, "cc80"},
    {"cd0080", WT_BUS_UINT, 128, "cc80"},
    {"cd0100", WT_BUS_UINT, 256, "cd0100"},
    {"ce00000100", WT_BUS_UINT, 256, "cd0100"},
    {"ce00010000", WT_BUS_UINT, 65536, "ce00010000"},
    {"cf0000000000010000", WT_BUS_UINT, 65536, "ce00010000"},
    {"cf0000000100000000", WT_BUS_UINT, 4294967296, "cf0000000100000000"},
    {"d005", WT_BUS_UINT, 5, "05"},
    {"d3 0000000000000005", WT_BUS_UINT, 5, "05"},
    {"ff", WT_BUS_INT, -1, "ff"},
    {"e0", WT_BUS_INT, -32, "e0"},
    {"d0ff", WT_BUS_INT, -1, "ff"},
    {"d0df", WT_BUS_INT, -33, "d0df"},
    {"d1ff80", WT_BUS_INT, -128, "d080"},
    {"d1ff7f", WT_BUS_INT, -129, "d1ff7f"},
    {"d2ffff7fff", WT_BUS_INT, -32769, "d2ffff7fff"},
    {"d3ffffffff80000000", WT_BUS_INT, INT32_MIN, "d280000000"},
    {"d3 8000000000000000", WT_BUS_INT, INT64_MIN, "d38000000000000000"},
    {"ca3e800000", WT_BUS_FLOAT, 0, "cb3fd0000000000000"},
    {"cb3fd0000000000000", WT_BUS_FLOAT, 0, "cb3fd0000000000000"},
    {"cb7ff0000000000000", WT_BUS_FLOAT, 0, "cb7ff0000000000000"},
    {"a0", WT_BUS_STRING, 0, "a0"},
    {"d900", WT_BUS_STRING, 0, "a0"},
    {"da0001 61", WT_BUS_STRING, 0, "a161"},
    {"db00000001 61", WT_BUS_STRING, 0, "a161"},
    {"c400", WT_BUS_BINARY, 0, "c400"},
    {"c50001 61", WT_BUS_BINARY, 0, "c40161"},
    {"c600000001 61", WT_BUS_BINARY, 0, "c40161"},
    {"90", WT_BUS_ARRAY, 0, "90"},
    {"dc0000", WT_BUS_ARRAY, 0, "90"},
    {"dd00000001 c0", WT_BUS_ARRAY, 1, "91c0"},
    {"80", WT_BUS_MAP, 0, "80"},
    {"de0000", WT_BUS_MAP, 0, "80"},
    {"df00000001 c0 c3", WT_BUS_MAP, 1, "81c0c3"},
    {"c70020", WT_BUS_SYMBOL, 0, "c70020"},
    {"c70120 61", WT_BUS_SYMBOL, 0, "d42061"},
    {"c8000120 ff", WT_BUS_SYMBOL, 0, "d420ff"},
    {"c90000000120 00", WT_BUS_SYMBOL, 0, "d42000"},
    {"c70022", WT_BUS_CLASS, 0, "c70022"},
    {"c8000110 05", WT_BUS_PROXY, 0, "d41005"},
    {"c90000000130 05", WT_BUS_CONTROLLER, 0, "d43005"},
    {"<21 'A' 'b' 92 'c' <20>>", WT_BUS_EXCEPTION, 0, "c70a21a141a16292a163c70020"},
};

static void values_in_any_form_are_read(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct wt_buffer bytes, again = {0};
        struct wt_bus_message message;
        const struct wt_bus_value *value = decode(forms[i].bytes, &bytes, &message);
        struct wt_bus_writer w = wt_bus_writer_over(&again);
        assert_int_equal(value->type, forms[i].type);
        int64_t number = 0;
        if (value->type == WT_BUS_BOOL)
            number = value->boolean;
        else if (value->type == WT_BUS_ARRAY || value->type == WT_BUS_MAP)
            number = value->count;
        else
            (void)wt_bus_to_int64(value, &number);
        assert_true(number == forms[i].number);
        bus_assert_bytes(value->raw, value->raw_length, forms[i].bytes);
        wt_bus_write_value(&w, value);
        bus_assert_bytes(again.data, again.length, forms[i].minimal);
        wt_buffer_fini(&again);
        wt_buffer_fini(&bytes);
        wt_bus_message_fini(&message);
    }
}

/* Lengths at which the forms change: what is written is read back, in the shortest form. */
static void lengths_around_every_form_survive(void **state) {
    (void)state;
    static const size_t lengths[] = {0,  1,  2,  3,  4,   5,   7,   8,   9,     15,    16,
                                     17, 31, 32, 33, 255, 256, 257, 300, 65535, 65536, 70000};
    char *text = malloc(70000);
    assert_non_null(text);
    memset(text, 'a', 70000);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t n = lengths[i], header = n < 32 ? 1 : n < 256 ? 2 : n < 65536 ? 3 : 5;
        bool fixed = n == 1 || n == 2 || n == 4 || n == 8 || n == 16;
        size_t ext_header = fixed ? 2 : n < 256 ? 3 : n < 65536 ? 4 : 6;
        struct wt_buffer bytes = {0};
        struct wt_bus_writer w = wt_bus_writer_over(&bytes);
        struct wt_bus_scanner scanner;
        struct wt_bus_message m;
        size_t length;
        size_t mark = wt_bus_write_ext_begin(&w);
        wt_bus_write_uint(&w, 0);
        wt_bus_write_array(&w, 3);
        wt_bus_write_string(&w, text, n);
        wt_bus_write_symbol(&w, text, n);
        wt_bus_write_binary(&w, text, n);
        wt_bus_write_ext_end(&w, mark, WT_BUS_EXT_RETURN);
        assert_int_equal(scan(&bytes, &scanner, &length), WT_OK);
        assert_int_equal(length, bytes.length);
        size_t payload = 2 + header + ext_header + (header > 1 ? header : 2) + 3 * n;
        size_t outer = payload < 17      ? bytes.length - payload
                       : payload < 256   ? 3
                       : payload < 65536 ? 4
                                         : 6;
        assert_int_equal(bytes.length, payload + outer);
        assert_int_equal(wt_bus_decode(&scanner, bytes.data, length, &m, NULL), WT_OK);
        for (size_t k = 0; k < 3; k++) {
            const struct wt_bus_value *item = wt_bus_item(&m.value, k);
            assert_int_equal(item->text.length, n);
            assert_memory_equal(item->text.data, text, n);
        }
        wt_bus_message_fini(&m);
        wt_buffer_fini(&bytes);
    }
    free(text);
}

static void malformed_bytes_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "c1",
        "<40 01>",
        "<ff 01>",
        "<07>",
        "<31 01>",
        "<00>",          /* Invoke of length 0 */
        "<01>",          /* Return of length 0 */
        "<01 01>",       /* one value of two */
        "<01 01 02 03>", /* one too many */
        "<10>",
        "<10 01 02>",
        "<11>",
        "<21 'A' 'b'>",
        "<21 'A' 'b' c0 c0>",
        "<00 01 :supervisor 00 00>", /* no block_given */
        "<01 01 <01 01 02>>",        /* a message inside a value */
        "<01 01 <11 01>>",
        "<01 01 <40 01>>",
        "<01 01 c1>",
        "<01 01 92 01>", /* counts that do not fit */
        "<01 01 81 01>",
        "<01 01 dcffff 00>",
        "<01 01 ddffffffff 00>",
        "<01 01 df7fffffff 00>",
        "<01 01 dfffffffff 00>",
        "<01 01 df80000000>", /* twice this is 2^32 */
        "<01 01 df80000001 01 02>",
        "<01 01 92 92 01 02>", /* each count fits, both together do not */
        "<01 01 92 81 01 02>",
        "<01 01 a5 61>", /* texts that do not fit */
        "<01 01 d9ff 61>",
        "<01 01 dbffffffff>",
        "<01 01 c6ffffffff>",
        "<01 01 c9ffffffff20>",
        "<01 01 c70520 61>",
        "<01 01 d410>",
        "<01 01 cf00>", /* numbers cut by the end of their ext */
        "<01 01 cb00000000>",
        "<01 01 d9>",
        "<01 01 c7>",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_scan(rows[i], WT_EFORMAT);
}

static void calls_must_add_up(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        bool right;
    } rows[] = {
        {"<00 01 :a 00 00 c2>", true},
        {"<00 01 :a 01 :m 00 c2>", true},
        {"<00 01 :a 01 :m 01 :k 01 c2>", true},
        {"<00 01 :a 01 :m 00 c0>", true},
        {"<00 01 :a c0 00 c2>", false}, /* argc nil, text, negative, float */
        {"<00 01 :a '1' 00 c2>", false},
        {"<00 01 :a ff 00 c2>", false},
        {"<00 01 :a cb0000000000000000 00 c2>", false},
        {"<00 01 :a ceffffffff 00 c2>", false},
        {"<00 01 :a cfffffffffffffffff 00 c2>", false},
        {"<00 01 :a 01 00 c2>", false},
        {"<00 01 :a 00 c0 c2>", false},
        {"<00 01 :a 00 01 :k c2>", false},
        {"<00 01 :a 00 01 :k 01>", false},
        {"<00 01 :a 00 ce7fffffff :k 01 c2>", false},
        {"<00 01 :a 00 ce80000000 :k 01 c2>", false},
        {"<00 01 :a 00 00 c2 c2>", false},
        {"<00 01 :a 02 :m 00 c2>", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wt_buffer bytes = bus_bytes(rows[i].bytes);
        struct wt_bus_scanner scanner;
        struct wt_bus_message message;
        struct wt_error err = {.text = ""};
        size_t length;
        assert_int_equal(scan(&bytes, &scanner, &length), WT_OK);
        wt_status status = wt_bus_decode(&scanner, bytes.data, length, &message, &err);
        if (status != (rows[i].right ? WT_OK : WT_EFORMAT))
            fail_msg("%s: %s", rows[i].bytes, wt_status_text(status));
        if (status == WT_OK)
            wt_bus_message_fini(&message);
        assert_null(message.memory);
        wt_buffer_fini(&bytes);
    }
}

static struct wt_buffer nested(const char *one, size_t times, const char *inner) {
    struct wt_buffer notation = {0};
    wt_buffer_append_text(&notation, "<01 01 ");
    for (size_t i = 0; i < times; i++)
        wt_buffer_printf(&notation, "%s ", one);
    wt_buffer_append_text(&notation, inner);
    for (const char *c = one; c != NULL && (c = strchr(c, '<')) != NULL; c++) {
        for (size_t i = 0; i < times; i++)
            wt_buffer_append_char(&notation, '>');
    }
    wt_buffer_append_char(&notation, '>');
    return notation;
}

static void nesting_is_bounded_and_what_is_accepted_can_be_decoded(void **state) {
    (void)state;
    static const struct {
        const char *one;
        size_t times;
        wt_status expected;
    } rows[] = {
        {"91", 1, WT_OK},         {"91", 32, WT_OK},         {"91", 33, WT_ELIMIT},
        {"91", 100, WT_ELIMIT},   {"91", 200, WT_ELIMIT},    {"81 01", 32, WT_OK},
        {"81 01", 33, WT_ELIMIT}, {"dc0001", 32, WT_OK},     {"df00000001 c0", 32, WT_OK},
        {"<10", 63, WT_OK},       {"<10", 64, WT_ELIMIT},    {"<10", 139, WT_ELIMIT},
        {"<10 91", 31, WT_OK},    {"<10 91", 32, WT_ELIMIT}, {"<21 c0 c0", 63, WT_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wt_buffer notation = nested(rows[i].one, rows[i].times, "c0");
        struct wt_buffer bytes = bus_bytes(notation.data);
        struct wt_bus_scanner scanner;
        struct wt_bus_message message;
        size_t length;
        wt_status status = scan(&bytes, &scanner, &length);
        if (status != rows[i].expected)
            fail_msg("%zu times %s: %s", rows[i].times, rows[i].one, wt_status_text(status));
        if (status == WT_OK) {
            assert_int_equal(wt_bus_decode(&scanner, bytes.data, length, &message, NULL), WT_OK);
            struct wt_buffer again = {0};
            struct wt_bus_writer w = wt_bus_writer_over(&again);
            wt_bus_write_value(&w, &message.value);
            assert_true(again.length > rows[i].times);
            wt_buffer_fini(&again);
            wt_bus_message_fini(&message);
        }
        wt_buffer_fini(&notation);
        wt_buffer_fini(&bytes);
    }
}

static void values_are_counted(void **state) {
    (void)state;
    struct wt_buffer bytes = bus_bytes("<01 01 93 01 92 02 03 <10 04>>");
    struct wt_bus_scanner scanner;
    size_t length;
    wt_bus_scanner_init(&scanner, 1000, 9);
    assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL), WT_OK);
    assert_int_equal(scanner.values, 9);
    assert_int_equal(scanner.direct, 2);
    wt_bus_scanner_init(&scanner, 1000, 8);
    assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL), WT_ELIMIT);
    wt_bus_scanner_init(&scanner, (uint32_t)bytes.length, 9);
    assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL), WT_OK);
    wt_bus_scanner_init(&scanner, (uint32_t)bytes.length - 1, 9);
    assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL), WT_ELIMIT);
    wt_buffer_fini(&bytes);
}

/* A count or a length without the bytes is no reason to wait, when an ext around it has ended. */
static void top_level_values_are_complete_or_wait(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        wt_status expected;
    } rows[] = {
        {"c0", WT_OK},
        {"05", WT_OK},
        {"'text'", WT_OK},
        {"92 01 02", WT_OK},
        {"81 01 02", WT_OK},
        {":sym", WT_OK},
        {"<22 41>", WT_OK},
        {"<21 'A' 'b' c0>", WT_OK},
        {"<10 :x>", WT_OK},
        {"", WT_EAGAIN},
        {"92 01", WT_EAGAIN},
        {"d9", WT_EAGAIN},
        {"d9ff", WT_EAGAIN},
        {"dc000a", WT_EAGAIN},
        {"cf000000", WT_EAGAIN},
        {"c7", WT_EAGAIN},
        {"c705", WT_EAGAIN},
        {"c70501", WT_EAGAIN},
        {"dbffffffff", WT_ELIMIT},
        {"c6ffffffff", WT_ELIMIT},
        {"c9ffffffff00", WT_ELIMIT},
        {"ddffffffff", WT_EFORMAT},
        {"dfffffffff", WT_EFORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_scan(rows[i].bytes, rows[i].expected);
}

static void the_first_bytes_tell_what_a_message_is(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        wt_status status;
        uint64_t length;
        bool has_id;
        uint64_t id;
    } rows[] = {
        {"", WT_EAGAIN, 0, false, 0},
        {"c9000000", WT_EAGAIN, 0, false, 0},
        {"c90000010001", WT_EAGAIN, 262, false, 0},
        {"c90000010001 05", WT_OK, 262, true, 5},
        {"d501 cc", WT_EAGAIN, 4, false, 0},
        {"d401 cc", WT_OK, 3, false, 0},
        {"c70301 cc", WT_EAGAIN, 6, false, 0},
        {"c70301 ccff", WT_OK, 6, true, 255},
        {"c70a01 cf01020304050607", WT_EAGAIN, 13, false, 0},
        {"c70a01 cf0102030405060708", WT_OK, 13, true, 0x0102030405060708},
        {"c70a01 a3", WT_OK, 13, false, 0},
        {"c70001", WT_OK, 3, false, 0},
        {"93", WT_OK, 0, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wt_buffer bytes = bus_bytes(rows[i].bytes);
        struct wt_bus_frame frame;
        assert_int_equal(wt_bus_peek(bytes.data, bytes.length, &frame), rows[i].status);
        assert_int_equal(frame.message_length, rows[i].length);
        assert_int_equal(frame.has_id, rows[i].has_id);
        if (frame.has_id)
            assert_true(frame.id == rows[i].id);
        wt_buffer_fini(&bytes);
    }
}

static void tokens_are_short_values(void **state) {
    (void)state;
    static const struct {
        int64_t number;
        const char *bytes;
    } numbers[] = {{0, "00"},
                   {127, "7f"},
                   {128, "cc80"},
                   {-1, "ff"},
                   {-32, "e0"},
                   {-33, "d0df"},
                   {160, "cca0"},
                   {65536, "ce00010000"},
                   {-129, "d1ff7f"},
                   {INT64_MIN, "d38000000000000000"},
                   {INT64_MAX, "cf7fffffffffffffff"}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct wt_bus_token token = wt_bus_token_int(numbers[i].number);
        bus_assert_bytes(token.bytes, token.length, numbers[i].bytes);
    }
    struct wt_bus_token symbol = wt_bus_token_symbol("nope");
    bus_assert_bytes(symbol.bytes, symbol.length, "d6206e6f7065");
    struct wt_buffer bytes;
    struct wt_bus_message m;
    struct wt_bus_token inner, other;
    const struct wt_bus_value *value = decode("92 :nope 'a text that is longer than every token "
                                              "may be, by a handful of bytes, so it is refused'",
                                              &bytes, &m);
    assert_true(wt_bus_token_of(&value->items[0], &inner));
    assert_true(wt_bus_token_equal(&inner, &symbol));
    assert_false(wt_bus_token_of(&value->items[1], &other));
    assert_false(wt_bus_token_of(value, &other));
    assert_false(wt_bus_token_of(NULL, &other));
    assert_int_equal(other.length, 0);
    wt_buffer_fini(&bytes);
    wt_bus_message_fini(&m);
}

static void helpers_take_only_what_they_name(void **state) {
    (void)state;
    struct wt_buffer bytes;
    struct wt_bus_message m;
    const struct wt_bus_value *v = decode(
        "98 05 fb cfffffffffffffffff cb4004000000000000 'text' :sym 81 :k 07 c0", &bytes, &m);
    int64_t i = 99;
    uint64_t u = 99;
    uint32_t small = 99;
    double d;
    assert_true(wt_bus_to_int64(&v->items[0], &i) && i == 5);
    assert_true(wt_bus_to_int64(&v->items[1], &i) && i == -5);
    assert_false(wt_bus_to_int64(&v->items[2], &i));
    assert_false(wt_bus_to_int64(&v->items[3], &i));
    assert_true(i == -5);
    assert_false(wt_bus_to_uint64(&v->items[1], &u));
    assert_true(wt_bus_to_uint64(&v->items[2], &u) && u == UINT64_MAX);
    assert_false(wt_bus_to_uint32(&v->items[2], &small));
    assert_true(wt_bus_to_uint32(&v->items[0], &small) && small == 5);
    assert_true(wt_bus_to_double(&v->items[3], &d) && d == 2.5);
    assert_true(wt_bus_to_double(&v->items[1], &d) && d == -5);
    assert_false(wt_bus_to_double(&v->items[4], &d));
    assert_true(wt_bus_is_string(&v->items[4]));
    assert_false(wt_bus_is_string(&v->items[5]));
    assert_true(wt_bus_is_symbol(&v->items[5], "sym"));
    assert_false(wt_bus_is_symbol(&v->items[5], "sy"));
    assert_false(wt_bus_is_symbol(&v->items[4], "text"));
    assert_true(wt_bus_to_int64(wt_bus_map_get(&v->items[6], "k"), &i) && i == 7);
    assert_null(wt_bus_map_get(&v->items[6], "other"));
    assert_null(wt_bus_map_get(&v->items[0], "k"));
    assert_null(wt_bus_map_get(NULL, "k"));
    assert_true(wt_bus_is_falsy(&v->items[7]));
    assert_true(wt_bus_is_falsy(NULL));
    assert_false(wt_bus_is_falsy(&v->items[0]));
    assert_null(wt_bus_item(v, 8));
    assert_null(wt_bus_item(&v->items[4], 0));
    assert_null(wt_bus_proxy_name(v));
    assert_string_equal(wt_bus_type_name(WT_BUS_CONTROLLER), "controller reference");
    wt_buffer_fini(&bytes);
    wt_bus_message_fini(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_any_form_are_read),
        cmocka_unit_test(lengths_around_every_form_survive),
        cmocka_unit_test(malformed_bytes_are_refused),
        cmocka_unit_test(calls_must_add_up),
        cmocka_unit_test(nesting_is_bounded_and_what_is_accepted_can_be_decoded),
        cmocka_unit_test(values_are_counted),
        cmocka_unit_test(top_level_values_are_complete_or_wait),
        cmocka_unit_test(the_first_bytes_tell_what_a_message_is),
        cmocka_unit_test(tokens_are_short_values),
        cmocka_unit_test(helpers_take_only_what_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
