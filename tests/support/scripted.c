#include "support/support.h"

#include "support/scripted.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/files.h"

enum { SEGMENT_BYTES = 512, PATIENCE_S = 10 };

/* ---- Life ---- */

void test_monitor_open(struct test_monitor *monitor, size_t store_bytes) {
    *monitor = (struct test_monitor){.store_fd = -1, .listen_fd = -1, .fd = -1};
    monitor->directory = test_directory();
    snprintf(monitor->socket_path, sizeof monitor->socket_path, "%s/supervisor.ipc",
             monitor->directory);
    snprintf(monitor->store_path, sizeof monitor->store_path, "%s/utilization.shm",
             monitor->directory);
    monitor->store_fd = open(monitor->store_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(monitor->store_fd >= 0);
    assert_int_equal(ftruncate(monitor->store_fd, (off_t)store_bytes), 0);
}

void test_monitor_hang_up(struct test_monitor *monitor) {
    wt_bus_peer_destroy(monitor->peer);
    monitor->peer = NULL;
    if (monitor->fd >= 0)
        close(monitor->fd);
    monitor->fd = -1;
    monitor->close_wanted = false;
}

void test_monitor_die(struct test_monitor *monitor) {
    test_monitor_hang_up(monitor);
    if (monitor->listen_fd >= 0)
        close(monitor->listen_fd);
    monitor->listen_fd = -1;
    unlink(monitor->socket_path);
}

void test_monitor_close(struct test_monitor *monitor) {
    test_monitor_die(monitor);
    close(monitor->store_fd);
    wt_buffer_fini(&monitor->received);
    wt_buffer_fini(&monitor->value);
    test_remove_tree(monitor->directory);
    free(monitor->directory);
}

void test_monitor_listen(struct test_monitor *monitor) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(monitor->socket_path) <= sizeof address.sun_path);
    memcpy(address.sun_path, monitor->socket_path,
           strnlen(monitor->socket_path, sizeof address.sun_path));
    monitor->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(monitor->listen_fd >= 0);
    assert_int_equal(bind(monitor->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(monitor->listen_fd, 16), 0);
}

/* ---- What the worker calls ---- */

static void keep_text(const struct wt_bus_value *value, char *out, size_t size) {
    struct wt_bus_text text;
    out[0] = '\0';
    if (wt_bus_text_of(value, &text))
        snprintf(out, size, "%.*s", (int)text.length, text.data);
}

static void answer_register(void *context, struct wt_bus_peer *peer,
                            const struct wt_bus_invoke *invoke) {
    struct test_monitor *monitor = context;
    monitor->registrations++;
    wt_bus_to_uint64(wt_bus_map_get(invoke->options, "process_id"), &monitor->process_id);
    const struct wt_bus_value *state = wt_bus_map_get(invoke->options, "state");
    monitor->has_service = wt_bus_map_get(state, "name") != NULL;
    keep_text(wt_bus_map_get(state, "name"), monitor->service, sizeof monitor->service);
    keep_text(wt_bus_map_get(state, "instance"), monitor->instance, sizeof monitor->instance);
    wt_bus_to_uint64(wt_bus_map_get(state, "threads"), &monitor->threads);
    keep_text(wt_bus_proxy_name(&invoke->arguments[0]), monitor->proxy, sizeof monitor->proxy);

    struct wt_buffer id = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&id);
    switch (monitor->manner) {
    case TEST_MONITOR_ANSWERS:
        wt_bus_write_uint(&writer, monitor->registrations);
        wt_bus_peer_return(peer, &invoke->id, &id);
        break;
    case TEST_MONITOR_REFUSES:
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME, "not you");
        break;
    case TEST_MONITOR_SILENT:
        break;
    case TEST_MONITOR_CLOSES:
        monitor->close_wanted = true;
        break;
    }
    wt_buffer_fini(&id);
}

static const struct wt_bus_method methods[] = {{
    .name = "register",
    .least = 1,
    .most = 1,
    .keywords = {{"process_id", true}, {"state", false}},
    .call = answer_register,
}};
static const struct wt_bus_object objects[] = {
    {.name = "supervisor", .class_name = "Supervisor", .methods = methods, .method_count = 1}};
static const struct wt_bus_handlers handlers = {.objects = objects, .object_count = 1};

/* ---- The crank ---- */

static void accept_one(struct test_monitor *monitor) {
    int fd = accept4(monitor->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    test_monitor_hang_up(monitor); /* a worker has one connection; the newest counts */
    monitor->fd = fd;
    monitor->connections++;
    wt_buffer_clear(&monitor->received);
    assert_int_equal(
        wt_bus_peer_create(&monitor->peer, WT_BUS_ACCEPTING, NULL, &handlers, monitor, NULL),
        WT_OK);
}

static void read_connection(struct test_monitor *monitor) {
    char bytes[4096];
    ssize_t length = recv(monitor->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        test_monitor_hang_up(monitor);
        return;
    }
    wt_buffer_append(&monitor->received, bytes, (size_t)length);
    struct wt_error err;
    if (wt_bus_peer_feed(monitor->peer, bytes, (size_t)length, &err) != WT_OK)
        fail_msg("the worker sent nonsense: %s", err.text);
    if (monitor->close_wanted)
        test_monitor_hang_up(monitor);
}

static void write_connection(struct test_monitor *monitor) {
    struct wt_buffer *output = wt_bus_peer_output(monitor->peer);
    if (output->length == 0)
        return;
    ssize_t sent = send(monitor->fd, output->data, output->length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        wt_bus_peer_sent(monitor->peer, (size_t)sent);
    else if (sent < 0 && errno != EAGAIN && errno != EINTR)
        test_monitor_hang_up(monitor);
}

static void turn(struct test_monitor *monitor) {
    if (monitor->peer != NULL)
        write_connection(monitor);
    struct pollfd polled[3] = {
        {.fd = monitor->listen_fd, .events = POLLIN},
        {.fd = monitor->fd, .events = POLLIN},
        {.fd = monitor->dispatched != NULL ? worktop_fd(monitor->dispatched) : -1,
         .events = POLLIN},
    };
    poll(polled, 3, 5);
    if (polled[2].revents != 0)
        assert_int_equal(worktop_dispatch(monitor->dispatched), WORKTOP_OK);
    if (polled[1].revents != 0)
        read_connection(monitor);
    if (polled[0].revents != 0)
        accept_one(monitor);
}

void test_monitor_until(struct test_monitor *monitor, test_monitor_condition condition,
                        void *context) {
    int64_t end_ns = wt_clock_now().monotonic_ns + PATIENCE_S * WT_NS_PER_S;
    while (!condition(monitor, context)) {
        if (wt_clock_now().monotonic_ns > end_ns)
            fail_msg("waited %d s in vain", PATIENCE_S);
        turn(monitor);
    }
}

void test_monitor_serve(struct test_monitor *monitor, int64_t ns) {
    int64_t end_ns = wt_clock_now().monotonic_ns + ns;
    while (wt_clock_now().monotonic_ns < end_ns)
        turn(monitor);
}

static bool has_registrations(const struct test_monitor *monitor, void *context) {
    return monitor->registrations >= *(const uint32_t *)context;
}

void test_monitor_until_registered(struct test_monitor *monitor, uint32_t registrations) {
    test_monitor_until(monitor, has_registrations, &registrations);
}

struct wanted_state {
    struct worktop *worktop;
    enum worktop_state state;
};

static bool is_in_state(const struct test_monitor *monitor, void *context) {
    (void)monitor;
    const struct wanted_state *wanted = context;
    return test_info(wanted->worktop).state == wanted->state;
}

void test_monitor_until_state(struct test_monitor *monitor, struct worktop *worktop,
                              enum worktop_state state) {
    struct wanted_state wanted = {worktop, state};
    test_monitor_until(monitor, is_in_state, &wanted);
}

struct worktop_info test_info(struct worktop *worktop) {
    struct worktop_info info = {.struct_size = sizeof info};
    assert_int_equal(worktop_get_info(worktop, &info), WORKTOP_OK);
    return info;
}

/* ---- What the monitor calls ---- */

static void keep_answer(void *context, struct wt_bus_peer *peer,
                        const struct wt_bus_answer *answer) {
    (void)peer;
    struct test_monitor *monitor = context;
    monitor->has_answer = true;
    monitor->outcome = answer->outcome;
    wt_buffer_clear(&monitor->value);
    if (answer->outcome == WT_BUS_RETURNED)
        wt_buffer_append(&monitor->value, answer->value->raw, answer->value->raw_length);
    snprintf(monitor->error_class, sizeof monitor->error_class, "%.*s",
             (int)answer->error_class.length, answer->error_class.data);
    snprintf(monitor->message, sizeof monitor->message, "%.*s", (int)answer->message.length,
             answer->message.data);
}

static bool is_answered(const struct test_monitor *monitor, void *context) {
    (void)context;
    return monitor->has_answer;
}

void test_monitor_offer(struct test_monitor *monitor, const char *method, const char *path,
                        uint64_t size, int64_t offset) {
    assert_non_null(monitor->peer);
    struct wt_buffer arguments = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&arguments);
    if (path != NULL) {
        wt_bus_write_string_z(&writer, path);
        wt_bus_write_uint(&writer, size);
        wt_bus_write_int(&writer, offset);
    }
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("worker"),
                                     .method = method,
                                     .arguments = &arguments,
                                     .argument_count = path != NULL ? 3 : 0,
                                     .on_answer = keep_answer,
                                     .context = monitor};
    monitor->has_answer = false;
    assert_int_equal(wt_bus_peer_call(monitor->peer, &call, NULL, NULL), WT_OK);
    wt_buffer_fini(&arguments);
    test_monitor_until(monitor, is_answered, NULL);
}

void test_monitor_give_segment(struct test_monitor *monitor, uint32_t number) {
    test_monitor_offer(monitor, "setup_utilization_observer", monitor->store_path, SEGMENT_BYTES,
                       (int64_t)number * SEGMENT_BYTES);
    if (monitor->outcome != WT_BUS_RETURNED)
        fail_msg("segment %u was refused: %s", number, monitor->message);
}

uint64_t test_monitor_word(const struct test_monitor *monitor, uint64_t offset) {
    uint64_t word;
    assert_int_equal(pread(monitor->store_fd, &word, sizeof word, (off_t)offset), sizeof word);
    return word;
}
