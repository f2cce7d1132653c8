#include "schema/codec.h"

#include <string.h>

/* Copies the aligned words around a value: whole words, because only they cannot be torn. The
 * value begins at copy[offset % 8]. */
static void copy_words(const unsigned char *segment, uint32_t offset, size_t bytes,
                       unsigned char copy[16]) {
    const uint64_t *at = (const uint64_t *)(const void *)(segment + (offset & ~UINT32_C(7)));
    uint64_t low = __atomic_load_n(at, __ATOMIC_ACQUIRE), high = 0;
    if ((offset & 7) + bytes > 8)
        high = __atomic_load_n(at + 1, __ATOMIC_ACQUIRE);
    memcpy(copy, &low, 8);
    memcpy(copy + 8, &high, 8);
}

/* Only the value's own bytes must agree: its neighbours in the words may move. */
static bool copy_settled(const unsigned char *segment, uint32_t offset, size_t bytes,
                         unsigned char copy[16]) {
    size_t begin = offset & 7;
    copy_words(segment, offset, bytes, copy);
    bool settled = begin + bytes <= 8;
    for (int reads = 1; !settled && reads < WT_CODEC_READS; reads++) {
        unsigned char again[16];
        copy_words(segment, offset, bytes, again);
        settled = memcmp(copy + begin, again + begin, bytes) == 0;
        memcpy(copy, again, sizeof again);
    }
    return settled;
}

static uint64_t extend(uint64_t raw, size_t bytes, bool is_signed) {
    if (!is_signed || bytes == 8)
        return raw;
    uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
    return (raw ^ sign) - sign;
}

static uint64_t load_raw(const unsigned char *at, size_t bytes, bool big) {
    switch (bytes) {
    case 1:
        return at[0];
    case 2:
        return big ? wt_load_be16(at) : wt_load_le16(at);
    case 4:
        return big ? wt_load_be32(at) : wt_load_le32(at);
    default:
        return big ? wt_load_be64(at) : wt_load_le64(at);
    }
}

bool wt_codec_read_any(const unsigned char *segment, const struct wt_field *field, uint64_t *bits) {
    unsigned char copy[16];
    size_t bytes = wt_type_bytes(field->type);
    if (!copy_settled(segment, field->offset, bytes, copy))
        return false;
    enum wt_type_class class_ = wt_type_class(field->type);
    uint64_t raw = load_raw(copy + (field->offset & 7), bytes, wt_type_is_big_endian(field->type));
    if (class_ == WT_CLASS_FLOAT && bytes == 4) {
        uint32_t narrow = (uint32_t)raw;
        float value;
        memcpy(&value, &narrow, sizeof value);
        *bits = wt_bits_of_double((double)value);
        return true;
    }
    *bits = extend(raw, bytes, class_ == WT_CLASS_SIGNED);
    return true;
}

static void store_raw(unsigned char *at, size_t bytes, bool big, uint64_t raw) {
    switch (bytes) {
    case 1:
        at[0] = (unsigned char)raw;
        break;
    case 2:
        (big ? wt_store_be16 : wt_store_le16)(at, (uint16_t)raw);
        break;
    case 4:
        (big ? wt_store_be32 : wt_store_le32)(at, (uint32_t)raw);
        break;
    default:
        (big ? wt_store_be64 : wt_store_le64)(at, raw);
        break;
    }
}

void wt_codec_write(unsigned char *segment, const struct wt_field *field, uint64_t bits) {
    size_t bytes = wt_type_bytes(field->type);
    unsigned char *at = segment + field->offset;
    unsigned char copy[8];
    uint64_t raw = bits;
    if (wt_type_class(field->type) == WT_CLASS_FLOAT && bytes == 4) {
        float value = (float)wt_double_of_bits(bits);
        uint32_t narrow;
        memcpy(&narrow, &value, sizeof narrow);
        raw = narrow;
    }
    store_raw(copy, bytes, wt_type_is_big_endian(field->type), raw);
    if (field->offset % bytes != 0) {
        for (size_t i = 0; i < bytes; i++)
            __atomic_store_n(at + i, copy[i], __ATOMIC_RELAXED);
        return;
    }
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (bytes) {
    case 1:
        __atomic_store_n(at, copy[0], __ATOMIC_RELAXED);
        break;
    case 2:
        memcpy(&two, copy, sizeof two);
        __atomic_store_n((uint16_t *)(void *)at, two, __ATOMIC_RELAXED);
        break;
    case 4:
        memcpy(&four, copy, sizeof four);
        __atomic_store_n((uint32_t *)(void *)at, four, __ATOMIC_RELAXED);
        break;
    default:
        memcpy(&eight, copy, sizeof eight);
        __atomic_store_n((uint64_t *)(void *)at, eight, __ATOMIC_RELAXED);
        break;
    }
}
