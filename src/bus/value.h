/* value.h - a decoded value of the bus, and small encoded ones that outlive their message.
 *
 * A struct wt_bus_value is a node of a tree that belongs to the message it came in: everything it
 * points to is valid only until the handler that was given it returns. Copy what must stay; ids
 * and names fit into a struct wt_bus_token.
 *
 * Threads: plain data; a tree is never changed after it was built.
 */
#ifndef WT_BUS_VALUE_H
#define WT_BUS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name, what a person reads in an error */
#define WT_BUS_TYPE_MAP(X)                                                                         \
    X(NIL, "nil")                                                                                  \
    X(BOOL, "boolean")                                                                             \
    X(INT, "negative integer")                                                                     \
    X(UINT, "integer")                                                                             \
    X(FLOAT, "float")                                                                              \
    X(STRING, "string")                                                                            \
    X(BINARY, "binary string")                                                                     \
    X(ARRAY, "array")                                                                              \
    X(MAP, "map")                                                                                  \
    X(SYMBOL, "symbol")                                                                            \
    X(CLASS, "class")                                                                              \
    X(EXCEPTION, "exception")                                                                      \
    X(PROXY, "proxy")                                                                              \
    X(CONTROLLER, "controller reference")

enum wt_bus_type {
#define WT_BUS_TYPE_ENUM(name, text) WT_BUS_##name,
    WT_BUS_TYPE_MAP(WT_BUS_TYPE_ENUM)
#undef WT_BUS_TYPE_ENUM
};

/* Bytes that are not NUL terminated and may hold anything, NUL and invalid UTF-8 included. */
struct wt_bus_text {
    const char *data; /* never NULL */
    size_t length;
};

struct wt_bus_value {
    enum wt_bus_type type;
    uint32_t count; /* ARRAY: items; MAP: pairs; EXCEPTION: 3; PROXY, CONTROLLER: 1; else 0 */
    union {
        bool boolean;            /* BOOL */
        int64_t integer;         /* INT: always below zero */
        uint64_t uint;           /* UINT: every integer from zero up, however it was encoded */
        double real;             /* FLOAT: may be infinite or NaN */
        struct wt_bus_text text; /* STRING, BINARY, SYMBOL, CLASS */
        const struct wt_bus_value *items; /* ARRAY: count of them; MAP: key, value, key, value ...;
                                             EXCEPTION: class name, message, backtrace;
                                             PROXY, CONTROLLER: the name */
    };
    const char *raw; /* the value as it was encoded; NULL for what lies inside an array or map */
    uint32_t raw_length;
};

/* A short value in encoded form, by value: the id of a call, the name of an object. */
enum { WT_BUS_TOKEN_SIZE = 63 };
struct wt_bus_token {
    uint8_t length; /* 0: no value */
    uint8_t bytes[WT_BUS_TOKEN_SIZE];
};

/* "integer", "symbol" ...; static storage. */
const char *wt_bus_type_name(enum wt_bus_type type);

/* STRING or BINARY: Ruby takes one for the other, and so do we. */
bool wt_bus_is_string(const struct wt_bus_value *value);

/* A symbol of exactly this name. A string is not a symbol. NULL is nothing. */
bool wt_bus_is_symbol(const struct wt_bus_value *value, const char *name);

/* Nothing, nil or false: what Ruby takes for untrue. */
bool wt_bus_is_falsy(const struct wt_bus_value *value);

/* The bytes of a SYMBOL, STRING, BINARY or CLASS; false and an empty text for everything else. */
bool wt_bus_text_of(const struct wt_bus_value *value, struct wt_bus_text *out);
bool wt_bus_text_equals(struct wt_bus_text text, const char *expected);

/* Integers that fit. False, and *out unchanged, for everything else, floats and NULL included. */
bool wt_bus_to_int64(const struct wt_bus_value *value, int64_t *out);
bool wt_bus_to_uint64(const struct wt_bus_value *value, uint64_t *out);
bool wt_bus_to_uint32(const struct wt_bus_value *value, uint32_t *out);

/* Any integer or float as a double. */
bool wt_bus_to_double(const struct wt_bus_value *value, double *out);

/* The i-th item of an ARRAY, NULL when there is none or value is no array. */
const struct wt_bus_value *wt_bus_item(const struct wt_bus_value *value, size_t index);

/* The value under the SYMBOL `key` of a MAP; NULL when absent, or when value is no map. O(pairs).
 */
const struct wt_bus_value *wt_bus_map_get(const struct wt_bus_value *value, const char *key);

/* The name inside a PROXY or CONTROLLER; NULL for everything else. */
const struct wt_bus_value *wt_bus_proxy_name(const struct wt_bus_value *value);

/*
 * Keeps a value beyond its message: its bytes exactly as they came when they are at hand (raw),
 * else in minimal form. False, and an empty token, when it takes more than WT_BUS_TOKEN_SIZE.
 */
bool wt_bus_token_of(const struct wt_bus_value *value, struct wt_bus_token *out);

/* The symbol `name`, of at most 60 bytes. */
struct wt_bus_token wt_bus_token_symbol(const char *name);
struct wt_bus_token wt_bus_token_int(int64_t number);
bool wt_bus_token_equal(const struct wt_bus_token *a, const struct wt_bus_token *b);

#endif /* WT_BUS_VALUE_H */
