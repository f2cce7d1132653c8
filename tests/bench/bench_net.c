/* Rows of the server: registrations per second, status, and the memory of a monitor with many
 * connections. The monitor is the real `worktop serve` ($WORKTOP, or the one beside this program);
 * the workers are one process with many sockets, as quick as it can be made. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "bench/bench.h"
#include "bench/outside.h"
#include "net/socket.h"

enum { AT_ONCE = 64, REGISTRATIONS = 10000, CROWD = 5000, STATUS_CALLS = 50 };

/* What a Ruby worker sends (docs/PROTOCOL.md). */
static const unsigned char register_bytes[] =
    "\xc7\x4a\x00\x01\xc7\x0a\x20supervisor\x02\xd7\x20register\xc7\x09\x10\xc7\x06\x20worker\x02"
    "\xc7\x0a\x20process_id\xcd\x25\xf0\xc7\x05\x20state\x81\xd6\x20name\xa3web\xc2";
static const unsigned char schema_bytes[] =
    "\xc7\x5f\x01\x02\x94\x93\xc7\x11\x20"
    "connections_total\xc7\x03\x20u64\x00\x93\xc7\x12\x20"
    "connections_active\xc7\x03\x20u32\x08\x93\xd6\x20load\xc7\x03\x20"
    "f64\x0c\x93\xc7\x0b\x20temperature\xc7\x03\x20s32\x14";
static const unsigned char status_bytes[] = "\xc7\x1a\x00\x01\xc7\x0a\x20supervisor\x01\xc7\x06\x20"
                                            "status\x00\xc2";

/* ---- The limit: the same bytes over a libuv server that understands nothing -------------- */

struct echo {
    uv_pipe_t pipe;
    uv_write_t write;
    int answered;
};

static char echo_bytes[65536];

static void on_echo_closed(uv_handle_t *handle) {
    free(handle);
}

static void on_echo_allocate(uv_handle_t *handle, size_t size, uv_buf_t *out) {
    (void)handle;
    (void)size;
    *out = uv_buf_init(echo_bytes, sizeof echo_bytes);
}

static void on_echo_written(uv_write_t *request, int code) {
    (void)request;
    (void)code;
}

/* First as many bytes as a setup call, then as many as an id, in the form the client expects. */
static void on_echo_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes) {
    static char setup[66] = "\xc7\x3f\x00\x02", id[4] = "\xd5\x01\x01\x01";
    struct echo *echo = (struct echo *)stream;
    (void)bytes;
    if (length <= 0) {
        if (length < 0)
            uv_close((uv_handle_t *)stream, on_echo_closed);
        return;
    }
    uv_buf_t answer =
        echo->answered++ == 0 ? uv_buf_init(setup, sizeof setup) : uv_buf_init(id, sizeof id);
    uv_write(&echo->write, stream, &answer, 1, on_echo_written);
}

static void on_echo_connection(uv_stream_t *server, int code) {
    struct echo *echo = calloc(1, sizeof *echo);
    if (code < 0 || echo == NULL)
        _exit(1);
    uv_pipe_init(server->loop, &echo->pipe, 0);
    uv_accept(server, (uv_stream_t *)&echo->pipe);
    uv_read_start((uv_stream_t *)&echo->pipe, on_echo_allocate, on_echo_read);
}

static void start_echo(struct bench_host *host) {
    bench_host_place(host);
    host->pid = fork();
    if (host->pid == 0) {
        uv_loop_t loop;
        uv_pipe_t server;
        uv_loop_init(&loop);
        uv_pipe_init(&loop, &server, 0);
        if (uv_pipe_bind(&server, host->path) != 0 ||
            uv_listen((uv_stream_t *)&server, 4096, on_echo_connection) != 0)
            _exit(1);
        uv_run(&loop, UV_RUN_DEFAULT);
        _exit(0);
    }
    bench_host_wait(host);
}

/* ---- Workers ----------------------------------------------------------------------------- */

struct peer {
    int fd;
    unsigned char bytes[512];
    size_t length;
    int is_set_up, has_id;
};

static void send_all(int fd, const unsigned char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            bench_die("send");
        bytes += sent > 0 ? (size_t)sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
}

static void join(struct peer *peer, int epoll, const char *path) {
    struct wt_error err;
    wt_status status;
    *peer = (struct peer){.fd = -1};
    while ((status = wt_socket_connect(path, &peer->fd, &err)) == WT_EAGAIN)
        usleep(100);
    if (status != WT_OK)
        bench_die(err.text);
    send_all(peer->fd, register_bytes, sizeof register_bytes - 1);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &event) != 0)
        bench_die("epoll_ctl");
}

/* Handles the messages that are complete. Their ext headers are all short ones. */
static void handle(struct peer *peer) {
    for (;;) {
        const unsigned char *at = peer->bytes;
        size_t payload, header;
        if (peer->length < 4)
            return;
        if (at[0] >= 0xd4 && at[0] <= 0xd8) {
            header = 2;
            payload = (size_t)1 << (at[0] - 0xd4);
        } else {
            header = at[0] == 0xc7 ? 3 : 4;
            payload = at[0] == 0xc7 ? at[1] : (size_t)(at[1] << 8 | at[2]);
        }
        if (peer->length < header + payload)
            return;
        if (at[header - 1] == 0) {
            send_all(peer->fd, schema_bytes, sizeof schema_bytes - 1);
            peer->is_set_up = 1;
        } else {
            peer->has_id = 1;
        }
        peer->length -= header + payload;
        memmove(peer->bytes, peer->bytes + header + payload, peer->length);
    }
}

static void receive(struct peer *peer) {
    ssize_t length =
        recv(peer->fd, peer->bytes + peer->length, sizeof peer->bytes - peer->length, 0);
    if (length == 0 || (length < 0 && errno != EAGAIN))
        bench_die("the server closed a connection");
    peer->length += length > 0 ? (size_t)length : 0;
    handle(peer);
}

/* `count` registrations, AT_ONCE of them under way at any time. Each connection is closed when it
 * is registered, unless all peers are kept (count <= the array's length). */
static double register_many(const char *path, struct peer *peers, size_t count, int keep) {
    struct epoll_event events[AT_ONCE];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    size_t started = 0, done = 0;
    int64_t begin_ns = bench_now_ns();
    while (started < count && started < AT_ONCE) {
        join(&peers[started], epoll, path);
        started++;
    }
    while (done < count) {
        int ready = epoll_wait(epoll, events, AT_ONCE, 10000);
        if (ready <= 0)
            bench_die("no answer");
        for (int i = 0; i < ready; i++) {
            struct peer *peer = events[i].data.ptr;
            receive(peer);
            if (!peer->is_set_up || !peer->has_id)
                continue;
            done++;
            if (keep)
                epoll_ctl(epoll, EPOLL_CTL_DEL, peer->fd, NULL);
            else
                close(peer->fd);
            if (started < count) {
                join(keep ? &peers[started] : peer, epoll, path);
                started++;
            }
        }
    }
    int64_t took_ns = bench_now_ns() - begin_ns;
    close(epoll);
    return (double)count * 1e9 / (double)took_ns;
}

struct race {
    struct bench_host ours, limit;
    struct peer peers[AT_ONCE];
};

static double race_ours(void *context) {
    struct race *race = context;
    return register_many(race->ours.path, race->peers, REGISTRATIONS, 0);
}

static double race_limit(void *context) {
    struct race *race = context;
    return register_many(race->limit.path, race->peers, REGISTRATIONS, 0);
}

static void bench_registrations(struct bench *bench) {
    const char *name = "net: registrations, connect to id";
    static struct race race;
    if (!bench_wants(bench, name))
        return;
    bench_host_start(&race.ours);
    start_echo(&race.limit);
    bench_run(bench, &(struct bench_row){.name = name,
                                         .unit = "/s",
                                         .ours = race_ours,
                                         .limit = race_limit,
                                         .context = &race,
                                         .goal = BENCH_AT_LEAST,
                                         .value = 20000,
                                         .repetitions = 5});
    bench_host_stop(&race.ours);
    bench_host_stop(&race.limit);
}

/* ---- Status and memory, with a crowd ----------------------------------------------------- */

/* One status call, from the question to its last byte, in ms. */
static double ask_status(void *context) {
    static unsigned char bytes[65536];
    const struct bench_host *host = context;
    int fd;
    if (wt_socket_connect(host->path, &fd, NULL) != WT_OK)
        bench_die("connect");
    double best = 0;
    for (int i = 0; i < STATUS_CALLS; i++) {
        int64_t begin_ns = bench_now_ns();
        send_all(fd, status_bytes, sizeof status_bytes - 1);
        ssize_t length;
        do
            length = recv(fd, bytes, sizeof bytes, 0);
        while (length < 0 && errno == EAGAIN);
        if (length <= 0)
            bench_die("status");
        double took = (double)(bench_now_ns() - begin_ns) / 1e6;
        best = i == 0 || took < best ? took : best;
    }
    close(fd);
    return best;
}

static void report_memory(struct bench *bench, const struct bench_host *host, const char *name,
                          double goal_kb) {
    sleep(2); /* a few looks with all of them */
    bench_report(
        bench,
        &(struct bench_row){.name = name, .unit = "KB", .goal = BENCH_AT_MOST, .value = goal_kb},
        bench_memory_kb(host->pid), -1);
}

static void allow_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void bench_net(struct bench *bench) {
    static struct peer crowd[CROWD];
    struct bench_host host;
    allow_descriptors();
    bench_registrations(bench);
    if (!bench_wants(bench, "net: status, 5,000 workers") &&
        !bench_wants(bench, "net: memory, 5,000 connections"))
        return;
    bench_host_start(&host);
    report_memory(bench, &host, "net: memory, idle", 6 * 1024);
    register_many(host.path, crowd, 1000, 1);
    report_memory(bench, &host, "net: memory, 1,000 connections", 12 * 1024);
    register_many(host.path, crowd + 1000, CROWD - 1000, 1);
    report_memory(bench, &host, "net: memory, 5,000 connections", 40 * 1024);
    bench_run(bench, &(struct bench_row){.name = "net: status, 5,000 workers",
                                         .unit = "ms",
                                         .ours = ask_status,
                                         .context = &host,
                                         .goal = BENCH_AT_MOST,
                                         .value = 1,
                                         .repetitions = 5});
    for (size_t i = 0; i < CROWD; i++)
        close(crowd[i].fd);
    bench_host_stop(&host);
}
