/* A worker is killed at any moment: at most the record that it was writing is lost, what is torn is
 * said to be torn, and the counts are exact.
 *
 * At every step: the worker is stepped with ptrace, instruction by instruction, through a begin, a
 * record and an end. What lies in the region after each of them is read as that of a dead worker;
 * and at each one that changed a byte of the region a worker is killed for real. At random: a
 * worker whose threads do nothing else is killed a thousand times.
 */
#include "support/support.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/internal.h"
#include "support/region.h"

/* Sanitizers make a hundred instructions out of one, and look after forks of their own. */
#if defined(WT_SANITIZE_THREAD) || defined(__SANITIZE_ADDRESS__)
enum { RANDOM_KILLS = 50 };
#else
enum { RANDOM_KILLS = 1000 };
#endif

enum { ROOM = 1024, BEFORE = 200, STEPS_MOST = 1 << 20, CHANGES_MOST = 1000 };

/* Everything about a record follows from its value, so that half of one is seen. */
static void leave(struct worktop *worktop, int64_t value) {
    char text[80];
    snprintf(text, sizeof text, "record %" PRId64 " of this thread, with a text of its own", value);
    worktop_event(worktop, WORKTOP_NOTE, text, value);
}

static void check_record(const struct wt_record *record) {
    char text[80];
    snprintf(text, sizeof text, "record %" PRId64 " of this thread, with a text of its own",
             record->value);
    assert_false(record->is_nonsense);
    assert_string_equal(record->label, text);
    assert_int_equal(record->kind, WT_RECORD_NOTE);
    assert_int_equal(record->number, record->value);
    assert_true(record->time_ns > 0);
}

/* ---- At every step ---- */

/* What is stepped through. The text is made before: only publishing counts. */
static __attribute__((noinline)) void one_request(struct worktop *worktop, const char *text) {
    worktop_track_begin_labelled(worktop, NULL, "POST /checkout", "8f3a");
    worktop_event(worktop, WORKTOP_NOTE, text, BEFORE + 1);
    worktop_track_end(worktop, NULL);
}

static void be_stepped(struct worktop *worktop) {
    char text[80];
    snprintf(text, sizeof text, "record %d of this thread, with a text of its own", BEFORE + 1);
    for (int64_t i = 1; i <= BEFORE; i++)
        leave(worktop, i);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    one_request(worktop, text);
    raise(SIGSTOP);
    _exit(0);
}

/* A worker of its own in region 0, of so many threads, that does `work`. It dies with the test. */
static pid_t start(const struct test_regions *regions, struct worktop *worktop,
                   void (*work)(struct worktop *worktop)) {
    pid_t parent = getpid(), child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || worktop_restart(worktop) != WORKTOP_OK)
        _exit(1);
    test_worker_attach(worktop, regions, 0);
    work(worktop);
    _exit(0);
}

static void wait_for_stop(pid_t child, int *signal) {
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSTOPPED(status));
    *signal = WSTOPSIG(status);
}

/* One instruction of a child that is stopped. False when it had come to its end. */
static bool step(pid_t child) {
    int signal;
    assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
    wait_for_stop(child, &signal);
    return signal != SIGSTOP;
}

static void kill_worker(pid_t child) {
    int status;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* How often the dead were found in each state: all of them must come up. */
struct found {
    unsigned torn_entries, shown, torn_records, whole_records, without;
};

static void look_at_the_dead(const struct test_regions *regions, struct found *found) {
    struct wt_flight flight = test_region_flight(regions, 0, 0);
    assert_true(flight.state == WT_FLIGHT_IDLE || flight.state == WT_FLIGHT_LABELLED ||
                flight.state == WT_FLIGHT_UNLABELLED || flight.state == WT_FLIGHT_TORN);
    found->torn_entries += flight.state == WT_FLIGHT_TORN;
    if (flight.state == WT_FLIGHT_LABELLED) {
        assert_string_equal(flight.label, "POST /checkout");
        /* The record's id says that it was left in the middle of this. */
        assert_string_equal(flight.id, "8f3a");
        found->shown++;
    }
    static struct wt_record records[ROOM];
    struct wt_ring_cursor *cursor = test_cursor(1);
    struct wt_ring_poll poll = test_region_poll(regions, 0, cursor, true, records, ROOM);
    assert_int_equal(poll.nonsense, 0);
    uint64_t torn = 0;
    for (size_t i = 0; i < poll.count; i++) {
        torn += records[i].is_torn;
        if (records[i].is_torn)
            assert_int_equal(records[i].number, BEFORE + 1);
        else
            check_record(&records[i]);
    }
    uint64_t newest = records[poll.count - 1].number;
    assert_true(newest == BEFORE || newest == BEFORE + 1);
    assert_int_equal(poll.count + poll.lost, newest);
    /* One of the old ones gives way to the new, and no other. Torn or whole, the new one is there;
     * at most one instruction lies between its first byte and the loss of the old one. */
    assert_int_equal(poll.count, test_region_tables(regions, 0).ring_count);
    found->torn_records += torn > 0;
    found->whole_records += torn == 0 && newest > BEFORE;
    found->without += newest == BEFORE;
    free(cursor);
}

/* Steps a worker until it has changed the region `most` times, or to its end, and kills it then.
 * Looks after each step when told to. Returns the changes made. */
static int step_and_kill(const struct test_regions *regions, struct worktop *worktop, int most,
                         struct found *each_step) {
    pid_t child = start(regions, worktop, be_stepped);
    unsigned char *before = malloc(regions->stride);
    assert_non_null(before);
    int count = 0, steps = 0, signal;
    wait_for_stop(child, &signal);
    memcpy(before, regions->map, regions->stride);
    while (count < most && step(child)) {
        assert_true(++steps < STEPS_MOST);
        if (each_step != NULL)
            look_at_the_dead(regions, each_step);
        if (memcmp(before, regions->map, regions->stride) == 0)
            continue;
        memcpy(before, regions->map, regions->stride);
        count++;
    }
    kill_worker(child);
    free(before);
    if (each_step != NULL)
        printf("%d instructions, %d of them change the region\n", steps, count);
    return count;
}

/* A region and a worktop that nobody used before. */
static struct worktop *renew(struct test_regions *regions, struct worktop *worktop) {
    worktop_close(&worktop);
    memset(regions->map, 0, regions->stride);
    worktop = test_worker_open(1, WORKTOP_RECORD_FAILED);
    test_worker_attach(worktop, regions, 0);
    return worktop;
}

static void a_worker_may_be_killed_at_every_step(void **state) {
    (void)state;
    struct test_regions regions;
    struct found stepped = {0}, killed = {0};
    test_regions_open(&regions, 1, 1);
    struct worktop *worktop = renew(&regions, NULL);
    int count = step_and_kill(&regions, worktop, CHANGES_MOST, &stepped);
    for (int i = 0; i <= count; i++) {
        worktop = renew(&regions, worktop);
        step_and_kill(&regions, worktop, i, NULL);
        look_at_the_dead(&regions, &killed);
    }
    worktop_close(&worktop);
    test_regions_close(&regions);
    const struct found *const all[] = {&stepped, &killed};
    for (size_t i = 0; i < 2; i++) {
        printf("entries: %u torn, %u shown; the record: %u not begun, %u torn, %u whole\n",
               all[i]->torn_entries, all[i]->shown, all[i]->without, all[i]->torn_records,
               all[i]->whole_records);
        assert_true(all[i]->torn_entries > 0 && all[i]->shown > 0 && all[i]->without > 0);
        assert_true(all[i]->torn_records > 0 && all[i]->whole_records > 0);
    }
}

/* ---- At random ---- */

enum { THREADS = 3 };

static void *leave_for_ever(void *argument) {
    for (int64_t i = 1;; i++) {
        worktop_track_begin_labelled(argument, NULL, "in flight", "1");
        leave(argument, i);
        worktop_track_end(argument, NULL);
    }
    return NULL;
}

static void work_until_killed(struct worktop *worktop) {
    pthread_t thread;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&thread, NULL, leave_for_ever, worktop) != 0)
            _exit(1);
    for (;;)
        pause();
}

/* What a reader saw of one worker. */
struct seen {
    uint64_t delivered, lost, torn;
    uint64_t newest[THREADS];
};

static void look(const struct test_regions *regions, struct wt_ring_cursor *cursor, bool is_final,
                 struct seen *seen) {
    static struct wt_record records[ROOM];
    struct wt_flight_tables tables;
    if (wt_flight_tables(regions->map, regions->stride, &tables) != WT_RECORDER_READY)
        return; /* it has only just begun */
    struct wt_ring_poll poll = test_region_poll(regions, 0, cursor, is_final, records, ROOM);
    assert_int_equal(poll.nonsense, 0);
    seen->lost += poll.lost;
    for (size_t i = 0; i < poll.count; i++) {
        const struct wt_record *record = &records[i];
        assert_true(record->number > seen->newest[record->thread]); /* in order, none twice */
        seen->newest[record->thread] = record->number;
        if (record->is_torn)
            seen->torn++;
        else
            check_record(record);
        seen->delivered++;
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        struct wt_flight flight = test_region_flight(regions, 0, i);
        if (flight.state == WT_FLIGHT_LABELLED)
            assert_string_equal(flight.label, "in flight");
    }
}

static void a_worker_may_be_killed_a_thousand_times(void **state) {
    (void)state;
    struct wt_ring_cursor *cursor = test_cursor(THREADS);
    uint64_t torn = 0, delivered = 0, lost = 0;
    for (unsigned i = 0; i < RANDOM_KILLS; i++) {
        struct test_regions regions;
        test_regions_open(&regions, THREADS, 1);
        struct worktop *worktop = test_worker_open(THREADS, WORKTOP_RECORD_FAILED);
        wt_ring_cursor_init(cursor, THREADS);
        pid_t child = start(&regions, worktop, work_until_killed);
        /* So many looks at a worker that is at work, then the kill: it hits whatever comes next. */
        struct seen seen = {0};
        int64_t begin_ns = wt_clock_now().monotonic_ns;
        for (unsigned looks = 0; looks < 1 + i % 2;) {
            uint64_t before = seen.delivered;
            look(&regions, cursor, false, &seen);
            looks += seen.delivered > before;
            assert_true(wt_clock_now().monotonic_ns - begin_ns < 60 * WT_NS_PER_S);
        }
        kill_worker(child);
        look(&regions, cursor, true, &seen);
        assert_true(seen.torn <= THREADS);
        uint64_t newest = 0;
        for (uint32_t k = 0; k < THREADS; k++)
            newest += cursor->read[k];
        assert_int_equal(seen.delivered + seen.lost, newest);
        torn += seen.torn;
        delivered += seen.delivered;
        lost += seen.lost;
        worktop_close(&worktop);
        test_regions_close(&regions);
    }
    printf("%d kills: %" PRIu64 " records delivered, %" PRIu64
           " overwritten before they were read, "
           "%" PRIu64 " torn\n",
           RANDOM_KILLS, delivered, lost, torn);
    free(cursor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_may_be_killed_at_every_step),
        cmocka_unit_test(a_worker_may_be_killed_a_thousand_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
