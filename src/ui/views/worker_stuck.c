/* The pane of a worker that is stuck: what it is at and since when, whether it waits or computes,
 * how that compares with the others, and with what one looks further. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "ui/views/doing.h"
#include "ui/views/worker_row.h"
#include "ui/widgets/frame.h"

enum { LABEL_COLS = 8, LINES = 6 };

/* Adds what is known to the line; false when that is nothing. */
typedef bool (*say)(const struct wt_app *app, struct wt_line *line);

static void add_part(struct wt_line *line, const char *label, const char *value,
                     enum wt_style_name style) {
    if (!wt_line_fits(line, label, wt_text_cols(value) + 1))
        return;
    wt_line_addf(line, WT_STYLE_DIM, "%s ", label);
    wt_line_add(line, style, value);
}

static const struct wt_worker *chosen(const struct wt_app *app) {
    return wt_worker_row_at(app, (size_t)app->worker).who;
}

/* "invoice 3807   since 11:02:01, for 46s   on thread 1, tid 4842   request cde1" */
static void add_piece(const struct wt_app *app, struct wt_line *line,
                      const struct wt_flight_info *flight) {
    enum wt_style_name style;
    char text[WT_FORMAT_SIZE];
    wt_line_addf(line, WT_STYLE_TITLE, "%s", wt_doing_words(flight, &style));
    int64_t age = wt_doing_hang_ns(app, wt_worker_row_at(app, (size_t)app->worker).status, flight);
    if (age >= 0) {
        wt_format_clock(text, sizeof text, app->snapshot->time.realtime_ns - age);
        add_part(line, "   since", text, WT_STYLE_BRIGHT);
        wt_format_duration(text, sizeof text, age);
        add_part(line, ", for", text, WT_STYLE_CRIT);
    }
    snprintf(text, sizeof text, "%" PRIu32, flight->thread);
    add_part(line, "   on thread", text, WT_STYLE_BRIGHT);
    snprintf(text, sizeof text, "%" PRIu32, flight->thread_id);
    if (flight->thread_id != 0)
        add_part(line, ", tid", text, WT_STYLE_BRIGHT);
    if (flight->id[0])
        add_part(line, "   request", flight->id, WT_STYLE_ACCENT);
}

static bool say_on(const struct wt_app *app, struct wt_line *line) {
    const struct wt_flight_info *flight = wt_doing_longest(app, app->chosen.id);
    if (flight != NULL)
        add_piece(app, line, flight);
    return flight != NULL;
}

/* How many pieces of the worker hang, and the second of them, NULL without. */
static size_t count_hanging(const struct wt_app *app, const struct wt_flight_info **second) {
    const struct wt_flight_info *first = wt_doing_longest(app, app->chosen.id);
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    size_t count = 0;
    *second = NULL;
    for (size_t i = 0; first != NULL && activity != NULL && i < activity->flight_count; i++) {
        const struct wt_flight_info *flight = &activity->flights[i];
        if (!wt_doing_hangs(app, flight))
            continue;
        count++;
        if (*second == NULL && flight->thread != first->thread)
            *second = flight;
    }
    return count;
}

/* Another thread that hangs, too. */
static bool say_also(const struct wt_app *app, struct wt_line *line) {
    const struct wt_flight_info *second;
    size_t count = count_hanging(app, &second);
    if (second == NULL)
        return false;
    add_piece(app, line, second);
    if (count > 2 && wt_line_fits(line, "", 12))
        wt_line_addf(line, WT_STYLE_DIM, "   +%zu more", count - 2);
    return true;
}

/* In a word what the processor says: without any it waits, with a whole one it computes. */
static bool say_cpu(const struct wt_app *app, struct wt_line *line) {
    const struct wt_process *process = wt_snapshot_process(app->snapshot, chosen(app));
    char text[WT_FORMAT_SIZE];
    if (process == NULL || isnan(process->cpu_ratio))
        return false;
    wt_format_percent(text, sizeof text, process->cpu_ratio);
    wt_line_addf(line, WT_STYLE_TITLE, "%s", text);
    wt_line_add(line, WT_STYLE_BRIGHT,
                process->cpu_ratio < .05  ? "   it waits: for a lock, an answer or a disk"
                : process->cpu_ratio > .9 ? "   it computes: a loop, or very much to do"
                                          : "   it computes now and then, and waits");
    if (process->worker_count > 1 && wt_line_fits(line, "", 40))
        wt_line_addf(line, WT_STYLE_DIM, "   all %u workers of this process",
                     process->worker_count);
    return true;
}

static int by_age(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* What takes the other workers of its service longest now, and what has ended. */
static bool say_others(const struct wt_app *app, struct wt_line *line) {
    const struct wt_activity *activity = &app->snapshot->activity;
    const struct wt_flight_info *longest = NULL;
    const struct wt_record_info *slowest = NULL;
    int64_t ages[WT_ACTIVITY_FLIGHTS];
    size_t count = 0;
    char text[WT_FORMAT_SIZE];
    for (size_t i = 0; i < activity->flight_count && count < WT_ACTIVITY_FLIGHTS; i++) {
        const struct wt_flight_info *flight = &activity->flights[i];
        int64_t age = wt_doing_age_ns(app, flight);
        if (age < 0 || flight->worker_id == app->chosen.id ||
            strcmp(flight->service, app->service_name) != 0)
            continue;
        if (longest == NULL || age > wt_doing_age_ns(app, longest))
            longest = flight;
        ages[count++] = age;
    }
    for (size_t i = 0; i < activity->slowest_count && slowest == NULL; i++)
        if (strcmp(activity->slowest[i].service, app->service_name) == 0)
            slowest = &activity->slowest[i];
    if (wt_doing_longest(app, app->chosen.id) == NULL && longest == NULL)
        return false;
    if (longest != NULL) {
        qsort(ages, count, sizeof *ages, by_age);
        wt_format_duration(text, sizeof text, ages[count / 2]);
        wt_line_addf(line, WT_STYLE_TEXT, "%zu at work: median ", count);
        wt_line_add(line, WT_STYLE_TITLE, text);
        wt_format_duration(text, sizeof text, wt_doing_age_ns(app, longest));
        add_part(line, ", longest", text, WT_STYLE_TITLE);
    } else {
        wt_line_add(line, WT_STYLE_TEXT, "none is at work");
    }
    if (slowest != NULL && slowest->duration_ns > 0) {
        wt_format_duration(text, sizeof text, slowest->duration_ns);
        int before = line->col;
        add_part(line, "   the slowest that ended took", text, WT_STYLE_BRIGHT);
        if (line->col > before && slowest->label[0])
            add_part(line, ":", slowest->label, WT_STYLE_TEXT);
    }
    return true;
}

/* A figure of a process: 0 its memory, 1 descriptors, 2 threads; -1 when it is not known. */
static int64_t figure_of(const struct wt_process *process, int which) {
    return which == 0   ? (int64_t)process->rss_bytes
           : which == 1 ? (process->fds_read_ns != 0 ? (int64_t)process->fd_count : -1)
                        : (int64_t)process->threads;
}

static void format_figure(int which, int64_t figure, char out[WT_FORMAT_SIZE]) {
    if (which == 0)
        wt_format_bytes(out, WT_FORMAT_SIZE, figure);
    else
        snprintf(out, WT_FORMAT_SIZE, "%" PRId64, figure);
}

/* "memory 2.2M (others 2.1M to 2.3M)" */
static void add_figure(const struct wt_app *app, struct wt_line *line, int which, int64_t own) {
    static const char *const labels[] = {"", "   descriptors", "   threads"};
    char text[WT_FORMAT_SIZE], least_text[WT_FORMAT_SIZE], most_text[WT_FORMAT_SIZE];
    int64_t least = -1, most = -1;
    if (!wt_line_fits(line, "", 1))
        return; /* nor is there a reason to ask all others */
    for (size_t i = 0; i < app->worker_count; i++) {
        const struct wt_process *process =
            wt_snapshot_process(app->snapshot, wt_worker_row_at(app, i).who);
        int64_t figure =
            process && process->pid != app->chosen.pid ? figure_of(process, which) : -1;
        if (figure < 0)
            continue;
        least = least < 0 || figure < least ? figure : least;
        most = figure > most ? figure : most;
    }
    format_figure(which, own, text);
    if (which > 0)
        add_part(line, labels[which], text, WT_STYLE_TITLE);
    else
        wt_line_addf(line, WT_STYLE_TITLE, "%s", text);
    if (least < 0 || !wt_line_fits(line, "", 28))
        return;
    format_figure(which, least, least_text);
    format_figure(which, most, most_text);
    wt_line_addf(line, WT_STYLE_DIM, least == most ? " (others %s)" : " (others %s to %s)",
                 least_text, most_text);
}

static bool say_memory(const struct wt_app *app, struct wt_line *line) {
    const struct wt_process *process = wt_snapshot_process(app->snapshot, chosen(app));
    if (process == NULL)
        return false;
    for (int which = 0; which < 3; which++)
        if (figure_of(process, which) >= 0)
            add_figure(app, line, which, figure_of(process, which));
    return true;
}

/* The commands that say where it is; those that find room. */
static bool say_look(const struct wt_app *app, struct wt_line *line) {
    static const char *const commands[] = {"strace -f -p", "eu-stack -p", "gdb -p",
                                           "py-spy dump --pid", "rbspy snapshot --pid"};
    char text[64];
    if (app->chosen.pid <= 0)
        return false;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        snprintf(text, sizeof text, "%s%s %" PRId64, i > 0 ? "   " : "", commands[i],
                 app->chosen.pid);
        if (!wt_line_fits(line, text, 0))
            break;
        wt_line_add(line, WT_STYLE_BRIGHT, text);
    }
    return true;
}

/* ---- the pane -------------------------------------------------------------------------------- */

/* In the order of the pane; what is left out first when there is little room has the highest rank.
 */
static const struct line {
    const char *label;
    say say;
    int rank;
} lines[LINES] = {{"on", say_on, 5},         {"also", say_also, 6},     {"cpu", say_cpu, 1},
                  {"others", say_others, 3}, {"memory", say_memory, 4}, {"look", say_look, 2}};

static bool is_stuck(const struct wt_app *app) {
    if (app->travel.on || app->worker < 0)
        return false;
    return wt_worker_row_at(app, (size_t)app->worker).status->flags & WT_ROW_STUCK;
}

/* Lines that have something to say, found by saying it where nobody sees it. */
static int count_lines(const struct wt_app *app, const struct wt_canvas *canvas,
                       bool shown[LINES]) {
    int count = 0;
    for (int i = 0; i < LINES; i++) {
        struct wt_line line = wt_line_begin(canvas, (struct wt_rect){0});
        shown[i] = lines[i].say(app, &line);
        count += shown[i];
    }
    return count;
}

int wt_stuck_rows(const struct wt_app *app, const struct wt_canvas *canvas) {
    bool shown[LINES];
    int count = is_stuck(app) ? count_lines(app, canvas, shown) : 0;
    return count > 0 ? count + 2 : 0;
}

void wt_stuck_draw(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    bool shown[LINES];
    const struct wt_flight_info *second;
    char name[64];
    size_t hanging = count_hanging(app, &second);
    snprintf(name, sizeof name, "%zu threads hang: why, and where to look", hanging);
    struct wt_frame frame = {.title = "stuck",
                             .name = second != NULL ? name : "why, and where to look"};
    struct wt_rect inner = wt_frame_draw(canvas, rect, &frame);
    int count = count_lines(app, canvas, shown);
    for (int rank = LINES; rank > 0 && count > inner.rows; rank--)
        for (int i = 0; i < LINES; i++)
            if (lines[i].rank == rank && shown[i]) {
                shown[i] = false;
                count--;
            }
    for (int i = 0; i < LINES && inner.rows > 0; i++) {
        if (!shown[i])
            continue;
        struct wt_rect at = wt_rect_take_top(&inner, 1);
        wt_text(canvas, wt_rect_take_left(&at, LABEL_COLS), lines[i].label, WT_STYLE_DIM);
        struct wt_line line = wt_line_begin(canvas, at);
        lines[i].say(app, &line);
    }
}
