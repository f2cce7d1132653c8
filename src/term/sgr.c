#include "term/sgr.h"

#include <string.h>

enum { MAX_PARAMS = 24, UNKNOWN_COLOUR = -2 };

void wt_term_sgr_forget(struct wt_term_sgr *sgr) {
    *sgr = (struct wt_term_sgr){.wanted = {.fg = -1, .bg = -1}};
}

void wt_term_sgr_forget_colours(struct wt_term_sgr *sgr) {
    sgr->told.fg = sgr->told.bg = UNKNOWN_COLOUR;
}

/* ------------------------------------------------------------------------------- telling ---- */

static void begin_param(struct wt_buffer *out, bool *first) {
    wt_buffer_append_text(out, *first ? "\033[" : ";");
    *first = false;
}

static void tell_colour(const struct wt_term_palette *palette, int colour, int ground,
                        struct wt_buffer *out, bool *first) {
    int entry = colour - WT_TERM_PALETTE_FIRST;
    begin_param(out, first);
    if (colour < 0) {
        wt_buffer_printf(out, "%d", ground + 9);
    } else if (colour < 8) {
        wt_buffer_printf(out, "%d", ground + colour);
    } else if (colour < 16) {
        wt_buffer_printf(out, "%d", ground + 60 + colour - 8);
    } else if (palette != NULL && entry < palette->count) {
        uint32_t rgb = palette->rgb[entry];
        wt_buffer_printf(out, "%d;2;%u;%u;%u", ground + 8, (unsigned)(rgb >> 16 & 0xff),
                         (unsigned)(rgb >> 8 & 0xff), (unsigned)(rgb & 0xff));
    } else {
        wt_buffer_printf(out, "%d;5;%d", ground + 8, colour);
    }
}

/* Everything off; `more` tells whether more follows in the same sequence. */
static void tell_reset(struct wt_term_sgr *sgr, bool more, struct wt_buffer *out, bool *first) {
    begin_param(out, first);
    if (more) {
        wt_buffer_append_char(out, '0');
    }
    sgr->told = (struct wt_term_rendition){.fg = -1, .bg = -1};
    sgr->is_told = true;
}

/* Switches single flags off. Bold and dim only go together: the other one is told again later. */
static void tell_off(struct wt_term_sgr *sgr, unsigned flags, struct wt_buffer *out, bool *first) {
    enum { WEIGHT = 1u << 1 | 1u << 2 };
    if ((flags & WEIGHT) != 0) {
        begin_param(out, first);
        wt_buffer_append_text(out, "22");
        sgr->told.flags &= ~(unsigned)WEIGHT;
    }
    for (unsigned flag = 3; flag < 10; flag++) {
        if ((flags & 1u << flag) != 0) {
            begin_param(out, first);
            wt_buffer_printf(out, "%u", 20 + flag);
            sgr->told.flags &= ~(1u << flag);
        }
    }
}

void wt_term_sgr_tell(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                      struct wt_buffer *out) {
    const struct wt_term_rendition *wanted = &sgr->wanted;
    struct wt_term_rendition *told = &sgr->told;
    bool first = true;
    bool is_plain = wanted->flags == 0 && wanted->fg < 0 && wanted->bg < 0;
    unsigned off = told->flags & ~wanted->flags;
    if (!sgr->is_told || (off != 0 && is_plain)) {
        tell_reset(sgr, !is_plain, out, &first);
    } else if (off != 0) {
        tell_off(sgr, off, out, &first);
    }
    for (unsigned flag = 1; flag < 10; flag++) {
        if ((wanted->flags & ~told->flags & 1u << flag) != 0) {
            begin_param(out, &first);
            wt_buffer_printf(out, "%u", flag);
        }
    }
    if (wanted->fg != told->fg) {
        tell_colour(palette, wanted->fg, 30, out, &first);
    }
    if (wanted->bg != told->bg) {
        tell_colour(palette, wanted->bg, 40, out, &first);
    }
    if (!first) {
        wt_buffer_append_char(out, 'm');
    }
    *told = *wanted;
}

/* Before spaces and erasing: only the background can be seen, and lines through or under a cell. */
static void tell_blank(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                       struct wt_buffer *out) {
    enum { SEEN = 1u << 4 | 1u << 7 | 1u << 9 };
    if (!sgr->is_told || ((sgr->wanted.flags | sgr->told.flags) & SEEN) != 0) {
        wt_term_sgr_tell(sgr, palette, out);
        return;
    }
    if (sgr->wanted.bg != sgr->told.bg) {
        bool first = true;
        tell_colour(palette, sgr->wanted.bg, 40, out, &first);
        wt_buffer_append_char(out, 'm');
        sgr->told.bg = sgr->wanted.bg;
    }
}

/* ------------------------------------------------------------------------------- hearing ---- */

/* The decimal parameters between begin and end; -1 when it is not only that. */
static int read_params(const char *begin, const char *end, int params[MAX_PARAMS]) {
    int count = 0;
    params[count++] = 0;
    for (const char *at = begin; at < end; at++) {
        if (*at == ';') {
            if (count == MAX_PARAMS) {
                return -1;
            }
            params[count++] = 0;
        } else if (*at >= '0' && *at <= '9' && params[count - 1] < 10000) {
            params[count - 1] = params[count - 1] * 10 + (*at - '0');
        } else {
            return -1;
        }
    }
    return count;
}

/* One parameter, and what belongs to it; returns how many were used, 0 for one nobody knows. */
static int hear_param(struct wt_term_rendition *wanted, const int *params, int count) {
    int param = params[0];
    if (param == 0) {
        *wanted = (struct wt_term_rendition){.fg = -1, .bg = -1};
    } else if (param < 10) {
        wanted->flags |= 1u << param;
    } else if (param == 22) {
        wanted->flags &= ~(1u << 1 | 1u << 2);
    } else if (param >= 23 && param <= 29 && param != 26) {
        wanted->flags &= ~(1u << (param - 20));
    } else if (param >= 30 && param <= 37) {
        wanted->fg = param - 30;
    } else if (param >= 40 && param <= 47) {
        wanted->bg = param - 40;
    } else if (param >= 90 && param <= 97) {
        wanted->fg = param - 90 + 8;
    } else if (param >= 100 && param <= 107) {
        wanted->bg = param - 100 + 8;
    } else if (param == 39) {
        wanted->fg = -1;
    } else if (param == 49) {
        wanted->bg = -1;
    } else if ((param == 38 || param == 48) && count >= 3 && params[1] == 5 && params[2] < 256) {
        *(param == 38 ? &wanted->fg : &wanted->bg) = params[2];
        return 3;
    } else {
        return 0;
    }
    return 1;
}

/* False: this one must pass as it is, and nobody knows the state after it. */
static bool hear(struct wt_term_sgr *sgr, const char *begin, const char *end) {
    int params[MAX_PARAMS];
    struct wt_term_rendition wanted = sgr->wanted;
    int count = read_params(begin, end, params);
    for (int at = 0; at < count;) {
        int used = hear_param(&wanted, params + at, count - at);
        if (used == 0) {
            return false;
        }
        at += used;
    }
    if (count > 0) {
        sgr->wanted = wanted;
    }
    return count > 0;
}

/* ------------------------------------------------------------------------------ sequences ---- */

/* The end of the sequence that begins at `at` (an ESC). */
static const char *end_of_sequence(const char *at, const char *end) {
    const char *next = at + 1;
    if (next == end) {
        return end;
    }
    if (*next == '[') {
        next++;
        while (next < end && (*next < 0x40 || *next > 0x7e)) {
            next++;
        }
    } else if (*next == ']') { /* up to BEL or ESC \ */
        while (next < end && *next != 0x07 && *next != 0x1b) {
            next++;
        }
        if (next < end && *next == 0x1b) {
            next++;
        }
    } else {
        while (next < end && *next >= 0x20 && *next <= 0x2f) {
            next++;
        }
    }
    return next < end ? next + 1 : end;
}

/* Whether the sequence does no more than move the cursor, so that looks do not matter to it. */
static bool only_moves(const char *at, size_t length) {
    return length >= 3 && at[1] == '[' && at[2] != '?' &&
           strchr("ABCDGHdf", at[length - 1]) != NULL;
}

/* Whether it erases, which shows nothing but the background. */
static bool only_erases(const char *at, size_t length) {
    return length >= 3 && at[1] == '[' && at[2] != '?' && strchr("JKX", at[length - 1]) != NULL;
}

static const char *take_sequence(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                                 const char *at, const char *end, struct wt_buffer *out) {
    const char *next = end_of_sequence(at, end);
    size_t length = (size_t)(next - at);
    if (length >= 3 && at[1] == '[' && next[-1] == 'm' && at[2] != '?' && at[2] != '>') {
        if (hear(sgr, at + 2, next - 1)) {
            return next;
        }
        wt_term_sgr_tell(sgr, palette, out);
        sgr->is_told = false;
    } else if (length == 3 && memcmp(at, "\033(B", 3) == 0) {
        if (sgr->is_ascii) {
            return next;
        }
        sgr->is_ascii = true;
    } else if (length == 3 && at[1] == '(') {
        sgr->is_ascii = false;
    } else if (only_erases(at, length)) {
        tell_blank(sgr, palette, out);
    } else if (!only_moves(at, length)) {
        wt_term_sgr_tell(sgr, palette, out);
    }
    wt_buffer_append(out, at, length);
    return next;
}

/* Text without sequences: first its leading blanks, for which less has to be said. */
static const char *take_text(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                             const char *at, const char *end, struct wt_buffer *out) {
    const char *next = at;
    bool has_space = false;
    while (next < end && (*next == ' ' || *next == '\r' || *next == '\b')) {
        has_space = has_space || *next == ' ';
        next++;
    }
    if (next > at) {
        if (has_space) {
            tell_blank(sgr, palette, out);
        }
    } else {
        wt_term_sgr_tell(sgr, palette, out);
        while (next < end && *next != 0x1b) {
            next++;
        }
    }
    wt_buffer_append(out, at, (size_t)(next - at));
    return next;
}

void wt_term_sgr_filter(struct wt_term_sgr *sgr, const struct wt_term_palette *palette,
                        const char *bytes, size_t length, struct wt_buffer *out) {
    const char *end = bytes + length;
    while (bytes < end) {
        bytes = *bytes == 0x1b ? take_sequence(sgr, palette, bytes, end, out)
                               : take_text(sgr, palette, bytes, end, out);
    }
}
