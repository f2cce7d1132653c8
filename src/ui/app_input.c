/* Keys and mouse. Every action changes the state and says what the caller must do; nothing is
 * drawn here. */
#include <stdio.h>
#include <string.h>

#include "ui/app_state.h"
#include "ui/keymap.h"

static struct wt_table_state *focused_table(struct wt_app *app, struct wt_table *table) {
    enum wt_pane pane = app->focus[app->view];
    return wt_app_table(app, pane, table) ? &app->tables[pane] : NULL;
}

static void enter_view(struct wt_app *app, enum wt_view_name view) {
    if (view == app->view)
        return;
    if (app->depth == WT_VIEW_DEPTH) {
        memmove(app->came_from, app->came_from + 1, sizeof *app->came_from * (WT_VIEW_DEPTH - 1));
        app->depth--;
    }
    app->came_from[app->depth++] = app->view;
    app->view = view;
    app->help_top = 0;
    wt_app_refresh(app);
}

static void leave_view(struct wt_app *app) {
    app->view = app->depth > 0 ? app->came_from[--app->depth] : WT_VIEW_OVERVIEW;
    wt_app_refresh(app);
}

/* Forgets the filter of the focused table; false when it has none. */
static bool clear_filter(struct wt_app *app) {
    struct wt_table table;
    struct wt_table_state *state = focused_table(app, &table);
    if (!state || !state->filter[0])
        return false;
    state->filter[0] = '\0';
    wt_app_refresh(app);
    return true;
}

static void move(struct wt_app *app, int64_t by) {
    struct wt_table table;
    struct wt_table_state *state = focused_table(app, &table);
    if (state) {
        wt_table_move(state, &table, by);
        if (app->focus[app->view] == WT_PANE_SERVICES)
            wt_app_refresh(app);
        return;
    }
    if (app->focus[app->view] == WT_PANE_STORE && app->view == WT_VIEW_MEMORY)
        wt_segment_move(app, 0, by);
    if (app->focus[app->view] != WT_PANE_HELP)
        return;
    int most = app->help_rows - app->help_page;
    int64_t top = app->help_top + by;
    app->help_top = top < 0 || most < 0 ? 0 : top > most ? most : (int)top;
}

static int64_t page_of(struct wt_app *app) {
    struct wt_table table;
    const struct wt_table_state *state = focused_table(app, &table);
    int page = state ? state->page : app->help_page;
    return page > 1 ? page - 1 : 1;
}

static void focus_step(struct wt_app *app, int step) {
    const struct wt_view *view = &wt_views[app->view];
    int count = (int)view->pane_count, at = 0;
    for (int i = 0; i < count; i++)
        if (view->panes[i] == app->focus[app->view])
            at = i;
    for (int i = 0; i < count; i++) {
        at = (at + step + count) % count;
        if (app->pane_at[app->view][view->panes[at]].cols > 0)
            break;
    }
    app->focus[app->view] = view->panes[at];
}

static void sort_step(struct wt_app *app, int step) {
    struct wt_table table;
    struct wt_table_state *state = focused_table(app, &table);
    if (!state)
        return;
    wt_table_sort_step(state, &table, step);
    wt_app_refresh(app);
}

static void open_worker(struct wt_app *app) {
    struct wt_table table;
    struct wt_table_state *state = &app->tables[WT_PANE_WORKERS];
    wt_workers_table(app, &table);
    if (wt_table_selected(state) < 0)
        return;
    wt_table_move(state, &table, 0); /* it stays the chosen one */
    wt_worker_choose(app);
    enter_view(app, WT_VIEW_WORKER);
}

/* The one below, or above, in the order of the table of workers. */
static void step_worker(struct wt_app *app, int step) {
    struct wt_table table;
    wt_workers_table(app, &table);
    wt_table_move(&app->tables[WT_PANE_WORKERS], &table, step);
    wt_worker_choose(app);
    wt_app_refresh(app);
}

/* Of an event or a record: to the worker that it is about, also when it is gone. */
static void open_worker_of_row(struct wt_app *app, enum wt_pane pane) {
    struct wt_table table;
    if (pane != WT_PANE_EVENTS && pane != WT_PANE_ALL_RECORDS)
        return;
    int64_t row = wt_app_table(app, pane, &table) ? wt_table_selected(&app->tables[pane]) : -1;
    if (app->travel.on)
        wt_app_message(app, WT_SEVERITY_INFO, "workers are shown only of now");
    if (row < 0 || app->travel.on)
        return;
    bool is_event = pane == WT_PANE_EVENTS;
    const struct wt_record_info *record = is_event ? NULL : wt_all_records_at(app, (size_t)row);
    const struct wt_event *event = is_event ? wt_events_at(app, (size_t)row) : NULL;
    uint64_t worker_id = is_event ? event->worker_id : record->worker_id;
    if (worker_id == 0) {
        wt_app_message(app, WT_SEVERITY_INFO, "this event is about no worker");
        return;
    }
    wt_table_move(&app->tables[pane], &table, 0); /* it stays the chosen one */
    wt_worker_choose_id(app, worker_id, is_event ? event->service : record->service);
    enter_view(app, WT_VIEW_WORKER);
}

/* Of an event: to the moment of it, with its service selected. */
static void open_moment(struct wt_app *app) {
    struct wt_table table;
    struct wt_table_state *state = &app->tables[WT_PANE_EVENTS];
    wt_events_table(app, &table);
    int64_t row = wt_table_selected(state);
    if (row < 0)
        return;
    char service[sizeof app->service_name];
    const struct wt_event *event = wt_events_at(app, (size_t)row);
    snprintf(service, sizeof service, "%s", event->service);
    wt_table_move(state, &table, 0); /* it stays the chosen one */
    wt_travel_to(app, event->realtime_ns);
    if (service[0])
        wt_services_select(app, service);
    if (app->travel.on && app->view == WT_VIEW_EVENTS)
        enter_view(app, WT_VIEW_OVERVIEW);
    wt_app_refresh(app);
}

static void open_selected(struct wt_app *app) {
    enum wt_pane pane = app->focus[app->view];
    if (pane == WT_PANE_STORE) {
        enter_view(app, WT_VIEW_MEMORY);
    } else if (pane == WT_PANE_EVENTS && (app->view == WT_VIEW_EVENTS || app->travel.on)) {
        open_moment(app);
    } else if (pane == WT_PANE_EVENTS) {
        enter_view(app, WT_VIEW_EVENTS);
    } else if (pane == WT_PANE_ALL_RECORDS) {
        open_worker_of_row(app, pane);
    } else if (pane == WT_PANE_WORKERS) {
        open_worker(app);
    } else if (wt_app_service(app) && app->view != WT_VIEW_SERVICE) {
        struct wt_table table;
        wt_services_table(app, &table);
        wt_table_move(&app->tables[WT_PANE_SERVICES], &table, 0); /* it stays the chosen one */
        enter_view(app, WT_VIEW_SERVICE);
    }
}

static unsigned change_interval(struct wt_app *app, int step) {
    static const int64_t steps_ms[] = {100, 250, 500, 1000, 2000, 5000, 10000, 30000, 60000};
    enum { STEPS = sizeof steps_ms / sizeof *steps_ms };
    int64_t now = app->interval_ns / WT_NS_PER_MS, next = now;
    for (int i = 0; i < STEPS; i++) {
        if (step < 0 && steps_ms[i] < now)
            next = steps_ms[i];
        if (step > 0 && steps_ms[i] > now) {
            next = steps_ms[i];
            break;
        }
    }
    if (next == now)
        return 0;
    app->interval_ns = next * WT_NS_PER_MS;
    wt_app_message(app, WT_SEVERITY_INFO, "interval %g s", (double)next / 1000);
    return WT_APP_INTERVAL;
}

static unsigned act_move(struct wt_app *app, enum wt_action action) {
    switch ((int)action) {
    case WT_ACTION_UP:
        move(app, -1);
        break;
    case WT_ACTION_DOWN:
        move(app, 1);
        break;
    case WT_ACTION_PAGE_UP:
        move(app, -page_of(app));
        break;
    case WT_ACTION_PAGE_DOWN:
        move(app, page_of(app));
        break;
    case WT_ACTION_TOP:
        move(app, INT32_MIN);
        break;
    case WT_ACTION_BOTTOM:
        move(app, INT32_MAX);
        break;
    case WT_ACTION_LEFT:
        wt_segment_move(app, -1, 0);
        break;
    case WT_ACTION_RIGHT:
        wt_segment_move(app, 1, 0);
        break;
    case WT_ACTION_NEXT_PANE:
        focus_step(app, 1);
        break;
    case WT_ACTION_PREVIOUS_PANE:
        focus_step(app, -1);
        break;
    default:
        return 0;
    }
    return WT_APP_DRAW;
}

static unsigned act_table(struct wt_app *app, enum wt_action action) {
    struct wt_table table;
    struct wt_table_state *state;
    switch ((int)action) {
    case WT_ACTION_CLEAR:
        clear_filter(app);
        break;
    case WT_ACTION_FILTER:
        wt_typing_begin(app, WT_TYPING_FILTER);
        break;
    case WT_ACTION_COLUMNS:
        wt_app_columns_menu(app);
        break;
    case WT_ACTION_MARK:
        wt_typing_begin(app, WT_TYPING_MARK);
        break;
    case WT_ACTION_SEARCH:
        wt_typing_begin(app, WT_TYPING_SEARCH);
        break;
    case WT_ACTION_SEARCH_NEXT:
        wt_seek_again(app, 1);
        break;
    case WT_ACTION_SEARCH_PREVIOUS:
        wt_seek_again(app, -1);
        break;
    case WT_ACTION_SORT_NEXT:
        sort_step(app, 1);
        break;
    case WT_ACTION_SORT_PREVIOUS:
        sort_step(app, -1);
        break;
    case WT_ACTION_REVERSE:
        state = focused_table(app, &table);
        if (state)
            state->reversed = !state->reversed;
        wt_app_refresh(app);
        break;
    default:
        return 0;
    }
    return WT_APP_DRAW;
}

static unsigned act_view(struct wt_app *app, enum wt_action action) {
    switch ((int)action) {
    case WT_ACTION_ENTER:
        open_selected(app);
        break;
    case WT_ACTION_WORKER:
        open_worker_of_row(app, app->focus[app->view]);
        break;
    case WT_ACTION_NEXT_WORKER:
        step_worker(app, 1);
        break;
    case WT_ACTION_PREVIOUS_WORKER:
        step_worker(app, -1);
        break;
    case WT_ACTION_BACK:
    case WT_ACTION_BACK_LEFT:
        if (!clear_filter(app))
            leave_view(app);
        break;
    case WT_ACTION_VIEW_OVERVIEW:
        enter_view(app, WT_VIEW_OVERVIEW);
        app->depth = 0;
        break;
    case WT_ACTION_VIEW_SERVICE:
        if (wt_app_service(app))
            enter_view(app, WT_VIEW_SERVICE);
        break;
    case WT_ACTION_VIEW_MEMORY:
        enter_view(app, WT_VIEW_MEMORY);
        break;
    case WT_ACTION_VIEW_EVENTS:
        enter_view(app, WT_VIEW_EVENTS);
        break;
    case WT_ACTION_HELP:
        if (app->view == WT_VIEW_HELP)
            leave_view(app);
        else
            enter_view(app, WT_VIEW_HELP);
        break;
    default:
        return 0;
    }
    return WT_APP_DRAW;
}

static unsigned act_tool(struct wt_app *app, enum wt_action action) {
    switch ((int)action) {
    case WT_ACTION_PAUSE:
        wt_app_set_paused(app, !app->paused && !app->travel.on);
        return WT_APP_DRAW;
    case WT_ACTION_EARLIER:
    case WT_ACTION_LATER:
    case WT_ACTION_EARLIER_MINUTE:
    case WT_ACTION_LATER_MINUTE:
    case WT_ACTION_LIVE:
        wt_travel_act(app, action);
        return WT_APP_DRAW;
    case WT_ACTION_FASTER:
        return WT_APP_DRAW | change_interval(app, -1);
    case WT_ACTION_SLOWER:
        return WT_APP_DRAW | change_interval(app, 1);
    case WT_ACTION_THEME:
        wt_app_theme_menu(app);
        return WT_APP_DRAW;
    case WT_ACTION_EXPORT:
        wt_app_export_menu(app);
        return WT_APP_DRAW;
    case WT_ACTION_REPAINT:
        return WT_APP_DRAW | WT_APP_REPAINT;
    case WT_ACTION_SUSPEND:
        return WT_APP_SUSPEND;
    case WT_ACTION_QUIT:
        return WT_APP_QUIT;
    default:
        return 0;
    }
}

static void click_segment(struct wt_app *app, const struct wt_input *input) {
    int64_t segment = wt_segment_map_at(&app->map_at, &app->segments[0], input->col, input->row);
    if (segment >= 0)
        app->segment = (uint64_t)segment;
}

static unsigned act_mouse(struct wt_app *app, const struct wt_input *input) {
    if (wt_travel_click(app, input))
        return WT_APP_DRAW;
    const struct wt_view *view = &wt_views[app->view];
    for (size_t i = 0; i < view->pane_count; i++) {
        enum wt_pane pane = view->panes[i];
        struct wt_table table;
        if (!wt_rect_has(app->pane_at[app->view][pane], input->col, input->row))
            continue;
        bool has_table = wt_app_table(app, pane, &table);
        int wheel = input->button == WT_MOUSE_WHEEL_UP     ? -3
                    : input->button == WT_MOUSE_WHEEL_DOWN ? 3
                                                           : 0;
        if (wheel && has_table) {
            wt_table_scroll(&app->tables[pane], &table, wheel);
        } else if (wheel) {
            move(app, wheel);
        } else if (input->button == WT_MOUSE_LEFT) {
            app->focus[app->view] = pane;
            if (has_table)
                wt_table_click(&app->tables[pane], &table, input->col, input->row);
            else if (pane == WT_PANE_STORE && app->view == WT_VIEW_MEMORY)
                click_segment(app, input);
        }
        if (has_table)
            wt_app_refresh(app);
        return WT_APP_DRAW;
    }
    return 0;
}

static unsigned act_key(struct wt_app *app, const struct wt_input *input) {
    struct wt_input key = *input;
    if (key.code == '\n')
        key.code = WT_KEY_ENTER;
    if (key.code == '\b')
        key.code = WT_KEY_BACKSPACE;
    enum wt_action action = wt_keymap_find(&app->settings.keymap, &key, wt_app_context(app));
    if (app->menu.kind)
        return wt_menu_act(
            app, action, wt_keymap_find(&app->settings.keymap, &key, wt_views[app->view].context));
    if (app->typing.kind)
        return wt_typing_act(app, &key, action);
    if (action == WT_ACTION_NONE)
        return 0;
    unsigned requests = act_move(app, action);
    if (!requests)
        requests = act_table(app, action);
    if (!requests)
        requests = act_view(app, action);
    return requests ? requests : act_tool(app, action);
}

unsigned wt_app_input(struct wt_app *app, const struct wt_input *input) {
    switch (input->kind) {
    case WT_INPUT_KEY:
        return act_key(app, input);
    case WT_INPUT_MOUSE:
        return app->menu.kind     ? wt_menu_mouse(app, input)
               : app->typing.kind ? 0
                                  : act_mouse(app, input);
    case WT_INPUT_RESIZE:
        return WT_APP_DRAW;
    case WT_INPUT_PASTE:
        if (!app->typing.kind)
            return 0;
        wt_typing_add(app, input->text, input->length);
        return WT_APP_DRAW;
    case WT_INPUT_NONE:
        break;
    }
    return 0;
}
