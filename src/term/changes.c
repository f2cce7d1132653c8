#include "term/changes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { MOVE_SIZE = 32, FEW = 3, LOOK_AHEAD = 24, LOOKS_AHEAD = 64 };

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

static size_t digits_of(int number) {
    return number < 10 ? 1 : number < 100 ? 2 : number < 1000 ? 3 : number < 10000 ? 4 : 5;
}

/* The length of "ESC [ N letter", where 1 need not be said. */
static size_t relative_length(int count) {
    return count == 1 ? 3 : 3 + digits_of(count);
}

/* Formatted by hand: most of a frame is moves. */
static char *put_number(char *at, int number) {
    size_t digits = digits_of(number);
    for (size_t i = digits; i-- > 0; number /= 10) {
        at[i] = (char)('0' + number % 10);
    }
    return at + digits;
}

static void write_relative(int count, char letter, struct wt_buffer *out) {
    char text[MOVE_SIZE] = "\033[", *at = text + 2;
    at = count == 1 ? at : put_number(at, count);
    *at++ = letter;
    wt_buffer_append(out, text, (size_t)(at - text));
}

static size_t absolute_length(struct place to) {
    size_t row = 3 + digits_of(to.row + 1);
    return to.col == 0 ? row : row + 1 + digits_of(to.col + 1);
}

static void write_absolute(struct place to, struct wt_buffer *out) {
    char text[MOVE_SIZE] = "\033[", *at = put_number(text + 2, to.row + 1);
    if (to.col > 0) {
        *at++ = ';';
        at = put_number(at, to.col + 1);
    }
    *at++ = 'H';
    wt_buffer_append(out, text, (size_t)(at - text));
}

/* Whether a step of so many rows is told by one control character each. */
static bool is_feed(int down, bool line_feed) {
    return line_feed && (down == -1 || (down > 0 && down <= FEW));
}

/* Down or up, then to the side. SIZE_MAX from where nobody knows. */
static size_t steps_length(struct place from, struct place to, bool line_feed) {
    int down = to.row - from.row, right = to.col - from.col;
    size_t length = 0;
    if (from.row < 0) {
        return SIZE_MAX;
    }
    if (is_feed(down, line_feed)) {
        length += down < 0 ? 2 : (size_t)down;
    } else if (down != 0) {
        length += relative_length(abs(down));
    }
    if (right > 0) {
        length += relative_length(right);
    } else if (right < 0) {
        length += to.col == 0 ? 1 : -right <= FEW ? (size_t)-right : relative_length(-right);
    }
    return length;
}

static size_t way_length(struct place from, struct place to, bool line_feed) {
    size_t steps = steps_length(from, to, line_feed), absolute = absolute_length(to);
    return steps < absolute ? steps : absolute;
}

static void write_rows(int down, bool line_feed, struct wt_buffer *out) {
    if (is_feed(down, line_feed)) {
        wt_buffer_append_text(out, down < 0 ? "\033M" : &"\n\n\n"[FEW - down]);
    } else if (down != 0) {
        write_relative(abs(down), down < 0 ? 'A' : 'B', out);
    }
}

static void write_cols(int right, bool to_begin, struct wt_buffer *out) {
    if (right > 0) {
        write_relative(right, 'C', out);
    } else if (right < 0 && to_begin) {
        wt_buffer_append_char(out, '\r');
    } else if (right < 0 && -right <= FEW) {
        wt_buffer_append_text(out, &"\b\b\b"[FEW + right]);
    } else if (right < 0) {
        write_relative(-right, 'D', out);
    }
}

/* The shortest way. */
static void move(struct place from, struct place to, bool line_feed, struct wt_buffer *out) {
    if (steps_length(from, to, line_feed) >= absolute_length(to)) {
        write_absolute(to, out);
        return;
    }
    write_rows(to.row - from.row, line_feed, out);
    write_cols(to.col - from.col, to.col == 0, out);
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

/* Cells beside each other from `at` on, which nothing separates, before `end`. */
static size_t end_of_run(const struct wt_term_change *items, size_t at, size_t end) {
    size_t next = at + 1;
    while (next < end && items[next].row == items[at].row &&
           items[next].col == items[next - 1].col + 1) {
        next++;
    }
    return next;
}

/* Links the runs of a look that lie between `begin` and `end`: each knows where it ends, and which
 * run comes next; the last one's next is `end`. */
static void link_runs(struct wt_term_change *items, size_t begin, size_t end) {
    for (size_t at = begin; at < end; at = items[at].run_end) {
        items[at].run_end = (uint32_t)end_of_run(items, at, end);
        items[at].next_run = items[at].run_end;
    }
}

struct telling {
    struct wt_term_change *items;
    const struct wt_term_screen *screen;
    struct place cursor;
    struct wt_buffer *out; /* NULL: only the length of the moves is wanted */
    size_t length;         /* of the moves */
};

static void write_run(struct telling *telling, size_t at) {
    const struct wt_term_change *run = &telling->items[at];
    struct place to = {run->row, run->col};
    if (telling->out != NULL) {
        move(telling->cursor, to, telling->screen->line_feed, telling->out);
        for (size_t i = at; i < run->run_end; i++) {
            write_codes(telling->items[i].codes, telling->out);
        }
    }
    telling->cursor = (struct place){run->row, run->col + (int)(run->run_end - at)};
    if (telling->cursor.col >= telling->screen->cols) {
        telling->cursor.row = -1; /* at the edge terminals do not agree */
    }
}

/* All runs of one look, the nearest of the next few each time. A step to the right counts `detour`
 * bytes more, for somebody has to come back: so columns of numbers are told downwards. */
static void write_look(struct telling *telling, size_t begin, size_t end, size_t detour) {
    struct wt_term_change *items = telling->items;
    link_runs(items, begin, end);
    size_t first = begin;
    while (first < end) {
        size_t best = first, before_best = end, before = end, least = SIZE_MAX, seen = 0;
        for (size_t at = first; at < end && seen < LOOK_AHEAD; at = items[at].next_run, seen++) {
            struct place to = {items[at].row, items[at].col};
            size_t length = way_length(telling->cursor, to, telling->screen->line_feed);
            length += to.row == telling->cursor.row ? detour : 0;
            if (length < least) {
                least = length;
                best = at;
                before_best = before;
            }
            before = at;
        }
        telling->length += least;
        telling->length -= items[best].row == telling->cursor.row ? detour : 0;
        write_run(telling, best);
        if (before_best == end) {
            first = items[best].next_run;
        } else {
            items[before_best].next_run = items[best].next_run;
        }
    }
}

/* Rows or columns first, whichever is shorter here. */
static void write_look_shortest(struct telling *telling, size_t begin, size_t end) {
    enum { DETOUR = 4 };
    size_t lengths[2];
    for (int i = 0; i < 2; i++) {
        struct telling trial = *telling;
        trial.out = NULL;
        trial.length = 0;
        write_look(&trial, begin, end, i * DETOUR);
        lengths[i] = trial.length;
    }
    write_look(telling, begin, end, lengths[1] <= lengths[0] ? DETOUR : 0);
}

/* ---- looks -------------------------------------------------------------------------------- */

/* Links the looks: the first change of each knows where it ends, and where the next one begins. */
static void link_looks(struct wt_term_change *items, size_t count) {
    for (size_t begin = 0, end; begin < count; begin = end) {
        end = begin + 1;
        while (end < count && is_same_look(&items[begin].look, &items[end].look)) {
            end++;
        }
        items[begin].look_end = items[begin].next_look = (uint32_t)end;
    }
}

/* Notes of each look whether its colour is told on another ground, too. */
static void find_bridges(struct wt_term_change *items, size_t count) {
    for (size_t at = 0; at < count; at = items[at].next_look) {
        const struct wt_term_rendition *look = &items[at].look, *other;
        size_t seen = 0;
        items[at].is_bridge = false;
        for (size_t i = 0; i < count && seen < LOOKS_AHEAD; i = items[i].next_look, seen++) {
            other = &items[i].look;
            items[at].is_bridge |= other->fg == look->fg && other->bg != look->bg;
        }
    }
}

/* How far it is between two looks: a true colour is longer than all attributes. From a colour that
 * is on another ground, too, only that has to be said to go there; so on each ground those colours
 * are told last. */
static unsigned look_distance(const struct wt_term_rendition *from,
                              const struct wt_term_change *to) {
    enum { GROUND = 5, COLOUR = 4, BRIDGE = 2, FLAGS = 1 };
    bool is_elsewhere = from->bg != to->look.bg, is_other = from->fg != to->look.fg;
    return (is_elsewhere ? GROUND : 0u) + (is_other ? COLOUR : 0u) +
           (is_other && to->is_bridge ? BRIDGE : 0u) + (from->flags != to->look.flags ? FLAGS : 0u);
}

/* Takes the nearest of the next few looks out of those that begin at *first, of `count` changes. */
static size_t take_look(struct wt_term_change *items, size_t count,
                        const struct wt_term_rendition *told, size_t *first) {
    size_t best = *first, before_best = count, before = count, seen = 0;
    unsigned least = UINT_MAX;
    for (size_t at = *first; at < count && seen < LOOKS_AHEAD; at = items[at].next_look, seen++) {
        unsigned distance = look_distance(told, &items[at]);
        if (distance < least) {
            least = distance;
            best = at;
            before_best = before;
        }
        before = at;
    }
    if (before_best == count) {
        *first = items[best].next_look;
    } else {
        items[before_best].next_look = items[best].next_look;
    }
    return best;
}

void wt_term_changes_write(struct wt_term_changes *changes, const struct wt_term_screen *screen,
                           struct wt_term_sgr *sgr, struct wt_buffer *out) {
    struct wt_term_change *items = changes->items;
    struct telling telling = {.items = items, .screen = screen, .cursor = {.row = -1}, .out = out};
    size_t first = 0;
    join_blanks(items, changes->count);
    if (changes->count > 0) {
        qsort(items, changes->count, sizeof *items, by_look);
    }
    link_looks(items, changes->count);
    find_bridges(items, changes->count);
    while (first < changes->count) {
        size_t begin = take_look(items, changes->count, &sgr->told, &first);
        sgr->wanted = items[begin].look;
        wt_term_sgr_tell(sgr, screen->palette, out);
        write_look_shortest(&telling, begin, items[begin].look_end);
    }
    wt_buffer_append_text(out, "\033[H");
}
