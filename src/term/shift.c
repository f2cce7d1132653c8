#include "term/shift.h"

#include <stdlib.h>

enum {
    FARTHEST = 8, /* one sentence more or less at a time, or a few */
    WORTH = 100   /* cells that a shift must save, for it is more than a cell's bytes itself */
};

bool wt_term_is_blank_alike(const struct wt_cell *a, const struct wt_cell *b) {
    enum { SEEN = WT_ATTRIBUTE_UNDERLINE | WT_ATTRIBUTE_REVERSE };
    return a->codes[0] == ' ' && b->codes[0] == ' ' && a->style.bg == b->style.bg &&
           a->codes[1] == b->codes[1] && a->width == b->width &&
           ((a->style.attributes | b->style.attributes) & SEEN) == 0;
}

static int differences(const struct wt_cell *a, const struct wt_cell *b, int cols) {
    int count = 0;
    for (int col = 0; col < cols; col++) {
        count += !wt_term_looks_equal(&a[col], &b[col]);
    }
    return count;
}

/* The best range of rows for one distance. `stays` has, for each row, how many cells differ when
 * nothing moves. A row of the range either comes from inside of it, or is vacated and told whole:
 * the vacated ones are the first `by` of the range, downwards, else the last. */
static int best_range(const int *stays, const int *moved, int cols, int rows,
                      struct wt_term_shift *shift) {
    int far = abs(shift->by), best = 0;
    for (int first = 0; first + far < rows; first++) { /* the first row that is not vacated */
        int vacated = 0, saved = 0;
        for (int i = 0; i < far; i++) {
            int row = shift->by > 0 ? first + i : rows - 1 - first - i;
            vacated += cols - stays[row];
        }
        for (int i = first + far; i < rows; i++) {
            int row = shift->by > 0 ? i : rows - 1 - i;
            saved += stays[row] - moved[row];
            if (saved - vacated > best) {
                best = saved - vacated;
                shift->top = shift->by > 0 ? first : row;
                shift->bottom = shift->by > 0 ? row + 1 : rows - first;
            }
        }
    }
    return best;
}

struct wt_term_shift wt_term_shift_find(const struct wt_cell *shown, const struct wt_cell *cells,
                                        int cols, int rows) {
    struct wt_term_shift best = {0};
    int least = WORTH, *stays = calloc(2 * (size_t)rows + 1, sizeof *stays), *moved = stays + rows;
    if (stays == NULL) {
        return best;
    }
    for (int row = 0; row < rows; row++) {
        size_t at = (size_t)row * (size_t)cols;
        stays[row] = differences(shown + at, cells + at, cols);
    }
    for (int by = -FARTHEST; by <= FARTHEST; by++) {
        struct wt_term_shift shift = {.by = by};
        for (int row = 0; row < rows; row++) {
            int origin = row - by;
            moved[row] = origin < 0 || origin >= rows
                             ? cols
                             : differences(shown + (size_t)origin * (size_t)cols,
                                           cells + (size_t)row * (size_t)cols, cols);
        }
        int saved = by != 0 ? best_range(stays, moved, cols, rows, &shift) : 0;
        if (saved > least) {
            least = saved;
            best = shift;
        }
    }
    free(stays);
    return best;
}

int wt_term_shift_origin(const struct wt_term_shift *shift, int row) {
    if (shift->by == 0 || row < shift->top || row >= shift->bottom) {
        return row;
    }
    int origin = row - shift->by;
    return origin >= shift->top && origin < shift->bottom ? origin : -1;
}

/* Lines are inserted or deleted at the top of a scrolling region, which then is the screen again.
 */
void wt_term_shift_write(const struct wt_term_shift *shift, struct wt_buffer *out) {
    if (shift->by != 0) {
        wt_buffer_printf(out, "\033[%d;%dr\033[%dH\033[%d%c\033[r", shift->top + 1, shift->bottom,
                         shift->top + 1, abs(shift->by), shift->by > 0 ? 'L' : 'M');
    }
}
