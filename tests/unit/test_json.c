#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "json/json.h"
#include "json/writer.h"

static struct wt_json_document *parsed(const char *text) {
    struct wt_json_document *document = NULL;
    struct wt_error err = {.text = ""};
    if (wt_json_parse(&document, "test.json", text, strlen(text), &err) != WT_OK)
        fail_msg("%s: %s", text, err.text);
    return document;
}

static void refused(const char *text, size_t length, const char *expected) {
    struct wt_json_document *document = NULL;
    struct wt_error err = {.text = ""};
    assert_int_equal(wt_json_parse(&document, "test.json", text, length, &err), WT_EFORMAT);
    assert_null(document);
    assert_string_equal(err.text, expected);
}

static void values_of_every_type(void **state) {
    (void)state;
    struct wt_json_document *document =
        parsed("{\"a\": [1, -2.5, true, false, null, \"x\\u00e9\\ud83d\\ude00\\n\"],\n"
               " \"b\": {}, \"c\": [] , \"d\": {\"e\": \"\"}}\n");
    const struct wt_json *root = wt_json_root(document), *at;
    struct wt_number number;
    assert_int_equal(wt_json_type(root), WT_JSON_OBJECT);
    assert_int_equal(wt_json_count(root), 4);
    at = wt_json_first(wt_json_get(root, "a"));
    assert_true(wt_json_number(at, &number));
    assert_int_equal(number.kind, WT_NUMBER_INTEGER);
    at = wt_json_next(at);
    assert_true(wt_json_number(at, &number) && number.real == -2.5);
    at = wt_json_next(at);
    assert_true(wt_json_bool(at) && wt_json_type(at) == WT_JSON_BOOL);
    at = wt_json_next(at);
    assert_false(wt_json_bool(at));
    assert_int_equal(wt_json_type(at), WT_JSON_BOOL);
    at = wt_json_next(at);
    assert_int_equal(wt_json_type(at), WT_JSON_NULL);
    at = wt_json_next(at);
    assert_string_equal(wt_json_string(at), "x\xc3\xa9\xf0\x9f\x98\x80\n");
    assert_false(wt_json_number(at, &number));
    assert_null(wt_json_next(at));
    assert_int_equal(wt_json_type(wt_json_get(root, "c")), WT_JSON_ARRAY);
    assert_int_equal(wt_json_line(wt_json_get(root, "c")), 2);
    assert_string_equal(wt_json_key(wt_json_get(root, "d")), "d");
    assert_string_equal(wt_json_string(wt_json_get(wt_json_get(root, "d"), "e")), "");
    assert_null(wt_json_get(root, "A"));
    assert_null(wt_json_get(wt_json_get(root, "nothing"), "x"));
    wt_json_free(document);
    wt_json_free(NULL);
}

static void numbers_keep_all_digits(void **state) {
    (void)state;
    const char *const tokens[] = {"18446744073709551615", "9007199254740993",
                                  "-170141183460469231731687303715884105728", "0.1", "1e-300"};
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct wt_json_document *document = parsed(tokens[i]);
        struct wt_number number;
        char text[WT_NUMBER_TEXT_SIZE];
        assert_true(wt_json_number(wt_json_root(document), &number));
        wt_number_text(number, text);
        assert_string_equal(text, tokens[i]);
        wt_json_free(document);
    }
}

#define REFUSED(text, expected) refused(text, sizeof(text) - 1, expected)

static void what_is_wrong_is_refused_with_its_line(void **state) {
    (void)state;
    REFUSED("", "test.json:1: not valid JSON: it ends too early");
    REFUSED("{\"a\": 1,\n \"b\": }", "test.json:2: not valid JSON at: }");
    REFUSED("{\"a\": 1,\n", "test.json:2: not valid JSON: it ends too early");
    REFUSED("[1] [2]", "test.json:1: not valid JSON: something follows the end");
    REFUSED("[01]", "test.json:1: a number that is malformed, or larger than 128 bits");
    REFUSED("[\n\n1.]", "test.json:3: a number that is malformed, or larger than 128 bits");
    REFUSED("[1e999]", "test.json:1: a number that is malformed, or larger than 128 bits");
    REFUSED("[NaN]", "test.json:1: not valid JSON at: NaN]");
    REFUSED("[\"a\xff\"]", "test.json:1: a text is not valid UTF-8");
    REFUSED("[\"a\nb\"]", "test.json:1: a control character in a text must be written as \\uXXXX");
    REFUSED("[\"\\u0000\"]", "test.json:1: a text must not hold \\u0000");
    REFUSED("[\x01 1]", "test.json:1: a control character between the values");
    REFUSED("[1,\0 2]", "test.json: not valid JSON: it holds a NUL byte");
    REFUSED("{\"a\":1,}", "test.json:1: not valid JSON at: }");
}

static void nesting_is_bounded(void **state) {
    (void)state;
    char text[400];
    for (size_t depth = WT_JSON_DEPTH_MAX - 1; depth <= WT_JSON_DEPTH_MAX + 1; depth++) {
        struct wt_json_document *document = NULL;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        wt_status expected = depth <= WT_JSON_DEPTH_MAX ? WT_OK : WT_EFORMAT;
        assert_int_equal(wt_json_parse(&document, "x", text, 2 * depth, NULL), expected);
        wt_json_free(document);
    }
    char *deep = malloc(2000000);
    assert_non_null(deep);
    memset(deep, '[', 2000000);
    struct wt_json_document *document = NULL;
    assert_int_equal(wt_json_parse(&document, "x", deep, 2000000, NULL), WT_EFORMAT);
    free(deep);
}

static void errors_name_the_path(void **state) {
    (void)state;
    struct wt_json_document *document =
        parsed("{\"styles\": {\n\"crit\": {\"fg\":\n[1, {\"x\": 2}]}}, \"y\\n\": 1}");
    struct wt_error err;
    const struct wt_json *root = wt_json_root(document);
    const struct wt_json *list =
        wt_json_get(wt_json_get(wt_json_get(root, "styles"), "crit"), "fg");
    const struct wt_json *deep = wt_json_get(wt_json_next(wt_json_first(list)), "x");
    assert_int_equal(wt_json_fail(&err, document, deep, "must be %s", "a colour"), WT_EFORMAT);
    assert_string_equal(err.text, "test.json:3: styles.crit.fg[1].x: must be a colour");
    wt_json_fail(&err, document, root, "must be larger");
    assert_string_equal(err.text, "test.json:1: must be larger");
    wt_json_fail(&err, document, NULL, "must be larger");
    assert_string_equal(err.text, "test.json: must be larger");
    wt_json_fail(&err, document, wt_json_next(wt_json_first(root)), "no");
    assert_string_equal(err.text, "test.json:3: y\xc2\xb7: no");
    wt_json_free(document);
}

/* Cuts and bit flips of a good document never crash, and what parses can be walked. */
static void damaged_documents_are_harmless(void **state) {
    (void)state;
    const char good[] = "{\"a\":[1,2.5e3,\"\\u00e9\\\"\",{\"b\":null}],\"c\":true,\"d\":-0.0}";
    char text[sizeof good];
    struct wt_json_document *document;
    for (size_t length = 0; length < sizeof good - 1; length++)
        assert_int_equal(wt_json_parse(&document, "x", good, length, NULL), WT_EFORMAT);
    for (size_t at = 0; at < sizeof good - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            if (wt_json_parse(&document, "x", text, sizeof good - 1, NULL) == WT_OK)
                wt_json_get(wt_json_root(document), "d");
            wt_json_free(document);
        }
    }
}

static void texts_are_decoded(void **state) {
    (void)state;
    struct wt_json_document *document = parsed(
        "{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\":\"\\u0041\\u00E9\\u20ac\\uD83D\\uDE00\xe4\xb8\xad\"}");
    const struct wt_json *member = wt_json_first(wt_json_root(document));
    assert_string_equal(wt_json_key(member), "\"\\/\b\f\n\r\t");
    assert_string_equal(wt_json_string(member),
                        "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xe4\xb8\xad");
    wt_json_free(document);
}

static void check_quote(const char *text, size_t length, const char *expected) {
    struct wt_buffer out = {0};
    wt_quote(&out, text, length);
    assert_string_equal(wt_buffer_text(&out), expected);
    struct wt_json_document *document = parsed(wt_buffer_text(&out));
    wt_json_free(document);
    wt_buffer_fini(&out);
}

static void texts_are_quoted(void **state) {
    (void)state;
    check_quote("", 0, "\"\"");
    check_quote("plain \xc3\xa9 \xe4\xb8\xad", 12, "\"plain \xc3\xa9 \xe4\xb8\xad\"");
    check_quote("\"\\/\b\f\n\r\t", 8, "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
    check_quote("\x1b[31m\x7f", 6, "\"\\u001b[31m\\u007f\"");
    check_quote("\xc2\x9b", 2, "\"\\u009b\"");
    check_quote("\xe2\x80\xae", 3, "\"\\u202e\"");
    check_quote("\xf3\xa0\x81\x81", 4, "\"\\udb40\\udc41\"");
    check_quote("a\xff\xc3z", 4, "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void a_document_of_somebody_else_is_made_harmless(void **state) {
    (void)state;
    const char text[] = "{\"a\\n\\\"\":\t[1,\r\n\"\xc2\x9b"
                        "2J\xe2\x80\xae\xe4\xb8\xad\x7f\"]}\n";
    struct wt_buffer out = {0};
    struct wt_json_document *document = parsed(text);
    wt_json_free(document);
    wt_quote_document(&out, text, sizeof text - 1);
    assert_string_equal(wt_buffer_text(&out),
                        "{\"a\\n\\\"\": [1, \n\"\\u009b2J\\u202e\xe4\xb8\xad\\u007f\"]}\n");
    wt_json_free(parsed(wt_buffer_text(&out)));
    wt_buffer_fini(&out);
}

static void documents_are_written(void **state) {
    (void)state;
    struct wt_buffer out = {0};
    struct wt_json_writer w = {.out = &out};
    wt_json_open(&w, NULL, '{');
    wt_json_put_uint(&w, "u", UINT64_MAX);
    wt_json_put_int(&w, "i", INT64_MIN);
    wt_json_open(&w, "list", '[');
    wt_json_put_real(&w, NULL, 0.5);
    wt_json_put_real(&w, NULL, NAN);
    wt_json_open(&w, NULL, '{');
    wt_json_close(&w, '}');
    wt_json_put_bool(&w, NULL, true);
    wt_json_close(&w, ']');
    wt_json_put_null(&w, "n");
    wt_json_put_text(&w, "k\"", "v");
    wt_json_close(&w, '}');
    assert_string_equal(out.data, "{\"u\":18446744073709551615,\"i\":-9223372036854775808,"
                                  "\"list\":[0.5,null,{},true],\"n\":null,\"k\\\"\":\"v\"}");
    wt_buffer_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_type),
        cmocka_unit_test(numbers_keep_all_digits),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_line),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(errors_name_the_path),
        cmocka_unit_test(damaged_documents_are_harmless),
        cmocka_unit_test(texts_are_decoded),
        cmocka_unit_test(texts_are_quoted),
        cmocka_unit_test(a_document_of_somebody_else_is_made_harmless),
        cmocka_unit_test(documents_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
