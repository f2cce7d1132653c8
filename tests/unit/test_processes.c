/* From processes to workers and services: who shows whose figures, and what is summed once. */
#include "support/support.h"

#include <math.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "support/worker.h"

static const char *const fields[] = {"requests_total u64 0", NULL};
static const int64_t second = INT64_C(1000000000);

static struct wt_fake join(struct wt_rig *rig, const char *service, int64_t pid) {
    struct wt_fake fake = wt_fake_register(rig, service, pid, 0);
    wt_fake_answer(&fake, fields);
    return fake;
}

static const struct wt_process *process_of(const struct wt_snapshot *snapshot,
                                           const struct wt_fake *fake) {
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, fake->id, &spot));
    return wt_snapshot_process(snapshot, spot.worker);
}

static void a_process_counts_once_in_each_service(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake a = join(&rig, "web", child), b = join(&rig, "web", child),
                   c = join(&rig, "jobs", child), own = join(&rig, "web", getpid());
    wt_rig_tick(&rig, second);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    const struct wt_process *shared = process_of(snapshot, &a);
    assert_non_null(shared);
    assert_ptr_equal(process_of(snapshot, &b), shared);
    assert_ptr_equal(process_of(snapshot, &c), shared);
    assert_int_equal(shared->pid, child);
    assert_int_equal(shared->worker_count, 3);
    assert_int_equal(shared->read_ns, rig.now.monotonic_ns);
    assert_int_equal(snapshot->process_count, 2);
    const struct wt_usage *web = &wt_find_service(snapshot, "web")->usage;
    const struct wt_usage *jobs = &wt_find_service(snapshot, "jobs")->usage;
    const struct wt_process *ours = process_of(snapshot, &own);
    assert_int_equal(web->process_count, 2);
    assert_int_equal(web->known_count, 2);
    assert_int_equal(web->cpu_known_count, 2);
    assert_int_equal(web->rss_bytes, shared->rss_bytes + ours->rss_bytes);
    assert_int_equal(web->thread_count, shared->threads + ours->threads);
    assert_true(web->cpu_cores == shared->cpu_ratio + ours->cpu_ratio);
    assert_int_equal(web->oldest_ns, rig.now.monotonic_ns);
    assert_int_equal(jobs->process_count, 1);
    assert_int_equal(jobs->rss_bytes, shared->rss_bytes);
    wt_fake_leave(&a);
    wt_fake_leave(&c);
    wt_rig_tick(&rig, second);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(process_of(snapshot, &b)->worker_count, 1);
    wt_fake_leave(&b);
    wt_rig_tick(&rig, second);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(snapshot->process_count, 1);
    assert_int_equal(wt_find_service(snapshot, "web")->usage.process_count, 1);
    wt_child_kill(child, true);
    wt_fake_unmap(&own);
    wt_rig_close(&rig);
}

static void hidden_and_dead_processes_are_unknown(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    pid_t child = wt_child_start();
    struct wt_fake hidden = join(&rig, "web", 0), dies = join(&rig, "web", child);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_null(process_of(snapshot, &hidden));
    assert_non_null(process_of(snapshot, &dies));
    const struct wt_usage *web = &wt_find_service(snapshot, "web")->usage;
    assert_int_equal(web->process_count, 2);
    assert_int_equal(web->known_count, 1);
    assert_int_equal(web->cpu_known_count, 0);
    wt_child_kill(child, true); /* its connection is not closed yet */
    snapshot = wt_rig_tick(&rig, second);
    assert_null(process_of(snapshot, &dies));
    web = &wt_find_service(snapshot, "web")->usage;
    assert_int_equal(web->known_count, 0);
    assert_int_equal(web->rss_bytes, 0);
    assert_int_equal(web->oldest_ns, 0);
    assert_int_equal(snapshot->process_count, 0);
    wt_fake_unmap(&hidden);
    wt_fake_leave(&dies);
    wt_rig_close(&rig);
}

/* Ticks may come ten times a second; the kernel is asked once. Figures say how old they are. */
static void rounds_are_a_second_apart(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake own = join(&rig, "web", getpid());
    wt_rig_tick(&rig, second);
    int64_t at = rig.now.monotonic_ns;
    for (int i = 1; i < 9; i++)
        assert_int_equal(process_of(wt_rig_tick(&rig, second / 10), &own)->read_ns, at);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second / 10);
    assert_int_equal(process_of(snapshot, &own)->read_ns, rig.now.monotonic_ns);
    wt_fake_unmap(&own);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_counts_once_in_each_service),
        cmocka_unit_test(hidden_and_dead_processes_are_unknown),
        cmocka_unit_test(rounds_are_a_second_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
