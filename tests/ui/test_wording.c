/* What a verdict says in little room: the cure stays, the evidence goes first. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "model/sentence.h"
#include "ui/canvas.h"
#include "ui/wording.h"

enum { SIZE = 4 * WT_WORDING_SIZE };

static const char saturated[] =
    "saturated for 41s: 97% busy (97 of 100), 12 queued; +2 workers (11 in all), to bring it to 75%";
static const char stuck[] = "stuck for 39s: worker 12 (pid 4711) in POST /checkout (request 8f3a), "
                            "no progress; look at worker 12, then restart it";

/* As on the screen: "what > cure", rows divided by "|". */
static const char *fit(const char *sentence, int first, int second, int most, char out[SIZE]) {
    struct wt_worded worded;
    wt_wording_fit(sentence, (const int[]){first, second}, 3, most, &worded);
    snprintf(out, SIZE, "%s%s%s%s%s", worded.what[0], worded.rows > 1 ? "|" : "", worded.what[1],
             worded.cure[0] ? " > " : "", worded.cure);
    return out;
}

static void the_cure_is_behind_the_last_semicolon(void **state) {
    (void)state;
    assert_string_equal(wt_sentence_cure("a; b; c, d"), "c, d");
    assert_string_equal(wt_sentence_cure("rolling restart: 4 of 6"), "");
    assert_string_equal(wt_sentence_cure(""), "");
}

static void evidence_goes_before_the_cure(void **state) {
    (void)state;
    static const struct {
        const char *sentence;
        int cols;
        const char *said;
    } cases[] = {
        {saturated, 120,
         "saturated for 41s: 97% busy (97 of 100), 12 queued > +2 workers (11 in all), to bring it to "
         "75%"},
        {saturated, 84,
         "saturated for 41s: 97% busy, 12 queued > +2 workers (11 in all), to bring it to 75%"},
        {saturated, 73, "saturated for 41s: 97% busy, 12 queued > +2 workers, to bring it to 75%"},
        {saturated, 60, "saturated for 41s: 97% busy > +2 workers, to bring it to 75%"},
        {saturated, 46, "saturated for 41s: 97% busy > +2 workers"},
        {saturated, 36, "saturated for 41s > +2 workers"},
        {stuck, 90,
         "stuck for 39s: worker 12 in POST /checkout > look at worker 12, then restart it"},
        {stuck, 65, "stuck for 39s: worker 12 in POST /checkout > look at worker 12"},
        {stuck, 45, "stuck for 39s > look at worker 12"},
        {stuck, 28, "stuck > look at worker 12"},
        {stuck, 25, "stuck > look at worker 12"},
        {stuck, 20, " > look at worker 12"}, /* what to do, rather than half of both */
        {saturated, 16, " > +2 workers"},
        {"queue grew until 13:45:57: 12 waiting; wait: it clears after 30s without growth", 25,
         "queue grew > wait"},
        {"nearly saturated for 41s: 90% busy; +2 workers (11 in all), to bring it to 75%", 22,
         " > +2 workers"}, /* not "nearly" alone */
    };
    char out[SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(fit(cases[i].sentence, cases[i].cols, 0, 1, out), cases[i].said);
}

static void a_second_row_begins_with_the_cure_or_is_no_orphan(void **state) {
    (void)state;
    char out[SIZE];
    assert_string_equal(
        fit(stuck, 72, 74, 2, out),
        "stuck for 39s: worker 12 (pid 4711) in POST /checkout (request 8f3a),|no progress > "
        "look at worker 12, then restart it");
    assert_string_equal(fit(saturated, 73, 73, 2, out), /* one does, without parentheses */
                        "saturated for 41s: 97% busy, 12 queued > +2 workers, to bring it to 75%");
    assert_string_equal(
        fit("rolling restart: all of the workers were replaced, one by one", 58, 60, 2, out),
        "rolling restart: all of the workers were replaced,|one by one");
}

/* At every width all of it fits, but where not even the cure does. */
static void nothing_sticks_out(void **state) {
    (void)state;
    static const char *const sentences[] = {
        saturated,
        stuck,
        "",
        "; ",
        " (",
        "x (a (b) c); (d)",
        "a, b: c; d, e: f",
        "\xe6\xb7\xb7\xe9\x9b\x91 nearly saturated: 90% busy; \xf0\x9f\x94\xa5, or not"};
    struct wt_worded worded;
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        for (int cols = 0; cols < 140; cols++)
            for (int most = 1; most <= 2; most++) {
                wt_wording_fit(sentences[i], (const int[]){cols, cols}, 3, most, &worded);
                assert_true(worded.rows == 1 || (most == 2 && worded.rows == 2));
                int cure = worded.cure[0] ? 3 + wt_text_cols(worded.cure) : 0;
                assert_true(cols < 40 || wt_text_cols(worded.what[worded.rows - 1]) + cure <= cols);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cure_is_behind_the_last_semicolon),
        cmocka_unit_test(evidence_goes_before_the_cure),
        cmocka_unit_test(a_second_row_begins_with_the_cure_or_is_no_orphan),
        cmocka_unit_test(nothing_sticks_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
