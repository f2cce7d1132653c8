#include "schema/codec.h"

#include <string.h>

enum { LINE_BYTES = 64, LINE_PAUSES = 16, GROUP_PAUSES = 4 };

static const uint64_t *word_at(const unsigned char *segment, uint32_t offset) {
    return (const uint64_t *)(const void *)(segment + offset);
}

/* Copies the aligned words around a value: whole words, because only they cannot be torn. The
 * value begins at copy[offset % 8]. */
static void copy_words(const unsigned char *segment, uint32_t offset, size_t bytes,
                       unsigned char copy[16]) {
    const uint64_t *at = word_at(segment, offset & ~UINT32_C(7));
    uint64_t low = __atomic_load_n(at, __ATOMIC_ACQUIRE), high = 0;
    if ((offset & 7) + bytes > 8)
        high = __atomic_load_n(at + 1, __ATOMIC_ACQUIRE);
    memcpy(copy, &low, 8);
    memcpy(copy + 8, &high, 8);
}

/* Some ten nanoseconds each, in which what another processor wrote can arrive here. */
static void wait_for_writers(int pauses) {
    for (int i = 0; i < pauses; i++) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("isb");
#else
        __asm__ volatile("" : : : "memory");
#endif
    }
}

/* A store across two cache lines arrives in them one after the other, some hundred nanoseconds
 * apart when they are fought over. Reads that agree tell something only if they are further apart.
 */
static bool crosses_lines(const unsigned char *at, size_t bytes) {
    uintptr_t begin = (uintptr_t)at;
    return begin / LINE_BYTES != (begin + bytes - 1) / LINE_BYTES;
}

/* Only the value's own bytes must agree: its neighbours in the words may move. */
static bool copy_settled(const unsigned char *segment, uint32_t offset, size_t bytes,
                         unsigned char copy[16]) {
    size_t begin = offset & 7;
    copy_words(segment, offset, bytes, copy);
    bool settled = begin + bytes <= 8;
    bool crosses = crosses_lines(segment + offset, bytes);
    for (int reads = 1; !settled && reads < WT_CODEC_READS; reads++) {
        unsigned char again[16];
        if (crosses)
            wait_for_writers(LINE_PAUSES);
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

/* One read of all members. False when one of them changed under our eyes. */
static bool read_members(const unsigned char *segment, const struct wt_schema *schema,
                         const struct wt_schema_group *group, uint64_t *bits) {
    for (uint32_t i = 0; i < group->member_count; i++) {
        uint32_t index = group->members[i];
        const struct wt_field *field = &schema->fields[index];
        if (wt_codec_is_plain(field))
            bits[index] = __atomic_load_n(word_at(segment, field->offset), __ATOMIC_ACQUIRE);
        else if (!wt_codec_read_any(segment, field, &bits[index]))
            return false;
    }
    return true;
}

unsigned wt_codec_read_group(const unsigned char *segment, const struct wt_schema *schema,
                             const struct wt_schema_group *group, uint64_t *bits) {
    const uint64_t *sequence = word_at(segment, group->offset);
    for (unsigned reads = 1; reads <= WT_CODEC_GROUP_READS; reads++) {
        if (reads > 1)
            wait_for_writers(GROUP_PAUSES);
        uint64_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
        if (before % 2 == 0 && read_members(segment, schema, group, bits) &&
            __atomic_load_n(sequence, __ATOMIC_RELAXED) == before)
            return reads;
    }
    return 0;
}

static uint64_t good_bits(const uint64_t *last_good, uint32_t field) {
    return last_good == NULL ? 0 : last_good[field];
}

bool wt_codec_read_row(const unsigned char *segment, const struct wt_schema *schema,
                       const uint64_t *last_good, uint64_t *bits) {
    bool whole = true;
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        if (field->group != 0 || wt_codec_read(segment, field, &bits[i]))
            continue;
        bits[i] = good_bits(last_good, i);
        whole = false;
    }
    for (uint32_t g = 0; g < schema->group_count; g++) {
        const struct wt_schema_group *group = &schema->groups[g];
        if (wt_codec_read_group(segment, schema, group, bits) > 0)
            continue;
        for (uint32_t i = 0; i < group->member_count; i++)
            bits[group->members[i]] = good_bits(last_good, group->members[i]);
        whole = false;
    }
    return whole;
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
