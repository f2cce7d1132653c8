/* worktop snapshot - one JSON document of a running monitor, asked for over its socket.
 *
 * Worktop's own monitors are asked for `snapshot`; of a supervisor that lacks it (a Ruby one) the
 * `status` is printed, as {"type": "utilization_monitor", "data": {...}}.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/buffer.h"
#include "cli/command.h"
#include "net/client.h"
#include "net/status_json.h"
#include "shm/place.h"

struct question {
    uv_loop_t loop;
    struct wt_net_client *client;
    char path[PATH_MAX];
    bool asks_status;
    wt_status status;
    struct wt_error err;
    struct wt_buffer text;
};

static void on_answer(void *context, const struct wt_net_client_answer *answer);

static void ask(struct question *question, const char *method) {
    question->status =
        wt_net_client_call(question->client, method, on_answer, question, &question->err);
}

static void take_answer(struct question *question, const struct wt_bus_value *value) {
    struct wt_bus_text text;
    if (question->asks_status)
        question->status = wt_status_to_json(value, &question->text, &question->err);
    else if (wt_bus_is_string(value) && wt_bus_text_of(value, &text))
        wt_buffer_append(&question->text, text.data, text.length);
    else
        question->status =
            wt_fail(&question->err, WT_EFORMAT, "'%s' answered with %s instead of a text",
                    question->path, wt_bus_type_name(value->type));
    if (question->text.length == 0 || question->text.data[question->text.length - 1] != '\n')
        wt_buffer_append_char(&question->text, '\n');
    if (question->status == WT_OK && question->text.failed)
        question->status = wt_fail(&question->err, WT_ENOMEM, "no memory for the answer");
}

static void on_answer(void *context, const struct wt_net_client_answer *answer) {
    struct question *question = context;
    question->status = answer->status;
    if (answer->status == WT_OK) {
        take_answer(question, answer->value);
    } else if (answer->status == WT_EREMOTE && !question->asks_status &&
               wt_bus_text_equals(answer->error_class, "NoMethodError")) {
        question->asks_status = true;
        ask(question, "status");
    } else if (answer->status == WT_ENOENT) {
        wt_fail(&question->err, answer->status,
                "no monitor answers at '%s': start one with `worktop serve`, or name its socket "
                "with --socket",
                question->path);
    } else {
        question->err = *answer->error;
    }
}

static wt_status run(struct question *question, const struct wt_options *options) {
    wt_status status = wt_place_find_socket(options->socket_path, question->path, &question->err);
    if (status != WT_OK)
        return status;
    const struct wt_net_client_options client_options = {.socket_path = question->path};
    status =
        wt_net_client_create(&question->client, &question->loop, &client_options, &question->err);
    if (status != WT_OK)
        return status;
    ask(question, "snapshot");
    /* A client that waits for nothing keeps the loop alive with its connection alone. */
    while (wt_net_client_is_asking(question->client))
        uv_run(&question->loop, UV_RUN_ONCE);
    wt_net_client_destroy(question->client);
    return question->status;
}

int wt_cmd_snapshot(const struct wt_options *options) {
    struct question question = {0};
    int code = uv_loop_init(&question.loop);
    if (code < 0) {
        wt_fail(&question.err, WT_ESYS, "cannot make a loop: %s", uv_strerror(code));
        return wt_cli_fail(&question.err);
    }
    wt_status status = run(&question, options);
    uv_loop_close(&question.loop);
    if (status == WT_OK &&
        (fwrite(question.text.data, 1, question.text.length, stdout) != question.text.length ||
         fflush(stdout) != 0))
        status = wt_fail_errno(&question.err, errno, "cannot write to standard output");
    wt_buffer_fini(&question.text);
    return status == WT_OK ? WT_EXIT_OK : wt_cli_fail(&question.err);
}
