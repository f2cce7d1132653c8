/* types.h - the types a value in a segment can have: one table.
 *
 * The names are those of Ruby's IO::Buffer: lower case is little-endian, upper case big-endian
 * (docs/FORMAT.md, "Values"). `i` is accepted for `s` (i32 reads as s32), in both cases, because
 * the origin's guide says so; no real worker sends it. u8/U8 and s8/S8 have no byte order.
 */
#ifndef WT_SCHEMA_TYPES_H
#define WT_SCHEMA_TYPES_H

#include <stdbool.h>
#include <stddef.h>

enum wt_type_class { WT_CLASS_UNSIGNED, WT_CLASS_SIGNED, WT_CLASS_FLOAT };

/* enum name, text, bytes, class, big-endian */
#define WT_TYPE_MAP(X)                                                                             \
    X(U8, "U8", 1, UNSIGNED, false)                                                                \
    X(S8, "S8", 1, SIGNED, false)                                                                  \
    X(U16LE, "u16", 2, UNSIGNED, false)                                                            \
    X(U16BE, "U16", 2, UNSIGNED, true)                                                             \
    X(S16LE, "s16", 2, SIGNED, false)                                                              \
    X(S16BE, "S16", 2, SIGNED, true)                                                               \
    X(U32LE, "u32", 4, UNSIGNED, false)                                                            \
    X(U32BE, "U32", 4, UNSIGNED, true)                                                             \
    X(S32LE, "s32", 4, SIGNED, false)                                                              \
    X(S32BE, "S32", 4, SIGNED, true)                                                               \
    X(U64LE, "u64", 8, UNSIGNED, false)                                                            \
    X(U64BE, "U64", 8, UNSIGNED, true)                                                             \
    X(S64LE, "s64", 8, SIGNED, false)                                                              \
    X(S64BE, "S64", 8, SIGNED, true)                                                               \
    X(F32LE, "f32", 4, FLOAT, false)                                                               \
    X(F32BE, "F32", 4, FLOAT, true)                                                                \
    X(F64LE, "f64", 8, FLOAT, false)                                                               \
    X(F64BE, "F64", 8, FLOAT, true)

typedef enum wt_type {
#define WT_TYPE_ENUM(name, text, bytes, class_, big) WT_TYPE_##name,
    WT_TYPE_MAP(WT_TYPE_ENUM)
#undef WT_TYPE_ENUM
} wt_type;

/* The name as Ruby writes it, never NULL. Static storage. */
const char *wt_type_text(wt_type type);

size_t wt_type_bytes(wt_type type); /* 1, 2, 4 or 8 */
enum wt_type_class wt_type_class(wt_type type);
bool wt_type_is_big_endian(wt_type type);

/* "u32", "U64", "i16", "u8" (for U8) ... -> type. False when the name is unknown. */
bool wt_type_parse(const char *text, size_t length, wt_type *out);

#endif /* WT_SCHEMA_TYPES_H */
