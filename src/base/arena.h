/* arena.h - many small pieces of memory that are freed together.
 *
 * Pieces are zeroed and aligned for any type. After the first failed allocation every further one
 * fails too (`failed` stays set), so that a builder checks once, at the end.
 *
 * Threads: one owner.
 */
#ifndef WT_BASE_ARENA_H
#define WT_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct wt_arena_block;

/* An arena of all zero bytes is valid and empty. */
struct wt_arena {
    struct wt_arena_block *blocks; /* owned; the newest first */
    size_t free_bytes;             /* left in the newest */
    bool failed;
};

void wt_arena_fini(struct wt_arena *arena);

/* count * size zeroed bytes; NULL without memory or when the product overflows. A count of 0 gives
 * a valid pointer to nothing. */
void *wt_arena_take(struct wt_arena *arena, size_t count, size_t size);

/* A copy of a text, NUL terminated; NULL without memory. */
char *wt_arena_text(struct wt_arena *arena, const char *text, size_t length);

#endif /* WT_BASE_ARENA_H */
