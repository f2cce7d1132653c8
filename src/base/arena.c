#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 - 64, ALIGN_BYTES = _Alignof(max_align_t) };

struct wt_arena_block {
    struct wt_arena_block *next;
    size_t bytes;
    _Alignas(max_align_t) unsigned char data[];
};

void wt_arena_fini(struct wt_arena *arena) {
    for (struct wt_arena_block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    *arena = (struct wt_arena){0};
}

/* A large piece gets a block of its own, behind the newest one, whose rest stays in use. */
static void *take_block(struct wt_arena *arena, size_t bytes) {
    size_t size = bytes > BLOCK_BYTES / 4 ? bytes : BLOCK_BYTES;
    struct wt_arena_block *block = calloc(1, sizeof *block + size);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    block->bytes = size;
    if (size == bytes && arena->blocks != NULL) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
        arena->free_bytes = size - bytes;
    }
    return block->data;
}

void *wt_arena_take(struct wt_arena *arena, size_t count, size_t size) {
    if (arena->failed || (size > 0 && count > (SIZE_MAX / 2 - ALIGN_BYTES) / size)) {
        arena->failed = true;
        return NULL;
    }
    size_t bytes = (count * size + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    if (arena->blocks == NULL || bytes > arena->free_bytes)
        return take_block(arena, bytes);
    unsigned char *piece = arena->blocks->data + arena->blocks->bytes - arena->free_bytes;
    arena->free_bytes -= bytes;
    return piece;
}

char *wt_arena_text(struct wt_arena *arena, const char *text, size_t length) {
    char *copy = wt_arena_take(arena, length + 1, 1);
    if (copy != NULL && length > 0)
        memcpy(copy, text, length);
    return copy;
}
