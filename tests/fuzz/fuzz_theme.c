/* fuzz_theme.c - any bytes as a theme file: refused with one harmless line and the old theme as it
 * was, or read, and then every level of every gradient is a colour. */
#include <math.h>

#include "fuzz/fuzz.h"
#include "ui/theme.h"

static void require_same(const struct wt_theme *a, const struct wt_theme *b) {
    require(strcmp(a->name, b->name) == 0 && a->colourless == b->colourless);
    for (int i = 0; i < WT_STYLE_COUNT; i++) {
        require(a->styles[i].fg == b->styles[i].fg && a->styles[i].bg == b->styles[i].bg);
        require(a->styles[i].attributes == b->styles[i].attributes);
    }
    require(memcmp(a->gradients, b->gradients, sizeof a->gradients) == 0);
}

static void check_levels(const struct wt_theme *theme) {
    static const double ratios[] = {-INFINITY, -1, 0, 0.024, 0.5, 0.999, 1, 2, INFINITY, NAN};
    for (int g = 0; g < WT_GRADIENT_COUNT; g++)
        for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
            wt_colour level = wt_theme_level(theme, (enum wt_gradient_name)g, ratios[i]);
            bool found = false;
            for (int step = 0; step < WT_GRADIENT_STEPS; step++)
                found = found || theme->gradients[g][step] == level;
            require(found);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wt_theme theme, before, again;
    struct wt_error err = {0};
    wt_theme_default(&theme);
    before = theme;
    wt_status status = wt_theme_parse(&theme, "x.json", (const char *)data, size, &err);
    if (status != WT_OK) {
        require(status == WT_EFORMAT);
        require(err.text[0] != '\0' && fuzz_is_harmless(err.text, strlen(err.text)));
        require_same(&theme, &before);
        return 0;
    }
    require(fuzz_is_harmless(theme.name, strlen(theme.name)));
    check_levels(&theme);
    wt_theme_mono(&again);
    require(wt_theme_parse(&again, "x.json", (const char *)data, size, NULL) == WT_OK);
    require_same(&theme, &again);
    return 0;
}
