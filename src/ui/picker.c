/* Which theme: by name at the start, and from a list in which the theme under the cursor is seen at
 * once on the whole screen. */
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"
#include "ui/theme_sample.h"

enum { NAME_COLS = 18 };

static struct wt_theme_places places_of(const struct wt_app *app) {
    return (struct wt_theme_places){{app->own_theme_directory, app->theme_directory}};
}

static void set_theme(struct wt_app *app, const struct wt_theme *theme) {
    app->theme = *theme;
    if (app->few_colours)
        wt_theme_basic(&app->theme);
    if (app->colourless)
        wt_theme_mono(&app->theme);
}

wt_status wt_app_theme_named(struct wt_app *app, const char *name, struct wt_error *err) {
    struct wt_theme theme;
    struct wt_theme_places places = places_of(app);
    wt_status status = wt_theme_find(&theme, &places, name ? name : WT_THEME_DEFAULT_NAME, err);
    if (status == WT_OK)
        set_theme(app, &theme);
    return status;
}

/* ---- the list -------------------------------------------------------------------------------- */

static size_t count(const struct wt_app *app) {
    return app->themes.count;
}

static void draw_row(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at,
                     size_t row, bool chosen) {
    const struct wt_theme_entry *entry = &app->themes.entries[row];
    struct wt_rect left = wt_rect_take_left(&at, NAME_COLS);
    left.cols--;
    wt_text(canvas, left, entry->name, chosen ? WT_STYLE_SELECTED : WT_STYLE_TEXT);
    if (entry->error.status != WT_OK) {
        wt_text(canvas, at, "broken: Enter says why", WT_STYLE_WARN);
        return;
    }
    at.cols--;
    struct wt_canvas own = *canvas;
    own.theme = &entry->theme;
    wt_theme_sample_draw(&own, at);
}

static void move(struct wt_app *app, size_t row) {
    const struct wt_theme_entry *entry = &app->themes.entries[row];
    if (entry->error.status == WT_OK)
        set_theme(app, &entry->theme);
}

static unsigned accept(struct wt_app *app, size_t row) {
    const struct wt_theme_entry *entry = &app->themes.entries[row];
    if (entry->error.status != WT_OK) {
        set_theme(app, &app->theme_before);
        wt_app_message(app, WT_SEVERITY_WARN, "%s", entry->error.text);
        return 0;
    }
    set_theme(app, &entry->theme);
    snprintf(app->chosen_theme, sizeof app->chosen_theme, "%s", entry->name);
    snprintf(app->chosen_instead_of, sizeof app->chosen_instead_of, "%s", app->usual_theme);
    wt_app_message(app, WT_SEVERITY_INFO, "theme %s", entry->name);
    return 0;
}

static void cancel(struct wt_app *app) {
    set_theme(app, &app->theme_before);
}

static void close_list(struct wt_app *app) {
    wt_theme_list_fini(&app->themes);
}

static const struct wt_menu_kind theme_menu = {.title = "theme",
                                               .note = "Enter keeps it",
                                               .cols = NAME_COLS + WT_THEME_SAMPLE_COLS + 1,
                                               .again = WT_ACTION_THEME,
                                               .count = count,
                                               .draw = draw_row,
                                               .move = move,
                                               .accept = accept,
                                               .cancel = cancel,
                                               .close = close_list};

void wt_app_theme_menu(struct wt_app *app) {
    struct wt_error err;
    struct wt_theme_places places = places_of(app);
    if (app->colourless || app->few_colours) {
        wt_app_message(app, WT_SEVERITY_INFO, "this terminal has %s colours: no other theme",
                       app->colourless ? "no" : "too few");
        return;
    }
    if (wt_theme_list_read(&app->themes, &places, &err) != WT_OK) {
        wt_app_message(app, WT_SEVERITY_CRIT, "%s", err.text);
        return;
    }
    size_t cursor = 0;
    for (size_t i = 0; i < app->themes.count; i++)
        if (strcmp(app->themes.entries[i].name, app->theme.name) == 0)
            cursor = i;
    app->theme_before = app->theme;
    wt_menu_open(app, &theme_menu, cursor);
}
