/* The server in this process, with scripted workers on real sockets: what needs a short time-out, a
 * full store, or a short supply of descriptors. */
#include "support/scene.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/writer.h"
#include "net/socket.h"

static void a_worker_that_hangs_is_given_up_and_delays_nobody(void **state) {
    (void)state;
    struct scene scene;
    scene_open_hasty(&scene);
    struct scene_worker *hanging = scene_join(&scene, 0, HANGS, false);
    SCENE_UNTIL(&scene, hanging->setup_count == 1);
    struct scene_worker *other = scene_join(&scene, 1, ANSWERS, false);
    SCENE_UNTIL(&scene, other->id != 0);
    SCENE_UNTIL(&scene, hanging->id != 0);
    assert_int_equal(hanging->id, 1);
    assert_int_equal(other->id, 2);
    enum wt_worker_state life;
    const struct wt_worker *row = scene_look_for(&scene, hanging->id, &life);
    assert_non_null(row);
    assert_int_equal(life, WT_WORKER_SILENT);
    assert_non_null(strstr(row->reason, "0.050 s"));
    SCENE_UNTIL(&scene, scene_look_for(&scene, other->id, &life) != NULL && life == WT_WORKER_LIVE);

    /* Too late for this segment, which may be somebody else's by now: it is asked again. */
    scene_return_schema(hanging->peer, &hanging->setup_id, false);
    SCENE_UNTIL(&scene, hanging->setup_count == 2);
    assert_non_null(scene_look_for(&scene, hanging->id, &life));
    assert_int_not_equal(life, WT_WORKER_LIVE);
    assert_false(hanging->ended);
    scene_close(&scene);
}

static void many_that_hang_are_given_up_together(void **state) {
    (void)state;
    struct scene scene;
    scene_open_hasty(&scene);
    for (size_t i = 0; i < SCENE_WORKERS - 1; i++)
        scene_join(&scene, i, HANGS, false);
    for (size_t i = 0; i < SCENE_WORKERS - 1; i++)
        SCENE_UNTIL(&scene, scene.workers[i].setup_count == 1);
    scene_leave(&scene.workers[4]); /* one of them goes in the middle of the queue */
    for (size_t i = 0; i < SCENE_WORKERS - 1; i++)
        if (i != 4)
            SCENE_UNTIL(&scene, scene.workers[i].id == i + 1);
    assert_int_equal(wt_monitor_keys(scene.monitor, NULL, 0), SCENE_WORKERS - 2);
    scene_close(&scene);
}

static void a_worker_without_room_is_set_up_when_there_is(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 4096); /* 8 segments, and no growth */
    for (size_t i = 0; i < 8; i++) {
        struct scene_worker *worker = scene_join(&scene, i, i == 7 ? HANGS : ANSWERS, false);
        SCENE_UNTIL(&scene, worker->setup_count == 1);
    }
    struct scene_worker *late = scene_join(&scene, 8, ANSWERS, false);
    SCENE_UNTIL(&scene, late->id != 0);
    assert_int_equal(late->setup_count, 0);
    enum wt_worker_state life;
    const struct wt_worker *row = scene_look_for(&scene, late->id, &life);
    assert_non_null(row);
    assert_int_not_equal(life, WT_WORKER_LIVE);
    assert_string_not_equal(row->reason, "");

    struct scene_worker *full = &scene.workers[7];
    scene_return_schema(full->peer, &full->setup_id,
                        true); /* no metrics: frees its segment at once */
    SCENE_UNTIL(&scene, full->id != 0);
    wt_monitor_tick(scene.monitor, wt_clock_now());
    wt_server_offer_room(scene.server);
    SCENE_UNTIL(&scene, late->setup_count == 1);
    SCENE_UNTIL(&scene, scene_look_for(&scene, late->id, &life) != NULL && life == WT_WORKER_LIVE);
    scene_close(&scene);
}

static void a_recorder_is_offered_once_and_may_be_declined(void **state) {
    (void)state;
    struct scene scene;
    scene_open_hasty(&scene);
    struct scene_worker *plain = scene_join(&scene, 0, ANSWERS, false);
    struct scene_worker *ours = scene_join(&scene, 1, ANSWERS, true);
    struct scene_worker *declining = scene_join(&scene, 2, DECLINES_RECORDER, true);
    struct scene_worker *hanging = scene_join(&scene, 3, HANGS_AT_RECORDER, true);
    SCENE_UNTIL(&scene, ours->recorder_count >= 1 && declining->recorder_count >= 1 &&
                            hanging->recorder_count >= 1 && plain->id != 0);
    /* register does not wait for the recorder */
    SCENE_UNTIL(&scene, hanging->id != 0);
    enum wt_worker_state life;
    SCENE_UNTIL(&scene, scene_look_for(&scene, ours->id, &life)->recorder >= 0);
    SCENE_UNTIL(&scene, scene_look_for(&scene, hanging->id, &life)->recorder < 0);
    SCENE_UNTIL(&scene, scene_look_for(&scene, declining->id, &life)->recorder < 0);
    assert_int_equal(plain->recorder_count, 0);
    assert_false(hanging->ended);
    scene_close(&scene);
}

/* As a worker does that was stopped in the middle: it is given up, and asked again when it is back.
 */
static void a_worker_that_answers_late_is_asked_again(void **state) {
    (void)state;
    struct scene scene;
    scene_open_hasty(&scene);
    struct scene_worker *stopped = scene_join(&scene, 0, HANGS, true);
    SCENE_UNTIL(&scene, stopped->id != 0); /* after the time-out */
    enum wt_worker_state life;
    SCENE_UNTIL(&scene, scene_look_for(&scene, stopped->id, &life) != NULL);
    assert_int_equal(life, WT_WORKER_SILENT);
    assert_int_equal(stopped->setup_count, 1);
    stopped->behaviour = HANGS_AT_RECORDER;
    scene_return_schema(stopped->peer, &stopped->setup_id, false);
    SCENE_UNTIL(&scene, stopped->setup_count == 2);
    SCENE_UNTIL(&scene, stopped->recorder_count == 1);
    scene_look_for(&scene, stopped->id, &life);
    assert_int_equal(life, WT_WORKER_LIVE);
    SCENE_UNTIL(&scene, scene_look_for(&scene, stopped->id, &life)->recorder < 0);
    stopped->behaviour = ANSWERS;
    struct wt_buffer yes = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&yes);
    wt_bus_write_bool(&writer, true);
    wt_bus_peer_return(stopped->peer, &stopped->recorder_id, &yes);
    wt_buffer_fini(&yes);
    SCENE_UNTIL(&scene, stopped->recorder_count == 2);
    SCENE_UNTIL(&scene, scene_look_for(&scene, stopped->id, &life)->recorder >= 0);
    scene_close(&scene);
}

static void the_end_of_a_connection_removes_its_worker(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 0);
    struct scene_worker *kept = scene_join(&scene, 0, ANSWERS, false);
    struct scene_worker *killed = scene_join(&scene, 1, ANSWERS, false);
    struct scene_worker *in_setup = scene_join(&scene, 2, HANGS, false);
    SCENE_UNTIL(&scene, kept->id != 0 && killed->id != 0 && in_setup->setup_count == 1);
    assert_int_equal(wt_server_connection_count(scene.server), 3);
    scene_leave(killed);
    shutdown(in_setup->fd, SHUT_WR); /* half closed: it can never answer any more */
    SCENE_UNTIL(&scene, wt_server_connection_count(scene.server) == 1);
    uint64_t ids[4];
    assert_int_equal(wt_monitor_keys(scene.monitor, ids, 4), 1);
    assert_int_equal(ids[0], kept->id);
    SCENE_UNTIL(&scene, in_setup->ended);
    assert_int_not_equal(in_setup->id, 0); /* but register was answered */
    scene_close(&scene);
}

static wt_status append_digits(struct wt_buffer *out, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 10)
        wt_buffer_append_text(out, "0123456789");
    return WT_OK;
}

/* Longer than what a socket buffers and what the server lets wait. */
static wt_status long_text(struct wt_buffer *out) {
    return append_digits(out, 4000000);
}

/* Longer than what a socket buffers, shorter than what the server lets wait. */
static wt_status middling_text(struct wt_buffer *out) {
    return append_digits(out, 800000);
}

static void append_snapshot_call(struct wt_buffer *out, uint64_t id) {
    struct wt_bus_writer writer = wt_bus_writer_over(out);
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_uint(&writer, id);
    wt_bus_write_symbol_z(&writer, "supervisor");
    wt_bus_write_uint(&writer, 1);
    wt_bus_write_symbol_z(&writer, "snapshot");
    wt_bus_write_uint(&writer, 0);
    wt_bus_write_bool(&writer, false);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_INVOKE);
}

static void long_answers_arrive_whole_and_in_order(void **state) {
    (void)state;
    enum { CALLS = 20 };
    struct scene scene;
    scene_open(&scene, 0);
    scene.text = long_text;
    int fd;
    assert_int_equal(wt_socket_connect(scene.socket, &fd, NULL), WT_OK);
    struct wt_buffer calls = {0};
    for (uint64_t i = 0; i < CALLS; i++)
        append_snapshot_call(&calls, 2 * i + 1);
    assert_int_equal(send(fd, calls.data, calls.length, 0), calls.length);
    shutdown(fd, SHUT_WR); /* what was asked is still answered */
    static char bytes[1 << 16];
    uint64_t total = 0;
    for (;;) {
        uv_run(&scene.loop, UV_RUN_NOWAIT);
        ssize_t length = recv(fd, bytes, sizeof bytes, 0);
        if (length == 0)
            break;
        assert_true(length > 0 || errno == EAGAIN);
        total += length > 0 ? (uint64_t)length : 0;
    }
    /* Each: ext header 6, id 1, string header 5, text. */
    assert_int_equal(total, CALLS * (6 + 1 + 5 + UINT64_C(4000000)));
    wt_buffer_fini(&calls);
    close(fd);
    SCENE_UNTIL(&scene, wt_server_connection_count(scene.server) == 0);
    scene_close(&scene);
}

static int ask_and_half_close(struct scene *scene) {
    int fd;
    assert_int_equal(wt_socket_connect(scene->socket, &fd, NULL), WT_OK);
    struct wt_buffer call = {0};
    append_snapshot_call(&call, 1);
    assert_int_equal(send(fd, call.data, call.length, 0), call.length);
    shutdown(fd, SHUT_WR);
    wt_buffer_fini(&call);
    SCENE_UNTIL(scene, wt_server_connection_count(scene->server) == 1);
    return fd;
}

static void who_leaves_and_does_not_read_is_dropped(void **state) {
    (void)state;
    struct scene scene;
    scene_open_hasty(&scene);
    scene.text = middling_text;
    int fd = ask_and_half_close(&scene);
    SCENE_UNTIL(&scene, wt_server_connection_count(scene.server) == 0); /* after the time-out */
    close(fd);
    scene_close(&scene);
}

static void a_long_answer_that_nobody_reads_ends_with_its_reader(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 0);
    scene.text = long_text;
    int fd = ask_and_half_close(&scene);
    for (int i = 0; i < 20; i++)
        scene_pump(&scene);
    assert_int_equal(wt_server_connection_count(scene.server), 1);
    close(fd);
    SCENE_UNTIL(&scene, wt_server_connection_count(scene.server) == 0);
    scene_close(&scene);
}

static void too_few_descriptors_are_told(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 0);
    struct scene_worker *first = scene_join(&scene, 0, ANSWERS, false);
    SCENE_UNTIL(&scene, first->id != 0);
    int fds[3];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(wt_socket_connect(scene.socket, &fds[i], NULL), WT_OK);
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int i = 0; i < 20; i++)
        scene_pump(&scene);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    const struct wt_snapshot *snapshot = wt_monitor_tick(scene.monitor, wt_clock_now());
    assert_non_null(strstr(snapshot->monitor.problem, "connections cannot be taken"));
    struct scene_worker *second = scene_join(&scene, 1, ANSWERS, false);
    SCENE_UNTIL(&scene, second->id != 0);
    assert_false(first->ended);
    /* Nobody was sent away: they waited. */
    assert_int_equal(wt_server_connection_count(scene.server), 5);
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
    scene_close(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_hangs_is_given_up_and_delays_nobody),
        cmocka_unit_test(many_that_hang_are_given_up_together),
        cmocka_unit_test(a_worker_without_room_is_set_up_when_there_is),
        cmocka_unit_test(a_recorder_is_offered_once_and_may_be_declined),
        cmocka_unit_test(a_worker_that_answers_late_is_asked_again),
        cmocka_unit_test(the_end_of_a_connection_removes_its_worker),
        cmocka_unit_test(long_answers_arrive_whole_and_in_order),
        cmocka_unit_test(who_leaves_and_does_not_read_is_dropped),
        cmocka_unit_test(a_long_answer_that_nobody_reads_ends_with_its_reader),
        cmocka_unit_test(too_few_descriptors_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
