#include "net/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "bus/writer.h"
#include "model/events.h"
#include "net/answers.h"

/* register is answered after setup, as Ruby does it; whatever setup came to. */
static void answer_register(struct wt_session *session) {
    if (session->register_id.length == 0)
        return;
    struct wt_buffer value = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&value);
    wt_bus_write_uint(&writer, session->worker_id);
    wt_bus_peer_return(session->stream.peer, &session->register_id, &value);
    wt_buffer_fini(&value);
    session->register_id.length = 0;
}

/* ---- The end of a session ---- */

/* The worker is gone for the monitor: what was asked of it does not matter any more. */
static void leave(struct wt_session *session) {
    wt_server_clear_deadline(session);
    if (session->call_id != 0 && session->stream.peer != NULL)
        wt_bus_peer_cancel(session->stream.peer, session->call_id);
    session->call_id = 0;
    session->phase = WT_SESSION_IDLE;
    if (!session->is_registered || session->worker_id == 0)
        return;
    wt_map_remove(&session->server->workers, session->worker_id);
    if (!session->server->is_closing)
        wt_monitor_remove(session->server->monitor, session->worker_id, wt_clock_now());
    session->worker_id = 0; /* is_registered stays: an id is given once a connection */
}

void wt_session_close(struct wt_session *session) {
    leave(session);
    wt_stream_close(&session->stream);
}

/* Setup cannot be answered any more, but the other side may still read what it asked for. */
static void on_eof(struct wt_stream *stream) {
    struct wt_session *session = (struct wt_session *)stream;
    answer_register(session);
    leave(session);
    session->phase = WT_SESSION_LINGER;
    wt_server_set_deadline(session);
}

static void on_end(struct wt_stream *stream, const struct wt_error *why) {
    struct wt_session *session = (struct wt_session *)stream;
    if (why != NULL && why->status == WT_EDEAD)
        wt_log(WT_LOG_DEBUG, "net", "connection of process %lld closed: %s",
               (long long)session->credentials.pid, why->text);
    else if (why != NULL)
        wt_server_complain(session->server, "connection of process %lld closed: %s",
                           (long long)session->credentials.pid, why->text);
    wt_session_close(session);
}

static void on_closed(struct wt_stream *stream) {
    wt_server_forget((struct wt_session *)stream);
}

const struct wt_stream_events wt_session_events = {
    .on_eof = on_eof, .on_end = on_end, .on_closed = on_closed};

/* ---- Calls to the worker ---- */

/* object.method(path, size, offset) */
static wt_status call_with_offer(struct wt_session *session, const char *method,
                                 const struct wt_offer *offer, wt_bus_answer_fn on_answer,
                                 struct wt_error *err) {
    struct wt_buffer arguments = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&arguments);
    wt_bus_write_string_z(&writer, offer->path);
    wt_bus_write_uint(&writer, offer->size_bytes);
    wt_bus_write_uint(&writer, offer->offset);
    const struct wt_bus_call call = {.object = session->worker,
                                     .method = method,
                                     .arguments = &arguments,
                                     .argument_count = 3,
                                     .on_answer = on_answer,
                                     .context = session};
    if (session->late_id != 0) /* what it says of that does not matter any more */
        wt_bus_peer_cancel(session->stream.peer, session->late_id);
    session->late_id = 0;
    wt_status status = wt_bus_peer_call(session->stream.peer, &call, &session->call_id, err);
    wt_buffer_fini(&arguments);
    if (status == WT_OK)
        wt_server_set_deadline(session);
    else
        session->call_id = 0;
    return status;
}

static void call_ended(struct wt_session *session) {
    session->call_id = 0;
    session->phase = WT_SESSION_IDLE;
    wt_server_clear_deadline(session);
}

static void recorder_ended(struct wt_session *session, enum wt_recorder_answer answer) {
    call_ended(session);
    wt_monitor_recorder_answered(session->server->monitor, session->worker_id, answer,
                                 wt_clock_now());
}

static void offer_recorder(struct wt_session *session);

/* A worker that was stopped for longer than the time-out answers after all, about memory that was
 * taken back meanwhile: it is to be asked again. */
static bool is_back(struct wt_session *session, bool accepted) {
    session->phase = WT_SESSION_IDLE;
    session->late_id = 0;
    if (accepted)
        wt_monitor_offer_again(session->server->monitor, session->worker_id);
    return accepted;
}

static void on_recorder_answer(void *context, struct wt_bus_peer *peer,
                               const struct wt_bus_answer *answer) {
    (void)peer;
    struct wt_session *session = context;
    if (answer->outcome == WT_BUS_GONE)
        return;
    bool accepted = answer->outcome == WT_BUS_RETURNED && answer->value->type == WT_BUS_BOOL &&
                    answer->value->boolean;
    if (session->phase != WT_SESSION_LATE) {
        recorder_ended(session, accepted ? WT_RECORDER_ACCEPTED : WT_RECORDER_DECLINED);
    } else if (is_back(session, accepted)) {
        offer_recorder(session);
    }
}

static void call_recorder(struct wt_session *session, const struct wt_offer *offer) {
    session->phase = WT_SESSION_RECORDER;
    struct wt_error err;
    if (call_with_offer(session, "setup_recorder", offer, on_recorder_answer, &err) != WT_OK) {
        wt_server_complain(session->server, "worker %llu: %s",
                           (unsigned long long)session->worker_id, err.text);
        recorder_ended(session, WT_RECORDER_UNANSWERED);
    }
}

static void offer_recorder(struct wt_session *session) {
    struct wt_offer offer;
    if (wt_monitor_recorder_offer(session->server->monitor, session->worker_id, wt_clock_now(),
                                  &offer))
        call_recorder(session, &offer);
}

static void setup_failed(struct wt_session *session, const char *reason) {
    call_ended(session);
    wt_monitor_setup_failed(session->server->monitor, session->worker_id, reason, wt_clock_now());
    answer_register(session);
}

static void on_setup_answer(void *context, struct wt_bus_peer *peer,
                            const struct wt_bus_answer *answer) {
    (void)peer;
    struct wt_session *session = context;
    struct wt_schema *schema;
    struct wt_error err;
    if (answer->outcome == WT_BUS_GONE)
        return;
    if (session->phase == WT_SESSION_LATE) {
        if (is_back(session, answer->outcome == WT_BUS_RETURNED))
            wt_server_offer_room(session->server);
        return;
    }
    wt_status status = wt_bus_answer_status(answer, "setup_utilization_observer", &err);
    if (status == WT_OK)
        status = wt_schema_of_answer(
            answer->value, session->segment_bytes,
            wt_monitor_rules_of(session->server->monitor, session->worker_id), &schema, &err);
    if (status != WT_OK) {
        setup_failed(session, err.text);
        return;
    }
    call_ended(session);
    wt_monitor_setup_answered(session->server->monitor, session->worker_id, schema, wt_clock_now());
    answer_register(session);
    offer_recorder(session);
}

void wt_session_offer(struct wt_session *session, const struct wt_offer *offer) {
    struct wt_error err;
    if (offer->is_recorder) {
        call_recorder(session, offer);
        return;
    }
    if (session->worker.length == 0) { /* there is nobody to call; nobody ever saw the segment */
        wt_monitor_setup_answered(session->server->monitor, session->worker_id, NULL,
                                  wt_clock_now());
        answer_register(session);
        return;
    }
    session->phase = WT_SESSION_SETUP;
    session->segment_bytes = (uint32_t)offer->size_bytes;
    if (call_with_offer(session, "setup_utilization_observer", offer, on_setup_answer, &err) !=
        WT_OK)
        setup_failed(session, err.text);
}

void wt_session_expire(struct wt_session *session) {
    long long limit_ms = session->server->options.setup_timeout_ns / WT_NS_PER_MS;
    char reason[64];
    switch (session->phase) {
    case WT_SESSION_SETUP:
        snprintf(reason, sizeof reason, "setup was not answered within %lld.%03lld s",
                 limit_ms / 1000, limit_ms % 1000);
        session->late_id = session->call_id;
        setup_failed(session, reason);
        session->phase = WT_SESSION_LATE;
        wt_stream_flush(&session->stream); /* may end the session */
        break;
    case WT_SESSION_RECORDER:
        session->late_id = session->call_id;
        recorder_ended(session, WT_RECORDER_UNANSWERED);
        session->phase = WT_SESSION_LATE;
        break;
    case WT_SESSION_LINGER:
        wt_session_close(session);
        break;
    case WT_SESSION_LATE:
    case WT_SESSION_IDLE:
        break;
    }
}

/* ---- What :supervisor understands ---- */

static void refuse_without_memory(struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke) {
    wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME, "the monitor is out of memory");
}

static void return_buffer(struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke,
                          struct wt_buffer *value) {
    if (value->failed)
        refuse_without_memory(peer, invoke);
    else
        wt_bus_peer_return(peer, &invoke->id, value);
    wt_buffer_fini(value);
}

/* True when register may go on; else it has been answered. */
static bool may_register(struct wt_session *session, struct wt_bus_peer *peer,
                         const struct wt_bus_invoke *invoke, const struct wt_bus_value *state) {
    if (session->is_registered) {
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME, "Already registered");
        return false;
    }
    if (state != NULL && state->type != WT_BUS_MAP && state->type != WT_BUS_NIL) {
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_TYPE,
                          "state is to be a map, not a value of type %s",
                          wt_bus_type_name(state->type));
        return false;
    }
    if (session->credentials.uid != geteuid() && !session->server->options.allow_other_uids) {
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME,
                          "user %lld may not register with a monitor of user %lld: start it with "
                          "--mode to let others in",
                          (long long)session->credentials.uid, (long long)geteuid());
        wt_server_complain(session->server, "process %lld of user %lld was refused",
                           (long long)session->credentials.pid,
                           (long long)session->credentials.uid);
        return false;
    }
    return true;
}

static void call_register(void *context, struct wt_bus_peer *peer,
                          const struct wt_bus_invoke *invoke) {
    struct wt_session *session = context;
    struct wt_server *server = session->server;
    const struct wt_bus_value *state = wt_bus_map_get(invoke->options, "state");
    if (!may_register(session, peer, invoke, state))
        return;

    bool is_gone;
    uv_os_fd_t fd;
    struct wt_registration registration = {.pid = session->credentials.pid, .pidfd = -1};
    if (uv_fileno((uv_handle_t *)&session->stream.pipe, &fd) == 0)
        registration.pidfd = wt_socket_peer_pidfd(fd, &is_gone);
    wt_bus_to_int64(wt_bus_map_get(invoke->options, "process_id"), &registration.announced_pid);
    wt_registration_of_state(state, &registration);

    struct wt_offer offer;
    struct wt_error err;
    uint64_t id;
    if (wt_monitor_register(server->monitor, &registration, wt_clock_now(), &id, &offer, &err) !=
        WT_OK) {
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME, "%s", err.text);
        return;
    }
    if (!wt_map_put(&server->workers, id, session)) {
        wt_monitor_remove(server->monitor, id, wt_clock_now());
        refuse_without_memory(peer, invoke);
        return;
    }
    session->is_registered = true;
    session->worker_id = id;
    session->register_id = invoke->id;
    const struct wt_bus_value *name = wt_bus_proxy_name(&invoke->arguments[0]);
    if (name == NULL || wt_bus_is_symbol(name, "supervisor") ||
        !wt_bus_token_of(name, &session->worker))
        session->worker.length = 0;
    if (offer.has_segment)
        wt_session_offer(session, &offer);
    else
        answer_register(session); /* its setup is called when there is room */
    if (server->options.after_register != NULL)
        server->options.after_register(server->options.context);
}

static void call_keys(void *context, struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke) {
    const struct wt_session *session = context;
    struct wt_buffer value = {0};
    wt_keys_to_bus(session->server->monitor, &value);
    return_buffer(peer, invoke, &value);
}

static void call_status(void *context, struct wt_bus_peer *peer,
                        const struct wt_bus_invoke *invoke) {
    const struct wt_session *session = context;
    struct wt_buffer value = {0};
    const struct wt_snapshot *snapshot =
        wt_monitor_status(session->server->monitor, wt_clock_now());
    if (snapshot == NULL) {
        refuse_without_memory(peer, invoke);
        return;
    }
    wt_status_to_bus(snapshot, &value);
    return_buffer(peer, invoke, &value);
}

static void call_snapshot(void *context, struct wt_bus_peer *peer,
                          const struct wt_bus_invoke *invoke) {
    const struct wt_session *session = context;
    const struct wt_server_options *options = &session->server->options;
    struct wt_buffer text = {0};
    struct wt_error err;
    uint64_t focus = 0;
    if (invoke->argument_count > 0 && !wt_bus_to_uint64(&invoke->arguments[0], &focus))
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_ARGUMENT,
                          "snapshot takes the id of a worker: a whole number from 1, not %s",
                          wt_bus_type_name(invoke->arguments[0].type));
    else if (options->snapshot_text == NULL)
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME, "there is no snapshot here");
    else if (options->snapshot_text(options->context, focus, &text, &err) != WT_OK)
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_RUNTIME, "%s", err.text);
    else if (text.failed)
        refuse_without_memory(peer, invoke);
    else
        wt_bus_peer_return_string(peer, &invoke->id, wt_buffer_text(&text), text.length);
    wt_buffer_fini(&text);
}

static void call_mark(void *context, struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke) {
    const struct wt_session *session = context;
    struct wt_bus_text text;
    if (!wt_bus_text_of(&invoke->arguments[0], &text)) {
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_TYPE, "a mark is a text, not %s",
                          wt_bus_type_name(invoke->arguments[0].type));
        return;
    }
    char words[WT_EVENT_TEXT_BYTES];
    wt_text_clean(words, sizeof words, text.data, text.length);
    wt_monitor_mark(session->server->monitor, words, wt_clock_now());
    wt_bus_peer_return(peer, &invoke->id, NULL);
}

static const struct wt_bus_method supervisor_methods[] = {
    {.name = "register",
     .least = 1,
     .most = 1,
     .keywords = {{.name = "process_id", .required = true}, {.name = "state"}},
     .call = call_register},
    {.name = "keys", .call = call_keys},
    {.name = "status", .call = call_status},
    {.name = "snapshot", .most = 1, .call = call_snapshot},
    {.name = "mark", .least = 1, .most = 1, .call = call_mark},
};

static const struct wt_bus_object objects[] = {
    {.name = "supervisor",
     .class_name = "Async::Service::Supervisor::SupervisorController",
     .methods = supervisor_methods,
     .method_count = sizeof supervisor_methods / sizeof supervisor_methods[0]},
};

const struct wt_bus_handlers wt_session_handlers = {
    .objects = objects, .object_count = sizeof objects / sizeof objects[0]};
