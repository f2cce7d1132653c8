#include "tools/cast.h"

#include <string.h>

#include "base/clock.h"

/* What comes within this time of its first byte is drawn at once. */
static const int64_t frame_ns = 20 * WT_NS_PER_MS;

static void quote(struct wt_buffer *out, const char *bytes, size_t length) {
    wt_buffer_append_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '"' || byte == '\\')
            wt_buffer_append_char(out, '\\');
        if (byte < 0x20 || byte == 0x7f)
            wt_buffer_printf(out, "\\u%04x", byte);
        else
            wt_buffer_append_char(out, bytes[i]);
    }
    wt_buffer_append_char(out, '"');
}

/* Bytes at the front that are whole characters. */
static size_t whole_length(const char *bytes, size_t length) {
    size_t begin = length;
    while (begin > 0 && length - begin < 3 && ((unsigned char)bytes[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (begin == 0)
        return length;
    unsigned char lead = (unsigned char)bytes[begin - 1];
    size_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return length - (begin - 1) < needed ? begin - 1 : length;
}

static void flush(struct wt_cast *cast) {
    size_t length = whole_length(cast->pending.data, cast->pending.length);
    if (length == 0)
        return;
    wt_buffer_printf(&cast->text, "[%.3f, \"o\", ",
                     (double)(cast->pending_ns - cast->begin_ns) / (double)WT_NS_PER_S);
    quote(&cast->text, cast->pending.data, length);
    wt_buffer_append_text(&cast->text, "]\n");
    wt_buffer_consume(&cast->pending, length);
}

void wt_cast_begin(struct wt_cast *cast, int64_t now_ns, int cols, int rows, const char *title) {
    *cast = (struct wt_cast){.begin_ns = now_ns, .pending_ns = now_ns};
    wt_buffer_printf(&cast->text, "{\"version\": 2, \"width\": %d, \"height\": %d", cols, rows);
    if (title != NULL) {
        wt_buffer_append_text(&cast->text, ", \"title\": ");
        quote(&cast->text, title, strlen(title));
    }
    wt_buffer_append_text(&cast->text, ", \"env\": {\"TERM\": \"xterm-256color\"}}\n");
}

void wt_cast_output(struct wt_cast *cast, int64_t now_ns, const char *bytes, size_t length) {
    if (now_ns - cast->pending_ns >= frame_ns) {
        flush(cast);
        cast->pending_ns = now_ns;
    }
    wt_buffer_append(&cast->pending, bytes, length);
}

struct wt_buffer *wt_cast_end(struct wt_cast *cast) {
    flush(cast);
    cast->text.failed = cast->text.failed || cast->pending.failed;
    return &cast->text;
}

void wt_cast_fini(struct wt_cast *cast) {
    wt_buffer_fini(&cast->text);
    wt_buffer_fini(&cast->pending);
}
