/* bus.h - real messages of the bus, and bytes from hexadecimal digits. */
#ifndef WT_TESTS_SUPPORT_BUS_H
#define WT_TESTS_SUPPORT_BUS_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/status.h"
#include "bus/peer.h"

/*
 * Recorded between unmodified Ruby processes (docs/PROTOCOL.md, "Recorded messages"):
 * name, hexadecimal bytes.
 */
#define BUS_GOLDEN_MAP(X)                                                                          \
    X(REGISTER, "c74a0001c70a2073757065727669736f7202d7207265676973746572c70910c70620776f726b65"   \
                "7202c70a2070726f636573735f6964cd25f0c70520737461746581d6206e616d65a3776562c2")    \
    X(SETUP,                                                                                       \
      "c73e0002c70620776f726b657204c71a2073657475705f7574696c697a6174696f6e5f6f627365727665"       \
      "72af7574696c697a6174696f6e2e73686dcd02000000c2")                                            \
    X(SETUP_RETURN,                                                                                \
      "c75f01029493c71120636f6e6e656374696f6e735f746f74616cc703207536340093c71220636f"             \
      "6e6e656374696f6e735f616374697665c703207533320893d6206c6f6164c703206636340c93c"              \
      "70b2074656d7065726174757265c7032073333214")                                                 \
    X(REGISTER_RETURN, "d5010101")                                                                 \
    X(STATUS, "c71a0001c70a2073757065727669736f7201c7062073746174757300c2")                        \
    X(STATUS_RETURN,                                                                               \
      "c78701019182d62074797065c713207574696c697a6174696f6e5f6d6f6e69746f72d6206461"               \
      "746181a377656285c71120636f6e6e656374696f6e735f746f74616ccd01f4c71220636f6e6e"               \
      "656374696f6e735f61637469766502d6206c6f6164cb3fd0000000000000c70b2074656d7065"               \
      "726174757265d0d8c70c20776f726b65725f636f756e7401")                                          \
    X(KEYS, "c7170003c70a2073757065727669736f7201d6206b65797300c2")                                \
    X(KEYS_RETURN, "c70301039101")                                                                 \
    X(INDEX, "c716000dc70a2073757065727669736f7202d5205b5d0100c2")                                 \
    X(INDEX_RETURN, "c705010dd510cca0")                                                            \
    X(THREAD_DUMP, "c714000fcca001c70b207468726561645f64756d7000c2")                               \
    X(THREAD_DUMP_FORWARDED,                                                                       \
      "c7290004c70620776f726b657202c70b207075626c69635f73656e64c70b20746872"                       \
      "6561645f64756d7000c2")                                                                      \
    X(UNKNOWN_OBJECT, "c7120005d6206e6f706501c7052068656c6c6f00c2")                                \
    X(UNKNOWN_OBJECT_ERROR, "c7260305c72221a94e616d654572726f72b64f626a656374206e6f7420666f756e64" \
                            "3a206e6f7065c0")                                                      \
    X(RELEASE_NUMBER, "d511cca0")                                                                  \
    X(RELEASE_SYMBOL, "c70d11c70a2073757065727669736f72")

enum bus_golden {
#define BUS_GOLDEN_ENUM(name, hex) BUS_GOLDEN_##name,
    BUS_GOLDEN_MAP(BUS_GOLDEN_ENUM)
#undef BUS_GOLDEN_ENUM
        BUS_GOLDEN_COUNT
};

const char *bus_golden_name(enum bus_golden golden);
const char *bus_golden_hex(enum bus_golden golden);

/*
 * Bytes from a short notation; fini the buffer. The parts may be separated by spaces:
 *   d4 01       hexadecimal bytes
 *   :name       the symbol, up to a space or '>'
 *   'text'      the string
 *   <00 ... >   an ext of this type, its length filled in
 */
struct wt_buffer bus_bytes(const char *notation);
struct wt_buffer bus_golden_bytes(enum bus_golden golden);

/* Hexadecimal digits of bytes; fini the buffer. */
struct wt_buffer bus_hex(const void *bytes, size_t length);

/* Fails the running test, showing both in hexadecimal, unless the bytes are these. */
void bus_assert_bytes(const void *bytes, size_t length, const char *notation);

/* Fails the running test unless this is all that the peer has to write. */
void bus_assert_output(struct wt_bus_peer *peer, const char *notation);

/* Feeds bytes, expects exactly this output, and takes it away. */
void bus_expect(struct wt_bus_peer *peer, const char *in, const char *out);

/* Feeds bytes that must close the connection, and expects this status. The peer lives on. */
void bus_expect_refused(struct wt_bus_peer *peer, const char *in, wt_status status);

#endif /* WT_TESTS_SUPPORT_BUS_H */
