/* quote.h - foreign text as JSON that is safe to print: whatever has no business on a terminal
 * (base/utf8.h) is written as \uXXXX.
 *
 * Threads: no shared state.
 */
#ifndef WT_BASE_QUOTE_H
#define WT_BASE_QUOTE_H

#include <stddef.h>

#include "base/buffer.h"

/* A quoted JSON string of any bytes: invalid UTF-8 becomes U+FFFD. */
void wt_quote(struct wt_buffer *out, const char *text, size_t length);

/* A JSON document that somebody else wrote, known to be valid: the same document, but harmless.
 * Tabs and carriage returns between its values become spaces. */
void wt_quote_document(struct wt_buffer *out, const char *json, size_t length);

#endif /* WT_BASE_QUOTE_H */
