/* Exact busy time, from what libworktop's threads record (shm/layout.h).
 *
 * A region says how long its worker was busy since it began; what counts here is the difference of
 * two reads. A row is in one of three states:
 *
 *     plain     its busy time is seen by looking at its gauge: it has no recorder, or no thread of
 *               it ever began a piece of work there
 *     timed     its recorder is read each tick, and once more when it leaves
 *     doubted   plain, and marked: what it says cannot be. After a minute it is asked again
 *
 * A worker writes whatever it likes, so a difference is believed only within what its gauges and
 * its threads make plausible. That is generous on purpose: a worker that lies within these bounds
 * could as well lie with its gauge. A record that is being written is read again at the next tick,
 * and nothing is lost; one that stays so for longer than a look may be late is doubted, as its
 * writer died in the middle. Nor is a worker timed that has more threads than records.
 *
 * The sampler reads the regions of workers at work when it has their heartbeats at hand: once more,
 * after all the others, they would all have to be fetched again.
 *
 * The first read after a change of state only says where the next one begins: the time before it
 * was counted by the other way, or not at all.
 */
#include "model/value.h"
#include "monitor/internal.h"
#include "shm/layout.h"

enum {
    CALLS_PER_THREAD = 16, /* nested or overlapping, on average, where no capacity is known */
    PLAUSIBLE_FACTOR = 4   /* of what the gauges say at both ends: in between it may be more */
};

static const int64_t doubt_ns = 60 * WT_NS_PER_S;

/* A look takes its time, and what a worker does in it shows in reads that are for its beginning. */
static const int64_t look_ns = WT_NS_PER_S / 10;

static struct wt_timed_reading read_region(const struct wt_cohort_rows *cohort, size_t row,
                                           int64_t now_ns) {
    struct wt_recorder_reading found;
    enum wt_recorder_state state = wt_recorder_read(
        cohort->recorders[row], cohort->timed[row].bytes, (uint64_t)now_ns, &found);
    bool in_use = state == WT_RECORDER_READY && found.used > 0;
    return (struct wt_timed_reading){
        .at_ns = now_ns,
        .is_ready = in_use && found.threads_beyond == 0,
        .is_torn = found.torn > 0,
        .is_hopeless = state == WT_RECORDER_BROKEN || (in_use && found.threads_beyond > 0),
        .threads = (uint16_t)found.threads,
        .busy_ns = found.busy_ns,
    };
}

void wt_timed_see(struct wt_cohort_rows *cohort, size_t row, int64_t now_ns) {
    if (cohort->timed != NULL)
        cohort->timed[row].seen = read_region(cohort, row, now_ns);
}

static void set_timed(struct wt_cohort_rows *cohort, size_t row, bool is_timed, bool is_untimed) {
    struct wt_timed_row *timed = &cohort->timed[row];
    cohort->timed_count += is_timed - (size_t)cohort->are_timed[row];
    cohort->untimed_count += is_untimed - (size_t)timed->is_untimed;
    cohort->are_timed[row] = is_timed;
    timed->is_untimed = is_untimed;
}

/* The next difference begins here. */
static void begin_at(struct wt_timed_row *timed, uint64_t busy_ns, uint64_t gauge, int64_t now_ns) {
    timed->busy_ns = busy_ns;
    timed->gauge = gauge;
    timed->at_ns = now_ns;
}

static void begin_again(struct wt_cohort_rows *cohort, size_t row,
                        const struct wt_timed_reading *reading, uint64_t gauge, int64_t now_ns) {
    struct wt_timed_row *timed = &cohort->timed[row];
    bool is_doubted = timed->doubt_ns != 0 && now_ns - timed->doubt_ns < doubt_ns;
    if (!reading->is_ready || reading->is_torn || is_doubted) {
        set_timed(cohort, row, false, is_doubted || reading->is_hopeless);
        return;
    }
    timed->doubt_ns = 0;
    set_timed(cohort, row, true, false);
    begin_at(timed, reading->busy_ns, gauge, now_ns);
}

void wt_timed_begin(struct wt_cohort_rows *cohort, size_t row, int64_t now_ns) {
    if (cohort->timed == NULL || cohort->recorders[row] == NULL)
        return;
    const struct wt_timed_reading reading = read_region(cohort, row, now_ns);
    begin_again(cohort, row, &reading, 0, now_ns);
}

/* A gauge of the row in parts. */
static bool gauge_of(const struct wt_cohort_rows *cohort, int field, bool is_word,
                     const uint64_t *values, uint64_t *parts) {
    *parts = 0;
    return field >= 0 &&
           wt_level_of_bits(&cohort->schema->fields[field], is_word, values[field], parts);
}

/* How many calls may have been under way all the time. That a worker uses few of its threads says
 * nothing of how many calls they have under way. */
static uint64_t most_calls(const struct wt_record_time *time, uint32_t threads, uint64_t before,
                           uint64_t gauge) {
    uint64_t most = before > gauge ? before : gauge;
    threads = threads < WT_RECORDER_DEFAULT_THREADS ? WT_RECORDER_DEFAULT_THREADS : threads;
    uint64_t slots =
        time->has_capacity ? time->capacity : (uint64_t)threads * CALLS_PER_THREAD * WT_LEVEL_ONE;
    most = most > slots ? most : slots;
    return PLAUSIBLE_FACTOR * (most / WT_LEVEL_ONE + 1);
}

/* Whether the difference can be believed; one a little below 0 is paid back by the next. */
static bool is_plausible(uint64_t busy_ns, int64_t elapsed_ns, uint64_t calls) {
    int64_t moved_ns = (int64_t)busy_ns;
    wt_int128 slack = (wt_int128)calls * (wt_uint128)look_ns;
    return moved_ns >= -slack && moved_ns <= (wt_int128)calls * elapsed_ns + slack;
}

/* A timed row whose record cannot be used is plain from now on: the time since the last read, in
 * which nobody looked at its gauge, is no time. */
static void doubt(struct wt_cohort_rows *cohort, size_t row, int64_t now_ns, bool is_hopeless) {
    cohort->timed[row].doubt_ns = is_hopeless ? now_ns : 0;
    set_timed(cohort, row, false, is_hopeless);
}

void wt_timed_read(struct wt_cohort_rows *cohort, size_t row, const struct wt_load_fields *fields,
                   const uint64_t *values, int64_t now_ns, int64_t longest_ns) {
    struct wt_timed_row *timed = &cohort->timed[row];
    struct wt_record_time time = {.elapsed_ns = now_ns - timed->at_ns};
    uint64_t gauge;
    time.has_capacity =
        gauge_of(cohort, fields->capacity, fields->are_words, values, &time.capacity);
    gauge_of(cohort, fields->busy, fields->are_words, values, &gauge);
    const struct wt_timed_reading reading =
        timed->seen.at_ns == now_ns ? timed->seen : read_region(cohort, row, now_ns);
    if (cohort->are_timed[row] == 0) {
        begin_again(cohort, row, &reading, gauge, now_ns);
        return;
    }
    if (time.elapsed_ns <= 0)
        return;
    bool is_late = time.elapsed_ns > longest_ns;
    if (reading.is_ready && reading.is_torn && !is_late)
        return; /* the next read is for this time as well */
    if (!reading.is_ready || reading.is_torn) {
        doubt(cohort, row, now_ns, reading.is_torn || reading.is_hopeless);
        return;
    }
    if (is_late) {
        begin_at(timed, reading.busy_ns, gauge, now_ns);
        return;
    }
    time.busy_ns = reading.busy_ns - timed->busy_ns;
    if (!is_plausible(time.busy_ns, time.elapsed_ns,
                      most_calls(&time, reading.threads, timed->gauge, gauge))) {
        doubt(cohort, row, now_ns, true);
        return;
    }
    bool owes = (int64_t)time.busy_ns < 0;
    begin_at(timed, owes ? timed->busy_ns : reading.busy_ns, gauge, now_ns);
    time.busy_ns = owes ? 0 : time.busy_ns;
    wt_integrals_record(&cohort->service->integrals, &time);
}

void wt_timed_read_all(struct wt_cohort_rows *cohort, const struct wt_load_fields *fields,
                       int64_t now_ns, int64_t longest_ns) {
    const struct wt_row_status *status = wt_block_data(cohort->fresh_status);
    const uint64_t *values = wt_block_data(cohort->fresh_values);
    for (size_t row = 0; row < cohort->row_count; row++) {
        if (cohort->recorders[row] == NULL || cohort->segments[row] == WT_NO_SEGMENT ||
            (status[row].flags & WT_ROW_UNREADABLE) != 0)
            continue;
        wt_timed_read(cohort, row, fields, values + row * cohort->field_count, now_ns, longest_ns);
    }
}

void wt_timed_mark(struct wt_cohort_rows *cohort) {
    struct wt_row_status *status = wt_block_data(cohort->fresh_status);
    for (size_t row = 0; cohort->untimed_count > 0 && row < cohort->row_count; row++)
        if (cohort->timed[row].is_untimed && cohort->segments[row] != WT_NO_SEGMENT)
            status[row].flags |= WT_ROW_UNTIMED;
}
