/* peer.h - one end of one bus connection, without its socket.
 *
 * Bytes in, bytes out. The owner of the socket feeds what it read, in whatever pieces, and writes
 * what it finds in the output. In between, this end calls objects of the other (wt_bus_peer_call)
 * and answers calls to its own, which are described by static tables.
 *
 *     read(2) --> wt_bus_peer_feed --> methods of our objects --> wt_bus_peer_return / _error
 *                        |                                                  |
 *                        '---> on_answer of our calls    wt_bus_peer_call   |
 *                                                               |           v
 *     write(2) <------------------------------------- wt_bus_peer_output ---'
 *
 * Promises
 *   - Whatever the other side sends, it costs at most what wt_bus_limits allow, and never more than
 *     this connection: a failed feed means "close it", nothing else is harmed.
 *   - Each call ends in exactly one on_answer, unless it is cancelled first.
 *   - Unknown or late answers, releases and stray values are ignored, and counted.
 *   - An idle peer holds no buffers.
 *
 * What is left to the owner: sockets, time-outs (wt_bus_peer_cancel), who may connect.
 *
 * From inside a method or an on_answer everything but wt_bus_peer_feed may be called, destroying
 * the peer included: feed then stops and returns WT_EDEAD.
 *
 * Threads: one owner; no shared state.
 */
#ifndef WT_BUS_PEER_H
#define WT_BUS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/status.h"
#include "bus/decode.h"
#include "bus/value.h"
#include "bus/writer.h"

struct wt_bus_peer;

/* Fixes the parity of our call ids: 1, 3, 5 ... on the connecting side, 2, 4, 6 ... on the other.
 */
enum wt_bus_role { WT_BUS_CONNECTING, WT_BUS_ACCEPTING };

/* ---- Calls from the other side ---- */

/*
 * A call of one of our methods, after public_send was unwrapped and arguments were counted. All of
 * it is borrowed until the method returns; copy id to answer later.
 */
struct wt_bus_invoke {
    struct wt_bus_token id;
    const struct wt_bus_object *object;
    const struct wt_bus_method *method;
    const struct wt_bus_value *arguments; /* without the method's name */
    uint32_t argument_count;              /* least <= argument_count <= most of the method */
    const struct wt_bus_value *options;   /* a MAP; wt_bus_map_get(options, "process_id") */
    bool block_given;
};

/*
 * Must answer each call exactly once, at once or later, with wt_bus_peer_return,
 * wt_bus_peer_return_string or wt_bus_peer_error - or destroy the peer.
 */
typedef void (*wt_bus_method_fn)(void *context, struct wt_bus_peer *peer,
                                 const struct wt_bus_invoke *invoke);

struct wt_bus_keyword {
    const char *name;
    bool required;
};

struct wt_bus_method {
    const char *name;
    uint32_t least, most;              /* positional arguments */
    struct wt_bus_keyword keywords[5]; /* ends at the first name that is NULL */
    wt_bus_method_fn call;
};

/*
 * An object that the other side finds under the symbol `name`. The peer itself answers, as Ruby
 * would: NameError for an unknown object, NoMethodError for an unknown method, ArgumentError for a
 * wrong number of arguments, for missing and for unknown keywords and for no method at all; and on
 * every object respond_to? == != ! class is_a? kind_of? instance_of? nil? to_s inspect public_send.
 */
struct wt_bus_object {
    const char *name;
    const char *class_name; /* for error texts only */
    const struct wt_bus_method *methods;
    size_t method_count;
};

/* Static tables, shared by all connections of a kind. */
struct wt_bus_handlers {
    const struct wt_bus_object *objects;
    size_t object_count;
};

/* ---- Life ---- */

/* limits may be NULL (defaults); they are copied, handlers are borrowed. context goes to methods.
 */
wt_status wt_bus_peer_create(struct wt_bus_peer **out, enum wt_bus_role role,
                             const struct wt_bus_limits *limits,
                             const struct wt_bus_handlers *handlers, void *context,
                             struct wt_error *err);

/* Every open call is answered with WT_BUS_GONE; then all is freed. NULL is fine. */
void wt_bus_peer_destroy(struct wt_bus_peer *peer);

/* ---- Bytes ---- */

/*
 * Takes bytes that were read, and handles every message that is complete. With length 0 it goes on
 * with bytes that it kept while paused.
 *   WT_EFORMAT, WT_ELIMIT, WT_ENOMEM   close this connection; err says what was wrong
 *   WT_EDEAD                           a handler destroyed the peer: do not touch it any more
 */
wt_status wt_bus_peer_feed(struct wt_bus_peer *peer, const void *bytes, size_t length,
                           struct wt_error *err);

/*
 * Bytes to write. Either write from its front and report with wt_bus_peer_sent, or move all of it
 * out with wt_buffer_take (best for long ones: nothing is copied). A buffer that `failed` had no
 * memory: close.
 */
struct wt_buffer *wt_bus_peer_output(struct wt_bus_peer *peer);

/* Removes `length` written bytes from the front of the output; frees an empty output. */
void wt_bus_peer_sent(struct wt_bus_peer *peer, size_t length);

/*
 * True while messages wait inside because more than limits.output_bytes of output had piled up.
 * Then: stop reading, write all output, and call wt_bus_peer_feed(peer, NULL, 0, err) to go on.
 */
bool wt_bus_peer_is_paused(const struct wt_bus_peer *peer);

/* ---- Calls to the other side ---- */

enum wt_bus_outcome {
    WT_BUS_RETURNED, /* value */
    WT_BUS_FAILED,   /* error_class and message, as the other side named them */
    WT_BUS_TOO_BIG,  /* the answer passed answer_bytes; the connection goes on */
    WT_BUS_GONE,     /* the peer is being destroyed */
};

/* Borrowed until on_answer returns. */
struct wt_bus_answer {
    enum wt_bus_outcome outcome;
    const struct wt_bus_value *value; /* never NULL; nil unless RETURNED or FAILED */
    struct wt_bus_text error_class;   /* FAILED; may be empty */
    struct wt_bus_text message;       /* FAILED; may be empty, and is foreign text */
};

typedef void (*wt_bus_answer_fn)(void *context, struct wt_bus_peer *peer,
                                 const struct wt_bus_answer *answer);

struct wt_bus_call {
    struct wt_bus_token object;        /* wt_bus_token_symbol("worker"), or a proxy's name */
    const char *method;                /* sent as a symbol */
    const struct wt_buffer *arguments; /* encoded, one after another; NULL when there are none */
    uint32_t argument_count;           /* without the method */
    const struct wt_buffer *options;   /* encoded key, value, key, value ...; keys are symbols */
    uint32_t option_count;             /* pairs */
    uint32_t answer_bytes;             /* at most this long; message_bytes when smaller */
    wt_bus_answer_fn on_answer;
    void *context;
};

/*
 * Sends a call; *id (may be NULL) is what wt_bus_peer_cancel takes. WT_ENOMEM, also when a buffer
 * of the call had failed: nothing is sent.
 */
wt_status wt_bus_peer_call(struct wt_bus_peer *peer, const struct wt_bus_call *call, uint64_t *id,
                           struct wt_error *err);

/* Forgets a call: its on_answer is not called, a late answer is ignored. False: no such call. */
bool wt_bus_peer_cancel(struct wt_bus_peer *peer, uint64_t id);

/*
 * WT_OK when it RETURNED; else fills err with one line ("setup_recorder: ArgumentError: no such
 * file") and gives WT_EREMOTE, WT_ELIMIT or WT_EDEAD. The foreign text is cleaned.
 */
wt_status wt_bus_answer_status(const struct wt_bus_answer *answer, const char *method,
                               struct wt_error *err);

/* ---- Answers to the other side ---- */

/* value: one encoded value, NULL for nil. A buffer that failed, or is empty, gives an Error. */
void wt_bus_peer_return(struct wt_bus_peer *peer, const struct wt_bus_token *id,
                        const struct wt_buffer *value);

/* The same for one String, without a copy in between. */
void wt_bus_peer_return_string(struct wt_bus_peer *peer, const struct wt_bus_token *id,
                               const char *text, size_t length);

void wt_bus_peer_error(struct wt_bus_peer *peer, const struct wt_bus_token *id,
                       enum wt_bus_error_class class, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- For watching ---- */

size_t wt_bus_peer_open_calls(const struct wt_bus_peer *peer);   /* ours, unanswered */
size_t wt_bus_peer_open_invokes(const struct wt_bus_peer *peer); /* theirs, unanswered */
uint64_t wt_bus_peer_ignored(const struct wt_bus_peer *peer);    /* messages without effect */
size_t wt_bus_peer_memory(const struct wt_bus_peer *peer);       /* heap bytes held now */

#endif /* WT_BUS_PEER_H */
