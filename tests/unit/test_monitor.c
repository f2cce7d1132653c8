/* What the origin's own tests assert (store.md, "Parity"), and what ours add. */
#include "support/support.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "monitor/monitor.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8",
                                  "threads_limit u64 16", NULL};
/* As Ruby's default schema: packed, so that a u64 lies at offset 4. */
static const char *const ruby[] = {"connections_active u32 0", "connections_total u64 4",
                                   "requests_active u32 12", "requests_total u64 16", NULL};
static const char *const none[] = {NULL};

static void one_worker_is_seen_under_its_service(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    assert_int_equal(worker.id, 1);
    assert_int_equal(worker.offer.offset, 0);
    assert_int_equal(worker.offer.size_bytes, 512);
    wt_fake_set(&worker, 0, UINT64_C(0xfedcba9876543210));
    wt_fake_set(&worker, 8, 3);
    wt_fake_set(&worker, 16, 4);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    const struct wt_service *service = wt_find_service(snapshot, "web");
    assert_int_equal(service->worker_count, 1);
    assert_true(wt_find_field(snapshot, "web", "requests_total")->sum.integer ==
                (wt_int128)UINT64_C(0xfedcba9876543210));
    wt_assert_integer(wt_find_field(snapshot, "web", "requests_active")->sum, 3);
    assert_true(fabs(service->utilization_ratio - 0.75) < 1e-12);
    assert_int_equal(service->busy_worker_count, 1);
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, 1, &spot));
    assert_int_equal(spot.status->state, WT_WORKER_LIVE);
    assert_int_equal(spot.status->flags, WT_ROW_FRESH);
    assert_int_equal(spot.worker->pid, getpid());
    assert_int_equal(spot.worker->segment, 0);
    assert_true(isnan(wt_find_field(snapshot, "web", "requests_total")->rate_per_s));
    wt_fake_leave(&worker);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_is_seen_under_its_service),
    };
    (void)ruby, (void)none;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
