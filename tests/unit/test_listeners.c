/* Accept queues of services: of sockets that their workers have open, and of configured addresses.
 */
#include "support/support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "support/files.h"
#include "support/worker.h"

static const char *const fields[] = {"requests_total u64 0", NULL};
static const int64_t second = INT64_C(1000000000);

/* Listens at a port of the kernel's choice (0), or at this one, also where another does. */
static int listen_tcp(uint16_t *port, int backlog) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int connect_tcp(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static struct sockaddr_un unix_address(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static int listen_unix(const char *path, int backlog) {
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static int connect_unix(const char *path) {
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static const struct wt_accept_queue *find_queue(const struct wt_snapshot *snapshot,
                                                const char *service, const char *address) {
    const struct wt_service *found = wt_find_service(snapshot, service);
    for (size_t i = 0; i < found->listener_count; i++)
        if (strcmp(found->listeners[i].address, address) == 0)
            return &found->listeners[i];
    return NULL;
}

static void assert_queue(const struct wt_snapshot *snapshot, const char *service,
                         const char *address, uint32_t sockets, uint64_t length, uint64_t limit) {
    const struct wt_accept_queue *queue = find_queue(snapshot, service, address);
    if (queue == NULL)
        fail_msg("%s does not listen at %s", service, address);
    assert_int_equal(queue->socket_count, sockets);
    assert_int_equal(queue->queue_length, length);
    assert_int_equal(queue->queue_limit, limit);
    assert_int_equal(queue->read_ns, snapshot->time.monotonic_ns);
    if (sockets == 0)
        assert_true(isnan(queue->fullest_ratio));
}

/* Nobody told the monitor anything: it finds the sockets among those of the worker's process. */
static void sockets_of_workers_are_found(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    char *path = test_path(rig.directory, "a\x1b[2J.sock"), address[WT_ENDPOINT_TEXT_SIZE];
    uint16_t port = 0;
    int tcp = listen_tcp(&port, 7), local = listen_unix(path, 5);
    int waiting[] = {connect_tcp(port), connect_tcp(port), connect_unix(path)};
    struct wt_fake worker = wt_fake_join(&rig, "web", fields);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    assert_queue(snapshot, "web", address, 1, 2, 7);
    const struct wt_accept_queue *queue = find_queue(snapshot, "web", address);
    assert_int_equal(queue->family, WT_LISTENER_TCP4);
    assert_false(queue->is_configured);
    assert_true(fabs(queue->fullest_ratio - 2.0 / 7) < 1e-9);
    snprintf(address, sizeof address, "unix:%s/a\xc2\xb7[2J.sock", rig.directory);
    assert_queue(snapshot, "web", address, 1, 1, 5);
    /* Another socket at the port that it has open counts, too; whoever is gone, no more. */
    close(local);
    int second_tcp = listen_tcp(&port, 9);
    snapshot = wt_rig_tick(&rig, second);
    assert_null(find_queue(snapshot, "web", address));
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    assert_queue(snapshot, "web", address, 2, 2, 16);
    close(tcp);
    close(second_tcp);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->listener_count, 0);
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
        close(waiting[i]);
    unlink(path);
    free(path);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* Also where the monitor cannot look into any process of the service. */
static void configured_addresses_are_followed(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    uint16_t port = 0;
    int tcp = listen_tcp(&port, 3);
    char *path = test_path(rig.directory, "c.sock"), text[WT_ENDPOINT_TEXT_SIZE];
    struct wt_endpoint listens[2];
    snprintf(text, sizeof text, ":%u", port);
    assert_true(wt_endpoint_parse(text, &listens[0]));
    snprintf(text, sizeof text, "unix:%s", path);
    assert_true(wt_endpoint_parse(text, &listens[1]));
    struct wt_service_rules web = {
        .name = "web", .limits = wt_health_limits_default, .listens = listens, .listen_count = 2};
    const struct wt_rules rules = {
        .limits = wt_health_limits_default, .services = &web, .service_count = 1};
    struct wt_fake worker = wt_fake_register(&rig, "web", 0, 5);
    wt_fake_answer(&worker, fields);
    wt_monitor_set_rules(rig.monitor, &rules);
    const struct wt_snapshot *snapshot = wt_rig_tick(&rig, second);
    assert_queue(snapshot, "web", text, 0, 0, 0); /* nobody listens there */
    assert_true(find_queue(snapshot, "web", text)->is_configured);
    int local = listen_unix(path, 4), waiting = connect_unix(path);
    wt_rig_tick(&rig, 10 * second); /* it is looked for every ten seconds */
    snapshot = wt_rig_tick(&rig, second);
    assert_queue(snapshot, "web", text, 1, 1, 4);
    unlink(path);
    close(local);
    local = listen_unix(path, 6); /* the server is started again */
    wt_rig_tick(&rig, 10 * second);
    snapshot = wt_rig_tick(&rig, second);
    assert_queue(snapshot, "web", text, 1, 0, 6);
    snprintf(text, sizeof text, ":%u", port);
    assert_queue(snapshot, "web", text, 1, 0, 3);
    wt_monitor_set_rules(rig.monitor, NULL);
    snapshot = wt_rig_tick(&rig, second);
    assert_int_equal(wt_find_service(snapshot, "web")->listener_count, 0);
    close(waiting);
    close(local);
    close(tcp);
    unlink(path);
    free(path);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static ssize_t refuse(void *context, const void *bytes, size_t length) {
    (void)context;
    (void)bytes;
    (void)length;
    errno = EPERM;
    return -1;
}

static ssize_t no_answer(void *context, void *bytes, size_t size) {
    (void)context;
    (void)bytes;
    (void)size;
    errno = EAGAIN;
    return -1;
}

static void without_the_kernels_word_queues_are_unknown(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, NULL);
    struct wt_endpoint listen;
    assert_true(wt_endpoint_parse(":9", &listen));
    struct wt_service_rules web = {
        .name = "web", .limits = wt_health_limits_default, .listens = &listen, .listen_count = 1};
    const struct wt_rules rules = {
        .limits = wt_health_limits_default, .services = &web, .service_count = 1};
    struct wt_listeners *listeners = &rig.monitor->listeners;
    listeners->is_open = listeners->is_linked = true;
    listeners->diag =
        (struct wt_sock_diag){.link = {.send = refuse, .receive = no_answer}, .fd = -1};
    struct wt_fake worker = wt_fake_register(&rig, "web", 0, 5);
    wt_fake_answer(&worker, fields);
    wt_monitor_set_rules(rig.monitor, &rules);
    const struct wt_accept_queue *queue = find_queue(wt_rig_tick(&rig, second), "web", ":9");
    assert_non_null(queue);
    assert_int_equal(queue->read_ns, 0);
    assert_int_equal(queue->socket_count, 0);
    wt_monitor_set_rules(rig.monitor, NULL);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_of_workers_are_found),
        cmocka_unit_test(configured_addresses_are_followed),
        cmocka_unit_test(without_the_kernels_word_queues_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
