#include "net/poll.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "net/client.h"
#include "net/status_json.h"

#define DEFAULT_TIMEOUT_NS (5 * WT_NS_PER_S)

struct wt_poll {
    uv_loop_t *loop;
    struct wt_net_client *client;
    struct wt_poll_options options;
    uv_timer_t timer;
    struct wt_buffer text;
    struct wt_error failure; /* of the last attempt; its text is the problem */
    struct wt_poll_state state;
    bool asks_status; /* the other side has no `snapshot` */
    bool is_asking;
    uint64_t focus; /* the worker that is looked at; 0: none */
    bool is_open;   /* the timer */
};

static void ask(struct wt_poll *poll);

static void report(struct wt_poll *poll, wt_status status) {
    struct wt_time now = wt_clock_now();
    struct wt_poll_state *state = &poll->state;
    if (status == WT_OK) {
        state->received = now;
        state->problem = "";
        state->failing_since = (struct wt_time){0};
    } else {
        if (state->status == WT_OK)
            state->failing_since = now;
        state->problem = poll->failure.text;
    }
    state->status = status;
    state->text = wt_buffer_text(&poll->text);
    state->length = poll->text.length;
    if (poll->options.on_answer != NULL)
        poll->options.on_answer(poll->options.context, state);
}

/* The answer's text into poll->text; the old one stays when that fails. */
static wt_status take_text(struct wt_poll *poll, const struct wt_bus_value *value) {
    struct wt_buffer text = {0};
    struct wt_bus_text string;
    wt_status status = WT_OK;
    if (poll->asks_status)
        status = wt_status_to_json(value, &text, &poll->failure);
    else if (wt_bus_is_string(value) && wt_bus_text_of(value, &string))
        wt_buffer_append(&text, string.data, string.length);
    else
        status = wt_fail(&poll->failure, WT_EFORMAT, "'%s' answered snapshot with %s, not text",
                         poll->options.socket_path, wt_bus_type_name(value->type));
    if (status == WT_OK && text.failed)
        status = wt_fail(&poll->failure, WT_ENOMEM, "no memory for the answer of '%s'",
                         poll->options.socket_path);
    if (status != WT_OK) {
        wt_buffer_fini(&text);
        return status;
    }
    wt_buffer_fini(&poll->text);
    poll->text = text;
    poll->state.is_status = poll->asks_status;
    return WT_OK;
}

static void on_answer(void *context, const struct wt_net_client_answer *answer) {
    struct wt_poll *poll = context;
    poll->is_asking = false;
    if (answer->status == WT_EREMOTE && !poll->asks_status &&
        wt_bus_text_equals(answer->error_class, "NoMethodError")) {
        poll->asks_status = true;
        ask(poll);
        return;
    }
    wt_status status = answer->status;
    if (status == WT_OK) {
        status = take_text(poll, answer->value);
    } else {
        poll->failure = *answer->error;
        /* Another program may listen there the next time. */
        if (status != WT_ETIMEOUT && status != WT_EREMOTE)
            poll->asks_status = false;
    }
    report(poll, status);
}

static void ask(struct wt_poll *poll) {
    if (poll->is_asking)
        return;
    poll->is_asking = true;
    wt_net_client_set_focus(poll->client, poll->asks_status ? 0 : poll->focus);
    wt_status status = wt_net_client_call(poll->client, poll->asks_status ? "status" : "snapshot",
                                          on_answer, poll, &poll->failure);
    if (status != WT_OK) {
        poll->is_asking = false;
        report(poll, status);
    }
}

static void on_timer(uv_timer_t *timer) {
    ask(timer->data);
}

void wt_poll_set_interval(struct wt_poll *poll, int64_t interval_ns) {
    poll->options.interval_ns = interval_ns;
    uint64_t interval_ms = (uint64_t)((interval_ns + WT_NS_PER_MS - 1) / WT_NS_PER_MS);
    uv_update_time(poll->loop);
    uv_timer_start(&poll->timer, on_timer, 0, interval_ms);
}

void wt_poll_set_focus(struct wt_poll *poll, uint64_t worker_id) {
    poll->focus = worker_id;
    ask(poll);
}

wt_status wt_poll_create(struct wt_poll **out, uv_loop_t *loop,
                         const struct wt_poll_options *options, struct wt_error *err) {
    *out = NULL;
    if (options->interval_ns <= 0)
        return wt_fail(err, WT_ERANGE, "the interval is to be longer than 0 s");
    struct wt_poll *poll = calloc(1, sizeof *poll);
    if (poll == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to watch a supervisor");
    poll->loop = loop;
    poll->options = *options;
    poll->state = (struct wt_poll_state){.text = "", .problem = ""};
    poll->options.socket_path = strdup(options->socket_path);
    if (poll->options.socket_path == NULL) {
        free(poll);
        return wt_fail(err, WT_ENOMEM, "no memory to watch a supervisor");
    }
    const struct wt_net_client_options client_options = {
        .socket_path = poll->options.socket_path,
        .timeout_ns = options->timeout_ns != 0 ? options->timeout_ns : DEFAULT_TIMEOUT_NS};
    wt_status status = wt_net_client_create(&poll->client, loop, &client_options, err);
    if (status != WT_OK) {
        wt_poll_destroy(poll);
        return status;
    }
    uv_timer_init(loop, &poll->timer);
    poll->timer.data = poll;
    poll->is_open = true;
    wt_poll_set_interval(poll, options->interval_ns);
    *out = poll;
    return WT_OK;
}

static void on_timer_closed(uv_handle_t *handle) {
    struct wt_poll *poll = handle->data;
    poll->is_open = false;
}

void wt_poll_destroy(struct wt_poll *poll) {
    if (poll == NULL)
        return;
    wt_net_client_destroy(poll->client);
    if (poll->is_open)
        uv_close((uv_handle_t *)&poll->timer, on_timer_closed);
    while (poll->is_open)
        uv_run(poll->loop, UV_RUN_ONCE);
    wt_buffer_fini(&poll->text);
    free((char *)poll->options.socket_path);
    free(poll);
}

const struct wt_poll_state *wt_poll_state(const struct wt_poll *poll) {
    return &poll->state;
}
