/* track.c - what a program's threads call around their work, and where they leave records.
 *
 * The fast path of a begin or an end without a label: the thread's slot, the clock, the gauge, and
 * wt_recorder_step. An end compares one number more, of the same cache line: whether it ends the
 * innermost piece that has a label. All that labels and records cost lies behind that.
 */
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

/* A gauge that is no integer with many writers. A WORKTOP_SET field is nobody's to count in. */
static void step_rare_gauge(struct worktop_handle *busy, const struct wt_cell *cell, int64_t step) {
    if (cell->form == WORKTOP_ADD)
        worktop_add_f64(busy, (double)step);
    else if (cell->form == WORKTOP_ONE_WRITER && cell->type == WORKTOP_F64)
        worktop_own_add_f64(busy, (double)step);
    else if (cell->form == WORKTOP_ONE_WRITER)
        worktop_own_add_s64(busy, step);
}

/* One more, or one less, in a gauge of any type. */
static inline void step_gauge(struct worktop_handle *busy, int64_t step) {
    const struct wt_cell *cell = (const struct wt_cell *)(const void *)busy;
    if (__builtin_expect(cell->form == WORKTOP_ADD && cell->type != WORKTOP_F64, 1))
        worktop_add_s64(busy, step);
    else
        step_rare_gauge(busy, cell, step);
}

/* The gauge's atomic add comes right after the clock was read: it waits for all earlier stores to
 * leave the processor, and while the clock is read they do (measured: 3 ns). */
static inline __attribute__((always_inline)) uint64_t
track(struct worktop_handle *busy, struct wt_track_slot *slot, int64_t step) {
    uint64_t now_ns = slot != NULL ? fine_clock_ns() : 0;
    if (busy != NULL)
        step_gauge(busy, step);
    if (slot != NULL)
        wt_recorder_step(slot, step, now_ns);
    return now_ns;
}

void worktop_track_begin(struct worktop *worktop, struct worktop_handle *busy) {
    track(busy, wt_registry_slot(worktop), 1);
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
    uint64_t now_ns = track(busy, slot, 1);
    if (slot == NULL)
        return;
    struct wt_flight_writer *writer = writer_of(worktop, slot);
    uint64_t level = __atomic_load_n(&slot->truth.active, __ATOMIC_RELAXED);
    if (writer != NULL && wt_flight_push(writer, label, level, now_ns))
        slot->label_level = level;
}

/* How a piece of work ended. */
struct ending {
    bool has_failed;
    int64_t value;
    uint64_t now_ns;
};

static __attribute__((noinline)) void record_work(struct wt_flight_writer *writer,
                                                  const struct wt_flight_frame *frame,
                                                  const struct ending *ending, bool is_slow) {
    const struct wt_flight_note note = {
        .kind = WT_RECORD_WORK,
        .flags = WT_FLIGHT_TIMED | (is_slow ? (unsigned)WT_FLIGHT_SLOW : 0) |
                 (ending->has_failed ? (unsigned)WT_FLIGHT_FAILED : 0),
        .time_ns = ending->now_ns,
        .duration_ns = ending->now_ns - frame->since_ns,
        .value = ending->value};
    wt_flight_publish(writer, &note, &frame->words);
}

/* The innermost piece with a label ends: its record, if it is worth one, and the one around it is
 * shown again. */
static void end_label(const struct worktop *worktop, struct wt_track_slot *slot,
                      const struct ending *ending) {
    struct wt_flight_writer *writer = slot->writer;
    const struct wt_flight_frame *frame = wt_flight_top(writer);
    bool is_slow = ending->now_ns - frame->since_ns >= worktop->slow_ns;
    if (is_slow || ending->has_failed)
        record_work(writer, frame, ending, is_slow);
    wt_flight_pop(writer);
    frame = wt_flight_top(writer);
    slot->label_level = frame != NULL ? frame->level : WT_NO_LABEL_LEVEL;
}

static inline bool ends_label(const struct wt_track_slot *slot) {
    return slot != NULL &&
           slot->label_level == __atomic_load_n(&slot->truth.active, __ATOMIC_RELAXED);
}

static __attribute__((noinline)) void
track_end_label(struct worktop *worktop, struct worktop_handle *busy, struct wt_track_slot *slot) {
    const struct ending ending = {.now_ns = track(busy, slot, -1)};
    end_label(worktop, slot, &ending);
}

void worktop_track_end(struct worktop *worktop, struct worktop_handle *busy) {
    struct wt_track_slot *slot = wt_registry_slot(worktop);
    if (__builtin_expect(ends_label(slot), 0))
        track_end_label(worktop, busy, slot);
    else
        track(busy, slot, -1);
}

/* ---- Records ---- */

static void refuse_record(struct worktop *worktop) {
    __atomic_fetch_add(&worktop->refused_records, 1, __ATOMIC_RELAXED);
}

/* Work without a label failed: when it began is not known. */
static void record_unlabelled_failure(struct worktop *worktop, struct wt_track_slot *slot,
                                      const struct ending *ending) {
    struct wt_flight_writer *writer = slot != NULL ? writer_of(worktop, slot) : NULL;
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
    bool has_label = ends_label(slot);
    const struct ending ending = {
        .has_failed = true, .value = value, .now_ns = track(busy, slot, -1)};
    if (has_label)
        end_label(worktop, slot, &ending);
    else
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
