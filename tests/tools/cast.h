/* cast.h - what a program writes to its terminal, and when, as an asciicast of version 2: a line of
 * JSON with the size, then one per event, [seconds, "o", text].
 */
#ifndef WT_TESTS_CAST_H
#define WT_TESTS_CAST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct wt_cast {
    struct wt_buffer text;    /* the file */
    struct wt_buffer pending; /* the event under way */
    int64_t begin_ns, pending_ns;
};

/* Writes the header. `title` may be NULL. */
void wt_cast_begin(struct wt_cast *cast, int64_t now_ns, int cols, int rows, const char *title);

/* Bytes that came at now_ns. Those of one frame become one event; a character that is not whole
 * yet waits for its rest, since an event is a text. */
void wt_cast_output(struct wt_cast *cast, int64_t now_ns, const char *bytes, size_t length);

/* The whole file; borrowed until wt_cast_fini. */
struct wt_buffer *wt_cast_end(struct wt_cast *cast);

void wt_cast_fini(struct wt_cast *cast);

#endif /* WT_TESTS_CAST_H */
