#include "base/quote.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static void escape(struct wt_buffer *out, uint32_t code) {
    const char *at;
    if (code < 0x80 && code != 0 && (at = strchr("\b\f\n\r\t", (int)code)) != NULL) {
        const char pair[2] = {'\\', "bfnrt"[at - "\b\f\n\r\t"]};
        wt_buffer_append(out, pair, sizeof pair);
    } else if (code < 0x10000) {
        wt_buffer_printf(out, "\\u%04x", (unsigned)code);
    } else {
        code -= 0x10000;
        wt_buffer_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 | code >> 10),
                         (unsigned)(0xdc00 | (code & 0x3ff)));
    }
}

/* What may stand in the text as it is. */
static size_t plain_length(const char *text, size_t length) {
    size_t at = 0;
    while (at < length && text[at] >= ' ' && text[at] < 0x7f && text[at] != '"' && text[at] != '\\')
        at++;
    return at;
}

/* One character that is not plain; returns its bytes. */
static size_t append_special(struct wt_buffer *out, const char *text, size_t length) {
    uint32_t code;
    size_t bytes = wt_utf8_decode(text, length, &code);
    if (code == UINT32_MAX)
        wt_buffer_append_text(out, "\xef\xbf\xbd");
    else if (wt_utf8_is_harmless(code))
        wt_buffer_append(out, text, bytes);
    else
        escape(out, code);
    return bytes;
}

void wt_quote(struct wt_buffer *out, const char *text, size_t length) {
    if (plain_length(text, length) == length && wt_buffer_reserve(out, length + 2)) {
        char *at = out->data + out->length; /* nearly every key and text */
        at[0] = '"';
        memcpy(at + 1, text, length);
        memcpy(at + 1 + length, "\"", 2);
        out->length += length + 2;
        return;
    }
    wt_buffer_append_char(out, '"');
    for (size_t at = 0; at < length;) {
        size_t bytes = plain_length(text + at, length - at);
        wt_buffer_append(out, text + at, bytes);
        at += bytes;
        if (at == length)
            break;
        if (text[at] == '"' || text[at] == '\\')
            wt_buffer_append_char(out, '\\');
        at += append_special(out, text + at, length - at);
    }
    wt_buffer_append_char(out, '"');
}

void wt_quote_document(struct wt_buffer *out, const char *json, size_t length) {
    for (size_t at = 0; at < length;) {
        size_t bytes = plain_length(json + at, length - at);
        wt_buffer_append(out, json + at, bytes);
        at += bytes;
        if (at == length)
            break;
        /* No string of valid JSON holds these. */
        if (json[at] == '\n' || json[at] == '\t' || json[at] == '\r')
            wt_buffer_append_char(out, json[at++] == '\n' ? '\n' : ' ');
        else
            at += append_special(out, json + at, length - at);
    }
}
