/* The view of one worker: who it is and how it is, and all its fields beside those of its service.
 * A worker that is gone stays on the screen, with when and what is known of its end. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/layout.h"
#include "ui/values.h"
#include "ui/views/doing.h"
#include "ui/views/worker_row.h"
#include "ui/widgets/frame.h"
#include "ui/widgets/meter.h"

/* ---- which one ------------------------------------------------------------------------------- */

void wt_worker_choose(struct wt_app *app) {
    int64_t index = wt_table_selected(&app->tables[WT_PANE_WORKERS]);
    if (index < 0)
        return;
    struct wt_worker_row worker = wt_worker_row_at(app, (size_t)index);
    app->chosen = (struct wt_chosen_worker){.identity = wt_worker_row_identity(&worker)};
    app->worker = (int)index;
    wt_worker_find(app);
}

/* The row of a worker in the snapshot; false when there is none. */
static bool find_row(const struct wt_snapshot *snapshot, uint64_t worker_id,
                     struct wt_worker_row *out) {
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        for (size_t row = 0; row < cohort->row_count; row++) {
            if (cohort->rows[row] == NULL || cohort->rows[row]->id != worker_id)
                continue;
            *out = (struct wt_worker_row){.who = cohort->rows[row]};
            return true;
        }
    }
    return false;
}

/* When it was seen for the last time: by its box, or by the last event about it. */
static int64_t end_of(const struct wt_snapshot *snapshot, uint64_t worker_id) {
    const struct wt_worker_activity *box = wt_activity_of(&snapshot->activity, worker_id);
    if (box != NULL && box->gone_realtime_ns != 0)
        return box->gone_realtime_ns;
    for (size_t i = snapshot->event_count; i-- > 0;)
        if (snapshot->events[i].worker_id == worker_id)
            return snapshot->events[i].realtime_ns;
    return snapshot->time.realtime_ns;
}

void wt_worker_choose_id(struct wt_app *app, uint64_t worker_id, const char *service) {
    const struct wt_snapshot *snapshot = app->snapshot;
    const struct wt_worker_activity *box = wt_activity_of(&snapshot->activity, worker_id);
    struct wt_worker_row worker;
    app->chosen = (struct wt_chosen_worker){.id = worker_id,
                                            .pid = box != NULL ? box->pid : 0,
                                            .seen_realtime_ns = end_of(snapshot, worker_id)};
    wt_app_choose_service(app, service);
    if (!find_row(snapshot, worker_id, &worker))
        return;
    app->chosen.identity = wt_worker_row_identity(&worker);
    app->tables[WT_PANE_WORKERS].pinned = true; /* the one below it is one key away */
    app->tables[WT_PANE_WORKERS].identity = app->chosen.identity;
}

void wt_worker_find(struct wt_app *app) {
    struct wt_chosen_worker *chosen = &app->chosen;
    app->worker = -1;
    for (size_t i = 0; chosen->identity != 0 && i < app->worker_count; i++) {
        struct wt_worker_row worker = wt_worker_row_at(app, i);
        if (wt_worker_row_identity(&worker) != chosen->identity)
            continue;
        app->worker = (int)i;
        chosen->id = worker.who->id;
        chosen->pid = worker.who->pid;
        chosen->seen_realtime_ns = app->snapshot->time.realtime_ns;
        return;
    }
}

void wt_worker_watch(struct wt_app *app) {
    int64_t index = app->view == WT_VIEW_WORKER ? app->worker
                                                : wt_table_selected(&app->tables[WT_PANE_WORKERS]);
    if (index < 0 || app->paused || (size_t)index >= app->worker_count)
        return;
    struct wt_worker_row worker = wt_worker_row_at(app, (size_t)index);
    wt_watch_choose(app->watch, worker.who, app->workers[index].cohort, app->workers[index].row);
    wt_watch_feed(app->watch, app->snapshot);
}

/* ---- who it is ------------------------------------------------------------------------------- */

static void add_fact(struct wt_line *line, const char *label, const char *value,
                     enum wt_style_name style) {
    if (!wt_line_fits(line, label, wt_text_cols(value) + 4))
        return;
    if (label[0])
        wt_line_addf(line, WT_STYLE_DIM, "%s ", label);
    wt_line_add(line, style, value);
    wt_line_skip(line, 3);
}

static void add_age(struct wt_line *line, const char *label, int64_t age_ns, const char *after,
                    enum wt_style_name style) {
    char age[WT_FORMAT_SIZE], text[WT_FORMAT_SIZE + 16];
    wt_format_duration(age, sizeof age, age_ns < 0 ? 0 : age_ns);
    snprintf(text, sizeof text, "%s%s", age, after);
    add_fact(line, label, text, style);
}

/* "STUCK  no progress for 43s": the state, and since when it lasts. */
static void draw_state(const struct wt_app *app, const struct wt_canvas *canvas,
                       struct wt_rect rect, const struct wt_worker_row *worker) {
    const struct wt_row_status *status = worker->status;
    enum wt_concern concern = wt_concern_of(status);
    const struct wt_concern_info *info = wt_concern_info(concern);
    int64_t now = app->snapshot->time.monotonic_ns;
    struct wt_line line = wt_line_begin(canvas, rect);
    bool alarming = concern >= WT_CONCERN_GONE;
    if (alarming)
        wt_line_badge(&line,
                      info->style == WT_STYLE_CRIT ? WT_STYLE_CRIT_BADGE : WT_STYLE_WARN_BADGE,
                      info->word);
    else
        wt_line_add(&line, concern == WT_CONCERN_NONE ? WT_STYLE_OK : info->style, info->word);
    wt_line_skip(&line, 3);
    if (status->progress_ns != 0) {
        bool stuck = status->flags & WT_ROW_STUCK, lags = wt_worker_row_lags(app, worker);
        if (!stuck && wt_worker_row_rests(app, worker))
            add_fact(&line, "", "idle", WT_STYLE_TEXT);
        else
            add_age(&line, stuck || lags ? "no progress for" : "last progress",
                    now - status->progress_ns, stuck || lags ? "" : " ago",
                    stuck  ? WT_STYLE_CRIT
                    : lags ? WT_STYLE_WARN
                           : WT_STYLE_TEXT);
    }
    if (status->heartbeat_ns != 0)
        add_age(&line, "heartbeat", now - status->heartbeat_ns, " ago",
                status->state == WT_WORKER_STALE ? WT_STYLE_WARN : WT_STYLE_TEXT);
    if (status->flags & WT_ROW_UNREADABLE)
        add_fact(&line, "", "cannot be read: these are the last good values", WT_STYLE_WARN);
    else if (status->flags & WT_ROW_TORN)
        add_fact(&line, "", "some values never read the same twice: the last good ones",
                 WT_STYLE_WARN);
    if (worker->who->reason[0])
        add_fact(&line, "", worker->who->reason, WT_STYLE_WARN);
}

static void draw_load(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                      const struct wt_worker_row *worker) {
    const struct wt_service *service = wt_app_service(app);
    double busy = wt_worker_row_value(worker, service->busy_field);
    double capacity = wt_worker_row_value(worker, service->capacity_field);
    char left[WT_FORMAT_SIZE], right[WT_FORMAT_SIZE], text[2 * WT_FORMAT_SIZE + 8];
    struct wt_line line = wt_line_begin(canvas, rect);
    if (!isnan(busy)) {
        wt_format_si(left, sizeof left, busy);
        wt_format_si(right, sizeof right, capacity);
        snprintf(text, sizeof text, isnan(capacity) ? "%s" : "%s of %s", left, right);
        add_fact(&line, "busy", text, WT_STYLE_BRIGHT);
    }
    double load = wt_worker_row_load(app, worker);
    if (!isnan(load) && line.end - line.col > 24) {
        struct wt_meter meter = {
            .ratio = load, .gradient = WT_GRADIENT_LOAD, .ticks = {.8, .95}, .alone = true};
        wt_meter_draw(canvas, (struct wt_rect){line.col, line.row, 20, 1}, &meter);
        wt_line_skip(&line, 23);
    }
    const struct {
        const char *label;
        double value;
        enum wt_style_name style;
    } numbers[] = {
        {"queue", wt_worker_row_value(worker, service->queue_field), WT_STYLE_TEXT},
        {"requests/s", wt_worker_row_rate(app, worker, service->requests_field), WT_STYLE_TEXT},
        {"errors/s", wt_worker_row_rate(app, worker, service->errors_field), WT_STYLE_TEXT},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (isnan(numbers[i].value))
            continue;
        wt_format_si(text, sizeof text, numbers[i].value);
        add_fact(&line, numbers[i].label, text, numbers[i].style);
    }
}

static void draw_identity(const struct wt_app *app, const struct wt_canvas *canvas,
                          struct wt_rect rect, const struct wt_worker *who) {
    char text[64], clock[WT_FORMAT_SIZE];
    struct wt_line line = wt_line_begin(canvas, rect);
    int64_t age = app->snapshot->time.monotonic_ns - who->registered_monotonic_ns;
    wt_format_clock(clock, sizeof clock, who->registered_realtime_ns);
    add_age(&line, "registered", age, " ago", WT_STYLE_TEXT);
    add_fact(&line, "at", clock, WT_STYLE_DIM);
    if (who->announced_pid != who->pid && who->announced_pid != 0) {
        snprintf(text, sizeof text, "%" PRId64, who->announced_pid);
        add_fact(&line, "calls itself pid", text, WT_STYLE_TEXT);
    }
    if (who->slot > 0) {
        snprintf(text, sizeof text, who->restarts > 0 ? "%u, taken over %u times" : "%u", who->slot,
                 who->restarts);
        add_fact(&line, "slot", text, WT_STYLE_TEXT);
    }
    if (who->threads > 0) {
        snprintf(text, sizeof text, "%u", who->threads);
        add_fact(&line, "threads announced", text, WT_STYLE_TEXT);
    }
    if (who->segment >= 0) {
        snprintf(text, sizeof text, "%" PRId64, who->segment);
        add_fact(&line, "segment", text, WT_STYLE_TEXT);
    }
    if (who->recorder >= 0) {
        snprintf(text, sizeof text, "%" PRId64, who->recorder);
        add_fact(&line, "recorder", text, WT_STYLE_TEXT);
    }
    add_fact(&line, "", who->has_instance ? "libworktop" : "no recorder: not libworktop",
             WT_STYLE_DIM);
}

/* What the kernel says of its process; "of so many workers" where it is not its own alone. */
static void draw_process(const struct wt_app *app, const struct wt_canvas *canvas,
                         struct wt_rect rect, const struct wt_worker *who) {
    const struct wt_process *process = wt_snapshot_process(app->snapshot, who);
    char text[64];
    struct wt_line line = wt_line_begin(canvas, rect);
    if (process == NULL) {
        wt_line_add(&line, WT_STYLE_DIM,
                    who->pid > 0 ? "nothing is known of its process"
                                 : "nothing is known of its process: the kernel hides it");
        return;
    }
    if (!isnan(process->cpu_ratio)) {
        wt_format_percent(text, sizeof text, process->cpu_ratio);
        add_fact(&line, "cpu", text, WT_STYLE_BRIGHT);
    }
    wt_format_bytes(text, sizeof text, (int64_t)process->rss_bytes);
    add_fact(&line, "memory", text, WT_STYLE_BRIGHT);
    if (process->fds_read_ns != 0) {
        snprintf(text, sizeof text, "%" PRIu64, process->fd_count);
        add_fact(&line, "descriptors", text, WT_STYLE_TEXT);
    }
    snprintf(text, sizeof text, "%u", process->threads);
    add_fact(&line, "threads", text, WT_STYLE_TEXT);
    if (process->worker_count > 1) {
        snprintf(text, sizeof text, "of all %u workers of this process", process->worker_count);
        add_fact(&line, "", text, WT_STYLE_DIM);
    }
    int64_t age = app->snapshot->time.monotonic_ns - process->read_ns;
    if (age > 2 * WT_NS_PER_S)
        add_age(&line, "looked at", age, " ago", WT_STYLE_DIM);
}

/* ---- the view -------------------------------------------------------------------------------- */

static void draw_gone(const struct wt_app *app, const struct wt_canvas *canvas,
                      struct wt_rect rect) {
    char clock[WT_FORMAT_SIZE];
    struct wt_line line = wt_line_begin(canvas, wt_rect_take_top(&rect, 1));
    wt_line_badge(&line, WT_STYLE_WARN_BADGE, "GONE");
    wt_format_clock(clock, sizeof clock, app->chosen.seen_realtime_ns);
    wt_line_addf(&line, WT_STYLE_TEXT, "  seen for the last time at %s", clock);
    for (size_t i = app->snapshot ? app->snapshot->event_count : 0; i-- > 0 && rect.rows > 0;) {
        const struct wt_event *event = &app->snapshot->events[i];
        if (event->worker_id != app->chosen.id)
            continue;
        wt_format_clock(clock, sizeof clock, event->realtime_ns);
        line = wt_line_begin(canvas, wt_rect_take_top(&rect, 1));
        wt_line_addf(&line, WT_STYLE_DIM, "%s  ", clock);
        wt_line_add(&line, wt_severity_style(event->severity), event->text);
    }
}

static void draw_card(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    char title[48], name[300], note[48] = "";
    snprintf(title, sizeof title, "worker %" PRIu64, app->chosen.id);
    if (app->chosen.pid > 0)
        snprintf(name, sizeof name, "of %s%spid %" PRId64, app->service_name,
                 canvas->glyphs->separator, app->chosen.pid);
    else
        snprintf(name, sizeof name, "of %s", app->service_name);
    const struct wt_table_state *order = &app->tables[WT_PANE_WORKERS];
    if (app->worker >= 0 && wt_table_selected(order) == app->worker)
        snprintf(note, sizeof note, "%zu of %zu", order->cursor + 1, order->count);
    struct wt_frame frame = {.title = title, .name = name, .note = note};
    struct wt_rect inner = wt_frame_draw(canvas, rect, &frame);
    if (app->travel.on) {
        wt_text(canvas, inner, wt_travel_says(app, WT_PANE_WORKERS, ""), WT_STYLE_DIM);
        return;
    }
    if (app->worker < 0) {
        draw_gone(app, canvas, inner);
        return;
    }
    struct wt_worker_row worker = wt_worker_row_at(app, (size_t)app->worker);
    draw_state(app, canvas, wt_rect_take_top(&inner, 1), &worker);
    if (inner.rows > 0)
        draw_load(app, canvas, wt_rect_take_top(&inner, 1), &worker);
    if (inner.rows > 1)
        draw_process(app, canvas, wt_rect_take_top(&inner, 1), worker.who);
    if (inner.rows > 0)
        draw_identity(app, canvas, wt_rect_take_top(&inner, 1), worker.who);
}

/* What it does and did, side by side where there is room for both. */
static void draw_activity(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect,
                          bool is_wide) {
    if (is_wide)
        wt_doing_draw(app, canvas, wt_rect_take_left(&rect, rect.cols * 45 / 100));
    if (is_wide)
        wt_records_draw(app, canvas, rect);
    else
        wt_doing_draw(app, canvas, rect);
}

static void draw_panes(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    enum { WIDE_COLS = 130, MOST = 14 };
    int graphs_cols = body.cols >= WIDE_COLS ? body.cols * 58 / 100 : body.cols;
    int graphs = wt_worker_graphs_rows(app, graphs_cols);
    int fields = (int)app->tables[WT_PANE_WORKER_FIELDS].count + 3;
    int now = wt_doing_rows(app), records = wt_records_rows(app);
    bool is_wide = body.cols >= WIDE_COLS && records > 0;
    int both = now > records ? now : records;
    bool says_nothing = app->worker >= 0 && records == 0 && app->tables[WT_PANE_NOW].count == 0;
    int stuck = wt_stuck_rows(app, canvas);
    struct wt_slot slots[] = {
        {.least = now < 5 ? now : 5,
         .want = is_wide ? (both < MOST ? both : MOST) : (now < MOST / 2 ? now : MOST / 2),
         .weight = 2,
         .rank = says_nothing ? 3 : 0,
         .most = is_wide ? both : now},
        {.least = stuck < 5 ? stuck : 5, .want = stuck, .weight = 4, .rank = 1, .most = stuck},
        {.least = is_wide       ? 0
                  : records < 5 ? records
                                : 5,
         .want = records < MOST ? records : MOST,
         .weight = is_wide || records == 0 ? 0 : 2,
         .rank = 2,
         .most = records},
        {.least = graphs ? 6 : 0, .want = graphs, .weight = 2, .rank = 4},
        {.least = fields > 3 ? 4 : 0,
         .want = fields,
         .weight = 1,
         .rank = says_nothing ? 0 : 3,
         .most = fields},
    };
    wt_layout_stack(slots, 5, body.rows);
    if (slots[0].rows)
        draw_activity(app, canvas, wt_rect_take_top(&body, slots[0].rows), is_wide);
    if (slots[1].rows)
        wt_stuck_draw(app, canvas, wt_rect_take_top(&body, slots[1].rows));
    if (slots[2].rows)
        wt_records_draw(app, canvas, wt_rect_take_top(&body, slots[2].rows));
    if (slots[3].rows) {
        struct wt_rect right = wt_rect_take_top(&body, slots[3].rows);
        wt_worker_graphs_draw(app, canvas, wt_rect_take_left(&right, graphs_cols));
        if (right.cols > 0)
            wt_worker_events_draw(app, canvas, right);
    }
    if (slots[4].rows)
        wt_pane_table_draw(app, canvas, body, WT_PANE_WORKER_FIELDS, "fields", "");
}

void wt_worker_view_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect body) {
    int rows = wt_verdicts_rows(app, body.cols, body.rows >= 20 ? 2 : 1);
    wt_verdicts_draw(app, canvas, wt_rect_take_top(&body, rows));
    draw_card(app, canvas, wt_rect_take_top(&body, body.rows >= 12 ? 6 : 3));
    draw_panes(app, canvas, body);
}
