/* The sampler: from shared memory to the rows of a snapshot.
 *
 * Others write the segments while they are read, so each value is copied out once (codec.h) and
 * only the copy is looked at. Rows go through in blocks small enough to stay in the nearest cache:
 *
 *     read      shared memory -> block     the rows' values, the next segments prefetched
 *     judge     block -> status            what this look knows of each row: progress, heartbeat
 *     sum up    block -> columns           runs of rows that can be compared with the look before
 *
 * What is not promised: that values of one row belong to one moment. Fields are read one after the
 * other while their worker goes on; each of them was true at some time during the look.
 */
#include <string.h>

#include "model/row.h"
#include "model/value.h"
#include "monitor/cohort.h"
#include "schema/codec.h"
#include "shm/heartbeat.h"

enum { BLOCK_ROWS = 1024, PREFETCH_ROWS = 16 };

/* What the inner loops need, unpacked once per look. */
struct look {
    struct wt_cohort_rows *cohort;
    const struct wt_look_rules *rules;
    struct wt_row_rules row_rules;
    const struct wt_field *fields;
    size_t field_count;
    int busy_field;                         /* -1 without */
    const uint64_t *before;                 /* values of the last look */
    uint64_t *values;                       /* of this one */
    const struct wt_row_status *old_status; /* of the last look */
    struct wt_row_status *status;           /* of this one */
};

/* What reading a block of rows found out. */
struct block {
    size_t begin, end;
    uint8_t still[BLOCK_ROWS]; /* no counter moved */
    uint8_t flags[BLOCK_ROWS]; /* WT_ROW_TORN, WT_ROW_UNREADABLE */
};

static void prefetch(const struct look *look, size_t row) {
    uint32_t segment = look->cohort->segments[row];
    if (segment == WT_NO_SEGMENT)
        return;
    const unsigned char *at = look->rules->base + (size_t)segment * look->rules->segment_bytes;
    __builtin_prefetch(at);
    if (look->cohort->schema->extent_bytes > 64)
        __builtin_prefetch(at + 64);
}

/* A row of aligned words: one load each. Returns whether a counter moved. */
static inline bool read_simple_row(const struct look *look, const unsigned char *segment,
                                   size_t row) {
    const uint32_t *offsets = look->cohort->offsets;
    const uint64_t *masks = look->cohort->counter_masks;
    const uint64_t *before = look->before + row * look->field_count;
    uint64_t *values = look->values + row * look->field_count;
    uint64_t moved = 0;
    for (size_t i = 0; i < look->field_count; i++) {
        uint64_t value = __atomic_load_n((const uint64_t *)(const void *)(segment + offsets[i]),
                                         __ATOMIC_RELAXED);
        moved |= (value ^ before[i]) & masks[i];
        values[i] = value;
    }
    return moved != 0;
}

/* The last good value. A worker that is looked at for the first time has none: what lies in its row
 * is of the worker that had the row before. */
static uint64_t last_good(const struct look *look, size_t row, size_t field) {
    bool is_new = (look->cohort->marks[row] & WT_ROW_IS_NEW) != 0;
    return is_new ? 0 : look->before[row * look->field_count + field];
}

/* Any other row. What cannot be read whole keeps its last good value, and the row is marked. */
static bool read_any_row(struct look *look, const unsigned char *segment, size_t row,
                         uint8_t *flags) {
    bool is_new = (look->cohort->marks[row] & WT_ROW_IS_NEW) != 0;
    const uint64_t *before = look->before + row * look->field_count;
    uint64_t *values = look->values + row * look->field_count;
    uint64_t moved = 0;
    if (!wt_codec_read_row(segment, look->cohort->schema, is_new ? NULL : before, values))
        *flags |= WT_ROW_TORN;
    for (size_t i = 0; i < look->field_count; i++)
        moved |= (values[i] ^ before[i]) & look->cohort->counter_masks[i];
    return moved != 0;
}

static void read_block(struct look *look, struct block *block) {
    const uint32_t *segments = look->cohort->segments;
    size_t row_count = look->cohort->row_count, words = look->field_count;
    for (size_t row = block->begin; row < block->end; row++) {
        if (row + PREFETCH_ROWS < row_count)
            prefetch(look, row + PREFETCH_ROWS);
        uint8_t flags = 0;
        bool moved = false;
        const unsigned char *segment = wt_row_bytes(look->cohort, row, look->rules);
        if (segment != NULL) {
            moved = look->cohort->simple ? read_simple_row(look, segment, row)
                                         : read_any_row(look, segment, row, &flags);
        } else if (words > 0) {
            for (size_t i = 0; i < words; i++)
                look->values[row * words + i] = last_good(look, row, i);
            flags = segments[row] != WT_NO_SEGMENT ? WT_ROW_UNREADABLE : 0;
        }
        block->still[row - block->begin] = !moved;
        block->flags[row - block->begin] = flags;
    }
}

static int64_t heartbeat_of(const struct look *look, size_t row) {
    const struct wt_cohort_rows *cohort = look->cohort;
    if (cohort->recorders[row] == NULL || look->rules->no_heartbeats)
        return 0;
    return wt_heartbeat_read(cohort->recorders[row], cohort->recorder_since_ns[row],
                             look->row_rules.now_ns);
}

static bool is_busy(const struct look *look, size_t row) {
    size_t busy = (size_t)look->busy_field;
    return wt_value_is_positive(&look->fields[busy], look->values[row * look->field_count + busy]);
}

/* The status of a row that has values. */
static struct wt_row_status state_of_row(struct look *look, size_t row, bool moved, uint8_t flags) {
    uint8_t marks = look->cohort->marks[row];
    bool is_new = (marks & WT_ROW_IS_NEW) != 0;
    bool was_unreadable = (marks & WT_ROW_WAS_UNREADABLE) != 0;
    if ((was_unreadable && (flags & WT_ROW_UNREADABLE) == 0) ||
        (is_new && (marks & WT_ROW_IS_NEWBORN) == 0))
        flags |= WT_ROW_FRESH;
    const struct wt_row_seen seen = {
        .flags = flags,
        .has_counters = look->cohort->has_counters,
        .has_busy = look->busy_field >= 0,
        .goes_on = moved || (look->busy_field >= 0 && !is_busy(look, row)),
        .progress_ns = is_new ? 0 : look->old_status[row].progress_ns,
        .heartbeat_ns = heartbeat_of(look, row),
    };
    return wt_row_judge(&look->row_rules, &seen);
}

/* States of a block, and its runs of comparable rows into the columns. */
static void settle_block(struct look *look, const struct block *block) {
    struct wt_cohort_rows *cohort = look->cohort;
    size_t words = look->field_count, begin = block->begin, end = block->end;
    size_t run = begin;        /* first row of the present run */
    bool run_compares = false; /* its rows have a look before */
    for (size_t row = begin; row <= end; row++) {
        bool counts = row < end && cohort->segments[row] != WT_NO_SEGMENT;
        bool compares = false;
        if (counts) {
            struct wt_row_status status =
                state_of_row(look, row, !block->still[row - begin], block->flags[row - begin]);
            look->status[row] = status;
            compares = (status.flags & (WT_ROW_FRESH | WT_ROW_UNREADABLE)) == 0;
            cohort->live_count++;
            cohort->stale_count += status.state == WT_WORKER_STALE;
            cohort->stuck_count += (status.flags & WT_ROW_STUCK) != 0;
            cohort->unreadable_count += (status.flags & WT_ROW_UNREADABLE) != 0;
        } else if (row < end) {
            bool leaving = (cohort->marks[row] & WT_ROW_IS_LEAVING) != 0;
            look->status[row] = (struct wt_row_status){
                .state = leaving ? WT_WORKER_GONE : cohort->states[row],
                .progress_ns = leaving ? look->old_status[row].progress_ns : 0,
                .heartbeat_ns = leaving ? look->old_status[row].heartbeat_ns : 0};
            cohort->silent_count += cohort->identities[row] != NULL && !leaving;
        }
        if (run < row && (!counts || compares != run_compares)) {
            wt_columns_add(cohort->columns, words, look->values + run * words,
                           run_compares ? look->before + run * words : NULL, row - run);
            run = row;
        }
        if (!counts)
            run = row + 1;
        run_compares = compares;
    }
}

/* ---- the steady case ------------------------------------------------------------------------- */

/* Whether every row has a worker with values that was there before, and the store can be read: then
 * the loops below do the same as those above, without asking for each row. */
static bool is_steady(const struct look *look) {
    const struct wt_cohort_rows *cohort = look->cohort;
    return cohort->schema != NULL && cohort->unsettled_count == 0 &&
           cohort->used_count == cohort->row_count && cohort->away_count == 0 &&
           !look->rules->unreadable;
}

/* Rows of neighbouring words are copied and summed up in one pass. */
static void take_steady_block(struct look *look, struct block *block) {
    struct wt_cohort_rows *cohort = look->cohort;
    size_t words = look->field_count, rows = block->end - block->begin;
    memset(block->still, 1, rows);
    struct wt_take take = {
        .base = look->rules->base + cohort->offsets[0],
        .segments = cohort->segments + block->begin,
        .segment_bytes = look->rules->segment_bytes,
        .rows = rows,
        .rows_ahead = cohort->row_count - block->begin,
        .previous = look->before + block->begin * words,
        .values = look->values + block->begin * words,
        .stride = words,
        .still = block->still,
    };
    wt_columns_take(cohort->columns, words, &take);
}

static void settle_still_row(struct look *look, size_t row) {
    struct wt_cohort_rows *cohort = look->cohort;
    struct wt_row_status *status = &look->status[row];
    if (!cohort->has_counters)
        status->progress_ns = 0;
    else if (look->busy_field < 0 || is_busy(look, row))
        status->progress_ns = look->old_status[row].progress_ns;
    if (look->busy_field >= 0 && wt_row_is_stuck(&look->row_rules, status->progress_ns)) {
        status->flags |= WT_ROW_STUCK;
        cohort->stuck_count++;
    }
}

/* Most rows of a fleet at work have moved: they are told so in one sweep, the others after it. */
static void settle_steady_block(struct look *look, const struct block *block) {
    const struct wt_row_status moved = {.state = WT_WORKER_LIVE,
                                        .progress_ns = look->row_rules.now_ns};
    size_t rows = block->end - block->begin;
    struct wt_row_status *status = look->status + block->begin;
    for (size_t i = 0; i < rows; i++)
        memcpy(&status[i], &moved, sizeof moved);
    for (size_t i = 0; i < rows; i++) {
        const uint8_t *still = memchr(block->still + i, 1, rows - i);
        if (still == NULL)
            break;
        i = (size_t)(still - block->still);
        settle_still_row(look, block->begin + i);
    }
    look->cohort->live_count += (uint32_t)rows;
}

/* The blocks of this look. A newborn's previous values are 0: its row is cleared in a copy, for the
 * last look's values are published. */
static wt_status take_blocks(struct wt_cohort_rows *cohort, struct wt_error *err) {
    size_t bytes = cohort->capacity * cohort->field_count * sizeof(uint64_t);
    if (cohort->fresh_status != NULL)
        return WT_OK; /* a repeated look */
    bool newborn = false;
    for (size_t row = 0; cohort->unsettled_count > 0 && row < cohort->row_count; row++)
        newborn = newborn || (cohort->marks[row] & WT_ROW_IS_NEWBORN) != 0;
    cohort->fresh_status =
        wt_block_pool_take(&cohort->status_pool, cohort->capacity * sizeof(struct wt_row_status));
    cohort->fresh_values = wt_block_pool_take(&cohort->value_pool, bytes);
    cohort->fresh_previous =
        newborn ? wt_block_pool_take(&cohort->value_pool, bytes) : wt_block_ref(cohort->values);
    if (cohort->fresh_status == NULL || cohort->fresh_values == NULL ||
        cohort->fresh_previous == NULL) {
        wt_cohort_forget_look(cohort);
        return wt_fail(err, WT_ENOMEM, "no memory for a look at %zu workers", cohort->row_count);
    }
    if (!newborn)
        return WT_OK;
    uint64_t *previous = wt_block_data(cohort->fresh_previous);
    memcpy(previous, wt_block_data(cohort->values), bytes);
    for (size_t row = 0; row < cohort->row_count; row++)
        if ((cohort->marks[row] & WT_ROW_IS_NEWBORN) != 0)
            memset(previous + row * cohort->field_count, 0, cohort->field_count * sizeof(uint64_t));
    return WT_OK;
}

/* The header and the thread that most workers have; and what the board wants of the region. */
static void prefetch_recorder(const struct look *look, size_t row) {
    const struct wt_cohort_rows *cohort = look->cohort;
    size_t ahead = row + PREFETCH_ROWS, far_ahead = ahead + PREFETCH_ROWS;
    if (look->rules->board != NULL && far_ahead < cohort->row_count)
        wt_board_approach(look->rules->board, cohort->places[far_ahead]);
    if (ahead >= cohort->row_count)
        return;
    __builtin_prefetch(cohort->recorders[ahead]);
    __builtin_prefetch(cohort->recorders[ahead] + sizeof(struct wt_shared_recorder_header));
    if (look->rules->board != NULL)
        wt_board_prefetch(look->rules->board, cohort->places[ahead]);
}

static void settle_recorded_block(struct look *look, const struct block *block) {
    struct wt_cohort_rows *cohort = look->cohort;
    for (size_t row = block->begin; row < block->end; row++) {
        size_t at = row - block->begin;
        prefetch_recorder(look, row);
        struct wt_row_status status = state_of_row(look, row, !block->still[at], 0);
        cohort->stale_count += status.state == WT_WORKER_STALE;
        cohort->stuck_count += (status.flags & WT_ROW_STUCK) != 0;
        look->status[row] = status;
        if (cohort->recorders[row] == NULL || look->rules->no_heartbeats)
            continue;
        wt_timed_see(cohort, row, look->row_rules.now_ns);
        if (look->rules->board != NULL)
            wt_board_look_at(look->rules->board, cohort->places[row], look->row_rules.now_ns);
    }
    cohort->live_count += (uint32_t)(block->end - block->begin);
}

wt_status wt_cohort_look(struct wt_cohort_rows *cohort, const struct wt_look_rules *rules,
                         struct wt_error *err) {
    wt_status status = take_blocks(cohort, err);
    if (status != WT_OK)
        return status;
    struct look look = {
        .cohort = cohort,
        .rules = rules,
        .row_rules = {.now_ns = rules->now.monotonic_ns,
                      .stuck_ns = rules->stuck_ns,
                      .stale_ns = rules->stale_ns,
                      .gap_begin_ns = rules->gap_begin_ns,
                      .gap_end_ns = rules->gap_end_ns},
        .field_count = cohort->field_count,
        .busy_field = -1,
        .before = wt_block_data(cohort->fresh_previous),
        .values = wt_block_data(cohort->fresh_values),
        .old_status = wt_block_data(cohort->status),
        .status = wt_block_data(cohort->fresh_status),
    };
    cohort->live_count = cohort->stale_count = cohort->stuck_count = cohort->silent_count = 0;
    cohort->unreadable_count = 0;
    if (cohort->schema != NULL) {
        look.fields = cohort->schema->fields;
        look.busy_field = cohort->schema->busy_field;
        wt_columns_init(cohort->columns, cohort->schema);
    }
    struct block block;
    bool steady = is_steady(&look);
    for (size_t begin = 0; begin < cohort->row_count; begin += BLOCK_ROWS) {
        block.begin = begin;
        block.end = begin + BLOCK_ROWS < cohort->row_count ? begin + BLOCK_ROWS : cohort->row_count;
        if (steady && cohort->contiguous) {
            take_steady_block(&look, &block);
            if (cohort->recorder_count == 0)
                settle_steady_block(&look, &block);
            else
                settle_recorded_block(&look, &block);
        } else {
            read_block(&look, &block);
            settle_block(&look, &block);
        }
    }
    return WT_OK;
}
