/* A worktop and its monitor: registration, offers, refusals, and a monitor that comes and goes. */
#include "support/support.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "client/internal.h"
#include "shm/guard.h"
#include "shm/layout.h"
#include "support/bus.h"
#include "support/files.h"
#include "support/scripted.h"

enum { SEGMENT = 512, STORE_BYTES = 64 * SEGMENT };

static const struct worktop_field fields[] = {
    {"a_total", WORKTOP_U64, WORKTOP_ADD},
    {"b", WORKTOP_S64, WORKTOP_ONE_WRITER},
    {"c", WORKTOP_F64, WORKTOP_SET},
};
enum { FIELDS = 3 };

struct scene {
    struct test_monitor monitor;
    struct worktop *worktop; /* without a thread: the monitor's crank dispatches it */
    struct worktop_handle *a, *b, *c;
};

static void open_worktop(struct scene *scene, const char *socket_path) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.service = "web";
    options.socket_path = socket_path;
    options.flags = WORKTOP_NO_THREAD;
    options.threads = 3;
    assert_int_equal(worktop_open(&scene->worktop, &options, fields, FIELDS), WORKTOP_OK);
    scene->worktop->uplink.pause_unit_ns = 2 * (uint64_t)WT_NS_PER_MS;
    scene->monitor.dispatched = scene->worktop;
    scene->a = worktop_get(scene->worktop, "a_total", WORKTOP_U64, WORKTOP_ADD);
    scene->b = worktop_get(scene->worktop, "b", WORKTOP_S64, WORKTOP_ONE_WRITER);
    scene->c = worktop_get(scene->worktop, "c", WORKTOP_F64, WORKTOP_SET);
    assert_true(scene->a != NULL && scene->b != NULL && scene->c != NULL);
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    test_monitor_open(&scene->monitor, STORE_BYTES);
    open_worktop(scene, scene->monitor.socket_path);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    worktop_close(&scene->worktop);
    test_monitor_close(&scene->monitor);
    free(scene);
    return 0;
}

static void register_now(struct scene *scene) {
    test_monitor_listen(&scene->monitor);
    test_monitor_until_state(&scene->monitor, scene->worktop, WORKTOP_ATTACHED);
}

static void registers_as_ruby_does(void **state) {
    struct scene *scene = *state;
    struct test_monitor *monitor = &scene->monitor;
    assert_int_equal(test_info(scene->worktop).state, WORKTOP_DISCONNECTED);
    register_now(scene);
    assert_int_equal(monitor->registrations, 1);
    assert_int_equal(monitor->process_id, getpid());
    assert_string_equal(monitor->service, "web");
    assert_int_equal(monitor->threads, 3);
    assert_string_equal(monitor->proxy, "worker");

    struct worktop_info info = test_info(scene->worktop);
    assert_int_equal(info.id, 1);
    assert_int_equal(info.connections, 1);
    assert_int_equal(info.has_segment, 0);
    assert_int_equal(strlen(info.instance), 32);
    assert_string_equal(monitor->instance, info.instance);

    /* The same bytes as the recorded session up to the process id (after the ext header, whose
     * length differs). */
    struct wt_buffer golden = bus_golden_bytes(BUS_GOLDEN_REGISTER);
    const size_t same = 54 - 3;
    assert_true(golden.length > 3 + same && monitor->received.length > 3 + same);
    struct wt_buffer expected = bus_hex(golden.data + 3, same);
    assert_int_equal((unsigned char)monitor->received.data[0], 0xc7);
    bus_assert_bytes(monitor->received.data + 3, same, wt_buffer_text(&expected));
    wt_buffer_fini(&expected);
    wt_buffer_fini(&golden);
}

static void answers_its_schema_and_publishes(void **state) {
    struct scene *scene = *state;
    worktop_add(scene->a, 5);
    worktop_own_set_s64(scene->b, -7);
    worktop_set_f64(scene->c, 0.5);
    register_now(scene);
    test_monitor_give_segment(&scene->monitor, 4);
    bus_assert_bytes(scene->monitor.value.data, scene->monitor.value.length,
                     "93 93 c70720615f746f74616c c70320753634 00"
                     "   93 d42062               c70320733634 08"
                     "   93 d42063               c70320663634 10");
    assert_int_equal(test_info(scene->worktop).has_segment, 1);
    assert_int_equal(test_monitor_word(&scene->monitor, 4 * SEGMENT), 5);
    assert_int_equal((int64_t)test_monitor_word(&scene->monitor, 4 * SEGMENT + 8), -7);
    assert_true(worktop_f64_value(test_monitor_word(&scene->monitor, 4 * SEGMENT + 16)) == 0.5);

    test_monitor_give_segment(&scene->monitor, 0); /* moved while connected */
    worktop_add(scene->a, 1);
    assert_int_equal(test_monitor_word(&scene->monitor, 0), 6);
    assert_int_equal(test_monitor_word(&scene->monitor, 4 * SEGMENT), 5);
    test_monitor_give_segment(&scene->monitor, 0); /* the same again: only answered */
    assert_int_equal(test_info(scene->worktop).switches, 2);
}

/* Ruby supervisors send the path as they were given it, usually relative. */
static void a_relative_path_means_the_working_directory(void **state) {
    struct scene *scene = *state;
    char before[PATH_MAX];
    assert_non_null(getcwd(before, sizeof before));
    register_now(scene);
    assert_int_equal(chdir(scene->monitor.directory), 0);
    test_monitor_offer(&scene->monitor, "setup_utilization_observer", "utilization.shm", SEGMENT,
                       SEGMENT);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(scene->monitor.outcome, WT_BUS_RETURNED);
    worktop_add(scene->a, 2);
    assert_int_equal(test_monitor_word(&scene->monitor, SEGMENT), 2);
}

static void refuse(struct scene *scene, const char *path, uint64_t size, int64_t offset,
                   const char *error_class, const char *part_of_message) {
    static const char *const setups[] = {"setup_utilization_observer", "setup_recorder"};
    for (size_t i = 0; i < 2; i++) {
        test_monitor_offer(&scene->monitor, setups[i], path, size, offset);
        assert_int_equal(scene->monitor.outcome, WT_BUS_FAILED);
        assert_string_equal(scene->monitor.error_class, error_class);
        if (strstr(scene->monitor.message, part_of_message) == NULL)
            fail_msg("'%s' is not in '%s'", part_of_message, scene->monitor.message);
    }
}

static void impossible_offers_are_refused_and_change_nothing(void **state) {
    struct scene *scene = *state;
    register_now(scene);
    test_monitor_give_segment(&scene->monitor, 1);
    const char *store = scene->monitor.store_path;
    refuse(scene, store, 16, 0, "ArgumentError", "too small");
    refuse(scene, store, SEGMENT, -8, "ArgumentError", "offset");
    refuse(scene, store, SEGMENT, 4, "ArgumentError", "multiple of 8");
    refuse(scene, store, SEGMENT, STORE_BYTES, "ArgumentError", "passes the end");
    refuse(scene, store, UINT64_MAX, 0, "ArgumentError", "");
    refuse(scene, "", SEGMENT, 0, "ArgumentError", "path");
    refuse(scene, "/nonexistent/store", SEGMENT, 0, "IOError", "/nonexistent/store");
    refuse(scene, "/dev/null", SEGMENT, 0, "ArgumentError", "regular");
    test_monitor_offer(&scene->monitor, "setup_utilization_observer", NULL, 0, 0);
    assert_string_equal(scene->monitor.error_class, "ArgumentError");

    struct worktop_info info = test_info(scene->worktop);
    assert_int_equal(info.state, WORKTOP_ATTACHED);
    assert_int_equal(info.has_segment, 1);
    assert_int_equal(info.has_recorder, 0);
    assert_non_null(strstr(info.trouble, "regular"));
    worktop_add(scene->a, 2);
    assert_int_equal(test_monitor_word(&scene->monitor, SEGMENT), 2);
}

static void other_methods_are_answered_politely(void **state) {
    struct scene *scene = *state;
    register_now(scene);
    static const char *const unknown[] = {"thread_dump", "memory_dump", "garbage_profile_start"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        test_monitor_offer(&scene->monitor, unknown[i], NULL, 0, 0);
        assert_int_equal(scene->monitor.outcome, WT_BUS_FAILED);
        assert_string_equal(scene->monitor.error_class, "NoMethodError");
    }
    assert_int_equal(test_info(scene->worktop).state, WORKTOP_ATTACHED);
}

static struct wt_recorder_reading read_region(const struct scene *scene, uint64_t offset) {
    _Alignas(64) unsigned char region[576];
    assert_int_equal(pread(scene->monitor.store_fd, region, sizeof region, (off_t)offset),
                     sizeof region);
    struct wt_recorder_reading reading;
    uint64_t now = (uint64_t)wt_clock_now().monotonic_ns;
    assert_int_equal(wt_recorder_read(region, sizeof region, now, &reading), WT_RECORDER_READY);
    return reading;
}

static void the_recorder_region_shows_heartbeat_and_busy_time(void **state) {
    struct scene *scene = *state;
    register_now(scene);
    worktop_track_begin(scene->worktop, NULL); /* before there is a region */
    test_monitor_offer(&scene->monitor, "setup_recorder", scene->monitor.store_path, 576, 1152);
    bus_assert_bytes(scene->monitor.value.data, scene->monitor.value.length, "c3");
    assert_int_equal(test_info(scene->worktop).has_recorder, 1);

    uint64_t before = (uint64_t)wt_clock_now().monotonic_ns;
    struct wt_recorder_reading first = read_region(scene, 1152);
    assert_int_equal(first.threads, 1);
    assert_int_equal(first.active, 1);
    assert_true(first.heartbeat_ns <= before && first.started_ns == first.heartbeat_ns);

    worktop_track_begin(scene->worktop, NULL);
    assert_int_equal(read_region(scene, 1152).active, 2);
    worktop_track_end(scene->worktop, NULL);
    worktop_track_end(scene->worktop, NULL);
    struct wt_recorder_reading last = read_region(scene, 1152);
    assert_int_equal(last.active, 0);
    assert_true(last.busy_ns > first.busy_ns);
    assert_int_equal(read_region(scene, 1152).busy_ns, last.busy_ns); /* idle: it stands still */

    /* Another region takes over where the first one was, which is left alone. */
    test_monitor_offer(&scene->monitor, "setup_recorder", scene->monitor.store_path, 576, 2304);
    assert_int_equal(read_region(scene, 2304).busy_ns, last.busy_ns);
    worktop_track_begin(scene->worktop, NULL);
    assert_int_equal(read_region(scene, 2304).active, 1);
    assert_int_equal(read_region(scene, 1152).active, 0);
    worktop_track_end(scene->worktop, NULL);
}

/* A heartbeat now, and every 5 ms from now on. */
static void beat_fast(struct scene *scene) {
    scene->worktop->uplink.heartbeat_ns = 5 * (uint64_t)WT_NS_PER_MS;
    scene->worktop->uplink.next_heartbeat_ns = 0;
    assert_int_equal(worktop_dispatch(scene->worktop), WORKTOP_OK);
}

static bool has_beaten(const struct test_monitor *monitor, void *context) {
    uint64_t *last = context;
    return test_monitor_word(monitor, 8) > *last;
}

static void the_heart_beats(void **state) {
    struct scene *scene = *state;
    beat_fast(scene);
    register_now(scene);
    test_monitor_offer(&scene->monitor, "setup_recorder", scene->monitor.store_path, 576, 0);
    for (int i = 0; i < 3; i++) {
        uint64_t last = test_monitor_word(&scene->monitor, 8);
        test_monitor_until(&scene->monitor, has_beaten, &last);
    }
}

static void a_monitor_appears_dies_and_reappears(void **state) {
    struct scene *scene = *state;
    struct test_monitor *monitor = &scene->monitor;
    test_monitor_serve(monitor, 10 * WT_NS_PER_MS); /* nobody there: tries go on */
    assert_non_null(strstr(test_info(scene->worktop).trouble, "no monitor at "));
    char instance[33];
    uint64_t adds = 0;
    for (uint32_t life = 1; life <= 12; life++) {
        worktop_add(scene->a, life);
        adds += life;
        test_monitor_listen(monitor);
        test_monitor_until_registered(monitor, life);
        test_monitor_until_state(monitor, scene->worktop, WORKTOP_ATTACHED);
        if (life == 1)
            memcpy(instance, monitor->instance, sizeof instance);
        assert_string_equal(monitor->instance, instance); /* one life, one key */
        assert_int_equal(test_info(scene->worktop).id, life);
        test_monitor_give_segment(monitor, life % 5);
        worktop_add(scene->a, 1);
        adds++;
        assert_int_equal(test_monitor_word(monitor, life % 5 * SEGMENT), adds);
        test_monitor_die(monitor);
        worktop_add(scene->a, 1);
        adds++;
        assert_int_equal(test_monitor_word(monitor, life % 5 * SEGMENT), adds); /* still there */
        test_monitor_until_state(monitor, scene->worktop, WORKTOP_DISCONNECTED);
    }
    assert_int_equal(test_info(scene->worktop).connections, 12);
}

static bool has_connections(const struct test_monitor *monitor, void *context) {
    return monitor->connections >= *(uint32_t *)context;
}

static void until_connections(struct scene *scene, uint32_t count) {
    test_monitor_until(&scene->monitor, has_connections, &count);
}

static void a_refused_or_dropped_registration_is_tried_again(void **state) {
    struct scene *scene = *state;
    scene->monitor.manner = TEST_MONITOR_REFUSES;
    test_monitor_listen(&scene->monitor);
    until_connections(scene, 3);
    assert_non_null(strstr(test_info(scene->worktop).trouble, "not you"));
    scene->monitor.manner = TEST_MONITOR_CLOSES;
    until_connections(scene, 6);
    scene->monitor.manner = TEST_MONITOR_ANSWERS;
    test_monitor_until_state(&scene->monitor, scene->worktop, WORKTOP_ATTACHED);
}

/* Nobody gives up on a monitor that is slow: its socket is open, so it lives. */
static void a_registration_without_an_answer_waits(void **state) {
    struct scene *scene = *state;
    scene->monitor.manner = TEST_MONITOR_SILENT;
    test_monitor_listen(&scene->monitor);
    test_monitor_until_registered(&scene->monitor, 1);
    test_monitor_serve(&scene->monitor, 30 * WT_NS_PER_MS);
    assert_int_equal(scene->monitor.connections, 1);
    assert_int_equal(test_info(scene->worktop).state, WORKTOP_REGISTERING);
    test_monitor_give_segment(&scene->monitor, 2); /* as inside register */
    worktop_add(scene->a, 4);
    assert_int_equal(test_monitor_word(&scene->monitor, 2 * SEGMENT), 4);
}

static void nonsense_ends_the_connection_and_nothing_else(void **state) {
    struct scene *scene = *state;
    static const char *const nonsense[] = {"c1", "c7ff4000000000000000000000000000",
                                           "c90000000100c0", "d40101",
                                           "c90fffffff00000000000000000000000000"};
    test_monitor_listen(&scene->monitor);
    for (uint32_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        test_monitor_until_state(&scene->monitor, scene->worktop, WORKTOP_ATTACHED);
        test_monitor_give_segment(&scene->monitor, i);
        struct wt_buffer bytes = bus_bytes(nonsense[i]);
        assert_int_equal(send(scene->monitor.fd, bytes.data, bytes.length, MSG_NOSIGNAL),
                         bytes.length);
        wt_buffer_fini(&bytes);
        until_connections(scene, i + 2);
        worktop_add(scene->a, 1);
    }
    test_monitor_until_state(&scene->monitor, scene->worktop, WORKTOP_ATTACHED);
    test_monitor_give_segment(&scene->monitor, 9);
    assert_int_equal(test_monitor_word(&scene->monitor, 9 * SEGMENT), 5);
}

static void count_answer(void *context, struct wt_bus_peer *peer,
                         const struct wt_bus_answer *answer) {
    (void)peer;
    uint32_t *count = context;
    *count += answer->outcome == WT_BUS_FAILED;
}

static bool is_count_reached(const struct test_monitor *monitor, void *context) {
    (void)monitor;
    return *(uint32_t *)context == 20000;
}

/* 20,000 calls at once: more answers than any socket buffer holds. */
static void a_flood_of_calls_is_answered_in_full(void **state) {
    struct scene *scene = *state;
    register_now(scene);
    uint32_t answers = 0;
    for (int i = 0; i < 20000; i++) {
        const struct wt_bus_call call = {.object = wt_bus_token_symbol("worker"),
                                         .method = "thread_dump",
                                         .on_answer = count_answer,
                                         .context = &answers};
        assert_int_equal(wt_bus_peer_call(scene->monitor.peer, &call, NULL, NULL), WT_OK);
    }
    test_monitor_until(&scene->monitor, is_count_reached, &answers);
    assert_int_equal(test_info(scene->worktop).connections, 1);
}

/* A listen queue that is full answers EAGAIN, not "refused": the monitor is there. */
static void a_full_queue_is_tried_again(void **state) {
    struct scene *scene = *state;
    struct test_monitor *monitor = &scene->monitor;
    test_monitor_listen(monitor);
    assert_int_equal(listen(monitor->listen_fd, 0), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, monitor->socket_path);
    int others[8];
    int count = 0;
    while (count < 8) {
        others[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(others[count++], (struct sockaddr *)&address, sizeof address) != 0)
            break;
    }
    assert_true(count < 8);
    for (int i = 0; i < 5; i++)
        assert_int_equal(worktop_dispatch(scene->worktop), WORKTOP_OK);
    assert_int_equal(test_info(scene->worktop).connections, 0);
    assert_non_null(strstr(test_info(scene->worktop).trouble, "temporarily unavailable"));
    while (count > 0)
        close(others[--count]);
    test_monitor_until_state(monitor, scene->worktop, WORKTOP_ATTACHED);
}

static void a_truncated_store_is_left_for_a_new_one(void **state) {
    struct scene *scene = *state;
    struct test_monitor *monitor = &scene->monitor;
    /* cmocka handles SIGBUS; in a program the library would have installed this. */
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    register_now(scene);
    test_monitor_give_segment(monitor, 1);
    worktop_add(scene->a, 10);
    beat_fast(scene); /* a checkpoint */
    assert_int_equal(ftruncate(monitor->store_fd, 0), 0);
    worktop_add(scene->a, 1);
    until_connections(scene, 2); /* it asks for another segment */
    test_monitor_until_state(monitor, scene->worktop, WORKTOP_ATTACHED);
    struct worktop_info info = test_info(scene->worktop);
    assert_int_equal(info.truncations, 1);
    assert_int_equal(info.has_segment, 0);
    assert_int_equal(ftruncate(monitor->store_fd, STORE_BYTES), 0);
    test_monitor_give_segment(monitor, 1);
    worktop_add(scene->a, 100);
    assert_int_equal(test_monitor_word(monitor, SEGMENT), 111);
    worktop_close(&scene->worktop);
}

/* A monitor that sees the truncation calls again by itself: the connection stands. */
static void a_truncated_store_is_replaced_by_the_monitor(void **state) {
    struct scene *scene = *state;
    struct test_monitor *monitor = &scene->monitor;
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    register_now(scene);
    test_monitor_give_segment(monitor, 1);
    worktop_add(scene->a, 10);
    beat_fast(scene); /* a checkpoint */
    uint64_t beat_ns = scene->worktop->uplink.heartbeat_ns;
    scene->worktop->uplink.heartbeat_ns = 3600 * (uint64_t)WT_NS_PER_S;
    assert_int_equal(ftruncate(monitor->store_fd, 0), 0);
    scene->worktop->uplink.next_heartbeat_ns = 0;
    assert_int_equal(worktop_dispatch(scene->worktop), WORKTOP_OK);
    assert_int_equal(test_info(scene->worktop).truncations, 1);
    assert_non_null(strstr(test_info(scene->worktop).trouble, "truncated"));
    assert_int_equal(test_info(scene->worktop).state, WORKTOP_ATTACHED);
    worktop_add(scene->a, 1);
    assert_int_equal(ftruncate(monitor->store_fd, STORE_BYTES), 0);
    test_monitor_give_segment(monitor, 1);
    worktop_add(scene->a, 100);
    assert_int_equal(test_monitor_word(monitor, SEGMENT), 111);
    scene->worktop->uplink.heartbeat_ns = beat_ns;
    scene->worktop->uplink.next_heartbeat_ns = 0;
    for (int i = 0; i < 50; i++)
        test_monitor_serve(monitor, WT_NS_PER_MS);
    assert_int_equal(test_info(scene->worktop).connections, 1);
    worktop_close(&scene->worktop);
}

static void bad_socket_paths_never_fail_a_worker(void **state) {
    struct scene *scene = *state;
    worktop_close(&scene->worktop);
    char plain_file[PATH_MAX];
    snprintf(plain_file, sizeof plain_file, "%s/plain", scene->monitor.directory);
    test_write_file(plain_file, "not a socket");
    const char *const paths[] = {"/nonexistent/supervisor.ipc", scene->monitor.directory,
                                 plain_file, "relative/and/absent"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        open_worktop(scene, paths[i]);
        test_monitor_serve(&scene->monitor, 6 * WT_NS_PER_MS);
        worktop_add(scene->a, 1);
        struct worktop_info info = test_info(scene->worktop);
        assert_int_equal(info.state, WORKTOP_DISCONNECTED);
        assert_non_null(strstr(info.trouble, "no monitor at "));
        worktop_close(&scene->worktop);
    }
    open_worktop(scene, scene->monitor.socket_path);
}

static void listen_at(struct scene *scene, const char *path) {
    struct wt_address address;
    assert_int_equal(wt_address_resolve(path, false, &address, NULL), WT_OK);
    snprintf(scene->monitor.socket_path, sizeof scene->monitor.socket_path, "%s", address.path);
    test_monitor_listen(&scene->monitor);
}

/* All 108 bytes of an address may be used; longer paths go by their short name. */
static void long_socket_paths_are_reached(void **state) {
    struct scene *scene = *state;
    worktop_close(&scene->worktop);
    char kept[TEST_MONITOR_PATH_BYTES];
    strcpy(kept, scene->monitor.socket_path);
    assert_int_equal(setenv("TMPDIR", scene->monitor.directory, 1), 0);
    static const size_t lengths[] = {107, 108, 109, 200};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char path[256];
        int length = snprintf(path, sizeof path, "%s/", scene->monitor.directory);
        memset(path + length, 'x', lengths[i] - (size_t)length);
        path[lengths[i]] = '\0';
        if (lengths[i] <= WT_ADDRESS_MAX_BYTES) {
            snprintf(scene->monitor.socket_path, sizeof scene->monitor.socket_path, "%s", path);
            test_monitor_listen(&scene->monitor);
        } else {
            listen_at(scene, path);
        }
        open_worktop(scene, path);
        test_monitor_until_state(&scene->monitor, scene->worktop, WORKTOP_ATTACHED);
        worktop_close(&scene->worktop);
        test_monitor_die(&scene->monitor);
    }
    assert_int_equal(unsetenv("TMPDIR"), 0);
    strcpy(scene->monitor.socket_path, kept);
    open_worktop(scene, kept);
}

static void pauses_grow_only_for_connections_that_die_young(void **state) {
    (void)state;
    const uint64_t unit = (uint64_t)WT_NS_PER_S;
    for (uint32_t lives = 0; lives <= 10; lives++) {
        assert_int_equal(wt_uplink_pause_ns(lives, unit, 0), 1);
        assert_int_equal(wt_uplink_pause_ns(lives, unit, unit - 1), unit);
        assert_true(wt_uplink_pause_ns(lives, unit, UINT64_MAX) <= unit);
    }
    static const uint64_t limits[] = {2, 4, 8, 16, 32, 60, 60, 60};
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(wt_uplink_pause_ns(11 + i, unit, 0), limits[i] * unit / 2);
        assert_int_equal(wt_uplink_pause_ns(11 + i, unit, limits[i] * unit / 2), limits[i] * unit);
        assert_true(wt_uplink_pause_ns(11 + i, unit, UINT64_MAX) <= limits[i] * unit);
    }
    assert_true(wt_uplink_pause_ns(UINT32_MAX, unit, UINT64_MAX) <= 60 * unit);
}

/* With WORKTOP_SOCKET in the place of an option; a Ruby supervisor without `:name` groups it. */
static void the_environment_names_the_socket(void **state) {
    struct scene *scene = *state;
    worktop_close(&scene->worktop);
    assert_int_equal(setenv("WORKTOP_SOCKET", scene->monitor.socket_path, 1), 0);
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.flags = WORKTOP_NO_THREAD;
    assert_int_equal(worktop_open(&scene->worktop, &options, NULL, 0), WORKTOP_OK);
    scene->monitor.dispatched = scene->worktop;
    assert_int_equal(unsetenv("WORKTOP_SOCKET"), 0);
    register_now(scene);
    assert_false(scene->monitor.has_service);
    assert_int_equal(scene->monitor.threads, 16);
    test_monitor_give_segment(&scene->monitor, 0); /* no fields: an empty schema, nothing mapped */
    bus_assert_bytes(scene->monitor.value.data, scene->monitor.value.length, "90");
    assert_int_equal(test_info(scene->worktop).has_segment, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(registers_as_ruby_does),
        TEST(answers_its_schema_and_publishes),
        TEST(a_relative_path_means_the_working_directory),
        TEST(impossible_offers_are_refused_and_change_nothing),
        TEST(other_methods_are_answered_politely),
        TEST(the_recorder_region_shows_heartbeat_and_busy_time),
        TEST(the_heart_beats),
        TEST(a_monitor_appears_dies_and_reappears),
        TEST(a_refused_or_dropped_registration_is_tried_again),
        TEST(a_registration_without_an_answer_waits),
        TEST(nonsense_ends_the_connection_and_nothing_else),
        TEST(a_flood_of_calls_is_answered_in_full),
        TEST(a_full_queue_is_tried_again),
        TEST(a_truncated_store_is_left_for_a_new_one),
        TEST(a_truncated_store_is_replaced_by_the_monitor),
        TEST(bad_socket_paths_never_fail_a_worker),
        TEST(long_socket_paths_are_reached),
        TEST(the_environment_names_the_socket),
        cmocka_unit_test(pauses_grow_only_for_connections_that_die_young),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
