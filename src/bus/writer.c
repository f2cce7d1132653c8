#include "bus/writer.h"

#include <assert.h>
#include <msgpack.h>
#include <string.h>

/*
 * The msgpack library's packer already picks the shortest form of everything; this file gives it
 * the buffer to write to, and the ext types of the bus.
 */

static int append(void *buffer, const char *bytes, size_t length) {
    wt_buffer_append(buffer, bytes, length);
    return 0; /* the buffer remembers a failure */
}

static msgpack_packer packer_of(struct wt_bus_writer *writer) {
    return (msgpack_packer){.data = writer->buffer, .callback = append};
}

static int append_to_token(void *context, const char *bytes, size_t length) {
    struct wt_bus_token *token = context;
    assert(length <= (size_t)(WT_BUS_TOKEN_SIZE - token->length));
    memcpy(token->bytes + token->length, bytes, length);
    token->length = (uint8_t)(token->length + length);
    return 0;
}

/* Lengths on the wire have 32 bits at most. */
static bool fits(struct wt_bus_writer *writer, size_t length) {
    if (length > UINT32_MAX)
        writer->buffer->failed = true;
    return length <= UINT32_MAX;
}

void wt_bus_write_nil(struct wt_bus_writer *writer) {
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_nil(&packer);
}

void wt_bus_write_bool(struct wt_bus_writer *writer, bool value) {
    msgpack_packer packer = packer_of(writer);
    if (value)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
}

void wt_bus_write_int(struct wt_bus_writer *writer, int64_t value) {
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_int64(&packer, value);
}

void wt_bus_write_uint(struct wt_bus_writer *writer, uint64_t value) {
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_uint64(&packer, value);
}

void wt_bus_write_float(struct wt_bus_writer *writer, double value) {
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_double(&packer, value);
}

void wt_bus_write_string(struct wt_bus_writer *writer, const char *text, size_t length) {
    if (!fits(writer, length))
        return;
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_str(&packer, length);
    msgpack_pack_str_body(&packer, text, length);
}

void wt_bus_write_binary(struct wt_bus_writer *writer, const void *bytes, size_t length) {
    if (!fits(writer, length))
        return;
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_bin(&packer, length);
    msgpack_pack_bin_body(&packer, bytes, length);
}

static void write_ext(struct wt_bus_writer *writer, enum wt_bus_ext type, const void *bytes,
                      size_t length) {
    if (!fits(writer, length))
        return;
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_ext(&packer, length, (int8_t)type);
    msgpack_pack_ext_body(&packer, bytes, length);
}

void wt_bus_write_symbol(struct wt_bus_writer *writer, const char *name, size_t length) {
    write_ext(writer, WT_BUS_EXT_SYMBOL, name, length);
}

void wt_bus_write_class(struct wt_bus_writer *writer, const char *name, size_t length) {
    write_ext(writer, WT_BUS_EXT_CLASS, name, length);
}

void wt_bus_write_string_z(struct wt_bus_writer *writer, const char *text) {
    wt_bus_write_string(writer, text, strlen(text));
}

void wt_bus_write_symbol_z(struct wt_bus_writer *writer, const char *name) {
    wt_bus_write_symbol(writer, name, strlen(name));
}

void wt_bus_write_array(struct wt_bus_writer *writer, uint32_t count) {
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_array(&packer, count);
}

void wt_bus_write_map(struct wt_bus_writer *writer, uint32_t pairs) {
    msgpack_packer packer = packer_of(writer);
    msgpack_pack_map(&packer, pairs);
}

const char *wt_bus_error_class_name(enum wt_bus_error_class class) {
    static const char *const names[] = {
#define WT_BUS_ERROR_NAME(name, text) [WT_BUS_ERROR_##name] = text,
        WT_BUS_ERROR_MAP(WT_BUS_ERROR_NAME)
#undef WT_BUS_ERROR_NAME
    };
    return names[class];
}

void wt_bus_write_exception(struct wt_bus_writer *writer, enum wt_bus_error_class class,
                            const char *message, size_t length) {
    size_t mark = wt_bus_write_ext_begin(writer);
    wt_bus_write_string_z(writer, wt_bus_error_class_name(class));
    wt_bus_write_string(writer, message, length);
    wt_bus_write_nil(writer);
    wt_bus_write_ext_end(writer, mark, WT_BUS_EXT_EXCEPTION);
}

struct wt_bus_token wt_bus_token_symbol(const char *name) {
    struct wt_bus_token token = {0};
    msgpack_packer packer = {.data = &token, .callback = append_to_token};
    size_t length = strlen(name);
    msgpack_pack_ext(&packer, length, WT_BUS_EXT_SYMBOL);
    msgpack_pack_ext_body(&packer, name, length);
    return token;
}

struct wt_bus_token wt_bus_token_int(int64_t number) {
    struct wt_bus_token token = {0};
    msgpack_packer packer = {.data = &token, .callback = append_to_token};
    msgpack_pack_int64(&packer, number);
    return token;
}

void wt_bus_write_token(struct wt_bus_writer *writer, const struct wt_bus_token *token) {
    wt_buffer_append(writer->buffer, token->bytes, token->length);
}

void wt_bus_write_proxy(struct wt_bus_writer *writer, const struct wt_bus_token *name) {
    write_ext(writer, WT_BUS_EXT_PROXY, name->bytes, name->length);
}

void wt_bus_write_controller(struct wt_bus_writer *writer, const struct wt_bus_token *name) {
    write_ext(writer, WT_BUS_EXT_CONTROLLER, name->bytes, name->length);
}

void wt_bus_write_raw(struct wt_bus_writer *writer, const void *bytes, size_t length) {
    wt_buffer_append(writer->buffer, bytes, length);
}

enum { LONGEST_EXT_HEADER = 6 };

size_t wt_bus_write_ext_begin(struct wt_bus_writer *writer) {
    static const char room[LONGEST_EXT_HEADER];
    size_t mark = writer->buffer->length;
    wt_buffer_append(writer->buffer, room, sizeof room);
    return mark;
}

void wt_bus_write_ext_end(struct wt_bus_writer *writer, size_t mark, enum wt_bus_ext type) {
    struct wt_buffer *buffer = writer->buffer;
    if (buffer->failed)
        return;
    char *begin = buffer->data + mark;
    size_t length = buffer->length - mark - LONGEST_EXT_HEADER;
    if (!fits(writer, length))
        return;
    struct wt_bus_token header = {0};
    msgpack_packer packer = {.data = &header, .callback = append_to_token};
    msgpack_pack_ext(&packer, length, (int8_t)type);
    memcpy(begin, header.bytes, header.length);
    /* Payloads of 64 KiB and more take the longest header: only short ones have to move. */
    if (header.length < LONGEST_EXT_HEADER) {
        memmove(begin + header.length, begin + LONGEST_EXT_HEADER, length);
        buffer->length = mark + header.length + length;
        buffer->data[buffer->length] = '\0';
    }
}

static void write_items(struct wt_bus_writer *writer, const struct wt_bus_value *items,
                        size_t count) {
    for (size_t i = 0; i < count; i++)
        wt_bus_write_value(writer, &items[i]);
}

static void write_ext_items(struct wt_bus_writer *writer, const struct wt_bus_value *value,
                            enum wt_bus_ext type) {
    size_t mark = wt_bus_write_ext_begin(writer);
    write_items(writer, value->items, value->count);
    wt_bus_write_ext_end(writer, mark, type);
}

/* Recursion is bounded: trees come from the decoder, and are at most WT_BUS_EXT_DEPTH deep. */
void wt_bus_write_value(struct wt_bus_writer *writer, const struct wt_bus_value *value) {
    switch (value->type) {
    case WT_BUS_NIL:
        wt_bus_write_nil(writer);
        break;
    case WT_BUS_BOOL:
        wt_bus_write_bool(writer, value->boolean);
        break;
    case WT_BUS_INT:
        wt_bus_write_int(writer, value->integer);
        break;
    case WT_BUS_UINT:
        wt_bus_write_uint(writer, value->uint);
        break;
    case WT_BUS_FLOAT:
        wt_bus_write_float(writer, value->real);
        break;
    case WT_BUS_STRING:
        wt_bus_write_string(writer, value->text.data, value->text.length);
        break;
    case WT_BUS_BINARY:
        wt_bus_write_binary(writer, value->text.data, value->text.length);
        break;
    case WT_BUS_SYMBOL:
        wt_bus_write_symbol(writer, value->text.data, value->text.length);
        break;
    case WT_BUS_CLASS:
        wt_bus_write_class(writer, value->text.data, value->text.length);
        break;
    case WT_BUS_ARRAY:
        wt_bus_write_array(writer, value->count);
        write_items(writer, value->items, value->count);
        break;
    case WT_BUS_MAP:
        wt_bus_write_map(writer, value->count);
        write_items(writer, value->items, 2 * (size_t)value->count);
        break;
    case WT_BUS_EXCEPTION:
        write_ext_items(writer, value, WT_BUS_EXT_EXCEPTION);
        break;
    case WT_BUS_PROXY:
        write_ext_items(writer, value, WT_BUS_EXT_PROXY);
        break;
    case WT_BUS_CONTROLLER:
        write_ext_items(writer, value, WT_BUS_EXT_CONTROLLER);
        break;
    }
}
