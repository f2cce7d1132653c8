/* number.h - a number that is absent, exact, or real.
 *
 * Sums of 64-bit counters are exact in 128 bits; real numbers are
 * doubles; absent is not zero.
 */
#ifndef WT_BASE_NUMBER_H
#define WT_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 wt_int128;

enum wt_number_kind { WT_NUMBER_ABSENT, WT_NUMBER_INTEGER, WT_NUMBER_REAL };

struct wt_number { /* in this order without a gap */
    enum wt_number_kind kind;
    double real;       /* valid when kind is WT_NUMBER_REAL; always finite */
    wt_int128 integer; /* valid when kind is WT_NUMBER_INTEGER */
};

enum { WT_NUMBER_TEXT_SIZE = 48 };

static inline struct wt_number wt_number_absent(void) {
    return (struct wt_number){.kind = WT_NUMBER_ABSENT};
}

static inline struct wt_number wt_number_integer(wt_int128 value) {
    return (struct wt_number){.kind = WT_NUMBER_INTEGER, .integer = value};
}

/* Absent when value is not finite. */
struct wt_number wt_number_real(double value);

/* As a double, NAN when absent. Integers above 2^53 lose digits: for drawing only. */
double wt_number_to_double(struct wt_number number);

/* Adds; absent + x is x; an integer and a real give a real. */
struct wt_number wt_number_add(struct wt_number a, struct wt_number b);

/* -1, 0, 1; absent sorts below everything. */
int wt_number_compare(struct wt_number a, struct wt_number b);

/*
 * Writes the number as a JSON number token: integers in full, reals with the fewest digits that
 * read back the same, absent as `null`. Returns the length. out holds WT_NUMBER_TEXT_SIZE bytes.
 */
size_t wt_number_text(struct wt_number number, char out[static WT_NUMBER_TEXT_SIZE]);

/* The inverse: digits in full, 128-bit integers included. False, and absent, for anything else. */
bool wt_number_parse(const char *text, size_t length, struct wt_number *out);

#endif /* WT_BASE_NUMBER_H */
