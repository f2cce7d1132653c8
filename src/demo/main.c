/* main.c - worktop-demo-worker: a process of the demo's fleet, and libworktop's first user.
 *
 * `worktop demo` starts it; it is of no use alone. It plays one or several simulated workers until
 * its standard input ends (the demo is gone, by kill -9 too) or SIGTERM asks it to leave.
 *
 *     worktop-demo-worker --socket PATH --epoch NS --seed N --mean S [--until S] [--report FILE]
 *                         KIND:SERVICE:INDEX...
 *
 *     scenario.c  what happens when          sim.c   a queue in front of servers
 *     worker.c    one simulated worker       crew.c  its threads
 *
 * With --until the load stops at that time of the demo; once everything is at rest, one line per
 * worker with what it counted is appended to FILE.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <worktop/worktop.h>

#include "demo/worker.h"

/* The loop wakes at most this often, however many events there are: requests within one step begin
 * and end together, which no gauge can tell apart anyway. */
static const double quantum_s = 0.02;

struct process {
    const char *socket_path;
    const char *report_path;
    long long epoch_ns;
    double until_s; /* INFINITY: for ever */
    double mean_service_s;
    uint64_t seed;
    size_t count;
    struct demo_worker **workers;
    struct pollfd *polls; /* standard input, then one per worker */
};

static volatile sig_atomic_t is_asked_to_leave;

static void on_term(int signal_number) {
    (void)signal_number;
    is_asked_to_leave = 1;
}

static double demo_time(const struct process *process) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec * 1000000000LL + now.tv_nsec - process->epoch_ns) / 1e9;
}

static int fail(const char *what, const char *value) {
    fprintf(stderr, "worktop-demo-worker: %s: %s\n", what, value);
    return 2;
}

/* Those who are there from the beginning begin at 0, however long their process took to start: so
 * that what they do can be repeated. Replacements and newcomers begin now. */
static double begin_time(const struct process *process) {
    const double beginning_s = 8;
    double now_s = demo_time(process);
    return now_s < beginning_s ? 0 : now_s;
}

/* KIND:SERVICE:INDEX */
static int add_worker(struct process *process, char *text) {
    char *service = strchr(text, ':');
    char *index = service != NULL ? strchr(service + 1, ':') : NULL;
    if (index == NULL)
        return fail("a worker is KIND:SERVICE:INDEX, not", text);
    *service++ = '\0';
    *index++ = '\0';
    struct demo_worker_options options = {.service = service,
                                          .socket_path = process->socket_path,
                                          .index = (unsigned)strtoul(index, NULL, 10),
                                          .mean_service_s = process->mean_service_s,
                                          .begin_s = begin_time(process),
                                          .until_s = process->until_s,
                                          .in_loop = process->polls != NULL};
    while (options.kind < DEMO_KIND_COUNT && strcmp(text, demo_kind_name(options.kind)) != 0)
        options.kind++;
    if (options.kind == DEMO_KIND_COUNT)
        return fail("unknown kind (web, api, jobs, cable)", text);
    options.seed = process->seed * 1000003 + (uint64_t)options.kind * 7919 + options.index;
    for (const char *c = service; *c != '\0'; c++)
        options.seed = options.seed * 31 + (unsigned char)*c;
    int status = demo_worker_create(&process->workers[process->count], &options);
    if (status != WORKTOP_OK) {
        fail("cannot open a worker", worktop_error(status));
        return 1;
    }
    process->count++;
    return 0;
}

static int parse(struct process *process, int argc, char **argv) {
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (strcmp(name, "--socket") == 0)
            process->socket_path = value;
        else if (strcmp(name, "--report") == 0)
            process->report_path = value;
        else if (strcmp(name, "--epoch") == 0)
            process->epoch_ns = strtoll(value, NULL, 10);
        else if (strcmp(name, "--until") == 0)
            process->until_s = strtod(value, NULL);
        else if (strcmp(name, "--mean") == 0)
            process->mean_service_s = strtod(value, NULL);
        else if (strcmp(name, "--seed") == 0)
            process->seed = strtoull(value, NULL, 10);
        else
            return fail("unknown option", name);
    }
    if (process->socket_path == NULL || process->mean_service_s <= 0 || i >= argc)
        return fail("started by", "worktop demo");
    size_t count = (size_t)(argc - i);
    process->workers = calloc(count, sizeof *process->workers);
    if (count > 1)
        process->polls = calloc(count + 1, sizeof *process->polls);
    if (process->workers == NULL || (count > 1 && process->polls == NULL))
        return fail("out of memory", "workers");
    for (; i < argc; i++) {
        int code = add_worker(process, argv[i]);
        if (code != 0)
            return code;
    }
    return 0;
}

/* Waits until the next event, a descriptor, or a signal. False when the demo is gone. */
static bool wait_for_work(struct process *process) {
    struct pollfd alone = {.fd = STDIN_FILENO, .events = POLLIN};
    struct pollfd *polls = process->polls != NULL ? process->polls : &alone;
    size_t poll_count = process->polls != NULL ? process->count + 1 : 1;
    double now_s = demo_time(process), next_s = now_s + 1;
    polls[0] = alone;
    for (size_t i = 0; i < process->count; i++) {
        double at_s = demo_worker_next(process->workers[i]);
        next_s = at_s < next_s ? at_s : next_s;
        if (process->polls != NULL)
            polls[i + 1] =
                (struct pollfd){.fd = demo_worker_fd(process->workers[i]), .events = POLLIN};
    }
    double wait_s = next_s - now_s > quantum_s ? next_s - now_s : quantum_s;
    if (poll(polls, poll_count, (int)(wait_s * 1000)) <= 0)
        return true;
    for (size_t i = 1; i < poll_count; i++)
        if (polls[i].revents != 0)
            demo_worker_dispatch(process->workers[i - 1]);
    char byte;
    return polls[0].revents == 0 || read(STDIN_FILENO, &byte, 1) != 0;
}

/* One line per worker, each written whole. */
static void report(const struct process *process) {
    if (process->report_path == NULL)
        return;
    int fd = open(process->report_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    for (size_t i = 0; fd >= 0 && i < process->count; i++) {
        char line[1024];
        size_t length = demo_worker_report(process->workers[i], line, sizeof line);
        if (write(fd, line, length) != (ssize_t)length)
            break;
    }
    if (fd >= 0)
        close(fd);
}

static void run(struct process *process) {
    bool is_reported = false;
    while (is_asked_to_leave == 0 && wait_for_work(process)) {
        double now_s = demo_time(process);
        bool is_idle = true;
        for (size_t i = 0; i < process->count; i++) {
            demo_worker_step(process->workers[i], now_s);
            is_idle = demo_worker_is_idle(process->workers[i]) && is_idle;
        }
        if (is_idle && !is_reported) {
            report(process);
            is_reported = true;
        }
    }
}

int main(int argc, char **argv) {
    struct process process = {.until_s = INFINITY};
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* for a worker that is stopped when the demo dies */
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* ^C is for the demo, which then ends us */
    int code = parse(&process, argc, argv);
    if (code == 0)
        run(&process);
    for (size_t i = 0; i < process.count; i++)
        demo_worker_destroy(&process.workers[i]);
    free(process.workers);
    free(process.polls);
    return code;
}
