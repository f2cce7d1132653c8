/* The pane of one worker that says what each of its threads does now, or did when it died. */
#include "ui/views/doing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "ui/values.h"
#include "ui/views/worker_row.h"
#include "ui/widgets/frame.h"

/* ---- what is looked up ----------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b) {
    const struct wt_doing_ref *left = a, *right = b;
    if (left->worker_id != right->worker_id)
        return left->worker_id < right->worker_id ? -1 : 1;
    return (left->at > right->at) - (left->at < right->at);
}

/* Of the slowest records those that are not among the newest: the pane of all shows each once. */
static void index_records(struct wt_app *app, const struct wt_activity *activity) {
    app->slow_only_count = 0;
    for (size_t i = 0; i < activity->slowest_count && i < WT_ACTIVITY_SLOWEST; i++) {
        const struct wt_record_info *slow = &activity->slowest[i];
        bool is_new = false;
        for (size_t k = 0; k < activity->newest_count && !is_new; k++) {
            const struct wt_record_info *record = &activity->newest[k];
            is_new = record->worker_id == slow->worker_id && record->thread == slow->thread &&
                     record->number == slow->number;
        }
        if (!is_new)
            app->slow_only[app->slow_only_count++] = (uint8_t)i;
    }
}

void wt_doing_index(struct wt_app *app) {
    static const struct wt_activity none;
    const struct wt_activity *activity = app->snapshot ? &app->snapshot->activity : &none;
    size_t count = activity->flight_count;
    app->doing_count = count < WT_ACTIVITY_FLIGHTS ? count : WT_ACTIVITY_FLIGHTS;
    for (size_t i = 0; i < app->doing_count; i++)
        app->doing[i] = (struct wt_doing_ref){activity->flights[i].worker_id, (uint32_t)i};
    qsort(app->doing, app->doing_count, sizeof *app->doing, compare_ids);
    index_records(app, activity);
}

const struct wt_flight_info *wt_doing_longest(const struct wt_app *app, uint64_t worker_id) {
    size_t begin = 0, end = app->doing_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (app->doing[middle].worker_id < worker_id)
            begin = middle + 1;
        else
            end = middle;
    }
    if (begin == app->doing_count || app->doing[begin].worker_id != worker_id)
        return NULL;
    return &app->snapshot->activity.flights[app->doing[begin].at];
}

const struct wt_worker_activity *wt_doing_of_chosen(const struct wt_app *app) {
    if (!app->snapshot || app->chosen.id == 0)
        return NULL;
    return wt_activity_of(&app->snapshot->activity, app->chosen.id);
}

int64_t wt_doing_age_ns(const struct wt_app *app, const struct wt_flight_info *flight) {
    if (flight->since_ns == 0)
        return -1;
    int64_t age = app->snapshot->time.monotonic_ns - flight->since_ns;
    return age > 0 ? age : 0;
}

int64_t wt_doing_hang_ns(const struct wt_app *app, const struct wt_row_status *status,
                         const struct wt_flight_info *flight) {
    const int64_t looks_ns = 2 * WT_NS_PER_S;
    int64_t age = wt_doing_age_ns(app, flight);
    if (age < 0 || !(status->flags & WT_ROW_STUCK) || status->progress_ns == 0)
        return age;
    int64_t silence = app->snapshot->time.monotonic_ns - status->progress_ns;
    return age - silence < looks_ns && silence - age < looks_ns ? silence : age;
}

bool wt_doing_hangs(const struct wt_app *app, const struct wt_flight_info *flight) {
    if (app->worker < 0 || app->travel.on)
        return false;
    const struct wt_row_status *status = wt_worker_row_at(app, (size_t)app->worker).status;
    int64_t limit = wt_app_service(app)->limits.stuck_ns;
    return (status->flags & WT_ROW_STUCK) && limit > 0 &&
           wt_doing_hang_ns(app, status, flight) >= limit;
}

const char *wt_doing_words(const struct wt_flight_info *flight, enum wt_style_name *style) {
    *style = WT_STYLE_DIM;
    switch ((enum wt_flight_what)flight->what) {
    case WT_FLIGHT_IS_LABELLED:
        if (flight->label[0] == '\0')
            return "(an empty label)";
        *style = WT_STYLE_TEXT;
        return flight->label;
    case WT_FLIGHT_IS_UNLABELLED:
        return "(no label)";
    case WT_FLIGHT_IS_TORN:
        return "(torn: it was being written)";
    case WT_FLIGHT_IS_NONSENSE:
        break;
    }
    return "(nonsense: not shown)";
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Before the first look that carries all of the worker its longest piece is known already. */
static size_t count_of(const struct wt_app *app) {
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    if (activity)
        return activity->flight_count;
    return app->worker >= 0 && wt_doing_longest(app, app->chosen.id) != NULL;
}

static const struct wt_flight_info *flight_at(const void *context, size_t row) {
    const struct wt_app *app = context;
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    return activity ? &activity->flights[row] : wt_doing_longest(app, app->chosen.id);
}

/* Of a worker that died: how long it had been at it then. */
static int64_t age_at(const struct wt_app *app, size_t row) {
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    const struct wt_flight_info *flight = flight_at(app, row);
    if (app->worker >= 0 && (!activity || activity->gone_realtime_ns == 0))
        return wt_doing_hang_ns(app, wt_worker_row_at(app, (size_t)app->worker).status, flight);
    int64_t age = wt_doing_age_ns(app, flight);
    if (age < 0 || !activity || activity->gone_realtime_ns == 0)
        return age;
    age -= app->snapshot->time.realtime_ns - activity->gone_realtime_ns;
    return age > 0 ? age : 0;
}

static void draw_age(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    (void)extra;
    const struct wt_app *app = context;
    bool stuck = (app->worker >= 0 && row == 0 &&
                  wt_worker_row_at(app, (size_t)app->worker).status->flags & WT_ROW_STUCK) ||
                 wt_doing_hangs(app, flight_at(app, row));
    wt_value_duration(canvas, cell, age_at(app, row), stuck ? WT_STYLE_CRIT : WT_STYLE_BRIGHT);
}

static struct wt_sort_key key_age(const void *context, size_t row, int extra) {
    (void)extra;
    int64_t age = age_at(context, row);
    return (struct wt_sort_key){age < 0 ? (double)NAN : (double)age, NULL};
}

static void draw_label(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    enum wt_style_name style;
    const char *words = wt_doing_words(flight_at(context, row), &style);
    wt_text(canvas, cell, words, style);
}

static struct wt_sort_key key_label(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){0, flight_at(context, row)->label};
}

static void draw_id(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                    size_t row, int extra) {
    (void)extra;
    wt_text(canvas, cell, flight_at(context, row)->id, WT_STYLE_ACCENT);
}

static void draw_count(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    const struct wt_flight_info *flight = flight_at(context, row);
    char text[16];
    uint32_t value = extra == 0 ? flight->thread : extra == 1 ? flight->thread_id : flight->depth;
    snprintf(text, sizeof text, "%" PRIu32 "%s", value,
             extra == 2 && value >= UINT8_MAX ? "+" : "");
    if (extra > 0 && value == 0)
        wt_value_dash(canvas, cell);
    else
        wt_text_right(canvas, cell, text, extra == 2 && value > 1 ? WT_STYLE_TEXT : WT_STYLE_DIM);
}

static struct wt_sort_key key_count(const void *context, size_t row, int extra) {
    const struct wt_flight_info *flight = flight_at(context, row);
    return (struct wt_sort_key){extra == 0   ? flight->thread
                                : extra == 1 ? flight->thread_id
                                             : flight->depth,
                                NULL};
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column columns[] = {
    {"FOR", 0, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_age, key_age, 0, NULL},
    {"DOING", 0, 16, 6, 0, WT_ALIGN_LEFT, false, draw_label, key_label, 0, NULL},
    {"REQUEST", 2, 10, 2, 40, WT_ALIGN_LEFT, false, draw_id, NULL, 0, NULL},
    {"DEPTH", 4, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_count, key_count, 2, NULL},
    {"THREAD", 3, 6, 0, 0, WT_ALIGN_RIGHT, false, draw_count, key_count, 0, NULL},
    {"TID", 5, 7, 0, 0, WT_ALIGN_RIGHT, false, draw_count, key_count, 1, NULL},
};

static uint64_t identity(const void *context, size_t row) {
    return (uint64_t)flight_at(context, row)->thread + 1;
}

static bool matches(const void *context, size_t row, const char *filter) {
    const struct wt_flight_info *flight = flight_at(context, row);
    return wt_text_contains(flight->label, filter) || wt_text_contains(flight->id, filter);
}

/* Why there is nothing, and what one can do instead. */
static const char *says(const struct wt_app *app) {
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    if (app->worker < 0)
        return activity ? "nothing was under way when it died"
                        : "it left no black box: it said goodbye, never left a record, or is gone "
                          "for long";
    const struct wt_worker *who = wt_worker_row_at(app, (size_t)app->worker).who;
    if (!who->has_instance)
        return "not known: only workers with libworktop say what they do. From outside, as its "
               "user: eu-stack -p PID, or rbspy snapshot --pid PID for Ruby";
    if (activity && activity->problem[0])
        return activity->problem;
    return activity || who->recorder < 0 ? "nothing under way"
                                         : "its threads come with the next look";
}

void wt_now_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = columns,
                             .column_count = sizeof columns / sizeof *columns,
                             .context = app,
                             .row_count = count_of(app),
                             .identity = identity,
                             .matches = matches,
                             .nothing = says(app)};
}

int wt_doing_rows(const struct wt_app *app) {
    size_t count = count_of(app);
    return 3 + (count > 1 ? (int)count : 1);
}

void wt_doing_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    bool is_box = activity && activity->gone_realtime_ns != 0;
    char name[96] = "";
    if (is_box)
        snprintf(name, sizeof name, "under way when it died%s%.40s",
                 activity->cause[0] ? canvas->glyphs->separator : "", activity->cause);
    else if (activity && activity->flights_left_out > 0)
        snprintf(name, sizeof name, "%" PRIu64 " more threads", activity->flights_left_out);
    wt_pane_table_draw(app, canvas, rect, WT_PANE_NOW, is_box ? "black box" : "now", name);
}
