/* codec.h - one value in a segment <-> 64 bits.
 *
 * The other side writes at the same time, so a value is copied out first and only then looked at.
 * A value that lies inside one aligned 8-byte word is copied with one load and cannot be torn.
 * Every other one (Ruby packs without padding: a u32 then a u64 puts the u64 at offset 4) is read
 * until two reads agree, at most WT_CODEC_READS times.
 *
 * A segment begins at an address that is a multiple of 8, and its size is a multiple of 8, so that
 * the whole words around a value belong to it. The field has been checked against its size
 * (schema.h does).
 *
 * Threads: any number of readers and writers, in any processes.
 */
#ifndef WT_SCHEMA_CODEC_H
#define WT_SCHEMA_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "schema/schema.h"

enum { WT_CODEC_READS = 4 };

/* Everything that is no aligned little-endian 64-bit value; see wt_codec_read. */
bool wt_codec_read_any(const unsigned char *segment, const struct wt_field *field, uint64_t *bits);

/*
 * Reads a field's value as the 64 bits of schema.h: unsigned types zero-extended, signed ones
 * sign-extended, f32 and f64 as the bits of a double. False, and *bits unchanged, when no two reads
 * agreed: the caller keeps its last good value and marks it.
 */
static inline bool wt_codec_read(const unsigned char *segment, const struct wt_field *field,
                                 uint64_t *bits) {
    bool plain = field->type == WT_TYPE_U64LE || field->type == WT_TYPE_S64LE ||
                 field->type == WT_TYPE_F64LE;
    if (!plain || (field->offset & 7) != 0 || !WT_BYTES_HOST_IS_LITTLE)
        return wt_codec_read_any(segment, field, bits);
    *bits = __atomic_load_n((const uint64_t *)(const void *)(segment + field->offset),
                            __ATOMIC_RELAXED);
    return true;
}

/*
 * Writes a value: integers are cut to the width of the type, an f32 is rounded from the double in
 * `bits`. A field at a multiple of its own width is written in one store; any other one may be seen
 * half-written.
 */
void wt_codec_write(unsigned char *segment, const struct wt_field *field, uint64_t bits);

/* The bits of a double and back. */
static inline uint64_t wt_bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double wt_double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif /* WT_SCHEMA_CODEC_H */
