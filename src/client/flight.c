/* flight.c - in-flight entries and records: written without a lock, carried from region to region.
 *
 * Why each thread has a part of the ring. Many threads that share one ring must claim places with
 * an atomic read-modify-write: more than all other stores of a record together, and a thread that
 * is preempted in the middle of one is in the way of those that come round again, so a second such
 * operation must tell the places apart. One writer per part needs neither; its records are
 * numbered, so a reader counts what it missed exactly; a flood leaves the others' records; and of a
 * killed process at most one record per thread is half written. The price is division: a thread
 * that leaves nothing has a part all the same, a small one (recorder.c gives them out).
 *
 * A page has one writer at any time:
 *
 *                 switcher: copies what the present page holds,           writer, at its next
 * write: offers the new page                                     takes the offer (exchange present
 * page ------------------------------------> page on offer -----------> present page |        ^ by
 * 0), copies what is newer switcher: takes  '--------' it back, copies what is newer, offers it
 * again (heartbeat)
 *
 * Until it takes the offer the writer goes on where it was. When the region is left that is frozen
 * memory, which nobody reads and which is never unmapped. So a thread that hangs is shown in the
 * next monitor's region by the switcher's copy, and one that works moves by itself; neither waits,
 * and no record is lost on the way but those for which the new part has no place.
 *
 *   - Records are copied from the present page under their sequence numbers; one that is being
 *     written, or overwritten, has no copy yet. The numbers themselves the switcher takes from the
 *     writer's private memory: nothing that it reads from a shared page decides where it writes.
 *   - The entry is copied from the frames, in private memory, under the writer's sequence number.
 *     Both are there, too, when somebody truncated the file: then the records are lost (the reader
 *     counts them), the labels are not.
 *   - An entry that was never filled keeps an odd sequence number: "torn", until the next look.
 */
#include "client/flight.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPY_TRIES = 4, CONTINUATION_MASK = 0xc0, CONTINUATION = 0x80 };

/* The word from thread_id on. */
union facts {
    struct {
        uint32_t thread_id;
        uint8_t label_length, id_length, flags, depth_or_kind;
    } part;
    uint64_t word;
};
_Static_assert(sizeof(union facts) == 8, "one word");
_Static_assert(offsetof(struct wt_shared_flight, depth) == 39, "the last byte of the word");
_Static_assert(offsetof(struct wt_shared_record, kind) == 39, "the last byte of the word");

/* ---- Words ---- */

static inline void store_words(void *shared, uint64_t facts, const uint64_t *text,
                               uint32_t text_words) {
    uint64_t *to = shared;
    __atomic_store_n(&to[0], facts, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < text_words; i++)
        __atomic_store_n(&to[1 + i], text[i], __ATOMIC_RELEASE);
}

static uint32_t text_words_of(uint64_t word) {
    union facts facts = {.word = word};
    return ((uint32_t)facts.part.label_length + facts.part.id_length + 7) / 8;
}

/* memcpy, for texts so short that a call is what costs. */
static inline void copy_text(char *to, const char *from, size_t length) {
    if (length >= 8) {
        for (size_t at = 0; at + 8 <= length; at += 8)
            memcpy(to + at, from + at, 8);
        memcpy(to + length - 8, from + length - 8, 8);
        return;
    }
    if (length >= 4) {
        memcpy(to, from, 4);
        memcpy(to + length - 4, from + length - 4, 4);
        return;
    }
    for (size_t i = 0; i < length; i++)
        to[i] = from[i];
}

/* The longest beginning of at most `most` bytes that splits no character of UTF-8. */
static size_t cut(const char *text, size_t most) {
    size_t length = most;
    for (int i = 0; i < 3 && length > 0; i++) {
        if (((unsigned char)text[length] & CONTINUATION_MASK) != CONTINUATION)
            return length;
        length--;
    }
    return ((unsigned char)text[length] & CONTINUATION_MASK) != CONTINUATION ? length : most;
}

void wt_flight_write_words(struct wt_flight_words *words, const struct worktop_label *label,
                           uint32_t thread_id) {
    size_t label_length = label->text_length, id_length = label->id_length;
    unsigned flags = 0;
    if (__builtin_expect(id_length > WT_FLIGHT_ID_BYTES, 0)) {
        id_length = cut(label->id, WT_FLIGHT_ID_BYTES);
        flags |= WT_FLIGHT_ID_CUT;
    }
    if (__builtin_expect(label_length > WT_FLIGHT_TEXT_BYTES - id_length, 0)) {
        label_length = cut(label->text, WT_FLIGHT_TEXT_BYTES - id_length);
        flags |= WT_FLIGHT_LABEL_CUT;
    }
    size_t length = label_length + id_length;
    if (length % 8 != 0)
        words->text[length / 8] = 0; /* what is behind the texts is nobody's business */
    char *text = (char *)words->text;
    copy_text(text, label->text, label_length);
    copy_text(text + label_length, label->id, id_length);
    union facts facts = {.part = {.thread_id = thread_id,
                                  .label_length = (uint8_t)label_length,
                                  .id_length = (uint8_t)id_length,
                                  .flags = (uint8_t)flags}};
    words->facts = facts.word;
}

/* ---- Moving: the writer's side ---- */

/* A number that no mark had before: of one record of one slot. */
static uint64_t mark_of(const struct wt_flight_writer *writer, uint64_t number) {
    return number << 8 | writer->index;
}

/* Record `number`, if its place holds it whole. */
static void copy_record(const struct wt_flight_page *from, const struct wt_flight_page *to,
                        uint64_t number) {
    uint64_t words[sizeof(struct wt_shared_record) / 8];
    const uint64_t *source = (const uint64_t *)&from->records[(number - 1) % from->count];
    uint64_t *target = (uint64_t *)&to->records[(number - 1) % to->count];
    if (__atomic_load_n(&source[0], __ATOMIC_ACQUIRE) != 2 * number)
        return;
    for (size_t i = 1; i < sizeof words / sizeof *words; i++)
        words[i] = __atomic_load_n(&source[i], __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&source[0], __ATOMIC_RELAXED) != 2 * number)
        return;
    __atomic_store_n(&target[0], 2 * number - 1, __ATOMIC_RELAXED);
    for (size_t i = 1; i < sizeof words / sizeof *words; i++)
        __atomic_store_n(&target[i], words[i], __ATOMIC_RELEASE);
    __atomic_store_n(&target[0], 2 * number, __ATOMIC_RELEASE);
}

/* Those that were not copied before, and for which there is a place on both pages. */
static void copy_records(const struct wt_flight_page *from, struct wt_flight_page *to,
                         uint64_t newest) {
    uint64_t places = from->count < to->count ? from->count : to->count;
    uint64_t number = newest > places ? newest - places : 0;
    if (number < to->copied)
        number = to->copied;
    while (number < newest)
        copy_record(from, to, ++number);
    to->copied = newest;
}

/* Shows the innermost frame on the page. The sequence number is odd already. */
static void show(const struct wt_flight_writer *writer, struct wt_shared_flight *entry) {
    const struct wt_flight_frame *top = wt_flight_top(writer);
    const union facts nothing = {.part = {.thread_id = writer->thread_id}};
    __atomic_store_n(&entry->sequence, writer->sequence, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->since_ns, top != NULL ? top->since_ns : 0, __ATOMIC_RELEASE);
    if (top != NULL)
        store_words(&entry->thread_id, top->words.facts, top->words.text,
                    text_words_of(top->words.facts));
    else
        store_words(&entry->thread_id, nothing.word, NULL, 0);
    __atomic_store_n(&entry->sequence, writer->sequence + 1, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) void move(struct wt_flight_writer *writer) {
    struct wt_flight_page *page = __atomic_exchange_n(&writer->offer, NULL, __ATOMIC_ACQ_REL);
    if (page == NULL)
        return; /* the switcher has it for a moment */
    copy_records(writer->page, page, writer->published);
    writer->next = (uint32_t)(writer->published % page->count);
    __atomic_store_n(&writer->page, page, __ATOMIC_RELEASE);
    __atomic_store_n(&writer->sequence, writer->sequence + 1, __ATOMIC_RELAXED);
    show(writer, page->entry);
    __atomic_store_n(&writer->sequence, writer->sequence + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&page->entry->published, writer->published, __ATOMIC_RELEASE);
    if (writer->published > 0)
        __atomic_store_n(page->mark, mark_of(writer, writer->published), __ATOMIC_RELEASE);
}

/* The page to write on. */
static inline struct wt_flight_page *page_of(struct wt_flight_writer *writer) {
    if (__builtin_expect(__atomic_load_n(&writer->offer, __ATOMIC_RELAXED) != NULL, 0))
        move(writer);
    return __atomic_load_n(&writer->page, __ATOMIC_RELAXED);
}

/* ---- The stack ---- */

bool wt_flight_push(struct wt_flight_writer *writer, const struct worktop_label *label,
                    uint64_t level, uint64_t now_ns) {
    uint64_t depth = writer->depth;
    if (__builtin_expect(depth == WT_FLIGHT_FRAMES, 0))
        return false;
    struct wt_shared_flight *entry = page_of(writer)->entry;
    struct wt_flight_words words;
    wt_flight_write_words(&words, label, writer->thread_id);
    union facts facts = {.word = words.facts};
    /* Pieces that ended on another thread than they began may leave less than nothing. */
    facts.part.depth_or_kind = (int64_t)level < 1  ? 1
                               : level > UINT8_MAX ? UINT8_MAX
                                                   : (uint8_t)level;
    words.facts = facts.word;
    uint32_t text_words = text_words_of(words.facts);
    struct wt_flight_frame *frame = &writer->frames[depth];
    uint64_t sequence = writer->sequence;

    __atomic_store_n(&writer->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&writer->depth, depth + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&frame->since_ns, now_ns, __ATOMIC_RELEASE);
    store_words(&frame->words, words.facts, words.text, text_words);
    frame->level = level;

    __atomic_store_n(&entry->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->since_ns, now_ns, __ATOMIC_RELEASE);
    store_words(&entry->thread_id, words.facts, words.text, text_words);
    __atomic_store_n(&entry->sequence, sequence + 2, __ATOMIC_RELEASE);
    __atomic_store_n(&writer->sequence, sequence + 2, __ATOMIC_RELEASE);
    return true;
}

/* The stack is to be `depth` deep, and its top shown. */
static inline void unwind(struct wt_flight_writer *writer, uint64_t depth) {
    struct wt_shared_flight *entry = page_of(writer)->entry;
    __atomic_store_n(&writer->sequence, writer->sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&writer->depth, depth, __ATOMIC_RELEASE);
    show(writer, entry);
    __atomic_store_n(&writer->sequence, writer->sequence + 1, __ATOMIC_RELEASE);
}

void wt_flight_pop(struct wt_flight_writer *writer) {
    if (writer->depth > 0)
        unwind(writer, writer->depth - 1);
}

void wt_flight_forget(struct wt_flight_writer *writer) {
    unwind(writer, 0);
}

void wt_flight_take_over(struct wt_flight_writer *writer) {
    __atomic_store_n(&writer->thread_id, (uint32_t)gettid(), __ATOMIC_RELAXED);
    unwind(writer, 0);
}

size_t wt_flight_top_id(const struct wt_flight_writer *writer, char id[WT_FLIGHT_ID_BYTES]) {
    const struct wt_flight_frame *top = wt_flight_top(writer);
    if (top == NULL)
        return 0;
    union facts facts = {.word = top->words.facts};
    memcpy(id, (const char *)top->words.text + facts.part.label_length, facts.part.id_length);
    return facts.part.id_length;
}

/* ---- Records ---- */

void wt_flight_publish(struct wt_flight_writer *writer, const struct wt_flight_note *note,
                       const struct wt_flight_words *words) {
    struct wt_flight_page *page = page_of(writer);
    struct wt_shared_record *record = &page->records[writer->next];
    uint64_t number = writer->published + 1;
    union facts facts = {.word = words->facts};
    facts.part.flags |= (uint8_t)note->flags;
    facts.part.depth_or_kind = (uint8_t)note->kind;
    __atomic_store_n(&record->sequence, 2 * number - 1, __ATOMIC_RELAXED);
    __atomic_store_n(&record->time_ns, note->time_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&record->duration_ns, note->duration_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&record->value, note->value, __ATOMIC_RELEASE);
    store_words(&record->thread_id, facts.word, words->text, text_words_of(words->facts));
    __atomic_store_n(&record->sequence, 2 * number, __ATOMIC_RELEASE);
    __atomic_store_n(&writer->published, number, __ATOMIC_RELEASE);
    __atomic_store_n(&page->entry->published, number, __ATOMIC_RELEASE);
    __atomic_store_n(page->mark, mark_of(writer, number), __ATOMIC_RELEASE);
    writer->next = writer->next + 1 == page->count ? 0 : writer->next + 1;
}

/* ---- Life ---- */

/* All is zero. */
static void go_home(struct wt_flight_writer *writer, uint32_t index) {
    writer->index = index;
    writer->thread_id = (uint32_t)gettid();
    writer->sequence = 2; /* 0 would say that this entry was never used */
    writer->pages[0] = (struct wt_flight_page){.entry = &writer->home_entry,
                                               .records = writer->home_records,
                                               .mark = &writer->home_mark,
                                               .count = WT_FLIGHT_HOME_RECORDS};
    __atomic_store_n(&writer->page, &writer->pages[0], __ATOMIC_RELEASE);
}

struct wt_flight_writer *wt_flight_create(uint32_t index) {
    struct wt_flight_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    go_home(writer, index);
    return writer;
}

void wt_flight_reset(struct wt_flight_writer *writer) {
    uint32_t index = writer->index;
    memset(writer, 0, sizeof *writer);
    go_home(writer, index);
}

/* ---- Moving: the switcher's side ---- */

/* The innermost frame into an entry that is the switcher's. */
static void copy_entry(const struct wt_flight_writer *writer, struct wt_shared_flight *entry) {
    for (int i = 0; i < COPY_TRIES; i++) {
        uint64_t sequence = __atomic_load_n(&writer->sequence, __ATOMIC_ACQUIRE);
        if (sequence % 2 != 0)
            continue;
        const union facts nothing = {
            .part = {.thread_id = __atomic_load_n(&writer->thread_id, __ATOMIC_RELAXED)}};
        struct wt_flight_words words = {.facts = nothing.word};
        uint64_t depth = __atomic_load_n(&writer->depth, __ATOMIC_ACQUIRE), since_ns = 0;
        if (depth > 0 && depth <= WT_FLIGHT_FRAMES) {
            const struct wt_flight_frame *top = &writer->frames[depth - 1];
            since_ns = __atomic_load_n(&top->since_ns, __ATOMIC_ACQUIRE);
            words.facts = __atomic_load_n(&top->words.facts, __ATOMIC_ACQUIRE);
            for (uint32_t k = 0; k < WT_FLIGHT_TEXT_WORDS; k++)
                words.text[k] = __atomic_load_n(&top->words.text[k], __ATOMIC_ACQUIRE);
        }
        if (__atomic_load_n(&writer->sequence, __ATOMIC_RELAXED) != sequence)
            continue;
        __atomic_store_n(&entry->sequence, sequence | 1, __ATOMIC_RELAXED);
        __atomic_store_n(&entry->since_ns, since_ns, __ATOMIC_RELEASE);
        store_words(&entry->thread_id, words.facts, words.text, WT_FLIGHT_TEXT_WORDS);
        __atomic_store_n(&entry->sequence, sequence, __ATOMIC_RELEASE);
        return;
    }
}

static void copy_all(const struct wt_flight_writer *writer, struct wt_flight_page *page,
                     uint64_t copy_mark) {
    uint64_t newest = __atomic_load_n(&writer->published, __ATOMIC_ACQUIRE);
    copy_entry(writer, page->entry);
    if (newest == page->copied)
        return;
    copy_records(__atomic_load_n(&writer->page, __ATOMIC_ACQUIRE), page, newest);
    __atomic_store_n(&page->entry->published, newest, __ATOMIC_RELEASE);
    __atomic_store_n(page->mark, copy_mark, __ATOMIC_RELEASE);
}

/* A page struct that nobody else may look at. */
static struct wt_flight_page *spare_page(struct wt_flight_writer *writer) {
    struct wt_flight_page *used = __atomic_load_n(&writer->page, __ATOMIC_ACQUIRE);
    struct wt_flight_page *page = writer->pages;
    while (page == used || page == writer->taken)
        page++;
    return page;
}

void wt_flight_withdraw(struct wt_flight_writer *writer) {
    if (__atomic_exchange_n(&writer->offer, NULL, __ATOMIC_ACQ_REL) == NULL &&
        writer->offered != NULL)
        writer->taken = writer->offered;
    writer->offered = NULL;
    writer->region_serial = 0;
}

void wt_flight_offer(struct wt_flight_writer *writer, const struct wt_flight_page *page,
                     uint64_t region_serial, uint64_t copy_mark) {
    wt_flight_withdraw(writer);
    struct wt_flight_page *next = spare_page(writer);
    *next = *page;
    __atomic_store_n(&next->entry->sequence, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&next->entry->ring_first, next->first, __ATOMIC_RELEASE);
    __atomic_store_n(&next->entry->ring_count, next->count, __ATOMIC_RELEASE);
    copy_all(writer, next, copy_mark);
    writer->region_serial = region_serial;
    writer->offered = next;
    __atomic_store_n(&writer->offer, next, __ATOMIC_RELEASE);
}

void wt_flight_refresh(struct wt_flight_writer *writer, uint64_t copy_mark) {
    struct wt_flight_page *page = __atomic_exchange_n(&writer->offer, NULL, __ATOMIC_ACQ_REL);
    if (page == NULL)
        return; /* it was taken: all that the writer writes is there */
    copy_all(writer, page, copy_mark);
    __atomic_store_n(&writer->offer, page, __ATOMIC_RELEASE);
}
