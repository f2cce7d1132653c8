#include "demo/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <worktop/worktop.h>

#include "demo/crew.h"
#include "demo/sim.h"

/* What a service publishes. The names decide kind and role: requests_active and jobs_busy are busy,
 * *_threads and *_slots_limit are capacity, queue_* is a queue, *_total are counters. */
enum slot { BUSY, DONE, FAILED, QUEUE, CAPACITY, SPENT, BYTES, OPENED, SLOT_COUNT };

struct profile {
    unsigned servers;
    bool has_threads;
    double failure_share;
    struct worktop_field fields[SLOT_COUNT]; /* key NULL: this service has no such field */
};

static const struct profile profiles[DEMO_KIND_COUNT] = {
    [DEMO_WEB] = {.servers = 5,
                  .has_threads = true,
                  .failure_share = 0.004,
                  .fields = {[BUSY] = {"requests_active", WORKTOP_U64, WORKTOP_ADD},
                             [DONE] = {"requests_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                             [FAILED] = {"requests_failed_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                             [QUEUE] = {"queue_length", WORKTOP_U64, WORKTOP_SET},
                             [CAPACITY] = {"pool_threads", WORKTOP_U64, WORKTOP_SET},
                             [BYTES] = {"bytes_sent_total", WORKTOP_U64, WORKTOP_ADD}}},
    [DEMO_API] = {.servers = 4,
                  .has_threads = true,
                  .failure_share = 0.002,
                  .fields = {[BUSY] = {"requests_active", WORKTOP_U64, WORKTOP_ADD},
                             [DONE] = {"requests_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                             [FAILED] = {"requests_failed_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                             [QUEUE] = {"queue_length", WORKTOP_U64, WORKTOP_SET},
                             [CAPACITY] = {"pool_threads", WORKTOP_U64, WORKTOP_SET},
                             [SPENT] = {"request_seconds_total", WORKTOP_F64, WORKTOP_ONE_WRITER}}},
    [DEMO_JOBS] = {.servers = 2,
                   .has_threads = true,
                   .failure_share = 0.01,
                   .fields = {[BUSY] = {"jobs_busy", WORKTOP_U64, WORKTOP_ADD},
                              [DONE] = {"jobs_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                              [FAILED] = {"jobs_failed_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                              [QUEUE] = {"queue_depth", WORKTOP_S64, WORKTOP_SET},
                              [CAPACITY] = {"slots_limit", WORKTOP_U64, WORKTOP_SET}}},
    /* Open connections are not work: cable has no busy field, its utilization is unknown. */
    [DEMO_CABLE] = {.servers = 1,
                    .fields = {[QUEUE] = {"connections_active", WORKTOP_U64, WORKTOP_SET},
                               [OPENED] = {"connections_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                               [DONE] = {"messages_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
                               [BYTES] = {"bytes_sent_total", WORKTOP_U64, WORKTOP_ADD}}},
};

static const double cable_connections = 240, cable_life_s = 40, cable_messages_per_s = 0.5;
static const double cable_step_s = 0.2;

/* Work that takes as often as long as usual leaves a record: one piece in sixty. */
static const double slow_service_times = 4;

struct demo_worker {
    struct demo_worker_options options;
    const struct profile *profile;
    struct worktop *worktop;
    struct worktop_handle *handles[SLOT_COUNT];
    struct crew *crew; /* NULL: the loop tracks */
    struct sim_queue queue;
    struct sim_rng rng; /* for what is not the queue's own business */
    double stepped_s;
    uint64_t counted[SLOT_COUNT]; /* our own books, for the report */
};

static void count(struct demo_worker *worker, enum slot slot, uint64_t n) {
    struct worktop_handle *handle = worker->handles[slot];
    if (handle == NULL || n == 0)
        return;
    worker->counted[slot] += n;
    if (worker->profile->fields[slot].form == WORKTOP_ADD)
        worktop_add(handle, n);
    else
        worktop_own_add(handle, n);
}

static void set(struct demo_worker *worker, enum slot slot, uint64_t value) {
    struct worktop_handle *handle = worker->handles[slot];
    if (handle == NULL)
        return;
    worker->counted[slot] = value;
    if (worker->profile->fields[slot].type == WORKTOP_S64)
        worktop_set_s64(handle, (int64_t)value);
    else
        worktop_set(handle, value);
}

static double load_now(void *context, double seconds) {
    const struct demo_worker *worker = context;
    return seconds < worker->options.until_s
               ? demo_worker_load(worker->options.kind, worker->options.index, seconds)
               : 0;
}

static bool is_stuck_now(void *context, double seconds) {
    const struct demo_worker *worker = context;
    return seconds < worker->options.until_s &&
           demo_is_stuck(worker->options.kind, worker->options.index, seconds);
}

static void request_begins(void *context, unsigned server) {
    struct demo_worker *worker = context;
    worker->counted[BUSY]++;
    if (worker->crew != NULL)
        crew_begin(worker->crew, server);
    else /* requests overlap in the one thread: which of them it is doing has no single name */
        worktop_track_begin(worker->worktop, worker->handles[BUSY]);
}

static void request_ends(void *context, unsigned server, double took_s) {
    struct demo_worker *worker = context;
    worker->counted[BUSY]--;
    count(worker, BYTES, 512 + (uint64_t)sim_exponential(&worker->rng, 14000));
    double failures = demo_failures(worker->options.kind, worker->queue.now_s);
    bool has_failed = sim_uniform(&worker->rng) < failures * worker->profile->failure_share;
    if (worker->crew != NULL)
        crew_end(worker->crew, server, has_failed);
    else if (has_failed)
        worktop_track_end_failed(worker->worktop, worker->handles[BUSY], 1);
    else
        worktop_track_end(worker->worktop, worker->handles[BUSY]);
    count(worker, DONE, 1);
    if (has_failed)
        count(worker, FAILED, 1);
    if (worker->handles[SPENT] != NULL)
        worktop_own_add_f64(worker->handles[SPENT], took_s);
}

static int open_worktop(struct demo_worker *worker) {
    struct worktop_field fields[SLOT_COUNT];
    size_t field_count = 0;
    for (size_t i = 0; i < SLOT_COUNT; i++)
        if (worker->profile->fields[i].key != NULL)
            fields[field_count++] = worker->profile->fields[i];
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.service = worker->options.service;
    options.socket_path = worker->options.socket_path;
    options.threads = worker->profile->servers;
    options.flags = worker->options.in_loop ? WORKTOP_NO_THREAD : 0;
    options.slow_ns = (uint64_t)(slow_service_times * worker->options.mean_service_s * 1e9);
    int status = worktop_open(&worker->worktop, &options, fields, field_count);
    if (status != WORKTOP_OK)
        return status;
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        const struct worktop_field *field = &worker->profile->fields[i];
        if (field->key != NULL)
            worker->handles[i] = worktop_get(worker->worktop, field->key, field->type, field->form);
    }
    return WORKTOP_OK;
}

int demo_worker_create(struct demo_worker **out, const struct demo_worker_options *options) {
    struct demo_worker *worker = calloc(1, sizeof *worker);
    *out = NULL;
    if (worker == NULL)
        return WORKTOP_ENOMEM;
    worker->options = *options;
    worker->profile = &profiles[options->kind];
    worker->stepped_s = options->begin_s;
    worker->rng.state = options->seed ^ UINT64_C(0x5851f42d4c957f2d);
    int status = open_worktop(worker);
    if (status != WORKTOP_OK) {
        free(worker);
        return status;
    }
    if (worker->profile->has_threads && !options->in_loop) {
        worker->crew = crew_start(worker->worktop, worker->handles[BUSY], options->kind,
                                  options->seed, worker->profile->servers);
        if (worker->crew == NULL) {
            demo_worker_destroy(&worker);
            return WORKTOP_ENOMEM;
        }
    }
    const struct sim_callbacks callbacks = {.load = load_now,
                                            .is_stuck = is_stuck_now,
                                            .begin = request_begins,
                                            .end = request_ends,
                                            .context = worker};
    sim_init(&worker->queue, &callbacks, worker->profile->servers, options->mean_service_s,
             options->seed, options->begin_s);
    set(worker, CAPACITY, worker->profile->servers);
    *out = worker;
    return WORKTOP_OK;
}

void demo_worker_destroy(struct demo_worker **worker) {
    if (*worker == NULL)
        return;
    crew_stop((*worker)->crew);
    worktop_close(&(*worker)->worktop);
    free(*worker);
    *worker = NULL;
}

/* Connections come and go by themselves, and messages pass on them, in steps of a fixed length. */
static void step_cable(struct demo_worker *worker, double now_s) {
    double wanted = 2 * cable_connections * demo_load(DEMO_CABLE, now_s);
    uint64_t open = worker->counted[QUEUE];
    uint64_t opened = sim_poisson(&worker->rng, wanted / cable_life_s * cable_step_s);
    uint64_t closed = sim_poisson(&worker->rng, (double)open / cable_life_s * cable_step_s);
    uint64_t messages =
        sim_poisson(&worker->rng, (double)open * cable_messages_per_s * cable_step_s);
    if (open == 0)
        opened += (uint64_t)(wanted * 0.9); /* clients that were waiting for this worker */
    open += opened;
    set(worker, QUEUE, closed < open ? open - closed : 0);
    count(worker, OPENED, opened);
    count(worker, DONE, messages);
    count(worker, BYTES, messages * 180);
}

void demo_worker_step(struct demo_worker *worker, double now_s) {
    if (worker->options.kind != DEMO_CABLE) {
        sim_step(&worker->queue, now_s);
        set(worker, QUEUE, worker->queue.waiting);
        worker->stepped_s = now_s;
        return;
    }
    while (worker->stepped_s + cable_step_s <= now_s) {
        worker->stepped_s += cable_step_s;
        if (worker->stepped_s < worker->options.until_s)
            step_cable(worker, worker->stepped_s);
    }
}

double demo_worker_next(const struct demo_worker *worker) {
    return worker->options.kind == DEMO_CABLE ? worker->stepped_s + cable_step_s
                                              : sim_next(&worker->queue);
}

bool demo_worker_is_idle(struct demo_worker *worker) {
    /* Up to the last moment something may still arrive, however idle it looks before. */
    double next_step_s = worker->options.kind == DEMO_CABLE ? cable_step_s : 0;
    if (worker->stepped_s + next_step_s < worker->options.until_s || worker->queue.busy > 0 ||
        worker->queue.waiting > 0)
        return false;
    if (worker->crew != NULL)
        crew_settle(worker->crew);
    return true;
}

int demo_worker_fd(const struct demo_worker *worker) {
    return worktop_fd(worker->worktop);
}

void demo_worker_dispatch(struct demo_worker *worker) {
    worktop_dispatch(worker->worktop);
}

size_t demo_worker_report(const struct demo_worker *worker, char *out, size_t size) {
    int length = snprintf(out, size, "{\"service\":\"%s\"", worker->options.service);
    for (size_t i = 0; i < SLOT_COUNT && length >= 0 && (size_t)length < size; i++) {
        const struct worktop_field *field = &worker->profile->fields[i];
        if (field->key != NULL && field->type != WORKTOP_F64)
            length += snprintf(out + length, size - (size_t)length, ",\"%s\":%llu", field->key,
                               (unsigned long long)worker->counted[i]);
    }
    if (length >= 0 && (size_t)length < size)
        length += snprintf(out + length, size - (size_t)length, "}\n");
    return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}
