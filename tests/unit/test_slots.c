/* Places that successors take over: who gets which, and what counts as a replacement. */
#include "support/support.h"

#include <unistd.h>

#include "monitor/internal.h"
#include "support/worker.h"

static const char *const fields[] = {"requests_total u64 0", NULL};
static const int64_t second = INT64_C(1000000000);

struct life {
    pid_t pid;
    struct wt_fake fake;
};

static struct life start(struct wt_rig *rig, uint64_t instance) {
    struct life life = {.pid = wt_child_start()};
    life.fake = wt_fake_register(rig, "web", life.pid, instance);
    wt_fake_answer(&life.fake, fields);
    return life;
}

static void die(struct life *life) {
    wt_child_kill(life->pid, true);
    wt_fake_leave(&life->fake);
}

static void replace(struct life *life, struct wt_rig *rig) {
    die(life);
    *life = start(rig, 0);
}

static void has_slot(const struct wt_snapshot *snapshot, const struct life *life, uint32_t slot,
                     uint32_t restarts) {
    struct wt_spot spot;
    assert_true(wt_find_worker(snapshot, life->fake.id, &spot));
    assert_int_equal(spot.worker->slot, slot);
    assert_int_equal(spot.worker->restarts, restarts);
}

static void assert_counts(const struct wt_snapshot *snapshot, uint32_t slots, uint32_t replaced,
                          uint32_t again) {
    const struct wt_service *web = wt_find_service(snapshot, "web");
    assert_int_equal(web->slot_count, slots);
    assert_int_equal(web->replaced_per_min, replaced);
    assert_int_equal(web->replaced_again_per_min, again);
}

static void a_rolling_restart_replaces_each_slot_once(void **state) {
    (void)state;
    struct wt_rig rig;
    struct life lives[4];
    wt_rig_open(&rig, NULL);
    for (int i = 0; i < 4; i++)
        lives[i] = start(&rig, 0);
    assert_counts(wt_rig_tick(&rig, second), 4, 0, 0);
    for (int i = 0; i < 4; i++) {
        replace(&lives[i], &rig);
        assert_counts(wt_rig_tick(&rig, second), 4, (uint32_t)i + 1, 0);
    }
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    for (int i = 0; i < 4; i++)
        has_slot(snapshot, &lives[i], (uint32_t)i + 1, 1);
    assert_counts(wt_rig_tick(&rig, 70 * second), 4, 0, 0);
    replace(&lives[2], &rig); /* more than a minute later: again once */
    snapshot = wt_rig_tick(&rig, second);
    has_slot(snapshot, &lives[2], 3, 2);
    assert_counts(snapshot, 4, 1, 0);
    for (int i = 0; i < 4; i++)
        die(&lives[i]);
    wt_rig_close(&rig);
}

static void a_crash_loop_replaces_one_slot_again_and_again(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct life calm = start(&rig, 0), ill = start(&rig, 0);
    wt_rig_tick(&rig, second);
    for (uint32_t i = 1; i <= 3; i++) {
        replace(&ill, &rig);
        const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
        has_slot(snapshot, &ill, 2, i);
        has_slot(snapshot, &calm, 1, 0);
        assert_counts(snapshot, 2, i, i - 1);
    }
    die(&ill);
    die(&calm);
    wt_rig_close(&rig);
}

static void who_comes_back_has_its_slot_again(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct life a = start(&rig, 7), b = start(&rig, 8);
    wt_rig_tick(&rig, second);
    wt_fake_leave(&a.fake);
    wt_fake_leave(&b.fake);
    wt_rig_tick(&rig, second);
    struct life c = start(&rig, 9); /* both are free, but their processes live on */
    b.fake = wt_fake_register(&rig, "web", b.pid, 8);
    a.fake = wt_fake_register(&rig, "web", a.pid, 7);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    has_slot(snapshot, &a, 1, 0);
    has_slot(snapshot, &b, 2, 0);
    has_slot(snapshot, &c, 3, 0);
    assert_counts(snapshot, 3, 0, 0);
    die(&a);
    die(&b);
    die(&c);
    wt_rig_close(&rig);
}

static void a_second_connection_of_a_worker_has_its_slot(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct life a = start(&rig, 7);
    struct wt_fake before = a.fake;
    a.fake = wt_fake_register(&rig, "web", a.pid, 7); /* the older connection still stands */
    wt_fake_answer(&a.fake, fields);
    has_slot(wt_rig_tick(&rig, second), &a, 1, 0);
    wt_fake_leave(&before); /* leaves nothing free */
    struct life b = start(&rig, 0);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    has_slot(snapshot, &a, 1, 0);
    has_slot(snapshot, &b, 2, 0);
    die(&a);
    die(&b);
    wt_rig_close(&rig);
}

static void workers_of_one_process_have_a_slot_each(void **state) {
    (void)state;
    struct wt_rig rig;
    struct wt_spot spot;
    wt_rig_open(&rig, NULL);
    struct life one = start(&rig, 0);
    struct wt_fake two = wt_fake_register(&rig, "web", one.pid, 0);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    has_slot(snapshot, &one, 1, 0);
    assert_true(wt_find_worker(snapshot, two.id, &spot));
    assert_int_equal(spot.worker->slot, 2);
    wt_child_kill(one.pid, true);
    wt_fake_leave(&one.fake);
    wt_fake_leave(&two);
    struct life next = start(&rig, 0);
    snapshot = wt_rig_tick(&rig, second);
    has_slot(snapshot, &next, 1, 1);
    assert_counts(snapshot, 2, 1, 0);
    die(&next);
    wt_rig_close(&rig);
}

static void a_service_that_became_smaller_forgets_slots(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct life a = start(&rig, 0), b = start(&rig, 0), c = start(&rig, 0);
    wt_rig_tick(&rig, second);
    die(&a);
    die(&c);
    wt_rig_tick(&rig, second);
    assert_counts(wt_rig_tick(&rig, 599 * second), 3, 0, 0);
    wt_rig_tick(&rig, 5 * second);
    wt_rig_tick(&rig, second);
    assert_counts(wt_rig_tick(&rig, second), 1, 0, 0);
    a = start(&rig, 0); /* the least number that is not in use */
    c = start(&rig, 0);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    has_slot(snapshot, &a, 1, 0);
    has_slot(snapshot, &b, 2, 0);
    has_slot(snapshot, &c, 3, 0);
    die(&a);
    die(&b);
    die(&c);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rolling_restart_replaces_each_slot_once),
        cmocka_unit_test(a_crash_loop_replaces_one_slot_again_and_again),
        cmocka_unit_test(who_comes_back_has_its_slot_again),
        cmocka_unit_test(a_second_connection_of_a_worker_has_its_slot),
        cmocka_unit_test(workers_of_one_process_have_a_slot_each),
        cmocka_unit_test(a_service_that_became_smaller_forgets_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
