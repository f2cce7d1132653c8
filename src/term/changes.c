#include "term/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { MOVE_SIZE = 32, FEW_BACKSPACES = 3 };

/* Where the cursor is; row -1: nobody knows. */
struct place {
    int row, col;
};

void wt_term_changes_fini(struct wt_term_changes *changes) {
    free(changes->items);
    *changes = (struct wt_term_changes){0};
}

void wt_term_changes_clear(struct wt_term_changes *changes) {
    changes->count = 0;
    changes->is_useless = false;
}

static bool is_same_look(const struct wt_term_rendition *a, const struct wt_term_rendition *b) {
    return a->flags == b->flags && a->fg == b->fg && a->bg == b->bg;
}

void wt_term_changes_add(struct wt_term_changes *changes, const struct wt_term_change *change) {
    if (changes->is_useless) {
        return;
    }
    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity > 0 ? 2 * changes->capacity : 256;
        struct wt_term_change *items =
            capacity > WT_TERM_CHANGES_MAX
                ? NULL
                : realloc(changes->items, capacity * sizeof *changes->items);
        if (items == NULL) {
            changes->is_useless = true;
            return;
        }
        changes->items = items;
        changes->capacity = capacity;
    }
    changes->items[changes->count++] = *change;
}

/* ---- blanks ------------------------------------------------------------------------------- */

/* Looks that can be seen on a blank: lines through or under it, and its colours exchanged. */
enum { SEEN = 1u << 4 | 1u << 7 | 1u << 9 };

static bool is_blank(const struct wt_term_change *change) {
    return change->codes[0] == ' ' && change->codes[1] == 0 && (change->look.flags & SEEN) == 0;
}

/* Whether the blank beside `other` may have its look, and nobody sees it. */
static bool may_take_look(const struct wt_term_change *blank, const struct wt_term_change *other) {
    int distance = blank->col - other->col;
    return is_blank(blank) && blank->row == other->row && (distance == 1 || distance == -1) &&
           blank->look.bg == other->look.bg && (other->look.flags & SEEN) == 0;
}

/* Blanks take the look of what stands before them, else of what stands behind: so that a number
 * and the padding beside it are told at once. */
static void join_blanks(struct wt_term_change *items, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (may_take_look(&items[i], &items[i - 1])) {
            items[i].look = items[i - 1].look;
        }
    }
    for (size_t i = count; i-- > 1;) {
        if (may_take_look(&items[i - 1], &items[i])) {
            items[i - 1].look = items[i].look;
        }
    }
}

/* ---- moving ------------------------------------------------------------------------------- */

/* "ESC [ N letter", where 1 need not be said. */
static size_t write_relative(char *out, int count, char letter) {
    int length = count == 1 ? snprintf(out, MOVE_SIZE, "\033[%c", letter)
                            : snprintf(out, MOVE_SIZE, "\033[%d%c", count, letter);
    return (size_t)length;
}

static size_t write_absolute(char *out, int row, int col) {
    int length = col == 0 ? snprintf(out, MOVE_SIZE, "\033[%dH", row + 1)
                          : snprintf(out, MOVE_SIZE, "\033[%d;%dH", row + 1, col + 1);
    return (size_t)length;
}

/* The shortest way. Upwards, which is rare, only the absolute one. */
static void move(struct place from, int row, int col, struct wt_buffer *out) {
    char absolute[MOVE_SIZE], relative[3 * MOVE_SIZE];
    size_t absolute_length, relative_length = 0;
    if (from.row == row && from.col == col) {
        return;
    }
    absolute_length = write_absolute(absolute, row, col);
    if (from.row < 0 || row < from.row) {
        wt_buffer_append(out, absolute, absolute_length);
        return;
    }
    if (row > from.row) {
        relative_length += write_relative(relative, row - from.row, 'B');
    }
    if (col > from.col) {
        relative_length += write_relative(relative + relative_length, col - from.col, 'C');
    } else if (from.col - col > FEW_BACKSPACES) {
        relative_length += write_relative(relative + relative_length, from.col - col, 'D');
    } else {
        memset(relative + relative_length, '\b', (size_t)(from.col - col));
        relative_length += (size_t)(from.col - col);
    }
    if (relative_length < absolute_length) {
        wt_buffer_append(out, relative, relative_length);
    } else {
        wt_buffer_append(out, absolute, absolute_length);
    }
}

/* ---- telling ------------------------------------------------------------------------------ */

/* By look; looks with the same attributes and ground follow each other, for less has to be said
 * between them. */
static int by_look(const void *left, const void *right) {
    const struct wt_term_change *a = left, *b = right;
    if (a->look.flags != b->look.flags) {
        return a->look.flags < b->look.flags ? -1 : 1;
    }
    if (a->look.bg != b->look.bg) {
        return a->look.bg < b->look.bg ? -1 : 1;
    }
    if (a->look.fg != b->look.fg) {
        return a->look.fg < b->look.fg ? -1 : 1;
    }
    if (a->row != b->row) {
        return a->row - b->row;
    }
    return a->col - b->col;
}

static void write_codes(const uint32_t *codes, struct wt_buffer *out) {
    for (size_t i = 0; i < WT_TERM_CHANGE_CODES && codes[i] != 0; i++) {
        char bytes[4];
        wt_buffer_append(out, bytes, wt_utf8_encode(codes[i], bytes));
    }
}

void wt_term_changes_write(struct wt_term_changes *changes, int cols, struct wt_term_sgr *sgr,
                           const struct wt_term_palette *palette, struct wt_buffer *out) {
    struct place cursor = {.row = -1};
    join_blanks(changes->items, changes->count);
    if (changes->count > 0) {
        qsort(changes->items, changes->count, sizeof *changes->items, by_look);
    }
    for (size_t i = 0; i < changes->count; i++) {
        const struct wt_term_change *item = &changes->items[i];
        move(cursor, item->row, item->col, out);
        if (i == 0 || !is_same_look(&item->look, &item[-1].look)) {
            sgr->wanted = item->look;
            wt_term_sgr_tell(sgr, palette, out);
        }
        write_codes(item->codes, out);
        cursor = (struct place){item->row, item->col + 1};
        if (cursor.col >= cols) {
            cursor.row = -1; /* at the edge terminals do not agree */
        }
    }
    wt_buffer_append_text(out, "\033[H");
}
