#include "model/range.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number of JSON's grammar without an exponent; ".5" is 0.5 as on the command line elsewhere. */
static bool read_end(const char *text, size_t length, struct wt_number *out) {
    char copy[WT_NUMBER_TEXT_SIZE + 2];
    size_t sign = length > 0 && text[0] == '-' ? 1 : 0;
    bool is_bare = length > sign + 1 && text[sign] == '.';
    if (length <= sign || length > WT_NUMBER_TEXT_SIZE ||
        strspn(text + sign, "0123456789.") < length - sign)
        return false;
    memcpy(copy, text, sign);
    copy[sign] = '0';
    memcpy(copy + sign + is_bare, text + sign, length - sign);
    return wt_number_parse(copy, length + is_bare, out) && out->kind != WT_NUMBER_ABSENT;
}

static wt_status no_range(const char *text, struct wt_error *err) {
    return wt_fail(err, WT_EINVAL,
                   "%s: must be a range [@][LOW:][HIGH], like 10, 5:, ~:10, 5:10 or @5:10", text);
}

wt_status wt_range_parse(const char *text, struct wt_range *out, struct wt_error *err) {
    struct wt_range range = {.is_inside = text[0] == '@'};
    const char *low = range.is_inside ? text + 1 : text;
    const char *colon = strchr(low, ':');
    const char *high = colon != NULL ? colon + 1 : low;
    range.low = wt_number_integer(0);
    if (colon != NULL && colon - low == 1 && low[0] == '~')
        range.low = wt_number_absent();
    else if (colon != NULL && !read_end(low, (size_t)(colon - low), &range.low))
        return no_range(text, err);
    bool is_open = colon != NULL && high[0] == '\0';
    if (!is_open && !read_end(high, strlen(high), &range.high))
        return no_range(text, err);
    if (range.high.kind != WT_NUMBER_ABSENT && wt_number_compare(range.low, range.high) > 0) {
        if (colon == NULL)
            return wt_fail(err, WT_ERANGE, "%s: is 0:%s, and 0 is above it; write ~:%s", text, high,
                           high);
        return wt_fail(err, WT_ERANGE, "%s: its first end must not be above its second", text);
    }
    *out = range;
    return WT_OK;
}

/* Absent ends are infinite; wt_number_compare puts absent below everything, which fits the low. */
bool wt_range_contains(const struct wt_range *range, struct wt_number value) {
    return value.kind != WT_NUMBER_ABSENT && wt_number_compare(range->low, value) <= 0 &&
           (range->high.kind == WT_NUMBER_ABSENT || wt_number_compare(value, range->high) <= 0);
}

bool wt_range_alerts(const struct wt_range *range, struct wt_number value) {
    return value.kind != WT_NUMBER_ABSENT && wt_range_contains(range, value) == range->is_inside;
}

void wt_range_number(struct wt_number number, struct wt_buffer *out) {
    enum { PLACES_MAX = 9 };
    char text[512];
    switch (number.kind) {
    case WT_NUMBER_ABSENT:
        break;
    case WT_NUMBER_INTEGER:
        wt_number_text(number, text);
        wt_buffer_append_text(out, text);
        break;
    case WT_NUMBER_REAL:
        for (int places = 0; places <= PLACES_MAX; places++) {
            snprintf(text, sizeof text, "%.*f", places, number.real);
            if (strtod(text, NULL) == number.real)
                break;
        }
        wt_buffer_append_text(out, strcmp(text, "-0") == 0 ? "0" : text);
        break;
    }
}

void wt_range_text(const struct wt_range *range, struct wt_buffer *out) {
    bool from_zero = range->low.kind == WT_NUMBER_INTEGER && range->low.integer == 0;
    if (range->is_inside)
        wt_buffer_append_char(out, '@');
    if (range->low.kind == WT_NUMBER_ABSENT) {
        wt_buffer_append_text(out, "~:");
    } else if (!from_zero || range->high.kind == WT_NUMBER_ABSENT) {
        wt_range_number(range->low, out);
        wt_buffer_append_char(out, ':');
    }
    wt_range_number(range->high, out);
}

void wt_range_reason(const struct wt_range *range, struct wt_number value, struct wt_buffer *out) {
    bool has_low = range->low.kind != WT_NUMBER_ABSENT;
    bool has_high = range->high.kind != WT_NUMBER_ABSENT;
    bool names_low = has_low;
    if (!range->is_inside) {
        names_low = wt_number_compare(value, range->low) < 0;
        wt_buffer_append_text(out, names_low ? "below " : "above ");
    } else if (has_low && has_high) {
        wt_buffer_append_text(out, "within ");
        wt_range_number(range->low, out);
        wt_buffer_append_text(out, " to ");
        names_low = false;
    } else if (has_low || has_high) {
        wt_buffer_append_text(out, has_low ? "at or above " : "at or below ");
    } else {
        wt_buffer_append_text(out, "a number");
    }
    wt_range_number(names_low ? range->low : range->high, out);
}
