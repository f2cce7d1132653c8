/* The app: what it is fed, what it derives from that, and drawing. app_input.c does the keys. */
#include "ui/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/app_state.h"
#include "ui/views/doing.h"
#include "ui/views/events.h"

enum { TINY_COLS = 40, TINY_ROWS = 10 };

static const struct wt_glyph_table *glyphs_of(enum wt_glyphs glyphs) {
    switch (glyphs) {
    case WT_GLYPHS_UTF8:
        return &wt_glyphs_braille;
    case WT_GLYPHS_BLOCKS:
        return &wt_glyphs_blocks;
    case WT_GLYPHS_ASCII:
        break;
    }
    return &wt_glyphs_ascii;
}

static bool copy_text(char **out, const char *text) {
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

wt_status wt_app_create(struct wt_app **out, const struct wt_app_options *options,
                        struct wt_error *err) {
    *out = NULL;
    struct wt_app *app = calloc(1, sizeof *app);
    if (!app)
        return wt_fail(err, WT_ENOMEM, "starting the user interface: out of memory");
    app->glyphs = glyphs_of(options->glyphs);
    app->colourless = options->colourless;
    app->few_colours = options->few_colours;
    if (options->settings)
        app->settings = *options->settings;
    else
        wt_keymap_init(&app->settings.keymap);
    app->interval_ns = options->interval_ns > 0 ? options->interval_ns : WT_NS_PER_S;
    app->service = app->worker = -1;
    for (int view = 0; view < WT_VIEW_COUNT; view++)
        app->focus[view] = wt_views[view].panes[0];
    for (int pane = 0; pane < WT_PANE_COUNT; pane++)
        app->tables[pane].sort = app->tables[pane].header_row = -1;
    app->tables[WT_PANE_SERVICES].sort = WT_SORT_USUAL;
    app->tables[WT_PANE_WORKERS].sort = WT_SORT_USUAL;
    wt_status status = WT_ENOMEM;
    if (!copy_text(&app->theme_directory, options->theme_directory) ||
        !copy_text(&app->own_theme_directory, options->own_theme_directory) ||
        !copy_text(&app->demo_hint, options->demo_hint))
        wt_fail(err, WT_ENOMEM, "starting the user interface: out of memory");
    else
        status = wt_history_create(&app->history, err);
    if (status == WT_OK)
        status = wt_watch_create(&app->watch, err);
    if (status == WT_OK)
        status = wt_app_theme_named(app, options->theme, err);
    app->theme_is_fixed = options->theme_is_fixed;
    if (options->theme && strlen(options->theme) < sizeof app->usual_theme)
        memcpy(app->usual_theme, options->theme, strlen(options->theme) + 1);
    if (status != WT_OK) {
        wt_app_destroy(app);
        return status;
    }
    wt_app_refresh(app);
    *out = app;
    return WT_OK;
}

void wt_app_destroy(struct wt_app *app) {
    if (!app)
        return;
    for (int pane = 0; pane < WT_PANE_COUNT; pane++)
        wt_table_state_fini(&app->tables[pane]);
    wt_snapshot_unref(app->snapshot);
    wt_snapshot_unref(app->newest);
    wt_history_destroy(app->history);
    wt_watch_destroy(app->watch);
    for (size_t i = 0; i < sizeof app->segments / sizeof *app->segments; i++)
        wt_segments_fini(&app->segments[i]);
    free(app->workers);
    wt_theme_list_fini(&app->themes);
    free(app->theme_directory);
    free(app->own_theme_directory);
    free(app->demo_hint);
    free(app);
}

/* ---- what is derived --------------------------------------------------------------------------
 */

/* A table with all its columns. */
static bool whole_table(const struct wt_app *app, enum wt_pane pane, struct wt_table *out) {
    switch (pane) {
    case WT_PANE_SERVICES:
        wt_services_table(app, out);
        return true;
    case WT_PANE_WORKERS:
        wt_workers_table(app, out);
        return true;
    case WT_PANE_FIELDS:
        wt_fields_table(app, out);
        return true;
    case WT_PANE_WORKER_FIELDS:
        wt_worker_fields_table(app, out);
        return true;
    case WT_PANE_NOW:
        wt_now_table(app, out);
        return true;
    case WT_PANE_RECORDS:
        wt_records_table(app, out);
        return true;
    case WT_PANE_ALL_RECORDS:
        wt_all_records_table(app, out);
        return true;
    case WT_PANE_RESIZES:
        wt_resizes_table(app, out);
        return true;
    case WT_PANE_HELD:
        wt_held_table(app, out);
        return true;
    case WT_PANE_EVENTS:
        wt_events_table(app, out);
        return true;
    case WT_PANE_STORE:
    case WT_PANE_HELP:
    case WT_PANE_COUNT:
        break;
    }
    return false;
}

bool wt_app_table(const struct wt_app *app, enum wt_pane pane, struct wt_table *out) {
    if (!whole_table(app, pane, out))
        return false;
    int which = wt_columns_of_pane(app, (int)pane);
    const struct wt_columns *picked = which >= 0 ? &app->picked[which] : NULL;
    if (picked && picked->count > 0) {
        out->columns = picked->columns;
        out->column_count = picked->count;
        out->hidden_count = picked->count - picked->visible;
    }
    return true;
}

const struct wt_service *wt_app_service(const struct wt_app *app) {
    return app->snapshot && app->service >= 0 ? &app->snapshot->services[app->service] : NULL;
}

static void update_table(struct wt_app *app, enum wt_pane pane) {
    struct wt_table table;
    if (wt_app_table(app, pane, &table) && !wt_table_update(&app->tables[pane], &table))
        app->out_of_memory = true;
}

void wt_app_choose_service(struct wt_app *app, const char *name) {
    if (strcmp(name, app->service_name) == 0)
        return;
    snprintf(app->service_name, sizeof app->service_name, "%s", name);
    static const enum wt_pane of_service[] = {WT_PANE_WORKERS, WT_PANE_FIELDS};
    for (size_t i = 0; i < 2; i++) {
        struct wt_table_state *state = &app->tables[of_service[i]];
        state->pinned = false;
        state->cursor = state->top = 0;
    }
    app->tables[WT_PANE_WORKERS].sort = WT_SORT_USUAL;
    app->tables[WT_PANE_WORKERS].reversed = false;
}

/* In a service's view, and in that of its worker, it stays the one that was entered, even when it
 * is gone. */
static void select_service(struct wt_app *app) {
    int64_t row;
    if ((app->view == WT_VIEW_SERVICE || app->view == WT_VIEW_WORKER) && app->service_name[0])
        row = app->snapshot ? wt_snapshot_find_service(app->snapshot, app->service_name) : -1;
    else
        row = wt_table_selected(&app->tables[WT_PANE_SERVICES]);
    app->service = (int)row;
    if (row >= 0)
        wt_app_choose_service(app, app->snapshot->services[row].name);
}

static bool reserve_workers(struct wt_app *app, size_t count) {
    if (count <= app->worker_capacity)
        return true;
    size_t capacity = count + count / 2 + 16;
    struct wt_worker_ref *workers = realloc(app->workers, capacity * sizeof *workers);
    if (!workers)
        return false;
    app->workers = workers;
    app->worker_capacity = capacity;
    return true;
}

/* The rows of all cohorts of the selected service that hold a worker. */
static void list_workers(struct wt_app *app) {
    app->worker_count = 0;
    for (size_t i = 0; app->service >= 0 && i < app->snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &app->snapshot->cohorts[i];
        if ((int)cohort->service != app->service)
            continue;
        if (!reserve_workers(app, app->worker_count + cohort->row_count)) {
            app->out_of_memory = true;
            return;
        }
        for (size_t row = 0; row < cohort->row_count; row++)
            if (cohort->rows[row])
                app->workers[app->worker_count++] =
                    (struct wt_worker_ref){(uint32_t)i, (uint32_t)row};
    }
}

static void update_segments(struct wt_app *app) {
    const struct wt_snapshot *snapshot = app->snapshot;
    const struct wt_store_info *stores[] = {&snapshot->store, &snapshot->recorders,
                                            &snapshot->recorders_wide};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        if (!wt_segments_update(&app->segments[i], snapshot, stores[i]))
            app->out_of_memory = true;
    uint64_t count = wt_segments_count(&app->segments[0]);
    if (app->segment >= count)
        app->segment = count > 0 ? count - 1 : 0;
}

void wt_app_refresh(struct wt_app *app) {
    struct wt_sorted_columns sorted = wt_columns_sorted(app);
    wt_columns_refresh(app, WT_COLUMN_TABLE_SERVICES, &sorted);
    update_table(app, WT_PANE_SERVICES);
    select_service(app);
    list_workers(app);
    wt_worker_find(app);
    wt_workers_columns(app);
    wt_columns_refresh(app, WT_COLUMN_TABLE_WORKERS, &sorted);
    wt_columns_refresh(app, WT_COLUMN_TABLE_EVENTS, &sorted);
    update_table(app, WT_PANE_WORKERS);
    wt_worker_watch(app);
    update_table(app, WT_PANE_FIELDS);
    update_table(app, WT_PANE_WORKER_FIELDS);
    update_table(app, WT_PANE_NOW);
    update_table(app, WT_PANE_RECORDS);
    update_table(app, WT_PANE_ALL_RECORDS);
    update_table(app, WT_PANE_RESIZES);
    update_table(app, WT_PANE_HELD);
    wt_events_fold(app);
    update_table(app, WT_PANE_EVENTS);
    if (app->out_of_memory) {
        app->out_of_memory = false;
        wt_app_message(app, WT_SEVERITY_CRIT, "out of memory: some tables are not complete");
    }
}

/* ---- what it is fed ---------------------------------------------------------------------------
 */

static void replace_shown(struct wt_app *app, const struct wt_snapshot *snapshot) {
    const struct wt_snapshot *before = app->snapshot;
    app->snapshot = wt_snapshot_ref(snapshot);
    wt_snapshot_unref(before);
}

void wt_app_show(struct wt_app *app, const struct wt_snapshot *snapshot) {
    replace_shown(app, snapshot);
    update_segments(app);
    wt_doing_index(app);
    wt_app_refresh(app);
}

void wt_app_feed(struct wt_app *app, const struct wt_snapshot *snapshot) {
    if (!wt_history_feed(app->history, snapshot) || !wt_watch_feed(app->watch, snapshot))
        wt_app_message(app, WT_SEVERITY_WARN, "out of memory: the graphs have a gap");
    if (app->first_bucket == 0)
        app->first_bucket = wt_history_bucket(snapshot->time.realtime_ns);
    if (!snapshot->source.problem[0])
        app->lost = false;
    const struct wt_snapshot *before = app->newest;
    app->newest = wt_snapshot_ref(snapshot);
    wt_snapshot_unref(before);
    if ((!app->paused && !app->travel.on) || !app->snapshot)
        wt_app_show(app, snapshot);
}

void wt_app_take_history(struct wt_app *app, struct wt_history *history) {
    if (!app || app->newest || wt_history_newest(history) == INT64_MIN) {
        wt_history_destroy(history);
        return;
    }
    wt_history_destroy(app->history);
    app->history = history;
    app->first_bucket = wt_history_oldest(history);
}

void wt_app_refine(struct wt_app *app, const struct wt_snapshot *snapshot) {
    const struct wt_snapshot *before = app->newest;
    bool is_shown = app->snapshot == before;
    app->newest = wt_snapshot_ref(snapshot);
    if (is_shown && snapshot->cohorts == before->cohorts) { /* rows and tables are as they were */
        replace_shown(app, snapshot);
        update_table(app, WT_PANE_NOW);
        update_table(app, WT_PANE_RECORDS);
    } else if (is_shown) {
        wt_app_show(app, snapshot);
    }
    wt_snapshot_unref(before);
}

uint64_t wt_app_focus(const struct wt_app *app) {
    int64_t row = app->view == WT_VIEW_WORKER ? app->worker
                                              : wt_table_selected(&app->tables[WT_PANE_WORKERS]);
    if (!app->snapshot || row < 0 || (size_t)row >= app->worker_count)
        return 0;
    const struct wt_worker_ref *ref = &app->workers[row];
    return app->snapshot->cohorts[ref->cohort].rows[ref->row]->id;
}

void wt_app_set_paused(struct wt_app *app, bool paused) {
    app->paused = paused && app->snapshot;
    app->travel.on = false;
    if (!app->paused && app->newest && app->newest != app->snapshot)
        wt_app_show(app, app->newest);
}

void wt_app_source_lost(struct wt_app *app, const char *reason, int64_t since_realtime_ns) {
    if (!reason) {
        app->lost = false;
        return;
    }
    if (!app->lost)
        app->lost_since_ns = since_realtime_ns;
    app->lost = true;
    wt_text_clean(app->lost_reason, sizeof app->lost_reason, reason, strlen(reason));
}

void wt_app_message(struct wt_app *app, enum wt_severity severity, const char *format, ...) {
    char text[WT_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    wt_text_clean(app->message, sizeof app->message, text, strlen(text));
    app->message_severity = severity;
    app->message_until_ns = 0;
}

int64_t wt_app_interval_ns(const struct wt_app *app) {
    return app->interval_ns;
}

const char *wt_app_mark(const struct wt_app *app) {
    return app->mark;
}

bool wt_app_is_paused(const struct wt_app *app) {
    return app->paused;
}

const struct wt_snapshot *wt_app_snapshot(const struct wt_app *app) {
    return app->snapshot;
}

/* ---- drawing ----------------------------------------------------------------------------------
 */

unsigned wt_app_context(const struct wt_app *app) {
    return app->menu.kind     ? WT_CONTEXT_MENU
           : app->typing.kind ? WT_CONTEXT_INPUT
                              : wt_views[app->view].context;
}

bool wt_app_has_focus(const struct wt_app *app, enum wt_pane pane) {
    return app->focus[app->view] == pane;
}

bool wt_app_is_old(const struct wt_app *app, struct wt_time now) {
    if (app->travel.on)
        return false; /* it is old by wish, and says so */
    if (app->lost)
        return true;
    if (!app->snapshot || app->paused)
        return false;
    if (app->snapshot->source.health == WT_SOURCE_SILENT)
        return true;
    int64_t interval = app->interval_ns;
    if (app->snapshot->monitor.interval_ns > interval)
        interval = app->snapshot->monitor.interval_ns;
    return wt_snapshot_age_ns(app->snapshot, now) > 2 * interval;
}

bool wt_app_is_last_word(const struct wt_app *app, struct wt_time now) {
    return app->snapshot && !app->travel.on && !wt_app_is_old(app, now) &&
           (app->snapshot->source.health == WT_SOURCE_DEAD ||
            app->snapshot->source.health == WT_SOURCE_LEFT);
}

bool wt_app_is_last_verdict(const struct wt_app *app, enum wt_cause cause, struct wt_time now) {
    return cause != WT_CAUSE_WORKERS_GONE && wt_app_is_last_word(app, now);
}

bool wt_app_is_past(const struct wt_app *app, struct wt_time now) {
    return app->travel.on || app->paused || wt_app_is_old(app, now);
}

/* While a second is wider than a dot every second moves a graph: that is for its first moments. */
int64_t wt_app_span_s(const struct wt_app *app, int64_t most) {
    enum { YOUNG = 16, LEAST = 25 };
    if (wt_travel_is_coarse(app))
        return WT_TRAVEL_COARSE_SPAN_S;
    int64_t age = wt_history_bucket(app->snapshot->time.realtime_ns) - app->first_bucket;
    if (age < YOUNG)
        return age * 3 / 2;
    int64_t span = age * 2 / 3; /* full for a while before the scale changes */
    return span < LEAST ? LEAST : span > most ? most : span;
}

static void draw_once(struct wt_app *app, const struct wt_canvas *canvas) {
    struct wt_rect rect = {0, 0, canvas->grid->cols, canvas->grid->rows};
    wt_grid_clear(canvas->grid, canvas->theme->styles[WT_STYLE_TEXT]);
    memset(app->pane_at[app->view], 0, sizeof app->pane_at[app->view]);
    if (rect.cols < TINY_COLS || rect.rows < TINY_ROWS) {
        wt_tiny_draw(app, canvas, rect);
        wt_rect_take_top(&rect, 1);
        if (wt_app_is_old(app, canvas->now))
            wt_canvas_fade(canvas, rect);
        return;
    }
    wt_header_draw(app, canvas, wt_rect_take_top(&rect, 1));
    wt_footer_draw(app, canvas, wt_rect_take_bottom(&rect, 1));
    if (app->travel.on)
        wt_scrubber_draw(app, canvas,
                         wt_rect_take_bottom(&rect, wt_scrubber_rows(rect.cols, rect.rows + 2)));
    wt_views[app->view].draw(app, canvas, rect);
    if (!wt_app_is_old(app, canvas->now))
        return;
    bool is_told = app->lost || app->snapshot->source.problem[0];
    if (is_told && app->view != WT_VIEW_HELP)
        wt_rect_take_top(&rect, 1); /* the line that says so is not old */
    wt_canvas_fade(canvas, rect);
}

/* The keys must not go to a pane that no longer fits: the first one that is there gets them. */
static bool focus_is_lost(struct wt_app *app) {
    const struct wt_view *view = &wt_views[app->view];
    if (app->pane_at[app->view][app->focus[app->view]].cols > 0)
        return false;
    for (size_t i = 0; i < view->pane_count; i++)
        if (app->pane_at[app->view][view->panes[i]].cols > 0) {
            app->focus[app->view] = view->panes[i];
            return true;
        }
    return false;
}

/* The colour of a space is seen by nobody: it takes that of its left neighbour, so that a terminal
 * is told fewer colours. */
static void settle_spaces(struct wt_grid *grid) {
    enum { VISIBLE = WT_ATTRIBUTE_UNDERLINE | WT_ATTRIBUTE_REVERSE };
    for (int row = 0; row < grid->rows; row++) {
        struct wt_cell *cells = grid->cells + (size_t)row * (size_t)grid->cols;
        for (int col = 1; col < grid->cols; col++) {
            const struct wt_style *left = &cells[col - 1].style;
            struct wt_style *style = &cells[col].style;
            if (cells[col].codes[0] == ' ' && style->bg == left->bg &&
                !((style->attributes | left->attributes) & VISIBLE))
                *style = *left;
        }
    }
}

void wt_app_draw(struct wt_app *app, struct wt_grid *grid, struct wt_time now) {
    grid->ascii = app->glyphs == &wt_glyphs_ascii;
    struct wt_canvas canvas = {
        .grid = grid, .theme = &app->theme, .glyphs = app->glyphs, .now = now};
    draw_once(app, &canvas);
    if (focus_is_lost(app))
        draw_once(app, &canvas);
    if (app->menu.kind)
        wt_menu_draw(app, &canvas);
    settle_spaces(grid);
}
