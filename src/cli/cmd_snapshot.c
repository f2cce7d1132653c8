/* worktop snapshot - one JSON document of a running monitor, asked for over its socket, or with
 * --attach of any monitor, running, stopped or dead, out of its files (cli/follow.h).
 *
 * Worktop's own monitors are asked for `snapshot`; of a supervisor that lacks it (a Ruby one) the
 * `status` is printed, as {"type": "utilization_monitor", "data": {...}}. With --worker the
 * document carries all of that worker, in activity.focus, or its black box in activity.boxes when
 * it is gone.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "attach/attach.h"
#include "base/quote.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "export/export.h"
#include "net/client.h"
#include "net/status_json.h"
#include "shm/place.h"
#include "json/json.h"

struct question {
    uv_loop_t loop;
    struct wt_net_client *client;
    char path[PATH_MAX];
    uint64_t worker_id; /* all of which is wanted; 0: of none */
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

static wt_status fail_unknown(uint64_t worker_id, const char *who, struct wt_error *err) {
    return wt_fail(err, WT_ENOENT,
                   "--worker %" PRIu64 ": %s knows no such worker, and has no black box of it: "
                   "without --worker the snapshot lists all, by `id`",
                   worker_id, who);
}

static bool is_of(const struct wt_json *worker, uint64_t worker_id) {
    struct wt_number id;
    return wt_json_number(wt_json_get(worker, "worker_id"), &id) && id.kind == WT_NUMBER_INTEGER &&
           id.integer == (wt_int128)worker_id;
}

/* Whether the document has what was asked for. */
static bool has_worker(const struct wt_json_document *document, uint64_t worker_id) {
    const struct wt_json *activity = wt_json_get(wt_json_root(document), "activity");
    if (is_of(wt_json_get(activity, "focus"), worker_id))
        return true;
    const struct wt_json *box = wt_json_first(wt_json_get(activity, "boxes"));
    while (box != NULL && !is_of(box, worker_id))
        box = wt_json_next(box);
    return box != NULL;
}

/* Whoever listens may answer anything: it is printed only when it is JSON, and made harmless. */
static wt_status take_document(struct question *question, struct wt_bus_text text) {
    struct wt_json_document *document;
    wt_status status = wt_json_parse(&document, "snapshot", text.data, text.length, &question->err);
    if (status != WT_OK)
        return status;
    if (question->worker_id != 0 && !has_worker(document, question->worker_id))
        status = fail_unknown(question->worker_id, question->path, &question->err);
    wt_json_free(document);
    if (status == WT_OK)
        wt_quote_document(&question->text, text.data, text.length);
    return status;
}

static void take_answer(struct question *question, const struct wt_bus_value *value) {
    struct wt_bus_text text;
    if (question->asks_status)
        question->status = wt_status_to_json(value, &question->text, &question->err);
    else if (wt_bus_is_string(value) && wt_bus_text_of(value, &text))
        question->status = take_document(question, text);
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
        if (question->worker_id != 0) {
            question->status = wt_fail(&question->err, WT_EREMOTE,
                                       "--worker %" PRIu64 ": the supervisor at '%s' is none of "
                                       "Worktop's: it tells sums per service alone",
                                       question->worker_id, question->path);
            return;
        }
        question->asks_status = true;
        ask(question, "status");
    } else if (answer->status == WT_ENOENT) {
        wt_fail(&question->err, answer->status,
                "no monitor answers at '%s': start one with `worktop serve`, name its socket "
                "with --socket, or read the files of a dead one with --attach",
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
    question->worker_id = options->worker_id;
    wt_net_client_set_focus(question->client, options->worker_id);
    ask(question, "snapshot");
    /* A client that waits for nothing keeps the loop alive with its connection alone. */
    while (wt_net_client_is_asking(question->client))
        uv_run(&question->loop, UV_RUN_ONCE);
    wt_net_client_destroy(question->client);
    return question->status;
}

static int print(struct wt_buffer *text, wt_status status, struct wt_error *err) {
    if (status == WT_OK &&
        (fwrite(text->data, 1, text->length, stdout) != text->length || fflush(stdout) != 0))
        status = wt_fail_errno(err, errno, "cannot write to standard output");
    wt_buffer_fini(text);
    return status == WT_OK ? WT_EXIT_OK : wt_cli_fail(err);
}

/* ---- out of the files ------------------------------------------------------------------------ */

static wt_status look(const struct wt_options *options, struct wt_buffer *text,
                      struct wt_error *err) {
    char path[PATH_MAX];
    struct wt_attach *attach = NULL;
    const struct wt_snapshot *snapshot;
    wt_status status = wt_follow_attach(options, path, &attach, err);
    if (status != WT_OK)
        return status;
    wt_attach_set_focus(attach, options->worker_id);
    status = wt_follow_wait(attach, &snapshot, true, err);
    if (status == WT_OK && options->worker_id != 0 &&
        wt_activity_of(&snapshot->activity, options->worker_id) == NULL)
        status = fail_unknown(options->worker_id, path, err);
    if (status == WT_OK) {
        wt_export_json(snapshot, wt_clock_now(), text);
        wt_buffer_append_char(text, '\n');
        if (text->failed)
            status = wt_fail(err, WT_ENOMEM, "no memory for the snapshot");
    }
    wt_attach_close(attach);
    return status;
}

int wt_cmd_snapshot(const struct wt_options *options) {
    struct question question = {0};
    if (options->attach) {
        wt_status looked = look(options, &question.text, &question.err);
        return print(&question.text, looked, &question.err);
    }
    int code = uv_loop_init(&question.loop);
    if (code < 0) {
        wt_fail(&question.err, WT_ESYS, "cannot make a loop: %s", uv_strerror(code));
        return wt_cli_fail(&question.err);
    }
    wt_status status = run(&question, options);
    uv_loop_close(&question.loop);
    return print(&question.text, status, &question.err);
}
