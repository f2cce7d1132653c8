/* peer.c - from bytes to messages, and the table of our open calls.
 *
 * Input. Complete messages are handled where they lie: straight in the caller's bytes when nothing
 * is kept, else in `input`. What is left over is kept in `input`, together with the state of the
 * scan, so that the next bytes continue it. Both are freed as soon as no part of a message waits.
 *
 * Limits of a message. Unasked ones obey limits.message_bytes. An answer obeys the answer_bytes of
 * its call, which its first bytes name. An answer that is too long, too deep or has too many values
 * fails its call; the rest of it is skipped by its declared length, and the connection goes on.
 *
 * Re-entrance. Handlers run inside feed, while pointers into the input are alive. They may append
 * output, open and cancel calls, and destroy the peer: that only marks it, and feed frees it.
 */
#include "bus/peer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "bus/peer_internal.h"

struct open_call {
    wt_bus_answer_fn on_answer;
    void *context;
    uint32_t answer_bytes;
};

static const struct wt_bus_value nil_value = {.type = WT_BUS_NIL};

wt_status wt_bus_peer_create(struct wt_bus_peer **out, enum wt_bus_role role,
                             const struct wt_bus_limits *limits,
                             const struct wt_bus_handlers *handlers, void *context,
                             struct wt_error *err) {
    *out = NULL;
    struct wt_bus_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for a connection");
    peer->handlers = handlers;
    peer->context = context;
    peer->limits = wt_bus_limits_or_default(limits);
    peer->next_id = role == WT_BUS_CONNECTING ? 1 : 2;
    *out = peer;
    return WT_OK;
}

static void answer(struct wt_bus_peer *peer, struct open_call *call,
                   const struct wt_bus_answer *outcome) {
    wt_bus_answer_fn on_answer = call->on_answer;
    void *context = call->context;
    free(call);
    if (on_answer != NULL)
        on_answer(context, peer, outcome);
}

static struct open_call *take_call(struct wt_bus_peer *peer, uint64_t id) {
    struct open_call *call = wt_map_remove(&peer->calls, id);
    if (peer->calls.count == 0)
        wt_map_fini(&peer->calls);
    return call;
}

static void end_call(struct wt_bus_peer *peer, uint64_t id, enum wt_bus_outcome outcome) {
    const struct wt_bus_answer gone = {
        .outcome = outcome, .value = &nil_value, .error_class = {"", 0}, .message = {"", 0}};
    struct open_call *call = take_call(peer, id);
    if (call != NULL)
        answer(peer, call, &gone);
}

static void free_peer(struct wt_bus_peer *peer) {
    wt_buffer_fini(&peer->input);
    wt_buffer_fini(&peer->output);
    wt_map_fini(&peer->calls);
    free(peer->scanner);
    free(peer);
}

void wt_bus_peer_destroy(struct wt_bus_peer *peer) {
    if (peer == NULL || peer->doomed)
        return;
    peer->doomed = true; /* refuses new calls and further destroying from the handlers below */
    while (peer->calls.count > 0) {
        size_t cursor = 0;
        end_call(peer, wt_map_next(&peer->calls, &cursor)->key, WT_BUS_GONE);
    }
    if (!peer->feeding)
        free_peer(peer);
}

/* ---- Input ---- */

/* The open call that a frame answers, NULL when it is no answer or nobody waits for it. */
static const struct open_call *call_of(const struct wt_bus_peer *peer,
                                       const struct wt_bus_frame *frame) {
    bool ends_a_call = frame->ext == WT_BUS_EXT_RETURN || frame->ext == WT_BUS_EXT_ERROR ||
                       frame->ext == WT_BUS_EXT_THROW;
    return frame->is_ext && frame->has_id && ends_a_call ? wt_map_get(&peer->calls, frame->id)
                                                         : NULL;
}

static bool is_answer(const struct wt_bus_frame *frame) {
    return frame->is_ext && frame->ext != WT_BUS_EXT_INVOKE && frame->ext <= WT_BUS_EXT_CLOSE;
}

/* Lets go of the message at the front, of which `length` bytes are here. Returns the bytes used. */
static size_t skip_message(struct wt_bus_peer *peer, const struct wt_bus_frame *frame,
                           size_t length) {
    size_t here = frame->message_length < length ? (size_t)frame->message_length : length;
    peer->skip = frame->message_length - here;
    if (call_of(peer, frame) != NULL)
        end_call(peer, frame->id, WT_BUS_TOO_BIG);
    else
        peer->ignored++;
    return here;
}

/*
 * Sets the scanner up by the first bytes of a message. WT_EAGAIN: more are needed.
 * *skip: the message is an answer too long to be looked at.
 */
static wt_status begin_message(const struct wt_bus_peer *peer, struct wt_bus_scanner *scanner,
                               const char *bytes, size_t length, bool *skip, struct wt_error *err) {
    struct wt_bus_frame frame;
    wt_status status = wt_bus_peek(bytes, length, &frame);
    uint32_t most_bytes = peer->limits.message_bytes, most_values = peer->limits.values;
    if (frame.is_ext && frame.message_length > most_bytes && !is_answer(&frame))
        return wt_fail(err, WT_ELIMIT, "a message of %llu bytes, more than the limit of %u",
                       (unsigned long long)frame.message_length, most_bytes);
    if (status != WT_OK)
        return status;
    const struct open_call *call = call_of(peer, &frame);
    if (call != NULL && call->answer_bytes > most_bytes) {
        most_bytes = call->answer_bytes;
        most_values = most_values > most_bytes / 8 ? most_values : most_bytes / 8;
    }
    *skip = frame.is_ext && frame.message_length > most_bytes;
    wt_bus_scanner_init(scanner, most_bytes, most_values);
    return WT_OK;
}

static void handle_answer(struct wt_bus_peer *peer, const struct wt_bus_message *message) {
    uint64_t id;
    struct open_call *call = wt_bus_to_uint64(&message->id, &id) ? take_call(peer, id) : NULL;
    if (call == NULL) {
        peer->ignored++;
        return;
    }
    struct wt_bus_answer outcome = {.outcome = WT_BUS_RETURNED,
                                    .value = &message->value,
                                    .error_class = {"", 0},
                                    .message = {"", 0}};
    if (message->ext == WT_BUS_EXT_THROW) {
        outcome.outcome = WT_BUS_FAILED;
        outcome.error_class = (struct wt_bus_text){"UncaughtThrowError", 18};
        outcome.message = (struct wt_bus_text){"uncaught throw", 14};
    } else if (message->ext == WT_BUS_EXT_ERROR) {
        outcome.outcome = WT_BUS_FAILED;
        if (message->value.type == WT_BUS_EXCEPTION) {
            wt_bus_text_of(&message->value.items[0], &outcome.error_class);
            wt_bus_text_of(&message->value.items[1], &outcome.message);
        }
    }
    answer(peer, call, &outcome);
}

static void handle(struct wt_bus_peer *peer, const struct wt_bus_message *message) {
    if (!message->is_message) {
        peer->ignored++;
        return;
    }
    switch (message->ext) {
    case WT_BUS_EXT_INVOKE:
        wt_bus_dispatch(peer, message);
        break;
    case WT_BUS_EXT_RETURN:
    case WT_BUS_EXT_ERROR:
    case WT_BUS_EXT_THROW:
        handle_answer(peer, message);
        break;
    case WT_BUS_EXT_YIELD: /* our calls have no block, our methods never yield */
    case WT_BUS_EXT_NEXT:
    case WT_BUS_EXT_CLOSE:
    case WT_BUS_EXT_RELEASE: /* our names are explicit: they stay */
    case WT_BUS_EXT_PROXY:
    case WT_BUS_EXT_SYMBOL:
    case WT_BUS_EXT_EXCEPTION:
    case WT_BUS_EXT_CLASS:
    case WT_BUS_EXT_CONTROLLER:
        peer->ignored++;
        break;
    }
}

/*
 * Handles the message at the front of the bytes, *used of them. WT_EAGAIN: it is not complete, or
 * has to wait (peer->paused); *used is 0 and the scanner keeps its place.
 */
static wt_status next_message(struct wt_bus_peer *peer, struct wt_bus_scanner *scanner, bool *begun,
                              const char *bytes, size_t length, size_t *used,
                              struct wt_error *err) {
    bool skip = false;
    size_t message_length;
    struct wt_bus_frame frame;
    *used = 0;
    if (!*begun) {
        wt_status status = begin_message(peer, scanner, bytes, length, &skip, err);
        if (status != WT_OK)
            return status;
        if (skip) {
            (void)wt_bus_peek(bytes, length, &frame);
            *used = skip_message(peer, &frame, length);
            return WT_OK;
        }
        *begun = true;
    }
    wt_status status = wt_bus_scan(scanner, bytes, length, &message_length, err);
    if (status == WT_ELIMIT && wt_bus_peek(bytes, length, &frame) == WT_OK && is_answer(&frame)) {
        *used = skip_message(peer, &frame, length);
        status = WT_OK;
    } else if (status == WT_OK && peer->output.length >= peer->limits.output_bytes) {
        peer->paused = true;
        return WT_EAGAIN;
    } else if (status == WT_OK) {
        struct wt_bus_message message;
        status = wt_bus_decode(scanner, bytes, message_length, &message, err);
        if (status != WT_OK)
            return status;
        handle(peer, &message);
        wt_bus_message_fini(&message);
        *used = message_length;
    }
    if (status == WT_OK)
        *begun = false;
    return status;
}

/* Handles what is complete in the bytes; *used of them are not needed any more. */
static wt_status process(struct wt_bus_peer *peer, struct wt_bus_scanner *scanner, bool *begun,
                         const char *bytes, size_t length, size_t *used, struct wt_error *err) {
    size_t at = 0;
    wt_status status = WT_OK;
    while (status == WT_OK && at < length && !peer->doomed) {
        size_t step = peer->skip < length - at ? (size_t)peer->skip : length - at;
        peer->skip -= step;
        at += step;
        if (at == length)
            break;
        status = next_message(peer, scanner, begun, bytes + at, length - at, &step, err);
        at += step;
    }
    *used = at;
    return status == WT_EAGAIN ? WT_OK : status;
}

/* Keeps `length` bytes that are not in `input` yet, and the state of the scan. */
static wt_status keep(struct wt_bus_peer *peer, const struct wt_bus_scanner *scanner, bool begun,
                      const char *bytes, size_t length, struct wt_error *err) {
    wt_buffer_append(&peer->input, bytes, length);
    if (peer->input.length == 0) {
        wt_buffer_fini(&peer->input);
        begun = false;
    }
    if (!begun) {
        free(peer->scanner);
        peer->scanner = NULL;
    } else if (peer->scanner != scanner) {
        if (peer->scanner == NULL)
            peer->scanner = malloc(sizeof *peer->scanner);
        if (peer->scanner != NULL)
            *peer->scanner = *scanner;
    }
    if (peer->input.failed || (begun && peer->scanner == NULL))
        return wt_fail(err, WT_ENOMEM, "no memory to keep %zu bytes of a message", length);
    return WT_OK;
}

static wt_status feed_kept(struct wt_bus_peer *peer, const char *bytes, size_t length,
                           struct wt_error *err) {
    struct wt_bus_scanner local;
    struct wt_bus_scanner *scanner = peer->scanner != NULL ? peer->scanner : &local;
    bool begun = peer->scanner != NULL;
    size_t used;
    wt_buffer_append(&peer->input, bytes, length);
    if (peer->input.failed)
        return wt_fail(err, WT_ENOMEM, "no memory to keep %zu bytes of a message", length);
    wt_status status =
        process(peer, scanner, &begun, peer->input.data, peer->input.length, &used, err);
    if (status != WT_OK || peer->doomed)
        return status;
    if (used > 0) /* else the bytes would be moved onto themselves, for each byte that comes */
        wt_buffer_consume(&peer->input, used);
    return keep(peer, scanner, begun, NULL, 0, err);
}

static wt_status feed_fresh(struct wt_bus_peer *peer, const char *bytes, size_t length,
                            struct wt_error *err) {
    struct wt_bus_scanner scanner;
    bool begun = false;
    size_t used;
    wt_status status = process(peer, &scanner, &begun, bytes, length, &used, err);
    if (status != WT_OK || peer->doomed)
        return status;
    return keep(peer, &scanner, begun, bytes + used, length - used, err);
}

wt_status wt_bus_peer_feed(struct wt_bus_peer *peer, const void *bytes, size_t length,
                           struct wt_error *err) {
    assert(!peer->feeding && !peer->doomed);
    peer->feeding = true;
    peer->paused = false;
    wt_status status = WT_OK;
    if (peer->input.length > 0)
        status = feed_kept(peer, length > 0 ? bytes : "", length, err);
    else if (length > 0)
        status = feed_fresh(peer, bytes, length, err);
    peer->feeding = false;
    if (peer->doomed) {
        free_peer(peer);
        return wt_fail(err, WT_EDEAD, "the connection was given up while it was read");
    }
    if (status == WT_OK && peer->output.failed)
        return wt_fail(err, WT_ENOMEM, "no memory for the output of a connection");
    return status;
}

/* ---- Output ---- */

struct wt_buffer *wt_bus_peer_output(struct wt_bus_peer *peer) {
    return &peer->output;
}

void wt_bus_peer_sent(struct wt_bus_peer *peer, size_t length) {
    wt_buffer_consume(&peer->output, length);
    if (peer->output.length == 0 && !peer->output.failed)
        wt_buffer_fini(&peer->output);
}

bool wt_bus_peer_is_paused(const struct wt_bus_peer *peer) {
    return peer->paused;
}

/* ---- Our calls ---- */

static bool append_call(struct wt_bus_peer *peer, const struct wt_bus_call *call, uint64_t id) {
    static const struct wt_buffer none;
    const struct wt_buffer *arguments = call->arguments != NULL ? call->arguments : &none;
    const struct wt_buffer *options = call->options != NULL ? call->options : &none;
    if (arguments->failed || options->failed)
        return false;
    struct wt_bus_writer writer = wt_bus_writer_over(&peer->output);
    size_t before = peer->output.length;
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_uint(&writer, id);
    wt_bus_write_token(&writer, &call->object);
    wt_bus_write_uint(&writer, call->argument_count + UINT64_C(1));
    wt_bus_write_symbol_z(&writer, call->method);
    wt_bus_write_raw(&writer, arguments->data, arguments->length);
    wt_bus_write_uint(&writer, call->option_count);
    wt_bus_write_raw(&writer, options->data, options->length);
    wt_bus_write_bool(&writer, false);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_INVOKE);
    if (!peer->output.failed)
        return true;
    peer->output.length = before;
    return false;
}

wt_status wt_bus_peer_call(struct wt_bus_peer *peer, const struct wt_bus_call *call, uint64_t *id,
                           struct wt_error *err) {
    if (peer->doomed)
        return wt_fail(err, WT_EDEAD, "%s: the connection is being closed", call->method);
    struct open_call *open = malloc(sizeof *open);
    if (open == NULL)
        return wt_fail(err, WT_ENOMEM, "%s: no memory for a call", call->method);
    *open = (struct open_call){
        .on_answer = call->on_answer, .context = call->context, .answer_bytes = call->answer_bytes};
    uint64_t next = peer->next_id;
    if (!wt_map_put(&peer->calls, next, open)) {
        free(open);
        return wt_fail(err, WT_ENOMEM, "%s: no memory for a call", call->method);
    }
    if (!append_call(peer, call, next)) {
        free(take_call(peer, next));
        return wt_fail(err, WT_ENOMEM, "%s: no memory for the arguments of a call", call->method);
    }
    peer->next_id += 2;
    if (id != NULL)
        *id = next;
    return WT_OK;
}

bool wt_bus_peer_cancel(struct wt_bus_peer *peer, uint64_t id) {
    struct open_call *call = take_call(peer, id);
    bool found = call != NULL;
    free(call);
    return found;
}

wt_status wt_bus_answer_status(const struct wt_bus_answer *answer_, const char *method,
                               struct wt_error *err) {
    char class_name[96], message[256];
    switch (answer_->outcome) {
    case WT_BUS_RETURNED:
        return WT_OK;
    case WT_BUS_FAILED:
        wt_text_clean(class_name, sizeof class_name, answer_->error_class.data,
                      answer_->error_class.length);
        wt_text_clean(message, sizeof message, answer_->message.data, answer_->message.length);
        return wt_fail(err, WT_EREMOTE, "%s: %s: %s", method,
                       class_name[0] != '\0' ? class_name : "error", message);
    case WT_BUS_TOO_BIG:
        return wt_fail(err, WT_ELIMIT, "%s: the answer is too big", method);
    case WT_BUS_GONE:
        break;
    }
    return wt_fail(err, WT_EDEAD, "%s: the connection was closed before the answer", method);
}

/* ---- Answers to calls of the other side ---- */

/* Each answer closes one call of the other side. After destroying, nothing is written any more. */
static bool may_answer(struct wt_bus_peer *peer) {
    if (peer->open_invokes > 0)
        peer->open_invokes--;
    return !peer->doomed;
}

void wt_bus_peer_return(struct wt_bus_peer *peer, const struct wt_bus_token *id,
                        const struct wt_buffer *value) {
    if (value != NULL && (value->failed || value->length == 0)) {
        wt_bus_peer_error(peer, id, WT_BUS_ERROR_RUNTIME, "the result could not be encoded");
        return;
    }
    if (!may_answer(peer))
        return;
    struct wt_bus_writer writer = wt_bus_writer_over(&peer->output);
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_token(&writer, id);
    if (value != NULL)
        wt_bus_write_raw(&writer, value->data, value->length);
    else
        wt_bus_write_nil(&writer);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_RETURN);
}

void wt_bus_peer_return_string(struct wt_bus_peer *peer, const struct wt_bus_token *id,
                               const char *text, size_t length) {
    if (!may_answer(peer))
        return;
    struct wt_bus_writer writer = wt_bus_writer_over(&peer->output);
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_token(&writer, id);
    wt_bus_write_string(&writer, text, length);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_RETURN);
}

void wt_bus_peer_error(struct wt_bus_peer *peer, const struct wt_bus_token *id,
                       enum wt_bus_error_class class, const char *format, ...) {
    char text[512], clean[512];
    va_list arguments;
    if (!may_answer(peer))
        return;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t used = length < 0 ? 0 : (size_t)length;
    used = wt_text_clean(clean, sizeof clean, text, used < sizeof text ? used : sizeof text - 1);
    struct wt_bus_writer writer = wt_bus_writer_over(&peer->output);
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_token(&writer, id);
    wt_bus_write_exception(&writer, class, clean, used);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_ERROR);
}

/* ---- For watching ---- */

size_t wt_bus_peer_open_calls(const struct wt_bus_peer *peer) {
    return peer->calls.count;
}

size_t wt_bus_peer_open_invokes(const struct wt_bus_peer *peer) {
    return peer->open_invokes;
}

uint64_t wt_bus_peer_ignored(const struct wt_bus_peer *peer) {
    return peer->ignored;
}

size_t wt_bus_peer_memory(const struct wt_bus_peer *peer) {
    return sizeof *peer + peer->input.capacity + peer->output.capacity +
           peer->calls.capacity * sizeof *peer->calls.entries +
           peer->calls.count * sizeof(struct open_call) +
           (peer->scanner != NULL ? sizeof *peer->scanner : 0);
}
