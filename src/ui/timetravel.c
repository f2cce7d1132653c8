#include "ui/timetravel.h"

#include <stdio.h>

#include "base/format.h"
#include "ui/app_state.h"

/* Shows the second `bucket`; what lies before all that is kept is taken to the first of it. */
static void go_to(struct wt_app *app, int64_t bucket) {
    int64_t oldest = wt_history_oldest(app->history);
    if (bucket < oldest) {
        bucket = oldest;
        wt_app_message(app, WT_SEVERITY_INFO, "nothing older is kept");
    }
    const struct wt_snapshot *moment;
    struct wt_error err;
    if (wt_history_moment(app->history, app->newest, bucket, &moment, &err) != WT_OK) {
        wt_app_message(app, WT_SEVERITY_WARN, "%s", err.text);
        return;
    }
    app->travel.on = true;
    app->travel.bucket = bucket;
    wt_app_show(app, moment);
    wt_snapshot_unref(moment);
}

/* Steps from what is shown. Where only minutes are kept every step is one of them. */
static void step(struct wt_app *app, int64_t seconds) {
    if (!app->snapshot || wt_history_newest(app->history) == INT64_MIN)
        return;
    int64_t from =
        app->travel.on ? app->travel.bucket : wt_history_bucket(app->snapshot->time.realtime_ns);
    int64_t to = from + seconds;
    if (wt_history_is_coarse(app->history, to)) {
        int64_t minute = from / 60 + (seconds < 0 ? -1 : 1);
        to = wt_history_is_coarse(app->history, from) ? minute * 60 : to / 60 * 60;
    }
    if (to >= wt_history_newest(app->history) && seconds > 0)
        wt_app_set_paused(app, false);
    else
        go_to(app, to);
}

void wt_travel_act(struct wt_app *app, enum wt_action action) {
    if (action == WT_ACTION_EARLIER)
        step(app, -1);
    else if (action == WT_ACTION_LATER)
        step(app, 1);
    else if (action == WT_ACTION_EARLIER_MINUTE)
        step(app, -60);
    else if (action == WT_ACTION_LATER_MINUTE)
        step(app, 60);
    else
        wt_app_set_paused(app, false);
}

void wt_travel_to(struct wt_app *app, int64_t realtime_ns) {
    int64_t bucket = wt_history_bucket(realtime_ns), newest = wt_history_newest(app->history);
    if (app->snapshot && newest != INT64_MIN)
        go_to(app, bucket > newest ? newest : bucket);
}

bool wt_travel_click(struct wt_app *app, const struct wt_input *input) {
    const struct wt_travel *travel = &app->travel;
    if (!travel->on || !wt_rect_has(travel->track, input->col, input->row))
        return false;
    if (input->button == WT_MOUSE_WHEEL_UP || input->button == WT_MOUSE_WHEEL_DOWN) {
        step(app, input->button == WT_MOUSE_WHEEL_UP ? -1 : 1);
    } else if (input->button == WT_MOUSE_LEFT) {
        int64_t cols = travel->track.cols, col = input->col - travel->track.col;
        int64_t to = travel->track_begin + (travel->span_s * col + cols - 1) / cols;
        int64_t newest = wt_history_newest(app->history);
        go_to(app, to > newest ? newest : to);
    }
    return true;
}

bool wt_travel_is_coarse(const struct wt_app *app) {
    return app->travel.on && wt_history_is_coarse(app->history, app->travel.bucket);
}

void wt_travel_badge(const struct wt_app *app, struct wt_time now, bool brief, char *out,
                     size_t size) {
    char clock[WT_FORMAT_SIZE], age[WT_FORMAT_SIZE];
    int64_t at_ns = app->snapshot->time.realtime_ns;
    int64_t ago_ns = now.realtime_ns > at_ns ? now.realtime_ns - at_ns : 0;
    wt_format_clock(clock, sizeof clock, at_ns);
    wt_format_duration(age, sizeof age, ago_ns / WT_NS_PER_S * WT_NS_PER_S);
    const char *of = wt_travel_is_coarse(app) ? "MIN " : "AT ";
    snprintf(out, size, brief ? "%s%s" : "%s%s, %s ago", of, clock, age);
}

const char *wt_travel_says(const struct wt_app *app, int pane, const char *otherwise) {
    if (!app->travel.on || pane == WT_PANE_EVENTS || pane == WT_PANE_RESIZES)
        return otherwise;
    return pane == WT_PANE_WORKERS ? "workers of a moment are not kept, only their counts"
                                   : "not kept: shown only of now";
}
