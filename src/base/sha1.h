/* sha1.h - SHA-1 (FIPS 180-4), for one purpose: the name of a socket whose path is too long.
 *
 * Not for secrets: collisions can be made. Here it only has to give the same name that Ruby's
 * Digest::SHA1 gives (docs/PROTOCOL.md, "Transport").
 */
#ifndef WT_BASE_SHA1_H
#define WT_BASE_SHA1_H

#include <stddef.h>

enum { WT_SHA1_HEX_SIZE = 41 };

/* Writes the 40 lower-case hexadecimal digits of the digest of `length` bytes, and a NUL. */
void wt_sha1_hex(const void *bytes, size_t length, char out[static WT_SHA1_HEX_SIZE]);

#endif /* WT_BASE_SHA1_H */
