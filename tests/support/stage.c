#include "support/support.h"

#include "support/stage.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "export/export.h"
#include "model/flat.h"
#include "shm/guard.h"
#include "support/directory.h"

static const int64_t second = WT_NS_PER_S;

static void put_store(struct stage *stage, unsigned store, const struct wt_store_info *info) {
    struct stat st;
    if (info->path[0] == '\0')
        return;
    assert_int_equal(stat(info->path, &st), 0);
    struct wt_shared_store_record record = {.device = (uint64_t)st.st_dev,
                                            .inode = (uint64_t)st.st_ino,
                                            .size_bytes = info->size_bytes,
                                            .max_bytes = info->max_bytes,
                                            .segment_bytes = info->segment_bytes,
                                            .segment_count = info->segment_count};
    assert_int_equal(wt_directory_put_store(stage->directory, store, &record), WT_OK);
}

static void put_workers(struct stage *stage, const struct wt_snapshot *snapshot) {
    for (size_t c = 0; c < snapshot->cohort_count; c++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[c];
        for (size_t i = 0; i < cohort->row_count; i++) {
            const struct wt_worker *worker = cohort->rows[i];
            if (worker == NULL)
                continue;
            struct wt_shared_segment_record record = {.worker_id = worker->id, .state = 1};
            if (worker->segment >= 0)
                assert_int_equal(wt_directory_put_segment(stage->directory, 0,
                                                          (uint64_t)worker->segment, &record),
                                 WT_OK);
            if (worker->recorder >= 0)
                assert_int_equal(wt_directory_put_segment(stage->directory, 1,
                                                          (uint64_t)worker->recorder, &record),
                                 WT_OK);
        }
    }
}

static void put_trail(struct stage *stage, const struct wt_snapshot *snapshot) {
    for (size_t i = 0; i < snapshot->event_count; i++) {
        const struct wt_event *event = &snapshot->events[i];
        if (event->sequence <= stage->events)
            continue;
        struct wt_shared_event_record record = {.number = event->sequence,
                                                .realtime_ns = event->realtime_ns,
                                                .worker_id = event->worker_id,
                                                .kind = event->kind,
                                                .severity = event->severity};
        snprintf(record.service, sizeof record.service, "%s", event->service);
        snprintf(record.text, sizeof record.text, "%s", event->text);
        wt_directory_put_event(stage->directory, &record);
        stage->events = event->sequence;
    }
}

/* Ticks, and publishes the look as a monitor does. */
const struct wt_snapshot *stage_publish(struct stage *stage, int64_t ns) {
    const struct wt_snapshot *snapshot = wt_rig_tick(&stage->rig, ns);
    struct wt_buffer workers = {0}, tick = {0};
    wt_flat_encode_workers(snapshot, &workers);
    wt_flat_encode_tick(snapshot, &tick);
    put_store(stage, 0, &snapshot->store);
    put_store(stage, 1, &snapshot->recorders);
    put_workers(stage, snapshot);
    put_trail(stage, snapshot);
    assert_int_equal(wt_directory_publish(stage->directory,
                                          (struct wt_directory_part){workers.data, workers.length},
                                          stage->version += !stage->same_workers,
                                          (struct wt_directory_part){tick.data, tick.length}),
                     WT_OK);
    wt_directory_heartbeat(stage->directory, stage->rig.now, second, snapshot->monitor.tick_count);
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    return snapshot;
}

void stage_create_directory(struct stage *stage, struct wt_directory **out, pid_t pid) {
    const struct wt_directory_fact facts[] = {{"store.0", stage->rig.store_path},
                                              {"store.1", stage->rig.recorder_path}};
    const struct wt_directory_options options = {
        .path = stage->path,
        .mode = 0400, /* nothing may write it, not even we */
        .gid = (gid_t)-1,
        .started = stage->rig.now,
        .interval_ns = second,
        .facts = facts,
        .fact_count = 2,
        .segments = {64, 64, 0},
        .schema_bytes = 4096,
        .services = 16,
        .retired = 16,
        .bank_bytes = 256 * 1024,
    };
    struct wt_error err;
    struct wt_process_look look;
    if (wt_directory_create(out, &options, &err) != WT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(wt_process_look(pid, &look, &err), WT_OK);
    const int64_t number = pid;
    assert_int_equal(chmod(stage->path, 0600), 0);
    test_directory_patch(stage->path, offsetof(struct wt_shared_directory_header, monitor_pid),
                         &number, sizeof number);
    test_directory_patch(stage->path,
                         offsetof(struct wt_shared_directory_header, monitor_start_ticks),
                         &look.start_ticks, sizeof look.start_ticks);
    assert_int_equal(chmod(stage->path, 0400), 0);
}

void stage_open(struct stage *stage) {
    *stage = (struct stage){.pid = wt_child_start()};
    wt_rig_open(&stage->rig, NULL);
    snprintf(stage->path, sizeof stage->path, "%s.dir", stage->rig.store_path);
    stage_create_directory(stage, &stage->directory, stage->pid);
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
}

void stage_close(struct stage *stage) {
    char previous[160];
    wt_attach_close(stage->attach);
    wt_directory_close(stage->directory, WT_DIRECTORY_CLOSED);
    snprintf(previous, sizeof previous, "%s.previous", stage->path);
    unlink(previous);
    unlink(stage->path);
    wt_rig_close(&stage->rig);
    kill(stage->pid, SIGKILL);
    wt_child_reap(stage->pid);
}

void stage_attach(struct stage *stage) {
    struct wt_error err = {.text = ""};
    if (wt_attach_open(&stage->attach, stage->path, stage->rig.now, &err) != WT_OK)
        fail_msg("%s", err.text);
}

const struct wt_snapshot *stage_look(struct stage *stage) {
    const struct wt_snapshot *snapshot = NULL;
    struct wt_error err = {.text = ""};
    if (wt_attach_look(stage->attach, stage->rig.now, &snapshot, &err) != WT_OK)
        fail_msg("%s", err.text);
    return snapshot;
}

const struct wt_snapshot *stage_look_later(struct stage *stage, int64_t ns) {
    wt_rig_advance(&stage->rig, ns);
    return stage_look(stage);
}

void stage_assert_says(const struct wt_snapshot *snapshot, const char *part) {
    if (strstr(snapshot->source.problem, part) == NULL)
        fail_msg("'%s' does not say '%s'", snapshot->source.problem, part);
}

/* The document without its source, which differs by nature. */
static char *document_of(const struct wt_snapshot *snapshot, struct wt_time now) {
    struct wt_snapshot copy = *snapshot;
    struct wt_buffer out = {0};
    copy.source = (struct wt_source){.path = "", .problem = ""};
    wt_export_json(&copy, now, &out);
    assert_false(out.failed);
    return wt_buffer_take(&out, NULL);
}

void stage_assert_same(const struct wt_snapshot *a, const struct wt_snapshot *b,
                       struct wt_time now) {
    char *x = document_of(a, now), *y = document_of(b, now);
    size_t at = 0;
    while (x[at] != '\0' && x[at] == y[at])
        at++;
    if (x[at] != y[at]) {
        size_t from = at < 200 ? 0 : at - 200;
        fail_msg("differ at byte %zu:\n%.300s\nand\n%.300s", at, x + from, y + from);
    }
    free(x);
    free(y);
}
