#include "base/sha1.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { BLOCK_BYTES = 64 };

static uint32_t rotate_left(uint32_t value, unsigned bits) {
    return (value << bits) | (value >> (32 - bits));
}

static void process_block(uint32_t hash[5], const unsigned char block[BLOCK_BYTES]) {
    uint32_t w[80];
    for (size_t i = 0; i < 16; i++)
        w[i] = wt_load_be32(block + 4 * i);
    for (size_t i = 16; i < 80; i++)
        w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4];
    for (size_t i = 0; i < 80; i++) {
        uint32_t mix, constant;
        if (i < 20) {
            mix = (b & c) | (~b & d);
            constant = 0x5a827999;
        } else if (i < 40) {
            mix = b ^ c ^ d;
            constant = 0x6ed9eba1;
        } else if (i < 60) {
            mix = (b & c) | (b & d) | (c & d);
            constant = 0x8f1bbcdc;
        } else {
            mix = b ^ c ^ d;
            constant = 0xca62c1d6;
        }
        uint32_t next = rotate_left(a, 5) + mix + e + constant + w[i];
        e = d;
        d = c;
        c = rotate_left(b, 30);
        b = a;
        a = next;
    }
    hash[0] += a;
    hash[1] += b;
    hash[2] += c;
    hash[3] += d;
    hash[4] += e;
}

void wt_sha1_hex(const void *bytes, size_t length, char out[static WT_SHA1_HEX_SIZE]) {
    uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    const unsigned char *at = bytes;
    size_t left = length;
    for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES, at += BLOCK_BYTES)
        process_block(hash, at);

    /* The rest, one bit 1, zeros, and the length in bits in the last 8 bytes: one block or two. */
    unsigned char tail[2 * BLOCK_BYTES] = {0};
    if (left > 0)
        memcpy(tail, at, left);
    tail[left] = 0x80;
    size_t tail_bytes = left < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    wt_store_be64(tail + tail_bytes - 8, (uint64_t)length * 8);
    for (size_t i = 0; i < tail_bytes; i += BLOCK_BYTES)
        process_block(hash, tail + i);

    for (size_t i = 0; i < 5; i++)
        snprintf(out + 8 * i, 9, "%08x", (unsigned)hash[i]);
}
