#include "base/utf8.h"

#include <string.h>

#include "base/utf8_tables.h"

#define SUBSTITUTE "\xc2\xb7"   /* U+00B7 MIDDLE DOT */
#define ELLIPSIS "\xe2\x80\xa6" /* U+2026 HORIZONTAL ELLIPSIS */

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > ranges[middle].last)
            low = middle + 1;
        else if (code < ranges[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}

#define IN(ranges, code) in_ranges(ranges, sizeof(ranges) / sizeof *(ranges), code)

size_t wt_utf8_decode(const char *text, size_t length, uint32_t *code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    *code = UINT32_MAX;
    if (length == 0)
        return 0;
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] < 0x80) {
        *code = at[0];
        return 1;
    }
    size_t bytes = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || length < bytes)
        return 1;
    uint32_t value = at[0] & (0x7fU >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (at[i] & 0x3fU);
    }
    if (value < least[bytes] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 1;
    *code = value;
    return bytes;
}

size_t wt_utf8_encode(uint32_t code, char out[static 4]) {
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        code = 0xfffd;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = bytes; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00U >> bytes) | code);
    return bytes;
}

int wt_utf8_width(uint32_t code) {
    if (code < 0x300)
        return 1;
    if (code > 0x10ffff)
        return 1;
    if (IN(zero_ranges, code))
        return 0;
    return IN(wide_ranges, code) ? 2 : 1;
}

bool wt_utf8_is_harmless(uint32_t code) {
    if (code < 0x80)
        return code >= 0x20 && code < 0x7f;
    return IN(harmless_ranges, code);
}

size_t wt_utf8_cols(const char *text, size_t length) {
    size_t cols = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += wt_utf8_decode(text + at, length - at, &code);
        cols += (size_t)wt_utf8_width(code);
    }
    return cols;
}

size_t wt_text_clean(char *out, size_t size, const char *text, size_t length) {
    if (size == 0)
        return 0;
    size_t room = size - 1;
    size_t written = 0;        /* bytes in out */
    size_t cut = 0;            /* the last end of a character behind which an ellipsis still fits */
    int marks = WT_TEXT_MARKS; /* on the present character; none may begin the text */
    for (size_t at = 0; at < length;) {
        uint32_t code;
        const char *piece = text + at;
        size_t taken = wt_utf8_decode(piece, length - at, &code), bytes = taken;
        bool is_mark = code >= 0x300 && wt_utf8_width(code) == 0;
        bool is_fine = wt_utf8_is_harmless(code) && (!is_mark || marks < WT_TEXT_MARKS);
        if (is_fine)
            marks = is_mark ? marks + 1 : 0;
        if (!is_fine) {
            piece = SUBSTITUTE;
            bytes = sizeof SUBSTITUTE - 1;
        }
        if (written + bytes > room) {
            written = cut;
            if (room >= sizeof ELLIPSIS - 1) {
                memcpy(out + written, ELLIPSIS, sizeof ELLIPSIS - 1);
                written += sizeof ELLIPSIS - 1;
            }
            break;
        }
        memcpy(out + written, piece, bytes);
        written += bytes;
        at += taken;
        if (written + sizeof ELLIPSIS - 1 <= room || room < sizeof ELLIPSIS - 1)
            cut = written;
    }
    out[written] = '\0';
    return written;
}

size_t wt_utf8_prefix(const char *text, size_t length, size_t cols, size_t *used) {
    size_t at = 0, taken = 0;
    while (at < length) {
        uint32_t code;
        size_t bytes = wt_utf8_decode(text + at, length - at, &code);
        size_t width = (size_t)wt_utf8_width(code);
        if (taken + width > cols)
            break;
        taken += width;
        at += bytes;
    }
    if (used != NULL)
        *used = taken;
    return at;
}
