/* utf8.h - foreign text made harmless, and its width on a screen.
 *
 * Text that comes from workers is data. wt_text_clean is the ONE place through which it goes before
 * it is shown: C0, DEL, C1, bidirectional controls, zero-width characters, line and paragraph
 * separators, private use, unassigned code points and invalid UTF-8 each become one substitute; so
 * do combining marks beyond WT_TEXT_MARKS on one character, which would pile up over other lines,
 * and those at the beginning, which would go onto whatever stands before.
 */
#ifndef WT_BASE_UTF8_H
#define WT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes one code point from the `length` bytes at text. Returns the bytes consumed (1 to 4; 0
 * only when length is 0). Invalid or overlong sequences and surrogates consume one byte and give
 * UINT32_MAX.
 */
size_t wt_utf8_decode(const char *text, size_t length, uint32_t *code);

/* Encodes one code point; returns 1 to 4 bytes. Invalid code points become U+FFFD. */
size_t wt_utf8_encode(uint32_t code, char out[static 4]);

/* Columns of one code point: 0 (combining), 1 or 2. Own tables, independent of the locale. */
int wt_utf8_width(uint32_t code);

/* Whether a code point may reach a screen as it is. */
bool wt_utf8_is_harmless(uint32_t code);

/* Columns of a text; every invalid byte counts as one. */
size_t wt_utf8_cols(const char *text, size_t length);

enum { WT_TEXT_MARKS = 4 };

/*
 * Copies text into out (size bytes, always NUL terminated), replacing everything harmful with
 * U+00B7 MIDDLE DOT, and cutting visibly with U+2026 HORIZONTAL ELLIPSIS when it does not fit.
 * Returns the bytes written without the NUL. The result is valid UTF-8.
 */
size_t wt_text_clean(char *out, size_t size, const char *text, size_t length);

/* The longest prefix that takes at most `cols` columns; returns its bytes and, in *used, columns.
 */
size_t wt_utf8_prefix(const char *text, size_t length, size_t cols, size_t *used);

#endif /* WT_BASE_UTF8_H */
