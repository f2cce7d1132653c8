/* flight_stack.h - pieces of work with a label begin and end: what that costs each time.
 *
 * Begin and end together may cost a third of what their two looks at the clock cost, some 150
 * instructions. So these are inline; a label goes straight to its two places, the frame (private:
 * what is under way, for records and for other regions) and the entry (which others read), in
 * pieces as large as can be. They overlap, and nothing is read back in other pieces than it was
 * stored: a processor waits for such stores. What is rare is in flight.c.
 *
 * Before the pieces comes a fence, which costs nothing on x86, behind them a release store of the
 * sequence numbers: a reader that saw any of them finds a number that is odd, or another one.
 */
#ifndef WT_CLIENT_FLIGHT_STACK_H
#define WT_CLIENT_FLIGHT_STACK_H

#include <string.h>

#include "client/flight.h"

/* The word from thread_id on. */
union wt_flight_facts {
    struct {
        uint32_t thread_id;
        uint8_t label_length, id_length, flags, depth_or_kind;
    } part;
    uint64_t word;
};
static_assert(sizeof(union wt_flight_facts) == 8, "one word");
static_assert(offsetof(struct wt_shared_flight, depth) == 39, "the last byte of the word");
static_assert(offsetof(struct wt_shared_record, kind) == 39, "the last byte of the word");

/* What is stored from now on is seen after what was stored before. */
static inline void wt_flight_fence(void) {
#if defined(WT_SANITIZE_THREAD) /* knows no fences; its processors keep stores in order */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
#else
    __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}

/* `size` (a constant, at most 8) bytes of text to two places, which may be one and the same. */
static inline __attribute__((always_inline)) void
wt_flight_copy_piece(char *one, char *other, const char *text, size_t size) {
    char piece[8];
    memcpy(piece, text, size);
#if defined(WT_SANITIZE_THREAD) /* takes plain stores for a race, sequence number or not */
    for (size_t i = 0; i < size; i++) {
        __atomic_store_n(&one[i], piece[i], __ATOMIC_RELAXED);
        __atomic_store_n(&other[i], piece[i], __ATOMIC_RELAXED);
    }
#else
    memcpy(one, piece, size);
    memcpy(other, piece, size);
#endif
}

/* Of any length; reads and writes these bytes and no others. */
static inline __attribute__((always_inline)) void
wt_flight_copy_text(char *one, char *other, const char *text, size_t length) {
    size_t at = 0;
    if (length >= 8) {
        for (; at + 8 < length; at += 8)
            wt_flight_copy_piece(one + at, other + at, text + at, 8);
        at = length - 8;
        wt_flight_copy_piece(one + at, other + at, text + at, 8);
    } else if (length >= 4) {
        wt_flight_copy_piece(one, other, text, 4);
        at = length - 4;
        wt_flight_copy_piece(one + at, other + at, text + at, 4);
    } else {
        for (; at < length; at++)
            wt_flight_copy_piece(one + at, other + at, text + at, 1);
    }
}

/* Pieces that ended on another thread than they began may leave less than nothing. */
static inline uint8_t wt_flight_depth(uint64_t level) {
    if (__builtin_expect(level - 1 < UINT8_MAX, 1))
        return (uint8_t)level;
    return (int64_t)level < 1 ? 1 : UINT8_MAX;
}

/* With a label that fits, and `flags` that say what was cut from it, on the page of the writer. */
static inline __attribute__((always_inline)) void
wt_flight_push_cut(struct wt_flight_writer *writer, const struct worktop_label *label,
                   unsigned flags, uint64_t level, uint64_t now_ns) {
    size_t label_length = label->text_length, id_length = label->id_length;
    const union wt_flight_facts facts = {.part = {.thread_id = writer->thread_id,
                                                  .label_length = (uint8_t)label_length,
                                                  .id_length = (uint8_t)id_length,
                                                  .flags = (uint8_t)flags,
                                                  .depth_or_kind = wt_flight_depth(level)}};
    struct wt_flight_frame *frame = writer->top + 1;
    struct wt_shared_flight *entry = writer->entry;
    char *text = (char *)frame->words.text, *shown = entry->text;
    uint64_t sequence = writer->sequence;

    __atomic_store_n(&writer->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->sequence, sequence + 1, __ATOMIC_RELAXED);
    wt_flight_fence();
    __atomic_store_n(&writer->top, frame, __ATOMIC_RELAXED);
    frame->level = level;
    __atomic_store_n(&frame->since_ns, now_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&frame->words.facts, facts.word, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->since_ns, now_ns, __ATOMIC_RELAXED);
    __atomic_store_n((uint64_t *)(void *)&entry->thread_id, facts.word, __ATOMIC_RELAXED);
    wt_flight_copy_text(text, shown, label->text, label_length);
    wt_flight_copy_text(text + label_length, shown + label_length, label->id, id_length);
    __atomic_store_n(&entry->sequence, sequence + 2, __ATOMIC_RELEASE);
    __atomic_store_n(&writer->sequence, sequence + 2, __ATOMIC_RELEASE);
}

/* What is rare: there is an offer to take, or the label must be cut. */
void wt_flight_push_slowly(struct wt_flight_writer *writer, const struct worktop_label *label,
                           uint64_t level, uint64_t now_ns);

static inline bool wt_flight_has_offer(const struct wt_flight_writer *writer) {
    return __builtin_expect(__atomic_load_n(&writer->offer, __ATOMIC_RELAXED) != NULL, 0);
}

static inline bool wt_flight_fits(const struct worktop_label *label) {
    return label->id_length <= WT_FLIGHT_ID_BYTES &&
           label->text_length <= WT_FLIGHT_TEXT_BYTES - label->id_length;
}

/* Whether one more piece of work with a label can be under way. */
static inline bool wt_flight_has_room(const struct wt_flight_writer *writer) {
    return writer->top != &writer->frames[WT_FLIGHT_FRAMES];
}

/* A piece of work begins, for which there is room. `level`: pieces under way in this thread, with
 * it. */
static inline __attribute__((always_inline)) void wt_flight_push(struct wt_flight_writer *writer,
                                                                 const struct worktop_label *label,
                                                                 uint64_t level, uint64_t now_ns) {
    if (__builtin_expect(wt_flight_has_offer(writer) || !wt_flight_fits(label), 0))
        wt_flight_push_slowly(writer, label, level, now_ns);
    else
        wt_flight_push_cut(writer, label, 0, level, now_ns);
}

/* What is rare: there is an offer to take, or another piece around the one that ends. */
void wt_flight_pop_slowly(struct wt_flight_writer *writer);

/* The innermost piece of work ends; there is one. */
static inline __attribute__((always_inline)) void wt_flight_pop(struct wt_flight_writer *writer) {
    struct wt_flight_frame *frame = writer->top - 1;
    if (__builtin_expect(wt_flight_has_offer(writer) || frame != writer->frames, 0)) {
        wt_flight_pop_slowly(writer);
        return;
    }
    struct wt_shared_flight *entry = writer->entry;
    uint64_t sequence = writer->sequence;
    __atomic_store_n(&writer->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&writer->top, frame, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->since_ns, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->sequence, sequence + 2, __ATOMIC_RELEASE);
    __atomic_store_n(&writer->sequence, sequence + 2, __ATOMIC_RELEASE);
}

#endif /* WT_CLIENT_FLIGHT_STACK_H */
