/* app_state.h - everything the user interface remembers. Room-internal.
 *
 * Views and panes read all of it; they change only what their comment says. Derived data (orders,
 * the list of workers) is made by wt_app_refresh after a snapshot, a selection, a sort or a filter,
 * never while drawing.
 */
#ifndef WT_UI_APP_STATE_H
#define WT_UI_APP_STATE_H

#include "model/history.h"
#include "model/sentence.h"
#include "model/watch.h"
#include "ui/app.h"
#include "ui/canvas.h"
#include "ui/columns.h"
#include "ui/menu.h"
#include "ui/segments.h"
#include "ui/theme_list.h"
#include "ui/timetravel.h"
#include "ui/widgets/cells.h"
#include "ui/widgets/table.h"

/* Parts of a screen that can have the keys. */
enum wt_pane {
    WT_PANE_SERVICES,
    WT_PANE_WORKERS,
    WT_PANE_FIELDS,
    WT_PANE_WORKER_FIELDS,
    WT_PANE_NOW,     /* what the chosen worker's threads do */
    WT_PANE_RECORDS, /* and what they left behind */
    WT_PANE_STORE,
    WT_PANE_RESIZES,
    WT_PANE_HELD,
    WT_PANE_EVENTS,
    WT_PANE_ALL_RECORDS, /* of all workers */
    WT_PANE_HELP,
    WT_PANE_COUNT
};

enum wt_view_name {
    WT_VIEW_OVERVIEW,
    WT_VIEW_SERVICE,
    WT_VIEW_WORKER,
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

enum wt_typing_kind { WT_TYPING_NOTHING, WT_TYPING_FILTER, WT_TYPING_SEARCH, WT_TYPING_MARK };

/* A line that is being typed; see typing.c. */
struct wt_typing {
    enum wt_typing_kind kind;
    enum wt_pane pane;
    char text[WT_FILTER_SIZE];
    char before[WT_FILTER_SIZE];     /* what Esc brings back */
    struct wt_table_place place;     /* likewise: of the cursor */
    char error[WT_QUERY_ERROR_SIZE]; /* why it does not count; "" when it does */
    bool nowhere;                    /* it makes sense, but no row has it */
};

struct wt_worker_ref {
    uint32_t cohort, row;
};

/* A worker at work: its place among activity.flights. */
struct wt_doing_ref {
    uint64_t worker_id;
    uint32_t at;
};

/* The worker whose view was entered: it stays the one that is shown, also when it is gone. */
struct wt_chosen_worker {
    uint64_t identity; /* 0: none was chosen yet */
    uint64_t id;       /* as it was seen last */
    int64_t pid;
    int64_t seen_realtime_ns; /* of the last look at it */
};

/* A row of the overview's events: one, or several of a kind. Indices into the snapshot's. */
struct wt_brief_event {
    uint16_t newest, oldest, count;
};

enum { WT_BRIEF_EVENTS = 256 };

enum { WT_VIEW_DEPTH = 8, WT_REASON_SIZE = 256, WT_MESSAGE_SIZE = 512, WT_PATH_SIZE = 512 };

struct wt_app {
    const struct wt_glyph_table *glyphs;
    bool colourless, few_colours;
    struct wt_theme theme;
    char *theme_directory, *own_theme_directory; /* owned, may be NULL */
    char usual_theme[NAME_MAX + 1]; /* what was asked for at the start; "" for nothing */
    bool theme_is_fixed;
    /* What was chosen from the list, now or in an earlier run, while the usual one was this: */
    char chosen_theme[NAME_MAX + 1], chosen_instead_of[NAME_MAX + 1];
    char *demo_hint; /* owned, may be NULL */
    int64_t interval_ns;

    const struct wt_snapshot *snapshot; /* what is shown; one reference each */
    const struct wt_snapshot *newest;   /* what was fed last; differs only while held */
    struct wt_history *history;
    struct wt_watch *watch; /* of the worker under the cursor, or the one whose view is open */
    int64_t first_bucket;   /* of the history; 0 before the first look */
    bool paused;
    struct wt_travel travel;
    bool lost; /* the source does not answer */
    char lost_reason[WT_REASON_SIZE];
    int64_t lost_since_ns; /* realtime */

    enum wt_view_name view;
    enum wt_view_name came_from[WT_VIEW_DEPTH];
    int depth;
    enum wt_pane focus[WT_VIEW_COUNT];
    /* where the last draw of each view put its panes; cols == 0: not on the screen */
    struct wt_rect pane_at[WT_VIEW_COUNT][WT_PANE_COUNT];

    struct wt_settings settings;
    struct wt_table_state tables[WT_PANE_COUNT];
    struct wt_columns picked[WT_COLUMN_TABLE_COUNT]; /* as they are shown */
    struct wt_column_changes column_changes[WT_COLUMN_TABLE_COUNT];
    struct wt_table_column worker_columns[WT_TABLE_COLUMNS];
    size_t worker_column_count;
    struct wt_brief_event brief[WT_BRIEF_EVENTS]; /* as the overview shows them */
    size_t brief_count;
    struct wt_event death; /* of the monitor, which cannot tell it itself; sequence 0: it lives */
    char death_text[64];
    bool alarms_first; /* among them: the last draw had few rows for them */
    char worker_titles[WT_TABLE_COLUMNS][24];
    struct wt_worker_ref *workers; /* owned; of the selected service, gone ones included */
    size_t worker_count, worker_capacity;
    struct wt_doing_ref doing[WT_ACTIVITY_FLIGHTS]; /* by id */
    size_t doing_count;
    uint8_t slow_only[WT_ACTIVITY_SLOWEST]; /* of activity.slowest: not among the newest */
    size_t slow_only_count;
    struct wt_chosen_worker chosen;
    int worker;             /* index of the chosen one in `workers`, -1 when it is gone */
    int service;            /* index of the selected service, -1 without */
    char service_name[256]; /* of the selected service, also when it is gone */
    int help_top, help_rows, help_page;

    struct wt_segments segments[3]; /* of the store, the recorders and the wide ones */
    uint64_t segment;               /* the selected place of the store's map */
    struct wt_map_geometry map_at;  /* of the last draw of the memory view */

    struct wt_menu menu;          /* has the keys while it is open */
    struct wt_theme_list themes;  /* while the menu of themes is open */
    struct wt_theme theme_before; /* likewise: for Esc */

    struct wt_typing typing;     /* the line has the keys while its kind is something */
    char mark[WT_FILTER_SIZE];   /* what was typed for the last mark */
    char sought[WT_FILTER_SIZE]; /* what was looked for last; "" for nothing yet */

    char message[WT_MESSAGE_SIZE]; /* "" for none */
    enum wt_severity message_severity;
    int64_t message_until_ns; /* monotonic; 0: not drawn yet */
    bool out_of_memory;
};

/* Shows this snapshot from now on: one reference is taken. */
void wt_app_show(struct wt_app *app, const struct wt_snapshot *snapshot);

/* Holds the picture, or shows the newest again, also after looking back. */
void wt_app_set_paused(struct wt_app *app, bool paused);

/* Makes orders and the list of workers anew. */
void wt_app_refresh(struct wt_app *app);

/* The table of a pane, false when it has none. */
bool wt_app_table(const struct wt_app *app, enum wt_pane pane, struct wt_table *out);

/* The worker under the cursor becomes the chosen one; and finding it again after a look. */
void wt_worker_choose(struct wt_app *app);

/* Any worker of any service becomes the chosen one, to be shown by entering its view; one that is
 * gone with what is known of its end. */
void wt_worker_choose_id(struct wt_app *app, uint64_t worker_id, const char *service);
void wt_worker_find(struct wt_app *app);

/* From now on that one is watched which is looked at, or would be when Enter is pressed. */
void wt_worker_watch(struct wt_app *app);

/* Whether this pane has the keys. */
bool wt_app_has_focus(const struct wt_app *app, enum wt_pane pane);

/* Whether the snapshot shown is too old for its source: then everything is dimmed. */
bool wt_app_is_old(const struct wt_app *app, struct wt_time now);

/* Whether only the figures of workers are of now: their monitor is gone, and its verdicts and its
 * store are as it left them. Such are faded, and a verdict gets a question mark. */
bool wt_app_is_last_word(const struct wt_app *app, struct wt_time now);

/* Whether this is the verdict of a monitor that is gone, not one that was found after that. */
bool wt_app_is_last_verdict(const struct wt_app *app, enum wt_cause cause, struct wt_time now);

/* Whether what is shown is not of now: looking back, held, or too old. */
bool wt_app_is_past(const struct wt_app *app, struct wt_time now);

/* The seconds that graphs should show: what there is of the last minutes, so that a young graph is
 * not a void. */
int64_t wt_app_span_s(const struct wt_app *app, int64_t most);

/* This one becomes the service of the views of a service and of its workers, also when it is gone.
 * Call wt_app_refresh afterwards. */
void wt_app_choose_service(struct wt_app *app, const char *name);

/* The selected service, NULL without one. */
const struct wt_service *wt_app_service(const struct wt_app *app);

/* Where the keys go now: one WT_CONTEXT_*. */
unsigned wt_app_context(const struct wt_app *app);

/* The line in which one types. begin does nothing where there is nothing to choose from. */
void wt_typing_begin(struct wt_app *app, enum wt_typing_kind kind);
void wt_typing_add(struct wt_app *app, const char *text, size_t length);
unsigned wt_typing_act(struct wt_app *app, const struct wt_input *input, enum wt_action action);

/* To the next (1) or previous (-1) row that has what was looked for. */
void wt_seek_again(struct wt_app *app, int step);

/* The choice of what is written; see export_menu.c. */
void wt_app_export_menu(struct wt_app *app);

/* Themes; see picker.c. NULL is the usual one. */
wt_status wt_app_theme_named(struct wt_app *app, const char *name, struct wt_error *err);
void wt_app_theme_menu(struct wt_app *app);

/* ---- parts of screens (views/) -------------------------------------------------------------- */

void wt_header_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at);
void wt_footer_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at);

/* Rows that the verdict lines want in this width, at most `most`; and drawing them. */
int wt_verdicts_rows(const struct wt_app *app, int cols, int most);
/* What is said of this trouble, as it reads at the moment that is shown: in `out`, or its own. */
const char *wt_verdict_says(const struct wt_app *app, const struct wt_service *service,
                            const struct wt_trouble *trouble, char out[static WT_SENTENCE_SIZE]);
void wt_verdicts_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

/* A pane with its frame. A pane that is drawn says so in app->pane_at. */
void wt_pane_table_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                        enum wt_pane pane, const char *title, const char *name);

/* The same with so many rows left free at the bottom of its frame: these are returned, none where
 * it has no frame. */
struct wt_rect wt_pane_table_draw_above(struct wt_app *app, const struct wt_canvas *canvas,
                                        struct wt_rect rect, enum wt_pane pane, const char *title,
                                        const char *name, int foot_rows);
void wt_pane_detail_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         bool large);
void wt_pane_store_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);
int wt_pane_store_rows(const struct wt_app *app, int cols); /* with which it shows everything */
void wt_pane_memory_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                         const struct wt_store_info *store, const char *title);
/* Rows that it takes of so many, with the map as large as these allow. */
int wt_pane_memory_rows(const struct wt_app *app, int cols, int rows,
                        const struct wt_store_info *store);

/* Moves the selection in the store's map by so many cells, or lines of them. */
void wt_segment_move(struct wt_app *app, int64_t cells, int64_t lines);

/* Nothing has ever registered: how to get a worker. */
void wt_empty_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

/* The service of this name becomes the one that is selected in the table of services, when it is
 * there. Call wt_app_refresh afterwards. */
void wt_services_select(struct wt_app *app, const char *name);

/* Tables of the panes. */
void wt_services_table(const struct wt_app *app, struct wt_table *out);
void wt_workers_table(const struct wt_app *app, struct wt_table *out);
void wt_fields_table(const struct wt_app *app, struct wt_table *out);
void wt_worker_fields_table(const struct wt_app *app, struct wt_table *out);
void wt_now_table(const struct wt_app *app, struct wt_table *out);
void wt_records_table(const struct wt_app *app, struct wt_table *out);
void wt_all_records_table(const struct wt_app *app, struct wt_table *out);
void wt_events_table(const struct wt_app *app, struct wt_table *out);

/* What stands in a row of the table of events, and of that of all workers' records. */
const struct wt_event *wt_events_at(const struct wt_app *app, size_t row);
const struct wt_record_info *wt_all_records_at(const struct wt_app *app, size_t row);
void wt_resizes_table(const struct wt_app *app, struct wt_table *out);
void wt_held_table(const struct wt_app *app, struct wt_table *out);

/* The columns of the workers of the selected service: fixed ones, then its own fields. */
void wt_workers_columns(struct wt_app *app);
struct wt_worker_cell wt_worker_cell_of(const void *app, size_t index);

void wt_overview_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_service_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_worker_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
int wt_worker_graphs_rows(const struct wt_app *app, int cols); /* with which it shows all */
void wt_worker_graphs_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);
void wt_memory_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_events_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);
void wt_help_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body);

/* A screen too small for anything but what is wrong. */
void wt_tiny_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect);

#endif /* WT_UI_APP_STATE_H */
