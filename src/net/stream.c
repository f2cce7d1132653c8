#include "net/stream.h"

#include <assert.h>
#include <stdlib.h>

/* A write that the socket did not take at once. Owns its bytes. */
struct queued_write {
    uv_write_t request;
    char *data;
    size_t length;
};

static struct wt_stream *stream_of(void *pipe) {
    return (struct wt_stream *)((char *)pipe - offsetof(struct wt_stream, pipe));
}

static void end_stream(struct wt_stream *stream, const struct wt_error *why) {
    if (!stream->is_closing)
        stream->events->on_end(stream, why);
}

static void end_after_uv(struct wt_stream *stream, int code, const char *what) {
    struct wt_error why;
    if (code == UV_EPIPE || code == UV_ECONNRESET || code == UV_EOF)
        wt_fail(&why, WT_EDEAD, "the other side closed the connection");
    else
        wt_fail(&why, WT_ESYS, "%s: %s", what, uv_strerror(code));
    end_stream(stream, &why);
}

size_t wt_stream_backlog(const struct wt_stream *stream) {
    size_t waiting = stream->peer != NULL ? wt_bus_peer_output(stream->peer)->length : 0;
    return waiting + stream->queued_bytes;
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *out) {
    (void)suggested;
    struct wt_stream *stream = stream_of(handle);
    *out = uv_buf_init(stream->scratch->bytes, sizeof stream->scratch->bytes);
}

static void on_read(uv_stream_t *handle, ssize_t length, const uv_buf_t *bytes);

static void set_reading(struct wt_stream *stream, bool reading) {
    if (stream->is_reading == reading)
        return;
    stream->is_reading = reading;
    if (reading)
        uv_read_start((uv_stream_t *)&stream->pipe, on_allocate, on_read);
    else
        uv_read_stop((uv_stream_t *)&stream->pipe);
}

/* False when the stream has ended, or the peer went away: touch neither then. */
static bool feed(struct wt_stream *stream, const void *bytes, size_t length) {
    struct wt_error err;
    stream->is_inside_feed = true;
    wt_status status = wt_bus_peer_feed(stream->peer, bytes, length, &err);
    stream->is_inside_feed = false;
    if (stream->is_closing)
        return false;
    if (status == WT_OK)
        return true;
    /* What was said before the nonsense is still answered, as far as the socket takes it. */
    struct wt_buffer *output = wt_bus_peer_output(stream->peer);
    if (stream->queued_bytes == 0 && output->length > 0) {
        uv_buf_t rest = uv_buf_init(output->data, (unsigned)output->length);
        uv_try_write((uv_stream_t *)&stream->pipe, &rest, 1);
    }
    end_stream(stream, &err);
    return false;
}

static void on_written(uv_write_t *request, int code) {
    struct queued_write *queued = (struct queued_write *)request;
    struct wt_stream *stream = stream_of(request->handle);
    stream->queued_bytes -= queued->length;
    free(queued->data);
    free(queued);
    if (stream->is_closing)
        return;
    if (code < 0)
        end_after_uv(stream, code, "cannot write");
    else
        wt_stream_flush(stream);
}

/* Hands all of the output to libuv. False when that is impossible; *code says why. */
static bool queue_output(struct wt_stream *stream, struct wt_buffer *output, int *code) {
    struct queued_write *queued = calloc(1, sizeof *queued);
    if (queued == NULL) {
        *code = UV_ENOMEM;
        return false;
    }
    queued->data = wt_buffer_take(output, &queued->length);
    *code = UV_ENOMEM;
    if (queued->data != NULL) {
        uv_buf_t bytes = uv_buf_init(queued->data, (unsigned)queued->length);
        *code = uv_write(&queued->request, (uv_stream_t *)&stream->pipe, &bytes, 1, on_written);
    }
    if (*code < 0) {
        free(queued->data);
        free(queued);
        return false;
    }
    stream->queued_bytes += queued->length;
    return true;
}

/* Writes the peer's output, as much as the socket takes now, and queues the rest. */
static bool write_output(struct wt_stream *stream) {
    struct wt_buffer *output = wt_bus_peer_output(stream->peer);
    int code = output->failed ? UV_ENOMEM : 0;
    if (code == 0 && output->length > 0) {
        uv_buf_t bytes = uv_buf_init(output->data, (unsigned)output->length);
        code = uv_try_write((uv_stream_t *)&stream->pipe, &bytes, 1);
        if (code == UV_EAGAIN)
            code = 0;
        if (code >= 0) {
            wt_bus_peer_sent(stream->peer, (size_t)code);
            output = wt_bus_peer_output(stream->peer);
            code = 0;
            if (output->length > 0)
                queue_output(stream, output, &code);
        }
    }
    if (code < 0)
        end_after_uv(stream, code, "cannot write");
    return code >= 0;
}

void wt_stream_flush(struct wt_stream *stream) {
    if (stream->is_closing || stream->is_inside_feed)
        return; /* on_read flushes after the feed */
    while (stream->queued_bytes == 0) {
        if (!write_output(stream))
            return;
        if (stream->queued_bytes > 0 || !wt_bus_peer_is_paused(stream->peer))
            break;
        if (!feed(stream, NULL, 0))
            return;
    }
    bool is_idle = wt_stream_backlog(stream) == 0;
    if (stream->at_eof && is_idle)
        end_stream(stream, NULL);
    else
        set_reading(stream, !stream->at_eof && !wt_bus_peer_is_paused(stream->peer) &&
                                wt_stream_backlog(stream) <= stream->output_bound);
}

static void on_read(uv_stream_t *handle, ssize_t length, const uv_buf_t *bytes) {
    struct wt_stream *stream = stream_of(handle);
    if (length == 0 || stream->is_closing)
        return;
    if (length > 0) {
        if (feed(stream, bytes->base, (size_t)length))
            wt_stream_flush(stream);
        return;
    }
    if (length != UV_EOF) {
        end_after_uv(stream, (int)length, "cannot read");
        return;
    }
    stream->at_eof = true;
    stream->is_reading = false;
    uv_read_stop(handle);
    if (stream->events->on_eof != NULL)
        stream->events->on_eof(stream);
    wt_stream_flush(stream);
}

wt_status wt_stream_open(struct wt_stream *stream, struct wt_bus_peer *peer,
                         const struct wt_stream_events *events, struct wt_stream_scratch *scratch,
                         size_t output_bound, struct wt_error *err) {
    stream->events = events;
    stream->scratch = scratch;
    stream->output_bound = output_bound;
    stream->queued_bytes = 0;
    stream->at_eof = stream->is_closing = stream->is_inside_feed = false;
    int code = uv_read_start((uv_stream_t *)&stream->pipe, on_allocate, on_read);
    if (code < 0)
        return wt_fail(err, WT_ESYS, "cannot read from a connection: %s", uv_strerror(code));
    stream->is_reading = true;
    stream->peer = peer;
    return WT_OK;
}

static void on_pipe_closed(uv_handle_t *handle) {
    struct wt_stream *stream = stream_of(handle);
    stream->events->on_closed(stream);
}

void wt_stream_close(struct wt_stream *stream) {
    if (stream->is_closing)
        return;
    stream->is_closing = true;
    struct wt_bus_peer *peer = stream->peer;
    stream->peer = NULL;
    wt_bus_peer_destroy(peer);
    uv_close((uv_handle_t *)&stream->pipe, on_pipe_closed);
}
