/* app_state.h - everything the user interface remembers. Room-internal.
 *
 * Views and panes read all of it; they change only what their comment says. Derived data (orders,
 * the list of workers) is made by wt_app_refresh after a snapshot, a selection, a sort or a filter,
 * never while drawing.
 */
#ifndef WT_UI_APP_STATE_H
#define WT_UI_APP_STATE_H

#include "model/history.h"
#include "ui/app.h"
#include "ui/canvas.h"
#include "ui/widgets/table.h"

/* Parts of a screen that can have the keys. */
enum wt_pane {
    WT_PANE_SERVICES,
    WT_PANE_WORKERS,
    WT_PANE_FIELDS,
    WT_PANE_STORE,
    WT_PANE_RESIZES,
    WT_PANE_EVENTS,
    WT_PANE_HELP,
    WT_PANE_COUNT
};

enum wt_view_name {
    WT_VIEW_OVERVIEW,
    WT_VIEW_SERVICE,
    WT_VIEW_MEMORY,
    WT_VIEW_EVENTS,
    WT_VIEW_HELP,
    WT_VIEW_COUNT
};

/* A view is a small table of functions. */
struct wt_view {
    const char *title;
    unsigned context;      /* WT_CONTEXT_* */
    enum wt_pane panes[4]; /* in the order of Tab; the first has the keys at first */
    size_t pane_count;
    void (*draw)(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
};

extern const struct wt_view wt_views[WT_VIEW_COUNT];

struct wt_worker_ref {
    uint32_t cohort, row;
};

enum { WT_VIEW_DEPTH = 8, WT_REASON_SIZE = 256, WT_MESSAGE_SIZE = 512, WT_PATH_SIZE = 512 };

struct wt_app {
    const struct wt_glyph_table *glyphs;
    bool colourless, few_colours;
    struct wt_theme theme;
    char *theme_directory; /* owned, may be NULL */
    char *demo_hint;       /* owned, may be NULL */
    int64_t interval_ns;

    const struct wt_snapshot *snapshot; /* what is shown; one reference each */
    const struct wt_snapshot *newest;   /* what was fed last; differs only while paused */
    struct wt_history *history;
    int64_t first_bucket; /* of the history; 0 before the first look */
    bool paused;
    bool lost; /* the source does not answer */
    char lost_reason[WT_REASON_SIZE];
    int64_t lost_since_ns; /* realtime */

    enum wt_view_name view;
    enum wt_view_name came_from[WT_VIEW_DEPTH];
    int depth;
    enum wt_pane focus[WT_VIEW_COUNT];
    /* where the last draw of each view put its panes; cols == 0: not on the screen */
    struct wt_rect pane_at[WT_VIEW_COUNT][WT_PANE_COUNT];

    struct wt_table_state tables[WT_PANE_COUNT];
    struct wt_table_column worker_columns[WT_TABLE_COLUMNS];
    size_t worker_column_count;
    char worker_titles[WT_TABLE_COLUMNS][24];
    struct wt_worker_ref *workers; /* owned; of the selected service, gone ones included */
    size_t worker_count, worker_capacity;
    int service;            /* index of the selected service, -1 without */
    char service_name[256]; /* of the selected service, also when it is gone */
    int help_top, help_rows, help_page;

    bool typing; /* the filter line has the keys */
    enum wt_pane typing_for;
    char typed_before[WT_FILTER_SIZE];

    char message[WT_MESSAGE_SIZE]; /* "" for none */
    enum wt_severity message_severity;
    int64_t message_until_ns; /* monotonic; 0: not drawn yet */
    bool out_of_memory;
};

/* Holds the picture, or shows the newest again. */
void wt_app_set_paused(struct wt_app *app, bool paused);

/* Makes orders and the list of workers anew. */
void wt_app_refresh(struct wt_app *app);

/* The table of a pane, false when it has none. */
bool wt_app_table(const struct wt_app *app, enum wt_pane pane, struct wt_table *out);

/* Whether this pane has the keys. */
bool wt_app_has_focus(const struct wt_app *app, enum wt_pane pane);

/* Whether the snapshot shown is too old for its source: then everything is dimmed. */
bool wt_app_is_old(const struct wt_app *app, struct wt_time now);

/* The seconds that graphs should show: what there is of the last minutes, so that a young graph is
 * not a void. */
int64_t wt_app_span_s(const struct wt_app *app, int64_t most);

/* The selected service, NULL without one. */
const struct wt_service *wt_app_service(const struct wt_app *app);

/* Theme files in name order; see app_themes.c. */
wt_status wt_app_theme_named(struct wt_app *app, const char *name, struct wt_error *err);
void wt_app_theme_next(struct wt_app *app);

/* ---- parts of screens (views/) -------------------------------------------------------------- */

void wt_header_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at);
void wt_footer_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at);

/* Rows that the verdict lines want in this width, at most `most`; and drawing them. */
int wt_verdicts_rows(const struct wt_app *app, int cols, int most);
void wt_verdicts_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

/* A pane with its frame. A pane that is drawn says so in app->pane_at. */
void wt_pane_table_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                        enum wt_pane pane, const char *title, const char *name);
void wt_pane_detail_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         bool large);
void wt_pane_store_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);
int wt_pane_store_rows(const struct wt_app *app, int cols); /* with which it shows everything */
void wt_pane_memory_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_store_info *store, const char *title, bool is_store);

/* Nothing has ever registered: how to get a worker. */
void wt_empty_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

/* Tables of the panes. */
void wt_services_table(const struct wt_app *app, struct wt_table *out);
void wt_workers_table(const struct wt_app *app, struct wt_table *out);
void wt_fields_table(const struct wt_app *app, struct wt_table *out);
void wt_events_table(const struct wt_app *app, struct wt_table *out);
void wt_resizes_table(const struct wt_app *app, struct wt_table *out);

/* The columns of the workers of the selected service: fixed ones, then its own fields. */
void wt_workers_columns(struct wt_app *app);
struct wt_worker_cell wt_worker_cell_of(const void *app, size_t index);

void wt_overview_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_service_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_memory_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_events_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_help_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);

/* A screen too small for anything but what is wrong. */
void wt_tiny_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

#endif /* WT_UI_APP_STATE_H */
