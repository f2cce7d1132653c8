/* paint.c - a grid becomes one frame of bytes.
 *
 * `shown` is the picture that the terminal has. A row without a changed cell costs one comparison.
 * A refresh, which changes a few hundred cells here and there, is told look by look (changes.c)
 * without curses, which then is behind: before it is needed again, for a new view, for wide
 * characters or for a terminal that we do not know, it is told the old picture, and what it writes
 * is dropped. A frame that curses makes is sent look by look, too, if that is shorter.
 *
 * When a sentence comes or goes at the top, what is below it moves as a whole (shift.c); graphs
 * move sideways (slide.c).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "term/paint.h"

enum { PATIENT_FRAMES = 60 }; /* between two attempts to find a place for all colours of a frame */

/* -------------------------------------------------------------------------------- colours ---- */

/* The curses pair of two palette indices; -1 when there is none left. */
static int pair_of(struct wt_term *term, int fg, int bg) {
    if (fg < 0 && bg < 0) {
        return 0;
    }
    uint64_t key = (uint64_t)(fg + 1) << 32 | (uint64_t)(bg + 1);
    void *known = wt_map_get(&term->pairs, key);
    if (known != NULL) {
        return (int)((intptr_t)known - 1);
    }
    int pair = term->pair_count + 1;
    if (pair >= term->pair_limit || init_extended_pair(pair, fg, bg) != OK ||
        !wt_map_put(&term->pairs, key, (void *)((intptr_t)pair + 1))) {
        return -1;
    }
    term->pair_count = pair;
    return pair;
}

static int direct_colour(wt_colour colour) {
    if (!wt_colour_is_index(colour) && !wt_colour_is_rgb(colour)) {
        return -1;
    }
    uint32_t rgb = wt_colour_rgb(colour);
    return rgb < 8 ? 8 : (int)rgb; /* Such entries keep 0 to 7 for the palette. */
}

/* The pair of a foreground and a background, and whether it must be bold; -1 when none is left.
 * What was found is kept, for looking through a palette costs more than all the rest of a frame. */
static int pair_for(struct wt_term *term, wt_colour fg, wt_colour bg, bool *bold) {
    uint64_t key = (uint64_t)fg << 32 | bg;
    intptr_t known = (intptr_t)wt_map_get(&term->looks, key);
    if (known != 0) {
        *bold = (known & 1) != 0;
        return (int)(known >> 1) - 1;
    }
    int fg_index, bg_index;
    bool overflowed = term->palette.overflowed;
    term->palette.overflowed = false;
    if (term->direct) {
        fg_index = direct_colour(fg);
        bg_index = direct_colour(bg);
    } else {
        wt_term_colour_pair(term->depth, &term->palette, fg, bg, &fg_index, &bg_index, bold);
    }
    if (!term->default_colours && (fg_index >= 0 || bg_index >= 0)) {
        fg_index = fg_index < 0 ? COLOR_WHITE : fg_index;
        bg_index = bg_index < 0 ? COLOR_BLACK : bg_index;
    }
    int pair = pair_of(term, fg_index, bg_index);
    /* A colour that only stands in for another is looked for again, and asked for again. */
    if (pair >= 0 && !term->palette.overflowed) {
        known = (intptr_t)(pair + 1) << 1 | *bold;
        (void)wt_map_put(&term->looks, key, (void *)known);
    }
    term->palette.overflowed = term->palette.overflowed || overflowed;
    return pair;
}

struct wt_term_look wt_term_look_of(struct wt_term *term, const struct wt_style *style) {
    static const struct {
        unsigned ours;
        attr_t theirs;
    } table[] = {{WT_ATTRIBUTE_BOLD, A_BOLD},
                 {WT_ATTRIBUTE_DIM, A_DIM},
                 {WT_ATTRIBUTE_ITALIC, A_ITALIC},
                 {WT_ATTRIBUTE_UNDERLINE, A_UNDERLINE},
                 {WT_ATTRIBUTE_REVERSE, A_REVERSE}};
    struct wt_term_look look = {.attributes = A_NORMAL, .whole = true};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        look.attributes |= (style->attributes & table[i].ours) != 0 ? table[i].theirs : A_NORMAL;
    }
    if (term->depth == WT_TERM_DEPTH_NONE) {
        return look;
    }
    bool bold = false;
    look.pair = pair_for(term, style->fg, style->bg, &bold);
    look.attributes |= bold ? A_BOLD : A_NORMAL;
    if (look.pair < 0) {
        look.pair = 0;
        look.whole = false;
    }
    return look;
}

/* Gives out all colours anew; the frame that follows writes every cell. */
static void reset_colours(struct wt_term *term) {
    wt_term_palette_reset(&term->palette);
    wt_term_sgr_forget_colours(&term->sgr);
    wt_map_fini(&term->pairs);
    wt_map_fini(&term->looks);
    term->pair_count = 0;
    reset_color_pairs();
    term->all = term->changes.is_useless = true; /* they name colours that are no more */
}

/* ------------------------------------------------------------------------------- painting ---- */

bool wt_term_is_filtered(const struct wt_term *term) {
    return term->family->xterm_like && !term->direct;
}

bool wt_term_is_showable(const struct wt_term *term, uint32_t code, int width) {
    if (code < 0x7f) {
        return code >= 0x20 && width == 1;
    }
    if (code < 0xa0 || code > 0x10ffff || wcwidth((wchar_t)code) != width) {
        return false;
    }
    char bytes[16];
    mbstate_t state = {0};
    return term->utf8 || wcrtomb(bytes, (wchar_t)code, &state) != (size_t)-1;
}

static void make_cchar(const struct wt_term *term, cchar_t *out, const struct wt_cell *cell,
                       bool known, const struct wt_term_look *look) {
    wchar_t text[WT_CELL_CODES + 1] = {L'?'};
    if (known) {
        size_t n = 0;
        text[n++] = (wchar_t)cell->codes[0];
        for (size_t i = 1; i < WT_CELL_CODES && cell->codes[i] != 0; i++) {
            if (wt_term_is_showable(term, cell->codes[i], 0)) {
                text[n++] = (wchar_t)cell->codes[i];
            }
        }
    }
    setcchar(out, text, look->attributes, 0, &look->pair);
}

/* Tells curses one row: `cols` cells, the rest is blank. False when a look was not whole. */
static bool put_row(struct wt_term *term, int row, const struct wt_cell *cells, int cols) {
    static const struct wt_cell blank = {.codes = {' '}, .width = 1};
    struct wt_term_look look = {.whole = true};
    const struct wt_style *style = NULL;
    bool whole = true;
    int count = 0;
    for (int col = 0; col < term->cols; col++) {
        struct wt_cell cell = col < cols ? cells[col] : blank;
        if (cell.width == 0 || cell.width > 2 || (cell.width == 2 && col + 1 >= cols)) {
            cell.codes[0] = ' '; /* Half of a wide character, where the other is missing. */
            cell.codes[1] = 0;
            cell.width = 1;
        }
        const struct wt_style *own = col < cols ? &cells[col].style : &blank.style;
        if (style == NULL || style->fg != own->fg || style->bg != own->bg ||
            style->attributes != own->attributes) {
            look = wt_term_look_of(term, own);
            whole = whole && look.whole;
            style = own;
        }
        bool known = wt_term_is_showable(term, cell.codes[0], cell.width);
        make_cchar(term, &term->line[count++], &cell, known, &look);
        if (cell.width == 2) {
            col++;
            if (!known) {
                make_cchar(term, &term->line[count++], &cell, false, &look);
            }
        }
    }
    mvwadd_wchnstr(stdscr, row, 0, term->line, count);
    return whole;
}

/* Tells curses what changed since the last paint. False when some colour found no place. */
static bool put_grid(struct wt_term *term, const struct wt_grid *grid) {
    int cols = wt_term_cols_of(term, grid);
    bool whole = true;
    for (int row = 0; row < term->rows; row++) {
        struct wt_cell *shown = wt_term_shown_row(term, row);
        const struct wt_cell *cells = wt_term_row_of(grid, row);
        int given = cells != NULL ? cols : 0;
        bool changed = term->all;
        for (int col = 0; !changed && col < given; col++) {
            changed = !wt_cell_equal(&shown[col], &cells[col]);
        }
        if (changed) {
            whole = put_row(term, row, cells, given) && whole;
            if (given > 0) {
                memcpy(shown, cells, (size_t)given * sizeof *shown);
            }
        }
    }
    return whole && !term->palette.overflowed;
}

static struct wt_term_screen screen_of(const struct wt_term *term) {
    return (struct wt_term_screen){.cols = term->cols,
                                   .line_feed = term->line_feed,
                                   .palette =
                                       term->depth == WT_TERM_DEPTH_TRUE ? &term->palette : NULL};
}

static void write_changes(struct wt_term *term, struct wt_term_sgr *sgr, struct wt_buffer *out) {
    const struct wt_term_screen screen = screen_of(term);
    wt_term_slides_write(&term->slides, out);
    wt_term_changes_write(&term->changes, &screen, sgr, out);
}

/* Sends the changes look by look instead of what curses wrote (the frame from `begin` on, before
 * which the terminal was told `sgr`), if that is shorter. Both end with the cursor at home, and
 * with the same picture. */
static void shorten(struct wt_term *term, size_t begin, struct wt_term_sgr sgr) {
    struct wt_buffer *frame = &term->output.frame;
    if (term->changes.is_useless || term->fresh || term->broken || !sgr.is_ascii ||
        !term->sgr.is_ascii || !term->sgr.is_told) {
        return;
    }
    wt_buffer_clear(&term->by_look);
    write_changes(term, &sgr, &term->by_look);
    if (term->by_look.failed || frame->failed || term->by_look.length >= frame->length - begin) {
        return;
    }
    sgr.wanted = term->sgr.wanted; /* what curses believes */
    term->sgr = sgr;
    frame->length = begin;
    wt_buffer_append(frame, term->by_look.data, term->by_look.length);
}

/* The frame begins: what this terminal must hear before what curses drew. */
static void begin_frame(struct wt_term *term, bool cursor) {
    struct wt_buffer *out = &term->output.frame;
    wt_buffer_append_text(out, term->broken ? "\030" : "");
    if (term->fresh && term->sync == WT_TERM_SYNC_UNASKED && term->family->sync_ask[0] != '\0') {
        wt_buffer_append_text(out, term->family->sync_ask);
        term->sync = WT_TERM_SYNC_ASKED;
        term->asked_ns = wt_clock_now().monotonic_ns;
        term->decoder.awaits_mode = true;
    }
    wt_buffer_append_text(out, term->sync == WT_TERM_SYNC_YES ? term->family->sync_begin : "");
    if (term->fresh) {
        wt_buffer_append_text(out, term->family->paste_on);
        wt_buffer_append_text(out, term->mouse ? term->family->mouse_on : "");
        wt_term_append_capability(out, wt_term_capability("smkx"));
    }
    if (!cursor && term->cursor) {
        wt_term_append_capability(out, wt_term_capability("civis"));
    }
}

static void end_frame(struct wt_term *term) {
    wt_buffer_append_text(&term->output.frame,
                          term->sync == WT_TERM_SYNC_YES ? term->family->sync_end : "");
}

/* When curses takes a terminal it also sets its palette back (OSC 104), which would undo what the
 * person has chosen, and which we never change. */
static size_t without_palette_reset(char *bytes, size_t length) {
    const char *reset = wt_term_capability("oc");
    size_t size = reset != NULL ? strlen(reset) : 0;
    char *at = size > 0 ? memmem(bytes, length, reset, size) : NULL;
    if (at == NULL) {
        return length;
    }
    memmove(at, at + size, length - size - (size_t)(at - bytes));
    return length - size;
}

/* Reads what curses drew. */
static wt_status read_memory(struct wt_term *term, struct wt_error *err) {
    off_t size = lseek(term->memory, 0, SEEK_END);
    wt_buffer_clear(&term->scratch);
    if (size <= 0) {
        return WT_OK;
    }
    if (!wt_buffer_reserve(&term->scratch, (size_t)size)) {
        return wt_fail(err, WT_ENOMEM, "no memory for a frame of %lld bytes", (long long)size);
    }
    ssize_t n = pread(term->memory, term->scratch.data, (size_t)size, 0);
    if (n != size) {
        return wt_fail(err, WT_ESYS, "cannot read the screen's memory file");
    }
    term->scratch.length = (size_t)size;
    return WT_OK;
}

/* Moves what curses drew into the frame. */
static wt_status collect(struct wt_term *term, bool cursor, struct wt_error *err) {
    wt_status status = read_memory(term, err);
    if (status != WT_OK || term->scratch.length == 0) {
        return status;
    }
    size_t length = term->scratch.length;
    if (term->fresh) {
        length = without_palette_reset(term->scratch.data, length);
    }
    if (wt_term_is_filtered(term)) {
        struct wt_term_sgr before = term->sgr;
        size_t begin = term->output.frame.length;
        const struct wt_term_palette *palette =
            term->depth == WT_TERM_DEPTH_TRUE ? &term->palette : NULL;
        wt_term_sgr_filter(&term->sgr, palette, term->scratch.data, length, &term->output.frame);
        if (!cursor) {
            shorten(term, begin, before);
        }
    } else {
        wt_buffer_append(&term->output.frame, term->scratch.data, length);
    }
    return WT_OK;
}

static wt_status send_frame(struct wt_term *term, bool cursor, struct wt_error *err) {
    if (lseek(term->memory, 0, SEEK_END) <= 0 && cursor == term->cursor && !term->fresh) {
        return WT_OK; /* Nothing changed: not even the markers are sent. */
    }
    begin_frame(term, cursor);
    wt_status status = collect(term, cursor, err);
    wt_term_forget_memory(term);
    if (status != WT_OK) {
        wt_term_output_abandon(&term->output);
        term->all = true;
        term->sgr.is_told = false;
        return status;
    }
    if (cursor && !term->cursor) {
        wt_term_append_capability(&term->output.frame, wt_term_capability("cnorm"));
    }
    end_frame(term);
    term->cursor = cursor;
    term->broken = false;
    term->fresh = false;
    if (!term->entered) {
        term->entered = true;
        wt_term_crash_set_bytes(term->restore, term->restore_length);
    }
    term->counts.frames++;
    return wt_term_flush(term, err);
}

/* ---- a frame without curses ---- */

/* Whether the noted changes can be told this terminal in its present state, and are no more than
 * this part of the screen. */
static bool is_refresh(const struct wt_term *term, size_t part) {
    return !term->changes.is_useless && !term->cursor && !term->fresh && !term->broken &&
           term->sgr.is_ascii && term->sgr.is_told &&
           term->changes.count <= (size_t)term->cols * (size_t)term->rows / part;
}

/* Notes what changed since the last paint, where many rows moved after their shift. True when that
 * is sent as a refresh: when it is so little that nothing curses could do would be much shorter. */
static bool note(struct wt_term *term, const struct wt_grid *grid, bool cursor,
                 struct wt_term_shift *shift) {
    enum { FEW = 6, SHIFTED = 3 };
    *shift = (struct wt_term_shift){0};
    if (!wt_term_note(term, grid, shift) || cursor) {
        return false;
    }
    if (is_refresh(term, FEW)) {
        return true;
    }
    if (!is_refresh(term, 1) || !term->shifts || grid->cols != term->cols ||
        grid->rows != term->rows) {
        return false;
    }
    struct wt_term_shift found =
        wt_term_shift_find(term->shown, grid->cells, term->cols, term->rows);
    if (found.by != 0 && wt_term_note(term, grid, &found) && is_refresh(term, SHIFTED)) {
        *shift = found;
        return true;
    }
    (void)wt_term_note(term, grid, shift);
    return false;
}

static wt_status send_refresh(struct wt_term *term, const struct wt_grid *grid,
                              const struct wt_term_shift *shift, struct wt_error *err) {
    struct wt_buffer *frame = &term->output.frame;
    struct wt_term_rendition believed = term->sgr.wanted;
    if (term->changes.count == 0) {
        return WT_OK;
    }
    for (int row = 0; row < term->rows && wt_term_row_of(grid, row) != NULL; row++) {
        memcpy(wt_term_shown_row(term, row), wt_term_row_of(grid, row),
               (size_t)wt_term_cols_of(term, grid) * sizeof *term->shown);
    }
    begin_frame(term, false);
    wt_term_shift_write(shift, frame);
    write_changes(term, &term->sgr, frame);
    term->sgr.wanted = believed;
    end_frame(term);
    term->behind = true;
    term->counts.frames++;
    return wt_term_flush(term, err);
}

/* Curses is told the picture that the terminal has. What it writes is only heard, for the looks
 * that it will believe to be on; its cursor is at home, as after a refresh. */
static void catch_up(struct wt_term *term) {
    struct wt_term_sgr heard = term->sgr;
    for (int row = 0; row < term->rows; row++) {
        put_row(term, row, wt_term_shown_row(term, row), term->cols);
    }
    wmove(stdscr, 0, 0);
    wnoutrefresh(stdscr);
    doupdate();
    wt_buffer_clear(&term->by_look);
    if (read_memory(term, NULL) == WT_OK) {
        wt_term_sgr_filter(&heard, NULL, term->scratch.data, term->scratch.length, &term->by_look);
        term->sgr.wanted = heard.wanted;
    } else {
        term->all = true;
    }
    term->all = term->all || !heard.is_ascii;
    wt_term_forget_memory(term);
}

static void draw_with_curses(struct wt_term *term, const struct wt_grid *grid, bool cursor) {
    if (term->behind && !term->all) {
        catch_up(term);
    }
    bool whole = put_grid(term, grid);
    if (!whole && --term->patience < 0) {
        reset_colours(term);
        put_grid(term, grid);
        term->patience = PATIENT_FRAMES;
    }
    if (term->all) {
        clearok(curscr, TRUE);
    }
    term->all = term->behind = false;
    wmove(stdscr, cursor ? grid->cursor_row : 0, cursor ? grid->cursor_col : 0);
    wnoutrefresh(stdscr);
    doupdate();
}

wt_status wt_term_paint(struct wt_term *term, const struct wt_grid *grid, struct wt_error *err) {
    if (term->dead) {
        return wt_fail(err, WT_EDEAD, "the terminal hung up");
    }
    wt_status status = term->suspended ? WT_EAGAIN : wt_term_flush(term, err);
    if (status != WT_OK) {
        term->counts.dropped += status == WT_EAGAIN;
        return status;
    }
    bool cursor = grid->cursor_col >= 0 && grid->cursor_row >= 0 && grid->cursor_col < term->cols &&
                  grid->cursor_row < term->rows;
    struct wt_term_shift shift;
    if (note(term, grid, cursor, &shift)) {
        status = send_refresh(term, grid, &shift, err);
    } else {
        draw_with_curses(term, grid, cursor);
        status = send_frame(term, cursor, err);
    }
    term->palette.overflowed = false;
    /* A frame on its way is a painted frame: the next one will be dropped, not this one. */
    return status == WT_EAGAIN ? WT_OK : status;
}

bool wt_term_is_pending(const struct wt_term *term) {
    return wt_term_output_pending(&term->output);
}

wt_status wt_term_flush(struct wt_term *term, struct wt_error *err) {
    wt_status status = wt_term_output_send(&term->output, err);
    wt_term_crash_set_partial(status == WT_EAGAIN);
    term->dead = term->dead || status == WT_EDEAD;
    if (status == WT_ENOMEM) {
        term->all = true;
        term->sgr.is_told = false;
    }
    return status;
}
