/* scan.c - the walk over the bytes that comes before everything else.
 *
 * One header at a time, with a small stack of the containers that it is inside of. Nothing is
 * allocated, nothing recurses, and no byte is looked at twice: `at` is where the next header
 * begins, and it may lie behind the bytes that have arrived when a string is still on its way.
 *
 * Every container knows the end that its content must not pass: an ext its own, an array or a map
 * that of the ext around it, and outside of any ext the limit of the message. So a count that the
 * bytes cannot hold is refused when its header is read. When the scan has succeeded, the sum of all
 * counts is below the number of bytes, and the library that decodes afterwards can allocate by
 * them.
 */
#include "bus/decode.h"

#include "base/bytes.h"

enum { SCAN_CONTAINER = 0xff }; /* level.ext of an array or a map */

enum header_kind { KIND_BAD, KIND_SCALAR, KIND_BODY, KIND_EXT, KIND_ARRAY, KIND_MAP };

/* What a first byte from c0 to df announces: `length_bytes` of length, or else a fixed body. */
struct form {
    uint8_t kind;
    uint8_t length_bytes;
    uint8_t fixed;
};

static const struct form forms[0x20] = {
    [0x00] = {KIND_SCALAR, 0, 0},                               /* nil */
    [0x01] = {KIND_BAD, 0, 0},    [0x02] = {KIND_SCALAR, 0, 0}, /* false */
    [0x03] = {KIND_SCALAR, 0, 0},                               /* true */
    [0x04] = {KIND_BODY, 1, 0},                                 /* bin */
    [0x05] = {KIND_BODY, 2, 0},   [0x06] = {KIND_BODY, 4, 0},
    [0x07] = {KIND_EXT, 1, 0},    [0x08] = {KIND_EXT, 2, 0},
    [0x09] = {KIND_EXT, 4, 0},    [0x0a] = {KIND_SCALAR, 0, 4}, /* float */
    [0x0b] = {KIND_SCALAR, 0, 8}, [0x0c] = {KIND_SCALAR, 0, 1}, /* unsigned */
    [0x0d] = {KIND_SCALAR, 0, 2}, [0x0e] = {KIND_SCALAR, 0, 4},
    [0x0f] = {KIND_SCALAR, 0, 8}, [0x10] = {KIND_SCALAR, 0, 1}, /* signed */
    [0x11] = {KIND_SCALAR, 0, 2}, [0x12] = {KIND_SCALAR, 0, 4},
    [0x13] = {KIND_SCALAR, 0, 8}, [0x14] = {KIND_EXT, 0, 1}, /* fixext */
    [0x15] = {KIND_EXT, 0, 2},    [0x16] = {KIND_EXT, 0, 4},
    [0x17] = {KIND_EXT, 0, 8},    [0x18] = {KIND_EXT, 0, 16},
    [0x19] = {KIND_BODY, 1, 0}, /* str */
    [0x1a] = {KIND_BODY, 2, 0},   [0x1b] = {KIND_BODY, 4, 0},
    [0x1c] = {KIND_ARRAY, 2, 0},  [0x1d] = {KIND_ARRAY, 4, 0},
    [0x1e] = {KIND_MAP, 2, 0},    [0x1f] = {KIND_MAP, 4, 0},
};

struct header {
    enum header_kind kind;
    uint8_t size;   /* bytes of the header itself, the type byte of an ext included */
    uint8_t ext;    /* KIND_EXT */
    uint32_t count; /* bytes that follow, or items, or pairs */
};

/* False: `length` bytes are not enough. */
static bool read_header(const uint8_t *bytes, size_t length, struct header *out) {
    if (length == 0)
        return false;
    uint8_t first = bytes[0];
    *out = (struct header){.kind = KIND_SCALAR, .size = 1};
    if (first <= 0x7f || first >= 0xe0)
        return true;
    if (first <= 0xbf) { /* fixmap, fixarray, fixstr */
        out->kind = first <= 0x8f ? KIND_MAP : first <= 0x9f ? KIND_ARRAY : KIND_BODY;
        out->count = first & (first <= 0x9f ? 0x0f : 0x1f);
        return true;
    }
    const struct form *form = &forms[first - 0xc0];
    out->kind = form->kind;
    out->size = (uint8_t)(1 + form->length_bytes + (form->kind == KIND_EXT));
    if (length < out->size)
        return false;
    switch (form->length_bytes) {
    case 0:
        out->count = form->fixed;
        break;
    case 1:
        out->count = bytes[1];
        break;
    case 2:
        out->count = wt_load_be16(bytes + 1);
        break;
    case 4:
        out->count = wt_load_be32(bytes + 1);
        break;
    }
    if (out->kind == KIND_EXT)
        out->ext = bytes[out->size - 1];
    return true;
}

/* How many values an ext holds: raw bytes, a fixed number, or (INVOKE) at least five. */
enum ext_content {
    CONTENT_UNKNOWN,
    CONTENT_RAW,
    CONTENT_ONE,
    CONTENT_TWO,
    CONTENT_THREE,
    CONTENT_CALL
};

static enum ext_content content_of(uint8_t ext) {
    switch (ext) {
    case WT_BUS_EXT_INVOKE:
        return CONTENT_CALL;
    case WT_BUS_EXT_RETURN:
    case WT_BUS_EXT_YIELD:
    case WT_BUS_EXT_ERROR:
    case WT_BUS_EXT_NEXT:
    case WT_BUS_EXT_THROW:
    case WT_BUS_EXT_CLOSE:
        return CONTENT_TWO;
    case WT_BUS_EXT_PROXY:
    case WT_BUS_EXT_RELEASE:
    case WT_BUS_EXT_CONTROLLER:
        return CONTENT_ONE;
    case WT_BUS_EXT_EXCEPTION:
        return CONTENT_THREE;
    case WT_BUS_EXT_SYMBOL:
    case WT_BUS_EXT_CLASS:
        return CONTENT_RAW;
    default: /* a byte of the wire, not only the values of the enum */
        return CONTENT_UNKNOWN;
    }
}

/* Transactions and releases are messages of their own, never values inside another one. */
static bool is_message_type(uint8_t ext) {
    return ext <= WT_BUS_EXT_CLOSE || ext == WT_BUS_EXT_RELEASE;
}

static bool has_right_count(const struct wt_bus_scan_level *level) {
    switch (content_of(level->ext)) {
    case CONTENT_ONE:
        return level->left == 1;
    case CONTENT_TWO:
        return level->left == 2;
    case CONTENT_THREE:
        return level->left == 3;
    case CONTENT_CALL:
        return level->left >= 5;
    case CONTENT_RAW:
    case CONTENT_UNKNOWN:
        break;
    }
    return false;
}

void wt_bus_scanner_init(struct wt_bus_scanner *scanner, uint32_t message_bytes, uint32_t values) {
    scanner->message_bytes = message_bytes;
    scanner->most_values = values;
    scanner->at = 0;
    scanner->values = 0;
    scanner->direct = 0;
    scanner->level_count = 0; /* the levels themselves are written before they are read */
}

static wt_status push(struct wt_bus_scanner *scanner, struct wt_bus_scan_level level,
                      struct wt_error *err) {
    if (level.depth > WT_BUS_DEPTH)
        return wt_fail(err, WT_ELIMIT, "byte %u: arrays nested deeper than %d", scanner->at,
                       WT_BUS_DEPTH);
    if (scanner->level_count == WT_BUS_EXT_DEPTH)
        return wt_fail(err, WT_ELIMIT, "byte %u: values nested deeper than %d", scanner->at,
                       WT_BUS_EXT_DEPTH);
    scanner->levels[scanner->level_count++] = level;
    return WT_OK;
}

static wt_status enter_ext(struct wt_bus_scanner *scanner, const struct header *header,
                           uint64_t end, struct wt_error *err) {
    enum ext_content content = content_of(header->ext);
    if (content == CONTENT_UNKNOWN)
        return wt_fail(err, WT_EFORMAT, "byte %u: unknown ext type 0x%02x", scanner->at,
                       header->ext);
    if (scanner->level_count > 0 && is_message_type(header->ext))
        return wt_fail(err, WT_EFORMAT, "byte %u: a message (ext type 0x%02x) inside a value",
                       scanner->at, header->ext);
    if (content == CONTENT_RAW) {
        scanner->at = (uint32_t)end;
        return WT_OK;
    }
    wt_status status =
        push(scanner, (struct wt_bus_scan_level){.end = (uint32_t)end, .ext = header->ext}, err);
    scanner->at += header->size;
    return status;
}

static wt_status enter_container(struct wt_bus_scanner *scanner, const struct header *header,
                                 uint64_t end, uint8_t depth, struct wt_error *err) {
    uint64_t items = header->count * (header->kind == KIND_MAP ? UINT64_C(2) : 1);
    if (items > end - scanner->at - header->size)
        return wt_fail(err, WT_EFORMAT,
                       "byte %u: a count of %u values, more than the bytes that can follow",
                       scanner->at, header->count);
    wt_status status = WT_OK;
    if (items > 0) {
        status = push(scanner,
                      (struct wt_bus_scan_level){.end = (uint32_t)end,
                                                 .left = (uint32_t)items,
                                                 .depth = (uint8_t)(depth + 1),
                                                 .ext = SCAN_CONTAINER},
                      err);
    }
    scanner->at += header->size;
    return status;
}

/* The byte that nothing at this place may pass. */
static uint32_t end_of(const struct wt_bus_scanner *scanner) {
    return scanner->level_count > 0 ? scanner->levels[scanner->level_count - 1].end
                                    : scanner->message_bytes;
}

/* Takes the value that `header` begins. */
static wt_status take(struct wt_bus_scanner *scanner, const struct header *header,
                      struct wt_error *err) {
    struct wt_bus_scan_level *around =
        scanner->level_count > 0 ? &scanner->levels[scanner->level_count - 1] : NULL;
    uint64_t end = end_of(scanner);
    uint64_t next = (uint64_t)scanner->at + header->size;
    bool holds_bytes = header->kind != KIND_ARRAY && header->kind != KIND_MAP;
    if (header->kind == KIND_BAD)
        return wt_fail(err, WT_EFORMAT, "byte %u: 0xc1 begins no value", scanner->at);
    if (holds_bytes)
        next += header->count;
    if (next > end) {
        if (around == NULL)
            return wt_fail(err, WT_ELIMIT, "a message of %llu bytes, more than the limit of %u",
                           (unsigned long long)next, scanner->message_bytes);
        return wt_fail(err, WT_EFORMAT, "byte %u: a value passes the end of its ext at byte %u",
                       scanner->at, around->end);
    }
    if (scanner->values == scanner->most_values)
        return wt_fail(err, WT_ELIMIT, "byte %u: more than %u values in a message", scanner->at,
                       scanner->most_values);
    scanner->values++;
    if (around != NULL) {
        around->left += around->ext == SCAN_CONTAINER ? UINT32_MAX : 1; /* counts down, or up */
        scanner->direct += scanner->level_count == 1 && around->ext != SCAN_CONTAINER;
    }
    if (header->kind == KIND_EXT)
        return enter_ext(scanner, header, next, err);
    if (!holds_bytes)
        return enter_container(scanner, header, end, around != NULL ? around->depth : 0, err);
    scanner->at = (uint32_t)next;
    return WT_OK;
}

/* Leaves every container that has all of its values. */
static wt_status leave(struct wt_bus_scanner *scanner, struct wt_error *err) {
    while (scanner->level_count > 0) {
        const struct wt_bus_scan_level *top = &scanner->levels[scanner->level_count - 1];
        if (top->ext == SCAN_CONTAINER) {
            if (top->left > top->end - scanner->at)
                return wt_fail(err, WT_EFORMAT, "byte %u: %u values are missing before byte %u",
                               scanner->at, top->left, top->end);
            if (top->left > 0)
                return WT_OK;
        } else {
            if (scanner->at < top->end)
                return WT_OK;
            if (!has_right_count(top))
                return wt_fail(err, WT_EFORMAT, "byte %u: ext type 0x%02x ends after %u values",
                               scanner->at, top->ext, top->left);
        }
        scanner->level_count--;
    }
    return WT_OK;
}

wt_status wt_bus_scan(struct wt_bus_scanner *scanner, const void *bytes, size_t length,
                      size_t *message_length, struct wt_error *err) {
    const uint8_t *data = bytes;
    while (scanner->level_count > 0 || scanner->values == 0) {
        struct header header;
        if (scanner->at >= length)
            return WT_EAGAIN;
        if (!read_header(data + scanner->at, length - scanner->at, &header)) {
            uint32_t end = end_of(scanner);
            if (end > length)
                return WT_EAGAIN;
            return wt_fail(err, WT_EFORMAT, "byte %u: a value passes the end of its ext at byte %u",
                           scanner->at, end);
        }
        wt_status status = take(scanner, &header, err);
        if (status == WT_OK)
            status = leave(scanner, err);
        if (status != WT_OK)
            return status;
    }
    if (scanner->at > length)
        return WT_EAGAIN;
    *message_length = scanner->at;
    return WT_OK;
}

wt_status wt_bus_peek(const void *bytes, size_t length, struct wt_bus_frame *frame) {
    const uint8_t *data = bytes;
    struct header header;
    *frame = (struct wt_bus_frame){0};
    if (!read_header(data, length, &header))
        return WT_EAGAIN;
    if (header.kind != KIND_EXT)
        return WT_OK;
    frame->is_ext = true;
    frame->ext = header.ext;
    frame->header_length = header.size;
    frame->message_length = (uint64_t)header.size + header.count;
    if (header.count == 0)
        return WT_OK;
    if (length == header.size)
        return WT_EAGAIN;
    const uint8_t *id = data + header.size;
    if (*id <= 0x7f) {
        frame->has_id = true;
        frame->id = *id;
    } else if (*id >= 0xcc && *id <= 0xcf) {
        unsigned width = 1U << (*id - 0xcc);
        if (header.count <= width)
            return WT_OK; /* the scan will find it malformed */
        if (length - header.size <= width)
            return WT_EAGAIN;
        for (unsigned i = 1; i <= width; i++)
            frame->id = frame->id << 8 | id[i];
        frame->has_id = true;
    }
    return WT_OK;
}
