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
#include "client/flight_stack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPY_TRIES = 4, CONTINUATION_MASK = 0xc0, CONTINUATION = 0x80 };

/* ---- Words ---- */

static inline void store_words(void *shared, uint64_t facts, const uint64_t *text,
                               uint32_t text_words) {
    uint64_t *to = shared;
    __atomic_store_n(&to[0], facts, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < text_words; i++)
        __atomic_store_n(&to[1 + i], text[i], __ATOMIC_RELEASE);
}

static uint32_t text_words_of(uint64_t word) {
    union wt_flight_facts facts = {.word = word};
    return ((uint32_t)facts.part.label_length + facts.part.id_length + 7) / 8;
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

/* Makes a label fit; returns the flags that say so. */
static unsigned make_fit(struct worktop_label *label) {
    unsigned flags = 0;
    if (label->id_length > WT_FLIGHT_ID_BYTES) {
        label->id_length = cut(label->id, WT_FLIGHT_ID_BYTES);
        flags |= WT_FLIGHT_ID_CUT;
    }
    size_t most = WT_FLIGHT_TEXT_BYTES - label->id_length;
    if (label->text_length > most) {
        label->text_length = cut(label->text, most);
        flags |= WT_FLIGHT_LABEL_CUT;
    }
    return flags;
}

void wt_flight_write_words(struct wt_flight_words *words, const struct worktop_label *label,
                           uint32_t thread_id) {
    struct worktop_label fit = *label;
    unsigned flags = make_fit(&fit);
    size_t length = fit.text_length + fit.id_length;
    if (length % 8 != 0)
        words->text[length / 8] = 0; /* what is behind the texts is nobody's business */
    char *text = (char *)words->text, *id = text + fit.text_length;
    wt_flight_copy_text(text, text, fit.text, fit.text_length);
    wt_flight_copy_text(id, id, fit.id, fit.id_length);
    const union wt_flight_facts facts = {.part = {.thread_id = thread_id,
                                                  .label_length = (uint8_t)fit.text_length,
                                                  .id_length = (uint8_t)fit.id_length,
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

/* Shows a frame in an entry; `sequence` is odd, and the next number says that it is whole. */
static inline __attribute__((always_inline)) void
show(const struct wt_flight_frame *frame, struct wt_shared_flight *entry, uint64_t sequence) {
    __atomic_store_n(&entry->sequence, sequence, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->since_ns, frame->since_ns, __ATOMIC_RELEASE);
    store_words(&entry->thread_id, frame->words.facts, frame->words.text,
                text_words_of(frame->words.facts));
    __atomic_store_n(&entry->sequence, sequence + 1, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) void move(struct wt_flight_writer *writer) {
    struct wt_flight_page *page = __atomic_exchange_n(&writer->offer, NULL, __ATOMIC_ACQ_REL);
    if (page == NULL)
        return; /* the switcher has it for a moment */
    copy_records(writer->page, page, writer->published);
    writer->next = (uint32_t)(writer->published % page->count);
    __atomic_store_n(&writer->page, page, __ATOMIC_RELEASE);
    writer->entry = page->entry;
    __atomic_store_n(&writer->sequence, writer->sequence + 1, __ATOMIC_RELAXED);
    show(writer->top, page->entry, writer->sequence);
    __atomic_store_n(&writer->sequence, writer->sequence + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&page->entry->published, writer->published, __ATOMIC_RELEASE);
    if (writer->published > 0)
        __atomic_store_n(page->mark, mark_of(writer, writer->published), __ATOMIC_RELEASE);
}

static inline void take_offer(struct wt_flight_writer *writer) {
    if (wt_flight_has_offer(writer))
        move(writer);
}

/* ---- The stack ---- */

void wt_flight_push_slowly(struct wt_flight_writer *writer, const struct worktop_label *label,
                           uint64_t level, uint64_t now_ns) {
    struct worktop_label fit = *label;
    unsigned flags = make_fit(&fit);
    take_offer(writer);
    wt_flight_push_cut(writer, &fit, flags, level, now_ns);
}

/* `frame` is the innermost one from now on. */
static void unwind(struct wt_flight_writer *writer, struct wt_flight_frame *frame) {
    uint64_t sequence = writer->sequence;
    __atomic_store_n(&writer->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&writer->top, frame, __ATOMIC_RELEASE);
    show(frame, writer->entry, sequence + 1);
    __atomic_store_n(&writer->sequence, sequence + 2, __ATOMIC_RELEASE);
}

void wt_flight_pop_slowly(struct wt_flight_writer *writer) {
    take_offer(writer);
    unwind(writer, writer->top - 1);
}

void wt_flight_forget(struct wt_flight_writer *writer) {
    take_offer(writer);
    unwind(writer, writer->frames);
}

/* Whose thread it is, in what it shows while nothing is under way, too. */
static void write_thread_id(struct wt_flight_writer *writer) {
    writer->thread_id = (uint32_t)gettid();
    const union wt_flight_facts facts = {.part = {.thread_id = writer->thread_id}};
    __atomic_store_n(&writer->frames[0].words.facts, facts.word, __ATOMIC_RELAXED);
}

void wt_flight_take_over(struct wt_flight_writer *writer) {
    write_thread_id(writer);
    take_offer(writer);
    unwind(writer, writer->frames);
}

size_t wt_flight_top_id(const struct wt_flight_writer *writer, char id[WT_FLIGHT_ID_BYTES]) {
    const struct wt_flight_frame *top = writer->top;
    union wt_flight_facts facts = {.word = top->words.facts};
    memcpy(id, (const char *)top->words.text + facts.part.label_length, facts.part.id_length);
    return facts.part.id_length;
}

/* ---- Records ---- */

void wt_flight_publish(struct wt_flight_writer *writer, const struct wt_flight_note *note,
                       const struct wt_flight_words *words) {
    take_offer(writer);
    struct wt_flight_page *page = __atomic_load_n(&writer->page, __ATOMIC_RELAXED);
    struct wt_shared_record *record = &page->records[writer->next];
    uint64_t number = writer->published + 1;
    union wt_flight_facts facts = {.word = words->facts};
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
    write_thread_id(writer);
    writer->frames[0].level = WT_NO_LABEL_LEVEL;
    writer->top = writer->frames;
    writer->entry = &writer->home_entry;
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
        const struct wt_flight_frame *top = __atomic_load_n(&writer->top, __ATOMIC_ACQUIRE);
        uint64_t since_ns = __atomic_load_n(&top->since_ns, __ATOMIC_ACQUIRE);
        struct wt_flight_words words;
        words.facts = __atomic_load_n(&top->words.facts, __ATOMIC_ACQUIRE);
        for (uint32_t k = 0; k < WT_FLIGHT_TEXT_WORDS; k++)
            words.text[k] = __atomic_load_n(&top->words.text[k], __ATOMIC_ACQUIRE);
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
