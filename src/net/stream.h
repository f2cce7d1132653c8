/* stream.h - a bus peer on a libuv pipe: what server and client have in common.
 *
 *     socket --read--> wt_bus_peer_feed ... methods ... wt_bus_peer_output --write--> socket
 *
 * Back-pressure: while more than a bound of output waits to be written, nothing is read, so that a
 * peer that asks and never reads costs a bounded amount. The end of input is not the end: what is
 * still to be answered is written first (docs/PROTOCOL.md, "Transport").
 *
 * Life: wt_stream_open, then any number of events, then wt_stream_close, then on_closed, from
 * inside the loop; only then may the memory go. The owner embeds the struct.
 *
 * Threads: the loop's.
 */
#ifndef WT_NET_STREAM_H
#define WT_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/status.h"
#include "bus/peer.h"

struct wt_stream;

struct wt_stream_events {
    /* The other side has sent all that it will send. May be NULL. The stream goes on writing, and
     * on_end follows. */
    void (*on_eof)(struct wt_stream *stream);
    /* Nothing more will happen: call wt_stream_close. why is NULL after a clean end. Comes once. */
    void (*on_end)(struct wt_stream *stream, const struct wt_error *why);
    /* The memory is the owner's again. */
    void (*on_closed)(struct wt_stream *stream);
};

/* Where all streams of one loop read into. */
struct wt_stream_scratch {
    char bytes[65536];
};

struct wt_stream {
    uv_pipe_t pipe;
    struct wt_bus_peer *peer; /* owned once open; NULL after close */
    const struct wt_stream_events *events;
    struct wt_stream_scratch *scratch; /* borrowed */
    size_t queued_bytes;               /* handed to libuv, not written yet */
    size_t output_bound;               /* bytes; above it nothing is read */
    bool is_reading;
    bool at_eof;
    bool is_closing;
    bool is_inside_feed;
};

/*
 * Starts reading. stream->pipe is initialised and has its descriptor; peer is moved. Fails with
 * WT_ESYS, and then the stream is not open: the owner closes the pipe and destroys the peer.
 */
wt_status wt_stream_open(struct wt_stream *stream, struct wt_bus_peer *peer,
                         const struct wt_stream_events *events, struct wt_stream_scratch *scratch,
                         size_t output_bound, struct wt_error *err);

/* Writes what the peer has to say. Called after every wt_bus_peer_call, _return or _error that does
 * not happen inside a method or an on_answer. May end the stream (on_end). */
void wt_stream_flush(struct wt_stream *stream);

/* Destroys the peer (its open calls are answered with WT_BUS_GONE first) and closes the pipe. Twice
 * is harmless. */
void wt_stream_close(struct wt_stream *stream);

/* Bytes that wait to be written. */
size_t wt_stream_backlog(const struct wt_stream *stream);

#endif /* WT_NET_STREAM_H */
