/* words.h - copying between shared and private memory in whole 8-byte words.
 *
 * A word moves at once and cannot be torn; words of one copy may be from different moments, which
 * is what sequence numbers are for (layout.h). Release and acquire on every word: a reader that
 * sees a new word also sees the sequence number that was stored before it.
 *
 * Shared memory is 8-byte aligned; private memory may lie anywhere.
 */
#ifndef WT_SHM_WORDS_H
#define WT_SHM_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WT_WORD_BYTES = 8 };

static inline uint64_t wt_words_round_up(uint64_t bytes) {
    return (bytes + (WT_WORD_BYTES - 1)) & ~(uint64_t)(WT_WORD_BYTES - 1);
}

static inline uint64_t wt_word_load(const void *shared) {
    return __atomic_load_n((const uint64_t *)shared, __ATOMIC_ACQUIRE);
}

static inline void wt_word_store(void *shared, uint64_t value) {
    __atomic_store_n((uint64_t *)shared, value, __ATOMIC_RELEASE);
}

/* `bytes` rounded up to whole words are read and written on both sides. */
static inline void wt_words_load(void *out, const void *shared, size_t bytes) {
    const unsigned char *from = shared;
    unsigned char *to = out;
    for (size_t at = 0; at < bytes; at += WT_WORD_BYTES) {
        uint64_t word = wt_word_load(from + at);
        memcpy(to + at, &word, sizeof word);
    }
}

/* Exactly `bytes` are read; the last word is filled up with 0. */
static inline void wt_words_store(void *shared, const void *in, size_t bytes) {
    unsigned char *to = shared;
    const unsigned char *from = in;
    size_t whole = bytes / WT_WORD_BYTES * WT_WORD_BYTES;
    for (size_t at = 0; at < whole; at += WT_WORD_BYTES) {
        uint64_t word;
        memcpy(&word, from + at, sizeof word);
        wt_word_store(to + at, word);
    }
    if (whole < bytes) {
        uint64_t word = 0;
        memcpy(&word, from + whole, bytes - whole);
        wt_word_store(to + whole, word);
    }
}

#endif /* WT_SHM_WORDS_H */
