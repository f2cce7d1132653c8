/* writer.h - values -> JSON text, straight into a buffer, without a tree in between.
 *
 *     struct wt_json_writer w = {.out = buffer};
 *     wt_json_open(&w, NULL, '{');
 *     wt_json_put_text(&w, "service", name);          "service":"web"
 *     wt_json_put_number(&w, "sum", stats->sum);      ,"sum":123
 *     wt_json_close(&w, '}');
 *
 * Commas come by themselves. key is NULL inside arrays. Texts come out as valid UTF-8 with control
 * characters escaped, whatever they hold; what is absent or not finite comes out as null. A failure
 * to get memory sticks to the buffer.
 */
#ifndef WT_JSON_WRITER_H
#define WT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/number.h"

struct wt_json_writer {
    struct wt_buffer *out; /* borrowed */
    bool comma;            /* the next value needs one before it */
};

void wt_json_open(struct wt_json_writer *writer, const char *key, char bracket);
void wt_json_close(struct wt_json_writer *writer, char bracket);

void wt_json_put_text(struct wt_json_writer *writer, const char *key, const char *text);
void wt_json_put_int(struct wt_json_writer *writer, const char *key, int64_t value);
void wt_json_put_uint(struct wt_json_writer *writer, const char *key, uint64_t value);
void wt_json_put_real(struct wt_json_writer *writer, const char *key, double value);
void wt_json_put_number(struct wt_json_writer *writer, const char *key, struct wt_number value);
void wt_json_put_bool(struct wt_json_writer *writer, const char *key, bool value);
void wt_json_put_null(struct wt_json_writer *writer, const char *key);

#endif /* WT_JSON_WRITER_H */
