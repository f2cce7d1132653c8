/* The rows that are looked at, as JSON: filtered, sorted, with figures that are numbers. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/screen.h"
#include "json/json.h"

static struct wt_json_document *rows_of(struct wt_screen *screen) {
    struct wt_buffer text = {0};
    struct wt_json_document *document;
    struct wt_error err;
    wt_app_export_rows(screen->app, &text);
    assert_false(text.failed);
    if (wt_json_parse(&document, "rows", text.data, text.length, &err) != WT_OK)
        fail_msg("%s", err.text);
    wt_buffer_fini(&text);
    return document;
}

static const char *text_of(const struct wt_json *object, const char *key) {
    const char *text = wt_json_string(wt_json_get(object, key));
    if (!text)
        fail_msg("there is no text %s", key);
    return text;
}

static double number_of(const struct wt_json *object, const char *key) {
    struct wt_number number;
    if (!wt_json_number(wt_json_get(object, key), &number))
        fail_msg("there is no number %s", key);
    return wt_number_to_double(number);
}

static void test_services(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 120, 40, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 60);
    wt_screen_draw(&screen);
    struct wt_json_document *document = rows_of(&screen);
    const struct wt_json *root = wt_json_root(document), *rows = wt_json_get(root, "rows");
    assert_string_equal(text_of(root, "table"), "services");
    assert_string_equal(text_of(root, "host"), "web-01");
    assert_string_equal(text_of(root, "sort"), "state");
    assert_int_equal(wt_json_count(rows), 4);
    const struct wt_json *first = wt_json_first(rows);
    assert_string_equal(text_of(first, "service"), "jobs");
    assert_string_equal(text_of(first, "state"), "CRIT");
    assert_true(number_of(first, "stuck") == 2);
    assert_true(number_of(first, "util") > 1 && number_of(first, "util") <= 100);
    for (const struct wt_json *row = first; row; row = wt_json_next(row))
        if (strcmp(text_of(row, "service"), "cable") == 0) /* nobody knows: null, never 0 */
            assert_int_equal(wt_json_type(wt_json_get(row, "util")), WT_JSON_NULL);
    wt_json_free(document);

    wt_screen_press(&screen, "/ w e b Enter");
    document = rows_of(&screen);
    root = wt_json_root(document);
    assert_string_equal(text_of(root, "filter"), "web");
    assert_int_equal(wt_json_count(wt_json_get(root, "rows")), 1);
    wt_json_free(document);
    wt_screen_close(&screen);
}

static void test_workers(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 120, 40, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_TROUBLE, 0, 60);
    wt_screen_draw(&screen);
    wt_screen_press(&screen, "Tab"); /* the workers of jobs */
    struct wt_json_document *document = rows_of(&screen);
    const struct wt_json *root = wt_json_root(document), *rows = wt_json_get(root, "rows");
    assert_string_equal(text_of(root, "table"), "workers");
    assert_string_equal(text_of(root, "service"), "jobs");
    assert_int_equal(wt_json_count(rows), 10);
    assert_string_equal(text_of(wt_json_first(rows), "state"), "STUCK");
    assert_true(number_of(wt_json_first(rows), "pid") > 1000);
    wt_json_free(document);
    wt_screen_close(&screen);
}

/* Tables that no filter asks figures of give their cells; hostile names do not break the document.
 */
static void test_cells(void **state) {
    (void)state;
    struct wt_screen screen;
    wt_screen_open(&screen, 160, 48, NULL);
    wt_screen_feed(&screen, WT_FIXTURE_HOSTILE, 0, 5);
    wt_screen_draw(&screen);
    wt_screen_press(&screen, "2");
    for (int i = 0; i < 4; i++) {
        wt_screen_draw(&screen);
        struct wt_json_document *document = rows_of(&screen);
        const struct wt_json *root = wt_json_root(document);
        if (strcmp(text_of(root, "table"), "fields") == 0) {
            const struct wt_json *first = wt_json_first(wt_json_get(root, "rows"));
            assert_non_null(first);
            assert_true(text_of(first, "field")[0] != '\0');
        }
        wt_json_free(document);
        wt_screen_press(&screen, "Tab");
    }
    wt_screen_close(&screen);
}

static void test_nothing_yet(void **state) {
    (void)state;
    struct wt_screen screen;
    struct wt_buffer text = {0};
    wt_screen_open(&screen, 100, 30, NULL);
    wt_app_export_rows(screen.app, &text);
    assert_true(text.failed);
    wt_buffer_fini(&text);
    wt_screen_close(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_nothing_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
