/* theme.h - names for looks, and what a theme file makes of them.
 *
 * A view never names a colour: it asks for a style (what a thing is) or for a level of a gradient
 * (how much of it there is). A theme file is JSON:
 *
 *     {
 *       "name": "worktop-dark",
 *       "palette": {"ink": "#c8d0e0", "night": "#10131a"},
 *       "styles": {"text": {"fg": "ink", "bg": "night"}, "crit": {"fg": "#ff5c6c", "bold": true}},
 *       "gradients": {"load": {"0": "#2dd4bf", "0.8": "#a78bfa", "1": "#f472b6"}}
 *     }
 *
 * A colour is "#rrggbb", 0 to 255, "default", or a name of the palette. A style that does not say
 * its background keeps the one it is drawn upon, that of "text" at the bottom (so a selected row
 * is one background under everything). A style or gradient that is left out is the built-in one.
 * Attributes are "bold", "dim", "italic", "underline", "reverse". Errors name file and line.
 *
 * Threads: one owner.
 */
#ifndef WT_UI_THEME_H
#define WT_UI_THEME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "ui/grid.h"

/* What a style must reach against its background: text 4.5:1, dim 3:1, decoration nothing. */
enum wt_contrast { WT_CONTRAST_TEXT, WT_CONTRAST_DIM, WT_CONTRAST_NONE };

/* name, text in theme files, contrast, attributes where there are no colours */
#define WT_STYLE_MAP(X)                                                                            \
    X(TEXT, "text", TEXT, 0)                                 /* what one reads */                  \
    X(BRIGHT, "bright", TEXT, WT_ATTRIBUTE_BOLD)             /* numbers and names that matter */   \
    X(DIM, "dim", DIM, WT_ATTRIBUTE_DIM)                     /* labels, units, old data */         \
    X(FAINT, "faint", NONE, WT_ATTRIBUTE_DIM)                /* rulers, empty parts, separators */ \
    X(ACCENT, "accent", TEXT, WT_ATTRIBUTE_BOLD)             /* the one colour that is ours */     \
    X(TITLE, "title", TEXT, WT_ATTRIBUTE_BOLD)               /* of a panel */                      \
    X(BORDER, "border", NONE, WT_ATTRIBUTE_DIM)              /* of a panel */                      \
    X(BORDER_FOCUS, "border_focus", NONE, WT_ATTRIBUTE_BOLD) /* of the panel that has the keys */  \
    X(HEADER, "header", TEXT, 0)                             /* the first line */                  \
    X(COLUMN, "column", DIM, WT_ATTRIBUTE_UNDERLINE)         /* the head of a table */             \
    X(COLUMN_SORTED, "column_sorted", TEXT, WT_ATTRIBUTE_BOLD | WT_ATTRIBUTE_UNDERLINE)            \
    X(SELECTED, "selected", TEXT, WT_ATTRIBUTE_REVERSE) /* the row under the cursor */             \
    X(SELECTED_AWAY, "selected_away", TEXT,                                                        \
      WT_ATTRIBUTE_BOLD)                            /* the same in a panel without keys */         \
    X(KEY, "key", TEXT, WT_ATTRIBUTE_BOLD)          /* a key in the footer and in help */          \
    X(LABEL, "label", DIM, WT_ATTRIBUTE_DIM)        /* what the key does */                        \
    X(INPUT, "input", TEXT, WT_ATTRIBUTE_UNDERLINE) /* the filter line */                          \
    X(MATCH, "match", TEXT, WT_ATTRIBUTE_UNDERLINE) /* an active filter */                         \
    X(OK, "ok", TEXT, 0)                                                                           \
    X(WARN, "warn", TEXT, WT_ATTRIBUTE_BOLD)                                                       \
    X(CRIT, "crit", TEXT, WT_ATTRIBUTE_BOLD | WT_ATTRIBUTE_UNDERLINE)                              \
    X(IDLE, "idle", DIM, WT_ATTRIBUTE_DIM)                                                         \
    X(UNKNOWN, "unknown", DIM, WT_ATTRIBUTE_ITALIC)                                                \
    X(OK_BADGE, "ok_badge", TEXT, 0) /* the same as filled labels */                               \
    X(WARN_BADGE, "warn_badge", TEXT, WT_ATTRIBUTE_BOLD)                                           \
    X(CRIT_BADGE, "crit_badge", TEXT, WT_ATTRIBUTE_REVERSE | WT_ATTRIBUTE_BOLD)                    \
    X(AGE_BADGE, "age_badge", TEXT, WT_ATTRIBUTE_REVERSE | WT_ATTRIBUTE_UNDERLINE) /* PAUSED */    \
    X(REPLAY_BADGE, "replay_badge", TEXT, WT_ATTRIBUTE_BOLD | WT_ATTRIBUTE_UNDERLINE)              \
    X(TRACK, "track", NONE, WT_ATTRIBUTE_DIM) /* the empty part of a meter and its marks */        \
    X(SEGMENT_FREE, "segment_free", NONE, WT_ATTRIBUTE_DIM)                                        \
    X(SEGMENT_ALLOCATED, "segment_allocated", NONE, 0)                                             \
    X(SEGMENT_QUARANTINED, "segment_quarantined", NONE, WT_ATTRIBUTE_BOLD)                         \
    X(SEGMENT_STALE, "segment_stale", NONE, WT_ATTRIBUTE_BOLD)                                     \
    X(SEGMENT_REFUSED, "segment_refused", NONE, WT_ATTRIBUTE_BOLD)

enum wt_style_name {
#define WT_STYLE_ENUM(name, text, contrast, mono) WT_STYLE_##name,
    WT_STYLE_MAP(WT_STYLE_ENUM)
#undef WT_STYLE_ENUM
        WT_STYLE_COUNT
};

/* name, text: colours by how much. None of them uses the colours of severity. */
#define WT_GRADIENT_MAP(X)                                                                         \
    X(LOAD, "load")   /* utilization: meters and graphs */                                         \
    X(QUEUE, "queue") /* waiting work */                                                           \
    X(RATE, "rate")   /* work done */                                                              \
    X(STORE, "store") /* free segments */

enum wt_gradient_name {
#define WT_GRADIENT_ENUM(name, text) WT_GRADIENT_##name,
    WT_GRADIENT_MAP(WT_GRADIENT_ENUM)
#undef WT_GRADIENT_ENUM
        WT_GRADIENT_COUNT
};

/* One colour for every 5 %: each colour that is seen at once costs a terminal bytes. */
enum { WT_GRADIENT_STEPS = 21, WT_THEME_NAME_SIZE = 64 };

#define WT_THEME_DEFAULT_NAME "worktop-dark"

struct wt_gradient_stop {
    double ratio; /* 0.0 .. 1.0 */
    wt_colour colour;
};

struct wt_theme {
    char name[WT_THEME_NAME_SIZE];
    bool colourless; /* attributes only */
    struct wt_style styles[WT_STYLE_COUNT];
    wt_colour gradients[WT_GRADIENT_COUNT][WT_GRADIENT_STEPS];
};

/* The names of the tables above, and back; -1 when unknown. */
const char *wt_style_text(enum wt_style_name style);
enum wt_contrast wt_style_contrast(enum wt_style_name style);
int wt_style_find(const char *text);
int wt_gradient_find(const char *text);

/* The theme that is compiled in: worktop-dark. */
void wt_theme_default(struct wt_theme *theme);

/* Attributes only, for NO_COLOR and terminals without colours. */
void wt_theme_mono(struct wt_theme *theme);

/* The eight colours that every colour terminal has, on its own background: nearest matches of
 * 24-bit colours would make red and green look alike there. */
void wt_theme_basic(struct wt_theme *theme);

/* Reads a theme from JSON text; `file` is for errors ("FILE:LINE: ..."). On failure *theme is
 * unchanged. WT_EFORMAT, WT_ENOMEM. */
wt_status wt_theme_parse(struct wt_theme *theme, const char *file, const char *text, size_t length,
                         struct wt_error *err);

/* Reads a theme file. At most 1 MiB. Also WT_ENOENT, WT_EACCESS, WT_ESYS. */
wt_status wt_theme_load(struct wt_theme *theme, const char *path, struct wt_error *err);

/* Sets a gradient from stops in ascending order, at least one; between two 24-bit colours it is
 * mixed, otherwise it changes in steps. */
void wt_theme_set_gradient(struct wt_theme *theme, enum wt_gradient_name gradient,
                           const struct wt_gradient_stop *stops, size_t count);

/* "#rrggbb", "0".."255", "default" -> colour. False when it is none of them. */
bool wt_theme_parse_colour(const char *text, wt_colour *out);

/* The colour of a level: 0.0 .. 1.0, clamped; NAN counts as 0. */
wt_colour wt_theme_level(const struct wt_theme *theme, enum wt_gradient_name gradient,
                         double ratio);

/* WCAG contrast ratio of two 0xRRGGBB colours: 1.0 .. 21.0. */
double wt_contrast_ratio(uint32_t a, uint32_t b);

#endif /* WT_UI_THEME_H */
