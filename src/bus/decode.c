#include "bus/decode.h"

#include <msgpack.h>
#include <stdlib.h>

struct wt_bus_limits wt_bus_limits_or_default(const struct wt_bus_limits *limits) {
    struct wt_bus_limits out = limits != NULL ? *limits : (struct wt_bus_limits){0};
    if (out.message_bytes == 0)
        out.message_bytes = 1U << 20;
    if (out.values == 0)
        out.values = 1U << 17;
    if (out.open_invokes == 0)
        out.open_invokes = 1024;
    if (out.output_bytes == 0)
        out.output_bytes = 1U << 20;
    return out;
}

/*
 * The library treats the payload of an ext as opaque bytes, so a payload that consists of values is
 * handed to it again, one value after another. Recursion follows the nesting that the scan has
 * bounded. All nodes come from one block: the scan has counted them.
 */
struct decoder {
    struct wt_bus_value *nodes;
    size_t node_count;
    msgpack_zone *zone;
};

static struct wt_bus_value *take_nodes(struct decoder *decoder, size_t count) {
    if (count > decoder->node_count)
        return NULL;
    struct wt_bus_value *nodes = decoder->nodes;
    decoder->nodes += count;
    decoder->node_count -= count;
    return nodes;
}

static bool convert(struct decoder *decoder, const msgpack_object *object,
                    struct wt_bus_value *out);

/* Reads exactly `count` values, which must fill the bytes. */
static bool read_values(struct decoder *decoder, const char *bytes, size_t length,
                        struct wt_bus_value *out, size_t count) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t begin = at;
        msgpack_object object;
        if (at >= length)
            return false;
        msgpack_unpack_return result = msgpack_unpack(bytes, length, &at, decoder->zone, &object);
        if (result != MSGPACK_UNPACK_SUCCESS && result != MSGPACK_UNPACK_EXTRA_BYTES)
            return false;
        if (!convert(decoder, &object, &out[i]))
            return false;
        out[i].raw = bytes + begin;
        out[i].raw_length = (uint32_t)(at - begin);
    }
    return at == length;
}

static void set_text(struct wt_bus_value *out, enum wt_bus_type type, const char *data,
                     size_t length) {
    out->type = type;
    out->text = (struct wt_bus_text){.data = data != NULL ? data : "", .length = length};
}

static bool convert_ext(struct decoder *decoder, const msgpack_object_ext *ext,
                        struct wt_bus_value *out) {
    switch ((uint8_t)ext->type) {
    case WT_BUS_EXT_SYMBOL:
        set_text(out, WT_BUS_SYMBOL, ext->ptr, ext->size);
        return true;
    case WT_BUS_EXT_CLASS:
        set_text(out, WT_BUS_CLASS, ext->ptr, ext->size);
        return true;
    case WT_BUS_EXT_EXCEPTION:
        out->type = WT_BUS_EXCEPTION;
        out->count = 3;
        break;
    case WT_BUS_EXT_PROXY:
        out->type = WT_BUS_PROXY;
        out->count = 1;
        break;
    case WT_BUS_EXT_CONTROLLER:
        out->type = WT_BUS_CONTROLLER;
        out->count = 1;
        break;
    default: /* a byte of the wire */
        return false;
    }
    struct wt_bus_value *items = take_nodes(decoder, out->count);
    out->items = items;
    return items != NULL && read_values(decoder, ext->ptr, ext->size, items, out->count);
}

static bool convert_array(struct decoder *decoder, const msgpack_object_array *array,
                          struct wt_bus_value *out) {
    struct wt_bus_value *items = take_nodes(decoder, array->size);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < array->size; i++) {
        if (!convert(decoder, &array->ptr[i], &items[i]))
            return false;
    }
    out->type = WT_BUS_ARRAY;
    out->count = array->size;
    out->items = items;
    return true;
}

static bool convert_map(struct decoder *decoder, const msgpack_object_map *map,
                        struct wt_bus_value *out) {
    struct wt_bus_value *items = take_nodes(decoder, 2 * (size_t)map->size);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < map->size; i++) {
        if (!convert(decoder, &map->ptr[i].key, &items[2 * i]) ||
            !convert(decoder, &map->ptr[i].val, &items[2 * i + 1]))
            return false;
    }
    out->type = WT_BUS_MAP;
    out->count = map->size;
    out->items = items;
    return true;
}

static bool convert(struct decoder *decoder, const msgpack_object *object,
                    struct wt_bus_value *out) {
    *out = (struct wt_bus_value){.type = WT_BUS_NIL};
    switch (object->type) {
    case MSGPACK_OBJECT_NIL:
        return true;
    case MSGPACK_OBJECT_BOOLEAN:
        out->type = WT_BUS_BOOL;
        out->boolean = object->via.boolean;
        return true;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        out->type = WT_BUS_UINT;
        out->uint = object->via.u64;
        return true;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        out->type = WT_BUS_INT;
        out->integer = object->via.i64;
        return true;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        out->type = WT_BUS_FLOAT;
        out->real = object->via.f64;
        return true;
    case MSGPACK_OBJECT_STR:
        set_text(out, WT_BUS_STRING, object->via.str.ptr, object->via.str.size);
        return true;
    case MSGPACK_OBJECT_BIN:
        set_text(out, WT_BUS_BINARY, object->via.bin.ptr, object->via.bin.size);
        return true;
    case MSGPACK_OBJECT_ARRAY:
        return convert_array(decoder, &object->via.array, out);
    case MSGPACK_OBJECT_MAP:
        return convert_map(decoder, &object->via.map, out);
    case MSGPACK_OBJECT_EXT:
        return convert_ext(decoder, &object->via.ext, out);
    }
    return false;
}

/* An argument count is an integer, and never larger than the values that are there. */
static bool is_count(const struct wt_bus_value *value, size_t available, uint32_t *out) {
    return wt_bus_to_uint32(value, out) && *out <= available;
}

/* id, object, argc, argv[argc], optc, optc * (key, value), block_given */
static wt_status make_invoke(struct wt_bus_message *out, const struct wt_bus_value *values,
                             size_t count, struct wt_error *err) {
    uint32_t arguments, options;
    out->id = values[0];
    out->object = values[1];
    if (out->id.raw_length > WT_BUS_TOKEN_SIZE)
        return wt_fail(err, WT_EFORMAT, "a call with an id of %u bytes, more than %d",
                       out->id.raw_length, WT_BUS_TOKEN_SIZE);
    if (!is_count(&values[2], count - 5, &arguments))
        return wt_fail(err, WT_EFORMAT, "a call with an impossible number of arguments");
    size_t at = 3;
    out->arguments = &values[at];
    out->argument_count = arguments;
    at += arguments;
    if (!is_count(&values[at], (count - at - 2) / 2, &options))
        return wt_fail(err, WT_EFORMAT, "a call with an impossible number of options");
    at++;
    out->options =
        (struct wt_bus_value){.type = WT_BUS_MAP, .count = options, .items = &values[at]};
    at += 2 * (size_t)options;
    if (at + 1 != count)
        return wt_fail(err, WT_EFORMAT, "a call with %zu surplus values", count - at - 1);
    out->block_given = !wt_bus_is_falsy(&values[at]);
    return WT_OK;
}

static wt_status make_message(struct wt_bus_message *out, const struct wt_bus_value *values,
                              size_t count, struct wt_error *err) {
    switch (out->ext) {
    case WT_BUS_EXT_INVOKE:
        return make_invoke(out, values, count, err);
    case WT_BUS_EXT_RETURN:
    case WT_BUS_EXT_YIELD:
    case WT_BUS_EXT_ERROR:
    case WT_BUS_EXT_NEXT:
    case WT_BUS_EXT_THROW:
    case WT_BUS_EXT_CLOSE:
        out->id = values[0];
        out->value = values[1];
        return WT_OK;
    case WT_BUS_EXT_RELEASE:
        out->value = values[0];
        return WT_OK;
    case WT_BUS_EXT_PROXY:
    case WT_BUS_EXT_SYMBOL:
    case WT_BUS_EXT_EXCEPTION:
    case WT_BUS_EXT_CLASS:
    case WT_BUS_EXT_CONTROLLER:
        break;
    }
    return WT_OK;
}

static bool is_top_level_message(const struct wt_bus_frame *frame) {
    return frame->is_ext && (frame->ext <= WT_BUS_EXT_CLOSE || frame->ext == WT_BUS_EXT_RELEASE);
}

/* Room for the library's own objects; it takes further chunks when this is not enough. */
static size_t zone_size(uint32_t values) {
    size_t size = ((size_t)values + 1) * sizeof(msgpack_object);
    return size < 1U << 16 ? size : 1U << 16;
}

wt_status wt_bus_decode(const struct wt_bus_scanner *scanner, const void *bytes, size_t length,
                        struct wt_bus_message *out, struct wt_error *err) {
    struct wt_bus_frame frame;
    *out = (struct wt_bus_message){0};
    if (wt_bus_peek(bytes, length, &frame) != WT_OK)
        return wt_fail(err, WT_EFORMAT, "a message that ends in its header");
    if (!is_top_level_message(&frame))
        return WT_OK;
    msgpack_zone zone;
    struct wt_bus_value *nodes = malloc(scanner->values * sizeof *nodes);
    if (nodes == NULL || !msgpack_zone_init(&zone, zone_size(scanner->values))) {
        free(nodes);
        return wt_fail(err, WT_ENOMEM, "no memory for a message of %u values", scanner->values);
    }
    struct decoder decoder = {.nodes = nodes, .node_count = scanner->values, .zone = &zone};
    struct wt_bus_value *values = take_nodes(&decoder, scanner->direct);
    const char *payload = (const char *)bytes + frame.header_length;
    out->ext = (enum wt_bus_ext)frame.ext;
    wt_status status;
    if (values != NULL &&
        read_values(&decoder, payload, length - frame.header_length, values, scanner->direct))
        status = make_message(out, values, scanner->direct, err);
    else
        status = wt_fail(err, WT_EFORMAT, "a message of %zu bytes that cannot be decoded", length);
    msgpack_zone_destroy(&zone);
    if (status != WT_OK) {
        free(nodes);
        *out = (struct wt_bus_message){0};
        return status;
    }
    out->is_message = true;
    out->memory = nodes;
    return WT_OK;
}

void wt_bus_message_fini(struct wt_bus_message *message) {
    free(message->memory);
    *message = (struct wt_bus_message){0};
}
