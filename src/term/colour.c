#include "term/colour.h"

#include <string.h>

/* Squared distance, weighted by how the eye sees red, green and blue at this redness ("redmean"):
 * good enough for nearest colours, and cheap. */
static uint32_t distance(uint32_t a, uint32_t b) {
    int ar = (int)(a >> 16 & 0xff), br = (int)(b >> 16 & 0xff);
    int mean = (ar + br) / 2;
    int red = ar - br;
    int green = (int)(a >> 8 & 0xff) - (int)(b >> 8 & 0xff);
    int blue = (int)(a & 0xff) - (int)(b & 0xff);
    return (uint32_t)(((512 + mean) * red * red) >> 8) + (uint32_t)(4 * green * green) +
           (uint32_t)(((767 - mean) * blue * blue) >> 8);
}

static int nearest_of(uint32_t rgb, int begin, int end) {
    int best = begin;
    uint32_t best_distance = UINT32_MAX;
    for (int index = begin; index < end; index++) {
        uint32_t d = distance(rgb, wt_colour_rgb(WT_COLOUR_INDEX((unsigned)index)));
        if (d < best_distance) {
            best_distance = d;
            best = index;
        }
    }
    return best;
}

void wt_term_palette_reset(struct wt_term_palette *palette) {
    memset(palette, 0, sizeof *palette);
}

static int nearest_in_palette(const struct wt_term_palette *palette, uint32_t rgb) {
    int best = 0;
    uint32_t best_distance = UINT32_MAX;
    for (int i = 0; i < palette->count; i++) {
        uint32_t d = distance(rgb, palette->rgb[i]);
        if (d < best_distance) {
            best_distance = d;
            best = i;
        }
    }
    return best;
}

int wt_term_palette_index(struct wt_term_palette *palette, uint32_t rgb) {
    size_t mask = sizeof palette->slot / sizeof palette->slot[0] - 1;
    size_t at = (size_t)(rgb * UINT32_C(2654435761) >> 16) & mask;
    for (; palette->slot[at] != 0; at = (at + 1) & mask) {
        int index = palette->slot[at] - 1;
        if (palette->rgb[index] == rgb) {
            return WT_TERM_PALETTE_FIRST + index;
        }
    }
    if (palette->count == WT_TERM_PALETTE_COUNT) {
        palette->overflowed = true;
        return WT_TERM_PALETTE_FIRST + nearest_in_palette(palette, rgb);
    }
    palette->rgb[palette->count] = rgb;
    palette->slot[at] = (uint16_t)(palette->count + 1);
    return WT_TERM_PALETTE_FIRST + palette->count++;
}

int wt_term_colour_index(enum wt_term_depth depth, struct wt_term_palette *palette,
                         wt_colour colour) {
    bool is_index = wt_colour_is_index(colour);
    if (!is_index && !wt_colour_is_rgb(colour)) {
        return -1;
    }
    int value = (int)wt_colour_value(colour);
    switch (depth) {
    case WT_TERM_DEPTH_NONE:
        return -1;
    case WT_TERM_DEPTH_8:
        return is_index && value < 8 ? value : nearest_of(wt_colour_rgb(colour), 0, 8);
    case WT_TERM_DEPTH_16:
        return is_index && value < 16 ? value : nearest_of(wt_colour_rgb(colour), 0, 16);
    case WT_TERM_DEPTH_256:
        /* The first 16 are the user's own taste and may be anything: never guess them. */
        return is_index ? value : nearest_of(wt_colour_rgb(colour), 16, 256);
    case WT_TERM_DEPTH_TRUE:
        return is_index && value < 16 ? value
                                      : wt_term_palette_index(palette, wt_colour_rgb(colour));
    }
    return -1;
}

/* Perceived brightness, 0 .. 255. */
static unsigned brightness(uint32_t rgb) {
    return (299 * (rgb >> 16 & 0xff) + 587 * (rgb >> 8 & 0xff) + 114 * (rgb & 0xff)) / 1000;
}

void wt_term_colour_pair(enum wt_term_depth depth, struct wt_term_palette *palette, wt_colour fg,
                         wt_colour bg, int *fg_index, int *bg_index, bool *bold) {
    *bold = false;
    *bg_index = wt_term_colour_index(depth, palette, bg);
    *fg_index = wt_term_colour_index(depth, palette, fg);
    if (depth == WT_TERM_DEPTH_8 && *fg_index >= 0) {
        int of_16 = wt_term_colour_index(WT_TERM_DEPTH_16, NULL, fg);
        *bold = of_16 >= 8;
        *fg_index = of_16 & 7;
    }
    bool may_collide = depth == WT_TERM_DEPTH_8 || depth == WT_TERM_DEPTH_16;
    if (may_collide && *fg_index >= 0 && *fg_index == *bg_index && fg != bg) {
        *fg_index = brightness(wt_colour_rgb(WT_COLOUR_INDEX((unsigned)*bg_index))) < 128 ? 7 : 0;
        *bold = false;
    }
}

enum wt_term_depth wt_term_colour_depth(int count, const char *colorterm) {
    if (count >= 256) {
        bool announced = colorterm != NULL && (strstr(colorterm, "truecolor") != NULL ||
                                               strstr(colorterm, "24bit") != NULL);
        return announced ? WT_TERM_DEPTH_TRUE : WT_TERM_DEPTH_256;
    }
    return count >= 16 ? WT_TERM_DEPTH_16 : count >= 8 ? WT_TERM_DEPTH_8 : WT_TERM_DEPTH_NONE;
}
