#include "json/writer.h"

#include <string.h>

#include "base/quote.h"

static void begin(struct wt_json_writer *writer, const char *key) {
    if (writer->comma)
        wt_buffer_append_char(writer->out, ',');
    writer->comma = true;
    if (key != NULL) {
        wt_quote(writer->out, key, strlen(key));
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
    wt_quote(writer->out, text, strlen(text));
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
