#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/peer.h"
#include "support/bus.h"

/*
 * Two ends of one connection in memory: a supervisor and a worker, scripted as the real ones
 * behave. Bytes are carried in pieces of any size.
 */

struct side {
    struct wt_bus_peer *peer;
    /* the supervisor's */
    struct wt_bus_token register_id;
    bool registered;
    uint32_t schema_fields;
    int recorder_answer; /* -1: none yet */
    char service[32];
    /* the worker's */
    int setups, recorders;
    uint64_t id; /* what register returned */
    char last_path[64];
};

static void write_path_size_offset(struct wt_buffer *buffer) {
    struct wt_bus_writer w = wt_bus_writer_over(buffer);
    wt_bus_write_string_z(&w, "utilization.shm");
    wt_bus_write_uint(&w, 512);
    wt_bus_write_uint(&w, 0);
}

static void call_worker(struct side *side, const char *method, wt_bus_answer_fn on_answer) {
    struct wt_buffer arguments = {0};
    write_path_size_offset(&arguments);
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("worker"),
                                     .method = method,
                                     .arguments = &arguments,
                                     .argument_count = 3,
                                     .on_answer = on_answer,
                                     .context = side};
    assert_int_equal(wt_bus_peer_call(side->peer, &call, NULL, NULL), WT_OK);
    wt_buffer_fini(&arguments);
}

static void return_uint(struct wt_bus_peer *peer, const struct wt_bus_token *id, uint64_t value) {
    struct wt_buffer buffer = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&buffer);
    wt_bus_write_uint(&w, value);
    wt_bus_peer_return(peer, id, &buffer);
    wt_buffer_fini(&buffer);
}

static void on_recorder(void *context, struct wt_bus_peer *peer,
                        const struct wt_bus_answer *answer) {
    struct side *side = context;
    (void)peer;
    side->recorder_answer =
        answer->outcome == WT_BUS_RETURNED ? !wt_bus_is_falsy(answer->value) : -2;
}

static void on_setup(void *context, struct wt_bus_peer *peer, const struct wt_bus_answer *answer) {
    struct side *side = context;
    if (answer->outcome == WT_BUS_GONE)
        return;
    assert_int_equal(answer->outcome, WT_BUS_RETURNED);
    side->schema_fields = answer->value->count;
    return_uint(peer, &side->register_id, 1);
    side->registered = true;
}

static void supervisor_register(void *context, struct wt_bus_peer *peer,
                                const struct wt_bus_invoke *invoke) {
    struct side *side = context;
    struct wt_bus_text name;
    (void)peer;
    side->register_id = invoke->id;
    assert_int_equal(invoke->arguments[0].type, WT_BUS_PROXY);
    wt_bus_text_of(wt_bus_map_get(wt_bus_map_get(invoke->options, "state"), "name"), &name);
    snprintf(side->service, sizeof side->service, "%.*s", (int)name.length, name.data);
    call_worker(side, "setup_utilization_observer", on_setup);
}

static void supervisor_keys(void *context, struct wt_bus_peer *peer,
                            const struct wt_bus_invoke *invoke) {
    struct wt_buffer buffer = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&buffer);
    (void)context;
    wt_bus_write_array(&w, 1);
    wt_bus_write_uint(&w, 1);
    wt_bus_peer_return(peer, &invoke->id, &buffer);
    wt_buffer_fini(&buffer);
}

static const struct wt_bus_method supervisor_methods[] = {
    {.name = "register",
     .least = 1,
     .most = 1,
     .keywords = {{"process_id", true}, {"state", false}},
     .call = supervisor_register},
    {.name = "keys", .call = supervisor_keys},
};
static const struct wt_bus_object supervisor_objects[] = {
    {"supervisor", "SupervisorController", supervisor_methods, 2},
};
static const struct wt_bus_handlers supervisor_handlers = {supervisor_objects, 1};

static void worker_setup(void *context, struct wt_bus_peer *peer,
                         const struct wt_bus_invoke *invoke) {
    struct side *side = context;
    struct wt_bus_text path;
    side->setups++;
    wt_bus_text_of(&invoke->arguments[0], &path);
    snprintf(side->last_path, sizeof side->last_path, "%.*s", (int)path.length, path.data);
    /* The recorded answer without its header and id: the schema. */
    struct wt_buffer bytes = bus_golden_bytes(BUS_GOLDEN_SETUP_RETURN);
    wt_buffer_consume(&bytes, 4);
    wt_bus_peer_return(peer, &invoke->id, &bytes);
    wt_buffer_fini(&bytes);
}

static void worker_recorder(void *context, struct wt_bus_peer *peer,
                            const struct wt_bus_invoke *invoke) {
    struct side *side = context;
    struct wt_buffer buffer = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&buffer);
    side->recorders++;
    wt_bus_write_bool(&w, true);
    wt_bus_peer_return(peer, &invoke->id, &buffer);
    wt_buffer_fini(&buffer);
}

static const struct wt_bus_method worker_methods[] = {
    {.name = "setup_utilization_observer", .least = 3, .most = 3, .call = worker_setup},
    {.name = "setup_recorder", .least = 3, .most = 3, .call = worker_recorder},
};
static const struct wt_bus_object worker_objects[] = {{"worker", "Worker", worker_methods, 2}};
static const struct wt_bus_handlers worker_handlers = {worker_objects, 1};

struct pair {
    struct side supervisor, worker;
};

static struct wt_bus_peer *new_supervisor(struct side *side) {
    *side = (struct side){.recorder_answer = -1};
    assert_int_equal(
        wt_bus_peer_create(&side->peer, WT_BUS_ACCEPTING, NULL, &supervisor_handlers, side, NULL),
        WT_OK);
    return side->peer;
}

static struct wt_bus_peer *new_worker(struct side *side) {
    *side = (struct side){.recorder_answer = -1};
    assert_int_equal(
        wt_bus_peer_create(&side->peer, WT_BUS_CONNECTING, NULL, &worker_handlers, side, NULL),
        WT_OK);
    return side->peer;
}

/* Carries all output of one end to the other, `piece` bytes at a time. Returns the bytes. */
static size_t carry(struct wt_bus_peer *from, struct wt_bus_peer *to, size_t piece) {
    size_t length, at = 0;
    char *bytes = wt_buffer_take(wt_bus_peer_output(from), &length);
    assert_non_null(bytes);
    while (at < length) {
        size_t step = piece < length - at ? piece : length - at;
        struct wt_error err = {.text = ""};
        if (wt_bus_peer_feed(to, bytes + at, step, &err) != WT_OK)
            fail_msg("%s", err.text);
        at += step;
    }
    free(bytes);
    return length;
}

static void run(struct pair *pair, size_t piece) {
    while (carry(pair->worker.peer, pair->supervisor.peer, piece) +
               carry(pair->supervisor.peer, pair->worker.peer, piece) >
           0)
        continue;
}

static void on_id(void *context, struct wt_bus_peer *peer, const struct wt_bus_answer *answer) {
    struct side *side = context;
    (void)peer;
    if (answer->outcome == WT_BUS_RETURNED)
        assert_true(wt_bus_to_uint64(answer->value, &side->id));
}

static void call_register(struct side *side) {
    struct wt_buffer arguments = {0}, options = {0};
    struct wt_bus_writer a = wt_bus_writer_over(&arguments), o = wt_bus_writer_over(&options);
    struct wt_bus_token worker = wt_bus_token_symbol("worker");
    wt_bus_write_proxy(&a, &worker);
    wt_bus_write_symbol_z(&o, "process_id");
    wt_bus_write_int(&o, 9712);
    wt_bus_write_symbol_z(&o, "state");
    wt_bus_write_map(&o, 1);
    wt_bus_write_symbol_z(&o, "name");
    wt_bus_write_string_z(&o, "web");
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = "register",
                                     .arguments = &arguments,
                                     .argument_count = 1,
                                     .options = &options,
                                     .option_count = 2,
                                     .on_answer = on_id,
                                     .context = side};
    assert_int_equal(wt_bus_peer_call(side->peer, &call, NULL, NULL), WT_OK);
    wt_buffer_fini(&arguments);
    wt_buffer_fini(&options);
}

static void destroy(struct pair *pair) {
    wt_bus_peer_destroy(pair->supervisor.peer);
    wt_bus_peer_destroy(pair->worker.peer);
}

/* ---- Registration ---- */

static void registration_speaks_the_recorded_bytes(void **state) {
    (void)state;
    struct pair pair;
    struct wt_bus_peer *supervisor = new_supervisor(&pair.supervisor);
    struct wt_bus_peer *worker = new_worker(&pair.worker);
    call_register(&pair.worker);
    bus_assert_output(worker, bus_golden_hex(BUS_GOLDEN_REGISTER));
    carry(worker, supervisor, SIZE_MAX);
    assert_string_equal(pair.supervisor.service, "web");
    bus_assert_output(supervisor, bus_golden_hex(BUS_GOLDEN_SETUP));
    assert_int_equal(wt_bus_peer_open_invokes(supervisor), 1);
    assert_int_equal(wt_bus_peer_open_calls(supervisor), 1);
    carry(supervisor, worker, SIZE_MAX);
    bus_assert_output(worker, bus_golden_hex(BUS_GOLDEN_SETUP_RETURN));
    carry(worker, supervisor, SIZE_MAX);
    assert_int_equal(pair.supervisor.schema_fields, 4);
    bus_assert_output(supervisor, bus_golden_hex(BUS_GOLDEN_REGISTER_RETURN));
    carry(supervisor, worker, SIZE_MAX);
    assert_int_equal(pair.worker.id, 1);
    assert_int_equal(wt_bus_peer_open_invokes(supervisor), 0);
    assert_int_equal(wt_bus_peer_open_calls(supervisor), 0);
    assert_int_equal(wt_bus_peer_open_calls(worker), 0);
    destroy(&pair);
}

static void registration_works_in_pieces_of_any_size(void **state) {
    (void)state;
    for (size_t piece = 1; piece <= 80; piece++) {
        struct pair pair;
        new_supervisor(&pair.supervisor);
        new_worker(&pair.worker);
        call_register(&pair.worker);
        run(&pair, piece);
        assert_true(pair.supervisor.registered);
        assert_int_equal(pair.worker.id, 1);
        assert_string_equal(pair.worker.last_path, "utilization.shm");
        call_worker(&pair.supervisor, "setup_recorder", on_recorder);
        run(&pair, piece);
        assert_int_equal(pair.supervisor.recorder_answer, 1);
        assert_int_equal(pair.worker.recorders, 1);
        destroy(&pair);
    }
}

/* An unmodified worker answers a method that it lacks with an Error: no recorder, nothing worse. */
static void a_worker_without_recorder_says_so(void **state) {
    (void)state;
    struct side side;
    struct wt_bus_peer *peer = new_supervisor(&side);
    call_worker(&side, "setup_recorder", on_recorder);
    wt_bus_peer_sent(peer, wt_bus_peer_output(peer)->length);
    bus_expect(peer, "<03 02 <21 'NoMethodError' 'undefined method' c0>>", "");
    wt_bus_peer_destroy(peer);
}

static void a_release_never_matters(void **state) {
    (void)state;
    static const char *const releases[] = {"d511cca0", "c70d11c70a2073757065727669736f72",
                                           "c70911c70620776f726b6572", "d411c0"};
    for (size_t i = 0; i < sizeof releases / sizeof releases[0]; i++) {
        struct pair pair;
        struct wt_bus_peer *supervisor = new_supervisor(&pair.supervisor);
        struct wt_bus_peer *worker = new_worker(&pair.worker);
        bus_expect(supervisor, releases[i], "");
        bus_expect(worker, releases[i], "");
        call_register(&pair.worker);
        carry(worker, supervisor, SIZE_MAX);
        struct wt_buffer release = bus_bytes(releases[i]);
        assert_int_equal(wt_bus_peer_feed(supervisor, release.data, release.length, NULL), WT_OK);
        carry(supervisor, worker, SIZE_MAX);
        assert_int_equal(wt_bus_peer_feed(worker, release.data, release.length, NULL), WT_OK);
        run(&pair, SIZE_MAX);
        assert_int_equal(pair.worker.id, 1);
        assert_int_equal(wt_bus_peer_ignored(supervisor), 2);
        assert_int_equal(wt_bus_peer_ignored(worker), 2);
        bus_expect(supervisor, bus_golden_hex(BUS_GOLDEN_KEYS),
                   bus_golden_hex(BUS_GOLDEN_KEYS_RETURN));
        wt_buffer_fini(&release);
        destroy(&pair);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registration_speaks_the_recorded_bytes),
        cmocka_unit_test(registration_works_in_pieces_of_any_size),
        cmocka_unit_test(a_worker_without_recorder_says_so),
        cmocka_unit_test(a_release_never_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
