/* The film of the demo, screenshots/demo.cast: that it is an asciicast of version 2 which any
 * player takes, and that what it shows is the program. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "json/json.h"

enum { MOST_BYTES = 1000 * 1000 };

struct film {
    FILE *file;
    char *line;
    size_t size, bytes;
    int number, cols, rows;
    double at_s; /* of the last event */
    VTerm *vterm;
    VTermScreen *screen;
    char *last; /* the screen when the program left it; free it */
};

static struct wt_json_document *next_line(struct film *film) {
    ssize_t length = getline(&film->line, &film->size, film->file);
    if (length <= 0)
        return NULL;
    film->number++;
    film->bytes += (size_t)length;
    char name[64];
    snprintf(name, sizeof name, "line %d of the film", film->number);
    struct wt_json_document *document = NULL;
    struct wt_error err = {0};
    if (wt_json_parse(&document, name, film->line, (size_t)length, &err) != WT_OK)
        fail_msg("%s", err.text);
    return document;
}

static double number(const struct wt_json *value) {
    struct wt_number number;
    assert_true(wt_json_number(value, &number));
    return wt_number_to_double(number);
}

static void read_header(struct film *film) {
    struct wt_json_document *document = next_line(film);
    assert_non_null(document);
    const struct wt_json *root = wt_json_root(document);
    assert_true(number(wt_json_get(root, "version")) == 2);
    film->cols = (int)number(wt_json_get(root, "width"));
    film->rows = (int)number(wt_json_get(root, "height"));
    assert_in_range(film->cols, 80, 200);
    assert_in_range(film->rows, 24, 60);
    assert_non_null(wt_json_string(wt_json_get(root, "title")));
    wt_json_free(document);
    film->vterm = vterm_new(film->rows, film->cols);
    vterm_set_utf8(film->vterm, 1);
    film->screen = vterm_obtain_screen(film->vterm);
    vterm_screen_enable_altscreen(film->screen, 1);
    vterm_screen_reset(film->screen, 1);
}

static char *screen_text(const struct film *film) {
    size_t size = (size_t)film->cols * (size_t)film->rows * 4 + 1;
    char *text = calloc(1, size);
    assert_non_null(text);
    VTermRect all = {.start_row = 0, .end_row = film->rows, .start_col = 0, .end_col = film->cols};
    text[vterm_screen_get_text(film->screen, text, size - 1, all)] = '\0';
    return text;
}

static void show(struct film *film, const char *text) {
    const char *leaves = strstr(text, "\033[?1049l");
    if (leaves != NULL && film->last == NULL) {
        vterm_input_write(film->vterm, text, (size_t)(leaves - text));
        film->last = screen_text(film);
        text = leaves;
    }
    vterm_input_write(film->vterm, text, strlen(text));
}

static void play(struct film *film) {
    for (struct wt_json_document *document; (document = next_line(film)) != NULL;) {
        const struct wt_json *root = wt_json_root(document);
        assert_int_equal(wt_json_type(root), WT_JSON_ARRAY);
        assert_int_equal(wt_json_count(root), 3);
        const struct wt_json *time = wt_json_first(root), *kind = wt_json_next(time);
        assert_true(number(time) >= film->at_s);
        film->at_s = number(time);
        assert_string_equal(wt_json_string(kind), "o");
        const char *text = wt_json_string(wt_json_next(kind));
        assert_non_null(text);
        show(film, text);
        wt_json_free(document);
    }
}

static void test_film(void **state) {
    (void)state;
    char path[4096];
    struct film film = {0};
    snprintf(path, sizeof path, "%s/screenshots/demo.cast", getenv("WORKTOP_SOURCE"));
    film.file = fopen(path, "r");
    assert_non_null(film.file);
    read_header(&film);
    play(&film);
    assert_in_range((int)film.at_s, 60, 150);
    assert_in_range(film.bytes, 1, MOST_BYTES);
    assert_non_null(film.last); /* and the terminal is put right again at the end */
    static const char *const shown[] = {"worktop", "services", "api",  "cable", "jobs",
                                        "web",     "SERVICE",  "UTIL", "quit"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (strstr(film.last, shown[i]) == NULL)
            fail_msg("\"%s\" is not on the last screen:\n%s", shown[i], film.last);
    char *after = screen_text(&film);
    assert_null(strstr(after, "SERVICE"));
    free(after);
    free(film.last);
    free(film.line);
    vterm_free(film.vterm);
    fclose(film.file);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_film)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
