#include "base/number.h"

#include <errno.h>
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

/* 2^127 as a double: the first value that no longer fits into wt_int128. */
static const double INT128_END = 170141183460469231731687303715884105728.0;
static const wt_int128 INT128_MAX = (wt_int128)(((uint128)1 << 127) - 1);

struct wt_number wt_number_real(double value) {
    if (!isfinite(value))
        return wt_number_absent();
    return (struct wt_number){.kind = WT_NUMBER_REAL, .real = value};
}

double wt_number_to_double(struct wt_number number) {
    switch (number.kind) {
    case WT_NUMBER_ABSENT:
        return NAN;
    case WT_NUMBER_INTEGER:
        return (double)number.integer;
    case WT_NUMBER_REAL:
        return number.real;
    }
    return NAN;
}

struct wt_number wt_number_add(struct wt_number a, struct wt_number b) {
    if (a.kind == WT_NUMBER_ABSENT)
        return b;
    if (b.kind == WT_NUMBER_ABSENT)
        return a;
    wt_int128 sum;
    if (a.kind == WT_NUMBER_INTEGER && b.kind == WT_NUMBER_INTEGER &&
        !__builtin_add_overflow(a.integer, b.integer, &sum))
        return wt_number_integer(sum);
    return wt_number_real(wt_number_to_double(a) + wt_number_to_double(b));
}

static int compare_integers(wt_int128 a, wt_int128 b) {
    return a < b ? -1 : a > b;
}

/* Exact: an integer above 2^53 is never rounded to compare it with a real. */
static int compare_integer_to_real(wt_int128 integer, double real) {
    if (real >= INT128_END)
        return -1;
    if (real < -INT128_END)
        return 1;
    wt_int128 whole = (wt_int128)real; /* towards zero */
    int order = compare_integers(integer, whole);
    if (order != 0)
        return order;
    double rest = real - (double)whole;
    return rest > 0 ? -1 : rest < 0;
}

int wt_number_compare(struct wt_number a, struct wt_number b) {
    if (a.kind == WT_NUMBER_ABSENT || b.kind == WT_NUMBER_ABSENT)
        return (a.kind != WT_NUMBER_ABSENT) - (b.kind != WT_NUMBER_ABSENT);
    if (a.kind == WT_NUMBER_INTEGER && b.kind == WT_NUMBER_INTEGER)
        return compare_integers(a.integer, b.integer);
    if (a.kind == WT_NUMBER_INTEGER)
        return compare_integer_to_real(a.integer, b.real);
    if (b.kind == WT_NUMBER_INTEGER)
        return -compare_integer_to_real(b.integer, a.real);
    return a.real < b.real ? -1 : a.real > b.real;
}

static size_t integer_text(wt_int128 value, char *out) {
    char digits[40];
    size_t count = 0, length = 0;
    uint128 rest = value < 0 ? (uint128)0 - (uint128)value : (uint128)value;
    for (; rest > UINT64_MAX; rest /= 10) /* slow, and rare */
        digits[count++] = (char)('0' + (int)(rest % 10));
    uint64_t low = (uint64_t)rest;
    do {
        digits[count++] = (char)('0' + (int)(low % 10));
        low /= 10;
    } while (low > 0);
    if (value < 0)
        out[length++] = '-';
    while (count > 0)
        out[length++] = digits[--count];
    out[length] = '\0';
    return length;
}

/* printf and strtod obey LC_NUMERIC; a number token must not. */
static size_t replace_radix(char *text, size_t length) {
    const char *radix = nl_langinfo(RADIXCHAR);
    size_t radix_length = strlen(radix);
    if (radix_length == 0 || strcmp(radix, ".") == 0)
        return length;
    char *at = strstr(text, radix);
    if (at == NULL)
        return length;
    *at = '.';
    memmove(at + 1, at + radix_length, strlen(at + radix_length) + 1);
    return length - radix_length + 1;
}

static size_t real_text(double value, char *out) {
    size_t length = 0;
    if (fabs(value) < 1e15 && value == rint(value) && !signbit(value)) {
        length = integer_text((wt_int128)value, out);
        memcpy(out + length, ".0", 3);
        return length + 2;
    }
    for (int digits = 15; digits <= 17; digits++) {
        length = (size_t)snprintf(out, WT_NUMBER_TEXT_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    length = replace_radix(out, length);
    if (strpbrk(out, ".e") == NULL) { /* a real stays a real when it is read back */
        memcpy(out + length, ".0", 3);
        length += 2;
    }
    return length;
}

size_t wt_number_text(struct wt_number number, char out[static WT_NUMBER_TEXT_SIZE]) {
    switch (number.kind) {
    case WT_NUMBER_ABSENT:
        break;
    case WT_NUMBER_INTEGER:
        return integer_text(number.integer, out);
    case WT_NUMBER_REAL:
        return real_text(number.real, out);
    }
    memcpy(out, "null", 5);
    return 4;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t skip_digits(const char *text, size_t length, size_t at) {
    while (at < length && is_digit(text[at]))
        at++;
    return at;
}

/* Checks JSON's grammar of a number; *whole says that it has neither fraction nor exponent. */
static bool is_number_token(const char *text, size_t length, bool *whole) {
    size_t at = length > 0 && text[0] == '-';
    size_t digits = at;
    at = skip_digits(text, length, at);
    if (at == digits || (text[digits] == '0' && at - digits > 1))
        return false;
    *whole = at == length;
    if (at < length && text[at] == '.') {
        size_t fraction = at + 1;
        at = skip_digits(text, length, fraction);
        if (at == fraction)
            return false;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < length && (text[at] == '+' || text[at] == '-'))
            at++;
        size_t exponent = at;
        at = skip_digits(text, length, exponent);
        if (at == exponent)
            return false;
    }
    return at == length;
}

static bool parse_integer(const char *text, size_t length, wt_int128 *out) {
    bool negative = text[0] == '-';
    uint128 value = 0, limit = (uint128)INT128_MAX + negative;
    for (size_t i = negative; i < length; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = (wt_int128)(negative ? (uint128)0 - value : value);
    return true;
}

static bool parse_real(const char *text, size_t length, double *out) {
    char stack[128];
    const char *radix = nl_langinfo(RADIXCHAR);
    const char *point = memchr(text, '.', length);
    size_t head = point != NULL ? (size_t)(point - text) : length;
    size_t size = length + strlen(radix) + 1;
    char *copy = size <= sizeof stack ? stack : malloc(size);
    if (copy == NULL)
        return false;
    snprintf(copy, size, "%.*s%s%.*s", (int)head, text, point != NULL ? radix : "",
             point != NULL ? (int)(length - head - 1) : 0, point != NULL ? point + 1 : "");
    *out = strtod(copy, NULL);
    if (copy != stack)
        free(copy);
    return isfinite(*out);
}

bool wt_number_parse(const char *text, size_t length, struct wt_number *out) {
    enum { TOKEN_BYTES_MAX = 4096 };
    *out = wt_number_absent();
    if (length == 4 && memcmp(text, "null", 4) == 0)
        return true;
    bool whole = false;
    if (length > TOKEN_BYTES_MAX || !is_number_token(text, length, &whole))
        return false;
    if (whole) {
        wt_int128 integer;
        if (!parse_integer(text, length, &integer))
            return false;
        *out = wt_number_integer(integer);
        return true;
    }
    double real;
    if (!parse_real(text, length, &real))
        return false;
    *out = wt_number_real(real);
    return true;
}
