/* Whoever attaches knows the trouble from the first frame on: verdict, cause, since, sentence, last
 * progress and the event are in the files, while the monitor lives and when it is dead. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "attach/attach.h"
#include "support/directory.h"
#include "support/stage.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0",         "requests_active u64 8",
                                  "pool_threads u64 16",          "queue_length u64 24",
                                  "requests_failed_total u64 32", NULL};
enum { TOTAL = 0, ACTIVE = 8, THREADS = 16, QUEUE = 24, FAILED = 32, WORKERS = 4 };

struct scene {
    struct stage stage;
    struct wt_fake workers[WORKERS];
    uint64_t total, failed, queued;
};

static void begin(struct scene *scene) {
    *scene = (struct scene){.total = 0};
    stage_open(&scene->stage);
    for (int i = 0; i < WORKERS; i++) {
        scene->workers[i] = wt_fake_join(&scene->stage.rig, "web", web);
        wt_fake_set(&scene->workers[i], THREADS, 4);
        wt_fake_set(&scene->workers[i], ACTIVE, 2);
    }
}

static void end(struct scene *scene) {
    for (int i = 0; i < WORKERS; i++)
        wt_fake_unmap(&scene->workers[i]);
    stage_close(&scene->stage);
}

/* Seconds in which the workers do their work, `failing` of it and `waiting` more in vain. */
static void work(struct scene *scene, int seconds, unsigned failing, unsigned waiting) {
    for (int i = 0; i < seconds; i++) {
        scene->total += 50;
        scene->failed += failing;
        scene->queued += waiting;
        for (int k = 0; k < WORKERS; k++) {
            wt_fake_set(&scene->workers[k], TOTAL, scene->total);
            wt_fake_set(&scene->workers[k], FAILED, scene->failed);
            wt_fake_set(&scene->workers[k], QUEUE, scene->queued);
        }
        stage_publish(&scene->stage, second);
    }
}

/* What a new viewer sees first, and what it still sees when the monitor is dead. */
static void assert_first_frame(struct scene *scene, enum wt_verdict verdict, enum wt_cause cause,
                               enum wt_event_kind kind, const char *part) {
    struct stage *stage = &scene->stage;
    const struct wt_service *told = wt_find_service(wt_monitor_snapshot(stage->rig.monitor), "web");
    stage_attach(stage);
    for (int dead = 0; dead < 2; dead++) {
        if (dead)
            wt_child_kill(stage->pid, false);
        const struct wt_snapshot *snapshot =
            dead ? stage_look_later(stage, second) : stage_look(stage);
        const struct wt_service *service = wt_find_service(snapshot, "web");
        assert_int_equal(snapshot->source.health, dead ? WT_SOURCE_DEAD : WT_SOURCE_ANSWERING);
        assert_int_equal(service->verdict, verdict);
        assert_int_equal(service->cause, cause);
        assert_true(service->verdict_since_ns == told->verdict_since_ns);
        assert_string_equal(service->sentence, told->sentence);
        assert_non_null(strstr(service->sentence, part));
        assert_true(wt_has_event(snapshot, kind, part));
        struct wt_spot spot;
        assert_true(wt_find_worker(snapshot, scene->workers[0].id, &spot));
        assert_true(spot.status->progress_ns != 0);
    }
}

static void a_growing_queue(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    work(&scene, 33, 0, 2);
    assert_first_frame(&scene, WT_VERDICT_WARN, WT_CAUSE_QUEUE_GROWING, WT_EVENT_VERDICT,
                       "queue growing ");
    end(&scene);
}

static void rising_errors(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    work(&scene, 90, 0, 0);
    work(&scene, 40, 5, 0);
    assert_first_frame(&scene, WT_VERDICT_WARN, WT_CAUSE_ERRORS_RISING, WT_EVENT_VERDICT,
                       "errors rising ");
    end(&scene);
}

static void a_saturated_service(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    for (int i = 0; i < WORKERS; i++)
        wt_fake_set(&scene.workers[i], ACTIVE, 4);
    scene.queued = 3;
    work(&scene, 32, 0, 0);
    assert_first_frame(&scene, WT_VERDICT_CRIT, WT_CAUSE_SATURATED, WT_EVENT_VERDICT, "saturated ");
    end(&scene);
}

/* What was saturated and has lost every worker since is not saturated any more. */
static void a_saturated_service_that_nobody_serves(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    pid_t child = wt_child_start();
    struct wt_fake api = wt_fake_register(&scene.stage.rig, "api", child, 9);
    wt_fake_answer(&api, web);
    wt_fake_set(&api, THREADS, 4);
    wt_fake_set(&api, ACTIVE, 4);
    wt_fake_set(&api, QUEUE, 3);
    for (uint64_t total = 1; total < 33; total++) {
        wt_fake_set(&api, TOTAL, total);
        work(&scene, 1, 0, 0);
    }
    stage_attach(&scene.stage);
    assert_int_equal(wt_find_service(stage_look(&scene.stage), "api")->cause, WT_CAUSE_SATURATED);
    wt_child_kill(scene.stage.pid, false);
    stage_look_later(&scene.stage, second);
    wt_child_kill(child, false);
    const struct wt_service *service =
        wt_find_service(stage_look_later(&scene.stage, second), "api");
    assert_int_equal(service->verdict, WT_VERDICT_CRIT);
    assert_int_equal(service->cause, WT_CAUSE_WORKERS_GONE);
    assert_int_equal(service->other_count, 1);
    assert_int_equal(service->others[0].cause, WT_CAUSE_SATURATED);
    wt_child_reap(child);
    wt_fake_unmap(&api);
    end(&scene);
}

static void a_stuck_worker(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    stage_publish(&scene.stage, second);
    for (int i = 0; i < 31; i++)
        stage_publish(&scene.stage, second);
    assert_first_frame(&scene, WT_VERDICT_CRIT, WT_CAUSE_STUCK, WT_EVENT_VERDICT, "stuck ");
    end(&scene);
}

/* Processes that are killed for real, one after the other. */
static void a_flapping_service(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    for (uint64_t i = 0; i < 5; i++) {
        pid_t child = wt_child_start();
        struct wt_fake dies = wt_fake_register(&scene.stage.rig, "web", child, 9 + i);
        wt_fake_answer(&dies, web);
        work(&scene, 2, 0, 0);
        wt_child_kill(child, false);
        wt_fake_leave(&dies);
        work(&scene, 2, 0, 0);
        wt_child_reap(child);
    }
    /* As many as there were workers. */
    assert_first_frame(&scene, WT_VERDICT_CRIT, WT_CAUSE_FLAPPING, WT_EVENT_FLAPPING,
                       "5 exits/min, last ");
    end(&scene);
}

static void the_monitors_own_verdict_is_there_too(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    work(&scene, 1, 0, 0);
    stage_attach(&scene.stage);
    assert_int_equal(stage_look(&scene.stage)->monitor.verdict, WT_VERDICT_OK);
    wt_monitor_trouble(scene.stage.rig.monitor, "too many files are open", scene.stage.rig.now);
    work(&scene, 1, 0, 0);
    const struct wt_snapshot *snapshot = stage_look(&scene.stage);
    assert_int_equal(snapshot->monitor.verdict, WT_VERDICT_WARN);
    assert_string_equal(snapshot->monitor.problem, "too many files are open");
    assert_true(snapshot->monitor.verdict_since_ns == snapshot->time.realtime_ns);
    wt_monitor_mark(scene.stage.rig.monitor, "deploy\x1b[31m 7", scene.stage.rig.now);
    work(&scene, 1, 0, 0);
    assert_true(wt_has_event(stage_look(&scene.stage), WT_EVENT_MARK, "deploy"));
    end(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_queue),
        cmocka_unit_test(rising_errors),
        cmocka_unit_test(a_saturated_service),
        cmocka_unit_test(a_saturated_service_that_nobody_serves),
        cmocka_unit_test(a_stuck_worker),
        cmocka_unit_test(a_flapping_service),
        cmocka_unit_test(the_monitors_own_verdict_is_there_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
