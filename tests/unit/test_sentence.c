/* Sentences of verdicts for readers of another moment. */
#include "support/support.h"

#include <string.h>

#include "model/sentence.h"

static void times_become_a_date_or_nothing(void **state) {
    (void)state;
    static const struct {
        const char *sentence, *since, *dated;
    } cases[] = {
        {"saturated for 41s: 97% busy (97 of 100); +2 workers", "13:45:57",
         "saturated since 13:45:57: 97% busy (97 of 100); +2 workers"},
        {"saturated for 41s: 97% busy", "", "saturated: 97% busy"},
        {"stuck for over 30s: 1 of 40 workers", "13:45:57",
         "stuck since 13:45:57: 1 of 40 workers"},
        {"stuck for 39s: worker 12 in nightly, busy for 1m34s, no progress; restart it", "13:45:57",
         "stuck since 13:45:57: worker 12 in nightly, no progress; restart it"},
        {"flapping for 5.0s: 5 exits/min, last signal 9 (Killed) 1.0s ago; see dmesg", "13:45:57",
         "flapping since 13:45:57: 5 exits/min, last signal 9 (Killed); see dmesg"},
        {"accept queue 86% full for 10s: 110 wait at :3000; add workers", "13:45:57",
         "accept queue 86% full since 13:45:57: 110 wait at :3000; add workers"},
        {"recovering for 58s: 70% busy now, was saturated; wait", "13:45:57",
         "recovering: 70% busy now, was saturated; wait"},
        {"no longer saturated, for 59s: 85% busy", "13:45:57", "no longer saturated: 85% busy"},
        {"queue grew until 13:45:57: 280 waiting", "13:45:22",
         "queue grew until 13:45:57: 280 waiting"},
        {"flapping since 13:45:57: 5 exits/min; see dmesg", "", "flapping: 5 exits/min; see dmesg"},
        {"flapping since 13:45:57: 5 exits/min", "13:45:57",
         "flapping since 13:45:57: 5 exits/min"},
        {"rolling restart: 4 of 6 workers replaced in 7.0s", "13:45:57",
         "rolling restart: 4 of 6 workers replaced in 7.0s"},
        {"ends in a way for ", "13:45:57", "ends in a way for "},
        {"waits for it, a while ago", "13:45:57", "waits for it, a while ago"},
        {" ago", "13:45:57", " ago"},
        {"", "13:45:57", ""},
    };
    char out[WT_SENTENCE_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wt_sentence_dated(cases[i].sentence, cases[i].since, out);
        assert_string_equal(out, cases[i].dated);
    }
}

static void long_sentences_are_cut(void **state) {
    (void)state;
    char sentence[2 * WT_SENTENCE_SIZE] = "stuck for 1s: ", out[WT_SENTENCE_SIZE];
    memset(sentence + strlen(sentence), 'x', sizeof sentence - strlen(sentence) - 1);
    sentence[sizeof sentence - 1] = '\0';
    wt_sentence_dated(sentence, "13:45:57", out);
    assert_int_equal(strlen(out), WT_SENTENCE_SIZE - 1);
    assert_memory_equal(out, "stuck since 13:45:57: xxx", 25);
}

/* Figures are those of the service as it is shown, what is named stays. */
static void figures_are_those_that_are_shown(void **state) {
    (void)state;
    struct wt_field_stats fields[3] = {{.sum = wt_number_integer(24)},
                                       {.sum = wt_number_integer(25)},
                                       {.sum = wt_number_integer(2040)}};
    const struct wt_service service = {.fields = fields,
                                       .field_count = 3,
                                       .busy_field = 0,
                                       .capacity_field = 1,
                                       .queue_field = 2,
                                       .errors_field = -1,
                                       .requests_field = -1,
                                       .utilization_ratio = .96};
    static const struct {
        enum wt_cause cause;
        const char *sentence, *renewed;
    } cases[] = {
        {WT_CAUSE_QUEUE_GROWING,
         "queue growing since 10:51:52: 1.74k waiting, +72/s, twice that in 24s; add workers",
         "queue growing since 10:51:52: 2.04k waiting; add workers"},
        {WT_CAUSE_SATURATED, "saturated: 100% busy (25 of 25)",
         "saturated: 96% busy (24 of 25), 2.04k queued"},
        {WT_CAUSE_ERRORS_RISING, "errors rising: 3/s; see", "errors rising: 3/s; see"},
        {WT_CAUSE_STUCK, "stuck: worker 3; restart it", "stuck: worker 3; restart it"},
        {WT_CAUSE_SATURATED, "what was said of it then is not kept any more",
         "what was said of it then is not kept any more"},
        {WT_CAUSE_SATURATED, "odd; see: it", "odd; see: it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sentence[WT_SENTENCE_SIZE];
        strcpy(sentence, cases[i].sentence);
        wt_sentence_renew(&service, cases[i].cause, sentence);
        assert_string_equal(sentence, cases[i].renewed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_become_a_date_or_nothing),
        cmocka_unit_test(long_sentences_are_cut),
        cmocka_unit_test(figures_are_those_that_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
