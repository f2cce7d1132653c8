/* A pane that is a table in a frame. */
#include <string.h>

#include "ui/app_state.h"
#include "ui/widgets/frame.h"

/* A sentence, broken into as many lines as there are. */
static void say(const struct wt_canvas *canvas, struct wt_rect rect, const char *text) {
    while (rect.rows > 0 && text[0] != '\0') {
        size_t length = rect.rows == 1 ? strlen(text) : wt_text_break(text, rect.cols);
        wt_textf(canvas, wt_rect_take_top(&rect, 1), WT_STYLE_DIM, "%.*s", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

void wt_pane_table_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                        enum wt_pane pane, const char *title, const char *name) {
    wt_pane_table_draw_above(app, canvas, rect, pane, title, name, 0);
}

struct wt_rect wt_pane_table_draw_above(struct wt_app *app, const struct wt_canvas *canvas,
                                        struct wt_rect rect, enum wt_pane pane, const char *title,
                                        const char *name, int foot_rows) {
    struct wt_table table;
    struct wt_rect foot = {0};
    if (!wt_app_table(app, pane, &table) || rect.rows < 1)
        return foot;
    app->pane_at[app->view][pane] = rect;
    bool is_told = table.row_count == 0 && table.nothing; /* a sentence in place of a table */
    table.headless = table.headless || is_told;
    struct wt_table_state *state = &app->tables[pane];
    bool framed = rect.rows >= 4 && rect.cols >= 24 && canvas->grid->rows >= 14;
    bool focused = wt_app_has_focus(app, pane);
    struct wt_rect inner = rect;
    if (framed)
        inner = (struct wt_rect){rect.col + 1, rect.row + 1, rect.cols - 3, rect.rows - 2};
    if (framed)
        foot = wt_rect_take_bottom(&inner, foot_rows);
    wt_table_draw(canvas, inner, &table, state, focused);
    if (framed) { /* after the table, because the note is about the rows that fit now */
        char note[WT_FILTER_SIZE + 128];
        wt_table_note(state, &table, note, sizeof note);
        struct wt_frame frame = {.title = title, .name = name, .note = note, .focused = focused};
        wt_frame_draw(canvas, rect, &frame);
        wt_table_draw_thumb(canvas, state, rect.col + rect.cols - 1);
    }
    int above = table.headless ? 0 : 1; /* the heads */
    if (state->count == 0 && inner.rows > above)
        say(canvas,
            (struct wt_rect){inner.col + 2, inner.row + above, inner.cols - 2, inner.rows - above},
            table.row_count ? "nothing matches the filter"
                            : wt_travel_says(app, pane, is_told ? table.nothing : "nothing yet"));
    return foot;
}
