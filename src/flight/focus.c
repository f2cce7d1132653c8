#include "flight/focus.h"

#include <stdlib.h>
#include <string.h>

struct focused {
    struct wt_snapshot snapshot; /* first: destroy gets its address */
    const struct wt_snapshot *base;
    struct wt_arena arena;
    struct wt_worker_activity focus;
};

static void destroy(struct wt_snapshot *snapshot) {
    struct focused *focused = (struct focused *)(void *)snapshot;
    wt_snapshot_unref(focused->base);
    wt_arena_fini(&focused->arena);
    free(focused);
}

struct wt_snapshot *wt_focus_on(const struct wt_snapshot *base, wt_focus_fill *fill,
                                void *context) {
    struct focused *focused = calloc(1, sizeof *focused);
    if (focused == NULL)
        return NULL;
    enum { BEGIN = offsetof(struct wt_snapshot, sequence) }; /* the count is other threads', too */
    memcpy((char *)&focused->snapshot + BEGIN, (const char *)base + BEGIN, sizeof *base - BEGIN);
    focused->snapshot.references = 1;
    focused->snapshot.destroy = destroy;
    focused->base = wt_snapshot_ref(base);
    bool is_there = fill(context, &focused->arena, &focused->focus);
    focused->snapshot.activity.focus = is_there ? &focused->focus : NULL;
    return &focused->snapshot;
}
