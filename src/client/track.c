/* track.c - what a program's threads call around their work, and where they leave records.
 *
 * The fast path of a begin or an end without a label: the thread's slot, the clock, the gauge, and
 * wt_recorder_step. An end compares one number more, of the same cache line: whether it ends the
 * innermost piece that has a label. All that labels and records cost lies behind that.
 *
 * A look at the clock waits for all loads before it, and what comes after it begins anew. So the
 * slot, four loads one after the other, is looked up before, while the call before is still at its
 * sums (after the clock it would cost 3 ns), and all that needs the slot alone comes after.
 */
#include "client/flight_stack.h"
#include "client/internal.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

_Static_assert((int)WORKTOP_NOTE == (int)WT_RECORD_NOTE &&
                   (int)WORKTOP_STATE == (int)WT_RECORD_STATE &&
                   (int)WORKTOP_WARNING == (int)WT_RECORD_WARNING &&
                   (int)WORKTOP_ERROR == (int)WT_RECORD_ERROR,
               "the public kinds are those that are stored");
_Static_assert((int)WORKTOP_MAX_LABEL_BYTES == (int)WT_FLIGHT_TEXT_BYTES &&
                   (int)WORKTOP_MAX_ID_BYTES == (int)WT_FLIGHT_ID_BYTES,
               "what the header promises is what there is room for");

static uint64_t fine_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * (uint64_t)WT_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* A gauge that is no integer. A WORKTOP_SET field is nobody's to count in. */
static __attribute__((noinline)) void step_rare_gauge(struct worktop_handle *busy,
                                                      const struct wt_cell *cell, int64_t step) {
    if (cell->form == WORKTOP_ADD)
        worktop_add_f64(busy, (double)step);
    else if (cell->form == WORKTOP_ONE_WRITER)
        worktop_own_add_f64(busy, (double)step);
}

/* One more, or one less, in a gauge of any type. */
static inline void step_gauge(struct worktop_handle *busy, int64_t step) {
    const struct wt_cell *cell = (const struct wt_cell *)(const void *)busy;
    if (__builtin_expect(cell->type == WORKTOP_F64 || cell->form == WORKTOP_SET, 0))
        step_rare_gauge(busy, cell, step);
    else if (__builtin_expect(cell->form == WORKTOP_ADD, 1))
        worktop_add_s64(busy, step);
    else
        worktop_own_add_s64(busy, step);
}

/* The gauge's atomic add comes right after the clock was read: it waits for all earlier stores to
 * leave the processor, and while the clock is read they do (measured: 3 ns). */
static inline __attribute__((always_inline)) uint64_t
track(struct worktop_handle *busy, struct wt_track_slot *slot, int64_t step, uint64_t *now_ns) {
    *now_ns = fine_clock_ns();
    if (busy != NULL)
        step_gauge(busy, step);
    return wt_recorder_step(slot, step, *now_ns);
}

/* There was no slot left for the thread. */
static __attribute__((noinline)) void step_unslotted(struct worktop_handle *busy, int64_t step) {
    if (busy != NULL)
        step_gauge(busy, step);
}

void worktop_track_begin(struct worktop *worktop, struct worktop_handle *busy) {
    struct wt_track_slot *slot = wt_registry_slot(worktop);
    uint64_t now_ns;
    if (__builtin_expect(slot == NULL, 0))
        step_unslotted(busy, 1);
    else
        track(busy, slot, 1, &now_ns);
}

/* ---- With a label ---- */

static __attribute__((noinline)) struct wt_flight_writer *add_writer(struct worktop *worktop,
                                                                     struct wt_track_slot *slot) {
    struct wt_flight_writer *writer = wt_recorder_add_writer(&worktop->recorder, slot);
    if (writer == NULL || worktop->is_detached)
        return writer;
    /* Into the region at once, unless the library is at work: it looks for newcomers when it is
     * done, and at each heartbeat. Whoever settles settles those, too, who came meanwhile. */
    while (wt_recorder_has_newcomers(&worktop->recorder) &&
           pthread_mutex_trylock(&worktop->mutex) == 0) {
        wt_recorder_settle(&worktop->recorder);
        pthread_mutex_unlock(&worktop->mutex);
    }
    return writer;
}

static inline struct wt_flight_writer *writer_of(struct worktop *worktop,
                                                 struct wt_track_slot *slot) {
    return __builtin_expect(slot->writer != NULL, 1) ? slot->writer : add_writer(worktop, slot);
}

void worktop_track_begin_label(struct worktop *worktop, struct worktop_handle *busy,
                               const struct worktop_label *label) {
    struct wt_track_slot *slot = wt_registry_slot(worktop);
    if (__builtin_expect(slot == NULL, 0)) {
        step_unslotted(busy, 1);
        return;
    }
    uint64_t now_ns;
    uint64_t level = track(busy, slot, 1, &now_ns);
    struct wt_flight_writer *writer = writer_of(worktop, slot);
    if (writer == NULL || !wt_flight_has_room(writer))
        return;
    slot->label_level = level;
    wt_flight_push(writer, label, level, now_ns);
}

/* How a piece of work ended. */
struct ending {
    bool has_failed;
    int64_t value;
    uint64_t now_ns;
};

static void record_work(const struct worktop *worktop, struct wt_flight_writer *writer,
                        const struct ending *ending) {
    uint64_t duration_ns = ending->now_ns - writer->top->since_ns;
    const struct wt_flight_note note = {
        .kind = WT_RECORD_WORK,
        .flags = WT_FLIGHT_TIMED |
                 (duration_ns >= worktop->slow_ns ? (unsigned)WT_FLIGHT_SLOW : 0) |
                 (ending->has_failed ? (unsigned)WT_FLIGHT_FAILED : 0),
        .time_ns = ending->now_ns,
        .duration_ns = duration_ns,
        .value = ending->value};
    wt_flight_publish(writer, &note, &writer->top->words);
}

/* The piece around the innermost one that has a label is shown again. */
static inline void end_label(struct wt_track_slot *slot) {
    struct wt_flight_writer *writer = slot->writer;
    slot->label_level = writer->top[-1].level;
    wt_flight_pop(writer);
}

static __attribute__((noinline)) void end_slow_label(const struct worktop *worktop,
                                                     struct wt_track_slot *slot, uint64_t now_ns) {
    record_work(worktop, slot->writer, &(struct ending){.now_ns = now_ns});
    end_label(slot);
}

void worktop_track_end(struct worktop *worktop, struct worktop_handle *busy) {
    struct wt_track_slot *slot = wt_registry_slot(worktop);
    if (__builtin_expect(slot == NULL, 0)) {
        step_unslotted(busy, -1);
        return;
    }
    uint64_t now_ns;
    uint64_t level = track(busy, slot, -1, &now_ns) + 1;
    if (slot->label_level != level)
        return;
    if (__builtin_expect(now_ns - slot->writer->top->since_ns >= worktop->slow_ns, 0))
        end_slow_label(worktop, slot, now_ns);
    else
        end_label(slot);
}

/* ---- Records ---- */

static void refuse_record(struct worktop *worktop) {
    __atomic_fetch_add(&worktop->refused_records, 1, __ATOMIC_RELAXED);
}

/* Work without a label failed: when it began is not known. */
static void record_unlabelled_failure(struct worktop *worktop, struct wt_track_slot *slot,
                                      const struct ending *ending) {
    struct wt_flight_writer *writer = writer_of(worktop, slot);
    if (writer == NULL) {
        refuse_record(worktop);
        return;
    }
    const struct wt_flight_note note = {.kind = WT_RECORD_WORK,
                                        .flags = WT_FLIGHT_FAILED,
                                        .time_ns = ending->now_ns,
                                        .value = ending->value};
    struct wt_flight_words words;
    wt_flight_write_words(&words, &(struct worktop_label){0}, writer->thread_id);
    wt_flight_publish(writer, &note, &words);
}

void worktop_track_end_failed(struct worktop *worktop, struct worktop_handle *busy, int64_t value) {
    struct wt_track_slot *slot = wt_registry_slot(worktop);
    struct ending ending = {.has_failed = true, .value = value};
    if (__builtin_expect(slot == NULL, 0)) {
        step_unslotted(busy, -1);
        refuse_record(worktop);
        return;
    }
    uint64_t level = track(busy, slot, -1, &ending.now_ns) + 1;
    if (slot->label_level == level) {
        record_work(worktop, slot->writer, &ending);
        end_label(slot);
    } else
        record_unlabelled_failure(worktop, slot, &ending);
}

void worktop_event(struct worktop *worktop, enum worktop_event_kind kind, const char *text,
                   int64_t value) {
    struct wt_track_slot *slot = wt_registry_slot(worktop);
    struct wt_flight_writer *writer = slot != NULL ? writer_of(worktop, slot) : NULL;
    if (writer == NULL) {
        refuse_record(worktop);
        return;
    }
    const struct wt_flight_note note = {.kind = kind >= WORKTOP_NOTE && kind <= WORKTOP_ERROR
                                                    ? (enum wt_record_kind)kind
                                                    : WT_RECORD_OTHER,
                                        .time_ns = fine_clock_ns(),
                                        .value = value};
    char id[WT_FLIGHT_ID_BYTES];
    struct worktop_label label = {.text = text, .text_length = text != NULL ? strlen(text) : 0};
    label.id_length = wt_flight_top_id(writer, id);
    label.id = id;
    struct wt_flight_words words;
    wt_flight_write_words(&words, &label, writer->thread_id);
    wt_flight_publish(writer, &note, &words);
}
