#include "term/slide.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "term/shift.h"

enum {
    FARTHEST = 2,
    WORTH = 16, /* bytes that a slide must save, about as long as it is itself */
    UNKNOWN = 0x7fffffff
};

/* Part of two pictures of a row, or its mirror image: in which what goes right goes left. */
struct part {
    const struct wt_cell *shown, *cells;
    int begin, end;
    bool is_mirrored;
};

static int col_of(const struct part *part, int at) {
    return part->is_mirrored ? part->end - 1 - at : part->begin + at;
}

/* About how many bytes a cell costs that is told. */
static int weight_of(const struct wt_cell *cell) {
    char bytes[4];
    int weight = 1;
    for (size_t i = 0; i < WT_CELL_CODES && cell->codes[i] != 0; i++) {
        weight += (int)wt_utf8_encode(cell->codes[i], bytes);
    }
    return weight;
}

/* What cell `at` costs where the terminal shows what was `far` beside it. */
static int cost(const struct part *part, int at, int far) {
    const struct wt_cell *shown = &part->shown[col_of(part, at + far)];
    const struct wt_cell *cell = &part->cells[col_of(part, at)];
    return wt_term_looks_equal(shown, cell) ? 0 : weight_of(cell);
}

/* The best slide to the begin of the part: the run of cells that saves the most, of which the last
 * are vacated. Raises *most to what it saves. */
static void find_in(const struct part *part, int far, int *most, struct wt_term_slide *best) {
    int run = 0, first = 0;
    for (int at = 0; at + far < part->end - part->begin; at++) {
        if (run <= 0) {
            run = 0;
            first = at;
        }
        run += cost(part, at, 0) - cost(part, at, far);
        int saved = run;
        for (int next = at + 1; next <= at + far; next++) {
            saved += cost(part, next, 0) - weight_of(&part->cells[col_of(part, next)]);
        }
        if (saved > *most) {
            int a = col_of(part, first), b = col_of(part, at + far);
            *most = saved;
            best->begin = part->is_mirrored ? b : a;
            best->end = (part->is_mirrored ? a : b) + 1;
            best->by = part->is_mirrored ? far : -far;
        }
    }
}

static void find_between(struct wt_term_slides *slides, struct wt_term_slide best,
                         const struct wt_cell *shown, const struct wt_cell *cells) {
    int most = WORTH, begin = best.begin, end = best.end;
    for (int i = 0; i < 2; i++) {
        const struct part part = {shown, cells, begin, end, i == 1};
        for (int far = 1; far <= FARTHEST; far++) {
            find_in(&part, far, &most, &best);
        }
    }
    if (best.by == 0) {
        return;
    }
    find_between(slides, (struct wt_term_slide){best.row, begin, best.begin, 0}, shown, cells);
    if (slides->count < WT_TERM_SLIDES_MAX) {
        slides->items[slides->count++] = best;
    }
    find_between(slides, (struct wt_term_slide){best.row, best.end, end, 0}, shown, cells);
}

void wt_term_slides_find(struct wt_term_slides *slides, int row, const struct wt_cell *shown,
                         const struct wt_cell *cells, int cols) {
    for (int col = 0; col < cols; col++) {
        if (shown[col].width != 1 || cells[col].width != 1) {
            return; /* half of a wide character must not be moved */
        }
    }
    find_between(slides, (struct wt_term_slide){row, 0, cols, 0}, shown, cells);
}

void wt_term_slide_apply(const struct wt_term_slide *slide, struct wt_cell *cells) {
    int far = abs(slide->by), from = slide->by < 0 ? slide->begin + far : slide->begin;
    int to = slide->by < 0 ? slide->begin : slide->begin + far;
    int vacated = slide->by < 0 ? slide->end - far : slide->begin;
    memmove(&cells[to], &cells[from], (size_t)(slide->end - slide->begin - far) * sizeof *cells);
    for (int i = 0; i < far; i++) {
        cells[vacated + i].codes[0] = UNKNOWN;
    }
}

/* To one side or the other, or not at all. */
static void write_step(int cols, struct wt_buffer *out) {
    if (cols != 0) {
        wt_buffer_printf(out, "\033[%d%c", abs(cols), cols > 0 ? 'C' : 'D');
    }
}

/* First cells are deleted, then as many inserted: the other way round, the last ones of the row
 * would be lost. */
void wt_term_slides_write(const struct wt_term_slides *slides, struct wt_buffer *out) {
    int row = -1, col = 0;
    for (size_t i = 0; i < slides->count; i++) {
        const struct wt_term_slide *slide = &slides->items[i];
        int far = abs(slide->by);
        int gone = slide->by < 0 ? slide->begin : slide->end - far;
        int come = slide->by < 0 ? slide->end - far : slide->begin;
        if (slide->row == row) {
            write_step(gone - col, out);
        } else {
            wt_buffer_printf(out, "\033[%d;%dH", slide->row + 1, gone + 1);
        }
        wt_buffer_printf(out, "\033[%dP", far);
        write_step(come - gone, out);
        wt_buffer_printf(out, "\033[%d@", far);
        row = slide->row;
        col = come;
    }
}
