/* buffer.h - a growing run of bytes with a sticky failure.
 *
 * After the first failed allocation every append does nothing and `failed` stays set, so that a
 * writer checks once, at the end. The bytes are always followed by a NUL that is not counted.
 *
 * Threads: one owner.
 */
#ifndef WT_BASE_BUFFER_H
#define WT_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wt_buffer {
    char *data; /* owned; NULL until the first append */
    size_t length;
    size_t capacity;
    bool failed;
};

/* A buffer of all zero bytes is valid and empty; init is for those who like to see it. */
void wt_buffer_init(struct wt_buffer *buffer);

/* Frees the bytes and makes the buffer empty again. */
void wt_buffer_fini(struct wt_buffer *buffer);

/* Forgets the bytes and a failure, keeps the memory. */
void wt_buffer_clear(struct wt_buffer *buffer);

/* Makes room for `more` further bytes. False, and sticky, when there is no memory. */
bool wt_buffer_reserve(struct wt_buffer *buffer, size_t more);

void wt_buffer_append(struct wt_buffer *buffer, const void *bytes, size_t length);
void wt_buffer_append_text(struct wt_buffer *buffer, const char *text);
void wt_buffer_append_char(struct wt_buffer *buffer, char c);
void wt_buffer_printf(struct wt_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes `length` bytes (at most all) from the front. */
void wt_buffer_consume(struct wt_buffer *buffer, size_t length);

/* The bytes as a string, "" when empty. Borrowed until the next change. */
const char *wt_buffer_text(const struct wt_buffer *buffer);

/* Moves the bytes out (the caller frees them) and makes the buffer empty. NULL after a failure. */
char *wt_buffer_take(struct wt_buffer *buffer, size_t *length);

#endif /* WT_BASE_BUFFER_H */
