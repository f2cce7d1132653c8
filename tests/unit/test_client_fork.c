/* Fork: the child counts for itself, the parent goes on, a restart makes the child a worker. */
#include "support/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/internal.h"
#include "support/scripted.h"

enum { SEGMENT = 512, STORE_BYTES = 64 * SEGMENT };

static const struct worktop_field fields[] = {
    {"shared_total", WORKTOP_U64, WORKTOP_ADD},
    {"own_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
    {"level", WORKTOP_U64, WORKTOP_SET},
};
enum { FIELDS = 3 };

struct family {
    struct test_monitor monitor;
    struct worktop *worktop;
    struct worktop_handle *shared, *own, *level;
};

/* Without a thread under ThreadSanitizer, which cannot start one after a fork. */
#ifdef WT_SANITIZE_THREAD
enum { FLAGS = WORKTOP_NO_THREAD };
#else
enum { FLAGS = 0 };
#endif

static void open_family(struct family *family, unsigned flags) {
    *family = (struct family){0};
    test_monitor_open(&family->monitor, STORE_BYTES);
    test_monitor_listen(&family->monitor);
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = family->monitor.socket_path;
    options.service = "web";
    options.flags = flags;
    assert_int_equal(worktop_open(&family->worktop, &options, fields, FIELDS), WORKTOP_OK);
    if ((flags & WORKTOP_NO_THREAD) != 0)
        family->monitor.dispatched = family->worktop;
    family->shared = worktop_get(family->worktop, "shared_total", WORKTOP_U64, WORKTOP_ADD);
    family->own = worktop_get(family->worktop, "own_total", WORKTOP_U64, WORKTOP_ONE_WRITER);
    family->level = worktop_get(family->worktop, "level", WORKTOP_U64, WORKTOP_SET);
    test_monitor_until_state(&family->monitor, family->worktop, WORKTOP_ATTACHED);
    test_monitor_give_segment(&family->monitor, 0);
    test_monitor_offer(&family->monitor, "setup_recorder", family->monitor.store_path, 576, 1152);
    assert_int_equal(family->monitor.outcome, WT_BUS_RETURNED);
}

static void close_family(struct family *family) {
    worktop_close(&family->worktop);
    test_monitor_close(&family->monitor);
}

/* What a program starts with exec inherits nothing of ours: neither the connection, which would
 * outlive the worker, nor a way into the monitor's files. */
static void exec_closes_every_descriptor(void **state) {
    (void)state;
    struct family family;
    open_family(&family, WORKTOP_NO_THREAD);
    const struct worktop *worktop = family.worktop;
    const int ours[] = {worktop->uplink.epoll_fd,  worktop->uplink.timer_fd,
                        worktop->uplink.wake_fd,   worktop->uplink.socket_fd,
                        worktop->cells.segment.fd, worktop->recorder.region.fd,
                        worktop_fd(family.worktop)};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        assert_true(ours[i] >= 0);
        assert_int_equal(fcntl(ours[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    }
    assert_true((fcntl(worktop->uplink.socket_fd, F_GETFL) & O_NONBLOCK) != 0);
    close_family(&family);
}

/* In the child: numbers the ways in which it may be wrong; the exit code tells the parent. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            _exit(__LINE__ % 250 + 1);                                                             \
    } while (0)

static void reap(pid_t child) {
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 0)
        fail_msg("the child failed at a line that is %d modulo 250", WEXITSTATUS(status) - 1);
}

static void the_child_counts_for_itself(void **state) {
    (void)state;
    struct family family;
    open_family(&family, FLAGS);
    worktop_add(family.shared, 10);
    worktop_own_add(family.own, 20);
    worktop_track_begin(family.worktop, NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        worktop_add(family.shared, 1000);
        worktop_own_add(family.own, 1000);
        worktop_set(family.level, 1000);
        worktop_track_begin(family.worktop, family.shared);
        worktop_track_end(family.worktop, family.shared);
        CHECK(*worktop_cell(family.shared) == 1010); /* what was there, and its own adds */
        struct worktop_info info = {.struct_size = sizeof info};
        CHECK(worktop_get_info(family.worktop, &info) == WORKTOP_OK);
        CHECK(info.state == WORKTOP_DETACHED && !info.has_segment && !info.has_recorder);
        CHECK(worktop_dispatch(family.worktop) == WORKTOP_EFORKED);
        CHECK(worktop_fd(family.worktop) == -1);
        worktop_close(&family.worktop);
        worktop_add(family.shared, 1);
        _exit(0);
    }
    reap(child);
    worktop_add(family.shared, 1);
    worktop_track_end(family.worktop, NULL);
    assert_int_equal(test_monitor_word(&family.monitor, 0), 11);
    assert_int_equal(test_monitor_word(&family.monitor, 8), 20);
    assert_int_equal(test_monitor_word(&family.monitor, 16), 0);
    assert_int_equal(test_monitor_word(&family.monitor, 1152 + 64), 4); /* two steps, both ours */
    assert_int_equal(test_info(family.worktop).state, WORKTOP_ATTACHED);
    assert_int_equal(family.monitor.connections, 1);
    close_family(&family);
}

/* The child's end of the monitor's connection was closed: the parent's leaving is seen at once. */
static bool is_gone(const struct test_monitor *monitor, void *context) {
    (void)context;
    return monitor->peer == NULL;
}

static void a_living_child_does_not_hold_the_parents_connection(void **state) {
    (void)state;
    struct family family;
    open_family(&family, FLAGS);
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char byte;
        close(pipe_fds[1]);
        CHECK(read(pipe_fds[0], &byte, 1) == 0); /* until the parent lets go */
        _exit(0);
    }
    close(pipe_fds[0]);
    family.monitor.dispatched = NULL;
    worktop_close(&family.worktop);
    test_monitor_until(&family.monitor, is_gone, NULL);
    close(pipe_fds[1]);
    reap(child);
    close_family(&family);
}

static void run_restarted_child(struct family *family) {
    CHECK(worktop_restart(family->worktop) == WORKTOP_OK);
    CHECK(worktop_restart(family->worktop) == WORKTOP_ESTATE);
    CHECK(*worktop_cell(family->shared) == 0 && *worktop_cell(family->own) == 0);
    worktop_add(family->shared, 5);
    worktop_own_add(family->own, 6);
    worktop_set(family->level, 7);
    worktop_track_begin(family->worktop, NULL);
    /* Served until the monitor hangs up. The pause after that may be too short to be seen; then
     * there is a second connection. */
    struct worktop_info info = {.struct_size = sizeof info};
    for (;;) {
        CHECK(worktop_get_info(family->worktop, &info) == WORKTOP_OK);
        if ((info.has_recorder && info.state == WORKTOP_DISCONNECTED) || info.connections > 1)
            break;
        CHECK(worktop_dispatch(family->worktop) == WORKTOP_OK);
        sched_yield();
    }
    worktop_close(&family->worktop);
    _exit(0);
}

static void a_restarted_child_is_a_worker_of_its_own(void **state) {
    (void)state;
    struct family family;
    open_family(&family, FLAGS);
    worktop_add(family.shared, 10);
    worktop_own_add(family.own, 20);
    worktop_track_begin(family.worktop, NULL); /* under way in the parent, not in the child */
    char parents_instance[64];
    strcpy(parents_instance, family.monitor.instance);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_restarted_child(&family);

    family.monitor.dispatched = NULL; /* the parent rests; the newest connection is the child's */
    test_monitor_until_registered(&family.monitor, 2);
    assert_int_equal(family.monitor.process_id, child);
    assert_string_not_equal(family.monitor.instance, parents_instance);
    assert_string_equal(family.monitor.service, "web");
    test_monitor_give_segment(&family.monitor, 4);
    assert_int_equal(test_monitor_word(&family.monitor, 4 * SEGMENT), 5);
    assert_int_equal(test_monitor_word(&family.monitor, 4 * SEGMENT + 8), 6);
    assert_int_equal(test_monitor_word(&family.monitor, 4 * SEGMENT + 16), 7);
    test_monitor_offer(&family.monitor, "setup_recorder", family.monitor.store_path, 576, 5760);
    assert_int_equal(family.monitor.outcome, WT_BUS_RETURNED);
    assert_int_equal(test_monitor_word(&family.monitor, 5760 + 64 + 8), 1); /* active, from 0 */
    assert_int_equal(test_monitor_word(&family.monitor, 0), 10); /* the parent's, untouched */
    assert_int_equal(test_monitor_word(&family.monitor, 8), 20);
    test_monitor_hang_up(&family.monitor);
    reap(child);
    close_family(&family);
}

/* Another thread was in the middle of a step when the fork came. It is not in the child, but its
 * slot is, and goes to whoever asks next: that one's record must be readable at rest. */
static void a_slot_that_a_fork_caught_half_written_is_whole_again(void **state) {
    (void)state;
    struct family family;
    open_family(&family, WORKTOP_NO_THREAD);
    struct wt_track_slot *slot = &family.worktop->recorder.slots[0];
    slot->owner = &family; /* that thread */
    slot->truth = (struct wt_shared_recorder_thread){.sequence = 7, .active = 1, .area_ns = 5};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        CHECK(worktop_restart(family.worktop) == WORKTOP_OK);
        worktop_track_begin(family.worktop, NULL);
        CHECK(slot->truth.sequence % 2 == 0 && slot->truth.active == 1);
        worktop_track_end(family.worktop, NULL);
        CHECK(slot->truth.sequence % 2 == 0 && slot->truth.active == 0);
        _exit(0);
    }
    reap(child);
    close_family(&family);
}

/* Some programs close every descriptor from 3 up, ours too: the worker is lost to its monitor then,
 * but neither spins nor hangs nor crashes. */
static void a_program_may_close_descriptors_that_are_not_its_own(void **state) {
    (void)state;
    struct family family;
    open_family(&family, FLAGS);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        CHECK(worktop_restart(family.worktop) == WORKTOP_OK);
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
        worktop_add(family.shared, 1);
        CHECK(worktop_dispatch(family.worktop) == WORKTOP_OK);
        struct worktop_info info = {.struct_size = sizeof info};
        CHECK(worktop_get_info(family.worktop, &info) == WORKTOP_OK);
        CHECK(*worktop_cell(family.shared) == 1);
        worktop_close(&family.worktop);
        _exit(0);
    }
    reap(child);
    close_family(&family);
}

/* ---- Fork while threads add ---- */

struct adder {
    struct family *family;
    bool stop; /* atomic */
    uint64_t adds;
};

static void *add_all_the_time(void *argument) {
    struct adder *adder = argument;
    while (!__atomic_load_n(&adder->stop, __ATOMIC_RELAXED)) {
        worktop_add(adder->family->shared, 1);
        worktop_track_begin(adder->family->worktop, NULL);
        worktop_track_end(adder->family->worktop, NULL);
        adder->adds++;
    }
    return NULL;
}

static void forks_under_load_disturb_nobody(void **state) {
    (void)state;
    enum { THREADS = 3, FORKS = 20 };
    struct family family;
    open_family(&family, FLAGS);
    struct adder adders[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        adders[i] = (struct adder){.family = &family};
        assert_int_equal(pthread_create(&threads[i], NULL, add_all_the_time, &adders[i]), 0);
    }
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            uint64_t before = *worktop_cell(family.shared);
            for (int k = 0; k < 1000; k++)
                worktop_add(family.shared, 1);
            CHECK(*worktop_cell(family.shared) == before + 1000); /* alone in there */
            worktop_track_begin(family.worktop, NULL);
            worktop_track_end(family.worktop, NULL);
            _exit(0);
        }
        test_monitor_give_segment(&family.monitor, (uint32_t)i % 2 + 4); /* a switch meanwhile */
        reap(child);
    }
    uint64_t adds = 0;
    for (int i = 0; i < THREADS; i++) {
        __atomic_store_n(&adders[i].stop, true, __ATOMIC_RELAXED);
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        adds += adders[i].adds;
    }
    test_monitor_give_segment(&family.monitor, (FORKS - 1) % 2 + 4); /* drains what is late */
    assert_int_equal(test_monitor_word(&family.monitor, ((FORKS - 1) % 2 + 4) * SEGMENT), adds);
    assert_int_equal(family.monitor.connections, 1);
    close_family(&family);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exec_closes_every_descriptor),
        cmocka_unit_test(the_child_counts_for_itself),
        cmocka_unit_test(a_living_child_does_not_hold_the_parents_connection),
        cmocka_unit_test(a_restarted_child_is_a_worker_of_its_own),
        cmocka_unit_test(a_slot_that_a_fork_caught_half_written_is_whole_again),
        cmocka_unit_test(a_program_may_close_descriptors_that_are_not_its_own),
        cmocka_unit_test(forks_under_load_disturb_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
