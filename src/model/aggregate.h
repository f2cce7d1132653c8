/* aggregate.h - from the values of workers to the figures of a service.
 *
 *     rows of one cohort --wt_columns_add--> columns (one accumulator per field)
 *     columns of all cohorts of a service --wt_service_fill--> struct wt_service
 *     schemas of a service --wt_shape_create--> shape: the union of their fields by key
 *
 * Sums are exact (128 bits), min, max and mean are over the usable values; NaN, infinities and
 * wrapped negative gauges are left out and counted. Deltas of counters follow value.h: one that
 * fell was reset and counts its whole value, a u32 above 2^31 wrapped. The same key with an integer
 * and a floating type in two schemas gives a real sum.
 *
 * Pure functions: no clock, no files. Threads: none shared; a shape is reference counted and
 * immutable, and its count is atomic.
 */
#ifndef WT_MODEL_AGGREGATE_H
#define WT_MODEL_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"
#include "schema/schema.h"

__extension__ typedef unsigned __int128 wt_uint128;

/* One field over rows of one cohort. Integers are kept biased: bits ^ bias, so that signed and
 * unsigned values compare and add alike; wt_column_sum and its kin take the bias off again. */
struct wt_column {
    enum wt_type_class class_;
    bool counter;
    bool wraps;           /* a u32 counter */
    bool counts_positive; /* the busy field: `positive` is kept */
    uint64_t bias;        /* 2^63 for signed types, else 0 */
    uint64_t limit;       /* value.h; UINT64_MAX when there is none */

    uint64_t used;                                   /* rows whose value was usable */
    uint64_t invalid;                                /* rows whose value was left out */
    uint64_t positive;                               /* usable rows above 0 */
    uint64_t differing;                              /* rows that gave a delta */
    wt_uint128 sum;                                  /* biased */
    wt_uint128 delta;                                /* sum of the deltas */
    wt_int128 lost;                                  /* by resets: deltas less what sums moved */
    uint64_t min, max;                               /* biased; meaningless while used is 0 */
    double real_sum, real_delta, real_min, real_max; /* instead, when class_ is float */
    double real_lost;
};

/* Empties the accumulators of schema->field_count columns. */
void wt_columns_init(struct wt_column *columns, const struct wt_schema *schema);

/*
 * Adds `rows` consecutive rows of field_count words each. previous is the same rows one look ago,
 * or NULL: then they count in the totals, not in the deltas. Costs one pass over the values.
 */
void wt_columns_add(struct wt_column *columns, size_t field_count, const uint64_t *values,
                    const uint64_t *previous, size_t rows);

enum { WT_TAKE_AHEAD = 16 }; /* rows that are prefetched before they are needed */

/* Rows that others write while they are read, each a run of aligned words in its own segment. */
struct wt_take {
    const unsigned char *base; /* of the first field in segment 0 */
    const uint32_t *segments;  /* by row: all of them valid */
    size_t segment_bytes;
    size_t rows;
    size_t rows_ahead;        /* how many entries `segments` has from here on: for prefetching */
    const uint64_t *previous; /* the rows one look ago */
    uint64_t *values;         /* where they are copied to */
    size_t stride;            /* words of a row in previous and values */
    uint8_t *still;           /* by row: 1, set to 0 when a counter moved */
};

/* Copies the rows, each word in one piece and once, and adds the copies: wt_columns_add in the same
 * pass. */
void wt_columns_take(struct wt_column *columns, size_t field_count, const struct wt_take *take);

/* wt_columns_add by plain loops, whatever the processor can do: for tests. */
void wt_columns_add_plainly(struct wt_column *columns, size_t field_count, const uint64_t *values,
                            const uint64_t *previous, size_t rows);

/* Absent when no row was usable. */
struct wt_number wt_column_sum(const struct wt_column *column);
struct wt_number wt_column_min(const struct wt_column *column);
struct wt_number wt_column_max(const struct wt_column *column);

/* How far the counter moved over all rows that could be compared; absent without any. */
struct wt_number wt_column_delta(const struct wt_column *column);

/* What counters that fell had counted and do not show any more (wt_value_lost), over all rows that
 * could be compared. */
struct wt_number wt_column_lost(const struct wt_column *column);

/* The union of the fields of a service's schemas, by key, in order of appearance. What the first
 * schema says about a key (kind, unit ...) holds. */
struct wt_shape {
    _Alignas(struct wt_field_stats) uint32_t references; /* atomic; fields follow the struct */
    size_t field_count;
    struct wt_field_stats *fields; /* the words of each field; all figures empty */
    int busy_field, capacity_field, queue_field, errors_field, requests_field; /* -1 without */
    size_t schema_count;
    struct wt_shape_schema *schemas;
};

/* Where each field of one schema is in the shape's fields. */
struct wt_shape_schema {
    uint32_t field_count;
    uint32_t *field_map;
};

/* Texts are copied. No schemas give a shape without fields. WT_ENOMEM. */
wt_status wt_shape_create(struct wt_shape **out, const struct wt_schema *const *schemas,
                          size_t schema_count, struct wt_error *err);
struct wt_shape *wt_shape_ref(const struct wt_shape *shape);
void wt_shape_unref(const struct wt_shape *shape); /* NULL is fine */

/*
 * Fills the numbers of a service: fields (room for shape->field_count, borrowed by the service and
 * its texts by the shape), the special fields, busy_worker_count and utilization. columns[i] are
 * those of the shape's schema i. tick_ns is the time between the two looks: 0 when there was only
 * one, and all rates are unknown. worker_count must be set; nothing else of *service is touched.
 */
void wt_service_fill(struct wt_service *service, struct wt_field_stats *fields,
                     const struct wt_shape *shape, const struct wt_column *const *columns,
                     int64_t tick_ns);

#endif /* WT_MODEL_AGGREGATE_H */
