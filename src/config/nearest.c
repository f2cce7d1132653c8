#include "config/nearest.h"

#include <stdint.h>
#include <string.h>

static size_t least_of(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Letters to insert, remove or replace to make one word of the other. */
static size_t distance(const char *a, size_t length_a, const char *b) {
    enum { WORD_BYTES_MAX = 40 };
    size_t length_b = strlen(b), line[WORD_BYTES_MAX + 1];
    if (length_a > WORD_BYTES_MAX || length_b > WORD_BYTES_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= length_b; j++)
        line[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t corner = line[0];
        line[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t replaced = corner + (a[i - 1] != b[j - 1]);
            corner = line[j];
            line[j] = least_of(replaced, least_of(line[j], line[j - 1]) + 1);
        }
    }
    return line[length_b];
}

/* A word is near when it has at most a third of its letters (at least 2) wrong, or is a beginning.
 */
bool wt_is_nearer(const char *text, size_t length, const char *candidate, size_t *best) {
    size_t found = distance(text, length, candidate);
    if (length >= 2 && strncmp(text, candidate, length) == 0)
        found = 0;
    if (found >= *best || found > (length < 4 ? 1 : length < 7 ? 2 : length / 3))
        return false;
    *best = found;
    return true;
}
