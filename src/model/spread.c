#include "model/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/select.h"
#include "model/spread_rows.h"
#include "model/value.h"

enum { LANES = WT_SPREAD_LANES };

void wt_spread_scratch_fini(struct wt_spread_scratch *scratch) {
    free(scratch->keys);
    *scratch = (struct wt_spread_scratch){0};
}

/* Room for so many keys; what was in it is lost. NULL without memory. */
static uint64_t *reserve(struct wt_spread_scratch *scratch, size_t count) {
    if (count <= scratch->capacity)
        return scratch->keys;
    size_t capacity = scratch->capacity == 0 ? 1024 : scratch->capacity;
    while (capacity < count)
        capacity += capacity / 2;
    uint64_t *wider = malloc(capacity * sizeof *wider);
    if (wider == NULL)
        return NULL;
    free(scratch->keys);
    *scratch = (struct wt_spread_scratch){.keys = wider, .capacity = capacity};
    return wider;
}

/* ---- fields of one class --------------------------------------------------------------------- */

/* What the types of a field are in the schemas of a service. */
enum mix { MIX_NONE, MIX_UNSIGNED, MIX_SIGNED, MIX_REAL, MIX_INTEGERS, MIX_ANY };

static enum mix mix_of(const struct wt_spread_source *source, size_t field) {
    static const enum mix alone[] = {[WT_CLASS_UNSIGNED] = MIX_UNSIGNED,
                                     [WT_CLASS_SIGNED] = MIX_SIGNED,
                                     [WT_CLASS_FLOAT] = MIX_REAL};
    enum mix mix = MIX_NONE;
    for (size_t i = 0; i < source->cohort_count; i++) {
        size_t column = wt_spread_column(&source->cohorts[i], field);
        if (column == WT_SPREAD_NO_COLUMN)
            continue;
        enum mix one = alone[wt_type_class(source->cohorts[i].schema->fields[column].type)];
        if (mix != MIX_NONE && mix != one)
            one = mix == MIX_REAL || mix == MIX_ANY || one == MIX_REAL ? MIX_ANY : MIX_INTEGERS;
        mix = one;
    }
    return mix;
}

static uint64_t bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Both zeros are one number, but two keys. */
static void plan_reals(struct wt_spread_lane *lane, double min, double max) {
    lane->is_real = true;
    lane->flip = WT_SPREAD_FLIP_REAL;
    lane->base = wt_spread_ordered(lane->flip, bits_of_double(min == 0 ? -0.0 : min));
    lane->range = wt_spread_ordered(lane->flip, bits_of_double(max == 0 ? 0.0 : max)) - lane->base;
}

static void plan_lane(struct wt_spread_lane *lane, const struct wt_field_stats *stats, size_t field,
                      enum mix mix) {
    *lane = (struct wt_spread_lane){.field = field, .is_signed = mix == MIX_SIGNED};
    if (mix == MIX_REAL) {
        plan_reals(lane, stats->min.real, stats->max.real);
    } else {
        lane->base = (uint64_t)stats->min.integer;
        lane->range = (uint64_t)stats->max.integer - lane->base;
    }
    lane->shift = wt_select_shift(lane->range, stats->worker_count);
    lane->buckets = wt_select_padded((lane->range >> lane->shift) + 1);
    memset(lane->counts, 0, lane->buckets * sizeof *lane->counts);
}

static struct wt_number number_at(const struct wt_spread_lane *lane, uint64_t distance) {
    uint64_t bits = lane->base + distance;
    if (lane->is_real)
        return wt_number_real(wt_double_of_bits(wt_spread_ordered(lane->flip, bits)) + 0.0);
    return wt_number_integer(lane->is_signed ? (wt_int128)(int64_t)bits : (wt_int128)bits);
}

/* The counts of the lane are complete. */
static bool finish_lane(const struct wt_spread_source *source, const struct wt_spread_lane *lane,
                        struct wt_field_stats *stats, struct wt_spread_scratch *scratch) {
    uint32_t count = 0;
    for (size_t i = 0; i < lane->buckets; i++)
        count += lane->counts[i];
    if (count == 0)
        return true;
    size_t rank50 = wt_select_p50(count), rank95 = wt_select_p95(count);
    size_t low = wt_select_bucket(lane->counts, &rank50);
    size_t high = wt_select_bucket(lane->counts, &rank95);
    if (lane->shift == 0) {
        stats->p50 = number_at(lane, low);
        stats->p95 = number_at(lane, high);
        return true;
    }
    /* One more each: the loop stores first and counts then. */
    size_t lows = lane->counts[low], highs = lane->counts[high];
    uint64_t *keys = reserve(scratch, lows + highs + 2);
    if (keys == NULL)
        return false;
    wt_spread_pick(source, lane, low, high, keys, keys + lows + 1);
    stats->p50 = number_at(lane, wt_select(keys, lows, rank50));
    stats->p95 = number_at(lane, wt_select(keys + lows + 1, highs, rank95));
    return true;
}

static bool finish_lanes(const struct wt_spread_source *source, struct wt_spread_lane *lanes,
                         size_t count, struct wt_field_stats *fields,
                         struct wt_spread_scratch *scratch) {
    bool ok = true;
    if (count > 0)
        wt_spread_count(source, lanes, count);
    for (size_t i = 0; i < count; i++)
        ok = finish_lane(source, &lanes[i], &fields[lanes[i].field], scratch) && ok;
    return ok;
}

/* ---- fields of several classes: rare, and simple --------------------------------------------- */

/* Usable values from least to most: how many, and with keys != NULL their distances from least; of
 * reals, whose order is that of their keys, all. */
static size_t gather(const struct wt_spread_source *source, size_t field, bool real,
                     wt_int128 least, wt_int128 most, uint64_t *keys) {
    size_t count = 0;
    for (size_t i = 0; i < source->cohort_count; i++) {
        const struct wt_cohort *cohort = &source->cohorts[i];
        size_t column = wt_spread_column(cohort, field);
        for (size_t row = 0; column != WT_SPREAD_NO_COLUMN && row < cohort->row_count; row++) {
            if (!wt_spread_counts(cohort, row))
                continue;
            struct wt_number value = wt_cohort_value(cohort, row, column);
            if (value.kind == WT_NUMBER_ABSENT ||
                (!real && (value.integer < least || value.integer > most)))
                continue;
            uint64_t key = (uint64_t)(value.integer - least);
            if (real)
                key = wt_spread_ordered(WT_SPREAD_FLIP_REAL,
                                        bits_of_double(wt_number_to_double(value) + 0.0)) ^
                      WT_SPREAD_TOP_BIT;
            if (keys != NULL)
                keys[count] = key;
            count++;
        }
    }
    return count;
}

/* The value at this place. */
static bool pick_mixed(const struct wt_spread_source *source, size_t field, bool real, size_t rank,
                       const struct wt_field_stats *stats, struct wt_number *out,
                       struct wt_spread_scratch *scratch) {
    wt_int128 least = real ? 0 : stats->min.integer, most = real ? 0 : stats->max.integer;
    if (!real && most - least > UINT64_MAX) { /* of signed and unsigned ones: below 0, or not */
        size_t below = gather(source, field, false, least, -1, NULL);
        if (rank < below) {
            most = -1;
        } else {
            rank -= below;
            least = 0;
        }
    }
    uint64_t *keys = reserve(scratch, source->row_count);
    if (keys == NULL)
        return false;
    size_t count = gather(source, field, real, least, most, keys);
    if (rank >= count)
        return true;
    uint64_t key = wt_select(keys, count, rank);
    if (real)
        *out = wt_number_real(
            wt_double_of_bits(wt_spread_ordered(WT_SPREAD_FLIP_REAL, key ^ WT_SPREAD_TOP_BIT)));
    else
        *out = wt_number_integer(least + (wt_int128)key);
    return true;
}

static bool spread_mixed(const struct wt_spread_source *source, size_t field, enum mix mix,
                         struct wt_field_stats *stats, struct wt_spread_scratch *scratch) {
    bool real = mix == MIX_ANY;
    size_t count = stats->worker_count;
    return pick_mixed(source, field, real, wt_select_p50(count), stats, &stats->p50, scratch) &&
           pick_mixed(source, field, real, wt_select_p95(count), stats, &stats->p95, scratch);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool spread_fields(const struct wt_spread_source *source, struct wt_field_stats *fields,
                          size_t field_count, struct wt_spread_scratch *scratch) {
    struct wt_spread_lane lanes[LANES];
    size_t lane_count = 0;
    bool ok = true;
    for (size_t i = 0; i < field_count; i++) {
        struct wt_field_stats *stats = &fields[i];
        stats->p50 = stats->p95 = wt_number_absent();
        if (stats->worker_count == 0 || stats->min.kind == WT_NUMBER_ABSENT)
            continue;
        enum mix mix = mix_of(source, i);
        if (mix == MIX_NONE)
            continue;
        if (mix >= MIX_INTEGERS) {
            ok = spread_mixed(source, i, mix, stats, scratch) && ok;
            continue;
        }
        if (wt_number_compare(stats->min, stats->max) == 0) { /* one value in all */
            stats->p50 = stats->p95 = stats->min;
            continue;
        }
        plan_lane(&lanes[lane_count++], stats, i, mix);
        if (lane_count < LANES)
            continue;
        ok = finish_lanes(source, lanes, lane_count, fields, scratch) && ok;
        lane_count = 0;
    }
    return finish_lanes(source, lanes, lane_count, fields, scratch) && ok;
}

/* ---- skew ------------------------------------------------------------------------------------ */

/* The extreme that is further from the median: of two that are as far, the larger one. NAN when all
 * are the same. */
static double furthest(double min, double median, double max) {
    if (!(max > min))
        return (double)NAN;
    return max - median >= median - min ? max : min;
}

static void name_worker(struct wt_skew *skew, const struct wt_cohort *cohort, size_t row) {
    skew->worker_id = cohort->rows[row]->id;
    skew->worker_pid = cohort->rows[row]->pid;
}

/* Names the first worker with this value in the field. */
static void find_worker(const struct wt_spread_source *source, size_t field,
                        struct wt_number number, struct wt_skew *skew) {
    for (size_t i = 0; i < source->cohort_count; i++) {
        const struct wt_cohort *cohort = &source->cohorts[i];
        size_t column = wt_spread_column(cohort, field);
        size_t row = column == WT_SPREAD_NO_COLUMN ? cohort->row_count
                                                   : wt_spread_find(source, cohort, column, number);
        if (row == cohort->row_count)
            continue;
        name_worker(skew, cohort, row);
        return;
    }
}

/* All have the same capacity, or none is known (1): the order is that of the busy values. */
static void skew_of_busy(const struct wt_spread_source *source, size_t field,
                         const struct wt_field_stats *busy, double capacity, struct wt_skew *skew) {
    double min = wt_number_to_double(busy->min), max = wt_number_to_double(busy->max);
    double median = wt_number_to_double(busy->p50);
    double far = furthest(min, median, max);
    skew->p50 = median / capacity;
    skew->p95 = wt_number_to_double(busy->p95) / capacity;
    skew->max = max / capacity;
    skew->worker = far / capacity;
    if (!isnan(far))
        find_worker(source, field, far == max ? busy->max : busy->min, skew);
}

static void find_ratio(const struct wt_spread_source *source, const struct wt_service *service,
                       struct wt_skew *skew) {
    for (size_t i = 0; i < source->cohort_count; i++) {
        const struct wt_cohort *cohort = &source->cohorts[i];
        size_t busy = wt_spread_column(cohort, (size_t)service->busy_field);
        size_t capacity = wt_spread_column(cohort, (size_t)service->capacity_field);
        for (size_t row = 0; busy != WT_SPREAD_NO_COLUMN && row < cohort->row_count; row++)
            if (wt_spread_counts(cohort, row) &&
                wt_spread_ratio(cohort, row, busy, capacity) == skew->worker) {
                name_worker(skew, cohort, row);
                return;
            }
    }
}

/* Each worker's own busy / capacity. */
static bool skew_of_ratios(const struct wt_spread_source *source, const struct wt_service *service,
                           struct wt_skew *skew, struct wt_spread_scratch *scratch) {
    uint64_t *keys = reserve(scratch, 2 * source->row_count);
    double min = (double)INFINITY, max = -(double)INFINITY;
    size_t count = 0;
    if (keys == NULL)
        return false;
    for (size_t i = 0; i < source->cohort_count; i++) {
        const struct wt_cohort *cohort = &source->cohorts[i];
        size_t busy = wt_spread_column(cohort, (size_t)service->busy_field);
        size_t capacity = wt_spread_column(cohort, (size_t)service->capacity_field);
        for (size_t row = 0; busy != WT_SPREAD_NO_COLUMN && row < cohort->row_count; row++) {
            double ratio = wt_spread_ratio(cohort, row, busy, capacity);
            if (isnan(ratio) || !(source->all_count || wt_spread_counts(cohort, row)))
                continue;
            min = ratio < min ? ratio : min;
            max = ratio > max ? ratio : max;
            keys[count++] = wt_spread_ordered(WT_SPREAD_FLIP_REAL, bits_of_double(ratio + 0.0)) ^
                            WT_SPREAD_TOP_BIT;
        }
    }
    if (count == 0)
        return true;
    memcpy(keys + count, keys, count * sizeof *keys);
    uint64_t low = wt_select(keys, count, wt_select_p50(count)) ^ WT_SPREAD_TOP_BIT;
    uint64_t high = wt_select(keys + count, count, wt_select_p95(count)) ^ WT_SPREAD_TOP_BIT;
    skew->p50 = wt_double_of_bits(wt_spread_ordered(WT_SPREAD_FLIP_REAL, low));
    skew->p95 = wt_double_of_bits(wt_spread_ordered(WT_SPREAD_FLIP_REAL, high));
    skew->max = max;
    skew->worker = furthest(min, skew->p50, max);
    if (!isnan(skew->worker))
        find_ratio(source, service, skew);
    return true;
}

/* Whether dividing by one number is the same for all: each worker with a busy field has it. */
static bool has_one_capacity(const struct wt_spread_source *source,
                             const struct wt_service *service) {
    const struct wt_field_stats *capacity = &service->fields[service->capacity_field];
    if (capacity->invalid_count > 0 || wt_number_compare(capacity->min, capacity->max) != 0)
        return false;
    for (size_t i = 0; i < source->cohort_count; i++)
        if (wt_spread_column(&source->cohorts[i], (size_t)service->busy_field) !=
                WT_SPREAD_NO_COLUMN &&
            wt_spread_column(&source->cohorts[i], (size_t)service->capacity_field) ==
                WT_SPREAD_NO_COLUMN)
            return false;
    return wt_number_to_double(capacity->min) > 0;
}

static bool fill_skew(const struct wt_spread_source *source, struct wt_service *service,
                      struct wt_spread_scratch *scratch) {
    struct wt_skew *skew = &service->skew;
    *skew = wt_skew_unknown();
    if (service->busy_field < 0)
        return true;
    size_t field = (size_t)service->busy_field;
    const struct wt_field_stats *busy = &service->fields[field];
    if (busy->p50.kind == WT_NUMBER_ABSENT)
        return true;
    skew->of_utilization = !isnan(service->utilization_ratio);
    if (skew->of_utilization && !has_one_capacity(source, service))
        return skew_of_ratios(source, service, skew, scratch);
    double capacity = 1;
    if (skew->of_utilization)
        capacity = wt_number_to_double(service->fields[service->capacity_field].min);
    skew_of_busy(source, field, busy, capacity, skew);
    return true;
}

bool wt_spread_fill(struct wt_service *services, size_t service_count,
                    const struct wt_cohort *cohorts, size_t cohort_count,
                    struct wt_spread_scratch *scratch) {
    bool ok = true;
    size_t at = 0;
    for (size_t i = 0; i < service_count; i++) {
        struct wt_spread_source source = {.cohorts = &cohorts[at]};
        for (; at < cohort_count && cohorts[at].service == i; at++) {
            source.cohort_count++;
            source.row_count += cohorts[at].schema != NULL ? cohorts[at].row_count : 0;
        }
        struct wt_service *service = &services[i];
        struct wt_field_stats *fields = (struct wt_field_stats *)service->fields;
        source.all_count = source.row_count == service->worker_count;
        ok = spread_fields(&source, fields, service->field_count, scratch) && ok;
        ok = fill_skew(&source, service, scratch) && ok;
    }
    return ok;
}
