#include "ui/theme.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RGB(value) WT_COLOUR_RGB(value)
#define KEEP WT_COLOUR_KEEP
#define BOLD WT_ATTRIBUTE_BOLD

/* The palette of worktop-dark: a night blue, three greys, one accent, three severities. */
enum {
    NIGHT = 0x10131b,
    RAISED = 0x181d29,
    CHOSEN = 0x242d42,
    CHOSEN_AWAY = 0x1a202e,
    INK = 0xc3ccdd,
    WHITE = 0xf1f5fc,
    MIST = 0x8490aa,
    SHADE = 0x3a4459,
    LINE = 0x333d53,
    SKY = 0x6fb3ff,
    GREEN = 0x63d297,
    AMBER = 0xf5c04e,
    RED = 0xff6072,
    SLATE = 0xa9b4c9,
};

static const struct wt_style default_styles[WT_STYLE_COUNT] = {
    [WT_STYLE_TEXT] = {RGB(INK), RGB(NIGHT), 0},
    [WT_STYLE_BRIGHT] = {RGB(WHITE), KEEP, 0},
    [WT_STYLE_DIM] = {RGB(MIST), KEEP, 0},
    [WT_STYLE_FAINT] = {RGB(SHADE), KEEP, 0},
    [WT_STYLE_ACCENT] = {RGB(SKY), KEEP, BOLD},
    [WT_STYLE_TITLE] = {RGB(WHITE), KEEP, BOLD},
    [WT_STYLE_BORDER] = {RGB(LINE), KEEP, 0},
    [WT_STYLE_BORDER_FOCUS] = {RGB(0x4d7fc4), KEEP, 0},
    [WT_STYLE_HEADER] = {RGB(INK), RGB(RAISED), 0},
    [WT_STYLE_COLUMN] = {RGB(MIST), KEEP, 0},
    [WT_STYLE_COLUMN_SORTED] = {RGB(SKY), KEEP, BOLD},
    [WT_STYLE_SELECTED] = {RGB(WHITE), RGB(CHOSEN), 0},
    [WT_STYLE_SELECTED_AWAY] = {RGB(INK), RGB(CHOSEN_AWAY), 0},
    [WT_STYLE_KEY] = {RGB(SKY), KEEP, BOLD},
    [WT_STYLE_LABEL] = {RGB(MIST), KEEP, 0},
    [WT_STYLE_INPUT] = {RGB(WHITE), RGB(CHOSEN), 0},
    [WT_STYLE_MATCH] = {RGB(SKY), KEEP, WT_ATTRIBUTE_UNDERLINE},
    [WT_STYLE_OK] = {RGB(GREEN), KEEP, 0},
    [WT_STYLE_WARN] = {RGB(AMBER), KEEP, BOLD},
    [WT_STYLE_CRIT] = {RGB(RED), KEEP, BOLD},
    [WT_STYLE_IDLE] = {RGB(MIST), KEEP, 0},
    [WT_STYLE_UNKNOWN] = {RGB(MIST), KEEP, 0},
    [WT_STYLE_OK_BADGE] = {RGB(0x06180e), RGB(0x4fb880), 0},
    [WT_STYLE_WARN_BADGE] = {RGB(0x1d1400), RGB(AMBER), BOLD},
    [WT_STYLE_CRIT_BADGE] = {RGB(0x22040a), RGB(RED), BOLD},
    [WT_STYLE_AGE_BADGE] = {RGB(NIGHT), RGB(SLATE), BOLD},
    [WT_STYLE_REPLAY_BADGE] = {RGB(0x0c1524), RGB(SKY), BOLD},
    [WT_STYLE_TRACK] = {RGB(0x333d54), KEEP, 0},
    [WT_STYLE_SEGMENT_FREE] = {RGB(SHADE), KEEP, 0},
    [WT_STYLE_SEGMENT_ALLOCATED] = {RGB(0x4c8fdc), KEEP, 0},
    [WT_STYLE_SEGMENT_QUARANTINED] = {RGB(0xc08cf2), KEEP, 0},
    [WT_STYLE_SEGMENT_STALE] = {RGB(AMBER), KEEP, BOLD},
    [WT_STYLE_SEGMENT_REFUSED] = {RGB(RED), KEEP, BOLD},
};

/* The gradients of worktop-dark; they end at the stop whose ratio is 1. */
static const struct wt_gradient_stop default_gradients[WT_GRADIENT_COUNT][5] = {
    [WT_GRADIENT_LOAD] = {{0.0, RGB(0x2fbfa6)},
                          {0.5, RGB(0x47a4f2)},
                          {0.8, RGB(0x9a7df6)},
                          {0.95, RGB(0xe56bc4)},
                          {1.0, RGB(0xf559a6)}},
    [WT_GRADIENT_QUEUE] = {{0.0, RGB(0x7f74d8)}, {0.5, RGB(0xb07cec)}, {1.0, RGB(0xe58be8)}},
    [WT_GRADIENT_RATE] = {{0.0, RGB(0x2b8f88)}, {0.5, RGB(0x37b5a2)}, {1.0, RGB(0x6fe3c4)}},
    [WT_GRADIENT_STORE] = {{0.0, RGB(0x3d6db4)}, {1.0, RGB(0x86c5ff)}},
};

struct row {
    const char *text;
    enum wt_contrast contrast;
    uint8_t mono;
};

static const struct row rows[WT_STYLE_COUNT] = {
#define ROW(name, text, contrast, mono) [WT_STYLE_##name] = {text, WT_CONTRAST_##contrast, mono},
    WT_STYLE_MAP(ROW)
#undef ROW
};

static const char *const gradient_texts[WT_GRADIENT_COUNT] = {
#define GRADIENT_TEXT(name, text) [WT_GRADIENT_##name] = text,
    WT_GRADIENT_MAP(GRADIENT_TEXT)
#undef GRADIENT_TEXT
};

const char *wt_style_text(enum wt_style_name style) {
    return rows[style].text;
}

enum wt_contrast wt_style_contrast(enum wt_style_name style) {
    return rows[style].contrast;
}

int wt_style_find(const char *text) {
    for (int i = 0; i < WT_STYLE_COUNT; i++)
        if (strcmp(rows[i].text, text) == 0)
            return i;
    return -1;
}

int wt_gradient_find(const char *text) {
    for (int i = 0; i < WT_GRADIENT_COUNT; i++)
        if (strcmp(gradient_texts[i], text) == 0)
            return i;
    return -1;
}

static uint32_t mix(uint32_t a, uint32_t b, double ratio) {
    uint32_t out = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        double from = a >> shift & 255, to = b >> shift & 255;
        out |= (uint32_t)(from + (to - from) * ratio + 0.5) << shift;
    }
    return out;
}

void wt_theme_set_gradient(struct wt_theme *theme, enum wt_gradient_name gradient,
                           const struct wt_gradient_stop *stops, size_t count) {
    size_t at = 0;
    for (int i = 0; i < WT_GRADIENT_STEPS; i++) {
        double ratio = (double)i / (WT_GRADIENT_STEPS - 1);
        while (at + 1 < count && stops[at + 1].ratio <= ratio)
            at++;
        wt_colour colour = stops[at].colour;
        if (at + 1 < count && ratio > stops[at].ratio && wt_colour_is_rgb(colour) &&
            wt_colour_is_rgb(stops[at + 1].colour)) {
            double part = (ratio - stops[at].ratio) / (stops[at + 1].ratio - stops[at].ratio);
            colour = RGB(mix(wt_colour_value(colour), wt_colour_value(stops[at + 1].colour), part));
        }
        theme->gradients[gradient][i] = colour;
    }
}

void wt_theme_default(struct wt_theme *theme) {
    *theme = (struct wt_theme){.name = WT_THEME_DEFAULT_NAME};
    memcpy(theme->styles, default_styles, sizeof theme->styles);
    for (int i = 0; i < WT_GRADIENT_COUNT; i++) {
        size_t count = 1;
        while (default_gradients[i][count - 1].ratio < 1.0)
            count++;
        wt_theme_set_gradient(theme, (enum wt_gradient_name)i, default_gradients[i], count);
    }
}

void wt_theme_mono(struct wt_theme *theme) {
    *theme = (struct wt_theme){.name = "mono", .colourless = true};
    for (int i = 0; i < WT_STYLE_COUNT; i++) {
        bool filled = rows[i].mono & WT_ATTRIBUTE_REVERSE || i == WT_STYLE_TEXT;
        theme->styles[i] = (struct wt_style){.fg = WT_COLOUR_DEFAULT,
                                             .bg = filled ? WT_COLOUR_DEFAULT : WT_COLOUR_KEEP,
                                             .attributes = rows[i].mono};
    }
}

/* What differs from wt_theme_mono where there are eight colours. */
static const struct {
    enum wt_style_name style;
    struct wt_style look;
} basic_styles[] = {
#define INDEX(index) WT_COLOUR_INDEX(index)
    {WT_STYLE_COLUMN, {WT_COLOUR_DEFAULT, KEEP, WT_ATTRIBUTE_DIM}},
    {WT_STYLE_UNKNOWN, {WT_COLOUR_DEFAULT, KEEP, WT_ATTRIBUTE_DIM}},
    {WT_STYLE_ACCENT, {INDEX(6), KEEP, BOLD}},
    {WT_STYLE_BORDER_FOCUS, {INDEX(6), KEEP, 0}},
    {WT_STYLE_COLUMN_SORTED, {INDEX(6), KEEP, BOLD}},
    {WT_STYLE_KEY, {INDEX(6), KEEP, BOLD}},
    {WT_STYLE_MATCH, {INDEX(6), KEEP, WT_ATTRIBUTE_UNDERLINE}},
    {WT_STYLE_OK, {INDEX(2), KEEP, 0}},
    {WT_STYLE_WARN, {INDEX(3), KEEP, BOLD}},
    {WT_STYLE_CRIT, {INDEX(1), KEEP, BOLD}},
    {WT_STYLE_OK_BADGE, {INDEX(0), INDEX(2), 0}},
    {WT_STYLE_WARN_BADGE, {INDEX(0), INDEX(3), 0}},
    {WT_STYLE_CRIT_BADGE, {INDEX(7), INDEX(1), BOLD}},
    {WT_STYLE_AGE_BADGE, {INDEX(0), INDEX(7), 0}},
    {WT_STYLE_REPLAY_BADGE, {INDEX(0), INDEX(6), BOLD}},
    {WT_STYLE_SEGMENT_ALLOCATED, {INDEX(6), KEEP, 0}},
    {WT_STYLE_SEGMENT_QUARANTINED, {INDEX(5), KEEP, BOLD}},
    {WT_STYLE_SEGMENT_STALE, {INDEX(3), KEEP, BOLD}},
    {WT_STYLE_SEGMENT_REFUSED, {INDEX(1), KEEP, BOLD}},
};

void wt_theme_basic(struct wt_theme *theme) {
    static const struct wt_gradient_stop load[] = {{0, INDEX(6)}, {0.8, INDEX(5)}};
    static const struct wt_gradient_stop queue[] = {{0, INDEX(5)}};
    static const struct wt_gradient_stop calm[] = {{0, INDEX(6)}};
#undef INDEX
    wt_theme_mono(theme);
    theme->colourless = false;
    memcpy(theme->name, "basic", sizeof "basic");
    for (size_t i = 0; i < sizeof basic_styles / sizeof *basic_styles; i++)
        theme->styles[basic_styles[i].style] = basic_styles[i].look;
    wt_theme_set_gradient(theme, WT_GRADIENT_LOAD, load, 2);
    wt_theme_set_gradient(theme, WT_GRADIENT_QUEUE, queue, 1);
    wt_theme_set_gradient(theme, WT_GRADIENT_RATE, calm, 1);
    wt_theme_set_gradient(theme, WT_GRADIENT_STORE, calm, 1);
}

bool wt_theme_parse_colour(const char *text, wt_colour *out) {
    if (strcmp(text, "default") == 0) {
        *out = WT_COLOUR_DEFAULT;
        return true;
    }
    bool hex = text[0] == '#';
    const char *digits = text + hex;
    size_t length = strlen(digits);
    if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != length)
        return false;
    if (hex ? length != 6 : length < 1 || length > 3)
        return false;
    unsigned long value = strtoul(digits, NULL, hex ? 16 : 10);
    if (!hex && value > 255)
        return false;
    *out = hex ? RGB((uint32_t)value) : WT_COLOUR_INDEX((uint32_t)value);
    return true;
}

wt_colour wt_theme_level(const struct wt_theme *theme, enum wt_gradient_name gradient,
                         double ratio) {
    if (!(ratio > 0))
        ratio = 0;
    if (ratio > 1)
        ratio = 1;
    return theme->gradients[gradient][(int)(ratio * (WT_GRADIENT_STEPS - 1) + 1e-9)];
}

static double luminance(uint32_t rgb) {
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double part = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += weights[i] * (part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double wt_contrast_ratio(uint32_t a, uint32_t b) {
    double la = luminance(a), lb = luminance(b);
    return ((la > lb ? la : lb) + 0.05) / ((la > lb ? lb : la) + 0.05);
}
