#include "support/scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/writer.h"
#include "net/socket.h"

static wt_status scene_text(void *context, uint64_t focus, struct wt_buffer *out,
                            struct wt_error *err) {
    (void)focus;
    const struct scene *scene = context;
    if (scene->text == NULL)
        return wt_fail(err, WT_EAGAIN, "not yet");
    return scene->text(out);
}

static void open_scene(struct scene *scene, uint64_t max_bytes, int64_t setup_timeout_ns) {
    *scene = (struct scene){.directory = "/tmp/wt-server-XXXXXX"};
    assert_non_null(mkdtemp(scene->directory));
    snprintf(scene->socket, sizeof scene->socket, "%s/s.ipc", scene->directory);
    snprintf(scene->store, sizeof scene->store, "%s/store", scene->directory);
    snprintf(scene->recorders, sizeof scene->recorders, "%s/recorders", scene->directory);
    assert_int_equal(uv_loop_init(&scene->loop), 0);
    const struct wt_monitor_options monitor_options = {.store_path = scene->store,
                                                       .recorder_path = scene->recorders,
                                                       .size_bytes = 4096,
                                                       .segment_bytes = SCENE_SEGMENT_BYTES,
                                                       .max_bytes = max_bytes,
                                                       .socket_path = scene->socket};
    struct wt_error err = {0};
    if (wt_monitor_create(&scene->monitor, &monitor_options, wt_clock_now(), &err) != WT_OK)
        fail_msg("%s", err.text);
    const struct wt_server_options server_options = {.socket_path = scene->socket,
                                                     .group = (gid_t)-1,
                                                     .setup_timeout_ns = setup_timeout_ns,
                                                     .snapshot_text = scene_text,
                                                     .context = scene};
    if (wt_server_create(&scene->server, &scene->loop, scene->monitor, &server_options, &err) !=
        WT_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < SCENE_WORKERS; i++)
        scene->workers[i].fd = -1;
}

void scene_open(struct scene *scene, uint64_t max_bytes) {
    open_scene(scene, max_bytes, SCENE_PATIENT_TIMEOUT_NS);
}

void scene_open_hasty(struct scene *scene) {
    open_scene(scene, 0, SCENE_SETUP_TIMEOUT_NS);
}

void scene_leave(struct scene_worker *worker) {
    if (worker->fd < 0)
        return;
    wt_bus_peer_destroy(worker->peer);
    close(worker->fd);
    worker->fd = -1;
    worker->peer = NULL;
}

void scene_close(struct scene *scene) {
    for (size_t i = 0; i < SCENE_WORKERS; i++)
        scene_leave(&scene->workers[i]);
    wt_server_destroy(scene->server);
    wt_monitor_destroy(scene->monitor);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    assert_int_equal(rmdir(scene->directory), 0); /* everything in it was removed */
}

void scene_return_schema(struct wt_bus_peer *peer, const struct wt_bus_token *id, bool empty) {
    struct wt_buffer value = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&value);
    wt_bus_write_array(&writer, empty ? 0 : 1);
    if (!empty) {
        wt_bus_write_array(&writer, 3);
        wt_bus_write_symbol_z(&writer, "requests_total");
        wt_bus_write_symbol_z(&writer, "u64");
        wt_bus_write_uint(&writer, 0);
    }
    wt_bus_peer_return(peer, id, &value);
    wt_buffer_fini(&value);
}

static void on_setup(void *context, struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke) {
    struct scene_worker *worker = context;
    worker->setup_count++;
    worker->setup_id = invoke->id;
    if (worker->behaviour != HANGS)
        scene_return_schema(peer, &invoke->id, worker->behaviour == ANSWERS_NOTHING);
}

static void on_recorder(void *context, struct wt_bus_peer *peer,
                        const struct wt_bus_invoke *invoke) {
    struct scene_worker *worker = context;
    struct wt_buffer value = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&value);
    worker->recorder_count++;
    worker->recorder_id = invoke->id;
    wt_bus_write_bool(&writer, worker->behaviour != DECLINES_RECORDER);
    if (worker->behaviour != HANGS_AT_RECORDER)
        wt_bus_peer_return(peer, &invoke->id, &value);
    wt_buffer_fini(&value);
}

static const struct wt_bus_method worker_methods[] = {
    {.name = "setup_utilization_observer", .least = 3, .most = 3, .call = on_setup},
    {.name = "setup_recorder", .least = 3, .most = 3, .call = on_recorder},
};
static const struct wt_bus_object worker_object = {
    .name = "worker", .class_name = "Worker", .methods = worker_methods, .method_count = 2};
static const struct wt_bus_handlers worker_handlers = {.objects = &worker_object,
                                                       .object_count = 1};

static void on_registered(void *context, struct wt_bus_peer *peer,
                          const struct wt_bus_answer *answer) {
    struct scene_worker *worker = context;
    (void)peer;
    if (answer->outcome == WT_BUS_RETURNED)
        wt_bus_to_uint64(answer->value, &worker->id);
    else if (answer->outcome == WT_BUS_FAILED)
        worker->failed = true;
}

struct scene_worker *scene_join(struct scene *scene, size_t index, enum scene_behaviour behaviour,
                                bool has_instance) {
    struct scene_worker *worker = &scene->workers[index];
    *worker = (struct scene_worker){.fd = -1, .behaviour = behaviour};
    assert_int_equal(wt_socket_connect(scene->socket, &worker->fd, NULL), WT_OK);
    assert_int_equal(
        wt_bus_peer_create(&worker->peer, WT_BUS_CONNECTING, NULL, &worker_handlers, worker, NULL),
        WT_OK);
    struct wt_buffer arguments = {0}, options = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&arguments);
    const struct wt_bus_token name = wt_bus_token_symbol("worker");
    wt_bus_write_proxy(&writer, &name);
    writer = wt_bus_writer_over(&options);
    wt_bus_write_symbol_z(&writer, "process_id");
    wt_bus_write_int(&writer, getpid());
    wt_bus_write_symbol_z(&writer, "state");
    wt_bus_write_map(&writer, has_instance ? 2 : 1);
    wt_bus_write_symbol_z(&writer, "name");
    wt_bus_write_string_z(&writer, "web");
    if (has_instance) {
        uint8_t key[16] = {1, 2, 3, (uint8_t)index};
        wt_bus_write_symbol_z(&writer, "instance");
        wt_bus_write_binary(&writer, key, sizeof key);
    }
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = "register",
                                     .arguments = &arguments,
                                     .argument_count = 1,
                                     .options = &options,
                                     .option_count = 2,
                                     .on_answer = on_registered,
                                     .context = worker};
    assert_int_equal(wt_bus_peer_call(worker->peer, &call, NULL, NULL), WT_OK);
    wt_buffer_fini(&arguments);
    wt_buffer_fini(&options);
    return worker;
}

static void pump_worker(struct scene_worker *worker) {
    if (worker->fd < 0 || worker->ended)
        return;
    struct wt_buffer *output = wt_bus_peer_output(worker->peer);
    if (output->length > 0) {
        ssize_t written = send(worker->fd, output->data, output->length, MSG_NOSIGNAL);
        if (written > 0)
            wt_bus_peer_sent(worker->peer, (size_t)written);
    }
    char bytes[4096];
    ssize_t length = recv(worker->fd, bytes, sizeof bytes, 0);
    if (length == 0 || (length < 0 && errno != EAGAIN))
        worker->ended = true;
    else if (length > 0)
        assert_int_equal(wt_bus_peer_feed(worker->peer, bytes, (size_t)length, NULL), WT_OK);
}

/* One round of everybody. */
void scene_pump(struct scene *scene) {
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    for (size_t i = 0; i < SCENE_WORKERS; i++)
        pump_worker(&scene->workers[i]);
}

/* The row of a worker in a fresh look; its state is told, too. */
static const struct wt_worker *find_row(const struct wt_snapshot *snapshot, uint64_t id,
                                        enum wt_worker_state *state) {
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        for (size_t row = 0; row < cohort->row_count; row++) {
            if (cohort->rows[row] == NULL || cohort->rows[row]->id != id)
                continue;
            *state = cohort->status[row].state;
            return cohort->rows[row];
        }
    }
    return NULL;
}

const struct wt_worker *scene_look_for(struct scene *scene, uint64_t id,
                                       enum wt_worker_state *state) {
    const struct wt_snapshot *snapshot = wt_monitor_tick(scene->monitor, wt_clock_now());
    assert_non_null(snapshot);
    return find_row(snapshot, id, state);
}
