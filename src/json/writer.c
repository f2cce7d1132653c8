#include "json/writer.h"

#include <stdio.h>
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

void wt_json_quote(struct wt_buffer *out, const char *text, size_t length) {
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
        uint32_t code;
        bytes = wt_utf8_decode(text + at, length - at, &code);
        if (code == '"' || code == '\\') {
            wt_buffer_append_char(out, '\\');
            wt_buffer_append_char(out, (char)code);
        } else if (code == UINT32_MAX) {
            wt_buffer_append_text(out, "\xef\xbf\xbd");
        } else if (wt_utf8_is_harmless(code)) {
            wt_buffer_append(out, text + at, bytes);
        } else {
            escape(out, code);
        }
        at += bytes;
    }
    wt_buffer_append_char(out, '"');
}

static void begin(struct wt_json_writer *writer, const char *key) {
    if (writer->comma)
        wt_buffer_append_char(writer->out, ',');
    writer->comma = true;
    if (key != NULL) {
        wt_json_quote(writer->out, key, strlen(key));
        wt_buffer_append_char(writer->out, ':');
    }
}

void wt_json_open(struct wt_json_writer *writer, const char *key, char bracket) {
    begin(writer, key);
    wt_buffer_append_char(writer->out, bracket);
    writer->comma = false;
}

void wt_json_close(struct wt_json_writer *writer, char bracket) {
    wt_buffer_append_char(writer->out, bracket);
    writer->comma = true;
}

void wt_json_put_text(struct wt_json_writer *writer, const char *key, const char *text) {
    begin(writer, key);
    wt_json_quote(writer->out, text, strlen(text));
}

void wt_json_put_number(struct wt_json_writer *writer, const char *key, struct wt_number value) {
    char text[WT_NUMBER_TEXT_SIZE];
    begin(writer, key);
    wt_buffer_append(writer->out, text, wt_number_text(value, text));
}

void wt_json_put_int(struct wt_json_writer *writer, const char *key, int64_t value) {
    wt_json_put_number(writer, key, wt_number_integer(value));
}

void wt_json_put_uint(struct wt_json_writer *writer, const char *key, uint64_t value) {
    wt_json_put_number(writer, key, wt_number_integer((wt_int128)value));
}

void wt_json_put_real(struct wt_json_writer *writer, const char *key, double value) {
    wt_json_put_number(writer, key, wt_number_real(value));
}

void wt_json_put_bool(struct wt_json_writer *writer, const char *key, bool value) {
    begin(writer, key);
    wt_buffer_append_text(writer->out, value ? "true" : "false");
}

void wt_json_put_null(struct wt_json_writer *writer, const char *key) {
    begin(writer, key);
    wt_buffer_append_text(writer->out, "null");
}
