/* fuzz_codec.c - any values at any offsets of a segment of any bytes.
 *
 *     [segment size / 8] then, again and again: [type] [offset] [8 bytes of value]
 *
 * The codec is held to a second one that knows nothing of words and loads: it reads a value byte by
 * byte. What is written is read back, cut to its width; a write moves no byte beside its own.
 */
#include <math.h>

#include "fuzz/fuzz.h"
#include "schema/codec.h"

enum { SEGMENT_BYTES_MAX = 64, TYPES = 18 };

static uint64_t bytes_of(const unsigned char *at, size_t bytes, bool big) {
    uint64_t raw = 0;
    for (size_t i = 0; i < bytes; i++)
        raw |= (uint64_t)at[big ? bytes - 1 - i : i] << (8 * i);
    return raw;
}

static bool is_same(const struct wt_field *field, uint64_t a, uint64_t b) {
    if (wt_type_class(field->type) == WT_CLASS_FLOAT && isnan(wt_double_of_bits(a)))
        return isnan(wt_double_of_bits(b));
    return a == b;
}

/* The bits that `raw`, as wide as the type, stands for. */
static uint64_t bits_of(wt_type type, uint64_t raw) {
    size_t bytes = wt_type_bytes(type);
    uint64_t cut = bytes == 8 ? raw : raw & ((UINT64_C(1) << 8 * bytes) - 1);
    if (wt_type_class(type) == WT_CLASS_FLOAT && bytes == 4) {
        uint32_t narrow = (uint32_t)cut;
        float value;
        memcpy(&value, &narrow, sizeof value);
        return wt_bits_of_double((double)value);
    }
    if (wt_type_class(type) == WT_CLASS_SIGNED && (cut >> (8 * bytes - 1) & 1) != 0 && bytes < 8)
        cut |= UINT64_MAX << 8 * bytes;
    return cut;
}

static void check_read(const unsigned char *segment, const struct wt_field *field) {
    uint64_t bits = ~UINT64_C(0);
    require(wt_codec_read(segment, field, &bits)); /* nobody else writes */
    uint64_t raw = bytes_of(segment + field->offset, wt_type_bytes(field->type),
                            wt_type_is_big_endian(field->type));
    require(is_same(field, bits, bits_of(field->type, raw)));
}

static void check_write(unsigned char *segment, size_t size, const struct wt_field *field,
                        uint64_t value) {
    unsigned char before[SEGMENT_BYTES_MAX];
    uint64_t bits = 0, expected = bits_of(field->type, value);
    memcpy(before, segment, size);
    wt_codec_write(segment, field, value);
    check_read(segment, field);
    require(wt_codec_read(segment, field, &bits));
    if (wt_type_class(field->type) == WT_CLASS_FLOAT && wt_type_bytes(field->type) == 4)
        expected = wt_bits_of_double((double)(float)wt_double_of_bits(value));
    require(is_same(field, bits, expected));
    size_t end = field->offset + wt_type_bytes(field->type);
    require(memcmp(before, segment, field->offset) == 0);
    require(memcmp(before + end, segment + end, size - end) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    struct fuzz_input input = {data, length};
    size_t size = 8 + fuzz_byte(&input) % (SEGMENT_BYTES_MAX / 8) * 8;
    unsigned char *segment = aligned_alloc(8, size);
    require(segment != NULL);
    for (size_t i = 0; i < size; i++)
        segment[i] = length > 0 ? data[i % length] : 0;
    while (input.left > 0) {
        wt_type type = (wt_type)(fuzz_byte(&input) % TYPES);
        size_t offset = fuzz_byte(&input) % (size - wt_type_bytes(type) + 1);
        const struct wt_field field = {.key = "f", .type = type, .offset = (uint32_t)offset};
        check_read(segment, &field);
        check_write(segment, size, &field, fuzz_word(&input, 8));
    }
    free(segment);
    return 0;
}
