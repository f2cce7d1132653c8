/* A pane that is a table in a frame. */
#include "ui/app_state.h"
#include "ui/widgets/frame.h"

void wt_pane_table_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                        enum wt_pane pane, const char *title, const char *name) {
    struct wt_table table;
    if (!wt_app_table(app, pane, &table) || rect.rows < 1)
        return;
    app->pane_at[app->view][pane] = rect;
    struct wt_table_state *state = &app->tables[pane];
    bool framed = rect.rows >= 4 && rect.cols >= 24 && canvas->grid->rows >= 14;
    bool focused = wt_app_has_focus(app, pane);
    struct wt_rect inner = rect;
    if (framed)
        inner = (struct wt_rect){rect.col + 1, rect.row + 1, rect.cols - 3, rect.rows - 2};
    wt_table_draw(canvas, inner, &table, state, focused);
    if (framed) { /* after the table, because the note is about the rows that fit now */
        char note[WT_FILTER_SIZE + 128];
        wt_table_note(state, &table, note, sizeof note);
        struct wt_frame frame = {.title = title, .name = name, .note = note, .focused = focused};
        wt_frame_draw(canvas, rect, &frame);
        wt_table_draw_thumb(canvas, state, rect.col + rect.cols - 1);
    }
    if (state->count == 0 && inner.rows > 1)
        wt_text(canvas, (struct wt_rect){inner.col + 2, inner.row + 1, inner.cols - 2, 1},
                table.row_count ? "nothing matches the filter" : "nothing yet", WT_STYLE_DIM);
}
