/* aggregate_wide.h - the inner loop of wt_columns_add, four integer fields at a time.
 *
 * For aggregate.c only. The results are those of the plain loops, bit for bit (unit.aggregate runs
 * both against the slow truth).
 */
#ifndef WT_MODEL_AGGREGATE_WIDE_H
#define WT_MODEL_AGGREGATE_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/aggregate.h"

enum { WT_WIDE_LANES = 4 };

/* Whether this processor can. */
bool wt_columns_wide_available(void);

typedef void wt_plain_row(struct wt_column *columns, size_t lanes, const uint64_t *values,
                          const uint64_t *previous);

/*
 * Adds rows to `lanes` (1 .. 4) neighbouring columns, which are integers, counters among them
 * unsigned. values and previous (or NULL) point to the first of these fields in the first row;
 * stride is the words of a row. Rows that need a closer look (a reset, a wrapped gauge, a value
 * above 2^63, a counter that moved by 2^32 or more) are handed to `plain`, one at a time.
 */
void wt_columns_add_wide(struct wt_column *columns, size_t lanes, const uint64_t *values,
                         const uint64_t *previous, size_t rows, size_t stride, wt_plain_row *plain);

/* The same for rows that are copied on the way; base, previous and values of *take point to the
 * first of these fields. */
void wt_columns_take_wide(struct wt_column *columns, size_t lanes, const struct wt_take *take,
                          wt_plain_row *plain);

#endif /* WT_MODEL_AGGREGATE_WIDE_H */
