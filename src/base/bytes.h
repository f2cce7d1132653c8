/* bytes.h - integers at any address, in either byte order.
 *
 * All functions work on unaligned addresses and never read past the bytes they name.
 */
#ifndef WT_BASE_BYTES_H
#define WT_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

#define WT_BYTES_HOST_IS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

#define WT_BYTES_DEFINE(bits, swap)                                                                \
    static inline uint##bits##_t wt_load_le##bits(const void *at) {                                \
        uint##bits##_t value;                                                                      \
        memcpy(&value, at, sizeof value);                                                          \
        return WT_BYTES_HOST_IS_LITTLE ? value : swap(value);                                      \
    }                                                                                              \
    static inline uint##bits##_t wt_load_be##bits(const void *at) {                                \
        uint##bits##_t value;                                                                      \
        memcpy(&value, at, sizeof value);                                                          \
        return WT_BYTES_HOST_IS_LITTLE ? swap(value) : value;                                      \
    }                                                                                              \
    static inline void wt_store_le##bits(void *at, uint##bits##_t value) {                         \
        value = WT_BYTES_HOST_IS_LITTLE ? value : swap(value);                                     \
        memcpy(at, &value, sizeof value);                                                          \
    }                                                                                              \
    static inline void wt_store_be##bits(void *at, uint##bits##_t value) {                         \
        value = WT_BYTES_HOST_IS_LITTLE ? swap(value) : value;                                     \
        memcpy(at, &value, sizeof value);                                                          \
    }

WT_BYTES_DEFINE(16, __builtin_bswap16)
WT_BYTES_DEFINE(32, __builtin_bswap32)
WT_BYTES_DEFINE(64, __builtin_bswap64)
#undef WT_BYTES_DEFINE

#endif /* WT_BASE_BYTES_H */
