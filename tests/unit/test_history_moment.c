/* Looking back: what a snapshot of a moment says, and what it does not pretend to know. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/past.h"

static struct past *open_past(size_t services, size_t fields) {
    struct past *past = malloc(sizeof *past);
    assert_non_null(past);
    past_open(past, services, fields);
    return past;
}

static void close_past(struct past *past) {
    past_close(past);
    free(past);
}

static const struct wt_snapshot *moment(struct past *past, int64_t bucket) {
    const struct wt_snapshot *snapshot;
    struct wt_error err;
    if (wt_history_moment(past->history, &past->snapshot, bucket, &snapshot, &err) != WT_OK)
        fail_msg("%s", err.text);
    assert_true(wt_history_bucket(snapshot->time.realtime_ns) == bucket);
    return snapshot;
}

static void it_says_what_was(void **state) {
    (void)state;
    struct past *past = open_past(3, 8);
    past->everything = true;
    past->fields[1][6].aggregate = WT_AGGREGATE_MAX;
    for (int i = 0; i < 300; i++) {
        past->fields[1][6].max = wt_number_real(1000 + i);
        past_look(past, 5000 + i, i);
    }
    const struct wt_snapshot *then = moment(past, 5100);
    assert_int_equal(then->service_count, 3);
    const struct wt_service *service = &then->services[1];
    assert_string_equal(service->name, "service-01");
    assert_true(service->utilization_ratio == 101);
    assert_true(wt_service_sum(service, service->busy_field) == 101);
    assert_true(wt_service_sum(service, service->queue_field) == 101);
    assert_true(wt_service_rate(service, service->requests_field) == 101);
    assert_true(wt_service_rate(service, service->errors_field) == 101);
    assert_int_equal(service->worker_count, 8);
    assert_true(service->exits_per_min == 101 && service->skew.p95 == 101);
    assert_true(service->load.windows[WT_WINDOW_1M].mean_wait_s == 101);
    assert_true(isnan(service->load.windows[WT_WINDOW_10S].utilization_ratio));
    assert_true(service->usage.cpu_cores == 101 && service->usage.rss_bytes == 101000);
    assert_int_equal(service->usage.known_count, 8);
    assert_int_equal(service->field_count, 8);
    assert_true(service->fields[5].rate_per_s == 101);
    /* A gauge that does not add up has the figure that stands for it, and no sum. */
    assert_true(wt_number_to_double(wt_field_figure(&service->fields[6])) == 1100);
    assert_int_equal(service->fields[6].sum.kind, WT_NUMBER_ABSENT);
    /* What is not kept is absent. */
    assert_int_equal(then->cohort_count, 0);
    assert_int_equal(service->fields[3].sum.kind, WT_NUMBER_ABSENT);
    assert_null(then->store.segment_states);
    assert_int_equal(then->store.segment_count, 128);
    assert_int_equal(then->store.free_list_length, 20);
    wt_snapshot_unref(then);
    close_past(past);
}

static void only_who_was_there(void **state) {
    (void)state;
    struct past *past = open_past(3, 5);
    for (int i = 0; i < 100; i++) {
        past->snapshot.service_count = i < 50 ? 3 : 2; /* the third leaves */
        past_look(past, 5000 + i, i);
    }
    const struct wt_snapshot *then = moment(past, 5010);
    assert_int_equal(then->service_count, 3);
    wt_snapshot_unref(then);
    then = moment(past, 5060);
    assert_int_equal(then->service_count, 2);
    assert_int_equal(wt_snapshot_find_service(then, "service-02"), -1);
    wt_snapshot_unref(then);
    close_past(past);
}

static void judge(struct past *past, enum wt_verdict verdict, int64_t since_s,
                  const char *sentence) {
    past->services[0].verdict = verdict;
    past->services[0].verdict_since_ns = since_s * WT_NS_PER_S;
    past->services[0].sentence = sentence;
}

static void verdicts_have_the_words_of_then(void **state) {
    (void)state;
    struct past *past = open_past(1, 5);
    char sentence[64];
    for (int i = 0; i < 200; i++) {
        snprintf(sentence, sizeof sentence, "no free slot: %d queued", i);
        if (i < 60 || i >= 150)
            judge(past, WT_VERDICT_OK, 5000 + (i < 60 ? 0 : 150), "");
        else
            judge(past, i < 100 ? WT_VERDICT_WARN : WT_VERDICT_CRIT, 5050, sentence);
        past_look(past, 5000 + i, 1);
    }
    static const struct {
        int at;
        enum wt_verdict verdict;
    } wanted[] = {{59, WT_VERDICT_OK},    {60, WT_VERDICT_WARN},  {99, WT_VERDICT_WARN},
                  {100, WT_VERDICT_CRIT}, {149, WT_VERDICT_CRIT}, {150, WT_VERDICT_OK}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct wt_snapshot *then = moment(past, 5000 + wanted[i].at);
        assert_int_equal(then->services[0].verdict, wanted[i].verdict);
        int said = -1;
        if (wanted[i].verdict == WT_VERDICT_OK) {
            assert_string_equal(then->services[0].sentence, "");
        } else {
            assert_int_equal(sscanf(then->services[0].sentence, "no free slot: %d", &said), 1);
            assert_true(said <= wanted[i].at && said > wanted[i].at - 10);
            assert_true(then->services[0].verdict_since_ns == 5050 * WT_NS_PER_S);
        }
        wt_snapshot_unref(then);
    }
    close_past(past);
}

/* What else was wrong then, and what rose, is there as it was, the worst of it. */
static void moments_have_what_else_was_wrong(void **state) {
    (void)state;
    struct past *past = open_past(1, 5);
    static struct wt_trouble others[WT_HISTORY_OTHERS + 1] = {
        {WT_CAUSE_FLAPPING, WT_VERDICT_WARN, 5020 * WT_NS_PER_S, "flapping for 1s: 5 exits/min"},
    };
    for (size_t i = 1; i <= WT_HISTORY_OTHERS; i++)
        others[i] = (struct wt_trouble){WT_CAUSE_STALE, WT_VERDICT_WARN, 0, "stale"};
    judge(past, WT_VERDICT_CRIT, 5000, "saturated");
    for (int i = 0; i < 100; i++) {
        past->services[0].others = others;
        past->services[0].other_count = i < 20   ? 0
                                        : i < 40 ? 1
                                        : i < 60 ? WT_HISTORY_OTHERS + 1
                                                 : 0;
        others[0].sentence =
            i < 30 ? "flapping for 1s: 5 exits/min" : "flapping for 11s: 6 exits/min";
        past_look(past, 5000 + i, 1);
    }
    static const struct {
        int at;
        size_t count;
        const char *sentence;
    } wanted[] = {{19, 0, ""},
                  {20, 1, "flapping for 1s: 5 exits/min"},
                  {29, 1, "flapping for 1s: 5 exits/min"},
                  {39, 1, "flapping for 11s: 6 exits/min"},
                  {40, WT_HISTORY_OTHERS, "flapping for 11s: 6 exits/min"},
                  {60, 0, ""}};
    others[0].sentence = "gone"; /* what is kept is its own */
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct wt_snapshot *then = moment(past, 5000 + wanted[i].at);
        const struct wt_service *service = &then->services[0];
        assert_int_equal(service->other_count, wanted[i].count);
        if (wanted[i].count > 0) {
            assert_string_equal(service->others[0].sentence, wanted[i].sentence);
            assert_int_equal(service->others[0].cause, WT_CAUSE_FLAPPING);
            assert_true(service->others[0].since_ns == 5020 * WT_NS_PER_S);
        }
        wt_snapshot_unref(then);
    }
    close_past(past);
}

/* A condition that comes and goes at each look, without counting, takes no room from what does. */
static void what_flickers_below_the_verdict_drives_nothing_out(void **state) {
    (void)state;
    struct past *past = open_past(1, 5);
    static struct wt_trouble rising[] = {{WT_CAUSE_SATURATED, WT_VERDICT_OK, 0, "96% busy"}};
    for (int i = 0; i < 3000; i++) {
        judge(past, i < 10 ? WT_VERDICT_CRIT : WT_VERDICT_OK, 5000, i < 10 ? "stuck" : "fine");
        past->services[0].others = rising;
        past->services[0].other_count = i % 2;
        past_look(past, 5000 + i, 1);
    }
    const struct wt_snapshot *then = moment(past, 5005);
    assert_string_equal(then->services[0].sentence, "stuck");
    wt_snapshot_unref(then);
    close_past(past);
}

/* A sentence for each of more changes than are kept: of those that are gone it says so. */
static void words_are_bounded(void **state) {
    (void)state;
    struct past *past = open_past(1, 5);
    for (int i = 0; i < WT_HISTORY_WORDS + 100; i++) {
        judge(past, i % 2 ? WT_VERDICT_CRIT : WT_VERDICT_WARN, 5000 + i, "trouble");
        past_look(past, 5000 + i, 1);
    }
    const struct wt_snapshot *then = moment(past, 5000 + 50);
    assert_int_equal(then->services[0].verdict, WT_VERDICT_WARN);
    assert_non_null(strstr(then->services[0].sentence, "not kept"));
    wt_snapshot_unref(then);
    then = moment(past, 5000 + 150);
    assert_string_equal(then->services[0].sentence, "trouble");
    wt_snapshot_unref(then);
    judge(past, WT_VERDICT_CRIT, 5100, "trouble");
    past_look(past, 5200, 1); /* the clock goes back: what was said later is unsaid */
    then = moment(past, 5200);
    assert_string_equal(then->services[0].sentence, "trouble");
    assert_true(then->services[0].verdict_since_ns <= 5200 * WT_NS_PER_S);
    wt_snapshot_unref(then);
    close_past(past);
}

static void of_a_minute_the_worst_is_told(void **state) {
    (void)state;
    struct past *past = open_past(1, 5);
    int64_t begin = 60 * 1000;
    for (int i = 0; i < 3 * 3600; i++) {
        judge(past, i == 130 ? WT_VERDICT_CRIT : WT_VERDICT_OK, 0, "");
        past->services[0].stuck_count = i == 130;
        past_look(past, (double)(begin + i), i % 60);
    }
    const struct wt_snapshot *then = moment(past, begin + 125);
    assert_int_equal(then->services[0].verdict, WT_VERDICT_CRIT);
    assert_int_equal(then->services[0].stuck_count, 1);
    assert_true(fabs(then->services[0].utilization_ratio - 29.5) < 1e-6);
    wt_snapshot_unref(then);
    then = moment(past, begin + 179);
    assert_int_equal(then->services[0].verdict, WT_VERDICT_CRIT); /* the same minute */
    wt_snapshot_unref(then);
    then = moment(past, begin + 119);
    assert_int_equal(then->services[0].verdict, WT_VERDICT_OK);
    wt_snapshot_unref(then);
    close_past(past);
}

static void add_event(struct past *past, uint64_t sequence, int64_t at_s, const char *text) {
    enum { MOST = sizeof past->events / sizeof *past->events };
    if (past->snapshot.event_count == MOST) {
        memmove(past->events, past->events + 1, sizeof past->events - sizeof *past->events);
        past->snapshot.event_count--;
    }
    past->events[past->snapshot.event_count++] = (struct wt_event){
        .sequence = sequence, .realtime_ns = at_s * WT_NS_PER_S, .service = "web", .text = text};
}

/* The snapshot has the last 16 of them, the history more; each is kept once. */
static void events_are_those_up_to_then(void **state) {
    (void)state;
    struct past *past = open_past(1, 5);
    static char texts[2000][24];
    for (int i = 0; i < 2000; i++) {
        snprintf(texts[i], sizeof texts[i], "event %d", i + 1);
        add_event(past, (uint64_t)i + 1, 5000 + i, texts[i]);
        past_look(past, 5000 + i, 1);
    }
    assert_int_equal(wt_history_event_count(past->history), WT_HISTORY_EVENTS);
    assert_string_equal(wt_history_event(past->history, WT_HISTORY_EVENTS - 1)->text, "event 2000");
    const struct wt_snapshot *then = moment(past, 6500);
    assert_int_equal(then->event_count, 256);
    assert_string_equal(then->events[255].text, "event 1501");
    assert_int_equal(then->events_dropped, 1501 - 256);
    wt_snapshot_unref(then);
    /* Another monitor: its count begins anew. */
    past->snapshot.event_count = 0;
    past->snapshot.monitor.started_realtime_ns = 1;
    add_event(past, 1, 7001, "started");
    past_look(past, 7001, 1);
    past_look(past, 7002, 1);
    assert_string_equal(wt_history_event(past->history, WT_HISTORY_EVENTS - 1)->text, "started");
    assert_string_equal(wt_history_event(past->history, WT_HISTORY_EVENTS - 2)->text, "event 2000");
    close_past(past);
}

static void nothing_is_known_of_other_times(void **state) {
    (void)state;
    struct past *past = open_past(1, 5);
    const struct wt_snapshot *snapshot;
    assert_int_equal(wt_history_moment(past->history, &past->snapshot, 5000, &snapshot, NULL),
                     WT_ENOENT);
    past_look(past, 5000, 1);
    assert_int_equal(wt_history_moment(past->history, &past->snapshot, 4999, &snapshot, NULL),
                     WT_ENOENT);
    assert_int_equal(wt_history_moment(past->history, &past->snapshot, 5001, &snapshot, NULL),
                     WT_ENOENT);
    assert_null(snapshot);
    close_past(past);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_was),
        cmocka_unit_test(only_who_was_there),
        cmocka_unit_test(verdicts_have_the_words_of_then),
        cmocka_unit_test(words_are_bounded),
        cmocka_unit_test(moments_have_what_else_was_wrong),
        cmocka_unit_test(what_flickers_below_the_verdict_drives_nothing_out),
        cmocka_unit_test(of_a_minute_the_worst_is_told),
        cmocka_unit_test(events_are_those_up_to_then),
        cmocka_unit_test(nothing_is_known_of_other_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
