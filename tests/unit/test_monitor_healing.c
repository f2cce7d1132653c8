/* Stores that are truncated, removed or replaced underneath a monitor: a new one, and everybody
 * moves there while nothing is lost. */
#include "support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "support/files.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};

static struct wt_spot spot_of(const struct wt_snapshot *snapshot, uint64_t id) {
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, id, &spot));
    return spot;
}

static int64_t total(const struct wt_snapshot *snapshot) {
    return (int64_t)wt_number_to_double(wt_find_field(snapshot, "web", "requests_total")->sum);
}

static void tear(const struct wt_rig *rig, const char *how) {
    if (strcmp(how, "truncated") == 0)
        assert_int_equal(truncate(rig->store_path, 0), 0);
    else
        assert_int_equal(unlink(rig->store_path), 0);
    if (strcmp(how, "replaced") == 0)
        test_write_file(rig->store_path, "somebody's notes");
}

/* What was removed or replaced is read on until the worker has moved: no look misses anything. */
static void check_moving(const char *how) {
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web), other = wt_fake_join(&rig, "web", web);
    wt_fake_set(&worker, 0, 1000);
    wt_fake_set(&other, 0, 5);
    wt_rig_tick(&rig, second);
    wt_fake_set(&worker, 0, 1010);
    wt_rig_tick(&rig, second);
    tear(&rig, how);
    wt_fake_set(&worker, 0, 1020);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_false(snapshot->failed);
    assert_int_equal(total(snapshot), 1025);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->rate_per_s == 10);
    assert_non_null(strstr(snapshot->store.problem, how));
    assert_non_null(strstr(snapshot->store.problem, "2 of 2 workers have not moved"));
    assert_true(wt_has_event(snapshot, WT_EVENT_TROUBLE, how));
    struct wt_spot before = spot_of(snapshot, worker.id);
    assert_int_equal(before.worker->segment, -1);

    wt_fake_take_offer(&worker);
    assert_true(worker.offer.offset == 0);
    wt_fake_set(&worker, 0, 1030);
    wt_fake_answer(&worker, web);
    wt_fake_set(&other, 0, 6); /* still in the old one */
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(total(snapshot), 1036);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->rate_per_s == 11);
    assert_non_null(strstr(snapshot->store.problem, "1 of 2 workers have not moved"));
    struct wt_spot after = spot_of(snapshot, worker.id);
    assert_int_equal(after.row, before.row);
    assert_int_equal(after.status->flags, 0);
    assert_int_equal(after.worker->segment, 0);
    assert_int_equal(wt_rig_retired_stores(&rig), 1);

    wt_fake_take_offer(&other);
    wt_fake_set(&other, 0, 7);
    wt_rig_advance(&rig, 12 * WT_NS_PER_MS);
    wt_fake_answer(&other, web);
    wt_rig_assert_no_offer(&rig);
    snapshot = wt_rig_tick(&rig, second - 12 * WT_NS_PER_MS);
    assert_int_equal(total(snapshot), 1037);
    assert_string_equal(snapshot->store.problem, "");
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED,
                             "underneath; 2 workers moved to a new "
                             "one in"));
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_TROUBLE), 1);
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_RECOVERED), 1);
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_JOINED), 2);
    const struct wt_service *service = wt_find_service(snapshot, "web");
    assert_int_equal(service->joined_count, 2);
    assert_int_equal(service->left_count, 0);
    assert_int_equal(service->worker_count, 2);
    assert_int_equal(wt_rig_retired_stores(&rig), 0);
    assert_int_equal(snapshot->store.allocated_count, 2);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&other);
    wt_rig_close(&rig);
}

static void a_removed_store_is_left_without_a_gap(void **state) {
    (void)state;
    check_moving("removed");
}

static void a_replaced_store_is_left_without_a_gap(void **state) {
    (void)state;
    check_moving("replaced");
}

/* The memory is gone: the last good values, marked, until the worker moved; and no spike then. */
static void a_truncated_store_shows_the_last_values_until_all_moved(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_fake_set(&worker, 0, 100);
    wt_fake_set(&worker, 8, 1);
    wt_rig_tick(&rig, second);
    wt_fake_set(&worker, 0, 110);
    wt_rig_tick(&rig, second);
    int64_t progress = spot_of(wt_monitor_snapshot(rig.monitor), worker.id).status->progress_ns;
    tear(&rig, "truncated");
    const struct wt_snapshot *snapshot = NULL;
    for (int i = 0; i < 3; i++) {
        wt_rig_tick(&rig, second);
        snapshot = wt_monitor_snapshot(rig.monitor);
        assert_true(snapshot->failed);
        assert_int_equal(total(snapshot), 110);
        assert_int_equal(spot_of(snapshot, worker.id).status->flags, WT_ROW_UNREADABLE);
        assert_true(spot_of(snapshot, worker.id).status->progress_ns == progress);
        assert_non_null(strstr(wt_find_service(snapshot, "web")->sentence, "truncated"));
        assert_int_equal(wt_rig_retired_stores(&rig), 0); /* nobody reads it */
    }
    wt_fake_take_offer(&worker);
    wt_fake_set(&worker, 0, 5110); /* what it counted meanwhile, in an unknown time */
    wt_fake_set(&worker, 8, 1);
    wt_fake_answer(&worker, web);
    snapshot = wt_rig_tick(&rig, second);
    assert_false(snapshot->failed);
    assert_int_equal(total(snapshot), 5110);
    assert_int_equal(spot_of(snapshot, worker.id).status->flags, WT_ROW_FRESH);
    assert_true(isnan(wt_find_field(snapshot, "web", "requests_total")->rate_per_s));
    assert_string_equal(snapshot->store.problem, "");
    wt_fake_set(&worker, 0, 5120);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(spot_of(snapshot, worker.id).status->flags, 0);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->rate_per_s == 10);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* A worker that was stuck before is stuck after, since the same time. */
static void progress_is_remembered_across_a_move(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_fake_set(&worker, 0, 1);
    wt_fake_set(&worker, 8, 1);
    wt_rig_tick(&rig, second);
    wt_rig_tick(&rig, 100 * second);
    struct wt_spot spot = spot_of(wt_monitor_snapshot(rig.monitor), worker.id);
    assert_true((spot.status->flags & WT_ROW_STUCK) != 0);
    int64_t since = spot.status->progress_ns;
    tear(&rig, "removed");
    spot = spot_of(wt_rig_tick(&rig, second), worker.id);
    assert_true((spot.status->flags & WT_ROW_STUCK) != 0);
    wt_fake_take_offer(&worker);
    wt_fake_set(&worker, 0, 1);
    wt_fake_set(&worker, 8, 1);
    wt_fake_answer(&worker, web);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    spot = spot_of(snapshot, worker.id);
    assert_true((spot.status->flags & WT_ROW_STUCK) != 0);
    assert_true(spot.status->progress_ns == since);
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_STUCK), 1);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* What cannot be replaced is tried again, less and less often, and told once. */
static void a_directory_in_the_way_is_waited_for(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_rig_tick(&rig, second);
    tear(&rig, "removed");
    assert_int_equal(mkdir(rig.store_path, 0700), 0);
    const struct wt_snapshot *snapshot = NULL;
    for (int i = 0; i < 20; i++) {
        wt_fake_set(&worker, 0, (uint64_t)i);
        snapshot = wt_rig_tick(&rig, second);
        assert_int_equal(total(snapshot), i); /* still read, in what was removed */
        assert_non_null(strstr(snapshot->store.problem, "no new one can be made"));
        assert_non_null(strstr(snapshot->store.problem, "directory"));
        wt_rig_assert_no_offer(&rig);
    }
    assert_true(rig.monitor->healing[WT_STORE_VALUES].pause_ns == 16 * second);
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_TROUBLE), 2);
    struct wt_fake late = wt_fake_register(&rig, "web", getpid(), 0);
    assert_false(late.offer.has_segment);
    assert_int_equal(rmdir(rig.store_path), 0);
    snapshot = wt_rig_tick(&rig, 12 * second);
    assert_non_null(strstr(snapshot->store.problem, "1 of 1 workers have not moved"));
    wt_fake_take_offer(&worker);
    wt_fake_answer(&worker, web);
    uint64_t id;
    assert_true(wt_monitor_next_offer(rig.monitor, rig.now, &id, &late.offer));
    assert_true(id == late.id);
    wt_fake_answer(&late, web);
    snapshot = wt_rig_tick(&rig, second);
    assert_string_equal(snapshot->store.problem, "");
    assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 2);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&late);
    wt_rig_close(&rig);
}

/* The pause between tries never passes a minute. */
static void tries_never_cease(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    tear(&rig, "removed");
    assert_int_equal(mkdir(rig.store_path, 0700), 0);
    for (int i = 0; i < 20; i++)
        wt_rig_tick(&rig, 61 * second);
    assert_true(rig.monitor->healing[WT_STORE_VALUES].pause_ns == 60 * second);
    assert_int_equal(rmdir(rig.store_path), 0);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, 61 * second);
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, "a new one was made"));
    wt_rig_close(&rig);
}

/* A monitor that took the place over is left alone. */
static void the_store_of_another_monitor_is_not_replaced(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_rig_tick(&rig, second);
    struct wt_store *theirs;
    const struct wt_store_options options = wt_store_defaults(rig.store_path);
    assert_int_equal(wt_store_create(&theirs, &options, NULL), WT_OK);
    for (int i = 0; i < 5; i++) {
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, 10 * second);
        assert_non_null(strstr(snapshot->store.problem, "another monitor"));
        assert_int_equal(wt_store_check(theirs, NULL), WT_OK);
    }
    wt_store_close(theirs); /* it died */
    wt_rig_tick(&rig, 61 * second);
    wt_fake_take_offer(&worker);
    wt_fake_answer(&worker, web);
    assert_string_equal(wt_rig_tick(&rig, second)->store.problem, "");
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* The next loss comes while a worker is being called: its answer is about a lost store, too. */
static void a_store_that_is_lost_again_and_again(void **state) {
    (void)state;
    static const char *const ways[] = {"removed", "truncated", "replaced"};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    uint64_t count = 0;
    wt_fake_set(&worker, 0, ++count);
    wt_rig_tick(&rig, second);
    tear(&rig, "removed");
    for (int i = 0; i < 12; i++) {
        const char *how = ways[i % 3];
        wt_fake_set(&worker, 0, ++count);
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
        wt_fake_take_offer(&worker);
        tear(&rig, how);
        snapshot = wt_rig_tick(&rig, second); /* notices */
        wt_rig_assert_no_offer(&rig);         /* its call is open */
        if (strcmp(how, "truncated") != 0)
            wt_fake_set(&worker, 0, ++count);
        wt_fake_answer(&worker, web);
        snapshot = wt_rig_tick(&rig, second);
        bool unreadable = strcmp(how, "truncated") == 0;
        assert_int_equal(snapshot->failed, unreadable);
        if (!unreadable)
            assert_int_equal(total(snapshot), count);
        assert_true(wt_rig_retired_stores(&rig) <= 1);
        assert_int_equal(wt_find_service(snapshot, "web")->worker_count, 1);
        if (unreadable) { /* the mapping of a truncated file is of no use to a test */
            wt_fake_take_offer(&worker);
            wt_fake_set(&worker, 0, ++count);
            wt_fake_answer(&worker, web);
            wt_rig_tick(&rig, second);
            tear(&rig, "removed");
        }
    }
    wt_rig_tick(&rig, second);
    wt_fake_take_offer(&worker);
    wt_fake_set(&worker, 0, ++count);
    wt_fake_answer(&worker, web);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_string_equal(snapshot->store.problem, "");
    assert_int_equal(total(snapshot), count);
    assert_int_equal(wt_rig_retired_stores(&rig), 0);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* Lost between the offer and the answer of a new worker: it could not map it, and is called again.
 */
static void a_new_worker_that_was_offered_what_is_lost_is_called_again(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    wt_rig_tick(&rig, second);
    struct wt_fake failing = wt_fake_register(&rig, "web", getpid(), 0);
    struct wt_fake mapping = wt_fake_register(&rig, "web", getpid(), 0);
    wt_fake_map(&mapping);
    tear(&rig, "removed");
    wt_monitor_setup_failed(rig.monitor, failing.id, "no such file", rig.now);
    wt_fake_set(&mapping, 0, 3);
    wt_fake_answer(&mapping, web);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(total(snapshot), 3); /* in the lost one */
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_SETUP_FAILED), 0);
    wt_fake_take_offer(&mapping);
    wt_fake_set(&mapping, 0, 4);
    wt_fake_answer(&mapping, web);
    wt_fake_take_offer(&failing);
    wt_fake_set(&failing, 0, 10);
    wt_fake_answer(&failing, web);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(total(snapshot), 14);
    assert_int_equal(snapshot->store.quarantined_count, 0);
    assert_string_equal(snapshot->store.problem, "");
    wt_fake_unmap(&failing);
    wt_fake_unmap(&mapping);
    wt_rig_close(&rig);
}

/* As with every setup: its segment is held back, it is listed with the reason, and may come back.
 */
static void a_worker_that_does_not_move_is_given_up(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web), gone = wt_fake_join(&rig, "web", web);
    wt_rig_tick(&rig, second);
    tear(&rig, "removed");
    wt_rig_tick(&rig, second);
    wt_fake_take_offer(&worker);
    wt_fake_take_offer(&gone);
    wt_fake_leave(&gone);
    wt_rig_advance(&rig, 10 * second);
    wt_monitor_setup_failed(rig.monitor, worker.id, "setup was not answered within 10 s", rig.now);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    struct wt_spot spot = spot_of(snapshot, worker.id);
    assert_int_equal(spot.status->state, WT_WORKER_SILENT);
    assert_non_null(strstr(spot.worker->reason, "not answered"));
    assert_int_equal(snapshot->store.quarantined_count, 2);
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, "0 of 2 workers moved"));
    assert_string_equal(snapshot->store.problem, "");
    assert_int_equal(wt_rig_retired_stores(&rig), 0);
    wt_monitor_offer_again(rig.monitor, worker.id); /* a sign of life */
    wt_fake_take_offer(&worker);
    wt_fake_set(&worker, 0, 8);
    wt_fake_answer(&worker, web);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(total(snapshot), 8);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* Nobody who maps the old file can reach the new one. */
static void quarantine_ends_with_the_file(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake first = wt_fake_join(&rig, "web", web),
                   second_one = wt_fake_join(&rig, "web", web);
    wt_fake_leave(&first);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.quarantined_count, 1);
    tear(&rig, "removed");
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.quarantined_count, 0);
    assert_int_equal(snapshot->store.held_count, 0);
    wt_fake_leave(&second_one);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->store.quarantined_count, 0); /* it never had the new one */
    assert_int_equal(wt_rig_retired_stores(&rig), 0);
    for (int i = 0; i < 3; i++)
        wt_rig_tick(&rig, second);
    assert_int_equal(rig.monitor->peers.watched_count, 1); /* for what its workers had counted */
    assert_int_equal(rig.monitor->peers.watched[0]->held_count, 0);
    wt_rig_close(&rig);
}

/* Another schema than before: another row, as for one that registers. */
static void a_schema_may_change_with_the_move(void **state) {
    (void)state;
    static const char *const other[] = {"jobs_total u64 16", NULL};
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web), silent = wt_fake_join(&rig, "web", web);
    wt_rig_tick(&rig, second);
    tear(&rig, "removed");
    wt_rig_tick(&rig, second);
    wt_fake_take_offer(&worker);
    wt_fake_set(&worker, 16, 9);
    wt_fake_answer(&worker, other);
    wt_fake_take_offer(&silent);
    wt_monitor_setup_answered(rig.monitor, silent.id, NULL, rig.now);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    wt_assert_integer(wt_find_field(snapshot, "web", "jobs_total")->sum, 9);
    assert_int_equal(spot_of(snapshot, silent.id).status->state, WT_WORKER_SILENT);
    assert_int_equal(snapshot->store.allocated_count, 1);
    assert_int_equal(wt_rig_retired_stores(&rig), 0);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&silent);
    wt_rig_close(&rig);
}

/* ---- sizes and growth ------------------------------------------------------------------------ */

/* The new store is as large as the old one had become, and remembers its history. */
static void a_store_that_had_grown_is_made_as_large(void **state) {
    (void)state;
    enum { WORKERS = 40 };
    struct wt_rig rig;
    struct wt_fake workers[WORKERS];
    wt_rig_open(&rig, NULL);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = wt_fake_join(&rig, "web", web);
        wt_fake_set(&workers[i], 0, 1);
    }
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    uint64_t size = snapshot->store.size_bytes, resizes = snapshot->store.resize_count;
    size_t told = wt_count_events(snapshot, WT_EVENT_RESIZED);
    assert_true(resizes > 0);
    tear(&rig, "removed");
    for (int round = 0; round < 2; round++) {
        snapshot = wt_rig_tick(&rig, second);
        assert_true(snapshot->store.size_bytes == size);
        assert_true(snapshot->store.resize_count == resizes);
        assert_int_equal(wt_count_events(snapshot, WT_EVENT_RESIZED), told);
        assert_int_equal(total(snapshot), WORKERS);
        for (int i = 0; i < WORKERS && round == 0; i++) {
            wt_fake_take_offer(&workers[i]);
            wt_fake_set(&workers[i], 0, 1);
            wt_fake_answer(&workers[i], web);
        }
    }
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, "40 workers moved"));
    for (int i = 0; i < WORKERS; i++)
        wt_fake_unmap(&workers[i]);
    wt_rig_close(&rig);
}

/* The job is of the old store: it ends there, and harms nobody. */
static void growth_under_way_ends_with_the_store_it_began_in(void **state) {
    (void)state;
    for (int truncated = 0; truncated < 2; truncated++) {
        struct wt_rig rig;
        struct wt_fake workers[8];
        wt_rig_open(&rig, NULL);
        for (int i = 0; i < 8; i++)
            workers[i] = wt_fake_join(&rig, "web", web);
        wt_rig_tick(&rig, second);
        struct wt_monitor_growth *growth = wt_monitor_growth_due(rig.monitor, rig.now);
        assert_non_null(growth);
        tear(&rig, truncated ? "truncated" : "removed");
        wt_rig_tick(&rig, second);
        assert_int_equal(wt_rig_retired_stores(&rig), 1); /* kept, for the job if for nobody else */
        wt_monitor_growth_run(growth);
        for (int i = 0; i < 8; i++) {
            wt_fake_take_offer(&workers[i]);
            wt_fake_answer(&workers[i], web);
        }
        wt_rig_tick(&rig, second);
        assert_int_equal(wt_rig_retired_stores(&rig), 1);
        wt_monitor_growth_finish(rig.monitor, growth, rig.now);
        assert_int_equal(wt_rig_retired_stores(&rig), 0);
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
        assert_int_equal(snapshot->store.segment_count, 8);
        assert_int_equal(wt_count_events(snapshot, WT_EVENT_RESIZED), 0);
        growth = wt_monitor_growth_due(rig.monitor, rig.now); /* the new one grows by itself */
        assert_non_null(growth);
        wt_monitor_growth_run(growth);
        wt_monitor_growth_finish(rig.monitor, growth, rig.now);
        assert_int_equal(wt_rig_tick(&rig, second)->store.segment_count, 16);
        for (int i = 0; i < 8; i++)
            wt_fake_unmap(&workers[i]);
        wt_rig_close(&rig);
    }
}

/* On a tmpfs a file that was cut and made long again shows a gap in its blocks. */
static void a_file_cut_and_made_long_again_is_noticed_on_a_tmpfs(void **state) {
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/worktop-test-%ld", (long)getpid());
    struct wt_store_options options = wt_store_defaults(path);
    struct wt_store *store;
    if (wt_store_create(&store, &options, NULL) != WT_OK)
        skip();
    struct statfs fs;
    if (statfs(path, &fs) != 0 || fs.f_type != TMPFS_MAGIC) {
        wt_store_unlink(store);
        wt_store_close(store);
        skip();
    }
    assert_int_equal(wt_store_check(store, NULL), WT_OK);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, (off_t)wt_store_size(store)), 0);
    assert_int_equal(wt_store_check(store, NULL), WT_EDEAD);
    assert_string_equal(wt_store_loss(store), "was truncated underneath");
    assert_false(wt_store_is_readable(store));
    wt_store_unlink(store);
    wt_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_removed_store_is_left_without_a_gap),
        cmocka_unit_test(a_replaced_store_is_left_without_a_gap),
        cmocka_unit_test(a_truncated_store_shows_the_last_values_until_all_moved),
        cmocka_unit_test(progress_is_remembered_across_a_move),
        cmocka_unit_test(a_directory_in_the_way_is_waited_for),
        cmocka_unit_test(tries_never_cease),
        cmocka_unit_test(the_store_of_another_monitor_is_not_replaced),
        cmocka_unit_test(a_store_that_is_lost_again_and_again),
        cmocka_unit_test(a_new_worker_that_was_offered_what_is_lost_is_called_again),
        cmocka_unit_test(a_worker_that_does_not_move_is_given_up),
        cmocka_unit_test(quarantine_ends_with_the_file),
        cmocka_unit_test(a_schema_may_change_with_the_move),
        cmocka_unit_test(a_store_that_had_grown_is_made_as_large),
        cmocka_unit_test(growth_under_way_ends_with_the_store_it_began_in),
        cmocka_unit_test(a_file_cut_and_made_long_again_is_noticed_on_a_tmpfs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
