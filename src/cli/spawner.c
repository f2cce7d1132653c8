#include "cli/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "demo/scenario.h"

/* How often the story is looked at, or, without one, who is to be started again; and how many
 * processes are started at a time. */
enum { STORY_MS = 100, PEACE_MS = 1000, START_MS = 10, STARTS_AT_ONCE = 6, PATIENCE_MS = 3000 };

/* A small machine carries about so many requests per second beside everything else. */
static const double most_requests_per_s = 1500, least_service_s = 0.08;
static const double servers_per_worker = 3, mean_load = 0.6;

struct child;

/* A place for one process in the fleet; it outlives the processes that take it. */
struct slot {
    struct child *child;   /* NULL: nobody is there */
    uint32_t service;      /* index into names */
    uint32_t first, count; /* its workers within the service */
    bool is_wanted;
    double start_at_s; /* not before this demo time */
};

struct child {
    uv_process_t process; /* first member: the handle that uv gives back is the child */
    struct wt_spawner *spawner;
    struct slot *slot;
    bool is_asked_to_leave;
};

struct service {
    char name[32];
    enum demo_kind kind;
    uint32_t workers;                              /* regular ones */
    uint32_t workers_a_slot;                       /* at most so many */
    size_t first_slot, slot_count, newcomer_count; /* newcomers follow the regular slots */
};

struct wt_spawner {
    uv_loop_t *loop;
    uv_timer_t timer;
    struct wt_spawner_options options;
    char program[PATH_MAX];
    int64_t epoch_ns;
    double mean_service_s;
    double told_s; /* the story is told up to here */
    int pipe_read, pipe_write;
    struct service services[WT_SPAWNER_MAX_SERVICES];
    uint32_t service_count;
    struct slot *slots;
    size_t slot_count;
    uint32_t running;
    struct wt_error problem; /* of the last failed start */
    bool is_stopping;
    void (*on_done)(void *context);
    void *context;
};

static double demo_time(const struct wt_spawner *spawner) {
    return (double)(wt_clock_now().monotonic_ns - spawner->epoch_ns) / (double)WT_NS_PER_S;
}

/* ---- starting ---- */

static wt_status find_program(char *out, size_t size, struct wt_error *err) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return wt_fail_errno(err, errno, "cannot read /proc/self/exe to find worktop-demo-worker");
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL)
        *slash = '\0';
    static const char *const places[] = {"worktop-demo-worker",
                                         "../libexec/worktop/worktop-demo-worker"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (snprintf(out, size, "%s/%s", self, places[i]) < (int)size && access(out, X_OK) == 0)
            return WT_OK;
    return wt_fail(err, WT_ENOENT,
                   "worktop-demo-worker is neither in %s nor in %s/../libexec/worktop", self, self);
}

static void on_timer_closed(uv_handle_t *handle) {
    struct wt_spawner *spawner = handle->data;
    void (*on_done)(void *context) = spawner->on_done;
    void *context = spawner->context;
    close(spawner->pipe_read);
    free(spawner->slots);
    free(spawner);
    if (on_done != NULL)
        on_done(context);
}

static void on_child_closed(uv_handle_t *handle) {
    struct child *child = (struct child *)handle;
    struct wt_spawner *spawner = child->spawner;
    free(child);
    if (spawner->is_stopping && spawner->running == 0 &&
        !uv_is_closing((uv_handle_t *)&spawner->timer))
        uv_close((uv_handle_t *)&spawner->timer, on_timer_closed);
}

static void on_child_exit(uv_process_t *process, int64_t code, int signal_number) {
    struct child *child = (struct child *)process;
    struct wt_spawner *spawner = child->spawner;
    struct slot *slot = child->slot;
    double now_s = demo_time(spawner);
    spawner->running--;
    slot->child = NULL;
    if (!child->is_asked_to_leave && !spawner->is_stopping) {
        slot->start_at_s = now_s + DEMO_KILL_PAUSE_S;
        if (signal_number == 0)
            wt_fail(&spawner->problem, WT_EDEAD, "a worker of %s left by itself with code %" PRId64,
                    spawner->services[slot->service].name, code);
    }
    wt_log(WT_LOG_DEBUG, "demo", "worker process %d of %s ended, code %" PRId64 ", signal %d",
           (int)uv_process_get_pid(process), spawner->services[slot->service].name, code,
           signal_number);
    if (spawner->options.on_end != NULL)
        spawner->options.on_end(spawner->options.on_end_context, (int)uv_process_get_pid(process),
                                signal_number != 0 ? signal_number : (int)(code & 0xff) << 8);
    uv_close((uv_handle_t *)process, on_child_closed);
}

/* The words of one worker's command line, all in one allocation-free block. */
struct command {
    char numbers[4][32];
    char *words[16];
    size_t word_count;
};

static void add_option(struct command *command, const char *name, const char *value) {
    command->words[command->word_count++] = (char *)(uintptr_t)name;
    command->words[command->word_count++] = (char *)(uintptr_t)value;
}

/* The whole command line; the caller frees it, and *texts, which it points into. NULL: no memory.
 */
static char **make_argv(const struct wt_spawner *spawner, const struct slot *slot,
                        struct command *command, char **texts) {
    enum { TEXT_SIZE = 64 };
    const struct service *service = &spawner->services[slot->service];
    char **argv = calloc(command->word_count + slot->count + 1, sizeof *argv);
    *texts = malloc((size_t)slot->count * TEXT_SIZE);
    if (argv == NULL || *texts == NULL) {
        free(argv);
        return NULL;
    }
    memcpy(argv, command->words, command->word_count * sizeof *argv);
    for (uint32_t i = 0; i < slot->count; i++) {
        char *text = *texts + (size_t)i * TEXT_SIZE;
        snprintf(text, TEXT_SIZE, "%s:%s:%" PRIu32, demo_kind_name(service->kind), service->name,
                 slot->first + i);
        argv[command->word_count + i] = text;
    }
    return argv;
}

static void fill_command(const struct wt_spawner *spawner, struct command *command) {
    const struct wt_spawner_options *options = &spawner->options;
    *command = (struct command){.word_count = 0};
    snprintf(command->numbers[0], 32, "%" PRId64, spawner->epoch_ns);
    snprintf(command->numbers[1], 32, "%" PRIu64, options->seed);
    snprintf(command->numbers[2], 32, "%.6f", spawner->mean_service_s);
    snprintf(command->numbers[3], 32, "%.3f", options->load_s);
    command->words[command->word_count++] = (char *)(uintptr_t)spawner->program;
    add_option(command, "--socket", options->socket_path);
    add_option(command, "--epoch", command->numbers[0]);
    add_option(command, "--seed", command->numbers[1]);
    add_option(command, "--mean", command->numbers[2]);
    if (options->load_s > 0)
        add_option(command, "--until", command->numbers[3]);
    if (options->report_path != NULL)
        add_option(command, "--report", options->report_path);
}

static void start(struct wt_spawner *spawner, struct slot *slot) {
    struct child *child = calloc(1, sizeof *child);
    struct command command;
    char *texts = NULL;
    fill_command(spawner, &command);
    char **argv = child != NULL ? make_argv(spawner, slot, &command, &texts) : NULL;
    int code = UV_ENOMEM;
    if (argv != NULL) {
        uv_stdio_container_t stdio[3] = {
            {.flags = UV_INHERIT_FD, .data.fd = spawner->pipe_read},
            {.flags = UV_IGNORE},
            {.flags = spawner->options.errors_fd >= 0 ? UV_INHERIT_FD : UV_IGNORE,
             .data.fd = spawner->options.errors_fd},
        };
        const uv_process_options_t process = {.exit_cb = on_child_exit,
                                              .file = spawner->program,
                                              .args = argv,
                                              .stdio_count = 3,
                                              .stdio = stdio};
        child->spawner = spawner;
        child->slot = slot;
        code = uv_spawn(spawner->loop, &child->process, &process);
    }
    free(argv);
    free(texts);
    if (code == 0) {
        slot->child = child;
        spawner->running++;
        return;
    }
    wt_fail(&spawner->problem, WT_ESYS, "cannot start %s: %s", spawner->program, uv_strerror(code));
    wt_log(WT_LOG_ERROR, "demo", "%s", spawner->problem.text);
    slot->start_at_s = demo_time(spawner) + 1;
    if (argv != NULL && child != NULL) /* uv wants even a failed handle closed */
        uv_close((uv_handle_t *)&child->process, on_child_closed);
    else
        free(child);
}

/* ---- the story ---- */

static void ask_to_leave(struct slot *slot, int signal_number) {
    if (slot->child == NULL || slot->child->is_asked_to_leave)
        return;
    slot->child->is_asked_to_leave = signal_number != SIGKILL;
    uv_process_kill(&slot->child->process, signal_number);
}

/* Whether the story passed this moment since it was last told. */
static bool has_passed(double before_s, double now_s, double moment_s) {
    double before = demo_cycle_time(before_s), now = demo_cycle_time(now_s);
    return now >= before ? before < moment_s && moment_s <= now
                         : before < moment_s || moment_s <= now;
}

/* As many at a time as make it flap, however large the service is. */
static void kill_some(const struct wt_spawner *spawner, const struct service *service,
                      struct slot *slots, double now_s) {
    const double pulses_per_min = 60 / DEMO_FLAPPING_EACH_S, share_per_min = 0.4;
    int victim = demo_flapping_victim(service->kind, spawner->told_s, now_s);
    size_t count = 1 + (size_t)((double)service->slot_count * share_per_min / pulses_per_min);
    size_t others = service->slot_count - 1; /* the first one is busy being stuck */
    for (size_t i = 0; victim >= 0 && i < count && others > 0; i++)
        ask_to_leave(&slots[1 + ((size_t)victim * count + i) % others], SIGKILL);
}

static void tell_story(struct wt_spawner *spawner, double now_s) {
    for (uint32_t i = 0; i < spawner->service_count; i++) {
        const struct service *service = &spawner->services[i];
        struct slot *slots = spawner->slots + service->first_slot;
        if (service->kind == DEMO_WEB && has_passed(spawner->told_s, now_s, DEMO_KILL_S))
            ask_to_leave(&slots[service->slot_count - 1], SIGKILL);
        for (size_t j = 0; service->kind == DEMO_CABLE && j < service->slot_count; j++) {
            double span_s = DEMO_ROLLING_END_S - DEMO_ROLLING_BEGIN_S;
            double moment_s =
                DEMO_ROLLING_BEGIN_S + span_s * (double)j / (double)service->slot_count;
            if (has_passed(spawner->told_s, now_s, moment_s))
                ask_to_leave(&slots[j], SIGTERM);
        }
        kill_some(spawner, service, slots, now_s);
        uint32_t newcomers = demo_newcomers(service->kind, service->workers, now_s);
        for (size_t j = 0; j < service->newcomer_count; j++) {
            struct slot *slot = &slots[service->slot_count + j];
            slot->is_wanted = j * service->workers_a_slot < newcomers;
            if (!slot->is_wanted)
                ask_to_leave(slot, SIGTERM);
        }
    }
    spawner->told_s = now_s;
}

static void on_timer(uv_timer_t *timer) {
    struct wt_spawner *spawner = timer->data;
    double now_s = demo_time(spawner);
    if (!spawner->options.is_peaceful)
        tell_story(spawner, now_s);
    unsigned started = 0;
    for (size_t i = 0; i < spawner->slot_count && started < STARTS_AT_ONCE; i++) {
        struct slot *slot = &spawner->slots[i];
        if (!slot->is_wanted || slot->child != NULL || now_s < slot->start_at_s)
            continue;
        start(spawner, slot);
        started++;
    }
    uint64_t idle_ms = spawner->options.is_peaceful ? PEACE_MS : STORY_MS;
    uv_timer_start(timer, on_timer, started == STARTS_AT_ONCE ? START_MS : idle_ms, 0);
}

/* ---- making ---- */

static wt_status check(const struct wt_spawner_options *options, struct wt_error *err) {
    if (options->workers < 1 || options->workers > WT_SPAWNER_MAX_WORKERS)
        return wt_fail(err, WT_EINVAL, "--workers %" PRIu32 ": must be 1 to %d", options->workers,
                       WT_SPAWNER_MAX_WORKERS);
    if (options->services < 1 || options->services > WT_SPAWNER_MAX_SERVICES)
        return wt_fail(err, WT_EINVAL, "--services %" PRIu32 ": must be 1 to %d", options->services,
                       WT_SPAWNER_MAX_SERVICES);
    if (options->services > options->workers)
        return wt_fail(err, WT_EINVAL,
                       "--services %" PRIu32
                       ": every service needs a worker, and there are %" PRIu32,
                       options->services, options->workers);
    if (options->processes > WT_SPAWNER_MAX_PROCESSES ||
        (options->processes > 0 && options->processes < options->services))
        return wt_fail(err, WT_EINVAL,
                       "--processes %" PRIu32 ": must be %" PRIu32 " (one a service) to %d",
                       options->processes, options->services, WT_SPAWNER_MAX_PROCESSES);
    return WT_OK;
}

static void add_slot(struct wt_spawner *spawner, uint32_t service, uint32_t first, uint32_t count,
                     bool is_regular) {
    spawner->slots[spawner->slot_count++] =
        (struct slot){.service = service, .first = first, .count = count, .is_wanted = is_regular};
}

static void add_slots(struct wt_spawner *spawner, uint32_t index, uint32_t processes) {
    struct service *service = &spawner->services[index];
    uint32_t newcomers =
        service->kind == DEMO_WEB && !spawner->options.is_peaceful
            ? demo_newcomers(service->kind, service->workers, DEMO_GROWTH_END_S - 1)
            : 0;
    service->workers_a_slot = (service->workers + processes - 1) / processes;
    service->first_slot = spawner->slot_count;
    for (uint32_t i = 0, first = 0; i < processes; i++) {
        uint32_t count = service->workers / processes + (i < service->workers % processes);
        add_slot(spawner, index, first, count, true);
        first += count;
    }
    for (uint32_t first = 0; first < newcomers; first += service->workers_a_slot) {
        uint32_t left = newcomers - first, most = service->workers_a_slot;
        add_slot(spawner, index, service->workers + first, left < most ? left : most, false);
    }
    service->slot_count = processes;
    service->newcomer_count = spawner->slot_count - service->first_slot - processes;
}

static wt_status plan(struct wt_spawner *spawner, struct wt_error *err) {
    const struct wt_spawner_options *options = &spawner->options;
    uint32_t processes = options->processes > 0 ? options->processes : options->workers;
    if (processes > WT_SPAWNER_MAX_PROCESSES)
        processes = WT_SPAWNER_MAX_PROCESSES;
    spawner->slots = calloc((size_t)options->workers * 2, sizeof *spawner->slots);
    if (spawner->slots == NULL)
        return wt_fail(err, WT_ENOMEM, "out of memory for %" PRIu32 " workers", options->workers);
    uint32_t before = 0, shared = 0;
    uint32_t rest = options->workers > options->services ? options->workers - options->services : 1;
    for (uint32_t i = 0; i < options->services; i++) {
        struct service *service = &spawner->services[i];
        service->kind = (enum demo_kind)(i % DEMO_KIND_COUNT);
        if (i < DEMO_KIND_COUNT)
            snprintf(service->name, sizeof service->name, "%s", demo_kind_name(service->kind));
        else
            snprintf(service->name, sizeof service->name, "%s-%" PRIu32,
                     demo_kind_name(service->kind), i / DEMO_KIND_COUNT + 1);
        service->workers =
            options->workers / options->services + (i < options->workers % options->services);
        /* Each has one; the rest by the workers, so that together they are as many as asked for. */
        before += service->workers;
        uint32_t end =
            (uint32_t)((uint64_t)(processes - options->services) * (before - (i + 1)) / rest);
        uint32_t share = 1 + end - shared;
        shared = end;
        add_slots(spawner, i, share);
    }
    spawner->service_count = options->services;
    double servers = options->workers * servers_per_worker;
    spawner->mean_service_s = servers * mean_load / most_requests_per_s;
    if (spawner->mean_service_s < least_service_s)
        spawner->mean_service_s = least_service_s;
    return WT_OK;
}

/* A mistake in the path is told before the load has run, not by a file that never appears. */
static wt_status check_report(const char *path, struct wt_error *err) {
    if (path == NULL)
        return WT_OK;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return wt_fail_errno(err, errno, "--report %s: cannot be written", path);
    close(fd);
    return WT_OK;
}

wt_status wt_spawner_create(struct wt_spawner **out, uv_loop_t *loop,
                            const struct wt_spawner_options *options, struct wt_error *err) {
    *out = NULL;
    wt_status status = check(options, err);
    if (status == WT_OK)
        status = check_report(options->report_path, err);
    if (status != WT_OK)
        return status;
    struct wt_spawner *spawner = calloc(1, sizeof *spawner);
    if (spawner == NULL)
        return wt_fail(err, WT_ENOMEM, "out of memory for the demo");
    spawner->loop = loop;
    spawner->options = *options;
    spawner->epoch_ns = wt_clock_now().monotonic_ns;
    if (options->program != NULL)
        snprintf(spawner->program, sizeof spawner->program, "%s", options->program);
    else
        status = find_program(spawner->program, sizeof spawner->program, err);
    if (status == WT_OK)
        status = plan(spawner, err);
    int ends[2];
    if (status == WT_OK && pipe2(ends, O_CLOEXEC) != 0)
        status = wt_fail_errno(err, errno, "cannot make the pipe that ends the demo's workers");
    if (status != WT_OK) {
        free(spawner->slots);
        free(spawner);
        return status;
    }
    spawner->pipe_read = ends[0];
    spawner->pipe_write = ends[1];
    uv_timer_init(loop, &spawner->timer);
    spawner->timer.data = spawner;
    uv_timer_start(&spawner->timer, on_timer, 0, 0);
    *out = spawner;
    return WT_OK;
}

/* ---- ending ---- */

static void on_patience_ended(uv_timer_t *timer) {
    struct wt_spawner *spawner = timer->data;
    for (size_t i = 0; i < spawner->slot_count; i++)
        if (spawner->slots[i].child != NULL)
            uv_process_kill(&spawner->slots[i].child->process, SIGKILL);
}

void wt_spawner_stop(struct wt_spawner *spawner, void (*on_done)(void *context), void *context) {
    if (spawner->is_stopping)
        return;
    spawner->is_stopping = true;
    spawner->on_done = on_done;
    spawner->context = context;
    close(spawner->pipe_write);
    if (spawner->running == 0)
        uv_close((uv_handle_t *)&spawner->timer, on_timer_closed);
    else
        uv_timer_start(&spawner->timer, on_patience_ended, PATIENCE_MS, PATIENCE_MS);
}

uint32_t wt_spawner_running(const struct wt_spawner *spawner) {
    return spawner->running;
}

const char *wt_spawner_problem(const struct wt_spawner *spawner) {
    return spawner->problem.text;
}
