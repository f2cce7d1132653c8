/* Buckets fixed to absolute time, gaps that stay gaps, bounded memory; and the ring of events. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "model/events.h"
#include "model/history.h"

static const int64_t second = WT_NS_PER_S;

struct source {
    struct wt_history *history;
    struct wt_field_stats fields[2];
    struct wt_service services[2];
    struct wt_snapshot snapshot;
};

static void open_source(struct source *source) {
    *source = (struct source){0};
    assert_int_equal(wt_history_create(&source->history, NULL), WT_OK);
    for (int i = 0; i < 2; i++)
        source->services[i] = (struct wt_service){.name = i == 0 ? "api" : "web",
                                                  .fields = source->fields,
                                                  .field_count = 2,
                                                  .busy_field = -1,
                                                  .capacity_field = -1,
                                                  .queue_field = 0,
                                                  .errors_field = -1,
                                                  .requests_field = 1,
                                                  .load = wt_load_unknown(),
                                                  .skew = wt_skew_unknown(),
                                                  .sentence = ""};
    source->fields[0] = (struct wt_field_stats){.key = "queue_length", .unit = ""};
    source->fields[1] =
        (struct wt_field_stats){.key = "requests_total", .unit = "", .kind = WT_KIND_COUNTER};
    source->snapshot.services = source->services;
    source->snapshot.service_count = 2;
    source->snapshot.store.segment_count = 64;
}

static void feed(struct source *source, double at_s, double value) {
    source->snapshot.sequence++;
    source->snapshot.time.realtime_ns = (int64_t)(at_s * 1e9);
    source->services[0].utilization_ratio = value;
    source->services[1].utilization_ratio = value / 2;
    source->fields[0].sum = wt_number_integer((wt_int128)(value * 100));
    source->fields[1].rate_per_s = value * 10;
    source->snapshot.store.free_list_length = (uint64_t)(value * 1000);
    assert_true(wt_history_feed(source->history, &source->snapshot));
}

static double at(const struct source *source, int64_t bucket) {
    return wt_series_get(wt_history_series(source->history, "api", WT_SERIES_UTILIZATION), bucket);
}

static void close_to(double value, double wanted) {
    assert_true(fabs(value - wanted) < 1e-6);
}

static void each_second_has_its_bucket(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    assert_true(wt_history_newest(s.history) == INT64_MIN);
    for (int i = 0; i < 10; i++)
        feed(&s, 1000.5 + i, 0.1 * i);
    for (int i = 0; i < 10; i++)
        close_to(at(&s, 1000 + i), 0.1 * i);
    assert_true(isnan(at(&s, 999)));
    assert_true(isnan(at(&s, 1010)));
    assert_true(wt_history_newest(s.history) == 1009);
    close_to(wt_series_get(wt_history_series(s.history, "web", WT_SERIES_UTILIZATION), 1004), 0.2);
    close_to(wt_series_get(wt_history_series(s.history, "web", WT_SERIES_QUEUE), 1004), 40);
    close_to(wt_series_get(wt_history_series(s.history, "web", WT_SERIES_REQUESTS), 1004), 4);
    assert_true(isnan(wt_series_get(wt_history_series(s.history, "web", WT_SERIES_ERRORS), 1004)));
    close_to(wt_series_get(wt_history_store(s.history, WT_SERIES_FREE_LIST), 1004), 400);
    assert_null(wt_history_series(s.history, "nobody", WT_SERIES_QUEUE));
    assert_true(isnan(wt_series_get(NULL, 1004)));
    wt_history_destroy(s.history);
}

static void looks_within_a_second_are_averaged(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    feed(&s, 50.0, 0.2);
    feed(&s, 50.25, 0.4);
    feed(&s, 50.5, 0.6);
    feed(&s, 50.75, NAN); /* unknown: not averaged in */
    close_to(at(&s, 50), 0.4);
    feed(&s, 51.0, 0.8);
    close_to(at(&s, 50), 0.4);
    close_to(at(&s, 51), 0.8);
    /* The same snapshot again changes nothing. */
    assert_true(wt_history_feed(s.history, &s.snapshot));
    feed(&s, 51.5, 1.0);
    close_to(at(&s, 51), 0.9);
    wt_history_destroy(s.history);
}

static void jitter_makes_no_gap_but_a_pause_does(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    feed(&s, 100.99, 0.1);
    feed(&s, 102.01, 0.2); /* a tick that came 20 ms late skips bucket 101 */
    close_to(at(&s, 101), 0.2);
    feed(&s, 103.0, 0.3);
    feed(&s, 110.0, 0.5); /* nobody looked for 7 s */
    close_to(at(&s, 103), 0.3);
    for (int64_t bucket = 104; bucket < 110; bucket++)
        assert_true(isnan(at(&s, bucket)));
    close_to(at(&s, 110), 0.5);
    wt_history_destroy(s.history);
}

static void a_slow_but_steady_source_has_no_gaps(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    feed(&s, 100, 0.1);
    feed(&s, 110, 0.2);
    feed(&s, 120, 0.3);
    feed(&s, 130.2, 0.4);
    assert_true(isnan(at(&s, 105)));
    close_to(at(&s, 111), 0.3);
    close_to(at(&s, 119), 0.3);
    close_to(at(&s, 125), 0.4);
    wt_history_destroy(s.history);
}

static void a_failed_look_is_a_gap(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    feed(&s, 100, 0.1);
    s.snapshot.failed = true;
    for (int i = 1; i < 6; i++)
        feed(&s, 100 + i, 0.1);
    s.snapshot.failed = false;
    feed(&s, 106, 0.3);
    assert_true(isnan(at(&s, 103)));
    close_to(at(&s, 106), 0.3);
    wt_history_destroy(s.history);
}

static void an_hour_is_kept_and_older_is_gone(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    for (int i = 0; i < 10000; i++)
        feed(&s, 5000 + i, (double)(i % 1000) / 1000);
    for (int i = 10000 - 3600; i < 10000; i++)
        close_to(at(&s, 5000 + i), (double)(i % 1000) / 1000);
    assert_true(isnan(at(&s, 5000 + 10000 - 4096)));
    assert_true(isnan(at(&s, 5000)));
    wt_history_destroy(s.history);
}

static void a_clock_that_jumps_does_no_harm(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    feed(&s, 100000, 0.1);
    feed(&s, 100001, 0.2);
    feed(&s, 99000, 0.3); /* back */
    feed(&s, 99001, 0.4);
    close_to(at(&s, 99000), 0.3);
    close_to(at(&s, 99001), 0.4);
    feed(&s, -5, 0.5); /* before 1970 */
    close_to(at(&s, -5), 0.5);
    feed(&s, 9000000000.0, 0.6);
    close_to(at(&s, 9000000000), 0.6);
    assert_true(wt_history_bucket(-1) == -1);
    assert_true(wt_history_bucket(-second) == -1);
    assert_true(wt_history_bucket(second) == 1);
    wt_history_destroy(s.history);
}

static void a_service_that_comes_back_has_a_gap(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    feed(&s, 10, 0.1);
    feed(&s, 11, 0.2);
    s.snapshot.services = s.services + 1; /* api is away */
    s.snapshot.service_count = 1;
    feed(&s, 12, 0.3);
    s.snapshot.services = s.services;
    s.snapshot.service_count = 2;
    feed(&s, 13, 0.4);
    close_to(at(&s, 11), 0.2);
    assert_true(isnan(at(&s, 12)));
    close_to(at(&s, 13), 0.4);
    wt_history_destroy(s.history);
}

static void services_are_bounded(void **state) {
    (void)state;
    struct source s;
    open_source(&s);
    s.snapshot.service_count = 1;
    char name[32];
    for (int i = 0; i < WT_HISTORY_SERVICES * 3; i++) {
        snprintf(name, sizeof name, "service-%d", i);
        s.services[0].name = name;
        feed(&s, 100 + i, 0.5);
        assert_non_null(wt_history_series(s.history, name, WT_SERIES_QUEUE));
    }
    assert_null(wt_history_series(s.history, "service-0", WT_SERIES_QUEUE));
    snprintf(name, sizeof name, "service-%d", WT_HISTORY_SERVICES * 3 - 1);
    assert_non_null(wt_history_series(s.history, name, WT_SERIES_QUEUE));
    wt_history_destroy(s.history);
}

static void events_are_bounded_and_counted(void **state) {
    (void)state;
    struct wt_events *events = wt_events_create();
    assert_non_null(events);
    struct wt_event_block *empty = wt_events_block(events);
    assert_int_equal(empty->count, 0);
    for (int i = 1; i <= 300; i++)
        wt_events_add(events, i * second, WT_EVENT_JOINED, WT_SEVERITY_INFO, (uint64_t)i, "web",
                      "worker %d joined\x1b", i);
    struct wt_event_block *block = wt_events_block(events), *same = wt_events_block(events);
    assert_ptr_equal(block, same);
    assert_int_equal(block->count, WT_EVENTS_MAX);
    assert_int_equal(block->dropped, 300 - WT_EVENTS_MAX);
    assert_int_equal(block->events[0].sequence, 300 - WT_EVENTS_MAX + 1);
    assert_int_equal(block->events[WT_EVENTS_MAX - 1].sequence, 300);
    assert_null(strchr(block->events[0].text, '\x1b'));
    assert_non_null(strstr(block->events[WT_EVENTS_MAX - 1].text, "worker 300 joined"));
    wt_events_add(events, 0, WT_EVENT_TROUBLE, WT_SEVERITY_CRIT, 0, NULL, "%0500d", 7);
    struct wt_event_block *next = wt_events_block(events);
    assert_int_equal(block->events[WT_EVENTS_MAX - 1].sequence, 300); /* as it was */
    assert_true(strlen(next->events[WT_EVENTS_MAX - 1].text) <= WT_EVENT_TEXT_BYTES);
    assert_string_equal(next->events[WT_EVENTS_MAX - 1].service, "");
    assert_int_equal(wt_events_dropped(events), 301 - WT_EVENTS_MAX);
    wt_events_destroy(events);
    wt_event_block_unref(empty);
    wt_event_block_unref(block);
    wt_event_block_unref(same);
    wt_event_block_unref(next);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_second_has_its_bucket),
        cmocka_unit_test(looks_within_a_second_are_averaged),
        cmocka_unit_test(jitter_makes_no_gap_but_a_pause_does),
        cmocka_unit_test(a_slow_but_steady_source_has_no_gaps),
        cmocka_unit_test(a_failed_look_is_a_gap),
        cmocka_unit_test(an_hour_is_kept_and_older_is_gone),
        cmocka_unit_test(a_clock_that_jumps_does_no_harm),
        cmocka_unit_test(a_service_that_comes_back_has_a_gap),
        cmocka_unit_test(services_are_bounded),
        cmocka_unit_test(events_are_bounded_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
