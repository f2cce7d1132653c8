/* decode.h - bytes to messages: first checked against limits, then decoded.
 *
 * The stream is a bare concatenation of msgpack values; a message is one of them, normally an ext
 * (docs/PROTOCOL.md, "Messages"). Two steps, strictly in this order:
 *
 *   scan    walks the bytes without allocating anything and without recursion. It accepts exactly
 *           what the second step can decode: known ext types, ext lengths that fit their payload to
 *           the byte, counts that the bytes at hand can hold, nesting within bounds. It may be
 *           asked again when more bytes have arrived and continues where it stopped, so that a
 *           message fed byte by byte costs no more than one fed whole.
 *   decode  hands the scanned bytes to the msgpack library and builds the value tree, in one block
 *           whose size the scan has counted.
 *
 * Threads: no shared state; one owner per object.
 */
#ifndef WT_BUS_DECODE_H
#define WT_BUS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "bus/value.h"
#include "bus/writer.h"

/* Nesting: of arrays and maps inside one value (the msgpack library's own stack), and of arrays,
 * maps and ext values in all. */
enum { WT_BUS_DEPTH = 32, WT_BUS_EXT_DEPTH = 64 };

/* What one peer may cost. A zero stands for the default. */
struct wt_bus_limits {
    uint32_t message_bytes; /* of a message that nobody asked for; default 1 MiB */
    uint32_t values;        /* in one such message, nested ones counted; default 131,072 */
    uint32_t open_invokes;  /* calls of the other side that wait for our answer; default 1,024 */
    uint32_t output_bytes;  /* waiting output above which input is left alone; default 1 MiB */
};

/* The same with every zero replaced by its default. limits may be NULL. */
struct wt_bus_limits wt_bus_limits_or_default(const struct wt_bus_limits *limits);

/* One container that the scan is inside of. */
struct wt_bus_scan_level {
    uint32_t end;  /* ext: offset of the byte behind it; array, map: that of the ext around it */
    uint32_t left; /* array, map: values still to come; ext: values seen so far */
    uint8_t depth; /* arrays and maps around this place, up to the nearest ext */
    uint8_t ext;   /* the ext type, or 0xff for an array or a map */
};

/* Initialise with wt_bus_scanner_init for each message. */
struct wt_bus_scanner {
    uint32_t message_bytes; /* limits of this message */
    uint32_t most_values;
    uint32_t at;     /* offset of the next header */
    uint32_t values; /* counted so far, nested ones included */
    uint32_t direct; /* values directly inside the message's own ext */
    uint32_t level_count;
    struct wt_bus_scan_level levels[WT_BUS_EXT_DEPTH];
};

/* message_bytes and values are the limits of this one message. */
void wt_bus_scanner_init(struct wt_bus_scanner *scanner, uint32_t message_bytes, uint32_t values);

/*
 * Scans the message that begins at bytes, of which `length` bytes are there; the same bytes, and
 * more behind them, at every call. May be moved in memory in between.
 *   WT_OK       complete: it takes *message_length bytes
 *   WT_EAGAIN   well formed as far as it goes; more bytes are needed (err is not filled)
 *   WT_EFORMAT  malformed     WT_ELIMIT  too long, too deep, or too many values
 */
wt_status wt_bus_scan(struct wt_bus_scanner *scanner, const void *bytes, size_t length,
                      size_t *message_length, struct wt_error *err);

/* What the first bytes of a message say about it. */
struct wt_bus_frame {
    bool is_ext;
    uint8_t ext;             /* the type byte, when is_ext */
    uint8_t header_length;   /* when is_ext */
    uint64_t message_length; /* header included, when is_ext */
    bool has_id;             /* the payload begins with an unsigned integer */
    uint64_t id;
};

/*
 * WT_OK; WT_EAGAIN when the bytes (15 always suffice) do not tell all: is_ext, ext and the lengths
 * are then set as soon as the header is there.
 */
wt_status wt_bus_peek(const void *bytes, size_t length, struct wt_bus_frame *frame);

/*
 * One decoded message. By ext type:
 *   INVOKE                                 id, object, arguments[0] the method, options,
 * block_given RETURN YIELD ERROR NEXT THROW CLOSE    id, value RELEASE value, the name Everything
 * else (is_message false) is a value that does not belong at the top level.
 */
struct wt_bus_message {
    bool is_message;
    enum wt_bus_ext ext;
    struct wt_bus_value id;
    struct wt_bus_value object;
    const struct wt_bus_value *arguments; /* INVOKE: argument_count of them */
    uint32_t argument_count;
    struct wt_bus_value options; /* INVOKE: always a MAP, often empty */
    bool block_given;
    struct wt_bus_value value;
    void *memory; /* owned: all nodes of the tree. The texts lie in the bytes that were decoded. */
};

/*
 * Decodes a message that wt_bus_scan has found complete and of `length` bytes. The bytes must
 * outlive the message. On failure nothing is held.
 *   WT_EFORMAT  the values do not make a message of its type     WT_ENOMEM
 */
wt_status wt_bus_decode(const struct wt_bus_scanner *scanner, const void *bytes, size_t length,
                        struct wt_bus_message *out, struct wt_error *err);

/* Frees what decode allocated. A message of all zero bytes is fine. */
void wt_bus_message_fini(struct wt_bus_message *message);

#endif /* WT_BUS_DECODE_H */
