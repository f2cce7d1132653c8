#include "support/support.h"

#include "support/flat.h"

static void same_flights(const struct wt_flight_info *a, const struct wt_flight_info *b,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].worker_id, b[i].worker_id);
        assert_string_equal(a[i].service, b[i].service);
        assert_int_equal(a[i].pid, b[i].pid);
        assert_int_equal(a[i].since_ns, b[i].since_ns);
        assert_int_equal(a[i].thread, b[i].thread);
        assert_int_equal(a[i].thread_id, b[i].thread_id);
        assert_int_equal(a[i].depth, b[i].depth);
        assert_int_equal(a[i].what, b[i].what);
        assert_int_equal(a[i].label_cut, b[i].label_cut);
        assert_int_equal(a[i].id_cut, b[i].id_cut);
        assert_string_equal(a[i].label, b[i].label);
        assert_string_equal(a[i].id, b[i].id);
    }
}

static void same_records(const struct wt_record_info *a, const struct wt_record_info *b,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].worker_id, b[i].worker_id);
        assert_string_equal(a[i].service, b[i].service);
        assert_int_equal(a[i].pid, b[i].pid);
        assert_int_equal(a[i].number, b[i].number);
        assert_int_equal(a[i].time_ns, b[i].time_ns);
        assert_int_equal(a[i].duration_ns, b[i].duration_ns);
        assert_int_equal(a[i].value, b[i].value);
        assert_int_equal(a[i].thread, b[i].thread);
        assert_int_equal(a[i].thread_id, b[i].thread_id);
        assert_int_equal(a[i].what, b[i].what);
        assert_int_equal(a[i].is_slow, b[i].is_slow);
        assert_int_equal(a[i].has_failed, b[i].has_failed);
        assert_int_equal(a[i].label_cut, b[i].label_cut);
        assert_int_equal(a[i].id_cut, b[i].id_cut);
        assert_string_equal(a[i].label, b[i].label);
        assert_string_equal(a[i].id, b[i].id);
    }
}

static void same_worker_activity(const struct wt_worker_activity *a,
                                 const struct wt_worker_activity *b) {
    assert_int_equal(a->worker_id, b->worker_id);
    assert_string_equal(a->service, b->service);
    assert_int_equal(a->pid, b->pid);
    assert_int_equal(a->gone_realtime_ns, b->gone_realtime_ns);
    assert_string_equal(a->cause, b->cause);
    assert_string_equal(a->problem, b->problem);
    assert_int_equal(a->flights_left_out, b->flights_left_out);
    assert_int_equal(a->published_count, b->published_count);
    assert_int_equal(a->lost_count, b->lost_count);
    assert_int_equal(a->records_left_out, b->records_left_out);
    assert_int_equal(a->nonsense_count, b->nonsense_count);
    assert_int_equal(a->flight_count, b->flight_count);
    assert_int_equal(a->record_count, b->record_count);
    same_flights(a->flights, b->flights, a->flight_count);
    same_records(a->records, b->records, a->record_count);
}

void flat_same_activity(const struct wt_activity *a, const struct wt_activity *b) {
    assert_int_equal(a->flight_count, b->flight_count);
    assert_int_equal(a->flights_left_out, b->flights_left_out);
    assert_int_equal(a->newest_count, b->newest_count);
    assert_int_equal(a->slowest_count, b->slowest_count);
    assert_int_equal(a->read_count, b->read_count);
    assert_int_equal(a->lost_count, b->lost_count);
    assert_int_equal(a->nonsense_count, b->nonsense_count);
    assert_int_equal(a->gap_count, b->gap_count);
    assert_int_equal(a->box_count, b->box_count);
    assert_int_equal(a->boxes_dropped, b->boxes_dropped);
    same_flights(a->flights, b->flights, a->flight_count);
    same_records(a->newest, b->newest, a->newest_count);
    same_records(a->slowest, b->slowest, a->slowest_count);
    for (size_t i = 0; i < a->gap_count; i++) {
        assert_int_equal(a->gaps[i].worker_id, b->gaps[i].worker_id);
        assert_string_equal(a->gaps[i].service, b->gaps[i].service);
        assert_int_equal(a->gaps[i].lost_count, b->gaps[i].lost_count);
    }
    for (size_t i = 0; i < a->box_count; i++)
        same_worker_activity(&a->boxes[i], &b->boxes[i]);
    assert_int_equal(a->focus == NULL, b->focus == NULL);
    if (a->focus != NULL)
        same_worker_activity(a->focus, b->focus);
}
