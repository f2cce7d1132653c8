/* Runner, client and poll on a real loop, against the server of the scene. */
#include "support/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/client.h"
#include "net/poll.h"
#include "net/runner.h"
#include "net/socket.h"

struct looks {
    size_t count, emitted;
};

static void on_look(void *context, const struct wt_snapshot *snapshot, bool emit) {
    struct looks *looks = context;
    assert_non_null(snapshot);
    looks->count++;
    looks->emitted += emit ? 1 : 0;
}

static void the_runner_looks_at_once_and_emits_each_interval(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 0);
    struct looks looks = {0};
    const struct wt_runner_options options = {
        .interval_ns = 20 * WT_NS_PER_MS, .on_look = on_look, .context = &looks};
    struct wt_runner *runner;
    int64_t start_ns = wt_clock_now().monotonic_ns;
    assert_int_equal(
        wt_runner_create(&runner, &scene.loop, scene.monitor, scene.server, &options, NULL), WT_OK);
    assert_int_equal(looks.count, 1);
    assert_int_equal(looks.emitted, 0);
    SCENE_UNTIL(&scene, looks.emitted == 5);
    assert_true(wt_clock_now().monotonic_ns - start_ns >= 100 * WT_NS_PER_MS);
    assert_int_equal(looks.count, 6);
    /* Longer than a second: several looks to each emission, which fall on looks. */
    wt_runner_set_interval(runner, 2500 * WT_NS_PER_MS);
    looks = (struct looks){0};
    SCENE_UNTIL(&scene, looks.count == 1);
    assert_int_equal(looks.emitted, 0);
    wt_runner_destroy(runner);
    scene_close(&scene);
}

/* ---- looks at gauges ------------------------------------------------------------------------- */

static void count_active_timer(uv_handle_t *handle, void *count) {
    *(size_t *)count += uv_handle_get_type(handle) == UV_TIMER && uv_is_active(handle);
}

static size_t active_timers(struct scene *scene) {
    size_t count = 0;
    uv_walk(&scene->loop, count_active_timer, &count);
    return count;
}

/* A worker with a busy gauge, straight into the monitor; returns its id. */
static uint64_t add_gauged(struct scene *scene) {
    const struct wt_registration registration = {
        .pid = getpid(), .pidfd = -1, .service = "web", .service_length = 3};
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    struct wt_schema *schema;
    struct wt_offer offer;
    uint64_t id;
    wt_schema_builder_add(builder, "requests_active", 15, "u64", 3, 0, NULL, 0);
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    assert_int_equal(
        wt_monitor_register(scene->monitor, &registration, wt_clock_now(), &id, &offer, NULL),
        WT_OK);
    wt_monitor_setup_answered(scene->monitor, id, schema, wt_clock_now());
    return id;
}

static void gauges_are_looked_at_only_while_there_are_some(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 0);
    struct looks looks = {0};
    const struct wt_runner_options options = {
        .interval_ns = 20 * WT_NS_PER_MS, .look_rate = 50, .on_look = on_look, .context = &looks};
    struct wt_runner *runner;
    size_t others = active_timers(&scene);
    assert_int_equal(wt_runner_create(&runner, &scene.loop, scene.monitor, NULL, &options, NULL),
                     WT_OK);
    SCENE_UNTIL(&scene, looks.count >= 3);
    assert_int_equal(active_timers(&scene), others + 1);
    uint64_t id = add_gauged(&scene);
    SCENE_UNTIL(&scene, active_timers(&scene) == others + 2);
    looks.count = 0;
    SCENE_UNTIL(&scene, looks.count >= 3); /* it goes on by itself */
    assert_int_equal(active_timers(&scene), others + 2);
    wt_runner_set_look_rate(runner, 0);
    assert_int_equal(active_timers(&scene), others + 1);
    wt_runner_set_look_rate(runner, 100);
    assert_int_equal(active_timers(&scene), others + 2);
    wt_monitor_remove(scene.monitor, id, wt_clock_now());
    SCENE_UNTIL(&scene, active_timers(&scene) == others + 1);
    wt_runner_destroy(runner);
    scene_close(&scene);
}

static void the_store_grows_while_workers_come(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 1 << 20);
    const struct wt_runner_options options = {.interval_ns = 10 * WT_NS_PER_MS};
    struct wt_runner *runner;
    assert_int_equal(
        wt_runner_create(&runner, &scene.loop, scene.monitor, scene.server, &options, NULL), WT_OK);
    for (size_t i = 0; i < SCENE_WORKERS; i++) {
        struct scene_worker *worker = scene_join(&scene, i, ANSWERS, false);
        SCENE_UNTIL(&scene, worker->id != 0);
    }
    SCENE_UNTIL(&scene, wt_monitor_snapshot(scene.monitor)->store.size_bytes > 4096);
    enum wt_worker_state life;
    for (size_t i = 0; i < SCENE_WORKERS; i++) {
        assert_non_null(scene_look_for(&scene, scene.workers[i].id, &life));
        assert_int_equal(life, WT_WORKER_LIVE);
    }
    wt_runner_destroy(runner);
    scene_close(&scene);
}

struct asked {
    bool done;
    wt_status status;
    char text[384];
};

static void on_asked(void *context, const struct wt_net_client_answer *answer) {
    struct asked *asked = context;
    struct wt_bus_text text = {.data = "", .length = 0};
    asked->done = true;
    asked->status = answer->status;
    if (answer->status == WT_OK)
        wt_bus_text_of(answer->value, &text);
    snprintf(asked->text, sizeof asked->text, "%.*s",
             answer->status == WT_OK ? (int)(text.length < 300 ? text.length : 300) : 383,
             answer->status == WT_OK ? text.data : answer->error->text);
}

static wt_status short_text(struct wt_buffer *out) {
    wt_buffer_append_text(out, "{}");
    return WT_OK;
}

static void the_client_tells_what_became_of_its_call(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 0);
    scene.text = short_text;
    struct wt_net_client_options options = {.socket_path = scene.socket};
    struct wt_net_client *client;
    struct asked asked = {0};
    assert_int_equal(wt_net_client_create(&client, &scene.loop, &options, NULL), WT_OK);
    for (int i = 0; i < 2; i++) { /* the connection is kept */
        asked = (struct asked){0};
        assert_int_equal(wt_net_client_call(client, "snapshot", on_asked, &asked, NULL), WT_OK);
        assert_int_equal(wt_net_client_call(client, "keys", on_asked, &asked, NULL), WT_EBUSY);
        assert_false(asked.done);
        SCENE_UNTIL(&scene, asked.done);
        assert_int_equal(asked.status, WT_OK);
        assert_string_equal(asked.text, "{}");
        assert_int_equal(wt_server_connection_count(scene.server), 1);
    }
    asked = (struct asked){0};
    assert_int_equal(wt_net_client_call(client, "zork", on_asked, &asked, NULL), WT_OK);
    SCENE_UNTIL(&scene, asked.done);
    assert_int_equal(asked.status, WT_EREMOTE);
    assert_non_null(strstr(asked.text, "zork"));
    wt_net_client_destroy(client);
    scene_close(&scene);
}

static void the_client_gives_up_in_time(void **state) {
    (void)state;
    char directory[] = "/tmp/wt-mute-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/s.ipc", directory);
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct wt_net_client_options options = {.socket_path = path, .timeout_ns = 30 * WT_NS_PER_MS};
    struct wt_net_client *client;
    struct asked asked = {0};
    assert_int_equal(wt_net_client_create(&client, &loop, &options, NULL), WT_OK);

    assert_int_equal(wt_net_client_call(client, "status", on_asked, &asked, NULL), WT_OK);
    while (!asked.done)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(asked.status, WT_ENOENT);

    /* Somebody who accepts (or does not even do that) and says nothing. */
    struct wt_listener mute;
    const struct wt_listener_options listen_options = {
        .path = path, .mode = 0600, .group = (gid_t)-1, .backlog = 1};
    assert_int_equal(wt_listener_open(&mute, &listen_options, NULL), WT_OK);
    for (int i = 0; i < 4; i++) { /* the later ones find the backlog full */
        asked = (struct asked){0};
        assert_int_equal(wt_net_client_call(client, "status", on_asked, &asked, NULL), WT_OK);
        while (!asked.done)
            uv_run(&loop, UV_RUN_ONCE);
        assert_int_equal(asked.status, WT_ETIMEOUT);
        assert_non_null(strstr(asked.text, path));
    }
    wt_net_client_destroy(client);
    wt_listener_close(&mute);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(rmdir(directory), 0);
}

static size_t polled;
static void on_polled(void *context, const struct wt_poll_state *poll_state) {
    (void)context;
    (void)poll_state;
    polled++;
}

static void a_poll_keeps_the_last_good_text(void **state) {
    (void)state;
    struct scene scene;
    scene_open(&scene, 0);
    scene.text = short_text;
    const struct wt_poll_options options = {.socket_path = scene.socket,
                                            .interval_ns = 5 * WT_NS_PER_MS,
                                            .timeout_ns = 2 * WT_NS_PER_S,
                                            .on_answer = on_polled};
    struct wt_poll *poll_;
    polled = 0;
    assert_int_equal(wt_poll_create(&poll_, &scene.loop, &options, NULL), WT_OK);
    const struct wt_poll_state *seen = wt_poll_state(poll_);
    assert_int_equal(seen->length, 0);
    SCENE_UNTIL(&scene, polled >= 3);
    assert_string_equal(seen->text, "{}");
    assert_string_equal(seen->problem, "");

    wt_server_destroy(scene.server);
    scene.server = NULL;
    size_t before = polled;
    SCENE_UNTIL(&scene, polled >= before + 2);
    assert_string_equal(seen->text, "{}");
    assert_int_not_equal(seen->status, WT_OK);
    assert_string_not_equal(seen->problem, "");
    assert_true(seen->failing_since.monotonic_ns >= seen->received.monotonic_ns);
    wt_poll_destroy(poll_);
    scene_close(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_runner_looks_at_once_and_emits_each_interval),
        cmocka_unit_test(gauges_are_looked_at_only_while_there_are_some),
        cmocka_unit_test(the_store_grows_while_workers_come),
        cmocka_unit_test(the_client_tells_what_became_of_its_call),
        cmocka_unit_test(the_client_gives_up_in_time),
        cmocka_unit_test(a_poll_keeps_the_last_good_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
