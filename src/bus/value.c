#include "bus/value.h"

#include <string.h>

#include "base/buffer.h"
#include "bus/writer.h"

const char *wt_bus_type_name(enum wt_bus_type type) {
    static const char *const names[] = {
#define WT_BUS_TYPE_NAME(name, text) [WT_BUS_##name] = text,
        WT_BUS_TYPE_MAP(WT_BUS_TYPE_NAME)
#undef WT_BUS_TYPE_NAME
    };
    size_t index = (size_t)type;
    return index < sizeof names / sizeof names[0] ? names[index] : "unknown";
}

bool wt_bus_is_string(const struct wt_bus_value *value) {
    return value != NULL && (value->type == WT_BUS_STRING || value->type == WT_BUS_BINARY);
}

bool wt_bus_is_symbol(const struct wt_bus_value *value, const char *name) {
    return value != NULL && value->type == WT_BUS_SYMBOL && wt_bus_text_equals(value->text, name);
}

bool wt_bus_is_falsy(const struct wt_bus_value *value) {
    return value == NULL || value->type == WT_BUS_NIL ||
           (value->type == WT_BUS_BOOL && !value->boolean);
}

bool wt_bus_text_of(const struct wt_bus_value *value, struct wt_bus_text *out) {
    if (wt_bus_is_string(value) ||
        (value != NULL && (value->type == WT_BUS_SYMBOL || value->type == WT_BUS_CLASS))) {
        *out = value->text;
        return true;
    }
    *out = (struct wt_bus_text){.data = ""};
    return false;
}

bool wt_bus_text_equals(struct wt_bus_text text, const char *expected) {
    return text.length == strlen(expected) && memcmp(text.data, expected, text.length) == 0;
}

bool wt_bus_to_int64(const struct wt_bus_value *value, int64_t *out) {
    if (value == NULL)
        return false;
    if (value->type == WT_BUS_INT) {
        *out = value->integer;
        return true;
    }
    if (value->type != WT_BUS_UINT || value->uint > INT64_MAX)
        return false;
    *out = (int64_t)value->uint;
    return true;
}

bool wt_bus_to_uint64(const struct wt_bus_value *value, uint64_t *out) {
    if (value == NULL || value->type != WT_BUS_UINT)
        return false;
    *out = value->uint;
    return true;
}

bool wt_bus_to_uint32(const struct wt_bus_value *value, uint32_t *out) {
    uint64_t wide;
    if (!wt_bus_to_uint64(value, &wide) || wide > UINT32_MAX)
        return false;
    *out = (uint32_t)wide;
    return true;
}

bool wt_bus_to_double(const struct wt_bus_value *value, double *out) {
    if (value == NULL)
        return false;
    if (value->type == WT_BUS_FLOAT)
        *out = value->real;
    else if (value->type == WT_BUS_UINT)
        *out = (double)value->uint;
    else if (value->type == WT_BUS_INT)
        *out = (double)value->integer;
    else
        return false;
    return true;
}

const struct wt_bus_value *wt_bus_item(const struct wt_bus_value *value, size_t index) {
    if (value == NULL || value->type != WT_BUS_ARRAY || index >= value->count)
        return NULL;
    return &value->items[index];
}

const struct wt_bus_value *wt_bus_map_get(const struct wt_bus_value *value, const char *key) {
    if (value == NULL || value->type != WT_BUS_MAP)
        return NULL;
    for (size_t i = 0; i < value->count; i++) {
        if (wt_bus_is_symbol(&value->items[2 * i], key))
            return &value->items[2 * i + 1];
    }
    return NULL;
}

const struct wt_bus_value *wt_bus_proxy_name(const struct wt_bus_value *value) {
    if (value == NULL || (value->type != WT_BUS_PROXY && value->type != WT_BUS_CONTROLLER))
        return NULL;
    return &value->items[0];
}

static bool token_of_bytes(const void *bytes, size_t length, struct wt_bus_token *out) {
    *out = (struct wt_bus_token){0};
    if (length > WT_BUS_TOKEN_SIZE)
        return false;
    memcpy(out->bytes, bytes, length);
    out->length = (uint8_t)length;
    return true;
}

bool wt_bus_token_of(const struct wt_bus_value *value, struct wt_bus_token *out) {
    *out = (struct wt_bus_token){0};
    if (value == NULL)
        return false;
    if (value->raw != NULL)
        return token_of_bytes(value->raw, value->raw_length, out);
    /* Nothing that fits has a longer text or more items than this: the copy below stays small. */
    bool has_text =
        wt_bus_is_string(value) || value->type == WT_BUS_SYMBOL || value->type == WT_BUS_CLASS;
    if ((has_text ? value->text.length : value->count) > WT_BUS_TOKEN_SIZE)
        return false;
    struct wt_buffer buffer = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&buffer);
    wt_bus_write_value(&writer, value);
    bool fits = !buffer.failed && token_of_bytes(buffer.data, buffer.length, out);
    wt_buffer_fini(&buffer);
    return fits;
}

bool wt_bus_token_equal(const struct wt_bus_token *a, const struct wt_bus_token *b) {
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}
