/* value.h - what the raw 64 bits of one value mean (see "bits" in schema.h).
 *
 * The few rules that sums, rates and single rows share, so that they cannot disagree.
 */
#ifndef WT_MODEL_VALUE_H
#define WT_MODEL_VALUE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "schema/codec.h"
#include "schema/schema.h"

/* The largest bits of an unsigned gauge that are believed: above it, a decrement went below zero
 * and wrapped. UINT64_MAX where the rule does not apply. */
static inline uint64_t wt_value_limit(const struct wt_field *field) {
    if (field->kind != WT_KIND_GAUGE || wt_type_class(field->type) != WT_CLASS_UNSIGNED)
        return UINT64_MAX;
    return UINT64_MAX >> (64 - 8 * wt_type_bytes(field->type) + 1);
}

/* Whether a value is left out of sums: NaN, infinite, or a wrapped negative gauge. */
static inline bool wt_value_is_invalid(const struct wt_field *field, uint64_t bits) {
    if (wt_type_class(field->type) == WT_CLASS_FLOAT)
        return !isfinite(wt_double_of_bits(bits));
    return bits > wt_value_limit(field);
}

/* Absent when invalid. */
static inline struct wt_number wt_value_number(const struct wt_field *field, uint64_t bits) {
    if (wt_value_is_invalid(field, bits))
        return wt_number_absent();
    switch (wt_type_class(field->type)) {
    case WT_CLASS_FLOAT:
        return wt_number_real(wt_double_of_bits(bits));
    case WT_CLASS_SIGNED:
        return wt_number_integer((int64_t)bits);
    case WT_CLASS_UNSIGNED:
        break;
    }
    return wt_number_integer((wt_int128)bits);
}

/* Whether the value is a number above 0. */
static inline bool wt_value_is_positive(const struct wt_field *field, uint64_t bits) {
    if (wt_value_is_invalid(field, bits))
        return false;
    if (wt_type_class(field->type) == WT_CLASS_FLOAT)
        return wt_double_of_bits(bits) > 0;
    return wt_type_class(field->type) == WT_CLASS_SIGNED ? (int64_t)bits > 0 : bits != 0;
}

/*
 * How far a counter moved. One that fell was reset and counts its whole value, except a u32 that
 * was above 2^31: that one wrapped. Never negative; absent when either value is invalid.
 */
static inline struct wt_number wt_value_delta(const struct wt_field *field, uint64_t previous,
                                              uint64_t current) {
    if (wt_value_is_invalid(field, previous) || wt_value_is_invalid(field, current))
        return wt_number_absent();
    if (wt_type_class(field->type) == WT_CLASS_FLOAT) {
        double before = wt_double_of_bits(previous), after = wt_double_of_bits(current);
        double delta = after >= before ? after - before : after;
        return wt_number_real(delta < 0 ? 0 : delta);
    }
    if (wt_type_class(field->type) == WT_CLASS_SIGNED) {
        wt_int128 before = (int64_t)previous, after = (int64_t)current;
        wt_int128 delta = after >= before ? after - before : after;
        return wt_number_integer(delta < 0 ? 0 : delta);
    }
    if (current >= previous)
        return wt_number_integer((wt_int128)(current - previous));
    if (wt_type_bytes(field->type) == 4 && previous > UINT32_C(1) << 31)
        return wt_number_integer((wt_int128)(current + (UINT64_C(1) << 32) - previous));
    return wt_number_integer((wt_int128)current);
}

/*
 * What a counter had counted and does not show any more: `previous` and what it moved by since,
 * less `current`. Absent when it did not fall, and when either value is invalid. So current + all
 * that was ever lost never falls.
 */
static inline struct wt_number wt_value_lost(const struct wt_field *field, uint64_t previous,
                                             uint64_t current) {
    struct wt_number moved = wt_value_delta(field, previous, current);
    if (moved.kind == WT_NUMBER_ABSENT)
        return moved;
    struct wt_number before = wt_value_number(field, previous);
    struct wt_number after = wt_value_number(field, current);
    if (wt_number_compare(after, before) >= 0)
        return wt_number_absent();
    if (moved.kind == WT_NUMBER_INTEGER)
        return wt_number_integer(before.integer + moved.integer - after.integer);
    return wt_number_real(moved.real > 0 ? before.real : before.real - after.real);
}

#endif /* WT_MODEL_VALUE_H */
