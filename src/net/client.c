#include "net/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/peer.h"
#include "bus/writer.h"
#include "net/signals.h"
#include "net/socket.h"
#include "net/stream.h"

#define DEFAULT_TIMEOUT_NS (10 * WT_NS_PER_S)
#define DEFAULT_ANSWER_BYTES (UINT32_C(64) << 20)

/* A full backlog says "try again": at first soon, then less often. */
enum { FIRST_RETRY_MS = 5, LONGEST_RETRY_MS = 200, OUTPUT_BOUND = 1 << 20 };

struct connection {
    struct wt_stream stream;
    struct wt_net_client *client;
};

struct wt_net_client {
    uv_loop_t *loop;
    struct wt_net_client_options options;
    char *path;
    struct connection *connection; /* NULL while there is none */
    uv_timer_t deadline;
    uv_timer_t retry;
    uint64_t retry_ms;
    size_t open_handles;
    /* The open call. */
    wt_net_client_answer_fn on_answer; /* NULL: none */
    void *context;
    const char *method; /* borrowed from a literal or the caller, until the answer */
    uint64_t focus;     /* the only argument of a call without a text; 0: none */
    bool has_text;      /* it has this argument */
    char text[WT_NET_CLIENT_TEXT];
    uint64_t call_id; /* 0 until it was sent */
    bool is_closing;
    struct wt_stream_scratch scratch;
};

static void finish(struct wt_net_client *client, const struct wt_net_client_answer *answer) {
    wt_net_client_answer_fn on_answer = client->on_answer;
    uv_timer_stop(&client->deadline);
    uv_timer_stop(&client->retry);
    client->on_answer = NULL;
    client->call_id = 0;
    if (on_answer != NULL && !client->is_closing)
        on_answer(client->context, answer);
}

static void finish_failed(struct wt_net_client *client, const struct wt_error *why) {
    struct wt_error copy = *why;
    const struct wt_net_client_answer answer = {
        .status = copy.status, .error = &copy, .error_class = {.data = ""}};
    finish(client, &answer);
}

/* ---- The connection ---- */

static void drop_connection(struct wt_net_client *client) {
    struct connection *connection = client->connection;
    if (connection == NULL)
        return;
    client->connection = NULL;
    connection->client = client;
    wt_stream_close(&connection->stream);
}

static void on_end(struct wt_stream *stream, const struct wt_error *why) {
    struct connection *connection = (struct connection *)stream;
    struct wt_net_client *client = connection->client;
    struct wt_error lost;
    if (why != NULL && why->status != WT_EDEAD)
        wt_fail(&lost, WT_EDEAD, "the connection to '%s' was lost: %s", client->path, why->text);
    else
        wt_fail(&lost, WT_EDEAD, "the supervisor at '%s' closed the connection", client->path);
    drop_connection(client);
    if (client->on_answer != NULL)
        finish_failed(client, &lost);
}

static void on_closed(struct wt_stream *stream) {
    struct connection *connection = (struct connection *)stream;
    connection->client->open_handles--;
    free(connection);
}

static const struct wt_stream_events stream_events = {.on_end = on_end, .on_closed = on_closed};
static const struct wt_bus_handlers no_objects = {.objects = NULL, .object_count = 0};

static wt_status adopt(struct wt_net_client *client, int fd, struct wt_error *err) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL || uv_pipe_init(client->loop, &connection->stream.pipe, 0) != 0) {
        free(connection);
        close(fd);
        return wt_fail(err, WT_ENOMEM, "no memory for a connection to '%s'", client->path);
    }
    connection->client = client;
    connection->stream.events = &stream_events;
    client->connection = connection;
    client->open_handles++;
    struct wt_bus_peer *peer;
    wt_status status;
    int code = uv_pipe_open(&connection->stream.pipe, fd);
    if (code < 0) {
        close(fd);
        status = wt_fail(err, WT_ESYS, "cannot use the connection to '%s': %s", client->path,
                         uv_strerror(code));
    } else {
        status = wt_bus_peer_create(&peer, WT_BUS_CONNECTING, NULL, &no_objects, client, err);
    }
    if (status == WT_OK) {
        status = wt_stream_open(&connection->stream, peer, &stream_events, &client->scratch,
                                OUTPUT_BOUND, err);
        if (status != WT_OK)
            wt_bus_peer_destroy(peer);
    }
    if (status != WT_OK)
        drop_connection(client);
    return status;
}

/* ---- The call ---- */

static void on_bus_answer(void *context, struct wt_bus_peer *peer,
                          const struct wt_bus_answer *answer) {
    (void)peer;
    struct wt_net_client *client = context;
    struct wt_error err;
    client->call_id = 0;
    if (answer->outcome == WT_BUS_GONE)
        return; /* on_end tells */
    wt_status status = wt_bus_answer_status(answer, client->method, &err);
    const struct wt_net_client_answer result = {
        .status = status,
        .value = status == WT_OK ? answer->value : NULL,
        .error_class =
            status == WT_EREMOTE ? answer->error_class : (struct wt_bus_text){.data = ""},
        .error = status == WT_OK ? NULL : &err};
    finish(client, &result);
}

static wt_status send_call(struct wt_net_client *client, struct wt_error *err) {
    struct wt_buffer arguments = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&arguments);
    if (client->has_text)
        wt_bus_write_string(&writer, client->text, strlen(client->text));
    else if (client->focus != 0)
        wt_bus_write_uint(&writer, client->focus);
    bool has_argument = client->has_text || client->focus != 0;
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = client->method,
                                     .arguments = has_argument ? &arguments : NULL,
                                     .argument_count = has_argument ? 1 : 0,
                                     .answer_bytes = client->options.answer_bytes,
                                     .on_answer = on_bus_answer,
                                     .context = client};
    wt_status status =
        wt_bus_peer_call(client->connection->stream.peer, &call, &client->call_id, err);
    wt_buffer_fini(&arguments);
    if (status == WT_OK)
        wt_stream_flush(&client->connection->stream);
    return status;
}

void wt_net_client_set_focus(struct wt_net_client *client, uint64_t worker_id) {
    client->focus = worker_id;
}

/* Connects if need be and sends the call; from `retry`, so that no answer comes from inside
 * wt_net_client_call. */
static void on_retry(uv_timer_t *timer) {
    struct wt_net_client *client = timer->data;
    struct wt_error err;
    wt_status status = WT_OK;
    if (client->connection == NULL) {
        int fd;
        status = wt_socket_connect(client->path, &fd, &err);
        if (status == WT_EDEAD)
            status = err.status = WT_ENOENT;
        if (status == WT_OK)
            status = adopt(client, fd, &err);
    }
    if (status == WT_EAGAIN) {
        uv_timer_start(&client->retry, on_retry, client->retry_ms, 0);
        client->retry_ms =
            client->retry_ms * 2 < LONGEST_RETRY_MS ? client->retry_ms * 2 : LONGEST_RETRY_MS;
        return;
    }
    if (status == WT_OK)
        status = send_call(client, &err);
    if (status != WT_OK)
        finish_failed(client, &err);
}

static void on_deadline(uv_timer_t *timer) {
    struct wt_net_client *client = timer->data;
    struct wt_error err;
    long long limit_ms = client->options.timeout_ns / WT_NS_PER_MS;
    wt_fail(&err, WT_ETIMEOUT, "the supervisor at '%s' did not answer %s within %lld.%03lld s",
            client->path, client->method, limit_ms / 1000, limit_ms % 1000);
    /* A late answer would be ignored, but a half-read one would be in the way of the next. */
    drop_connection(client);
    finish_failed(client, &err);
}

wt_status wt_net_client_call(struct wt_net_client *client, const char *method,
                             wt_net_client_answer_fn on_answer, void *context,
                             struct wt_error *err) {
    if (client->on_answer != NULL)
        return wt_fail(err, WT_EBUSY, "the supervisor at '%s' is being asked already",
                       client->path);
    client->on_answer = on_answer;
    client->context = context;
    client->method = method;
    client->has_text = false;
    client->retry_ms = FIRST_RETRY_MS;
    uv_update_time(client->loop);
    uint64_t limit_ms = (uint64_t)((client->options.timeout_ns + WT_NS_PER_MS - 1) / WT_NS_PER_MS);
    uv_timer_start(&client->deadline, on_deadline, limit_ms, 0);
    uv_timer_start(&client->retry, on_retry, 0, 0);
    return WT_OK;
}

wt_status wt_net_client_call_text(struct wt_net_client *client, const char *method,
                                  const char *text, wt_net_client_answer_fn on_answer,
                                  void *context, struct wt_error *err) {
    wt_status status = wt_net_client_call(client, method, on_answer, context, err);
    if (status == WT_OK) {
        snprintf(client->text, sizeof client->text, "%s", text);
        client->has_text = true;
    }
    return status;
}

bool wt_net_client_is_asking(const struct wt_net_client *client) {
    return client->on_answer != NULL;
}

/* ---- Life ---- */

wt_status wt_net_client_create(struct wt_net_client **out, uv_loop_t *loop,
                               const struct wt_net_client_options *options, struct wt_error *err) {
    *out = NULL;
    struct wt_net_client *client = calloc(1, sizeof *client);
    char *path = strdup(options->socket_path);
    if (client == NULL || path == NULL) {
        free(client);
        free(path);
        return wt_fail(err, WT_ENOMEM, "no memory to ask a supervisor");
    }
    client->loop = loop;
    wt_ignore_sigpipe();
    client->options = *options;
    client->path = path;
    if (client->options.timeout_ns == 0)
        client->options.timeout_ns = DEFAULT_TIMEOUT_NS;
    if (client->options.answer_bytes == 0)
        client->options.answer_bytes = DEFAULT_ANSWER_BYTES;
    uv_timer_init(loop, &client->deadline);
    uv_timer_init(loop, &client->retry);
    client->deadline.data = client->retry.data = client;
    client->open_handles = 2;
    *out = client;
    return WT_OK;
}

static void on_timer_closed(uv_handle_t *handle) {
    struct wt_net_client *client = handle->data;
    client->open_handles--;
}

void wt_net_client_destroy(struct wt_net_client *client) {
    if (client == NULL)
        return;
    client->is_closing = true;
    client->on_answer = NULL;
    drop_connection(client);
    uv_close((uv_handle_t *)&client->deadline, on_timer_closed);
    uv_close((uv_handle_t *)&client->retry, on_timer_closed);
    while (client->open_handles > 0)
        uv_run(client->loop, UV_RUN_ONCE);
    free(client->path);
    free(client);
}
