#include "model/history_series.h"

#include <math.h>
#include <stdlib.h>

_Static_assert(WT_HISTORY_SECONDS % WT_CHUNK_SECONDS == 0, "whole chunks");
_Static_assert(WT_HISTORY_MINUTES % WT_CHUNK_MINUTES == 0, "whole chunks");
_Static_assert(WT_CHUNK_SECONDS % 60 == 0, "a minute lies in one chunk");

int64_t wt_history_floor_div(int64_t value, int64_t by) {
    return value / by - (value % by < 0);
}

static uint32_t place_of(int64_t number, uint32_t places) {
    return (uint32_t)((uint64_t)number % places);
}

struct wt_slot_of wt_series_slot(int64_t bucket) {
    struct wt_slot_of slot = {.second = bucket, .minute = wt_history_floor_div(bucket, 60)};
    int64_t chunk = wt_history_floor_div(bucket, WT_CHUNK_SECONDS);
    slot.second_first = chunk * WT_CHUNK_SECONDS;
    slot.second_index = (uint32_t)(bucket - slot.second_first);
    slot.second_place = place_of(chunk, WT_SECOND_CHUNKS);
    chunk = wt_history_floor_div(slot.minute, WT_CHUNK_MINUTES);
    slot.minute_first = chunk * WT_CHUNK_MINUTES;
    slot.minute_index = (uint32_t)(slot.minute - slot.minute_first);
    slot.minute_place = place_of(chunk, WT_MINUTE_CHUNKS);
    return slot;
}

static void take_second(struct wt_series *series, struct wt_second_chunk *chunk) {
    series->second_chunk = chunk;
    series->second_first = chunk->first;
}

static void take_minute(struct wt_series *series, struct wt_minute_chunk *chunk) {
    series->minute_chunk = chunk;
    series->minute_first = chunk->first;
}

/* NAN counts as nothing. */
static void widen(struct wt_minute_cell *cell, float value) {
    if (!(cell->min <= value))
        cell->min = value;
    if (!(cell->max >= value))
        cell->max = value;
}

static float *second_for_writing(struct wt_series *series, const struct wt_slot_of *slot,
                                 size_t *bytes) {
    if (series->second_chunk != NULL && series->second_first == slot->second_first)
        return &series->second_chunk->values[slot->second_index];
    struct wt_second_chunk **place = &series->seconds[slot->second_place];
    if (*place == NULL) {
        *place = malloc(sizeof **place);
        if (*place == NULL)
            return NULL;
        *bytes += sizeof **place;
    } else if ((*place)->first == slot->second_first) {
        take_second(series, *place);
        return &(*place)->values[slot->second_index];
    }
    (*place)->first = slot->second_first;
    take_second(series, *place);
    for (int i = 0; i < WT_CHUNK_SECONDS; i++)
        (*place)->values[i] = NAN;
    return &(*place)->values[slot->second_index];
}

static struct wt_minute_cell *minute_for_writing(struct wt_series *series,
                                                 const struct wt_slot_of *slot, size_t *bytes) {
    if (series->minute_chunk != NULL && series->minute_first == slot->minute_first)
        return &series->minute_chunk->cells[slot->minute_index];
    struct wt_minute_chunk **place = &series->minutes[slot->minute_place];
    if (*place == NULL) {
        *place = malloc(sizeof **place);
        if (*place == NULL)
            return NULL;
        *bytes += sizeof **place;
    } else if ((*place)->first == slot->minute_first) {
        take_minute(series, *place);
        return &(*place)->cells[slot->minute_index];
    }
    (*place)->first = slot->minute_first;
    take_minute(series, *place);
    for (int i = 0; i < WT_CHUNK_MINUTES; i++)
        (*place)->cells[i] = (struct wt_minute_cell){NAN, NAN, NAN};
    return &(*place)->cells[slot->minute_index];
}

/* Begins to add up a minute: with what is kept of it, when the clock came back to it. */
static void open_minute(struct wt_series *series, const struct wt_slot_of *slot,
                        struct wt_minute_cell *cell) {
    series->minute = slot->minute;
    series->count = 0;
    series->sum = 0;
    if (isnan(cell->mean))
        return;
    *cell = (struct wt_minute_cell){NAN, NAN, NAN};
    for (int64_t second = slot->minute * 60; second < slot->minute * 60 + 60; second++) {
        double value = second == slot->second ? (double)NAN : wt_series_get(series, second);
        if (isnan(value))
            continue;
        series->count++;
        series->sum += value;
        widen(cell, (float)value);
    }
}

/* One second: `value` is what was looked at, which is averaged into what there is when it is not
 * the first look. */
static bool put_one(struct wt_series *series, const struct wt_slot_of *slot, float value,
                    uint32_t looks, size_t *bytes) {
    float *second = second_for_writing(series, slot, bytes);
    struct wt_minute_cell *cell = second ? minute_for_writing(series, slot, bytes) : NULL;
    if (cell == NULL)
        return false;
    float before = *second;
    *second = looks <= 1 || isnan(before) ? value : before + (value - before) / (float)looks;
    if (series->count == 0 || series->minute != slot->minute) {
        open_minute(series, slot, cell);
        before = NAN;
    }
    if (isnan(before)) {
        series->count++;
        series->sum += (double)*second;
    } else {
        series->sum += (double)*second - (double)before;
    }
    cell->mean = (float)(series->sum / series->count);
    widen(cell, value);
    return true;
}

bool wt_series_put(struct wt_series *series, int64_t begin, const struct wt_slot_of *slot,
                   double value, enum wt_look_rule rule, size_t *bytes) {
    if (begin < slot->second)
        series->looks = 0;
    if (isnan(value))
        return true;
    uint32_t looks = rule == WT_LOOK_MEAN ? ++series->looks : 1;
    if (looks == 1)
        for (int64_t second = begin + 1; second < slot->second; second++) {
            struct wt_slot_of earlier = wt_series_slot(second);
            if (!put_one(series, &earlier, (float)value, 1, bytes))
                return false;
        }
    return put_one(series, slot, (float)value, looks, bytes);
}

/* The known seconds of one minute, the first of which is `second`. */
static bool restore_minute(struct wt_series *series, int64_t second, const float *values,
                           size_t count, size_t *bytes) {
    struct wt_slot_of slot = wt_series_slot(second);
    struct wt_minute_cell cell = {NAN, NAN, NAN};
    double sum = 0;
    uint32_t known = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        widen(&cell, values[i]);
        sum += (double)values[i];
        known++;
    }
    if (known == 0)
        return true;
    cell.mean = (float)(sum / known);
    float *seconds = second_for_writing(series, &slot, bytes);
    struct wt_minute_cell *minute = seconds ? minute_for_writing(series, &slot, bytes) : NULL;
    if (minute == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        seconds[i] = values[i];
    *minute = cell;
    series->minute = slot.minute;
    series->sum = sum;
    series->count = known;
    return true;
}

bool wt_series_restore(struct wt_series *series, int64_t begin, const float *values, size_t count,
                       size_t *bytes) {
    for (size_t at = 0; at < count;) {
        int64_t second = begin + (int64_t)at;
        int64_t end = (wt_history_floor_div(second, 60) + 1) * 60;
        size_t some = (size_t)(end - second) < count - at ? (size_t)(end - second) : count - at;
        if (!restore_minute(series, second, values + at, some, bytes))
            return false;
        at += some;
    }
    return true;
}

void wt_series_forget_after(struct wt_series *series, int64_t bucket) {
    for (int i = 0; i < WT_SECOND_CHUNKS; i++) {
        struct wt_second_chunk *chunk = series->seconds[i];
        for (int at = 0; chunk != NULL && at < WT_CHUNK_SECONDS; at++)
            if (chunk->first + at > bucket)
                chunk->values[at] = NAN;
    }
    int64_t minute = wt_history_floor_div(bucket, 60);
    for (int i = 0; i < WT_MINUTE_CHUNKS; i++) {
        struct wt_minute_chunk *chunk = series->minutes[i];
        for (int at = 0; chunk != NULL && at < WT_CHUNK_MINUTES; at++)
            if (chunk->first + at > minute)
                chunk->cells[at] = (struct wt_minute_cell){NAN, NAN, NAN};
    }
    series->looks = 0;
    series->count = 0; /* the minute is added up anew, from its seconds */
}

void wt_series_fini(struct wt_series *series, size_t *bytes) {
    for (int i = 0; i < WT_SECOND_CHUNKS; i++) {
        if (series->seconds[i] != NULL)
            *bytes -= sizeof *series->seconds[i];
        free(series->seconds[i]);
    }
    for (int i = 0; i < WT_MINUTE_CHUNKS; i++) {
        if (series->minutes[i] != NULL)
            *bytes -= sizeof *series->minutes[i];
        free(series->minutes[i]);
    }
    *series = (struct wt_series){0};
}

double wt_series_get(const struct wt_series *series, int64_t bucket) {
    if (series == NULL)
        return (double)NAN;
    int64_t number = wt_history_floor_div(bucket, WT_CHUNK_SECONDS);
    const struct wt_second_chunk *chunk = series->seconds[place_of(number, WT_SECOND_CHUNKS)];
    if (chunk == NULL || chunk->first != number * WT_CHUNK_SECONDS)
        return (double)NAN;
    return (double)chunk->values[bucket - chunk->first];
}

struct wt_extent wt_series_minute(const struct wt_series *series, int64_t minute) {
    const struct wt_extent unknown = {(double)NAN, (double)NAN, (double)NAN};
    if (series == NULL)
        return unknown;
    int64_t number = wt_history_floor_div(minute, WT_CHUNK_MINUTES);
    const struct wt_minute_chunk *chunk = series->minutes[place_of(number, WT_MINUTE_CHUNKS)];
    if (chunk == NULL || chunk->first != number * WT_CHUNK_MINUTES)
        return unknown;
    const struct wt_minute_cell *cell = &chunk->cells[minute - chunk->first];
    return (struct wt_extent){(double)cell->min, (double)cell->mean, (double)cell->max};
}

double wt_series_at(const struct wt_series *series, int64_t bucket) {
    if (series == NULL)
        return (double)NAN;
    int64_t number = wt_history_floor_div(bucket, WT_CHUNK_SECONDS);
    const struct wt_second_chunk *chunk = series->seconds[place_of(number, WT_SECOND_CHUNKS)];
    if (chunk != NULL && chunk->first == number * WT_CHUNK_SECONDS)
        return (double)chunk->values[bucket - chunk->first];
    if (chunk == NULL || chunk->first < number * WT_CHUNK_SECONDS)
        return (double)NAN; /* nothing was known then: a gap */
    return wt_series_minute(series, wt_history_floor_div(bucket, 60)).mean;
}
