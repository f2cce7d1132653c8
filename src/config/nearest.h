/* nearest.h - "did you mean ...?": which of the known words somebody may have meant.
 *
 * Threads: pure functions.
 */
#ifndef WT_CONFIG_NEAREST_H
#define WT_CONFIG_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `candidate` is near the `length` bytes at text, and nearer than *best (SIZE_MAX at
 * first), which then becomes its distance. */
bool wt_is_nearer(const char *text, size_t length, const char *candidate, size_t *best);

#endif /* WT_CONFIG_NEAREST_H */
