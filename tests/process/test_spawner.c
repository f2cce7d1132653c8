/* The demo's story at real processes, with a clock that jumps from one moment to the next: nobody
 * waits a minute. The workers find no monitor, and work all the same.
 */
#include "support/support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/spawner.h"
#include "demo/scenario.h"
#include "support/files.h"

enum { WORKERS = 8, SERVICES = 4, NEWCOMERS = 2, MOST = 64, PATIENCE_S = 30 };

struct stage {
    uv_loop_t loop;
    struct wt_spawner *spawner;
    int64_t offset_ns; /* the clock runs ahead by this */
    char *directory, *socket;
    bool is_over;
};

static struct wt_time ahead(void *context) {
    const struct stage *stage = context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ns = (int64_t)now.tv_sec * WT_NS_PER_S + now.tv_nsec + stage->offset_ns;
    return (struct wt_time){.monotonic_ns = ns, .realtime_ns = ns};
}

struct fleet {
    pid_t pids[MOST];
    char services[MOST][16];
    size_t count;
};

/* Our children, from /proc: their id and the service on their command line. */
static struct fleet look(void) {
    struct fleet fleet = {.count = 0};
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *list = fopen(path, "re");
    assert_non_null(list);
    int pid;
    while (fscanf(list, "%d", &pid) == 1 && fleet.count < MOST) {
        snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
        if (fd >= 0)
            close(fd);
        if (length <= 1) /* it is a zombie, or not yet the worker */
            continue;
        /* ...:KIND:SERVICE:INDEX, whether the worker has cut its words already or not. */
        for (ssize_t i = 0; i < length; i++)
            text[i] = text[i] == '\0' ? ':' : text[i];
        text[length - 1] = '\0';
        char *index = strrchr(text, ':');
        if (index == NULL)
            continue;
        *index = '\0';
        const char *service = strrchr(text, ':');
        if (service == NULL)
            continue;
        fleet.pids[fleet.count] = pid;
        snprintf(fleet.services[fleet.count++], 16, "%s", service + 1);
    }
    fclose(list);
    return fleet;
}

/* How many of `now` are of the service, and of these how many were not in `before`. */
static size_t count_of(const struct fleet *now, const char *service, const struct fleet *before,
                       size_t *fresh) {
    size_t count = 0;
    *fresh = 0;
    for (size_t i = 0; i < now->count; i++) {
        if (strcmp(now->services[i], service) != 0)
            continue;
        count++;
        bool known = false;
        for (size_t j = 0; before != NULL && j < before->count; j++)
            known = known || before->pids[j] == now->pids[i];
        *fresh += !known;
    }
    return count;
}

static bool is_late(int64_t begin_ns) {
    return wt_clock_now().monotonic_ns - begin_ns > PATIENCE_S * WT_NS_PER_S;
}

/* Runs the loop until a service has so many workers, so many of them new since `before`. */
static struct fleet wait_for(struct stage *stage, const char *service, size_t count, size_t fresh,
                             const struct fleet *before) {
    for (int64_t begin_ns = wt_clock_now().monotonic_ns;;) {
        struct fleet now = look();
        size_t seen;
        if (count_of(&now, service, before, &seen) == count && seen == fresh)
            return now;
        if (is_late(begin_ns))
            fail_msg("%s: waited for %zu workers, %zu of them new; there are %zu, %zu of them new",
                     service, count, fresh, count_of(&now, service, before, &seen), seen);
        uv_run(&stage->loop, UV_RUN_ONCE);
    }
}

/* The clock jumps to this moment of the story; whatever lies between is told at once. */
static void jump(struct stage *stage, double from_s, double to_s) {
    stage->offset_ns += (int64_t)((to_s - from_s) * (double)WT_NS_PER_S);
}

static void open_stage(struct stage *stage, bool is_peaceful) {
    *stage = (struct stage){.directory = test_directory()};
    stage->socket = test_path(stage->directory, "nobody.ipc");
    wt_clock_override(ahead, stage);
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    const struct wt_spawner_options options = {.socket_path = stage->socket,
                                               .workers = WORKERS,
                                               .services = SERVICES,
                                               .seed = 1,
                                               .is_peaceful = is_peaceful,
                                               .errors_fd = STDERR_FILENO,
                                               .program = getenv("WORKTOP_DEMO_WORKER")};
    assert_non_null(options.program);
    struct wt_error err;
    if (wt_spawner_create(&stage->spawner, &stage->loop, &options, &err) != WT_OK)
        fail_msg("%s", err.text);
}

static void on_over(void *context) {
    ((struct stage *)context)->is_over = true;
}

static void close_stage(struct stage *stage) {
    wt_spawner_stop(stage->spawner, on_over, stage);
    while (!stage->is_over)
        uv_run(&stage->loop, UV_RUN_ONCE);
    assert_int_equal(uv_loop_close(&stage->loop), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left, not even a zombie */
    wt_clock_override(NULL, NULL);
    test_remove_tree(stage->directory);
    free(stage->directory);
    free(stage->socket);
}

static struct fleet everybody(struct stage *stage) {
    struct fleet fleet = {.count = 0};
    static const char *const names[] = {"web", "api", "jobs", "cable"};
    for (size_t i = 0; i < SERVICES; i++)
        fleet = wait_for(stage, names[i], WORKERS / SERVICES, WORKERS / SERVICES, NULL);
    assert_int_equal(fleet.count, WORKERS);
    assert_int_equal(wt_spawner_running(stage->spawner), WORKERS);
    return fleet;
}

static void the_story_is_told_in_order(void **state) {
    (void)state;
    struct stage stage;
    open_stage(&stage, false);
    struct fleet before = everybody(&stage);
    /* One worker of web is killed, and replaced. */
    jump(&stage, 0, DEMO_KILL_S);
    struct fleet now = wait_for(&stage, "web", 1, 0, &before);
    jump(&stage, 0, DEMO_KILL_PAUSE_S);
    now = wait_for(&stage, "web", 2, 1, &before);
    /* One of jobs was killed in passing, which is how it flaps; not the one that is stuck. */
    now = wait_for(&stage, "jobs", 2, 1, &before);
    /* Newcomers join web. */
    before = now;
    jump(&stage, DEMO_KILL_S + DEMO_KILL_PAUSE_S, DEMO_GROWTH_BEGIN_S + 6);
    now = wait_for(&stage, "web", 2 + NEWCOMERS, NEWCOMERS, &before);
    assert_int_equal(now.count, WORKERS + NEWCOMERS);
    /* Every worker of cable is restarted, one after the other. */
    before = now;
    jump(&stage, DEMO_GROWTH_BEGIN_S + 6, DEMO_ROLLING_BEGIN_S + 1);
    now = wait_for(&stage, "cable", 2, 1, &before);
    jump(&stage, DEMO_ROLLING_BEGIN_S + 1, DEMO_ROLLING_END_S);
    now = wait_for(&stage, "cable", 2, 2, &before);
    /* And the newcomers leave again. */
    before = now;
    jump(&stage, DEMO_ROLLING_END_S, DEMO_GROWTH_END_S);
    now = wait_for(&stage, "web", 2, 0, &before);
    /* And the next cycle begins alike. */
    before = now;
    jump(&stage, DEMO_GROWTH_END_S, DEMO_CYCLE_S + DEMO_KILL_S);
    wait_for(&stage, "web", 1, 0, &before);
    assert_string_equal(wt_spawner_problem(stage.spawner), "");
    close_stage(&stage);
}

static void a_peaceful_story_kills_nobody(void **state) {
    (void)state;
    struct stage stage;
    open_stage(&stage, true);
    struct fleet before = everybody(&stage);
    for (double t = 0; t < DEMO_CYCLE_S; t += 30) {
        jump(&stage, t, t + 30);
        for (int i = 0; i < 2; i++) /* the timer of the story, at least once */
            uv_run(&stage.loop, UV_RUN_ONCE);
    }
    struct fleet now = look();
    assert_int_equal(now.count, before.count);
    for (size_t i = 0; i < now.count; i++)
        assert_int_equal(now.pids[i], before.pids[i]);
    close_stage(&stage);
}

/* Whoever dies by itself is replaced, and the reason is kept for the screen. */
static void a_dead_worker_is_replaced(void **state) {
    (void)state;
    struct stage stage;
    open_stage(&stage, true);
    struct fleet before = everybody(&stage);
    for (size_t i = 0; i < before.count; i++)
        if (strcmp(before.services[i], "jobs") == 0)
            assert_int_equal(kill(before.pids[i], SIGKILL), 0);
    wait_for(&stage, "jobs", 0, 0, &before);
    jump(&stage, 0, DEMO_KILL_PAUSE_S);
    wait_for(&stage, "jobs", 2, 2, &before);
    close_stage(&stage);
}

static void wrong_numbers_are_refused(void **state) {
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    const struct {
        uint32_t workers, services, processes;
        const char *report, *said;
    } cases[] = {{0, 1, 0, NULL, "--workers 0"},
                 {WT_SPAWNER_MAX_WORKERS + 1, 1, 0, NULL, "--workers 100001"},
                 {4, 0, 0, NULL, "--services 0"},
                 {4, 9, 0, NULL, "--services 9"},
                 {99, WT_SPAWNER_MAX_SERVICES + 1, 0, NULL, "--services 65"},
                 {8, 4, 3, NULL, "--processes 3"},
                 {9999, 4, WT_SPAWNER_MAX_PROCESSES + 1, NULL, "--processes 1001"},
                 {8, 4, 4, "/dev/null/report", "--report /dev/null/report"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct wt_spawner_options options = {.socket_path = "/nowhere",
                                                   .workers = cases[i].workers,
                                                   .services = cases[i].services,
                                                   .processes = cases[i].processes,
                                                   .report_path = cases[i].report,
                                                   .errors_fd = -1};
        struct wt_spawner *spawner;
        struct wt_error err;
        assert_int_not_equal(wt_spawner_create(&spawner, &loop, &options, &err), WT_OK);
        assert_null(spawner);
        assert_non_null(strstr(err.text, cases[i].said));
    }
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_story_is_told_in_order),
        cmocka_unit_test(a_peaceful_story_kills_nobody),
        cmocka_unit_test(a_dead_worker_is_replaced),
        cmocka_unit_test(wrong_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
