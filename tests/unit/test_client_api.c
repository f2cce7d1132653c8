/* The public functions as a program uses them: arguments, forms, tracking, threads, close. */
#include "support/support.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/internal.h"
#include "support/scripted.h"

enum { SEGMENT = 512, STORE_BYTES = 64 * SEGMENT };

static const struct worktop_field fields[] = {
    {"requests_total", WORKTOP_U64, WORKTOP_ADD}, {"requests_active", WORKTOP_U64, WORKTOP_ADD},
    {"level", WORKTOP_S64, WORKTOP_ONE_WRITER},   {"load", WORKTOP_F64, WORKTOP_SET},
    {"load_sum", WORKTOP_F64, WORKTOP_ADD},
};
enum { FIELDS = 5 };

static uint64_t now_ns(void) {
    return (uint64_t)wt_clock_now().monotonic_ns;
}

static struct worktop *open_quietly(unsigned flags, unsigned threads) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = "/nonexistent/supervisor.ipc";
    options.flags = flags;
    options.threads = threads;
    struct worktop *worktop;
    assert_int_equal(worktop_open(&worktop, &options, fields, FIELDS), WORKTOP_OK);
    return worktop;
}

static int try_open(struct worktop_options options, const struct worktop_field *some,
                    size_t count) {
    struct worktop *worktop = (struct worktop *)(void *)&options;
    int status = worktop_open(&worktop, &options, some, count);
    if (status != WORKTOP_OK)
        assert_null(worktop);
    worktop_close(&worktop);
    return status;
}

static void open_checks_its_arguments(void **state) {
    (void)state;
    struct worktop *worktop;
    struct worktop_options good = WORKTOP_OPTIONS_INIT, bad;
    good.socket_path = "/nonexistent/supervisor.ipc";
    good.flags = WORKTOP_NO_THREAD;
    assert_int_equal(try_open(good, fields, FIELDS), WORKTOP_OK);
    assert_int_equal(try_open(good, NULL, 0), WORKTOP_OK);
    assert_int_equal(worktop_open(NULL, &good, fields, FIELDS), WORKTOP_EINVAL);
    assert_int_equal(worktop_open(&worktop, NULL, fields, FIELDS), WORKTOP_EINVAL);
    assert_int_equal(try_open(good, NULL, 1), WORKTOP_EINVAL);
    assert_int_equal(try_open(good, fields, WORKTOP_MAX_FIELDS + 1), WORKTOP_EINVAL);
    bad = good;
    bad.struct_size = 0;
    assert_int_equal(try_open(bad, fields, FIELDS), WORKTOP_EINVAL);
    bad = good;
    bad.struct_size += 8;
    assert_int_equal(try_open(bad, fields, FIELDS), WORKTOP_EINVAL);
    bad = good;
    bad.flags = 1u << 31;
    assert_int_equal(try_open(bad, fields, FIELDS), WORKTOP_EINVAL);
    bad = good;
    bad.threads = WORKTOP_MAX_THREADS + 1;
    assert_int_equal(try_open(bad, fields, FIELDS), WORKTOP_EINVAL);
    bad = good;
    bad.socket_path = "";
    assert_int_equal(try_open(bad, fields, FIELDS), WORKTOP_EINVAL);
    char name[WORKTOP_MAX_NAME_BYTES + 2];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    bad = good;
    bad.service = name;
    assert_int_equal(try_open(bad, fields, FIELDS), WORKTOP_EINVAL);
    bad.service = name + 1; /* 255 bytes are allowed */
    assert_int_equal(try_open(bad, fields, FIELDS), WORKTOP_OK);

    struct worktop_field wrong = {"x", WORKTOP_U64, WORKTOP_ADD};
    wrong.key = NULL;
    assert_int_equal(try_open(good, &wrong, 1), WORKTOP_EFIELD);
    wrong.key = "";
    assert_int_equal(try_open(good, &wrong, 1), WORKTOP_EFIELD);
    wrong.key = name;
    assert_int_equal(try_open(good, &wrong, 1), WORKTOP_EFIELD);
    wrong.key = name + 1;
    assert_int_equal(try_open(good, &wrong, 1), WORKTOP_OK);
    wrong.type = (enum worktop_type)3;
    assert_int_equal(try_open(good, &wrong, 1), WORKTOP_EFIELD);
    wrong.type = WORKTOP_U64;
    wrong.form = (enum worktop_form)3;
    assert_int_equal(try_open(good, &wrong, 1), WORKTOP_EFIELD);
    const struct worktop_field twice[] = {{"x", WORKTOP_U64, WORKTOP_ADD},
                                          {"x", WORKTOP_S64, WORKTOP_SET}};
    assert_int_equal(try_open(good, twice, 2), WORKTOP_EFIELD);
}

static void every_status_has_a_text(void **state) {
    (void)state;
    for (int status = WORKTOP_ESTATE; status <= WORKTOP_OK; status++)
        assert_string_not_equal(worktop_error(status), "unknown status");
    assert_string_equal(worktop_error(1), "unknown status");
    assert_string_equal(worktop_error(-99), "unknown status");
}

static void null_is_no_crash(void **state) {
    (void)state;
    struct worktop *none = NULL;
    worktop_close(NULL);
    worktop_close(&none);
    assert_int_equal(worktop_restart(NULL), WORKTOP_EINVAL);
    assert_int_equal(worktop_dispatch(NULL), WORKTOP_EINVAL);
    assert_int_equal(worktop_fd(NULL), -1);
    assert_int_equal(worktop_get_info(NULL, NULL), WORKTOP_EINVAL);
    assert_null(worktop_get(NULL, "x", WORKTOP_U64, WORKTOP_ADD));
}

static void a_handle_has_one_type_and_one_form(void **state) {
    (void)state;
    struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD, 0);
    for (int field = 0; field < FIELDS; field++) {
        for (int type = WORKTOP_U64; type <= WORKTOP_F64; type++) {
            for (int form = WORKTOP_ONE_WRITER; form <= WORKTOP_SET; form++) {
                errno = 0;
                struct worktop_handle *handle = worktop_get(
                    worktop, fields[field].key, (enum worktop_type)type, (enum worktop_form)form);
                bool fits = type == (int)fields[field].type && form == (int)fields[field].form;
                assert_int_equal(handle != NULL, fits);
                assert_int_equal(errno, fits ? 0 : EINVAL);
            }
        }
    }
    errno = 0;
    assert_null(worktop_get(worktop, "absent", WORKTOP_U64, WORKTOP_ADD));
    assert_int_equal(errno, ENOENT);
    struct worktop_info info = {.struct_size = 3};
    assert_int_equal(worktop_get_info(worktop, &info), WORKTOP_EINVAL);
    assert_int_equal(worktop_restart(worktop), WORKTOP_ESTATE);
    worktop_close(&worktop);
    assert_null(worktop);
}

static void the_descriptor_wakes_a_loop_of_the_programs_own(void **state) {
    (void)state;
    struct test_monitor monitor;
    test_monitor_open(&monitor, STORE_BYTES);
    struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD, 0);
    assert_true(worktop_fd(worktop) >= 0);
    worktop_close(&worktop);

    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = monitor.socket_path;
    options.flags = WORKTOP_NO_THREAD;
    test_monitor_listen(&monitor);
    assert_int_equal(worktop_open(&worktop, &options, fields, FIELDS), WORKTOP_OK);
    monitor.dispatched = worktop; /* only ever dispatched when its descriptor says so */
    test_monitor_until_state(&monitor, worktop, WORKTOP_ATTACHED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(worktop_dispatch(worktop), WORKTOP_OK); /* nothing to do: fine */
    worktop_close(&worktop);
    monitor.dispatched = NULL;
    test_monitor_close(&monitor);
}

/* ---- Several at once, in threads of their own, and after the end ---- */

static void two_worktops_with_threads_do_not_meet(void **state) {
    (void)state;
    struct test_monitor monitors[2];
    struct worktop *worktops[2];
    struct worktop_handle *totals[2];
    for (int i = 0; i < 2; i++) {
        test_monitor_open(&monitors[i], STORE_BYTES);
        test_monitor_listen(&monitors[i]);
        struct worktop_options options = WORKTOP_OPTIONS_INIT;
        options.socket_path = monitors[i].socket_path;
        options.service = i == 0 ? "web" : "jobs";
        assert_int_equal(worktop_open(&worktops[i], &options, fields, FIELDS), WORKTOP_OK);
        assert_int_equal(worktop_fd(worktops[i]), -1);
        assert_int_equal(worktop_dispatch(worktops[i]), WORKTOP_OK);
        totals[i] = worktop_get(worktops[i], "requests_total", WORKTOP_U64, WORKTOP_ADD);
    }
    for (int i = 0; i < 2; i++) {
        worktop_add(totals[i], 10 + (uint64_t)i);
        test_monitor_until_state(&monitors[i], worktops[i], WORKTOP_ATTACHED);
        assert_string_equal(monitors[i].service, i == 0 ? "web" : "jobs");
        test_monitor_give_segment(&monitors[i], 3);
        worktop_add(totals[i], 1);
        assert_int_equal(test_monitor_word(&monitors[i], 3 * SEGMENT), 11 + i);
    }
    assert_string_not_equal(monitors[0].instance, monitors[1].instance);
    for (int i = 0; i < 2; i++) {
        worktop_close(&worktops[i]);
        worktop_add(totals[i], 100); /* late, harmless, and seen by nobody */
        assert_int_equal(test_monitor_word(&monitors[i], 3 * SEGMENT), 11 + i);
    }
    for (int i = 0; i < 2; i++)
        test_monitor_close(&monitors[i]);
}

static bool is_gone(const struct test_monitor *monitor, void *context) {
    (void)context;
    return monitor->peer == NULL;
}

static void close_leaves_the_monitor_and_late_calls_are_harmless(void **state) {
    (void)state;
    struct test_monitor monitor;
    test_monitor_open(&monitor, STORE_BYTES);
    test_monitor_listen(&monitor);
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = monitor.socket_path;
    struct worktop *worktop;
    assert_int_equal(worktop_open(&worktop, &options, fields, FIELDS), WORKTOP_OK);
    struct worktop_handle *active =
        worktop_get(worktop, "requests_active", WORKTOP_U64, WORKTOP_ADD);
    struct worktop *kept = worktop;
    test_monitor_until_state(&monitor, worktop, WORKTOP_ATTACHED);
    test_monitor_give_segment(&monitor, 0);
    test_monitor_offer(&monitor, "setup_recorder", monitor.store_path, 576, 1152);
    worktop_track_begin(worktop, active);
    worktop_close(&worktop);
    test_monitor_until(&monitor, is_gone, NULL);
    worktop_track_end(kept, active);
    worktop_track_begin(kept, active);
    assert_int_equal(test_monitor_word(&monitor, 8), 1);
    test_monitor_close(&monitor);
}

/* The mask of blocked signals of one of our threads. */
static unsigned long long blocked_signals(const char *thread) {
    char path[PATH_MAX], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *file = fopen(path, "r");
    unsigned long long mask = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "SigBlk: %llx", &mask);
    if (file != NULL)
        fclose(file);
    return mask;
}

static bool is_named_worktop(const char *thread) {
    char path[PATH_MAX], name[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", thread);
    FILE *file = fopen(path, "r");
    bool is_it =
        file != NULL && fgets(name, sizeof name, file) != NULL && strcmp(name, "worktop\n") == 0;
    if (file != NULL)
        fclose(file);
    return is_it;
}

static void programs_own_handler(int number) {
    (void)number;
}

/* SIGBUS is taken where nobody has it, left alone where the program has it, and not touched at all
 * when it says so. */
static void sigbus_belongs_to_the_program(void **state) {
    (void)state;
    const struct {
        void (*before)(int);
        unsigned flags;
        bool taken;
    } cases[] = {{SIG_DFL, 0, true},
                 {SIG_DFL, WORKTOP_NO_SIGBUS_GUARD, false},
                 {SIG_IGN, 0, false},
                 {programs_own_handler, 0, false}};
    struct sigaction saved, after;
    assert_int_equal(sigaction(SIGBUS, NULL, &saved), 0); /* cmocka's */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigaction before = {.sa_handler = cases[i].before};
        assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
        struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD | cases[i].flags, 1);
        assert_int_equal(sigaction(SIGBUS, NULL, &after), 0);
        bool taken = (after.sa_flags & SA_SIGINFO) != 0;
        assert_true(taken || after.sa_handler == cases[i].before);
        assert_int_equal(taken, cases[i].taken);
        worktop_close(&worktop);
    }
    assert_int_equal(sigaction(SIGBUS, &saved, NULL), 0);
}

static void the_thread_takes_none_of_the_programs_signals(void **state) {
    (void)state;
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    struct worktop *worktop = open_quietly(0, 0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < NSIG; number++)
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
    int found = 0;
    DIR *threads = opendir("/proc/self/task");
    assert_non_null(threads);
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] == '.' || !is_named_worktop(entry->d_name))
            continue;
        /* The C library starts a thread with everything blocked, and then sets its real mask. */
        uint64_t end_ns = now_ns() + 10 * (uint64_t)WT_NS_PER_S;
        unsigned long long mask = blocked_signals(entry->d_name);
        while ((mask >> (SIGBUS - 1) & 1) != 0 && now_ns() < end_ns)
            mask = blocked_signals(entry->d_name);
        found++;
        static const int blocked[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGALRM, SIGPIPE};
        for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++)
            assert_true((mask >> (blocked[i] - 1) & 1) == 1);
        assert_true((mask >> (SIGBUS - 1) & 1) == 0); /* or the guard could not help it */
    }
    closedir(threads);
    assert_int_equal(found, 1);
    worktop_close(&worktop);
}

/* ---- Tracking ---- */

struct busy {
    uint64_t active, area_ns, sequence;
};

static struct busy sum_slots(const struct worktop *worktop) {
    struct busy sum = {0};
    for (uint32_t i = 0; i < worktop->recorder.slot_count; i++) {
        sum.active += worktop->recorder.slots[i].truth.active;
        sum.area_ns += worktop->recorder.slots[i].truth.area_ns;
        sum.sequence += worktop->recorder.slots[i].truth.sequence;
    }
    return sum;
}

static void tracking_counts_nested_calls_and_their_time(void **state) {
    (void)state;
    struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD, 0);
    struct worktop_handle *active =
        worktop_get(worktop, "requests_active", WORKTOP_U64, WORKTOP_ADD);
    uint64_t begin_ns = now_ns();
    worktop_track_begin(worktop, active);
    worktop_track_begin(worktop, active);
    assert_int_equal(*worktop_cell(active), 2);
    assert_int_equal(sum_slots(worktop).active, 2);
    uint64_t middle_ns = now_ns();
    while (now_ns() < middle_ns + 1000000)
        continue;
    uint64_t late_ns = now_ns();
    worktop_track_end(worktop, active);
    worktop_track_end(worktop, active);
    uint64_t end_ns = now_ns();
    struct busy busy = sum_slots(worktop);
    assert_int_equal(*worktop_cell(active), 0);
    assert_int_equal(busy.active, 0);
    assert_true(busy.area_ns >= 2 * (late_ns - middle_ns));
    assert_true(busy.area_ns <= 2 * (end_ns - begin_ns));
    assert_int_equal(busy.sequence % 2, 0);
    worktop_close(&worktop);
}

static void a_gauge_of_any_form_but_set_follows(void **state) {
    (void)state;
    struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD, 0);
    struct worktop_handle *level = worktop_get(worktop, "level", WORKTOP_S64, WORKTOP_ONE_WRITER);
    struct worktop_handle *load = worktop_get(worktop, "load", WORKTOP_F64, WORKTOP_SET);
    struct worktop_handle *sum = worktop_get(worktop, "load_sum", WORKTOP_F64, WORKTOP_ADD);
    worktop_own_set_s64(level, -5);
    worktop_set_f64(load, 0.25);
    worktop_track_begin(worktop, level);
    worktop_track_begin(worktop, load);
    worktop_track_begin(worktop, sum);
    assert_int_equal((int64_t)*worktop_cell(level), -4);
    assert_true(worktop_f64_value(*worktop_cell(load)) == 0.25);
    assert_true(worktop_f64_value(*worktop_cell(sum)) == 1.0);
    worktop_track_end(worktop, sum);
    worktop_track_end(worktop, level);
    assert_int_equal((int64_t)*worktop_cell(level), -5);
    assert_true(worktop_f64_value(*worktop_cell(sum)) == 0.0);
    worktop_close(&worktop);
}

struct crew {
    struct worktop *worktop;
    struct worktop_handle *active;
    pthread_barrier_t here, go;
};

static void *begin_only(void *argument) {
    struct crew *crew = argument;
    worktop_track_begin(crew->worktop, crew->active);
    pthread_barrier_wait(&crew->here);
    pthread_barrier_wait(&crew->go);
    return NULL;
}

static void threads_beyond_the_region_are_counted_and_slots_come_back(void **state) {
    (void)state;
    enum { THREADS = 6, SLOTS = 4 };
    struct crew crew = {.worktop = open_quietly(WORKTOP_NO_THREAD, SLOTS)};
    crew.active = worktop_get(crew.worktop, "requests_active", WORKTOP_U64, WORKTOP_ADD);
    pthread_barrier_init(&crew.here, NULL, THREADS + 1);
    pthread_barrier_init(&crew.go, NULL, THREADS + 1);
    for (int round = 1; round <= 3; round++) {
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, begin_only, &crew), 0);
        pthread_barrier_wait(&crew.here);
        assert_int_equal(*worktop_cell(crew.active), THREADS * round);
        assert_int_equal(sum_slots(crew.worktop).active, SLOTS * round);
        assert_int_equal(test_info(crew.worktop).untimed_threads, (THREADS - SLOTS) * round);
        pthread_barrier_wait(&crew.go);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    /* What others began may be ended here: only the sum means something. */
    for (int i = 0; i < 3 * SLOTS; i++)
        worktop_track_end(crew.worktop, crew.active);
    assert_int_equal(sum_slots(crew.worktop).active, 0);
    pthread_barrier_destroy(&crew.here);
    pthread_barrier_destroy(&crew.go);
    worktop_close(&crew.worktop);
}

/* More worktops than a thread's table has places: each still finds its own slot, and only one. */
static void one_thread_tracks_in_many_worktops(void **state) {
    (void)state;
    enum { MANY = 11 };
    struct worktop *worktops[MANY];
    for (int i = 0; i < MANY; i++)
        worktops[i] = open_quietly(WORKTOP_NO_THREAD, 2);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < MANY; i++)
            worktop_track_begin(worktops[i], NULL);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(sum_slots(worktops[i]).active, 3);
        assert_int_equal(worktops[i]->recorder.slots[0].truth.active, 3);
        assert_int_equal(test_info(worktops[i]).untimed_threads, 0);
        worktop_close(&worktops[i]);
    }
}

/* ---- A region that moves under working threads ---- */

static void *work_until_told(void *argument) {
    struct crew *crew = argument;
    while (__atomic_load_n(&crew->active, __ATOMIC_ACQUIRE) != NULL) {
        worktop_track_begin(crew->worktop, NULL);
        worktop_track_end(crew->worktop, NULL);
    }
    return NULL;
}

static void a_moving_region_shows_the_truth_at_rest(void **state) {
    (void)state;
    enum { THREADS = 3, MOVES = 300 };
    struct test_monitor monitor;
    test_monitor_open(&monitor, STORE_BYTES);
    struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD, THREADS);
    struct worktop_handle flag;
    struct crew crew = {.worktop = worktop, .active = &flag};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work_until_told, &crew), 0);
    struct wt_recorder *recorder = &worktop->recorder;
    uint64_t offset = 0;
    for (int i = 0; i < MOVES; i++) {
        offset = (uint64_t)(i % 50) * 576;
        struct wt_error err;
        if (wt_recorder_attach(recorder, monitor.store_path, 576, offset, now_ns(), &err) != WT_OK)
            fail_msg("%s", err.text);
        assert_false(wt_recorder_heartbeat(recorder, now_ns()));
    }
    __atomic_store_n(&crew.active, NULL, __ATOMIC_RELEASE);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(wt_recorder_heartbeat(recorder, now_ns()));
    for (int i = 0; i < THREADS; i++) {
        uint64_t record = offset + 64 + 32 * (uint64_t)i;
        const struct wt_shared_recorder_thread *truth = &recorder->slots[i].truth;
        assert_int_equal(test_monitor_word(&monitor, record), truth->sequence);
        assert_int_equal(test_monitor_word(&monitor, record + 8), 0);
        assert_int_equal(test_monitor_word(&monitor, record + 16), truth->area_ns);
    }
    worktop_close(&worktop);
    test_monitor_close(&monitor);
}

/* A monitor may offer a region for fewer threads than we have: the others are told, too. */
static void a_region_that_is_too_narrow_counts_who_is_left_out(void **state) {
    (void)state;
    enum { THREADS = 20, USED = 18 };
    struct test_monitor monitor;
    test_monitor_open(&monitor, STORE_BYTES);
    struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD, THREADS);
    struct wt_recorder *recorder = &worktop->recorder;
    char owners[USED];
    for (int i = 0; i < USED; i++)
        wt_recorder_step(wt_recorder_claim(recorder, &owners[i]), 1, now_ns());
    assert_int_equal(wt_recorder_attach(recorder, monitor.store_path, 576, 0, now_ns(), NULL),
                     WT_OK);
    assert_int_equal(test_monitor_word(&monitor, 0) >> 32, 16); /* threads */
    assert_int_equal(test_monitor_word(&monitor, 32) & UINT32_MAX, USED - 16);
    for (int i = 0; i < USED; i++)
        wt_recorder_release(recorder, &owners[i]);
    worktop_close(&worktop);
    test_monitor_close(&monitor);
}

/* A step that began before the switch ends in the private copy of the region that was left. */
static void a_late_step_never_reaches_the_region_that_was_left(void **state) {
    (void)state;
    struct test_monitor monitor;
    test_monitor_open(&monitor, STORE_BYTES);
    struct worktop *worktop = open_quietly(WORKTOP_NO_THREAD, 1);
    struct wt_recorder *recorder = &worktop->recorder;
    assert_int_equal(wt_recorder_attach(recorder, monitor.store_path, 576, 0, now_ns(), NULL),
                     WT_OK);
    worktop_track_begin(worktop, NULL);
    struct wt_shared_recorder_thread *left = recorder->slots[0].region;
    assert_int_equal(wt_recorder_attach(recorder, monitor.store_path, 576, 576, now_ns(), NULL),
                     WT_OK);
    __atomic_store_n(&left->active, 77, __ATOMIC_RELEASE);
    assert_int_equal(test_monitor_word(&monitor, 64 + 8), 1);
    assert_int_equal(test_monitor_word(&monitor, 576 + 64 + 8), 1);

    /* A thread that stepped while nothing was published: the next heartbeat shows it. */
    recorder->slots[0].region = NULL;
    worktop_track_begin(worktop, NULL);
    assert_int_equal(test_monitor_word(&monitor, 576 + 64 + 8), 1);
    assert_false(wt_recorder_heartbeat(recorder, now_ns()));
    assert_int_equal(test_monitor_word(&monitor, 576 + 64 + 8), 2);

    /* In the middle of a step nobody else writes the record. */
    uint64_t sequence = recorder->slots[0].truth.sequence;
    recorder->slots[0].truth.sequence = sequence + 1;
    recorder->slots[0].truth.active = 99;
    assert_false(wt_recorder_heartbeat(recorder, now_ns()));
    assert_int_equal(test_monitor_word(&monitor, 576 + 64 + 8), 2);
    recorder->slots[0].truth.sequence = sequence + 2;
    assert_false(wt_recorder_heartbeat(recorder, now_ns()));
    assert_int_equal(test_monitor_word(&monitor, 576 + 64 + 8), 99);
    worktop_close(&worktop);
    test_monitor_close(&monitor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_checks_its_arguments),
        cmocka_unit_test(every_status_has_a_text),
        cmocka_unit_test(null_is_no_crash),
        cmocka_unit_test(a_handle_has_one_type_and_one_form),
        cmocka_unit_test(the_descriptor_wakes_a_loop_of_the_programs_own),
        cmocka_unit_test(two_worktops_with_threads_do_not_meet),
        cmocka_unit_test(close_leaves_the_monitor_and_late_calls_are_harmless),
        cmocka_unit_test(sigbus_belongs_to_the_program),
        cmocka_unit_test(the_thread_takes_none_of_the_programs_signals),
        cmocka_unit_test(tracking_counts_nested_calls_and_their_time),
        cmocka_unit_test(a_gauge_of_any_form_but_set_follows),
        cmocka_unit_test(threads_beyond_the_region_are_counted_and_slots_come_back),
        cmocka_unit_test(one_thread_tracks_in_many_worktops),
        cmocka_unit_test(a_moving_region_shows_the_truth_at_rest),
        cmocka_unit_test(a_region_that_is_too_narrow_counts_who_is_left_out),
        cmocka_unit_test(a_late_step_never_reaches_the_region_that_was_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
