/* checksum.h - whether bytes are the ones that were written: XXH3, 64 bits, seed 0. */
#ifndef WT_SHM_CHECKSUM_H
#define WT_SHM_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Of private memory, at any address. */
uint64_t wt_checksum(const void *bytes, size_t length);

#endif /* WT_SHM_CHECKSUM_H */
