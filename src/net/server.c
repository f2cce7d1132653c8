#include "net/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/session.h"
#include "net/signals.h"

#define DEFAULT_SETUP_TIMEOUT_NS (10 * WT_NS_PER_S)
#define TROUBLE_NS (10 * WT_NS_PER_S)
#define COMPLAINTS_NS (10 * WT_NS_PER_S)

/* Output that may wait for a slow reader before its requests are left alone. */
enum { OUTPUT_BOUND = 1 << 20, LISTEN_BACKLOG = 4096 };

/* Connections taken in a row, and how long to wait when one could not be taken. */
enum { ACCEPT_BATCH = 128, PAUSE_MS = 100 };

/* Warnings about connections that are logged in a period of COMPLAINTS_NS. */
enum { COMPLAINTS_TOLD = 20 };

/* ---- Deadlines: all equally long, so the queue is in their order ---- */

static void on_timer(uv_timer_t *timer);
static void on_pause_over(uv_timer_t *timer);

static void arm_timer(struct wt_server *server, int64_t at_ns) {
    if (server->is_closing || uv_is_active((uv_handle_t *)&server->timer))
        return;
    int64_t left_ns = at_ns - wt_clock_now().monotonic_ns;
    uint64_t left_ms = left_ns > 0 ? (uint64_t)((left_ns + WT_NS_PER_MS - 1) / WT_NS_PER_MS) : 0;
    uv_timer_start(&server->timer, on_timer, left_ms, 0);
}

void wt_server_clear_deadline(struct wt_session *session) {
    struct wt_server *server = session->server;
    if (session->deadline_ns == 0)
        return;
    if (session->deadline_previous != NULL)
        session->deadline_previous->deadline_next = session->deadline_next;
    else
        server->deadline_first = session->deadline_next;
    if (session->deadline_next != NULL)
        session->deadline_next->deadline_previous = session->deadline_previous;
    else
        server->deadline_last = session->deadline_previous;
    session->deadline_next = session->deadline_previous = NULL;
    session->deadline_ns = 0;
}

void wt_server_set_deadline(struct wt_session *session) {
    struct wt_server *server = session->server;
    wt_server_clear_deadline(session);
    session->deadline_ns = wt_clock_now().monotonic_ns + server->options.setup_timeout_ns;
    session->deadline_previous = server->deadline_last;
    if (server->deadline_last != NULL)
        server->deadline_last->deadline_next = session;
    else
        server->deadline_first = session;
    server->deadline_last = session;
    arm_timer(server, session->deadline_ns);
}

static void on_timer(uv_timer_t *timer) {
    struct wt_server *server = timer->data;
    struct wt_time now = wt_clock_now();
    while (server->deadline_first != NULL &&
           server->deadline_first->deadline_ns <= now.monotonic_ns) {
        struct wt_session *session = server->deadline_first;
        wt_server_clear_deadline(session);
        wt_session_expire(session);
    }
    if (server->refused_ns != 0 && now.monotonic_ns - server->refused_ns >= TROUBLE_NS) {
        server->refused_ns = 0;
        if (!server->is_lost)
            wt_monitor_trouble(server->monitor, NULL, now);
    }
    if (server->deadline_first != NULL)
        arm_timer(server, server->deadline_first->deadline_ns);
    else if (server->refused_ns != 0)
        arm_timer(server, server->refused_ns + TROUBLE_NS);
}

/* ---- Connections ---- */

/* One that misbehaves a thousand times a second is not to fill the disk. */
void wt_server_complain(struct wt_server *server, const char *format, ...) {
    struct wt_complaints *complaints = &server->complaints;
    int64_t now_ns = wt_clock_now().monotonic_ns;
    if (complaints->begin_ns == 0 || now_ns - complaints->begin_ns >= COMPLAINTS_NS) {
        if (complaints->untold > 0)
            wt_log(WT_LOG_WARN, "net", "and %u more complaints about connections",
                   complaints->untold);
        *complaints = (struct wt_complaints){.begin_ns = now_ns};
    }
    if (complaints->told >= COMPLAINTS_TOLD) {
        complaints->untold++;
        return;
    }
    complaints->told++;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    wt_log(WT_LOG_WARN, "net", "%s%s", text,
           complaints->told == COMPLAINTS_TOLD ? " (more of this is only counted for a while)"
                                               : "");
}

static void note_refused(struct wt_server *server, const char *why) {
    struct wt_time now = wt_clock_now();
    if (server->refused_ns == 0) {
        char text[160];
        snprintf(text, sizeof text, "connections cannot be taken: %.110s (see ulimit -n)", why);
        wt_log(WT_LOG_ERROR, "net", "%s", text);
        wt_monitor_trouble(server->monitor, text, now);
    }
    server->refused_ns = now.monotonic_ns;
    arm_timer(server, now.monotonic_ns + TROUBLE_NS);
}

void wt_server_forget(struct wt_session *session) {
    struct wt_server *server = session->server;
    if (session->previous != NULL)
        session->previous->next = session->next;
    else
        server->sessions = session->next;
    if (session->next != NULL)
        session->next->previous = session->previous;
    server->session_count--;
    server->open_handles--;
    if (!server->is_closing)
        wt_monitor_connections(server->monitor, server->session_count);
    free(session);
}

static void add_session(struct wt_server *server, struct wt_session *session) {
    session->server = server;
    session->next = server->sessions;
    if (server->sessions != NULL)
        server->sessions->previous = session;
    server->sessions = session;
    server->session_count++;
    server->open_handles++;
    wt_monitor_connections(server->monitor, server->session_count);
}

static wt_status open_session(struct wt_session *session, struct wt_error *err) {
    struct wt_bus_peer *peer;
    wt_status status =
        wt_bus_peer_create(&peer, WT_BUS_ACCEPTING, NULL, &wt_session_handlers, session, err);
    if (status != WT_OK)
        return status;
    status = wt_stream_open(&session->stream, peer, &wt_session_events, &session->server->scratch,
                            OUTPUT_BOUND, err);
    if (status != WT_OK)
        wt_bus_peer_destroy(peer);
    return status;
}

/* Takes the descriptor of a new connection. */
static wt_status take_connection(struct wt_server *server, int fd, struct wt_error *err) {
    struct wt_session *session = calloc(1, sizeof *session);
    if (session == NULL || uv_pipe_init(server->loop, &session->stream.pipe, 0) != 0) {
        free(session);
        close(fd);
        return wt_fail(err, WT_ENOMEM, "out of memory");
    }
    session->stream.events = &wt_session_events;
    add_session(server, session);
    wt_status status = wt_socket_credentials(fd, &session->credentials, err);
    int code = uv_pipe_open(&session->stream.pipe, fd);
    if (code < 0) {
        close(fd);
        status = wt_fail(err, WT_ESYS, "%s", uv_strerror(code));
    }
    if (status == WT_OK)
        status = open_session(session, err);
    if (status != WT_OK)
        wt_session_close(session);
    return status;
}

/*
 * uv_listen is not used: when descriptors run out it closes what it accepts, which makes Ruby
 * workers reconnect in a busy loop, and without its spare descriptor it never returns. Here new
 * connections wait in the backlog until there is room, and the others go on.
 */
static void on_connections(uv_poll_t *poll, int code, int events) {
    struct wt_server *server = poll->data;
    struct wt_error err;
    (void)events;
    for (int i = 0; code == 0 && i < ACCEPT_BATCH; i++) {
        int fd = accept4(server->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            if (take_connection(server, fd, &err) != WT_OK)
                note_refused(server, err.text);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            code = -errno;
        }
    }
    if (code < 0) {
        note_refused(server, uv_strerror(code));
        uv_poll_stop(poll);
        uv_timer_start(&server->pause, on_pause_over, PAUSE_MS, 0);
    }
}

static void on_pause_over(uv_timer_t *timer) {
    struct wt_server *server = timer->data;
    uv_poll_start(&server->poll, UV_READABLE, on_connections);
}

void wt_server_offer_room(struct wt_server *server) {
    struct wt_offer offer;
    struct wt_time now = wt_clock_now();
    uint64_t id;
    while (wt_monitor_next_offer(server->monitor, now, &id, &offer)) {
        struct wt_session *session = wt_map_get(&server->workers, id);
        if (session == NULL) {
            wt_monitor_remove(server->monitor, id, now);
            continue;
        }
        wt_session_offer(session, &offer);
        wt_stream_flush(&session->stream);
    }
}

size_t wt_server_connection_count(const struct wt_server *server) {
    return server->session_count;
}

/* ---- The socket's path ---- */

static struct wt_listener_options listener_options(const struct wt_server *server) {
    return (struct wt_listener_options){.path = server->options.socket_path,
                                        .mode = server->options.mode,
                                        .group = server->options.group,
                                        .backlog = LISTEN_BACKLOG};
}

/* libuv is to forget the old socket before its descriptor becomes the new one. */
static wt_status listen_again(struct wt_server *server, struct wt_error *err) {
    const struct wt_listener_options options = listener_options(server);
    if (server->options.owns_place != NULL && !server->options.owns_place(server->options.context))
        return wt_fail(err, WT_EBUSY, "another monitor took over %.100s", options.path);
    uv_poll_stop(&server->poll);
    wt_status status = wt_listener_renew(&server->listener, &options, err);
    if (!uv_is_active((uv_handle_t *)&server->pause))
        uv_poll_start(&server->poll, UV_READABLE, on_connections);
    if (status == WT_OK)
        wt_log(WT_LOG_WARN, "net", "the socket %s was removed: listening there again",
               server->options.socket_path);
    return status;
}

void wt_server_check(struct wt_server *server) {
    struct wt_error why;
    wt_status status = wt_listener_check(&server->listener, &why);
    if (status == WT_ENOENT)
        status = listen_again(server, &why);
    if (status != WT_OK) {
        char text[sizeof why.text + 64];
        snprintf(text, sizeof text, "no worker can connect, restart this monitor: %s", why.text);
        server->is_lost = true;
        wt_monitor_trouble(server->monitor, text, wt_clock_now());
    } else if (server->is_lost) {
        server->is_lost = false;
        wt_monitor_trouble(server->monitor, NULL, wt_clock_now());
    }
}

/* ---- Life ---- */

static wt_status start_listening(struct wt_server *server, struct wt_error *err) {
    uv_timer_init(server->loop, &server->timer);
    uv_timer_init(server->loop, &server->pause);
    server->timer.data = server->pause.data = server;
    server->open_handles += 2;
    int code = uv_poll_init(server->loop, &server->poll, server->listener.fd);
    if (code == 0) {
        server->poll.data = server;
        server->open_handles++;
        code = uv_poll_start(&server->poll, UV_READABLE, on_connections);
    }
    if (code < 0)
        return wt_fail(err, WT_ESYS, "cannot listen at '%s': %s", server->options.socket_path,
                       uv_strerror(code));
    return WT_OK;
}

wt_status wt_server_create(struct wt_server **out, uv_loop_t *loop, struct wt_monitor *monitor,
                           const struct wt_server_options *options, struct wt_error *err) {
    *out = NULL;
    struct wt_server *server = calloc(1, sizeof *server);
    char *path = strdup(options->socket_path);
    if (server == NULL || path == NULL) {
        free(server);
        free(path);
        return wt_fail(err, WT_ENOMEM, "no memory for the server");
    }
    server->loop = loop;
    wt_ignore_sigpipe();
    server->monitor = monitor;
    server->options = *options;
    server->options.socket_path = path;
    server->options.mode = options->mode != 0 ? options->mode : 0600;
    if (server->options.setup_timeout_ns == 0)
        server->options.setup_timeout_ns = DEFAULT_SETUP_TIMEOUT_NS;
    const struct wt_listener_options listen_options = listener_options(server);
    wt_status status = wt_listener_open(&server->listener, &listen_options, err);
    if (status == WT_OK)
        status = start_listening(server, err);
    if (status != WT_OK) {
        wt_server_destroy(server);
        return status;
    }
    wt_log(WT_LOG_INFO, "net", "listening at %s", path);
    *out = server;
    return WT_OK;
}

static void on_handle_closed(uv_handle_t *handle) {
    struct wt_server *server = handle->data;
    server->open_handles--;
}

void wt_server_destroy(struct wt_server *server) {
    if (server == NULL)
        return;
    server->is_closing = true;
    for (struct wt_session *session = server->sessions; session != NULL; session = session->next)
        wt_session_close(session);
    if (server->poll.data == server)
        uv_close((uv_handle_t *)&server->poll, on_handle_closed);
    if (server->timer.data == server) {
        uv_close((uv_handle_t *)&server->timer, on_handle_closed);
        uv_close((uv_handle_t *)&server->pause, on_handle_closed);
    }
    while (server->open_handles > 0)
        uv_run(server->loop, UV_RUN_ONCE);
    wt_listener_close(&server->listener);
    wt_map_fini(&server->workers);
    free((char *)server->options.socket_path);
    free(server);
}
