/* fuzz.h - what the fuzz targets share: a claim that must hold, and bytes of the input taken one
 * after another. An input that ends early goes on with zeros, so that every input means something.
 */
#ifndef WT_TESTS_FUZZ_H
#define WT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, with the claim on standard error, when it does not hold. */
#define require(claim)                                                                             \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *input) {
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

/* Little-endian, of 1 to 8 bytes. */
static inline uint64_t fuzz_word(struct fuzz_input *input, unsigned bytes) {
    uint64_t word = 0;
    for (unsigned i = 0; i < bytes; i++)
        word |= (uint64_t)fuzz_byte(input) << (8 * i);
    return word;
}

/* At most `wanted` bytes, in memory of exactly their number, so that reading past their end is
 * seen. The caller frees. */
static inline uint8_t *fuzz_bytes(struct fuzz_input *input, size_t wanted, size_t *length) {
    *length = wanted < input->left ? wanted : input->left;
    uint8_t *copy = malloc(*length > 0 ? *length : 1);
    require(copy != NULL);
    if (*length > 0)
        memcpy(copy, input->at, *length);
    input->at += *length;
    input->left -= *length;
    return copy;
}

/* Whether a text may be shown as it is: valid UTF-8 without a character that does anything. */
static inline bool fuzz_is_harmless(const char *text, size_t length) {
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += wt_utf8_decode(text + at, length - at, &code);
        if (code == UINT32_MAX || !wt_utf8_is_harmless(code))
            return false;
    }
    return true;
}

#endif /* WT_TESTS_FUZZ_H */
