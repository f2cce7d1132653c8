/* codec.h - one value in a segment <-> 64 bits.
 *
 * The other side writes at the same time, so a value is copied out first and only then looked at.
 * A value that lies inside one aligned 8-byte word is copied with one load and cannot be torn.
 * Every other one (Ruby packs without padding: a u32 then a u64 puts the u64 at offset 4) is read
 * until two reads agree, at most WT_CODEC_READS times.
 *
 * Values that must agree with each other lie in a group under a sequence number, which its one
 * writer makes odd before and even after each change:
 *   writer   sequence + 1 (odd); the fields, each with release; sequence + 1 (even), with release
 *   reader   sequence with acquire; if even the fields, each with acquire; the sequence again;
 *            both equal: the values belong together. Else once more, at most
 *            WT_CODEC_GROUP_READS times: the writer may be stopped or dead in between.
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

enum { WT_CODEC_READS = 4, WT_CODEC_GROUP_READS = 4 };

/* Everything that is no aligned little-endian 64-bit value; see wt_codec_read. */
bool wt_codec_read_any(const unsigned char *segment, const struct wt_field *field, uint64_t *bits);

/* Whether a value is an aligned 64-bit word in the host's byte order: its bits as they lie there.
 */
static inline bool wt_codec_is_plain(const struct wt_field *field) {
    bool wide = field->type == WT_TYPE_U64LE || field->type == WT_TYPE_S64LE ||
                field->type == WT_TYPE_F64LE;
    return wide && (field->offset & 7) == 0 && WT_BYTES_HOST_IS_LITTLE;
}

/*
 * Reads a field's value as the 64 bits of schema.h: unsigned types zero-extended, signed ones
 * sign-extended, f32 and f64 as the bits of a double. False, and *bits unchanged, when no two reads
 * agreed: the caller keeps its last good value and marks it.
 */
static inline bool wt_codec_read(const unsigned char *segment, const struct wt_field *field,
                                 uint64_t *bits) {
    if (!wt_codec_is_plain(field))
        return wt_codec_read_any(segment, field, bits);
    *bits = __atomic_load_n((const uint64_t *)(const void *)(segment + field->offset),
                            __ATOMIC_RELAXED);
    return true;
}

/*
 * Reads the values of a group into bits[], which is by field of the schema. Returns how many reads
 * it took, 1 to WT_CODEC_GROUP_READS; 0 when none of them was whole: the members' bits are then
 * anything, and the caller keeps the last good values of all of them. Other fields' bits are left
 * alone. The schema was made for this segment's size, or its extent is inside of it.
 */
unsigned wt_codec_read_group(const unsigned char *segment, const struct wt_schema *schema,
                             const struct wt_schema_group *group, uint64_t *bits);

/*
 * Reads all values of a row. What cannot be read whole keeps its value in last_good (NULL: 0): a
 * field by itself, a group with all its members; then it returns false. bits and last_good are by
 * field of the schema and do not overlap.
 */
bool wt_codec_read_row(const unsigned char *segment, const struct wt_schema *schema,
                       const uint64_t *last_good, uint64_t *bits);

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
