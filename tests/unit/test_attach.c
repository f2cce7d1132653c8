/* Attaching to files of a monitor that this very test plays: what is known of it
 * while it lives, and where its path leads. */
#include "support/support.h"

#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/attach.h"
#include "support/directory.h"
#include "support/stage.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8",
                                  "threads_limit u64 16", "load f64 24", NULL};

/* ---- while it lives ------------------------------------------------------------------------- */

static void a_viewer_sees_what_the_monitor_sees(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web),
                   b = wt_fake_join(&stage.rig, "web", web),
                   c = wt_fake_join(&stage.rig, "api", web);
    wt_monitor_setup_failed(stage.rig.monitor, wt_fake_register(&stage.rig, "jobs", getpid(), 0).id,
                            "boom", stage.rig.now);
    stage_attach(&stage);
    for (int i = 1; i < 5; i++) {
        wt_fake_set(&a, 0, (uint64_t)i * 100);
        wt_fake_set(&b, 8, (uint64_t)i);
        wt_fake_set(&b, 16, 4);
        wt_fake_set_real(&c, 24, i == 3 ? (double)NAN : 0.5);
        if (i == 4)
            wt_fake_leave(&c);
        const struct wt_snapshot *live = stage_publish(&stage, second),
                                 *attached = stage_look(&stage);
        stage_assert_same(attached, live, stage.rig.now);
        assert_int_equal(attached->source.kind, WT_SOURCE_ATTACH);
        assert_int_equal(attached->source.health, WT_SOURCE_ANSWERING);
        assert_string_equal(attached->source.path, stage.path);
        assert_string_equal(attached->source.problem, "");
        assert_int_equal(attached->source.heartbeat_ns, stage.rig.now.monotonic_ns);
        assert_int_equal(attached->source.since_realtime_ns, 0);
        assert_ptr_equal(stage_look_later(&stage, second / 2), attached); /* nothing new */
    }
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    stage_close(&stage);
}

static void workers_that_did_not_change_are_not_read_again(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    stage_attach(&stage);
    stage_publish(&stage, second);
    const struct wt_snapshot *first = wt_snapshot_ref(stage_look(&stage));
    stage.same_workers = true;
    wt_fake_set(&a, 0, 9);
    const struct wt_snapshot *live = stage_publish(&stage, second), *next = stage_look(&stage);
    assert_true(next != first);
    assert_ptr_equal(next->cohorts[0].rows, first->cohorts[0].rows);
    assert_ptr_equal(next->cohorts[0].schema, first->cohorts[0].schema);
    stage_assert_same(next, live, stage.rig.now);
    wt_snapshot_unref(first);
    wt_fake_unmap(&a);
    stage_close(&stage);
}

/* The sequence word of the newest event's record: odd is being written. */
static void patch_newest_event(struct stage *stage, uint64_t sequence) {
    struct wt_directory_view *view;
    struct wt_shared_section section;
    assert_int_equal(wt_directory_view_open(&view, stage->path, NULL), WT_OK);
    assert_true(wt_directory_view_section(view, WT_SECTION_EVENTS, 0, &section));
    wt_directory_view_close(view);
    test_directory_patch(
        stage->path, section.offset + (stage->events - 1) % section.count * section.record_bytes,
        &sequence, sizeof sequence);
}

static void an_event_that_is_being_written_is_waited_for_once(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    assert_int_equal(chmod(stage.path, 0600), 0);
    stage_attach(&stage);
    stage_publish(&stage, second);
    size_t before = stage_look(&stage)->event_count;
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    stage_publish(&stage, second);
    uint64_t first = stage.events;
    patch_newest_event(&stage, 1);
    assert_int_equal(stage_look(&stage)->event_count, before);
    patch_newest_event(&stage, 2);
    stage_publish(&stage, second);
    const struct wt_snapshot *snapshot = stage_look(&stage);
    assert_int_equal(snapshot->event_count, before + 1);
    assert_int_equal(snapshot->events[before].sequence, first);
    /* A writer that died in it: what follows is shown all the same. */
    struct wt_fake b = wt_fake_join(&stage.rig, "web", web);
    stage_publish(&stage, second);
    uint64_t torn = stage.events;
    patch_newest_event(&stage, 3);
    assert_int_equal(stage_look(&stage)->event_count, before + 1);
    struct wt_fake c = wt_fake_join(&stage.rig, "web", web);
    stage_publish(&stage, second);
    snapshot = stage_look(&stage);
    assert_int_equal(snapshot->event_count, before + 2);
    assert_int_equal(snapshot->events[before + 1].sequence, torn + 1);
    wt_fake_unmap(&a);
    wt_fake_unmap(&b);
    wt_fake_unmap(&c);
    stage_close(&stage);
}

static void the_next_look_is_right_after_the_next_tick(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    stage_attach(&stage);
    stage_publish(&stage, second);
    int64_t beat = stage.rig.now.monotonic_ns;
    wt_rig_advance(&stage.rig, 10 * WT_NS_PER_MS);
    stage_look(&stage);
    struct wt_time now = stage.rig.now;
    int64_t next = wt_attach_next_ns(stage.attach, now, second);
    assert_true(next > beat + second && next <= beat + second + 150 * WT_NS_PER_MS);
    next = wt_attach_next_ns(stage.attach, now, 5 * second);
    assert_true(next > beat + 5 * second && next <= beat + 5 * second + 150 * WT_NS_PER_MS);
    /* Faster than the monitor: nothing new comes before its next tick. */
    next = wt_attach_next_ns(stage.attach, now, second / 10);
    assert_true(next > beat + second && next <= beat + second + 150 * WT_NS_PER_MS);
    /* It is late: soon again, but never at once. */
    wt_rig_advance(&stage.rig, second + second / 2);
    stage_look(&stage);
    next = wt_attach_next_ns(stage.attach, stage.rig.now, second);
    assert_true(next >= stage.rig.now.monotonic_ns + second / 2 &&
                next <= stage.rig.now.monotonic_ns + 2 * second);
    wt_rig_advance(&stage.rig, 10 * second);
    stage_look(&stage);
    assert_int_equal(wt_attach_next_ns(stage.attach, stage.rig.now, second),
                     stage.rig.now.monotonic_ns + second);
    assert_true(wt_attach_next_ns(stage.attach, stage.rig.now, 0) > stage.rig.now.monotonic_ns);
    stage_close(&stage);
}

static void nothing_published_is_not_ready(void **state) {
    (void)state;
    struct stage stage;
    const struct wt_snapshot *snapshot;
    struct wt_error err;
    stage_open(&stage);
    stage_attach(&stage);
    assert_int_equal(wt_attach_look(stage.attach, stage.rig.now, &snapshot, &err), WT_EAGAIN);
    assert_null(snapshot);
    assert_non_null(strstr(err.text, "no snapshot yet"));
    stage_publish(&stage, second);
    assert_non_null(stage_look(&stage));
    stage_close(&stage);
}

static void what_cannot_be_opened_says_why(void **state) {
    (void)state;
    struct stage stage;
    struct wt_attach *none;
    struct wt_error err;
    stage_open(&stage);
    assert_int_equal(wt_attach_open(&none, "/nowhere/x.dir", stage.rig.now, &err), WT_ENOENT);
    assert_null(none);
    const uint32_t version = 2;
    assert_int_equal(chmod(stage.path, 0600), 0);
    test_directory_patch(stage.path, offsetof(struct wt_shared_directory_header, version), &version,
                         sizeof version);
    assert_int_equal(wt_attach_open(&none, stage.path, stage.rig.now, &err), WT_EVERSION);
    test_directory_patch(stage.path, 0, "W0RKTOPD", 8);
    assert_int_equal(wt_attach_open(&none, stage.path, stage.rig.now, &err), WT_EFORMAT);
    assert_null(none);
    stage_close(&stage);
}

/* ---- stopped, dead, gone -------------------------------------------------------------------- */

static void a_stopped_monitor_is_marked_after_three_intervals(void **state) {
    (void)state;
    struct stage stage;
    char cure[64];
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    wt_fake_set(&a, 0, 7);
    stage_attach(&stage);
    stage_publish(&stage, second);
    int64_t beat = stage.rig.now.monotonic_ns, beat_realtime = stage.rig.now.realtime_ns;
    const struct wt_snapshot *snapshot = stage_look(&stage);
    assert_int_equal(kill(stage.pid, SIGSTOP), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)stage.pid, &info, WSTOPPED | WNOWAIT), 0);
    assert_ptr_equal(stage_look_later(&stage, 3 * second), snapshot);
    wt_fake_set(&a, 0, 8); /* not ours to tell while it may go on */
    snapshot = stage_look_later(&stage, 1);
    assert_int_equal(snapshot->source.health, WT_SOURCE_SILENT);
    assert_int_equal(snapshot->source.heartbeat_ns, beat);
    assert_int_equal(snapshot->source.since_realtime_ns, beat_realtime);
    assert_false(snapshot->source.samples_segments);
    assert_int_equal(snapshot->time.monotonic_ns, beat);
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 7);
    snprintf(cure, sizeof cure, "monitor %d does not answer since ", (int)stage.pid);
    stage_assert_says(snapshot, cure);
    snprintf(cure, sizeof cure, "it is stopped; kill -CONT %d lets it go on", (int)stage.pid);
    stage_assert_says(snapshot, cure);
    assert_ptr_equal(stage_look_later(&stage, 60 * second), snapshot);
    /* It goes on, but does not tick: it hangs. */
    assert_int_equal(kill(stage.pid, SIGCONT), 0);
    assert_int_equal(waitid(P_PID, (id_t)stage.pid, &info, WCONTINUED), 0);
    snapshot = stage_look_later(&stage, second);
    assert_int_equal(snapshot->source.health, WT_SOURCE_SILENT);
    stage_assert_says(snapshot, "hangs");
    stage_publish(&stage, second);
    snapshot = stage_look(&stage);
    assert_int_equal(snapshot->source.health, WT_SOURCE_ANSWERING);
    assert_string_equal(snapshot->source.problem, "");
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_total")->sum, 8);
    wt_fake_unmap(&a);
    stage_close(&stage);
}

/* ---- the path ------------------------------------------------------------------------------- */

static void another_monitors_file_is_followed(void **state) {
    (void)state;
    struct stage stage;
    char previous[160];
    struct wt_error err;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    wt_child_kill(stage.pid, true);
    stage_look_later(&stage, second);
    snprintf(previous, sizeof previous, "%s.previous", stage.path);
    assert_int_equal(rename(stage.path, previous), 0);
    wt_directory_close(stage.directory, WT_DIRECTORY_RUNNING);
    stage.pid = wt_child_start();
    stage_create_directory(&stage, &stage.directory, stage.pid);
    stage.events = 0;
    const struct wt_snapshot *snapshot = stage_look_later(&stage, second);
    assert_int_equal(snapshot->source.health, WT_SOURCE_DEAD); /* nothing published there yet */
    stage_publish(&stage, second);
    snapshot = stage_look(&stage);
    assert_int_equal(snapshot->source.health, WT_SOURCE_ANSWERING);
    assert_string_equal(snapshot->source.problem, "");
    assert_int_equal(snapshot->time.monotonic_ns, stage.rig.now.monotonic_ns);
    /* The last generation is for the curious; its workers are elsewhere. */
    struct wt_attach *old;
    assert_int_equal(wt_attach_open(&old, previous, stage.rig.now, &err), WT_OK);
    assert_int_equal(wt_attach_look(old, stage.rig.now, &snapshot, &err), WT_OK);
    assert_int_equal(snapshot->source.health, WT_SOURCE_DEAD);
    assert_false(snapshot->source.samples_segments);
    stage_assert_says(snapshot, "these are its last values");
    wt_attach_close(old);
    wt_fake_unmap(&a);
    stage_close(&stage);
}

static void a_file_of_the_same_monitor_is_followed(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    struct wt_directory *larger;
    stage_create_directory(&stage, &larger, stage.pid);
    wt_directory_close(stage.directory, WT_DIRECTORY_SUPERSEDED);
    stage.directory = larger;
    stage.events = 0;
    const struct wt_snapshot *snapshot = stage_look_later(&stage, second);
    stage_assert_says(snapshot, "holds no snapshot yet");
    assert_int_equal(snapshot->source.health, WT_SOURCE_ANSWERING);
    const struct wt_snapshot *live = stage_publish(&stage, second);
    stage_assert_same(stage_look(&stage), live, stage.rig.now);
    stage_close(&stage);
}

static void a_removed_or_broken_file_is_said_and_read_on(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    assert_int_equal(unlink(stage.path), 0);
    const struct wt_snapshot *live = stage_publish(&stage, second), *snapshot = stage_look(&stage);
    assert_int_equal(snapshot->source.health, WT_SOURCE_ANSWERING);
    stage_assert_says(snapshot, "was removed");
    stage_assert_same(snapshot, live, stage.rig.now);
    FILE *file = fopen(stage.path, "w");
    assert_non_null(file);
    assert_true(fputs("rubbish", file) >= 0);
    assert_int_equal(fclose(file), 0);
    live = stage_publish(&stage, second);
    snapshot = stage_look(&stage);
    stage_assert_says(snapshot, "another file is at ");
    stage_assert_same(snapshot, live, stage.rig.now);
    stage_close(&stage);
}

static void a_truncated_file_ends_nobody(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    stage_attach(&stage);
    stage_publish(&stage, second);
    stage_look(&stage);
    assert_int_equal(chmod(stage.path, 0600), 0);
    assert_int_equal(truncate(stage.path, 100), 0);
    const struct wt_snapshot *snapshot = stage_look_later(&stage, second);
    stage_assert_says(snapshot, "truncated");
    snapshot = stage_look_later(&stage, 5 * second);
    assert_int_equal(snapshot->source.health, WT_SOURCE_SILENT);
    stage_assert_says(snapshot, "truncated");
    wt_child_kill(stage.pid, true);
    snapshot = stage_look_later(&stage, second);
    assert_int_equal(snapshot->source.health, WT_SOURCE_DEAD);
    wt_directory_close(stage.directory, WT_DIRECTORY_CLOSED);
    stage.directory = NULL;
    stage_close(&stage);
}

static void another_boot_is_a_post_mortem(void **state) {
    (void)state;
    struct stage stage;
    stage_open(&stage);
    struct wt_fake a = wt_fake_join(&stage.rig, "web", web);
    stage_publish(&stage, second);
    int64_t looked = stage.rig.now.realtime_ns;
    static const uint8_t boot[16] = {1, 2, 3};
    assert_int_equal(chmod(stage.path, 0600), 0);
    test_directory_patch(stage.path, offsetof(struct wt_shared_directory_header, boot_id), boot,
                         sizeof boot);
    wt_rig_advance(&stage.rig, 100 * second);
    stage.rig.now.monotonic_ns = 10 * second;
    stage_attach(&stage);
    const struct wt_snapshot *snapshot = stage_look(&stage);
    assert_int_equal(snapshot->source.health, WT_SOURCE_DEAD);
    assert_false(snapshot->source.samples_segments);
    stage_assert_says(snapshot, "before this boot");
    assert_int_equal(snapshot->time.realtime_ns, looked);
    assert_int_equal(snapshot->service_count, 1);
    assert_int_equal(wt_snapshot_age_ns(snapshot, stage.rig.now), 100 * second);
    wt_fake_unmap(&a);
    stage.rig.now.monotonic_ns = 5000 * second;
    stage_close(&stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_sees_what_the_monitor_sees),
        cmocka_unit_test(workers_that_did_not_change_are_not_read_again),
        cmocka_unit_test(an_event_that_is_being_written_is_waited_for_once),
        cmocka_unit_test(the_next_look_is_right_after_the_next_tick),
        cmocka_unit_test(nothing_published_is_not_ready),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(a_stopped_monitor_is_marked_after_three_intervals),
        cmocka_unit_test(another_monitors_file_is_followed),
        cmocka_unit_test(a_file_of_the_same_monitor_is_followed),
        cmocka_unit_test(a_removed_or_broken_file_is_said_and_read_on),
        cmocka_unit_test(a_truncated_file_ends_nobody),
        cmocka_unit_test(another_boot_is_a_post_mortem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
