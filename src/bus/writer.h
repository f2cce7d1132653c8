/* writer.h - values to bytes, in the very forms that Ruby emits.
 *
 * Every value takes its shortest form: integers, strings, arrays, maps and ext headers (a payload
 * of 1, 2, 4, 8 or 16 bytes takes the fixed header). Floats are always 64 bits wide.
 *
 * A container is its header followed by its values: after write_array(n) come n values, after
 * write_map(n) come n times key and value. An ext that holds values is begun and ended, and its
 * length is filled in at the end.
 *
 * The first failure of the buffer is sticky (base/buffer.h): write on, and look at
 * buffer->failed once, at the end.
 *
 * Threads: one owner.
 */
#ifndef WT_BUS_WRITER_H
#define WT_BUS_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "bus/value.h"

/* Ext types, docs/PROTOCOL.md. */
enum wt_bus_ext {
    WT_BUS_EXT_INVOKE = 0x00,
    WT_BUS_EXT_RETURN = 0x01,
    WT_BUS_EXT_YIELD = 0x02,
    WT_BUS_EXT_ERROR = 0x03,
    WT_BUS_EXT_NEXT = 0x04,
    WT_BUS_EXT_THROW = 0x05,
    WT_BUS_EXT_CLOSE = 0x06,
    WT_BUS_EXT_PROXY = 0x10,
    WT_BUS_EXT_RELEASE = 0x11,
    WT_BUS_EXT_SYMBOL = 0x20,
    WT_BUS_EXT_EXCEPTION = 0x21,
    WT_BUS_EXT_CLASS = 0x22,
    WT_BUS_EXT_CONTROLLER = 0x30,
};

/*
 * The classes of exception that a Ruby peer survives: it knows them, and their constructors take
 * one argument. We never send another one.
 */
#define WT_BUS_ERROR_MAP(X)                                                                        \
    X(RUNTIME, "RuntimeError")                                                                     \
    X(ARGUMENT, "ArgumentError")                                                                   \
    X(NAME, "NameError")                                                                           \
    X(NO_METHOD, "NoMethodError")                                                                  \
    X(TYPE, "TypeError")                                                                           \
    X(RANGE, "RangeError")                                                                         \
    X(IO, "IOError")                                                                               \
    X(KEY, "KeyError")

enum wt_bus_error_class {
#define WT_BUS_ERROR_ENUM(name, text) WT_BUS_ERROR_##name,
    WT_BUS_ERROR_MAP(WT_BUS_ERROR_ENUM)
#undef WT_BUS_ERROR_ENUM
};

struct wt_bus_writer {
    struct wt_buffer *buffer; /* borrowed; values are appended to it */
};

static inline struct wt_bus_writer wt_bus_writer_over(struct wt_buffer *buffer) {
    return (struct wt_bus_writer){.buffer = buffer};
}

void wt_bus_write_nil(struct wt_bus_writer *writer);
void wt_bus_write_bool(struct wt_bus_writer *writer, bool value);
void wt_bus_write_int(struct wt_bus_writer *writer, int64_t value);
void wt_bus_write_uint(struct wt_bus_writer *writer, uint64_t value);
void wt_bus_write_float(struct wt_bus_writer *writer, double value);

/* At most 4 GiB - 1 bytes each; longer ones fail the buffer. */
void wt_bus_write_string(struct wt_bus_writer *writer, const char *text, size_t length);
void wt_bus_write_binary(struct wt_bus_writer *writer, const void *bytes, size_t length);
void wt_bus_write_symbol(struct wt_bus_writer *writer, const char *name, size_t length);
void wt_bus_write_class(struct wt_bus_writer *writer, const char *name, size_t length);

/* The same for NUL terminated texts. */
void wt_bus_write_string_z(struct wt_bus_writer *writer, const char *text);
void wt_bus_write_symbol_z(struct wt_bus_writer *writer, const char *name);

void wt_bus_write_array(struct wt_bus_writer *writer, uint32_t count);
void wt_bus_write_map(struct wt_bus_writer *writer, uint32_t pairs);

/* class, message, backtrace nil. */
void wt_bus_write_exception(struct wt_bus_writer *writer, enum wt_bus_error_class class,
                            const char *message, size_t length);

void wt_bus_write_token(struct wt_bus_writer *writer, const struct wt_bus_token *token);
void wt_bus_write_proxy(struct wt_bus_writer *writer, const struct wt_bus_token *name);
void wt_bus_write_controller(struct wt_bus_writer *writer, const struct wt_bus_token *name);

/* Bytes that are already encoded. */
void wt_bus_write_raw(struct wt_bus_writer *writer, const void *bytes, size_t length);

/* A whole tree, always in minimal form. */
void wt_bus_write_value(struct wt_bus_writer *writer, const struct wt_bus_value *value);

/* An ext whose payload is written between begin and end; hand the mark from one to the other. */
size_t wt_bus_write_ext_begin(struct wt_bus_writer *writer);
void wt_bus_write_ext_end(struct wt_bus_writer *writer, size_t mark, enum wt_bus_ext type);

/* "RuntimeError" ...; static storage. */
const char *wt_bus_error_class_name(enum wt_bus_error_class class);

#endif /* WT_BUS_WRITER_H */
