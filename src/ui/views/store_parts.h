/* store_parts.h - what the store's pane of the overview and the memory view are made of.
 * Room-internal. */
#ifndef WT_UI_VIEWS_STORE_PARTS_H
#define WT_UI_VIEWS_STORE_PARTS_H

#include "ui/app_state.h"
#include "ui/widgets/cells.h"

/* The marks of a store of the snapshot that is shown. */
const struct wt_segments *wt_store_segments(const struct wt_app *app,
                                            const struct wt_store_info *store);

/* Draws the frame; what is inside of it, nothing when there is nothing to show. */
struct wt_rect wt_store_pane_begin(struct wt_app *app, const struct wt_canvas *canvas,
                                   struct wt_rect rect, const struct wt_store_info *store,
                                   const char *title, bool is_store);

/* A line: how many segments are used, free, held, stale and refused. */
void wt_store_legend_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                          struct wt_rect at, const struct wt_store_info *store);

/* A line: "64K of 1G at most, 128 segments of 512B". */
void wt_store_size_draw(const struct wt_canvas *canvas, struct wt_rect at,
                        const struct wt_store_info *store);

/* What the memory view is made of besides maps; memory_panes.c. A pane that has nothing to show
 * wants no rows. */
int wt_shares_rows(const struct wt_app *app);
void wt_shares_draw(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);
void wt_store_graphs_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                          struct wt_rect rect);

/* A line: the most that was ever used, how many workers still find a segment before it must grow,
 * and how many at all. */
void wt_store_room_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                        struct wt_rect at);

/* The map, and what one cell stands for when that is more than one segment. selected: -1 for none;
 * geometry may be NULL. */
void wt_store_map_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                       const struct wt_segments *segments, int64_t selected,
                       struct wt_map_geometry *geometry);

/* A line: "13:31:02  32K -> 64K  +64 segments  in 29us". */
void wt_store_resize_draw(const struct wt_canvas *canvas, struct wt_rect at,
                          const struct wt_resize *resize);

#endif /* WT_UI_VIEWS_STORE_PARTS_H */
