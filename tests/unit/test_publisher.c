/* The directory file as a monitor keeps it (monitor/publisher.h), read as any viewer would. */
#include "support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/flat.h"
#include "monitor/internal.h"
#include "shm/directory.h"
#include "support/files.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};
static const char *const jobs[] = {"jobs_total u32 0", "seconds_total f64 8", NULL};

static char directory_path[160];

static void want_directory(struct wt_monitor_options *options) {
    snprintf(directory_path, sizeof directory_path, "%s.dir", options->store_path);
    options->directory_path = directory_path;
}

static struct wt_directory_view *open_view(void) {
    struct wt_directory_view *view;
    struct wt_error err;
    if (wt_directory_view_open(&view, directory_path, &err) != WT_OK)
        fail_msg("%s", err.text);
    return view;
}

static struct wt_shared_directory_header header_of(const struct wt_directory_view *view) {
    struct wt_shared_directory_header header;
    wt_directory_view_header(view, &header);
    return header;
}

static struct wt_shared_segment_record segment_of(const struct wt_directory_view *view,
                                                  unsigned store, uint64_t segment) {
    struct wt_shared_segment_record record;
    wt_status status = wt_directory_view_segment(view, store, segment, &record);
    assert_true(status == WT_OK || status == WT_ENOENT); /* never handed out */
    return record;
}

static const char *service_name(const struct wt_directory_view *view, uint32_t number) {
    static struct wt_shared_service_record record;
    assert_int_equal(wt_directory_view_service(view, number, &record), WT_OK);
    return record.name;
}

static struct wt_schema *schema_of(const struct wt_directory_view *view, uint32_t number) {
    struct wt_buffer bytes = {0};
    struct wt_schema *schema;
    assert_int_equal(wt_directory_view_schema(view, number, &bytes, NULL), WT_OK);
    assert_int_equal(wt_flat_decode_schema(bytes.data, bytes.length, 512, &schema, NULL), WT_OK);
    wt_buffer_fini(&bytes);
    return schema;
}

/* What the newest snapshot in the file says. */
static struct wt_snapshot *read_snapshot(const struct wt_directory_view *view, uint64_t *version) {
    struct wt_buffer workers = {0}, tick = {0};
    struct wt_flat_workers *decoded = NULL;
    struct wt_snapshot *snapshot = NULL;
    uint64_t sequence;
    struct wt_error err;
    if (wt_directory_view_snapshot(view, 0, &workers, version, &tick, &sequence, &err) != WT_OK ||
        wt_flat_decode_workers(workers.data, workers.length, &decoded, &err) != WT_OK ||
        wt_flat_decode_tick(tick.data, tick.length, decoded, &(struct wt_flat_extras){0}, &snapshot,
                            &err) != WT_OK)
        fail_msg("%s", err.text);
    wt_flat_workers_unref(decoded);
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    return snapshot;
}

/* ---- the file against the monitor ------------------------------------------------------------ */

static void check_owner(const struct wt_directory_view *view, const struct wt_member *member,
                        const struct wt_shared_segment_record *record, bool has_values) {
    assert_true(record->worker_id == member->id);
    assert_true(record->pid == member->peer->pid);
    assert_true(record->start_ticks == member->peer->start_ticks);
    assert_int_equal(record->has_instance, member->identity->worker.has_instance);
    assert_memory_equal(record->instance, member->identity->worker.instance, 16);
    assert_string_equal(service_name(view, record->service), member->service->name);
    const struct wt_schema *schema = has_values ? member->cohort->schema : NULL;
    if (schema == NULL) {
        assert_int_equal(record->schema, 0);
        return;
    }
    struct wt_schema *read = schema_of(view, record->schema);
    assert_true(wt_schema_equal(read, schema));
    wt_schema_unref(read);
}

/* Every segment of every store, and all totals, are in the file as they are in memory. */
static void check_file(const struct wt_rig *rig) {
    const struct wt_monitor *monitor = rig->monitor;
    struct wt_directory_view *view = open_view();
    size_t owned = 0;
    for (unsigned s = 0; s < WT_STORE_INDICES; s++) {
        const struct wt_store *store = monitor->stores[s];
        uint64_t count = store == NULL ? 0 : wt_store_counts(store).segments;
        for (uint64_t i = 0; i < count; i++) {
            struct wt_shared_segment_record record = segment_of(view, s, i);
            assert_int_equal(record.state, wt_store_state_of(store, (uint32_t)i));
            assert_int_equal(record.generation, wt_store_generation_of(store, (uint32_t)i));
            assert_int_equal(record.worker_id != 0, record.state != WT_STORE_FREE);
            assert_int_equal(record.since_realtime_ns != 0, record.generation != 0);
            owned += s == WT_STORE_VALUES && record.state == WT_STORE_ALLOCATED;
        }
    }
    for (const struct wt_member *m = monitor->oldest; m != NULL; m = m->newer)
        if (m->segment != WT_NO_SEGMENT) {
            struct wt_shared_segment_record record = segment_of(view, 0, m->segment);
            check_owner(view, m, &record, true);
            owned--;
        }
    assert_int_equal(owned, 0);
    size_t found = 0, expected = 0;
    for (size_t i = 0; i < monitor->totals.count; i++)
        for (size_t f = 0; f < monitor->totals.items[i]->field_count; f++)
            expected += monitor->totals.items[i]->fields[f].retired.kind != WT_NUMBER_ABSENT;
    struct wt_shared_retired_record retired;
    for (uint64_t i = 0; i < 10000; i++)
        found += wt_directory_view_retired(view, i, &retired) == WT_OK && retired.service != 0;
    assert_int_equal(found, expected);
    wt_directory_view_close(view);
}

static wt_int128 retired_of(const struct wt_directory_view *view, const char *service,
                            const char *key) {
    struct wt_shared_retired_record record;
    for (uint64_t i = 0; wt_directory_view_retired(view, i, &record) == WT_OK; i++)
        if (record.service != 0 && strcmp(record.key, key) == 0 &&
            strcmp(service_name(view, record.service), service) == 0)
            return (wt_int128)(((wt_uint128)record.high << 64) | record.low);
    return -1;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void segments_are_described_at_once(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_directory_view *view = open_view();
    pid_t child = wt_child_start();
    struct wt_fake worker = wt_fake_register(&rig, "web", child, 7);
    struct wt_shared_segment_record record = segment_of(view, 0, 0);
    assert_int_equal(record.state, WT_STORE_ALLOCATED);
    assert_int_equal(record.schema, 0);
    assert_true(record.since_realtime_ns == rig.now.realtime_ns);
    wt_fake_answer(&worker, web);
    record = segment_of(view, 0, 0);
    assert_int_equal(record.pid, child);
    assert_int_equal(record.schema, 1);
    check_file(&rig);
    wt_rig_advance(&rig, second);
    wt_fake_leave(&worker);
    record = segment_of(view, 0, 0);
    assert_int_equal(record.state, WT_STORE_QUARANTINED);
    assert_int_equal(record.schema, 1);
    assert_int_equal(record.pid, child);
    assert_true(record.since_realtime_ns == rig.now.realtime_ns);
    wt_child_kill(child, true);
    wt_rig_tick(&rig, second);
    record = segment_of(view, 0, 0);
    assert_int_equal(record.state, WT_STORE_FREE);
    assert_int_equal(record.pid, 0);
    assert_int_equal(record.generation, 1);
    check_file(&rig);
    wt_directory_view_close(view);
    wt_rig_close(&rig);
}

static void the_header_says_who_writes_it(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_directory_view *view = open_view();
    struct wt_shared_directory_header header = header_of(view);
    assert_int_equal(header.monitor_pid, getpid());
    assert_int_equal(header.state, WT_DIRECTORY_RUNNING);
    assert_int_equal(header.snapshot_sequence, 0);
    assert_string_equal(wt_directory_view_fact(view, "store.0"), rig.store_path);
    assert_string_equal(wt_directory_view_fact(view, "store.1"), rig.recorder_path);
    assert_string_equal(wt_directory_view_fact(view, "started"), "2023-11-14T22:13:20.000000000Z");
    assert_true(wt_directory_view_fact(view, "uid")[0] != '\0');
    wt_monitor_period(rig.monitor, second / 4);
    wt_rig_tick(&rig, second);
    header = header_of(view);
    assert_int_equal(header.heartbeat_ns, rig.now.monotonic_ns);
    assert_int_equal(header.interval_ns, second / 4);
    assert_int_equal(header.tick_count, 1);
    assert_int_equal(header.event_number, 1);
    wt_monitor_period(rig.monitor, second / 2);
    assert_int_equal(header_of(view).interval_ns, second / 2);
    struct stat st;
    assert_int_equal(stat(directory_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    wt_rig_close(&rig); /* no file is left */
    assert_int_equal(header_of(view).state, WT_DIRECTORY_CLOSED);
    wt_directory_view_close(view);
}

static void each_tick_publishes_its_snapshot(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_directory_view *view = open_view();
    struct wt_fake worker = wt_fake_join(&rig, "web", web), other;
    uint64_t versions[5];
    for (uint64_t i = 0; i < 5; i++) {
        if (i == 3)
            other = wt_fake_join(&rig, "jobs", jobs);
        wt_fake_set(&worker, 0, 100 + i);
        const struct wt_snapshot *ours = wt_rig_tick(&rig, second);
        struct wt_snapshot *read = read_snapshot(view, &versions[i]);
        assert_true(read->sequence == ours->sequence);
        assert_int_equal(read->service_count, ours->service_count);
        assert_int_equal(read->time.monotonic_ns, rig.now.monotonic_ns);
        wt_assert_integer(wt_find_field(read, "web", "requests_total")->total, 100 + (int64_t)i);
        wt_snapshot_unref(read);
        check_file(&rig);
    }
    assert_true(versions[0] == versions[1] && versions[1] == versions[2]);
    assert_true(versions[3] == versions[2] + 1 && versions[4] == versions[3]);
    assert_int_equal(header_of(view).skipped_count, 0);
    wt_directory_view_close(view);
    wt_fake_unmap(&worker);
    wt_fake_unmap(&other);
    wt_rig_close(&rig);
}

static size_t files_in(const char *path) {
    size_t count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void a_larger_one_takes_its_place(void **state) {
    (void)state;
    enum { WORKERS = 1500 };
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    size_t files = files_in(rig.directory);
    struct wt_directory_view *first = open_view();
    for (int i = 0; i < WORKERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "service-%d", i % 50);
        struct wt_fake worker = wt_fake_register(&rig, name, getpid(), (uint64_t)i + 1);
        wt_fake_map(&worker);
        wt_fake_set(&worker, 0, (uint64_t)i);
        wt_fake_answer(&worker, i % 2 == 0 ? web : jobs);
        wt_fake_unmap(&worker);
        if (i % 100 == 0)
            wt_rig_tick(&rig, second);
    }
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(header_of(first).state, WT_DIRECTORY_SUPERSEDED);
    assert_int_equal(wt_directory_view_check(first, NULL), WT_EEXIST);
    assert_string_equal(snapshot->monitor.problem, "");
    check_file(&rig);
    struct wt_directory_view *last = open_view();
    uint64_t version;
    struct wt_snapshot *read = read_snapshot(last, &version);
    size_t workers = 0;
    for (size_t i = 0; i < read->service_count; i++)
        workers += read->services[i].worker_count;
    assert_int_equal(workers, WORKERS);
    wt_snapshot_unref(read);
    struct wt_shared_resize_record resize;
    uint64_t resizes = header_of(last).resize_number[0];
    assert_int_equal(resizes, snapshot->store.resize_count);
    for (uint64_t i = 1; i <= resizes; i++) {
        assert_int_equal(wt_directory_view_resize(last, 0, i, &resize), WT_OK);
        assert_true(resize.old_bytes < resize.new_bytes);
    }
    struct wt_shared_event_record event;
    uint64_t newest = header_of(last).event_number;
    assert_true(newest == snapshot->events[snapshot->event_count - 1].sequence);
    for (uint64_t i = 0; i < snapshot->event_count; i++)
        assert_int_equal(wt_directory_view_event(last, newest - i, &event), WT_OK);
    assert_int_equal(files_in(rig.directory), files);
    wt_directory_view_close(first);
    wt_directory_view_close(last);
    wt_rig_close(&rig);
}

/* Names and schemas that nobody uses any more are left behind with the old file. */
static void numbers_hold_across_files(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake stays = wt_fake_join(&rig, "stays", jobs);
    for (int i = 0; i < 300; i++) {
        char name[32], field[64];
        snprintf(name, sizeof name, "passing-%d", i);
        snprintf(field, sizeof field, "gauge-%d u64 0", i);
        const char *const fields[] = {field, NULL};
        struct wt_fake worker = wt_fake_register(&rig, name, getpid(), 0);
        wt_fake_answer(&worker, fields);
        wt_fake_leave(&worker);
        if (i % 10 == 0) {
            wt_rig_tick(&rig, second);
            check_file(&rig);
        }
    }
    wt_rig_tick(&rig, second);
    check_file(&rig);
    assert_true(rig.monitor->publisher->services.count < 200);
    assert_true(rig.monitor->publisher->schemas.count < 300);
    wt_fake_unmap(&stays);
    wt_rig_close(&rig);
}

static void a_lost_file_is_made_anew(void **state) {
    (void)state;
    static const char *const ways[] = {"truncated", "removed", "replaced"};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct wt_rig rig;
        wt_rig_open(&rig, want_directory);
        struct wt_fake worker = wt_fake_join(&rig, "web", web);
        wt_rig_tick(&rig, second);
        struct wt_directory_view *old = open_view();
        if (i == 0)
            assert_int_equal(truncate(directory_path, 4096), 0);
        else
            assert_int_equal(unlink(directory_path), 0);
        if (i == 2)
            test_write_file(directory_path, "somebody's notes");
        struct wt_fake other = wt_fake_join(&rig, "web", web); /* written meanwhile */
        wt_fake_set(&other, 0, 5);
        wt_rig_tick(&rig, second);
        check_file(&rig);
        struct wt_directory_view *fresh = open_view();
        assert_int_equal(header_of(fresh).heartbeat_ns, rig.now.monotonic_ns);
        uint64_t version;
        struct wt_snapshot *read = read_snapshot(fresh, &version);
        wt_assert_integer(wt_find_field(read, "web", "requests_total")->sum, 5);
        wt_snapshot_unref(read);
        if (i != 0) /* whoever has it mapped learns that it is not the one any more */
            assert_int_equal(header_of(old).state, WT_DIRECTORY_SUPERSEDED);
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
        assert_true(wt_has_event(snapshot, WT_EVENT_TROUBLE, ways[i]));
        assert_string_equal(snapshot->monitor.problem, "");
        wt_directory_view_close(old);
        wt_directory_view_close(fresh);
        wt_fake_unmap(&worker);
        wt_fake_unmap(&other);
        wt_rig_close(&rig);
    }
}

static char elsewhere[128], elsewhere_file[160];

static void want_directory_elsewhere(struct wt_monitor_options *options) {
    snprintf(elsewhere, sizeof elsewhere, "%s.folder", options->store_path);
    snprintf(elsewhere_file, sizeof elsewhere_file, "%s/dir", elsewhere);
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    options->directory_path = elsewhere_file;
}

static void trouble_is_told_once_and_tried_again_less_and_less(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory_elsewhere);
    snprintf(directory_path, sizeof directory_path, "%s", elsewhere_file);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    wt_rig_tick(&rig, second);
    assert_int_equal(unlink(elsewhere_file), 0);
    assert_int_equal(rmdir(elsewhere), 0);
    const struct wt_snapshot *snapshot = NULL;
    for (int i = 0; i < 200; i++)
        snapshot = wt_rig_tick(&rig, second);
    assert_non_null(strstr(snapshot->monitor.problem, "viewers do not see all: "));
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_TROUBLE), 2); /* removed; no new one */
    assert_int_equal(rig.monitor->publisher->pause_ns, 60 * second);
    wt_fake_leave(&worker); /* nothing of what happens meanwhile is missed */
    worker = wt_fake_join(&rig, "web", web);
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    for (int i = 0; i < 62; i++)
        snapshot = wt_rig_tick(&rig, second);
    check_file(&rig);
    assert_string_equal(snapshot->monitor.problem, "");
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, "viewers see all again"));
    wt_fake_unmap(&worker);
    wt_monitor_destroy(rig.monitor);
    assert_int_equal(rmdir(elsewhere), 0);
    assert_int_equal(rmdir(rig.directory), 0);
}

static void a_replaced_store_begins_anew_in_the_file(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake moves = wt_fake_join(&rig, "web", web), gone = wt_fake_join(&rig, "web", web);
    wt_fake_leave(&gone);
    wt_rig_tick(&rig, second);
    struct wt_directory_view *view = open_view();
    struct wt_shared_store_record before, after;
    assert_int_equal(wt_directory_view_store(view, 0, &before), WT_OK);
    assert_int_equal(unlink(rig.store_path), 0);
    wt_rig_tick(&rig, second);
    assert_int_equal(wt_directory_view_store(view, 0, &after), WT_OK);
    assert_true(before.inode != after.inode || before.device != after.device);
    assert_int_equal(segment_of(view, 0, 0).state, WT_STORE_FREE);
    assert_int_equal(segment_of(view, 0, 1).state, WT_STORE_FREE);
    wt_fake_take_offer(&moves);
    assert_int_equal(segment_of(view, 0, 0).state, WT_STORE_ALLOCATED);
    assert_int_equal(segment_of(view, 0, 0).schema, 0); /* not taken up yet */
    wt_fake_answer(&moves, web);
    assert_int_equal(segment_of(view, 0, 0).schema, 1);
    wt_rig_tick(&rig, second);
    check_file(&rig);
    wt_directory_view_close(view);
    wt_fake_unmap(&moves);
    wt_rig_close(&rig);
}

static void totals_of_those_that_are_gone_are_there_at_once(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_directory_view *view = open_view();
    pid_t child = wt_child_start();
    for (uint64_t i = 0; i < 3; i++) {
        struct wt_fake worker = wt_fake_register(&rig, "web", child, i + 1);
        wt_fake_map(&worker);
        wt_fake_set(&worker, 0, UINT64_MAX);
        wt_fake_answer(&worker, web);
        wt_fake_leave(&worker);
    }
    assert_true(retired_of(view, "web", "requests_total") == -1);
    wt_child_kill(child, true);
    wt_rig_tick(&rig, second);
    assert_true(retired_of(view, "web", "requests_total") == 3 * (wt_int128)UINT64_MAX);
    assert_true(retired_of(view, "web", "requests_active") == -1);
    struct wt_shared_service_record service;
    assert_int_equal(wt_directory_view_service(view, 1, &service), WT_OK);
    assert_int_equal(service.retired_workers, 3);
    struct wt_fake worker = wt_fake_join(&rig, "web", web); /* and what resets took away */
    wt_fake_set(&worker, 0, 1000);
    wt_rig_tick(&rig, second);
    wt_fake_set(&worker, 0, 1);
    wt_rig_tick(&rig, second);
    assert_true(retired_of(view, "web", "requests_total") == 3 * (wt_int128)UINT64_MAX + 1000);
    check_file(&rig);
    wt_directory_view_close(view);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_described_at_once),
        cmocka_unit_test(the_header_says_who_writes_it),
        cmocka_unit_test(each_tick_publishes_its_snapshot),
        cmocka_unit_test(a_larger_one_takes_its_place),
        cmocka_unit_test(numbers_hold_across_files),
        cmocka_unit_test(a_lost_file_is_made_anew),
        cmocka_unit_test(trouble_is_told_once_and_tried_again_less_and_less),
        cmocka_unit_test(a_replaced_store_begins_anew_in_the_file),
        cmocka_unit_test(totals_of_those_that_are_gone_are_there_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
