#include "term/slide.h"

#include <stdlib.h>
#include <string.h>

#include "term/shift.h"

enum {
    FARTHEST = 2,
    MOST_COLS = 512, /* wider rows are not searched */
    WORTH = 16,      /* bytes that a slide must save, about as long as it is itself */
    UNKNOWN = 0x7fffffff
};

/* Two pictures of a row. */
struct row {
    const struct wt_cell *shown, *cells;
    unsigned char costs[MOST_COLS];  /* about how many bytes each cell costs that is told */
    unsigned char others[MOST_COLS]; /* the same of those that are not as they are shown, else 0 */
};

/* A part of it, or its mirror image: in which what goes right goes left. */
struct part {
    const struct row *row;
    int begin, end;
    bool is_mirrored;
};

static int col_of(const struct part *part, int at) {
    return part->is_mirrored ? part->end - 1 - at : part->begin + at;
}

static unsigned char cost_of(const struct wt_cell *cell) {
    uint32_t code = cell->codes[0];
    return (unsigned char)(code < 0x80 ? 2 : code < 0x800 ? 3 : code < 0x10000 ? 4 : 5);
}

/* What it costs that a cell is where `from` was. */
static inline int cost_after(const struct row *row, int col, int from) {
    return wt_term_looks_equal(&row->shown[from], &row->cells[col]) ? 0 : row->costs[col];
}

/* The best slide to the begin of the part: the run of cells that saves the most, of which the last
 * are vacated. Raises *most to what it saves. */
static void find_in(const struct part *part, int far, int *most, struct wt_term_slide *best) {
    const struct row *row = part->row;
    int run = 0, first = 0;
    for (int at = 0; at + far < part->end - part->begin; at++) {
        int col = col_of(part, at);
        if (run <= 0) {
            run = 0;
            first = at;
        }
        run += row->others[col] - cost_after(row, col, col_of(part, at + far));
        int saved = run;
        for (int next = at + 1; next <= at + far; next++) {
            saved += row->others[col_of(part, next)] - row->costs[col_of(part, next)];
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

/* How many bytes slides of a part could save at most, each by FARTHEST less than its index. Most
 * rows that change have other figures, and nothing in them moved: they are not searched. */
struct hope {
    int bytes[2 * FARTHEST + 1];
};

static struct hope hope_of(const struct part *part) {
    const struct row *row = part->row;
    struct hope hope = {{0}};
    for (int col = part->begin; col < part->end; col++) {
        if (row->others[col] == 0) {
            continue;
        }
        int first = col - FARTHEST > part->begin ? col - FARTHEST : part->begin;
        for (int from = first; from < part->end && from <= col + FARTHEST; from++) {
            if (wt_term_looks_equal(&row->shown[from], &row->cells[col])) {
                hope.bytes[FARTHEST + col - from] += row->others[col];
            }
        }
    }
    return hope;
}

static bool is_hopeful(const struct hope *hope) {
    int most = 0;
    for (int i = 0; i <= 2 * FARTHEST; i++) {
        most = hope->bytes[i] > most ? hope->bytes[i] : most;
    }
    return most > WORTH;
}

static void find_between(struct wt_term_slides *slides, int row, struct part part) {
    const struct hope hope = hope_of(&part);
    struct wt_term_slide best = {.row = row};
    int most = WORTH;
    for (int by = -FARTHEST; by <= FARTHEST; by++) {
        part.is_mirrored = by > 0;
        if (hope.bytes[FARTHEST + by] > most) {
            find_in(&part, abs(by), &most, &best);
        }
    }
    if (best.by == 0) {
        return;
    }
    find_between(slides, row, (struct part){part.row, part.begin, best.begin, false});
    if (slides->count < WT_TERM_SLIDES_MAX) {
        slides->items[slides->count++] = best;
    }
    find_between(slides, row, (struct part){part.row, best.end, part.end, false});
}

void wt_term_slides_find(struct wt_term_slides *slides, int row, const struct wt_cell *shown,
                         const struct wt_cell *cells, int cols) {
    struct row both;
    const struct part part = {&both, 0, cols, false};
    both.shown = shown;
    both.cells = cells;
    for (int col = 0; col < cols; col++) {
        if (cols > MOST_COLS || shown[col].width != 1 || cells[col].width != 1) {
            return; /* half of a wide character must not be moved */
        }
        bool is_same = wt_term_looks_equal(&shown[col], &cells[col]);
        both.others[col] = is_same ? 0 : cost_of(&cells[col]);
    }
    const struct hope hope = hope_of(&part);
    if (!is_hopeful(&hope)) {
        return;
    }
    for (int col = 0; col < cols; col++) {
        both.costs[col] = cost_of(&cells[col]);
    }
    find_between(slides, row, part);
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
