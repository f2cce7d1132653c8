#include "model/aggregate.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "model/aggregate_wide.h"
#include "model/value.h"

enum { SIGN_SHIFT = 63 };

void wt_columns_init(struct wt_column *columns, const struct wt_schema *schema) {
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        enum wt_type_class class_ = wt_type_class(field->type);
        bool counter = field->kind == WT_KIND_COUNTER;
        columns[i] = (struct wt_column){
            .class_ = class_,
            .counter = counter,
            .wraps = counter && class_ == WT_CLASS_UNSIGNED && wt_type_bytes(field->type) == 4,
            .counts_positive = field->role == WT_ROLE_BUSY,
            .bias = class_ == WT_CLASS_SIGNED ? UINT64_C(1) << SIGN_SHIFT : 0,
            .limit = wt_value_limit(field),
            .min = UINT64_MAX,
            .real_min = INFINITY,
            .real_max = -INFINITY,
        };
    }
}

/* What a counter that fell, or moved by more than anybody expects, adds. Biased values. */
static uint64_t unusual_delta(struct wt_column *column, uint64_t before, uint64_t after) {
    if (after >= before)
        return after - before;
    /* A reset: the whole value, none when it is negative. */
    uint64_t delta = after >= column->bias ? after - column->bias : 0;
    if (column->wraps && before > UINT64_C(1) << 31)
        delta = after + (UINT64_C(1) << 32) - before;
    column->lost += (wt_int128)delta + (before - after);
    return delta;
}

static void add_unsigned_counter(struct wt_column *column, const uint64_t *values,
                                 const uint64_t *previous, size_t rows, size_t stride) {
    wt_uint128 sum = 0, delta = 0;
    uint64_t min = column->min, max = column->max;
    for (size_t i = 0; i < rows; i++) {
        uint64_t value = values[i * stride];
        sum += value;
        min = value < min ? value : min;
        max = value > max ? value : max;
        if (previous == NULL)
            continue;
        uint64_t before = previous[i * stride];
        delta += __builtin_expect(value >= before, 1) ? value - before
                                                      : unusual_delta(column, before, value);
    }
    column->sum += sum;
    column->delta += delta;
    column->min = min;
    column->max = max;
    column->used += rows;
    column->differing += previous != NULL ? rows : 0;
}

static void add_gauge(struct wt_column *column, const uint64_t *values, size_t rows,
                      size_t stride) {
    wt_uint128 sum = 0;
    uint64_t min = column->min, max = column->max, bias = column->bias, limit = column->limit;
    size_t used = 0;
    for (size_t i = 0; i < rows; i++) {
        uint64_t value = values[i * stride];
        if (__builtin_expect(value > limit, 0))
            continue;
        value ^= bias;
        sum += value;
        min = value < min ? value : min;
        max = value > max ? value : max;
        used++;
    }
    column->sum += sum;
    column->min = min;
    column->max = max;
    column->used += used;
    column->invalid += rows - used;
}

static void add_signed_deltas(struct wt_column *column, const uint64_t *values,
                              const uint64_t *previous, size_t rows, size_t stride) {
    for (size_t i = 0; i < rows; i++)
        column->delta += unusual_delta(column, previous[i * stride] ^ column->bias,
                                       values[i * stride] ^ column->bias);
    column->differing += rows;
}

static void add_reals(struct wt_column *column, const uint64_t *values, const uint64_t *previous,
                      size_t rows, size_t stride) {
    for (size_t i = 0; i < rows; i++) {
        double value = wt_double_of_bits(values[i * stride]);
        if (!isfinite(value)) {
            column->invalid++;
            continue;
        }
        column->used++;
        column->real_sum += value;
        column->real_min = value < column->real_min ? value : column->real_min;
        column->real_max = value > column->real_max ? value : column->real_max;
        double before = previous == NULL ? (double)NAN : wt_double_of_bits(previous[i * stride]);
        if (!column->counter || !isfinite(before))
            continue;
        double delta = value >= before ? value - before : value;
        column->real_delta += delta > 0 ? delta : 0;
        if (value < before)
            column->real_lost += value > 0 ? before : before - value;
        column->differing++;
    }
}

static void count_positive(struct wt_column *column, const uint64_t *values, size_t rows,
                           size_t stride) {
    for (size_t i = 0; i < rows; i++) {
        uint64_t bits = values[i * stride];
        if (column->class_ == WT_CLASS_FLOAT)
            column->positive += isfinite(wt_double_of_bits(bits)) && wt_double_of_bits(bits) > 0;
        else
            column->positive += bits <= column->limit && (bits ^ column->bias) > column->bias;
    }
}

static void add_column(struct wt_column *column, const uint64_t *values, const uint64_t *previous,
                       size_t rows, size_t stride) {
    if (column->class_ == WT_CLASS_FLOAT) {
        add_reals(column, values, previous, rows, stride);
    } else if (column->counter && column->class_ == WT_CLASS_UNSIGNED) {
        add_unsigned_counter(column, values, previous, rows, stride);
    } else {
        add_gauge(column, values, rows, stride);
        if (column->counter && previous != NULL)
            add_signed_deltas(column, values, previous, rows, stride);
    }
    if (column->counts_positive)
        count_positive(column, values, rows, stride);
}

/* One row of a few neighbouring columns, by the plain loops. */
static void add_plain_row(struct wt_column *columns, size_t lanes, const uint64_t *values,
                          const uint64_t *previous) {
    for (size_t i = 0; i < lanes; i++)
        add_column(&columns[i], values + i, previous == NULL ? NULL : previous + i, 1, 1);
}

static bool suits_wide(const struct wt_column *columns, size_t lanes) {
    for (size_t i = 0; i < lanes; i++)
        if (columns[i].class_ == WT_CLASS_FLOAT ||
            (columns[i].counter && columns[i].class_ != WT_CLASS_UNSIGNED))
            return false;
    return true;
}

void wt_columns_add_plainly(struct wt_column *columns, size_t field_count, const uint64_t *values,
                            const uint64_t *previous, size_t rows) {
    for (size_t i = 0; i < field_count; i++)
        add_column(&columns[i], values + i, previous == NULL ? NULL : previous + i, rows,
                   field_count);
}

void wt_columns_add(struct wt_column *columns, size_t field_count, const uint64_t *values,
                    const uint64_t *previous, size_t rows) {
    if (!wt_columns_wide_available()) {
        wt_columns_add_plainly(columns, field_count, values, previous, rows);
        return;
    }
    for (size_t i = 0; i < field_count; i += WT_WIDE_LANES) {
        size_t left = field_count - i, lanes = left < WT_WIDE_LANES ? left : WT_WIDE_LANES;
        const uint64_t *now = values + i, *before = previous == NULL ? NULL : previous + i;
        if (suits_wide(&columns[i], lanes)) {
            wt_columns_add_wide(&columns[i], lanes, now, before, rows, field_count, add_plain_row);
            continue;
        }
        for (size_t lane = 0; lane < lanes; lane++)
            add_column(&columns[i + lane], now + lane, before == NULL ? NULL : before + lane, rows,
                       field_count);
    }
}

/* A few neighbouring columns by plain loops. */
static void take_plainly(struct wt_column *columns, size_t lanes, const struct wt_take *take) {
    for (size_t row = 0; row < take->rows; row++) {
        const unsigned char *at = take->base + (size_t)take->segments[row] * take->segment_bytes;
        const uint64_t *words = (const uint64_t *)(const void *)at;
        uint64_t *values = take->values + row * take->stride;
        const uint64_t *previous = take->previous + row * take->stride;
        for (size_t i = 0; i < lanes; i++) {
            values[i] = __atomic_load_n(&words[i], __ATOMIC_RELAXED);
            take->still[row] &= !columns[i].counter || values[i] == previous[i];
        }
    }
    for (size_t i = 0; i < lanes; i++)
        add_column(&columns[i], take->values + i, take->previous + i, take->rows, take->stride);
}

void wt_columns_take(struct wt_column *columns, size_t field_count, const struct wt_take *take) {
    bool wide = wt_columns_wide_available();
    struct wt_take part = *take;
    for (size_t i = 0; i < field_count; i += WT_WIDE_LANES) {
        size_t left = field_count - i, lanes = left < WT_WIDE_LANES ? left : WT_WIDE_LANES;
        if (wide && suits_wide(&columns[i], lanes))
            wt_columns_take_wide(&columns[i], lanes, &part, add_plain_row);
        else
            take_plainly(&columns[i], lanes, &part);
        part.base += lanes * sizeof(uint64_t);
        part.previous += lanes;
        part.values += lanes;
    }
}

struct wt_number wt_column_sum(const struct wt_column *column) {
    if (column->used == 0)
        return wt_number_absent();
    if (column->class_ == WT_CLASS_FLOAT)
        return wt_number_real(column->real_sum);
    return wt_number_integer((wt_int128)column->sum - (wt_int128)column->used * column->bias);
}

static struct wt_number unbiased(const struct wt_column *column, uint64_t biased) {
    if (column->used == 0)
        return wt_number_absent();
    return wt_number_integer((wt_int128)biased - (wt_int128)column->bias);
}

struct wt_number wt_column_min(const struct wt_column *column) {
    if (column->class_ == WT_CLASS_FLOAT)
        return wt_number_real(column->real_min); /* absent while it is still infinite */
    return unbiased(column, column->min);
}

struct wt_number wt_column_max(const struct wt_column *column) {
    if (column->class_ == WT_CLASS_FLOAT)
        return wt_number_real(column->real_max);
    return unbiased(column, column->max);
}

struct wt_number wt_column_delta(const struct wt_column *column) {
    if (column->differing == 0)
        return wt_number_absent();
    if (column->class_ == WT_CLASS_FLOAT)
        return wt_number_real(column->real_delta);
    return wt_number_integer((wt_int128)column->delta);
}

struct wt_number wt_column_lost(const struct wt_column *column) {
    if (column->class_ == WT_CLASS_FLOAT)
        return wt_number_real(column->real_lost);
    return wt_number_integer(column->lost);
}

/* Adds one cohort's column to the service's field. rate_per_s gathers what the counters moved. A
 * sum of usable values that is absent passed what a double holds: then there is no sum of all
 * either. */
static void merge_column(struct wt_field_stats *stats, const struct wt_column *column) {
    struct wt_number sum = wt_column_sum(column);
    bool passed = (stats->worker_count > 0 && stats->sum.kind == WT_NUMBER_ABSENT) ||
                  (column->used > 0 && sum.kind == WT_NUMBER_ABSENT);
    stats->sum = passed ? wt_number_absent() : wt_number_add(stats->sum, sum);
    stats->worker_count += (uint32_t)column->used;
    stats->invalid_count += (uint32_t)column->invalid;
    struct wt_number min = wt_column_min(column), max = wt_column_max(column);
    if (min.kind != WT_NUMBER_ABSENT &&
        (stats->min.kind == WT_NUMBER_ABSENT || wt_number_compare(min, stats->min) < 0))
        stats->min = min;
    if (wt_number_compare(max, stats->max) > 0)
        stats->max = max;
    double moved = column->counter ? wt_number_to_double(wt_column_delta(column)) : (double)NAN;
    if (!isnan(moved))
        stats->rate_per_s = isnan(stats->rate_per_s) ? moved : stats->rate_per_s + moved;
}

/* busy / capacity, only where each worker whose busy value counts has a capacity, too. */
static double utilization(const struct wt_service *service) {
    if (service->busy_field < 0 || service->capacity_field < 0)
        return NAN;
    const struct wt_field_stats *busy = &service->fields[service->busy_field];
    const struct wt_field_stats *capacity = &service->fields[service->capacity_field];
    double slots = wt_number_to_double(capacity->sum), used = wt_number_to_double(busy->sum);
    if (capacity->worker_count < busy->worker_count || !(slots > 0) || !(used >= 0))
        return NAN; /* fewer than none are busy: a signed gauge went below zero */
    return used / slots;
}

void wt_service_fill(struct wt_service *service, struct wt_field_stats *fields,
                     const struct wt_shape *shape, const struct wt_column *const *columns,
                     int64_t tick_ns) {
    double seconds = (double)tick_ns / (double)WT_NS_PER_S;
    uint64_t busy = 0;
    if (shape->field_count > 0)
        memcpy(fields, shape->fields, shape->field_count * sizeof *fields);
    for (size_t s = 0; s < shape->schema_count; s++)
        for (size_t i = 0; i < shape->schemas[s].field_count; i++) {
            uint32_t at = shape->schemas[s].field_map[i];
            merge_column(&fields[at], &columns[s][i]);
            if ((int)at == shape->busy_field)
                busy += columns[s][i].positive;
        }
    for (size_t i = 0; i < shape->field_count; i++) {
        fields[i].mean = wt_number_to_double(fields[i].sum) / (double)fields[i].worker_count;
        fields[i].rate_per_s = tick_ns > 0 ? fields[i].rate_per_s / seconds : (double)NAN;
    }
    service->fields = fields;
    service->field_count = shape->field_count;
    service->busy_worker_count = (uint32_t)busy;
    service->busy_field = shape->busy_field;
    service->capacity_field = shape->capacity_field;
    service->queue_field = shape->queue_field;
    service->errors_field = shape->errors_field;
    service->requests_field = shape->requests_field;
    service->utilization_ratio = utilization(service);
}
