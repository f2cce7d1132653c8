#include "monitor/look.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGNMENT = 16, FIRST_ARENA_BYTES = 4096 };

static void let_go(struct wt_look_memory *look) {
    for (size_t i = 0; i < look->held_count; i++) {
        switch (look->held[i].kind) {
        case WT_HOLDS_BLOCK:
            wt_block_unref(look->held[i].what);
            break;
        case WT_HOLDS_SCHEMA:
            wt_schema_unref(look->held[i].what);
            break;
        case WT_HOLDS_SHAPE:
            wt_shape_unref(look->held[i].what);
            break;
        case WT_HOLDS_EVENTS:
            wt_event_block_unref(look->held[i].what);
            break;
        }
    }
    look->held_count = 0;
    for (size_t i = 0; i < look->spilled_count; i++)
        free(look->spilled[i]);
    free(look->spilled);
    look->spilled = NULL;
    look->spilled_count = 0;
}

static void destroy(struct wt_snapshot *snapshot) {
    struct wt_look_memory *look = (struct wt_look_memory *)snapshot;
    let_go(look);
    free(look->held);
    free(look->arena);
    free(look);
}

struct wt_look_memory *wt_look_create(void) {
    size_t bytes =
        (sizeof(struct wt_look_memory) + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    struct wt_look_memory *look = aligned_alloc(ARENA_ALIGNMENT, bytes);
    if (look == NULL)
        return NULL;
    memset(look, 0, sizeof *look);
    look->snapshot.references = 1;
    look->snapshot.destroy = destroy;
    return look;
}

bool wt_look_is_idle(const struct wt_look_memory *look) {
    return __atomic_load_n(&look->snapshot.references, __ATOMIC_ACQUIRE) == 1;
}

void wt_look_reset(struct wt_look_memory *look) {
    size_t wanted = look->arena_used + look->spilled_bytes;
    let_go(look);
    if (look->spilled_bytes > 0 || look->arena == NULL) {
        size_t bytes = look->arena_bytes == 0 ? FIRST_ARENA_BYTES : look->arena_bytes;
        while (bytes < wanted)
            bytes *= 2;
        unsigned char *wider = aligned_alloc(ARENA_ALIGNMENT, bytes);
        if (wider != NULL) {
            free(look->arena);
            look->arena = wider;
            look->arena_bytes = bytes;
        }
    }
    look->arena_used = 0;
    look->spilled_bytes = 0;
    look->failed = false;
}

static void *spill(struct wt_look_memory *look, size_t bytes) {
    void **wider = realloc(look->spilled, (look->spilled_count + 1) * sizeof *wider);
    if (wider != NULL)
        look->spilled = wider;
    void *memory = wider == NULL ? NULL : aligned_alloc(ARENA_ALIGNMENT, bytes);
    if (memory == NULL) {
        look->failed = true;
        return NULL;
    }
    look->spilled[look->spilled_count++] = memory;
    look->spilled_bytes += bytes;
    return memset(memory, 0, bytes);
}

void *wt_look_alloc(struct wt_look_memory *look, size_t bytes) {
    bytes = (bytes + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    bytes = bytes == 0 ? ARENA_ALIGNMENT : bytes;
    if (bytes > look->arena_bytes - look->arena_used)
        return spill(look, bytes);
    void *memory = look->arena + look->arena_used;
    look->arena_used += bytes;
    return memset(memory, 0, bytes);
}

const char *wt_look_text(struct wt_look_memory *look, const char *text) {
    if (text[0] == '\0')
        return "";
    size_t length = strlen(text) + 1;
    char *copy = wt_look_alloc(look, length);
    return copy == NULL ? "" : memcpy(copy, text, length);
}

static bool hold(struct wt_look_memory *look, int kind, void *what) {
    if (look->held_count == look->held_capacity) {
        size_t capacity = look->held_capacity == 0 ? 32 : 2 * look->held_capacity;
        struct wt_look_held *wider = realloc(look->held, capacity * sizeof *wider);
        if (wider == NULL) {
            look->failed = true;
            return false;
        }
        look->held = wider;
        look->held_capacity = capacity;
    }
    look->held[look->held_count++] = (struct wt_look_held){.kind = kind, .what = what};
    return true;
}

void wt_look_hold_block(struct wt_look_memory *look, struct wt_block *block) {
    if (block != NULL && hold(look, WT_HOLDS_BLOCK, block))
        wt_block_ref(block);
}

void wt_look_hold_schema(struct wt_look_memory *look, const struct wt_schema *schema) {
    if (schema != NULL && hold(look, WT_HOLDS_SCHEMA, (void *)schema))
        wt_schema_ref(schema);
}

void wt_look_hold_shape(struct wt_look_memory *look, const struct wt_shape *shape) {
    if (shape != NULL && hold(look, WT_HOLDS_SHAPE, (void *)shape))
        wt_shape_ref(shape);
}

void wt_look_hold_events(struct wt_look_memory *look, struct wt_event_block *taken) {
    if (taken != NULL && !hold(look, WT_HOLDS_EVENTS, taken))
        wt_event_block_unref(taken);
}
