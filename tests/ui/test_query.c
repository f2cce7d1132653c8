/* What is typed to choose rows: what it means, what is said about nonsense, and what a person sees.
 */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/screen.h"
#include "ui/query.h"
#include "ui/widgets/table.h"

/* ---- against rows of our own ------------------------------------------------------------------
 */

struct row {
    const char *name, *state;
    double util, queue, age, own;
};

static const struct row rows[] = {
    {"web", "CRIT", 99.6, 37, 90.5, 5},
    {"web admin", "OK", 12, 0, 7200, NAN},
    {"jobs", "WARN", 80, NAN, 30, 2e6},
};

enum { ROWS = sizeof rows / sizeof *rows };

static double number(const void *context, size_t row, int key) {
    const struct row *at = (const struct row *)context + row;
    return key == 2 ? at->util : key == 3 ? at->queue : at->age;
}

static const char *text(const void *context, size_t row, int key, char scratch[WT_QUERY_SCRATCH]) {
    const struct row *at = (const struct row *)context + row;
    snprintf(scratch, WT_QUERY_SCRATCH, "%s", key == 0 ? at->name : at->state);
    return scratch;
}

static int own_field(const void *context, const char *name, size_t length) {
    (void)context;
    return length == 10 && strncmp(name, "bytes_sent", 10) == 0 ? 7 : -1;
}

static double own_number(const void *context, size_t row, int field) {
    assert_int_equal(field, 7);
    return ((const struct row *)context)[row].own;
}

static bool anywhere(const void *context, size_t row, const char *part) {
    const struct row *at = (const struct row *)context + row;
    return wt_text_contains(at->name, part) || wt_text_contains(at->state, part);
}

static const struct wt_query_key keys[] = {{"service", WT_QUERY_TEXT},
                                           {"state", WT_QUERY_WORD},
                                           {"util", WT_QUERY_PERCENT},
                                           {"queue", WT_QUERY_NUMBER},
                                           {"age", WT_QUERY_SECONDS}};

static const char *word(int key, int index) {
    static const char *const words[] = {"CRIT", "WARN", "OK", NULL};
    assert_int_equal(key, 1);
    return words[index];
}

static const struct wt_query_source source = {.keys = keys,
                                              .key_count = sizeof keys / sizeof *keys,
                                              .number = number,
                                              .text = text,
                                              .word = word,
                                              .own_field = own_field,
                                              .own_number = own_number};

/* The rows that match as letters: "w" web, "a" web admin, "j" jobs. */
static void check(const char *asked, const char *expected) {
    struct wt_query query;
    char error[WT_QUERY_ERROR_SIZE], got[ROWS + 1] = "";
    if (!wt_query_parse(&query, asked, &source, rows, error))
        fail_msg("%s: %s", asked, error);
    for (size_t row = 0; row < ROWS; row++)
        if (wt_query_matches(&query, &source, anywhere, rows, row))
            got[strlen(got)] = "waj"[row];
    if (strcmp(got, expected) != 0)
        fail_msg("%s: \"%s\" instead of \"%s\"", asked, got, expected);
}

static void test_meaning(void **state) {
    (void)state;
    static const struct {
        const char *asked, *rows;
    } cases[] = {
        {"", "waj"},
        {"   ", "waj"},
        {"WEB", "wa"},
        {"web ok", "a"},
        {"!web", "j"},
        {"!!web", "wa"},
        {"\"web a\"", "a"},
        {"service:web", "wa"},
        {"service=web", "w"},
        {"service=\"WEB admin\"", "a"},
        {"service!=web", "aj"},
        {"!service=web", "aj"},
        {"STATE:crit", "w"},
        {"state:r", "wj"}, /* a part of a word will do */
        {"state!=ok", "wj"},
        {"util>80", "w"},
        {"util>=80", "wj"},
        {"util>=80%", "wj"},
        {"util:99", "w"}, /* it is shown as 99 % */
        {"util=99.6", "w"},
        {"util<80", "a"},
        {"util<=80", "aj"},
        {"queue>0", "w"},
        {"queue:0", "a"},
        {"queue!=0", "w"}, /* nobody knows how long the queue of jobs is */
        {"!queue>0", "a"},
        {"queue:?", "j"},
        {"queue!=?", "wa"},
        {"!queue=?", "wa"},
        {"age>1m", "wa"},
        {"age>=2h", "a"},
        {"age:90", "w"},
        {"age=90.5s", "w"},
        {"age<500ms", ""},
        {"bytes_sent>1M", "j"},
        {"bytes_sent<1k", "w"},
        {"util>80 queue>0", "w"},
        {"util>80 | state:ok", "wa"},
        {"jobs|ok", "aj"},
        {"web !state:ok | age<1m !crit", "wj"},
        {"a|b|c|jobs", "waj"}, /* admin and CRIT have an a or a c */
        {"queue>-1", "wa"},
        {"queue>1.5e1", "w"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].asked, cases[i].rows);
}

static void test_errors(void **state) {
    (void)state;
    static const struct {
        const char *asked, *says;
    } cases[] = {
        {"utl>80", "utl: no such key; did you mean util?"},
        {"10:15", "10: no such key; there are service state util queue age"},
        {"util>", "util: there must be a percentage like 80"},
        {"util>high", "util: high is not a percentage like 80"},
        {"util>80k", "util: 80k is not a percentage"},
        {"queue>5m", "queue: 5m is not a number like 12, 1.5k or 2M"},
        {"queue>?", "queue: ? is not a number"},
        {"queue>nan", "queue: nan is not a number"},
        {"queue>inf", "queue: inf is not a number"},
        {"queue>0x10", "queue: 0x10 is not a number"},
        {"queue>1e999", "queue: 1e999 is not a number"},
        {"age>5k", "age: 5k is not a time like 30s, 5m or 2h"},
        {"state>crit", "state is a text: state:crit has it, state=crit is it"},
        {"service:", "service: there must be a text"},
        {"state:", "state: there must be one of crit, warn, ok"},
        {"state:foo", "state: foo is not one of crit, warn, ok"},
        {"!state:foo", "state: foo is not one of crit, warn, ok"},
        {"state!=cri", "state: cri is not one of crit, warn, ok"},
        {"state=cri", "state: cri is not one of crit, warn, ok"},
        {"state:\"\"", "state: there must be one of crit, warn, ok"},
        {"state:?", "state: ? is not one of crit, warn, ok"},
        {">80", "what stands before >? There must be a key, like util"},
        {"!", "there must be something behind !"},
        {"web !", "there must be something behind !"},
        {"! web", "stands alone"},
        {"| web", "on both sides of |"},
        {"web |", "on both sides of |"},
        {"a | | b", "on both sides of |"},
        {"\"web", "has no end"},
        {"service:\"web", "has no end"},
        {"a a a a a a a a a a a a a a a a a a a a a a a a a", "at most 24 words"},
    };
    struct wt_query query;
    char error[WT_QUERY_ERROR_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (wt_query_parse(&query, cases[i].asked, &source, rows, error))
            fail_msg("\"%s\" should make no sense", cases[i].asked);
        if (!strstr(error, cases[i].says))
            fail_msg("\"%s\": \"%s\" instead of \"%s\"", cases[i].asked, error, cases[i].says);
    }
    /* Without keys signs are text. */
    assert_true(wt_query_parse(&query, "POST:/a=b !x", NULL, NULL, error));
    assert_int_equal(query.count, 2);
    assert_string_equal(query.terms[0].text, "POST:/a=b");
    assert_true(query.terms[1].negated);
}

/* Any bytes are either understood or refused with a reason. */
static void test_anything(void **state) {
    (void)state;
    static const char signs[] = "utilqueueservice:=<>!|\"% 0123456789kmhs?.\xc3\xa9";
    uint32_t random = 12345;
    for (int i = 0; i < 20000; i++) {
        char asked[WT_QUERY_TEXT_SIZE] = "", error[WT_QUERY_ERROR_SIZE];
        struct wt_query query;
        random = random * 1664525 + 1013904223;
        size_t length = random >> 26;
        for (size_t at = 0; at < length; at++) {
            random = random * 1664525 + 1013904223;
            asked[at] = signs[(random >> 16) % (sizeof signs - 1)];
        }
        bool good = wt_query_parse(&query, asked, &source, rows, error);
        assert_true(good == (error[0] == '\0'));
        for (size_t row = 0; good && row < ROWS; row++)
            wt_query_matches(&query, &source, anywhere, rows, row);
    }
}

/* ---- on the screen ----------------------------------------------------------------------------
 */

static void type(struct wt_screen *screen, const char *typed) {
    struct wt_input paste = {.kind = WT_INPUT_PASTE, .text = typed, .length = strlen(typed)};
    wt_app_input(screen->app, &paste);
}

static void open_trouble(struct wt_screen *screen) {
    wt_screen_open(screen, 120, 40, NULL);
    wt_screen_feed(screen, WT_FIXTURE_TROUBLE, 0, 60);
    wt_screen_draw(screen);
}

static void test_filter(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen);
    wt_screen_press(&screen, "/");
    type(&screen, "state:crit util>65");
    assert_true(wt_screen_shows(&screen, "1 of 4"));
    assert_true(wt_screen_shows(&screen, "workers of jobs"));
    /* What makes no sense yet changes nothing, is explained, and cannot be kept. */
    type(&screen, " utl");
    wt_screen_press(&screen, ">");
    assert_true(wt_screen_shows(&screen, "utl: no such key; did you mean util?"));
    assert_true(wt_screen_shows(&screen, "/state:crit util>65 utl 0 of 4"));
    wt_screen_press(&screen, "Enter");
    assert_true(wt_screen_shows(&screen, "did you mean util?"));
    wt_screen_press(&screen, "C-u");
    type(&screen, "util>65 | state:warn");
    wt_screen_press(&screen, "Enter");
    assert_true(wt_screen_shows(&screen, "/util>65 | state:warn 2 of 4"));
    wt_screen_press(&screen, "Esc");
    assert_true(wt_screen_shows(&screen, "cable"));
    /* The service that has a worker, by its number and by its process. */
    static const struct {
        const char *asked, *shown;
    } members[] = {{"worker:30", "workers of jobs"},
                   {"worker:1", "workers of api"},
                   {"pid:4720", "workers of api"},
                   {"worker:30 service:web", "0 of 4"},
                   {"worker:99999", "0 of 4"},
                   {"worker!=30", "3 of 4"},
                   {"!worker:30", "3 of 4"},
                   {"worker:30 | worker:1", "2 of 4"},
                   {"worker>3", "one of many: worker:3"},
                   {"worker:x", "x is not a number like 12"},
                   {"worker:?", "? is not a number"}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        wt_screen_press(&screen, "/ C-u");
        type(&screen, members[i].asked);
        if (!wt_screen_shows(&screen, members[i].shown))
            fail_msg("%s does not show %s", members[i].asked, members[i].shown);
        wt_screen_press(&screen, "Esc");
    }
    wt_screen_close(&screen);
}

/* What a key with few words can be is told while one types what it cannot. */
static void test_words(void **state) {
    (void)state;
    static const struct {
        const char *keys, *asked, *says;
    } cases[] = {
        {"", "state:foo", "state: foo is not one of crit, warn, unknown, rises, ok, idle"},
        {"Enter", "state:foo",
         "foo is not one of stuck, unread, stale, gone, torn, silent, new, live"},
        {"Enter", "state:crit", "crit is not one of stuck"},
        {"v", "level:foo", "level: foo is not one of info, warn, crit"},
        {"v", "kind:foo", "kind: foo is not one of started, joined, left"},
        {"v", "kind:mark", "0 of "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wt_screen screen;
        open_trouble(&screen);
        wt_screen_press(&screen, cases[i].keys);
        wt_screen_press(&screen, "/");
        type(&screen, cases[i].asked);
        if (!wt_screen_shows(&screen, cases[i].says))
            fail_msg("%s of %s does not show %s", cases[i].asked, cases[i].keys, cases[i].says);
        wt_screen_close(&screen);
    }
}

/* Workers by number, by what they do not do, and by a field of their service's own; a service
 * without that field has no such row. */
static void test_workers(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen);
    wt_screen_press(&screen, "Enter Tab /"); /* the worst service: jobs */
    wt_screen_press(&screen, "C-u");
    type(&screen, "progress>30s");
    assert_true(wt_screen_shows(&screen, "2 of 10"));
    wt_screen_press(&screen, "C-u");
    type(&screen, "!state:stuck");
    assert_true(wt_screen_shows(&screen, "8 of 10"));
    wt_screen_press(&screen, "C-u");
    type(&screen, "worker:30");
    assert_true(wt_screen_shows(&screen, "1 of 10"));
    assert_false(wt_screen_shows(&screen, "none that matches"));
    wt_screen_press(&screen, "C-u");
    type(&screen, "worker:3000");
    assert_true(wt_screen_shows(&screen, "workers  none that matches the filter"));
    wt_screen_close(&screen);
}

/* f looks while one types, n and N go on, round and round; Esc goes back to where one was. */
static void test_search(void **state) {
    (void)state;
    struct wt_screen screen;
    open_trouble(&screen);
    wt_screen_press(&screen, "n");
    assert_true(wt_screen_shows(&screen, "nothing is looked for yet"));
    wt_screen_press(&screen, "f");
    type(&screen, "cab");
    assert_true(wt_screen_shows(&screen, " find cab"));
    assert_true(wt_screen_shows(&screen, "cable 12 workers"));
    wt_screen_press(&screen, "Esc");
    assert_true(wt_screen_shows(&screen, "workers of jobs"));
    wt_screen_press(&screen, "f");
    type(&screen, "state:crit");
    wt_screen_press(&screen, "Enter");
    assert_true(wt_screen_shows(&screen, "workers of jobs"));
    wt_screen_press(&screen, "n");
    assert_true(wt_screen_shows(&screen, "workers of web"));
    wt_screen_press(&screen, "n");
    assert_true(wt_screen_shows(&screen, "workers of jobs"));
    wt_screen_press(&screen, "N");
    assert_true(wt_screen_shows(&screen, "workers of web"));
    wt_screen_press(&screen, "f");
    type(&screen, "zzz");
    assert_true(wt_screen_shows(&screen, "no row here has it"));
    assert_true(wt_screen_shows(&screen, "workers of web"));
    wt_screen_press(&screen, "Enter n");
    assert_true(wt_screen_shows(&screen, "no row here has zzz"));
    /* The cursor follows the row that was found, not its line. */
    wt_screen_press(&screen, "f");
    type(&screen, "api");
    wt_screen_press(&screen, "Enter");
    wt_screen_feed(&screen, WT_FIXTURE_HEALTHY, 60, 62);
    assert_true(wt_screen_shows(&screen, "workers of api"));
    wt_screen_close(&screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meaning),  cmocka_unit_test(test_errors),
        cmocka_unit_test(test_anything), cmocka_unit_test(test_filter),
        cmocka_unit_test(test_workers),  cmocka_unit_test(test_search),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
