/* worktop themes - all themes, one line each, in their own colours where the terminal has enough.
 *
 * The one in use is marked. A file that is broken is listed with what is wrong, and makes the exit
 * code 1: whoever writes a theme runs this until it is 0.
 */
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/command.h"
#include "cli/places.h"
#include "term/colour.h"
#include "ui/theme_sample.h"

enum { NAME_COLS = 18 };

struct page {
    const struct wt_options *options;
    struct wt_places places;
    struct wt_theme_list list;
    enum wt_term_depth depth;
    const struct wt_glyph_table *glyphs;
    struct wt_grid grid;
    struct wt_buffer out;
};

static void append_colour(const struct page *page, wt_colour colour, int base,
                          struct wt_buffer *out) {
    if (colour == WT_COLOUR_DEFAULT)
        return;
    uint32_t rgb = wt_colour_rgb(colour);
    if (page->depth == WT_TERM_DEPTH_TRUE && wt_colour_is_rgb(colour))
        wt_buffer_printf(out, ";%d;2;%u;%u;%u", base, (unsigned)(rgb >> 16),
                         (unsigned)(rgb >> 8 & 255), (unsigned)(rgb & 255));
    else
        wt_buffer_printf(out, ";%d;5;%d", base,
                         wt_colour_is_index(colour)
                             ? (int)wt_colour_value(colour)
                             : wt_term_colour_index(WT_TERM_DEPTH_256, NULL, colour));
}

/* The sample, cell by cell, as SGR sequences. */
static void append_sample(struct page *page, const struct wt_theme *theme) {
    static const int codes[] = {1, 2, 3, 4, 7};
    struct wt_canvas canvas = {.grid = &page->grid, .theme = theme, .glyphs = page->glyphs};
    wt_grid_clear(&page->grid, theme->styles[WT_STYLE_TEXT]);
    wt_theme_sample_draw(&canvas, (struct wt_rect){0, 0, page->grid.cols, 1});
    for (int col = 0; col < page->grid.cols; col++) {
        const struct wt_cell *cell = wt_grid_at(&page->grid, col, 0);
        wt_buffer_append_text(&page->out, "\033[0");
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
            if ((cell->style.attributes >> i & 1) != 0)
                wt_buffer_printf(&page->out, ";%d", codes[i]);
        append_colour(page, cell->style.fg, 38, &page->out);
        append_colour(page, cell->style.bg, 48, &page->out);
        wt_buffer_append_char(&page->out, 'm');
        wt_grid_cell_text(cell, &page->out);
    }
    wt_buffer_append_text(&page->out, "\033[0m");
}

static void append_entry(struct page *page, const struct wt_theme_entry *entry) {
    static const char *const origins[] = {"compiled in", "yours", "shipped"};
    const char *in_use =
        page->options->theme != NULL ? page->options->theme : WT_THEME_DEFAULT_NAME;
    char name[NAME_MAX * 3 + 1];
    wt_text_clean(name, sizeof name, entry->name, strlen(entry->name));
    wt_buffer_printf(&page->out, "%c %-*s ", strcmp(entry->name, in_use) == 0 ? '*' : ' ',
                     NAME_COLS, name);
    if (entry->error.status != WT_OK) {
        char text[sizeof entry->error.text];
        wt_text_clean(text, sizeof text, entry->error.text, strlen(entry->error.text));
        wt_buffer_printf(&page->out, "broken: %s\n", text);
        return;
    }
    if (page->depth == WT_TERM_DEPTH_256 || page->depth == WT_TERM_DEPTH_TRUE) {
        append_sample(page, &entry->theme);
        wt_buffer_append_char(&page->out, ' ');
    }
    wt_buffer_printf(&page->out, "%s\n", origins[entry->directory + 1]);
}

static wt_status print(struct page *page, struct wt_error *err) {
    for (size_t i = 0; i < page->list.count; i++)
        append_entry(page, &page->list.entries[i]);
    if (page->places.own_themes[0] != '\0' && isatty(STDOUT_FILENO))
        wt_buffer_printf(&page->out, "Themes of your own: %s/NAME.json\n", page->places.own_themes);
    if (page->out.failed)
        return wt_fail(err, WT_ENOMEM, "no memory for the list of themes");
    if (fwrite(page->out.data, 1, page->out.length, stdout) != page->out.length ||
        fflush(stdout) != 0)
        return wt_fail(err, WT_ESYS, "cannot write to standard output");
    return WT_OK;
}

static bool draws_utf8(const struct wt_options *options) {
    const char *codeset = nl_langinfo(CODESET);
    return options->utf8 || (!options->ascii && (strcasecmp(codeset, "UTF-8") == 0 ||
                                                 strcasecmp(codeset, "utf8") == 0));
}

int wt_cmd_themes(const struct wt_options *options) {
    struct page page = {.options = options,
                        .depth = options->no_color ? WT_TERM_DEPTH_NONE
                                                   : wt_term_depth_of(STDOUT_FILENO),
                        .glyphs = draws_utf8(options) ? &wt_glyphs_braille : &wt_glyphs_ascii};
    struct wt_error err;
    bool broken = false;
    wt_places_find(&page.places);
    const struct wt_theme_places places = wt_places_themes(&page.places);
    wt_status status = wt_grid_init(&page.grid, WT_THEME_SAMPLE_COLS, 1, &err);
    page.grid.ascii = page.glyphs == &wt_glyphs_ascii;
    if (status == WT_OK)
        status = wt_theme_list_read(&page.list, &places, &err);
    if (status == WT_OK)
        status = print(&page, &err);
    for (size_t i = 0; i < page.list.count; i++)
        broken = broken || page.list.entries[i].error.status != WT_OK;
    wt_theme_list_fini(&page.list);
    wt_grid_fini(&page.grid);
    wt_buffer_fini(&page.out);
    if (status != WT_OK)
        return wt_cli_fail(&err);
    return broken ? WT_EXIT_FAILED : WT_EXIT_OK;
}
