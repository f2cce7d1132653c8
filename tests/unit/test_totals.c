/* Totals that never fall (monitor/totals.h): workers leave, die, come back, reset their counters.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "export/export.h"
#include "export/import.h"
#include "monitor/internal.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};
static const char *const small[] = {"requests_total u32 0", NULL};
static const char *const real[] = {"seconds_total f64 0", NULL};
static const char *const negative[] = {"drift_total s64 0", NULL};

static struct wt_fake join(struct wt_rig *rig, int64_t pid, uint64_t instance, uint64_t value) {
    struct wt_fake fake = wt_fake_register(rig, "web", pid, instance);
    wt_fake_map(&fake);
    wt_fake_set(&fake, 0, value);
    wt_fake_answer(&fake, web);
    return fake;
}

/* A worker that keeps the service in the snapshot and counts nothing. */
static struct wt_fake keep_service(struct wt_rig *rig) {
    return join(rig, getpid(), 4711, 0);
}

static struct wt_number total_of(const struct wt_snapshot *snapshot, const char *key) {
    return wt_find_field(snapshot, "web", key)->total;
}

static void assert_total(struct wt_rig *rig, int64_t value) {
    wt_assert_integer(total_of(wt_rig_tick(rig, second), "requests_total"), value);
    wt_assert_integer(total_of(wt_monitor_status(rig->monitor, rig->now), "requests_total"), value);
}

static size_t tally_count(const struct wt_rig *rig) {
    size_t count = 0;
    for (size_t i = 0; i < rig->monitor->totals.count; i++)
        count += rig->monitor->totals.items[i]->tally_count;
    return count;
}

static void a_total_outlives_its_workers(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake keeper = keep_service(&rig);
    struct wt_fake worker = join(&rig, child, 0, 40);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    wt_assert_integer(total_of(snapshot, "requests_total"), 40);
    assert_int_equal(total_of(snapshot, "requests_active").kind, WT_NUMBER_ABSENT);
    wt_fake_set(&worker, 0, 42); /* after the last look */
    wt_fake_leave(&worker);
    snapshot = wt_rig_tick(&rig, second);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 0);
    assert_total(&rig, 42);
    wt_child_kill(child, true);
    assert_total(&rig, 42);
    assert_int_equal(tally_count(&rig), 0);
    struct wt_fake another = join(&rig, getpid(), 0, 8);
    assert_total(&rig, 50);
    wt_fake_leave(&another);
    wt_fake_leave(&keeper);
    wt_rig_tick(&rig, second);
    wt_rig_tick(&rig, second);
    assert_int_equal(wt_snapshot_find_service(wt_monitor_snapshot(rig.monitor), "web"), -1);
    keeper = keep_service(&rig); /* the service was gone; its total was not */
    assert_total(&rig, 50);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

static void what_is_counted_without_a_connection_counts_at_the_end(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake keeper = keep_service(&rig);
    struct wt_fake worker = join(&rig, child, 7, 10);
    wt_monitor_remove(rig.monitor, worker.id, rig.now);
    assert_total(&rig, 10);
    wt_fake_set(&worker, 0, 99);
    wt_child_kill(child, true);
    assert_total(&rig, 99);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

static void whoever_comes_back_is_not_counted_twice(void **state) {
    (void)state;
    static const uint64_t keys[] = {0, 7};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct wt_rig rig;
        wt_rig_open(&rig, NULL);
        pid_t child = wt_child_start();
        struct wt_fake keeper = keep_service(&rig);
        struct wt_fake worker = join(&rig, child, keys[i], 10);
        for (int round = 1; round <= 5; round++) {
            wt_fake_leave(&worker);
            assert_total(&rig, 10 * round);
            worker = wt_fake_register(&rig, "web", child, keys[i]);
            assert_total(&rig, 10 * round); /* connecting: it counts by its old values */
            wt_fake_map(&worker);
            wt_fake_set(&worker, 0, 10 * (uint64_t)(round + 1));
            wt_fake_answer(&worker, web);
            assert_int_equal(tally_count(&rig), 0);
            assert_total(&rig, 10 * (round + 1));
        }
        wt_child_kill(child, true);
        wt_fake_leave(&worker);
        assert_total(&rig, 60);
        wt_fake_unmap(&keeper);
        wt_rig_close(&rig);
    }
}

static void a_second_connection_of_a_worker_takes_over(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake first = join(&rig, getpid(), 7, 10);
    assert_total(&rig, 10);
    struct wt_fake second_one = join(&rig, getpid(), 7, 15);
    assert_total(&rig, 15);
    assert_int_equal(tally_count(&rig), 0);
    wt_fake_leave(&first);
    assert_total(&rig, 15);
    wt_fake_unmap(&second_one);
    wt_rig_close(&rig);
}

static void new_counters_of_an_old_process_are_no_return(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake keeper = keep_service(&rig);
    struct wt_fake worker = join(&rig, getpid(), 0, 10);
    wt_fake_leave(&worker);
    worker = join(&rig, getpid(), 0, 3); /* less than it had: it began anew */
    assert_total(&rig, 13);
    struct wt_fake keyed = join(&rig, getpid(), 8, 100); /* of two kinds, or keys: strangers */
    assert_total(&rig, 113);
    wt_fake_leave(&keyed);
    keyed = join(&rig, getpid(), 9, 100);
    assert_total(&rig, 213);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&keyed);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

static void of_several_the_largest_that_fits_came_back(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake keeper = keep_service(&rig);
    static const uint64_t values[] = {5, 900, 70};
    struct wt_fake workers[3];
    for (size_t i = 0; i < 3; i++)
        workers[i] = join(&rig, getpid(), 0, values[i]);
    for (size_t i = 0; i < 3; i++)
        wt_fake_leave(&workers[i]);
    assert_total(&rig, 975);
    workers[0] = join(&rig, getpid(), 0, 71);
    assert_total(&rig, 976);
    workers[1] = join(&rig, getpid(), 0, 900);
    assert_total(&rig, 976);
    workers[2] = join(&rig, getpid(), 0, 9);
    assert_total(&rig, 980);
    assert_int_equal(tally_count(&rig), 0);
    for (size_t i = 0; i < 3; i++)
        wt_fake_unmap(&workers[i]);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

/* Its old segment is free by then, and may be anybody's. */
static void a_key_that_moves_to_another_service_is_another_worker(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake keeper = keep_service(&rig);
    struct wt_fake worker = join(&rig, child, 7, 10);
    wt_fake_leave(&worker);
    struct wt_fake moved = wt_fake_register(&rig, "jobs", child, 7);
    wt_fake_answer(&moved, web);
    wt_rig_tick(&rig, second);
    struct wt_fake others[8]; /* a page has 8 segments: one of these got the old one */
    for (uint64_t i = 0; i < 8; i++) {
        others[i] = wt_fake_register(&rig, "api", getpid(), 100 + i);
        wt_fake_map(&others[i]);
        wt_fake_set(&others[i], 0, 5000);
        wt_fake_answer(&others[i], web);
    }
    wt_child_kill(child, true);
    assert_total(&rig, 10);
    for (size_t i = 0; i < 8; i++)
        wt_fake_unmap(&others[i]);
    wt_fake_unmap(&moved);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

static void hidden_processes_are_known_by_their_key_alone(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake keeper = keep_service(&rig);
    struct wt_fake hidden = join(&rig, 0, 7, 10);
    struct wt_fake nameless = join(&rig, 0, 0, 100);
    wt_fake_leave(&hidden);
    wt_fake_leave(&nameless);
    assert_total(&rig, 110);
    hidden = join(&rig, 0, 7, 9); /* less than it had: somebody else who says so */
    assert_total(&rig, 119);
    struct wt_fake back = join(&rig, 0, 7, 12);
    assert_total(&rig, 121);
    wt_fake_unmap(&hidden);
    wt_fake_unmap(&back);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

static void a_worker_without_metrics_adds_nothing(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake keeper = keep_service(&rig);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 0);
    wt_fake_map(&worker);
    wt_fake_set(&worker, 0, 1000);
    wt_fake_answer(&worker, none);
    struct wt_fake failed = wt_fake_register(&rig, "web", getpid(), 0);
    wt_monitor_setup_failed(rig.monitor, failed.id, "no answer", rig.now);
    wt_fake_leave(&worker);
    wt_fake_leave(&failed);
    assert_total(&rig, 0);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

/* ---- resets ---------------------------------------------------------------------------------- */

static void a_reset_takes_nothing_away(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = join(&rig, getpid(), 0, 1000);
    assert_total(&rig, 1000);
    wt_fake_set(&worker, 0, 3);
    wt_rig_advance(&rig, second);
    for (int i = 0; i < 3; i++) /* looks that are not published retire nothing */
        wt_assert_integer(total_of(wt_monitor_status(rig.monitor, rig.now), "requests_total"),
                          1003);
    assert_total(&rig, 1003);
    wt_fake_set(&worker, 0, 10);
    assert_total(&rig, 1010);
    wt_fake_set(&worker, 0, 1); /* after the last look, and then it leaves */
    wt_monitor_remove(rig.monitor, worker.id, rig.now);
    struct wt_fake keeper = keep_service(&rig);
    assert_total(&rig, 1011);
    wt_fake_set(&worker, 0, 0);
    struct wt_fake back = join(&rig, getpid(), 0, 1); /* all zeros are no values, but a lost file */
    assert_total(&rig, 1011);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&back);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

static void a_small_counter_wraps(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", getpid(), 5);
    wt_fake_map(&worker);
    wt_fake_set32(&worker, 0, UINT32_MAX - 5);
    wt_fake_answer(&worker, small);
    assert_total(&rig, UINT32_MAX - 5);
    wt_fake_set32(&worker, 0, 10);
    assert_total(&rig, INT64_C(0x100000000) + 10);
    wt_fake_set32(&worker, 0, UINT32_MAX);
    assert_total(&rig, INT64_C(0x1ffffffff));
    wt_monitor_remove(rig.monitor, worker.id, rig.now);
    struct wt_fake back = wt_fake_register(&rig, "web", getpid(), 5); /* it wrapped while away */
    wt_fake_map(&back);
    wt_fake_set32(&back, 0, 3);
    wt_fake_answer(&back, small);
    assert_total(&rig, INT64_C(0x200000003));
    wt_fake_unmap(&worker);
    wt_fake_unmap(&back);
    wt_rig_close(&rig);
}

static void real_and_signed_counters_have_totals_too(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake a = wt_fake_register(&rig, "web", getpid(), 5);
    struct wt_fake b = wt_fake_register(&rig, "web", getpid(), 6);
    wt_fake_map(&a);
    wt_fake_map(&b);
    wt_fake_set_real(&a, 0, 2.5);
    wt_fake_set(&b, 0, (uint64_t)INT64_C(-7));
    wt_fake_answer(&a, real);
    wt_fake_answer(&b, negative);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_true(total_of(snapshot, "seconds_total").real == 2.5);
    wt_assert_integer(total_of(snapshot, "drift_total"), -7);
    wt_fake_set_real(&a, 0, 0.25);
    wt_fake_set(&b, 0, (uint64_t)INT64_C(-9));
    snapshot = wt_rig_tick(&rig, second);
    assert_true(total_of(snapshot, "seconds_total").real == 2.75);
    wt_assert_integer(total_of(snapshot, "drift_total"), -7);
    wt_fake_set_real(&a, 0, 0.0 / 0.0); /* no number: what was shown stays */
    wt_fake_set(&b, 0, 5);
    snapshot = wt_rig_tick(&rig, second);
    assert_true(total_of(snapshot, "seconds_total").real == 2.75);
    wt_assert_integer(total_of(snapshot, "drift_total"), 7);
    wt_fake_leave(&a);
    snapshot = wt_rig_tick(&rig, second);
    wt_fake_unmap(&b);
    wt_rig_close(&rig);
}

static void schemas_of_one_service_share_a_total(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake wide = join(&rig, getpid(), 5, 100);
    struct wt_fake narrow = wt_fake_register(&rig, "web", getpid(), 6);
    wt_fake_map(&narrow);
    wt_fake_set32(&narrow, 0, 50);
    wt_fake_answer(&narrow, small);
    assert_total(&rig, 150);
    wt_fake_set(&wide, 0, 1);
    wt_fake_set32(&narrow, 0, 2);
    assert_total(&rig, 153);
    wt_fake_leave(&narrow);
    assert_total(&rig, 153);
    struct wt_fake back = join(&rig, getpid(), 6, 4); /* with another schema */
    assert_total(&rig, 155);
    wt_fake_unmap(&wide);
    wt_fake_unmap(&back);
    wt_rig_close(&rig);
}

static void a_total_passes_64_bits(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = join(&rig, getpid(), 3, UINT64_MAX);
    wt_rig_tick(&rig, second);
    for (int i = 0; i < 5; i++) {
        wt_fake_set(&worker, 0, 0);
        wt_rig_tick(&rig, second);
        wt_fake_set(&worker, 0, UINT64_MAX);
        wt_rig_tick(&rig, second);
    }
    struct wt_number total = total_of(wt_monitor_snapshot(rig.monitor), "requests_total");
    assert_true(total.integer == 6 * (wt_int128)UINT64_MAX);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* ---- a lost store ---------------------------------------------------------------------------- */

static void a_lost_store_takes_nothing_away(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake moves = join(&rig, getpid(), 1, 100), leaves = join(&rig, getpid(), 2, 10);
    struct wt_fake away = join(&rig, getpid(), 3, 1);
    wt_monitor_remove(rig.monitor, away.id, rig.now);
    assert_total(&rig, 111);
    wt_fake_set(&away, 0, 2);
    assert_int_equal(unlink(rig.store_path), 0);
    wt_fake_set(&moves, 0, 200);
    wt_fake_set(&leaves, 0, 20);
    assert_total(&rig, 222); /* the one that is away was read for the last time */
    wt_fake_set(&leaves, 0, 30);
    wt_fake_leave(&leaves); /* before it moved */
    wt_fake_take_offer(&moves);
    wt_fake_set(&moves, 0, 300);
    wt_fake_answer(&moves, web);
    assert_total(&rig, 332);
    struct wt_fake back = join(&rig, getpid(), 2, 31), last = join(&rig, getpid(), 3, 4);
    assert_total(&rig, 335);
    assert_int_equal(tally_count(&rig), 0);
    assert_int_equal(truncate(rig.store_path, 0), 0);
    wt_fake_unmap(&moves);
    wt_fake_unmap(&back);
    wt_fake_unmap(&last);
    assert_total(&rig, 335); /* last good values */
    wt_fake_take_offer(&moves);
    wt_fake_set(&moves, 0, 290); /* what was in the file is lost, not what was shown */
    wt_fake_answer(&moves, web);
    assert_total(&rig, 335);
    wt_fake_unmap(&away);
    wt_fake_unmap(&moves);
    wt_rig_close(&rig);
}

static void a_move_is_no_return(void **state) {
    (void)state;
    static const char *const other[] = {"requests_total u64 16", NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake moves = join(&rig, getpid(), 0, 100), leaves = join(&rig, getpid(), 0, 10);
    wt_fake_leave(&leaves);
    assert_total(&rig, 110);
    assert_int_equal(unlink(rig.store_path), 0);
    assert_total(&rig, 110);
    wt_fake_take_offer(&moves);
    wt_fake_set(&moves, 0, 100);
    wt_fake_answer(&moves, web);
    assert_total(&rig, 110);
    assert_int_equal(tally_count(&rig), 1);
    assert_int_equal(unlink(rig.store_path), 0);
    assert_total(&rig, 110);
    wt_fake_take_offer(&moves);
    wt_fake_set(&moves, 16, 105);
    wt_fake_answer(&moves, other); /* the same counter elsewhere */
    assert_total(&rig, 115);
    wt_fake_unmap(&moves);
    wt_rig_close(&rig);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static void one_process_leaves_a_bounded_number_of_tallies(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake keeper = keep_service(&rig);
    const uint64_t count = WT_TALLIES_PER_PEER + 1000;
    for (uint64_t i = 0; i < count; i++) {
        struct wt_fake worker = join(&rig, getpid(), 0, 2 * count - i); /* never a return */
        wt_fake_leave(&worker);
        if (i % 2000 == 0)
            wt_rig_tick(&rig, second);
    }
    assert_int_equal(tally_count(&rig), WT_TALLIES_PER_PEER);
    assert_total(&rig, (int64_t)(2 * count * count - (count - 1) * count / 2));
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

static void services_without_workers_are_remembered_up_to_a_bound(void **state) {
    (void)state;
    enum { COUNT = WT_TOTALS_IDLE + WT_EMPTY_SERVICES + 100 };
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "service-%d", i);
        struct wt_fake worker = wt_fake_register(&rig, name, child, 0);
        wt_fake_map(&worker);
        wt_fake_answer(&worker, web);
        wt_fake_leave(&worker);
        if (i % 16 == 0)
            wt_rig_tick(&rig, second);
    }
    const struct wt_totals *totals = &rig.monitor->totals;
    wt_rig_tick(&rig, second);
    assert_int_equal(totals->count, COUNT); /* their workers may come back */
    wt_child_kill(child, true);
    wt_rig_tick(&rig, second);
    wt_rig_tick(&rig, second);
    assert_int_equal(totals->count, WT_TOTALS_IDLE + WT_EMPTY_SERVICES);
    assert_int_equal(totals->count + totals->forgotten_count, COUNT);
    wt_rig_close(&rig);
}

static void totals_go_through_json(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake keeper = keep_service(&rig);
    struct wt_fake worker = join(&rig, getpid(), 0, UINT64_MAX);
    wt_fake_leave(&worker);
    worker = join(&rig, getpid(), 0, 77);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    struct wt_buffer text = {0};
    wt_export_json(snapshot, rig.now, &text);
    assert_non_null(strstr(wt_buffer_text(&text), "\"total\":18446744073709551692"));
    struct wt_snapshot *read;
    assert_int_equal(wt_import_json(text.data, text.length, &read, NULL), WT_OK);
    assert_int_equal(
        wt_number_compare(total_of(read, "requests_total"), total_of(snapshot, "requests_total")),
        0);
    assert_int_equal(total_of(read, "requests_active").kind, WT_NUMBER_ABSENT);
    wt_snapshot_unref(read);
    wt_buffer_fini(&text);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&keeper);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_total_outlives_its_workers),
        cmocka_unit_test(what_is_counted_without_a_connection_counts_at_the_end),
        cmocka_unit_test(whoever_comes_back_is_not_counted_twice),
        cmocka_unit_test(a_second_connection_of_a_worker_takes_over),
        cmocka_unit_test(new_counters_of_an_old_process_are_no_return),
        cmocka_unit_test(of_several_the_largest_that_fits_came_back),
        cmocka_unit_test(a_key_that_moves_to_another_service_is_another_worker),
        cmocka_unit_test(hidden_processes_are_known_by_their_key_alone),
        cmocka_unit_test(a_worker_without_metrics_adds_nothing),
        cmocka_unit_test(a_reset_takes_nothing_away),
        cmocka_unit_test(a_small_counter_wraps),
        cmocka_unit_test(real_and_signed_counters_have_totals_too),
        cmocka_unit_test(schemas_of_one_service_share_a_total),
        cmocka_unit_test(a_total_passes_64_bits),
        cmocka_unit_test(a_lost_store_takes_nothing_away),
        cmocka_unit_test(a_move_is_no_return),
        cmocka_unit_test(one_process_leaves_a_bounded_number_of_tallies),
        cmocka_unit_test(services_without_workers_are_remembered_up_to_a_bound),
        cmocka_unit_test(totals_go_through_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
